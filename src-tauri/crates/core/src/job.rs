//! Jobs: one closed set of phases, one transition function, and the specification's columns derived from them (MODEL 9).
//!
//! Every change of a job's phase goes through [`transition`]; there is no other way to write the column. The
//! specification's `job_status` is a view of the phase, never stored independently of it.

use serde::{Deserialize, Serialize};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for its turn.
    Queued,
    /// Works.
    Running,
    /// Waits for the CRM: rate limit or an announced pause.
    WaitingCrm,
    /// Waits for a person to review the plan.
    WaitingReview,
    /// Waits for a new sign-in or key.
    WaitingAuth,
    /// Waits for the network.
    WaitingNetwork,
    /// Paused by a person.
    Paused,
    /// The process ended while it worked; resumes by itself.
    Interrupted,
    /// All of it worked.
    Done,
    /// It ended and some records did not make it.
    Partial,
    /// It could not be done.
    Failed,
    /// A person stopped it.
    Cancelled,
}

/// What may happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobEvent {
    /// A worker takes it.
    Start,
    /// The CRM asked to wait.
    CrmAskedToWait,
    /// The network is gone.
    NetworkLost,
    /// The CRM or WedSync wants a new sign-in.
    AuthNeeded,
    /// The plan is stored and waits for a person.
    PlanReady,
    /// What was waited for came: time passed, network back, signed in, plan approved.
    Resume,
    /// A person pauses it.
    Pause,
    /// A person stops it.
    Cancel,
    /// The process that ran it is gone.
    OwnerLost,
    /// Finished, everything settled.
    Finish,
    /// Finished, some records did not make it.
    FinishPartial,
    /// It cannot be done.
    Fail,
}

/// This event is not possible in this phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {from:?} cannot take {event:?}")]
pub struct IllegalTransition {
    /// Phase before.
    pub from: Phase,
    /// What was tried.
    pub event: JobEvent,
}

impl Phase {
    /// All phases.
    pub const ALL: [Phase; 12] = [
        Phase::Queued,
        Phase::Running,
        Phase::WaitingCrm,
        Phase::WaitingReview,
        Phase::WaitingAuth,
        Phase::WaitingNetwork,
        Phase::Paused,
        Phase::Interrupted,
        Phase::Done,
        Phase::Partial,
        Phase::Failed,
        Phase::Cancelled,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Queued => "queued",
            Phase::Running => "running",
            Phase::WaitingCrm => "waiting_crm",
            Phase::WaitingReview => "waiting_review",
            Phase::WaitingAuth => "waiting_auth",
            Phase::WaitingNetwork => "waiting_network",
            Phase::Paused => "paused",
            Phase::Interrupted => "interrupted",
            Phase::Done => "done",
            Phase::Partial => "partial",
            Phase::Failed => "failed",
            Phase::Cancelled => "cancelled",
        }
    }

    /// The phase of this stored name.
    pub fn parse(name: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.as_str() == name)
    }

    /// Whether nothing can happen to the job any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Phase::Done | Phase::Partial | Phase::Failed | Phase::Cancelled)
    }

    /// The specification's `job_status` (R66) of this phase.
    pub fn job_status(self) -> &'static str {
        match self {
            Phase::Queued => "pending",
            Phase::Running
            | Phase::WaitingCrm
            | Phase::WaitingReview
            | Phase::WaitingAuth
            | Phase::WaitingNetwork
            | Phase::Paused
            | Phase::Interrupted => "running",
            Phase::Done | Phase::Partial => "completed",
            Phase::Failed => "failed",
            Phase::Cancelled => "cancelled",
        }
    }

    /// The specification's `last_sync_status` (R59), once the job has ended.
    pub fn last_sync_status(self) -> Option<&'static str> {
        match self {
            Phase::Done => Some("success"),
            Phase::Partial => Some("partial"),
            Phase::Failed => Some("failed"),
            _ => None,
        }
    }
}

/// The phase after an event.
///
/// # Errors
/// [`IllegalTransition`] when the event has no meaning in that phase; nothing changes then.
pub fn transition(from: Phase, event: JobEvent) -> Result<Phase, IllegalTransition> {
    use JobEvent as E;
    use Phase as P;
    let waiting =
        matches!(from, P::WaitingCrm | P::WaitingReview | P::WaitingAuth | P::WaitingNetwork | P::Paused);
    let to = match (from, event) {
        (P::Queued | P::Interrupted, E::Start) => P::Running,
        (P::Running, E::CrmAskedToWait) => P::WaitingCrm,
        (P::Running | P::WaitingCrm, E::NetworkLost) => P::WaitingNetwork,
        (P::Running | P::WaitingCrm, E::AuthNeeded) => P::WaitingAuth,
        (P::Running, E::PlanReady) => P::WaitingReview,
        (P::Running, E::Finish) => P::Done,
        (P::Running, E::FinishPartial) => P::Partial,
        (_, E::Resume) if waiting => P::Running,
        (P::Queued | P::Running | P::WaitingCrm | P::WaitingNetwork, E::Pause) => P::Paused,
        (P::Running | P::WaitingCrm | P::WaitingNetwork, E::OwnerLost) => P::Interrupted,
        (_, E::Cancel) if !from.is_terminal() => P::Cancelled,
        (_, E::Fail) if !from.is_terminal() => P::Failed,
        // Everything reviewed was rejected: nothing is left to do.
        (P::WaitingReview, E::Finish) => P::Done,
        _ => return Err(IllegalTransition { from, event }),
    };
    Ok(to)
}

