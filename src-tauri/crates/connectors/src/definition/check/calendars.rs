//! Checks of lists that are read for each record of another, and of appointments without a client.

use hub_core::fields::standard_field;
use hub_core::record::RecordType;

use super::Faults;
use super::ways::check_pages;
use crate::definition::{AppointmentsRead, Definition, EachOf, ListRead};

/// Most lists that are read one after the other.
const MOST: u32 = 250;
/// Longest time ahead, in days: what is made by a rule without an end is cut off somewhere.
const LONGEST_AHEAD: u32 = 3_660;

/// A list that is read for each record of another.
pub(super) fn check_each(list: &ListRead, each: &EachOf, place: &str, faults: &mut Faults) {
    let place = format!("{place}.each");
    if !each.path.starts_with('/') || each.path.contains(['?', '#']) {
        faults.add(format!("{place}.path"), "starts with / and holds no query");
    }
    if !list.path.ends_with('/') {
        faults.add(format!("{place}.after"), "the path of the main list ends with / before the id");
    }
    if each.after.contains(['?', '#']) {
        faults.add(format!("{place}.after"), "no query in a path");
    }
    if !(1..=MOST).contains(&each.most) {
        faults.add(format!("{place}.most"), format!("between 1 and {MOST}"));
    }
    if each.name.is_empty() || each.name.contains('.') || each.told.iter().any(|path| path.contains('.')) {
        faults.add(format!("{place}.name"), "a name without dots, and plain values at the top of a record");
    }
    if each.never.iter().any(String::is_empty) {
        faults.add(format!("{place}.never"), "an empty end is that of every id");
    }
    let paths = each.any.iter().map(|only| &only.path).chain([&each.records, &each.id]).chain(&each.told);
    if paths.into_iter().any(|path| path.split('.').any(str::is_empty)) {
        faults.add(place.as_str(), "a path has an empty step");
    }
    check_pages(&each.pages, &each.params, None, &place, faults);
    let besides = !list.nested.is_empty()
        || !list.beside.is_empty()
        || list.window.is_some()
        || list.account.is_some()
        || list.split.is_some()
        || list.under.is_some()
        || list.replaces.is_some()
        || list.total.is_some();
    if besides {
        faults.add(place, "such a list has nothing below or beside it, no window, no account and no total");
    }
}

/// What an appointment is.
pub(super) fn check(definition: &Definition, appointments: &AppointmentsRead, faults: &mut Faults) {
    let route = definition.read_route();
    if route.and_then(|route| route.list).is_none_or(|list| list.each.is_none()) {
        faults.add("appointments", "says what records are that nothing reads: a list with `each`");
    }
    if definition.rows.is_some() {
        faults.add("rows", "a record is an appointment without a client or a client, not both");
    }
    for (field, path) in &appointments.fields {
        let place = format!("appointments.fields.{field}");
        if standard_field(RecordType::Event, field).is_none() {
            faults.add(place.as_str(), format!("WedSync has no field event.{field}"));
        }
        if ["start", "end", "time_zone", "all_day"].iter().any(|own| field.starts_with(own)) {
            faults.add(place, "told by start, end and zone");
        }
        steps(path, faults);
    }
    if !appointments.fields.contains_key("name") {
        faults.add("appointments.fields", "nothing says what it is called");
    }
    let moments = [&appointments.start, &appointments.end];
    moments.iter().flat_map(|moment| [&moment.day, &moment.at]).for_each(|path| steps(path, faults));
    appointments.zone.iter().chain(&appointments.same).for_each(|path| steps(path, faults));
    if let Some(own) = &appointments.own {
        steps(&own.path, faults);
    }
    if let Some(declined) = &appointments.declined {
        [&declined.list, &declined.who.path, &declined.says.path].iter().for_each(|path| steps(path, faults));
    }
    if let Some(repeated) = &appointments.repeated {
        steps(&repeated.path, faults);
        if !(1..=LONGEST_AHEAD).contains(&repeated.days_ahead) {
            faults.add("appointments.repeated.days_ahead", format!("between 1 and {LONGEST_AHEAD}"));
        }
    }
}

fn steps(path: &str, faults: &mut Faults) {
    if path.split('.').any(str::is_empty) {
        faults.add("appointments", format!("`{path}` has an empty step"));
    }
}
