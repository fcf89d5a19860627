//! Which records there are, in which order, without holding them.
//!
//! One small entry per record; a page is written by making the households it touches again. Records that were changed
//! through the API or by a test are kept whole beside the index and win over the generated ones.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::book::{Book, Household, Stream, Ulid};

/// A record of the studio's own lists.
const STUDIO: u32 = u32::MAX;
/// A record that was added later and exists only beside the index.
const ADDED: u32 = u32::MAX - 1;

#[derive(Debug, Clone, Copy)]
struct Entry {
    id: Ulid,
    modified: i64,
    home: u32,
    slot: u16,
    hidden: bool,
    closed: bool,
    gone: bool,
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sort {
    pub(super) field: String,
    pub(super) descending: bool,
}

/// What a list leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    pub(super) include_hidden: bool,
    pub(super) include_closed: bool,
    pub(super) job: Option<Ulid>,
    pub(super) contact: Option<Ulid>,
    pub(super) email: Option<String>,
    pub(super) mapping: Option<String>,
    /// A plain property and the values it may have, compared in lower case.
    pub(super) property: Vec<(String, Vec<String>)>,
}

impl Filter {
    fn narrow(&self) -> bool {
        self.job.is_some() || self.contact.is_some() || self.email.is_some() || self.mapping.is_some()
    }
}

type Orders = HashMap<(Sort, bool, bool), Arc<Vec<u32>>>;

#[derive(Debug, Default)]
struct Table {
    entries: Vec<Entry>,
    by_id: Vec<u32>,
    home_start: Vec<u32>,
    orders: Mutex<Orders>,
}

/// The index of a whole book with the changes made since.
#[derive(Debug)]
pub(super) struct Index {
    tables: HashMap<Stream, Table>,
    changed: HashMap<(Stream, Ulid), Value>,
    /// Lower-case e-mail hashes of generated contacts.
    emails: HashMap<u64, Vec<u32>>,
    /// Job-contacts of contacts that belong to another household or to the studio.
    visitors: HashMap<Ulid, Vec<u32>>,
}

impl Index {
    pub(super) fn build(book: &Book) -> Self {
        let mut tables: HashMap<Stream, Table> =
            Stream::ALL.into_iter().map(|stream| (stream, Table::default())).collect();
        let mut index = Self {
            tables: HashMap::new(),
            changed: HashMap::new(),
            emails: HashMap::new(),
            visitors: HashMap::new(),
        };
        for home in 0..book.homes() {
            let held = book.household(home);
            for stream in Stream::GROWING {
                let Some(table) = tables.get_mut(&stream) else { continue };
                table.home_start.push(table.entries.len() as u32);
                for (slot, card) in held.cards(stream).into_iter().enumerate() {
                    table.entries.push(Entry {
                        id: card.id,
                        modified: card.modified.as_second(),
                        home,
                        slot: slot as u16,
                        hidden: card.hidden,
                        closed: card.closed,
                        gone: false,
                    });
                }
            }
            index.note_people(&held, &tables);
        }
        for stream in Stream::ALL {
            let Some(table) = tables.get_mut(&stream) else { continue };
            table.home_start.push(table.entries.len() as u32);
            for (slot, record) in book.studio().list(stream).iter().enumerate() {
                let id = record["id"].as_str().and_then(Ulid::parse).unwrap_or(Ulid(0));
                let modified = second_of(&record["modified"]);
                let place = table.entries.len() as u32;
                for field in ["email", "secondaryEmail"] {
                    if let (Stream::AddressBook, Some(email)) = (stream, record[field].as_str()) {
                        index.emails.entry(email_key(email)).or_default().push(place);
                    }
                }
                let entry = Entry {
                    id,
                    modified,
                    home: STUDIO,
                    slot: slot as u16,
                    hidden: false,
                    closed: false,
                    gone: false,
                };
                table.entries.push(entry);
            }
            table.sort();
        }
        index.tables = tables;
        index
    }

    fn note_people(&mut self, held: &Household, tables: &HashMap<Stream, Table>) {
        let start =
            |stream| tables.get(&stream).and_then(|table| table.home_start.last().copied()).unwrap_or(0);
        for (slot, person) in held.persons.iter().enumerate() {
            for email in [&person.email, &person.secondary_email].into_iter().flatten() {
                let place = start(Stream::AddressBook) + slot as u32;
                self.emails.entry(email_key(email)).or_default().push(place);
            }
        }
        for (slot, contact) in held.job_contacts.iter().enumerate() {
            if !held.persons.iter().any(|person| person.id == contact.contact_id) {
                let place = start(Stream::JobContact) + slot as u32;
                self.visitors.entry(contact.contact_id).or_default().push(place);
            }
        }
    }

