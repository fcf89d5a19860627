//! Who may import whom (README, "Walls"): read from `cargo tree`, normal dependencies of every target.

use std::collections::{BTreeMap, BTreeSet};

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
    "wedsync-hub",
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
    (
        "wedsync-hub",
        &["hub-core", "hub-engine", "hub-api", "hub-cli", "hub-connectors", "hub-store", "hub-cloud"],
    ),
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
    ("wedsync-hub", &["hub-sandbox", "hub-testkit"]),
];

/// Reads the graph, for all targets.
pub fn dependencies() -> Result<Dependencies, String> {
    let mut found = Dependencies::new();
    for name in OURS {
        let arguments = [
            "tree",
            "--package",
            name,
            "--edges",
            "normal",
            "--target",
            "all",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ];
        found.insert((*name).to_owned(), below(name, &output(&cargo(), &arguments)?));
    }
    Ok(found)
}

/// Crate names in the output of `cargo tree`, without the crate itself.
fn below(name: &str, tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|found| *found != name)
        .map(str::to_owned)
        .collect()
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
    fn the_tree_is_read_by_name() {
        let tree =
            "hub-core v0.1.0 (somewhere)\nserde v1.0.0\nserde_derive v1.0.0 (proc-macro)\nserde v1.0.0 (*)\n";
        assert_eq!(below("hub-core", tree), BTreeSet::from(["serde".to_owned(), "serde_derive".to_owned()]));
    }
}
