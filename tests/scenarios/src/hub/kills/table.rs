//! The table of kills: one row for each window, written by the whole run and held to by each part of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Kill, Means, Outcome};

const HEAD: &str = "# Kills

Written by `cargo xtask kills`, which takes the whole of it through; every test run takes a part and holds it to these
rows. `hub` is ended by SIGKILL; going on is `hub` with no argument, and the same line once more where it had not begun
a job. Equal means: the normalised dump of this computer's book and of WedSync are those of a run that nobody disturbed,
and WedSync has as many operations, changes and versions.

| window | cut off by | kills | gone on by | both sides | ops applied twice | pages read again, at most |
|---|---|---|---|---|---|---|
";

/// Windows that a test of their own goes through, whole, in every run.
const TAIL: &str = "
## Telling others

Between a change in WedSync and the answer of a place that is told of it there are four more windows: `changes_read`,
`events_queued`, `event_marked` (counted, not sent) and `event_answered` (taken, not noted), the last two at the first event and in the
middle of them. `hook_kills::inv_29_a_kill_anywhere_between_a_change_and_its_answer_tells_each_event_once_under_its_id` kills in each:
every event of an undisturbed run arrives, none under two ids, and what was taken and not noted is sent again byte for byte under its id.
";

/// Where it lies.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("KILLS.md")
}

/// How a window's kills are done, for its row.
fn cut_off_by(kills: &[&Kill]) -> String {
    let mut points: Vec<String> = Vec::new();
    for kill in kills {
        points.push(match kill.means {
            Means::Point(point, pass) => format!("`{point}:{pass}`"),
            Means::Unanswered(before) => format!("no answer to batch {}", before + 1),
            Means::Random(_) => "a random time under 50 to 300 ms latency".to_owned(),
        });
    }
    points.sort();
    points.dedup();
    points.join(", ")
}

/// What was typed to go on.
pub fn way(outcome: &Outcome) -> String {
    format!("`{}`", outcome.resumed_by.join("`, then `")).replace("`the same line`", "the same line")
}

/// The rows of what was killed, in its order.
pub fn rows(outcomes: &[Outcome]) -> Vec<String> {
    let mut windows: Vec<&str> = Vec::new();
    let mut by_window: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let window = outcome.kill.window;
        if !windows.contains(&window) {
            windows.push(window);
        }
        by_window.entry(window).or_default().push(outcome);
    }
    windows
        .into_iter()
        .map(|window| {
            let outcomes = &by_window[window];
            let kills: Vec<&Kill> = outcomes.iter().map(|outcome| &outcome.kill).collect();
            let mut ways: Vec<String> = outcomes.iter().map(|outcome| way(outcome)).collect();
            ways.sort();
            ways.dedup();
            let again = outcomes.iter().map(|outcome| outcome.pages_again).max().unwrap_or(0);
            format!(
                "| {window} | {} | {} | {} | equal | 0 | {again} |",
                cut_off_by(&kills),
                kills.len(),
                ways.join(" or "),
            )
        })
        .collect()
}

/// The whole table.
pub fn text(outcomes: &[Outcome]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows(outcomes) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{row}");
    }
    text.push_str(TAIL);
    text
}

/// Cells of the kept table's row of a window.
pub fn kept(window: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(path()).ok()?;
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    text.lines().map(cells).find(|cells: &Vec<String>| cells.first().is_some_and(|first| first == window))
}
