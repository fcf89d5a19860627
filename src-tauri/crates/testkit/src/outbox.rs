//! What an [`OutboxStore`](hub_core::ports::OutboxStore) promises: from an approved plan to WedSync and back, each
//! operation once.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use std::collections::BTreeMap;

use hub_core::job::{JobKind, Outcome};
use hub_core::plan::{OpKind, UnitKind};
use hub_core::ports::{AckEffect, LogQuery, UnitQuery, UnitState};
use hub_core::record::{RecordKey, RecordType};
use serde_json::{Value as Json, json};

use crate::book::{CONNECTION, actor, cloud_record, job, party, reference};
use crate::shelf::{Shelf, apply, approve, enqueue, finish, plan, planned};
use crate::wedsync::Cloud;

fn sources(n: u64) -> Vec<(String, String)> {
    vec![
        ("address-book".to_owned(), format!("x-anna-{n}")),
        ("job".to_owned(), format!("x-job-{n}")),
        ("payment".to_owned(), format!("x-payment-{n}")),
    ]
}

pub fn an_approved_unit_goes_up_is_linked_and_reads_back(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    let before = shelf.dump();
    assert_eq!(approve(&*store, &plan_id), 2);
    assert_eq!(shelf.dump(), before, "approving moves nothing (SYNC-LAW 34)");
    assert_eq!(apply(&*store, &plan_id, "upload-1", &[0, 1]), 12);
    let (rows, total) = store.units(&plan_id, &UnitQuery { limit: 10, ..UnitQuery::default() }).unwrap();
    assert_eq!(total, 2);
    assert!(rows.iter().all(|row| row.state == UnitState::Applied), "both are on their way");
    assert!(
        store.links(CONNECTION, &sources(0)).unwrap().iter().all(|link| !link.confirmed),
        "a link waits for WedSync's word"
    );

    let mut cloud = Cloud::default();
    let batch = store.cut_batch("upload-1", 5).unwrap().expect("twelve ops are queued");
    assert_eq!(batch.ops, 5);
    let again = store.unanswered_batch("upload-1").unwrap().expect("it was never answered");
    assert_eq!(again.body, batch.body, "sent again as it is");
    assert_eq!(store.cut_batch("upload-1", 200).unwrap(), Some(again), "and before any new one");
    assert!(cloud.drain(&*store, "upload-1", 5) >= 3);
    assert_eq!(cloud.live(), 12);

    let counts = store.outbox_counts("upload-1").unwrap();
    assert_eq!((counts.acked, counts.queued, counts.sent), (12, 0, 0));
    assert!(
        store.unit_counts(&plan_id).unwrap().iter().all(|(_, state, _)| *state == UnitState::Done),
        "every unit is in WedSync"
    );
    assert!(store.links(CONNECTION, &sources(1)).unwrap().iter().all(|link| link.confirmed));
    let anna = store.mirror_record(&RecordKey::new(RecordType::Person, "anna-0")).unwrap().unwrap();
    assert_eq!(anna.fields["email"], json!("anna0@example.com"), "WedSync stored it in lower case");
    assert_eq!(anna.external_refs, [reference("address-book", "x-anna-0")]);
    let again = planned(&*store, &party(0, "Old Barn"));
    assert_eq!(again.kind, UnitKind::Unchanged, "inv_11: a second import is silent: {:?}", again.ops);
    let (log, total) = store.logs(&LogQuery { limit: 3, ..LogQuery::default() }).unwrap();
    assert_eq!((log.len(), total), (3, 12), "one line for each record");
    assert!(log.iter().all(|entry| entry.outcome == Outcome::Created));
    let outcomes = store.outcomes(&plan_id).unwrap();
    assert_eq!(outcomes["person"][&Outcome::Created], 4, "inv_32: each record under one outcome");
    assert_eq!(
        store.verify_audit().unwrap().map(|rows| rows > 24),
        Ok(true),
        "each op twice: applied, answered"
    );
}

