use std::io::ErrorKind;

use hub_sandbox::book::Stream;
use hub_sandbox::{Account, Fault, KeyState, Mutation, RateLimit, RetryAfter, Scope};
use serde_json::{Value, json};

use crate::client::{Reply, Tave, send};

/// One request under a fault that strikes once, then one that must be well again.
fn struck(tave: &Tave, path: &str, fault: Fault) -> std::io::Result<Reply> {
    tave.0.control().fault(Scope::all().times(1), fault);
    let reply = tave.try_get(path);
    assert_eq!(tave.get(path).status, 200, "a fault that strikes once is over after once");
    tave.0.control().heal();
    reply
}

fn ids(body: &Value) -> Vec<String> {
    let rows = body["items"].as_array().expect("items");
    rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn f02_a_shut_port_refuses_and_opens_again() {
    let tave = Tave::small();
    tave.0.control().refuse(None);
    let refused = (0..10_000).find_map(|_| match tave.try_get("/job") {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Some(()),
        _ => {
            std::thread::yield_now();
            None
        }
    });
    assert!(refused.is_some(), "the port refuses soon after it is shut");
    tave.0.control().heal();
    let open = (0..10_000).any(|_| {
        std::thread::yield_now();
        tave.try_get("/job").is_ok()
    });
    assert!(open, "the same port answers again");
}

#[test]
fn f04_f05_connections_end_without_a_whole_answer() {
    let tave = Tave::small();
    assert!(struck(&tave, "/job", Fault::Reset).is_err());
    assert!(struck(&tave, "/job", Fault::StallThenReset { after: 300, stall_ms: 20 }).is_err());
    let person = tave.0.book().expected().parties[20].people[0].id;
    let path = format!("/address-book/{person}");
    tave.0.control().fault(Scope::all().times(1), Fault::Unanswered { stall_ms: 20 });
    assert!(tave.call("PUT", &path, tave.0.api_key(), br#"{"jobTitle":"Applied"}"#).is_err());
    assert_eq!(tave.get(&path).json()["jobTitle"], "Applied", "the write was carried out before the silence");
}

#[test]
fn f08_f62_writes_are_carried_out_twice_or_denied_afterwards() {
    let tave = Tave::small();
    let born = |name: &str, fault| {
        tave.0.control().fault(Scope::all().times(1), fault);
        let body = format!(r#"{{"kind":"person","firstName":"{name}","email":"{name}@example.com"}}"#);
        let reply = tave.call("POST", "/address-book", tave.0.api_key(), body.as_bytes()).expect("an answer");
        (reply.status, tave.all("address-book", &format!("&email={name}@example.com")).len())
    };
    assert_eq!(born("twice", Fault::DeliveredTwice), (201, 2));
    assert_eq!(born("denied", Fault::AppliedThenStatus { status: 500 }), (500, 1));
}

#[test]
fn f06_f07_bodies_are_cut_and_lengths_are_wrong() {
    let tave = Tave::small();
    let cut = struck(&tave, "/job", Fault::Truncated { keep: 500 }).expect("headers");
    assert_eq!((cut.status, cut.body.len()), (200, 500));
    assert!(cut.promised() > 500);
    let clean = struck(&tave, "/job", Fault::CutCleanly { keep: 500 }).expect("an answer");
    assert_eq!((clean.promised(), clean.body.len()), (500, 500));
    assert!(serde_json::from_slice::<Value>(&clean.body).is_err());
    let long = struck(&tave, "/job", Fault::WrongLength { by: 40 }).expect("headers");
    assert_eq!(long.promised(), long.body.len() + 40);
    let zip = struck(&tave, "/job", Fault::BrokenGzip).expect("headers");
    assert!(zip.header("content-encoding") == Some("gzip") && zip.text().is_err());
}

#[test]
fn f10_f38_pages_of_others_come_with_status_200() {
    let tave = Tave::small();
    for fault in [Fault::CaptivePortal, Fault::LoginPage] {
        let page = struck(&tave, "/job", fault).expect("an answer");
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    }
}

#[test]
fn f12_slow_bytes_are_all_there() {
    let tave = Tave::small();
    let slow = struck(&tave, "/studio/me", Fault::Slow { rate: 20_000 }).expect("an answer");
    assert_eq!(slow.json(), tave.get("/studio/me").json());
}

#[test]
fn f13_f14_limits_come_in_every_dress() {
    let tave = Tave::small();
    let header = |retry_after| {
        let reply = struck(&tave, "/job", Fault::TooMany { retry_after }).expect("an answer");
        assert_eq!((reply.status, reply.json()["type"].clone()), (429, json!("quota-limit")));
        reply.header("retry-after").map(str::to_owned)
    };
    assert_eq!(header(RetryAfter::Seconds(7)).as_deref(), Some("7"));
    assert!(header(RetryAfter::DateIn(30)).is_some_and(|date| date.ends_with("GMT")));
    assert_eq!(header(RetryAfter::None), None);
    assert!(header(RetryAfter::Absurd).is_some_and(|text| text.starts_with('-')));
    for status in [200, 403] {
        let reply = struck(&tave, "/job", Fault::DisguisedLimit { status }).expect("an answer");
        assert_eq!((reply.status, reply.json()["type"].clone()), (status, json!("quota-limit")));
    }
}

#[test]
fn f15_f16_f17_f20_statuses_strike_where_the_scope_says() {
    let tave = Tave::small();
    for status in [500, 502, 503, 409, 412, 413, 414] {
        assert_eq!(struck(&tave, "/job", Fault::Status { status }).expect("an answer").status, status);
    }
    tave.0.control().fault(Scope::path("/address-book").page(2), Fault::Status { status: 500 });
    let page = |number| tave.get(&format!("/address-book?page={number}&pageSize=10")).status;
    assert_eq!((page(1), page(2), page(3)), (200, 500, 200));
    tave.0.control().heal();
    tave.0.control().fault(Scope::path("/job").skip(2).times(3), Fault::Status { status: 503 });
    let burst: Vec<_> = (0..7).map(|_| tave.get("/job").status).collect();
    assert_eq!(burst, [200, 200, 503, 503, 503, 200, 200]);
}

#[test]
fn chance_is_the_same_for_the_same_seed() {
    let run = |seed| {
        let tave = Tave::small();
        tave.0.control().fault(Scope::all().percent(40, seed), Fault::Status { status: 500 });
        (0..40).map(|_| tave.get("/studio/me").status).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn f18_f19_the_quota_counts_every_request_and_those_of_others() {
    let tave = Tave::small();
    let control = tave.0.control();
    control.rate_limit(Some(RateLimit { per_minute: 3, per_hour: 100, minute_ms: 600_000 }));
    let statuses: Vec<_> = (0..5).map(|_| tave.get("/job").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(control.quota_refusals(), 2);
    let wait: u64 =
        tave.get("/job").header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((1..=600).contains(&wait));
    control.rate_limit(Some(RateLimit { per_minute: 50, per_hour: 4, minute_ms: 600_000 }));
    control.spend_quota(3);
    assert_eq!(
        (tave.get("/job").status, tave.get("/job").status),
        (200, 429),
        "the hour's cap, shared with another app"
    );
    control.rate_limit(None);
    assert_eq!(tave.get("/job").status, 200);
}

#[test]
fn f21_f22_f53_pages_lack_rows_or_double_them() {
    let tave = Tave::small();
    let path = "/address-book?page=2&pageSize=10";
    let whole = tave.get(path).json();
    let empty = struck(&tave, path, Fault::EmptyPage).expect("an answer").json();
    assert_eq!(
        (ids(&empty).len(), empty["meta"]["totalItems"].clone()),
        (0, whole["meta"]["totalItems"].clone())
    );
    let short = struck(&tave, path, Fault::ShortPage { missing: 3 }).expect("an answer").json();
    assert_eq!(ids(&short), ids(&whole)[..7]);
    let double = ids(&struck(&tave, path, Fault::DuplicateRow).expect("an answer").json());
    assert_eq!((double.len(), &double[0]), (11, &double[10]));
}

#[test]
fn f23_pages_repeat_or_never_end() {
    let tave = Tave::small();
    let page = |number: usize| format!("/address-book?page={number}&pageSize=10");
    let repeated = struck(&tave, &page(3), Fault::RepeatPage).expect("an answer").json();
    assert_eq!(ids(&repeated), ids(&tave.get(&page(2)).json()));
    assert_eq!(repeated["meta"]["currentPage"], 3, "the page says it is the one that was asked for");
    tave.0.control().fault(Scope::all(), Fault::Endless);
    let (far, further) = (tave.get(&page(900)).json(), tave.get(&page(901)).json());
    assert!(!ids(&far).is_empty() && ids(&far) == ids(&further));
    assert_eq!(further["meta"]["totalPages"], 902);
}

#[test]
fn f24_f29_the_book_changes_between_pages() {
    let tave = Tave::small();
    let page = |number: usize| ids(&tave.get(&format!("/address-book?page={number}&pageSize=10")).json());
    let (first, second) = (page(1), page(2));
    let delete = Mutation::Delete { stream: Stream::AddressBook, id: first[0].clone() };
    tave.0.control().fault(Scope::all().times(1), Fault::ThenMutate { mutation: Box::new(delete) });
    assert_eq!(page(1), first, "this page is still right");
    assert_eq!(page(2)[0], second[1], "and one record has slipped through between the pages");
    let same = Mutation::SameModified { stream: Stream::Job, count: 15 };
    assert_eq!(tave.0.control().mutate(&same), Ok(None));
    let newest = tave.get("/job?sortBy=modified%20desc&pageSize=20&includeClosed=true").json();
    let stamps: Vec<_> =
        newest["items"].as_array().expect("items").iter().map(|row| row["modified"].clone()).collect();
    assert!(stamps[..15].iter().all(|stamp| *stamp == stamps[0]) && stamps[15] != stamps[0]);
}

#[test]
fn f25_f26_f27_f30_totals_and_orders_lie() {
    let tave = Tave::small();
    let total = |body: &Value| body["meta"]["totalItems"].as_i64().expect("a total");
    let truth = tave.get("/job").json();
    let lie = struck(&tave, "/job", Fault::TotalLies { by: 5 }).expect("an answer").json();
    assert_eq!(total(&lie), total(&truth) + 5);
    let mixed = struck(&tave, "/job", Fault::UnstableOrder).expect("an answer").json();
    let (mut one, two) = (ids(&mixed), ids(&truth));
    assert_ne!(one, two);
    one.sort();
    assert_eq!(one, two);
    let capped = struck(&tave, "/job", Fault::Cap { rows: 12 }).expect("an answer").json();
    assert_eq!((total(&capped), ids(&capped).len()), (12, 12));
    let newest = two[0].clone();
    let lag = struck(&tave, "/job", Fault::LeaveOut { ids: vec![newest.clone()] }).expect("an answer").json();
    assert!(!ids(&lag).contains(&newest));
    assert_eq!(tave.get(&format!("/job/{newest}")).status, 200);
}

#[test]
fn f31_f34_f35_f36_keys_and_accounts_change() {
    let tave = Tave::small();
    let control = tave.0.control();
    control.fault(Scope::path("/job").page(2), Fault::Unauthorized);
    assert_eq!((tave.get("/job?page=1").status, tave.get("/job?page=2").status), (200, 401));
    control.fault(Scope::path("/payment"), Fault::Forbidden);
    assert_eq!((tave.get("/payment").status, tave.get("/order").status), (403, 200));
    control.heal();
    control.keys(KeyState::Revoked);
    assert_eq!(tave.get("/studio/me").status, 401);
    control.keys(KeyState::Valid);
    let own = tave.get("/studio/me").json();
    control.account(Account::Other);
    let other = tave.get("/studio/me").json();
    assert_ne!((&own["id"], &own["name"]), (&other["id"], &other["name"]));
    assert_eq!(other["id"].as_str().map(str::len), Some(26));
}

#[test]
fn f50_to_f52_rows_change_their_shape() {
    let tave = Tave::small();
    let set = serde_json::Map::from_iter([("email".to_owned(), json!(["not", "text"]))]);
    let fault = Fault::Patch { set, remove: vec!["firstName".to_owned()] };
    let rows = struck(&tave, "/address-book", fault).expect("an answer").json();
    let row = &rows["items"][0];
    assert!(row["email"].is_array() && row.get("firstName").is_none() && row["id"].is_string());
}

#[test]
fn a_redirect_goes_to_an_origin_that_writes_down_what_it_gets() {
    let tave = Tave::small();
    tave.0.control().fault(Scope::all().times(1), Fault::Redirect);
    let reply = tave.get("/job");
    let target = reply.header("location").expect("a location").to_owned();
    assert_eq!(reply.status, 302);
    assert!(target.starts_with(tave.0.second_origin()));
    assert_eq!(send(&target, "GET", &[("X-API-KEY", "leaked-1234")], b"").expect("an answer").status, 200);
    let log = tave.0.control().second_log();
    assert!(log[0].headers.contains(&"x-api-key".to_owned()));
    assert_eq!(log[0].key_last4.as_deref(), Some("1234"));
}
