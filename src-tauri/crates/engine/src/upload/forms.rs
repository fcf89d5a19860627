//! Draft forms: one for each client or project that an upload brings, made from the template that the supplier chose with
//! it, filled in from what was mapped, and sent to nobody (MODEL 8).
//!
//! A draft is an op of its unit like any other: applied, answered and undone with a result of its own. Who has a live form
//! of the template already gets no second one. Deliberately absent: sending a form, and templates themselves.

use std::collections::BTreeSet;

use hub_core::canonical::uuid_v8;
use hub_core::plan::{OpKind, PlanOp, PlannedUnit, StagedUnit, UnitKind, input_hash};
use hub_core::ports::{FormTemplate, PlanHead, StoreResult, StoredUnit, UnitState};
use hub_core::record::{FieldMap, RecordKey, RecordType};
use hub_core::value::is_blank_json;
use serde_json::{Map, Value as Json, json};
use tokio_util::sync::CancellationToken;

use crate::retry::with_retry;
use crate::review::missing;
use crate::{Book, Engine, EngineError, JobRun};

const CHUNK: u32 = 100;
/// Forms read from the mirror in one step.
const PAGE: u32 = 500;

/// Clients and projects with a live form, by template.
type Taken = BTreeSet<(String, String)>;

impl Engine {
    /// The form templates that a supplier may choose from.
    ///
    /// # Errors
    /// When WedSync cannot be read.
    pub async fn form_templates(&self) -> Result<Vec<FormTemplate>, EngineError> {
        self.account()?;
        with_retry(&CancellationToken::new(), &|| self.jitter(), || async {
            Ok(self.inner.cloud.form_templates().await?)
        })
        .await
    }

    /// Adds the drafts of the chosen template to what is approved. Run again after a kill it adds nothing twice.
    pub(super) async fn add_forms(&self, run: &JobRun, plan: &PlanHead) -> Result<(), EngineError> {
        let chosen = run.job.config.get("form").cloned().map(serde_json::from_value::<FormTemplate>);
        let Some(Ok(template)) = chosen else { return Ok(()) };
        run.phase("forms", "").await?;
        let taken = std::sync::Arc::new(self.db().run(taken).await?);
        let mut from = 0;
        loop {
            run.go_on()?;
            let (plan, template, taken) = (plan.clone(), template.clone(), taken.clone());
            let last = self
                .db()
                .run(move |book| {
                    let units = book.units_in_state(&plan.id, UnitState::Approved, from, CHUNK)?;
                    for stored in &units {
                        let seq = stored.unit.seq;
                        let staged = book.staged_unit(&plan.job_id, seq)?.ok_or_else(|| missing(seq))?;
                        let drafts = drafts(book, &plan.id, &template, stored, &staged, &taken)?;
                        if drafts.is_empty() {
                            continue;
                        }
                        let mut unit = stored.unit.clone();
                        unit.ops.extend(drafts);
                        book.replace_unit(
                            &plan.id,
                            &unit,
                            UnitState::Approved,
                            &stored.resolution,
                            &input_hash(&staged),
                        )?;
                    }
                    Ok(units.last().map(|unit| unit.unit.seq))
                })
                .await?;
            match last {
                Some(last) => from = last + 1,
                None => return Ok(()),
            }
        }
    }
}

fn taken(book: &dyn Book) -> StoreResult<Taken> {
    let mut taken = Taken::new();
    let mut after: Option<String> = None;
    loop {
        let forms = book.mirror_page(RecordType::Form, after.as_deref(), PAGE)?;
        for form in &forms {
            let text = |name: &str| form.fields.get(name).and_then(Json::as_str).map(str::to_owned);
            let Some(template) = text("template_id") else { continue };
            // A form of a project names its client too; it is the project's.
            if let Some(holder) = text("project_id").or_else(|| text("client_id")) {
                taken.insert((template, holder));
            }
        }
        match forms.last() {
            Some(form) if forms.len() == PAGE as usize => after = Some(form.key.id.clone()),
            _ => return Ok(taken),
        }
    }
}

