//! What a [`MirrorStore`](hub_core::ports::MirrorStore) promises: what WedSync last said, and everything drawn from it.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::matching::{MatchPerson, party_keys};
use hub_core::ports::CloudRecord;
use hub_core::record::{RecordKey, RecordType};
use serde_json::json;

use crate::book::{CONNECTION, cloud_record, connection, reference};
use crate::shelf::{Book, Shelf};

fn couple(store: &dyn Book, cursor: Option<&str>) {
    let records = [
        // Children first: pages come in id order, not in order of birth.
        cloud_record(
            RecordType::Project,
            "job",
            1,
            json!({"client_id": "c", "kind": "Wedding", "wedding_date": "2027-08-01", "venue_name": "Mill"}),
        ),
        cloud_record(
            RecordType::Project,
            "past",
            1,
            json!({"client_id": "c", "kind": "Wedding", "wedding_date": "2020-08-01", "venue_name": "Old Barn"}),
        ),
        cloud_record(
            RecordType::Client,
            "c",
            1,
            json!({"people": {"ben": {"role": "partner", "position": 1}, "anna": {"role": "primary", "position": 0}}}),
        ),
        cloud_record(
            RecordType::Person,
            "anna",
            1,
            json!({"first_name": "Anna", "last_name": "Price", "maiden_name": "Mills", "email": "Anna@Example.com",
                "phone": {"e164": "+447700900318", "ext": null, "text": "07700 900318"},
                "other_emails": {"work@example.org": {"address": "work@example.org", "label": "work"}}}),
        ),
        cloud_record(RecordType::Person, "ben", 1, json!({"first_name": "Ben", "last_name": "Okafor"})),
    ];
    for record in records {
        store.commit_mirror(&[record], cursor).unwrap();
    }
}

fn row(shelf: &dyn Shelf, table: &str) -> serde_json::Value {
    serde_json::from_str(&shelf.dump()[table][0]).unwrap()
}

pub fn clients_are_found_by_the_beginnings_of_names_and_emails_and_by_the_day(shelf: &dyn Shelf) {
    let store = shelf.open();
    couple(&*store, Some("c1"));
    let others = [
        cloud_record(
            RecordType::Person,
            "elodie",
            1,
            json!({"first_name": "Élodie", "last_name": "Anderson-Price"}),
        ),
        cloud_record(RecordType::Client, "d", 1, json!({"people": {"elodie": {"role": "planner"}}})),
    ];
    store.commit_mirror(&others, None).unwrap();
    let find = |words: &[&str]| -> Vec<String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        store.find_clients(&words, 10).unwrap().into_iter().map(|party| party.client_id).collect()
    };
    let ann = store.find_clients(&["OKA".to_owned()], 10).unwrap();
    assert_eq!(ann[0].names, ["Anna Price", "Ben Okafor"], "found by the partner, named by both");
    assert_eq!(ann[0].email.as_deref(), Some("Anna@Example.com"));
    assert_eq!((ann[0].wedding_date.as_deref(), ann[0].venue.as_deref()), (Some("2027-08-01"), Some("Mill")));
    assert_eq!(find(&["an"]), ["c", "d"], "by name");
    assert_eq!(find(&["anna@ex"]), ["c"]);
    assert_eq!(find(&["ben", "price"]), ["c"], "each word, of either of them");
    assert_eq!(find(&["price", "an"]), ["c"], "a second half of a surname is led by its first");
    assert_eq!(find(&["élo"]), ["d"], "small or capital");
    assert!(find(&["ben", "nobody"]).is_empty());
    assert!(find(&[]).is_empty());
    assert!(find(&["%"]).is_empty(), "no wildcard");
    let on: Vec<String> =
        store.find_clients_on("2027-08-01", 10).unwrap().into_iter().map(|party| party.client_id).collect();
    assert_eq!(on, ["c"]);
    let mut gone = cloud_record(RecordType::Client, "c", 2, json!({}));
    gone.deleted = true;
    store.commit_mirror(&[gone], None).unwrap();
    assert!(find(&["okafor"]).is_empty(), "deleted in WedSync");
    assert_eq!(store.find_clients(&["a".to_owned()], 0).unwrap(), []);
}

