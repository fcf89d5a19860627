//! What a vendor's files say of each party of the generator's own list, and whether WedSync came to hold just that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Vendor;
use crate::book::{Book, ExpectedParty, ExpectedPerson, PartyRole, hand_typed};
use crate::expected::{Held, same_as};

/// A party, as far as files tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Full names of those who book, sorted.
    pub names: Vec<String>,
    /// Days of its jobs, sorted; none where the files have no days.
    pub days: Vec<String>,
}

/// Given and family name.
pub fn full_name(person: &ExpectedPerson) -> String {
    format!("{} {}", person.first_name, person.last_name.clone().unwrap_or_default()).trim().to_owned()
}

/// Those who book: everybody but parents.
pub fn booking(party: &ExpectedParty) -> impl Iterator<Item = &ExpectedPerson> {
    party.people.iter().filter(|person| person.role != PartyRole::Parent)
}

/// What has to come of a party out of a vendor's files.
pub fn told(party: &ExpectedParty, vendor: Vendor) -> Told {
    let mut names: Vec<String> = match vendor {
        // Their files name the first person only.
        Vendor::Dubsado | Vendor::Tave => party.primary().into_iter().map(full_name).collect(),
        // Only whoever has an address or a number has columns.
        Vendor::SeventeenHats => party
            .people
            .iter()
            .enumerate()
            .filter(|(at, person)| *at == 0 || person.email.is_some() || person.phone_text.is_some())
            .map(|(_, person)| full_name(person))
            .take(2)
            .collect(),
        Vendor::HoneyBook => booking(party).map(full_name).collect(),
        // "Ottoline & Ravi Kaur" in one cell: whoever stands first without a surname has the other's.
        Vendor::StudioNinja | Vendor::Spreadsheet => {
            let last = booking(party).filter_map(|person| person.last_name.clone()).last();
            let named = |(at, person): (usize, &ExpectedPerson)| match (at, &person.last_name, &last) {
                (0, None, Some(last)) => format!("{} {last}", person.first_name),
                _ => full_name(person),
            };
            booking(party).enumerate().map(named).collect()
        }
    };
    names.sort();
    if vendor == Vendor::SeventeenHats {
        // Its columns are named after people: two of one name are one in the file.
        names.dedup();
    }
    let mut days: Vec<String> = match vendor {
        Vendor::SeventeenHats => Vec::new(),
        Vendor::Spreadsheet => party.wedding_date.iter().map(ToString::to_string).collect(),
        _ => party.jobs.iter().filter_map(|job| job.date).map(|day| day.to_string()).collect(),
    };
    days.sort();
    Told { names, days }
}

/// What is wrong with the clients that WedSync holds after a vendor's files were brought in and uploaded; nothing when they
/// are the generator's own list beside the clients that were typed by hand before.
pub fn fault(book: &Book, vendor: Vendor, held: &Held) -> Option<String> {
    let typed = hand_typed(book);
    let by_hand: BTreeSet<usize> = typed.iter().filter_map(same_as).collect();
    let parties = book.expected().parties;
    let people = held.by_name("person");
    let name_of = |name: &str| {
        let fields = &people.get(name)?["fields"];
        let part = |field: &str| fields[field].as_str().unwrap_or_default();
        Some(format!("{} {}", part("first_name"), part("last_name")).trim().to_owned())
    };
    let mut days: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for project in held.all("project") {
        if let (Some(client), Some(day)) =
            (project["fields"]["client_id"].as_str(), project["fields"]["wedding_date"].as_str())
        {
            days.entry(client).or_default().push(day);
        }
    }
    let mut there: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for client in held.all("client") {
        let members = client["fields"]["people"].as_object();
        let booking = members
            .into_iter()
            .flatten()
            .filter(|(_, member)| matches!(member["role"].as_str(), Some("primary" | "partner")));
        let mut names: Vec<String> = booking.filter_map(|(name, _)| name_of(name)).collect();
        names.sort();
        let mut own = client["name"].as_str().and_then(|name| days.remove(name)).unwrap_or_default();
        own.sort_unstable();
        there.push((names, own));
    }
    let mut missing = Vec::new();
    for party in &parties {
        let wanted = told(party, vendor);
        let found = there.iter().position(|(names, days)| *names == wanted.names && *days == wanted.days);
        match found {
            Some(at) => drop(there.swap_remove(at)),
            // What was typed by hand stays as it was typed.
            None if by_hand.contains(&party.index) => {}
            None => missing.push(wanted),
        }
    }
    // Nobody beside the list and those who were typed by hand.
    let strangers = there.len().saturating_sub(typed.len());
    (!missing.is_empty() || strangers > 0).then(|| {
        let shown: Vec<String> = there.iter().map(|one| format!("{one:?}")).collect();
        format!("missing: {missing:?}; {strangers} too many among {}", shown.join(", "))
    })
}

/// The person of the book whom a job of a vendor's file names without an address: by the job's name and theirs.
pub fn meant<'a>(parties: &'a [ExpectedParty], job: &str, name: &str) -> Vec<&'a ExpectedPerson> {
    let named = |party: &&ExpectedParty| {
        let firsts: Vec<&str> = booking(party).map(|person| person.first_name.as_str()).collect();
        job.starts_with(&format!("{}'s ", firsts.join(" & ")))
    };
    parties
        .iter()
        .filter(named)
        .filter_map(|party| {
            let people = || booking(party);
            let whole = people().skip(1).find(|person| full_name(person) == name);
            // Whoever has one name only was lent the other's in the cell of the couple.
            let first = name.split(' ').next().unwrap_or_default();
            whole.or_else(|| people().find(|one| one.last_name.is_none() && one.first_name == first))
        })
        .collect()
}

/// A vendor by the name that stories use.
fn vendor(name: &str) -> Option<Vendor> {
    Vendor::ALL.into_iter().find(|vendor| vendor.key() == name)
}

/// What a story is told of a difference.
pub(crate) fn answer(book: &Book, name: &str, held: &Held) -> Result<Json, String> {
    let vendor = vendor(name).ok_or_else(|| format!("no vendor {name}"))?;
    Ok(serde_json::json!({ "fault": fault(book, vendor, held) }))
}
