//! vCard 2.1, 3 and 4 as a table: one row a card, one column a property, further columns where a card has several.
//!
//! The columns are those that any card of the file fills, so the file is read once to find them. Nothing is dropped
//! but pictures; what has no name here keeps its own.

use std::collections::BTreeMap;

use super::encoding::Charset;
use super::failure::{FileError, Outsize};
use super::limits;
use super::lines::{Line, Lines, parts, plain};
use super::raw::{RawRow, RawRows};
use super::source::Source;
use super::warning::{Oddness, Warnings};

/// Order of a column: of the property, of the value among its like, of the part.
type Place = (u16, u16, u16, String);
/// What a card says.
type Card = BTreeMap<Place, String>;

/// A file of cards.
#[derive(Debug, Clone)]
pub(super) struct Cards {
    source: Source,
    charset: Charset,
    columns: BTreeMap<Place, usize>,
}

impl Cards {
    pub(super) fn open(source: &Source, charset: Charset) -> Result<Cards, FileError> {
        let mut rows = CardRows::new(source, charset)?;
        let mut places = std::collections::BTreeSet::new();
        while let Some((row, card)) = rows.card()? {
            places.extend(card.into_keys());
            if places.len() > limits::COLUMNS {
                return Err(FileError::Outsize { row, limit: Outsize::Columns });
            }
        }
        if places.is_empty() {
            return Err(FileError::NoRows);
        }
        let columns = places.into_iter().enumerate().map(|(at, place)| (place, at)).collect();
        Ok(Cards { source: source.clone(), charset, columns })
    }

    pub(super) fn encoding(&self) -> String {
        self.charset.name()
    }

    pub(super) fn header(&self) -> Vec<String> {
        self.columns.keys().map(|(_, _, _, name)| name.clone()).collect()
    }

    pub(super) fn rows(&self) -> Result<CardRows, FileError> {
        let mut rows = CardRows::new(&self.source, self.charset)?;
        rows.columns = self.columns.clone();
        Ok(rows)
    }
}

/// Cards of a file, one at a time.
pub(super) struct CardRows {
    lines: Lines,
    columns: BTreeMap<Place, usize>,
    number: u64,
    warnings: Warnings,
}

impl CardRows {
    fn new(source: &Source, charset: Charset) -> Result<CardRows, FileError> {
        let lines = Lines::open(source, charset)?;
        Ok(CardRows { lines, columns: BTreeMap::new(), number: 0, warnings: Warnings::default() })
    }

    fn card(&mut self) -> Result<Option<(u64, Card)>, FileError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.name != "BEGIN" || !line.value.trim().eq_ignore_ascii_case("VCARD") {
                continue;
            }
            self.number += 1;
            let (mut held, mut bytes, mut depth, mut whole) = (Vec::new(), 0, 1, false);
            while let Some(line) = self.lines.next()? {
                match line.name.as_str() {
                    "BEGIN" => depth += 1,
                    "END" => depth -= 1,
                    "PHOTO" | "LOGO" | "SOUND" | "KEY" => {
                        self.warnings.add(Oddness::Photo, Some(self.number), None)
                    }
                    // A card inside a card (AGENT) is not this card.
                    _ if depth > 1 => {}
                    _ => {
                        bytes += line.value.len() + 64;
                        if bytes > limits::CARD_BYTES {
                            return Err(FileError::Outsize { row: self.number, limit: Outsize::Row });
                        }
                        held.push(line);
                    }
                }
                if depth == 0 {
                    whole = true;
                    break;
                }
            }
            let card = read(&held);
            if !whole || card.is_empty() {
                self.warnings.add(Oddness::BrokenCard, Some(self.number), None);
            }
            if !card.is_empty() {
                return Ok(Some((self.number, card)));
            }
        }
    }
}

impl RawRows for CardRows {
    fn next_row(&mut self) -> Result<Option<RawRow>, FileError> {
        let Some((number, card)) = self.card()? else { return Ok(None) };
        let mut cells = vec![String::new(); self.columns.len()];
        for (place, value) in card {
            if let Some(cell) = self.columns.get(&place).and_then(|at| cells.get_mut(*at)) {
                *cell = value;
            }
        }
        Ok(Some(RawRow { number, cells }))
    }

    fn warnings(&self) -> Warnings {
        let mut warnings = self.warnings.clone();
        warnings.join(&self.lines.warnings());
        warnings
    }
}

