//! Trading codes and refresh tokens with any standard authorization server: public client, PKCE, rotation, short-lived tokens
//! (RFC 6749, 7636, 8252, 7009).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_connectors::Reach;
use hub_connectors::oauth::{DirectServer, DirectServerParts, GrantFault, TokenServer, claims};
use hub_core::ports::Secret;
use hub_sandbox::book::BookSpec;
use hub_sandbox::{AuthoritySwitches, Sandbox, SandboxConfig};
use hub_testkit::browser;
use sha2::{Digest as _, Sha256};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:4711/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-every-server-of-this-kind";

struct Desk {
    sandbox: Sandbox,
    server: DirectServer,
}

impl Desk {
    fn new() -> Desk {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(7, 1))).expect("the sandbox starts");
        let at =
            |path: &str| Url::parse(&format!("{}{path}", sandbox.authority().origin())).expect("an address");
        let server = DirectServer::new(DirectServerParts {
            token: at("/oauth2/token"),
            revoke: Some(at("/oauth2/revoke")),
            client_id: "wedsync-hub".to_owned(),
            client_secret: None,
            reach: Reach::LoopbackToo,
        });
        Desk { server: server.expect("a server"), sandbox }
    }

    /// A person signs in; the code that the browser brings back.
    fn code(&self) -> Secret {
        let authority = self.sandbox.authority();
        let mut url = Url::parse(&format!("{}/oauth2/auth", authority.origin())).expect("an address");
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "wedsync-hub"),
            ("redirect_uri", REDIRECT),
            ("state", "a-state-that-is-long-enough"),
            ("scope", "openid clients.read"),
            ("code_challenge_method", "S256"),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
        ]);
        let login = authority.login().expect("somebody");
        let back = browser::fill_form(url.as_str(), &login.login, &login.password);
        let back = Url::parse(&back).expect("an address");
        let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        Secret::new(code)
    }
}

#[tokio::test]
async fn a_code_is_traded_once_and_says_who_signed_in() {
    let desk = Desk::new();
    let code = desk.code();
    let wrong = desk
        .server
        .exchange(&code, REDIRECT, &Secret::new("another-verifier-of-the-same-length-as-it"))
        .await;
    assert!(matches!(wrong, Err(GrantFault::Refused(_))), "PKCE: whoever stole the code has no verifier");
    let code = desk.code();
    let granted = desk.server.exchange(&code, REDIRECT, &Secret::new(VERIFIER)).await.expect("tokens");
    assert_eq!(granted.scopes.as_deref(), Some(&["openid".to_owned(), "clients.read".to_owned()][..]));
    assert_eq!(granted.expires_in, Some(3600));
    let token = granted.id_token.expect("an id token");
    let issuer = desk.sandbox.authority().origin();
    let who = claims(&token, "wedsync-hub", Some(&issuer), jiff::Timestamp::now()).expect("claims");
    assert_eq!((who.subject.as_str(), who.name.as_str()), ("account-7", "Harlow & Finch Photography"));
    let again = desk.server.exchange(&code, REDIRECT, &Secret::new(VERIFIER)).await;
    assert!(matches!(again, Err(GrantFault::Refused(_))), "a code works once");
}

#[tokio::test]
async fn f32_refresh_tokens_rotate_and_a_lost_answer_is_told_from_a_refusal() {
    let desk = Desk::new();
    let granted = desk.server.exchange(&desk.code(), REDIRECT, &Secret::new(VERIFIER)).await.expect("tokens");
    let first = granted.refresh.expect("a refresh token");
    let next = desk.server.refresh(&first).await.expect("the next pair");
    let second = next.refresh.expect("another refresh token");
    assert_ne!(first, second, "it rotates");

    let authority = desk.sandbox.authority();
    authority.switch(AuthoritySwitches { lose_answers: 1, ..AuthoritySwitches::default() });
    let lost = desk.server.refresh(&second).await;
    assert!(matches!(lost, Err(GrantFault::Unanswered(_))), "nobody knows whether it was rotated: {lost:?}");
    let third =
        desk.server.refresh(&second).await.expect("a server that forgives").refresh.expect("one more");

    authority.switch(AuthoritySwitches { token_status: Some((503, 1)), ..AuthoritySwitches::default() });
    let busy = desk.server.refresh(&third).await;
    assert!(matches!(busy, Err(GrantFault::Broker { .. } | GrantFault::Unreadable)), "its trouble: {busy:?}");
    desk.server.refresh(&third).await.expect("nothing was lost");

    let used = desk.server.refresh(&first).await;
    assert!(matches!(used, Err(GrantFault::Refused(_))), "an old one ends everything: {used:?}");
}

#[tokio::test]
async fn a_sign_in_is_taken_back() {
    let desk = Desk::new();
    let granted = desk.server.exchange(&desk.code(), REDIRECT, &Secret::new(VERIFIER)).await.expect("tokens");
    let refresh = granted.refresh.expect("a refresh token");
    desk.server.revoke(&refresh).await.expect("told");
    assert_eq!(desk.sandbox.authority().counts().revoked, 1);
    assert!(matches!(desk.server.refresh(&refresh).await, Err(GrantFault::Refused(_))), "over");
}

#[test]
fn a_server_in_the_local_network_is_never_asked() {
    let parts = |reach| DirectServerParts {
        token: Url::parse("http://127.0.0.1:1/oauth2/token").expect("an address"),
        revoke: None,
        client_id: "wedsync-hub".to_owned(),
        client_secret: None,
        reach,
    };
    assert!(
        DirectServer::new(parts(Reach::PublicOnly)).is_err(),
        "a supplier's profile reaches public hosts alone"
    );
}
