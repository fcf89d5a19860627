//! Calendars in files: the same appointments as by an address, read in pages, and what is no calendar refused.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use hub_connectors::feed::{
    Among, BrokenPart, CalendarFault, CalendarFileConnector, CalendarFileParts, CalendarKept, Left, STREAM,
    Window, among, look_at, read,
};
use hub_connectors::sheet::{PickedFile, Where};
use hub_core::ports::{AccountInfo, Connector, PartyDocument, RawRecord, RetryAdvice};
use hub_testkit::CrmStand;
use hub_testkit::fakes::MemoryRaw;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::Value as Json;

use crate::golden::staged;
use crate::support::StillClock;

const ZONE: &str = "Europe/London";

fn window() -> Window {
    Window { today: date(2026, 5, 14), zone: ZONE.into() }
}

fn picked(name: &str, bytes: &[u8]) -> PickedFile {
    PickedFile {
        id: name.into(),
        name: name.into(),
        size: bytes.len() as u64,
        place: Where::Bytes(bytes.into()),
    }
}

fn account() -> AccountInfo {
    AccountInfo {
        account_id: "c".into(),
        name: "Wedding calendar".into(),
        time_zone: Some(ZONE.into()),
        currency: None,
        country: None,
        readable: vec![STREAM.into()],
    }
}

fn connector(file: Option<PickedFile>, stored: MemoryRaw) -> CalendarFileConnector {
    CalendarFileConnector::new(CalendarFileParts {
        provider: "calendar_feed".into(),
        connection_id: "c".into(),
        account: account(),
        zone: ZONE.into(),
        file,
        clock: StillClock::new(),
        stored: Arc::new(stored),
    })
}

/// A calendar of entries with these lines.
fn calendar(entries: &[String]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
    let head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Diary//EN\nX-WR-CALNAME:Wedding calendar\n";
    format!("{head}{}END:VCALENDAR\n", entries.concat()).replace('\n', "\r\n")
}

/// So many appointments, one a day from a day on.
fn many(count: i32, from: Date) -> String {
    let entry = |number: i32| {
        let day = from.saturating_add(number.days()).strftime("%Y%m%d");
        format!("UID:e{number}\nSUMMARY:Meeting {number}\nDTSTART;VALUE=DATE:{day}")
    };
    calendar(&(0..count).map(entry).collect::<Vec<_>>())
}

const COUNT: i32 = 1_100;

/// A file on the disk, with a connector to it.
struct Bench {
    file: tempfile::NamedTempFile,
    connector: CalendarFileConnector,
}

impl Bench {
    fn new() -> Bench {
        let mut file = tempfile::Builder::new().suffix(".ics").tempfile().expect("a file");
        file.write_all(many(COUNT, date(2026, 1, 1)).as_bytes()).expect("written");
        file.flush().expect("written");
        let place = Where::Path(file.path().to_owned());
        let picked = PickedFile { id: "f".into(), name: "wedding-calendar.ics".into(), size: 0, place };
        let connector = connector(Some(picked), MemoryRaw::default());
        Bench { file, connector }
    }
}

impl CrmStand for Bench {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }
    fn requests(&self) -> Vec<String> {
        Vec::new()
    }
    fn totals(&self) -> Vec<(String, u64)> {
        vec![(STREAM.to_owned(), COUNT as u64)]
    }
    fn revoke_the_key(&self) {}
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file.path()).expect("it is there")
    }
    fn knows_clients(&self) -> bool {
        false
    }
}

hub_testkit::calendar_file!(Bench::new());

/// What the mapping of a new connection makes of a calendar.
pub(crate) async fn comes_of_calendar(file: &Path) -> Json {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let place = Where::Path(file.to_owned());
    let connector =
        connector(Some(PickedFile { id: name.clone(), name, size: 0, place }), MemoryRaw::default());
    let documents = Mutex::new(Vec::new());
    let note = |row: &PartyDocument| documents.lock().unwrap().push(row.document.clone());
    connector.preview(50, 0, &note).await.expect("a golden file is readable");
    staged(&connector.default_mapping(), connector.initial_decisions(), &documents.into_inner().unwrap())
}

async fn all(connector: &CalendarFileConnector) -> Vec<RawRecord> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = connector.page(STREAM, cursor.as_ref()).await.expect("a page");
        records.extend(page.records);
        match page.next {
            None => return records,
            next => cursor = next,
        }
    }
}

