//! Two processes on one profile: one owns it, the other is its guest (MODEL 10).

use serde_json::Value as Json;

use crate::hub::{Desk, Running};

/// A process that owns the profile until it is stopped.
fn owner(desk: &Desk) -> Running {
    let mut serving = desk.start(&["serve"]);
    let line: Json = serde_json::from_str(&serving.line()).expect("the address");
    assert!(line["url"].is_string(), "it serves: {line}");
    serving
}

#[test]
fn a_guest_gives_its_commands_to_the_owner() {
    let desk = Desk::connected(3);
    let serving = owner(&desk);
    let state = desk.run(&["connections"]).done();
    assert_eq!(state.last()["connections"][0]["name"], "Tave", "answered by the owner");
    let imported = desk.run(&["import"]).done();
    assert_eq!(imported.last()["state"], "waiting_review", "the job ran in the owner, watched by the guest");
    assert_eq!(desk.run(&["serve"]).code, 1, "a guest cannot serve: its commands count as the line's");
    serving.kill();
    let jobs = desk.run(&["jobs"]).done();
    assert_eq!(
        jobs.last()["jobs"][0]["state"],
        "waiting_review",
        "the next one becomes owner where one was killed"
    );
}

#[test]
fn another_version_is_one_sentence() {
    let desk = Desk::new(1);
    let serving = owner(&desk);
    let file = desk.profile().join("owner.json");
    let mut info: Json = serde_json::from_slice(&std::fs::read(&file).expect("there")).expect("JSON");
    info["protocol"] = Json::from(999);
    std::fs::write(&file, info.to_string()).expect("written");
    let refused = desk.run(&["jobs"]);
    assert_eq!(refused.code, 1);
    assert_eq!(refused.last()["error"]["code"], "other_protocol");
    serving.kill();
}

#[cfg(unix)]
#[test]
fn the_profile_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new(1);
    let serving = owner(&desk);
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&desk.profile()), 0o700);
    assert_eq!(mode(&desk.profile().join("owner.json")), 0o600);
    serving.kill();
}
