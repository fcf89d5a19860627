//! Google Contacts over real HTTP: what the People API promises, and nothing more (people.v1).

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_connectors::definition::{Auth, ListPages, embedded_text, parse};
use hub_connectors::{
    ConnectorParts, Credential, Definition, ListConnector, Pause, Reach, embedded, messages, origin_of,
};
use hub_core::ports::{
    ChangeWay, ChangedPage, Clock, Connector, ConnectorError, Page, RequestBudget, RetryAdvice, Secret, Since,
};
use hub_sandbox::book::BookSpec;
use hub_sandbox::{Google, GooglePerson, Sandbox, SandboxConfig};
use hub_testkit::CrmStand;
use hub_testkit::fakes::{MemoryBudget, MemoryRaw};
use serde_json::{Value as Json, json};

use crate::golden::{comes_of, staged};
use crate::support::{Jump, StillClock, verdict};

const STREAM: &str = "contact";

pub(crate) struct Stand {
    sandbox: Sandbox,
    connector: ListConnector,
    pause: Arc<Jump>,
}

impl Stand {
    pub(crate) fn new(clients: u32) -> Stand {
        Stand::with(clients, embedded("google_contacts").unwrap().unwrap())
    }

    fn with(clients: u32, definition: Definition) -> Stand {
        let sandbox = Sandbox::start(SandboxConfig::new(BookSpec::new(11, clients))).expect("it starts");
        let clock = StillClock::new();
        let pause = Arc::new(Jump::new(&clock));
        let base_url = sandbox.google().people_url();
        let origin = origin_of(&url::Url::parse(&base_url).unwrap());
        let connector = ListConnector::new(ConnectorParts {
            definition: Arc::new(definition),
            base_url: Some(base_url),
            credential: Credential::key(Secret::new(sandbox.google().access_token()), origin),
            account: "104200000000000000007".to_owned(),
            known: None,
            time_zone: None,
            reach: Reach::LoopbackToo,
            budget: Arc::new(MemoryBudget::default()) as Arc<dyn RequestBudget>,
            clock: clock as Arc<dyn Clock>,
            pause: Arc::clone(&pause) as Arc<dyn Pause>,
        })
        .expect("the definition makes a connector");
        Stand { sandbox, connector, pause }
    }

    fn google(&self) -> &Google {
        self.sandbox.google()
    }

    /// Reads the whole list; everything of it on one page, and the token of its end.
    async fn whole(&self) -> Result<Page, ConnectorError> {
        let mut all = Page::default();
        loop {
            let page = self.connector.page(STREAM, all.next.as_ref()).await?;
            all.records.extend(page.records);
            all.gone.extend(page.gone);
            all.token = page.token;
            all.next = page.next;
            if all.next.is_none() {
                return Ok(all);
            }
        }
    }

    async fn since(&self, token: &str) -> Result<ChangedPage, ConnectorError> {
        let since = Since::Token(token.to_owned());
        let mut all =
            ChangedPage { records: Vec::new(), gone: Vec::new(), next: None, total: None, token: None };
        loop {
            let page = self.connector.changed_page(STREAM, &since, all.next.as_ref()).await?;
            all.records.extend(page.records);
            all.gone.extend(page.gone);
            (all.next, all.token) = (page.next, page.token);
            if all.next.is_none() {
                return Ok(all);
            }
        }
    }
}

impl CrmStand for Stand {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn requests(&self) -> Vec<String> {
        self.google().log().into_iter().map(|row| row.method).collect()
    }

    fn totals(&self) -> Vec<(String, u64)> {
        vec![(STREAM.to_owned(), self.google().contacts().len() as u64)]
    }

    fn revoke_the_key(&self) {
        self.google().revoke_all();
    }
}

/// Enough people for a second page of a thousand.
mod contract {
    use super::Stand;

    hub_testkit::connector!(Stand::new(620));
}

fn person(given: &str, email: &str) -> GooglePerson {
    GooglePerson { given: given.to_owned(), emails: vec![email.to_owned()], ..GooglePerson::default() }
}

