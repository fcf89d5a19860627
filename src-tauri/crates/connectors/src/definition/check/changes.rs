//! Checks of how lists are read by what changed: from a token, or newest change first.

use std::collections::BTreeMap;

use super::Faults;
use super::ways::LARGEST_PAGE;
use crate::definition::{Absent, ChangesAt, ListPages, ListRead, NewestFirst, SyncToken};

/// Longest stretch that is read again, in seconds.
const LONGEST_LOOKBACK: u32 = 7 * 24 * 60 * 60;

pub(super) fn check(list: &ListRead, place: &str, faults: &mut Faults) {
    let beside = list.beside.iter().enumerate().map(|(index, beside)| {
        let place = format!("{place}.beside.{index}");
        (&beside.sync_token, beside.records.as_str(), &beside.pages, &beside.params, place)
    });
    let main = (&list.sync_token, list.records.as_str(), &list.pages, &list.params, place.to_owned());
    for (token, records, pages, params, place) in std::iter::once(main).chain(beside) {
        let Some(token) = token else { continue };
        let place = format!("{place}.sync_token");
        check_token(token, records, &place, faults);
        match &token.at {
            Some(at) => check_at(at, token, &place, faults),
            None => check_param(token, pages, params, &place, faults),
        }
        if list.absent != Absent::Gone {
            // Whoever was deleted before the token ran out is named by nobody any more (SYNC-LAW 28).
            faults.add(
                format!("{place}.deleted"),
                "a list that names who was deleted is whole without them: absent = \"gone\"",
            );
        }
    }
    if let Some(newest) = &list.newest_first {
        check_newest(list, newest, &format!("{place}.newest_first"), faults);
    }
}

/// What holds of every token.
fn check_token(token: &SyncToken, records: &str, place: &str, faults: &mut Faults) {
    check_week(token.whole_after_days, place, faults);
    let paths = [Some(&token.next), Some(&token.deleted.path), token.still.as_ref()];
    if paths.into_iter().flatten().any(|path| path.split('.').any(str::is_empty)) {
        faults.add(place, "a path has an empty step");
    }
    if records.is_empty() {
        faults.add(format!("{place}.next"), "a reply that is nothing but the list has no place for a token");
    }
    check_lookback(token.lookback_seconds, place, faults);
}

/// A token that the list itself takes.
fn check_param(
    token: &SyncToken,
    pages: &ListPages,
    params: &BTreeMap<String, String>,
    place: &str,
    faults: &mut Faults,
) {
    let leads = match pages {
        ListPages::Cursor { param, .. } => Some(param.as_str()),
        ListPages::Whole {} => None,
        // An address of the CRM's own would have to be trusted to hold the same parameters.
        ListPages::Page { .. }
        | ListPages::Offset { .. }
        | ListPages::NextUrl { .. }
        | ListPages::Link {}
        | ListPages::Query { .. } => {
            faults.add(
                format!("{place}.param"),
                "only lists with a cursor, or of one page, are read by a token",
            );
            None
        }
    };
    let taken = params.contains_key(&token.param) || token.ask.contains_key(&token.param);
    if token.param.is_empty() || taken || leads == Some(token.param.as_str()) {
        faults.add(format!("{place}.param"), "a parameter of its own");
    }
}

/// A request of its own that takes the token.
fn check_at(at: &ChangesAt, token: &SyncToken, place: &str, faults: &mut Faults) {
    if !at.path.starts_with('/') || at.path.contains(['?', '#']) {
        faults.add(format!("{place}.at.path"), "starts with / and holds no query");
    }
    if at.records.split('.').any(str::is_empty) {
        faults.add(format!("{place}.at.records"), "empty step in the path");
    }
    if !(1..=LARGEST_PAGE).contains(&at.most) {
        faults.add(format!("{place}.at.most"), format!("between 1 and {LARGEST_PAGE}"));
    }
    if token.param.is_empty() || at.params.contains_key(&token.param) {
        faults.add(format!("{place}.param"), "a parameter of its own");
    }
}

fn check_newest(list: &ListRead, newest: &NewestFirst, place: &str, faults: &mut Faults) {
    check_week(newest.whole_after_days, place, faults);
    check_lookback(Some(newest.lookback_seconds), place, faults);
    if list.version.is_none() {
        faults.add(place, "needs `version`: the path of when a record was changed");
    }
    if list.sync_token.is_some() || list.window.is_some() || list.each.is_some() {
        faults.add(place, "stands beside no token, no window and no list of lists");
    }
}

fn check_week(days: u32, place: &str, faults: &mut Faults) {
    if !(1..=7).contains(&days) {
        faults.add(format!("{place}.whole_after_days"), "between 1 and 7 (SYNC-LAW 17)");
    }
}

fn check_lookback(seconds: Option<u32>, place: &str, faults: &mut Faults) {
    if seconds.is_some_and(|seconds| !(1..=LONGEST_LOOKBACK).contains(&seconds)) {
        faults.add(format!("{place}.lookback_seconds"), "between a second and a week");
    }
}
