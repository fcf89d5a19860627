//! What a value must look like to be stored, and how it is tidied on the way in.
//!
//! The cloud tidies as little as a real one would: it trims text and lower-cases the domain of an e-mail address. What
//! it stores differently from what was sent, it says in the result.

use serde_json::{Map, Value, json};

use super::schema::{Field, Kind};

/// The largest value of one field, in bytes of its JSON text.
pub(super) const MAX_FIELD_BYTES: usize = 1024 * 1024;
/// The most elements a keyed list may have.
const MAX_ELEMENTS: usize = 1_000;

/// Why a value is turned away: the stable code and what the sentence needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) params: Value,
}

fn refused(code: &'static str, params: Value) -> Refused {
    Refused { code, params }
}

fn wrong_kind(kind: Kind) -> Refused {
    refused("invalid_value", json!({"expected": kind.as_str()}))
}

/// A scalar as it will be stored; `None` clears the field.
pub(super) fn scalar(field: &Field, sent: &Value) -> Result<Option<Value>, Refused> {
    if sent.is_null() {
        return Ok(None);
    }
    let bytes = sent.to_string().len();
    if bytes > MAX_FIELD_BYTES {
        return Err(refused("too_large", json!({"limit": MAX_FIELD_BYTES, "bytes": bytes})));
    }
    let wrong = || wrong_kind(field.kind);
    let text = || sent.as_str().ok_or_else(wrong);
    let stored = match field.kind {
        Kind::Text => choice(field, trimmed(text()?))?,
        Kind::Email => match text()?.trim() {
            "" => None,
            address => Some(email(address)?),
        },
        Kind::Phone => phone(sent).ok_or_else(wrong)?,
        Kind::Date => match text()?.trim() {
            "" => None,
            day if is_date(day) => Some(json!(day)),
            _ => return Err(wrong()),
        },
        Kind::DateTime => Some(date_time(sent).ok_or_else(wrong)?),
        Kind::Number => match text()?.trim() {
            "" => None,
            number if is_decimal(number) => Some(json!(number)),
            _ => return Err(wrong()),
        },
        Kind::Boolean => Some(json!(sent.as_bool().ok_or_else(wrong)?)),
        Kind::Money => Some(money(sent).ok_or_else(wrong)?),
        Kind::Reference => Some(json!(uuid(text()?).ok_or_else(wrong)?)),
        Kind::Json => Some(sent.clone()),
        Kind::Array => return Err(wrong()),
    };
    Ok(stored)
}

fn trimmed(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(json!(text)) }
}

fn choice(field: &Field, stored: Option<Value>) -> Result<Option<Value>, Refused> {
    match &stored {
        Some(Value::String(text)) if !field.choices.is_empty() && !field.choices.contains(text) => {
            Err(refused("not_a_choice", json!({"choices": field.choices})))
        }
        _ => Ok(stored),
    }
}

fn email(address: &str) -> Result<Value, Refused> {
    match address.rsplit_once('@') {
        Some((local, domain))
            if !local.is_empty() && domain.contains('.') && !address.contains(char::is_whitespace) =>
        {
            Ok(json!(format!("{local}@{}", domain.to_lowercase())))
        }
        _ => Err(wrong_kind(Kind::Email)),
    }
}

