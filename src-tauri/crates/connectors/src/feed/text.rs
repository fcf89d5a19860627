//! What people wrote: unescaped, and no longer than a diary has room for.

use crate::file::plain_value;

/// Longest title, place or kind, in characters.
pub(super) const LONGEST_TITLE: usize = 500;
/// Longest description, in characters.
pub(super) const LONGEST_NOTE: usize = 20_000;

/// A value on one line; nothing for a blank one.
pub(super) fn one_line(value: &str, longest: usize) -> Option<String> {
    let text: String = plain_value(value)
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(longest)
        .collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// A value with its lines; nothing for a blank one.
pub(super) fn note(value: &str) -> Option<String> {
    let text: String = plain_value(value)
        .replace("\r\n", "\n")
        .chars()
        .filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
        .take(LONGEST_NOTE)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
