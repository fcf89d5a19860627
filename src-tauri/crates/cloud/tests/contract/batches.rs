//! What a batch does, status by status, and its two idempotencies.

use hub_cloud::{CloudClient, CloudError};
use hub_core::ports::{OpResult, OpStatus, RetryAdvice};
use hub_core::record::RecordType;
use hub_sandbox::wedsync::Rejection;
use serde_json::{Value, json};

use crate::harness::{LOGIN, World, batch, id, op, reference};

async fn send(client: &CloudClient, key: &str, ops: &[Value]) -> Vec<OpResult> {
    client.send_batch(key, &batch(ops), None).await.expect("the batch is taken").results
}

fn statuses(results: &[OpResult]) -> Vec<OpStatus> {
    results.iter().map(|result| result.status).collect()
}

fn with(mut op: Value, name: &str, value: Value) -> Value {
    op[name] = value;
    op
}

/// Person 1, client 2, project 3.
fn party() -> Vec<Value> {
    let people = json!({"set": {id(1): {"role": "primary", "position": 0}}});
    vec![
        with(
            op("op-1", "upsert", "person", &id(1), json!({"first_name": "Ada", "email": "ada@example.org"})),
            "external_ref",
            reference("address-book", "p1"),
        ),
        op("op-2", "upsert", "client", &id(2), json!({"people": people})),
        with(
            op(
                "op-3",
                "upsert",
                "project",
                &id(3),
                json!({"client_id": id(2), "wedding_date": "2027-06-12"}),
            ),
            "external_ref",
            reference("job", "j1"),
        ),
    ]
}

#[tokio::test]
async fn creates_updates_leaves_and_clears() {
    let world = World::start();
    let client = world.client().await;
    let results = send(&client, "b1", &party()).await;
    assert_eq!(statuses(&results), [OpStatus::Created; 3], "three new records");
    assert_eq!(results[0].version, Some(1), "the first version");

    let results = send(
        &client,
        "b2",
        &[
            with(
                op("op-4", "upsert", "person", &id(1), json!({"last_name": "Byron"})),
                "expected_version",
                json!(1),
            ),
            op("op-5", "upsert", "person", &id(1), json!({"last_name": "Byron"})),
            op("op-6", "upsert", "person", &id(1), json!({"email": null})),
        ],
    )
    .await;
    assert_eq!(statuses(&results), [OpStatus::Updated, OpStatus::Unchanged, OpStatus::Updated], "in order");
    let record = client.record(RecordType::Person, &id(1)).await.unwrap();
    assert_eq!(record.fields.get("first_name"), Some(&json!("Ada")), "absent means leave");
    assert_eq!(record.fields.get("email"), None, "null means clear");
    assert_eq!(record.version, 3, "two changes after the creation");
    let meta = &record.fields_meta["last_name"];
    assert_eq!(meta.origin.as_ref().unwrap().op_id, "op-4", "the op that changed the field");
    assert_eq!(meta.origin.as_ref().unwrap().device.as_deref(), Some("device-one"), "and the device");
}

#[tokio::test]
async fn f54_what_is_stored_differently_is_read_back() {
    let world = World::start();
    let client = world.client().await;
    let results = send(
        &client,
        "b1",
        &[op(
            "op-1",
            "upsert",
            "person",
            &id(1),
            json!({"first_name": "  Ada ", "last_name": "Byron", "email": "Ada@EXAMPLE.org", "title": " "}),
        )],
    )
    .await;
    let expected = json!({"first_name": "Ada", "email": "Ada@example.org", "title": null});
    assert_eq!(json!(results[0].fields), sorted(expected), "only the fields that differ, as stored");
}

fn sorted(value: Value) -> Value {
    let mut map = value.as_object().unwrap().clone();
    map.sort_keys();
    Value::Object(map)
}

#[tokio::test]
async fn keyed_lists_change_by_element() {
    let world = World::start();
    let client = world.client().await;
    let emails = |change: Value| op("x", "upsert", "person", &id(1), json!({"other_emails": change}));
    let first = json!({"set": {"b@x.org": {"address": "b@x.org", "label": "work"}, "a@x.org": {"address": "a@x.org", "label": null}}});
    let mut create = with(emails(first), "op_id", json!("op-1"));
    create["fields"]["first_name"] = json!("Ada");
    let change = json!({"set": {"c@x.org": {"address": "c@X.org", "label": " home "}}, "remove": ["a@x.org", "gone@x.org"]});
    let results = send(
        &client,
        "b1",
        &[
            create,
            with(emails(change), "op_id", json!("op-2")),
            with(emails(json!({"remove": ["nothing"]})), "op_id", json!("op-3")),
        ],
    )
    .await;
    assert_eq!(statuses(&results), [OpStatus::Created, OpStatus::Updated, OpStatus::Unchanged], "by element");
    let stored = json!({"b@x.org": {"address": "b@x.org", "label": "work"}, "c@x.org": {"address": "c@x.org", "label": "home"}});
    assert_eq!(results[1].fields["other_emails"], stored, "the tidied list is read back whole, in key order");
    let bad = with(emails(json!({"d@x.org": {}})), "op_id", json!("op-4"));
    let results = send(&client, "b2", &[bad]).await;
    assert_eq!(results[0].code.as_deref(), Some("invalid_value"), "a bare list could mean set or replace");
}

