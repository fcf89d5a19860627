//! Who may import whom (README, "Walls"): read from cargo's own dependency graph, normal dependencies only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::process::{cargo, output};

/// Crate name to the names of everything it depends on, directly or not, without dev-dependencies.
pub type Dependencies = BTreeMap<String, BTreeSet<String>>;

const OURS: &[&str] = &[
    "hub-core",
    "hub-connectors",
    "hub-store",
    "hub-cloud",
    "hub-engine",
    "hub-api",
    "hub-cli",
    "hub-testkit",
    "hub-sandbox",
    "xtask",
];

/// Crate, and which of ours it may see.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("hub-core", &[]),
    ("hub-connectors", &["hub-core"]),
    ("hub-store", &["hub-core"]),
    ("hub-cloud", &["hub-core"]),
    ("hub-engine", &["hub-core"]),
    ("hub-api", &["hub-core", "hub-engine"]),
    ("hub-cli", &["hub-core", "hub-engine", "hub-api", "hub-connectors", "hub-store", "hub-cloud"]),
    ("hub-testkit", &["hub-core", "hub-sandbox"]),
    ("hub-sandbox", &[]),
    ("xtask", &[]),
];

/// Crate, and outside crates that must not be anywhere below it: what would break its purity.
const MUST_NOT_REACH: &[(&str, &[&str])] = &[
    ("hub-core", &["tokio", "reqwest", "rusqlite", "tauri", "getrandom", "axum", "keyring"]),
    ("hub-engine", &["reqwest", "rusqlite", "tauri", "axum", "keyring"]),
    ("hub-api", &["reqwest", "rusqlite", "tauri", "axum", "keyring"]),
    ("hub-connectors", &["rusqlite", "tauri", "axum"]),
    ("hub-store", &["reqwest", "tauri", "axum"]),
    ("hub-cloud", &["rusqlite", "tauri", "axum"]),
    ("hub-cli", &["tauri", "hub-sandbox", "hub-testkit"]),
];

/// Reads the graph.
pub fn dependencies() -> Result<Dependencies, String> {
    let text = output(&cargo(), &["metadata", "--format-version", "1", "--locked"])?;
    let metadata: Json = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(closures(&metadata))
}

fn closures(metadata: &Json) -> Dependencies {
    let list = |json: &Json, key: &str| json.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let names: BTreeMap<String, String> = list(metadata, "packages")
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in metadata.get("resolve").map(|resolve| list(resolve, "nodes")).unwrap_or_default() {
        let normal = list(&node, "deps")
            .iter()
            .filter(|dependency| {
                list(dependency, "dep_kinds").iter().any(|kind| kind.get("kind").is_some_and(Json::is_null))
            })
            .map(|dependency| text(dependency, "pkg"))
            .collect();
        edges.insert(text(&node, "id"), normal);
    }
    let mut found = Dependencies::new();
    for (id, name) in names.iter().filter(|(_, name)| OURS.contains(&name.as_str())) {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        let mut open: Vec<&String> = edges.get(id).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(edges.get(next).into_iter().flatten());
            }
        }
        found.insert(name.clone(), seen.into_iter().filter_map(|id| names.get(id).cloned()).collect());
    }
    found
}

/// Every crossed wall, in words.
pub fn faults(dependencies: &Dependencies) -> Vec<String> {
    let mut faults = Vec::new();
    for name in OURS {
        let Some(below) = dependencies.get(*name) else {
            faults.push(format!("wall: {name} is not in the workspace"));
            continue;
        };
        let allowed =
            MAY_SEE.iter().find(|(crate_name, _)| crate_name == name).map_or(&[][..], |(_, may)| may);
        for other in OURS.iter().filter(|other| below.contains(**other) && !allowed.contains(other)) {
            faults.push(format!("wall: {name} must not depend on {other}"));
        }
        let banned =
            MUST_NOT_REACH.iter().find(|(crate_name, _)| crate_name == name).map_or(&[][..], |(_, not)| not);
        for other in banned.iter().filter(|other| below.contains(**other)) {
            faults.push(format!("wall: {name} must not reach {other}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean() -> Dependencies {
        OURS.iter().map(|name| ((*name).to_owned(), BTreeSet::new())).collect()
    }

    #[test]
    fn every_wall_fails_when_it_is_crossed() {
        assert!(faults(&clean()).is_empty(), "an empty graph crosses nothing");
        for (name, allowed) in MAY_SEE {
            for other in OURS.iter().filter(|other| *other != name && !allowed.contains(other)) {
                let mut graph = clean();
                graph.insert((*name).to_owned(), BTreeSet::from([(*other).to_owned()]));
                assert_eq!(faults(&graph).len(), 1 + usize::from(banned(name, other)), "{name} -> {other}");
            }
        }
        for (name, banned) in MUST_NOT_REACH {
            for other in *banned {
                let mut graph = clean();
                graph.insert((*name).to_owned(), BTreeSet::from([(*other).to_owned()]));
                assert!(!faults(&graph).is_empty(), "{name} -> {other}");
            }
        }
    }

    fn banned(name: &str, other: &str) -> bool {
        MUST_NOT_REACH.iter().any(|(crate_name, banned)| *crate_name == name && banned.contains(&other))
    }

    #[test]
    fn the_graph_of_this_workspace_keeps_its_walls() {
        let dependencies = dependencies().expect("cargo metadata answers");
        assert!(
            dependencies["hub-store"].contains("rusqlite"),
            "the graph was read: the store has its database"
        );
        assert_eq!(faults(&dependencies), Vec::<String>::new());
    }

    #[test]
    fn dev_dependencies_do_not_count() {
        let metadata = serde_json::json!({
            "packages": [{"id": "a", "name": "hub-core"}, {"id": "b", "name": "tokio"}, {"id": "c", "name": "regex"}],
            "resolve": {"nodes": [
                {"id": "a", "deps": [
                    {"pkg": "b", "dep_kinds": [{"kind": "dev"}]},
                    {"pkg": "c", "dep_kinds": [{"kind": null}]}
                ]},
                {"id": "b", "deps": []}, {"id": "c", "deps": []}
            ]}
        });
        assert_eq!(closures(&metadata)["hub-core"], BTreeSet::from(["regex".to_owned()]));
    }
}
