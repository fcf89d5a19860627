//! How pairs and operations are written down: a value that stands beside them already is not written a second time.
//!
//! Most of what a CRM says comes into WedSync as it is, so that the value of an operation would stand in it three times: as
//! `after`, and as both sides of its pair. Hashes are not taken over this form (see [`PlanOp::seal`]).

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value as Json;

use super::{BasePair, OpKind, PlanOp};
use crate::record::{FieldMap, RecordKey, SourceKey};

/// A pair as it is written: without WedSync's value where `beside` holds it, without the CRM's where that is the same.
struct Written<'a> {
    pair: &'a BasePair,
    /// The value that the pair's owner holds beside it.
    beside: Option<&'a Json>,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BasePair { crm, wedsync } = self.pair;
        let mut map = serializer.serialize_map(None)?;
        if self.beside != Some(wedsync) {
            map.serialize_entry("wedsync", wedsync)?;
        }
        if crm != wedsync {
            map.serialize_entry("crm", crm)?;
        }
        map.end()
    }
}

/// A pair as it is read; null is a value and not the same as nothing.
#[derive(serde::Deserialize)]
struct Read {
    #[serde(default, deserialize_with = "there")]
    wedsync: Option<Json>,
    #[serde(default, deserialize_with = "there")]
    crm: Option<Json>,
}

fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl Read {
    fn pair(self, beside: Option<&Json>) -> BasePair {
        let wedsync = self.wedsync.or_else(|| beside.cloned()).unwrap_or(Json::Null);
        BasePair { crm: self.crm.unwrap_or_else(|| wedsync.clone()), wedsync }
    }
}

impl Serialize for BasePair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { pair: self, beside: None }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BasePair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BasePair, D::Error> {
        Ok(Read::deserialize(deserializer)?.pair(None))
    }
}

struct Pairs<'a>(&'a PlanOp);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PlanOp { pairs, after, .. } = self.0;
        serializer
            .collect_map(pairs.iter().map(|(name, pair)| (name, Written { pair, beside: after.get(name) })))
    }
}

impl Serialize for PlanOp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut op = serializer.serialize_struct("PlanOp", 12)?;
        op.serialize_field("hash", &self.hash)?;
        op.serialize_field("kind", &self.kind)?;
        op.serialize_field("record", &self.record)?;
        op.serialize_field("source", &self.source)?;
        op.serialize_field("base_version", &self.base_version)?;
        op.serialize_field("base", &self.base)?;
        op.serialize_field("before", &self.before)?;
        op.serialize_field("after", &self.after)?;
        op.serialize_field("kept_out", &self.kept_out)?;
        op.serialize_field("pairs", &Pairs(self))?;
        op.serialize_field("parent", &self.parent)?;
        op.serialize_field("reason", &self.reason)?;
        op.end()
    }
}

#[derive(serde::Deserialize)]
struct ReadOp {
    hash: String,
    kind: OpKind,
    record: RecordKey,
    source: Option<SourceKey>,
    base_version: Option<i64>,
    base: BTreeMap<String, BasePair>,
    before: FieldMap,
    after: FieldMap,
    kept_out: FieldMap,
    pairs: BTreeMap<String, Read>,
    parent: Option<String>,
    reason: String,
}

impl<'de> Deserialize<'de> for PlanOp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PlanOp, D::Error> {
        let op = ReadOp::deserialize(deserializer)?;
        let pairs = op
            .pairs
            .into_iter()
            .map(|(name, read)| {
                let pair = read.pair(op.after.get(&name));
                (name, pair)
            })
            .collect();
        Ok(PlanOp {
            hash: op.hash,
            kind: op.kind,
            record: op.record,
            source: op.source,
            base_version: op.base_version,
            base: op.base,
            before: op.before,
            after: op.after,
            kept_out: op.kept_out,
            pairs,
            parent: op.parent,
            reason: op.reason,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecordType;
    use serde_json::json;

    fn pair(crm: Json, wedsync: Json) -> BasePair {
        BasePair { crm, wedsync }
    }

    fn op() -> PlanOp {
        let pairs = [
            ("same", pair(json!("Old Barn"), json!("Old Barn"))),
            ("parsed", pair(json!("07700 900318"), json!({"e164": "+447700900318"}))),
            ("blank", pair(Json::Null, Json::Null)),
            ("cleared", pair(json!("31 Feb"), Json::Null)),
            ("kept", pair(json!("a"), json!("b"))),
        ];
        let after =
            json!({"same": "Old Barn", "parsed": {"e164": "+447700900318"}, "cleared": null, "kept": "c"});
        PlanOp {
            hash: String::new(),
            kind: OpKind::Update,
            record: RecordKey::new(RecordType::Person, "anna"),
            source: None,
            base_version: Some(3),
            base: BTreeMap::from([("same".to_owned(), pair(json!("Mill"), json!("Mill")))]),
            before: FieldMap::new(),
            after: serde_json::from_value(after).unwrap(),
            kept_out: FieldMap::new(),
            pairs: pairs.into_iter().map(|(name, pair)| (name.to_owned(), pair)).collect(),
            parent: None,
            reason: "reason.changed".into(),
        }
        .seal()
    }

    #[test]
    fn what_was_written_reads_back_the_same_nulls_and_all() {
        let op = op();
        let text = serde_json::to_string(&op).unwrap();
        assert_eq!(serde_json::from_str::<PlanOp>(&text).unwrap(), op);
        for pair in op.pairs.values() {
            let text = serde_json::to_string(pair).unwrap();
            assert_eq!(&serde_json::from_str::<BasePair>(&text).unwrap(), pair, "{text}");
        }
    }

    #[test]
    fn a_value_that_stands_beside_a_pair_is_written_once() {
        let text = serde_json::to_string(&op()).unwrap();
        assert_eq!(text.matches("Old Barn").count(), 1, "{text}");
        assert_eq!(text.matches("+447700900318").count(), 1, "{text}");
    }

    #[test]
    fn the_hash_of_an_op_does_not_depend_on_how_it_is_written() {
        // Taken before pairs were written short; ops that were sent are known by it.
        assert_eq!(op().hash, "bdb409322390024c314e79a21a299ccca77a4ea8251390eceaa0e1d6649f10cf");
    }
}
