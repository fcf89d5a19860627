//! The outbox under random use: imports, cuts, lost answers, repeated deliveries, refusals, edits on the other side,
//! stops, and kills between any two steps, against the model cloud (MODEL 7; SYNC-LAW 12, 16, 20, 24, 29).
//!
//! Each step is checked as it is taken, and at the end everything that was refused is let through: then both sides hold
//! the same, and a further import finds nothing to do.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use hub_core::job::JobEvent;
use hub_core::plan::{BasePair, StagedUnit, UnitKind};
use hub_core::ports::{AckEffect, Batch, LogQuery, OpResult, OpStatus, UnitState};
use hub_core::record::{FieldMap, RecordKey, SourceKey};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Value as Json, json};

use crate::book::{CONNECTION, actor, connection, job, party, reference};
use crate::shelf::{Book, Shelf, approve, enqueue, plan};
use crate::wedsync::{Cloud, references};

const PARTIES: u64 = 3;
const VENUES: [&str; 3] = ["Old Barn", "Mill", "Elm Hall"];
/// Records of a party that a test may refuse or drop, by the front of their ids.
const KINDS: [&str; 6] = ["anna", "ben", "client", "job", "invoice", "payment"];

#[derive(Debug, Clone)]
enum Step {
    /// The CRM has another venue for a party.
    Change { party: u64, venue: usize },
    /// Somebody sets the venue of a party in WedSync.
    Edit { party: u64, venue: usize },
    /// WedSync refuses a record from now on.
    Refuse { party: u64, kind: usize },
    /// WedSync refuses nothing any more.
    Accept,
    /// Another computer brings a source in, under an id of its own.
    Elsewhere { party: u64, kind: usize },
    /// Everything is read, planned and approved; an upload begins.
    Import,
    /// The next approved units are applied.
    Apply { units: usize },
    /// The next batch is cut, unless one is on its way.
    Cut { limit: u32 },
    /// The batch is sent so often; the last answer comes, or is lost.
    Deliver { times: usize, lost: bool },
    /// The answer is taken so often.
    Acknowledge { times: usize },
    /// The process dies and another one starts.
    Kill,
    /// A person stops the upload.
    Stop,
    /// The person goes on with what was stopped.
    Again,
}

fn step() -> impl Strategy<Value = Step> {
    let venue = 0..VENUES.len();
    prop_oneof![
        2 => (0..PARTIES, venue.clone()).prop_map(|(party, venue)| Step::Change { party, venue }),
        1 => (0..PARTIES, venue).prop_map(|(party, venue)| Step::Edit { party, venue }),
        1 => (0..PARTIES, 0..KINDS.len()).prop_map(|(party, kind)| Step::Refuse { party, kind }),
        1 => Just(Step::Accept),
        1 => (0..PARTIES, prop_oneof![Just(0_usize), Just(1), Just(3)])
            .prop_map(|(party, kind)| Step::Elsewhere { party, kind }),
        4 => Just(Step::Import),
        4 => (1_usize..3).prop_map(|units| Step::Apply { units }),
        5 => (1_u32..9).prop_map(|limit| Step::Cut { limit }),
        5 => (1_usize..3, any::<bool>()).prop_map(|(times, lost)| Step::Deliver { times, lost }),
        5 => (1_usize..3).prop_map(|times| Step::Acknowledge { times }),
        2 => Just(Step::Kill),
        1 => Just(Step::Stop),
        1 => Just(Step::Again),
    ]
}

/// For each party, which of its records it lacks.
fn shapes() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..4, PARTIES as usize)
}

type Bases = BTreeMap<RecordKey, BTreeMap<String, BasePair>>;

/// An upload under way.
struct Upload {
    job: String,
    plan: String,
    left: Vec<u64>,
}

struct Run<'a> {
    shelf: &'a dyn Shelf,
    store: Box<dyn Book>,
    cloud: Cloud,
    shapes: Vec<usize>,
    venues: Vec<usize>,
    jobs: u32,
    upload: Option<Upload>,
    /// The plan of the last upload, if that was stopped.
    stopped: Option<String>,
    /// The batch that was cut and not yet answered.
    batch: Option<Batch>,
    answer: Option<Vec<OpResult>>,
    /// Body of every batch ever cut, by key.
    cut: BTreeMap<String, String>,
    /// Ids that WedSync took and the store was told so.
    acknowledged: BTreeSet<String>,
}