#[tokio::test]
async fn f16_a_moved_version_is_a_conflict_with_the_current_record() {
    let world = World::start();
    let client = world.client().await;
    send(&client, "b1", &party()).await;
    send(&client, "b2", &[op("op-4", "upsert", "person", &id(1), json!({"last_name": "Byron"}))]).await;
    let stale = |op_id: &str, name: &str| {
        with(op(op_id, "upsert", "person", &id(1), json!({"last_name": name})), "expected_version", json!(1))
    };
    let results = send(&client, "b3", &[stale("op-5", "King"), stale("op-6", "Byron")]).await;
    assert_eq!(results[0].status, OpStatus::Conflict, "the record moved");
    let current = results[0].current.as_ref().expect("the current record comes with it");
    assert_eq!(
        (current.version, current.fields.get("last_name")),
        (2, Some(&json!("Byron"))),
        "as it stands"
    );
    assert_eq!(results[1].status, OpStatus::Unchanged, "what is so already is no conflict");

    let deletion = with(op("op-7", "delete", "project", &id(3), json!({})), "expected_version", json!(9));
    let results = send(&client, "b4", &[deletion]).await;
    assert_eq!(results[0].status, OpStatus::Conflict, "deletions are checked too");
}

#[tokio::test]
async fn deletes_softly_restores_and_guards_children() {
    let world = World::start();
    let client = world.client().await;
    let before = world.cloud.dump(LOGIN).unwrap();
    send(&client, "b1", &party()).await;
    let results = send(
        &client,
        "b2",
        &[
            op("op-4", "delete", "client", &id(2), json!({})),
            op("op-5", "delete", "project", &id(3), json!({})),
            op("op-6", "delete", "client", &id(2), json!({})),
            op("op-7", "delete", "person", &id(1), json!({})),
            op("op-8", "delete", "person", &id(1), json!({})),
            op("op-9", "delete", "person", &id(9), json!({})),
        ],
    )
    .await;
    let expected = [
        OpStatus::Rejected,
        OpStatus::Deleted,
        OpStatus::Deleted,
        OpStatus::Deleted,
        OpStatus::Unchanged,
        OpStatus::Rejected,
    ];
    assert_eq!(statuses(&results), expected, "children first");
    assert_eq!(results[0].code.as_deref(), Some("has_children"), "F63: the project still points at it");
    assert_eq!(results[5].code.as_deref(), Some("not_found"), "nothing there");
    assert_eq!(world.cloud.dump(LOGIN).unwrap().digest, before.digest, "as if nothing had been uploaded");

    let results = send(
        &client,
        "b3",
        &[
            op("op-10", "restore", "project", &id(3), json!({})),
            op("op-11", "restore", "person", &id(1), json!({})),
            op("op-12", "restore", "client", &id(2), json!({})),
            op("op-13", "restore", "project", &id(3), json!({})),
            op("op-14", "restore", "project", &id(3), json!({})),
        ],
    )
    .await;
    let expected =
        [OpStatus::Rejected, OpStatus::Restored, OpStatus::Restored, OpStatus::Restored, OpStatus::Unchanged];
    assert_eq!(statuses(&results), expected, "parents first");
    assert_eq!(results[0].code.as_deref(), Some("parent_missing"), "its client is deleted");

    send(&client, "b4", &[op("op-15", "delete", "project", &id(3), json!({}))]).await;
    let edit = op("op-16", "upsert", "project", &id(3), json!({"name": "x"}));
    let results = send(&client, "b5", &[edit]).await;
    assert_eq!(
        (results[0].status, results[0].code.as_deref()),
        (OpStatus::Conflict, Some("deleted")),
        "inv 2"
    );
    world.cloud.advance_clock(std::time::Duration::from_secs(31 * 24 * 3600));
    let client = world.client().await;
    let results = send(&client, "b6", &[op("op-17", "restore", "project", &id(3), json!({}))]).await;
    assert_eq!(results[0].code.as_deref(), Some("restore_expired"), "30 days");
}

