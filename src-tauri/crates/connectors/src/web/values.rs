//! Values in elements.

use jiff::civil::Date;
use scraper::node::Node;
use scraper::{ElementRef, Selector};

use super::days;
use crate::definition::{Cell, CellRead};

/// Longest text of one cell; the rest of it is no value of a client.
const LONGEST: usize = 64 * 1024;

/// A cell whose selector has been read.
pub(super) struct CellAt {
    select: Option<Selector>,
    attr: Option<String>,
    read: Option<CellRead>,
}

impl CellAt {
    /// Nothing where the selector cannot be read; the check of definitions says so before.
    pub(super) fn of(cell: &Cell) -> Option<CellAt> {
        let select = match &cell.select {
            Some(select) => Some(Selector::parse(select).ok()?),
            None => None,
        };
        Some(CellAt { select, attr: cell.attr.clone(), read: cell.read })
    }

    /// The value in an element; nothing where it is not there or blank.
    pub(super) fn value(&self, element: ElementRef<'_>, today: Date) -> Option<String> {
        let element = match &self.select {
            Some(select) => element.select(select).next()?,
            None => element,
        };
        let text = match &self.attr {
            Some(attr) => element.value().attr(attr)?.trim().to_owned(),
            None => text(element),
        };
        if text.is_empty() {
            return None;
        }
        Some(match self.read {
            None => text,
            Some(CellRead::RelativeDate { locale }) => days::absolute(&text, locale, today),
            Some(CellRead::Contact {}) => contact(&text),
        })
    }
}

/// What a person reads in an element: without scripts, runs of white space as one, lines kept apart.
pub(super) fn text(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let mut skip = 0_u32;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => match node.value() {
                Node::Text(text) if skip == 0 && out.len() < LONGEST => out.push_str(text),
                Node::Element(inner) => {
                    if hides(inner.name()) {
                        skip += 1;
                    }
                    if breaks(inner.name()) {
                        out.push(' ');
                    }
                }
                _ => {}
            },
            ego_tree::iter::Edge::Close(node) => {
                if let Node::Element(inner) = node.value() {
                    if hides(inner.name()) {
                        skip = skip.saturating_sub(1);
                    }
                    if breaks(inner.name()) {
                        out.push(' ');
                    }
                }
            }
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hides(name: &str) -> bool {
    ["script", "style", "template", "noscript"].contains(&name)
}

fn breaks(name: &str) -> bool {
    ["br", "p", "div", "li", "tr", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "section"].contains(&name)
}

/// What stands after `mailto:` or `tel:`, without what a mail program would do with it.
fn contact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(':') else { return text.to_owned() };
    if !["mailto", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return text.to_owned();
    }
    let address = rest.split('?').next().unwrap_or_default();
    // A plus is a plus in such an address (RFC 6068), so that it is not read as a form would.
    let pairs = format!("a={}", address.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes())
        .next()
        .map_or_else(|| address.to_owned(), |(_, decoded)| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn value(html: &str, select: Option<&str>, attr: Option<&str>, read: Option<CellRead>) -> Option<String> {
        let cell = Cell { select: select.map(str::to_owned), attr: attr.map(str::to_owned), read };
        let page = Html::parse_document(html);
        let today = jiff::civil::date(2026, 5, 14);
        CellAt::of(&cell).unwrap().value(page.root_element(), today)
    }

    #[test]
    fn a_value_is_what_a_person_would_read() {
        let html = "<div class=n>Amélie  &amp;\n Tom<br>Hale<script>secret()</script></div><i class=e> </i>";
        assert_eq!(value(html, Some(".n"), None, None).as_deref(), Some("Amélie & Tom Hale"));
        assert_eq!(value(html, Some(".e"), None, None), None, "blank is nothing");
        assert_eq!(value(html, Some(".none"), None, None), None);
        let link = "<a href='mailto:a+b%40c.example?subject=Hello'>write</a>";
        let read = Some(CellRead::Contact {});
        assert_eq!(value(link, Some("a"), Some("href"), read).as_deref(), Some("a+b@c.example"));
        let called = "<a href='tel:+44 20 7946 0000'>ring</a>";
        assert_eq!(value(called, Some("a"), Some("href"), read).as_deref(), Some("+44 20 7946 0000"));
    }
}
