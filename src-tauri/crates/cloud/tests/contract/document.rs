//! Holds exchanges to the OpenAPI document.

use std::collections::{BTreeSet, HashMap};

use hub_sandbox::wedsync::Exchange;
use serde_json::{Value, json};

/// The document with its validators.
pub(crate) struct Document {
    json: Value,
    validators: HashMap<String, jsonschema::Validator>,
}

impl Document {
    pub(crate) fn read() -> Self {
        let json: Value = serde_json::from_str(hub_cloud::OPENAPI).expect("the document is JSON");
        assert_eq!(json["openapi"], "3.1.0", "its schemas are JSON Schema 2020-12 only from 3.1 on");
        Self { json, validators: HashMap::new() }
    }

    /// Every documented operation as (method, path).
    pub(crate) fn operations(&self) -> BTreeSet<(String, String)> {
        let paths = self.json["paths"].as_object().expect("paths");
        let operation = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
            let methods = item.as_object().expect("path item").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect()
        };
        paths.iter().flat_map(operation).collect()
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                self.json.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere")
            }
            None => value,
        }
    }

    fn validate(&mut self, schema: &Value, instance: &Value, what: &str) {
        let key = schema.to_string();
        if !self.validators.contains_key(&key) {
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.json["components"], "allOf": [schema],
            });
            let validator = jsonschema::validator_for(&whole).expect("the schema is one");
            self.validators.insert(key.clone(), validator);
        }
        let faults: Vec<String> = self.validators[&key]
            .iter_errors(instance)
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{what}: {faults:#?}\nin {instance:#}");
    }

    /// Fails when the exchange is not as documented.
    pub(crate) fn check(&mut self, exchange: &Exchange) {
        let what = format!("{} {} -> {}", exchange.method, exchange.path, exchange.status);
        let problem = json!({"$ref": "#/components/schemas/Problem"});
        let Some(route) = exchange.route else {
            // Nothing matched, or a fault answered in the server's stead.
            if exchange.content_type.as_deref() == Some("application/problem+json") {
                self.validate(&problem, exchange.reply.as_ref().expect("bodies are logged"), &what);
            }
            return;
        };
        let item = self.json["paths"]
            .get(route)
            .unwrap_or_else(|| panic!("{what}: {route} is not documented"))
            .clone();
        let Some(operation) = item.get(exchange.method.to_lowercase()) else {
            assert_eq!(exchange.status, 405, "{what}: an undocumented method is turned away");
            return;
        };
        let responses = &operation["responses"];
        let documented = responses
            .get(exchange.status.to_string())
            .unwrap_or_else(|| panic!("{what} {:?}: this status is not documented", exchange.code));
        let documented = self.resolve(documented).clone();
        match (documented.get("content"), &exchange.content_type) {
            (None, None) => {
                let says_all = exchange.location.is_some() || exchange.status == 304;
                assert!(says_all, "{what}: a reply without body leads somewhere, or nowhere new")
            }
            (Some(content), Some(kind)) => {
                let media = content.get(kind).unwrap_or_else(|| panic!("{what}: {kind} is not documented"));
                if kind.ends_with("json") {
                    self.validate(
                        &media["schema"].clone(),
                        exchange.reply.as_ref().expect("bodies are logged"),
                        &what,
                    );
                }
            }
            (content, kind) => panic!("{what}: documented {content:?}, sent {kind:?}"),
        }
        if exchange.status < 400 {
            let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            if let (false, Some(request)) = (schema.is_null(), &exchange.request) {
                self.validate(&schema, request, &format!("request of {what}"));
            }
        }
    }
}
