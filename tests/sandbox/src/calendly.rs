//! Calendly's API v2, as far as open-source clients tell of it: everything is named by a whole `uri`, lists are `{collection,
//! pagination {next_page_token, next_page}}` of at most 100, bookings are asked for by `user` and a stretch of time, whoever
//! booked stands below each. A booking that is moved is cancelled and made anew; the two name each other.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::StartError;
use crate::http::{Answer, Door, Request, Response, Site};
use crate::rest::{Couple, make_couples};

/// A booking as it is.
#[derive(Debug, Clone)]
struct Booking {
    id: String,
    name: &'static str,
    start: Timestamp,
    guests: Vec<Guest>,
}

#[derive(Debug, Clone)]
struct Guest {
    id: String,
    first: String,
    last: String,
    email: String,
    active: bool,
    old: Option<String>,
    new: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    bookings: Vec<Booking>,
    log: Vec<String>,
    refuse: Option<u16>,
    /// Names another host than its own from now on.
    foreign: Option<String>,
    /// Forgets its page tokens.
    forgets: bool,
}

#[derive(Debug)]
struct Stand {
    state: Mutex<State>,
    origin: Mutex<String>,
    couples: Vec<Couple>,
}

/// A running Calendly. It stops when this is dropped.
#[derive(Debug)]
pub struct Calendly {
    stand: Arc<Stand>,
    door: Door,
    runtime: Option<Runtime>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Calendly {
    /// The one token that opens it.
    pub const TOKEN: &'static str = "eyJraWQiOiJ0b2tlbi1vZi1zYXJhaA";
    /// The account behind it.
    pub const USER: &'static str = "HARLOWFINCH0001";

    /// Starts one where so many couples booked a call each, and the first of them moved it, the second cancelled it, the third
    /// booked twice, and the fourth booked ten years ago. The rest
    /// lies around `now`.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(seed: u64, couples: usize, now: Timestamp) -> Result<Calendly, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("calendly")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let stand = Arc::new(Stand {
            state: Mutex::default(),
            origin: Mutex::default(),
            couples: make_couples(seed, couples),
        });
        stand.fill(now);
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        // On a thread of its own, so that a test which runs inside another runtime may start one too.
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the first thread ended early")))
            .map_err(StartError::Port)?;
        *lock(&stand.origin) = door.origin();
        Ok(Calendly { stand, door, runtime: Some(runtime) })
    }

    /// Base address of the API.
    pub fn base_url(&self) -> String {
        self.door.origin()
    }

    /// Whoever booked, in the order in which they did.
    pub fn couples(&self) -> &[Couple] {
        &self.stand.couples
    }

    /// Method, path and query of every request so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.stand.state).log.clone()
    }

    /// Answers everything with this status from now on; nothing to answer again.
    pub fn refuse(&self, status: Option<u16>) {
        lock(&self.stand.state).refuse = status;
    }

    /// Names this origin in the addresses of bookings from now on.
    pub fn names(&self, origin: &str) {
        lock(&self.stand.state).foreign = Some(origin.to_owned());
    }

    /// Page tokens are refused from now on.
    pub fn forget_pages(&self) {
        lock(&self.stand.state).forgets = true;
    }

    /// Somebody moves their booking by a week.
    pub fn reschedule(&self, couple: usize) {
        self.stand.reschedule(couple);
    }
}

impl Drop for Calendly {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Stand {
    fn fill(&self, now: Timestamp) {
        for (at, couple) in self.couples.iter().enumerate() {
            let days = i64::try_from(at).unwrap_or_default() * 3 - 60;
            let start = now.saturating_add((days * 24).hours()).unwrap_or(now);
            let start =
                if at == 3 { start.saturating_add((-87_600).hours()).unwrap_or(start) } else { start };
            self.book(couple, start, None);
            if at == 2 {
                self.book(couple, start.saturating_add(48.hours()).unwrap_or(start), None);
            }
        }
        self.reschedule(0);
        let mut state = lock(&self.state);
        for guest in state
            .bookings
            .iter_mut()
            .filter(|booking| booking.id == "BOOKING2")
            .flat_map(|one| &mut one.guests)
        {
            guest.active = false;
        }
    }

    fn book(&self, couple: &Couple, start: Timestamp, old: Option<String>) -> String {
        let mut state = lock(&self.state);
        let number = state.bookings.len() + 1;
        let guest = Guest {
            id: format!("GUEST{number}"),
            first: couple.first.clone(),
            last: couple.last.clone(),
            email: match couple.email.as_str() {
                "" => format!("{}@example.com", couple.first.to_lowercase()),
                email => email.to_owned(),
            },
            active: true,
            old,
            new: None,
        };
        let id = guest.id.clone();
        state.bookings.push(Booking {
            id: format!("BOOKING{number}"),
            name: "Planning call",
            start,
            guests: vec![guest],
        });
        id
    }

    fn reschedule(&self, couple: usize) {
        let Some(couple) = self.couples.get(couple) else { return };
        let found = {
            let state = lock(&self.state);
            state
                .bookings
                .iter()
                .rev()
                .find(|booking| {
                    booking
                        .guests
                        .iter()
                        .any(|guest| guest.first == couple.first && guest.last == couple.last)
                })
                .map(|booking| (booking.start, booking.guests[0].id.clone()))
        };
        let Some((start, old)) = found else { return };
        let new = self.book(couple, start.saturating_add(168.hours()).unwrap_or(start), Some(old.clone()));
        let mut state = lock(&self.state);
        for guest in
            state.bookings.iter_mut().flat_map(|booking| &mut booking.guests).filter(|guest| guest.id == old)
        {
            guest.active = false;
            guest.new = Some(new.clone());
        }
    }

