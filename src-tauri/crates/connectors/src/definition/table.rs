//! The table of what can be done where, and how that is known: generated, so that it cannot say anything else than the
//! definitions do.

use std::fmt::Write as _;

use hub_core::record::RecordType;

use super::{Definition, Evidence, Operation, RouteKind};

/// The table of some definitions, as Markdown: provider, route, records, operations, evidence, whether this version does it.
pub fn table<'a>(definitions: impl IntoIterator<Item = &'a Definition>) -> String {
    let mut text = String::from(
        "| provider | route | records | operations | evidence | in this version | source |\n|---|---|---|---|---|---|---|\n",
    );
    for definition in definitions {
        for kind in RouteKind::ALL {
            for capability in definition.capability.iter().filter(|one| one.route == kind) {
                for standing in ["yes", "by a rule, not by itself yet", "not yet"] {
                    let stands = |operation: Operation, record: RecordType| {
                        if definition.routes.works(kind, operation) {
                            "yes"
                        } else if definition.routes.has_rule(kind, operation, record) {
                            "by a rule, not by itself yet"
                        } else {
                            "not yet"
                        }
                    };
                    // Records of which the same can be done stand in one row.
                    let mut rows: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
                    for record in &capability.records {
                        let operations: Vec<&str> = capability
                            .operations
                            .iter()
                            .filter(|operation| stands(**operation, *record) == standing)
                            .map(|operation| operation.as_str())
                            .collect();
                        if operations.is_empty() {
                            continue;
                        }
                        match rows.iter_mut().find(|(_, same)| *same == operations) {
                            Some((records, _)) => records.push(record.as_str()),
                            None => rows.push((vec![record.as_str()], operations)),
                        }
                    }
                    // Nothing here is anybody's input but ours, and a bar would still break the table.
                    let cell = |text: &str| text.replace('|', "\\|");
                    let asks = match capability.evidence {
                        Evidence::Specified if standing == "yes" && definition.routes.needs_address(kind) => {
                            ", needs your address"
                        }
                        Evidence::Documented | Evidence::Observed | Evidence::Specified => "",
                    };
                    for (records, operations) in rows {
                        let _ = writeln!(
                            text,
                            "| {} | {} | {} | {} | {} | {standing}{asks} | {} |",
                            cell(&definition.identity.name),
                            kind.as_str(),
                            records.join(", "),
                            operations.join(", "),
                            capability.evidence.as_str(),
                            cell(&capability.source),
                        );
                    }
                }
            }
        }
    }
    text
}
