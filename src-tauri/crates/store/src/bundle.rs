//! The signed definitions that were taken last, their kill switches, and the lowest serials that are still taken (MODEL 8).
//!
//! In the vault, which no restore touches: an older book must not bring back an older bundle. Deliberately absent: whether
//! any of it is good. Who keeps something here has checked it, and whoever reads it checks it again.

use hub_core::ports::StoreResult;
use jiff::Timestamp;
use rusqlite::OptionalExtension;

use crate::error::{DbError, DbResult};
use crate::time::{nanos, stamp};
use crate::vault::Vault;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptBundle {
    /// Lowest serial of definitions that is taken.
    pub serial: u64,
    /// Lowest serial of kill switches that is taken.
    pub switches_serial: u64,
    /// The kill switches in force, as JSON.
    pub switches: String,
    /// The bundle itself; none while only switches were ever taken.
    pub signed: Option<SignedBytes>,
    /// What WedSync calls this version of its answer, to ask whether there is a newer one.
    pub version_tag: Option<String>,
    /// When the definitions of this serial were first taken.
    pub taken_at: Option<Timestamp>,
    /// When WedSync was asked last.
    pub asked_at: Option<Timestamp>,
}

/// A signed bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBytes {
    /// Its bytes, as signed.
    pub bundle: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// Which key signed.
    pub key_id: String,
}

impl Vault {
    fn read_bundle(&self) -> DbResult<Option<KeptBundle>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT serial, switches_serial, switches, bundle, signature, key_id, version_tag, asked_at, taken_at
             FROM definition_bundle WHERE one = 1",
        )?;
        let kept = statement.query_row([], |row| {
            let number =
                |column: usize| row.get::<_, i64>(column).map(|found| u64::try_from(found).unwrap_or(0));
            let signed = match (row.get(3)?, row.get(4)?, row.get(5)?) {
                (Some(bundle), Some(signature), Some(key_id)) => {
                    Some(SignedBytes { bundle, signature, key_id })
                }
                _ => None,
            };
            Ok(KeptBundle {
                serial: number(0)?,
                switches_serial: number(1)?,
                switches: row.get(2)?,
                signed,
                version_tag: row.get(6)?,
                asked_at: row.get::<_, Option<i64>>(7)?.map(stamp),
                taken_at: row.get::<_, Option<i64>>(8)?.map(stamp),
            })
        });
        Ok(kept.optional()?)
    }

    fn write_bundle(&self, kept: &KeptBundle) -> DbResult<()> {
        let number = |serial: u64| i64::try_from(serial).unwrap_or(i64::MAX);
        let signed = kept.signed.as_ref();
        // Neither serial ever goes down, whatever is asked for.
        self.connection()
            .prepare_cached(
                "INSERT INTO definition_bundle
                   (one, serial, switches_serial, switches, bundle, signature, key_id, version_tag, asked_at, taken_at)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (one) DO UPDATE SET serial = max(serial, excluded.serial),
                   switches_serial = max(switches_serial, excluded.switches_serial),
                   switches = excluded.switches, bundle = excluded.bundle, signature = excluded.signature,
                   key_id = excluded.key_id, version_tag = excluded.version_tag, asked_at = excluded.asked_at,
                   taken_at = excluded.taken_at",
            )?
            .execute((
                number(kept.serial),
                number(kept.switches_serial),
                &kept.switches,
                signed.map(|signed| signed.bundle.as_slice()),
                signed.map(|signed| signed.signature.as_slice()),
                signed.map(|signed| signed.key_id.as_str()),
                &kept.version_tag,
                kept.asked_at.map(nanos),
                kept.taken_at.map(nanos),
            ))?;
        Ok(())
    }

    /// What was taken last.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn kept_bundle(&self) -> StoreResult<Option<KeptBundle>> {
        Ok(self.read_bundle()?)
    }

    /// Keeps what was taken; durable when it returns.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn keep_bundle(&self, kept: &KeptBundle) -> StoreResult<()> {
        self.write_bundle(kept).map_err(|error: DbError| error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_kept_comes_back_and_no_serial_goes_down() {
        let (_dir, store) = testing::store();
        let vault = store.vault();
        assert_eq!(vault.kept_bundle().unwrap(), None);
        let signed = SignedBytes { bundle: vec![1, 2], signature: vec![3], key_id: "k".to_owned() };
        let kept = KeptBundle {
            serial: 7,
            switches_serial: 9,
            switches: "[]".to_owned(),
            signed: Some(signed),
            version_tag: Some("\"7\"".to_owned()),
            taken_at: Some("2026-05-13T08:00:00Z".parse().unwrap()),
            asked_at: Some("2026-05-14T08:00:00Z".parse().unwrap()),
        };
        vault.keep_bundle(&kept).unwrap();
        assert_eq!(vault.kept_bundle().unwrap().as_ref(), Some(&kept));
        vault.keep_bundle(&KeptBundle { serial: 1, switches_serial: 1, ..kept.clone() }).unwrap();
        assert_eq!(vault.kept_bundle().unwrap(), Some(kept), "whoever asks for it");
    }
}
