//! What every kind has in common: how it is told, what is never shown, what is capped.

use super::*;

const KEY: &str = "k3y-abcdef123456";

fn read(text: &str) -> Result<Pasted, PastedError> {
    read_pasted(&Secret::new(text), &KnownFields::new())
}

fn har() -> String {
    let body = r#"[{\"id\":1,\"name\":\"Ann\"},{\"id\":2,\"name\":\"Cy\"}]"#;
    format!(
        r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "https://crm.example/c?api_key={KEY}",
        "headers": [{{"name": "X-Token", "value": "{KEY}"}}]}}, "response": {{"status": 200, "content":
        {{"mimeType": "application/json", "text": "{body}"}}}}}}]}}}}"#
    )
}

const OPENAPI: &str = "# Our API\n---\nopenapi: 3.0.0\nservers: [{url: 'https://crm.example'}]\npaths:\n  /c:\n    get:\n      \
                       responses:\n        '200':\n          content:\n            application/json:\n              \
                       schema: {type: array, items: {properties: {id: {}, email: {}}}}\n";

#[test]
fn every_kind_is_told_apart() {
    for (text, kind) in [
        ("https://crm.example/clients".to_owned(), PastedKind::Address),
        ("\u{feff}  $ curl https://crm.example/clients\n".to_owned(), PastedKind::Curl),
        (har(), PastedKind::Har),
        (OPENAPI.to_owned(), PastedKind::OpenApi),
        (r#"{"log": [{"id": 1, "name": "Ann"}]}"#.to_owned(), PastedKind::Sample),
        (r#"[{"id": 1, "name": "Ann"}, {"id": 2, "name": "Cy"}]"#.to_owned(), PastedKind::Sample),
    ] {
        let pasted = read(&text).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(pasted.kind, kind);
        assert!(!pasted.candidates.is_empty(), "{kind:?}: a reading without a candidate would lead nowhere");
    }
}

#[test]
fn what_is_none_of_them_is_refused_by_its_reason() {
    for (text, wanted) in [
        ("", "error.pasted.empty"),
        (" \n\u{feff}", "error.pasted.empty"),
        ("Ann Lee, 13 June", "error.pasted.unknown"),
        ("ftp://crm.example/clients", "error.pasted.bad_address"),
        ("wget https://crm.example/clients", "error.pasted.other_command"),
        ("fetch(\"https://crm.example/clients\", {", "error.pasted.other_command"),
        ("Invoke-WebRequest -Uri \"https://crm.example\"", "error.pasted.other_command"),
        ("$session = New-Object Microsoft.PowerShell", "error.pasted.other_command"),
        ("curl 'https://crm.example", "error.pasted.cut"),
        ("{\"data\": [{\"id\": 1},", "error.pasted.cut"),
        ("{\"data\": oops}", "error.pasted.not_json"),
        ("{\"data\": {\"id\": 1}}", "error.pasted.no_list_in_sample"),
        ("[]", "error.pasted.no_list_in_sample"),
        ("[{}, {}]", "error.pasted.no_list_in_sample"),
        ("{\"openapi\": \"4.0\"}", "error.pasted.open_api_version"),
        ("swagger: '1.2'\npaths: {}\n", "error.pasted.open_api_version"),
        ("openapi: 3.1.0\npaths: {}\n", "error.pasted.no_list_described"),
        ("openapi: [3\n", "error.pasted.not_yaml"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.message().id, wanted, "{text}");
    }
}

#[test]
fn every_sentence_stands_in_the_catalogue() {
    for id in PASTED_MESSAGES {
        assert!(hub_core::message::is_known(id), "{id}");
    }
    for note in Note::ALL {
        assert!(hub_core::message::is_known(&note.message().id), "{note:?}");
    }
}

#[test]
fn inv_42_a_key_is_in_nothing_that_can_be_shown() {
    for text in [
        format!("https://ann:{KEY}@crm.example/c"),
        format!("https://crm.example/c?token={KEY}&page=2"),
        format!("curl -H 'X-Api-Key: {KEY}' 'https://crm.example/c?api_key={KEY}'"),
        format!("curl -u ann:{KEY} crm.example/c"),
        har(),
    ] {
        let pasted = read(&text).unwrap_or_else(|error| panic!("{error}"));
        let [candidate] = &pasted.candidates[..] else { panic!("one candidate: {pasted:?}") };
        assert!(
            candidate.key.as_ref().unwrap().expose().contains(KEY),
            "else there is nothing to guard against"
        );
        assert!(!format!("{pasted:?}").contains("k3y"), "{pasted:?}");
        assert!(!candidate.address.as_ref().unwrap().contains("k3y"), "the address would be written down");
    }
    for text in [
        format!("curl -H 'X-Api-Key: {KEY}' ftp://crm.example"),
        format!("curl -X POST -H 'X-Api-Key: {KEY}' crm.example"),
        format!("{{\"log\": {KEY}}}"),
        format!("openapi: [{KEY}\n- {KEY}: ]"),
        format!("'{KEY}"),
    ] {
        let error = read(&text).unwrap_err();
        let sources = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let told: Vec<String> = sources.map(|error| format!("{error} {error:?}")).collect();
        assert!(!format!("{told:?} {:?}", error.message()).contains("k3y"), "{told:?}");
    }
}

#[test]
fn inv_42_a_canary_key_is_seen_by_the_search_itself() {
    // The tests above look for the beginning of the key: it has to be in a text that shows the key.
    assert!(format!("{:?}", KEY.to_owned()).contains("k3y"));
}

#[test]
fn texts_and_candidates_are_capped() {
    let long = format!("curl {}", "a".repeat(LARGEST_PASTE));
    assert!(matches!(read(&long), Err(PastedError::TooLarge)));
    let command = format!("curl https://crm.example/{}", "a".repeat(LARGEST_COMMAND));
    assert!(matches!(read(&command), Err(PastedError::TooLarge)));
    let mut document = "openapi: 3.0.0\nservers: [{url: 'https://crm.example'}]\npaths:\n".to_owned();
    for at in 0..MOST + 5 {
        document.push_str(&format!(
            "  /c{at}: {{get: {{responses: {{200: {{content: {{application/json: {{schema: {{items: {{properties: {{id: {{}}, \
             email: {{}}}}}}}}}}}}}}}}}}}}\n"
        ));
    }
    let pasted = read(&document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pasted.candidates.len(), MOST);
    assert_eq!(pasted.notes, [Note::LeftOut], "and it is said");
}

#[test]
fn hostile_texts_are_read_in_time() {
    let levels = 50_000;
    let texts = [
        format!("{}{}", "[".repeat(levels), "]".repeat(levels)),
        "{\"a\":".repeat(levels),
        format!("openapi: 3.0.0\nx: {}", "[".repeat(levels)),
        format!("openapi: 3.0.0\n{}", "? ".repeat(levels)),
        format!("curl {}", "\n".repeat(500_000)),
        format!("curl a{} -k", "\\ ".repeat(200_000)),
        format!("curl {}", "-".repeat(500_000)),
        format!("curl {}", "-q ".repeat(9_000)),
        format!("{}curl a", "# c\n".repeat(100_000)),
        format!("https://crm.example/?{}", "a=1&".repeat(100_000)),
        format!("curl crm.example/c {}", "-H 'X-Token: abc123' ".repeat(4_000)),
    ];
    let began = std::time::Instant::now();
    for text in texts {
        // Whatever comes of it: neither a panic nor minutes.
        let _ = read(&text);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(90), "took {:?}", began.elapsed());
}

#[test]
fn a_sample_is_compared_with_what_a_test_read_found() {
    use super::super::recognise::{Choices, Found, Proof};
    use crate::definition::ListPages;

    let pasted = read(r#"{"data": [{"id": 1, "name": "Ann", "dog": "Rex", "updated_at": "2026-05-14"}]}"#);
    let pasted = pasted.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pasted.notes, [Note::NoAddress]);
    let seen = pasted.candidates[0].seen.as_ref().unwrap();
    let field = |path: &str| FoundField { path: path.to_owned(), samples: vec![], uses: vec![] };
    let mut found = Found {
        records: "data".to_owned(),
        id: "id".to_owned(),
        newest_first: None,
        version: Some("updated_at".to_owned()),
        total: None,
        count: None,
        pages: ListPages::Whole {},
        proof: Proof::Whole,
        fields: vec![field("name"), field("dog")],
        choices: Choices::default(),
    };
    let same = Compared { same_list: true, same_id: true, missing: vec![] };
    assert_eq!(seen.compared(&found), Some(same.clone()));
    found.fields.pop();
    found.records = "items".to_owned();
    let other = Compared { same_list: false, same_id: true, missing: vec!["dog".to_owned()] };
    assert_eq!(seen.compared(&found), Some(other));
    let described = Seen { rows: None, ..seen.clone() };
    assert_eq!(described.compared(&found), None, "a description promises no field");
}
