// Made from the command table by `cargo test -p hub-api`; change it there.

export type AccountView = { 
/**
 * The CRM's id of the account.
 */
account_id: string, 
/**
 * Name.
 */
name: string, 
/**
 * IANA zone.
 */
time_zone: string | null, 
/**
 * ISO 4217.
 */
currency: string | null, 
/**
 * ISO 3166.
 */
country: string | null, 
/**
 * Streams that can be read.
 */
readable: Array<string>, 
/**
 * Writing.
 */
write_permission: WritePermission, 
/**
 * What is left of the request budget, where it is known.
 */
budget: Array<BudgetWindow>, };

export type Advice = "link" | "ask";

export type AgreedTo = "what_to_bring" | "way";

export type Agreement = { 
/**
 * What.
 */
to: AgreedTo, 
/**
 * Version of the text that was shown.
 */
text_version: string, 
/**
 * When.
 */
at: string, };

export type AlikeGroup = { 
/**
 * Names it in `review.list`.
 */
alike: string, 
/**
 * The reason, without parameters: `problem.phone_too_short`.
 */
problem: string, 
/**
 * Type of the records.
 */
record_type: string, 
/**
 * Their field.
 */
field: string, 
/**
 * How many wait.
 */
count: number, };

export type AlikeGroups = { 
/**
 * Largest first.
 */
groups: Array<AlikeGroup>, };

export type AppState = { 
/**
 * Version of the program.
 */
version: string, 
/**
 * The open profile.
 */
profile: Profile, 
/**
 * Who is signed in.
 */
signed_in: SignedIn | null, 
/**
 * Connections.
 */
connections: Array<ConnectionView>, 
/**
 * Jobs that have not ended.
 */
open_jobs: Array<JobView>, };

export type AppointmentTime = { 
/**
 * Its first day, YYYY-MM-DD.
 */
day: string | null, 
/**
 * When it begins, HH:MM on the clocks of its place; absent for whole days.
 */
time: string | null, };

export type AtCrm = "revoked" | "not_told" | "stays_good" | "nothing";

export type AuthKind = "header" | "bearer" | "basic" | "query" | "field" | "ask" | "oauth2" | "session" | "address";

export type AuthType = "oauth2" | "api_key" | "basic_auth" | "custom";

export type BookRestored = { 
/**
 * Names of the connections that have to be imported anew before anything of them is uploaded.
 */
to_import: Array<string>, };

export type BridgeAddress = { 
/**
 * Stands for it.
 */
inbox_id: string, 
/**
 * To be copied into the automation.
 */
address: string, };

export type BridgeApart = { "by": "suggested", } | { "by": "field", 
/**
 * Its path.
 */
path: string, } | { "by": "address_and_name", };

export type BridgeBegin = { 
/**
 * Provider key: an automation, or a CRM whose triggers one hands on.
 */
provider: string, 
/**
 * What it is called; the provider's name when absent.
 */
name?: string, };

export type BridgeCreate = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * The address.
 */
inbox_id: string, 
/**
 * What tells one client from another.
 */
apart: BridgeApart, 
/**
 * What becomes of what came so far.
 */
tests: BridgeTests, 
/**
 * Name of the connection; the provider's when absent.
 */
name?: string, };

export type BridgeLook = { 
/**
 * Events so far; none yet is no fault.
 */
events: number, 
/**
 * Field that tells one client from another; nothing where address and name do.
 */
id: string | null, 
/**
 * Fields that may.
 */
ids: Array<string>, 
/**
 * The fields of the events.
 */
fields: Array<ConnectorField>, 
/**
 * The first clients.
 */
clients: Array<ConnectorClient>, };

export type BridgeLookAt = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * The address.
 */
inbox_id: string, 
/**
 * What tells one client from another.
 */
apart: BridgeApart, };

export type BridgeTests = "leave_out" | "bring_in";

export type BudgetShare = { 
/**
 * Requests that the limit allows.
 */
requests: number, 
/**
 * In so many seconds.
 */
per_seconds: number, 
/**
 * What the import takes of it, in per cent; above 100 where it needs more than one window.
 */
percent: number, 
/**
 * What is used already, in per cent.
 */
used_percent: number, };

export type BudgetWindow = { 
/**
 * Requests at most.
 */
requests: number, 
/**
 * In so many seconds.
 */
per_seconds: number, 
/**
 * Requests left.
 */
left: number, 
/**
 * When the oldest one that was sent leaves the window, and another is free again.
 */
oldest_leaves_at: string | null, };

export type BulkDecision = "reject" | "reopen" | "without_missing";

export type CalendarLeft = { 
/**
 * Appointments of more than a year ago.
 */
before: number, 
/**
 * Appointments in more than three years; a series that goes on counts once.
 */
after: number, 
/**
 * Series with more appointments than anybody has, of which the first ones are brought.
 */
too_long: number, 
/**
 * Entries, or rules by which they repeat, that cannot be read.
 */
unread: number, };

export type CandidateView = { 
/**
 * The client in WedSync.
 */
client_id: string, 
/**
 * Points.
 */
score: number, 
/**
 * Advice.
 */
advice: Advice, 
/**
 * What the points are made of.
 */
evidence: Array<EvidenceView>, };

export type CellMark = { 
/**
 * Type of the record.
 */
record_type: RecordType, 
/**
 * Its field.
 */
field: string, 
/**
 * Why.
 */
mark: MarkKind, 
/**
 * For problems: what stands there.
 */
found: string | null, 
/**
 * For problems: the reason.
 */
message: WireMessage | null, };

export type Check = { 
/**
 * What was looked at.
 */
id: string, 
/**
 * Whether it is in order.
 */
ok: boolean, 
/**
 * What was found.
 */
message: WireMessage, };

export type ChosenField = { 
/**
 * Type of the records that carry it.
 */
record_type: RecordType, 
/**
 * The CRM's id.
 */
external_id: string, } & ({ "choice": "existing", 
/**
 * Its name.
 */
field: string, } | { "choice": "new" } | { "choice": "keep" });

export type ClientsFind = { 
/**
 * Parts of names or of an e-mail, in any order; or the day of the wedding as a person writes it.
 */
query: string, 
/**
 * Clients at most; 8 when absent, never more than 50.
 */
limit?: number, };

export type Code = "bad_request" | "unknown_command" | "not_signed_in" | "not_allowed" | "host_refused" | "too_many" | "not_found" | "busy" | "refused" | "crm_key" | "crm" | "wedsync" | "offline" | "disk_full" | "newer_version" | "cancelled" | "internal";

export type ComingUp = { 
/**
 * The connection it came by.
 */
connection_id: string, 
/**
 * Its row in the review.
 */
seq: number, 
/**
 * Booking persons, primary first.
 */
names: Array<string>, 
/**
 * YYYY-MM-DD.
 */
wedding_date: string, 
/**
 * Venue.
 */
venue: string | null, };

export type ComparedField = { 
/**
 * Its name.
 */
field: string, 
/**
 * The CRM's value.
 */
crm: unknown, 
/**
 * WedSync's value.
 */
wedsync: unknown, 
/**
 * Whether both say the same.
 */
same: boolean, };

export type ComparedRecord = { 
/**
 * `person` or `project`.
 */
record_type: RecordType, 
/**
 * Whether the CRM has it.
 */
in_crm: boolean, 
/**
 * Whether WedSync has it.
 */
in_wedsync: boolean, 
/**
 * Fields that at least one side has.
 */
fields: Array<ComparedField>, };

export type Comparison = { 
/**
 * Persons first.
 */
records: Array<ComparedRecord>, };

export type ConflictView = { 
/**
 * Record.
 */
record_id: string, 
/**
 * Its type.
 */
record_type: RecordType, 
/**
 * Field.
 */
field: string, 
/**
 * The CRM's value.
 */
crm: unknown, 
/**
 * WedSync's value.
 */
wedsync: unknown, 
/**
 * What both held before.
 */
base: unknown, };

export type ConnectionAnswer = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Answers by name: `money_unit`, `date_orders`, `decimal_marks`, `country`, `currency`, `zone`.
 */
decisions: Record<string, unknown>, };

export type ConnectionCreate = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * Name for it; the account's own name when absent.
 */
name?: string, 
/**
 * Address in place of the CRM's own.
 */
base_url?: string, 
/**
 * The API key; for a calendar by its address, the address, which opens it like a key.
 */
key: SecretText, 
/**
 * The way that it opens, where that is not the CRM's API: `feed`.
 */
route?: RouteKind, };

export type ConnectionDefinition = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Why WedSync has switched it off, if it has.
 */
off: WireMessage | null, 
/**
 * The change that waits, if one does; until then it is read as before.
 */
change: DefinitionChange | null, };

export type ConnectionDetails = { 
/**
 * The connection.
 */
connection: ConnectionView, 
/**
 * What is left of its budget.
 */
budget: Array<BudgetWindow>, 
/**
 * Not before this time, because the CRM asked to wait.
 */
blocked_until: string | null, 
/**
 * When "what to bring" was agreed to.
 */
consented_at: string | null, };

export type ConnectionFromFile = { 
/**
 * The files.
 */
file_ids: Array<string>, 
/**
 * What was chosen for their tables.
 */
choices?: Array<FileChoice>, 
/**
 * Name for it; that of the provider or the file when absent.
 */
name?: string, 
/**
 * Answers by name, as `connection.answer` takes them.
 */
decisions?: Record<string, unknown>, };

export type ConnectionId = { 
/**
 * The id.
 */
connection_id: string, };

export type ConnectionPage = { 
/**
 * The connection.
 */
connection: ConnectionView, 
/**
 * What the CRM is called; nothing for a list that is no CRM's.
 */
provider_name: string | null, 
/**
 * The CRM's own id of the account; nothing where the CRM does not name one.
 */
account_id: string | null, 
/**
 * ISO 3166 country of the account.
 */
country: string | null, 
/**
 * The way it reads.
 */
way: RouteKind, 
/**
 * All ways that there are for this CRM, that one too where a definition says something of it.
 */
ways: Array<ProviderRoute>, 
/**
 * What can be done there, by each way.
 */
features: Array<ProviderFeature>, 
/**
 * The rules for writing that a definition of its own keeps; nothing where it is read by none.
 */
writes: Array<WriteRule> | null, 
/**
 * What the CRM said it grants, of a sign-in in the browser; nothing where it is not asked.
 */
granted: Array<string> | null, 
/**
 * What opens the account.
 */
opening: Opening, 
/**
 * Requests that this program sent and may send.
 */
budget: Array<BudgetWindow>, 
/**
 * Not before this time, because the CRM asked to wait.
 */
blocked_until: string | null, 
/**
 * What was agreed to, the newest first.
 */
agreements: Array<Agreement>, 
/**
 * The newest reading that ended or waits for its review.
 */
last_read: JobView | null, 
/**
 * What of a calendar was left out when it was last read; nothing where nothing was, and for whatever is no calendar.
 */
calendar_left: CalendarLeft | null, 
/**
 * Since when.
 */
connected_at: string, };

