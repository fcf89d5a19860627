//! What a [`CloudApi`] promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use async_trait::async_trait;
use hub_core::custom_field::{CUSTOM_PREFIX, PlannedField};
use hub_core::ports::{CloudApi, Lease, OpResult, OpStatus, RetryAdvice};
use hub_core::record::RecordType;
use hub_core::value::FieldType;
use serde_json::{Value as Json, json};

use crate::book::reference;

/// A cloud that suites may mistreat.
#[async_trait(?Send)]
pub trait CloudStand {
    /// A client of the supplier, on a device of its own; every one is signed in.
    async fn client(&self) -> Box<dyn CloudApi>;

    /// A client of another supplier.
    async fn neighbour(&self) -> Box<dyn CloudApi>;

    /// The next batch is carried out and its answer gets lost.
    fn lose_the_next_answer(&self);

    /// So much time passes for the cloud that every lease has run out.
    fn let_leases_run_out(&self);
}

const CONNECTION: &str = "6f1c0000-0000-8000-8000-000000000001";

fn id(number: u32) -> String {
    format!("01990000-0000-7000-8000-{number:012x}")
}

fn op(op_id: &str, record_type: &str, id: &str, fields: Json) -> Json {
    json!({"op_id": op_id, "action": "upsert", "type": record_type, "id": id, "fields": fields})
}

fn body(ops: &[Json]) -> String {
    json!({ "ops": ops }).to_string()
}

fn person(op_id: &str, number: u32) -> String {
    body(&[op(op_id, "person", &id(number), json!({"first_name": "Ada"}))])
}

/// Person 1, client 2, project 3.
fn party() -> Vec<Json> {
    let people = json!({"set": {id(1): {"role": "primary", "position": 0}}, "remove": []});
    vec![
        op("op-1", "person", &id(1), json!({"first_name": "Ada", "email": "ada@example.org"})),
        op("op-2", "client", &id(2), json!({ "people": people })),
        op("op-3", "project", &id(3), json!({"client_id": id(2), "wedding_date": "2027-06-12"})),
    ]
}

async fn send(client: &dyn CloudApi, key: &str, body: &str, lease: Option<&Lease>) -> Vec<OpResult> {
    client.send_batch(key, body, lease).await.expect("the batch is taken")
}

/// Versions by id, of everything the supplier has.
async fn versions(client: &dyn CloudApi) -> Vec<(String, i64)> {
    let page = client.list(None).await.expect("the list is read");
    assert!(page.done, "a handful of records is one page");
    page.records.into_iter().map(|record| (record.key.id, record.version)).collect()
}

pub async fn the_account_says_who_is_signed_in_and_what_they_may(stand: &dyn CloudStand) {
    let account = stand.client().await.account().await.unwrap();
    assert!(!account.supplier_id.is_empty() && !account.user_id.is_empty(), "who: {account:?}");
    assert_eq!((account.tier.as_str(), account.connection_limit), ("SCALE", Some(5)), "R25");
    assert_eq!(account.role, "owner", "what they may");
    assert_eq!(
        (account.time_zone.as_str(), account.currency.as_str()),
        ("Europe/London", "GBP"),
        "the studio's"
    );
    let other = stand.neighbour().await.account().await.unwrap();
    assert_ne!(other.supplier_id, account.supplier_id, "another sign-in is another supplier");
    let client = stand.client().await;
    let schema = client.schema().await.unwrap();
    assert_eq!(schema["types"].as_array().map(Vec::len), Some(10), "all record types");
    assert_eq!(
        client.form_templates().await.unwrap()[0].applies_to,
        "project",
        "templates say where they apply"
    );
}

pub async fn inv_12_the_same_bytes_twice_are_applied_once(stand: &dyn CloudStand) {
    let client = stand.client().await;
    let body = body(&party());
    let first = send(&*client, "b1", &body, None).await;
    assert!(first.iter().all(|result| result.status == OpStatus::Created), "three new records, in order");
    let after = versions(&*client).await;
    assert_eq!(send(&*client, "b1", &body, None).await, first, "the batch is known, and answered as before");
    assert_eq!(send(&*client, "b2", &body, None).await, first, "the ops are known by themselves too");
    assert_eq!(versions(&*client).await, after, "nothing was applied again");
}

