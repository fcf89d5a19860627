//! What `hub` does while the CRM has to be waited for: it says so, ends, and goes on later without ritual.

use hub_sandbox::{Fault, KeyState, RetryAfter, Scope};

use crate::hub::Desk;

#[test]
fn f13_a_long_wait_ends_the_line_and_says_until_when() {
    let desk = Desk::connected(3);
    let control = desk.world.crm.control();
    control.fault(Scope::path("/order").times(1), Fault::TooMany { retry_after: RetryAfter::Seconds(1800) });
    let ended = desk.run(&["import"]);
    let last = ended.last();
    assert_eq!((ended.code, &last["state"]), (1, &"waiting_crm".into()), "{} / {}", ended.out, ended.err);
    let until: jiff::Timestamp = last["wait_until"].as_str().expect("a time").parse().expect("a time");
    let left = until.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((1600..=1800).contains(&left), "for a countdown: {left}");
    let job = desk.run(&["jobs"]).done().last()["jobs"][0].clone();
    assert_eq!(job["state"], "waiting_crm", "and still does when nobody runs it: {job}");
    assert_eq!(job["error"]["id"], "error.crm.busy");
    control.reset_log();
    let early = desk.run(&[]);
    assert_eq!((early.code, control.log().len()), (1, 0), "too early: not one request goes: {}", early.out);
}

#[test]
fn f34_a_new_key_lets_a_waiting_import_go_on() {
    let desk = Desk::connected(3);
    let control = desk.world.crm.control();
    control.keys(KeyState::Revoked);
    let ended = desk.run(&["import"]);
    assert_eq!((ended.code, &ended.last()["state"]), (1, &"waiting_auth".into()), "{}", ended.out);
    control.keys(KeyState::Valid);
    let key = format!("{}\n", desk.world.crm.api_key());
    desk.feed(&["connect", "tave", "--replace-key", "Tave", "--key-stdin"], &key).done();
    let jobs = desk.run(&["jobs"]).done().last();
    assert_eq!(jobs["jobs"][0]["state"], "waiting_review", "the same import went on: {jobs}");
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1));
}