/// Queries of the requests for contacts.
fn queries(google: &Google) -> Vec<String> {
    google.log().into_iter().filter(|row| row.path.ends_with("/connections")).map(|row| row.query).collect()
}

#[tokio::test]
async fn inv_27_a_token_brings_what_changed_and_inv_03_who_was_deleted() {
    let stand = Stand::new(40);
    let google = stand.google();
    let way = stand.connector.changes(STREAM).expect("read by what changed").way;
    assert_eq!(way, ChangeWay::Token);
    assert!(stand.connector.tells_what_is_gone(), "the whole address book is read, or none of it");
    let whole = stand.whole().await.expect("everybody");
    assert_eq!(whole.records.len(), google.contacts().len());
    let token = whole.token.expect("a token at the end");

    let people = google.contacts();
    google.change_contact(&people[3].resource, |person| person.emails = vec!["moved@new.example".to_owned()]);
    google.delete_contact(&people[5].resource);
    let fresh = google.add_contact(person("Nadia", "nadia@new.example"));
    google.reset_log();
    let changed = stand.since(&token).await.expect("what changed");
    let read: BTreeSet<&str> = changed.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(read, BTreeSet::from([people[3].resource.as_str(), fresh.as_str()]), "these and no other");
    assert_eq!(changed.gone, [people[5].resource.clone()], "by its own mark");
    assert_eq!(google.log().len(), 1, "one request");
    let next = changed.token.expect("a token for the next time");
    let quiet = stand.since(&next).await.expect("nothing");
    assert_eq!((quiet.records.len(), quiet.gone.len()), (0, 0), "inv 11: silence");
    // The first token still says what it said: a reading that was cut off is done again without a gap.
    assert_eq!(stand.since(&token).await.expect("again").records.len(), 2);
}

#[tokio::test]
async fn inv_28_f28_a_token_that_ran_out_or_is_refused_asks_for_the_whole_list() {
    let stand = Stand::new(20);
    let token = stand.whole().await.expect("everybody").token.expect("a token");
    stand.google().pass_days(6);
    let later = stand.since(&token).await.expect("not yet a week").token.expect("a token");
    stand.google().pass_days(1);
    for (why, token) in [
        ("EXPIRED_SYNC_TOKEN", token.as_str()),
        ("seven days after the full read, however new the token", later.as_str()),
        ("one that never was", "made-up"),
        ("none", " "),
    ] {
        assert_eq!(verdict(stand.since(token).await).1, RetryAdvice::ResetPaging, "{why}");
    }
    let again = stand.whole().await.expect("the whole list is read as ever");
    assert_eq!(again.records.len(), stand.google().contacts().len());
    stand.since(&again.token.expect("another token")).await.expect("and from there on");
}

#[tokio::test]
async fn inv_06_other_parameters_or_another_version_are_another_reading() {
    let text = embedded_text("google_contacts").unwrap();
    let held = |text: &str| {
        let stand = Stand::with(1, parse(text).expect("without faults"));
        let changes = stand.connector.changes(STREAM).expect("read by what changed");
        (changes.version, changes.asked)
    };
    let own = held(text);
    assert_eq!(own, held(text), "the same is the same");
    assert_ne!(own, held(&text.replace("addresses,biographies,", "")), "another mask");
    assert_ne!(own, held(&text.replace("READ_SOURCE_TYPE_CONTACT", "READ_SOURCE_TYPE_PROFILE")));
    assert_ne!(own, held(&text.replace("version = 3", "version = 4")));

    // What Google says to a token under other parameters is no list, whatever we thought.
    let stand = Stand::new(5);
    let token = stand.whole().await.expect("everybody").token.expect("a token");
    let other = parse(&text.replace("addresses,biographies,", "")).unwrap();
    let narrow = Stand { connector: moved(&stand, other), sandbox: stand.sandbox, pause: stand.pause };
    assert_eq!(verdict(narrow.since(&token).await).1, RetryAdvice::ResetPaging);
}

