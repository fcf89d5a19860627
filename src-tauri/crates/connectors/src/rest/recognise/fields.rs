//! What the fields of records are: by the names that the definition knows, else by their names and values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::FoundField;
use super::find::plain;
use crate::rest::flat::cells;
use crate::sheet::suggested_uses;

/// Values of a field that are looked at, and those that are shown.
const LOOKED_AT: usize = 40;
const SHOWN: usize = 3;
/// Letters of a value that is shown.
const LETTERS: usize = 60;
/// Fields of a record at most.
const MOST: usize = 200;

/// Reads the fields of some records. Whatever tells a record or its changes is no field.
pub(in crate::rest) fn read(
    rows: &[Json],
    known: &BTreeMap<String, String>,
    apart: &[Option<&str>],
) -> Vec<FoundField> {
    let mut paths: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        for (path, text) in cells(row) {
            if apart.contains(&Some(path.as_str())) || path.split('.').any(str::is_empty) {
                continue;
            }
            if !values.contains_key(&path) {
                if paths.len() == MOST {
                    continue;
                }
                paths.push(path.clone());
            }
            let held = values.entry(path).or_default();
            if held.len() < LOOKED_AT {
                held.push(text);
            }
        }
    }
    told(&paths, &values, known)
}

/// What fields of these paths are, by their names and, where there are any, their values.
pub(in crate::rest) fn told(
    paths: &[String],
    values: &BTreeMap<String, Vec<String>>,
    known: &BTreeMap<String, String>,
) -> Vec<FoundField> {
    let mut uses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for path in paths {
        let name = plain(path);
        let last = plain(path.rsplit('.').next().unwrap_or(path));
        let line = known.iter().find(|(key, _)| [&name, &last].contains(&&plain(key)));
        if let Some((_, line)) = line
            && taken.insert(line.clone())
        {
            uses.insert(path, line.split(' ').map(str::to_owned).collect());
        }
    }
    let left: Vec<String> = paths.iter().filter(|path| !uses.contains_key(path.as_str())).cloned().collect();
    let labels: Vec<String> = left.iter().map(|path| label(path)).collect();
    let samples: Vec<Vec<String>> =
        left.iter().map(|path| values.get(path).cloned().unwrap_or_default()).collect();
    for use_ in suggested_uses(&left, &labels, &samples) {
        let line = format!("{}.{}", use_.place.as_str(), use_.field);
        let fits = use_.place.is_person() || ["project", "client"].contains(&use_.place.as_str());
        let whole_name =
            use_.field == "full_name" && taken.contains(&format!("{}.first_name", use_.place.as_str()));
        if fits
            && !whole_name
            && taken.insert(line.clone())
            && let Some(path) = left.iter().find(|path| **path == use_.column)
        {
            uses.entry(path).or_default().push(line);
        }
    }
    paths
        .iter()
        .map(|path| FoundField {
            samples: values
                .get(path)
                .into_iter()
                .flatten()
                .take(SHOWN)
                .map(|text| text.chars().take(LETTERS).collect())
                .collect(),
            uses: uses.get(path.as_str()).cloned().unwrap_or_default(),
            path: path.clone(),
        })
        .collect()
}

/// `partner.firstName` as a heading: "partner first name". Positions in lists say nothing.
fn label(path: &str) -> String {
    let steps: Vec<&str> =
        path.split('.').filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit())).collect();
    let steps = &steps[steps.len().saturating_sub(2)..];
    // Wrappings that every field of a record stands in.
    let steps = steps.iter().filter(|step| !["attributes", "fields", "properties"].contains(step));
    let mut words = String::new();
    for step in steps {
        let mut before = ' ';
        for c in step.chars() {
            if c.is_uppercase() && before.is_lowercase() || !c.is_alphanumeric() {
                words.push(' ');
            }
            if c.is_alphanumeric() {
                words.extend(c.to_lowercase());
            }
            before = c;
        }
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_told_by_known_names_then_by_names_and_values() {
        let known = BTreeMap::from([("wedding_date".to_owned(), "project.wedding_date".to_owned())]);
        let rows = [
            json!({"id": 1, "firstName": "Ann", "surname": "Lee", "contact": {"email": "ann@example.com"}, "weddingDate": "2026-06-13", "venue": {"name": "Old Barn"}, "dog": "Rex"}),
            json!({"id": 2, "firstName": "Cy", "surname": "Fox", "contact": {"email": "cy@example.com"}, "weddingDate": "2026-07-01", "venue": {"name": "Manor"}, "dog": "Ada"}),
        ];
        let found = read(&rows, &known, &[Some("id")]);
        let uses = |path: &str| {
            let field = found.iter().find(|field| field.path == path).unwrap_or_else(|| panic!("{path}"));
            field.uses.join(" ")
        };
        assert_eq!(uses("weddingDate"), "project.wedding_date");
        assert_eq!(uses("firstName"), "primary.first_name");
        assert_eq!(uses("surname"), "primary.last_name");
        assert_eq!(uses("contact.email"), "primary.email");
        assert_eq!(uses("venue.name"), "project.venue_name");
        assert_eq!(uses("dog"), "", "an own field");
        assert!(found.iter().all(|field| field.path != "id"));
    }

    #[test]
    fn paths_are_read_as_headings() {
        assert_eq!(label("partner.firstName"), "partner first name");
        assert_eq!(label("attributes.email_address"), "email address");
        assert_eq!(label("contact.phones.0.number"), "phones number");
    }
}
