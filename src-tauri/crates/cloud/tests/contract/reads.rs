//! The full list, the feed, and cursors.

use hub_core::ports::{CloudApi, RetryAdvice};
use hub_core::record::RecordType;
use hub_sandbox::wedsync::{HandTyped, HandTypedPerson};
use serde_json::{Value, json};

use crate::harness::{LOGIN, World, batch, id, op};

fn people(range: std::ops::Range<u32>) -> Vec<Value> {
    range
        .map(|number| {
            let fields = json!({"first_name": format!("Person {number}")});
            op(&format!("op-{number}"), "upsert", "person", &id(number), fields)
        })
        .collect()
}

#[tokio::test]
async fn the_list_pages_in_id_order_and_hands_over_to_the_feed() {
    let world = World::start();
    let client = world.client().await;
    client.send_batch("b1", &batch(&people(1..8)), None).await.unwrap();
    let deletion = op("del", "delete", "person", &id(3), json!({}));
    client.send_batch("b2", &batch(&[deletion]), None).await.unwrap();

    let first = client.list(Some(RecordType::Person), None, 3).await.unwrap();
    assert!(!first.done && first.total.is_none(), "more to come");
    let feed = first.feed_cursor.clone().expect("the first page says where the feed continues");
    // A change while the list is being read: it is in the feed whether the list showed it or not.
    let edit = op("edit", "upsert", "person", &id(1), json!({"last_name": "New"}));
    client.send_batch("b3", &batch(&[edit]), None).await.unwrap();

    let mut seen: Vec<String> = first.records.iter().map(|record| record.id.clone()).collect();
    let mut cursor = first.cursor;
    let last = loop {
        let page = client.list(Some(RecordType::Person), cursor.as_deref(), 3).await.unwrap();
        assert!(page.feed_cursor.is_none(), "only on the first page");
        seen.extend(page.records.iter().map(|record| record.id.clone()));
        cursor.clone_from(&page.cursor);
        if page.done {
            break page;
        }
    };
    assert_eq!(seen, (1..8).map(id).collect::<Vec<_>>(), "each once, in id order, the deleted one too");
    assert_eq!(last.total, Some(7), "the total proves the end");
    assert!(last.cursor.is_none(), "nothing follows");

    let changes = client.changes(Some(&feed), 10).await.unwrap();
    assert_eq!(changes.changes.len(), 1, "exactly what happened meanwhile");
    assert_eq!(changes.changes[0].origin.as_ref().unwrap().op_id, "edit", "own ops are known by origin");
    let nothing = client.changes(Some(&changes.cursor), 10).await.unwrap();
    assert!(nothing.changes.is_empty() && !nothing.more, "inv 11: then silence");
}

#[tokio::test]
async fn the_feed_is_ordered_and_carries_tombstones() {
    let world = World::start();
    let client = world.client().await;
    client.send_batch("b1", &batch(&people(1..6)), None).await.unwrap();
    let ops = [
        op("a", "upsert", "person", &id(2), json!({"last_name": "Late"})),
        op("b", "delete", "person", &id(1), json!({})),
    ];
    client.send_batch("b2", &batch(&ops), None).await.unwrap();
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = client.changes(cursor.as_deref(), 2).await.unwrap();
        seen.extend(page.changes.iter().map(|record| (record.id.clone(), record.deleted_at.is_some())));
        cursor = Some(page.cursor);
        if !page.more {
            break;
        }
    }
    let expected: Vec<(String, bool)> =
        [(3, false), (4, false), (5, false), (2, false), (1, true)].map(|(n, gone)| (id(n), gone)).to_vec();
    assert_eq!(seen, expected, "each record once, by its last change");
}

#[tokio::test]
async fn f28_expired_cursors_ask_for_a_full_list_and_forged_ones_are_refused() {
    let world = World::start();
    let client = world.client().await;
    let feed = client.list(None, None, 10).await.unwrap().feed_cursor.unwrap();
    world.cloud.expire_cursors();
    let expired = client.changes(Some(&feed), 10).await.expect_err("expired");
    assert_eq!((expired.code(), expired.retry()), ("cursor_expired", RetryAdvice::ResetPaging), "start anew");
    let fresh = client.list(None, None, 10).await.unwrap().feed_cursor.unwrap();
    client.changes(Some(&fresh), 10).await.expect("a new one works");
    for forged in ["x", "bm90IGpzb24", &fresh[1..]] {
        let refused = client.changes(Some(forged), 10).await.expect_err("forged");
        assert_eq!(refused.code(), "invalid_request", "{forged}");
    }
    let crossed = client.list(None, Some(&fresh), 10).await.expect_err("a feed cursor is no list cursor");
    assert_eq!(crossed.code(), "invalid_request", "cursors belong to their endpoint");
    let limit = client.changes(None, 501).await.expect_err("too many");
    assert_eq!(limit.code(), "invalid_request", "500 at most");
}

fn hand_typed(first: &str) -> HandTyped {
    HandTyped {
        people: vec![HandTypedPerson {
            first: first.to_owned(),
            last: "Moss".to_owned(),
            email: Some(format!("{}@example.org", first.to_lowercase())),
            phone_text: Some("07700 900 318".to_owned()),
            role: "primary".to_owned(),
        }],
        wedding_date: Some("2027-05-01".to_owned()),
        venue: Some("Elm Barn".to_owned()),
    }
}

#[tokio::test]
async fn hand_typed_parties_are_there_before_any_import_and_dumps_compare_between_runs() {
    let mut digests = Vec::new();
    for _ in 0..2 {
        let world = World::start();
        world.cloud.seed_hand_typed(LOGIN, &[hand_typed("Zoe"), hand_typed("Amy")]).unwrap();
        let client = world.client().await;
        let page = CloudApi::list(&client, None).await.unwrap();
        assert_eq!(page.records.len(), 6, "two people, two clients, two projects");
        let counts = world.cloud.counts(LOGIN).unwrap();
        assert_eq!((counts["person"], counts["client"], counts["project"]), (2, 2, 2), "as typed");
        digests.push(world.cloud.dump(LOGIN).unwrap());
    }
    assert_eq!(digests[0], digests[1], "ids differ between the runs, the dumps do not");
    let world = World::start();
    world.cloud.seed_hand_typed(LOGIN, &[hand_typed("Zoe"), hand_typed("Ann")]).unwrap();
    assert_ne!(world.cloud.dump(LOGIN).unwrap().digest, digests[0].digest, "another name is another book");
}

#[tokio::test]
async fn the_schema_agrees_with_the_built_in_fields() {
    let world = World::start();
    let schema = world.client().await.schema().await.unwrap();
    for kind in schema.types {
        let built_in = hub_core::fields::standard_fields(kind.record_type);
        let sent: Vec<_> = kind.fields.iter().filter(|field| !field.read_only).collect();
        assert_eq!(
            sent.iter().map(|field| field.key.as_str()).collect::<Vec<_>>(),
            built_in.iter().map(|spec| spec.name).collect::<Vec<_>>(),
            "{}: the same fields in the same order",
            kind.record_type
        );
        for (field, spec) in sent.iter().zip(built_in) {
            let name = format!("{}.{}", kind.record_type, field.key);
            assert_eq!(field.required, spec.required, "{name} required");
            assert_eq!(json!(field.field_type), json!(spec.field_type), "{name} type");
        }
    }
}
