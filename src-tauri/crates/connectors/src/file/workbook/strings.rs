//! The shared texts of a workbook, packed in blocks: they are most of what a large workbook is, are needed in about the
//! order they stand in, and a client book of a hundred thousand rows has over a million of them.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::xml::{Node, Xml};
use crate::file::failure::FileError;
use crate::file::limits;
use crate::file::source::Source;

/// Bytes of text after which a block is closed: small enough that a text out of order costs little.
const BLOCK: usize = 8 << 10;
/// Blocks past this are one huge text; they stay as they are, so that no cell costs an unpacking of megabytes.
const PACKED_AT_MOST: usize = 64 << 10;
/// Unpacked blocks that a reader of rows holds.
const HELD: usize = 64;
/// Bytes that say where a text ends.
const END: usize = 4;

/// Some texts that follow each other: the texts, then where each ends, as little-endian `u32`. Packed it says how long each
/// is instead, which packs to almost nothing.
#[derive(Debug)]
struct Block {
    /// Number of its first text.
    first: u32,
    /// Texts in it.
    count: u32,
    /// Bytes, unpacked; packed where there are fewer.
    length: u32,
    /// Where its bytes lie among all of them.
    start: u32,
    end: u32,
}

/// Texts by number.
#[derive(Debug, Default)]
pub(super) struct Strings {
    blocks: Vec<Block>,
    /// The bytes of all blocks: one piece, which is given back to the system as a whole.
    bytes: Vec<u8>,
}

/// The blocks that a reader has unpacked, each at the place its number gives it.
pub(super) struct Unpacked {
    blocks: Vec<Option<(usize, Vec<u8>)>>,
    inflate: Decompress,
}

impl Default for Unpacked {
    fn default() -> Unpacked {
        Unpacked { blocks: vec![None; HELD], inflate: Decompress::new(false) }
    }
}

impl Strings {
    pub(super) fn read(source: &Source, part: &str) -> Result<Strings, FileError> {
        let mut xml = Xml::open(source, part)?;
        let mut packing = Packing::new();
        let mut item = String::new();
        let (mut in_item, mut in_text, mut phonetic) = (false, false, 0_u32);
        loop {
            match xml.next()? {
                Node::Open(tag) => match tag.name() {
                    b"si" => {
                        in_item = true;
                        item.clear();
                    }
                    b"t" => in_text = in_item && phonetic == 0,
                    // How a Japanese name is spoken: not part of the text.
                    b"rPh" => phonetic += 1,
                    _ => {}
                },
                Node::Text(text) if in_text => {
                    item.push_str(&text);
                    if packing.bytes + item.len() > limits::SHARED_BYTES {
                        return Err(FileError::TooMuchText);
                    }
                }
                Node::Text(_) => {}
                Node::Close(name) => match name.as_slice() {
                    b"si" => {
                        in_item = false;
                        if item.contains("_x") {
                            item = unescape(&item);
                        }
                        packing.add(&item);
                        if packing.count as usize > limits::SHARED_COUNT {
                            return Err(FileError::TooMuchText);
                        }
                    }
                    b"t" => in_text = false,
                    b"rPh" => phonetic = phonetic.saturating_sub(1),
                    _ => {}
                },
                Node::End => return Ok(packing.ended()),
            }
        }
    }

    /// The text of this number.
    pub(super) fn get(&self, number: usize, unpacked: &mut Unpacked) -> Option<String> {
        let wanted = u32::try_from(number).ok()?;
        let at = self.blocks.partition_point(|block| block.first <= wanted).checked_sub(1)?;
        let block = self.blocks.get(at)?;
        let within = (wanted - block.first) as usize;
        if within >= block.count as usize {
            return None;
        }
        let packed = self.bytes.get(block.start as usize..block.end as usize)?;
        if packed.len() == block.length as usize {
            return block.text(packed, within);
        }
        let held = unpacked.blocks.get_mut(at % HELD)?;
        let bytes = match held {
            Some((held_at, bytes)) if *held_at == at => bytes,
            held => {
                let mut bytes = held.take().map(|(_, bytes)| bytes).unwrap_or_default();
                bytes.clear();
                bytes.reserve(block.length as usize);
                unpacked.inflate.reset(false);
                let status = unpacked.inflate.decompress_vec(packed, &mut bytes, FlushDecompress::Finish);
                if !matches!(status, Ok(Status::StreamEnd)) {
                    return None;
                }
                let ends = bytes.len().checked_sub(block.count as usize * END)?;
                let mut end = 0;
                each(bytes.get_mut(ends..)?, |length| {
                    end += length;
                    end
                });
                &mut held.insert((at, bytes)).1
            }
        };
        block.text(bytes, within)
    }
}

/// Puts another number in the place of each.
fn each(numbers: &mut [u8], mut other: impl FnMut(u32) -> u32) {
    for bytes in numbers.as_chunks_mut::<END>().0 {
        *bytes = other(u32::from_le_bytes(*bytes)).to_le_bytes();
    }
}

impl Block {
    fn text(&self, bytes: &[u8], within: usize) -> Option<String> {
        let ends = bytes.get(bytes.len().checked_sub(self.count as usize * END)?..)?;
        let end = |at: usize| {
            let bytes = ends.get(at * END..(at + 1) * END)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
        };
        let start = within.checked_sub(1).map_or(Some(0), end)?;
        std::str::from_utf8(bytes.get(start..end(within)?)?).ok().map(str::to_owned)
    }
}