export type ConnectionSetKey = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The new key, of the same account.
 */
key: SecretText, };

export type ConnectionSetScope = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * What to bring.
 */
scope: Scope, 
/**
 * Version of the text that was agreed to.
 */
consent_text_version: string, };

export type ConnectionStatus = "connected" | "disconnected" | "error" | "pending_auth" | "sync_in_progress";

export type ConnectionTest = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * Address in place of the CRM's own.
 */
base_url?: string, 
/**
 * The API key.
 */
key: SecretText, };

export type ConnectionView = { 
/**
 * Id.
 */
id: string, 
/**
 * Provider key.
 */
provider: string, 
/**
 * How it reads.
 */
route: Route, 
/**
 * Name.
 */
name: string, 
/**
 * State.
 */
status: ConnectionStatus, 
/**
 * Account behind it.
 */
account_name: string, 
/**
 * IANA zone of the account.
 */
time_zone: string | null, 
/**
 * ISO 4217 currency of the account.
 */
currency: string | null, 
/**
 * Address in place of the CRM's own.
 */
base_url: string | null, 
/**
 * Last four characters of the key.
 */
key_hint: string, 
/**
 * What to bring.
 */
scope: Scope, 
/**
 * Answers given.
 */
decisions: unknown, 
/**
 * Last finished sync.
 */
last_sync_at: string | null, 
/**
 * Its result.
 */
last_sync_status: string | null, 
/**
 * What went wrong last: a message id with parameters.
 */
error: unknown, 
/**
 * Since when a person has paused it.
 */
paused_since: string | null, };

export type Connections = { 
/**
 * By name.
 */
connections: Array<ConnectionView>, };

export type ConnectorClient = { 
/**
 * Names of the couple.
 */
names: Array<string>, 
/**
 * E-mail address.
 */
email: string | null, 
/**
 * Phone.
 */
phone: string | null, 
/**
 * Day of the wedding, as it stands there.
 */
wedding_date: string | null, 
/**
 * Venue.
 */
venue: string | null, };

export type ConnectorField = { 
/**
 * Path in a record.
 */
path: string, 
/**
 * First values.
 */
samples: Array<string>, 
/**
 * What it is taken for: `primary.email`; nothing for an own field.
 */
uses: Array<string>, };

export type ConnectorFile = { 
/**
 * Name for it.
 */
file_name: string, 
/**
 * The file.
 */
definition: string, };

export type ConnectorFound = { 
/**
 * Stands for the key that was given, for a quarter of an hour: no page has to hold it.
 */
look_id: string, 
/**
 * The definition, as a file.
 */
definition: string, 
/**
 * Path of the list; empty where the reply itself is the list.
 */
list: string, 
/**
 * Path of the id.
 */
id: string, 
/**
 * Path of what tells changes.
 */
changed: string | null, 
/**
 * Whether it can be read by what changed, newest first; else it is read whole each time.
 */
newest_first: boolean, 
/**
 * How many records there are, where it says so.
 */
count: number | null, 
/**
 * How it goes on.
 */
paging: ListPaging, 
/**
 * What proves its end.
 */
proof: EndProof, 
/**
 * Its fields.
 */
fields: Array<ConnectorField>, 
/**
 * What else it could be read by.
 */
choices: ListChoices, 
/**
 * What was asked for.
 */
requests: Array<ConnectorRequest>, 
/**
 * The first clients.
 */
clients: Array<ConnectorClient>, 
/**
 * How it differs from an answer that was pasted; nothing where none was.
 */
compared: PasteCompared | null, };

export type ConnectorLook = { 
/**
 * Provider key: `custom`, or a CRM whose address is asked from the person.
 */
provider: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Address of the list.
 */
address: string, 
/**
 * How the key is sent.
 */
sign: SignBy, 
/**
 * The key, unless it was in what was pasted.
 */
key?: SecretText, 
/**
 * The sign-in, in place of a key.
 */
look_id?: string, 
/**
 * The list of what was pasted that this is.
 */
paste?: PasteChoice, 
/**
 * What the person chose where the look would choose by itself.
 */
chosen?: ListChosen, };

export type ConnectorPaste = { 
/**
 * What was pasted; it may hold a key.
 */
text?: PastedText, 
/**
 * A file that was picked in its place.
 */
file_id?: string, };

export type ConnectorReplace = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The file.
 */
definition: string, 
/**
 * Version of the definition that it was made of; refused where another one is in force by now.
 */
of_version?: number, };

export type ConnectorRequest = { 
/**
 * Path and query, without the key.
 */
what: string, 
/**
 * Records in the reply.
 */
rows: number | null, };

export type ConnectorSignIn = { 
/**
 * Provider key: `custom`, or a CRM whose address is asked from the person.
 */
provider: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Address of the list.
 */
address?: string, 
/**
 * A definition, in place of an address.
 */
definition?: string, 
/**
 * What this program is called there, where the server gives programs no names.
 */
client_id?: string, };

export type ConnectorTried = { 
/**
 * What it is called.
 */
name: string, 
/**
 * Where its requests go.
 */
address: string, 
/**
 * The first clients.
 */
clients: Array<ConnectorClient>, 
/**
 * What stands for the key for a while, so that it need not be given again.
 */
look_id: string, };

export type ConnectorWithKey = { 
/**
 * The file.
 */
definition: string, 
/**
 * The key, unless a look at the source was given it.
 */
key?: SecretText, 
/**
 * That look.
 */
look_id?: string, 
/**
 * Name of the connection; the definition's own when absent.
 */
name?: string, };

export type ConnectorWriteFound = { 
/**
 * The rule.
 */
rule: WriteRule, 
/**
 * What of the command is not written: it could be a key, or nothing says what it is.
 */
left: Array<string>, 
/**
 * The definition with the rule, as a file.
 */
definition: string, 
/**
 * Version of the definition that it was made of.
 */
of_version: number, };

export type ConnectorWriteLook = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The curl command; it may hold a key.
 */
command: PastedText, 
/**
 * One record as the CRM gives it; one that was read already when absent.
 */
record?: PastedText, };

export type ConnectorWriteRemove = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * What it writes.
 */
record: RecordType, 
/**
 * What it does with it.
 */
operation: Operation, };

export type ConnectorWriteRemoved = { 
/**
 * The definition as it was before, with which the rule can be brought back.
 */
was: string, 
/**
 * Version of the definition as it is now.
 */
of_version: number, };

export type CountedFrom = "lately" | "last_import" | "nobody";

export type CrmSignInBegin = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * Address in place of the provider's own, for copies and sandboxes.
 */
base_url?: string, 
/**
 * Name of the connection that comes of it; the account's own where absent.
 */
name?: string, 
/**
 * A connection that signs in again, in place of a new one; provider and address are its own then.
 */
connection_id?: string, };

export type CrmSignInState = { "state": "waiting" } | { "state": "done", 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Its name.
 */
name: string, } | { "state": "opened", 
/**
 * The look that stands for the sign-in, for a quarter of an hour.
 */
look_id: string, } | { "state": "failed", 
/**
 * Why and what to do.
 */
message: WireMessage, } | { "state": "cancelled" };

export type CrmWayAllow = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * Version of the text that was agreed to: what the provider's terms may mean for the person.
 */
consent_text_version: string, };

export type CrmWayEnd = { 
/**
 * Provider key.
 */
provider: string, };

export type CrmWindowOpen = { 
/**
 * Provider key.
 */
provider: string, 
/**
 * Where the person signs in, for a site whose address nobody knows, and for copies and sandboxes.
 */
address?: string, 
/**
 * Name of the connection that comes of it; the site's own where absent.
 */
name?: string, 
/**
 * A connection that signs in again, in place of a new one; provider and address are its own then.
 */
connection_id?: string, 
/**
 * A definition of a site of one's own, in place of the provider's.
 */
definition?: string, 
/**
 * Version of the text that was agreed to: that this is the person's own account, and that the site may not like it.
 */
consent_text_version: string, };

export type CustomFieldView = { 
/**
 * Type of the records that carry it.
 */
record_type: RecordType, 
/**
 * The CRM's id; a rename changes the label only.
 */
external_id: string, 
/**
 * What the supplier calls it.
 */
label: string, 
/**
 * The CRM's word for its kind.
 */
kind: string, 
/**
 * Name of the type its values are read as.
 */
value_type: string, 
/**
 * Values that the CRM offers.
 */
choices: Array<string>, 
/**
 * Path of its value in a document.
 */
source: string, 
/**
 * Put away in the CRM.
 */
hidden: boolean, 
/**
 * What the matching does with it; none until somebody chose, and nothing is brought in then.
 */
chosen: FieldChoice | null, 
/**
 * What we suggest.
 */
suggestion: FieldSuggestion, 
/**
 * Some of its values, from the last preview.
 */
samples: unknown[], };

export type CustomFields = { 
/**
 * By record type and label.
 */
fields: Array<CustomFieldView>, 
/**
 * Revision of the matching.
 */
revision: number, };

export type Decided = { 
/**
 * How many.
 */
decided: number, 
/**
 * How many it could not be done for; they are unchanged.
 */
left: number, 
/**
 * What was decided before about those it was done for, for `review.restore`; empty after an approval.
 */
before: Array<Restored>, };

export type Decision = { "kind": "link", 
/**
 * The client.
 */
client_id: string, } | { "kind": "create_anyway" } | { "kind": "reject" } | { "kind": "reopen" } | { "kind": "set_value", 
/**
 * Record.
 */
record_id: string, 
/**
 * Field.
 */
field: string, 
/**
 * Value, encoded for the field, or text as a person writes it.
 */
value: unknown, } | { "kind": "clear_value", 
/**
 * Record.
 */
record_id: string, 
/**
 * Field.
 */
field: string, };

export type DefinitionAbout = { 
/**
 * What it is called.
 */
name: string, 
/**
 * Provider key.
 */
provider: string, 
/**
 * By which way it reads: with a key, or with a session of a person who signs in.
 */
route: RouteKind, 
/**
 * What it is opened with.
 */
auth: AuthKind, 
/**
 * Every host that requests and a window go to; none where the person gives the address.
 */
hosts: Array<string>, 
/**
 * Where its requests go; nothing where the person gives the address.
 */
address: string | null, 
/**
 * The records that it reads.
 */
records: Array<RecordType>, 
/**
 * Which fields it reads and what they become.
 */
fields: Array<ConnectorField>, 
/**
 * Requests a minute at most.
 */
per_minute: number | null, };

export type DefinitionAgree = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * What stands for the change that was shown.
 */
standing: string, };

export type DefinitionChange = { 
/**
 * What stands for it when it is agreed to.
 */
standing: string, 
/**
 * What would be different, a sentence each.
 */
differences: Array<WireMessage>, };

