//! WedSync's standard fields: the built-in copy of `GET /schema`, used when the cloud has not been asked yet.
//!
//! The cloud's answer decides; this list is what the default mappings and the first preview stand on.

use crate::record::RecordType;
use crate::value::FieldType;

/// What the question "who is it?" of a review stands under in place of a field. No record has it.
pub const SAME_AS: &str = "same_as";

/// How sensitive a field is; decides redaction and erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// Says nothing about a person.
    None,
    /// Names or reaches a person.
    Identifier,
    /// About a person, without naming them.
    Personal,
    /// Money between people.
    Financial,
}

/// One standard field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Wire name.
    pub name: &'static str,
    /// Type of its values.
    pub field_type: FieldType,
    /// WedSync refuses a record without it.
    pub required: bool,
    /// The record type a reference points at.
    pub references: Option<RecordType>,
    /// Sensitivity.
    pub personal_data: PersonalData,
}

const fn field(name: &'static str, field_type: FieldType, personal_data: PersonalData) -> FieldSpec {
    FieldSpec { name, field_type, required: false, references: None, personal_data }
}

const fn required(name: &'static str, field_type: FieldType, personal_data: PersonalData) -> FieldSpec {
    FieldSpec { name, field_type, required: true, references: None, personal_data }
}

const fn reference(name: &'static str, to: RecordType, required: bool) -> FieldSpec {
    FieldSpec {
        name,
        field_type: FieldType::Reference,
        required,
        references: Some(to),
        personal_data: PersonalData::None,
    }
}

use FieldType::{Array, Boolean, Date, Email, Json, Money, Number, Phone, Text};
use PersonalData::{Financial, Identifier, None as Plain, Personal};

const CLIENT: &[FieldSpec] =
    &[field("people", Array, Plain), field("company_name", Text, Identifier), field("notes", Text, Personal)];

const PERSON: &[FieldSpec] = &[
    required("first_name", Text, Identifier),
    field("last_name", Text, Identifier),
    field("email", Email, Identifier),
    field("phone", Phone, Identifier),
    field("other_emails", Array, Identifier),
    field("other_phones", Array, Identifier),
    field("maiden_name", Text, Identifier),
    field("title", Text, Personal),
    field("company_name", Text, Identifier),
    field("job_title", Text, Personal),
    field("birthday", Date, Personal),
    field("address", Json, Identifier),
    field("privacy_opt_in", Boolean, Personal),
    field("strict_privacy", Boolean, Personal),
    field("notes", Text, Personal),
];

const PROJECT: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, true),
    field("name", Text, Identifier),
    field("kind", Text, Plain),
    field("stage", Text, Plain),
    field("closed", Boolean, Plain),
    field("closed_reason", Text, Plain),
    field("wedding_date", Date, Personal),
    field("venue_name", Text, Personal),
    field("venue_address", Json, Personal),
    field("guest_count", Number, Plain),
    field("lead_source", Text, Plain),
    field("lead_status", Text, Plain),
    field("inquiry_date", Date, Plain),
    field("booking_date", Date, Plain),
    field("completed_date", Date, Plain),
    field("notes", Text, Personal),
    field("people", Array, Plain),
    field("crm_total", Money, Financial),
];

const EVENT: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, false),
    reference("project_id", RecordType::Project, false),
    field("name", Text, Identifier),
    field("kind", Text, Plain),
    field("start_date", Date, Personal),
    field("start_time", Text, Plain),
    field("end_date", Date, Personal),
    field("end_time", Text, Plain),
    field("time_zone", Text, Plain),
    field("all_day", Boolean, Plain),
    field("confirmed", Boolean, Plain),
    // `confirmed`, `tentative` or `cancelled` (RFC 5545, 3.8.1.11).
    field("status", Text, Plain),
    field("location_name", Text, Personal),
    field("address", Json, Personal),
    field("description", Text, Personal),
];

const INVOICE: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, true),
    reference("project_id", RecordType::Project, false),
    field("number", Text, Plain),
    field("title", Text, Personal),
    field("status", Text, Plain),
    field("due_date", Date, Plain),
    field("total", Money, Financial),
    field("balance", Money, Financial),
    field("order_reference", Text, Plain),
];

const PAYMENT: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, true),
    reference("project_id", RecordType::Project, false),
    reference("payer_id", RecordType::Person, false),
    field("status", Text, Plain),
    required("amount", Money, Financial),
    field("refunded", Money, Financial),
    field("paid_on", Date, Plain),
    field("method", Text, Plain),
    field("memo", Text, Personal),
    field("allocations", Array, Financial),
];

const TASK: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, false),
    reference("project_id", RecordType::Project, false),
    field("title", Text, Personal),
    field("due_date", Date, Plain),
    field("done", Boolean, Plain),
];

const DOCUMENT: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, false),
    reference("project_id", RecordType::Project, false),
    field("name", Text, Identifier),
    field("mime_type", Text, Plain),
    field("size", Number, Plain),
    field("created_on", Date, Plain),
    field("kind", Text, Plain),
];

const COMMUNICATION: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, false),
    reference("project_id", RecordType::Project, false),
    reference("person_id", RecordType::Person, false),
    field("kind", Text, Plain),
    field("date", Date, Plain),
    field("text", Text, Personal),
    field("html", Text, Personal),
];

const FORM: &[FieldSpec] = &[
    reference("client_id", RecordType::Client, false),
    reference("project_id", RecordType::Project, false),
    required("template_id", Text, Plain),
    field("state", Text, Plain),
    field("answers", Json, Personal),
];

/// The standard fields of a record type, in display order.
pub fn standard_fields(record_type: RecordType) -> &'static [FieldSpec] {
    match record_type {
        RecordType::Client => CLIENT,
        RecordType::Person => PERSON,
        RecordType::Project => PROJECT,
        RecordType::Event => EVENT,
        RecordType::Invoice => INVOICE,
        RecordType::Payment => PAYMENT,
        RecordType::Task => TASK,
        RecordType::Document => DOCUMENT,
        RecordType::Communication => COMMUNICATION,
        RecordType::Form => FORM,
    }
}

/// The standard field of this name.
pub fn standard_field(record_type: RecordType, name: &str) -> Option<&'static FieldSpec> {
    standard_fields(record_type).iter().find(|spec| spec.name == name)
}

/// The type of a field: a standard one, or `json` for a custom field whose definition is not at hand.
pub fn field_type(record_type: RecordType, name: &str) -> FieldType {
    standard_field(record_type, name).map_or(FieldType::Json, |spec| spec.field_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_references_are_named_so() {
        for record_type in RecordType::ALL {
            let specs = standard_fields(record_type);
            for (index, spec) in specs.iter().enumerate() {
                assert!(
                    specs[index + 1..].iter().all(|other| other.name != spec.name),
                    "{record_type}.{} is listed once",
                    spec.name
                );
                assert_eq!(
                    spec.references.is_some(),
                    spec.name.ends_with("_id") && spec.name != "template_id",
                    "{record_type}.{}: references end in _id",
                    spec.name
                );
            }
        }
    }
}
