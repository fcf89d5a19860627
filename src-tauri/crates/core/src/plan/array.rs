//! Keyed lists in a plan: merged element by element, never replaced as a whole (MODEL 3).

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

/// The list WedSync should hold: what it holds, with the CRM's elements set, and without those that both agreed on
/// and the CRM has dropped since. Elements that only WedSync has stay.
pub fn merge_array(mapped: &Json, held: &Json, base: Option<&Json>) -> Json {
    let empty = Map::new();
    let mapped = mapped.as_object().unwrap_or(&empty);
    let held_map = held.as_object().unwrap_or(&empty);
    let base = base.and_then(Json::as_object).unwrap_or(&empty);
    let mut merged = Map::new();
    for (key, element) in held_map {
        let dropped = base.get(key) == Some(element) && !mapped.contains_key(key);
        if !dropped {
            merged.insert(key.clone(), element.clone());
        }
    }
    for (key, element) in mapped {
        let here = held_map.get(key);
        let removed_here = base.contains_key(key) && here.is_none();
        // Also an element that both sides have and never agreed on: at a first meeting WedSync's stays.
        let edited_here = here.is_some() && base.get(key) != here;
        if !edited_here && !removed_here {
            merged.insert(key.clone(), element.clone());
        }
    }
    merged.sort_keys();
    Json::Object(merged)
}

/// What of the merged list both sides agree on: the base of the next merge. Elements that only WedSync has are no part
/// of it, or the next import would take them for dropped by the CRM; those removed or edited in WedSync keep what was
/// agreed before.
pub(super) fn agreed_array(mapped: &Json, merged: &Json, base: Option<&Json>) -> Json {
    let empty = Map::new();
    let mapped = mapped.as_object().unwrap_or(&empty);
    let merged = merged.as_object().unwrap_or(&empty);
    let base = base.and_then(Json::as_object).unwrap_or(&empty);
    let agreed = mapped.iter().filter_map(|(key, element)| {
        let both = (merged.get(key) == Some(element)).then_some(element);
        both.or_else(|| base.get(key)).map(|element| (key.clone(), element.clone()))
    });
    let mut agreed: Map<String, Json> = agreed.collect();
    agreed.sort_keys();
    Json::Object(agreed)
}

/// Replaces staged ids by the ids they become: whole strings, keys, and the part of a key before its `:`.
pub(super) fn remap_ids(value: &mut Json, ids: &HashMap<String, String>) {
    match value {
        Json::String(text) => {
            if let Some(id) = ids.get(text.as_str()) {
                *text = id.clone();
            }
        }
        Json::Object(object) => {
            let renamed: Vec<(String, String)> = object
                .keys()
                .filter_map(|key| {
                    let (head, tail) =
                        key.split_once(':').map_or((key.as_str(), None), |(h, t)| (h, Some(t)));
                    let id = ids.get(head)?;
                    Some((key.clone(), tail.map_or_else(|| id.clone(), |tail| format!("{id}:{tail}"))))
                })
                .collect();
            for (old, new) in renamed {
                if let Some(element) = object.remove(&old) {
                    object.insert(new, element);
                }
            }
            for element in object.values_mut() {
                remap_ids(element, ids);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| remap_ids(item, ids)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_merge_one_by_one() {
        let base = json!({"a": 1, "b": 1, "c": 1});
        let held = json!({"a": 1, "b": 2, "own": 9});
        let mapped = json!({"b": 3, "c": 1, "d": 4});
        // a: dropped by the CRM, untouched here; b: edited here, stays; c: removed here, stays away; d: new; own: kept.
        assert_eq!(merge_array(&mapped, &held, Some(&base)), json!({"b": 2, "d": 4, "own": 9}));
    }

    #[test]
    fn inv_01_what_only_wedsync_has_is_never_taken_for_dropped() {
        let held = json!({"own": 9, "both": 1, "differs": 1});
        let mapped = json!({"both": 1, "differs": 2, "new": 3});
        let merged = merge_array(&mapped, &held, None);
        assert_eq!(
            merged,
            json!({"both": 1, "differs": 1, "new": 3, "own": 9}),
            "nothing of WedSync's is lost"
        );
        let base = agreed_array(&mapped, &merged, None);
        assert_eq!(base, json!({"both": 1, "new": 3}));
        assert_eq!(merge_array(&mapped, &merged, Some(&base)), merged, "the next import is silent");
        assert_eq!(
            merge_array(&json!({"both": 1}), &merged, Some(&base)),
            json!({"both": 1, "differs": 1, "own": 9}),
            "what the CRM drops goes, what it never had stays"
        );
        let without = json!({"both": 1, "differs": 1, "own": 9});
        let again = merge_array(&mapped, &without, Some(&base));
        assert_eq!(again, without, "what was removed here stays away");
        assert_eq!(agreed_array(&mapped, &again, Some(&base)), base, "and is remembered");
    }

    #[test]
    fn keys_and_values_follow_a_link() {
        let ids = HashMap::from([("s1".to_owned(), "h1".to_owned())]);
        let mut value =
            json!({"s1:vendor": {"person_id": "s1", "role": "vendor"}, "s2:team": {"person_id": "s2"}});
        remap_ids(&mut value, &ids);
        assert_eq!(
            value,
            json!({"s2:team": {"person_id": "s2"}, "h1:vendor": {"person_id": "h1", "role": "vendor"}})
        );
    }
}
