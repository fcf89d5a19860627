//! Amounts of money out of cells: minor units by the exponent of ISO 4217, exactly, or not at all.
//!
//! No floating point anywhere, no rounding: an amount with more decimals than its currency has is a problem and never a
//! rounded figure (F48). Whether a CRM's bare integers are pence or pounds is not guessed here; the connection's money unit
//! says it (MODEL 1).

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::clean::{MAX_CELL, is_blank_word, plain, unwrap_spreadsheet};
use super::currency::{exponent, of_sign};
use super::figure::{Convention, DecimalMark, read_figure};
use super::problem::{ParseProblem, Reading, Reason};
use crate::value::Money;

/// What the figures of a source count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// Pounds, dollars, euros.
    #[default]
    Major,
    /// Pence, cents.
    Minor,
    /// The source does not say and nobody has answered: money stays out of plans.
    Ask,
}

/// How the amounts of a column are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoneyFormat<'a> {
    /// Decimal mark declared by a person or decided by the column.
    pub decimal: Option<DecimalMark>,
    /// Decimal mark usual in the supplier's country.
    pub usual_decimal: Option<DecimalMark>,
    /// Currency of amounts that name none.
    pub currency: Option<&'a str>,
    /// What bare figures count.
    pub unit: MoneyUnit,
}

/// Reads an amount.
///
/// # Errors
/// A [`ParseProblem`] with one of the `money_*` reasons or [`Reason::NotAnAmount`].
pub fn parse_money(text: &str, format: &MoneyFormat<'_>) -> Reading<Money> {
    if text.len() > MAX_CELL {
        return Err(Reason::NotAnAmount.into());
    }
    let cleaned = plain(text);
    let cell = unwrap_spreadsheet(&cleaned);
    if cell.is_empty() || (is_blank_word(cell) && !is_open_price(cell)) {
        return Ok(None);
    }
    if format.unit == MoneyUnit::Ask {
        return Err(Reason::MoneyUnitUnknown.into());
    }
    let (negative, body) = take_sign(without_note(cell));
    if let Some(money) = sub_units(&body, negative, format) {
        return Ok(Some(money));
    }
    let parts = split_currency(&body)?;
    let currency = match parts.currency {
        Some(sign) => {
            of_sign(&sign, format.currency).ok_or(ParseProblem::from(Reason::MoneyUnknownCurrency))?
        }
        None => format.currency.ok_or(ParseProblem::from(Reason::MoneyNeedsCurrency))?.to_owned(),
    };
    let decimals = exponent(&currency).ok_or(ParseProblem::from(Reason::MoneyUnknownCurrency))?;
    let foreign = format.currency.is_some_and(|own| own != currency);
    let convention = match (format.decimal, format.usual_decimal) {
        (Some(mark), _) => Convention::Declared(mark),
        (None, Some(mark)) if !foreign => Convention::Usual(mark),
        _ => Convention::Unknown,
    };
    let figure = trim_dash_decimals(&parts.figure);
    let amount = read_figure(figure, convention, Some(decimals)).map_err(|reason| match reason {
        Reason::NumberTooLarge => Reason::MoneyTooLarge,
        Reason::NumberUnreadable => Reason::NotAnAmount,
        other => other,
    })?;
    let amount =
        amount * Decimal::from(parts.factor) * Decimal::from(if negative != parts.negative { -1 } else { 1 });
    to_minor(amount, &currency, decimals, format.unit).map(Some)
}

/// What may stand behind an amount without changing it: "inc VAT", "(paid)", "brutto", an asterisk. "plus VAT", "per head"
/// and "from" do change it, so they stay and refuse the cell.
static NOTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const TAXES: &str = r"(?:vat|gst|hst|taxe?s?|mwst|ust|tva|iva|btw|moms)";
    Regex::new(&format!(
        r"(?i)(?:\s*[(\[]\s*|\s+|\s*-\s+)(?:inc(?:l(?:\.|uding|usive of)?|\.|ludes)?\s*{TAXES}|inkl(?:\.|usive)?\s*{TAXES}|{TAXES}\s+(?:inc(?:l|luded)?|incluse?|incluido|inclusa)|brutto|ttc|gross|paid(?:\s+in\s+full)?|bezahlt|payé|dr)\.?\s*[)\]]?$|\s*[*✓✔☑]+$"
    ))
    .ok()
});

/// A cell without the note behind its amount.
fn without_note(cell: &str) -> &str {
    match NOTE.as_ref().and_then(|note| note.find(cell)) {
        Some(found) if cell[..found.start()].contains(|c: char| c.is_ascii_digit()) => {
            cell[..found.start()].trim_end()
        }
        _ => cell,
    }
}

