//! `crm_integrations`, `crm_field_mappings`, `consents`, `settings`.

use hub_core::ports::{
    AccountInfo, Actor, Connection as CrmConnection, ConnectionStatus, ConnectionStore, Consent, Scope,
    StoreResult, StoredMapping,
};
use hub_core::value::FieldType;
use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::{Value as Json, json};

use crate::audit::Entry;
use crate::error::{DbError, DbResult, is_constraint, not_found, refused_by};
use crate::store::{Store, Write};
use crate::time::{nanos, stamp};

/// The providers that the specification's `crm_provider` lists (R53); all others are `custom` there (MODEL 9).
const LISTED: [&str; 9] = [
    "tave",
    "lightblue",
    "honeybook",
    "seventeen",
    "shootq",
    "pixieset",
    "iris_works",
    "dubsado",
    "studio_ninja",
];

/// The small number under which the big tables know a connection.
pub(crate) fn connection_no(connection: &Connection, id: &str) -> DbResult<i64> {
    connection
        .prepare_cached("SELECT no FROM crm_integrations WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| not_found("connection", id))
}

const COLUMNS: &str =
    "id, supplier_id, provider_key, connection_name, connection_status, auth_config, sync_config,
    last_sync_at, last_sync_status, sync_error_details, created_at, account, key_hint";

fn read_row(row: &Row<'_>) -> DbResult<CrmConnection> {
    let auth: Json = serde_json::from_str(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?;
    let mut sync: Json = serde_json::from_str(row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?)?;
    let scope: Scope = serde_json::from_value(sync["scope"].take())?;
    let account: AccountInfo =
        serde_json::from_str(row.get_ref(11)?.as_str().map_err(rusqlite::Error::from)?)?;
    let status: String = row.get(4)?;
    let error: Option<String> = row.get(9)?;
    Ok(CrmConnection {
        id: row.get(0)?,
        supplier_id: row.get(1)?,
        provider: row.get(2)?,
        name: row.get(3)?,
        status: ConnectionStatus::parse(&status).ok_or(DbError::Name { column: "connection_status" })?,
        account,
        base_url: sync["base_url"].as_str().map(str::to_owned),
        vault_ref: auth["vault_ref"].as_str().unwrap_or_default().to_owned(),
        key_hint: row.get(12)?,
        scope,
        decisions: sync["decisions"].take(),
        last_sync_at: row.get::<_, Option<i64>>(7)?.map(stamp),
        last_sync_status: row.get(8)?,
        error: error.as_deref().map(serde_json::from_str).transpose()?,
        created_at: stamp(row.get(10)?),
    })
}

impl ConnectionStore for Store {
    fn put_connection(&self, connection: &CrmConnection) -> StoreResult<()> {
        let actor = self.app("audit.connection_saved", None);
        let provider = LISTED.iter().find(|listed| **listed == connection.provider).unwrap_or(&"custom");
        let auth = json!({
            "kind": "api_key",
            "vault_ref": connection.vault_ref,
            "account_name": connection.account.name,
        });
        let sync = json!({
            "scope": connection.scope,
            "decisions": connection.decisions,
            "base_url": connection.base_url,
        });
        self.write(|write| {
            let account = serde_json::to_string(&connection.account)?;
            write.tx.execute(
                "INSERT OR IGNORE INTO suppliers (id, created_at) VALUES (?1, ?2)",
                (&connection.supplier_id, nanos(actor.at)),
            )?;
            let stored = write.tx.execute(
                "INSERT INTO crm_integrations (id, supplier_id, crm_provider, connection_name, connection_status,
                 auth_config, sync_config, last_sync_at, last_sync_status, sync_error_details, created_at, updated_at,
                 no, provider_key, account, key_hint)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
                 (SELECT coalesce(max(no), 0) + 1 FROM crm_integrations), ?13, ?14, ?15)
                 ON CONFLICT (id) DO UPDATE SET connection_name = excluded.connection_name,
                 connection_status = excluded.connection_status, auth_config = excluded.auth_config,
                 sync_config = excluded.sync_config, last_sync_at = excluded.last_sync_at,
                 last_sync_status = excluded.last_sync_status, sync_error_details = excluded.sync_error_details,
                 updated_at = excluded.updated_at, account = excluded.account, key_hint = excluded.key_hint
                 WHERE supplier_id = excluded.supplier_id AND provider_key = excluded.provider_key",
                (
                    &connection.id,
                    &connection.supplier_id,
                    provider,
                    &connection.name,
                    connection.status.as_str(),
                    auth.to_string(),
                    sync.to_string(),
                    connection.last_sync_at.map(nanos),
                    &connection.last_sync_status,
                    connection.error.as_ref().map(Json::to_string),
                    nanos(connection.created_at),
                    nanos(actor.at),
                    &connection.provider,
                    &account,
                    &connection.key_hint,
                ),
            );
            match stored {
                // An id is derived from supplier, provider and account; another supplier's row is not ours to change.
                Ok(0) => return Err(not_found("connection", &connection.id)),
                Ok(_) => {}
                Err(error) if is_constraint(&error) => {
                    return Err(refused_by("error.connection_name_taken", error));
                }
                Err(error) => return Err(error.into()),
            }
            write.audit(&Entry {
                record: Some(("connection", &connection.id)),
                ..Entry::plain(&actor, "connection.put", Some(&sync.to_string()))
            })
        })
    }

    fn connections(&self, supplier_id: &str) -> StoreResult<Vec<CrmConnection>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM crm_integrations WHERE supplier_id = ?1 ORDER BY connection_name, id"
            ))?;
            statement.query_and_then([supplier_id], read_row)?.collect()
        })
    }

    fn connection(&self, supplier_id: &str, id: &str) -> StoreResult<Option<CrmConnection>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM crm_integrations WHERE supplier_id = ?1 AND id = ?2"
            ))?;
            statement.query_and_then([supplier_id, id], read_row)?.next().transpose()
        })
    }

    fn delete_connection(&self, supplier_id: &str, id: &str) -> StoreResult<bool> {
        let actor = self.app("audit.connection_removed", None);
        self.write(|write| {
            let removed = write.tx.execute(
                "DELETE FROM crm_integrations WHERE supplier_id = ?1 AND id = ?2",
                [supplier_id, id],
            )?;
            if removed > 0 {
                write.audit(&Entry {
                    record: Some(("connection", id)),
                    ..Entry::plain(&actor, "connection.delete", None)
                })?;
            }
            Ok(removed > 0)
        })
    }

    fn mapping(&self, connection_id: &str) -> StoreResult<Option<StoredMapping>> {
        self.read(|connection| {
            Ok(stored_rules(connection, connection_id)?
                .map(|(revision, rules)| StoredMapping { revision, rules }))
        })
    }

    fn put_mapping(&self, connection_id: &str, rules: &[Json]) -> StoreResult<i64> {
        let actor = self.app("audit.mapping_saved", None);
        self.write(|write| put_rules(write, connection_id, rules, &actor))
    }

    fn add_consent(&self, consent: &Consent) -> StoreResult<()> {
        let mut actor = self.app("audit.consent", None);
        actor.who.clone_from(&consent.by);
        self.write(|write| {
            let scope = hub_core::canonical::canonical_json(&consent.scope);
            write.tx.execute(
                "INSERT INTO consents (connection_id, text_version, scope, at, by) VALUES (?1, ?2, ?3, ?4, ?5)",
                (&consent.connection_id, &consent.text_version, &scope, nanos(consent.at), &consent.by),
            )?;
            write.audit(&Entry {
                record: Some(("connection", &consent.connection_id)),
                ..Entry::plain(&actor, "consent.add", Some(&scope))
            })
        })
    }

    fn latest_consent(&self, connection_id: &str) -> StoreResult<Option<Consent>> {
        Ok(self.consents(connection_id, 1)?.pop())
    }

    fn consents(&self, connection_id: &str, most: u32) -> StoreResult<Vec<Consent>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT text_version, scope, at, by FROM consents WHERE connection_id = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            statement
                .query_and_then((connection_id, most), |row| -> DbResult<Consent> {
                    Ok(Consent {
                        connection_id: connection_id.to_owned(),
                        text_version: row.get(0)?,
                        scope: serde_json::from_str(&row.get::<_, String>(1)?)?,
                        at: stamp(row.get(2)?),
                        by: row.get(3)?,
                    })
                })?
                .collect()
        })
    }

    fn setting(&self, key: &str) -> StoreResult<Option<Json>> {
        self.read(|connection| setting(connection, key))
    }

    fn put_setting(&self, key: &str, value: &Json) -> StoreResult<()> {
        let actor = self.app("audit.setting_saved", None);
        self.write(|write| {
            let text = value.to_string();
            if value.is_null() {
                write.tx.execute("DELETE FROM settings WHERE key = ?1", [key])?;
            } else {
                write.tx.execute(
                    "INSERT INTO settings (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    [key, &text],
                )?;
            }
            write.audit(&Entry {
                record: Some(("setting", key)),
                ..Entry::plain(&actor, "setting.put", Some(&text))
            })
        })
    }
}

