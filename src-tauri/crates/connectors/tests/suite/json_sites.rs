//! Sites that draw themselves from JSON, over real HTTP: Pixieset, Dubsado and ShootQ by their built-in definitions.

use std::sync::Arc;

use hub_connectors::definition::{embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, ListConnector, Pause, Reach, Session, SessionCookie, SignedIn, SignedInAsk,
    look_signed_in, messages,
};
use hub_core::party::NoLinks;
use hub_core::ports::{Clock, Connector, ConnectorError, RawRecord, RequestBudget, RetryAdvice, Secret};
use hub_sandbox::site::{JsonKind, JsonSite, Turn};
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use hub_testkit::{CrmStand, browser};
use serde_json::{Value as Json, json};
use url::Url;

use crate::support::{self, Jump, StillClock};

pub(crate) struct Bench {
    pub(crate) site: JsonSite,
    text: String,
    session: Arc<Session>,
    clock: Arc<StillClock>,
    budget: Arc<MemoryBudget>,
    pause: Arc<Jump>,
}

fn key(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::Pixieset => "pixieset",
        JsonKind::Dubsado => "dubsado",
        JsonKind::ShootQ => "shootq",
    }
}

const ALL: [JsonKind; 3] = [JsonKind::Pixieset, JsonKind::Dubsado, JsonKind::ShootQ];

fn session(site: &JsonSite) -> Arc<Session> {
    let (email, password) = site.login();
    let cookies: Vec<SessionCookie> = browser::sign_in_at(&site.login_page(), &email, &password)
        .into_iter()
        .map(|(name, value)| SessionCookie {
            name,
            value: Secret::new(value),
            domain: "127.0.0.1".to_owned(),
            path: "/".to_owned(),
            secure: false,
            http_only: true,
            expires: None,
        })
        .collect();
    Arc::new(Session::opened(site.address(), &cookies))
}

impl Bench {
    pub(crate) fn new(kind: JsonKind, clients: usize) -> Bench {
        Bench::of(kind, clients, embedded_text(key(kind)).unwrap())
    }

    fn of(kind: JsonKind, clients: usize, text: &str) -> Bench {
        let site = JsonSite::start(kind, 7, clients).expect("a site");
        let clock = StillClock::new();
        Bench {
            session: session(&site),
            site,
            text: text.to_owned(),
            pause: Arc::new(Jump::new(&clock)),
            budget: Arc::default(),
            clock,
        }
    }

    /// What a window finds that shows this page.
    async fn look(&self, page: &str) -> Result<Option<SignedIn>, ConnectorError> {
        look_signed_in(SignedInAsk {
            definition: Arc::new(parse(&self.text).expect("a sound definition")),
            text: self.text.clone(),
            name: "Our clients".to_owned(),
            // As people type it: the page at which they sign in.
            base_url: Some(Url::parse(&self.site.login_page()).unwrap()),
            page: Url::parse(page).unwrap(),
            session: self.session.clone(),
            reach: Reach::LoopbackToo,
            budget: Arc::clone(&self.budget) as Arc<dyn RequestBudget>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            pause: Arc::clone(&self.pause) as Arc<dyn Pause>,
        })
        .await
    }

    pub(crate) async fn found(&self) -> SignedIn {
        let home = format!("{}/", self.site.address());
        self.look(&home).await.expect("the site answers").expect("somebody is signed in")
    }

    pub(crate) fn connector(&self, found: &SignedIn) -> ListConnector {
        self.connector_with(found, self.session.clone())
    }

    fn connector_with(&self, found: &SignedIn, session: Arc<Session>) -> ListConnector {
        self.connector_in(found, session, None)
    }

    /// The same for an account in this time zone.
    pub(crate) fn connector_abroad(&self, found: &SignedIn, zone: &str) -> ListConnector {
        self.connector_in(found, self.session.clone(), Some(zone.to_owned()))
    }

