//! A source of one's own with `hub` alone: generic REST servers of different shape, none made for any definition, are looked
//! at, imported, reviewed, uploaded, imported again, changed and undone, and held to the source's own list.

use std::collections::BTreeMap;

use hub_sandbox::rest::{Couple, RestSource, Shape};
use serde_json::{Value as Json, json};

use crate::files::Desk;
use crate::support::{cloud_digest, login};

fn connect(desk: &Desk, source: &RestSource, more: &[&str]) -> Json {
    let address = source.address();
    let mut line = vec!["connector", "new", &address, "--sign", source.sign(), "--key-stdin", "--connect"];
    line.extend(more);
    desk.hub.feed(&line, &format!("{}\n", source.key())).done().last()
}

fn import(desk: &Desk, connection: &Json) -> Vec<Json> {
    let id = connection["id"].as_str().expect("an id");
    let ended = desk.hub.run(&["import", id]).done().last();
    assert_eq!(ended["state"], "waiting_review", "{ended}");
    desk.hub.rows()
}

fn kinds(rows: &[Json]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for row in rows {
        *kinds.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    kinds
}

fn full(first: &str, last: &str) -> String {
    format!("{first} {last}")
}

/// Names and day of a couple, as the review shows them.
fn told(couple: &Couple) -> (Vec<String>, Option<String>) {
    let mut names = vec![full(&couple.first, &couple.last)];
    names.extend(
        couple.partner.as_ref().zip(couple.partner_last.as_ref()).map(|(first, last)| full(first, last)),
    );
    names.sort();
    (names, couple.wedding.map(|day| day.to_string()))
}

fn shown(row: &Json) -> (Vec<String>, Option<String>) {
    let names = row["summary"]["names"].as_array().expect("names");
    let mut names: Vec<String> = names.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    names.sort();
    (names, row["summary"]["wedding_date"].as_str().map(str::to_owned))
}

/// Who was uploaded and stands in WedSync, by address.
fn held(desk: &Desk) -> BTreeMap<String, Json> {
    let exported = desk.hub.run(&["export"]).done().last();
    let clients = exported.as_array().expect("clients").iter();
    clients.filter_map(|client| Some((client["email"].as_str()?.to_owned(), client.clone()))).collect()
}

fn whole_story(shape: Shape) {
    let desk = Desk::new();
    let source = RestSource::start(shape, 7, 37).expect("a source");
    let untouched = cloud_digest(&desk.world);
    let connection = connect(&desk, &source, &["--name", "Our own book"]);
    assert_eq!(connection["provider"], "custom:our_own_book", "{shape:?}: {connection}");
    desk.hub.run(&["scope", "--agree"]).done();

    let rows = import(&desk, &connection);
    let mut wanted: Vec<_> = source.couples().iter().map(told).collect();
    let mut found: Vec<_> = rows.iter().map(shown).collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted, "{shape:?}: nobody invented, nobody lost");
    assert_eq!(cloud_digest(&desk.world), untouched, "{shape:?}: a review uploads nothing");
    let pushed = desk.upload();
    let clients = held(&desk);
    for couple in source.couples() {
        let client = clients.get(&couple.email).unwrap_or_else(|| panic!("{shape:?}: {}", couple.email));
        assert_eq!(client["first_name"], json!(couple.first), "{shape:?}");
        assert_eq!(client["wedding_date"], json!(couple.wedding.map(|day| day.to_string())), "{shape:?}");
        assert_eq!(client["venue_name"], json!(couple.venue), "{shape:?}");
    }

    // Inv 11: the same list says nothing new. One change says one thing, and whoever is gone there stays here (Inv 3).
    let again = kinds(&import(&desk, &connection));
    assert!(
        again.keys().all(|kind| ["unchanged", "skipped"].contains(&kind.as_str())),
        "{shape:?}: {again:?}"
    );
    source.change(|couples| {
        couples[4].venue = "The Boathouse".to_owned();
        couples.remove(20);
    });
    let changed = kinds(&import(&desk, &connection));
    assert_eq!(changed.get("changed"), Some(&1), "{shape:?}: {changed:?}");
    assert_eq!(changed.keys().filter(|kind| kind.as_str() == "new").count(), 0, "{shape:?}: {changed:?}");

    let id = pushed["job_id"].as_str().expect("an id");
    assert_eq!(desk.hub.run(&["undo", id]).done().last()["state"], "done");
    assert_eq!(cloud_digest(&desk.world), untouched, "{shape:?}: WedSync as before the upload");
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    assert!(counts.get("client").is_some_and(|held| *held > 0), "the twelve of before are still there");
}

