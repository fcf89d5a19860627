//! Signed definitions and kill switches with `hub` alone (MODEL 8): what a bundle changes, what is refused and leaves in force
//! what was, what waits for a person, and a switch in the middle of an import.

use std::path::Path;
use std::time::Duration;

use hub_connectors::definition::embedded_text;
use hub_sandbox::World;
use hub_sandbox::wedsync::{Publication, SignedBy, Spoilt};
use hub_scenarios::hub::Hub;
use serde_json::{Value as Json, json};

use crate::hub_story::PROGRAM;
use crate::support::world_of;

const HOSTS: &str = "hosts = [\"workspace.vsco.co\"]";
const LIMITS: &str = "{ requests = 60, per_seconds = 60 }";

/// Tave's definition in a later version that asks for so many records a page, with the example that it is tested by.
fn tave(version: u32, page_size: u32, hosts: &str) -> Json {
    let text = embedded_text("tave").expect("built in");
    let came = "\nversion = 2\n";
    for part in [came, "page_size = 100", HOSTS, LIMITS] {
        assert_eq!(text.matches(part).count(), 1, "{part} is still in the file");
    }
    let text = text
        .replace(came, &format!("\nversion = {version}\n"))
        .replace("page_size = 100", &format!("page_size = {page_size}"))
        // Nobody sits out a minute's limit here.
        .replace(LIMITS, "{ requests = 6000, per_seconds = 60 }")
        .replace(HOSTS, hosts);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/definitions/tave/example.json");
    let example: Json =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the example")).expect("JSON");
    json!({"key": "tave", "definition": text, "examples": [example]})
}

/// A profile that is signed in, connected, and may bring everything.
fn at_work(world: &World, directory: &Path) -> Hub {
    let hub = Hub::new(Path::new(PROGRAM), &directory.join("sarah"), world);
    hub.sign_in();
    hub.connect(world);
    hub.choose_everything();
    hub
}

fn refresh(hub: &Hub) -> Json {
    hub.run(&["definitions", "refresh"]).done().last()
}

/// Sizes of the pages that an import asks for.
fn pages_of_an_import(world: &World, hub: &Hub) -> Vec<String> {
    world.crm.control().reset_log();
    let imported = hub.run(&["import", "--full"]).done();
    assert_eq!(imported.last()["state"], "waiting_review", "{}", imported.out);
    let log = world.crm.control().log();
    let sizes =
        log.iter().flat_map(|row| row.query.split('&')).filter_map(|pair| pair.strip_prefix("pageSize="));
    let mut sizes: Vec<String> = sizes.map(str::to_owned).collect();
    sizes.sort();
    sizes.dedup();
    sizes
}

#[test]
fn a_newer_definition_comes_into_force_and_what_is_not_good_changes_nothing() {
    let world = world_of(20);
    let directory = tempfile::tempdir().expect("a directory");
    let hub = at_work(&world, directory.path());
    assert_eq!(pages_of_an_import(&world, &hub), ["100"], "as came with the app");

    let good = Publication { serial: 4, definitions: vec![tave(7, 50, HOSTS)], ..Publication::default() };
    world.wedsync.publish(&good).expect("published");
    let state = refresh(&hub);
    assert_eq!((&state["serial"], &state["refused"]), (&json!(4), &Json::Null), "{state}");
    assert_eq!(pages_of_an_import(&world, &hub), ["50"], "by the update, also in the next process");

    let unknown = json!({"key": "nobody", "definition": "", "examples": []});
    let mut untrue = tave(8, 25, HOSTS);
    untrue["examples"][0]["clients"][0]["records"][0]["is"] = json!("form");
    let next = |change: &dyn Fn(&mut Publication)| {
        let mut publication =
            Publication { serial: 5, definitions: vec![tave(8, 25, HOSTS)], ..Publication::default() };
        change(&mut publication);
        publication
    };
    let cases: [(&str, Publication); 10] = [
        ("signature", next(&|one| one.spoilt = Spoilt::Byte)),
        ("signature", next(&|one| one.spoilt = Spoilt::WithoutPrefix)),
        ("signature", next(&|one| one.spoilt = Spoilt::KeyName)),
        ("signature", next(&|one| one.signed_by = SignedBy::Stranger)),
        ("signature", next(&|one| one.signed_by = SignedBy::Impostor)),
        ("older", next(&|one| one.serial = 3)),
        ("expired", next(&|one| one.expires_in = -1)),
        ("needs_app", next(&|one| one.min_app = "99.0.0".to_owned())),
        ("definition", next(&|one| one.definitions.push(unknown.clone()))),
        ("example", next(&|one| one.definitions = vec![untrue.clone()])),
    ];
    for (reason, publication) in &cases {
        world.wedsync.publish(publication).expect("published");
        let state = refresh(&hub);
        assert_eq!(state["refused"]["id"], format!("definitions.refused.{reason}"), "{state}");
        assert_eq!(state["serial"], 4, "{reason}: what was good stays in force");
    }
    let doctor = hub.run(&["doctor"]);
    assert_eq!(
        doctor.last()["ok"],
        true,
        "a new process looks at what it holds, which is good: {}",
        doctor.out
    );
    assert_eq!(pages_of_an_import(&world, &hub), ["50"]);

    world.wedsync.publish(&next(&|one| one.signed_by = SignedBy::Second)).expect("published");
    assert_eq!(refresh(&hub)["serial"], 5, "the second key takes the place of the first");
    assert_eq!(pages_of_an_import(&world, &hub), ["25"]);
    let asked = |log: Vec<hub_sandbox::wedsync::Exchange>| {
        log.into_iter()
            .filter(|one| one.route == Some("/definitions"))
            .map(|one| one.status)
            .collect::<Vec<_>>()
    };
    world.wedsync.clear_log();
    refresh(&hub);
    hub.run(&["connections"]).done();
    assert_eq!(
        asked(world.wedsync.log()),
        [304],
        "what is known is not sent again, and not asked for twice a day"
    );
}

