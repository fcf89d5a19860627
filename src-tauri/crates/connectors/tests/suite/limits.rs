//! The rate law (SYNC-LAW 37) and how few requests an import takes.

use std::sync::Arc;

use hub_connectors::{DefinedConnector, messages};
use hub_core::party::NoLinks;
use hub_core::ports::{Clock, Connector, RetryAdvice};
use hub_sandbox::book::{BookSpec, JobsEach};
use hub_sandbox::{Fault, RetryAfter, Scope};
use jiff::SignedDuration;

use crate::support::{ACCOUNT, Bench, Jump, parts, verdict};

#[tokio::test]
async fn inv_37_five_hundred_clients_within_three_minutes_of_the_limit() {
    let mut spec = BookSpec::new(3, 500);
    spec.jobs_each = JobsEach::One;
    let bench = Bench::new(spec);
    let began = bench.clock.now();
    let store = bench.import().await;
    let expected = bench.sandbox.book().expected();
    for (stream, total) in &expected.totals {
        let read = store.rows(stream.path()).count();
        assert_eq!(read, *total, "{} was read whole", stream.path());
    }
    // One request a page, one more where a list ends with a full page, one for each short list.
    let pages: usize = expected.totals.iter().map(|(_, total)| total / 100 + 1).sum();
    let look_ups = bench.connector.streams().len() - expected.totals.len();
    let counts: Vec<(String, u64)> =
        expected.totals.iter().map(|(stream, total)| (stream.path().to_owned(), *total as u64)).collect();
    assert_eq!(bench.connector.forecast(&counts), (pages + look_ups) as u64, "the forecast");
    assert_eq!(bench.requests(), pages + look_ups, "pages, never one request a client");
    assert!(
        bench.requests() <= 180,
        "{} requests at 60 a minute take at most three minutes",
        bench.requests()
    );
    let waited = bench.clock.now().duration_since(began);
    assert!(waited <= SignedDuration::from_mins(3), "the budget made it wait {waited:?}");
    let sent = bench.budget.sent(ACCOUNT);
    assert_eq!(sent.len(), bench.requests(), "each request was counted");
    for (index, at) in sent.iter().enumerate() {
        let minute =
            sent[..index].iter().filter(|before| **before + SignedDuration::from_secs(60) > *at).count();
        assert!(minute < 60, "never more than 60 in a minute");
    }
    let parties = bench.connector.parties(&store, "c", &NoLinks).expect("memory does not fail").all();
    assert_eq!(parties.len(), 500, "one client a party");
}

#[tokio::test]
async fn f13_retry_after_is_obeyed_before_anything_else_is_sent() {
    let cases = [(RetryAfter::Seconds(7), 7..=7), (RetryAfter::None, 60..=60), (RetryAfter::Absurd, 1..=60)];
    for (header, wait) in cases {
        let bench = Bench::small();
        bench.sandbox.control().fault(Scope::path("/job").times(1), Fault::TooMany { retry_after: header });
        let began = bench.clock.now();
        let (message, advice) = verdict(bench.connector.page("job", None).await);
        let RetryAdvice::After(seconds) = advice else { panic!("{header:?}: {advice:?}") };
        assert_eq!(message, messages::BUSY);
        assert!(wait.contains(&seconds), "{header:?} is {seconds} s");
        let until = began + SignedDuration::from_secs(i64::from(seconds));
        assert_eq!(bench.budget.blocked_until(ACCOUNT), Some(until), "the whole account waits");
        bench.connector.page("job", None).await.expect("after the wait it goes on");
        assert_eq!(
            *bench.pause.waits.lock().unwrap(),
            [until],
            "the second request waited, and was shown to wait"
        );
    }
}

