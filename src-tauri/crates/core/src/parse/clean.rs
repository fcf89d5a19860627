//! What every parser does to a cell first: outside text made plain, without touching what it says.
//!
//! Exports carry byte-order marks, invisible direction marks, no-break spaces, typographic dashes and digits of other
//! scripts (F46). The parsers of numbers, dates and phones read the plain form; the text as typed is kept elsewhere.

use std::borrow::Cow;

/// The longest cell a parser looks at, in bytes; longer text is never a date, phone, amount or address.
pub const MAX_CELL: usize = 4_096;

/// Plain form: ASCII digits and dashes, ordinary spaces, no invisible marks, no white space at the ends.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.contains(['\r', '\t']) {
        return Cow::Borrowed(text.trim());
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match plain_char(character) {
            Some(plain) => out.push(plain),
            None => continue,
        }
    }
    Cow::Owned(out.trim().to_owned())
}

fn plain_char(character: char) -> Option<char> {
    if is_invisible(character) {
        return None;
    }
    Some(match character {
        '\r' | '\u{2028}' | '\u{2029}' => '\n',
        '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{02bc}' | '\u{ff07}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' => '"',
        '\u{066b}' => '.',
        '\u{066c}' => ',',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => match digit_value(other) {
            Some(value) => char::from(b'0' + value),
            None => other,
        },
    })
}

/// Marks that have no width and change nothing a person reads: byte-order mark, zero-width space, direction marks.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{ad}' | '\0'
    )
}

/// The value of a decimal digit of any script in use (Unicode general category Nd, the blocks seen in practice).
fn digit_value(character: char) -> Option<u8> {
    const ZEROS: [u32; 13] =
        [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xe50, 0x17e0, 0xff10];
    let code = character as u32;
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).map(|zero| (code - zero) as u8)
}

/// Whether a cell says in words or signs that there is no value.
pub fn is_blank_word(plain: &str) -> bool {
    let text = plain.trim().trim_matches(['(', ')', '[', ']', '<', '>', '.', '*']).trim();
    if text.chars().all(|character| matches!(character, '-' | '?' | '_' | '.' | '/' | '\\' | '*' | 'x' | 'X'))
        && text.len() <= 10
    {
        return true;
    }
    const WORDS: &[&str] = &[
        "n/a",
        "na",
        "n.a",
        "n.a.",
        "n.b.",
        "#n/a",
        "#n/v",
        "nan",
        "nil",
        "null",
        "none",
        "no",
        "nothing",
        "undefined",
        "unknown",
        "not known",
        "not set",
        "not given",
        "not provided",
        "no date",
        "no date yet",
        "no phone",
        "no email",
        "no e-mail",
        "tbd",
        "t.b.d",
        "tbc",
        "t.b.c",
        "tba",
        "t.b.a",
        "to be decided",
        "to be determined",
        "to be confirmed",
        "to be announced",
        "pending",
        "undecided",
        "keine",
        "aucun",
        "aucune",
        "ninguno",
        "nessuno",
        "geen",
    ];
    text.len() <= 20 && WORDS.contains(&text.to_lowercase().as_str())
}

/// Undoes what spreadsheets wrap around a cell to keep it text: a leading apostrophe, or `="..."`.
pub fn unwrap_spreadsheet(text: &str) -> &str {
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        return inner.trim();
    }
    match text.strip_prefix('\'') {
        Some(rest) if !rest.ends_with('\'') => rest.trim(),
        _ => text,
    }
}

/// Lower case without diacritics, for comparing words ("Février" and "fevrier").
pub fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let mut out = String::with_capacity(text.len());
    for character in text.nfd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'ß' => out.push_str("ss"),
            'ø' | 'Ø' => out.push('o'),
            'æ' | 'Æ' => out.push_str("ae"),
            'ł' | 'Ł' => out.push('l'),
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f46_marks_digits_and_dashes_become_plain() {
        assert_eq!(
            plain("\u{feff}\u{200e}٠٧٧٠٠\u{a0}９００–３１８\u{200f}"),
            "07700 900-318",
            "three scripts, one number"
        );
        assert_eq!(plain("  as it is "), "as it is");
        assert_eq!(unwrap_spreadsheet("=\"07700\""), "07700");
        assert_eq!(fold("Février Straße"), "fevrier strasse");
        assert!(is_blank_word("(TBC)") && is_blank_word("--") && !is_blank_word("Noa"));
    }
}
