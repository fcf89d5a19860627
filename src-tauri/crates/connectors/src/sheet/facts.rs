//! What a row says: its people, its job, and what hangs on it, each value with the column it stands in.

use std::collections::BTreeMap;

use hub_core::parse::clean::fold;
use hub_core::parse::{PersonName, parse_email};
use serde_json::{Map, Value as Json, json};

use super::columns::place_and_field;
use super::people::{given, of_contacts, of_name};
use super::reading::{ColumnUse, Place, TableReading};
use crate::file::RowIs;

/// Values by field, and the column of each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaves {
    pub(super) values: Map<String, Json>,
    pub(super) columns: BTreeMap<String, String>,
}

impl Leaves {
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.values.get(field).and_then(Json::as_str).unwrap_or_default()
    }

    /// Takes a value where there is none.
    pub(super) fn put(&mut self, field: &str, value: Json, column: &str) {
        if !self.values.contains_key(field) {
            self.values.insert(field.to_owned(), value);
            self.note(field, column);
        }
    }

    fn note(&mut self, field: &str, column: &str) {
        if !column.is_empty() {
            self.columns.entry(field.to_owned()).or_insert_with(|| column.to_owned());
        }
    }

    /// Takes what another row says where this one says nothing.
    pub(super) fn join(&mut self, other: Leaves) {
        // A column whose cell said nothing that could be used is the place to look at.
        for (field, column) in &other.columns {
            if !other.values.contains_key(field) {
                self.note(field, column);
            }
        }
        for (field, value) in other.values {
            match (self.values.get_mut(&field), value) {
                (None, value) => {
                    self.values.insert(field.clone(), value);
                    if let Some(column) = other.columns.get(&field) {
                        self.note(&field, column);
                    }
                }
                // Keyed sets grow.
                (Some(Json::Object(held)), Json::Object(more)) => {
                    for (key, value) in more {
                        held.entry(key).or_insert(value);
                    }
                }
                (Some(_), _) => {}
            }
        }
    }
}

/// A person of a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct PersonFacts {
    /// The part they play, where the row says it: a role of `ClientRole`.
    pub(crate) role: Option<String>,
    pub(super) leaves: Leaves,
}

impl PersonFacts {
    /// Given and family name, folded.
    pub(crate) fn name(&self) -> String {
        let full = format!("{} {}", self.leaves.text("first_name"), self.leaves.text("last_name"));
        fold(full.trim())
    }

    /// The first address, in lower case.
    pub(crate) fn email(&self) -> String {
        self.leaves.text("email").trim().to_lowercase()
    }

    /// The figures of the phone number: the last nine, which every notation of it shares.
    pub(super) fn phone(&self) -> String {
        let digits: Vec<char> = self.leaves.text("phone").chars().filter(char::is_ascii_digit).collect();
        if digits.len() < 7 {
            String::new()
        } else {
            digits[digits.len().saturating_sub(9)..].iter().collect()
        }
    }

    fn named(name: &PersonName, column: &str) -> PersonFacts {
        let mut person = PersonFacts { role: name.role.clone(), ..PersonFacts::default() };
        person.take_name(name, column);
        person
    }

    fn take_name(&mut self, name: &PersonName, column: &str) {
        let parts =
            [("first_name", given(name)), ("last_name", name.last.clone()), ("title", name.title.clone())];
        for (field, part) in parts {
            if let Some(part) = part {
                self.leaves.put(field, Json::from(part), column);
            }
        }
    }
}

/// What a row says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) people: Vec<PersonFacts>,
    pub(super) client: Leaves,
    pub(crate) project: Leaves,
    pub(super) event: Leaves,
    pub(super) invoice: Leaves,
    pub(super) payment: Leaves,
    /// Own fields by column.
    pub(super) extras: Map<String, Json>,
}

