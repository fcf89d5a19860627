//! `custom_field_defs` and `plan_fields`.

use hub_core::custom_field::{CustomFieldChoice, CustomFieldDef, PlannedField, StoredCustomField};
use hub_core::ports::{Actor, FieldChoice, FieldStore, StoreResult};
use hub_core::value::FieldType;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde_json::Value as Json;

use crate::audit::Entry;
use crate::connections::{connection_no, put_rules, stored_rules};
use crate::error::{DbError, DbResult, not_found};
use crate::jobs::{count, signed};
use crate::plan::{plan_no, record_type, text};
use crate::store::Store;
use crate::time::nanos;

fn field_type(name: &str) -> DbResult<FieldType> {
    FieldType::parse(name).ok_or(DbError::Name { column: "value_type" })
}

fn read_custom(row: &Row<'_>) -> DbResult<StoredCustomField> {
    let field: Option<String> = row.get(9)?;
    let choice: Option<String> = row.get(8)?;
    let made_as = row.get(11)?;
    let choice = match (choice.as_deref(), field) {
        (None, _) => None,
        (Some("existing"), Some(field)) => Some(CustomFieldChoice::Existing { field }),
        (Some("new"), _) => Some(CustomFieldChoice::New),
        (Some("keep"), _) => Some(CustomFieldChoice::Keep),
        (Some(_), _) => return Err(DbError::Name { column: "custom_field_defs.choice" }),
    };
    Ok(StoredCustomField {
        def: CustomFieldDef {
            record_type: record_type(text(row, 0)?)?,
            stream: row.get(1)?,
            external_id: row.get(2)?,
            label: row.get(3)?,
            kind: row.get(4)?,
            value_type: field_type(text(row, 5)?)?,
            choices: serde_json::from_str(text(row, 6)?)?,
            source: row.get(7)?,
            hidden: row.get(10)?,
        },
        choice,
        made_as,
    })
}

fn read_planned(row: &Row<'_>) -> DbResult<PlannedField> {
    Ok(PlannedField {
        record_type: record_type(text(row, 0)?)?,
        stream: row.get(1)?,
        external_id: row.get(2)?,
        name: row.get(3)?,
        label: row.get(4)?,
        value_type: field_type(text(row, 5)?)?,
        records: count(row.get(6)?),
        made_by: row.get(7)?,
    })
}

const PLANNED: &str =
    "SELECT f.record_type, f.stream, f.external_id, f.name, f.label, f.value_type, f.records, f.made_by
    FROM plan_fields f";

/// Fields of a plan under a condition.
fn planned(connection: &Connection, plan: i64, condition: &str) -> DbResult<Vec<PlannedField>> {
    let mut statement =
        connection.prepare_cached(&format!("{PLANNED} WHERE f.plan = ?1 AND {condition} ORDER BY f.ord"))?;
    statement.query_and_then([plan], read_planned)?.collect()
}

impl FieldStore for Store {
    fn custom_fields(&self, connection_id: &str) -> StoreResult<Vec<StoredCustomField>> {
        self.read(|connection| {
            let no = connection_no(connection, connection_id)?;
            let mut statement = connection.prepare_cached(
                "SELECT record_type, stream, external_id, label, kind, value_type, choices, source, choice,
                 wedsync_field, hidden, made_as FROM custom_field_defs WHERE connection = ?1
                 ORDER BY record_type, label, external_id",
            )?;
            statement.query_and_then([no], read_custom)?.collect()
        })
    }

