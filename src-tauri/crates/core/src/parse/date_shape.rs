//! The shape of a date cell: which figures stand where, before anybody decides what they mean.
//!
//! Tokens are figures, words and signs; times are taken out first. The first thing that looks like a date counts, so that
//! "24 Jun 2023 4:30 PM - 11:00 PM" and "13-14 June 2026" give the first day; "13 or 20 June" is refused.

use std::sync::LazyLock;

use regex::Regex;

use super::clean::{fold, is_blank_word};
use super::date_words::{is_alternative, is_season, month, weekday};
use super::problem::Reason;

/// What a cell looks like. `weekday` counts from Monday = 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// The month is written as a word.
    Day { year: i64, month: i64, day: i64, weekday: Option<i8> },
    /// The year stands first.
    YearFirst { year: i64, month: i64, day: i64, weekday: Option<i8> },
    /// Two figures and a year: day and month in an order that the column knows.
    Figures { first: i64, second: i64, year: i64, weekday: Option<i8> },
    /// A spreadsheet's day count.
    Serial { days: i64 },
    /// A date that cannot be one.
    Problem(Reason),
    /// Blank.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number { value: i64, digits: usize },
    Word(String),
    Sign(char),
    Gap,
}

static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)T\d{1,2}:\d{2}.*$|T\d{6}(?:\.\d+)?Z?$|\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\b\.?)?\s*(?:z\b|utc|gmt|[a-z]{3,4}\b)?(?:\s?[+-]\d{2}:?\d{2}\b)?|\b\d{1,2}(?:\.\d{2})?\s*[ap]\.?m\b\.?|\b\d{1,2}\s?h\s?(?:\d{2})?\b|\b\d{1,2}(?:[.:]\d{2})?\s?uhr\b|\b(?:at\s+)?(?:noon|midnight)\b",
    )
    .ok()
});

static TIME_ZONE_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:gmt|utc|bst|cest|cet|[ecmp][sd]t)\b(?:\s?[+-]\d{1,2}:?(?:\d{2})?)?|\([a-z ]+ (?:time|zeit)\)").ok()
});

/// Reads the shape of a plain cell.
pub(super) fn read_shape(cell: &str) -> Shape {
    // "0000-00-00" is how MySQL writes no date.
    let no_figures_but_zero = cell.contains('0')
        && cell.chars().all(|c| matches!(c, '0' | '-' | '/' | '.' | ' ' | ':' | 'T' | 'Z'));
    if is_blank_word(cell) || no_figures_but_zero {
        return Shape::Nothing;
    }
    if let Some(serial) = read_serial(cell) {
        return serial;
    }
    let without_times = match (TIME.as_ref(), TIME_ZONE_WORD.as_ref()) {
        (Some(time), Some(zone)) => {
            let kept = guard_months(cell, time);
            zone.replace_all(&kept, " ").into_owned()
        }
        _ => cell.to_owned(),
    };
    // 2026年6月13日
    let without_times = if without_times.contains('年') {
        without_times.replace(['年', '月'], "-").replace('日', " ")
    } else {
        without_times
    };
    let tokens = tokenise(&without_times);
    let day_of_week = tokens.iter().find_map(|token| match token {
        Token::Word(word) => weekday(word),
        Token::Number { .. } | Token::Sign(_) | Token::Gap => None,
    });
    for start in 0..tokens.len() {
        if let Some((shape, end)) = match_at(&tokens, start, day_of_week) {
            return if has_alternative(&tokens, start, end) || has_second_date(&tokens, end) {
                Shape::Problem(Reason::DateSeveral)
            } else {
                shape
            };
        }
    }
    let open = |token: &Token| matches!(token, Token::Word(word) if is_blank_word(word));
    if tokens.iter().any(open) && !tokens.iter().any(|token| matches!(token, Token::Number { .. })) {
        return Shape::Nothing;
    }
    Shape::Problem(why_unreadable(&tokens))
}

