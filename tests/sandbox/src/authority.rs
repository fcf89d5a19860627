//! A CRM's authorization server, as strict as the standards allow: authorization code with PKCE (RFC 6749, RFC 7636),
//! the issuer in the answer (RFC 9207), rotating refresh tokens, revocation (RFC 7009), an id token (OpenID Connect
//! Core 1.0, 3.1.3.3) for `openid`.
//!
//! Paths are those that open-source servers of this kind use, `/oauth2/auth`, `/oauth2/token`, `/oauth2/revoke`, unless a
//! CRM has its own.
//! Nothing is kept beyond the process. The client's secret is a shared one; HoneyBook's is a signed assertion, which the
//! app never sees, because WedSync exchanges codes on its behalf.

mod discovery;
mod habits;
mod parts;
mod public;

pub use discovery::Told;
pub(crate) use habits::{Endpoints, Habits, Rotation};
pub(crate) use parts::{AuthorityConfig, Redirects};
pub use parts::{AuthorityCounts, AuthoritySwitches, CrmLogin};
pub use public::PublicAuthority;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::http::{Answer, Delivery, Request, Response};
use crate::wedsync::pages;

/// A scope that some servers want before they tell a name.
const PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";
const CODE_LIFE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Code {
    family: usize,
    redirect: String,
    challenge: String,
    until: Instant,
    used: bool,
}

#[derive(Debug)]
struct Family {
    login: usize,
    scopes: Vec<String>,
    revoked: bool,
    /// The program that the person let in.
    client: String,
}

#[derive(Debug)]
struct Access {
    family: usize,
    until: Instant,
}

#[derive(Debug)]
struct Refresh {
    family: usize,
    /// The token that took its place.
    successor: Option<String>,
    /// Nobody has used it yet, so that the answer with it may have been lost.
    unused: bool,
}

#[derive(Debug, Default)]
struct State {
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    switches: AuthoritySwitches,
    counts: AuthorityCounts,
    /// Programs that were given a name, with the secret of those that have one.
    programs: HashMap<String, Option<String>>,
    /// In place of the configured ones.
    redirects: Option<Redirects>,
    /// Issuer of answers; empty until the port is known.
    origin: String,
}

