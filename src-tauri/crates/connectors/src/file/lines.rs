//! Content lines, which vCard and iCalendar share (RFC 6350 3.2, RFC 5545 3.1): unfolding, groups, parameters, escapes.
//! Our own, because readers for these formats hold the whole file and refuse what phones of ten years ago wrote.

use super::encoding::{Charset, TextReader};
use super::failure::FileError;
use super::limits;
use super::source::Source;
use super::warning::Warnings;

/// A property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) group: String,
    /// Upper-case.
    pub(crate) name: String,
    /// Upper-case names; a parameter without name, as vCard 2.1 writes them, is a `TYPE`.
    pub(crate) parameters: Vec<(String, String)>,
    /// As written, but for quoted-printable, which is decoded.
    pub(crate) value: String,
}

impl Line {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// A property from one whole line.
    pub(crate) fn parse(text: &str) -> Option<Line> {
        let colon = colon(text)?;
        let (head, value) = (&text[..colon], &text[colon + 1..]);
        let mut parts = divided(head, ';').into_iter();
        let name = parts.next()?;
        let (group, name) = name.rsplit_once('.').unwrap_or(("", name));
        let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if name.is_empty() || name.len() > 100 || !name.chars().all(known) {
            return None;
        }
        let parameters = parts
            .filter(|part| !part.is_empty())
            .map(|part| match part.split_once('=') {
                Some((name, value)) => {
                    (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
                }
                None => match part.trim().to_ascii_uppercase().as_str() {
                    "QUOTED-PRINTABLE" | "BASE64" => ("ENCODING".to_owned(), part.trim().to_owned()),
                    _ => ("TYPE".to_owned(), part.trim().to_owned()),
                },
            })
            .collect();
        let mut line = Line {
            group: group.to_ascii_lowercase(),
            name: name.to_ascii_uppercase(),
            parameters,
            value: value.to_owned(),
        };
        if line.is_quoted_printable() {
            line.value = quoted_printable(&line.value, line.parameter("CHARSET"));
        }
        Some(line)
    }

    fn is_quoted_printable(&self) -> bool {
        self.parameter("ENCODING").is_some_and(|way| way.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
    }
}

/// The colon that ends the name, not one inside quotes.
fn colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate().take(4096) {
        match byte {
            b'"' => quoted = !quoted,
            b':' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn divided(text: &str, by: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|letter: char| {
        quoted ^= letter == '"';
        letter == by && !quoted
    })
    .collect()
}

/// Parts of a structured value, divided where `by` is not escaped, each unescaped.
pub(crate) fn parts(value: &str, by: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        if letter == by {
            parts.push(String::new());
            continue;
        }
        let Some(part) = parts.last_mut() else { break };
        match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n' | 'N') => part.push('\n'),
                Some(other) if matches!(other, ',' | ';' | '\\' | ':') => part.push(other),
                Some(other) => part.extend(['\\', other]),
                None => part.push('\\'),
            },
            (letter, false) => part.push(letter),
        }
    }
    parts
}

/// The value unescaped.
pub(crate) fn plain(value: &str) -> String {
    parts(value, '\0').concat()
}

fn quoted_printable(text: &str, charset: Option<&str>) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    let named = charset.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let guess =
        if std::str::from_utf8(&out).is_ok() { encoding_rs::UTF_8 } else { encoding_rs::WINDOWS_1252 };
    named.unwrap_or(guess).decode_without_bom_handling(&out).0.replace("\r\n", "\n")
}

/// Properties whose value nobody reads here and which may be megabytes.
fn is_picture(line: &str) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    ["PHOTO", "LOGO", "SOUND", "KEY", "ATTACH", "X-MS-CARDPICTURE", "X-THUMBNAIL"]
        .iter()
        .any(|picture| name.eq_ignore_ascii_case(picture))
}

/// Content lines of a file.
pub(crate) struct Lines {
    reader: TextReader,
    text: String,
    at: usize,
    ended: bool,
    /// The line after the current one, read to see whether it continues it.
    ahead: Option<String>,
    pub(super) number: u64,
}

impl Lines {
    pub(crate) fn open(source: &Source, charset: Charset) -> Result<Lines, FileError> {
        let reader = TextReader::open(source, charset)?;
        Ok(Lines { reader, text: String::new(), at: 0, ended: false, ahead: None, number: 0 })
    }

    pub(super) fn warnings(&self) -> Warnings {
        self.reader.warnings.clone()
    }

    fn physical(&mut self) -> Result<Option<String>, FileError> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut from = self.at;
        loop {
            if let Some(found) =
                self.text.as_bytes()[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r'))
            {
                let end = from + found;
                let two = self.text.as_bytes()[end..].starts_with(b"\r\n");
                let cut = self.text.as_bytes()[end..] == *b"\r" && !self.ended;
                if !cut {
                    let line = self.text[self.at..end].to_owned();
                    self.at = end + 1 + usize::from(two);
                    return Ok(Some(line));
                }
            }
            if self.ended {
                let line = self.text[self.at..].to_owned();
                self.at = self.text.len();
                return Ok((!line.is_empty()).then_some(line));
            }
            self.text.drain(..self.at);
            self.at = 0;
            from = self.text.len().saturating_sub(1);
            if self.text.len() > limits::CARD_BYTES * 4 {
                return Err(FileError::too_large(limits::CARD_BYTES as u64 * 4));
            }
            let wanted = self.text.len() * 2 + 1;
            while !self.ended && self.text.len() < wanted {
                self.ended = !self.reader.more(&mut self.text)?;
            }
            while !self.text.is_char_boundary(from) {
                from -= 1;
            }
        }
    }

    /// The next property; lines that are none are passed over. None at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, FileError> {
        loop {
            let Some(mut line) = self.physical()? else { return Ok(None) };
            self.number += 1;
            let picture = is_picture(&line);
            let soft = line.to_ascii_uppercase().contains("QUOTED-PRINTABLE");
            loop {
                if soft && line.ends_with('=') {
                    // A soft line break; some programs fold the next line too.
                    let Some(more) = self.physical()? else { break };
                    line.pop();
                    line.push_str(more.strip_prefix([' ', '\t']).unwrap_or(&more));
                } else {
                    match self.physical()? {
                        Some(more) if more.starts_with([' ', '\t']) => {
                            if !picture {
                                line.push_str(&more[1..]);
                            }
                        }
                        other => {
                            self.ahead = other;
                            break;
                        }
                    }
                }
                self.number += 1;
                if line.len() > limits::CARD_BYTES {
                    return Err(FileError::too_large(limits::CARD_BYTES as u64));
                }
            }
            if let Some(line) = Line::parse(&line) {
                return Ok(Some(line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = Line::parse("item1.EMAIL;TYPE=\"home,work\";PREF=1:jo@example.com").expect("a line");
        assert_eq!((line.group.as_str(), line.name.as_str()), ("item1", "EMAIL"));
        assert_eq!(line.parameter("TYPE"), Some("home,work"));
        let old = Line::parse("N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:L=F8v;Zo=EB").expect("a line");
        assert_eq!(old.value, "Løv;Zoë");
        assert_eq!(Line::parse("no property here"), None);
        assert_eq!(parts("a\\;b;c\\nd", ';'), ["a;b", "c\nd"]);
    }
}
