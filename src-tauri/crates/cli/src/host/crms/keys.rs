//! Keys in the form in which the vault keeps them: bound to the origin they were given for (MODEL 11).

use std::borrow::Cow;

use hub_api::ApiError;
use hub_connectors::Credential;
use hub_core::malformed::Malformed;
use hub_core::ports::Secret;
use serde::{Deserialize, Serialize};

/// The form of a key in the vault. Frozen: old vaults hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedKey<'a> {
    origin: Cow<'a, str>,
    key: Cow<'a, str>,
}

/// The key, bound to the origin it was given for.
pub(super) fn sealed(origin: String, key: &Secret) -> Result<Secret, ApiError> {
    let sealed = SealedKey { origin: origin.into(), key: key.expose().into() };
    serde_json::to_string(&sealed).map(Secret::new).map_err(ApiError::Encode)
}

/// What was sealed, as it is: the address of a calendar.
pub(super) fn text(sealed: &Secret) -> Result<Secret, Malformed> {
    let read: SealedKey<'_> = serde_json::from_str(sealed.expose()).map_err(Malformed::from)?;
    Ok(Secret::new(read.key))
}

/// What opens an account, as it was sealed.
pub(super) fn opened(sealed: &Secret) -> Result<Credential, Malformed> {
    let read: SealedKey<'_> = serde_json::from_str(sealed.expose()).map_err(Malformed::from)?;
    Ok(Credential::key(Secret::new(read.key), read.origin.into_owned()))
}
