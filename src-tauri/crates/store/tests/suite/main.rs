//! The store's own suite: one binary, so that SQLCipher is linked once.

mod budget;
mod connections;
mod keeping;
mod mirror;
mod opening;
#[cfg(target_os = "linux")]
mod secret_service;
mod source;
mod support;
mod upload;
