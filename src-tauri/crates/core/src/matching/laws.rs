//! The laws of matching over random parties that share names, addresses, numbers and days more often than people do.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const FIRST: [&str; 5] = ["Ann", "Beth", "Zo\u{eb}", "zoe", ""];
const LAST: [&str; 3] = ["Lee", "Park", ""];
const EMAILS: [&str; 4] =
    ["family@example.com", "Family@Example.com ", "ann@example.com", "beth@example.com"];
const PHONES: [&str; 3] = ["+447700900318", "07700 900 318", "+447700900999"];
const DAYS: [&str; 3] = ["2026-06-13", "2026-06-14", "2027-05-01"];

fn some_of(pool: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(select(pool).prop_map(str::to_owned), 0..2)
}

fn person() -> impl Strategy<Value = MatchPerson> {
    let maiden = prop_oneof![3 => Just(""), 1 => Just("Park")];
    (select(&FIRST[..]), select(&LAST[..]), maiden, some_of(&EMAILS), some_of(&PHONES)).prop_map(
        |(first, last, maiden, emails, phones)| MatchPerson {
            id: String::new(),
            first_name: first.into(),
            last_name: last.into(),
            maiden_name: maiden.into(),
            emails,
            phones,
        },
    )
}

fn party(client_id: &'static str) -> impl Strategy<Value = MatchParty> {
    let people = proptest::collection::vec(person(), 1..4);
    let days = proptest::collection::vec(proptest::option::of(select(&DAYS[..])), 0..3);
    (people, days).prop_map(move |(people, days)| MatchParty {
        client_id: client_id.into(),
        people: (0..)
            .zip(people)
            .map(|(n, person)| MatchPerson { id: format!("{client_id}-{n}"), ..person })
            .collect(),
        projects: (0..)
            .zip(days)
            .map(|(n, day)| (format!("{client_id}-job-{n}"), day.map(str::to_owned)))
            .collect(),
    })
}

fn share_an_identifier(one: &MatchPerson, other: &MatchPerson) -> bool {
    let folded = |person: &MatchPerson| -> BTreeSet<String> {
        let emails = person.emails.iter().map(|email| email.trim().to_lowercase());
        emails.chain(person.phones.iter().filter_map(|phone| phone_key(phone))).collect()
    };
    !folded(one).is_disjoint(&folded(other))
}

fn different_first_names(one: &MatchPerson, other: &MatchPerson) -> bool {
    let (one, other) = (fold_name(&one.first_name), fold_name(&other.first_name));
    !one.is_empty() && !other.is_empty() && one != other
}

fn days(party: &MatchParty) -> BTreeSet<&String> {
    party.projects.iter().filter_map(|(_, day)| day.as_ref()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn inv_22_a_link_needs_a_strong_identifier_and_nothing_against_it(staged in party("s"), held in party("h")) {
        for found in KeyMatcher.candidates(&staged, std::slice::from_ref(&held)) {
            if found.advice != Advice::Link {
                continue;
            }
            let pairs: Vec<(&MatchPerson, &MatchPerson)> = found
                .people
                .iter()
                .map(|(one, other)| {
                    let person = |party: &'_ MatchParty, id: &String| party.people.iter().position(|p| p.id == *id).unwrap();
                    (&staged.people[person(&staged, one)], &held.people[person(&held, other)])
                })
                .collect();
            prop_assert!(
                pairs.iter().any(|(one, other)| share_an_identifier(one, other) && !different_first_names(one, other)),
                "an address or a number of the same person: {found:?}"
            );
            prop_assert!(
                !pairs.iter().any(|(one, other)| share_an_identifier(one, other) && different_first_names(one, other)),
                "somebody else stands behind a shared address: {found:?}"
            );
            let (one, other) = (days(&staged), days(&held));
            prop_assert!(one.is_empty() || other.is_empty() || !one.is_disjoint(&other), "another day: {found:?}");
            prop_assert!(found.score >= 90, "almost sure: {found:?}");
        }
    }

    #[test]
    fn inv_23_of_several_none_is_linked_and_the_order_says_nothing(
        staged in party("s"), one in party("h1"), other in party("h2"), third in party("h3")
    ) {
        let held = [one, other, third];
        let found = KeyMatcher.candidates(&staged, &held);
        if found.len() > 1 {
            prop_assert!(found.iter().all(|candidate| candidate.advice == Advice::Ask), "{found:?}");
        }
        let turned: Vec<MatchParty> = held.iter().rev().cloned().collect();
        prop_assert_eq!(&KeyMatcher.candidates(&staged, &turned), &found, "never the first match");
    }

    #[test]
    fn inv_19_nobody_is_matched_twice(staged in party("s"), held in party("h")) {
        for found in KeyMatcher.candidates(&staged, std::slice::from_ref(&held)) {
            for pairs in [&found.people, &found.projects] {
                let ours: BTreeSet<&String> = pairs.iter().map(|(one, _)| one).collect();
                let theirs: BTreeSet<&String> = pairs.iter().map(|(_, other)| other).collect();
                prop_assert_eq!((ours.len(), theirs.len()), (pairs.len(), pairs.len()), "{:?}", pairs);
            }
        }
    }
}

#[test]
fn inv_22_a_couple_with_one_address_is_found_whoever_is_listed_first() {
    let person = |id: &str, first: &str| MatchPerson {
        id: id.into(),
        first_name: first.into(),
        last_name: "Lee".into(),
        maiden_name: String::new(),
        emails: vec!["family@example.com".into()],
        phones: Vec::new(),
    };
    let party = |client_id: &str, people| MatchParty {
        client_id: client_id.into(),
        people,
        projects: vec![(format!("{client_id}-job"), Some("2026-06-13".into()))],
    };
    let held = party("h", vec![person("held", "Ann")]);
    for people in [["Ann", "Beth"], ["Beth", "Ann"]] {
        let staged = party("s", people.map(|first| person(first, first)).to_vec());
        let found = KeyMatcher.candidates(&staged, std::slice::from_ref(&held));
        assert_eq!(found.len(), 1, "the couple is seen, with {} first", people[0]);
        assert_eq!(found[0].people, [("Ann".to_owned(), "held".to_owned())], "and who is who");
    }
}

#[test]
fn f57_one_address_of_two_people_links_neither() {
    let person = |id: &str, first: &str| MatchPerson {
        id: id.into(),
        first_name: first.into(),
        last_name: "Lee".into(),
        maiden_name: String::new(),
        emails: vec!["family@example.com".into()],
        phones: vec!["+447700900318".into()],
    };
    let party = |client_id: &str, first: &str, day: &str| MatchParty {
        client_id: client_id.into(),
        people: vec![person(client_id, first)],
        projects: vec![(format!("{client_id}-job"), Some(day.to_owned()))],
    };
    let advice = |first: &str, day: &str| {
        let staged = party("s", first, day);
        let found = KeyMatcher.candidates(&staged, &[party("h", "Ann", "2026-06-13")]);
        found.into_iter().map(|found| found.advice).collect::<Vec<_>>()
    };
    assert_eq!(advice("Ann", "2026-06-13"), [Advice::Link], "the same person");
    for (first, day) in [("Beth", "2026-06-13"), ("Beth", "2027-05-01"), ("Ann", "2027-05-01")] {
        assert!(
            !advice(first, day).contains(&Advice::Link),
            "{first} on {day}: a person decides, or nobody is meant"
        );
    }
}
