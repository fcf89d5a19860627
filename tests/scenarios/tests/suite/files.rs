//! The first import by file with `hub` alone (issue 4): the seeded book as each CRM's own export, held to the generator's
//! own list; newer versions of a file; readings that were cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hub_sandbox::World;
use hub_sandbox::book::{Book, ExpectedParty, demo};
use hub_sandbox::exports::{Vendor, booking, export, full_name, meant, told};
use hub_scenarios::hub::Hub;
use serde_json::{Value as Json, json};

use crate::hub_story::PROGRAM;
use crate::support::{cloud_digest, demo_world, login};

/// A signed-in profile, and a directory for files.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) hub: Hub,
    pub(crate) directory: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let world = demo_world();
        let directory = tempfile::tempdir().expect("a directory");
        let hub = Hub::new(Path::new(PROGRAM), &directory.path().join("sarah"), &world);
        hub.sign_in();
        Desk { world, hub, directory }
    }

    /// Writes a vendor's files.
    pub(crate) fn export(&self, book: &Book, vendor: Vendor) -> Vec<PathBuf> {
        let files = export(book, vendor).expect("written");
        files.into_iter().map(|file| self.write(&file.name, &file.bytes)).collect()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// `hub import FILE... --agree` with further words.
    pub(crate) fn import(&self, files: &[PathBuf], more: &[&str]) -> Json {
        let mut line = vec!["import"];
        line.extend(files.iter().map(|file| file.to_str().expect("a path of ours")));
        line.push("--agree");
        line.extend(more);
        self.hub.run(&line).done().last()
    }

    /// Uploads everything, decided in the obvious way.
    pub(crate) fn upload(&self) -> Json {
        self.hub.decide_everything();
        self.hub.run(&["review", "approve"]).done();
        let pushed = self.hub.run(&["push"]).done().last();
        assert_eq!(pushed["state"], "done", "{pushed}");
        pushed
    }
}

/// What the review shows of a row.
fn shown(row: &Json) -> (Vec<String>, Option<String>) {
    let names = row["summary"]["names"].as_array().expect("names");
    let mut names: Vec<String> = names.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    names.sort();
    (names, row["summary"]["wedding_date"].as_str().map(str::to_owned))
}

/// Says of everybody whom the list of clients has more than once who it is, as the generator knows; how often it was asked.
fn say_who(desk: &Desk, parties: &[ExpectedParty]) -> usize {
    for said in 0..40 {
        let asks = |row: &Json| {
            row["marks"].as_array().is_some_and(|marks| marks.iter().any(|mark| mark["field"] == "same_as"))
        };
        let waiting = desk.hub.rows().into_iter().filter(asks);
        let asked = waiting.map(|row| row["seq"].to_string()).find_map(|seq| {
            let unit = desk.hub.run(&["review", "show", &seq]).done().last();
            let problems = unit["problems"].as_array().expect("problems");
            let problem = problems.iter().find(|problem| problem["field"] == "same_as")?;
            Some((seq, problem.clone()))
        });
        let Some((seq, problem)) = asked else { return said };
        let param = |name: &str| problem["message"]["params"][name].as_str().expect("a text").to_owned();
        let (name, on) = (param("value"), param("on"));
        let meant = meant(parties, &on, &name);
        let [person] = meant.as_slice() else { panic!("{on} names {name}, and the book has {meant:?}") };
        let known = [&person.email, &person.phone_text];
        let choices = problem["fixes"].as_array().expect("choices");
        let at = choices.iter().position(|choice| {
            let text = choice["text"].as_str().unwrap_or_default().to_lowercase();
            known.iter().filter_map(|one| one.as_deref()).any(|one| text.contains(&one.to_lowercase()))
        });
        // With neither address nor number, the one entry of that name is the one.
        let only = || (choices.len() == 2 && known.iter().all(|one| one.is_none())).then_some(0);
        let choice = at.or_else(only).map_or_else(|| "nobody".to_owned(), |at| (at + 1).to_string());
        desk.hub.run(&["review", "who", &seq, &choice]).done();
    }
    panic!("the same is asked again and again");
}

