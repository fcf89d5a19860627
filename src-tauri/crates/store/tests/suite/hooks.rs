//! Telling others: what changed is noted with the change, and each thing is told once, across restarts and copies.

use hub_core::ports::{
    CloudRecord, Happened, Hook, HookChange, HookEventState, HookKind, HookState, HookStore, HookTells,
    KeepingStore, MirrorStore, NewHookEvent, OutboxStore, Settled,
};
use hub_core::record::{RecordKey, RecordType};
use hub_testkit::book::actor;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::Profile;

fn at() -> Timestamp {
    "2026-05-14T08:00:00Z".parse().unwrap()
}

fn hook(state: HookState) -> Hook {
    Hook {
        id: "hook-1".into(),
        supplier_id: "supplier-1".into(),
        kind: HookKind::WebHook,
        provider: "make".into(),
        name: "Make".into(),
        host: "hook.eu1.make.com".into(),
        tells: HookTells::Everything,
        state,
        why: None,
        not_before: None,
        created_at: at(),
    }
}

fn client(version: i64) -> CloudRecord {
    CloudRecord {
        key: RecordKey::new(RecordType::Client, "client-1"),
        fields: serde_json::from_value(json!({"people": {}, "company_name": format!("v{version}")})).unwrap(),
        version,
        external_refs: Vec::new(),
        deleted: false,
    }
}

fn event(id: &str, digest: &str) -> NewHookEvent {
    NewHookEvent {
        id: id.into(),
        hook_id: "hook-1".into(),
        happened: Happened::Created,
        key: RecordKey::new(RecordType::Client, "client-1"),
        client_id: "client-1".into(),
        digest: digest.into(),
        body: json!({"id": id, "type": "client.created", "said": digest}).to_string(),
        at: at(),
    }
}

#[test]
fn what_changes_is_noted_with_the_change_and_only_while_somebody_is_told() {
    let profile = Profile::new();
    let store = profile.open();
    store.commit_mirror(&[client(1)], Some("c1")).unwrap();
    assert_eq!(store.hook_changes(10).unwrap(), [], "nobody is told");
    store.put_hook(&hook(HookState::On), &actor("job")).unwrap();
    store.commit_mirror(&[client(1)], Some("c2")).unwrap();
    assert_eq!(store.hook_changes(10).unwrap(), [], "the same version is no change");
    store.commit_mirror(&[client(2)], Some("c3")).unwrap();
    let change = HookChange { key: client(2).key, version: 2, fresh: false, echo: false };
    assert_eq!(store.hook_changes(10).unwrap(), std::slice::from_ref(&change));
    drop(store);
    // A kill before it was looked at: it is still there.
    let store = profile.open();
    store.commit_mirror(&[client(3)], Some("c4")).unwrap();
    store.queue_hook_events(&[change], &[event("e-1", "a")], &actor("job")).unwrap();
    let left = store.hook_changes(10).unwrap();
    assert_eq!(
        left.iter().map(|change| change.version).collect::<Vec<_>>(),
        [3],
        "what came meanwhile is not lost"
    );
    store.put_hook(&hook(HookState::Off), &actor("job")).unwrap();
    store.commit_mirror(&[client(4)], Some("c5")).unwrap();
    assert_eq!(store.hook_changes(10).unwrap()[0].version, 3, "nothing is noted for a place that is off");
    assert!(store.verify_audit().unwrap().is_ok());
}

#[test]
fn an_event_keeps_its_id_and_nothing_is_told_twice() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_hook(&hook(HookState::On), &actor("job")).unwrap();
    let queue =
        |id: &str, digest: &str| store.queue_hook_events(&[], &[event(id, digest)], &actor("job")).unwrap();
    let due = || store.due_hook_events("hook-1", at() + SignedDuration::from_hours(1), 10).unwrap();
    assert_eq!(queue("e-1", "a"), 1);
    assert_eq!(queue("e-2", "a"), 0, "the same thing again");
    assert_eq!(queue("e-3", "b"), 1);
    let waiting = due();
    assert_eq!(waiting.len(), 1, "no byte of it has left: it says the newer thing");
    assert_eq!((waiting[0].id.as_str(), waiting[0].happened), ("e-1", Happened::Created));
    assert!(waiting[0].body.contains(r#""said":"b""#) && waiting[0].body.contains(r#""id":"e-1""#));

    store.mark_hook_sending("e-1", at()).unwrap();
    assert_eq!(queue("e-4", "c"), 1, "one that may have been read is never changed");
    let waiting = due();
    assert_eq!(waiting.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["e-1", "e-4"]);
    assert!(waiting[0].body.contains(r#""said":"b""#), "byte for byte");
    assert!(waiting[1].body.contains("client.changed"), "new only once");

    let later = at() + SignedDuration::from_mins(30);
    let again = Settled::Again { due_at: later, whole_hook: true, why: json!({"id": "hook.busy"}) };
    store.settle_hook_event("e-1", &again, &actor("job")).unwrap();
    assert_eq!(
        store.due_hook_events("hook-1", at(), 10).unwrap(),
        [],
        "Retry-After holds for the whole place"
    );
    assert_eq!(store.next_hook_due().unwrap(), Some(later));
    drop(store);
    let store = profile.open();
    assert_eq!(store.next_hook_due().unwrap(), Some(later), "and across a restart");
    store.settle_hook_event("e-1", &Settled::Taken, &actor("job")).unwrap();
    store
        .settle_hook_event("e-4", &Settled::GivenUp { why: json!({"id": "hook.refused"}) }, &actor("job"))
        .unwrap();
    let counts = store.hook_counts("hook-1").unwrap();
    assert_eq!((counts.queued, counts.taken, counts.given_up), (0, 1, 1));
    assert_eq!(store.retry_hook_events("hook-1", at(), &actor("job")).unwrap(), 1);
    let again = store.due_hook_events("hook-1", at(), 10).unwrap();
    assert_eq!(again[0].id, "e-4", "under its own id");
    store
        .settle_hook_event("e-4", &Settled::Gone { why: json!({"id": "hook.gone"}) }, &actor("job"))
        .unwrap();
    assert_eq!(store.hooks("supplier-1").unwrap()[0].state, HookState::Ended);
    assert_eq!(store.hook_events("hook-1", 1).unwrap()[0].state, HookEventState::Dropped);
    assert!(store.verify_audit().unwrap().is_ok());
}

#[test]
fn a_book_that_was_brought_back_tells_nobody_until_a_person_looked() {
    let profile = Profile::new();
    let store = profile.open();
    store.put_hook(&hook(HookState::On), &actor("job")).unwrap();
    store.commit_mirror(&[client(1)], Some("c1")).unwrap();
    let point = store.restore_point("by_hand", None, at()).unwrap();
    store.commit_mirror(&[client(2)], Some("c2")).unwrap();
    store.restore(&point, &actor("job")).unwrap();
    let held = store.hooks("supplier-1").unwrap().remove(0);
    assert_eq!(held.state, HookState::Off);
    assert_eq!(held.why.unwrap()["id"], "hook.off.restored");
    assert_eq!(store.hook_changes(10).unwrap(), [], "what was told since is not told as new");
}
