use std::collections::{HashMap, HashSet};

use hub_sandbox::book::{
    Book, BookSpec, JobsEach, MoneyUnit, PartyRole, Relation, Special, Stream, Ulid, demo, hand_typed,
};

fn book(seed: u64, clients: u32) -> Book {
    Book::generate(BookSpec::new(seed, clients))
}

#[test]
fn the_same_seed_gives_the_same_book_and_another_seed_another() {
    assert_eq!(book(7, 60).digest(), book(7, 60).digest());
    assert_ne!(book(7, 60).digest(), book(8, 60).digest());
}

#[test]
fn a_household_does_not_depend_on_when_it_is_made() {
    let text = |book: &Book, home| {
        let held = book.household(home);
        let mut out = Vec::new();
        for stream in Stream::GROWING {
            (0..held.len(stream)).for_each(|slot| assert!(held.write(stream, slot, &mut out)));
        }
        out
    };
    let (one, two) = (book(7, 60), book(7, 60));
    let late = text(&one, 40);
    (0..40).for_each(|home| drop(two.household(home)));
    assert_eq!(late, text(&two, 40));
}

#[test]
fn there_are_exactly_as_many_parties_as_asked_for() {
    for clients in [1, 9, 50, 214] {
        let expected = book(3, clients).expected();
        assert_eq!(expected.parties.len(), clients as usize);
        assert!(expected.parties.iter().all(|party| party.primary().is_some() && !party.jobs.is_empty()));
    }
}

#[test]
fn ids_are_unique_and_rise_inside_a_list() {
    let book = book(7, 300);
    let mut seen = HashSet::new();
    for stream in Stream::GROWING {
        for home in 0..book.homes() {
            for card in book.household(home).cards(stream) {
                assert!(seen.insert(card.id), "{stream:?} {} comes twice", card.id);
            }
        }
    }
}

/// The rule of the model, written a second time on the raw records: an independent count of parties.
#[test]
fn the_rule_of_the_model_finds_the_same_parties() {
    let book = book(7, 214);
    let expected = book.expected();
    let mut client_of: HashMap<Ulid, usize> = HashMap::new();
    let mut parties: Vec<HashSet<Ulid>> = Vec::new();
    for home in 0..book.homes() {
        let held = book.household(home);
        for job in held.jobs.iter().filter(|job| !job.sample) {
            let on: Vec<_> = held.job_contacts.iter().filter(|contact| contact.job_id == job.id).collect();
            let pick = |test: &dyn Fn(&hub_sandbox::book::JobContact) -> bool| -> Vec<Ulid> {
                on.iter().filter(|contact| test(contact)).map(|contact| contact.contact_id).collect()
            };
            let mut clients = pick(&|contact| contact.client);
            if clients.is_empty() {
                clients = pick(&|contact| contact.role_kinds.contains(&"client"));
            }
            if clients.is_empty() {
                clients = pick(&|contact| contact.role_kinds.contains(&"customer"));
            }
            assert!(!clients.is_empty(), "every job has somebody to be the client");
            let known = clients.iter().find_map(|person| client_of.get(person).copied());
            let number = known.unwrap_or_else(|| {
                parties.push(HashSet::new());
                parties.len() - 1
            });
            for person in clients {
                client_of.insert(person, number);
                parties[number].insert(person);
            }
        }
    }
    let written: Vec<HashSet<Ulid>> = expected
        .parties
        .iter()
        .map(|party| party.people.iter().filter(|p| p.role != PartyRole::Parent).map(|p| p.id).collect())
        .collect();
    assert_eq!(parties, written);
}

