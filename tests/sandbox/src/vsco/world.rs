//! The book as it is now: what was generated, and what was changed since.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::index::{Filter, Index, Sort};
use crate::book::{Book, Dice, Stream, TODAY, Ulid};
use crate::mutate::{Mutation, MutationError};

/// A book with its index and its changes.
#[derive(Debug)]
pub(super) struct World {
    pub(super) book: Arc<Book>,
    pub(super) index: Index,
    clock: i64,
    dice: Dice,
}

impl World {
    pub(super) fn new(book: Arc<Book>) -> Self {
        let morning = TODAY.at(9, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
        let clock = morning.map_or(0, |moment| moment.timestamp().as_second());
        let dice = Dice::new(book.spec().seed, u64::MAX - 1);
        Self { index: Index::build(&book), book, clock, dice }
    }

    fn tick(&mut self) -> Timestamp {
        self.clock += 1;
        Timestamp::from_second(self.clock).unwrap_or_default()
    }

    pub(super) fn value(&self, stream: Stream, id: Ulid) -> Option<Value> {
        self.index.value(&self.book, stream, id)
    }

    /// Makes a change; the id of the record it made, if it made one.
    pub(super) fn mutate(&mut self, mutation: &Mutation) -> Result<Option<Ulid>, MutationError> {
        match mutation {
            Mutation::Add { stream, record } => self.add(*stream, record.clone()).map(Some),
            Mutation::AddJob { clients, date, title } => self.add_job(clients, date, title).map(Some),
            Mutation::Set { stream, id, fields } => self.set(*stream, id, fields.clone()).map(|()| None),
            Mutation::SetClientFlag { id, client } => {
                let mut fields = Map::new();
                fields.insert("client".to_owned(), json!(client));
                self.set(Stream::JobContact, id, fields).map(|()| None)
            }
            Mutation::SwapPartners { first, second } => {
                let contact_of =
                    |id: &str| self.existing(Stream::JobContact, id).map(|held| held.1["contactId"].clone());
                let (one, two) = (contact_of(first)?, contact_of(second)?);
                for (id, contact) in [(first, two), (second, one)] {
                    let mut fields = Map::new();
                    fields.insert("contactId".to_owned(), contact);
                    self.set(Stream::JobContact, id, fields)?;
                }
                Ok(None)
            }
            Mutation::Delete { stream, id } => self.delete(*stream, id).map(|()| None),
            Mutation::Hide { stream, id, hidden } => {
                let mut fields = Map::new();
                fields.insert("hidden".to_owned(), json!(hidden));
                self.set(*stream, id, fields).map(|()| None)
            }
            Mutation::SameModified { stream, count } => {
                self.same_modified(*stream, *count);
                Ok(None)
            }
        }
    }

    fn existing(&self, stream: Stream, id: &str) -> Result<(Ulid, Value), MutationError> {
        Ulid::parse(id)
            .and_then(|key| Some((key, self.value(stream, key)?)))
            .ok_or_else(|| MutationError::NotFound { stream: stream.path(), id: id.to_owned() })
    }

    /// Adds a record and returns its id.
    pub(super) fn add(&mut self, stream: Stream, given: Map<String, Value>) -> Result<Ulid, MutationError> {
        let stamp = self.tick();
        let id = Ulid::at(self.clock * 1000, &mut self.dice);
        let mut record = blank(stream);
        record.insert("id".to_owned(), json!(id));
        record.insert("created".to_owned(), json!(stamp));
        merge(stream, &mut record, given);
        record.insert("modified".to_owned(), json!(stamp));
        self.check(stream, &record)?;
        self.index.put(stream, id, derive(stream, record, &self.roles()));
        Ok(id)
    }

    /// Sets properties; what only the server may set is ignored, as the vendor does.
    pub(super) fn set(
        &mut self,
        stream: Stream,
        id: &str,
        fields: Map<String, Value>,
    ) -> Result<(), MutationError> {
        let (key, value) = self.existing(stream, id)?;
        let Value::Object(mut record) = value else {
            return Err(MutationError::NotFound { stream: stream.path(), id: id.to_owned() });
        };
        merge(stream, &mut record, fields);
        self.check(stream, &record)?;
        record.insert("modified".to_owned(), json!(self.tick()));
        self.index.put(stream, key, derive(stream, record, &self.roles()));
        Ok(())
    }

    /// Takes a record away.
    pub(super) fn delete(&mut self, stream: Stream, id: &str) -> Result<(), MutationError> {
        let missing = || MutationError::NotFound { stream: stream.path(), id: id.to_owned() };
        let key = Ulid::parse(id).ok_or_else(missing)?;
        if self.index.remove(stream, key) { Ok(()) } else { Err(missing()) }
    }

    fn add_job(&mut self, clients: &[String], date: &str, title: &str) -> Result<Ulid, MutationError> {
        let mut job = Map::new();
        let wedding = self.book.studio().id_of(Stream::JobType, "Wedding");
        for (field, value) in [
            ("eventDate", json!(date)),
            ("jobTypeId", json!(wedding)),
            ("jobTypeName", json!("Wedding")),
            ("title", json!(title)),
            ("stage", json!("booked")),
        ] {
            job.insert(field.to_owned(), value);
        }
        let id = self.add(Stream::Job, job)?;
        let role = self.book.studio().id_of(Stream::JobRole, "Partner");
        for contact in clients {
            self.existing(Stream::AddressBook, contact)?;
            let mut row = Map::new();
            row.insert("jobId".to_owned(), json!(id));
            row.insert("contactId".to_owned(), json!(contact));
            row.insert("client".to_owned(), json!(true));
            row.insert("jobRoles".to_owned(), json!([role]));
            self.add(Stream::JobContact, row)?;
        }
        Ok(id)
    }

    pub(super) fn with_email(&self, email: &str) -> usize {
        let filter = Filter { email: Some(email.to_owned()), include_hidden: true, ..Filter::default() };
        let sort = Sort { field: "id".to_owned(), descending: false };
        self.index.list(&self.book, Stream::AddressBook, &filter, &sort).len()
    }

    fn same_modified(&mut self, stream: Stream, count: usize) {
        let stamp = self.tick();
        let all = Filter { include_hidden: true, include_closed: true, ..Filter::default() };
        let sort = Sort { field: "id".to_owned(), descending: false };
        let places = self.index.list(&self.book, stream, &all, &sort);
        let ids: Vec<_> =
            places.iter().take(count).filter_map(|place| self.index.id_at(stream, *place)).collect();
        for id in ids {
            if let Some(mut value) = self.value(stream, id) {
                value["modified"] = json!(stamp);
                self.index.put(stream, id, value);
            }
        }
    }

    fn check(&self, stream: Stream, record: &Map<String, Value>) -> Result<(), MutationError> {
        let text =
            |field: &str| record.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let refers = |field: &str, to: Stream| {
            let id = record.get(field).and_then(Value::as_str).and_then(Ulid::parse);
            id.is_some_and(|id| self.value(to, id).is_some())
        };
        let field = match stream {
            Stream::AddressBook if !text("kind") => "kind",
            Stream::JobContact if !refers("jobId", Stream::Job) => "jobId",
            Stream::JobContact if !refers("contactId", Stream::AddressBook) => "contactId",
            Stream::Note if !text("contentHtml") => "contentHtml",
            _ if record
                .get("email")
                .is_some_and(|mail| mail.as_str().is_some_and(|text| !text.contains('@'))) =>
            {
                "email"
            }
            _ => return Ok(()),
        };
        Err(MutationError::Invalid { stream: stream.path(), field })
    }

    fn roles(&self) -> HashMap<String, String> {
        let list = self.book.studio().list(Stream::JobRole).iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        list.map(|role| (text(&role["id"]), text(&role["kind"]))).collect()
    }
}

/// The properties of a fresh record that the vendor never leaves out.
fn blank(stream: Stream) -> Map<String, Value> {
    let value = match stream {
        Stream::Job => json!({
            "closed": false, "sample": false, "stage": "lead", "webLead": false, "pinned": false, "eventDate": null,
            "name": null, "title": null, "customFields": [], "externalMappings": [], "accountBalance": 0,
        }),
        Stream::JobContact => json!({
            "hidden": false, "client": false, "jobRoles": [], "roleKinds": [], "externalMappings": [],
        }),
        Stream::AddressBook => json!({
            "hidden": false, "email": null, "secondaryEmail": null, "customFields": [], "externalMappings": [],
            "pinned": false, "cellPhone": null, "homePhone": null, "workPhone": null, "address": null,
        }),
        _ => json!({ "hidden": false }),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

const READ_ONLY: &[&str] = &["id", "created", "modified", "links", "roleKinds", "notes", "sample"];

fn merge(stream: Stream, record: &mut Map<String, Value>, given: Map<String, Value>) {
    for (field, value) in given {
        if READ_ONLY.contains(&field.as_str()) {
            continue;
        }
        let value =
            if field.ends_with("Phone") && stream == Stream::AddressBook { phone(value) } else { value };
        record.insert(field, value);
    }
}

/// Fills in what the server works out by itself.
fn derive(stream: Stream, mut record: Map<String, Value>, roles: &HashMap<String, String>) -> Value {
    match stream {
        Stream::AddressBook if record.get("kind").is_some_and(|kind| kind == "person") => {
            let part = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = format!("{} {}", part("firstName"), part("lastName")).trim().to_owned();
            record.insert("name".to_owned(), json!(name));
        }
        Stream::JobContact => {
            let mut kinds: Vec<&str> = Vec::new();
            if record.get("client").is_some_and(|client| client == true) {
                kinds.push("client");
            }
            let held = record.get("jobRoles").and_then(Value::as_array).into_iter().flatten();
            for kind in held.filter_map(|role| roles.get(role.as_str()?)) {
                if !kinds.contains(&kind.as_str()) {
                    kinds.push(kind);
                }
            }
            let kinds = json!(kinds);
            record.insert("roleKinds".to_owned(), kinds);
        }
        _ => {}
    }
    Value::Object(record)
}

/// Reads a phone as the vendor says it does: `e164` is kept, otherwise the text is tried, and null is the answer to
/// text that is no number.
fn phone(value: Value) -> Value {
    let Value::Object(mut map) = value else { return value };
    if map.get("e164").is_none_or(Value::is_null) {
        let text = map.get("formatted").and_then(Value::as_str).unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let e164 = match (text.trim_start().starts_with('+'), digits.strip_prefix('0')) {
            (true, _) if digits.len() >= 8 => Some(format!("+{digits}")),
            (false, Some(national)) if national.len() >= 9 => Some(format!("+44{national}")),
            _ => None,
        };
        map.insert("e164".to_owned(), json!(e164));
    } else if !map.contains_key("formatted") {
        let e164 = map.get("e164").cloned().unwrap_or_default();
        map.insert("formatted".to_owned(), e164);
    }
    Value::Object(map)
}
