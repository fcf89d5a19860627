//! What a [`CrmWriter`] promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::task::Poll;

use hub_core::ports::{
    CrmRecord, CrmWrite, CrmWriter, LostReply, Writable, WriteKind, WriteOutcome, Written,
};
use hub_core::record::{FieldMap, RecordType};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// How the next write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteBreak {
    /// It is carried out and the answer never comes (F5).
    ReplyLost,
    /// It is carried out and answered with a failure all the same (F62).
    FailsAfter,
    /// It is not carried out, and answered with a failure (F15).
    FailsBefore,
    /// It is not carried out, because there were too many (F13).
    TooMany,
}

/// A CRM that suites may mistreat, with a writer of its persons.
pub trait WriteStand {
    /// The writer.
    fn writer(&self) -> &dyn CrmWriter;
    /// Somebody who is there, as a connector read them.
    fn somebody(&self) -> CrmRecord;
    /// Id of the record under which the CRM shows a person.
    fn under(&self, _id: &str) -> Option<String> {
        None
    }
    /// What the CRM itself holds of somebody: `first_name`, `last_name`, `email`, `company_name`, as texts.
    fn held(&self, id: &str) -> Option<FieldMap>;
    /// How many persons there have this address.
    fn with_email(&self, email: &str) -> usize;
    /// Somebody changes the employer of a person there.
    fn change_company(&self, id: &str, company: &str);
    /// Somebody deletes a person there.
    fn delete(&self, id: &str);
    /// Requests so far that were not to read.
    fn writes(&self) -> usize;
    /// All requests so far.
    fn requests(&self) -> usize;
    /// The next write goes wrong.
    fn break_next(&self, how: WriteBreak);
    /// What is written to the employer is stored as this, or is not stored at all.
    fn company_becomes(&self, stored: Option<&str>);
    /// The employer is refused.
    fn company_is_refused(&self);
    /// Answers to writes take a moment.
    fn slow(&self);
    /// Everything goes right again.
    fn heal(&self);
    /// The sign-in is over.
    fn revoke(&self);
    /// So many seconds pass.
    fn pass(&self, seconds: u32);
    /// Now.
    fn now(&self) -> Timestamp;
    /// Writes that came while another was not answered yet.
    fn overlapping(&self) -> usize;
}

/// Enough of a lease.
const LEASE: &(dyn Fn() -> u64 + Send + Sync) = &|| 120_000;

fn create(op_id: &str, email: &str) -> CrmWrite {
    let set = [("first_name", "Nadia"), ("last_name", op_id), ("email", email), ("company_name", "Bath Ltd")];
    CrmWrite {
        op_id: op_id.to_owned(),
        record_type: RecordType::Person,
        kind: WriteKind::Create,
        id: None,
        under: None,
        version: None,
        was: FieldMap::new(),
        set: set.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect(),
        clear: BTreeSet::new(),
        others: BTreeSet::new(),
        sent: None,
    }
}

/// A new employer for somebody, decided on what was read of them.
fn update(stand: &dyn WriteStand, op_id: &str, company: &str) -> CrmWrite {
    let somebody = stand.somebody();
    let was = somebody.fields.get("company_name").cloned().unwrap_or(Json::Null);
    CrmWrite {
        kind: WriteKind::Update,
        under: stand.under(&somebody.id),
        id: Some(somebody.id),
        version: somebody.version,
        was: FieldMap::from([("company_name".to_owned(), was)]),
        set: FieldMap::from([("company_name".to_owned(), json!(company))]),
        ..create(op_id, "")
    }
}

fn id_of(op: &CrmWrite) -> &str {
    op.id.as_deref().expect("of somebody who is there")
}

fn rule(stand: &dyn WriteStand, kind: WriteKind) -> Writable {
    let all = stand.writer().writable();
    let found = all.into_iter().find(|one| one.record_type == RecordType::Person && one.kind == kind);
    found.expect("persons are made and changed")
}

