//! Scoring by key: what speaks for and against two parties being the same, in points a person can follow.

use std::collections::BTreeSet;

use super::{Advice, Candidate, Evidence, MatchKey, MatchParty, MatchPerson, Matcher};
use super::{fold_name, full_name, party_keys, phone_key};

/// Below this a candidate is not mentioned.
const ASK_FROM: i32 = 60;
/// From this on, with a strong identifier and nothing against it, a link is proposed.
const LINK_FROM: i32 = 90;

/// Compares normalised e-mail, phone, names and wedding dates.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyMatcher;

impl Matcher for KeyMatcher {
    fn keys(&self, party: &MatchParty) -> Vec<MatchKey> {
        party_keys(party)
    }

    fn candidates(&self, party: &MatchParty, held: &[MatchParty]) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = held
            .iter()
            .filter(|other| other.client_id != party.client_id)
            .filter_map(|other| compare(party, other))
            .collect();
        found.sort_by(|left, right| {
            right.score.cmp(&left.score).then_with(|| left.client_id.cmp(&right.client_id))
        });
        if found.len() > 1 {
            // Two that may be it: never the first match (SYNC-LAW 23).
            for candidate in &mut found {
                candidate.advice = Advice::Ask;
            }
        }
        found
    }
}

/// How well two people agree.
struct PersonMatch {
    points: i32,
    strong: bool,
    against: bool,
    evidence: Vec<Evidence>,
}

fn compare(staged: &MatchParty, held: &MatchParty) -> Option<Candidate> {
    let mut evidence = Vec::new();
    let mut people = Vec::new();
    let (mut points, mut strong, mut against) = (Vec::new(), false, false);
    for (index, other, found) in pairs(staged, held) {
        strong |= found.strong;
        against |= found.against;
        points.push(found.points);
        evidence.extend(found.evidence);
        if found.points > 0 {
            people.push((staged.people[index].id.clone(), held.people[other].id.clone()));
        }
    }
    if people.is_empty() {
        return None;
    }
    // The second person of a couple confirms; they do not count as much as the first again. The first is whoever agrees
    // best: which of the two a side lists first says nothing.
    points.sort_by_key(|points| std::cmp::Reverse(*points));
    let mut score: i32 = points.iter().take(1).chain(points.iter().skip(1).map(|other| other.min(&20))).sum();
    let projects = same_projects(staged, held);
    let dates = |party: &MatchParty| party.projects.iter().any(|(_, date)| date.is_some());
    if let Some((_, _, date)) = projects.first() {
        score += 30;
        evidence.push(Evidence { code: "match.same_date".into(), points: 30, detail: date.clone() });
    } else if dates(staged) && dates(held) {
        score -= 35;
        against = true;
        evidence.push(Evidence { code: "match.other_date".into(), points: -35, detail: String::new() });
    }
    if score < ASK_FROM {
        return None;
    }
    Some(Candidate {
        client_id: held.client_id.clone(),
        score: score.min(100),
        advice: if score >= LINK_FROM && strong && !against { Advice::Link } else { Advice::Ask },
        evidence,
        people,
        projects: projects.into_iter().map(|(staged, held, _)| (staged, held)).collect(),
    })
}

/// Who of one party is whom of the other, each at most once, in the order of the first. Whoever agree best are paired
/// first: of a couple with one address the other partner must not take the place of the one who is there.
fn pairs(staged: &MatchParty, held: &MatchParty) -> Vec<(usize, usize, PersonMatch)> {
    let mut all = Vec::new();
    for (index, person) in staged.people.iter().enumerate() {
        for (other, there) in held.people.iter().enumerate() {
            let found = compare_people(person, there);
            if !found.evidence.is_empty() {
                all.push((index, other, found));
            }
        }
    }
    all.sort_by_key(|(index, other, found)| (std::cmp::Reverse(found.points), *index, *other));
    let (mut seen, mut taken) = (BTreeSet::new(), BTreeSet::new());
    all.retain(|(index, other, found)| {
        let free = !taken.contains(other) && seen.insert(*index);
        if free && found.points > 0 {
            taken.insert(*other);
        }
        free
    });
    all.sort_by_key(|(index, ..)| *index);
    all
}

