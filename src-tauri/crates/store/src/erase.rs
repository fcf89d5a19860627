//! Erasing a person, or everything, from the book and all its copies (SYNC-LAW 44, MODEL 12).
//!
//! The person's records go; whatever else names them by an address, a number or their whole name loses the words. What
//! the CRM still says about them is kept out from then on: their rows stay as empty places under a keyed digest of
//! the CRM's id, so that the next import finds them taken, counts them, and stores nothing. The digest key of their
//! client is destroyed, so that no digest in the audit log can be guessed back; the chain still verifies. Earlier copies
//! are removed, and the file is written anew, so that no free page holds what was deleted.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use hub_core::canonical::hex;
use hub_core::ports::{Actor, ErasedHere, StoreResult};
use hub_core::record::{RecordKey, RecordType};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::audit::Entry;
use crate::backup::{self, BACKUPS_DIR, remove};
use crate::db::{Create, connect};
use crate::error::{DbResult, not_found, refused};
use crate::keys::Key;
use crate::mirror;
use crate::store::{HUB_FILE, Store, Write};
use crate::time::nanos;
use crate::typed::{Typed, table};

/// Ids of the places that erased rows leave begin so; no CRM's id does.
const PREFIX: &str = "erased:";

/// The place that an erased row of the CRM leaves: nobody without the profile's key can tell whose it was.
pub(crate) fn place(key: &Key, connection_id: &str, external_id: &str) -> String {
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key.bytes());
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in ["erased", connection_id, external_id] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    format!("{PREFIX}{}", hex(&mac.finalize().into_bytes()))
}

/// Places of erased rows of a connection, for what is read from its CRM.
pub(crate) struct Places {
    key: Key,
    connection_id: String,
    taken: HashSet<String>,
}

impl Places {
    pub(crate) fn of(connection: &Connection, key: &Key, connection_id: &str) -> DbResult<Places> {
        let taken = connection
            .prepare_cached(
                "SELECT r.external_id FROM crm_integrations i JOIN crm_streams s ON s.connection = i.no
                 JOIN crm_records r ON r.stream = s.no AND r.external_id >= 'erased:' AND r.external_id < 'erased;'
                 WHERE i.id = ?1",
            )?
            .query_map([connection_id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Places { key: key.clone(), connection_id: connection_id.to_owned(), taken })
    }

    /// The place that a row will have.
    pub(crate) fn make(&self, external_id: &str) -> String {
        place(&self.key, &self.connection_id, external_id)
    }

    /// The place of a row that is about somebody who was erased; `None` for everybody else's.
    pub(crate) fn of_row(&self, external_id: &str) -> Option<String> {
        if self.taken.is_empty() {
            return None;
        }
        let place = place(&self.key, &self.connection_id, external_id);
        self.taken.contains(&place).then_some(place)
    }
}

/// What a person is known by.
struct Needles(Vec<String>);

impl Needles {
    /// Addresses, numbers as typed and as dialled, and the whole name. A first name alone names nobody.
    fn of(fields: &Json) -> Needles {
        let mut found = BTreeSet::new();
        let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default().trim();
        let (first, last, maiden) = (text("first_name"), text("last_name"), text("maiden_name"));
        for family in [last, maiden] {
            if !first.is_empty() && !family.is_empty() {
                found.insert(format!("{first} {family}"));
                found.insert(format!("{family}, {first}"));
                found.insert(format!("{family} {first}"));
            }
        }
        addresses(fields, &mut found);
        Needles(found.into_iter().filter(|needle| needle.chars().count() >= 5).collect())
    }

