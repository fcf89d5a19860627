//! The history, and the export of what WedSync holds.

use std::collections::{BTreeMap, HashMap};

use hub_core::ports::{CloudRecord, LogQuery};
use hub_core::record::RecordType;
use serde_json::Value as Json;

use crate::dto::{Export, ExportClient, ExportPerson, LogView, Logs, LogsList, Nothing};
use crate::{ApiError, Host};

/// Records read in one step.
const PAGE: u32 = 500;

pub(crate) async fn logs(host: &dyn Host, request: LogsList) -> Result<Logs, ApiError> {
    host.engine().account()?;
    let query = LogQuery {
        connection_id: request.connection_id,
        job_id: request.job_id,
        outcome: request.outcome.map(Into::into),
        offset: request.offset,
        limit: super::rows(request.limit),
    };
    let (entries, total) = host.engine().db().run(move |book| book.logs(&query)).await?;
    Ok(Logs { entries: entries.into_iter().map(LogView::from).collect(), total })
}

pub(crate) async fn export(host: &dyn Host, _: Nothing) -> Result<Export, ApiError> {
    host.engine().account()?;
    let mut held: BTreeMap<RecordType, Vec<CloudRecord>> = BTreeMap::new();
    for record_type in RecordType::ALL {
        let records = held.entry(record_type).or_default();
        let mut after: Option<String> = None;
        loop {
            let from = after.clone();
            let page = host
                .engine()
                .db()
                .run(move |book| book.mirror_page(record_type, from.as_deref(), PAGE))
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.id.clone());
            records.extend(page);
        }
    }
    let today = {
        let zone = host.engine().account()?.time_zone;
        host.clock().today(&zone).to_string()
    };
    let mut clients = assemble(held, &today);
    let synced = host.engine().db().run(|book| book.crm_syncs()).await?;
    for client in &mut clients {
        client.last_crm_sync_at = synced.get(&client.id).copied();
    }
    Ok(Export { clients })
}

/// Clients with their people and everything that hangs on them.
fn assemble(mut held: BTreeMap<RecordType, Vec<CloudRecord>>, today: &str) -> Vec<ExportClient> {
    let clients = held.remove(&RecordType::Client).unwrap_or_default();
    let persons: HashMap<String, CloudRecord> = held
        .remove(&RecordType::Person)
        .unwrap_or_default()
        .into_iter()
        .map(|person| (person.key.id.clone(), person))
        .collect();
    let mut of_client: HashMap<String, BTreeMap<RecordType, Vec<CloudRecord>>> = HashMap::new();
    for (record_type, records) in held {
        for record in records {
            if let Some(client) = text(&record, "client_id") {
                of_client.entry(client).or_default().entry(record_type).or_default().push(record);
            }
        }
    }
    clients
        .into_iter()
        .map(|client| {
            let others = of_client.remove(&client.key.id).unwrap_or_default();
            export_client(client, &persons, others, today)
        })
        .collect()
}

fn export_client(
    client: CloudRecord,
    persons: &HashMap<String, CloudRecord>,
    others: BTreeMap<RecordType, Vec<CloudRecord>>,
    today: &str,
) -> ExportClient {
    let people = people(&client, persons);
    let primary = people.first();
    let of_primary = |name: &str| {
        primary.and_then(|person| person.fields.get(name)).and_then(Json::as_str).map(str::to_owned)
    };
    let weddings = others.get(&RecordType::Project).map_or(&[][..], Vec::as_slice);
    let main = main_wedding(weddings, today);
    let of_main = |name: &str| main.and_then(|project| text(project, name));
    let mut fields = client.fields;
    fields.remove("people");
    ExportClient {
        id: client.key.id,
        external_id: primary.and_then(|person| person.external_id.clone()),
        first_name: of_primary("first_name"),
        last_name: of_primary("last_name"),
        email: of_primary("email"),
        phone: primary.and_then(|person| person.fields.get("phone").cloned()),
        wedding_date: of_main("wedding_date"),
        venue_name: of_main("venue_name"),
        last_crm_sync_at: None,
        fields,
        people,
        records: others
            .into_iter()
            .map(|(record_type, records)| {
                (record_type.as_str().to_owned(), records.into_iter().map(export_record).collect())
            })
            .collect(),
    }
}

