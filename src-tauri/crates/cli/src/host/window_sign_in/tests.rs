//! The whole way from a window to a connection, with a real site and a window that is none: it says which pages are loaded
//! and which cookies it has. The real window is the app's, whose own story acts it out.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use hub_api::dto::{CrmWayAllow, CrmWayEnd, CrmWindowOpen, DefinitionFile, PreviewRun, RouteKind};
use hub_api::{Door, Host, ProfileKind, command};
use hub_connectors::{PageAsked, PageDrawn, ViewFault};
use hub_core::message::Locale;
use hub_core::ports::{ConnectionStatus, definition_setting, way_agreed_setting, way_on_setting};
use hub_sandbox::site::{JsonKind, JsonSite, SiteShape, WebSite};
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
        definition: None,
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

/// Does something as the window would; the message where it is refused.
async fn done<C: hub_api::Command>(
    host: &Arc<ProfileHost>,
    request: &C::Request,
) -> Result<C::Response, String>
where
    C::Request: serde::Serialize,
{
    let host: Arc<dyn Host> = host.clone();
    hub_api::call::<C>(host, Door::Window, request).await.map_err(|error| error.message.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_the_provider_allows_nobody_is_off_until_it_is_switched_on_and_over_once_it_is_off() {
    let dir = tempfile::tempdir().expect("a directory");
    let site = JsonSite::start(JsonKind::Pixieset, 7, 31).expect("a site");
    let stage = Arc::new(Stage::default());
    let host = host(dir.path(), Some(Arc::new(Windows(stage.clone())))).await;
    let open = CrmWindowOpen {
        provider: "pixieset".to_owned(),
        address: Some(site.login_page()),
        name: None,
        connection_id: None,
        definition: None,
        consent_text_version: "sign-in-1".to_owned(),
    };
    assert_eq!(begin(&host, &open).await, Err("error.way_off".to_owned()), "nobody switched it on");
    assert!(stage.asked.lock().unwrap().is_none(), "and no window was opened");
    let allow = |provider: &str, version: &str| CrmWayAllow {
        provider: provider.to_owned(),
        consent_text_version: version.to_owned(),
    };
    let old = done::<command::CrmWayAllow>(&host, &allow("pixieset", "undocumented-0")).await;
    assert_eq!(old.map(drop), Err("error.sign_in_not_agreed".to_owned()), "another text");
    let documented = done::<command::CrmWayAllow>(&host, &allow("tave", "undocumented-1")).await;
    assert_eq!(documented.map(drop), Err("error.way_not_switched".to_owned()));

    done::<command::CrmWayAllow>(&host, &allow("pixieset", "undocumented-1")).await.expect("it is on");
    let book = host.engine().db().clone();
    let kept =
        book.run(|book| book.setting(&way_on_setting("pixieset"))).await.expect("readable").expect("kept");
    assert_eq!(kept["text_version"], "undocumented-1");
    let scope =
        json!({"route": "sign_in", "records": ["person", "invoice", "payment"], "operations": ["read"]});
    assert_eq!(kept["scope"], scope);
    assert!(kept["at"].is_string() && kept["by"].is_string(), "{kept}");
    let told = host.crms().providers().into_iter().find(|one| one.key == "pixieset").expect("it is there");
    let way = told.routes.into_iter().find(|route| route.kind == RouteKind::SignIn).expect("a way");
    assert!(way.works && way.on_since.is_some() && way.off_until.is_some());

    let attempt = begin(&host, &open).await.expect("a window opens");
    let (email, password) = site.login();
    let sign_in = || browser::sign_in_at(&site.login_page(), &email, &password);
    stage.loads(&site.login_page());
    *stage.cookies.lock().unwrap() = sign_in();
    stage.loads(&format!("{}/", site.address()));
    let CrmSignInState::Done { connection_id, .. } = ended(&host, &attempt).await else {
        panic!("it led nowhere: {:?}", host.crm_sign_in().state(&attempt))
    };
    let connection = host.engine().connection(&connection_id).await.expect("kept");
    assert_eq!(connection.provider, "pixieset");
    // Through the engine, as the wizard shows it.
    let run = PreviewRun { connection_id: connection_id.clone(), file_ids: None, choices: None };
    let preview = done::<command::PreviewRun>(&host, &run).await.expect("a preview");
    let shown = serde_json::to_string(&preview).expect("JSON");
    assert!(shown.contains(&site.couples()[0].first), "{shown}");

    // Off: the session is gone from the vault, and nothing of the site is asked any more.
    let before = site.visits().len();
    let off = CrmWayEnd { provider: "pixieset".to_owned() };
    done::<command::CrmWayEnd>(&host, &off).await.expect("it is off");
    assert!(host.secrets().secret(&connection.vault_ref).expect("readable").is_none(), "no session is left");
    let connection = host.engine().connection(&connection_id).await.expect("the clients stay");
    assert_eq!(connection.status, ConnectionStatus::PendingAuth);
    assert_eq!(connection.error.as_ref().expect("it says why")["id"], "error.way_off");
    let refused = host.crms().open(&connection).err().expect("it is not read");
    assert_eq!(refused.to_wire(Locale::EnGb).message.id, "error.way_off");
    let again = CrmWindowOpen { address: None, connection_id: Some(connection_id.clone()), ..open.clone() };
    assert_eq!(begin(&host, &again).await, Err("error.way_off".to_owned()));
    assert_eq!(site.visits().len(), before, "nobody came there");

    // On again, and in again: the same connection.
    done::<command::CrmWayAllow>(&host, &allow("pixieset", "undocumented-1")).await.expect("it is on");
    let attempt = begin(&host, &again).await.expect("a window opens");
    *stage.cookies.lock().unwrap() = sign_in();
    stage.loads(&format!("{}/", site.address()));
    assert!(matches!(ended(&host, &attempt).await, CrmSignInState::Done { .. }));
    let connection = host.engine().connection(&connection_id).await.expect("kept");
    let opened = host.crms().open(&connection).expect("it opens");
    assert_eq!(opened.page("clients", None).await.expect("and reads").records.len(), 25);
}

/// A person's own description of a site, as they would write it into a file.
fn own_site() -> String {
    let lightblue = hub_connectors::definition::embedded_text("lightblue").expect("built in");
    let page = lightblue.find("[routes.sign_in.page]").expect("a list");
    let rest = &lightblue[page..lightblue.find("[routes.push]").expect("a way to write")];
    let page = rest.replacen(
        "stream = \"clients\"",
        "stream = \"clients\"\npath = \"/clients\"\naccount = { select = \".owner\" }",
        1,
    );
    format!(
        "format = 1\nversion = 1\n[identity]\nkey = \"custom\"\nname = \"Our studio\"\n\
         description = \"connector.custom.description\"\nicon = \"connectors/custom.svg\"\ncategory = \"custom\"\n\
         [routes.sign_in]\nstate = \"ready\"\nevidence = \"specified\"\n\
         limits = [{{ requests = 60, per_seconds = 60 }}]\n\
         [routes.sign_in.auth]\nkind = \"session\"\nhelp = \"connector.help.session\"\n{page}\n\
         [[capability]]\nroute = \"sign_in\"\nrecords = [\"person\", \"project\"]\noperations = [\"read\"]\n\
         evidence = \"specified\"\nsource = \"our own site\"\n[rows.fields]\nname = \"primary.full_name\"\n\
         email = \"primary.email\"\nwedding_date = \"project.wedding_date\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_ones_own_comes_from_a_file_and_is_signed_in_to_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let site = WebSite::start(SiteShape::Table, 7, 23).expect("a site");
    let stage = Arc::new(Stage::default());
    let host = host(dir.path(), Some(Arc::new(Windows(stage.clone())))).await;
    let open_file = async |text: &str| {
        let file = dir.path().join("own.toml");
        std::fs::write(&file, text).expect("written");
        let file_id = host.files().hand(&file).expect("held").file_id;
        done::<command::ConnectorOpenFile>(&host, &DefinitionFile { file_id }).await
    };
    let faulty = own_site().replace(".client-row", "::").replace("primary.email", "primary.mail");
    let read = open_file(&faulty).await.expect("it is read");
    let places: Vec<&str> = read.faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(
        places,
        ["routes.sign_in.page.rows.select", "rows.fields.email"],
        "all of them, with their places"
    );
    assert_eq!(read.about, None, "nothing is told of a definition with faults");
    let posing = own_site().replace("\"custom\"", "\"pixieset\"").replace("custom.svg", "pixieset.svg");
    let posing = posing.replace("category = \"pixieset\"", "category = \"crm\"");
    let read = open_file(&posing).await.expect("it is read");
    assert_eq!(read.faults.len(), 1, "a file cannot stand for a provider: {:?}", read.faults);

    let read = open_file(&own_site()).await.expect("it is read");
    let about = read.about.expect("what it says");
    assert_eq!((about.name.as_str(), about.route), ("Our studio", RouteKind::SignIn));
    assert!(about.hosts.is_empty() && about.address.is_none(), "the person gives the address");
    assert_eq!(about.fields.len(), 3);
    assert!(site.visits().is_empty(), "nobody was asked yet");

    let wanted =
        CrmWindowOpen { provider: "custom".to_owned(), definition: Some(read.definition), ..wanted(&site) };
    let pose = CrmWindowOpen { definition: Some(posing), ..wanted.clone() };
    assert_eq!(begin(&host, &pose).await, Err("error.definition_not_site".to_owned()));
    let attempt = begin(&host, &wanted).await.expect("a window opens");
    let (email, password) = site.login();
    *stage.cookies.lock().unwrap() = browser::sign_in(&site.address(), &email, &password);
    stage.loads(&format!("{}/home", site.address()));
    let CrmSignInState::Done { connection_id, name } = ended(&host, &attempt).await else {
        panic!("it led nowhere: {:?}", host.crm_sign_in().state(&attempt))
    };
    let connection = host.engine().connection(&connection_id).await.expect("kept");
    assert_eq!(
        (name.as_str(), connection.provider.as_str()),
        ("Our studio (Harlow & Finch)", "custom:our_studio")
    );

    site.sign_everybody_out();
    let again = CrmWindowOpen {
        address: None,
        connection_id: Some(connection_id.clone()),
        definition: None,
        ..wanted
    };
    let attempt = begin(&host, &again).await.expect("a window opens");
    *stage.cookies.lock().unwrap() = browser::sign_in(&site.address(), &email, &password);
    stage.loads(&format!("{}/home", site.address()));
    assert!(matches!(ended(&host, &attempt).await, CrmSignInState::Done { .. }));
    let opened = host.crms().open(&connection).expect("it opens");
    assert_eq!(opened.page("clients", None).await.expect("and reads").records.len(), 10);
}
