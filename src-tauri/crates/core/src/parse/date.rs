//! Civil dates out of cells, with the order of day and month decided once per column.
//!
//! 5/3/2026 means two days, and only the column can say which: rows that can be read one way only decide, otherwise a
//! person is asked (F47, SYNC-LAW 26). A wedding date is a day as written: the civil part of an ISO time stamp is kept and
//! never shifted by its zone. Deliberately absent: clocks, zones and relative words such as "next Saturday".

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::clean::{MAX_CELL, is_blank_word, plain, unwrap_spreadsheet};
use super::date_shape::{Shape, read_shape};
use super::problem::{ParseProblem, Reading, Reason};

/// How the figures of a column are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
    /// Days since 1900 as Excel counts them, including its 29 February 1900.
    Excel1900,
    /// Days since 1 January 1904, as older Mac spreadsheets count.
    Excel1904,
}

impl DateOrder {
    /// The name used by `hub try --order` and in mappings.
    pub fn as_str(self) -> &'static str {
        match self {
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
            DateOrder::Ymd => "ymd",
            DateOrder::Excel1900 => "excel1900",
            DateOrder::Excel1904 => "excel1904",
        }
    }

    /// The order with this name.
    pub fn parse(name: &str) -> Option<DateOrder> {
        Some(match name {
            "dmy" => DateOrder::Dmy,
            "mdy" => DateOrder::Mdy,
            "ymd" => DateOrder::Ymd,
            "excel1900" => DateOrder::Excel1900,
            "excel1904" => DateOrder::Excel1904,
            _ => return None,
        })
    }
}

/// What a column says about its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderDecision {
    /// Every row that can be read one way only is read this way; `evidence` counts them.
    Decided {
        /// The order of the column.
        order: DateOrder,
        /// Rows that can be read in this order only.
        evidence: usize,
    },
    /// No row decides: ask.
    Ambiguous {
        /// Rows that could be read two ways.
        rows: usize,
    },
    /// Rows contradict each other: ask, and show these (indexes into the column).
    Mixed {
        /// Rows that can only be day first.
        day_first: Vec<usize>,
        /// Rows that can only be month first.
        month_first: Vec<usize>,
    },
    /// No row needs an order: written months, ISO dates, or no dates at all.
    NotNeeded,
}

impl OrderDecision {
    /// The order to read the column in, if the column knows.
    pub fn order(&self) -> Option<DateOrder> {
        match self {
            OrderDecision::Decided { order, .. } => Some(*order),
            OrderDecision::Ambiguous { .. } | OrderDecision::Mixed { .. } | OrderDecision::NotNeeded => None,
        }
    }
}

/// A date, and the order that was used to read it (`None` where the cell needs none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateReading {
    /// The day.
    pub date: Date,
    /// How its figures were read.
    pub order: Option<DateOrder>,
}

/// Decides the order of a column from the rows that can be read one way only.
pub fn decide_order<'a>(cells: impl IntoIterator<Item = &'a str>) -> OrderDecision {
    let (mut day_first, mut month_first, mut open) = (Vec::new(), Vec::new(), 0_usize);
    let (mut year_first, mut serials, mut other) = (0_usize, 0_usize, 0_usize);
    for (row, cell) in cells.into_iter().enumerate() {
        if cell.len() > MAX_CELL {
            continue;
        }
        let cleaned = plain(cell);
        match read_shape(unwrap_spreadsheet(&cleaned)) {
            Shape::Figures { first, second, year, weekday } => {
                match figure_orders(first, second, year, weekday) {
                    FigureOrders::DayFirst => day_first.push(row),
                    FigureOrders::MonthFirst => month_first.push(row),
                    FigureOrders::Either => open += 1,
                    FigureOrders::Same | FigureOrders::Neither => other += 1,
                }
            }
            Shape::YearFirst { .. } => year_first += 1,
            Shape::Serial { .. } => serials += 1,
            Shape::Day { .. } | Shape::Problem(_) => other += 1,
            Shape::Nothing => {}
        }
    }
    match (day_first.is_empty(), month_first.is_empty()) {
        (false, false) => OrderDecision::Mixed { day_first, month_first },
        (false, true) => OrderDecision::Decided { order: DateOrder::Dmy, evidence: day_first.len() },
        (true, false) => OrderDecision::Decided { order: DateOrder::Mdy, evidence: month_first.len() },
        (true, true) if open > 0 => OrderDecision::Ambiguous { rows: open },
        (true, true) if serials > 0 && serials >= year_first + other => {
            OrderDecision::Decided { order: DateOrder::Excel1900, evidence: serials }
        }
        (true, true) if year_first > 0 => {
            OrderDecision::Decided { order: DateOrder::Ymd, evidence: year_first }
        }
        (true, true) => OrderDecision::NotNeeded,
    }
}

