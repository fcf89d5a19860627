//! One syncing machine per connection, and the fence behind it.

use std::time::Duration;

use hub_cloud::{CloudError, ConnectionBody};
use hub_core::ports::RetryAdvice;
use serde_json::json;

use crate::harness::{LOGIN, World, batch, id, op};

const CONNECTION: &str = "6f1c2a34-9b7e-8d21-a4c5-0123456789ab";
const BODY: ConnectionBody<'_> = ConnectionBody { provider: "tave", account: "studio-1", name: "Tave" };

fn one_person(op_id: &str, number: u32) -> String {
    batch(&[op(op_id, "upsert", "person", &id(number), json!({"first_name": "Ada"}))])
}

#[tokio::test]
async fn inv_31_one_device_at_a_time_and_a_stale_one_is_fenced() {
    let world = World::start();
    let (one, _) = world.client_on("device-one").await;
    let (two, _) = world.client_on("device-two").await;
    one.put_connection(CONNECTION, &BODY).await.unwrap();
    let first = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    assert!(first.expires_in <= 120 && first.last_epoch == 1, "short, and nothing older is known: {first:?}");
    let renewed = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    assert_eq!(renewed.token, first.token, "renewing keeps the token, so that batches under way stay valid");

    let held = two.lease(CONNECTION, "device-two", 1).await.expect_err("held");
    assert_eq!((held.code(), held.retry()), ("lease_held", RetryAdvice::After(120)), "until it expires");
    one.send_batch("b1", &one_person("op-1", 1), Some((CONNECTION, &first.token)))
        .await
        .expect("the holder writes");

    world.cloud.advance_clock(Duration::from_secs(121));
    let second = two.lease(CONNECTION, "device-two", 1).await.unwrap();
    assert_ne!(second.token, first.token, "a new holder, a new token");
    let body = one_person("op-2", 2);
    let fenced = one.send_batch("b2", &body, Some((CONNECTION, &first.token))).await.expect_err("stale");
    let CloudError::Problem(problem) = &fenced else { panic!("a problem: {fenced}") };
    assert_eq!(
        (problem.status, problem.code.as_str(), fenced.retry()),
        (409, "fenced", RetryAdvice::Never),
        "refused"
    );
    assert!(!fenced.in_doubt() && world.cloud.counts(LOGIN).unwrap()["person"] == 1, "nothing was applied");

    let replay =
        one.send_batch("b1", &one_person("op-1", 1), Some((CONNECTION, &first.token))).await.unwrap();
    assert!(replay.replayed, "what was applied before the fence is still answered");
    two.send_batch("b2", &body, Some((CONNECTION, &second.token)))
        .await
        .expect("the same bytes under a new lease");
    one.send_batch("b3", &one_person("op-3", 3), None).await.expect("a hand edit needs no lease");
}

#[tokio::test]
async fn inv_31_a_lease_that_is_given_back_is_free_at_once_and_its_token_writes_no_more() {
    let world = World::start();
    let (one, two) = (world.client().await, world.client().await);
    one.put_connection(CONNECTION, &BODY).await.unwrap();
    let first = one.lease(CONNECTION, "device-one", 1).await.unwrap();
    two.lease(CONNECTION, "device-two", 1).await.expect_err("it is held");
    assert!(one.release(CONNECTION, &first.token).await.unwrap(), "given back");
    let second = two.lease(CONNECTION, "device-two", 1).await.expect("without waiting");
    let late = one.send_batch("b1", &one_person("op-1", 1), Some((CONNECTION, &first.token))).await;
    assert_eq!(late.expect_err("late").code(), "fenced");
    assert!(!one.release(CONNECTION, &first.token).await.unwrap(), "an old token releases nothing");
    two.send_batch("b2", &one_person("op-2", 2), Some((CONNECTION, &second.token)))
        .await
        .expect("the new holder is undisturbed");
    let unnamed = one.release(CONNECTION, "no number").await.expect_err("malformed");
    assert!(matches!(&unnamed, CloudError::Problem(problem) if problem.status == 400), "{unnamed}");
}

#[tokio::test]
async fn f70_an_old_database_is_told_by_its_epoch() {
    let world = World::start();
    let client = world.client().await;
    client.put_connection(CONNECTION, &BODY).await.unwrap();
    let first = client.lease(CONNECTION, "device-one", 5).await.unwrap();
    let restored = client.lease(CONNECTION, "device-one", 3).await.unwrap();
    assert_eq!(restored.last_epoch, 5, "the app sees that it is behind");
    assert_ne!(restored.token, first.token, "and what the other database sent is fenced");
    let risen = client.lease(CONNECTION, "device-one", 6).await.unwrap();
    assert_eq!(risen.last_epoch, 5, "the highest before this one");
}

#[tokio::test]
async fn connections_are_registered_once_and_within_the_tier() {
    let world = World::start();
    let client = world.client().await;
    let unknown = client.lease(CONNECTION, "device-one", 1).await.expect_err("not registered");
    assert_eq!(unknown.code(), "connection_unknown", "no lease without a connection");
    client.put_connection(CONNECTION, &BODY).await.unwrap();
    let renamed =
        client.put_connection(CONNECTION, &ConnectionBody { name: "My Tave", ..BODY }).await.unwrap();
    assert_eq!(renamed.name, "My Tave", "renamed");
    let other = client.put_connection(CONNECTION, &ConnectionBody { account: "studio-2", ..BODY }).await;
    assert_eq!(other.expect_err("F36").code(), "connection_differs", "an id never changes its account");

    world.cloud.set_tier(LOGIN, "STARTER").unwrap();
    let second = CONNECTION.replace("6f1c", "7f1c");
    let refused = client.put_connection(&second, &BODY).await.expect_err("R25: STARTER connects one");
    let CloudError::Problem(problem) = &refused else { panic!("a problem: {refused}") };
    assert_eq!(
        (problem.code.as_str(), &problem.params["limit"]),
        ("tier_limit", &json!(1)),
        "the limit is named"
    );
    client.put_connection(CONNECTION, &BODY).await.expect("the one that is there stays");
}
