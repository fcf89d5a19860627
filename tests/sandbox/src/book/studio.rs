//! What a studio has once, however many clients it has: settings, roles, types, venues, vendors, staff.
//!
//! Kept as JSON, because these lists are short and are served as they lie here.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Map, Value, json};

use super::BookSpec;
use super::dice::{Dice, Ulid};
use super::names;
use super::phones::Country;
use super::record::Stream;

/// The day every book is made for; nothing in a book depends on the real date.
pub const TODAY: Date = civil::date(2026, 5, 14);

/// A role on a job: name, the vendor's kind, placeholder prefix.
pub(super) const ROLES: &[(&str, &str, &str)] = &[
    ("Bride", "subject", "bride"),
    ("Groom", "subject", "groom"),
    ("Partner", "subject", "partner"),
    ("Client", "subject", "main_client"),
    ("Mother of the bride", "customer", "mother_of_bride"),
    ("Father of the bride", "customer", "father_of_bride"),
    ("Mother of the groom", "customer", "mother_of_groom"),
    ("Billing contact", "customer", "billing"),
    ("Planner", "vendor", "planner"),
    ("Videographer", "vendor", "videographer"),
    ("Florist", "vendor", "florist"),
    ("Musician", "vendor", "musician"),
    ("Cake maker", "vendor", "cake_maker"),
    ("Photographer", "team", "photographer"),
    ("Second photographer", "team", "second_photographer"),
];

pub(super) const JOB_TYPES: &[&str] =
    &["Wedding", "Engagement", "Family portrait", "Elopement", "Commercial"];
pub(super) const SOURCES: &[&str] =
    &["Instagram", "Google", "Word of mouth", "Venue recommendation", "Wedding fair", "The Knot"];
pub(super) const STATUSES: &[(&str, &str)] = &[
    ("New inquiry", "new"),
    ("Brochure sent", "general"),
    ("Consultation booked", "general"),
    ("Gone quiet", "stale"),
];
pub(super) const CLOSED_REASONS: &[&str] =
    &["Chose another photographer", "Date taken", "Too expensive", "Wedding cancelled", "All delivered"];
pub(super) const EVENT_TYPES: &[(&str, &str, &str)] = &[
    ("Wedding ceremony", "session", "ceremony"),
    ("Engagement shoot", "session", "engagement_shoot"),
    ("Consultation", "meeting", "consultation"),
    ("Planning call", "call", "planning_call"),
    ("Portrait session", "session", "portrait_session"),
];
pub(super) const METHODS: &[(&str, &str)] =
    &[("Bank transfer", "EFT"), ("Card", "CreditCard"), ("Cheque", "Check"), ("Cash", "Cash")];

/// Custom fields: name, kind, what they apply to, choices.
pub(super) const CUSTOM: &[(&str, &str, &str, &[&str])] = &[
    ("First dance song", "TextField", "Job", &[]),
    ("Timeline notes", "TextBox", "Job", &[]),
    ("Album style", "DropDown", "Job", &["Classic", "Modern", "Heirloom"]),
    ("Number of bridesmaids", "Number", "Job", &[]),
    ("Travel miles", "Decimal", "Job", &[]),
    ("Second shooter fee", "Money", "Job", &[]),
    ("Album approved on", "Date", "Job", &[]),
    ("First look at", "Time", "Job", &[]),
    ("Confetti allowed", "Checkbox", "Job", &[]),
    ("Instagram", "TextField", "Contact", &[]),
    ("Dietary needs", "TextBox", "Contact", &[]),
    ("T-shirt size", "DropDown", "Contact", &["S", "M", "L", "XL"]),
    ("Height in cm", "Number", "Contact", &[]),
    ("Date of engagement", "TextField", "Contact", &[]),
    ("Newsletter", "Checkbox", "Contact", &[]),
];

/// Zones: IANA name, POSIX rule, code, daylight code, country, city. POSIX rules need no zone database.
pub(super) const ZONES: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0", "GMT", "BST", "GB", "London"),
    ("Europe/Dublin", "GMT0IST,M3.5.0/1,M10.5.0", "GMT", "IST", "IE", "Dublin"),
    ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3", "CET", "CEST", "FR", "Paris"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0", "EST", "EDT", "US", "New York"),
    ("America/Chicago", "CST6CDT,M3.2.0,M11.1.0", "CST", "CDT", "US", "Chicago"),
    ("America/Denver", "MST7MDT,M3.2.0,M11.1.0", "MST", "MDT", "US", "Denver"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0", "PST", "PDT", "US", "Los Angeles"),
    ("UTC", "UTC0", "UTC", "UTC", "", ""),
];

