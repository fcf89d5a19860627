//! HoneyBook by its API with `hub` alone: signing in through WedSync's return page, and what becomes of a sign-in afterwards.

use std::path::Path;

use hub_sandbox::book::{BookSpec, ExpectedParty, ExpectedPerson};
use hub_sandbox::wedsync::Config;
use hub_sandbox::{AuthoritySwitches, CrmLogin, SandboxConfig, World};
use hub_scenarios::hub::Hub;
use serde_json::Value as Json;

use crate::hub_story::PROGRAM;
use crate::support::{cloud_digest, login};

struct Desk {
    world: World,
    hub: Hub,
    _directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        // Small enough that a story stays below the limit of requests a minute.
        let book = BookSpec::new(7, 12);
        let world = World::start(SandboxConfig::new(book), Config::default()).expect("the sandbox starts");
        let directory = tempfile::tempdir().expect("a directory");
        let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
        hub.sign_in();
        Desk { world, hub, _directory: directory }
    }

    /// The studio's own login, or the other studio's.
    fn login(&self, at: usize) -> CrmLogin {
        self.world.crm.honeybook().logins()[at].clone()
    }

    fn connected() -> Desk {
        let desk = Desk::new();
        let made = desk.hub.connect_honeybook(&desk.world, &desk.login(0), None).done().last();
        assert_eq!(made["provider"], "honeybook", "{made}");
        desk.hub.run(&["scope", "--agree"]).done();
        desk
    }

    fn import(&self) -> Json {
        self.hub.run(&["import"]).done().last()
    }
}

fn full(person: &ExpectedPerson) -> String {
    format!("{} {}", person.first_name, person.last_name.clone().unwrap_or_default()).trim().to_owned()
}

/// Everybody of a party, by name: HoneyBook knows a paying mother as a client like the couple.
fn names(party: &ExpectedParty) -> Vec<String> {
    let mut names: Vec<String> = party.people.iter().take(2).map(full).collect();
    names.sort();
    names
}

#[test]
fn honeybook_is_signed_in_to_imported_uploaded_and_undone() {
    let desk = Desk::connected();
    let honeybook = desk.world.crm.honeybook();
    let untouched = cloud_digest(&desk.world);
    let expected = desk.world.crm.book().expected();

    assert_eq!(desk.import()["state"], "waiting_review");
    let rows = desk.hub.rows();
    let mut unseen: Vec<Vec<String>> = expected.parties.iter().map(names).collect();
    let mut strangers = Vec::new();
    for row in &rows {
        let mut shown: Vec<String> = row["summary"]["names"]
            .as_array()
            .expect("names")
            .iter()
            .map(|name| name.as_str().expect("a name").to_owned())
            .collect();
        shown.sort();
        match unseen.iter().position(|own| *own == shown) {
            Some(at) => drop(unseen.remove(at)),
            None => strangers.push(shown),
        }
    }
    assert_eq!((&strangers, &unseen), (&Vec::new(), &Vec::new()), "nobody invented, nobody lost");
    assert_eq!(cloud_digest(&desk.world), untouched, "a review uploads nothing");

    desk.hub.decide_everything();
    desk.hub.run(&["review", "approve"]).done();
    let pushed = desk.hub.run(&["push"]).done().last();
    assert_eq!(pushed["state"], "done", "{pushed}");
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    let jobs: usize = expected.parties.iter().map(|party| party.jobs.len()).sum();
    assert_eq!(counts.get("client").copied(), Some(expected.parties.len() as i64), "{counts:?}");
    assert_eq!(counts.get("project").copied(), Some(jobs as i64), "{counts:?}");

    assert_eq!(desk.import()["state"], "waiting_review");
    let moved: Vec<Json> = desk.hub.rows().into_iter().filter(|row| row["kind"] != "unchanged").collect();
    assert!(moved.is_empty(), "the same book says nothing new: {moved:?}");

    let id = pushed["job_id"].as_str().expect("an id");
    assert_eq!(desk.hub.run(&["undo", id]).done().last()["state"], "done");
    assert_eq!(cloud_digest(&desk.world), untouched, "WedSync as before the upload");

    let given = honeybook.counts();
    assert_eq!((given.exchanged, given.refreshed, given.refused), (1, 0, 0), "one sign-in did: {given:?}");
    desk.hub.run(&["disconnect"]).done();
    assert_eq!(honeybook.counts().revoked, 1, "HoneyBook was told");
}

#[test]
fn f31_f32_a_token_that_ran_out_is_renewed_once_and_a_lost_answer_is_survived() {
    let desk = Desk::connected();
    let honeybook = desk.world.crm.honeybook();
    honeybook.expire_access();
    assert_eq!(desk.import()["state"], "waiting_review", "a token that ran out is no end");
    assert_eq!(honeybook.counts().refreshed, 1, "renewed once, and used from then on");

    // The next answer is lost after the token was rotated: the old one is all there is, and it is shown again.
    honeybook.expire_access();
    honeybook.switch(AuthoritySwitches { lose_answers: 1, ..AuthoritySwitches::default() });
    assert_eq!(desk.import()["state"], "waiting_review", "a CRM that forgives gives another");
    let given = honeybook.counts();
    assert_eq!((given.refreshed, given.refused), (3, 0), "{given:?}");
}

#[test]
fn f34_a_revoked_sign_in_waits_for_the_person_and_goes_on_with_the_new_one() {
    let desk = Desk::connected();
    let honeybook = desk.world.crm.honeybook();
    honeybook.revoke_all();
    let ended = desk.hub.run(&["import"]);
    let job = &ended.lines()[0];
    assert_eq!(job["state"], "waiting_auth", "{} {}", ended.out, ended.err);
    let told = (&job["error"]["id"], &job["error"]["params"]["action"]);
    assert_eq!(
        told,
        (&"error.crm.sign_in_ended".into(), &"sign_in_again".into()),
        "one sentence, one action"
    );
    assert_eq!(honeybook.counts().refused, 1, "asked once, not in a loop");

    // F36: a sign-in to another account changes nothing, and is taken back.
    let name = desk.hub.run(&["connections"]).done().last()["connections"][0]["name"].clone();
    let name = name.as_str().expect("a name").to_owned();
    let other = desk.hub.connect_honeybook(&desk.world, &desk.login(1), Some(&name));
    assert_eq!(other.code(), 1, "{} {}", other.out, other.err);
    assert_eq!(honeybook.counts().revoked, 1, "what was granted for the other account is taken back");

    desk.hub.connect_honeybook(&desk.world, &desk.login(0), Some(&name)).done();
    let job = desk.hub.run(&["import"]).done().last();
    assert_eq!(job["state"], "waiting_review", "{job}");
    assert_eq!(desk.hub.rows().len(), 12, "everybody, and nobody of the other account");
}

#[test]
fn f35_a_sign_in_that_allows_less_connects_nothing() {
    let desk = Desk::new();
    let honeybook = desk.world.crm.honeybook();
    let withheld = vec!["workspaces.read".to_owned()];
    honeybook.switch(AuthoritySwitches { withheld, ..AuthoritySwitches::default() });
    let ended = desk.hub.connect_honeybook(&desk.world, &desk.login(0), None);
    assert_eq!(ended.code(), 1, "{} {}", ended.out, ended.err);
    let told = format!("{}{}", ended.out, ended.err);
    assert!(told.contains("workspaces.read"), "what is missing is named: {told}");
    let held = desk.hub.run(&["connections"]).done().last();
    assert_eq!(held["connections"].as_array().map(Vec::len), Some(0), "nothing is half connected");
    assert_eq!(honeybook.counts().revoked, 1, "and nothing is left granted");
}
