//! Sign-in, its two ways and everything that must not work.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use hub_cloud::{
    CloudClient, CloudError, Loopback, Returned, RotatingTokens, SignInAttempt, SignInError, TokenSource as _,
};
use hub_core::ports::{RetryAdvice, Secret};
use hub_sandbox::wedsync::{Config, Fault, On, Times};
use hub_testkit::fakes::MemorySecrets;

use crate::harness::{LOGIN, World, pages};

fn code_of<T: std::fmt::Debug>(result: Result<T, CloudError>) -> String {
    result.expect_err("must be refused").code().to_owned()
}

async fn by_return_page(world: &World) -> (SignInAttempt, String, String) {
    let attempt = SignInAttempt::new_return_page(&world.oauth).unwrap();
    let landing = world.sign_in_by_hand(attempt.authorize_url()).await;
    let (status, html) = world.open(landing).await;
    assert_eq!(status, 200, "the return page is shown");
    let link = html
        .split("id=\"open-app\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let short = html.split("id=\"short-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    (attempt, link, short)
}

#[tokio::test]
async fn signs_in_by_loopback_on_both_addresses() {
    let world = World::start();
    let client = world.client().await;
    assert_eq!(
        client.account().await.unwrap().supplier.name,
        "Harlow & Finch Photography",
        "the demo supplier"
    );

    let Ok(listener) = Loopback::open_on(IpAddr::V6(Ipv6Addr::LOCALHOST), pages()).await else {
        return; // A machine without IPv6 has only the other address.
    };
    let attempt = SignInAttempt::new_loopback(&world.oauth, &listener).unwrap();
    let callback = world.sign_in_by_hand(attempt.authorize_url()).await;
    assert_eq!(
        callback.host_str(),
        Some("[::1]"),
        "the browser comes back to the address that was asked for"
    );
    let (code, _) = tokio::join!(listener.wait(&attempt), world.open(callback));
    world.oauth.exchange(attempt, code.unwrap()).await.expect("tokens over ::1");
}

#[tokio::test]
async fn signs_in_by_deep_link() {
    let world = World::start();
    let (attempt, link, _) = by_return_page(&world).await;
    let code = attempt.accept(Returned::from_deep_link(&link).unwrap()).unwrap();
    world.oauth.exchange(attempt, code).await.expect("the deep link's code gives tokens");
}

#[tokio::test]
async fn signs_in_by_short_code_after_the_first_code_has_aged_out() {
    let world = World::start();
    let (attempt, _, short) = by_return_page(&world).await;
    assert_eq!(short.len(), 8, "eight characters");
    world.cloud.advance_clock(Duration::from_secs(300));
    let typed = format!(" {}-{} ", short[..4].to_lowercase(), &short[4..]);
    let code = world.oauth.claim_short_code(&attempt, &typed).await.expect("case and dashes do not matter");
    world.oauth.exchange(attempt, code).await.expect("the claimed code gives tokens");
}

#[tokio::test]
async fn a_short_code_is_spent_by_use_by_age_and_by_five_wrong_tries() {
    let world = World::start();
    let (attempt, _, short) = by_return_page(&world).await;
    let _code = world.oauth.claim_short_code(&attempt, &short).await.unwrap();
    assert_eq!(
        code_of(world.oauth.claim_short_code(&attempt, &short).await),
        "invalid_grant",
        "claimed once only"
    );

    let (attempt, _, short) = by_return_page(&world).await;
    world.cloud.advance_clock(Duration::from_secs(601));
    assert_eq!(code_of(world.oauth.claim_short_code(&attempt, &short).await), "invalid_grant", "ten minutes");

    let (attempt, _, short) = by_return_page(&world).await;
    for _ in 0..5 {
        assert_eq!(
            code_of(world.oauth.claim_short_code(&attempt, "WRONGONE").await),
            "invalid_grant",
            "wrong"
        );
    }
    assert_eq!(
        code_of(world.oauth.claim_short_code(&attempt, &short).await),
        "invalid_grant",
        "the sixth try"
    );

    let (_, _, short) = by_return_page(&world).await;
    let other = SignInAttempt::new_return_page(&world.oauth).unwrap();
    assert_eq!(code_of(world.oauth.claim_short_code(&other, &short).await), "invalid_grant", "another state");
}

#[tokio::test]
async fn a_claimed_code_is_bound_to_the_challenge_and_replaces_the_first() {
    let world = World::start();
    let (attempt, link, short) = by_return_page(&world).await;
    let claimed = world.oauth.claim_short_code(&attempt, &short).await.unwrap();
    let first = attempt.accept(Returned::from_deep_link(&link).unwrap()).unwrap();
    let thief = SignInAttempt::new_return_page(&world.oauth).unwrap();
    assert_eq!(
        code_of(world.oauth.exchange(thief, claimed).await),
        "invalid_grant",
        "the thief lacks the verifier"
    );
    assert_eq!(
        code_of(world.oauth.exchange(attempt, first).await),
        "invalid_grant",
        "claiming ended the first code"
    );
}

#[tokio::test]
async fn f40_an_answer_to_one_attempt_never_finishes_another() {
    let world = World::start();
    let (_, link, _) = by_return_page(&world).await;
    let other = SignInAttempt::new_return_page(&world.oauth).unwrap();
    let result = other.accept(Returned::from_deep_link(&link).unwrap());
    assert!(matches!(result, Err(SignInError::WrongState)), "the state differs: {result:?}");

    // The listener turns a forged callback away and goes on waiting for the real one.
    let listener = Loopback::open(pages()).await.unwrap();
    let attempt = SignInAttempt::new_loopback(&world.oauth, &listener).unwrap();
    let callback = world.sign_in_by_hand(attempt.authorize_url()).await;
    let mut forged = callback.clone();
    forged.set_query(Some("code=stolen&state=guessed-state-guessed"));
    let browsing = async {
        let first = world.open(forged).await.0;
        (first, world.open(callback).await.0)
    };
    let (code, seen) = tokio::join!(listener.wait(&attempt), browsing);
    assert_eq!(seen, (400, 200), "the forged one is refused, the real one taken");
    world.oauth.exchange(attempt, code.unwrap()).await.expect("and gives tokens");
}

#[tokio::test]
async fn wrong_verifier_wrong_redirect_and_old_codes_are_refused() {
    let world = World::start();
    // Another attempt's verifier and redirect with this attempt's code.
    let (attempt, link, _) = by_return_page(&world).await;
    let code = attempt.accept(Returned::from_deep_link(&link).unwrap()).unwrap();
    let other = SignInAttempt::new_return_page(&world.oauth).unwrap();
    assert_eq!(code_of(world.oauth.exchange(other, code).await), "invalid_grant", "wrong verifier");

    let (attempt, link, _) = by_return_page(&world).await;
    let code = Returned::from_deep_link(&link).unwrap();
    world.cloud.advance_clock(Duration::from_secs(61));
    let code = attempt.accept(code).unwrap();
    assert_eq!(
        code_of(world.oauth.exchange(attempt, code).await),
        "invalid_grant",
        "a code lives for a minute"
    );

    let listener = Loopback::open(pages()).await.unwrap();
    let attempt = SignInAttempt::new_loopback(&world.oauth, &listener).unwrap();
    let mut address = attempt.authorize_url().clone();
    let changed: Vec<(String, String)> = address
        .query_pairs()
        .map(|(name, value)| {
            let value = if name == "redirect_uri" {
                value.replace("/callback", "/other")
            } else {
                value.into_owned()
            };
            (name.into_owned(), value)
        })
        .collect();
    address.query_pairs_mut().clear().extend_pairs(&changed);
    let result = world.sign_in_as(&address, LOGIN, "sandbox-password").await;
    assert_eq!(result, Err(400), "another path is not a redirect of this client");
}

#[tokio::test]
async fn a_redirect_that_differs_at_the_exchange_is_refused() {
    let world = World::start();
    // Same verifier, other redirect: only a hand-made request can do that.
    let (attempt, link, _) = by_return_page(&world).await;
    let code = url::Url::parse(&link)
        .unwrap()
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", "wedsync-hub")
        .append_pair("code", &code)
        .append_pair("redirect_uri", "http://127.0.0.1:1/callback")
        .append_pair("code_verifier", &"v".repeat(43))
        .finish();
    let reply = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}/v1/oauth/token", world.cloud.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 400, "redirect and verifier belong to the code");
    let body: serde_json::Value = reply.json().await.unwrap();
    assert_eq!(body["error"], "invalid_grant", "named as RFC 6749 names it");
    drop(attempt);
}

