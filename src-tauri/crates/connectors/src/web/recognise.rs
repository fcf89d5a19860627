//! Finding out how a list on pages goes on, from its first page. What was found is proved by going there
//! (`rest::signed_in`); a list that only a script carries on is refused.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html};
use url::Url;

use super::next::{address, is_off, links, number, same_page};
use super::values::text;
use crate::definition::PagePages;

/// What links to a next page say, in lower case.
const NEXT: &[&str] = &[
    "next",
    "next page",
    "next ›",
    "next »",
    "next →",
    "older",
    "›",
    "»",
    ">",
    "→",
    "weiter",
    "nächste",
    "nächste seite",
    "suivant",
    "page suivante",
    "siguiente",
];
/// What buttons say that fetch more of a list.
const MORE: &[&str] = &[
    "load more",
    "show more",
    "more",
    "view more",
    "see more",
    "mehr laden",
    "mehr anzeigen",
    "voir plus",
    "afficher plus",
];

/// How a list goes on, as its first page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WayOn {
    /// In this way.
    Found(PagePages),
    /// Nothing on the page leads on.
    Nowhere,
    /// Something leads on that only a script can do.
    ByScript,
}

/// Looks for the way on.
pub(crate) fn way_on(page: &str, at: &Url) -> WayOn {
    let page = Html::parse_document(page);
    let elements: Vec<ElementRef<'_>> = page.root_element().descendent_elements().collect();
    let of = |name: &'static str| elements.iter().copied().filter(move |one| one.value().name() == name);
    let pages = by_relation(of("a"), at)
        .or_else(|| by_class(of("a"), at))
        .or_else(|| by_number(&page, at))
        .or_else(|| by_text(of("a"), at))
        .or_else(|| by_form(of("form")));
    if let Some(pages) = pages {
        return WayOn::Found(pages);
    }
    let led_on = of("button").chain(of("a")).any(|one| {
        !is_off(one) && says(one, MORE) || one.value().name() == "a" && says(one, NEXT) && !is_off(one)
    });
    if led_on { WayOn::ByScript } else { WayOn::Nowhere }
}

fn says(element: ElementRef<'_>, words: &[&str]) -> bool {
    let value = element.value();
    let said = text(element).to_lowercase();
    let label = value.attr("aria-label").or_else(|| value.attr("title")).unwrap_or_default().to_lowercase();
    words.contains(&said.as_str()) || words.contains(&label.trim())
}

fn leads(link: ElementRef<'_>, at: &Url) -> bool {
    !is_off(link) && address(link, at).is_some_and(|url| url.origin() == at.origin())
}

fn next_by(select: &str) -> PagePages {
    PagePages::Next { select: select.to_owned(), text: None }
}

/// `<a rel="next">`, which is what it is there for (HTML, 4.6.7).
fn by_relation<'a>(mut links: impl Iterator<Item = ElementRef<'a>>, at: &Url) -> Option<PagePages> {
    let related = |link: &ElementRef<'_>| {
        link.value().attr("rel").is_some_and(|rel| rel.split_whitespace().any(|one| one == "next"))
    };
    links.find(|link| related(link) && leads(*link, at)).map(|_| next_by("a[rel~=next]"))
}

fn by_class<'a>(links: impl Iterator<Item = ElementRef<'a>>, at: &Url) -> Option<PagePages> {
    const USUAL: [(&str, &str); 4] = [
        ("next", "a.next"),
        ("next-page", "a.next-page"),
        ("pagination-next", "a.pagination-next"),
        ("next_page", "a.next_page"),
    ];
    let links: Vec<ElementRef<'_>> = links.filter(|link| leads(*link, at)).collect();
    for (class, select) in USUAL {
        if links.iter().any(|link| link.value().classes().any(|one| one == class)) {
            return Some(next_by(select));
        }
    }
    let wrapped = |link: &ElementRef<'_>| {
        link.parent().and_then(ElementRef::wrap).is_some_and(|one| one.value().classes().any(|c| c == "next"))
    };
    links.iter().any(wrapped).then(|| next_by(".next > a"))
}

