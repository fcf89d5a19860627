//! Who is what: the parts people play in a booking party and on a job.

use hub_core::party::Party;
use hub_core::record::ClientRole;
use serde_json::Value as Json;

use super::gather::Chunk;
use super::{LookUps, at, text_at};
use crate::definition::{OnJob, PartyRoles};

/// One role of a person on a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobRole {
    /// Ours: vendor, team, payer, parent, planner, subject, other.
    pub(super) role: String,
    /// The CRM's own label.
    pub(super) label: Option<String>,
}

/// Labels and kinds of the roles in a join record, by label.
fn labels<'a>(on_job: &OnJob, look_ups: &'a LookUps, join: &Json) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let ids = at(join, &on_job.roles).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let roles = look_ups.get(&on_job.role_stream);
    let mut found: Vec<_> = ids
        .iter()
        .filter_map(Json::as_str)
        .filter_map(|id| roles.and_then(|roles| roles.get(id)))
        .map(|role| (text_at(role, &on_job.role_name), text_at(role, &on_job.role_kind)))
        .collect();
    found.sort_unstable();
    found
}

/// The persons of a party in the order of the document, each with its role.
pub(super) fn of_party(
    on_job: &OnJob,
    look_ups: &LookUps,
    chunk: &Chunk,
    party: &Party,
) -> Vec<(String, ClientRole)> {
    let rules = &on_job.party;
    let mut ranked: Vec<(Part, usize, &String)> = party
        .persons
        .iter()
        .map(|person| {
            let first_join = party.jobs.iter().filter_map(|job| chunk.on_job.get(job)).find_map(|joins| {
                joins.iter().find(|join| text_at(&join.json, &on_job.person) == Some(person.as_str()))
            });
            let names: Vec<String> = first_join
                .map(|join| labels(on_job, look_ups, &join.json))
                .unwrap_or_default()
                .into_iter()
                .filter_map(|(label, _)| label.map(str::to_lowercase))
                .collect();
            let rank = rules
                .primary
                .iter()
                .position(|wanted| names.iter().any(|name| *name == wanted.to_lowercase()))
                .unwrap_or(rules.primary.len());
            (part(rules, &names), rank, person)
        })
        .collect();
    ranked.sort();
    let mut partner_found = false;
    let mut roles: Vec<(String, ClientRole)> = ranked
        .into_iter()
        .enumerate()
        .map(|(position, (part, _, person))| {
            let role = match (position, part) {
                (0, _) => ClientRole::Primary,
                (_, Part::Parent) => ClientRole::Parent,
                (_, Part::Planner) => ClientRole::Planner,
                (_, Part::Couple) if !partner_found => {
                    partner_found = true;
                    ClientRole::Partner
                }
                (_, Part::Couple) => ClientRole::Other,
            };
            (person.clone(), role)
        })
        .collect();
    roles.sort_by(|left, right| {
        let place = |role: ClientRole| match role {
            ClientRole::Primary => 0,
            ClientRole::Partner => 1,
            _ => 2,
        };
        (place(left.1), &left.0).cmp(&(place(right.1), &right.0))
    });
    roles
}

/// Couple before parents before planners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Couple,
    Parent,
    Planner,
}

fn part(rules: &PartyRoles, names: &[String]) -> Part {
    let says = |words: &[String]| {
        names.iter().any(|name| words.iter().any(|word| has_word(name, &word.to_lowercase())))
    };
    if says(&rules.parent) {
        Part::Parent
    } else if says(&rules.planner) {
        Part::Planner
    } else {
        Part::Couple
    }
}

/// Whole words only: "dad" is not in "Trinidad band".
fn has_word(name: &str, word: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
}

/// The roles of somebody outside the party, from one join record; never empty.
pub(super) fn outside(on_job: &OnJob, look_ups: &LookUps, join: &Json) -> Vec<JobRole> {
    let ours = |kind: Option<&str>| {
        let known = kind.and_then(|kind| on_job.outside.iter().find(|words| words.kind == kind));
        known.map_or("other", |words| words.role.as_str())
    };
    let mut roles: Vec<JobRole> = labels(on_job, look_ups, join)
        .into_iter()
        .map(|(label, kind)| {
            let names: Vec<String> = label.into_iter().map(str::to_lowercase).collect();
            let role = match part(&on_job.party, &names) {
                Part::Parent => "parent",
                Part::Planner => "planner",
                Part::Couple => ours(kind),
            };
            JobRole { role: role.to_owned(), label: label.map(str::to_owned) }
        })
        .collect();
    if roles.is_empty() {
        let kinds =
            at(join, &on_job.role_kinds).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        roles =
            kinds.iter().map(|kind| JobRole { role: ours(kind.as_str()).to_owned(), label: None }).collect();
    }
    if roles.is_empty() {
        roles.push(JobRole { role: "other".to_owned(), label: None });
    }
    roles.sort();
    roles.dedup();
    roles
}
