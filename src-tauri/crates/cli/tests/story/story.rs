//! Sarah's story with `hub` alone.

use hub_sandbox::wedsync::AccountSeed;
use serde_json::Value as Json;

use crate::hub::{Desk, fill_form, get};

#[test]
fn the_short_code_signs_in_too() {
    use std::io::Write as _;
    let desk = Desk::new(1);
    let mut login = desk.start(&["login", "--route", "code", "--no-browser"]);
    let begun: Json = serde_json::from_str(&login.line()).expect("the address comes first");
    let page = get(&fill_form(begun["url"].as_str().expect("an address")));
    let code =
        page.split("id=\"short-code\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a code");
    // As a person would: wrong once, then in groups and small letters.
    let typed = format!("22222222\n{} {}\n", code[..4].to_lowercase(), &code[4..]);
    login.stdin.as_mut().expect("piped").write_all(typed.as_bytes()).expect("typed");
    let ended = login.end().done();
    assert_eq!(ended.last()["user_name"], "Sarah Harlow");
    desk.run(&["logout"]).done();
    assert_eq!(desk.run(&["connections"]).code, 1, "signed out");
}

#[test]
fn import_review_upload_and_undo() {
    let desk = Desk::connected(40);
    let login = AccountSeed::demo().login;
    let before = desk.world.wedsync.dump(&login).expect("a dump");

    let tested = desk.run(&["test"]).done();
    assert_eq!(tested.last()["write_permission"], "checked_later");
    let mapping = desk.run(&["map", "show"]).done().last();
    assert!(
        mapping["rules"].as_array().is_some_and(|rules| !rules.is_empty()),
        "the definition's own matching"
    );
    let stored = desk.feed(&["map", "set"], &mapping["rules"].to_string()).done();
    assert_eq!(stored.last()["stored"], true);

    let imported = desk.run(&["import"]).done();
    assert_eq!(imported.last()["state"], "waiting_review");
    let expected = desk.world.crm.book().expected().parties.len() as u64;
    let listed = desk.run(&["review", "list", "--limit", "500"]).done().last();
    assert_eq!(listed["total"].as_u64(), Some(expected), "the generator's own number");

    for row in rows(&desk, "problem") {
        desk.run(&["review", "fix", "--without", &row]).done();
    }
    for row in rows(&desk, "duplicate") {
        desk.run(&["review", "link", &row]).done();
    }
    assert!(rows(&desk, "problem").is_empty() && rows(&desk, "duplicate").is_empty(), "all are decided");
    let approved = desk.run(&["review", "approve"]).done().last();
    assert!(approved["decided"].as_u64().is_some_and(|count| count > 0), "{approved}");
    let pushed = desk.run(&["push"]).done();
    assert_eq!(pushed.last()["state"], "done", "{}", pushed.out);

    let exported = desk.run(&["export"]).done().last();
    let clients = exported.as_array().expect("a list");
    let held = desk.world.wedsync.counts(&login).expect("counts")["client"];
    assert_eq!(clients.len() as i64, held, "what WedSync holds");
    assert!(
        clients.iter().any(|client| client["people"].as_array().is_some_and(|people| people.len() > 1)),
        "couples"
    );
    let refused = desk.run(&["import", "no such connection"]);
    assert_eq!(refused.code, 1);

    let job = pushed.last()["job_id"].as_str().expect("an id").to_owned();
    let undone = desk.run(&["undo", &job]).done();
    assert_eq!(undone.last()["state"], "done");
    let after = desk.world.wedsync.dump(&login).expect("a dump");
    assert_eq!(after.digest, before.digest, "WedSync is what it was before the upload");
    assert_eq!(desk.run(&["doctor"]).done().last()["ok"], true);
}

fn rows(desk: &Desk, kind: &str) -> Vec<String> {
    let listed =
        desk.run(&["review", "list", "--kind", kind, "--state", "pending", "--limit", "500"]).done().last();
    let rows = listed["rows"].as_array().expect("rows");
    rows.iter().map(|row| row["seq"].to_string()).collect()
}

#[test]
fn secrets_stay_out_of_files_and_output() {
    let desk = Desk::connected(3);
    let key = desk.world.crm.api_key().as_bytes().to_vec();
    desk.run(&["-vv", "test"]).done();
    let mut looked_at = 0;
    let mut directories = vec![desk.profile()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                looked_at += 1;
                let found = bytes.windows(key.len()).any(|window| window == key);
                assert!(!found, "the key stands in {}", path.display());
            }
        }
    }
    assert!(looked_at >= 4, "databases, key file and log were looked at");
}

#[test]
fn inv_29_a_killed_import_goes_on_with_hub_alone() {
    let desk = Desk::connected(40);
    let control = desk.world.crm.control();
    let slow = std::time::Duration::from_millis(40);
    control.latency(slow, slow);
    control.reset_log();
    let importing = desk.start(&["import"]);
    // In the middle of reading: some lists are durable, others not yet asked for.
    while control.log().len() < 8 {
        std::thread::yield_now();
    }
    importing.kill();
    control.heal();
    let resumed = desk.run(&[]).done();
    assert!(resumed.out.contains("\"state\":\"waiting_review\""), "it went on by itself: {}", resumed.out);
    let jobs = desk.run(&["jobs"]).done().last();
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1), "the same job, not another: {jobs}");
    let listed = desk.run(&["review", "list"]).done().last();
    let expected = desk.world.crm.book().expected().parties.len() as u64;
    assert_eq!(listed["total"].as_u64(), Some(expected), "nothing lost, nothing doubled");
}