/// What an engine does with an operation that is not settled: keeps that it may have left, waits, gives it again.
async fn settle(stand: &dyn WriteStand, op: &CrmWrite) -> WriteOutcome {
    let mut op = op.clone();
    let mut last = None;
    for _ in 0..8 {
        let began = stand.now();
        let outcome = stand.writer().write(&op, LEASE).await;
        match &outcome {
            WriteOutcome::Unknown { id, .. } => {
                op.sent.get_or_insert(began);
                op.id = op.id.or_else(|| id.clone());
            }
            WriteOutcome::Later { after, .. } => stand.pass(after.unwrap_or(60)),
            WriteOutcome::Written(_)
            | WriteOutcome::Conflict { .. }
            | WriteOutcome::Gone
            | WriteOutcome::Candidates { .. }
            | WriteOutcome::Refused { .. }
            | WriteOutcome::SignIn { .. } => return outcome,
        }
        last = Some(outcome);
    }
    last.expect("at least one outcome")
}

#[track_caller]
fn written(outcome: WriteOutcome) -> Written {
    match outcome {
        WriteOutcome::Written(written) => written,
        other => panic!("written was expected, and came {other:?}"),
    }
}

fn text<'a>(fields: &'a FieldMap, name: &str) -> &'a str {
    fields.get(name).and_then(Json::as_str).unwrap_or_default()
}

pub async fn a_new_person_is_made_and_read_back(stand: &dyn WriteStand) {
    let made = written(stand.writer().write(&create("op-1", "nadia@new.example"), LEASE).await);
    assert_eq!(made.differs, FieldMap::new(), "stored as it was sent");
    let held = stand.held(&made.id).expect("it is there");
    assert_eq!((text(&held, "first_name"), text(&held, "last_name")), ("Nadia", "op-1"));
    assert_eq!((text(&held, "email"), text(&held, "company_name")), ("nadia@new.example", "Bath Ltd"));
    assert_eq!(stand.writes(), 1, "by one write");
}

pub async fn inv_20_a_new_person_is_made_once_despite_lost_replies(stand: &dyn WriteStand) {
    for (at, how) in [WriteBreak::ReplyLost, WriteBreak::FailsAfter].into_iter().enumerate() {
        let email = format!("lost{at}@new.example");
        let op = create(&format!("op-lost-{at}"), &email);
        stand.break_next(how);
        let first = stand.writer().write(&op, LEASE).await;
        assert!(matches!(first, WriteOutcome::Unknown { .. }), "{how:?}: nobody knows: {first:?}");
        assert_eq!(stand.with_email(&email), 1, "{how:?}: it arrived");
        stand.heal();
        let before = stand.writes();
        let mut again = op.clone();
        again.sent = Some(stand.now());
        let end = settle(stand, &again).await;
        assert_eq!(stand.with_email(&email), 1, "{how:?}: once and no more");
        match rule(stand, WriteKind::Create).lost_reply {
            LostReply::SentAgain => {
                let made = written(end);
                assert!(stand.held(&made.id).is_some(), "{how:?}: the one that was made first");
                assert_eq!(stand.writes(), before + 1, "{how:?}: known again");
            }
            LostReply::LookedFor => {
                let made = written(end);
                assert_eq!(made.differs, FieldMap::new(), "{how:?}: as it was sent");
                assert_eq!(stand.writes(), before, "{how:?}: found, and not sent again");
            }
            LostReply::Asked => {
                assert!(matches!(end, WriteOutcome::Unknown { .. }), "{how:?}: a person looks: {end:?}");
                assert_eq!(stand.writes(), before, "{how:?}: nothing is sent blindly");
            }
        }
    }
}

pub async fn inv_20_what_did_not_arrive_is_made_after_all_where_that_can_be_told(stand: &dyn WriteStand) {
    let op = create("op-failed", "failed@new.example");
    stand.break_next(WriteBreak::FailsBefore);
    let first = stand.writer().write(&op, LEASE).await;
    assert!(matches!(first, WriteOutcome::Unknown { .. }), "a failure may come before or after: {first:?}");
    assert_eq!(stand.with_email("failed@new.example"), 0);
    stand.heal();
    let mut again = op.clone();
    again.sent = Some(stand.now());
    let end = settle(stand, &again).await;
    let expected = usize::from(rule(stand, WriteKind::Create).lost_reply != LostReply::Asked);
    assert_eq!(stand.with_email("failed@new.example"), expected, "{end:?}");
}

