//! What a row of the command table says, and the macro that turns rows into dispatch, types and the exported schema.

use serde::Serialize;
use serde::de::DeserializeOwned;
use ts_rs::TS;

/// The least role that may give a command (MODEL 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Least {
    /// Also without a sign-in.
    Nobody,
    /// Reading.
    Viewer,
    /// Daily work.
    Member,
    /// Connections and matching.
    Manager,
    /// Everything.
    Owner,
}

impl Least {
    /// Whether a signed-in role suffices. An unknown role may only do what needs none.
    pub fn allows(self, role: Option<&str>) -> bool {
        let held = match role {
            Some("owner") => Least::Owner,
            Some("manager") => Least::Manager,
            Some("member") => Least::Member,
            Some("viewer") => Least::Viewer,
            Some(_) | None => Least::Nobody,
        };
        held >= self
    }
}

/// What a command costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Nothing worth counting.
    Free,
    /// Work on this computer.
    Cheap,
    /// Requests to somebody else's servers: ten a minute and user (R201).
    Costly,
}

/// Where a command is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offered {
    /// Everywhere.
    Everywhere,
    /// Not through `hub serve`, except for profiles whose data is invented: secrets, exports, erasure, restores (MODEL 10).
    NotServed,
    /// On the command line only: what takes a path (MODEL 10).
    LineOnly,
}

/// What a read shows and a write makes stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Profile, sign-in, account.
    App,
    /// Connections.
    Connections,
    /// Matching of fields.
    Mapping,
    /// Jobs.
    Jobs,
    /// The review.
    Review,
    /// The history.
    Logs,
    /// Clients held locally.
    Clients,
    /// Whether WedSync can be reached.
    Network,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandRow {
    /// Name on the wire.
    pub name: &'static str,
    /// Least role.
    pub least: Least,
    /// Cost class.
    pub cost: Cost,
    /// Where it is offered.
    pub offered: Offered,
    /// What it shows.
    pub provides: &'static [Tag],
    /// What it makes stale.
    pub invalidates: &'static [Tag],
}

/// A command as a type, so that callers get the request and response that belong to its name.
pub trait Command {
    /// What it takes.
    type Request: DeserializeOwned + TS + 'static;
    /// What it gives.
    type Response: Serialize + DeserializeOwned + TS + 'static;
    /// Name on the wire.
    const NAME: &'static str;
}

/// Rows to types, table, dispatch and schema. A row without a handler of the right types does not compile.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $Name:ident = $name:literal: $Request:ty => $Response:ty, $handler:path,
        $least:ident, $cost:ident, $offered:ident, provides [$($provides:ident),*], invalidates [$($invalidates:ident),*];
    )*) => {
        /// One type for each command.
        pub mod command {
            use super::dto;
            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub struct $Name;
                impl $crate::Command for $Name {
                    type Request = $Request;
                    type Response = $Response;
                    const NAME: &'static str = $name;
                }
            )*
        }

        /// Every command there is.
        pub const TABLE: &[$crate::CommandRow] = &[$(
            $crate::CommandRow {
                name: $name,
                least: $crate::Least::$least,
                cost: $crate::Cost::$cost,
                offered: $crate::Offered::$offered,
                provides: &[$($crate::Tag::$provides),*],
                invalidates: &[$($crate::Tag::$invalidates),*],
            },
        )*];

        async fn handle(
            host: &dyn $crate::Host,
            name: &str,
            payload: serde_json::Value,
        ) -> Result<serde_json::Value, $crate::ApiError> {
            match name {
                $($name => {
                    let request: $Request = read(payload)?;
                    // Boxed: the future of the match would otherwise be as large as the largest of its arms.
                    let response: $Response = Box::pin($handler(host, request)).await?;
                    serde_json::to_value(response).map_err($crate::ApiError::Encode)
                })*
                _ => Err($crate::ApiError::UnknownCommand),
            }
        }

        /// Calls the visitor with each command's row, request and response type.
        pub(crate) fn visit(visitor: &mut impl $crate::schema::CommandVisitor) {
            let mut rows = TABLE.iter();
            $(
                if let Some(row) = rows.next() {
                    visitor.command::<$Request, $Response>(row);
                }
            )*
        }
    };
}

pub(crate) use commands;
