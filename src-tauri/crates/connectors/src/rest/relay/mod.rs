//! Events of an automation, as WedSync's cloud hands them on: Zapier, Make, and every CRM that has triggers there.
//!
//! An event is a JSON object with whatever names its sender chose. It tells of one client: a field of it tells clients apart
//! (or, without one, address and name), and what later events say is laid over what earlier ones said (`merge`). A record is
//! then looked at as a row, by the same rules as a list of one's own. Which field means what is suggested from events that
//! were sent as a test (`look`), and written down as an ordinary definition.
//!
//! Events say what is new and nothing else: absence is never a deletion, blank is never an erasure, and whatever comes twice,
//! late or out of order changes nothing (SYNC-LAW 3, 7, 12; F8, F9, F65). Deliberately absent: the relay itself, which is the
//! cloud's, and sending events, which is another direction with a type of its own (`hook`).

mod connector;
mod look;
mod merge;

pub use connector::{RelayConnector, RelayParts};
pub use look::{ApartBy, RelayLook, look_at_events};