#[test]
fn a_source_with_page_numbers_and_a_total() {
    whole_story(Shape::PagesWithTotal);
}

#[test]
fn a_source_with_a_cursor_in_the_body() {
    whole_story(Shape::CursorInBody);
}

#[test]
fn a_source_with_a_link_header_that_repeats_the_key() {
    whole_story(Shape::LinkHeader);
}

#[test]
fn a_source_with_offsets_and_no_total() {
    whole_story(Shape::OffsetWithoutTotal);
}

#[test]
fn a_definition_is_written_tested_changed_and_used_again() {
    let desk = Desk::new();
    let source = RestSource::start(Shape::NextAddress, 9, 12).expect("a source");
    let file = desk.directory.path().join("own.toml");
    let file = file.to_str().expect("a path of ours");
    let address = source.address();
    let line = [
        "connector",
        "new",
        &address,
        "--name",
        "Harlow's own",
        "--sign",
        "bearer",
        "--key-stdin",
        "--out",
        file,
    ];
    let key = format!("{}\n", source.key());
    let found = desk.hub.feed(&line, &key).done();
    assert_eq!(found.lines()[0]["paging"], "next_url", "{}", found.out);
    assert_eq!(desk.hub.run(&["connections"]).done().last()["connections"], json!([]), "nothing was kept");
    desk.hub.run(&["definitions", "check", file]).done();
    let tried = desk.hub.feed(&["connector", "test", file, "--key-stdin"], &key).done().last();
    assert_eq!(tried["clients"].as_array().map(Vec::len), Some(5));

    let made = desk.hub.feed(&["connector", "use", file, "--key-stdin", "--name", "Own"], &key).done().last();
    assert_eq!((&made["name"], &made["provider"]), (&json!("Own"), &json!("custom:harlow_s_own")));
    let exported = desk.hub.run(&["connector", "export", "Own"]).done().last();
    let written = std::fs::read_to_string(file).expect("written");
    assert_eq!(exported["definition"], json!(written), "byte for byte");
    assert!(!written.contains(&source.key()), "Inv 42: no key in it");

    // Faults are told, all at once, and change nothing; another source is another connection.
    let broken = written.replace("id = \"id\"", "id = \"\"").replace("state = \"ready\"", "state = \"soon\"");
    std::fs::write(file, broken).expect("written");
    let checked = desk.hub.run(&["definitions", "check", file]);
    assert_eq!(checked.code(), 1);
    assert!(checked.last()["faults"].as_array().is_some_and(|faults| !faults.is_empty()));
    assert_eq!(desk.hub.run(&["connector", "replace", file, "--connection", "Own"]).code(), 1);
    let elsewhere = written.replace("path = \"/clients\"", "path = \"/others\"");
    std::fs::write(file, elsewhere).expect("written");
    assert_eq!(desk.hub.run(&["connector", "replace", file, "--connection", "Own"]).code(), 1);

    // The song becomes a note of the wedding.
    let song = "\"attributes.song\"";
    assert!(written.contains(song), "an own field: {written}");
    let edited = written
        .replace(&format!("{song}, "), "")
        .replace(&format!(", {song}"), "")
        .replace(&format!("[{song}]"), "[]")
        .replace("[rows.fields]\n", &format!("[rows.fields]\n{song} = \"project.notes\"\n"));
    std::fs::write(file, edited).expect("written");
    desk.hub.run(&["connector", "replace", file, "--connection", "Own"]).done();
    desk.hub.run(&["scope", "--agree"]).done();
    let rows = import(&desk, &made);
    let unit = desk.hub.run(&["review", "show", &rows[0]["seq"].to_string()]).done().last();
    let songs: Vec<String> = source.couples().into_iter().map(|couple| couple.song).collect();
    assert!(
        songs.iter().any(|song| unit.to_string().contains(song.as_str())),
        "the changed definition counts: {unit}"
    );

    // A new key for the same source goes on with it; a built-in definition cannot be exported.
    let replaced = ["connect", "custom", "--replace-key", "Own", "--key-stdin"];
    assert_eq!(desk.hub.feed(&replaced, &key).done().last()["status"], "connected");
    assert_eq!(desk.hub.feed(&replaced, "wrong\n").code(), 1);
}

