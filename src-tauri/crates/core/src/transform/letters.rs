//! Capitals and small letters of names, only where a person asked for it.

use crate::parse::clean::fold;

/// Names in capitals or small letters as names are written; a word that already mixes them is left alone.
pub fn name_case(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let last = words.len().saturating_sub(1);
    words.iter().enumerate().map(|(index, word)| name_word(word, index, last)).collect::<Vec<_>>().join(" ")
}

fn name_word(word: &str, index: usize, last: usize) -> String {
    let has_upper = word.chars().any(char::is_uppercase);
    let has_lower = word.chars().any(char::is_lowercase);
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    if has_upper && has_lower || letters == 0 {
        return word.to_owned();
    }
    // Initials stay as they are: "J.", "JP" typed among capitals cannot be told from a short name.
    if letters == 1 {
        return word.to_uppercase();
    }
    let folded = fold(word);
    let bare = folded.trim_end_matches(['.', ',']);
    if index > 0
        && index < last
        && [
            "van", "von", "de", "del", "della", "der", "den", "di", "da", "das", "do", "dos", "du", "la",
            "le", "ter", "ten", "te", "zu", "y", "e", "bin", "ibn", "al", "el", "of",
        ]
        .contains(&bare)
    {
        return word.to_lowercase();
    }
    if ["ii", "iii", "iv", "mbe", "obe", "cbe", "qc", "kc"].contains(&bare) && index > 0 {
        return word.to_uppercase();
    }
    let mut out = String::with_capacity(word.len());
    for (part_index, part) in word.to_lowercase().split_inclusive(['-', '\'', '’', '.', '/']).enumerate() {
        // After an apostrophe only what follows O and D is a name ("O'Neill", "D'Angelo"); "Sarah's" keeps its s.
        let follows = out.trim_end_matches(['\'', '’']);
        let after_apostrophe = part_index > 0 && out.ends_with(['\'', '’']);
        let own = after_apostrophe
            && follows.rsplit(['-', ' ']).next().is_some_and(|start| start.chars().count() > 1);
        if own { out.push_str(part) } else { out.push_str(&capitalise(part)) }
    }
    out
}

/// The first letter as a capital, and the one after Mc.
fn capitalise(part: &str) -> String {
    let mut letters = part.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    let mut out: String = first.to_uppercase().collect();
    match (first, rest.strip_prefix('c')) {
        ('m', Some(name)) if name.chars().count() > 2 => {
            out.push('c');
            out.push_str(&capitalise(name));
        }
        _ => out.push_str(rest),
    }
    out
}

/// Small letters with a capital in front.
pub fn sentence_case(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut letters = lower.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cased_as_names_are_written() {
        for (before, after) in [
            ("SARAH O'NEILL", "Sarah O'Neill"),
            ("sinéad o’connor", "Sinéad O’Connor"),
            ("FIONA MCDONALD", "Fiona McDonald"),
            ("mary-jane smith-jones", "Mary-Jane Smith-Jones"),
            ("ANNA VAN DER BERG", "Anna van der Berg"),
            ("JOHN SMITH III", "John Smith III"),
            ("Ludwig DeVito", "Ludwig DeVito"),
            ("j. k. rowling", "J. K. Rowling"),
            ("ÉMILIE ÇELIK", "Émilie Çelik"),
        ] {
            assert_eq!(name_case(before), after, "{before}");
        }
    }
}
