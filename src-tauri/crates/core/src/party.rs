//! Which party is a client (MODEL 2): jobs and their contacts grouped into booking parties.
//!
//! Persons and jobs are linked one by one; the party itself has no external id. The walk is over jobs in id order, so
//! that the order in which pages arrived changes nothing. Assembling documents and mapping happen later and elsewhere.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::canonical::{ShortId, short_id};

/// What a contact is on a job, as the CRM says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// The job is done for this person.
    Client,
    /// Pays or ordered.
    Customer,
    /// Works on it for the studio.
    Team,
    /// Is photographed, not booking.
    Subject,
    /// Another supplier.
    Vendor,
}

/// One contact on one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobContactEdge {
    /// The contact's external id.
    pub contact_id: String,
    /// The explicit client flag.
    pub client: bool,
    /// Kinds of its roles.
    pub role_kinds: Vec<RoleKind>,
}

/// One job with everybody on it, in the CRM's own order of job-contacts (by id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobEdge {
    /// The job's external id.
    pub job_id: String,
    /// Demo data of the CRM; such jobs are left out.
    pub sample: bool,
    /// Everybody on the job.
    pub contacts: Vec<JobContactEdge>,
}

impl JobEdge {
    /// The contacts that make up the booking party: those flagged as client; else those whose role kinds say client;
    /// else the customer (MODEL 2).
    pub fn party(&self) -> Vec<&str> {
        let chosen = |wanted: &dyn Fn(&JobContactEdge) -> bool| -> Vec<&str> {
            let mut ids: Vec<&str> = Vec::new();
            for contact in self.contacts.iter().filter(|contact| wanted(contact)) {
                if !ids.contains(&contact.contact_id.as_str()) {
                    ids.push(&contact.contact_id);
                }
            }
            ids
        };
        let flagged = chosen(&|contact| contact.client);
        if !flagged.is_empty() {
            return flagged;
        }
        let by_kind = chosen(&|contact| contact.role_kinds.contains(&RoleKind::Client));
        if !by_kind.is_empty() {
            return by_kind;
        }
        chosen(&|contact| contact.role_kinds.contains(&RoleKind::Customer))
    }
}

/// What is already known: which client a job or a person belongs to, from earlier imports and links.
pub trait PartyLinks {
    /// The client that holds this job.
    fn client_of_job(&self, job_id: &str) -> Option<String>;
    /// The clients that hold this person as a client person.
    fn clients_of_person(&self, person_id: &str) -> Vec<String>;
}

/// No earlier links: the first import.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLinks;

impl PartyLinks for NoLinks {
    fn client_of_job(&self, _job_id: &str) -> Option<String> {
        None
    }
    fn clients_of_person(&self, _person_id: &str) -> Vec<String> {
        Vec::new()
    }
}

/// One booking party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The client it already is in WedSync, if known.
    pub client_id: Option<String>,
    /// More than one known client claims it: a person decides (SYNC-LAW 23).
    pub claimed_by: Vec<String>,
    /// The booking persons, in the order of the first job that named them.
    pub persons: Vec<String>,
    /// Its jobs, in id order.
    pub jobs: Vec<String>,
}

/// Groups jobs into parties. `jobs` must come in id order. Jobs without any person on the client side form a party of
/// their own without persons; sample jobs are left out.
pub fn group(jobs: impl IntoIterator<Item = JobEdge>, links: &dyn PartyLinks) -> PartyList {
    let mut list = PartyList::default();
    let mut by_client: HashMap<String, u32> = HashMap::new();
    let mut by_person: HashMap<ShortId, u32> = HashMap::new();
    for job in jobs {
        if job.sample {
            continue;
        }
        let persons = job.party();
        let mut claimed: Vec<String> = Vec::new();
        let mut place: Option<u32> = None;
        if let Some(client_id) = links.client_of_job(&job.job_id) {
            place = by_client.get(&client_id).copied();
            claimed.push(client_id);
        } else {
            let mut candidates: Vec<u32> = Vec::new();
            for person in &persons {
                for client_id in links.clients_of_person(person) {
                    if !claimed.contains(&client_id) {
                        claimed.push(client_id);
                    }
                }
                if let Some(&index) = by_person.get(&short_id(person))
                    && !candidates.contains(&index)
                {
                    candidates.push(index);
                }
            }
            // A party of this run stands for its client: the two are one candidate, not two.
            candidates.retain(|&index| {
                list.client_id(index).is_none_or(|client_id| claimed.iter().all(|other| other != client_id))
            });
            match (claimed.as_slice(), candidates.as_slice()) {
                ([client_id], []) => place = by_client.get(client_id).copied(),
                ([], [index]) => place = Some(*index),
                ([], []) => {}
                // Two clients hold its people: a party of its own that waits for a person, never the first match.
                _ => {
                    for index in candidates {
                        claimed.extend(list.client_id(index).map(str::to_owned));
                    }
                    let index = list.begin(None);
                    list.claimed.insert(index, claimed);
                    list.put(index, &job.job_id, &persons);
                    continue;
                }
            }
        }
        let index = place.unwrap_or_else(|| list.begin(claimed.first().cloned()));
        if let Some(client_id) = claimed.into_iter().next() {
            by_client.insert(client_id, index);
        }
        for person in &persons {
            by_person.entry(short_id(person)).or_insert(index);
        }
        list.put(index, &job.job_id, &persons);
    }
    list.jobs.sort();
    list.persons.sort();
    list
}

