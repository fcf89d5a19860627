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
        let edited_here = base.contains_key(key) && here.is_some() && base.get(key) != here;
        if !edited_here && !removed_here {
            merged.insert(key.clone(), element.clone());
        }
    }
    merged.sort_keys();
    Json::Object(merged)
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
