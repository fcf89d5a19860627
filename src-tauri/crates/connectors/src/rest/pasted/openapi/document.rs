//! The document itself: its version, its references, its servers and the parameters that it demands.

use std::cell::Cell;

use serde_json::Value as Json;
use url::Url;

use super::super::request::decoded;
use super::super::{PastedError, SignedBy};
use crate::rest::flat::text_of;

/// References that are followed one after the other.
const MOST_STEPS: usize = 16;
/// References that are followed in all: a document that refers to itself everywhere is read for a bounded time.
const MOST_REFERENCES: usize = 100_000;
/// Longest address of a server.
const LONGEST_SERVER: usize = 2048;

/// A document of a known version.
pub(super) struct Document<'a> {
    root: &'a Json,
    /// Whether it is of version 2.0.
    swagger: bool,
    followed: Cell<usize>,
    elsewhere: Cell<bool>,
}

impl<'a> Document<'a> {
    pub(super) fn of(root: &'a Json) -> Result<Document<'a>, PastedError> {
        let version = |name: &str| root.get(name).map(text_of).unwrap_or_default();
        let swagger = version("swagger");
        // YAML without quotes makes a number of it.
        let old = swagger == "2.0" || swagger == "2";
        if !old && !version("openapi").starts_with("3.") {
            return Err(PastedError::OpenApiVersion);
        }
        Ok(Document { root, swagger: old, followed: Cell::new(0), elsewhere: Cell::new(false) })
    }

    pub(super) fn root(&self) -> &'a Json {
        self.root
    }

    pub(super) fn is_swagger(&self) -> bool {
        self.swagger
    }

    /// Whether something was referred to that stands in another document.
    pub(super) fn met_elsewhere(&self) -> bool {
        self.elsewhere.get()
    }

    /// What a part stands for: itself, or what it refers to inside the document. Nothing for a reference that leads nowhere,
    /// elsewhere, or in a circle.
    pub(super) fn resolved(&self, part: &'a Json) -> Option<&'a Json> {
        let mut part = part;
        for _ in 0..MOST_STEPS {
            let Some(reference) = part.get("$ref").and_then(Json::as_str) else { return Some(part) };
            let Some(pointer) = reference.strip_prefix('#') else {
                self.elsewhere.set(true);
                return None;
            };
            if self.followed.get() >= MOST_REFERENCES {
                return None;
            }
            self.followed.set(self.followed.get() + 1);
            part = self.root.pointer(&decoded(pointer))?;
        }
        None
    }

    /// Where the paths of an operation begin, without a slash at the end; empty where the document does not say so.
    pub(super) fn server(&self, item: &Json, operation: &Json) -> String {
        let text = if self.swagger { self.old_server() } else { self.new_server(item, operation) };
        let text = text.unwrap_or_default();
        if text.len() > LONGEST_SERVER || text.contains(['{', '}', '#']) {
            return String::new();
        }
        let of_the_web = |url: &Url| {
            ["http", "https"].contains(&url.scheme())
                && url.host_str().is_some_and(|host| !host.is_empty())
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
        };
        // As it was read and not as it stands: readers of addresses drop lines' ends in them.
        let url = Url::parse(&text).ok().filter(of_the_web);
        url.map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default()
    }

    fn old_server(&self) -> Option<String> {
        let host = self.root.get("host").and_then(Json::as_str)?;
        let base = self.root.get("basePath").and_then(Json::as_str).unwrap_or_default();
        let schemes = self.root.get("schemes").and_then(Json::as_array);
        let plain = schemes
            .is_some_and(|all| all.iter().any(|one| one == "http") && !all.iter().any(|one| one == "https"));
        Some(format!("{}://{host}{base}", if plain { "http" } else { "https" }))
    }

    fn new_server(&self, item: &Json, operation: &Json) -> Option<String> {
        let of =
            |part: &Json| part.get("servers").and_then(Json::as_array).and_then(|all| all.first().cloned());
        let server = of(operation).or_else(|| of(item)).or_else(|| of(self.root))?;
        let mut url = server.get("url").and_then(Json::as_str)?.to_owned();
        let variables = server.get("variables").and_then(Json::as_object);
        for (name, variable) in variables.into_iter().flatten().take(20) {
            let default = variable.get("default").map(text_of).unwrap_or_default();
            if url.len() > LONGEST_SERVER {
                return None;
            }
            url = url.replace(&format!("{{{name}}}"), &default);
        }
        Some(url)
    }

    /// Parameters that the query must have, with their default; empty is what a person has to fill in.
    pub(super) fn required_query(
        &self,
        item: &'a Json,
        operation: &'a Json,
        signed: Option<&SignedBy>,
    ) -> Vec<(String, String)> {
        let all =
            [operation, item].into_iter().filter_map(|part| part.get("parameters").and_then(Json::as_array));
        let mut found: Vec<(String, String)> = Vec::new();
        for parameter in all.flatten().take(100).filter_map(|one| self.resolved(one)) {
            let text = |name: &str| parameter.get(name).and_then(Json::as_str).unwrap_or_default();
            let name = text("name");
            let is_key = matches!(signed, Some(SignedBy::Query(key)) if key == name);
            if text("in") != "query"
                || parameter.get("required") != Some(&Json::Bool(true))
                || is_key
                || name.is_empty()
                || found.iter().any(|(held, _)| held == name)
            {
                continue;
            }
            let schema = parameter.get("schema").and_then(|schema| self.resolved(schema));
            let default =
                [Some(parameter), schema].into_iter().flatten().find_map(|part| part.get("default"));
            let default = default.filter(|value| !value.is_object() && !value.is_array() && !value.is_null());
            found.push((name.to_owned(), default.map(text_of).unwrap_or_default()));
        }
        found
    }
}
