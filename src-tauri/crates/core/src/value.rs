//! Typed values: what a mapped field holds, and its one JSON encoding.
//!
//! A value is never "a string that happens to look right": a wedding date is a civil day, money is minor units with a
//! currency, a phone keeps its digits and the text as typed (DESIGN section 3). The same encoding is used in the
//! database, in plans, in the outbox and on the wire, so that a hash taken anywhere means the same thing everywhere.
//! Deliberately absent: parsing of outside text (that is `parse`) and any knowledge of a CRM.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use unicode_normalization::UnicodeNormalization;

/// The type of a field, as the schema names it (R75 plus money, date-time and reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Free text.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A civil day without time or zone.
    Date,
    /// A civil date and time with an IANA zone.
    DateTime,
    /// A decimal number.
    Number,
    /// True or false.
    Boolean,
    /// Minor units and an ISO 4217 currency.
    Money,
    /// The id of another record.
    Reference,
    /// Anything, compared canonically as one value.
    Json,
    /// A keyed set of elements (MODEL 3), compared and merged element by element.
    Array,
}

impl FieldType {
    /// The name used in the schema and in `crm_field_mappings.value_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Email => "email",
            FieldType::Phone => "phone",
            FieldType::Date => "date",
            FieldType::DateTime => "date_time",
            FieldType::Number => "number",
            FieldType::Boolean => "boolean",
            FieldType::Money => "money",
            FieldType::Reference => "reference",
            FieldType::Json => "json",
            FieldType::Array => "array",
        }
    }

    /// The type with this schema name, if there is one.
    pub fn parse(name: &str) -> Option<FieldType> {
        Some(match name {
            "text" => FieldType::Text,
            "email" => FieldType::Email,
            "phone" => FieldType::Phone,
            "date" => FieldType::Date,
            "date_time" => FieldType::DateTime,
            "number" => FieldType::Number,
            "boolean" => FieldType::Boolean,
            "money" => FieldType::Money,
            "reference" => FieldType::Reference,
            "json" => FieldType::Json,
            "array" => FieldType::Array,
            _ => return None,
        })
    }

    /// The closed name of the specification's `crm_field_mappings.field_type` column (R75), which has neither money,
    /// date-time nor reference (MODEL 9: money shows as number, date_time as date).
    pub fn specification_name(self) -> &'static str {
        match self {
            FieldType::Money => "number",
            FieldType::DateTime => "date",
            FieldType::Reference => "text",
            other => other.as_str(),
        }
    }
}

/// A telephone number: normalised digits where they could be read, and always the text as typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phone {
    /// E.164 form (`+447700900318`), `None` when the text could not be read as a number.
    pub e164: Option<String>,
    /// Extension digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext: Option<String>,
    /// The text as the supplier or the CRM wrote it.
    pub text: String,
}

/// An amount of money: minor units by the ISO 4217 exponent of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Amount in minor units (pence, cents; yen have none).
    pub minor: i64,
    /// ISO 4217 code in capitals.
    pub currency: String,
}

/// A civil date and time with the IANA zone it is meant in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ZonedDateTime {
    /// The wall-clock reading.
    pub local: DateTime,
    /// IANA zone name, such as `Europe/London`.
    pub zone: String,
}

/// One typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value; on the wire `null` means "clear".
    Null,
    /// Free text.
    Text(String),
    /// An e-mail address as written (comparison folds case).
    Email(String),
    /// A telephone number.
    Phone(Phone),
    /// A civil day.
    Date(Date),
    /// A civil date and time in a zone.
    DateTime(ZonedDateTime),
    /// A decimal number.
    Number(Decimal),
    /// True or false.
    Boolean(bool),
    /// Money.
    Money(Money),
    /// The id of another record.
    Reference(String),
    /// Anything else, one value.
    Json(Json),
    /// A keyed set: key to element (MODEL 3).
    Array(BTreeMap<String, Json>),
}

impl Value {
    /// The type of this value; `None` for [`Value::Null`], which fits every type.
    pub fn field_type(&self) -> Option<FieldType> {
        Some(match self {
            Value::Null => return None,
            Value::Text(_) => FieldType::Text,
            Value::Email(_) => FieldType::Email,
            Value::Phone(_) => FieldType::Phone,
            Value::Date(_) => FieldType::Date,
            Value::DateTime(_) => FieldType::DateTime,
            Value::Number(_) => FieldType::Number,
            Value::Boolean(_) => FieldType::Boolean,
            Value::Money(_) => FieldType::Money,
            Value::Reference(_) => FieldType::Reference,
            Value::Json(_) => FieldType::Json,
            Value::Array(_) => FieldType::Array,
        })
    }

