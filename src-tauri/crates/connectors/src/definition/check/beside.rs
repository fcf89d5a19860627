//! Checks of lists beside the main one, of whose list it is, and of records that stand under others.

use std::collections::BTreeSet;

use super::Faults;
use super::ways::check_pages;
use crate::definition::{BesideList, BesideRecord, Definition, ListRead, PAID_AT, Rows};
use crate::sheet::{JOBS, PERSONS, is_place_and_field};

pub(super) fn check(list: &ListRead, place: &str, faults: &mut Faults) {
    if let Some(account) = &list.account {
        let paths =
            [account.id.as_ref(), Some(&account.name), account.country.as_ref(), account.time_zone.as_ref()];
        below(&account.path, &format!("{place}.account"), faults);
        steps(paths.into_iter().flatten(), &format!("{place}.account"), faults);
    }
    steps(list.under.iter(), &format!("{place}.under"), faults);
    steps(list.replaces.iter(), &format!("{place}.replaces"), faults);
    if let Some(account) = &list.account
        && account.param.is_some()
        && account.id.is_none()
    {
        faults.add(format!("{place}.account.param"), "needs the path of the id");
    }
    if let Some(split) = &list.split
        && list.nested.iter().all(|nested| nested.name != *split)
    {
        faults.add(format!("{place}.split"), format!("`{split}` is no list below a record"));
    }
    if let Some(window) = &list.window
        && (window.from.is_empty() || window.to.is_empty() || window.days_before + window.days_after == 0)
    {
        faults.add(format!("{place}.window"), "two parameters, and at least a day");
    }
    let mut names: BTreeSet<&str> = BTreeSet::from([PERSONS, JOBS, list.stream.as_str()]);
    for (index, beside) in list.beside.iter().enumerate() {
        let place = format!("{place}.beside.{index}");
        if beside.name.is_empty() || beside.name.len() > 64 || beside.name.contains([' ', ':']) {
            faults.add(format!("{place}.name"), "a short name without spaces and colons");
        }
        if !names.insert(&beside.name) {
            faults.add(format!("{place}.name"), format!("`{}` is the name of another stream", beside.name));
        }
        below(&beside.path, &place, faults);
        let paths = [
            Some(&beside.id),
            Some(&beside.parent),
            beside.version.as_ref(),
            beside.total.as_ref(),
            beside.currency.as_ref(),
            Some(&beside.records).filter(|records| !records.is_empty()),
        ];
        let marks = beside.leave_out.iter().map(|only| &only.path);
        steps(
            paths.into_iter().flatten().chain(beside.fields.keys()).chain(&beside.needed).chain(marks),
            &place,
            faults,
        );
        check_pages(&beside.pages, &beside.params, beside.total.as_deref(), &place, faults);
        check_uses(beside, &place, faults);
        check_pays(beside, list, &place, faults);
    }
}

/// Its fields are those of what it is.
fn check_uses(beside: &BesideList, place: &str, faults: &mut Faults) {
    let named = beside.fields.iter().map(|(path, use_)| (format!("{place}.fields.{path}"), use_.as_str()));
    let fixed = beside.fixed.keys().map(|line| (format!("{place}.fixed.{line}"), line.as_str()));
    let mut filled: BTreeSet<&str> = BTreeSet::new();
    for (place, uses) in named.chain(fixed) {
        for use_ in uses.split(' ') {
            let own = beside.record.places().iter().any(|own| use_.split('.').next() == Some(*own));
            if !own || !(is_place_and_field(use_) || use_ == PAID_AT) {
                faults.add(place.as_str(), format!("`{use_}` is no field of such a record"));
            }
            filled.insert(use_);
        }
    }
    let needed = match beside.record {
        BesideRecord::Invoice => "invoice.total",
        BesideRecord::Payment | BesideRecord::Instalment => "payment.amount",
    };
    if !filled.contains(needed) {
        faults.add(format!("{place}.fields"), format!("nothing says what {needed} is"));
    }
    for path in beside.words.keys().filter(|path| !beside.fields.contains_key(*path)) {
        faults.add(format!("{place}.words.{path}"), "there is no such field");
    }
}

fn check_pays(beside: &BesideList, list: &ListRead, place: &str, faults: &mut Faults) {
    let Some(pays) = &beside.pays else { return };
    let place = format!("{place}.pays");
    if beside.record != BesideRecord::Payment {
        faults.add(place.as_str(), "only a payment pays something else");
    }
    let invoices =
        list.beside.iter().any(|other| other.name == pays.of && other.record == BesideRecord::Invoice);
    if !invoices {
        faults.add(format!("{place}.of"), format!("`{}` is no list of invoices", pays.of));
    }
    if pays.list.is_none() && pays.links.is_some() {
        faults.add(format!("{place}.links"), "stands together with the path of the parts");
    }
    let paths = [pays.list.as_ref(), Some(&pays.amount), Some(&pays.id), pays.links.as_ref()];
    steps(paths.into_iter().flatten().chain(pays.only.as_ref().map(|only| &only.path)), &place, faults);
}

/// Records that stand under others, what people are known by, words, and the unit of amounts.
pub(super) fn check_rows(definition: &Definition, rows: &Rows, faults: &mut Faults) {
    let list = definition.read_route().and_then(|route| route.list);
    let under = list.is_some_and(|list| list.under.is_some());
    if under == rows.under.is_empty() {
        faults.add("rows.under", "stands together with the path of what a record stands under");
    }
    if let Some(role) = rows.known_by.keys().find(|role| rows.ids.contains_key(*role)) {
        faults.add(format!("rows.known_by.{role}"), "goes by its id already");
    }
    if under && !(rows.ids.is_empty() && rows.known_by.is_empty()) {
        faults.add("rows.ids", "whoever has records under theirs goes by the id of the record");
    }
    for (path, use_) in &rows.under {
        if !use_.split(' ').all(|use_| use_.starts_with("project.")) {
            faults
                .add(format!("rows.under.{path}"), "its people are those of the record above: project alone");
        }
    }
    for path in rows.words.keys() {
        if !rows.fields.contains_key(path) && !rows.under.contains_key(path) {
            faults.add(format!("rows.words.{path}"), "there is no such field");
        }
    }
    if list.is_some_and(|list| !list.beside.is_empty()) && definition.money.is_none() {
        faults.add("money", "missing: nothing says in which unit amounts are");
    }
}

fn below(path: &str, place: &str, faults: &mut Faults) {
    if !path.starts_with('/') || path.contains(['?', '#']) {
        faults.add(format!("{place}.path"), "starts with / and holds no query");
    }
}

fn steps<'a>(paths: impl Iterator<Item = &'a String>, place: &str, faults: &mut Faults) {
    for path in paths {
        if path.split('.').any(str::is_empty) {
            faults.add(place, format!("`{path}` has an empty step"));
        }
    }
}
