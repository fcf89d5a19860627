//! How a list goes on, and what proves its end: tried out, never believed.

use hub_core::ports::ConnectorError;

use super::find::{Next, next, plain};
use super::trial::{Seen, Trial};
use super::{ListPages, Proof};

/// Names of the parameter with the page number, and of that with the rows to leave out.
pub(in crate::rest) const PAGE_NAMES: [&str; 5] = ["page", "pageNumber", "page_number", "p", "page[number]"];
pub(in crate::rest) const SKIP_NAMES: [&str; 5] = ["offset", "skip", "start", "startIndex", "from"];
/// A page that no list of a supplier's clients has.
const BEYOND: &str = "1000000";
/// Usual sizes of pages: a list of such a length may well be cut off there.
const PAGE_SIZES: [usize; 11] = [10, 12, 15, 20, 24, 25, 30, 50, 100, 200, 250];

/// Finds out how the list goes on; nothing where its end cannot be proved.
pub(super) async fn find(
    trial: &mut Trial,
    first: &Seen,
    ids: &[String],
    total: Option<u64>,
) -> Result<Option<(ListPages, Proof)>, ConnectorError> {
    if let Some(address) = &first.link
        && goes_on(ids, trial.ids_at(address).await?.as_deref())
    {
        return Ok(Some((ListPages::Link {}, Proof::NoNext)));
    }
    if first.link.is_none() && first.links_pages {
        return Ok(Some((ListPages::Link {}, Proof::NoNext)));
    }
    match next(&first.json) {
        Some(Next::Url { path, address: Some(address) }) => {
            let other = trial.ids_at(&address).await?;
            if goes_on(ids, other.as_deref()) {
                return Ok(Some((ListPages::NextUrl { next: path }, Proof::NoNext)));
            }
        }
        Some(Next::Cursor { path, token: Some(token) }) => {
            for param in params_of(&path) {
                if goes_on(ids, trial.ids_with(param, &token).await?.as_deref()) {
                    let pages = ListPages::Cursor { next: path, param: (*param).to_owned() };
                    return Ok(Some((pages, Proof::NoNext)));
                }
            }
        }
        // There is a place for it, and it says that there is no next page. Should the list grow, a wrong guess of the parameter
        // shows as a page that comes twice.
        Some(Next::Url { path, address: None }) => {
            return Ok(Some((ListPages::NextUrl { next: path }, Proof::NoNext)));
        }
        Some(Next::Cursor { path, token: None }) => {
            let param = params_of(&path).first().copied().unwrap_or("cursor").to_owned();
            return Ok(Some((ListPages::Cursor { next: path, param }, Proof::NoNext)));
        }
        None => {}
    }
    if let Some(found) = numbered(trial, ids, total).await? {
        return Ok(Some(found));
    }
    if let Some(found) = skipping(trial, ids, total).await? {
        return Ok(Some(found));
    }
    // Asking for a second page changed nothing.
    if total == Some(ids.len() as u64) {
        return Ok(Some((ListPages::Whole {}, Proof::Total)));
    }
    let cut = total.is_some() || PAGE_SIZES.contains(&ids.len()) || ids.len().is_multiple_of(100);
    Ok((!cut).then_some((ListPages::Whole {}, Proof::Whole)))
}

/// Whether these are the rows of another page.
fn goes_on(first: &[String], other: Option<&[String]>) -> bool {
    other.is_some_and(|other| !other.is_empty() && other.iter().all(|id| !first.contains(id)))
}

/// The names that are tried: what the person's own address has, else the usual one.
fn names<'a>(trial: &Trial, known: &'a [&'a str]) -> &'a str {
    known
        .iter()
        .find(|name| trial.params().contains_key(**name))
        .or(known.first())
        .copied()
        .unwrap_or_default()
}

async fn numbered(
    trial: &mut Trial,
    ids: &[String],
    total: Option<u64>,
) -> Result<Option<(ListPages, Proof)>, ConnectorError> {
    let name = names(trial, &PAGE_NAMES);
    trial.without(name);
    let Some(one) = trial.ids_with(name, "1").await? else { return Ok(None) };
    let first = if one == ids {
        let Some(two) = trial.ids_with(name, "2").await? else { return Ok(None) };
        // Empty is an answer: there is a second page, with nobody on it.
        if !two.is_empty() && !goes_on(ids, Some(&two)) {
            return Ok(None);
        }
        1
    } else if one.is_empty() || goes_on(ids, Some(&one)) {
        // Page 1 is the second: the first has the number 0.
        if trial.ids_with(name, "0").await?.as_deref() != Some(ids) {
            return Ok(None);
        }
        0
    } else {
        return Ok(None);
    };
    let pages = ListPages::Page { number: name.to_owned(), first, size: None, rows: None };
    Ok(proved(trial, name, total).await?.map(|proof| (pages, proof)))
}

async fn skipping(
    trial: &mut Trial,
    ids: &[String],
    total: Option<u64>,
) -> Result<Option<(ListPages, Proof)>, ConnectorError> {
    let name = names(trial, &SKIP_NAMES);
    trial.without(name);
    let rows = ids.len().to_string();
    let Some(second) = trial.ids_with(name, &rows).await? else { return Ok(None) };
    if !second.is_empty() && !goes_on(ids, Some(&second)) {
        return Ok(None);
    }
    if trial.ids_with(name, "0").await?.as_deref() != Some(ids) {
        return Ok(None);
    }
    let pages = ListPages::Offset { skip: name.to_owned(), size: None, rows: None };
    Ok(proved(trial, name, total).await?.map(|proof| (pages, proof)))
}

/// What proves the end: the total, or that beyond the end there is nothing.
async fn proved(trial: &mut Trial, name: &str, total: Option<u64>) -> Result<Option<Proof>, ConnectorError> {
    if total.is_some() {
        return Ok(Some(Proof::Total));
    }
    let beyond = trial.ids_with(name, BEYOND).await?;
    Ok(beyond.is_some_and(|ids| ids.is_empty()).then_some(Proof::EmptyPage))
}

/// Parameters that take the cursor at this path, most likely first.
fn params_of(path: &str) -> &'static [&'static str] {
    match plain(path.rsplit('.').next().unwrap_or_default()).as_str() {
        "nextpagetoken" => &["page_token", "pageToken", "token"],
        "nexttoken" => &["next_token", "nextToken", "token"],
        "nextpage" => &["page"],
        "continuation" | "continuationtoken" => &["continuation", "continuationToken", "token"],
        _ => &["cursor", "after", "next", "starting_after"],
    }
}
