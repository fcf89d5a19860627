//! Every field of every record of the book, from the generator's own structs, beside what WedSync holds.
//!
//! What the connector and the mapping make of a record is written down here a second time, by hand and without their
//! code: an expectation worked out by them would agree with their mistakes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Held, persons_on_jobs};
use crate::book::{Book, Expected, ExpectedPerson, Stream};

type Fields = Map<String, Json>;

/// What is to be there: record type, id in the CRM, fields.
pub struct Wanted {
    records: BTreeMap<(&'static str, String), Fields>,
}

/// A value decided in review: (id of the person in the CRM, field, what WedSync holds then).
pub type Decided = (String, String, Json);

/// Everything the book holds, with `people` and `client_id` of projects left to those who know the parties.
pub fn wanted(book: &Book, expected: &Expected, decided: &[Decided]) -> Wanted {
    let mut wanted = Wanted { records: BTreeMap::new() };
    let words = Words::of(book);
    let people: BTreeMap<String, &ExpectedPerson> = expected
        .parties
        .iter()
        .flat_map(|party| &party.people)
        .map(|person| (person.id.to_string(), person))
        .collect();
    let on_jobs: BTreeSet<String> = persons_on_jobs(book).iter().map(ToString::to_string).collect();
    let jobs: BTreeSet<String> =
        expected.parties.iter().flat_map(|party| &party.jobs).map(|job| job.id.to_string()).collect();
    let of_job = |record: &Json| record["jobId"].as_str().is_some_and(|id| jobs.contains(id));
    for home in 0..book.homes() {
        let household = book.household(home);
        for person in &household.persons {
            let person = json!(person);
            let id = person["id"].as_str().expect("an id").to_owned();
            if on_jobs.contains(&id) {
                let mut fields = words.person(&person);
                if people.get(&id).is_some_and(|person| person.phone_e164.is_none()) {
                    fields.remove("phone");
                }
                for (of, field, value) in decided {
                    if *of == id {
                        fields.insert(field.clone(), value.clone());
                    }
                }
                wanted.records.insert(("person", id), fields);
            }
        }
        for job in household.jobs.iter().map(|job| json!(job)) {
            let id = job["id"].as_str().expect("an id").to_owned();
            if jobs.contains(&id) {
                let main = household.events.iter().map(|event| json!(event)).find(|event| {
                    event["id"] == job["primarySessionId"] && !job["primarySessionId"].is_null()
                });
                wanted.records.insert(("project", id), words.project(&job, main.as_ref()));
            }
        }
        let mut add = |record_type, record: &Json, fields| {
            let id = record["id"].as_str().expect("an id").to_owned();
            wanted.records.insert((record_type, id), fields);
        };
        for event in household.events.iter().map(|event| json!(event)).filter(of_job) {
            add("event", &event, words.event(&event));
        }
        for order in household.orders.iter().map(|order| json!(order)).filter(of_job) {
            let invoices = order["invoices"].as_array().expect("a list");
            for invoice in invoices {
                add("invoice", invoice, words.invoice(&order, invoice, invoices.len()));
            }
        }
        for payment in household.payments.iter().map(|payment| json!(payment)).filter(of_job) {
            add("payment", &payment, words.payment(&payment, &payment, None));
            for refund in payment["refunds"].as_array().expect("a list") {
                add("payment", refund, words.payment(refund, &payment, Some("refunded")));
            }
        }
        for note in household.notes.iter().map(|note| json!(note)) {
            // A note hangs on a job, or on somebody of the party.
            let of_party = note["jobId"].is_null()
                && note["contactId"].as_str().is_some_and(|contact| people.contains_key(contact));
            if of_party || of_job(&note) {
                add("communication", &note, words.note(&note));
            }
        }
        for file in household.files.iter().map(|file| json!(file)) {
            let on = file["attachedTo"].as_array().into_iter().flatten();
            let job = on.filter(|on| on["entity"] == "job").find_map(|on| on["id"].as_str());
            if let Some(job) = job.filter(|job| jobs.contains(*job)) {
                add("document", &file, words.file(&file, job));
            }
        }
    }
    wanted
}

impl Wanted {
    /// Holds WedSync to it; `by_hand` names the people and projects that were there before and keep what was typed.
    pub fn assert_held(&self, held: &Held, by_hand: &BTreeSet<String>) {
        let mut faults = Vec::new();
        let mut compared = 0;
        for record_type in ["person", "project", "event", "invoice", "payment", "communication", "document"] {
            let there = held.by_source(record_type);
            let ids = |of: &str| -> BTreeMap<String, String> {
                let all = held.by_source(of);
                let named =
                    |(id, record): (&String, &&Json)| Some((record["name"].as_str()?.to_owned(), id.clone()));
                all.iter().filter_map(named).collect()
            };
            let (people, projects, invoices) = (ids("person"), ids("project"), ids("invoice"));
            for (id, record) in &there {
                // Vendors and the studio's own people stand on jobs without being of a household.
                if record_type != "person" && !self.records.contains_key(&(record_type, id.clone())) {
                    faults.push(format!("{record_type} {id} is not of the book: {record}"));
                }
            }
            for ((of, id), fields) in self.records.iter().filter(|((of, _), _)| *of == record_type) {
                let Some(record) = there.get(id) else {
                    faults.push(format!("{of} {id} is missing"));
                    continue;
                };
                let mut found = record["fields"].as_object().expect("fields").clone();
                for (field, names) in [("project_id", &projects), ("payer_id", &people)] {
                    if let Some(name) = found.get(field).and_then(Json::as_str) {
                        let id = names.get(name).cloned();
                        found.insert(field.to_owned(), json!(id));
                    }
                }
                if let Some(allocations) = found.get_mut("allocations").and_then(Json::as_object_mut) {
                    *allocations = std::mem::take(allocations)
                        .into_iter()
                        .map(|(name, part)| (invoices.get(&name).cloned().unwrap_or(name), part))
                        .collect();
                }
                // Whose client a record is, and who stands on a project, is looked at party by party.
                found.remove("client_id");
                found.remove("people");
                if let Some(phone) = found.get_mut("phone").and_then(Json::as_object_mut) {
                    phone.remove("ext");
                }
                if by_hand.contains(id) {
                    continue;
                }
                compared += fields.len();
                if found != *fields {
                    let all: BTreeSet<&String> = found.keys().chain(fields.keys()).collect();
                    for field in all.into_iter().filter(|field| found.get(*field) != fields.get(*field)) {
                        let (held, wanted) = (found.get(field), fields.get(field));
                        faults.push(format!("{of} {id} {field}: held {held:?}, wanted {wanted:?}"));
                    }
                }
            }
        }
        let shown = faults.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
        assert!(faults.is_empty(), "{} records differ:\n{shown}", faults.len());
        assert!(compared > 5 * self.records.len(), "whole records were compared: {compared} fields");
    }
}

/// The studio's words for ids.
struct Words {
    lists: BTreeMap<&'static str, BTreeMap<String, Json>>,
}

impl Words {
    fn of(book: &Book) -> Words {
        let lists = [
            ("event-type", Stream::EventType),
            ("job-type", Stream::JobType),
            ("lead-source", Stream::LeadSource),
            ("lead-status", Stream::LeadStatus),
            ("closed-reason", Stream::JobClosedReason),
            ("payment-method", Stream::PaymentMethod),
            ("place", Stream::AddressBook),
        ];
        let list = |stream| {
            let records = book.studio().list(stream).iter();
            records.filter_map(|record| Some((record["id"].as_str()?.to_owned(), record.clone()))).collect()
        };
        Words { lists: lists.into_iter().map(|(name, stream)| (name, list(stream))).collect() }
    }