    /// One record as JSON text, without `links`.
    pub(super) fn text(&self, book: &Book, stream: Stream, id: Ulid) -> Option<Vec<u8>> {
        let table = self.tables.get(&stream)?;
        let place = table.find(id)?;
        let mut out = Vec::new();
        self.write(book, stream, place, &mut HashMap::new(), &mut out).then_some(out)
    }

    /// One record as a value.
    pub(super) fn value(&self, book: &Book, stream: Stream, id: Ulid) -> Option<Value> {
        serde_json::from_slice(&self.text(book, stream, id)?).ok()
    }

    /// The records of a list in order, as places.
    pub(super) fn list(&self, book: &Book, stream: Stream, filter: &Filter, sort: &Sort) -> Arc<Vec<u32>> {
        let Some(table) = self.tables.get(&stream) else { return Arc::default() };
        if filter.narrow() || !filter.property.is_empty() {
            let mut places = self.candidates(book, table, stream, filter);
            places.retain(|place| table.shows(*place, filter) && self.fits(book, stream, *place, filter));
            self.order(book, stream, table, &mut places, sort);
            return Arc::new(places);
        }
        let key = (sort.clone(), filter.include_hidden, filter.include_closed);
        let mut orders = table.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = orders.get(&key) {
            return Arc::clone(places);
        }
        let mut places: Vec<u32> =
            table.by_id.iter().copied().filter(|place| table.shows(*place, filter)).collect();
        self.order(book, stream, table, &mut places, sort);
        let places = Arc::new(places);
        orders.insert(key, Arc::clone(&places));
        places
    }

    /// Appends the JSON of the record at a place; households made on the way are kept in `made`.
    pub(super) fn write(
        &self,
        book: &Book,
        stream: Stream,
        place: u32,
        made: &mut HashMap<u32, Household>,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(entry) = self.tables.get(&stream).and_then(|table| table.entries.get(place as usize)) else {
            return false;
        };
        if let Some(value) = self.changed.get(&(stream, entry.id)) {
            return serde_json::to_writer(out, value).is_ok();
        }
        match entry.home {
            ADDED => false,
            STUDIO => book
                .studio()
                .list(stream)
                .get(usize::from(entry.slot))
                .is_some_and(|record| serde_json::to_writer(out, record).is_ok()),
            home => {
                let held = made.entry(home).or_insert_with(|| book.household(home));
                held.write(stream, usize::from(entry.slot), out)
            }
        }
    }

    /// The id at a place.
    pub(super) fn id_at(&self, stream: Stream, place: u32) -> Option<Ulid> {
        self.tables.get(&stream)?.entries.get(place as usize).map(|entry| entry.id)
    }

    /// Puts a changed or new record beside the index.
    pub(super) fn put(&mut self, stream: Stream, id: Ulid, value: Value) {
        let Some(table) = self.tables.get_mut(&stream) else { return };
        let modified = second_of(&value["modified"]);
        let hidden = value["hidden"].as_bool().unwrap_or(false);
        let closed = stream == Stream::Job && value["closed"].as_bool().unwrap_or(false);
        match table.find(id) {
            Some(place) => {
                let entry = &mut table.entries[place as usize];
                (entry.modified, entry.hidden, entry.closed) = (modified, hidden, closed);
            }
            None => {
                table.entries.push(Entry { id, modified, home: ADDED, slot: 0, hidden, closed, gone: false });
            }
        }
        table.sort();
        self.changed.insert((stream, id), value);
    }

    /// Takes a record away; false where there is none.
    pub(super) fn remove(&mut self, stream: Stream, id: Ulid) -> bool {
        let Some(table) = self.tables.get_mut(&stream) else { return false };
        let Some(place) = table.find(id) else { return false };
        table.entries[place as usize].gone = true;
        table.sort();
        self.changed.remove(&(stream, id));
        true
    }

