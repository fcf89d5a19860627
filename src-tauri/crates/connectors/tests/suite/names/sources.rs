//! Every name that is read by the address of a list and a key, on generic servers of different shape, by what a test read found.

use std::sync::Arc;

use hub_connectors::definition::{Auth, parse};
use hub_connectors::{ListConnector, embedded, recognise};
use hub_core::ports::Connector;
use hub_sandbox::rest::{RestSource, Shape};
use hub_testkit::CrmStand;

use crate::sources::{Bench, auth};

/// Enough for several pages of every shape.
const COUPLES: usize = 37;

struct Stand {
    source: RestSource,
    connector: ListConnector,
    tells: Tells,
}

/// What the list says of itself.
struct Tells {
    changes: bool,
    count: bool,
}

impl Stand {
    fn new(key: &str, shape: Shape) -> Stand {
        let source = RestSource::start(shape, 5, COUPLES).expect("a source");
        let definition = embedded(key).expect("built in").expect("without faults");
        let api = definition.routes.api.as_ref().expect("by its address");
        let own = match &api.auth {
            Auth::Ask { of, .. } => of.contains(&auth(source.sign()).kind()),
            other => other.kind() == auth(source.sign()).kind(),
        };
        assert!(own, "{key} is opened as {shape:?} wants it");
        let bench = Bench::new();
        let mut ask = bench.ask(&source);
        ask.name.clone_from(&definition.identity.name);
        ask.definition = Arc::new(definition);
        // The suite makes its stand inside the test's own runtime.
        let look = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(recognise(ask))
        };
        let looked = std::thread::scope(|scope| scope.spawn(look).join()).expect("the look ends");
        let recognised = looked.unwrap_or_else(|error| panic!("{key} {shape:?}: {error:?}"));
        let tells = Tells {
            changes: recognised.found.newest_first.is_some(),
            count: recognised.found.total.is_some(),
        };
        let definition = parse(&recognised.definition).expect("an ordinary definition");
        let connector = bench.connector(definition, &source).expect("a connector");
        Stand { source, connector, tells }
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.source.methods()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        vec![("clients".to_owned(), COUPLES as u64)]
    }

    fn revoke_the_key(&self) {
        self.source.refuse(Some(401));
    }

    fn tells_changes(&self) -> bool {
        self.tells.changes
    }

    fn says_how_many(&self) -> bool {
        self.tells.count
    }
}

mod own_pages {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("custom", Shape::PagesWithTotal));
}

mod own_cursor {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("custom", Shape::CursorInBody));
}

mod own_link {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("custom", Shape::LinkHeader));
}

mod own_offset {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("custom", Shape::OffsetWithoutTotal));
}

mod own_next_address {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("custom", Shape::NextAddress));
}

mod seventeen {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("seventeen", Shape::LinkHeader));
}

mod iris_works {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("iris_works", Shape::CursorInBody));
}

mod studiocloud {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("studiocloud", Shape::PagesWithTotal));
}

mod crm27 {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("crm27", Shape::OffsetWithoutTotal));
}

mod pictime {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("pictime", Shape::NextAddress));
}

mod cloudspot {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("cloudspot", Shape::CursorInBody));
}

mod sprout_studio {
    use super::{Shape, Stand};

    hub_testkit::connector!(Stand::new("sprout_studio", Shape::LinkHeader));
}
