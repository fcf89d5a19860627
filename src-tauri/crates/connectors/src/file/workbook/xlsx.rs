//! XLSX (ECMA-376, transitional and strict): which sheets there are and what their cells refer to.

use std::sync::{Arc, Mutex, PoisonError};

use super::format::{Epoch, Shows, built_in, by_code};
use super::sheet::SheetRows;
use super::strings::Strings;
use super::xml::{Node, Xml};
use crate::file::failure::FileError;
use crate::file::limits;
use crate::file::package::{Closed, Packed};
use crate::file::source::Source;
use crate::file::warning::{Oddness, Warnings};

/// What all sheets share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Where the texts are read from; none where cells hold their own.
    texts: Option<(Source, String)>,
    /// The texts, from the first row that is read until they are let go.
    strings: Mutex<Option<Arc<Strings>>>,
    /// By the number of a cell's format.
    pub(super) formats: Vec<Shows>,
    pub(super) epoch: Epoch,
}

impl Shared {
    fn strings(&self) -> Result<Arc<Strings>, FileError> {
        let mut held = self.strings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(strings) = &*held {
            return Ok(Arc::clone(strings));
        }
        let read = match &self.texts {
            Some((source, part)) => Strings::read(source, part)?,
            None => Strings::default(),
        };
        Ok(Arc::clone(held.insert(Arc::new(read))))
    }
}

/// A sheet.
#[derive(Debug, Clone)]
pub(in crate::file) struct Sheet {
    pub(in crate::file) name: String,
    source: Source,
    part: String,
    shared: Arc<Shared>,
}

impl Sheet {
    pub(in crate::file) fn rows(&self) -> Result<SheetRows, FileError> {
        let strings = self.shared.strings()?;
        Ok(SheetRows::new(Xml::open(&self.source, &self.part)?, Arc::clone(&self.shared), strings))
    }

    /// Gives back what is held in memory for reading; rows read later take it in again.
    pub(in crate::file) fn let_go(&self) {
        *self.shared.strings.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Listed {
    name: String,
    relation: String,
    hidden: bool,
}

/// The sheets that can be seen.
pub(in crate::file) fn open(parts: &[Packed], workbook: &str) -> Result<(Vec<Sheet>, Warnings), FileError> {
    let mut warnings = Warnings::default();
    let folder = workbook.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = workbook.rsplit('/').next().unwrap_or(workbook);
    let (listed, epoch) = read_workbook(parts, workbook)?;
    let relations = read_relations(parts, &join(folder, &format!("_rels/{file}.rels")))?;
    let by_kind = |kind: &str| {
        relations
            .iter()
            .find(|relation| relation.kind.ends_with(kind))
            .map(|relation| join(folder, &relation.target))
    };
    let texts = match by_kind("/sharedStrings").filter(|part| find(parts, part).is_some()) {
        Some(part) => Some((source(parts, &part)?, part)),
        None => None,
    };
    let formats = match by_kind("/styles").filter(|part| find(parts, part).is_some()) {
        Some(part) => read_formats(parts, &part)?,
        None => Vec::new(),
    };
    let shared = Arc::new(Shared { texts, strings: Mutex::default(), formats, epoch });
    let mut sheets = Vec::new();
    for sheet in listed {
        let Some(relation) = relations.iter().find(|relation| relation.id == sheet.relation) else {
            continue;
        };
        if !relation.kind.ends_with("/worksheet") {
            continue;
        }
        if sheet.hidden {
            warnings.add(Oddness::HiddenSheet, None, Some(&sheet.name));
            continue;
        }
        let part = join(folder, &relation.target);
        let source = source(parts, &part)?;
        sheets.push(Sheet { name: sheet.name, source, part, shared: Arc::clone(&shared) });
    }
    Ok((sheets, warnings))
}

/// The part that the package says is its workbook, if it is an Excel one.
pub(in crate::file) fn workbook_part(parts: &[Packed]) -> Option<String> {
    let named = read_relations(parts, "_rels/.rels").ok().and_then(|relations| {
        let main = relations.into_iter().find(|relation| relation.kind.ends_with("/officeDocument"))?;
        Some(join("", &main.target))
    });
    named.or_else(|| find(parts, "xl/workbook.xml").map(|part| part.name.clone()))
}

fn find<'a>(parts: &'a [Packed], name: &str) -> Option<&'a Packed> {
    parts.iter().find(|part| part.name.eq_ignore_ascii_case(name))
}

