//! `tests/REQUIREMENTS.md`: one line for each requirement, and each line true.
//!
//! A line names an existing file and, for a test, the name under which it ran in this run; anything else says `open`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::process::root;

/// Requirements are numbered from 1 to this.
const LAST: u32 = 291;
const FILE: &str = "tests/REQUIREMENTS.md";
/// Written by the test run (see `tests/nextest.toml`).
const REPORT: &str = "nextest/ci/junit.xml";
/// Folders of stories in tests/e2e whose runs write a report too.
const STORIES: [&str; 2] = ["stories", "app"];

/// Every fault, in words. `ran` holds the names of the tests that ran and passed; `None` leaves that check out.
pub fn faults(ran: Option<&BTreeSet<String>>) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(root().join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    Ok(faults_of(&text, ran, &|path| root().join(path).exists()))
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
            && (runs_here("app") || !path.starts_with("tests/e2e/app/"))
            && !ran.contains(*test)
        {
            found.push(format!("requirements: R{number}: the test {test} did not run or did not pass"));
        }
        if test.is_empty() && [".rs", ".mjs"].iter().any(|source| path.ends_with(source)) {
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
    fn a_story_is_known_by_its_sentence() {
        let report = r#"<testsuites><testcase name="&quot;home&quot; &amp; its tabs" time="1" classname="test"/>
            <testcase name="not this" time="1" classname="test" failure="no"><failure type="x">no</failure></testcase></testsuites>"#;
        assert_eq!(passed(report), BTreeSet::from(["\"home\" & its tabs".to_owned()]));
    }

    #[test]
    fn a_story_that_did_not_run_is_found() {
        let ran = BTreeSet::from(["home imports".to_owned()]);
        let check = |line: &str| faults_of(&all_open_but(line), Some(&ran), &|_| true).len();
        let path = "tests/e2e/stories/home.test.mjs";
        assert_eq!(check(&format!("| R7 | {path} | home imports | works |\n")), 0, "it ran");
        assert_eq!(check(&format!("| R7 | {path} | home exports | works |\n")), 1, "it did not");
        assert_eq!(check(&format!("| R7 | {path} | | works |\n")), 1, "a story has a name");
    }

    #[test]
    fn the_file_of_this_repository_is_whole() {
        assert_eq!(faults(None).expect("the file can be read"), Vec::<String>::new());
    }
}
