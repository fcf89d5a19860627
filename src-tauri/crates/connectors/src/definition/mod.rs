//! Connector definitions: what one CRM is, as data.
//!
//! One TOML file per CRM, closed vocabulary, `deny_unknown_fields`, so that a misspelt key is a fault and never a
//! silent default. There is no template language and no code in a definition; what the vocabulary cannot say gets
//! Rust behind the same port. Deliberately absent: any request, and any knowledge of a single CRM.

mod assemble;
mod auth;
mod beside;
mod bundle;
mod calendars;
mod check;
mod custom_fields;
mod failure;
mod leaf;
mod lift;
mod list;
mod map_rule;
mod route;
mod sign_in;
mod standard;
mod table;
mod way;
mod write;

pub use assemble::{
    Assemble, Child, Each, EventPick, JobOrder, JobShape, OnJob, PartyRoles, PersonShape, RoleWords,
};
pub use auth::{Auth, AuthKind, ClientProof, Exchange, Oauth2, Redirect};
pub(crate) use beside::PAID_AT;
pub use beside::{BesideList, BesideRecord, Pays};
pub use bundle::{embedded, embedded_keys, embedded_text, icon, name_of};
pub use calendars::{AppointmentsRead, Declined, EachOf, LastDay, Moment, Repeated};
pub use check::{DefinitionFault, parse};
pub use custom_fields::{CarriedBy, CustomFields};
pub use failure::{Action, BodyField, FailureRule, Offer, RequestKind, StatusMatch};
pub use leaf::{Labelled, Leaf, Leaves, Rule};
pub use list::{
    Absent, ChangesAt, Empty, EventsRead, ListAccount, ListPages, ListRead, Nested, NewestFirst, Only, Order,
    Rows, SyncToken, Window, Words,
};
pub use map_rule::MapRule;
pub use route::{
    AccountProbe, Always, ApiReads, ApiRoute, Limit, Lists, ListsRead, Pagination, Paging, Parent,
    ParentEntry, Preview, SortOrder, State, Stream, TimeZoneProbe,
};
pub use sign_in::{
    Carry, CarryFrom, Cell, CellRead, DateWords, Detail, DrawnBy, PagePages, PageRead, PageRows, SignInRoute,
    SiteAccount,
};
pub use standard::FieldUse;
pub use table::table;
pub use way::{
    BridgeRoute, Capability, Category, DeclaredRoute, FileFormat, FileRoute, OpenedRoute, Operation,
    RouteKind, Takes,
};
pub use write::{
    Answered, BodyForm, EmptyAs, FieldPlace, Idempotency, LookFirst, Lookup, Precondition, ReadBack, ReadOne,
    Refusal, Sends, ValueForm, WriteMethod, WriteOrder, WriteRule,
};

use std::collections::BTreeMap;

use serde::Deserialize;

/// The format this build reads; a definition of another format is refused, never half understood.
pub const FORMAT: u32 = 1;

/// One CRM.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Format of the file, [`FORMAT`].
    pub format: u32,
    /// Goes up with every change; part of the scope hash (SYNC-LAW 6).
    pub version: u32,
    /// Who it is.
    pub identity: Identity,
    /// The ways to reach it.
    pub routes: Routes,
    /// How the records of one booking party become one document, where an API has several lists.
    pub assemble: Option<Assemble>,
    /// What the fields of a record are, where each record of one list is a client.
    pub rows: Option<Rows>,
    /// What the records of one list are, where each is an appointment without a client.
    pub appointments: Option<AppointmentsRead>,
    /// Where the supplier's own fields are listed, for a CRM that has any.
    pub custom_fields: Option<CustomFields>,
    /// How amounts are to be read; asked where it does not say.
    pub money: Option<Money>,
    /// What can be done with which records by which route, and from where that is known.
    #[serde(default)]
    pub capability: Vec<Capability>,
    /// The suggested mapping, where the definition assembles documents itself.
    #[serde(default)]
    pub mapping: Vec<MapRule>,
    /// What fields are known to be called (`wedding_date`) and what they are (`project.wedding_date`): the suggested mapping
    /// of records that a test read recognises. The places are those of file presets.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Writing back.
    pub writes: Option<Writes>,
}