/// The parties of a book, in the order of their first jobs; packed, because a book may have a hundred thousand and
/// staging needs a hundred at a time.
#[derive(Debug, Clone, Default)]
pub struct PartyList {
    /// The client that each party already is.
    clients: Vec<Option<Box<str>>>,
    claimed: HashMap<u32, Vec<String>>,
    jobs: Packed,
    persons: Packed,
}

impl PartyList {
    fn begin(&mut self, client_id: Option<String>) -> u32 {
        self.clients.push(client_id.map(String::into_boxed_str));
        u32::try_from(self.clients.len() - 1).unwrap_or(u32::MAX)
    }

    fn client_id(&self, index: u32) -> Option<&str> {
        self.clients.get(index as usize).and_then(Option::as_deref)
    }

    fn put(&mut self, index: u32, job_id: &str, persons: &[&str]) {
        self.jobs.push(index, job_id);
        for person in persons {
            self.persons.push(index, person);
        }
    }

    /// Adds persons who stand on no job, each a client of their own. Whoever belongs to a client that is in the list already
    /// stays with it: a job that they left is no reason to part them. Persons of one client who are all without a job stay
    /// one client; two clients that claim a person wait for a person's decision (SYNC-LAW 23). To be called once.
    pub fn add_people_alone(&mut self, persons: impl IntoIterator<Item = String>, links: &dyn PartyLinks) {
        let with_jobs: HashSet<ShortId> = self.clients.iter().flatten().map(|id| short_id(id)).collect();
        let mut alone: HashMap<String, u32> = HashMap::new();
        for person in persons {
            let claimed = links.clients_of_person(&person);
            let index = match claimed.as_slice() {
                [] => self.begin(None),
                [client] if with_jobs.contains(&short_id(client)) => continue,
                [client] => match alone.get(client) {
                    Some(index) => *index,
                    None => {
                        let index = self.begin(Some(client.clone()));
                        alone.insert(client.clone(), index);
                        index
                    }
                },
                _ => {
                    let index = self.begin(None);
                    self.claimed.insert(index, claimed);
                    index
                }
            };
            self.persons.push(index, &person);
        }
        self.persons.sort();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Some of them from a position on.
    pub fn some(&self, from: usize, limit: usize) -> Vec<Party> {
        let end = from.saturating_add(limit).min(self.len());
        (from..end).filter_map(|index| u32::try_from(index).ok()).map(|index| self.party(index)).collect()
    }

    /// All of them, for lists that are known to be short.
    pub fn all(&self) -> Vec<Party> {
        self.some(0, self.len())
    }

    fn party(&self, index: u32) -> Party {
        let mut persons: Vec<String> = Vec::new();
        for person in self.persons.of(index) {
            if !persons.iter().any(|other| other == person) {
                persons.push(person.to_owned());
            }
        }
        Party {
            client_id: self.client_id(index).map(str::to_owned),
            claimed_by: self.claimed.get(&index).cloned().unwrap_or_default(),
            persons,
            jobs: self.jobs.of(index).map(str::to_owned).collect(),
        }
    }
}

/// Ids one behind the other in one text, each with the party it belongs to.
#[derive(Debug, Clone, Default)]
struct Packed {
    text: String,
    /// Party, and where the id lies in the text: its length and its start.
    entries: Vec<(u32, u32, usize)>,
}

impl Packed {
    fn push(&mut self, party: u32, id: &str) {
        // A whole reply is capped far below 4 GB.
        let length = u32::try_from(id.len()).unwrap_or(u32::MAX);
        self.entries.push((party, length, self.text.len()));
        self.text.push_str(id);
    }

