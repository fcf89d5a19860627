//! Running transforms: compiled once per rule, run once per record.
//!
//! A hundred thousand clients with sixty fields each go through here, so patterns and tables are prepared beforehand and a
//! rule without transforms does not copy its input.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::coerce::{MoneyReading, coerce, read_money};
use super::letters::{name_case, sentence_case};
use super::{LetterCase, NamePart, Otherwise, ThousandsMark, Transform, TransformContext, Which};
use crate::parse::clean::{fold, unwrap_spreadsheet};
use crate::parse::{
    DateOrder, DecimalMark, ParseProblem, PersonName, Reading, Reason, currency, date, parse_boolean,
    parse_date_json, parse_names, parse_number,
};
use crate::value::{FieldType, Value, is_blank_json};

/// The longest text a transform reads, in bytes (a note of 1 MB, F50).
const MAX_TEXT: usize = 1_048_576;
const MAX_PATTERN: usize = 200;
const MAX_TABLE: usize = 2_000;

/// What is wrong with a transform itself, whatever the values.
#[derive(Debug, thiserror::Error)]
pub enum TransformFault {
    /// The pattern is no regular expression, or one that grows too large.
    #[error("the pattern can't be used")]
    Pattern(#[source] Box<regex::Error>),
    /// The pattern is longer than 200 characters.
    #[error("the pattern is longer than {MAX_PATTERN} characters")]
    PatternTooLong,
    /// The pattern has no such group.
    #[error("the pattern has no group {group}")]
    NoSuchGroup {
        /// The group asked for.
        group: usize,
    },
    /// ISO 4217 does not list the currency.
    #[error("{code} is not a currency")]
    UnknownCurrency {
        /// The code given.
        code: String,
    },
    /// The epoch of an Excel date must be one of the two Excel epochs.
    #[error("{} is not an Excel epoch", .epoch.as_str())]
    NotAnEpoch {
        /// The order given.
        epoch: DateOrder,
    },
    /// More lines than a value table may have.
    #[error("the table has more than {MAX_TABLE} lines")]
    TableTooLong,
}

/// Why [`apply`] gave no value.
#[derive(Debug, thiserror::Error)]
pub enum TransformProblem {
    /// The transforms are faulty.
    #[error(transparent)]
    Fault(#[from] TransformFault),
    /// The value could not be read.
    #[error(transparent)]
    Value(#[from] ParseProblem),
}

enum Step {
    Plain(Transform),
    Extract { pattern: Regex, group: usize },
    Table { lines: HashMap<String, Json>, otherwise: Otherwise },
}

/// A list of transforms, ready to run.
pub struct Pipeline {
    steps: Vec<Step>,
}

/// A value on its way: still as the CRM has it, or already typed.
#[derive(Clone)]
enum Cell<'a> {
    Raw(Cow<'a, Json>),
    Typed(Value),
}

impl Cell<'_> {
    fn is_blank(&self) -> bool {
        match self {
            Cell::Raw(json) => is_blank_json(json),
            Cell::Typed(value) => value.is_blank(),
        }
    }
}

/// Runs transforms once; for many values compile a [`Pipeline`].
///
/// # Errors
/// [`TransformProblem`]: a faulty transform or an unreadable value.
pub fn apply(
    transforms: &[Transform],
    input: &[Json],
    field_type: FieldType,
    context: &TransformContext<'_>,
) -> Result<Option<Value>, TransformProblem> {
    let input: Vec<&Json> = input.iter().collect();
    Ok(Pipeline::compile(transforms)?.run(&input, field_type, context)?)
}

/// The key under which a value table finds a value.
pub(super) fn table_key(json: &Json) -> String {
    match json {
        Json::String(text) => fold(text.trim()),
        other => other.to_string(),
    }
}

impl Pipeline {
    /// Prepares transforms.
    ///
    /// # Errors
    /// [`TransformFault`] names the first faulty one.
    pub fn compile(transforms: &[Transform]) -> Result<Pipeline, TransformFault> {
        let compile_one = |transform: &Transform| -> Result<Step, TransformFault> {
            match transform {
                Transform::Extract { regex, group } => {
                    if regex.len() > MAX_PATTERN {
                        return Err(TransformFault::PatternTooLong);
                    }
                    let pattern = RegexBuilder::new(regex)
                        .size_limit(256 * 1024)
                        .dfa_size_limit(256 * 1024)
                        .build()
                        .map_err(|fault| TransformFault::Pattern(Box::new(fault)))?;
                    if *group >= pattern.captures_len() {
                        return Err(TransformFault::NoSuchGroup { group: *group });
                    }
                    Ok(Step::Extract { pattern, group: *group })
                }
                Transform::ValueTable { entries, otherwise } => {
                    if entries.len() > MAX_TABLE {
                        return Err(TransformFault::TableTooLong);
                    }
                    let mut lines = HashMap::new();
                    for entry in entries {
                        lines.entry(table_key(&entry.from)).or_insert_with(|| entry.to.clone());
                    }
                    Ok(Step::Table { lines, otherwise: otherwise.clone() })
                }
                Transform::Money { currency: Some(code), .. } if currency::exponent(code).is_none() => {
                    Err(TransformFault::UnknownCurrency { code: code.clone() })
                }
                Transform::ExcelDate {
                    epoch: epoch @ (DateOrder::Dmy | DateOrder::Mdy | DateOrder::Ymd),
                } => Err(TransformFault::NotAnEpoch { epoch: *epoch }),
                other => Ok(Step::Plain(other.clone())),
            }
        };
        Ok(Pipeline { steps: transforms.iter().map(compile_one).collect::<Result<_, _>>()? })
    }