/// Name and face of a CRM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `provider_key`, as the specification spells it.
    pub key: String,
    /// Name to show; a proper name, the same in every language.
    pub name: String,
    /// Message id of one line about it.
    pub description: String,
    /// Icon below `icons/`, drawn for this project.
    pub icon: String,
    /// What kind of system it is.
    pub category: Category,
    /// Other names people search for.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// The routes of a CRM; each is a way of its own to reach the book.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    /// A REST API.
    pub api: Option<ApiRoute>,
    /// A web view in which the person signs in.
    pub sign_in: Option<SignInRoute>,
    /// Its own exports.
    pub file: Option<FileRoute>,
    /// A calendar by its address.
    pub feed: Option<DeclaredRoute>,
    /// An endpoint that only takes.
    pub push: Option<DeclaredRoute>,
    /// Events that WedSync's cloud hands on.
    pub bridge: Option<BridgeRoute>,
}

/// How well a claim about a CRM is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The provider's own document says so.
    Documented,
    /// Seen by others in traffic or exports.
    Observed,
    /// Only our specification says so; such a route has no host of its own.
    Specified,
}

impl Evidence {
    /// The name that definitions, tables and the wire use.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Observed => "observed",
            Evidence::Specified => "specified",
        }
    }
}

/// How amounts are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Unit of integers.
    pub unit: MoneyUnit,
}

/// Unit of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// Pence, cents.
    Minor,
    /// Pounds, dollars.
    Major,
    /// The CRM does not say: ask once, and keep money out of plans until answered (MODEL 1).
    Ask,
}

/// Writing back to the CRM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// When permission to write is checked.
    pub permission: WritePermission,
}

/// When permission to write is checked. Never by writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WritePermission {
    /// The app says "checked when you turn on two-way".
    WhenTwoWay,
    /// The route cannot write.
    None,
}

/// The one route by which a connection reads.
#[derive(Debug, Clone, Copy)]
pub struct ReadRoute<'a> {
    /// What all routes have.
    pub opened: OpenedRoute<'a>,
    /// What a failed reply means, first match counts.
    pub failure: &'a [FailureRule],
    /// A list of JSON records, each of which is a client.
    pub list: Option<&'a ListRead>,
    /// A list on pages.
    pub page: Option<&'a PageRead>,
    /// The whole route, where it is the one behind a sign-in.
    pub site: Option<&'a SignInRoute>,
}

impl Definition {
    /// The route by which a connection of this definition reads: its API where that says how it is read, else the one behind
    /// a sign-in.
    pub fn read_route(&self) -> Option<ReadRoute<'_>> {
        let kind = match (&self.routes.api, &self.routes.sign_in) {
            (Some(api), Some(_)) if api.reads.is_some() => RouteKind::Api,
            (Some(_), None) => RouteKind::Api,
            (_, Some(_)) => RouteKind::SignIn,
            (None, None) => return None,
        };
        let opened = self.routes.opened(kind)?;
        let site = self.routes.sign_in.as_ref().filter(|_| kind == RouteKind::SignIn);
        let (failure, list, page) = match kind {
            RouteKind::SignIn => {
                let route = self.routes.sign_in.as_ref()?;
                (&route.failure, route.list.as_ref(), route.page.as_ref())
            }
            RouteKind::Api | RouteKind::File | RouteKind::Feed | RouteKind::Push | RouteKind::Bridge => {
                let route = self.routes.api.as_ref()?;
                (&route.failure, route.list(), None)
            }
        };
        Some(ReadRoute { opened, failure, list, page, site })
    }

    /// How its events are read, where it is read by those.
    pub fn events(&self) -> Option<&EventsRead> {
        self.routes.bridge.as_ref()?.events.as_ref()
    }

    /// The unit of amounts.
    pub fn money_unit(&self) -> MoneyUnit {
        self.money.map_or(MoneyUnit::Ask, |money| money.unit)
    }
}
