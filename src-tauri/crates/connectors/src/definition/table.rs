//! The table of what can be done where, and how that is known: generated, so that it cannot say anything else than the
//! definitions do.

use std::fmt::Write as _;

use super::{Definition, Evidence, RouteKind};

/// The table of some definitions, as Markdown: provider, route, records, operations, evidence, whether this version does it.
pub fn table<'a>(definitions: impl IntoIterator<Item = &'a Definition>) -> String {
    let mut text = String::from(
        "| provider | route | records | operations | evidence | in this version | source |\n|---|---|---|---|---|---|---|\n",
    );
    for definition in definitions {
        for kind in RouteKind::ALL {
            for capability in definition.capability.iter().filter(|one| one.route == kind) {
                let records: Vec<&str> = capability.records.iter().map(|record| record.as_str()).collect();
                for works in [true, false] {
                    let operations: Vec<&str> = capability
                        .operations
                        .iter()
                        .filter(|operation| definition.routes.works(kind, **operation) == works)
                        .map(|operation| operation.as_str())
                        .collect();
                    if operations.is_empty() {
                        continue;
                    }
                    // Nothing here is anybody's input but ours, and a bar would still break the table.
                    let cell = |text: &str| text.replace('|', "\\|");
                    let asks = match capability.evidence {
                        Evidence::Specified if works && definition.routes.needs_address(kind) => {
                            ", needs your address"
                        }
                        Evidence::Documented | Evidence::Observed | Evidence::Specified => "",
                    };
                    let _ = writeln!(
                        text,
                        "| {} | {} | {} | {} | {} | {}{asks} | {} |",
                        cell(&definition.identity.name),
                        kind.as_str(),
                        records.join(", "),
                        operations.join(", "),
                        capability.evidence.as_str(),
                        if works { "yes" } else { "not yet" },
                        cell(&capability.source),
                    );
                }
            }
        }
    }
    text
}
