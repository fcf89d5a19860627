use std::collections::HashSet;

use hub_sandbox::book::{BookSpec, Special, Stream, hand_typed};
use hub_sandbox::{Mutation, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::client::{Tave, send};

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

#[test]
fn every_list_serves_what_the_generator_wrote_down() {
    let tave = Tave::with(BookSpec::new(7, 214));
    let expected = tave.0.book().expected();
    for stream in Stream::GROWING {
        let rows = tave.all(stream.path(), "&sortBy=id%20asc");
        assert_eq!(rows.len(), expected.total(stream), "{stream:?}");
        let ids: Vec<_> = rows.iter().map(|row| text(row, "id")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{stream:?} rises by id, none twice");
    }
    let events: usize = expected.parties.iter().map(|party| party.counts.events).sum();
    let invoices: usize = expected.parties.iter().map(|party| party.counts.invoices).sum();
    let sample_events = expected.sample_jobs.len();
    assert!(tave.all("event", "").len() >= events + sample_events);
    let served: usize =
        tave.all("order", "").iter().map(|order| order["invoices"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(served, invoices);
    assert!(hand_typed(tave.0.book()).len() == 12);
}

#[test]
fn modified_desc_is_newest_first_and_created_desc_too() {
    let tave = Tave::small();
    for field in ["modified", "created"] {
        let rows = tave.all("job", &format!("&sortBy={field}%20desc"));
        assert!(rows.windows(2).all(|pair| text(&pair[0], field) >= text(&pair[1], field)), "{field}");
    }
    let rows = tave.all("job", "&sortBy=eventDate%20asc");
    assert!(rows.windows(2).all(|pair| text(&pair[0], "eventDate") <= text(&pair[1], "eventDate")));
}

#[test]
fn hidden_and_closed_records_are_left_out_unless_asked_for() {
    let tave = Tave::small();
    let count = |path: &str| tave.get(path).json()["meta"]["totalItems"].as_u64().expect("a total");
    let expected = tave.0.book().expected();
    let hidden: HashSet<_> =
        expected.parties[Special::Hidden.home() as usize].people.iter().map(|p| p.id).collect();
    assert!(count("/address-book") + hidden.len() as u64 <= count("/address-book?includeHidden=true"));
    let closed =
        expected.parties.iter().flat_map(|party| &party.jobs).filter(|job| job.closed).count() as u64;
    assert!(closed > 0);
    assert_eq!(count("/job") + closed, count("/job?includeClosed=true"));
}

#[test]
fn page_and_sort_outside_the_document_are_refused() {
    let tave = Tave::small();
    for query in [
        "pageSize=9",
        "pageSize=101",
        "page=0",
        "page=x",
        "sortBy=shoeSize",
        "sortBy=id%20up",
        "includeHidden=maybe",
    ] {
        let reply = tave.get(&format!("/address-book?{query}"));
        assert_eq!((reply.status, reply.json()["type"].clone()), (400, json!("validation-error")), "{query}");
    }
    assert_eq!(tave.get("/job-contact?jobId=nonsense").status, 400);
    let past = tave.get("/address-book?page=999").json();
    assert_eq!((past["items"].as_array().map(Vec::len), past["meta"]["rows"].as_u64()), (Some(0), Some(0)));
}

#[test]
fn filters_find_exactly_the_rows_of_a_walk() {
    let tave = Tave::small();
    let contacts = tave.all("job-contact", "");
    let expected = tave.0.book().expected();
    let job = expected.parties[3].jobs[0].id.to_string();
    let by_job = tave.all("job-contact", &format!("&jobId={job}"));
    assert_eq!(by_job, contacts.iter().filter(|row| text(row, "jobId") == job).cloned().collect::<Vec<_>>());
    assert!(!by_job.is_empty());
    // A shared person: the mother of two weddings, who lives in another household than one of the jobs.
    let mother = expected.parties[Special::MothersOtherChild.home() as usize].people[2].id.to_string();
    let by_contact = tave.all("job-contact", &format!("&contactId={mother}"));
    assert_eq!(
        by_contact,
        contacts.iter().filter(|row| text(row, "contactId") == mother).cloned().collect::<Vec<_>>()
    );
    assert_eq!(by_contact.len(), 2);
    let email =
        expected.parties[20].people.iter().find_map(|person| person.email.clone()).expect("somebody has one");
    let found = tave.all("address-book", &format!("&email={}", email.to_uppercase()));
    assert_eq!(found.iter().map(|row| text(row, "email")).collect::<Vec<_>>(), [email]);
    for (path, stream) in [("order", "order"), ("payment", "payment")] {
        let job = expected.parties[0].jobs[0].id.to_string();
        let rows = tave.get(&format!("/job/{job}/{path}")).json()["items"].clone();
        let walked: Vec<_> =
            tave.all(stream, "&sortBy=id").into_iter().filter(|row| text(row, "jobId") == job).collect();
        assert_eq!(rows, json!(walked));
    }
    assert_eq!(tave.all("custom-field", "&canApplyTo=contact").len(), 6);
    assert_eq!(tave.all("custom-field", "&kind=money&kind=time").len(), 2);
}

#[test]
fn notes_of_a_contact_come_with_the_contact_alone() {
    let tave = Tave::with(BookSpec::new(7, 120));
    let note = tave
        .all("note", "")
        .into_iter()
        .find(|note| note["contactId"].is_string())
        .expect("a note on a person");
    let contact = tave.get(&format!("/address-book/{}", text(&note, "contactId"))).json();
    assert_eq!(contact["notes"][0]["contentHtml"], note["contentHtml"]);
    assert!(tave.all("address-book", "").iter().all(|row| row.get("notes").is_none()));
}

#[test]
fn keys_open_what_they_should() {
    let tave = Tave::small();
    let url = format!("{}/studio/me", tave.0.vsco_base_url());
    assert_eq!(send(&url, "GET", &[], b"").expect("an answer").status, 401);
    assert_eq!(
        send(&url, "GET", &[("X-API-KEY", "wrong")], b"").expect("an answer").json()["title"],
        "Unauthorized"
    );
    let bearer = format!("Bearer {}", tave.0.api_key());
    assert_eq!(send(&url, "GET", &[("Authorization", &bearer)], b"").expect("an answer").status, 200);
    let read_only = tave.0.read_only_key();
    let job = tave.0.book().expected().parties[0].jobs[0].id;
    assert_eq!(
        tave.call("GET", "/studio/me", read_only, b"").expect("an answer").json()["currencyCode"],
        "GBP"
    );
    let write = tave.call("PUT", &format!("/job/{job}"), read_only, br#"{"name":"x"}"#).expect("an answer");
    assert_eq!(write.status, 403);
    let wide =
        tave.call("PUT", &format!("/job/{job}"), tave.0.api_key(), br#"{"name":"x"}"#).expect("an answer");
    assert_eq!((wide.status, wide.json()["name"].clone()), (200, json!("x")));
}

#[test]
fn writes_are_seen_in_lists_and_move_modified_on() {
    let tave = Tave::small();
    let key = tave.0.api_key();
    let person = tave.0.book().expected().parties[15].people[0].id.to_string();
    let body = br#"{"firstName":"Renamed","cellPhone":{"formatted":"07700 900999"}}"#;
    let put = tave.call("PUT", &format!("/address-book/{person}"), key, body).expect("an answer").json();
    assert_eq!(put["cellPhone"]["e164"], "+447700900999");
    let newest = tave.get("/address-book?sortBy=modified%20desc&pageSize=10").json();
    assert_eq!(newest["items"][0]["id"], json!(person));
    assert_eq!(newest["items"][0]["firstName"], "Renamed");
    let born = tave.call(
        "POST",
        "/address-book",
        key,
        br#"{"kind":"person","firstName":"New","email":"new@example.com"}"#,
    );
    let born = born.expect("an answer");
    assert_eq!(born.status, 201);
    let id = born.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(tave.all("address-book", "&email=new@example.com").len(), 1);
    assert_eq!(tave.call("DELETE", &format!("/address-book/{id}"), key, b"").expect("an answer").status, 204);
    assert_eq!(tave.get(&format!("/address-book/{id}")).status, 404);
    assert!(tave.all("address-book", "&email=new@example.com").is_empty());
    assert_eq!(tave.call("POST", "/job-contact", key, b"{}").expect("an answer").status, 400);
}

#[test]
fn mutations_change_what_is_served_and_nothing_else() {
    let tave = Tave::small();
    let before = tave.all("job-contact", "&sortBy=id");
    let party = &tave.0.book().expected().parties[Special::FlagWillChange.home() as usize];
    let rows: Vec<_> = before
        .iter()
        .filter(|row| text(row, "jobId") == party.jobs[0].id.to_string() && row["client"] == true)
        .collect();
    let (first, second) = (text(rows[0], "id").to_owned(), text(rows[1], "id").to_owned());
    let control = tave.0.control();
    let swap = Mutation::SwapPartners { first: first.clone(), second: second.clone() };
    assert_eq!(control.mutate(&swap), Ok(None));
    assert_eq!(control.mutate(&Mutation::SetClientFlag { id: second.clone(), client: false }), Ok(None));
    let after = tave.all("job-contact", "&sortBy=id");
    let changed: Vec<_> =
        before.iter().zip(&after).filter(|(old, new)| old != new).map(|(old, _)| text(old, "id")).collect();
    assert_eq!(changed, [first.as_str(), second.as_str()]);
    let unmarked = tave.get(&format!("/job-contact/{second}")).json();
    assert_eq!(
        (unmarked["client"].clone(), unmarked["roleKinds"].clone()),
        (json!(false), json!(["subject"]))
    );
    let clients = party.people.iter().take(2).map(|person| person.id.to_string()).collect();
    let job =
        control.mutate(&Mutation::AddJob { clients, date: "2026-12-05".into(), title: "Second".into() });
    let job = job.expect("a job").expect("an id").to_string();
    assert_eq!(tave.all("job-contact", &format!("&jobId={job}")).len(), 2);
    assert_eq!(tave.get(&format!("/job/{job}")).json()["eventDate"], "2026-12-05");
    let gone = Mutation::Delete { stream: Stream::Job, id: job.clone() };
    assert_eq!(control.mutate(&gone), Ok(None));
    assert!(control.mutate(&gone).is_err(), "deleting twice names the missing record");
}

#[test]
fn gzip_is_sent_to_those_who_ask() {
    let tave = Tave::small();
    let url = format!("{}/address-book", tave.0.vsco_base_url());
    let headers = [("X-API-KEY", tave.0.api_key()), ("Accept-Encoding", "gzip")];
    let zipped = send(&url, "GET", &headers, b"").expect("an answer");
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert_eq!(zipped.json(), tave.get("/address-book").json());
}

#[test]
fn the_log_names_requests_and_never_holds_a_key() {
    let tave = Tave::small();
    tave.get("/job?pageSize=10");
    let log = tave.0.control().log();
    assert_eq!((log.len(), log[0].path.as_str(), log[0].query.as_str()), (1, "/api/v2/job", "pageSize=10"));
    assert_eq!(log[0].key_last4.as_deref(), tave.0.api_key().get(tave.0.api_key().len() - 4..));
    assert!(!serde_json::to_string(&log).expect("a log").contains(tave.0.api_key()));
    tave.0.control().reset_log();
    assert!(tave.0.control().log().is_empty());
}

#[test]
fn a_sandbox_starts_and_stops_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let tave = Tave::small();
        assert_eq!(tave.get("/studio/me").status, 200);
    });
}

#[test]
fn the_control_port_switches_faults_and_the_sandbox_stops_when_dropped() {
    let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(1, 10))).expect("loopback ports");
    let control = format!("{}/_control", sandbox.control_url());
    let order =
        json!({ "scope": { "path": "/job", "count": 1 }, "fault": { "kind": "status", "status": 503 } });
    let on =
        send(&format!("{control}/faults"), "POST", &[], order.to_string().as_bytes()).expect("an answer");
    assert_eq!(on.json(), json!({ "id": 1 }));
    let tave = Tave(sandbox);
    assert_eq!(tave.get("/job-contact").status, 200, "/job does not mean /job-contact");
    assert_eq!((tave.get("/job").status, tave.get("/job").status), (503, 200));
    let rules = send(&format!("{control}/faults"), "GET", &[], b"").expect("an answer").json();
    assert_eq!((rules[0]["seen"].clone(), rules[0]["struck"].clone()), (json!(2), json!(1)));
    let log = send(&format!("{control}/log"), "GET", &[], b"").expect("an answer").json();
    assert_eq!(log.as_array().map(Vec::len), Some(3));
    let bad = send(&format!("{control}/faults"), "POST", &[], br#"{"fault":{"kind":"locusts"}}"#)
        .expect("an answer");
    assert_eq!(bad.status, 400);
    drop(tave);
    // The port closes as soon as the runtime has dropped its listener; until then connections end without an answer.
    let closed = (0..10_000).any(|_| {
        std::thread::yield_now();
        send(&format!("{control}/log"), "GET", &[], b"").is_err()
    });
    assert!(closed, "a dropped sandbox answers nobody");
}
