//! Connections: making, testing, limiting and forgetting them.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use hub_api::command;
use hub_api::dto::{
    AccountView, AtCrm, AuthType, ConnectionAnswer, ConnectionId, ConnectionSetScope, ConnectionView,
    CrmSignInBegin, CrmSignInState, Nothing, OpenedWith, RecordType, Route, RouteKind, Scope, ScopeCounts,
    SignInAttempt, SignInBegun,
};
use hub_core::message::Message;
use hub_core::ports::Secret;
use serde_json::{Map, Value as Json, json};

use super::{browser, connection, login};
use crate::args::ScopeArgs;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Screen, input_line};

/// Version of the sentence under which "what to bring" is agreed to (`hub.scope.consent`).
pub(super) const CONSENT: &str = "1";

/// What to connect.
pub(super) struct Wanted {
    pub(super) provider: String,
    pub(super) name: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) replace_key: Option<String>,
    /// By the address of its calendar.
    pub(super) feed: bool,
}

pub(super) async fn run(
    client: &Client,
    screen: Screen,
    wanted: Wanted,
    key_stdin: bool,
) -> Result<Exit, Failure> {
    let key = match wanted.feed {
        true => asked(screen, &Message::new("hub.ask.feed"), key_stdin)?,
        false => key(screen, &wanted.provider, key_stdin)?,
    };
    let made = match wanted.replace_key {
        Some(name) => {
            let held = connection(client, Some(name)).await?;
            let request = json!({"connection_id": held.id, "key": key.expose()});
            client.ask::<command::ConnectionSetKey>(request).await?
        }
        None => create(client, &wanted, &key).await?,
    };
    screen.result(&made, |made| screen.say(&connected(made)))?;
    Ok(Exit::Done)
}

/// Whether a provider is read by the address of its calendar and in no other way.
pub(super) async fn only_by_feed(client: &Client, provider: &str) -> Result<bool, Failure> {
    let known = client.call::<command::ProvidersList>(&Nothing {}).await?;
    let found = known.providers.into_iter().find(|one| one.key == provider);
    let ways: Vec<RouteKind> = found
        .iter()
        .flat_map(|one| &one.routes)
        .filter(|route| route.works)
        .map(|route| route.kind)
        .collect();
    Ok(ways == [RouteKind::Feed])
}

/// The name of a CRM, or of a connection that is connected again, that is signed in to in the browser; nothing for another.
pub(super) async fn by_browser(client: &Client, wanted: &Wanted) -> Result<Option<String>, Failure> {
    if let Some(name) = &wanted.replace_key {
        let held = connection(client, Some(name.clone())).await?;
        let page =
            client.call::<command::ConnectionPageGet>(&ConnectionId { connection_id: held.id }).await?;
        let name = page.provider_name.unwrap_or(held.name);
        return Ok((page.opening.with == OpenedWith::SignIn).then_some(name));
    }
    let provider = &wanted.provider;
    let known = client.call::<command::ProvidersList>(&Nothing {}).await?;
    let found = known.providers.into_iter().find(|one| {
        one.key == *provider
            && one.auth_type == AuthType::Oauth2
            && one.routes.iter().any(|route| route.kind == RouteKind::Api && route.works)
    });
    Ok(found.map(|one| one.name))
}

/// Connects, or connects again, by a sign-in in the browser.
pub(super) async fn sign_in(
    client: &Client,
    screen: Screen,
    (wanted, provider): (Wanted, String),
    code: bool,
    open: bool,
) -> Result<Exit, Failure> {
    let connection_id = match wanted.replace_key {
        Some(name) => Some(connection(client, Some(name)).await?.id),
        None => None,
    };
    let request = CrmSignInBegin {
        provider: wanted.provider,
        base_url: wanted.base_url,
        name: wanted.name,
        connection_id,
    };
    let begun = client.call::<command::CrmSignInBegin>(&request).await?;
    show_address(screen, &begun, &provider, open)?;
    if code && begun.takes_code {
        login::type_code::<command::CrmSignInShortCode>(client, screen, &begun).await?;
    }
    let CrmSignInState::Done { connection_id: id, .. } = settled(client, begun.attempt_id).await? else {
        return Err(Failure::own("error.cancelled"));
    };
    let made = connection(client, Some(id)).await?;
    screen.result(&made, |made| {
        let done = Message::new("hub.connect.signed_in").with("name", &made.name);
        screen.say(&done.with("account", &made.account_name))
    })?;
    Ok(Exit::Done)
}

