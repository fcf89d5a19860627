//! The contract of the port for every name that can be chosen, by every way in which this version reads it.

use std::collections::BTreeSet;

use hub_connectors::definition::{Operation, RouteKind};
use hub_connectors::{embedded, embedded_keys};

mod calendars;
mod files;
mod honeybook;
mod sites;
mod sources;

/// What holds a way to the contract: the text that invokes the suite, and where it stands.
type Held = (&'static str, RouteKind, &'static str, &'static str);

/// Ways that are held to it one by one. Files are held all together (`files`), and events of automations by a story over each
/// (`tests/scenarios/tests/suite/bridges.rs`), because they need the cloud.
const HELD: [Held; 23] = [
    ("tave", RouteKind::Api, "connector!(Bench::new(", include_str!("contract.rs")),
    ("tave", RouteKind::Feed, "calendar!(Bench::of(\"tave\"))", include_str!("names/calendars.rs")),
    ("lightblue", RouteKind::SignIn, "connector!(Stand::light_blue())", include_str!("names/sites.rs")),
    ("honeybook", RouteKind::Api, "connector!(Stand::new())", include_str!("names/honeybook.rs")),
    ("seventeen", RouteKind::Api, "connector!(Stand::new(\"seventeen\", ", include_str!("names/sources.rs")),
    ("seventeen", RouteKind::Feed, "calendar!(Bench::of(\"seventeen\"))", include_str!("names/calendars.rs")),
    ("shootq", RouteKind::SignIn, "connector!(Stand::new(JsonKind::ShootQ))", include_str!("json_sites.rs")),
    (
        "pixieset",
        RouteKind::SignIn,
        "connector!(Stand::new(JsonKind::Pixieset))",
        include_str!("json_sites.rs"),
    ),
    ("pixieset", RouteKind::Feed, "calendar!(Bench::of(\"pixieset\"))", include_str!("names/calendars.rs")),
    (
        "iris_works",
        RouteKind::Api,
        "connector!(Stand::new(\"iris_works\", ",
        include_str!("names/sources.rs"),
    ),
    (
        "dubsado",
        RouteKind::SignIn,
        "connector!(Stand::new(JsonKind::Dubsado))",
        include_str!("json_sites.rs"),
    ),
    ("custom", RouteKind::Api, "connector!(Stand::new(\"custom\", ", include_str!("names/sources.rs")),
    (
        "studiocloud",
        RouteKind::Api,
        "connector!(Stand::new(\"studiocloud\", ",
        include_str!("names/sources.rs"),
    ),
    (
        "studiocloud",
        RouteKind::Feed,
        "calendar!(Bench::of(\"studiocloud\"))",
        include_str!("names/calendars.rs"),
    ),
    ("crm27", RouteKind::Api, "connector!(Stand::new(\"crm27\", ", include_str!("names/sources.rs")),
    ("pictime", RouteKind::Api, "connector!(Stand::new(\"pictime\", ", include_str!("names/sources.rs")),
    ("cloudspot", RouteKind::Api, "connector!(Stand::new(\"cloudspot\", ", include_str!("names/sources.rs")),
    (
        "sprout_studio",
        RouteKind::Api,
        "connector!(Stand::new(\"sprout_studio\", ",
        include_str!("names/sources.rs"),
    ),
    ("google_contacts", RouteKind::Api, "connector!(Stand::new(620))", include_str!("google.rs")),
    ("google_calendar", RouteKind::Api, "connector!(countable())", include_str!("google_calendar.rs")),
    ("calendly", RouteKind::Api, "connector!(crate::calendly::Stand::new())", include_str!("calendly.rs")),
    (
        "quickbooks",
        RouteKind::Api,
        "connector!(crate::quickbooks::Stand::new())",
        include_str!("quickbooks.rs"),
    ),
    ("calendar_feed", RouteKind::Feed, "calendar!(Bench::new())", include_str!("feeds.rs")),
];

#[test]
fn every_way_in_which_a_name_is_read_is_held_to_the_contract() {
    let mut read = BTreeSet::new();
    for key in embedded_keys() {
        let definition = embedded(key).expect("built in").expect("without faults");
        for kind in RouteKind::ALL {
            let apart = matches!(kind, RouteKind::File | RouteKind::Bridge);
            if !apart && definition.routes.works(kind, Operation::Read) {
                read.insert((key.to_owned(), kind));
            }
        }
    }
    let held: BTreeSet<(String, RouteKind)> =
        HELD.iter().map(|(key, kind, ..)| ((*key).to_owned(), *kind)).collect();
    assert_eq!(read, held);
    for (key, _, invoked, text) in HELD {
        assert!(text.contains(invoked), "{key}: {invoked} is there");
    }
}
