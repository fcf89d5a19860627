//! The definition against the vendor's published API description, where that document is at hand.

use std::collections::BTreeSet;
use std::path::Path;

use hub_connectors::definition::{Leaf, Leaves, Pagination, Paging, Rule};
use hub_connectors::embedded;
use serde_json::Value as Json;

struct Document(Json);

impl Document {
    fn at(&self, pointer: &str) -> &Json {
        self.0.pointer(pointer).unwrap_or(&Json::Null)
    }

    fn resolve<'a>(&'a self, schema: &'a Json) -> &'a Json {
        match schema["$ref"].as_str() {
            Some(reference) => self.resolve(self.at(reference.trim_start_matches('#'))),
            None => schema,
        }
    }

    /// The schemas of a property, through references and combinations.
    fn property<'a>(&'a self, schema: &'a Json, name: &str) -> Vec<&'a Json> {
        let schema = self.resolve(schema);
        let mut found: Vec<&Json> = schema["properties"].get(name).into_iter().collect();
        for combined in ["allOf", "anyOf", "oneOf"] {
            for part in schema[combined].as_array().into_iter().flatten() {
                found.extend(self.property(part, name));
            }
        }
        if schema["type"] == "array" {
            found.extend(self.property(&schema["items"], name));
        }
        found
    }

    fn has(&self, schema: &Json, path: &str) -> bool {
        let mut here = vec![schema];
        for step in path.split('.') {
            here = here.into_iter().flat_map(|schema| self.property(schema, step)).collect();
        }
        !here.is_empty()
    }

    fn reply(&self, path: &str) -> Option<&Json> {
        self.0["paths"][path]["get"]["responses"]["200"]["content"]["application/json"].get("schema")
    }

    fn parameters(&self, path: &str) -> BTreeSet<String> {
        let list = self.0["paths"][path]["get"]["parameters"].as_array();
        let names = list.into_iter().flatten().filter_map(|one| self.resolve(one)["name"].as_str());
        names.map(str::to_owned).collect()
    }
}

/// Paths that leaves read in the records they point at.
fn pointed<'a>(leaves: &'a Leaves, found: &mut Vec<(&'a str, String)>) {
    for leaf in leaves.values() {
        match leaf {
            Leaf::Rule(Rule::LookUp { stream, take, .. }) => found.push((stream, take.clone())),
            Leaf::Rule(Rule::CustomFields { stream, name, kind, .. }) => {
                found.extend([name, kind].map(|path| (stream.as_str(), path.clone())));
            }
            Leaf::Rule(Rule::ObjectOf { stream, at, leaves, .. }) => {
                let mut inner = Vec::new();
                paths(leaves, at, &mut inner);
                found.extend(inner.into_iter().map(|(_, path)| (stream.as_str(), path)));
            }
            _ => {}
        }
    }
}

/// Paths of a record that leaves read, and whether in the record itself or in its holder.
fn paths(leaves: &Leaves, prefix: &str, found: &mut Vec<(bool, String)>) {
    let joined = |path: &str| if prefix.is_empty() { path.to_owned() } else { format!("{prefix}.{path}") };
    for leaf in leaves.values() {
        match leaf {
            Leaf::Path(path) => found.push((false, joined(path))),
            Leaf::Rule(rule) => match rule {
                Rule::First { of } | Rule::Phone { of } => {
                    found.extend(of.iter().map(|path| (false, joined(path))))
                }
                Rule::When { path, then, otherwise, .. } => {
                    found.extend([path, then, otherwise].map(|path| (false, joined(path))));
                }
                Rule::OtherPhones { of } | Rule::OtherEmails { of } => {
                    found.extend(of.iter().map(|one| (false, joined(&one.path))));
                }
                Rule::Object { at, leaves } | Rule::List { at, leaves } => paths(leaves, &joined(at), found),
                Rule::ObjectOf { by, otherwise, leaves, .. } => {
                    found.push((false, joined(by)));
                    paths(leaves, &joined(otherwise), found);
                }
                Rule::Words { path, .. } | Rule::Text { path } | Rule::Day { path } => {
                    found.push((false, joined(path)))
                }
                Rule::LookUp { by, otherwise, .. } => {
                    found.push((false, joined(by)));
                    found.extend(otherwise.iter().map(|path| (false, joined(path))));
                }
                Rule::Reference { by, .. } | Rule::OnlyPart { by, .. } => found.push((false, joined(by))),
                Rule::CustomFields { path, id, value, .. } => {
                    found.extend([id, value].map(|inner| (false, joined(&format!("{path}.{inner}")))));
                }
                Rule::Holder { path } | Rule::HolderOfOne { path } => found.push((true, path.clone())),
                Rule::MainEvent { .. } | Rule::Fixed { .. } => {}
            },
        }
    }
}

