//! Jobs and their progress.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use ts_rs::TS;

use super::{FileChoice, JobKind, Phase};

/// A job by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct JobId {
    /// The id.
    pub job_id: String,
}

/// An upload to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PushStart {
    /// The connection.
    pub connection_id: String,
    /// Form template of which a draft is made for each client or project that the upload brings; none makes none.
    #[serde(default)]
    #[ts(optional)]
    pub form: Option<String>,
}

/// A form template of WedSync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormTemplateView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `client` or `project`: what one draft is made for.
    pub applies_to: String,
    /// Its questions, as asked.
    pub questions: Vec<String>,
}

impl From<hub_core::ports::FormTemplate> for FormTemplateView {
    fn from(template: hub_core::ports::FormTemplate) -> FormTemplateView {
        FormTemplateView {
            id: template.id,
            name: template.name,
            applies_to: template.applies_to,
            questions: template.questions.into_iter().map(|question| question.label).collect(),
        }
    }
}

/// Form templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormTemplates {
    /// In WedSync's order.
    pub templates: Vec<FormTemplateView>,
}

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct JobList {
    /// Only this connection.
    #[serde(default)]
    #[ts(optional)]
    pub connection_id: Option<String>,
    /// How many at most; 50 when absent.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// What to import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ImportStart {
    /// From this connection.
    pub connection_id: String,
    /// Read everything again, not only what changed.
    #[serde(default)]
    #[ts(optional)]
    pub full: Option<bool>,
    /// For a connection by file: the files, anew or in a newer version. May be left out right after the connection was
    /// made from them.
    #[serde(default)]
    #[ts(optional)]
    pub file_ids: Option<Vec<String>>,
    /// What was chosen for their tables.
    #[serde(default)]
    #[ts(optional)]
    pub choices: Option<Vec<FileChoice>>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct JobView {
    /// Id.
    pub id: String,
    /// Connection.
    pub connection_id: String,
    /// What it does.
    pub kind: JobKind,
    /// Where it stands.
    pub state: Phase,
    /// The specification's status.
    pub status: String,
    /// Records done.
    pub processed: u64,
    /// Records in all, once known.
    pub total: Option<u64>,
    /// Per cent, once known; 100 only when done.
    pub percent: Option<u8>,
    /// What went wrong, or what it waits for: a message id with parameters.
    #[ts(type = "unknown")]
    pub error: Option<Json>,
    /// While it waits for the CRM or the network: when it goes on by itself, for a countdown. `job.resume` tries now.
    #[ts(type = "string | null")]
    pub wait_until: Option<Timestamp>,
    /// Outcomes per record type, final once it has ended.
    #[ts(type = "unknown")]
    pub counts: Json,
    /// Made at.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// Started at.
    #[ts(type = "string | null")]
    pub started_at: Option<Timestamp>,
    /// Ended at.
    #[ts(type = "string | null")]
    pub completed_at: Option<Timestamp>,
}

impl From<hub_core::ports::Job> for JobView {
    fn from(job: hub_core::ports::Job) -> JobView {
        JobView {
            percent: job.percent(),
            id: job.id,
            connection_id: job.connection_id,
            kind: job.kind.into(),
            state: job.phase.into(),
            status: job.phase.job_status().to_owned(),
            processed: job.processed,
            total: job.total,
            error: job.error,
            wait_until: job.wait_until,
            counts: job.counts,
            created_at: job.created_at,
            started_at: job.started_at,
            completed_at: job.completed_at,
        }
    }
}

/// Jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Jobs {
    /// Newest first.
    pub jobs: Vec<JobView>,
}

/// Which events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct JobEvents {
    /// Of this job.
    pub job_id: String,
    /// After this position; 0 is from the start.
    #[serde(default)]
    pub after: u64,
}

/// One event of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct JobEventView {
    /// Position, from 1, without gaps.
    pub seq: u64,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// `{"type": "begin" | "phase" | "tick" | "wait" | "go_on" | "warning" | "end", ...}`; a `wait` has
    /// `phase`, `until` and `reason`.
    #[ts(type = "unknown")]
    pub event: Json,
}

/// Events of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct JobEventList {
    /// In order; at most 1,000 at a time.
    pub events: Vec<JobEventView>,
}
