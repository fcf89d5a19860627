//! Finding and ordering the clients of a plan in memory: a page of a search, or of 100,000 rows by name or date, costs a
//! look over a few megabytes instead of a walk over the encrypted file.
//!
//! What is held is read from one index, for one plan, and holds until anything is committed; then it is read anew. It is
//! let go with the page caches when the app is left alone. Deliberately absent: the rows themselves, which are read from the file
//! for the page that is shown.

use std::sync::{Arc, Mutex, PoisonError};

use hub_core::plan::UnitKind;
use hub_core::ports::{Heading, UnitQuery, UnitState};
use memchr::memmem::Finder;
use rusqlite::Connection;

use super::{NO_DATE, kind_and_state, text};
use crate::error::DbResult;

/// One client, with where its texts begin; they end where those of the next begin.
struct Entry {
    seq: i64,
    /// In `names`.
    text: usize,
    /// In `dates`.
    date: usize,
    kind: UnitKind,
    state: UnitState,
}

/// The clients of one plan as they stood at one commit, in the order of the plan.
pub(super) struct Index {
    plan: i64,
    commits: u64,
    entries: Vec<Entry>,
    /// What is searched of each client, an end mark after each: names, e-mail and venue, a line each, in lower case.
    texts: String,
    dates: String,
}

/// Between the texts of two clients; no search contains it.
const END: char = '\0';

/// The index that was built last.
#[derive(Default)]
pub(crate) struct Finding {
    held: Mutex<Option<Arc<Index>>>,
}

