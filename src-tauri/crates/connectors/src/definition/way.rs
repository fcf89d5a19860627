//! The routes beside the API, and what can be done by which route.

use hub_core::record::RecordType;
use serde::Deserialize;

use super::{Auth, EventsRead, Evidence, Limit, Routes, State};

/// What kind of system it is to a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Clients, jobs and money of a studio.
    Crm,
    /// Galleries for clients.
    Gallery,
    /// An address book.
    Contacts,
    /// A calendar.
    Calendar,
    /// Appointments that clients book.
    Scheduling,
    /// Books of account.
    Accounts,
    /// Hands things on between others.
    Automation,
    /// Whatever the person has.
    Custom,
}

impl Category {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Crm => "crm",
            Category::Gallery => "gallery",
            Category::Contacts => "contacts",
            Category::Calendar => "calendar",
            Category::Scheduling => "scheduling",
            Category::Accounts => "accounts",
            Category::Automation => "automation",
            Category::Custom => "custom",
        }
    }
}

/// A way to reach a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    /// A REST API.
    Api,
    /// A web view in which the person signs in.
    SignIn,
    /// The CRM's own exports.
    File,
    /// A calendar by its address.
    Feed,
    /// An endpoint that only takes.
    Push,
    /// Events that WedSync's cloud hands on.
    Bridge,
}

impl RouteKind {
    /// All, in the order in which they are shown.
    pub const ALL: [RouteKind; 6] = [
        RouteKind::Api,
        RouteKind::SignIn,
        RouteKind::File,
        RouteKind::Feed,
        RouteKind::Push,
        RouteKind::Bridge,
    ];

    /// The name that definitions, tables and the wire use.
    pub fn as_str(self) -> &'static str {
        match self {
            RouteKind::Api => "api",
            RouteKind::SignIn => "sign_in",
            RouteKind::File => "file",
            RouteKind::Feed => "feed",
            RouteKind::Push => "push",
            RouteKind::Bridge => "bridge",
        }
    }
}

/// A route that this build declares without running it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredRoute {
    /// Whether this build runs it.
    pub state: State,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where that is written; required unless `specified`.
    pub source: Option<String>,
    /// Every host it talks to; absent where nobody knows one, or where the user gives the address.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What it is opened with.
    pub auth: Auth,
    /// Limits of requests per account.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Message id of what a person should know before choosing it.
    pub note: Option<String>,
}

/// Events that an automation sends over WedSync's cloud, and takes from WedSync.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeRoute {
    /// Whether this build runs it.
    pub state: State,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where that is written; required unless `specified`.
    pub source: Option<String>,
    /// What it is opened with: an address.
    pub auth: Auth,
    /// Message id of what a person should know before choosing it.
    pub note: Option<String>,
    /// Whether it takes events of WedSync as well; by a CRM's own triggers none go there.
    #[serde(default)]
    pub takes: Takes,
    /// How events are read; absent where events that are sent as a test have to tell.
    pub events: Option<EventsRead>,
}

/// Whether a bridge takes events of WedSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// At an address that the person makes there.
    Hooks,
    /// It does not.
    #[default]
    Nothing,
}

/// The CRM's own exports.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRoute {
    /// Whether this build runs it.
    pub state: State,
    /// How well its exports are known; `specified` is "any list it can export".
    pub evidence: Evidence,
    /// Where that is written; required unless `specified`.
    pub source: Option<String>,
    /// Exports whose columns are known; other files of it are read like any spreadsheet.
    #[serde(default)]
    pub presets: Vec<String>,
    /// What it exports, most useful first.
    pub formats: Vec<FileFormat>,
    /// Message id of how to get the export.
    pub help: String,
    /// Message id of what a person should know before choosing it.
    pub note: Option<String>,
}

/// A format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Comma, tab or semicolon separated.
    Csv,
    /// A spreadsheet.
    Xlsx,
    /// An archive of files.
    Zip,
    /// An address book.
    Vcard,
    /// A calendar.
    Icalendar,
}

impl FileFormat {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Xlsx => "xlsx",
            FileFormat::Zip => "zip",
            FileFormat::Vcard => "vcard",
            FileFormat::Icalendar => "icalendar",
        }
    }
}

/// What can be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Bring it in.
    Read,
    /// Make one there.
    Create,
    /// Change one there.
    Update,
    /// Delete one there.
    Delete,
}

impl Operation {
    /// The name that definitions, tables and the wire use.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }
}

/// What can be done with some records by a route, and how that is known (R115).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// Route.
    pub route: RouteKind,
    /// Records.
    pub records: Vec<RecordType>,
    /// What can be done.
    pub operations: Vec<Operation>,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where it is written.
    pub source: String,
    /// Message id of what it cannot do.
    pub limitation: Option<String>,
}

