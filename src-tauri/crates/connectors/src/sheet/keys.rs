//! What a row is known by: its key parts, compared as hashes, because a book may have a hundred thousand.

use hub_core::canonical::{ShortId, hex, short_id};
use hub_core::parse::clean::fold;
use hub_core::parse::parse_date;

use super::facts::{Facts, PersonFacts};

/// A part of a key; 0 is none.
pub(super) type Part = u64;

/// Hash of a text; none for a blank.
pub(super) fn part(text: &str) -> Part {
    let text = text.trim();
    if text.is_empty() {
        return 0;
    }
    let mut bytes = [0_u8; 8];
    for (to, from) in bytes.iter_mut().zip(short_id(text)) {
        *to = from;
    }
    // No text is no part.
    u64::from_le_bytes(bytes).max(1)
}

/// A day, however it is written; text that is no day stands for itself.
pub(super) fn day(text: &str) -> Part {
    match parse_date(text, None) {
        Ok(Some(reading)) => part(&reading.date.to_string()),
        Ok(None) => 0,
        Err(_) => part(&fold(text)),
    }
}

/// The key parts of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) email: Part,
    pub(super) name: Part,
    /// Whether the name has more than one word.
    pub(super) full: bool,
    pub(super) phone: Part,
    pub(super) date: Part,
    pub(super) project: Part,
    /// Number or day of an invoice or payment.
    pub(super) extra: Part,
}

impl Parts {
    pub(super) fn of(facts: &Facts) -> Parts {
        let nobody = PersonFacts::default();
        let first = facts.people.first().unwrap_or(&nobody);
        let name = first.name();
        let extra =
            [facts.invoice.text("number"), facts.invoice.text("title"), facts.payment.text("paid_on")];
        // The number of an invoice says all; a payment without one is known by its day.
        let extra = match extra {
            ["", "", ""] => String::new(),
            ["", title, paid] => format!("{title}\n{paid}"),
            [number, title, _] => format!("{number}\n{title}"),
        };
        Parts {
            email: part(&first.email()),
            full: name.contains(' '),
            name: part(&name),
            phone: part(&first.phone()),
            date: day(facts.project.text("wedding_date")),
            project: part(&fold(facts.project.text("name"))),
            extra: part(&extra),
        }
    }

    /// The exact key: e-mail, else name, with project and date.
    pub(super) fn exact(&self, stream: &str) -> ShortId {
        let who = if self.email == 0 { self.name } else { self.email };
        short_id(&format!("row\n{stream}\n{who:x}\n{:x}\n{:x}\n{:x}", self.project, self.date, self.extra))
    }
}

/// What a person is known by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PersonKey {
    pub(super) email: Part,
    pub(super) name: Part,
    /// The given name alone: a couple's cell lends one of the two the other's family name.
    pub(super) first: Part,
    pub(super) phone: Part,
    pub(super) role: Option<Role>,
}

impl PersonKey {
    pub(super) fn of(person: &PersonFacts) -> PersonKey {
        PersonKey {
            email: part(&person.email()),
            name: part(&person.name()),
            first: part(&fold(person.leaves.text("first_name"))),
            phone: part(&person.phone()),
            role: person.role.as_deref().and_then(Role::parse),
        }
    }
}

/// The part a person plays in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Primary,
    Partner,
    Parent,
    Planner,
    Other,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Role::Primary => "primary",
            Role::Partner => "partner",
            Role::Parent => "parent",
            Role::Planner => "planner",
            Role::Other => "other",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Role> {
        [Role::Primary, Role::Partner, Role::Parent, Role::Planner, Role::Other]
            .into_iter()
            .find(|role| role.as_str() == name)
    }

    /// Whether they book.
    pub(crate) fn books(self) -> bool {
        matches!(self, Role::Primary | Role::Partner)
    }
}

/// An id as it stands in records and references.
pub(super) fn text_of(id: &ShortId) -> String {
    hex(id)
}

/// The id of such a text.
pub(super) fn id_of(text: &str) -> Option<ShortId> {
    let mut id = ShortId::default();
    if text.len() != id.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (to, at) in id.iter_mut().zip((0..).step_by(2)) {
        *to = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_day_in_every_notation() {
        assert_eq!(day("Dec 31, 2024"), day("2024-12-31T00:00:00.000Z"));
        assert_eq!(day("TBC"), 0);
        assert_ne!(day("3/4/2026"), 0, "what could be two days is compared as it is written");
    }

    #[test]
    fn ids_are_written_and_read() {
        let id = short_id("x");
        assert_eq!(id_of(&text_of(&id)), Some(id));
        assert_eq!(id_of("no id"), None);
    }
}