    fn candidates(&self, book: &Book, table: &Table, stream: Stream, filter: &Filter) -> Vec<u32> {
        // Changed records are few and may have come to match, so they are always looked at.
        let mut places: BTreeSet<u32> =
            self.changed.keys().filter(|key| key.0 == stream).filter_map(|key| table.find(key.1)).collect();
        if filter.mapping.is_some() {
            return places.into_iter().collect();
        }
        if let Some(email) = &filter.email {
            places.extend(self.emails.get(&email_key(email)).into_iter().flatten());
        } else if filter.job.is_some() || filter.contact.is_some() {
            let home_of = |stream, id: Option<Ulid>| {
                let table = self.tables.get(&stream)?;
                Some(table.entries.get(table.find(id?)? as usize)?.home)
            };
            let homes = [home_of(Stream::Job, filter.job), home_of(Stream::AddressBook, filter.contact)];
            for home in homes.into_iter().flatten().filter(|home| *home < book.homes()) {
                let range = table.home_start.get(home as usize).zip(table.home_start.get(home as usize + 1));
                places.extend(range.into_iter().flat_map(|(start, end)| *start..*end));
            }
            if stream == Stream::JobContact {
                let visits = filter.contact.and_then(|contact| self.visitors.get(&contact));
                places.extend(visits.into_iter().flatten());
            }
        } else {
            places.extend(table.by_id.iter());
        }
        places.into_iter().filter(|place| !table.entries[*place as usize].gone).collect()
    }

    fn fits(&self, book: &Book, stream: Stream, place: u32, filter: &Filter) -> bool {
        let mut text = Vec::new();
        self.write(book, stream, place, &mut HashMap::new(), &mut text);
        let Ok(record) = serde_json::from_slice::<Value>(&text) else { return false };
        let refers = |wanted: &Option<Ulid>, field: &str| {
            wanted.is_none_or(|id| {
                let id = id.to_string();
                let attached =
                    record["attachedTo"].as_array().is_some_and(|list| list.iter().any(|at| at["id"] == id));
                record[field] == id || attached
            })
        };
        let mail = filter.email.as_ref().is_none_or(|wanted| {
            ["email", "secondaryEmail"]
                .iter()
                .any(|field| record[*field].as_str().is_some_and(|held| held.eq_ignore_ascii_case(wanted)))
        });
        let mapped = filter.mapping.as_ref().is_none_or(|wanted| {
            record["externalMappings"]
                .as_array()
                .is_some_and(|list| list.iter().any(|held| held["id"] == **wanted))
        });
        let properties = filter.property.iter().all(|(field, wanted)| {
            record[field.as_str()].as_str().is_some_and(|held| wanted.contains(&held.to_ascii_lowercase()))
        });
        refers(&filter.job, "jobId") && refers(&filter.contact, "contactId") && mail && mapped && properties
    }

    fn order(&self, book: &Book, stream: Stream, table: &Table, places: &mut [u32], sort: &Sort) {
        let entry = |place: &u32| table.entries[*place as usize];
        match sort.field.as_str() {
            // An id begins with the time of making, and every position is the same here: three names of one order.
            "id" | "created" | "sortPosition" => places.sort_by_key(|place| entry(place).id),
            "modified" => places.sort_by_key(|place| (entry(place).modified, entry(place).id)),
            field => {
                let mut made = HashMap::new();
                places.sort_by_cached_key(|place| {
                    let mut text = Vec::new();
                    self.write(book, stream, *place, &mut made, &mut text);
                    let record: Value = serde_json::from_slice(&text).unwrap_or_default();
                    (rank(&record[field]), entry(place).id)
                });
            }
        }
        if sort.descending {
            places.reverse();
        }
    }
}

impl Table {
    fn sort(&mut self) {
        let mut by_id: Vec<u32> =
            (0..self.entries.len() as u32).filter(|place| !self.entries[*place as usize].gone).collect();
        by_id.sort_by_key(|place| self.entries[*place as usize].id);
        self.by_id = by_id;
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn find(&self, id: Ulid) -> Option<u32> {
        let found = self.by_id.binary_search_by_key(&id, |place| self.entries[*place as usize].id);
        found.ok().map(|rank| self.by_id[rank])
    }

    fn shows(&self, place: u32, filter: &Filter) -> bool {
        let entry = self.entries[place as usize];
        (filter.include_hidden || !entry.hidden) && (filter.include_closed || !entry.closed)
    }
}

/// Null before numbers before text, numbers by size.
fn rank(value: &Value) -> (u8, i64, String) {
    match value {
        Value::Number(number) => (1, number.as_i64().unwrap_or_default(), String::new()),
        Value::Bool(flag) => (1, i64::from(*flag), String::new()),
        Value::String(text) => (2, 0, text.to_lowercase()),
        Value::Object(map) => {
            (2, 0, map.get("formatted").and_then(Value::as_str).unwrap_or_default().to_owned())
        }
        Value::Null | Value::Array(_) => (0, 0, String::new()),
    }
}

fn email_key(email: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    email.to_ascii_lowercase().hash(&mut hasher);
    hasher.finish()
}

fn second_of(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()).map_or(0, |stamp| stamp.as_second())
}
