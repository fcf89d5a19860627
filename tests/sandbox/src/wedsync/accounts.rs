//! Suppliers, their users, and what a signed-in request may do.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::http::{Problem, Reply};

/// What a user may do in WedSync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, erasure and export included.
    Owner,
    /// Everything but erasure and export.
    Manager,
    /// As a manager; the difference lies outside the records.
    Member,
    /// Reading only.
    Viewer,
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "manager" => Self::Manager,
            "member" => Self::Member,
            _ => Self::Viewer,
        }
    }
}

/// A supplier with one user, as it exists before anybody signs in.
#[derive(Clone, Debug)]
pub struct AccountSeed {
    /// What the user types as login.
    pub login: String,
    /// What the user types as password.
    pub password: String,
    /// The supplier's trading name.
    pub supplier_name: String,
    /// The user's display name.
    pub user_name: String,
    /// What the user may do.
    pub role: Role,
    /// FREE, STARTER, PROFESSIONAL, SCALE or ENTERPRISE.
    pub tier: String,
    /// IANA time zone of the studio.
    pub time_zone: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// ISO 4217.
    pub currency: String,
}

impl AccountSeed {
    /// The demo supplier: a photography studio in London on the SCALE tier.
    pub fn demo() -> Self {
        Self {
            login: "sarah@harlowandfinch.example".to_owned(),
            password: "sandbox-password".to_owned(),
            supplier_name: "Harlow & Finch Photography".to_owned(),
            user_name: "Sarah Harlow".to_owned(),
            role: Role::Owner,
            tier: "SCALE".to_owned(),
            time_zone: "Europe/London".to_owned(),
            country: "GB".to_owned(),
            currency: "GBP".to_owned(),
        }
    }

    /// Another supplier at the same cloud, for whoever signs in as the wrong one.
    pub fn neighbour() -> Self {
        Self {
            login: "hello@brookandfern.example".to_owned(),
            password: "neighbour-password".to_owned(),
            supplier_name: "Brook & Fern Flowers".to_owned(),
            user_name: "Imogen Brook".to_owned(),
            ..Self::demo()
        }
    }
}

/// Who a request speaks for.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) supplier: String,
    pub(super) user: String,
    pub(super) role: Role,
}

impl Caller {
    pub(super) fn may_write(&self) -> Result<(), Problem> {
        match self.role {
            Role::Owner | Role::Manager | Role::Member => Ok(()),
            Role::Viewer => Err(Problem::new(403, "role_forbidden").with("role", self.role.as_str())),
        }
    }

    pub(super) fn may_erase(&self) -> Result<(), Problem> {
        match self.role {
            Role::Owner => Ok(()),
            Role::Manager | Role::Member | Role::Viewer => {
                Err(Problem::new(403, "role_forbidden").with("role", self.role.as_str()))
            }
        }
    }
}

pub(super) fn insert(db: &Connection, seed: &AccountSeed) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO suppliers (id, login, password, name, user_id, user_name, role, tier, time_zone, country, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (login) DO NOTHING",
        params![
            super::db::stable_id(&["supplier", &seed.login]),
            seed.login,
            seed.password,
            seed.supplier_name,
            super::db::stable_id(&["user", &seed.login]),
            seed.user_name,
            seed.role.as_str(),
            seed.tier,
            seed.time_zone,
            seed.country,
            seed.currency,
        ],
    )?;
    Ok(())
}

pub(super) fn supplier_of(db: &Connection, login: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT id FROM suppliers WHERE login = ?1", [login], |row| row.get(0)).optional()
}

pub(super) fn check_password(
    db: &Connection,
    login: &str,
    password: &str,
) -> rusqlite::Result<Option<String>> {
    db.query_row(
        "SELECT id FROM suppliers WHERE login = ?1 AND password = ?2",
        [login.trim(), password],
        |row| row.get(0),
    )
    .optional()
}

pub(super) fn caller(db: &Connection, supplier: &str) -> rusqlite::Result<Option<Caller>> {
    db.query_row("SELECT user_id, role FROM suppliers WHERE id = ?1", [supplier], |row| {
        Ok(Caller {
            supplier: supplier.to_owned(),
            user: row.get(0)?,
            role: Role::parse(&row.get::<_, String>(1)?),
        })
    })
    .optional()
}

/// Connected CRMs a tier allows; `None` is unlimited.
fn connection_limit(tier: &str) -> Option<i64> {
    match tier {
        "STARTER" => Some(1),
        "PROFESSIONAL" => Some(3),
        "SCALE" => Some(5),
        "ENTERPRISE" => None,
        _ => Some(0),
    }
}

/// `GET /account`.
pub(super) fn account(db: &Connection, caller: &Caller, server_time: &str) -> Result<Reply, Problem> {
    let body: Value = db.query_row(
        "SELECT id, name, time_zone, country, currency, user_id, user_name, login, role, tier
           FROM suppliers WHERE id = ?1",
        [&caller.supplier],
        |row| {
            let tier: String = row.get(9)?;
            Ok(json!({
                "supplier": {
                    "id": row.get::<_, String>(0)?, "name": row.get::<_, String>(1)?,
                    "time_zone": row.get::<_, String>(2)?, "country": row.get::<_, String>(3)?,
                    "currency": row.get::<_, String>(4)?,
                },
                "user": {
                    "id": row.get::<_, String>(5)?, "name": row.get::<_, String>(6)?,
                    "email": row.get::<_, String>(7)?, "role": row.get::<_, String>(8)?,
                },
                "limits": {
                    "connections": connection_limit(&tier), "batch_ops": super::batch::MAX_OPS,
                    "body_bytes": super::http::MAX_BODY, "field_bytes": super::values::MAX_FIELD_BYTES,
                },
                "tier": tier,
                "features": {"forms": true, "growth": true, "relay": true},
                "server_time": server_time,
            }))
        },
    )?;
    Ok(Reply::json(200, body))
}

/// Refuses a connection beyond the tier's number, counting the one about to be made.
pub(super) fn check_connection_limit(db: &Connection, caller: &Caller) -> Result<(), Problem> {
    let tier: String =
        db.query_row("SELECT tier FROM suppliers WHERE id = ?1", [&caller.supplier], |row| row.get(0))?;
    let held: i64 =
        db.query_row("SELECT count(*) FROM connections WHERE supplier = ?1", [&caller.supplier], |row| {
            row.get(0)
        })?;
    match connection_limit(&tier) {
        Some(limit) if held >= limit => {
            Err(Problem::new(403, "tier_limit").with("limit", limit).with("tier", tier))
        }
        Some(_) | None => Ok(()),
    }
}
