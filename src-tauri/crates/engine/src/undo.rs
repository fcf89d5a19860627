//! "Undo this upload": creates are softly deleted, updates get the earlier value back unless someone changed it since;
//! those are left and listed (MODEL 6, SYNC-LAW 36).

use std::collections::BTreeSet;

use hub_core::job::{JobKind, Outcome};
use hub_core::plan::OpKind;
use hub_core::ports::{Connection, Job, StoreResult, UndoItem};
use hub_core::record::FieldMap;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::runner::RunEnd;
use crate::upload::{LeaseKeeper, labels};
use crate::{Book, Engine, EngineError, JobRun};

/// Ops looked at and queued in one step, so that memory does not grow with the upload.
const PIECE: u32 = 200;

impl Engine {
    /// Queues the undo of an upload.
    ///
    /// # Errors
    /// `error.nothing_to_undo` when the job is no finished upload or was undone already, `error.undo_too_late` when it
    /// ended longer ago than uploads can be undone.
    pub async fn queue_undo(&self, upload_job_id: &str) -> Result<Job, EngineError> {
        let upload = self.job(upload_job_id).await?;
        let window = SignedDuration::from_hours(24 * i64::from(self.retention().await?.undo_days));
        if upload.completed_at.is_some_and(|ended| self.inner.clock.now() > ended + window) {
            return Err(EngineError::refused("error.undo_too_late"));
        }
        let of_job = upload.id.clone();
        let items = self.db().run(move |book| book.undo_items(&of_job, None, 1)).await?;
        if upload.kind != JobKind::Upload || items.is_empty() {
            return Err(EngineError::refused("error.nothing_to_undo"));
        }
        self.queue(&upload.connection_id, JobKind::Undo, json!({"job_id": upload.id})).await
    }

    pub(crate) async fn run_undo(&self, run: &JobRun) -> Result<RunEnd, EngineError> {
        let connection = self.connection(&run.job.connection_id).await?;
        self.refuse_before_rebase(&connection.id).await?;
        let of_job = run.job.config.get("job_id").and_then(Json::as_str).unwrap_or_default().to_owned();
        let mut lease = LeaseKeeper::new(self, &connection.id);
        let end = self.undo_under(run, &connection, of_job, &mut lease).await;
        lease.release().await;
        end
    }

    async fn undo_under(
        &self,
        run: &JobRun,
        connection: &Connection,
        of_job: String,
        lease: &mut LeaseKeeper,
    ) -> Result<RunEnd, EngineError> {
        lease.fresh(&run.cancel).await?;
        let mut left = run.job.checkpoint.get("left").cloned();
        if left.is_none() {
            run.phase("mirror", "").await?;
            self.refresh_mirror(&run.cancel).await?;
            run.phase("restore_point", "").await?;
            let (job_id, at) = (run.job.id.clone(), self.inner.clock.now());
            self.db().run(move |book| book.restore_point("undo", Some(&job_id), at)).await?;
            left = Some(self.enqueue(run, connection, of_job).await?);
        }
        let left = left.unwrap_or_default();
        run.phase("send", "").await?;
        let job_id = run.job.id.clone();
        let counts = self.db().run(move |book| book.outbox_counts(&job_id)).await?;
        self.send_all(run, lease, counts.queued + counts.sent + counts.acked).await?;
        let upload = run.job.config.get("job_id").and_then(Json::as_str).unwrap_or_default().to_owned();
        let (job_id, listed) = (run.job.id.clone(), left.as_array().cloned().unwrap_or_default());
        let left = self.db().run(move |book| close(book, &job_id, &upload, listed)).await?;
        Ok(if left == 0 { RunEnd::Done } else { RunEnd::Partial })
    }

    /// Enqueues what can be taken back, a piece at a time; returns what was changed since and is left as it is. Begun anew
    /// after a kill it queues nothing twice.
    async fn enqueue(
        &self,
        run: &JobRun,
        connection: &Connection,
        of_job: String,
    ) -> Result<Json, EngineError> {
        let actor = self.actor("reason.undo", Some(&run.job.id));
        let mut walk = Walk::default();
        loop {
            run.go_on()?;
            let (job_id, connection_id, of_job, actor) =
                (run.job.id.clone(), connection.id.clone(), of_job.clone(), actor.clone());
            let mut going = std::mem::take(&mut walk);
            let (back, ended) = self
                .db()
                .run(move |book| {
                    let items = book.undo_items(&of_job, going.before, PIECE)?;
                    let Some(last) = items.last().map(|item| item.place) else { return Ok((going, true)) };
                    going.before = Some(last);
                    let items = split(book, items, &mut going)?;
                    book.enqueue_undo(&job_id, &of_job, &connection_id, &items, &actor)?;
                    Ok((going, false))
                })
                .await?;
            walk = back;
            if ended {
                break;
            }
        }
        let left = Json::Array(walk.left);
        self.save_checkpoint(run, json!({"left": left}), 0, None).await?;
        Ok(left)
    }
}

