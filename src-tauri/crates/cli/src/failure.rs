//! Why `hub` ends without having done it: one sentence, one exit code.

use hub_api::{Code, WireError};
use hub_core::message::Message;
use serde_json::{Value as Json, json};

/// Exit codes that mean something (issue, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or waiting for a review.
    Done,
    /// Not done.
    Failed,
    /// Bad usage or unreadable input.
    Usage,
    /// Done in part.
    Partial,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
        }
    }
}

/// A failure on its way to the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A command failed. Boxed: it is much larger than what succeeds.
    #[error("{}", .0.message.id)]
    Wire(#[source] Box<WireError>),
    /// Something of this program failed: its sentence, exit code and cause.
    #[error("{}", .message.id)]
    Own {
        message: Message,
        exit: Exit,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Standard output or input cannot be used.
    #[error("standard input or output failed")]
    Stdio(#[source] std::io::Error),
    /// An answer is not what this version expects.
    #[error("an answer could not be read")]
    Answer(#[source] serde_json::Error),
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Failure {
        Failure::Wire(Box::new(error))
    }
}

impl Failure {
    pub(crate) fn own(id: &str) -> Failure {
        Failure::said(Message::new(id))
    }

    pub(crate) fn said(message: Message) -> Failure {
        Failure::Own { message, exit: Exit::Failed, source: None }
    }

    pub(crate) fn usage(message: Message) -> Failure {
        Failure::Own { message, exit: Exit::Usage, source: None }
    }

    pub(crate) fn because(id: &str, source: impl std::error::Error + Send + Sync + 'static) -> Failure {
        Failure::Own { message: Message::new(id), exit: Exit::Failed, source: Some(Box::new(source)) }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Wire(error) => match error.code {
                Code::BadRequest | Code::UnknownCommand => Exit::Usage,
                _ => Exit::Failed,
            },
            Failure::Own { exit, .. } => *exit,
            Failure::Stdio(_) | Failure::Answer(_) => Exit::Failed,
        }
    }

    pub(crate) fn message(&self) -> Message {
        match self {
            Failure::Wire(error) => error.message.clone().into(),
            Failure::Own { message, .. } => message.clone(),
            Failure::Stdio(_) => Message::new("error.stdio"),
            Failure::Answer(_) => Message::new("error.fault"),
        }
    }

    /// For `--json`.
    pub(crate) fn to_json(&self, text: &str) -> Json {
        match self {
            Failure::Wire(error) => json!({ "error": error }),
            Failure::Own { message, .. } => {
                json!({ "error": { "code": code_of(&message.id), "message": text } })
            }
            Failure::Stdio(_) | Failure::Answer(_) => {
                json!({ "error": { "code": "internal", "message": text } })
            }
        }
    }
}

/// The last part of a message id serves as code.
fn code_of(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}