    fn put_custom_fields(&self, connection_id: &str, defs: &[CustomFieldDef]) -> StoreResult<()> {
        self.scratch(|tx| {
            let no = connection_no(tx, connection_id)?;
            let mut statement = tx.prepare_cached(
                "INSERT INTO custom_field_defs (connection, record_type, external_id, label, kind, choices, stream,
                 value_type, source, hidden) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (connection, record_type, external_id) DO UPDATE SET label = excluded.label,
                 kind = excluded.kind, choices = excluded.choices, stream = excluded.stream,
                 value_type = excluded.value_type, source = excluded.source, hidden = excluded.hidden",
            )?;
            for def in defs {
                statement.execute((
                    no,
                    def.record_type.as_str(),
                    &def.external_id,
                    &def.label,
                    &def.kind,
                    serde_json::to_string(&def.choices)?,
                    &def.stream,
                    def.value_type.as_str(),
                    &def.source,
                    def.hidden,
                ))?;
            }
            Ok(())
        })
    }

    fn choose_custom_fields(
        &self,
        connection_id: &str,
        choices: &[FieldChoice],
        rules: &[Json],
    ) -> StoreResult<i64> {
        let actor = self.app("audit.mapping_saved", None);
        self.write(|write| {
            let no = connection_no(write.tx, connection_id)?;
            for (record_type, external_id, choice) in choices {
                let (name, field) = match choice {
                    CustomFieldChoice::Existing { field } => ("existing", Some(field.as_str())),
                    CustomFieldChoice::New => ("new", None),
                    CustomFieldChoice::Keep => ("keep", None),
                };
                let stored = write
                    .tx
                    .prepare_cached(
                        "UPDATE custom_field_defs SET choice = ?4, wedsync_field = ?5
                         WHERE connection = ?1 AND record_type = ?2 AND external_id = ?3",
                    )?
                    .execute((no, record_type.as_str(), external_id, name, field))?;
                if stored == 0 {
                    return Err(not_found("field", external_id));
                }
            }
            put_rules(write, connection_id, rules, &actor)
        })
    }

    fn put_plan_fields(&self, plan_id: &str, fields: &[PlannedField]) -> StoreResult<()> {
        self.scratch(|tx| {
            let plan = plan_no(tx, plan_id)?;
            tx.execute("DELETE FROM plan_fields WHERE plan = ?1", [plan])?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO plan_fields (plan, ord, record_type, stream, external_id, name, label, value_type, records)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            for (ord, field) in (0_i64..).zip(fields) {
                insert.execute((
                    plan,
                    ord,
                    field.record_type.as_str(),
                    &field.stream,
                    &field.external_id,
                    &field.name,
                    &field.label,
                    field.value_type.as_str(),
                    signed(field.records),
                ))?;
            }
            Ok(())
        })
    }

    fn plan_fields(&self, plan_id: &str) -> StoreResult<Vec<PlannedField>> {
        self.read(|connection| planned(connection, plan_no(connection, plan_id)?, "1"))
    }

    fn fields_to_make(&self, plan_id: &str) -> StoreResult<Vec<PlannedField>> {
        self.read(|connection| {
            // The first approved record with a value ends the search for a field; plans without new fields never begin it.
            let used = "f.made_by IS NULL AND EXISTS (
                SELECT 1 FROM plan_ops o JOIN plan_units u ON u.plan = o.plan AND u.seq = o.seq
                WHERE o.plan = f.plan AND u.state = 'approved' AND o.live = 1 AND o.record_type = f.record_type
                AND json_type(o.op, '$.after.\"' || f.name || '\"') IS NOT NULL)";
            planned(connection, plan_no(connection, plan_id)?, used)
        })
    }

    fn field_made(
        &self,
        plan_id: &str,
        field: &PlannedField,
        name: &str,
        job_id: &str,
        actor: &Actor,
    ) -> StoreResult<()> {
        self.write(|write| {
            let tx = write.tx;
            let plan = plan_no(tx, plan_id)?;
            tx.execute(
                "UPDATE plan_fields SET made_by = ?4, made_at = ?5, name = ?6
                 WHERE plan = ?1 AND record_type = ?2 AND name = ?3 AND made_by IS NULL",
                (plan, field.record_type.as_str(), &field.name, job_id, nanos(actor.at), name),
            )?;
            let (connection_id, no): (String, i64) = tx.query_row(
                "SELECT i.id, i.no FROM plans p JOIN crm_integrations i ON i.no = p.connection WHERE p.no = ?1",
                [plan],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            tx.execute(
                "UPDATE custom_field_defs SET made_as = ?4
                 WHERE connection = ?1 AND record_type = ?2 AND external_id = ?3",
                (no, field.record_type.as_str(), &field.external_id, name),
            )?;
            if name != field.name {
                rename(tx, field, name, nanos(actor.at))?;
                if let Some((_, rules)) = stored_rules(tx, &connection_id)? {
                    let rules: Vec<Json> = rules
                        .into_iter()
                        .map(|mut rule| {
                            if rule["record_type"] == field.record_type.as_str()
                                && rule["wedsync_field"] == field.name.as_str()
                            {
                                rule["wedsync_field"] = name.into();
                            }
                            rule
                        })
                        .collect();
                    put_rules(write, &connection_id, &rules, actor)?;
                }
            }
            write.audit(&Entry {
                record: Some(("field", name)),
                ..Entry::plain(actor, "field.made", Some(&serde_json::to_string(field)?))
            })
        })
    }

    fn fields_made_by(&self, job_id: &str) -> StoreResult<Vec<PlannedField>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{PLANNED} WHERE f.made_by = ?1 ORDER BY f.plan, f.ord"))?;
            statement.query_and_then([job_id], read_planned)?.collect()
        })
    }
}

/// What is staged and planned is read through aliases; hashes were taken over its text.
fn rename(tx: &Transaction<'_>, field: &PlannedField, name: &str, now: i64) -> DbResult<()> {
    let known: Option<String> = tx
        .query_row("SELECT new_id FROM id_aliases WHERE old_id = ?1 LIMIT 1", [name], |row| row.get(0))
        .optional()?;
    if known.as_deref() == Some(field.name.as_str()) {
        // The other way round: the two names would point at each other.
        return Ok(());
    }
    tx.execute(
        "INSERT OR REPLACE INTO id_aliases (record_type, old_id, new_id, at) VALUES (?1, ?2, ?3, ?4)",
        (field.record_type.as_str(), &field.name, name, now),
    )?;
    Ok(())
}
