//! Rotation under every order of events that a server and a vault can bring about.

use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use hub_core::ports::{StoreError, StoreResult};
use jiff::Timestamp;

use super::*;

const ORIGIN: &str = "https://api.crm.example";

#[derive(Default)]
struct Vault {
    held: StdMutex<HashMap<String, Secret>>,
    full: StdMutex<bool>,
}

impl SecretStore for Vault {
    fn put_secret(&self, name: &str, secret: &Secret) -> StoreResult<()> {
        if *self.full.lock().unwrap() {
            return Err(StoreError::DiskFull("no room".into()));
        }
        self.held.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }
    fn secret(&self, name: &str) -> StoreResult<Option<Secret>> {
        Ok(self.held.lock().unwrap().get(name).cloned())
    }
    fn delete_secret(&self, name: &str) -> StoreResult<bool> {
        Ok(self.held.lock().unwrap().remove(name).is_some())
    }
}

/// Gives `access-2`, `access-3`, ... for a refresh token it knows; remembers each it was shown.
#[derive(Default)]
struct Server {
    shown: StdMutex<Vec<String>>,
    calls: AtomicU32,
    refuses: StdMutex<bool>,
    silent: StdMutex<bool>,
    /// Done while a refresh is under way.
    meanwhile: StdMutex<Option<Box<dyn FnOnce() + Send>>>,
}

#[async_trait]
impl TokenServer for Server {
    async fn exchange(&self, _: &Secret, _: &str, _: &Secret) -> Result<Granted, GrantFault> {
        Err(GrantFault::Unreadable)
    }
    async fn refresh(&self, refresh: &Secret) -> Result<Granted, GrantFault> {
        self.shown.lock().unwrap().push(refresh.expose().to_owned());
        tokio::task::yield_now().await;
        if let Some(act) = self.meanwhile.lock().unwrap().take() {
            act();
        }
        if *self.silent.lock().unwrap() {
            return Err(GrantFault::Unanswered(crate::http::HttpFault::Stopped));
        }
        if *self.refuses.lock().unwrap() {
            return Err(GrantFault::Refused("invalid_grant".into()));
        }
        let n = self.calls.fetch_add(1, Ordering::SeqCst) + 2;
        Ok(Granted {
            access: Secret::new(format!("access-{n}")),
            refresh: (n < 4).then(|| Secret::new(format!("refresh-{n}"))),
            expires_in: Some(3600),
            scopes: None,
            id_token: None,
        })
    }
    async fn revoke(&self, token: &Secret) -> Result<(), GrantFault> {
        self.shown.lock().unwrap().push(format!("revoked {}", token.expose()));
        Ok(())
    }
}

struct Now(i64);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap()
    }
    fn monotonic_ms(&self) -> u64 {
        0
    }
}

struct Desk {
    vault: Arc<Vault>,
    server: Arc<Server>,
    tokens: CrmTokens,
}

fn desk(expires_at: Option<i64>) -> Desk {
    let (vault, server) = (Arc::new(Vault::default()), Arc::new(Server::default()));
    seal(&vault, "access-1", expires_at);
    let tokens = CrmTokens::new(vault.clone(), "connection:1", server.clone(), Arc::new(Now(1_000)));
    Desk { vault, server, tokens }
}

fn seal(vault: &Vault, access: &str, expires_at: Option<i64>) {
    let first = SealedTokens {
        origin: ORIGIN.into(),
        access: Secret::new(access),
        refresh: Some(Secret::new("refresh-1")),
        expires_at,
        scopes: vec!["projects.read".into()],
    };
    vault.put_secret("connection:1", &first.seal().unwrap()).unwrap();
}

