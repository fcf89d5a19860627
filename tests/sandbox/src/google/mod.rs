//! Google over the seeded book: the People API v1 and the Calendar API v3 with their authorization server.
//!
//! As its discovery document says it (people.v1): a mask of fields is required, lists have page tokens and, when asked for,
//! a token at their end by which what changed since is read; both are bound to the other parameters of the request; what was
//! deleted comes back as a mark; a token is good for seven days after the full read; the first page of a full read has a
//! quota of its own; contacts are read, searched, made, changed and deleted one by one. Lists inside a person have no order, so that it can be changed. Errors have the form of
//! google.rpc.Status.
//!
//! An installed program signs in with an id and a secret that is none (RFC 8252, 8.5), and comes back to its own computer.

mod calendar;
mod contacts;
mod events;
mod mask;
mod people;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

pub use calendar::{Calendar, Event, When};
pub use contacts::Person;

use crate::authority::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation,
};
use crate::book::Book;
use crate::faults::carried::{Turns, travelling};
use crate::faults::{Board, Fault, Scope};
use crate::http::{Answer, Door, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::wedsync::InstalledClient;
use calendar::Calendars;
use contacts::Contacts;
use events::refused;

/// The path all resources of the People API lie under.
const PEOPLE: &str = "/v1";
/// The path all resources of the Calendar API lie under.
const CALENDAR: &str = "/calendar/v3";
/// Scopes that a sign-in can ask for.
const SCOPES: [&str; 6] = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
    "https://www.googleapis.com/auth/contacts",
    "https://www.googleapis.com/auth/contacts.readonly",
    "https://www.googleapis.com/auth/calendar.readonly",
];
/// Either of these may read contacts.
const MAY_READ_CONTACTS: [&str; 2] =
    [MAY_WRITE_CONTACTS, "https://www.googleapis.com/auth/contacts.readonly"];
/// This one may change them.
const MAY_WRITE_CONTACTS: &str = "https://www.googleapis.com/auth/contacts";
/// This may read calendars.
const MAY_READ_CALENDARS: &str = "https://www.googleapis.com/auth/calendar.readonly";

/// The service.
#[derive(Debug)]
struct Service {
    authority: Authority,
    contacts: Mutex<Contacts>,
    calendars: Mutex<Calendars>,
    board: Mutex<Board>,
    turns: Turns,
    log: Log,
}

/// A running Google. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Google {
    service: Arc<Service>,
    door: Door,
}

/// What went wrong, as google.rpc.Status tells it.
struct Wrong {
    code: u16,
    status: &'static str,
    /// Of google.rpc.ErrorInfo.
    reason: Option<&'static str>,
}

impl Google {
    /// Opens it on the current runtime.
    pub(crate) async fn open(book: &Book) -> std::io::Result<Self> {
        let service = Arc::new(Service::new(book));
        let door = Door::open(Arc::<Service>::clone(&service)).await?;
        service.authority.set_origin(&door.origin());
        Ok(Self { service, door })
    }

    /// Base address of the People API, with `/v1`.
    pub fn people_url(&self) -> String {
        format!("{}{PEOPLE}", self.door.origin())
    }

    /// Base address of the Calendar API, with `/calendar/v3`.
    pub fn calendar_url(&self) -> String {
        format!("{}{CALENDAR}", self.door.origin())
    }

    /// What WedSync's app is called here, as WedSync tells it.
    pub(crate) fn clients(&self) -> Vec<InstalledClient> {
        let client = |provider: &str| InstalledClient {
            provider: provider.to_owned(),
            client_id: self.service.authority.client_id().to_owned(),
            client_secret: self.service.authority.client_secret().map(str::to_owned),
        };
        vec![client("google_contacts"), client("google_calendar")]
    }

    /// Who can sign in: the studio, and somebody else with an empty address book.
    pub fn logins(&self) -> &[CrmLogin] {
        self.service.authority.logins()
    }

    /// An access token of the studio's, as a sign-in that allows everything gives it.
    pub fn access_token(&self) -> String {
        self.service.authority.grant(0)
    }

    /// What the authorization server does from now on.
    pub fn switch(&self, switches: AuthoritySwitches) {
        self.service.authority.switch(switches);
    }

    /// How often tokens were given and refused.
    pub fn counts(&self) -> AuthorityCounts {
        self.service.authority.counts()
    }

    /// Lets every access token age out.
    pub fn expire_access(&self) {
        self.service.authority.expire_access();
    }

    /// Takes every sign-in back.
    pub fn revoke_all(&self) {
        self.service.authority.revoke_all();
    }

