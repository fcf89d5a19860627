//! Telephone numbers out of cells that people typed.
//!
//! A cell holds labels, two numbers, an extension, a bracketed zero or what a spreadsheet left of it. This module cuts the
//! cell into runs of digits; `phone_plan` knows the numbering plans. The text as typed is always kept beside the E.164
//! form (ITU-T E.164), so nothing is lost when a number is read wrongly. Vanity letters are never turned into digits.

use std::sync::LazyLock;

use regex::Regex;

use super::clean::{MAX_CELL, is_blank_word, plain, unwrap_spreadsheet};
use super::phone_plan::{Resolved, resolve};
use super::problem::{ParseProblem, Reading, Reason};
use crate::value::Phone;

/// What a telephone cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneReading {
    /// The first number, with the whole text of the cell.
    pub phone: Phone,
    /// A second, different number in the same cell.
    pub second: Option<Phone>,
}

/// One run of digits in a cell.
struct Run<'a> {
    text: &'a str,
    ext: Option<String>,
    fax: bool,
}

static EXTENSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:;\s*ext=|[,;]?\s*\bextension\b|[,;]?\s*\bext(?:n|en)?\b|[,;]?\s*x(?:tn)?|\s*#|[,;]?\s*\b(?:durchwahl|dw|poste|int(?:erno)?|anexo|toestel|doorkies|opt(?:ion)?)\b)[.:=\s#]*(\d{1,7})\b",
    )
    .ok()
});
static RUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\+?\s*[(\[]?\s*\+?\d(?:[\d \-.()\[\]/]|,\s?)*").ok());
static SCIENTIFIC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(\+?)(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})$").ok());

/// Reads a telephone cell. `country` is the ISO 3166 code national numbers are read in.
///
/// # Errors
/// A [`ParseProblem`] with one of the `phone_*` reasons. A blank cell or "n/a" is no error but nothing.
pub fn parse_phone(text: &str, country: Option<&str>) -> Reading<PhoneReading> {
    if text.len() > MAX_CELL {
        return Err(Reason::PhoneTooLong.into());
    }
    let cleaned = plain(text);
    let cell = unwrap_spreadsheet(&cleaned);
    if is_blank_word(cell) {
        return Ok(None);
    }
    if cell.contains(['e', 'E'])
        && let Some(digits) = undo_scientific(cell)?
    {
        return one(text, &digits, None, country).map(Some);
    }
    let cell = cell.strip_suffix(".0").unwrap_or(cell);
    let runs = split_runs(cell);
    let mut found: Vec<(Phone, bool)> = Vec::new();
    let mut first_problem: Option<Reason> = None;
    for run in &runs {
        match read_run(run.text, country) {
            Ok(numbers) => {
                let last = numbers.len().saturating_sub(1);
                for (index, e164) in numbers.into_iter().enumerate() {
                    let ext = if index == last { run.ext.clone() } else { None };
                    found.push((Phone { e164: Some(e164), ext, text: text.trim().to_owned() }, run.fax));
                }
            }
            Err(reason) if first_problem.is_none_or(|kept| severity(reason) > severity(kept)) => {
                first_problem = Some(reason);
            }
            Err(_) => {}
        }
    }
    found.sort_by_key(|(_, fax)| *fax);
    let mut phones = found.into_iter().map(|(phone, _)| phone);
    let Some(phone) = phones.next() else {
        return Err(explain(cell, first_problem));
    };
    let second = phones.find(|other| other.e164 != phone.e164);
    Ok(Some(PhoneReading { phone, second }))
}

fn one(
    text: &str,
    digits: &str,
    ext: Option<String>,
    country: Option<&str>,
) -> Result<PhoneReading, ParseProblem> {
    let e164 = read_single(digits, country)?;
    Ok(PhoneReading { phone: Phone { e164: Some(e164), ext, text: text.trim().to_owned() }, second: None })
}

/// `4.47700900318E+11` has all its digits; `7.7009E+11` has lost them.
fn undo_scientific(cell: &str) -> Result<Option<String>, ParseProblem> {
    let Some(found) = SCIENTIFIC.as_ref().and_then(|pattern| pattern.captures(cell)) else {
        return Ok(None);
    };
    let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
    let exponent: usize = part(4).parse().unwrap_or(0);
    let fraction = part(3);
    // A digit that is not written may have been any digit: only a figure with all of them is a number again.
    let (fraction, rest) = fraction.split_at(exponent.min(fraction.len()));
    if fraction.len() < exponent || exponent > 15 || rest.bytes().any(|byte| byte != b'0') {
        return Err(Reason::PhoneDigitsLost.into());
    }
    Ok(Some(format!("{}{}{fraction}", part(1), part(2))))
}

fn digit_count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Cuts a cell into runs of digits, each with its extension and whether its label says fax.
fn split_runs(cell: &str) -> Vec<Run<'_>> {
    // Most cells are one number and nothing else; patterns cost more than everything around them.
    if cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b' ' | b'-' | b'.' | b'(' | b')'))
    {
        return vec![Run { text: cell, ext: None, fax: false }];
    }
    let (Some(run_pattern), Some(ext_pattern)) = (RUN.as_ref(), EXTENSION.as_ref()) else {
        return Vec::new();
    };
    let mut runs = Vec::new();
    let mut start = 0;
    while let Some(found) = run_pattern.find_at(cell, start) {
        let mut end = found.end();
        let mut ext = None;
        if let Some(captures) = ext_pattern.captures_at(cell, found.start())
            && let (Some(whole), Some(digits)) = (captures.get(0), captures.get(1))
        {
            let between = cell.get(end..whole.start()).unwrap_or("");
            if (whole.start() <= end || between.trim_matches([' ', ',', ';', '(', ')', '-']).is_empty())
                && digit_count(cell.get(found.start()..whole.start()).unwrap_or("")) >= 5
            {
                ext = Some(digits.as_str().to_owned());
                end = whole.start();
                start = whole.end();
            }
        }
        if ext.is_none() {
            start = found.end();
        }
        let text = cell.get(found.start()..end).unwrap_or("").trim();
        let before = cell.get(..found.start()).unwrap_or("");
        let after = cell.get(start..).unwrap_or("");
        runs.push(Run { text, ext, fax: label_is_fax(before, after) });
    }
    let longest = runs.iter().map(|run| digit_count(run.text)).max().unwrap_or(0);
    if longest >= 7 {
        runs.retain(|run| digit_count(run.text) >= 6);
    }
    runs
}