pub fn inv_24_children_go_after_their_parents_and_one_op_per_record(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &plan_id);
    apply(&*store, &plan_id, "upload-1", &[0]);
    let mut cloud = Cloud::default();
    let mut seen: Vec<String> = Vec::new();
    while let Some(batch) = store.cut_batch("upload-1", 1).unwrap() {
        let body: Json = serde_json::from_str(&batch.body).unwrap();
        seen.push(body["ops"][0]["type"].as_str().unwrap().to_owned());
        let results = cloud.send(&batch.body);
        store.ack_batch(&batch.id, &results, &actor("upload-1")).unwrap();
    }
    assert_eq!(seen, ["person", "person", "client", "project", "invoice", "payment"]);
    let first: Json = serde_json::from_str(&cloud.bodies[0]).unwrap();
    let keys: Vec<&String> = first["ops"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["op_id", "type", "action", "id", "external_ref", "fields"], "the contract's names");
    let client: Json = serde_json::from_str(&cloud.bodies[2]).unwrap();
    assert_eq!(
        client["ops"][0]["fields"]["people"]["set"]["anna-0"]["role"],
        json!("primary"),
        "a keyed list goes as set and remove"
    );
    assert!(client["ops"][0].get("external_ref").is_none(), "a party has no id in the CRM");
}

pub fn inv_29_a_cut_batch_is_the_same_bytes_after_a_crash_and_is_never_cut_again(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    approve(&*store, &plan_id);
    apply(&*store, &plan_id, "upload-1", &[0, 1]);
    let cut = store.cut_batch("upload-1", 4).unwrap().unwrap();
    drop(store);

    let store = shelf.open();
    let found = store.unanswered_batch("upload-1").unwrap().expect("durable before a byte has left");
    assert_eq!((&found.id, &found.body, found.ops), (&cut.id, &cut.body, 4), "under its key, byte by byte");
    store.mark_sent(&found.id).unwrap();
    drop(store);

    let store = shelf.open();
    let again = store.cut_batch("upload-1", 200).unwrap().unwrap();
    assert_eq!((&again.id, &again.body), (&cut.id, &cut.body), "no larger, though more would fit now");
    assert_eq!(again.attempts, 1, "it was sent before");
    let counts = store.outbox_counts("upload-1").unwrap();
    assert_eq!((counts.sent, counts.queued), (4, 8), "the rest waits for its answer");
    let mut cloud = Cloud::default();
    let results = cloud.send(&again.body);
    store.ack_batch(&again.id, &results, &actor("upload-1")).unwrap();
    drop(store);

    let store = shelf.open();
    assert_eq!(store.unanswered_batch("upload-1").unwrap(), None, "answered once is answered");
    let next = store.cut_batch("upload-1", 200).unwrap().unwrap();
    assert_ne!(next.id, cut.id);
    assert_eq!(next.ops, 8, "and the others go");
}

pub fn inv_12_an_operation_is_queued_once_however_often_it_is_applied(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &plan_id);
    assert_eq!(apply(&*store, &plan_id, "upload-1", &[0]), 6);
    let queued = store.outbox_counts("upload-1").unwrap();
    drop(store);
    let store = shelf.open();
    assert_eq!(enqueue(&*store, &plan_id, "upload-1", &[0]), 0, "a start after a crash applies it once more");
    assert_eq!(store.outbox_counts("upload-1").unwrap(), queued, "and nothing is doubled");
}

pub fn inv_12_answering_a_batch_twice_is_answering_it_once(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &plan_id);
    apply(&*store, &plan_id, "upload-1", &[0]);
    let mut cloud = Cloud::default();
    let batch = store.cut_batch("upload-1", 200).unwrap().unwrap();
    let results = cloud.send(&batch.body);
    let short = store.ack_batch(&batch.id, &results[1..], &actor("upload-1"));
    assert!(short.is_err(), "an answer that leaves an op out is none");
    let first = store.ack_batch(&batch.id, &results, &actor("upload-1")).unwrap();
    let (dump, audit) = (shelf.dump(), store.verify_audit().unwrap());
    let second = store.ack_batch(&batch.id, &results, &actor("upload-1")).unwrap();
    assert_eq!(first, AckEffect { accepted: 6, ..AckEffect::default() });
    assert_eq!(second, first);
    assert_eq!(shelf.dump(), dump);
    assert_eq!(store.verify_audit().unwrap(), audit, "no second row for the same write");
    assert_eq!(store.logs(&LogQuery { limit: 50, ..LogQuery::default() }).unwrap().1, 6);
}