pub async fn inv_20_a_lost_answer_is_in_doubt_and_the_same_bytes_find_it_applied(stand: &dyn CloudStand) {
    let client = stand.client().await;
    stand.lose_the_next_answer();
    let lost = client.send_batch("b1", &person("op-1", 1), None).await.expect_err("no answer came");
    assert!(lost.in_doubt, "it may have been applied, and nobody may act as if it were not");
    assert_eq!(lost.retry, RetryAdvice::WhenBack, "the same bytes again, when the cloud is back");
    let answer = send(&*client, "b1", &person("op-1", 1), None).await;
    assert_eq!(answer[0].status, OpStatus::Created, "the stored answer");
    assert_eq!(versions(&*client).await, [(id(1), 1)], "applied once");
}

pub async fn inv_24_a_child_of_a_rejected_parent_is_rejected_and_left_out(stand: &dyn CloudStand) {
    let client = stand.client().await;
    let mut ops = party();
    ops[0]["fields"] = json!({"last_name": "nobody's first name"});
    ops.push(op("op-4", "person", &id(4), json!({"first_name": "Eve"})));
    let results = send(&*client, "b1", &body(&ops), None).await;
    let codes: Vec<_> = results.iter().map(|result| result.code.as_deref()).collect();
    assert_eq!(
        codes,
        [Some("required"), Some("parent_missing"), Some("parent_missing"), None],
        "down the line"
    );
    assert_eq!(results[0].field.as_deref(), Some("first_name"), "the field at fault is named");
    assert_eq!(
        versions(&*client).await,
        [(id(4), 1)],
        "no orphan is left, and nobody else is stopped (inv_30)"
    );
}

pub async fn the_full_list_hands_over_to_the_feed_and_then_there_is_silence(stand: &dyn CloudStand) {
    let client = stand.client().await;
    let people: Vec<Json> =
        (1..4).map(|n| op(&format!("op-{n}"), "person", &id(n), json!({"first_name": "Ada"}))).collect();
    send(&*client, "b1", &body(&people), None).await;
    let list = client.list(None).await.unwrap();
    let listed: Vec<&str> = list.records.iter().map(|record| record.key.id.as_str()).collect();
    assert_eq!(listed, [id(1), id(2), id(3)], "all of it, in id order");
    assert!(list.done && list.next.is_none(), "and that was all");
    let feed = list.feed_cursor.expect("the first page says where the feed continues");
    let edit = op("op-5", "person", &id(1), json!({"last_name": "Byron"}));
    let delete = json!({"op_id": "op-6", "action": "delete", "type": "person", "id": id(3), "fields": {}});
    send(&*client, "b2", &body(&[edit, delete]), None).await;
    let changed = client.changes(&feed).await.unwrap();
    let seen: Vec<(&str, bool)> =
        changed.records.iter().map(|record| (record.key.id.as_str(), record.deleted)).collect();
    assert_eq!(
        seen,
        [(id(1).as_str(), false), (id(3).as_str(), true)],
        "exactly what happened since, in order"
    );
    let silence = client.changes(&changed.next.expect("a cursor to continue from")).await.unwrap();
    assert!(silence.done && silence.records.is_empty(), "inv_11: then nothing");
}

pub async fn inv_43_suppliers_do_not_see_each_other(stand: &dyn CloudStand) {
    let (mine, theirs) = (stand.client().await, stand.neighbour().await);
    let feed = theirs.list(None).await.unwrap().feed_cursor.expect("a cursor");
    send(&*mine, "b1", &body(&party()), None).await;
    assert!(versions(&*theirs).await.is_empty(), "their list does not hold my records");
    assert!(theirs.changes(&feed).await.unwrap().records.is_empty(), "nor does their feed");
    mine.put_connection(CONNECTION, "tave", "studio-1", "Tave").await.unwrap();
    let lease = mine.lease(CONNECTION, "device-one", 1).await.unwrap();
    assert!(
        theirs.send_batch("b2", &person("op-9", 9), Some(&lease)).await.is_err(),
        "my lease lets nobody else write"
    );
    assert!(versions(&*theirs).await.is_empty(), "and nothing was written");
}

