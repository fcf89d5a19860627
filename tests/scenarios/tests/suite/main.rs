//! Stories through the engine on real parts.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod canary;
mod cloud_faults;
mod crm_faults;
mod custom_fields;
mod expected_records;
mod first_import;
mod forms;
#[cfg(unix)]
mod kills;
mod moved;
mod previews;
mod schema;
mod shared_people;
mod silence;
mod support;
mod two_profiles;
mod undo;
mod views;