#[tokio::test]
async fn golden_calendars_come_out_of_files_as_they_come_by_address() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/calendars");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|name| name == "ics"));
    assert!(files.len() >= 4, "{files:?}");
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let expected = read(&bytes, &window()).expect("a calendar");
        let name = path.file_name().unwrap().to_str().unwrap();
        let file =
            PickedFile { id: name.into(), name: name.into(), size: 0, place: Where::Path(path.clone()) };
        assert!(matches!(among(&file), Among::One), "{name}");
        let look = look_at(&file, &window()).expect("a look");
        assert_eq!(
            (look.read.records.len(), look.kept.left),
            (expected.records.len(), expected.left),
            "{name}"
        );
        assert_eq!(all(&connector(Some(file), MemoryRaw::default())).await, expected.records, "{name}");
    }
}

#[tokio::test]
async fn a_look_says_how_many_from_when_to_when_and_names_what_cannot_be_read() {
    let text = calendar(&[
        "UID:a\nSUMMARY:Tasting\nDTSTART:20260620T140000Z".into(),
        "UID:b\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20270301".into(),
        "UID:old\nDTSTART;VALUE=DATE:20200101".into(),
        "UID:c\nSUMMARY:Without a day".into(),
        "UID:d\nDTSTART:tomorrow".into(),
        "UID:e\nSUMMARY:Odd rule\nDTSTART;VALUE=DATE:20260701\nRRULE:FREQ=SOMETIMES".into(),
    ]);
    let look = look_at(&picked("a.ics", text.as_bytes()), &window()).expect("a look");
    assert_eq!(look.read.records.len(), 3);
    assert_eq!(look.days, Some((date(2026, 6, 20), date(2027, 3, 1))));
    assert_eq!(look.kept.left, Left { before: 1, unread: 3, ..Left::default() });
    let broken: Vec<_> =
        look.read.broken.iter().map(|one| (one.title.as_deref(), one.number, one.part)).collect();
    assert_eq!(
        broken,
        [
            (Some("Without a day"), 4, BrokenPart::Day),
            (None, 5, BrokenPart::Day),
            (Some("Odd rule"), 6, BrokenPart::Rule),
        ]
    );
    let kept = CalendarKept::of(&look.kept.to_json()).expect("it is read").expect("a calendar's");
    assert_eq!(kept, look.kept);
    assert_eq!(
        (kept.name.as_deref(), kept.program.as_deref()),
        (Some("Wedding calendar"), Some("-//Diary//EN"))
    );
    assert_eq!(CalendarKept::of(&serde_json::json!({"provider": "spreadsheet"})).expect("read"), None);
}

#[test]
fn only_the_same_name_from_the_same_program_may_be_the_same_calendar() {
    let kept = |name: Option<&str>, program: &str| CalendarKept {
        name: name.map(str::to_owned),
        program: Some(program.to_owned()),
        left: Left::default(),
    };
    let held = kept(Some("Weddings"), "Diary");
    assert!(held.may_be(&CalendarKept { left: Left { before: 3, ..Left::default() }, ..held.clone() }));
    assert!(!held.may_be(&kept(Some("Weddings"), "Other")));
    assert!(!held.may_be(&kept(Some("Private"), "Diary")));
    assert!(!kept(None, "Diary").may_be(&kept(None, "Diary")), "no name is no name in common");
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<(String, Vec<u8>)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    hub_sandbox::exports::archive(&files).expect("packed")
}

