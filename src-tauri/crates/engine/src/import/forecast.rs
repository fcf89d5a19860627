//! What an import will take, before it begins (DESIGN 5): requests, their part of the account's budget, and time.
//!
//! Nobody is asked anything for it. The lengths of lists are those that were counted when "what to bring" was looked at, else
//! those of the last import; a list that nobody has counted is said to be unknown, never guessed. What cannot be known before
//! it is read, such as how much has changed, makes the forecast a least.

use std::collections::BTreeMap;
use std::time::Duration;

use hub_core::ports::{BudgetState, Connection, RateLimit, Requests, counts_setting};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{ImportContext, scope_hash};
use crate::{Engine, EngineError};

/// Requests by which the account behind a key is told, at most.
const PROBE: u64 = 2;
/// What one request takes, waits for a limit aside: a CRM's usual answer over a usual line. It only matters where no limit
/// makes the import wait.
const EACH: Duration = Duration::from_millis(500);
/// How long a count is taken for what there is.
const COUNT_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// From where the lengths of the lists are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The CRM said them lately.
    Lately,
    /// They are those of the last import.
    LastImport,
    /// Nobody knows those of some.
    Nobody,
}

/// A part of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The limit with the longest window.
    pub limit: RateLimit,
    /// What the import takes of it, in per cent; above 100 where it needs more than one window.
    pub percent: u64,
    /// What is used already, in per cent.
    pub used_percent: u64,
}

/// What an import will take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Requests.
    pub requests: Requests,
    /// From where that is known.
    pub counted: Counted,
    /// Time; nothing where the lengths of the lists are not known.
    pub takes: Option<Duration>,
    /// Of the limit with the longest window; nothing where the CRM sets none, or the lengths are not known.
    pub share: Option<Share>,
    /// Not before this time: the CRM asked to wait, or does not work.
    pub not_before: Option<Timestamp>,
}

/// Lengths of lists as the CRM said them.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    at: Timestamp,
    streams: BTreeMap<String, u64>,
}

impl Engine {
    /// Keeps the lengths of lists as the CRM has just said them, for the forecast.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn keep_counts(
        &self,
        connection_id: &str,
        streams: BTreeMap<String, u64>,
    ) -> Result<(), EngineError> {
        let counts = Counts { at: self.inner.clock.now(), streams };
        let json = serde_json::to_value(counts).unwrap_or(Json::Null);
        let name = counts_setting(connection_id);
        self.db().run(move |book| book.put_setting(&name, &json)).await
    }

    /// What an import of a connection will take; `budget` is what is left of its account's.
    ///
    /// # Errors
    /// When the connection is not there or cannot be read by this version.
    pub async fn forecast(
        &self,
        connection: &Connection,
        whole: bool,
        budget: &BudgetState,
    ) -> Result<Forecast, EngineError> {
        let cancel = tokio_util::sync::CancellationToken::new();
        let connector = self.connector_of(connection, &cancel)?;
        let (id, name) = (connection.id.clone(), counts_setting(&connection.id));
        let (rebase, kept) = self.db().run(move |book| Ok((book.rebase(&id)?, book.setting(&name)?))).await?;
        let now = self.inner.clock.now();
        let counts: Option<Counts> = kept.and_then(|json| serde_json::from_value(json).ok());
        let lately = counts.filter(|counts| {
            let age = now.duration_since(counts.at);
            !age.is_negative() && age <= COUNT_LASTS
        });
        let context = ImportContext {
            connector: connector.clone(),
            scope_hash: scope_hash(connection),
            whole: rebase.is_some() || whole,
            rebase: rebase.is_some(),
            connection: connection.clone(),
        };
        let [main, _] = connector.party_streams();
        let mut sum = Sum::default();
        for stream in connector.streams() {
            if self.how_to_read(&context, &stream.name).await?.since.is_some() {
                // One page at least; how many changed, the list itself says.
                sum.add(Requests::AtLeast(1));
                continue;
            }
            let said = lately.as_ref().and_then(|counts| counts.streams.get(&stream.name).copied());
            let records = match said {
                Some(records) => Some(records),
                None => self.read_last_time(connection, &main, &stream.name).await?,
            };
            let requests = connector.requests(&stream.name, records);
            // Of a list that comes whole nobody has to know how long it is.
            let told = records.is_some() || matches!(requests, Requests::About(_));
            sum.counted(said.is_some() || records.is_none(), told);
            sum.add(requests);
        }
        if sum.requests > 0 {
            sum.add(Requests::About(PROBE));
        }
        Ok(sum.forecast(budget, now))
    }

    /// How many records the last import read of a list; nothing before there was one, which read somebody of `main`.
    async fn read_last_time(
        &self,
        connection: &Connection,
        main: &str,
        stream: &str,
    ) -> Result<Option<u64>, EngineError> {
        let (id, main, name) = (connection.id.clone(), main.to_owned(), stream.to_owned());
        self.db()
            .run(move |book| {
                let held = book.count(&id, &name)?;
                Ok((held > 0 || book.count(&id, &main)? > 0).then_some(held))
            })
            .await
    }
}

/// The requests of all lists.
#[derive(Default)]
struct Sum {
    requests: u64,
    more: bool,
    last_time: bool,
    unknown: bool,
}

impl Sum {
    fn add(&mut self, requests: Requests) {
        let (Requests::About(count) | Requests::AtLeast(count)) = requests;
        self.requests = self.requests.saturating_add(count);
        self.more |= matches!(requests, Requests::AtLeast(_));
    }

    fn counted(&mut self, lately: bool, at_all: bool) {
        self.last_time |= !lately && at_all;
        self.unknown |= !at_all;
    }

