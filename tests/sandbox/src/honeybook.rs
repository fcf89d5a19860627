//! HoneyBook's API v3 over the seeded book, with its authorization server.
//!
//! As far as is known of it: `/projects`, `/workspaces` and `/workspaces/{id}/members?include=contact`; replies
//! `{data, pagination}`; people are read through the members of a workspace, because there is no list of contacts. A
//! scope that is missing answers 403 `HBInsufficientScopeError` for the scope and 404 for a single record, a deleted
//! record answers 410. Contacts are made, changed and deleted by `POST /contacts`, `PATCH` and `DELETE /contacts/{id}`, and an
//! error is `{error, is_timeout, error_type, error_message, error_data}`. What a member looks like beside its `contact` is not published; ids and the link to the workspace
//! are all it has here.

mod contacts;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::authority::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation,
};
use crate::book::{Book, Household, Job, Person, Stream, Ulid};
use crate::faults::carried::{Turns, travelling};
use crate::faults::{Board, Fault, Scope};
use crate::http::{Answer, Door, Request, Response, Site};
use crate::log::{Log, Logged};
use crate::wedsync::Broker;
use contacts::Contacts;

/// The path all resources lie under.
const BASE: &str = "/api/v3";
/// Rows of a page, at most and where nothing is said.
const MOST: usize = 100;

/// Scopes that the vendor names.
pub(crate) const SCOPES: [&str; 8] = [
    "openid",
    "honeybook.api",
    "offline_access",
    "contacts.write",
    "projects.read",
    "projects.write",
    "workspaces.read",
    "workspaces.write",
];

/// The service.
#[derive(Debug)]
struct Service {
    authority: Authority,
    projects: Vec<Value>,
    workspaces: Vec<Value>,
    /// Members by workspace, in the order of `workspaces`.
    contacts: Mutex<Contacts>,
    turns: Turns,
    board: Mutex<Board>,
    log: Log,
}

/// A running HoneyBook. Clones are the same one.
#[derive(Debug, Clone)]
pub struct HoneyBook {
    service: Arc<Service>,
    door: Door,
}

impl HoneyBook {
    /// Opens it on the current runtime.
    pub(crate) async fn open(book: &Book) -> std::io::Result<Self> {
        let service = Arc::new(Service::new(book));
        let door = Door::open(Arc::<Service>::clone(&service)).await?;
        service.authority.set_origin(&door.origin());
        Ok(Self { service, door })
    }

    /// Base address of the API, with `/api/v3`.
    pub fn base_url(&self) -> String {
        format!("{}{BASE}", self.door.origin())
    }

    /// Where the authorization server lives.
    pub fn origin(&self) -> String {
        self.door.origin()
    }

    /// What WedSync has to know to exchange codes; `None` where the port makes no address.
    pub(crate) fn broker(&self) -> Option<Broker> {
        let at = |path: &str| url::Url::parse(&format!("{}/oauth2/{path}", self.door.origin())).ok();
        Some(Broker {
            provider: "honeybook".to_owned(),
            token_url: at("token")?,
            revoke_url: at("revoke"),
            client_id: self.service.authority.client_id().to_owned(),
            client_secret: self.service.authority.client_secret().unwrap_or_default().to_owned(),
            account_parameter: None,
        })
    }

    /// The one address that the browser is sent back to: exactly WedSync's return page.
    pub(crate) fn register_redirect(&self, redirect: String) {
        self.service.authority.set_redirects(Redirects::Exact(vec![redirect]));
    }

    /// Who can sign in: the studio, and another one.
    pub fn logins(&self) -> &[CrmLogin] {
        self.service.authority.logins()
    }

    /// What the authorization server does from now on.
    pub fn switch(&self, switches: AuthoritySwitches) {
        self.service.authority.switch(switches);
    }

    /// What is switched.
    pub fn switches(&self) -> AuthoritySwitches {
        self.service.authority.switches()
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
        self.board().switch_on(scope, fault)
    }

