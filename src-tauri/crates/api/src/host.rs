//! What a command may ask of the program it runs in: deliberately narrow, so that the same bodies run under the
//! window, the command line, `hub serve` and tests. There is no window and no output here, and no path but the one that a
//! command line names; it grows only when a command needs something new.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hub_core::message::{Locale, Message};
use hub_core::ports::{
    AccountInfo, BudgetState, Clock, Connection, Connector, HookKind, Ids, Inbox, Secret, SecretStore,
    StoredRaw,
};
use hub_engine::Engine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::sync::broadcast;
use ts_rs::TS;

use crate::dto::{
    AtCrm, BridgeApart, BridgeLook, CalendarLeft, ConnectorClient, ConnectorFound, ConnectorSignIn,
    ConnectorWriteFound, CrmSignInBegin, CrmSignInState, CrmWindowOpen, DefinitionChecked, DefinitionOpened,
    FileChoice, FileHanded, FileLook, FileSources, ListChosen, OpenedWith, Operation, PasteChoice, PasteRead,
    ProblemFile, ProviderInfo, RecordType, RouteKind, SignBy, SignInAttempt, SignInBegun, SignInRoute,
    SignInState, Telling, WhoIs, WriteRule,
};
use crate::{ApiError, CostLog};

/// Through which door a command came in. Not part of [`Host`]: no command body may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The app's own window.
    Window,
    /// The command line, in this process or as a guest.
    Cli,
    /// A browser on this computer, through `hub serve`.
    Serve,
}

/// What a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProfileKind {
    /// A supplier's own.
    Live,
    /// The story on invented data.
    Demo,
    /// A test's.
    Test,
    /// Invented data to look around in.
    Sample,
}

impl ProfileKind {
    /// Whether its data is invented, so that loopback servers and guarded commands are allowed (MODEL 10, 11).
    pub fn is_invented(self) -> bool {
        match self {
            ProfileKind::Demo | ProfileKind::Test => true,
            ProfileKind::Live | ProfileKind::Sample => false,
        }
    }
}

/// The profile a host has open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: ProfileKind,
    /// Where its WedSync is.
    pub cloud_url: String,
}

/// One event of the stream that every interface listens to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HubEvent {
    /// `job`, `preview`, `sign_in` or `changed`.
    pub topic: String,
    /// For jobs: which.
    pub job_id: Option<String>,
    /// For jobs: position in its log, without gaps; 0 for what is told and not stored.
    pub seq: u64,
    /// What happened.
    #[ts(type = "unknown")]
    pub event: Json,
}

/// Signing in to WedSync: attempts that race, each with its own state and verifier (MODEL 8).
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Starts an attempt. Nothing is opened: the interface shows or opens the address.
    async fn begin(&self, route: SignInRoute) -> Result<SignInBegun, ApiError>;
    /// Finishes a return-page attempt with the code a person typed.
    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError>;
    /// Finishes a return-page attempt with the link the browser opened.
    async fn callback(&self, attempt_id: &str, link: Secret) -> Result<(), ApiError>;
    /// Takes a link that the system handed to the program. Whose attempt it answers, the link itself says.
    async fn deliver(&self, link: Secret) -> Result<(), ApiError>;
    /// Where an attempt stands.
    fn state(&self, attempt_id: &str) -> Result<SignInState, ApiError>;
    /// Gives an attempt up; unknown ones are no fault.
    fn cancel(&self, attempt_id: &str);
    /// Ends the sign-in, here first.
    async fn sign_out(&self) -> Result<(), ApiError>;
}

