//! Records as rows: who is in each, which job it is, what hangs on it, and the documents that mapping sees.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_core::canonical::short_id;
use hub_core::party::{JobContactEdge, JobEdge, Party, PartyLinks, PartyList, group};
use hub_core::ports::{PartyDocument, RawReader, StoreResult, StoredRaw};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::flat::{cells, text_of};
use super::hanging;
use crate::assemble::{SCAN, at, parse};
use crate::definition::{BesideList, ListRead, Only, Order, PAID_AT, Rows, Words};
use crate::sheet::{
    ColumnUse, Facts, Reading, Role, RowPlace, StoredRow, TableReading, Told, ToldEvent, assemble_rows,
    facts, is_money, place_and_field,
};

/// Steps from a record up to the one that stands under no other: nobody nests deeper, and a circle ends here (F58).
const DEEPEST: usize = 10;
/// How often an appointment is moved at most; a circle ends here.
const MOST_MOVES: usize = 50;
/// What stands before the path of a cell of a record that stands under another.
const UNDER: &str = "under.";
/// What is taken apart into a day and a time.
const INSTANTS: [&str; 2] = ["event.start", "event.end"];
/// What stands behind the path of an instant for its day, and for its time.
pub(super) const DAY: &str = "@day";
const TIME: &str = "@time";
/// The cell with the zone of days and times.
const ZONE: &str = "@zone";

/// How records are looked at.
pub(super) struct RowReader {
    reading: Reading,
    rows: Rows,
    stream: String,
    /// Path of the id of the record that one stands under.
    under: Option<String>,
    /// Path of the id of the record that one takes the place of.
    replaces: Option<String>,
    /// Paths of instants, and the zone in which their days and times are told.
    instants: Vec<String>,
    zone: TimeZone,
    beside: Vec<BesideList>,
}

impl RowReader {
    /// How the records of a list, and of those beside it, are read, in the form in which columns are.
    pub(super) fn new(provider: &str, list: &ListRead, rows: &Rows, zone: TimeZone) -> RowReader {
        let mut reader = RowReader::plain(provider, &list.stream, rows, zone);
        for beside in &list.beside {
            reader.reading.learn(hanging::table(beside));
        }
        RowReader {
            under: list.under.clone(),
            replaces: list.replaces.clone(),
            beside: list.beside.clone(),
            ..reader
        }
    }

    /// How records are read that stand alone, such as those of events.
    pub(super) fn plain(provider: &str, stream: &str, rows: &Rows, zone: TimeZone) -> RowReader {
        let mut reading = Reading::of(provider);
        let instants: Vec<String> = rows
            .fields
            .iter()
            .filter(|(_, uses)| uses.split(' ').any(|use_| INSTANTS.contains(&use_)))
            .map(|(path, _)| path.clone())
            .collect();
        let mut columns = uses(&rows.fields, "");
        columns.extend(uses(&rows.under, UNDER));
        if !instants.is_empty() {
            columns.extend(use_of(ZONE, "event.time_zone"));
        }
        reading.learn(TableReading {
            stream: stream.to_owned(),
            preset: None,
            row: rows.row,
            columns,
            extras: rows.own.clone(),
        });
        RowReader {
            reading,
            rows: rows.clone(),
            stream: stream.to_owned(),
            under: None,
            replaces: None,
            instants,
            zone,
            beside: Vec::new(),
        }
    }

    /// The same as columns are read.
    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// What a record of the main list says, for whoever asks for its day.
    pub(super) fn found(&self, record: &Json) -> Option<Facts> {
        let table = self.reading.table(&self.stream)?;
        let cells = self.cells_of(record);
        Some(facts(table, "", &|name| cells.get(name).and_then(Json::as_str)))
    }

    /// The id of the record that one stands under, as it says itself.
    fn holder(&self, record: &Json) -> Option<String> {
        at(record, self.under.as_deref()?).map(text_of).filter(|id| !id.is_empty())
    }

