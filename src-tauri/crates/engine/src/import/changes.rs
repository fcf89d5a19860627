//! Reading again cheaply: only what changed since the watermark (SYNC-LAW 3, 17, 27, 28; F24, F28, F29, F43).
//!
//! A watermark holds under one scope and one definition, and for at most a week; then, or when a person asks, everything
//! is swept. No deletion is concluded from what is not named: when the CRM's own count does not fit what is stored, that
//! stream is swept, and the sweep's proof decides.
//!
//! It is an instant, or a token that the CRM gives at the end of the list. A token is kept when every page before it is
//! durable; one that is refused is forgotten before the stream is swept, so that it is never shown again, and without one at
//! the end the next reading is a sweep.
//!
//! For an instant: where a sweep ends, the watermark is the newest change it saw less the time it took: what was changed while it ran, behind
//! the page it was on, happened after its beginning. Only spans of this computer's clock and instants of the CRM's clock
//! are used, never one beside the other (SYNC-LAW 25).

use hub_core::canonical::hash_json;
use hub_core::ports::{ChangeReading, ChangeWay, ChangedPage, RawRecord, RetryAdvice, Since, Watermark};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Checkpoint, ImportContext, Reading};
use crate::retry::{Waiter, retrying};
use crate::{Engine, EngineError, JobRun};

impl Reading {
    pub(super) fn whole(began: Timestamp) -> Reading {
        Reading { since: None, began, newest: None, undated: false }
    }

    /// Takes note of when the records of a page were changed.
    pub(super) fn note(&mut self, records: &[RawRecord]) {
        for record in records {
            match record.version.as_deref().and_then(|version| version.parse::<Timestamp>().ok()) {
                Some(at) => self.newest = Some(self.newest.map_or(at, |newest| newest.max(at))),
                None => self.undated = true,
            }
        }
    }
}

/// What a watermark holds under.
fn held_under(context: &ImportContext, changes: &ChangeReading) -> String {
    let mut held = json!({"scope": context.scope_hash, "definition": changes.version});
    if let Some(asked) = &changes.asked {
        held["asked"] = asked.as_str().into();
    }
    hash_json(&held)
}

/// Where a reading begins by what is known; nowhere when that is of another kind.
fn start(known: Since, way: ChangeWay) -> Option<Since> {
    match (known, way) {
        (Since::Time(at), ChangeWay::NewestFirst { lookback_seconds }) => {
            let lookback = SignedDuration::from_secs(i64::from(lookback_seconds));
            at.checked_sub(lookback).ok().map(Since::Time)
        }
        (Since::Token(token), ChangeWay::Token) => Some(Since::Token(token)),
        (Since::Time(_), ChangeWay::Token) | (Since::Token(_), ChangeWay::NewestFirst { .. }) => None,
    }
}

/// How far the stream is known after a reading of changes; nothing where that cannot be told.
fn moved(known: Since, reading: &Reading, token: Option<String>) -> Option<Since> {
    match known {
        Since::Time(at) => Some(Since::Time(reading.newest.map_or(at, |newest| at.max(newest)))),
        Since::Token(_) => token.map(Since::Token),
    }
}

impl Engine {
    /// By what changed, if the stream can be read so, was swept lately under the same scope, and nobody asked for more.
    pub(super) async fn how_to_read(
        &self,
        context: &ImportContext,
        stream: &str,
    ) -> Result<Reading, EngineError> {
        let now = self.inner.clock.now();
        let whole = Reading::whole(now);
        let Some(changes) = context.connector.changes(stream).filter(|_| !context.whole) else {
            return Ok(whole);
        };
        let (connection, name) = (context.connection.id.clone(), stream.to_owned());
        let known = self.db().run(move |book| book.watermark(&connection, &name)).await?;
        let lately = |watermark: &Watermark| {
            // A clock that was set back says nothing about when that was.
            let age = now.duration_since(watermark.swept_at).as_secs();
            (0..i64::from(changes.whole_after_seconds)).contains(&age)
        };
        Ok(match known {
            Some(known) if known.scope_hash == held_under(context, &changes) && lately(&known) => {
                Reading { since: start(known.mark, changes.way), ..whole }
            }
            Some(_) | None => whole,
        })
    }

