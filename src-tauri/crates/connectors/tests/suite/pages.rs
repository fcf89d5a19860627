//! Sites behind a sign-in over real HTTP: ordinary ones of different shape. The definitions are those of the specification
//! and such as a person writes; no site is made for any of them.

use std::sync::Arc;

use hub_connectors::definition::{embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, ListConnector, Pause, Reach, Session, SessionCookie, SignedIn, SignedInAsk,
    look_signed_in, messages,
};
use hub_core::ports::{Clock, Connector, ConnectorError, RawRecord, RequestBudget, RetryAdvice, Secret};
use hub_sandbox::site::{Mood, SiteShape, WebSite};
use hub_testkit::browser;
use hub_testkit::fakes::MemoryBudget;
use serde_json::Value as Json;
use url::Url;

use crate::support::{self, Jump, StillClock};

/// A person's own description of a site that draws itself from JSON in its page.
const SCRIPT: &str = r#"
select = "script#boot"
kind = "script"
records = "contacts"
id = "uid"
"#;

pub(crate) struct Bench {
    pub(crate) site: WebSite,
    text: String,
    pub(crate) session: Arc<Session>,
    clock: Arc<StillClock>,
    budget: Arc<MemoryBudget>,
    pause: Arc<Jump>,
}

fn session(site: &WebSite) -> Arc<Session> {
    Arc::new(Session::opened(site.address(), &signed_in(site)))
}

/// The cookies of a window in which somebody signed in.
pub(crate) fn signed_in(site: &WebSite) -> Vec<SessionCookie> {
    let (email, password) = site.login();
    browser::sign_in(&site.address(), &email, &password)
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
        .collect()
}

/// A definition that a person writes: the specified one's rows, account and way replaced.
pub(crate) fn own(rows: &str, page: &str, fields: &str) -> String {
    let failures = embedded_text("lightblue").unwrap();
    let failures = &failures
        [failures.find("[[routes.sign_in.failure]]").unwrap()..failures.find("[routes.push]").unwrap()];
    format!(
        "format = 1\nversion = 1\n[identity]\nkey = \"custom\"\nname = \"Ours\"\n\
         description = \"connector.custom.description\"\nicon = \"connectors/custom.svg\"\ncategory = \"custom\"\n\
         [routes.sign_in]\nstate = \"ready\"\nevidence = \"specified\"\n\
         limits = [{{ requests = 60, per_seconds = 60 }}]\n\
         [routes.sign_in.auth]\nkind = \"session\"\nhelp = \"connector.help.session\"\n\
         [routes.sign_in.page]\nstream = \"clients\"\n{page}\n[routes.sign_in.page.rows]\n{rows}\n{failures}\n\
         [[capability]]\nroute = \"sign_in\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\n\
         evidence = \"specified\"\nsource = \"our own site\"\n[rows.fields]\n{fields}\n"
    )
}

