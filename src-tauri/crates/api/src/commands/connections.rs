//! Connections: testing, making, changing and forgetting them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_core::message::Message;
use hub_core::ports::{
    AccountInfo, CloudAccount, Connection, ConnectionStatus, Connector, Consent, Secret, SecretStore,
    definition_setting,
};
use hub_core::record::connection_id;
use hub_engine::Engine;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value as Json;

use super::MOST_ROWS;
use super::connection_page::{forget, key_given, view, views};
use crate::dto::{
    AccountView, ConnectionAnswer, ConnectionCreate, ConnectionDetails, ConnectionId, ConnectionSetKey,
    ConnectionSetScope, ConnectionTest, ConnectionView, Connections, Disconnected, MonthCount, Nothing,
    Providers, RouteKind, ScopeCounts, StreamCount, windows,
};
use crate::{ApiError, Code, FeedAsked, Host, Probed};

/// Longest name of a connection.
const LONGEST_NAME: usize = 120;

pub(crate) async fn providers(host: &dyn Host, _: Nothing) -> Result<Providers, ApiError> {
    Ok(Providers { providers: host.crms().providers() })
}

pub(crate) async fn test(host: &dyn Host, request: ConnectionTest) -> Result<AccountView, ApiError> {
    let key = request.key.into_secret();
    let probed = host.crms().probe(&request.provider, request.base_url.as_deref(), &key).await?;
    Ok(probed.account.into())
}

pub(crate) async fn create(host: &dyn Host, request: ConnectionCreate) -> Result<ConnectionView, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    room_for_one_more(host.engine(), &account).await?;
    let key = request.key.into_secret();
    if request.route == Some(RouteKind::Feed) {
        let asked =
            FeedAsked { provider: &request.provider, address: &key, zone: &account.time_zone, of: None };
        let found = host.crms().probe_feed(asked).await?;
        let new = NewConnection {
            provider: request.provider,
            base_url: None,
            name: request.name,
            probed: found.probed,
            // Of an address that opens something, its host is all that is shown.
            key_hint: found.host,
            sealed: found.sealed,
            definition: None,
        };
        return connect(host.engine(), &host.secrets(), host.clock().now(), new).await;
    }
    let base_url = request.base_url.as_deref();
    let probed = host.crms().probe(&request.provider, base_url, &key).await?;
    let sealed = host.crms().seal(&request.provider, base_url, &key)?;
    let new = NewConnection {
        provider: request.provider,
        base_url: request.base_url,
        name: request.name,
        probed,
        key_hint: key.hint(),
        sealed,
        definition: None,
    };
    connect(host.engine(), &host.secrets(), host.clock().now(), new).await
}

/// What a connection is made of, once it is known whose account it opens.
pub struct NewConnection {
    /// Provider key.
    pub provider: String,
    /// Address in place of the provider's own.
    pub base_url: Option<String>,
    /// Its name; the account's where absent.
    pub name: Option<String>,
    /// Whose account it is.
    pub probed: Probed,
    /// Last characters of the key; empty where there is none to show.
    pub key_hint: String,
    /// What opens the account, as the vault keeps it.
    pub sealed: Secret,
    /// A definition of its own, in place of the built-in one of its provider.
    pub definition: Option<String>,
}

