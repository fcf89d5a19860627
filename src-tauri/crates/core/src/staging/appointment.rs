//! Appointments that no client is known for: one document becomes one event, which belongs to nobody (MODEL 1).

use serde_json::Value as Json;

use super::build::{Build, list};
use super::{Allotment, StagingContext, source_of};
use crate::plan::{AppointmentTime, StagedRecord, StagedUnit, UnitSummary};
use crate::record::RecordType;

/// The word that a cancelled appointment's `status` says.
const CANCELLED: &str = "cancelled";

/// Whether WedSync knows an appointment already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is linked: whatever becomes of it is a change.
    Linked,
    /// It has never been brought.
    Not,
}

/// Maps one appointment; nothing where the document names none.
///
/// One that was cancelled before anybody brought it is left out. One that WedSync has stays there and is shown as
/// cancelled: nothing is deleted behind a person's back (SYNC-LAW 2).
pub fn stage_appointment(
    context: &StagingContext,
    seq: u64,
    known: Known,
    document: &Json,
    allotment: &mut dyn Allotment,
) -> Option<StagedUnit> {
    let appointment = list(document, "appointments").first()?;
    let (stream, external) = source_of(appointment)?;
    let id = allotment.id(&stream, &external, RecordType::Event, "");
    let mut build = Build::new(context, document, &id, allotment);
    build.appointment(&id, (stream, external.clone()), appointment);
    let (records, problems) = (build.records, build.problems);
    let event = records.first()?;
    let summary = summary(event);
    let left_out = left_out(context, known, appointment, event);
    Some(StagedUnit {
        seq,
        client_id: id,
        external_id: Some(external),
        claimed_by: Vec::new(),
        records,
        problems,
        summary,
        left_out,
    })
}

/// The source of the appointment that a document is about.
pub fn appointment_source(document: &Json) -> Option<(String, String)> {
    list(document, "appointments").first().and_then(source_of)
}

fn text(record: &StagedRecord, name: &str) -> Option<String> {
    record.fields.get(name).and_then(Json::as_str).map(str::to_owned).filter(|text| !text.is_empty())
}

fn summary(event: &StagedRecord) -> UnitSummary {
    UnitSummary {
        names: text(event, "name").into_iter().collect(),
        venue: text(event, "location_name"),
        counts: [(RecordType::Event, 1)].into(),
        appointment: Some(AppointmentTime {
            day: text(event, "start_date"),
            time: text(event, "start_time"),
        }),
        ..UnitSummary::default()
    }
}