    /// Every fault off.
    pub fn heal(&self) {
        self.board().clear();
        self.service.authority.switch(AuthoritySwitches::default());
    }

    /// What the studio sees in HoneyBook itself: each of its projects, with everybody in the workspace of it.
    pub fn book(&self) -> Vec<Value> {
        let contacts = self.service.contacts();
        let together = self.service.projects.iter().zip(&contacts.members);
        together.map(|(project, members)| json!({ "project": project, "members": members })).collect()
    }

    /// An access token of the studio's, as a sign-in that allows everything gives it.
    pub fn access_token(&self) -> String {
        self.service.authority.token_of(0)
    }

    /// Every contact of the company, those without a workspace too.
    pub fn contacts(&self) -> Vec<Value> {
        self.service.contacts().all()
    }

    /// Somebody of each workspace: its id, and the contact.
    pub fn in_workspaces(&self) -> Vec<(String, Value)> {
        let contacts = self.service.contacts();
        let first = |members: &Vec<Value>| members.first().map(|member| member["contact"].clone());
        let pairs = self.service.workspaces.iter().zip(&contacts.members);
        pairs
            .filter_map(|(place, members)| Some((place["id"].as_str()?.to_owned(), first(members)?)))
            .collect()
    }

    /// Somebody changes a contact in HoneyBook itself; false where there is none.
    pub fn change_contact(&self, id: &str, field: &str, value: &str) -> bool {
        self.service.contacts().change(id, |contact| drop(contact.insert(field.to_owned(), value.into())))
    }

    /// Somebody deletes a contact; false where there is none.
    pub fn delete_contact(&self, id: &str) -> bool {
        self.service.contacts().delete(id)
    }

    /// Writes that came while another was not answered yet.
    pub fn overlapping(&self) -> usize {
        self.service.turns.overlapping()
    }

    /// Requests so far, those for tokens too.
    pub fn log(&self) -> Vec<Logged> {
        self.service.log.rows()
    }

