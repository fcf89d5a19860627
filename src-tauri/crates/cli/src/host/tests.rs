//! The command table over a real host: every row's role, cost, door and strictness.

use hub_api::{Code, Cost, Door, Least, Offered, ProfileKind, TABLE, WireError, dispatch};

use super::*;

/// A real host, with the answers replaced that a test is about.
struct Changed {
    inner: Arc<ProfileHost>,
    profile: Profile,
    panics: bool,
}

impl Host for Changed {
    fn profile(&self) -> &Profile {
        &self.profile
    }
    fn locale(&self) -> Locale {
        self.inner.locale()
    }
    fn engine(&self) -> &Engine {
        self.inner.engine()
    }
    fn secrets(&self) -> Arc<dyn SecretStore> {
        self.inner.secrets()
    }
    fn sign_in(&self) -> &dyn SignIn {
        self.inner.sign_in()
    }
    fn crm_sign_in(&self) -> &dyn CrmSignIn {
        self.inner.crm_sign_in()
    }
    fn network(&self) -> &dyn Network {
        self.inner.network()
    }
    fn crms(&self) -> &dyn Crms {
        assert!(!self.panics, "a handler that panics");
        self.inner.crms()
    }
    fn places(&self) -> &dyn Places {
        self.inner.places()
    }
    fn files(&self) -> &dyn Files {
        self.inner.files()
    }
    fn clock(&self) -> &dyn Clock {
        self.inner.clock()
    }
    fn ids(&self) -> &dyn Ids {
        self.inner.ids()
    }
    fn costs(&self) -> &CostLog {
        self.inner.costs()
    }
    fn events(&self) -> &broadcast::Sender<HubEvent> {
        self.inner.events()
    }
    fn run_job(&self, job_id: String) {
        self.inner.run_job(job_id);
    }
    fn version(&self) -> &str {
        self.inner.version()
    }
}

async fn host(dir: &std::path::Path) -> Arc<ProfileHost> {
    let profile =
        Profile { name: "t".into(), kind: ProfileKind::Test, cloud_url: "http://127.0.0.1:9".into() };
    let place = ProfileDir { dir: dir.to_owned(), profile };
    let keys = KeyChoice::read(false, Locale::EnGb).expect("the usual way");
    ProfileHost::open(&place, Locale::EnGb, keys, Build::default(), Shell::default()).await.expect("it opens")
}

pub(super) fn account(role: &str) -> CloudAccount {
    CloudAccount {
        supplier_id: "s".into(),
        supplier_name: "Harlow & Finch".into(),
        user_id: format!("user-{role}"),
        user_name: "Sarah".into(),
        role: role.into(),
        tier: "SCALE".into(),
        connection_limit: Some(5),
        time_zone: "Europe/London".into(),
        currency: "GBP".into(),
        country: "GB".into(),
    }
}

async fn refused(host: Arc<dyn Host>, door: Door, name: &str, payload: Json) -> WireError {
    dispatch(host, door, name, payload).await.expect_err(name)
}

#[tokio::test]
async fn every_row_keeps_its_role_and_reads_strictly() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = host(dir.path()).await;
    let extra = || json!({"no_such_field": 1});
    let roles = [
        (None, Least::Nobody),
        (Some("stranger"), Least::Nobody),
        (Some("viewer"), Least::Viewer),
        (Some("member"), Least::Member),
        (Some("manager"), Least::Manager),
        (Some("owner"), Least::Owner),
    ];
    for row in TABLE {
        for (role, held) in roles {
            host.engine().set_account(role.map(account));
            let error = refused(host.clone(), Door::Cli, row.name, extra()).await;
            let wanted = match (held >= row.least, role) {
                (true, _) => Code::BadRequest,
                (false, None) => Code::NotSignedIn,
                (false, Some(_)) => Code::NotAllowed,
            };
            // Another user each time would hide the limit; the tenth costly row of one user is allowed to meet it.
            let limited = row.cost == Cost::Costly && error.code == Code::TooMany;
            assert!(error.code == wanted || limited, "{} as {role:?}: {error:?}", row.name);
            assert!(hub_core::message::is_known(&error.message.id), "{} has its sentence", error.message.id);
        }
    }
    assert_eq!(refused(host, Door::Cli, "no.such", Json::Null).await.code, Code::UnknownCommand);
}

#[tokio::test]
async fn costly_commands_are_counted_per_user() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = host(dir.path()).await;
    host.engine().set_account(Some(account("owner")));
    for _ in 0..10 {
        let error = refused(host.clone(), Door::Cli, "import.start", json!({"connection_id": "x"})).await;
        assert_eq!(error.code, Code::NotFound);
    }
    let error = refused(host.clone(), Door::Cli, "push.start", json!({"connection_id": "x"})).await;
    assert_eq!(error.code, Code::TooMany, "the eleventh, whichever it is");
    host.engine().set_account(Some(account("manager")));
    let error = refused(host, Door::Cli, "push.start", json!({"connection_id": "x"})).await;
    assert_eq!(error.code, Code::NotFound, "another user has a minute of their own");
}