    /// Switches a fault of the API on; of the faults only those that stand before the service are known here.
    pub fn fault(&self, scope: Scope, fault: Fault) -> u64 {
        self.service.board().switch_on(scope, fault)
    }

    /// Every fault off.
    pub fn heal(&self) {
        self.service.board().clear();
        self.service.authority.switch(AuthoritySwitches::default());
        self.service.contacts().refuse_first_pages(0);
        let mut calendars = self.service.calendars();
        (calendars.empty_pages, calendars.without_token, calendars.refusal) = (0, false, None);
    }

    /// The contacts as the supplier sees them.
    pub fn contacts(&self) -> Vec<Person> {
        self.service.contacts().living()
    }

    /// The supplier adds somebody; the name of the resource.
    pub fn add_contact(&self, person: Person) -> String {
        self.service.contacts().add(person)
    }

    /// The supplier changes somebody; false where nobody has this name.
    pub fn change_contact(&self, resource: &str, change: impl FnOnce(&mut Person)) -> bool {
        self.service.contacts().change(resource, change)
    }

    /// The supplier deletes somebody; false where nobody has this name.
    pub fn delete_contact(&self, resource: &str) -> bool {
        self.service.contacts().delete(resource)
    }

    /// So many days pass for the tokens by which changes are read.
    pub fn pass_days(&self, days: u32) {
        self.service.contacts().pass_days(days);
    }

    /// The quota of first pages is spent for the next so many of them.
    pub fn refuse_first_pages(&self, count: u32) {
        self.service.contacts().refuse_first_pages(count);
    }

    /// Lists inside a person come in another order from now on.
    pub fn shuffle(&self) {
        self.service.contacts().turn += 1;
    }

    /// Searches do not show what is new from now on, or do.
    pub fn search_lags(&self, lags: bool) {
        self.service.contacts().search_lags = lags;
    }

    /// Answers to changes have no etag from now on, or have one.
    pub fn withhold_etag(&self, withheld: bool) {
        self.service.contacts().etag_withheld = withheld;
    }

    /// Somebody's etag is another one, though nothing of them changed; false where nobody has this name.
    pub fn touch_contact(&self, resource: &str) -> bool {
        self.service.contacts().touch(resource)
    }

    /// Somebody's etag; none where nobody has this name.
    pub fn etag(&self, resource: &str) -> Option<String> {
        self.service.contacts().entry_of(resource).map(writes::etag_of)
    }

    /// Writes that came while another was not answered yet.
    pub fn overlapping(&self) -> usize {
        self.service.turns.overlapping()
    }

    /// The studio's main calendar.
    pub const MAIN: &'static str = Calendars::MAIN;
    /// A calendar of the studio's own whose box is not ticked.
    pub const WEDDINGS: &'static str = Calendars::WEDDINGS;
    /// Somebody else's calendar, in which the studio may write, with its box ticked.
    pub const TEAM: &'static str = Calendars::TEAM;

    /// The list of calendars.
    pub fn calendars(&self) -> Vec<Calendar> {
        self.service.calendars().list.clone()
    }

    /// The supplier does something with a calendar of the list.
    pub fn change_calendar(&self, id: &str, change: impl FnOnce(&mut Calendar)) {
        if let Some(calendar) = self.service.calendars().list.iter_mut().find(|calendar| calendar.id == id) {
            change(calendar);
        }
    }

    /// What stands in a calendar, each series once.
    pub fn events(&self, calendar: &str) -> Vec<Event> {
        self.service.calendars().events(calendar)
    }

    /// The supplier enters something; its id.
    pub fn add_event(&self, calendar: &str, event: Event) -> String {
        self.service.calendars().add(calendar, event)
    }

    /// One of a series, told by the beginning it had there, becomes something of its own; its id.
    pub fn except_event(
        &self,
        calendar: &str,
        series: &str,
        original: jiff::civil::DateTime,
        event: Event,
    ) -> String {
        self.service.calendars().except(calendar, series, original, event)
    }

    /// The supplier changes something; false where there is nothing of this id.
    pub fn change_event(&self, calendar: &str, id: &str, change: impl FnOnce(&mut Event)) -> bool {
        self.service.calendars().change(calendar, id, change)
    }

    /// The supplier takes something off, and what it was is still told, as for whoever organized it.
    pub fn cancel_event(&self, calendar: &str, id: &str) -> bool {
        self.service.calendars().change(calendar, id, |event| event.status = "cancelled")
    }

    /// Something is gone, and nothing but its id is told of it.
    pub fn delete_event(&self, calendar: &str, id: &str) -> bool {
        self.service.calendars().delete(calendar, id)
    }

