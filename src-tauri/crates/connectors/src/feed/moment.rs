//! When something is: a day, or a time on the clocks of some place (RFC 5545, 3.3.4, 3.3.5).

use jiff::civil::{Date, DateTime, Time};

use crate::file::Line;

/// Whose clocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Clocks {
    /// Coordinated universal time.
    Utc,
    /// Whoever looks at it.
    Floating,
    /// Those that a `TZID` names.
    Named(String),
}

/// A day or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment {
    /// A whole day.
    Day(Date),
    /// A time on some clocks.
    Time(DateTime, Clocks),
}

/// Years that an appointment may be in; everything else is a slip or an attack.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

impl Moment {
    /// The first value of a line.
    pub(super) fn of(line: &Line) -> Option<Moment> {
        Moment::all(line).next()
    }

    /// The values of a line that can be read: `EXDATE` and `RDATE` list several; of a period its start counts.
    pub(super) fn all(line: &Line) -> impl Iterator<Item = Moment> + '_ {
        let zone = line.parameter("TZID").map(|zone| zone.trim().to_owned()).filter(|zone| !zone.is_empty());
        line.value.split(',').filter_map(move |value| {
            let value = value.split('/').next().unwrap_or_default().trim();
            match day_and_time(value)? {
                (day, None) => Some(Moment::Day(day)),
                (day, Some((time, true))) => Some(Moment::Time(day.to_datetime(time), Clocks::Utc)),
                (day, Some((time, false))) => {
                    let clocks = zone.clone().map_or(Clocks::Floating, Clocks::Named);
                    Some(Moment::Time(day.to_datetime(time), clocks))
                }
            }
        })
    }
}

/// `20260620`, `20260620T143000` and `20260620T143000Z`; some programs write them with hyphens and colons.
pub(super) fn day_and_time(value: &str) -> Option<(Date, Option<(Time, bool)>)> {
    if value.len() > 32 || !value.is_ascii() {
        return None;
    }
    let (day, time) = match value.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (value, None),
    };
    let digits: String = day.chars().filter(|letter| *letter != '-').collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    let part = |from: usize, to: usize| number(from, to).and_then(|number| i8::try_from(number).ok());
    let year = number(0, 4).filter(|year| YEARS.contains(year))?;
    let date = Date::new(year, part(4, 6)?, part(6, 8)?).ok()?;
    let Some(time) = time else { return Some((date, None)) };
    let (clock, utc) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, true),
        None => (time, false),
    };
    let clock: String = clock.chars().filter(|letter| *letter != ':').collect();
    if !matches!(clock.len(), 4 | 6) || !clock.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| clock.get(from..to)?.parse::<i8>().ok();
    // A leap second is the last second of its minute here.
    let second = part(4, 6).unwrap_or(0).min(59);
    let time = Time::new(part(0, 2)?, part(2, 4)?, second, 0).ok()?;
    Some((date, Some((time, utc))))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn days_and_times_are_read_as_calendars_write_them() {
        let day = date(2026, 6, 20);
        assert_eq!(day_and_time("20260620"), Some((day, None)));
        assert_eq!(day_and_time("20260620T143000Z"), Some((day, Some((time(14, 30, 0, 0), true)))));
        assert_eq!(day_and_time("2026-06-20T14:30:00"), Some((day, Some((time(14, 30, 0, 0), false)))));
        assert_eq!(day_and_time("20260620T1430"), Some((day, Some((time(14, 30, 0, 0), false)))));
        assert_eq!(day_and_time("20260620T235960Z"), Some((day, Some((time(23, 59, 59, 0), true)))));
        for text in ["", "20260231", "20260620T", "20260620T996000", "99991231", "2026062", "tomorrow"] {
            assert_eq!(day_and_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_moments_keeps_what_can_be_read() {
        let line = Line::parse("EXDATE;TZID=Europe/London:20260620T140000,nonsense,20260627T140000")
            .expect("a line");
        let found: Vec<Moment> = Moment::all(&line).collect();
        let london = || Clocks::Named("Europe/London".into());
        let at = |day| Moment::Time(date(2026, 6, day).at(14, 0, 0, 0), london());
        assert_eq!(found, [at(20), at(27)]);
        let line = Line::parse("RDATE;VALUE=PERIOD:20260620T140000Z/PT1H").expect("a line");
        assert_eq!(
            Moment::of(&line),
            Some(Moment::Time(date(2026, 6, 20).at(14, 0, 0, 0), Clocks::Utc)),
            "of a period its start"
        );
    }
}