impl Finding {
    /// The index of a plan as of now: `commits` is the number of commits before the connection reads.
    pub(super) fn index(&self, connection: &Connection, plan: i64, commits: u64) -> DbResult<Arc<Index>> {
        let held = || self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = held().as_ref()
            && (index.plan, index.commits) == (plan, commits)
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(Index::read(connection, plan, commits)?);
        *held() = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Gives the memory back.
    pub(crate) fn let_go(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Index {
    fn read(connection: &Connection, plan: i64, commits: u64) -> DbResult<Index> {
        let mut index =
            Index { plan, commits, entries: Vec::new(), texts: String::new(), dates: String::new() };
        let mut statement = connection.prepare_cached(
            "SELECT seq, kind, state, wedding_date, search FROM plan_units INDEXED BY plan_units_find
             WHERE plan = ?1 ORDER BY seq",
        )?;
        let mut rows = statement.query([plan])?;
        while let Some(row) = rows.next()? {
            let (kind, state) = kind_and_state(text(row, 1)?, text(row, 2)?)?;
            let entry =
                Entry { seq: row.get(0)?, text: index.texts.len(), date: index.dates.len(), kind, state };
            index.entries.push(entry);
            index.dates.push_str(text(row, 3)?);
            // An end mark within a name would let a search run on into the next client.
            let searched = text(row, 4)?;
            match searched.contains(END) {
                true => index.texts.push_str(&searched.replace(END, " ")),
                false => index.texts.push_str(searched),
            }
            index.texts.push(END);
        }
        index.texts.shrink_to_fit();
        Ok(index)
    }

    fn searched(&self, at: usize) -> &str {
        let end = self.entries.get(at + 1).map_or(self.texts.len(), |next| next.text);
        self.entries.get(at).and_then(|entry| self.texts.get(entry.text..end)).unwrap_or_default()
    }

    /// The names, which are the first line.
    fn names(&self, at: usize) -> &str {
        self.searched(at).split(['\n', END]).next().unwrap_or_default()
    }

    fn date(&self, at: usize) -> &str {
        let end = self.entries.get(at + 1).map_or(self.dates.len(), |next| next.date);
        self.entries.get(at).and_then(|entry| self.dates.get(entry.date..end)).unwrap_or_default()
    }

    /// The numbers of one page, in order, and how many there are in all. A query for alike problems is not answered here.
    pub(super) fn page(&self, query: &UnitQuery) -> (Vec<i64>, u64) {
        let mut hits: Vec<usize> = match search_of(query) {
            Some(search) => self.containing(&search),
            None => (0..self.entries.len()).collect(),
        };
        hits.retain(|&at| self.passes(at, query));
        let total = hits.len() as u64;
        let from = usize::try_from(query.offset).unwrap_or(usize::MAX).min(hits.len());
        let to = from.saturating_add(query.limit as usize).min(hits.len());
        let sort = query.sort.as_deref().unwrap_or_default();
        let turned = sort.starts_with('-');
        // Positions are in the order of the plan: they decide between equals, as `seq` does.
        match sort.trim_start_matches('-') {
            "name" => self.arrange(&mut hits, from..to, turned, |index, at| index.names(at)),
            "wedding_date" => self.arrange(&mut hits, from..to, turned, |index, at| index.date(at)),
            _ if turned => hits.reverse(),
            _ => {}
        }
        (hits[from..to].iter().map(|&at| self.entries[at].seq).collect(), total)
    }

    /// Puts in order what a page shows; what lies before and behind it is only parted from it.
    fn arrange<'a>(
        &'a self,
        hits: &mut [usize],
        page: std::ops::Range<usize>,
        turned: bool,
        key: impl Fn(&'a Index, usize) -> &'a str,
    ) {
        let order = |one: &usize, other: &usize| {
            let order = (key(self, *one), *one).cmp(&(key(self, *other), *other));
            if turned { order.reverse() } else { order }
        };
        if page.is_empty() {
            return;
        }
        let mut rest = hits;
        if page.end < rest.len() {
            rest.select_nth_unstable_by(page.end, order);
            rest = &mut rest[..page.end];
        }
        if page.start > 0 {
            rest.select_nth_unstable_by(page.start, order);
        }
        rest[page.start..].sort_unstable_by(order);
    }

    fn passes(&self, at: usize, query: &UnitQuery) -> bool {
        let Entry { kind, state, .. } = self.entries[at];
        let on_time = |from: &String| (from.as_str()..NO_DATE).contains(&self.date(at));
        query.kind.is_none_or(|wanted| wanted == kind)
            && query.state.is_none_or(|wanted| wanted == state)
            && query.heading.is_none_or(|wanted| wanted == Heading::of(kind, state))
            && query.weddings_from.as_ref().is_none_or(on_time)
            && query.appointments.is_none_or(|wanted| wanted == (self.date(at) > NO_DATE))
    }

    /// Positions of the clients whose text contains another, ascending.
    fn containing(&self, search: &str) -> Vec<usize> {
        let mut hits = Vec::new();
        if search.contains(END) {
            return hits;
        }
        let (finder, bytes, mut from) = (Finder::new(search), self.texts.as_bytes(), 0);
        while let Some(found) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let at = self.entries.partition_point(|entry| entry.text <= from + found) - 1;
            hits.push(at);
            // One hit a client is enough.
            from = self.entries.get(at + 1).map_or(bytes.len(), |next| next.text);
        }
        hits
    }
}

/// What is searched for, as it is compared.
pub(super) fn search_of(query: &UnitQuery) -> Option<String> {
    let search = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    search.map(str::to_lowercase)
}

/// Whether a page is found here: whatever searches, and the review's own orders, which run over one heading.
pub(super) fn answers(query: &UnitQuery) -> bool {
    let by_plan = matches!(query.sort.as_deref(), None | Some("" | "seq" | "-seq"));
    query.alike.is_none() && (search_of(query).is_some() || (query.heading.is_some() && !by_plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(rows: &[(&str, &str, UnitKind)]) -> Index {
        let mut index =
            Index { plan: 1, commits: 0, entries: Vec::new(), texts: String::new(), dates: String::new() };
        for (seq, (searched, date, kind)) in (0..).zip(rows) {
            let (text, date_at) = (index.texts.len(), index.dates.len());
            index.entries.push(Entry { seq, text, date: date_at, kind: *kind, state: UnitState::Pending });
            index.texts.push_str(searched);
            index.texts.push(END);
            index.dates.push_str(date);
        }
        index
    }

    fn query(search: Option<&str>, sort: &str, offset: u64, limit: u32) -> UnitQuery {
        UnitQuery {
            search: search.map(str::to_owned),
            sort: Some(sort.to_owned()),
            offset,
            limit,
            ..UnitQuery::default()
        }
    }

    fn four() -> Index {
        index(&[
            ("zoë bell\nzoe@example.com\nmill", "2027-05-01", UnitKind::New),
            ("ann knight\nann@example.com\nbarn", NO_DATE, UnitKind::New),
            ("", "2026-01-02", UnitKind::Problem),
            ("ann knight, bo knight\nbo@example.com\nmill", "2026-01-02", UnitKind::New),
        ])
    }

    #[test]
    fn a_search_finds_each_client_once_wherever_it_stands() {
        let index = four();
        assert_eq!(index.page(&query(Some(" KNIGHT "), "seq", 0, 10)), (vec![1, 3], 2), "twice in the last");
        assert_eq!(index.page(&query(Some("ZOË"), "seq", 0, 10)), (vec![0], 1));
        assert_eq!(index.page(&query(Some("mill"), "-seq", 0, 1)), (vec![3], 2), "a page of one, two in all");
        assert_eq!(index.page(&query(Some("millann"), "seq", 0, 9)), (vec![], 0), "never over two clients");
        assert_eq!(index.page(&query(Some("mill\0ann"), "seq", 0, 9)), (vec![], 0), "nor with an end mark");
    }

    #[test]
    fn every_order_gives_the_same_rows_page_by_page_as_at_once() {
        let index = four();
        let wanted = [
            ("seq", [0, 1, 2, 3]),
            ("-seq", [3, 2, 1, 0]),
            ("name", [2, 1, 3, 0]),
            ("-name", [0, 3, 1, 2]),
            ("wedding_date", [2, 3, 0, 1]),
            ("-wedding_date", [1, 0, 3, 2]),
        ];
        for (sort, rows) in wanted {
            assert_eq!(index.page(&query(None, sort, 0, 9)), (rows.to_vec(), 4), "{sort}");
            let paged: Vec<i64> =
                (0..4).flat_map(|offset| index.page(&query(None, sort, offset, 1)).0).collect();
            assert_eq!(paged, rows, "{sort}, one at a time");
        }
        assert_eq!(index.page(&query(None, "name", 9, 9)), (vec![], 4), "behind the end is nothing");
    }

    #[test]
    fn filters_hold_beside_a_search() {
        let index = four();
        let only = UnitQuery { heading: Some(Heading::Waiting), ..query(None, "name", 0, 9) };
        assert_eq!(index.page(&only), (vec![2], 1));
        let dated =
            UnitQuery { weddings_from: Some("2026-06-01".into()), ..query(Some("mill"), "seq", 0, 9) };
        assert_eq!(index.page(&dated), (vec![0], 1), "and who has no date is left out");
    }

    #[test]
    fn appointments_stand_apart_from_weddings() {
        let index = index(&[
            ("album meeting", "~2026-07-01", UnitKind::New),
            ("zoë bell", "2027-05-01", UnitKind::New),
            ("tasting", "~~", UnitKind::New),
            ("ann knight", NO_DATE, UnitKind::New),
        ]);
        assert_eq!(index.page(&query(None, "wedding_date", 0, 9)), (vec![1, 3, 0, 2], 4));
        let only = |appointments| UnitQuery { appointments: Some(appointments), ..query(None, "seq", 0, 9) };
        assert_eq!(index.page(&only(true)), (vec![0, 2], 2));
        assert_eq!(index.page(&only(false)), (vec![1, 3], 2));
        let weddings =
            UnitQuery { weddings_from: Some("2026-01-01".into()), ..query(None, "wedding_date", 0, 9) };
        assert_eq!(index.page(&weddings), (vec![1], 1), "an appointment is no wedding");
    }
}