#[tokio::test]
async fn f19_a_quota_that_another_program_uses_too_is_waited_for_and_our_own_limit_is_lowered() {
    let bench = Bench::small();
    for _ in 0..30 {
        bench.connector.count("job").await.expect("within the minute");
    }
    // Another program with the same key has used up what our window says is left.
    bench
        .sandbox
        .control()
        .fault(Scope::path("/job").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(20) });
    let (message, advice) = verdict(bench.connector.count("job").await);
    assert_eq!((message, advice), (messages::BUSY, RetryAdvice::After(20)), "our window has room for 29");
    let sent = bench.requests();
    bench.connector.count("job").await.expect("after the wait it goes on");
    let first = bench.pause.waits.lock().unwrap()[0];
    assert_eq!(
        bench.budget.blocked_until(ACCOUNT),
        Some(first),
        "nothing was sent before the CRM's own time"
    );
    for _ in 0..40 {
        bench.connector.count("job").await.expect("waited for, never refused");
    }
    assert_eq!(bench.requests(), sent + 41, "one request each: the CRM refused nothing more");
    let sent = bench.budget.sent(ACCOUNT);
    let window = SignedDuration::from_secs(60);
    let within = |end: usize| sent[..=end].iter().filter(|at| **at + window > sent[end]).count();
    // The lowered limit holds for the wait and one window after it.
    let held = first + window;
    for (index, at) in sent.iter().enumerate().skip(31).filter(|(_, at)| **at < held) {
        assert!(within(index) <= 30, "{} requests within the minute before {at}", within(index));
    }
}

#[tokio::test]
async fn inv_37_a_crm_that_fails_five_times_is_left_alone_by_every_connector_of_its_account() {
    let bench = Bench::small();
    bench.sandbox.control().fault(Scope::path("/job"), Fault::Status { status: 503 });
    for _ in 0..5 {
        assert_eq!(verdict(bench.connector.count("job").await).0, messages::UNAVAILABLE);
    }
    let sent = bench.requests();
    // Another job of the same account, which has not failed yet; nobody waits for it here.
    let stopping = Arc::new(Jump::stopping(&bench.clock));
    let other = DefinedConnector::new(parts(&bench.sandbox, &bench.budget, &bench.clock, &stopping)).unwrap();
    verdict(other.count("event").await);
    assert_eq!(bench.requests(), sent, "it sends nothing either");
    // Waiting: one try a minute, then two, then five.
    let began = bench.clock.now();
    for seconds in [60, 180, 480] {
        verdict(bench.connector.count("job").await);
        let waited = bench.clock.now().duration_since(began).as_secs();
        assert_eq!(waited, seconds, "the next try");
    }
    assert_eq!(bench.requests(), sent + 3, "one request each");
    bench.sandbox.control().heal();
    bench.connector.count("job").await.expect("the fourth try finds it back");
    other.count("event").await.expect("and everybody goes on at once");
    assert_eq!(bench.requests(), sent + 5);
}

#[tokio::test]
async fn f18_a_stop_during_a_long_wait_ends_it() {
    let bench = Bench::small();
    let stopping = Arc::new(Jump::stopping(&bench.clock));
    let connector =
        DefinedConnector::new(parts(&bench.sandbox, &bench.budget, &bench.clock, &stopping)).unwrap();
    for _ in 0..60 {
        connector.count("job").await.expect("within the minute");
    }
    let (message, advice) = verdict(connector.count("job").await);
    assert_eq!((message, advice), (messages::CANCELLED, RetryAdvice::Never));
    assert_eq!(bench.requests(), 60, "the request over the limit was not sent");
}

#[tokio::test]
async fn the_probe_counts_for_the_account_it_found() {
    let bench = Bench::small();
    let account = bench.connector.probe().await.expect("the key is good");
    assert_eq!(bench.budget.sent(&account.account_id).len(), 2, "its two requests belong to the account");
    assert_eq!(account.time_zone.as_deref(), Some("Europe/London"));
    assert_eq!(account.currency.as_deref(), Some("GBP"));
    assert_eq!(account.country.as_deref(), Some("GB"));
    assert_eq!(account.name, bench.sandbox.book().spec().studio_name);
    assert!(account.readable.iter().any(|stream| stream == "payment"));
    let log = bench.sandbox.control().log();
    assert!(log.iter().all(|row| row.method == "GET"), "permission is never found out by writing");
}