/// Signing in to CRMs in the system's browser: attempts, each with its own state and verifier (MODEL 8). Links that the
/// system hands to the program go to [`SignIn::deliver`], whoever's answer they are.
#[async_trait]
pub trait CrmSignIn: Send + Sync {
    /// Starts an attempt. Nothing is opened: the interface shows or opens the address.
    async fn begin(&self, request: CrmSignInBegin) -> Result<SignInBegun, ApiError>;
    /// Starts an attempt at the server of a source of one's own; a look comes of it, and no connection yet.
    async fn begin_source(&self, request: ConnectorSignIn) -> Result<SignInBegun, ApiError>;
    /// Opens a window in which the person signs in to a site. Refused where the program has no windows.
    async fn open_window(&self, request: CrmWindowOpen) -> Result<SignInAttempt, ApiError>;
    /// Brings an attempt's window to the front; one that is not open is no fault.
    fn show_window(&self, attempt_id: &str);
    /// Finishes a return-page attempt with the code a person typed.
    async fn short_code(&self, attempt_id: &str, code: &str) -> Result<(), ApiError>;
    /// Finishes a return-page attempt with the link the browser opened.
    async fn callback(&self, attempt_id: &str, link: Secret) -> Result<(), ApiError>;
    /// Where an attempt stands.
    fn state(&self, attempt_id: &str) -> Result<CrmSignInState, ApiError>;
    /// Gives an attempt up; unknown ones are no fault.
    fn cancel(&self, attempt_id: &str);
}

/// What a first look with a key finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// The account behind the key.
    pub account: AccountInfo,
    /// The decisions that a connection to it begins with, such as a money unit that has to be asked.
    pub decisions: Json,
}

/// What opens a source of one's own.
pub enum SourceKey {
    /// A key that a person gave.
    Given(Secret),
    /// What a look was given before: a key, or a sign-in in the browser.
    OfLook(String),
}

/// What tells one source from another: nothing that opens one may be sent to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceId {
    /// Provider key.
    pub provider: String,
    /// The address of its list, as an account.
    pub address: String,
    /// Of a sign-in in the browser: the server, and where its tokens go.
    pub ends: Option<[Option<String>; 3]>,
}

/// A source of one's own to look at.
pub struct SourceAsked {
    /// Provider key: `custom`, or a CRM whose address is asked from the person.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// Address of the list.
    pub address: String,
    /// How the key is sent.
    pub sign: SignBy,
    /// What opens it.
    pub key: SourceKey,
    /// The list of what was pasted that this is.
    pub paste: Option<PasteChoice>,
    /// What the person chose where the look would choose by itself.
    pub chosen: ListChosen,
}

/// What is to be recognised.
pub enum Pasting {
    /// A text that a person pasted.
    Text(Secret),
    /// A file that was picked, by its id.
    File(String),
}

/// What trying a definition found.
pub struct SourceTried {
    /// Provider key of the definition.
    pub provider: String,
    /// What it is called.
    pub name: String,
    /// Where its requests go.
    pub address: String,
    /// The account, and what a connection begins with.
    pub probed: Probed,
    /// The first clients.
    pub clients: Vec<ConnectorClient>,
    /// The look that stands for what opened it.
    pub look_id: String,
    /// What opened it, in the form in which the vault keeps it: bound to its origin (MODEL 11).
    pub sealed: Secret,
    /// What is shown of a key; nothing of a sign-in.
    pub key_hint: String,
}

/// What is known about updates of definitions.
#[derive(Debug, Clone, Default)]
pub struct DefinitionsKnown {
    /// Whether this version takes updates at all.
    pub takes_updates: bool,
    /// Serial of the update in force.
    pub serial: Option<u64>,
    /// Until when it holds.
    pub expires: Option<Timestamp>,
    /// When WedSync was asked last.
    pub asked_at: Option<Timestamp>,
    /// Why the newest one was not taken.
    pub refused: Option<Message>,
}

/// A change of how a connection is read that waits for a person.
#[derive(Debug, Clone)]
pub struct ChangeWaiting {
    /// What stands for it.
    pub standing: String,
    /// What would be different.
    pub differences: Vec<Message>,
}

/// How a connection reads, and what is known of the CRM behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The way it reads.
    pub way: RouteKind,
    /// The CRM; nothing for a list that is no CRM's.
    pub provider: Option<ProviderInfo>,
    /// What opens the account.
    pub opened: OpenedWith,
    /// What the CRM said it grants, of a sign-in in the browser.
    pub granted: Option<Vec<String>>,
    /// Whether the CRM can be told of the end.
    pub telling: Telling,
    /// Whether the account's id is the CRM's own, and not one that was made of its address.
    pub names_account: bool,
    /// The rules for writing of a definition of its own that reads a list.
    pub writes: Option<Vec<WriteRule>>,
}

