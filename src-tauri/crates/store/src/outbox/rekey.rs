//! A canonical id takes the place of ours: the record, its children and every reference to it, in one transaction
//! (MODEL 5).

use hub_core::record::RecordType;
use rusqlite::Transaction;

use crate::error::DbResult;
use crate::typed::{Typed, table};

/// Columns that refer to a record of this type.
fn children(record_type: RecordType) -> &'static [(&'static str, &'static str)] {
    match record_type {
        RecordType::Client => &[
            ("client_people", "client_id"),
            ("projects", "client_id"),
            ("events", "client_id"),
            ("invoices", "client_id"),
            ("payments", "client_id"),
            ("tasks", "client_id"),
            ("documents", "client_id"),
            ("communications", "client_id"),
            ("forms", "client_id"),
        ],
        RecordType::Person => &[
            ("contact_points", "person_id"),
            ("client_people", "person_id"),
            ("project_people", "person_id"),
            ("payments", "payer_id"),
            ("communications", "person_id"),
        ],
        RecordType::Project => &[
            ("project_people", "project_id"),
            ("events", "project_id"),
            ("invoices", "project_id"),
            ("payments", "project_id"),
            ("tasks", "project_id"),
            ("documents", "project_id"),
            ("communications", "project_id"),
            ("forms", "project_id"),
        ],
        RecordType::Invoice => &[("payment_allocations", "invoice_id")],
        RecordType::Payment => &[("payment_allocations", "payment_id")],
        RecordType::Event
        | RecordType::Task
        | RecordType::Document
        | RecordType::Communication
        | RecordType::Form => &[],
    }
}

/// Rows whose field maps name the record: through a column of their own, or through a join table.
fn holders(child: (&'static str, &'static str)) -> (&'static str, RecordType, &'static str) {
    match child {
        ("client_people", "person_id") => (
            "clients",
            RecordType::Client,
            "id IN (SELECT client_id FROM client_people WHERE person_id = ?1)",
        ),
        ("project_people", "person_id") => (
            "projects",
            RecordType::Project,
            "id IN (SELECT project_id FROM project_people WHERE person_id = ?1)",
        ),
        ("payment_allocations", "invoice_id") => (
            "payments",
            RecordType::Payment,
            "id IN (SELECT payment_id FROM payment_allocations WHERE invoice_id = ?1)",
        ),
        ("projects", _) => ("projects", RecordType::Project, "client_id = ?1"),
        ("events", "client_id") => ("events", RecordType::Event, "client_id = ?1"),
        ("events", _) => ("events", RecordType::Event, "project_id = ?1"),
        ("invoices", "client_id") => ("invoices", RecordType::Invoice, "client_id = ?1"),
        ("invoices", _) => ("invoices", RecordType::Invoice, "project_id = ?1"),
        ("payments", "client_id") => ("payments", RecordType::Payment, "client_id = ?1"),
        ("payments", "payer_id") => ("payments", RecordType::Payment, "payer_id = ?1"),
        ("payments", _) => ("payments", RecordType::Payment, "project_id = ?1"),
        ("tasks", "client_id") => ("tasks", RecordType::Task, "client_id = ?1"),
        ("tasks", _) => ("tasks", RecordType::Task, "project_id = ?1"),
        ("documents", "client_id") => ("documents", RecordType::Document, "client_id = ?1"),
        ("documents", _) => ("documents", RecordType::Document, "project_id = ?1"),
        ("communications", "client_id") => ("communications", RecordType::Communication, "client_id = ?1"),
        ("communications", "person_id") => ("communications", RecordType::Communication, "person_id = ?1"),
        ("communications", _) => ("communications", RecordType::Communication, "project_id = ?1"),
        ("forms", "client_id") => ("forms", RecordType::Form, "client_id = ?1"),
        ("forms", _) => ("forms", RecordType::Form, "project_id = ?1"),
        // Rows that belong to the record itself hold no field map of somebody else.
        (_, _) => ("clients", RecordType::Client, "0 AND id = ?1"),
    }
}

pub(crate) fn run(
    tx: &Transaction<'_>,
    typed: &mut Typed<'_>,
    record_type: RecordType,
    old: &str,
    new: &str,
    now: i64,
) -> DbResult<()> {
    tx.prepare_cached(
        "INSERT INTO id_aliases (record_type, old_id, new_id, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (record_type, old_id) DO UPDATE SET new_id = excluded.new_id",
    )?
    .execute((record_type.as_str(), old, new, now))?;
    for child in children(record_type) {
        let (holder, holder_type, condition) = holders(*child);
        // Ids are UUIDs: the old one occurs in a field map as a reference to this record or not at all.
        tx.prepare_cached(&format!(
            "UPDATE wedsync_records SET fields = replace(fields, ?1, ?2) WHERE record_type = '{holder_type}'
             AND id IN (SELECT id FROM {holder} WHERE {condition})"
        ))?
        .execute([old, new])?;
        tx.prepare_cached(&format!(
            "UPDATE {holder} SET fields = replace(fields, ?1, ?2) WHERE {condition}"
        ))?
        .execute([old, new])?;
    }
    let own = table(record_type);
    if children(record_type).is_empty() || record_type == RecordType::Payment {
        tx.prepare_cached(&format!("UPDATE OR REPLACE {own} SET id = ?2 WHERE id = ?1"))?
            .execute([old, new])?;
    } else {
        tx.prepare_cached(&format!("INSERT OR IGNORE INTO {own} (id, awaited) VALUES (?1, 1)"))?
            .execute([new])?;
        for (child, column) in children(record_type) {
            tx.prepare_cached(&format!("UPDATE OR REPLACE {child} SET {column} = ?2 WHERE {column} = ?1"))?
                .execute([old, new])?;
        }
        tx.prepare_cached(&format!("DELETE FROM {own} WHERE id = ?1"))?.execute([old])?;
    }
    tx.prepare_cached("DELETE FROM wedsync_records WHERE record_type = ?1 AND id = ?2")?
        .execute((record_type.as_str(), old))?;
    tx.prepare_cached(
        "UPDATE OR REPLACE record_links SET record_id = ?2 WHERE record_id = ?1 AND record_type = ?3",
    )?
    .execute((old, new, record_type.as_str()))?;
    tx.prepare_cached("UPDATE outbox SET record_id = ?2 WHERE record_id = ?1 AND record_type = ?3")?
        .execute((old, new, record_type.as_str()))?;
    if record_type == RecordType::Client {
        tx.prepare_cached("UPDATE record_links SET client_id = ?2 WHERE client_id = ?1")?
            .execute([old, new])?;
        // A party's pseudo source is named after its client.
        for rows in ["record_links", "base_values"] {
            tx.prepare_cached(&format!(
                "UPDATE OR REPLACE {rows} SET external_id = ?2 WHERE external_id = ?1 AND record_type = 'client'
                 AND stream IN (SELECT no FROM crm_streams WHERE stream = '{}')",
                hub_core::record::PARTY_STREAM
            ))?
            .execute([old, new])?;
        }
        tx.prepare_cached("DELETE FROM match_keys WHERE client_id = ?1")?.execute([old])?;
        typed.touch(new);
    }
    Ok(())
}