/// Keeps a new connection and what opens it.
///
/// # Errors
/// When the plan allows no more, the account is connected already, or the store or vault fails.
pub async fn connect(
    engine: &Engine,
    secrets: &Arc<dyn SecretStore>,
    now: Timestamp,
    new: NewConnection,
) -> Result<ConnectionView, ApiError> {
    let account = engine.require_writer()?;
    let held = room_for_one_more(engine, &account).await?;
    let Probed { account: info, decisions } = new.probed;
    let id = connection_id(&account.supplier_id, &new.provider, &info.account_id);
    if let Some(other) = held.iter().find(|other| other.id == id) {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.connection_exists").with("name", &other.name),
        });
    }
    let name = name_of(new.name, &info.name)?;
    let connection = Connection {
        vault_ref: format!("connection:{id}"),
        id,
        supplier_id: account.supplier_id,
        provider: new.provider,
        name,
        status: ConnectionStatus::Connected,
        account: info,
        base_url: new.base_url,
        key_hint: new.key_hint,
        scope: hub_core::ports::Scope::default(),
        decisions,
        last_sync_at: None,
        last_sync_status: None,
        error: None,
        created_at: now,
    };
    // The key and the definition first: a connection without them would be one that cannot work.
    if let Some(definition) = new.definition {
        let name = definition_setting(&connection.id);
        engine.db().run(move |book| book.put_setting(&name, &Json::String(definition))).await?;
    }
    put_key(engine, secrets, &connection.vault_ref, new.sealed).await?;
    let stored = connection.clone();
    if let Err(error) = engine.db().run(move |book| book.put_connection(&stored)).await {
        delete_key(engine, secrets, &connection.vault_ref).await?;
        return Err(error.into());
    }
    key_given(engine, &connection.id, now).await?;
    view(engine, connection).await
}

/// Gives a connection something new to open its account with. Jobs that waited for it can go on afterwards.
///
/// # Errors
/// `error.other_account` when it opens another account (F36); nothing has changed then.
pub async fn reconnect(
    engine: &Engine,
    secrets: &Arc<dyn SecretStore>,
    connection_id: &str,
    now: Timestamp,
    account: AccountInfo,
    sealed: Secret,
    key_hint: String,
) -> Result<ConnectionView, ApiError> {
    let mut connection = engine.connection(connection_id).await?;
    if account.account_id != connection.account.account_id {
        return Err(ApiError::refused(Code::CrmKey, "error.other_account"));
    }
    put_key(engine, secrets, &connection.vault_ref, sealed).await?;
    key_given(engine, &connection.id, now).await?;
    connection.account = account;
    connection.key_hint = key_hint;
    connection.status = ConnectionStatus::Connected;
    connection.error = None;
    store(engine, connection).await
}

/// The connections there are, if the plan allows another.
pub(super) async fn room_for_one_more(
    engine: &Engine,
    account: &CloudAccount,
) -> Result<Vec<Connection>, ApiError> {
    let supplier = account.supplier_id.clone();
    let held = engine.db().run(move |book| book.connections(&supplier)).await?;
    match account.connection_limit {
        Some(limit) if held.len() >= limit as usize => Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.plan_limit").with("tier", &account.tier).with("limit", limit),
        }),
        Some(_) | None => Ok(held),
    }
}

pub(super) fn name_of(wanted: Option<String>, account: &str) -> Result<String, ApiError> {
    let name = wanted.unwrap_or_else(|| account.to_owned()).trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ApiError::refused(Code::Refused, "error.connection_name"));
    }
    Ok(name)
}

pub(super) async fn put_key(
    engine: &Engine,
    secrets: &Arc<dyn SecretStore>,
    name: &str,
    sealed: Secret,
) -> Result<(), ApiError> {
    let (secrets, name) = (secrets.clone(), name.to_owned());
    engine.db().run(move |_| secrets.put_secret(&name, &sealed)).await?;
    Ok(())
}

pub(super) async fn delete_key(
    engine: &Engine,
    secrets: &Arc<dyn SecretStore>,
    name: &str,
) -> Result<(), ApiError> {
    let (secrets, name) = (secrets.clone(), name.to_owned());
    engine.db().run(move |_| secrets.delete_secret(&name)).await?;
    Ok(())
}

pub(crate) async fn list(host: &dyn Host, _: Nothing) -> Result<Connections, ApiError> {
    let account = host.engine().account()?;
    let connections =
        host.engine().db().run(move |book| views(book, book.connections(&account.supplier_id)?)).await?;
    Ok(Connections { connections })
}

pub(crate) async fn get(host: &dyn Host, request: ConnectionId) -> Result<ConnectionDetails, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let budget = host.crms().budget(&connection)?;
    let id = connection.id.clone();
    let consent = host.engine().db().run(move |book| book.latest_consent(&id)).await?;
    Ok(ConnectionDetails {
        connection: view(host.engine(), connection).await?,
        budget: windows(&budget),
        // Whichever is later: to whoever waits both are the CRM's doing.
        blocked_until: budget.blocked_until.max(budget.down_until),
        consented_at: consent.map(|consent| consent.at),
    })
}

