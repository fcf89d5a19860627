//! Building the records of a party: the client, its people, its jobs and what hangs on them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Allotment, StagingContext, source_of};
use crate::fields::SAME_AS;
use crate::mapping::{Clearing, FieldProblem, Scope};
use crate::matching::full_name;
use crate::party::Party;
use crate::plan::{Problem, StagedRecord, StagedUnit, UnitSummary};
use crate::record::{FieldMap, RecordType, SourceKey};
use crate::value::FieldType;

/// Maps one party.
pub fn stage_party(
    context: &StagingContext,
    seq: u64,
    party: &Party,
    client_id: &str,
    document: &Json,
    allotment: &mut dyn Allotment,
) -> StagedUnit {
    let mut build = Build::new(context, document, client_id, allotment);
    build.client();
    // A payment names its invoices, which come before it therefore, whatever they hang on.
    build.without_job(RecordType::Invoice, "invoices");
    for job in list(document, "jobs") {
        build.job(job);
    }
    build.without_job(RecordType::Payment, "payments");
    build.without_job(RecordType::Event, "events");
    let summary = build.summary();
    StagedUnit {
        seq,
        client_id: client_id.to_owned(),
        external_id: list(document, "people").first().and_then(source_of).map(|(_, id)| id),
        claimed_by: party.claimed_by.clone(),
        left_out: left_out(context, document, &summary),
        records: build.records,
        problems: build.problems,
        summary,
    }
}

pub(super) struct Build<'a> {
    context: &'a StagingContext,
    document: &'a Json,
    client_id: &'a str,
    allotment: &'a mut dyn Allotment,
    pub(super) records: Vec<StagedRecord>,
    pub(super) problems: Vec<Problem>,
    seen: BTreeSet<String>,
}