/// Whole hundredths with their own name: 50p, 75¢, 99 Cent.
fn sub_units(body: &str, negative: bool, format: &MoneyFormat<'_>) -> Option<Money> {
    let digits = body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (figure, name) = body.split_at(digits);
    let currency = match name.trim().trim_end_matches('.').to_lowercase().as_str() {
        "p" | "pence" | "penny" => "GBP",
        "¢" | "c" | "ct" | "cent" | "cents" | "cts" => format.currency?,
        _ => return None,
    };
    let own = format.currency.is_none_or(|own| own == currency);
    let minor: i64 = figure.parse().ok().filter(|minor| *minor < 10_000)?;
    (own && exponent(currency) == Some(2))
        .then(|| Money { minor: if negative { -minor } else { minor }, currency: currency.to_owned() })
}

/// Scales an exact amount to minor units.
///
/// # Errors
/// More decimals than the currency has, or an amount that does not fit.
pub(crate) fn to_minor(
    amount: Decimal,
    currency: &str,
    decimals: u32,
    unit: MoneyUnit,
) -> Result<Money, ParseProblem> {
    let scaled = match unit {
        MoneyUnit::Major => amount
            .checked_mul(Decimal::from(10_i64.pow(decimals)))
            .ok_or(ParseProblem::from(Reason::MoneyTooLarge))?,
        MoneyUnit::Minor => amount,
        MoneyUnit::Ask => return Err(Reason::MoneyUnitUnknown.into()),
    };
    if !scaled.normalize().is_integer() {
        return Err(Reason::MoneyTooManyDecimals.into());
    }
    // Nine quadrillion minor units stay exact in every JSON reader.
    match scaled.to_i64().filter(|minor| minor.abs() <= 9_007_199_254_740_991) {
        Some(minor) => Ok(Money { minor, currency: currency.to_owned() }),
        None => Err(Reason::MoneyTooLarge.into()),
    }
}

/// An open price is a statement about an amount, not a missing one.
fn is_open_price(cell: &str) -> bool {
    !cell.chars().all(|character| !character.is_alphanumeric())
        && [
            "tbc",
            "tbd",
            "tba",
            "t.b.c",
            "t.b.d",
            "pending",
            "to be confirmed",
            "to be decided",
            "to be determined",
            "undecided",
        ]
        .contains(&cell.to_lowercase().trim_matches(['(', ')', '.']))
}

/// Parentheses, a leading or a trailing minus, CR.
fn take_sign(cell: &str) -> (bool, String) {
    let mut text = cell.trim().to_owned();
    let mut negative = false;
    let inside = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::to_owned);
    if let Some(inside) = inside {
        negative = true;
        text = inside.trim().to_owned();
    }
    // "£ (1,500.00)"
    if let Some((sign, inside)) = text.strip_suffix(')').and_then(|rest| rest.split_once('('))
        && !sign.contains(|c: char| c.is_ascii_digit())
    {
        negative = true;
        text = format!("{sign}{inside}");
    }
    // "1,23,456/-" is how whole rupees are written, "4 500:-" whole crowns.
    if let Some(rest) = text.strip_suffix("/-").or_else(|| text.strip_suffix(":-")) {
        text = rest.to_owned();
    }
    if let Some(rest) = text.strip_suffix(" CR").or_else(|| text.strip_suffix(" cr")) {
        negative = !negative;
        text = rest.to_owned();
    }
    // "4500,-" and "4500.-" are whole amounts, not negative ones.
    let whole_mark =
        text.ends_with(",-") || text.ends_with(".-") || text.ends_with(",--") || text.ends_with(".--");
    if let Some(rest) = text.strip_suffix('-').filter(|_| !whole_mark) {
        negative = !negative;
        text = rest.trim().to_owned();
    }
    (negative, text)
}

struct MoneyParts {
    currency: Option<String>,
    figure: String,
    factor: i64,
    negative: bool,
}