    /// Whether there is nothing here that a person would call a value: null, blank text, an empty set.
    pub fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) | Value::Email(text) | Value::Reference(text) => text.trim().is_empty(),
            Value::Phone(phone) => phone.e164.is_none() && phone.text.trim().is_empty(),
            Value::Json(json) => json.is_null(),
            Value::Array(elements) => elements.is_empty(),
            Value::Date(_) | Value::DateTime(_) | Value::Number(_) | Value::Boolean(_) | Value::Money(_) => {
                false
            }
        }
    }

    /// The JSON encoding (see the module header).
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Text(text) | Value::Email(text) | Value::Reference(text) => Json::String(text.clone()),
            Value::Phone(phone) => {
                let mut object = Map::new();
                object.insert("e164".into(), phone.e164.clone().map_or(Json::Null, Json::String));
                if let Some(ext) = &phone.ext {
                    object.insert("ext".into(), Json::String(ext.clone()));
                }
                object.insert("text".into(), Json::String(phone.text.clone()));
                Json::Object(object)
            }
            Value::Date(date) => Json::String(date.to_string()),
            Value::DateTime(at) => json!({ "local": at.local.to_string(), "zone": at.zone }),
            Value::Number(number) => Json::String(number.normalize().to_string()),
            Value::Boolean(flag) => Json::Bool(*flag),
            Value::Money(money) => json!({ "minor": money.minor, "currency": money.currency }),
            Value::Json(json) => json.clone(),
            Value::Array(elements) => {
                Json::Object(elements.iter().map(|(key, element)| (key.clone(), element.clone())).collect())
            }
        }
    }

    /// Reads the JSON encoding of a value of a known type.
    ///
    /// # Errors
    /// [`ValueError`] names the type and what stood there instead.
    pub fn from_json(field_type: FieldType, json: &Json) -> Result<Value, ValueError> {
        if json.is_null() {
            return Ok(Value::Null);
        }
        let wrong = || ValueError { expected: field_type, found: abbreviate(json) };
        let text = || json.as_str().ok_or_else(wrong);
        Ok(match field_type {
            FieldType::Text => Value::Text(text()?.to_owned()),
            FieldType::Email => Value::Email(text()?.to_owned()),
            FieldType::Reference => Value::Reference(text()?.to_owned()),
            FieldType::Phone => Value::Phone(serde_json::from_value(json.clone()).map_err(|_| wrong())?),
            FieldType::Date => Value::Date(text()?.parse().map_err(|_| wrong())?),
            FieldType::DateTime => {
                let part = |key: &str| json.get(key).and_then(Json::as_str).ok_or_else(wrong);
                Value::DateTime(ZonedDateTime {
                    local: part("local")?.parse().map_err(|_| wrong())?,
                    zone: part("zone")?.to_owned(),
                })
            }
            FieldType::Number => Value::Number(text()?.parse().map_err(|_| wrong())?),
            FieldType::Boolean => Value::Boolean(json.as_bool().ok_or_else(wrong)?),
            FieldType::Money => Value::Money(serde_json::from_value(json.clone()).map_err(|_| wrong())?),
            FieldType::Json => Value::Json(json.clone()),
            FieldType::Array => {
                let object = json.as_object().ok_or_else(wrong)?;
                Value::Array(object.iter().map(|(key, element)| (key.clone(), element.clone())).collect())
            }
        })
    }
}

/// A stored or received value is not of the type its field declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected:?}, found {found}")]
pub struct ValueError {
    /// What the field declares.
    pub expected: FieldType,
    /// The start of what stood there.
    pub found: String,
}

