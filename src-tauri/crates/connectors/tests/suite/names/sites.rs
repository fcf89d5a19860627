//! Light Blue as the specification describes it, on ordinary sites of different shape, with the session of somebody who signed in.

use hub_connectors::ListConnector;
use hub_core::ports::Connector;
use hub_sandbox::site::SiteShape;
use hub_testkit::CrmStand;

use crate::pages::Bench;

const COUPLES: usize = 37;

struct Stand {
    bench: Bench,
    connector: ListConnector,
    /// Requests of the sign-in and the first look: a person made them.
    before: usize,
}

impl Stand {
    fn light_blue() -> Stand {
        Stand::on(SiteShape::Table)
    }

    fn on(shape: SiteShape) -> Stand {
        let bench = Bench::specified(shape, COUPLES);
        // The suite makes its stand inside the test's own runtime.
        let look = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(bench.found())
        };
        let found = std::thread::scope(|scope| scope.spawn(look).join()).expect("the look ends");
        let connector = bench.connector(&found);
        let before = bench.site.visits().len();
        Stand { bench, connector, before }
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.bench.site.visits().into_iter().skip(self.before).map(|visit| visit.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        vec![("clients".to_owned(), COUPLES as u64)]
    }

    fn revoke_the_key(&self) {
        self.bench.site.sign_everybody_out();
    }

    fn tells_changes(&self) -> bool {
        false
    }

    fn says_how_many(&self) -> bool {
        false
    }
}

hub_testkit::connector!(Stand::light_blue());

mod cards {
    use super::{SiteShape, Stand};

    hub_testkit::connector!(Stand::on(SiteShape::Cards));
}

mod more_button {
    use super::{SiteShape, Stand};

    hub_testkit::connector!(Stand::on(SiteShape::MoreButton));
}