/// Texts being packed.
struct Packing {
    strings: Strings,
    deflate: Compress,
    /// Texts of the block that is open, and where each ends.
    open: Vec<u8>,
    ends: Vec<u8>,
    packed: Vec<u8>,
    count: u32,
    /// Bytes of text so far.
    bytes: usize,
}

impl Packing {
    fn new() -> Packing {
        Packing {
            strings: Strings::default(),
            deflate: Compress::new(Compression::fast(), false),
            open: Vec::with_capacity(BLOCK * 2),
            ends: Vec::with_capacity(BLOCK),
            packed: Vec::with_capacity(BLOCK * 2),
            count: 0,
            bytes: 0,
        }
    }

    fn add(&mut self, text: &str) {
        if self.open.len() + text.len() > PACKED_AT_MOST {
            self.close();
        }
        self.open.extend_from_slice(text.as_bytes());
        self.ends.extend_from_slice(&(self.open.len() as u32).to_le_bytes());
        self.count += 1;
        self.bytes += text.len();
        // Many empty texts are a block too.
        if self.open.len() + self.ends.len() >= BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        let count = (self.ends.len() / END) as u32;
        if count == 0 {
            return;
        }
        let small = self.open.len() <= PACKED_AT_MOST;
        let text = self.open.len();
        self.open.append(&mut self.ends);
        self.packed.clear();
        self.deflate.reset();
        if small {
            let mut before = 0;
            each(&mut self.open[text..], |end| end - std::mem::replace(&mut before, end));
        }
        // What does not become smaller has no room here, and stays.
        self.packed.reserve(self.open.len().min(PACKED_AT_MOST));
        let packed = small
            && matches!(
                self.deflate.compress_vec(&self.open, &mut self.packed, FlushCompress::Finish),
                Ok(Status::StreamEnd)
            )
            && self.packed.len() < self.open.len();
        if small && !packed {
            let mut end = 0;
            each(&mut self.open[text..], |length| {
                end += length;
                end
            });
        }
        let bytes = if packed { &self.packed } else { &self.open };
        // Texts are capped far below 4 GB.
        let start = self.strings.bytes.len() as u32;
        self.strings.bytes.extend_from_slice(bytes);
        self.strings.blocks.push(Block {
            first: self.count - count,
            count,
            length: self.open.len() as u32,
            start,
            end: self.strings.bytes.len() as u32,
        });
        self.open.clear();
    }

    fn ended(mut self) -> Strings {
        self.close();
        self.strings.blocks.shrink_to_fit();
        self.strings.bytes.shrink_to_fit();
        self.strings
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

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(texts: &[String]) -> Strings {
        let mut packing = Packing::new();
        texts.iter().for_each(|text| packing.add(text));
        packing.ended()
    }

    #[test]
    fn every_text_comes_back_in_any_order() {
        let mut texts: Vec<String> =
            (0..60_000_u32).map(|at| format!("Zoë {at} {}", "é".repeat((at % 40) as usize))).collect();
        texts[7].clear();
        texts[900] = "x".repeat(BLOCK * 3);
        texts[901] = "long".repeat(PACKED_AT_MOST);
        // Bytes that do not pack.
        texts[902] = (0..3_000_u32)
            .map(|at| at.wrapping_mul(2_654_435_761) ^ (at << 7))
            .map(|at| format!("{at:x}"))
            .collect();
        texts.extend(std::iter::repeat_n(String::new(), 10_000));
        let strings = packed(&texts);
        assert!(strings.blocks.len() > HELD, "more blocks than a reader holds");
        let mut unpacked = Unpacked::default();
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(strings.get(at, &mut unpacked).as_ref(), Some(text), "{at}");
        }
        for step in 0..10_000 {
            let at = step * 7_919 % texts.len();
            assert_eq!(strings.get(at, &mut unpacked).as_ref(), Some(&texts[at]), "{at}");
        }
        assert_eq!(strings.get(texts.len(), &mut unpacked), None);
        assert_eq!(strings.get(usize::MAX, &mut unpacked), None);
    }

    #[test]
    fn texts_take_less_room_than_they_are() {
        let texts: Vec<String> = (0..5_000).map(|at| format!("client.{at}@example.com")).collect();
        let whole: usize = texts.iter().map(String::len).sum();
        let held = packed(&texts).bytes.len();
        assert!(held * 2 < whole, "{held} of {whole}");
    }

    #[test]
    fn what_does_not_pack_comes_back_too() {
        // Letters without any order, so that packing would only add to them.
        let mut seed = 1_u64;
        let text: String = (0..500)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from_u32(0x4E00 + ((seed >> 40) % 20_000) as u32).unwrap_or('x')
            })
            .collect();
        let texts = [text.clone(), String::new(), text.chars().rev().collect()];
        let strings = packed(&texts);
        let mut unpacked = Unpacked::default();
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(strings.get(at, &mut unpacked).as_ref(), Some(text), "{at}");
        }
        let one = packed(&["x".to_owned()]);
        assert_eq!(one.blocks[0].length as usize, one.bytes.len(), "a single letter stays as it is");
        assert_eq!(one.get(0, &mut unpacked).as_deref(), Some("x"));
    }

    #[test]
    fn no_text_at_all() {
        assert_eq!(packed(&[]).get(0, &mut Unpacked::default()), None);
    }
}
