//! QuickBooks Online by its query language: the contract, the proof of each list's end, whose money it is, and what its failures
//! mean. The definition is held to what Intuit publishes.

use std::sync::Arc;

use hub_connectors::definition::{ListPages, embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, Definition, ListConnector, Pause, Reach, embedded, messages, origin_of,
};
use hub_core::party::NoLinks;
use hub_core::ports::{
    Clock, Connector, ConnectorError, RawRecord, RequestBudget, RetryAdvice, Secret, Since,
};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Fault, QuickBooks, RetryAfter, Sandbox, SandboxConfig, Scope};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use serde_json::Value as Json;

use crate::golden::staged;
use crate::support::{Jump, StillClock, sweep, verdict};

/// A company with a connector to it, whose pages are so short that lists have several.
pub(crate) struct Stand {
    sandbox: Sandbox,
    connector: ListConnector,
}

fn short_pages() -> Definition {
    let text = embedded_text("quickbooks").expect("built in").replace("rows = 1000", "rows = 20");
    parse(&text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn connector(sandbox: &Sandbox, definition: Definition, realm: &str) -> ListConnector {
    let (clock, quickbooks) = (StillClock::new(), sandbox.quickbooks());
    let origin = origin_of(&url::Url::parse(&quickbooks.base_url()).unwrap());
    ListConnector::new(ConnectorParts {
        definition: Arc::new(definition),
        base_url: Some(quickbooks.base_url()),
        credential: Credential::key(Secret::new(quickbooks.token()), origin),
        account: realm.to_owned(),
        known: None,
        time_zone: None,
        reach: Reach::LoopbackToo,
        budget: Arc::<MemoryBudget>::default() as Arc<dyn RequestBudget>,
        pause: Arc::new(Jump::new(&clock)) as Arc<dyn Pause>,
        clock: clock as Arc<dyn Clock>,
    })
    .expect("the definition makes a connector")
}

impl Stand {
    pub(crate) fn new() -> Stand {
        Stand::with(short_pages())
    }

    fn with(definition: Definition) -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, 60))).expect("the sandbox starts");
        let realm = sandbox.quickbooks().logins()[0].account_id.clone();
        let connector = connector(&sandbox, definition, &realm);
        Stand { sandbox, connector }
    }

    fn crm(&self) -> &QuickBooks {
        self.sandbox.quickbooks()
    }

    async fn sweep(&self, stream: &str) -> Result<Vec<RawRecord>, ConnectorError> {
        sweep(&self.connector, stream).await
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.crm().log().into_iter().map(|row| row.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        [("customer", "Customer"), ("invoice", "Invoice"), ("payment", "Payment")]
            .into_iter()
            .map(|(stream, entity)| (stream.to_owned(), self.crm().total(entity) as u64))
            .collect()
    }

    fn revoke_the_key(&self) {
        self.crm().expire_access();
    }
}

mod contract {
    hub_testkit::connector!(crate::quickbooks::Stand::new());
}

