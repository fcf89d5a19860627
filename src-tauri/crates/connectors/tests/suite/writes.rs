//! Writing over real HTTP: the contract for each CRM that is written to, and what only one of them does.

mod stand;

use std::sync::Arc;

use hub_connectors::definition::{embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, DefinedWriter, Definition, Pause, Reach, embedded, messages,
};
use hub_core::ports::{Clock, CrmWrite, CrmWriter, RequestBudget, Secret, WriteKind, WriteOutcome};
use hub_core::record::{FieldMap, RecordType};
use hub_sandbox::book::Stream;
use hub_sandbox::{Fault, Scope};
use hub_testkit::fakes::MemoryBudget;
use hub_testkit::{WriteBreak, WriteStand};
use serde_json::{Value as Json, json};

use crate::support::{Jump, StillClock};
use stand::{Crm, Stand};

mod honeybook {
    use super::{Crm, Stand};

    hub_testkit::crm_writer!(Stand::new(Crm::HoneyBook));
}

mod google {
    use super::{Crm, Stand};

    hub_testkit::crm_writer!(Stand::new(Crm::Google));
}

mod quickbooks {
    use super::{Crm, Stand};

    hub_testkit::crm_writer!(Stand::new(Crm::QuickBooks));
}

mod tave {
    use super::{Crm, Stand};

    hub_testkit::crm_writer!(Stand::new(Crm::Tave));
}

fn change(stand: &Stand, set: &[(&str, Json)], clear: &[&str]) -> CrmWrite {
    let somebody = stand.somebody();
    let was = |name: &str| (name.to_owned(), somebody.fields.get(name).cloned().unwrap_or(Json::Null));
    CrmWrite {
        op_id: "0193e0c0-0000-7000-8000-000000000001".to_owned(),
        record_type: RecordType::Person,
        kind: WriteKind::Update,
        under: stand.under(&somebody.id),
        id: Some(somebody.id.clone()),
        version: somebody.version.clone(),
        was: set.iter().map(|(name, _)| *name).chain(clear.iter().copied()).map(was).collect(),
        set: set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        clear: clear.iter().map(|name| (*name).to_owned()).collect(),
        others: Default::default(),
        sent: None,
    }
}

async fn write(stand: &Stand, op: &CrmWrite) -> WriteOutcome {
    stand.writer.write(op, &|| 120_000).await
}

#[tokio::test]
async fn google_f56_an_etag_that_moves_by_itself_stops_nothing_and_overwrites_nobody() {
    let stand = Stand::new(Crm::Google);
    let google = stand.sandbox.google();
    let op = change(&stand, &[("company_name", json!("Wells Ltd"))], &[]);
    let id = op.id.clone().unwrap();
    assert!(google.touch_contact(&id), "another etag, the same contact");
    assert!(matches!(write(&stand, &op).await, WriteOutcome::Written(_)), "nothing of it changed");

    // With nothing but the etag to go by, another one is somebody else's change.
    let blind =
        CrmWrite { was: FieldMap::new(), ..change(&stand, &[("company_name", json!("Frome Ltd"))], &[]) };
    google.touch_contact(&id);
    assert!(matches!(write(&stand, &blind).await, WriteOutcome::Conflict { .. }));

    google.withhold_etag(true);
    let op = change(&stand, &[("company_name", json!("Frome Ltd"))], &[]);
    let WriteOutcome::Written(done) = write(&stand, &op).await else { panic!("written") };
    assert_eq!(done.version, google.etag(&id), "an answer without an etag: it is read");
}

#[tokio::test]
async fn google_a_change_of_the_main_entry_leaves_the_others_and_their_order_is_nothing() {
    let stand = Stand::new(Crm::Google);
    let google = stand.sandbox.google();
    let id = stand.somebody().id;
    google.change_contact(&id, |person| {
        person.emails = ["main@x.example", "work@x.example", "old@x.example"].map(str::to_owned).into();
        person.phones = vec!["01632 960111".to_owned()];
        (person.company, person.title) = ("Bath Ltd".to_owned(), "Florist".to_owned());
    });
    google.shuffle();
    let op = change(&stand, &[("email", json!("new@x.example"))], &["company_name"]);
    let WriteOutcome::Written(done) = write(&stand, &op).await else { panic!("written") };
    assert_eq!(done.differs, FieldMap::new());
    let person = stand.google_person(&id).unwrap();
    let mut emails = person.emails.clone();
    emails.sort();
    assert_eq!(emails, ["new@x.example", "old@x.example", "work@x.example"], "the others are kept");
    assert_eq!(
        (person.company.as_str(), person.title.as_str()),
        ("", "Florist"),
        "one part of an entry emptied"
    );
    assert_eq!(person.phones, ["01632 960111"], "and what no mask names is not touched");
    let masks: Vec<String> =
        google.log().into_iter().filter(|row| row.method == "PATCH").map(|row| row.query).collect();
    assert!(masks[0].ends_with("updatePersonFields=emailAddresses%2Corganizations"), "{masks:?}");
}

