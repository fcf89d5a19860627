//! The way from a page to the next one.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::layout::PageFault;
use super::values::text;
use crate::definition::PagePages;

/// Largest form that is sent on: a token, a number, a filter.
const MOST_FIELDS: usize = 50;

/// Where a page says that the list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Onward {
    /// At this address.
    Address(Url),
    /// By sending this form.
    Form {
        /// Where it goes.
        to: Url,
        /// Its fields as they stand, tokens too: never to be kept or told.
        fields: Vec<(String, String)>,
    },
}

/// The way on whose selectors have been read.
pub(super) enum WayAt {
    Whole,
    Next { select: Selector, text: Option<String> },
    Number { param: String, first: u64 },
    Form { select: Selector },
}

impl WayAt {
    pub(super) fn of(pages: &PagePages) -> Option<WayAt> {
        Some(match pages {
            PagePages::Whole {} => WayAt::Whole,
            PagePages::Next { select, text } => {
                WayAt::Next { select: Selector::parse(select).ok()?, text: text.clone() }
            }
            PagePages::Number { param, first } => WayAt::Number { param: param.clone(), first: *first },
            PagePages::Form { select } => WayAt::Form { select: Selector::parse(select).ok()? },
        })
    }

    /// Where this page says that the list goes on; nothing at its end.
    pub(super) fn onward(&self, page: &Html, at: &Url) -> Result<Option<Onward>, PageFault> {
        match self {
            WayAt::Whole => Ok(None),
            WayAt::Next { select, text: wanted } => {
                let link = page.select(select).find(|link| {
                    let said = wanted.as_ref().is_none_or(|wanted| text(*link).eq_ignore_ascii_case(wanted));
                    said && !is_off(*link)
                });
                let Some(link) = link else { return Ok(None) };
                // A way on that only a script can go is a way on that cannot be gone, never an end.
                address(link, at).map(|url| Some(Onward::Address(url))).ok_or(PageFault::ByScript)
            }
            WayAt::Number { param, first } => {
                let next = number(at, param).unwrap_or(*first).saturating_add(1);
                let found =
                    links(page, at).find(|url| same_page(url, at) && number(url, param) == Some(next));
                Ok(found.map(Onward::Address))
            }
            WayAt::Form { select } => match page.select(select).next() {
                None => Ok(None),
                Some(form) => sent(form, at).map(Some).ok_or(PageFault::ByScript),
            },
        }
    }
}

/// Whether a link is drawn as one that leads nowhere.
pub(super) fn is_off(link: ElementRef<'_>) -> bool {
    let value = link.value();
    let off = |element: &scraper::node::Element| {
        element.attr("aria-disabled") == Some("true")
            || element.attr("disabled").is_some()
            || element.classes().any(|class| class.eq_ignore_ascii_case("disabled"))
    };
    off(value)
        || link
            .parent()
            .and_then(ElementRef::wrap)
            .is_some_and(|parent| parent.value().name() == "li" && off(parent.value()))
}

/// The address of a link.
pub(super) fn address(link: ElementRef<'_>, at: &Url) -> Option<Url> {
    let href = link.value().attr("href")?.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = at.join(href).ok()?;
    url.set_fragment(None);
    (matches!(url.scheme(), "http" | "https") && url != *at).then_some(url)
}

/// Addresses of all links of a page.
pub(super) fn links(page: &Html, at: &Url) -> impl Iterator<Item = Url> {
    // Without a selector: one that is written here cannot fail, and would still have to be asked whether it did.
    page.root_element()
        .descendent_elements()
        .filter(|element| element.value().name() == "a" && !is_off(*element))
        .filter_map(|link| address(link, at))
}

/// The same page but for its query.
pub(super) fn same_page(url: &Url, at: &Url) -> bool {
    url.origin() == at.origin() && url.path() == at.path()
}

/// A whole number in a parameter of the query.
pub(super) fn number(url: &Url, param: &str) -> Option<u64> {
    url.query_pairs().find(|(name, _)| name == param).and_then(|(_, value)| value.parse().ok())
}

/// A form as it would be sent by its button.
fn sent(form: ElementRef<'_>, at: &Url) -> Option<Onward> {
    let value = form.value();
    let mut to = at.join(value.attr("action").unwrap_or_default()).ok()?;
    to.set_fragment(None);
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut pressed = false;
    for input in form.descendent_elements() {
        let element = input.value();
        let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
        let button = match element.name() {
            "input" => ["submit", "image"].contains(&kind.as_str()),
            "button" => kind.is_empty() || kind == "submit",
            _ => continue,
        };
        if element.attr("disabled").is_some() {
            continue;
        }
        // A password, a file or a free text are nobody's to send on.
        if element.name() == "input" && !button && !["hidden", ""].contains(&kind.as_str()) {
            continue;
        }
        // One button is pressed, the first one; the others are not in what is sent.
        if button && std::mem::replace(&mut pressed, true) {
            continue;
        }
        if let Some(name) = element.attr("name").filter(|name| !name.is_empty()) {
            fields.push((name.to_owned(), element.attr("value").unwrap_or_default().to_owned()));
        }
        if fields.len() > MOST_FIELDS {
            return None;
        }
    }
    if !pressed {
        return None;
    }
    if value.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
        return Some(Onward::Form { to, fields });
    }
    to.set_query(None);
    to.query_pairs_mut().extend_pairs(fields);
    Some(Onward::Address(to))
}