    fn name(&self, list: &str, id: &Json) -> Json {
        id.as_str().and_then(|id| self.lists[list].get(id)).map_or(Json::Null, |held| held["name"].clone())
    }

    fn person(&self, person: &Json) -> Fields {
        let title = match person["salutation"].as_str() {
            Some("mr") => json!("Mr"),
            Some("mrs") => json!("Mrs"),
            Some("miss") => json!("Miss"),
            Some("ms") => json!("Ms"),
            Some("dr") => json!("Dr"),
            Some(other) => panic!("no such salutation: {other}"),
            None => Json::Null,
        };
        let number = |phone: &Json| json!({"e164": phone["e164"], "text": phone["formatted"]});
        let phones: Vec<(&str, &Json)> =
            [("mobile", "cellPhone"), ("home", "homePhone"), ("work", "workPhone")]
                .into_iter()
                .map(|(label, name)| (label, &person[name]))
                .filter(|(_, phone)| !phone.is_null())
                .collect();
        let phone = phones.first().map_or(Json::Null, |(_, phone)| number(phone));
        let others: Fields = phones
            .iter()
            .skip(1)
            .filter_map(|(label, phone)| {
                let e164 = phone["e164"].as_str()?;
                Some((e164.to_owned(), json!({"e164": e164, "text": phone["formatted"], "label": label})))
            })
            .collect();
        let emails: Fields = person["secondaryEmail"]
            .as_str()
            .map(|email| {
                (email.to_lowercase(), json!({"address": domain_in_small_letters(email), "label": "other"}))
            })
            .into_iter()
            .collect();
        present([
            ("first_name", person["firstName"].clone()),
            ("last_name", person["lastName"].clone()),
            ("email", json!(person["email"].as_str().map(domain_in_small_letters))),
            ("phone", phone),
            ("other_emails", some(emails)),
            ("other_phones", some(others)),
            ("maiden_name", person["maidenName"].clone()),
            ("title", title),
            ("company_name", person["companyName"].clone()),
            ("job_title", person["jobTitle"].clone()),
            ("birthday", person["birthdate"].clone()),
            ("address", address(&person["address"])),
            ("privacy_opt_in", person["privacyOptIn"].clone()),
            ("strict_privacy", person["requireStrictPrivacy"].clone()),
        ])
    }