/// The people of a client: primary first, then by position and id.
fn people(client: &CloudRecord, persons: &HashMap<String, CloudRecord>) -> Vec<ExportPerson> {
    let mut found: Vec<(bool, i64, ExportPerson)> = client
        .fields
        .get("people")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(id, element)| {
            let role = element.get("role").and_then(Json::as_str).unwrap_or("other").to_owned();
            let person = persons.get(id)?;
            let exported = ExportPerson {
                id: id.clone(),
                external_id: person.external_refs.first().map(|reference| reference.id.clone()),
                fields: person.fields.clone(),
                role,
            };
            let position = element.get("position").and_then(Json::as_i64).unwrap_or(i64::MAX);
            Some((exported.role != "primary", position, exported))
        })
        .collect();
    found.sort_by(|one, other| (one.0, one.1, &one.2.id).cmp(&(other.0, other.1, &other.2.id)));
    found.into_iter().map(|(_, _, person)| person).collect()
}

/// The next wedding, else the latest (MODEL 1).
fn main_wedding<'a>(projects: &'a [CloudRecord], today: &str) -> Option<&'a CloudRecord> {
    let dated = || projects.iter().filter_map(|project| Some((text(project, "wedding_date")?, project)));
    let next = dated().filter(|(date, _)| date.as_str() >= today).min_by(|one, other| one.0.cmp(&other.0));
    next.or_else(|| dated().max_by(|one, other| one.0.cmp(&other.0)))
        .map(|(_, project)| project)
        .or_else(|| projects.first())
}

fn export_record(record: CloudRecord) -> Json {
    let mut json = serde_json::Map::new();
    json.insert("id".to_owned(), Json::String(record.key.id));
    let external = record.external_refs.first().map(|reference| Json::String(reference.id.clone()));
    json.insert("external_id".to_owned(), external.unwrap_or(Json::Null));
    json.extend(record.fields);
    Json::Object(json)
}

fn text(record: &CloudRecord, field: &str) -> Option<String> {
    record.fields.get(field).and_then(Json::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_core::record::RecordKey;
    use serde_json::json;

    fn record(record_type: RecordType, id: &str, fields: Json) -> CloudRecord {
        CloudRecord {
            key: RecordKey::new(record_type, id),
            fields: serde_json::from_value(fields).expect("fields"),
            version: 1,
            external_refs: Vec::new(),
            deleted: false,
        }
    }

    #[test]
    fn a_client_is_exported_with_its_primary_person_and_next_wedding() {
        let held = BTreeMap::from([
            (
                RecordType::Client,
                vec![record(
                    RecordType::Client,
                    "c1",
                    json!({"people": {"p1": {"role": "partner", "position": 0}, "p2": {"role": "primary", "position": 1}}}),
                )],
            ),
            (
                RecordType::Person,
                vec![
                    record(RecordType::Person, "p1", json!({"first_name": "Sam"})),
                    record(
                        RecordType::Person,
                        "p2",
                        json!({"first_name": "Beth", "email": "beth@example.com"}),
                    ),
                ],
            ),
            (
                RecordType::Project,
                vec![
                    record(
                        RecordType::Project,
                        "j1",
                        json!({"client_id": "c1", "wedding_date": "2024-05-01"}),
                    ),
                    record(
                        RecordType::Project,
                        "j2",
                        json!({"client_id": "c1", "wedding_date": "2027-05-01", "venue_name": "Old Barn"}),
                    ),
                    record(
                        RecordType::Project,
                        "j3",
                        json!({"client_id": "c1", "wedding_date": "2028-05-01"}),
                    ),
                ],
            ),
        ]);
        let clients = assemble(held, "2026-01-01");
        let client = &clients[0];
        assert_eq!(client.first_name.as_deref(), Some("Beth"), "the primary, whatever the order");
        assert_eq!(client.wedding_date.as_deref(), Some("2027-05-01"), "the next one");
        assert_eq!(client.venue_name.as_deref(), Some("Old Barn"));
        assert_eq!(client.people.len(), 2);
        assert_eq!(client.records["project"].len(), 3);
    }
}