fn label_is_fax(before: &str, after: &str) -> bool {
    let tail =
        before.trim_end_matches([' ', ':', '.', '-', '=', '(']).rsplit(|c: char| !c.is_alphabetic()).next();
    let is_fax = |word: Option<&str>| {
        word.is_some_and(|word| word.eq_ignore_ascii_case("fax") || word.eq_ignore_ascii_case("telefax"))
    };
    let bracketed =
        after.trim_start().strip_prefix('(').and_then(|rest| rest.split(')').next()).map(str::trim);
    is_fax(tail) || is_fax(bracketed) || tail == Some("F")
}

/// One run may still be two numbers: whole first, then at separators, then at each gap.
fn read_run(run: &str, country: Option<&str>) -> Result<Vec<String>, Reason> {
    let whole = read_single(run, country);
    if let Ok(e164) = whole {
        return Ok(vec![e164]);
    }
    for separator in ['/', ','] {
        if run.contains(separator) {
            let parts: Vec<&str> =
                run.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect();
            if let Some(numbers) = read_parts(&parts, separator, country) {
                return Ok(numbers);
            }
        }
    }
    for (index, _) in run.match_indices([' ', '+']).filter(|(index, _)| *index > 5) {
        let (left, right) = run.split_at(index);
        if let (Ok(left), Ok(right)) = (read_single(left, country), read_single(right, country)) {
            return Ok(vec![left, right]);
        }
    }
    // A dash between two whole numbers: "07700 900318 - 07700 900319".
    for (index, _) in run.match_indices(" - ") {
        let (left, right) = run.split_at(index);
        if let (Ok(left), Ok(right)) = (read_single(left, country), read_single(&right[3..], country)) {
            return Ok(vec![left, right]);
        }
    }
    whole.map(|e164| vec![e164])
}

fn read_parts(parts: &[&str], separator: char, country: Option<&str>) -> Option<Vec<String>> {
    let first_text = parts.first()?;
    let first = read_single(first_text, country).ok()?;
    let mut numbers = vec![first.clone()];
    for part in parts.iter().skip(1) {
        match read_single(part, country) {
            Ok(number) => numbers.push(number),
            // "020 7946 0123/4": the last digits of a second line.
            Err(_)
                if separator == '/' && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                numbers.push(format!("{}{part}", &first[..first.len().saturating_sub(part.len())]));
            }
            Err(_) => {}
        }
    }
    Some(numbers)
}

/// Digits of one number, with a plus when it is international.
fn read_single(text: &str, country: Option<&str>) -> Result<String, Reason> {
    let trimmed = text.trim().trim_start_matches(['(', '[']).trim_start();
    let plus = trimmed.starts_with('+');
    // "+44 (0)20": the bracketed zero is only dialled at home.
    let without_trunk = trimmed.replace("(0)", " ").replace("[0]", " ");
    let digits: String = if plus || trimmed.starts_with("00") {
        without_trunk.chars().filter(char::is_ascii_digit).collect()
    } else if without_trunk.len() != trimmed.len() && !trimmed.starts_with("(0)") {
        // "44 (0)7700 900318" has lost its plus.
        let all: String = without_trunk.chars().filter(char::is_ascii_digit).collect();
        if let Ok(Resolved { e164 }) = resolve(&all, true, country) {
            return Ok(e164);
        }
        trimmed.chars().filter(char::is_ascii_digit).collect()
    } else {
        trimmed.chars().filter(char::is_ascii_digit).collect()
    };
    if text.matches('+').count() > 1 {
        return Err(Reason::PhoneTooLong);
    }
    resolve(&digits, plus, country).map(|resolved| resolved.e164)
}

/// The more a reason says about a real number, the sooner it is the one shown.
fn severity(reason: Reason) -> u8 {
    match reason {
        Reason::PhoneNeedsCountry => 5,
        Reason::PhoneUnknownCode => 4,
        Reason::PhoneNotValid => 3,
        Reason::PhoneTooLong => 2,
        _ => 1,
    }
}

fn explain(cell: &str, found: Option<Reason>) -> ParseProblem {
    let letters = cell.chars().filter(|character| character.is_alphabetic()).count();
    let digits = digit_count(cell);
    if digits == 0 {
        return Reason::PhoneNoDigits.into();
    }
    // "07700 90O318": a letter among digits.
    let characters: Vec<char> = cell.chars().collect();
    let inside = characters.windows(3).any(|three| {
        three[1].is_ascii_alphabetic()
            && three[1] != 'x'
            && (three[0].is_ascii_digit() || three[2].is_ascii_digit())
            && !three[0].is_whitespace()
    });
    if inside && (7..13).contains(&digits) && letters <= 3 && found != Some(Reason::PhoneNeedsCountry) {
        return Reason::PhoneLetters.into();
    }
    if letters >= 3 && digits < 9 && found != Some(Reason::PhoneNeedsCountry) {
        return Reason::PhoneLetters.into();
    }
    found.unwrap_or(Reason::PhoneNotValid).into()
}