pub(crate) fn setting(connection: &Connection, key: &str) -> DbResult<Option<Json>> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM settings WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(text.as_deref().map(serde_json::from_str).transpose()?)
}

/// Revision and rules of a stored mapping.
pub(crate) fn stored_rules(
    connection: &Connection,
    connection_id: &str,
) -> DbResult<Option<(i64, Vec<Json>)>> {
    let revision: Option<i64> = connection
        .query_row("SELECT mapping_revision FROM crm_integrations WHERE id = ?1", [connection_id], |row| {
            row.get(0)
        })
        .optional()?;
    let Some(revision) = revision.filter(|revision| *revision > 0) else { return Ok(None) };
    let mut statement = connection
        .prepare_cached("SELECT rule FROM crm_field_mappings WHERE integration_id = ?1 ORDER BY position")?;
    let rules = statement
        .query_and_then([connection_id], |row| -> DbResult<Json> {
            Ok(serde_json::from_str(&row.get::<_, String>(0)?)?)
        })?
        .collect::<DbResult<Vec<Json>>>()?;
    Ok(Some((revision, rules)))
}

/// Replaces the rules of a connection; returns the new revision.
pub(crate) fn put_rules(
    write: &mut Write<'_>,
    connection_id: &str,
    rules: &[Json],
    actor: &Actor,
) -> DbResult<i64> {
    let revision: i64 = write
        .tx
        .query_row(
            "UPDATE crm_integrations SET mapping_revision = mapping_revision + 1, updated_at = ?2
             WHERE id = ?1 RETURNING mapping_revision",
            (connection_id, nanos(actor.at)),
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| not_found("connection", connection_id))?;
    write.tx.execute("DELETE FROM crm_field_mappings WHERE integration_id = ?1", [connection_id])?;
    for (position, rule) in rules.iter().enumerate() {
        let id = write.store.ids.new_id();
        put_rule(write.tx, &id, connection_id, position, rule, nanos(actor.at))?;
    }
    write.audit(&Entry {
        record: Some(("mapping", connection_id)),
        ..Entry::plain(actor, "mapping.put", Some(&Json::from(rules).to_string()))
    })?;
    Ok(revision)
}