pub fn a_refused_parent_holds_its_children_and_takes_them_out_of_the_book(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    approve(&*store, &plan_id);
    apply(&*store, &plan_id, "upload-1", &[0, 1]);
    let mut cloud = Cloud { reject: vec!["client-0".into()], ..Cloud::default() };
    cloud.drain(&*store, "upload-1", 3);
    let counts = store.outbox_counts("upload-1").unwrap();
    assert_eq!(
        (counts.rejected, counts.held, counts.acked),
        (1, 3, 8),
        "job, invoice and payment wait for it"
    );
    let states: BTreeMap<u64, UnitState> =
        [0, 1].map(|seq| (seq, store.unit(&plan_id, seq).unwrap().unwrap().state)).into();
    assert_eq!(states[&0], UnitState::Refused);
    assert_eq!(states[&1], UnitState::Done, "one poison record never stops the others");
    assert_eq!(store.match_party("client-0").unwrap(), None, "what was never sent is not shown");
    assert!(store.match_party("client-1").unwrap().is_some());
    let outcomes = store.outcomes(&plan_id).unwrap();
    assert_eq!(outcomes["project"][&Outcome::RejectedByWedsync], 1);
    assert_eq!(outcomes["project"][&Outcome::Created], 1);
}

pub fn inv_36_undo_leaves_the_book_as_it_was_before_the_upload(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    let first = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &first);
    apply(&*store, &first, "upload-1", &[0]);
    cloud.drain(&*store, "upload-1", 200);
    finish(&*store, "upload-1");

    let before = shelf.dump();
    let second = plan(&*store, "import-2", &[party(0, "New Barn"), party(1, "Mill")]);
    approve(&*store, &second);
    assert_eq!(apply(&*store, &second, "upload-2", &[0, 1]), 7, "one venue changed, six records are new");
    cloud.drain(&*store, "upload-2", 200);
    finish(&*store, "upload-2");
    let project = RecordKey::new(RecordType::Project, "job-0");
    assert_eq!(store.mirror_record(&project).unwrap().unwrap().fields["venue_name"], json!("New Barn"));
    assert_ne!(shelf.dump(), before);

    let items = store.undo_items("upload-2", None, 1000).unwrap();
    assert_eq!(items.len(), 7);
    assert_eq!(items[0].record.record_type, RecordType::Payment, "children first");
    let mut in_pieces = Vec::new();
    loop {
        let before = in_pieces.last().map(|item: &hub_core::ports::UndoItem| item.place);
        let piece = store.undo_items("upload-2", before, 3).unwrap();
        if piece.is_empty() {
            break;
        }
        assert!(piece.len() <= 3);
        in_pieces.extend(piece);
    }
    assert_eq!(in_pieces, items, "the same a few at a time");
    assert!(
        items
            .iter()
            .any(|item| item.kind == OpKind::Update && item.before["venue_name"] == json!("Old Barn"))
    );
    store.create_job(&job("undo-1", JobKind::Undo)).unwrap();
    assert_eq!(store.enqueue_undo("undo-1", "upload-2", CONNECTION, &items, &actor("undo-1")).unwrap(), 7);
    assert_eq!(
        store.enqueue_undo("undo-1", "upload-2", CONNECTION, &items, &actor("undo-1")).unwrap(),
        0,
        "queued once"
    );
    cloud.drain(&*store, "undo-1", 3);
    let after = shelf.dump();
    assert_eq!(after, before, "typed rows, mirror, links and bases are what they were");
    assert_eq!(cloud.live(), 6, "WedSync too");
    assert_eq!(cloud.records[&("project".into(), "job-0".into())].1["venue_name"], json!("Old Barn"));
    assert!(store.undo_items("upload-2", None, 1000).unwrap().is_empty(), "nothing is left to take back");
    assert_eq!(store.match_party("client-1").unwrap(), None);
    assert!(store.verify_audit().unwrap().is_ok());
}

