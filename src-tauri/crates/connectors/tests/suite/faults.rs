//! Every fault of transport, HTTP, paging and sign-in ends in a plain sentence, and no list is cut short.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use hub_connectors::{DefinedConnector, Pause as _, Reach, TokioPause, messages};
use hub_core::ports::{Clock, Connector, RetryAdvice};
use hub_sandbox::book::{BookSpec, Stream};
use hub_sandbox::{Fault, KeyState, Mutation, Scope};

use crate::support::{Bench, verdict};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Reads the address book under a fault and says how it ended.
async fn outcome(bench: &Bench, scope: Scope, fault: Fault) -> (&'static str, RetryAdvice) {
    bench.sandbox.control().heal();
    bench.sandbox.control().fault(scope, fault);
    let verdict = verdict(bench.sweep("address-book").await);
    bench.sandbox.control().heal();
    verdict
}

#[tokio::test]
async fn replies_that_are_no_data_are_told_apart() {
    use RetryAdvice::{After, Never, Retry, SignIn, WhenBack, WhenOnline};
    let bench = Bench::new(BookSpec::new(5, 120));
    let all = Scope::all;
    let second = || Scope::path("/address-book").page(2);
    let cases: [(&str, Scope, Fault, (&str, RetryAdvice)); 17] = [
        (
            "F4",
            second(),
            Fault::StallThenReset { after: 20, stall_ms: 1 },
            (messages::NO_CONNECTION, WhenOnline),
        ),
        ("F4 reset", second(), Fault::Reset, (messages::NO_CONNECTION, WhenOnline)),
        ("F6", second(), Fault::Truncated { keep: 400 }, (messages::UNREADABLE, Retry)),
        ("F6 clean cut", second(), Fault::CutCleanly { keep: 400 }, (messages::UNREADABLE, Retry)),
        ("F7", second(), Fault::BrokenGzip, (messages::UNREADABLE, Retry)),
        ("F7 length", second(), Fault::WrongLength { by: 50 }, (messages::UNREADABLE, Retry)),
        ("F7 short length", second(), Fault::WrongLength { by: -50 }, (messages::UNREADABLE, Retry)),
        ("F10", second(), Fault::CaptivePortal, (messages::NOT_THE_CRM, Never)),
        ("F38", second(), Fault::LoginPage, (messages::NOT_THE_CRM, Never)),
        ("F14 as 200", second(), Fault::DisguisedLimit { status: 200 }, (messages::BUSY, After(60))),
        ("F14 as 403", second(), Fault::DisguisedLimit { status: 403 }, (messages::BUSY, After(60))),
        ("F15", second(), Fault::Status { status: 503 }, (messages::UNAVAILABLE, WhenBack)),
        ("F17", second(), Fault::Status { status: 414 }, (messages::REQUEST_REFUSED, Never)),
        ("F20", second(), Fault::Status { status: 500 }, (messages::UNAVAILABLE, WhenBack)),
        ("F34 401", all().skip(1), Fault::Unauthorized, (messages::KEY_REFUSED, SignIn)),
        ("F35", second(), Fault::Forbidden, (messages::KEY_NOT_ALLOWED, SignIn)),
        ("404", second(), Fault::Status { status: 404 }, (messages::NOT_FOUND, Never)),
    ];
    for (name, scope, fault, expected) in cases {
        let found = outcome(&bench, scope, fault).await;
        match (found, expected) {
            ((message, After(_)), (wanted, After(_))) => assert_eq!(message, wanted, "{name}"),
            // How much of a cut reply arrives before the end is noticed is the network's affair; both are tried again.
            (
                (messages::UNREADABLE, Retry) | (messages::NO_CONNECTION, WhenOnline),
                (messages::UNREADABLE, Retry),
            ) => {}
            (found, expected) => assert_eq!(found, expected, "{name}"),
        }
    }
}

#[tokio::test]
async fn inv_04_paging_faults_begin_the_list_again() {
    let bench = Bench::new(BookSpec::new(5, 120));
    let ids = bench.sweep("address-book").await.expect("without faults").into_iter().map(|record| record.id);
    let third = ids.clone().nth(2).unwrap();
    let second = || Scope::path("/address-book").page(2);
    let first = || Scope::path("/address-book").page(1);
    let all = || Scope::path("/address-book");
    let cases: [(&str, Scope, Fault); 9] = [
        ("F21", second(), Fault::EmptyPage),
        ("F22", first(), Fault::ShortPage { missing: 3 }),
        ("F22 last page", all().skip(1), Fault::ShortPage { missing: 1 }),
        ("F23", second(), Fault::RepeatPage),
        ("F25 too many", all(), Fault::TotalLies { by: 5 }),
        ("F25 too few", all(), Fault::TotalLies { by: -150 }),
        ("F26", all(), Fault::UnstableOrder),
        ("F53", second(), Fault::DuplicateRow),
        (
            "F24 delete",
            first(),
            Fault::ThenMutate {
                mutation: Box::new(Mutation::Delete { stream: Stream::AddressBook, id: third }),
            },
        ),
    ];
    for (name, scope, fault) in cases {
        let (message, advice) = outcome(&bench, scope, fault).await;
        assert_eq!((message, advice), (messages::LIST_CHANGED, RetryAdvice::ResetPaging), "{name}");
    }
    let again = bench.sweep("address-book").await.expect("the next reading is whole");
    assert_eq!(again.len(), ids.len() - 1, "all but the deleted one");
}

