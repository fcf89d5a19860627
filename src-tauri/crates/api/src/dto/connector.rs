//! Connectors of one's own: looking at a source, and the definition that comes of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AuthKind, Operation, RecordType, RouteKind};
use crate::{PastedText, SecretText, WireMessage};

/// How a source wants the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignBy {
    /// In a header.
    Header {
        /// Its name.
        name: String,
    },
    /// As a bearer token.
    Bearer {},
    /// As user name and password, `name:password`.
    Basic {},
    /// In the query.
    Query {
        /// The parameter.
        name: String,
    },
    /// By a sign-in in the browser, that `connector.sign_in` began.
    SignIn {},
}

/// A source of one's own to sign in to in the browser (OAuth 2.0): by the address of its list, or by a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorSignIn {
    /// Provider key: `custom`, or a CRM whose address is asked from the person.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// Address of the list.
    #[serde(default)]
    #[ts(optional)]
    pub address: Option<String>,
    /// A definition, in place of an address.
    #[serde(default)]
    #[ts(optional)]
    pub definition: Option<String>,
    /// What this program is called there, where the server gives programs no names.
    #[serde(default)]
    #[ts(optional)]
    pub client_id: Option<String>,
}

/// A source to look at.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorLook {
    /// Provider key: `custom`, or a CRM whose address is asked from the person.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// Address of the list.
    pub address: String,
    /// How the key is sent.
    pub sign: SignBy,
    /// The key, unless it was in what was pasted.
    #[serde(default)]
    #[ts(optional)]
    pub key: Option<SecretText>,
    /// The sign-in, in place of a key.
    #[serde(default)]
    #[ts(optional)]
    pub look_id: Option<String>,
    /// The list of what was pasted that this is.
    #[serde(default)]
    #[ts(optional)]
    pub paste: Option<PasteChoice>,
    /// What the person chose where the look would choose by itself.
    #[serde(default)]
    #[ts(optional)]
    pub chosen: Option<ListChosen>,
}

/// What a person chose of what a look offered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ListChosen {
    /// Path of the list.
    #[serde(default)]
    #[ts(optional)]
    pub list: Option<String>,
    /// Field that tells records apart.
    #[serde(default)]
    #[ts(optional)]
    pub id: Option<String>,
    /// Field that tells when a record was changed; an empty one is none.
    #[serde(default)]
    #[ts(optional)]
    pub changed: Option<String>,
}

/// A list in a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListOffered {
    /// Its path; empty where the reply itself is it.
    pub path: String,
    /// Its records in the first reply.
    pub rows: u64,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListChoices {
    /// The lists in the first reply.
    pub lists: Vec<ListOffered>,
    /// Fields that tell records apart.
    pub ids: Vec<String>,
    /// Fields that could tell when a record was changed.
    pub changed: Vec<String>,
}

/// Something to recognise: a text, or a file.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorPaste {
    /// What was pasted; it may hold a key.
    #[serde(default)]
    #[ts(optional)]
    pub text: Option<PastedText>,
    /// A file that was picked in its place.
    #[serde(default)]
    #[ts(optional)]
    pub file_id: Option<String>,
}

/// One of the lists that were found in what was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PasteChoice {
    /// What was pasted.
    pub paste_id: String,
    /// Which of its candidates, from 0.
    pub candidate: u32,
}

/// What a text was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PasteKind {
    /// A mere address.
    Address,
    /// A curl command.
    Curl,
    /// A recording of a browser.
    Har,
    /// An OpenAPI document.
    OpenApi,
    /// The JSON answer of a list.
    Sample,
}

/// A key that was in what was pasted. The key itself stays in the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PasteKey {
    /// Its last four characters; empty where it is too short to show any.
    pub hint: String,
}

/// A list that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PasteCandidate {
    /// What it is called.
    pub label: String,
    /// Its address, without a key; a mere path where no server is named, nothing where no place is.
    pub address: Option<String>,
    /// How its key is sent, as far as that is said.
    pub sign: Option<SignBy>,
    /// The key, where one was there.
    pub key: Option<PasteKey>,
    /// Records that were in an answer.
    pub rows: Option<u64>,
    /// Its fields, where any are known.
    pub fields: Vec<ConnectorField>,
}

