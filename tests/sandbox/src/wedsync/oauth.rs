//! Sign-in: authorization code with PKCE (RFC 6749, 7636, 8252), rotating refresh tokens, short codes.
//!
//! Strict on purpose: one public client, two kinds of redirect, S256 only, codes that work once for a minute. The
//! file holds hashes of codes and tokens, never the values.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::accounts::{self, Caller};
use super::control::Shared;
use super::db::{digest, random_text};
use super::http::{Incoming, Problem, Reply};
use super::pages;

const CLIENT_ID: &str = "wedsync-hub";
const SERVICE: &str = "WedSync";
const LOGIN_PATH: &str = "/v1/oauth/authorize";
const CODE_LIFE_MS: i64 = 60_000;
const SHORT_CODE_LIFE_MS: i64 = 600_000;
const SHORT_CODE_TRIES: i64 = 5;
/// A refresh token nobody used for so long is gone.
const REFRESH_LIFE_MS: i64 = 60 * 24 * 3_600_000;
/// No 0/O, 1/I/L: people read this aloud. 30 letters to the power of 8 are about 39 bits, with five tries.
const SHORT_CODE_LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn required<'a>(pairs: &'a [(String, String)], name: &str) -> Result<&'a str, Problem> {
    value(pairs, name).filter(|text| !text.is_empty()).ok_or_else(|| Problem::invalid(name))
}

/// Whether this redirect is one of the client's: the return page, or a loopback address with any port and exactly
/// `/callback` (RFC 8252 section 7.3).
fn redirect_is_registered(shared: &Shared, redirect: &str) -> bool {
    if redirect == format!("{}/v1/oauth/wedsync/return", shared.base) {
        return true;
    }
    ["http://127.0.0.1:", "http://[::1]:"].iter().any(|origin| {
        redirect
            .strip_prefix(origin)
            .and_then(|rest| rest.strip_suffix("/callback"))
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
    })
}

struct Authorization {
    redirect: String,
    state: String,
    challenge: String,
}

/// Checks the parameters. An unknown client or redirect is answered here and never redirected to; every other fault
/// goes back to the client by redirect (RFC 6749, 4.1.2.1).
fn check_authorization(
    shared: &Shared,
    pairs: &[(String, String)],
) -> Result<Result<Authorization, Reply>, Problem> {
    if value(pairs, "client_id") != Some(CLIENT_ID) {
        return Err(Problem::new(400, "invalid_client"));
    }
    let redirect = required(pairs, "redirect_uri")?.to_owned();
    if !redirect_is_registered(shared, &redirect) {
        return Err(Problem::new(400, "redirect_not_registered"));
    }
    let state = value(pairs, "state").unwrap_or_default().to_owned();
    let challenge = value(pairs, "code_challenge").unwrap_or_default().to_owned();
    let fault = if value(pairs, "response_type") != Some("code") {
        Some("unsupported_response_type")
    } else if state.len() < 16
        || state.len() > 256
        || value(pairs, "code_challenge_method") != Some("S256")
        || challenge.len() != 43
    {
        Some("invalid_request")
    } else {
        None
    };
    Ok(match fault {
        Some(error) => Err(Reply::redirect(&with_query(&redirect, &[("error", error), ("state", &state)]))),
        None => Ok(Authorization { redirect, state, challenge }),
    })
}

fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{address}?{query}")
}

/// `GET /oauth/authorize`: the login form.
pub(super) fn show_login(shared: &Shared, incoming: &Incoming) -> Result<Reply, Problem> {
    Ok(match check_authorization(shared, &incoming.query)? {
        Err(redirect) => redirect,
        Ok(_) => Reply::html(200, pages::login(SERVICE, LOGIN_PATH, &incoming.query, None)),
    })
}