impl Facts {
    /// Puts exact amounts in the place of what their cells say.
    pub(super) fn with_amounts(&mut self, amounts: &BTreeMap<String, Json>) {
        if amounts.is_empty() {
            return;
        }
        for leaves in [&mut self.project, &mut self.invoice, &mut self.payment] {
            for (field, column) in &leaves.columns {
                if let (Some(value), Some(amount)) = (leaves.values.get_mut(field), amounts.get(column)) {
                    *value = amount.clone();
                }
            }
        }
    }
}

/// A cell of a row by the name of its column; nothing for a blank one.
pub(crate) type Cell<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

/// Reads a row. `table` is the name of the sheet or file it stands in.
pub(crate) fn facts<'a>(reading: &TableReading, table: &str, cell: &Cell<'a>) -> Facts {
    let mut facts = Facts::default();
    let mut drafts = Drafts::default();
    for use_ in &reading.columns {
        let Some(text) = cell(&use_.column) else { continue };
        match use_.place {
            Place::Client => facts.client.put(&use_.field, Json::from(text), &use_.column),
            Place::Project => put_project(&mut facts.project, use_, text),
            Place::Event => facts.event.put(&use_.field, Json::from(text), &use_.column),
            Place::Invoice => facts.invoice.put(&use_.field, Json::from(text), &use_.column),
            Place::Payment => facts.payment.put(&use_.field, Json::from(text), &use_.column),
            _ => drafts.take(use_, text),
        }
    }
    if let Some(preset) = reading.preset() {
        let named = preset.named.iter().filter(|named| {
            let name = table.rsplit(['/', '\\']).next().unwrap_or(table).to_lowercase();
            name.contains(&named.part)
        });
        let further = preset.fixed.iter().chain(named.map(|named| (&named.field, &named.value)));
        for (line, value) in further {
            let Some((place, field)) = place_and_field(line) else { continue };
            let use_ = ColumnUse { column: String::new(), place, field, who: None };
            match place {
                Place::Project => put_project(&mut facts.project, &use_, value),
                Place::Payment if !facts.payment.is_empty() => {
                    facts.payment.put(&use_.field, Json::from(value.as_str()), "");
                }
                _ => {}
            }
        }
    }
    facts.people = drafts.finish(reading);
    for name in &reading.extras {
        if let Some(text) = cell(name) {
            facts.extras.insert(name.clone(), Json::from(text));
        }
    }
    facts
}

/// Words that say of a job that it is over.
const CLOSED: [&str; 8] = ["closed", "archived", "lost", "cancelled", "canceled", "yes", "true", "dead"];

fn put_project(project: &mut Leaves, use_: &ColumnUse, text: &str) {
    let value = match use_.field.as_str() {
        "closed" if CLOSED.contains(&fold(text).as_str()) => Json::from(true),
        // Every other word says where the job stands and not that it is open.
        "closed" => return,
        "venue_address" => json!({ "street": text }),
        _ => Json::from(text),
    };
    project.put(&use_.field, value, &use_.column);
}

#[derive(Default)]
struct Draft {
    person: PersonFacts,
    full: Option<(String, String)>,
}

#[derive(Default)]
struct Drafts {
    by_place: BTreeMap<Place, Draft>,
    /// By the name that their columns give them, in the order of the columns.
    named: Vec<(String, PersonFacts)>,
    /// Of cells that hold several people with their addresses.
    told: Vec<PersonFacts>,
}

impl Drafts {
    fn take(&mut self, use_: &ColumnUse, text: &str) {
        let column = use_.column.as_str();
        if use_.place == Place::Named {
            let who = use_.who.clone().unwrap_or_default();
            let at = self.named.iter().position(|(name, _)| *name == who).unwrap_or_else(|| {
                self.named.push((who, PersonFacts::default()));
                self.named.len() - 1
            });
            if let Some((_, person)) = self.named.get_mut(at) {
                put_person(&mut person.leaves, &use_.field, text, column);
            }
            return;
        }
        if use_.field == "people" {
            for told in of_contacts(text) {
                let mut person = PersonFacts::named(&told.name, column);
                if let Some(email) = told.email {
                    person.leaves.put("email", Json::from(email), column);
                }
                self.told.push(person);
            }
            return;
        }
        let draft = self.by_place.entry(use_.place).or_default();
        if use_.field == "full_name" {
            draft.full.get_or_insert_with(|| (text.to_owned(), column.to_owned()));
        } else {
            put_person(&mut draft.person.leaves, &use_.field, text, column);
        }
    }