pub async fn inv_23_somebody_with_this_address_already_waits_for_a_person(stand: &dyn WriteStand) {
    if rule(stand, WriteKind::Create).lost_reply != LostReply::LookedFor {
        return;
    }
    let made = written(stand.writer().write(&create("op-first", "both@new.example"), LEASE).await);
    // Long enough for a search to know of them.
    stand.pass(3_600);
    let second = create("op-second", "both@new.example");
    let writes = stand.writes();
    let WriteOutcome::Candidates { found } = stand.writer().write(&second, LEASE).await else {
        panic!("two people or one: a person says");
    };
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [made.id.as_str()]);
    assert_eq!(stand.writes(), writes, "nothing was sent");
    let mut told = second.clone();
    told.others = BTreeSet::from([made.id]);
    written(stand.writer().write(&told, LEASE).await);
    assert_eq!(stand.with_email("both@new.example"), 2, "F57: they are two people, a person said so");
}

pub async fn a_change_writes_what_it_changes_and_nothing_else(stand: &dyn WriteStand) {
    let op = update(stand, "op-change", "Wells Ltd");
    let before = stand.held(id_of(&op)).expect("somebody");
    let done = written(stand.writer().write(&op, LEASE).await);
    assert_eq!((done.id.as_str(), done.differs.len()), (id_of(&op), 0));
    let mut expected = before;
    expected.insert("company_name".to_owned(), json!("Wells Ltd"));
    assert_eq!(stand.held(id_of(&op)), Some(expected), "everything else is as it was");
    let next = CrmWrite {
        version: done.version,
        was: op.set.clone(),
        set: FieldMap::from([("company_name".to_owned(), json!("Frome Ltd"))]),
        op_id: "op-next".to_owned(),
        ..op
    };
    written(stand.writer().write(&next, LEASE).await);
    assert_eq!(
        text(&stand.held(id_of(&next)).expect("somebody"), "company_name"),
        "Frome Ltd",
        "its version is known"
    );
}

pub async fn inv_01_f16_a_stale_change_writes_nothing_and_shows_what_is_there(stand: &dyn WriteStand) {
    let op = update(stand, "op-stale", "Wells Ltd");
    stand.change_company(id_of(&op), "Theirs Ltd");
    let WriteOutcome::Conflict { current } = stand.writer().write(&op, LEASE).await else {
        panic!("somebody else was faster");
    };
    assert_eq!(text(&current.fields, "company_name"), "Theirs Ltd", "what is there is shown");
    assert_eq!(text(&stand.held(id_of(&op)).expect("somebody"), "company_name"), "Theirs Ltd", "and stays");
}

pub async fn inv_20_a_change_whose_reply_was_lost_is_read_and_not_sent_again(stand: &dyn WriteStand) {
    for (at, how) in [WriteBreak::ReplyLost, WriteBreak::FailsAfter].into_iter().enumerate() {
        let company = format!("Wells {at} Ltd");
        let op = update(stand, &format!("op-change-{at}"), &company);
        stand.break_next(how);
        let first = stand.writer().write(&op, LEASE).await;
        assert!(matches!(first, WriteOutcome::Unknown { .. }), "{how:?}: {first:?}");
        stand.heal();
        let (writes, mut again) = (stand.writes(), op.clone());
        again.sent = Some(stand.now());
        written(settle(stand, &again).await);
        assert_eq!(stand.writes(), writes, "{how:?}: it is there, and is not written again (inv 11)");
        assert_eq!(text(&stand.held(id_of(&op)).expect("somebody"), "company_name"), company);
    }
}

pub async fn inv_16_f54_f60_what_is_stored_otherwise_is_read_back(stand: &dyn WriteStand) {
    stand.company_becomes(Some("WELLS LTD"));
    let op = update(stand, "op-form", "Wells Ltd");
    let done = written(stand.writer().write(&op, LEASE).await);
    assert_eq!(text(&done.differs, "company_name"), "WELLS LTD", "F54: as it is stored");
    stand.heal();
    let op = update(stand, "op-ignored", "Frome Ltd");
    stand.company_becomes(None);
    let done = written(stand.writer().write(&op, LEASE).await);
    assert_eq!(text(&done.differs, "company_name"), "WELLS LTD", "F60: what was left alone is told");
    assert_eq!(done.differs.len(), 1, "and nothing else");
}

