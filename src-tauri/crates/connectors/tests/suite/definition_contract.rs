//! What every built-in definition keeps, whichever CRM it is: one test a promise, over all of them.
//!
//! Golden files lie in `tests/fixtures/definitions/<key>/`: one for each export whose columns are known, `list.csv` for a
//! route that takes any list, and `calendar.ics` for one that takes calendars. Beside each stands what comes of its rows; `UPDATE_EXPECT=1` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hub_connectors::definition::{Auth, AuthKind, Evidence, FileFormat, Operation, RouteKind, State, table};
use hub_connectors::{Definition, embedded, embedded_keys};
use hub_core::fields::standard_field;
use hub_core::message::{Locale, Message, render};

use crate::calendar_files::comes_of_calendar;
use crate::golden::comes_of;

fn all() -> Vec<Definition> {
    embedded_keys().filter_map(embedded).map(|definition| definition.expect("without faults")).collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/definitions")
}

#[test]
fn nothing_is_offered_that_this_version_does_not_do() {
    for definition in all() {
        let key = &definition.identity.key;
        for kind in RouteKind::ALL {
            let ready = definition.routes.state(kind) == Some(State::Ready);
            let opens = definition.routes.opened(kind).map(|route| route.auth.kind());
            assert!(
                !ready || kind != RouteKind::Feed || opens == Some(AuthKind::Address),
                "{key}: a calendar is opened by its address"
            );
            for operation in [Operation::Create, Operation::Update, Operation::Delete] {
                // What only takes, and what hands on, are told; nothing is written into a book.
                let told =
                    operation != Operation::Delete && matches!(kind, RouteKind::Push | RouteKind::Bridge);
                assert!(
                    told || !definition.routes.works(kind, operation),
                    "{key}: nothing is written to a CRM yet"
                );
            }
        }
    }
}

#[test]
fn what_only_the_specification_says_has_no_host_and_what_others_say_has_a_source() {
    for definition in all() {
        let key = &definition.identity.key;
        for kind in RouteKind::ALL {
            let Some(route) = definition.routes.opened(kind) else { continue };
            let (evidence, source) = (route.evidence, route.source);
            let name = kind.as_str();
            if evidence == Evidence::Specified {
                assert!(
                    route.hosts.is_empty() && route.base_url.is_none(),
                    "{key} {name}: nobody knows a host"
                );
            } else {
                assert!(source.is_some_and(|source| !source.is_empty()), "{key} {name}: says who says so");
            }
        }
    }
}

#[test]
fn inv_45_oauth_endpoints_lie_on_hosts_that_are_named() {
    for definition in all() {
        let Some(api) = &definition.routes.api else { continue };
        let Auth::Oauth2(oauth) = &api.auth else { continue };
        // The browser goes to the first of them; this program goes to the others.
        for address in [&oauth.token, &oauth.revoke].into_iter().flatten() {
            let host = url::Url::parse(address).unwrap().host_str().unwrap().to_owned();
            assert!(api.hosts.contains(&host), "{}: {host} is named", definition.identity.key);
        }
    }
}

#[test]
fn every_sentence_is_rendered_with_the_name_and_without_holes() {
    for definition in all() {
        let identity = &definition.identity;
        let mut ids = vec![identity.description.clone()];
        ids.extend(definition.capability.iter().filter_map(|capability| capability.limitation.clone()));
        if let Some(api) = &definition.routes.api {
            ids.extend([Some(api.auth.help().to_owned()), api.note.clone()].into_iter().flatten());
        }
        if let Some(file) = &definition.routes.file {
            ids.extend([Some(file.help.clone()), file.note.clone()].into_iter().flatten());
            ids.extend(file.presets.iter().map(|key| format!("file.preset.{key}")));
        }
        for kind in RouteKind::ALL {
            if let Some(route) = definition.routes.opened(kind) {
                ids.extend(
                    [Some(route.auth.help().to_owned()), route.note.map(str::to_owned)].into_iter().flatten(),
                );
            }
        }
        for id in ids {
            for locale in [Locale::EnGb, Locale::EnUs] {
                let text = render(locale, &Message::new(&id).with("name", &identity.name));
                assert!(
                    text != id && !text.contains("{{") && text.len() > 10,
                    "{}: {id}: {text}",
                    identity.key
                );
            }
        }
    }
}

#[test]
fn every_preset_is_owned_by_the_definition_of_its_provider() {
    let definitions = all();
    for preset in hub_connectors::file::presets() {
        let owner = definitions.iter().find(|definition| definition.identity.key == preset.provider);
        match owner {
            Some(owner) => assert!(owner.presets().any(|own| own.key == preset.key), "{}", preset.key),
            None => assert_eq!(preset.provider, "outlook", "the one export of a program that is no CRM"),
        }
    }
}

#[test]
fn what_becomes_of_fields_names_fields_that_wedsync_has() {
    for definition in all() {
        let uses = definition.field_uses();
        for one in &uses {
            assert!(
                standard_field(one.record, &one.field).is_some(),
                "{}: {}.{}",
                definition.identity.key,
                one.record,
                one.field
            );
        }
        let known =
            definition.presets().any(|preset| !preset.columns.is_empty()) || !definition.fields.is_empty();
        assert!(!known || !uses.is_empty(), "{}: R116", definition.identity.key);
    }
}

#[tokio::test]
async fn the_default_mapping_of_every_file_route_applies_to_its_golden_file() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for definition in all() {
        let key = definition.identity.key.clone();
        let Some(route) = &definition.routes.file else { continue };
        let mut names: Vec<String> = route.presets.clone();
        if names.is_empty() {
            let calendar = route.formats.contains(&FileFormat::Icalendar);
            names.push(if calendar { "calendar" } else { "list" }.to_owned());
        }
        for name in names {
            let ending = if name == "calendar" { "ics" } else { "csv" };
            let file = fixtures().join(&key).join(format!("{name}.{ending}"));
            assert!(file.exists(), "{} is a golden file that is missing", file.display());
            let (provider, clients) = match name.as_str() {
                "calendar" => (key.clone(), comes_of_calendar(&file).await),
                _ => comes_of(&file, &key).await,
            };
            if name != "list" {
                assert_eq!(provider, key, "{name}: recognised as an export of {key}");
            }
            let text = format!("{}\n", serde_json::to_string_pretty(&clients).unwrap());
            let beside = file.with_extension("expected.json");
            if update {
                std::fs::write(&beside, &text).unwrap();
            }
            let expected = std::fs::read_to_string(&beside).unwrap_or_default();
            if expected != text {
                wrong.push(format!("{key}/{name}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_in_the_documentation_is_the_one_of_the_definitions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions/README.md");
    let definitions = all();
    let text = format!("{HEAD}\n{}", table(&definitions));
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(held, text, "run this test with UPDATE_TABLE=1");
    let providers: BTreeMap<&str, usize> =
        definitions.iter().map(|one| (one.identity.name.as_str(), one.capability.len())).collect();
    assert!(providers.values().all(|count| *count > 0));
}

const HEAD: &str = "# What can be done where

Made by `hub definitions table` from the files beside this one; a test keeps it so (`UPDATE_TABLE=1`). Evidence: `documented` is
the provider's own word, `observed` what others saw, `specified` what only our specification says: such a route has no address,
the person gives it. `by a rule, not by itself yet`: the connector can do it, and no job and no screen of this version starts it.
";
