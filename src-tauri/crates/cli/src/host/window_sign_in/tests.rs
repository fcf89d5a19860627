//! The whole way from a window to a connection, with a real site and a window that is none: it says which pages are loaded
//! and which cookies it has. The real window is the app's, whose own story acts it out.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use hub_api::dto::CrmWindowOpen;
use hub_api::{Door, Host, ProfileKind, command};
use hub_connectors::{PageAsked, PageDrawn, ViewFault};
use hub_core::message::Locale;
use hub_core::ports::{definition_setting, way_agreed_setting};
use hub_sandbox::site::{SiteShape, WebSite};
use hub_testkit::browser;

use super::*;
use crate::host::tests::account;
use crate::host::{Build, KeyChoice, ProfileHost, Shell};
use crate::profile::ProfileDir;

/// A window that does what a test says.
#[derive(Default)]
struct Stage {
    told: Mutex<Option<mpsc::UnboundedSender<WindowEvent>>>,
    asked: Mutex<Option<(Url, Vec<String>)>>,
    cookies: Mutex<Vec<(String, String)>>,
    closed: AtomicBool,
}

impl Stage {
    fn loads(&self, page: &str) {
        let told = self.told.lock().unwrap().clone().expect("a window is open");
        told.send(WindowEvent::Loaded(page.parse().unwrap())).expect("somebody listens");
    }
}

struct Open(Arc<Stage>);

#[async_trait]
impl SignInWindow for Open {
    async fn cookies(&self) -> Result<Vec<SessionCookie>, WindowFault> {
        let cookie = |(name, value): &(String, String)| SessionCookie {
            name: name.clone(),
            value: Secret::new(value),
            domain: "127.0.0.1".to_owned(),
            path: "/".to_owned(),
            secure: false,
            http_only: true,
            expires: None,
        };
        Ok(self.0.cookies.lock().unwrap().iter().map(cookie).collect())
    }
    fn show(&self) {}
    fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
    }
}

struct Windows(Arc<Stage>);

/// These sites need none.
#[derive(Debug, thiserror::Error)]
#[error("no page is drawn on this stage")]
struct NotDrawn;

#[async_trait]
impl PageViews for Windows {
    async fn draw(&self, _asked: PageAsked) -> Result<PageDrawn, ViewFault> {
        Err(ViewFault::Unusable(Box::new(NotDrawn)))
    }
}

#[async_trait]
impl SignInWindows for Windows {
    async fn open(&self, wanted: WindowWanted) -> Result<Arc<dyn SignInWindow>, WindowFault> {
        *self.0.told.lock().unwrap() = Some(wanted.told);
        *self.0.asked.lock().unwrap() = Some((wanted.url, wanted.hosts));
        *self.0.cookies.lock().unwrap() = Vec::new();
        self.0.closed.store(false, Ordering::SeqCst);
        Ok(Arc::new(Open(self.0.clone())))
    }
}

async fn host(dir: &std::path::Path, windows: Option<Arc<dyn SignInWindows>>) -> Arc<ProfileHost> {
    let profile = hub_api::Profile {
        name: "t".into(),
        kind: ProfileKind::Test,
        cloud_url: "http://127.0.0.1:9".into(),
    };
    let place = ProfileDir { dir: dir.to_owned(), profile };
    let keys = KeyChoice::read(false, Locale::EnGb).expect("the usual way");
    let shell = Shell { windows, ..Shell::default() };
    let host =
        ProfileHost::open(&place, Locale::EnGb, keys, Build::default(), shell).await.expect("it opens");
    host.engine().set_account(Some(account("owner")));
    host
}

fn wanted(site: &WebSite) -> CrmWindowOpen {
    CrmWindowOpen {
        provider: "lightblue".to_owned(),
        address: Some(site.address()),
        name: None,
        connection_id: None,
        consent_text_version: "sign-in-1".to_owned(),
    }
}

async fn begin(host: &Arc<ProfileHost>, request: &CrmWindowOpen) -> Result<String, String> {
    let host: Arc<dyn Host> = host.clone();
    let begun = hub_api::call::<command::CrmSignInWindow>(host, Door::Window, request).await;
    begun.map(|begun| begun.attempt_id).map_err(|error| error.message.id)
}