/// A place where weddings are held.
#[derive(Debug, Clone)]
pub struct Venue {
    /// Id in the address book.
    pub id: Ulid,
    /// Name.
    pub name: String,
}

/// Somebody who works on many jobs.
#[derive(Debug, Clone)]
pub(super) struct Crew {
    pub(super) id: Ulid,
    pub(super) role: &'static str,
}

/// The lists of one studio.
#[derive(Debug)]
pub struct Studio {
    /// The answer of `/studio/me`.
    pub me: Value,
    /// Venues, in id order.
    pub venues: Vec<Venue>,
    pub(super) planners: Vec<Crew>,
    pub(super) vendors: Vec<Crew>,
    pub(super) staff: Vec<Crew>,
    pub(super) zone: &'static str,
    pub(super) zone_id: Ulid,
    rule: TimeZone,
    ids: Vec<(Stream, &'static str, Ulid)>,
    lists: Vec<(Stream, Vec<Value>)>,
}

impl Studio {
    pub(super) fn generate(spec: &BookSpec) -> Self {
        let mut maker = Maker { dice: Dice::new(spec.seed, u64::MAX), clock: opening(), ids: Vec::new() };
        let mut lists = Vec::new();
        let zone_index = ZONES.iter().position(|zone| zone.0 == spec.zone).unwrap_or(0);
        let zones = maker.list(Stream::Timezone, ZONES, |zone, map| {
            let offset: &[(&str, Value)] = &[
                ("city", json!(some(zone.5))),
                ("code", json!(zone.2)),
                ("country", json!(some(zone.4))),
                ("daylightCode", json!(zone.3)),
                ("extendedInfo", Value::Null),
                ("displayName", json!(zone.0.replace('_', " "))),
                ("primary", json!(true)),
                ("region", json!(zone.0.split('/').next().unwrap_or_default())),
            ];
            extend(map, offset);
            zone.0
        });
        let zone_id = maker.ids[zone_index].2;
        lists.push((Stream::Timezone, zones));
        lists.push((
            Stream::JobRole,
            maker.list(Stream::JobRole, ROLES, |role, map| {
                extend(
                    map,
                    &[("kind", json!(role.1)), ("tokenPrefix", json!(role.2)), ("sortPosition", json!(100))],
                );
                role.0
            }),
        ));
        lists.push((
            Stream::JobType,
            maker.list(Stream::JobType, JOB_TYPES, |name, map| {
                extend(map, &[("primarySessionRequired", json!(true)), ("sortPosition", json!(100))]);
                name
            }),
        ));
        lists.push((
            Stream::LeadSource,
            maker.list(Stream::LeadSource, SOURCES, |name, map| {
                extend(map, &[("parentId", Value::Null)]);
                name
            }),
        ));
        lists.push((
            Stream::LeadStatus,
            maker.list(Stream::LeadStatus, STATUSES, |status, map| {
                extend(
                    map,
                    &[("kind", json!(status.1)), ("sortPosition", json!(100)), ("color", json!("5b7f95"))],
                );
                status.0
            }),
        ));
        lists.push((
            Stream::JobClosedReason,
            maker.list(Stream::JobClosedReason, CLOSED_REASONS, |name, map| {
                extend(map, &[("description", Value::Null), ("includedInReporting", json!(true))]);
                name
            }),
        ));
        lists.push((
            Stream::EventType,
            maker.list(Stream::EventType, EVENT_TYPES, |kind, map| {
                let more =
                    [("kind", json!(kind.1)), ("tokenPrefix", json!(kind.2)), ("sortPosition", json!(100))];
                extend(map, &more);
                kind.0
            }),
        ));
        lists.push((
            Stream::PaymentMethod,
            maker.list(Stream::PaymentMethod, METHODS, |method, map| {
                extend(map, &[("kind", json!(method.1))]);
                method.0
            }),
        ));
        lists.push((
            Stream::CustomField,
            maker.list(Stream::CustomField, CUSTOM, |field, map| {
                let choices = if field.3.is_empty() { Value::Null } else { json!(field.3) };
                let more = [
                    ("canApplyTo", json!(field.2)),
                    ("clientAccess", json!("None")),
                    ("clientLabel", Value::Null),
                    ("choices", choices),
                    ("kind", json!(field.1)),
                    ("token", json!(names::plain(field.0))),
                ];
                extend(map, &more);
                field.0
            }),
        ));
        let brands = maker.list(Stream::Brand, &["Main brand"], |name, map| {
            let more =
                [("alias", json!("main-brand")), ("shortName", Value::Null), ("externalMappings", json!([]))];
            extend(map, &more);
            name
        });
        lists.push((Stream::Brand, brands));

        let mut contacts = Vec::new();
        let staff = maker.staff(&mut contacts);
        let users = maker.list(Stream::User, &["owner"], |name, map| {
            map.remove("name");
            let more = [
                ("contactId", json!(staff[0].id)),
                ("createdById", Value::Null),
                ("hasBetaAccess", json!(false)),
                ("isAdmin", json!(true)),
                ("isBillingContact", json!(true)),
                ("username", json!("owner@example.com")),
            ];
            extend(map, &more);
            name
        });
        lists.push((Stream::User, users));
        let venues = maker.venues(spec, &mut contacts);
        let (vendors, planners) = maker.vendors(&mut contacts);
        lists.push((Stream::AddressBook, contacts));
        let me = maker.me(spec, zone_id);
        let rule = TimeZone::posix(ZONES[zone_index].1).unwrap_or(TimeZone::UTC);
        let zone = ZONES[zone_index].0;
        Self { me, venues, planners, vendors, staff, zone, zone_id, rule, ids: maker.ids, lists }
    }