#[tokio::test]
async fn f23_an_endless_list_is_not_read_for_ever() {
    let bench = Bench::small();
    let (message, _) = outcome(&bench, Scope::path("/address-book"), Fault::Endless).await;
    assert_eq!(message, messages::LIST_CHANGED);
    assert!(bench.requests() < 20, "{} requests", bench.requests());
}

#[tokio::test]
async fn f24_a_record_made_between_pages_is_read() {
    let bench = Bench::new(BookSpec::new(5, 120));
    let add = Mutation::Add {
        stream: Stream::AddressBook,
        record: serde_json::Map::from_iter([
            ("kind".to_owned(), "person".into()),
            ("firstName".to_owned(), "Wilhelmina".into()),
        ]),
    };
    let scope = Scope::path("/address-book").page(1).times(1);
    bench.sandbox.control().fault(scope, Fault::ThenMutate { mutation: Box::new(add) });
    let records = bench.sweep("address-book").await.expect("a longer list is no fault");
    assert!(records.iter().any(|record| record.raw.contains("Wilhelmina")), "it came with the last page");
}

#[tokio::test]
async fn f2_nobody_answers() {
    let bench = Bench::small();
    bench.sandbox.control().refuse(None);
    let found = verdict(bench.connector.page("job", None).await);
    assert_eq!(found, (messages::NO_CONNECTION, RetryAdvice::WhenOnline));
    bench.sandbox.control().refuse(Some(Duration::ZERO));
}

#[tokio::test]
async fn f3_a_connection_that_is_not_private_sends_no_key() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/api", listener.local_addr().unwrap());
    // Somebody in between who speaks plain HTTP to whoever knocks.
    let between = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        heard.truncate(length);
        heard
    });
    let bench = Bench::with(BookSpec::new(11, 60), |parts| {
        parts.credential.origin = DefinedConnector::key_origin(&parts.definition, Some(&base)).unwrap();
        parts.base_url = Some(base);
    });
    assert_eq!(verdict(bench.connector.probe().await), (messages::NOT_PRIVATE, RetryAdvice::Never));
    let heard = String::from_utf8_lossy(&between.await.unwrap()).into_owned();
    assert!(!heard.contains(bench.sandbox.api_key()), "the key was not sent");
}

#[tokio::test]
async fn f36_another_account_is_seen_by_the_probe() {
    let bench = Bench::small();
    let before = bench.connector.probe().await.expect("the key is good").account_id;
    bench.sandbox.control().fault(Scope::path("/studio"), Fault::OtherAccount);
    let after = bench.connector.probe().await.expect("the key is good, but for somebody else").account_id;
    assert_ne!(before, after, "the engine compares the two and stops");
}

