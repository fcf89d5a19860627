//! Which transforms can be undone, and undoing them for two-way use.
//!
//! A value that comes back from WedSync is put through the transforms backwards. The laws (SYNC-LAW 18), with "equal" as the
//! engine compares values (SYNC-LAW 15): putting back what was got writes what was there, and getting what was put gives
//! what was put. A list with one transform that cannot keep them is import-only, and the mapping says so.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Number, Value as Json};

use super::apply::table_key;
use super::{Otherwise, Pipeline, Transform, TransformContext, TransformFault};
use crate::parse::{DateOrder, DecimalMark, MoneyUnit, currency, date::excel_serial, parse_date_json};
use crate::value::{FieldType, Value, same_value};

/// Why a transform cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossyReason {
    /// The letters as typed are gone.
    LettersChanged,
    /// A part of the text is left out.
    PartOnly,
    /// Several values became one.
    SeveralIntoOne,
    /// A blank and the default look the same.
    DefaultHidesBlank,
    /// Two lines of the table give the same value, or values outside the table are changed.
    TableNotOneToOne,
    /// The mark-up is gone.
    MarkupRemoved,
}

impl LossyReason {
    /// The id used in the catalogue (`inversion.<id>`).
    pub fn as_str(self) -> &'static str {
        match self {
            LossyReason::LettersChanged => "letters_changed",
            LossyReason::PartOnly => "part_only",
            LossyReason::SeveralIntoOne => "several_joined",
            LossyReason::DefaultHidesBlank => "default_hides_blank",
            LossyReason::TableNotOneToOne => "table_ambiguous",
            LossyReason::MarkupRemoved => "markup_removed",
        }
    }
}

/// Whether a transform can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inversion {
    /// Both laws hold.
    Exact,
    /// Something is lost.
    Lossy(LossyReason),
}

/// Why a value cannot be written back.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// A transform in the list cannot be undone.
    #[error("this change can't be undone: {}", .0.as_str())]
    Lossy(LossyReason),
    /// The CRM's side has no value that would be read as this one.
    #[error("the CRM has no value that means this")]
    NotRepresentable,
    /// The transforms are faulty.
    #[error(transparent)]
    Fault(#[from] TransformFault),
}

/// Whether a transform can be undone.
pub fn invertible(transform: &Transform) -> Inversion {
    match transform {
        Transform::Trim {}
        | Transform::Date { .. }
        | Transform::Phone { .. }
        | Transform::Money { .. }
        | Transform::Number { .. }
        | Transform::Boolean { .. }
        | Transform::Prefix { .. }
        | Transform::Suffix { .. }
        | Transform::ExcelDate { .. } => Inversion::Exact,
        Transform::Case { .. } | Transform::NameCase {} => Inversion::Lossy(LossyReason::LettersChanged),
        Transform::SplitName { .. } | Transform::Couple { .. } | Transform::Extract { .. } => {
            Inversion::Lossy(LossyReason::PartOnly)
        }
        Transform::JoinNames {} | Transform::Concat { .. } | Transform::FirstNonEmpty {} => {
            Inversion::Lossy(LossyReason::SeveralIntoOne)
        }
        Transform::Default { .. } => Inversion::Lossy(LossyReason::DefaultHidesBlank),
        Transform::HtmlToText {} => Inversion::Lossy(LossyReason::MarkupRemoved),
        Transform::ValueTable { entries, otherwise } => {
            let distinct = |side: &dyn Fn(&super::TableEntry) -> String| {
                let mut keys: Vec<String> = entries.iter().map(side).collect();
                keys.sort();
                keys.windows(2).all(|pair| pair[0] != pair[1])
            };
            let one_to_one =
                distinct(&|entry| table_key(&entry.from)) && distinct(&|entry| table_key(&entry.to));
            if one_to_one && *otherwise == (Otherwise::Problem {}) {
                Inversion::Exact
            } else {
                Inversion::Lossy(LossyReason::TableNotOneToOne)
            }
        }
    }
}

/// What to write into the CRM so that it is read as `value`. `original` is what stands there now; where it already means
/// `value` it is returned unchanged.
///
/// # Errors
/// [`PutError`] when the list cannot be undone or no CRM value would be read as `value`.
pub fn put(
    transforms: &[Transform],
    value: &Value,
    original: &Json,
    field_type: FieldType,
    context: &TransformContext<'_>,
) -> Result<Json, PutError> {
    for transform in transforms {
        if let Inversion::Lossy(reason) = invertible(transform) {
            return Err(PutError::Lossy(reason));
        }
    }
    let pipeline = Pipeline::compile(transforms)?;
    let get =
        |json: &Json| pipeline.run(&[json], field_type, context).ok().map(|read| read.unwrap_or(Value::Null));
    let means_value =
        |json: &Json| get(json).is_some_and(|got| same_value(field_type, &got.to_json(), &value.to_json()));
    if means_value(original) {
        return Ok(original.clone());
    }
    if value.is_blank() {
        return Ok(Json::Null);
    }
    let mut json = outermost(value, original, transforms, context).ok_or(PutError::NotRepresentable)?;
    for transform in transforms.iter().rev() {
        json = undo(transform, json).ok_or(PutError::NotRepresentable)?;
    }
    // Proven before it is written: a CRM value that would be read otherwise never leaves.
    if means_value(&json) { Ok(json) } else { Err(PutError::NotRepresentable) }
}