#[test]
fn what_is_no_single_whole_calendar_is_refused_and_a_list_is_left_to_others() {
    let one = many(3, date(2026, 6, 1));
    let refused = |name: &str, bytes: &[u8]| {
        let file = picked(name, bytes);
        let fault = match among(&file) {
            Among::Refused(fault) => fault,
            Among::One => look_at(&file, &window()).expect_err("it is refused"),
            Among::Other => panic!("{name} is called a calendar"),
        };
        fault.message().id
    };
    for cut in [one.len() - 4, one.len() / 2, 60] {
        assert_eq!(refused("a.ics", &one.as_bytes()[..cut]), "error.file.calendar_cut", "cut at {cut}");
    }
    let page = "<!DOCTYPE html><html><body>Sign in</body></html>";
    let table = "<html><body><table><tr><th>Name</th></tr><tr><td>Ann</td></tr></table></body></html>";
    for other in [
        page,
        table,
        "{\"error\": \"no\"}",
        "BEGIN:VCARD\r\nFN:Ann\r\nEND:VCARD\r\n",
        "Name,Email\nAnn,a@b.c\n",
    ] {
        assert_eq!(refused("a.ics", other.as_bytes()), "error.file.not_a_calendar", "{other}");
    }
    assert_eq!(refused("a.ics", b""), "error.file.empty");
    assert_eq!(refused("a.ics", calendar(&[]).as_bytes()), "error.file.calendar_empty");
    assert_eq!(refused("a.ics", many(3, date(2001, 1, 1)).as_bytes()), "error.file.calendar_outside");
    assert_eq!(
        refused("a.ics", calendar(&["UID:a\nSUMMARY:x".into()]).as_bytes()),
        "error.file.calendar_unread"
    );
    let large = calendar(&[format!("UID:a\nDESCRIPTION:{}", "x".repeat(3 << 20))]);
    let large = large.repeat(6);
    assert_eq!(refused("a.ics", large.as_bytes()), "error.file.too_large", "as large as by an address");
    let crowd: Vec<String> = (0..50_001).map(|number| format!("UID:{number}")).collect();
    assert_eq!(refused("a.ics", calendar(&crowd).as_bytes()), "error.file.calendar_too_many");

    let zip = packed(&[("Weddings.ics", &one), ("Read me.pdf", "%PDF-1.4")]);
    assert!(matches!(among(&picked("calendars.zip", &zip)), Among::One), "the only one of an archive");
    assert_eq!(look_at(&picked("calendars.zip", &zip), &window()).expect("a look").read.records.len(), 3);
    let zip = packed(&[("Weddings.ics", &one), ("Private.ics", &one)]);
    assert_eq!(refused("calendars.zip", &zip), "error.file.calendar_several");
    let list = "Name,Email\nAnn,ann@example.com\n";
    let zip = packed(&[("clients.csv", list), ("Weddings.ics", &one)]);
    assert!(matches!(among(&picked("book.zip", &zip)), Among::Other), "beside a list it stays where it is");
    assert!(matches!(among(&picked("clients.csv", list.as_bytes())), Among::Other));
    assert!(matches!(among(&picked("calendar.txt", one.as_bytes())), Among::One), "whatever it is called");
    let missing = picked("gone.ics", b"");
    let missing = PickedFile { place: Where::Path("/no/such/file.ics".into()), ..missing };
    assert!(matches!(among(&missing), Among::Refused(CalendarFault::Unreadable(_))));
}

#[tokio::test]
async fn other_bytes_than_those_that_were_begun_with_begin_again() {
    let first =
        connector(Some(picked("a.ics", many(700, date(2026, 1, 1)).as_bytes())), MemoryRaw::default());
    let cursor = first.page(STREAM, None).await.expect("a page").next.expect("there is more");
    let other =
        connector(Some(picked("a.ics", many(701, date(2026, 1, 1)).as_bytes())), MemoryRaw::default());
    let begun = other.page(STREAM, Some(&cursor)).await.expect_err("another file");
    assert_eq!((begun.message_id, begun.retry), ("error.paging_unstable", RetryAdvice::ResetPaging));
    let none = connector(None, MemoryRaw::default()).page(STREAM, None).await.expect_err("no file");
    assert_eq!((none.message_id, none.retry), ("error.file.again", RetryAdvice::Never));
}

#[tokio::test]
async fn without_a_file_what_was_read_is_counted_and_shown_the_next_first() {
    let file = picked("a.ics", many(300, date(2026, 1, 1)).as_bytes());
    let mut stored = MemoryRaw::default();
    stored.keep(STREAM, all(&connector(Some(file), MemoryRaw::default())).await);
    let again = connector(None, stored);
    assert_eq!(again.count(STREAM).await.expect("counted"), Some(300));
    let shown = Mutex::new(Vec::new());
    let note = |row: &PartyDocument| {
        shown
            .lock()
            .unwrap()
            .push(row.document["appointments"][0]["start_date"].as_str().unwrap().to_owned());
    };
    again.preview(3, 0, &note).await.expect("rows");
    assert_eq!(shown.into_inner().unwrap(), ["2026-05-14", "2026-05-15", "2026-05-16"]);
    assert_eq!(connector(None, MemoryRaw::default()).count(STREAM).await.expect("counted"), None);
}