#[tokio::test]
async fn every_customer_has_their_own_invoices_and_payments_to_the_penny() {
    let stand = Stand::with(embedded("quickbooks").unwrap().unwrap());
    let mut store = MemoryRaw::default();
    for stream in stand.connector.streams() {
        store.keep(&stream.name, stand.sweep(&stream.name).await.expect("the sandbox answers"));
    }
    let requests = stand.crm().log().len();
    assert_eq!(
        requests, 9,
        "a count, a page and the empty one after it for each list, and none for each customer"
    );
    let parties = stand.connector.parties(&store, "c", &NoLinks).unwrap().all();
    let documents: Vec<Json> = stand
        .connector
        .assemble(&store, "c", &parties)
        .unwrap()
        .into_iter()
        .map(|document| document.document)
        .collect();
    let decisions = stand.connector.initial_decisions();
    assert_eq!(decisions["money_unit"], "major", "decimals of pounds");
    let clients = staged(&stand.connector.default_mapping(), decisions, &documents);
    let mut owed = stand.crm().owed();
    assert_eq!(
        clients.as_array().map(Vec::len),
        Some(owed.len()),
        "whoever has jobs under theirs is one client"
    );
    let (mut under, mut allocated) = (0, 0);
    for (document, client) in documents.iter().zip(clients.as_array().unwrap()) {
        let customer = document["primary_contact"]["@"]["id"].as_str().unwrap();
        let at = owed.iter().position(|one| one.customer == customer).expect("a customer of the book");
        let wanted = owed.swap_remove(at);
        // The book's own oddities: numbers that are none.
        let odd = client["problems"].as_array().unwrap();
        assert!(
            odd.iter().all(|one| one.as_str().is_some_and(|one| one.starts_with("phone:"))),
            "{customer}: {odd:?}"
        );
        let of = |kind: &str| -> Vec<&Json> {
            let records = client["records"].as_array().unwrap().iter();
            records.filter(|record| record["is"] == kind).map(|record| &record["fields"]).collect()
        };
        let pence = |money: &Json| {
            assert_eq!(money["currency"], "GBP", "{customer}");
            money["minor"].as_i64().unwrap()
        };
        let mut invoices: Vec<(String, i64, i64)> = of("invoice")
            .into_iter()
            .map(|one| {
                (one["number"].as_str().unwrap().to_owned(), pence(&one["total"]), pence(&one["balance"]))
            })
            .collect();
        invoices.sort();
        assert_eq!(invoices, wanted.invoices, "{customer}");
        let mut payments: Vec<i64> = of("payment").into_iter().map(|one| pence(&one["amount"])).collect();
        payments.sort_unstable();
        assert_eq!(payments, wanted.payments, "{customer}");
        assert!(of("payment").iter().all(|one| one["status"] == "paid"), "{customer}: received is paid");
        let mut jobs: Vec<&str> = of("project").iter().filter_map(|one| one["name"].as_str()).collect();
        jobs.sort_unstable();
        assert_eq!(jobs, wanted.jobs, "{customer}: a project for each job under theirs, none beside");
        under += jobs.len();
        for (payment, one) in
            of("payment").into_iter().filter_map(|one| Some((one, one["allocations"].as_object()?)))
        {
            let sum: i64 = one.values().map(|part| pence(&part["amount"])).sum();
            assert!(sum <= pence(&payment["amount"]), "{customer}");
            allocated += one.len();
        }
        let loose = wanted.jobs.is_empty() && !wanted.invoices.is_empty();
        assert_eq!(
            document["invoices"].is_array(),
            loose,
            "{customer}: what no job is known for hangs on the client"
        );
    }
    assert!(owed.is_empty(), "nobody is left out: {owed:?}");
    assert!(under > 0 && allocated > 0, "the book has both: {under} jobs, {allocated} parts of payments");
}

#[tokio::test]
async fn f24_f25_a_list_that_shrinks_meanwhile_is_read_anew() {
    for (stream, entity) in [("customer", "Customer"), ("invoice", "Invoice"), ("payment", "Payment")] {
        let stand = Stand::new();
        let first = stand.connector.page(stream, None).await.expect("the first page");
        assert_eq!(
            first.total,
            Some(stand.crm().total(entity) as u64),
            "{stream}: it says how many there are"
        );
        stand.crm().take_last(entity);
        let mut cursor = first.next;
        let fault = loop {
            match stand.connector.page(stream, cursor.as_ref()).await {
                Ok(page) => cursor = Some(page.next.expect("no end that the count does not prove")),
                Err(error) => break error,
            }
        };
        assert_eq!(
            (fault.message_id, fault.retry),
            (messages::LIST_CHANGED, RetryAdvice::ResetPaging),
            "{stream}"
        );
        assert!(fault.params.contains(&("stream", stream.to_owned())), "it says which list");
        let again = stand.sweep(stream).await.expect("the list as it is now");
        assert_eq!(again.len(), stand.crm().total(entity));
    }
}

#[tokio::test]
async fn inactive_customers_come_because_they_are_asked_for() {
    let stand = Stand::new();
    let records = stand.sweep("customer").await.unwrap();
    let inactive = records.iter().filter(|record| record.raw.contains("\"Active\":false")).count();
    assert!(inactive > 0, "their invoices come anyway, and would belong to nobody");
}

#[tokio::test]
async fn f13_f34_failures_mean_what_intuit_says() {
    let stand = Stand::new();
    let crm = stand.crm();
    let too_many = Fault::TooMany { retry_after: RetryAfter::Seconds(2) };
    for (fault, wanted) in [
        (too_many, (messages::BUSY, RetryAdvice::After(2))),
        (Fault::Status { status: 503 }, (messages::UNAVAILABLE, RetryAdvice::WhenBack)),
        (Fault::Status { status: 400 }, (messages::REQUEST_REFUSED, RetryAdvice::Never)),
        (Fault::Unauthorized, (messages::SIGN_IN_ENDED, RetryAdvice::SignIn)),
        (Fault::CaptivePortal, (messages::NOT_THE_CRM, RetryAdvice::Never)),
    ] {
        crm.fault(Scope::all(), fault.clone());
        assert_eq!(verdict(stand.connector.page("invoice", None).await), wanted, "{fault:?}");
        crm.heal();
    }
    assert!(stand.connector.page("invoice", None).await.is_ok(), "and all is well again");
}