    /// Whether one of the steps takes a blank and makes a value of it.
    pub fn fills_blanks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Plain(Transform::Default { .. })))
    }

    /// Runs the steps over the values of a rule's sources and types the result. Several values that no step joins: the
    /// first that is not blank counts.
    ///
    /// # Errors
    /// A [`ParseProblem`] of the step or type that could not read the value.
    pub fn run(
        &self,
        input: &[&Json],
        field_type: FieldType,
        context: &TransformContext<'_>,
    ) -> Reading<Value> {
        if self.steps.is_empty() {
            let first = input.iter().find(|json| !is_blank_json(json)).or(input.first());
            return first.map_or(Ok(None), |json| coerce(json, field_type, context));
        }
        let mut cells: Vec<Cell<'_>> = input.iter().map(|json| Cell::Raw(Cow::Borrowed(*json))).collect();
        for step in &self.steps {
            cells = run_step(step, cells, field_type, context)?;
        }
        let chosen = cells.iter().position(|cell| !cell.is_blank()).unwrap_or(0);
        match cells.into_iter().nth(chosen) {
            None => Ok(None),
            Some(Cell::Raw(json)) => coerce(&json, field_type, context),
            Some(Cell::Typed(value)) => settle(value, field_type, context),
        }
    }
}

/// A typed value in a field of another type: only what loses nothing.
fn settle(value: Value, field_type: FieldType, context: &TransformContext<'_>) -> Reading<Value> {
    if value.is_blank() {
        return Ok(None);
    }
    match (value, field_type) {
        (value, wanted) if value.field_type() == Some(wanted) => Ok(Some(value)),
        (value, FieldType::Json) => Ok(Some(Value::Json(value.to_json()))),
        (Value::Phone(phone), FieldType::Text) => Ok(Some(Value::Text(phone.e164.unwrap_or(phone.text)))),
        (value @ (Value::Money(_) | Value::DateTime(_) | Value::Array(_)), _)
            if value.field_type() != Some(field_type) =>
        {
            Err(Reason::WrongType.into())
        }
        (value, wanted) => coerce(&value.to_json(), wanted, context),
    }
}

fn text_of(cell: &Cell<'_>) -> Result<Option<String>, ParseProblem> {
    let text = match cell {
        Cell::Raw(json) => match json.as_ref() {
            Json::Null => return Ok(None),
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            Json::Bool(flag) => flag.to_string(),
            Json::Array(_) | Json::Object(_) => return Err(Reason::WrongShape.into()),
        },
        Cell::Typed(value) => match value.to_json() {
            Json::Null => return Ok(None),
            Json::String(text) => text,
            Json::Bool(flag) => flag.to_string(),
            _ => return Err(Reason::WrongShape.into()),
        },
    };
    if text.len() > MAX_TEXT {
        return Err(Reason::TooLong.into());
    }
    Ok(Some(text))
}