#[test]
fn the_special_cases_are_in_every_book_of_fifty_or_more() {
    let book = book(5, 50);
    let party = |special: Special| book.party(special.home());
    let (_, both) = party(Special::EngagementAndWedding);
    assert_eq!(both.jobs.iter().map(|job| job.kind).collect::<Vec<_>>(), ["Wedding", "Engagement"]);

    let (first, _) = party(Special::PayingMother);
    let (second, other) = party(Special::MothersOtherChild);
    let mother = first.persons[2].id;
    for held in [&first, &second] {
        let row = held.job_contacts.iter().find(|row| row.contact_id == mother).expect("she is on both jobs");
        assert!(!row.client && row.role_kinds == ["customer"]);
    }
    assert!(second.persons.iter().all(|person| person.id != mother), "one record, not two");
    assert!(other.people.iter().any(|person| person.id == mother && person.role == PartyRole::Parent));

    let (kinds, _) = party(Special::RoleKindClient);
    assert!(kinds.job_contacts.iter().all(|row| !row.client));
    assert_eq!(kinds.job_contacts.iter().filter(|row| row.role_kinds.contains(&"client")).count(), 2);
    let (customer, _) = party(Special::OnlyCustomer);
    assert!(customer.job_contacts.iter().all(|row| !row.client && !row.role_kinds.contains(&"client")));
    assert_eq!(customer.job_contacts.iter().filter(|row| row.role_kinds.contains(&"customer")).count(), 1);

    let primary = |special| party(special).1.people[0].clone();
    assert_eq!(primary(Special::NoEmail).email, None);
    assert_eq!(primary(Special::OneName).last_name, None);
    assert!(primary(Special::Decomposed).first_name.contains('\u{308}'));
    assert_eq!(primary(Special::UnreadablePhone).phone_e164, None);
    assert!(primary(Special::UnreadablePhone).phone_text.is_some());
    assert!(primary(Special::Maiden).maiden_name.is_some());
    assert!(party(Special::Hidden).1.hidden && party(Special::Closed).1.closed);
    let (bad, _) = party(Special::BadCustomDate);
    assert!(bad.persons[0].custom_fields.iter().any(|value| value.value.as_deref() == Some("31/02/2025")));

    let expected = book.expected();
    assert_eq!((expected.sample_jobs.len(), expected.sample_people.len()), (2, 4));
    assert!(expected.without_job.len() >= 3);
    let kinds: HashSet<_> =
        book.studio().list(Stream::CustomField).iter().map(|field| field["kind"].to_string()).collect();
    assert_eq!(kinds.len(), 9, "all nine kinds of custom field are defined");
}

#[test]
fn both_money_units_mean_the_same_sums() {
    let spec = BookSpec { money_unit: MoneyUnit::Major, jobs_each: JobsEach::One, ..BookSpec::new(7, 60) };
    let book = Book::generate(spec);
    for home in 0..60 {
        let (held, party) = book.party(home);
        assert_eq!(party.jobs.len(), 1);
        assert_eq!(held.orders.iter().map(|order| order.total * 100).sum::<i64>(), party.money.ordered);
    }
    let minor = Book::generate(BookSpec::new(7, 60));
    for home in 0..60 {
        let (held, party) = minor.party(home);
        assert_eq!(held.orders.iter().map(|order| order.total).sum::<i64>(), party.money.ordered);
        let posted = held.payments.iter().filter(|payment| payment.status == "posted");
        assert_eq!(posted.map(|payment| payment.amount).sum::<i64>(), party.money.paid);
    }
}

#[test]
fn the_demo_account_holds_twelve_clients_five_of_them_in_the_book() {
    let book = demo();
    let typed = hand_typed(&book);
    assert_eq!(typed.len(), 12);
    let parties = book.expected().parties;
    assert_eq!(parties.len(), 214);
    let same: Vec<_> = typed
        .iter()
        .filter_map(|client| match &client.relation {
            Relation::SameAs { party, .. } => Some((client, &parties[*party])),
            _ => None,
        })
        .collect();
    assert_eq!(same.len(), 5);
    assert_eq!(same.iter().map(|(_, party)| party.index).collect::<HashSet<_>>().len(), 5);
    for (client, party) in same {
        assert_eq!(client.wedding_date, party.wedding_date);
        let names: HashSet<_> = party.people.iter().map(|person| &person.first_name).collect();
        assert!(client.people.iter().all(|person| names.contains(&person.first)));
    }
    let siblings: Vec<_> =
        typed.iter().filter(|client| matches!(client.relation, Relation::NotDuplicateOf { .. })).collect();
    assert_eq!(siblings.len(), 2);
    assert_eq!(siblings[0].people[0].email, siblings[1].people[0].email);
    assert_ne!(siblings[0].wedding_date, siblings[1].wedding_date);
    assert!(siblings.iter().all(|client| client.people[0].email == parties[7].people[0].email));
    assert_eq!(typed.iter().filter(|client| client.relation == Relation::Unrelated).count(), 5);
    // Nobody else's names meet a stranger's by chance.
    for stranger in typed.iter().filter(|client| client.relation == Relation::Unrelated) {
        let last = &stranger.people[0].last;
        assert!(
            parties
                .iter()
                .all(|party| party.people.iter().all(|person| person.last_name.as_ref() != Some(last)))
        );
    }
}