    /// Reads what changed; answers how to go on when the stream has to be swept after all.
    pub(super) async fn fetch_changes(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        since: &Since,
        reading: Reading,
        checkpoint: &mut Checkpoint,
    ) -> Result<Option<Reading>, EngineError> {
        let mut reading = reading;
        let (total, token) = loop {
            run.go_on()?;
            let page = match self.read_changed(run, context, stream, since, checkpoint).await {
                Ok(page) => page,
                Err(EngineError::Connector(error)) if error.retry == RetryAdvice::ResetPaging => {
                    tracing::info!(stream, error = %error, "what changed cannot be told; reading everything");
                    return self.sweep_instead(context, stream, checkpoint).await.map(Some);
                }
                Err(error) => return Err(error),
            };
            self.inner.fail.pass("page_received");
            reading.note(&page.records);
            checkpoint.read += page.records.len() as u64;
            checkpoint.expected += page.records.len() as u64;
            checkpoint.cursor = page.next.clone();
            checkpoint.reading = Some(reading.clone());
            if !page.records.is_empty() || !page.gone.is_empty() || page.next.is_some() {
                self.commit_page(run, context, stream, None, (page.records, page.gone), checkpoint).await?;
            }
            self.inner.fail.pass("page_durable");
            run.tick(checkpoint.read, Some(checkpoint.expected)).await?;
            if page.next.is_none() {
                break (page.total, page.token);
            }
        };
        let (connection, name) = (context.connection.id.clone(), stream.to_owned());
        let (held, known) = self
            .db()
            .run(move |book| Ok((book.count(&connection, &name)?, book.watermark(&connection, &name)?)))
            .await?;
        if total.is_some_and(|total| total != held) {
            tracing::info!(stream, held, total, "the count does not fit; reading everything");
            return self.sweep_instead(context, stream, checkpoint).await.map(Some);
        }
        if let Some(Watermark { mark, scope_hash, swept_at }) = known {
            let mark = moved(mark, &reading, token);
            let further = mark.map(|mark| Watermark { mark, scope_hash, swept_at });
            self.keep_watermark(context, stream, further).await?;
        }
        checkpoint.finished.push(stream.to_owned());
        self.store_checkpoint(run, checkpoint).await?;
        Ok(None)
    }

    async fn sweep_instead(
        &self,
        context: &ImportContext,
        stream: &str,
        checkpoint: &mut Checkpoint,
    ) -> Result<Reading, EngineError> {
        self.keep_watermark(context, stream, None).await?;
        checkpoint.cursor = None;
        Ok(Reading::whole(self.inner.clock.now()))
    }

    async fn read_changed(
        &self,
        run: &JobRun,
        context: &ImportContext,
        stream: &str,
        since: &Since,
        checkpoint: &Checkpoint,
    ) -> Result<ChangedPage, EngineError> {
        retrying(Waiter::Job(self, run), &|| self.jitter(), || async {
            Ok(context.connector.changed_page(stream, since, checkpoint.cursor.as_ref()).await?)
        })
        .await
    }

    /// After a proved sweep: how far the stream is known now, if its records say when they changed, or the CRM gave a
    /// token.
    pub(super) async fn swept(
        &self,
        context: &ImportContext,
        stream: &str,
        reading: Option<&Reading>,
        token: Option<String>,
    ) -> Result<(), EngineError> {
        let Some(changes) = context.connector.changes(stream) else { return Ok(()) };
        let watermark = reading.and_then(|reading| {
            let mark = match changes.way {
                ChangeWay::NewestFirst { .. } => Since::Time(self.known_after(reading)?),
                ChangeWay::Token => Since::Token(token?),
            };
            Some(Watermark { mark, scope_hash: held_under(context, &changes), swept_at: reading.began })
        });
        self.keep_watermark(context, stream, watermark).await
    }

    /// Up to when everything is known after a sweep.
    fn known_after(&self, reading: &Reading) -> Option<Timestamp> {
        let took = self.inner.clock.now().duration_since(reading.began);
        // A clock that was set back in between cannot say how long it took.
        let usable = !reading.undated && !took.is_negative();
        usable.then(|| reading.newest?.checked_sub(took).ok()).flatten()
    }

    async fn keep_watermark(
        &self,
        context: &ImportContext,
        stream: &str,
        watermark: Option<Watermark>,
    ) -> Result<(), EngineError> {
        let (connection, name) = (context.connection.id.clone(), stream.to_owned());
        self.db().run(move |book| book.put_watermark(&connection, &name, watermark.as_ref())).await
    }
}
