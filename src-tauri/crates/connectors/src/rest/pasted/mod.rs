//! What a person or their helper has at hand, read as the place of a list: an address, a curl command, a recording of a
//! browser (HAR), an OpenAPI document, or the JSON answer of a list.
//!
//! Each becomes the same: candidates of an address, the way its requests are signed, and the key where one was in it. They
//! only fill in the form that anybody can fill in by hand; what a list really is, the test read finds out (`recognise`).
//! Pure: text in, candidates out. The whole text counts as a secret, because a key may stand anywhere in it; a key that is
//! found is one from its first copy on, and stands in no address, no error and no `Debug`. A command that changes a record becomes a
//! rule for writing (`change`). Deliberately absent: any request, and cookies as keys: a session is another way of signing in, and ends by itself.

mod change;
mod curl;
mod error;
mod har;
mod kept;
mod openapi;
mod rank;
mod request;
mod sample;
mod words;
mod yaml;

use std::collections::BTreeMap;

use hub_core::malformed::Malformed;
use hub_core::message::Message;
use hub_core::ports::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::recognise::FoundField;
pub use change::{PastedWrite, read_pasted_write, steps_of_write};
pub use error::{PASTED_MESSAGES, PastedError};
pub use kept::{KeptWrite, WRITE_MESSAGES, kept_writes, without_write};
pub use sample::Compared;

/// Largest text in bytes: recordings of a browser hold every answer of a page.
pub const LARGEST_PASTE: usize = 32 * 1024 * 1024;
/// Largest curl command: one that uploads nothing is short.
const LARGEST_COMMAND: usize = 1024 * 1024;
/// Candidates at most, best first: nobody chooses from more.
const MOST: usize = 20;
/// Letters of a candidate's name.
const LONGEST_LABEL: usize = 120;

/// Names of fields that a definition knows, and what they are.
pub type KnownFields = BTreeMap<String, String>;

/// What a text was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastedKind {
    /// A mere address.
    Address,
    /// A curl command.
    Curl,
    /// A recording of a browser, HTTP Archive 1.2.
    Har,
    /// An OpenAPI document, 2.0 (Swagger), 3.0 or 3.1.
    OpenApi,
    /// The JSON answer of a list.
    Sample,
}

/// How requests carry the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedBy {
    /// In a header of this name.
    Header(String),
    /// As a bearer token (RFC 6750).
    Bearer,
    /// As user name and password, `name:password` (RFC 7617).
    Basic,
    /// In this parameter of the query.
    Query(String),
}

/// What can be said of a list before anybody asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Path of the list in the answer; empty where the answer itself is the list.
    pub list: String,
    /// The field that tells records apart.
    pub id: Option<String>,
    /// Records that were in the answer; nothing where there was only a description.
    pub rows: Option<u64>,
    /// Fields of a record.
    pub fields: Vec<FoundField>,
}

/// A list that may be the one.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What it is called, or its path.
    pub label: String,
    /// Its address without key and without parameters of paging; a mere path where the text names no server, nothing where it
    /// names no place at all.
    pub address: Option<String>,
    /// How its requests are signed, as far as the text says so.
    pub signed: Option<SignedBy>,
    /// The key, where one was in the text.
    pub key: Option<Secret>,
    /// What is known of it.
    pub seen: Option<Seen>,
}

/// What a person should know of what was pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// It signs in by a cookie, which is not used.
    Cookies,
    /// More than one key was in it; one is used.
    MoreKeys,
    /// A placeholder stands where the key would.
    Placeholder,
    /// It is signed in a way that is not known here.
    OtherSignIn,
    /// Some lists are open by OAuth alone, and were left out.
    Oauth,
    /// No server is named.
    NoServer,
    /// Some addresses want something filled in.
    FillIn,
    /// Parts of the description are in other documents, which are not read.
    Elsewhere,
    /// There were more lists than are shown.
    LeftOut,
    /// A sample has no address.
    NoAddress,
}

impl Note {
    /// All of them, for the test that each has its sentence.
    pub const ALL: [Note; 10] = [
        Note::Cookies,
        Note::MoreKeys,
        Note::Placeholder,
        Note::OtherSignIn,
        Note::Oauth,
        Note::NoServer,
        Note::FillIn,
        Note::Elsewhere,
        Note::LeftOut,
        Note::NoAddress,
    ];

