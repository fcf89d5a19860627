//! Matching: does WedSync already hold this party? Keys, evidence and the interface of the matcher.
//!
//! The interface is final; the scoring in [`KeyMatcher`] compares normalised e-mail, phone and name with wedding date.
//! A candidate is never taken silently: a clear one becomes a proposed link that the review shows, an unclear one
//! waits (SYNC-LAW 22, 23).

use serde::{Deserialize, Serialize};

/// What a key was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Lower-cased address.
    Email,
    /// E.164 digits.
    Phone,
    /// Folded full name and the wedding date.
    NameDate,
    /// Folded full name.
    Name,
}

impl KeyKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Email => "email",
            KeyKind::Phone => "phone",
            KeyKind::NameDate => "name_date",
            KeyKind::Name => "name",
        }
    }
}

/// A normalised key under which a client can be found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MatchKey {
    /// Kind.
    pub kind: KeyKind,
    /// Normalised text.
    pub value: String,
}

/// One person as the matcher sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MatchPerson {
    /// Record id (staged or held).
    pub id: String,
    /// First name as written.
    pub first_name: String,
    /// Last name as written.
    pub last_name: String,
    /// Name before marriage, if known.
    pub maiden_name: String,
    /// Lower-cased addresses.
    pub emails: Vec<String>,
    /// E.164 numbers.
    pub phones: Vec<String>,
}

/// One party as the matcher sees it, staged or held.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MatchParty {
    /// Client id.
    pub client_id: String,
    /// Booking persons, primary first.
    pub people: Vec<MatchPerson>,
    /// Project id and wedding date (YYYY-MM-DD) of each project.
    pub projects: Vec<(String, Option<String>)>,
}

/// Where held parties are looked up.
pub trait MatchPool {
    /// The error of the store behind it.
    type Error;
    /// Held parties under any of these keys, each once, ordered by client id.
    ///
    /// # Errors
    /// Whatever the store reports.
    fn parties(&self, keys: &[MatchKey]) -> Result<Vec<MatchParty>, Self::Error>;
}

/// Why a candidate was proposed or held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Message id under `match.`.
    pub code: String,
    /// Points towards (or against, negative) being the same party.
    pub points: i32,
    /// What agreed or differed.
    pub detail: String,
}

/// What the matcher advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Propose the link.
    Link,
    /// Ask a person.
    Ask,
}

/// A held party that may be this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The held client.
    pub client_id: String,
    /// Points; 60 asks, 90 is almost sure (design language, section 5).
    pub score: i32,
    /// What to do with it.
    pub advice: Advice,
    /// What the score is made of.
    pub evidence: Vec<Evidence>,
    /// Staged person id to held person id.
    pub people: Vec<(String, String)>,
    /// Staged project id to held project id.
    pub projects: Vec<(String, String)>,
}

/// A matcher: finds candidates for a staged party among the held ones it is given.
pub trait Matcher: Send + Sync {
    /// The keys under which candidates of this party should be looked up.
    fn keys(&self, party: &MatchParty) -> Vec<MatchKey>;
    /// Candidates of at least 60 points, best first. With two or more, none of them advises a link.
    fn candidates(&self, party: &MatchParty, held: &[MatchParty]) -> Vec<Candidate>;
}

mod keys;
#[cfg(test)]
mod laws;
mod score;
pub use keys::{fold_name, full_name, party_keys, phone_key};
pub use score::KeyMatcher;
