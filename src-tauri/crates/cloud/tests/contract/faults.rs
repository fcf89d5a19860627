//! What the client makes of a cloud that misbehaves.

use std::time::Duration;

use hub_cloud::{CloudClient, CloudError, Limits, Reached};
use hub_core::ports::RetryAdvice;
use hub_core::record::RecordType;
use hub_sandbox::wedsync::{Fault, On, RateLimit, Reset, RetryAfterStyle, Role, Times};
use serde_json::json;

use crate::harness::{LOGIN, World, batch, id, impatient, op, transport};

fn person(op_id: &str) -> String {
    batch(&[op(op_id, "upsert", "person", &id(1), json!({"first_name": "Ada"}))])
}

#[tokio::test]
async fn f05_a_reply_that_never_comes_ends_by_the_clients_own_deadline() {
    let world = World::start();
    let (patient, tokens) = world.client_on("device-one").await;
    let client = CloudClient::new(transport(&world.cloud, impatient()), tokens, "device-one");
    world.cloud.inject(On::path("/v1/records/batch"), Fault::HangReply, Times::Next(1));
    let lost = client.send_batch("b1", &person("op-1"), None).await.expect_err("no reply");
    assert_eq!((lost.code(), lost.in_doubt()), ("timeout", true), "{lost:?}");
    assert!(patient.send_batch("b1", &person("op-1"), None).await.unwrap().replayed, "it was applied");
}

#[tokio::test]
async fn f08_a_batch_delivered_twice_is_applied_once() {
    let world = World::start();
    let client = world.client().await;
    world.cloud.inject(On::path("/v1/records/batch"), Fault::DeliverTwice, Times::Next(1));
    let answer = client.send_batch("b1", &person("op-1"), None).await.unwrap();
    assert!(answer.replayed, "the second delivery is the one that answers");
    assert_eq!(client.record(RecordType::Person, &id(1)).await.unwrap().version, 1, "once");
}

#[tokio::test]
async fn f13_429_says_when_to_come_back() {
    let world = World::start();
    let client = world.client().await;
    for (style, expected) in [
        (RetryAfterStyle::Seconds(7), 7..=7),
        (RetryAfterStyle::Date(90), 88..=91),
        (RetryAfterStyle::Absent, 60..=60),
        (RetryAfterStyle::Raw("tomorrow".to_owned()), 60..=60),
        (RetryAfterStyle::Raw("99999999999999999999".to_owned()), 60..=60),
        (RetryAfterStyle::Seconds(1_000_000), 3_600..=3_600),
    ] {
        world.cloud.inject(On::any(), Fault::TooManyRequests(style.clone()), Times::Next(1));
        let limited = client.account().await.expect_err("limited");
        let RetryAdvice::After(seconds) = limited.retry() else { panic!("a wait: {limited:?}") };
        assert!(expected.contains(&seconds), "{style:?} gave {seconds}");
        assert!(!limited.in_doubt(), "nothing was applied");
    }
    world.cloud.rate_limit(Some(RateLimit { requests: 2, per: Duration::from_secs(60) }));
    client.account().await.unwrap();
    client.account().await.unwrap();
    let limited = client.account().await.expect_err("the third within the window");
    assert_eq!(limited.code(), "rate_limited", "F82");
    world.cloud.advance_clock(Duration::from_secs(60));
    client.account().await.expect("the window has moved on");
}

#[tokio::test]
async fn f15_server_errors_are_worth_another_try() {
    let world = World::start();
    let client = world.client().await;
    for status in [500, 502, 503] {
        world.cloud.inject(On::any(), Fault::Status(status), Times::Next(1));
        let failed = client.account().await.expect_err("down");
        assert_eq!(
            (failed.retry(), failed.message_id()),
            (RetryAdvice::WhenBack, "error.cloud_down"),
            "{status}"
        );
        assert!(failed.in_doubt(), "F62: it may have done something first");
    }
    client.account().await.expect("then it is back");
}

#[tokio::test]
async fn f06_f10_f12_damaged_foreign_and_slow_replies() {
    let world = World::start();
    let client = world.client().await;
    world.cloud.inject(On::path("/v1/schema"), Fault::Truncate, Times::Next(1));
    let cut = client.schema().await.expect_err("half a body is no body");
    assert!(matches!(cut, CloudError::NoAnswer(_)) && cut.in_doubt(), "{cut:?}");

    world.cloud.inject(On::path("/v1/account"), Fault::CaptivePortal, Times::Next(1));
    let portal = client.account().await.expect_err("a hotel's page");
    assert!(matches!(portal, CloudError::NotWedSync { status: 200 }), "inv 39: {portal:?}");
    assert_eq!(portal.retry(), RetryAdvice::WhenOnline, "no data, no sign-out");

    world.cloud.inject(On::any(), Fault::Slow(Duration::from_millis(30)), Times::Next(1));
    client.account().await.expect("slow is not broken");
}

