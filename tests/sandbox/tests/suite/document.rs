//! The answers against the vendor's own document, where a copy lies beside the repository.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::client::Tave;
use hub_sandbox::book::BookSpec;

/// OpenAPI 3.0 to JSON Schema: `nullable` becomes a type of its own, annotations that are no rules go.
fn convert(node: &Value) -> Value {
    match node {
        Value::Array(list) => list.iter().map(convert).collect(),
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                match key.as_str() {
                    "nullable" | "example" | "readOnly" | "writeOnly" | "discriminator" | "xml" => {}
                    // RFC 3339 demands an offset that the vendor's own example ("14:00:00") does not have.
                    "format" if value == "time" => {}
                    // A property may be called like a keyword, so the names of properties are left alone.
                    "properties" => {
                        let properties = value.as_object().into_iter().flatten();
                        let converted: Map<_, _> =
                            properties.map(|(name, held)| (name.clone(), convert(held))).collect();
                        out.insert(key.clone(), Value::Object(converted));
                    }
                    _ => {
                        out.insert(key.clone(), convert(value));
                    }
                }
            }
            if map.get("nullable") == Some(&Value::Bool(true)) {
                json!({ "anyOf": [{ "type": "null" }, Value::Object(out)] })
            } else {
                Value::Object(out)
            }
        }
        other => other.clone(),
    }
}

/// Lets a pointer still find `properties` below a schema that was wrapped for `nullable`.
fn unwrap_pointers(node: &mut Value, document: &Value) {
    match node {
        Value::Object(map) => {
            if let Some(Value::String(pointer)) = map.get("$ref")
                && pointer.contains("/properties/")
                && let Some(target) = document.pointer(pointer.trim_start_matches('#'))
            {
                *node = convert(target);
            } else {
                map.values_mut().for_each(|value| unwrap_pointers(value, document));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| unwrap_pointers(value, document)),
        _ => {}
    }
}

#[test]
fn every_answer_agrees_with_the_vendors_document() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vendor/vsco-workspace-v2.openapi.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: the vendor's document is not at {}", path.display());
        return;
    };
    let document: Value = serde_json::from_str(&text).expect("the document is JSON");
    let mut components = convert(&document["components"]);
    unwrap_pointers(&mut components, &document);
    let tave = Tave::with(BookSpec::new(7, 120));
    let job = tave.0.book().expected().parties[0].jobs[0].id.to_string();
    let mut paths: Vec<(String, String)> = [
        "address-book",
        "job",
        "job-contact",
        "event",
        "order",
        "payment",
        "note",
        "file",
        "custom-field",
        "lead-source",
        "lead-status",
        "job-role",
        "job-type",
        "event-type",
        "job-closed-reason",
        "payment-method",
        "timezone",
        "brand",
        "user",
    ]
    .iter()
    .map(|name| (format!("/{name}"), format!("/{name}?includeHidden=true&includeClosed=true&sortBy=id")))
    .collect();
    for name in paths.clone() {
        let list = tave.get(&name.1).json();
        for kind in ["person", "location", "company"] {
            let row = list["items"].as_array().into_iter().flatten().find(|row| row["kind"] == kind);
            let first = row.or(list["items"].get(0)).expect("no list of this book is empty");
            let id = first["id"].as_str().expect("an id");
            paths.push((format!("{}/{{id}}", name.0), format!("{}/{id}", name.0)));
        }
    }
    paths.push(("/job/{jobId}/order".to_owned(), format!("/job/{job}/order")));
    paths.push(("/job/{id}/payment".to_owned(), format!("/job/{job}/payment")));
    paths.push(("/studio/me".to_owned(), "/studio/me".to_owned()));
    let mut faults = Vec::new();
    for (template, target) in &paths {
        let pointer = format!(
            "/paths/{}/get/responses/200/content/application~1json/schema",
            template.replace('/', "~1")
        );
        let schema =
            document.pointer(&pointer).unwrap_or_else(|| panic!("{template} is not in the document"));
        let mut schema = convert(schema);
        unwrap_pointers(&mut schema, &document);
        schema["components"] = components.clone();
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{template}: {error}"));
        let body = tave.get(target).json();
        if template == "/job" {
            // The check itself: a stage that the document does not know must not pass.
            let mut wrong = body.clone();
            wrong["items"][0]["stage"] = json!("married");
            assert!(!validator.is_valid(&wrong));
        }
        faults.extend(validator.iter_errors(&body).take(3).map(|error| {
            let shown: String = error.to_string().chars().take(300).collect();
            format!("{target} at {}: {shown}", error.instance_path())
        }));
    }
    let problem = tave.get("/job?pageSize=1").json();
    let validation =
        json!({ "allOf": [{ "$ref": "#/components/schemas/ErrorValidation" }], "components": components });
    assert!(
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .build(&validation)
            .expect("a schema")
            .is_valid(&problem)
    );
    assert!(faults.is_empty(), "{} disagreements:\n{}", faults.len(), faults.join("\n"));
}