    /// The sentence.
    pub fn message(self) -> Message {
        Message::new(match self {
            Note::Cookies => "pasted.note.cookies",
            Note::MoreKeys => "pasted.note.more_keys",
            Note::Placeholder => "pasted.note.placeholder",
            Note::OtherSignIn => "pasted.note.other_sign_in",
            Note::Oauth => "pasted.note.oauth",
            Note::NoServer => "pasted.note.no_server",
            Note::FillIn => "pasted.note.fill_in",
            Note::Elsewhere => "pasted.note.elsewhere",
            Note::LeftOut => "pasted.note.left_out",
            Note::NoAddress => "pasted.note.no_address",
        })
    }
}

/// What was pasted.
#[derive(Debug, Clone)]
pub struct Pasted {
    /// What it is.
    pub kind: PastedKind,
    /// Lists that may be meant, best first; never none.
    pub candidates: Vec<Candidate>,
    /// What to know of them, each once.
    pub notes: Vec<Note>,
}

impl Pasted {
    fn new(kind: PastedKind, mut candidates: Vec<Candidate>, mut notes: Vec<Note>) -> Pasted {
        if candidates.len() > MOST {
            candidates.truncate(MOST);
            notes.push(Note::LeftOut);
        }
        notes.sort_unstable();
        notes.dedup();
        Pasted { kind, candidates, notes }
    }
}

/// What a JSON text says of its kind at its top.
#[derive(Deserialize)]
struct Top {
    #[serde(default)]
    log: Option<IgnoredAny>,
    #[serde(default)]
    openapi: Option<IgnoredAny>,
    #[serde(default)]
    swagger: Option<IgnoredAny>,
}

/// The text of a file: UTF-8, or UTF-16 with its mark, as shells of Windows write it.
///
/// # Errors
/// A file that is too large, or no text.
pub fn pasted_text(bytes: Vec<u8>) -> Result<Secret, PastedError> {
    if bytes.len() > LARGEST_PASTE {
        return Err(PastedError::TooLarge);
    }
    match encoding_rs::Encoding::for_bom(&bytes) {
        Some((encoding, _)) => {
            let (text, _, broken) = encoding.decode(&bytes);
            if broken { Err(PastedError::NotText) } else { Ok(Secret::new(text)) }
        }
        None => String::from_utf8(bytes).map(Secret::new).map_err(|_| PastedError::NotText),
    }
}

/// Recognises a text and reads it. `known`: names of fields and what they are, as definitions have them.
///
/// # Errors
/// A text that is none of these, is cut off, asks for something that is not read, or holds no list.
pub fn read_pasted(text: &Secret, known: &KnownFields) -> Result<Pasted, PastedError> {
    let whole = text.expose();
    if whole.len() > LARGEST_PASTE {
        return Err(PastedError::TooLarge);
    }
    let text = whole.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(PastedError::Empty);
    }
    if text.starts_with(['{', '[']) {
        return read_json(text, known);
    }
    if let Some(command) = words::command(text) {
        return curl::read(command);
    }
    if openapi::looks_like(text) {
        return openapi::read(&yaml::read(text)?, known);
    }
    if let Ok(url) = Url::parse(text)
        && !text.contains(char::is_whitespace)
    {
        let (candidate, notes) = request::taken(request::Sent::to(url))?;
        return Ok(Pasted::new(PastedKind::Address, vec![candidate], notes));
    }
    Err(if words::is_other_command(text) { PastedError::OtherCommand } else { PastedError::Unknown })
}

fn read_json(text: &str, known: &KnownFields) -> Result<Pasted, PastedError> {
    if text.starts_with('{') {
        let top: Top = serde_json::from_str(text).map_err(unread)?;
        if top.openapi.is_some() || top.swagger.is_some() {
            return openapi::read(&serde_json::from_str(text).map_err(unread)?, known);
        }
        // A list of one's own may well have something of this name; a recording has `entries` in it.
        if top.log.is_some() && har::looks_like(text) {
            return har::read(text, known);
        }
    }
    sample::read(&serde_json::from_str(text).map_err(unread)?, known)
}

/// JSON that ends too early was not copied whole; other JSON has a place where it stops making sense.
fn unread(error: serde_json::Error) -> PastedError {
    if error.is_eof() { PastedError::Cut } else { PastedError::NotJson(Malformed::from(error)) }
}

/// A text for showing: in one line, and not longer than anybody reads.
fn label(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.extend(word.chars().filter(|c| !c.is_control()).take(LONGEST_LABEL));
        if short.chars().count() >= LONGEST_LABEL {
            break;
        }
    }
    short.chars().take(LONGEST_LABEL).collect()
}

#[cfg(test)]
mod tests;