/// Takes times out, but not the zone-like word after one when it is a month ("16:30 Jun 24 2023").
fn guard_months(cell: &str, time: &Regex) -> String {
    time.replace_all(cell, |found: &regex::Captures<'_>| {
        let text = found.get(0).map_or("", |whole| whole.as_str());
        let tail = text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
        match month(&fold(tail)).or(weekday(&fold(tail))) {
            Some(_) => format!(" {tail}"),
            None => " ".to_owned(),
        }
    })
    .into_owned()
}

/// Pure figures: Excel serials, 20260613, 13062026, 130626.
fn read_serial(cell: &str) -> Option<Shape> {
    let (whole, fraction) = cell.split_once(['.', ',']).unwrap_or((cell, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || (cell.contains(['.', ',']) && whole.len() < 5) {
        return None;
    }
    let value: i64 = whole.parse().ok()?;
    let part = |range: std::ops::Range<usize>| whole.get(range).and_then(|digits| digits.parse::<i64>().ok());
    match whole.len() {
        8 => {
            let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
            if (1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) {
                return Some(Shape::YearFirst { year, month, day, weekday: None });
            }
            Some(Shape::Figures { first: part(0..2)?, second: part(2..4)?, year: part(4..8)?, weekday: None })
        }
        6 => Some(Shape::Figures {
            first: part(0..2)?,
            second: part(2..4)?,
            year: full_year(part(4..6)?, 2),
            weekday: None,
        }),
        4 if (1900..2200).contains(&value) => Some(Shape::Problem(Reason::DateNoDay)),
        1..=5 => Some(Shape::Serial { days: value }),
        _ => Some(Shape::Problem(Reason::DateUnreadable)),
    }
}

/// Two-digit years: 00 to 69 are 20xx, 70 to 99 are 19xx.
fn full_year(value: i64, digits: usize) -> i64 {
    match (digits, value) {
        (1 | 2, 0..=69) => 2000 + value,
        (1 | 2, _) => 1900 + value,
        _ => value,
    }
}

fn tokenise(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let take = |test: fn(char) -> bool| rest.find(|c: char| !test(c)).unwrap_or(rest.len());
        let length = if first.is_ascii_digit() {
            let length = take(|c| c.is_ascii_digit());
            let value = rest[..length].parse().unwrap_or(i64::MAX);
            tokens.push(Token::Number { value, digits: length });
            length
        } else if first.is_alphabetic() {
            let length = take(char::is_alphabetic);
            tokens.push(Token::Word(fold(&rest[..length])));
            length
        } else if first.is_whitespace() {
            tokens.push(Token::Gap);
            take(char::is_whitespace)
        } else {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// A cursor over tokens that skips what stands between the parts of a written date.
struct Parts<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parts<'_> {
    fn number(&mut self) -> Option<(i64, usize)> {
        match self.tokens.get(self.at) {
            Some(Token::Number { value, digits }) => {
                self.at += 1;
                Some((*value, *digits))
            }
            _ => None,
        }
    }

    fn ordinal(&mut self) {
        if let Some(Token::Word(word)) = self.tokens.get(self.at) {
            if matches!(
                word.as_str(),
                "st" | "nd" | "rd" | "th" | "er" | "re" | "e" | "eme" | "ste" | "de" | "a" | "o"
            ) {
                self.at += 1;
            }
        } else if matches!(self.tokens.get(self.at), Some(Token::Sign('º' | 'ª' | '°' | '.'))) {
            self.at += 1;
        }
    }

    fn filler(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            let skip = match token {
                Token::Gap => true,
                Token::Sign(sign) => matches!(sign, ',' | '.' | '-' | '/' | '\'' | '’' | '_' | '(' | ')'),
                Token::Word(word) => {
                    matches!(
                        word.as_str(),
                        "of" | "de"
                            | "del"
                            | "di"
                            | "the"
                            | "le"
                            | "den"
                            | "der"
                            | "to"
                            | "until"
                            | "bis"
                            | "tot"
                            | "au"
                            | "al"
                    ) || weekday(word).is_some()
                }
                Token::Number { .. } => false,
            };
            if !skip {
                break;
            }
            self.at += 1;
        }
    }

    fn month(&mut self) -> Option<i64> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                let found = month(word)?;
                self.at += 1;
                Some(i64::from(found))
            }
            _ => None,
        }
    }

    /// A separator of figures: one of `/ - .` with gaps around it, or a gap alone.
    fn separator(&mut self) -> Option<char> {
        let start = self.at;
        let mut sign = None;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Gap => {}
                Token::Sign(found)
                    if sign.is_none() && matches!(found, '/' | '-' | '.' | '\\' | ',' | '_' | '|') =>
                {
                    sign = Some(*found)
                }
                _ => break,
            }
            self.at += 1;
        }
        if self.at == start { None } else { Some(sign.unwrap_or(' ')) }
    }

    /// Skips what stands between the ends of a range of figures: "-", ".-", "&", "to".
    fn until(&mut self) -> bool {
        let start = self.at;
        let mut joined = false;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Gap => {}
                Token::Sign('.') if !joined => {}
                Token::Sign('-' | '&' | '+') if !joined => joined = true,
                Token::Word(word)
                    if !joined
                        && matches!(word.as_str(), "to" | "and" | "bis" | "und" | "au" | "al" | "tot") =>
                {
                    joined = true
                }
                _ => break,
            }
            self.at += 1;
        }
        if !joined {
            self.at = start;
        }
        joined
    }

    /// Skips "-14", "/14", "& 14", "to 15" after a day when a month follows: the first day of a range counts.
    fn range_tail(&mut self) {
        let start = self.at;
        self.ordinal();
        let mut joined = false;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Gap => {}
                Token::Sign('-' | '/' | '&' | '+') => joined = true,
                Token::Word(word)
                    if matches!(
                        word.as_str(),
                        "to" | "and" | "bis" | "au" | "al" | "und" | "et" | "y" | "e" | "tot" | "until"
                    ) =>
                {
                    joined = true
                }
                Token::Word(word) if joined && weekday(word).is_some() => {}
                Token::Number { value: 1..=31, digits: 1..=2 } if joined => {
                    self.at += 1;
                    self.ordinal();
                    return;
                }
                _ => break,
            }
            self.at += 1;
        }
        self.at = start;
    }
}

