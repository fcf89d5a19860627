//! Custom fields: their definitions, what was chosen for them, and the fields that a plan makes in WedSync.

use serde_json::Value as Json;

use super::{Actor, StoreResult};
use crate::custom_field::{CustomFieldChoice, CustomFieldDef, PlannedField, StoredCustomField};
use crate::record::RecordType;

/// One choice: record type and CRM id of the field, and where its values go.
pub type FieldChoice = (RecordType, String, CustomFieldChoice);

/// Custom fields.
pub trait FieldStore: Send + Sync {
    /// The custom fields of a connection, by record type and label.
    fn custom_fields(&self, connection_id: &str) -> StoreResult<Vec<StoredCustomField>>;
    /// Takes over what the CRM says: new fields, labels, kinds. Choices stay, and so does a field that the CRM no longer
    /// lists: its values may still be there.
    fn put_custom_fields(&self, connection_id: &str, defs: &[CustomFieldDef]) -> StoreResult<()>;
    /// Stores choices together with the rules that carry them out, in one transaction; returns the mapping's revision.
    fn choose_custom_fields(
        &self,
        connection_id: &str,
        choices: &[FieldChoice],
        rules: &[Json],
    ) -> StoreResult<i64>;
    /// Sets the fields that a plan makes, before it is sealed.
    fn put_plan_fields(&self, plan_id: &str, fields: &[PlannedField]) -> StoreResult<()>;
    /// The fields that a plan makes, in order.
    fn plan_fields(&self, plan_id: &str) -> StoreResult<Vec<PlannedField>>;
    /// Those that are not made yet and that an approved unit has a value for.
    fn fields_to_make(&self, plan_id: &str) -> StoreResult<Vec<PlannedField>>;
    /// WedSync has made a field under this name. Another name than the planned one takes its place in the connection's
    /// mapping and, by alias, in everything that is planned; in one transaction.
    fn field_made(
        &self,
        plan_id: &str,
        field: &PlannedField,
        name: &str,
        job_id: &str,
        actor: &Actor,
    ) -> StoreResult<()>;
    /// The fields that an upload made.
    fn fields_made_by(&self, job_id: &str) -> StoreResult<Vec<PlannedField>>;
}
