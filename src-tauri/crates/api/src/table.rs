//! The command table and its one entrance.

use std::sync::Arc;

use hub_core::message::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::commands as bodies;
use crate::row::commands;
use crate::{ApiError, Code, Command, Cost, Door, Host, Offered, WireError, dto};

commands! {
    /// Profile, account, connections and open jobs at a glance.
    AppState = "app.state": dto::Nothing => dto::AppState, bodies::app::state,
        Nobody, Free, Everywhere, provides [App, Connections, Jobs], invalidates [];
    /// What the first screen says: figures, weddings coming up, the last restore point.
    HomeOverview = "home.overview": dto::Nothing => dto::HomeOverview, bodies::home::overview,
        Nobody, Free, Everywhere, provides [App, Review, Jobs, Clients], invalidates [];
    /// Whether WedSync can be reached from here, now.
    NetworkLook = "network.look": dto::Nothing => dto::NetworkState, bodies::app::network,
        Nobody, Free, Everywhere, provides [Network], invalidates [];
    /// Finds clients by name, e-mail or the day of the wedding.
    ClientsFind = "clients.find": dto::ClientsFind => dto::FoundClients, bodies::find::clients,
        Viewer, Free, Everywhere, provides [Review, Clients], invalidates [];
    /// Starts a sign-in attempt.
    SignInBegin = "sign_in.begin": dto::SignInBegin => dto::SignInBegun, bodies::sign_in::begin,
        Nobody, Cheap, Everywhere, provides [], invalidates [];
    /// Finishes an attempt with the code a person typed.
    SignInShortCode = "sign_in.short_code": dto::SignInShortCode => dto::Done, bodies::sign_in::short_code,
        Nobody, Cheap, Everywhere, provides [], invalidates [App, Connections];
    /// Finishes an attempt with the link the browser opened.
    SignInCallback = "sign_in.callback": dto::SignInCallback => dto::Done, bodies::sign_in::callback,
        Nobody, Cheap, Everywhere, provides [], invalidates [App, Connections];
    /// Where an attempt stands.
    SignInStatus = "sign_in.status": dto::SignInAttempt => dto::SignInState, bodies::sign_in::status,
        Nobody, Free, Everywhere, provides [], invalidates [];
    /// Gives an attempt up.
    SignInCancel = "sign_in.cancel": dto::SignInAttempt => dto::Done, bodies::sign_in::cancel,
        Nobody, Free, Everywhere, provides [], invalidates [];
    /// Ends the sign-in.
    SignOut = "sign_out": dto::Nothing => dto::Done, bodies::sign_in::sign_out,
        Nobody, Cheap, Everywhere, provides [], invalidates [App, Connections];

    /// The CRMs that can be connected.
    ProvidersList = "providers.list": dto::Nothing => dto::Providers, bodies::connections::providers,
        Nobody, Free, Everywhere, provides [App], invalidates [];
    /// Which account a key is for, without keeping it.
    ConnectionTest = "connection.test": dto::ConnectionTest => dto::AccountView, bodies::connections::test,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// Tests a key and keeps it as a new connection.
    ConnectionCreate = "connection.create": dto::ConnectionCreate => dto::ConnectionView, bodies::connections::create,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// Starts a sign-in at a CRM in the browser; a connection comes of it.
    CrmSignInBegin = "crm_sign_in.begin": dto::CrmSignInBegin => dto::SignInBegun, bodies::crm_sign_in::begin,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// Opens a window in which a person signs in to a site by themselves.
    CrmSignInWindow = "crm_sign_in.open_window": dto::CrmWindowOpen => dto::SignInAttempt, bodies::crm_sign_in::open_window,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// Switches on a way of a provider that allows nobody that way, after its note was read.
    CrmWayAllow = "crm_way.allow": dto::CrmWayAllow => dto::Done, bodies::crm_way::allow,
        Manager, Cheap, Everywhere, provides [], invalidates [App];
    /// Switches such a way off: what was signed in by it is signed out here.
    CrmWayEnd = "crm_way.end": dto::CrmWayEnd => dto::Done, bodies::crm_way::end,
        Manager, Cheap, Everywhere, provides [], invalidates [App, Connections];
    /// Brings the window of a sign-in to the front.
    CrmSignInShow = "crm_sign_in.show_window": dto::SignInAttempt => dto::Done, bodies::crm_sign_in::show_window,
        Manager, Free, NotServed, provides [], invalidates [];
    /// Finishes a sign-in at a CRM with the code a person typed.
    CrmSignInShortCode = "crm_sign_in.short_code": dto::SignInShortCode => dto::Done, bodies::crm_sign_in::short_code,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// Finishes a sign-in at a CRM with the link the browser opened.
    CrmSignInCallback = "crm_sign_in.callback": dto::SignInCallback => dto::Done, bodies::crm_sign_in::callback,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// Where a sign-in at a CRM stands.
    CrmSignInStatus = "crm_sign_in.status": dto::SignInAttempt => dto::CrmSignInState, bodies::crm_sign_in::status,
        Manager, Free, Everywhere, provides [], invalidates [];
    /// Gives a sign-in at a CRM up.
    CrmSignInCancel = "crm_sign_in.cancel": dto::SignInAttempt => dto::Done, bodies::crm_sign_in::cancel,
        Manager, Free, Everywhere, provides [], invalidates [];
    /// All connections.
    ConnectionList = "connection.list": dto::Nothing => dto::Connections, bodies::connections::list,
        Viewer, Free, Everywhere, provides [Connections], invalidates [];
    /// One connection, with what is left of its request budget.
    ConnectionGet = "connection.get": dto::ConnectionId => dto::ConnectionDetails, bodies::connections::get,
        Viewer, Free, Everywhere, provides [Connections], invalidates [];
    /// Tests a stored connection again.
    ConnectionCheck = "connection.check": dto::ConnectionId => dto::AccountView, bodies::connections::check,
        Member, Costly, Everywhere, provides [], invalidates [Connections];
    /// Gives a connection another key of the same account.
    ConnectionSetKey = "connection.set_key": dto::ConnectionSetKey => dto::ConnectionView, bodies::connections::set_key,
        Manager, Costly, NotServed, provides [], invalidates [Connections];
    /// Says what to bring, and that it may be kept (R224).
    ConnectionSetScope = "connection.set_scope": dto::ConnectionSetScope => dto::ConnectionView, bodies::connections::set_scope,
        Manager, Cheap, Everywhere, provides [], invalidates [Connections];
    /// How many records there are to bring.
    ConnectionScopeCounts = "connection.scope_counts": dto::ConnectionId => dto::ScopeCounts, bodies::connections::scope_counts,
        Member, Costly, Everywhere, provides [], invalidates [];
    /// Answers what the data cannot tell: money unit, date orders, country.
    ConnectionAnswer = "connection.answer": dto::ConnectionAnswer => dto::ConnectionView, bodies::connections::answer,
        Manager, Cheap, Everywhere, provides [], invalidates [Connections, Mapping];
    /// Everything about one connection: ways, account, permissions, agreements, budget, age of its key.
    ConnectionPageGet = "connection.page": dto::ConnectionId => dto::ConnectionPage, bodies::connection_page::page,
        Viewer, Free, Everywhere, provides [Connections, Jobs], invalidates [];
    /// Pauses a connection: nothing is read for it and nothing of it is uploaded until a person goes on.
    ConnectionPause = "connection.pause": dto::ConnectionId => dto::ConnectionView, bodies::connection_page::pause,
        Member, Cheap, Everywhere, provides [], invalidates [App, Connections, Jobs];
    /// Ends the pause of a connection; what it stopped goes on.
    ConnectionGoOn = "connection.go_on": dto::ConnectionId => dto::ConnectionView, bodies::connection_page::go_on,
        Member, Cheap, Everywhere, provides [], invalidates [App, Connections, Jobs];
    /// Forgets a connection and its key; clients stay.
    ConnectionDelete = "connection.delete": dto::ConnectionId => dto::Disconnected, bodies::connections::delete,
        Manager, Cheap, Everywhere, provides [], invalidates [App, Connections, Jobs, Review];

    /// How CRMs are read at present: by what came with the app or an update, what is switched off, which changes wait.
    DefinitionsState = "definitions.state": dto::Nothing => dto::DefinitionsState, bodies::definitions::state,
        Nobody, Free, Everywhere, provides [App, Connections], invalidates [];
    /// Asks WedSync whether there is an update of how CRMs are read.
    DefinitionsRefresh = "definitions.refresh": dto::Nothing => dto::DefinitionsState, bodies::definitions::refresh,
        Member, Costly, Everywhere, provides [], invalidates [App, Connections, Jobs];
    /// Agrees to a change of how a connection is read: its hosts, its signing, what it writes.
    DefinitionsAgree = "definitions.agree": dto::DefinitionAgree => dto::DefinitionsState, bodies::definitions::agree,
        Manager, Cheap, Everywhere, provides [], invalidates [Connections];

    /// Starts a sign-in at a source of one's own in the browser; a look comes of it.
    ConnectorSignIn = "connector.sign_in": dto::ConnectorSignIn => dto::SignInBegun, bodies::connectors::sign_in,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// Looks at a source of one's own by a capped test read, without keeping anything.
    ConnectorRecognise = "connector.recognise": dto::ConnectorLook => dto::ConnectorFound, bodies::connectors::recognise,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// Finds lists in what a person has at hand: an address, a curl command, a recording, an OpenAPI document, an answer.
    ConnectorPaste = "connector.paste": dto::ConnectorPaste => dto::PasteRead, bodies::connectors::paste,
        Manager, Cheap, NotServed, provides [], invalidates [];
    /// Everything that is wrong with a definition.
    ConnectorCheck = "connector.check": dto::DefinitionText => dto::DefinitionChecked, bodies::connectors::check,
        Nobody, Free, Everywhere, provides [], invalidates [];
    /// What a definition in a picked file says: its faults, or where it goes and what it reads.
    ConnectorOpenFile = "connector.open_file": dto::DefinitionFile => dto::DefinitionOpened, bodies::connectors::open_file,
        Manager, Cheap, Everywhere, provides [], invalidates [];
    /// Reads the first clients by a definition, without keeping anything.
    ConnectorTry = "connector.try": dto::ConnectorWithKey => dto::ConnectorTried, bodies::connectors::try_out,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// Makes a connection by a definition of one's own.
    ConnectorCreate = "connector.create": dto::ConnectorWithKey => dto::ConnectionView, bodies::connectors::create,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// Changes how a source of one's own is read.
    ConnectorReplace = "connector.replace": dto::ConnectorReplace => dto::ConnectionView, bodies::connectors::replace,
        Manager, Cheap, NotServed, provides [], invalidates [Connections, Mapping];
    /// Reads a pasted command as a rule for writing in the definition of a connection of one's own. Nothing is sent or kept.
    ConnectorReadWrite = "connector.read_write": dto::ConnectorWriteLook => dto::ConnectorWriteFound, bodies::connectors::read_write,
        Manager, Cheap, NotServed, provides [], invalidates [];
    /// Takes a rule for writing out of the definition of a connection of one's own.
    ConnectorRemoveWrite = "connector.remove_write": dto::ConnectorWriteRemove => dto::ConnectorWriteRemoved, bodies::connectors::remove_write,
        Manager, Cheap, NotServed, provides [], invalidates [Connections];
    /// The definition of a connection of one's own, as a file; it holds no key.
    ConnectorExport = "connector.export": dto::ConnectionId => dto::ConnectorFile, bodies::connectors::export,
        Viewer, Free, Everywhere, provides [Connections], invalidates [];

    /// Makes an address that an automation can send events to.
    BridgeBegin = "bridge.begin": dto::BridgeBegin => dto::BridgeAddress, bodies::bridges::begin,
        Manager, Costly, NotServed, provides [], invalidates [];
    /// What was sent to an address so far, and what would be made of it.
    BridgeLook = "bridge.look": dto::BridgeLookAt => dto::BridgeLook, bodies::bridges::look,
        Manager, Cheap, NotServed, provides [], invalidates [];
    /// Makes a connection of an address that a test event has reached.
    BridgeCreate = "bridge.create": dto::BridgeCreate => dto::ConnectionView, bodies::bridges::create,
        Manager, Costly, NotServed, provides [], invalidates [App, Connections];
    /// The address of a connection by events, to be copied again.
    BridgeAddress = "bridge.address": dto::ConnectionId => dto::BridgeAddress, bodies::bridges::address,
        Manager, Cheap, NotServed, provides [Connections], invalidates [];

    /// Places that are told of WedSync's changes.
    HooksList = "hooks.list": dto::Nothing => dto::Hooks, bodies::hooks::list,
        Viewer, Free, Everywhere, provides [Connections], invalidates [];
    /// Tells a place from now on; what its events are signed with is shown this once.
    HooksCreate = "hooks.create": dto::HookCreate => dto::HookMade, bodies::hooks::create,
        Manager, Costly, NotServed, provides [], invalidates [Connections];
    /// Switches a place on or off.
    HooksSwitch = "hooks.switch": dto::HookSwitch => dto::HookView, bodies::hooks::switch,
        Manager, Cheap, Everywhere, provides [], invalidates [Connections];
    /// Tells a place nothing more, and forgets its address.
    HooksRemove = "hooks.remove": dto::HookId => dto::Done, bodies::hooks::remove,
        Manager, Cheap, Everywhere, provides [], invalidates [Connections];
    /// What a place was told, newest first.
    HooksEvents = "hooks.events": dto::HookId => dto::HookEvents, bodies::hooks::events,
        Viewer, Free, Everywhere, provides [Connections], invalidates [];
    /// Sends what was given up once more.
    HooksRetry = "hooks.retry": dto::HookId => dto::HookQueued, bodies::hooks::retry,
        Member, Cheap, Everywhere, provides [], invalidates [Connections];
    /// Sends some clients, or what waits, now: also on a wedding day, but for the couple that marries.
    HooksSend = "hooks.send": dto::HookSend => dto::HookQueued, bodies::hooks::send,
        Member, Costly, Everywhere, provides [], invalidates [Connections];

    /// Holds a file of this computer and gives an id for it; the window and `hub serve` have ways of their own.
    FileHand = "file.hand": dto::FileHand => dto::FileHanded, bodies::files::hand,
        Member, Cheap, LineOnly, provides [], invalidates [];
    /// Which of some files describe a source of one's own rather than hold clients, by what is in them.
    FileSourcesAmong = "file.sources": dto::FileIds => dto::FileSources, bodies::files::sources,
        Member, Cheap, Everywhere, provides [], invalidates [];
    /// What some files are, how sure that is, what is missing from their set and what a person has to decide.
    FileLook = "file.look": dto::FileLookAt => dto::FileLook, bodies::files::look,
        Member, Cheap, Everywhere, provides [Connections], invalidates [];
    /// Makes a connection that reads files, and holds these ready for its preview and first import.
    ConnectionCreateFromFile = "connection.create_from_file": dto::ConnectionFromFile => dto::ConnectionView, bodies::files::create,
        Manager, Cheap, Everywhere, provides [], invalidates [App, Connections];

    /// Brings in the sample that the program carries; only a sample profile takes it.
    SampleStart = "sample.start": dto::Nothing => dto::JobView, bodies::sample::start,
        Member, Costly, Everywhere, provides [], invalidates [App, Connections, Jobs, Review];

    /// Reads the newest clients and shows them as they would come in.
    PreviewRun = "preview.run": dto::PreviewRun => dto::Preview, bodies::mapping::preview_run,
        Member, Costly, Everywhere, provides [], invalidates [Mapping];
    /// The matching in use.
    MappingGet = "mapping.get": dto::ConnectionId => dto::MappingView, bodies::mapping::get,
        Viewer, Free, Everywhere, provides [Mapping], invalidates [];
    /// Replaces the matching, or lists everything that is wrong with it.
    MappingSet = "mapping.set": dto::MappingSet => dto::MappingView, bodies::mapping::set,
        Manager, Cheap, Everywhere, provides [], invalidates [Mapping];
    /// Suggests a matching from the last preview.
    MappingSuggest = "mapping.suggest": dto::ConnectionId => dto::MappingSuggestions, bodies::mapping::suggest,
        Viewer, Cheap, Everywhere, provides [Mapping], invalidates [];
    /// WedSync's fields, as it last said them.
    SchemaGet = "schema.get": dto::Nothing => dto::SchemaView, bodies::fields::schema,
        Viewer, Free, Everywhere, provides [Mapping], invalidates [];
    /// The supplier's own fields in the CRM, what was chosen for each and what we suggest.
    FieldsList = "fields.list": dto::ConnectionId => dto::CustomFields, bodies::fields::list,
        Viewer, Cheap, Everywhere, provides [Mapping], invalidates [];
    /// Says where the values of some of the supplier's own fields go.
    FieldsChoose = "fields.choose": dto::FieldsChoose => dto::CustomFields, bodies::fields::choose,
        Manager, Cheap, Everywhere, provides [], invalidates [Mapping];
    /// What rules make of the last preview, before and after.
    MappingPreview = "mapping.preview": dto::MappingPreview => dto::Preview, bodies::mapping::preview,
        Viewer, Cheap, Everywhere, provides [Mapping], invalidates [];

    /// What an import would take: requests, their part of the budget, time.
    ImportForecast = "import.forecast": dto::ForecastAsk => dto::ImportForecast, bodies::forecast::import,
        Viewer, Free, Everywhere, provides [Connections, Jobs], invalidates [];
    /// Starts an import, or goes on with one that was interrupted.
    ImportStart = "import.start": dto::ImportStart => dto::JobView, bodies::jobs::import_start,
        Member, Costly, Everywhere, provides [], invalidates [Jobs, Review];
    /// The newest jobs.
    JobList = "job.list": dto::JobList => dto::Jobs, bodies::jobs::list,
        Viewer, Free, Everywhere, provides [Jobs], invalidates [];
    /// One job.
    JobGet = "job.get": dto::JobId => dto::JobView, bodies::jobs::get,
        Viewer, Free, Everywhere, provides [Jobs], invalidates [];
    /// Pauses a job.
    JobPause = "job.pause": dto::JobId => dto::JobView, bodies::jobs::pause,
        Member, Cheap, Everywhere, provides [], invalidates [Jobs];
    /// Goes on with a job that waits, was paused or was interrupted.
    JobResume = "job.resume": dto::JobId => dto::JobView, bodies::jobs::resume,
        Member, Cheap, Everywhere, provides [], invalidates [Jobs];
    /// Stops a job.
    JobCancel = "job.cancel": dto::JobId => dto::JobView, bodies::jobs::cancel,
        Member, Cheap, Everywhere, provides [], invalidates [Jobs];
    /// The progress of a job from a position on.
    JobEvents = "job.events": dto::JobEvents => dto::JobEventList, bodies::jobs::events,
        Viewer, Free, Everywhere, provides [Jobs], invalidates [];

    /// How many clients are new, changed, duplicate or a problem.
    ReviewSummary = "review.summary": dto::ConnectionId => dto::ReviewSummary, bodies::review::summary,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// A page of clients under review.
    ReviewList = "review.list": dto::ReviewList => dto::ReviewRows, bodies::review::list,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// One client under review.
    ReviewUnit = "review.unit": dto::ReviewUnit => dto::UnitView, bodies::review::unit,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// Decides about one client.
    ReviewDecide = "review.decide": dto::ReviewDecide => dto::UnitView, bodies::review::decide,
        Member, Cheap, Everywhere, provides [], invalidates [Review];
    /// Decides about several clients in the same way.
    ReviewDecideMany = "review.decide_many": dto::ReviewDecideMany => dto::Decided, bodies::review::decide_many,
        Member, Cheap, Everywhere, provides [], invalidates [Review];
    /// As `review.summary`, without outcomes: quick at any size, for lists that are read again after every decision.
    ReviewCounts = "review.counts": dto::ConnectionId => dto::ReviewSummary, bodies::review::counts,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// What is wrong with the clients that wait, by sort.
    ReviewAlike = "review.alike": dto::ConnectionId => dto::AlikeGroups, bodies::review::alike,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// A client under review beside one that WedSync holds.
    ReviewCompare = "review.compare": dto::ReviewCompare => dto::Comparison, bodies::review::compare,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// Puts back what was decided before: undo and redo.
    ReviewRestore = "review.restore": dto::ReviewRestore => dto::Decided, bodies::review::restore,
        Member, Cheap, Everywhere, provides [], invalidates [Review];
    /// Says who somebody is whom a list of clients has more than once, and plans anew.
    ReviewWho = "review.who": dto::ReviewWho => dto::WhoSettled, bodies::settle::who,
        Member, Cheap, Everywhere, provides [], invalidates [Jobs, Review];
    /// Where else the value stands that a fix is about.
    ReviewSameValue = "review.same_value": dto::ReviewCell => dto::SameValue, bodies::settle::same_value,
        Viewer, Free, Everywhere, provides [Review], invalidates [];
    /// Makes a rule of a fix, for the other cells with that value and for the next file, and plans anew.
    ReviewFixRule = "review.fix_rule": dto::ReviewFixRule => dto::FixRuleKept, bodies::settle::fix_rule,
        Manager, Cheap, Everywhere, provides [], invalidates [Mapping, Jobs, Review];
    /// Plans once more what was read before: after the matching was changed or changed back.
    ReviewAgain = "review.again": dto::ConnectionId => dto::JobView, bodies::settle::again,
        Member, Cheap, Everywhere, provides [], invalidates [Jobs, Review];
    /// The rows of files that need a person, to be fixed in a spreadsheet and dropped back.
    ReviewProblemFiles = "review.problem_files": dto::ConnectionId => dto::ProblemFiles, bodies::files::problems,
        Member, Cheap, NotServed, provides [], invalidates [];
    /// Approves what is ready.
    ReviewApprove = "review.approve": dto::ReviewApprove => dto::Decided, bodies::review::approve,
        Member, Cheap, Everywhere, provides [], invalidates [Review];
    /// Confirms a plan that changes more than usual.
    ReviewLiftGuard = "review.lift_guard": dto::ConnectionId => dto::ReviewSummary, bodies::review::lift_guard,
        Manager, Cheap, Everywhere, provides [], invalidates [Review];
    /// The form templates that an upload may make drafts of.
    FormTemplates = "forms.templates": dto::Nothing => dto::FormTemplates, bodies::jobs::form_templates,
        Viewer, Costly, Everywhere, provides [], invalidates [];
    /// Uploads what was approved, with draft forms if a template is named.
    PushStart = "push.start": dto::PushStart => dto::JobView, bodies::jobs::push_start,
        Member, Costly, Everywhere, provides [], invalidates [Jobs, Review, Clients];
    /// Takes an upload back.
    UndoStart = "undo.start": dto::JobId => dto::JobView, bodies::jobs::undo_start,
        Member, Costly, Everywhere, provides [], invalidates [Jobs, Review, Clients];

    /// A page of the history.
    LogsList = "logs.list": dto::LogsList => dto::Logs, bodies::records::logs,
        Viewer, Free, Everywhere, provides [Logs], invalidates [];
    /// All clients as WedSync holds them.
    ExportClients = "export.clients": dto::Nothing => dto::Export, bodies::records::export,
        Owner, Cheap, NotServed, provides [], invalidates [];
    /// The copies of the book that can be gone back to.
    RestoreList = "restore.list": dto::Nothing => dto::RestorePoints, bodies::keeping::restore_points,
        Owner, Free, NotServed, provides [App], invalidates [];
    /// Takes a copy of the book now.
    RestoreTake = "restore.take": dto::Nothing => dto::RestorePoints, bodies::keeping::take_restore_point,
        Owner, Cheap, NotServed, provides [], invalidates [App];
    /// Goes back to a copy; everything is read anew and looked through before anything is uploaded.
    RestoreStart = "restore.start": dto::RestoreStart => dto::BookRestored, bodies::keeping::restore,
        Owner, Cheap, NotServed, provides [], invalidates [App, Connections, Mapping, Jobs, Review, Logs, Clients];
    /// How long what is kept.
    RetentionGet = "retention.get": dto::Nothing => dto::RetentionView, bodies::keeping::retention,
        Viewer, Free, Everywhere, provides [App], invalidates [];
    /// Says how long what is kept.
    RetentionSet = "retention.set": dto::RetentionView => dto::RetentionView, bodies::keeping::set_retention,
        Owner, Cheap, Everywhere, provides [], invalidates [App];
    /// Erases a person, or everything, at WedSync and in every copy on this computer.
    PrivacyErase = "privacy.erase": dto::PrivacyErase => dto::Erased, bodies::keeping::erase,
        Owner, Costly, NotServed, provides [], invalidates [App, Connections, Mapping, Jobs, Review, Logs, Clients];
    /// Looks whether everything is in order.
    DoctorRun = "doctor.run": dto::Nothing => dto::Diagnosis, bodies::app::doctor,
        Nobody, Cheap, Everywhere, provides [], invalidates [];
}

