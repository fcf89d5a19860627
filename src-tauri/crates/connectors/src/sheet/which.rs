//! Names that several people of a client list share. A job may name somebody without an address; where the list beside it
//! has that name more than once, who is meant is asked and never guessed (SYNC-LAW 23). The answer is kept with the
//! reading, so that the next file is read by it.

use std::collections::{BTreeSet, HashMap};

use hub_core::ports::{RawReader, StoreResult, StoredRaw};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::facts::{Facts, PersonFacts, facts};
use super::keys::id_of;
use super::reading::Reading;
use super::stored::StoredRow;

/// A row of a list of clients, and the person of it whose name is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The person.
    pub(super) person: String,
    /// Stream of the row.
    pub(super) stream: String,
    /// Id of the row.
    pub(super) row: String,
}

/// A person of a row, known by a name alone that several entries of the list have. Stored with the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Which {
    /// The id the person has as long as nobody said who it is.
    pub(super) person: String,
    /// Who it may be.
    pub(super) among: Vec<Entry>,
}

/// A row that names somebody who may be a person of this one. Stored with the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedBy {
    /// Its stream.
    pub(super) stream: String,
    /// Its id.
    pub(super) row: String,
}

/// Who somebody without an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not said yet.
    Open,
    /// None of those whose name it is.
    Nobody,
    /// This person of the list.
    Entry(String),
}

impl Reading {
    /// What was answered about a person.
    pub(super) fn answer(&self, which: &Which) -> Answer {
        match self.same.get(&which.person) {
            None => Answer::Open,
            Some(None) => Answer::Nobody,
            // An answer from when the list had other entries is none any more.
            Some(Some(id)) if which.among.iter().any(|entry| &entry.person == id) => {
                Answer::Entry(id.clone())
            }
            Some(Some(_)) => Answer::Open,
        }
    }

    /// Keeps an answer; returns the one before. Nothing is kept where an id is none.
    pub fn keep_answer(&mut self, person: &str, answer: Answer) -> Option<Answer> {
        let is_id = |text: &str| id_of(text).is_some();
        let fits = is_id(person)
            && match &answer {
                Answer::Entry(id) => is_id(id),
                Answer::Open | Answer::Nobody => true,
            };
        if !fits {
            return None;
        }
        let before = match answer {
            Answer::Open => self.same.remove(person),
            Answer::Nobody => self.same.insert(person.to_owned(), None),
            Answer::Entry(id) => self.same.insert(person.to_owned(), Some(id)),
        };
        Some(match before {
            None => Answer::Open,
            Some(None) => Answer::Nobody,
            Some(Some(id)) => Answer::Entry(id),
        })
    }
}

/// The rows that questions and answers of some parties need, beside their own.
#[derive(Default)]
pub(super) struct Beside(HashMap<(String, String), StoredRow>);

impl Beside {
    /// Reads them: the entries that a row's people may be, and for an entry the rows that name it.
    pub(super) fn read<'a>(
        raw: &dyn RawReader,
        connection_id: &str,
        rows: impl Iterator<Item = &'a StoredRaw>,
    ) -> StoreResult<Beside> {
        let mut beside = Beside::default();
        let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
        // Most rows have no such question; looking for the word is cheaper than reading each of them twice.
        for row in rows.filter(|row| row.raw.contains("\"which\"") || row.raw.contains("\"named_by\"")) {
            let at = StoredRow::parse(&row.raw)?.at;
            wanted.extend(at.which.iter().flat_map(|which| &which.among).map(entry_key));
            wanted.extend(at.named_by.iter().map(|one| (one.stream.clone(), one.row.clone())));
        }
        beside.take(raw, connection_id, &wanted)?;
        let further: BTreeSet<(String, String)> = beside
            .0
            .values()
            .flat_map(|row| row.at.which.iter().flat_map(|which| &which.among))
            .map(entry_key)
            .filter(|key| !beside.0.contains_key(key))
            .collect();
        beside.take(raw, connection_id, &further)?;
        Ok(beside)
    }

    fn take(
        &mut self,
        raw: &dyn RawReader,
        connection_id: &str,
        wanted: &BTreeSet<(String, String)>,
    ) -> StoreResult<()> {
        let mut by_stream: HashMap<&str, Vec<String>> = HashMap::new();
        for (stream, id) in wanted {
            by_stream.entry(stream).or_default().push(id.clone());
        }
        for (stream, ids) in by_stream {
            for row in raw.by_ids(connection_id, stream, &ids)? {
                self.0.insert((stream.to_owned(), row.id.clone()), StoredRow::parse(&row.raw)?);
            }
        }
        Ok(())
    }

    /// A row of them.
    pub(super) fn row(&self, stream: &str, id: &str) -> Option<&StoredRow> {
        self.0.get(&(stream.to_owned(), id.to_owned()))
    }

    /// The question about a person whom a row names: whose job it is, and who it may be.
    pub(super) fn question(&self, reading: &Reading, which: &Which, asks: &Facts, at: &str) -> Json {
        let choices: Vec<Json> = which
            .among
            .iter()
            .filter_map(|entry| {
                let row = self.row(&entry.stream, &entry.row)?;
                let table = reading.table(&entry.stream)?;
                let found = facts(table, &row.at.table, &|name| row.cell(name));
                let position = row.at.people.iter().position(|(id, _)| *id == entry.person)?;
                let person = found.people.get(position)?;
                Some(json!({"person": entry.person, "text": described(person, &row.at.table, row.at.row)}))
            })
            .collect();
        json!({"person": which.person, "on": job_of(asks, at), "choices": choices})
    }

    /// The questions of other rows that a person of this one stands in.
    pub(super) fn asked_about<'a>(
        &'a self,
        reading: &'a Reading,
        named_by: &'a [NamedBy],
    ) -> impl Iterator<Item = (&'a str, Json)> + 'a {
        named_by.iter().filter_map(|one| Some((self.row(&one.stream, &one.row)?, one))).flat_map(
            move |(row, one)| {
                let found = reading
                    .table(&one.stream)
                    .map(|table| facts(table, &row.at.table, &|name| row.cell(name)))
                    .unwrap_or_default();
                let open: Vec<(&str, Json)> = row
                    .at
                    .which
                    .iter()
                    .filter(|which| reading.answer(which) == Answer::Open)
                    .flat_map(|which| {
                        let question = self.question(reading, which, &found, &row.at.table);
                        which.among.iter().map(move |entry| (entry.person.as_str(), question.clone()))
                    })
                    .collect();
                open
            },
        )
    }
}

