//! How a list of unknown order proves that it was read whole (SYNC-LAW 4). Pure: facts of a page in, verdict out.
//!
//! Nothing is known of the order of such a list, so that every id is remembered, as 64 bits of its hash, for as long as the
//! list is read: no id may come twice, whatever the pages do. The memory stands in the checkpoint, so that a job that was
//! interrupted goes on with it; that is why the list has a greatest length.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hub_core::canonical::short_id;
use hub_core::ports::ConnectorError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::definition::ListPages;
use crate::messages;
use crate::read::paging::ListFault;

/// Rows of a list at most: a supplier's whole life of clients, ten times over.
pub(super) const MOST_ROWS: u64 = 50_000;
/// Pages without rows, one after the other, that a cursor may lead through.
const EMPTY_IN_A_ROW: u32 = 3;

/// Which page to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum At {
    /// The first one, without any parameter of paging.
    Start,
    /// This number.
    Page(u64),
    /// After so many rows.
    Skip(u64),
    /// With this cursor.
    Token(String),
    /// At this address, which holds no secret.
    Url(String),
}

/// Where the reading of a list stands; stored as the job's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListCursor {
    /// Page to ask for.
    pub(super) at: At,
    /// Rows read so far.
    pub(super) read: u64,
    /// Rows of the longest page so far: one with fewer is short.
    longest: u64,
    /// Rows of the list, as said with the page before.
    pub(super) total: Option<u64>,
    /// Everything that the total names was read; this page must show that there is no more.
    pub(super) closing: bool,
    /// Pages without rows just before.
    empty: u32,
    /// The ids so far.
    seen: String,
    /// The day that the reading is of, where it is of a stretch of time: the next page is of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) day: Option<Date>,
    /// What the CRM's clock said with the first page, where the token is an instant of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<String>,
}

/// What a page says.
#[derive(Debug, Clone)]
pub(super) struct Facts<'a> {
    /// Ids in the order of the reply.
    pub(super) ids: Vec<&'a str>,
    /// Rows of the whole list, where it says so.
    pub(super) total: Option<u64>,
    /// Where the next page is, where the list says so itself.
    pub(super) next: Option<At>,
}

/// What to do after a good page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Keep the rows and go on.
    More(ListCursor),
    /// Keep the rows; the list is read whole.
    End,
}

impl ListCursor {
    /// The beginning of a list.
    pub(super) fn start(pages: &ListPages) -> ListCursor {
        let at = match pages {
            ListPages::Page { first, .. } => At::Page(*first),
            ListPages::Offset { .. } | ListPages::Query { .. } => At::Skip(0),
            ListPages::Whole {}
            | ListPages::Cursor { .. }
            | ListPages::NextUrl { .. }
            | ListPages::Link {} => At::Start,
        };
        ListCursor {
            at,
            read: 0,
            longest: 0,
            total: None,
            closing: false,
            empty: 0,
            seen: String::new(),
            day: None,
            began: None,
        }
    }

    /// The same of a day.
    pub(super) fn of_day(self, day: Option<Date>) -> ListCursor {
        ListCursor { day, ..self }
    }

    /// The same of a reading that began when the CRM's clock said so.
    pub(super) fn begun(self, began: Option<String>) -> ListCursor {
        ListCursor { began, ..self }
    }

    /// Whether an error says no more than that there is nothing after the last page: all rows are there, and a list that has no
    /// page after the last one may say so with an error.
    pub(super) fn is_over(&self, error: &ConnectorError) -> bool {
        self.closing && [messages::NOT_FOUND, messages::REQUEST_REFUSED].contains(&error.message_id)
    }