/// Another definition's connector to the same Google.
fn moved(stand: &Stand, definition: Definition) -> ListConnector {
    let base_url = stand.google().people_url();
    let origin = origin_of(&url::Url::parse(&base_url).unwrap());
    let clock = StillClock::new();
    ListConnector::new(ConnectorParts {
        definition: Arc::new(definition),
        base_url: Some(base_url),
        credential: Credential::key(Secret::new(stand.google().access_token()), origin),
        account: "a".to_owned(),
        known: None,
        time_zone: None,
        reach: Reach::LoopbackToo,
        budget: Arc::new(MemoryBudget::default()) as Arc<dyn RequestBudget>,
        pause: Arc::new(Jump::new(&clock)) as Arc<dyn Pause>,
        clock: clock as Arc<dyn Clock>,
    })
    .expect("a connector")
}

#[tokio::test]
async fn every_request_of_a_reading_has_the_same_parameters_and_a_look_spends_no_quota() {
    let stand = Stand::new(620);
    let google = stand.google();
    let token = stand.whole().await.expect("everybody").token.expect("a token");
    for person in google.contacts() {
        google.change_contact(&person.resource, |person| person.company = "Moved".to_owned());
    }
    google.reset_log();
    let changed = stand.since(&token).await.expect("everybody changed");
    assert_eq!(changed.records.len(), google.contacts().len());
    let asked: Vec<BTreeSet<String>> = queries(google)
        .iter()
        .map(|query| {
            query.split('&').filter(|pair| !pair.starts_with("pageToken=")).map(str::to_owned).collect()
        })
        .collect();
    assert!(asked.len() >= 2, "more than a page of changes: {}", asked.len());
    assert!(asked.windows(2).all(|pair| pair[0] == pair[1]), "the same but for the page: {asked:?}");

    google.reset_log();
    google.refuse_first_pages(100);
    stand.connector.probe().await.expect("a look is no full read");
    stand.connector.count(STREAM).await.expect("nor is a count");
    stand.connector.preview(5, 1, &|_| {}).await.expect("nor is a preview");
    assert!(queries(google).iter().all(|query| !query.contains("requestSyncToken")), "{:?}", queries(google));
    let (message, retry) = verdict(stand.connector.page(STREAM, None).await);
    assert_eq!((message, retry), (messages::BUSY, RetryAdvice::After(60)), "F13: the quota of first pages");
}

#[tokio::test]
async fn a_refused_mask_a_missing_scope_and_nobody_at_all() {
    let text = embedded_text("google_contacts").unwrap();
    let unmasked: String =
        text.lines().filter(|line| !line.starts_with("personFields")).collect::<Vec<_>>().join("\n");
    let stand = Stand::with(3, parse(&unmasked).expect("only Google knows that it needs one"));
    assert_eq!(
        verdict(stand.connector.page(STREAM, None).await),
        (messages::REQUEST_REFUSED, RetryAdvice::Never)
    );

    // An empty address book is a list that is left out of the reply.
    let stand = Stand::new(1);
    for person in stand.google().contacts() {
        stand.google().delete_contact(&person.resource);
    }
    let nobody = stand.whole().await.expect("a list all the same");
    assert_eq!((nobody.records.len(), nobody.token.is_some()), (0, true));
    assert!(stand.pause.waits.lock().unwrap().is_empty());
}

/// The preview's documents, staged.
async fn clients_of(stand: &Stand) -> Json {
    let mut store = MemoryRaw::default();
    store.keep(STREAM, stand.whole().await.expect("everybody").records);
    let parties = stand.connector.parties(&store, "c", &hub_core::party::NoLinks).expect("in memory").all();
    let documents: Vec<Json> = stand
        .connector
        .assemble(&store, "c", &parties)
        .expect("in memory")
        .into_iter()
        .map(|document| document.document)
        .collect();
    staged(&stand.connector.default_mapping(), json!({"money_unit": "ask"}), &documents)
}

