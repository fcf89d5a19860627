//! QuickBooks Online's Accounting API v3 over the seeded book, with Intuit's authorization server.
//!
//! As its documents and open-source clients tell: everything is read by `GET /v3/company/{realmId}/query` with a statement
//! `SELECT * | count(*) FROM Entity [WHERE ...] [ORDERBY ...] [STARTPOSITION n] [MAXRESULTS n]`; 100 rows where nothing is
//! said and 1,000 at most; inactive customers only where they are asked for; a list without rows is left out of
//! `QueryResponse`; amounts are decimals. The company arrives with the answer of the sign-in alone (`realmId`), and a token for
//! another company is answered 403 with code 3100. Too many requests are 429 with code 003001.

mod customers;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::authority::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation,
};
use crate::book::{Book, MoneyUnit, Person, Ulid};
use crate::faults::carried::{Turns, travelling};
use crate::faults::{Board, Fault, Scope};
use crate::http::{Answer, Door, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::wedsync::Broker;
use customers::Answered;

const BASE: &str = "/v3/company";
/// Rows of an answer where nothing is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// What a customer's records come to, for whoever compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Owed {
    /// Id of the customer whose people they are.
    pub customer: String,
    /// Number, total and open amount of each invoice, in pence, by number.
    pub invoices: Vec<(String, i64, i64)>,
    /// Amounts of the payments in pence, sorted.
    pub payments: Vec<i64>,
    /// Names of the jobs under it, sorted.
    pub jobs: Vec<String>,
}