#[tokio::test]
async fn pkce_is_required_and_the_password_checked() {
    let world = World::start();
    let attempt = SignInAttempt::new_return_page(&world.oauth).unwrap();
    let wrong = world.sign_in_as(attempt.authorize_url(), LOGIN, "wrong").await;
    assert_eq!(wrong, Err(401), "the form is shown again");
    for without in ["code_challenge", "code_challenge_method", "state"] {
        let mut address = attempt.authorize_url().clone();
        let kept: Vec<(String, String)> =
            address.query_pairs().into_owned().filter(|(name, _)| name != without).collect();
        address.query_pairs_mut().clear().extend_pairs(&kept);
        let result = world.sign_in_as(&address, LOGIN, "sandbox-password").await;
        assert_eq!(result, Err(303), "without {without} the browser is sent back with an error");
    }
}

#[tokio::test]
async fn reusing_a_code_revokes_what_it_gave() {
    let world = World::start();
    let (attempt, link, _) = by_return_page(&world).await;
    let code = attempt.accept(Returned::from_deep_link(&link).unwrap()).unwrap();
    let tokens = world.oauth.exchange(attempt, code).await.unwrap();
    let stolen = url::Url::parse(&link)
        .unwrap()
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    // The thief's attempt carries the same code under a state and verifier of its own.
    let thief = SignInAttempt::new_return_page(&world.oauth).unwrap();
    let state = thief.authorize_url().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let link = format!("wedsync://oauth/callback?code={stolen}&state={state}");
    let code = thief.accept(Returned::from_deep_link(&link).unwrap()).unwrap();
    assert_eq!(code_of(world.oauth.exchange(thief, code).await), "invalid_grant", "single use");
    assert_eq!(code_of(world.oauth.refresh(&tokens.refresh).await), "invalid_grant", "the family is gone");
}

