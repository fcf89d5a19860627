//! The seeded book as the CRMs' own exports: recognised, whole, and with the generator's own counts.

use std::path::Path;

use hub_connectors::file::{FileError, Opened, open};
use hub_sandbox::book::demo;
use hub_sandbox::exports::{Vendor, export};

/// Rows of cells.
type Cells = Vec<Vec<String>>;

/// Every row of every table, and the kinds of oddness.
fn read(path: &Path) -> Result<(Opened, Vec<Cells>, Vec<&'static str>), FileError> {
    let opened = open(path)?;
    let mut tables = Vec::new();
    let mut odd: Vec<&str> = opened.warnings().iter().map(|warning| warning.oddness.code()).collect();
    for table in &opened.tables {
        let mut rows = table.rows()?;
        let mut cells = Vec::new();
        while let Some(row) = rows.next_row()? {
            cells.push(row.cells);
        }
        odd.extend(rows.warnings().iter().map(|warning| warning.oddness.code()));
        tables.push(cells);
    }
    Ok((opened, tables, odd))
}

#[test]
fn each_vendors_export_of_the_same_book_is_recognised_and_whole() {
    let book = demo();
    let directory = tempfile::tempdir().expect("a directory");
    for vendor in Vendor::ALL {
        let expected: &[&[Option<&str>]] = match vendor {
            Vendor::HoneyBook => &[
                &[Some("honeybook_booked_projects")],
                &[Some("honeybook_leads")],
                &[Some("honeybook_payments")],
            ],
            Vendor::Dubsado => &[
                &[Some("dubsado_clients")],
                &[Some("dubsado_projects")],
                &[Some("dubsado_invoices")],
                &[Some("dubsado_transactions")],
            ],
            Vendor::StudioNinja => {
                &[&[Some("studio_ninja_clients")], &[Some("studio_ninja_jobs"), Some("studio_ninja_jobs")]]
            }
            Vendor::SeventeenHats => &[&[Some("seventeen_contacts")]],
            Vendor::Tave => &[&[Some("tave_list")]],
            Vendor::Spreadsheet => &[&[None]],
        };
        let files = export(&book, vendor).expect("written");
        assert_eq!(files, export(&book, vendor).expect("written"), "the same book gives the same bytes");
        assert_eq!(files.len(), expected.len(), "{vendor:?}");
        for (file, expected) in files.iter().zip(expected) {
            let path = directory.path().join(&file.name);
            std::fs::write(&path, &file.bytes).expect("written");
            let (opened, tables, odd) = read(&path).unwrap_or_else(|error| panic!("{}: {error}", file.name));
            let keys: Vec<_> = opened
                .tables
                .iter()
                .map(|table| table.recognised.as_ref().map(|found| found.preset.key.as_str()))
                .collect();
            assert_eq!(&keys, expected, "{}", file.name);
            let counts: Vec<usize> = tables.iter().map(Vec::len).collect();
            assert_eq!(counts, file.records, "{}: no record lost, no total taken for one", file.name);
            // Two people of one name make two columns of one name in the wide list.
            let allowed = ["total_row", "preamble", "other_entries", "duplicate_header"];
            assert!(odd.iter().all(|code| allowed.contains(code)), "{}: {odd:?}", file.name);
        }
    }
}

#[test]
fn the_plain_spreadsheet_holds_the_generators_own_days() {
    let book = demo();
    let file = export(&book, Vendor::Spreadsheet).expect("written").remove(0);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(&file.name);
    std::fs::write(&path, &file.bytes).expect("written");
    let (opened, tables, _) = read(&path).expect("readable");
    assert_eq!(opened.tables[0].header[3], "Wedding date");
    let parties = book.expected().parties;
    assert_eq!(tables[0].len(), parties.len(), "one row a client");
    for (row, party) in tables[0].iter().zip(&parties) {
        let day = party.wedding_date.map(|day| day.to_string()).unwrap_or_default();
        assert_eq!(row[3], day, "party {}", party.index);
    }
}

/// A small generator of our own, so that a failure can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

#[test]
fn f46_a_damaged_file_is_read_or_refused_and_never_ends_the_program() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/files");
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("damaged");
    let mut cases: Vec<_> = std::fs::read_dir(corpus)
        .expect("the corpus is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| !path.to_string_lossy().ends_with(".json"))
        .collect();
    cases.sort();
    let (mut refused, mut taken) = (0, 0);
    for case in cases {
        let whole = std::fs::read(&case).expect("readable");
        if whole.is_empty() || whole.len() > 20_000 {
            continue;
        }
        for seed in 0..12 {
            let mut dice = Dice(seed * 7919 + whole.len() as u64);
            let mut bytes = whole.clone();
            match seed % 4 {
                0 => bytes.truncate(dice.below(whole.len())),
                1 => {
                    for _ in 0..1 + bytes.len() / 200 {
                        let at = dice.below(bytes.len());
                        bytes[at] = dice.below(256) as u8;
                    }
                }
                2 => {
                    let (from, to) = (dice.below(bytes.len()), dice.below(bytes.len()));
                    let length = dice.below(64).min(bytes.len() - from.max(to));
                    bytes.copy_within(from..from + length, to);
                }
                _ => {
                    let at = dice.below(bytes.len());
                    let marks = [b'"', b'<', b'\\', 0, 0xFF, b'\n', b';', b'&'];
                    bytes.splice(at..at, (0..9).map(|_| marks[dice.below(marks.len())]).collect::<Vec<_>>());
                }
            }
            std::fs::write(&path, &bytes).expect("written");
            match read(&path) {
                Ok(_) => taken += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(taken > 100 && refused > 100, "both happen: {taken} taken, {refused} refused");
}
