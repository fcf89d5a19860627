//! One run through everything the document names.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_cloud::{BrokerGrant, CloudClient, ConnectionBody, EraseScope, MESSAGE_IDS, NewField, SignInAttempt};
use hub_core::ports::Secret;
use hub_core::record::{ExternalRef, RecordType};
use hub_sandbox::wedsync::{Broker, Config, InstalledClient, LogDetail, Publication, SignedBy};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::document::Document;
use crate::harness::{LOGIN, World, batch, id, op};

/// A CRM's token endpoint that answers one request and says what it was asked.
fn token_endpoint(answer: &'static str) -> (url::Url, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/oauth/token", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0_u8; 1024];
        loop {
            let read = stream.read(&mut buffer).unwrap();
            seen.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&seen).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            if body.len() >= length.parse::<usize>().unwrap() {
                write!(stream, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{answer}").unwrap();
                return body.to_owned();
            }
        }
    });
    (address.parse().unwrap(), thread)
}

#[tokio::test]
async fn every_operation_is_exercised_and_held_to_the_document() {
    let (token_url, crm) =
        token_endpoint(r#"{"access_token":"crm-access","refresh_token":"crm-refresh","expires_in":60}"#);
    let world = World::with(Config {
        log: LogDetail::Bodies,
        brokers: vec![Broker {
            provider: "honeybook".to_owned(),
            revoke_url: Some(token_url.clone()),
            token_url,
            client_id: "wedsync".to_owned(),
            client_secret: "broker-secret".to_owned(),
            account_parameter: None,
        }],
        clients: vec![InstalledClient {
            provider: "google_contacts".to_owned(),
            client_id: "hub-desktop".to_owned(),
            client_secret: Some("no-secret".to_owned()),
        }],
        ..Config::default()
    });
    let (client, tokens) = world.client_on("device-one").await;

    let attempt = SignInAttempt::new_return_page(&world.oauth).unwrap();
    let landing = world.sign_in_by_hand(attempt.authorize_url()).await;
    let (_, html) = world.open(landing).await;
    let short = html.split("id=\"short-code\">").nth(1).unwrap().split('<').next().unwrap();
    let code = world.oauth.claim_short_code(&attempt, short).await.unwrap();
    world.oauth.exchange(attempt, code).await.unwrap();

    client.account().await.unwrap();
    client.schema().await.unwrap();
    let reference = ExternalRef {
        provider: "tave".to_owned(),
        account: "studio-1".to_owned(),
        stream: "custom-field".to_owned(),
        id: "cf-1".to_owned(),
    };
    let own = id(40);
    let colour = NewField {
        id: Some(&own),
        record_type: RecordType::Project,
        label: "Colour scheme",
        field_type: "text",
        choices: &[],
        external_ref: &reference,
    };
    let field = client.add_field(&colour).await.unwrap();
    assert_eq!(field.id, own, "the id that the client made");
    let other = id(41);
    let renamed = NewField { label: "Colours", id: Some(&other), ..colour.clone() };
    let again = client.add_field(&renamed).await.unwrap();
    let elsewhere = ExternalRef { id: "cf-2".to_owned(), ..reference.clone() };
    let taken = client.add_field(&NewField { external_ref: &elsewhere, ..colour.clone() }).await.unwrap();
    assert_ne!(taken.id, own, "an id is one field's");
    let unnamed = ExternalRef { id: "cf-3".to_owned(), ..reference.clone() };
    let made =
        client.add_field(&NewField { id: None, external_ref: &unnamed, ..colour.clone() }).await.unwrap();
    assert_ne!(made.id, own, "without one the cloud makes it");
    assert_eq!((&again.id, again.field.label.as_str()), (&field.id, "Colour scheme"), "once per reference");
    let differs =
        client.add_field(&NewField { field_type: "date", ..renamed }).await.expect_err("another type");
    assert_eq!(differs.code(), "field_type_differs", "a field never changes its type");

    let people = json!({"set": {id(1): {"role": "primary", "position": 0}}});
    let ops = [
        op("o1", "upsert", "person", &id(1), json!({"first_name": "Ada", "email": "ada@example.org"})),
        op("o2", "upsert", "client", &id(2), json!({"people": people})),
        op(
            "o3",
            "upsert",
            "project",
            &id(3),
            json!({"client_id": id(2), field.field.key.as_str(): " blue "}),
        ),
        op(
            "o4",
            "upsert",
            "communication",
            &id(4),
            json!({"person_id": id(1), "kind": "note", "text": "Rang Ada."}),
        ),
        op(
            "o5",
            "upsert",
            "form",
            &id(5),
            json!({"client_id": id(2), "template_id": "couple-details", "state": "draft"}),
        ),
    ];
    let reply = client.send_batch("b1", &batch(&ops), None).await.unwrap();
    assert_eq!(
        reply.results[2].fields[&field.field.key],
        json!("blue"),
        "custom fields are tidied like any other"
    );
    let asked = client.batch_results("b1").await.unwrap();
    assert_eq!(asked.results, reply.results, "what sending it again would answer");
    let unknown = client.batch_results("never-sent").await.expect_err("not taken");
    assert_eq!(unknown.code(), "batch_unknown");
    client.list(None, None, 500).await.unwrap();
    client.changes(None, 500).await.unwrap();
    client.record(RecordType::Person, &id(1)).await.unwrap();
    client.record(RecordType::Person, &id(77)).await.expect_err("not there");
    client.send_batch("b2", &batch(&[op("o6", "delete", "form", &id(5), json!({}))]), None).await.unwrap();
    let back = client.restore(RecordType::Form, &id(5)).await.unwrap();
    assert!(back.deleted_at.is_none() && back.version == 3, "made, deleted, restored");
    client.restore(RecordType::Form, &id(77)).await.expect_err("not there");

    let connection = "6f1c2a34-9b7e-8d21-a4c5-0123456789ab";
    let body = ConnectionBody { provider: "tave", account: "studio-1", name: "Tave" };
    client.put_connection(connection, &body).await.unwrap();
    assert_eq!(client.connection(connection).await.unwrap().account, "studio-1", "as registered");
    let lease = client.lease(connection, "device-one", 1).await.unwrap();
    assert!(client.release(connection, &lease.token).await.unwrap(), "given back");
    assert_eq!(client.form_templates().await.unwrap().len(), 2, "two templates");

    let (bundle, tag) = client.definitions(None).await.unwrap().expect("nothing is known yet");
    let tag = tag.expect("its version has a name");
    assert_eq!(client.definitions(Some(&tag)).await.unwrap(), None, "nothing newer");
    let newer = Publication { serial: 2, signed_by: SignedBy::Second, ..Publication::default() };
    world.cloud.publish(&newer).unwrap();
    let (second, _) = client.definitions(Some(&tag)).await.unwrap().expect("a newer one");
    assert_eq!((bundle.key_id.as_str(), second.key_id.as_str()), ("sandbox-1", "sandbox-2"));
    let raw = STANDARD.decode(&bundle.bundle).unwrap();
    let signed = [b"wedsync-definitions-v1\0".as_slice(), &raw].concat();
    let keys = world.cloud.definition_public_keys().unwrap();
    assert_eq!(keys[0].0, bundle.key_id);
    let key = UnparsedPublicKey::new(&ED25519, keys[0].1.clone());
    let signature = STANDARD.decode(&bundle.signature).unwrap();
    key.verify(&signed, &signature).expect("MODEL 8: signed over the prefix and the raw bytes");
    assert!(key.verify(&raw, &signature).is_err(), "and not over the raw bytes alone");

    let code = Secret::new("crm-code");
    let grant =
        BrokerGrant::Code { code: &code, redirect_uri: "https://wedsync.example/return", verifier: None };
    let brokered = client.broker_token("honeybook", &grant).await.unwrap();
    assert_eq!(brokered.access.expose(), "crm-access", "the CRM's own token");
    let asked = crm.join().unwrap();
    assert!(asked.contains("code=crm-code") && asked.contains("client_secret=broker-secret"), "{asked}");
    client.broker_token("dubsado", &BrokerGrant::Refresh(&code)).await.expect_err("not brokered");
    client.broker_token("honeybook", &BrokerGrant::Refresh(&code)).await.expect_err("the CRM is gone");
    let named = client.installed_client("google_contacts").await.unwrap();
    assert_eq!(
        (named.id.as_str(), named.secret.is_some()),
        ("hub-desktop", true),
        "the name WedSync registered"
    );
    let unknown = client.installed_client("calendly").await.expect_err("not registered");
    assert_eq!(unknown.code(), "provider_unknown");
    client.broker_revoke("honeybook", &code).await.expect_err("the CRM is gone");

    world.cloud.relay(LOGIN, "calendly", &json!({"event": "invitee.created"})).unwrap();
    let relayed = client.relay(None, None, 10).await.unwrap();
    assert_eq!(relayed.items.len(), 1, "one event");
    assert!(client.relay(None, Some(&relayed.cursor), 10).await.unwrap().items.is_empty(), "read once");
    relay_of_its_own(&world, &client).await;
    world.cloud.person_joined(LOGIN, &id(1)).unwrap();
    assert_eq!(client.growth(None, 10).await.unwrap().items[0].person_id, id(1), "Ada joined");

    let exported: Value = serde_json::from_slice(&client.export().await.unwrap()).unwrap();
    assert_eq!(exported["records"].as_array().unwrap().len(), 5, "everything");
    let erased = client.erase(&EraseScope::Person(&id(1))).await.unwrap();
    assert_eq!(erased.erased, 2, "the person and the note about her");
    let tombstone = client.record(RecordType::Person, &id(1)).await.unwrap();
    assert!(tombstone.erased && tombstone.fields.is_empty(), "only the tombstone is left");
    let replayed = client.send_batch("b1", &batch(&ops), None).await.unwrap();
    assert!(replayed.results[0].fields.is_empty(), "inv 44: stored results quote nothing of her");
    let text = String::from_utf8(client.export().await.unwrap()).unwrap();
    assert!(!text.contains("Ada") && !text.contains("ada@"), "nor does the export: {text}");
    client.erase(&EraseScope::Everything).await.unwrap();
    assert!(world.cloud.counts(LOGIN).unwrap().is_empty(), "nothing lives");
    tokens.sign_out().await.unwrap();

    let seen: BTreeSet<(String, String)> = world
        .cloud
        .log()
        .iter()
        .filter_map(|exchange| Some((exchange.method.clone(), exchange.route?.to_owned())))
        .collect();
    let missing: Vec<_> = Document::read().operations().difference(&seen).cloned().collect();
    assert!(missing.is_empty(), "documented but never exercised: {missing:?}");
}

/// Addresses for automations: the same id has the same address, deliveries come in order, what is gone is told.
async fn relay_of_its_own(world: &World, client: &CloudClient) {
    let inbox = client.put_inbox(&id(60), "zapier", "Zapier").await.unwrap();
    let again = client.put_inbox(&id(60), "zapier", "Zapier, new clients").await.unwrap();
    assert_eq!((&again.address, again.name.as_str()), (&inbox.address, "Zapier, new clients"), "one address");
    let differs = client.put_inbox(&id(60), "make", "Make").await.expect_err("another provider's");
    assert_eq!(differs.code(), "inbox_differs");
    let other = client.put_inbox(&id(61), "make", "Make").await.unwrap();
    assert_ne!(other.address, inbox.address, "an address of its own");

    let sent = |address: &str, kind: &str, body: &str| {
        let request = reqwest::Client::builder().no_proxy().build().unwrap().post(address);
        let request = request.header("content-type", kind).body(body.to_owned());
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let json = "application/json";
    assert_eq!(sent(&inbox.address, json, r#"{"first_name":"Ada"}"#).await, 202);
    assert_eq!(sent(&inbox.address, json, r#"[{"first_name":"Bo"},{"first_name":"Cy"}]"#).await, 202);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(sent(&inbox.address, form, "first_name=D%C3%AE&email=di%40example.org").await, 202);
    assert_eq!(sent(&inbox.address, json, "[1, 2]").await, 400, "no records");
    assert_eq!(sent(&inbox.address, json, "{").await, 400, "cut short");
    assert_eq!(sent(&inbox.address, "text/csv", "a,b").await, 415);
    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(300_000));
    assert_eq!(sent(&inbox.address, json, &large).await, 413);
    let wrong = format!("{}x", &inbox.address);
    assert_eq!(sent(&wrong, json, "{}").await, 404, "a secret that is not one");

    let first = client.relay(Some(&inbox.id), None, 3).await.unwrap();
    let names = |events: &[hub_cloud::RelayEvent]| -> Vec<String> {
        events.iter().map(|event| event.payload["first_name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first.items), ["Ada", "Bo", "Cy"], "in the order in which they were taken");
    assert!(first.more && first.items.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let rest = client.relay(Some(&inbox.id), Some(&first.cursor), 3).await.unwrap();
    assert_eq!(names(&rest.items), ["Dî"], "a form is an event as well");
    assert!(client.relay(Some(&other.id), None, 3).await.unwrap().items.is_empty(), "each has its own");

    world.cloud.advance_clock(std::time::Duration::from_secs(31 * 24 * 3_600));
    // Whoever is signed in for a month has other tokens by then.
    let client = world.client().await;
    let late =
        client.relay(Some(&inbox.id), Some(&first.cursor), 3).await.expect_err("28: told, no silent hole");
    assert_eq!(late.code(), "cursor_expired");
    assert!(client.relay(Some(&inbox.id), None, 3).await.unwrap().items.is_empty(), "after thirty days");
    assert!(client.end_inbox(&inbox.id).await.unwrap() && !client.end_inbox(&inbox.id).await.unwrap());
    assert_eq!(sent(&inbox.address, json, "{}").await, 404, "ended");
}

#[test]
fn every_message_id_is_in_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/locales/en-GB.json");
    let catalogue: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for id in MESSAGE_IDS {
        assert!(catalogue[*id].as_str().is_some_and(|sentence| !sentence.is_empty()), "{id} has no sentence");
    }
}
