//! The sliding log of requests (MODEL 11, SYNC-LAW 37): reserve before sending, one row for each request.
//!
//! Each account has a clock of its own, which follows the wall clock forwards and stands still when the wall clock goes
//! back; a window is measured on that clock. A clock set forwards would age the log by time that never passed, so a
//! step counts for no more than the process's monotonic clock confirms. Across a restart nothing can confirm it, and
//! the step is believed.

use hub_core::circuit::{Circuit, Passage, RequestEnd, Sent};
use hub_core::ports::{
    BudgetState, RateLimit, RequestBudget, Reservation, StoreResult, limit_meant, lowered,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::error::DbResult;
use crate::time::{nanos, stamp};
use crate::vault::Vault;

const SECOND: i64 = 1_000_000_000;
const MILLI: i64 = 1_000_000;

/// Whether a reading of the monotonic clock is remembered; only a call that also stores the wall reading may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Reading,
    Nothing,
}

#[derive(Debug, Clone, Copy)]
struct AccountClock {
    /// Wall clock at the last call.
    wall: i64,
    /// The account's own clock at the last call.
    own: i64,
    blocked_until: Option<i64>,
}

fn load(connection: &Connection, account: &str) -> DbResult<Option<AccountClock>> {
    Ok(connection
        .prepare_cached("SELECT wall, own, blocked_until FROM request_clocks WHERE account = ?1")?
        .query_row([account], |row| {
            Ok(AccountClock { wall: row.get(0)?, own: row.get(1)?, blocked_until: row.get(2)? })
        })
        .optional()?)
}

fn store(connection: &Connection, account: &str, clock: AccountClock) -> DbResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO request_clocks (account, wall, own, blocked_until) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account) DO UPDATE SET wall = excluded.wall, own = excluded.own,
             blocked_until = excluded.blocked_until",
        )?
        .execute((account, clock.wall, clock.own, clock.blocked_until))?;
    Ok(())
}

/// What may be believed about the time since the last call.
#[derive(Debug, Clone, Copy)]
enum Since {
    /// The monotonic clock saw this much since the last call in this process.
    Call { steady: i64 },
    /// The first call of this process: what lies before its start is believed, what lies after is measured.
    Start { wall: i64, steady: i64 },
}

/// The account's clock moved on to a reading of the wall clock; backwards is no time at all, and forwards is at most
/// what the monotonic clock confirms.
fn moved(known: Option<AccountClock>, wall: i64, since: Since) -> AccountClock {
    match known {
        None => AccountClock { wall, own: wall, blocked_until: None },
        Some(clock) => {
            let step = |from: i64, to: i64| to.saturating_sub(from).max(0);
            let passed = match since {
                Since::Call { steady } => step(clock.wall, wall).min(steady),
                Since::Start { wall: start, steady } => {
                    step(clock.wall, start).saturating_add(step(start, wall).min(steady))
                }
            };
            AccountClock { wall, own: clock.own.saturating_add(passed), ..clock }
        }
    }
}

/// Requests within the last window, and the time of the one that has to leave it before another may go.
fn window(
    connection: &Connection,
    account: &str,
    own: i64,
    limit: RateLimit,
) -> DbResult<(u32, Option<i64>)> {
    let since = own.saturating_sub(i64::from(limit.per_seconds) * SECOND);
    let used: u32 = connection
        .prepare_cached("SELECT count(*) FROM requests WHERE account = ?1 AND at > ?2")?
        .query_row((account, since), |row| row.get(0))?;
    let blocker = if used >= limit.requests && limit.requests > 0 {
        // With the log fuller than the limit (it was lowered), more than the oldest has to leave.
        connection
            .prepare_cached(
                "SELECT at FROM requests WHERE account = ?1 AND at > ?2 ORDER BY at LIMIT 1 OFFSET ?3",
            )?
            .query_row((account, since, used - limit.requests), |row| row.get(0))
            .optional()?
    } else {
        None
    };
    Ok((used, blocker))
}

