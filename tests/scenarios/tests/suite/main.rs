//! Stories through the engine on real parts.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod accounts;
mod appointments;
#[cfg(unix)]
mod bridges;
#[cfg(unix)]
mod bundles;
#[cfg(unix)]
mod calendar_files;
mod canary;
mod changes;
mod cloud_faults;
mod crm_faults;
mod custom_fields;
mod erasure;
mod expected_records;
#[cfg(unix)]
mod feeds;
#[cfg(unix)]
mod files;
mod first_import;
#[cfg(unix)]
mod forecasts;
mod forms;
#[cfg(target_os = "linux")]
mod google;
mod google_calendar;
mod honeybook;
#[cfg(unix)]
mod hook_kills;
mod hub_canary;
#[cfg(unix)]
mod hub_kills;
#[cfg(unix)]
mod hub_pair;
#[cfg(unix)]
mod hub_story;
mod moved;
mod pausing;
mod people_alone;
mod previews;
mod restore;
mod schema;
mod shared_people;
mod signed_sources;
mod silence;
#[cfg(unix)]
mod sources;
mod stops;
mod support;
mod two_profiles;
mod undo;
mod views;
mod waits;
