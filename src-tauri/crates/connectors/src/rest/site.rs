//! A list of JSON behind a sign-in: who is signed in, what goes with each request, and whether an answer is what it was.
//!
//! Whose account it is, is asked once by each connector before anything of it is read: a session that is somebody else's by now
//! gives not one record (F36). An answer without its list, its count or the names in it is laid out differently and taken for
//! nothing (F81).

use hub_core::malformed::Malformed;
use hub_core::ports::{AccountInfo, ConnectorError, RetryAdvice};
use scraper::{Html, Selector};
use serde_json::value::RawValue;
use tokio::sync::OnceCell;

use super::connector::ListConnector;
use super::paged::{page_text, who_of};
use super::reply::scalars;
use crate::definition::{Carry, CarryFrom, Offer, SiteAccount};
use crate::messages;
use crate::read::pick::{Steps, pick, scalar};

/// Longest name of an account that is shown, in letters.
const LONGEST_NAME: usize = 120;

/// What a page has that asks to sign in.
const PASSWORD: &str = "input[type=password]";

/// Who is signed in.
pub(super) struct Who {
    of: SiteAccount,
    /// Who has to be, once that is known.
    expected: Option<String>,
    found: OnceCell<Found>,
}

/// What the site says of an account.
#[derive(Debug, Clone)]
pub(super) struct Found {
    id: String,
    name: Option<String>,
    time_zone: Option<String>,
    currency: Option<String>,
}

/// What is missing in an answer of a site.
#[derive(Debug, thiserror::Error)]
enum Missing {
    #[error("the answer does not say who is signed in")]
    Account,
    #[error("no record has `{0}`")]
    Field(String),
    #[error("the list does not say how long it is")]
    Total,
    #[error("the value for the header `{0}` is not where it was")]
    Carried(String),
}

impl Who {
    pub(super) fn new(of: &SiteAccount, account: &str) -> Who {
        Who { of: of.clone(), expected: who_of(account), found: OnceCell::new() }
    }

    /// What is known by now.
    pub(super) fn found(&self) -> Option<&Found> {
        self.found.get()
    }
}

impl Found {
    /// The account as the site tells of it.
    pub(super) fn told(&self, account: AccountInfo) -> AccountInfo {
        let name: Option<String> = self.name.as_ref().map(|name| name.chars().take(LONGEST_NAME).collect());
        AccountInfo {
            account_id: format!("{}#{}", account.account_id, self.id),
            name: name.filter(|name| !name.trim().is_empty()).unwrap_or(account.name),
            time_zone: self.time_zone.clone(),
            currency: self.currency.as_ref().map(|code| code.to_uppercase()),
            ..account
        }
    }
}

impl ListConnector {
    /// Has what each request of a session takes, and knows who is signed in. Whatever is read, it is read after this.
    pub(super) async fn opened(&self) -> Result<(), ConnectorError> {
        self.carry().await?;
        self.identify().await
    }

    /// Knows who is signed in, where the site says so.
    async fn identify(&self) -> Result<(), ConnectorError> {
        let Some(who) = &self.who else { return Ok(()) };
        let ask = async || {
            let reply = self.caller.get(&who.of.path, &[]).await?;
            let text = self.caller.text(reply.body)?;
            let SiteAccount { id, name, time_zone, currency, .. } = &who.of;
            let paths = [Some(id.as_str()), Some(name), time_zone.as_deref(), currency.as_deref()];
            let [id, name, time_zone, currency] =
                scalars(&text, paths).map_err(|error| self.caller.unreadable(error))?;
            let id = id.filter(|id| !id.is_empty()).ok_or_else(|| self.changed(Missing::Account))?;
            if who.expected.as_ref().is_some_and(|expected| *expected != id) {
                // Somebody else is signed in now: not one record of theirs is looked at (F36).
                let (message, offer) = (messages::OTHER_ACCOUNT, Offer::SignInAgain);
                return Err(self.caller.error(message, RetryAdvice::SignIn, offer));
            }
            Ok(Found { id, name, time_zone, currency })
        };
        who.found.get_or_try_init(ask).await.map(|_| ())
    }

    /// Has what goes with each request and stands on a page of the site.
    pub(super) async fn carry(&self) -> Result<(), ConnectorError> {
        let Some(site) = self.site() else { return Ok(()) };
        let ask = async || {
            for Carry { header, from } in &site.carry {
                let value = match from {
                    CarryFrom::Cookie { .. } => continue,
                    CarryFrom::Page { path, select, attr } => {
                        let reply = self.caller.get_page(path).await?;
                        let text = page_text(&reply);
                        if on_page(&text, PASSWORD, Some("type")).is_some() {
                            let (message, offer) = (messages::SESSION_OVER, Offer::SignInAgain);
                            return Err(self.caller.error(message, RetryAdvice::SignIn, offer));
                        }
                        on_page(&text, select, attr.as_deref())
                    }
                    CarryFrom::Answer { path, at } => {
                        let text = self.caller.text(self.caller.get(path, &[]).await?.body)?;
                        let [value] = scalars(&text, [Some(at.as_str())])
                            .map_err(|error| self.caller.unreadable(error))?;
                        value
                    }
                };
                let taken = value.is_some_and(|value| self.caller.http.carried().take(header, &value));
                if !taken {
                    return Err(self.changed(Missing::Carried(header.clone())));
                }
            }
            Ok(())
        };
        self.carried.get_or_try_init(ask).await.map(|_| ())
    }

    /// So many of the wanted records as these requests allow to be looked at.
    pub(super) fn records_within(&self, wanted: usize, requests: u32) -> usize {
        let carried = self.site().map_or(0, |site| {
            site.carry.iter().filter(|carry| !matches!(carry.from, CarryFrom::Cookie { .. })).count()
        });
        let by_itself = self.list.account.as_ref().is_some_and(|account| account.param.is_some());
        let unknown = self.who.as_ref().is_some_and(|who| who.found().is_none())
            || by_itself && self.whose_id.get().is_none();
        let asked = usize::from(unknown);
        let first = 1 + carried + asked;
        let below: u32 = self.list.nested.iter().map(|nested| nested.most).sum();
        match ((requests as usize).checked_sub(first), below as usize) {
            (None, _) => 0,
            (Some(_), 0) => wanted,
            (Some(left), below) => wanted.min(left / below),
        }
    }

    /// Whether a page of JSON is laid out as it was: with what is needed, and with its total where the list has one.
    pub(super) fn laid_out(
        &self,
        needed: &[String],
        counts: bool,
        items: &[Box<RawValue>],
        total: Option<u64>,
    ) -> Result<(), ConnectorError> {
        if counts && total.is_none() {
            return Err(self.changed(Missing::Total));
        }
        for path in needed.iter().filter(|_| !items.is_empty()) {
            let steps = Steps::new(path);
            let mut there = false;
            for item in items {
                let found =
                    pick(item.get(), &[&steps]).map_err(|error: Malformed| self.caller.unreadable(error))?;
                let value = found.first().copied().flatten().and_then(scalar);
                there |= value.is_some_and(|text| !text.trim().is_empty());
            }
            if !there {
                return Err(self.changed(Missing::Field(path.clone())));
            }
        }
        Ok(())
    }
}

/// A value on a page.
fn on_page(text: &str, select: &str, attr: Option<&str>) -> Option<String> {
    let selector = Selector::parse(select).ok()?;
    let page = Html::parse_document(text);
    let element = page.select(&selector).next()?;
    match attr {
        Some(name) => element.value().attr(name).map(str::to_owned),
        None => Some(element.text().collect()),
    }
}
