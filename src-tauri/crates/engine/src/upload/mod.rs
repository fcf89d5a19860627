//! An upload: check what was approved against WedSync as it is now, take a restore point, apply, send (MODEL 6, 7).

mod forms;
mod lease;
mod recheck;
mod send;

use hub_core::custom_field::PlannedField;
use hub_core::job::{JobEvent, Phase};
use hub_core::ports::{AccountRef, Connection, PlanHead, PlanState, UnitState};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

pub(crate) use lease::LeaseKeeper;

use crate::runner::RunEnd;
use crate::{Engine, EngineError, JobRun};

/// Units applied and enqueued in one step.
const CHUNK: u32 = 50;

/// Where an upload stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Checkpoint {
    /// Approved units were checked against the mirror.
    checked: bool,
    /// Some of them change what WedSync already holds.
    updates: bool,
    /// Everything that was approved is applied and enqueued.
    applied: bool,
    /// Ops in all.
    ops: u64,
    /// Units that moved and ask again.
    moved: u64,
}

impl Engine {
    pub(crate) async fn run_upload(&self, run: &JobRun) -> Result<RunEnd, EngineError> {
        let connection = self.connection(&run.job.connection_id).await?;
        self.refuse_before_rebase(&connection.id).await?;
        let plan = self.plan_of(&run.job.config).await?;
        let mut checkpoint: Checkpoint =
            serde_json::from_value(run.job.checkpoint.clone()).unwrap_or_default();
        run.phase("mirror", "").await?;
        self.register(&connection, run).await?;
        let mut lease = LeaseKeeper::new(self, &connection.id);
        let end = self.upload_under(run, &connection, &plan, &mut checkpoint, &mut lease).await;
        lease.release().await;
        end
    }

    async fn upload_under(
        &self,
        run: &JobRun,
        connection: &Connection,
        plan: &PlanHead,
        checkpoint: &mut Checkpoint,
        lease: &mut LeaseKeeper,
    ) -> Result<RunEnd, EngineError> {
        lease.fresh(&run.cancel).await?;
        if !checkpoint.applied {
            self.refresh_mirror(&run.cancel).await?;
        }
        if !checkpoint.checked {
            run.phase("check", "").await?;
            let checked = self.recheck(run, plan).await?;
            checkpoint.moved = checked.moved;
            checkpoint.updates = checked.updates;
            checkpoint.checked = true;
            self.set_plan(&plan.id, PlanState::Executing).await?;
            self.save(run, checkpoint, 0).await?;
        }
        if !checkpoint.applied {
            if checkpoint.updates {
                run.phase("restore_point", "").await?;
                let (job_id, at) = (run.job.id.clone(), self.inner.clock.now());
                self.db().run(move |book| book.restore_point("upload", Some(&job_id), at)).await?;
            }
            self.add_forms(run, plan).await?;
            self.make_fields(run, connection, plan).await?;
            self.apply_all(run, connection, plan, checkpoint).await?;
        }
        run.phase("send", "").await?;
        self.send_all(run, lease, checkpoint.ops).await?;
        self.finish_upload(run, plan, checkpoint).await
    }

    async fn apply_all(
        &self,
        run: &JobRun,
        connection: &Connection,
        plan: &PlanHead,
        checkpoint: &mut Checkpoint,
    ) -> Result<(), EngineError> {
        run.phase("apply", "").await?;
        let mut from = 0;
        loop {
            run.go_on()?;
            let (plan_id, job_id, connection) = (plan.id.clone(), run.job.id.clone(), connection.clone());
            let actor = self.actor("reason.upload", Some(&run.job.id));
            let enqueued = self
                .db()
                .run(move |book| {
                    // Onwards from where the last step ended: from the start it would walk over all that is done.
                    let seqs = book.seqs_in_state(&plan_id, UnitState::Approved, from, CHUNK)?;
                    let Some(last) = seqs.last().copied() else { return Ok(None) };
                    let account = AccountRef {
                        provider: &connection.provider,
                        account: &connection.account.account_id,
                    };
                    book.apply_and_enqueue(&plan_id, &job_id, &connection.id, &account, &seqs, &actor)
                        .map(|ops| Some((last, ops)))
                })
                .await?;
            let Some((last, enqueued)) = enqueued else { break };
            from = last + 1;
            checkpoint.ops += enqueued;
            self.inner.fail.pass("applied");
        }
        // Counted anew: a kill between applying and this line must not lose the number.
        let job_id = run.job.id.clone();
        let counts = self.db().run(move |book| book.outbox_counts(&job_id)).await?;
        checkpoint.ops = counts.queued + counts.sent + counts.acked + counts.held + counts.rejected;
        checkpoint.applied = true;
        self.save(run, checkpoint, counts.acked).await
    }

