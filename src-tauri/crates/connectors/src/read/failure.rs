//! Judging a reply by the definition's failure table.

use hub_core::ports::{ConnectorError, RetryAdvice};
use jiff::Timestamp;
use reqwest::header::RETRY_AFTER;
use serde_json::value::RawValue;

use super::pick::{Steps, pick, scalar};
use crate::definition::{Action, BodyField, FailureRule, Offer, RequestKind};
use crate::http::Reply;
use crate::messages;

/// Wait where a CRM asks for one without saying how long: its shortest usual window.
const UNNAMED_WAIT: u32 = 60;
/// Longest wait obeyed in one piece: the longest window of a limit. After it the CRM is asked again.
const LONGEST_WAIT: u32 = 3600;
/// Error bodies are short; a page of records is not searched for one.
const LONGEST_ERROR_BODY: usize = 16 * 1024;

/// A reply that is not data.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) error: ConnectorError,
    /// Nobody may send for the account before so many seconds have passed.
    pub(crate) block_for: Option<u32>,
    /// A limit is used up, by the CRM's own count; with it, for how many seconds it asks to wait.
    pub(crate) limit_spent: Option<u32>,
}

/// `None` if the reply is the data asked for.
pub(crate) fn judge(
    rules: &[FailureRule],
    provider: &str,
    kind: RequestKind,
    reply: &Reply,
    now: Timestamp,
) -> Option<Judgement> {
    let rule = rules.iter().find(|rule| holds(rule, kind, reply));
    let (action, message_id, offer) = match rule {
        // The check of definitions refuses unknown messages, so the fallback never speaks.
        Some(rule) => {
            (rule.action, messages::known(&rule.message).unwrap_or(messages::REQUEST_REFUSED), rule.offer)
        }
        None if (200..300).contains(&reply.status) => return None,
        None if reply.status >= 500 => (Action::Retry, messages::UNAVAILABLE, Offer::TryAgain),
        None => (Action::Fail, messages::REQUEST_REFUSED, Offer::Report),
    };
    let named = retry_after(reply, now);
    let limit_spent = (action == Action::RateLimited).then(|| named.unwrap_or(UNNAMED_WAIT));
    let (retry, block_for) = match action {
        Action::RateLimited => {
            let seconds = named.unwrap_or(UNNAMED_WAIT);
            (RetryAdvice::After(seconds), Some(seconds))
        }
        // A server that is down and says for how long is obeyed too (SYNC-LAW 37).
        Action::Retry => match named {
            Some(seconds) => (RetryAdvice::After(seconds), Some(seconds)),
            None => (RetryAdvice::WhenBack, None),
        },
        Action::ResetPaging => (RetryAdvice::ResetPaging, None),
        Action::SignIn => (RetryAdvice::SignIn, None),
        Action::Fail => (RetryAdvice::Never, None),
    };
    let mut params = vec![
        ("provider", provider.to_owned()),
        ("action", offer.as_str().to_owned()),
        ("status", reply.status.to_string()),
    ];
    if let Some(seconds) = block_for {
        params.push(("seconds", seconds.to_string()));
    }
    let error = ConnectorError { message_id, params, retry, source: None };
    Some(Judgement { error, block_for, limit_spent })
}

fn holds(rule: &FailureRule, kind: RequestKind, reply: &Reply) -> bool {
    rule.on.is_none_or(|on| on == kind)
        && (rule.status.is_empty() || rule.status.iter().any(|status| status.holds(reply.status)))
        && rule.content_type.as_ref().is_none_or(|wanted| reply.content_type().starts_with(wanted.as_str()))
        && rule.header.as_ref().is_none_or(|name| reply.headers.contains_key(name.as_str()))
        && rule.body.as_ref().is_none_or(|field| body_says(reply, field))
}

/// Whether the body of a reply that is no page of records has a field with its value.
pub(crate) fn body_says(reply: &Reply, field: &BodyField) -> bool {
    reply.body.len() <= LONGEST_ERROR_BODY
        && std::str::from_utf8(&reply.body).is_ok_and(|text| says(text, field))
}

/// Whether a body has the field with its value.
fn says(body: &str, field: &BodyField) -> bool {
    let is = |text: &str| value_at(text, &field.path).and_then(scalar).is_some_and(|text| text == field.is);
    let Some(list) = &field.list else { return is(body) };
    let entries = value_at(body, list).and_then(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()).ok());
    entries.is_some_and(|entries| entries.iter().any(|entry| is(entry.get())))
}

fn value_at<'a>(text: &'a str, path: &str) -> Option<&'a RawValue> {
    pick(text, &[&Steps::new(path)]).ok()?.first().copied().flatten()
}