fn compare_people(staged: &MatchPerson, held: &MatchPerson) -> PersonMatch {
    let mut found = PersonMatch { points: 0, strong: false, against: false, evidence: Vec::new() };
    let mut add = |code: &str, points: i32, detail: &str| {
        found.points += points;
        found.evidence.push(Evidence { code: code.into(), points, detail: detail.into() });
    };
    let email = staged.emails.iter().find(|email| {
        held.emails.iter().any(|other| email.trim().to_lowercase() == other.trim().to_lowercase())
    });
    if let Some(email) = email {
        add("match.same_email", 55, email);
    }
    let phone = staged.phones.iter().find(|phone| {
        phone_key(phone)
            .is_some_and(|key| held.phones.iter().any(|other| phone_key(other) == Some(key.clone())))
    });
    if let Some(phone) = phone {
        add("match.same_phone", 40, phone);
    }
    let strong = email.is_some() || phone.is_some();
    let first = |person: &MatchPerson| fold_name(&person.first_name);
    let last = |person: &MatchPerson| fold_name(&person.last_name);
    let maiden = |person: &MatchPerson| fold_name(&person.maiden_name);
    let same_first = !first(staged).is_empty() && first(staged) == first(held);
    let mut against = false;
    if same_first && last(staged) == last(held) {
        add("match.same_name", 35, &full_name(&held.first_name, &held.last_name));
    } else if same_first
        && ((!maiden(staged).is_empty() && maiden(staged) == last(held))
            || (!maiden(held).is_empty() && maiden(held) == last(staged)))
    {
        add("match.maiden_name", 30, &full_name(&held.first_name, &held.last_name));
    } else if same_first && strong {
        add("match.same_first_name", 15, &held.first_name);
    } else if strong && !first(staged).is_empty() && !first(held).is_empty() && !same_first {
        // A family or studio address can stand for several people (SYNC-LAW 22, F57).
        against = true;
        add("match.other_person", -40, &full_name(&held.first_name, &held.last_name));
    }
    found.strong = strong && !against;
    found.against = against;
    found
}