    async fn finish_upload(
        &self,
        run: &JobRun,
        plan: &PlanHead,
        checkpoint: &Checkpoint,
    ) -> Result<RunEnd, EngineError> {
        let (job_id, plan_id) = (run.job.id.clone(), plan.id.clone());
        let moved = checkpoint.moved;
        let (left, partial) = self
            .db()
            .run(move |book| {
                let counts = book.outbox_counts(&job_id)?;
                // Of the whole plan: whoever was linked or left alone has no op and was read all the same (SYNC-LAW 32).
                let outcomes = book.outcomes(&plan_id)?;
                let units = book.unit_counts(&plan_id)?;
                let left: u64 = units
                    .iter()
                    .filter(|(kind, state, _)| {
                        matches!(state, UnitState::Pending | UnitState::Moved | UnitState::Approved)
                            && !matches!(
                                kind,
                                hub_core::plan::UnitKind::Unchanged | hub_core::plan::UnitKind::Skipped
                            )
                    })
                    .map(|(_, _, count)| count)
                    .sum();
                let summary = json!({
                    "records": outcomes,
                    "moved": moved,
                    "fields_made": labels(book.fields_made_by(&job_id)?),
                    "uploaded": units
                        .iter()
                        .filter(|(_, state, _)| *state == UnitState::Done)
                        .map(|(_, _, count)| count)
                        .sum::<u64>(),
                });
                book.put_counts(&job_id, &summary)?;
                Ok((
                    left,
                    counts.held + counts.rejected > 0
                        || units.iter().any(|(_, s, _)| *s == UnitState::Refused),
                ))
            })
            .await?;
        let state = if left == 0 { PlanState::Finished } else { PlanState::Ready };
        self.set_plan(&plan.id, state).await?;
        if left == 0 {
            self.end_review(&plan.job_id).await?;
        }
        Ok(if partial || moved > 0 { RunEnd::Partial } else { RunEnd::Done })
    }

    /// Nothing of a plan is left to decide: the import that waited for its review has done what it was for.
    async fn end_review(&self, import_id: &str) -> Result<(), EngineError> {
        if self.job(import_id).await?.phase == Phase::WaitingReview {
            self.transition(import_id, JobEvent::Finish, None).await?;
        }
        Ok(())
    }

    pub(crate) async fn plan_of(&self, config: &Json) -> Result<PlanHead, EngineError> {
        let plan_id = config.get("plan_id").and_then(Json::as_str).unwrap_or_default().to_owned();
        self.db()
            .run(move |book| book.plan(&plan_id))
            .await?
            .ok_or_else(|| EngineError::refused("error.no_plan"))
    }

    async fn set_plan(&self, plan_id: &str, state: PlanState) -> Result<(), EngineError> {
        let plan_id = plan_id.to_owned();
        self.db().run(move |book| book.set_plan_state(&plan_id, state)).await
    }

    /// Makes sure that WedSync knows the connection (MODEL 5).
    pub(crate) async fn register(&self, connection: &Connection, run: &JobRun) -> Result<(), EngineError> {
        crate::retry::with_retry(&run.cancel, &|| self.jitter(), || async {
            Ok(self
                .inner
                .cloud
                .put_connection(
                    &connection.id,
                    &connection.provider,
                    &connection.account.account_id,
                    &connection.name,
                )
                .await?)
        })
        .await
    }

    async fn save(&self, run: &JobRun, checkpoint: &Checkpoint, done: u64) -> Result<(), EngineError> {
        let encoded = serde_json::to_value(checkpoint).unwrap_or_else(|_| json!({}));
        self.save_checkpoint(run, encoded, done, Some(checkpoint.ops)).await
    }
}

/// What people call some fields.
pub(crate) fn labels(fields: Vec<PlannedField>) -> Vec<String> {
    fields.into_iter().map(|field| field.label).collect()
}
