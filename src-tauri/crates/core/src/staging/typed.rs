//! A value that a person typed in review, read as the field's type.
//!
//! It exists so that "07700 900777" may be typed where a phone belongs: a person never types an encoding. Deliberately
//! absent: the transforms of a mapping rule, which belong to the CRM's way of writing and not to the person's.

use serde_json::Value as Json;

use crate::mapping::Decisions;
use crate::parse::{DecimalMark, MoneyUnit, Reading};
use crate::ports::{CloudAccount, Connection};
use crate::transform::{TransformContext, coerce};
use crate::value::{FieldType, Value};

/// How a person writes, in the country of a connection.
pub struct Typist {
    country: String,
    currency: String,
    zone: String,
}

impl Typist {
    /// The connection's own country, currency and zone, else those of its CRM account, else the supplier's.
    pub fn of(connection: &Connection, account: &CloudAccount) -> Typist {
        let decided: Decisions = serde_json::from_value(connection.decisions.clone()).unwrap_or_default();
        let crm = &connection.account;
        let first = |own: Option<String>, crm: &Option<String>, wedsync: &str| {
            own.or_else(|| crm.clone()).unwrap_or_else(|| wedsync.to_owned())
        };
        Typist {
            country: first(decided.country, &crm.country, &account.country),
            currency: first(decided.currency, &crm.currency, &account.currency),
            zone: first(decided.zone, &crm.time_zone, &account.time_zone),
        }
    }

    /// The encoded value; text of another type than the field's is read as a person writes it: amounts in pounds or
    /// dollars, never in pence, and a date with an order that can't be told is refused.
    ///
    /// # Errors
    /// A [`crate::parse::ParseProblem`] with its likely meanings.
    pub fn read(&self, field_type: FieldType, typed: &Json) -> Reading<Json> {
        if let Ok(value) = Value::from_json(field_type, typed) {
            return Ok(Some(value.to_json()));
        }
        Ok(coerce(typed, field_type, &self.context())?.map(|value| value.to_json()))
    }

    /// What is known around a value that a person typed.
    pub fn context(&self) -> TransformContext<'_> {
        TransformContext {
            country: Some(&self.country),
            currency: Some(&self.currency),
            money_unit: MoneyUnit::Major,
            decimal: DecimalMark::of_country(&self.country),
            date_order: None,
            zone: Some(&self.zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn typist(country: &str, currency: &str) -> Typist {
        Typist { country: country.into(), currency: currency.into(), zone: "Europe/London".into() }
    }

    fn read(field_type: FieldType, typed: Json) -> Reading<Json> {
        typist("GB", "GBP").read(field_type, &typed)
    }

    #[test]
    fn a_phone_is_typed_as_people_write_it() {
        let read = read(FieldType::Phone, json!("07700 900777")).unwrap().unwrap();
        assert_eq!(read, json!({"e164": "+447700900777", "text": "07700 900777"}));
    }

    #[test]
    fn the_encoding_stays_as_it_is() {
        let phone = json!({"e164": "+447700900777", "text": "07700 900777"});
        assert_eq!(read(FieldType::Phone, phone.clone()).unwrap(), Some(phone));
        assert_eq!(read(FieldType::Date, json!("2026-06-13")).unwrap(), Some(json!("2026-06-13")));
    }

    #[test]
    fn dates_and_amounts_are_read_in_the_country_of_the_studio() {
        assert_eq!(read(FieldType::Date, json!("13 June 2026")).unwrap(), Some(json!("2026-06-13")));
        assert_eq!(
            read(FieldType::Money, json!("1,575.00")).unwrap(),
            Some(json!({"minor": 157_500, "currency": "GBP"}))
        );
        let german = typist("DE", "EUR").read(FieldType::Money, &json!("1.575,00")).unwrap();
        assert_eq!(german, Some(json!({"minor": 157_500, "currency": "EUR"})));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(read(FieldType::Phone, json!("ask her mum")).is_err());
        assert!(read(FieldType::Date, json!("31 Feb 2026")).is_err());
        assert!(read(FieldType::Date, json!("03/04/2026")).is_err(), "the order can't be told");
        assert!(read(FieldType::Money, json!("£2,1OO")).is_err());
    }
}