#[tokio::test]
async fn f02_f82_a_cloud_that_is_down_cannot_be_reached() {
    let world = World::start();
    let client = world.client().await;
    world.cloud.go_down();
    let down = client.account().await.expect_err("down");
    assert!(matches!(down, CloudError::NoAnswer(_) | CloudError::Unreachable(_)), "{down:?}");
    world.cloud.come_back();
    client.account().await.expect("back");
    world.cloud.inject(On::any(), Fault::Refuse, Times::Always);
    assert_eq!(client.account().await.expect_err("cut").code(), "network", "closed at once");
    world.cloud.clear_faults(Reset::Everything);
    client.account().await.expect("back");

    // A port nobody listens on: nothing was sent, so that nothing is in doubt.
    let gone = {
        let other = World::start();
        other.transport.clone()
    };
    let (_, tokens) = world.client_on("device-one").await;
    let refused = CloudClient::new(gone, tokens, "device-one").account().await.expect_err("nobody there");
    assert!(matches!(refused, CloudError::Unreachable(_)) && !refused.in_doubt(), "{refused:?}");
    assert_eq!(refused.retry(), RetryAdvice::WhenOnline, "wait for the network");
}

#[tokio::test]
async fn f28_one_cursor_can_be_expired_by_switch() {
    let world = World::start();
    let client = world.client().await;
    let cursor = client.changes(None, 10).await.unwrap().cursor;
    world.cloud.inject(On::path("/v1/records/changes"), Fault::ExpireCursor, Times::Next(1));
    assert_eq!(
        client.changes(Some(&cursor), 10).await.expect_err("expired").code(),
        "cursor_expired",
        "once"
    );
    client.changes(Some(&cursor), 10).await.expect("then it is good again");
}

#[tokio::test]
async fn large_bodies_travel_compressed_and_answers_are_capped() {
    let world = World::start();
    let (client, tokens) = world.client_on("device-one").await;
    let ops: Vec<_> = (1..120)
        .map(|n| {
            op(
                &format!("op-{n}"),
                "upsert",
                "person",
                &id(n),
                json!({"first_name": "Ada", "notes": "n".repeat(400)}),
            )
        })
        .collect();
    let body = batch(&ops);
    client.send_batch("b1", &body, None).await.unwrap();
    let sent = world.cloud.log().pop().unwrap();
    assert_eq!(sent.request_encoding.as_deref(), Some("gzip"), "compressed on the way");
    assert_eq!(sent.request_bytes, body.len(), "and byte-equal once unpacked");
    assert!(
        client.send_batch("b1", &body, None).await.unwrap().replayed,
        "the digest is of the bytes, not the packing"
    );

    let small = Limits { reply_bytes: 10_000, ..Limits::default() };
    let capped = CloudClient::new(transport(&world.cloud, small), tokens, "device-one");
    let too_large = capped.list(None, None, 500).await.expect_err("a page of 50 kB");
    assert!(
        matches!(too_large, CloudError::TooLarge { limit: 10_000 }),
        "counted after unpacking: {too_large:?}"
    );
}

#[tokio::test]
async fn roles_are_checked_by_the_cloud_too() {
    let world = World::start();
    let client = world.client().await;
    world.cloud.set_role(LOGIN, Role::Viewer).unwrap();
    let refused = client.send_batch("b1", &person("op-1"), None).await.expect_err("viewers read");
    assert_eq!((refused.code(), refused.message_id()), ("role_forbidden", "error.not_allowed"), "named");
    client.account().await.expect("and may read");
    world.cloud.set_role(LOGIN, Role::Member).unwrap();
    client.send_batch("b2", &person("op-2"), None).await.expect("members write");
    assert_eq!(client.export().await.expect_err("owners export").code(), "role_forbidden", "DESIGN 7");
}

#[tokio::test]
async fn f02_f10_f82_whether_the_cloud_can_be_reached_is_told_by_its_requests() {
    let world = World::start();
    let client = world.client().await;
    let mut told = world.transport.reached();
    client.account().await.expect("an account");
    assert_eq!(*told.borrow_and_update(), Reached::Yes, "it has signed in and answered");
    world.cloud.go_down();
    assert_eq!(world.transport.look().await, Reached::No, "a look finds nobody");
    assert!(told.has_changed().expect("it is watched"), "and whoever listens is told");
    told.mark_unchanged();
    client.account().await.expect_err("down");
    assert!(!told.has_changed().expect("it is watched"), "once");
    world.cloud.come_back();
    assert_eq!(world.transport.look().await, Reached::Yes, "a refusal without a sign-in is an answer");
    world.cloud.inject(On::path("/v1/account"), Fault::CaptivePortal, Times::Next(1));
    client.account().await.expect_err("a hotel's page");
    assert_eq!(*told.borrow_and_update(), Reached::No, "a network that leads elsewhere is none");
    world.cloud.inject(On::path("/v1/account"), Fault::Status(503), Times::Next(1));
    client.account().await.expect_err("busy");
    assert_eq!(*told.borrow_and_update(), Reached::Yes, "WedSync's own words, whatever they are");
}