fn raw(text: String) -> Cell<'static> {
    Cell::Raw(Cow::Owned(Json::String(text)))
}

fn run_step<'a>(
    step: &Step,
    cells: Vec<Cell<'a>>,
    field_type: FieldType,
    context: &TransformContext<'_>,
) -> Result<Vec<Cell<'a>>, ParseProblem> {
    match step {
        Step::Plain(Transform::FirstNonEmpty {}) => {
            let first = cells.iter().position(|cell| !cell.is_blank());
            Ok(first.and_then(|index| cells.into_iter().nth(index)).into_iter().collect())
        }
        Step::Plain(Transform::JoinNames {}) => join(&cells, " "),
        Step::Plain(Transform::Concat { separator }) => join(&cells, separator),
        Step::Plain(Transform::Default { value }) => {
            if cells.iter().all(Cell::is_blank) {
                return Ok(vec![Cell::Raw(Cow::Owned(value.clone()))]);
            }
            Ok(cells)
        }
        _ => cells
            .into_iter()
            .map(|cell| if cell.is_blank() { Ok(cell) } else { run_one(step, cell, field_type, context) })
            .collect(),
    }
}

fn join(cells: &[Cell<'_>], separator: &str) -> Result<Vec<Cell<'static>>, ParseProblem> {
    let mut parts: Vec<String> = Vec::new();
    for cell in cells {
        if let Some(text) = text_of(cell)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        {
            parts.push(text);
        }
    }
    let joined = parts.join(separator);
    if joined.len() > MAX_TEXT {
        return Err(Reason::TooLong.into());
    }
    Ok(if joined.is_empty() { Vec::new() } else { vec![raw(joined)] })
}

fn run_one<'a>(
    step: &Step,
    cell: Cell<'a>,
    field_type: FieldType,
    context: &TransformContext<'_>,
) -> Result<Cell<'a>, ParseProblem> {
    let typed = |read: Reading<Value>| read.map(|value| Cell::Typed(value.unwrap_or(Value::Null)));
    let on_text = |change: &dyn Fn(&str) -> String| -> Result<Cell<'a>, ParseProblem> {
        Ok(text_of(&cell)?.map_or(Cell::Typed(Value::Null), |text| raw(change(&text))))
    };
    let as_json = |cell: &Cell<'a>| match cell {
        Cell::Raw(json) => json.as_ref().clone(),
        Cell::Typed(value) => value.to_json(),
    };
    match step {
        Step::Extract { pattern, group } => {
            let Some(text) = text_of(&cell)? else { return Ok(cell) };
            let found = pattern.captures(&text).and_then(|captures| captures.get(*group));
            found.map(|found| raw(found.as_str().to_owned())).ok_or(Reason::PatternNotFound.into())
        }
        Step::Table { lines, otherwise } => match lines.get(&table_key(&as_json(&cell))) {
            Some(to) => Ok(Cell::Raw(Cow::Owned(to.clone()))),
            None => match otherwise {
                Otherwise::Problem {} => Err(Reason::NotInTable.into()),
                Otherwise::Keep {} => Ok(cell),
                Otherwise::Blank {} => Ok(Cell::Typed(Value::Null)),
                Otherwise::Use { value } => Ok(Cell::Raw(Cow::Owned(value.clone()))),
            },
        },
        Step::Plain(transform) => match transform {
            Transform::Trim {} => on_text(&|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Transform::Case { to: LetterCase::Upper } => on_text(&str::to_uppercase),
            Transform::Case { to: LetterCase::Lower } => on_text(&str::to_lowercase),
            Transform::Case { to: LetterCase::Sentence } => on_text(&sentence_case),
            Transform::NameCase {} => on_text(&name_case),
            Transform::Prefix { text: prefix } => on_text(&|text| format!("{prefix}{text}")),
            Transform::Suffix { text: suffix } => on_text(&|text| format!("{text}{suffix}")),
            Transform::SplitName { part } => person_part(&cell, Which::First, *part),
            Transform::Couple { which, part } => person_part(&cell, *which, *part),
            Transform::HtmlToText {} => {
                let Some(text) = text_of(&cell)? else { return Ok(cell) };
                Ok(raw(html_to_text(&text)?))
            }
            Transform::Date { order } => {
                let json = as_json(&cell);
                typed(
                    parse_date_json(&json, order.or(context.date_order))
                        .map(|read| read.map(|read| Value::Date(read.date))),
                )
            }
            Transform::ExcelDate { epoch } => {
                let text = text_of(&cell)?.unwrap_or_default();
                let days = unwrap_spreadsheet(text.trim())
                    .split(['.', ','])
                    .next()
                    .and_then(|days| days.parse::<i64>().ok());
                match days.and_then(|days| date::excel_date(days, *epoch)) {
                    Some(day) => Ok(Cell::Typed(Value::Date(day))),
                    // A column of serials with some written dates among them.
                    None => typed(
                        parse_date_json(&as_json(&cell), Some(*epoch))
                            .map(|read| read.map(|read| Value::Date(read.date))),
                    ),
                }
            }
            Transform::Phone { country } => {
                let context =
                    TransformContext { country: country.as_deref().or(context.country), ..*context };
                typed(coerce(&as_json(&cell), FieldType::Phone, &context))
            }
            Transform::Money { decimal, thousands, currency, unit } => {
                let said = thousands.and_then(|mark| match mark {
                    ThousandsMark::Comma => Some(DecimalMark::Point),
                    ThousandsMark::Point => Some(DecimalMark::Comma),
                    ThousandsMark::Space | ThousandsMark::Apostrophe => None,
                });
                let reading = MoneyReading {
                    decimal: decimal.or(said).or(context.decimal),
                    country: context.country,
                    currency: currency.as_deref().or(context.currency),
                    unit: unit.unwrap_or(context.money_unit),
                };
                typed(read_money(&as_json(&cell), &reading))
            }
            // A JSON number has no marks to be told apart.
            Transform::Number { .. } if matches!(&cell, Cell::Raw(json) if json.is_number()) => {
                typed(coerce(&as_json(&cell), FieldType::Number, context))
            }
            Transform::Number { decimal } => {
                let text = text_of(&cell)?.unwrap_or_default();
                typed(parse_number(&text, decimal.or(context.decimal)).map(|read| read.map(Value::Number)))
            }
            Transform::Boolean { true_words, false_words } => {
                let text = text_of(&cell)?.unwrap_or_default();
                typed(parse_boolean(&text, true_words, false_words).map(|read| read.map(Value::Boolean)))
            }
            Transform::JoinNames {}
            | Transform::Concat { .. }
            | Transform::FirstNonEmpty {}
            | Transform::Default { .. } => Ok(cell),
            Transform::ValueTable { .. } | Transform::Extract { .. } => {
                typed(coerce(&as_json(&cell), field_type, context))
            }
        },
    }
}