export type DefinitionChecked = { 
/**
 * Everything that is wrong.
 */
faults: Array<DefinitionFault>, 
/**
 * What it is called, if it is sound.
 */
name: string | null, 
/**
 * Where its requests go.
 */
address: string | null, };

export type DefinitionFault = { 
/**
 * Where.
 */
place: string, 
/**
 * What.
 */
reason: string, };

export type DefinitionFile = { 
/**
 * The file.
 */
file_id: string, };

export type DefinitionOpened = { 
/**
 * The definition as it stands.
 */
definition: string, 
/**
 * Everything that is wrong with it.
 */
faults: Array<DefinitionFault>, 
/**
 * What it says, where nothing is wrong with it.
 */
about: DefinitionAbout | null, };

export type DefinitionText = { 
/**
 * The file.
 */
definition: string, };

export type DefinitionsState = { 
/**
 * Serial of the update in force; none where everything goes by what came with the app.
 */
serial: number | null, 
/**
 * Until when that update holds.
 */
expires: string | null, 
/**
 * When WedSync was asked last.
 */
asked_at: string | null, 
/**
 * Why the newest update was not taken, if it was not.
 */
refused: WireMessage | null, 
/**
 * Connections about which there is something to say.
 */
connections: Array<ConnectionDefinition>, };

export type Diagnosis = { 
/**
 * Each check.
 */
checks: Array<Check>, 
/**
 * Whether all of them are in order.
 */
ok: boolean, };

export type Disconnected = { 
/**
 * At the CRM; here everything of it is gone.
 */
at_crm: AtCrm, };

export type Done = Record<symbol, never>;

export type EndProof = "total" | "empty_page" | "no_next" | "whole";

export type Erased = { 
/**
 * Records that WedSync erased.
 */
in_wedsync: number, 
/**
 * WedSync's proof, for the supplier's files; none where it held nothing of them.
 */
proof: string | null, 
/**
 * Rows of CRMs that are kept out from now on.
 */
source_rows: number, 
/**
 * Texts of other records on this computer that named the person and were emptied.
 */
cleaned: number, };

export type Evidence = "documented" | "observed" | "specified";

export type EvidenceView = { 
/**
 * The sentence.
 */
message: WireMessage, 
/**
 * Points for or against.
 */
points: number, 
/**
 * What agreed or differed.
 */
detail: string, };

export type Export = { 
/**
 * By id.
 */
clients: Array<ExportClient>, };

export type ExportClient = { 
/**
 * WedSync id.
 */
id: string, 
/**
 * The CRM's id of the primary person, if it came from one.
 */
external_id: string | null, 
/**
 * The primary person's first name.
 */
first_name: string | null, 
/**
 * The primary person's last name.
 */
last_name: string | null, 
/**
 * The primary person's e-mail.
 */
email: string | null, 
/**
 * The primary person's phone.
 */
phone: unknown, 
/**
 * Date of the next wedding, else the latest.
 */
wedding_date: string | null, 
/**
 * Its venue.
 */
venue_name: string | null, 
/**
 * When it last agreed with its CRM (R100).
 */
last_crm_sync_at: string | null, 
/**
 * The client's own fields.
 */
fields: Record<string, unknown>, 
/**
 * Its people, primary first.
 */
people: Array<ExportPerson>, 
/**
 * Its other records by type, each with its id and fields.
 */
records: Record<string, Record<string, unknown>[]>, };

export type ExportFormat = "csv" | "xlsx" | "zip" | "vcard" | "icalendar";

export type ExportPerson = { 
/**
 * WedSync id.
 */
id: string, 
/**
 * Role in the party.
 */
role: string, 
/**
 * The CRM's id, if it came from one.
 */
external_id: string | null, 
/**
 * Fields.
 */
fields: Record<string, unknown>, };

export type FieldChoice = { "choice": "existing", 
/**
 * Its name.
 */
field: string, } | { "choice": "new" } | { "choice": "keep" };

export type FieldPreview = { 
/**
 * Where the record stands in the document: `primary_contact`, `jobs.0`; empty for the client itself.
 */
place: string, 
/**
 * Type of the record it belongs to.
 */
record_type: RecordType, 
/**
 * WedSync field.
 */
field: string, 
/**
 * What the CRM holds.
 */
before: unknown, 
/**
 * What it becomes; none says nothing about the field.
 */
after: unknown, 
/**
 * What needs a look.
 */
problem: WireMessage | null, };

export type FieldSuggestion = { 
/**
 * 0 to 1.
 */
confidence: number, 
/**
 * Why: each with `code` below `suggest.reason.`, `params` and `points`.
 */
reasons: unknown[], } & ({ "choice": "existing", 
/**
 * Its name.
 */
field: string, } | { "choice": "new" } | { "choice": "keep" });

export type FieldsChoose = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The choices; fields that are not named stay as they are.
 */
choices: Array<ChosenField>, };

export type FileCalendar = { 
/**
 * What it is called.
 */
name: string | null, 
/**
 * Appointments that are brought, those of a series one by one.
 */
appointments: number, 
/**
 * The first day of one.
 */
from: string | null, 
/**
 * The first day of the last one.
 */
until: string | null, 
/**
 * What is not brought; nothing where everything is.
 */
left: CalendarLeft | null, 
/**
 * What cannot be read, one by one; of many the first.
 */
broken: Array<WireMessage>, };

export type FileChoice = { 
/**
 * The file.
 */
file_id: string, 
/**
 * Which of its tables, from 0.
 */
table: number, 
/**
 * Whether it is imported.
 */
used?: boolean, 
/**
 * Row of the header as a spreadsheet counts it, from 1.
 */
header_row?: number, 
/**
 * Key of a preset; an empty text means a plain spreadsheet.
 */
preset?: string, };

export type FileColumn = { 
/**
 * Its name, unique in the table.
 */
name: string, 
/**
 * Its letters in a spreadsheet.
 */
letters: string, 
/**
 * Its first values, at most five, shortened.
 */
samples: Array<string>, 
/**
 * Whose value it is: `primary`, `partner`, `parent`, `planner`, `other`, `project`, `event`, `invoice`, `payment`; none
 * for a column that is kept as an own field.
 */
place: string | null, 
/**
 * The field it is read as.
 */
field: string | null, };

export type FileHand = { 
/**
 * Its absolute path.
 */
path: string, };

export type FileHanded = { 
/**
 * Opaque.
 */
file_id: string, 
/**
 * Its name, without its folder.
 */
name: string, 
/**
 * Bytes.
 */
size: number, };

export type FileIds = { 
/**
 * Their ids.
 */
file_ids: Array<string>, };

export type FileKnown = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Whether that is certain enough to be taken unless somebody says otherwise: else only the names are the same.
 */
sure: boolean, };

export type FileLook = { 
/**
 * Whose export they are: a provider key, `spreadsheet` where nobody's.
 */
provider: string, 
/**
 * Its name, for the connection.
 */
provider_name: string, 
/**
 * How sure, 0 to 1.
 */
confidence: number, 
/**
 * The files, in the order of the request.
 */
files: Array<FileView>, 
/**
 * Whether anything in them can be imported.
 */
usable: boolean, 
/**
 * What is missing from the set.
 */
missing: Array<FileMissing>, 
/**
 * What a person has to decide.
 */
questions: Array<FileQuestion>, 
/**
 * Connections by file of the same provider: import into one of them instead of making another.
 */
known: Array<FileKnown>, 
/**
 * The calendar that it is, which brings appointments and no clients.
 */
calendar: FileCalendar | null, };

export type FileLookAt = { 
/**
 * The files.
 */
file_ids: Array<string>, 
/**
 * What was chosen so far; tables without a choice are as recognised.
 */
choices?: Array<FileChoice>, 
/**
 * The connection that a newer file belongs to: its columns are read as they were before.
 */
connection_id?: string, };

export type FileMissing = { 
/**
 * Key of its preset.
 */
preset: string, 
/**
 * What it would add and where it is found.
 */
message: WireMessage, };

export type FileQuestion = { 
/**
 * `date_order`, `decimal_mark`, `money_unit` or `country`.
 */
decision: string, 
/**
 * For `date_order` and `decimal_mark`: the key under `date_orders` or `decimal_marks` in the answers.
 */
path: string | null, 
/**
 * Columns it is about, as "table: column".
 */
columns: Array<string>, 
/**
 * Values that show it.
 */
samples: Array<string>, 
/**
 * The question.
 */
message: WireMessage, 
/**
 * Possible answers; none where anything of its kind can be typed (a country).
 */
answers: Array<string>, 
/**
 * What is taken while nobody answers; none where the values then wait in the review.
 */
assumed: string | null, };

export type FileRow = { 
/**
 * Sheet, entry or file.
 */
table: string, 
/**
 * Row as a spreadsheet counts it, from 1.
 */
row: number, };

export type FileSources = { 
/**
 * Their ids, in the order of the request.
 */
sources: Array<string>, 
/**
 * Those of them that are definitions, whole or with faults.
 */
definitions: Array<string>, };

export type FileTable = { 
/**
 * Its position in the file, for [`FileChoice`].
 */
index: number, 
/**
 * Name of the sheet, entry or file.
 */
name: string, 
/**
 * Whether it is imported.
 */
used: boolean, 
/**
 * Key of the preset; none for a plain spreadsheet.
 */
preset: string | null, 
/**
 * What it is, in words: "HoneyBook, booked projects".
 */
title: WireMessage, 
/**
 * What a row is: `client`, `contact`, `project`, `person_of_project`, `invoice`, `transaction`, `instalment`, `event`.
 */
row_is: string, 
/**
 * How sure, 0 to 1; 0 for a plain spreadsheet, 1 where a person chose.
 */
confidence: number, 
/**
 * Row of the header from 1; 0 where there is none and columns were numbered.
 */
header_row: number, 
/**
 * Records in it: header, totals and remarks not counted.
 */
rows: number, 
/**
 * Its columns.
 */
columns: Array<FileColumn>, 
/**
 * What is odd about it.
 */
warnings: Array<FileWarning>, };

export type FileView = { 
/**
 * Its id.
 */
file_id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * What it is: `csv`, `tsv`, `xlsx`, `ods`, `html`, `vcard`, `icalendar`, `zip`; none where it cannot be read.
 */
format: string | null, 
/**
 * Its tables; none where it cannot be read.
 */
tables: Array<FileTable>, 
/**
 * What is odd about the file as a whole.
 */
warnings: Array<FileWarning>, 
/**
 * Why it cannot be read, with one thing to do.
 */
error: WireMessage | null, };

export type FileWarning = { 
/**
 * Its kind, for machines.
 */
code: string, 
/**
 * In words, with rows and columns.
 */
message: WireMessage, };

export type FixRuleKept = { 
/**
 * The matching before; `mapping.set` with it, and then `review.again`, is the undo.
 */
rules_before: unknown[], 
/**
 * The matching now.
 */
rules: unknown[], 
/**
 * The job that planned anew.
 */
job: JobView, };