    fn connector_in(
        &self,
        found: &SignedIn,
        session: Arc<Session>,
        time_zone: Option<String>,
    ) -> ListConnector {
        ListConnector::new(ConnectorParts {
            definition: Arc::new(parse(&found.definition).expect("what is kept is sound")),
            base_url: Some(self.site.address()),
            credential: Credential::session(session),
            account: found.account.account_id.clone(),
            known: None,
            time_zone,
            reach: Reach::LoopbackToo,
            budget: Arc::clone(&self.budget) as Arc<dyn RequestBudget>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            pause: Arc::clone(&self.pause) as Arc<dyn Pause>,
        })
        .expect("a connector")
    }

    async fn failed(&self, found: &SignedIn) -> (&'static str, RetryAdvice) {
        let error = sweep(&self.connector(found)).await.expect_err("it does not end well");
        (error.message_id, error.retry)
    }
}

async fn sweep(connector: &ListConnector) -> Result<Vec<RawRecord>, ConnectorError> {
    support::sweep(connector, &connector.streams()[0].name).await
}

/// What comes of everybody, by their e-mail address.
fn documents(connector: &ListConnector, records: Vec<RawRecord>) -> Vec<Json> {
    let mut store = MemoryRaw::default();
    store.keep(&connector.streams()[0].name, records);
    let parties = connector.parties(&store, "c", &NoLinks).expect("memory does not fail").all();
    let made = connector.assemble(&store, "c", &parties).expect("memory does not fail");
    made.into_iter().map(|document| document.document).collect()
}

#[tokio::test]
async fn each_list_is_read_to_its_proved_end_and_everybody_comes_as_they_are() {
    for kind in ALL {
        // Not a multiple of a page, and one of every page.
        for clients in [61, 99, 0] {
            let bench = Bench::new(kind, clients);
            let found = bench.found().await;
            assert!(!found.definition.contains("canary"), "{kind:?}: a definition holds no session");
            let connector = bench.connector(&found);
            let records = sweep(&connector).await.expect("it is read");
            assert_eq!(records.len(), bench.site.total(), "{kind:?}: nobody lost, nobody twice");
            let made = documents(&connector, records);
            assert_eq!(made.len(), clients, "{kind:?}: and no sample among them");
            for couple in bench.site.couples() {
                let document = made
                    .iter()
                    .find(|one| one["primary_contact"]["email"] == json!(couple.email))
                    .unwrap_or_else(|| panic!("{kind:?}: {}", couple.email));
                let person = &document["primary_contact"];
                assert_eq!(person["first_name"], json!(couple.first), "{kind:?}");
                assert_eq!(person["last_name"], json!(couple.last), "{kind:?}");
                let away = kind != JsonKind::Dubsado && couple.number.is_multiple_of(7);
                assert_eq!(document["people"][0]["hidden"] == json!(true), away, "{kind:?}: archived");
                assert_eq!(document["jobs"], json!([]), "{kind:?}: contacts are no jobs");
                if kind == JsonKind::Pixieset {
                    assert_eq!(person["address"]["city"], "Bath");
                }
                if kind == JsonKind::ShootQ {
                    let second = format!("second{}@example.com", couple.number);
                    let others = person["other_emails"].as_object().map_or(0, |all| all.len());
                    assert_eq!(
                        others,
                        usize::from(couple.number.is_multiple_of(4)),
                        "the default is not told twice"
                    );
                    assert!(others == 0 || person["other_emails"][&second].is_object(), "{person}");
                }
            }
            let visits = bench.site.visits();
            assert!(visits.iter().all(|visit| visit.method == "GET" || visit.what.contains("login")));
            let read: Vec<_> = visits.iter().filter(|visit| visit.what.contains("/api/")).collect();
            assert!(read.iter().all(|visit| visit.signed_in && visit.agent.starts_with("WedSyncHub/")));
        }
    }
}

