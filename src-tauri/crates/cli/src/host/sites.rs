//! Sites that people sign in to by themselves: where a window begins and where it may go.

use std::sync::Arc;

use hub_api::{ApiError, Code};
use hub_connectors::http::check_url;
use hub_connectors::{Definition, Reach, Session, SessionCookie, origin_of};
use hub_core::message::Message;
use url::Url;

/// A site to sign in to.
pub(super) struct SiteWanted {
    /// What it is called.
    pub(super) name: String,
    pub(super) definition: Arc<Definition>,
    /// The definition as the file that it is.
    pub(super) text: String,
    /// Address that the person gave.
    pub(super) address: Option<Url>,
    /// Where the window begins.
    pub(super) url: Url,
    /// Origin that the session is for.
    pub(super) origin: String,
    /// Hosts that the window may go to.
    pub(super) hosts: Vec<String>,
    /// Cookies that it begins with.
    pub(super) cookies: Vec<SessionCookie>,
}

/// A page of a window to look at.
pub(super) struct SiteLook<'a> {
    pub(super) site: &'a SiteWanted,
    pub(super) page: Url,
    pub(super) session: Arc<Session>,
}

fn refused(id: &str) -> ApiError {
    ApiError::refused(Code::Refused, id)
}

/// An address as people type it: the scheme is left out more often than not.
pub(super) fn site_address(text: &str) -> Result<Url, ApiError> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&whole).map_err(|_| refused("error.address_invalid"))?;
    url.set_fragment(None);
    if url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("error.address_invalid"));
    }
    Ok(url)
}

impl SiteWanted {
    pub(super) fn of(
        definition: Definition,
        text: String,
        name: String,
        address: Option<Url>,
        cookies: Vec<SessionCookie>,
        reach: Reach,
    ) -> Result<SiteWanted, ApiError> {
        let route = definition
            .routes
            .sign_in
            .as_ref()
            .filter(|route| route.state == hub_connectors::definition::State::Ready);
        let route = route.ok_or_else(|| ApiError::Refused {
            code: Code::Refused,
            message: Message::new("error.sign_in_no_window").with("provider", &definition.identity.name),
        })?;
        let own = route.base_url.as_deref().map(Url::parse).transpose();
        let own = own.map_err(|_| refused("error.address_invalid"))?;
        let base = address.clone().or(own).ok_or_else(|| refused("error.address_invalid"))?;
        let url = match &route.window {
            Some(path) => base.join(path).map_err(|_| refused("error.address_invalid"))?,
            None => base.clone(),
        };
        check_url(&url, reach).map_err(|_| refused("error.address_invalid"))?;
        let origin = origin_of(&base);
        let mut hosts = if address.is_none() { route.hosts.clone() } else { Vec::new() };
        let own = origin.split_once("://").map_or("", |(_, host)| host);
        // One signs in at accounts.x or app.x as often as at www.x.
        let own = own.strip_prefix("www.").unwrap_or(own).to_owned();
        if !hosts.contains(&own) {
            hosts.push(own);
        }
        Ok(SiteWanted { name, text, address, url, origin, hosts, cookies, definition: Arc::new(definition) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_type_it() {
        for (typed, meant) in [
            ("crm.example", "https://crm.example/"),
            (" https://app.crm.example/login#top ", "https://app.crm.example/login"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ] {
            assert_eq!(site_address(typed).expect(typed).as_str(), meant);
        }
        for typed in ["", "not an address", "https://name:secret@crm.example", "mailto:a@b.example"] {
            assert!(site_address(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_window_begins_at_the_site_and_goes_nowhere_else() {
        let lightblue = || hub_connectors::embedded("lightblue").expect("built in").expect("sound");
        let site = |address: Option<&str>, reach| {
            let address = address.map(|text| site_address(text).expect("an address"));
            SiteWanted::of(lightblue(), String::new(), "L".to_owned(), address, Vec::new(), reach)
        };
        let found = site(Some("www.studio.example/app"), Reach::PublicOnly).expect("a site");
        assert_eq!(
            (found.url.as_str(), found.origin.as_str()),
            ("https://www.studio.example/app", "https://www.studio.example")
        );
        assert_eq!(found.hosts, ["studio.example"], "and what lies below it");
        assert!(site(None, Reach::PublicOnly).is_err(), "nobody knows a host");
        assert!(site(Some("http://studio.example"), Reach::PublicOnly).is_err(), "not in the clear");
        assert!(site(Some("https://127.0.0.1"), Reach::PublicOnly).is_err(), "not on this computer");
        assert!(site(Some("http://127.0.0.1:8080"), Reach::LoopbackToo).is_ok(), "but for a practice one");
        let tave = hub_connectors::embedded("tave").expect("built in").expect("sound");
        let none = SiteWanted::of(tave, String::new(), "T".to_owned(), None, Vec::new(), Reach::PublicOnly);
        assert!(none.is_err(), "it has no such way");
    }
}
