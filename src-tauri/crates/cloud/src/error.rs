//! What can go wrong between the app and the cloud, each with what the engine does and what a person is told.

use std::collections::BTreeMap;

use hub_core::malformed::Malformed;
use hub_core::ports::{CloudFailure, RetryAdvice};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::TokenError;

/// A problem document of the cloud (RFC 9457), with what the headers added.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// Parameters of the code.
    #[serde(default)]
    pub params: BTreeMap<String, Json>,
    /// `X-Request-Id`, for support.
    #[serde(default)]
    pub request_id: String,
    /// Seconds until another try makes sense, from `Retry-After`; at most an hour is believed.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The address is not one the app may speak to.
    #[error("the address of the cloud is not usable")]
    Address {
        /// Why it could not be read, when that was it.
        #[source]
        source: Option<url::ParseError>,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Setup(#[source] reqwest::Error),
    /// No connection; nothing was sent.
    #[error("the cloud cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The connection ended or the time ran out after the request left; it may have been applied.
    #[error("no answer came")]
    NoAnswer(#[source] reqwest::Error),
    /// The cloud answered with a problem.
    #[error("the cloud answered {} {}", .0.status, .0.code)]
    Problem(Problem),
    /// Something answered that is not the cloud: a captive portal, a proxy's page.
    #[error("the answer ({status}) is not the cloud's")]
    NotWedSync {
        /// HTTP status.
        status: u16,
    },
    /// The answer is the cloud's but cannot be read.
    #[error("the answer cannot be read")]
    Unreadable(#[source] Malformed),
    /// The request body could not be written.
    #[error("the request cannot be written")]
    Unwritable(#[source] std::io::Error),
    /// The answer is larger than the app takes.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The cap, in bytes after decompression.
        limit: usize,
    },
    /// There is no usable token.
    #[error("no usable token")]
    Tokens(#[source] Box<TokenError>),
}

/// Every message id this crate can give; the catalogues have to hold them.
pub const MESSAGE_IDS: &[&str] = &[
    "error.cloud_address",
    "error.cloud_setup",
    "error.cloud_unreachable",
    "error.cloud_no_answer",
    "error.cloud_not_wedsync",
    "error.cloud_unreadable",
    "error.cloud_too_large",
    "error.cloud_slow_down",
    "error.cloud_down",
    "error.cloud_auth",
    "error.not_allowed",
    "error.cloud_tier_limit",
    "error.cloud_other_computer",
    "error.cloud_cursor_expired",
    "error.cloud_not_found",
    "error.cloud_refused",
    "error.cloud_vault",
    "error.not_signed_in",
];

impl CloudError {
    /// Stable code: the problem's own, or `network`, `timeout`, `unreadable`, ...
    pub fn code(&self) -> &str {
        match self {
            Self::Address { .. } => "address",
            Self::Setup(_) => "setup",
            Self::Unreachable(_) => "network",
            Self::NoAnswer(source) if source.is_timeout() => "timeout",
            Self::NoAnswer(_) => "network",
            Self::Problem(problem) => &problem.code,
            Self::NotWedSync { .. } => "not_wedsync",
            Self::Unreadable(_) => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::TooLarge { .. } => "too_large",
            Self::Tokens(source) => source.code(),
        }
    }

    /// What the engine does.
    pub fn retry(&self) -> RetryAdvice {
        match self {
            Self::Address { .. } | Self::Setup(_) | Self::Unwritable(_) | Self::TooLarge { .. } => {
                RetryAdvice::Never
            }
            Self::Unreachable(_) | Self::NotWedSync { .. } => RetryAdvice::WhenOnline,
            Self::NoAnswer(_) => RetryAdvice::WhenBack,
            Self::Unreadable(_) => RetryAdvice::Retry,
            Self::Problem(problem) => problem.retry(),
            Self::Tokens(source) => source.retry(),
        }
    }

    /// Whether the request may have been applied although no usable answer came (SYNC-LAW 20).
    pub fn in_doubt(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::NotWedSync { .. } | Self::Unreadable(_) | Self::TooLarge { .. } => true,
            Self::Problem(problem) => problem.status >= 500,
            Self::Address { .. }
            | Self::Setup(_)
            | Self::Unreachable(_)
            | Self::Unwritable(_)
            | Self::Tokens(_) => false,
        }
    }

    /// Message id of the sentence a person sees.
    pub fn message_id(&self) -> &'static str {
        match self {
            Self::Address { .. } => "error.cloud_address",
            Self::Setup(_) | Self::Unwritable(_) => "error.cloud_setup",
            Self::Unreachable(_) => "error.cloud_unreachable",
            Self::NoAnswer(_) => "error.cloud_no_answer",
            Self::Problem(problem) => problem.message_id(),
            Self::NotWedSync { .. } => "error.cloud_not_wedsync",
            Self::Unreadable(_) => "error.cloud_unreadable",
            Self::TooLarge { .. } => "error.cloud_too_large",
            Self::Tokens(source) => source.message_id(),
        }
    }
}

impl Problem {
    fn retry(&self) -> RetryAdvice {
        match (self.status, self.code.as_str()) {
            (429, _) => RetryAdvice::After(self.retry_after.unwrap_or(60)),
            (_, "lease_held") => RetryAdvice::After(self.retry_after.unwrap_or(120)),
            (401, _) | (_, "invalid_grant") => RetryAdvice::SignIn,
            (_, "cursor_expired") => RetryAdvice::ResetPaging,
            (500.., _) => self.retry_after.map_or(RetryAdvice::WhenBack, RetryAdvice::After),
            _ => RetryAdvice::Never,
        }
    }

    fn message_id(&self) -> &'static str {
        match (self.status, self.code.as_str()) {
            (429, _) => "error.cloud_slow_down",
            (401, _) | (_, "invalid_grant") => "error.cloud_auth",
            (_, "role_forbidden") => "error.not_allowed",
            (_, "tier_limit") => "error.cloud_tier_limit",
            (_, "lease_held" | "fenced") => "error.cloud_other_computer",
            (_, "cursor_expired") => "error.cloud_cursor_expired",
            (404, _) => "error.cloud_not_found",
            (500.., _) => "error.cloud_down",
            _ => "error.cloud_refused",
        }
    }
}

impl From<CloudError> for CloudFailure {
    fn from(error: CloudError) -> Self {
        Self {
            code: error.code().to_owned(),
            message_id: error.message_id(),
            retry: error.retry(),
            in_doubt: error.in_doubt(),
            source: Some(Box::new(error)),
        }
    }
}

/// Seconds a `Retry-After` header asks for: whole seconds or an HTTP date (RFC 9110, 10.2.3), counted from the reply's
/// own `Date` so that a wrong local clock does no harm (F41). More than an hour is taken as an hour.
pub(crate) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<u32> {
    const MOST: u64 = 3_600;
    let value = value?.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = httpdate::parse_http_date(value).ok()?;
            let now = date.and_then(|date| httpdate::parse_http_date(date).ok())?;
            until.duration_since(now).map_or(0, |wait| wait.as_secs())
        }
    };
    u32::try_from(seconds.min(MOST)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f13_retry_after_is_read_as_seconds_or_date_and_capped() {
        let date = Some("Fri, 01 May 2026 10:00:00 GMT");
        for (header, expected) in [
            (Some("7"), Some(7)),
            (Some(" 7 "), Some(7)),
            (Some("Fri, 01 May 2026 10:00:30 GMT"), Some(30)),
            (Some("Fri, 01 May 2026 09:00:00 GMT"), Some(0)),
            (Some("999999999"), Some(3_600)),
            (Some("soon"), None),
            (Some("-5"), None),
            (None, None),
        ] {
            assert_eq!(retry_after(header, date), expected, "{header:?}");
        }
        assert_eq!(retry_after(Some("Fri, 01 May 2026 10:00:30 GMT"), None), None, "no date to count from");
    }
}