    fn project(&self, job: &Json, main: Option<&Json>) -> Fields {
        let (venue, place) = main.map_or((Json::Null, Json::Null), |event| self.place(event));
        let first = |names: [&str; 2]| {
            let found = names.into_iter().map(|name| &job[name]).find(|value| !value.is_null());
            found.cloned().unwrap_or(Json::Null)
        };
        present([
            ("name", first(["name", "title"])),
            ("kind", self.name("job-type", &job["jobTypeId"])),
            ("stage", if job["stage"] == "fulfillment" { json!("fulfilment") } else { job["stage"].clone() }),
            ("closed", job["closed"].clone()),
            ("closed_reason", self.name("closed-reason", &job["closedReasonId"])),
            ("wedding_date", job["eventDate"].clone()),
            ("venue_name", venue),
            ("venue_address", place),
            ("guest_count", decimal(&job["guestCount"])),
            ("lead_source", self.name("lead-source", &job["leadSourceId"])),
            ("lead_status", self.name("lead-status", &job["leadStatusId"])),
            ("inquiry_date", job["inquiryDate"].clone()),
            ("booking_date", job["bookingDate"].clone()),
            ("completed_date", job["completedDate"].clone()),
            ("notes", job["leadNotes"].clone()),
            ("crm_total", money(&job["totalRevenue"])),
        ])
    }

    /// Where an event takes place: an entry of the address book, else what was typed.
    fn place(&self, event: &Json) -> (Json, Json) {
        let location = &event["location"];
        match location["id"].as_str().and_then(|id| self.lists["place"].get(id)) {
            Some(entry) => (entry["name"].clone(), address(&entry["address"])),
            None => (location["address"]["name"].clone(), address(&location["address"])),
        }
    }

    fn event(&self, event: &Json) -> Fields {
        let (name, address) = self.place(event);
        present([
            ("name", event["name"].clone()),
            ("kind", self.name("event-type", &event["typeId"])),
            ("start_date", event["startDate"].clone()),
            ("start_time", event["startTime"].clone()),
            ("end_date", event["endDate"].clone()),
            ("end_time", event["endTime"].clone()),
            ("time_zone", event["timezoneName"].clone()),
            ("all_day", event["allDay"].clone()),
            ("confirmed", event["confirmed"].clone()),
            ("location_name", name),
            ("address", address),
            ("description", words_of(&event["descriptionHtml"])),
            ("project_id", event["jobId"].clone()),
        ])
    }

