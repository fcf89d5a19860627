//! Grouping rows into parties, and the documents that mapping sees (MODEL 2 and 3).

use std::collections::{BTreeMap, HashMap, HashSet};

use hub_core::canonical::{ShortId, hash_bytes};
use hub_core::party::{JobContactEdge, JobEdge, Party, PartyLinks, PartyList, group};
use hub_core::ports::{PartyDocument, RawReader, StoreResult, StoredRaw};
use serde_json::{Map, Value as Json, json};

use super::facts::{Facts, Leaves, PersonFacts, facts};
use super::keys::{Role, id_of, text_of};
use super::plan::People;
use super::reading::{Reading, TableReading};
use super::stored::{Bare, StoredRow, ToldEvent, every, fault};
use super::which::{Answer, Beside, Which};
use crate::file::RowIs;

/// Stream of persons: they are parts of rows and have ids of their own.
pub(crate) const PERSONS: &str = "person";
/// Stream of jobs.
pub(crate) const JOBS: &str = "job";

/// Somebody on a job, or a job with nobody: the job, and which of the rows said so. A book has some hundred thousand.
type Edge = (ShortId, u32, Option<(ShortId, Role)>);

/// Groups what was read into parties.
pub(super) fn parties(
    reading: &Reading,
    raw: &dyn RawReader,
    connection_id: &str,
    links: &dyn PartyLinks,
) -> StoreResult<PartyList> {
    let mut rows: Vec<Edge> = Vec::new();
    let mut count = 0_u32;
    let mut asked: HashMap<String, Vec<String>> = HashMap::new();
    // Rows of the list whose person is somebody of a job, as a person said: they stand for nobody else.
    let mut joined: HashSet<ShortId> = HashSet::new();
    for table in &reading.tables {
        every(raw, connection_id, &table.stream, &mut |record| {
            let row: Bare = serde_json::from_str(&record.raw).map_err(fault)?;
            let Some(job) = row.at.job.as_deref().and_then(id_of) else { return Ok(()) };
            if let (false, Some((first, _))) = (row.at.maybe.is_empty(), row.at.people.first()) {
                asked.insert(first.clone(), row.at.maybe);
            }
            let mut people: People = row
                .at
                .people
                .iter()
                .filter_map(|(id, role)| Some((id_of(id)?, Role::parse(role)?)))
                .collect();
            for which in &row.at.which {
                let Answer::Entry(person) = reading.answer(which) else { continue };
                let entry = which.among.iter().find(|entry| entry.person == person);
                joined.extend(entry.and_then(|entry| id_of(&entry.row)));
                let (before, after) = (id_of(&which.person), id_of(&person));
                for (id, _) in &mut people {
                    if Some(*id) == before {
                        *id = after.unwrap_or(*id);
                    }
                }
            }
            if people.is_empty() {
                rows.push((job, count, None));
            }
            rows.extend(people.into_iter().map(|one| (job, count, Some(one))));
            count = count.saturating_add(1);
            Ok(())
        })?;
    }
    rows.retain(|(job, ..)| !joined.contains(job));
    // One job after the other, its rows in the order of their streams.
    rows.sort_by_key(|(job, row, _)| (*job, *row));
    let jobs = rows.chunk_by(|one, other| one.0 == other.0).filter_map(|of_job| {
        let (job, ..) = of_job.first()?;
        let mut people = People::new();
        for one in of_job.iter().filter_map(|(_, _, one)| *one) {
            if people.iter().all(|(person, _)| *person != one.0) {
                people.push(one);
            }
        }
        people.sort_by_key(|(_, role)| *role);
        let nobody_books = people.iter().all(|(_, role)| !role.books());
        Some(JobEdge {
            job_id: text_of(job),
            sample: false,
            contacts: people
                .into_iter()
                .map(|(person, role)| JobContactEdge {
                    contact_id: text_of(&person),
                    client: role.books() || nobody_books,
                    role_kinds: Vec::new(),
                })
                .collect(),
        })
    });
    Ok(group(jobs, &Asked { links, asked }))
}

