//! Connectors against real HTTP: the sandbox plays the CRM, with every fault it knows.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's allowance for tests does not reach helpers of tests"
)]

mod bundles;
mod calendar_files;
mod calendly;
mod contract;
mod definition_contract;
mod definitions;
mod documented;
mod documents;
mod drawn;
mod exports;
mod faults;
mod feeds;
mod fuzz_seeds;
mod golden;
mod google;
mod google_calendar;
mod google_calendar_documents;
mod google_calendar_facts;
mod json_sites;
mod json_sites_money;
mod limits;
mod names;
mod oauth;
mod pages;
mod preview;
mod quickbooks;
mod sources;
mod support;
mod vendor;
mod wire;
mod writes;
