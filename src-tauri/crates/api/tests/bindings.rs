//! The TypeScript of the command table is in the repository and as the table says.

use std::path::Path;

#[test]
fn the_generated_types_are_those_of_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/api/generated/rpc.ts");
    let wanted = hub_api::schema::typescript();
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("it can be made");
        std::fs::write(&file, &wanted).expect("it can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == wanted, "rpc.ts differs from the table; run the tests once with UPDATE_BINDINGS=1");
    for row in hub_api::TABLE {
        assert!(wanted.contains(&format!("\"{}\": {{ request: ", row.name)), "{} is in the schema", row.name);
    }
    assert!(!wanted.contains("bigint"), "numbers of the wire are JSON numbers");
}

#[test]
fn names_are_unique_and_reads_invalidate_nothing() {
    let mut names: Vec<&str> = hub_api::TABLE.iter().map(|row| row.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "each name once");
    for row in hub_api::TABLE {
        if row.cost == hub_api::Cost::Free {
            assert!(row.invalidates.is_empty(), "{} is free, so it changes nothing", row.name);
        }
    }
}
