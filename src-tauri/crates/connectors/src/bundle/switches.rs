//! Kill switches: what WedSync has switched off, for everybody.
//!
//! They can only ever switch off. A switch that names a route or an operation which this version does not know is about
//! something that this version does not do, and is passed over; a reason that it does not know is said as "another reason".
//! Connectors that a person made (`custom`) are no business of WedSync's and are never switched off.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::definition::{Operation, RouteKind};

/// What stands before the name of a connector that a person made (MODEL 9).
const CUSTOM: &str = "custom";

/// Why something was switched off: the sentence that a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffReason {
    /// The CRM has changed, so that what is read could be wrong.
    Changed,
    /// The CRM has asked programs to stay away.
    Terms,
    /// A mistake of ours was found.
    Fault,
    /// It may not be safe.
    Safety,
    /// A reason that this version has no words for.
    #[serde(other)]
    Other,
}

impl OffReason {
    /// All reasons.
    pub const ALL: [OffReason; 5] =
        [OffReason::Changed, OffReason::Terms, OffReason::Fault, OffReason::Safety, OffReason::Other];

    /// Message id of the sentence.
    pub fn message_id(self) -> &'static str {
        match self {
            OffReason::Changed => "error.off.changed",
            OffReason::Terms => "error.off.terms",
            OffReason::Fault => "error.off.fault",
            OffReason::Safety => "error.off.safety",
            OffReason::Other => "error.off.other",
        }
    }

    /// Whether a message says that something is switched off.
    pub fn is_said_by(message_id: &str) -> bool {
        OffReason::ALL.iter().any(|reason| reason.message_id() == message_id)
    }
}

/// One thing that is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    /// Provider key.
    pub provider: String,
    /// Only this route; every route where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Only this operation; every operation where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Why.
    pub reason: OffReason,
}

/// All that is switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switches(Vec<Off>);

impl Switches {
    /// Reads the entries of a bundle, or what was kept of one. An entry that cannot be read is about nothing that this
    /// version does.
    pub fn read(entries: &[Json]) -> Switches {
        Switches(entries.iter().filter_map(|entry| serde_json::from_value(entry.clone()).ok()).collect())
    }

    /// What was kept as text.
    pub fn kept(text: &str) -> Switches {
        serde_json::from_str::<Vec<Json>>(text).map(|entries| Switches::read(&entries)).unwrap_or_default()
    }

    /// As text, to be kept.
    pub fn to_text(&self) -> String {
        // Plain data with string keys: encoding cannot fail.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Why this cannot be done with this provider, if it cannot.
    pub fn off(&self, provider: &str, route: RouteKind, operation: Operation) -> Option<OffReason> {
        if provider.split(':').next() == Some(CUSTOM) {
            return None;
        }
        let holds = |named: &Option<String>, this: &str| named.as_deref().is_none_or(|named| named == this);
        self.0
            .iter()
            .find(|off| {
                off.provider == provider
                    && holds(&off.route, route.as_str())
                    && holds(&off.operation, operation.as_str())
            })
            .map(|off| off.reason)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_switch_says_what_it_is_about_and_nothing_is_switched_on() {
        let switches = Switches::read(&[
            json!({"provider": "lightblue", "route": "sign_in", "reason": "terms"}),
            json!({"provider": "tave", "operation": "update", "reason": "fault", "more": "than this version knows"}),
            json!({"provider": "dubsado", "route": "telepathy", "reason": "changed"}),
            json!({"provider": "honeybook", "reason": "moonlight"}),
            json!({"provider": "custom", "reason": "changed"}),
            json!({"enabled": "tave"}),
        ]);
        let off = |provider, route, operation| switches.off(provider, route, operation);
        let (api, read) = (RouteKind::Api, Operation::Read);
        assert_eq!(off("lightblue", RouteKind::SignIn, read), Some(OffReason::Terms));
        assert_eq!(off("lightblue", RouteKind::File, read), None, "its files may still be read");
        assert_eq!(off("tave", api, read), None, "reading goes on");
        assert_eq!(off("tave", api, Operation::Update), Some(OffReason::Fault));
        assert_eq!(off("dubsado", api, read), None, "a route that this version does not have");
        assert_eq!(off("honeybook", api, read), Some(OffReason::Other), "whatever the reason");
        assert_eq!(off("custom", api, read), None, "what a person made is theirs");
        assert_eq!(off("custom:my_list", api, read), None);
        assert_eq!(Switches::kept(&switches.to_text()).off("honeybook", api, read), Some(OffReason::Other));
        assert_eq!(Switches::kept("no list"), Switches::default());
    }
}