/// `POST /oauth/authorize`: checks login and password and sends the browser back with a code.
pub(super) fn sign_in(shared: &Shared, incoming: &Incoming) -> Result<Reply, Problem> {
    let form = incoming.form();
    let authorization = match check_authorization(shared, &form)? {
        Err(redirect) => return Ok(redirect),
        Ok(authorization) => authorization,
    };
    let login = value(&form, "login").unwrap_or_default();
    let password = value(&form, "password").unwrap_or_default();
    let db = shared.db();
    let Some(supplier) = accounts::check_password(&db, login, password)? else {
        let hidden: Vec<_> =
            form.iter().filter(|(name, _)| name != "login" && name != "password").cloned().collect();
        let refused = Some("That e-mail and password do not match.");
        return Ok(Reply::html(401, pages::login(SERVICE, LOGIN_PATH, &hidden, refused)));
    };
    let family = uuid::Uuid::now_v7().to_string();
    db.execute("INSERT INTO families (id, supplier) VALUES (?1, ?2)", [&family, &supplier])?;
    let code = issue_code(shared, &db, &family, &authorization.redirect, &authorization.challenge)?;
    Ok(Reply::redirect(&with_query(
        &authorization.redirect,
        &[("code", &code), ("state", &authorization.state)],
    )))
}

fn issue_code(
    shared: &Shared,
    db: &Connection,
    family: &str,
    redirect: &str,
    challenge: &str,
) -> Result<String, Problem> {
    let code = random_text()?;
    db.execute(
        "INSERT INTO codes (hash, family, redirect_uri, challenge, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![digest(code.as_bytes()), family, redirect, challenge, shared.now_ms() + CODE_LIFE_MS],
    )?;
    Ok(code)
}

/// `GET /oauth/{provider}/return`: the page that opens the app, with a short code for when that does not work.
pub(super) fn return_page(shared: &Shared, incoming: &Incoming, provider: &str) -> Result<Reply, Problem> {
    let broker = shared.brokers.iter().find(|broker| broker.provider == provider);
    if provider != "wedsync" && broker.is_none() {
        return Err(Problem::new(404, "provider_unknown"));
    }
    let state = required(&incoming.query, "state")?;
    let code = match (value(&incoming.query, "code"), value(&incoming.query, "error")) {
        (Some(code), None) => code,
        (_, Some(error)) => {
            let link = with_query("wedsync://oauth/callback", &[("error", error), ("state", state)]);
            return Ok(Reply::html(200, pages::return_to_app(&link, "-")));
        }
        (None, None) => return Err(Problem::invalid("code")),
    };
    // A CRM that names the account in its answer alone: the app needs it, under one name whatever the CRM calls it.
    let account = match broker.and_then(|broker| broker.account_parameter.as_deref()) {
        None => None,
        Some(name) => Some(required(&incoming.query, name).and_then(|account| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            if account.len() <= 64 && account.bytes().all(plain) {
                Ok(account)
            } else {
                Err(Problem::invalid(name))
            }
        })?),
    };
    let mut pairs = vec![("code", code), ("state", state)];
    pairs.extend(account.map(|account| ("account", account)));
    let link = with_query("wedsync://oauth/callback", &pairs);
    let db = shared.db();
    let code_hash = digest(code.as_bytes());
    let foreign = if provider == "wedsync" {
        let live: Option<bool> = db
            .query_row(
                "SELECT used = 0 AND expires_at > ?2 FROM codes WHERE hash = ?1",
                params![code_hash, shared.now_ms()],
                |row| row.get(0),
            )
            .optional()?;
        if live != Some(true) {
            return Err(Problem::new(400, "invalid_grant"));
        }
        None
    } else {
        Some(code)
    };
    let short_code = short_code()?;
    // A reload shows a new code; the tries already spent stay spent.
    db.execute(
        "INSERT INTO short_codes (state, hash, code_hash, foreign_code, account, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (state) DO UPDATE SET hash = excluded.hash WHERE code_hash = excluded.code_hash",
        params![
            state,
            digest(short_code.as_bytes()),
            code_hash,
            foreign,
            account,
            shared.now_ms() + SHORT_CODE_LIFE_MS
        ],
    )?;
    Ok(Reply::html(200, pages::return_to_app(&link, &short_code)))
}

fn short_code() -> Result<String, Problem> {
    let mut letters = String::with_capacity(8);
    while letters.len() < 8 {
        let mut byte = [0_u8; 1];
        getrandom::fill(&mut byte)?;
        // Values that would favour the first letters are drawn again.
        if usize::from(byte[0]) < 256 / SHORT_CODE_LETTERS.len() * SHORT_CODE_LETTERS.len() {
            letters.push(char::from(SHORT_CODE_LETTERS[usize::from(byte[0]) % SHORT_CODE_LETTERS.len()]));
        }
    }
    Ok(letters)
}