/// Projects with the same wedding date, each held one at most once: (staged id, held id, date).
fn same_projects(staged: &MatchParty, held: &MatchParty) -> Vec<(String, String, String)> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut pairs = Vec::new();
    for (staged_id, date) in &staged.projects {
        let Some(date) = date else { continue };
        let other = held
            .projects
            .iter()
            .find(|(id, other)| other.as_ref() == Some(date) && !taken.contains(id.as_str()));
        if let Some((held_id, _)) = other {
            taken.insert(held_id);
            pairs.push((staged_id.clone(), held_id.clone(), date.clone()));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, first: &str, last: &str, email: &str, phone: &str) -> MatchPerson {
        let list = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        MatchPerson {
            id: id.into(),
            first_name: first.into(),
            last_name: last.into(),
            maiden_name: String::new(),
            emails: list(email),
            phones: list(phone),
        }
    }

    fn party(id: &str, people: Vec<MatchPerson>, date: &str) -> MatchParty {
        MatchParty { client_id: id.into(), people, projects: vec![(format!("{id}-p"), Some(date.into()))] }
    }

    fn only(staged: &MatchParty, held: &MatchParty) -> Option<Candidate> {
        let mut found = KeyMatcher.candidates(staged, std::slice::from_ref(held));
        assert!(found.len() <= 1);
        found.pop()
    }

    #[test]
    fn same_email_and_name_proposes_the_link() {
        let staged = party("s", vec![person("1", "Zoë", "O’Neill", "Zoe@example.com", "")], "2026-06-13");
        let held = party("h", vec![person("2", "Zoe", "O'Neill", "zoe@example.com", "")], "2026-06-13");
        let found = only(&staged, &held).expect("a candidate");
        assert_eq!(found.advice, Advice::Link);
        assert_eq!(found.people, [("1".to_owned(), "2".to_owned())]);
        assert_eq!(found.projects, [("s-p".to_owned(), "h-p".to_owned())]);
    }

    #[test]
    fn phone_in_another_notation_is_the_same_phone() {
        let staged = party("s", vec![person("1", "Ann", "Lee", "", "+447700900318")], "2026-06-13");
        let held = party("h", vec![person("2", "Ann", "Lee", "", "07700 900 318")], "2026-06-13");
        assert_eq!(only(&staged, &held).expect("a candidate").advice, Advice::Link);
    }

    #[test]
    fn maiden_name_and_date_ask() {
        let mut bride = person("1", "Ann", "Lee", "", "");
        bride.maiden_name = "Park".into();
        let staged = party("s", vec![bride], "2026-06-13");
        let held = party("h", vec![person("2", "Ann", "Park", "", "")], "2026-06-13");
        let found = only(&staged, &held).expect("a candidate");
        assert_eq!((found.advice, found.score), (Advice::Ask, 60));
    }

    #[test]
    fn partner_listed_first_is_still_the_couple() {
        let staged = party(
            "s",
            vec![person("1", "Ann", "Lee", "", ""), person("2", "Bo", "Hay", "", "")],
            "2026-06-13",
        );
        let held = party(
            "h",
            vec![person("3", "Bo", "Hay", "", ""), person("4", "Ann", "Lee", "", "")],
            "2026-06-13",
        );
        let found = only(&staged, &held).expect("a candidate");
        assert_eq!(found.people, [("1".to_owned(), "4".to_owned()), ("2".to_owned(), "3".to_owned())]);
        assert_eq!(found.score, 85);
    }

    #[test]
    fn the_person_with_the_address_may_be_listed_second() {
        let couple = |first, second| party("s", vec![first, second], "2026-06-13");
        let staged =
            couple(person("1", "Ann", "Lee", "", ""), person("2", "Bo", "Hay", "bo@example.com", ""));
        let mut held =
            couple(person("3", "Bo", "Hay", "bo@example.com", ""), person("4", "Ann", "Lee", "", ""));
        held.client_id = "h".into();
        let found = only(&staged, &held).expect("a candidate");
        assert_eq!((found.advice, found.score), (Advice::Link, 100));
    }

    #[test]
    fn inv_22_siblings_behind_one_address_are_not_one_client() {
        let staged = party("s", vec![person("1", "Ann", "Lee", "family@example.com", "")], "2026-06-13");
        let held = party("h", vec![person("2", "Beth", "Lee", "family@example.com", "")], "2027-05-01");
        assert_eq!(only(&staged, &held), None);
    }

    #[test]
    fn inv_23_two_candidates_never_link() {
        let staged = party("s", vec![person("1", "Ann", "Lee", "ann@example.com", "")], "2026-06-13");
        let one = party("h1", vec![person("2", "Ann", "Lee", "ann@example.com", "")], "2026-06-13");
        let two = party("h2", vec![person("3", "Ann", "Lee", "ann@example.com", "")], "2026-06-13");
        let found = KeyMatcher.candidates(&staged, &[two, one]);
        assert_eq!(found.iter().map(|c| c.client_id.as_str()).collect::<Vec<_>>(), ["h1", "h2"]);
        assert!(found.iter().all(|candidate| candidate.advice == Advice::Ask));
    }

    #[test]
    fn a_party_is_found_under_its_keys() {
        let staged = party("s", vec![person("1", "Ann", "Lee", "A@x.com", "+44 7700 900318")], "2026-06-13");
        let held = party("h", vec![person("2", "ann", "lee", "a@X.com", "07700900318")], "2026-06-13");
        assert_eq!(
            party_keys(&staged),
            party_keys(&held),
            "the same person in two notations has the same keys"
        );
    }
}
