//! The bare pull: the same pages downloaded, parsed and inserted into plain SQLite, and nothing else.

use std::time::Instant;

use hub_scenarios::Outside;
use rusqlite::{Connection, params};
use serde_json::{Value as Json, json};

/// The lists an import reads, with their parameters.
const LISTS: &[(&str, &str)] = &[
    ("address-book", "includeHidden=true"),
    ("job", "includeClosed=true"),
    ("job-contact", "includeHidden=true"),
    ("event", "includeHidden=true"),
    ("order", ""),
    ("payment", ""),
    ("note", "includeHidden=true"),
    ("file", "includeHidden=true"),
];

/// Pulls everything.
pub(crate) fn run(outside: &Outside) -> Json {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(pull(outside))
}

async fn pull(outside: &Outside) -> Json {
    // Installing it twice is no fault.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Connection::open(directory.path().join("bare.db")).expect("a database");
    database.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    database
        .execute_batch(
            "CREATE TABLE raw (stream TEXT, id TEXT, body TEXT, PRIMARY KEY (stream, id)) WITHOUT ROWID",
        )
        .expect("a table");
    let began = Instant::now();
    let (mut requests, mut rows) = (0_u64, 0_u64);
    for (list, parameters) in LISTS {
        for page in 1.. {
            let address =
                format!("{}/{list}?page={page}&pageSize=100&sortBy=id%20asc&{parameters}", outside.crm_url);
            let reply =
                client.get(address).header("X-API-KEY", &outside.api_key).send().await.expect("a page");
            let body = reply.bytes().await.expect("its body");
            requests += 1;
            let parsed: Json = serde_json::from_slice(&body).expect("JSON");
            let items = parsed["items"].as_array().expect("items");
            let transaction = database.transaction().expect("a transaction");
            {
                let mut insert = transaction
                    .prepare_cached("INSERT INTO raw (stream, id, body) VALUES (?1, ?2, ?3)")
                    .expect("a statement");
                for item in items {
                    insert.execute(params![list, item["id"].as_str(), item.to_string()]).expect("a row");
                }
            }
            transaction.commit().expect("committed");
            rows += items.len() as u64;
            if page >= parsed["meta"]["totalPages"].as_u64().unwrap_or(0) {
                break;
            }
        }
    }
    json!({"wall_seconds": began.elapsed().as_secs_f64(), "requests": requests, "rows": rows})
}
