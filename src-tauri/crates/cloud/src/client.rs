//! One method per endpoint. None retries.

use std::sync::Arc;

use hub_core::ports::Secret;
use hub_core::record::{ExternalRef, RecordType};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::error::CloudError;
use crate::oauth::{BrokerGrant, BrokerReply, BrokerTokens, InstalledClient, InstalledReply};
use crate::tokens::TokenSource;
use crate::transport::{Answer, Call, Payload, Transport};
use crate::wire::{
    Account, BatchReply, Changes, Connection, CustomField, Erased, Joined, LeaseReply, Record, RecordList,
    RelayEvent, RelayInbox, Schema, Template, WireBatchReply,
};

/// The signed-in client.
#[derive(Clone)]
pub struct CloudClient {
    transport: Transport,
    tokens: Arc<dyn TokenSource>,
    device: String,
}

/// A custom field to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewField<'a> {
    /// Id made by the client; WedSync takes it unless it knows the reference already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// Record type it belongs to.
    pub record_type: RecordType,
    /// What people call it.
    pub label: &'a str,
    /// Name of the value type.
    #[serde(rename = "type")]
    pub field_type: &'a str,
    /// Closed list of values, empty when any will do.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub choices: &'a [String],
    /// The CRM's field; the same one never makes a second field.
    pub external_ref: &'a ExternalRef,
}

/// A connection to be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConnectionBody<'a> {
    /// Provider key.
    pub provider: &'a str,
    /// Account id of the probe.
    pub account: &'a str,
    /// What the supplier calls it.
    pub name: &'a str,
}

/// A page of a list that is continued by cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Entries.
    pub items: Vec<T>,
    /// Where to continue.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

/// A signed bundle. Whoever uses it checks the signature over `wedsync-definitions-v1\0` and the raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DefinitionBundle {
    /// Base64 of the raw bytes.
    pub bundle: String,
    /// Base64 of the ed25519 signature.
    pub signature: String,
    /// Which key signed.
    pub key_id: String,
}

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EraseScope<'a> {
    /// One person and what was written to or about them.
    Person(&'a str),
    /// The supplier's whole book.
    Everything,
}

impl CloudClient {
    /// A client of this cloud. `device` is the id under which the cloud tells this computer's own changes apart.
    pub fn new(transport: Transport, tokens: Arc<dyn TokenSource>, device: impl Into<String>) -> Self {
        Self { transport, tokens, device: device.into() }
    }