/// Reads one cell. `order` is the column's; without it a cell that could be read two ways is [`Reason::Ambiguous`].
///
/// # Errors
/// A [`ParseProblem`]; for a day that does not exist its `fixes` hold the likely days as `YYYY-MM-DD`.
pub fn parse_date(text: &str, order: Option<DateOrder>) -> Reading<DateReading> {
    if text.len() > MAX_CELL {
        return Err(Reason::DateUnreadable.into());
    }
    // The notation of every API, without ado.
    if text.len() == 10
        && text.as_bytes().get(4) == Some(&b'-')
        && let Ok(date) = text.parse::<Date>()
        && (1900..=2199).contains(&date.year())
    {
        return Ok(Some(DateReading { date, order: Some(DateOrder::Ymd) }));
    }
    let cleaned = plain(text);
    let cell = unwrap_spreadsheet(&cleaned);
    if is_blank_word(cell) {
        return Ok(None);
    }
    match read_shape(cell) {
        Shape::Nothing => Ok(None),
        Shape::Problem(reason) => Err(reason.into()),
        Shape::Day { year, month, day, weekday } => civil(year, month, day, weekday, None).map(Some),
        Shape::YearFirst { year, month, day, weekday } => {
            civil(year, month, day, weekday, Some(DateOrder::Ymd)).map(Some)
        }
        Shape::Serial { days } => {
            let epoch =
                if order == Some(DateOrder::Excel1904) { DateOrder::Excel1904 } else { DateOrder::Excel1900 };
            match excel_date(days, epoch) {
                Some(date) => Ok(Some(DateReading { date, order: Some(epoch) })),
                None => Err(Reason::DateUnreadable.into()),
            }
        }
        Shape::Figures { first, second, year, weekday } => {
            figures(first, second, year, weekday, order).map(Some)
        }
    }
}

/// Reads a date out of JSON: text, an Excel serial, or MongoDB's `{"$date": ...}` (F51).
///
/// # Errors
/// As [`parse_date`]; [`Reason::WrongShape`] for other objects and lists.
pub fn parse_date_json(json: &Json, order: Option<DateOrder>) -> Reading<DateReading> {
    match json {
        Json::Null => Ok(None),
        Json::String(text) => parse_date(text, order),
        Json::Number(number) => parse_date(&number.to_string(), order),
        Json::Object(object) => match object.get("$date") {
            Some(Json::Object(inner)) => {
                match inner.get("$numberLong").and_then(Json::as_str).map(str::parse) {
                    Some(Ok(millis)) => from_millis(millis),
                    _ => Err(Reason::WrongShape.into()),
                }
            }
            Some(Json::Number(number)) => match number.as_i64() {
                Some(millis) => from_millis(millis),
                None => Err(Reason::WrongShape.into()),
            },
            Some(inner) => parse_date_json(inner, order),
            None => Err(Reason::WrongShape.into()),
        },
        Json::Bool(_) | Json::Array(_) => Err(Reason::WrongShape.into()),
    }
}

/// The civil day of an instant as MongoDB exports write it: in UTC, which is how such stores keep a day.
fn from_millis(millis: i64) -> Reading<DateReading> {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(at) => Ok(Some(DateReading { date: at.to_zoned(jiff::tz::TimeZone::UTC).date(), order: None })),
        Err(_) => Err(Reason::DateYearRange.into()),
    }
}