#[tokio::test]
async fn a_contact_is_a_client_without_a_project_and_a_list_in_another_order_is_the_same() {
    let stand = Stand::new(12);
    let before = clients_of(&stand).await;
    let people = stand.google().contacts();
    assert_eq!(before.as_array().map(Vec::len), Some(people.len()), "each contact is a client");
    for client in before.as_array().unwrap() {
        let kinds: Vec<&str> = client["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["is"].as_str().unwrap())
            .collect();
        assert!(
            kinds.contains(&"client") && kinds.iter().all(|kind| ["client", "person"].contains(kind)),
            "no job was made up: {client}"
        );
    }
    for _ in 0..3 {
        stand.google().shuffle();
        assert_eq!(clients_of(&stand).await, before, "the main address stays the main one");
    }
}

#[tokio::test]
async fn the_same_people_come_in_alike_from_google_and_from_its_export() {
    let stand = Stand::new(2);
    for person in stand.google().contacts() {
        stand.google().delete_contact(&person.resource);
    }
    let people = [
        GooglePerson {
            given: "Jo".to_owned(),
            family: "Lee".to_owned(),
            emails: vec!["Jo@example.com".to_owned(), "jo.lee@work.example".to_owned()],
            phones: vec!["07700 900117".to_owned(), "01632 960117".to_owned()],
            company: "Lee & Daughters".to_owned(),
            ..GooglePerson::default()
        },
        GooglePerson {
            given: "Priya".to_owned(),
            emails: vec!["priya@example.com".to_owned()],
            ..GooglePerson::default()
        },
    ];
    for person in people.iter().cloned() {
        stand.google().add_contact(person);
    }
    let cell = |held: &[String], at: usize| held.get(at).cloned().unwrap_or_default();
    let mut csv = String::from(
        "First Name,Middle Name,Last Name,Phonetic First Name,Nickname,Organization Name,Birthday,Notes,Labels,\
         E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,\
         Phone 2 - Label,Phone 2 - Value\n",
    );
    for GooglePerson { given, family, emails, phones, company, .. } in &people {
        let (one, two) = (cell(emails, 0), cell(emails, 1));
        let (first, second) = (cell(phones, 0), cell(phones, 1));
        csv.push_str(&format!(
            "{given},,{family},,,{company},,,* myContacts,Home,{one},Work,{two},Mobile,{first},Work,{second}\n"
        ));
    }
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("contacts.csv");
    std::fs::write(&file, csv).expect("written");
    let (_, by_file) = comes_of(&file, "google_contacts").await;
    let by_api = clients_of(&stand).await;
    let facts = |clients: &Json| -> Vec<Json> {
        let mut found: Vec<Json> = clients
            .as_array()
            .unwrap()
            .iter()
            .map(|client| {
                let person = client["records"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|record| record["is"] == "person")
                    .unwrap();
                let of = |name: &str| person["fields"][name].clone();
                let keys = |name: &str| -> Vec<String> {
                    person["fields"][name]
                        .as_object()
                        .map(|set| set.keys().cloned().collect())
                        .unwrap_or_default()
                };
                json!({
                    "first": of("first_name"), "last": of("last_name"), "email": of("email"),
                    "phone": of("phone"), "emails": keys("other_emails"), "phones": keys("other_phones"),
                    "company": of("company_name"), "problems": client["problems"],
                })
            })
            .collect();
        found.sort_by_key(Json::to_string);
        found
    };
    assert_eq!(facts(&by_api), facts(&by_file));
    assert_eq!(by_api.as_array().map(Vec::len), Some(2));
}

/// Facts of the discovery document people.v1 (gh:googleapis/discovery-artifact-manager:discoveries/people.v1.json,
/// `people.connections.list` and `people.get`), against which the definition is held.
mod published {
    pub(super) const PATH: &str = "/people/me/connections";
    pub(super) const BASE: &str = "https://people.googleapis.com/v1";
    pub(super) const PARAMETERS: [&str; 8] = [
        "pageSize",
        "pageToken",
        "personFields",
        "requestMask.includeField",
        "requestSyncToken",
        "sortOrder",
        "sources",
        "syncToken",
    ];
    pub(super) const REPLY: [&str; 5] =
        ["connections", "nextPageToken", "nextSyncToken", "totalItems", "totalPeople"];
    pub(super) const MASK: [&str; 29] = [
        "addresses",
        "ageRanges",
        "biographies",
        "birthdays",
        "calendarUrls",
        "clientData",
        "coverPhotos",
        "emailAddresses",
        "events",
        "externalIds",
        "genders",
        "imClients",
        "interests",
        "locales",
        "locations",
        "memberships",
        "metadata",
        "miscKeywords",
        "names",
        "nicknames",
        "occupations",
        "organizations",
        "phoneNumbers",
        "photos",
        "relations",
        "sipAddresses",
        "skills",
        "urls",
        "userDefined",
    ];
    /// Scopes of the list, and those of the account.
    pub(super) const SCOPES: [&str; 2] =
        ["https://www.googleapis.com/auth/contacts", "https://www.googleapis.com/auth/contacts.readonly"];
    pub(super) const ACCOUNT: &str = "https://www.googleapis.com/auth/userinfo.email";
    pub(super) const LARGEST_PAGE: u32 = 1_000;
    pub(super) const TOKEN_DAYS: u32 = 7;
    /// Fields of the parts of a person that are read.
    pub(super) const PARTS: [(&str, &[&str]); 6] = [
        ("names", &["displayName", "familyName", "givenName"]),
        ("emailAddresses", &["value"]),
        ("phoneNumbers", &["value"]),
        ("organizations", &["name", "title"]),
        ("addresses", &["streetAddress", "city", "region", "postalCode", "country", "formattedValue"]),
        ("biographies", &["value"]),
    ];
}

#[test]
fn every_parameter_field_and_scope_is_a_published_one() {
    let definition = embedded("google_contacts").unwrap().unwrap();
    let api = definition.routes.api.as_ref().expect("an API");
    let list = api.list().expect("one list");
    let token = list.sync_token.as_ref().expect("a token");
    assert_eq!((api.base_url.as_deref(), list.path.as_str()), (Some(published::BASE), published::PATH));
    let ListPages::Cursor { next, param } = &list.pages else { panic!("page tokens") };
    let sent =
        list.params.keys().chain(list.look.keys()).chain(token.ask.keys()).chain([&token.param, param]);
    for name in sent {
        assert!(published::PARAMETERS.contains(&name.as_str()), "?{name}");
    }
    let read = [Some(&list.records), Some(next), Some(&token.next), list.total.as_ref()];
    for name in read.into_iter().flatten() {
        assert!(published::REPLY.contains(&name.as_str()), "{name}");
    }
    let mask: Vec<&str> = list.params["personFields"].split(',').collect();
    assert!(mask.iter().all(|field| published::MASK.contains(field)), "{mask:?}");
    assert!(mask.contains(&"metadata"), "who was deleted stands there");
    let size: u32 = list.params["pageSize"].parse().unwrap();
    assert!((1..=published::LARGEST_PAGE).contains(&size));
    assert!(token.whole_after_days < published::TOKEN_DAYS, "read whole before the token runs out");
    let rows = definition.rows.as_ref().expect("what the fields are");
    for path in rows.fields.keys() {
        let mut steps = path.split('.');
        let (part, field) = (steps.next().unwrap(), steps.next_back().unwrap());
        let known = published::PARTS.iter().find(|(name, _)| *name == part);
        assert!(known.is_some_and(|(_, fields)| fields.contains(&field)), "{path}");
        assert!(mask.contains(&part), "{path} is asked for");
        assert!(rows.order.contains_key(part), "{path}: a list without an order has one here");
    }
    let Auth::Oauth2(oauth) = &api.auth else { panic!("OAuth 2.0") };
    let contacts: Vec<&String> =
        oauth.scopes.iter().filter(|scope| published::SCOPES.contains(&scope.as_str())).collect();
    assert_eq!(contacts, ["https://www.googleapis.com/auth/contacts.readonly"], "no more than reading");
    assert!(oauth.scopes.iter().any(|scope| scope == published::ACCOUNT));
}
