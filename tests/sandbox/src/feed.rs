//! Calendars by their address, as CRMs and calendar programs serve them: the seeded book's appointments as iCalendar.
//!
//! The address opens the calendar, and nothing else of this server does. It answers as such servers do: lines folded at 75
//! bytes, a time of writing that is new each time where it gives no mark, and "not modified" to whoever shows its mark.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

use crate::StartError;
use crate::book::Book;
use crate::http::{Answer, Delivery, Door, Request, Response, Site};

/// What the server lets its replies be known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// An entity tag.
    ETag,
    /// A time of change.
    Modified,
    /// Nothing; each reply says when it was written.
    Nothing,
}

/// One `VEVENT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is known by.
    pub uid: String,
    /// Its other lines.
    pub lines: Vec<String>,
    /// Its days, first and last.
    pub days: (Date, Date),
}

impl Entry {
    /// An entry of these lines on one day.
    pub fn new(uid: &str, day: Date, lines: &[&str]) -> Entry {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Entry { uid: uid.to_owned(), lines, days: (day, day) }
    }
}

/// A running server with one calendar. It stops when this is dropped.
#[derive(Debug)]
pub struct Feed {
    stand: Arc<Stand>,
    door: Door,
    runtime: Option<Runtime>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: String,
    /// What was answered.
    pub status: u16,
}

#[derive(Debug)]
struct Stand {
    marks: Marks,
    entries: Mutex<(Vec<Entry>, u64)>,
    log: Mutex<Vec<Asked>>,
    refuse: Mutex<Option<u16>>,
    instead: Mutex<Option<Vec<u8>>>,
    elsewhere: Mutex<Option<String>>,
    cut: Mutex<bool>,
}

/// The part of the address that nobody else knows.
const SECRET: &str = "private-5f1e0c9b7a";
const PATH: &str = "/calendars/private-5f1e0c9b7a/basic.ics";

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed {
    /// Starts a server with these entries.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(marks: Marks, entries: Vec<Entry>) -> Result<Feed, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("feed")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let stand = Arc::new(Stand {
            marks,
            entries: Mutex::new((entries, 1)),
            log: Mutex::default(),
            refuse: Mutex::default(),
            instead: Mutex::default(),
            elsewhere: Mutex::default(),
            cut: Mutex::default(),
        });
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        // On a thread of its own, so that a test which runs inside another runtime may start one too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(Feed { stand, door, runtime: Some(runtime) })
    }

    /// The appointments of a book that have a day, by household.
    pub fn of_book(book: &Book) -> Vec<Entry> {
        let mut entries = Vec::new();
        for event in (0..book.homes()).flat_map(|home| book.household(home).events) {
            let Some(first) = event.start_date else { continue };
            let last = event.end_date.filter(|last| *last >= first).unwrap_or(first);
            let mut lines =
                vec![format!("SUMMARY:{}", escaped(event.name.as_deref().unwrap_or("Appointment")))];
            match (event.all_day, event.start_time) {
                (false, Some(start)) => {
                    let at = |day: Date, time: jiff::civil::Time| {
                        day.to_datetime(time).strftime("%Y%m%dT%H%M%S").to_string()
                    };
                    lines.push(format!("DTSTART;TZID=Europe/London:{}", at(first, start)));
                    lines.extend(
                        event.end_time.map(|end| format!("DTEND;TZID=Europe/London:{}", at(last, end))),
                    );
                }
                _ => {
                    let after = last.tomorrow().unwrap_or(last);
                    lines.push(format!("DTSTART;VALUE=DATE:{}", first.strftime("%Y%m%d")));
                    lines.push(format!("DTEND;VALUE=DATE:{}", after.strftime("%Y%m%d")));
                }
            }
            lines.push(format!("STATUS:{}", if event.confirmed { "CONFIRMED" } else { "TENTATIVE" }));
            entries.push(Entry { uid: format!("{}@sandbox.example", event.id), lines, days: (first, last) });
        }
        entries
    }

    /// The address, as such programs hand it out.
    pub fn address(&self) -> String {
        format!("{}{PATH}", self.door.origin()).replacen("http://", "webcal://", 1)
    }

    /// The part of the address that stands nowhere but in the vault.
    pub fn secret(&self) -> &'static str {
        SECRET
    }

    /// The entries, in the order of the calendar.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.stand.entries).0.clone()
    }

    /// Changes them.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        let mut held = lock(&self.stand.entries);
        change(&mut held.0);
        held.1 += 1;
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Asked> {
        lock(&self.stand.log).clone()
    }

    /// Answers everything with this status from now on; nothing to answer again.
    pub fn refuse(&self, status: Option<u16>) {
        *lock(&self.stand.refuse) = status;
    }

    /// Sends these bytes in place of the calendar, under 200; nothing to send it again.
    pub fn send_instead(&self, bytes: Option<&[u8]>) {
        *lock(&self.stand.instead) = bytes.map(<[u8]>::to_vec);
    }

    /// Sends everybody to this origin from now on.
    pub fn redirect(&self, origin: &str) {
        *lock(&self.stand.elsewhere) = Some(origin.to_owned());
    }

    /// Ends each reply in its middle, under headers that promise all of it.
    pub fn cut_off(&self, cut: bool) {
        *lock(&self.stand.cut) = cut;
    }

    /// `http://127.0.0.1:port`.
    pub fn origin(&self) -> String {
        self.door.origin()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A content line in pieces of 75 bytes (RFC 5545, 3.1).
fn folded(line: &str, out: &mut String) {
    let mut room = 75;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            out.push_str("\r\n ");
            room = 74;
        }
        room -= letter.len_utf8();
        out.push(letter);
    }
    out.push_str("\r\n");
}