#[test]
fn a_change_of_hosts_waits_for_a_persons_word_and_the_old_definition_runs() {
    let world = world_of(10);
    let directory = tempfile::tempdir().expect("a directory");
    let hub = at_work(&world, directory.path());
    let publish = |serial: u64, definition: Json| {
        let publication = Publication { serial, definitions: vec![definition], ..Publication::default() };
        world.wedsync.publish(&publication).expect("published");
        refresh(&hub)
    };
    publish(2, tave(12, 50, HOSTS));
    assert_eq!(pages_of_an_import(&world, &hub), ["50"]);

    let more = "hosts = [\"workspace.vsco.co\", \"eu.workspace.vsco.co\"]";
    let state = publish(3, tave(13, 25, more));
    let waiting = &state["connections"][0];
    assert_eq!((&waiting["name"], &waiting["off"]), (&json!("Tave"), &Json::Null), "by name: {state}");
    let differences = waiting["change"]["differences"].as_array().expect("what is different");
    assert_eq!(differences.len(), 1, "{state}");
    assert_eq!(differences[0]["id"], "definition.change.host_added");
    assert_eq!(differences[0]["params"]["host"], "eu.workspace.vsco.co");
    assert_eq!(pages_of_an_import(&world, &hub), ["50"], "until then by the one it went by");

    hub.run(&["definitions", "agree", "Tave"]).done();
    assert_eq!(refresh(&hub)["connections"], json!([]), "nothing waits any more");
    assert_eq!(pages_of_an_import(&world, &hub), ["25"]);
    publish(4, tave(14, 40, more));
    assert_eq!(pages_of_an_import(&world, &hub), ["40"], "what was agreed to is not asked again");
    let state = publish(5, tave(15, 20, "hosts = [\"workspace.vsco.co\", \"elsewhere.vsco.co\"]"));
    assert_eq!(
        state["connections"][0]["change"]["differences"].as_array().map(Vec::len),
        Some(2),
        "another change is asked about, by what is different from the present one: {state}"
    );
    assert_eq!(pages_of_an_import(&world, &hub), ["40"]);
}

#[test]
fn a_kill_switch_stops_an_import_in_its_middle_and_lets_it_go_on_when_it_is_lifted() {
    let world = world_of(40);
    let directory = tempfile::tempdir().expect("a directory");
    let hub = at_work(&world, directory.path());
    let control = world.crm.control();
    control.reset_log();
    control.latency(Duration::from_millis(400), Duration::from_millis(400));
    let running = hub.start(&["import"]);
    while control.log().len() < 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let off = json!({"provider": "tave", "route": "api", "operation": "read", "reason": "changed"});
    let publication =
        Publication { serial: 2, switches_serial: 2, disabled: vec![off], ..Publication::default() };
    world.wedsync.publish(&publication).expect("published");
    // By another process, which the one at work owns the profile for.
    let state = refresh(&hub);
    assert_eq!(state["connections"][0]["off"]["id"], "error.off.changed", "{state}");
    let ended = running.end();
    assert_eq!(ended.last()["state"], "paused", "held, not failed: {}", ended.out);
    let job_id = ended.last()["job_id"].as_str().expect("an id").to_owned();
    let shown = hub.run(&["jobs", "show", &job_id]).lines();
    let job = shown.into_iter().find(|line| line["id"] == job_id).expect("the job");
    assert_eq!(job["error"]["id"], "error.off.changed", "{job}");
    assert_eq!(job["error"]["params"]["provider"], "Tave");
    assert!(hub.run(&["review", "list"]).code() != 0, "nothing half-read was planned");

    control.latency(Duration::ZERO, Duration::ZERO);
    let sent = control.log().len();
    let again = hub.run(&["import"]);
    assert_eq!(again.last()["state"], "paused", "a new run is held with the same reason: {}", again.out);
    assert_ne!(hub.run(&["preview"]).code(), 0, "and so is everything else that would ask the CRM");
    assert_ne!(hub.run(&["test"]).code(), 0);
    assert_eq!(control.log().len(), sent, "not one request was sent meanwhile");

    // An older list of switches lifts nothing.
    let older = Publication { serial: 3, switches_serial: 1, ..Publication::default() };
    world.wedsync.publish(&older).expect("published");
    assert_eq!(refresh(&hub)["connections"][0]["off"]["id"], "error.off.changed");
    let lifted = Publication { serial: 4, switches_serial: 3, ..Publication::default() };
    world.wedsync.publish(&lifted).expect("published");
    let state = refresh(&hub);
    assert_eq!(state["connections"], json!([]), "nothing is off any more");
    let done = hub.run(&["jobs", "show", &job_id]).done().last();
    assert_eq!(done["state"], "waiting_review", "the job went on by itself: {done}");
    let pages = |path: &str| control.log().iter().filter(|row| row.path.ends_with(path)).count();
    assert_eq!(pages("/job-role"), 1, "from where it stopped: what was read is not read again");
    assert_eq!(hub.rows().len(), world.crm.book().expected().parties.len(), "nobody is missing");
}
