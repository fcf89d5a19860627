//! From a CRM's JSON to the type that a field declares, without any transform asked for.
//!
//! Every type reads the shapes that CRMs really send (a phone as text or as an object, a flag as "yes", 1 or true), so that
//! a field that changes its shape between two reads gives the same value or a problem, never a panic (F51).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::TransformContext;
use crate::parse::money::to_minor;
use crate::parse::{
    DecimalMark, MoneyFormat, MoneyUnit, Reading, Reason, currency, parse_boolean, parse_date_json,
    parse_email, parse_money, parse_number, parse_phone,
};
use crate::value::{FieldType, Phone, Value, ZonedDateTime, is_blank_json};

/// The longest text of a field, in bytes.
const MAX_TEXT: usize = 1_048_576;

/// How [`read_money`] reads amounts.
pub(super) struct MoneyReading<'a> {
    pub(super) decimal: Option<DecimalMark>,
    pub(super) country: Option<&'a str>,
    pub(super) currency: Option<&'a str>,
    pub(super) unit: MoneyUnit,
}

/// Types a JSON value.
///
/// # Errors
/// A [`crate::parse::ParseProblem`]. An unreadable phone is an error too; [`phone_as_text`] keeps its text.
pub fn coerce(json: &Json, field_type: FieldType, context: &TransformContext<'_>) -> Reading<Value> {
    if is_blank_json(json) {
        return Ok(None);
    }
    match field_type {
        FieldType::Text => plain_text(json).map(|text| text.map(Value::Text)),
        FieldType::Reference => plain_text(json).map(|text| text.map(Value::Reference)),
        FieldType::Email => match email_text(json) {
            Some(text) => Ok(parse_email(text)?.map(|read| Value::Email(read.address))),
            None => Err(Reason::WrongShape.into()),
        },
        FieldType::Phone => phone(json, context),
        FieldType::Date => Ok(parse_date_json(json, context.date_order)?.map(|read| Value::Date(read.date))),
        FieldType::DateTime => date_time(json, context),
        FieldType::Number => match json {
            Json::Number(number) => exact_number(&number.to_string()),
            Json::String(text) => Ok(parse_number(text, context.decimal)?.map(Value::Number)),
            _ => Err(Reason::WrongShape.into()),
        },
        FieldType::Boolean => match json {
            Json::Bool(flag) => Ok(Some(Value::Boolean(*flag))),
            Json::String(text) => Ok(parse_boolean(text, &[], &[])?.map(Value::Boolean)),
            Json::Number(number) => Ok(parse_boolean(&number.to_string(), &[], &[])?.map(Value::Boolean)),
            _ => Err(Reason::WrongShape.into()),
        },
        FieldType::Money => money_of_json(json, context),
        FieldType::Json => Ok(Some(Value::Json(json.clone()))),
        FieldType::Array => keyed(json),
    }
}

/// Reads an amount with the context's unit, currency and decimal mark.
///
/// # Errors
/// As [`parse_money`].
pub fn money_of_json(json: &Json, context: &TransformContext<'_>) -> Reading<Value> {
    read_money(
        json,
        &MoneyReading {
            decimal: context.decimal,
            country: context.country,
            currency: context.currency,
            unit: context.money_unit,
        },
    )
}