    fn invoice(&self, order: &Json, invoice: &Json, of: usize) -> Fields {
        let status = match invoice["status"].as_str() {
            Some("paid-in-full") => json!("paid"),
            Some("voided") => json!("void"),
            Some(other) => json!(other),
            None => Json::Null,
        };
        present([
            ("number", invoice["customNumber"].clone()),
            ("title", invoice["title"].clone()),
            ("status", status),
            ("due_date", invoice["dueDate"].clone()),
            ("total", money(&invoice["total"])),
            ("balance", if of == 1 { money(&order["balance"]) } else { Json::Null }),
            ("order_reference", order["referenceCode"].clone()),
            ("project_id", order["jobId"].clone()),
        ])
    }

    fn payment(&self, payment: &Json, of: &Json, status: Option<&str>) -> Fields {
        let status = status.or(match payment["status"].as_str() {
            Some("future" | "confirmed-future") => Some("scheduled"),
            Some("posted") => Some("paid"),
            other => other,
        });
        present([
            ("status", json!(status)),
            ("amount", money(&payment["amount"])),
            ("refunded", money(&payment["refundedAmount"])),
            ("paid_on", payment["received"].clone()),
            ("method", self.name("payment-method", &payment["paymentMethodId"])),
            ("memo", payment["memo"].clone()),
            ("payer_id", payment["payerId"].clone()),
            ("project_id", of["jobId"].clone()),
        ])
    }

    fn note(&self, note: &Json) -> Fields {
        present([
            ("kind", json!("note")),
            ("date", note["date"].clone()),
            ("html", note["contentHtml"].clone()),
            ("text", words_of(&note["contentHtml"])),
            ("project_id", note["jobId"].clone()),
        ])
    }

    fn file(&self, file: &Json, job: &str) -> Fields {
        let name = if file["name"].is_null() { &file["filename"] } else { &file["name"] };
        // The day it was where the studio is.
        let created: jiff::Timestamp = file["created"].as_str().expect("a time").parse().expect("a time");
        let day = created.in_tz("Europe/London").expect("the studio's zone").date().to_string();
        present([
            ("name", name.clone()),
            ("mime_type", file["mimeType"].clone()),
            ("size", decimal(&file["size"])),
            ("created_on", json!(day)),
            ("project_id", json!(job)),
        ])
    }
}

/// What is there of it: absent fields are absent.
fn present<const N: usize>(fields: [(&str, Json); N]) -> Fields {
    let there = fields.into_iter().filter(|(_, value)| !value.is_null());
    there.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// WedSync keeps the domain of an address in small letters, and the rest as it was typed.
fn domain_in_small_letters(email: &str) -> String {
    let (name, domain) = email.rsplit_once('@').expect("an address");
    format!("{name}@{}", domain.to_lowercase())
}

fn some(fields: Fields) -> Json {
    if fields.is_empty() { Json::Null } else { Json::Object(fields) }
}

fn money(amount: &Json) -> Json {
    amount.as_i64().map_or(Json::Null, |minor| json!({"currency": "GBP", "minor": minor}))
}

/// Numbers travel as text, so that none is rounded on its way.
fn decimal(number: &Json) -> Json {
    number.as_u64().map_or(Json::Null, |number| json!(number.to_string()))
}

fn address(of: &Json) -> Json {
    if of.is_null() {
        return Json::Null;
    }
    json!({
        "street": of["streetAddress"], "village": of["village"], "city": of["city"],
        "region": of["state"], "postcode": of["postalCode"], "country": of["country"],
    })
}

/// The text of the little HTML that the book holds: paragraphs, bold words, line breaks, a list, an ampersand.
fn words_of(html: &Json) -> Json {
    let Some(html) = html.as_str() else { return Json::Null };
    let html = html.replace("<br>", "\n").replace("<li>", "\n* ");
    let (mut text, mut within) = (String::new(), false);
    for letter in html.chars() {
        match letter {
            '<' => within = true,
            '>' => within = false,
            _ if !within => text.push(letter),
            _ => {}
        }
    }
    json!(text.replace("&amp;", "&").trim())
}
