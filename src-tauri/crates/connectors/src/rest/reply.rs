//! A page of a list as it came: its records untouched, how many there are, and where it goes on. Pure.

use hub_core::malformed::Malformed;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::flat::cells;
use super::pages::{At, Facts, ListCursor, Verdict, judge};
use super::recognise::{fields, find};
use crate::definition::{Empty, ListPages};
use crate::read::pick::{Steps, pick, scalar};

/// Where things stand in a reply.
pub(super) struct Paths<'a> {
    /// The list; empty where the reply itself is it.
    pub(super) records: &'a str,
    /// The number of all records.
    pub(super) total: Option<&'a str>,
    /// What leads to the next page.
    pub(super) next: Option<&'a str>,
    /// The token by which what changes from now on is read.
    pub(super) token: Option<&'a str>,
    /// How a reply says that it holds no records.
    pub(super) empty: Empty,
}

/// A reply taken apart.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Records.
    pub(super) items: Vec<Box<RawValue>>,
    /// How many there are in all.
    pub(super) total: Option<u64>,
    /// What leads to the next page.
    pub(super) next: Option<String>,
    /// The token by which what changes from now on is read.
    pub(super) token: Option<String>,
}

/// A reply that is none of a list.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyFault {
    /// It is no JSON, or its list is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is no list where it should be.
    #[error("the reply has no list where it should be")]
    NoList,
}

/// Takes a reply apart. Of a list that is the reply itself nothing else is known.
pub(super) fn taken_apart(text: &str, paths: &Paths<'_>) -> Result<Parts, ReplyFault> {
    let entries = |items: &str| serde_json::from_str(items).map_err(Malformed::from);
    if paths.records.is_empty() {
        return Ok(Parts { items: entries(text)?, ..Parts::default() });
    }
    let holder = paths.records.rsplit_once('.').map(|(holder, _)| holder);
    let steps = [Some(paths.records), paths.total, paths.next, paths.token, holder]
        .map(|path| Steps::new(path.unwrap_or_default()));
    let found = pick(text, &steps.each_ref())?;
    let slot = |slot: usize| found.get(slot).copied().flatten();
    let said = |at: usize| slot(at).and_then(scalar).filter(|text| !text.is_empty());
    let items = match (slot(0), paths.empty) {
        (Some(items), _) if items.get().starts_with('[') => entries(items.get())?,
        // What holds the list is there all the same: a reply about something else is no empty page.
        (None, Empty::LeftOut)
            if holder.is_none() || slot(4).is_some_and(|raw| raw.get().starts_with('{')) =>
        {
            Vec::new()
        }
        (Some(_), _) | (None, Empty::LeftOut | Empty::Stated) => return Err(ReplyFault::NoList),
    };
    let total = slot(1).and_then(scalar).and_then(|text| text.parse().ok());
    Ok(Parts { items, total, next: said(2), token: said(3) })
}

/// Plain values of a record by their paths.
pub(super) fn scalars<const N: usize>(
    raw: &str,
    paths: [Option<&str>; N],
) -> Result<[Option<String>; N], Malformed> {
    let steps = paths.map(|path| Steps::new(path.unwrap_or_default()));
    let found = pick(raw, &steps.each_ref())?;
    Ok(std::array::from_fn(|slot| found.get(slot).copied().flatten().and_then(scalar)))
}

/// What a rehearsal came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// Pages that were good.
    pub pages: usize,
    /// Records in them.
    pub rows: usize,
    /// Whether they prove that the list was read whole.
    pub whole: bool,
    /// Cells of the largest record.
    pub cells: usize,
    /// Fields that were told.
    pub fields: usize,
}

/// Reads replies as a test read and then a connector would, without a server: what the first shows is held against all of them.
/// For the fuzz target `json` and its replay; nothing in the product calls it. Nothing for a first reply without a list.
pub fn rehearse(replies: &[&str]) -> Option<Rehearsed> {
    let first: Json = serde_json::from_str(replies.first()?).ok()?;
    let list = find::list(&first).filter(|list| !list.rows.is_empty())?;
    let id = find::id(list.rows)?;
    let version = find::version(list.rows);
    let total = find::total(&first, list.rows.len() as u64);
    let (pages, next) = match find::next(&first) {
        Some(find::Next::Url { path, .. }) => (ListPages::NextUrl { next: path.clone() }, Some(path)),
        Some(find::Next::Cursor { path, .. }) => {
            (ListPages::Cursor { next: path.clone(), param: "cursor".to_owned() }, Some(path))
        }
        None => (ListPages::Page { number: "page".to_owned(), first: 1, size: None, rows: None }, None),
    };
    let told = fields::read(list.rows, &Default::default(), &[Some(id.as_str()), version.as_deref()]);
    let mut done = Rehearsed { pages: 0, rows: 0, whole: false, cells: 0, fields: told.len() };
    done.cells = list.rows.iter().map(|row| cells(row).len()).max().unwrap_or_default();
    let paths = Paths {
        records: &list.path,
        total: total.as_ref().map(|(path, _)| path.as_str()),
        next: next.as_deref(),
        token: None,
        empty: Empty::Stated,
    };
    let mut cursor = ListCursor::start(&pages);
    for reply in replies {
        let Ok(Parts { items, total, next: named, .. }) = taken_apart(reply, &paths) else { break };
        let ids: Result<Vec<Option<String>>, Malformed> = items
            .iter()
            .map(|item| scalars(item.get(), [Some(id.as_str()), version.as_deref()]).map(|[id, _]| id))
            .collect();
        let Some(ids) = ids.ok().and_then(|ids| ids.into_iter().collect::<Option<Vec<String>>>()) else {
            break;
        };
        let next = match &pages {
            ListPages::Cursor { .. } => named.map(At::Token),
            ListPages::NextUrl { .. } => named.map(At::Url),
            ListPages::Whole {}
            | ListPages::Page { .. }
            | ListPages::Offset { .. }
            | ListPages::Link {}
            | ListPages::Query { .. } => None,
        };
        let facts = Facts { ids: ids.iter().map(String::as_str).collect(), total, next };
        let Ok(verdict) = judge(&pages, &cursor, facts) else { break };
        done.pages += 1;
        done.rows += ids.len();
        match verdict {
            Verdict::More(next) => cursor = next,
            Verdict::End => {
                done.whole = true;
                break;
            }
        }
    }
    Some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_proves_an_end_or_none() {
        let page = |from: u64, next: &str| {
            format!(
                r#"{{"data": [{{"id": {from}, "name": "Ann"}}, {{"id": {}, "name": "Cy"}}], "next": {next}}}"#,
                from + 1
            )
        };
        let (one, two) = (page(1, "\"a\""), page(3, "null"));
        let read = rehearse(&[&one, &two]).unwrap();
        assert_eq!((read.pages, read.rows, read.whole), (2, 4, true), "the last page names no next one");
        assert!(!rehearse(&[&one]).unwrap().whole, "a list that goes on is not whole");
        let again = rehearse(&[&one, &one]).unwrap();
        assert_eq!((again.pages, again.whole), (1, false), "a page that comes twice is none");
        assert_eq!(rehearse(&["{}", &one]), None);
    }
}
