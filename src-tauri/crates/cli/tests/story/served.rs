//! `hub serve`: who is let in (MODEL 10).

use hub_testkit::browser::request;
use serde_json::{Value as Json, json};

use crate::hub::{Desk, Running};

struct Served {
    running: Running,
    base: String,
    token: String,
}

fn serve(desk: &Desk) -> Served {
    let mut running = desk.start(&["serve"]);
    let line: Json = serde_json::from_str(&running.line()).expect("the address");
    let url = line["url"].as_str().expect("text").to_owned();
    let (base, token) = url.split_once("/#token=").expect("the token stands in the fragment");
    Served { running, base: base.to_owned(), token: token.to_owned() }
}

#[test]
fn the_door_of_serve() {
    let desk = Desk::new(1);
    let Served { running, base, token } = serve(&desk);
    let kind = ("content-type", "application/json");
    let own = ("origin", base.as_str());
    let trade = json!({ "token": token }).to_string();
    let call = json!({ "cmd": "app.state" }).to_string();
    let post = |path: &str, headers: &[(&str, &str)], body: &str| {
        request("POST", &format!("{base}{path}"), headers, body)
    };

    assert_eq!(post("/session", &[kind], &trade).status, 403, "no origin");
    assert_eq!(
        post("/session", &[kind, ("origin", "http://evil.example")], &trade).status,
        403,
        "another origin"
    );
    assert_eq!(post("/session", &[kind, own, ("host", "evil.example")], &trade).status, 403, "another host");
    assert_eq!(post("/session", &[kind, own], &json!({"token": "guess"}).to_string()).status, 403, "a guess");
    assert_eq!(post("/rpc", &[kind, own], &call).status, 401, "no cookie");

    let opened = post("/session", &[kind, own], &trade);
    assert_eq!(opened.status, 204);
    let cookie = opened.headers["set-cookie"].clone();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(post("/session", &[kind, own], &trade).status, 403, "the token a second time");

    let session = ("cookie", cookie.split(';').next().expect("its value"));
    let answer = post("/rpc", &[kind, own, session], &call);
    assert_eq!(answer.status, 200);
    let answer: Json = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!(answer["ok"]["profile"]["kind"], "test");
    assert_eq!(post("/rpc", &[kind, session], &call).status, 403, "the cookie without the origin");
    assert_eq!(post("/rpc", &[kind, own, session, ("host", "localhost:1")], &call).status, 403, "rebinding");
    let preflight = request("OPTIONS", &format!("{base}/rpc"), &[("origin", "http://evil.example")], "");
    assert_eq!(preflight.status, 403, "closed to other origins");
    assert!(!preflight.headers.contains_key("access-control-allow-origin"), "and says nothing of sharing");

    let unknown = json!({ "cmd": "no.such", "payload": {} }).to_string();
    let answer: Json =
        serde_json::from_str(&post("/rpc", &[kind, own, session], &unknown).body).expect("JSON");
    assert_eq!(answer["err"]["code"], "unknown_command");
    let extra = json!({ "cmd": "app.state", "payload": {"more": 1} }).to_string();
    let answer: Json = serde_json::from_str(&post("/rpc", &[kind, own, session], &extra).body).expect("JSON");
    assert_eq!(answer["err"]["code"], "bad_request", "requests are read strictly");
    let upload = post("/files", &[own, session], "a,b\n1,2\n");
    let upload: Json = serde_json::from_str(&upload.body).expect("JSON");
    assert_eq!(upload["size"], 8);
    let page = request("GET", &format!("{base}/"), &[], "");
    assert_eq!(page.status, 200, "the page, or how to build it");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    running.kill();
}
