//! A page by its definition: rows, total, account, the way on, and everything that says it is another page.

use jiff::civil::Date;
use scraper::{ElementRef, Html, Selector};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use url::Url;

use super::next::{Onward, WayAt};
use super::values::CellAt;
use crate::definition::{Detail, DrawnBy, PagePages, PageRead, PageRows};

/// Largest page that is taken, in bytes.
pub(crate) const LARGEST: usize = 8 * 1024 * 1024;
/// Most rows of one page.
const MOST_ROWS: usize = 10_000;
/// The key under which a record remembers its own page until that was read.
pub(crate) const OWN_PAGE: &str = "#page";
/// Where one types a password.
const PASSWORD: &str = "input[type=password]";
/// What asks whether somebody is a person: the widgets that are common, by their own documents.
const PERSON_ASKED: &str = ".g-recaptcha, .h-captcha, .cf-turnstile, #challenge-form, #cf-challenge-running, \
    iframe[src*='recaptcha'], iframe[src*='hcaptcha'], iframe[src*='challenges.cloudflare.com']";

/// Why a page is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageFault {
    /// It asks to sign in.
    #[error("the page asks to sign in")]
    SignedOut,
    /// It asks whether somebody is a person.
    #[error("the page asks whether a person is there")]
    PersonAsked,
    /// Neither the list nor a row of it is there.
    #[error("the list is not on the page")]
    NoList,
    /// A row that cannot be told from the others.
    #[error("row {0} has no id")]
    NoId(usize),
    /// A field that every row had before is on no row.
    #[error("no row has the field {0}")]
    FieldGone(String),
    /// What stands in the script element is no list.
    #[error("the script element holds no list")]
    NoData,
    /// The way on is one that only a script can go.
    #[error("the way to the next page needs a script")]
    ByScript,
    /// A first page that is full and names neither a further page nor a total.
    #[error("a full page, and nothing says whether it is the last")]
    NoEnd,
    /// The selectors of the definition cannot be read.
    #[error("a selector of the definition cannot be read")]
    Selector,
    /// Larger than any honest page.
    #[error("the page is too large")]
    TooLarge,
}

/// What a page says.
#[derive(Debug, Clone)]
pub(crate) struct ReadPage {
    /// Its records as JSON objects.
    pub(crate) records: Vec<Box<RawValue>>,
    /// Records of the whole list.
    pub(crate) total: Option<u64>,
    /// Who is signed in.
    pub(crate) account: Option<String>,
    /// Where the list goes on.
    pub(crate) onward: Option<Onward>,
}

enum RowsAt {
    Elements { select: Selector, id: CellAt, fields: Vec<(String, CellAt)>, needed: Vec<String> },
    Script { select: Selector, records: Vec<String> },
}

struct DetailAt {
    link: CellAt,
    holder: Selector,
    fields: Vec<(String, CellAt)>,
}

/// Reads the pages of one list.
pub(crate) struct PageReader {
    holder: Option<Selector>,
    rows: RowsAt,
    total: Option<CellAt>,
    account: Option<CellAt>,
    way: WayAt,
    full: Option<usize>,
    signed_out: Vec<Selector>,
    password: Selector,
    person_asked: Selector,
    detail: Option<DetailAt>,
    drawn_by: DrawnBy,
    awaited: Awaited,
}

/// What a window that draws a page waits for, as CSS selectors.
#[derive(Debug, Clone)]
pub(crate) struct Awaited {
    /// The rows.
    pub(crate) rows: String,
    /// What every record's own page has.
    pub(crate) own: Option<String>,
    /// What stands there in place of either.
    pub(crate) instead: Vec<String>,
}

/// A page is asked for as the first one of its list, or was named by one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing was read before it.
    First,
    /// The page before named it.
    Later,
}

fn selector(text: &str) -> Result<Selector, PageFault> {
    Selector::parse(text).map_err(|_| PageFault::Selector)
}

fn cell(cell: &crate::definition::Cell) -> Result<CellAt, PageFault> {
    CellAt::of(cell).ok_or(PageFault::Selector)
}

fn cells<'a>(
    fields: impl IntoIterator<Item = (&'a String, &'a crate::definition::Cell)>,
) -> Result<Vec<(String, CellAt)>, PageFault> {
    fields.into_iter().map(|(name, at)| Ok((name.clone(), cell(at)?))).collect()
}

