//! What an import takes is said before it begins, and is what it took (DESIGN 5).

use std::path::Path;

use hub_scenarios::hub::Hub;
use serde_json::{Value as Json, json};

use crate::hub_story::PROGRAM;
use crate::support::world_of;

#[test]
fn an_import_takes_the_requests_that_were_forecast_and_nobody_is_asked_for_the_forecast() {
    // Small enough that all of it fits into one minute of the limit.
    let world = world_of(60);
    let control = world.crm.control();
    let directory = tempfile::tempdir().expect("a directory");
    let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
    hub.sign_in();
    hub.connect(&world);
    hub.choose_everything();
    let forecast = |line: &[&str]| {
        control.reset_log();
        let said = hub.run(&[&["import", "--forecast"], line].concat()).done().last();
        (said, control.log().len())
    };

    let (unknown, asked) = forecast(&[]);
    assert_eq!((&unknown["counted"], &unknown["seconds"]), (&json!("nobody"), &Json::Null), "{unknown}");
    assert_eq!((&unknown["share"], &unknown["at_least"]), (&Json::Null, &json!(true)), "nothing is made up");
    assert_eq!(unknown["sentence"]["id"], "forecast.unknown");
    assert_eq!(asked, 0);

    let (counted, asked) = forecast(&["--count"]);
    assert_eq!((&counted["counted"], &counted["at_least"]), (&json!("lately"), &json!(false)), "{counted}");
    assert!(asked > 0 && asked < 40, "one request a list, and the beginning of the list of jobs: {asked}");
    let requests = counted["requests"].as_u64().expect("a number");
    assert!(counted["share"]["percent"].as_u64().is_some_and(|percent| percent > 0), "{counted}");
    assert_eq!(counted["share"]["per_seconds"], 3_600);

    control.reset_log();
    let imported = hub.run(&["import"]).done();
    assert_eq!(imported.last()["state"], "waiting_review");
    let sent = control.log().len() as u64;
    assert!(sent.abs_diff(requests) <= 1, "{requests} were forecast, {sent} were sent");

    let (again, asked) = forecast(&[]);
    let next = again["requests"].as_u64().expect("a number");
    assert!(next < requests, "only what changed is read: {next} of {requests}");
    assert_eq!((&again["at_least"], asked), (&json!(true), 0), "how much has changed is not known: {again}");
    let (full, asked) = forecast(&["--full"]);
    assert_eq!(full["requests"].as_u64(), Some(requests), "{full}");
    assert_eq!(asked, 0);
}
