//! Which party is a client (MODEL 2): jobs and their contacts grouped into booking parties.
//!
//! Persons and jobs are linked one by one; the party itself has no external id. The walk is over jobs in id order, so
//! that the order in which pages arrived changes nothing. Assembling documents and mapping happen later and elsewhere.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

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
pub fn group(jobs: impl IntoIterator<Item = JobEdge>, links: &dyn PartyLinks) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    let mut by_client: HashMap<String, usize> = HashMap::new();
    let mut by_person: HashMap<String, usize> = HashMap::new();
    for job in jobs {
        if job.sample {
            continue;
        }
        let persons: Vec<String> = job.party().into_iter().map(str::to_owned).collect();
        let mut claimed: Vec<String> = Vec::new();
        let mut place: Option<usize> = None;
        if let Some(client_id) = links.client_of_job(&job.job_id) {
            place = by_client.get(&client_id).copied();
            claimed.push(client_id);
        } else {
            let mut candidates: Vec<usize> = Vec::new();
            for person in &persons {
                for client_id in links.clients_of_person(person) {
                    if !claimed.contains(&client_id) {
                        claimed.push(client_id);
                    }
                }
                if let Some(&index) = by_person.get(person)
                    && !candidates.contains(&index)
                {
                    candidates.push(index);
                }
            }
            // A party of this run stands for its client: the two are one candidate, not two.
            candidates.retain(|&index| {
                parties[index].client_id.as_ref().is_none_or(|client_id| !claimed.contains(client_id))
            });
            match (claimed.as_slice(), candidates.as_slice()) {
                ([client_id], []) => place = by_client.get(client_id).copied(),
                ([], [index]) => place = Some(*index),
                ([], []) => {}
                // Two clients hold its people: a party of its own that waits for a person, never the first match.
                _ => {
                    for index in candidates {
                        if let Some(client_id) = &parties[index].client_id {
                            claimed.push(client_id.clone());
                        }
                    }
                    parties.push(Party {
                        client_id: None,
                        claimed_by: claimed,
                        persons,
                        jobs: vec![job.job_id],
                    });
                    continue;
                }
            }
        }
        let index = match place {
            Some(index) => index,
            None => {
                parties.push(Party {
                    client_id: claimed.first().cloned(),
                    claimed_by: Vec::new(),
                    persons: Vec::new(),
                    jobs: Vec::new(),
                });
                parties.len() - 1
            }
        };
        if let Some(client_id) = claimed.into_iter().next() {
            by_client.insert(client_id, index);
        }
        let party = &mut parties[index];
        for person in persons {
            by_person.entry(person.clone()).or_insert(index);
            if !party.persons.contains(&person) {
                party.persons.push(person);
            }
        }
        party.jobs.push(job.job_id);
    }
    parties
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
        );
        assert_eq!(parties.len(), 1, "one couple");
        assert_eq!(parties[0].persons, ["a", "b"]);
        assert_eq!(parties[0].jobs, ["1", "2"]);
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
        );
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
            group([job("1", vec![contact("x", true, &[])]), job("2", vec![contact("a", true, &[])])], &Known);
        assert_eq!(parties.len(), 1, "job 2 joins the client that holds person a");
        assert_eq!(parties[0].client_id.as_deref(), Some("c1"));
    }

    #[test]
    fn inv_23_two_candidates_wait_for_a_person() {
        let parties = group([job("9", vec![contact("a", true, &[]), contact("z", true, &[])])], &Known);
        assert_eq!(parties[0].client_id, None, "never the first match");
        assert_eq!(parties[0].claimed_by, ["c1", "c2"]);
    }
}
