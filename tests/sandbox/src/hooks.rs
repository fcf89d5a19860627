//! Places that are told of changes: a catch hook as automations have them, and the Inbox of Light Blue as it documents it
//! (`PROVIDERS` 2, 19, 20). Both keep what they took, in order, with its headers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::StartError;
use crate::http::{Answer, Delivery, Door, Request, Response, Site};

/// How a place answers a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Well,
    /// Does not work.
    Status(u16),
    /// Asks to come again after so many seconds.
    Busy(u32),
    /// Takes it and never says so.
    TakesAndIsSilent,
    /// Takes it after a while.
    Slow(Duration),
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Path of the request.
    pub path: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, byte by byte.
    pub body: Vec<u8>,
    /// Whether the place took it.
    pub taken: bool,
}

impl Delivered {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(held, _)| held == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }
}

#[derive(Debug)]
struct Stand {
    key: String,
    moods: Mutex<VecDeque<Mood>>,
    always: Mutex<Mood>,
    deliveries: Mutex<Vec<Delivered>>,
}

/// A running place. It stops when this is dropped.
#[derive(Debug)]
pub struct HookPlace {
    stand: Arc<Stand>,
    door: Door,
    /// Held: a port stays open as long as its door is.
    control: Option<Door>,
    runtime: Option<Runtime>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HookPlace {
    /// Starts a place; `key` is what Light Blue's Inbox is opened with.
    ///
    /// # Errors
    /// When threads or ports are not to be had.
    pub fn start(key: &str) -> Result<HookPlace, StartError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("hook-place")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let stand = Arc::new(Stand {
            key: key.to_owned(),
            moods: Mutex::default(),
            always: Mutex::new(Mood::Well),
            deliveries: Mutex::default(),
        });
        let site = Arc::clone(&stand);
        let open = async move { Door::open(site).await };
        let opened = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(open)).join());
        let door = opened
            .unwrap_or_else(|_| Err(std::io::Error::other("the place's first thread ended early")))
            .map_err(StartError::Port)?;
        Ok(HookPlace { stand, door, control: None, runtime: Some(runtime) })
    }

    /// Its origin; Light Blue's pages lie below.
    pub fn origin(&self) -> String {
        self.door.origin().to_string()
    }

    /// Address of the catch hook.
    pub fn hook(&self) -> String {
        format!("{}/hooks/catch/4711/s3cret-path/", self.door.origin())
    }

    /// Opens a port of its own for a test outside this process: `GET deliveries`, and `POST` of a status or of `well` says how
    /// every delivery is answered from now on; its address.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn open_control(&mut self) -> Result<String, StartError> {
        let runtime =
            self.runtime.as_ref().ok_or_else(|| StartError::Port(std::io::ErrorKind::NotConnected.into()))?;
        let control = Arc::new(Control(Arc::clone(&self.stand)));
        let door = runtime.block_on(Door::open(control)).map_err(StartError::Port)?;
        let origin = door.origin().to_string();
        self.control = Some(door);
        Ok(origin)
    }

    /// Answers the next deliveries so, one after the other.
    pub fn next(&self, moods: &[Mood]) {
        lock(&self.stand.moods).extend(moods);
    }

    /// Answers every delivery so from now on.
    pub fn always(&self, mood: Mood) {
        *lock(&self.stand.always) = mood;
    }

    /// Everything that came so far.
    pub fn deliveries(&self) -> Vec<Delivered> {
        lock(&self.stand.deliveries).clone()
    }
}

impl Drop for HookPlace {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Debug)]
struct Control(Arc<Stand>);

impl Site for Control {
    fn answer(&self, request: Request) -> Answer {
        let told = |json: serde_json::Value| Response::json(200, json.to_string().into_bytes()).into();
        let what = request.path.trim_start_matches('/');
        match (request.method.as_str(), what, what.parse::<u16>()) {
            ("GET", "deliveries", _) => told(
                lock(&self.0.deliveries)
                    .iter()
                    .map(|one| {
                        serde_json::json!({
                            "path": one.path, "taken": one.taken, "body": String::from_utf8_lossy(&one.body),
                            "signature": one.header("wedsync-signature"),
                        })
                    })
                    .collect(),
            ),
            ("POST", "well", _) => {
                *lock(&self.0.always) = Mood::Well;
                told(serde_json::json!({}))
            }
            ("POST", _, Ok(status)) => {
                *lock(&self.0.always) = Mood::Status(status);
                told(serde_json::json!({}))
            }
            _ => Response::json(404, b"{}".to_vec()).into(),
        }
    }
}

impl Stand {
    fn mood(&self) -> Mood {
        lock(&self.moods).pop_front().unwrap_or_else(|| *lock(&self.always))
    }

    fn keep(&self, request: &Request, taken: bool) {
        lock(&self.deliveries).push(Delivered {
            path: request.path.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            taken,
        });
    }

    fn caught(&self, request: &Request) -> Answer {
        let well = Response::json(200, br#"{"status":"success"}"#.to_vec());
        let mood = self.mood();
        self.keep(request, !matches!(mood, Mood::Status(_) | Mood::Busy(_)));
        match mood {
            Mood::Well => well.into(),
            Mood::Status(status) => Response::json(status, b"{}".to_vec()).into(),
            Mood::Busy(seconds) => {
                Response::json(429, b"{}".to_vec()).with("retry-after", seconds.to_string()).into()
            }
            Mood::TakesAndIsSilent => {
                Answer { response: well, delivery: Delivery::Reset, delay: Duration::ZERO }
            }
            Mood::Slow(delay) => Answer { response: well, delivery: Delivery::Whole, delay },
        }
    }

    /// `api.php` and `apiCheck.php`: lines that carriage returns divide, the first a code.
    fn light_blue(&self, request: &Request) -> Answer {
        let lines = |code: i32, text: &str| -> Answer {
            let body = format!("{code}\r{text}\r");
            Response { status: 200, content_type: "text/plain", headers: Vec::new(), body: body.into_bytes() }
                .into()
        };
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| form.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str());
        if field("Key") != Some(self.key.as_str()) {
            return lines(-1, "Unknown key");
        }
        if request.path.ends_with("apiCheck.php") {
            return lines(0, "OK");
        }
        let contact = form.iter().any(|(name, _)| name.starts_with("Contact") || name.starts_with("Shoot"));
        if field("Type") != Some("contact form") || !contact {
            return lines(-3, "No valid parameters");
        }
        if lock(&self.deliveries).iter().any(|held| held.taken && held.body == request.body) {
            return lines(-4, "Duplicate request");
        }
        match self.mood() {
            Mood::TakesAndIsSilent => {
                self.keep(request, true);
                let Answer { response, .. } = lines(0, "Thank you");
                Answer { response, delivery: Delivery::Reset, delay: Duration::ZERO }
            }
            Mood::Status(status) => {
                self.keep(request, false);
                Response::html(status, "<html>Maintenance</html>").into()
            }
            Mood::Busy(_) | Mood::Slow(_) | Mood::Well => {
                self.keep(request, true);
                lines(0, "Thank you")
            }
        }
    }
}

impl Site for Stand {
    fn answer(&self, request: Request) -> Answer {
        if request.method != "POST" {
            return Response::html(405, "POST").into();
        }
        if request.path.ends_with(".php") {
            return self.light_blue(&request);
        }
        self.caught(&request)
    }
}
