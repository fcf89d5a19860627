//! What crosses the wire when a command fails: one shape, with a closed set of codes.
//!
//! A code exists only where an interface does something of its own about it; everything else a person needs is in the
//! message. Frozen: the user interface and older command lines read these names.

use std::collections::BTreeMap;

use hub_core::message::{Locale, Message, render};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What kind of failure it is, for whoever has to act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request is malformed.
    BadRequest,
    /// There is no command of this name.
    UnknownCommand,
    /// Nobody is signed in to WedSync, or the sign-in has ended: offer to sign in.
    NotSignedIn,
    /// The role does not allow it.
    NotAllowed,
    /// This command is not offered here (MODEL 10).
    HostRefused,
    /// Too many costly commands in a minute (R201): offer to wait.
    TooMany,
    /// What was named is not there: refresh the list.
    NotFound,
    /// Something else is using it: offer to wait.
    Busy,
    /// A rule forbids it; the message says which.
    Refused,
    /// The CRM wants another key: offer to give one.
    CrmKey,
    /// The CRM could not be read.
    Crm,
    /// WedSync did not take it.
    Wedsync,
    /// The network is not there.
    Offline,
    /// The disk is full.
    DiskFull,
    /// The database is from a newer version: offer the update.
    NewerVersion,
    /// A person stopped it; no failure to show in red.
    Cancelled,
    /// A fault of ours; `ref` finds it in the log.
    Internal,
}

/// Whether and when the same request may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Retry {
    /// At any time.
    Now,
    /// Not before so many seconds.
    After {
        /// Seconds.
        seconds: u32,
    },
    /// When the network is back.
    WhenOnline,
    /// After signing in, or with a new key.
    AfterSignIn,
    /// Never as it is.
    Never,
}

/// A message id with parameters, as the wire carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WireMessage {
    /// Id in the catalogues.
    pub id: String,
    /// Parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl From<Message> for WireMessage {
    fn from(message: Message) -> WireMessage {
        WireMessage { id: message.id, params: message.params }
    }
}

impl From<WireMessage> for Message {
    fn from(message: WireMessage) -> Message {
        Message { id: message.id, params: message.params }
    }
}

/// A failed command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{}", .message.id)]
pub struct WireError {
    /// What kind.
    pub code: Code,
    /// The sentence, to be rendered in the reader's language.
    pub message: WireMessage,
    /// The same sentence, rendered, for logs and scripts.
    pub text: String,
    /// Further sentences that help.
    #[serde(default)]
    pub hints: Vec<WireMessage>,
    /// Whether and when to try again.
    pub retry: Retry,
    /// Finds the details in the log.
    #[serde(rename = "ref", default)]
    pub reference: Option<String>,
}

impl WireError {
    /// A failure with its sentence.
    pub fn new(locale: Locale, code: Code, message: Message, retry: Retry) -> WireError {
        let text = render(locale, &message);
        WireError { code, message: message.into(), text, hints: Vec::new(), retry, reference: None }
    }

    /// The same with a reference into the log.
    #[must_use]
    pub fn with_reference(mut self, reference: String) -> WireError {
        self.reference = Some(reference);
        self
    }
}