    /// The list of a stream that does not grow, and the studio's own part of the address book.
    pub fn list(&self, stream: Stream) -> &[Value] {
        self.lists.iter().find(|(held, _)| *held == stream).map_or(&[], |(_, list)| list.as_slice())
    }

    /// The id of a named entry, such as the job role `Bride`.
    pub fn id_of(&self, stream: Stream, name: &str) -> Option<Ulid> {
        self.ids
            .iter()
            .find(|(held, held_name, _)| *held == stream && *held_name == name)
            .map(|(_, _, id)| *id)
    }

    /// The moment at which a clock in the studio shows this; a time that the spring change skips moves forward.
    pub(super) fn utc(&self, date: Date, time: Time) -> Option<Timestamp> {
        DateTime::from_parts(date, time).to_zoned(self.rule.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

fn opening() -> i64 {
    TimeZone::UTC.to_timestamp(civil::date(2023, 5, 2).at(9, 0, 0, 0)).map_or(0, Timestamp::as_second)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn extend(map: &mut Map<String, Value>, more: &[(&str, Value)]) {
    for (key, value) in more {
        map.insert((*key).to_owned(), value.clone());
    }
}

struct Maker {
    dice: Dice,
    clock: i64,
    ids: Vec<(Stream, &'static str, Ulid)>,
}

impl Maker {
    fn base(&mut self) -> (Ulid, Map<String, Value>) {
        self.clock += 1;
        let id = Ulid::at(self.clock * 1000, &mut self.dice);
        let stamp = Timestamp::from_second(self.clock).unwrap_or_default();
        let mut map = Map::new();
        let base = [
            ("id", json!(id)),
            ("created", json!(stamp)),
            ("modified", json!(stamp)),
            ("hidden", json!(false)),
        ];
        extend(&mut map, &base);
        (id, map)
    }

    fn list<T>(
        &mut self,
        stream: Stream,
        rows: &'static [T],
        fill: impl Fn(&'static T, &mut Map<String, Value>) -> &'static str,
    ) -> Vec<Value> {
        let mut list = Vec::with_capacity(rows.len());
        for row in rows {
            let (id, mut map) = self.base();
            map.insert("name".to_owned(), Value::Null);
            let name = fill(row, &mut map);
            if let Some(slot) = map.get_mut("name") {
                *slot = json!(name);
            }
            self.ids.push((stream, name, id));
            list.push(Value::Object(map));
        }
        list
    }

    fn me(&mut self, spec: &BookSpec, zone_id: Ulid) -> Value {
        let (id, mut map) = self.base();
        self.ids.push((Stream::User, "studio", id));
        let british = spec.currency != "USD";
        let more = [
            ("currencyCode", json!(spec.currency)),
            ("dateFormat", json!(if british { "j/n/Y" } else { "n/j/Y" })),
            ("decimalSeparator", json!(".")),
            ("email", json!("studio@example.com")),
            ("externalMappings", json!([])),
            ("firstName", json!("Sarah")),
            ("lastName", json!("Harlow")),
            ("name", json!(spec.studio_name)),
            ("readonlyEnabled", json!(false)),
            ("readonlyEnabledAt", Value::Null),
            ("temperature", json!(if british { "Celsius" } else { "Fahrenheit" })),
            ("thousandsSeparator", json!(",")),
            ("timeFormat", json!(if british { "H:i" } else { "g:ia" })),
            ("timezoneId", json!(zone_id)),
            ("weekStartsOn", json!(if british { "Monday" } else { "Sunday" })),
            ("primaryIndustrySlug", json!("photography")),
            ("primaryIndustryName", json!("Photography")),
        ];
        extend(&mut map, &more);
        Value::Object(map)
    }

    fn contact(&mut self, kind: &str, name: &str, email: Option<&str>) -> (Ulid, Map<String, Value>) {
        let (id, mut map) = self.base();
        let more = [
            ("kind", json!(kind)),
            ("name", json!(name)),
            ("email", json!(email)),
            ("secondaryEmail", Value::Null),
            ("address", Value::Null),
            ("customFields", json!([])),
            ("externalMappings", json!([])),
            ("pinned", json!(false)),
            ("url", Value::Null),
        ];
        extend(&mut map, &more);
        (id, map)
    }

    fn staff(&mut self, contacts: &mut Vec<Value>) -> Vec<Crew> {
        let people = [("Sarah", "Harlow", "Photographer"), ("Finch", "Abara", "Second photographer")];
        let mut staff = Vec::new();
        for (first, last, role) in people {
            let email = format!("{}@example.com", first.to_lowercase());
            let (id, mut map) = self.contact("employee", &format!("{first} {last}"), Some(&email));
            extend(
                &mut map,
                &[("firstName", json!(first)), ("lastName", json!(last)), ("jobTitle", json!(role))],
            );
            contacts.push(Value::Object(map));
            staff.push(Crew { id, role });
        }
        staff
    }

    fn venues(&mut self, spec: &BookSpec, contacts: &mut Vec<Value>) -> Vec<Venue> {
        let count = (12 + spec.clients / 20).min((names::VENUE_HEAD.len() * names::VENUE_TAIL.len()) as u32);
        let mut venues = Vec::new();
        for number in 0..count as usize {
            let head = names::VENUE_HEAD[number % names::VENUE_HEAD.len()];
            let tail =
                names::VENUE_TAIL[(number / names::VENUE_HEAD.len() + number) % names::VENUE_TAIL.len()];
            let name = format!("{head} {tail}");
            let country = spec.country(&mut self.dice);
            let (id, mut map) = self.contact("location", &name, None);
            let town = match country {
                Country::Gb => names::UK_TOWNS[number % names::UK_TOWNS.len()],
                Country::Us => names::US_TOWNS[number % names::US_TOWNS.len()],
            };
            let code = match country {
                Country::Gb => format!("{} {}AB", town.2, 1 + number % 9),
                Country::Us => format!("{}{:02}", town.2, number % 100),
            };
            let address = json!({
                "streetAddress": format!("{} {}", 1 + number, names::STREETS[number % names::STREETS.len()]),
                "village": null, "city": town.0, "state": town.1, "postalCode": code, "country": country.code(),
            });
            extend(&mut map, &[("address", address), ("phone", Value::Null), ("tollFree", Value::Null)]);
            contacts.push(Value::Object(map));
            venues.push(Venue { id, name });
        }
        venues
    }

    fn vendors(&mut self, contacts: &mut Vec<Value>) -> (Vec<Crew>, Vec<Crew>) {
        let mut vendors = Vec::new();
        for (name, role) in names::VENDORS {
            let email = format!("hello@{}.example.net", names::plain(name));
            let (id, mut map) = self.contact("company", name, Some(&email));
            let role_id =
                self.ids.iter().find(|held| held.0 == Stream::JobRole && held.1 == *role).map(|held| held.2);
            let more = [
                ("primaryContactFirstName", Value::Null),
                ("primaryContactLastName", Value::Null),
                ("vendorRoleId", json!(role_id)),
                ("accountBalance", json!(0)),
            ];
            extend(&mut map, &more);
            contacts.push(Value::Object(map));
            vendors.push(Crew { id, role });
        }
        let mut planners = Vec::new();
        for (first, last) in [("Cordelia", "Vance"), ("Tobias", "Merriman"), ("Anneliese", "Grünwald")] {
            let email = format!("{}@planners.example.net", names::plain(first));
            let (id, mut map) = self.contact("person", &format!("{first} {last}"), Some(&email));
            let more = [
                ("firstName", json!(first)),
                ("lastName", json!(last)),
                ("companyName", json!(format!("{last} Weddings"))),
                ("cellPhone", Value::Null),
                ("anonymized", json!(false)),
            ];
            extend(&mut map, &more);
            contacts.push(Value::Object(map));
            planners.push(Crew { id, role: "Planner" });
        }
        (vendors, planners)
    }
}