#[tokio::test]
async fn f31_an_expired_access_token_is_refreshed_within_the_request() {
    let world = World::start();
    let (client, tokens) = world.client_on("device-one").await;
    let before = tokens.access_token().await.unwrap();
    world.cloud.expire_access_tokens().unwrap();
    client.account().await.expect("the request goes through");
    assert_ne!(tokens.access_token().await.unwrap(), before, "with a new token, kept in the vault");
}

#[tokio::test]
async fn f33_inv_38_one_refresh_serves_all_who_wait() {
    let world = World::start();
    let (client, _) = world.client_on("device-one").await;
    world.cloud.expire_access_tokens().unwrap();
    world.cloud.clear_log();
    let (one, two, three) = tokio::join!(client.account(), client.account(), client.schema());
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "all three go through");
    let refreshes = world.cloud.log().iter().filter(|exchange| exchange.path == "/v1/oauth/token").count();
    assert_eq!(refreshes, 1, "with a single refresh");
}

#[tokio::test]
async fn f32_a_lost_refresh_reply_does_not_end_the_sign_in() {
    let world = World::start();
    let (client, _) = world.client_on("device-one").await;
    world.cloud.expire_access_tokens().unwrap();
    world.cloud.inject(On::path("/v1/oauth/token"), Fault::LoseReply, Times::Next(1));
    let lost = client.account().await.expect_err("the reply with the new tokens never comes");
    assert_eq!(lost.retry(), RetryAdvice::WhenBack, "worth another try: {lost}");
    client.account().await.expect("the old refresh token still answers within the grace");
}

#[tokio::test]
async fn a_rotated_refresh_token_ends_the_family_when_it_comes_back_late() {
    let world = World::with(Config { refresh_grace: Duration::from_secs(30), ..Config::default() });
    let old = world.tokens().await;
    let fresh = world.oauth.refresh(&old.refresh).await.unwrap();
    world.cloud.advance_clock(Duration::from_secs(31));
    assert_eq!(code_of(world.oauth.refresh(&old.refresh).await), "invalid_grant", "reuse after the grace");
    assert_eq!(
        code_of(world.oauth.refresh(&fresh.refresh).await),
        "invalid_grant",
        "so that the heir is revoked too"
    );

    let old = world.tokens().await;
    let heir = world.oauth.refresh(&old.refresh).await.unwrap();
    world.oauth.refresh(&heir.refresh).await.unwrap();
    assert_eq!(
        code_of(world.oauth.refresh(&old.refresh).await),
        "invalid_grant",
        "within the grace, but the heir was used: the reply was not lost"
    );
}

#[tokio::test]
async fn f34_revoked_sign_ins_ask_for_a_new_one_and_signing_out_revokes() {
    let world = World::start();
    let (client, tokens) = world.client_on("device-one").await;
    world.cloud.revoke_sign_ins(LOGIN).unwrap();
    let refused = client.account().await.expect_err("revoked");
    assert_eq!((refused.code(), refused.retry()), ("token_revoked", RetryAdvice::SignIn), "sign in again");
    assert!(!refused.in_doubt(), "nothing was applied");

    let access = tokens.access_token().await.unwrap();
    let after = tokens.refresh(&access).await.expect_err("no refresh either");
    assert!(matches!(after, hub_cloud::TokenError::Ended), "{after}");

    let (client, tokens) = world.client_on("device-two").await;
    tokens.sign_out().await.unwrap();
    let refused = client.account().await.expect_err("signed out");
    assert_eq!((refused.code(), refused.retry()), ("signed_out", RetryAdvice::SignIn), "nobody is signed in");
}

#[tokio::test]
async fn tokens_never_show_in_debug_text() {
    let world = World::start();
    let tokens = world.tokens().await;
    let text = format!("{tokens:?}");
    assert!(
        !text.contains(tokens.access.expose()) && !text.contains(tokens.refresh.expose()),
        "redacted: {text}"
    );
    let vault = Arc::new(MemorySecrets::default());
    let nobody = Arc::new(RotatingTokens::new(vault, "wedsync", world.oauth.clone()));
    let client = CloudClient::new(world.transport.clone(), nobody.clone(), "device-one");
    assert_eq!(client.account().await.unwrap_err().code(), "signed_out", "an empty vault is nobody");
    let refused = nobody.refresh(&Secret::new("x")).await.expect_err("and cannot refresh");
    assert!(matches!(refused, hub_cloud::TokenError::SignedOut), "{refused}");
}