#[test]
fn every_path_parameter_and_field_is_in_the_vendors_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/vendor/vsco-workspace-v2.openapi.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: the vendor's API description is not beside the repository; nothing was compared");
        return;
    };
    let document = Document(serde_json::from_str(&text).expect("the document is JSON"));
    let tave = embedded("tave").unwrap().unwrap();
    let api = tave.routes.api.as_ref().and_then(|api| api.lists()).expect("Tave has an API of lists");
    let mut missing: Vec<String> = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            missing.push(what);
        }
    };

    let Pagination::Page { number, size, current, pages, .. } = &api.lists.pagination;
    let item = |stream: &str| {
        let path = &api.stream.iter().find(|one| one.name == stream).expect("checked").path;
        // The general list says no more than "objects"; the list of this path says which.
        let items = document.property(document.reply(path).unwrap_or(&Json::Null), "items");
        serde_json::json!({"anyOf": items})
    };
    for stream in &api.stream {
        let Some(reply) = document.reply(&stream.path) else {
            check(false, format!("GET {}", stream.path));
            continue;
        };
        let known = document.parameters(&stream.path);
        let mut used: BTreeSet<&String> = stream.params.keys().collect();
        used.insert(&api.lists.sort.param);
        if stream.paging == Paging::Pages {
            used.extend([number, size]);
        }
        for name in used {
            check(known.contains(name), format!("{} ?{name}", stream.path));
        }
        for field in [&api.lists.total, current, pages, &api.lists.records] {
            check(document.has(reply, field), format!("{} {field}", stream.path));
        }
        let record = item(&stream.name);
        for field in [Some(&api.lists.id), api.lists.version.as_ref()].into_iter().flatten() {
            check(document.has(&record, field), format!("{} {field}", stream.name));
        }
        for parent in &stream.parents {
            let path = match &parent.entry {
                None => parent.path.clone(),
                Some(entry) => format!("{}.{}", entry.list, parent.path),
            };
            check(document.has(&record, &path), format!("{} {path}", stream.name));
        }
        let sorts = document.0["paths"][&stream.path]["get"]["parameters"].to_string();
        for value in [&api.lists.sort.ascending_id, &api.lists.sort.newest] {
            check(sorts.contains(&format!("\"{value}\"")), format!("{} sorted by {value}", stream.path));
        }
    }
    let account = document.reply(&api.account.path).unwrap_or(&Json::Null);
    for field in
        [Some(&api.account.id), Some(&api.account.name), api.account.currency.as_ref()].into_iter().flatten()
    {
        check(document.has(account, field), format!("{} {field}", api.account.path));
    }
    if let Some(zone) = &api.account.time_zone {
        check(document.has(account, &zone.by), format!("{} {}", api.account.path, zone.by));
        let reply = document.reply(&format!("{}/{{id}}", zone.path)).unwrap_or(&Json::Null);
        check(document.has(reply, &zone.name), format!("{} {}", zone.path, zone.name));
    }
    let shape = tave.assemble.as_ref().expect("Tave joins its lists");
    let on_job_path = &api.stream.iter().find(|one| one.name == shape.on_job.stream).expect("checked").path;
    check(
        document.parameters(on_job_path).contains(&api.preview.people_param),
        format!("{on_job_path} ?{}", api.preview.people_param),
    );

    let mut leaves_of = |stream: &str, leaves: &Leaves, inside: Option<&str>| {
        let record = item(stream);
        let mut found = Vec::new();
        paths(leaves, "", &mut found);
        for (in_holder, path) in found {
            let path = match inside {
                Some(list) if !in_holder => format!("{list}.{path}"),
                _ => path,
            };
            check(document.has(&record, &path), format!("{stream} {path}"));
        }
        let mut elsewhere = Vec::new();
        pointed(leaves, &mut elsewhere);
        for (other, path) in elsewhere {
            check(document.has(&item(other), &path), format!("{other} {path}"));
        }
    };
    leaves_of(&shape.person.stream, &shape.person.leaves, None);
    leaves_of(&shape.job.stream, &shape.job.leaves, None);
    for child in shape.child.iter().chain(&shape.person_child) {
        leaves_of(&child.stream, &child.leaves, child.each.as_ref().map(|each| each.path.as_str()));
        if let Some(also) = &child.also {
            leaves_of(&child.stream, &child.leaves, Some(&also.path));
        }
    }
    let on_job = item(&shape.on_job.stream);
    for field in [&shape.on_job.person, &shape.on_job.client, &shape.on_job.role_kinds, &shape.on_job.roles] {
        check(document.has(&on_job, field), format!("{} {field}", shape.on_job.stream));
    }
    if let Some(section) = &tave.custom_fields {
        let field = item(&section.stream);
        for path in [&section.label, &section.kind, &section.choices, &section.hidden, &section.applies] {
            check(document.has(&field, path), format!("{} {path}", section.stream));
        }
    }
    let job = item(&shape.job.stream);
    check(document.has(&job, &shape.job.sample), format!("job {}", shape.job.sample));
    assert!(missing.is_empty(), "not in the vendor's document: {missing:#?}");
}

