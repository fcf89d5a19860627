//! The lines that `hub try` prints: what the app makes of a value, without importing it.
//!
//! Pure, so that the command only reads standard input, and so that support, tests and the command see the same thing.
//! Deliberately absent: arguments, files and output.

use serde_json::{Value as Json, json};

use crate::parse::{
    DateOrder, DecimalMark, MoneyFormat, MoneyUnit, OrderDecision, ParseProblem, Reason, currency,
    decide_mark, decide_order, parse_date, parse_email, parse_money, parse_names, parse_phone,
};

/// What a line is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TryKind {
    /// A telephone cell.
    Phone,
    /// An e-mail cell.
    Email,
    /// A date cell.
    Date,
    /// A name cell.
    Name,
    /// An amount of money.
    Money,
    /// A table: `{"header": [..], "rows": [[..]]}`.
    Mapping,
}

impl TryKind {
    /// The kind with this name on the command line.
    pub fn parse(name: &str) -> Option<TryKind> {
        Some(match name {
            "phone" => TryKind::Phone,
            "email" => TryKind::Email,
            "date" => TryKind::Date,
            "name" => TryKind::Name,
            "money" => TryKind::Money,
            "mapping" => TryKind::Mapping,
            _ => return None,
        })
    }
}

/// Whether lines are a column that decides together or stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lines {
    /// All lines are cells of one column.
    #[default]
    Column,
    /// Every line decides by itself (`--each`).
    Each,
}

/// The options of `hub try`.
#[derive(Debug, Clone, Default)]
pub struct TryOptions {
    /// ISO 3166 country of national phone numbers, usual marks and the currency.
    pub country: Option<String>,
    /// Declared date order; `None` is `auto`.
    pub order: Option<DateOrder>,
    /// Column or single cells.
    pub lines: Lines,
}

/// One JSON value for each line, in order.
pub fn try_lines(kind: TryKind, lines: &[&str], options: &TryOptions) -> Vec<Json> {
    match kind {
        TryKind::Phone => lines.iter().map(|line| try_phone(line, options)).collect(),
        TryKind::Email => lines.iter().map(|line| try_email(line)).collect(),
        TryKind::Date => try_dates(lines, options),
        TryKind::Name => lines.iter().map(|line| try_name(line)).collect(),
        TryKind::Money => try_money(lines, options),
        TryKind::Mapping => lines.iter().map(|line| crate::suggest::try_mapping(line, options)).collect(),
    }
}

fn error_json(problem: Option<&ParseProblem>) -> Json {
    problem.map_or(Json::Null, |problem| Json::String(problem.reason.as_str().to_owned()))
}

fn try_phone(line: &str, options: &TryOptions) -> Json {
    let read = parse_phone(line, options.country.as_deref());
    let (phone, second) = match &read {
        Ok(Some(reading)) => (Some(&reading.phone), reading.second.as_ref()),
        Ok(None) | Err(_) => (None, None),
    };
    json!({
        "input": line,
        "value": phone.and_then(|phone| phone.e164.clone()),
        "extension": phone.and_then(|phone| phone.ext.clone()),
        "second": second.and_then(|phone| phone.e164.clone()),
        "error": error_json(read.as_ref().err()),
    })
}

fn try_email(line: &str) -> Json {
    let read = parse_email(line);
    let found = read.as_ref().ok().and_then(Option::as_ref);
    let suggestion = match &read {
        Ok(_) => found.and_then(|found| found.suggestion()).map(Json::String),
        Err(problem) => problem.fixes.first().cloned(),
    };
    json!({
        "input": line,
        "value": found.map(|found| found.address.clone()),
        "others": found.map(|found| found.others.clone()).unwrap_or_default(),
        "suggestion": suggestion,
        "error": error_json(read.as_ref().err()),
    })
}

fn try_dates(lines: &[&str], options: &TryOptions) -> Vec<Json> {
    let decision = match (options.order, options.lines) {
        (None, Lines::Column) => Some(decide_order(lines.iter().copied())),
        (Some(_), _) | (None, Lines::Each) => None,
    };
    let order = options.order.or_else(|| decision.as_ref().and_then(OrderDecision::order));
    lines
        .iter()
        .map(|line| {
            let read = parse_date(line, order);
            let found = read.as_ref().ok().and_then(Option::as_ref);
            json!({
                "input": line,
                "value": found.map(|found| found.date.to_string()),
                "order": found.and_then(|found| found.order.or(order)).map(DateOrder::as_str),
                "fixes": read.as_ref().err().map(|problem| problem.fixes.clone()).unwrap_or_default(),
                "error": error_json(read.as_ref().err()),
            })
        })
        .collect()
}

fn try_name(line: &str) -> Json {
    let read = parse_names(line);
    let people =
        read.as_ref().ok().and_then(Option::as_ref).map(|found| found.people.as_slice()).unwrap_or_default();
    let value = if people.is_empty() {
        Json::Null
    } else {
        Json::String(people.iter().map(|person| person.full()).collect::<Vec<_>>().join(" & "))
    };
    json!({ "input": line, "value": value, "people": people, "error": error_json(read.as_ref().err()) })
}

fn try_money(lines: &[&str], options: &TryOptions) -> Vec<Json> {
    let country = options.country.as_deref();
    let decimal = match options.lines {
        Lines::Column => decide_mark(lines.iter().copied()),
        Lines::Each => None,
    };
    let format = MoneyFormat {
        decimal: None,
        usual_decimal: decimal.or_else(|| country.and_then(DecimalMark::of_country)),
        currency: country.and_then(currency::of_country),
        unit: MoneyUnit::Major,
    };
    lines
        .iter()
        .map(|line| {
            let read = parse_money(line, &format);
            let value = read.as_ref().ok().and_then(Option::as_ref).map(|money| {
                json!({ "minor": money.minor, "currency": money.currency, "exponent": currency::exponent(&money.currency) })
            });
            json!({ "input": line, "value": value, "error": error_json(read.as_ref().err()) })
        })
        .collect()
}

/// A line of `hub try mapping` that is not the JSON object it should be.
pub(crate) fn unreadable_line(line: &str) -> Json {
    let shown: String = line.chars().take(200).collect();
    json!({ "input": shown, "value": null, "error": Reason::WrongShape.as_str() })
}
