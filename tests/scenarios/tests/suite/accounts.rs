//! QuickBooks and Calendly with `hub` alone: from the sign-in or the token to WedSync and back.

use std::collections::BTreeMap;
use std::path::Path;

use hub_sandbox::book::BookSpec;
use hub_sandbox::wedsync::Config;
use hub_sandbox::{Calendly, SandboxConfig, World};
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
        let book = BookSpec::new(7, 20);
        let world = World::start(SandboxConfig::new(book), Config::default()).expect("the sandbox starts");
        let directory = tempfile::tempdir().expect("a directory");
        let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
        hub.sign_in();
        Desk { world, hub, _directory: directory }
    }

    fn import(&self) -> Json {
        self.hub.run(&["import"]).done().last()
    }

    /// Imports, uploads, imports again in vain, and undoes; what WedSync held in between.
    fn there_and_back(&self) -> BTreeMap<String, i64> {
        let untouched = cloud_digest(&self.world);
        self.hub.run(&["scope", "--agree"]).done();
        let job = self.import();
        assert_eq!(job["state"], "waiting_review", "{job}");
        assert_eq!(cloud_digest(&self.world), untouched, "a review uploads nothing");
        self.hub.decide_everything();
        self.hub.run(&["review", "approve"]).done();
        let pushed = self.hub.run(&["push"]).done().last();
        assert_eq!(pushed["state"], "done", "{pushed}");
        let counts = self.world.wedsync.counts(&login()).expect("counts");
        assert_eq!(self.import()["state"], "waiting_review");
        let moved: Vec<Json> = self.hub.rows().into_iter().filter(|row| row["kind"] != "unchanged").collect();
        assert!(moved.is_empty(), "the same book says nothing new: {moved:?}");
        let id = pushed["job_id"].as_str().expect("an id");
        assert_eq!(self.hub.run(&["undo", id]).done().last()["state"], "done");
        assert_eq!(cloud_digest(&self.world), untouched, "WedSync as before the upload");
        counts
    }
}

#[test]
fn quickbooks_is_signed_in_to_imported_uploaded_and_undone() {
    let desk = Desk::new();
    let quickbooks = desk.world.crm.quickbooks();
    let logins = quickbooks.logins().to_vec();
    let url = quickbooks.base_url();
    let made = desk.hub.connect_by_page("quickbooks", &url, &logins[0], None).done().last();
    assert_eq!(made["provider"], "quickbooks", "{made}");
    let name = made["name"].as_str().expect("a name").to_owned();

    // F36: a sign-in to another company is another account, and is taken back.
    let other = desk.hub.connect_by_page("quickbooks", &url, &logins[1], Some(&name));
    assert_eq!(other.code(), 1, "{} {}", other.out, other.err);
    assert_eq!(quickbooks.counts().revoked, 1, "what was granted for the other company is taken back");

    let counts = desk.there_and_back();
    let owed = quickbooks.owed();
    let sum = |count: &dyn Fn(&hub_sandbox::Owed) -> usize| owed.iter().map(count).sum::<usize>() as i64;
    let held = |kind: &str| counts.get(kind).copied().unwrap_or_default();
    assert_eq!(held("client"), owed.len() as i64, "{counts:?}");
    assert_eq!(held("project"), sum(&|one| one.jobs.len()), "{counts:?}");
    assert_eq!(held("invoice"), sum(&|one| one.invoices.len()), "{counts:?}");
    assert_eq!(held("payment"), sum(&|one| one.payments.len()), "{counts:?}");
    assert!(held("invoice") > 0 && held("payment") > 0, "{counts:?}");

    // F31: a token that ran out is renewed once.
    quickbooks.expire_access();
    let before = quickbooks.log().len();
    assert_eq!(desk.import()["state"], "waiting_review", "a token that ran out is no end");
    assert_eq!(quickbooks.counts().refreshed, 1);
    // F28, Inv 27: what changed, by Intuit's own clock, and no list a second time.
    let asked: Vec<_> = quickbooks.log().into_iter().skip(before).filter(|row| row.status == 200).collect();
    let ending = |end: &str| asked.iter().filter(|row| row.path.ends_with(end)).count();
    assert_eq!((ending("/cdc"), ending("/query") <= 1), (3, true), "{asked:?}");
    desk.hub.run(&["disconnect"]).done();
    assert_eq!(quickbooks.counts().revoked, 2, "QuickBooks was told");
}

#[test]
fn calendly_is_connected_by_its_token_imported_uploaded_and_undone() {
    let desk = Desk::new();
    let calendly = Calendly::start(7, 8, jiff::Timestamp::now()).expect("it starts");
    let (url, key) = (calendly.base_url(), format!("{}\n", Calendly::TOKEN));
    let line = ["connect", "calendly", "--base-url", &url, "--key-stdin"];
    let made = desk.hub.feed(&line, &key).done().last();
    assert_eq!(made["provider"], "calendly", "{made}");
    let counts = desk.there_and_back();
    let held = |kind: &str| counts.get(kind).copied().unwrap_or_default();
    // Of eight one booked ten years ago; one of the others booked twice, and one moved their booking.
    assert_eq!((held("client"), held("event"), held("project")), (7, 8, 0), "{counts:?}");

    calendly.refuse(Some(401));
    let ended = desk.hub.run(&["import"]);
    let job = &ended.lines()[0];
    assert_eq!(
        (&job["state"], &job["error"]["id"]),
        (&"waiting_auth".into(), &"error.crm.key_refused".into()),
        "{job}"
    );
}