/// `None` is malformed, `Some(None)` is an empty phone.
fn phone(sent: &Value) -> Option<Option<Value>> {
    let map = sent.as_object()?;
    if map.keys().any(|key| !matches!(key.as_str(), "e164" | "ext" | "text")) {
        return None;
    }
    let part = |name: &str| match map.get(name) {
        None | Some(Value::Null) => Some(Value::Null),
        Some(Value::String(text)) => Some(trimmed(text).unwrap_or(Value::Null)),
        Some(_) => None,
    };
    let (e164, ext, text) = (part("e164")?, part("ext")?, part("text")?);
    if let Value::String(number) = &e164 {
        let digits = number.strip_prefix('+')?;
        if !(4..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    if e164.is_null() && text.is_null() {
        return Some(None);
    }
    Some(Some(json!({"e164": e164, "ext": ext, "text": text})))
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == text)
}

fn date_time(sent: &Value) -> Option<Value> {
    let local = sent.get("local")?.as_str()?.trim();
    let zone = sent.get("zone")?.as_str()?.trim();
    local.parse::<jiff::civil::DateTime>().ok()?;
    if zone.is_empty() || zone.len() > 64 {
        return None;
    }
    Some(json!({"local": local, "zone": zone}))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 40 && all_digits(whole) && all_digits(fraction)
}

fn money(sent: &Value) -> Option<Value> {
    let map = sent.as_object()?;
    let minor = map.get("minor")?.as_i64()?;
    let currency = map.get("currency")?.as_str()?.trim();
    if map.len() != 2 || currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    Some(json!({"minor": minor, "currency": currency.to_ascii_uppercase()}))
}

/// A UUID in its usual lower-case form.
pub(super) fn uuid(text: &str) -> Option<String> {
    uuid::Uuid::try_parse(text.trim()).ok().map(|id| id.hyphenated().to_string())
}

/// The record id inside a keyed list's key: the whole key, or what stands before a colon.
pub(super) fn key_target(key: &str) -> &str {
    key.split_once(':').map_or(key, |(id, _)| id)
}

/// One element of a keyed list as it will be stored.
fn element(field: &Field, sent: &Value, rename: &dyn Fn(&str) -> String) -> Result<Value, Refused> {
    let Some(map) = sent.as_object() else { return Err(wrong_kind(Kind::Array)) };
    let mut stored = Map::new();
    for (name, value) in map {
        let value = match (field.key.as_str(), name.as_str(), value) {
            ("other_emails", "address", Value::String(text)) => email(text.trim())?,
            ("other_phones", "phone", value) => {
                phone(value).flatten().ok_or_else(|| wrong_kind(Kind::Phone))?
            }
            ("allocations", "amount", value) => money(value).ok_or_else(|| wrong_kind(Kind::Money))?,
            (_, "person_id", Value::String(text)) => json!(rename(text)),
            (_, _, Value::String(text)) => json!(text.trim()),
            (_, _, other) => other.clone(),
        };
        stored.insert(name.clone(), value);
    }
    Ok(Value::Object(stored))
}

/// The keyed list after the change, and whether it is exactly what the change asked for.
pub(super) fn keyed_list(
    field: &Field,
    held: Option<&Value>,
    sent: &Value,
    rename: &dyn Fn(&str) -> String,
) -> Result<(Option<Value>, bool), Refused> {
    if sent.is_null() {
        return Ok((None, true));
    }
    let wrong = || wrong_kind(Kind::Array);
    let change = sent.as_object().ok_or_else(wrong)?;
    if change.keys().any(|key| key != "set" && key != "remove") {
        return Err(wrong());
    }
    let new_key = |key: &str| {
        let id = key_target(key);
        if field.target.is_some() {
            format!("{}{}", rename(id), &key[id.len()..])
        } else {
            key.trim().to_owned()
        }
    };
    let mut list = held.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut as_sent = true;
    for key in change.get("remove").unwrap_or(&json!([])).as_array().ok_or_else(wrong)? {
        list.shift_remove(&new_key(key.as_str().ok_or_else(wrong)?));
    }
    for (key, sent_element) in change.get("set").unwrap_or(&json!({})).as_object().ok_or_else(wrong)? {
        if key.trim().is_empty() || key.len() > 320 {
            return Err(wrong());
        }
        let stored_key = new_key(key);
        let stored = element(field, sent_element, rename)?;
        as_sent &= stored_key == *key && stored == *sent_element;
        list.insert(stored_key, stored);
    }
    if list.len() > MAX_ELEMENTS {
        return Err(refused("too_many", json!({"limit": MAX_ELEMENTS})));
    }
    list.sort_keys();
    let value = Value::Object(list);
    if value.to_string().len() > MAX_FIELD_BYTES {
        return Err(refused("too_large", json!({"limit": MAX_FIELD_BYTES})));
    }
    let empty = value.as_object().is_some_and(Map::is_empty);
    Ok((if empty { None } else { Some(value) }, as_sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_keeps_its_local_part_and_lowers_its_domain() {
        assert_eq!(
            email("Jo.B@EXAMPLE.Org").ok(),
            Some(json!("Jo.B@example.org")),
            "only the domain is case-free"
        );
        assert!(email("no-at-sign").is_err(), "an address needs an @");
        assert!(email("a@nodot").is_err(), "and a domain with a dot");
    }

    #[test]
    fn dates_are_days_that_exist() {
        assert!(is_date("2028-02-29"), "2028 is a leap year");
        assert!(!is_date("2027-02-29"), "2027 is not");
        assert!(!is_date("2026-6-1"), "the form is fixed");
        assert!(!is_date("2026-06-01T00:00:00"), "an instant is not a day");
    }

    #[test]
    fn decimals_are_plain() {
        for good in ["0", "12.5", "-3", "0120.50"] {
            assert!(is_decimal(good), "{good} is a decimal");
        }
        for bad in ["", "-", "1.", ".5", "1e3", "1,000", "£4"] {
            assert!(!is_decimal(bad), "{bad} is not");
        }
    }

    #[test]
    fn phones_keep_the_text_as_typed() {
        let sent = json!({"e164": "+447700900318", "ext": null, "text": " 07700 900318 "});
        let stored = phone(&sent).flatten();
        assert_eq!(
            stored,
            Some(json!({"e164": "+447700900318", "ext": null, "text": "07700 900318"})),
            "trimmed only"
        );
        assert_eq!(phone(&json!({"e164": "07700"})), None, "E.164 begins with +");
        assert_eq!(phone(&json!({"text": " "})), Some(None), "an empty phone clears");
    }
}
