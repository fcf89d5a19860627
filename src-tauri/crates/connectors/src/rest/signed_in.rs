//! From a window in which somebody signed in to a definition by which their list is read.
//!
//! Whether they are in is not guessed from an address: the list is asked for with their session, and once rows of it come,
//! they are. The way from page to page is found where the definition does not know it, and gone once to prove it; a list
//! whose end could not be told is refused, as everywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_core::ports::{
    AccountInfo, Clock, Connector, ConnectorError, PartyDocument, RateLimit, RequestBudget, RetryAdvice,
};
use jiff::tz::TimeZone;
use toml::{Table, Value};
use url::Url;

use super::connector::ListConnector;
use super::paged::{is_undrawn, page_text};
use super::recognise::slug;
use crate::definition::{
    Definition, DrawnBy, Evidence, FailureRule, Limit, Offer, PagePages, PageRead, SignInRoute, parse,
};
use crate::http::{
    Carried, Credential, HttpClient, HttpFault, HttpParts, MAX_BODY, Pause, Reach, Reply, Session, Signing,
    origin_of,
};
use crate::messages;
use crate::read::{Caller, ConnectorParts};
use crate::web::{Onward, PageFault, PageReader, Place, ReadPage, WayOn, way_on};

/// Clients that are shown.
const SHOWN: usize = 5;

/// What a window just loaded.
pub struct SignedInAsk {
    /// The definition with the route behind the sign-in.
    pub definition: Arc<Definition>,
    /// The same as the file that it is.
    pub text: String,
    /// What the person calls it.
    pub name: String,
    /// Address in place of the definition's own, where the person gave one.
    pub base_url: Option<Url>,
    /// The page that the window shows.
    pub page: Url,
    /// The session in the window.
    pub session: Arc<Session>,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// Where requests are counted.
    pub budget: Arc<dyn RequestBudget>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How to wait.
    pub pause: Arc<dyn Pause>,
}

/// Somebody is signed in, and their list can be read.
#[derive(Debug)]
pub struct SignedIn {
    /// The definition of the connection, as a file.
    pub definition: String,
    /// Whose list it is.
    pub account: AccountInfo,
    /// Decisions that a connection begins with.
    pub decisions: serde_json::Value,
    /// The first clients.
    pub documents: Vec<PartyDocument>,
}