#[tokio::test]
async fn f34_a_bad_and_a_revoked_key_ask_for_a_new_one() {
    let bench = Bench::with(BookSpec::new(11, 60), |parts| {
        let wrong = hub_core::ports::Secret::new("not-a-key-of-this-studio");
        parts.credential = hub_connectors::Credential::key(wrong, parts.credential.origin.clone());
    });
    assert_eq!(verdict(bench.connector.probe().await), (messages::KEY_REFUSED, RetryAdvice::SignIn));
    let bench = Bench::small();
    bench.sandbox.control().keys(KeyState::Revoked);
    assert_eq!(
        verdict(bench.connector.page("job", None).await),
        (messages::KEY_REFUSED, RetryAdvice::SignIn)
    );
    let unusable = Bench::with(BookSpec::new(11, 60), |parts| {
        let two_lines = hub_core::ports::Secret::new("two\nlines");
        parts.credential = hub_connectors::Credential::key(two_lines, parts.credential.origin.clone());
    });
    assert_eq!(verdict(unusable.connector.probe().await), (messages::KEY_REFUSED, RetryAdvice::SignIn));
    assert_eq!(unusable.requests(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_read_only_key_reads() {
    let bench = Bench::small();
    let key = bench.sandbox.read_only_key().to_owned();
    let mut parts = crate::support::parts(&bench.sandbox, &bench.budget, &bench.clock, &bench.pause);
    let key = hub_core::ports::Secret::new(key);
    parts.credential = hub_connectors::Credential::key(key, parts.credential.origin.clone());
    let connector = hub_connectors::DefinedConnector::new(parts).unwrap();
    connector.probe().await.expect("reading needs no more");
}

#[tokio::test]
async fn inv_45_a_redirect_elsewhere_is_not_followed() {
    let bench = Bench::small();
    bench.sandbox.control().fault(Scope::path("/job"), Fault::Redirect);
    assert_eq!(verdict(bench.connector.page("job", None).await), (messages::MOVED, RetryAdvice::Never));
    assert!(bench.sandbox.control().second_log().is_empty(), "the second origin heard nothing");
}

#[tokio::test]
async fn a_redirect_to_another_origin_carries_no_key() {
    let bench = Bench::small();
    let second = url::Url::parse(bench.sandbox.second_origin()).unwrap();
    let mut parts = crate::support::parts(&bench.sandbox, &bench.budget, &bench.clock, &bench.pause);
    // A definition that names the second origin, as a CRM with a host of its own for downloads would.
    let definition = Arc::make_mut(&mut parts.definition);
    let api = definition.routes.api.as_mut().unwrap();
    api.base_url = parts.base_url.take();
    api.hosts = vec![format!("127.0.0.1:{}", second.port().unwrap())];
    let connector = DefinedConnector::new(parts).unwrap();
    bench.sandbox.control().fault(Scope::path("/job"), Fault::Redirect);
    verdict(connector.page("job", None).await);
    let seen = bench.sandbox.control().second_log();
    assert_eq!(seen.len(), 1, "the listed host was asked");
    assert!(seen[0].headers.iter().all(|name| name != "x-api-key"), "without the key: {:?}", seen[0].headers);
    assert!(seen[0].key_last4.is_none());
    assert_eq!(bench.budget.sent(crate::support::ACCOUNT).len(), 2, "each hop is a request");
}

#[tokio::test]
async fn a_reply_without_an_end_is_cut_off() {
    let bench = Bench::small();
    let small = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&vec![b' '; 33 * 1024 * 1024]).unwrap();
        packer.finish().unwrap()
    };
    assert!(small.len() < 1024 * 1024, "a bomb is small");
    let large = vec![b' '; 33 * 1024 * 1024];
    for (head, body) in [("Content-Encoding: gzip\r\n", small), ("", large)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}Content-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            // The client hangs up in the middle; that is what it is for.
            let _ = stream.write_all(&body).await;
        });
        let mut parts = crate::support::parts(&bench.sandbox, &bench.budget, &bench.clock, &bench.pause);
        parts.base_url = Some(format!("http://{address}/api"));
        parts.credential.origin = format!("http://{address}");
        let connector = DefinedConnector::new(parts).unwrap();
        assert_eq!(verdict(connector.probe().await), (messages::TOO_LARGE, RetryAdvice::Never), "{head:?}");
        drop(connector);
        server.await.unwrap();
    }
}

#[tokio::test]
async fn a_wait_ends_when_it_is_stopped() {
    let clock = crate::support::StillClock::new();
    let stop = tokio_util::sync::CancellationToken::new();
    let shown = Arc::new(std::sync::Mutex::new(None));
    let seen = Arc::clone(&shown);
    let on_wait = Arc::new(move |until| *seen.lock().unwrap() = Some(until));
    let pause = TokioPause::new(
        Arc::clone(&clock) as Arc<dyn Clock>,
        stop.clone(),
        on_wait,
        std::time::Duration::from_secs(60 * 60 * 24),
    );
    let later = clock.now() + jiff::SignedDuration::from_hours(1);
    pause.until(clock.now()).await.expect("a time that is past is no wait");
    let (ended, ()) = tokio::join!(pause.until(later), async { stop.cancel() });
    assert_eq!(ended, Err(hub_connectors::Unwaited::Stopped));
    assert_eq!(*shown.lock().unwrap(), Some(later), "the wait was shown with its end");
    pause.stopped().await;
}

#[tokio::test]
async fn a_key_saved_for_another_address_stays_at_home() {
    let bench = Bench::with(BookSpec::new(11, 60), |parts| {
        parts.credential.origin = "https://workspace.vsco.co".to_owned();
    });
    assert_eq!(verdict(bench.connector.probe().await), (messages::KEY_ELSEWHERE, RetryAdvice::SignIn));
    assert_eq!(bench.requests(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_suppliers_profile_never_talks_to_this_computer() {
    let bench = Bench::small();
    let mut parts = crate::support::parts(&bench.sandbox, &bench.budget, &bench.clock, &bench.pause);
    parts.reach = Reach::PublicOnly;
    let refused = hub_connectors::DefinedConnector::new(parts).map(|_| ());
    assert_eq!(verdict(refused), (messages::ADDRESS_REFUSED, RetryAdvice::Never));
}

#[tokio::test]
async fn a_name_that_points_into_the_local_network_is_refused() {
    let bench = Bench::with(BookSpec::new(11, 60), |parts| {
        let base =
            parts.base_url.take().unwrap().replace("127.0.0.1", "localhost").replace("http://", "https://");
        parts.credential.origin = hub_connectors::origin_of(&url::Url::parse(&base).unwrap());
        parts.base_url = Some(base);
        parts.reach = Reach::PublicOnly;
    });
    assert_eq!(verdict(bench.connector.probe().await), (messages::ADDRESS_REFUSED, RetryAdvice::Never));
    assert_eq!(bench.requests(), 0);
}
