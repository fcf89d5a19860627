//! The examples by which definitions are tested before an update of them is taken (MODEL 8).
//!
//! `tests/fixtures/definitions/<key>/example.json` holds records as the CRM gives them and what comes of them;
//! `UPDATE_EXPECT=1` writes the latter anew. A bundle carries them beside the definition.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hub_connectors::bundle::{comes_of, needs_example};
use hub_connectors::{embedded, embedded_keys};
use serde_json::{Value as Json, json};

fn file(key: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../tests/fixtures/definitions")
        .join(key)
        .join("example.json")
}

#[test]
fn every_example_makes_what_is_written_beside_it() {
    let mut tested = Vec::new();
    for key in embedded_keys() {
        let definition = embedded(key).expect("built in").expect("without faults");
        let Ok(text) = std::fs::read_to_string(file(key)) else { continue };
        assert!(needs_example(&definition), "{key}: only what says what its records mean has an example");
        let mut example: Json = serde_json::from_str(&text).expect("JSON");
        let records: BTreeMap<String, Vec<Json>> =
            serde_json::from_value(example["records"].clone()).expect("records by list");
        let came = comes_of(&definition, &records).unwrap_or_else(|reason| panic!("{key}: {reason}"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            example["clients"] = came.clone();
            let text = serde_json::to_string_pretty(&json!({
                "records": example["records"], "clients": example["clients"],
            }));
            std::fs::write(file(key), format!("{}\n", text.expect("JSON"))).expect("written");
        }
        assert_eq!(example["clients"], came, "{key}: run this test with UPDATE_EXPECT=1");
        assert!(came.as_array().is_some_and(|clients| !clients.is_empty()), "{key}: somebody comes of it");
        let problems: Vec<&Json> =
            came.as_array().into_iter().flatten().map(|one| &one["problems"]).collect();
        assert!(problems.iter().all(|one| *one == &json!([])), "{key}: without a question: {problems:?}");
        tested.push(key);
    }
    for key in ["tave", "honeybook"] {
        assert!(tested.contains(&key), "{key} has an example");
    }
}
