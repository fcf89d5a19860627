//! A port beside a site that says what happened there, for a test outside this process: `GET visits` and `GET couples`;
//! `POST sign-out` ends every session, `POST lazy` and `POST usual` say what the site becomes.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use super::{JsonSite, Mood, Visit, WebSite, json as json_site, lock};
use crate::StartError;
use crate::http::{Answer, Door, Request, Response, Site};
use crate::rest::Couple;

/// A site that can be watched.
trait Watched: std::fmt::Debug + Send + Sync {
    fn visits(&self) -> Vec<Visit>;
    fn couples(&self) -> Vec<Couple>;
    /// Ends every session.
    fn end_sessions(&self);
    /// Whether it can become so.
    fn becomes(&self, mood: Mood) -> bool;
}

impl Watched for super::Stand {
    fn visits(&self) -> Vec<Visit> {
        lock(&self.log).clone()
    }

    fn couples(&self) -> Vec<Couple> {
        lock(&self.couples).clone()
    }

    fn end_sessions(&self) {
        lock(&self.sessions).clear();
    }

    fn becomes(&self, mood: Mood) -> bool {
        *lock(&self.mood) = mood;
        true
    }
}

impl Watched for json_site::Stand {
    fn visits(&self) -> Vec<Visit> {
        lock(&self.log).clone()
    }

    fn couples(&self) -> Vec<Couple> {
        lock(&self.couples).clone()
    }

    fn end_sessions(&self) {
        lock(&self.sessions).clear();
    }

    fn becomes(&self, _: Mood) -> bool {
        false
    }
}

#[derive(Debug)]
struct Control(Arc<dyn Watched>);

impl Site for Control {
    fn answer(&self, request: Request) -> Answer {
        let told = |json: Json| Response::json(200, json.to_string().into_bytes()).into();
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/visits") => told(self.0.visits().iter().map(visit).collect()),
            ("GET", "/couples") => told(self.0.couples().iter().map(couple).collect()),
            ("POST", "/sign-out") => {
                self.0.end_sessions();
                told(json!({}))
            }
            ("POST", "/lazy") if self.0.becomes(Mood::Lazy) => told(json!({})),
            ("POST", "/usual") if self.0.becomes(Mood::Usual) => told(json!({})),
            _ => Response::json(404, b"{}".to_vec()).into(),
        }
    }
}

fn visit(visit: &Visit) -> Json {
    json!({"method": visit.method, "what": visit.what, "agent": visit.agent, "signed_in": visit.signed_in})
}

fn couple(couple: &Couple) -> Json {
    json!({
        "first_name": couple.first, "last_name": couple.last, "email": couple.email,
        "wedding_date": couple.wedding.map(|day| day.to_string()),
    })
}

fn open(site: Arc<dyn Watched>, runtime: Option<&Runtime>) -> Result<Door, StartError> {
    let runtime = runtime.ok_or_else(|| StartError::Port(std::io::ErrorKind::NotConnected.into()))?;
    runtime.block_on(Door::open(Arc::new(Control(site)))).map_err(StartError::Port)
}

impl WebSite {
    /// Opens the port; its address.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn open_control(&mut self) -> Result<String, StartError> {
        let door = open(Arc::<super::Stand>::clone(&self.stand), self.runtime.as_ref())?;
        let origin = door.origin();
        self.control = Some(door);
        Ok(origin)
    }
}

impl JsonSite {
    /// Opens the port; its address.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn open_control(&mut self) -> Result<String, StartError> {
        let door = open(Arc::<json_site::Stand>::clone(&self.stand), self.runtime.as_ref())?;
        let origin = door.origin();
        self.control = Some(door);
        Ok(origin)
    }

    /// The page to sign in at fills in and sends its form by itself, as far as a window runs its script, and tries to lead to
    /// this address on the way.
    pub fn drives_itself(&self, elsewhere: &str) {
        *lock(&self.stand.elsewhere) = Some(elsewhere.to_owned());
    }
}
