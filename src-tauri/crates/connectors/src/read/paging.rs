//! How a paged list proves that it was read whole (SYNC-LAW 4). Pure: facts of a page in, verdict out.
//!
//! Pages are read in ascending id order, so that records made meanwhile come at the end and every repetition or
//! shuffle shows. A record deleted meanwhile moves the rest forward and hides one at the border; it shows as a total
//! that shrank or a count that does not add up. A short list is never taken for a whole one.

use serde::{Deserialize, Serialize};

/// Where a full sweep of a list stands; stored as the job's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// Page to ask for.
    pub(crate) page: u64,
    /// Rows read so far.
    pub(crate) read: u64,
    /// Last id read.
    pub(crate) last: Option<String>,
    /// Rows of the list, as said with the page before.
    pub(crate) total: Option<u64>,
    /// All rows are read; this page must show that there are no more.
    pub(crate) closing: bool,
}

impl Cursor {
    /// The beginning of a list whose pages are counted from `first`.
    pub(crate) fn start(first: u64) -> Cursor {
        Cursor { page: first, read: 0, last: None, total: None, closing: false }
    }
}

/// What a page says about itself.
#[derive(Debug, Clone)]
pub(crate) struct PageFacts<'a> {
    /// Number of the page that was answered.
    pub(crate) current: u64,
    /// Pages in all.
    pub(crate) pages: u64,
    /// Rows in all.
    pub(crate) total: u64,
    /// Ids in the order of the reply.
    pub(crate) ids: Vec<&'a str>,
}

/// Why a page does not fit the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListFault {
    #[error("another page was answered than the one asked for")]
    WrongPage,
    #[error("rows came again or out of order")]
    Repeated,
    #[error("the list shrank while it was read")]
    Shrunk,
    #[error("a page that is not the last is short")]
    Short,
    #[error("the number of pages does not fit the number of rows")]
    BadCount,
    #[error("the list is not in the order of changes")]
    NotNewestFirst,
    #[error("a record does not say when it was changed")]
    NotDated,
    #[error("fewer or more rows came than the list is said to have")]
    Miscounted,
    #[error("the address of the next page leads back, or on and on without rows")]
    Looped,
    #[error("the list is longer than can be kept watch over")]
    TooLong,
    #[error("the end of what changed names no token for what changes next")]
    NoToken,
    #[error("more changed than is told at once")]
    TooMany,
}

/// What to do after a good page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Keep the rows and go on.
    More(Cursor),
    /// Keep the rows; the list is read whole.
    End,
    /// Drop the rows, they are the last page over again; the list is read whole.
    EndWithoutRows,
}

