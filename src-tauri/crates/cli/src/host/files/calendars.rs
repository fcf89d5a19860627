//! Calendars among the files that people picked: one by itself is imported, and several, or one beside client lists, are told
//! apart from what can be read together.

use hub_api::dto::{CalendarLeft, FileCalendar, FileLook, FileTable, FileView};
use hub_api::{ApiError, FilesAsked, HeldBy, Looked};
use hub_connectors::feed::{
    Among, Broken, BrokenPart, CALENDAR_FILE, CalendarFault, CalendarKept, CalendarLook, Left, STREAM,
    Window, among, look_at,
};
use hub_connectors::sheet::{PickedFile, provider_name};
use hub_core::mapping::Decisions;
use hub_core::message::Message;

use super::stem;

/// What keeps picked files from being read together, file by file; nothing for those that others look at.
pub(super) struct Sorted {
    /// The only file, which is a calendar.
    pub(super) alone: bool,
    /// In the order of the files.
    pub(super) refused: Vec<Option<Message>>,
}

/// Sorts picked files. Reads of each as much as tells what it is.
pub(super) fn sort(files: &[PickedFile]) -> Sorted {
    let found: Vec<Among> = files.iter().map(among).collect();
    let others = found.iter().any(|one| matches!(one, Among::Other));
    let together = files.len() > 1;
    let refused = files.iter().zip(&found).map(|(file, one)| match one {
        Among::Other => None,
        Among::Refused(fault) => Some(fault.message()),
        Among::One if others => Some(Message::new("error.file.calendar_alone").with("name", &file.name)),
        Among::One if together => Some(Message::new("error.file.calendars_together")),
        Among::One => None,
    });
    Sorted { refused: refused.collect(), alone: !together && matches!(found.as_slice(), [Among::One]) }
}

/// A file that is not read, with the reason.
pub(super) fn refused(file: &PickedFile, message: Message) -> FileView {
    FileView { error: Some(message.into()), ..unread(file) }
}

fn unread(file: &PickedFile) -> FileView {
    FileView {
        file_id: file.id.clone(),
        name: file.name.clone(),
        size: file.size,
        format: None,
        tables: Vec::new(),
        warnings: Vec::new(),
        error: None,
    }
}

/// Looks at nothing but files that are not read.
pub(super) fn nothing(files: Vec<FileView>) -> Result<Looked, ApiError> {
    let look = look_of(provider_name(CALENDAR_FILE), files, None);
    looked(look, &CalendarKept { name: None, program: None, left: Left::default() })
}

/// Looks at a calendar.
pub(super) fn look(file: &PickedFile, asked: &FilesAsked) -> Result<Looked, ApiError> {
    let window = Window { today: asked.today, zone: asked.zone.clone() };
    match look_at(file, &window) {
        Err(fault) => nothing(vec![refused(file, told(&fault))]),
        Ok(found) => {
            let name = found.read.name.clone().unwrap_or_else(|| stem(&file.name));
            let ids = found.read.records.iter().map(|record| record.id.clone()).collect();
            let look = look_of(name, vec![view(file, &found)], Some(calendar(&found)));
            let zone = found.read.zone.clone().unwrap_or_else(|| asked.zone.clone());
            Ok(Looked {
                time_zone: Some(zone),
                held: Some(HeldBy { stream: STREAM.to_owned(), ids }),
                ..looked(look, &found.kept)?
            })
        }
    }
}

fn told(fault: &CalendarFault) -> Message {
    tracing::info!(error = fault as &dyn std::error::Error, "a calendar in a file is not imported");
    fault.message()
}

fn looked(look: FileLook, kept: &CalendarKept) -> Result<Looked, ApiError> {
    Ok(Looked {
        look,
        reading: kept.to_json(),
        decisions: serde_json::to_value(Decisions::default()).map_err(ApiError::Encode)?,
        streams: vec![STREAM.to_owned()],
        time_zone: None,
        held: None,
    })
}

fn look_of(name: String, files: Vec<FileView>, calendar: Option<FileCalendar>) -> FileLook {
    FileLook {
        provider: CALENDAR_FILE.to_owned(),
        provider_name: name,
        confidence: 1.0,
        files,
        usable: calendar.is_some(),
        missing: Vec::new(),
        questions: Vec::new(),
        known: Vec::new(),
        calendar,
    }
}

/// A calendar is one table whose columns are its own: nothing of it is chosen or matched.
fn view(file: &PickedFile, found: &CalendarLook) -> FileView {
    let table = FileTable {
        index: 0,
        name: file.name.clone(),
        used: true,
        preset: None,
        title: Message::new("file.preset.calendar").into(),
        row_is: "event".to_owned(),
        confidence: 1.0,
        header_row: 0,
        rows: found.read.records.len() as u64,
        columns: Vec::new(),
        warnings: Vec::new(),
    };
    FileView { format: Some("icalendar".to_owned()), tables: vec![table], ..unread(file) }
}

