use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;

use super::*;
use crate::definition::embedded_text;

/// The practice cloud's keys (`tests/sandbox`).
const FIRST: &[u8; 32] = b"wedsync-sandbox-signing-seed-001";
const SECOND: &[u8; 32] = b"wedsync-sandbox-signing-seed-002";
const STRANGER: &[u8; 32] = b"nobody-believes-what-this-signs!";

fn now() -> Timestamp {
    "2026-05-14T08:00:00Z".parse().unwrap()
}

/// HoneyBook's definition, a version later, with an example.
fn honeybook(change: impl FnOnce(String) -> String) -> Json {
    let text = embedded_text("honeybook").unwrap();
    let version = text.lines().find(|line| line.starts_with("version = ")).unwrap();
    let text = change(text.replacen(version, "version = 900", 1));
    json!({"key": "honeybook", "definition": text, "examples": [example()]})
}

fn example() -> Json {
    let records = json!({"project": [{
        "id": "p1", "updated_at": "2026-05-01T10:00:00Z", "name": "Ada & Grace", "project_date": "2027-06-12",
        "workspaces": [{"id": "w1"}],
        "clients": [
            {"id": "m1", "contact": {"id": "c1", "kind": "client", "full_name": "Ada Byron", "email": "ada@example.org"}},
            {"id": "m2", "contact": {"id": "c2", "kind": "client", "full_name": "Grace Hopper"}},
        ],
    }]});
    let records: BTreeMap<String, Vec<Json>> = serde_json::from_value(records).unwrap();
    let clients = comes_of(&embedded("honeybook").unwrap().unwrap(), &records).expect("it is readable");
    assert!(clients.to_string().contains("ada@example.org"), "{clients}");
    assert!(clients.to_string().contains("2027-06-12"), "{clients}");
    json!({"records": records, "clients": clients})
}

fn bundle(serial: u64, definitions: Vec<Json>) -> Json {
    json!({
        "serial": serial, "expires": "2026-06-14T08:00:00Z", "min_app": "0.1.0", "key_id": "sandbox-1",
        "definitions": definitions,
        "kill_switches": {"serial": serial, "disabled": [{"provider": "tave", "reason": "changed"}]},
    })
}

fn signed_by(seed: &[u8; 32], name: &str, bundle: &Json) -> Signed {
    let bytes = bundle.to_string().into_bytes();
    let whole = [b"wedsync-definitions-v1\0".as_slice(), &bytes].concat();
    let signature = SigningKey::from_bytes(seed).sign(&whole).to_bytes().to_vec();
    Signed { bytes, signature, key_id: name.to_owned() }
}

fn signed(bundle: &Json) -> Signed {
    signed_by(FIRST, "sandbox-1", bundle)
}

fn looked(signed: &Signed) -> Result<Taken, Refused> {
    let keys = Keys::practice();
    take(signed, &Trust { keys: &keys, app: "0.1.0", now: now(), serial: 5, switches_serial: 5 })
}

/// Why the definitions of a bundle whose signature is good are not taken.
fn refused(bundle: &Json) -> Refused {
    looked(&signed(bundle)).expect("its signature is good").definitions.expect_err("not taken")
}

#[test]
fn a_newer_definition_with_a_good_signature_and_example_is_taken() {
    let taken = looked(&signed(&bundle(6, vec![honeybook(|text| text)]))).unwrap();
    assert_eq!(taken.serial, 6);
    let definitions = taken.definitions.unwrap();
    assert_eq!(definitions["honeybook"].definition.version, 900);
    let (serial, switches) = taken.switches.unwrap();
    assert_eq!(serial, 6);
    let (route, read) = (crate::definition::RouteKind::Api, crate::definition::Operation::Read);
    assert_eq!(switches.off("tave", route, read), Some(OffReason::Changed));
    assert!(looked(&signed(&bundle(5, Vec::new()))).unwrap().definitions.is_ok(), "the same one again");
    let mut by_the_other = bundle(6, Vec::new());
    by_the_other["key_id"] = json!("sandbox-2");
    assert!(looked(&signed_by(SECOND, "sandbox-2", &by_the_other)).is_ok(), "the key that takes its place");
}

#[test]
fn inv_45_nothing_is_believed_without_the_signature_of_a_known_key_over_every_byte() {
    let good = signed(&bundle(6, Vec::new()));
    for at in [0, good.bytes.len() / 2, good.bytes.len() - 1] {
        let mut bytes = good.bytes.clone();
        bytes[at] ^= 1;
        assert_eq!(looked(&Signed { bytes, ..good.clone() }).unwrap_err(), Refused::Signature, "byte {at}");
    }
    let mut signature = good.signature.clone();
    signature[3] ^= 1;
    assert_eq!(looked(&Signed { signature, ..good.clone() }).unwrap_err(), Refused::Signature);
    let short = Signed { signature: good.signature[..63].to_vec(), ..good.clone() };
    assert_eq!(looked(&short).unwrap_err(), Refused::Signature);
    for (seed, name) in
        [(STRANGER, "sandbox-1"), (STRANGER, "stranger"), (SECOND, "sandbox-1"), (FIRST, "sandbox-2")]
    {
        let signed = signed_by(seed, name, &bundle(6, Vec::new()));
        assert_eq!(looked(&signed).unwrap_err(), Refused::Signature, "by another key, as {name}");
    }
    let bare = bundle(6, Vec::new()).to_string().into_bytes();
    let signature = SigningKey::from_bytes(FIRST).sign(&bare).to_bytes().to_vec();
    let bare = Signed { bytes: bare, signature, key_id: "sandbox-1".to_owned() };
    assert_eq!(looked(&bare).unwrap_err(), Refused::Signature, "signed as something else");
    let mut other = bundle(6, Vec::new());
    other["key_id"] = json!("sandbox-2");
    assert_eq!(looked(&signed(&other)).unwrap_err(), Refused::Signature, "the bundle names another key");
    let trust = Trust { keys: &Keys::production(), app: "0.1.0", now: now(), serial: 0, switches_serial: 0 };
    assert!(take(&good, &trust).is_err(), "and no supplier's profile believes the practice cloud");
}