/// Whether two encoded values of one field mean the same (SYNC-LAW 15: normalised-equal values never raise a conflict
/// or a write). `Null`, a missing value and a blank text are the same nothing.
pub fn same_value(field_type: FieldType, left: &Json, right: &Json) -> bool {
    if left == right || (is_blank_json(left) && is_blank_json(right)) {
        return true;
    }
    if is_blank_json(left) || is_blank_json(right) {
        return false;
    }
    match field_type {
        FieldType::Text => match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => fold_text(left) == fold_text(right),
            _ => false,
        },
        FieldType::Email => match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => left.trim().to_lowercase() == right.trim().to_lowercase(),
            _ => false,
        },
        FieldType::Phone => same_phone(left, right),
        FieldType::Number => match (decimal(left), decimal(right)) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
        FieldType::Date
        | FieldType::DateTime
        | FieldType::Boolean
        | FieldType::Money
        | FieldType::Reference
        | FieldType::Json
        | FieldType::Array => {
            crate::canonical::canonical_json(left) == crate::canonical::canonical_json(right)
        }
    }
}

/// Whether an encoded value is nothing: null, blank text, an empty keyed set, a phone without a text.
pub fn is_blank_json(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Object(object) => {
            object.is_empty()
                || (object.contains_key("e164")
                    && object.get("e164").is_none_or(Json::is_null)
                    && object.get("text").and_then(Json::as_str).is_some_and(|text| text.trim().is_empty()))
        }
        Json::Bool(_) | Json::Number(_) | Json::Array(_) => false,
    }
}

fn decimal(json: &Json) -> Option<Decimal> {
    json.as_str()?.parse::<Decimal>().ok()
}

fn same_phone(left: &Json, right: &Json) -> bool {
    let part = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    match (part(left, "e164"), part(right, "e164")) {
        (Some(a), Some(b)) => a == b && part(left, "ext") == part(right, "ext"),
        (None, None) => {
            let digits = |json: &Json| -> String {
                part(json, "text").unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect()
            };
            digits(left) == digits(right)
        }
        _ => false,
    }
}

/// Text as it is compared: NFC, line ends as `\n`, no white space at the ends.
fn fold_text(text: &str) -> String {
    text.trim().nfc().collect::<String>().replace("\r\n", "\n")
}

fn abbreviate(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_its_encoding() {
        let values = [
            Value::Text("O’Neill".into()),
            Value::Email("Charlotte@Example.com".into()),
            Value::Phone(Phone {
                e164: Some("+447700900318".into()),
                ext: Some("12".into()),
                text: "07700 900318 x12".into(),
            }),
            Value::Date(jiff::civil::date(2026, 6, 13)),
            Value::DateTime(ZonedDateTime {
                local: jiff::civil::date(2026, 6, 13).at(14, 30, 0, 0),
                zone: "Europe/London".into(),
            }),
            Value::Number("12.50".parse().unwrap()),
            Value::Boolean(false),
            Value::Money(Money { minor: 450_000, currency: "GBP".into() }),
            Value::Reference("0190".into()),
            Value::Json(json!({"a": [1, null]})),
            Value::Array(BTreeMap::from([("k".to_owned(), json!({"role": "primary"}))])),
        ];
        for value in values {
            let field_type = value.field_type().expect("none of these is null");
            let read = Value::from_json(field_type, &value.to_json()).expect("its own encoding is readable");
            assert_eq!(read, value, "{field_type:?} must survive");
            assert_eq!(
                FieldType::parse(field_type.as_str()),
                Some(field_type),
                "names are their own inverse"
            );
        }
    }

    #[test]
    fn inv_15_equal_is_not_a_conflict() {
        let same = |t, a, b| same_value(t, &a, &b);
        assert!(
            same(FieldType::Email, json!("A@Example.com "), json!("a@example.com")),
            "case of an address"
        );
        assert!(same(FieldType::Text, json!("Cafe\u{301}"), json!("Caf\u{e9}")), "NFD and NFC");
        assert!(
            same(
                FieldType::Phone,
                json!({"e164": "+447700900318", "text": "07700 900318"}),
                json!({"e164": "+447700900318", "text": "+44 7700 900 318"})
            ),
            "one number in two notations"
        );
        assert!(same(FieldType::Number, json!("12.50"), json!("12.5")), "trailing zero");
        assert!(same(FieldType::Text, Json::Null, json!("  ")), "nothing is nothing");
        assert!(!same(FieldType::Text, json!("Ann"), json!("ann")), "the case of a name is a difference");
        assert!(
            !same(FieldType::Phone, json!({"e164": null, "text": "call mum"}), json!(null)),
            "text is kept"
        );
    }
}
