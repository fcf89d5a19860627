//! One party's document: people, jobs and what hangs on them, each record with its identity under `@`.

use std::collections::HashMap;

use hub_core::canonical::hash_bytes;
use hub_core::party::Party;
use hub_core::ports::PartyDocument;
use hub_core::record::ClientRole;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::gather::{ByParent, Chunk, Record};
use super::leaf::Context;
use super::{LookUpSet, at, order, roles, text_at};
use crate::definition::{Assemble, Child, Each, Leaves};

type Parts = HashMap<(String, String), Vec<Json>>;

/// Builds documents from a chunk.
pub(super) struct Builder<'a> {
    pub(super) shape: &'a Assemble,
    pub(super) look_ups: &'a LookUpSet,
    pub(super) chunk: &'a Chunk,
    pub(super) zone: &'a TimeZone,
}

/// Which records a document was made from.
struct Sources(Vec<String>);

impl Sources {
    fn add(&mut self, stream: &str, record: &Record) {
        self.0.push(format!("{stream}\0{}\0{}", record.id, record.content_hash));
    }

    fn digest(mut self, look_ups: &[String]) -> String {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.extend_from_slice(look_ups);
        hash_bytes(self.0.join("\n").as_bytes())
    }
}

impl Builder<'_> {
    pub(super) fn party(&self, party: &Party) -> PartyDocument {
        let mut sources = Sources(Vec::new());
        let mut people: Vec<Json> = Vec::with_capacity(party.persons.len());
        let mut primary = Json::Null;
        let mut partner = Json::Null;
        for (id, role) in roles::of_party(&self.shape.on_job, &self.look_ups.lists, self.chunk, party) {
            let Some(record) = self.chunk.contacts.get(&id) else { continue };
            sources.add(&self.shape.person.stream, record);
            let mut person = self.person(record);
            for (child, found) in self.shape.person_child.iter().zip(&self.chunk.person_children) {
                person.insert(
                    child.name.clone(),
                    self.children(child, found, &id, &mut Parts::new(), &mut sources),
                );
            }
            match role {
                ClientRole::Primary => primary = Json::Object(person.clone()),
                ClientRole::Partner => partner = Json::Object(person.clone()),
                _ => {}
            }
            person.insert("role".to_owned(), Json::from(role.as_str()));
            person.insert("position".to_owned(), Json::from(people.len()));
            people.push(Json::Object(person));
        }
        let mut jobs: Vec<Json> =
            party.jobs.iter().filter_map(|id| self.job(id, party, &mut sources)).collect();
        order::jobs(&mut jobs, &self.shape.job.order);
        let document =
            json!({"primary_contact": primary, "partner": partner, "people": people, "jobs": jobs});
        PartyDocument { document, content_hash: sources.digest(&self.look_ups.hashes) }
    }

    fn context<'b>(&'b self, record: &'b Json, parts: &'b Parts) -> Context<'b> {
        Context {
            record,
            holder: None,
            look_ups: &self.look_ups.lists,
            contacts: (&self.shape.person.stream, &self.chunk.contacts),
            parts,
            main_event: None,
            zone: self.zone,
        }
    }

    fn person(&self, record: &Record) -> Map<String, Json> {
        let mut person = identity(&self.shape.person.stream, &record.id);
        person.extend(self.context(&record.json, &Parts::new()).leaves(&self.shape.person.leaves));
        person
    }

    fn job(&self, id: &str, party: &Party, sources: &mut Sources) -> Option<Json> {
        let record = self.chunk.jobs.get(id)?;
        sources.add(&self.shape.job.stream, record);
        let mut parts = Parts::new();
        let mut lists: Vec<(&str, Json)> = Vec::with_capacity(self.shape.child.len());
        for (child, found) in self.shape.child.iter().zip(&self.chunk.children) {
            lists.push((&child.name, self.children(child, found, id, &mut parts, sources)));
        }
        let main_event = self.main_event(&record.json, &lists);
        let context = Context { main_event, ..self.context(&record.json, &parts) };
        let mut job = identity(&self.shape.job.stream, id);
        job.extend(context.leaves(&self.shape.job.leaves));
        for (name, list) in lists {
            job.insert(name.to_owned(), list);
        }
        job.insert("people".to_owned(), self.outsiders(id, party, sources));
        Some(Json::Object(job))
    }

    fn main_event<'b>(&self, job: &Json, lists: &'b [(&str, Json)]) -> Option<&'b Json> {
        let pick = self.shape.job.main_event.as_ref()?;
        let (_, events) = lists.iter().find(|(name, _)| *name == pick.child)?;
        let events = events.as_array()?;
        let named = text_at(job, &pick.id);
        events
            .iter()
            .find(|event| named == Some(order::id_of(event)))
            .or_else(|| events.iter().find(|event| text_at(event, &pick.leaf) == Some(&pick.is)))
    }

    /// The records of a child list, and whose parts they are.
    fn children(
        &self,
        child: &Child,
        found: &ByParent,
        parent: &str,
        parts: &mut Parts,
        sources: &mut Sources,
    ) -> Json {
        let mut list: Vec<Json> = Vec::new();
        let mut beside: Vec<Json> = Vec::new();
        let empty = Parts::new();
        for record in found.get(parent).into_iter().flatten() {
            sources.add(&child.stream, record);
            if let Some(each) = &child.each {
                let entries = entries(&record.json, each);
                let made: Vec<Json> =
                    self.parts_of(entries, each, &child.leaves, (&record.json, entries.len()), parts);
                let references = made.iter().filter_map(|part| Some(json!({"@": part.get("@")?}))).collect();
                parts.insert((child.name.clone(), record.id.clone()), references);
                list.extend(made);
                continue;
            }
            let mut document = identity(&child.stream, &record.id);
            document.extend(self.context(&record.json, parts).leaves(&child.leaves));
            list.push(Json::Object(document));
            if let Some(also) = &child.also {
                let entries = entries(&record.json, also);
                beside.extend(self.parts_of(
                    entries,
                    also,
                    &child.leaves,
                    (&record.json, entries.len()),
                    &empty,
                ));
            }
        }
        // An entry may stand in the list of its own stream as well; it is one record, and its holder says what it is.
        list.retain(|document| !beside.iter().any(|other| order::id_of(other) == order::id_of(document)));
        list.append(&mut beside);
        order::by_leaves(&mut list, &child.order);
        Json::Array(list)
    }

    fn parts_of(
        &self,
        entries: &[Json],
        each: &Each,
        leaves: &Leaves,
        holder: (&Json, usize),
        parts: &Parts,
    ) -> Vec<Json> {
        entries
            .iter()
            .filter_map(|entry| {
                let context = Context { holder: Some(holder), ..self.context(entry, parts) };
                let mut document = identity(&each.stream, text_at(entry, "id")?);
                document.extend(context.leaves(leaves));
                document.extend(context.leaves(&each.leaves));
                Some(Json::Object(document))
            })
            .collect()
    }

    /// People on a job who are not the party: vendors, team, payers, relatives. Firms without a person's name
    /// go by their own; places are names on the job and no records.
    fn outsiders(&self, job: &str, party: &Party, sources: &mut Sources) -> Json {
        let (person, on_job) = (&self.shape.person, &self.shape.on_job);
        let mut entries: Vec<(roles::JobRole, String, Json)> = Vec::new();
        for join in self.chunk.on_job.get(job).into_iter().flatten() {
            sources.add(&on_job.stream, join);
            let Some(id) = text_at(&join.json, &on_job.person) else { continue };
            if party.persons.iter().any(|one| one == id) {
                continue;
            }
            let Some(record) = self.chunk.contacts.get(id) else { continue };
            sources.add(&person.stream, record);
            let mut document = self.person(record);
            let kind = text_at(&record.json, &person.kind).unwrap_or_default();
            let named = document.get(&person.named_by).is_some_and(|name| !name.is_null());
            if !person.persons.iter().chain(&person.staff).any(|one| one == kind) && !named {
                let name = at(&record.json, "name").cloned().unwrap_or(Json::Null);
                if person.places.iter().any(|one| one == kind) {
                    document.remove("@");
                } else {
                    document.insert(person.named_by.clone(), name.clone());
                }
                document.insert("name".to_owned(), name);
            }
            for role in roles::outside(on_job, &self.look_ups.lists, &join.json) {
                let mut entry = document.clone();
                entry.insert("role".to_owned(), Json::from(role.role.as_str()));
                entry.insert("label".to_owned(), Json::from(role.label.clone()));
                entries.push((role, id.to_owned(), Json::Object(entry)));
            }
        }
        entries.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
        entries.dedup_by(|left, right| left.0 == right.0 && left.1 == right.1);
        entries.into_iter().map(|(_, _, entry)| entry).collect()
    }
}

fn identity(stream: &str, id: &str) -> Map<String, Json> {
    Map::from_iter([("@".to_owned(), json!({"stream": stream, "id": id}))])
}

fn entries<'a>(record: &'a Json, each: &Each) -> &'a [Json] {
    at(record, &each.path).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}