impl Bench {
    pub(crate) fn new(shape: SiteShape, couples: usize, text: &str) -> Bench {
        let site = WebSite::start(shape, 7, couples).expect("a site");
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

    pub(crate) fn specified(shape: SiteShape, couples: usize) -> Bench {
        Bench::new(shape, couples, embedded_text("lightblue").unwrap())
    }

    pub(crate) async fn look(&self, page: &str) -> Result<Option<SignedIn>, ConnectorError> {
        look_signed_in(SignedInAsk {
            definition: Arc::new(parse(&self.text).expect("a sound definition")),
            text: self.text.clone(),
            name: "Our clients".to_owned(),
            base_url: Some(Url::parse(&self.site.address()).unwrap()),
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
        self.look(&self.site.list()).await.expect("the site answers").expect("the list is open")
    }

    pub(crate) fn connector(&self, found: &SignedIn) -> ListConnector {
        ListConnector::new(ConnectorParts {
            definition: Arc::new(parse(&found.definition).expect("what is kept is sound")),
            base_url: None,
            credential: Credential::session(self.session.clone()),
            account: found.account.account_id.clone(),
            known: None,
            time_zone: None,
            reach: Reach::LoopbackToo,
            budget: Arc::clone(&self.budget) as Arc<dyn RequestBudget>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            pause: Arc::clone(&self.pause) as Arc<dyn Pause>,
        })
        .expect("a connector")
    }

    pub(crate) async fn failed(&self, found: &SignedIn) -> ConnectorError {
        sweep(&self.connector(found)).await.expect_err("it does not end well")
    }
}

pub(crate) async fn sweep(connector: &ListConnector) -> Result<Vec<RawRecord>, ConnectorError> {
    support::sweep(connector, "clients").await
}

fn text(record: &RawRecord, name: &str) -> Option<String> {
    let json: Json = serde_json::from_str(&record.raw).expect("JSON");
    json[name].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_list_of_the_specified_names_is_read_to_its_end_whatever_the_site_looks_like() {
    for shape in SiteShape::AS_SPECIFIED {
        let bench = Bench::specified(shape, 37);
        let found = bench.found().await;
        assert_eq!(found.documents.len(), 5, "{shape:?}: the first clients are shown");
        assert!(!found.definition.contains("canary"), "{shape:?}: a definition holds no session");
        let records = sweep(&bench.connector(&found)).await.expect("it is read");
        let couples = bench.site.couples();
        assert_eq!(records.len(), couples.len(), "{shape:?}: nobody lost, nobody twice");
        for (record, couple) in records.iter().zip(&couples) {
            assert_eq!(record.id, format!("c{}", couple.number), "{shape:?}");
            assert_eq!(text(record, "email").as_deref(), Some(couple.email.as_str()), "{shape:?}");
            assert!(text(record, "name").unwrap().starts_with(&couple.first), "{shape:?}");
        }
        let agents: Vec<_> =
            bench.site.visits().into_iter().filter(|visit| !visit.agent.is_empty()).collect();
        assert!(
            agents.iter().all(|visit| visit.agent.starts_with("WedSyncHub/")),
            "{shape:?}: it says who it is"
        );
        assert!(agents.iter().all(|visit| visit.signed_in), "{shape:?}: and is signed in throughout");
    }
}

#[tokio::test]
async fn as_long_as_the_window_is_elsewhere_nothing_is_connected() {
    let bench = Bench::specified(SiteShape::Table, 12);
    for path in ["/home", "/login", "/nowhere"] {
        let page = format!("{}{path}", bench.site.address());
        assert!(bench.look(&page).await.expect("the site answers").is_none(), "{path} is not the list");
    }
    assert!(bench.look("https://accounts.example/sign-in").await.unwrap().is_none(), "another site");
    bench.site.sign_everybody_out();
    assert!(bench.look(&bench.site.list()).await.unwrap().is_none(), "nobody is signed in");
}

#[tokio::test]
async fn inv_04_a_list_whose_end_a_script_decides_is_refused() {
    let bench = Bench::specified(SiteShape::Table, 37);
    bench.site.becomes(Mood::Lazy);
    let error = bench.look(&bench.site.list()).await.expect_err("F81: a lazy list");
    assert_eq!(error.message_id, messages::NO_END);
}

#[tokio::test]
async fn inv_39_a_page_that_asks_to_sign_in_is_no_data() {
    for shape in [SiteShape::Table, SiteShape::Cards] {
        let bench = Bench::specified(shape, 37);
        let found = bench.found().await;
        let connector = bench.connector(&found);
        let first = connector.page("clients", None).await.expect("the first page");
        bench.site.sign_everybody_out();
        let next = connector.page("clients", first.next.as_ref()).await;
        let error = next.expect_err("F38: in the middle of the list");
        assert_eq!(
            (error.message_id, error.retry),
            (messages::SESSION_OVER, RetryAdvice::SignIn),
            "{shape:?}"
        );
    }
    let bench = Bench::specified(SiteShape::Table, 37);
    let found = bench.found().await;
    bench.site.becomes(Mood::AsksForPerson);
    let error = bench.failed(&found).await;
    assert_eq!(
        (error.message_id, error.retry),
        (messages::PERSON_ASKED, RetryAdvice::SignIn),
        "F38: captcha"
    );
}

#[tokio::test]
async fn f37_a_changed_password_ends_the_session_and_a_new_sign_in_goes_on_where_it_stopped() {
    let bench = Bench::specified(SiteShape::Table, 37);
    let found = bench.found().await;
    let connector = bench.connector(&found);
    let first = connector.page("clients", None).await.expect("the first page");
    let cursor = first.next.expect("there is more");
    // What a site does when somebody changes their password: whoever was signed in is so no longer.
    bench.site.sign_everybody_out();
    for _ in 0..2 {
        let error = connector.page("clients", Some(&cursor)).await.expect_err("it asks to sign in");
        assert_eq!((error.message_id, error.retry), (messages::SESSION_OVER, RetryAdvice::SignIn));
        let offer = error.params.iter().find(|(name, _)| *name == "action").map(|(_, offer)| offer.as_str());
        assert_eq!(offer, Some("sign_in_again"), "one button");
    }
    let bench = Bench { session: session(&bench.site), ..bench };
    let connector = bench.connector(&found);
    let (mut read, mut cursor) = (first.records.len(), Some(cursor));
    while let Some(at) = cursor {
        let page = connector.page("clients", Some(&at)).await.expect("signed in anew");
        read += page.records.len();
        cursor = page.next;
    }
    assert_eq!(read, 37, "everybody, once");
}

#[tokio::test]
async fn f81_a_site_that_changed_stops_the_job_instead_of_importing_rubbish() {
    for (mood, message, retry) in [
        (Mood::Redesigned, messages::SITE_CHANGED, RetryAdvice::Never),
        (Mood::ColumnEmptied, messages::SITE_CHANGED, RetryAdvice::Never),
        (Mood::SoftBlock, messages::SITE_CHANGED, RetryAdvice::Never),
        (Mood::Lazy, messages::SITE_CHANGED, RetryAdvice::Never),
        (Mood::Maintenance, messages::UNAVAILABLE, RetryAdvice::After(120)),
    ] {
        let bench = Bench::specified(SiteShape::Table, 37);
        let found = bench.found().await;
        bench.site.becomes(mood);
        let error = bench.failed(&found).await;
        assert_eq!((error.message_id, error.retry), (message, retry), "{mood:?}");
    }
}

#[tokio::test]
async fn inv_37_pages_are_asked_for_no_faster_than_the_definition_says() {
    let bench = Bench::specified(SiteShape::Cards, 300);
    let found = bench.found().await;
    let records = sweep(&bench.connector(&found)).await.expect("it is read");
    assert_eq!(records.len(), 300);
    let account = found.account.account_id.as_str();
    let sent = bench.budget.sent(account);
    assert!(sent.len() >= 38, "one request a page: {}", sent.len());
    for window in sent.windows(31) {
        let (first, last) = (window[0], window[30]);
        assert!(last.duration_since(first).as_secs() >= 60, "31 requests within a minute");
    }
    assert!(!bench.pause.waits.lock().unwrap().is_empty(), "it waited instead");
}

#[tokio::test]
async fn a_site_that_draws_itself_from_json_is_read_by_a_definition_of_ones_own() {
    let fields = "given = \"primary.first_name\"\nfamily = \"primary.last_name\"\nmail = \"primary.email\"\n\
                  other = \"partner.full_name\"\n\"event.on\" = \"project.wedding_date\"\n\"event.where\" = \"project.venue_name\"";
    let page = "path = \"/app/contacts\"\npages = { kind = \"next\", select = \"a.next\" }\naccount = { select = \".owner\" }";
    let bench = Bench::new(SiteShape::Script, 23, &own(SCRIPT, page, fields));
    // The path is known: wherever the window is after the sign-in, the list is found.
    let home = format!("{}/home", bench.site.address());
    let found = bench.look(&home).await.expect("the site answers").expect("signed in");
    assert!(found.account.account_id.ends_with("#Harlow & Finch"), "{}", found.account.account_id);
    let records = sweep(&bench.connector(&found)).await.expect("it is read");
    assert_eq!(records.len(), 23);
    assert_eq!(records[0].id, "u-1");

    // F36: the next sign-in is somebody else's. Not one record of theirs is read.
    bench.site.belongs_to("Meadow Lane Photography");
    let error = bench.failed(&found).await;
    assert_eq!((error.message_id, error.retry), (messages::OTHER_ACCOUNT, RetryAdvice::SignIn));
}

#[tokio::test]
async fn what_stands_on_a_page_of_its_own_is_read_with_each_record() {
    let rows = "kind = \"elements\"\nselect = \"#people > .person\"\nid = { select = \"a\", attr = \"href\" }\n\
                needed = [\"name\"]\n[routes.sign_in.page.rows.fields]\nname = { select = \"a\" }\n\
                [routes.sign_in.page.detail]\nlink = { select = \"a\", attr = \"href\" }\nholder = \"dl.person\"\n\
                [routes.sign_in.page.detail.fields]\nmail = { select = \".mail a\", attr = \"href\", read = { as = \"contact\" } }\n\
                day = { select = \".day\" }\nplace = { select = \".place\" }\n";
    let page = "path = \"/directory\"\nholder = \"#people\"\ntotal = { select = \".count\" }";
    let fields = "name = \"primary.full_name\"\nmail = \"primary.email\"\nday = \"project.wedding_date\"\nplace = \"project.venue_name\"";
    let bench = Bench::new(SiteShape::OwnPages, 17, &own(rows, page, fields));
    let found = bench.found().await;
    assert!(found.definition.contains("Older"), "the way on was found by what it says: {}", found.definition);
    let records = sweep(&bench.connector(&found)).await.expect("it is read");
    let couples = bench.site.couples();
    assert_eq!(records.len(), couples.len());
    for (record, couple) in records.iter().zip(&couples) {
        assert_eq!(text(record, "mail").as_deref(), Some(couple.email.as_str()));
        assert_eq!(text(record, "place").as_deref(), Some(couple.venue.as_str()));
        assert!(!record.raw.contains("#page"), "where it stood is no part of it");
    }
    // F25: the page counts one more than there are.
    bench.site.change(|couples| drop(couples.pop()));
    assert_eq!(
        sweep(&bench.connector(&found)).await.expect("one fewer").len(),
        16,
        "nobody is concluded to be gone"
    );
}

#[tokio::test]
async fn the_addresses_that_answer_a_sites_own_scripts_are_read_with_the_session() {
    let fields = "given = \"primary.first_name\"\nfamily = \"primary.last_name\"\nmail = \"primary.email\"";
    let text = own(SCRIPT, "", fields);
    let (head, rest) = text.split_once("[routes.sign_in.page]").unwrap();
    let (_, failures) = rest.split_once("[[routes.sign_in.failure]]").unwrap();
    let list = "[routes.sign_in.list]\nstream = \"clients\"\npath = \"/api/contacts\"\nrecords = \"contacts\"\nid = \"uid\"\n\
                pages = { kind = \"page\", number = \"page\", first = 1 }\n\
                [[routes.sign_in.failure]]\ncontent_type = \"text/html\"\naction = \"sign_in\"\n\
                message = \"error.crm.session_over\"\noffer = \"sign_in_again\"\n[[routes.sign_in.failure]]";
    let bench = Bench::new(SiteShape::Script, 23, &format!("{head}{list}{failures}"));
    let home = format!("{}/home", bench.site.address());
    let found = bench.look(&home).await.expect("the site answers").expect("signed in");
    assert_eq!(found.documents.len(), 5);
    let records = sweep(&bench.connector(&found)).await.expect("it is read");
    assert_eq!(records.len(), 23, "three pages and the empty one after them");

    bench.site.sign_everybody_out();
    let error = bench.failed(&found).await;
    let over = (messages::SESSION_OVER, RetryAdvice::SignIn);
    assert_eq!((error.message_id, error.retry), over, "Inv 39: a form to sign in is no data");
    assert!(bench.look(&home).await.expect("the site answers").is_none(), "the window goes on waiting");
}
