//! The page of one connection, and its pause.

use hub_core::job::{JobKind, Phase};
use hub_core::ports::{BudgetState, Connection, Job, StoreResult, key_given_setting, way_agreed_setting};
use hub_engine::{Book, Engine, pausing_of};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::dto::{
    AgreedTo, Agreement, ConnectionId, ConnectionPage, ConnectionView, JobView, OpenedWith, Opening,
    RouteKind, Telling, windows,
};
use crate::{ApiError, Described, Host};

/// Days after which another key is suggested (R218). A key does not run out by itself, and nobody remembers to whom else it
/// was shown: a year is what a studio with one yearly tidy-up keeps to.
const RENEW_AFTER_DAYS: u32 = 365;
/// Agreements that are listed.
const AGREEMENTS: u32 = 20;
/// Newest jobs among which the last reading is looked for.
const JOBS: u32 = 50;

pub(crate) async fn page(host: &dyn Host, request: ConnectionId) -> Result<ConnectionPage, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    // A definition that cannot be read any more stops the reading, and never the way out that is on this page.
    let described = host.crms().described(&connection).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a connection's definition cannot be read");
        unread(&connection)
    });
    let budget = host.crms().budget(&connection).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a connection's budget cannot be read");
        BudgetState { windows: Vec::new(), blocked_until: None, down_until: None }
    });
    // It is a remark: without it the page is still the page.
    let calendar_left = host.crms().calendar_left(&connection).unwrap_or_else(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what was left out of a calendar cannot be read"
        );
        None
    });
    let id = connection.id.clone();
    let kept = host.engine().db().run(move |book| Kept::of(book, &id)).await?;
    let by_file = connection.is_by_file();
    let (account_id, country) = (connection.account.account_id.clone(), connection.account.country.clone());
    let connected_at = connection.created_at;
    Ok(ConnectionPage {
        connection: ConnectionView::of(connection, kept.paused_since),
        provider_name: described.provider.as_ref().map(|provider| provider.name.clone()),
        account_id: (!by_file && described.names_account).then_some(account_id),
        country,
        way: described.way,
        opening: opening(&described, kept.given_at, host.clock().now()),
        granted: described.granted,
        writes: described.writes,
        ways: described.provider.as_ref().map(|provider| provider.routes.clone()).unwrap_or_default(),
        features: described.provider.map(|provider| provider.features).unwrap_or_default(),
        budget: windows(&budget),
        blocked_until: budget.blocked_until.max(budget.down_until),
        agreements: kept.agreements,
        last_read: kept.last_read.map(JobView::from),
        calendar_left,
        connected_at,
    })
}

/// What is left to say of a connection whose definition cannot be read.
fn unread(connection: &Connection) -> Described {
    let opened = match (connection.is_by_file(), connection.key_hint.is_empty()) {
        (true, _) => OpenedWith::Nothing,
        (false, true) => OpenedWith::SignIn,
        (false, false) => OpenedWith::Key,
    };
    Described {
        way: if connection.is_by_file() { RouteKind::File } else { RouteKind::Api },
        provider: None,
        opened,
        granted: None,
        telling: if connection.is_by_file() { Telling::Nothing } else { Telling::ByHand },
        names_account: false,
        writes: None,
    }
}

/// What the book says about a connection beside its row.
struct Kept {
    paused_since: Option<Timestamp>,
    given_at: Option<Timestamp>,
    agreements: Vec<Agreement>,
    last_read: Option<Job>,
}

/// Who agreed to a way; the rest of what is kept is for whoever looks into the book.
#[derive(Deserialize)]
struct WayAgreed {
    text_version: String,
    at: Timestamp,
}

impl Kept {
    fn of(book: &dyn Book, id: &str) -> StoreResult<Kept> {
        let given = book.setting(&key_given_setting(id))?;
        let way: Option<WayAgreed> =
            book.setting(&way_agreed_setting(id))?.and_then(|kept| serde_json::from_value(kept).ok());
        let mut agreements: Vec<Agreement> = book
            .consents(id, AGREEMENTS)?
            .into_iter()
            .map(|consent| Agreement {
                to: AgreedTo::WhatToBring,
                text_version: consent.text_version,
                at: consent.at,
            })
            .chain(way.map(|way| Agreement { to: AgreedTo::Way, text_version: way.text_version, at: way.at }))
            .collect();
        agreements.sort_by_key(|agreement| std::cmp::Reverse(agreement.at));
        Ok(Kept {
            paused_since: pausing_of(book, id)?.map(|pausing| pausing.at),
            given_at: given.and_then(|at| serde_json::from_value(at).ok()),
            agreements,
            last_read: book
                .jobs(Some(id), JOBS)?
                .into_iter()
                .find(|job| job.kind == JobKind::Import && has_read(job.phase)),
        })
    }
}

