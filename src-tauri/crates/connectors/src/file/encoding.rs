//! In which encoding a text file is written, and reading it as UTF-8.
//!
//! The whole file is looked at before the first row is read: one accent in the last row decides as well as one in the
//! first. Statistics (chardetng) come last, after everything that can be known: marks at the start, zero bytes of
//! UTF-16, and whether the bytes are valid UTF-8.

use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    CoderResult, Decoder, Encoding, ISO_8859_15, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::failure::{FileError, Foreign};
use super::limits;
use super::source::Source;
use super::warning::{Oddness, Warnings};

/// What was found out about a text file's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charset {
    encoding: &'static Encoding,
    /// Bytes of the mark at the start.
    mark: usize,
}

impl Charset {
    /// WHATWG name, lower-case.
    pub(super) fn name(self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }
}

const CHUNK: usize = 64 * 1024;
const SAMPLE: usize = 256 * 1024;

/// Looks at the whole file.
pub(crate) fn detect(source: &Source) -> Result<Charset, FileError> {
    let mut reader = source.open()?;
    let mut chunk = vec![0; CHUNK];
    let mut scan = Scan::default();
    let mut total: u64 = 0;
    loop {
        let read = fill(&mut reader, &mut chunk)?;
        if read == 0 {
            break;
        }
        let bytes = &chunk[..read];
        if total == 0 {
            if let Some(known) = marked(bytes)? {
                return Ok(known);
            }
            if let Some(encoding) = unmarked_utf16(bytes) {
                return Ok(Charset { encoding, mark: 0 });
            }
        }
        total += read as u64;
        if total > limits::TEXT_BYTES {
            return Err(FileError::too_large(limits::TEXT_BYTES));
        }
        scan.feed(bytes);
    }
    scan.finish();
    if total == 0 {
        return Err(FileError::Empty);
    }
    // Text has line ends and tabs and hardly any other control character; a few zero bytes are forgiven.
    if scan.controls * 20 > total || scan.zeros * 3 > total {
        return Err(FileError::Foreign(Foreign::Binary));
    }
    // Bytes are valid UTF-8 by accident hardly ever: with stray ones between, somebody pasted into it.
    if scan.broken == 0 || scan.whole * 2 >= scan.broken {
        return Ok(Charset { encoding: UTF_8, mark: 0 });
    }
    Ok(Charset { encoding: eight_bit(&scan.sample), mark: 0 })
}

fn marked(bytes: &[u8]) -> Result<Option<Charset>, FileError> {
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        // UTF-32: no program that a supplier has writes it.
        return Err(FileError::Foreign(Foreign::Binary));
    }
    Ok(Encoding::for_bom(bytes).map(|(encoding, mark)| Charset { encoding, mark }))
}

/// Latin text in UTF-16 has a zero in every other byte.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let units = bytes.len() / 2;
    let zeros = |offset: usize| bytes.chunks_exact(2).filter(|unit| unit[offset] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    match units {
        0..=1 => None,
        _ if second * 10 > units * 6 && first * 20 < units => Some(UTF_16LE),
        _ if first * 10 > units * 6 && second * 20 < units => Some(UTF_16BE),
        _ => None,
    }
}

/// Counts over the file.
#[derive(Default)]
struct Scan {
    controls: u64,
    zeros: u64,
    /// Characters beyond ASCII that are valid UTF-8.
    whole: u64,
    /// Bytes that are not.
    broken: u64,
    carry: Vec<u8>,
    sample: Vec<u8>,
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        self.controls += bytes
            .iter()
            .filter(|byte| (**byte < 0x20 && !b"\0\t\n\r\x0c\x1a".contains(byte)) || **byte == 0x7F)
            .count() as u64;
        self.zeros += bytes.iter().filter(|byte| **byte == 0).count() as u64;
        if self.sample.len() < SAMPLE {
            for line in bytes.split(|byte| *byte == b'\n') {
                if line.iter().any(|byte| *byte >= 0x80) {
                    let room = SAMPLE.saturating_sub(self.sample.len());
                    self.sample.extend_from_slice(&line[..line.len().min(room)]);
                    self.sample.push(b'\n');
                }
            }
        }
        self.carry.extend_from_slice(bytes);
        let carry = std::mem::take(&mut self.carry);
        let mut rest = carry.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.whole += beyond_ascii(text);
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.whole += std::str::from_utf8(good).map_or(0, beyond_ascii);
                    match error.error_len() {
                        Some(length) => {
                            self.broken += 1;
                            rest = &bad[length..];
                        }
                        None => {
                            self.carry = bad.to_vec();
                            break;
                        }
                    }
                }
            }
        }
    }

    fn finish(&mut self) {
        self.broken += self.carry.len() as u64;
    }
}

