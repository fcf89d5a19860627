//! The cloud's switches and what it holds, as JSON over a port of its own, for stories that are not written in Rust.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `PUT /_cloud/door` | `{"state": "shut" or "open"}` | `{}` |
//! | `PUT /_cloud/switches` | `{"serial", "disabled"}` as a signed bundle has them | `{}` |
//! | `GET /_cloud/held` | | `{"digest", "counts"}` of the account |
//! | `GET /_cloud/records` | | its live records by type, names standing for ids |
//! | `POST /_cloud/expected` | `[{"people", "field", "value"}]`, the value chosen for one of these | `{"fault"}`, null when all is as it should be |
//! | `POST /_cloud/expected-of-files` | `{"vendor"}`, whose export was brought in | `{"fault"}` likewise |
//! | `GET /_cloud/tokens` | | every token that was given out, where bodies are kept |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::book::{Book, Expected, ExpectedPerson};
use crate::expected::{Decided, Held, assert_held};
use crate::exports;
use crate::http::{Answer, Request, Response, Site};
use crate::wedsync::{Publication, WedSync};

/// Answers for one account.
pub(crate) struct CloudControl {
    pub(crate) wedsync: Arc<WedSync>,
    pub(crate) book: Arc<Book>,
    pub(crate) login: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DoorState {
    Shut,
    Open,
}

#[derive(Deserialize)]
struct DoorOrder {
    state: DoorState,
}

/// What is switched off from now on.
#[derive(Deserialize)]
struct SwitchOrder {
    serial: u64,
    disabled: Vec<Value>,
}

/// A value chosen in review for one of a couple: the one whose own could not be read.
#[derive(Deserialize)]
struct Chosen {
    people: Vec<String>,
    field: String,
    value: Value,
}

impl CloudControl {
    fn handle(&self, request: &Request) -> Result<Value, String> {
        let path = request.path.strip_prefix("/_cloud/").unwrap_or_default();
        match (request.method.as_str(), path) {
            ("PUT", "door") => {
                let order: DoorOrder =
                    serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
                match order.state {
                    DoorState::Shut => self.wedsync.go_down(),
                    DoorState::Open => self.wedsync.come_back(),
                }
                Ok(json!({}))
            }
            ("PUT", "switches") => {
                let order: SwitchOrder =
                    serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
                let publication = Publication {
                    serial: order.serial,
                    switches_serial: order.serial,
                    disabled: order.disabled,
                    ..Publication::default()
                };
                self.wedsync.publish(&publication).map_err(|error| error.to_string())?;
                Ok(json!({}))
            }
            ("GET", "held") => {
                let dump = self.wedsync.dump(&self.login).map_err(|error| error.to_string())?;
                let counts = self.wedsync.counts(&self.login).map_err(|error| error.to_string())?;
                Ok(json!({ "digest": dump.digest, "counts": counts }))
            }
            ("GET", "records") => {
                let dump = self.wedsync.dump(&self.login).map_err(|error| error.to_string())?;
                Ok(dump.json)
            }
            ("POST", "expected") => {
                let chosen: Vec<Chosen> =
                    serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
                let dump = self.wedsync.dump(&self.login).map_err(|error| error.to_string())?;
                let decided = self.decided(chosen)?;
                let held = Held::new(dump.json);
                let looked = catch_unwind(AssertUnwindSafe(|| assert_held(&self.book, &held, &decided)));
                Ok(json!({ "fault": looked.err().map(|fault| said(fault.as_ref())) }))
            }
            ("POST", "expected-of-files") => {
                let order: Value =
                    serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
                let dump = self.wedsync.dump(&self.login).map_err(|error| error.to_string())?;
                let vendor = order["vendor"].as_str().unwrap_or_default();
                exports::answer(&self.book, vendor, &Held::new(dump.json))
            }
            ("GET", "tokens") => {
                let replies = self.wedsync.log().into_iter().filter_map(|exchange| exchange.reply);
                let tokens = replies.flat_map(|reply| {
                    ["access_token", "refresh_token"].map(|name| reply[name].as_str().map(str::to_owned))
                });
                Ok(json!(tokens.flatten().collect::<Vec<_>>()))
            }
            _ => Err("no such switch".to_owned()),
        }
    }

    /// The people by their ids in the CRM; what is chosen has to be for exactly one of them.
    fn decided(&self, chosen: Vec<Chosen>) -> Result<Vec<Decided>, String> {
        let expected = self.book.expected();
        let decide = |Chosen { people, field, value }| {
            let meant = |held: &&ExpectedPerson| people.contains(&full_name(held)) && has_no_number(held);
            let mut named = everybody(&expected).filter(meant);
            match (named.next(), named.next()) {
                (Some(one), None) => Ok((one.id.to_string(), field, value)),
                (None, _) => Err(format!("none of {people:?} has a number that is none")),
                (Some(_), Some(_)) => Err(format!("several of {people:?} have numbers that are none")),
            }
        };
        chosen.into_iter().map(decide).collect()
    }
}

fn has_no_number(person: &ExpectedPerson) -> bool {
    person.phone_text.is_some() && person.phone_e164.is_none()
}

fn everybody(expected: &Expected) -> impl Iterator<Item = &ExpectedPerson> {
    expected.parties.iter().flat_map(|party| &party.people)
}

fn full_name(person: &ExpectedPerson) -> String {
    match &person.last_name {
        Some(last) => format!("{} {last}", person.first_name),
        None => person.first_name.clone(),
    }
}

/// What an assertion said.
fn said(fault: &(dyn std::any::Any + Send)) -> String {
    let text = fault.downcast_ref::<String>().cloned();
    text.or_else(|| fault.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "something differs".to_owned())
}

impl Site for CloudControl {
    fn answer(&self, request: Request) -> Answer {
        let (status, body) = match self.handle(&request) {
            Ok(body) => (200, body),
            Err(reason) => (400, json!({ "error": reason })),
        };
        Response::json(status, body.to_string().into_bytes()).into()
    }
}