#[test]
fn a_crm_whose_address_is_asked_goes_the_same_way_under_its_own_name() {
    let desk = Desk::new();
    let source = RestSource::start(Shape::PagesWithTotal, 13, 14).expect("a source");
    // R188: an API key, and nobody knows where.
    let connection = connect(&desk, &source, &["--name", "StudioCloud", "--provider", "studiocloud"]);
    assert_eq!((&connection["provider"], &connection["route"]), (&json!("studiocloud"), &json!("api")));
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(import(&desk, &connection).len(), 14);
    desk.upload();
    assert_eq!(source.couples().iter().filter(|couple| held(&desk).contains_key(&couple.email)).count(), 14);

    // R189: basic sign-in and nothing else; R191 is known to need OAuth and is not offered.
    let basic = RestSource::start(Shape::OffsetWithoutTotal, 13, 6).expect("a source");
    let crm27 = connect(&desk, &basic, &["--name", "CRM27", "--provider", "crm27"]);
    assert_eq!(crm27["provider"], "crm27");
    let address = source.address();
    for (provider, sign) in
        [("crm27", "bearer"), ("cloudspot", "bearer"), ("honeybook", "bearer"), ("tave", "bearer")]
    {
        let line = [
            "connector",
            "new",
            &address,
            "--name",
            "X",
            "--sign",
            sign,
            "--provider",
            provider,
            "--key-stdin",
        ];
        assert_eq!(desk.hub.feed(&line, "key\n").code(), 1, "{provider} is not signed in to by {sign}");
    }
}

#[test]
fn a_curl_command_is_pasted_and_its_key_is_told_to_nobody() {
    let desk = Desk::new();
    let source = RestSource::start(Shape::PagesWithTotal, 7, 14).expect("a source");
    let key = source.key();
    let file = desk.directory.path().join("request.txt");
    let command = format!(
        "$ curl -sS '{}?page=2' \\\n  -H 'X-Api-Key: {key}' \\\n  -b 'sid=abc' | jq .\n",
        source.address()
    );
    std::fs::write(&file, &command).expect("written");
    let file = file.to_str().expect("a path of ours");
    let made =
        desk.hub.run(&["connector", "new", "--paste", file, "--name", "Our own book", "--connect"]).done();
    let [pasted, found, connection] = &made.lines()[..] else { panic!("three answers: {}", made.out) };
    assert_eq!(pasted["kind"], "curl");
    assert_eq!(pasted["candidates"][0]["address"], json!(source.address()), "without the page");
    assert_eq!(pasted["notes"][0]["id"], "pasted.note.cookies", "a cookie is told and not used");
    assert_eq!(found["proof"], "total");
    assert_eq!(connection["provider"], "custom:our_own_book");
    assert!(!made.out.contains(&key), "Inv 42: the line is told how the key ends, and no more");
    desk.hub.run(&["scope", "--agree"]).done();
    assert_eq!(import(&desk, connection).len(), 14, "and it reads with that key");

    // An answer has no address: it is compared with what the test read finds at the one that is given.
    let answer = json!({"customers": [{"customerId": "C-1", "firstName": "Ann", "shoeSize": 5}]}).to_string();
    let address = source.address();
    let sample = desk.directory.path().join("answer.json");
    std::fs::write(&sample, answer).expect("written");
    let sample = sample.to_str().expect("a path of ours");
    let line = [
        "connector",
        "new",
        &address,
        "--paste",
        sample,
        "--sign",
        source.sign(),
        "--key-stdin",
        "--name",
        "Own",
    ];
    let looked = desk.hub.feed(&line, &format!("{key}\n")).done();
    let compared = &looked.lines()[1]["compared"];
    assert_eq!(*compared, json!({"same_list": true, "same_id": true, "missing": ["shoeSize"]}));
    assert_ne!(
        desk.hub.run(&["connector", "new", "--paste", sample, "--name", "Own"]).code(),
        0,
        "no address"
    );

    // On standard input, and what sends something is refused.
    let refused = desk.hub.feed(
        &["connector", "new", "--paste", "-", "--name", "Own"],
        &format!("curl -X POST {address} -H 'X-Api-Key: {key}'"),
    );
    assert_ne!(refused.code(), 0);
    assert!(!refused.out.contains(&key), "Inv 42");
}
