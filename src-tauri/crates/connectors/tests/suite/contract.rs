//! The connector of a definition keeps what the port promises.

use crate::support::Bench;

hub_testkit::connector!(Bench::new(hub_sandbox::book::BookSpec::new(11, 120)));