impl PageReader {
    /// A reader of such a list, as it is found to go on.
    ///
    /// # Errors
    /// [`PageFault::Selector`].
    pub(crate) fn new(read: &PageRead, pages: &PagePages) -> Result<PageReader, PageFault> {
        let rows = match &read.rows {
            PageRows::Elements { select, id, fields, needed } => RowsAt::Elements {
                select: selector(select)?,
                id: cell(id)?,
                fields: cells(fields)?,
                needed: needed.clone(),
            },
            PageRows::Script { select, records, .. } => RowsAt::Script {
                select: selector(select)?,
                records: records.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect(),
            },
        };
        let detail = |detail: &Detail| {
            Ok(DetailAt {
                link: cell(&detail.link)?,
                holder: selector(&detail.holder)?,
                fields: cells(&detail.fields)?,
            })
        };
        Ok(PageReader {
            holder: read.holder.as_deref().map(selector).transpose()?,
            rows,
            total: read.total.as_ref().map(cell).transpose()?,
            account: read.account.as_ref().map(cell).transpose()?,
            way: WayAt::of(pages).ok_or(PageFault::Selector)?,
            full: read.full.and_then(|rows| usize::try_from(rows).ok()),
            signed_out: read.signed_out.iter().map(|text| selector(text)).collect::<Result<_, _>>()?,
            password: selector(PASSWORD)?,
            person_asked: selector(PERSON_ASKED)?,
            detail: read.detail.as_ref().map(detail).transpose()?,
            drawn_by: read.drawn_by,
            awaited: Awaited::of(read),
        })
    }

    /// What a window that draws a page of this list waits for; nothing where the server draws them.
    pub(crate) fn awaited(&self) -> Option<&Awaited> {
        match self.drawn_by {
            DrawnBy::Server => None,
            DrawnBy::Script => Some(&self.awaited),
        }
    }

    /// Reads a page of the list.
    ///
    /// # Errors
    /// Whatever says that it is not one.
    pub(crate) fn read(
        &self,
        text: &str,
        at: &Url,
        place: Place,
        today: Date,
    ) -> Result<ReadPage, PageFault> {
        let page = parsed(text)?;
        let records = self.records(&page, at, today)?;
        if records.is_empty() {
            self.open(&page)?;
            let held = self.holder.as_ref().is_some_and(|holder| page.select(holder).next().is_some());
            if !held && (place == Place::First || self.holder.is_some()) {
                return Err(PageFault::NoList);
            }
        }
        let root = page.root_element();
        let total =
            self.total.as_ref().and_then(|cell| cell.value(root, today)).and_then(|text| last_number(&text));
        match (self.drawn_by, total) {
            (DrawnBy::Server, _) | (DrawnBy::Script, Some(_)) if !records.is_empty() => {}
            (DrawnBy::Server, _) | (DrawnBy::Script, Some(0)) => {}
            // Rows that a script has not drawn yet look like rows that are not there.
            (DrawnBy::Script, Some(_)) => return Err(PageFault::NoList),
            (DrawnBy::Script, None) => {
                return Err(if records.is_empty() { PageFault::NoList } else { PageFault::NoEnd });
            }
        }
        let onward = self.way.onward(&page, at)?;
        let full = self.full.is_some_and(|full| records.len() >= full);
        if place == Place::First && full && onward.is_none() && total != Some(records.len() as u64) {
            return Err(PageFault::NoEnd);
        }
        let account = self.account.as_ref().and_then(|cell| cell.value(root, today));
        Ok(ReadPage { records, total, account, onward })
    }

    /// Reads a record's own page: its further fields by name.
    ///
    /// # Errors
    /// Whatever says that it is another page.
    pub(crate) fn detail(&self, text: &str, today: Date) -> Result<Vec<(String, String)>, PageFault> {
        let Some(detail) = &self.detail else { return Ok(Vec::new()) };
        let page = parsed(text)?;
        if page.select(&detail.holder).next().is_none() {
            self.open(&page)?;
            return Err(PageFault::NoList);
        }
        let root = page.root_element();
        let value = |(name, cell): &(String, CellAt)| Some((name.clone(), cell.value(root, today)?));
        Ok(detail.fields.iter().filter_map(value).collect())
    }

