//! Everything about one connection, for its page: which way it reads, whose account it is, what it may do, what was agreed
//! to, what it used, and what ending it takes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    BudgetWindow, CalendarLeft, ConnectionView, JobView, ProviderFeature, ProviderRoute, RouteKind, WriteRule,
};

/// What opens the account of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OpenedWith {
    /// A key that a person gave; good until somebody ends it in the CRM.
    Key,
    /// A sign-in in the browser, whose tokens change by themselves.
    SignIn,
    /// The session of a person who signed in in a window.
    Session,
    /// A secret address.
    Address,
    /// Nothing: files that a person picks.
    Nothing,
}

/// Whether the CRM can be told that a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// It is told, and takes the sign-in no longer.
    Told,
    /// It has no way to be told: what was given stays good there until a person ends it.
    ByHand,
    /// There is nothing that could go on.
    Nothing,
}

/// What became of the sign-in at the CRM when a connection was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AtCrm {
    /// The CRM was told, and takes it no longer.
    Revoked,
    /// The CRM could not be told: a person has to end it there.
    NotTold,
    /// It has no way to be told: a person has to end it there.
    StaysGood,
    /// There was nothing that could go on.
    Nothing,
}

/// A connection that was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Disconnected {
    /// At the CRM; here everything of it is gone.
    pub at_crm: AtCrm,
}

/// What was agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AgreedTo {
    /// What to bring, and that it may be kept (R224).
    WhatToBring,
    /// A way that a site may not like.
    Way,
}

/// Something that was agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Agreement {
    /// What.
    pub to: AgreedTo,
    /// Version of the text that was shown.
    pub text_version: String,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
}

/// How old what opens an account is, and when another is suggested (R218).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Opening {
    /// With what.
    pub with: OpenedWith,
    /// When it was given; not known of one that an older version was given.
    #[ts(type = "string | null")]
    pub given_at: Option<Timestamp>,
    /// Days after which another is suggested; nothing for what renews itself.
    pub renew_after_days: Option<u32>,
    /// Whether that time is over.
    pub renew_due: bool,
    /// Whether the CRM can be told of the end.
    pub telling: Telling,
}

/// A connection as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ConnectionPage {
    /// The connection.
    pub connection: ConnectionView,
    /// What the CRM is called; nothing for a list that is no CRM's.
    pub provider_name: Option<String>,
    /// The CRM's own id of the account; nothing where the CRM does not name one.
    pub account_id: Option<String>,
    /// ISO 3166 country of the account.
    pub country: Option<String>,
    /// The way it reads.
    pub way: RouteKind,
    /// All ways that there are for this CRM, that one too where a definition says something of it.
    pub ways: Vec<ProviderRoute>,
    /// What can be done there, by each way.
    pub features: Vec<ProviderFeature>,
    /// The rules for writing that a definition of its own keeps; nothing where it is read by none.
    pub writes: Option<Vec<WriteRule>>,
    /// What the CRM said it grants, of a sign-in in the browser; nothing where it is not asked.
    pub granted: Option<Vec<String>>,
    /// What opens the account.
    pub opening: Opening,
    /// Requests that this program sent and may send.
    pub budget: Vec<BudgetWindow>,
    /// Not before this time, because the CRM asked to wait.
    #[ts(type = "string | null")]
    pub blocked_until: Option<Timestamp>,
    /// What was agreed to, the newest first.
    pub agreements: Vec<Agreement>,
    /// The newest reading that ended or waits for its review.
    pub last_read: Option<JobView>,
    /// What of a calendar was left out when it was last read; nothing where nothing was, and for whatever is no calendar.
    pub calendar_left: Option<CalendarLeft>,
    /// Since when.
    #[ts(type = "string")]
    pub connected_at: Timestamp,
}