/// The drafts that a unit is still without.
fn drafts(
    book: &dyn Book,
    plan_id: &str,
    template: &FormTemplate,
    stored: &StoredUnit,
    staged: &StagedUnit,
    taken: &Taken,
) -> StoreResult<Vec<PlanOp>> {
    let unit = &stored.unit;
    let mut made = Vec::new();
    for holder in holders(template, unit) {
        let id = uuid_v8(&["form", plan_id, &template.id, &holder.id]);
        let there = unit.ops.iter().any(|op| op.record.record_type == RecordType::Form && op.record.id == id);
        if there || taken.contains(&(template.id.clone(), holder.id.clone())) {
            continue;
        }
        let mut answers = Map::new();
        for question in &template.questions {
            if let Some(answer) = answer(book, stored, staged, &holder, &question.key)? {
                answers.insert(question.key.clone(), answer);
            }
        }
        let mut after = FieldMap::from([
            ("template_id".to_owned(), json!(template.id)),
            ("state".to_owned(), json!("draft")),
            ("client_id".to_owned(), json!(unit.client_id)),
        ]);
        if holder.record_type == RecordType::Project {
            after.insert("project_id".to_owned(), json!(holder.id));
        }
        if !answers.is_empty() {
            after.insert("answers".to_owned(), Json::Object(answers));
        }
        let created = |id: &str| unit.ops.iter().any(|op| op.kind == OpKind::Create && op.record.id == id);
        let parent = [&holder.id, &unit.client_id].into_iter().find(|id| created(id)).cloned();
        made.push(
            PlanOp {
                hash: String::new(),
                kind: OpKind::Create,
                record: RecordKey::new(RecordType::Form, id),
                source: None,
                base_version: None,
                base: Default::default(),
                before: FieldMap::new(),
                after,
                kept_out: FieldMap::new(),
                pairs: Default::default(),
                parent,
                reason: "reason.form".into(),
            }
            .seal(),
        );
    }
    Ok(made)
}

/// Who gets a form: the client or the projects that this upload brings or links, not those it only changes.
fn holders(template: &FormTemplate, unit: &PlannedUnit) -> Vec<RecordKey> {
    match template.applies_to.as_str() {
        "client"
            if unit.summary.appointment.is_none()
                && matches!(unit.kind, UnitKind::New | UnitKind::Linked) =>
        {
            vec![RecordKey::new(RecordType::Client, unit.client_id.clone())]
        }
        "project" => unit
            .ops
            .iter()
            .filter(|op| {
                op.record.record_type == RecordType::Project
                    && matches!(op.kind, OpKind::Create | OpKind::Link)
            })
            .map(|op| op.record.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// What is known of a question: of the holder itself, else of the one who stands for the client, else, under
/// `partner_`, of the partner.
fn answer(
    book: &dyn Book,
    stored: &StoredUnit,
    staged: &StagedUnit,
    holder: &RecordKey,
    key: &str,
) -> StoreResult<Option<Json>> {
    let own = values(book, stored, staged, holder)?;
    if let Some(found) = own.get(key).and_then(plain) {
        return Ok(Some(found));
    }
    let (role, name) = match key.strip_prefix("partner_") {
        Some(name) => ("partner", name),
        None => ("primary", key),
    };
    let client = RecordKey::new(RecordType::Client, stored.unit.client_id.clone());
    let client = values(book, stored, staged, &client)?;
    let members = client.get("people").and_then(Json::as_object);
    let person = members.into_iter().flatten().find(|(_, element)| element["role"] == role);
    match person {
        Some((id, _)) => {
            let person = RecordKey::new(RecordType::Person, id.clone());
            Ok(values(book, stored, staged, &person)?.get(name).and_then(plain))
        }
        None => Ok(None),
    }
}

/// A record as it will stand after the upload: what WedSync holds, with what the unit changes over it.
fn values(
    book: &dyn Book,
    stored: &StoredUnit,
    staged: &StagedUnit,
    key: &RecordKey,
) -> StoreResult<FieldMap> {
    let mut fields = FieldMap::new();
    if let Some(record) =
        staged.records.iter().find(|record| record.id == key.id && record.record_type == key.record_type)
    {
        fields.extend(record.fields.clone());
    }
    if let Some(held) = book.mirror_record(key)?.filter(|held| !held.deleted) {
        fields.extend(held.fields);
    }
    for op in stored.unit.ops.iter().filter(|op| &op.record == key) {
        fields.extend(op.after.clone());
    }
    fields.retain(|_, value| !is_blank_json(value));
    Ok(fields)
}

/// A value as an answer: single values as they are, a telephone number as its text; lists and objects are none.
fn plain(value: &Json) -> Option<Json> {
    match value {
        Json::Null | Json::Array(_) => None,
        Json::Bool(_) | Json::Number(_) | Json::String(_) => Some(value.clone()),
        Json::Object(object) => ["text", "e164"]
            .iter()
            .find_map(|part| object.get(*part).filter(|text| text.is_string()))
            .cloned(),
    }
}
