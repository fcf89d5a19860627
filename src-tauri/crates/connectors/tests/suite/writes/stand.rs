//! The CRMs that are written to, and what they hold themselves.

use std::sync::Arc;

use hub_connectors::{
    ConnectorParts, Credential, DefinedWriter, Definition, Pause, Reach, embedded, origin_of,
};
use hub_core::ports::{Clock, CrmRecord, CrmWriter, RequestBudget, Secret};
use hub_core::record::FieldMap;
use hub_sandbox::book::{BookSpec, Stream, Ulid};
use hub_sandbox::{Fault, GooglePerson, KeyState, Mutation, RetryAfter, Sandbox, SandboxConfig, Scope};
use hub_testkit::fakes::MemoryBudget;
use hub_testkit::{WriteBreak, WriteStand};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::support::{Jump, StillClock};

/// Which CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crm {
    HoneyBook,
    Google,
    QuickBooks,
    Tave,
}

pub(super) struct Stand {
    crm: Crm,
    pub(super) sandbox: Sandbox,
    pub(super) writer: DefinedWriter,
    clock: Arc<StillClock>,
}

fn writer(crm: Crm, sandbox: &Sandbox, definition: Definition, clock: &Arc<StillClock>) -> DefinedWriter {
    let (base_url, token, account) = match crm {
        Crm::HoneyBook => {
            (sandbox.honeybook().base_url(), sandbox.honeybook().access_token(), "hb-company-7".to_owned())
        }
        Crm::Google => (
            sandbox.google().people_url(),
            sandbox.google().access_token(),
            "104200000000000000007".to_owned(),
        ),
        Crm::QuickBooks => {
            let quickbooks = sandbox.quickbooks();
            (quickbooks.base_url(), quickbooks.token(), quickbooks.logins()[0].account_id.clone())
        }
        Crm::Tave => (sandbox.vsco_base_url(), sandbox.api_key().to_owned(), "studio".to_owned()),
    };
    let origin = origin_of(&url::Url::parse(&base_url).unwrap());
    let agreed = DefinedWriter::agreement(&definition);
    let parts = ConnectorParts {
        definition: Arc::new(definition),
        base_url: Some(base_url),
        credential: Credential::key(Secret::new(token), origin),
        account,
        known: None,
        time_zone: None,
        reach: Reach::LoopbackToo,
        budget: Arc::<MemoryBudget>::default() as Arc<dyn RequestBudget>,
        pause: Arc::new(Jump::new(clock)) as Arc<dyn Pause>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
    };
    DefinedWriter::new(parts, &agreed).expect("the definition makes a writer")
}

impl Stand {
    pub(super) fn new(crm: Crm) -> Stand {
        let key = match crm {
            Crm::HoneyBook => "honeybook",
            Crm::Google => "google_contacts",
            Crm::QuickBooks => "quickbooks",
            Crm::Tave => "tave",
        };
        Stand::with(crm, embedded(key).unwrap().unwrap())
    }

