//! Grouping jobs into parties: a walk over all jobs in id order, with few columns in memory and no raw JSON kept.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};

use hub_core::party::{JobContactEdge, JobEdge, PartyLinks, PartyList, RoleKind, group};
use hub_core::ports::{RawReader, StoreError, StoreResult};
use serde_json::Value as Json;

use super::{Assembler, SCAN, at, parse, text_at};
use crate::definition::{Assemble, Leaf};

impl Assembler {
    /// The parties of everything that was read.
    pub(crate) fn parties(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        links: &dyn PartyLinks,
    ) -> StoreResult<PartyList> {
        self.forget();
        let failed = RefCell::new(None);
        let edges = Edges {
            shape: &self.shape,
            raw,
            connection_id,
            after: None,
            ended: false,
            ready: VecDeque::new(),
            failed: &failed,
        };
        let parties = group(edges, links);
        match failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(parties),
        }
    }

    /// How many persons stand on no job at all.
    pub(crate) fn people_without_job(&self, raw: &dyn RawReader, connection_id: &str) -> StoreResult<u64> {
        let mut after: Option<String> = None;
        let mut count = 0;
        loop {
            let (persons, next) = self.people_alone(raw, connection_id, after.as_deref())?;
            count += persons.len() as u64;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }

    /// Persons that stand on no job at all, a page at a time. A person on sample jobs only is no client of anybody and not
    /// among them.
    pub(crate) fn people_alone(
        &self,
        raw: &dyn RawReader,
        connection_id: &str,
        after: Option<&str>,
    ) -> StoreResult<(Vec<String>, Option<String>)> {
        let (person, on_job) = (&self.shape.person, &self.shape.on_job);
        let rows = raw.scan(connection_id, &person.stream, after, SCAN)?;
        let next = rows.last().filter(|_| rows.len() == SCAN as usize).map(|row| row.id.clone());
        let mut persons = Vec::with_capacity(rows.len());
        for row in rows {
            let json = parse(&row.raw)?;
            if text_at(&json, &person.kind).is_some_and(|kind| person.persons.iter().any(|one| one == kind)) {
                persons.push(row.id);
            }
        }
        let joins = raw.by_parents(connection_id, &on_job.stream, on_job.person_slot, &persons)?;
        let busy: HashSet<String> = joins
            .into_iter()
            .filter_map(|row| row.parents.get(on_job.person_slot).cloned().flatten())
            .collect();
        persons.retain(|person| !busy.contains(person));
        Ok((persons, next))
    }

    /// The days of some jobs, where the definition takes them from a plain path; sample jobs are left out.
    pub(crate) fn days(&self, raws: &[&str]) -> Vec<Option<jiff::civil::Date>> {
        let job = &self.shape.job;
        let Some(Leaf::Path(path)) = job.leaves.get(&job.order.date) else { return Vec::new() };
        raws.iter()
            .filter_map(|raw| parse(raw).ok())
            .filter(|json| !is_true(json, &job.sample))
            // An instant begins with its day, and is the day meant here.
            .map(|json| text_at(&json, path).and_then(|text| text.get(..10)?.parse().ok()))
            .collect()
    }
}

/// Jobs with everybody on them, in id order, a page at a time.
struct Edges<'a> {
    shape: &'a Assemble,
    raw: &'a dyn RawReader,
    connection_id: &'a str,
    after: Option<String>,
    ended: bool,
    ready: VecDeque<JobEdge>,
    /// An iterator cannot fail; the first fault ends it and is looked at afterwards.
    failed: &'a RefCell<Option<StoreError>>,
}

impl Edges<'_> {
    fn read(&mut self) -> StoreResult<()> {
        let (job, on_job) = (&self.shape.job, &self.shape.on_job);
        let rows = self.raw.scan(self.connection_id, &job.stream, self.after.as_deref(), SCAN)?;
        self.ended = rows.len() < SCAN as usize;
        self.after = rows.last().map(|row| row.id.clone()).or(self.after.take());
        let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let mut contacts: HashMap<String, Vec<JobContactEdge>> = HashMap::new();
        for row in self.raw.by_parents(self.connection_id, &on_job.stream, on_job.job_slot, &ids)? {
            let Some(job_id) = row.parents.get(on_job.job_slot).cloned().flatten() else { continue };
            if let Some(edge) = contact_edge(self.shape, &parse(&row.raw)?) {
                contacts.entry(job_id).or_default().push(edge);
            }
        }
        for row in rows {
            let json = parse(&row.raw)?;
            self.ready.push_back(JobEdge {
                sample: is_true(&json, &job.sample),
                contacts: contacts.remove(&row.id).unwrap_or_default(),
                job_id: row.id,
            });
        }
        Ok(())
    }
}

impl Iterator for Edges<'_> {
    type Item = JobEdge;

    fn next(&mut self) -> Option<JobEdge> {
        while self.ready.is_empty() && !self.ended {
            if let Err(error) = self.read() {
                self.ended = true;
                self.ready.clear();
                *self.failed.borrow_mut() = Some(error);
            }
        }
        self.ready.pop_front()
    }
}

fn contact_edge(shape: &Assemble, json: &Json) -> Option<JobContactEdge> {
    let on_job = &shape.on_job;
    let kinds = at(json, &on_job.role_kinds).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    Some(JobContactEdge {
        contact_id: text_at(json, &on_job.person)?.to_owned(),
        client: is_true(json, &on_job.client),
        // A kind that appears in the CRM one day is no kind we decide by.
        role_kinds: kinds
            .iter()
            .filter_map(|kind| serde_json::from_value::<RoleKind>(kind.clone()).ok())
            .collect(),
    })
}

pub(crate) fn is_true(json: &Json, path: &str) -> bool {
    at(json, path).and_then(Json::as_bool).unwrap_or(false)
}