export type ForecastAsk = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Read everything again, not only what changed.
 */
full?: boolean, };

export type FormTemplateView = { 
/**
 * Id.
 */
id: string, 
/**
 * Name.
 */
name: string, 
/**
 * `client` or `project`: what one draft is made for.
 */
applies_to: string, 
/**
 * Its questions, as asked.
 */
questions: Array<string>, };

export type FormTemplates = { 
/**
 * In WedSync's order.
 */
templates: Array<FormTemplateView>, };

export type FoundClient = { 
/**
 * WedSync's id of it, or the id it will have.
 */
client_id: string, 
/**
 * Where it stands in a review.
 */
review: FoundInReview | null, 
/**
 * The couple, primary first.
 */
names: Array<string>, 
/**
 * E-mail.
 */
email: string | null, 
/**
 * YYYY-MM-DD.
 */
wedding_date: string | null, 
/**
 * Venue.
 */
venue: string | null, };

export type FoundClients = { 
/**
 * Those of a review first, then by name.
 */
clients: Array<FoundClient>, };

export type FoundInReview = { 
/**
 * The connection it came by.
 */
connection_id: string, 
/**
 * Its row.
 */
seq: number, 
/**
 * What it stands under.
 */
heading: Heading, };

export type Heading = "waiting" | "refused" | "ready" | "approved" | "in_wedsync" | "left_out" | "unchanged";

export type HeadingCount = { 
/**
 * Heading.
 */
heading: Heading, 
/**
 * Kind.
 */
kind: UnitKind, 
/**
 * How many.
 */
count: number, };

export type HomeOverview = { 
/**
 * Clients that WedSync holds, as last read.
 */
clients_in_wedsync: number, 
/**
 * Clients of the newest plans, on this computer and readable offline.
 */
clients_here: number, 
/**
 * The next weddings from today on, soonest first.
 */
coming_up: Array<ComingUp>, 
/**
 * When the last restore point was taken.
 */
backed_up_at: string | null, };

export type HookCreate = { 
/**
 * Provider key: an automation, or one with a place that only takes.
 */
provider: string, 
/**
 * The address of its catch hook, or its key: a secret either way.
 */
secret: SecretText, 
/**
 * Address in place of the provider's own, for practice.
 */
base_url?: string, 
/**
 * Its name; the provider's when absent.
 */
name?: string, 
/**
 * What it is told of.
 */
tells: HookTells, };

export type HookEventState = "queued" | "taken" | "given_up" | "dropped";

export type HookEventView = { 
/**
 * Id.
 */
id: string, 
/**
 * Type: `client.created`.
 */
event_type: string, 
/**
 * The client it is about.
 */
client_id: string, 
/**
 * Names of its people, the first two; none where nobody has one, or it is gone.
 */
names: Array<string>, 
/**
 * Where it stands.
 */
state: HookEventState, 
/**
 * How often it was sent.
 */
attempts: number, 
/**
 * When it was queued.
 */
created_at: string, 
/**
 * When it is sent next, while it waits.
 */
due_at: string | null, 
/**
 * What went wrong last.
 */
why: WireMessage | null, };

export type HookEvents = { 
/**
 * Newest first.
 */
events: Array<HookEventView>, };

export type HookId = { 
/**
 * Which.
 */
hook_id: string, };

export type HookMade = { 
/**
 * The place.
 */
hook: HookView, 
/**
 * What its events are signed with, so that the receiver can check; shown this once. Nothing where events are not signed.
 */
signing_secret: string | null, };

export type HookQueued = { 
/**
 * Events.
 */
queued: number, };

export type HookSend = { 
/**
 * Which.
 */
hook_id: string, 
/**
 * WedSync's ids of the clients; none sends what waits.
 */
client_ids: Array<string>, };

export type HookState = "on" | "off" | "ended";

export type HookSwitch = { 
/**
 * Which.
 */
hook_id: string, 
/**
 * On or off; nothing can be made to have ended.
 */
state: HookState, };

export type HookTells = "everything" | "picked";

export type HookView = { 
/**
 * Id.
 */
id: string, 
/**
 * Provider key.
 */
provider: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Host of its address; the rest is a secret.
 */
host: string, 
/**
 * What it is told of.
 */
tells: HookTells, 
/**
 * Whether it is told anything.
 */
state: HookState, 
/**
 * Why it is told nothing, or nothing at the moment.
 */
why: WireMessage | null, 
/**
 * Not before this time, because it asked to wait or did not answer.
 */
not_before: string | null, 
/**
 * Events that wait.
 */
queued: number, 
/**
 * Events that it took.
 */
taken: number, 
/**
 * Events that were given up.
 */
given_up: number, 
/**
 * When it took the newest.
 */
last_taken_at: string | null, };

export type Hooks = { 
/**
 * By name.
 */
hooks: Array<HookView>, };

export type HubEvent = { 
/**
 * `job`, `preview`, `sign_in` or `changed`.
 */
topic: string, 
/**
 * For jobs: which.
 */
job_id: string | null, 
/**
 * For jobs: position in its log, without gaps; 0 for what is told and not stored.
 */
seq: number, 
/**
 * What happened.
 */
event: unknown, };

export type ImportForecast = { 
/**
 * Requests; none for files.
 */
requests: number, 
/**
 * Whether it may be more: how much has changed, or what lies below some records, is only known by reading it.
 */
at_least: boolean, 
/**
 * From where that is known.
 */
counted: CountedFrom, 
/**
 * Seconds, about; nothing where nobody can know.
 */
seconds: number | null, 
/**
 * Of the limit with the longest window; nothing where there is none, or nobody can know.
 */
share: BudgetShare | null, 
/**
 * Not before this time, because the CRM asked to wait or does not work.
 */
not_before: string | null, 
/**
 * The same in a sentence.
 */
sentence: WireMessage, };

export type ImportStart = { 
/**
 * From this connection.
 */
connection_id: string, 
/**
 * Read everything again, not only what changed.
 */
full?: boolean, 
/**
 * For a connection by file: the files, anew or in a newer version. May be left out right after the connection was
 * made from them.
 */
file_ids?: Array<string>, 
/**
 * What was chosen for their tables.
 */
choices?: Array<FileChoice>, };

export type JobEventList = { 
/**
 * In order; at most 1,000 at a time.
 */
events: Array<JobEventView>, };

export type JobEventView = { 
/**
 * Position, from 1, without gaps.
 */
seq: number, 
/**
 * When.
 */
at: string, 
/**
 * `{"type": "begin" | "phase" | "tick" | "wait" | "go_on" | "warning" | "end", ...}`; a `wait` has
 * `phase`, `until` and `reason`.
 */
event: unknown, };

export type JobEvents = { 
/**
 * Of this job.
 */
job_id: string, 
/**
 * After this position; 0 is from the start.
 */
after: number, };

export type JobId = { 
/**
 * The id.
 */
job_id: string, };

export type JobKind = "import" | "upload" | "undo";

export type JobList = { 
/**
 * Only this connection.
 */
connection_id?: string, 
/**
 * How many at most; 50 when absent.
 */
limit?: number, };

export type JobView = { 
/**
 * Id.
 */
id: string, 
/**
 * Connection.
 */
connection_id: string, 
/**
 * What it does.
 */
kind: JobKind, 
/**
 * Where it stands.
 */
state: Phase, 
/**
 * The specification's status.
 */
status: string, 
/**
 * Records done.
 */
processed: number, 
/**
 * Records in all, once known.
 */
total: number | null, 
/**
 * Per cent, once known; 100 only when done.
 */
percent: number | null, 
/**
 * What went wrong, or what it waits for: a message id with parameters.
 */
error: unknown, 
/**
 * While it waits for the CRM or the network: when it goes on by itself, for a countdown. `job.resume` tries now.
 */
wait_until: string | null, 
/**
 * Outcomes per record type, final once it has ended.
 */
counts: unknown, 
/**
 * Made at.
 */
created_at: string, 
/**
 * Started at.
 */
started_at: string | null, 
/**
 * Ended at.
 */
completed_at: string | null, };

export type Jobs = { 
/**
 * Newest first.
 */
jobs: Array<JobView>, };

export type ListChoices = { 
/**
 * The lists in the first reply.
 */
lists: Array<ListOffered>, 
/**
 * Fields that tell records apart.
 */
ids: Array<string>, 
/**
 * Fields that could tell when a record was changed.
 */
changed: Array<string>, };

export type ListChosen = { 
/**
 * Path of the list.
 */
list?: string, 
/**
 * Field that tells records apart.
 */
id?: string, 
/**
 * Field that tells when a record was changed; an empty one is none.
 */
changed?: string, };

export type ListOffered = { 
/**
 * Its path; empty where the reply itself is it.
 */
path: string, 
/**
 * Its records in the first reply.
 */
rows: number, };

export type ListPaging = "whole" | "page" | "offset" | "cursor" | "next_url" | "link";

export type LogView = { 
/**
 * Job.
 */
job_id: string, 
/**
 * Connection.
 */
connection_id: string, 
/**
 * Kind of record.
 */
record_type: RecordType, 
/**
 * The CRM's id.
 */
record_id: string | null, 
/**
 * WedSync's id.
 */
wedsync_record_id: string | null, 
/**
 * What became of it.
 */
outcome: Outcome, 
/**
 * Fields before and after, reason.
 */
details: unknown, 
/**
 * What went wrong.
 */
error: unknown, 
/**
 * When.
 */
at: string, };

export type Logs = { 
/**
 * Newest first.
 */
entries: Array<LogView>, 
/**
 * How many in all.
 */
total: number, };

export type LogsList = { 
/**
 * Only this connection.
 */
connection_id?: string, 
/**
 * Only this job.
 */
job_id?: string, 
/**
 * Only this outcome.
 */
outcome?: Outcome, 
/**
 * Rows to pass over.
 */
offset?: number, 
/**
 * Rows at most; 100 when absent, never more than 500.
 */
limit?: number, };

export type MappingPreview = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Rules in place of the stored ones.
 */
rules?: unknown[], };

export type MappingSet = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * All rules, in order.
 */
rules: unknown[], };

export type MappingSuggestions = { 
/**
 * Each with `source`, `record_type`, `field`, `transforms`, `confidence`, `reasons`.
 */
suggestions: unknown[], };

export type MappingView = { 
/**
 * Goes up with every change; 0 is the definition's own, not yet stored.
 */
revision: number, 
/**
 * The rules, in order.
 */
rules: unknown[], 
/**
 * Everything that is wrong or deserves a look. With an error among them nothing was stored.
 */
faults: Array<RuleFault>, 
/**
 * Whether the rules of the request were stored.
 */
stored: boolean, };

export type MarkKind = "problem" | "conflict" | "changed";

export type MonthCount = { 
/**
 * YYYY-MM.
 */
month: string, 
/**
 * How many.
 */
count: number, };

