//! Reading a column header: its words, the person it speaks of, and what remains.

use crate::parse::clean::fold;

/// The person that a header speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    None,
    Partner,
    Planner,
    Parent,
}

impl Role {
    /// The slot in front of a field; the first person has none.
    pub(super) fn slot(self) -> Option<&'static str> {
        match self {
            Role::None => None,
            Role::Partner => Some("partner"),
            Role::Planner => Some("planner"),
            Role::Parent => Some("parent"),
        }
    }

    pub(super) fn of_slot(slot: &str) -> Role {
        match slot {
            "partner" => Role::Partner,
            "planner" => Role::Planner,
            "parent" => Role::Parent,
            _ => Role::None,
        }
    }
}

/// A header in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// As it stands.
    pub(super) label: String,
    /// All words, folded.
    pub(super) whole: String,
    /// The words without those that name a person.
    pub(super) rest: String,
    /// The person.
    pub(super) role: Role,
    /// Whether it speaks of two people ("Bride & Groom").
    pub(super) names_couple: bool,
}

/// Who is meant, longest first. The first person of a client needs no slot.
const PEOPLE: &[(&str, Role)] = &[
    ("mother of the bride", Role::Parent),
    ("father of the bride", Role::Parent),
    ("mother of the groom", Role::Parent),
    ("father of the groom", Role::Parent),
    ("mother of bride", Role::Parent),
    ("father of bride", Role::Parent),
    ("parents", Role::Parent),
    ("parent", Role::Parent),
    ("mob", Role::Parent),
    ("wedding planner", Role::Planner),
    ("event planner", Role::Planner),
    ("planner", Role::Planner),
    ("coordinator", Role::Planner),
    ("alternate contact", Role::Partner),
    ("alternative contact", Role::Partner),
    ("alt contact", Role::Partner),
    ("secondary contact", Role::Partner),
    ("second contact", Role::Partner),
    ("secondary client", Role::Partner),
    ("second client", Role::Partner),
    ("second partner", Role::Partner),
    ("second person", Role::Partner),
    ("partner two", Role::Partner),
    ("partner 2", Role::Partner),
    ("partner b", Role::Partner),
    ("client two", Role::Partner),
    ("client 2", Role::Partner),
    ("contact 2", Role::Partner),
    ("person 2", Role::Partner),
    ("spouse 2", Role::Partner),
    ("bride 2", Role::Partner),
    ("groom 2", Role::Partner),
    ("p2", Role::Partner),
    ("first partner", Role::None),
    ("partner one", Role::None),
    ("partner 1", Role::None),
    ("partner a", Role::None),
    ("client one", Role::None),
    ("client 1", Role::None),
    ("contact 1", Role::None),
    ("person 1", Role::None),
    ("spouse 1", Role::None),
    ("bride 1", Role::None),
    ("groom 1", Role::None),
    ("p1", Role::None),
    ("primary contact", Role::None),
    ("main contact", Role::None),
    ("primary client", Role::None),
    ("main client", Role::None),
    ("partners", Role::Partner),
    ("partner", Role::Partner),
    ("fiance e", Role::Partner),
    ("fiancee", Role::Partner),
    ("fiance", Role::Partner),
    ("spouse", Role::Partner),
    ("grooms", Role::Partner),
    ("groom", Role::Partner),
    ("husband", Role::Partner),
    ("brautigam", Role::Partner),
    ("bruidegom", Role::Partner),
    ("conjointe", Role::Partner),
    ("conjoint", Role::Partner),
    ("fidanzato", Role::Partner),
    ("pareja", Role::Partner),
    ("novio", Role::Partner),
    ("sposo", Role::Partner),
    ("marie", Role::Partner),
    ("brides", Role::None),
    ("bride", Role::None),
    ("wife", Role::None),
    ("braut", Role::None),
    ("bruid", Role::None),
    ("epouse", Role::None),
    ("epoux", Role::Partner),
    ("novia", Role::None),
    ("sposa", Role::None),
    ("mariee", Role::None),
    ("clients", Role::None),
    ("client", Role::None),
    ("customer", Role::None),
    ("contact", Role::None),
    ("primary", Role::None),
    ("kunde", Role::None),
    ("lead", Role::None),
];

/// Reads a header.
pub(super) fn read_header(label: &str) -> Header {
    let whole = words(label);
    let has = |word: &str| whole.split(' ').any(|own| own == word);
    let names_couple = (has("bride") || has("brides")) && (has("groom") || has("grooms")) && !has("of")
        || has("couple")
        || has("couples");
    if names_couple {
        let rest = without(&without(&without(&whole, "bride"), "groom"), "and");
        let rest = if matches!(rest.as_str(), "" | "names" | "name" | "couple" | "couples" | "s") {
            "full name".to_owned()
        } else {
            rest
        };
        return Header { label: label.to_owned(), whole, rest, role: Role::None, names_couple };
    }
    for (phrase, role) in PEOPLE {
        let padded = format!(" {whole} ");
        if padded.contains(&format!(" {phrase} ")) {
            let rest = without(&whole, phrase);
            let rest =
                rest.trim_start_matches("s ").trim_start_matches("the ").trim_end_matches(" of").to_owned();
            let rest = if rest.is_empty() || rest == "s" { "full name".to_owned() } else { rest };
            return Header { label: label.to_owned(), whole, rest, role: *role, names_couple };
        }
    }
    Header { label: label.to_owned(), rest: whole.clone(), whole, role: Role::None, names_couple }
}

fn without(text: &str, phrase: &str) -> String {
    let padded = format!(" {text} ").replacen(&format!(" {phrase} "), " ", 1);
    padded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Short forms in headers, written out word by word ("dep paid", "bal due", "amt").
pub(super) fn written_out(words: &str) -> String {
    const SHORT: &[(&str, &str)] = &[
        ("addr", "address"),
        ("dep", "deposit"),
        ("bal", "balance"),
        ("amt", "amount"),
        ("inv", "invoice"),
        ("pmt", "payment"),
        ("pymt", "payment"),
        ("loc", "location"),
        ("dt", "date"),
        ("ph", "phone"),
        ("mob", "mobile"),
        ("num", "number"),
        ("nr", "number"),
        ("org", "organisation"),
        ("msg", "message"),
    ];
    let long = |word: &str| SHORT.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
    words.split(' ').map(|word| long(word).unwrap_or(word).to_owned()).collect::<Vec<_>>().join(" ")
}

/// Folded words: `firstName`, `FIRST_NAME`, `First-Name` and "Prénom" become plain words.
pub(super) fn words(label: &str) -> String {
    let mut out = String::with_capacity(label.len() + 4);
    let mut before: Option<char> = None;
    for character in label.chars().take(200) {
        let starts = character.is_uppercase() && before.is_some_and(char::is_lowercase);
        let figure = character.is_ascii_digit()
            && before.is_some_and(char::is_alphabetic)
            && before != Some('p')
            && before != Some('P');
        if starts || figure {
            out.push(' ');
        }
        // An apostrophe joins ("Bride's"), every other sign separates.
        match character {
            '\'' | '’' => out.push(' '),
            '&' | '+' => out.push_str(" and "),
            other if other.is_alphanumeric() => out.push(other),
            _ => out.push(' '),
        }
        before = Some(character);
    }
    let folded = fold(&out);
    let kept: Vec<&str> = folded.split_whitespace().filter(|word| *word != "s").collect();
    kept.join(" ")
}