pub(crate) async fn check(host: &dyn Host, request: ConnectionId) -> Result<AccountView, ApiError> {
    let mut connection = host.engine().connection(&request.connection_id).await?;
    let info = host.crms().open(&connection)?.probe().await?;
    if info.account_id != connection.account.account_id {
        return Err(ApiError::refused(Code::CrmKey, "error.other_account"));
    }
    connection.account = info.clone();
    if matches!(connection.status, ConnectionStatus::PendingAuth | ConnectionStatus::Error) {
        connection.status = ConnectionStatus::Connected;
        connection.error = None;
    }
    let budget = host.crms().budget(&connection)?;
    host.engine().db().run(move |book| book.put_connection(&connection)).await?;
    Ok(AccountView { budget: windows(&budget), ..info.into() })
}

pub(crate) async fn set_key(host: &dyn Host, request: ConnectionSetKey) -> Result<ConnectionView, ApiError> {
    let account = host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let key = request.key.into_secret();
    let (info, sealed, hint) = if connection.is_by_feed() {
        let zone = connection.account.time_zone.as_deref().unwrap_or(&account.time_zone);
        let asked = FeedAsked { provider: &connection.provider, address: &key, zone, of: Some(&connection) };
        let found = host.crms().probe_feed(asked).await?;
        (found.probed.account, found.sealed, found.host)
    } else {
        let info = host.crms().probe_again(&connection, &key).await?.account;
        let sealed = host.crms().seal(&connection.provider, connection.base_url.as_deref(), &key)?;
        (info, sealed, key.hint())
    };
    let view =
        reconnect(host.engine(), &host.secrets(), &connection.id, host.clock().now(), info, sealed, hint)
            .await?;
    // What waited for this key goes on with it, from where it stopped.
    for job in host.engine().waiting_for_auth(Some(&connection.id)).await? {
        host.run_job(job.id);
    }
    Ok(view)
}

pub(crate) async fn set_scope(
    host: &dyn Host,
    request: ConnectionSetScope,
) -> Result<ConnectionView, ApiError> {
    let account = host.engine().require_writer()?;
    let mut connection = host.engine().connection(&request.connection_id).await?;
    connection.scope = request.scope.into();
    if let (Some(from), Some(until)) = (connection.scope.from, connection.scope.until)
        && from > until
    {
        return Err(ApiError::refused(Code::Refused, "error.scope_dates"));
    }
    let consent = Consent {
        connection_id: connection.id.clone(),
        text_version: request.consent_text_version,
        scope: serde_json::to_value(&connection.scope).map_err(ApiError::Encode)?,
        at: host.clock().now(),
        by: account.user_id,
    };
    host.engine().db().run(move |book| book.add_consent(&consent)).await?;
    store(host.engine(), connection).await
}

pub(crate) async fn scope_counts(host: &dyn Host, request: ConnectionId) -> Result<ScopeCounts, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let connector = host.crms().open(&connection)?;
    let mut streams = Vec::new();
    for stream in connector.streams() {
        streams.push(StreamCount {
            stream: stream.name.clone(),
            record_type: stream.record_type.map(Into::into),
            always: stream.always,
            count: connector.count(&stream.name).await?,
        });
    }
    let told = streams.iter().filter_map(|stream| Some((stream.stream.clone(), stream.count?))).collect();
    host.engine().keep_counts(&connection.id, told).await?;
    let id = connection.id;
    let reading = connector.clone();
    let read = host
        .engine()
        .db()
        .run(move |book| {
            let [persons, jobs] = reading.party_streams();
            // Before the first full read nobody knows who has a job.
            if book.count(&id, &persons)? == 0 {
                return Ok(None);
            }
            let mut days = Days { complete: true, ..Days::default() };
            let mut after: Option<String> = None;
            loop {
                let rows = book.scan(&id, &jobs, after.as_deref(), MOST_ROWS)?;
                let raws: Vec<&str> = rows.iter().map(|row| row.raw.as_str()).collect();
                days.add(reading.days(&raws));
                match rows.last().filter(|_| rows.len() == MOST_ROWS as usize) {
                    Some(last) => after = Some(last.id.clone()),
                    None => return Ok(Some((reading.people_without_job(book, &id)?, days))),
                }
            }
        })
        .await?;
    let (without_job, days) = match read {
        Some((without_job, days)) => (Some(without_job), days),
        None => (None, days_ahead(connector.as_ref()).await?),
    };
    let months = days.months.into_iter().map(|(month, count)| MonthCount { month, count }).collect();
    let (undated, all_months) = (days.undated, days.complete);
    Ok(ScopeCounts { streams, people_without_job: without_job, months, undated, all_months })
}