pub fn undoing_a_link_takes_the_reference_back_and_leaves_the_record(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    let unit = party(0, "Old Barn");
    // WedSync holds the whole party, typed by hand: same ids here, so that the planner joins them.
    let by_hand: Vec<_> = unit
        .records
        .iter()
        .map(|record| {
            let mut values = record.fields.clone();
            values.remove("venue_name");
            cloud
                .records
                .insert((record.record_type.as_str().into(), record.id.clone()), (1, values.clone(), false));
            cloud_record(record.record_type, &record.id, 1, serde_json::to_value(values).unwrap())
        })
        .collect();
    store.commit_mirror(&by_hand, Some("c1")).unwrap();
    let before = shelf.dump();
    let plan_id = plan(&*store, "import-1", &[unit]);
    approve(&*store, &plan_id);
    let queued = apply(&*store, &plan_id, "upload-1", &[0]);
    cloud.drain(&*store, "upload-1", 200);
    assert_eq!(store.outbox_counts("upload-1").unwrap().acked, queued);
    let project = RecordKey::new(RecordType::Project, "job-0");
    let linked = store.mirror_record(&project).unwrap().unwrap();
    assert_eq!(linked.external_refs, [reference("job", "x-job-0")]);
    assert_eq!(linked.fields["venue_name"], json!("Old Barn"), "an empty field was filled");
    finish(&*store, "upload-1");
    let items = store.undo_items("upload-1", None, 1000).unwrap();
    store.create_job(&job("undo-1", JobKind::Undo)).unwrap();
    store.enqueue_undo("undo-1", "upload-1", CONNECTION, &items, &actor("undo-1")).unwrap();
    cloud.drain(&*store, "undo-1", 200);
    assert_eq!(shelf.dump(), before);
    assert!(cloud.refs.is_empty(), "WedSync forgot the references");
    assert_eq!(cloud.live(), 6, "and kept what was typed by hand");
}

pub fn moved_units_ask_again_and_the_rest_goes(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    let first = plan(&*store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    approve(&*store, &first);
    apply(&*store, &first, "upload-1", &[0, 1]);
    cloud.drain(&*store, "upload-1", 200);
    finish(&*store, "upload-1");
    let second = plan(&*store, "import-2", &[party(0, "New Barn"), party(1, "New Mill")]);
    assert_eq!(approve(&*store, &second), 2);
    // Somebody renames one venue in WedSync between approval and upload, and notes something on the other project.
    let edited = |id: &str, name: &str, value: &str| {
        let key = RecordKey::new(RecordType::Project, id);
        let mut record = store.mirror_record(&key).unwrap().unwrap();
        record.fields.insert(name.into(), value.into());
        record.version += 1;
        store.commit_mirror(&[record], None).unwrap();
    };
    edited("job-0", "venue_name", "Barn by hand");
    edited("job-1", "notes", "bring boots");
    assert_eq!(apply(&*store, &second, "upload-2", &[0, 1]), 1);
    assert_eq!(store.unit(&second, 0).unwrap().unwrap().state, UnitState::Moved, "its own field moved");
    assert_eq!(store.unit(&second, 1).unwrap().unwrap().state, UnitState::Applied, "another field moved");
    let batch = store.cut_batch("upload-2", 200).unwrap().unwrap();
    let body: Json = serde_json::from_str(&batch.body).unwrap();
    assert_eq!(body["ops"][0]["expected_version"], json!(2), "the version that was looked at");
    assert_eq!(body["ops"][0]["fields"], json!({"venue_name": "New Mill"}));
}

pub fn a_plan_stands_until_something_that_plans_are_made_from_is_written(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    let first = plan(&*store, "import-1", &[party(0, "Old Barn"), party(1, "Mill")]);
    assert!(store.still_stands(&first).unwrap(), "nothing was written since it was begun");
    assert_eq!(approve(&*store, &first), 2);
    assert!(store.still_stands(&first).unwrap(), "approving changes no input");
    assert!(!store.changes_held(&first).unwrap(), "all of it is new");
    assert_eq!(store.seqs_in_state(&first, UnitState::Approved, 1, 9).unwrap(), [1], "from a position on");
    apply(&*store, &first, "upload-1", &[0]);
    assert!(!store.still_stands(&first).unwrap(), "links and queue have moved under the other unit");
    cloud.drain(&*store, "upload-1", 200);
    finish(&*store, "upload-1");

    let second = plan(&*store, "import-2", &[party(0, "New Barn")]);
    assert!(store.still_stands(&second).unwrap());
    assert!(!store.still_stands(&first).unwrap(), "only the newest plan is known to stand");
    approve(&*store, &second);
    assert!(store.changes_held(&second).unwrap(), "a venue that WedSync holds");
    let person = cloud_record(RecordType::Person, "somebody", 1, json!({"first_name": "Nora"}));
    store.commit_mirror(&[person], None).unwrap();
    assert!(!store.still_stands(&second).unwrap(), "whoever came in may be a candidate: look again");
}

pub fn inv_16_a_conflict_shows_wedsyncs_record_and_moves_the_unit_but_not_the_base(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    let first = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &first);
    apply(&*store, &first, "upload-1", &[0]);
    cloud.drain(&*store, "upload-1", 200);
    finish(&*store, "upload-1");
    let second = plan(&*store, "import-2", &[party(0, "New Barn")]);
    approve(&*store, &second);
    apply(&*store, &second, "upload-2", &[0]);
    let held = cloud.records.get_mut(&("project".into(), "job-0".into())).unwrap();
    held.0 += 1;
    held.1.insert("venue_name".into(), json!("Barn by hand"));
    cloud.drain(&*store, "upload-2", 200);
    assert_eq!(store.unit(&second, 0).unwrap().unwrap().state, UnitState::Moved);
    let project = RecordKey::new(RecordType::Project, "job-0");
    assert_eq!(store.mirror_record(&project).unwrap().unwrap().fields["venue_name"], json!("Barn by hand"));
    assert!(store.undo_items("upload-2", None, 1000).unwrap().is_empty(), "nothing was written");
    assert_eq!(store.op_outcomes("upload-2", 0, 1000).unwrap()[0].2, Outcome::ConflictWaiting);
    let again = planned(&*store, &party(0, "New Barn"));
    assert_eq!(again.kind, UnitKind::Conflict, "the base has not moved, so the conflict is seen");
}

