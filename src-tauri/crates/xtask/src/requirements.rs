//! `tests/REQUIREMENTS.md`: one line for each requirement, and each line true.
//!
//! A line names an existing file and, for a test, the name under which it ran in this run; anything else says `open`.

use std::collections::{BTreeMap, BTreeSet};

use crate::process::root;

/// Requirements are numbered from 1 to this.
const LAST: u32 = 291;
const FILE: &str = "tests/REQUIREMENTS.md";
/// Written by the test run (see `tests/nextest.toml`).
const REPORT: &str = "nextest/ci/junit.xml";

/// Every fault, in words. `ran` holds the names of the tests that ran and passed; `None` leaves that check out.
pub fn faults(ran: Option<&BTreeSet<String>>) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(root().join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    Ok(faults_of(&text, ran, &|path| root().join(path).exists()))
}

/// Names of the tests in the report of the last run that passed.
pub fn tests_that_ran() -> Result<BTreeSet<String>, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let report = target.join(REPORT);
    let text = std::fs::read_to_string(&report).map_err(|error| format!("the test report: {error}"))?;
    Ok(passed(&text))
}

/// Test names of a JUnit report, without those that hold a failure or were skipped.
fn passed(report: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for case in report.split("<testcase ").skip(1) {
        let body = case.split("</testcase>").next().unwrap_or(case);
        let failed = body.contains("<failure") || body.contains("<error") || body.contains("<skipped");
        if let (false, Some(name)) = (failed, attribute(case, "name")) {
            names.insert(name.to_owned());
        }
    }
    names
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn faults_of(text: &str, ran: Option<&BTreeSet<String>>, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines: BTreeMap<u32, usize> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| R") && !line.starts_with("| R |")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, path, test, proves] = cells.as_slice() else {
            found.push(format!("requirements: four cells are needed: {line}"));
            continue;
        };
        let Some(number) = number.strip_prefix('R').and_then(|digits| digits.parse::<u32>().ok()) else {
            found.push(format!("requirements: no number: {line}"));
            continue;
        };
        *lines.entry(number).or_default() += 1;
        if *path == "open" {
            continue;
        }
        if !exists(path) {
            found.push(format!("requirements: R{number}: {path} does not exist"));
        }
        if proves.is_empty() {
            found.push(format!("requirements: R{number}: say what it proves"));
        }
        if let (Some(ran), false) = (ran, test.is_empty())
            && !ran.contains(*test)
        {
            found.push(format!("requirements: R{number}: the test {test} did not run or did not pass"));
        }
        if test.is_empty() && path.ends_with(".rs") {
            found.push(format!("requirements: R{number}: name the test in {path}"));
        }
    }
    for number in 1..=LAST {
        if !lines.contains_key(&number) {
            found.push(format!("requirements: R{number} has no line"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_open_but(line: &str) -> String {
        let number: u32 = line[3..].split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut text: String =
            (1..=LAST).filter(|n| *n != number).map(|n| format!("| R{n} | open | | |\n")).collect();
        text.push_str(line);
        text
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        let ran = BTreeSet::from(["a::b".to_owned()]);
        let exists = |path: &str| path == "there.rs";
        let check = |text: &str| faults_of(text, Some(&ran), &exists);
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
        assert_eq!(check("").len(), LAST as usize, "numbers without a line");
    }

    #[test]
    fn a_failed_test_did_not_pass() {
        let report = r#"<testsuite name="s"><testcase name="a::b" classname="s"></testcase>
            <testcase name="a::c" classname="s"><failure type="x">no</failure></testcase></testsuite>"#;
        assert_eq!(passed(report), BTreeSet::from(["a::b".to_owned()]));
    }

    #[test]
    fn the_file_of_this_repository_is_whole() {
        assert_eq!(faults(None).expect("the file can be read"), Vec::<String>::new());
    }
}