/// Rows that may be newer versions of several records: the clients of all of these claim them (SYNC-LAW 23).
struct Asked<'a> {
    links: &'a dyn PartyLinks,
    asked: HashMap<String, Vec<String>>,
}

impl PartyLinks for Asked<'_> {
    fn client_of_job(&self, job_id: &str) -> Option<String> {
        self.links.client_of_job(job_id)
    }

    fn clients_of_person(&self, person_id: &str) -> Vec<String> {
        let own = self.links.clients_of_person(person_id);
        let Some(others) = self.asked.get(person_id).filter(|_| own.is_empty()) else { return own };
        let mut clients: Vec<String> = Vec::new();
        for client in others.iter().flat_map(|other| self.links.clients_of_person(other)) {
            if !clients.contains(&client) {
                clients.push(client);
            }
        }
        // One alone would be taken without asking.
        if clients.len() > 1 { clients } else { Vec::new() }
    }
}

/// Everything of one job.
#[derive(Default)]
struct Job {
    leaves: Leaves,
    place: Option<Json>,
    extras: Map<String, Json>,
    people: Vec<(String, Role)>,
    events: Vec<Json>,
    invoices: Vec<Json>,
    payments: Vec<Json>,
    client: Leaves,
    changed: Option<String>,
    rows: Vec<(String, u64, String, String)>,
}

/// A person as the rows of a party tell of them.
#[derive(Default)]
struct Somebody {
    facts: PersonFacts,
    place: Option<Json>,
    extras: Map<String, Json>,
    /// The question who they are.
    who: Option<Json>,
}

/// Assembles the documents of some parties, in the same order.
pub(super) fn assemble(
    reading: &Reading,
    raw: &dyn RawReader,
    connection_id: &str,
    parties: &[Party],
) -> StoreResult<Vec<PartyDocument>> {
    let by_job = rows_by_job(reading, raw, connection_id, parties)?;
    let beside = Beside::read(raw, connection_id, by_job.values().flatten().map(|(_, row)| row))?;
    let as_row: &AsRow<'_> = &|_, record| StoredRow::parse(&record.raw);
    parties.iter().map(|party| document(reading, party, &by_job, &beside, as_row)).collect()
}

/// Rows with their tables, by the job they belong to.
type ByJob<'a> = HashMap<String, Vec<(&'a TableReading, StoredRaw)>>;

fn rows_by_job<'a>(
    reading: &'a Reading,
    raw: &dyn RawReader,
    connection_id: &str,
    parties: &[Party],
) -> StoreResult<ByJob<'a>> {
    let ids: Vec<String> = parties.iter().flat_map(|party| &party.jobs).cloned().collect();
    let mut by_job = ByJob::new();
    for table in &reading.tables {
        for row in raw.by_parents(connection_id, &table.stream, 0, &ids)? {
            if let Some(job) = row.parents.first().cloned().flatten() {
                by_job.entry(job).or_default().push((table, row));
            }
        }
    }
    Ok(by_job)
}

/// How a stored record is looked at as a row.
type AsRow<'a> = dyn Fn(&TableReading, &StoredRaw) -> StoreResult<StoredRow> + 'a;

/// The same of records that are rows of another kind. The first parent of each is its job.
pub(crate) fn assemble_rows(
    reading: &Reading,
    raw: &dyn RawReader,
    connection_id: &str,
    parties: &[Party],
    as_row: &AsRow<'_>,
) -> StoreResult<Vec<PartyDocument>> {
    let by_job = rows_by_job(reading, raw, connection_id, parties)?;
    // Who somebody is, is asked of files alone: such records have ids of their own.
    let beside = Beside::default();
    parties.iter().map(|party| document(reading, party, &by_job, &beside, as_row)).collect()
}

