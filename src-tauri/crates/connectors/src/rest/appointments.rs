//! Appointments without a client, out of stored records: which copy counts, when it takes place, and the document of each.
//!
//! Days and times are those of the clocks where it takes place, so that no midnight and no change of the clocks moves them
//! (SYNC-LAW 26). One appointment that stands in several calendars comes in once, under the id of its owner's copy, and is told
//! by the first copy that was not taken off.

use std::collections::HashMap;

use hub_core::canonical::hash_bytes;
use hub_core::fields::{standard_field, standard_fields};
use hub_core::ports::{PartyDocument, RawReader, StoreResult, StoredRaw};
use hub_core::record::RecordType;
use hub_core::transform::Transform;
use hub_core::value::FieldType;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value as Json, json};

use super::flat::text_of;
use super::rows::holds;
use crate::assemble::{SCAN, at, parse, text_at};
use crate::definition::{AppointmentsRead, LastDay, Moment};

/// What says whether it takes place (RFC 5545, 3.8.1.11).
const STATUS: &str = "status";
/// The word for what does not take place.
const CANCELLED: &str = "cancelled";
/// What is worked out of `start`, `end` and `zone`.
const WHEN: [&str; 6] = ["start_date", "start_time", "end_date", "end_time", "time_zone", "all_day"];

/// How records are looked at.
pub(super) struct Appointments {
    stream: String,
    read: AppointmentsRead,
    /// The account's zone.
    zone: TimeZone,
}

/// One of several copies.
struct Twin {
    id: String,
    json: Json,
    content_hash: String,
}

impl Appointments {
    pub(super) fn new(stream: &str, read: AppointmentsRead, zone: TimeZone) -> Appointments {
        Appointments { stream: stream.to_owned(), read, zone }
    }

    /// What is the same in all copies of an appointment.
    pub(super) fn same(&self, record: &Json) -> Option<String> {
        let told: Vec<String> =
            self.read.same.iter().map(|path| at(record, path).map(text_of).unwrap_or_default()).collect();
        // Without what the first path says, nothing is known to be a copy.
        told.first().filter(|first| !first.is_empty())?;
        Some(told.join("\n"))
    }

    /// The last day that is read of what goes on by a rule.
    pub(super) fn latest(&self, today: Date) -> Option<Date> {
        let days = self.read.repeated.as_ref()?.days_ahead;
        Some(today.saturating_add(Span::new().try_days(days).unwrap_or_default()))
    }

    /// Whether a record is one of many, and further ahead than such are read.
    pub(super) fn is_too_far(&self, record: &Json, latest: Option<Date>) -> bool {
        let (Some(repeated), Some(latest)) = (&self.read.repeated, latest) else { return false };
        at(record, &repeated.path).is_some() && self.day(record).is_some_and(|day| day > latest)
    }

    /// The day on which it begins.
    pub(super) fn day(&self, record: &Json) -> Option<Date> {
        let start = &self.read.start;
        day_at(record, start).or_else(|| {
            let at = instant_at(record, start)?;
            Some(at.to_zoned(self.zone_of(record)).date())
        })
    }

    /// Some appointments in the order of their ids.
    pub(super) fn some(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<PartyDocument>, Option<String>)> {
        let records = raw.scan(connection_id, &self.stream, after, SCAN)?;
        let next = records.last().filter(|_| records.len() >= SCAN as usize).map(|last| last.id.clone());
        let mut keys: Vec<String> = records.iter().filter_map(|record| record.parents[0].clone()).collect();
        keys.sort();
        keys.dedup();
        let mut copies: HashMap<String, Vec<Twin>> = HashMap::new();
        for record in raw.by_parents(connection_id, &self.stream, 0, &keys)? {
            if let Some(key) = record.parents[0].clone() {
                copies.entry(key).or_default().push(self.copy(record)?);
            }
        }
        let mut documents = Vec::with_capacity(records.len());
        for record in records {
            let id = record.id.clone();
            let mut all = match record.parents[0].as_ref().and_then(|key| copies.remove(key)) {
                Some(all) => all,
                // Without a key it is the only one; with one it was told with the first of its copies.
                None if record.parents[0].is_none() => vec![self.copy(record)?],
                None => continue,
            };
            all.sort_by_key(|copy| (!self.is_own(&copy.json), copy.id.clone()));
            documents.extend(self.told(&all, &id));
        }
        Ok((documents, next))
    }

    fn copy(&self, record: StoredRaw) -> StoreResult<Twin> {
        Ok(Twin { json: parse(&record.raw)?, id: record.id, content_hash: record.content_hash })
    }

    fn is_own(&self, record: &Json) -> bool {
        self.read.own.as_ref().is_some_and(|own| holds(own, record))
    }

    /// Whether it does not take place, or not for this person.
    fn is_off(&self, record: &Json) -> bool {
        self.read.fields.get(STATUS).and_then(|path| text_at(record, path)) == Some(CANCELLED)
            || self.read.declined.as_ref().is_some_and(|declined| {
                let entries = at(record, &declined.list).and_then(Json::as_array).into_iter().flatten();
                entries.into_iter().any(|entry| holds(&declined.who, entry) && holds(&declined.says, entry))
            })
    }