/// Pages of the list of jobs that are read for their days alone, before anything was imported: the preview that follows
/// needs requests too, and a supplier with more jobs sees the rest after the first import.
const PAGES_AHEAD: usize = 10;

/// Days of jobs, by month.
#[derive(Default)]
struct Days {
    months: BTreeMap<String, u64>,
    undated: u64,
    complete: bool,
}

impl Days {
    fn add(&mut self, days: Vec<Option<Date>>) {
        for day in days {
            match day {
                Some(day) => {
                    let month = format!("{:04}-{:02}", day.year(), day.month());
                    *self.months.entry(month).or_default() += 1;
                }
                None => self.undated += 1,
            }
        }
    }
}

/// The days of the jobs as the CRM lists them now, as far as [`PAGES_AHEAD`] go.
async fn days_ahead(connector: &dyn Connector) -> Result<Days, ApiError> {
    let [_, jobs] = connector.party_streams();
    let mut days = Days::default();
    let mut cursor: Option<Json> = None;
    for _ in 0..PAGES_AHEAD {
        let page = connector.page(&jobs, cursor.as_ref()).await?;
        let raws: Vec<&str> = page.records.iter().map(|record| record.raw.as_str()).collect();
        days.add(connector.days(&raws));
        match page.next {
            Some(next) => cursor = Some(next),
            None => {
                days.complete = true;
                break;
            }
        }
    }
    Ok(days)
}

pub(crate) async fn answer(host: &dyn Host, request: ConnectionAnswer) -> Result<ConnectionView, ApiError> {
    host.engine().require_writer()?;
    let mut connection = host.engine().connection(&request.connection_id).await?;
    let mut decisions = connection.decisions.as_object().cloned().unwrap_or_default();
    decisions.extend(request.decisions);
    let decisions = Json::Object(decisions);
    // Read strictly, so that nothing is stored that staging could not use.
    serde_json::from_value::<hub_core::mapping::Decisions>(decisions.clone())
        .map_err(ApiError::BadRequest)?;
    connection.decisions = decisions;
    store(host.engine(), connection).await
}

pub(crate) async fn delete(host: &dyn Host, request: ConnectionId) -> Result<Disconnected, ApiError> {
    let account = host.engine().require_writer()?;
    let connection = host.engine().connection(&request.connection_id).await?;
    let id = connection.id.clone();
    let (busy, own) = host
        .engine()
        .db()
        .run(move |book| {
            // How it was read goes with it, and says who is to be told of the end.
            let own = book.setting(&definition_setting(&id))?;
            let open = book.open_jobs()?;
            let busy = open
                .iter()
                .any(|job| job.connection_id == id && job.phase != hub_core::job::Phase::WaitingReview);
            if !busy {
                book.delete_connection(&account.supplier_id, &id)?;
                forget(book, &id)?;
            }
            Ok((busy, own))
        })
        .await?;
    if busy {
        return Err(ApiError::refused(Code::Busy, "error.job_active"));
    }
    // At the CRM too, where it can be told; here in any case.
    let own = own.as_ref().and_then(Json::as_str);
    let at_crm = host.crms().disconnect(&connection, own).await;
    delete_key(host.engine(), &host.secrets(), &connection.vault_ref).await?;
    Ok(Disconnected { at_crm })
}

pub(super) async fn store(engine: &Engine, connection: Connection) -> Result<ConnectionView, ApiError> {
    let stored = connection.clone();
    engine.db().run(move |book| book.put_connection(&stored)).await?;
    view(engine, connection).await
}