    fn decide(&self, request: &Request) -> Response {
        let state = lock(&self.state);
        if let Some(status) = state.refuse {
            let answer = error(status, "Refused");
            return if status == 429 { answer.with("retry-after", "3") } else { answer };
        }
        if request.header("authorization") != Some(format!("Bearer {}", Calendly::TOKEN).as_str()) {
            return error(401, "Unauthenticated");
        }
        if request.method != "GET" {
            return error(405, "Method Not Allowed");
        }
        let own = lock(&self.origin).clone();
        let origin = state.foreign.clone().unwrap_or_else(|| own.clone());
        let user = format!("{own}/users/{}", Calendly::USER);
        let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            ["users", "me"] => found(json!({"resource": {
                "uri": user, "name": "Harlow & Finch Photography", "email": "sarah@harlowandfinch.example",
                "timezone": "Europe/London", "scheduling_url": "https://calendly.example/harlow",
                "current_organization": format!("{own}/organizations/ORG1"),
            }})),
            ["scheduled_events"] => {
                let instant =
                    |name: &str| request.query(name).and_then(|text| text.parse::<Timestamp>().ok());
                if request.query("user") != Some(user.as_str()) {
                    return error(403, "Permission Denied");
                }
                let (from, to) = (instant("min_start_time"), instant("max_start_time"));
                let mut shown: Vec<&Booking> = state
                    .bookings
                    .iter()
                    .filter(|one| {
                        from.is_none_or(|from| one.start >= from) && to.is_none_or(|to| one.start < to)
                    })
                    .collect();
                shown.sort_by_key(|one| one.start);
                let rows = shown.into_iter().map(|one| one.event(&origin)).collect();
                page(request, rows, state.forgets)
            }
            ["scheduled_events", id, "invitees"] => match state.bookings.iter().find(|one| one.id == *id) {
                Some(one) => {
                    page(request, one.guests.iter().map(|guest| guest.invitee(one, &origin)).collect(), false)
                }
                None => error(404, "Resource Not Found"),
            },
            _ => error(404, "Resource Not Found"),
        }
    }
}

impl Booking {
    fn event(&self, origin: &str) -> Value {
        let end = self.start.saturating_add(30.minutes()).unwrap_or(self.start);
        let active = self.guests.iter().any(|guest| guest.active);
        json!({
            "uri": format!("{origin}/scheduled_events/{}", self.id),
            "name": self.name,
            "status": if active { "active" } else { "canceled" },
            "start_time": micros(self.start),
            "end_time": micros(end),
            "event_type": format!("{origin}/event_types/TYPE1"),
            "location": {"type": "physical", "location": "The studio, Mill Lane"},
            "invitees_counter": {"total": self.guests.len(), "active": usize::from(active), "limit": 1},
            "event_guests": [], "meeting_notes_plain": null,
            "created_at": "2026-01-02T10:00:00.000000Z", "updated_at": "2026-01-02T10:00:00.000000Z",
        })
    }
}

impl Guest {
    fn invitee(&self, booking: &Booking, origin: &str) -> Value {
        let at = |id: &String| {
            let number = id.trim_start_matches("GUEST");
            format!("{origin}/scheduled_events/BOOKING{number}/invitees/{id}")
        };
        json!({
            "uri": format!("{origin}/scheduled_events/{}/invitees/{}", booking.id, self.id),
            // Only a form that asks for both has them apart.
            "name": format!("{} {}", self.first, self.last), "first_name": null, "last_name": null,
            "email": self.email, "status": if self.active { "active" } else { "canceled" },
            "timezone": "America/New_York", "text_reminder_number": null,
            "rescheduled": self.new.is_some(),
            "old_invitee": self.old.as_ref().map(at), "new_invitee": self.new.as_ref().map(at),
            "questions_and_answers": [{"question": "Where did you hear of us?", "answer": "A friend", "position": 0}],
            "created_at": "2026-01-02T10:00:00.000000Z", "updated_at": "2026-01-02T10:00:00.000000Z",
        })
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        let told = match request.raw_query.as_str() {
            "" => format!("{} {}", request.method, request.path),
            query => format!("{} {}?{query}", request.method, request.path),
        };
        let answer = self.decide(&request);
        lock(&self.state).log.push(told);
        answer.into()
    }
}

fn micros(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string()
}

fn found(body: Value) -> Response {
    Response::json(200, body.to_string().into_bytes())
}

fn error(status: u16, title: &str) -> Response {
    let body = json!({"title": title, "message": "The request was not carried out."});
    Response::json(status, body.to_string().into_bytes())
}

/// A page of rows: 20 where nothing is said, 100 at most.
fn page(request: &Request, rows: Vec<Value>, forgets: bool) -> Response {
    let count = request.query("count").map_or(Some(20), |text| text.parse().ok());
    let Some(count) = count.filter(|count| (1..=100_usize).contains(count)) else {
        return error(400, "Invalid Argument");
    };
    let from = match request.query("page_token") {
        None => 0,
        Some(_) if forgets => return error(400, "Invalid Argument"),
        Some(token) => match token.strip_prefix("after-").and_then(|text| text.parse::<usize>().ok()) {
            Some(from) => from,
            None => return error(400, "Invalid Argument"),
        },
    };
    let from = from.min(rows.len());
    let to = (from + count).min(rows.len());
    let token = (to < rows.len()).then(|| format!("after-{to}"));
    found(json!({
        "collection": rows[from..to],
        "pagination": {
            "count": to - from, "next_page_token": token, "previous_page_token": null,
            "next_page": token.as_ref().map(|token| format!("https://api.calendly.example/?page_token={token}")),
        },
    }))
}
