//! Reading a list of one's own by what changed, newest change first (SYNC-LAW 3, 27, 28; F24, F29, F43).
//!
//! The list is asked for in that order and read from its front until a record comes that did not change since. How it goes on
//! from page to page is the list's own way; that it is in this order, every page has to show again, and one that is not is
//! read whole.

use hub_core::canonical::hash_json;
use hub_core::ports::{ChangeReading, ChangeWay, ChangedPage, ConnectorError};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::connector::ListConnector;
use super::pages::{self, At, ListCursor, MOST_ROWS};
use super::token::{Asking, DAY};
use crate::read::changes::{self, Seen};
use crate::read::paging::ListFault;

/// Where such a reading stands; stored as the job's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    /// Page to ask for.
    at: At,
    /// Rows read so far.
    read: u64,
    /// What was seen before it.
    seen: Seen,
}

/// When something was changed, as APIs write it: RFC 3339, the same without an offset, or the seconds or milliseconds since
/// 1970. Without an offset it is taken for UTC: it is compared with others of the same clock alone.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    if let Ok(number) = text.parse::<i64>() {
        return match text.len() {
            9..=10 => Timestamp::from_second(number).ok(),
            12..=13 => Timestamp::from_millisecond(number).ok(),
            _ => None,
        };
    }
    // A day alone is no instant: two changes of one day would be one.
    if text.len() < "2026-05-14T08:00".len() {
        return None;
    }
    text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

impl ListConnector {
    /// How the main list is read by what changed, where it can be had newest change first.
    pub(super) fn changes_newest_first(&self, stream: &str) -> Option<ChangeReading> {
        let newest = self.list.newest_first.as_ref().filter(|_| stream == self.list.stream)?;
        let asked = json!({"path": self.list.path, "params": self.list.params, "newest": newest.params});
        Some(ChangeReading {
            way: ChangeWay::NewestFirst { lookback_seconds: newest.lookback_seconds },
            whole_after_seconds: newest.whole_after_days.saturating_mul(DAY),
            version: self.definition.version,
            asked: Some(hash_json(&asked)),
        })
    }

    /// One page of what changed since a time.
    pub(super) async fn changed_newest_first(
        &self,
        since: Timestamp,
        cursor: Option<&Json>,
    ) -> Result<ChangedPage, ConnectorError> {
        if self.list.newest_first.is_none() {
            return Err(self.list_fault(ListFault::NotNewestFirst));
        }
        let front: Front = match cursor {
            None => Front { at: ListCursor::start(&self.list.pages).at, read: 0, seen: Seen::default() },
            Some(json) => {
                serde_json::from_value(json.clone()).map_err(|_| self.list_fault(ListFault::WrongPage))?
            }
        };
        let page = self.ask(Asking::Newest, &front.at, None).await?;
        let changed: Vec<Option<Timestamp>> =
            page.records.iter().map(|record| record.version.as_deref()?.parse().ok()).collect();
        let read = front.read.saturating_add(changed.len() as u64);
        let next = pages::after(&self.list.pages, &front.at, read, page.next)
            .map_err(|fault| self.list_fault(fault))?;
        let ended = next.is_none() || changed.is_empty() || page.total == Some(read);
        let found = changes::judge(front.seen, since, &changed, page.total, ended)
            .map_err(|fault| self.list_fault(fault))?;
        let next = match (found.further, next) {
            (Some(_), Some(at)) if at == front.at => return Err(self.list_fault(ListFault::Looped)),
            (Some(_), Some(_)) if read > MOST_ROWS => return Err(self.list_fault(ListFault::TooLong)),
            (Some(seen), Some(at)) => {
                let front = Front { at, read, seen };
                Some(serde_json::to_value(front).map_err(|error| self.caller.unreadable(error))?)
            }
            (Some(_) | None, _) => None,
        };
        let mut records = page.records;
        records.truncate(found.rows);
        let mut whole = Vec::with_capacity(records.len());
        for record in self.kept(&self.list.leave_out, records)? {
            whole.extend(self.with_nested(record).await?);
        }
        // What the list counts is what is kept only where every record of it is one.
        let total = page.total.filter(|_| self.list.leave_out.is_empty() && self.list.split.is_none());
        Ok(ChangedPage { records: whole, gone: page.gone, next, total, token: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_however_it_is_written() {
        let at = Some("2026-05-14T08:00:00Z".parse::<Timestamp>().unwrap());
        for text in [
            "2026-05-14T08:00:00Z",
            "2026-05-14T09:00:00.000+01:00",
            "2026-05-14 08:00:00",
            "2026-05-14T08:00",
            "1778745600",
            "1778745600000",
        ] {
            assert_eq!(instant(text), at, "{text}");
        }
        for text in ["", "2026-05-14", "yesterday", "17", "99999999999999999"] {
            assert_eq!(instant(text), None, "{text}: a day or nothing is no instant");
        }
    }
}