    pub(super) fn with(crm: Crm, definition: Definition) -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, 20))).expect("the sandbox starts");
        let clock = StillClock::new();
        let writer = writer(crm, &sandbox, definition, &clock);
        Stand { crm, sandbox, writer, clock }
    }

    pub(super) fn fault(&self, scope: Scope, fault: Fault) {
        match self.crm {
            Crm::HoneyBook => drop(self.sandbox.honeybook().fault(scope, fault)),
            Crm::Google => drop(self.sandbox.google().fault(scope, fault)),
            Crm::QuickBooks => drop(self.sandbox.quickbooks().fault(scope, fault)),
            Crm::Tave => drop(self.sandbox.control().fault(scope, fault)),
        }
    }

    /// Strikes writes alone.
    pub(super) fn on_writes(&self, times: Option<u64>, fault: &Fault) {
        for method in ["POST", "PATCH", "PUT"] {
            let scope = Scope { method: Some(method.to_owned()), count: times, ..Scope::all() };
            self.fault(scope, fault.clone());
        }
    }

    /// The property that holds the employer.
    fn company(&self) -> String {
        match self.crm {
            Crm::HoneyBook => "company_name",
            Crm::Google => "organizations",
            Crm::QuickBooks => "CompanyName",
            Crm::Tave => "companyName",
        }
        .to_owned()
    }

    /// Methods of all requests to the API.
    fn methods(&self) -> Vec<String> {
        let log = match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().log(),
            Crm::Google => self.sandbox.google().log(),
            Crm::QuickBooks => self.sandbox.quickbooks().log(),
            Crm::Tave => self.sandbox.control().log(),
        };
        log.into_iter().map(|row| row.method).collect()
    }

    pub(super) fn google_person(&self, id: &str) -> Option<GooglePerson> {
        self.sandbox.google().contacts().into_iter().find(|person| person.resource == id)
    }

    pub(super) fn find(&self, id: &str) -> Option<Json> {
        match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().contacts().into_iter().find(|held| held["id"] == id),
            Crm::Google => None,
            Crm::QuickBooks => {
                self.sandbox.quickbooks().customers().into_iter().find(|held| held["Id"] == id)
            }
            Crm::Tave => self.sandbox.control().record(Stream::AddressBook, Ulid::parse(id)?),
        }
    }
}

impl WriteStand for Stand {
    fn writer(&self) -> &dyn CrmWriter {
        &self.writer
    }

    fn somebody(&self) -> CrmRecord {
        let (id, version) = match self.crm {
            Crm::HoneyBook => {
                let (_, contact) = self.sandbox.honeybook().in_workspaces().remove(2);
                (contact["id"].as_str().unwrap().to_owned(), None)
            }
            Crm::Google => {
                let id = self.sandbox.google().contacts()[3].resource.clone();
                let version = self.sandbox.google().etag(&id);
                (id, version)
            }
            Crm::QuickBooks => {
                let customer = self.sandbox.quickbooks().customers().remove(1);
                let text = |key: &str| customer[key].as_str().unwrap().to_owned();
                (text("Id"), Some(text("SyncToken")))
            }
            Crm::Tave => {
                let (_, party) = self.sandbox.book().party(4);
                let id = party.primary().unwrap().id;
                let held = self.sandbox.control().record(Stream::AddressBook, id).unwrap();
                (id.to_string(), held["modified"].as_str().map(str::to_owned))
            }
        };
        let fields = self.held(&id).expect("somebody");
        CrmRecord { id, version, fields }
    }

    fn under(&self, id: &str) -> Option<String> {
        if self.crm != Crm::HoneyBook {
            return None;
        }
        let places = self.sandbox.honeybook().in_workspaces();
        places.into_iter().find(|(_, contact)| contact["id"] == id).map(|(place, _)| place)
    }

    fn held(&self, id: &str) -> Option<FieldMap> {
        let texts = match self.crm {
            Crm::Google => {
                let person = self.google_person(id)?;
                [
                    person.given,
                    person.family,
                    person.emails.first().cloned().unwrap_or_default(),
                    person.company,
                ]
            }
            Crm::HoneyBook => {
                let held = self.find(id)?;
                ["first_name", "last_name", "email", "company_name"]
                    .map(|key| held[key].as_str().unwrap_or_default().to_owned())
            }
            Crm::Tave => {
                let held = self.find(id)?;
                ["firstName", "lastName", "email", "companyName"]
                    .map(|key| held[key].as_str().unwrap_or_default().to_owned())
            }
            Crm::QuickBooks => {
                let held = self.find(id)?;
                ["/GivenName", "/FamilyName", "/PrimaryEmailAddr/Address", "/CompanyName"]
                    .map(|at| held.pointer(at).and_then(Json::as_str).unwrap_or_default().to_owned())
            }
        };
        let names = ["first_name", "last_name", "email", "company_name"].map(str::to_owned);
        Some(names.into_iter().zip(texts.map(Json::from)).collect())
    }