#[tokio::test]
async fn f36_a_token_opens_its_own_company_alone() {
    let stand = Stand::new();
    let account = stand.connector.probe().await.expect("its own");
    let login = &stand.crm().logins()[0];
    assert_eq!(
        (account.account_id.as_str(), account.name.as_str()),
        (login.account_id.as_str(), login.name.as_str())
    );
    assert_eq!(account.country.as_deref(), Some("GB"));
    let other = connector(&stand.sandbox, short_pages(), &stand.crm().logins()[1].account_id);
    assert_eq!(verdict(other.probe().await), (messages::SIGN_IN_NOT_ALLOWED, RetryAdvice::SignIn));
}

/// Reads everything that changed since a token.
async fn changes(
    stand: &Stand,
    stream: &str,
    token: &str,
) -> Result<(Vec<RawRecord>, Vec<String>, String), ConnectorError> {
    let page = stand.connector.changed_page(stream, &Since::Token(token.to_owned()), None).await?;
    assert!(page.next.is_none(), "{stream}: one answer holds everything");
    Ok((page.records, page.gone, page.token.expect("the next token")))
}

#[tokio::test]
async fn f28_what_changed_is_read_by_intuits_own_clock() {
    let stand = Stand::new();
    for (stream, entity, field, value) in [
        ("customer", "Customer", "Notes", Json::from("Prefers the morning")),
        ("invoice", "Invoice", "Balance", Json::from(12.5)),
        ("payment", "Payment", "PrivateNote", Json::from("By cheque")),
    ] {
        // A change while the list is read, behind the page that was read: the first page's clock is the token.
        let first = stand.connector.page(stream, None).await.expect("the first page");
        let changed = first.records[3].id.clone();
        assert!(stand.crm().change(entity, &changed, field, value.clone()), "{stream}");
        let (mut cursor, mut token) = (first.next, None);
        while let Some(at) = cursor {
            let page = stand.connector.page(stream, Some(&at)).await.expect("a page");
            (cursor, token) = (page.next, page.token);
        }
        let token = token.expect("a whole list ends with a token");
        let (records, gone, next) = changes(&stand, stream, &token).await.expect("an answer");
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!((ids, gone.len()), (vec![changed.as_str()], 0), "{stream}: what changed meanwhile, alone");
        assert!(records[0].raw.contains(&format!("\"{field}\":{value}")), "{stream}: {}", records[0].raw);
        if stream != "customer" {
            assert!(records[0].parents[0].is_some(), "{stream}: whose it is");
        }
        // From then on: what was deleted. The last minutes are read again, and say the same again.
        let taken = stand.crm().records(entity)[0]["Id"].as_str().expect("an id").to_owned();
        assert!(stand.crm().take(entity, &taken), "{stream}");
        let (again, gone, last) = changes(&stand, stream, &next).await.expect("an answer");
        assert_eq!((&again, &gone), (&records, &vec![taken]), "{stream}: gone, and nothing besides");
        let quiet = changes(&stand, stream, &last).await.expect("an answer");
        assert_eq!((quiet.0.len(), &quiet.1), (0, &gone), "{stream}: nothing more changed since");
        assert!(next < last, "{stream}: the clock goes on: {next} {last}");
    }
}

#[tokio::test]
async fn inv_28_what_cannot_be_told_as_changes_is_read_whole() {
    let definition = embedded_text("quickbooks").expect("built in").replace("most = 1000", "most = 3");
    let stand = Stand::with(parse(&definition).expect("sound"));
    let before = "2026-05-14T14:55:00Z";
    for at in 0..2 {
        let id = stand.crm().customers()[at]["Id"].as_str().expect("an id").to_owned();
        stand.crm().change("Customer", &id, "Notes", Json::from("More"));
    }
    assert_eq!(changes(&stand, "customer", before).await.expect("two of three").0.len(), 2);
    let id = stand.crm().customers()[7]["Id"].as_str().expect("an id").to_owned();
    stand.crm().change("Customer", &id, "Notes", Json::from("More"));
    let full = verdict(changes(&stand, "customer", before).await);
    assert_eq!(full, (messages::LIST_CHANGED, RetryAdvice::ResetPaging), "as many as it tells at most");
    let long_ago = verdict(changes(&stand, "customer", "2026-01-01T00:00:00Z").await);
    assert_eq!(long_ago.1, RetryAdvice::ResetPaging, "longer ago than it looks back");
}