fn match_at(tokens: &[Token], start: usize, weekday: Option<i8>) -> Option<(Shape, usize)> {
    range_at(tokens, start, weekday)
        .or_else(|| figures_at(tokens, start, weekday))
        .or_else(|| day_month_at(tokens, start, weekday))
        .or_else(|| month_day_at(tokens, start, weekday))
}

/// 13/06/2026, 2026-06-13, 13.6.26.
fn figures_at(tokens: &[Token], start: usize, weekday: Option<i8>) -> Option<(Shape, usize)> {
    let mut parts = Parts { tokens, at: start };
    let (first, first_digits) = parts.number()?;
    let mark = parts.separator()?;
    let (second, second_digits) = parts.number()?;
    let again = parts.separator()?;
    let year_mark = matches!(tokens.get(parts.at), Some(Token::Sign('\'')));
    if year_mark {
        parts.at += 1;
    }
    let (third, third_digits) = parts.number()?;
    if second_digits > 2 || (mark == ' ') != (again == ' ') {
        return None;
    }
    // Pure gaps are figures only with a full year ("13 06 2026").
    if mark == ' ' && first_digits != 4 && third_digits != 4 {
        return None;
    }
    let shape = match (first_digits, third_digits) {
        (4, 1 | 2) => Shape::YearFirst { year: first, month: second, day: third, weekday },
        (1 | 2, 4) => Shape::Figures { first, second, year: third, weekday },
        (1 | 2, 2) if first > 31 && (1..=12).contains(&second) => {
            Shape::YearFirst { year: full_year(first, 2), month: second, day: third, weekday }
        }
        (1 | 2, 2) => Shape::Figures { first, second, year: full_year(third, 2), weekday },
        (3, _) | (_, 3) => Shape::Problem(Reason::DateYearRange),
        _ => return None,
    };
    Some((shape, parts.at))
}