#[tokio::test]
async fn whose_account_it_is_is_told_where_the_site_says_so() {
    let dubsado = Bench::new(JsonKind::Dubsado, 3);
    let account = dubsado.found().await.account;
    assert_eq!(
        (account.name.as_str(), account.time_zone.as_deref()),
        ("Harlow & Finch", Some("America/Los_Angeles"))
    );
    assert!(account.account_id.contains("/api/clients/search#"), "{}", account.account_id);
    let pixieset = Bench::new(JsonKind::Pixieset, 3).found().await.account;
    assert!(pixieset.account_id.ends_with("/api/v1/clients/"), "nothing says whose: {}", pixieset.account_id);
}

#[tokio::test]
async fn f36_a_session_of_another_account_gives_not_one_record() {
    for kind in [JsonKind::Dubsado, JsonKind::ShootQ] {
        let bench = Bench::new(kind, 23);
        let found = bench.found().await;
        bench.site.belongs_to("Meadow Lane Photography");
        let other = bench.connector_with(&found, session(&bench.site));
        let before = bench.site.visits().len();
        for failed in [
            sweep(&other).await.map(drop),
            other.probe().await.map(drop),
            other.preview(10, 40, &|_| {}).await,
        ] {
            let error = failed.expect_err("another account");
            assert_eq!(
                (error.message_id, error.retry),
                (messages::OTHER_ACCOUNT, RetryAdvice::SignIn),
                "{kind:?}"
            );
        }
        let asked: Vec<String> =
            bench.site.visits().split_off(before).into_iter().map(|visit| visit.what).collect();
        assert!(asked.iter().all(|what| what.contains("self") || what.contains("/me/")), "{asked:?}");
    }
}

#[tokio::test]
async fn inv_39_a_session_that_is_over_is_a_sign_in_and_a_window_goes_on_waiting() {
    for kind in ALL {
        let bench = Bench::new(kind, 61);
        let found = bench.found().await;
        let connector = bench.connector(&found);
        let stream = connector.streams()[0].name.clone();
        let first = connector.page(&stream, None).await.expect("the first page");
        bench.site.sign_everybody_out();
        let error =
            connector.page(&stream, first.next.as_ref()).await.expect_err("F38: in the middle of the list");
        assert_eq!(
            (error.message_id, error.retry),
            (messages::SESSION_OVER, RetryAdvice::SignIn),
            "{kind:?}"
        );
        assert!(
            bench.look(&bench.site.login_page()).await.expect("it answers").is_none(),
            "{kind:?}: the window waits"
        );

        // In again: the list goes on from where it stopped, and nobody is missing.
        let again = bench.connector_with(&found, session(&bench.site));
        let mut records = first.records;
        let mut cursor = first.next;
        while let Some(at) = cursor {
            let page = again.page(&stream, Some(&at)).await.expect("it goes on");
            records.extend(page.records);
            cursor = page.next;
        }
        assert_eq!(records.len(), bench.site.total(), "{kind:?}");
    }
}

#[tokio::test]
async fn f81_an_answer_that_is_laid_out_differently_stops_the_job_instead_of_importing_rubbish() {
    let over = (messages::SESSION_OVER, RetryAdvice::SignIn);
    let changed = (messages::SITE_CHANGED, RetryAdvice::Never);
    for kind in ALL {
        for (turn, wanted) in [
            (Turn::ListMoved, changed),
            (Turn::NamesRenamed, changed),
            (Turn::IdsRenamed, changed),
            (Turn::NoTotal, changed),
            // The app itself under 200, where there was an answer: never data.
            (Turn::OnlyPages, over),
            (Turn::Busy, (messages::BUSY, RetryAdvice::After(40))),
            (Turn::Down, (messages::UNAVAILABLE, RetryAdvice::WhenBack)),
        ] {
            let bench = Bench::new(kind, 61);
            let found = bench.found().await;
            bench.site.becomes(turn);
            assert_eq!(bench.failed(&found).await, wanted, "{kind:?} {turn:?}");
        }
    }
}

