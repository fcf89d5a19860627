//! The Inbox of Light Blue, as it documents it: a form with a key, and an answer in lines that carriage returns divide
//! (<https://lightbluesoftware.com/help>, "Sending data directly to the Light Blue API via HTTP POST" and "Supported API
//! parameters").
//!
//! What arrives there is looked at and taken in by hand. A request that it had already is answered as a duplicate, so that one
//! whose answer was lost can be sent again.

use hub_core::ports::{Carried, HookEvent, Secret};
use serde_json::Value as Json;
use url::Url;

use super::HookPost;
use crate::http::{HttpFault, Reply};

/// Its address; practice servers have another.
pub const LIGHT_BLUE: &str = "https://online.lightbluesoftware.com";

/// Where the Inbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightBlueAddress(Url);

impl LightBlueAddress {
    /// The address, to be kept.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its host.
    pub fn host(&self) -> String {
        self.0.host_str().unwrap_or_default().to_owned()
    }
}

impl HookPost {
    /// The Inbox at Light Blue's own address, or at another for practice.
    ///
    /// # Errors
    /// [`HttpFault::AddressRefused`].
    pub fn light_blue(&self, base: Option<&str>) -> Result<LightBlueAddress, HttpFault> {
        self.address(base.unwrap_or(LIGHT_BLUE)).map(LightBlueAddress)
    }

    /// Asks whether a key is one.
    ///
    /// # Errors
    /// `false` is an answer; no answer is a fault.
    pub async fn light_blue_key(&self, at: &LightBlueAddress, key: &Secret) -> Result<bool, HttpFault> {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("Key", key.expose()).finish();
        let reply = self.plain.post_form(&below(at, "apiCheck.php"), form).await?;
        Ok(reply.status == 200 && code(&reply) == Some(0))
    }

    /// Sends a client into the Inbox.
    pub async fn light_blue_post(&self, at: &LightBlueAddress, key: &Secret, event: &HookEvent) -> Carried {
        let Ok(body) = serde_json::from_str::<Json>(&event.body) else {
            return Carried::Refused { why: "hook.refused" };
        };
        let form = form(&body, key);
        match self.sent(self.plain.post_form(&below(at, "api.php"), form)).await {
            Ok(reply) => judged(&reply),
            Err(carried) => carried,
        }
    }
}

fn below(at: &LightBlueAddress, page: &str) -> Url {
    let mut url = at.0.clone();
    url.set_query(None);
    url.set_path(&format!("{}/{page}", at.0.path().trim_end_matches('/')));
    url
}

/// The first line of an answer.
fn code(reply: &Reply) -> Option<i32> {
    let text = std::str::from_utf8(&reply.body).ok()?;
    text.split(['\r', '\n']).next()?.trim().parse().ok()
}

fn judged(reply: &Reply) -> Carried {
    match (reply.status, code(reply)) {
        // -4: it had this already.
        (200, Some(0 | -4)) => Carried::Taken,
        (200, Some(-3)) => Carried::Refused { why: "hook.light_blue.nothing_taken" },
        (200, Some(_)) => Carried::Refused { why: "hook.refused" },
        (429, _) => Carried::Later { after: super::wanted_pause(reply), why: "hook.busy" },
        // A page in place of the lines: maintenance, or a network that wants to be signed in to.
        _ => Carried::Later { after: super::wanted_pause(reply), why: "hook.unavailable" },
    }
}

/// The form of a client: its people with their names as they are, and its first project as the shoot.
fn form(body: &Json, key: &Secret) -> String {
    let text = |json: &Json, name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let client = &body["client"];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Key", key.expose());
    form.append_pair("Type", "contact form");
    form.append_pair("Source", "WedSync");
    form.append_pair("DateFormat", "dd/mm/yyyy");
    for person in client["people"].as_array().into_iter().flatten() {
        // First and last name apart: a whole name would be divided after its first word there.
        let fields = [
            ("ContactNameFirst", text(person, "first_name")),
            ("ContactNameLast", text(person, "last_name")),
            ("ContactRole", text(person, "role").filter(|role| role != "primary" && role != "other")),
            ("ContactEmail", text(person, "email")),
            ("ContactPhoneMobile", text(person, "phone")),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                form.append_pair(name, &value);
            }
        }
    }
    if let Some(project) = client["projects"].as_array().and_then(|projects| projects.first()) {
        let day = text(project, "wedding_date").and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let fields = [
            ("ShootTitle", text(project, "name")),
            ("ShootType", day.map(|_| "Wedding".to_owned())),
            ("ShootDate", day.map(|day| format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()))),
            ("ShootLocation", text(project, "venue_name")),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                form.append_pair(name, &value);
            }
        }
    }
    form.finish()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_is_as_light_blue_documents_it() {
        let body = json!({"client": {
            "people": [
                {"role": "primary", "first_name": "Mary Jane", "last_name": "van der Berg", "email": "mj@example.com", "phone": "+447700900123"},
                {"role": "partner", "first_name": "Bo", "last_name": null, "email": null, "phone": null},
            ],
            "projects": [{"name": "MJ & Bo", "wedding_date": "2027-06-02", "venue_name": "Old Barn"}],
        }});
        let text = form(&body, &Secret::new("lb-key"));
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("Key", "lb-key"),
                ("Type", "contact form"),
                ("Source", "WedSync"),
                ("DateFormat", "dd/mm/yyyy"),
                ("ContactNameFirst", "Mary Jane"),
                ("ContactNameLast", "van der Berg"),
                ("ContactEmail", "mj@example.com"),
                ("ContactPhoneMobile", "+447700900123"),
                ("ContactNameFirst", "Bo"),
                ("ContactRole", "partner"),
                ("ShootTitle", "MJ & Bo"),
                ("ShootType", "Wedding"),
                ("ShootDate", "02/06/2027"),
                ("ShootLocation", "Old Barn"),
            ]
        );
    }

    #[test]
    fn its_lines_are_read_whatever_divides_them() {
        let answer = |status: u16, body: &str| {
            let url = Url::parse("https://online.lightbluesoftware.com/api.php").unwrap();
            judged(&Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), url })
        };
        assert_eq!(answer(200, "0\rThank you"), Carried::Taken);
        assert_eq!(answer(200, "-4\rDuplicate request"), Carried::Taken, "it had this already");
        assert_eq!(
            answer(200, "-3\r\nNo valid parameters"),
            Carried::Refused { why: "hook.light_blue.nothing_taken" }
        );
        assert_eq!(answer(200, "-20\rNot HTTPS"), Carried::Refused { why: "hook.refused" });
        let page = answer(200, "<html>Maintenance</html>");
        assert_eq!(page, Carried::Later { after: None, why: "hook.unavailable" }, "a page is no answer");
        assert_eq!(answer(500, ""), Carried::Later { after: None, why: "hook.unavailable" });
    }
}
