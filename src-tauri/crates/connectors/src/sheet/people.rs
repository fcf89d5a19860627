//! People out of cells: couples in one cell, roles in brackets, addresses between names (PROVIDERS, part A).

use hub_core::parse::{PersonName, parse_email, parse_names};

/// A person as a cell tells of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// The name; nothing where the cell holds an address only.
    pub(super) name: PersonName,
    /// The address beside it.
    pub(super) email: Option<String>,
}

/// The people of a name cell; nobody for a placeholder, a firm or a blank.
pub(super) fn of_name(cell: &str) -> Vec<PersonName> {
    match parse_names(cell) {
        Ok(Some(reading)) => reading.people,
        Ok(None) | Err(_) => Vec::new(),
    }
}

/// First and further given names, as they are written.
pub(super) fn given(name: &PersonName) -> Option<String> {
    let parts: Vec<&str> = [&name.first, &name.middle].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// "Rebecca W. (rebecca@x.com), Mike C. mike@y.com, Ed Chen (FOB)".
pub(super) fn of_contacts(cell: &str) -> Vec<Told> {
    let mut people: Vec<Told> = Vec::new();
    for segment in cell.split([',', ';', '\n', '\r']) {
        let (mut words, mut email) = (Vec::new(), None);
        for word in segment.split_whitespace() {
            let bare = word.trim_matches(['(', ')', '<', '>', '[', ']']);
            if bare.contains('@') && email.is_none() {
                email = match parse_email(bare) {
                    Ok(Some(reading)) => Some(reading.address),
                    Ok(None) | Err(_) => None,
                };
            } else {
                words.push(word);
            }
        }
        let named = of_name(&words.join(" "));
        if named.is_empty() {
            match (email, people.last_mut()) {
                (Some(email), Some(before)) if before.email.is_none() => before.email = Some(email),
                (Some(email), _) => people.push(Told { name: PersonName::default(), email: Some(email) }),
                (None, _) => {}
            }
            continue;
        }
        for name in named {
            people.push(Told { name, email: email.take() });
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(cell: &str) -> Vec<(String, Option<String>, Option<String>)> {
        of_contacts(cell).into_iter().map(|one| (one.name.full(), one.email, one.name.role)).collect()
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told("Rebecca West rebecca@x.com, Mike Cole mike@y.com"),
            [
                ("Rebecca West".to_owned(), text("rebecca@x.com"), None),
                ("Mike Cole".to_owned(), text("mike@y.com"), None)
            ]
        );
        assert_eq!(
            told("Ann Lee (ann@x.com), Ed Lee (FOB)"),
            [("Ann Lee".to_owned(), text("ann@x.com"), None), ("Ed Lee".to_owned(), None, text("parent"))]
        );
        assert_eq!(told("a@x.com, b@y.com").len(), 2, "addresses alone are people without a name");
        assert_eq!(told("Whole Weekend"), []);
    }
}
