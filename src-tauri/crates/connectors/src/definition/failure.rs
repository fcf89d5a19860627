//! The failure table: what a reply that is not the asked-for data means, in the supplier's words.
//!
//! Only replies are judged here. Faults without a reply (no network, a refused redirect, an oversized body) mean the
//! same for every CRM and are classified by the HTTP client.

use serde::Deserialize;

/// One row of the table; all its conditions must hold, and the first row that holds counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureRule {
    /// Only for requests of this kind.
    pub on: Option<RequestKind>,
    /// Status codes, such as `"429"` or `"5xx"`; empty is any.
    #[serde(default)]
    pub status: Vec<StatusMatch>,
    /// Beginning of the content type.
    pub content_type: Option<String>,
    /// A header that is present.
    pub header: Option<String>,
    /// A field of the JSON body.
    pub body: Option<BodyField>,
    /// What the engine does.
    pub action: Action,
    /// Message id under `error.`.
    pub message: String,
    /// The one thing the supplier can do about it.
    pub offer: Offer,
}

/// Reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A request that changes nothing.
    Read,
    /// A request that creates, changes or deletes.
    Write,
}

/// A field of a JSON body with a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyField {
    /// Path of a list, where the field is one of any of its entries.
    pub list: Option<String>,
    /// Path; in the entry, where there is a list.
    pub path: String,
    /// Its text.
    pub is: String,
}

/// One status or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusMatch {
    /// Exactly this one.
    Exact(u16),
    /// Every status with this first digit.
    Class(u16),
}

impl StatusMatch {
    /// Whether a status is meant.
    pub fn holds(self, status: u16) -> bool {
        match self {
            StatusMatch::Exact(code) => code == status,
            StatusMatch::Class(digit) => status / 100 == digit,
        }
    }
}

impl<'de> Deserialize<'de> for StatusMatch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fault = || {
            serde::de::Error::custom(format!(
                "`{text}` is neither a status such as 429 nor a class such as 5xx"
            ))
        };
        if let Some(digit) = text.strip_suffix("xx") {
            return match digit.parse() {
                Ok(digit @ 1..=5) => Ok(StatusMatch::Class(digit)),
                _ => Err(fault()),
            };
        }
        match text.parse() {
            Ok(code @ 100..=599) => Ok(StatusMatch::Exact(code)),
            _ => Err(fault()),
        }
    }
}

/// What the engine does about a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Again, with backoff.
    Retry,
    /// Not before the time the CRM names (Retry-After), or a minute where it names none.
    RateLimited,
    /// Start this list from the beginning.
    ResetPaging,
    /// The person must give a new key.
    SignIn,
    /// Again will not help.
    Fail,
}

/// The one thing a supplier can do about a failure; the app shows it as the button beside the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Give a new key.
    NewKey,
    /// Try again.
    TryAgain,
    /// Wait; it goes on by itself.
    Wait,
    /// Look at the internet connection, then try again.
    CheckNetwork,
    /// Send a report.
    Report,
    /// Sign in to the CRM in the browser once more.
    SignInAgain,
}

impl Offer {
    /// Name for the message parameter `action`.
    pub fn as_str(self) -> &'static str {
        match self {
            Offer::NewKey => "new_key",
            Offer::TryAgain => "try_again",
            Offer::Wait => "wait",
            Offer::CheckNetwork => "check_network",
            Offer::Report => "report",
            Offer::SignInAgain => "sign_in_again",
        }
    }
}