/// Whether WedSync carried an operation out.
fn taken(result: &&OpResult) -> bool {
    !matches!(result.status, OpStatus::Conflict | OpStatus::Rejected)
}

type Checked<T = ()> = Result<T, TestCaseError>;

impl<'a> Run<'a> {
    fn new(shelf: &'a dyn Shelf, shapes: Vec<usize>) -> Run<'a> {
        let store = shelf.open();
        store.put_connection(&connection()).unwrap();
        Run {
            store,
            shelf,
            cloud: Cloud::default(),
            shapes,
            venues: vec![0; PARTIES as usize],
            jobs: 0,
            upload: None,
            stopped: None,
            batch: None,
            answer: None,
            cut: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
        }
    }

    /// A party as the CRM has it now, under the ids its sources are linked to.
    fn staged(&self, n: u64) -> StagedUnit {
        let lacks: &[&str] = match self.shapes[usize::try_from(n).unwrap()] {
            1 => &["payment"],
            2 => &["invoice", "payment"],
            3 => &["ben"],
            _ => &[],
        };
        let mut unit = party(n, VENUES[self.venues[usize::try_from(n).unwrap()]]);
        let lacking = |id: &str| lacks.iter().any(|kind| id == format!("{kind}-{n}"));
        unit.records.retain(|record| !lacking(&record.id));
        for record in &mut unit.records {
            for values in [&mut record.fields, &mut record.crm] {
                if let Some(Json::Object(people)) = values.get_mut("people") {
                    people.retain(|id, _| !lacking(id));
                }
            }
        }
        let mut text = serde_json::to_string(&unit).unwrap();
        for record in &unit.records {
            let Some(source) = &record.source else { continue };
            let links = self.store.links(CONNECTION, &[(source.stream.clone(), source.id.clone())]).unwrap();
            if let Some(link) = links.first().filter(|link| link.record_id != record.id) {
                for (end, start) in [('"', '"'), (':', '"')] {
                    let (from, to) =
                        (format!("{start}{}{end}", record.id), format!("{start}{}{end}", link.record_id));
                    text = text.replace(&from, &to);
                }
            }
        }
        serde_json::from_str(&text).unwrap()
    }

    fn bases(&self) -> Bases {
        let wanted: Vec<(RecordKey, Option<SourceKey>)> = (0..PARTIES)
            .flat_map(|n| self.staged(n).records)
            .map(|record| {
                let source = record.source.clone().or_else(|| Some(SourceKey::party(&record.id)));
                (RecordKey::new(record.record_type, record.id), source)
            })
            .collect();
        let held = self.store.held(CONNECTION, &wanted).unwrap();
        held.into_iter().map(|held| (held.record.key.clone(), held.base)).collect()
    }

    fn take(&mut self, step: &Step) -> Checked {
        match step {
            Step::Change { party, venue } => self.venues[usize::try_from(*party).unwrap()] = *venue,
            Step::Edit { party, venue } => self.edit(*party, VENUES[*venue]),
            Step::Refuse { party, kind } => self.cloud.reject.push(format!("{}-{party}", KINDS[*kind])),
            Step::Accept => self.cloud.reject.clear(),
            Step::Elsewhere { party, kind } => self.elsewhere(*party, *kind),
            Step::Import => self.import(),
            Step::Apply { units } => self.apply(*units),
            Step::Cut { limit } => self.cut(*limit)?,
            Step::Deliver { times, lost } => self.deliver(*times, *lost)?,
            Step::Acknowledge { times } => self.acknowledge(*times)?,
            Step::Kill => self.kill()?,
            Step::Stop => self.stop(),
            Step::Again => self.again(),
        }
        Ok(())
    }

    fn edit(&mut self, n: u64, venue: &str) {
        let ids = [format!("job-{n}"), format!("their-job-{n}")];
        for ((record_type, id), (version, fields, _)) in &mut self.cloud.records {
            if record_type == "project" && ids.contains(id) && fields.get("venue_name") != Some(&json!(venue))
            {
                fields.insert("venue_name".into(), venue.into());
                *version += 1;
            }
        }
    }

    /// Persons and jobs; parties themselves have no reference.
    fn elsewhere(&mut self, n: u64, kind: usize) {
        let (stream, record_type) =
            if KINDS[kind] == "job" { ("job", "project") } else { ("address-book", "person") };
        let source = serde_json::to_value(reference(stream, &format!("x-{}-{n}", KINDS[kind]))).unwrap();
        if let Entry::Vacant(vacant) = self.cloud.refs.entry(source.to_string()) {
            // As with real ids, ours is no part of theirs: the store changes them as texts.
            let id = vacant.insert(format!("other-{n}-{}", KINDS[kind])).clone();
            self.cloud.records.insert((record_type.into(), id), (1, FieldMap::new(), false));
        }
    }

    fn import(&mut self) {
        if self.upload.is_some() {
            return;
        }
        self.jobs += 1;
        let (import, upload) = (format!("import-{:04}", self.jobs), format!("upload-{:04}", self.jobs));
        self.ask();
        self.store.commit_mirror(&self.cloud.list(), None).unwrap();
        let units: Vec<StagedUnit> = (0..PARTIES).map(|n| self.staged(n)).collect();
        let plan = plan(&*self.store, &import, &units);
        approve(&*self.store, &plan);
        self.stopped = None;
        self.open_upload(upload, plan);
    }

    /// What became of a batch whose upload was stopped is asked before anything is planned.
    fn ask(&mut self) {
        let doubtful = self.store.doubtful_batches(CONNECTION, true).unwrap();
        let waiting = self.batch.take();
        self.answer = None;
        assert_eq!(
            doubtful.iter().map(|batch| &batch.id).collect::<Vec<_>>(),
            waiting.iter().map(|batch| &batch.id).collect::<Vec<_>>(),
            "inv_29: what was cut and not answered is asked about"
        );
        for batch in doubtful {
            match self.cloud.results(&batch.body) {
                Some(results) => {
                    self.store.ack_batch(&batch.id, &results, &actor("import")).unwrap();
                    self.note_taken(&batch.body, &results);
                }
                None => {
                    let withdrawn = self.store.withdraw_batch(&batch.id, &actor("import")).unwrap();
                    assert_eq!(withdrawn, u64::from(batch.ops), "all of it, as none of it was taken");
                    self.cut.remove(&batch.id);
                }
            }
        }
    }

    fn again(&mut self) {
        if self.upload.is_none()
            && let Some(plan) = self.stopped.take()
        {
            self.jobs += 1;
            self.open_upload(format!("upload-{:04}", self.jobs), plan);
        }
    }

    fn open_upload(&mut self, upload: String, plan: String) {
        self.store.create_job(&job(&upload, hub_core::job::JobKind::Upload)).unwrap();
        self.store.transition(&upload, JobEvent::Start, None).unwrap();
        let left = self.store.seqs_in_state(&plan, UnitState::Approved, 0, 100).unwrap();
        self.upload = Some(Upload { job: upload, plan, left });
    }

    fn apply(&mut self, units: usize) {
        let Some(upload) = &mut self.upload else { return };
        let seqs: Vec<u64> = upload.left.drain(..units.min(upload.left.len())).collect();
        enqueue(&*self.store, &upload.plan, &upload.job, &seqs);
        // The number that a start after a crash may do once more.
        assert_eq!(
            enqueue(&*self.store, &upload.plan, &upload.job, &seqs),
            0,
            "inv_12: applied twice is once"
        );
    }

    fn cut(&mut self, limit: u32) -> Checked {
        let Some(upload) = &self.upload else { return Ok(()) };
        let before = self.bases();
        let cut = self.store.cut_batch(&upload.job, limit).unwrap();
        prop_assert_eq!(self.bases(), before, "inv_16: cutting moves no base");
        if let Some(waiting) = &self.batch {
            let found = cut.as_ref().expect("a batch that was not answered is there");
            prop_assert_eq!(&found.id, &waiting.id, "inv_29: nothing overtakes a batch without an answer");
            prop_assert_eq!(&found.body, &waiting.body, "inv_29: and it is not cut again");
            return Ok(());
        }
        let Some(cut) = cut else { return Ok(()) };
        let body: Json = serde_json::from_str(&cut.body).unwrap();
        let ops = body["ops"].as_array().unwrap();
        prop_assert!(ops.len() as u32 == cut.ops && cut.ops <= limit, "{} ops, {limit} asked for", ops.len());
        let (mut records, mut there) = (BTreeSet::new(), self.acknowledged.clone());
        for op in ops {
            let (op_id, id) = (op["op_id"].as_str().unwrap(), op["id"].as_str().unwrap());
            prop_assert!(
                !self.cut.values().any(|body| body.contains(op_id)),
                "inv_20: {op_id} is in one batch and never in another"
            );
            prop_assert!(records.insert((op["type"].to_string(), id)), "at most one op of {id} is in flight");
            for (field, parent) in references(op) {
                prop_assert!(there.contains(&parent), "inv_24: {id} goes before its {field} {parent}");
            }
            there.insert(id.to_owned());
        }
        prop_assert!(self.cut.insert(cut.id.clone(), cut.body.clone()).is_none(), "a key of its own");
        self.batch = Some(cut);
        Ok(())
    }

    fn deliver(&mut self, times: usize, lost: bool) -> Checked {
        let Some(batch) = &self.batch else { return Ok(()) };
        let before = self.bases();
        let stored = self.cut.get(&batch.id);
        for _ in 0..times {
            self.store.mark_sent(&batch.id).unwrap();
            let job = self.upload.as_ref().map_or("upload-0000", |upload| upload.job.as_str());
            let found = self.store.unanswered_batch(job).unwrap();
            if self.upload.is_some() {
                prop_assert_eq!(found.as_ref().map(|found| &found.body), stored, "inv_29: byte by byte");
            }
            let answer = self.cloud.send(&batch.body);
            self.answer = if lost { None } else { Some(answer) };
        }
        prop_assert_eq!(self.bases(), before, "inv_16: no base moves before the answer is taken");
        Ok(())
    }

    fn acknowledge(&mut self, times: usize) -> Checked {
        let (Some(_), Some(_)) = (&self.batch, &self.answer) else { return Ok(()) };
        let (Some(batch), Some(answer)) = (self.batch.take(), self.answer.take()) else { return Ok(()) };
        let before = self.bases();
        let first = self.store.ack_batch(&batch.id, &answer, &actor("upload")).unwrap();
        let after = self.bases();
        for _ in 1..times {
            let again = self.store.ack_batch(&batch.id, &answer, &actor("upload")).unwrap();
            prop_assert_eq!(&again, &first, "inv_12: the answer taken twice is the answer taken once");
            prop_assert_eq!(&self.bases(), &after);
        }
        let count = |status| answer.iter().filter(|result| result.status == status).count() as u32;
        let effect = AckEffect {
            accepted: answer.iter().filter(taken).count() as u32,
            conflicts: count(OpStatus::Conflict),
            rejected: count(OpStatus::Rejected),
            held: first.held,
        };
        prop_assert_eq!(&first, &effect, "every op of the batch is answered");
        let ours = self.note_taken(&batch.body, &answer);
        let accepted: BTreeSet<&str> =
            answer.iter().filter(taken).filter_map(|result| result.id.as_deref()).collect();
        for (key, base) in &after {
            if !ours.contains(&key.id) {
                prop_assert_eq!(before.get(key), Some(base), "inv_16: {:?} had no answer", key);
            } else if !accepted.contains(key.id.as_str()) {
                let was = before.get(key).cloned().unwrap_or_default();
                prop_assert_eq!(&was, base, "inv_16: {:?} was refused, its base stays", key);
            } else {
                prop_assert!(
                    !base.is_empty(),
                    "inv_16: {key:?} was taken, and its base came with the answer"
                );
            }
        }
        Ok(())
    }

    /// Notes which records WedSync took, under both of their ids; returns all ids that the batch speaks of.
    fn note_taken(&mut self, body: &str, answer: &[OpResult]) -> BTreeSet<String> {
        let body: Json = serde_json::from_str(body).unwrap();
        let mut ours = BTreeSet::new();
        for (op, result) in body["ops"].as_array().unwrap().iter().zip(answer) {
            let ids = [op["id"].as_str().unwrap().to_owned(), result.id.clone().unwrap()];
            if taken(&result) {
                self.acknowledged.extend(ids.clone());
            }
            ours.extend(ids);
        }
        ours
    }

    fn kill(&mut self) -> Checked {
        let before = self.bases();
        // An answer that was not written down has never come.
        self.answer = None;
        self.store = self.shelf.open();
        prop_assert_eq!(self.bases(), before, "inv_29: what was there is there");
        Ok(())
    }

    fn stop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        self.store.transition(&upload.job, JobEvent::Cancel, None).unwrap();
        let counts = self.store.outbox_counts(&upload.job).unwrap();
        assert_eq!(counts.queued, 0, "nobody would send it any more");
        self.stopped = Some(upload.plan);
    }