#[tokio::test]
async fn visitors_of_galleries_are_no_clients_even_where_the_site_sends_them() {
    let bench = Bench::new(JsonKind::Pixieset, 61);
    let found = bench.found().await;
    let asked = bench.site.visits();
    assert!(
        asked
            .iter()
            .any(|visit| visit.what.contains("types=client%2Clead") && visit.what.contains("per_page=25"))
    );
    let usual = sweep(&bench.connector(&found)).await.expect("it is read").len();
    bench.site.becomes(Turn::EveryKind);
    let records = sweep(&bench.connector(&found)).await.expect("the proof counts them");
    assert_eq!(records.len(), usual, "and they are not kept");
}

#[tokio::test]
async fn a_moment_that_names_its_type_is_read_like_any_other() {
    let bench = Bench::new(JsonKind::Dubsado, 23);
    bench.site.becomes(Turn::TypedDates);
    let found = bench.found().await;
    let records = sweep(&bench.connector(&found)).await.expect("it is read");
    assert_eq!(records.len(), 23);
    assert!(records[0].raw.contains("\"$date\""), "as received");
}

#[tokio::test]
async fn what_a_session_holds_goes_into_headers_where_a_definition_says_so() {
    let carry = "[[routes.sign_in.carry]]\nheader = \"x-xsrf-token\"\nfrom = { kind = \"cookie\", name = \"XSRF-TOKEN\" }\n\
                 [[routes.sign_in.carry]]\nheader = \"x-brand\"\nfrom = { kind = \"answer\", path = \"/api/users/self\", at = \"user.activeBrand\" }\n\
                 [[routes.sign_in.carry]]\nheader = \"x-page\"\nfrom = { kind = \"page\", path = \"/\", select = \"script\", attr = \"src\" }\n\
                 [routes.sign_in.list]";
    let text = embedded_text("dubsado").unwrap().replacen("[routes.sign_in.list]", carry, 1);
    let bench = Bench::of(JsonKind::Dubsado, 23, &text);
    let found = bench.found().await;
    assert!(!found.definition.contains("/app.js"), "what was read is kept nowhere");
    assert_eq!(sweep(&bench.connector(&found)).await.expect("it is read").len(), 23);
    let headers = bench.site.last_headers();
    let sent = |name: &str| headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str());
    assert_eq!(sent("x-page"), Some("/app.js"));
    assert_eq!(sent("x-brand").map(str::len), Some(24));
    assert_eq!(sent("x-xsrf-token").map(str::len), Some(32));
    assert_eq!(sent("accept"), Some("application/json"));

    let gone = text.replace("select = \"script\"", "select = \"meta[name=token]\"");
    let bench = Bench::of(JsonKind::Dubsado, 23, &gone);
    assert!(
        bench.look(&bench.site.address()).await.expect("it answers").is_none(),
        "without its token nothing is read"
    );
}

/// Read with the session of somebody who signed in, a list keeps what every connector promises.
struct Stand {
    bench: Bench,
    connector: ListConnector,
}

impl Stand {
    fn new(kind: JsonKind) -> Stand {
        let bench = Bench::new(kind, 120);
        // What a list counts is what it is read for.
        bench.site.becomes(Turn::NoDrafts);
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
        Stand { bench, connector }
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        let visits = self.bench.site.visits().into_iter();
        visits.filter(|visit| visit.what.starts_with("/api/")).map(|visit| visit.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        let streams = self.connector.streams();
        let (invoices, payments) = self.bench.site.money_rows();
        let totals = [self.bench.site.total(), invoices, payments];
        streams.iter().zip(totals).map(|(stream, total)| (stream.name.clone(), total as u64)).collect()
    }

    fn revoke_the_key(&self) {
        self.bench.site.sign_everybody_out();
    }

    fn tells_changes(&self) -> bool {
        false
    }
}

mod pixieset {
    use super::{JsonKind, Stand};

    hub_testkit::connector!(Stand::new(JsonKind::Pixieset));
}

mod dubsado {
    use super::{JsonKind, Stand};

    hub_testkit::connector!(Stand::new(JsonKind::Dubsado));
}

mod shootq {
    use super::{JsonKind, Stand};

    hub_testkit::connector!(Stand::new(JsonKind::ShootQ));
}