/// Splits `GBP 4,500.00`, `4 500 kr`, `-£4.5k` into currency, figures and factor.
fn split_currency(body: &str) -> Result<MoneyParts, ParseProblem> {
    let first = body.find(|c: char| c.is_ascii_digit()).ok_or(ParseProblem::from(Reason::NotAnAmount))?;
    let last = body.rfind(|c: char| c.is_ascii_digit()).unwrap_or(first);
    let start = if first > 0 && body[..first].ends_with(['.', ',']) && !body[..first].ends_with("..") {
        first - 1
    } else {
        first
    };
    let middle = body.get(start..=last).unwrap_or("");
    let mut tail_start = last + 1;
    for mark in [",--", ".--", ",-", ".-", ".", ","] {
        if body.get(tail_start..).is_some_and(|tail| tail.starts_with(mark)) {
            tail_start += mark.len();
            break;
        }
    }
    let figure = body.get(start..tail_start).unwrap_or(middle).to_owned();
    if middle.chars().any(|c| !(c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\'' | '`' | '´'))) {
        let several = middle.contains(['-', '/', '+', '&']) || middle.contains(['£', '$', '€']);
        return Err(if several { Reason::MoneySeveral } else { Reason::NotAnAmount }.into());
    }
    let mut before = body.get(..start).unwrap_or("").trim();
    let mut negative = false;
    // "R." and "Rs." end in a point that belongs to the sign.
    if start < first && before.chars().last().is_some_and(char::is_alphabetic) {
        return split_currency(&format!("{before} {}", body.get(first..).unwrap_or("")));
    }
    for sign in ['-', '+'] {
        if before.starts_with(sign) || before.ends_with(sign) {
            negative = sign == '-';
            before = before.trim_matches(sign).trim();
        }
    }
    let mut after = body.get(tail_start..).unwrap_or("");
    // "250,00- €": the minus stands behind the figure.
    if let Some(rest) =
        after.strip_prefix('-').filter(|rest| rest.trim().chars().all(|c| !c.is_ascii_digit()))
    {
        negative = !negative;
        after = rest;
    }
    let (factor, after) = take_factor(after.trim(), before);
    let after = after.trim_end_matches('.');
    let before = before.trim_end_matches([':', '=']).trim();
    let currency = match (before.is_empty(), after.is_empty()) {
        (true, true) => None,
        (false, true) => Some(before.to_owned()),
        (true, false) => Some(after.to_owned()),
        // "$4,500 USD", "USD $4,500": the longer one names it.
        (false, false) => {
            let code = if exponent(&after.to_uppercase()).is_some() { after } else { before };
            let other = if code == after { before } else { after };
            if of_sign(other, Some(&code.to_uppercase())).as_deref() != Some(&code.to_uppercase()) {
                return Err(Reason::NotAnAmount.into());
            }
            Some(code.to_owned())
        }
    };
    let currency = match currency {
        Some(text) => Some(currency_word(&text)?),
        None => None,
    };
    Ok(MoneyParts { currency, figure: figure.replace(['`', '´'], "'"), factor, negative })
}

/// "k", "Tsd.", "lakh": what a figure is multiplied by, and the rest.
fn take_factor<'a>(after: &'a str, before: &str) -> (i64, &'a str) {
    let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    let factor = match word.to_lowercase().as_str() {
        "k" | "tsd" | "thousand" | "grand" => 1_000,
        "lakh" | "lakhs" | "lac" | "lacs" => 100_000,
        // ₹2L
        "l" if of_sign(before, None).as_deref() == Some("INR") => 100_000,
        "million" | "mio" => 1_000_000,
        "crore" | "crores" => 10_000_000,
        _ => return (1, after),
    };
    (factor, rest.trim_start_matches('.').trim())
}

/// A sign or code, also doubled ("USD $"); other words mean that this is no amount.
fn currency_word(text: &str) -> Result<String, ParseProblem> {
    if of_sign(text, None).is_some() || text.trim_end_matches('.').eq_ignore_ascii_case("kr") {
        return Ok(text.to_owned());
    }
    // "GBP£"
    if let (Some(code), Some(sign)) = (text.get(..3), text.get(3..))
        && exponent(&code.to_uppercase()).is_some()
        && of_sign(sign, Some(&code.to_uppercase())).as_deref() == Some(&code.to_uppercase())
    {
        return Ok(code.to_uppercase());
    }
    let mut words = text.split_whitespace();
    if let (Some(left), Some(right), None) = (words.next(), words.next(), words.next()) {
        for (code, sign) in [(left, right), (right, left)] {
            let code = code.to_uppercase();
            if exponent(&code).is_some() && of_sign(sign, Some(&code)).as_deref() == Some(code.as_str()) {
                return Ok(code);
            }
        }
    }
    let looks_like_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    Err(if looks_like_code && text != "POA" { Reason::MoneyUnknownCurrency } else { Reason::NotAnAmount }
        .into())
}

fn trim_dash_decimals(figure: &str) -> &str {
    figure.trim_end_matches('-').trim_end_matches([',', '.'])
}