fn stored(desk: &Desk) -> SealedTokens {
    SealedTokens::unseal(&desk.vault.secret("connection:1").unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn inv_38_many_that_were_refused_at_once_refresh_once() {
    let desk = desk(None);
    let refused = Secret::new("access-1");
    let all: Vec<Secret> = {
        let renew = || async { desk.tokens.renew(ORIGIN, &refused).await.unwrap() };
        let (a, b, c, d) = tokio::join!(renew(), renew(), renew(), renew());
        vec![a, b, c, d]
    };
    assert!(all.iter().all(|token| token.expose() == "access-2"), "all get the one new token");
    assert_eq!(*desk.server.shown.lock().unwrap(), ["refresh-1"], "and it was asked for once");
    assert_eq!(stored(&desk).refresh.unwrap().expose(), "refresh-2", "the next one is kept");
}

#[tokio::test]
async fn inv_38_what_is_not_durable_is_not_used() {
    let desk = desk(None);
    *desk.vault.full.lock().unwrap() = true;
    let found = desk.tokens.renew(ORIGIN, &Secret::new("access-1")).await;
    assert!(matches!(found, Err(GrantFault::Vault(_))), "the new token is not handed out");
    assert_eq!(stored(&desk).access.expose(), "access-1", "what was there is there");
}

#[tokio::test]
async fn f32_a_lost_answer_keeps_the_old_refresh_token_and_shows_it_again() {
    let desk = desk(None);
    let refused = Secret::new("access-1");
    *desk.server.silent.lock().unwrap() = true;
    let lost = desk.tokens.renew(ORIGIN, &refused).await;
    assert!(matches!(lost, Err(GrantFault::Unanswered(_))));
    *desk.server.silent.lock().unwrap() = false;
    let token = desk.tokens.renew(ORIGIN, &refused).await.unwrap();
    assert_eq!(token.expose(), "access-2");
    assert_eq!(*desk.server.shown.lock().unwrap(), ["refresh-1", "refresh-1"]);
}

#[tokio::test]
async fn f33_a_refusal_does_not_remove_a_newer_sign_in() {
    let desk = desk(None);
    *desk.server.refuses.lock().unwrap() = true;
    let vault = desk.vault.clone();
    *desk.server.meanwhile.lock().unwrap() = Some(Box::new(move || seal(&vault, "signed-in-anew", None)));
    let token = desk.tokens.renew(ORIGIN, &Secret::new("access-1")).await.unwrap();
    assert_eq!(token.expose(), "signed-in-anew", "the person was quicker");
    let ended = desk.tokens.renew(ORIGIN, &token).await;
    assert!(matches!(ended, Err(GrantFault::Refused(_))), "without anybody it has ended");
    assert_eq!(stored(&desk).access.expose(), "signed-in-anew", "and nothing was thrown away");
}

#[tokio::test]
async fn a_token_about_to_run_out_is_renewed_before_it_is_used_and_an_old_refresh_token_stays_in_force() {
    let desk = desk(Some(1_030));
    assert_eq!(desk.tokens.access(ORIGIN).await.unwrap().expose(), "access-2");
    assert_eq!(desk.tokens.access(ORIGIN).await.unwrap().expose(), "access-2", "good for an hour");
    for n in 3..=4 {
        let refused = stored(&desk).access;
        assert_eq!(desk.tokens.renew(ORIGIN, &refused).await.unwrap().expose(), format!("access-{n}"));
    }
    assert_eq!(stored(&desk).refresh.unwrap().expose(), "refresh-3", "no new one came with the last");
    assert_eq!(stored(&desk).scopes, ["projects.read"], "what was granted stays granted");
}

#[tokio::test]
async fn tokens_are_for_one_origin_and_end_here_first() {
    let desk = desk(None);
    let elsewhere = desk.tokens.access("https://elsewhere.example").await;
    assert!(matches!(elsewhere, Err(GrantFault::Missing)), "no token goes elsewhere");
    desk.tokens.end().await.unwrap();
    assert_eq!(*desk.server.shown.lock().unwrap(), ["revoked refresh-1"]);
    assert!(desk.vault.secret("connection:1").unwrap().is_none());
}