#[tokio::test]
async fn google_f30_a_search_that_does_not_show_what_is_new_proves_nothing_before_its_time() {
    let stand = Stand::new(Crm::Google);
    let google = stand.sandbox.google();
    google.search_lags(true);
    let mut op = CrmWrite {
        kind: WriteKind::Create,
        id: None,
        version: None,
        was: FieldMap::new(),
        ..change(&stand, &[("first_name", json!("Nadia")), ("email", json!("nadia@new.example"))], &[])
    };
    stand.break_next(WriteBreak::ReplyLost);
    let began = stand.now();
    assert!(matches!(write(&stand, &op).await, WriteOutcome::Unknown { .. }));
    stand.heal();
    op.sent = Some(began);
    let outcome = write(&stand, &op).await;
    let WriteOutcome::Later { after: Some(after), .. } = outcome else { panic!("not yet: {outcome:?}") };
    assert!((1..=300).contains(&after), "until it must be found: {after}");
    assert_eq!(
        stand.with_email("nadia@new.example"),
        1,
        "nothing is sent on the word of a search that is behind"
    );
    google.search_lags(false);
    stand.pass(after);
    let WriteOutcome::Written(done) = write(&stand, &op).await else { panic!("found by its mark") };
    assert_eq!(stand.google_person(&done.id).unwrap().client_data[0].1, op.op_id);
    assert_eq!(stand.with_email("nadia@new.example"), 1);
}

