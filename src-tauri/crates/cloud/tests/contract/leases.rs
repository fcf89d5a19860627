//! One syncing machine per connection, and the fence behind it.

use hub_cloud::{CloudError, ConnectionBody};
use serde_json::json;

use crate::harness::{LOGIN, World};

const CONNECTION: &str = "6f1c2a34-9b7e-8d21-a4c5-0123456789ab";
const BODY: ConnectionBody<'_> = ConnectionBody { provider: "tave", account: "studio-1", name: "Tave" };

#[tokio::test]
async fn a_text_that_is_no_token_is_refused_as_malformed() {
    let world = World::start();
    let client = world.client().await;
    client.put_connection(CONNECTION, &BODY).await.unwrap();
    let held = client.lease(CONNECTION, "device-one", 1).await.unwrap();
    let unnamed = client.release(CONNECTION, "no number").await.expect_err("malformed");
    assert!(matches!(&unnamed, CloudError::Problem(problem) if problem.status == 400), "{unnamed}");
    assert!(client.release(CONNECTION, &held.token).await.unwrap(), "the lease was still held");
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