/// The value in the notation that the last transform, and before it the CRM, uses.
fn outermost(
    value: &Value,
    original: &Json,
    transforms: &[Transform],
    context: &TransformContext<'_>,
) -> Option<Json> {
    Some(match value {
        Value::Date(day) => {
            let epoch = transforms.iter().find_map(|transform| match transform {
                Transform::ExcelDate { epoch } => Some(*epoch),
                _ => None,
            });
            if let Some(epoch) = epoch {
                let serial = excel_serial(*day, epoch)?;
                return Some(if original.is_string() {
                    Json::String(serial.to_string())
                } else {
                    Json::Number(serial.into())
                });
            }
            let order = transforms.iter().find_map(|transform| match transform {
                Transform::Date { order } => *order,
                _ => None,
            });
            date_text(*day, order.or(context.date_order), original)?
        }
        Value::Phone(phone) => match (&phone.e164, &phone.ext) {
            (Some(e164), Some(ext)) => Json::String(format!("{e164};ext={ext}")),
            (Some(e164), None) => Json::String(e164.clone()),
            (None, _) => Json::String(phone.text.clone()),
        },
        Value::Money(money) => {
            let declared = transforms.iter().find_map(|transform| match transform {
                Transform::Money { decimal, currency, unit, .. } => {
                    Some((*decimal, currency.as_deref(), *unit))
                }
                _ => None,
            });
            let (decimal, own, unit) = declared.unwrap_or((None, None, None));
            let own = own.or(context.currency).or_else(|| context.country.and_then(currency::of_country));
            let mark =
                decimal.or(context.decimal).or_else(|| context.country.and_then(DecimalMark::of_country));
            money_json(money.minor, &money.currency, own, unit.unwrap_or(context.money_unit), mark, original)?
        }
        Value::Number(number) => {
            let text = number.normalize().to_string();
            let decimal = transforms.iter().find_map(|transform| match transform {
                Transform::Number { decimal } => *decimal,
                _ => None,
            });
            if original.is_number() {
                exact_json_number(&text)?
            } else {
                Json::String(with_mark(&text, decimal.or(context.decimal)))
            }
        }
        Value::Boolean(flag) => {
            let words = transforms.iter().find_map(|transform| match transform {
                Transform::Boolean { true_words, false_words } => {
                    Some((true_words.first(), false_words.first()))
                }
                _ => None,
            });
            match (original, words) {
                (Json::String(_), Some((Some(yes), Some(no)))) => {
                    Json::String(if *flag { yes.clone() } else { no.clone() })
                }
                (Json::String(_), _) => Json::String(if *flag { "yes" } else { "no" }.to_owned()),
                (Json::Number(_), _) => Json::Number(i64::from(*flag).into()),
                _ => Json::Bool(*flag),
            }
        }
        other => other.to_json(),
    })
}

/// A day in the notation of the column: ISO unless the CRM's own text is in figures of a known order.
fn date_text(day: jiff::civil::Date, order: Option<DateOrder>, original: &Json) -> Option<Json> {
    let iso = || Json::String(day.to_string());
    let in_figures = original.as_str().is_some_and(|text| {
        text.bytes().filter(u8::is_ascii_digit).count() >= 4
            && !text.get(..4).is_some_and(|start| start.bytes().all(|b| b.is_ascii_digit()))
    });
    let separator =
        original.as_str().and_then(|text| text.chars().find(|c| matches!(c, '/' | '.' | '-'))).unwrap_or('/');
    let (year, month, date) = (day.year(), day.month(), day.day());
    let text = match order {
        Some(DateOrder::Dmy) if in_figures => format!("{date:02}{separator}{month:02}{separator}{year:04}"),
        Some(DateOrder::Mdy) if in_figures => format!("{month:02}{separator}{date:02}{separator}{year:04}"),
        _ => return Some(iso()),
    };
    let json = Json::String(text);
    match parse_date_json(&json, order) {
        Ok(Some(read)) if read.date == day => Some(json),
        _ => Some(iso()),
    }
}

fn money_json(
    minor: i64,
    code: &str,
    own: Option<&str>,
    unit: MoneyUnit,
    mark: Option<DecimalMark>,
    original: &Json,
) -> Option<Json> {
    let decimals = currency::exponent(code)?;
    let figure = match unit {
        MoneyUnit::Minor => minor.to_string(),
        MoneyUnit::Major => Decimal::from_i128_with_scale(i128::from(minor), decimals).to_string(),
        MoneyUnit::Ask => return None,
    };
    if own == Some(code) && !original.is_string() {
        return exact_json_number(&figure);
    }
    let figure = with_mark(&figure, mark);
    Some(Json::String(if own == Some(code) { figure } else { format!("{code} {figure}") }))
}

/// A JSON number that prints as the same digits, or nothing: amounts are never rounded on the way out.
fn exact_json_number(text: &str) -> Option<Json> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Json::Number(whole.into()));
    }
    let number = Number::from_f64(text.parse().ok()?)?;
    let same = number.to_string().parse::<Decimal>().ok()? == text.parse::<Decimal>().ok()?;
    same.then_some(Json::Number(number))
}

fn with_mark(text: &str, mark: Option<DecimalMark>) -> String {
    match mark {
        Some(DecimalMark::Comma) => text.replace('.', ","),
        Some(DecimalMark::Point) | None => text.to_owned(),
    }
}

fn undo(transform: &Transform, json: Json) -> Option<Json> {
    match transform {
        Transform::Prefix { text } => {
            Some(Json::String(json.as_str()?.strip_prefix(text.as_str())?.to_owned()))
        }
        Transform::Suffix { text } => {
            Some(Json::String(json.as_str()?.strip_suffix(text.as_str())?.to_owned()))
        }
        Transform::ValueTable { entries, .. } => {
            let wanted = table_key(&json);
            entries.iter().find(|entry| table_key(&entry.to) == wanted).map(|entry| entry.from.clone())
        }
        _ => Some(json),
    }
}