pub fn a_canonical_id_takes_the_place_of_ours_everywhere(shelf: &dyn Shelf) {
    let store = shelf.open();
    let mut cloud = Cloud::default();
    // Another computer brought the same book in, under its own ids.
    for (stream, n, ours) in [("address-book", "anna", "person"), ("job", "job", "project")] {
        let known = reference(stream, &format!("x-{n}-0"));
        cloud.refs.insert(serde_json::to_value(&known).unwrap().to_string(), format!("their-{n}"));
        cloud.records.insert((ours.into(), format!("their-{n}")), (4, Default::default(), false));
    }
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &plan_id);
    apply(&*store, &plan_id, "upload-1", &[0]);
    cloud.drain(&*store, "upload-1", 2);
    let link = &store.links(CONNECTION, &sources(0)[..1]).unwrap()[0];
    assert_eq!((link.record_id.as_str(), link.confirmed), ("their-anna", true));
    let party = store.match_party("client-0").unwrap().unwrap();
    assert_eq!(party.people[0].id, "their-anna", "the client names the canonical person");
    assert_eq!(party.projects[0].0, "their-job");
    let payment = store.mirror_record(&RecordKey::new(RecordType::Payment, "payment-0")).unwrap().unwrap();
    assert_eq!(payment.fields["payer_id"], json!("their-anna"), "ops that were cut later name it too");
    assert_eq!(payment.fields["project_id"], json!("their-job"));
    assert!(store.mirror_record(&RecordKey::new(RecordType::Person, "anna-0")).unwrap().is_none());
    let all = store.undo_items("upload-1", None, 1000).unwrap();
    assert!(
        all.iter().all(|item| !item.record.id.starts_with("their-")),
        "undo deletes only what this upload made"
    );
    assert!(!shelf.dump().is_empty(), "and the book can be told");
}

pub fn f36_references_of_another_account_are_refused(shelf: &dyn Shelf) {
    let store = shelf.open();
    let plan_id = plan(&*store, "import-1", &[party(0, "Old Barn")]);
    approve(&*store, &plan_id);
    store.create_job(&job("upload-1", JobKind::Upload)).unwrap();
    let other = hub_core::ports::AccountRef { provider: "tave", account: "studio-2" };
    let refused = store.apply_and_enqueue(&plan_id, "upload-1", CONNECTION, &other, &[0], &actor("upload-1"));
    assert!(refused.is_err());
    assert_eq!(store.outbox_counts("upload-1").unwrap().queued, 0);
}
