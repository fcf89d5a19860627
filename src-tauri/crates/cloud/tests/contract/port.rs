//! The client, with the reference cloud behind it, keeps what the engine's port promises.

use crate::harness::World;

hub_testkit::cloud_api!(World::start());
