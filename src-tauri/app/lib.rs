//! The desktop shell: one window, one command, one event stream around the program that `hub` is made of.
//!
//! The only code that says `tauri::`, so that everything below can be driven and tested without a window. Deliberately
//! absent: any decision about records, any second way to the store (the shell takes a seat in `hub_cli` and dispatches
//! to the command table), and any path of a file on its way to JavaScript.

mod arrivals;
mod desk;
mod door;
mod files;
mod line;
mod menu;
mod notices;
mod page_view;
mod rest;
mod run;
mod sign_in;
mod stream;
mod tray;
mod window;

#[cfg(test)]
mod tests;

pub use run::main;
