//! The shared texts of a workbook, packed: one run of bytes and where each text ends in it, not one allocation a text.

use super::xml::{Node, Xml};
use crate::file::failure::FileError;
use crate::file::limits;
use crate::file::source::Source;

/// Texts by number.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn read(source: &Source, part: &str) -> Result<Strings, FileError> {
        let mut xml = Xml::open(source, part)?;
        let mut strings = Strings::default();
        let (mut in_item, mut in_text, mut phonetic) = (false, false, 0_u32);
        let mut start = 0;
        loop {
            match xml.next()? {
                Node::Open(tag) => match tag.name() {
                    b"si" => {
                        in_item = true;
                        start = strings.text.len();
                    }
                    b"t" => in_text = in_item && phonetic == 0,
                    // How a Japanese name is spoken: not part of the text.
                    b"rPh" => phonetic += 1,
                    _ => {}
                },
                Node::Text(text) if in_text => {
                    strings.text.push_str(&text);
                    if strings.text.len() > limits::SHARED_BYTES {
                        return Err(FileError::TooMuchText);
                    }
                }
                Node::Text(_) => {}
                Node::Close(name) => match name.as_slice() {
                    b"si" => {
                        in_item = false;
                        strings.restore(start);
                        strings.ends.push(strings.text.len() as u32);
                        if strings.ends.len() > limits::SHARED_COUNT {
                            return Err(FileError::TooMuchText);
                        }
                    }
                    b"t" => in_text = false,
                    b"rPh" => phonetic = phonetic.saturating_sub(1),
                    _ => {}
                },
                Node::End => {
                    strings.text.shrink_to_fit();
                    strings.ends.shrink_to_fit();
                    return Ok(strings);
                }
            }
        }
    }

    fn restore(&mut self, start: usize) {
        if self.text[start..].contains("_x") {
            let restored = unescape(&self.text[start..]);
            self.text.truncate(start);
            self.text.push_str(&restored);
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start =
            number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.text.get(start..end)
    }
}

/// `_x000D_` stands for a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19).
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(letter) => {
                out.push_str(&rest[..at]);
                out.push(letter);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}
