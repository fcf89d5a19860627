//! Days that a page tells from today: "tomorrow", "in 3 weeks", "vor 2 Tagen".

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::definition::DateWords;

/// Words of one language.
struct Words {
    /// Words for days beside today, and how far they are.
    near: &'static [(&'static str, i64)],
    /// Beginnings of words for units, and the unit.
    units: &'static [(&'static str, Unit)],
    /// What stands before or after what is to come.
    ahead: &'static [&'static str],
    /// The same of what is over.
    ago: &'static [&'static str],
    /// Words for one.
    one: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

const EN: Words = Words {
    near: &[("today", 0), ("tomorrow", 1), ("yesterday", -1)],
    units: &[("day", Unit::Day), ("week", Unit::Week), ("month", Unit::Month), ("year", Unit::Year)],
    ahead: &["in", "from"],
    ago: &["ago"],
    one: &["a", "an", "one"],
};
const DE: Words = Words {
    near: &[("heute", 0), ("morgen", 1), ("gestern", -1), ("übermorgen", 2), ("vorgestern", -2)],
    units: &[("tag", Unit::Day), ("woche", Unit::Week), ("monat", Unit::Month), ("jahr", Unit::Year)],
    ahead: &["in"],
    ago: &["vor"],
    one: &["ein", "eine", "einem", "einer"],
};
const FR: Words = Words {
    near: &[("aujourd'hui", 0), ("demain", 1), ("hier", -1), ("après-demain", 2), ("avant-hier", -2)],
    units: &[("jour", Unit::Day), ("semaine", Unit::Week), ("mois", Unit::Month), ("an", Unit::Year)],
    ahead: &["dans"],
    ago: &["il y a"],
    one: &["un", "une"],
};

/// The day in ISO 8601; the text as it is where it does not tell a day from today.
pub(super) fn absolute(text: &str, words: DateWords, today: Date) -> String {
    let words = match words {
        DateWords::En => &EN,
        DateWords::De => &DE,
        DateWords::Fr => &FR,
    };
    day(text, words, today).map_or_else(|| text.to_owned(), |day| day.to_string())
}

fn day(text: &str, words: &Words, today: Date) -> Option<Date> {
    let plain = text.trim().to_lowercase().replace('’', "'");
    if let Some((_, days)) = words.near.iter().find(|(word, _)| *word == plain) {
        return today.checked_add(days.days()).ok();
    }
    let said = |list: &[&str]| list.iter().any(|word| format!(" {plain} ").contains(&format!(" {word} ")));
    let sign = match (said(words.ago), said(words.ahead)) {
        (true, false) => -1,
        (false, true) => 1,
        // "3 days": over or to come, nobody says.
        (true, true) | (false, false) => return None,
    };
    let parts: Vec<&str> = plain.split_whitespace().collect();
    let at = parts.iter().position(|part| words.units.iter().any(|(unit, _)| part.starts_with(unit)))?;
    let unit =
        words.units.iter().find(|(unit, _)| parts.get(at).is_some_and(|part| part.starts_with(unit)))?.1;
    let number = parts.get(at.checked_sub(1)?)?;
    let count: i64 = if words.one.contains(number) { 1 } else { number.parse().ok()? };
    if !(0..=36_500).contains(&count) {
        return None;
    }
    let count = sign * count;
    // A count that no calendar has is no day, and must not end the program.
    let span = match unit {
        Unit::Day => Span::new().try_days(count),
        Unit::Week => Span::new().try_weeks(count),
        Unit::Month => Span::new().try_months(count),
        Unit::Year => Span::new().try_years(count),
    };
    let span = span.ok()?;
    today.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_told_from_today_is_a_day_and_everything_else_stays() {
        let today = date(2026, 5, 14);
        for (words, text, expected) in [
            (DateWords::En, "Tomorrow", "2026-05-15"),
            (DateWords::En, "in 3 weeks", "2026-06-04"),
            (DateWords::En, "a month ago", "2026-04-14"),
            (DateWords::En, "2 days from now", "2026-05-16"),
            (DateWords::De, "vor 2 Tagen", "2026-05-12"),
            (DateWords::De, "in einem Jahr", "2027-05-14"),
            (DateWords::De, "übermorgen", "2026-05-16"),
            (DateWords::Fr, "il y a 10 jours", "2026-05-04"),
            (DateWords::Fr, "dans 2 mois", "2026-07-14"),
            (DateWords::Fr, "aujourd’hui", "2026-05-14"),
            // Not told from today, or by nobody who can be understood.
            (DateWords::En, "3 days", "3 days"),
            (DateWords::En, "14 June 2027", "14 June 2027"),
            (DateWords::En, "in 99999999 years", "in 99999999 years"),
            (DateWords::En, "in 30000 years", "in 30000 years"),
            (DateWords::En, "in 9000 years", "in 9000 years"),
            (DateWords::En, "", ""),
        ] {
            assert_eq!(absolute(text, words, today), expected, "{text}");
        }
    }
}
