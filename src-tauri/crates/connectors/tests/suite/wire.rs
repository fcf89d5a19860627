//! Faults on the way to a CRM, and in what it says of its lists: names, certificates, replies that overtake each other, lists
//! that stop short, fields that changed. The faults are switched on; each ends in the law's action, and in one button.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_connectors::{DefinedConnector, messages};
use hub_core::ports::{Connector, RawReader as _, RetryAdvice};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Fault, Scope};
use hub_testkit::fakes::MemoryRaw;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Bench, verdict};

/// A connector whose CRM is at another address, with a key for it.
fn at(base: &str) -> Bench {
    Bench::with(BookSpec::new(11, 60), |parts| {
        parts.credential.origin = DefinedConnector::key_origin(&parts.definition, Some(base)).unwrap();
        parts.base_url = Some(base.to_owned());
    })
}

/// What a person is offered for a failure.
fn offered<T>(result: Result<T, hub_core::ports::ConnectorError>) -> String {
    let Err(error) = result else { panic!("this must not succeed") };
    error.params.into_iter().find(|(name, _)| *name == "action").expect("one action").1
}

#[tokio::test]
async fn f01_a_name_that_cannot_be_looked_up_waits_for_the_network() {
    // No such name exists anywhere (RFC 6761, 6.4).
    let bench = at("https://crm.invalid/api");
    assert_eq!(verdict(bench.connector.probe().await), (messages::NO_NAME, RetryAdvice::WhenOnline));
    assert_eq!(offered(bench.connector.page("job", None).await), "check_network");
    assert_eq!(bench.requests(), 0, "nobody else was asked in its stead");
}

/// A server of one connection that holds this certificate; gives what was said to it inside, if anything.
async fn with_certificate(params: CertificateParams) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = KeyPair::generate().unwrap();
    let certificate: CertificateDer<'static> = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        // A client that does not trust the certificate hangs up in the middle of the handshake.
        if let Ok(mut inside) = acceptor.accept(stream).await {
            let _ = inside.read_to_end(&mut heard).await;
        }
        heard
    });
    (format!("https://127.0.0.1:{port}/api"), server)
}

