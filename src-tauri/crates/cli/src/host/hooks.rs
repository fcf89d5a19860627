//! Places that are told: what is sealed of them, and carrying events there.

use std::sync::Arc;

use async_trait::async_trait;
use hub_api::{ApiError, Code, PlaceAsked, PlaceSealed};
use hub_connectors::definition::{RouteKind, State, Takes};
use hub_connectors::hook::HookPost;
use hub_connectors::http::HttpFault;
use hub_connectors::{Definition, Reach, embedded};
use hub_core::message::Message;
use hub_core::ports::{Carried, Carrier, Hook, HookEvent, HookKind, Secret, SecretStore};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::files::fresh_id;

/// The form of a place in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedPlace {
    address: String,
    secret: String,
}

/// Carries events with what the vault knows of their places.
pub(super) struct HookCarrier {
    post: HookPost,
    vault: Arc<dyn SecretStore>,
}

fn refused(message_id: &str) -> ApiError {
    ApiError::refused(Code::Refused, message_id)
}

fn unreachable(fault: HttpFault) -> ApiError {
    ApiError::from(fault.into_error("hook"))
}

/// How a provider is told of changes, if it is.
fn kind_of(definition: &Definition) -> Option<HookKind> {
    let routes = &definition.routes;
    let bridge = routes.bridge.as_ref();
    if bridge.is_some_and(|bridge| bridge.state == State::Ready && bridge.takes == Takes::Hooks) {
        return Some(HookKind::WebHook);
    }
    let pushes = routes.state(RouteKind::Push) == Some(State::Ready);
    (pushes && definition.identity.key == "lightblue").then_some(HookKind::LightBlue)
}

impl HookCarrier {
    pub(super) fn new(reach: Reach, vault: Arc<dyn SecretStore>) -> Result<HookCarrier, HttpFault> {
        Ok(HookCarrier { post: HookPost::new(reach)?, vault })
    }

    /// What is sealed of a place, after it was looked at.
    pub(super) async fn seal(&self, asked: PlaceAsked) -> Result<PlaceSealed, ApiError> {
        let definition = match embedded(&asked.provider) {
            Some(Ok(definition)) => definition,
            Some(Err(_)) | None => return Err(refused("error.hook.takes_nothing")),
        };
        let kind = kind_of(&definition).ok_or_else(|| ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.hook.takes_nothing").with("provider", &definition.identity.name),
        })?;
        let name = definition.identity.name.clone();
        let host_of = |url: &Url| url.host_str().unwrap_or_default().to_owned();
        let (address, secret, host, signing) = match kind {
            HookKind::WebHook => {
                let given = asked.secret.expose();
                let url = self.post.address(given).map_err(|_| refused("error.hook.address"))?;
                let secret = format!("whsec_{}", fresh_id()?);
                (url.to_string(), secret.clone(), host_of(&url), Some(Secret::new(secret)))
            }
            HookKind::LightBlue => {
                let base = asked.base_url.as_deref();
                let at = self.post.light_blue(base).map_err(|_| refused("error.hook.address"))?;
                if !self.post.light_blue_key(&at, &asked.secret).await.map_err(unreachable)? {
                    return Err(ApiError::refused(Code::CrmKey, "error.hook.light_blue_key"));
                }
                (at.as_str().to_owned(), asked.secret.expose().to_owned(), at.host(), None)
            }
        };
        let sealed = SealedPlace { address, secret };
        let sealed = serde_json::to_string(&sealed).map(Secret::new).map_err(ApiError::Encode)?;
        Ok(PlaceSealed { kind, name, host, sealed, signing })
    }

    fn opened(&self, hook: &Hook) -> Option<SealedPlace> {
        match self.vault.secret(&hook.vault_ref()) {
            Ok(Some(sealed)) => serde_json::from_str(sealed.expose()).ok(),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a place could not be unsealed");
                None
            }
        }
    }
}

#[async_trait]
impl Carrier for HookCarrier {
    async fn carry(&self, hook: &Hook, event: &HookEvent, at: Timestamp) -> Carried {
        let Some(place) = self.opened(hook) else {
            return Carried::Refused { why: "hook.address_lost" };
        };
        let (address, secret) = (Secret::new(place.address), Secret::new(place.secret));
        match hook.kind {
            HookKind::WebHook => self.post.post(&address, &secret, event, at).await,
            HookKind::LightBlue => match self.post.light_blue(Some(address.expose())) {
                Ok(inbox) => self.post.light_blue_post(&inbox, &secret, event).await,
                Err(_) => Carried::Refused { why: "hook.address_refused" },
            },
        }
    }
}
