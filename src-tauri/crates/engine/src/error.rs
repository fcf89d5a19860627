//! What can go wrong in the engine, with its cause kept, and the sentence it becomes.

use hub_core::message::Message;
use hub_core::ports::{CloudFailure, ConnectorError, RetryAdvice, StoreError};

/// A failed step.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The CRM could not be read.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// WedSync did not take it.
    #[error(transparent)]
    Cloud(#[from] CloudFailure),
    /// A rule forbids it; the message says which and what to do.
    #[error("{}", .0.id)]
    Refused(Message),
    /// Stopped by a person, or the program is closing.
    #[error("stopped")]
    Stopped,
    /// A step panicked; the panic was contained.
    #[error("a step ended unexpectedly")]
    Task(#[from] tokio::task::JoinError),
}

impl EngineError {
    /// A refusal without parameters.
    pub fn refused(id: &str) -> EngineError {
        EngineError::Refused(Message::new(id))
    }

    /// The sentence a person reads.
    pub fn message(&self) -> Message {
        match self {
            EngineError::Store(error) => store_message(error),
            EngineError::Connector(error) => {
                let mut message = Message::new(error.message_id);
                for (name, value) in &error.params {
                    message = message.with(name, value);
                }
                message
            }
            EngineError::Cloud(error) => Message::new(error.message_id).with("code", &error.code),
            EngineError::Refused(message) => message.clone(),
            EngineError::Stopped => Message::new("error.cancelled"),
            EngineError::Task(_) => Message::new("error.fault"),
        }
    }

    /// What the runner does about it.
    pub fn advice(&self) -> RetryAdvice {
        match self {
            EngineError::Connector(error) => error.retry,
            EngineError::Cloud(error) => error.retry,
            EngineError::Store(StoreError::Busy(_)) => RetryAdvice::Retry,
            EngineError::Store(_) | EngineError::Refused(_) | EngineError::Stopped | EngineError::Task(_) => {
                RetryAdvice::Never
            }
        }
    }
}

fn store_message(error: &StoreError) -> Message {
    match error {
        StoreError::NotFound { what, id } => {
            Message::new("error.not_found").with("what", what).with("id", id)
        }
        StoreError::Refused { rule, .. } => Message::new(*rule),
        StoreError::DiskFull(_) => Message::new("error.disk_full"),
        StoreError::Busy(_) => Message::new("error.store_busy"),
        StoreError::Newer { .. } => Message::new("error.newer_database"),
        StoreError::Unreadable(_) => Message::new("error.store_unreadable"),
        StoreError::Fault(_) => Message::new("error.fault"),
    }
}