/// What was found in what was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PasteRead {
    /// Stands for it, for a quarter of an hour.
    pub paste_id: String,
    /// What it is.
    pub kind: PasteKind,
    /// Lists that may be meant, best first.
    pub candidates: Vec<PasteCandidate>,
    /// What to know of them.
    pub notes: Vec<WireMessage>,
}

/// How a test read differs from an answer that was pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PasteCompared {
    /// Whether the list stands at the same place.
    pub same_list: bool,
    /// Whether the same field tells records apart.
    pub same_id: bool,
    /// Fields that the answer had and the test read has not.
    pub missing: Vec<String>,
}

/// A request of a test read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorRequest {
    /// Path and query, without the key.
    pub what: String,
    /// Records in the reply.
    pub rows: Option<u64>,
}

/// A field of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorField {
    /// Path in a record.
    pub path: String,
    /// First values.
    pub samples: Vec<String>,
    /// What it is taken for: `primary.email`; nothing for an own field.
    pub uses: Vec<String>,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ListPaging {
    /// It comes whole.
    Whole,
    /// By page numbers.
    Page,
    /// By rows to leave out.
    Offset,
    /// By a cursor.
    Cursor,
    /// By the address of the next page.
    NextUrl,
    /// By the `Link` header.
    Link,
}

/// What proves that a list was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndProof {
    /// It says how many there are.
    Total,
    /// The page after the last one is empty.
    EmptyPage,
    /// It says that there is no next page.
    NoNext,
    /// It comes whole.
    Whole,
}

/// A client as the source tells of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorClient {
    /// Names of the couple.
    pub names: Vec<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Day of the wedding, as it stands there.
    pub wedding_date: Option<String>,
    /// Venue.
    pub venue: Option<String>,
}

/// What a look at a source found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorFound {
    /// Stands for the key that was given, for a quarter of an hour: no page has to hold it.
    pub look_id: String,
    /// The definition, as a file.
    pub definition: String,
    /// Path of the list; empty where the reply itself is the list.
    pub list: String,
    /// Path of the id.
    pub id: String,
    /// Path of what tells changes.
    pub changed: Option<String>,
    /// Whether it can be read by what changed, newest first; else it is read whole each time.
    pub newest_first: bool,
    /// How many records there are, where it says so.
    pub count: Option<u64>,
    /// How it goes on.
    pub paging: ListPaging,
    /// What proves its end.
    pub proof: EndProof,
    /// Its fields.
    pub fields: Vec<ConnectorField>,
    /// What else it could be read by.
    pub choices: ListChoices,
    /// What was asked for.
    pub requests: Vec<ConnectorRequest>,
    /// The first clients.
    pub clients: Vec<ConnectorClient>,
    /// How it differs from an answer that was pasted; nothing where none was.
    pub compared: Option<PasteCompared>,
}

/// A definition to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DefinitionText {
    /// The file.
    pub definition: String,
}

/// One thing that is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionFault {
    /// Where.
    pub place: String,
    /// What.
    pub reason: String,
}

/// What a check of a definition says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionChecked {
    /// Everything that is wrong.
    pub faults: Vec<DefinitionFault>,
    /// What it is called, if it is sound.
    pub name: Option<String>,
    /// Where its requests go.
    pub address: Option<String>,
}

/// A definition to try, or to make a connection of.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorWithKey {
    /// The file.
    pub definition: String,
    /// The key, unless a look at the source was given it.
    #[serde(default)]
    #[ts(optional)]
    pub key: Option<SecretText>,
    /// That look.
    #[serde(default)]
    #[ts(optional)]
    pub look_id: Option<String>,
    /// Name of the connection; the definition's own when absent.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<String>,
}

