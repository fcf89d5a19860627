//! `tests/REQUIREMENTS.md`, `tests/LAW.md` and `tests/FAULTS.md`: a line for each requirement, each invariant and each fault, and
//! each line true.
//!
//! A line names an existing file and, for a test, the name under which it ran in this run; anything else says `open`. A
//! number that several tests show together has a line for each.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::process::root;

/// A file of such lines.
struct Table {
    file: &'static str,
    /// What stands before its numbers.
    mark: char,
    /// They go from 1 to this.
    last: u32,
}

const TABLES: [Table; 3] = [
    Table { file: "tests/REQUIREMENTS.md", mark: 'R', last: 291 },
    Table { file: "tests/LAW.md", mark: 'L', last: 46 },
    Table { file: "tests/FAULTS.md", mark: 'F', last: 83 },
];
/// Written by the test run (see `tests/nextest.toml`).
const REPORT: &str = "nextest/ci/junit.xml";
/// Folders of stories in tests/e2e whose runs write a report too.
const STORIES: [&str; 2] = ["stories", "app"];

/// Every fault, in words. `ran` holds the names of the tests that ran and passed; `None` leaves that check out.
pub fn faults(ran: Option<&BTreeSet<String>>) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for table in &TABLES {
        let text = std::fs::read_to_string(root().join(table.file))
            .map_err(|error| format!("{}: {error}", table.file))?;
        found.extend(faults_of(table, &text, ran, &|path| root().join(path).exists()));
    }
    Ok(found)
}

/// Where the run of a folder of stories writes what passed.
pub fn report_of(folder: &str) -> PathBuf {
    target().join("e2e").join(format!("{folder}.xml"))
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}

/// Names of the tests and stories in the reports of the last runs that passed.
pub fn tests_that_ran() -> Result<BTreeSet<String>, String> {
    let mut reports = vec![target().join(REPORT)];
    reports.extend(STORIES.iter().filter(|folder| runs_here(folder)).map(|folder| report_of(folder)));
    let mut ran = BTreeSet::new();
    for report in reports {
        let text = std::fs::read_to_string(&report)
            .map_err(|error| format!("the test report {}: {error}", report.display()))?;
        ran.extend(passed(&text));
    }
    Ok(ran)
}

/// Whether the stories of a folder run on this system: the app's are driven by what only Linux has.
fn runs_here(folder: &str) -> bool {
    folder != "app" || cfg!(target_os = "linux")
}

/// Test names of a JUnit report, without those that hold a failure or were skipped.
fn passed(report: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for case in report.split("<testcase ").skip(1) {
        let body = case.split("</testcase>").next().unwrap_or(case);
        let failed = body.contains("<failure") || body.contains("<error") || body.contains("<skipped");
        if let (false, Some(name)) = (failed, attribute(case, "name")) {
            names.insert(plain(name));
        }
    }
    names
}

/// A name without the escapes of XML.
fn plain(name: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(name.to_owned(), |text, (escape, letter)| text.replace(escape, letter))
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn faults_of(
    table: &Table,
    text: &str,
    ran: Option<&BTreeSet<String>>,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let Table { file, mark, last } = table;
    let mut found = Vec::new();
    let mut lines: BTreeSet<u32> = BTreeSet::new();
    for line in text.lines().filter(|line| is_line(line, *mark)) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, path, test, proves] = cells.as_slice() else {
            found.push(format!("{file}: four cells are needed: {line}"));
            continue;
        };
        let Some(number) = number.strip_prefix(*mark).and_then(|digits| digits.parse::<u32>().ok()) else {
            found.push(format!("{file}: no number: {line}"));
            continue;
        };
        if !lines.insert(number) && *path == "open" {
            found.push(format!("{file}: {mark}{number} is open and is not"));
        }
        if *path == "open" {
            continue;
        }
        if !exists(path) {
            found.push(format!("{file}: {mark}{number}: {path} does not exist"));
        }
        if proves.is_empty() {
            found.push(format!("{file}: {mark}{number}: say what it proves"));
        }
        if let (Some(ran), false) = (ran, test.is_empty())
            && (runs_here("app") || !path.starts_with("tests/e2e/app/"))
            && !ran.contains(*test)
        {
            found.push(format!("{file}: {mark}{number}: the test {test} did not run or did not pass"));
        }
        if test.is_empty() && [".rs", ".mjs"].iter().any(|source| path.ends_with(source)) {
            found.push(format!("{file}: {mark}{number}: name the test in {path}"));
        }
    }
    for number in 1..=*last {
        if !lines.contains(&number) {
            found.push(format!("{file}: {mark}{number} has no line"));
        }
    }
    found
}

