//! The typed tables: clients, people, projects and their children, with everything drawn from a record's fields.
//!
//! [`Typed`] gathers what one transaction touches and settles it once at its end: parents that a child named before
//! they arrived, the projections of each touched client (MODEL 1), and its match keys. A record's whole field map is in
//! its row; nothing here decides what the fields should be.

use std::collections::BTreeSet;

use hub_core::canonical::hash_bytes;
use hub_core::matching::{MatchKey, MatchParty, MatchPerson, party_keys};
use hub_core::record::{FieldMap, RecordType};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde_json::Value as Json;

use crate::error::DbResult;

/// The table of a record type.
pub(crate) fn table(record_type: RecordType) -> &'static str {
    match record_type {
        RecordType::Client => "clients",
        RecordType::Person => "people",
        RecordType::Project => "projects",
        RecordType::Event => "events",
        RecordType::Invoice => "invoices",
        RecordType::Payment => "payments",
        RecordType::Task => "tasks",
        RecordType::Document => "documents",
        RecordType::Communication => "communications",
        RecordType::Form => "forms",
    }
}

/// Changes to the typed tables within one transaction.
pub(crate) struct Typed<'a> {
    tx: &'a Transaction<'a>,
    today: String,
    clients: BTreeSet<String>,
    /// Clients whose links alone changed: their keys for the matcher stay.
    linked: BTreeSet<String>,
    awaited: [BTreeSet<String>; 4],
}

const CLIENTS: usize = 0;
const PEOPLE: usize = 1;
const PROJECTS: usize = 2;
const INVOICES: usize = 3;

/// Roles of `client_people`; a role that WedSync adds one day counts as `other` until this app knows it.
const ROLES: [&str; 5] = ["primary", "partner", "parent", "planner", "other"];

fn text<'f>(fields: &'f FieldMap, name: &str) -> Option<&'f str> {
    fields.get(name).and_then(Json::as_str)
}

fn reference<'f>(fields: &'f FieldMap, name: &str) -> Option<&'f str> {
    text(fields, name).filter(|id| !id.is_empty())
}

fn money(fields: &FieldMap, name: &str) -> (Option<i64>, Option<String>) {
    let Some(value) = fields.get(name) else { return (None, None) };
    (
        value.get("minor").and_then(Json::as_i64),
        value.get("currency").and_then(Json::as_str).map(str::to_owned),
    )
}