pub async fn inv_31_one_device_at_a_time_and_a_stale_one_is_fenced(stand: &dyn CloudStand) {
    let (one, two) = (stand.client().await, stand.client().await);
    one.put_connection(CONNECTION, "tave", "studio-1", "Tave").await.unwrap();
    let first = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    assert!(first.expires_in <= 120 && first.last_epoch == 1, "short, and nothing older is known: {first:?}");
    let renewed = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    assert_eq!(renewed.token, first.token, "renewing keeps the token, so that batches under way stay valid");
    let held = two.lease(CONNECTION, "device-two", 1).await.expect_err("held");
    assert_eq!((held.code.as_str(), held.retry), ("lease_held", RetryAdvice::After(120)), "until it expires");
    send(&*one, "b1", &person("op-1", 1), Some(&first)).await;

    stand.let_leases_run_out();
    let second = two.lease(CONNECTION, "device-two", 1).await.unwrap();
    assert_ne!(second.token, first.token, "a new holder, a new token");
    let body = person("op-2", 2);
    let fenced = one.send_batch("b2", &body, Some(&first)).await.expect_err("stale");
    assert_eq!((fenced.code.as_str(), fenced.in_doubt), ("fenced", false), "refused, and surely not applied");
    assert_eq!(fenced.retry, RetryAdvice::Never, "again under the old token will not help");
    assert_eq!(versions(&*one).await, [(id(1), 1)], "nothing was");
    let known = send(&*one, "b1", &person("op-1", 1), Some(&first)).await;
    assert_eq!(known[0].status, OpStatus::Created, "what was applied before the fence is still answered");
    send(&*two, "b2", &body, Some(&second)).await;
    send(&*one, "b3", &person("op-3", 3), None).await;
    assert_eq!(versions(&*one).await.len(), 3, "the new holder writes, and a hand edit needs no lease");
}

pub async fn inv_31_a_lease_that_is_given_back_is_free_at_once_and_its_token_writes_no_more(
    stand: &dyn CloudStand,
) {
    let (one, two) = (stand.client().await, stand.client().await);
    one.put_connection(CONNECTION, "tave", "studio-1", "Tave").await.unwrap();
    let first = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    one.release(&first).await.unwrap();
    let second = two.lease(CONNECTION, "device-two", 1).await.expect("without waiting");
    let late = one.send_batch("b1", &person("op-1", 1), Some(&first)).await.expect_err("late");
    assert_eq!(late.code, "fenced");
    one.release(&first).await.expect("what is not held any more is no fault");
    send(&*two, "b2", &person("op-2", 2), Some(&second)).await;
}

pub async fn a_custom_field_is_made_once_however_often_it_is_asked(stand: &dyn CloudStand) {
    let client = stand.client().await;
    let field = |number: u32| PlannedField {
        record_type: RecordType::Project,
        stream: "custom-field".into(),
        external_id: "f1".into(),
        name: format!("{CUSTOM_PREFIX}{}", id(number)),
        label: "First dance".into(),
        value_type: FieldType::Text,
        records: 1,
        made_by: None,
    };
    let known = reference("custom-field", "f1");
    let name = client.add_field(&field(50), &known).await.unwrap();
    assert_eq!(name, field(50).name, "made under the planned name");
    assert_eq!(client.add_field(&field(50), &known).await.unwrap(), name, "asking again makes no second one");
    assert_eq!(
        client.add_field(&field(51), &known).await.unwrap(),
        name,
        "nor does another computer, which learns the name that is there"
    );
}

pub async fn a_failure_names_its_code_its_sentence_and_its_source(stand: &dyn CloudStand) {
    let failure = stand.client().await.changes("x").await.expect_err("not a cursor");
    assert_eq!(
        (failure.code.as_str(), failure.message_id),
        ("invalid_request", "error.cloud_refused"),
        "named"
    );
    assert!(!failure.in_doubt, "a read is never in doubt");
    assert!(failure.source.is_some(), "the source is kept");
}