/// What trying a definition shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorTried {
    /// What it is called.
    pub name: String,
    /// Where its requests go.
    pub address: String,
    /// The first clients.
    pub clients: Vec<ConnectorClient>,
    /// What stands for the key for a while, so that it need not be given again.
    pub look_id: String,
}

/// A file with a definition that was picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DefinitionFile {
    /// The file.
    pub file_id: String,
}

/// What a definition in a file says. Nothing was asked of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionOpened {
    /// The definition as it stands.
    pub definition: String,
    /// Everything that is wrong with it.
    pub faults: Vec<DefinitionFault>,
    /// What it says, where nothing is wrong with it.
    pub about: Option<DefinitionAbout>,
}

/// What a definition goes to, reads and needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DefinitionAbout {
    /// What it is called.
    pub name: String,
    /// Provider key.
    pub provider: String,
    /// By which way it reads: with a key, or with a session of a person who signs in.
    pub route: RouteKind,
    /// What it is opened with.
    pub auth: AuthKind,
    /// Every host that requests and a window go to; none where the person gives the address.
    pub hosts: Vec<String>,
    /// Where its requests go; nothing where the person gives the address.
    pub address: Option<String>,
    /// The records that it reads.
    pub records: Vec<RecordType>,
    /// Which fields it reads and what they become.
    pub fields: Vec<ConnectorField>,
    /// Requests a minute at most.
    pub per_minute: Option<u32>,
}

/// Another definition for a connection of one's own, of the same source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorReplace {
    /// The connection.
    pub connection_id: String,
    /// The file.
    pub definition: String,
    /// Version of the definition that it was made of; refused where another one is in force by now.
    #[serde(default)]
    #[ts(optional)]
    pub of_version: Option<u32>,
}

/// A command that saves one client, to be read as a rule for writing. Nothing is sent by it.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorWriteLook {
    /// The connection.
    pub connection_id: String,
    /// The curl command; it may hold a key.
    pub command: PastedText,
    /// One record as the CRM gives it; one that was read already when absent.
    #[serde(default)]
    #[ts(optional)]
    pub record: Option<PastedText>,
}

/// Where a field goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WriteField {
    /// WedSync's name of it; of a part of a field `address.city`.
    pub field: String,
    /// Path in what is sent.
    pub path: String,
    /// Path at which it is read back, where that is another one.
    pub back: Option<String>,
}

/// What stands in every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WriteFixed {
    /// Path in what is sent.
    pub path: String,
    /// Its value.
    pub value: String,
}

/// A rule for writing. No rule is carried out by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WriteRule {
    /// What is written.
    pub record: RecordType,
    /// What is done with it.
    pub operation: Operation,
    /// Method and path.
    pub request: String,
    /// Where each field goes.
    pub fields: Vec<WriteField>,
    /// What stands in every request.
    pub fixed: Vec<WriteFixed>,
    /// How it is sent, kept from doing harm and read back, a sentence each.
    pub facts: Vec<WireMessage>,
    /// Fields that are read and not written by it.
    pub unwritten: Vec<String>,
    /// What it cannot do, or nothing says, a sentence each.
    pub lacks: Vec<WireMessage>,
}

/// What a command was read as. Nothing was kept and nothing sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorWriteFound {
    /// The rule.
    pub rule: WriteRule,
    /// What of the command is not written: it could be a key, or nothing says what it is.
    pub left: Vec<String>,
    /// The definition with the rule, as a file.
    pub definition: String,
    /// Version of the definition that it was made of.
    pub of_version: u32,
}

/// A rule to take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectorWriteRemove {
    /// The connection.
    pub connection_id: String,
    /// What it writes.
    pub record: RecordType,
    /// What it does with it.
    pub operation: Operation,
}

/// A definition as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorFile {
    /// Name for it.
    pub file_name: String,
    /// The file.
    pub definition: String,
}

/// A rule was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectorWriteRemoved {
    /// The definition as it was before, with which the rule can be brought back.
    pub was: String,
    /// Version of the definition as it is now.
    pub of_version: u32,
}