    fn with_email(&self, email: &str) -> usize {
        match self.crm {
            Crm::HoneyBook => {
                self.sandbox.honeybook().contacts().iter().filter(|held| held["email"] == email).count()
            }
            Crm::Google => {
                let people = self.sandbox.google().contacts();
                people.iter().filter(|person| person.emails.iter().any(|held| held == email)).count()
            }
            Crm::QuickBooks => {
                let all = self.sandbox.quickbooks().customers();
                all.iter().filter(|held| held["PrimaryEmailAddr"]["Address"] == email).count()
            }
            Crm::Tave => self.sandbox.control().with_email(email),
        }
    }

    fn change_company(&self, id: &str, company: &str) {
        let changed = match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().change_contact(id, "company_name", company),
            Crm::Google => {
                self.sandbox.google().change_contact(id, |person| person.company = company.to_owned())
            }
            Crm::QuickBooks => self.sandbox.quickbooks().change_customer(id, "CompanyName", json!(company)),
            Crm::Tave => {
                let fields = [("companyName".to_owned(), json!(company))].into_iter().collect();
                let set = Mutation::Set { stream: Stream::AddressBook, id: id.to_owned(), fields };
                self.sandbox.control().mutate(&set).is_ok()
            }
        };
        assert!(changed, "somebody");
    }

    fn delete(&self, id: &str) {
        let deleted = match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().delete_contact(id),
            Crm::Google => self.sandbox.google().delete_contact(id),
            Crm::QuickBooks => self.sandbox.quickbooks().take_customer(id),
            Crm::Tave => {
                let delete = Mutation::Delete { stream: Stream::AddressBook, id: id.to_owned() };
                self.sandbox.control().mutate(&delete).is_ok()
            }
        };
        assert!(deleted, "somebody");
    }

    fn writes(&self) -> usize {
        self.methods().iter().filter(|method| *method != "GET").count()
    }

    fn requests(&self) -> usize {
        self.methods().len()
    }

    fn break_next(&self, how: WriteBreak) {
        let fault = match how {
            WriteBreak::ReplyLost => Fault::Unanswered { stall_ms: 5 },
            WriteBreak::FailsAfter => Fault::AppliedThenStatus { status: 500 },
            WriteBreak::FailsBefore => Fault::Status { status: 503 },
            WriteBreak::TooMany => Fault::TooMany { retry_after: RetryAfter::Seconds(2) },
        };
        self.on_writes(Some(1), &fault);
    }

    fn company_becomes(&self, stored: Option<&str>) {
        let field = self.company();
        let fault = match stored {
            None => Fault::Ignored { field },
            Some(text) => {
                let value = match self.crm {
                    Crm::Google => json!([{ "name": text }]),
                    Crm::HoneyBook | Crm::QuickBooks | Crm::Tave => json!(text),
                };
                Fault::StoredOtherwise { field, value }
            }
        };
        self.on_writes(None, &fault);
    }

    fn company_is_refused(&self) {
        self.on_writes(None, &Fault::RefusedField { field: self.company() });
    }

    fn slow(&self) {
        self.on_writes(None, &Fault::Delay { ms: 60 });
    }

    fn heal(&self) {
        match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().heal(),
            Crm::Google => self.sandbox.google().heal(),
            Crm::QuickBooks => self.sandbox.quickbooks().heal(),
            Crm::Tave => self.sandbox.control().heal(),
        }
    }

    fn revoke(&self) {
        match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().revoke_all(),
            Crm::Google => self.sandbox.google().revoke_all(),
            Crm::QuickBooks => self.sandbox.quickbooks().expire_access(),
            Crm::Tave => self.sandbox.control().keys(KeyState::Revoked),
        }
    }

    fn pass(&self, seconds: u32) {
        self.clock.pass(seconds);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn overlapping(&self) -> usize {
        match self.crm {
            Crm::HoneyBook => self.sandbox.honeybook().overlapping(),
            Crm::Google => self.sandbox.google().overlapping(),
            Crm::QuickBooks => self.sandbox.quickbooks().overlapping(),
            Crm::Tave => self.sandbox.control().overlapping(),
        }
    }
}