    /// By party, within a party as they came: a later id lies further on in the text.
    fn sort(&mut self) {
        self.entries.sort_unstable_by_key(|(party, _, start)| (*party, *start));
        self.entries.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    fn of(&self, party: u32) -> impl Iterator<Item = &str> {
        let from = self.entries.partition_point(|(owner, _, _)| *owner < party);
        self.entries[from..]
            .iter()
            .take_while(move |(owner, _, _)| *owner == party)
            .filter_map(|(_, length, start)| self.text.get(*start..*start + *length as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(id: &str, client: bool, kinds: &[RoleKind]) -> JobContactEdge {
        JobContactEdge { contact_id: id.into(), client, role_kinds: kinds.to_vec() }
    }

    fn job(id: &str, contacts: Vec<JobContactEdge>) -> JobEdge {
        JobEdge { job_id: id.into(), sample: false, contacts }
    }

    #[test]
    fn engagement_and_wedding_of_one_couple_are_one_client() {
        let parties = group(
            [
                job("1", vec![contact("a", true, &[]), contact("b", true, &[])]),
                job("2", vec![contact("b", true, &[]), contact("a", true, &[])]),
            ],
            &NoLinks,
        )
        .all();
        assert_eq!(parties.len(), 1, "one couple");
        assert_eq!(parties[0].persons, ["a", "b"]);
        assert_eq!(parties[0].jobs, ["1", "2"]);
    }

    #[test]
    fn parties_are_given_out_a_few_at_a_time_in_the_order_of_their_first_jobs() {
        let jobs = ["1", "2", "3", "4"].into_iter().zip(["a", "b", "a", "c"]);
        let list = group(jobs.map(|(id, person)| job(id, vec![contact(person, true, &[])])), &NoLinks);
        assert_eq!(list.len(), 3, "the first and the third job are of one person");
        assert_eq!(list.some(0, 2), list.all()[..2]);
        assert_eq!(list.some(2, 2), list.all()[2..], "what lies behind the end is nothing");
        assert_eq!(list.all()[0].jobs, ["1", "3"]);
        assert_eq!(list.all()[0].persons, ["a"], "named twice, held once");
    }

    #[test]
    fn a_mother_paying_two_weddings_joins_nothing() {
        let mother = || contact("m", false, &[RoleKind::Customer]);
        let parties = group(
            [
                job("1", vec![contact("a", true, &[]), mother()]),
                job("2", vec![contact("c", true, &[]), mother()]),
            ],
            &NoLinks,
        )
        .all();
        assert_eq!(parties.len(), 2, "she pays for two clients");
        assert!(parties.iter().all(|party| !party.persons.contains(&"m".to_owned())));
    }

    #[test]
    fn flag_then_kind_then_customer() {
        let all = vec![
            contact("v", false, &[RoleKind::Vendor]),
            contact("k", false, &[RoleKind::Client]),
            contact("p", false, &[RoleKind::Customer]),
        ];
        assert_eq!(job("1", all.clone()).party(), ["k"], "role kind decides without a flag");
        assert_eq!(job("1", vec![all[0].clone(), all[2].clone()]).party(), ["p"], "else the customer");
    }

    #[test]
    fn sample_jobs_are_left_out() {
        let mut sample = job("1", vec![contact("a", true, &[])]);
        sample.sample = true;
        assert!(group([sample], &NoLinks).is_empty());
    }

    struct Known;
    impl PartyLinks for Known {
        fn client_of_job(&self, job_id: &str) -> Option<String> {
            (job_id == "1").then(|| "c1".to_owned())
        }
        fn clients_of_person(&self, person_id: &str) -> Vec<String> {
            match person_id {
                "a" => vec!["c1".into()],
                "z" => vec!["c2".into()],
                _ => Vec::new(),
            }
        }
    }

    #[test]
    fn a_linked_job_keeps_its_client_and_a_new_job_joins_it() {
        let parties =
            group([job("1", vec![contact("x", true, &[])]), job("2", vec![contact("a", true, &[])])], &Known)
                .all();
        assert_eq!(parties.len(), 1, "job 2 joins the client that holds person a");
        assert_eq!(parties[0].client_id.as_deref(), Some("c1"));
    }

    #[test]
    fn persons_without_a_job_are_clients_of_their_own_unless_they_belong_to_one() {
        let mut list = group([job("1", vec![contact("x", true, &[])])], &Known);
        list.add_people_alone(["a", "n", "o", "z"].map(str::to_owned), &Known);
        let parties = list.all();
        let persons: Vec<&[String]> = parties.iter().map(|party| party.persons.as_slice()).collect();
        assert_eq!(persons, [&["x"][..], &["n"], &["o"], &["z"]], "a belongs to the client of job 1");
        assert!(parties[1..].iter().all(|party| party.jobs.is_empty()));
        assert_eq!(parties[3].client_id.as_deref(), Some("c2"), "z is a client already");
    }

    #[test]
    fn inv_23_two_candidates_wait_for_a_person() {
        let parties = group([job("9", vec![contact("a", true, &[]), contact("z", true, &[])])], &Known).all();
        assert_eq!(parties[0].client_id, None, "never the first match");
        assert_eq!(parties[0].claimed_by, ["c1", "c2"]);
    }
}
