//! A source of one's own that is signed in to in the browser, with `hub` alone: its server is found, gives this program a name,
//! and trades; then it is like any other source. CloudSpot, of which nothing is known but that it is signed in to, is one.

use hub_sandbox::rest::{RestSource, Shape};
use hub_sandbox::{AuthoritySwitches, Told};
use hub_scenarios::hub::{Ended, url_of};
use hub_testkit::browser;
use serde_json::Value as Json;

use crate::files::Desk;
use crate::support::cloud_digest;

/// Signs in as one of those who can, on the line of `hub` that prints the address.
fn sign_in(desk: &Desk, source: &RestSource, line: &[&str], who: usize) -> Ended {
    let login = &source.logins()[who];
    let mut running = desk.hub.start(line);
    let back = browser::fill_form(&url_of(&running.line()), &login.login, &login.password);
    assert!(back.starts_with("http://127.0.0.1:"), "back to this computer: {back}");
    browser::get(&back);
    running.end()
}

fn connect(desk: &Desk, source: &RestSource, provider: &str, more: &[&str]) -> Json {
    let address = source.address();
    let mut line = vec!["connector", "new", &address, "--name", "Our gallery", "--provider", provider];
    line.extend(["--sign", "sign-in", "--no-browser", "--connect"]);
    line.extend(more);
    sign_in(desk, source, &line, 0).done().last()
}

/// It ended with a sentence that holds these words, and nothing was connected.
fn refused(ended: &Ended, words: &str) {
    let told = format!("{}{}", ended.out, ended.err);
    assert_eq!(ended.code(), 1, "{told}");
    assert!(told.contains(words), "{words}: {told}");
}

fn import(desk: &Desk, connection: &Json) -> Json {
    desk.hub.run(&["import", connection["id"].as_str().expect("an id")]).done().last()
}

fn clients(desk: &Desk) -> usize {
    desk.hub.rows().len()
}

#[test]
fn cloudspot_is_found_signed_in_to_imported_uploaded_and_undone() {
    let desk = Desk::new();
    let source =
        RestSource::start_guarded(Shape::CursorInBody, 7, 37, Told::Metadata, false).expect("a source");
    let untouched = cloud_digest(&desk.world);
    let connection = connect(&desk, &source, "cloudspot", &[]);
    assert_eq!(connection["provider"], "cloudspot");
    assert_eq!(connection["account_name"], "Harlow & Finch Photography", "as its own id token says");
    assert_eq!(connection["key_hint"], "", "there is no key");
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(import(&desk, &connection)["state"], "waiting_review");
    assert_eq!(clients(&desk), 37);
    let pushed = desk.upload();

    // The first access token is over; the next one is got with the refresh token, once, and nobody is asked.
    source.expire_access();
    let before = source.counts().refreshed;
    let again = import(&desk, &connection);
    assert_eq!(again["state"], "waiting_review", "{again}");
    assert!(desk.hub.rows().iter().all(|row| row["kind"] == "unchanged"), "nothing is new");
    assert_eq!(source.counts().refreshed, before + 1);

    desk.hub.run(&["undo", pushed["job_id"].as_str().expect("an id")]).done();
    assert_eq!(cloud_digest(&desk.world), untouched);
    let ended = desk.hub.run(&["disconnect"]).done().last();
    assert_eq!(ended["at_crm"], "revoked", "the sign-in is taken back there: {ended}");
    assert_eq!(source.counts().revoked, 1);
}