/// Judges a page.
pub(crate) fn judge(
    cursor: &Cursor,
    facts: &PageFacts<'_>,
    first: u64,
    page_size: u64,
) -> Result<Verdict, ListFault> {
    let rows = facts.ids.len() as u64;
    let expected_pages = facts.total.div_ceil(page_size);
    // Some servers call an empty list one page long.
    if facts.pages != expected_pages && !(facts.total == 0 && facts.pages == 1) {
        return Err(ListFault::BadCount);
    }
    if cursor.total.is_some_and(|total| facts.total < total) {
        return Err(ListFault::Shrunk);
    }
    let ascending = facts.ids.windows(2).all(|pair| pair[0] < pair[1]);
    let follows = match (&cursor.last, facts.ids.first()) {
        (Some(last), Some(next)) => last.as_str() < *next,
        _ => true,
    };
    if cursor.closing && facts.total == cursor.read {
        if rows == 0 {
            return Ok(Verdict::End);
        }
        // Past the end some servers answer the last page again; anything else is more than the total admits.
        let again = ascending && facts.ids.last().is_some_and(|last| Some(*last) == cursor.last.as_deref());
        return if again && facts.current < cursor.page {
            Ok(Verdict::EndWithoutRows)
        } else {
            Err(ListFault::Miscounted)
        };
    }
    if facts.current != cursor.page {
        return Err(ListFault::WrongPage);
    }
    if !ascending || !follows {
        return Err(ListFault::Repeated);
    }
    let read = cursor.read + rows;
    let next = Cursor {
        page: cursor.page + 1,
        read,
        last: facts.ids.last().map(|id| (*id).to_owned()).or_else(|| cursor.last.clone()),
        total: Some(facts.total),
        closing: false,
    };
    let last_page = first + facts.pages.max(1) - 1;
    if cursor.page < last_page {
        return if rows < page_size { Err(ListFault::Short) } else { Ok(Verdict::More(next)) };
    }
    if read != facts.total {
        return Err(ListFault::Miscounted);
    }
    if rows == page_size {
        return Ok(Verdict::More(Cursor { closing: true, ..next }));
    }
    Ok(Verdict::End)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(current: u64, total: u64, ids: &[&'a str]) -> PageFacts<'a> {
        PageFacts { current, pages: total.div_ceil(2), total, ids: ids.to_vec() }
    }

    /// Reads a list of pages of two rows and says how it ended.
    fn sweep(pages: &[PageFacts<'_>]) -> Result<u64, ListFault> {
        let mut cursor = Cursor::start(1);
        let mut kept = 0;
        for page in pages {
            match judge(&cursor, page, 1, 2)? {
                Verdict::More(next) => {
                    kept += page.ids.len() as u64;
                    cursor = next;
                }
                Verdict::End => return Ok(kept + page.ids.len() as u64),
                Verdict::EndWithoutRows => return Ok(kept),
            }
        }
        panic!("the list did not end");
    }

    #[test]
    fn inv_04_a_whole_list_is_proved() {
        assert_eq!(sweep(&[facts(1, 0, &[])]), Ok(0), "an empty list");
        assert_eq!(sweep(&[facts(1, 3, &["a", "b"]), facts(2, 3, &["c"])]), Ok(3), "a short last page");
        assert_eq!(
            sweep(&[facts(1, 4, &["a", "b"]), facts(2, 4, &["c", "d"]), facts(3, 4, &[])]),
            Ok(4),
            "a full last page is proved by the empty one after it"
        );
        assert_eq!(
            sweep(&[facts(1, 2, &["a", "b"]), facts(1, 2, &["a", "b"])]),
            Ok(2),
            "a server that answers the last page again past the end"
        );
        assert_eq!(
            sweep(&[facts(1, 3, &["a", "b"]), facts(2, 4, &["c", "d"]), facts(3, 5, &["e"])]),
            Ok(5),
            "F24: records made meanwhile come at the end"
        );
    }

    #[test]
    fn inv_04_no_partial_list_is_taken_for_a_whole_one() {
        let cases: [(&str, Vec<PageFacts<'_>>, ListFault); 9] = [
            (
                "F21 empty page in the middle",
                vec![facts(1, 5, &["a", "b"]), facts(2, 5, &[])],
                ListFault::Short,
            ),
            ("F22 short page that is not the last", vec![facts(1, 5, &["a"])], ListFault::Short),
            (
                "F23 repeated page",
                vec![facts(1, 6, &["a", "b"]), facts(2, 6, &["a", "b"])],
                ListFault::Repeated,
            ),
            (
                "F23 the wrong page",
                vec![facts(1, 6, &["a", "b"]), facts(1, 6, &["a", "b"])],
                ListFault::WrongPage,
            ),
            (
                "F24 deleted between pages",
                vec![facts(1, 5, &["a", "b"]), facts(2, 4, &["d", "e"])],
                ListFault::Shrunk,
            ),
            (
                "F25 total too high",
                vec![facts(1, 4, &["a", "b"]), facts(2, 4, &["c"])],
                ListFault::Miscounted,
            ),
            (
                "F25 total too low",
                vec![facts(1, 2, &["a", "b"]), facts(2, 2, &["c", "d"])],
                ListFault::Miscounted,
            ),
            ("F26 unstable order", vec![facts(1, 3, &["b", "a"])], ListFault::Repeated),
            (
                "pages do not fit the total",
                vec![PageFacts { current: 1, pages: 1, total: 9, ids: vec!["a", "b"] }],
                ListFault::BadCount,
            ),
        ];
        for (name, pages, fault) in cases {
            assert_eq!(sweep(&pages), Err(fault), "{name}");
        }
    }
}
