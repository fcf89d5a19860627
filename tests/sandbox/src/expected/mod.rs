//! What WedSync has to hold after the story: the generator's own list, record by record and field by field.
//!
//! Shared by the stories in Rust and, over the control port, by those in a browser and in the app. A difference ends
//! whoever asked with its description.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "an expectation that is not met ends its test"
)]

mod fields;
mod parties;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::World;
use crate::book::{Book, ExpectedParty, Ulid, hand_typed};
use crate::wedsync::AccountSeed;

pub use fields::{Decided, Wanted, wanted};
pub use parties::{only_the_expected_is_there, same_as, the_party_is_there, typed_by_hand};

/// Holds WedSync to the book and to what was typed by hand before; `decided` are the values chosen in review, everything
/// else that was a problem being brought in without its value.
pub fn assert_held(book: &Book, held: &Held, decided: &[Decided]) {
    let (expected, typed) = (book.expected(), hand_typed(book));
    only_the_expected_is_there(book, held, &expected, &typed);
    for party in &expected.parties {
        let own = typed.iter().find(|typed| same_as(typed) == Some(party.index));
        the_party_is_there(held, party, own, decided);
    }
    wanted(book, &expected, decided).assert_held(held, &typed_by_hand(&expected, &typed));
}

/// Everything WedSync holds, by its dump: names stand for ids.
pub struct Held {
    json: Json,
}

impl Held {
    /// What the demo account holds.
    pub fn of(world: &World) -> Held {
        Held::new(world.wedsync.dump(&AccountSeed::demo().login).expect("a dump").json)
    }

    /// A dump of [`WedSync`](crate::wedsync::WedSync).
    pub fn new(json: Json) -> Held {
        Held { json }
    }

    /// All live records of a type.
    pub fn all(&self, record_type: &str) -> &[Json] {
        self.json[record_type].as_array().map_or(&[], Vec::as_slice)
    }

    /// Records of a type by the id they have in the CRM; a record with two ids stands under both.
    pub fn by_source(&self, record_type: &str) -> BTreeMap<String, &Json> {
        let mut found = BTreeMap::new();
        for record in self.all(record_type) {
            for reference in record["external_refs"].as_array().into_iter().flatten() {
                let id = reference["id"].as_str().expect("an id").to_owned();
                assert!(found.insert(id, record).is_none(), "one CRM record is one {record_type}: {record}");
            }
        }
        found
    }

    /// Records of a type by their name, which is how others point at them.
    pub fn by_name(&self, record_type: &str) -> BTreeMap<&str, &Json> {
        self.all(record_type)
            .iter()
            .map(|record| (record["name"].as_str().expect("a name"), record))
            .collect()
    }
}

/// Everybody who stands on a job of a party, each once; a vendor's firm too, under its own name.
pub fn persons_on_jobs(book: &Book) -> BTreeSet<Ulid> {
    let expected = book.expected();
    let jobs = expected.parties.iter().flat_map(|party| &party.jobs);
    jobs.flat_map(|job| &job.people).map(|(id, ..)| *id).collect()
}

/// How many records of each type the generator's parties have, refunds as payments of their own.
pub fn per_type(book: &Book) -> BTreeMap<String, u64> {
    let expected = book.expected();
    let sum = |of: &dyn Fn(&ExpectedParty) -> usize| expected.parties.iter().map(of).sum::<usize>();
    [
        ("client", expected.parties.len()),
        ("person", persons_on_jobs(book).len()),
        ("project", sum(&|party| party.jobs.len())),
        ("event", sum(&|party| party.counts.events)),
        ("invoice", sum(&|party| party.counts.invoices)),
        ("payment", sum(&|party| party.counts.payments + party.counts.refunds)),
        ("communication", sum(&|party| party.counts.notes)),
        ("document", sum(&|party| party.counts.files)),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count as u64))
    .collect()
}