/// Where a walk over the ops of an upload stands, last op first.
#[derive(Default)]
struct Walk {
    /// The ops placed before this one are still to come.
    before: Option<u64>,
    /// What somebody changed since.
    left: Vec<Json>,
    /// Ids that what is left stands on.
    needed: BTreeSet<String>,
}

/// Parts what can be undone from what somebody changed since. What a record that is left stands on is left with it:
/// nothing loses its parent. Items come children first, so that one walk is enough.
fn split(book: &dyn Book, items: Vec<UndoItem>, walk: &mut Walk) -> StoreResult<Vec<UndoItem>> {
    let Walk { left, needed, .. } = walk;
    let mut undo = Vec::new();
    for mut item in items {
        let Some(now) = book.mirror_record(&item.record)? else { continue };
        if now.deleted {
            continue;
        }
        let moved = now.version != item.version;
        match item.kind {
            OpKind::Create if moved || needed.contains(&item.record.id) => {
                named_in(&Json::Object(now.fields.into_iter().collect()), needed);
                left.push(json!({"record": item.record, "fields": null}));
            }
            OpKind::Create | OpKind::Delete => undo.push(item),
            OpKind::Update | OpKind::Link => {
                let (back, changed) = back_to_before(&item.before, &item.after, &now.fields);
                if !changed.is_empty() {
                    left.push(json!({"record": item.record, "fields": changed}));
                }
                item.before = back;
                item.version = now.version;
                undo.push(item);
            }
        }
    }
    Ok(undo)
}

/// Adds up what was taken back and what WedSync left as it is; returns how many records were left.
fn close(book: &dyn Book, job_id: &str, upload: &str, mut listed: Vec<Json>) -> StoreResult<usize> {
    let mut known: BTreeSet<String> = listed.iter().map(|each| each["record"].to_string()).collect();
    let (mut undone, mut after) = (0_u64, 0);
    loop {
        let outcomes = book.op_outcomes(job_id, after, PIECE)?;
        let Some((last, _, _)) = outcomes.last() else { break };
        after = *last;
        for (_, record, outcome) in outcomes {
            match outcome {
                // Something was made under it, or it changed while we were at it: it stays.
                Outcome::RejectedByWedsync | Outcome::ConflictWaiting => {
                    let record = json!(record);
                    if known.insert(record.to_string()) {
                        listed.push(json!({"record": record, "fields": null}));
                    }
                }
                _ => undone += 1,
            }
        }
    }
    // A field has no undo of its own: it stays, empty, and is named.
    let fields = labels(book.fields_made_by(upload)?);
    book.put_counts(job_id, &json!({"undone": undone, "left": listed, "fields_left": fields}))?;
    Ok(listed.len())
}

/// Every text and key of a record that may be the id of another, composite keys (`<person>:<role>`) by their head.
fn named_in(json: &Json, names: &mut BTreeSet<String>) {
    match json {
        Json::String(text) => {
            names.insert(text.clone());
        }
        Json::Array(items) => items.iter().for_each(|item| named_in(item, names)),
        Json::Object(object) => {
            for (key, value) in object {
                names.insert(key.split(':').next().unwrap_or(key).to_owned());
                named_in(value, names);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Earlier values of the fields that still hold what the upload wrote, and the names of those that do not.
fn back_to_before(before: &FieldMap, after: &FieldMap, now: &FieldMap) -> (FieldMap, Vec<String>) {
    let (mut back, mut changed) = (FieldMap::new(), Vec::new());
    for (name, written) in after {
        if now.get(name).unwrap_or(&Json::Null) == written {
            back.insert(name.clone(), before.get(name).cloned().unwrap_or(Json::Null));
        } else {
            changed.push(name.clone());
        }
    }
    (back, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_36_only_what_is_still_ours_goes_back() {
        let map = |json: Json| serde_json::from_value::<FieldMap>(json).expect("an object");
        let (back, changed) = back_to_before(
            &map(json!({"venue_name": "Old Barn", "notes": null})),
            &map(json!({"venue_name": "New Barn", "notes": "x"})),
            &map(json!({"venue_name": "New Barn", "notes": "edited since"})),
        );
        assert_eq!(back, map(json!({"venue_name": "Old Barn"})));
        assert_eq!(changed, ["notes"]);
    }
}