    /// The leaves of a record with its words put plainly and its instants taken apart.
    fn plain_cells(&self, record: &Json) -> Map<String, Json> {
        let mut cells = if self.rows.order.is_empty() {
            worded(cells(record), &self.rows.words)
        } else {
            worded(cells(&ordered(&self.rows.order, record.clone())), &self.rows.words)
        };
        for path in &self.instants {
            let told = cells.get(path).and_then(Json::as_str).and_then(|text| text.parse::<Timestamp>().ok());
            let Some(told) = told else { continue };
            let local = told.to_zoned(self.zone.clone());
            cells.insert(format!("{path}{DAY}"), Json::from(local.date().to_string()));
            cells.insert(format!("{path}{TIME}"), Json::from(local.strftime("%H:%M").to_string()));
            cells.insert(ZONE.to_owned(), Json::from(self.zone.iana_name().unwrap_or("UTC")));
        }
        cells
    }

    /// What becomes of the appointments of these parties' records: one that was moved is the same one at another time, as long as
    /// it is the same people's.
    fn events(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<HashMap<String, ToldEvent>> {
        let mut told = HashMap::new();
        let Some(path) = &self.replaces else { return Ok(told) };
        for party in parties {
            let mut earlier: HashMap<String, String> = HashMap::new();
            for record in raw.by_ids(connection_id, &self.stream, &party.jobs)? {
                let named = at(&parse(&record.raw)?, path).map(text_of).filter(|id| !id.is_empty());
                earlier.extend(named.map(|id| (record.id, id)));
            }
            let outside: Vec<String> =
                earlier.values().filter(|id| !party.jobs.contains(id)).cloned().collect();
            let elsewhere: HashSet<String> = raw
                .by_ids(connection_id, &self.stream, &outside)?
                .into_iter()
                .map(|record| record.id)
                .collect();
            for id in earlier.keys() {
                let mut first = id;
                for _ in 0..MOST_MOVES {
                    match earlier.get(first).filter(|id| !elsewhere.contains(*id)) {
                        Some(id) => first = id,
                        None => break,
                    }
                }
                told.insert(id.clone(), ToldEvent::Moved(first.clone()));
            }
            for id in earlier.values().filter(|id| party.jobs.contains(id)) {
                told.insert(id.clone(), ToldEvent::Replaced);
            }
        }
        Ok(told)
    }

    fn cells_of(&self, record: &Json) -> Map<String, Json> {
        let cells = self.plain_cells(record);
        match self.holder(record) {
            None => cells,
            Some(_) => cells.into_iter().map(|(path, text)| (format!("{UNDER}{path}"), text)).collect(),
        }
    }

    /// A record of the main list as a row: its leaves as cells, and ids for the people in it.
    fn as_row(
        &self,
        table: &TableReading,
        record: &StoredRaw,
        root: Option<&str>,
        event: ToldEvent,
    ) -> StoreResult<StoredRow> {
        let json = parse(&record.raw)?;
        let (mut cells, people) = match root {
            Some(root) => {
                let people = vec![(root.to_owned(), Role::Primary.as_str().to_owned())];
                (self.cells_of(&json), people)
            }
            None => {
                // Whoever stands under a record that is not there stands for themselves.
                let cells = self.plain_cells(&json);
                let own = |role: Role| {
                    let at = |paths: &BTreeMap<String, String>| {
                        Some(cells.get(paths.get(role.as_str())?)?.as_str()?.trim().to_owned())
                    };
                    at(&self.rows.ids).or_else(|| at(&self.rows.known_by).map(|text| id_of_words(&text)))
                };
                let found = facts(table, "", &|name| cells.get(name).and_then(Json::as_str));
                let people = people(&record.id, &found, &own);
                (cells, people)
            }
        };
        let amounts = amounts(table, &json, None, if root.is_some() { UNDER } else { "" });
        cells.retain(|_, cell| cell.as_str().is_some_and(|text| !text.trim().is_empty()));
        let at = RowPlace { job: Some(record.id.clone()), people, ..RowPlace::default() };
        Ok(StoredRow { cells, at, told: Told { amounts, pays: Vec::new(), event } })
    }

    /// Groups records into parties: each record is a job with its people.
    pub(super) fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList> {
        let Some(table) = self.reading.table(&self.stream) else { return Ok(group(Vec::new(), links)) };
        let holders = self.holders(raw, connection_id)?;
        let mut jobs: Vec<JobEdge> = Vec::new();
        each(raw, connection_id, &self.stream, &mut |record| {
            let root = holders.root(&record.id);
            let row = self.as_row(table, &record, root, ToldEvent::Own)?;
            let nobody_books =
                row.at.people.iter().all(|(_, role)| !Role::parse(role).is_some_and(Role::books));
            let contacts = row
                .at
                .people
                .into_iter()
                .map(|(contact_id, role)| JobContactEdge {
                    client: nobody_books || Role::parse(&role).is_some_and(Role::books),
                    contact_id,
                    role_kinds: Vec::new(),
                })
                .collect();
            let sample = match &self.rows.sample {
                Some(only) => holds(only, &parse(&record.raw)?),
                None => false,
            };
            jobs.push(JobEdge { job_id: record.id, sample, contacts });
            Ok(())
        })?;
        Ok(group(jobs, links))
    }

    /// Which record stands under which, of all that are there.
    fn holders(&self, raw: &dyn RawReader, connection_id: &str) -> StoreResult<Holders> {
        let mut holders = Holders::default();
        if self.under.is_some() {
            each(raw, connection_id, &self.stream, &mut |record| {
                if let Some(holder) = self.holder(&parse(&record.raw)?) {
                    holders.of.insert(record.id.clone(), holder);
                }
                holders.there.insert(record.id);
                Ok(())
            })?;
        }
        Ok(holders)
    }

    /// The same for some records alone: those above them are looked up.
    fn holders_of(&self, raw: &dyn RawReader, connection_id: &str, ids: &[String]) -> StoreResult<Holders> {
        let mut holders = Holders::default();
        if self.under.is_none() {
            return Ok(holders);
        }
        let mut wanted: Vec<String> = ids.to_vec();
        for _ in 0..=DEEPEST {
            wanted.retain(|id| !holders.there.contains(id));
            if wanted.is_empty() {
                break;
            }
            let mut above = Vec::new();
            for record in raw.by_ids(connection_id, &self.stream, &wanted)? {
                if let Some(holder) = self.holder(&parse(&record.raw)?) {
                    above.push(holder.clone());
                    holders.of.insert(record.id.clone(), holder);
                }
                holders.there.insert(record.id);
            }
            above.sort();
            above.dedup();
            wanted = above;
        }
        Ok(holders)
    }

    /// The documents of some parties, in the same order.
    pub(super) fn documents(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        parties: &[Party],
    ) -> StoreResult<Vec<PartyDocument>> {
        let jobs: Vec<String> = parties.iter().flat_map(|party| &party.jobs).cloned().collect();
        let holders = self.holders_of(raw, connection_id, &jobs)?;
        let events = self.events(raw, connection_id, parties)?;
        let away: RefCell<HashSet<String>> = RefCell::default();
        let row = |table: &TableReading, record: &StoredRaw| match self
            .beside
            .iter()
            .find(|beside| beside.name == table.stream)
        {
            Some(beside) => hanging::as_row(beside, table, record, &self.zone),
            None => {
                if let Some(only) = &self.rows.hidden
                    && holds(only, &parse(&record.raw)?)
                {
                    away.borrow_mut().insert(record.id.clone());
                }
                let event = events.get(&record.id).cloned().unwrap_or_default();
                self.as_row(table, record, holders.root(&record.id), event)
            }
        };
        let mut made = assemble_rows(&self.reading, raw, connection_id, parties, &row)?;
        let away = away.borrow();
        for (document, party) in made.iter_mut().zip(parties) {
            unplaced(&mut document.document);
            if !party.jobs.is_empty() && party.jobs.iter().all(|job| away.contains(job)) {
                hide(&mut document.document);
            }
        }
        Ok(made)
    }
}

/// Which record stands under which.
#[derive(Default)]
struct Holders {
    of: HashMap<String, String>,
    there: HashSet<String>,
}

impl Holders {
    /// The record at the top, for one that stands under another; nothing for one that stands alone, under none that is there,
    /// or in a circle.
    fn root<'a>(&'a self, id: &'a str) -> Option<&'a str> {
        let mut top = id;
        for _ in 0..DEEPEST {
            match self.of.get(top).filter(|holder| self.there.contains(*holder)) {
                Some(holder) => top = holder,
                None => return (top != id).then_some(top),
            }
        }
        None
    }
}

fn each(
    raw: &dyn RawReader,
    connection_id: &str,
    stream: &str,
    work: &mut dyn FnMut(StoredRaw) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut after: Option<String> = None;
    loop {
        let records = raw.scan(connection_id, stream, after.as_deref(), SCAN)?;
        let full = records.len() == SCAN as usize;
        after = records.last().map(|record| record.id.clone());
        for record in records {
            work(record)?;
        }
        if !full {
            return Ok(());
        }
    }
}

pub(super) fn use_of(column: &str, line: &str) -> Option<ColumnUse> {
    let (place, field) = place_and_field(line)?;
    Some(ColumnUse { column: column.to_owned(), place, field, who: None })
}

pub(super) fn uses(fields: &BTreeMap<String, String>, before: &str) -> Vec<ColumnUse> {
    let mut found = Vec::new();
    for (path, use_) in fields.iter().flat_map(|(path, uses)| uses.split(' ').map(move |use_| (path, use_))) {
        if INSTANTS.contains(&use_) {
            for (end, part) in [(DAY, "date"), (TIME, "time")] {
                found.extend(use_of(&format!("{before}{path}{end}"), &format!("{use_}_{part}")));
            }
        } else if use_ == PAID_AT {
            found.extend(use_of(&format!("{before}{path}{DAY}"), hanging::PAID_ON));
        } else {
            found.extend(use_of(&format!("{before}{path}"), use_));
        }
    }
    found
}

/// A record with its lists in the order that is said of them.
fn ordered(orders: &BTreeMap<String, Order>, mut record: Json) -> Json {
    for (path, order) in orders {
        let list = path.split('.').try_fold(&mut record, |json, step| json.get_mut(step));
        if let Some(entries) = list.and_then(Json::as_array_mut) {
            let first = |entry: &Json| {
                at(entry, &order.first.path).is_some_and(|value| text_of(value) == order.first.is)
            };
            entries.sort_by_cached_key(|entry| {
                (!first(entry), at(entry, &order.by).map(text_of).unwrap_or_default())
            });
        }
    }
    record
}

/// Whether a record is of a kind: a plain value at a path, as text.
pub(super) fn holds(only: &Only, record: &Json) -> bool {
    let Some(value) = at(record, &only.path) else { return false };
    !value.is_object() && !value.is_array() && text_of(value) == only.is
}

/// Cells with the words that mean something else put in their place.
pub(super) fn worded(cells: Vec<(String, String)>, words: &Words) -> Map<String, Json> {
    cells
        .into_iter()
        .map(|(path, text)| {
            let meant = words.get(&path).and_then(|words| words.get(&text)).cloned();
            (path, Json::from(meant.unwrap_or(text)))
        })
        .collect()
}

/// An amount with its currency, or as it is where none is named.
pub(super) fn amount(amount: &Json, currency: Option<&str>) -> Json {
    match currency.filter(|code| !code.is_empty()) {
        Some(code) => json!({"amount": amount, "currency": code}),
        None => amount.clone(),
    }
}

/// The amounts of a record by column. A number stays one: as text it would be read by the customs of a country.
pub(super) fn amounts(
    table: &TableReading,
    record: &Json,
    currency: Option<&str>,
    before: &str,
) -> BTreeMap<String, Json> {
    let money = table.columns.iter().filter(|use_| is_money(use_));
    money
        .filter_map(|use_| {
            let found = at(record, use_.column.strip_prefix(before)?)?;
            let exact = found.is_number() || currency.is_some() && found.is_string();
            exact.then(|| (use_.column.clone(), amount(found, currency)))
        })
        .collect()
}

/// What stands for somebody who is known by words, such as their address, in any spelling of it.
fn id_of_words(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(short_id(&text.to_lowercase()))
}

/// Ids and roles. Who has an id of their own in the CRM goes by it. Everybody else is a part of the record: the part they play
/// tells them from the others, so that no id changes when somebody is added.
fn people(id: &str, facts: &Facts, own: &dyn Fn(Role) -> Option<String>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (at, person) in facts.people.iter().enumerate() {
        let unmarked = match at {
            0 => Role::Primary,
            1 => Role::Partner,
            _ => Role::Other,
        };
        let role = person.role.as_deref().and_then(Role::parse).unwrap_or(unmarked);
        let same = found.iter().filter(|(_, held)| held == role.as_str()).count();
        let part = match (role, same) {
            (role, 0) if own(role).is_some() => own(role).unwrap_or_default(),
            (Role::Primary, 0) => id.to_owned(),
            (role, 0) => format!("{id}/{}", role.as_str()),
            (role, same) => format!("{id}/{}-{}", role.as_str(), same + 1),
        };
        found.push((part, role.as_str().to_owned()));
    }
    found
}

/// Marks everybody of a document as put away.
fn hide(document: &mut Json) {
    let people = document.get_mut("people").and_then(Json::as_array_mut);
    for person in people.into_iter().flatten().filter_map(Json::as_object_mut) {
        person.insert("hidden".to_owned(), Json::Bool(true));
    }
}

/// Without the places in a file: these records stand in none. A further address or number has the name of its column as its
/// label there; a path inside a record is no label, and another one when a list gets an entry more.
fn unplaced(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.remove("#");
            for list in ["other_emails", "other_phones"] {
                let entries = members.get_mut(list).and_then(Json::as_object_mut);
                for entry in entries.into_iter().flat_map(Map::values_mut).filter_map(Json::as_object_mut) {
                    entry.remove("label");
                }
            }
            members.values_mut().for_each(unplaced);
        }
        Json::Array(entries) => entries.iter_mut().for_each(unplaced),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f58_a_circle_and_a_missing_record_above_leave_everybody_standing_alone() {
        let pair = |(id, above): (&str, &str)| (id.to_owned(), above.to_owned());
        let of = [("2", "1"), ("3", "2"), ("4", "gone"), ("5", "6"), ("6", "5"), ("7", "7")];
        let there = ["1", "2", "3", "4", "5", "6", "7"];
        let holders = Holders {
            of: of.into_iter().map(pair).collect(),
            there: there.into_iter().map(str::to_owned).collect(),
        };
        assert_eq!(holders.root("1"), None, "at the top");
        assert_eq!((holders.root("2"), holders.root("3")), (Some("1"), Some("1")), "at any depth");
        assert_eq!(holders.root("4"), None, "under somebody who is not there");
        assert_eq!((holders.root("5"), holders.root("6"), holders.root("7")), (None, None, None), "a circle");
    }

    #[test]
    fn an_address_in_another_spelling_is_the_same_person_and_is_not_told() {
        let id = id_of_words("Ann@Example.com");
        assert_eq!(id, id_of_words("ann@example.com"));
        assert!(!id.contains("ann") && id.len() > 10, "{id}");
    }
}
