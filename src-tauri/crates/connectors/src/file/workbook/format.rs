//! What a number in a workbook means: dates by the number's format, everything else as the shortest decimal.
//!
//! Pure. Day numbers as Excel counts them: 1900 with its day that never was (29 February 1900), or 1904.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

/// What a format shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::file) enum Shows {
    Number,
    Date,
    DateTime,
    Time,
    /// Hours beyond 24.
    Duration,
}

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::file) enum Epoch {
    Y1900,
    Y1904,
}

/// Built-in formats (ECMA-376 part 1, 18.8.30), with those of East Asian editions, which are dates too.
pub(in crate::file) fn built_in(id: u32) -> Shows {
    match id {
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shows::Date,
        18..=21 | 32..=35 | 45 | 47 | 55 | 56 => Shows::Time,
        22 => Shows::DateTime,
        46 => Shows::Duration,
        _ => Shows::Number,
    }
}

/// A format by its code, such as `dd/mm/yyyy` or `[$-409]d mmm yyyy h:mm AM/PM;@`.
pub(in crate::file) fn by_code(code: &str) -> Shows {
    let section = code.split(';').next().unwrap_or_default();
    let mut letters = String::new();
    let mut elapsed = false;
    let mut chars = section.chars().peekable();
    while let Some(letter) = chars.next() {
        match letter {
            '"' => {
                for inner in chars.by_ref() {
                    if inner == '"' {
                        break;
                    }
                }
            }
            '\\' | '_' | '*' => drop(chars.next()),
            '[' => {
                let inner: String = chars.by_ref().take_while(|inner| *inner != ']').collect();
                let inner = inner.to_ascii_lowercase();
                elapsed |= !inner.is_empty()
                    && ["h", "m", "s"].iter().any(|unit| inner.chars().all(|held| unit.contains(held)));
            }
            other => letters.push(other.to_ascii_lowercase()),
        }
    }
    if letters.contains("general") {
        return Shows::Number;
    }
    let letters = letters.replace("am/pm", "").replace("a/p", "");
    let has = |any: &[char]| letters.contains(any);
    let (days, hours) = (has(&['y', 'd']), has(&['h', 's']));
    match () {
        () if elapsed => Shows::Duration,
        () if days && hours => Shows::DateTime,
        () if days => Shows::Date,
        () if hours => Shows::Time,
        // Months alone, "mmmm"; beside digits it is nothing that Excel would make.
        () if has(&['m']) && !has(&['0', '#', '?']) => Shows::Date,
        () => Shows::Number,
    }
}

/// The text of a number. None where a date format stands on a number that is no day.
pub(in crate::file) fn text(number: f64, shows: Shows, epoch: Epoch) -> Option<String> {
    match shows {
        Shows::Number => Some(plain(number)),
        Shows::Date | Shows::DateTime | Shows::Time | Shows::Duration => dated(number, shows, epoch),
    }
}

/// The shortest decimal that reads back as the same number, without exponent.
pub(in crate::file) fn plain(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { format!("{number}") }
}

fn dated(number: f64, shows: Shows, epoch: Epoch) -> Option<String> {
    if !number.is_finite() || !(0.0..3_000_000.0).contains(&number) {
        return None;
    }
    // Seconds, because a fraction of a day is never exact.
    let seconds = (number * 86_400.0).round() as i64;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = |hours: i64| format!("{hours:02}:{:02}:{:02}", rest % 3600 / 60, rest % 60);
    if shows == Shows::Duration {
        return Some(clock(days * 24 + rest / 3600));
    }
    if shows == Shows::Time && days == 0 {
        return Some(clock(rest / 3600));
    }
    let day = day(days, epoch)?;
    if shows == Shows::Date && rest == 0 {
        return Some(day.to_string());
    }
    Some(format!("{day}T{}", clock(rest / 3600)))
}

fn day(number: i64, epoch: Epoch) -> Option<Date> {
    let span = |days: i64| Span::new().try_days(days).ok();
    let made = match (epoch, number) {
        (Epoch::Y1904, number) => date(1904, 1, 1).checked_add(span(number)?),
        // Day 0 and day 60 exist in Excel only.
        (Epoch::Y1900, 0 | 60) => return None,
        (Epoch::Y1900, 1..=59) => date(1899, 12, 31).checked_add(span(number)?),
        (Epoch::Y1900, number) => date(1899, 12, 31).checked_add((number - 1).days()),
    };
    made.ok().filter(|day| day.year() <= 9999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f47_day_numbers_are_days() {
        for (number, shows, epoch, expected) in [
            (46_193.0, Shows::Date, Epoch::Y1900, Some("2026-06-20")),
            (44_731.0, Shows::Date, Epoch::Y1904, Some("2026-06-20")),
            (1.0, Shows::Date, Epoch::Y1900, Some("1900-01-01")),
            (59.0, Shows::Date, Epoch::Y1900, Some("1900-02-28")),
            (60.0, Shows::Date, Epoch::Y1900, None),
            (61.0, Shows::Date, Epoch::Y1900, Some("1900-03-01")),
            (46_193.604_166_666_7, Shows::DateTime, Epoch::Y1900, Some("2026-06-20T14:30:00")),
            (0.604_166_666_7, Shows::Time, Epoch::Y1900, Some("14:30:00")),
            (1.5, Shows::Duration, Epoch::Y1900, Some("36:00:00")),
            (-3.0, Shows::Date, Epoch::Y1900, None),
            (1e12, Shows::Date, Epoch::Y1900, None),
        ] {
            assert_eq!(text(number, shows, epoch).as_deref(), expected, "{number} {shows:?}");
        }
    }

    #[test]
    fn numbers_are_short_and_without_exponent() {
        for (number, expected) in [
            (7_700_900_123.0, "7700900123"),
            (1e21, "1000000000000000000000"),
            (0.1, "0.1"),
            (1.5e-7, "0.00000015"),
            (-0.0, "0"),
            (4500.0, "4500"),
        ] {
            assert_eq!(plain(number), expected);
        }
    }

    #[test]
    fn formats_are_told_apart() {
        for (code, shows) in [
            ("dd/mm/yyyy", Shows::Date),
            ("[$-409]d\\ mmm\\ yyyy;@", Shows::Date),
            ("m/d/yy h:mm AM/PM", Shows::DateTime),
            ("[h]:mm:ss", Shows::Duration),
            ("h:mm", Shows::Time),
            ("mmmm", Shows::Date),
            ("General", Shows::Number),
            ("\"days\" 0", Shows::Number),
            ("#,##0.00 [$€-407]", Shows::Number),
            ("[Red]0.00", Shows::Number),
            ("0.00E+00", Shows::Number),
            ("_-* #,##0.00_-;-* #,##0.00_-", Shows::Number),
        ] {
            assert_eq!(by_code(code), shows, "{code}");
        }
    }
}