    /// Lets everything through that is still on its way, and ends the upload.
    fn settle(&mut self) -> Checked {
        let Some(upload) = &self.upload else { return Ok(()) };
        let job = upload.job.clone();
        self.apply(100);
        loop {
            self.cut(200)?;
            if self.batch.is_none() {
                break;
            }
            self.deliver(1, false)?;
            self.acknowledge(1)?;
        }
        let counts = self.store.outbox_counts(&job).unwrap();
        prop_assert_eq!((counts.queued, counts.sent), (0, 0), "nothing is left behind: {:?}", counts);
        self.check_held(&job)?;
        self.check_mirror()?;
        self.store.transition(&job, JobEvent::Finish, None).unwrap();
        self.upload = None;
        Ok(())
    }

    /// Whatever is held names a refused parent.
    fn check_held(&self, job: &str) -> Checked {
        let (lines, _) = self.store.logs(&LogQuery { limit: 5_000, ..LogQuery::default() }).unwrap();
        let refused: BTreeSet<String> = lines
            .iter()
            .filter(|line| line.error.as_ref().is_some_and(|error| error.get("code").is_some()))
            .filter_map(|line| line.wedsync_record_id.clone())
            .collect();
        let mut held = 0;
        for line in lines.iter().filter(|line| line.job_id == job) {
            if let Some(parent) = line.error.as_ref().and_then(|error| error.get("parent")) {
                held += 1;
                let parent = parent.as_str().unwrap();
                prop_assert!(refused.contains(parent), "inv_24: held for {parent}, which nobody refused");
            }
        }
        prop_assert_eq!(self.store.outbox_counts(job).unwrap().held, held, "each held op names its parent");
        Ok(())
    }

