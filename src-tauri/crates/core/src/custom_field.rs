//! Custom fields: what a supplier added to the CRM's own fields, and where each of them goes (MODEL 1).
//!
//! A field is known by the CRM's id for it, never by its label: a rename changes the label only. Nothing is brought in
//! before somebody has chosen; until then, and under "keep on this computer", the values stay in the raw records, whole.
//! Deliberately absent: the values themselves. They are leaves of the assembled document and mapped like any other.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::canonical::uuid_v8;
use crate::ports::Connection;
use crate::record::{ExternalRef, RecordType};
use crate::value::FieldType;

/// What stands before the id in the name of a custom field of WedSync.
pub const CUSTOM_PREFIX: &str = "custom.";

/// A custom field as the CRM defines it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomFieldDef {
    /// Type of the records that carry it.
    pub record_type: RecordType,
    /// Stream that defines it.
    pub stream: String,
    /// The CRM's id; the key of its values.
    pub external_id: String,
    /// What the supplier calls it.
    pub label: String,
    /// The CRM's word for its kind.
    pub kind: String,
    /// The type its values are read as.
    pub value_type: FieldType,
    /// Values that the CRM offers. Not a closed list here: a value that was offered once is kept.
    pub choices: Vec<String>,
    /// Path of its value in the assembled document.
    pub source: String,
    /// Put away in the CRM.
    pub hidden: bool,
}

/// Where the values of a custom field go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case", deny_unknown_fields)]
pub enum CustomFieldChoice {
    /// Into a field that WedSync has.
    Existing {
        /// Its name.
        field: String,
    },
    /// Into a custom field that the upload makes in WedSync.
    New,
    /// Nowhere: they stay on this computer.
    Keep,
}

/// A custom field with what was chosen for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCustomField {
    /// As the CRM defines it.
    pub def: CustomFieldDef,
    /// What was chosen; `None` before anybody chose, which brings nothing in.
    pub choice: Option<CustomFieldChoice>,
    /// The name of its own custom field in WedSync, once an upload of this computer has made it.
    pub made_as: Option<String>,
}

impl StoredCustomField {
    /// The name of its own custom field: as it was made, else as it will be asked for.
    pub fn own_name(&self, connection: &Connection) -> String {
        self.made_as.clone().unwrap_or_else(|| {
            let account = &connection.account.account_id;
            self.def.own_name(&connection.supplier_id, &connection.provider, account)
        })
    }

    /// What the rules of a mapping do with it: they decide, whatever was chosen before they were changed by hand.
    pub fn choice_under(&self, rules: &[Json], connection: &Connection) -> Option<CustomFieldChoice> {
        let target = rules
            .iter()
            .find(|rule| self.def.is_read_by(rule))
            .and_then(|rule| rule.get("wedsync_field").and_then(Json::as_str));
        match target {
            Some(field) if field == self.own_name(connection) => Some(CustomFieldChoice::New),
            Some(field) => Some(CustomFieldChoice::Existing { field: field.to_owned() }),
            None => self.choice.as_ref().map(|_| CustomFieldChoice::Keep),
        }
    }
}

impl CustomFieldDef {
    /// The name that its own custom field has in WedSync: derived from what the field is, so that two computers of one
    /// supplier give it the same name (MODEL 5).
    pub fn own_name(&self, supplier_id: &str, provider: &str, account: &str) -> String {
        let record_type = self.record_type.as_str();
        let id = uuid_v8(&[
            "custom_field",
            supplier_id,
            provider,
            account,
            record_type,
            &self.stream,
            &self.external_id,
        ]);
        format!("{CUSTOM_PREFIX}{id}")
    }

    /// Its reference, under which WedSync makes it once.
    pub fn external_ref(&self, provider: &str, account: &str) -> ExternalRef {
        ExternalRef {
            provider: provider.to_owned(),
            account: account.to_owned(),
            stream: self.stream.clone(),
            id: self.external_id.clone(),
        }
    }

    /// Whether a rule of a mapping reads this field: its value, or the whole entry.
    pub fn is_read_by(&self, rule: &Json) -> bool {
        let entry = self.source.strip_suffix(".value").unwrap_or(&self.source);
        rule.get("record_type").and_then(Json::as_str) == Some(self.record_type.as_str())
            && rule
                .get("sources")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .any(|source| source == self.source || source == entry)
    }

    /// The rule that brings it into a field of WedSync; import only, like all rules before two-way is turned on.
    pub fn rule(&self, field: &str, value_type: FieldType) -> Json {
        json!({
            "record_type": self.record_type.as_str(),
            "wedsync_field": field,
            "sources": [self.source],
            "value_type": value_type.as_str(),
            "transforms": [],
            "direction": "import_only",
            "required": false,
            "confirmed": true,
        })
    }
}

/// A custom field that a plan makes in WedSync before the records that use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedField {
    /// Type of the records that carry it.
    pub record_type: RecordType,
    /// Stream that defines it in the CRM.
    pub stream: String,
    /// The CRM's id.
    pub external_id: String,
    /// The name it will have in WedSync.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Type of its values.
    pub value_type: FieldType,
    /// How many records of the plan have a value for it.
    pub records: u64,
    /// The upload that made it; `None` while it is planned.
    pub made_by: Option<String>,
}

impl PlannedField {
    /// What of it is approved with the plan: everything but how often it is used.
    pub fn hash(&self) -> String {
        crate::canonical::hash_json(&json!({
            "kind": "field",
            "record_type": self.record_type,
            "stream": self.stream,
            "external_id": self.external_id,
            "name": self.name,
            "label": self.label,
            "value_type": self.value_type,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn def() -> CustomFieldDef {
        CustomFieldDef {
            record_type: RecordType::Project,
            stream: "custom-field".into(),
            external_id: "f1".into(),
            label: "First dance song".into(),
            kind: "TextField".into(),
            value_type: FieldType::Text,
            choices: Vec::new(),
            source: "jobs.0.custom_fields.f1.value".into(),
            hidden: false,
        }
    }

    #[test]
    fn a_rename_changes_the_label_only() {
        let renamed = CustomFieldDef { label: "Song".into(), ..def() };
        assert_eq!(def().own_name("s", "tave", "a"), renamed.own_name("s", "tave", "a"));
        assert_ne!(
            def().own_name("s", "tave", "a"),
            def().own_name("s", "tave", "b"),
            "another account's field"
        );
        assert!(def().own_name("s", "tave", "a").starts_with(CUSTOM_PREFIX));
        let rule = def().rule("custom.x", FieldType::Text);
        assert!(renamed.is_read_by(&rule));
        let other = CustomFieldDef { source: "jobs.0.custom_fields.f2.value".into(), ..def() };
        assert!(!other.is_read_by(&rule));
    }

    #[test]
    fn a_choice_has_one_encoding() {
        let read = |json: Json| serde_json::from_value::<CustomFieldChoice>(json);
        assert_eq!(read(json!({"choice": "new"})).unwrap(), CustomFieldChoice::New);
        let existing = CustomFieldChoice::Existing { field: "notes".into() };
        assert_eq!(read(json!({"choice": "existing", "field": "notes"})).unwrap(), existing);
        assert!(read(json!({"choice": "existing"})).is_err(), "into which field?");
    }
}