#[tokio::test]
async fn guarded_commands_refuse_the_browser_of_a_live_profile() {
    let dir = tempfile::tempdir().expect("a directory");
    let inner = host(dir.path()).await;
    inner.engine().set_account(Some(account("owner")));
    for kind in [ProfileKind::Live, ProfileKind::Sample, ProfileKind::Demo, ProfileKind::Test] {
        let profile = Profile { kind, ..inner.profile().clone() };
        let host: Arc<dyn Host> = Arc::new(Changed { inner: inner.clone(), profile, panics: false });
        for row in TABLE {
            let error = refused(host.clone(), Door::Serve, row.name, json!({"no_such_field": 1})).await;
            let guarded = row.offered == Offered::NotServed && !kind.is_invented();
            let guarded = guarded || row.offered == Offered::LineOnly;
            assert_eq!(error.code == Code::HostRefused, guarded, "{} in {kind:?}", row.name);
        }
        let request = json!({"path": "clients.csv"});
        for door in [Door::Serve, Door::Window] {
            let error = refused(host.clone(), door, "file.hand", request.clone()).await;
            assert_eq!(error.code, Code::HostRefused, "no page names a path");
        }
    }
    for name in ["connection.create", "connection.set_key", "connection.test", "export.clients"] {
        let row = TABLE.iter().find(|row| row.name == name).expect("it is there");
        assert_eq!(row.offered, Offered::NotServed, "{name} holds a secret or the whole book");
    }
}

#[tokio::test]
async fn a_panic_is_contained_and_referenced() {
    let dir = tempfile::tempdir().expect("a directory");
    let inner = host(dir.path()).await;
    let host: Arc<dyn Host> =
        Arc::new(Changed { profile: inner.profile().clone(), inner: inner.clone(), panics: true });
    let error = refused(host.clone(), Door::Window, "providers.list", Json::Null).await;
    assert_eq!(error.code, Code::Internal);
    assert!(error.reference.is_some_and(|reference| reference.len() == 8), "it can be found in the log");
    dispatch(host, Door::Window, "app.state", Json::Null).await.expect("the next command works");
}

#[tokio::test]
async fn a_profile_keeps_to_its_supplier() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = host(dir.path()).await;
    remember(host.engine(), Some(&account("owner"))).await.expect("kept");
    remember(host.engine(), None).await.expect("signed out");
    assert_eq!(
        supplier_of(host.engine()).await.expect("readable").as_deref(),
        Some("s"),
        "also while signed out"
    );
    assert!(host.engine().known_account().is_none());
}

#[tokio::test]
async fn the_first_screen_of_a_new_profile_has_true_zeros() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = host(dir.path()).await;
    for account in [None, Some(account("viewer"))] {
        host.engine().set_account(account);
        let said =
            dispatch(host.clone(), Door::Window, "home.overview", Json::Null).await.expect("it answers");
        let nothing = json!({
            "clients_in_wedsync": 0, "clients_here": 0, "coming_up": [], "backed_up_at": null,
        });
        assert_eq!(said, nothing);
    }
    let at = host.clock().now();
    host.engine().db().run(move |book| book.restore_point("test", None, at)).await.expect("a restore point");
    let said = dispatch(host, Door::Window, "home.overview", Json::Null).await.expect("it answers");
    assert_eq!(said["backed_up_at"], json!(at));
}

#[tokio::test]
async fn a_link_that_is_not_the_one_is_told_by_what_is_waited_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let host = host(dir.path()).await;
    let told = async || {
        let link = hub_core::ports::Secret::new("wedsync://oauth/callback?code=forged&state=forged");
        let refused = host.sign_in().deliver(link).await.expect_err("nobody's link");
        refused.to_wire(Locale::EnGb).message.id
    };
    assert_eq!(told().await, "error.link_unasked", "nobody is signing in");

    let asked = hub_api::dto::CrmSignInBegin {
        provider: "honeybook".into(),
        base_url: Some("http://127.0.0.1:9/api/v3".into()),
        name: None,
        connection_id: None,
    };
    let begun = host.crm_sign_in().begin(asked).await.expect("an address to open");
    assert_eq!(told().await, "error.sign_in_link", "a CRM's page is waited for, and this is not its answer");
    let state = host.crm_sign_in().state(&begun.attempt_id).expect("known");
    assert_eq!(state, hub_api::dto::CrmSignInState::Waiting, "it goes on waiting");

    host.crm_sign_in().cancel(&begun.attempt_id);
    assert_eq!(told().await, "error.link_unasked", "nobody waits any more");
}