#[test]
fn older_expired_and_later_ones_are_refused() {
    assert_eq!(refused(&bundle(4, Vec::new())), Refused::Older(4, 5));
    let mut expired = bundle(6, Vec::new());
    expired["expires"] = json!("2026-05-14T08:00:00Z");
    assert!(matches!(looked(&signed(&expired)), Err(Refused::Expired(_))), "to the second");
    for (version, good) in [
        ("0.1.0", true),
        ("0.0.9", true),
        ("0.1.1", false),
        ("1.0.0", false),
        ("0.1", false),
        ("0.1.x", false),
    ] {
        let mut later = bundle(6, Vec::new());
        later["min_app"] = json!(version);
        let taken = looked(&signed(&later)).unwrap();
        assert_eq!(taken.definitions.is_ok(), good, "{version}");
        assert!(taken.switches.is_some(), "{version}: what it switches off holds for every version");
    }
}

#[test]
fn one_faulty_definition_lets_none_of_the_bundle_in_and_switches_hold_all_the_same() {
    let faulty = |entry: Json| refused(&bundle(6, vec![honeybook(|text| text), entry]));
    let broken = |text: &str| json!({"key": "tave", "definition": text, "examples": []});
    for (entry, what) in [
        (broken("no definition"), "no TOML"),
        (broken("format = 1"), "half of one"),
        (broken(&embedded_text("tave").unwrap().replacen("format = 1", "format = 99", 1)), "a later format"),
        (broken(embedded_text("dubsado").unwrap()), "of another CRM"),
        (json!({"key": "nobody", "definition": "", "examples": []}), "of no CRM of this version"),
        (json!({"key": "custom", "definition": embedded_text("custom").unwrap()}), "of a person's own"),
        (honeybook(|text| text), "twice"),
    ] {
        assert!(matches!(faulty(entry), Refused::Definition { .. }), "{what}");
    }
    assert!(matches!(faulty(json!({"key": "tave"})), Refused::Unreadable(_)));
    let taken = looked(&signed(&bundle(6, vec![broken("no definition")]))).unwrap();
    assert!(taken.definitions.is_err() && taken.switches.is_some());
}

#[test]
fn a_definition_that_does_not_do_what_its_example_says_is_refused() {
    let tested = |entry: Json| refused(&bundle(6, vec![entry]));
    let failed = |refused: Refused, reason: &str| match refused {
        Refused::Example { key, reason: said } => {
            assert_eq!(key, "honeybook");
            assert!(said.contains(reason), "{said}");
        }
        other => panic!("{other}"),
    };
    let mut bare = honeybook(|text| text);
    bare["examples"] = json!([]);
    failed(tested(bare), "no example");
    let renamed = |text: String| text.replacen("contact.email\"", "contact.e_mail\"", 1);
    failed(tested(honeybook(renamed)), "something else");
    let mut empty = honeybook(|text| text);
    empty["examples"] = json!([{"records": {"project": []}, "clients": []}]);
    failed(tested(empty), "nothing comes");
    let mut elsewhere = honeybook(|text| text);
    elsewhere["examples"] = json!([{"records": {"telepathy": []}, "clients": []}]);
    failed(tested(elsewhere), "a list that there is not");
}

#[test]
fn switches_have_a_serial_of_their_own() {
    let mut older = bundle(6, Vec::new());
    older["kill_switches"]["serial"] = json!(4);
    let taken = looked(&signed(&older)).unwrap();
    assert!(taken.definitions.is_ok() && taken.switches.is_none(), "older switches lift nothing");
    let mut newer = bundle(4, Vec::new());
    newer["kill_switches"]["serial"] = json!(7);
    let taken = looked(&signed(&newer)).unwrap();
    assert!(taken.definitions.is_err() && taken.switches.is_some_and(|(serial, _)| serial == 7));
}

#[test]
fn every_reason_is_a_sentence_of_its_own() {
    let mut ids: Vec<&str> = OffReason::ALL.iter().map(|reason| reason.message_id()).collect();
    ids.extend(Refused::MESSAGES);
    ids.extend(["host_added", "host_removed", "auth", "writes", "deletes"].map(|what| match what {
        "host_added" => "definition.change.host_added",
        "host_removed" => "definition.change.host_removed",
        "auth" => "definition.change.auth",
        "writes" => "definition.change.writes",
        _ => "definition.change.deletes",
    }));
    for id in ids {
        assert!(hub_core::message::is_known(id), "{id} is a sentence");
    }
}
