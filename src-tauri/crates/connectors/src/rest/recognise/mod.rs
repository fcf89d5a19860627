//! Finding out how a list is read, by a capped test read: where it stands in the reply, what tells a record from others,
//! how it goes on, what proves its end, and what its fields are. The result is an ordinary definition.
//!
//! Nothing is invented: a list whose end could not be proved is refused, and so is one in which nobody has a name.

pub(super) mod fields;
pub(super) mod find;
mod order;
pub(super) mod paging;
mod trial;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_core::ports::{Clock, ConnectorError, PartyDocument, RateLimit, RequestBudget, RetryAdvice, Secret};
use serde_json::Value as Json;
use url::Url;

use super::connector::ListConnector;
use crate::definition::{Auth, Definition, ListPages, Offer, parse};
use crate::http::{Credential, HttpClient, HttpFault, HttpParts, Pause, Reach, Signing, origin_of};
use crate::messages;
use crate::oauth::CrmTokens;
use crate::read::{Caller, ConnectorParts};
use trial::Trial;
pub(super) use write::slug;

/// Longest test read, all requests together.
const LONGEST: Duration = Duration::from_secs(90);
/// Largest reply of a test read: a first page has no use for more.
const LARGEST: usize = 4 * 1024 * 1024;
/// Records that the fields are told from.
const SAMPLE: usize = 50;
/// Clients that are shown.
const SHOWN: usize = 5;
/// Things of a kind that are offered.
const MOST_CHOICES: usize = 20;

/// What opens a source.
#[derive(Clone)]
pub enum OpenedBy {
    /// A key that somebody gave.
    Key(Secret),
    /// A sign-in in the browser.
    SignIn(Arc<CrmTokens>),
}

impl OpenedBy {
    /// The same for requests to an origin.
    pub fn credential(&self, origin: String) -> Credential {
        match self {
            OpenedBy::Key(key) => Credential::key(key.clone(), origin),
            OpenedBy::SignIn(tokens) => Credential::sign_in(Arc::clone(tokens), origin),
        }
    }

    fn is(&self, text: &str) -> bool {
        matches!(self, OpenedBy::Key(key) if key.expose() == text)
    }
}

/// What to look at.
pub struct Ask {
    /// The built-in definition it is for: `custom`, or a CRM that nobody describes.
    pub definition: Arc<Definition>,
    /// What the person calls it.
    pub name: String,
    /// Address of the list.
    pub address: String,
    /// How a request is signed.
    pub auth: Auth,
    /// What opens it.
    pub opened_by: OpenedBy,
    /// What the person chose.
    pub chosen: Chosen,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// Where requests are counted.
    pub budget: Arc<dyn RequestBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How to wait.
    pub pause: Arc<dyn Pause>,
}

/// What a person chose where a test read would choose by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Path of the list.
    pub list: Option<String>,
    /// Field that tells records apart.
    pub id: Option<String>,
    /// Field that tells when a record was changed; an empty one is none.
    pub changed: Option<String>,
}

/// What there is to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Paths of the lists in the first reply, with their records in it.
    pub lists: Vec<(String, u64)>,
    /// Fields that tell records apart.
    pub ids: Vec<String>,
    /// Fields that could tell when a record was changed.
    pub changed: Vec<String>,
}

/// One request of the test read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// Path and query, without the key.
    pub what: String,
    /// Rows of the list in the reply; nothing where there was none.
    pub rows: Option<u64>,
}

/// What proves the end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It says how many there are.
    Total,
    /// A page after the last one was asked for, and was empty.
    EmptyPage,
    /// It says where the next page is, and at the end that there is none.
    NoNext,
    /// It comes whole: asking for a second page changes nothing, and its length is no usual size of a page.
    Whole,
}

impl Proof {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::Total => "total",
            Proof::EmptyPage => "empty_page",
            Proof::NoNext => "no_next",
            Proof::Whole => "whole",
        }
    }
}

/// A field, and what it is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundField {
    /// Path in a record.
    pub path: String,
    /// First values.
    pub samples: Vec<String>,
    /// Places and fields; none is the supplier's own field.
    pub uses: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path of the list; empty where the reply itself is the list.
    pub records: String,
    /// Path of the id.
    pub id: String,
    /// Path of what tells that a record changed.
    pub version: Option<String>,
    /// Parameters by which the list comes newest change first, none where it always does; nothing where it cannot be had so.
    pub newest_first: Option<BTreeMap<String, String>>,
    /// Path of the number of all records.
    pub total: Option<String>,
    /// How many there are, where the list says so.
    pub count: Option<u64>,
    /// How it goes on.
    pub pages: ListPages,
    /// What proves its end.
    pub proof: Proof,
    /// Its fields.
    pub fields: Vec<FoundField>,
    /// What else it could be read by.
    pub choices: Choices,
}

/// The result of a test read.
#[derive(Debug)]
pub struct Recognised {
    /// The definition, as a file.
    pub definition: String,
    /// What was found.
    pub found: Found,
    /// What was asked.
    pub requests: Vec<SentRequest>,
    /// The first clients.
    pub documents: Vec<PartyDocument>,
    /// The suggested mapping.
    pub mapping: Vec<Json>,
}

