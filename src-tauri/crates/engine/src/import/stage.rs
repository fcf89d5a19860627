//! Staging: parties are grouped, assembled, mapped and given their ids, chunk by chunk (MODEL 2, 3, 6); then the
//! appointments that no client is known for.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use hub_core::canonical::{ShortId, short_id};
use hub_core::party::{Party, PartyLinks};
use hub_core::plan::StagedUnit;
use hub_core::ports::{Ids, LinkRow, StoreError, StoreResult};
use hub_core::record::RecordType;
use hub_core::staging::{
    Allotment, Known, StagingContext, appointment_source, sources_of, stage_appointment, stage_party,
};

use super::{Checkpoint, ImportContext};
use crate::{Book, Engine, EngineError, JobRun};

/// Parties assembled and stored in one step: one is some 0.4 MB while its document and its records are in memory.
const CHUNK: usize = 25;

impl Engine {
    pub(super) async fn stage_all(
        &self,
        run: &JobRun,
        context: &ImportContext,
        checkpoint: &mut Checkpoint,
    ) -> Result<u64, EngineError> {
        run.phase("stage", "").await?;
        let staging = self.staging_context(&context.connection, context.connector.as_ref()).await?;
        let (job_id, connection_id, connector) =
            (run.job.id.clone(), context.connection.id.clone(), context.connector.clone());
        let alone = context.connection.scope.people_without_job;
        let parties = self
            .db()
            .run(move |book| {
                book.reset_staging(&job_id)?;
                let links = Links {
                    book,
                    connection_id: &connection_id,
                    streams: connector.party_streams(),
                    failed: RefCell::new(None),
                };
                let mut parties = connector.parties(book, &connection_id, &links)?;
                if alone {
                    let (mut persons, mut after) = (Vec::new(), None::<String>);
                    loop {
                        let (some, next) = connector.people_alone(book, &connection_id, after.as_deref())?;
                        persons.extend(some);
                        match next {
                            Some(next) => after = Some(next),
                            None => break,
                        }
                    }
                    // At once: who belongs together is told by all of them.
                    parties.add_people_alone(persons, &links);
                }
                match links.failed.into_inner() {
                    Some(error) => Err(error),
                    None => Ok(parties),
                }
            })
            .await?;
        self.inner.fail.pass("staged");
        let total = parties.len() as u64;
        let (mut done, staging) = (0_u64, std::sync::Arc::new(staging));
        let mut counted: HashSet<ShortId> = HashSet::new();
        for from in (0..parties.len()).step_by(CHUNK) {
            run.go_on()?;
            let (chunk, connector, staging, ids) = (
                parties.some(from, CHUNK),
                context.connector.clone(),
                staging.clone(),
                self.inner.ids.clone(),
            );
            let (job_id, connection_id, at) =
                (run.job.id.clone(), context.connection.id.clone(), self.inner.clock.now());
            let first = done;
            done += chunk.len() as u64;
            let mut seen = std::mem::take(&mut counted);
            counted = self
                .db()
                .run(move |book| {
                    let documents = connector.assemble(book, &connection_id, &chunk)?;
                    let mut allot = Allotter::load(book, ids.as_ref(), &connection_id, &documents)?;
                    let mut units: Vec<StagedUnit> = chunk
                        .iter()
                        .zip(&documents)
                        .zip(first..)
                        .map(|((party, document), seq)| {
                            let client_id = allot.client(party, &connector.party_streams());
                            stage_party(&staging, seq, party, &client_id, &document.document, &mut allot)
                        })
                        .collect();
                    count_people_once(&mut units, &mut seen);
                    book.stage(&job_id, &connection_id, &units, &allot.fresh, at)?;
                    Ok(seen)
                })
                .await?;
            self.inner.fail.pass("mapped");
            run.tick(done, Some(total)).await?;
        }
        let total = total + self.stage_appointments(run, context, staging, total).await?;
        checkpoint.staged = Some(total);
        self.store_checkpoint(run, checkpoint).await?;
        Ok(total)
    }

    /// Stages the appointments without a client after `first` parties; returns how many there are.
    async fn stage_appointments(
        &self,
        run: &JobRun,
        context: &ImportContext,
        staging: std::sync::Arc<StagingContext>,
        first: u64,
    ) -> Result<u64, EngineError> {
        if context.connector.appointment_streams().is_empty() {
            return Ok(0);
        }
        let (mut done, mut after) = (0_u64, None::<String>);
        loop {
            run.go_on()?;
            let (connector, staging, ids) =
                (context.connector.clone(), staging.clone(), self.inner.ids.clone());
            let (job_id, connection_id, at) =
                (run.job.id.clone(), context.connection.id.clone(), self.inner.clock.now());
            let (from, seq) = (after.take(), first + done);
            let (some, next) = self
                .db()
                .run(move |book| {
                    let (documents, next) = connector.appointments(book, &connection_id, from.as_deref())?;
                    let mut allot = Allotter::load(book, ids.as_ref(), &connection_id, &documents)?;
                    let mut units: Vec<StagedUnit> = Vec::with_capacity(documents.len());
                    for document in &documents {
                        let seq = seq + units.len() as u64;
                        let known = allot.knows(appointment_source(&document.document));
                        units.extend(stage_appointment(&staging, seq, known, &document.document, &mut allot));
                    }
                    book.stage(&job_id, &connection_id, &units, &allot.fresh, at)?;
                    Ok((units.len() as u64, next))
                })
                .await?;
            self.inner.fail.pass("mapped");
            done += some;
            run.tick(first + done, None).await?;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(done),
            }
        }
    }
}

