//! Keys: the normalised texts under which a party can be found, the same for staged and held parties.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{KeyKind, MatchKey, MatchParty, MatchPerson};

/// A name as it is compared: accents, case, apostrophes, hyphens and spaces do not count.
pub fn fold_name(name: &str) -> String {
    name.nfd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .filter(|character| character.is_alphanumeric())
        .collect()
}

/// First and last name as one text.
pub fn full_name(first: &str, last: &str) -> String {
    match (first.trim(), last.trim()) {
        ("", last) => last.to_owned(),
        (first, "") => first.to_owned(),
        (first, last) => format!("{first} {last}"),
    }
}

/// The last nine digits of a number in any notation: enough to be nearly unique, and the same for national and
/// international writing. `None` when there are fewer than seven digits.
pub fn phone_key(text: &str) -> Option<String> {
    let digits: Vec<char> = text
        .chars()
        .filter_map(|character| character.to_digit(10))
        .filter_map(|d| char::from_digit(d, 10))
        .collect();
    if digits.len() < 7 {
        return None;
    }
    Some(digits[digits.len().saturating_sub(9)..].iter().collect())
}

/// Every key of a party, each once, in a stable order.
pub fn party_keys(party: &MatchParty) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let dates: Vec<&str> = party.projects.iter().filter_map(|(_, date)| date.as_deref()).collect();
    for person in &party.people {
        for email in &person.emails {
            let email = email.trim().to_lowercase();
            if !email.is_empty() {
                keys.push(MatchKey { kind: KeyKind::Email, value: email });
            }
        }
        for phone in &person.phones {
            if let Some(value) = phone_key(phone) {
                keys.push(MatchKey { kind: KeyKind::Phone, value });
            }
        }
        for name in names(person) {
            for date in &dates {
                keys.push(MatchKey { kind: KeyKind::NameDate, value: format!("{name}|{date}") });
            }
            keys.push(MatchKey { kind: KeyKind::Name, value: name });
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Folded names a person may be known by: today's, and the one before marriage.
fn names(person: &MatchPerson) -> Vec<String> {
    let mut names = vec![fold_name(&full_name(&person.first_name, &person.last_name))];
    if !person.maiden_name.trim().is_empty() {
        names.push(fold_name(&full_name(&person.first_name, &person.maiden_name)));
    }
    names.retain(|name| !name.is_empty());
    names
}