pub fn projections_follow_the_primary_person_and_the_next_wedding(shelf: &dyn Shelf) {
    let store = shelf.open();
    couple(&*store, Some("c1"));
    let client = row(shelf, "clients");
    assert_eq!(client["first_name"], "Anna");
    assert_eq!(client["email"], "Anna@Example.com");
    assert_eq!(client["phone"], "+447700900318");
    assert_eq!((&client["wedding_date"], &client["venue_name"]), (&json!("2027-08-01"), &json!("Mill")));
    // The partner becomes the primary, and the coming wedding is called off.
    store
        .commit_mirror(
            &[cloud_record(
                RecordType::Client,
                "c",
                2,
                json!({"people": {"ben": {"role": "primary", "position": 0}, "anna": {"role": "partner"}}}),
            )],
            None,
        )
        .unwrap();
    let mut gone = cloud_record(RecordType::Project, "job", 2, json!({"client_id": "c"}));
    gone.deleted = true;
    store.commit_mirror(&[gone], None).unwrap();
    let client = row(shelf, "clients");
    assert_eq!(client["first_name"], "Ben");
    assert_eq!(client["venue_name"], "Old Barn", "no next wedding, so the latest");
    assert_eq!(store.mirror_cursor().unwrap().as_deref(), Some("c1"), "no new cursor keeps the old one");
}

pub fn a_party_is_found_by_any_of_its_keys_until_it_is_linked_or_gone(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    couple(&*store, None);
    let party = store.match_party("c").unwrap().unwrap();
    assert_eq!(
        party.people[0],
        MatchPerson {
            id: "anna".into(),
            first_name: "Anna".into(),
            last_name: "Price".into(),
            maiden_name: "Mills".into(),
            emails: vec!["anna@example.com".into(), "work@example.org".into()],
            phones: vec!["+447700900318".into()],
        },
        "primary first, addresses folded"
    );
    assert_eq!(party.projects.len(), 2);
    for key in party_keys(&party) {
        let found = store.match_candidates(CONNECTION, std::slice::from_ref(&key)).unwrap();
        assert_eq!(found, std::slice::from_ref(&party), "{key:?}");
    }
    assert_eq!(store.match_candidates(CONNECTION, &party_keys(&party)).unwrap().len(), 1, "each once");
    // A new address replaces the old one among the keys.
    let old = party_keys(&party);
    let moved = cloud_record(
        RecordType::Person,
        "anna",
        2,
        json!({"first_name": "Anna", "email": "new@example.com"}),
    );
    store.commit_mirror(&[moved], None).unwrap();
    let email = old.iter().find(|key| key.value == "anna@example.com").unwrap();
    assert!(store.match_candidates(CONNECTION, std::slice::from_ref(email)).unwrap().is_empty());
    // WedSync says that another computer linked Anna to this connection.
    let mut linked = cloud_record(
        RecordType::Person,
        "anna",
        3,
        json!({"first_name": "Anna", "email": "new@example.com"}),
    );
    linked.external_refs = vec![reference("address-book", "x-9")];
    store.commit_mirror(&[linked], None).unwrap();
    let links = store.links(CONNECTION, &[("address-book".into(), "x-9".into())]).unwrap();
    assert_eq!(
        (links[0].record_id.as_str(), links[0].client_id.as_str(), links[0].confirmed),
        ("anna", "c", true)
    );
    let keys = party_keys(&store.match_party("c").unwrap().unwrap());
    assert!(store.match_candidates(CONNECTION, &keys).unwrap().is_empty(), "linked parties are left out");
    let mut gone = cloud_record(RecordType::Client, "c", 9, json!({}));
    gone.deleted = true;
    store.commit_mirror(&[gone], None).unwrap();
    assert!(store.match_candidates("another", &keys).unwrap().is_empty(), "and so are deleted ones");
}

pub fn an_older_record_is_passed_over_and_a_full_list_ends_what_it_does_not_mention(shelf: &dyn Shelf) {
    let store = shelf.open();
    couple(&*store, Some("c1"));
    let key = RecordKey::new(RecordType::Person, "ben");
    store
        .commit_mirror(&[cloud_record(RecordType::Person, "ben", 3, json!({"first_name": "Benjamin"}))], None)
        .unwrap();
    store
        .commit_mirror(&[cloud_record(RecordType::Person, "ben", 2, json!({"first_name": "Late"}))], None)
        .unwrap();
    assert_eq!(store.mirror_record(&key).unwrap().unwrap().fields["first_name"], "Benjamin");

    store.begin_full_mirror().unwrap();
    let mentioned: Vec<CloudRecord> = ["c", "anna"]
        .into_iter()
        .zip([RecordType::Client, RecordType::Person])
        .map(|(id, record_type)| store.mirror_record(&RecordKey::new(record_type, id)).unwrap().unwrap())
        .collect();
    store.commit_mirror(&mentioned, None).unwrap();
    assert!(!store.mirror_record(&key).unwrap().unwrap().deleted, "a list that has not ended proves nothing");
    store.end_full_mirror("c2").unwrap();
    assert!(store.mirror_record(&key).unwrap().unwrap().deleted);
    assert_eq!(store.mirror_cursor().unwrap().as_deref(), Some("c2"));
    let counts = store.mirror_counts().unwrap();
    assert_eq!((counts.get("person"), counts.get("project")), (Some(&1), None));
    assert_eq!(store.match_party("c").unwrap().unwrap().people.len(), 1);
}