    fn board(&self) -> std::sync::MutexGuard<'_, Board> {
        self.service.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    fn new(book: &Book) -> Self {
        let (mut projects, mut workspaces, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for home in 0..book.spec().clients {
            let (household, party) = book.party(home);
            for job in &household.jobs {
                let venue =
                    party.jobs.iter().find(|held| held.id == job.id).and_then(|held| held.venue.clone());
                projects.push(project(book, job, venue));
                workspaces.push(workspace(&household, job));
                let people = party.jobs.iter().find(|held| held.id == job.id).map(|held| &held.people);
                members.push(
                    people
                        .into_iter()
                        .flatten()
                        .filter_map(|(id, ..)| member(book, &household, job, *id))
                        .collect(),
                );
            }
        }
        let studio = |login: &str, id: &str, name: &str| CrmLogin {
            login: login.to_owned(),
            password: "correct horse battery staple".to_owned(),
            account_id: id.to_owned(),
            name: name.to_owned(),
        };
        Self {
            authority: Authority::new(AuthorityConfig {
                service: "HoneyBook".to_owned(),
                client_id: "wedsync-hub".to_owned(),
                client_secret: Some("known-to-wedsync-alone".to_owned()),
                redirects: Redirects::Exact(Vec::new()),
                scopes: SCOPES.to_vec(),
                logins: vec![
                    studio("sarah@harlowandfinch.example", "hb-company-7", &book.spec().studio_name),
                    studio("somebody@else.example", "hb-company-8", "Somebody Else's Studio"),
                ],
                habits: Habits::default(),
                endpoints: Endpoints::default(),
                rotation: Rotation::Each,
                besides: &[],
            }),
            projects,
            workspaces,
            contacts: Mutex::new(Contacts::of(members)),
            turns: Turns::default(),
            board: Mutex::default(),
            log: Log::default(),
        }
    }

    fn contacts(&self) -> MutexGuard<'_, Contacts> {
        self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self, request: &Request, path: &str, faults: &[Fault]) -> Response {
        for fault in faults {
            match fault {
                Fault::Status { status } => return error(*status, "HBError"),
                Fault::Unauthorized => return error(401, "HBUnauthorizedError"),
                Fault::TooMany { .. } => {
                    return error(429, "HBTooManyRequestsError").with("retry-after", "2");
                }
                Fault::LoginPage | Fault::CaptivePortal => {
                    return Response::html(200, "<html><body><h1>Sign in</h1></body></html>");
                }
                _ => {}
            }
        }
        let (login, scopes) = match self.authority.bearer(request) {
            Ok(granted) => granted,
            Err(_) => return error(401, "HBUnauthorizedError"),
        };
        let may = |scope: &str| scopes.iter().any(|held| held == scope);
        // The other studio has an empty book: that nothing of it is taken for the first one's is what tests look at.
        let own = self.authority.logins().first().is_some_and(|first| first.account_id == login.account_id);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if request.method != "GET" {
            return match (request.method.as_str(), parts.as_slice()) {
                (_, ["contacts", ..]) if !may("contacts.write") => error(403, "HBInsufficientScopeError"),
                ("POST", ["contacts"]) if own => self.contacts().create(&request.body, faults),
                ("PATCH", ["contacts", id]) if own => self.contacts().update(id, &request.body, faults),
                (_, ["contacts", ..]) => error(404, "HBObjectNotFoundError"),
                _ => error(405, "HBMethodNotAllowedError"),
            };
        }
        match parts.as_slice() {
            ["projects"] if may("projects.read") => page(request, if own { &self.projects } else { &[] }),
            ["workspaces"] if may("workspaces.read") => {
                page(request, if own { &self.workspaces } else { &[] })
            }
            ["projects" | "workspaces"] => error(403, "HBInsufficientScopeError"),
            ["workspaces", id, "members"] => {
                let place = self.workspaces.iter().position(|workspace| workspace["id"] == *id);
                let contacts = self.contacts();
                match place.and_then(|place| contacts.members.get(place)) {
                    Some(members) if own && may("workspaces.read") => {
                        let with_contact = request.query("include") == Some("contact");
                        let shown: Vec<Value> = members
                            .iter()
                            .map(|member| {
                                let mut member = member.clone();
                                if let (false, Some(map)) = (with_contact, member.as_object_mut()) {
                                    map.remove("contact");
                                }
                                member
                            })
                            .collect();
                        page(request, &shown)
                    }
                    // Missing and forbidden look alike.
                    Some(_) | None => error(404, "HBNotFoundError"),
                }
            }
            _ => error(404, "HBNotFoundError"),
        }
    }
}