    fn seen(&self) -> Result<HashSet<u64>, ListFault> {
        let bytes = STANDARD_NO_PAD.decode(&self.seen).map_err(|_| ListFault::WrongPage)?;
        let (ids, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() || ids.len() as u64 != self.read {
            return Err(ListFault::WrongPage);
        }
        Ok(ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
    }

    fn with_seen(&self, ids: &[u64]) -> Result<String, ListFault> {
        let mut bytes = STANDARD_NO_PAD.decode(&self.seen).map_err(|_| ListFault::WrongPage)?;
        bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
        Ok(STANDARD_NO_PAD.encode(bytes))
    }
}

fn hash(id: &str) -> u64 {
    let mut bytes = [0_u8; 8];
    for (to, from) in bytes.iter_mut().zip(short_id(id)) {
        *to = from;
    }
    u64::from_le_bytes(bytes)
}

/// Judges a page.
pub(super) fn judge(pages: &ListPages, cursor: &ListCursor, facts: Facts<'_>) -> Result<Verdict, ListFault> {
    let rows = facts.ids.len() as u64;
    if let (Some(before), Some(now)) = (cursor.total, facts.total)
        && now < before
    {
        return Err(ListFault::Shrunk);
    }
    let total = facts.total.or(cursor.total);
    let mut seen = cursor.seen()?;
    let ids: Vec<u64> = facts.ids.iter().map(|id| hash(id)).collect();
    if !ids.iter().all(|id| seen.insert(*id)) {
        return Err(ListFault::Repeated);
    }
    let read = cursor.read.saturating_add(rows);
    if read > MOST_ROWS {
        return Err(ListFault::TooLong);
    }
    if total.is_some_and(|total| read > total) {
        return Err(ListFault::Miscounted);
    }
    let all = total == Some(read);
    // A list whose total is reached on a short page is over; a full one may go on, should the total lie (F25).
    let short = rows < cursor.longest || rows == 0;
    let next = match pages {
        ListPages::Page { .. } | ListPages::Offset { .. } | ListPages::Query { .. }
            if rows == 0 || all && (short || cursor.closing) =>
        {
            None
        }
        _ => after(pages, &cursor.at, read, facts.next)?,
    };
    let Some(at) = next else {
        return match total {
            Some(total) if total != read => Err(ListFault::Miscounted),
            Some(_) | None => Ok(Verdict::End),
        };
    };
    let empty = if rows == 0 { cursor.empty + 1 } else { 0 };
    if at == cursor.at || empty > EMPTY_IN_A_ROW {
        return Err(ListFault::Looped);
    }
    Ok(Verdict::More(ListCursor {
        at,
        read,
        longest: cursor.longest.max(rows),
        total,
        closing: all,
        empty,
        seen: cursor.with_seen(&ids)?,
        day: cursor.day,
        began: cursor.began.clone(),
    }))
}

/// Where the page after one is, when so many rows were read with it; nothing where the list itself says that there is none.
pub(super) fn after(
    pages: &ListPages,
    at: &At,
    read: u64,
    named: Option<At>,
) -> Result<Option<At>, ListFault> {
    Ok(match pages {
        ListPages::Whole {} => None,
        ListPages::Page { .. } => match at {
            At::Page(number) => Some(At::Page(number.saturating_add(1))),
            _ => return Err(ListFault::WrongPage),
        },
        ListPages::Offset { .. } | ListPages::Query { .. } => Some(At::Skip(read)),
        ListPages::Cursor { .. } | ListPages::NextUrl { .. } | ListPages::Link {} => named,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> ListPages {
        ListPages::Page { number: "page".to_owned(), first: 1, size: None, rows: None }
    }

    fn offset() -> ListPages {
        ListPages::Offset { skip: "offset".to_owned(), size: None, rows: None }
    }

    fn token() -> ListPages {
        ListPages::Cursor { next: "next".to_owned(), param: "cursor".to_owned() }
    }

    type Reply<'a> = (&'a [&'a str], Option<u64>, Option<&'a str>);

    /// Reads a list and says which pages were asked for, and how many rows came.
    fn sweep(pages: &ListPages, replies: &[Reply<'_>]) -> Result<(Vec<At>, u64), ListFault> {
        let mut cursor = ListCursor::start(pages);
        let (mut asked, mut rows) = (Vec::new(), 0);
        for (ids, total, next) in replies {
            asked.push(cursor.at.clone());
            rows += ids.len() as u64;
            let facts =
                Facts { ids: ids.to_vec(), total: *total, next: next.map(|next| At::Token(next.to_owned())) };
            // A checkpoint is written and read back in between.
            let stored = serde_json::to_value(&cursor).unwrap();
            match judge(pages, &serde_json::from_value(stored).unwrap(), facts)? {
                Verdict::More(next) => cursor = next,
                Verdict::End => return Ok((asked, rows)),
            }
        }
        panic!("the list did not end");
    }

    #[test]
    fn inv_04_a_whole_list_is_proved_by_each_kind_of_paging() {
        let with_total: [Reply<'_>; 2] = [(&["b", "a"], Some(3), None), (&["c"], Some(3), None)];
        assert_eq!(
            sweep(&page(), &with_total),
            Ok((vec![At::Page(1), At::Page(2)], 3)),
            "the total is reached"
        );
        let full: [Reply<'_>; 3] =
            [(&["b", "a"], Some(4), None), (&["d", "c"], Some(4), None), (&[], Some(4), None)];
        assert_eq!(sweep(&page(), &full).map(|(_, rows)| rows), Ok(4), "a full last page is asked once more");
        let without: [Reply<'_>; 3] = [(&["b", "a"], None, None), (&["c"], None, None), (&[], None, None)];
        assert_eq!(
            sweep(&offset(), &without),
            Ok((vec![At::Skip(0), At::Skip(2), At::Skip(3)], 3)),
            "F22: a short page is no end, an empty one is"
        );
        let cursors: [Reply<'_>; 3] =
            [(&["z"], None, Some("1")), (&[], None, Some("2")), (&["y"], None, None)];
        assert_eq!(
            sweep(&token(), &cursors).map(|(_, rows)| rows),
            Ok(2),
            "F21: an empty page in the middle is no end while there is a cursor"
        );
        assert_eq!(sweep(&ListPages::Whole {}, &[(&["a"], Some(1), None)]).map(|(_, rows)| rows), Ok(1));
    }

    #[test]
    fn inv_04_no_partial_list_is_taken_for_a_whole_one() {
        let cases: [(&str, ListPages, Vec<Reply<'_>>, ListFault); 8] = [
            (
                "F23 a page again",
                page(),
                vec![(&["a"], None, None), (&["a"], None, None)],
                ListFault::Repeated,
            ),
            ("F53 an id twice on a page", page(), vec![(&["a", "a"], None, None)], ListFault::Repeated),
            (
                "F24 deleted meanwhile",
                page(),
                vec![(&["a"], Some(3), None), (&["b"], Some(2), None)],
                ListFault::Shrunk,
            ),
            (
                "F25 fewer than the total",
                page(),
                vec![(&["a"], Some(3), None), (&[], Some(3), None)],
                ListFault::Miscounted,
            ),
            ("F25 more than the total", page(), vec![(&["a", "b"], Some(1), None)], ListFault::Miscounted),
            (
                "F23 a cursor that leads back",
                token(),
                vec![(&["a"], None, Some("1")), (&["b"], None, Some("1"))],
                ListFault::Looped,
            ),
            (
                "on and on without rows",
                token(),
                vec![
                    (&["a"], None, Some("1")),
                    (&[], None, Some("2")),
                    (&[], None, Some("3")),
                    (&[], None, Some("4")),
                    (&[], None, Some("5")),
                ],
                ListFault::Looped,
            ),
            ("cut short", ListPages::Whole {}, vec![(&["a"], Some(9), None)], ListFault::Miscounted),
        ];
        for (name, pages, replies, fault) in cases {
            assert_eq!(sweep(&pages, &replies), Err(fault), "{name}");
        }
    }

    #[test]
    fn f27_a_list_longer_than_can_be_watched_is_refused() {
        let ids: Vec<String> = (0..=MOST_ROWS).map(|id| id.to_string()).collect();
        let facts = Facts { ids: ids.iter().map(String::as_str).collect(), total: None, next: None };
        let cursor = ListCursor::start(&page());
        assert_eq!(judge(&page(), &cursor, facts), Err(ListFault::TooLong));
    }
}
