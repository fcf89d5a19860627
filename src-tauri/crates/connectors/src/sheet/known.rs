//! Who and what is known while a set is settled: people by their addresses, numbers and names, jobs by theirs.

use std::collections::HashMap;
use std::hash::Hash;

use hub_core::canonical::ShortId;

use super::keys::{Part, Parts, PersonKey, Role};
use super::plan::RowPlan;
use super::reading::TableReading;
use super::settle::{Fresh, is_list};
use crate::file::RowIs;

/// A job by what its rows say of it.
pub(super) struct Group {
    pub(super) job: ShortId,
    pub(super) made: Part,
    pub(super) people: Vec<PersonKey>,
    /// Persons without a role of their own: the first two are the couple.
    pub(super) unmarked: u8,
    /// The first of them.
    pub(super) first: Option<ShortId>,
}

/// Who and what is known so far.
#[derive(Default)]
pub(super) struct Known {
    /// A list of clients stands beside lists of jobs, so that a name alone may say who somebody is.
    pub(super) lists: bool,
    /// Rows of one table may tell of the people of another.
    pub(super) several: bool,
    pub(super) by_email: HashMap<(Part, Part), ShortId>,
    pub(super) by_phone: HashMap<(Part, Part), ShortId>,
    /// Whoever has a family name too, by address or number and the given name alone; none where two people are it.
    pub(super) by_given: HashMap<(Part, Part), Option<ShortId>>,
    /// By name alone; none where two people have it.
    pub(super) by_name: HashMap<Part, Option<ShortId>>,
    /// People of the lists by name, each with the stream and the id of its row.
    pub(super) listed: HashMap<Part, Vec<(ShortId, String, ShortId)>>,
    pub(super) jobs_of: HashMap<ShortId, Vec<(Part, ShortId)>>,
    pub(super) groups: HashMap<(Part, Part), Vec<Group>>,
}

impl Known {
    pub(super) fn register(
        &mut self,
        table: &TableReading,
        parts: &Parts,
        made: Part,
        keys: &[PersonKey],
        plan: &RowPlan,
        now: bool,
    ) {
        for (key, (person, role)) in keys.iter().zip(&plan.people) {
            self.person(key, *person, now);
            if self.lists && is_list(table.row) && key.name != 0 {
                let held = self.listed.entry(key.name).or_default();
                if held.iter().all(|entry| entry.0 != *person) {
                    held.push((*person, table.stream.clone(), plan.id));
                }
            }
            if let Some(job) = plan.job.filter(|_| self.several && role.books() && !plan.only_people) {
                let jobs = self.jobs_of.entry(*person).or_default();
                if jobs.iter().all(|(_, other)| *other != job) {
                    jobs.push((parts.date, job));
                }
            }
        }
        let groups = matches!(table.row, RowIs::PersonOfProject | RowIs::Instalment);
        if let Some(job) = plan.job.filter(|_| groups) {
            let held = self.groups.entry((parts.project, parts.date)).or_default();
            let at = held.iter().position(|group| group.job == job).unwrap_or_else(|| {
                held.push(Group { job, made, people: Vec::new(), unmarked: 0, first: None });
                held.len() - 1
            });
            if let Some(group) = held.get_mut(at) {
                group.people.extend_from_slice(keys);
                group.unmarked += u8::try_from(
                    plan.people.iter().filter(|(_, role)| role.books() || *role == Role::Other).count(),
                )
                .unwrap_or(u8::MAX);
                group.first = group.first.or_else(|| plan.people.first().map(|(person, _)| *person));
            }
        }
    }

    fn person(&mut self, key: &PersonKey, person: ShortId, now: bool) {
        let put = |map: &mut HashMap<(Part, Part), ShortId>, key| {
            if now {
                map.insert(key, person);
            } else {
                map.entry(key).or_insert(person);
            }
        };
        let whole = self.several && key.first != 0 && key.first != key.name;
        if key.email != 0 {
            put(&mut self.by_email, (key.email, key.name));
            if whole {
                only(&mut self.by_given, (key.email, key.first), person);
            }
        }
        if key.phone != 0 {
            put(&mut self.by_phone, (key.phone, key.name));
            if whole {
                only(&mut self.by_given, (key.phone, key.first), person);
            }
        }
        if self.several && key.name != 0 {
            only(&mut self.by_name, key.name, person);
        }
    }

    /// The person this is, as far as addresses and numbers tell. Somebody of one name only is whoever has that given name at
    /// the same address, and the other way round: a couple's cell lends one of the two the other's family name.
    pub(super) fn find(&self, key: &PersonKey) -> Option<ShortId> {
        let (map, at) = match key {
            _ if key.email != 0 => (&self.by_email, key.email),
            _ if key.phone != 0 && key.name != 0 => (&self.by_phone, key.phone),
            _ => return None,
        };
        let lent = || {
            if key.first == key.name {
                self.by_given.get(&(at, key.name)).copied().flatten()
            } else {
                map.get(&(at, key.first)).copied()
            }
        };
        map.get(&(at, key.name)).copied().or_else(|| lent().filter(|_| key.first != 0))
    }

    pub(super) fn by_name(&self, name: Part) -> Option<ShortId> {
        self.by_name.get(&name).copied().flatten()
    }

    /// A row of a list of clients beside lists of jobs.
    pub(super) fn join_list_row(&self, row: &mut Fresh) {
        let jobs = row.plan.people.iter().filter_map(|(person, _)| self.jobs_of.get(person)).flatten();
        let (mut any, mut same_day) = (None, None);
        for (date, job) in jobs {
            any = any.or(Some(*job));
            if row.parts.date != 0 && *date == row.parts.date {
                same_day = same_day.or(Some(*job));
            }
        }
        // A day that no job of theirs has is a job of its own.
        let own = row.parts.date != 0 && same_day.is_none();
        row.plan.only_people = any.is_some() && same_day.is_none() && !own;
        row.plan.job = same_day.or(any.filter(|_| !own)).or(Some(row.plan.id));
    }
}

/// Notes who has a name; nobody once two have it.
fn only<K: Eq + Hash>(map: &mut HashMap<K, Option<ShortId>>, key: K, person: ShortId) {
    let held = map.entry(key).or_insert(Some(person));
    if *held != Some(person) {
        *held = None;
    }
}
