//! A list on pages, read with a person's session, in the place of a list of JSON records.
//!
//! A page that is not the list is told apart by what it is: one that asks to sign in, one that asks whether a person is
//! there, one that is laid out differently. None of them is ever taken for data (SYNC-LAW 39, F38, F81).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_core::canonical::short_id;
use hub_core::malformed::Malformed;
use hub_core::ports::{ConnectorError, RawRecord, RetryAdvice};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value as Json};
use url::Url;

use super::connector::{Entries, ListConnector, PROBE};
use super::pages::At;
use crate::definition::{Absent, Empty, ListPages, ListRead, Offer, PagePages, PageRead, PageRows};
use crate::http::Reply;
use crate::messages;
use crate::read::ConnectorParts;
use crate::read::paging::ListFault;
use crate::web::{OWN_PAGE, Onward, PageFault, PageReader, Place, ReadPage, text_of};

/// Who is signed in to the account of this id, where it says so.
pub(super) fn who_of(account: &str) -> Option<String> {
    if account.starts_with(PROBE) {
        return None;
    }
    account.split_once('#').map(|(_, who)| who.to_owned())
}

/// A form that leads on: where it goes, and its fields as they stand.
type Form = (Url, Vec<(String, String)>);

/// Reading pages.
pub(super) struct Paged {
    reader: PageReader,
    /// Whether each record has a page of its own that is read with it.
    own_pages: bool,
    zone: TimeZone,
    /// Who has to be signed in, once that is known.
    expected: Option<String>,
    /// Who is, as the newest page said.
    who: Mutex<Option<String>>,
    /// Forms that lead on, by what stands for them in a checkpoint. They hold a token of the site, so that they are nowhere
    /// but here; a job that goes on in another process reads the list anew.
    forms: Mutex<HashMap<String, Form>>,
}

impl Paged {
    pub(super) fn new(page: &PageRead, parts: &ConnectorParts) -> Result<Paged, PageFault> {
        let whole = PagePages::Whole {};
        let zone = parts.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Ok(Paged {
            reader: PageReader::new(page, page.pages.as_ref().unwrap_or(&whole))?,
            own_pages: page.detail.is_some(),
            zone: zone.unwrap_or(TimeZone::UTC),
            expected: who_of(&parts.account),
            who: Mutex::default(),
            forms: Mutex::default(),
        })
    }

    /// Whether each record has a page of its own that is read with it.
    pub(super) fn reads_own_pages(&self) -> bool {
        self.own_pages
    }

    /// The list in the terms of those that come as JSON.
    pub(super) fn as_list(page: &PageRead) -> ListRead {
        let id = match &page.rows {
            PageRows::Elements { .. } => "id".to_owned(),
            PageRows::Script { id, .. } => id.clone(),
        };
        let pages = match &page.pages {
            None | Some(PagePages::Whole {}) => ListPages::Whole {},
            Some(PagePages::Next { .. } | PagePages::Number { .. } | PagePages::Form { .. }) => {
                ListPages::NextUrl { next: String::new() }
            }
        };
        ListRead {
            stream: page.stream.clone(),
            path: page.path.clone().unwrap_or_default(),
            params: page.params.clone(),
            records: String::new(),
            id,
            version: None,
            total: None,
            needed: Vec::new(),
            leave_out: Vec::new(),
            pages,
            account: None,
            window: None,
            page_rows: None,
            split: None,
            replaces: None,
            under: None,
            nested: Vec::new(),
            each: None,
            beside: Vec::new(),
            look: BTreeMap::new(),
            empty: Empty::Stated,
            absent: Absent::Unknown,
            sync_token: None,
            newest_first: None,
        }
    }

    /// Who is signed in, as the newest page said.
    pub(super) fn who(&self) -> Option<String> {
        self.who.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_form(&self, to: Url, fields: Vec<(String, String)>) -> At {
        let mut told = to.to_string();
        for (name, value) in &fields {
            told.push_str(&format!("\n{name}={value}"));
        }
        let id = URL_SAFE_NO_PAD.encode(short_id(&told));
        self.forms.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), (to, fields));
        At::Token(id)
    }

    fn form(&self, id: &str) -> Option<Form> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// The text of a page.
pub(super) fn page_text(reply: &Reply) -> String {
    let content_type = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    text_of(content_type, &reply.body)
}

/// Whether a page of a list that a script draws is, as it was sent, without what the script would draw.
pub(super) fn is_undrawn(page: &Result<ReadPage, PageFault>) -> bool {
    match page {
        Ok(page) => page.records.is_empty(),
        Err(fault) => match fault {
            PageFault::NoList | PageFault::NoEnd | PageFault::FieldGone(_) | PageFault::NoId(_) => true,
            PageFault::SignedOut
            | PageFault::PersonAsked
            | PageFault::NoData
            | PageFault::ByScript
            | PageFault::Selector
            | PageFault::TooLarge => false,
        },
    }
}

