//! Clocks of places: by their IANA name, by the names that Windows gives them, or as the calendar itself describes them
//! (RFC 5545, 3.6.5).
//!
//! An appointment is shown on the clocks of its own place where that has an IANA name, else on those of the studio: nobody
//! is helped by a time in a zone that nothing can name.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::book::RawObservance;
use super::moment::{Clocks, Moment};
use crate::file::Line;

/// The name that Windows gives a zone beside the IANA name of its main place (CLDR, `windowsZones`, territory 001 and the
/// countries that most suppliers are in).
const WINDOWS: &[(&str, &str)] = &[
    ("GMT Standard Time", "Europe/London"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("India Standard Time", "Asia/Calcutta"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("Eastern Standard Time", "America/New_York"),
    ("US Eastern Standard Time", "America/Indianapolis"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Alaskan Standard Time", "America/Anchorage"),
    ("Hawaiian Standard Time", "Pacific/Honolulu"),
    ("Atlantic Standard Time", "America/Halifax"),
    ("Newfoundland Standard Time", "America/St_Johns"),
    ("Canada Central Standard Time", "America/Regina"),
    ("Central Standard Time (Mexico)", "America/Mexico_City"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("E. Australia Standard Time", "Australia/Brisbane"),
    ("Cen. Australia Standard Time", "Australia/Adelaide"),
    ("AUS Central Standard Time", "Australia/Darwin"),
    ("W. Australia Standard Time", "Australia/Perth"),
    ("Tasmania Standard Time", "Australia/Hobart"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
];

/// The zone of an IANA name, which may stand behind a prefix (`/freeassociation.sourceforge.net/Europe/London`), or of a
/// name that Windows uses.
pub(super) fn known(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"');
    if name.is_empty() || name.len() > 200 {
        return None;
    }
    let windows = WINDOWS.iter().find(|(windows, _)| windows.eq_ignore_ascii_case(name));
    if let Some((_, place)) = windows {
        return TimeZone::get(place).ok();
    }
    let mut rest = name.trim_start_matches('/');
    loop {
        // A bare word is a city of nowhere, but for the few zones that are called so.
        if (rest.contains('/') || rest == name)
            && let Ok(zone) = TimeZone::get(rest)
            && zone.iana_name().is_some()
        {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
}

/// One rule of a zone that a calendar describes: from when on clocks stand how far from universal time.
#[derive(Debug)]
struct Observance {
    start: DateTime,
    offset: Offset,
    yearly: Option<Yearly>,
    /// Other days on which it begins.
    dates: Vec<DateTime>,
}

/// The n-th weekday of a month, counted from its end where negative.
#[derive(Debug, Clone, Copy)]
struct Yearly {
    month: i8,
    nth: i8,
    weekday: Weekday,
    until: Option<Date>,
}

impl Yearly {
    fn read(rule: &str) -> Option<Yearly> {
        let part = |name: &str| {
            rule.split(';').find_map(|part| {
                let (found, value) = part.split_once('=')?;
                found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        if !part("FREQ")?.eq_ignore_ascii_case("YEARLY") {
            return None;
        }
        let month = part("BYMONTH")?.parse().ok().filter(|month| (1..=12).contains(month))?;
        let day = part("BYDAY")?;
        let (nth, weekday) = day.split_at_checked(day.len().checked_sub(2)?)?;
        let nth = nth.parse().ok().filter(|nth: &i8| (1..=5).contains(&nth.abs()))?;
        let until = part("UNTIL").and_then(super::moment::day_and_time).map(|(day, _)| day);
        Some(Yearly { month, nth, weekday: weekday_of(weekday)?, until })
    }

    fn in_year(self, year: i16) -> Option<Date> {
        let first = Date::new(year, self.month, 1).ok()?;
        let day = first.nth_weekday_of_month(self.nth, self.weekday).ok()?;
        self.until.is_none_or(|until| day <= until).then_some(day)
    }
}

fn weekday_of(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

impl Observance {
    fn read(lines: &[Line]) -> Option<Observance> {
        let first = |name: &str| lines.iter().find(|line| line.name == name);
        let Moment::Time(start, _) = Moment::of(first("DTSTART")?)? else { return None };
        let offset = offset_of(&first("TZOFFSETTO")?.value)?;
        let yearly = first("RRULE").and_then(|line| Yearly::read(&line.value));
        let dates = lines.iter().filter(|line| line.name == "RDATE").flat_map(Moment::all).filter_map(
            |one| match one {
                Moment::Time(at, _) => Some(at),
                Moment::Day(_) => None,
            },
        );
        Some(Observance { start, offset, yearly, dates: dates.take(500).collect() })
    }

    /// When it began last, at a time on the clocks of the place.
    fn began(&self, at: DateTime) -> Option<DateTime> {
        let yearly = |yearly: &Yearly| {
            let day = |year: i16| yearly.in_year(year).map(|day| day.to_datetime(self.start.time()));
            day(at.year()).filter(|day| *day <= at).or_else(|| day(at.year().checked_sub(1)?))
        };
        let named = self.dates.iter().copied().chain([self.start]);
        let of_rule = self.yearly.as_ref().and_then(yearly).filter(|day| *day >= self.start);
        named.chain(of_rule).filter(|day| *day <= at).max()
    }
}

/// `+0100`, `-0530`, `+010000`.
fn offset_of(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => (1, text),
    };
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i32>().ok();
    Offset::from_seconds(sign * (part(0, 2)? * 3_600 + part(2, 4)? * 60 + part(4, 6).unwrap_or(0))).ok()
}

/// The clocks of one place.
#[derive(Debug)]
enum Place {
    Known(TimeZone),
    Described(Vec<Observance>),
    Fixed(Offset),
}

/// All clocks that a calendar names, and the studio's own.
#[derive(Debug)]
pub(super) struct Zones {
    studio: TimeZone,
    studio_name: String,
    places: BTreeMap<Clocks, Place>,
}

impl Zones {
    /// Reads the zones of a calendar. `studio`: the IANA name of the supplier's own.
    pub(super) fn new(studio: &str, described: &BTreeMap<String, Vec<RawObservance>>) -> Zones {
        let own = known(studio).unwrap_or(TimeZone::UTC);
        let studio_name = own.iana_name().unwrap_or("UTC").to_owned();
        let mut places = BTreeMap::from([(Clocks::Utc, Place::Fixed(Offset::UTC))]);
        places.insert(Clocks::Floating, Place::Known(own.clone()));
        for (name, observances) in described {
            // Whoever writes "Europe/London" means what everybody means by it, whatever the description says.
            let place = match known(name) {
                Some(zone) => Place::Known(zone),
                None => {
                    Place::Described(observances.iter().filter_map(|one| Observance::read(one)).collect())
                }
            };
            places.insert(Clocks::Named(name.clone()), place);
        }
        Zones { studio: own, studio_name, places }
    }

    /// The clocks that these are; of a place that nobody knows or describes, the studio's.
    fn place(&self, clocks: &Clocks) -> std::borrow::Cow<'_, TimeZone> {
        use std::borrow::Cow;
        match self.places.get(clocks) {
            Some(Place::Known(zone)) => Cow::Borrowed(zone),
            Some(Place::Fixed(offset)) => Cow::Owned(offset.to_time_zone()),
            Some(Place::Described(_)) => Cow::Borrowed(&self.studio),
            None => match clocks {
                Clocks::Named(name) => known(name).map_or(Cow::Borrowed(&self.studio), Cow::Owned),
                Clocks::Utc | Clocks::Floating => Cow::Borrowed(&self.studio),
            },
        }
    }

    /// Universal time of a time on some clocks. A time that clocks pass over when they are put forward is read by the
    /// offset before that (RFC 5545, 3.3.5).
    fn utc(&self, at: DateTime, clocks: &Clocks) -> Option<DateTime> {
        if let Some(Place::Described(observances)) = self.places.get(clocks)
            && !observances.is_empty()
        {
            let by = |observance: &Observance| observance.began(at).map(|began| (began, observance.offset));
            let first = || observances.iter().map(|one| (one.start, one.offset)).min_by_key(|one| one.0);
            let (_, offset) = observances.iter().filter_map(by).max_by_key(|one| one.0).or_else(first)?;
            return offset.to_timestamp(at).ok().map(|instant| Offset::UTC.to_datetime(instant));
        }
        let zoned = at.to_zoned(self.place(clocks).into_owned()).ok()?;
        Some(Offset::UTC.to_datetime(zoned.timestamp()))
    }

    /// A moment on other clocks; a day is the same day everywhere.
    pub(super) fn on(&self, moment: &Moment, clocks: &Clocks) -> Option<DateTime> {
        match moment {
            Moment::Day(day) => Some(day.to_datetime(jiff::civil::Time::midnight())),
            Moment::Time(at, own) if own == clocks => Some(*at),
            Moment::Time(at, own) => {
                let instant = Offset::UTC.to_timestamp(self.utc(*at, own)?).ok()?;
                match self.places.get(clocks) {
                    Some(Place::Described(observances)) if !observances.is_empty() => {
                        // By the offset that gives back the same instant.
                        observances.iter().map(|one| one.offset.to_datetime(instant)).find(|at| {
                            self.utc(*at, clocks).is_some_and(|utc| {
                                Offset::UTC.to_timestamp(utc).is_ok_and(|found| found == instant)
                            })
                        })
                    }
                    _ => Some(self.place(clocks).to_datetime(instant)),
                }
            }
        }
    }

    /// As it is shown: a time that clocks really have, and the name of the zone.
    pub(super) fn shown(&self, at: DateTime, clocks: &Clocks) -> Option<(DateTime, String)> {
        let zone = self.place(clocks);
        let own = match (self.places.get(clocks), clocks) {
            (Some(Place::Fixed(_) | Place::Described(_)), _) => None,
            (_, Clocks::Floating | Clocks::Named(_)) => zone.iana_name(),
            (_, Clocks::Utc) => None,
        };
        match own {
            Some(name) => {
                let zoned = at.to_zoned(zone.as_ref().clone()).ok()?;
                Some((zoned.datetime(), name.to_owned()))
            }
            None => {
                let instant = Offset::UTC.to_timestamp(self.utc(at, clocks)?).ok()?;
                Some((self.studio.to_datetime(instant), self.studio_name.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zones(described: &[(&str, &[&[&str]])]) -> Zones {
        let described = described
            .iter()
            .map(|(name, observances)| {
                let lines =
                    |text: &&[&str]| text.iter().map(|line| Line::parse(line).expect("a line")).collect();
                ((*name).to_owned(), observances.iter().map(lines).collect())
            })
            .collect();
        Zones::new("Europe/London", &described)
    }

    const OWN: &[&[&str]] = &[
        &["DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETTO:+0100"],
        &["DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZOFFSETTO:+0200"],
    ];

    fn named(name: &str) -> Clocks {
        Clocks::Named(name.to_owned())
    }

    #[test]
    fn names_of_zones_are_known_in_all_their_dresses() {
        for (name, place) in [
            ("Europe/London", "Europe/London"),
            ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
            ("/citadel.org/20190914_1/America/New_York", "America/New_York"),
            ("GMT Standard Time", "Europe/London"),
            ("pacific standard time", "America/Los_Angeles"),
        ] {
            let zone = known(name).unwrap_or_else(|| panic!("{name} is known"));
            assert_eq!(zone.iana_name(), Some(place), "{name}");
        }
        for name in ["", "Customized Time Zone", "/London", "Mars/Olympus", "../../etc/passwd"] {
            assert!(known(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_described_zone_is_told_on_the_clocks_of_the_studio() {
        let zones = zones(&[("Ours", OWN)]);
        let shown = |at: DateTime| zones.shown(at, &named("Ours")).expect("a time");
        let london = "Europe/London".to_owned();
        assert_eq!(
            shown(date(2026, 6, 20).at(15, 0, 0, 0)),
            (date(2026, 6, 20).at(14, 0, 0, 0), london.clone())
        );
        assert_eq!(
            shown(date(2026, 1, 20).at(15, 0, 0, 0)),
            (date(2026, 1, 20).at(14, 0, 0, 0), london.clone())
        );
        // Both put their clocks forward in the same night.
        assert_eq!(shown(date(2026, 3, 29).at(3, 30, 0, 0)), (date(2026, 3, 29).at(2, 30, 0, 0), london));
        let back = Moment::Time(date(2026, 6, 20).at(13, 0, 0, 0), Clocks::Utc);
        assert_eq!(zones.on(&back, &named("Ours")), Some(date(2026, 6, 20).at(15, 0, 0, 0)));
    }

    #[test]
    fn universal_time_becomes_the_studios_and_a_place_keeps_its_own() {
        let zones = zones(&[]);
        let noon = date(2026, 6, 20).at(12, 0, 0, 0);
        assert_eq!(zones.shown(noon, &Clocks::Utc).expect("a time").0, date(2026, 6, 20).at(13, 0, 0, 0));
        assert_eq!(
            zones.shown(noon, &named("America/New_York")),
            Some((noon, "America/New_York".to_owned())),
            "a wedding in New York is told in New York's time"
        );
        assert_eq!(zones.shown(noon, &named("Nobody's")), Some((noon, "Europe/London".to_owned())));
        let passed_over = date(2026, 3, 29).at(1, 30, 0, 0);
        let (shown, _) = zones.shown(passed_over, &named("Europe/London")).expect("a time");
        assert_eq!(shown, date(2026, 3, 29).at(2, 30, 0, 0), "clocks have no half past one that night");
    }
}