export type NetworkState = { 
/**
 * Whether WedSync answers. Without it everything but signing in and uploading goes on.
 */
wedsync_answers: boolean, };

export type NewFieldView = { 
/**
 * Type of the records that carry it.
 */
record_type: RecordType, 
/**
 * The name it will have.
 */
name: string, 
/**
 * What people call it.
 */
label: string, 
/**
 * Name of its type.
 */
value_type: string, 
/**
 * Records of the plan that have a value for it.
 */
records: number, 
/**
 * Whether an upload has made it.
 */
made: boolean, };

export type Nothing = Record<symbol, never>;

export type OpKind = "create" | "update" | "link" | "delete";

export type OpView = { 
/**
 * Its hash.
 */
hash: string, 
/**
 * What it does.
 */
kind: OpKind, 
/**
 * Type of the record.
 */
record_type: RecordType, 
/**
 * The record.
 */
record_id: string, 
/**
 * Values before.
 */
before: Record<string, unknown>, 
/**
 * Values after.
 */
after: Record<string, unknown>, 
/**
 * CRM values that WedSync's own kept out; they can be chosen.
 */
kept_out: Record<string, unknown>, 
/**
 * Why.
 */
reason: WireMessage, };

export type OpenedWith = "key" | "sign_in" | "session" | "address" | "nothing";

export type Opening = { 
/**
 * With what.
 */
with: OpenedWith, 
/**
 * When it was given; not known of one that an older version was given.
 */
given_at: string | null, 
/**
 * Days after which another is suggested; nothing for what renews itself.
 */
renew_after_days: number | null, 
/**
 * Whether that time is over.
 */
renew_due: boolean, 
/**
 * Whether the CRM can be told of the end.
 */
telling: Telling, };

export type Operation = "read" | "create" | "update" | "delete";

export type Outcome = "created" | "updated" | "linked" | "unchanged" | "skipped" | "duplicate_waiting" | "conflict_waiting" | "problem" | "rejected_by_you" | "rejected_by_wedsync";

export type PasteCandidate = { 
/**
 * What it is called.
 */
label: string, 
/**
 * Its address, without a key; a mere path where no server is named, nothing where no place is.
 */
address: string | null, 
/**
 * How its key is sent, as far as that is said.
 */
sign: SignBy | null, 
/**
 * The key, where one was there.
 */
key: PasteKey | null, 
/**
 * Records that were in an answer.
 */
rows: number | null, 
/**
 * Its fields, where any are known.
 */
fields: Array<ConnectorField>, };

export type PasteChoice = { 
/**
 * What was pasted.
 */
paste_id: string, 
/**
 * Which of its candidates, from 0.
 */
candidate: number, };

export type PasteCompared = { 
/**
 * Whether the list stands at the same place.
 */
same_list: boolean, 
/**
 * Whether the same field tells records apart.
 */
same_id: boolean, 
/**
 * Fields that the answer had and the test read has not.
 */
missing: Array<string>, };

export type PasteKey = { 
/**
 * Its last four characters; empty where it is too short to show any.
 */
hint: string, };

export type PasteKind = "address" | "curl" | "har" | "open_api" | "sample";

export type PasteRead = { 
/**
 * Stands for it, for a quarter of an hour.
 */
paste_id: string, 
/**
 * What it is.
 */
kind: PasteKind, 
/**
 * Lists that may be meant, best first.
 */
candidates: Array<PasteCandidate>, 
/**
 * What to know of them.
 */
notes: Array<WireMessage>, };

export type PastedText = string;

export type Phase = "queued" | "running" | "waiting_crm" | "waiting_review" | "waiting_auth" | "waiting_network" | "paused" | "interrupted" | "done" | "partial" | "failed" | "cancelled";

export type PlanState = "building" | "ready" | "executing" | "finished" | "superseded";

export type Preview = { 
/**
 * Rows, newest first.
 */
rows: Array<PreviewRow>, 
/**
 * What has to be answered.
 */
questions: Array<Question>, };

export type PreviewRow = { 
/**
 * Its fields.
 */
fields: Array<FieldPreview>, 
/**
 * The assembled document, as matching sees it.
 */
document: unknown, };

export type PreviewRun = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * For a connection by file: the files. May be left out right after the connection was made from them; without any,
 * what was imported before is shown.
 */
file_ids?: Array<string>, 
/**
 * What was chosen for their tables.
 */
choices?: Array<FileChoice>, };

export type PrivacyErase = { 
/**
 * Whom; nobody named is everything.
 */
person_id: string | null, 
/**
 * The studio's name, typed by whoever asks, so that nothing is erased by accident.
 */
studio: string, };

export type ProblemFile = { 
/**
 * Name for it.
 */
name: string, 
/**
 * Stream of its rows.
 */
stream: string, 
/**
 * Its rows.
 */
rows: number, 
/**
 * Comma-separated text, UTF-8, formulas disarmed.
 */
text: string, };

export type ProblemFiles = { 
/**
 * None where no row needs anybody.
 */
files: Array<ProblemFile>, };

export type ProblemView = { 
/**
 * Record.
 */
record_id: string, 
/**
 * Its type.
 */
record_type: RecordType, 
/**
 * Field.
 */
field: string, 
/**
 * What stood there.
 */
found: string, 
/**
 * Why it does not do.
 */
message: WireMessage, 
/**
 * Likely answers, best first.
 */
fixes: unknown[], 
/**
 * WedSync demands it: "bring in without it" is not offered.
 */
required_by_wedsync: boolean, };

export type Profile = { 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for.
 */
kind: ProfileKind, 
/**
 * Where its WedSync is.
 */
cloud_url: string, };

export type ProfileKind = "live" | "demo" | "test" | "sample";

export type ProviderCategory = "crm" | "gallery" | "contacts" | "calendar" | "scheduling" | "accounts" | "automation" | "custom";

export type ProviderFeature = { 
/**
 * By which route.
 */
route: RouteKind, 
/**
 * The records.
 */
record: RecordType, 
/**
 * What.
 */
operation: Operation, 
/**
 * Whether this version does it.
 */
works: boolean, 
/**
 * How well it is known.
 */
evidence: Evidence, 
/**
 * What it cannot do.
 */
limitation: WireMessage | null, };

export type ProviderField = { 
/**
 * Record in WedSync.
 */
record: RecordType, 
/**
 * Field there.
 */
standard_field: string, 
/**
 * What it is called in the CRM, or where it stands in a record of it.
 */
provider_field: string, 
/**
 * Type of the values.
 */
field_type: string, 
/**
 * By which route it comes.
 */
route: RouteKind, 
/**
 * Whether a record without it is looked at by a person.
 */
is_required: boolean, 
/**
 * Value where the CRM has none.
 */
default_value: string | null, };

export type ProviderInfo = { 
/**
 * Key, such as `tave`.
 */
key: string, 
/**
 * Name.
 */
name: string, 
/**
 * One line about it.
 */
description: WireMessage, 
/**
 * Icon below `icons/`.
 */
logo: string, 
/**
 * What kind of system it is.
 */
category: ProviderCategory, 
/**
 * Other names it is known by.
 */
aliases: Array<string>, 
/**
 * How its API is signed in to.
 */
auth_type: AuthType, 
/**
 * Where the browser is sent for it.
 */
auth_url: string | null, 
/**
 * What is asked for there.
 */
scopes: Array<string>, 
/**
 * How many requests are allowed.
 */
rate_limits: RateLimits, 
/**
 * The ways to reach it.
 */
routes: Array<ProviderRoute>, 
/**
 * What can be done there.
 */
features: Array<ProviderFeature>, 
/**
 * What becomes of its fields.
 */
field_mappings: Array<ProviderField>, };

export type ProviderRoute = { 
/**
 * Which.
 */
kind: RouteKind, 
/**
 * Whether this version has it; what it has not is told and never offered.
 */
works: boolean, 
/**
 * How well it is known.
 */
evidence: Evidence, 
/**
 * What it is opened with; nothing for files.
 */
auth: AuthKind | null, 
/**
 * Where the person says which way it is: the ways there are.
 */
asks: Array<AuthKind>, 
/**
 * Whether the person has to give an address.
 */
needs_address: boolean, 
/**
 * Whether a test read has to find the list, its pages and its fields.
 */
recognised: boolean, 
/**
 * "Where do I find this?"
 */
help: WireMessage, 
/**
 * What to know before choosing it.
 */
note: WireMessage | null, 
/**
 * Why WedSync has switched it off, if it has.
 */
off?: WireMessage, 
/**
 * Why it is off until the person switches it on: the provider allowed nobody this way.
 */
off_until: WireMessage | null, 
/**
 * Since when it is on, where it had to be switched on.
 */
on_since: string | null, 
/**
 * Formats of its exports.
 */
formats: Array<ExportFormat>, 
/**
 * Exports whose columns are known.
 */
exports: Array<WireMessage>, };

export type Providers = { 
/**
 * Each of them, most asked for first.
 */
providers: Array<ProviderInfo>, };

export type PushStart = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Form template of which a draft is made for each client or project that the upload brings; none makes none.
 */
form?: string, };

export type Question = { 
/**
 * Name of the decision that `connection.answer` takes.
 */
decision: string, 
/**
 * The question.
 */
message: WireMessage, 
/**
 * Possible answers.
 */
answers: Array<string>, };

export type RateLimits = { 
/**
 * In a minute.
 */
per_minute: number | null, 
/**
 * In an hour.
 */
per_hour: number | null, };

export type RecordType = "client" | "person" | "project" | "event" | "invoice" | "payment" | "task" | "document" | "communication" | "form";

export type RestorePointView = { 
/**
 * Id.
 */
id: string, 
/**
 * Why it was taken: `upload`, `undo`, `restore`, `by_hand`.
 */
reason: string, 
/**
 * The job before which it was taken, if any.
 */
job_id: string | null, 
/**
 * When.
 */
at: string, 
/**
 * Bytes of its file.
 */
size: number, 
/**
 * Whether its file is still there.
 */
present: boolean, };

export type RestorePoints = { 
/**
 * They.
 */
points: Array<RestorePointView>, };

export type RestoreStart = { 
/**
 * To which.
 */
point_id: string, };

export type Restored = { 
/**
 * The row.
 */
seq: number, 
/**
 * As `resolution_before` or [`Decided::before`] gave it.
 */
resolution: unknown, };

export type RetentionView = { 
/**
 * Days for which the progress of an ended job is kept.
 */
event_days: number, 
/**
 * Progress events of one job at most.
 */
events_per_job: number, 
/**
 * Days for which the history of each record is kept.
 */
log_days: number, 
/**
 * Rows of the history at most.
 */
log_rows: number, 
/**
 * Days for which an upload can be undone; at least 30.
 */
undo_days: number, 
/**
 * Restore points at most.
 */
backups: number, 
/**
 * Days for which a restore point is kept; the newest always is.
 */
backup_days: number, 
/**
 * Days for which usage is counted back.
 */
usage_days: number, };