#[tokio::test]
async fn f03_a_certificate_that_nobody_vouches_for_ends_it_before_a_key_is_sent() {
    let of = |name: &str| CertificateParams::new(vec![name.to_owned()]).unwrap();
    let mut expired = of("127.0.0.1");
    (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    for (what, params) in
        [("its own", of("127.0.0.1")), ("expired", expired), ("another's", of("elsewhere.example"))]
    {
        let (base, server) = with_certificate(params).await;
        let bench = at(&base);
        let failed = bench.connector.probe().await;
        assert_eq!(verdict(failed), (messages::NOT_PRIVATE, RetryAdvice::Never), "{what}");
        drop(bench);
        let heard = server.await.unwrap();
        assert!(heard.is_empty(), "{what}: not a byte of a request: {}", String::from_utf8_lossy(&heard));
    }
    let (base, _server) = with_certificate(of("127.0.0.1")).await;
    assert_eq!(offered(at(&base).connector.probe().await), "check_network");
}

/// Which page is answered to the one that was asked for.
type Answers = fn(u64) -> u64;

/// A list of 150 rows in two pages, where `answers` says which page is answered to which.
async fn list_of_two(answers: Answers) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut request = Vec::new();
                loop {
                    request.clear();
                    while !request.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        request.push(byte);
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    let text = String::from_utf8_lossy(&request);
                    let page = if text.contains("page=2") { 2 } else { 1 };
                    let body = two_pages(answers(page)).to_string();
                    let reply = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(reply.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (base, asked)
}

fn two_pages(page: u64) -> Json {
    let rows = if page == 1 { 0..100 } else { 100..150 };
    let items: Vec<Json> =
        rows.map(|n| json!({"id": format!("r{n:03}"), "modified": "2026-05-01T00:00:00Z"})).collect();
    json!({"meta": {"currentPage": page, "totalPages": 2, "totalItems": 150}, "items": items})
}

#[tokio::test]
async fn f09_a_reply_to_another_question_begins_the_list_again() {
    let (base, _) = list_of_two(|page| page).await;
    assert_eq!(at(&base).sweep("job").await.expect("in order it is whole").len(), 150);
    let swapped: [(&str, Answers); 2] =
        [("each has the other's", |page| 3 - page), ("the first comes late, to the second", |_| 1)];
    for (name, answers) in swapped {
        let (base, asked) = list_of_two(answers).await;
        let found = verdict(at(&base).sweep("job").await);
        assert_eq!(found, (messages::LIST_CHANGED, RetryAdvice::ResetPaging), "{name}");
        assert!(asked.load(Ordering::Relaxed) <= 2, "{name}: seen at once, not at the end");
    }
}

#[tokio::test]
async fn f27_a_list_that_stops_before_its_count_is_never_whole() {
    let bench = Bench::new(BookSpec::new(5, 120));
    let whole = bench.sweep("address-book").await.expect("without a cap").len();
    let short = i64::try_from(whole).unwrap();
    // At the border of a page and in the middle of one; the CRM goes on counting what it does not give.
    for rows in [100, 130] {
        bench.sandbox.control().heal();
        bench.sandbox.control().fault(Scope::path("/address-book"), Fault::Cap { rows });
        let by = short - i64::try_from(rows).unwrap();
        bench.sandbox.control().fault(Scope::path("/address-book"), Fault::TotalLies { by });
        let found = verdict(bench.sweep("address-book").await);
        assert_eq!(found, (messages::LIST_CHANGED, RetryAdvice::ResetPaging), "{rows} of {whole}");
    }
    bench.sandbox.control().heal();
    assert_eq!(bench.sweep("address-book").await.expect("without a cap again").len(), whole);
}

#[tokio::test]
async fn f52_fields_that_come_and_go_and_words_nobody_knew_are_kept_and_no_fault() {
    let bench = Bench::small();
    let (_, before) = bench.documents(&bench.import().await);
    // A field is renamed, another is gone, a third is new, and a list of words has one more.
    let set = Map::from_iter([
        ("stage".to_owned(), json!("moonlit")),
        ("guests".to_owned(), json!(80)),
        ("moonPhase".to_owned(), json!("waxing")),
    ]);
    let remove = vec!["guestCount".to_owned(), "leadNotes".to_owned()];
    bench.sandbox.control().fault(Scope::path("/job"), Fault::Patch { set, remove });
    let store = bench.import().await;
    let (parties, after) = bench.documents(&store);
    assert_eq!((parties.len(), after.len()), (before.len(), before.len()), "nobody is lost for it");
    for document in &after {
        for job in document.document["jobs"].as_array().unwrap() {
            assert_eq!(job["stage"], "moonlit", "an unknown word is brought as it is");
            assert_eq!(
                (&job["guest_count"], &job["lead_notes"]),
                (&Json::Null, &Json::Null),
                "what is gone is empty"
            );
        }
    }
    let raws = store.scan("c", "job", None, 1000).unwrap();
    assert!(!raws.is_empty());
    for raw in raws {
        let kept: Json = serde_json::from_str(&raw.raw).unwrap();
        assert_eq!((&kept["moonPhase"], &kept["guests"]), (&json!("waxing"), &json!(80)), "the new is kept");
    }
    // Without what tells one record from another there is no list.
    bench.sandbox.control().heal();
    let patch = Fault::Patch { set: Map::new(), remove: vec!["id".to_owned()] };
    bench.sandbox.control().fault(Scope::path("/job"), patch);
    let found = verdict(bench.sweep("job").await);
    assert_eq!(found, (messages::UNREADABLE, RetryAdvice::Retry));
}

/// A store of a few records, and a way to put them there.
fn keep(store: &mut MemoryRaw, stream: &str, parents: [Option<&str>; 2], record: &Json) {
    let raw = hub_core::ports::RawRecord {
        id: record["id"].as_str().unwrap().to_owned(),
        raw: record.to_string(),
        version: None,
        parents: parents.map(|parent| parent.map(str::to_owned)),
    };
    store.keep(stream, vec![raw]);
}

fn on_job(id: &str, job: &str, contact: &str, client: bool) -> Json {
    json!({"id": id, "jobId": job, "contactId": contact, "client": client, "jobRoles": [], "roleKinds": []})
}

#[tokio::test]
async fn f57_one_address_for_two_people_and_a_vendor_who_marries_stay_who_they_are() {
    let bench = Bench::small();
    let mut store = MemoryRaw::default();
    let person = |id: &str, first: &str, email: &str| json!({"id": id, "kind": "person", "firstName": first, "lastName": "Lee", "email": email});
    for (id, date) in [("j", "2026-06-13"), ("k", "2026-07-18"), ("l", "2027-05-01")] {
        keep(&mut store, "job", [None, None], &json!({"id": id, "sample": false, "eventDate": date}));
    }
    keep(&mut store, "address-book", [None, None], &person("a", "Ann", "family@example.com"));
    keep(&mut store, "address-book", [None, None], &person("b", "Beth", "Family@example.com"));
    keep(&mut store, "address-book", [None, None], &person("f", "Fern", "fern@example.com"));
    let vendor = json!({"id": "3", "jobId": "j", "contactId": "f", "client": false, "jobRoles": [], "roleKinds": ["vendor"]});
    for (job, contact, record) in [
        ("j", "a", on_job("1", "j", "a", true)),
        ("k", "b", on_job("2", "k", "b", true)),
        ("j", "f", vendor),
        ("l", "f", on_job("4", "l", "f", true)),
    ] {
        keep(&mut store, "job-contact", [Some(job), Some(contact)], &record);
    }
    let (parties, documents) = bench.documents(&store);
    assert_eq!(parties.len(), 3, "Ann and Beth are two clients, and the florist who marries is one");
    let of_job = |id: &str| {
        let holds = |document: &&hub_core::ports::PartyDocument| {
            document.document["jobs"].as_array().unwrap().iter().any(|job| job["@"]["id"] == id)
        };
        documents.iter().find(holds).map(|found| found.document.clone()).expect("a client")
    };
    let first = |id: &str| of_job(id)["primary_contact"]["first_name"].clone();
    assert_eq!((first("j"), first("k"), first("l")), (json!("Ann"), json!("Beth"), json!("Fern")));
    let beside = &of_job("j")["jobs"][0]["people"];
    assert_eq!(
        (&beside[0]["role"], &beside[0]["@"]["id"]),
        (&json!("vendor"), &json!("f")),
        "on another's day she is who works there, and no client of it"
    );
}

#[tokio::test]
async fn f58_links_that_lead_nowhere_or_round_in_a_circle_end() {
    let bench = Bench::small();
    let mut store = MemoryRaw::default();
    keep(&mut store, "job", [None, None], &json!({"id": "j", "sample": false}));
    // Somebody who is their own parent, and two who are each other's: such fields are read as they stand and followed nowhere.
    for (id, parent) in [("a", "a"), ("b", "c"), ("c", "b")] {
        let record =
            json!({"id": id, "kind": "person", "firstName": id, "parentId": parent, "contactId": parent});
        keep(&mut store, "address-book", [None, None], &record);
    }
    for (job, contact, record) in [
        ("j", "a", on_job("1", "j", "a", true)),
        ("j", "gone", on_job("2", "j", "gone", true)),
        ("gone", "b", on_job("3", "gone", "b", true)),
        ("gone", "gone", on_job("4", "gone", "gone", true)),
    ] {
        keep(&mut store, "job-contact", [Some(job), Some(contact)], &record);
    }
    let order = json!({"id": "o", "jobId": "gone", "invoices": [{"id": "i", "total": 5}]});
    keep(&mut store, "order", [Some("gone"), None], &order);
    let (_, documents) = bench.documents(&store);
    let jobs: Vec<&Json> =
        documents.iter().flat_map(|found| found.document["jobs"].as_array().unwrap()).collect();
    assert_eq!(jobs.len(), 1, "a job that is not there is nobody's: {jobs:?}");
    let people: Vec<&Json> =
        documents.iter().flat_map(|found| found.document["people"].as_array().unwrap()).collect();
    assert!(people.iter().all(|person| person["@"]["id"] != "gone"), "nobody is made of a link alone");
    assert!(!documents[0].document.to_string().contains("\"i\""), "an invoice without its job is no one's");
}
