//! A cloud, a browser and a signed-in client per test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hub_cloud::{
    BaseUrl, CloudClient, Limits, Loopback, LoopbackPage, LoopbackPages, OAuth, PlainHttp, RotatingTokens,
    SignInAttempt, TokenSet, Transport,
};
use hub_core::ports::CloudApi;
use hub_sandbox::wedsync::{AccountSeed, Config, Fault, LogDetail, On, Times, WedSync};
use hub_testkit::CloudStand;
use hub_testkit::fakes::MemorySecrets;
use serde_json::{Value, json};

use crate::document::Document;

pub(crate) const LOGIN: &str = "sarah@harlowandfinch.example";

/// A cloud with everything that speaks to it. Dropping it holds the traffic to the document.
pub(crate) struct World {
    pub(crate) cloud: WedSync,
    pub(crate) oauth: OAuth,
    pub(crate) transport: Transport,
    browser: reqwest::Client,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let cloud = WedSync::start(Config { log: LogDetail::Bodies, ..config }).expect("the cloud starts");
        let transport = transport(&cloud, Limits::default());
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a browser");
        Self { oauth: OAuth::new(transport.clone()), cloud, transport, browser }
    }

    /// What a person does in the browser: opens the address, fills the form, follows to where it leads.
    pub(crate) async fn sign_in_by_hand(&self, address: &url::Url) -> url::Url {
        self.sign_in_of(&AccountSeed::demo(), address).await
    }

    async fn sign_in_of(&self, account: &AccountSeed, address: &url::Url) -> url::Url {
        self.sign_in_as(address, &account.login, &account.password).await.expect("the login is right")
    }

    /// The redirect, or the status of the page that was shown instead.
    pub(crate) async fn sign_in_as(
        &self,
        address: &url::Url,
        login: &str,
        password: &str,
    ) -> Result<url::Url, u16> {
        let page = self.browser.get(address.clone()).send().await.expect("the form loads");
        if page.status() != 200 {
            return Err(page.status().as_u16());
        }
        let html = page.text().await.expect("html");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for input in html.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = input.split_once("\" value=\"").expect("a hidden field has a value");
            let (value, _) = rest.split_once('"').expect("and it ends");
            form.append_pair(name, &value.replace("&amp;", "&"));
        }
        form.append_pair("login", login).append_pair("password", password);
        let reply = self
            .browser
            .post(address.join("/v1/oauth/authorize").expect("an address"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
            .send()
            .await
            .expect("the form is sent");
        if reply.status() != 303 {
            return Err(reply.status().as_u16());
        }
        let location = reply.headers()["location"].to_str().expect("text").to_owned();
        Ok(location.parse().expect("an address"))
    }

    /// Loads a page as the browser would.
    pub(crate) async fn open(&self, address: url::Url) -> (u16, String) {
        let page = self.browser.get(address).send().await.expect("the page loads");
        (page.status().as_u16(), page.text().await.expect("text"))
    }

    /// A sign-in by loopback, from opening the listener to tokens.
    pub(crate) async fn tokens(&self) -> TokenSet {
        self.tokens_of(&AccountSeed::demo()).await
    }

    async fn tokens_of(&self, account: &AccountSeed) -> TokenSet {
        let listener = Loopback::open(pages()).await.expect("a port");
        let attempt = SignInAttempt::new_loopback(&self.oauth, &listener).expect("an attempt");
        let callback = self.sign_in_of(account, attempt.authorize_url()).await;
        let (code, page) = tokio::join!(listener.wait(&attempt), self.open(callback));
        assert_eq!(page.0, 200, "the browser is told that it worked");
        self.oauth.exchange(attempt, code.expect("a code")).await.expect("tokens")
    }

    /// A client that is signed in as the demo supplier's owner.
    pub(crate) async fn client(&self) -> CloudClient {
        self.client_on("device-one").await.0
    }

    pub(crate) async fn client_on(&self, device: &str) -> (CloudClient, Arc<RotatingTokens>) {
        self.client_of(&AccountSeed::demo(), device).await
    }

    async fn client_of(&self, account: &AccountSeed, device: &str) -> (CloudClient, Arc<RotatingTokens>) {
        let tokens = RotatingTokens::new(Arc::new(MemorySecrets::default()), "wedsync", self.oauth.clone());
        tokens.sign_in(&self.tokens_of(account).await).expect("sealed");
        let tokens = Arc::new(tokens);
        (CloudClient::new(self.transport.clone(), tokens.clone(), device), tokens)
    }
}

#[async_trait(?Send)]
impl CloudStand for World {
    async fn client(&self) -> Box<dyn CloudApi> {
        Box::new(World::client(self).await)
    }

    async fn neighbour(&self) -> Box<dyn CloudApi> {
        let account = AccountSeed::neighbour();
        self.cloud.add_account(&account).expect("a login of its own");
        Box::new(self.client_of(&account, "device-three").await.0)
    }

    fn lose_the_next_answer(&self) {
        self.cloud.inject(On::path("/v1/records/batch"), Fault::LoseReply, Times::Next(1));
    }

    fn let_leases_run_out(&self) {
        self.cloud.advance_clock(Duration::from_secs(121));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut document = Document::read();
        for exchange in self.cloud.log() {
            document.check(&exchange);
        }
    }
}

pub(crate) fn transport(cloud: &WedSync, limits: Limits) -> Transport {
    let base = BaseUrl::parse(cloud.base_url(), PlainHttp::LoopbackAllowed).expect("a loopback address");
    Transport::new(base, limits).expect("a client")
}

/// Deadlines short enough for tests in which no answer comes.
pub(crate) fn impatient() -> Limits {
    Limits { total: Duration::from_millis(1_500), ..Limits::default() }
}

pub(crate) fn pages() -> LoopbackPages {
    LoopbackPages {
        done: LoopbackPage { title: "Signed in".to_owned(), text: "You can close this page.".to_owned() },
        failed: LoopbackPage { title: "Not signed in".to_owned(), text: "Please try again.".to_owned() },
    }
}

pub(crate) fn id(number: u32) -> String {
    format!("01990000-0000-7000-8000-{number:012x}")
}

pub(crate) fn op(op_id: &str, action: &str, record_type: &str, id: &str, fields: Value) -> Value {
    json!({"op_id": op_id, "action": action, "type": record_type, "id": id, "fields": fields})
}

pub(crate) fn batch(ops: &[Value]) -> String {
    json!({"ops": ops}).to_string()
}

pub(crate) fn reference(stream: &str, external_id: &str) -> Value {
    json!({"provider": "tave", "account": "studio-1", "type": stream, "id": external_id})
}