/// What a job does (`crm_sync_jobs.job_kind`), finer than the specification's `job_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Read everything, stage, plan.
    Import,
    /// Send an approved plan to WedSync.
    Upload,
    /// Take an upload back.
    Undo,
}

impl JobKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::Import => "import",
            JobKind::Upload => "upload",
            JobKind::Undo => "undo",
        }
    }

    /// The kind of this stored name.
    pub fn parse(name: &str) -> Option<JobKind> {
        [JobKind::Import, JobKind::Upload, JobKind::Undo].into_iter().find(|kind| kind.as_str() == name)
    }

    /// The specification's `job_type` (R65).
    pub fn job_type(self) -> &'static str {
        match self {
            JobKind::Import | JobKind::Upload | JobKind::Undo => "full_import",
        }
    }
}

/// What became of one record (MODEL 9). Records read = the sum of these, per type (SYNC-LAW 32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// New in WedSync.
    Created,
    /// Changed in WedSync.
    Updated,
    /// Joined to a record that WedSync already had.
    Linked,
    /// Nothing to do.
    Unchanged,
    /// Left out by a filter or a choice.
    Skipped,
    /// Waits for the duplicate decision.
    DuplicateWaiting,
    /// Waits for a conflict decision.
    ConflictWaiting,
    /// Has a value that needs a person ("quarantined" in the law).
    Problem,
    /// Refused in review.
    RejectedByYou,
    /// Refused by WedSync.
    RejectedByWedsync,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Outcome; 10] = [
        Outcome::Created,
        Outcome::Updated,
        Outcome::Linked,
        Outcome::Unchanged,
        Outcome::Skipped,
        Outcome::DuplicateWaiting,
        Outcome::ConflictWaiting,
        Outcome::Problem,
        Outcome::RejectedByYou,
        Outcome::RejectedByWedsync,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Updated => "updated",
            Outcome::Linked => "linked",
            Outcome::Unchanged => "unchanged",
            Outcome::Skipped => "skipped",
            Outcome::DuplicateWaiting => "duplicate_waiting",
            Outcome::ConflictWaiting => "conflict_waiting",
            Outcome::Problem => "problem",
            Outcome::RejectedByYou => "rejected_by_you",
            Outcome::RejectedByWedsync => "rejected_by_wedsync",
        }
    }

    /// The outcome of this stored name.
    pub fn parse(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }

    /// The specification's `crm_sync_logs.action_type` (R86).
    pub fn action_type(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Updated | Outcome::Linked => "updated",
            Outcome::Unchanged
            | Outcome::Skipped
            | Outcome::DuplicateWaiting
            | Outcome::ConflictWaiting
            | Outcome::RejectedByYou => "skipped",
            Outcome::Problem | Outcome::RejectedByWedsync => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [JobEvent; 12] = [
        JobEvent::Start,
        JobEvent::CrmAskedToWait,
        JobEvent::NetworkLost,
        JobEvent::AuthNeeded,
        JobEvent::PlanReady,
        JobEvent::Resume,
        JobEvent::Pause,
        JobEvent::Cancel,
        JobEvent::OwnerLost,
        JobEvent::Finish,
        JobEvent::FinishPartial,
        JobEvent::Fail,
    ];

    #[test]
    fn every_phase_and_event_has_one_answer() {
        let mut legal = 0;
        for from in Phase::ALL {
            for event in EVENTS {
                match transition(from, event) {
                    Ok(to) => {
                        legal += 1;
                        assert!(!from.is_terminal(), "{from:?} is the end: {event:?} must be refused");
                        assert_ne!(to, from, "{event:?} must move a job that is {from:?}");
                    }
                    Err(refused) => assert_eq!(refused, IllegalTransition { from, event }),
                }
            }
            assert_eq!(Phase::parse(from.as_str()), Some(from), "names are their own inverse");
        }
        assert_eq!(legal, 39, "a new legal transition must be added here on purpose");
    }

    #[test]
    fn a_cancelled_job_is_not_failed() {
        assert_eq!(transition(Phase::Running, JobEvent::Cancel), Ok(Phase::Cancelled));
        assert_eq!(Phase::Cancelled.job_status(), "cancelled");
        assert_eq!(Phase::Cancelled.last_sync_status(), None, "stopping is no result");
    }
}