#[tokio::test]
async fn f59_f61_each_rejection_has_its_code_and_spares_the_others() {
    let world = World::start();
    let client = world.client().await;
    send(&client, "b0", &party()).await;
    let person = |fields: Value| op("", "upsert", "person", &id(10), fields);
    let cases = [
        (person(json!({"last_name": "X"})), "first_name", "required"),
        (op("", "upsert", "person", &id(1), json!({"first_name": null})), "first_name", "required"),
        (person(json!({"first_name": "X", "nope": 1})), "nope", "unknown_field"),
        (
            op("", "upsert", "client", &id(2), json!({"wedding_date": "2027-01-01"})),
            "wedding_date",
            "read_only",
        ),
        (person(json!({"first_name": 7})), "first_name", "invalid_value"),
        (person(json!({"first_name": "X", "email": "nobody"})), "email", "invalid_value"),
        (person(json!({"first_name": "X", "birthday": "1990-02-30"})), "birthday", "invalid_value"),
        (op("", "upsert", "project", &id(3), json!({"stage": "maybe"})), "stage", "not_a_choice"),
        (person(json!({"first_name": "X", "notes": "n".repeat(1_100_000)})), "notes", "too_large"),
        (op("", "upsert", "project", &id(11), json!({"client_id": id(99)})), "client_id", "parent_missing"),
        (
            op("", "upsert", "client", &id(12), json!({"people": {"set": {id(99): {"role": "primary"}}}})),
            "people",
            "parent_missing",
        ),
        (
            op("", "upsert", "form", &id(13), json!({"template_id": "nope"})),
            "template_id",
            "unknown_template",
        ),
        (op("", "upsert", "guest", &id(14), json!({})), "", "unknown_type"),
        (op("", "upsert", "client", &id(1), json!({})), "", "type_differs"),
        (
            with(
                op("", "upsert", "person", &id(10), json!({"first_name": "X"})),
                "expected_version",
                json!(4),
            ),
            "",
            "not_found",
        ),
    ];
    let mut ops: Vec<Value> = Vec::new();
    for (number, (op, ..)) in cases.iter().enumerate() {
        ops.push(with(op.clone(), "op_id", json!(format!("bad-{number}"))));
    }
    ops.push(op("good", "upsert", "person", &id(20), json!({"first_name": "Good"})));
    let results = send(&client, "b1", &ops).await;
    for ((_, field, code), result) in cases.iter().zip(&results) {
        assert_eq!(result.status, OpStatus::Rejected, "{code}");
        assert_eq!(result.code.as_deref(), Some(*code), "{result:?}");
        assert_eq!(result.field.as_deref().unwrap_or_default(), *field, "{code} names its field");
    }
    assert_eq!(results.last().unwrap().status, OpStatus::Created, "inv 30: the good one goes through");
}

#[tokio::test]
async fn f82_half_a_batch_can_be_rejected_by_switch() {
    let world = World::start();
    let client = world.client().await;
    world.cloud.reject_ops(|op| {
        (op["type"] == "project").then(|| Rejection { field: None, code: "not_today".to_owned() })
    });
    let results = send(&client, "b1", &party()).await;
    assert_eq!(
        statuses(&results),
        [OpStatus::Created, OpStatus::Created, OpStatus::Rejected],
        "only what the switch picks"
    );
    world.cloud.accept_ops();
    let again = with(party()[2].clone(), "op_id", json!("op-30"));
    assert_eq!(statuses(&send(&client, "b2", &[again]).await), [OpStatus::Created], "a new op goes through");
}

#[tokio::test]
async fn reused_ids_with_other_content_are_refused_before_anything_is_applied() {
    let world = World::start();
    let client = world.client().await;
    send(&client, "b1", &party()).await;
    let other = batch(&[op("op-9", "upsert", "person", &id(9), json!({"first_name": "Eve"}))]);
    let refused = client.send_batch("b1", &other, None).await.expect_err("the key is taken");
    assert_eq!((refused.code(), refused.retry()), ("batch_reused", RetryAdvice::Never), "another body");

    let mut changed = party();
    changed[0]["fields"]["first_name"] = json!("Eve");
    changed.insert(0, op("op-8", "upsert", "person", &id(8), json!({"first_name": "Bob"})));
    let refused = client.send_batch("b2", &batch(&changed), None).await.expect_err("op-1 is taken");
    let CloudError::Problem(problem) = &refused else { panic!("a problem: {refused}") };
    assert_eq!((problem.status, problem.code.as_str()), (409, "op_reused"), "another content");
    assert_eq!(problem.params["op_id"], json!("op-1"), "the op is named");
    assert_eq!(world.cloud.counts(LOGIN).unwrap()["person"], 1, "not even the good op before it ran");
}