#[tokio::test]
async fn google_and_honeybook_ask_for_what_writing_needs_and_a_sign_in_without_it_is_told() {
    for (crm, scope) in
        [(Crm::HoneyBook, "contacts.write"), (Crm::Google, "https://www.googleapis.com/auth/contacts")]
    {
        let stand = Stand::new(crm);
        assert!(stand.writer.scopes().contains(scope), "{crm:?}");
        // Not let in: the same as a sign-in that reads alone.
        stand.on_writes(None, &Fault::Status { status: 403 });
        let op = change(&stand, &[("company_name", json!("Wells Ltd"))], &[]);
        let outcome = write(&stand, &op).await;
        let WriteOutcome::SignIn { why } = outcome else { panic!("{crm:?}: {outcome:?}") };
        assert_eq!(why.message_id, messages::SIGN_IN_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn honeybook_f16_a_contact_is_compared_with_what_its_workspace_shows_or_not_changed() {
    let stand = Stand::new(Crm::HoneyBook);
    let op = change(&stand, &[("phone", json!({"e164": "+441632960111", "text": "01632 960111"}))], &[]);
    let unseen = CrmWrite { under: None, ..op.clone() };
    let outcome = write(&stand, &unseen).await;
    assert!(
        matches!(&outcome, WriteOutcome::Refused { why, .. } if why.message_id == messages::WRITE_NOT_COMPARED)
    );
    let unknown = CrmWrite { was: FieldMap::new(), ..op };
    let outcome = write(&stand, &unknown).await;
    assert!(
        matches!(&outcome, WriteOutcome::Refused { why, .. } if why.message_id == messages::WRITE_NOT_COMPARED),
        "without a version and without what was there, nothing is overwritten: {outcome:?}"
    );
    assert_eq!(stand.writes(), 0);
}

#[tokio::test]
async fn quickbooks_a_name_that_somebody_has_is_refused_with_its_field() {
    let stand = Stand::new(Crm::QuickBooks);
    let held = stand.somebody().fields;
    let op = CrmWrite {
        kind: WriteKind::Create,
        id: None,
        version: None,
        was: FieldMap::new(),
        set: ["first_name", "last_name"]
            .into_iter()
            .map(|name| (name.to_owned(), held[name].clone()))
            .collect(),
        ..change(&stand, &[], &[])
    };
    let before = stand.sandbox.quickbooks().customers().len();
    let WriteOutcome::Refused { code, .. } = write(&stand, &op).await else { panic!("refused") };
    assert_eq!(code.as_deref(), Some("6240"), "its own code");
    assert_eq!(stand.sandbox.quickbooks().customers().len(), before);
    stand.company_is_refused();
    let op = change(&stand, &[("company_name", json!("Wells Ltd"))], &[]);
    let WriteOutcome::Refused { field, .. } = write(&stand, &op).await else { panic!("refused") };
    assert_eq!(field.as_deref(), Some("company_name"), "in WedSync's words");
}

#[tokio::test]
async fn inv_08_nothing_is_written_that_a_person_did_not_agree_to_as_it_stands() {
    let text = embedded_text("google_contacts").unwrap();
    let own = parse(text).unwrap();
    let agreed = DefinedWriter::agreement(&own);
    let changed = parse(&text.replace("notes = \"biographies.0.value\"\n", "")).unwrap();
    assert_ne!(agreed, DefinedWriter::agreement(&changed), "other fields are another agreement");
    let renamed = parse(&text.replace("name = \"Google Contacts\"", "name = \"Contacts\"")).unwrap();
    assert_eq!(agreed, DefinedWriter::agreement(&renamed), "its name is none of it");

    let stand = Stand::new(Crm::Google);
    let clock = StillClock::new();
    let parts = |definition: Definition| ConnectorParts {
        definition: Arc::new(definition),
        base_url: Some(stand.sandbox.google().people_url()),
        credential: Credential::key(Secret::new("k"), stand.sandbox.google().people_url()),
        account: "a".to_owned(),
        known: None,
        time_zone: None,
        reach: Reach::LoopbackToo,
        budget: Arc::<MemoryBudget>::default() as Arc<dyn RequestBudget>,
        pause: Arc::new(Jump::new(&clock)) as Arc<dyn Pause>,
        clock: clock.clone() as Arc<dyn Clock>,
    };
    for (definition, said) in [(changed, agreed.as_str()), (own, "")] {
        let refused = DefinedWriter::new(parts(definition), said).err().expect("not agreed to");
        assert_eq!(refused.message_id, messages::WRITE_NOT_ON);
    }
    let silent = embedded("calendly").unwrap().unwrap();
    let agreed = DefinedWriter::agreement(&silent);
    let refused = DefinedWriter::new(parts(silent), &agreed).err().expect("no rule");
    assert_eq!(refused.message_id, messages::WRITE_NOT_OFFERED);
}

#[tokio::test]
async fn tave_a_whole_record_is_sent_as_it_was_read_and_a_deletion_compares_first() {
    let stand = Stand::new(Crm::Tave);
    let before = stand.find(&stand.somebody().id).unwrap();
    let op = change(&stand, &[("job_title", json!("Florist"))], &[]);
    let op = CrmWrite { was: FieldMap::from([("job_title".to_owned(), before["jobTitle"].clone())]), ..op };
    let WriteOutcome::Written(done) = write(&stand, &op).await else { panic!("written") };
    let after = stand.find(&done.id).unwrap();
    for (name, value) in before.as_object().unwrap() {
        if !["jobTitle", "modified"].contains(&name.as_str()) {
            assert_eq!(&after[name], value, "{name} is as it was");
        }
    }
    assert_eq!(after["jobTitle"], "Florist");

    let somebody = stand.somebody();
    let delete = CrmWrite {
        kind: WriteKind::Delete,
        was: FieldMap::from([("email".to_owned(), json!("somebody@else.example"))]),
        set: FieldMap::new(),
        version: None,
        ..op
    };
    assert!(matches!(write(&stand, &delete).await, WriteOutcome::Conflict { .. }), "not who was looked at");
    assert!(stand.find(&somebody.id).is_some(), "inv 2: delete never beats edit");
    let unlooked = CrmWrite { was: FieldMap::new(), ..delete.clone() };
    assert!(
        matches!(write(&stand, &unlooked).await, WriteOutcome::Refused { .. }),
        "nothing to compare with"
    );
    let looked =
        CrmWrite { was: FieldMap::from([("email".to_owned(), somebody.fields["email"].clone())]), ..delete };
    stand.fault(
        Scope { method: Some("DELETE".to_owned()), count: Some(1), ..Scope::all() },
        Fault::Unanswered { stall_ms: 5 },
    );
    assert!(matches!(write(&stand, &looked).await, WriteOutcome::Unknown { .. }));
    let again = CrmWrite { sent: Some(stand.now()), ..looked };
    assert_eq!(
        write(&stand, &again).await,
        WriteOutcome::Gone,
        "it is not there, and nothing else is deleted"
    );
}

#[tokio::test]
async fn tave_a_job_is_changed_with_its_day_and_a_number_and_emptied() {
    let stand = Stand::new(Crm::Tave);
    let (_, party) = stand.sandbox.book().party(4);
    let id = party.jobs[0].id;
    let held = || stand.sandbox.control().record(Stream::Job, id).unwrap();
    let before = held();
    let op = CrmWrite {
        record_type: RecordType::Project,
        id: Some(id.to_string()),
        version: before["modified"].as_str().map(str::to_owned),
        was: FieldMap::new(),
        set: FieldMap::from([
            ("wedding_date".to_owned(), json!("2027-06-12")),
            ("guest_count".to_owned(), json!("120")),
        ]),
        clear: ["name".to_owned()].into(),
        ..change(&stand, &[], &[])
    };
    let WriteOutcome::Written(done) = write(&stand, &op).await else { panic!("written") };
    assert_eq!(done.differs, FieldMap::new());
    let after = held();
    assert_eq!(
        (&after["eventDate"], &after["guestCount"], &after["name"]),
        (&json!("2027-06-12"), &json!(120), &Json::Null)
    );
    assert_eq!(after["jobTypeId"], before["jobTypeId"]);
    assert_eq!(done.version.as_deref(), after["modified"].as_str(), "the version that it has now (F43)");
}
