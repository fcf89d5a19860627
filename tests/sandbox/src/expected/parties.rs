//! A party of the generator's list with everything that hangs on it, beside what WedSync holds.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::fields::Decided;
use super::{Held, per_type, persons_on_jobs};
use crate::book::{Book, Expected, ExpectedParty, ExpectedPerson, HandTyped, PartyRole, Relation};

/// Which party a client that was typed by hand is, if it is one of the book.
pub fn same_as(typed: &HandTyped) -> Option<usize> {
    match typed.relation {
        Relation::SameAs { party, .. } => Some(party),
        Relation::NotDuplicateOf { .. } | Relation::Unrelated => None,
    }
}

/// The people and jobs of the book, by their ids there, of which somebody has typed a part by hand before.
pub fn typed_by_hand(expected: &Expected, typed: &[HandTyped]) -> BTreeSet<String> {
    let parties = typed.iter().filter_map(same_as).map(|party| &expected.parties[party]);
    parties
        .flat_map(|party| {
            let people = party.people.iter().map(|person| person.id.to_string());
            people.chain(party.jobs.iter().map(|job| job.id.to_string())).collect::<Vec<_>>()
        })
        .collect()
}

/// As many records as the book and the twelve have together, and no other.
pub fn only_the_expected_is_there(book: &Book, held: &Held, expected: &Expected, typed: &[HandTyped]) {
    let same = typed.iter().filter(|typed| same_as(typed).is_some()).count();
    let clients = typed.len() + expected.parties.len() - same;
    assert_eq!(held.all("client").len(), clients, "the twelve and the book, the five counted once");
    let read = per_type(book);
    for (name, of_book) in &read {
        let with_source = held.by_source(name).len() as u64;
        if name == "client" {
            assert_eq!(with_source, 0, "a party has no external id");
        } else {
            assert_eq!(with_source, *of_book, "{name}s of the book, each once");
        }
    }
    let people: BTreeSet<String> = held.by_source("person").into_keys().collect();
    let wanted: BTreeSet<String> = persons_on_jobs(book).iter().map(ToString::to_string).collect();
    assert_eq!(people, wanted, "everybody on a job and nobody else");
    let jobs: BTreeSet<String> = held.by_source("project").into_keys().collect();
    let wanted: BTreeSet<String> =
        expected.parties.iter().flat_map(|party| &party.jobs).map(|job| job.id.to_string()).collect();
    assert_eq!(jobs, wanted, "every job but the samples");
}

/// A party with its people, jobs and what hangs on them; people decided in review are looked at elsewhere.
pub fn the_party_is_there(
    held: &Held,
    party: &ExpectedParty,
    typed: Option<&HandTyped>,
    decided: &[Decided],
) {
    let (people, projects) = (held.by_source("person"), held.by_source("project"));
    let clients: BTreeSet<&str> = party
        .jobs
        .iter()
        .map(|job| projects[&job.id.to_string()]["fields"]["client_id"].as_str().expect("a client"))
        .collect();
    assert_eq!(clients.len(), 1, "party {} is one client: {clients:?}", party.index);
    let client_name = clients.into_iter().next().expect("one");
    let by_name = held.by_name("client");
    let client = by_name[client_name];
    let booking: Vec<&ExpectedPerson> =
        party.people.iter().filter(|person| person.role != PartyRole::Parent).collect();
    let members = client["fields"]["people"].as_object().expect("its people");
    assert_eq!(members.len(), booking.len(), "party {}: {members:?}", party.index);
    for person in booking {
        let record = people[&person.id.to_string()];
        let role = members[record["name"].as_str().expect("a name")]["role"].as_str();
        if typed.is_none() {
            let wanted = if person.role == PartyRole::Primary { "primary" } else { "partner" };
            assert_eq!(role, Some(wanted), "party {}: {record}", party.index);
        }
        if decided.iter().all(|(id, ..)| *id != person.id.to_string()) {
            the_person_is_there(record, person, typed);
        }
    }
    for job in &party.jobs {
        let fields = &projects[&job.id.to_string()]["fields"];
        let text = |value: Option<String>| value.map_or(Json::Null, Json::from);
        assert_eq!(fields["wedding_date"], text(job.date.map(|date| date.to_string())), "{fields}");
        assert_eq!(fields["venue_name"], text(job.venue.clone()), "{fields}");
        // What was typed by hand about the day stays as it was typed.
        if typed.is_none() {
            assert_eq!(fields["kind"], job.kind, "{fields}");
            assert_eq!(fields["closed"], job.closed, "{fields}");
            let stage = if job.stage == "fulfillment" { "fulfilment" } else { job.stage };
            assert_eq!(fields["stage"], stage, "{fields}");
        }
        let outsiders = job.people.iter().filter(|(id, ..)| {
            party.people.iter().all(|person| person.id != *id || person.role == PartyRole::Parent)
        });
        for (id, _, _) in outsiders {
            let Some(outsider) = people.get(&id.to_string()) else { continue };
            let name = outsider["name"].as_str().expect("a name");
            let there = fields["people"]
                .as_object()
                .is_some_and(|people| people.values().any(|element| element["person_id"] == name));
            assert!(there, "{id} is on the project: {fields}");
        }
    }
    what_hangs_on_it_is_there(held, party, client_name);
}