    /// Tokens by which what changed in calendars is read are good no more; with what was deleted meanwhile, where so much
    /// time went by.
    pub fn expire_calendar_tokens(&self, long_ago: bool) {
        let mut calendars = self.service.calendars();
        if long_ago { calendars.forget() } else { calendars.expire() }
    }

    /// The next so many pages of events hold none although there are some.
    pub fn empty_event_pages(&self, count: u32) {
        self.service.calendars().empty_pages = count;
    }

    /// No list of events ends with a token from now on.
    pub fn withhold_calendar_tokens(&self) {
        self.service.calendars().without_token = true;
    }

    /// Every request to the Calendar API is refused with this status, domain and reason from now on.
    pub fn refuse_calendars(&self, code: u16, domain: &'static str, reason: &'static str) {
        self.service.calendars().refusal = Some((code, domain, reason));
    }

    /// Requests so far, those for tokens too.
    pub fn log(&self) -> Vec<Logged> {
        self.service.log.rows()
    }

    /// The log begins anew.
    pub fn reset_log(&self) {
        self.service.log.reset();
    }
}

impl Service {
    fn new(book: &Book) -> Self {
        let login = |login: &str, id: &str, name: &str| CrmLogin {
            login: login.to_owned(),
            password: "correct horse battery staple".to_owned(),
            account_id: id.to_owned(),
            name: name.to_owned(),
        };
        Self {
            authority: Authority::new(AuthorityConfig {
                service: "Google".to_owned(),
                client_id: "hub-desktop.apps.sandbox.example".to_owned(),
                client_secret: Some("installed-and-no-secret".to_owned()),
                redirects: Redirects::Loopback,
                scopes: SCOPES.to_vec(),
                logins: vec![
                    login("sarah@harlowandfinch.example", "104200000000000000007", "Sarah Harlow"),
                    login("somebody@else.example", "104200000000000000008", "Somebody Else"),
                ],
                endpoints: Endpoints { authorize: "/o/oauth2/v2/auth", token: "/token", revoke: "/revoke" },
                rotation: Rotation::None,
                besides: &[("scope", "openid"), ("authuser", "0"), ("prompt", "consent")],
                habits: Habits::default(),
            }),
            contacts: Mutex::new(Contacts::of(book)),
            calendars: Mutex::new(Calendars::of(book)),
            board: Mutex::default(),
            turns: Turns::default(),
            log: Log::default(),
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contacts(&self) -> MutexGuard<'_, Contacts> {
        self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn calendars(&self) -> MutexGuard<'_, Calendars> {
        self.calendars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide_calendar(&self, request: &Request, path: &str, faults: &[Fault]) -> Result<Value, Response> {
        for fault in faults {
            match fault {
                Fault::Status { status } => return Err(refused(*status, "global", "backendError").into()),
                Fault::Unauthorized => return Err(refused(401, "global", "authError").into()),
                Fault::TooMany { .. } => {
                    let busy = Response::from(refused(429, "usageLimits", "rateLimitExceeded"));
                    return Err(busy.with("retry-after", "2"));
                }
                Fault::LoginPage | Fault::CaptivePortal => {
                    return Err(Response::html(200, "<html><body><h1>Sign in</h1></body></html>"));
                }
                _ => {}
            }
        }
        let (login, scopes) = self
            .authority
            .bearer(request)
            .map_err(|_| Response::from(refused(401, "global", "authError")))?;
        if !scopes.iter().any(|held| held == MAY_READ_CALENDARS) {
            return Err(refused(403, "global", "insufficientPermissions").into());
        }
        let mut calendars = self.calendars();
        if let Some((code, domain, reason)) = calendars.refusal {
            return Err(refused(code, domain, reason).into());
        }
        let missing = || Response::from(refused(404, "global", "notFound"));
        if request.method != "GET" {
            return Err(missing());
        }
        let own = self.authority.logins().first().is_some_and(|first| first.account_id == login.account_id);
        let mut nothing = Calendars::default();
        let calendars = if own { &mut *calendars } else { &mut nothing };
        if path == "/users/me/calendarList" {
            return events::calendars(calendars, request).map_err(Response::from);
        }
        let id = path.strip_prefix("/calendars/").and_then(|rest| rest.strip_suffix("/events"));
        let id = plain(id.ok_or_else(missing)?);
        events::events(calendars, &id, request).map_err(Response::from)
    }

    fn decide(&self, request: &Request, path: &str, faults: &[Fault]) -> Result<Value, Response> {
        for fault in faults {
            match fault {
                Fault::Status { status } => return Err(wrong(*status, "UNAVAILABLE", None).into()),
                Fault::Unauthorized => return Err(unsigned().into()),
                Fault::TooMany { .. } => {
                    return Err(Response::from(wrong(
                        429,
                        "RESOURCE_EXHAUSTED",
                        Some("RATE_LIMIT_EXCEEDED"),
                    ))
                    .with("retry-after", "2"));
                }
                Fault::LoginPage | Fault::CaptivePortal => {
                    return Err(Response::html(200, "<html><body><h1>Sign in</h1></body></html>"));
                }
                _ => {}
            }
        }
        let (login, scopes) = self.authority.bearer(request).map_err(|_| unsigned())?;
        if !scopes.iter().any(|held| MAY_READ_CONTACTS.contains(&held.as_str())) {
            return Err(wrong(403, "PERMISSION_DENIED", Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT")).into());
        }
        let own = self.authority.logins().first().is_some_and(|first| first.account_id == login.account_id);
        if request.method != "GET" && !scopes.iter().any(|held| held == MAY_WRITE_CONTACTS) {
            return Err(wrong(403, "PERMISSION_DENIED", Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT")).into());
        }
        let mut nobody = Contacts::default();
        let mut book = self.contacts();
        let contacts = if own { &mut *book } else { &mut nobody };
        let resource = path.trim_start_matches('/').split(':').next().unwrap_or_default();
        let answered = match (request.method.as_str(), path) {
            ("GET", "/people:searchContacts") => Some(writes::search(contacts, request)),
            ("POST", "/people:createContact") => Some(writes::create(contacts, request, faults)),
            ("PATCH", path) if path.ends_with(":updateContact") => {
                Some(writes::update(contacts, resource, request, faults))
            }
            ("DELETE", path) if path.ends_with(":deleteContact") => Some(writes::delete(contacts, resource)),
            ("GET", path) if path.starts_with("/people/c") && !path.contains(':') => {
                Some(writes::get(contacts, resource, request))
            }
            ("GET", _) => None,
            _ => Some(Err(wrong(404, "NOT_FOUND", None))),
        };
        drop(book);
        if let Some(answered) = answered {
            return answered.map_err(Response::from);
        }
        match path {
            "/people/me" => people::me(&login, request).map_err(Response::from),
            "/people/me/connections" if own => {
                people::connections(&mut self.contacts(), request).map_err(Response::from)
            }
            "/people/me/connections" => {
                people::connections(&mut Contacts::default(), request).map_err(Response::from)
            }
            _ => Err(wrong(404, "NOT_FOUND", None).into()),
        }
    }
}

impl Site for Service {
    fn answer(&self, request: Request) -> Answer {
        let answer = match self.authority.answer(&request) {
            Some(answer) => answer,
            None => {
                let below = |prefix: &str| request.path.strip_prefix(prefix);
                let (people, calendar) = (below(PEOPLE), below(CALENDAR));
                let path = people.or(calendar);
                let faults = path.map(|path| self.board().strike(&request, path)).unwrap_or_default();
                let decided = match (people, calendar) {
                    (Some(path), _) => self.decide(&request, path, &faults),
                    (None, Some(path)) => self.decide_calendar(&request, path, &faults),
                    (None, None) => Err(wrong(404, "NOT_FOUND", None).into()),
                };
                let answer = match decided {
                    Ok(body) => Response::json(200, body.to_string().into_bytes()).into(),
                    Err(response) => response.into(),
                };
                let answer = travelling(answer, &faults, |code| wrong(code, "INTERNAL", None).into());
                if request.method != "GET" {
                    self.turns.taken(&answer);
                }
                answer
            }
        };
        self.log.push(Logged {
            seq: 0,
            time_ms: 0,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            status: answer.response.status,
            key_last4: None,
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: request.body.len(),
            faults: Vec::new(),
        });
        answer
    }
}

/// A step of a path without its percent signs; a plus is a plus there.
fn plain(step: &str) -> String {
    let pair = format!("={}", step.replace('+', "%2B"));
    let told = url::form_urlencoded::parse(pair.as_bytes()).next();
    told.map(|(_, text)| text.into_owned()).unwrap_or_default()
}

fn wrong(code: u16, status: &'static str, reason: Option<&'static str>) -> Wrong {
    Wrong { code, status, reason }
}

fn unsigned() -> Wrong {
    wrong(401, "UNAUTHENTICATED", None)
}

impl From<Wrong> for Response {
    fn from(wrong: Wrong) -> Response {
        let mut error = json!({
            "code": wrong.code, "status": wrong.status, "message": "The request was not carried out.",
        });
        if let Some(reason) = wrong.reason {
            // The info stands among other details.
            error["details"] = json!([
                { "@type": "type.googleapis.com/google.rpc.Help" },
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason,
                    "domain": "people.googleapis.com",
                },
            ]);
        }
        Response::json(wrong.code, json!({ "error": error }).to_string().into_bytes())
    }
}
