//! Signing in to WedSync; the attempts themselves are the host's.

use hub_core::message::Message;

use crate::dto::{
    Done, Nothing, SignInAttempt, SignInBegin, SignInBegun, SignInCallback, SignInShortCode, SignInState,
};
use crate::{ApiError, Code, Host, ProfileKind};

/// Length of a short code (MODEL 8).
const SHORT_CODE: usize = 8;

pub(crate) async fn begin(host: &dyn Host, request: SignInBegin) -> Result<SignInBegun, ApiError> {
    if host.profile().kind == ProfileKind::Sample {
        return Err(ApiError::refused(Code::Refused, "error.sample_sign_in"));
    }
    host.sign_in().begin(request.route).await
}

/// A short code as it was issued, from what a person typed.
pub(super) fn short_code_of(typed: &str) -> Result<String, ApiError> {
    // People type what they read: groups, small letters.
    let code: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    if code.len() != SHORT_CODE || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.short_code_shape").with("length", SHORT_CODE),
        });
    }
    Ok(code)
}

pub(crate) async fn short_code(host: &dyn Host, request: SignInShortCode) -> Result<Done, ApiError> {
    let code = short_code_of(&request.code)?;
    host.sign_in().short_code(&request.attempt_id, &code).await?;
    Ok(Done {})
}

pub(crate) async fn callback(host: &dyn Host, request: SignInCallback) -> Result<Done, ApiError> {
    host.sign_in().callback(&request.attempt_id, request.url.into_secret()).await?;
    Ok(Done {})
}

pub(crate) async fn status(host: &dyn Host, request: SignInAttempt) -> Result<SignInState, ApiError> {
    host.sign_in().state(&request.attempt_id)
}

pub(crate) async fn cancel(host: &dyn Host, request: SignInAttempt) -> Result<Done, ApiError> {
    host.sign_in().cancel(&request.attempt_id);
    Ok(Done {})
}

pub(crate) async fn sign_out(host: &dyn Host, _: Nothing) -> Result<Done, ApiError> {
    host.sign_in().sign_out().await?;
    Ok(Done {})
}