impl Stand {
    fn calendar(&self, written: &str) -> Vec<u8> {
        let mut text = String::new();
        for line in
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sandbox//Feed//EN", "X-WR-CALNAME:Harlow & Finch"]
        {
            folded(line, &mut text);
        }
        for entry in &lock(&self.entries).0 {
            folded("BEGIN:VEVENT", &mut text);
            folded(&format!("UID:{}", entry.uid), &mut text);
            folded(&format!("DTSTAMP:{written}"), &mut text);
            for line in &entry.lines {
                folded(line, &mut text);
            }
            folded("END:VEVENT", &mut text);
        }
        folded("END:VCALENDAR", &mut text);
        text.into_bytes()
    }

    fn reply(&self, request: &Request) -> Response {
        if let Some(origin) = lock(&self.elsewhere).as_ref() {
            return Response::html(302, "<html>moved</html>").with("location", format!("{origin}{PATH}"));
        }
        if let Some(status) = *lock(&self.refuse) {
            return Response::html(status, "<html>no</html>");
        }
        if request.path != PATH {
            return Response::html(404, "<html>nothing here</html>");
        }
        if request.method != "GET" {
            return Response::html(405, "<html>only reading</html>").with("allow", "GET");
        }
        if let Some(bytes) = lock(&self.instead).clone() {
            return Response { status: 200, content_type: "text/html", headers: Vec::new(), body: bytes };
        }
        let turn = lock(&self.entries).1;
        let heard = lock(&self.log).len();
        let written = match self.marks {
            // As many programs do: the time of the reply, which is another each time.
            Marks::Nothing => format!("20260514T08{:02}{:02}Z", heard / 60 % 60, heard % 60),
            Marks::ETag | Marks::Modified => "20260514T080000Z".to_owned(),
        };
        let body = self.calendar(&written);
        let (mark, condition) = match self.marks {
            Marks::ETag => {
                let digest = Sha256::digest(&body);
                let tag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                (Some(("etag", format!("\"{tag}\""))), "if-none-match")
            }
            Marks::Modified => {
                let when = format!("Thu, 14 May 2026 08:{:02}:{:02} GMT", turn / 60 % 60, turn % 60);
                (Some(("last-modified", when)), "if-modified-since")
            }
            Marks::Nothing => (None, ""),
        };
        let same = mark.as_ref().is_some_and(|(_, mark)| request.header(condition) == Some(mark.as_str()));
        let mut response = match same {
            true => {
                Response { status: 304, content_type: "text/calendar", headers: Vec::new(), body: Vec::new() }
            }
            false => {
                let content_type = "text/calendar; charset=utf-8";
                Response { status: 200, content_type, headers: Vec::new(), body }
            }
        };
        if let Some((name, value)) = mark {
            response = response.with(name, value);
        }
        response
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        let response = self.reply(&request);
        lock(&self.log).push(Asked { method: request.method, status: response.status });
        let keep = response.body.len() / 2;
        let mut answer = Answer::from(response);
        if *lock(&self.cut) {
            answer.delivery = Delivery::Truncated { keep };
        }
        answer
    }
}