/// Runs a command: finds its row, checks door, role and cost, reads the request strictly, and contains a panic.
///
/// The body runs as a task of its own, so that a caller that goes away does not cut a durable step in half.
///
/// # Errors
/// The wire error; faults of ours carry a reference that the log repeats.
pub async fn dispatch(host: Arc<dyn Host>, door: Door, name: &str, payload: Json) -> Result<Json, WireError> {
    let locale = host.locale();
    let result = match admit(host.as_ref(), door, name) {
        Ok(()) => run(host.clone(), name.to_owned(), payload).await,
        Err(error) => Err(error),
    };
    result.map_err(|error| {
        let wire = error.to_wire(locale);
        if error.is_internal() {
            let id = host.ids().new_id();
            let reference = id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_owned();
            tracing::error!(
                command = name,
                reference,
                error = &error as &dyn std::error::Error,
                "command failed"
            );
            wire.with_reference(reference)
        } else {
            tracing::info!(command = name, code = ?wire.code, message = wire.message.id, "command refused");
            wire
        }
    })
}

async fn run(host: Arc<dyn Host>, name: String, payload: Json) -> Result<Json, ApiError> {
    let body = tokio::spawn(async move { handle(host.as_ref(), &name, payload).await });
    body.await.map_err(ApiError::Panicked)?
}