fn document(
    reading: &Reading,
    party: &Party,
    by_job: &ByJob<'_>,
    beside: &Beside,
    as_row: &AsRow<'_>,
) -> StoreResult<PartyDocument> {
    let mut sources: Vec<String> = Vec::new();
    let mut people: BTreeMap<String, Somebody> = BTreeMap::new();
    let mut jobs: Vec<(String, Job)> = Vec::new();
    for id in &party.jobs {
        let mut job = Job::default();
        for (table, record) in by_job.get(id).into_iter().flatten() {
            sources.push(format!("{}\0{}\0{}", table.stream, record.id, record.content_hash));
            let mut row = as_row(table, record)?;
            let mut found = facts(table, &row.at.table, &|name| row.cell(name));
            found.with_amounts(&row.told.amounts);
            let (which, named_by) = (std::mem::take(&mut row.at.which), std::mem::take(&mut row.at.named_by));
            let mut asked: Vec<(String, Json)> = Vec::new();
            let mut known: Vec<(&TableReading, &str, StoredRow, Facts)> = Vec::new();
            for which in &which {
                match reading.answer(which) {
                    Answer::Nobody => {}
                    Answer::Open => {
                        let question = beside.question(reading, which, &found, &row.at.table);
                        asked.push((which.person.clone(), question));
                    }
                    Answer::Entry(person) => {
                        known.extend(entry_row(reading, which, &person, beside));
                        for (id, _) in row.at.people.iter_mut().filter(|(id, _)| *id == which.person) {
                            id.clone_from(&person);
                        }
                    }
                }
            }
            // A row of the list that is a client of its own may be somebody whom another row names.
            if row.at.job.as_deref() == Some(record.id.as_str()) {
                let about = beside.asked_about(reading, &named_by);
                asked.extend(about.map(|(person, question)| (person.to_owned(), question)));
            }
            take(&mut job, &mut people, table, &record.id, row, found);
            for (table, id, row, found) in known {
                sources.push(format!("{}\0{id}\0{}", table.stream, row.at.seen));
                take(&mut job, &mut people, table, id, row, found);
            }
            for (person, question) in asked {
                sources.push(format!("which\0{person}\0{question}"));
                if let Some(somebody) = people.get_mut(&person) {
                    somebody.who.get_or_insert(question);
                }
            }
        }
        jobs.push((id.clone(), job));
    }
    // By day, then by id: independent of the order of any file.
    jobs.sort_by(|one, other| {
        let day = |job: &Job| job.leaves.text("wedding_date").to_owned();
        (day(&one.1), &one.0).cmp(&(day(&other.1), &other.0))
    });
    let mut booking: Vec<(Role, String)> = Vec::new();
    for person in &party.persons {
        let role = jobs
            .iter()
            .flat_map(|(_, job)| &job.people)
            .filter(|(id, _)| id == person)
            .map(|(_, role)| *role);
        booking.push((role.min().unwrap_or(Role::Other), person.clone()));
    }
    // A client has one first person, whoever came first in which row.
    booking.sort();
    let mut listed: Vec<Json> = Vec::new();
    let (mut primary, mut partner) = (Json::Null, Json::Null);
    for (at, (role, id)) in booking.iter().enumerate() {
        let Some(somebody) = people.get(id) else { continue };
        let mut document = person(id, somebody);
        let role = match (at, role) {
            (0, _) => Role::Primary,
            (1, Role::Primary | Role::Partner) => Role::Partner,
            (_, Role::Primary | Role::Partner) => Role::Other,
            (_, role) => *role,
        };
        match role {
            Role::Primary => primary = Json::Object(document.clone()),
            Role::Partner => partner = Json::Object(document.clone()),
            Role::Parent | Role::Planner | Role::Other => {}
        }
        document.insert("role".to_owned(), Json::from(role.as_str()));
        document.insert("position".to_owned(), Json::from(listed.len()));
        listed.push(Json::Object(document));
    }
    let mut client = Leaves::default();
    let mut changed: Option<String> = None;
    let mut rows = Vec::new();
    let mut made: Vec<Json> = Vec::new();
    let (mut events, mut invoices, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    for (id, mut job) in jobs {
        client.join(job.client.clone());
        changed = changed.or_else(|| job.changed.clone());
        rows.extend(job.rows.iter().cloned());
        if job.leaves.is_empty() && job.extras.is_empty() {
            // Nobody knows a job here: what would hang on it hangs on the client.
            events.append(&mut job.events);
            invoices.append(&mut job.invoices);
            payments.append(&mut job.payments);
        }
        if let Some(job) = job_document(&id, job, party, &people) {
            made.push(job);
        }
    }
    rows.sort();
    rows.dedup();
    let rows: Vec<Json> = rows
        .into_iter()
        .map(|(table, row, stream, id)| json!({"table": table, "row": row, "stream": stream, "id": id}))
        .collect();
    let mut document = json!({
        "primary_contact": primary,
        "partner": partner,
        "people": listed,
        "jobs": made,
        "client": client.values,
        "#": {"changed": changed, "rows": rows},
    });
    for (name, loose) in [("events", events), ("invoices", invoices), ("payments", payments)] {
        if !loose.is_empty() {
            document[name] = Json::Array(loose);
        }
    }
    sources.sort_unstable();
    Ok(PartyDocument { document, content_hash: hash_bytes(sources.join("\n").as_bytes()) })
}

/// The row of the list that a person said somebody is, as a row that tells of that person alone.
fn entry_row<'a>(
    reading: &'a Reading,
    which: &'a Which,
    person: &str,
    beside: &Beside,
) -> Option<(&'a TableReading, &'a str, StoredRow, Facts)> {
    let entry = which.among.iter().find(|entry| entry.person == person)?;
    let table = reading.table(&entry.stream)?;
    let mut row = beside.row(&entry.stream, &entry.row)?.clone();
    let mut found = facts(table, &row.at.table, &|name| row.cell(name));
    let at = row.at.people.iter().position(|(id, _)| id == person)?;
    let own = row.at.people.swap_remove(at);
    row.at.people = vec![own];
    found.people = found.people.into_iter().skip(at).take(1).collect();
    row.at.only_people = true;
    row.at.changed = None;
    Some((table, &entry.row, row, found))
}

