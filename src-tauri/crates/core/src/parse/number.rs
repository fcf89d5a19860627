//! Plain numbers, exactly as decimals: guest counts, durations, percentages of a column that is only a number.

use rust_decimal::Decimal;

use super::clean::{MAX_CELL, is_blank_word, plain, unwrap_spreadsheet};
use super::figure::{Convention, DecimalMark, read_figure};
use super::problem::{Reading, Reason};

/// Reads a number. `decimal` is the declared decimal mark; without it, "1,200" is twelve hundred and "1.5" one and a half.
///
/// # Errors
/// [`Reason::NumberUnreadable`] for anything but one number, [`Reason::NumberTooLarge`] beyond 27 figures.
pub fn parse_number(text: &str, decimal: Option<DecimalMark>) -> Reading<Decimal> {
    if text.len() > MAX_CELL {
        return Err(Reason::NumberUnreadable.into());
    }
    let cleaned = plain(text);
    let cell = unwrap_spreadsheet(&cleaned);
    if is_blank_word(cell) {
        return Ok(None);
    }
    let (negative, body) = match cell.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => (true, inside.trim()),
        None => match cell.strip_prefix('-').or_else(|| cell.strip_suffix('-')) {
            Some(rest) => (true, rest.trim()),
            None => (false, cell.strip_prefix('+').unwrap_or(cell)),
        },
    };
    let body = body.trim_start_matches(['~', '≈']).trim().trim_end_matches('%').trim();
    let convention = decimal.map_or(Convention::Unknown, Convention::Declared);
    let number = match scientific(body) {
        Some(number) => number,
        None => read_figure(body, convention, None)?,
    };
    Ok(Some(if negative { -number } else { number }))
}

fn scientific(body: &str) -> Option<Decimal> {
    if !body.contains(['e', 'E']) || !body.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Decimal::from_scientific(body).ok()
}