fn read(lines: &[Line]) -> Card {
    let mut card = BTreeMap::new();
    let mut counts = BTreeMap::<&str, u16>::new();
    for line in lines {
        if line.value.trim().is_empty() || matches!(line.name.as_str(), "VERSION" | "PRODID" | "X-ABLABEL") {
            continue;
        }
        let nth = counts.entry(line.name.as_str()).or_default();
        *nth = nth.saturating_add(1);
        let nth = *nth;
        let mut put = |rank: u16, part: u16, name: &str, value: String| {
            if !value.trim().is_empty() {
                card.insert((rank, nth, part, name.to_owned()), value);
            }
        };
        let numbered = |name: &str| if nth == 1 { name.to_owned() } else { format!("{name} {nth}") };
        let label = label(line, lines);
        match line.name.as_str() {
            "FN" => put(0, 0, &numbered("Full Name"), plain(&line.value)),
            "N" if nth == 1 => {
                const PARTS: [(u16, &str); 5] =
                    [(3, "Last Name"), (1, "First Name"), (2, "Middle Name"), (0, "Prefix"), (4, "Suffix")];
                for ((part, name), value) in PARTS.into_iter().zip(parts(&line.value, ';')) {
                    put(1, part, name, value);
                }
            }
            "NICKNAME" => put(2, 0, &numbered("Nickname"), plain(&line.value)),
            "ORG" => {
                let units: Vec<_> =
                    parts(&line.value, ';').into_iter().filter(|unit| !unit.trim().is_empty()).collect();
                put(3, 0, &numbered("Company"), units.join(", "));
            }
            "TITLE" => put(4, 0, &numbered("Job Title"), plain(&line.value)),
            "EMAIL" => {
                put(10, 0, &numbered("Email"), uri(&line.value, "mailto:"));
                put(10, 1, &format!("{} Type", numbered("Email")), label);
            }
            "TEL" => {
                put(11, 0, &numbered("Phone"), uri(&line.value, "tel:"));
                put(11, 1, &format!("{} Type", numbered("Phone")), label);
            }
            "ADR" => {
                const PARTS: [&str; 7] =
                    ["PO Box", "Extended Address", "Street", "City", "Region", "Postcode", "Country"];
                for (part, (name, value)) in PARTS.into_iter().zip(parts(&line.value, ';')).enumerate() {
                    put(12, part as u16, &numbered(name), value);
                }
                put(12, 7, &format!("{} Type", numbered("Address")), label);
            }
            "BDAY" => put(13, 0, &numbered("Birthday"), day(&line.value)),
            "ANNIVERSARY" | "X-ANNIVERSARY" => put(14, 0, &numbered("Anniversary"), day(&line.value)),
            "X-ABDATE" => {
                put(15, 0, &numbered("Date"), day(&line.value));
                put(15, 1, &format!("{} Type", numbered("Date")), label);
            }
            "RELATED" | "X-ABRELATEDNAMES" | "X-SPOUSE" => {
                let label = if line.name == "X-SPOUSE" { "spouse".to_owned() } else { label };
                put(16, 0, &numbered("Related Name"), plain(&line.value));
                put(16, 1, &format!("{} Type", numbered("Related Name")), label);
            }
            "URL" => put(17, 0, &numbered("Website"), plain(&line.value)),
            "CATEGORIES" => put(18, 0, &numbered("Categories"), parts(&line.value, ',').join(", ")),
            "NOTE" => put(19, 0, &numbered("Notes"), plain(&line.value)),
            "UID" => put(20, 0, &numbered("UID"), plain(&line.value)),
            "REV" => put(21, 0, &numbered("Revision"), plain(&line.value)),
            other => put(30, 0, &numbered(other), plain(&line.value)),
        }
    }
    card
}

/// Home, work, mobile: from the type, or from the label that Apple hangs on the group.
fn label(line: &Line, lines: &[Line]) -> String {
    let own = (!line.group.is_empty())
        .then(|| lines.iter().find(|other| other.name == "X-ABLABEL" && other.group == line.group))
        .flatten()
        .map(|label| plain(label.value.trim_start_matches("_$!<").trim_end_matches(">!$_")).to_lowercase());
    own.unwrap_or_else(|| {
        let types: Vec<String> = line
            .parameters
            .iter()
            .filter(|(name, _)| name == "TYPE")
            .flat_map(|(_, value)| value.split(','))
            .map(|kind| kind.trim().to_lowercase())
            .filter(|kind| !["pref", "internet", "voice", ""].contains(&kind.as_str()))
            .collect();
        types.join(", ")
    })
}

fn uri(value: &str, scheme: &str) -> String {
    let plain = plain(value);
    match plain.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => plain[scheme.len()..].to_owned(),
        _ => plain,
    }
}

/// `19900620` as `1990-06-20`; anything else as it is.
pub(super) fn day(value: &str) -> String {
    let value = value.trim();
    let digits = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    if digits { format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..]) } else { plain(value) }
}
