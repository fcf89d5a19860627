//! The twelve clients that the demo account already holds in WedSync, typed by hand before there was an import.
//!
//! Five are in the demo book under another face, two are siblings who share an e-mail address with a client of the
//! book and are nobody's duplicate, five are strangers to it.

use jiff::civil::{Date, date};

use super::expected::{ExpectedParty, ExpectedPerson};
use super::{Book, Special};

/// A person typed in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandTypedPerson {
    /// Given name.
    pub first: String,
    /// Family name; may be empty.
    pub last: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone as typed.
    pub phone_text: Option<String>,
    /// `primary` or `partner`.
    pub role: &'static str,
}

/// How a hand-typed client stands to the demo book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// The same booking party as this one of the book, and why.
    SameAs {
        /// Number of the party in the book.
        party: usize,
        /// What agrees.
        because: Agreement,
    },
    /// Shares an e-mail address, yet is another person with another wedding.
    NotDuplicateOf {
        /// Parties of the book.
        parties: Vec<usize>,
        /// Places in the hand-typed list.
        typed: Vec<usize>,
    },
    /// Nothing in common.
    Unrelated,
}

/// The one thing that gives a hand-typed client away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The same e-mail address in other case.
    Email,
    /// Typed under the bride's maiden name.
    MaidenName,
    /// The partner was typed first.
    PartnerFirst,
    /// The same number written another way.
    PhoneNotation,
    /// Name and wedding date, nothing else.
    NameAndDate,
}

/// A client typed in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandTyped {
    /// The people, primary first.
    pub people: Vec<HandTypedPerson>,
    /// Wedding date.
    pub wedding_date: Option<Date>,
    /// Venue.
    pub venue: Option<String>,
    /// How they stand to the demo book.
    pub relation: Relation,
}

/// The twelve, made to fit `book` (see [`super::demo`]).
pub fn hand_typed(book: &Book) -> Vec<HandTyped> {
    let parties = book.expected().parties;
    let mut taken: Vec<usize> = Vec::new();
    let mut typed = Vec::new();
    let mut same = |because: Agreement, fits: &dyn Fn(&ExpectedParty) -> bool| {
        let party = parties.iter().find(|party| !taken.contains(&party.index) && fits(party));
        let Some((party, first, second)) =
            party.and_then(|party| Some((party, party.primary()?, party.partner()?)))
        else {
            return;
        };
        taken.push(party.index);
        typed.push(HandTyped {
            people: people_of(because, first, second),
            wedding_date: party.wedding_date,
            venue: if because == Agreement::NameAndDate { None } else { party.venue.clone() },
            relation: Relation::SameAs { party: party.index, because },
        });
    };
    let plain = |party: &ExpectedParty| {
        party.index > 20 && !party.closed && party.wedding_date.is_some() && complete(party)
    };
    same(Agreement::Email, &plain);
    same(Agreement::MaidenName, &|party| party.index == Special::Maiden.home() as usize);
    same(Agreement::PartnerFirst, &plain);
    same(Agreement::PhoneNotation, &|party| plain(party) && british(party));
    same(Agreement::NameAndDate, &plain);
    typed.extend(siblings(&parties));
    typed.extend(strangers());
    typed
}

fn complete(party: &ExpectedParty) -> bool {
    let whole = |person: &ExpectedPerson| person.last_name.is_some() && person.email.is_some();
    party.primary().is_some_and(whole) && party.partner().is_some_and(whole)
}

fn british(party: &ExpectedParty) -> bool {
    let number = party.primary().and_then(|person| person.phone_e164.as_deref());
    let bare = party.primary().and_then(|person| person.phone_text.as_deref());
    number.is_some_and(|number| number.starts_with("+447")) && bare.is_some_and(|text| !text.contains("ext"))
}

fn people_of(because: Agreement, first: &ExpectedPerson, second: &ExpectedPerson) -> Vec<HandTypedPerson> {
    let name = |person: &ExpectedPerson, role| HandTypedPerson {
        first: person.first_name.clone(),
        last: person.last_name.clone().unwrap_or_default(),
        email: None,
        phone_text: None,
        role,
    };
    let (mut one, mut two) = (name(first, "primary"), name(second, "partner"));
    match because {
        Agreement::Email => one.email = first.email.as_ref().map(|email| email.to_lowercase()),
        Agreement::MaidenName => one.last = first.maiden_name.clone().unwrap_or_default(),
        Agreement::PartnerFirst => {
            (one, two) = (name(second, "primary"), name(first, "partner"));
            one.email = second.email.clone();
        }
        Agreement::PhoneNotation => one.phone_text = first.phone_e164.as_deref().map(other_notation),
        Agreement::NameAndDate => {}
    }
    vec![one, two]
}

/// `+447700900318` as `(0044) 7700-900-318`, which no generated record uses.
fn other_notation(e164: &str) -> String {
    let national = e164.trim_start_matches("+44");
    let (area, rest) = national.split_at(national.len().min(4));
    let (middle, end) = rest.split_at(rest.len().min(3));
    format!("(0044) {area}-{middle}-{end}")
}

fn siblings(parties: &[ExpectedParty]) -> Vec<HandTyped> {
    let host = Special::FamilyEmail.home() as usize;
    let Some(sister) = parties.get(host).and_then(ExpectedParty::primary) else { return Vec::new() };
    let sibling = |first: &str, wedding_date, other| HandTyped {
        people: vec![HandTypedPerson {
            first: first.to_owned(),
            last: sister.last_name.clone().unwrap_or_default(),
            email: sister.email.clone(),
            phone_text: None,
            role: "primary",
        }],
        wedding_date: Some(wedding_date),
        venue: None,
        relation: Relation::NotDuplicateOf { parties: vec![host], typed: vec![other] },
    };
    vec![sibling("Rebecca", date(2027, 9, 4), 6), sibling("Joel", date(2027, 10, 16), 5)]
}

fn strangers() -> Vec<HandTyped> {
    let rows = [
        ("Philippa", "Ravenscroft", "Tom", date(2026, 8, 22), "Ravens Hall"),
        ("Esme", "Tallis", "Idris", date(2026, 9, 12), "The Tithe Loft"),
        ("Bronwen", "Pritchard-Vale", "Huw", date(2026, 7, 3), "Castle Drogan"),
        ("Cosima", "Ferrante", "Luca", date(2027, 5, 29), "Villa Marisol"),
        ("Agnes", "Holloway", "June", date(2026, 12, 19), "The Winter Garden"),
    ];
    rows.into_iter()
        .map(|(first, last, partner, day, venue)| HandTyped {
            people: vec![
                HandTypedPerson {
                    first: first.to_owned(),
                    last: last.to_owned(),
                    email: Some(format!("{}@hand.example.com", first.to_lowercase())),
                    phone_text: None,
                    role: "primary",
                },
                HandTypedPerson {
                    first: partner.to_owned(),
                    last: String::new(),
                    email: None,
                    phone_text: None,
                    role: "partner",
                },
            ],
            wedding_date: Some(day),
            venue: Some(venue.to_owned()),
            relation: Relation::Unrelated,
        })
        .collect()
}