/// Looks at a list.
///
/// # Errors
/// An address that may not be reached, a reply that is no list, a list that cannot be read with certainty.
pub async fn recognise(ask: Ask) -> Result<Recognised, ConnectorError> {
    let name = ask.name.clone();
    match tokio::time::timeout(LONGEST, look(ask)).await {
        Ok(result) => result,
        Err(elapsed) => Err(HttpFault::TooSlow(Box::new(elapsed)).into_error(&name)),
    }
}

async fn look(ask: Ask) -> Result<Recognised, ConnectorError> {
    let refused = || HttpFault::AddressRefused.into_error(&ask.name);
    let mut address = Url::parse(ask.address.trim()).map_err(|_| refused())?;
    address.set_fragment(None);
    // An address that was copied together with its key: what is written down holds none.
    let pairs: Vec<(String, String)> = address
        .query_pairs()
        .filter(|(_, value)| !ask.opened_by.is(value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    address.set_query(None);
    if !pairs.is_empty() {
        address.query_pairs_mut().extend_pairs(pairs);
    }
    let signing = Signing::of(&ask.auth).map_err(|fault| fault.into_error(&ask.name))?;
    let base_url = Url::parse(&origin_of(&address)).map_err(|_| refused())?;
    let credential = ask.opened_by.credential(origin_of(&address));
    let limits = ask.definition.routes.api.as_ref().map_or(&[][..], |api| &api.limits);
    let account = format!("probe:{}", origin_of(&address));
    let http = HttpClient::new(HttpParts {
        base_url: base_url.clone(),
        hosts: Vec::new(),
        signing,
        largest: LARGEST,
        credential: credential.clone(),
        reach: ask.reach,
        account: account.clone(),
        limits: limits
            .iter()
            .map(|limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds })
            .collect(),
        budget: Arc::clone(&ask.budget),
        clock: Arc::clone(&ask.clock),
        pause: Arc::clone(&ask.pause),
    })
    .map_err(|fault| fault.into_error(&ask.name))?;
    let caller = Caller::new(http, &ask.name, &write::failures(&ask.auth));
    let mut trial = Trial::new(caller, &address);
    let first = trial.first().await?;
    let mut lists = find::lists(&first.json);
    let in_it: Vec<(String, u64)> =
        lists.iter().take(MOST_CHOICES).map(|list| (list.path.clone(), list.rows.len() as u64)).collect();
    let at = match &ask.chosen.list {
        Some(path) => lists.iter().position(|list| list.path == *path),
        None => (!lists.is_empty()).then_some(0),
    };
    let list = lists.swap_remove(at.ok_or_else(|| trial.not(messages::NO_LIST))?);
    if list.rows.is_empty() {
        return Err(trial.not(messages::EMPTY_LIST));
    }
    let mut ids = find::ids_of(list.rows);
    ids.truncate(MOST_CHOICES);
    let id = match &ask.chosen.id {
        Some(chosen) => ids.iter().find(|id| *id == chosen),
        None => ids.first(),
    };
    let id = id.cloned().ok_or_else(|| trial.not(messages::NO_ID))?;
    let rows = find::ids(list.rows, &id);
    let total = find::total(&first.json, rows.len() as u64);
    trial.knows(&list.path, &id);
    let (pages, proof) = paging::find(&mut trial, &first, &rows, total.as_ref().map(|(_, count)| *count))
        .await?
        .ok_or_else(|| trial.not(messages::NO_END))?;
    let mut changed = find::changes_of(list.rows);
    changed.truncate(MOST_CHOICES);
    let version = match &ask.chosen.changed {
        Some(chosen) => changed.iter().find(|name| *name == chosen).cloned(),
        None => find::version(list.rows),
    };
    let newest_first = match (&version, &pages) {
        // One reply holds everything: there is nothing to save.
        (_, ListPages::Whole {}) | (None, _) => None,
        (Some(version), _) => order::newest_first(&mut trial, list.rows, &id, version).await?,
    };
    let sample = &list.rows[..list.rows.len().min(SAMPLE)];
    let fields = fields::read(sample, &ask.definition.fields, &[Some(id.as_str()), version.as_deref()]);
    let found = Found {
        records: list.path.clone(),
        id,
        version,
        newest_first,
        total: total.as_ref().map(|(path, _)| path.clone()),
        count: total.map(|(_, count)| count),
        pages,
        proof,
        fields,
        choices: Choices { lists: in_it, ids, changed },
    };
    let definition = write::definition(&ask, &trial, &found);
    let read = parse(&definition).map_err(|faults| {
        // What cannot be told is told; what is left is a fault of ours.
        let nameless = faults.iter().all(|fault| fault.place == "rows.fields");
        tracing::info!(?faults, "what was recognised is no sound definition");
        trial.not(if nameless { messages::NO_NAMES } else { messages::UNREADABLE })
    })?;
    let connector = ListConnector::new(ConnectorParts {
        definition: Arc::new(read),
        base_url: None,
        credential,
        account,
        known: None,
        time_zone: None,
        reach: ask.reach,
        budget: ask.budget,
        clock: ask.clock,
        pause: ask.pause,
    })?;
    let (_, documents) = connector.first(SHOWN, u32::MAX).await?;
    let mapping = hub_core::ports::Connector::default_mapping(&connector);
    Ok(Recognised { definition, found, requests: trial.requests(), documents, mapping })
}

impl Trial {
    /// What was looked for is not there.
    fn not(&self, message_id: &'static str) -> ConnectorError {
        self.caller().error(message_id, RetryAdvice::Never, Offer::TryAgain)
    }
}