impl ListConnector {
    fn today(&self, paged: &Paged) -> Date {
        self.caller.http.now().to_zoned(paged.zone.clone()).date()
    }

    /// A page of the list: its records, how many there are in all, and where the next page is.
    pub(super) async fn ask_page(&self, paged: &Paged, at: &At) -> Result<Entries, ConnectorError> {
        let lost = || self.list_fault(ListFault::WrongPage);
        let (reply, place) = match at {
            At::Start => {
                let query: Vec<(String, String)> =
                    self.list.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                (self.caller.get(&self.list.path, &query).await?, Place::First)
            }
            At::Url(url) => {
                let url = Url::parse(url).map_err(|_| lost())?;
                (self.caller.get_named(url).await?, Place::Later)
            }
            At::Token(id) => {
                let (to, fields) = paged.form(id).ok_or_else(lost)?;
                (self.caller.send_form(to, &fields).await?, Place::Later)
            }
            At::Page(_) | At::Skip(_) => return Err(lost()),
        };
        let mut page = paged.reader.read(&page_text(&reply), &reply.url, place, self.today(paged));
        // What comes after a form cannot be opened again in a window.
        if let Some(awaited) = paged.reader.awaited().filter(|_| !matches!(at, At::Token(_)))
            && is_undrawn(&page)
        {
            let reply = self.caller.draw(reply.url, &awaited.rows, &awaited.instead).await?;
            page = paged.reader.read(&page_text(&reply), &reply.url, place, self.today(paged));
        }
        let page = page.map_err(|fault| self.page_fault(fault))?;
        if let (Some(expected), Some(who)) = (&paged.expected, &page.account)
            && expected != who
        {
            // Somebody else is signed in now: not one record of theirs is looked at (F36).
            return Err(self.caller.error(messages::OTHER_ACCOUNT, RetryAdvice::SignIn, Offer::SignInAgain));
        }
        *paged.who.lock().unwrap_or_else(PoisonError::into_inner) = page.account;
        let next = page.onward.map(|onward| match onward {
            Onward::Address(url) => At::Url(url.to_string()),
            Onward::Form { to, fields } => paged.keep_form(to, fields),
        });
        Ok(Entries { items: page.records, total: page.total, next, token: None })
    }

    /// The record with what stands on its own page.
    pub(super) async fn with_own_page(&self, mut record: RawRecord) -> Result<RawRecord, ConnectorError> {
        let Some(paged) = &self.paged else { return Ok(record) };
        let unreadable = |error: serde_json::Error| self.caller.unreadable(Malformed::from(error));
        let mut whole: Map<String, Json> = serde_json::from_str(&record.raw).map_err(unreadable)?;
        let Some(Json::String(own)) = whole.remove(OWN_PAGE) else { return Ok(record) };
        let url = Url::parse(&own).map_err(|_| self.page_fault(PageFault::NoList))?;
        let reply = self.caller.get_named(url).await?;
        let mut found = paged.reader.detail(&page_text(&reply), self.today(paged));
        if let Some((awaited, own)) =
            paged.reader.awaited().and_then(|awaited| Some((awaited, awaited.own.as_ref()?)))
            && found == Err(PageFault::NoList)
        {
            let reply = self.caller.draw(reply.url, own, &awaited.instead).await?;
            found = paged.reader.detail(&page_text(&reply), self.today(paged));
        }
        let found = found.map_err(|fault| self.page_fault(fault))?;
        whole.extend(found.into_iter().map(|(name, value)| (name, Json::String(value))));
        record.raw = serde_json::to_string(&whole).map_err(unreadable)?;
        Ok(record)
    }

    /// A page that is not what it should be, in the supplier's words.
    pub(super) fn page_fault(&self, fault: PageFault) -> ConnectorError {
        let (message_id, retry, offer) = match &fault {
            PageFault::SignedOut => (messages::SESSION_OVER, RetryAdvice::SignIn, Offer::SignInAgain),
            PageFault::PersonAsked => (messages::PERSON_ASKED, RetryAdvice::SignIn, Offer::SignInAgain),
            PageFault::TooLarge => (messages::TOO_LARGE, RetryAdvice::Never, Offer::Report),
            PageFault::NoList
            | PageFault::NoId(_)
            | PageFault::FieldGone(_)
            | PageFault::NoData
            | PageFault::ByScript
            | PageFault::NoEnd
            | PageFault::Selector => (messages::SITE_CHANGED, RetryAdvice::Never, Offer::Report),
        };
        let mut error = self.caller.error(message_id, retry, offer);
        error.source = Some(Box::new(fault));
        error
    }
}