fn person_part<'a>(cell: &Cell<'a>, which: Which, part: NamePart) -> Result<Cell<'a>, ParseProblem> {
    let Some(text) = text_of(cell)? else { return Ok(Cell::Typed(Value::Null)) };
    let people = parse_names(&text)?.map(|read| read.people).unwrap_or_default();
    let person = match which {
        Which::First => people.into_iter().next(),
        Which::Second => people.into_iter().nth(1),
    };
    let found = person.and_then(|person| name_part(person, part)).filter(|text| !text.is_empty());
    Ok(found.map_or(Cell::Typed(Value::Null), raw))
}

fn name_part(person: PersonName, part: NamePart) -> Option<String> {
    match part {
        NamePart::Title => person.title,
        NamePart::First => person.first,
        NamePart::Middle => person.middle,
        NamePart::Given => {
            Some([person.first, person.middle].into_iter().flatten().collect::<Vec<_>>().join(" "))
        }
        NamePart::Last => person.last,
        NamePart::Suffix => person.suffix,
        NamePart::Full => Some(person.full()),
    }
}

fn html_to_text(html: &str) -> Result<String, ParseProblem> {
    if !html.contains(['<', '&']) {
        return Ok(html.trim().to_owned());
    }
    let text = html2text::config::plain_no_decorate()
        .allow_width_overflow()
        .no_link_wrapping()
        .string_from_read(html.as_bytes(), 100_000)
        .map_err(|_| ParseProblem::from(Reason::WrongShape))?;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim().to_owned())
}
