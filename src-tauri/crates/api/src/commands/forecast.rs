//! What an import will take, before it begins. Nobody is asked for it.

use hub_core::message::Message;
use hub_core::ports::Requests;
use hub_engine::{Counted, Forecast};

use crate::dto::{BudgetShare, CountedFrom, ForecastAsk, ImportForecast};
use crate::{ApiError, Host};

pub(crate) async fn import(host: &dyn Host, request: ForecastAsk) -> Result<ImportForecast, ApiError> {
    let connection = host.engine().connection(&request.connection_id).await?;
    let budget = host.crms().budget(&connection)?;
    let forecast = host.engine().forecast(&connection, request.full.unwrap_or(false), &budget).await?;
    let sentence = sentence(&forecast).into();
    let (requests, at_least) = match forecast.requests {
        Requests::About(requests) => (requests, false),
        Requests::AtLeast(requests) => (requests, true),
    };
    Ok(ImportForecast {
        requests,
        at_least,
        counted: match forecast.counted {
            Counted::Lately => CountedFrom::Lately,
            Counted::LastImport => CountedFrom::LastImport,
            Counted::Nobody => CountedFrom::Nobody,
        },
        seconds: forecast.takes.map(|takes| takes.as_secs()),
        share: forecast.share.map(|share| BudgetShare {
            requests: share.limit.requests,
            per_seconds: share.limit.per_seconds,
            percent: share.percent,
            used_percent: share.used_percent,
        }),
        not_before: forecast.not_before,
        sentence,
    })
}

/// "About 4 min, 12 % of this hour's requests."
fn sentence(forecast: &Forecast) -> Message {
    let Some(takes) = forecast.takes else { return Message::new("forecast.unknown") };
    let requests = match forecast.requests {
        Requests::About(requests) | Requests::AtLeast(requests) => requests,
    };
    if requests == 0 {
        return Message::new("forecast.no_requests");
    }
    let at_least = matches!(forecast.requests, Requests::AtLeast(_));
    let minutes = takes.as_secs().div_ceil(60);
    let Some(share) = forecast.share else {
        return match (at_least, takes.as_secs() < 60) {
            (false, true) => Message::new("forecast.moment"),
            (false, false) => Message::new("forecast.minutes").with("minutes", minutes),
            (true, _) => Message::new("forecast.least_minutes").with("minutes", minutes),
        };
    };
    let window = match share.limit.per_seconds {
        0..=60 => "minute",
        61..=3_600 => "hour",
        _ => "day",
    };
    let kind = match (at_least, takes.as_secs() < 60) {
        (false, true) => "moment_share",
        (false, false) => "minutes_share",
        (true, _) => "least_minutes_share",
    };
    Message::new(format!("forecast.{kind}.{window}")).with("minutes", minutes).with("percent", share.percent)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hub_core::message::{Locale, is_known, render};
    use hub_core::ports::RateLimit;
    use hub_engine::Share;

    use super::*;

    fn forecast(requests: Requests, seconds: Option<u64>, per_seconds: Option<u32>) -> Forecast {
        Forecast {
            requests,
            counted: if seconds.is_some() { Counted::Lately } else { Counted::Nobody },
            takes: seconds.map(Duration::from_secs),
            share: per_seconds.map(|per_seconds| Share {
                limit: RateLimit { requests: 1_000, per_seconds },
                percent: 12,
                used_percent: 3,
            }),
            not_before: None,
        }
    }

    #[test]
    fn every_forecast_is_a_sentence_without_holes() {
        let said = |forecast: &Forecast| render(Locale::EnGb, &sentence(forecast));
        assert_eq!(
            said(&forecast(Requests::About(120), Some(240), Some(3_600))),
            "About 4 min, 12 % of the requests of an hour."
        );
        for requests in [Requests::About(120), Requests::AtLeast(120), Requests::About(0)] {
            for seconds in [None, Some(5), Some(240)] {
                for per_seconds in [None, Some(60), Some(3_600), Some(86_400)] {
                    let forecast = forecast(requests, seconds, per_seconds);
                    let message = sentence(&forecast);
                    assert!(is_known(&message.id), "{} is a sentence", message.id);
                    assert!(!said(&forecast).contains("{{"), "{}: {}", message.id, said(&forecast));
                }
            }
        }
    }
}