/// What Intuit publishes of what the definition uses: its reference of entities and its pages on data queries and on changes.
const ENTITIES: [(&str, &[&str]); 3] = [
    (
        "Customer",
        &[
            "Id",
            "SyncToken",
            "Active",
            "GivenName",
            "FamilyName",
            "DisplayName",
            "CompanyName",
            "PrimaryEmailAddr.Address",
            "PrimaryPhone.FreeFormNumber",
            "Mobile.FreeFormNumber",
            "BillAddr.Line1",
            "BillAddr.City",
            "BillAddr.CountrySubDivisionCode",
            "BillAddr.PostalCode",
            "BillAddr.Country",
            "ParentRef.value",
        ],
    ),
    (
        "Invoice",
        &[
            "Id",
            "SyncToken",
            "DocNumber",
            "DueDate",
            "TotalAmt",
            "Balance",
            "CustomerRef.value",
            "CurrencyRef.value",
        ],
    ),
    (
        "Payment",
        &[
            "Id",
            "SyncToken",
            "TotalAmt",
            "TxnDate",
            "PrivateNote",
            "PaymentMethodRef.name",
            "CustomerRef.value",
            "CurrencyRef.value",
            "Line",
        ],
    ),
];

#[test]
fn the_definition_says_what_intuit_publishes() {
    let definition = embedded("quickbooks").unwrap().unwrap();
    let api = definition.routes.api.as_ref().unwrap();
    let limits: Vec<(u32, u32)> = api.limits.iter().map(|one| (one.requests, one.per_seconds)).collect();
    assert_eq!(limits, [(500, 60)], "of one company");
    let list = api.list().unwrap();
    let rows = definition.rows.as_ref().unwrap();
    let mut used: Vec<(&ListPages, &str, &str, Vec<&str>)> = Vec::new();
    let mut own: Vec<&str> = vec![&list.id];
    own.extend(list.version.as_deref());
    own.extend(list.under.as_deref());
    own.extend(rows.fields.keys().chain(rows.under.keys()).map(String::as_str));
    used.push((&list.pages, &list.params["query"], &list.records, own));
    for beside in &list.beside {
        let mut own: Vec<&str> = vec![&beside.id, &beside.parent];
        own.extend(beside.version.as_deref());
        own.extend(beside.currency.as_deref());
        own.extend(beside.pays.as_ref().and_then(|pays| pays.list.as_deref()));
        own.extend(beside.fields.keys().map(String::as_str));
        used.push((&beside.pages, &beside.params["query"], &beside.records, own));
    }
    let tokens = std::iter::once(&list.sync_token).chain(list.beside.iter().map(|beside| &beside.sync_token));
    for (token, (entity, _)) in tokens.zip(ENTITIES) {
        let token = token.as_ref().unwrap_or_else(|| panic!("{entity} is read by what changed"));
        let at = token.at.as_ref().expect("by change data capture");
        assert_eq!((at.path.as_str(), token.param.as_str(), at.most), ("/cdc", "changedSince", 1_000));
        assert_eq!(at.params["entities"], entity);
        assert_eq!(at.records, format!("CDCResponse.0.QueryResponse.0.{entity}"));
        assert_eq!((token.deleted.path.as_str(), token.deleted.is.as_str()), ("status", "Deleted"));
        assert!(token.whole_after_days < 30, "it tells of the last 30 days");
    }
    for ((entity, published), (pages, statement, records, fields)) in ENTITIES.iter().zip(used) {
        assert_eq!(records, format!("QueryResponse.{entity}"));
        let ListPages::Query { start, size, rows, count: Some(count), .. } = pages else {
            panic!("{entity}: read by statements");
        };
        assert_eq!(
            (start.as_str(), size.as_str(), *rows),
            ("STARTPOSITION", "MAXRESULTS", 1_000),
            "{entity}"
        );
        assert!(statement.starts_with(&format!("SELECT * FROM {entity} ")), "{statement}");
        assert!(statement.ends_with("ORDERBY Id"), "{statement}: rows do not change places");
        let conditions = |text: &str| {
            text.split(" WHERE ").nth(1).map(|rest| rest.split(" ORDERBY").next().unwrap_or(rest).to_owned())
        };
        assert!(count.starts_with(&format!("SELECT count(*) FROM {entity}")), "{count}");
        assert_eq!(conditions(statement), conditions(count), "{entity}: the same rows are counted and read");
        for field in fields {
            assert!(published.contains(&field), "{entity}.{field} is published");
        }
    }
}
