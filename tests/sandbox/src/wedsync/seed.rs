//! Records that were in WedSync before any CRM was connected, as a supplier would have typed them.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::ops::{Writer, enter_by_hand};

/// One party typed by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandTyped {
    /// The party's people in the order in which they were typed.
    pub people: Vec<HandTypedPerson>,
    /// `YYYY-MM-DD`; with a venue or by itself it makes a project.
    pub wedding_date: Option<String>,
    /// Name of the venue.
    pub venue: Option<String>,
}

/// One human of a party typed by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandTypedPerson {
    /// First name.
    pub first: String,
    /// Last name; may be empty.
    pub last: String,
    /// E-mail address as typed.
    pub email: Option<String>,
    /// Phone number as typed, in any notation; nobody made an E.164 of it.
    pub phone_text: Option<String>,
    /// primary, partner, parent, planner or other.
    pub role: String,
}

pub(super) fn hand_typed(
    db: &mut Connection,
    supplier: &str,
    parties: &[HandTyped],
    now: &str,
) -> rusqlite::Result<Vec<String>> {
    let tx = db.transaction()?;
    let user: String =
        tx.query_row("SELECT user_id FROM suppliers WHERE id = ?1", [supplier], |row| row.get(0))?;
    let mut writer = Writer::new(&tx, supplier, &user, None, (0, now.to_owned()));
    let mut clients = Vec::with_capacity(parties.len());
    for party in parties {
        clients.push(enter_party(&mut writer, party)?);
    }
    tx.commit()?;
    Ok(clients)
}

fn enter_party(writer: &mut Writer<'_>, party: &HandTyped) -> rusqlite::Result<String> {
    let mut people = Map::new();
    let mut project_people = Map::new();
    for (position, person) in party.people.iter().enumerate() {
        let mut fields = Map::from_iter([("first_name".to_owned(), json!(person.first))]);
        if !person.last.is_empty() {
            fields.insert("last_name".to_owned(), json!(person.last));
        }
        if let Some(email) = &person.email {
            fields.insert("email".to_owned(), json!(email));
        }
        if let Some(text) = &person.phone_text {
            fields.insert("phone".to_owned(), json!({"e164": null, "ext": null, "text": text}));
        }
        let id = enter_by_hand(writer, "person", fields)?;
        people.insert(id.clone(), json!({"role": person.role, "position": position}));
        project_people.insert(
            format!("{id}:{}", person.role),
            json!({"person_id": id, "role": person.role, "label": null}),
        );
    }
    let client =
        enter_by_hand(writer, "client", Map::from_iter([("people".to_owned(), Value::Object(people))]))?;
    if party.wedding_date.is_some() || party.venue.is_some() {
        let mut fields = Map::from_iter([
            ("client_id".to_owned(), json!(client)),
            ("kind".to_owned(), json!("wedding")),
            ("people".to_owned(), Value::Object(project_people)),
            ("stage".to_owned(), json!("booked")),
        ]);
        if let Some(day) = &party.wedding_date {
            fields.insert("wedding_date".to_owned(), json!(day));
        }
        if let Some(venue) = &party.venue {
            fields.insert("venue_name".to_owned(), json!(venue));
        }
        enter_by_hand(writer, "project", fields)?;
    }
    Ok(client)
}