pub async fn f61_a_refused_value_is_told_and_changes_nothing(stand: &dyn WriteStand) {
    let op = update(stand, "op-refused", "Wells Ltd");
    let before = stand.held(id_of(&op));
    stand.company_is_refused();
    let outcome = stand.writer().write(&op, LEASE).await;
    let WriteOutcome::Refused { why, .. } = outcome else { panic!("refused was expected: {outcome:?}") };
    assert!(why.message_id.starts_with("error.write."), "{why:?}");
    assert!(why.params.iter().any(|(name, value)| *name == "action" && !value.is_empty()), "and what to do");
    assert_eq!(stand.held(id_of(&op)), before);
}

pub async fn inv_07_a_field_is_emptied_where_the_crm_can_and_refused_where_not(stand: &dyn WriteStand) {
    let first = update(stand, "op-fill", "Wells Ltd");
    let done = written(stand.writer().write(&first, LEASE).await);
    let op = CrmWrite {
        op_id: "op-empty".to_owned(),
        version: done.version,
        was: first.set.clone(),
        set: FieldMap::new(),
        clear: BTreeSet::from(["company_name".to_owned()]),
        ..first.clone()
    };
    let writes = stand.writes();
    let outcome = stand.writer().write(&op, LEASE).await;
    let held = stand.held(id_of(&op)).expect("somebody");
    if rule(stand, WriteKind::Update).clears {
        assert_eq!(written(outcome).differs, FieldMap::new());
        assert_eq!(text(&held, "company_name"), "", "emptied");
    } else {
        let WriteOutcome::Refused { field, .. } = outcome else {
            panic!("refused was expected: {outcome:?}")
        };
        assert_eq!(field.as_deref(), Some("company_name"));
        assert_eq!((stand.writes(), text(&held, "company_name")), (writes, "Wells Ltd"), "before any write");
    }
    // A blank is no word for it.
    let blank = CrmWrite {
        set: FieldMap::from([("company_name".to_owned(), json!(""))]),
        clear: BTreeSet::new(),
        ..first
    };
    let outcome = stand.writer().write(&blank, LEASE).await;
    assert!(matches!(outcome, WriteOutcome::Refused { .. }), "{outcome:?}");
}

pub async fn what_has_no_place_is_refused_before_any_request(stand: &dyn WriteStand) {
    let before = stand.requests();
    let mut unknown = update(stand, "op-unknown", "Wells Ltd");
    unknown.set.insert("shoe_size".to_owned(), json!("41"));
    let outcome = stand.writer().write(&unknown, LEASE).await;
    let WriteOutcome::Refused { field, .. } = &outcome else { panic!("refused was expected: {outcome:?}") };
    assert_eq!(field.as_deref(), Some("shoe_size"), "and the field is named");
    let other = CrmWrite { record_type: RecordType::Task, ..create("op-task", "x@new.example") };
    let outcome = stand.writer().write(&other, LEASE).await;
    assert!(matches!(outcome, WriteOutcome::Refused { .. }), "inv 8: no rule, no write: {outcome:?}");
    assert_eq!(stand.requests(), before, "without a request");
}

pub async fn inv_31_no_write_leaves_with_less_than_thirty_seconds_of_the_lease(stand: &dyn WriteStand) {
    for left in [0, 29_999] {
        for op in [create("op-short", "short@new.example"), update(stand, "op-short-2", "Wells Ltd")] {
            let outcome = stand.writer().write(&op, &move || left).await;
            assert!(matches!(outcome, WriteOutcome::Later { .. }), "{left} ms: {outcome:?}");
        }
    }
    assert_eq!(stand.writes(), 0);
    written(stand.writer().write(&update(stand, "op-enough", "Wells Ltd"), &|| 30_000).await);
}