    /// Whether somebody is signed in, on a page without what is looked for.
    fn open(&self, page: &Html) -> Result<(), PageFault> {
        let has = |selector: &Selector| page.select(selector).next().is_some();
        // A page that asks both is one to sign in on.
        if has(&self.password) || self.signed_out.iter().any(has) {
            return Err(PageFault::SignedOut);
        }
        if has(&self.person_asked) { Err(PageFault::PersonAsked) } else { Ok(()) }
    }

    fn records(&self, page: &Html, at: &Url, today: Date) -> Result<Vec<Box<RawValue>>, PageFault> {
        match &self.rows {
            RowsAt::Elements { select, id, fields, needed } => {
                let rows: Vec<ElementRef<'_>> = page.select(select).collect();
                if rows.len() > MOST_ROWS {
                    return Err(PageFault::TooLarge);
                }
                let mut records = Vec::with_capacity(rows.len());
                let mut seen: Vec<bool> = vec![false; needed.len()];
                for (index, row) in rows.into_iter().enumerate() {
                    let id = id.value(row, today).ok_or(PageFault::NoId(index + 1))?;
                    let mut record = Map::new();
                    for (name, cell) in fields {
                        if let Some(value) = cell.value(row, today) {
                            record.insert(name.clone(), Json::String(value));
                        }
                    }
                    for (seen, name) in seen.iter_mut().zip(needed) {
                        *seen |= record.contains_key(name);
                    }
                    if let Some(link) = self.detail.as_ref().and_then(|detail| detail.link.value(row, today))
                    {
                        let own = at.join(&link).map_err(|_| PageFault::NoList)?;
                        record.insert(OWN_PAGE.to_owned(), Json::String(own.to_string()));
                    }
                    record.insert("id".to_owned(), Json::String(id));
                    records.push(raw(&Json::Object(record))?);
                }
                let gone = seen.iter().zip(needed).find(|(seen, _)| !**seen).filter(|_| !records.is_empty());
                match gone {
                    Some((_, name)) => Err(PageFault::FieldGone(name.clone())),
                    None => Ok(records),
                }
            }
            RowsAt::Script { select, records } => {
                let Some(script) = page.select(select).next() else { return Ok(Vec::new()) };
                let text: String = script.text().collect();
                let mut found: Json = serde_json::from_str(&text).map_err(|_| PageFault::NoData)?;
                for step in records {
                    found = found.get_mut(step).map(Json::take).ok_or(PageFault::NoData)?;
                }
                let Json::Array(entries) = found else { return Err(PageFault::NoData) };
                if entries.len() > MOST_ROWS {
                    return Err(PageFault::TooLarge);
                }
                entries.iter().map(raw).collect()
            }
        }
    }
}

impl Awaited {
    fn of(read: &PageRead) -> Awaited {
        let rows = match &read.rows {
            PageRows::Elements { select, .. } | PageRows::Script { select, .. } => select.clone(),
        };
        let mut instead = read.signed_out.clone();
        instead.extend([PASSWORD, PERSON_ASKED].map(str::to_owned));
        Awaited { rows, own: read.detail.as_ref().map(|detail| detail.holder.clone()), instead }
    }
}

fn parsed(text: &str) -> Result<Html, PageFault> {
    if text.len() > LARGEST {
        return Err(PageFault::TooLarge);
    }
    Ok(Html::parse_document(text))
}

fn raw(record: &Json) -> Result<Box<RawValue>, PageFault> {
    serde_json::value::to_raw_value(record).map_err(|_| PageFault::NoData)
}

/// The last whole number of a text: of "1–50 of 1,214 clients" it is the one that counts them all.
fn last_number(text: &str) -> Option<u64> {
    let letters: Vec<char> = text.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
    // A sign between digits divides thousands.
    let divides = |at: usize, letter: char| {
        ",.'\u{a0}\u{202f}".contains(letter) && digit(at.checked_sub(1)) && digit(Some(at + 1))
    };
    let joined: String = letters
        .iter()
        .enumerate()
        .filter(|(at, letter)| !divides(*at, **letter))
        .map(|(_, letter)| *letter)
        .collect();
    joined.split(|letter: char| !letter.is_ascii_digit()).rfind(|digits| !digits.is_empty())?.parse().ok()
}
