//! The bodies of the commands: thin, over the engine and the ports. None of them knows which interface is asking.

pub(crate) mod app;
pub(crate) mod bridges;
pub(crate) mod connection_page;
pub(crate) mod connections;
pub(crate) mod connectors;
pub(crate) mod crm_sign_in;
pub(crate) mod crm_way;
pub(crate) mod definitions;
pub(crate) mod fields;
pub(crate) mod files;
pub(crate) mod find;
pub(crate) mod forecast;
pub(crate) mod home;
pub(crate) mod hooks;
pub(crate) mod jobs;
pub(crate) mod keeping;
pub(crate) mod mapping;
pub(crate) mod records;
pub(crate) mod review;
pub(crate) mod sample;
pub(crate) mod settle;
pub(crate) mod sign_in;

/// Rows of a list when the request does not say.
const ROWS: u32 = 100;
/// Rows of a list at most.
const MOST_ROWS: u32 = 500;

/// How many rows a request gets.
fn rows(wanted: Option<u32>) -> u32 {
    wanted.unwrap_or(ROWS).clamp(1, MOST_ROWS)
}