/// A command to read as a rule for writing.
pub struct WriteAsked {
    /// The connection whose list it writes.
    pub connection_id: String,
    /// The definition by which that is read.
    pub definition: String,
    /// The command.
    pub command: Secret,
    /// The record that it is compared with; one that was read when absent.
    pub record: Option<Secret>,
}

/// A calendar by its address, to look at.
pub struct FeedAsked<'a> {
    /// Provider key.
    pub provider: &'a str,
    /// The address.
    pub address: &'a Secret,
    /// IANA name of the supplier's zone, for times that say none.
    pub zone: &'a str,
    /// The connection that gets a new address.
    pub of: Option<&'a Connection>,
}

/// A calendar that was looked at.
pub struct FeedProbed {
    /// Whose it is.
    pub probed: Probed,
    /// The address as the vault keeps it.
    pub sealed: Secret,
    /// All of it that is shown.
    pub host: String,
}

/// Events to look at.
pub struct RelayAsked {
    /// Provider key.
    pub provider: String,
    /// The address they came to.
    pub inbox_id: String,
    /// What the connection is called; the provider's name when absent.
    pub name: Option<String>,
    /// What tells one client from another.
    pub apart: BridgeApart,
}

/// What a look at events found.
pub struct RelayLooked {
    /// For the interface.
    pub look: BridgeLook,
    /// How they are read, as a file; nothing as long as none came.
    pub definition: Option<String>,
    /// What the connection is called.
    pub name: String,
    /// Name of the stream.
    pub stream: String,
    /// Where they end.
    pub cursor: Option<String>,
    /// Number of the last of them.
    pub last: Option<u64>,
    /// The decisions that a connection begins with.
    pub decisions: Json,
}

