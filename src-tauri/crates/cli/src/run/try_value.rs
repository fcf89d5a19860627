//! `hub try`: what the app makes of a value, without importing it. One line in, one JSON line out.

use std::io::{BufRead as _, BufReader, Read as _};

use hub_core::message::Message;
use hub_core::parse::DateOrder;
use hub_core::try_cell::{Lines, TryKind, TryOptions, try_lines};

use crate::args::{self, Order, TryArgs};
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// Input beyond this is not a list of values that somebody tries.
const LARGEST: u64 = 64 * 1024 * 1024;

pub(super) fn run(arguments: &TryArgs, screen: Screen) -> Result<Exit, Failure> {
    let options = TryOptions {
        country: arguments.country.as_ref().map(|country| country.to_ascii_uppercase()),
        order: order(arguments.order),
        lines: if arguments.each { Lines::Each } else { Lines::Column },
    };
    let mut input = BufReader::new(std::io::stdin().take(LARGEST));
    let mut bytes = Vec::new();
    let mut lines = Vec::new();
    while input.read_until(b'\n', &mut bytes).map_err(Failure::Stdio)? > 0 {
        let line = std::str::from_utf8(&bytes).map_err(|_| Failure::usage(Message::new("error.not_utf8")))?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        lines.push(line.strip_suffix('\r').unwrap_or(line).to_owned());
        bytes.clear();
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for answer in try_lines(kind(arguments.kind), &lines, &options) {
        screen.json(&answer)?;
    }
    Ok(Exit::Done)
}

fn kind(kind: args::TryKind) -> TryKind {
    match kind {
        args::TryKind::Phone => TryKind::Phone,
        args::TryKind::Email => TryKind::Email,
        args::TryKind::Date => TryKind::Date,
        args::TryKind::Name => TryKind::Name,
        args::TryKind::Money => TryKind::Money,
        args::TryKind::Mapping => TryKind::Mapping,
    }
}

fn order(order: Order) -> Option<DateOrder> {
    match order {
        Order::Auto => None,
        Order::Dmy => DateOrder::parse("dmy"),
        Order::Mdy => DateOrder::parse("mdy"),
        Order::Ymd => DateOrder::parse("ymd"),
        Order::Excel1900 => DateOrder::parse("excel1900"),
        Order::Excel1904 => DateOrder::parse("excel1904"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_the_line_is_known_to_core() {
        for wanted in [Order::Dmy, Order::Mdy, Order::Ymd, Order::Excel1900, Order::Excel1904] {
            assert!(order(wanted).is_some(), "{wanted:?}");
        }
        assert!(order(Order::Auto).is_none(), "auto decides by itself");
    }
}