/// Marks people whom an earlier unit counts already. A unit that is left out counts its own people only: whoever works
/// on other jobs too is counted with those.
fn count_people_once(units: &mut [StagedUnit], seen: &mut HashSet<ShortId>) {
    for unit in units {
        let own: HashSet<String> = unit
            .records
            .iter()
            .find(|record| record.record_type == RecordType::Client)
            .and_then(|client| client.fields.get("people")?.as_object())
            .map(|people| people.keys().cloned().collect())
            .unwrap_or_default();
        let left_out = unit.left_out.is_some();
        for record in unit.records.iter_mut().filter(|record| record.record_type == RecordType::Person) {
            record.counted_elsewhere =
                left_out && !own.contains(&record.id) || !seen.insert(short_id(&record.id));
        }
    }
}

/// Which client a job or person belongs to, from links and allotments; asked one by one, because a book's links are
/// more than fits into memory.
struct Links<'a> {
    book: &'a dyn Book,
    connection_id: &'a str,
    /// Of persons, and of jobs.
    streams: [String; 2],
    /// Grouping cannot fail; the first fault is looked at afterwards.
    failed: RefCell<Option<StoreError>>,
}

impl Links<'_> {
    fn clients(&self, stream: &str, external_id: &str) -> Vec<String> {
        let source = (stream.to_owned(), external_id.to_owned());
        match self.book.links(self.connection_id, &[source]) {
            Ok(rows) => {
                let mut clients: Vec<String> = Vec::new();
                for row in rows {
                    if !row.client_id.is_empty() && !clients.contains(&row.client_id) {
                        clients.push(row.client_id);
                    }
                }
                clients
            }
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                Vec::new()
            }
        }
    }
}

impl PartyLinks for Links<'_> {
    fn client_of_job(&self, job_id: &str) -> Option<String> {
        self.clients(&self.streams[1], job_id).pop()
    }
    fn clients_of_person(&self, person_id: &str) -> Vec<String> {
        self.clients(&self.streams[0], person_id)
    }
}

/// Gives every source record its WedSync id: the linked one, the one allotted by an earlier run, or a new one.
struct Allotter<'a> {
    ids: &'a dyn Ids,
    known: HashMap<(String, String), LinkRow>,
    fresh: Vec<LinkRow>,
}

impl<'a> Allotter<'a> {
    fn load(
        book: &dyn Book,
        ids: &'a dyn Ids,
        connection_id: &str,
        documents: &[hub_core::ports::PartyDocument],
    ) -> StoreResult<Allotter<'a>> {
        let mut sources: Vec<(String, String)> =
            documents.iter().flat_map(|document| sources_of(&document.document)).collect();
        sources.sort();
        sources.dedup();
        let known = book
            .links(connection_id, &sources)?
            .into_iter()
            .map(|row| ((row.stream.clone(), row.external_id.clone()), row))
            .collect();
        Ok(Allotter { ids, known, fresh: Vec::new() })
    }

    /// Whether WedSync confirmed that a source is a record of its own.
    fn knows(&self, source: Option<(String, String)>) -> Known {
        match source.and_then(|source| self.known.get(&source)) {
            Some(row) if row.confirmed => Known::Linked,
            Some(_) | None => Known::Not,
        }
    }

    /// The client of a party: the one it is known to be, else a new id. A party that two clients claim gets an id of
    /// its own and waits for a person.
    fn client(&self, party: &Party, streams: &[String; 2]) -> String {
        if let Some(client_id) = &party.client_id {
            return client_id.clone();
        }
        if party.claimed_by.is_empty() {
            let jobs = party.jobs.iter().map(|id| (streams[1].clone(), id.clone()));
            for source in jobs {
                if let Some(row) = self.known.get(&source)
                    && !row.client_id.is_empty()
                {
                    return row.client_id.clone();
                }
            }
        }
        self.ids.new_id()
    }
}

impl Allotment for Allotter<'_> {
    fn id(&mut self, stream: &str, external_id: &str, record_type: RecordType, client_id: &str) -> String {
        let source = (stream.to_owned(), external_id.to_owned());
        if let Some(row) = self.known.get(&source) {
            return row.record_id.clone();
        }
        let row = LinkRow {
            stream: stream.to_owned(),
            external_id: external_id.to_owned(),
            record_type,
            record_id: self.ids.new_id(),
            client_id: client_id.to_owned(),
            confirmed: false,
        };
        self.fresh.push(row.clone());
        let id = row.record_id.clone();
        self.known.insert(source, row);
        id
    }
}