#[test]
fn a_server_that_stands_apart_is_named_by_the_source_and_only_reading_is_asked_for() {
    let desk = Desk::new();
    let source =
        RestSource::start_guarded(Shape::PagesWithTotal, 9, 24, Told::Metadata, true).expect("a source");
    let file = desk.directory.path().join("own.toml");
    let file = file.to_str().expect("a path of ours");
    let connection = connect(&desk, &source, "custom", &["--out", file]);
    assert_eq!(connection["provider"], "custom:our_gallery");
    let definition = std::fs::read_to_string(file).expect("written");
    assert!(
        definition.contains("scopes = [\"clients.read\", \"openid\", \"offline_access\"]"),
        "{definition}"
    );
    assert!(definition.contains("client = \"registered\""), "{definition}");
    for secret in ["refresh", "access_token", "program-"] {
        assert!(
            !definition.contains(secret),
            "{secret}: a definition holds no secret and no name of this copy"
        );
    }
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(import(&desk, &connection)["state"], "waiting_review");
    assert_eq!(clients(&desk), 24);

    // The same file, tried by somebody who signs in: no address is asked for, and nothing is kept.
    let tried = sign_in(&desk, &source, &["connector", "test", file, "--no-browser"], 0).done().last();
    assert_eq!(tried["clients"].as_array().map(Vec::len), Some(5), "{tried}");

    // A file that names this server and sends its codes elsewhere is refused before anybody signs in, though the name is known.
    let token = definition.lines().find(|line| line.starts_with("token = ")).expect("its endpoint");
    let elsewhere = definition.replace(token, &token.replace("/oauth2/token", "/elsewhere"));
    assert_ne!(elsewhere, definition);
    std::fs::write(file, elsewhere).expect("written");
    refused(&desk.hub.run(&["connector", "test", file, "--no-browser"]), "can only be signed in to in a way");
}

#[test]
fn a_server_that_gives_names_with_a_secret_gets_it_back() {
    let desk = Desk::new();
    let source = RestSource::start_guarded(Shape::NextAddress, 3, 20, Told::OpenId, false).expect("a source");
    let connection = connect(&desk, &source, "custom", &[]);
    assert_eq!(connection["account_name"], "Harlow & Finch Photography");
    source.expire_access();
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(import(&desk, &connection)["state"], "waiting_review", "renewed with name and secret");
}

#[test]
fn a_server_without_names_wants_one_typed_and_one_that_says_nothing_wants_a_key() {
    let desk = Desk::new();
    let nameless =
        RestSource::start_guarded(Shape::CursorInBody, 3, 20, Told::Nameless, false).expect("a source");
    let address = nameless.address();
    let line =
        ["connector", "new", &address, "--name", "Gallery", "--sign", "sign-in", "--no-browser", "--connect"];
    refused(&desk.hub.run(&line), "client ID");
    let named = [&line[..], &["--client-id", "wedsync-by-hand"]].concat();
    sign_in(&desk, &nameless, &named, 0).done();

    let silent =
        RestSource::start_guarded(Shape::CursorInBody, 3, 20, Told::Nowhere, false).expect("a source");
    let address = silent.address();
    let line = ["connector", "new", &address, "--name", "Silent", "--sign", "sign-in", "--no-browser"];
    refused(&desk.hub.run(&line), "says nowhere how to sign in");
}

#[test]
fn f36_another_account_at_the_same_source_is_refused_and_taken_back() {
    let desk = Desk::new();
    let source =
        RestSource::start_guarded(Shape::CursorInBody, 7, 12, Told::Metadata, false).expect("a source");
    let connection = connect(&desk, &source, "custom", &[]);
    desk.hub.run(&["scope", "--agree"]).done();
    source.revoke_all();
    let stopped = desk.hub.run(&["import", connection["id"].as_str().expect("an id")]);
    assert_eq!((stopped.code(), &stopped.last()["state"]), (1, &"waiting_auth".into()), "{}", stopped.out);
    let again = ["connect", "custom:our_gallery", "--replace-key", "Our gallery", "--no-browser"];
    refused(&sign_in(&desk, &source, &again, 1), "another account");
    assert_eq!(source.counts().revoked, 1, "what was granted to nobody's use is taken back");
    sign_in(&desk, &source, &again, 0).done();
    assert_eq!(import(&desk, &connection)["state"], "waiting_review", "with the right account it goes on");
}

#[test]
fn f35_less_than_was_asked_for_connects_nothing() {
    let desk = Desk::new();
    let source =
        RestSource::start_guarded(Shape::CursorInBody, 7, 12, Told::Metadata, false).expect("a source");
    source.switch(AuthoritySwitches {
        withheld: vec!["clients.read".to_owned()],
        ..AuthoritySwitches::default()
    });
    let address = source.address();
    let line =
        ["connector", "new", &address, "--name", "Gallery", "--sign", "sign-in", "--no-browser", "--connect"];
    refused(&sign_in(&desk, &source, &line, 0), "clients.read");
    assert_eq!(source.counts().revoked, 1, "and nothing is left granted");
    source.switch(AuthoritySwitches::default());
    sign_in(&desk, &source, &line, 0).done();
}
