//! QuickBooks Online's Accounting API v3 over the seeded book, with Intuit's authorization server.
//!
//! As its documents and open-source clients tell: everything is read by `GET /v3/company/{realmId}/query` with a statement
//! `SELECT * | count(*) FROM Entity [WHERE ...] [ORDERBY ...] [STARTPOSITION n] [MAXRESULTS n]`; 100 rows where nothing is
//! said and 1,000 at most; inactive customers only where they are asked for; a list without rows is left out of
//! `QueryResponse`; amounts are decimals. What changed is read by `GET /v3/company/{realmId}/cdc` (change data capture): whole
//! records, deleted ones with their status, at most 1,000 and of the last 30 days. The company arrives with the answer of the sign-in alone (`realmId`), and a token for
//! another company is answered 403 with code 3100. Too many requests are 429 with code 003001.

mod changes;
mod customers;
mod lists;
mod statement;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::authority::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation,
};
use crate::book::Book;
use crate::faults::carried::{Turns, travelling};
use crate::faults::{Board, Fault, Scope};
use crate::http::{Answer, Door, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::wedsync::Broker;
use customers::Answered;
use lists::Lists;
use statement::Statement;

pub use lists::Owed;

const BASE: &str = "/v3/company";
#[derive(Debug)]
struct Service {
    authority: Authority,
    company: String,
    lists: Mutex<Lists>,
    board: Mutex<Board>,
    answered: Mutex<Answered>,
    turns: Turns,
    log: Log,
}

/// A running QuickBooks. Clones are the same one.
#[derive(Debug, Clone)]
pub struct QuickBooks {
    service: Arc<Service>,
    door: Door,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl QuickBooks {
    /// Opens it on the current runtime.
    pub(crate) async fn open(book: &Book) -> std::io::Result<Self> {
        let service = Arc::new(Service::new(book));
        let door = Door::open(Arc::<Service>::clone(&service)).await?;
        service.authority.set_origin(&door.origin());
        Ok(Self { service, door })
    }

    /// Base address of the API, up to the company.
    pub fn base_url(&self) -> String {
        format!("{}{BASE}", self.door.origin())
    }

    /// What WedSync has to know to exchange codes; `None` where the port makes no address.
    pub(crate) fn broker(&self) -> Option<Broker> {
        let at = |path: &str| url::Url::parse(&format!("{}{path}", self.door.origin())).ok();
        Some(Broker {
            provider: "quickbooks".to_owned(),
            token_url: at(PATHS[1])?,
            revoke_url: at(PATHS[2]),
            client_id: self.service.authority.client_id().to_owned(),
            client_secret: self.service.authority.client_secret().unwrap_or_default().to_owned(),
            account_parameter: Some("realmId".to_owned()),
        })
    }

    /// The one address that the browser is sent back to.
    pub(crate) fn register_redirect(&self, redirect: String) {
        self.service.authority.set_redirects(Redirects::Exact(vec![redirect]));
    }

    /// Who can sign in: the studio, and another company.
    pub fn logins(&self) -> &[CrmLogin] {
        self.service.authority.logins()
    }

    /// A token for the first company, as a sign-in would have given it.
    pub fn token(&self) -> String {
        self.service.authority.token_of(0)
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

    /// Switches a fault of the API on; of the faults only those that stand before the service are known here.
    pub fn fault(&self, scope: Scope, fault: Fault) -> u64 {
        lock(&self.service.board).switch_on(scope, fault)
    }

    /// Every fault off.
    pub fn heal(&self) {
        lock(&self.service.board).clear();
        self.service.authority.switch(AuthoritySwitches::default());
    }

    /// What each customer's records come to, without those that stand under another.
    pub fn owed(&self) -> Vec<Owed> {
        lock(&self.service.lists).owed.clone()
    }

    /// How many records a list has.
    pub fn total(&self, entity: &str) -> usize {
        lock(&self.service.lists).of(entity).map_or(0, <[Value]>::len)
    }

    /// Takes the last record of a list away, as somebody does while it is read.
    pub fn take_last(&self, entity: &str) {
        let mut lists = lock(&self.service.lists);
        let last = lists.of(entity).and_then(<[Value]>::last).and_then(|held| held["Id"].as_str());
        if let Some(id) = last.map(str::to_owned) {
            lists.take(entity, &id);
        }
    }

    /// The customers as they are.
    pub fn customers(&self) -> Vec<Value> {
        lock(&self.service.lists).customers.clone()
    }

    /// Somebody changes a customer in QuickBooks itself; false where there is none.
    pub fn change_customer(&self, id: &str, field: &str, value: Value) -> bool {
        self.change("Customer", id, field, value)
    }

    /// Somebody changes a record there; false where there is none.
    pub fn change(&self, entity: &str, id: &str, field: &str, value: Value) -> bool {
        lock(&self.service.lists).change(entity, id, field, value)
    }

    /// Somebody takes a customer away; false where there is none.
    pub fn take_customer(&self, id: &str) -> bool {
        self.take("Customer", id)
    }

    /// Somebody takes a record away; false where there is none.
    pub fn take(&self, entity: &str, id: &str) -> bool {
        lock(&self.service.lists).take(entity, id)
    }

    /// The records of an entity as they are.
    pub fn records(&self, entity: &str) -> Vec<Value> {
        lock(&self.service.lists).of(entity).map(<[Value]>::to_vec).unwrap_or_default()
    }

    /// Writes that came while another was not answered yet.
    pub fn overlapping(&self) -> usize {
        self.service.turns.overlapping()
    }

    /// Requests so far, those for tokens too.
    pub fn log(&self) -> Vec<Logged> {
        self.service.log.rows()
    }
}

/// Intuit's own paths.
const PATHS: [&str; 3] = ["/connect/oauth2", "/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"];

impl Service {
    fn new(book: &Book) -> Self {
        let company = |login: &str, realm: &str, name: &str| CrmLogin {
            login: login.to_owned(),
            password: "correct horse battery staple".to_owned(),
            account_id: realm.to_owned(),
            name: name.to_owned(),
        };
        Self {
            authority: Authority::new(AuthorityConfig {
                service: "QuickBooks".to_owned(),
                client_id: "wedsync-hub".to_owned(),
                client_secret: Some("known-to-wedsync-alone".to_owned()),
                redirects: Redirects::Exact(Vec::new()),
                scopes: vec!["com.intuit.quickbooks.accounting"],
                logins: vec![
                    company("sarah@harlowandfinch.example", "9341453908215746", &book.spec().studio_name),
                    company("somebody@else.example", "9341453908215899", "Somebody Else's Studio"),
                ],
                endpoints: Endpoints { authorize: PATHS[0], token: PATHS[1], revoke: PATHS[2] },
                rotation: Rotation::Each,
                besides: &[],
                habits: Habits { pkce: false, names_itself: false, account_parameter: Some("realmId") },
            }),
            company: book.spec().studio_name.clone(),
            lists: Mutex::new(Lists::of_book(book)),
            board: Mutex::default(),
            answered: Mutex::default(),
            turns: Turns::default(),
            log: Log::default(),
        }
    }

    fn decide(&self, request: &Request, path: &str, faults: &[Fault]) -> Response {
        for fault in faults {
            match fault {
                Fault::Status { status } => return error(*status, "5000", "SystemFault"),
                Fault::Unauthorized => return error(401, "3200", "AUTHENTICATION"),
                Fault::TooMany { .. } => {
                    return error(429, "003001", "THROTTLE").with("retry-after", "2");
                }
                Fault::LoginPage | Fault::CaptivePortal => {
                    return Response::html(200, "<html><body><h1>Sign in</h1></body></html>");
                }
                _ => {}
            }
        }
        let Ok((login, _)) = self.authority.bearer(request) else {
            return error(401, "3200", "AUTHENTICATION");
        };
        let own = self.authority.logins().first().is_some_and(|own| own.account_id == login.account_id);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [realm, ..] if *realm != login.account_id => error(403, "3100", "AuthorizationFault"),
            [_, "query"] if request.method == "GET" => {
                let statement = request.query("query").unwrap_or_default();
                match Statement::read(statement) {
                    Some(statement) => self.rows(&statement, own, &login.name),
                    None => error(400, "4000", "ValidationFault"),
                }
            }
            [_, "cdc"] if request.method == "GET" => changes::since(&lock(&self.lists), own, request),
            [_, "customer", id] if request.method == "GET" => {
                let lists = lock(&self.lists);
                customers::one(if own { &lists.customers } else { &[] }, id)
            }
            [_, "customer"] if request.method == "POST" => {
                let (mut lists, mut nobody) = (lock(&self.lists), Vec::new());
                let customers = if own { &mut lists.customers } else { &mut nobody };
                customers::write(customers, &mut lock(&self.answered), request, faults)
            }
            _ => error(404, "610", "ValidationFault"),
        }
    }

    fn rows(&self, statement: &Statement, own: bool, name: &str) -> Response {
        let lists = lock(&self.lists);
        let company = [json!({"Id": "1", "CompanyName": name, "LegalName": self.company, "Country": "GB"})];
        let all: &[Value] = match statement.entity.as_str() {
            "CompanyInfo" => &company,
            entity => match lists.of(entity) {
                Some(rows) if own => rows,
                Some(_) => &[],
                None => return error(400, "4001", "ValidationFault"),
            },
        };
        let shown: Vec<&Value> = all
            .iter()
            .filter(|row| statement.inactive_too || row.get("Active").is_none_or(|active| active == true))
            .collect();
        if statement.counts {
            return answer(&lists, json!({ "totalCount": shown.len() }));
        }
        let from = statement.start.saturating_sub(1).min(shown.len());
        let page = &shown[from..(from + statement.most).min(shown.len())];
        if page.is_empty() {
            return answer(&lists, json!({}));
        }
        let found = json!({
            statement.entity.as_str(): page, "startPosition": statement.start, "maxResults": page.len(),
        });
        answer(&lists, found)
    }
}

impl Site for Service {
    fn answer(&self, request: Request) -> Answer {
        let answer = match self.authority.answer(&request) {
            Some(answer) => answer,
            None => match request.path.strip_prefix(BASE) {
                Some(path) => {
                    let faults = lock(&self.board).strike(&request, path);
                    let answer = self.decide(&request, path, &faults).into();
                    let answer = travelling(answer, &faults, |status| error(status, "5000", "SystemFault"));
                    if request.method != "GET" {
                        self.turns.taken(&answer);
                    }
                    answer
                }
                None => error(404, "610", "ValidationFault").into(),
            },
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

fn answer(lists: &Lists, rows: Value) -> Response {
    let body = json!({ "QueryResponse": rows, "time": lists.now().to_string() });
    Response::json(200, body.to_string().into_bytes())
}

fn error(status: u16, code: &str, kind: &str) -> Response {
    error_of(status, code, kind, None)
}

fn error_of(status: u16, code: &str, kind: &str, element: Option<&str>) -> Response {
    let body = json!({
        "Fault": {
            "Error": [{"Message": "The request was not carried out.", "code": code, "element": element.unwrap_or_default()}],
            "type": kind,
        },
        "time": "2026-05-14T08:00:00.000-07:00",
    });
    Response::json(status, body.to_string().into_bytes())
}