/// Whether this is a line of a table with that mark, and not its head.
fn is_line(line: &str, mark: char) -> bool {
    let cell = line.strip_prefix("| ").and_then(|rest| rest.strip_prefix(mark));
    cell.is_some_and(|rest| !rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table { file: "R.md", mark: 'R', last: 9 };

    fn all_open_but(line: &str) -> String {
        let number: u32 = line[3..].split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut text: String =
            (1..=TABLE.last).filter(|n| *n != number).map(|n| format!("| R{n} | open | | |\n")).collect();
        text.push_str(line);
        text
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        let ran = BTreeSet::from(["a::b".to_owned()]);
        let exists = |path: &str| path == "there.rs";
        let check = |text: &str| faults_of(&TABLE, text, Some(&ran), &exists);
        assert_eq!(check(&all_open_but("| R7 | there.rs | a::b | works |\n")), Vec::<String>::new());
        assert_eq!(check(&all_open_but("| R7 | gone.rs | a::b | works |\n")).len(), 1, "missing path");
        assert_eq!(
            check(&all_open_but("| R7 | there.rs | a::c | works |\n")).len(),
            1,
            "a test that did not run"
        );
        assert_eq!(check(&all_open_but("| R7 | there.rs | | works |\n")).len(), 1, "a source without a test");
        assert_eq!(
            check(&all_open_but("| R7 | there.rs | a::b | |\n")).len(),
            1,
            "no word on what it proves"
        );
        assert_eq!(
            check(&all_open_but("| R7 | there.rs | a::b | works |\n| R7 | open | | |\n")).len(),
            1,
            "shown and open"
        );
        let two = "| R7 | there.rs | a::b | works |\n| R7 | there.rs | a::b | and this |\n";
        assert_eq!(check(&all_open_but(two)), Vec::<String>::new(), "shown by two");
        assert_eq!(
            check("| R | where | test | what |\n").len(),
            TABLE.last as usize,
            "numbers without a line"
        );
    }

    #[test]
    fn a_failed_test_did_not_pass() {
        let report = r#"<testsuite name="s"><testcase name="a::b" classname="s"></testcase>
            <testcase name="a::c" classname="s"><failure type="x">no</failure></testcase></testsuite>"#;
        assert_eq!(passed(report), BTreeSet::from(["a::b".to_owned()]));
    }

    #[test]
    fn a_story_is_known_by_its_sentence() {
        let report = r#"<testsuites><testcase name="&quot;home&quot; &amp; its tabs" time="1" classname="test"/>
            <testcase name="not this" time="1" classname="test" failure="no"><failure type="x">no</failure></testcase></testsuites>"#;
        assert_eq!(passed(report), BTreeSet::from(["\"home\" & its tabs".to_owned()]));
    }

    #[test]
    fn a_story_that_did_not_run_is_found() {
        let ran = BTreeSet::from(["home imports".to_owned()]);
        let check = |line: &str| faults_of(&TABLE, &all_open_but(line), Some(&ran), &|_| true).len();
        let path = "tests/e2e/stories/home.test.mjs";
        assert_eq!(check(&format!("| R7 | {path} | home imports | works |\n")), 0, "it ran");
        assert_eq!(check(&format!("| R7 | {path} | home exports | works |\n")), 1, "it did not");
        assert_eq!(check(&format!("| R7 | {path} | | works |\n")), 1, "a story has a name");
    }

    #[test]
    fn the_files_of_this_repository_are_whole() {
        assert_eq!(faults(None).expect("the files can be read"), Vec::<String>::new());
    }
}