    fn finish(mut self, reading: &TableReading) -> Vec<PersonFacts> {
        let mut people: Vec<PersonFacts> = Vec::new();
        let mut further: Vec<PersonFacts> = Vec::new();
        let has_last =
            |place: Place| reading.columns.iter().any(|one| one.place == place && one.field == "last_name");
        // One row is one person here: who of them is the first is known only beside the others.
        let alone = reading.row == RowIs::PersonOfProject;
        for place in [Place::Primary, Place::Partner, Place::Parent, Place::Planner, Place::Other] {
            let Some(draft) = self.by_place.remove(&place) else { continue };
            let (mut person, others) = draft.named(has_last(place));
            if person.leaves.is_empty() && others.is_empty() && person.leaves.columns.is_empty() {
                continue;
            }
            let marked = person.role.take().filter(|role| role != "primary" && role != "partner");
            person.role = marked.or_else(|| (!alone).then(|| place.as_str().to_owned()));
            people.push(person);
            further.extend(others);
        }
        for (who, mut person) in self.named {
            let names = of_name(&who);
            let own = fold(&who);
            if let Some(known) = people.iter_mut().find(|known| known.name() == own) {
                // Another address of somebody who is here already.
                for field in ["email", "phone"] {
                    let text = person.leaves.text(field).to_owned();
                    let column = person.leaves.columns.get(field).cloned().unwrap_or_default();
                    if !text.is_empty() {
                        put_person(&mut known.leaves, field, &text, &column);
                    }
                }
                continue;
            }
            match names.first() {
                Some(name) => {
                    person.role = name.role.clone();
                    person.take_name(name, "");
                }
                None => person.leaves.put("first_name", Json::from(who), ""),
            }
            further.push(person);
        }
        further.append(&mut self.told);
        for person in further {
            add(&mut people, person, alone);
        }
        if people.is_empty() && matches!(reading.row, RowIs::Client | RowIs::Contact | RowIs::Project) {
            // A row without anybody still stands for a client; who it is, is asked.
            people.push(PersonFacts { role: Some("primary".to_owned()), ..PersonFacts::default() });
        }
        people
    }
}

/// Adds a person whose place no column says: the first two without a role of their own are the couple.
fn add(people: &mut Vec<PersonFacts>, mut person: PersonFacts, alone: bool) {
    let free = |role: &str| people.iter().all(|other| other.role.as_deref() != Some(role));
    let marked = person.role.take().filter(|role| role != "primary" && role != "partner");
    person.role = marked.or_else(|| match (alone, free("primary"), free("partner")) {
        (true, _, _) => None,
        (false, true, _) => Some("primary".to_owned()),
        (false, false, true) => Some("partner".to_owned()),
        (false, false, false) => Some("other".to_owned()),
    });
    // A column for the partner and the couple in one cell: one person.
    let same =
        people.iter_mut().find(|other| other.role == person.role && other.role.as_deref() == Some("partner"));
    match same {
        Some(known) => known.leaves.join(person.leaves),
        None => people.push(person),
    }
}

