//! Rows and stored records that no exact key brings together: one changed key part, where only one fits, is an update.

use std::collections::HashMap;

use super::keys::{Part, Parts};

/// The part that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Email,
    Name,
    Date,
    Project,
    Extra,
}

impl Changed {
    /// Its name; a message id below `changed.`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Changed::Email => "email",
            Changed::Name => "name",
            Changed::Date => "date",
            Changed::Project => "project",
            Changed::Extra => "number",
        }
    }

    /// The part of this name.
    pub(super) fn parse(name: &str) -> Option<Changed> {
        [Changed::Email, Changed::Name, Changed::Date, Changed::Project, Changed::Extra]
            .into_iter()
            .find(|part| part.as_str() == name)
    }
}

/// The one part in which two keys differ; none where they differ in more, or agree in nothing that tells who it is.
pub(super) fn one_changed(old: &Parts, new: &Parts) -> Option<Changed> {
    let parts: [(Changed, Part, Part); 5] = [
        (Changed::Email, old.email, new.email),
        (Changed::Name, old.name, new.name),
        (Changed::Date, old.date, new.date),
        (Changed::Project, old.project, new.project),
        (Changed::Extra, old.extra, new.extra),
    ];
    let mut changed = None;
    let mut same = 0;
    for (which, before, after) in parts {
        if before == 0 && after == 0 {
            continue;
        }
        if before == after {
            same += 1;
        } else if changed.replace(which).is_some() {
            return None;
        }
    }
    // A phone number is no part of the key, but who answers to it is the same.
    let phone = old.phone != 0 && old.phone == new.phone;
    let same_name = old.name != 0 && old.name == new.name;
    let who = phone || same_name || old.email != 0 && old.email == new.email;
    let enough = same + usize::from(phone) >= 2
        // All there is to go by, and a whole name.
        || same == 1 && same_name && old.full && old.email == 0 && new.email == 0
        || same == 1 && same_name && old.full && changed == Some(Changed::Email);
    changed.filter(|_| who && enough)
}

/// What became of a row that was left over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// The record it is, and what changed.
    Is(usize, Changed),
    /// Several records it may be.
    Several(Vec<usize>),
}

/// Brings left-over rows and left-over records together. Both lists keep their order; the answer is by position in
/// `new`. Whatever two claim, none gets.
pub(super) fn bring_together(old: &[Parts], new: &[Parts]) -> HashMap<usize, Match> {
    let mut index: HashMap<(u8, Part), Vec<usize>> = HashMap::new();
    let keys = |parts: &Parts| [(0, parts.email), (1, parts.name), (2, parts.phone)];
    for (at, parts) in old.iter().enumerate() {
        for key in keys(parts).into_iter().filter(|(_, part)| *part != 0) {
            index.entry(key).or_default().push(at);
        }
    }
    let mut found: Vec<(usize, Vec<(usize, Changed)>)> = Vec::new();
    let mut claims: HashMap<usize, u32> = HashMap::new();
    for (at, parts) in new.iter().enumerate() {
        let mut candidates: Vec<usize> =
            keys(parts).iter().filter_map(|key| index.get(key)).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        let fitting: Vec<(usize, Changed)> = candidates
            .into_iter()
            .filter_map(|one| Some((one, one_changed(old.get(one)?, parts)?)))
            .collect();
        for (one, _) in &fitting {
            *claims.entry(*one).or_default() += 1;
        }
        if !fitting.is_empty() {
            found.push((at, fitting));
        }
    }
    let alone = |one: usize| claims.get(&one) == Some(&1);
    found
        .into_iter()
        .filter_map(|(at, fitting)| match fitting.as_slice() {
            [(one, changed)] if alone(*one) => Some((at, Match::Is(*one, *changed))),
            [_] => None,
            several => Some((at, Match::Several(several.iter().map(|(one, _)| *one).collect()))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::keys::part;

    fn row(email: &str, name: &str, date: &str) -> Parts {
        Parts {
            email: part(email),
            name: part(name),
            full: name.contains(' '),
            date: part(date),
            ..Parts::default()
        }
    }

    #[test]
    fn one_changed_part_is_an_update() {
        let old = row("a@x.com", "ann lee", "2026-06-13");
        assert_eq!(one_changed(&old, &row("b@x.com", "ann lee", "2026-06-13")), Some(Changed::Email));
        assert_eq!(one_changed(&old, &row("a@x.com", "ann lee", "2026-06-14")), Some(Changed::Date));
        assert_eq!(one_changed(&old, &row("a@x.com", "anna lee", "2026-06-13")), Some(Changed::Name));
    }

    #[test]
    fn a_shared_day_is_nobody() {
        let old = row("a@x.com", "ann lee", "2026-06-13");
        assert_eq!(one_changed(&old, &row("c@x.com", "cy fox", "2026-06-13")), None);
        let (old, new) = (row("", "ann lee", "2026-06-13"), row("", "cy fox", "2026-06-13"));
        assert_eq!(one_changed(&old, &new), None, "the day alone says nothing of who it is");
    }

    #[test]
    fn siblings_behind_one_address_are_two() {
        let old = row("family@x.com", "ann lee", "2026-06-13");
        assert_eq!(one_changed(&old, &row("family@x.com", "beth lee", "2027-05-01")), None);
    }

    #[test]
    fn inv_23_what_two_claim_none_gets_and_several_are_asked() {
        let old = [row("a@x.com", "ann lee", "1"), row("b@x.com", "ann lee", "1")];
        let found = bring_together(&old, &[row("c@x.com", "ann lee", "1")]);
        assert_eq!(found[&0], Match::Several(vec![0, 1]));
        let new = [row("c@x.com", "ann lee", "1"), row("d@x.com", "ann lee", "1")];
        assert_eq!(bring_together(&old[..1], &new), HashMap::new());
        let found = bring_together(&old[..1], &new[..1]);
        assert_eq!(found[&0], Match::Is(0, Changed::Email));
    }
}