export type Retry = { "kind": "now" } | { "kind": "after", 
/**
 * Seconds.
 */
seconds: number, } | { "kind": "when_online" } | { "kind": "after_sign_in" } | { "kind": "never" };

export type ReviewApprove = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Rows; everything that is ready when absent.
 */
seqs?: Array<number>, };

export type ReviewCell = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The row.
 */
seq: number, 
/**
 * Record.
 */
record_id: string, 
/**
 * Field.
 */
field: string, };

export type ReviewCompare = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The row.
 */
seq: number, 
/**
 * The client of WedSync.
 */
client_id: string, };

export type ReviewDecide = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The row.
 */
seq: number, 
/**
 * The decision.
 */
decision: Decision, };

export type ReviewDecideMany = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Rows; at most 1,000.
 */
seqs: Array<number>, 
/**
 * The decision.
 */
decision: BulkDecision, };

export type ReviewFixRule = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The row.
 */
seq: number, 
/**
 * Record.
 */
record_id: string, 
/**
 * Field.
 */
field: string, 
/**
 * What it is to be, as `review.decide` takes it; null brings all of them in without.
 */
value: unknown, };

export type ReviewList = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Only this kind.
 */
kind?: UnitKind, 
/**
 * Only this state.
 */
state?: UnitState, 
/**
 * Only under this heading.
 */
heading?: Heading, 
/**
 * Only those whose first problem is of this sort, as `review.alike` names it.
 */
alike?: string, 
/**
 * Names, e-mail or venue contain this.
 */
search?: string, 
/**
 * Order.
 */
sort?: ReviewSort, 
/**
 * Rows to pass over.
 */
offset?: number, 
/**
 * Rows at most; 100 when absent, never more than 500.
 */
limit?: number, };

export type ReviewRestore = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * Rows; at most 1,000.
 */
rows: Array<Restored>, };

export type ReviewRow = { 
/**
 * The row's id within the plan.
 */
seq: number, 
/**
 * Client.
 */
client_id: string, 
/**
 * Kind.
 */
kind: UnitKind, 
/**
 * State.
 */
state: UnitState, 
/**
 * Cells.
 */
summary: Summary, 
/**
 * Values that need a person.
 */
problems: number, 
/**
 * Clients it may already be.
 */
candidates: number, 
/**
 * Fields changed on both sides.
 */
conflicts: number, 
/**
 * Operations.
 */
ops: number, 
/**
 * Heading it stands under.
 */
heading: Heading, 
/**
 * Cells that stand out.
 */
marks: Array<CellMark>, };

export type ReviewRows = { 
/**
 * Rows.
 */
rows: Array<ReviewRow>, 
/**
 * How many there are in all.
 */
total: number, };

export type ReviewSort = "seq" | "name" | "-name" | "wedding_date" | "-wedding_date";

export type ReviewSummary = { 
/**
 * The plan.
 */
plan_id: string, 
/**
 * Its state.
 */
state: PlanState, 
/**
 * Its hash as first planned.
 */
hash: string, 
/**
 * Why it has to be confirmed first, if it has.
 */
guard: string | null, 
/**
 * Clients by kind and state.
 */
counts: Array<UnitCount>, 
/**
 * Clients that can be approved as they are.
 */
ready: number, 
/**
 * Clients that need a decision.
 */
waiting: number, 
/**
 * Clients that are approved and not yet uploaded.
 */
approved: number, 
/**
 * Outcomes by record type, as they stand.
 */
outcomes: { [key in string]: { [key in Outcome]?: number } }, 
/**
 * Custom fields that the upload makes in WedSync before the records that use them; approved with those.
 */
new_fields: Array<NewFieldView>, 
/**
 * Clients by heading and kind, in the order of the headings; empty ones are left out.
 */
headings: Array<HeadingCount>, 
/**
 * How many of all these are appointments that no client is known for.
 */
appointments: number, };

export type ReviewUnit = { 
/**
 * The connection.
 */
connection_id: string, 
/**
 * The row.
 */
seq: number, };

export type ReviewWho = { 
/**
 * The connection, by file.
 */
connection_id: string, 
/**
 * Of whom, as a choice of the problem gives it under `of`.
 */
of: string, 
/**
 * Who it is.
 */
is: WhoIs, };

export type Route = "api" | "file" | "bridge" | "feed";

export type RouteKind = "api" | "sign_in" | "file" | "feed" | "push" | "bridge";

export type RuleFault = { 
/**
 * Which rule, from 0.
 */
index: number, 
/**
 * Its field.
 */
field: string, 
/**
 * What, as a message id under `mapping.`.
 */
error: string, 
/**
 * `error` or `warning`.
 */
severity: string, 
/**
 * The part at fault.
 */
found: string | null, 
/**
 * What would be right.
 */
suggested_fix: string | null, };

export type SameValue = { 
/**
 * What the cell says; null where no rule can be made of it.
 */
source: string | null, 
/**
 * Other clients with the same problem about the same value.
 */
others: number, };

export type SchemaFieldView = { 
/**
 * Record type it belongs to.
 */
record_type: RecordType, 
/**
 * Wire name.
 */
name: string, 
/**
 * What people call it; empty for standard fields before WedSync was asked.
 */
label: string, 
/**
 * Name of its type.
 */
value_type: string, 
/**
 * WedSync refuses a record without it.
 */
required: boolean, 
/**
 * Computed by WedSync, no target.
 */
read_only: boolean, 
/**
 * Whether the supplier added it.
 */
custom: boolean, 
/**
 * Closed list of values, empty when any will do.
 */
choices: Array<string>, };

export type SchemaView = { 
/**
 * When this content was first seen; none is the built-in copy, before WedSync was asked.
 */
since: string | null, 
/**
 * The fields.
 */
fields: Array<SchemaFieldView>, };

export type Scope = { 
/**
 * Record types left out.
 */
excluded_record_types: Array<RecordType>, 
/**
 * Weddings from this day on.
 */
from: string | null, 
/**
 * Weddings up to this day.
 */
until: string | null, 
/**
 * Also weddings that are over.
 */
historical: boolean, 
/**
 * Also closed jobs.
 */
closed: boolean, 
/**
 * Also hidden contacts.
 */
hidden: boolean, 
/**
 * Also persons without a job.
 */
people_without_job: boolean, 
/**
 * Leave out persons who asked to be forgotten.
 */
leave_out_anonymised: boolean, };

export type ScopeCounts = { 
/**
 * By stream.
 */
streams: Array<StreamCount>, 
/**
 * Persons without a job, once everything was read.
 */
people_without_job: number | null, 
/**
 * Weddings and other jobs by month, in order of time; nothing where the CRM does not say their days.
 */
months: Array<MonthCount>, 
/**
 * Jobs without a day.
 */
undated: number, 
/**
 * Whether that is all of them. A long list is counted by its beginning until an import has read it.
 */
all_months: boolean, };

export type SecretText = string;

export type SignBy = { "kind": "header", 
/**
 * Its name.
 */
name: string, } | { "kind": "bearer", } | { "kind": "basic", } | { "kind": "query", 
/**
 * The parameter.
 */
name: string, } | { "kind": "sign_in", };

export type SignInAttempt = { 
/**
 * Its id.
 */
attempt_id: string, };

export type SignInBegin = { 
/**
 * Its route.
 */
route: SignInRoute, };

export type SignInBegun = { 
/**
 * Its id.
 */
attempt_id: string, 
/**
 * What the system browser opens.
 */
url: string, 
/**
 * Whether the page that the browser ends on shows a short code to type; a browser that comes back to this computer needs
 * none.
 */
takes_code: boolean, };

export type SignInCallback = { 
/**
 * Attempt.
 */
attempt_id: string, 
/**
 * The whole `wedsync://` link.
 */
url: SecretText, };

export type SignInRoute = "loopback" | "return_page";

export type SignInShortCode = { 
/**
 * Attempt.
 */
attempt_id: string, 
/**
 * Eight characters; spaces, dashes and case do not matter.
 */
code: string, };

export type SignInState = { "state": "waiting" } | { "state": "done", 
/**
 * As whom.
 */
account: SignedIn, } | { "state": "failed", 
/**
 * Why and what to do.
 */
message: WireMessage, } | { "state": "cancelled" };

export type SignedIn = { 
/**
 * Studio name.
 */
supplier_name: string, 
/**
 * Name of the user.
 */
user_name: string, 
/**
 * `owner`, `manager`, `member` or `viewer`.
 */
role: string, 
/**
 * Plan.
 */
tier: string, 
/**
 * CRMs the plan connects; none is no limit.
 */
connection_limit: number | null, 
/**
 * IANA zone of the studio.
 */
time_zone: string, 
/**
 * ISO 4217.
 */
currency: string, 
/**
 * ISO 3166.
 */
country: string, };

export type StreamCount = { 
/**
 * Stream.
 */
stream: string, 
/**
 * What its records become.
 */
record_type: RecordType | null, 
/**
 * Read whatever is chosen.
 */
always: boolean, 
/**
 * How many; none where the CRM does not say.
 */
count: number | null, };

export type Summary = { 
/**
 * Booking persons, primary first.
 */
names: Array<string>, 
/**
 * YYYY-MM-DD.
 */
wedding_date: string | null, 
/**
 * Venue.
 */
venue: string | null, 
/**
 * E-mail.
 */
email: string | null, 
/**
 * Phone as shown.
 */
phone: string | null, 
/**
 * Records by type.
 */
counts: { [key in RecordType]?: number }, 
/**
 * The key part by which a row of a file differs from the last one: `email`, `name`, `date`, `project`, `number`.
 */
changed: string | null, 
/**
 * Where it stands in files.
 */
rows: Array<FileRow>, 
/**
 * It is an appointment that no client is known for: `names` is its title, `venue` where it is.
 */
appointment: AppointmentTime | null, };

export type Tag = "app" | "connections" | "mapping" | "jobs" | "review" | "logs" | "clients" | "network";

export type Telling = "told" | "by_hand" | "nothing";

export type UnitCount = { 
/**
 * Kind.
 */
kind: UnitKind, 
/**
 * State.
 */
state: UnitState, 
/**
 * How many.
 */
count: number, };

export type UnitKind = "conflict" | "problem" | "duplicate" | "changed" | "linked" | "new" | "unchanged" | "skipped";

export type UnitState = "pending" | "approved" | "rejected" | "moved" | "applied" | "done" | "refused";

export type UnitView = { 
/**
 * The row's id.
 */
seq: number, 
/**
 * The client it is or becomes.
 */
client_id: string, 
/**
 * Kind.
 */
kind: UnitKind, 
/**
 * State.
 */
state: UnitState, 
/**
 * Cells.
 */
summary: Summary, 
/**
 * What would be done, parents first.
 */
ops: Array<OpView>, 
/**
 * Clients it may already be.
 */
candidates: Array<CandidateView>, 
/**
 * Values that need a person.
 */
problems: Array<ProblemView>, 
/**
 * Fields changed on both sides.
 */
conflicts: Array<ConflictView>, 
/**
 * What was decided so far.
 */
resolution: unknown, 
/**
 * What was decided before the last decision, for taking it back; only in the answer to a decision.
 */
resolution_before: unknown, };