/// What every route but that of files has, whichever it is.
#[derive(Debug, Clone, Copy)]
pub struct OpenedRoute<'a> {
    /// Whether this build runs it.
    pub state: State,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where that is written.
    pub source: Option<&'a str>,
    /// Where its requests go; nothing where the person says so, and for routes that are only declared.
    pub base_url: Option<&'a str>,
    /// Every host it talks to.
    pub hosts: &'a [String],
    /// What it is opened with.
    pub auth: &'a Auth,
    /// Limits of requests per account.
    pub limits: &'a [Limit],
    /// Message id of what a person should know before choosing it.
    pub note: Option<&'a str>,
}

impl<'a> From<&'a DeclaredRoute> for OpenedRoute<'a> {
    fn from(route: &'a DeclaredRoute) -> OpenedRoute<'a> {
        OpenedRoute {
            state: route.state,
            evidence: route.evidence,
            source: route.source.as_deref(),
            base_url: None,
            hosts: &route.hosts,
            auth: &route.auth,
            limits: &route.limits,
            note: route.note.as_deref(),
        }
    }
}

impl<'a> From<&'a BridgeRoute> for OpenedRoute<'a> {
    fn from(route: &'a BridgeRoute) -> OpenedRoute<'a> {
        OpenedRoute {
            state: route.state,
            evidence: route.evidence,
            source: route.source.as_deref(),
            base_url: None,
            hosts: &[],
            auth: &route.auth,
            limits: &[],
            note: route.note.as_deref(),
        }
    }
}

impl Routes {
    /// Whether there is such a route, and whether this build runs it.
    pub fn state(&self, kind: RouteKind) -> Option<State> {
        match kind {
            RouteKind::File => self.file.as_ref().map(|route| route.state),
            RouteKind::Api | RouteKind::SignIn | RouteKind::Feed | RouteKind::Push | RouteKind::Bridge => {
                self.opened(kind).map(|route| route.state)
            }
        }
    }

    /// A route that is opened with something; nothing for files, which open with nothing.
    pub fn opened(&self, kind: RouteKind) -> Option<OpenedRoute<'_>> {
        match kind {
            RouteKind::Api => self.api.as_ref().map(|route| OpenedRoute {
                state: route.state,
                evidence: route.evidence,
                source: route.source.as_deref(),
                base_url: route.base_url.as_deref(),
                hosts: &route.hosts,
                auth: &route.auth,
                limits: &route.limits,
                note: route.note.as_deref(),
            }),
            RouteKind::SignIn => self.sign_in.as_ref().map(|route| OpenedRoute {
                state: route.state,
                evidence: route.evidence,
                source: route.source.as_deref(),
                base_url: route.base_url.as_deref(),
                hosts: &route.hosts,
                auth: &route.auth,
                limits: &route.limits,
                note: route.note.as_deref(),
            }),
            RouteKind::File => None,
            RouteKind::Feed => self.feed.as_ref().map(OpenedRoute::from),
            RouteKind::Push => self.push.as_ref().map(OpenedRoute::from),
            RouteKind::Bridge => self.bridge.as_ref().map(OpenedRoute::from),
        }
    }

    /// How well a route is known.
    pub fn evidence(&self, kind: RouteKind) -> Option<Evidence> {
        match kind {
            RouteKind::File => self.file.as_ref().map(|route| route.evidence),
            RouteKind::Api | RouteKind::SignIn | RouteKind::Feed | RouteKind::Push | RouteKind::Bridge => {
                self.opened(kind).map(|route| route.evidence)
            }
        }
    }

    /// Whether something can be done in this build: reading by a route that it runs, and what an automation or a place that
    /// only takes is told of.
    pub fn works(&self, kind: RouteKind, operation: Operation) -> bool {
        let takes = match kind {
            RouteKind::Bridge => self.bridge.as_ref().is_some_and(|bridge| bridge.takes == Takes::Hooks),
            RouteKind::Push => true,
            RouteKind::Api | RouteKind::SignIn | RouteKind::File | RouteKind::Feed => false,
        };
        let done = match operation {
            Operation::Read => kind != RouteKind::Push,
            Operation::Create | Operation::Update => takes,
            Operation::Delete => false,
        };
        done && self.state(kind) == Some(State::Ready)
    }

    /// Whether a rule says how an operation is carried out with a type of record. What such a rule does, the connector can do;
    /// nothing in this version does it by itself.
    pub fn has_rule(&self, kind: RouteKind, operation: Operation, record: RecordType) -> bool {
        kind == RouteKind::Api
            && self.api.as_ref().is_some_and(|api| {
                api.state == State::Ready
                    && api.write.iter().any(|rule| rule.record == record && rule.operation == operation)
            })
    }

    /// Whether the user has to give an address before the route can be used.
    pub fn needs_address(&self, kind: RouteKind) -> bool {
        match kind {
            RouteKind::Api | RouteKind::SignIn => {
                self.opened(kind).is_some_and(|route| route.base_url.is_none())
            }
            RouteKind::File => false,
            // The address of a bridge is made for the person, not asked from them.
            RouteKind::Bridge => false,
            RouteKind::Feed | RouteKind::Push => {
                self.opened(kind).is_some_and(|route| route.hosts.is_empty())
            }
        }
    }
}
