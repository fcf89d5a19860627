//! Bytes that can be opened again and again: a file, a file in a ZIP, or bytes in memory.
//!
//! A table is read more than once (to see what it is, to find its header, to read its rows), so what is kept is the
//! way to the bytes and never the bytes. Every reader of a packed entry counts what it unpacks and checks its sum.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::failure::FileError;
use super::limits;

/// Something that reads and seeks.
pub(super) trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// Where a package lies.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Disk(PathBuf),
    Memory(Arc<[u8]>),
}

impl Place {
    pub(super) fn open(&self) -> Result<Box<dyn ReadSeek>, FileError> {
        Ok(match self {
            Place::Disk(path) => Box::new(File::open(path)?),
            Place::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    pub(super) fn len(&self) -> Result<u64, FileError> {
        Ok(match self {
            Place::Disk(path) => std::fs::metadata(path)?.len(),
            Place::Memory(bytes) => bytes.len() as u64,
        })
    }
}

/// A packed file inside a package.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(super) place: Place,
    pub(super) start: u64,
    pub(super) packed: u64,
    pub(super) deflated: bool,
    pub(super) sum: u32,
}

/// Bytes that can be opened again.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Whole(Place),
    Entry(Entry),
}

impl Source {
    pub(super) fn file(path: &Path) -> Result<Source, FileError> {
        if !std::fs::metadata(path)?.is_file() {
            return Err(FileError::NotAFile);
        }
        Ok(Source::Whole(Place::Disk(path.to_owned())))
    }

    pub(crate) fn memory(bytes: Arc<[u8]>) -> Source {
        Source::Whole(Place::Memory(bytes))
    }

    /// From the first byte.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, FileError> {
        match self {
            Source::Whole(place) => Ok(Box::new(place.open()?)),
            Source::Entry(entry) => {
                let mut file = entry.place.open()?;
                file.seek(SeekFrom::Start(entry.start))?;
                let packed = file.take(entry.packed);
                let inner: Box<dyn Read + Send> =
                    if entry.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) };
                Ok(Box::new(Guarded {
                    inner,
                    packed: entry.packed,
                    sum: entry.sum,
                    crc: Crc::new(),
                    seen: 0,
                }))
            }
        }
    }

    /// The first bytes, fewer where the file is shorter.
    pub(super) fn head(&self, length: usize) -> Result<Vec<u8>, FileError> {
        let mut head = Vec::with_capacity(length.min(1 << 16));
        self.open()?.take(length as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// All of it.
    ///
    /// # Errors
    /// [`FileError::TooLarge`] where there are more than `most` bytes, whatever it says of its length.
    pub(crate) fn bytes(&self, most: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        self.open()?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most { Err(FileError::too_large(most)) } else { Ok(bytes) }
    }

    /// A place that seeks; an entry is unpacked into memory for it, within its limit.
    pub(super) fn place(&self) -> Result<Place, FileError> {
        match self {
            Source::Whole(place) => Ok(place.clone()),
            Source::Entry(_) => {
                let mut bytes = Vec::new();
                self.open()?.take(limits::NESTED_BYTES + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 > limits::NESTED_BYTES {
                    return Err(FileError::too_large(limits::NESTED_BYTES));
                }
                Ok(Place::Memory(bytes.into()))
            }
        }
    }
}

/// An unpacking reader that refuses bombs and checks the sum at the end.
struct Guarded {
    inner: Box<dyn Read + Send>,
    packed: u64,
    sum: u32,
    crc: Crc,
    seen: u64,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self
            .inner
            .read(buffer)
            .map_err(|error| io::Error::from(FileError::ZipDamaged(Some(Box::new(error)))))?;
        if read == 0 {
            return if self.crc.sum() == self.sum { Ok(0) } else { Err(FileError::ZipDamaged(None).into()) };
        }
        self.seen += read as u64;
        let unpacked_too_well = self.seen > limits::RATIO_FREE_BYTES
            && self.seen > self.packed.max(1).saturating_mul(limits::RATIO);
        if self.seen > limits::ENTRY_BYTES || unpacked_too_well {
            return Err(FileError::ZipBomb.into());
        }
        self.crc.update(&buffer[..read]);
        Ok(read)
    }
}