#[tokio::test]
async fn a_known_reference_answers_the_canonical_id_and_children_follow() {
    let world = World::start();
    let (one, _) = world.client_on("device-one").await;
    let (two, _) = world.client_on("device-two").await;
    send(&one, "b1", &party()).await;
    // The other computer made its own ids for the same CRM records.
    let mut theirs = Vec::new();
    for (number, mut op) in party().into_iter().enumerate() {
        let text = op.to_string().replace(&id(1), &id(101)).replace(&id(3), &id(103));
        op = serde_json::from_str(&text).unwrap();
        op["op_id"] = json!(format!("two-{number}"));
        theirs.push(op);
    }
    let results = send(&two, "b2", &theirs).await;
    assert_eq!(statuses(&results), [OpStatus::Unchanged; 3], "MODEL 5: one set, nothing new to say");
    assert_eq!(results[0].id.as_deref(), Some(id(1).as_str()), "the person's canonical id");
    assert_eq!(results[2].id.as_deref(), Some(id(3).as_str()), "the project's canonical id");
    assert!(
        results[1].fields["people"].get(id(1)).is_some(),
        "the list's key was replaced, and is read back"
    );
    let found = two.record(RecordType::Person, &id(101)).await.unwrap();
    assert_eq!(found.id, id(1), "the other id still finds the record");
    assert_eq!(world.cloud.counts(LOGIN).unwrap()["person"], 1, "one person");
}

#[tokio::test]
async fn a_reference_of_a_deleted_record_moves_and_a_live_one_does_not() {
    let world = World::start();
    let client = world.client().await;
    let person = |op_id: &str, number: u32| {
        with(
            op(op_id, "upsert", "person", &id(number), json!({"first_name": "Ada"})),
            "external_ref",
            reference("address-book", "p1"),
        )
    };
    send(&client, "b1", &[person("op-1", 1), op("op-2", "delete", "person", &id(1), json!({}))]).await;
    let results = send(&client, "b2", &[person("op-3", 2)]).await;
    assert_eq!((results[0].status, results[0].id.clone()), (OpStatus::Created, Some(id(2))), "a new record");
    let moved = client.record(RecordType::Person, &id(2)).await.unwrap();
    assert_eq!(moved.external_refs.len(), 1, "holds the reference now");

    let by_hand = op("op-4", "upsert", "person", &id(3), json!({"first_name": "Ada"}));
    let results = send(&client, "b3", &[by_hand, person("op-5", 3)]).await;
    assert_eq!(
        results[1].code.as_deref(),
        Some("reference_taken"),
        "two live records claim one: a person decides"
    );

    let back = with(
        op("op-6", "upsert", "person", &id(2), json!({})),
        "remove_external_ref",
        reference("address-book", "p1"),
    );
    let results = send(&client, "b4", &[back, person("op-7", 3)]).await;
    assert_eq!(statuses(&results), [OpStatus::Updated, OpStatus::Updated], "given back, then taken");
}

#[tokio::test]
async fn expecting_version_0_makes_or_finds_the_same_but_never_overwrites() {
    let world = World::start();
    let client = world.client().await;
    let make = |op_id: &str, name: &str| {
        let op = op(op_id, "upsert", "person", &id(1), json!({"first_name": name}));
        with(op, "expected_version", json!(0))
    };
    let results = send(&client, "b1", &[make("op-1", "Ada"), make("op-2", "Ada"), make("op-3", "Eve")]).await;
    assert_eq!(
        statuses(&results),
        [OpStatus::Created, OpStatus::Unchanged, OpStatus::Conflict],
        "no lost update by creating twice"
    );
}

#[tokio::test]
async fn malformed_batches_are_refused_whole() {
    let world = World::start();
    let client = world.client().await;
    let many: Vec<Value> = (0..201)
        .map(|number| {
            op(&format!("op-{number}"), "upsert", "person", &id(number), json!({"first_name": "A"}))
        })
        .collect();
    let huge = format!("{{\"ops\":[],\"x\":\"{}\"}}", "x".repeat(9 * 1024 * 1024));
    for (body, status, code) in [
        ("not json".to_owned(), 400, "malformed_json"),
        ("[]".to_owned(), 400, "invalid_request"),
        ("{}".to_owned(), 400, "invalid_request"),
        (batch(&[]), 400, "too_many_ops"),
        (batch(&many), 400, "too_many_ops"),
        (batch(&[json!({"op_id": "a"})]), 400, "invalid_request"),
        (batch(&[op("a", "merge", "person", &id(1), json!({}))]), 400, "invalid_request"),
        (batch(&[op("a", "upsert", "person", "not-a-uuid", json!({}))]), 400, "invalid_request"),
        (huge, 413, "body_too_large"),
    ] {
        let refused = client.send_batch("b1", &body, None).await.expect_err(code);
        let CloudError::Problem(problem) = &refused else { panic!("a problem: {refused}") };
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (status, code),
            "{}",
            &body[..body.len().min(60)]
        );
    }
    assert!(world.cloud.counts(LOGIN).unwrap().is_empty(), "nothing was applied");
}