/// A phone as it is found: E.164, else the digits, else the text.
fn phone_value(phone: &Json) -> Option<String> {
    if let Some(e164) = phone.get("e164").and_then(Json::as_str) {
        return Some(e164.to_owned());
    }
    phone.get("text").and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl<'a> Typed<'a> {
    /// Foreign keys are checked when the transaction ends: within it, children may come before parents.
    pub(crate) fn new(tx: &'a Transaction<'a>, today: String) -> DbResult<Typed<'a>> {
        tx.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        Ok(Typed {
            tx,
            today,
            clients: BTreeSet::new(),
            linked: BTreeSet::new(),
            awaited: Default::default(),
        })
    }

    /// A client whose projections are to be drawn anew.
    pub(crate) fn touch(&mut self, client_id: &str) {
        if !self.clients.contains(client_id) {
            self.clients.insert(client_id.to_owned());
        }
    }

    /// A record whose link was confirmed: its client shows where it comes from.
    pub(crate) fn touch_link(&mut self, record_type: RecordType, id: &str) -> DbResult<()> {
        match record_type {
            RecordType::Client => {
                self.linked.insert(id.to_owned());
            }
            RecordType::Person => {
                let clients = self.clients_of(id)?;
                self.linked.extend(clients);
            }
            RecordType::Project
            | RecordType::Event
            | RecordType::Invoice
            | RecordType::Payment
            | RecordType::Task
            | RecordType::Document
            | RecordType::Communication
            | RecordType::Form => {}
        }
        Ok(())
    }

    fn awaits(&mut self, which: usize, id: Option<&str>) {
        if let Some(id) = id
            && !self.awaited[which].contains(id)
        {
            self.awaited[which].insert(id.to_owned());
        }
    }

    /// Stores a record's fields.
    pub(crate) fn put(&mut self, record_type: RecordType, id: &str, fields: &FieldMap) -> DbResult<()> {
        let whole = serde_json::to_string(fields)?;
        match record_type {
            RecordType::Client => self.put_client(id, fields, &whole),
            RecordType::Person => self.put_person(id, fields, &whole),
            RecordType::Project => self.put_project(id, fields, &whole),
            RecordType::Invoice => self.put_invoice(id, fields, &whole),
            RecordType::Payment => self.put_payment(id, fields, &whole),
            RecordType::Event => self.put_child("events", &["name", "start_date"], id, fields, &whole),
            RecordType::Task => self.put_child("tasks", &["title", "due_date"], id, fields, &whole),
            RecordType::Document => self.put_child("documents", &["name"], id, fields, &whole),
            RecordType::Form => self.put_child("forms", &["template_id", "state"], id, fields, &whole),
            RecordType::Communication => {
                self.awaits(PEOPLE, reference(fields, "person_id"));
                self.put_child("communications", &["kind", "date", "person_id"], id, fields, &whole)
            }
        }
    }

    /// A record that hangs on a client or a project, both optional; `columns` are drawn from fields of their names.
    fn put_child(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        id: &str,
        fields: &FieldMap,
        whole: &str,
    ) -> DbResult<()> {
        let (client, project) = (reference(fields, "client_id"), reference(fields, "project_id"));
        self.awaits(CLIENTS, client);
        self.awaits(PROJECTS, project);
        let mut names = vec!["id", "client_id", "project_id", "fields"];
        names.extend(columns);
        let marks: Vec<String> = (1..=names.len()).map(|index| format!("?{index}")).collect();
        let sets: Vec<String> = names[1..].iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}, awaited = 0, deleted_at = NULL",
            names.join(", "),
            marks.join(", "),
            sets.join(", ")
        );
        let mut values: Vec<Option<&str>> = vec![Some(id), client, project, Some(whole)];
        values.extend(columns.iter().map(|name| text(fields, name).filter(|text| !text.is_empty())));
        self.tx.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }

    fn put_client(&mut self, id: &str, fields: &FieldMap, whole: &str) -> DbResult<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO clients (id, company_name, fields) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET company_name = excluded.company_name, fields = excluded.fields,
                 awaited = 0, deleted_at = NULL",
            )?
            .execute((id, text(fields, "company_name"), whole))?;
        self.tx.prepare_cached("DELETE FROM client_people WHERE client_id = ?1")?.execute([id])?;
        if let Some(people) = fields.get("people").and_then(Json::as_object) {
            let mut insert = self.tx.prepare_cached(
                "INSERT OR REPLACE INTO client_people (client_id, person_id, role, position) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for (index, (person, element)) in people.iter().enumerate() {
                let role = element.get("role").and_then(Json::as_str).unwrap_or_default();
                let role = if ROLES.contains(&role) { role } else { "other" };
                let position = element.get("position").and_then(Json::as_i64).unwrap_or(index as i64);
                insert.execute((id, person, role, position))?;
            }
            for person in people.keys() {
                self.awaits(PEOPLE, Some(person));
            }
        }
        self.touch(id);
        Ok(())
    }

    fn put_person(&mut self, id: &str, fields: &FieldMap, whole: &str) -> DbResult<()> {
        let email = text(fields, "email");
        let phone = fields.get("phone").and_then(phone_value);
        self.tx
            .prepare_cached(
                "INSERT INTO people (id, first_name, last_name, email, phone, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
                 email = excluded.email, phone = excluded.phone, fields = excluded.fields, awaited = 0,
                 deleted_at = NULL",
            )?
            .execute((id, text(fields, "first_name"), text(fields, "last_name"), email, &phone, whole))?;
        self.tx.prepare_cached("DELETE FROM contact_points WHERE person_id = ?1")?.execute([id])?;
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO contact_points (person_id, position, kind, value, label) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let list = |name: &str| fields.get(name).and_then(Json::as_object).into_iter().flatten();
        let label = |element: &Json| element.get("label").and_then(Json::as_str).map(str::to_owned);
        let first = email.map(|email| (email.to_lowercase(), None));
        let others = list("other_emails").map(|(address, element)| (address.to_lowercase(), label(element)));
        for (position, (value, label)) in first.into_iter().chain(others).enumerate() {
            insert.execute((id, position as i64, "email", value.trim(), label))?;
        }
        let first = phone.map(|phone| (phone, None));
        let others = list("other_phones").map(|(key, element)| {
            let phone = element.get("phone").and_then(phone_value);
            (phone.unwrap_or_else(|| key.clone()), label(element))
        });
        for (position, (value, label)) in first.into_iter().chain(others).enumerate() {
            insert.execute((id, position as i64, "phone", value, label))?;
        }
        drop(insert);
        self.touch_clients_of(id)
    }

    pub(crate) fn touch_clients_of(&mut self, person_id: &str) -> DbResult<()> {
        let clients = self.clients_of(person_id)?;
        self.clients.extend(clients);
        Ok(())
    }

    fn clients_of(&self, person_id: &str) -> DbResult<Vec<String>> {
        let mut statement =
            self.tx.prepare_cached("SELECT client_id FROM client_people WHERE person_id = ?1")?;
        Ok(statement.query_map([person_id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    fn put_project(&mut self, id: &str, fields: &FieldMap, whole: &str) -> DbResult<()> {
        let Some(client) = reference(fields, "client_id") else { return Ok(()) };
        self.awaits(CLIENTS, Some(client));
        let before: Option<Option<String>> = self
            .tx
            .prepare_cached("SELECT client_id FROM projects WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        self.tx
            .prepare_cached(
                "INSERT INTO projects (id, client_id, name, kind, stage, wedding_date, venue_name, fields)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, name = excluded.name,
                 kind = excluded.kind, stage = excluded.stage, wedding_date = excluded.wedding_date,
                 venue_name = excluded.venue_name, fields = excluded.fields, awaited = 0, deleted_at = NULL",
            )?
            .execute((
                id,
                client,
                text(fields, "name"),
                text(fields, "kind"),
                text(fields, "stage"),
                text(fields, "wedding_date"),
                text(fields, "venue_name"),
                whole,
            ))?;
        if before.is_some() {
            self.tx.prepare_cached("DELETE FROM project_people WHERE project_id = ?1")?.execute([id])?;
        }
        if let Some(people) = fields.get("people").and_then(Json::as_object) {
            for (key, element) in people {
                let person = element.get("person_id").and_then(Json::as_str);
                let Some(person) = person.or_else(|| key.split(':').next()).filter(|id| !id.is_empty())
                else {
                    continue;
                };
                let role = element.get("role").and_then(Json::as_str).unwrap_or("other");
                self.tx
                    .prepare_cached(
                        "INSERT OR REPLACE INTO project_people (project_id, person_id, role, label)
                         VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute((id, person, role, element.get("label").and_then(Json::as_str)))?;
                self.awaits(PEOPLE, Some(person));
            }
        }
        if let Some(Some(old)) = before {
            self.touch(&old);
        }
        self.touch(client);
        Ok(())
    }

    fn put_invoice(&mut self, id: &str, fields: &FieldMap, whole: &str) -> DbResult<()> {
        let Some(client) = reference(fields, "client_id") else { return Ok(()) };
        let project = reference(fields, "project_id");
        self.awaits(CLIENTS, Some(client));
        self.awaits(PROJECTS, project);
        let (minor, currency) = money(fields, "total");
        self.tx
            .prepare_cached(
                "INSERT INTO invoices (id, client_id, project_id, number, status, due_date, total_minor,
                 total_currency, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, project_id = excluded.project_id,
                 number = excluded.number, status = excluded.status, due_date = excluded.due_date,
                 total_minor = excluded.total_minor, total_currency = excluded.total_currency,
                 fields = excluded.fields, awaited = 0, deleted_at = NULL",
            )?
            .execute((
                id,
                client,
                project,
                text(fields, "number"),
                text(fields, "status"),
                text(fields, "due_date"),
                minor,
                currency,
                whole,
            ))?;
        Ok(())
    }

    fn put_payment(&mut self, id: &str, fields: &FieldMap, whole: &str) -> DbResult<()> {
        let Some(client) = reference(fields, "client_id") else { return Ok(()) };
        let (project, payer) = (reference(fields, "project_id"), reference(fields, "payer_id"));
        self.awaits(CLIENTS, Some(client));
        self.awaits(PROJECTS, project);
        self.awaits(PEOPLE, payer);
        let (minor, currency) = money(fields, "amount");
        self.tx
            .prepare_cached(
                "INSERT INTO payments (id, client_id, project_id, payer_id, status, paid_on, amount_minor,
                 amount_currency, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, project_id = excluded.project_id,
                 payer_id = excluded.payer_id, status = excluded.status, paid_on = excluded.paid_on,
                 amount_minor = excluded.amount_minor, amount_currency = excluded.amount_currency,
                 fields = excluded.fields, awaited = 0, deleted_at = NULL",
            )?
            .execute((
                id,
                client,
                project,
                payer,
                text(fields, "status"),
                text(fields, "paid_on"),
                minor,
                currency,
                whole,
            ))?;
        self.tx.prepare_cached("DELETE FROM payment_allocations WHERE payment_id = ?1")?.execute([id])?;
        if let Some(allocations) = fields.get("allocations").and_then(Json::as_object) {
            for (invoice, element) in allocations {
                let amount = element.get("amount");
                self.tx
                    .prepare_cached(
                        "INSERT INTO payment_allocations (payment_id, invoice_id, amount_minor, amount_currency)
                         VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute((
                        id,
                        invoice,
                        amount.and_then(|amount| amount.get("minor")).and_then(Json::as_i64),
                        amount.and_then(|amount| amount.get("currency")).and_then(Json::as_str),
                    ))?;
                self.awaits(INVOICES, Some(invoice));
            }
        }
        Ok(())
    }

    /// Marks a record as softly deleted.
    pub(crate) fn delete(&mut self, record_type: RecordType, id: &str, at: i64) -> DbResult<()> {
        self.touch_around(record_type, id)?;
        self.tx
            .prepare_cached(&format!("UPDATE {} SET deleted_at = ?2 WHERE id = ?1", table(record_type)))?
            .execute((id, at))?;
        Ok(())
    }

    /// Takes a row away that WedSync never had; its children go with it.
    pub(crate) fn remove(&mut self, record_type: RecordType, id: &str) -> DbResult<()> {
        self.touch_around(record_type, id)?;
        self.tx
            .prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", table(record_type)))?
            .execute([id])?;
        if record_type == RecordType::Client {
            self.tx.prepare_cached("DELETE FROM match_keys WHERE client_id = ?1")?.execute([id])?;
        }
        Ok(())
    }

    fn touch_around(&mut self, record_type: RecordType, id: &str) -> DbResult<()> {
        match record_type {
            RecordType::Client => self.touch(id),
            RecordType::Person => self.touch_clients_of(id)?,
            RecordType::Project => {
                let client: Option<Option<String>> = self
                    .tx
                    .prepare_cached("SELECT client_id FROM projects WHERE id = ?1")?
                    .query_row([id], |row| row.get(0))
                    .optional()?;
                if let Some(Some(client)) = client {
                    self.touch(&client);
                }
            }
            RecordType::Event
            | RecordType::Invoice
            | RecordType::Payment
            | RecordType::Task
            | RecordType::Document
            | RecordType::Communication
            | RecordType::Form => {}
        }
        Ok(())
    }

    /// Draws everything anew that the changes touched. Nothing of the transaction may follow but its commit.
    pub(crate) fn settle(self) -> DbResult<()> {
        for (which, table) in
            [(CLIENTS, "clients"), (PEOPLE, "people"), (PROJECTS, "projects"), (INVOICES, "invoices")]
        {
            let mut insert = self
                .tx
                .prepare_cached(&format!("INSERT OR IGNORE INTO {table} (id, awaited) VALUES (?1, 1)"))?;
            for id in &self.awaited[which] {
                insert.execute([id])?;
            }
        }
        for client in &self.clients {
            project_client(self.tx, client, &self.today)?;
            draw_match_keys(self.tx, client)?;
        }
        for client in self.linked.difference(&self.clients) {
            project_client(self.tx, client, &self.today)?;
        }
        Ok(())
    }
}

/// The client's projections: its primary person's name and addresses, its main project's day and place.
fn project_client(tx: &Transaction<'_>, client_id: &str, today: &str) -> DbResult<()> {
    tx.prepare_cached(&format!(
        "UPDATE clients SET
         (first_name, last_name, email, phone, crm_integration_id, external_crm_id) = (
           SELECT p.first_name, p.last_name, p.email, p.phone,
             (SELECT i.id FROM record_links l JOIN crm_integrations i ON i.no = l.connection
              WHERE l.record_id = p.id AND l.record_type = 'person' AND l.confirmed = 1 ORDER BY i.no LIMIT 1),
             (SELECT l.external_id FROM record_links l
              WHERE l.record_id = p.id AND l.record_type = 'person' AND l.confirmed = 1
              ORDER BY l.connection LIMIT 1)
           FROM client_people cp JOIN people p ON p.id = cp.person_id
           WHERE cp.client_id = clients.id AND p.deleted_at IS NULL AND p.awaited = 0
           ORDER BY cp.role <> 'primary', cp.position, p.id LIMIT 1),
         (wedding_date, venue_name) = ({})
         WHERE id = ?1",
        MAIN_PROJECT.replace("?today", "?2")
    ))?
    .execute([client_id, today])?;
    // A person's link may have come before the client that tells whose it is.
    tx.prepare_cached(
        "UPDATE record_links SET client_id = ?1 WHERE record_type = 'person' AND +client_id = '' AND record_id IN
         (SELECT person_id FROM client_people WHERE client_id = ?1)",
    )?
    .execute([client_id])?;
    Ok(())
}

/// Draws the main project anew for the clients whose main project a new day changes, and only for those; returns how many
/// there were. Only what happened between the two days can have changed its place: forwards the clients whose next wedding
/// was then, found by an index; backwards (a clock or a zone was put right) those who have a wedding in between.
pub(crate) fn project_day(tx: &Transaction<'_>, from: &str, to: &str) -> DbResult<usize> {
    let whose = if from < to {
        "wedding_date >= ?1 AND wedding_date < ?2"
    } else {
        "id IN (SELECT client_id FROM projects WHERE wedding_date >= ?2 AND wedding_date < ?1)"
    };
    Ok(tx
        .prepare_cached(&format!(
            "UPDATE clients SET (wedding_date, venue_name) = ({}) WHERE {whose}",
            MAIN_PROJECT.replace("?today", "?2")
        ))?
        .execute((from, to))?)
}

/// Day and place of a client's main project: the next wedding, else the latest one; a project called a wedding goes before
/// one that is not (MODEL 1).
const MAIN_PROJECT: &str = "SELECT wedding_date, venue_name FROM projects
   WHERE client_id = clients.id AND deleted_at IS NULL AND awaited = 0
   ORDER BY wedding_date IS NULL, coalesce(kind, '') NOT LIKE '%wedding%', wedding_date < ?today,
     CASE WHEN wedding_date >= ?today THEN wedding_date END, wedding_date DESC, id LIMIT 1";

/// A client as the matcher sees it: its booking persons, primary first, and its projects.
pub(crate) fn match_party(connection: &Connection, client_id: &str) -> DbResult<Option<MatchParty>> {
    let live = connection
        .prepare_cached("SELECT 1 FROM clients WHERE id = ?1 AND deleted_at IS NULL AND awaited = 0")?
        .exists([client_id])?;
    if !live {
        return Ok(None);
    }
    let mut party = MatchParty { client_id: client_id.to_owned(), ..MatchParty::default() };
    {
        let mut people = connection.prepare_cached(
            "SELECT p.id, p.first_name, p.last_name, json_extract(p.fields, '$.maiden_name')
             FROM client_people cp JOIN people p ON p.id = cp.person_id
             WHERE cp.client_id = ?1 AND cp.role IN ('primary', 'partner', 'other') AND p.deleted_at IS NULL
             AND p.awaited = 0
             ORDER BY cp.role <> 'primary', cp.role <> 'partner', cp.position, p.id",
        )?;
        let mut rows = people.query([client_id])?;
        while let Some(row) = rows.next()? {
            let text = |index: usize| -> rusqlite::Result<String> {
                Ok(row.get::<_, Option<String>>(index)?.unwrap_or_default())
            };
            party.people.push(MatchPerson {
                id: text(0)?,
                first_name: text(1)?,
                last_name: text(2)?,
                maiden_name: text(3)?,
                emails: Vec::new(),
                phones: Vec::new(),
            });
        }
    }
    let mut points = connection.prepare_cached(
        "SELECT kind, value FROM contact_points WHERE person_id = ?1 ORDER BY kind, position",
    )?;
    for person in &mut party.people {
        let mut rows = points.query([&person.id])?;
        while let Some(row) = rows.next()? {
            let value: String = row.get(1)?;
            if row.get_ref(0)?.as_str().is_ok_and(|kind| kind == "email") {
                person.emails.push(value);
            } else {
                person.phones.push(value);
            }
        }
    }
    let mut projects = connection.prepare_cached(
        "SELECT id, wedding_date FROM projects WHERE client_id = ?1 AND deleted_at IS NULL AND awaited = 0 ORDER BY id",
    )?;
    let rows = projects.query_map([client_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    party.projects = rows.collect::<rusqlite::Result<_>>()?;
    Ok(Some(party))
}

/// A match key as it is indexed.
pub(crate) fn key_number(key: &MatchKey) -> i64 {
    let digest = hash_bytes(format!("{}\n{}", key.kind.as_str(), key.value).as_bytes());
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default().cast_signed()
}

fn draw_match_keys(tx: &Transaction<'_>, client_id: &str) -> DbResult<()> {
    let wanted: BTreeSet<i64> = match match_party(tx, client_id)? {
        Some(party) => party_keys(&party).iter().map(key_number).collect(),
        None => BTreeSet::new(),
    };
    let held: BTreeSet<i64> = tx
        .prepare_cached("SELECT key FROM match_keys WHERE client_id = ?1")?
        .query_map([client_id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut remove = tx.prepare_cached("DELETE FROM match_keys WHERE key = ?1 AND client_id = ?2")?;
    for key in held.difference(&wanted) {
        remove.execute((key, client_id))?;
    }
    let mut insert = tx.prepare_cached("INSERT INTO match_keys (key, client_id) VALUES (?1, ?2)")?;
    for key in wanted.difference(&held) {
        insert.execute((key, client_id))?;
    }
    Ok(())
}
