//! Kill `hub` anywhere (SYNC-LAW 29, issue 2, 7.2). A part of the table of kills: one kill in each of its windows and
//! four at random times; `cargo xtask kills` takes all of it through and writes the table that these are held to.

use std::path::Path;

use hub_scenarios::hub::kills::{Kill, Killer, Line, at_random, in_windows, table};

use crate::hub_story::PROGRAM;

/// The kill of each window that falls to this book, where the line is one of these.
fn one_in_each_window(lines: &[Line], seed: u64) {
    let kills: Vec<Kill> =
        in_windows().into_iter().filter(|kill| kill.seed == seed && lines.contains(&kill.line)).collect();
    assert!(!kills.is_empty(), "there are such windows");
    part_of_the_table(&kills);
}

fn part_of_the_table(kills: &[Kill]) {
    let killer = Killer::new(Path::new(PROGRAM));
    for kill in kills {
        let outcome = killer.kill(*kill);
        let row = table::kept(kill.window).unwrap_or_else(|| panic!("no row for {}", kill.window));
        let way = table::way(&outcome);
        assert!(
            row[3].split(" or ").any(|kept| kept == way),
            "{}: gone on by {way}, the table says {}",
            kill.window,
            row[3]
        );
        let most: usize = row[6].parse().expect("a number");
        assert!(
            outcome.pages_again <= most,
            "{}: {} pages again, the table says {most}",
            kill.window,
            outcome.pages_again
        );
    }
}

#[test]
fn inv_29_one_kill_of_hub_in_each_window_of_the_import() {
    one_in_each_window(&[Line::Import], 1);
}

#[test]
fn inv_29_one_kill_of_hub_in_each_window_of_the_approval_and_the_upload() {
    one_in_each_window(&[Line::Approve, Line::Push], 2);
}

#[test]
fn inv_29_one_kill_of_hub_in_a_first_migration_and_one_in_an_upgrade() {
    one_in_each_window(&[Line::First, Line::Upgrade], 2);
}

#[test]
fn inv_29_four_kills_of_hub_at_random_times_under_latency() {
    part_of_the_table(&at_random(4));
}

#[test]
fn the_kept_table_has_a_row_for_each_window_with_all_its_kills() {
    let mut all = in_windows();
    all.extend(at_random(20));
    for kill in &all {
        let of_window = all.iter().filter(|other| other.window == kill.window).count();
        assert!(of_window >= 4, "{}: four kills at least", kill.window);
        let row = table::kept(kill.window).unwrap_or_else(|| panic!("no row for {}", kill.window));
        assert_eq!(
            row[2],
            of_window.to_string(),
            "{}: the whole run killed as often as planned",
            kill.window
        );
        assert_eq!((row[4].as_str(), row[5].as_str()), ("equal", "0"), "{}", kill.window);
    }
}
