//! The preview: the newest jobs with the people on them, a row at a time, within a fixed number of requests.
//!
//! Reads the newest jobs (one request), who is on each (one request a job), then each party's persons by id. What is
//! left of the budget goes to what makes rows better, most wanted first: role names, the newest events, places. A row
//! is handed out as soon as its people are there; nothing is stored.

use hub_core::party::{NoLinks, Party};
use hub_core::ports::{ConnectorError, PartyDocument, RawReader, RetryAdvice, StoreError};
use serde_json::Value as Json;

use super::connector::DefinedConnector;
use crate::assemble::{MemoryRaw, at, parse, text_at};
use crate::definition::{Leaf, Offer, Pagination, Rule};
use crate::messages;

/// The preview assembles from memory; the store's connection id has no meaning there.
const HERE: &str = "";

/// What has been read, and how many requests are left.
struct Reading<'a> {
    connector: &'a DefinedConnector,
    memory: MemoryRaw,
    left: u32,
}

impl DefinedConnector {
    pub(super) async fn preview_rows(
        &self,
        parties: usize,
        requests: u32,
        on_row: &(dyn for<'a> Fn(&'a PartyDocument) + Send + Sync),
    ) -> Result<(), ConnectorError> {
        let shape = self.assembler.shape();
        let preview = &self.api()?.preview;
        let mut reading = Reading { connector: self, memory: MemoryRaw::default(), left: requests };
        let newest = reading.newest_jobs(parties).await?;
        // Half of the requests at most go to joins, so that persons are left some.
        let jobs: Vec<&Json> = newest.iter().take((requests as usize / 2).max(1)).collect();
        for job in &jobs {
            let Some(id) = text_at(job, "id") else { continue };
            let filter = vec![(preview.people_param.clone(), id.to_owned())];
            reading.page(&shape.on_job.stream, filter).await?;
        }
        let grouped =
            self.assembler.parties(&reading.memory, HERE, &NoLinks).map_err(|e| self.store_fault(e))?.all();
        let newest_first = in_order_of(&jobs, grouped);
        let mut needed =
            newest_first.iter().flat_map(|party| &party.persons).collect::<std::collections::BTreeSet<_>>();
        for stream in &preview.look_ups {
            if reading.spare(needed.len()) > 0 {
                reading.page(stream, Vec::new()).await?;
            }
        }
        for stream in &preview.newest_pages {
            if reading.spare(needed.len()) > 0 {
                let sort = self.sorted_by(&self.api()?.lists.sort.newest)?;
                reading.page(stream, vec![sort]).await?;
            }
        }
        for party in &newest_first {
            for person in &party.persons {
                reading.record(&shape.person.stream, person).await?;
                needed.remove(person);
            }
            for place in reading.places(&jobs, party)? {
                if reading.spare(needed.len()) > 0 {
                    reading.record(&shape.person.stream, &place).await?;
                }
            }
            let rows = self.assembler.assemble(&reading.memory, HERE, std::slice::from_ref(party));
            for row in &rows.map_err(|error| self.store_fault(error))? {
                on_row(row);
            }
        }
        Ok(())
    }

    fn store_fault(&self, error: StoreError) -> ConnectorError {
        ConnectorError {
            source: Some(Box::new(error)),
            ..self.error(messages::UNREADABLE, RetryAdvice::Never, Offer::TryAgain)
        }
    }
}

impl Reading<'_> {
    /// Requests beyond those that persons still need.
    fn spare(&self, needed: usize) -> u32 {
        self.left.saturating_sub(u32::try_from(needed).unwrap_or(u32::MAX))
    }

    /// The newest jobs that are not sample data, newest first.
    async fn newest_jobs(&mut self, parties: usize) -> Result<Vec<Json>, ConnectorError> {
        let connector = self.connector;
        let api = connector.api()?;
        let job = &connector.assembler.shape().job;
        let Pagination::Page { first, smallest, page_size, .. } = api.lists.pagination;
        let size = api.preview.newest.clamp(smallest, page_size);
        let mut query = connector.sized(first, size)?.to_vec();
        query.push(connector.sorted_by(&api.lists.sort.newest)?);
        self.left = self.left.saturating_sub(1);
        let mut jobs = Vec::new();
        for record in connector.list(&job.stream, query).await?.records {
            let json = parse(&record.raw).map_err(|error| connector.store_fault(error))?;
            if jobs.len() < parties && at(&json, &job.sample).and_then(Json::as_bool) != Some(true) {
                jobs.push(json);
                self.keep(&job.stream, record)?;
            }
        }
        Ok(jobs)
    }

    async fn page(&mut self, stream: &str, query: Vec<(String, String)>) -> Result<(), ConnectorError> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        for record in self.connector.list(stream, query).await?.records {
            self.keep(stream, record)?;
        }
        Ok(())
    }

    /// Reads a record unless it is there; one that is gone, or that the budget no longer reaches, is left out.
    async fn record(&mut self, stream: &str, id: &str) -> Result<(), ConnectorError> {
        if self.left == 0 || self.memory.holds(stream, id) {
            return Ok(());
        }
        self.left -= 1;
        match self.connector.record(stream, id).await {
            Ok(record) => self.keep(stream, record),
            Err(error) if error.message_id == messages::NOT_FOUND => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn keep(&mut self, stream: &str, record: hub_core::ports::RawRecord) -> Result<(), ConnectorError> {
        self.memory.insert(stream, record).map_err(|error| self.connector.store_fault(error))
    }

    /// Ids of the places of a party's main events, as far as the events are known.
    fn places(&self, jobs: &[&Json], party: &Party) -> Result<Vec<String>, ConnectorError> {
        let shape = self.connector.assembler.shape();
        let Some(pick) = &shape.job.main_event else { return Ok(Vec::new()) };
        let Some(child) = shape.child.iter().find(|child| child.name == pick.child) else {
            return Ok(Vec::new());
        };
        let events: Vec<String> = jobs
            .iter()
            .filter(|job| text_at(job, "id").is_some_and(|id| party.jobs.iter().any(|one| one == id)))
            .filter_map(|job| text_at(job, &pick.id).map(str::to_owned))
            .collect();
        let found =
            self.memory.by_ids(HERE, &child.stream, &events).map_err(|e| self.connector.store_fault(e))?;
        let mut places = Vec::new();
        for row in found {
            let event = parse(&row.raw).map_err(|error| self.connector.store_fault(error))?;
            for leaf in child.leaves.values() {
                if let Leaf::Rule(Rule::LookUp { stream, by, .. }) = leaf
                    && *stream == shape.person.stream
                    && let Some(id) = text_at(&event, by)
                {
                    places.push(id.to_owned());
                }
            }
        }
        Ok(places)
    }
}

/// Parties in the order of their newest job.
fn in_order_of(jobs: &[&Json], parties: Vec<Party>) -> Vec<Party> {
    let place = |party: &Party| {
        jobs.iter()
            .position(|job| text_at(job, "id").is_some_and(|id| party.jobs.iter().any(|one| one == id)))
    };
    let mut placed: Vec<(Option<usize>, Party)> =
        parties.into_iter().map(|party| (place(&party), party)).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, party)| party).collect()
}