#[derive(Debug, Default)]
struct Lists {
    customers: Vec<Value>,
    invoices: Vec<Value>,
    payments: Vec<Value>,
    owed: Vec<Owed>,
}

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
        match entity {
            "Customer" => drop(lists.customers.pop()),
            "Invoice" => drop(lists.invoices.pop()),
            _ => drop(lists.payments.pop()),
        }
    }

    /// The customers as they are.
    pub fn customers(&self) -> Vec<Value> {
        lock(&self.service.lists).customers.clone()
    }

    /// Somebody changes a customer in QuickBooks itself; false where there is none.
    pub fn change_customer(&self, id: &str, field: &str, value: Value) -> bool {
        let mut lists = lock(&self.service.lists);
        let Some(held) = lists.customers.iter_mut().find(|customer| customer["Id"] == id) else {
            return false;
        };
        let next =
            held["SyncToken"].as_str().and_then(|token| token.parse::<u64>().ok()).unwrap_or_default() + 1;
        held[field] = value;
        held["SyncToken"] = next.to_string().into();
        true
    }

    /// Somebody takes a customer away; false where there is none.
    pub fn take_customer(&self, id: &str) -> bool {
        let mut lists = lock(&self.service.lists);
        let before = lists.customers.len();
        lists.customers.retain(|customer| customer["Id"] != id);
        lists.customers.len() < before
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
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [realm, ..] if *realm != login.account_id => error(403, "3100", "AuthorizationFault"),
            [_, "query"] if request.method == "GET" => {
                let own =
                    self.authority.logins().first().is_some_and(|own| own.account_id == login.account_id);
                let statement = request.query("query").unwrap_or_default();
                match Statement::read(statement) {
                    Some(statement) => self.rows(&statement, own, &login.name),
                    None => error(400, "4000", "ValidationFault"),
                }
            }
            [_, "customer", id] if request.method == "GET" => {
                let own =
                    self.authority.logins().first().is_some_and(|own| own.account_id == login.account_id);
                let lists = lock(&self.lists);
                customers::one(if own { &lists.customers } else { &[] }, id)
            }
            [_, "customer"] if request.method == "POST" => {
                let own =
                    self.authority.logins().first().is_some_and(|own| own.account_id == login.account_id);
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
            return answer(json!({ "totalCount": shown.len() }));
        }
        let from = statement.start.saturating_sub(1).min(shown.len());
        let page = &shown[from..(from + statement.most).min(shown.len())];
        if page.is_empty() {
            return answer(json!({}));
        }
        answer(json!({
            statement.entity.as_str(): page, "startPosition": statement.start, "maxResults": page.len(),
        }))
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

fn answer(rows: Value) -> Response {
    let body = json!({ "QueryResponse": rows, "time": "2026-05-14T08:00:00.000-07:00" });
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

/// A statement, as far as this book needs the grammar.
struct Statement {
    counts: bool,
    entity: String,
    inactive_too: bool,
    start: usize,
    most: usize,
}

impl Statement {
    fn read(text: &str) -> Option<Self> {
        let spaced = text.replace(['(', ')', ','], " ");
        let mut words = spaced.split_whitespace();
        let is =
            |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        if !is(words.next(), "select") {
            return None;
        }
        let what = words.next()?.to_lowercase();
        let counts = match what.as_str() {
            "*" => false,
            // The brackets around the star were taken for spaces.
            "count" => words.next().is_some_and(|star| star == "*"),
            _ => return None,
        };
        if what == "count" && !counts || !is(words.next(), "from") {
            return None;
        }
        let mut read =
            Self { counts, entity: words.next()?.to_owned(), inactive_too: false, start: 1, most: USUAL };
        while let Some(word) = words.next() {
            match word.to_lowercase().as_str() {
                "where" => {
                    let active = is(words.next(), "active") && is(words.next(), "in");
                    read.inactive_too = active && is(words.next(), "true") && is(words.next(), "false");
                    if !read.inactive_too {
                        return None;
                    }
                }
                "orderby" => drop(words.next().filter(|field| *field == "Id")?),
                "startposition" => read.start = words.next()?.parse().ok().filter(|start| *start > 0)?,
                "maxresults" => read.most = words.next()?.parse().ok().filter(|most| *most > 0)?,
                _ => return None,
            }
        }
        read.most = read.most.min(MOST);
        Some(read)
    }
}

impl Lists {
    fn of(&self, entity: &str) -> Option<&[Value]> {
        match entity {
            "Customer" => Some(&self.customers),
            "Invoice" => Some(&self.invoices),
            "Payment" => Some(&self.payments),
            _ => None,
        }
    }

    /// Each party's first person is a customer. Who has more than one job has one under theirs for each; the others are billed
    /// themselves.
    fn of_book(book: &Book) -> Self {
        let mut lists = Self::default();
        for home in 0..book.spec().clients {
            let (household, party) = book.party(home);
            let Some(person) = party
                .primary()
                .and_then(|primary| household.persons.iter().find(|person| person.id == primary.id))
            else {
                continue;
            };
            let id = lists.next_customer();
            // Names are unique there.
            let again = lists.customers.iter().any(|held| held["DisplayName"] == person.name.as_str());
            let name = if again { format!("{} ({id})", person.name) } else { person.name.clone() };
            lists.customers.push(customer(book, &id, person, &name, !home.is_multiple_of(7)));
            let mut owed =
                Owed { customer: id.clone(), invoices: Vec::new(), payments: Vec::new(), jobs: Vec::new() };
            let mut billed: Vec<(Ulid, String)> = Vec::new();
            for job in &household.jobs {
                if household.jobs.len() == 1 {
                    billed.push((job.id, id.clone()));
                    continue;
                }
                let sub = lists.next_customer();
                let title =
                    job.name.clone().or_else(|| job.title.clone()).unwrap_or_else(|| "Job".to_owned());
                let title = format!("{title} {sub}");
                lists.customers.push(json!({
                    "Id": sub, "SyncToken": "0", "Active": true, "Job": true, "BillWithParent": true,
                    "ParentRef": {"value": id}, "Level": 1, "DisplayName": title,
                    "FullyQualifiedName": format!("{name}:{title}"),
                    "GivenName": person.first_name, "FamilyName": person.last_name,
                    "MetaData": {"CreateTime": job.created.to_string(), "LastUpdatedTime": job.modified.to_string()},
                }));
                owed.jobs.push(title);
                billed.push((job.id, sub));
            }
            lists.bill(book, &household, &billed, &mut owed);
            owed.jobs.sort();
            owed.invoices.sort();
            owed.payments.sort_unstable();
            lists.owed.push(owed);
        }
        lists
    }

    fn next_customer(&self) -> String {
        (self.customers.len() + 1).to_string()
    }

    fn bill(
        &mut self,
        book: &Book,
        household: &crate::book::Household,
        billed: &[(Ulid, String)],
        owed: &mut Owed,
    ) {
        let pence = |amount: i64| match book.spec().money_unit {
            MoneyUnit::Minor => amount,
            MoneyUnit::Major => amount * 100,
        };
        let of_job = |job: Ulid| billed.iter().find(|(held, _)| *held == job).map(|(_, customer)| customer);
        let posted: Vec<_> = household.payments.iter().filter(|payment| payment.status == "posted").collect();
        let mut known: Vec<(Ulid, String)> = Vec::new();
        for order in &household.orders {
            let Some(customer) = of_job(order.job_id) else { continue };
            for invoice in order.invoices.iter().filter(|invoice| invoice.status != "draft") {
                let id = (self.invoices.len() + 1).to_string();
                let paid: i64 = posted
                    .iter()
                    .flat_map(|payment| &payment.payment_allocations)
                    .filter(|part| part.invoice_item_id == Some(invoice.id))
                    .map(|part| part.amount)
                    .sum();
                let void = invoice.status == "voided";
                let total = if void { 0 } else { pence(invoice.total) };
                let balance = if void { 0 } else { (total - pence(paid)).max(0) };
                owed.invoices.push((invoice.custom_number.clone(), total, balance));
                known.push((invoice.id, id.clone()));
                self.invoices.push(json!({
                    "Id": id, "SyncToken": "0", "DocNumber": invoice.custom_number,
                    "TxnDate": invoice.created.strftime("%Y-%m-%d").to_string(),
                    "DueDate": invoice.due_date.map(|day| day.to_string()),
                    "TotalAmt": major(total), "Balance": major(balance),
                    "CustomerRef": {"value": customer, "name": "as it is called there"},
                    "CurrencyRef": {"value": book.spec().currency, "name": "Pound Sterling"},
                    "Line": [
                        {"Id": "1", "Amount": major(total), "DetailType": "SalesItemLineDetail"},
                        {"Amount": major(total), "DetailType": "SubTotalLineDetail"},
                    ],
                    "EmailStatus": "EmailSent",
                    "MetaData": {
                        "CreateTime": invoice.created.to_string(), "LastUpdatedTime": invoice.modified.to_string(),
                    },
                }));
            }
        }
        for payment in posted {
            let Some(customer) = payment.job_id.and_then(of_job) else { continue };
            let lines: Vec<Value> = payment
                .payment_allocations
                .iter()
                .filter_map(|part| {
                    let invoice = part.invoice_item_id?;
                    let (_, id) = known.iter().find(|(held, _)| *held == invoice)?;
                    Some(json!({
                        "Amount": major(pence(part.amount)),
                        "LinkedTxn": [{"TxnId": id, "TxnType": "Invoice"}],
                    }))
                })
                .collect();
            let id = (self.payments.len() + 1).to_string();
            owed.payments.push(pence(payment.amount));
            self.payments.push(json!({
                "Id": id, "SyncToken": "0", "TotalAmt": major(pence(payment.amount)), "UnappliedAmt": 0,
                "TxnDate": payment.received.map(|day| day.to_string()),
                "CustomerRef": {"value": customer}, "PaymentMethodRef": {"value": "3"},
                "CurrencyRef": {"value": book.spec().currency}, "PrivateNote": payment.memo, "Line": lines,
                "MetaData": {
                    "CreateTime": payment.created.to_string(), "LastUpdatedTime": payment.modified.to_string(),
                },
            }));
        }
    }
}

/// Pounds as QuickBooks writes them: a number, with a fraction only where there is one.
fn major(pence: i64) -> Value {
    if pence % 100 == 0 { json!(pence / 100) } else { json!(pence as f64 / 100.0) }
}

fn customer(book: &Book, id: &str, person: &Person, name: &str, active: bool) -> Value {
    let address = person.address.as_ref().map(|address| {
        json!({
            "Id": id, "Line1": address.street_address, "City": address.city,
            "CountrySubDivisionCode": address.state, "PostalCode": address.postal_code, "Country": address.country,
        })
    });
    let mut customer = json!({
        "Id": id, "SyncToken": "0", "Active": active, "Job": false, "BillWithParent": false,
        "GivenName": person.first_name, "FamilyName": person.last_name, "DisplayName": name,
        "FullyQualifiedName": name, "CompanyName": person.company_name,
        "PrimaryEmailAddr": person.email.as_ref().map(|address| json!({ "Address": address })),
        "PrimaryPhone": person.cell_phone.as_ref().map(|phone| json!({ "FreeFormNumber": phone.formatted })),
        "BillAddr": address, "Balance": 0, "CurrencyRef": {"value": book.spec().currency},
        "MetaData": {"CreateTime": person.created.to_string(), "LastUpdatedTime": person.modified.to_string()},
    });
    // What has no value is left out.
    if let Some(members) = customer.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    customer
}
