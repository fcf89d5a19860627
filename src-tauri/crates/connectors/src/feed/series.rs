//! What repeats, worked out within a window (RFC 5545, 3.8.5).
//!
//! A rule is expanded on the clocks of its own place, as if these had no summer time: an appointment every Tuesday at two
//! is at two in winter and in summer. Only then does each become a time. The rules themselves are read by the crate
//! `rrule`; what is bounded is how far it may go on our time.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use rrule::RRuleSet;

use super::moment::{Clocks, Moment, day_and_time};
use super::zone::Zones;

/// Steps of one rule, from its first day on: two hundred years of every day.
const MOST_STEPS: usize = 75_000;
/// Appointments of one series within the window: every day of four years.
const MOST_OF_A_SERIES: usize = 1_500;
/// Rules of one series.
const MOST_RULES: usize = 4;

/// A series as its entry says it.
pub(super) struct Series<'a> {
    /// The first, on the clocks of the series.
    pub(super) start: DateTime,
    pub(super) clocks: &'a Clocks,
    pub(super) rules: &'a [String],
    /// Other times at which it is.
    pub(super) also: &'a [Moment],
    /// Times at which it is not.
    pub(super) except: &'a [Moment],
}

/// The days that are looked at, both included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) from: Date,
    pub(super) until: Date,
}

/// What a series comes to.
#[derive(Debug, Default)]
pub(super) struct Worked {
    /// When each begins, in order, on the clocks of the series.
    pub(super) starts: Vec<DateTime>,
    /// How many were before the window.
    pub(super) before: u64,
    /// It goes on behind the window.
    pub(super) goes_on: bool,
    /// It is longer than anything that is brought.
    pub(super) too_long: bool,
    /// A rule could not be read; the first of the series counts all the same.
    pub(super) unread: bool,
}

impl Series<'_> {
    pub(super) fn work_out(&self, zones: &Zones, days: Days) -> Worked {
        let mut worked = Worked::default();
        let mut starts = BTreeSet::from([self.start]);
        for rule in self.rules.iter().take(MOST_RULES) {
            self.expand(rule, zones, days, &mut starts, &mut worked);
        }
        worked.too_long |= self.rules.len() > MOST_RULES;
        starts.extend(self.also.iter().filter_map(|moment| zones.on(moment, self.clocks)));
        // A day says "not on that day", whatever the hour; some programs write it so for series with times.
        let (mut times, mut whole) = (BTreeSet::new(), BTreeSet::new());
        for moment in self.except {
            match moment {
                Moment::Day(day) => {
                    whole.insert(*day);
                }
                Moment::Time(..) => times.extend(zones.on(moment, self.clocks)),
            }
        }
        starts.retain(|at| !times.contains(at) && !whole.contains(&at.date()));
        for at in starts {
            if at.date() < days.from {
                worked.before += 1;
            } else if at.date() > days.until {
                worked.goes_on = true;
            } else if worked.starts.len() < MOST_OF_A_SERIES {
                worked.starts.push(at);
            } else {
                worked.too_long = true;
            }
        }
        worked
    }

    fn expand(
        &self,
        rule: &str,
        zones: &Zones,
        days: Days,
        starts: &mut BTreeSet<DateTime>,
        worked: &mut Worked,
    ) {
        let Some(rule) = self.plain_rule(rule, zones) else {
            worked.unread = true;
            return;
        };
        if rule.is_short() {
            // Every hour or minute is no appointment.
            worked.too_long = true;
            return;
        }
        let start = self.start.strftime("%Y%m%dT%H%M%SZ");
        let Ok(set) = format!("DTSTART:{start}\nRRULE:{}", rule.text).parse::<RRuleSet>() else {
            worked.unread = true;
            return;
        };
        // `limit` ends the search for a day that never comes, such as 30 February.
        let set = set.limit();
        for (step, found) in set.into_iter().enumerate() {
            let Ok(instant) = jiff::Timestamp::from_second(found.timestamp()) else { break };
            let at = jiff::tz::Offset::UTC.to_datetime(instant);
            if at.date() > days.until {
                worked.goes_on = true;
                break;
            }
            if step >= MOST_STEPS {
                worked.too_long = true;
                break;
            }
            if at.date() < days.from {
                worked.before += u64::from(at != self.start);
            } else {
                starts.insert(at);
            }
        }
    }

    /// The rule with its end on the clocks of the series, as the start is handed over.
    fn plain_rule(&self, rule: &str, zones: &Zones) -> Option<Rule> {
        if rule.len() > 2_000 || !rule.is_ascii() || rule.bytes().any(|byte| byte.is_ascii_control()) {
            return None;
        }
        let (mut parts, mut often) = (Vec::new(), String::new());
        for part in rule.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name.to_ascii_uppercase().as_str() {
                "UNTIL" => {
                    let until = match day_and_time(value)? {
                        (day, None) => day.at(23, 59, 59, 0),
                        (day, Some((time, true))) => {
                            zones.on(&Moment::Time(day.to_datetime(time), Clocks::Utc), self.clocks)?
                        }
                        (day, Some((time, false))) => day.to_datetime(time),
                    };
                    parts.push(format!("UNTIL={}", until.strftime("%Y%m%dT%H%M%SZ")));
                }
                "FREQ" => {
                    often = value.to_ascii_uppercase();
                    parts.push(format!("FREQ={often}"));
                }
                // Longer steps than a lifetime are a slip, and would lead out of every calendar.
                "INTERVAL" => {
                    let interval =
                        value.parse::<u16>().ok().filter(|interval| (1..=1_200).contains(interval))?;
                    parts.push(format!("INTERVAL={interval}"));
                }
                name => parts.push(format!("{name}={value}")),
            }
        }
        Some(Rule { text: parts.join(";"), often })
    }
}

