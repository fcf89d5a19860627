//! Yes and no in the words of six languages.

use super::clean::{MAX_CELL, fold, plain};
use super::problem::{Reading, Reason};

const YES: &[&str] = &[
    "yes",
    "y",
    "true",
    "t",
    "1",
    "1.0",
    "on",
    "x",
    "✓",
    "✔",
    "☑",
    "✅",
    "checked",
    "ticked",
    "wahr",
    "ja",
    "j",
    "oui",
    "o",
    "vrai",
    "si",
    "s",
    "verdadero",
    "vero",
    "waar",
    "sim",
    "yep",
    "yeah",
    "ok",
    "active",
    "enabled",
    "agreed",
    "accepted",
    "given",
    "granted",
    "opted in",
    "opt-in",
    "subscribed",
    "paid",
];
const NO: &[&str] = &[
    "no",
    "n",
    "false",
    "f",
    "0",
    "0.0",
    "off",
    "✗",
    "✘",
    "☐",
    "❌",
    "unchecked",
    "unticked",
    "not checked",
    "falsch",
    "nein",
    "non",
    "faux",
    "falso",
    "nee",
    "onwaar",
    "nao",
    "nope",
    "never",
    "inactive",
    "disabled",
    "declined",
    "refused",
    "not given",
    "denied",
    "opted out",
    "opt-out",
    "unsubscribed",
    "unpaid",
    "not paid",
    "none",
];

/// Reads yes or no. Declared words come first and are compared without case and accents.
///
/// # Errors
/// [`Reason::BooleanUnknown`] for any other word.
pub fn parse_boolean(text: &str, true_words: &[String], false_words: &[String]) -> Reading<bool> {
    if text.len() > MAX_CELL {
        return Err(Reason::BooleanUnknown.into());
    }
    let word = fold(plain(text).trim_matches(['"', '\'', '.', '!', ' ', '[', ']', '(', ')']));
    let is = |words: &[String]| words.iter().any(|declared| fold(declared.trim()) == word);
    if is(true_words) {
        return Ok(Some(true));
    }
    if is(false_words) {
        return Ok(Some(false));
    }
    if YES.contains(&word.as_str()) {
        return Ok(Some(true));
    }
    if NO.contains(&word.as_str()) {
        return Ok(Some(false));
    }
    if word.is_empty() || ["n/a", "na", "unknown", "null", "-", "?", "tbc", "tbd"].contains(&word.as_str()) {
        return Ok(None);
    }
    Err(Reason::BooleanUnknown.into())
}