/// Whether an import has done its reading, for better or worse.
fn has_read(phase: Phase) -> bool {
    match phase {
        Phase::WaitingReview | Phase::Done | Phase::Partial | Phase::Failed => true,
        Phase::Queued
        | Phase::Running
        | Phase::WaitingCrm
        | Phase::WaitingNetwork
        | Phase::WaitingAuth
        | Phase::Paused
        | Phase::Interrupted
        | Phase::Cancelled => false,
    }
}

fn opening(described: &Described, given_at: Option<Timestamp>, now: Timestamp) -> Opening {
    // What a sign-in gives renews itself, a session ends by itself, and only a key stays the same for ever.
    let renew_after_days = match described.opened {
        OpenedWith::Key => Some(RENEW_AFTER_DAYS),
        OpenedWith::SignIn | OpenedWith::Session | OpenedWith::Address | OpenedWith::Nothing => None,
    };
    let old = |days: u32| SignedDuration::from_hours(i64::from(days) * 24);
    let renew_due =
        renew_after_days.zip(given_at).is_some_and(|(days, given)| now.duration_since(given) >= old(days));
    Opening { with: described.opened, given_at, renew_after_days, renew_due, telling: described.telling }
}

pub(crate) async fn pause(host: &dyn Host, request: ConnectionId) -> Result<ConnectionView, ApiError> {
    host.engine().pause_connection(&request.connection_id).await?;
    view(host.engine(), host.engine().connection(&request.connection_id).await?).await
}

pub(crate) async fn go_on(host: &dyn Host, request: ConnectionId) -> Result<ConnectionView, ApiError> {
    for job in host.engine().end_pause(&request.connection_id).await? {
        host.run_job(job.id);
    }
    view(host.engine(), host.engine().connection(&request.connection_id).await?).await
}

/// A connection for the wire, with its pause.
pub(super) async fn view(engine: &Engine, connection: Connection) -> Result<ConnectionView, ApiError> {
    let pausing = engine.pausing(&connection.id).await?;
    Ok(ConnectionView::of(connection, pausing.map(|pausing| pausing.at)))
}

/// Connections for the wire, within a step of the book.
pub(super) fn views(book: &dyn Book, connections: Vec<Connection>) -> StoreResult<Vec<ConnectionView>> {
    connections
        .into_iter()
        .map(|connection| {
            let pausing = pausing_of(book, &connection.id)?;
            Ok(ConnectionView::of(connection, pausing.map(|pausing| pausing.at)))
        })
        .collect()
}

/// Keeps when a connection was given what opens its account.
pub(super) async fn key_given(engine: &Engine, connection_id: &str, at: Timestamp) -> Result<(), ApiError> {
    let (key, at) = (key_given_setting(connection_id), serde_json::to_value(at).map_err(ApiError::Encode)?);
    engine.db().run(move |book| book.put_setting(&key, &at)).await?;
    Ok(())
}

/// Settings that end with a connection.
pub(super) fn forget(book: &dyn Book, connection_id: &str) -> StoreResult<()> {
    for key in [
        hub_core::ports::file_setting(connection_id),
        hub_core::ports::definition_setting(connection_id),
        hub_core::ports::definition_agreed_setting(connection_id),
        hub_core::ports::counts_setting(connection_id),
        hub_core::ports::left_out_setting(connection_id),
        way_agreed_setting(connection_id),
        key_given_setting(connection_id),
        hub_core::ports::pausing_setting(connection_id),
    ] {
        book.put_setting(&key, &Json::Null)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(opened: OpenedWith) -> Described {
        Described {
            way: RouteKind::Api,
            provider: None,
            opened,
            granted: None,
            telling: Telling::ByHand,
            names_account: true,
            writes: None,
        }
    }

    #[test]
    fn another_key_is_suggested_after_a_year_and_nothing_else_ever() {
        let now: Timestamp = "2026-05-14T08:00:00Z".parse().unwrap();
        let ago = |days: i64| Some(now - SignedDuration::from_hours(24 * days));
        let due = |opened, given| opening(&described(opened), given, now).renew_due;
        assert!(!due(OpenedWith::Key, ago(364)));
        assert!(due(OpenedWith::Key, ago(365)));
        assert!(!due(OpenedWith::Key, None), "nobody is told what nobody knows");
        assert!(!due(OpenedWith::Key, Some(now + SignedDuration::from_hours(1))), "a clock that went back");
        for renews_itself in
            [OpenedWith::SignIn, OpenedWith::Session, OpenedWith::Address, OpenedWith::Nothing]
        {
            assert!(!due(renews_itself, ago(4000)), "{renews_itself:?}");
        }
    }
}