fn invalid_grant() -> Problem {
    Problem::new(400, "invalid_grant")
}

/// `POST /oauth/claim`: a short code and its state for the authorization code behind them.
pub(super) fn claim(shared: &Shared, incoming: &Incoming) -> Result<Reply, Problem> {
    let body = incoming.json()?;
    let text =
        |name: &str| body.get(name).and_then(|value| value.as_str()).ok_or_else(|| Problem::invalid(name));
    let state = text("state")?;
    let typed: String = text("short_code")?
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_uppercase();
    let db = shared.db();
    let row = db
        .query_row(
            "SELECT hash, code_hash, foreign_code, expires_at, tries, account FROM short_codes WHERE state = ?1",
            [state],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, i64>(4)?,
                    row.get::<_, Option<String>>(5)?,
                ))
            },
        )
        .optional()?;
    let Some((hash, code_hash, foreign, expires_at, tries, account)) = row else {
        return Err(invalid_grant());
    };
    if tries >= SHORT_CODE_TRIES || expires_at <= shared.now_ms() {
        return Err(invalid_grant());
    }
    db.execute("UPDATE short_codes SET tries = tries + 1 WHERE state = ?1", [state])?;
    if digest(typed.as_bytes()) != hash {
        return Err(invalid_grant().with("tries_left", SHORT_CODE_TRIES - tries - 1));
    }
    // Whether it is honoured or not, a right code is spent.
    db.execute("UPDATE short_codes SET tries = ?2 WHERE state = ?1", params![state, SHORT_CODE_TRIES])?;
    if let Some(code) = foreign {
        db.execute("UPDATE short_codes SET foreign_code = NULL WHERE state = ?1", [state])?;
        let mut claimed = json!({"code": code, "state": state});
        if let Some(account) = account {
            claimed["account"] = account.into();
        }
        return Ok(Reply::json(200, claimed));
    }
    let origin = db
        .query_row(
            "SELECT family, redirect_uri, challenge FROM codes WHERE hash = ?1 AND used = 0",
            [&code_hash],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)),
        )
        .optional()?;
    let Some((family, redirect, challenge)) = origin else { return Err(invalid_grant()) };
    // The first code may have aged out while it was typed; its successor keeps redirect and challenge.
    db.execute("DELETE FROM codes WHERE hash = ?1", [&code_hash])?;
    let code = issue_code(shared, &db, &family, &redirect, &challenge)?;
    Ok(Reply::json(200, json!({"code": code, "state": state})))
}

/// `POST /oauth/token`: code or refresh token for a new pair.
pub(super) fn token(shared: &Shared, incoming: &Incoming) -> Result<Reply, Problem> {
    let form = incoming.form();
    if value(&form, "client_id") != Some(CLIENT_ID) {
        return Err(Problem::new(401, "invalid_client"));
    }
    match value(&form, "grant_type") {
        Some("authorization_code") => exchange(shared, &form),
        Some("refresh_token") => refresh(shared, &form),
        Some(_) | None => Err(Problem::new(400, "unsupported_grant_type")),
    }
}

fn exchange(shared: &Shared, form: &[(String, String)]) -> Result<Reply, Problem> {
    let code_hash = digest(required(form, "code")?.as_bytes());
    let verifier = required(form, "code_verifier")?;
    let redirect = required(form, "redirect_uri")?;
    let db = shared.db();
    let row = db
        .query_row(
            "SELECT family, redirect_uri, challenge, expires_at, used FROM codes WHERE hash = ?1",
            [&code_hash],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, bool>(4)?,
                ))
            },
        )
        .optional()?;
    let Some((family, registered, challenge, expires_at, used)) = row else { return Err(invalid_grant()) };
    if used {
        // Somebody holds a copy of the code; whatever it gave is withdrawn (RFC 6749, 10.5).
        db.execute("UPDATE families SET revoked = 1 WHERE id = ?1", [&family])?;
        return Err(invalid_grant());
    }
    // One try: a wrong verifier or redirect spends the code too.
    db.execute("UPDATE codes SET used = 1 WHERE hash = ?1", [&code_hash])?;
    if expires_at <= shared.now_ms() || registered != redirect || challenge_of(verifier) != challenge {
        return Err(invalid_grant());
    }
    issue_tokens(shared, &db, &family).map(|(reply, _)| reply)
}