pub(super) fn read_money(json: &Json, reading: &MoneyReading<'_>) -> Reading<Value> {
    let currency = reading.currency.or_else(|| reading.country.and_then(currency::of_country));
    match json {
        Json::String(text) => {
            let format = MoneyFormat {
                decimal: reading.decimal,
                usual_decimal: reading.country.and_then(DecimalMark::of_country),
                currency,
                unit: reading.unit,
            };
            Ok(parse_money(text, &format)?.map(Value::Money))
        }
        Json::Number(number) => {
            let Some(code) = currency else { return Err(Reason::MoneyNeedsCurrency.into()) };
            let Some(decimals) = currency::exponent(code) else {
                return Err(Reason::MoneyUnknownCurrency.into());
            };
            let Some(amount) = decimal(&number.to_string()) else { return Err(Reason::MoneyTooLarge.into()) };
            to_minor(amount, code, decimals, reading.unit).map(|money| Some(Value::Money(money)))
        }
        Json::Object(object) => {
            let code = object.get("currency").or_else(|| object.get("currencyCode")).and_then(Json::as_str);
            if let Some(minor) = object.get("minor").and_then(Json::as_i64) {
                let Some(code) = code else { return Err(Reason::MoneyNeedsCurrency.into()) };
                return to_minor(Decimal::from(minor), code, 0, MoneyUnit::Minor)
                    .map(|money| Some(Value::Money(money)));
            }
            match object.get("amount").or_else(|| object.get("value")) {
                Some(amount @ (Json::Number(_) | Json::String(_))) => {
                    read_money(amount, &MoneyReading { currency: code.or(reading.currency), ..*reading })
                }
                _ => Err(Reason::WrongShape.into()),
            }
        }
        Json::Null => Ok(None),
        Json::Bool(_) | Json::Array(_) => Err(Reason::WrongShape.into()),
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

fn exact_number(text: &str) -> Reading<Value> {
    decimal(text).map(|number| Some(Value::Number(number))).ok_or(Reason::NumberTooLarge.into())
}

fn plain_text(json: &Json) -> Reading<String> {
    let text = match json {
        Json::String(text) if text.len() > MAX_TEXT => return Err(Reason::TooLong.into()),
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        // A list of plain values is a list of words (tags); deeper shapes are no text.
        Json::Array(items)
            if items.iter().all(|item| item.is_string() || item.is_number()) && items.len() <= 1_000 =>
        {
            items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", ")
        }
        _ => return Err(Reason::WrongShape.into()),
    };
    Ok(Some(text))
}

fn email_text(json: &Json) -> Option<&str> {
    match json {
        Json::String(text) => Some(text),
        Json::Object(object) => {
            ["address", "email", "value"].into_iter().find_map(|key| object.get(key).and_then(Json::as_str))
        }
        Json::Array(items) => items.first().and_then(email_text),
        _ => None,
    }
}

/// A phone as text, as a number that lost its type, or as `{e164, formatted, ext}`.
fn phone(json: &Json, context: &TransformContext<'_>) -> Reading<Value> {
    match json {
        Json::String(text) => Ok(parse_phone(text, context.country)?.map(|read| Value::Phone(read.phone))),
        Json::Number(number) => {
            Ok(parse_phone(&number.to_string(), context.country)?.map(|read| Value::Phone(read.phone)))
        }
        Json::Object(object) => {
            let part = |keys: &[&str]| {
                let filled = |key: &&str| {
                    object.get(*key).and_then(Json::as_str).filter(|text| !text.trim().is_empty())
                };
                keys.iter().find_map(filled)
            };
            let e164 = part(&["e164"]);
            let Some(text) =
                part(&["text", "formatted", "number", "value", "international", "national"]).or(e164)
            else {
                return Ok(None);
            };
            let ext = part(&["ext", "extension"]).map(str::to_owned);
            // The CRM has already read it (E.164 is at most fifteen digits and starts with a country code).
            if let Some(known) = e164
                && known.strip_prefix('+').is_some_and(|digits| {
                    (8..=15).contains(&digits.len())
                        && !digits.starts_with('0')
                        && digits.bytes().all(|byte| byte.is_ascii_digit())
                })
            {
                return Ok(Some(Value::Phone(Phone {
                    e164: Some(known.to_owned()),
                    ext,
                    text: text.trim().to_owned(),
                })));
            }
            match parse_phone(e164.unwrap_or(text), context.country)? {
                Some(read) => {
                    let ext = ext.or(read.phone.ext);
                    Ok(Some(Value::Phone(Phone { e164: read.phone.e164, ext, text: text.trim().to_owned() })))
                }
                None => Ok(None),
            }
        }
        Json::Null => Ok(None),
        Json::Bool(_) | Json::Array(_) => Err(Reason::WrongShape.into()),
    }
}

/// An unreadable phone keeps its text: nothing a client wrote is lost because nobody can dial it.
pub fn phone_as_text(json: &Json) -> Option<Value> {
    let text = match json {
        Json::String(text) => text.as_str(),
        Json::Object(object) => ["text", "formatted", "number", "value"]
            .iter()
            .find_map(|key| object.get(*key).and_then(Json::as_str))?,
        _ => return None,
    };
    let text = text.trim();
    let bounded = !text.is_empty() && text.len() <= 200;
    bounded.then(|| Value::Phone(Phone { e164: None, ext: None, text: text.to_owned() }))
}

fn date_time(json: &Json, context: &TransformContext<'_>) -> Reading<Value> {
    let (local, zone) = match json {
        Json::String(text) => (text.as_str(), context.zone),
        Json::Object(object) => {
            let local = object.get("local").or_else(|| object.get("dateTime")).and_then(Json::as_str);
            let zone =
                object.get("zone").or_else(|| object.get("timeZone")).and_then(Json::as_str).or(context.zone);
            match local {
                Some(local) => (local, zone),
                None => return Err(Reason::WrongShape.into()),
            }
        }
        _ => return Err(Reason::WrongShape.into()),
    };
    let Some(zone) = zone else { return Err(Reason::DateUnreadable.into()) };
    let text = local.trim();
    // An instant ("...Z", "+01:00") is shown as the wall clock of the zone that the value is meant in.
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        let local = instant
            .in_tz(zone)
            .map_err(|_| crate::parse::ParseProblem::from(Reason::DateUnreadable))?
            .datetime();
        return Ok(Some(Value::DateTime(ZonedDateTime { local, zone: zone.to_owned() })));
    }
    match text.parse::<jiff::civil::DateTime>() {
        Ok(local) => Ok(Some(Value::DateTime(ZonedDateTime { local, zone: zone.to_owned() }))),
        Err(_) => Err(Reason::DateUnreadable.into()),
    }
}

/// A keyed list as an object; a plain list gets keys from its elements: `key`, `id`, or the text itself without case.
fn keyed(json: &Json) -> Reading<Value> {
    let mut elements = BTreeMap::new();
    match json {
        Json::Object(object) => {
            elements.extend(object.iter().map(|(key, element)| (key.clone(), element.clone())))
        }
        Json::Array(items) => {
            for item in items {
                let key = match item {
                    Json::String(text) => text.trim().to_lowercase(),
                    Json::Number(number) => number.to_string(),
                    Json::Object(object) => match ["key", "id", "fieldId"]
                        .iter()
                        .find_map(|key| object.get(*key).and_then(Json::as_str))
                    {
                        Some(key) => key.to_owned(),
                        None => return Err(Reason::WrongShape.into()),
                    },
                    Json::Null => continue,
                    Json::Bool(_) | Json::Array(_) => return Err(Reason::WrongShape.into()),
                };
                if !key.is_empty() {
                    elements.entry(key).or_insert_with(|| item.clone());
                }
            }
        }
        _ => return Err(Reason::WrongShape.into()),
    }
    Ok(Some(Value::Array(elements)))
}
