//! Every name that is read by its files, on the golden file of each export: one test a promise, over all of them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use hub_connectors::definition::{Operation, RouteKind};
use hub_connectors::feed::CALENDAR_FILE;
use hub_connectors::sheet::{FileConnector, FileConnectorParts, FileSet, PickedFile, Where, look};
use hub_connectors::{embedded, embedded_keys};
use hub_core::party::NoLinks;
use hub_core::ports::{AccountInfo, Connector, RawRecord};
use hub_testkit::fakes::MemoryRaw;

/// A golden file of a name.
struct Golden {
    key: &'static str,
    path: PathBuf,
}

/// Those of every name that is read by its files.
fn all() -> Vec<Golden> {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/definitions");
    let mut found = Vec::new();
    for key in embedded_keys() {
        let definition = embedded(key).expect("built in").expect("without faults");
        // Calendars in files have a suite of their own (`calendar_files`).
        if !definition.routes.works(RouteKind::File, Operation::Read) || key == CALENDAR_FILE {
            continue;
        }
        let before = found.len();
        let folder = std::fs::read_dir(fixtures.join(key)).unwrap_or_else(|error| panic!("{key}: {error}"));
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let exports = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "csv"));
        found.extend(exports.map(|path| Golden { key, path }));
        assert!(found.len() > before, "{key} has a golden file");
    }
    assert!(found.iter().map(|golden| golden.key).collect::<BTreeSet<_>>().len() >= 18, "nearly all of 21");
    found
}

impl Golden {
    fn connector(&self) -> FileConnector {
        let picked = PickedFile {
            id: "golden".to_owned(),
            name: self.path.file_name().unwrap().to_string_lossy().into_owned(),
            size: std::fs::metadata(&self.path).unwrap().len(),
            place: Where::Path(self.path.clone()),
        };
        let looked = look(std::slice::from_ref(&picked), &[], None, "GB");
        assert!(looked.usable, "{}", self.path.display());
        FileConnector::new(FileConnectorParts {
            provider: self.key.to_owned(),
            connection_id: "c".to_owned(),
            account: AccountInfo {
                account_id: "c".to_owned(),
                name: "Harlow & Finch Photography".to_owned(),
                time_zone: None,
                currency: Some("GBP".to_owned()),
                country: Some("GB".to_owned()),
                readable: Vec::new(),
            },
            files: Some(FileSet::open(&[picked], &[], &looked.reading)),
            reading: looked.reading,
            stored: Arc::new(MemoryRaw::default()),
        })
    }

    fn told(&self) -> String {
        self.path.display().to_string()
    }
}

async fn sweep(connector: &FileConnector) -> Vec<(String, Vec<RawRecord>)> {
    let mut all = Vec::new();
    for stream in connector.streams() {
        let (mut records, mut cursor) = (Vec::new(), None);
        loop {
            let page = connector.page(&stream.name, cursor.as_ref()).await.expect("a golden file is read");
            records.extend(page.records);
            match page.next {
                None => break,
                next => cursor = next,
            }
        }
        all.push((stream.name.clone(), records));
    }
    all
}

#[tokio::test]
async fn inv_04_each_row_is_read_once_and_the_same_the_next_time() {
    for golden in all() {
        let bytes = std::fs::read(&golden.path).unwrap();
        let connector = golden.connector();
        for stream in connector.streams() {
            let counted = connector.count(&stream.name).await.expect("it is counted");
            let read = sweep(&golden.connector()).await;
            let (_, records) = read.iter().find(|(name, _)| *name == stream.name).expect("the stream");
            assert_eq!(counted, Some(records.len() as u64), "{}: as many as are counted", golden.told());
        }
        let (once, again) = (sweep(&connector).await, sweep(&golden.connector()).await);
        assert_eq!(once, again, "{}: the same rows in the same order", golden.told());
        for (stream, records) in &once {
            let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
            assert_eq!(ids.len(), records.len(), "{} {stream}: no row twice", golden.told());
            assert!(!records.is_empty(), "{} {stream}: somebody is in it", golden.told());
        }
        assert_eq!(std::fs::read(&golden.path).unwrap(), bytes, "Inv 34: a file is only read");
    }
}

#[tokio::test]
async fn inv_13_what_comes_of_a_file_does_not_depend_on_the_order_of_arrival() {
    for golden in all() {
        let connector = golden.connector();
        let (mut forwards, mut backwards) = (MemoryRaw::default(), MemoryRaw::default());
        for (stream, mut records) in sweep(&connector).await {
            forwards.keep(&stream, records.clone());
            records.reverse();
            backwards.keep(&stream, records);
        }
        let one = connector.parties(&forwards, "c", &NoLinks).expect("memory does not fail").all();
        let other = connector.parties(&backwards, "c", &NoLinks).expect("memory does not fail").all();
        // Invoices alone name nobody: they hang on the clients of their set.
        let people = connector.streams().iter().any(|stream| stream.always);
        assert!(!people || !one.is_empty(), "{}: there are clients", golden.told());
        assert_eq!(one, other, "{}: the same clients in the same order", golden.told());
        let documents = connector.assemble(&forwards, "c", &one).expect("memory does not fail");
        let others = connector.assemble(&backwards, "c", &other).expect("memory does not fail");
        assert_eq!(documents, others, "{}: and the same documents", golden.told());
    }
}

#[tokio::test]
async fn inv_03_a_file_proves_nobody_gone_and_tells_no_changes() {
    for golden in all() {
        let connector = golden.connector();
        assert!(!connector.tells_what_is_gone(), "{}: absent is not deleted", golden.told());
        for stream in connector.streams() {
            assert!(connector.changes(&stream.name).is_none(), "{}: it is read whole", golden.told());
        }
        assert_eq!(connector.provider(), golden.key);
    }
}