fn beyond_ascii(text: &str) -> u64 {
    if text.is_ascii() { 0 } else { text.chars().filter(|letter| !letter.is_ascii()).count() as u64 }
}

/// One of the eight-bit encodings (or an East Asian one), by what makes sense between the letters around it.
fn eight_bit(sample: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess != WINDOWS_1252
        && !["ISO-8859-2", "windows-1250", "windows-1254", "windows-1257", "windows-1258"]
            .contains(&guess.name())
    {
        return guess;
    }
    let western = plausible(WINDOWS_1252, sample);
    // A pound sign alone is read as many things; what reads the same in the commonest encoding is in that.
    let decoded = |encoding: &'static Encoding| encoding.decode_without_bom_handling(sample).0;
    let guess = if western > plausible(guess, sample) || decoded(guess) == decoded(WINDOWS_1252) {
        WINDOWS_1252
    } else {
        guess
    };
    // Statistics do not know the Macintosh and mistake it for Central European.
    if plausible(MACINTOSH, sample) > plausible(guess, sample) + 1 {
        return MACINTOSH;
    }
    if guess == WINDOWS_1252 && euro_of_latin_9(sample) {
        return ISO_8859_15;
    }
    guess
}

/// A currency sign beside a number is a euro in ISO-8859-15 and nothing anybody types in ISO-8859-1.
fn euro_of_latin_9(sample: &[u8]) -> bool {
    let money = |at: usize| sample.get(at).is_some_and(u8::is_ascii_digit);
    let spaced = |at: usize, step: isize| {
        let next = at.wrapping_add_signed(step);
        money(next) || (sample.get(next) == Some(&b' ') && money(next.wrapping_add_signed(step)))
    };
    !sample.iter().any(|byte| (0x80..0xA0).contains(byte))
        && sample.iter().enumerate().any(|(at, byte)| *byte == 0xA4 && (spaced(at, 1) || spaced(at, -1)))
}

/// How much a reading looks like words: a small letter among letters is likely, a capital inside a word, a control
/// character or a sign inside a word is not.
fn plausible(encoding: &'static Encoding, sample: &[u8]) -> i64 {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let letters: Vec<char> = text.chars().collect();
    let mut score = 0;
    for (at, letter) in letters.iter().enumerate().filter(|(_, letter)| !letter.is_ascii()) {
        let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let inside = before.is_alphabetic() && after.is_alphabetic();
        score += match letter {
            '\u{FFFD}' => -6,
            letter if letter.is_control() => -6,
            '’' | '‘' if inside => 3,
            '’' | '‘' | '“' | '”' | '–' | '—' | '…' | '£' | '€' | '\u{a0}' => {
                i64::from(!inside)
            }
            letter if letter.is_lowercase() => i64::from(before.is_alphabetic() || after.is_alphabetic()) * 2,
            letter if letter.is_uppercase() && before.is_lowercase() => -4,
            letter if letter.is_uppercase() => i64::from(after.is_alphabetic()),
            _ if inside => -4,
            _ => -1,
        };
    }
    score
}

/// Reads until the buffer is full or the file ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, FileError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

/// A text file read as UTF-8, chunk by chunk.
pub(super) struct TextReader {
    reader: Box<dyn Read + Send>,
    charset: Charset,
    decoder: Decoder,
    bytes: Vec<u8>,
    /// Bytes at the start of `bytes` that wait for the rest of their character.
    held: usize,
    skip: usize,
    ended: bool,
    total: u64,
    pub(super) warnings: Warnings,
}

impl TextReader {
    pub(super) fn open(source: &Source, charset: Charset) -> Result<TextReader, FileError> {
        Ok(TextReader {
            reader: source.open()?,
            charset,
            decoder: charset.encoding.new_decoder_without_bom_handling(),
            bytes: vec![0; CHUNK],
            held: 0,
            skip: charset.mark,
            ended: false,
            total: 0,
            warnings: Warnings::default(),
        })
    }

    /// Appends the next piece; false at the end.
    pub(super) fn more(&mut self, out: &mut String) -> Result<bool, FileError> {
        if self.ended {
            return Ok(false);
        }
        let read = fill(&mut self.reader, &mut self.bytes[self.held..])?;
        self.ended = self.held + read < self.bytes.len();
        self.total += read as u64;
        if self.total > limits::TEXT_BYTES {
            return Err(FileError::too_large(limits::TEXT_BYTES));
        }
        let end = self.held + read;
        let start = std::mem::take(&mut self.skip).min(end);
        self.held = 0;
        let from = out.len();
        if self.charset.encoding == UTF_8 {
            self.utf8(start, end, out);
        } else {
            self.other(start, end, out);
        }
        self.drop_nul(from, out);
        Ok(!self.ended || out.len() > from)
    }

