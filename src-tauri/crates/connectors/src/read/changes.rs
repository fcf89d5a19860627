//! What changed since a time, newest first. Pure: facts of a page in, verdict out; asking stands in `connector`.
//!
//! Nothing here proves that a list is whole and nothing concludes a deletion: a record that is not named is only not
//! named (SYNC-LAW 3). The list moves while it is read: what changes meanwhile comes to the front, behind us, and is
//! newer than anything seen, so that the next read finds it; what is deleted meanwhile pulls a record over the border
//! unseen, which shows as a list that shrank.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::paging::ListFault;

/// Where the reading of changes by page numbers stands; stored as the job's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeCursor {
    /// Page to ask for.
    pub(crate) page: u64,
    /// What was seen before it.
    pub(crate) seen: Seen,
}

/// What a page of changes means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    /// How many rows from the front of the page changed since.
    pub(crate) rows: usize,
    /// Where to go on from; `None` at the first older row or the end of the list.
    pub(crate) further: Option<Seen>,
}

/// What was seen of the list so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// When the last record read was changed.
    pub(crate) last: Option<Timestamp>,
    /// Rows of the list, as said with the page before.
    pub(crate) total: Option<u64>,
}

/// Judges a page: when its rows were changed (`None` where the record does not say), whether it is the last one.
pub(crate) fn judge(
    seen: Seen,
    since: Timestamp,
    changed: &[Option<Timestamp>],
    total: Option<u64>,
    last_page: bool,
) -> Result<Changes, ListFault> {
    if let (Some(before), Some(now)) = (seen.total, total)
        && now < before
    {
        return Err(ListFault::Shrunk);
    }
    let mut last = seen.last;
    for at in changed {
        let at = at.ok_or(ListFault::NotDated)?;
        // A row that changed after the page before was read may stand here again, never a newer one than the last.
        if last.is_some_and(|last| at > last) {
            return Err(ListFault::NotNewestFirst);
        }
        last = Some(at);
    }
    let rows = changed.iter().take_while(|at| at.is_some_and(|at| at >= since)).count();
    let ended = rows < changed.len() || last_page;
    let further = (!ended).then(|| Seen { last, total: total.or(seen.total) });
    Ok(Changes { rows, further })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn page(seen: Seen, seconds: &[i64], total: u64, last: bool) -> Result<Changes, ListFault> {
        let changed: Vec<_> = seconds.iter().map(|second| Some(at(*second))).collect();
        judge(seen, at(100), &changed, Some(total), last)
    }

    const FIRST: Seen = Seen { last: None, total: None };

    #[test]
    fn inv_27_everything_from_the_watermark_on_is_read_ties_too() {
        let first = page(FIRST, &[300, 100, 100], 9, false).unwrap();
        assert_eq!(first.rows, 3, "F29: what is as old as the watermark is read again");
        let next = first.further.expect("the tie goes on over the border");
        assert_eq!((next.last, next.total), (Some(at(100)), Some(9)));
        let second = page(next, &[100, 99, 98], 9, false).unwrap();
        assert_eq!((second.rows, second.further), (1, None), "the first older row ends it");
        assert_eq!(
            page(FIRST, &[99, 98], 9, false).unwrap(),
            Changes { rows: 0, further: None },
            "nothing changed"
        );
        let all = page(FIRST, &[300, 200], 2, true).unwrap();
        assert_eq!((all.rows, all.further), (2, None), "the end of the list ends it too");
    }

    #[test]
    fn inv_03_a_list_that_cannot_be_trusted_is_read_whole_instead() {
        let next = Seen { last: Some(at(200)), total: Some(9) };
        assert_eq!(page(next, &[150], 8, false), Err(ListFault::Shrunk), "F24: deleted meanwhile");
        assert_eq!(page(next, &[150], 10, true).map(|found| found.rows), Ok(1), "F24: added meanwhile");
        assert_eq!(page(next, &[201], 9, false), Err(ListFault::NotNewestFirst), "F26: another order");
        assert_eq!(judge(FIRST, at(100), &[None], Some(1), true), Err(ListFault::NotDated), "F43: no date");
        let silent = judge(next, at(100), &[Some(at(150))], None, false).unwrap().further;
        assert_eq!(silent.and_then(|seen| seen.total), Some(9), "a page that says no total takes none back");
    }
}
