//! The sample that the app carries is an export of the demo's book, and nothing else.

use std::path::Path;

use hub_sandbox::book::{Book, BookSpec};
use hub_sandbox::exports::{Vendor, export};

/// As the demo's: the same couples, fewer of them.
const SEED: u64 = 7;
const CLIENTS: u32 = 60;

#[test]
fn the_apps_sample_is_what_the_generator_writes() {
    let files = export(&Book::generate(BookSpec::new(SEED, CLIENTS)), Vendor::Tave).expect("written");
    let [file] = files.as_slice() else { panic!("one file, not {}", files.len()) };
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src-tauri/crates/cli/sample/clients.csv");
    if std::env::var_os("UPDATE_SAMPLE").is_some() {
        std::fs::write(&place, &file.bytes).expect("written");
    }
    let kept = std::fs::read(&place).expect("the app's sample");
    assert!(kept == file.bytes, "run this test with UPDATE_SAMPLE set");
}
