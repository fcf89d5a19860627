//! WedSync as a sample profile knows it: nobody is signed in, nothing is held, and nothing can be sent. No request ever
//! leaves the computer.

use async_trait::async_trait;
use hub_core::custom_field::PlannedField;
use hub_core::ports::{
    CloudAccount, CloudApi, CloudFailure, CloudPage, ErasureProof, FormTemplate, Lease, OpResult, RetryAdvice,
};
use hub_core::record::{ExternalRef, RecordType};
use hub_core::schema::Schema;
use serde_json::{Value as Json, json};

/// The studio whose clients the sample is; invented, as they are.
pub(super) fn account() -> CloudAccount {
    CloudAccount {
        supplier_id: "sample".to_owned(),
        supplier_name: "Sample studio".to_owned(),
        user_id: "sample".to_owned(),
        user_name: "Sample studio".to_owned(),
        role: "owner".to_owned(),
        tier: "FREE".to_owned(),
        connection_limit: None,
        time_zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        country: "GB".to_owned(),
    }
}

/// The cloud of a sample profile.
pub(super) struct NoCloud;

fn never() -> CloudFailure {
    CloudFailure {
        code: "sample".to_owned(),
        message_id: "error.sample_never_uploaded",
        retry: RetryAdvice::Never,
        in_doubt: false,
        source: None,
    }
}

/// The standard fields, as the schema document lists them.
fn document() -> Json {
    let fields = Schema::built_in().fields;
    let types = RecordType::ALL.into_iter().map(|record_type| {
        let own: Vec<Json> = fields
            .iter()
            .filter(|field| field.record_type == record_type)
            .map(|field| {
                json!({
                    "key": field.name, "type": field.field_type.as_str(), "label": field.label, "group": "standard",
                    "required": field.required, "read_only": field.read_only, "personal_data": field.personal_data,
                })
            })
            .collect();
        json!({"type": record_type.as_str(), "fields": own})
    });
    json!({"revision": "sample", "types": types.collect::<Vec<_>>()})
}

#[async_trait]
impl CloudApi for NoCloud {
    async fn account(&self) -> Result<CloudAccount, CloudFailure> {
        Ok(account())
    }

    async fn schema(&self) -> Result<Json, CloudFailure> {
        Ok(document())
    }

    async fn changes(&self, cursor: &str) -> Result<CloudPage, CloudFailure> {
        Ok(CloudPage { records: Vec::new(), next: Some(cursor.to_owned()), done: true, feed_cursor: None })
    }

    async fn list(&self, _: Option<&str>) -> Result<CloudPage, CloudFailure> {
        Ok(CloudPage { records: Vec::new(), next: None, done: true, feed_cursor: Some("sample".to_owned()) })
    }

    async fn send_batch(&self, _: &str, _: &str, _: Option<&Lease>) -> Result<Vec<OpResult>, CloudFailure> {
        Err(never())
    }

    async fn batch_results(&self, _: &str) -> Result<Option<Vec<OpResult>>, CloudFailure> {
        Ok(None)
    }

    async fn put_connection(&self, _: &str, _: &str, _: &str, _: &str) -> Result<(), CloudFailure> {
        Ok(())
    }

    async fn erase(&self, _: Option<&str>) -> Result<Option<ErasureProof>, CloudFailure> {
        Ok(None)
    }

    async fn lease(&self, _: &str, _: &str, _: i64) -> Result<Lease, CloudFailure> {
        Err(never())
    }

    async fn release(&self, _: &Lease) -> Result<(), CloudFailure> {
        Ok(())
    }

    async fn add_field(&self, _: &PlannedField, _: &ExternalRef) -> Result<String, CloudFailure> {
        Err(never())
    }

    async fn form_templates(&self) -> Result<Vec<FormTemplate>, CloudFailure> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_knows_the_standard_fields_holds_nothing_and_takes_nothing() {
        let schema = Schema::read(&NoCloud.schema().await.expect("said")).expect("a schema");
        assert_eq!(schema.fields, Schema::built_in().fields);
        let page = NoCloud.list(None).await.expect("a page");
        assert!(page.records.is_empty() && page.done);
        let refused = NoCloud.send_batch("key", "{}", None).await.expect_err("never");
        assert_eq!(refused.message_id, "error.sample_never_uploaded");
        assert!(!refused.in_doubt, "nothing was sent");
        assert!(NoCloud.lease("c", "d", 1).await.is_err());
    }
}