/// Seconds that the CRM asks to wait (RFC 9110, 10.2.3), between 1 and [`LONGEST_WAIT`].
fn retry_after(reply: &Reply, now: Timestamp) -> Option<u32> {
    let text = reply.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // Digits that do not fit are a very long wait, not none.
        text.parse::<u64>().unwrap_or(u64::MAX)
    } else {
        let until = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
        u64::try_from(until.as_second().saturating_sub(now.as_second())).unwrap_or(0)
    };
    u32::try_from(seconds.clamp(1, u64::from(LONGEST_WAIT))).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;
    use crate::definition::embedded;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let url = url::Url::parse("https://crm.example/list").unwrap();
        Reply { status, headers: map, body: body.as_bytes().to_vec(), url }
    }

    fn verdict(kind: RequestKind, reply: &Reply) -> Option<(&'static str, RetryAdvice, Option<u32>)> {
        let definition = embedded("tave").unwrap().unwrap();
        let rules = definition.routes.api.unwrap().failure;
        let now: Timestamp = "2026-05-14T09:00:00Z".parse().unwrap();
        judge(&rules, "Tave", kind, reply, now)
            .map(|found| (found.error.message_id, found.error.retry, found.block_for))
    }

    #[test]
    fn every_row_of_the_failure_table_speaks() {
        use RetryAdvice::{After, Never, SignIn, WhenBack};
        let json = ("content-type", "application/json");
        let quota = r#"{"type":"quota-limit","title":"Slow down"}"#;
        let read = RequestKind::Read;
        let cases = [
            (read, reply(429, &[json, ("retry-after", "7")], quota), messages::BUSY, After(7), Some(7)),
            (
                read,
                reply(429, &[("retry-after", "Thu, 14 May 2026 09:02:00 GMT")], ""),
                messages::BUSY,
                After(120),
                Some(120),
            ),
            (read, reply(429, &[], ""), messages::BUSY, After(60), Some(60)),
            (
                read,
                reply(429, &[("retry-after", "999999999999999999999")], ""),
                messages::BUSY,
                After(3600),
                Some(3600),
            ),
            (read, reply(429, &[("retry-after", "0")], ""), messages::BUSY, After(1), Some(1)),
            (
                read,
                reply(429, &[("retry-after", "Thu, 14 May 2020 09:02:00 GMT")], ""),
                messages::BUSY,
                After(1),
                Some(1),
            ),
            (read, reply(429, &[("retry-after", "soon")], ""), messages::BUSY, After(60), Some(60)),
            (read, reply(200, &[json], quota), messages::BUSY, After(60), Some(60)),
            (read, reply(403, &[json], quota), messages::BUSY, After(60), Some(60)),
            (read, reply(401, &[json], "{}"), messages::KEY_REFUSED, SignIn, None),
            (read, reply(403, &[json], "{}"), messages::KEY_NOT_ALLOWED, SignIn, None),
            (RequestKind::Write, reply(403, &[json], "{}"), messages::KEY_READ_ONLY, Never, None),
            (
                read,
                reply(
                    200,
                    &[("content-type", "text/html; charset=utf-8")],
                    "<html>Welcome to the hotel</html>",
                ),
                messages::NOT_THE_CRM,
                Never,
                None,
            ),
            (
                read,
                reply(403, &[("content-type", "text/html")], "<html>"),
                messages::NOT_THE_CRM,
                Never,
                None,
            ),
            (read, reply(404, &[json], "{}"), messages::NOT_FOUND, Never, None),
            (read, reply(410, &[json], "{}"), messages::NOT_FOUND, Never, None),
            (read, reply(500, &[json], "{}"), messages::UNAVAILABLE, WhenBack, None),
            (
                read,
                reply(502, &[("content-type", "text/html")], "<html>"),
                messages::UNAVAILABLE,
                WhenBack,
                None,
            ),
            (read, reply(503, &[("retry-after", "30")], ""), messages::UNAVAILABLE, After(30), Some(30)),
            (read, reply(408, &[], ""), messages::UNAVAILABLE, WhenBack, None),
            (read, reply(400, &[json], "{}"), messages::REQUEST_REFUSED, Never, None),
            (read, reply(414, &[json], "{}"), messages::REQUEST_REFUSED, Never, None),
        ];
        for (kind, reply, message, advice, block) in cases {
            assert_eq!(
                verdict(kind, &reply),
                Some((message, advice, block)),
                "{kind:?} {} {:?} {}",
                reply.status,
                reply.headers,
                String::from_utf8_lossy(&reply.body)
            );
        }
        assert_eq!(verdict(read, &reply(200, &[json], r#"{"items":[]}"#)), None, "data is data");
    }
}
