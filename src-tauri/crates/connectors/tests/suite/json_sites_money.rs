//! Invoices and payments of Pixieset beside its clients: to the penny, of whom they are, and nothing where the lists changed.

use hub_connectors::{ListConnector, messages};
use hub_core::party::NoLinks;
use hub_core::ports::{Connector, RetryAdvice};
use hub_sandbox::site::{JsonKind, SiteInvoice, Turn};
use hub_testkit::fakes::MemoryRaw;
use serde_json::{Value as Json, json};

use crate::golden::staged;
use crate::json_sites::Bench;
use crate::support::sweep;

/// Everybody as they are mapped and staged, beside the id that Pixieset gave them.
async fn everybody(connector: &ListConnector) -> Vec<(String, Json)> {
    let mut store = MemoryRaw::default();
    for stream in connector.streams() {
        store.keep(&stream.name, sweep(connector, &stream.name).await.expect("the site answers"));
    }
    let parties = connector.parties(&store, "c", &NoLinks).unwrap().all();
    let made = connector.assemble(&store, "c", &parties).unwrap();
    let documents: Vec<Json> = made.into_iter().map(|document| document.document).collect();
    let clients = staged(&connector.default_mapping(), connector.initial_decisions(), &documents);
    let id = |document: &Json| document["primary_contact"]["@"]["id"].as_str().unwrap().to_owned();
    documents.iter().map(id).zip(clients.as_array().unwrap().clone()).collect()
}

fn records<'a>(client: &'a Json, kind: &str) -> Vec<&'a Json> {
    let records = client["records"].as_array().unwrap().iter();
    records.filter(|record| record["is"] == kind).map(|record| &record["fields"]).collect()
}

fn money(minor: u64, currency: &str) -> Json {
    json!({"minor": minor, "currency": currency.to_uppercase()})
}

#[tokio::test]
async fn every_client_has_their_own_invoices_and_payments_to_the_penny() {
    let bench = Bench::new(JsonKind::Pixieset, 120);
    let found = bench.found().await;
    let mut owed: Vec<SiteInvoice> = bench.site.invoices();
    let (drafts, all) = (owed.iter().filter(|one| one.status == "draft").count(), owed.len());
    assert!(drafts > 0 && all > 50, "drafts, and more than two pages: {all}");
    owed.retain(|one| one.status != "draft");
    let (mut euros, mut seen) = (0, Vec::new());
    for (id, client) in everybody(&bench.connector(&found)).await {
        let wanted: Vec<SiteInvoice> = owed.extract_if(.., |one| one.client == id).collect();
        let mut totals: Vec<Json> = wanted.iter().map(|one| money(one.amount, one.currency)).collect();
        let mut read: Vec<Json> =
            records(&client, "invoice").iter().map(|one| one["total"].clone()).collect();
        totals.sort_by_key(Json::to_string);
        read.sort_by_key(Json::to_string);
        assert_eq!(read, totals, "{id}: in the smallest unit, in its own currency, without drafts");
        for (one, wanted) in records(&client, "invoice").iter().zip(&wanted) {
            assert_eq!(one["status"], if wanted.status == "paid" { "paid" } else { "open" }, "{id}");
            assert_eq!(one["due_date"], "2025-09-07", "{id}");
            assert!(one["number"].as_str().is_some_and(|number| number.starts_with("INV-")), "{id}");
            euros += usize::from(wanted.currency == "eur");
        }
        let paid: Vec<_> =
            wanted.iter().flat_map(|one| one.payments.iter().map(move |pay| (one, pay))).collect();
        let payments = records(&client, "payment");
        assert_eq!(payments.len(), paid.len(), "{id}");
        for (invoice, pay) in paid {
            let amount = money(pay.amount, invoice.currency);
            let own = payments.iter().find(|one| one["amount"] == amount).unwrap_or_else(|| panic!("{id}"));
            let status = match pay.status {
                "completed" | "partially_refunded" => "paid",
                "disputed" => "pending",
                other => other,
            };
            assert_eq!((&own["status"], &own["method"]), (&json!(status), &json!("card")), "{id}");
            assert_eq!(own["paid_on"], json!(pay.at[..10]), "{id}: nobody says in which zone");
            let parts: Vec<&Json> = own["allocations"].as_object().unwrap().values().collect();
            assert_eq!(parts, [&json!({"amount": amount})], "{id}: all of it goes to its invoice");
            seen.push(pay.status);
        }
    }
    assert!(
        owed.iter().all(|one| bench
            .site
            .couples()
            .iter()
            .all(|couple| { one.client != format!("cl_{:030X}", couple.number) })),
        "what is left is of those who are not read"
    );
    assert!(!owed.is_empty(), "a visitor of a gallery paid too, and is no client");
    assert!(euros > 0, "another currency stays what it is");
    for status in ["completed", "failed", "disputed", "partially_refunded"] {
        assert!(seen.contains(&status), "{status}");
    }
    let asked: Vec<String> = bench.site.visits().into_iter().map(|visit| visit.what).collect();
    let money: Vec<&String> = asked.iter().filter(|what| what.contains("/invoices/")).collect();
    assert!(
        money.iter().all(|what| what.contains("timeframe_filter=all_time") && what.contains("expand=client"))
    );
    assert!(money.iter().any(|what| what.contains("payments/list/") && what.contains("page_size=50")));
}

