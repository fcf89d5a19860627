//! Ways of a provider that allows nobody that way: whether a person switched them on.

use hub_connectors::Definition;
use hub_core::ports::{
    ConnectionStore as _, ConnectorError, RetryAdvice, StoreError, StoreResult, way_on_setting,
};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::DefinedCrms;

impl DefinedCrms {
    /// Since when a way is on that the provider allows nobody; nothing where it is off, or was never to be switched.
    pub(super) fn on_since(&self, definition: &Definition) -> StoreResult<Option<Timestamp>> {
        let kept = self.store.setting(&way_on_setting(&definition.identity.key))?;
        let at = kept.as_ref().and_then(|kept| kept.get("at")).and_then(Json::as_str);
        Ok(at.and_then(|at| at.parse().ok()))
    }

    /// Whether nothing has to be switched on, or it is.
    pub(super) fn is_on(&self, definition: &Definition) -> Result<bool, ConnectorError> {
        let switched = definition.routes.sign_in.as_ref().is_some_and(|site| site.off_until.is_some());
        if !switched {
            return Ok(true);
        }
        let unread = |error: StoreError| ConnectorError {
            message_id: "error.fault",
            params: Vec::new(),
            retry: RetryAdvice::Never,
            source: Some(Box::new(error)),
        };
        Ok(self.on_since(definition).map_err(unread)?.is_some())
    }
}

/// The person switched this way off, or never on.
pub(super) fn way_off(name: &str) -> ConnectorError {
    ConnectorError {
        message_id: "error.way_off",
        params: vec![("provider", name.to_owned()), ("action", "sign_in_again".to_owned())],
        retry: RetryAdvice::SignIn,
        source: None,
    }
}
