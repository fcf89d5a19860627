//! What a [`FieldStore`](hub_core::ports::FieldStore) promises.

#![allow(missing_docs, reason = "the name of a promise says what it is")]

use hub_core::custom_field::{CustomFieldChoice, CustomFieldDef, PlannedField};
use hub_core::job::JobKind;
use hub_core::ports::StoreError;
use hub_core::record::RecordType;
use hub_core::value::FieldType;
use serde_json::{Value as Json, json};

use crate::book::{CONNECTION, actor, connection, job, party};
use crate::shelf::{Shelf, approve, plan};

const PLANNED_NAME: &str = "custom.01990000-0000-8000-8000-00000000000a";
const GIVEN_NAME: &str = "custom.01990000-0000-8000-8000-00000000000b";

fn def(id: &str, label: &str) -> CustomFieldDef {
    CustomFieldDef {
        record_type: RecordType::Project,
        stream: "custom-field".into(),
        external_id: id.into(),
        label: label.into(),
        kind: "TextField".into(),
        value_type: FieldType::Text,
        choices: Vec::new(),
        source: format!("jobs.0.custom_fields.{id}.value"),
        hidden: false,
    }
}

fn field(name: &str) -> PlannedField {
    PlannedField {
        record_type: RecordType::Project,
        stream: "custom-field".into(),
        external_id: "f1".into(),
        name: name.into(),
        label: "First dance".into(),
        value_type: FieldType::Text,
        records: 1,
        made_by: None,
    }
}

pub fn a_rename_changes_the_label_and_keeps_the_choice(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.put_custom_fields(CONNECTION, &[def("f1", "First dance"), def("f2", "Cake")]).unwrap();
    assert!(
        store.custom_fields(CONNECTION).unwrap().iter().all(|stored| stored.choice.is_none()),
        "nothing is brought in before somebody has chosen"
    );
    let rule = def("f1", "First dance").rule(PLANNED_NAME, FieldType::Text);
    let choice = (RecordType::Project, "f1".to_owned(), CustomFieldChoice::New);
    store.choose_custom_fields(CONNECTION, &[choice], std::slice::from_ref(&rule)).unwrap();
    // The CRM lists one of the two no more, and calls the other by another name.
    store.put_custom_fields(CONNECTION, &[def("f1", "First song")]).unwrap();
    let stored = store.custom_fields(CONNECTION).unwrap();
    let labels: Vec<&str> = stored.iter().map(|stored| stored.def.label.as_str()).collect();
    assert_eq!(labels, ["Cake", "First song"], "by label; what is not listed any more may still have values");
    assert_eq!(stored[1].choice, Some(CustomFieldChoice::New), "the choice is the field's, not the label's");
}

pub fn choices_and_rules_are_stored_together_or_not_at_all(shelf: &dyn Shelf) {
    let store = shelf.open();
    store.put_connection(&connection()).unwrap();
    store.put_custom_fields(CONNECTION, &[def("f1", "First dance")]).unwrap();
    let rule = def("f1", "First dance").rule("notes", FieldType::Text);
    let known = (RecordType::Project, "f1".to_owned(), CustomFieldChoice::Existing { field: "notes".into() });
    let unknown = (RecordType::Project, "f9".to_owned(), CustomFieldChoice::Keep);
    let refused =
        store.choose_custom_fields(CONNECTION, &[known.clone(), unknown], std::slice::from_ref(&rule));
    assert!(
        matches!(refused, Err(StoreError::NotFound { what: "field", .. })),
        "a field that nobody defined"
    );
    assert_eq!(store.custom_fields(CONNECTION).unwrap()[0].choice, None, "the other choice was not kept");
    assert_eq!(store.mapping(CONNECTION).unwrap(), None, "nor were the rules");
    let revision = store
        .choose_custom_fields(CONNECTION, std::slice::from_ref(&known), std::slice::from_ref(&rule))
        .unwrap();
    assert_eq!(store.mapping(CONNECTION).unwrap().unwrap().revision, revision, "both in one step");
    assert_eq!(store.custom_fields(CONNECTION).unwrap()[0].choice, Some(known.2));
}