    /// Where nobody edited since, the mirror holds what WedSync holds; and WedSync holds no orphan.
    fn check_mirror(&self) -> Checked {
        for record in self.cloud.list() {
            for (field, value) in &record.fields {
                let text = value.as_str().unwrap_or_default();
                if field.ends_with("_id") && !text.is_empty() {
                    prop_assert!(
                        self.cloud.holds(text),
                        "inv_24: {:?} is an orphan: no {field} {text}",
                        record.key
                    );
                }
            }
            if let Some(mirror) = self.store.mirror_record(&record.key).unwrap()
                && mirror.version == record.version
            {
                prop_assert_eq!(
                    &mirror.fields,
                    &record.fields,
                    "{:?}: sent, read back, and the same",
                    record.key
                );
            }
        }
        Ok(())
    }

    /// When faults, refusals and edits stop, one more upload brings everything over, and then there is silence.
    fn converge(&mut self) -> Checked {
        self.settle()?;
        self.cloud.reject.clear();
        self.import();
        self.settle()?;
        self.import();
        let plan = self.upload.take().map(|upload| upload.plan).unwrap_or_default();
        for (kind, state, count) in self.store.unit_counts(&plan).unwrap() {
            prop_assert!(
                matches!(kind, UnitKind::Unchanged | UnitKind::Conflict) || count == 0,
                "inv_10, inv_11: {count} units are {kind:?} and {state:?} although nothing happened"
            );
        }
        for n in 0..PARTIES {
            // Of a party whose change waits for a person, nothing goes before that person has decided.
            if self.store.unit(&plan, n).unwrap().unwrap().unit.kind == UnitKind::Conflict {
                continue;
            }
            for record in self.staged(n).records {
                let id = &record.id;
                prop_assert!(self.cloud.holds(id), "inv_29: {id} is lost");
            }
        }
        let persons = self.cloud.list().iter().filter(|record| record.key.id.contains("anna")).count();
        prop_assert_eq!(persons as u64, PARTIES, "inv_20: nobody is there twice");
        prop_assert!(self.store.verify_audit().unwrap().is_ok(), "inv_41: the chain holds");
        Ok(())
    }
}

/// Runs the property; `fresh` makes a place in which nothing was kept yet.
pub fn inv_12_16_20_24_29_each_operation_once_whatever_happens<S: Shelf>(fresh: impl Fn() -> S) {
    let config = ProptestConfig {
        cases: 40,
        max_shrink_iters: 400,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let steps = proptest::collection::vec(step(), 10..45);
    let checked = TestRunner::new(config).run(&(shapes(), steps), |(shapes, steps)| {
        let shelf = fresh();
        let mut run = Run::new(&shelf, shapes);
        for step in &steps {
            run.take(step)?;
        }
        run.converge()
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}