pub async fn inv_39_a_sign_in_that_ended_writes_nothing(stand: &dyn WriteStand) {
    let ops = [create("op-out", "out@new.example"), update(stand, "op-out-2", "Wells Ltd")];
    let before = ops[1].id.as_deref().and_then(|id| stand.held(id));
    stand.revoke();
    for op in &ops {
        let outcome = stand.writer().write(op, LEASE).await;
        assert!(matches!(outcome, WriteOutcome::SignIn { .. }), "a person signs in: {outcome:?}");
    }
    assert_eq!(stand.with_email("out@new.example"), 0);
    assert_eq!(ops[1].id.as_deref().and_then(|id| stand.held(id)), before);
}

pub async fn f13_a_limit_is_waited_for(stand: &dyn WriteStand) {
    stand.break_next(WriteBreak::TooMany);
    let op = update(stand, "op-many", "Wells Ltd");
    let outcome = stand.writer().write(&op, LEASE).await;
    let WriteOutcome::Later { after: Some(after), .. } = outcome else {
        panic!("later was expected: {outcome:?}")
    };
    assert!(after > 0, "the CRM's own wait");
    stand.heal();
    written(settle(stand, &op).await);
}

pub async fn what_is_gone_is_told_and_never_made_again(stand: &dyn WriteStand) {
    let op = update(stand, "op-gone", "Wells Ltd");
    stand.delete(id_of(&op));
    let outcome = stand.writer().write(&op, LEASE).await;
    assert_eq!(outcome, WriteOutcome::Gone, "inv 2: nothing is made in its place");
}

pub async fn writes_of_one_account_go_one_after_the_other(stand: &dyn WriteStand) {
    stand.slow();
    let (one, other) = (create("op-a", "a@new.example"), create("op-b", "b@new.example"));
    let writer = stand.writer();
    let (one, other) = both(writer.write(&one, LEASE), writer.write(&other, LEASE)).await;
    written(one);
    written(other);
    assert_eq!(stand.overlapping(), 0);
}

async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none()
            && let Poll::Ready(done) = one.as_mut().poll(context)
        {
            first = Some(done);
        }
        if second.is_none()
            && let Poll::Ready(done) = other.as_mut().poll(context)
        {
            second = Some(done);
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (first, second) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

/// Runs of random faults; each prints its number where it fails.
const RUNS: u64 = 24;

pub async fn inv_20_each_operation_at_most_once_under_random_faults(stand: &dyn WriteStand) {
    let asked = rule(stand, WriteKind::Create).lost_reply == LostReply::Asked;
    for run in 0..RUNS {
        let mut dice = run.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut throw = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let email = format!("random{run}@new.example");
        let mut op = create(&format!("op-random-{run}"), &email);
        let mut end = None;
        for _ in 0..12 {
            let how = match throw(6) {
                0 => Some(WriteBreak::ReplyLost),
                1 => Some(WriteBreak::FailsAfter),
                2 => Some(WriteBreak::FailsBefore),
                3 => Some(WriteBreak::TooMany),
                _ => None,
            };
            if let Some(how) = how {
                stand.break_next(how);
            }
            let began = stand.now();
            let outcome = stand.writer().write(&op, LEASE).await;
            stand.heal();
            let there = stand.with_email(&email);
            assert!(there <= 1, "run {run}: {there} after {how:?}");
            // The program may end here, and remembers no more than that it began.
            let forgotten = throw(4) == 0;
            match outcome {
                WriteOutcome::Written(done) if forgotten => {
                    assert!(stand.held(&done.id).is_some(), "run {run}: it is there");
                    op.sent.get_or_insert(began);
                }
                WriteOutcome::Written(done) => {
                    end = Some(done);
                    break;
                }
                WriteOutcome::Unknown { id, .. } => {
                    op.sent.get_or_insert(began);
                    op.id = op.id.filter(|_| !forgotten).or(id.filter(|_| !forgotten));
                }
                WriteOutcome::Later { after, .. } => stand.pass(after.unwrap_or(60)),
                other => panic!("run {run}: {other:?}"),
            }
            stand.pass(u32::try_from(throw(400)).expect("small"));
        }
        match end {
            Some(done) => {
                assert_eq!(stand.with_email(&email), 1, "run {run}: written is there");
                let held = stand.held(&done.id).expect("it is there");
                assert_eq!(text(&held, "email"), email, "run {run}: and it is this one");
            }
            None => assert!(asked || op.sent.is_some(), "run {run}: what is not settled may have left"),
        }
    }
}
