//! The preview: real rows, few requests, whatever the size of the book.

use std::collections::HashSet;
use std::sync::Mutex;

use hub_core::ports::Connector;
use hub_sandbox::book::BookSpec;
use serde_json::Value as Json;

use crate::support::Bench;

#[tokio::test]
async fn ten_rows_within_forty_requests_of_five_thousand_clients() {
    let bench = Bench::new(BookSpec::new(9, 5000));
    let rows: Mutex<Vec<(usize, Json)>> = Mutex::default();
    bench
        .connector
        .preview(10, 40, &|row| rows.lock().unwrap().push((bench.requests(), row.document.clone())))
        .await
        .expect("the sandbox answers");
    assert!(bench.requests() <= 40, "{} requests", bench.requests());
    assert!(bench.pause.waits.lock().unwrap().is_empty(), "no wait at 60 a minute");
    let rows = rows.into_inner().unwrap();
    assert!((8..=10).contains(&rows.len()), "{} parties of the ten newest jobs", rows.len());
    let jobs: usize = rows.iter().map(|(_, row)| row["jobs"].as_array().unwrap().len()).sum();
    assert_eq!(jobs, 10, "the ten newest jobs");
    let counts: HashSet<usize> = rows.iter().map(|(requests, _)| *requests).collect();
    assert!(counts.len() > rows.len() / 2, "rows come one after the other, not all at the end");
    for (_, row) in &rows {
        assert!(row["primary_contact"]["first_name"].is_string(), "a person with a name: {row}");
        assert!(row["jobs"][0]["@"]["id"].is_string());
        assert_ne!(row["jobs"][0]["sample"], true, "no sample data");
    }
    let venues = rows.iter().filter(|(_, row)| row["jobs"][0]["venue_name"].is_string()).count();
    assert!(venues > 0, "places are read while requests are left");
    let labels = rows.iter().filter(|(_, row)| row["partner"].is_object()).count();
    assert!(labels > rows.len() / 2, "couples are couples");
}