/// A plan of two parties of which the first has a value for the planned field.
fn plan_with_field(shelf: &dyn Shelf) -> String {
    let store = shelf.open();
    let (mut one, two) = (party(0, "Old Barn"), party(1, "Mill"));
    let project = one.records.iter_mut().find(|record| record.record_type == RecordType::Project).unwrap();
    for values in [&mut project.fields, &mut project.crm] {
        values.insert(PLANNED_NAME.into(), json!("At last"));
    }
    let plan_id = plan(&*store, "import-1", &[one, two]);
    store.put_custom_fields(CONNECTION, &[def("f1", "First dance")]).unwrap();
    let rule = def("f1", "First dance").rule(PLANNED_NAME, FieldType::Text);
    let choice = (RecordType::Project, "f1".to_owned(), CustomFieldChoice::New);
    store.choose_custom_fields(CONNECTION, &[choice], &[rule]).unwrap();
    store.put_plan_fields(&plan_id, &[field(PLANNED_NAME)]).unwrap();
    plan_id
}

pub fn a_field_is_made_when_an_approved_record_needs_it_and_once(shelf: &dyn Shelf) {
    let plan_id = plan_with_field(shelf);
    let store = shelf.open();
    store.create_job(&job("upload-1", JobKind::Upload)).unwrap();
    assert_eq!(store.plan_fields(&plan_id).unwrap(), [field(PLANNED_NAME)]);
    assert!(store.fields_to_make(&plan_id).unwrap().is_empty(), "nothing is approved");
    let approval = hub_core::ports::Approval { by: "user-1".into(), at: actor("upload-1").at };
    store.approve(&plan_id, Some(&[1]), &approval).unwrap();
    assert!(store.fields_to_make(&plan_id).unwrap().is_empty(), "the approved party has no value for it");
    approve(&*store, &plan_id);
    assert_eq!(store.fields_to_make(&plan_id).unwrap(), [field(PLANNED_NAME)], "now somebody needs it");
    store.field_made(&plan_id, &field(PLANNED_NAME), PLANNED_NAME, "upload-1", &actor("upload-1")).unwrap();
    assert!(store.fields_to_make(&plan_id).unwrap().is_empty(), "it is there");
    let made = store.fields_made_by("upload-1").unwrap();
    assert_eq!(made.len(), 1, "and the upload that made it is known");
    assert_eq!(made[0].made_by.as_deref(), Some("upload-1"));
    assert_eq!(store.custom_fields(CONNECTION).unwrap()[0].made_as.as_deref(), Some(PLANNED_NAME));
}

pub fn the_name_that_wedsync_gave_takes_the_place_of_the_planned_one(shelf: &dyn Shelf) {
    let plan_id = plan_with_field(shelf);
    let store = shelf.open();
    store.create_job(&job("upload-1", JobKind::Upload)).unwrap();
    approve(&*store, &plan_id);
    store.field_made(&plan_id, &field(PLANNED_NAME), GIVEN_NAME, "upload-1", &actor("upload-1")).unwrap();
    let rules = store.mapping(CONNECTION).unwrap().unwrap().rules;
    assert_eq!(rules[0]["wedsync_field"], json!(GIVEN_NAME), "the mapping names the field that is there");
    let unit = store.unit(&plan_id, 0).unwrap().unwrap().unit;
    let project = unit.ops.iter().find(|op| op.record.record_type == RecordType::Project).unwrap();
    let names: Vec<&String> = project.after.keys().filter(|name| name.starts_with("custom.")).collect();
    assert_eq!(names, [GIVEN_NAME], "and so does what is planned");
    let sent: Vec<Json> = {
        crate::shelf::enqueue(&*store, &plan_id, "upload-1", &[0]);
        let batch = store.cut_batch("upload-1", 200).unwrap().unwrap();
        let body: Json = serde_json::from_str(&batch.body).unwrap();
        body["ops"].as_array().unwrap().clone()
    };
    let project = sent.iter().find(|op| op["type"] == "project").unwrap();
    assert_eq!(project["fields"][GIVEN_NAME], json!("At last"), "and what is sent");
}
