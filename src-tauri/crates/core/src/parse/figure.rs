//! Figures with decimal and thousands marks, shared by money and numbers.
//!
//! 4.500 is four and a half in London and four and a half thousand in Berlin (F48). The marks are declared, or decided
//! once per column from cells that can be read one way only, or the cell is refused as unclear.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::problem::Reason;

/// Which character separates the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

impl DecimalMark {
    /// The mark that a country writes (CLDR), if the country is known.
    pub fn of_country(country: &str) -> Option<DecimalMark> {
        super::currency::decimal_mark(country)
            .map(|mark| if mark == ',' { DecimalMark::Comma } else { DecimalMark::Point })
    }

    fn as_char(self) -> char {
        match self {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }
    }
}

/// What the marks of one cell say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// No mark, or marks that say nothing about the decimal one (spaces, apostrophes).
    Silent,
    /// Certain.
    Certain(DecimalMark),
    /// One mark before exactly three figures: decimals or thousands.
    Open(DecimalMark),
    /// Not a figure.
    Broken,
}

fn marks(body: &str) -> Marks {
    let count = |mark: char| body.matches(mark).count();
    let (points, commas) = (count('.'), count(','));
    let last = body.rfind(['.', ',']);
    let Some(last) = last else { return Marks::Silent };
    let last_mark = if body[last..].starts_with(',') { DecimalMark::Comma } else { DecimalMark::Point };
    let other = match last_mark {
        DecimalMark::Point => DecimalMark::Comma,
        DecimalMark::Comma => DecimalMark::Point,
    };
    let tail = body.len() - last - 1;
    let spaced = body.contains([' ', '\'']);
    match (points, commas) {
        (0, 0) => Marks::Silent,
        (p, c) if p > 0 && c > 0 => {
            let repeated = if last_mark == DecimalMark::Point { p > 1 } else { c > 1 };
            if repeated { Marks::Broken } else { Marks::Certain(last_mark) }
        }
        // Repeated marks group thousands, so the other one is the decimal mark.
        (p, c) if p + c > 1 => Marks::Certain(other),
        _ if tail != 3 || spaced => Marks::Certain(last_mark),
        _ if body.starts_with(['0', '.', ',']) || last > 3 => Marks::Certain(last_mark),
        _ => Marks::Open(last_mark),
    }
}

/// Decides the decimal mark of a column from the cells that can be read one way only; `None` when none or both do.
pub fn decide_mark<'a>(cells: impl IntoIterator<Item = &'a str>) -> Option<DecimalMark> {
    let (mut point, mut comma) = (0_usize, 0_usize);
    for cell in cells {
        let body: String =
            cell.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'')).collect();
        match marks(body.trim_matches(['.', ','])) {
            Marks::Certain(DecimalMark::Point) => point += 1,
            Marks::Certain(DecimalMark::Comma) => comma += 1,
            Marks::Silent | Marks::Open(_) | Marks::Broken => {}
        }
    }
    match (point, comma) {
        (0, 0) => None,
        (_, 0) => Some(DecimalMark::Point),
        (0, _) => Some(DecimalMark::Comma),
        _ => None,
    }
}

/// How sure a caller is of the decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convention {
    /// Declared by a person or decided by the column: the cell must obey.
    Declared(DecimalMark),
    /// Usual in the supplier's country: decides only what the cell leaves open.
    Usual(DecimalMark),
    /// Nothing is known.
    Unknown,
}

/// Reads figures without sign and currency. `decimals` is how many decimals the currency has (`None` for plain numbers):
/// three figures after a mark are thousands where three decimals cannot be.
pub(super) fn read_figure(
    body: &str,
    convention: Convention,
    decimals: Option<u32>,
) -> Result<Decimal, Reason> {
    let body = body.trim();
    if !body.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(Reason::NumberUnreadable);
    }
    let own = marks(body);
    let mark = match (own, convention) {
        (Marks::Broken, _) => return Err(Reason::NumberUnreadable),
        (Marks::Silent, _) => DecimalMark::Point,
        (_, Convention::Declared(mark)) => mark,
        // £2,45 where commas group thousands: a slip, or written by somebody from elsewhere.
        (Marks::Certain(DecimalMark::Comma), Convention::Usual(DecimalMark::Point)) if torn_group(body) => {
            return Err(Reason::MoneyUnclearSeparators);
        }
        (Marks::Certain(mark), _) => mark,
        (Marks::Open(mark), Convention::Usual(usual)) if mark != usual => usual,
        (Marks::Open(mark), Convention::Usual(_)) if decimals.is_none_or(|most| most >= 3) => mark,
        (Marks::Open(mark), Convention::Unknown) => match decimals {
            Some(most) if most < 3 => other_mark(mark),
            _ if mark == DecimalMark::Comma => DecimalMark::Point,
            _ => mark,
        },
        // £4.500 in a country that writes £4,500: neither reading is safe.
        (Marks::Open(_), Convention::Usual(_)) => return Err(Reason::MoneyUnclearSeparators),
    };
    let (whole, fraction) = match body.rsplit_once(mark.as_char()) {
        Some((whole, fraction)) => (whole, fraction),
        None => (body, ""),
    };
    if fraction.contains(['.', ',', '\'']) || whole.contains(mark.as_char()) {
        return Err(Reason::NumberUnreadable);
    }
    let fraction = fraction.replace(' ', "");
    let whole = ungroup(whole, other_mark(mark).as_char())?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::NumberUnreadable);
    }
    if whole.len() + fraction.len() > 27 {
        return Err(Reason::NumberTooLarge);
    }
    let text = format!(
        "{}.{}",
        if whole.is_empty() { "0" } else { &whole },
        if fraction.is_empty() { "0" } else { &fraction }
    );
    text.parse().map_err(|_| Reason::NumberTooLarge)
}

/// One comma that may be a thousands mark with a figure missing or too many: 2,45 and 2,4500, but not 2450,50.
fn torn_group(body: &str) -> bool {
    match body.split_once(',') {
        Some((whole, rest)) => {
            !body.contains(['.', ' ', '\'']) && !rest.contains(',') && (whole.len() <= 3 || rest.len() > 2)
        }
        None => false,
    }
}

fn other_mark(mark: DecimalMark) -> DecimalMark {
    match mark {
        DecimalMark::Point => DecimalMark::Comma,
        DecimalMark::Comma => DecimalMark::Point,
    }
}

/// Takes thousands marks out: groups of three, or of two before the last three (Indian grouping).
fn ungroup(whole: &str, grouping: char) -> Result<String, Reason> {
    let groups: Vec<&str> = whole.split([grouping, ' ', '\'']).collect();
    if groups.iter().any(|group| !group.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Reason::NumberUnreadable);
    }
    if let [first, middle @ .., last] = groups.as_slice() {
        let thirds = middle.iter().all(|group| group.len() == 3);
        let indian = middle.iter().all(|group| group.len() == 2) && first.len() <= 2;
        if last.len() != 3 || !(thirds || indian) || first.is_empty() || first.len() > 3 {
            return Err(Reason::NumberUnreadable);
        }
    }
    Ok(groups.concat())
}