/// Tells where to sign in, and opens it where that is wanted.
pub(super) fn show_address(
    screen: Screen,
    begun: &SignInBegun,
    provider: &str,
    open: bool,
) -> Result<(), Failure> {
    screen.result(begun, |begun| {
        screen.say(&Message::new("hub.connect.open").with("provider", provider))?;
        screen.line(&begun.url)
    })?;
    if open {
        browser::open(&begun.url);
    }
    Ok(())
}

/// Waits until a sign-in has succeeded.
pub(super) async fn settled(client: &Client, attempt_id: String) -> Result<CrmSignInState, Failure> {
    let attempt = SignInAttempt { attempt_id };
    let mut events = client.events();
    loop {
        match client.call::<command::CrmSignInStatus>(&attempt).await? {
            CrmSignInState::Waiting => {}
            state @ (CrmSignInState::Done { .. } | CrmSignInState::Opened { .. }) => return Ok(state),
            CrmSignInState::Failed { message } => return Err(Failure::said(message.into())),
            CrmSignInState::Cancelled => return Err(Failure::own("error.cancelled")),
        }
        tokio::select! {
            // Whatever the event was, the state is asked for.
            _ = events.recv() => {}
            () = tokio::time::sleep(login::LOOK_AGAIN) => {}
            _ = tokio::signal::ctrl_c() => {
                client.call::<command::CrmSignInCancel>(&attempt).await?;
            }
        }
    }
}

pub(super) async fn create(
    client: &Client,
    wanted: &Wanted,
    key: &Secret,
) -> Result<ConnectionView, Failure> {
    let request = json!({
        "provider": wanted.provider,
        "name": wanted.name,
        "base_url": wanted.base_url,
        "key": key.expose(),
        "route": wanted.feed.then_some(RouteKind::Feed),
    });
    client.ask::<command::ConnectionCreate>(request).await
}

pub(super) fn connected(made: &ConnectionView) -> Message {
    if made.route == Route::Feed {
        return Message::new("hub.connect.feed")
            .with("name", &made.name)
            .with("account", &made.account_name)
            .with("host", &made.key_hint);
    }
    Message::new("hub.connect.done")
        .with("name", &made.name)
        .with("account", &made.account_name)
        .with("hint", &made.key_hint)
}

/// The key, by prompt or from standard input; never from the line or the environment.
pub(super) fn key(screen: Screen, provider: &str, key_stdin: bool) -> Result<Secret, Failure> {
    asked(screen, &Message::new("hub.ask.key").with("provider", provider), key_stdin)
}

/// A secret, asked for by this sentence.
fn asked(screen: Screen, question: &Message, from_stdin: bool) -> Result<Secret, Failure> {
    if from_stdin {
        return Ok(Secret::new(input_line()?));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(Message::new("error.needs_key")));
    }
    let prompt = screen.text(question);
    rpassword::prompt_password(prompt).map(Secret::new).map_err(Failure::Stdio)
}

pub(super) async fn forget(client: &Client, screen: Screen, name: Option<String>) -> Result<Exit, Failure> {
    let held = connection(client, name).await?;
    let done = client.call::<command::ConnectionDelete>(&ConnectionId { connection_id: held.id }).await?;
    screen.result(&done, |done| {
        screen.say(&Message::new("hub.disconnect.done").with("name", &held.name))?;
        let further = match done.at_crm {
            AtCrm::NotTold => "hub.disconnect.not_told",
            AtCrm::StaysGood => "hub.disconnect.stays_good",
            AtCrm::Revoked | AtCrm::Nothing => return Ok(()),
        };
        screen.say(&Message::new(further).with("name", &held.name))
    })?;
    Ok(Exit::Done)
}

pub(super) async fn list(client: &Client, screen: Screen) -> Result<Exit, Failure> {
    let held = client.call::<command::ConnectionList>(&Nothing {}).await?;
    screen.result(&held, |held| show(screen, &held.connections))?;
    Ok(Exit::Done)
}

pub(super) fn show(screen: Screen, connections: &[ConnectionView]) -> Result<(), Failure> {
    let rows = connections
        .iter()
        .map(|connection| {
            vec![
                connection.name.clone(),
                connection.provider.clone(),
                connection.account_name.clone(),
                connection.key_hint.clone(),
                screen.text(&Message::new(format!("hub.connection_status.{}", word(&connection.status)))),
                connection.id.clone(),
            ]
        })
        .collect();
    screen.table(&["name", "provider", "account", "key", "state", "id"], rows)
}

/// The wire name of a closed set's value.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Json::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

pub(super) async fn test(client: &Client, screen: Screen, name: Option<String>) -> Result<Exit, Failure> {
    let held = connection(client, name).await?;
    let account = client.call::<command::ConnectionCheck>(&ConnectionId { connection_id: held.id }).await?;
    screen.result(&account, |account| show_account(screen, account))?;
    Ok(Exit::Done)
}