export type WhoIs = { "kind": "open" } | { "kind": "nobody" } | { "kind": "entry", 
/**
 * Its id, as a choice of the problem gives it under `person`.
 */
person: string, };

export type WhoSettled = { 
/**
 * What was said before: to be said again for an undo.
 */
before: WhoIs, 
/**
 * The job that planned anew. Rows may have other numbers since.
 */
job: JobView, };

export type WireError = { 
/**
 * What kind.
 */
code: Code, 
/**
 * The sentence, to be rendered in the reader's language.
 */
message: WireMessage, 
/**
 * The same sentence, rendered, for logs and scripts.
 */
text: string, 
/**
 * Further sentences that help.
 */
hints: Array<WireMessage>, 
/**
 * Whether and when to try again.
 */
retry: Retry, 
/**
 * Finds the details in the log.
 */
ref: string | null, };

export type WireMessage = { 
/**
 * Id in the catalogues.
 */
id: string, 
/**
 * Parameters.
 */
params: { [key in string]: string }, };

export type WriteField = { 
/**
 * WedSync's name of it; of a part of a field `address.city`.
 */
field: string, 
/**
 * Path in what is sent.
 */
path: string, 
/**
 * Path at which it is read back, where that is another one.
 */
back: string | null, };

export type WriteFixed = { 
/**
 * Path in what is sent.
 */
path: string, 
/**
 * Its value.
 */
value: string, };

export type WritePermission = "checked_later";

export type WriteRule = { 
/**
 * What is written.
 */
record: RecordType, 
/**
 * What is done with it.
 */
operation: Operation, 
/**
 * Method and path.
 */
request: string, 
/**
 * Where each field goes.
 */
fields: Array<WriteField>, 
/**
 * What stands in every request.
 */
fixed: Array<WriteFixed>, 
/**
 * How it is sent, kept from doing harm and read back, a sentence each.
 */
facts: Array<WireMessage>, 
/**
 * Fields that are read and not written by it.
 */
unwritten: Array<string>, 
/**
 * What it cannot do, or nothing says, a sentence each.
 */
lacks: Array<WireMessage>, };

export type RpcSchema = {
  "app.state": { request: Nothing; response: AppState; provides: ["app","connections","jobs"]; invalidates: [] };
  "home.overview": { request: Nothing; response: HomeOverview; provides: ["app","review","jobs","clients"]; invalidates: [] };
  "network.look": { request: Nothing; response: NetworkState; provides: ["network"]; invalidates: [] };
  "clients.find": { request: ClientsFind; response: FoundClients; provides: ["review","clients"]; invalidates: [] };
  "sign_in.begin": { request: SignInBegin; response: SignInBegun; provides: []; invalidates: [] };
  "sign_in.short_code": { request: SignInShortCode; response: Done; provides: []; invalidates: ["app","connections"] };
  "sign_in.callback": { request: SignInCallback; response: Done; provides: []; invalidates: ["app","connections"] };
  "sign_in.status": { request: SignInAttempt; response: SignInState; provides: []; invalidates: [] };
  "sign_in.cancel": { request: SignInAttempt; response: Done; provides: []; invalidates: [] };
  "sign_out": { request: Nothing; response: Done; provides: []; invalidates: ["app","connections"] };
  "providers.list": { request: Nothing; response: Providers; provides: ["app"]; invalidates: [] };
  "connection.test": { request: ConnectionTest; response: AccountView; provides: []; invalidates: [] };
  "connection.create": { request: ConnectionCreate; response: ConnectionView; provides: []; invalidates: ["app","connections"] };
  "crm_sign_in.begin": { request: CrmSignInBegin; response: SignInBegun; provides: []; invalidates: [] };
  "crm_sign_in.open_window": { request: CrmWindowOpen; response: SignInAttempt; provides: []; invalidates: ["app","connections"] };
  "crm_way.allow": { request: CrmWayAllow; response: Done; provides: []; invalidates: ["app"] };
  "crm_way.end": { request: CrmWayEnd; response: Done; provides: []; invalidates: ["app","connections"] };
  "crm_sign_in.show_window": { request: SignInAttempt; response: Done; provides: []; invalidates: [] };
  "crm_sign_in.short_code": { request: SignInShortCode; response: Done; provides: []; invalidates: ["app","connections"] };
  "crm_sign_in.callback": { request: SignInCallback; response: Done; provides: []; invalidates: ["app","connections"] };
  "crm_sign_in.status": { request: SignInAttempt; response: CrmSignInState; provides: []; invalidates: [] };
  "crm_sign_in.cancel": { request: SignInAttempt; response: Done; provides: []; invalidates: [] };
  "connection.list": { request: Nothing; response: Connections; provides: ["connections"]; invalidates: [] };
  "connection.get": { request: ConnectionId; response: ConnectionDetails; provides: ["connections"]; invalidates: [] };
  "connection.check": { request: ConnectionId; response: AccountView; provides: []; invalidates: ["connections"] };
  "connection.set_key": { request: ConnectionSetKey; response: ConnectionView; provides: []; invalidates: ["connections"] };
  "connection.set_scope": { request: ConnectionSetScope; response: ConnectionView; provides: []; invalidates: ["connections"] };
  "connection.scope_counts": { request: ConnectionId; response: ScopeCounts; provides: []; invalidates: [] };
  "connection.answer": { request: ConnectionAnswer; response: ConnectionView; provides: []; invalidates: ["connections","mapping"] };
  "connection.page": { request: ConnectionId; response: ConnectionPage; provides: ["connections","jobs"]; invalidates: [] };
  "connection.pause": { request: ConnectionId; response: ConnectionView; provides: []; invalidates: ["app","connections","jobs"] };
  "connection.go_on": { request: ConnectionId; response: ConnectionView; provides: []; invalidates: ["app","connections","jobs"] };
  "connection.delete": { request: ConnectionId; response: Disconnected; provides: []; invalidates: ["app","connections","jobs","review"] };
  "definitions.state": { request: Nothing; response: DefinitionsState; provides: ["app","connections"]; invalidates: [] };
  "definitions.refresh": { request: Nothing; response: DefinitionsState; provides: []; invalidates: ["app","connections","jobs"] };
  "definitions.agree": { request: DefinitionAgree; response: DefinitionsState; provides: []; invalidates: ["connections"] };
  "connector.sign_in": { request: ConnectorSignIn; response: SignInBegun; provides: []; invalidates: [] };
  "connector.recognise": { request: ConnectorLook; response: ConnectorFound; provides: []; invalidates: [] };
  "connector.paste": { request: ConnectorPaste; response: PasteRead; provides: []; invalidates: [] };
  "connector.check": { request: DefinitionText; response: DefinitionChecked; provides: []; invalidates: [] };
  "connector.open_file": { request: DefinitionFile; response: DefinitionOpened; provides: []; invalidates: [] };
  "connector.try": { request: ConnectorWithKey; response: ConnectorTried; provides: []; invalidates: [] };
  "connector.create": { request: ConnectorWithKey; response: ConnectionView; provides: []; invalidates: ["app","connections"] };
  "connector.replace": { request: ConnectorReplace; response: ConnectionView; provides: []; invalidates: ["connections","mapping"] };
  "connector.read_write": { request: ConnectorWriteLook; response: ConnectorWriteFound; provides: []; invalidates: [] };
  "connector.remove_write": { request: ConnectorWriteRemove; response: ConnectorWriteRemoved; provides: []; invalidates: ["connections"] };
  "connector.export": { request: ConnectionId; response: ConnectorFile; provides: ["connections"]; invalidates: [] };
  "bridge.begin": { request: BridgeBegin; response: BridgeAddress; provides: []; invalidates: [] };
  "bridge.look": { request: BridgeLookAt; response: BridgeLook; provides: []; invalidates: [] };
  "bridge.create": { request: BridgeCreate; response: ConnectionView; provides: []; invalidates: ["app","connections"] };
  "bridge.address": { request: ConnectionId; response: BridgeAddress; provides: ["connections"]; invalidates: [] };
  "hooks.list": { request: Nothing; response: Hooks; provides: ["connections"]; invalidates: [] };
  "hooks.create": { request: HookCreate; response: HookMade; provides: []; invalidates: ["connections"] };
  "hooks.switch": { request: HookSwitch; response: HookView; provides: []; invalidates: ["connections"] };
  "hooks.remove": { request: HookId; response: Done; provides: []; invalidates: ["connections"] };
  "hooks.events": { request: HookId; response: HookEvents; provides: ["connections"]; invalidates: [] };
  "hooks.retry": { request: HookId; response: HookQueued; provides: []; invalidates: ["connections"] };
  "hooks.send": { request: HookSend; response: HookQueued; provides: []; invalidates: ["connections"] };
  "file.hand": { request: FileHand; response: FileHanded; provides: []; invalidates: [] };
  "file.sources": { request: FileIds; response: FileSources; provides: []; invalidates: [] };
  "file.look": { request: FileLookAt; response: FileLook; provides: ["connections"]; invalidates: [] };
  "connection.create_from_file": { request: ConnectionFromFile; response: ConnectionView; provides: []; invalidates: ["app","connections"] };
  "sample.start": { request: Nothing; response: JobView; provides: []; invalidates: ["app","connections","jobs","review"] };
  "preview.run": { request: PreviewRun; response: Preview; provides: []; invalidates: ["mapping"] };
  "mapping.get": { request: ConnectionId; response: MappingView; provides: ["mapping"]; invalidates: [] };
  "mapping.set": { request: MappingSet; response: MappingView; provides: []; invalidates: ["mapping"] };
  "mapping.suggest": { request: ConnectionId; response: MappingSuggestions; provides: ["mapping"]; invalidates: [] };
  "schema.get": { request: Nothing; response: SchemaView; provides: ["mapping"]; invalidates: [] };
  "fields.list": { request: ConnectionId; response: CustomFields; provides: ["mapping"]; invalidates: [] };
  "fields.choose": { request: FieldsChoose; response: CustomFields; provides: []; invalidates: ["mapping"] };
  "mapping.preview": { request: MappingPreview; response: Preview; provides: ["mapping"]; invalidates: [] };
  "import.forecast": { request: ForecastAsk; response: ImportForecast; provides: ["connections","jobs"]; invalidates: [] };
  "import.start": { request: ImportStart; response: JobView; provides: []; invalidates: ["jobs","review"] };
  "job.list": { request: JobList; response: Jobs; provides: ["jobs"]; invalidates: [] };
  "job.get": { request: JobId; response: JobView; provides: ["jobs"]; invalidates: [] };
  "job.pause": { request: JobId; response: JobView; provides: []; invalidates: ["jobs"] };
  "job.resume": { request: JobId; response: JobView; provides: []; invalidates: ["jobs"] };
  "job.cancel": { request: JobId; response: JobView; provides: []; invalidates: ["jobs"] };
  "job.events": { request: JobEvents; response: JobEventList; provides: ["jobs"]; invalidates: [] };
  "review.summary": { request: ConnectionId; response: ReviewSummary; provides: ["review"]; invalidates: [] };
  "review.list": { request: ReviewList; response: ReviewRows; provides: ["review"]; invalidates: [] };
  "review.unit": { request: ReviewUnit; response: UnitView; provides: ["review"]; invalidates: [] };
  "review.decide": { request: ReviewDecide; response: UnitView; provides: []; invalidates: ["review"] };
  "review.decide_many": { request: ReviewDecideMany; response: Decided; provides: []; invalidates: ["review"] };
  "review.counts": { request: ConnectionId; response: ReviewSummary; provides: ["review"]; invalidates: [] };
  "review.alike": { request: ConnectionId; response: AlikeGroups; provides: ["review"]; invalidates: [] };
  "review.compare": { request: ReviewCompare; response: Comparison; provides: ["review"]; invalidates: [] };
  "review.restore": { request: ReviewRestore; response: Decided; provides: []; invalidates: ["review"] };
  "review.who": { request: ReviewWho; response: WhoSettled; provides: []; invalidates: ["jobs","review"] };
  "review.same_value": { request: ReviewCell; response: SameValue; provides: ["review"]; invalidates: [] };
  "review.fix_rule": { request: ReviewFixRule; response: FixRuleKept; provides: []; invalidates: ["mapping","jobs","review"] };
  "review.again": { request: ConnectionId; response: JobView; provides: []; invalidates: ["jobs","review"] };
  "review.problem_files": { request: ConnectionId; response: ProblemFiles; provides: []; invalidates: [] };
  "review.approve": { request: ReviewApprove; response: Decided; provides: []; invalidates: ["review"] };
  "review.lift_guard": { request: ConnectionId; response: ReviewSummary; provides: []; invalidates: ["review"] };
  "forms.templates": { request: Nothing; response: FormTemplates; provides: []; invalidates: [] };
  "push.start": { request: PushStart; response: JobView; provides: []; invalidates: ["jobs","review","clients"] };
  "undo.start": { request: JobId; response: JobView; provides: []; invalidates: ["jobs","review","clients"] };
  "logs.list": { request: LogsList; response: Logs; provides: ["logs"]; invalidates: [] };
  "export.clients": { request: Nothing; response: Export; provides: []; invalidates: [] };
  "restore.list": { request: Nothing; response: RestorePoints; provides: ["app"]; invalidates: [] };
  "restore.take": { request: Nothing; response: RestorePoints; provides: []; invalidates: ["app"] };
  "restore.start": { request: RestoreStart; response: BookRestored; provides: []; invalidates: ["app","connections","mapping","jobs","review","logs","clients"] };
  "retention.get": { request: Nothing; response: RetentionView; provides: ["app"]; invalidates: [] };
  "retention.set": { request: RetentionView; response: RetentionView; provides: []; invalidates: ["app"] };
  "privacy.erase": { request: PrivacyErase; response: Erased; provides: []; invalidates: ["app","connections","mapping","jobs","review","logs","clients"] };
  "doctor.run": { request: Nothing; response: Diagnosis; provides: []; invalidates: [] };
};