impl Site for Service {
    fn answer(&self, request: Request) -> Answer {
        let answer = match self.authority.answer(&request) {
            Some(answer) => answer,
            None => match request.path.strip_prefix(BASE) {
                Some(path) => {
                    let faults =
                        self.board.lock().unwrap_or_else(PoisonError::into_inner).strike(&request, path);
                    let answer = self.decide(&request, path, &faults).into();
                    let answer = travelling(answer, &faults, |status| error(status, "HBError"));
                    if request.method != "GET" {
                        self.turns.taken(&answer);
                    }
                    answer
                }
                None => error(404, "HBNotFoundError").into(),
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

fn error(status: u16, kind: &str) -> Response {
    let body = json!({
        "error": true, "is_timeout": false, "error_type": kind, "error_message": "The request was not carried out.",
        "error_data": {},
    });
    Response::json(status, body.to_string().into_bytes())
}

fn page(request: &Request, rows: &[Value]) -> Response {
    let number = |name: &str, other: usize| {
        request.query(name).map_or(Some(other), |text| text.parse().ok()).filter(|number| *number > 0)
    };
    let (Some(page), Some(size)) = (number("page", 1), number("per_page", 25)) else {
        return error(422, "HBValidationError");
    };
    let size = size.min(MOST);
    let pages = rows.len().div_ceil(size).max(1);
    let from = (page - 1).saturating_mul(size).min(rows.len());
    let data = &rows[from..(from + size).min(rows.len())];
    let body = json!({
        "data": data,
        "pagination": {
            "page": page, "per_page": size, "total_items": rows.len(), "total_pages": pages,
            "last_page": page >= pages,
        },
    });
    Response::json(200, body.to_string().into_bytes())
}

/// Ids are letters and digits without meaning.
fn id(prefix: &str, of: Ulid) -> String {
    format!("{prefix}_{}", of.to_string().to_lowercase())
}

fn project(book: &Book, job: &Job, venue: Option<String>) -> Value {
    json!({
        "id": id("prj", job.id),
        "name": job.name.as_ref().or(job.title.as_ref()),
        "project_type": job.job_type_name,
        "project_date": job.event_date.map(|day| day.to_string()),
        "project_end_date": Value::Null,
        "project_timezone_iana": book.spec().zone,
        "project_location": venue,
        "guest_count": job.guest_count,
        "budget": job.lead_max_budget.map(|amount| match book.spec().money_unit {
            crate::book::MoneyUnit::Minor => amount / 100,
            crate::book::MoneyUnit::Major => amount,
        }),
        "created_at": job.created.to_string(),
        "updated_at": job.modified.to_string(),
        "workspaces": [{ "id": id("wsp", job.id) }],
    })
}

fn workspace(household: &Household, job: &Job) -> Value {
    let archived = job.closed;
    let status = match (job.stage, archived) {
        ("lead", false) => "lead",
        ("lead", true) => "lead_archived",
        (_, false) => "client",
        (_, true) => "client_archived",
    };
    let names: Vec<&str> =
        household.persons.iter().take(2).filter_map(|person| person.first_name.as_deref()).collect();
    json!({
        "id": id("wsp", job.id),
        "project_id": id("prj", job.id),
        "name": names.join(" + "),
        "status": status,
        "archived": archived,
        "source": job.lead_source_name,
        "created_at": job.created.to_string(),
        "updated_at": job.modified.to_string(),
    })
}

fn member(book: &Book, household: &Household, job: &Job, of: Ulid) -> Option<Value> {
    let contact = match household.persons.iter().find(|person| person.id == of) {
        Some(person) => of_household(person),
        None => of_studio(book, of)?,
    };
    Some(json!({
        "id": format!("mbr_{}_{}", job.id.to_string().to_lowercase(), of.to_string().to_lowercase()),
        "workspace_id": id("wsp", job.id),
        "contact": contact,
    }))
}

/// Whoever is no vendor is a client here, mothers who pay as well.
fn of_household(person: &Person) -> Value {
    json!({
        "id": id("cnt", person.id),
        "kind": "client",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "full_name": person.name,
        "email": person.email,
        "phone_number": person.cell_phone.as_ref().map(|phone| phone.formatted.clone()),
        "company_name": person.company_name,
        "job_title": person.job_title,
        "created_at": person.created.to_string(),
        "updated_at": person.modified.to_string(),
    })
}

/// Planners and other suppliers are of the studio's own book.
fn of_studio(book: &Book, of: Ulid) -> Option<Value> {
    let wanted = of.to_string();
    let held = book.studio().list(Stream::AddressBook).iter().find(|held| held["id"] == *wanted)?;
    Some(json!({
        "id": id("cnt", of),
        "kind": "vendor",
        "full_name": held["name"],
        "email": held["email"],
        "phone_number": held["cellPhone"]["formatted"],
        "company_name": held["companyName"],
        "job_title": held["jobTitle"],
        "created_at": held["created"],
        "updated_at": held["modified"],
    }))
}