impl Draft {
    /// The person with their name in parts, and further people of the same cell.
    fn named(mut self, has_last: bool) -> (PersonFacts, Vec<PersonFacts>) {
        let leaves = &self.person.leaves;
        let first = leaves.text("first_name").to_owned();
        let column = leaves.columns.get("first_name").cloned().unwrap_or_default();
        if !first.is_empty() {
            // A couple, a role or a whole name in the cell for the first name.
            let whole = format!("{first} {}", leaves.text("last_name"));
            let found = of_name(whole.trim());
            let whole_name = !has_last && found.first().is_some_and(|name| name.last.is_some());
            if found.len() > 1 || whole_name || first.contains('(') {
                self.person.leaves.values.remove("first_name");
                self.person.leaves.values.remove("last_name");
                return self.with_names(&found, &column);
            }
            if leaves.text("last_name").is_empty()
                && let Some((full, column)) = self.full.take()
            {
                let found = of_name(&full);
                if let Some(rest) = rest_of(&full, &first).filter(|_| found.len() < 2) {
                    self.person.leaves.put("last_name", Json::from(rest), &column);
                } else if found.len() > 1 {
                    self.person.leaves.values.remove("first_name");
                    return self.with_names(&found, &column);
                }
            }
            return (self.person, Vec::new());
        }
        let Some((full, column)) = self.full.take() else { return (self.person, Vec::new()) };
        let found = of_name(&full);
        if found.is_empty() {
            // "Whole Weekend", or a firm: nobody's name, and the cell is the place to look at.
            self.person.leaves.note("first_name", &column);
        }
        self.with_names(&found, &column)
    }

    fn with_names(mut self, names: &[PersonName], column: &str) -> (PersonFacts, Vec<PersonFacts>) {
        let Some((first, others)) = names.split_first() else { return (self.person, Vec::new()) };
        self.person.role = first.role.clone();
        self.person.take_name(first, column);
        (self.person, others.iter().map(|name| PersonFacts::named(name, column)).collect())
    }
}

/// "Ann Lee" without "Ann".
fn rest_of(full: &str, first: &str) -> Option<String> {
    let rest = full.trim().strip_prefix(first.trim())?.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn put_person(leaves: &mut Leaves, field: &str, text: &str, column: &str) {
    match field {
        "email" | "emails" | "other_emails" => {
            let (address, others) = match parse_email(text) {
                Ok(Some(reading)) => (reading.address, reading.others),
                // As it stands: the mapping names the problem.
                Ok(None) | Err(_) => (text.trim().to_owned(), Vec::new()),
            };
            for address in std::iter::once(address).chain(others) {
                // WedSync keeps the part behind the sign in small letters; said otherwise it would change every time.
                let address = match address.rsplit_once('@') {
                    Some((name, domain)) => format!("{name}@{}", domain.to_lowercase()),
                    None => address,
                };
                if field != "other_emails" && leaves.text("email").is_empty() {
                    leaves.put("email", Json::from(address), column);
                } else if !leaves.text("email").eq_ignore_ascii_case(&address) {
                    keyed(
                        leaves,
                        "other_emails",
                        address.to_lowercase(),
                        json!({"address": address, "label": column}),
                    );
                    leaves.note("other_emails", column);
                }
            }
        }
        "phone" if leaves.text("phone").is_empty() => leaves.put("phone", Json::from(text), column),
        "phone" | "other_phones" => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let own: String = leaves.text("phone").chars().filter(char::is_ascii_digit).collect();
            if digits.is_empty() || digits != own {
                let key = if digits.is_empty() { text.to_lowercase() } else { digits };
                let phone = json!({"e164": null, "ext": null, "text": text});
                keyed(leaves, "other_phones", key, json!({"phone": phone, "label": column}));
                leaves.note("other_phones", column);
            }
        }
        "address" => leaves.put("address", json!({ "street": text }), column),
        _ => match field.strip_prefix("address.") {
            Some(part) => {
                keyed(leaves, "address", part.to_owned(), Json::from(text));
                leaves.note("address", column);
            }
            None => leaves.put(field, Json::from(text), column),
        },
    }
}