fn load_circuit(connection: &Connection, account: &str) -> DbResult<Circuit> {
    let found = connection
        .prepare_cached("SELECT failures, tries, until, trying_until FROM circuits WHERE account = ?1")?
        .query_row([account], |row| {
            Ok(Circuit {
                failures: row.get(0)?,
                tries: row.get(1)?,
                until: row.get(2)?,
                trying_until: row.get(3)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn store_circuit(connection: &Connection, account: &str, circuit: Circuit) -> DbResult<()> {
    if circuit == Circuit::default() {
        connection.prepare_cached("DELETE FROM circuits WHERE account = ?1")?.execute([account])?;
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO circuits (account, failures, tries, until, trying_until) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (account) DO UPDATE SET failures = excluded.failures, tries = excluded.tries,
             until = excluded.until, trying_until = excluded.trying_until",
        )?
        .execute((account, circuit.failures, circuit.tries, circuit.until, circuit.trying_until))?;
    Ok(())
}

/// The limit in force: the one given, or less while somebody else uses the account too.
fn in_force(connection: &Connection, account: &str, own: i64, limit: RateLimit) -> DbResult<RateLimit> {
    let lower: Option<u32> = connection
        .prepare_cached(
            "SELECT requests FROM lowered_limits WHERE account = ?1 AND per_seconds = ?2 AND until > ?3",
        )?
        .query_row((account, limit.per_seconds, own), |row| row.get(0))
        .optional()?;
    Ok(RateLimit { requests: lower.map_or(limit.requests, |lower| lower.min(limit.requests)), ..limit })
}

impl Vault {
    /// What is known about the time since the last call about this account.
    fn since(&self, account: &str, keep: Keep) -> Since {
        let now = self.monotonic_ms();
        let mut seen = self.seen();
        let before = seen.get(account).copied();
        if keep == Keep::Reading {
            seen.insert(account.to_owned(), now);
        }
        let (start_wall, start) = self.opened_at();
        let steady = now.saturating_sub(before.unwrap_or(start));
        let steady = i64::try_from(steady).unwrap_or(i64::MAX).saturating_mul(MILLI);
        match before {
            Some(_) => Since::Call { steady },
            None => Since::Start { wall: start_wall, steady },
        }
    }

    fn try_reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> DbResult<Reservation> {
        let mut connection = self.connection();
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let since = self.since(account, Keep::Reading);
        let clock = moved(load(&tx, account)?, nanos(now), since);
        let circuit = load_circuit(&tx, account)?;
        let passage = circuit.passage(clock.own);
        if let Passage::Shut(until) = passage {
            store(&tx, account, clock)?;
            tx.commit()?;
            let wait = until.saturating_sub(clock.own);
            return Ok(Reservation::DownUntil(stamp(clock.wall.saturating_add(wait))));
        }
        let mut wait: i64 = 0;
        if let Some(until) = clock.blocked_until {
            wait = wait.max(until.saturating_sub(clock.own));
        }
        let mut longest: i64 = 0;
        for limit in limits {
            let length = i64::from(limit.per_seconds) * SECOND;
            longest = longest.max(length);
            let limit = in_force(&tx, account, clock.own, *limit)?;
            let (used, blocker) = window(&tx, account, clock.own, limit)?;
            if used >= limit.requests {
                let leaves = blocker.map_or(length, |at| at.saturating_add(length).saturating_sub(clock.own));
                wait = wait.max(leaves);
            }
        }
        let answer = if wait > 0 {
            Reservation::WaitUntil(stamp(clock.wall.saturating_add(wait)))
        } else {
            tx.prepare_cached(
                "INSERT INTO requests (account, at, n)
                 SELECT ?1, ?2, coalesce(max(n), 0) + 1 FROM requests WHERE account = ?1 AND at = ?2",
            )?
            .execute((account, clock.own))?;
            if longest > 0 {
                tx.prepare_cached("DELETE FROM requests WHERE account = ?1 AND at <= ?2")?
                    .execute((account, clock.own.saturating_sub(longest.max(KEEP))))?;
            }
            match passage {
                Passage::Try => {
                    store_circuit(&tx, account, circuit.trying(clock.own))?;
                    Reservation::Try
                }
                Passage::Open | Passage::Shut(_) => Reservation::Granted,
            }
        };
        store(&tx, account, clock)?;
        tx.commit()?;
        Ok(answer)
    }

    fn block(&self, account: &str, until: Timestamp) -> DbResult<()> {
        let mut connection = self.connection();
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let until = nanos(until);
        let mut clock = load(&tx, account)?.unwrap_or(AccountClock { wall: 0, own: 0, blocked_until: None });
        // On the account's own clock, so that setting the computer's clock forwards does not end the pause early by
        // more than the step itself.
        let own = until.saturating_sub(clock.wall).saturating_add(clock.own);
        clock.blocked_until = Some(clock.blocked_until.map_or(own, |held| held.max(own)));
        store(&tx, account, clock)?;
        tx.commit()?;
        Ok(())
    }

    fn lower(&self, account: &str, limits: &[RateLimit], wait_seconds: u32, now: Timestamp) -> DbResult<()> {
        let mut connection = self.connection();
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let since = self.since(account, Keep::Reading);
        let clock = moved(load(&tx, account)?, nanos(now), since);
        if let Some(meant) = limit_meant(limits, wait_seconds) {
            let limit = in_force(&tx, account, clock.own, meant)?;
            let (used, _) = window(&tx, account, clock.own, limit)?;
            // The quarter is one of the limit itself: what was lowered once is not lowered by quarters for ever.
            if let Some(requests) = lowered(meant, used.min(limit.requests)) {
                let lasts = i64::from(wait_seconds.saturating_add(meant.per_seconds)) * SECOND;
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO lowered_limits (account, per_seconds, requests, until)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((
                    account,
                    meant.per_seconds,
                    requests,
                    clock.own.saturating_add(lasts),
                ))?;
            }
        }
        store(&tx, account, clock)?;
        tx.commit()?;
        Ok(())
    }

    fn note_end(&self, account: &str, sent: Sent, end: RequestEnd, now: Timestamp) -> DbResult<()> {
        let mut connection = self.connection();
        // The usual case writes nothing: an answer, and nothing known against the account.
        let known = load_circuit(&connection, account)?;
        if known == Circuit::default() && end != RequestEnd::Down {
            return Ok(());
        }
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let since = self.since(account, Keep::Reading);
        let clock = moved(load(&tx, account)?, nanos(now), since);
        // The last digits of a clock are as good as a die here, and a test's clock throws it the same way each time.
        let jitter = u64::try_from(clock.wall % SECOND).unwrap_or(0).saturating_mul(7);
        let circuit = load_circuit(&tx, account)?.after(sent, end, clock.own, jitter);
        store_circuit(&tx, account, circuit)?;
        store(&tx, account, clock)?;
        tx.commit()?;
        Ok(())
    }

    fn state(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> DbResult<BudgetState> {
        let connection = self.connection();
        let clock = moved(load(&connection, account)?, nanos(now), self.since(account, Keep::Nothing));
        let mut windows = Vec::with_capacity(limits.len());
        for limit in limits {
            let length = i64::from(limit.per_seconds) * SECOND;
            let limit = &in_force(&connection, account, clock.own, *limit)?;
            let (used, _) = window(&connection, account, clock.own, *limit)?;
            let oldest: Option<i64> = connection
                .prepare_cached("SELECT min(at) FROM requests WHERE account = ?1 AND at > ?2")?
                .query_row((account, clock.own.saturating_sub(length)), |row| row.get(0))?;
            let leaves = oldest.map(|at| stamp(clock.wall.saturating_add(at + length - clock.own)));
            windows.push((*limit, limit.requests.saturating_sub(used), leaves));
        }
        let blocked_until = clock
            .blocked_until
            .filter(|until| *until > clock.own)
            .map(|until| stamp(clock.wall.saturating_add(until - clock.own)));
        let down_until = load_circuit(&connection, account)?
            .shut_until(clock.own)
            .map(|until| stamp(clock.wall.saturating_add(until - clock.own)));
        Ok(BudgetState { windows, blocked_until, down_until })
    }
}

/// Rows are kept for a day even when today's limits are shorter: another definition may bring a longer window.
const KEEP: i64 = 86_400 * SECOND;

impl RequestBudget for Vault {
    fn reserve(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<Reservation> {
        Ok(self.try_reserve(account, limits, now)?)
    }

    fn block_until(&self, account: &str, until: Timestamp) -> StoreResult<()> {
        Ok(self.block(account, until)?)
    }

    fn limit_spent(
        &self,
        account: &str,
        limits: &[RateLimit],
        wait_seconds: u32,
        now: Timestamp,
    ) -> StoreResult<()> {
        Ok(self.lower(account, limits, wait_seconds, now)?)
    }

    fn ended(&self, account: &str, sent: Sent, end: RequestEnd, now: Timestamp) -> StoreResult<()> {
        Ok(self.note_end(account, sent, end, now)?)
    }

    fn budget(&self, account: &str, limits: &[RateLimit], now: Timestamp) -> StoreResult<BudgetState> {
        Ok(self.state(account, limits, now)?)
    }
}
