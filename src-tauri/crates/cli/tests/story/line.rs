//! What can be typed, and what the exit codes say.

use crate::hub::Desk;

#[test]
fn help_is_whole_and_in_words() {
    let desk = Desk::new(1);
    let help = desk.run(&["--help"]).done();
    for command in
        ["login", "connect", "import", "review", "push", "undo", "export", "doctor", "serve", "demo", "try"]
    {
        assert!(
            help.out.lines().any(|line| line.trim_start().starts_with(command)),
            "{command} in {}",
            help.out
        );
    }
    assert!(!help.out.contains("hub.help"), "no bare message id: {}", help.out);
    assert!(!desk.profile().exists(), "help makes no profile");
}

#[test]
fn bad_usage_is_two_and_failure_is_one() {
    let desk = Desk::new(1);
    assert_eq!(desk.run(&["no-such-command"]).code, 2);
    assert_eq!(desk.run(&["review", "list", "--kind", "nonsense"]).code, 1, "not signed in comes first");
    let unsigned = desk.run(&["import"]);
    assert_eq!(unsigned.code, 1);
    assert_eq!(unsigned.last()["error"]["code"], "not_signed_in");
    assert_eq!(desk.run(&["inspect", "clients.csv"]).code, 2, "there is no such file");
    assert_eq!(desk.run(&["connect", "tave"]).code, 2, "no key: not from the line, and nobody to ask");
    assert_eq!(desk.run(&["--profile-kind", "demo", "jobs"]).code, 2, "a kind twice");
}

#[test]
fn a_value_is_tried_line_by_line() {
    let desk = Desk::new(1);
    let tried = desk.feed(&["try", "phone", "--country", "GB"], "07700 900318\n\n").done();
    let lines: Vec<serde_json::Value> =
        tried.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "one line each: {}", tried.out);
    assert_eq!(lines[0]["value"], "+447700900318");
    let dates = desk.feed(&["try", "date", "--order", "auto"], "13/06/2026\n01/02/2026\n").done();
    assert!(dates.out.contains("2026-02-01"), "the column decides: {}", dates.out);
    assert!(!desk.profile().exists(), "trying makes no profile");
}

#[test]
fn a_profile_stays_what_it_was_made_for() {
    let desk = Desk::new(1);
    desk.run(&["jobs"]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hub"))
        .arg("--profile-dir")
        .arg(desk.profile())
        .args(["--profile-kind", "live", "jobs"])
        .output()
        .expect("hub runs");
    assert_eq!(output.status.code(), Some(2), "a test profile is no live one");
}