    /// `GET /account`.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn account(&self) -> Result<Account, CloudError> {
        self.get(&["account"], &[]).await
    }

    /// `GET /schema`.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn schema(&self) -> Result<Schema, CloudError> {
        self.get(&["schema"], &[]).await
    }

    /// `GET /schema` as it stands, for storage.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn schema_json(&self) -> Result<Json, CloudError> {
        self.get(&["schema"], &[]).await
    }

    /// `POST /schema/fields`: once per external reference, however often it is asked.
    ///
    /// # Errors
    /// `field_type_differs` when the field exists with another type.
    pub async fn add_field(&self, field: &NewField<'_>) -> Result<CustomField, CloudError> {
        self.write(Method::POST, &["schema", "fields"], field).await
    }

    /// `POST /records/batch` with exactly this body. `lease` is connection id and token; hand edits have none.
    ///
    /// # Errors
    /// `op_reused`, `batch_reused`, `fenced`; nothing was applied then.
    pub async fn send_batch(
        &self,
        idempotency_key: &str,
        body: &str,
        lease: Option<(&str, &str)>,
    ) -> Result<BatchReply, CloudError> {
        let lease = lease.map(|(connection, token)| format!("{connection} {token}"));
        let mut headers =
            vec![("idempotency-key", idempotency_key), ("wedsync-device", self.device.as_str())];
        if let Some(lease) = &lease {
            headers.push(("wedsync-lease", lease));
        }
        let call = Call {
            method: Method::POST,
            path: &["records", "batch"],
            query: &[],
            headers: &headers,
            body: Payload::Json(body.as_bytes()),
            reply_cap: self.transport.limits.reply_bytes,
        };
        let reply: WireBatchReply = self.signed_in(&call).await?;
        Ok(reply.into())
    }

    /// `GET /records/batch/{key}`: the stored results of a batch, as sending it again would answer them.
    ///
    /// # Errors
    /// `batch_unknown` when no batch of this key was taken, or longer than 90 days ago.
    pub async fn batch_results(&self, idempotency_key: &str) -> Result<BatchReply, CloudError> {
        let reply: WireBatchReply = self.get(&["records", "batch", idempotency_key], &[]).await?;
        Ok(reply.into())
    }

    /// `GET /records/changes`; without a cursor from the beginning. At most 500 entries.
    ///
    /// # Errors
    /// `cursor_expired` when the cursor is too old: a full list is due.
    pub async fn changes(&self, cursor: Option<&str>, limit: u32) -> Result<Changes, CloudError> {
        self.page(&["records", "changes"], cursor, limit, &[]).await
    }

    /// `GET /records`; without a cursor the first page. At most 500 entries.
    ///
    /// # Errors
    /// `cursor_expired` when the list has to begin anew.
    pub async fn list(
        &self,
        record_type: Option<RecordType>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<RecordList, CloudError> {
        let kind = record_type.map(|kind| [("type", kind.as_str())]);
        self.page(&["records"], cursor, limit, kind.as_ref().map_or(&[], |kind| kind.as_slice())).await
    }

    /// `GET /records/{type}/{id}`, deleted or not.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn record(&self, record_type: RecordType, id: &str) -> Result<Record, CloudError> {
        self.get(&["records", record_type.as_str(), id], &[]).await
    }

    /// `POST /records/{type}/{id}/restore`.
    ///
    /// # Errors
    /// `restore_expired` after 30 days, `parent_missing` when what it points at is gone.
    pub async fn restore(&self, record_type: RecordType, id: &str) -> Result<Record, CloudError> {
        self.post_empty(&["records", record_type.as_str(), id, "restore"]).await
    }

    /// `PUT /connections/{id}`.
    ///
    /// # Errors
    /// `tier_limit`, `connection_differs`.
    pub async fn put_connection(
        &self,
        id: &str,
        body: &ConnectionBody<'_>,
    ) -> Result<Connection, CloudError> {
        self.write(Method::PUT, &["connections", id], body).await
    }

    /// `GET /connections/{id}`.
    ///
    /// # Errors
    /// `connection_unknown`.
    pub async fn connection(&self, id: &str) -> Result<Connection, CloudError> {
        self.get(&["connections", id], &[]).await
    }

    /// `POST /leases/{connection}`: takes or renews.
    ///
    /// # Errors
    /// `lease_held` while another device has it.
    pub async fn lease(
        &self,
        connection: &str,
        device_id: &str,
        db_epoch: i64,
    ) -> Result<LeaseReply, CloudError> {
        let body = json!({"device_id": device_id, "db_epoch": db_epoch});
        self.write(Method::POST, &["leases", connection], &body).await
    }

    /// `DELETE /leases/{connection}`: gives a lease back; `false` when this token did not hold it any more.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn release(&self, connection: &str, token: &str) -> Result<bool, CloudError> {
        #[derive(Deserialize)]
        struct Reply {
            released: bool,
        }
        let lease = format!("{connection} {token}");
        let (path, headers) = (["leases", connection], [("wedsync-lease", lease.as_str())]);
        let cap = self.transport.limits.reply_bytes;
        let call = Call { headers: &headers, ..call(Method::DELETE, &path, &[], Payload::None, cap) };
        let reply: Reply = self.signed_in(&call).await?;
        Ok(reply.released)
    }

    /// `GET /form-templates`.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn form_templates(&self) -> Result<Vec<Template>, CloudError> {
        #[derive(Deserialize)]
        struct Reply {
            templates: Vec<Template>,
        }
        let reply: Reply = self.get(&["form-templates"], &[]).await?;
        Ok(reply.templates)
    }

    /// `GET /definitions`, with what WedSync calls this version of them; nothing where that is what `known` names.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn definitions(
        &self,
        known: Option<&str>,
    ) -> Result<Option<(DefinitionBundle, Option<String>)>, CloudError> {
        let cap = self.transport.limits.reply_bytes;
        let known = known.map(|tag| [("if-none-match", tag)]);
        let headers = known.as_ref().map_or(&[][..], |known| known.as_slice());
        let call = Call { headers, ..call(Method::GET, &["definitions"], &[], Payload::None, cap) };
        let answer = self.signed_in_answer(&call).await?;
        if answer.unchanged {
            return Ok(None);
        }
        let bundle =
            serde_json::from_slice(&answer.bytes).map_err(|error| CloudError::Unreadable(error.into()))?;
        Ok(Some((bundle, answer.tag)))
    }

    /// `POST /oauth/{provider}/token`.
    ///
    /// # Errors
    /// `invalid_grant` when the CRM refuses, `provider_unreachable` when it does not answer.
    pub async fn broker_token(
        &self,
        provider: &str,
        grant: &BrokerGrant<'_>,
    ) -> Result<BrokerTokens, CloudError> {
        let mut body = match grant {
            BrokerGrant::Code { code, redirect_uri, .. } => json!({
                "grant_type": "authorization_code", "code": code.expose(), "redirect_uri": redirect_uri,
            }),
            BrokerGrant::Refresh(refresh) => {
                json!({"grant_type": "refresh_token", "refresh_token": refresh.expose()})
            }
        };
        if let BrokerGrant::Code { verifier: Some(verifier), .. } = grant {
            body["code_verifier"] = json!(verifier.expose());
        }
        let reply: BrokerReply = self.write(Method::POST, &["oauth", provider, "token"], &body).await?;
        Ok(reply.into())
    }

    /// `GET /oauth/{provider}/client`: what this app is called at a CRM that gives each program a name of its own.
    ///
    /// # Errors
    /// `provider_unknown` where WedSync is not registered there.
    pub async fn installed_client(&self, provider: &str) -> Result<InstalledClient, CloudError> {
        let reply: InstalledReply = self.get(&["oauth", provider, "client"], &[]).await?;
        Ok(reply.into())
    }

    /// `POST /oauth/{provider}/revoke`: takes a sign-in at a CRM back, where WedSync is its client.
    ///
    /// # Errors
    /// `provider_unreachable` when the CRM does not answer.
    pub async fn broker_revoke(&self, provider: &str, token: &Secret) -> Result<(), CloudError> {
        let body = json!({ "token": token.expose() });
        let _empty: Json = self.write(Method::POST, &["oauth", provider, "revoke"], &body).await?;
        Ok(())
    }

    /// `PUT /relay/inboxes/{id}`: an address that takes events. The same id has the same address, however often it is asked.
    ///
    /// # Errors
    /// `inbox_differs` when the id is that of another provider's address.
    pub async fn put_inbox(&self, id: &str, provider: &str, name: &str) -> Result<RelayInbox, CloudError> {
        let body = json!({"provider": provider, "name": name});
        self.write(Method::PUT, &["relay", "inboxes", id], &body).await
    }

    /// `DELETE /relay/inboxes/{id}`: ends an address; `false` when there was none.
    ///
    /// # Errors
    /// See [`CloudError`].
    pub async fn end_inbox(&self, id: &str) -> Result<bool, CloudError> {
        #[derive(Deserialize)]
        struct Reply {
            ended: bool,
        }
        let cap = self.transport.limits.reply_bytes;
        let path = ["relay", "inboxes", id];
        let reply: Reply = self.signed_in(&call(Method::DELETE, &path, &[], Payload::None, cap)).await?;
        Ok(reply.ended)
    }

    /// `GET /relay`, of one address or of all.
    ///
    /// # Errors
    /// `cursor_expired`.
    pub async fn relay(
        &self,
        inbox: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<RelayEvent>, CloudError> {
        #[derive(Deserialize)]
        struct Reply {
            events: Vec<RelayEvent>,
            cursor: String,
            more: bool,
        }
        let reply: Reply = self
            .page(&["relay"], cursor, limit, inbox.map(|id| [("inbox", id)]).as_ref().map_or(&[], |one| one))
            .await?;
        Ok(Page { items: reply.events, cursor: reply.cursor, more: reply.more })
    }

    /// `GET /growth`.
    ///
    /// # Errors
    /// `cursor_expired`.
    pub async fn growth(&self, cursor: Option<&str>, limit: u32) -> Result<Page<Joined>, CloudError> {
        #[derive(Deserialize)]
        struct Reply {
            joined: Vec<Joined>,
            cursor: String,
            more: bool,
        }
        let reply: Reply = self.page(&["growth"], cursor, limit, &[]).await?;
        Ok(Page { items: reply.joined, cursor: reply.cursor, more: reply.more })
    }

    /// `POST /privacy/erase`.
    ///
    /// # Errors
    /// `role_forbidden` for everybody but the owner.
    pub async fn erase(&self, scope: &EraseScope<'_>) -> Result<Erased, CloudError> {
        let body = match scope {
            EraseScope::Person(id) => json!({"scope": "person", "person_id": id}),
            EraseScope::Everything => json!({"scope": "everything"}),
        };
        self.write(Method::POST, &["privacy", "erase"], &body).await
    }

    /// `GET /privacy/export`, as the bytes the cloud sent.
    ///
    /// # Errors
    /// `role_forbidden` for everybody but the owner.
    pub async fn export(&self) -> Result<Vec<u8>, CloudError> {
        let cap = self.transport.limits.export_bytes;
        self.signed_in_bytes(&call(Method::GET, &["privacy", "export"], &[], Payload::None, cap)).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, CloudError> {
        let cap = self.transport.limits.reply_bytes;
        self.signed_in(&call(Method::GET, path, query, Payload::None, cap)).await
    }

    async fn page<T: DeserializeOwned>(
        &self,
        path: &[&str],
        cursor: Option<&str>,
        limit: u32,
        more: &[(&str, &str)],
    ) -> Result<T, CloudError> {
        let limit = limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        query.extend(more);
        self.get(path, &query).await
    }

    async fn post_empty<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, CloudError> {
        let cap = self.transport.limits.reply_bytes;
        self.signed_in(&call(Method::POST, path, &[], Payload::None, cap)).await
    }

    async fn write<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &B,
    ) -> Result<T, CloudError> {
        let bytes = serde_json::to_vec(body).map_err(|source| CloudError::Unwritable(source.into()))?;
        let cap = self.transport.limits.reply_bytes;
        self.signed_in(&call(method, path, &[], Payload::Json(&bytes), cap)).await
    }

    async fn signed_in<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, CloudError> {
        let bytes = self.signed_in_bytes(call).await?;
        serde_json::from_slice(&bytes).map_err(|error| CloudError::Unreadable(error.into()))
    }

    async fn signed_in_bytes(&self, call: &Call<'_>) -> Result<Vec<u8>, CloudError> {
        self.signed_in_answer(call).await.map(|answer| answer.bytes)
    }

    async fn signed_in_answer(&self, call: &Call<'_>) -> Result<Answer, CloudError> {
        let token = self.tokens.access_token().await?;
        match self.transport.answer(call, Some(token.expose())).await {
            // Turned away at the door: nothing was applied, so that sending again is no retry.
            Err(CloudError::Problem(problem)) if problem.status == 401 && problem.code == "token_expired" => {
                let fresh = self.tokens.refresh(&token).await?;
                self.transport.answer(call, Some(fresh.expose())).await
            }
            answer => answer,
        }
    }
}

fn call<'a>(
    method: Method,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Payload<'a>,
    reply_cap: usize,
) -> Call<'a> {
    Call { method, path, query, headers: &[], body, reply_cap }
}