    /// The document of an appointment, where the copy that is met first is met now.
    fn told(&self, copies: &[Twin], met: &str) -> Option<PartyDocument> {
        let owner = copies.first()?;
        if copies.iter().any(|copy| copy.id.as_str() < met) {
            return None;
        }
        let told = copies.iter().find(|copy| !self.is_off(&copy.json)).unwrap_or(owner);
        let mut leaves = self.leaves(&told.json);
        leaves.insert("@".to_owned(), json!({"stream": self.stream, "id": owner.id}));
        let sources = format!("{}\0{}\0{}", self.stream, owner.id, told.content_hash);
        Some(PartyDocument {
            document: json!({"appointments": [leaves]}),
            content_hash: hash_bytes(sources.as_bytes()),
        })
    }

    /// The next appointments of what a look showed.
    pub(super) fn soonest(&self, raw: &dyn RawReader, count: usize) -> StoreResult<Vec<PartyDocument>> {
        let (mut documents, mut after) = (Vec::new(), None::<String>);
        loop {
            let (some, next) = self.some(raw, "", after.as_deref())?;
            documents.extend(some);
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let when = |document: &PartyDocument| {
            let leaf = |name: &str| {
                let at = document.document.pointer(&format!("/appointments/0/{name}"));
                at.and_then(Json::as_str).unwrap_or_default().to_owned()
            };
            (leaf("start_date"), leaf("start_time"), leaf("name"))
        };
        documents.sort_by_key(when);
        documents.truncate(count);
        Ok(documents)
    }

    fn zone_of(&self, record: &Json) -> TimeZone {
        let mut named = self.read.zone.iter().filter_map(|path| TimeZone::get(text_at(record, path)?).ok());
        named.next().unwrap_or_else(|| self.zone.clone())
    }

    fn leaves(&self, record: &Json) -> Map<String, Json> {
        let mut leaves: Map<String, Json> = self
            .read
            .fields
            .iter()
            .filter_map(|(field, path)| Some((field.clone(), at(record, path).map(text_of)?.into())))
            .collect();
        if self.is_off(record) {
            leaves.insert(STATUS.to_owned(), CANCELLED.into());
        }
        let mut put = |name: &str, text: String| leaves.insert(name.to_owned(), text.into());
        let (start, end) = (&self.read.start, &self.read.end);
        if let Some(first) = day_at(record, start) {
            let last = day_at(record, end).and_then(|day| match self.read.last_day {
                LastDay::Itself => Some(day),
                LastDay::DayAfter => day.yesterday().ok(),
            });
            put("start_date", first.to_string());
            put("end_date", last.filter(|last| *last >= first).unwrap_or(first).to_string());
            put("all_day", "true".to_owned());
            return leaves;
        }
        let zone = self.zone_of(record);
        for (name, moment) in [("start", start), ("end", end)] {
            if let Some(at) = instant_at(record, moment) {
                let local = at.to_zoned(zone.clone());
                put(&format!("{name}_date"), local.date().to_string());
                put(&format!("{name}_time"), local.strftime("%H:%M").to_string());
                put("time_zone", zone.iana_name().unwrap_or("UTC").to_owned());
                put("all_day", "false".to_owned());
            }
        }
        leaves
    }

    /// The suggested mapping, as `mapping::MappingRule` encodes it.
    pub(super) fn mapping(&self) -> Vec<Json> {
        let told = |name: &str| self.read.fields.contains_key(name) || WHEN.contains(&name);
        let fields = standard_fields(RecordType::Event).iter().map(|field| field.name);
        fields.filter(|name| told(name)).filter_map(rule).collect()
    }
}

fn rule(name: &'static str) -> Option<Json> {
    let spec = standard_field(RecordType::Event, name)?;
    let transforms = match (name, spec.field_type) {
        // People write it with the marks of a page.
        ("description", _) => vec![Transform::HtmlToText {}, Transform::Trim {}],
        (_, FieldType::Text) => vec![Transform::Trim {}],
        (_, FieldType::Date) => vec![Transform::Date { order: None }],
        (_, FieldType::Boolean) => {
            vec![Transform::Boolean { true_words: Vec::new(), false_words: Vec::new() }]
        }
        (
            _,
            FieldType::Email
            | FieldType::Phone
            | FieldType::Money
            | FieldType::Number
            | FieldType::DateTime
            | FieldType::Reference
            | FieldType::Json
            | FieldType::Array,
        ) => Vec::new(),
    };
    Some(json!({
        "record_type": RecordType::Event.as_str(),
        "wedsync_field": name,
        "sources": [format!("appointments.*.{name}")],
        "value_type": spec.field_type.as_str(),
        "transforms": transforms,
        "direction": "import_only",
        "required": spec.required,
        "confirmed": false,
    }))
}

fn day_at(record: &Json, moment: &Moment) -> Option<Date> {
    text_at(record, &moment.day)?.parse().ok()
}

fn instant_at(record: &Json, moment: &Moment) -> Option<Timestamp> {
    text_at(record, &moment.at)?.parse().ok()
}
