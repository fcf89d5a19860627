//! Which account is behind a key. Never writes, not even to find out whether it could.

use hub_core::ports::{AccountInfo, ConnectorError};

use super::connector::DefinedConnector;
use super::pick::{Steps, pick, scalar};

/// The account's reply has no id, so nothing could be compared with it later.
#[derive(Debug, thiserror::Error)]
#[error("the account has no id")]
struct NoAccountId;

impl DefinedConnector {
    pub(super) async fn probe_account(&self) -> Result<AccountInfo, ConnectorError> {
        let api = self.api()?;
        let probe = &api.account;
        let text = self.fetch_object(&probe.path).await?;
        let at = |text: &str, path: &str| -> Result<Option<String>, ConnectorError> {
            let found = pick(text, &[&Steps::new(path)]).map_err(|error| self.unreadable(error))?;
            Ok(found.first().copied().flatten().and_then(scalar).filter(|value| !value.trim().is_empty()))
        };
        let account_id = at(&text, &probe.id)?.ok_or_else(|| self.unreadable(NoAccountId))?;
        let mut requests = 1;
        let mut time_zone = None;
        if let Some(zone) = &probe.time_zone
            && let Some(id) = at(&text, &zone.by)?
        {
            let reply = self.fetch_object(&format!("{}/{id}", zone.path)).await?;
            requests += 1;
            // A name that no clock knows would shift days silently later; better none.
            time_zone = at(&reply, &zone.name)?.filter(|name| jiff::tz::TimeZone::get(name).is_ok());
        }
        self.caller.http.count_for(&account_id, requests);
        let currency = match &probe.currency {
            Some(path) => at(&text, path)?,
            None => None,
        };
        Ok(AccountInfo {
            name: at(&text, &probe.name)?.unwrap_or_else(|| self.definition.identity.name.clone()),
            country: time_zone.as_deref().and_then(country_of_zone).map(str::to_owned),
            account_id,
            time_zone,
            currency,
            readable: api.stream.iter().map(|stream| stream.name.clone()).collect(),
        })
    }
}

/// The country whose phone numbers a studio in this zone writes without a prefix, where the zone leaves no doubt. The
/// person can change it.
fn country_of_zone(zone: &str) -> Option<&'static str> {
    Some(match zone {
        "Europe/London" => "GB",
        "Europe/Dublin" => "IE",
        "Europe/Paris" => "FR",
        "Europe/Berlin" => "DE",
        "Europe/Amsterdam" => "NL",
        "Europe/Brussels" => "BE",
        "Europe/Madrid" => "ES",
        "Europe/Rome" => "IT",
        "Europe/Lisbon" => "PT",
        "Pacific/Auckland" => "NZ",
        "Australia/Sydney"
        | "Australia/Melbourne"
        | "Australia/Brisbane"
        | "Australia/Perth"
        | "Australia/Adelaide"
        | "Australia/Hobart"
        | "Australia/Darwin" => "AU",
        "America/Toronto" | "America/Vancouver" | "America/Edmonton" | "America/Winnipeg"
        | "America/Halifax" | "America/St_Johns" => "CA",
        "America/New_York"
        | "America/Chicago"
        | "America/Denver"
        | "America/Los_Angeles"
        | "America/Phoenix"
        | "America/Anchorage"
        | "America/Detroit"
        | "Pacific/Honolulu" => "US",
        _ => return None,
    })
}