/// Waits until an attempt is no longer open.
async fn ended(host: &ProfileHost, attempt: &str) -> CrmSignInState {
    for _ in 0..1_000 {
        let state = host.crm_sign_in().state(attempt).expect("known");
        if state != CrmSignInState::Waiting {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the attempt does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_in_which_somebody_signs_in_becomes_a_connection() {
    let dir = tempfile::tempdir().expect("a directory");
    let site = WebSite::start(SiteShape::Table, 7, 23).expect("a site");
    let stage = Arc::new(Stage::default());
    let host = host(dir.path(), Some(Arc::new(Windows(stage.clone())))).await;
    let attempt = begin(&host, &wanted(&site)).await.expect("a window opens");
    let (url, hosts) = stage.asked.lock().unwrap().clone().expect("it was asked for");
    assert_eq!(url.as_str(), format!("{}/", site.address()));
    assert_eq!(hosts, [site.address().trim_start_matches("http://")], "and goes nowhere else");

    stage.loads(&format!("{}/login", site.address()));
    let (email, password) = site.login();
    *stage.cookies.lock().unwrap() = browser::sign_in(&site.address(), &email, &password);
    stage.loads(&format!("{}/home", site.address()));
    stage.loads(&site.list());
    let CrmSignInState::Done { connection_id, name } = ended(&host, &attempt).await else {
        panic!("it led nowhere: {:?}", host.crm_sign_in().state(&attempt))
    };
    assert_eq!(name, "Light Blue");
    assert!(stage.closed.load(Ordering::SeqCst), "the window is closed");

    let connection = host.engine().connection(&connection_id).await.expect("kept");
    let sealed = host.secrets().secret(&connection.vault_ref).expect("readable").expect("sealed");
    assert!(sealed.expose().contains(WebSite::SESSION), "the session lies in the vault");
    let (id, book) = (connection_id.clone(), host.engine().db().clone());
    let (definition, agreed) = book
        .run(move |book| {
            Ok((book.setting(&definition_setting(&id))?, book.setting(&way_agreed_setting(&id))?))
        })
        .await
        .expect("readable");
    let definition = definition.expect("what was found is kept").to_string();
    assert!(definition.contains("/clients") && !definition.contains(WebSite::SESSION), "{definition}");
    assert_eq!(agreed.expect("who agreed to what")["text_version"], "sign-in-1");
    let opened = host.crms().open(&connection).expect("it opens");
    let page = opened.page("clients", None).await.expect("and reads");
    assert_eq!(page.records.len(), 10);

    // Signed out by the site, and in again: the same connection, with another session.
    site.sign_everybody_out();
    opened.page("clients", None).await.expect_err("inv 39: nobody is signed in");
    let again = CrmWindowOpen { address: None, connection_id: Some(connection_id.clone()), ..wanted(&site) };
    let attempt = begin(&host, &again).await.expect("a window opens");
    *stage.cookies.lock().unwrap() = browser::sign_in(&site.address(), &email, &password);
    stage.loads(&format!("{}/home", site.address()));
    let state = ended(&host, &attempt).await;
    assert_eq!(state, CrmSignInState::Done { connection_id, name }, "its list is known by now");
    let opened = host.crms().open(&connection).expect("it opens");
    assert_eq!(opened.page("clients", None).await.expect("and reads").records.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_closed_or_not_agreed_to_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let site = WebSite::start(SiteShape::Table, 7, 3).expect("a site");
    let stage = Arc::new(Stage::default());
    let host = host(dir.path(), Some(Arc::new(Windows(stage.clone())))).await;
    let other = CrmWindowOpen { consent_text_version: "sign-in-0".to_owned(), ..wanted(&site) };
    assert_eq!(begin(&host, &other).await, Err("error.sign_in_not_agreed".to_owned()));
    let nowhere = CrmWindowOpen { address: None, ..wanted(&site) };
    assert_eq!(begin(&host, &nowhere).await, Err("error.address_invalid".to_owned()));
    assert!(stage.asked.lock().unwrap().is_none(), "no window was opened for either");

    let attempt = begin(&host, &wanted(&site)).await.expect("a window opens");
    let told = stage.told.lock().unwrap().clone().expect("open");
    told.send(WindowEvent::Closed).expect("somebody listens");
    assert_eq!(ended(&host, &attempt).await, CrmSignInState::Cancelled);

    let attempt = begin(&host, &wanted(&site)).await.expect("a window opens");
    host.crm_sign_in().cancel(&attempt);
    for _ in 0..1_000 {
        if stage.closed.load(Ordering::SeqCst) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(stage.closed.load(Ordering::SeqCst), "given up in the wizard: the window closes too");
    let supplier = account("owner").supplier_id;
    let held = host.engine().db().run(move |book| book.connections(&supplier)).await.expect("readable");
    assert!(held.is_empty(), "nothing is connected");
}

#[tokio::test]
async fn a_program_without_windows_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let site = WebSite::start(SiteShape::Table, 7, 3).expect("a site");
    let host = host(dir.path(), None).await;
    assert_eq!(begin(&host, &wanted(&site)).await, Err("error.sign_in_needs_app".to_owned()));
}
