//! Every route by which this program asks a provider that documents how is held to the provider's published facts by a test of its
//! own; a definition that documents another one fails here until it has such a test.

use std::collections::BTreeSet;

use hub_connectors::definition::{Evidence, RouteKind, State};
use hub_connectors::{embedded, embedded_keys};

/// Provider, route, and the test that holds it, with the text it stands in.
const HELD: [(&str, RouteKind, &str, &str); 5] = [
    (
        "google_calendar",
        RouteKind::Api,
        "every_parameter_field_and_scope_is_a_published_one",
        include_str!("google_calendar_facts.rs"),
    ),
    (
        "google_contacts",
        RouteKind::Api,
        "every_parameter_field_and_scope_is_a_published_one",
        include_str!("google.rs"),
    ),
    (
        "lightblue",
        RouteKind::Push,
        "the_form_is_as_light_blue_documents_it",
        include_str!("../../src/hook/light_blue.rs"),
    ),
    (
        "quickbooks",
        RouteKind::Api,
        "the_definition_says_what_intuit_publishes",
        include_str!("quickbooks.rs"),
    ),
    (
        "tave",
        RouteKind::Api,
        "every_path_parameter_and_field_is_in_the_vendors_document",
        include_str!("vendor.rs"),
    ),
];

#[test]
fn every_documented_route_that_is_asked_is_held_to_published_facts() {
    let mut asked = BTreeSet::new();
    for key in embedded_keys() {
        let definition = embedded(key).expect("built in").expect("without faults");
        // Bridges and feeds are asked nothing of their own: what comes over them is of a shape that a test event or a standard tells.
        for kind in [RouteKind::Api, RouteKind::Push] {
            let routes = &definition.routes;
            if routes.state(kind) == Some(State::Ready) && routes.evidence(kind) == Some(Evidence::Documented)
            {
                asked.insert((key.to_owned(), kind));
            }
        }
    }
    let held: BTreeSet<(String, RouteKind)> =
        HELD.iter().map(|(key, kind, _, _)| ((*key).to_owned(), *kind)).collect();
    assert_eq!(asked, held);
    for (key, _, test, text) in HELD {
        assert!(text.contains(&format!("fn {test}(")), "{key}: {test} is there");
    }
}