/// The CRMs, as far as commands deal with them outside jobs.
#[async_trait]
pub trait Crms: Send + Sync {
    /// What can be connected.
    fn providers(&self) -> Vec<ProviderInfo>;
    /// Which account is this key for? Never writes. Refuses unknown providers and addresses that may not be reached.
    async fn probe(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Probed, ApiError>;
    /// Which account is this key for, on a connection that there is?
    async fn probe_again(&self, connection: &Connection, key: &Secret) -> Result<Probed, ApiError>;
    /// Looks at a calendar by its address. Refuses providers without one, and whatever is no calendar.
    async fn probe_feed(&self, asked: FeedAsked<'_>) -> Result<FeedProbed, ApiError>;
    /// Looks at a source by a capped test read, and writes down how it is read.
    async fn recognise(&self, asked: SourceAsked) -> Result<ConnectorFound, ApiError>;
    /// Finds lists in what was pasted, and keeps for a while which keys were in it. Refuses what is none of the known kinds.
    async fn read_paste(&self, pasting: Pasting) -> Result<PasteRead, ApiError>;
    /// The key that was pasted with a list, for an address at the same origin. Refuses what is no longer held.
    fn key_of_paste(&self, choice: &PasteChoice, address: &str) -> Result<Secret, ApiError>;
    /// A connection was made of a look: what it was given is the connection's.
    fn look_used(&self, look_id: &str);
    /// What a definition in a file says, by the id of the file. Nothing is asked of anybody.
    async fn open_definition(&self, file_id: &str) -> Result<DefinitionOpened, ApiError>;
    /// Everything that is wrong with a definition.
    fn check_definition(&self, definition: &str) -> DefinitionChecked;
    /// What a definition reads. Refuses one with faults.
    fn source_of(&self, definition: &str) -> Result<SourceId, ApiError>;
    /// The version of a definition. Refuses one with faults.
    fn version_of(&self, definition: &str) -> Result<u32, ApiError>;
    /// Reads a command as a rule for writing. Sends nothing, keeps nothing.
    async fn read_write(&self, asked: WriteAsked) -> Result<ConnectorWriteFound, ApiError>;
    /// A definition without a rule. Refuses one that has no such rule, or in which it cannot be told from the rest.
    fn without_write(
        &self,
        definition: &str,
        record: RecordType,
        operation: Operation,
    ) -> Result<String, ApiError>;
    /// Reads the first clients by a definition. Refuses one with faults, and looks at another source.
    async fn try_definition(&self, definition: &str, key: &SourceKey) -> Result<SourceTried, ApiError>;
    /// The key in the form in which the vault keeps it: bound to the origin it was given for (MODEL 11).
    fn seal(&self, provider: &str, base_url: Option<&str>, key: &Secret) -> Result<Secret, ApiError>;
    /// A connector of a stored connection, outside any job.
    fn open(&self, connection: &Connection) -> Result<Arc<dyn Connector>, ApiError>;
    /// The address of an id that takes events, made on the first asking. Refuses providers without a bridge.
    async fn relay_address(&self, id: &str, provider: &str, name: Option<&str>) -> Result<Inbox, ApiError>;
    /// What came to an address, and what would be made of it.
    async fn relay_look(&self, asked: RelayAsked) -> Result<RelayLooked, ApiError>;
    /// Takes a sign-in back at the CRM, where there was one and the CRM can be told. A fault is logged: what lies here is
    /// removed in any case. `own`: the definition of its own by which it was read, where it had one.
    async fn disconnect(&self, connection: &Connection, own: Option<&str>) -> AtCrm;
    /// What of a connection's calendar was left out when it was last read, by its address or in a file. Asks nobody.
    fn calendar_left(&self, connection: &Connection) -> Result<Option<CalendarLeft>, ApiError>;
    /// How a connection reads, and what is known of the CRM behind it. Asks nobody.
    fn described(&self, connection: &Connection) -> Result<Described, ApiError>;
    /// What is left of a connection's request budget.
    fn budget(&self, connection: &Connection) -> Result<BudgetState, ApiError>;
    /// What is known about updates of definitions.
    fn definitions(&self) -> DefinitionsKnown;
    /// Asks WedSync for a newer update, and takes what is good of it.
    async fn refresh_definitions(&self) -> Result<(), ApiError>;
    /// Why reading a connection is switched off, if it is.
    fn switched_off(&self, connection: &Connection) -> Option<Message>;
    /// Whether a message says that something is switched off.
    fn says_switched_off(&self, message: &Message) -> bool;
    /// The change that waits for a person before a connection is read by it.
    fn definition_change(&self, connection: &Connection) -> Result<Option<ChangeWaiting>, ApiError>;
    /// Reads a connection by the change from now on.
    fn agree_to_change(&self, connection: &Connection, standing: &str) -> Result<(), ApiError>;
}

/// A place to be told.
pub struct PlaceAsked {
    /// Provider key.
    pub provider: String,
    /// The address of its catch hook, or its key.
    pub secret: Secret,
    /// Address in place of the provider's own.
    pub base_url: Option<String>,
}

/// A place that was looked at.
pub struct PlaceSealed {
    /// What it is.
    pub kind: HookKind,
    /// What its provider is called.
    pub name: String,
    /// Host of its address.
    pub host: String,
    /// What the vault keeps of it.
    pub sealed: Secret,
    /// What its events are signed with, to be shown once.
    pub signing: Option<Secret>,
}

/// Places that are told of WedSync's changes.
#[async_trait]
pub trait Places: Send + Sync {
    /// Looks at a place and gives what is kept of it. Refuses providers that take nothing, and addresses that may not be
    /// reached.
    async fn seal(&self, asked: PlaceAsked) -> Result<PlaceSealed, ApiError>;
    /// Sends what is due, soon.
    fn wake(&self);
    /// Sends what is due now, because a person wants it.
    async fn send_anyway(&self) -> Result<(), ApiError>;
}

/// The way to WedSync.
#[async_trait]
pub trait Network: Send + Sync {
    /// Whether WedSync answers now. What was seen a moment ago is answered without asking again.
    async fn wedsync_answers(&self) -> bool;
}

/// Files to look at, all of one import.
#[derive(Debug, Clone, Default)]
pub struct FilesAsked {
    /// Their ids.
    pub file_ids: Vec<String>,
    /// What a person chose for their tables.
    pub choices: Vec<FileChoice>,
    /// How the files of the connection were read before, as it was kept.
    pub reading: Option<Json>,
    /// ISO 3166 country of the supplier, for phones.
    pub country: String,
    /// IANA name of the supplier's zone, for times that say none.
    pub zone: String,
    /// Today there.
    pub today: jiff::civil::Date,
}

/// What a look at files finds.
#[derive(Debug, Clone)]
pub struct Looked {
    /// For the interface.
    pub look: FileLook,
    /// How the files are read: kept with the connection.
    pub reading: Json,
    /// The decisions that a connection begins with.
    pub decisions: Json,
    /// The streams there are.
    pub streams: Vec<String>,
    /// IANA name of the zone that they say they are in.
    pub time_zone: Option<String>,
    /// By what a connection of the same is known, where more than its reading tells it.
    pub held: Option<HeldBy>,
}

/// Ids that are the source's own: a connection that has one of them read the same source.
#[derive(Debug, Clone)]
pub struct HeldBy {
    /// Stream of the records.
    pub stream: String,
    /// Their ids.
    pub ids: Vec<String>,
}

/// A row of a file that needs a person.
#[derive(Debug, Clone)]
pub struct RowToFix {
    /// Its stream.
    pub stream: String,
    /// Its raw record.
    pub raw: StoredRaw,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// The files that the host holds.
#[async_trait]
pub trait Files: Send + Sync {
    /// Holds a file of this computer; the path comes from the command line and from nowhere else.
    fn hand(&self, path: &Path) -> Result<FileHanded, ApiError>;
    /// Holds the sample that the program carries.
    fn sample(&self) -> Result<FileHanded, ApiError>;
    /// Which of the files describe a source of one's own, by what is in them. They stay held.
    async fn sources(&self, file_ids: Vec<String>) -> Result<FileSources, ApiError>;
    /// Looks at files. Reads them to their end.
    async fn look(&self, asked: FilesAsked) -> Result<Looked, ApiError>;
    /// Whether files that are read like `new` may be a newer version of those read like `kept`.
    fn fits(&self, kept: &Json, new: &Json) -> bool;
    /// The rules that such a reading suggests.
    fn rules(&self, reading: &Json) -> Result<Vec<Json>, ApiError>;
    /// Keeps who somebody is in a reading; returns it with what was said before.
    fn answer(&self, reading: &Json, of: &str, is: &WhoIs) -> Result<(Json, WhoIs), ApiError>;
    /// Writes rows with what is wrong with them, one file for each stream.
    fn problem_files(&self, rows: &[RowToFix]) -> Result<Vec<ProblemFile>, ApiError>;
    /// Lays files ready for the connection's next preview and import.
    fn ready(&self, connection_id: &str, file_ids: &[String], choices: &[FileChoice])
    -> Result<(), ApiError>;
}

/// The program a command runs in.
pub trait Host: Send + Sync {
    /// The open profile.
    fn profile(&self) -> &Profile;
    /// Language of sentences that are rendered here.
    fn locale(&self) -> Locale;
    /// The engine.
    fn engine(&self) -> &Engine;
    /// Sealed secrets.
    fn secrets(&self) -> Arc<dyn SecretStore>;
    /// Signing in.
    fn sign_in(&self) -> &dyn SignIn;
    /// Signing in to CRMs.
    fn crm_sign_in(&self) -> &dyn CrmSignIn;
    /// The way to WedSync.
    fn network(&self) -> &dyn Network;
    /// The CRMs.
    fn crms(&self) -> &dyn Crms;
    /// Places that are told of WedSync's changes.
    fn places(&self) -> &dyn Places;
    /// Files a person picked.
    fn files(&self) -> &dyn Files;
    /// Time.
    fn clock(&self) -> &dyn Clock;
    /// New ids.
    fn ids(&self) -> &dyn Ids;
    /// Costly commands of the last minute.
    fn costs(&self) -> &CostLog;
    /// The event stream.
    fn events(&self) -> &broadcast::Sender<HubEvent>;
    /// Runs a queued job in the background, to its end or wait.
    fn run_job(&self, job_id: String);
    /// Version of the program.
    fn version(&self) -> &str;
}
