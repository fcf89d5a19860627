//! HoneyBook by its API: projects, and below each the members of its workspaces.

use std::sync::Arc;

use hub_connectors::{ConnectorParts, Credential, ListConnector, Pause, Reach, embedded, origin_of};
use hub_core::ports::{Clock, Connector, RequestBudget, Secret};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Sandbox, SandboxConfig};
use hub_testkit::CrmStand;
use hub_testkit::fakes::MemoryBudget;
use url::Url;

use crate::support::{Jump, StillClock};

struct Stand {
    sandbox: Sandbox,
    connector: ListConnector,
}

impl Stand {
    fn new() -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, 40))).expect("the sandbox starts");
        let (clock, base_url) = (StillClock::new(), sandbox.honeybook().base_url());
        let origin = origin_of(&Url::parse(&base_url).unwrap());
        let connector = ListConnector::new(ConnectorParts {
            definition: Arc::new(embedded("honeybook").expect("built in").expect("without faults")),
            credential: Credential::key(Secret::new(sandbox.honeybook().access_token()), origin),
            base_url: Some(base_url),
            account: "hb-company-7".to_owned(),
            known: None,
            time_zone: None,
            reach: Reach::LoopbackToo,
            budget: Arc::<MemoryBudget>::default() as Arc<dyn RequestBudget>,
            pause: Arc::new(Jump::new(&clock)) as Arc<dyn Pause>,
            clock: clock as Arc<dyn Clock>,
        })
        .expect("the definition makes a connector");
        Stand { sandbox, connector }
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.sandbox.honeybook().log().into_iter().map(|row| row.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        vec![("project".to_owned(), self.sandbox.honeybook().book().len() as u64)]
    }

    fn revoke_the_key(&self) {
        self.sandbox.honeybook().revoke_all();
    }

    fn tells_changes(&self) -> bool {
        false
    }
}

hub_testkit::connector!(Stand::new());