/// Looks whether somebody is signed in and where their list is; nothing as long as they are not, or are elsewhere on the
/// site.
///
/// # Errors
/// A list that cannot be read with certainty, and whatever keeps the site from being asked.
pub async fn look_signed_in(ask: SignedInAsk) -> Result<Option<SignedIn>, ConnectorError> {
    let refused = || HttpFault::AddressRefused.into_error(&ask.name);
    let route = ask.definition.routes.sign_in.as_ref().ok_or_else(refused)?;
    let own = route.base_url.as_deref().map(Url::parse).transpose().map_err(|_| refused())?;
    let base_url = ask.base_url.clone().or_else(|| own.clone()).unwrap_or_else(|| ask.page.clone());
    let list = match (&route.page, &route.list) {
        (Some(page), _) => address_of(&base_url, page).unwrap_or_else(|| ask.page.clone()),
        (None, Some(list)) => below(&list_base(ask.base_url.as_ref(), own.as_ref(), &ask.page), &list.path),
        (None, None) => return Err(refused()),
    };
    if origin_of(&list) != ask.session.origin() {
        // They are somewhere else, such as where many sites are signed in to.
        return Ok(None);
    }
    let found = match read(&ask, route, &list).await {
        // Nothing was asked yet of a list that answers in JSON: its first page says whether somebody is in.
        Ok(Read::List) => Read::List.finish(&ask, &list).await,
        Ok(found) => return found.finish(&ask, &list).await.map(Some),
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_not_yet(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an error says no more than that this page is not the list, or that nobody is signed in yet.
fn is_not_yet(error: &ConnectorError) -> bool {
    [
        messages::SESSION_OVER,
        messages::PERSON_ASKED,
        messages::SITE_CHANGED,
        messages::NOT_FOUND,
        messages::SIGN_IN_NOT_ALLOWED,
        messages::REQUEST_REFUSED,
        messages::NOT_THE_CRM,
        messages::UNREADABLE,
    ]
    .contains(&error.message_id)
}

/// What the list was found to be.
enum Read {
    Page(Box<PageRead>),
    List,
}

/// Whether a page may be the list and be drawn by a script.
fn is_not_drawn(error: &ConnectorError) -> bool {
    error.message_id == messages::SITE_CHANGED
}

async fn read(ask: &SignedInAsk, route: &SignInRoute, list: &Url) -> Result<Read, ConnectorError> {
    let Some(page) = &route.page else {
        return Ok(Read::List);
    };
    let site = Site::new(ask, route, list)?;
    let known = page.pages.clone();
    let first_way = known.clone().unwrap_or(PagePages::Whole {});
    let (page, first, text) = match site.first(page, &first_way, list).await {
        // Only where a total proves its end is a list that a script draws worth a window.
        Err(error) if is_not_drawn(&error) && page.total.is_some() && ask.session.can_draw() => {
            let drawn = PageRead { drawn_by: DrawnBy::Script, ..page.clone() };
            let (first, text) = site.first(&drawn, &first_way, list).await?;
            (drawn, first, text)
        }
        found => found.map(|(first, text)| (page.clone(), first, text))?,
    };
    let page = &page;
    if first.records.is_empty() {
        // Not told from a page that is about something else.
        return Err(site.fault(PageFault::NoList));
    }
    let pages = match known {
        Some(pages) => pages,
        None => site.way(page, list, &first, &text).await?,
    };
    let rows = u32::try_from(first.records.len()).ok();
    let full = match &pages {
        PagePages::Whole {} => None,
        PagePages::Next { .. } | PagePages::Number { .. } | PagePages::Form { .. } => rows,
    };
    Ok(Read::Page(Box::new(PageRead {
        path: Some(list.path().to_owned()),
        params: list.query_pairs().into_owned().collect(),
        pages: Some(pages),
        full: page.full.or(full),
        ..page.clone()
    })))
}

impl Read {
    /// Writes the definition, and reads the first clients by it.
    async fn finish(self, ask: &SignedInAsk, list: &Url) -> Result<SignedIn, ConnectorError> {
        let definition = written(ask, list, &self);
        let unreadable = || ConnectorError {
            message_id: messages::UNREADABLE,
            params: vec![("provider", ask.name.clone()), ("action", Offer::Report.as_str().to_owned())],
            retry: RetryAdvice::Never,
            source: None,
        };
        let definition = definition.ok_or_else(unreadable)?;
        let parsed = parse(&definition).map_err(|faults| {
            tracing::error!(?faults, "what a window led to is no sound definition");
            unreadable()
        })?;
        let connector = ListConnector::new(ConnectorParts {
            definition: Arc::new(parsed),
            base_url: None,
            credential: Credential::session(ask.session.clone()),
            account: account_of_look(list),
            known: None,
            time_zone: None,
            reach: ask.reach,
            budget: ask.budget.clone(),
            clock: ask.clock.clone(),
            pause: ask.pause.clone(),
        })?;
        let (_, documents) = connector.first(SHOWN, u32::MAX).await?;
        let account = connector.whose();
        Ok(SignedIn { definition, account, decisions: connector.initial_decisions(), documents })
    }
}

fn account_of_look(list: &Url) -> String {
    format!("probe:{}", origin_of(list))
}

/// Below what the paths of a list of JSON lie: what the definition says. Of an address that somebody typed only the origin counts:
/// it is that of a page, as a rule that of the sign-in.
fn list_base(typed: Option<&Url>, own: Option<&Url>, page: &Url) -> Url {
    match (typed, own) {
        (None, Some(own)) => own.clone(),
        (Some(typed), _) => below(&root(typed), ""),
        (None, None) => below(&root(page), ""),
    }
}

fn root(url: &Url) -> Url {
    let mut root = url.clone();
    root.set_path("/");
    root
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// Where a definition says that the list is.
fn address_of(base: &Url, page: &PageRead) -> Option<Url> {
    let mut url = below(base, page.path.as_ref()?);
    if !page.params.is_empty() {
        url.query_pairs_mut().extend_pairs(&page.params);
    }
    Some(url)
}

/// The site during a look.
struct Site<'a> {
    ask: &'a SignedInAsk,
    caller: Caller,
}

impl<'a> Site<'a> {
    fn new(ask: &'a SignedInAsk, route: &SignInRoute, list: &Url) -> Result<Site<'a>, ConnectorError> {
        let limit = |limit: &Limit| RateLimit { requests: limit.requests, per_seconds: limit.per_seconds };
        let http = HttpClient::new(HttpParts {
            base_url: Url::parse(&origin_of(list))
                .map_err(|_| HttpFault::AddressRefused.into_error(&ask.name))?,
            hosts: Vec::new(),
            signing: Signing::Cookies,
            largest: MAX_BODY,
            credential: Credential::session(ask.session.clone()),
            reach: ask.reach,
            account: account_of_look(list),
            limits: route.limits.iter().map(limit).collect(),
            budget: ask.budget.clone(),
            clock: ask.clock.clone(),
            pause: ask.pause.clone(),
        })
        .map_err(|fault| fault.into_error(&ask.name))?;
        let http = http.carrying(Carried::of(route));
        let failure: &[FailureRule] = &route.failure;
        Ok(Site { ask, caller: Caller::new(http, &ask.name, failure) })
    }

    fn reader(&self, page: &PageRead, pages: &PagePages) -> Result<PageReader, ConnectorError> {
        // How long a full page is, is known of a list only once its way on is.
        let open = PageRead { full: None, ..page.clone() };
        PageReader::new(&open, pages).map_err(|fault| self.fault(fault))
    }

    /// A page that is not the list.
    fn fault(&self, fault: PageFault) -> ConnectorError {
        let message = match fault {
            PageFault::SignedOut => messages::SESSION_OVER,
            PageFault::PersonAsked => messages::PERSON_ASKED,
            PageFault::NoList
            | PageFault::NoId(_)
            | PageFault::FieldGone(_)
            | PageFault::NoData
            | PageFault::ByScript
            | PageFault::NoEnd
            | PageFault::Selector
            | PageFault::TooLarge => messages::SITE_CHANGED,
        };
        self.caller.error(message, RetryAdvice::Never, Offer::TryAgain)
    }

    fn no_end(&self) -> ConnectorError {
        self.caller.error(messages::NO_END, RetryAdvice::Never, Offer::Report)
    }

    fn today(&self) -> jiff::civil::Date {
        self.ask.clock.now().to_zoned(TimeZone::UTC).date()
    }

    async fn first(
        &self,
        page: &PageRead,
        pages: &PagePages,
        list: &Url,
    ) -> Result<(ReadPage, String), ConnectorError> {
        let reader = self.reader(page, pages)?;
        let reply = self.caller.get_named(list.clone()).await?;
        let (read, reply) = self.read(&reader, reply, Place::First).await?;
        Ok((read.map_err(|fault| self.fault(fault))?, page_text(&reply)))
    }

    /// Reads a page, as it was sent or as its script draws it.
    async fn read(
        &self,
        reader: &PageReader,
        reply: Reply,
        place: Place,
    ) -> Result<(Result<ReadPage, PageFault>, Reply), ConnectorError> {
        let page = reader.read(&page_text(&reply), &reply.url, place, self.today());
        match reader.awaited() {
            Some(awaited) if is_undrawn(&page) => {
                let reply = self.caller.draw(reply.url, &awaited.rows, &awaited.instead).await?;
                Ok((reader.read(&page_text(&reply), &reply.url, place, self.today()), reply))
            }
            Some(_) | None => Ok((page, reply)),
        }
    }

    /// Goes from the first page to the second, in this way.
    async fn gone(
        &self,
        page: &PageRead,
        list: &Url,
        first: &ReadPage,
        text: &str,
        pages: PagePages,
    ) -> Result<Gone, ConnectorError> {
        let reader = self.reader(page, &pages)?;
        let at =
            reader.read(text, list, Place::First, self.today()).map_err(|fault| self.fault(fault))?.onward;
        let reply = match at {
            Some(Onward::Address(url)) => self.caller.get_named(url).await?,
            Some(Onward::Form { to, fields }) => self.caller.send_form(to, &fields).await?,
            None => return Ok(Gone::Nowhere),
        };
        let (second, _) = self.read(&reader, reply, Place::Later).await?;
        let second = second.map_err(|fault| self.fault(fault))?;
        let (old, new) = (ids(first), ids(&second));
        if new == old {
            return Ok(Gone::Nowhere);
        }
        if new.is_empty() || new.iter().any(|id| old.contains(id)) {
            return Err(self.no_end());
        }
        Ok(Gone::Further)
    }

    /// How the list goes on, proved by going there.
    async fn way(
        &self,
        page: &PageRead,
        list: &Url,
        first: &ReadPage,
        text: &str,
    ) -> Result<PagePages, ConnectorError> {
        match way_on(text, list) {
            WayOn::ByScript => Err(self.no_end()),
            WayOn::Found(PagePages::Number { param, first: 0 }) => {
                let counted = |first| PagePages::Number { param: param.clone(), first };
                match self.gone(page, list, first, text, counted(0)).await? {
                    Gone::Further => Ok(counted(0)),
                    // Page 1 is the one that was there: they are counted from 1.
                    Gone::Nowhere => match self.gone(page, list, first, text, counted(1)).await? {
                        Gone::Further => Ok(counted(1)),
                        Gone::Nowhere => Err(self.no_end()),
                    },
                }
            }
            WayOn::Found(pages) => match self.gone(page, list, first, text, pages.clone()).await? {
                Gone::Further => Ok(pages),
                Gone::Nowhere => Err(self.no_end()),
            },
            WayOn::Nowhere => {
                // A list may have pages that nothing on it leads to: a second page is asked for in vain.
                let reader = self.reader(page, &PagePages::Whole {})?;
                let mut other = list.clone();
                other.query_pairs_mut().append_pair("page", "2");
                let reply = match self.caller.get_named(other).await {
                    Ok(reply) => reply,
                    Err(error) if is_not_yet(&error) => return Ok(PagePages::Whole {}),
                    Err(error) => return Err(error),
                };
                match self.read(&reader, reply, Place::Later).await?.0 {
                    Ok(second) if !ids(&second).is_subset(&ids(first)) => Err(self.no_end()),
                    Ok(_) | Err(_) => Ok(PagePages::Whole {}),
                }
            }
        }
    }
}

/// What going on from a first page led to.
enum Gone {
    /// To records that were not there before.
    Further,
    /// To the same page again.
    Nowhere,
}

/// What tells the records of a page from others: all that is said of each.
fn ids(page: &ReadPage) -> BTreeSet<&str> {
    page.records.iter().map(|record| record.get()).collect()
}

/// The definition of a connection: the given one with what was found, and without every other route.
fn written(ask: &SignedInAsk, list: &Url, read: &Read) -> Option<String> {
    let mut table: Table = ask.text.parse().ok()?;
    let text = |text: &str| Value::String(text.to_owned());
    let day = ask.clock.now().strftime("%Y-%m-%d").to_string();
    let source = format!("a test read on {day}");
    let origin = origin_of(list);
    let host = origin.split_once("://").map(|(_, host)| host.to_owned())?;
    let identity = table.get_mut("identity")?.as_table_mut()?;
    if identity.get("key")?.as_str()? == "custom" {
        identity.insert("key".to_owned(), Value::String(format!("custom:{}", slug(&ask.name))));
    }
    identity.insert("name".to_owned(), text(&ask.name));
    let routes = table.get_mut("routes")?.as_table_mut()?;
    routes.retain(|key, _| key == "sign_in");
    let route = routes.get_mut("sign_in")?.as_table_mut()?;
    let evidence = ask.definition.routes.sign_in.as_ref()?.evidence;
    if evidence == Evidence::Specified {
        route.insert("evidence".to_owned(), text("observed"));
        route.insert("source".to_owned(), text(&source));
    }
    let base = match (read, &ask.base_url) {
        (Read::List, None) => ask.definition.routes.sign_in.as_ref()?.base_url.clone().unwrap_or(origin),
        (Read::List | Read::Page(_), _) => origin,
    };
    route.insert("base_url".to_owned(), text(&base));
    let mut hosts = vec![text(&host)];
    if ask.base_url.is_none() {
        let listed = ask.definition.routes.sign_in.as_ref().map_or(&[][..], |route| &route.hosts);
        hosts.extend(listed.iter().filter(|listed| **listed != host).map(|host| text(host)));
    }
    route.insert("hosts".to_owned(), Value::Array(hosts));
    if let Read::Page(found) = read {
        let page = route.get_mut("page")?.as_table_mut()?;
        if found.drawn_by == DrawnBy::Script {
            page.insert("drawn_by".to_owned(), text("script"));
        }
        page.insert("path".to_owned(), text(found.path.as_deref()?));
        let params: Table = found.params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        if !params.is_empty() {
            page.insert("params".to_owned(), Value::Table(params));
        }
        page.insert("pages".to_owned(), Value::Table(pages_table(found.pages.as_ref()?)));
        if let Some(full) = found.full {
            page.insert("full".to_owned(), Value::Integer(i64::from(full)));
        }
    }
    let capabilities = table.get_mut("capability")?.as_array_mut()?;
    capabilities.retain(|one| one.get("route").and_then(Value::as_str) == Some("sign_in"));
    for one in capabilities.iter_mut().filter_map(Value::as_table_mut) {
        if evidence == Evidence::Specified {
            one.insert("evidence".to_owned(), text("observed"));
            one.insert("source".to_owned(), text(&source));
        }
    }
    let head = "# Written by a test read. It holds no session, and may be changed, checked and shared.\n";
    Some(format!("{head}{}", toml::to_string(&table).ok()?))
}

fn pages_table(pages: &PagePages) -> Table {
    let text = |text: &str| Value::String(text.to_owned());
    let pairs = match pages {
        PagePages::Whole {} => vec![("kind", text("whole"))],
        PagePages::Next { select, text: said } => {
            let mut pairs = vec![("kind", text("next")), ("select", text(select))];
            pairs.extend(said.as_ref().map(|said| ("text", text(said))));
            pairs
        }
        PagePages::Number { param, first } => vec![
            ("kind", text("number")),
            ("param", text(param)),
            ("first", Value::Integer(i64::try_from(*first).unwrap_or(1))),
        ],
        PagePages::Form { select } => vec![("kind", text("form")), ("select", text(select))],
    };
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
