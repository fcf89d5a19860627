//! One row of a delimited text: pure, over a piece of text that holds at least that row.
//!
//! No library is used here because what has to be forgiven (quotes in the middle of a cell, a quote that never closes,
//! spaces around quotes, backslash escapes) is exactly what CSV libraries read in one fixed and lossy way.

/// How quotes inside a quoted cell are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// `""`
    Doubled,
    /// `\"`
    Backslash,
}

/// How a file divides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: u8,
    pub(super) escape: Escape,
}

/// What stands at the start of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A row, its length in bytes with its line end, and whether a quote had to be taken as a letter.
    Row { used: usize, open_quote: bool },
    /// The text ends before the row does.
    More,
}

/// What follows a text that ends in the middle of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// There is more in the file.
    Follows,
    /// Nothing: what is here is the whole row.
    Nothing,
    /// More than any row may hold: a quote that is still open is a letter.
    TooMuch,
}

enum Quoted {
    Closed { content: String, end: usize },
    Plain,
    Open,
    More,
}

/// Reads one row into `cells`.
pub(super) fn record(text: &str, rest: Rest, dialect: Dialect, cells: &mut Vec<String>) -> Step {
    cells.clear();
    let bytes = text.as_bytes();
    let mut open_quote = false;
    let mut at = 0;
    loop {
        let start = at;
        let spaces = bytes[start..].iter().take_while(|byte| **byte == b' ').count();
        let quote = start + spaces;
        let mut end = None;
        if bytes.get(quote) == Some(&dialect.quote) {
            match quoted(text, quote, rest, dialect) {
                Quoted::Closed { content, end: closed } => {
                    cells.push(content);
                    end = Some(closed);
                }
                Quoted::Plain => {}
                Quoted::Open => open_quote = true,
                Quoted::More => return Step::More,
            }
        }
        let end = match end {
            Some(end) => end,
            None => {
                let length = bytes[start..].iter().position(|byte| ends_cell(*byte, dialect));
                match (length, rest) {
                    (None, Rest::Follows) => return Step::More,
                    (length, _) => {
                        let end = length.map_or(bytes.len(), |length| start + length);
                        cells.push(text[start..end].to_owned());
                        end
                    }
                }
            }
        };
        match bytes.get(end) {
            Some(byte) if *byte == dialect.separator => at = end + 1,
            Some(b'\r') => {
                return match bytes.get(end + 1) {
                    Some(b'\n') => Step::Row { used: end + 2, open_quote },
                    Some(_) => Step::Row { used: end + 1, open_quote },
                    None if rest == Rest::Follows => Step::More,
                    None => Step::Row { used: end + 1, open_quote },
                };
            }
            Some(_) => return Step::Row { used: end + 1, open_quote },
            None if rest == Rest::Follows => return Step::More,
            None => return Step::Row { used: end, open_quote },
        }
    }
}

fn ends_cell(byte: u8, dialect: Dialect) -> bool {
    byte == dialect.separator || byte == b'\n' || byte == b'\r'
}

fn quoted(text: &str, quote: usize, rest: Rest, dialect: Dialect) -> Quoted {
    let bytes = text.as_bytes();
    let mut content = String::new();
    let mut piece = quote + 1;
    let mut at = quote + 1;
    loop {
        let Some(byte) = bytes.get(at) else {
            return if rest == Rest::Follows { Quoted::More } else { Quoted::Open };
        };
        if dialect.escape == Escape::Backslash && *byte == b'\\' {
            match bytes.get(at + 1) {
                Some(next) if *next == dialect.quote || *next == b'\\' => {
                    content.push_str(&text[piece..at]);
                    piece = at + 1;
                    at += 2;
                    continue;
                }
                None if rest == Rest::Follows => return Quoted::More,
                _ => {}
            }
        } else if *byte == dialect.quote {
            let after = at + 1;
            if bytes.get(after) == Some(&dialect.quote) {
                content.push_str(&text[piece..after]);
                piece = after + 1;
                at = piece;
                continue;
            }
            let spaces = bytes[after..].iter().take_while(|byte| **byte == b' ').count();
            match bytes.get(after + spaces) {
                Some(next) if ends_cell(*next, dialect) => {
                    content.push_str(&text[piece..at]);
                    return Quoted::Closed { content, end: after + spaces };
                }
                None if rest == Rest::Follows => return Quoted::More,
                None => {
                    content.push_str(&text[piece..at]);
                    return Quoted::Closed { content, end: after + spaces };
                }
                // A quote inside a quoted cell that nobody doubled: another one before the cell ends belongs to it.
                Some(_) => {
                    let next = bytes[after..]
                        .iter()
                        .find(|byte| **byte == dialect.quote || ends_cell(**byte, dialect));
                    if next != Some(&dialect.quote) {
                        return Quoted::Plain;
                    }
                }
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, escape: Escape) -> Vec<Vec<String>> {
        let dialect = Dialect { separator: b',', quote: b'"', escape };
        let (mut rest, mut rows, mut cells) = (text, Vec::new(), Vec::new());
        while !rest.is_empty() {
            match record(rest, Rest::Nothing, dialect, &mut cells) {
                Step::Row { used, .. } => {
                    rows.push(cells.clone());
                    rest = &rest[used..];
                }
                Step::More => panic!("there is no more"),
            }
        }
        rows
    }

    #[test]
    fn quotes_are_read_as_people_write_them() {
        for (text, cells) in [
            ("a,b", vec!["a", "b"]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"say \"\"hi\"\"\",c", vec!["say \"hi\"", "c"]),
            ("6\" heels,c", vec!["6\" heels", "c"]),
            ("\"say \"hi\" to me\",c", vec!["say \"hi\" to me", "c"]),
            ("\"Tom\" Smith,c", vec!["\"Tom\" Smith", "c"]),
            ("\"a\" , \"b, c\"", vec!["a", "b, c"]),
            (" a , b", vec![" a ", " b"]),
            ("\"\",\"\"\"\"", vec!["", "\""]),
            ("a,", vec!["a", ""]),
        ] {
            assert_eq!(read(text, Escape::Doubled), vec![cells], "{text}");
        }
        assert_eq!(read("\"a\\\"b\\\\\",c", Escape::Backslash), vec![vec!["a\"b\\", "c"]]);
        assert_eq!(read("\"C:\\\",c", Escape::Doubled), vec![vec!["C:\\", "c"]]);
    }

    #[test]
    fn every_line_end_ends_a_row() {
        assert_eq!(read("a\nb\r\nc\rd", Escape::Doubled), vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"]]);
        assert_eq!(read("\"a\r\nb\",c\r", Escape::Doubled), vec![vec!["a\r\nb", "c"]]);
    }

    #[test]
    fn a_quote_that_never_closes_loses_no_row() {
        assert_eq!(read("\"open,b\nc,d\n", Escape::Doubled), vec![vec!["\"open", "b"], vec!["c", "d"]]);
    }

    #[test]
    fn a_row_cut_anywhere_asks_for_more_and_never_guesses() {
        let text = "x,\"a\"\"b\r\nc\" ,d\r\n";
        let dialect = Dialect { separator: b',', quote: b'"', escape: Escape::Doubled };
        let mut cells = Vec::new();
        for cut in 0..text.len() {
            assert_eq!(record(&text[..cut], Rest::Follows, dialect, &mut cells), Step::More, "cut at {cut}");
        }
        assert_eq!(
            record(text, Rest::Follows, dialect, &mut cells),
            Step::Row { used: text.len(), open_quote: false }
        );
        assert_eq!(cells, ["x", "a\"b\r\nc", "d"]);
    }
}