fn calendar(found: &CalendarLook) -> FileCalendar {
    FileCalendar {
        name: found.read.name.clone(),
        appointments: found.read.records.len() as u64,
        from: found.days.map(|(first, _)| first),
        until: found.days.map(|(_, last)| last),
        left: calendar_left(found.read.left),
        broken: found.read.broken.iter().map(|one| broken(one).into()).collect(),
    }
}

/// "Wedding fair: its day can't be read." Whatever has no title is named by its number.
fn broken(entry: &Broken) -> Message {
    let (named, numbered) = match entry.part {
        BrokenPart::Day => ("file.calendar.no_day", "file.calendar.no_day_number"),
        BrokenPart::Rule => ("file.calendar.no_rule", "file.calendar.no_rule_number"),
    };
    match &entry.title {
        Some(title) => Message::new(named).with("title", title),
        None => Message::new(numbered).with("number", entry.number),
    }
}

/// What of a calendar is not brought; nothing where everything is.
pub(in crate::host) fn calendar_left(left: Left) -> Option<CalendarLeft> {
    let Left { before, after, too_long, unread } = left;
    (left != Left::default()).then_some(CalendarLeft { before, after, too_long, unread })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hub_api::Files as _;
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::host::files::PickedFiles;

    const CALENDAR: &str = "BEGIN:VCALENDAR\r\nPRODID:-//Diary//EN\r\nX-WR-CALNAME:Weddings\r\n\
        BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20260601\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:b\r\nDTSTART;VALUE=DATE:20200601\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:c\r\nSUMMARY:No day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    const LIST: &str = "Name,Email\nAnn Ashworth,ann@example.com\nBen Hill,ben@example.com\n";

    async fn looked(files: &[(&str, &str)], reading: Option<serde_json::Value>) -> Looked {
        let held = PickedFiles::default();
        for (name, text) in files {
            let bytes: Arc<[u8]> = text.as_bytes().into();
            assert!(held.keep(name, name, bytes));
        }
        let asked = FilesAsked {
            file_ids: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
            choices: Vec::new(),
            reading,
            country: "GB".into(),
            zone: "Europe/London".into(),
            today: date(2026, 5, 14),
        };
        held.look(asked).await.expect("a look")
    }

    fn errors(looked: &Looked) -> Vec<Option<&str>> {
        let id = |view: &FileView| view.error.as_ref().map(|error| error.id.clone());
        assert!(!looked.look.usable);
        let ids: Vec<Option<String>> = looked.look.files.iter().map(id).collect();
        ids.into_iter().map(|id| id.map(|id| &*id.leak())).collect()
    }

    #[tokio::test]
    async fn a_calendar_by_itself_is_told_with_what_is_left_out() {
        let found = looked(&[("diary.ics", CALENDAR)], None).await;
        assert!(found.look.usable && found.look.questions.is_empty(), "nothing is asked: {:?}", found.look);
        let calendar = found.look.calendar.expect("a calendar");
        assert_eq!((calendar.name.as_deref(), calendar.appointments), (Some("Weddings"), 1));
        assert_eq!((calendar.from, calendar.until), (Some(date(2026, 6, 1)), Some(date(2026, 6, 1))));
        assert_eq!(calendar.left, Some(CalendarLeft { before: 1, after: 0, too_long: 0, unread: 1 }));
        assert_eq!(calendar.broken.len(), 1);
        assert_eq!(calendar.broken[0].id, "file.calendar.no_day");
        assert_eq!(found.held.expect("what it is known by").ids, ["a"]);
        assert_eq!(found.time_zone.as_deref(), Some("Europe/London"), "the supplier's where it names none");
        let nameless = CALENDAR.replace("X-WR-CALNAME:Weddings\r\n", "");
        let found = looked(&[("diary 2026.ics", &nameless)], None).await;
        assert_eq!(found.look.provider_name, "diary 2026", "as the file is called");
    }

    #[tokio::test]
    async fn a_calendar_among_others_is_told_and_the_others_stay_as_they_are() {
        let found = looked(&[("a.ics", CALENDAR), ("b.ics", CALENDAR)], None).await;
        assert_eq!(errors(&found), [Some("error.file.calendars_together"); 2]);
        let found = looked(&[("clients.csv", LIST), ("a.ics", CALENDAR)], None).await;
        assert_eq!(errors(&found), [None, Some("error.file.calendar_alone")]);
        assert_eq!(found.look.files[0].tables[0].rows, 2, "the list is read all the same");
        let found = looked(&[("a.ics", &CALENDAR[..80])], None).await;
        assert_eq!(errors(&found), [Some("error.file.calendar_cut")]);
        // What was kept of a calendar is no reading of a list, and the other way round.
        let kept = json!({"calendar": {"name": "Weddings", "program": null, "left": {}}});
        let found = looked(&[("clients.csv", LIST)], Some(kept.clone())).await;
        assert_eq!((found.look.usable, found.look.provider.as_str()), (true, "spreadsheet"));
        let files = PickedFiles::default();
        assert!(!files.fits(&kept, &found.reading) && !files.fits(&found.reading, &kept));
        assert_eq!(files.rules(&kept).expect("rules").len(), 11);
        assert!(files.answer(&kept, "x", &hub_api::dto::WhoIs::Nobody).is_err(), "nobody is named in it");
    }
}
