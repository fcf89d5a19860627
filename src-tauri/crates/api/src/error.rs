//! Why a command did not do it, with its cause kept, and the wire error it becomes. The mapping is made once, here.

use hub_core::message::{Locale, Message};
use hub_core::ports::{ConnectorError, RetryAdvice, StoreError};
use hub_engine::EngineError;

use crate::wire::{Code, Retry, WireError};

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request does not have the shape of its command.
    #[error("the request is malformed")]
    BadRequest(#[source] serde_json::Error),
    /// There is no such command.
    #[error("there is no command of that name")]
    UnknownCommand,
    /// The engine could not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A rule of the commands forbids it.
    #[error("{}", .message.id)]
    Refused {
        /// What kind.
        code: Code,
        /// The sentence.
        message: Message,
    },
    /// A driver of the host failed; its sentence, what to do, and what lies underneath.
    #[error("{}", .message.id)]
    Host {
        /// What kind.
        code: Code,
        /// The sentence.
        message: Message,
        /// Whether to try again.
        retry: Retry,
        /// Underneath; never holds a secret.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The response could not be encoded.
    #[error("the response could not be encoded")]
    Encode(#[source] serde_json::Error),
    /// The handler panicked; the panic was contained.
    #[error("a command ended unexpectedly")]
    Panicked(#[source] tokio::task::JoinError),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::Engine(EngineError::Store(error))
    }
}

impl From<ConnectorError> for ApiError {
    fn from(error: ConnectorError) -> ApiError {
        ApiError::Engine(EngineError::Connector(error))
    }
}

impl ApiError {
    /// A refusal without parameters.
    pub fn refused(code: Code, id: &str) -> ApiError {
        ApiError::Refused { code, message: Message::new(id) }
    }

    /// Whether this is a fault of ours, to be logged with a reference.
    pub fn is_internal(&self) -> bool {
        match self {
            ApiError::Encode(_) | ApiError::Panicked(_) => true,
            ApiError::Engine(EngineError::Task(_) | EngineError::Store(StoreError::Fault(_))) => true,
            ApiError::Host { code, .. } => *code == Code::Internal,
            ApiError::Engine(_)
            | ApiError::BadRequest(_)
            | ApiError::UnknownCommand
            | ApiError::Refused { .. } => false,
        }
    }

    /// As the wire carries it.
    pub fn to_wire(&self, locale: Locale) -> WireError {
        let (code, message, retry) = match self {
            ApiError::BadRequest(error) => (
                Code::BadRequest,
                Message::new("error.bad_request").with("details", shape_of(error)),
                Retry::Never,
            ),
            ApiError::UnknownCommand => {
                (Code::UnknownCommand, Message::new("error.unknown_command"), Retry::Never)
            }
            ApiError::Engine(error) => (code_of(error), error.message(), retry_of(error.advice())),
            ApiError::Refused { code, message } => {
                let retry = if *code == Code::TooMany { Retry::After { seconds: 60 } } else { Retry::Never };
                (*code, message.clone(), retry)
            }
            ApiError::Host { code, message, retry, .. } => (*code, message.clone(), *retry),
            ApiError::Encode(_) | ApiError::Panicked(_) => {
                (Code::Internal, Message::new("error.fault"), Retry::Now)
            }
        };
        WireError::new(locale, code, message, retry)
    }
}

/// What is wrong with a request's shape. serde quotes offending values, and one of them may be a secret: only field
/// names it knows and positions are repeated.
fn shape_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let kind = [
        "unknown field",
        "missing field",
        "duplicate field",
        "unknown variant",
        "invalid type",
        "invalid value",
    ]
    .into_iter()
    .find(|kind| text.starts_with(kind));
    match kind {
        Some(kind @ ("unknown field" | "missing field" | "duplicate field")) => {
            let name = text.split('`').nth(1).unwrap_or_default();
            format!("{kind} {name}")
        }
        Some(kind) => kind.to_owned(),
        None => "syntax".to_owned(),
    }
}

fn code_of(error: &EngineError) -> Code {
    match error {
        EngineError::Store(error) => match error {
            StoreError::NotFound { .. } => Code::NotFound,
            StoreError::Refused { rule, .. } => code_of_rule(rule),
            StoreError::DiskFull(_) => Code::DiskFull,
            StoreError::Busy(_) => Code::Busy,
            StoreError::Newer { .. } => Code::NewerVersion,
            StoreError::Unreadable(_) | StoreError::Fault(_) => Code::Internal,
        },
        EngineError::Connector(error) => match error.retry {
            RetryAdvice::SignIn => Code::CrmKey,
            RetryAdvice::WhenOnline => Code::Offline,
            RetryAdvice::Retry
            | RetryAdvice::After(_)
            | RetryAdvice::WhenBack
            | RetryAdvice::ResetPaging
            | RetryAdvice::WhenSwitchedOn
            | RetryAdvice::Never => Code::Crm,
        },
        EngineError::Cloud(error) => match error.retry {
            RetryAdvice::SignIn => Code::NotSignedIn,
            RetryAdvice::WhenOnline => Code::Offline,
            RetryAdvice::Retry
            | RetryAdvice::After(_)
            | RetryAdvice::WhenBack
            | RetryAdvice::ResetPaging
            | RetryAdvice::WhenSwitchedOn
            | RetryAdvice::Never => Code::Wedsync,
        },
        EngineError::Refused(message) => code_of_rule(&message.id),
        EngineError::Stopped => Code::Cancelled,
        EngineError::Task(_) => Code::Internal,
    }
}

fn code_of_rule(rule: &str) -> Code {
    match rule {
        "error.not_signed_in" => Code::NotSignedIn,
        "error.not_allowed" => Code::NotAllowed,
        "error.not_found" | "error.no_plan" | "error.no_connection" => Code::NotFound,
        "error.job_active" | "error.lease_lost" => Code::Busy,
        _ => Code::Refused,
    }
}

fn retry_of(advice: RetryAdvice) -> Retry {
    match advice {
        RetryAdvice::Retry | RetryAdvice::WhenBack | RetryAdvice::ResetPaging => Retry::Now,
        RetryAdvice::After(seconds) => Retry::After { seconds },
        RetryAdvice::WhenOnline => Retry::WhenOnline,
        RetryAdvice::SignIn => Retry::AfterSignIn,
        RetryAdvice::WhenSwitchedOn | RetryAdvice::Never => Retry::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_39_a_malformed_request_never_repeats_what_it_carried() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        struct Wanted {
            #[allow(dead_code)]
            key: u32,
        }
        let canary = "canary-5f2e9d";
        for text in [format!(r#"{{"key": "{canary}"}}"#), format!(r#"{{"key": "{canary}"#)] {
            let error = serde_json::from_str::<Wanted>(&text).expect_err("it is malformed");
            let wire = ApiError::BadRequest(error).to_wire(Locale::EnGb);
            assert!(!format!("{wire:?}").contains(canary), "{wire:?} repeats the value");
        }
        let error = serde_json::from_str::<Wanted>(r#"{"kye": 1}"#).expect_err("a wrong name");
        assert_eq!(
            ApiError::BadRequest(error).to_wire(Locale::EnGb).message.params["details"],
            "unknown field kye"
        );
    }
}
