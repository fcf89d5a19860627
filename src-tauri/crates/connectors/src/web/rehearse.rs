//! Pages read as a connector would, without a server. For the fuzz target `site` and its replay; nothing in the product
//! calls it.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use serde_json::Value as Json;
use url::Url;

use super::charset::text_of;
use super::layout::{OWN_PAGE, PageReader, Place};
use super::next::Onward;
use super::recognise::{WayOn, way_on};
use crate::definition::{PagePages, PageRead};

/// Where the pages are taken to stand.
const AT: &str = "https://clients.example/list?page=2";
const TODAY: Date = date(2026, 6, 1);

/// What a rehearsal came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RehearsedPage {
    /// Records of the page; nothing where it is not the list.
    pub rows: Option<usize>,
    /// Records whose id is text and not empty.
    pub told: usize,
    /// Addresses to which the page leads, records' own pages among them.
    pub addresses: BTreeSet<String>,
    /// Fields of the record's own page; nothing where it is none.
    pub fields: Option<usize>,
    /// Whether a second reading said the same.
    pub steady: bool,
}

/// Reads a page by a layout, the TOML of a [`PageRead`]; one that does not say how it goes on is looked at as a test read does.
/// Nothing for a layout that is none.
pub fn rehearse_page(layout: &str, page: &[u8]) -> Option<RehearsedPage> {
    let read: PageRead = toml::from_str(layout).ok()?;
    let at = Url::parse(AT).ok()?;
    let text = text_of(None, page);
    let found = || match way_on(&text, &at) {
        WayOn::Found(pages) => pages,
        WayOn::Nowhere | WayOn::ByScript => PagePages::Whole {},
    };
    let pages = read.pages.clone().unwrap_or_else(found);
    let reader = PageReader::new(&read, &pages).ok()?;
    let mut done = RehearsedPage {
        rows: None,
        told: 0,
        addresses: BTreeSet::new(),
        fields: reader.detail(&text, TODAY).ok().map(|fields| fields.len()),
        steady: true,
    };
    let first = reader.read(&text, &at, Place::First, TODAY);
    let again = reader.read(&text, &at, Place::First, TODAY);
    match (first, again) {
        (Ok(one), Ok(two)) => {
            let said = |records: &[Box<serde_json::value::RawValue>]| -> Vec<String> {
                records.iter().map(|record| record.get().to_owned()).collect()
            };
            done.steady = said(&one.records) == said(&two.records) && one.total == two.total;
            done.rows = Some(one.records.len());
            for record in &one.records {
                let Ok(record) = serde_json::from_str::<Json>(record.get()) else { continue };
                done.told += usize::from(record["id"].as_str().is_some_and(|id| !id.is_empty()));
                done.addresses.extend(record[OWN_PAGE].as_str().map(str::to_owned));
            }
            match one.onward {
                Some(Onward::Address(url) | Onward::Form { to: url, .. }) => {
                    done.addresses.insert(url.to_string());
                }
                None => {}
            }
        }
        (one, two) => done.steady = one.err() == two.err(),
    }
    Some(done)
}