fn first_import(vendor: Vendor) {
    let desk = Desk::new();
    let book = demo();
    let expected = book.expected();
    let untouched = cloud_digest(&desk.world);
    let files = desk.export(&book, vendor);
    let job = desk.import(&files, &["--answer", "money_unit=major"]);
    assert_eq!(job["state"], "waiting_review", "{vendor:?}: {job}");
    let asked = say_who(&desk, &expected.parties);
    assert_eq!(asked > 0, vendor == Vendor::StudioNinja, "{vendor:?}: asked {asked} times who somebody is");
    let rows = desk.hub.rows();

    let mut unseen: Vec<(Vec<String>, Vec<String>)> = expected
        .parties
        .iter()
        .map(|party| told(party, vendor))
        .map(|told| (told.names, told.days))
        .collect();
    let mut strangers = Vec::new();
    for row in &rows {
        let (names, day) = shown(row);
        let found = unseen
            .iter()
            .position(|(own, days)| *own == names && day.as_ref().is_none_or(|day| days.contains(day)));
        match found {
            Some(at) => drop(unseen.remove(at)),
            None => strangers.push((names, day, row["kind"].clone())),
        }
    }
    assert_eq!((&strangers, &unseen), (&Vec::new(), &Vec::new()), "{vendor:?}: nobody invented, nobody lost");
    assert_eq!(cloud_digest(&desk.world), untouched, "a review uploads nothing");

    let pushed = desk.upload();
    let counts = desk.world.wedsync.counts(&login()).expect("counts");
    let jobs: usize = expected.parties.iter().map(|party| party.jobs.len()).sum();
    let payments: usize = expected.parties.iter().map(|party| party.counts.payments).sum();
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    match vendor {
        Vendor::HoneyBook => {
            assert_eq!(of("payment"), payments as i64, "each instalment once, the total row never");
        }
        Vendor::SeventeenHats => {}
        Vendor::Dubsado | Vendor::StudioNinja | Vendor::Tave => {
            assert!(of("project") >= jobs as i64, "{vendor:?}: every job: {counts:?}");
        }
        Vendor::Spreadsheet => assert!(of("project") >= expected.parties.len() as i64, "{counts:?}"),
    }
    // The same files say nothing new.
    let again = desk.import(&files, &[]);
    assert_eq!(again["state"], "waiting_review", "{vendor:?}: {again}");
    let rows = desk.hub.rows();
    let kinds = kinds(&rows);
    let idle: BTreeSet<&str> = ["unchanged", "skipped"].into();
    let moved = rows.iter().find(|row| !idle.contains(row["kind"].as_str().expect("a kind")));
    let moved = moved.map(|row| desk.hub.run(&["review", "show", &row["seq"].to_string()]).done().last());
    assert_eq!(moved.map(|unit| unit.to_string()), None, "{vendor:?}: no change: {kinds:?}");

    let id = pushed["job_id"].as_str().expect("an id");
    assert_eq!(desk.hub.run(&["undo", id]).done().last()["state"], "done");
    assert_eq!(cloud_digest(&desk.world), untouched, "{vendor:?}: WedSync as before the upload");
}

fn kinds(rows: &[Json]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for row in rows {
        *kinds.entry(row["kind"].as_str().expect("a kind").to_owned()).or_default() += 1;
    }
    kinds
}

#[test]
fn the_first_import_of_honeybooks_reports() {
    first_import(Vendor::HoneyBook);
}

#[test]
fn the_first_import_of_a_dubsado_set() {
    first_import(Vendor::Dubsado);
}

#[test]
fn the_first_import_of_a_studio_ninja_set() {
    first_import(Vendor::StudioNinja);
}

#[test]
fn the_first_import_of_17hats_contacts() {
    first_import(Vendor::SeventeenHats);
}

#[test]
fn the_first_import_of_a_tave_list() {
    first_import(Vendor::Tave);
}

#[test]
fn the_first_import_of_a_plain_spreadsheet() {
    first_import(Vendor::Spreadsheet);
}

/// Rows of a plain spreadsheet of 214 clients, header first.
fn sheet() -> Vec<Vec<String>> {
    let mut rows =
        vec![["Couple", "Email", "Phone", "Wedding date", "Venue", "Notes"].map(str::to_owned).to_vec()];
    for party in demo().expected().parties {
        let names: Vec<String> = booking(&party).map(full_name).collect();
        let first = party.primary().expect("somebody");
        rows.push(vec![
            names.join(" & "),
            first.email.clone().unwrap_or_default(),
            first.phone_text.clone().unwrap_or_default(),
            party.wedding_date.map(|day| day.to_string()).unwrap_or_default(),
            party.venue.clone().unwrap_or_default(),
            format!("Row {}", party.index),
        ]);
    }
    rows
}

fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let lines: Vec<String> =
        rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",")).collect();
    lines.join("\r\n").into_bytes()
}

/// The issue's own test: of 214 rows 10 e-mails, 10 dates and 5 names are changed, 6 are dropped, 4 added, all are
/// shuffled, and a column is renamed: exactly 4 creates, and nothing is deleted.
#[test]
fn a_newer_file_is_updates_and_exactly_four_creates() {
    let desk = Desk::new();
    let mut rows = sheet();
    let file = desk.write("clients.csv", &csv(&rows));
    let job = desk.import(std::slice::from_ref(&file), &[]);
    assert_eq!(job["state"], "waiting_review", "{job}");
    assert_eq!(desk.hub.rows().len(), 214);
    desk.upload();
    let before = desk.world.wedsync.counts(&login()).expect("counts");

    // Rows with everything that a key can have, so that what is changed is one part of several.
    let whole: Vec<usize> = (1..rows.len())
        .filter(|at| rows[*at][1].contains('@') && !rows[*at][3].is_empty() && rows[*at][0].contains(' '))
        .collect();
    let (emails, rest) = whole.split_at(10);
    let (dates, rest) = rest.split_at(10);
    let (names, rest) = rest.split_at(5);
    for at in emails {
        rows[*at][1] = format!("new.address.{at}@example.org");
    }
    for (day, at) in dates.iter().enumerate() {
        rows[*at][3] = format!("2031-05-{:02}", day + 1);
    }
    for at in names {
        let (_, rest) = rows[*at][0].split_once(' ').expect("two words");
        rows[*at][0] = format!("Wilhelmina{at} {rest}");
    }
    let dropped: BTreeSet<usize> = rest.iter().copied().take(6).collect();
    let mut newer: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(at, _)| !dropped.contains(at))
        .map(|(_, row)| row.clone())
        .collect();
    for number in 0..4 {
        let row = ["Quentin Added", "", "", "", "The Old Mill", "Added"].map(str::to_owned);
        let mut row = row.to_vec();
        row[0] = format!("Quentin{number} Added");
        row[1] = format!("added.{number}@example.org");
        row[3] = format!("2032-06-0{}", number + 1);
        newer.push(row);
    }
    // A shuffle that can be repeated.
    let length = newer.len();
    let mut dice: u64 = 7;
    for at in (1..length).rev() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        newer.swap(at, (dice >> 33) as usize % (at + 1));
    }
    let header = ["Couple", "E-mail address", "Phone", "Wedding date", "Venue", "Notes"];
    newer.insert(0, header.map(str::to_owned).to_vec());
    let file = desk.write("clients newer.csv", &csv(&newer));
    let job = desk.import(std::slice::from_ref(&file), &[]);
    assert_eq!(job["state"], "waiting_review", "{job}");
    let rows = desk.hub.rows();
    let kinds = kinds(&rows);
    assert_eq!(kinds.get("new"), Some(&4), "exactly the four: {kinds:?}");
    assert!(!kinds.contains_key("duplicate"), "{kinds:?}");
    let reason = |name: &str| {
        rows.iter().filter(|row| row["kind"] == "changed" && row["summary"]["changed"] == name).count()
    };
    assert_eq!((reason("email"), reason("date"), reason("name")), (10, 10, 5), "{kinds:?}");
    assert_eq!(kinds.get("changed"), Some(&25), "{kinds:?}");

    desk.upload();
    let after = desk.world.wedsync.counts(&login()).expect("counts");
    assert_eq!(after["client"] - before["client"], 4, "four more, and none of the six is gone");

    // And once more: what was changed before is known by what it became.
    let job = desk.import(std::slice::from_ref(&file), &[]);
    assert_eq!(job["state"], "waiting_review", "{job}");
    let rows = desk.hub.rows();
    let kinds = self::kinds(&rows);
    assert_eq!(kinds.keys().map(String::as_str).collect::<Vec<_>>(), ["unchanged"], "{kinds:?}");
}

