//! XML of a package, one node at a time, with the bytes of a node and the depth of nesting bounded.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::file::failure::FileError;
use crate::file::limits;
use crate::file::source::Source;

/// A node.
pub(super) enum Node<'a> {
    Open(Start<'a>),
    Close(Vec<u8>),
    Text(Cow<'a, str>),
    End,
}

/// An opening tag.
pub(super) struct Start<'a>(BytesStart<'a>);

impl Start<'_> {
    /// Name without its prefix.
    pub(super) fn name(&self) -> &[u8] {
        self.0.local_name().into_inner()
    }

    /// Value of an attribute by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        // Duplicates are looked for in quadratic time otherwise.
        attributes.with_checks(false);
        for attribute in attributes {
            let Ok(attribute) = attribute else { return None };
            if attribute.key.local_name().as_ref() == name.as_bytes() {
                return Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned());
            }
        }
        None
    }
}

/// A reader that stops a single node from growing without end.
struct Limited {
    inner: BufReader<Box<dyn Read + Send>>,
    left: usize,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Limited {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(FileError::ZipBomb.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

/// A part of a package.
pub(super) struct Xml {
    reader: Reader<Limited>,
    buffer: Vec<u8>,
    depth: usize,
    part: String,
}

impl Xml {
    pub(super) fn open(source: &Source, part: &str) -> Result<Xml, FileError> {
        let inner = BufReader::with_capacity(64 * 1024, source.open()?);
        let mut reader = Reader::from_reader(Limited { inner, left: limits::XML_BYTES });
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Ok(Xml { reader, buffer: Vec::new(), depth: 0, part: part.to_owned() })
    }

    /// That this part is not what it should be.
    pub(super) fn damaged(&self) -> FileError {
        FileError::Workbook { part: self.part.clone(), source: None }
    }

    /// The next node; comments, declarations and instructions are passed over. After `End` it stays `End`.
    pub(super) fn next(&mut self) -> Result<Node<'_>, FileError> {
        let Xml { reader, buffer, depth, part } = self;
        let damaged = |error: quick_xml::Error| failure(part, error);
        loop {
            buffer.clear();
            reader.get_mut().left = limits::XML_BYTES;
            let event = reader.read_event_into(buffer).map_err(damaged)?;
            match event {
                Event::Start(start) => {
                    *depth += 1;
                    if *depth > limits::DEPTH {
                        return Err(FileError::Workbook { part: part.clone(), source: None });
                    }
                    return Ok(Node::Open(Start(start.into_owned())));
                }
                Event::End(end) => {
                    *depth = depth.saturating_sub(1);
                    return Ok(Node::Close(end.local_name().into_inner().to_vec()));
                }
                Event::Text(text) => {
                    let text = text.xml10_content().map_err(|error| failure(part, error.into()))?;
                    return Ok(Node::Text(Cow::Owned(text.into_owned())));
                }
                Event::CData(text) => {
                    let text = text.xml10_content().map_err(|error| failure(part, error.into()))?;
                    return Ok(Node::Text(Cow::Owned(text.into_owned())));
                }
                Event::GeneralRef(name) => {
                    let text = match name.resolve_char_ref() {
                        Ok(Some(letter)) => letter.to_string(),
                        // Own entities of a document type are never expanded: their name stays as it is written.
                        _ => match name.decode().as_deref() {
                            Ok("amp") => "&".to_owned(),
                            Ok("lt") => "<".to_owned(),
                            Ok("gt") => ">".to_owned(),
                            Ok("quot") => "\"".to_owned(),
                            Ok("apos") => "'".to_owned(),
                            Ok(other) => format!("&{other};"),
                            Err(_) => String::new(),
                        },
                    };
                    return Ok(Node::Text(Cow::Owned(text)));
                }
                Event::Eof => {
                    return if *depth == 0 {
                        Ok(Node::End)
                    } else {
                        Err(FileError::Workbook { part: part.clone(), source: None })
                    };
                }
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

fn failure(part: &str, error: quick_xml::Error) -> FileError {
    if let quick_xml::Error::Io(io) = &error {
        match io.get_ref().and_then(|inner| inner.downcast_ref::<FileError>()) {
            Some(FileError::ZipBomb) => return FileError::ZipBomb,
            Some(FileError::ZipDamaged(_)) => return FileError::ZipDamaged(Some(Box::new(error))),
            _ => {}
        }
    }
    FileError::Workbook { part: part.to_owned(), source: Some(Box::new(error)) }
}
