//! Which separator, quote and escape a delimited text uses, from its first rows.

use super::record::{Dialect, Escape, Rest, Step, record};
use crate::file::header::known_words;

const SEPARATORS: &[u8] = b",;\t|^~\x1f";
const ROWS: usize = 60;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) dialect: Dialect,
    /// Bytes of a `sep=` line at the start.
    pub(super) skip: usize,
}

/// Decides from the first piece of a file.
pub(super) fn detect(sample: &str, rest: Rest) -> Found {
    let (named, skip) = named(sample);
    let sample = &sample[skip..];
    let quote = quote_of(sample);
    let escape = escape_of(sample, quote);
    let candidate = |separator: u8| Dialect { separator, quote, escape };
    if let Some(separator) = named {
        return Found { dialect: candidate(separator), skip };
    }
    let mut best = (candidate(b','), 0.0);
    for separator in SEPARATORS {
        let dialect = candidate(*separator);
        let score = score(sample, rest, dialect);
        if score > best.1 {
            best = (dialect, score);
        }
    }
    Found { dialect: best.0, skip }
}

/// `sep=;` in the first line, as Excel reads it.
fn named(sample: &str) -> (Option<u8>, usize) {
    let end = sample.find(['\n', '\r']).unwrap_or(sample.len());
    let line = sample[..end].trim().trim_matches('"');
    let Some(separator) = line.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")) else {
        return (None, 0);
    };
    let named = match &line[separator.len()..] {
        "\\t" | "" => Some(b'\t'),
        other if other.len() == 1 => Some(other.as_bytes()[0]),
        _ => None,
    };
    let Some(named) = named.filter(|byte| !b"\"\r\n".contains(byte)) else { return (None, 0) };
    let after = &sample.as_bytes()[end..];
    let line_end = if after.starts_with(b"\r\n") { 2 } else { usize::from(!after.is_empty()) };
    (Some(named), end + line_end)
}

/// Single quotes only where most cells stand in them and none in double ones.
fn quote_of(sample: &str) -> u8 {
    let lines: Vec<&str> = sample.lines().take(ROWS).filter(|line| !line.trim().is_empty()).collect();
    let single =
        lines.iter().filter(|line| line.len() > 1 && line.starts_with('\'') && line.ends_with('\'')).count();
    if single > 0 && single * 10 >= lines.len() * 8 && !sample.contains('"') { b'\'' } else { b'"' }
}

/// Backslashes are escapes where they stand before quotes that do not end a cell and no quote is doubled.
fn escape_of(sample: &str, quote: u8) -> Escape {
    let bytes = sample.as_bytes();
    let ends = |at: usize| {
        bytes.get(at).is_none_or(|byte| SEPARATORS.contains(byte) || matches!(byte, b'\n' | b'\r'))
    };
    let (mut slashed, mut doubled) = (0, 0);
    for at in 1..bytes.len() {
        if bytes[at] == quote && bytes[at - 1] == b'\\' && !ends(at + 1) {
            slashed += 1;
        }
        if bytes[at] == quote && bytes[at - 1] == quote && !ends(at + 1) && at > 1 && !ends(at - 2) {
            doubled += 1;
        }
    }
    if slashed > 0 && slashed > doubled { Escape::Backslash } else { Escape::Doubled }
}

/// 0 where the separator never divides; higher where most rows have the same number of cells, and known column names.
fn score(sample: &str, rest: Rest, dialect: Dialect) -> f64 {
    let mut widths: Vec<usize> = Vec::new();
    let mut words = 0;
    let mut open = 0;
    let (mut at, mut cells) = (0, Vec::new());
    while at < sample.len() && widths.len() < ROWS {
        match record(&sample[at..], rest, dialect, &mut cells) {
            Step::Row { used, open_quote } => {
                at += used;
                open += usize::from(open_quote);
                if cells.iter().any(|cell| !cell.trim().is_empty()) {
                    if widths.len() < 12 {
                        words = words.max(known_words(&cells));
                    }
                    widths.push(cells.len());
                }
            }
            Step::More => break,
        }
    }
    let count = |width: usize| widths.iter().filter(|held| **held == width).count();
    let Some(usual) =
        widths.iter().copied().filter(|width| *width > 1).max_by_key(|width| (count(*width), *width))
    else {
        return 0.0;
    };
    let share = |part: usize| part as f64 / widths.len() as f64;
    let even = share(count(usual));
    let divided = share(widths.iter().filter(|width| **width > 1).count());
    // Ragged files divide every row, only not alike; a letter that merely occurs divides some.
    (even + 0.6 * divided + 0.15 * (words.min(8) as f64) + 0.02 * (usual.min(30) as f64)) - share(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_that_divides_evenly_wins() {
        for (text, separator) in [
            ("Name,Email\nJo,jo@example.com\n", b','),
            ("Name;Betrag\nJo;1,50\nAl;2,75\n", b';'),
            ("Name\tNote\nJo\tone, two, three\nAl\tfour, five, six\n", b'\t'),
            ("Name|Note\nJo|a;b\n", b'|'),
            ("Name^Email\nJo^jo@example.com\n", b'^'),
            ("sep=|\nName,x|b\n", b'|'),
            ("Name;Email\n\"Smith, Jo\";jo@example.com\n\"Lee, Al\";al@example.com\n", b';'),
            ("Name\nJo\nAl\n", b','),
        ] {
            assert_eq!(detect(text, Rest::Nothing).dialect.separator, separator, "{text}");
        }
    }

    #[test]
    fn escapes_are_taken_only_where_they_are_evident() {
        let escape = |text: &str| detect(text, Rest::Nothing).dialect.escape;
        assert_eq!(escape("a,b\n\"say \\\"hi\\\" now\",x\n"), Escape::Backslash);
        assert_eq!(escape("a,b\n\"C:\\\",x\n"), Escape::Doubled);
        assert_eq!(escape("a,b\n\"say \"\"hi\"\" now\",x\n"), Escape::Doubled);
    }
}
