//! Google Contacts with `hub` alone: signing in on this computer, reading by what changed, and what becomes of a token and a
//! sign-in afterwards.

use std::collections::BTreeMap;
use std::path::Path;

use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::Config;
use hub_sandbox::{AuthoritySwitches, CrmLogin, Google, GooglePerson, SandboxConfig, World};
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
        let world =
            World::start(SandboxConfig::new(BookSpec::new(7, 12)), Config::default()).expect("it starts");
        let directory = tempfile::tempdir().expect("a directory");
        let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
        hub.sign_in();
        Desk { world, hub, _directory: directory }
    }

    fn google(&self) -> &Google {
        self.world.crm.google()
    }

    /// The studio's own login, or somebody else's.
    fn login(&self, at: usize) -> CrmLogin {
        self.google().logins()[at].clone()
    }

    fn connected() -> Desk {
        let desk = Desk::new();
        let made = desk.hub.connect_google(&desk.world, &desk.login(0), None).done().last();
        assert_eq!(made["provider"], "google_contacts", "{made}");
        assert_eq!(made["account_name"], "sarah@harlowandfinch.example", "whose account it is: {made}");
        desk.hub.run(&["scope", "--agree"]).done();
        desk
    }

    /// Imports; what was asked for of the list.
    fn import(&self) -> Vec<String> {
        self.google().reset_log();
        let job = self.hub.run(&["import"]).done().last();
        assert_eq!(job["state"], "waiting_review", "{job}");
        let log = self.google().log();
        log.into_iter().filter(|row| row.path.ends_with("/connections")).map(|row| row.query).collect()
    }

    /// Rows of the review by their kind.
    fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for row in self.hub.rows() {
            *kinds.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
        }
        kinds
    }

    fn upload(&self) -> Json {
        // A firm without anybody's name is nobody whom a list of clients could name: it is left out.
        for row in self.hub.waiting("problem") {
            self.hub.run(&["review", "reject", &row]).done();
        }
        self.hub.decide_everything();
        self.hub.run(&["review", "approve"]).done();
        self.hub.run(&["push"]).done().last()
    }
}

/// Readings that began with a token, and such as read everything; a look asks for neither.
fn readings(queries: &[String]) -> (usize, usize) {
    let of = |wanted: &dyn Fn(&String) -> bool| queries.iter().filter(|query| wanted(query)).count();
    let by_token = of(&|query| query.contains("syncToken="));
    (by_token, of(&|query| query.contains("requestSyncToken=true")) - by_token)
}

#[test]
fn google_contacts_are_signed_in_to_read_by_what_changed_and_uploaded() {
    let desk = Desk::connected();
    let people = desk.google().contacts();
    assert_eq!(readings(&desk.import()), (0, 1), "everything, once");
    assert_eq!(desk.hub.rows().len(), people.len(), "nobody invented, nobody lost");
    assert_eq!(desk.upload()["state"], "done");
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    assert_eq!(counts.get("project"), None, "no job was made up: {counts:?}");
    let clients = counts.get("client").copied().unwrap_or_default();
    assert!(clients > 10, "{counts:?}");

    desk.google()
        .change_contact(&people[2].resource, |person| person.emails = vec!["new@moved.example".into()]);
    desk.google().delete_contact(&people[4].resource);
    desk.google().add_contact(GooglePerson {
        given: "Nadia".to_owned(),
        family: "Novak".to_owned(),
        emails: vec!["nadia@novak.example".to_owned()],
        ..GooglePerson::default()
    });
    assert_eq!(readings(&desk.import()), (1, 0), "inv 27: only what changed is read");
    let kinds = desk.kinds();
    let of = |kind: &str| kinds.get(kind).copied().unwrap_or_default();
    assert_eq!((of("changed"), of("new")), (1, 1), "exactly that is planned: {kinds:?}");
    assert_eq!(kinds.values().sum::<usize>(), people.len(), "one came, one went: {kinds:?}");
    assert_eq!(desk.upload()["state"], "done");
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    assert_eq!(counts.get("client").copied(), Some(clients + 1), "{counts:?}");

    // inv 28, F28: the token runs out. Everything is read, and nothing of it is written again.
    let held = cloud_digest(&desk.world);
    desk.google().pass_days(8);
    desk.google().shuffle();
    assert_eq!(readings(&desk.import()), (1, 1), "the token was refused, then everything was read");
    let kinds = desk.kinds();
    let moved = |kinds: &BTreeMap<String, usize>| -> usize {
        ["new", "changed", "conflict"].iter().filter_map(|kind| kinds.get(*kind)).sum()
    };
    assert_eq!(moved(&kinds), 0, "not one surplus write: {kinds:?}");
    assert_eq!(kinds.values().sum::<usize>(), people.len(), "and who was deleted is not back: {kinds:?}");
    assert_eq!(readings(&desk.import()), (1, 0), "and from its end what changed is read again");
    assert_eq!(moved(&desk.kinds()), 0);
    assert_eq!(cloud_digest(&desk.world), held);

    let given = desk.google().counts();
    assert_eq!((given.exchanged, given.refreshed, given.refused), (1, 0, 0), "one sign-in did: {given:?}");
    desk.hub.run(&["disconnect"]).done();
    assert_eq!(desk.google().counts().revoked, 1, "Google was told");
}

#[test]
fn f31_a_refresh_token_that_does_not_rotate_goes_on_and_on() {
    let desk = Desk::connected();
    for refreshed in 1..=3 {
        desk.google().expire_access();
        desk.import();
        assert_eq!(desk.google().counts().refreshed, refreshed, "renewed once each time");
    }
    assert_eq!(desk.google().counts().refused, 0);
}

#[test]
fn f34_f35_f36_another_account_and_fewer_permissions_connect_nothing() {
    let desk = Desk::connected();
    desk.import();
    desk.google().revoke_all();
    let ended = desk.hub.run(&["import"]);
    let job = &ended.lines()[0];
    assert_eq!(job["state"], "waiting_auth", "{} {}", ended.out, ended.err);
    assert_eq!(job["error"]["id"], "error.crm.sign_in_ended");

    let name = desk.hub.run(&["connections"]).done().last()["connections"][0]["name"].clone();
    let name = name.as_str().expect("a name").to_owned();
    let other = desk.hub.connect_google(&desk.world, &desk.login(1), Some(&name));
    assert_eq!(other.code(), 1, "F36: {} {}", other.out, other.err);
    let before = desk.google().counts().revoked;
    assert!(before > 0, "what was granted for the other account is taken back");

    let contacts = "https://www.googleapis.com/auth/contacts.readonly".to_owned();
    desk.google()
        .switch(AuthoritySwitches { withheld: vec![contacts.clone()], ..AuthoritySwitches::default() });
    let less = desk.hub.connect_google(&desk.world, &desk.login(0), Some(&name));
    assert_eq!(less.code(), 1, "F35: a box that was left unticked: {} {}", less.out, less.err);
    assert!(format!("{}{}", less.out, less.err).contains(&contacts), "what is missing is named");

    desk.google().heal();
    desk.hub.connect_google(&desk.world, &desk.login(0), Some(&name)).done();
    assert_eq!(readings(&desk.import()), (1, 0), "the token that was given before is still good");
}
