//! After import, decisions and upload, WedSync holds exactly what the generator wrote down (MODEL 2, 4).

use std::collections::{BTreeMap, BTreeSet};

use hub_core::job::{Outcome, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{PlanStore, UnitQuery};
use hub_sandbox::World;
use hub_sandbox::book::{
    Expected, ExpectedParty, ExpectedPerson, HandTyped, PartyRole, Relation, hand_typed,
};
use hub_scenarios::Desk;
use serde_json::Value as Json;

use crate::fields::{self, Decided};
use crate::support::{Held, assert_whole_book, demo_world, login, per_type, persons_on_jobs};

#[test]
fn inv_32_wedsync_holds_the_generators_own_list() {
    let world = demo_world();
    let (book, expected) = (world.crm.book(), world.crm.book().expected());
    let typed = hand_typed(book);
    let desk = Desk::new(&world);
    let plan = desk.import();
    let seen = desk.rows(&plan, &UnitQuery::default()).into_iter().map(|row| {
        let unit = desk.unit(&plan, row.seq).unit;
        Seen {
            kind: row.kind,
            names: unit.summary.names,
            wedding_date: unit.summary.wedding_date,
            candidates: unit.candidates.len(),
        }
    });
    the_twelve_are_matched_as_they_should(seen, &typed);
    assert_whole_book(&desk, &plan, book);
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert_whole_book(&desk, &plan, book);
    let settled: BTreeSet<Outcome> =
        desk.store.outcomes(&plan.id).expect("outcomes").values().flat_map(BTreeMap::keys).copied().collect();
    assert!(
        settled.iter().all(|outcome| matches!(
            outcome,
            Outcome::Created | Outcome::Linked | Outcome::Updated | Outcome::Unchanged | Outcome::Skipped
        )),
        "nothing waits after the upload: {settled:?}"
    );
    let held = Held::of(&world);
    only_the_expected_is_there(&world, &held, &expected, &typed);
    for party in &expected.parties {
        let own = typed.iter().find(|typed| same_as(typed) == Some(party.index));
        the_party_is_there(&held, party, own, &[]);
    }
    let decided = [];
    fields::wanted(book, &expected, &decided).assert_held(&held, &typed_by_hand(&expected, &typed));
}

/// A row of the review, as far as matching goes.
pub(crate) struct Seen {
    pub(crate) kind: UnitKind,
    pub(crate) names: Vec<String>,
    pub(crate) wedding_date: Option<String>,
    pub(crate) candidates: usize,
}

/// The people and jobs of the book, by their ids there, of which somebody has typed a part by hand before.
pub(crate) fn typed_by_hand(expected: &Expected, typed: &[HandTyped]) -> BTreeSet<String> {
    let parties = typed.iter().filter_map(same_as).map(|party| &expected.parties[party]);
    parties
        .flat_map(|party| {
            let people = party.people.iter().map(|person| person.id.to_string());
            people.chain(party.jobs.iter().map(|job| job.id.to_string())).collect::<Vec<_>>()
        })
        .collect()
}

pub(crate) fn same_as(typed: &HandTyped) -> Option<usize> {
    match typed.relation {
        Relation::SameAs { party, .. } => Some(party),
        Relation::NotDuplicateOf { .. } | Relation::Unrelated => None,
    }
}

/// Five of the twelve are found, each by the party it is; the siblings and the strangers are nobody's candidates.
pub(crate) fn the_twelve_are_matched_as_they_should(seen: impl Iterator<Item = Seen>, typed: &[HandTyped]) {
    use hub_sandbox::book::Agreement;
    let mut found: BTreeMap<usize, (UnitKind, usize)> = BTreeMap::new();
    for row in seen.filter(|row| row.candidates > 0) {
        let primary = row.names.first().cloned().unwrap_or_default();
        let same: Vec<&HandTyped> = typed
            .iter()
            .filter(|typed| {
                same_as(typed).is_some()
                    && typed.wedding_date.map(|date| date.to_string()) == row.wedding_date
                    && typed.people.iter().any(|person| primary.starts_with(&person.first))
            })
            .collect();
        assert_eq!(same.len(), 1, "{primary} is one of the five");
        let party = same_as(same[0]).expect("one of the five");
        assert!(found.insert(party, (row.kind, row.candidates)).is_none(), "{primary} is found once");
    }
    let expected: BTreeMap<usize, (UnitKind, usize)> = typed
        .iter()
        .filter_map(|typed| match typed.relation {
            Relation::SameAs { party, because } => {
                // A strong identifier proposes the link; a name and a date alone ask.
                let kind = match because {
                    Agreement::Email | Agreement::PartnerFirst | Agreement::PhoneNotation => UnitKind::Linked,
                    Agreement::MaidenName | Agreement::NameAndDate => UnitKind::Duplicate,
                };
                Some((party, (kind, 1)))
            }
            Relation::NotDuplicateOf { .. } | Relation::Unrelated => None,
        })
        .collect();
    assert_eq!(expected.len(), 5, "the generator typed five of the book by hand");
    assert_eq!(found, expected);
}

/// As many records as the book and the twelve have together, and no other.
pub(crate) fn only_the_expected_is_there(
    world: &World,
    held: &Held,
    expected: &Expected,
    typed: &[HandTyped],
) {
    let same = typed.iter().filter(|typed| same_as(typed).is_some()).count();
    let counts = world.wedsync.counts(&login()).expect("counts");
    let clients = i64::try_from(typed.len() + expected.parties.len() - same).expect("a number");
    assert_eq!(counts["client"], clients, "the twelve and the book, the five counted once");
    let read = per_type(world.crm.book());
    for (name, of_book) in &read {
        let with_source = held.by_source(name).len() as u64;
        if name == "client" {
            assert_eq!(with_source, 0, "a party has no external id");
        } else {
            assert_eq!(with_source, *of_book, "{name}s of the book, each once");
        }
    }
    let people: BTreeSet<String> = held.by_source("person").into_keys().collect();
    let wanted: BTreeSet<String> =
        persons_on_jobs(world.crm.book()).iter().map(ToString::to_string).collect();
    assert_eq!(people, wanted, "everybody on a job and nobody else");
    let jobs: BTreeSet<String> = held.by_source("project").into_keys().collect();
    let wanted: BTreeSet<String> =
        expected.parties.iter().flat_map(|party| &party.jobs).map(|job| job.id.to_string()).collect();
    assert_eq!(jobs, wanted, "every job but the samples");
}

/// A party with its people, jobs and what hangs on them; people decided in review are looked at elsewhere.
pub(crate) fn the_party_is_there(
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
