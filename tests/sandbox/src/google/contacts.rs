//! The address book: who is in it, what was changed when, and the tokens that were given for it.

use std::collections::HashMap;

use serde::Serialize;

use crate::book::{Book, ExpectedPerson};
use crate::exports::booking;

/// Days after the full read for which a token by which changes are read is good.
const TOKEN_DAYS: u32 = 7;

/// Somebody in the address book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Name of the resource; given by Google.
    pub resource: String,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Addresses, the first one is the main one.
    pub emails: Vec<String>,
    /// Numbers as typed, the first one is the main one.
    pub phones: Vec<String>,
    /// Where they work.
    pub company: String,
    /// What they are there.
    pub title: String,
    /// What is noted about them.
    pub notes: String,
    /// What programs keep with them: key and value.
    pub client_data: Vec<(String, String)>,
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) person: Person,
    /// Goes up with every change of the book; later ones are larger.
    pub(super) changed: u64,
    made: u64,
    pub(super) deleted: bool,
}

/// What a token by which changes are read stands for.
#[derive(Debug, Clone)]
pub(super) struct SyncToken {
    /// The parameters it was asked for with.
    pub(super) asked: String,
    /// Everything up to here is known.
    pub(super) known: u64,
    /// Day of the full read.
    day: u32,
}

/// What a page token stands for.
#[derive(Debug, Clone)]
pub(super) struct PageToken {
    /// The parameters it was asked for with, that of the sync token too.
    pub(super) asked: String,
    /// The entry that was the last one.
    pub(super) after: u64,
    /// Where the book stood when the reading began.
    pub(super) began: u64,
}

/// The book.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    entries: Vec<Entry>,
    changes: u64,
    day: u32,
    syncs: HashMap<String, SyncToken>,
    pages: HashMap<String, PageToken>,
    refused: u32,
    /// By how much lists inside a person are turned: no order is promised.
    pub(super) turn: usize,
    /// Where the book stood when a search was prepared last.
    searched: u64,
    /// Searches do not show what is new, whatever is asked before.
    pub(super) search_lags: bool,
    /// The answer to a change has no etag.
    pub(super) etag_withheld: bool,
}

/// Why a token is not taken.
pub(super) enum Stale {
    /// It ran out.
    Expired,
    /// It never was one.
    Unknown,
}

impl Contacts {
    /// The people of every household who book, and a few who are no clients.
    pub(super) fn of(book: &Book) -> Contacts {
        let mut contacts = Contacts::default();
        for home in 0..book.spec().clients {
            let (_, party) = book.party(home);
            for (at, person) in booking(&party).enumerate() {
                contacts.add(of_book(person, home as usize + at));
            }
        }
        contacts.add(Person {
            company: "Little Lamb Catering".to_owned(),
            phones: vec!["01632 960123".to_owned()],
            ..Person::default()
        });
        contacts.add(Person {
            given: "Priya".to_owned(),
            emails: vec!["priya@papers.example".to_owned(), "Priya@Studio.example".to_owned()],
            company: "Papers & Co".to_owned(),
            ..Person::default()
        });
        contacts
    }

    pub(super) fn add(&mut self, mut person: Person) -> String {
        self.changes += 1;
        person.resource = format!("people/c{}", 1_000_000_000_000_000_000 + self.changes * 7_919);
        let resource = person.resource.clone();
        self.entries.push(Entry { person, changed: self.changes, made: self.changes, deleted: false });
        resource
    }

    /// Somebody who is there.
    pub(super) fn entry_of(&self, resource: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.person.resource == resource && !entry.deleted)
    }

    /// Searches find from now on what is there now.
    pub(super) fn refresh_search(&mut self) {
        if !self.search_lags {
            self.searched = self.changes;
        }
    }

    /// Whom a search can find.
    pub(super) fn searchable(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.deleted && entry.made <= self.searched)
    }

    /// Somebody's entry is another version, though nothing in it changed.
    pub(super) fn touch(&mut self, resource: &str) -> bool {
        self.entry(resource).is_some()
    }

    fn entry(&mut self, resource: &str) -> Option<&mut Entry> {
        self.changes += 1;
        let changed = self.changes;
        let found =
            self.entries.iter_mut().find(|entry| entry.person.resource == resource && !entry.deleted)?;
        found.changed = changed;
        Some(found)
    }

    pub(super) fn change(&mut self, resource: &str, change: impl FnOnce(&mut Person)) -> bool {
        self.entry(resource).map(|entry| change(&mut entry.person)).is_some()
    }

    pub(super) fn delete(&mut self, resource: &str) -> bool {
        self.entry(resource).map(|entry| entry.deleted = true).is_some()
    }

    pub(super) fn pass_days(&mut self, days: u32) {
        self.day += days;
    }

    pub(super) fn refuse_first_pages(&mut self, count: u32) {
        self.refused = count;
    }

    /// Whether the quota of first pages refuses one more.
    pub(super) fn refuses_first_page(&mut self) -> bool {
        let refuses = self.refused > 0;
        self.refused = self.refused.saturating_sub(1);
        refuses
    }

    pub(super) fn living(&self) -> Vec<Person> {
        self.entries.iter().filter(|entry| !entry.deleted).map(|entry| entry.person.clone()).collect()
    }

    /// Where the book stands.
    pub(super) fn now(&self) -> u64 {
        self.changes
    }

    /// Entries in the order of their last change: all that live, or everything after a point.
    pub(super) fn since(&self, known: Option<u64>) -> Vec<Entry> {
        let wanted = |entry: &&Entry| match known {
            None => !entry.deleted,
            Some(known) => entry.changed > known,
        };
        let mut found: Vec<Entry> = self.entries.iter().filter(wanted).cloned().collect();
        found.sort_by_key(|entry| entry.changed);
        found
    }

    /// A token for what changes after a point; `from` is the token that this reading began with.
    pub(super) fn give_sync(&mut self, asked: &str, known: u64, from: Option<&SyncToken>) -> String {
        let token = format!("sync-{}-{}", self.syncs.len() + 1, known);
        let day = from.map_or(self.day, |from| from.day);
        self.syncs.insert(token.clone(), SyncToken { asked: asked.to_owned(), known, day });
        token
    }

    pub(super) fn sync(&self, token: &str) -> Result<SyncToken, Stale> {
        let held = self.syncs.get(token).ok_or(Stale::Unknown)?;
        if self.day - held.day >= TOKEN_DAYS { Err(Stale::Expired) } else { Ok(held.clone()) }
    }

    pub(super) fn give_page(&mut self, page: PageToken) -> String {
        let token = format!("page-{}", self.pages.len() + 1);
        self.pages.insert(token.clone(), page);
        token
    }

    pub(super) fn page(&self, token: &str) -> Option<PageToken> {
        self.pages.get(token).cloned()
    }
}

/// People have a second address or number now and then.
fn of_book(person: &ExpectedPerson, number: usize) -> Person {
    let mut emails: Vec<String> = person.email.iter().cloned().collect();
    if number % 4 == 1 && !emails.is_empty() {
        emails.push(format!("{}.{number}@work.example", person.first_name.to_lowercase().replace(' ', "-")));
    }
    let mut phones: Vec<String> = person.phone_text.iter().cloned().collect();
    if number % 5 == 2 && !phones.is_empty() {
        phones.push(format!("01632 960{:03}", number % 1_000));
    }
    Person {
        resource: String::new(),
        given: person.first_name.clone(),
        family: person.last_name.clone().unwrap_or_default(),
        emails,
        phones,
        ..Person::default()
    }
}