/// Ranges of figures that share a month or a year: 13-14/06/2026, 13.-14.06.2026, 13.06.-14.06.2026, 6/13-14/2026.
fn range_at(tokens: &[Token], start: usize, weekday: Option<i8>) -> Option<(Shape, usize)> {
    let mut parts = Parts { tokens, at: start };
    let (first, _) = parts.number().filter(|(value, digits)| *digits <= 2 && *value <= 31)?;
    let mut before = Vec::new();
    while !parts.until() {
        parts.separator()?;
        before.push(parts.number().filter(|(value, digits)| *digits <= 2 && *value <= 31)?.0);
    }
    let mut after = vec![parts.number().filter(|(_, digits)| *digits <= 2)?];
    let mut marks = Vec::new();
    while after.len() < 3
        && let Some(mark) = parts.separator()
    {
        let Some(number) = parts.number() else { break };
        marks.push(mark);
        after.push(number);
    }
    let (year, digits) = after.pop().filter(|(_, digits)| matches!(digits, 2 | 4))?;
    let even = marks.windows(2).all(|two| two.first() == two.last());
    let end = parts.at;
    let year = full_year(year, digits);
    let second = match (before.as_slice(), after.as_slice(), even) {
        // 13-14/06/2026, 13.-14.06.2026
        ([], [_, (second, _)], true) if !marks.contains(&'-') => *second,
        // 13.06.-14.06.2026
        ([second], [_, _], true) if !marks.contains(&'-') => *second,
        // 6/13-14/2026
        ([second], [_], _) if digits == 4 && !marks.contains(&'-') => *second,
        _ => return None,
    };
    Some((Shape::Figures { first, second, year, weekday }, end))
}

/// 13 June 2026, 13th of June '26, 13-Jun-26, 2026 June 13.
fn day_month_at(tokens: &[Token], start: usize, weekday: Option<i8>) -> Option<(Shape, usize)> {
    let mut parts = Parts { tokens, at: start };
    let (first, first_digits) = parts.number()?;
    parts.range_tail();
    parts.ordinal();
    parts.filler();
    let month = parts.month()?;
    parts.filler();
    let Some((last, last_digits)) = parts.number() else {
        return Some((
            Shape::Problem(if first_digits == 4 { Reason::DateNoDay } else { Reason::DateNoYear }),
            parts.at,
        ));
    };
    // "12 Jun - 14 Jun 2026": the figure after the month is the last day, and its year holds for both.
    if let Some(year) = year_after_range(&mut parts, last_digits) {
        return Some((Shape::Day { year, month, day: first, weekday }, parts.at));
    }
    let shape = match (first_digits, last_digits) {
        (4, 1 | 2) => Shape::YearFirst { year: first, month, day: last, weekday },
        (1 | 2, 2 | 4) => Shape::Day { year: full_year(last, last_digits), month, day: first, weekday },
        _ => Shape::Problem(Reason::DateYearRange),
    };
    Some((shape, parts.at))
}

/// The year behind a second "14 Jun 2026" whose day has just been read.
fn year_after_range(parts: &mut Parts<'_>, digits: usize) -> Option<i64> {
    let start = parts.at;
    if digits <= 2 {
        parts.ordinal();
        parts.filler();
        if parts.month().is_some() {
            parts.filler();
            if let Some((year, year_digits @ (2 | 4))) = parts.number() {
                return Some(full_year(year, year_digits));
            }
        }
    }
    parts.at = start;
    None
}

