//! Looking into a profile of `hub` after its process has ended, with the passphrase that profiles of invented data have.

use std::path::Path;
use std::sync::Arc;

use hub_core::ports::{NoFailPoints, Secret};
use hub_store::keys::{self, Unlock};
use hub_store::{OpenOptions, Store};
use serde_json::Value as Json;

use crate::{SystemClock, UuidIds};

/// Opens test and demo profiles; it stands in `hub`'s source, because it protects nothing.
pub const PUBLISHED: &str = "invented data, published passphrase";

/// The version whose book lies in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// This one.
    This,
    /// The one after it.
    Next,
}

/// The store of a profile that nobody owns.
pub fn open(profile: &Path, passphrase: &str, version: Version) -> Store {
    let keys = keys::unlock(profile, &Unlock::Passphrase(&Secret::new(passphrase))).expect("it opens");
    let options = OpenOptions {
        dir: profile.to_owned(),
        keys,
        clock: Arc::new(SystemClock::default()),
        ids: Arc::new(UuidIds),
        fail_points: Arc::new(NoFailPoints),
    };
    let opened = match version {
        Version::This => Store::open(options),
        Version::Next => Store::open_with(options, &hub_cli::migrations_of_the_next_version()),
    };
    opened.expect("the book opens")
}

/// Everything the book holds, in a form that two worlds can be compared by: table name to sorted rows.
pub fn book(profile: &Path, version: Version) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut tables = open(profile, PUBLISHED, version).dump_normalised().expect("a dump").tables;
    // Raw records hold links with the sandbox's port, so their hashes differ from world to world.
    for row in tables.get_mut("crm_records").into_iter().flatten() {
        let mut record: Json = serde_json::from_str(row).expect("a row");
        record["content_hash"] = Json::Null;
        *row = record.to_string();
    }
    for rows in tables.values_mut() {
        rows.iter_mut().for_each(|row| *row = without_ids(row));
        rows.sort();
    }
    tables
}

/// Ids that name no record have no label in the dump: those that a party had been given before it was linked to a
/// client that was there already. They are others in each run.
fn without_ids(row: &str) -> String {
    const LENGTH: usize = 36;
    let is_id = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let (mut out, mut rest) = (String::with_capacity(row.len()), row);
    while let Some(letter) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|text| is_id(text)) {
            Some(_) => {
                out.push_str("#none");
                rest = &rest[LENGTH..];
            }
            None => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}