#[tokio::test]
async fn a_payment_late_in_the_day_is_of_the_day_that_it_was_where_the_studio_is() {
    let bench = Bench::new(JsonKind::Pixieset, 24);
    let found = bench.found().await;
    for (zone, day) in [("America/Los_Angeles", "2025-08-10"), ("Europe/London", "2025-08-11")] {
        let clients = everybody(&bench.connector_abroad(&found, zone)).await;
        let days: Vec<Json> = clients
            .iter()
            .flat_map(|(_, client)| records(client, "payment"))
            .map(|payment| payment["paid_on"].clone())
            .filter(|day| day.as_str().is_some_and(|day| day.starts_with("2025-08")))
            .collect();
        assert!(!days.is_empty() && days.iter().all(|one| one == day), "{zone}: {days:?}");
    }
}

#[tokio::test]
async fn f81_money_that_is_laid_out_differently_stops_its_list_and_no_look_at_clients() {
    for (turn, stream) in [
        (Turn::AmountsRenamed, "invoice"),
        (Turn::AmountsRenamed, "payment"),
        (Turn::NobodyNamed, "invoice"),
        (Turn::NobodyNamed, "payment"),
    ] {
        let bench = Bench::new(JsonKind::Pixieset, 120);
        bench.site.becomes(turn);
        let found = bench.found().await;
        assert!(!found.documents.is_empty(), "{turn:?}: clients can be seen");
        let error = sweep(&bench.connector(&found), stream).await.expect_err("nothing of it is taken");
        assert_eq!((error.message_id, error.retry), (messages::SITE_CHANGED, RetryAdvice::Never), "{turn:?}");
        assert_eq!(
            sweep(&bench.connector(&found), "clients").await.expect("clients").len(),
            bench.site.total()
        );
    }
    for turn in [Turn::ListMoved, Turn::IdsRenamed, Turn::NoTotal] {
        let bench = Bench::new(JsonKind::Pixieset, 120);
        let found = bench.found().await;
        bench.site.becomes(turn);
        for stream in ["invoice", "payment"] {
            let error = sweep(&bench.connector(&found), stream).await.expect_err("nothing of it is taken");
            assert_eq!(
                (error.message_id, error.retry),
                (messages::SITE_CHANGED, RetryAdvice::Never),
                "{turn:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_few_invoices_of_clients_who_were_deleted_stop_nothing() {
    // Fewer than a page, and not one of them says whose it is.
    let bench = Bench::new(JsonKind::Pixieset, 12);
    bench.site.becomes(Turn::NobodyNamed);
    let found = bench.found().await;
    let clients = everybody(&bench.connector(&found)).await;
    assert_eq!(clients.len(), 12);
    assert!(clients.iter().all(|(_, client)| records(client, "invoice").is_empty()), "they hang on nobody");
}