/// The day of an Excel serial number; `None` outside 1900 to 2199, for the 29 February 1900 that Excel made up, and for
/// orders that are no Excel epoch.
pub fn excel_date(serial: i64, epoch: DateOrder) -> Option<Date> {
    let (base, days) = match epoch {
        DateOrder::Excel1900 if serial == 60 => return None,
        DateOrder::Excel1900 if serial > 60 => (jiff::civil::date(1899, 12, 30), serial),
        DateOrder::Excel1900 => (jiff::civil::date(1899, 12, 31), serial),
        DateOrder::Excel1904 => (jiff::civil::date(1904, 1, 1), serial),
        DateOrder::Dmy | DateOrder::Mdy | DateOrder::Ymd => return None,
    };
    if !(0..=109_573).contains(&days) {
        return None;
    }
    base.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The Excel serial of a day, the inverse of [`excel_date`].
pub fn excel_serial(date: Date, epoch: DateOrder) -> Option<i64> {
    let base = match epoch {
        DateOrder::Excel1900 if date < jiff::civil::date(1900, 3, 1) => jiff::civil::date(1899, 12, 31),
        DateOrder::Excel1900 => jiff::civil::date(1899, 12, 30),
        DateOrder::Excel1904 => jiff::civil::date(1904, 1, 1),
        DateOrder::Dmy | DateOrder::Mdy | DateOrder::Ymd => return None,
    };
    let days = i64::from(base.until(date).ok()?.get_days());
    (days >= 0).then_some(days)
}

enum FigureOrders {
    DayFirst,
    MonthFirst,
    Either,
    /// 5/5/2026 is one day either way.
    Same,
    Neither,
}

fn figure_orders(first: i64, second: i64, year: i64, weekday: Option<i8>) -> FigureOrders {
    let could = |day: i64, month: i64| (1..=31).contains(&day) && (1..=12).contains(&month);
    match (could(first, second), could(second, first)) {
        (true, true) if first == second => FigureOrders::Same,
        (true, true) => {
            // "Saturday 06/05/2026" falls on a Saturday in one reading only.
            let falls = |day: i64, month: i64| {
                let date = to_date(year, month, day)?;
                Some(Some(date.weekday().to_monday_one_offset()) == weekday)
            };
            match (weekday.is_some(), falls(first, second), falls(second, first)) {
                (true, Some(true), Some(false) | None) => FigureOrders::DayFirst,
                (true, Some(false) | None, Some(true)) => FigureOrders::MonthFirst,
                _ => FigureOrders::Either,
            }
        }
        (true, false) => FigureOrders::DayFirst,
        (false, true) => FigureOrders::MonthFirst,
        (false, false) => FigureOrders::Neither,
    }
}

fn figures(
    first: i64,
    second: i64,
    year: i64,
    weekday: Option<i8>,
    order: Option<DateOrder>,
) -> Result<DateReading, ParseProblem> {
    let day_first = || civil(year, second, first, weekday, Some(DateOrder::Dmy));
    let month_first = || civil(year, first, second, weekday, Some(DateOrder::Mdy));
    match order {
        Some(DateOrder::Dmy) => day_first().map_err(|problem| other_order(problem, month_first().ok())),
        Some(DateOrder::Mdy) => month_first().map_err(|problem| other_order(problem, day_first().ok())),
        // Year first declared, and the figures put a four-digit year last: only the figures can say.
        Some(DateOrder::Ymd | DateOrder::Excel1900 | DateOrder::Excel1904) | None => {
            match figure_orders(first, second, year, weekday) {
                FigureOrders::DayFirst => day_first(),
                FigureOrders::MonthFirst => month_first(),
                FigureOrders::Same => day_first().map(|reading| DateReading { order: None, ..reading }),
                FigureOrders::Neither => Err(Reason::NotADate.into()),
                FigureOrders::Either => {
                    let fixes = [day_first(), month_first()]
                        .into_iter()
                        .flatten()
                        .map(|read| day_json(read.date))
                        .collect();
                    Err(ParseProblem::with_fixes(Reason::Ambiguous, fixes))
                }
            }
        }
    }
}

/// A row that contradicts its column's order offers the other order first.
fn other_order(mut problem: ParseProblem, other: Option<DateReading>) -> ParseProblem {
    if let Some(reading) = other {
        problem.fixes.insert(0, day_json(reading.date));
    }
    problem
}

fn day_json(date: Date) -> Json {
    Json::String(date.to_string())
}

fn to_date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn civil(
    year: i64,
    month: i64,
    day: i64,
    weekday: Option<i8>,
    order: Option<DateOrder>,
) -> Result<DateReading, ParseProblem> {
    if !(1900..=2199).contains(&year) {
        return Err(Reason::DateYearRange.into());
    }
    if let Some(date) = to_date(year, month, day) {
        return Ok(DateReading { date, order });
    }
    let mut likely: Vec<Date> = Vec::new();
    if (1..=12).contains(&month) && (29..=31).contains(&day) {
        let month_end = to_date(year, month, 1).map(Date::last_of_month);
        let next = month_end
            .and_then(|end| end.checked_add(jiff::Span::new().days(day - i64::from(end.day()))).ok());
        let previous = if month == 1 { to_date(year - 1, 12, day) } else { to_date(year, month - 1, day) };
        let following = if month == 12 { to_date(year + 1, 1, day) } else { to_date(year, month + 1, day) };
        likely.extend([month_end, previous, next, following].into_iter().flatten());
        likely.dedup();
        // A weekday in the cell says which of them was meant.
        likely
            .sort_by_key(|date| weekday.is_some() && Some(date.weekday().to_monday_one_offset()) != weekday);
        likely.truncate(3);
    }
    Err(ParseProblem::with_fixes(Reason::NotADate, likely.into_iter().map(day_json).collect()))
}