/// The filter that leaves an appointment out, if one does. What is on while the day comes is not past.
fn left_out(
    context: &StagingContext,
    known: Known,
    appointment: &Json,
    event: &StagedRecord,
) -> Option<String> {
    if !context.brings(RecordType::Event) {
        return Some("excluded".into());
    }
    let says = text(event, "status").or_else(|| appointment.get("status")?.as_str().map(str::to_owned));
    if known == Known::Not && says.is_some_and(|status| status.eq_ignore_ascii_case(CANCELLED)) {
        return Some(CANCELLED.into());
    }
    let day = |name: &str| text(event, name).and_then(|text| text.parse::<jiff::civil::Date>().ok());
    let first = day("start_date")?;
    let last = day("end_date").filter(|last| *last > first).unwrap_or(first);
    let scope = &context.scope;
    if !scope.historical && last < context.today {
        return Some("historical".into());
    }
    let outside =
        scope.from.is_some_and(|from| last < from) || scope.until.is_some_and(|until| first > until);
    outside.then(|| "dates".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ports::Scope;
    use crate::staging::tests::{Readable, context};

    fn stage(document: &Json, known: Known, scope: Scope) -> (StagedUnit, Readable) {
        let mut ids = Readable::default();
        let rules: Vec<Json> = ["name", "start_date", "start_time", "end_date", "status", "location_name"]
            .into_iter()
            .map(|field| {
                let value_type = if field.ends_with("date") { "date" } else { "text" };
                json!({
                    "record_type": "event", "wedsync_field": field, "sources": [format!("appointments.*.{field}")],
                    "value_type": value_type, "transforms": [], "direction": "import_only", "required": false
                })
            })
            .collect();
        let unit = stage_appointment(&context(&rules, scope), 3, known, document, &mut ids);
        (unit.expect("an appointment"), ids)
    }

    fn tasting() -> Json {
        json!({"appointments": [{
            "@": {"stream": "calendar", "id": "u1"}, "name": "Tasting", "start_date": "2026-06-20",
            "start_time": "14:00", "end_date": "2026-06-20", "status": "confirmed", "location_name": "Old Barn"
        }]})
    }

    #[test]
    fn an_appointment_becomes_an_event_that_belongs_to_nobody() {
        let (unit, ids) = stage(&tasting(), Known::Not, Scope::default());
        assert_eq!(unit.records.len(), 1, "no client is made up for it");
        let event = &unit.records[0];
        assert_eq!((event.record_type, event.id.as_str()), (RecordType::Event, "calendar/u1"));
        assert_eq!((unit.client_id.as_str(), ids.clients["calendar/u1"].as_str()), ("calendar/u1", ""));
        assert_eq!(event.fields.get("client_id"), None);
        assert_eq!(event.fields["start_date"], json!("2026-06-20"));
        let when = AppointmentTime { day: Some("2026-06-20".into()), time: Some("14:00".into()) };
        assert_eq!(unit.summary.appointment, Some(when));
        assert_eq!(
            (unit.summary.names.as_slice(), unit.summary.wedding_date),
            (["Tasting".into()].as_slice(), None)
        );
        assert_eq!(unit.left_out, None);
    }

    #[test]
    fn filters_go_by_the_days_of_the_appointment() {
        let day = |month, day| Some(jiff::civil::date(2026, month, day));
        let left_out = |document: &Json, scope: Scope| stage(document, Known::Not, scope).0.left_out;
        let from = Scope { from: day(6, 21), ..Scope::default() };
        assert_eq!(left_out(&tasting(), from.clone()).as_deref(), Some("dates"));
        let mut long = tasting();
        long["appointments"][0]["end_date"] = json!("2026-06-22");
        assert_eq!(left_out(&long, from), None, "it is still on");
        let until = Scope { until: day(6, 19), ..Scope::default() };
        assert_eq!(left_out(&tasting(), until).as_deref(), Some("dates"));
        let current = Scope { historical: false, ..Scope::default() };
        assert_eq!(left_out(&tasting(), current.clone()), None);
        long["appointments"][0]["start_date"] = json!("2026-05-01");
        long["appointments"][0]["end_date"] = json!("2026-05-13");
        assert_eq!(left_out(&long, current.clone()).as_deref(), Some("historical"));
        long["appointments"][0]["end_date"] = json!("2026-05-14");
        assert_eq!(left_out(&long, current), None, "today is not past");
        let none = Scope { excluded_record_types: vec!["event".into()], ..Scope::default() };
        assert_eq!(left_out(&tasting(), none).as_deref(), Some("excluded"));
    }

    #[test]
    fn what_was_cancelled_is_left_out_unless_wedsync_has_it() {
        let mut cancelled = tasting();
        cancelled["appointments"][0]["status"] = json!("cancelled");
        let (unit, _) = stage(&cancelled, Known::Not, Scope::default());
        assert_eq!(unit.left_out.as_deref(), Some("cancelled"));
        let (unit, _) = stage(&cancelled, Known::Linked, Scope::default());
        assert_eq!((unit.left_out, &unit.records[0].fields["status"]), (None, &json!("cancelled")));
    }

    #[test]
    fn an_appointment_without_an_id_is_none() {
        let document = json!({"appointments": [{"name": "Whoever"}]});
        let context = context(&[], Scope::default());
        let unit = stage_appointment(&context, 0, Known::Not, &document, &mut Readable::default());
        assert_eq!(unit, None);
        assert_eq!(appointment_source(&json!({"jobs": []})), None);
    }
}