fn entry_key(entry: &Entry) -> (String, String) {
    (entry.stream.clone(), entry.row.clone())
}

/// "Bo Hay, bo@example.org, 07700 900318"; by its row where there is nothing else to tell it by.
fn described(person: &PersonFacts, table: &str, row: u64) -> String {
    let text = |field: &str| person.leaves.text(field).trim().to_owned();
    let name = format!("{} {}", text("first_name"), text("last_name")).trim().to_owned();
    let town = person.leaves.values.get("address").and_then(|address| address.get("city"));
    let town = town.and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut parts = vec![name, text("email"), text("phone"), town];
    parts.retain(|part| !part.is_empty());
    if parts.len() < 2 {
        parts.push(format!("{table} {row}"));
    }
    parts.join(", ")
}

/// What a row's job is called: its name, else its day, else its people.
fn job_of(found: &Facts, table: &str) -> String {
    let name = found.project.text("name").trim();
    let day = found.project.text("wedding_date").trim();
    if !name.is_empty() {
        return name.to_owned();
    }
    if !day.is_empty() {
        return day.to_owned();
    }
    let people: Vec<String> = found
        .people
        .iter()
        .map(|one| format!("{} {}", one.leaves.text("first_name"), one.leaves.text("last_name")))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if people.is_empty() { table.to_owned() } else { people.join(" & ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn an_answer_is_kept_until_it_is_taken_back() {
        let id = &ONE[..hub_core::canonical::ShortId::default().len() * 2];
        let other = id.replace('0', "1");
        let mut reading = Reading::of("studio_ninja");
        let entry = Entry { person: other.clone(), stream: "list".into(), row: "r".into() };
        let which = Which { person: id.to_owned(), among: vec![entry] };
        assert_eq!(reading.answer(&which), Answer::Open);
        assert_eq!(reading.keep_answer(id, Answer::Nobody), Some(Answer::Open));
        assert_eq!(reading.answer(&which), Answer::Nobody);
        assert_eq!(reading.keep_answer(id, Answer::Entry(other.clone())), Some(Answer::Nobody));
        assert_eq!(reading.answer(&which), Answer::Entry(other.clone()));
        let none = Which { among: Vec::new(), ..which.clone() };
        assert_eq!(reading.answer(&none), Answer::Open, "whoever is no longer in the list is asked again");
        let kept = serde_json::to_string(&reading).expect("plain data");
        let mut reading: Reading = serde_json::from_str(&kept).expect("as written");
        assert_eq!(reading.keep_answer(id, Answer::Open), Some(Answer::Entry(other)));
        assert_eq!(reading.answer(&which), Answer::Open);
        assert_eq!(reading.keep_answer("not an id", Answer::Nobody), None);
        assert_eq!(reading.keep_answer(id, Answer::Entry("x".into())), None);
    }
}