/// June 13, 2026; Jun 13th '26; June 13-15, 2026.
fn month_day_at(tokens: &[Token], start: usize, weekday: Option<i8>) -> Option<(Shape, usize)> {
    let mut parts = Parts { tokens, at: start };
    let month = parts.month()?;
    parts.filler();
    let (day, day_digits) = parts.number()?;
    if day_digits == 4 {
        // "June 2026", unless another figure follows ("June 2026 13" is not written by anybody).
        return Some((Shape::Problem(Reason::DateNoDay), parts.at));
    }
    parts.range_tail();
    parts.ordinal();
    let after_day = parts.at;
    parts.filler();
    // "Jun 12 - Jun 14, 2026".
    if parts.month().is_some() {
        parts.filler();
        let (_, last_digits) = parts.number()?;
        parts.ordinal();
        parts.filler();
        let (year, year_digits) =
            parts.number().filter(|(_, digits)| last_digits <= 2 && matches!(digits, 2 | 4))?;
        return Some((Shape::Day { year: full_year(year, year_digits), month, day, weekday }, parts.at));
    }
    let Some((year, year_digits)) = parts.number() else {
        let apostrophe = matches!(tokens.get(after_day.wrapping_sub(2)), Some(Token::Sign('\'')));
        return Some((
            Shape::Problem(if day > 31 || apostrophe { Reason::DateNoDay } else { Reason::DateNoYear }),
            parts.at,
        ));
    };
    let shape = match year_digits {
        2 | 4 => Shape::Day { year: full_year(year, year_digits), month, day, weekday },
        _ => Shape::Problem(Reason::DateYearRange),
    };
    Some((shape, parts.at))
}

/// "13/06/2026 or 20/06/2026", "13 or 14 June 2026".
fn has_alternative(tokens: &[Token], start: usize, end: usize) -> bool {
    let alternative =
        |token: &Token| matches!(token, Token::Word(word) if is_alternative(word) && word != "of");
    let number = |token: &Token| matches!(token, Token::Number { .. });
    let after = tokens.get(end..).unwrap_or(&[]);
    let before = tokens.get(..start).unwrap_or(&[]);
    (after.iter().any(alternative) && after.iter().any(number))
        || (before.iter().any(alternative) && before.iter().any(number))
}

/// "13 June 2026 / 20 June 2026": a list of dates, unlike a range or "13 & 14 June".
fn has_second_date(tokens: &[Token], end: usize) -> bool {
    let after = tokens.get(end..).unwrap_or(&[]);
    let listed = after.iter().find(|token| **token != Token::Gap);
    // 2026-06-13/2026-06-14 is an interval of ISO 8601.
    let interval = after.first() == Some(&Token::Sign('/'))
        && tokens.get(end.wrapping_sub(2)) == Some(&Token::Sign('-'))
        && matches!(match_at(tokens, end + 1, None), Some((Shape::YearFirst { .. }, _)));
    if interval {
        return false;
    }
    if !matches!(listed, Some(Token::Sign('/' | ';' | ','))) {
        return false;
    }
    let dated = |at: usize| matches!(match_at(tokens, at, None), Some((shape, _)) if !matches!(shape, Shape::Problem(_)));
    (end + 1..tokens.len()).any(dated)
}

fn why_unreadable(tokens: &[Token]) -> Reason {
    let words =
        |test: fn(&str) -> bool| tokens.iter().any(|token| matches!(token, Token::Word(word) if test(word)));
    let has_year =
        tokens.iter().any(|token| matches!(token, Token::Number { value: 1900..=2199, digits: 4 }));
    let has_number = tokens.iter().any(|token| matches!(token, Token::Number { .. }));
    if has_year && (words(is_season) || words(|word| month(word).is_some())) {
        return Reason::DateNoDay;
    }
    let figures = tokens.iter().filter(|token| matches!(token, Token::Number { .. })).count();
    if has_year && figures == 2 && tokens.len() == 3 {
        return Reason::DateNoDay;
    }
    if has_year && figures == 1 {
        return Reason::DateNoDay;
    }
    if figures == 2 && tokens.len() == 3 && has_number {
        return Reason::DateNoYear;
    }
    if words(|word| month(word).is_some()) {
        return Reason::DateNoDay;
    }
    Reason::DateUnreadable
}