pub(super) fn source(parts: &[Packed], name: &str) -> Result<Source, FileError> {
    match find(parts, name).map(|part| &part.source) {
        Some(Ok(source)) => Ok(source.clone()),
        Some(Err(Closed::Locked)) => Err(FileError::Password),
        Some(Err(Closed::Method(method))) => Err(FileError::ZipMethod(method.clone())),
        Some(Err(Closed::Damaged)) | None => Err(FileError::Workbook { part: name.to_owned(), source: None }),
    }
}

/// A target beside a folder; `/xl/x.xml` counts from the top.
fn join(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(path.pop()),
            "." | "" => {}
            part => path.push(part),
        }
    }
    path.join("/")
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

fn read_relations(parts: &[Packed], part: &str) -> Result<Vec<Relation>, FileError> {
    let mut xml = Xml::open(&source(parts, part)?, part)?;
    let mut relations = Vec::new();
    loop {
        match xml.next()? {
            Node::Open(tag) if tag.name() == b"Relationship" => {
                let get = |name: &str| tag.attribute(name).unwrap_or_default();
                relations.push(Relation { id: get("Id"), kind: get("Type"), target: get("Target") });
            }
            Node::End => return Ok(relations),
            _ if relations.len() > limits::TABLES * 4 => return Err(FileError::ZipBomb),
            _ => {}
        }
    }
}

fn read_workbook(parts: &[Packed], part: &str) -> Result<(Vec<Listed>, Epoch), FileError> {
    let mut xml = Xml::open(&source(parts, part)?, part)?;
    let (mut listed, mut epoch) = (Vec::new(), Epoch::Y1900);
    loop {
        match xml.next()? {
            Node::Open(tag) if tag.name() == b"workbookPr" => {
                if matches!(tag.attribute("date1904").as_deref(), Some("1" | "true" | "on")) {
                    epoch = Epoch::Y1904;
                }
            }
            Node::Open(tag) if tag.name() == b"sheet" => {
                listed.push(Listed {
                    name: tag.attribute("name").unwrap_or_default(),
                    // `r:id`, whatever its prefix.
                    relation: tag.attribute("id").unwrap_or_default(),
                    hidden: tag.attribute("state").is_some_and(|state| state != "visible"),
                });
                if listed.len() > limits::TABLES {
                    return Err(FileError::ZipBomb);
                }
            }
            Node::End => return Ok((listed, epoch)),
            _ => {}
        }
    }
}

fn read_formats(parts: &[Packed], part: &str) -> Result<Vec<Shows>, FileError> {
    let mut xml = Xml::open(&source(parts, part)?, part)?;
    let mut own = std::collections::BTreeMap::<u32, Shows>::new();
    let mut formats = Vec::new();
    let mut inside = false;
    loop {
        match xml.next()? {
            Node::Open(tag) => {
                let number = |name: &str| tag.attribute(name).and_then(|text| text.parse::<u32>().ok());
                match tag.name() {
                    b"numFmt" => {
                        if let (Some(id), Some(code)) = (number("numFmtId"), tag.attribute("formatCode")) {
                            own.insert(id, by_code(&code));
                        }
                    }
                    b"cellXfs" => inside = true,
                    b"xf" if inside => {
                        let id = number("numFmtId").unwrap_or(0);
                        formats.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
                    }
                    _ => {}
                }
                if own.len() > limits::FORMATS || formats.len() > limits::FORMATS {
                    return Err(FileError::ZipBomb);
                }
            }
            Node::Close(name) if name == b"cellXfs" => inside = false,
            Node::Close(_) | Node::Text(_) => {}
            Node::End => return Ok(formats),
        }
    }
}