    fn forecast(&self, budget: &BudgetState, now: Timestamp) -> Forecast {
        let counted = match (self.unknown, self.last_time) {
            (true, _) => Counted::Nobody,
            (false, true) => Counted::LastImport,
            (false, false) => Counted::Lately,
        };
        let requests = if self.more || self.unknown {
            Requests::AtLeast(self.requests)
        } else {
            Requests::About(self.requests)
        };
        let known = counted != Counted::Nobody;
        let not_before = budget.blocked_until.max(budget.down_until).filter(|until| *until > now);
        let held = not_before.map_or(Duration::ZERO, |until| span(now, until));
        Forecast {
            requests,
            counted,
            takes: known.then(|| held + takes(self.requests, budget, now)),
            share: if known { share(self.requests, budget) } else { None },
            not_before,
        }
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// How long so many requests take under these windows.
fn takes(requests: u64, budget: &BudgetState, now: Timestamp) -> Duration {
    let waits = budget.windows.iter().map(|(limit, left, leaves)| {
        let over = requests.saturating_sub(u64::from(*left));
        if over == 0 || limit.requests == 0 {
            return Duration::ZERO;
        }
        // The first of them wait for the window that is begun; each further window holds as many as the limit.
        let window = Duration::from_secs(u64::from(limit.per_seconds));
        let first = leaves.map_or(window, |leaves| span(now, leaves).max(Duration::from_secs(1)));
        let further = (over - 1) / u64::from(limit.requests);
        first + window * u32::try_from(further).unwrap_or(u32::MAX)
    });
    let waited = waits.max().unwrap_or_default();
    let sent = EACH * u32::try_from(requests).unwrap_or(u32::MAX);
    // Requests go out while the windows are waited for.
    waited.max(sent)
}

fn share(requests: u64, budget: &BudgetState) -> Option<Share> {
    let (limit, left, _) = budget.windows.iter().max_by_key(|(limit, _, _)| limit.per_seconds)?;
    let of = u64::from(limit.requests.max(1));
    let used = u64::from(limit.requests.saturating_sub(*left));
    Some(Share {
        limit: *limit,
        // Something is never nothing.
        percent: (requests * 100 / of).max(u64::from(requests > 0)),
        used_percent: used * 100 / of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: RateLimit = RateLimit { requests: 60, per_seconds: 60 };
    const HOUR: RateLimit = RateLimit { requests: 1_000, per_seconds: 3_600 };

    fn now() -> Timestamp {
        "2026-05-14T08:00:00Z".parse().expect("a time")
    }

    fn budget(minute_left: u32, hour_left: u32) -> BudgetState {
        let leaves = |seconds| Some(now() + SignedDuration::from_secs(seconds));
        BudgetState {
            windows: vec![
                (MINUTE, minute_left, if minute_left < 60 { leaves(20) } else { None }),
                (HOUR, hour_left, if hour_left < 1_000 { leaves(1_200) } else { None }),
            ],
            blocked_until: None,
            down_until: None,
        }
    }

    fn sum(requests: u64) -> Sum {
        Sum { requests, ..Sum::default() }
    }

    #[test]
    fn time_is_that_of_the_limits_and_less_than_one_window_is_no_wait() {
        let seconds = |requests, budget: &BudgetState| takes(requests, budget, now()).as_secs();
        assert_eq!(seconds(40, &budget(60, 1_000)), 20, "forty answers, one after the other");
        assert_eq!(seconds(120, &budget(60, 1_000)), 60, "two minutes' worth take one wait");
        assert_eq!(seconds(250, &budget(60, 1_000)), 240, "about 4 min");
        assert_eq!(seconds(61, &budget(0, 940)), 80, "the minute that is begun, and one more");
        assert_eq!(seconds(1_100, &budget(60, 1_000)), 3_600, "the hour's limit makes it wait");
        assert_eq!(seconds(500, &budget(60, 0)), 1_200, "until the first of the hour leave");
    }

    #[test]
    fn a_share_is_of_the_longest_window_and_says_what_is_used() {
        let forecast = sum(120).forecast(&budget(60, 900), now());
        let share = forecast.share.expect("limits");
        assert_eq!((share.limit, share.percent, share.used_percent), (HOUR, 12, 10));
        assert_eq!(sum(3).forecast(&budget(60, 1_000), now()).share.map(|share| share.percent), Some(1));
        assert_eq!(sum(0).forecast(&budget(60, 1_000), now()).share.map(|share| share.percent), Some(0));
    }

    #[test]
    fn what_nobody_counted_is_said_to_be_unknown() {
        let mut unknown = sum(9);
        unknown.counted(false, false);
        let forecast = unknown.forecast(&budget(60, 1_000), now());
        assert_eq!((forecast.counted, forecast.requests), (Counted::Nobody, Requests::AtLeast(9)));
        assert_eq!((forecast.takes, forecast.share), (None, None), "no time and no share are made up");
        let mut last = sum(9);
        last.counted(true, true);
        last.counted(false, true);
        let forecast = last.forecast(&budget(60, 1_000), now());
        assert_eq!((forecast.counted, forecast.requests), (Counted::LastImport, Requests::About(9)));
    }

    #[test]
    fn a_crm_that_has_to_be_waited_for_is_waited_for_first() {
        let until = now() + SignedDuration::from_secs(300);
        let blocked = BudgetState { down_until: Some(until), ..budget(60, 1_000) };
        let forecast = sum(10).forecast(&blocked, now());
        assert_eq!((forecast.not_before, forecast.takes), (Some(until), Some(Duration::from_secs(305))));
    }
}
