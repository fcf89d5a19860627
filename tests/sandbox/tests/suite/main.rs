//! The sandbox against its own promises: the book, the API, the vendor's document, the faults.

mod book;
mod client;
mod document;
mod faults;
mod serve;