impl Document {
    /// The schema of a request's body: that of a person, where it may be one of several.
    fn body(&self, path: &str, method: &str) -> Option<&Json> {
        let content = &self.0["paths"][path][method]["requestBody"]["content"]["application/json"];
        let schema = content.get("schema")?;
        Some(schema["oneOf"].get(0).unwrap_or(schema))
    }

    /// Members of a schema, with whether only the server sets them.
    fn members(&self, schema: &Json) -> Vec<(String, bool)> {
        let schema = self.resolve(schema);
        let only_server = |member: &Json| {
            let parts = member["allOf"].as_array().into_iter().flatten();
            parts.chain([member, self.resolve(member)]).any(|part| self.resolve(part)["readOnly"] == true)
        };
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut found: Vec<(String, bool)> =
            own.map(|(name, member)| (name.clone(), only_server(member))).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            found.extend(self.members(part));
        }
        found
    }
}

#[test]
fn every_write_is_in_the_vendors_document_and_sends_nothing_that_only_the_server_sets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../../shared/vendor/vsco-workspace-v2.openapi.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("SKIPPED: the vendor's API description is not beside the repository; nothing was compared");
        return;
    };
    let document = Document(serde_json::from_str(&text).expect("the document is JSON"));
    let api = embedded("tave").unwrap().unwrap().routes.api.expect("an API");
    assert_eq!(api.write.len(), 4, "people are made, changed and deleted, jobs changed");
    for rule in &api.write {
        let method = format!("{:?}", rule.method).to_lowercase();
        let what = format!("{method} {}", rule.path);
        assert!(document.0["paths"][&rule.path].get(&method).is_some(), "{what}");
        if let Some(lookup) = &rule.lookup {
            let known = document.parameters(&lookup.path);
            for name in lookup.params.keys().chain([&lookup.param]) {
                assert!(known.contains(name), "{what}: looked up by ?{name}");
            }
        }
        let Some(body) = document.body(&rule.path, &method) else {
            assert_eq!(method, "delete", "{what}: all others have a body");
            continue;
        };
        let members = document.members(body);
        for place in rule.fields.values() {
            let held = members.iter().find(|(name, _)| *name == place.path);
            assert_eq!(held.map(|(_, server)| *server), Some(false), "{what}: {} can be written", place.path);
        }
        for path in rule.fixed.keys().chain(&rule.mark).map(|path| path.replace(".0.", ".")) {
            assert!(document.has(body, &path), "{what}: {path}");
        }
        if method == "put" {
            for (name, _) in members.iter().filter(|(_, server)| *server) {
                assert!(rule.read_only.contains(name), "{what}: only the server sets {name}");
            }
        }
    }
}