/// As [`dispatch`], with the types of the command.
///
/// # Errors
/// As for [`dispatch`].
pub async fn call<C: Command>(
    host: Arc<dyn Host>,
    door: Door,
    request: &C::Request,
) -> Result<C::Response, WireError>
where
    C::Request: Serialize,
{
    let locale = host.locale();
    let encoded = serde_json::to_value(request).map_err(|error| ApiError::Encode(error).to_wire(locale))?;
    let answer = dispatch(host, door, C::NAME, encoded).await?;
    serde_json::from_value(answer).map_err(|error| ApiError::Encode(error).to_wire(locale))
}

fn admit(host: &dyn Host, door: Door, name: &str) -> Result<(), ApiError> {
    let row = TABLE.iter().find(|row| row.name == name).ok_or(ApiError::UnknownCommand)?;
    let refused = match row.offered {
        Offered::Everywhere => false,
        Offered::NotServed => door == Door::Serve && !host.profile().kind.is_invented(),
        Offered::LineOnly => door != Door::Cli,
    };
    if refused {
        return Err(ApiError::refused(Code::HostRefused, "error.not_served"));
    }
    let account = host.engine().known_account();
    if !row.least.allows(account.as_ref().map(|account| account.role.as_str())) {
        return Err(match account {
            None => ApiError::refused(Code::NotSignedIn, "error.not_signed_in"),
            Some(_) => ApiError::refused(Code::NotAllowed, "error.not_allowed"),
        });
    }
    let user = account.map(|account| account.user_id).unwrap_or_default();
    if row.cost == Cost::Costly && !host.costs().admit(&user, host.clock().monotonic_ms()) {
        let message = Message::new("error.too_many_commands");
        return Err(ApiError::Refused { code: Code::TooMany, message });
    }
    Ok(())
}

/// Reads a request strictly; no payload is an empty one.
fn read<T: DeserializeOwned>(payload: Json) -> Result<T, ApiError> {
    let payload = if payload.is_null() { Json::Object(serde_json::Map::new()) } else { payload };
    serde_json::from_value(payload).map_err(ApiError::BadRequest)
}
