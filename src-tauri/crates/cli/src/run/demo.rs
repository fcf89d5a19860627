//! `hub demo`: Sarah's story on invented data, through the same commands a person gives. Only the browser step is done
//! for her, by filling the sandbox's form, and only against this computer.

use hub_core::message::Message;
use hub_core::ports::Secret;
use url::{Host, Url};

use super::story::{self, Story};
use crate::args::{Common, Kind};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Screen, input_line};

pub(super) async fn run(
    common: &Common,
    screen: Screen,
    crm_url: &str,
    crm_key_stdin: bool,
) -> Result<Exit, Failure> {
    let mut common = common.clone();
    common.profile_kind = Some(Kind::Demo);
    if common.profile == "default" && common.profile_dir.is_none() {
        common.profile = "demo".to_owned();
    }
    if !crm_key_stdin {
        return Err(Failure::usage(Message::new("error.needs_key")));
    }
    let key = Secret::new(input_line()?);
    let client = Client::open(&common, screen.locale).await?;
    let told =
        match [client.place.profile.cloud_url.as_str(), crm_url].into_iter().find(|url| !is_loopback(url)) {
            Some(url) => Err(Failure::usage(Message::new("error.demo_elsewhere").with("url", url))),
            None => story::tell(&client, screen, &Story { crm_url, key: &key }).await,
        };
    client.close().await;
    told
}

/// Whether an address is this computer's own, by number: a name may point anywhere.
fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_stays_on_this_computer() {
        assert!(is_loopback("http://127.0.0.1:4000/api/v2"));
        for elsewhere in ["https://example.com", "http://localhost:80", "http://10.0.0.1", "nonsense"] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