/// Takes what a row says into its job and its people.
fn take(
    job: &mut Job,
    people: &mut BTreeMap<String, Somebody>,
    table: &TableReading,
    id: &str,
    row: StoredRow,
    found: Facts,
) {
    let at = row.at;
    let place =
        |leaves: &Leaves| json!({"table": at.table, "row": at.row, "columns": leaves.columns.clone()});
    job.changed = job.changed.take().or(at.changed.clone());
    job.rows.push((at.table.clone(), at.row, table.stream.clone(), id.to_owned()));
    let of_people = matches!(table.row, RowIs::Client | RowIs::Contact);
    for (index, (person, role)) in at.people.iter().enumerate() {
        let role = Role::parse(role).unwrap_or(Role::Other);
        if job.people.iter().all(|(other, _)| other != person) {
            job.people.push((person.clone(), role));
        }
        let Some(facts) = found.people.get(index) else { continue };
        let held = people.entry(person.clone()).or_default();
        held.place.get_or_insert_with(|| place(&facts.leaves));
        held.facts.leaves.join(facts.leaves.clone());
        if of_people && index == 0 {
            for (name, value) in &found.extras {
                held.extras.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    if at.only_people {
        return;
    }
    if !found.project.is_empty() {
        job.place.get_or_insert_with(|| place(&found.project));
    }
    let reference = |stream: &str| json!({"stream": stream, "id": id});
    let event = match &row.told.event {
        ToldEvent::Own => Some(id),
        ToldEvent::Moved(first) => Some(first.as_str()),
        ToldEvent::Replaced => None,
    };
    if let Some(event_id) = event.filter(|_| !found.event.is_empty()) {
        let mut event = found.event.values.clone();
        event.insert("@".to_owned(), json!({"stream": table.stream, "id": event_id}));
        event.insert("#".to_owned(), place(&found.event));
        job.events.push(Json::Object(event));
    }
    // A list of invoices alone is what its references are named after.
    let of_invoices = match (table.row, &table.preset) {
        (RowIs::Invoice, None) => table.stream.clone(),
        _ => format!("{}:invoice", table.stream),
    };
    if !found.invoice.is_empty() {
        let mut invoice = found.invoice.values.clone();
        invoice.insert("@".to_owned(), reference(&of_invoices));
        invoice.insert("#".to_owned(), place(&found.invoice));
        job.invoices.push(Json::Object(invoice));
    }
    // A payment without an amount is none that WedSync could hold; the row is kept.
    if found.payment.values.contains_key("amount") {
        let mut payment = found.payment.values.clone();
        payment.insert("@".to_owned(), reference(&table.stream));
        payment.insert("#".to_owned(), place(&found.payment));
        if !row.told.pays.is_empty() {
            let pays = row.told.pays.into_iter().map(|(stream, id, amount)| {
                json!({"invoice": {"@": {"stream": stream, "id": id}}, "amount": amount})
            });
            payment.insert("allocations".to_owned(), pays.collect());
        } else if found.invoice.values.contains_key("total") {
            let invoice = json!({"@": reference(&of_invoices)});
            payment.insert(
                "allocations".to_owned(),
                json!([{"invoice": invoice, "amount": found.payment.values.get("amount")}]),
            );
        }
        job.payments.push(Json::Object(payment));
    }
    if !of_people && matches!(table.row, RowIs::Project | RowIs::PersonOfProject) {
        for (name, value) in found.extras {
            job.extras.entry(name).or_insert(value);
        }
    }
    job.leaves.join(found.project);
    job.client.join(found.client);
}

fn person(id: &str, somebody: &Somebody) -> Map<String, Json> {
    let mut document = somebody.facts.leaves.values.clone();
    document.insert("@".to_owned(), json!({"stream": PERSONS, "id": id}));
    let mut place = placed(somebody.place.as_ref(), &somebody.facts.leaves);
    if let (Some(who), Some(place)) = (&somebody.who, place.as_object_mut()) {
        place.insert("who".to_owned(), who.clone());
    }
    document.insert("#".to_owned(), place);
    if !somebody.extras.is_empty() {
        document.insert("custom_fields".to_owned(), Json::Object(somebody.extras.clone()));
    }
    document
}

/// Where a record stands, with the columns of all rows that told of it.
fn placed(place: Option<&Json>, leaves: &Leaves) -> Json {
    let mut place = place.cloned().unwrap_or_else(|| json!({}));
    if let Some(place) = place.as_object_mut() {
        place.insert("columns".to_owned(), json!(leaves.columns));
    }
    place
}

fn job_document(id: &str, job: Job, party: &Party, people: &BTreeMap<String, Somebody>) -> Option<Json> {
    let hangs = !job.events.is_empty() || !job.invoices.is_empty() || !job.payments.is_empty();
    if job.leaves.is_empty() && job.extras.is_empty() && !hangs {
        return None;
    }
    let mut document = job.leaves.values.clone();
    document.insert("@".to_owned(), json!({"stream": JOBS, "id": id}));
    document.insert("#".to_owned(), placed(job.place.as_ref(), &job.leaves));
    if !job.extras.is_empty() {
        document.insert("custom_fields".to_owned(), Json::Object(job.extras));
    }
    if !job.events.is_empty() {
        document.insert("events".to_owned(), Json::Array(job.events));
    }
    document.insert("invoices".to_owned(), Json::Array(job.invoices));
    document.insert("payments".to_owned(), Json::Array(job.payments));
    let mut others: Vec<(String, Role)> =
        job.people.into_iter().filter(|(person, _)| !party.persons.contains(person)).collect();
    others.sort();
    let others: Vec<Json> = others
        .into_iter()
        .filter_map(|(id, role)| {
            let mut entry = person(&id, people.get(&id)?);
            entry.insert("role".to_owned(), Json::from(role.as_str()));
            Some(Json::Object(entry))
        })
        .collect();
    document.insert("people".to_owned(), Json::Array(others));
    Some(Json::Object(document))
}