impl<'a> Build<'a> {
    pub(super) fn new(
        context: &'a StagingContext,
        document: &'a Json,
        client_id: &'a str,
        allotment: &'a mut dyn Allotment,
    ) -> Build<'a> {
        Build {
            context,
            document,
            client_id,
            allotment,
            records: Vec::new(),
            problems: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// An event that no client is known for.
    pub(super) fn appointment(&mut self, id: &str, source: (String, String), appointment: &'a Json) {
        self.record(RecordType::Event, id, source, appointment, None, Presence::AsMapped, Vec::new());
    }

    fn client(&mut self) {
        let client_id = self.client_id;
        let (mut people, mut crm_people) = (Map::new(), Map::new());
        self.records.push(StagedRecord {
            record_type: RecordType::Client,
            id: client_id.to_owned(),
            source: None,
            fields: FieldMap::new(),
            crm: FieldMap::new(),
            counted_elsewhere: false,
        });
        for (position, person) in list(self.document, "people").iter().enumerate() {
            let role = person.get("role").and_then(Json::as_str).unwrap_or("other");
            let Some(id) = self.person(person, client_id, role == "primary") else { continue };
            let element = json!({"role": role, "position": position});
            if let Some((stream, external)) = source_of(person) {
                crm_people.insert(format!("{stream}:{external}"), element.clone());
            }
            people.insert(id, element);
            if self.context.brings(RecordType::Communication) {
                for note in list(person, "notes") {
                    self.child(RecordType::Communication, note, person, None);
                }
            }
        }
        let (mut fields, mut crm) =
            (FieldMap::from([relation("people", people)]), FieldMap::from([relation("people", crm_people)]));
        self.map(
            RecordType::Client,
            client_id,
            self.document,
            None,
            Presence::ByWedsync,
            &mut fields,
            &mut crm,
        );
        if let Some(record) = self.records.iter_mut().find(|record| record.id == client_id) {
            (record.fields, record.crm) = (fields, crm);
        }
    }

    /// What hangs on the client, because nobody knows a job that it belongs to.
    fn without_job(&mut self, record_type: RecordType, name: &str) {
        if self.context.brings(record_type) {
            for child in list(self.document, name) {
                self.child(record_type, child, self.document, None);
            }
        }
    }

    /// A person of the party or of a job; once per unit. `None` where the document names no source for them.
    fn person(&mut self, person: &'a Json, client_id: &str, primary: bool) -> Option<String> {
        let (stream, external) = source_of(person)?;
        let id = self.allotment.id(&stream, &external, RecordType::Person, client_id);
        if self.seen.insert(id.clone()) {
            let presence = if primary { Presence::AsMapped } else { Presence::ByWedsync };
            self.record(RecordType::Person, &id, (stream, external), person, None, presence, Vec::new());
            self.problems.extend(who_it_is(&id, person));
        }
        Some(id)
    }

    fn job(&mut self, job: &'a Json) {
        let Some((stream, external)) = source_of(job) else { return };
        let id = self.allotment.id(&stream, &external, RecordType::Project, self.client_id);
        let (mut people, mut crm_people) = (Map::new(), Map::new());
        for other in list(job, "people") {
            let role = other.get("role").and_then(Json::as_str).unwrap_or("other").to_owned();
            let Some((stream, external)) = source_of(other) else { continue };
            let Some(person_id) = self.person(other, "", false) else { continue };
            let label = other.get("label").cloned().unwrap_or(Json::Null);
            crm_people.insert(format!("{stream}:{external}:{role}"), json!({"role": role, "label": label}));
            people.insert(
                format!("{person_id}:{role}"),
                json!({"person_id": person_id, "role": role, "label": label}),
            );
        }
        let client = json!(self.client_id);
        let relations =
            vec![("client_id", client.clone(), client), ("people", sorted(people), sorted(crm_people))];
        if self.context.brings(RecordType::Project) {
            self.record(
                RecordType::Project,
                &id,
                (stream, external),
                job,
                None,
                Presence::ByWedsync,
                relations,
            );
        }
        for (name, record_type) in [
            ("events", RecordType::Event),
            ("invoices", RecordType::Invoice),
            ("payments", RecordType::Payment),
            ("tasks", RecordType::Task),
            ("files", RecordType::Document),
            ("notes", RecordType::Communication),
        ] {
            if self.context.brings(record_type) {
                for child in list(job, name) {
                    self.child(record_type, child, job, Some(&id));
                }
            }
        }
    }

    /// Something that hangs on a job (or on a person, without a project).
    fn child(&mut self, record_type: RecordType, child: &'a Json, parent: &'a Json, project: Option<&str>) {
        let Some((stream, external)) = source_of(child) else { return };
        let id = self.allotment.id(&stream, &external, record_type, self.client_id);
        if !self.seen.insert(id.clone()) {
            return;
        }
        let client = json!(self.client_id);
        let mut relations = vec![("client_id", client.clone(), client)];
        if let Some(project) = project.filter(|_| self.context.brings(RecordType::Project)) {
            relations.push(("project_id", json!(project), external_of(parent)));
        }
        for (leaf, field) in [("payer", "payer_id"), ("person", "person_id")] {
            if let Some((stream, external)) = child.get(leaf).and_then(source_of) {
                let person = self.allotment.id(&stream, &external, RecordType::Person, "");
                // A reference to somebody who is not brought would never find its record.
                if self.seen.contains(&person) {
                    relations.push((field, json!(person), json!(external)));
                }
            }
        }
        if record_type == RecordType::Payment && self.context.brings(RecordType::Invoice) {
            let (allocations, crm) = self.allocations(child);
            relations.push(("allocations", allocations, crm));
        }
        self.record(
            record_type,
            &id,
            (stream, external),
            child,
            Some(parent),
            Presence::ByWedsync,
            relations,
        );
    }

    /// Which invoices a payment pays, in the money of the mapping.
    fn allocations(&mut self, payment: &Json) -> (Json, Json) {
        let (mut held, mut crm) = (Map::new(), Map::new());
        for entry in list(payment, "allocations") {
            let Some((stream, external)) = entry.get("invoice").and_then(source_of) else { continue };
            let amount = entry.get("amount").cloned().unwrap_or(Json::Null);
            let id = self.allotment.id(&stream, &external, RecordType::Invoice, self.client_id);
            if !self.seen.contains(&id) {
                continue;
            }
            if let Some(money) = self.context.mapping.money(&amount) {
                crm.insert(format!("{stream}:{external}"), amount);
                held.insert(id, json!({"amount": money}));
            }
        }
        (sorted(held), sorted(crm))
    }

    #[expect(clippy::too_many_arguments, reason = "one record has that many facts")]
    fn record(
        &mut self,
        record_type: RecordType,
        id: &str,
        source: (String, String),
        anchor: &'a Json,
        parent: Option<&'a Json>,
        presence: Presence,
        relations: Vec<(&'static str, Json, Json)>,
    ) {
        let (mut fields, mut crm) = (FieldMap::new(), FieldMap::new());
        for (name, held, outside) in relations {
            fields.insert(name.to_owned(), held);
            crm.insert(name.to_owned(), outside);
        }
        self.map(record_type, id, anchor, parent, presence, &mut fields, &mut crm);
        self.records.push(StagedRecord {
            record_type,
            id: id.to_owned(),
            source: Some(SourceKey { stream: source.0, id: source.1 }),
            fields,
            crm,
            counted_elsewhere: false,
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a rule is read against all of this")]
    fn map(
        &mut self,
        record_type: RecordType,
        id: &str,
        anchor: &Json,
        parent: Option<&Json>,
        presence: Presence,
        fields: &mut FieldMap,
        crm: &mut FieldMap,
    ) {
        let external = source_of(anchor).map(|(_, id)| id).unwrap_or_default();
        let scope = Scope {
            root: self.document,
            anchor: Some(anchor),
            parent,
            row: &external,
            clearing: Clearing::BlankIsUnknown,
        };
        for rule in self.context.mapping.rules_of(record_type.as_str()) {
            let mapped = rule.rule();
            if self.context.money_unknown && mapped.value_type == FieldType::Money {
                continue;
            }
            let (slot, field) = mapped.slot_and_field();
            if slot.is_some() {
                continue;
            }
            let outcome = self.context.mapping.evaluate(rule, &scope);
            crm.insert(field.to_owned(), outcome.source);
            if let Some(value) = outcome.value {
                fields.insert(field.to_owned(), value.to_json());
            }
            let by_wedsync = self.context.demands(record_type, field);
            if let Some(mut problem) = outcome.problem
                && (problem.code.as_str() != "required_missing"
                    || match presence {
                        Presence::AsMapped => true,
                        Presence::ByWedsync => by_wedsync,
                    })
            {
                stands_at(anchor, field, &mut problem.params);
                self.problems.push(as_problem(id, record_type, field, problem, by_wedsync));
            }
        }
        // What WedSync demands and nothing fills is asked here: sent without it, the record would be turned away.
        let context = self.context;
        for field in context.required_of(record_type) {
            let ruled = context.mapping.rules_of(record_type.as_str()).any(|rule| {
                let (slot, name) = rule.rule().slot_and_field();
                slot.is_none() && name == field
            });
            if !ruled && !fields.contains_key(field) {
                let mut params = BTreeMap::from([
                    ("field".to_owned(), field.to_owned()),
                    ("value".to_owned(), String::new()),
                ]);
                stands_at(anchor, field, &mut params);
                self.problems.push(Problem {
                    record_id: id.to_owned(),
                    record_type,
                    field: field.to_owned(),
                    found: String::new(),
                    code: "required_missing".to_owned(),
                    params,
                    fixes: Vec::new(),
                    required_by_wedsync: true,
                });
            }
        }
    }

    /// The cells of the review row.
    fn summary(&self) -> UnitSummary {
        let mut summary = UnitSummary::default();
        if let Some(files) = self.document.get("#") {
            summary.changed = files.get("changed").and_then(Json::as_str).map(str::to_owned);
            summary.rows = list(files, "rows")
                .iter()
                .filter_map(|row| serde_json::from_value(row.clone()).ok())
                .collect();
        }
        let field = |record: &StagedRecord, name: &str| {
            record.fields.get(name).and_then(Json::as_str).map(str::to_owned).filter(|text| !text.is_empty())
        };
        for record in &self.records {
            *summary.counts.entry(record.record_type).or_default() += 1;
        }
        let booking: Vec<String> = list(self.document, "people")
            .iter()
            .filter(|person| matches!(person.get("role").and_then(Json::as_str), Some("primary" | "partner")))
            .filter_map(source_of)
            .map(|(_, id)| id)
            .collect();
        for external in &booking {
            let Some(record) = self.records.iter().find(|record| {
                record.record_type == RecordType::Person
                    && record.source.as_ref().is_some_and(|source| &source.id == external)
            }) else {
                continue;
            };
            let name = full_name(
                &field(record, "first_name").unwrap_or_default(),
                &field(record, "last_name").unwrap_or_default(),
            );
            if !name.is_empty() {
                summary.names.push(name);
            }
            if summary.email.is_none() && Some(external) == booking.first() {
                summary.email = field(record, "email");
                summary.phone = record.fields.get("phone").and_then(|phone| {
                    ["text", "e164"]
                        .iter()
                        .find_map(|part| {
                            phone.get(part).and_then(Json::as_str).filter(|text| !text.is_empty())
                        })
                        .map(str::to_owned)
                });
            }
        }
        let main = main_project(
            self.records.iter().filter(|record| record.record_type == RecordType::Project),
            &self.context.today.to_string(),
        );
        if let Some(project) = main {
            summary.wedding_date = field(project, "wedding_date");
            summary.venue = field(project, "venue_name");
        }
        summary
    }
}

/// Whether a missing required value asks a person.
#[derive(Clone, Copy)]
enum Presence {
    /// Whatever the mapping says is required: the person who stands for the client.
    AsMapped,
    /// Only what WedSync itself demands.
    ByWedsync,
}

/// The next wedding, else the latest (MODEL 1); dates compare as text.
fn main_project<'a>(
    projects: impl Iterator<Item = &'a StagedRecord> + Clone,
    today: &str,
) -> Option<&'a StagedRecord> {
    let date = |record: &&StagedRecord| {
        record.fields.get("wedding_date").and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    projects
        .clone()
        .filter(|record| date(record).as_str() >= today)
        .min_by_key(|record| (date(record), record.id.clone()))
        .or_else(|| projects.max_by_key(|record| (date(record), std::cmp::Reverse(record.id.clone()))))
}

/// The filter that leaves a party out, if one does.
fn left_out(context: &StagingContext, document: &Json, summary: &UnitSummary) -> Option<String> {
    let scope = &context.scope;
    let jobs = list(document, "jobs");
    let people = list(document, "people");
    let is = |json: &Json, name: &str| json.get(name).and_then(Json::as_bool).unwrap_or(false);
    if !scope.closed && !jobs.is_empty() && jobs.iter().all(|job| is(job, "closed")) {
        return Some("closed".into());
    }
    if !scope.hidden && !people.is_empty() && people.iter().all(|person| is(person, "hidden")) {
        return Some("hidden".into());
    }
    if scope.leave_out_anonymised && people.iter().any(|person| is(person, "anonymized")) {
        return Some("anonymised".into());
    }
    let date = summary.wedding_date.as_deref().and_then(|text| text.parse::<jiff::civil::Date>().ok())?;
    if !scope.historical && date < context.today {
        return Some("historical".into());
    }
    let outside = scope.from.is_some_and(|from| date < from) || scope.until.is_some_and(|until| date > until);
    outside.then(|| "dates".into())
}

fn as_problem(
    record_id: &str,
    record_type: RecordType,
    field: &str,
    problem: FieldProblem,
    by_wedsync: bool,
) -> Problem {
    Problem {
        record_id: record_id.to_owned(),
        record_type,
        field: field.to_owned(),
        found: problem.value,
        code: problem.code.as_str().to_owned(),
        params: problem.params,
        fixes: problem.fixes,
        required_by_wedsync: by_wedsync,
    }
}

/// The question who somebody is whom a file knows by a name that several of its people have (SYNC-LAW 23).
fn who_it_is(record_id: &str, person: &Json) -> Option<Problem> {
    let who = person.get("#")?.get("who")?;
    let text = |name: &str| who.get(name).and_then(Json::as_str).unwrap_or_default();
    let part = |name: &str| person.get(name).and_then(Json::as_str).unwrap_or_default();
    let of = text("person");
    let choice = |person: &Json, text: &Json| json!({"of": of, "person": person, "text": text});
    let listed = list(who, "choices").iter().map(|one| choice(&one["person"], &one["text"]));
    let name = full_name(part("first_name"), part("last_name"));
    let mut params = BTreeMap::from([
        ("field".to_owned(), SAME_AS.to_owned()),
        ("value".to_owned(), name.clone()),
        ("on".to_owned(), text("on").to_owned()),
    ]);
    stands_at(person, "first_name", &mut params);
    Some(Problem {
        record_id: record_id.to_owned(),
        record_type: RecordType::Person,
        field: SAME_AS.to_owned(),
        found: name,
        code: "which_person".to_owned(),
        params,
        fixes: listed.chain([choice(&Json::Null, &Json::Null)]).collect(),
        // There is no going on without an answer: it would be a guess.
        required_by_wedsync: true,
    })
}

/// Where a value stands in a file, for documents that were read from one: table, row and column of the problem.
fn stands_at(anchor: &Json, field: &str, params: &mut BTreeMap<String, String>) {
    let Some(place) = anchor.get("#") else { return };
    let text = |name: &str| place.get(name).and_then(Json::as_str).map(str::to_owned);
    let column = place.get("columns").and_then(|columns| columns.get(field)).and_then(Json::as_str);
    let row = place.get("row").and_then(Json::as_u64).map(|row| row.to_string());
    for (name, value) in [("table", text("table")), ("row", row), ("column", column.map(str::to_owned))] {
        if let Some(value) = value {
            params.insert(name.to_owned(), value);
        }
    }
}

pub(super) fn list<'a>(json: &'a Json, name: &str) -> &'a [Json] {
    json.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn sorted(object: Map<String, Json>) -> Json {
    let ordered: BTreeMap<String, Json> = object.into_iter().collect();
    Json::Object(ordered.into_iter().collect())
}

fn relation(name: &str, object: Map<String, Json>) -> (String, Json) {
    (name.to_owned(), sorted(object))
}

fn external_of(document: &Json) -> Json {
    source_of(document).map_or(Json::Null, |(_, id)| Json::String(id))
}