struct Rule {
    text: String,
    often: String,
}

impl Rule {
    fn is_short(&self) -> bool {
        matches!(self.often.as_str(), "HOURLY" | "MINUTELY" | "SECONDLY")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;
    use crate::file::Line;

    fn days() -> Days {
        Days { from: date(2025, 5, 14), until: date(2029, 5, 14) }
    }

    fn worked(start: &str, rule: &str, except: &str) -> Worked {
        let moment = |text: &str| Moment::of(&Line::parse(text).expect("a line")).expect("a moment");
        let zones = Zones::new("Europe/London", &BTreeMap::new());
        let start = moment(start);
        let clocks = match &start {
            Moment::Day(_) => Clocks::Floating,
            Moment::Time(_, clocks) => clocks.clone(),
        };
        let except: Vec<Moment> = Moment::all(&Line::parse(except).expect("a line")).collect();
        let series = Series {
            start: zones.on(&start, &clocks).expect("a time"),
            clocks: &clocks,
            rules: &[rule.to_owned()],
            also: &[],
            except: &except,
        };
        series.work_out(&zones, days())
    }

    fn told(worked: &Worked) -> Vec<String> {
        worked.starts.iter().map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).collect()
    }

    #[test]
    fn a_weekly_appointment_keeps_its_hour_over_summer_time() {
        let found = worked(
            "DTSTART;TZID=Europe/London:20260317T140000",
            "FREQ=WEEKLY;COUNT=4",
            "EXDATE:20260324T140000Z",
        );
        assert_eq!(told(&found), ["2026-03-17T14:00", "2026-03-31T14:00", "2026-04-07T14:00"]);
        assert!(!found.goes_on && !found.unread);
    }

    #[test]
    fn the_end_of_a_rule_is_an_instant_and_the_last_one_counts() {
        // Two in the afternoon of 30 June in London is one in universal time.
        let found = worked(
            "DTSTART;TZID=Europe/London:20260616T140000",
            "FREQ=WEEKLY;UNTIL=20260630T130000Z",
            "EXDATE:20260101",
        );
        assert_eq!(told(&found).last().map(String::as_str), Some("2026-06-30T14:00"));
        let by_day =
            worked("DTSTART;VALUE=DATE:20260616", "FREQ=DAILY;UNTIL=20260618", "EXDATE;VALUE=DATE:20260617");
        assert_eq!(told(&by_day), ["2026-06-16T00:00", "2026-06-18T00:00"]);
    }

    #[test]
    fn a_series_without_an_end_stops_at_the_window_and_is_said_to_go_on() {
        let found = worked("DTSTART;VALUE=DATE:20200101", "FREQ=YEARLY", "EXDATE:20260101");
        assert_eq!(told(&found), ["2027-01-01T00:00", "2028-01-01T00:00", "2029-01-01T00:00"]);
        assert_eq!((found.before, found.goes_on), (6, true), "2020 to 2025");
        let last_friday =
            worked("DTSTART:20260130T090000", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "EXDATE:20250101");
        assert_eq!(told(&last_friday), ["2026-01-30T09:00", "2026-02-27T09:00", "2026-03-27T09:00"]);
    }

    #[test]
    fn rules_that_nobody_means_come_to_an_end() {
        for rule in [
            "FREQ=SECONDLY",
            "FREQ=MINUTELY;INTERVAL=1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;INTERVAL=99999",
            "FREQ=YEARLY;INTERVAL=1200;BYSETPOS=366",
            "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4,5",
            "FREQ=SOMETIMES",
            "COUNT=3",
            "FREQ=WEEKLY;UNTIL=never",
            "",
        ] {
            let found = worked("DTSTART:19710101T000000Z", rule, "EXDATE:20250101");
            assert!(found.starts.len() <= MOST_OF_A_SERIES, "{rule}");
            assert!(found.too_long || found.unread || found.starts.is_empty(), "{rule}: {found:?}");
        }
    }
}