fn challenge_of(verifier: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.as_bytes()))
}

fn issue_tokens(shared: &Shared, db: &Connection, family: &str) -> Result<(Reply, String), Problem> {
    let access = random_text()?;
    let refresh = random_text()?;
    let refresh_hash = digest(refresh.as_bytes());
    let now = shared.now_ms();
    let mut insert =
        db.prepare_cached("INSERT INTO tokens (hash, kind, family, expires_at) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![
        digest(access.as_bytes()),
        "access",
        family,
        now + shared.access_token_life_ms
    ])?;
    insert.execute(params![refresh_hash, "refresh", family, now + REFRESH_LIFE_MS])?;
    let reply = Reply::json(
        200,
        json!({
            "access_token": access, "token_type": "Bearer",
            "expires_in": shared.access_token_life_ms / 1000, "refresh_token": refresh,
        }),
    );
    Ok((reply, refresh_hash))
}

fn refresh(shared: &Shared, form: &[(String, String)]) -> Result<Reply, Problem> {
    let hash = digest(required(form, "refresh_token")?.as_bytes());
    let db = shared.db();
    let row = db
        .query_row(
            "SELECT t.family, t.expires_at, t.replaced_at, t.successor, f.revoked
               FROM tokens t JOIN families f ON f.id = t.family WHERE t.hash = ?1 AND t.kind = 'refresh'",
            [&hash],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, Option<i64>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                    row.get::<_, bool>(4)?,
                ))
            },
        )
        .optional()?;
    let Some((family, expires_at, replaced_at, successor, revoked)) = row else {
        return Err(invalid_grant());
    };
    let now = shared.now_ms();
    if revoked || expires_at <= now {
        return Err(invalid_grant());
    }
    if let (Some(replaced_at), Some(successor)) = (replaced_at, successor) {
        let successor_used: bool = db
            .query_row("SELECT replaced_at IS NOT NULL FROM tokens WHERE hash = ?1", [&successor], |row| {
                row.get(0)
            })
            .optional()?
            .unwrap_or(true);
        // The one innocent reuse: the reply with the successor was lost, so that nobody ever showed it.
        if successor_used || now - replaced_at > shared.refresh_grace_ms {
            db.execute("UPDATE families SET revoked = 1 WHERE id = ?1", [&family])?;
            return Err(invalid_grant());
        }
        db.execute("DELETE FROM tokens WHERE hash = ?1", [&successor])?;
    }
    let (reply, successor) = issue_tokens(shared, &db, &family)?;
    db.execute(
        "UPDATE tokens SET replaced_at = coalesce(replaced_at, ?2), successor = ?3 WHERE hash = ?1",
        params![hash, now, successor],
    )?;
    Ok(reply)
}

/// `POST /oauth/revoke` (RFC 7009): always 200, whether the token was known or not.
pub(super) fn revoke(shared: &Shared, incoming: &Incoming) -> Result<Reply, Problem> {
    let form = incoming.form();
    let hash = digest(required(&form, "token")?.as_bytes());
    shared.db().execute(
        "UPDATE families SET revoked = 1 WHERE id = (SELECT family FROM tokens WHERE hash = ?1)",
        [hash],
    )?;
    Ok(Reply::json(200, json!({})))
}

/// Who the bearer token speaks for.
pub(super) fn authenticate(shared: &Shared, incoming: &Incoming) -> Result<Caller, Problem> {
    let refused = |code: &'static str| {
        Problem::new(401, code).header("www-authenticate", "Bearer error=\"invalid_token\"")
    };
    let token = incoming
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| refused("token_missing"))?;
    let db = shared.db();
    let row = db
        .prepare_cached(
            "SELECT f.supplier, t.expires_at, f.revoked FROM tokens t JOIN families f ON f.id = t.family
              WHERE t.hash = ?1 AND t.kind = 'access'",
        )?
        .query_row([digest(token.as_bytes())], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?))
        })
        .optional()?;
    let Some((supplier, expires_at, revoked)) = row else { return Err(refused("token_invalid")) };
    if revoked {
        return Err(refused("token_revoked"));
    }
    if expires_at <= shared.now_ms() {
        return Err(refused("token_expired"));
    }
    accounts::caller(&db, &supplier)?.ok_or_else(|| refused("token_invalid"))
}
