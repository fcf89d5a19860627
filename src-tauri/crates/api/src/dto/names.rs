//! The closed vocabularies of core on the wire. Each is a set of its own with an exhaustive conversion: a new variant in
//! core does not compile until the wire has a name for it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! closed_set {
    ($(#[$doc:meta])* $Name:ident = $core:path { $($Variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)] // the variants are those of core and documented there
        pub enum $Name {
            $($Variant),*
        }

        impl From<$core> for $Name {
            fn from(value: $core) -> $Name {
                use $core as Core;
                match value {
                    $(Core::$Variant => $Name::$Variant),*
                }
            }
        }

        impl From<$Name> for $core {
            fn from(value: $Name) -> $core {
                use $core as Core;
                match value {
                    $($Name::$Variant => Core::$Variant),*
                }
            }
        }
    };
}

closed_set!(
    /// State of a connection.
    ConnectionStatus = hub_core::ports::ConnectionStatus {
        Connected, Disconnected, Error, PendingAuth, SyncInProgress,
    }
);
closed_set!(
    /// Where a job stands.
    Phase = hub_core::job::Phase {
        Queued, Running, WaitingCrm, WaitingReview, WaitingAuth, WaitingNetwork, Paused, Interrupted, Done, Partial,
        Failed, Cancelled,
    }
);
closed_set!(
    /// What a job does.
    JobKind = hub_core::job::JobKind { Import, Upload, Undo }
);
closed_set!(
    /// What became of a record.
    Outcome = hub_core::job::Outcome {
        Created, Updated, Linked, Unchanged, Skipped, DuplicateWaiting, ConflictWaiting, Problem, RejectedByYou,
        RejectedByWedsync,
    }
);
closed_set!(
    /// Tab of the review.
    UnitKind = hub_core::plan::UnitKind {
        Conflict, Problem, Duplicate, Changed, Linked, New, Unchanged, Skipped,
    }
);
closed_set!(
    /// Where a client stands in review.
    UnitState = hub_core::ports::UnitState { Pending, Approved, Rejected, Moved, Applied, Done, Refused }
);
closed_set!(
    /// What an operation does.
    OpKind = hub_core::plan::OpKind { Create, Update, Link, Delete }
);
closed_set!(
    /// State of a plan.
    PlanState = hub_core::ports::PlanState { Building, Ready, Executing, Finished, Superseded }
);
closed_set!(
    /// A kind of record.
    RecordType = hub_core::record::RecordType {
        Client, Person, Project, Event, Invoice, Payment, Task, Document, Communication, Form,
    }
);
closed_set!(
    /// What the matcher advises.
    Advice = hub_core::matching::Advice { Link, Ask }
);
closed_set!(
    /// Under which heading of the review a client stands.
    Heading = hub_core::ports::Heading { Waiting, Refused, Ready, Approved, InWedsync, LeftOut, Unchanged }
);