#[test]
fn only_a_reading_that_was_cut_off_asks_for_the_file_again() {
    let desk = Desk::new();
    let file = desk.write("clients.csv", &csv(&sheet()));
    desk.import(std::slice::from_ref(&file), &["--name", "Book"]);
    // Without the file nothing is read, and it says so; what was read before stands.
    let ended = desk.hub.run(&["import", "Book"]);
    assert!(ended.out.contains("error.file.again"), "{} / {}", ended.out, ended.err);
    assert_eq!(desk.hub.rows().len(), 214);
    let preview = desk.hub.run(&["preview", "Book"]).done().last();
    assert_eq!(preview["rows"].as_array().map(Vec::len), Some(10), "from what was read before");
    // Nobody else's file goes into it.
    let other = desk.export(&demo(), Vendor::Tave);
    let mut line = vec!["import", other[0].to_str().expect("a path"), "--connection", "Book"];
    line.push("--agree");
    let ended = desk.hub.run(&line);
    assert!(ended.out.contains("error.file.other_provider"), "{}", ended.out);
}

#[test]
fn a_problem_names_its_table_row_and_column() {
    let desk = Desk::new();
    let mut rows = sheet();
    rows[3][1] = "not an address".to_owned();
    rows[5][0] = "Whole Weekend".to_owned();
    let file = desk.write("clients.csv", &csv(&rows));
    desk.import(&[file], &[]);
    let listed = desk.hub.rows();
    let problem_at = |row: u64| {
        let found =
            listed.iter().find(|one| one["summary"]["rows"][0]["row"] == json!(row)).expect("the row");
        let seq = found["seq"].to_string();
        let unit = desk.hub.run(&["review", "show", &seq]).done().last();
        unit["problems"].as_array().expect("problems").clone()
    };
    let email = problem_at(4);
    let found = email.iter().find(|one| one["field"] == "email").expect("an address that is none");
    assert_eq!(found["message"]["params"]["column"], "Email", "{found}");
    assert_eq!(found["message"]["params"]["row"], "4");
    assert_eq!(found["message"]["params"]["table"], "clients.csv");
    let name = problem_at(6);
    let found = name.iter().find(|one| one["field"] == "first_name").expect("nobody is called that");
    assert_eq!(found["message"]["params"]["column"], "Couple", "{found}");
}

#[test]
fn rows_with_problems_are_fixed_in_a_spreadsheet_and_dropped_back() {
    let desk = Desk::new();
    let mut rows = sheet();
    let cells = ["+44", "=", "-", "@"];
    for (at, cell) in cells.iter().enumerate() {
        rows[at + 1][1] = format!("not an address {at}");
        rows[at + 1][5] = (*cell).to_owned();
    }
    let file = desk.write("clients.csv", &csv(&rows));
    desk.import(&[file], &["--name", "Book"]);
    let told = desk.hub.run(&["review", "problems", "--dir", desk.directory.path().to_str().expect("ours")]);
    let told = told.done().last();
    let name = told["files"][0]["name"].as_str().expect("a file");
    let text = std::fs::read_to_string(desk.directory.path().join(name)).expect("written");
    for cell in cells {
        assert!(text.contains(&format!("\"'{cell}\"")), "{cell} is no formula in {text}");
    }
    // A person types the addresses and leaves the rest.
    let mut fixed = text.clone();
    for at in 0..cells.len() {
        fixed = fixed.replace(&format!("\"not an address {at}\""), &format!("\"fixed.{at}@example.org\""));
    }
    let fix = desk.write("fixed.csv", fixed.as_bytes());
    let job = desk.import(&[fix], &["--connection", "Book"]);
    assert_eq!(job["state"], "waiting_review", "{job}");
    let listed = desk.hub.rows();
    assert_eq!(listed.len(), 214, "the same clients");
    for (at, cell) in cells.iter().enumerate() {
        let address = format!("fixed.{at}@example.org");
        let row = listed.iter().find(|row| row["summary"]["email"] == address.as_str()).expect("it is fixed");
        let unit = desk.hub.run(&["review", "show", &row["seq"].to_string()]).done().last();
        let notes: Vec<&Json> = unit["ops"]
            .as_array()
            .expect("ops")
            .iter()
            .filter_map(|op| op["after"].get("notes").or_else(|| op["fields"].get("notes")))
            .collect();
        assert!(unit.to_string().contains(&format!("\"{cell}\"")), "{cell} as it was: {notes:?} {unit}");
    }
}
