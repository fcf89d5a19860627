//! Canonical ids (MODEL 5): when WedSync already knew a reference, its id replaces ours.
//!
//! Tables are rewritten in the transaction that learns of it (see `ack`). Texts that were stored before (staged units,
//! planned operations) are frozen, since hashes were taken over them; they are read through [`Aliases`] instead.

use std::collections::HashMap;

use rusqlite::Connection;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::error::DbResult;

/// Ids that were replaced, old to new.
pub(crate) struct Aliases {
    ids: HashMap<String, String>,
}

impl Aliases {
    pub(crate) fn load(connection: &Connection) -> DbResult<Aliases> {
        let mut statement = connection.prepare_cached("SELECT old_id, new_id FROM id_aliases")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Aliases { ids: rows.collect::<rusqlite::Result<_>>()? })
    }

    /// Whether no id was ever replaced.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The id that counts now.
    pub(crate) fn now<'a>(&'a self, id: &'a str) -> &'a str {
        let mut id = id;
        // A chain is as long as the number of times a record was found under yet another id; a cycle cannot be stored,
        // and the bound keeps a damaged table from hanging us.
        for _ in 0..16 {
            match self.ids.get(id) {
                Some(next) => id = next,
                None => return id,
            }
        }
        id
    }

    /// Reads a stored JSON text with every replaced id in it exchanged.
    pub(crate) fn parse<T: DeserializeOwned>(&self, text: &str) -> DbResult<T> {
        if self.ids.is_empty() {
            return Ok(serde_json::from_str(text)?);
        }
        let mut json: Json = serde_json::from_str(text)?;
        self.exchange(&mut json);
        Ok(serde_json::from_value(json)?)
    }

    /// Exchanges replaced ids in values, keys and composite keys (`<person>:<role>`).
    pub(crate) fn exchange(&self, json: &mut Json) {
        match json {
            Json::String(text) => {
                let now = self.now(text);
                if now != text {
                    *text = now.to_owned();
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.exchange(item)),
            Json::Object(object) => {
                object.values_mut().for_each(|value| self.exchange(value));
                if object.keys().any(|key| self.key(key).is_some()) {
                    *object = std::mem::take(object)
                        .into_iter()
                        .map(|(key, value)| (self.key(&key).unwrap_or(key), value))
                        .collect();
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn key(&self, key: &str) -> Option<String> {
        let (id, rest) = key.split_at(key.find(':').unwrap_or(key.len()));
        let now = self.now(id);
        if now == id { None } else { Some(format!("{now}{rest}")) }
    }
}