/// Links to the same page that differ in one number: from 2 on, or from 1 on. Whether 1 is the second page of those that are
/// counted from 0, or the page itself, the page does not say: 0 is taken, and going there shows it.
fn by_number(page: &Html, at: &Url) -> Option<PagePages> {
    let all: Vec<Url> = links(page, at).filter(|url| same_page(url, at)).collect();
    let here: BTreeSet<(String, String)> = at.query_pairs().into_owned().collect();
    let numbered = |wanted: u64| {
        all.iter().find_map(|url| {
            let other: BTreeSet<(String, String)> = url.query_pairs().into_owned().collect();
            let mut new = other.difference(&here);
            let (param, _) = new.next()?;
            // A filter or an order beside it makes another list of it.
            let alone = new.next().is_none() && here.difference(&other).all(|(name, _)| name == param);
            (alone && number(url, param) == Some(wanted)).then(|| param.clone())
        })
    };
    if let Some(param) = numbered(1).filter(|param| number(at, param).is_none()) {
        return Some(PagePages::Number { param, first: 0 });
    }
    numbered(2).map(|param| PagePages::Number { param, first: 1 })
}

fn by_text<'a>(mut links: impl Iterator<Item = ElementRef<'a>>, at: &Url) -> Option<PagePages> {
    let link = links.find(|link| leads(*link, at) && (says(*link, NEXT) || says(*link, MORE)))?;
    Some(PagePages::Next { select: "a".to_owned(), text: Some(text(link)) })
}

/// A form whose button fetches more.
fn by_form<'a>(mut forms: impl Iterator<Item = ElementRef<'a>>) -> Option<PagePages> {
    let form = forms.find(|form| {
        form.descendent_elements().any(|one| {
            let value = one.value();
            let pressed =
                value.name() == "button" && says(one, MORE) || value.name() == "button" && says(one, NEXT);
            let named = value.name() == "input"
                && value.attr("type") == Some("submit")
                && value.attr("value").is_some_and(|text| {
                    let text = text.trim().to_lowercase();
                    MORE.contains(&text.as_str()) || NEXT.contains(&text.as_str())
                });
            pressed || named
        })
    })?;
    let value = form.value();
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte))
    };
    let select = match (value.attr("id"), value.attr("class"), value.attr("action")) {
        (Some(id), _, _) if plain(id) && !id.contains('/') => format!("form[id='{id}']"),
        (_, Some(class), _) if plain(class) && !class.contains('/') => format!("form[class='{class}']"),
        (_, _, Some(action)) if plain(action) => format!("form[action='{action}']"),
        (_, _, _) => return None,
    };
    Some(PagePages::Form { select })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> WayOn {
        way_on(html, &Url::parse("https://crm.example/clients?sort=name").unwrap())
    }

    fn next(select: &str, text: Option<&str>) -> WayOn {
        WayOn::Found(PagePages::Next { select: select.to_owned(), text: text.map(str::to_owned) })
    }

    #[test]
    fn each_usual_way_on_is_found() {
        assert_eq!(found("<a rel='nofollow next' href='?page=2'>2</a>"), next("a[rel~=next]", None));
        assert_eq!(found("<ul><li class='next'><a href='/clients/p2'>→</a></ul>"), next(".next > a", None));
        let numbered = "<a href='?sort=name&amp;page=2'>2</a><a href='?sort=name&page=3'>3</a>";
        let number = |param: &str, first| WayOn::Found(PagePages::Number { param: param.to_owned(), first });
        assert_eq!(found(numbered), number("page", 1));
        let from_0 = "<a href='?sort=name&p=2'>3</a><a href='?sort=name&p=1'>2</a>";
        assert_eq!(found(from_0), number("p", 0), "counted from 0, or the page itself");
        assert_eq!(found("<a href='/clients/older/40'>Older</a>"), next("a", Some("Older")));
        let form = "<form id='more' method='post'><input type=hidden name=t value=x><button>Load more</button></form>";
        assert_eq!(found(form), WayOn::Found(PagePages::Form { select: "form[id='more']".to_owned() }));
    }

    #[test]
    fn what_leads_elsewhere_or_nowhere_is_no_way_on() {
        assert_eq!(found("<a href='/settings'>Settings</a>"), WayOn::Nowhere);
        assert_eq!(found("<a rel=next href='https://elsewhere.example/?page=2'>2</a>"), WayOn::Nowhere);
        assert_eq!(found("<a href='?sort=date'>By date</a>"), WayOn::Nowhere, "an order is no page");
        assert_eq!(
            found("<a href='?sort=date&page=2'>2</a>"),
            WayOn::Nowhere,
            "nor is a page of another list"
        );
        assert_eq!(found("<li class=disabled><a rel=next href='?page=2'>Next</a></li>"), WayOn::Nowhere);
        assert_eq!(found("<button type=button>Load more</button>"), WayOn::ByScript, "F81: a lazy list");
        assert_eq!(found("<a href='#'>Next</a>"), WayOn::ByScript);
    }
}
