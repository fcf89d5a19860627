//! The table of contents of a ZIP, checked before anything in it is unpacked.

use std::io::{Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::failure::FileError;
use super::limits;
use super::source::{Entry, Place, ReadSeek, Source};

/// A file of a package.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    /// Its path, folders divided by `/`.
    pub(super) name: String,
    /// How to read it; none where it is locked or packed in a way nobody uses for tables.
    pub(super) source: Result<Source, Closed>,
    /// Unpacked bytes, as the package claims.
    pub(super) claimed: u64,
}

/// Why an entry cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closed {
    Locked,
    Method(String),
    Damaged,
}

/// The files of a package, folders left out, in their order.
pub(super) fn contents(place: &Place) -> Result<Vec<Packed>, FileError> {
    if place.len()? > limits::PACKAGE_BYTES {
        return Err(FileError::too_large(limits::PACKAGE_BYTES));
    }
    let mut reader = place.open()?;
    if directory_bytes(&mut reader)? > limits::DIRECTORY_BYTES {
        return Err(FileError::ZipBomb);
    }
    let damaged = |error: zip::result::ZipError| FileError::ZipDamaged(Some(Box::new(error)));
    let mut archive = ZipArchive::new(reader).map_err(damaged)?;
    if archive.len() > limits::ENTRIES {
        return Err(FileError::ZipBomb);
    }
    let mut found = Vec::with_capacity(archive.len());
    let mut ranges = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        let name = name_of(entry.name_raw());
        if leaves_folder(&name) {
            return Err(FileError::ZipSlip);
        }
        if entry.is_dir() || name.ends_with('/') {
            continue;
        }
        let deflated = match entry.compression() {
            CompressionMethod::Stored => Ok(false),
            CompressionMethod::DEFLATE => Ok(true),
            other => Err(Closed::Method(other.to_string())),
        };
        if let Some(start) = entry.data_start() {
            ranges.push((start, start.saturating_add(entry.compressed_size())));
        }
        let source = match (entry.encrypted(), deflated, entry.data_start()) {
            (true, _, _) => Err(Closed::Locked),
            (false, Err(closed), _) => Err(closed),
            (false, Ok(_), None) => Err(Closed::Damaged),
            (false, Ok(deflated), Some(start)) => Ok(Source::Entry(Entry {
                place: place.clone(),
                start,
                packed: entry.compressed_size(),
                deflated,
                sum: entry.crc32(),
            })),
        };
        found.push(Packed { name, source, claimed: entry.size() });
    }
    // Entries that share their bytes unpack to any multiple of the file.
    ranges.sort_unstable();
    if ranges.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(FileError::ZipBomb);
    }
    Ok(found)
}

/// Names are UTF-8 in every tool that a CRM would use; others keep their ASCII part and their order.
fn name_of(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).replace('\\', "/")
}

/// Nothing is ever written by its name here; a package that tries is not one to trust.
fn leaves_folder(name: &str) -> bool {
    name.starts_with('/')
        || name.split('/').any(|part| part == "..")
        || name.as_bytes().get(1) == Some(&b':')
        || name.contains('\0')
}

/// Bytes of the central directory as the end record claims (APPNOTE.TXT 4.3.16; ZIP64 4.3.14), read before a library
/// takes the whole directory into memory. 0 where there is no end record: the library then says what is wrong.
fn directory_bytes(reader: &mut Box<dyn ReadSeek>) -> Result<u64, FileError> {
    const END: &[u8] = b"PK\x05\x06";
    const END64: &[u8] = b"PK\x06\x06";
    let length = reader.seek(SeekFrom::End(0))?;
    // The end record is 22 bytes and a comment of at most 65,535; the ZIP64 record stands right before it.
    let tail = length.min(66_000);
    reader.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = Vec::new();
    reader.take(tail).read_to_end(&mut bytes)?;
    reader.seek(SeekFrom::Start(0))?;
    let number = |at: usize, size: usize| {
        bytes
            .get(at..at + size)
            .map_or(0, |part| part.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let last = |mark: &[u8]| bytes.windows(4).rposition(|window| window == mark);
    let small = last(END).map_or(0, |at| number(at + 12, 4));
    if small == u64::from(u32::MAX) {
        return Ok(last(END64).map_or(0, |at| number(at + 40, 8)));
    }
    Ok(small)
}