/// A token request that is refused.
struct Refusal(u16, &'static str);

/// The server.
#[derive(Debug)]
pub(crate) struct Authority {
    config: AuthorityConfig,
    state: Mutex<State>,
}

impl Authority {
    pub(crate) fn new(config: AuthorityConfig) -> Self {
        Self { config, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the server is, once its port is known; the issuer of its answers.
    pub(crate) fn set_origin(&self, origin: &str) {
        origin.clone_into(&mut self.state().origin);
    }

    /// The redirects that count from now on.
    pub(crate) fn set_redirects(&self, redirects: Redirects) {
        self.state().redirects = Some(redirects);
    }

    pub(crate) fn switch(&self, switches: AuthoritySwitches) {
        self.state().switches = switches;
    }

    pub(crate) fn switches(&self) -> AuthoritySwitches {
        self.state().switches.clone()
    }

    pub(crate) fn counts(&self) -> AuthorityCounts {
        self.state().counts
    }

    /// Lets every access token age out.
    pub(crate) fn expire_access(&self) {
        let now = Instant::now();
        self.state().access.values_mut().for_each(|access| access.until = now);
    }

    /// An access token for somebody with every scope, without a browser.
    pub(crate) fn grant(&self, login: usize) -> String {
        let scopes = self.config.scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let mut state = self.state();
        state.families.push(Family { login, scopes, revoked: false, client: self.config.client_id.clone() });
        let (access, family) = (random(), state.families.len() - 1);
        let until = Instant::now() + Duration::from_secs(state.switches.access_life);
        state.access.insert(digest(&access), Access { family, until });
        access
    }

    /// Takes every sign-in back, as a supplier does in the CRM's settings.
    pub(crate) fn revoke_all(&self) {
        self.state().families.iter_mut().for_each(|family| family.revoked = true);
    }

    /// An access token of this login, as a sign-in would have given it.
    pub(crate) fn token_of(&self, login: usize) -> String {
        let mut state = self.state();
        let scopes = self.config.scopes.iter().map(ToString::to_string).collect();
        state.families.push(Family { login, scopes, revoked: false, client: self.config.client_id.clone() });
        let family = state.families.len() - 1;
        let body = self.issue(&mut state, family).0;
        body["access_token"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.config.client_id
    }

    pub(crate) fn client_secret(&self) -> Option<&str> {
        self.config.client_secret.as_deref()
    }

    pub(crate) fn logins(&self) -> &[CrmLogin] {
        &self.config.logins
    }

    /// The account and scopes that a request's token speaks for; the reason where it speaks for nobody.
    pub(crate) fn bearer(&self, request: &Request) -> Result<(CrmLogin, Vec<String>), &'static str> {
        let token = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or("token_missing")?;
        let state = self.state();
        let access = state.access.get(&digest(token)).ok_or("token_invalid")?;
        let family = state.families.get(access.family).ok_or("token_invalid")?;
        if family.revoked {
            return Err("token_revoked");
        }
        if access.until <= Instant::now() {
            return Err("token_expired");
        }
        let login = self.config.logins.get(family.login).ok_or("token_invalid")?;
        Ok((login.clone(), family.scopes.clone()))
    }

    /// Answers what belongs to the server; `None` for other paths.
    pub(crate) fn answer(&self, request: &Request) -> Option<Answer> {
        let Endpoints { authorize, token, revoke } = self.config.endpoints;
        let answer = match (request.path.as_str(), request.method.as_str()) {
            (path, "GET") if path == authorize => self.show_form(request).into(),
            (path, "POST") if path == authorize => self.sign_in(request).into(),
            (path, "POST") if path == token => self.token(request),
            (path, "POST") if path == revoke => self.revoke(request).into(),
            _ => return None,
        };
        Some(answer)
    }

    fn redirect_is_registered(&self, redirect: &str) -> bool {
        let state = self.state();
        match state.redirects.as_ref().unwrap_or(&self.config.redirects) {
            Redirects::Exact(held) => held.iter().any(|held| held == redirect),
            Redirects::Loopback => ["http://127.0.0.1:", "http://[::1]:"].iter().any(|origin| {
                let port = redirect.strip_prefix(origin).and_then(|rest| rest.strip_suffix("/callback"));
                port.is_some_and(|port| port.parse::<u16>().is_ok())
            }),
        }
    }

    /// An unknown client or redirect is answered here; every other fault goes back by redirect (RFC 6749, 4.1.2.1).
    fn checked(&self, pairs: &[(String, String)]) -> Result<Asked, Response> {
        let client_fault = |error: &str| Response::json(400, json!({ "error": error }).to_string().into());
        let client = value(pairs, "client_id").unwrap_or_default().to_owned();
        if self.secret_of(&client).is_none() {
            return Err(client_fault("invalid_client"));
        }
        let redirect = value(pairs, "redirect_uri").unwrap_or_default().to_owned();
        if !self.redirect_is_registered(&redirect) {
            return Err(client_fault("redirect_not_registered"));
        }
        let state = value(pairs, "state").unwrap_or_default().to_owned();
        let challenge = value(pairs, "code_challenge").unwrap_or_default().to_owned();
        let scopes: Vec<String> =
            value(pairs, "scope").unwrap_or_default().split(' ').map(str::to_owned).collect();
        let fault = if value(pairs, "response_type") != Some("code") {
            Some("unsupported_response_type")
        } else if state.len() < 16
            || self.config.habits.pkce
                && (value(pairs, "code_challenge_method") != Some("S256") || challenge.len() != 43)
        {
            Some("invalid_request")
        } else if scopes.iter().any(|scope| !self.config.scopes.contains(&scope.as_str())) {
            Some("invalid_scope")
        } else {
            None
        };
        match fault {
            Some(error) => Err(self.back(&redirect, &[("error", error), ("state", &state)])),
            None => Ok(Asked { client, redirect, state, challenge, scopes }),
        }
    }

    fn back(&self, redirect: &str, pairs: &[(&str, &str)]) -> Response {
        let issuer = self.state().origin.clone();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .extend_pairs(self.config.besides)
            .extend_pairs(self.config.habits.names_itself.then_some(("iss", &issuer)))
            .finish();
        Response::html(302, "").with("location", format!("{redirect}?{query}"))
    }

    fn show_form(&self, request: &Request) -> Response {
        match self.checked(&request.query) {
            Ok(_) => {
                let to = self.config.endpoints.authorize;
                Response::html(200, &pages::login(&self.config.service, to, &request.query, None))
            }
            Err(response) => response,
        }
    }

    fn sign_in(&self, request: &Request) -> Response {
        let form = pairs(&request.body);
        let asked = match self.checked(&form) {
            Ok(asked) => asked,
            Err(response) => return response,
        };
        let (login, password) = (value(&form, "login"), value(&form, "password"));
        let known = self
            .config
            .logins
            .iter()
            .position(|held| login == Some(&held.login) && password == Some(&held.password));
        let Some(login) = known else {
            let hidden: Vec<_> =
                form.iter().filter(|(name, _)| name != "login" && name != "password").cloned().collect();
            let refused = Some("That e-mail and password do not match.");
            return Response::html(
                401,
                &pages::login(&self.config.service, self.config.endpoints.authorize, &hidden, refused),
            );
        };
        let code = random();
        let mut state = self.state();
        let withheld = state.switches.withheld.clone();
        let scopes = asked.scopes.into_iter().filter(|scope| !withheld.contains(scope)).collect();
        state.families.push(Family { login, scopes, revoked: false, client: asked.client });
        let family = state.families.len() - 1;
        state.codes.insert(
            digest(&code),
            Code {
                family,
                redirect: asked.redirect.clone(),
                challenge: asked.challenge,
                until: Instant::now() + CODE_LIFE,
                used: false,
            },
        );
        drop(state);
        let mut pairs = vec![("code", code.as_str()), ("state", asked.state.as_str())];
        if let (Some(name), Some(login)) =
            (self.config.habits.account_parameter, self.config.logins.get(login))
        {
            pairs.push((name, login.account_id.as_str()));
        }
        self.back(&asked.redirect, &pairs)
    }

    fn token(&self, request: &Request) -> Answer {
        if let Some(status) = self.bent_status() {
            return Response::json(status, b"{\"error\":\"temporarily_unavailable\"}".to_vec()).into();
        }
        let form = pairs(&request.body);
        let client = value(&form, "client_id").unwrap_or_default();
        let given = match self.secret_of(client) {
            Some(Some(secret)) if value(&form, "client_secret") != Some(&secret) => {
                Err(Refusal(401, "invalid_client"))
            }
            Some(_) => match value(&form, "grant_type") {
                Some("authorization_code") => self.exchange(&form, client),
                Some("refresh_token") => self.refresh(&form, client),
                Some(_) | None => Err(Refusal(400, "unsupported_grant_type")),
            },
            None => Err(Refusal(401, "invalid_client")),
        };
        match given {
            Ok(body) => {
                let mut answer = Answer::from(
                    Response::json(200, body.to_string().into_bytes()).with("cache-control", "no-store"),
                );
                let mut state = self.state();
                if state.switches.lose_answers > 0 {
                    state.switches.lose_answers -= 1;
                    answer.delivery = Delivery::Reset;
                }
                answer
            }
            Err(Refusal(status, error)) => {
                self.state().counts.refused += 1;
                Response::json(status, json!({ "error": error }).to_string().into_bytes()).into()
            }
        }
    }

    fn bent_status(&self) -> Option<u16> {
        let mut state = self.state();
        let (status, left) = state.switches.token_status?;
        state.switches.token_status = (left > 1).then_some((status, left - 1));
        Some(status)
    }

    /// The secret of a program, where it has one; `None` for a program that nobody knows.
    fn secret_of(&self, client: &str) -> Option<Option<String>> {
        if client == self.config.client_id {
            return Some(self.config.client_secret.clone());
        }
        self.state().programs.get(client).cloned()
    }

    fn exchange(&self, form: &[(String, String)], client: &str) -> Result<serde_json::Value, Refusal> {
        let refusal = Refusal(400, "invalid_grant");
        let mut state = self.state();
        let code = digest(value(form, "code").unwrap_or_default());
        let Some(held) = state.codes.get_mut(&code) else { return Err(refusal) };
        let family = held.family;
        if held.used {
            // Somebody holds a copy of the code; whatever it gave is withdrawn (RFC 6749, 10.5).
            if let Some(family) = state.families.get_mut(family) {
                family.revoked = true;
            }
            return Err(refusal);
        }
        held.used = true;
        let verifier = value(form, "code_verifier").unwrap_or_default();
        let (until, redirect, challenge) = (held.until, held.redirect.clone(), held.challenge.clone());
        let own = state.families.get(family).is_some_and(|family| family.client == client);
        let fits = own
            && until > Instant::now()
            && value(form, "redirect_uri") == Some(&redirect)
            && (!self.config.habits.pkce
                || URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge);
        if !fits {
            return Err(refusal);
        }
        state.counts.exchanged += 1;
        Ok(self.issue(&mut state, family).0)
    }

    fn refresh(&self, form: &[(String, String)], client: &str) -> Result<serde_json::Value, Refusal> {
        let refusal = Refusal(400, "invalid_grant");
        let mut state = self.state();
        let token = digest(value(form, "refresh_token").unwrap_or_default());
        let Some(held) = state.refresh.get(&token) else { return Err(refusal) };
        let (family, successor) = (held.family, held.successor.clone());
        if state.families.get(family).is_none_or(|family| family.revoked || family.client != client) {
            return Err(refusal);
        }
        if let Some(successor) = successor {
            let unused = state.refresh.get(&successor).is_some_and(|next| next.unused);
            // Used twice: either a thief or a lost answer, and only a server that forgives takes it for the second.
            if !(unused && state.switches.forgives_lost_answers) {
                if let Some(family) = state.families.get_mut(family) {
                    family.revoked = true;
                }
                return Err(refusal);
            }
            state.refresh.remove(&successor);
        }
        if let Some(held) = state.refresh.get_mut(&token) {
            held.unused = false;
        }
        state.counts.refreshed += 1;
        let (mut body, next) = self.issue(&mut state, family);
        if self.config.rotation == Rotation::None {
            if let Some(next) = next {
                state.refresh.remove(&next);
            }
            if let Some(body) = body.as_object_mut() {
                body.remove("refresh_token");
            }
            return Ok(body);
        }
        if let Some(held) = state.refresh.get_mut(&token) {
            held.successor = next;
        }
        Ok(body)
    }

    /// A fresh pair, and the digest of its refresh token.
    fn issue(&self, state: &mut State, family: usize) -> (serde_json::Value, Option<String>) {
        let (access, refresh) = (random(), random());
        let life = state.switches.access_life;
        let until = Instant::now() + Duration::from_secs(life);
        state.access.insert(digest(&access), Access { family, until });
        let scopes = state.families.get(family).map(|family| family.scopes.clone()).unwrap_or_default();
        let granted = |scope: &str| scopes.iter().any(|held| held == scope);
        let mut body = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": life, "scope": scopes.join(" "),
        });
        let offline = granted("offline_access") || !self.config.scopes.contains(&"offline_access");
        let next = offline.then(|| digest(&refresh));
        if let Some(next) = &next {
            state.refresh.insert(next.clone(), Refresh { family, successor: None, unused: true });
            body["refresh_token"] = refresh.into();
        }
        let client = state.families.get(family).map(|family| family.client.clone()).unwrap_or_default();
        let login = state.families.get(family).and_then(|family| self.config.logins.get(family.login));
        if let (true, Some(login)) = (granted("openid"), login) {
            // A server that knows a scope for names gives none without it.
            let named = !self.config.scopes.contains(&PROFILE) || granted(PROFILE);
            body["id_token"] =
                self.id_token(&state.origin, &client, login, named.then_some(&login.name)).into();
        }
        (body, next)
    }

    fn id_token(&self, issuer: &str, client: &str, login: &CrmLogin, name: Option<&String>) -> String {
        let now = jiff::Timestamp::now().as_second();
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "JWT" }).to_string());
        let claims = URL_SAFE_NO_PAD.encode(
            json!({
                "iss": issuer, "aud": client, "sub": login.account_id, "name": name,
                "email": login.login, "iat": now, "exp": now + 3600,
            })
            .to_string(),
        );
        let key = hmac::Key::new(
            hmac::HMAC_SHA256,
            self.config.client_secret.as_deref().unwrap_or("public").as_bytes(),
        );
        let signature = hmac::sign(&key, format!("{header}.{claims}").as_bytes());
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// RFC 7009: always 200, whether the token was known or not.
    fn revoke(&self, request: &Request) -> Response {
        let form = pairs(&request.body);
        let token = digest(value(&form, "token").unwrap_or_default());
        let mut state = self.state();
        let family = state
            .refresh
            .get(&token)
            .map(|held| held.family)
            .or_else(|| state.access.get(&token).map(|held| held.family));
        if let Some(family) = family.and_then(|family| state.families.get_mut(family)) {
            family.revoked = true;
            state.counts.revoked += 1;
        }
        Response::json(200, b"{}".to_vec())
    }
}

/// A checked authorization request.
struct Asked {
    client: String,
    redirect: String,
    state: String,
    challenge: String,
    scopes: Vec<String>,
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
}

fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A text nobody guesses: two ids hold 148 random bits.
fn random() -> String {
    format!("{}{}", uuid::Uuid::now_v7().simple(), uuid::Uuid::now_v7().simple())
}
