//! The client as the engine's port.

use async_trait::async_trait;
use hub_core::custom_field::{CUSTOM_PREFIX, PlannedField};
use hub_core::ports::{
    CloudAccount, CloudApi, CloudFailure, CloudPage, CloudRecord, ErasureProof, FormQuestion, FormTemplate,
    Inbox, Lease, OpResult, Relay, Relayed, RelayedPage,
};
use hub_core::record::ExternalRef;
use serde_json::Value as Json;

use crate::client::{CloudClient, ConnectionBody, EraseScope, NewField};

/// Entries per page; the most the contract allows, because each page is a request.
const PAGE: u32 = 500;

#[async_trait]
impl CloudApi for CloudClient {
    async fn account(&self) -> Result<CloudAccount, CloudFailure> {
        let account = CloudClient::account(self).await?;
        Ok(CloudAccount {
            supplier_id: account.supplier.id,
            supplier_name: account.supplier.name,
            user_id: account.user.id,
            user_name: account.user.name,
            role: account.user.role,
            tier: account.tier,
            connection_limit: account.limits.connections,
            time_zone: account.supplier.time_zone,
            currency: account.supplier.currency,
            country: account.supplier.country,
        })
    }

    async fn schema(&self) -> Result<Json, CloudFailure> {
        Ok(self.schema_json().await?)
    }

    async fn changes(&self, cursor: &str) -> Result<CloudPage, CloudFailure> {
        let page = CloudClient::changes(self, Some(cursor), PAGE).await?;
        Ok(CloudPage {
            records: page.changes.into_iter().map(CloudRecord::from).collect(),
            next: Some(page.cursor),
            done: !page.more,
            feed_cursor: None,
        })
    }

    async fn list(&self, cursor: Option<&str>) -> Result<CloudPage, CloudFailure> {
        let page = CloudClient::list(self, None, cursor, PAGE).await?;
        Ok(CloudPage {
            records: page.records.into_iter().map(CloudRecord::from).collect(),
            next: page.cursor,
            done: page.done,
            feed_cursor: page.feed_cursor,
        })
    }

    async fn send_batch(
        &self,
        idempotency_key: &str,
        body: &str,
        lease: Option<&Lease>,
    ) -> Result<Vec<OpResult>, CloudFailure> {
        let lease = lease.map(|lease| (lease.connection_id.as_str(), lease.token.as_str()));
        Ok(CloudClient::send_batch(self, idempotency_key, body, lease).await?.results)
    }

    async fn batch_results(&self, idempotency_key: &str) -> Result<Option<Vec<OpResult>>, CloudFailure> {
        match CloudClient::batch_results(self, idempotency_key).await {
            Ok(reply) => Ok(Some(reply.results)),
            Err(error) if error.code() == "batch_unknown" => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn put_connection(
        &self,
        id: &str,
        provider: &str,
        account: &str,
        name: &str,
    ) -> Result<(), CloudFailure> {
        CloudClient::put_connection(self, id, &ConnectionBody { provider, account, name }).await?;
        Ok(())
    }

    async fn lease(
        &self,
        connection_id: &str,
        device_id: &str,
        db_epoch: i64,
    ) -> Result<Lease, CloudFailure> {
        let lease = CloudClient::lease(self, connection_id, device_id, db_epoch).await?;
        Ok(Lease {
            connection_id: connection_id.to_owned(),
            token: lease.token,
            expires_in: lease.expires_in,
            last_epoch: lease.last_epoch,
        })
    }

    async fn release(&self, lease: &Lease) -> Result<(), CloudFailure> {
        // Not held any more is as good as given back.
        CloudClient::release(self, &lease.connection_id, &lease.token).await?;
        Ok(())
    }

    async fn add_field(&self, field: &PlannedField, reference: &ExternalRef) -> Result<String, CloudFailure> {
        let made = CloudClient::add_field(
            self,
            &NewField {
                id: field.name.strip_prefix(CUSTOM_PREFIX),
                record_type: field.record_type,
                label: &field.label,
                field_type: field.value_type.as_str(),
                // The CRM's list of values is no closed list: a value that was offered once is kept.
                choices: &[],
                external_ref: reference,
            },
        )
        .await?;
        Ok(made.field.key)
    }

    async fn erase(&self, person_id: Option<&str>) -> Result<Option<ErasureProof>, CloudFailure> {
        let scope = person_id.map_or(EraseScope::Everything, EraseScope::Person);
        match CloudClient::erase(self, &scope).await {
            Ok(erased) => Ok(Some(ErasureProof { erased: erased.erased, proof: erased.proof })),
            Err(error) if person_id.is_some() && error.code() == "not_found" => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn form_templates(&self) -> Result<Vec<FormTemplate>, CloudFailure> {
        let templates = CloudClient::form_templates(self).await?;
        Ok(templates
            .into_iter()
            .map(|template| FormTemplate {
                id: template.id,
                name: template.name,
                applies_to: template.record_type.as_str().to_owned(),
                questions: template
                    .questions
                    .into_iter()
                    .map(|question| FormQuestion {
                        key: question.key,
                        label: question.label,
                        answer_type: question.kind,
                    })
                    .collect(),
            })
            .collect())
    }
}

#[async_trait]
impl Relay for CloudClient {
    async fn inbox(&self, id: &str, provider: &str, name: &str) -> Result<Inbox, CloudFailure> {
        let inbox = CloudClient::put_inbox(self, id, provider, name).await?;
        Ok(Inbox { id: inbox.id, address: inbox.address })
    }

    async fn end(&self, id: &str) -> Result<(), CloudFailure> {
        // One that is not there any more is as good as ended.
        CloudClient::end_inbox(self, id).await?;
        Ok(())
    }

    async fn events(
        &self,
        inbox: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<RelayedPage, CloudFailure> {
        let page = CloudClient::relay(self, Some(inbox), cursor, limit).await?;
        let events = page
            .items
            .into_iter()
            .map(|event| Relayed { seq: event.seq, received_at: event.received_at, payload: event.payload })
            .collect();
        Ok(RelayedPage { events, cursor: page.cursor, more: page.more })
    }
}