fn show_account(screen: Screen, account: &AccountView) -> Result<(), Failure> {
    let unknown = || screen.text(&Message::new("hub.unknown"));
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(unknown);
    let mut rows = vec![
        ("account", account.name.clone()),
        ("time_zone", or_unknown(&account.time_zone)),
        ("currency", or_unknown(&account.currency)),
        ("readable", account.readable.join(", ")),
        ("writing", screen.text(&Message::new("hub.test.write_later"))),
    ];
    for window in &account.budget {
        let left = Message::new("hub.test.budget")
            .with("left", window.left)
            .with("requests", window.requests)
            .with("seconds", window.per_seconds);
        rows.push(("budget", screen.text(&left)));
    }
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![screen.text(&Message::new(format!("hub.column.{name}"))), value])
        .collect();
    screen.table(&["what", "found"], rows)
}

pub(super) async fn scope(client: &Client, screen: Screen, arguments: ScopeArgs) -> Result<Exit, Failure> {
    let held = connection(client, arguments.connection.clone()).await?;
    if !arguments.agree {
        let counts =
            client.call::<command::ConnectionScopeCounts>(&ConnectionId { connection_id: held.id }).await?;
        screen.result(&counts, |counts| {
            let rows = counts
                .streams
                .iter()
                .map(|stream| {
                    let count = stream
                        .count
                        .map_or_else(|| screen.text(&Message::new("hub.unknown")), |n| n.to_string());
                    vec![
                        stream.stream.clone(),
                        stream.record_type.as_ref().map(word).unwrap_or_default(),
                        count,
                    ]
                })
                .collect();
            screen.table(&["stream", "type", "count"], rows)?;
            show_years(screen, counts)?;
            screen.say(&Message::new("hub.scope.consent"))
        })?;
        return Ok(Exit::Done);
    }
    let excluded = arguments
        .exclude
        .iter()
        .map(|name| {
            let read = serde_json::from_value::<RecordType>(Json::String(name.clone()));
            read.map_err(|_| Failure::usage(Message::new("error.no_record_type").with("name", name)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let scope = Scope {
        excluded_record_types: excluded,
        from: arguments.from,
        until: arguments.until,
        historical: !arguments.no_historical,
        closed: !arguments.no_closed,
        hidden: arguments.hidden,
        people_without_job: arguments.people_without_job,
        leave_out_anonymised: held.scope.leave_out_anonymised,
    };
    let request =
        ConnectionSetScope { connection_id: held.id, scope, consent_text_version: CONSENT.to_owned() };
    let changed = client.call::<command::ConnectionSetScope>(&request).await?;
    screen.result(&changed, |_| screen.say(&Message::new("hub.scope.done")))?;
    Ok(Exit::Done)
}

/// Weddings by year, and who would come besides.
fn show_years(screen: Screen, counts: &ScopeCounts) -> Result<(), Failure> {
    let mut years: BTreeMap<&str, u64> = BTreeMap::new();
    for month in &counts.months {
        *years.entry(month.month.get(..4).unwrap_or_default()).or_default() += month.count;
    }
    if !years.is_empty() {
        let rows = years.iter().map(|(year, count)| vec![(*year).to_owned(), count.to_string()]).collect();
        screen.table(&["year", "weddings"], rows)?;
        if counts.undated > 0 {
            screen.say(&Message::new("hub.scope.undated").with("count", counts.undated))?;
        }
        if !counts.all_months {
            screen.say(&Message::new("hub.scope.some_months"))?;
        }
    }
    match counts.people_without_job {
        Some(count) => screen.say(&Message::new("hub.scope.without_job").with("count", count)),
        None => Ok(()),
    }
}

/// `NAME=VALUE` by name.
pub(super) fn answers_of(answers: &[String]) -> Result<Map<String, Json>, Failure> {
    let mut decisions = Map::new();
    for answer in answers {
        let Some((name, value)) = answer.split_once('=') else {
            return Err(Failure::usage(Message::new("error.answer_shape").with("answer", answer)));
        };
        // Structured answers are typed as JSON, plain ones as they are.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned()));
        decisions.insert(name.to_owned(), value);
    }
    Ok(decisions)
}

pub(super) async fn answer(
    client: &Client,
    screen: Screen,
    answers: &[String],
    name: Option<String>,
) -> Result<Exit, Failure> {
    let held = connection(client, name).await?;
    let decisions = answers_of(answers)?;
    let request = ConnectionAnswer { connection_id: held.id, decisions };
    let changed = client.call::<command::ConnectionAnswer>(&request).await?;
    screen.result(&changed, |_| screen.say(&Message::new("hub.answer.done")))?;
    Ok(Exit::Done)
}
