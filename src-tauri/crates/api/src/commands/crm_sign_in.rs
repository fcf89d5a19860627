//! Signing in to a CRM in the browser; the attempts themselves are the host's.

use super::connections::room_for_one_more;
use super::sign_in::short_code_of;
use crate::dto::{
    CrmSignInBegin, CrmSignInState, CrmWindowOpen, Done, SignInAttempt, SignInBegun, SignInCallback,
    SignInShortCode,
};
use crate::{ApiError, Code, Host};

pub(crate) async fn begin(host: &dyn Host, request: CrmSignInBegin) -> Result<SignInBegun, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    if request.connection_id.is_none() {
        // Before anybody signs in anywhere: a plan that is full is no reason to do so in vain.
        room_for_one_more(host.engine(), &account).await?;
    }
    host.crm_sign_in().begin(request).await
}

/// Version of what is told before a window opens. Another text is agreed to anew.
const CONSENT: &str = "sign-in-1";

pub(crate) async fn open_window(host: &dyn Host, request: CrmWindowOpen) -> Result<SignInAttempt, ApiError> {
    super::sample::no_place_for_others(host)?;
    let account = host.engine().require_writer()?;
    if request.consent_text_version != CONSENT {
        return Err(ApiError::refused(Code::Refused, "error.sign_in_not_agreed"));
    }
    if let Some(definition) = &request.definition {
        super::connectors::bounded(definition)?;
    }
    if request.connection_id.is_none() {
        room_for_one_more(host.engine(), &account).await?;
    }
    host.crm_sign_in().open_window(request).await
}

pub(crate) async fn show_window(host: &dyn Host, request: SignInAttempt) -> Result<Done, ApiError> {
    host.crm_sign_in().show_window(&request.attempt_id);
    Ok(Done {})
}

pub(crate) async fn short_code(host: &dyn Host, request: SignInShortCode) -> Result<Done, ApiError> {
    let code = short_code_of(&request.code)?;
    host.crm_sign_in().short_code(&request.attempt_id, &code).await?;
    Ok(Done {})
}

pub(crate) async fn callback(host: &dyn Host, request: SignInCallback) -> Result<Done, ApiError> {
    host.crm_sign_in().callback(&request.attempt_id, request.url.into_secret()).await?;
    Ok(Done {})
}

pub(crate) async fn status(host: &dyn Host, request: SignInAttempt) -> Result<CrmSignInState, ApiError> {
    host.crm_sign_in().state(&request.attempt_id)
}

pub(crate) async fn cancel(host: &dyn Host, request: SignInAttempt) -> Result<Done, ApiError> {
    host.crm_sign_in().cancel(&request.attempt_id);
    Ok(Done {})
}