fn the_person_is_there(record: &Json, person: &ExpectedPerson, typed: Option<&HandTyped>) {
    let fields = &record["fields"];
    let own = typed.and_then(|typed| typed.people.iter().find(|own| own.first == person.first_name));
    assert_eq!(fields["first_name"], person.first_name.as_str(), "{record}");
    // What was typed by hand stays; only what was empty is filled.
    let last = own.map(|own| own.last.clone()).filter(|last| !last.is_empty()).or(person.last_name.clone());
    assert_eq!(fields["last_name"].as_str(), last.as_deref(), "{record}");
    let email = own.and_then(|own| own.email.clone()).or(person.email.clone());
    assert_eq!(
        fields["email"].as_str().map(str::to_lowercase),
        email.map(|email| email.to_lowercase()),
        "{record}"
    );
    assert_eq!(fields["maiden_name"].as_str(), person.maiden_name.as_deref(), "{record}");
    if let Some(typed) = own.and_then(|own| own.phone_text.as_ref()) {
        assert_eq!(fields["phone"]["text"], typed.as_str(), "the number stays as it was typed: {record}");
    } else if person.phone_e164.is_some() {
        assert_eq!(fields["phone"]["e164"].as_str(), person.phone_e164.as_deref(), "{record}");
        assert_eq!(fields["phone"]["text"].as_str(), person.phone_text.as_deref(), "{record}");
    } else {
        // No number at all, or one that was answered with "bring in without it".
        assert_eq!(fields["phone"], Json::Null, "{record}");
    }
}

/// Events, invoices, payments, notes and files of a party, the money to the penny.
fn what_hangs_on_it_is_there(held: &Held, party: &ExpectedParty, client: &str) {
    let of = |record_type: &str| -> Vec<&Json> {
        held.all(record_type)
            .iter()
            .map(|record| &record["fields"])
            .filter(|fields| fields["client_id"] == client)
            .collect()
    };
    let counts = &party.counts;
    assert_eq!(of("event").len(), counts.events, "events of party {}", party.index);
    assert_eq!(of("invoice").len(), counts.invoices, "invoices of party {}", party.index);
    assert_eq!(of("payment").len(), counts.payments + counts.refunds, "payments of party {}", party.index);
    assert_eq!(of("communication").len(), counts.notes, "notes of party {}", party.index);
    assert_eq!(of("document").len(), counts.files, "files of party {}", party.index);
    let minor = |fields: &Json, name: &str| fields[name]["minor"].as_i64().unwrap_or(0);
    let sum = |record_type: &str, name: &str, status: Option<&str>| -> i64 {
        of(record_type)
            .into_iter()
            .filter(|fields| status.is_none_or(|status| fields["status"] == status))
            .map(|fields| minor(fields, name))
            .sum()
    };
    assert_eq!(sum("invoice", "total", None), party.money.ordered, "ordered by party {}", party.index);
    assert_eq!(sum("payment", "amount", Some("paid")), party.money.paid, "paid by party {}", party.index);
    assert_eq!(
        sum("payment", "amount", Some("refunded")),
        party.money.refunded,
        "given back to party {}",
        party.index
    );
    let currencies: BTreeSet<&str> = of("invoice")
        .into_iter()
        .chain(of("payment"))
        .flat_map(|fields| [&fields["total"], &fields["amount"], &fields["balance"], &fields["refunded"]])
        .filter_map(|money| money["currency"].as_str())
        .collect();
    assert!(currencies.iter().all(|currency| *currency == "GBP"), "{currencies:?}");
}
