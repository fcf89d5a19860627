//! What must hold of calendars. The replay of the seeds in `connectors/tests/suite/fuzz_seeds.rs` includes this file.

use hub_connectors::feed::{Window, read};

/// Reads an input: the bytes of a calendar.
pub fn calendar(bytes: &[u8]) {
    let Ok(today) = "2026-05-14".parse() else { return };
    let window = Window { today, zone: "Europe/London".to_owned() };
    let Ok(found) = read(bytes, &window) else { return };
    assert!(found.records.len() <= 20_000, "a diary is bounded");
    for pair in found.records.windows(2) {
        assert!(pair[0].id < pair[1].id, "each once, in order");
    }
    for record in &found.records {
        let Ok(told) = serde_json::from_str::<serde_json::Value>(&record.raw) else { panic!("JSON") };
        let day = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let (first, last) = (day("start_date"), day("end_date"));
        assert!(first.len() == 10 && first <= last, "{first} to {last}");
        assert!(last.as_str() >= "2025-05-12" && first.as_str() <= "2029-05-17", "{first} to {last}");
    }
}
