//! The `sign_in` route: where the window opens, and how the pages behind the sign-in are read.
//!
//! A person signs in by themselves; what remains of that are the site's cookies. Everything after it is plain HTTP with those
//! cookies, one request after the other. Rows of a page become records with named fields, which `rows` reads like those of
//! any other list. Deliberately absent: a password, a form that is filled in, and anything that writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Auth, Evidence, FailureRule, Limit, ListRead, State};

/// A site that is read with the session of a person who signed in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRoute {
    /// Whether this build runs it.
    pub state: State,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where that is written; required unless `specified`.
    pub source: Option<String>,
    /// Address without a trailing slash; absent in a `specified` route, where the person gives it.
    pub base_url: Option<String>,
    /// Every host that requests and the window may go to.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What it is opened with: a session.
    pub auth: Auth,
    /// Limits of requests per account. A pause is a limit of one request in so many seconds.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Message id of what a person should know before choosing it.
    pub note: Option<String>,
    /// Path below the base URL at which the window opens; the base URL itself where absent.
    pub window: Option<String>,
    /// Message id of what it means that the provider allowed nobody this way. Where it stands, the way is off until the person
    /// switches it on, and over once they switch it off.
    pub off_until: Option<String>,
    /// Headers that the site's own scripts send with every request, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Values of the session that go into headers, such as a token against forged requests.
    #[serde(default)]
    pub carry: Vec<Carry>,
    /// Who is signed in, as an address of the site answers in JSON.
    pub account: Option<SiteAccount>,
    /// What a failed request means, first match counts.
    #[serde(default)]
    pub failure: Vec<FailureRule>,
    /// A list on pages that the site writes for people.
    pub page: Option<PageRead>,
    /// A list of an address that answers JSON to the site's own pages.
    pub list: Option<ListRead>,
}

/// A header whose value the session has. It goes where the session's cookies go and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// Header.
    pub header: String,
    /// Where its value is.
    pub from: CarryFrom,
}

/// Where the value of a header is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CarryFrom {
    /// In a cookie, percent-decoded as a script would read it, as it stands when the request is sent.
    Cookie {
        /// Its name.
        name: String,
    },
    /// On a page of the site, which is asked for once.
    Page {
        /// Path below the base URL.
        path: String,
        /// CSS selector of the element.
        select: String,
        /// Attribute; the text where absent.
        attr: Option<String>,
    },
    /// In an answer of the site in JSON, which is asked for once.
    Answer {
        /// Path below the base URL.
        path: String,
        /// Path of the value in the answer.
        at: String,
    },
}

/// Who is signed in: what tells an account from another on the same site (F36), asked before anything of it is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteAccount {
    /// Path below the base URL.
    pub path: String,
    /// Path of the account's id in the answer.
    pub id: String,
    /// Path of its name.
    pub name: String,
    /// Path of the IANA name of its time zone.
    pub time_zone: Option<String>,
    /// Path of the ISO 4217 code of its currency.
    pub currency: Option<String>,
}

/// A list on pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageRead {
    /// Name of the stream; part of every reference, so it never changes.
    pub stream: String,
    /// Path below the base URL; absent where the person opens the list in the window.
    pub path: Option<String>,
    /// Fixed parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Who draws the page.
    #[serde(default)]
    pub drawn_by: DrawnBy,
    /// What a list has even when nobody is in it, by CSS selector. A page without it and without a row is no list (F81).
    pub holder: Option<String>,
    /// Where the records of a page are.
    pub rows: PageRows,
    /// The number of records of the whole list.
    pub total: Option<Cell>,
    /// Who is signed in: what tells an account from another on the same site (F36).
    pub account: Option<Cell>,
    /// How the list goes on; absent where a test read has to find out.
    pub pages: Option<PagePages>,
    /// Rows of a full page, as far as known. A first page that is full, with no way on and no total, proves no end.
    pub full: Option<u32>,
    /// What only a page for those who are not signed in has, by CSS selectors, beside a field for a password.
    #[serde(default)]
    pub signed_out: Vec<String>,
    /// A page of its own for each record, read with it.
    pub detail: Option<Detail>,
}

/// Who draws a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawnBy {
    /// The site's server: what it sends is the page.
    #[default]
    Server,
    /// A script of the page, in a window. It may draw less than there is, so that only a total proves the end of such a list.
    Script,
}

/// Where the records of a page are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PageRows {
    /// Each is an element.
    Elements {
        /// CSS selector.
        select: String,
        /// What tells it from the others.
        id: Cell,
        /// Its fields by name.
        fields: BTreeMap<String, Cell>,
        /// Fields that no page is without: one on which every row lacks it is laid out differently (F81).
        #[serde(default)]
        needed: Vec<String>,
    },
    /// JSON in a script element, as pages carry it that draw themselves.
    Script {
        /// CSS selector of the element.
        select: String,
        /// Path of the list in the JSON; empty where it is the list.
        #[serde(default)]
        records: String,
        /// Path of the id in a record.
        id: String,
    },
}

/// A value in an element.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// CSS selector below the row (or page); the row itself where absent.
    pub select: Option<String>,
    /// Attribute; the text where absent.
    pub attr: Option<String>,
    /// How its text is to be understood.
    pub read: Option<CellRead>,
}

/// How a text is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum CellRead {
    /// A day that may be told from today: "tomorrow", "in 3 weeks". Everything else stays as it is.
    RelativeDate {
        /// In which language.
        locale: DateWords,
    },
    /// What stands after `mailto:` or `tel:` in an address.
    Contact {},
}

/// Languages in which relative days are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateWords {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
}

/// How a list of pages goes on. The end is always that the page itself names no further one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PagePages {
    /// Everything stands on one page.
    Whole {},
    /// A link to the next page.
    Next {
        /// CSS selector of the link.
        select: String,
        /// Its text, where the selector alone does not tell it from other links.
        text: Option<String>,
    },
    /// Links to numbered pages: the next one is that whose parameter is the present number and one.
    Number {
        /// Parameter of the query.
        param: String,
        /// Number of the first page.
        first: u64,
    },
    /// A button of a form, which is sent as it stands, with whatever token the site put into it.
    Form {
        /// CSS selector of the form.
        select: String,
    },
}

/// A page for each record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// The link to it, below the row.
    pub link: Cell,
    /// What every such page has: one without it is something else.
    pub holder: String,
    /// Further fields of the record by name.
    pub fields: BTreeMap<String, Cell>,
}

impl PageRows {
    /// Names of the fields, where the page names them.
    pub fn fields(&self) -> impl Iterator<Item = (&String, &Cell)> {
        match self {
            PageRows::Elements { fields, .. } => Some(fields.iter()),
            PageRows::Script { .. } => None,
        }
        .into_iter()
        .flatten()
    }
}