fn keyed(leaves: &mut Leaves, field: &str, key: String, value: Json) {
    let held = leaves.values.entry(field.to_owned()).or_insert_with(|| Json::Object(Map::new()));
    if let Some(set) = held.as_object_mut() {
        set.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::columns::read;

    fn row(preset: Option<&str>, pairs: &[(&str, &str)]) -> Facts {
        row_among(preset, pairs, &[])
    }

    /// The facts of a row in a table where another row has `others` in the same columns.
    fn row_among(preset: Option<&str>, pairs: &[(&str, &str)], others: &[&str]) -> Facts {
        let header: Vec<String> = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
        let samples: Vec<Vec<String>> = pairs
            .iter()
            .enumerate()
            .map(|(at, (_, text))| {
                others.get(at).into_iter().chain([text]).map(|one| (*one).to_owned()).collect()
            })
            .collect();
        let reading = read(preset.and_then(crate::file::preset), &header, &header, &samples);
        facts(&reading, "rows.csv", &|name| {
            pairs.iter().find(|(own, _)| *own == name).map(|(_, text)| *text).filter(|text| !text.is_empty())
        })
    }

    fn shown(facts: &Facts) -> Vec<(Option<&str>, String, String)> {
        facts.people.iter().map(|one| (one.role.as_deref(), one.name(), one.email())).collect()
    }

    #[test]
    fn a_couple_in_one_cell_is_two_people_and_the_address_is_the_firsts() {
        let found = row(
            None,
            &[("Couple", "Ann Lee & Bo Hay"), ("Email", "Ann@x.com"), ("Wedding date", "2026-06-13")],
        );
        assert_eq!(
            shown(&found),
            [
                (Some("primary"), "ann lee".to_owned(), "ann@x.com".to_owned()),
                (Some("partner"), "bo hay".to_owned(), String::new())
            ]
        );
        assert_eq!(found.project.text("wedding_date"), "2026-06-13");
    }

    #[test]
    fn a_placeholder_is_nobody_and_its_cell_is_asked_about() {
        let pairs = [("Full Name", "Whole Weekend"), ("Email", "a@x.com")];
        let found = row_among(None, &pairs, &["Ann Lee", "ann@x.com"]);
        assert_eq!(shown(&found), [(Some("primary"), String::new(), "a@x.com".to_owned())]);
        assert_eq!(found.people[0].leaves.columns["first_name"], "Full Name");
    }

    #[test]
    fn a_role_in_brackets_is_no_part_of_the_name() {
        let pairs = [
            ("First Name", "Ed"),
            ("Last Name", "Lee (FOB)"),
            ("Email", "ed@x.com"),
            ("Project Name", "Ann + Bo"),
        ];
        let found = row(Some("honeybook_booked_projects"), &pairs);
        assert_eq!(found.people.len(), 1);
        let pairs = [
            ("First Name", "Ed (FOB)"),
            ("Last Name", "Lee"),
            ("Project Name", "Ann + Bo"),
            ("Booked Date", "x"),
        ];
        let found = row(Some("honeybook_booked_projects"), &pairs);
        assert_eq!(found.people[0].role.as_deref(), Some("parent"));
    }

    #[test]
    fn several_addresses_of_a_cell_are_kept() {
        let pairs = [
            ("First", "Ann"),
            ("Last", "Lee"),
            ("Email", "ann@x.com"),
            ("Client Emails", "Ann@x.com, bo@y.com"),
            ("Event Date", "1/2/2026"),
        ];
        let found = row(Some("tave_list"), &pairs);
        let others = &found.people[0].leaves.values["other_emails"];
        assert_eq!(others, &json!({"bo@y.com": {"address": "bo@y.com", "label": "Client Emails"}}));
    }

    #[test]
    fn columns_named_after_people_make_people() {
        let pairs = [
            ("Full Name", "Ann Lee"),
            ("Primary Email", "ann@x.com"),
            ("Bo Hay Email", "bo@y.com"),
            ("Bo Hay Phone", "0123 456 789"),
            ("Cy Fox Email", ""),
        ];
        let found = row(Some("seventeen_contacts"), &pairs);
        assert_eq!(
            shown(&found),
            [
                (Some("primary"), "ann lee".to_owned(), "ann@x.com".to_owned()),
                (Some("partner"), "bo hay".to_owned(), "bo@y.com".to_owned())
            ],
            "nobody whose columns are blank"
        );
    }
}