    /// UTF-8 in which single stray bytes are read as Windows-1252, which is what they nearly always are.
    fn utf8(&mut self, start: usize, end: usize, out: &mut String) {
        let mut at = start;
        loop {
            match std::str::from_utf8(&self.bytes[at..end]) {
                Ok(text) => return out.push_str(text),
                Err(error) => {
                    let good = at + error.valid_up_to();
                    out.push_str(&String::from_utf8_lossy(&self.bytes[at..good]));
                    let length = match error.error_len() {
                        Some(length) => length,
                        None if self.ended => end - good,
                        None => {
                            self.bytes.copy_within(good..end, 0);
                            self.held = end - good;
                            return;
                        }
                    };
                    let (text, _) =
                        WINDOWS_1252.decode_without_bom_handling(&self.bytes[good..good + length]);
                    out.push_str(&text);
                    self.warnings.add(Oddness::MixedEncoding, None, None);
                    at = good + length;
                }
            }
        }
    }

    fn other(&mut self, start: usize, end: usize, out: &mut String) {
        let mut at = start;
        loop {
            let input = &self.bytes[at..end];
            let room = self.decoder.max_utf8_buffer_length(input.len()).unwrap_or(input.len() * 4);
            out.reserve(room);
            let (result, read, replaced) = self.decoder.decode_to_string(input, out, self.ended);
            if replaced {
                self.warnings.add(Oddness::Undecodable, None, None);
            }
            at += read;
            match result {
                CoderResult::InputEmpty => return,
                CoderResult::OutputFull => {}
            }
        }
    }

    fn drop_nul(&mut self, from: usize, out: &mut String) {
        let count = out.as_bytes()[from..].iter().filter(|byte| **byte == 0).count();
        if count > 0 {
            let kept: String = out[from..].chars().filter(|letter| *letter != '\0').collect();
            out.truncate(from);
            out.push_str(&kept);
            self.warnings.add_many(Oddness::Nul, count as u64, None, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Place;
    use super::*;

    fn read(bytes: &[u8]) -> (String, String) {
        let source = Source::Whole(Place::Memory(bytes.into()));
        let charset = detect(&source).expect("text");
        let mut reader = TextReader::open(&source, charset).expect("opens");
        let mut text = String::new();
        while reader.more(&mut text).expect("reads") {}
        (charset.name(), text)
    }

    #[test]
    fn f46_each_encoding_is_told_from_the_bytes() {
        for (bytes, name, text) in [
            (&b"Name\nJo\n"[..], "utf-8", "Name\nJo\n"),
            (b"\xEF\xBB\xBFName\nZo\xC3\xAB\n", "utf-8", "Name\nZoë\n"),
            (b"\xFF\xFEN\0a\0m\0e\0\n\0", "utf-16le", "Name\n"),
            (b"\xFE\xFF\0N\0a\0m\0e\0\n", "utf-16be", "Name\n"),
            (b"N\0a\0m\0e\0\n\0J\0o\0\n\0", "utf-16le", "Name\nJo\n"),
            (b"Name\nZo\xEB & Ren\xE9e\nBj\xF6rn\n", "windows-1252", "Name\nZoë & Renée\nBjörn\n"),
            (b"Name\nZo\x91 & Ren\x8Ee\nBj\x9Arn\n", "macintosh", "Name\nZoë & Renée\nBjörn\n"),
            (b"Prix\n1500 \xA4\nFran\xE7ois\n", "iso-8859-15", "Prix\n1500 €\nFrançois\n"),
            (b"Name,Price\nJo,\xA3500\n", "windows-1252", "Name,Price\nJo,£500\n"),
            (b"Name\nZo\xC3\xAB\nJos\xC3\xA9\nRen\xE9e\n", "utf-8", "Name\nZoë\nJosé\nRenée\n"),
        ] {
            assert_eq!(read(bytes), (name.to_owned(), text.to_owned()), "{bytes:?}");
        }
    }

    #[test]
    fn f46_a_character_over_a_chunk_border_stays_whole() {
        for shift in 0..4 {
            let text = format!("{}{}", "a".repeat(CHUNK - shift), "é€😀".repeat(9));
            assert_eq!(read(text.as_bytes()), ("utf-8".to_owned(), text), "shifted by {shift}");
        }
    }
}