/// One rule as a row of the specification's table; the engine's own encoding stands beside it, whole.
fn put_rule(
    connection: &Connection,
    id: &str,
    connection_id: &str,
    position: usize,
    rule: &Json,
    now: i64,
) -> DbResult<()> {
    let text = |key: &str| rule.get(key).and_then(Json::as_str).unwrap_or_default();
    let value_type = FieldType::parse(text("value_type")).unwrap_or(FieldType::Text);
    let source = match rule.get("sources").and_then(Json::as_array).and_then(|sources| sources.first()) {
        Some(Json::String(path)) => path.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let direction = match text("direction") {
        direction @ ("import_only" | "export_only") => direction,
        _ => "bidirectional",
    };
    let transforms = json!({ "sources": rule.get("sources"), "transforms": rule.get("transforms") });
    let stored = connection
        .prepare_cached(
            "INSERT INTO crm_field_mappings (id, integration_id, wedsync_field, crm_field, field_type,
             transform_rules, sync_direction, is_required, created_at, value_type, record_type, position, rule)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute((
            id,
            connection_id,
            // Two record types may have a field of one name (notes); the column is unique with its source.
            format!("{}.{}", text("record_type"), text("wedsync_field")),
            source,
            value_type.specification_name(),
            transforms.to_string(),
            direction,
            rule.get("required").and_then(Json::as_bool).unwrap_or(false),
            now,
            value_type.as_str(),
            text("record_type"),
            position as i64,
            rule.to_string(),
        ));
    match stored {
        Ok(_) => Ok(()),
        Err(error) if is_constraint(&error) => Err(refused_by("error.mapping_twice", error)),
        Err(error) => Err(error.into()),
    }
}