/** What each command shows and makes stale, for caches. */
export const RPC_TAGS: { [K in keyof RpcSchema]: { provides: Tag[]; invalidates: Tag[] } } = {
  "app.state": { provides: ["app","connections","jobs"], invalidates: [] },
  "home.overview": { provides: ["app","review","jobs","clients"], invalidates: [] },
  "network.look": { provides: ["network"], invalidates: [] },
  "clients.find": { provides: ["review","clients"], invalidates: [] },
  "sign_in.begin": { provides: [], invalidates: [] },
  "sign_in.short_code": { provides: [], invalidates: ["app","connections"] },
  "sign_in.callback": { provides: [], invalidates: ["app","connections"] },
  "sign_in.status": { provides: [], invalidates: [] },
  "sign_in.cancel": { provides: [], invalidates: [] },
  "sign_out": { provides: [], invalidates: ["app","connections"] },
  "providers.list": { provides: ["app"], invalidates: [] },
  "connection.test": { provides: [], invalidates: [] },
  "connection.create": { provides: [], invalidates: ["app","connections"] },
  "crm_sign_in.begin": { provides: [], invalidates: [] },
  "crm_sign_in.open_window": { provides: [], invalidates: ["app","connections"] },
  "crm_way.allow": { provides: [], invalidates: ["app"] },
  "crm_way.end": { provides: [], invalidates: ["app","connections"] },
  "crm_sign_in.show_window": { provides: [], invalidates: [] },
  "crm_sign_in.short_code": { provides: [], invalidates: ["app","connections"] },
  "crm_sign_in.callback": { provides: [], invalidates: ["app","connections"] },
  "crm_sign_in.status": { provides: [], invalidates: [] },
  "crm_sign_in.cancel": { provides: [], invalidates: [] },
  "connection.list": { provides: ["connections"], invalidates: [] },
  "connection.get": { provides: ["connections"], invalidates: [] },
  "connection.check": { provides: [], invalidates: ["connections"] },
  "connection.set_key": { provides: [], invalidates: ["connections"] },
  "connection.set_scope": { provides: [], invalidates: ["connections"] },
  "connection.scope_counts": { provides: [], invalidates: [] },
  "connection.answer": { provides: [], invalidates: ["connections","mapping"] },
  "connection.page": { provides: ["connections","jobs"], invalidates: [] },
  "connection.pause": { provides: [], invalidates: ["app","connections","jobs"] },
  "connection.go_on": { provides: [], invalidates: ["app","connections","jobs"] },
  "connection.delete": { provides: [], invalidates: ["app","connections","jobs","review"] },
  "definitions.state": { provides: ["app","connections"], invalidates: [] },
  "definitions.refresh": { provides: [], invalidates: ["app","connections","jobs"] },
  "definitions.agree": { provides: [], invalidates: ["connections"] },
  "connector.sign_in": { provides: [], invalidates: [] },
  "connector.recognise": { provides: [], invalidates: [] },
  "connector.paste": { provides: [], invalidates: [] },
  "connector.check": { provides: [], invalidates: [] },
  "connector.open_file": { provides: [], invalidates: [] },
  "connector.try": { provides: [], invalidates: [] },
  "connector.create": { provides: [], invalidates: ["app","connections"] },
  "connector.replace": { provides: [], invalidates: ["connections","mapping"] },
  "connector.read_write": { provides: [], invalidates: [] },
  "connector.remove_write": { provides: [], invalidates: ["connections"] },
  "connector.export": { provides: ["connections"], invalidates: [] },
  "bridge.begin": { provides: [], invalidates: [] },
  "bridge.look": { provides: [], invalidates: [] },
  "bridge.create": { provides: [], invalidates: ["app","connections"] },
  "bridge.address": { provides: ["connections"], invalidates: [] },
  "hooks.list": { provides: ["connections"], invalidates: [] },
  "hooks.create": { provides: [], invalidates: ["connections"] },
  "hooks.switch": { provides: [], invalidates: ["connections"] },
  "hooks.remove": { provides: [], invalidates: ["connections"] },
  "hooks.events": { provides: ["connections"], invalidates: [] },
  "hooks.retry": { provides: [], invalidates: ["connections"] },
  "hooks.send": { provides: [], invalidates: ["connections"] },
  "file.hand": { provides: [], invalidates: [] },
  "file.sources": { provides: [], invalidates: [] },
  "file.look": { provides: ["connections"], invalidates: [] },
  "connection.create_from_file": { provides: [], invalidates: ["app","connections"] },
  "sample.start": { provides: [], invalidates: ["app","connections","jobs","review"] },
  "preview.run": { provides: [], invalidates: ["mapping"] },
  "mapping.get": { provides: ["mapping"], invalidates: [] },
  "mapping.set": { provides: [], invalidates: ["mapping"] },
  "mapping.suggest": { provides: ["mapping"], invalidates: [] },
  "schema.get": { provides: ["mapping"], invalidates: [] },
  "fields.list": { provides: ["mapping"], invalidates: [] },
  "fields.choose": { provides: [], invalidates: ["mapping"] },
  "mapping.preview": { provides: ["mapping"], invalidates: [] },
  "import.forecast": { provides: ["connections","jobs"], invalidates: [] },
  "import.start": { provides: [], invalidates: ["jobs","review"] },
  "job.list": { provides: ["jobs"], invalidates: [] },
  "job.get": { provides: ["jobs"], invalidates: [] },
  "job.pause": { provides: [], invalidates: ["jobs"] },
  "job.resume": { provides: [], invalidates: ["jobs"] },
  "job.cancel": { provides: [], invalidates: ["jobs"] },
  "job.events": { provides: ["jobs"], invalidates: [] },
  "review.summary": { provides: ["review"], invalidates: [] },
  "review.list": { provides: ["review"], invalidates: [] },
  "review.unit": { provides: ["review"], invalidates: [] },
  "review.decide": { provides: [], invalidates: ["review"] },
  "review.decide_many": { provides: [], invalidates: ["review"] },
  "review.counts": { provides: ["review"], invalidates: [] },
  "review.alike": { provides: ["review"], invalidates: [] },
  "review.compare": { provides: ["review"], invalidates: [] },
  "review.restore": { provides: [], invalidates: ["review"] },
  "review.who": { provides: [], invalidates: ["jobs","review"] },
  "review.same_value": { provides: ["review"], invalidates: [] },
  "review.fix_rule": { provides: [], invalidates: ["mapping","jobs","review"] },
  "review.again": { provides: [], invalidates: ["jobs","review"] },
  "review.problem_files": { provides: [], invalidates: [] },
  "review.approve": { provides: [], invalidates: ["review"] },
  "review.lift_guard": { provides: [], invalidates: ["review"] },
  "forms.templates": { provides: [], invalidates: [] },
  "push.start": { provides: [], invalidates: ["jobs","review","clients"] },
  "undo.start": { provides: [], invalidates: ["jobs","review","clients"] },
  "logs.list": { provides: ["logs"], invalidates: [] },
  "export.clients": { provides: [], invalidates: [] },
  "restore.list": { provides: ["app"], invalidates: [] },
  "restore.take": { provides: [], invalidates: ["app"] },
  "restore.start": { provides: [], invalidates: ["app","connections","mapping","jobs","review","logs","clients"] },
  "retention.get": { provides: ["app"], invalidates: [] },
  "retention.set": { provides: [], invalidates: ["app"] },
  "privacy.erase": { provides: [], invalidates: ["app","connections","mapping","jobs","review","logs","clients"] },
  "doctor.run": { provides: [], invalidates: [] },
};
