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

    /// What the review would do to WedSync.
    fn moved(&self) -> Vec<Json> {
        self.hub.rows().into_iter().filter(|row| row["kind"] != "unchanged").collect()
    }

    /// Approves everything and uploads it.
    fn upload(&self) -> Json {
        self.hub.decide_everything();
        self.hub.run(&["review", "approve"]).done();
        let pushed = self.hub.run(&["push"]).done().last();
        assert_eq!(pushed["state"], "done", "{pushed}");
        pushed
    }

    /// How many of each kind WedSync holds.
    fn held(&self) -> BTreeMap<String, i64> {
        self.world.wedsync.counts(&login()).expect("counts")
    }

    /// Imports, uploads, imports again in vain, and undoes; what WedSync held in between.
    fn there_and_back(&self) -> BTreeMap<String, i64> {
        let untouched = cloud_digest(&self.world);
        self.hub.run(&["scope", "--agree"]).done();
        let job = self.import();
        assert_eq!(job["state"], "waiting_review", "{job}");
        assert_eq!(cloud_digest(&self.world), untouched, "a review uploads nothing");
        let pushed = self.upload();
        let counts = self.held();
        assert_eq!(self.import()["state"], "waiting_review");
        let moved = self.moved();
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
fn inv_02_what_is_deleted_at_quickbooks_stays_in_wedsync() {
    let desk = Desk::new();
    let quickbooks = desk.world.crm.quickbooks();
    let (login, url) = (quickbooks.logins()[0].clone(), quickbooks.base_url());
    desk.hub.connect_by_page("quickbooks", &url, &login, None).done();
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(desk.import()["state"], "waiting_review");
    let there = desk.hub.rows().len();
    desk.upload();
    let (held, untouched) = (desk.held(), cloud_digest(&desk.world));

    // One of each is deleted there: a customer, and somebody else's invoice and payment. Another one's name changes.
    let id_of = |record: &Json| record["Id"].as_str().expect("an id").to_owned();
    let customers: Vec<String> = quickbooks.customers().iter().map(id_of).collect();
    assert!(quickbooks.take_customer(&customers[0]));
    for entity in ["Invoice", "Payment"] {
        let records = quickbooks.records(entity);
        let mut others = records.iter().filter(|one| one["CustomerRef"]["value"] != customers[0].as_str());
        assert!(quickbooks.take(entity, &id_of(others.next().expect("somebody else's"))), "{entity}");
    }
    assert!(quickbooks.change_customer(&customers[5], "GivenName", "Marigold".into()));
    let before = quickbooks.log().len();
    assert_eq!(desk.import()["state"], "waiting_review");
    let asked: Vec<String> = quickbooks.log().into_iter().skip(before).map(|row| row.path).collect();
    assert_eq!(asked.iter().filter(|path| path.ends_with("/cdc")).count(), 3, "{asked:?}");
    assert!(asked.len() <= 4, "whose company it is, and no list a second time: {asked:?}");

    // The customer leaves the review; the one change is all that is done.
    assert_eq!(desk.hub.rows().len(), there - 1);
    let moved = desk.moved();
    let told: Vec<_> =
        moved.iter().map(|row| (&row["kind"], &row["ops"], &row["marks"][0]["field"])).collect();
    assert_eq!(told, [(&"changed".into(), &1.into(), &"first_name".into())], "{moved:?}");
    assert_eq!(cloud_digest(&desk.world), untouched);
    desk.upload();
    assert_eq!(desk.held(), held, "WedSync has all that it had");
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