    /// Without the addresses and numbers that somebody else has as well: those are theirs, and stay.
    fn without_shared(mut self, tx: &Connection, person_id: &str) -> DbResult<Needles> {
        let others: Vec<String> = tx
            .prepare(
                "SELECT lower(c.value) FROM contact_points c JOIN people p ON p.id = c.person_id
                 WHERE c.person_id <> ?1 AND p.deleted_at IS NULL",
            )?
            .query_map([person_id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let shared: HashSet<String> = others.iter().map(|value| point(value)).collect();
        self.0.retain(|needle| !is_point(needle) || !shared.contains(&point(needle)));
        Ok(self)
    }

    /// Names and addresses are found however they are capitalised.
    fn in_text(&self, text: &str) -> bool {
        let folded = text.to_lowercase();
        self.0.iter().any(|needle| folded.contains(&needle.to_lowercase()))
    }

    /// The same value without them: texts that hold one are emptied, entries under such a key go.
    fn cleaned(&self, value: Json) -> Json {
        match value {
            Json::String(text) if self.in_text(&text) => Json::String(String::new()),
            Json::Array(items) => Json::Array(items.into_iter().map(|item| self.cleaned(item)).collect()),
            Json::Object(object) => Json::Object(
                object
                    .into_iter()
                    .filter(|(key, _)| !self.in_text(key))
                    .map(|(key, value)| (key, self.cleaned(value)))
                    .collect(),
            ),
            other => other,
        }
    }

    fn cleaned_text(&self, text: &str) -> String {
        match serde_json::from_str::<Json>(text) {
            Ok(json @ (Json::Object(_) | Json::Array(_))) => self.cleaned(json).to_string(),
            Ok(_) | Err(_) => String::new(),
        }
    }
}

/// Whether a needle is an address or a number and no name.
fn is_point(needle: &str) -> bool {
    needle.contains('@') || needle.chars().any(|letter| letter.is_ascii_digit())
}

/// An address or a number as it is compared: without capitals; of a number the last nine digits, which are the same with
/// and without the prefixes of country and trunk.
fn point(value: &str) -> String {
    if value.contains('@') {
        return value.to_lowercase();
    }
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(9)..].iter().collect()
}

/// E-mail addresses and phone numbers anywhere in a person's fields.
fn addresses(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::String(text) if text.contains('@') => {
            found.insert(text.trim().to_owned());
        }
        Json::Object(object) => {
            for name in ["e164", "text"] {
                if let Some(number) = object.get(name).and_then(Json::as_str) {
                    found.insert(number.trim().to_owned());
                }
            }
            for (key, value) in object {
                if key.contains('@') {
                    found.insert(key.clone());
                }
                addresses(value, found);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Tables whose rows are dropped when they name the person: nothing of them is needed to go on.
const DROPPED: [&str; 7] = [
    "hook_events",
    "job_events",
    "crm_sync_logs",
    "crm_client_staging",
    "review_decisions",
    "before_images",
    "conflicts",
];

/// Tables that hold nothing of anybody, or must not be written.
const LEFT: [&str; 6] =
    ["audit_log", "audit_keys", "schema_migrations", "match_keys", "crm_integrations", "suppliers"];

pub(crate) fn person(store: &Store, person_id: &str, actor: &Actor) -> StoreResult<ErasedHere> {
    require_quiet(store)?;
    let key = RecordKey::new(RecordType::Person, person_id);
    let erased = store.write(|write| {
        write.tx.pragma_update(None, "secure_delete", true)?;
        let erased = erase(write, &key, actor)?;
        write.audit(&Entry {
            record: Some(("person", person_id)),
            ..Entry::plain(actor, "person.erased", None)
        })?;
        Ok(erased)
    })?;
    finish(store, actor)?;
    Ok(erased)
}

/// Nothing may be on its way: what is sent cannot be taken out of a batch.
fn require_quiet(store: &Store) -> StoreResult<()> {
    store.read(|connection| {
        let busy = connection
            .prepare("SELECT 1 FROM crm_sync_jobs WHERE phase NOT IN ('done','partial','failed','cancelled','waiting_review')")?
            .exists([])?;
        if busy { Err(refused("error.erase_jobs_open")) } else { Ok(()) }
    })
}

fn erase(write: &mut Write<'_>, key: &RecordKey, actor: &Actor) -> DbResult<ErasedHere> {
    let tx = write.tx;
    let fields: Option<String> =
        tx.query_row("SELECT fields FROM people WHERE id = ?1", [&key.id], |row| row.get(0)).optional()?;
    let held = mirror::find(tx, key)?;
    if fields.is_none() && held.is_none() {
        return Err(not_found("person", &key.id));
    }
    let mut known = fields.as_deref().map(serde_json::from_str::<Json>).transpose()?.unwrap_or(Json::Null);
    if let (Json::Object(known), Some(held)) = (&mut known, &held) {
        for (name, value) in &held.fields {
            known.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let needles = Arc::new(Needles::of(&known).without_shared(tx, &key.id)?);
    let clients: Vec<String> = tx
        .prepare("SELECT client_id FROM client_people WHERE person_id = ?1")?
        .query_map([&key.id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut erased = ErasedHere { source_rows: take_sources(write, &key.id)?, ..ErasedHere::default() };

    // The person's own rows. WedSync's tombstone keeps the id alone.
    let now = nanos(actor.at);
    let mut typed = Typed::new(tx, write.store.today(tx)?)?;
    typed.remove(RecordType::Person, &key.id)?;
    typed.settle()?;
    tx.execute(
        "UPDATE wedsync_records SET fields = '{}', external_refs = '[]', deleted_at = coalesce(deleted_at, ?2)
         WHERE record_type = 'person' AND id = ?1",
        (&key.id, now),
    )?;
    erased.plans = take_plans(tx, &key.id, &needles)?;
    tx.execute("DELETE FROM crm_sync_logs WHERE wedsync_record_id = ?1", [&key.id])?;
    tx.execute("DELETE FROM merges WHERE loser_id = ?1 OR winner_id = ?1", [&key.id])?;
    tx.execute("DELETE FROM settings WHERE key LIKE 'preview%' OR key LIKE 'sample%'", [])?;
    erased.cleaned = sweep(tx, &needles)?;
    for subject in clients.iter().chain([&key.id]) {
        tx.execute("DELETE FROM audit_keys WHERE subject = ?1", [subject])?;
        write.forget_digest_key(subject);
    }
    Ok(erased)
}

/// Turns the CRM's rows about the person into empty places, and ends their links.
fn take_sources(write: &Write<'_>, person_id: &str) -> DbResult<u64> {
    let tx = write.tx;
    type Source = (i64, String, i64, String);
    let sources: Vec<Source> = tx
        .prepare(
            "SELECT l.stream, l.external_id, l.connection, i.id FROM record_links l
             JOIN crm_integrations i ON i.no = l.connection WHERE l.record_id = ?1 AND l.record_type = 'person'",
        )?
        .query_map([person_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut taken = 0;
    for (stream, external_id, connection, connection_id) in sources {
        // Whoever is on a job, and what was written to them; what merely names them (who paid) stays with its job.
        let rows: Vec<(i64, i64, String)> = tx
            .prepare_cached(
                "SELECT r.no, r.stream, r.external_id FROM crm_records r
                 JOIN crm_streams s ON s.no = r.stream AND s.connection = ?1
                 WHERE (r.stream = ?2 AND r.external_id = ?3) OR ((r.parent1 = ?3 OR r.parent2 = ?3)
                 AND NOT EXISTS (SELECT 1 FROM record_links l WHERE l.stream = r.stream
                   AND l.external_id = r.external_id AND l.record_type <> 'communication'))",
            )?
            .query_map((connection, stream, &external_id), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (no, of_stream, id) in rows {
            tx.prepare_cached(
                "UPDATE crm_records SET external_id = ?2, raw = '{}', content_hash = zeroblob(32), version = NULL,
                 parent1 = NULL, parent2 = NULL WHERE no = ?1",
            )?
            .execute((no, place(&write.store.keys.audit, &connection_id, &id)))?;
            for rows in ["record_links", "base_values"] {
                tx.prepare_cached(&format!("DELETE FROM {rows} WHERE stream = ?1 AND external_id = ?2"))?
                    .execute((of_stream, &id))?;
            }
            taken += 1;
        }
    }
    Ok(taken)
}

/// Takes every unit of a plan that is about the person out, with what was sent of it: it can no longer be undone.
fn take_plans(tx: &Transaction<'_>, person_id: &str, needles: &Arc<Needles>) -> DbResult<u64> {
    let of_person: Vec<(i64, i64)> = tx
        .prepare("SELECT DISTINCT plan, seq FROM plan_ops WHERE record_id = ?1 AND record_type = 'person'")?
        .query_map([person_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut units: BTreeSet<(i64, i64)> = of_person.into_iter().collect();
    with_functions(tx, needles, || {
        for sql in [
            "SELECT plan, seq FROM plan_units WHERE hub_holds(summary) OR hub_holds(body) OR hub_holds(search)
             OR hub_holds(name_key) OR hub_holds(resolution)",
            "SELECT plan, seq FROM plan_ops WHERE hub_holds(op)",
        ] {
            let mut statement = tx.prepare(sql)?;
            for unit in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
                units.insert(unit?);
            }
        }
        Ok(())
    })?;
    for (plan, seq) in &units {
        tx.prepare_cached(
            "DELETE FROM before_images WHERE op_id IN (SELECT op_id FROM outbox WHERE plan = ?1 AND unit = ?2)
             OR op_id = ?3",
        )?
        .execute((plan, seq, crate::base::unit_image(*plan, *seq)))?;
        tx.prepare_cached("DELETE FROM outbox WHERE plan = ?1 AND unit = ?2")?.execute((plan, seq))?;
        tx.prepare_cached("DELETE FROM plan_units WHERE plan = ?1 AND seq = ?2")?.execute((plan, seq))?;
    }
    Ok(units.len() as u64)
}

/// Runs with `hub_holds(text)` and `hub_clean(text)` known to SQLite.
fn with_functions<T>(
    tx: &Transaction<'_>,
    needles: &Arc<Needles>,
    run: impl FnOnce() -> DbResult<T>,
) -> DbResult<T> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let holding = needles.clone();
    tx.create_scalar_function("hub_holds", 1, flags, move |context| {
        Ok(context.get_raw(0).as_str_or_null()?.is_some_and(|text| holding.in_text(text)))
    })?;
    let cleaning = needles.clone();
    tx.create_scalar_function("hub_clean", 1, flags, move |context| {
        Ok(context.get_raw(0).as_str_or_null()?.map(|text| cleaning.cleaned_text(text)))
    })?;
    let result = run();
    tx.remove_function("hub_holds", 1)?;
    tx.remove_function("hub_clean", 1)?;
    result
}

/// Looks through every text of every table, so that no table can be forgotten.
fn sweep(tx: &Transaction<'_>, needles: &Arc<Needles>) -> DbResult<u64> {
    let columns: Vec<(String, String)> = tx
        .prepare(
            "SELECT t.name, c.name FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type = 'TEXT'
             AND c.hidden = 0 ORDER BY t.name, c.cid",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    with_functions(tx, needles, || {
        let mut cleaned = 0;
        for (table, column) in columns.iter().filter(|(table, _)| !LEFT.contains(&table.as_str())) {
            let sql = if DROPPED.contains(&table.as_str()) {
                format!("DELETE FROM \"{table}\" WHERE hub_holds(\"{column}\")")
            } else {
                format!(
                    "UPDATE \"{table}\" SET \"{column}\" = hub_clean(\"{column}\") WHERE hub_holds(\"{column}\")"
                )
            };
            cleaned += tx.execute(&sql, [])? as u64;
        }
        Ok(cleaned)
    })
}

/// Everything: no record, no connection, no copy; the audit log tells that it was done, and the sign-in stays.
pub(crate) fn everything(store: &Store, actor: &Actor) -> StoreResult<()> {
    require_quiet(store)?;
    store.write(|write| {
        let tx = write.tx;
        tx.pragma_update(None, "secure_delete", true)?;
        tx.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        // Connections take what was read, staged, planned and logged with them.
        tx.execute("DELETE FROM crm_integrations", [])?;
        for record_type in RecordType::ALL {
            tx.execute(&format!("DELETE FROM {}", table(record_type)), [])?;
        }
        for rows in ["hooks", "hook_changes", "wedsync_records", "match_keys", "id_aliases", "merges", "before_images", "usage_counters"] {
            tx.execute(&format!("DELETE FROM {rows}"), [])?;
        }
        tx.execute("DELETE FROM settings WHERE key NOT IN ('account', 'supplier_id', 'studio.time_zone', 'retention')", [])?;
        tx.execute("DELETE FROM store_meta WHERE key LIKE 'planned_from:%'", [])?;
        mirror::forget_cursor(tx)?;
        tx.execute("DELETE FROM audit_keys", [])?;
        write.forget_digest_keys();
        write.audit(&Entry::plain(actor, "everything.erased", None))
    })?;
    finish(store, actor)
}

/// Copies and free pages: what was erased is in none of them either. A fresh copy takes the place of the old ones.
fn finish(store: &Store, actor: &Actor) -> StoreResult<()> {
    let files: Vec<String> = store.write(|write| {
        let files = write
            .tx
            .prepare("DELETE FROM backups RETURNING file")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        write.audit(&Entry::plain(actor, "backup.removed", None))?;
        Ok(files)
    })?;
    let dir = store.dir.join(BACKUPS_DIR);
    for file in files {
        remove(&dir.join(file))?;
    }
    remove_stray_copies(store)?;
    write_anew(store)?;
    backup::restore_point(store, "erasure", None, actor.at)?;
    Ok(())
}

/// Copies that no list names: from before a migration, or left by a kill.
fn remove_stray_copies(store: &Store) -> DbResult<()> {
    for entry in fs::read_dir(&store.dir)? {
        let entry = entry?;
        let is_copy = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix(HUB_FILE))
            .is_some_and(|rest| rest.starts_with('.'));
        if is_copy {
            remove(&entry.path())?;
        }
    }
    let dir = store.dir.join(BACKUPS_DIR);
    if dir.exists() {
        for entry in fs::read_dir(dir)? {
            remove(&entry?.path())?;
        }
    }
    Ok(())
}

/// Writes the file anew without its free pages and puts it in place of the old one.
fn write_anew(store: &Store) -> DbResult<()> {
    let live = store.dir.join(HUB_FILE);
    let fresh = store.dir.join(backup::FRESH);
    let aside = store.dir.join(backup::ASIDE);
    store.db.exchange(|| {
        backup::remove_book(&fresh)?;
        {
            let old = connect(&live, &store.keys.db, Create::Refused, 2 * 1024)?;
            old.execute("VACUUM INTO ?1", [fresh.to_string_lossy().as_ref()])?;
            old.close().map_err(|(_, error)| error)?;
        }
        // Opened again before the old one goes: it is whole and under the same key.
        connect(&fresh, &store.keys.db, Create::Refused, 2 * 1024)?.close().map_err(|(_, error)| error)?;
        fs::OpenOptions::new().write(true).open(&fresh)?.sync_all()?;
        fs::rename(&live, &aside)?;
        fs::rename(&fresh, &live)?;
        Ok(())
    })?;
    backup::remove_book(&aside)
}
