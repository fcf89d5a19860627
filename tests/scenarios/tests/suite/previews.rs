//! The preview shows what the import will make of a client, no more and no less.

use hub_core::ports::UnitQuery;
use hub_scenarios::Desk;
use tokio_util::sync::CancellationToken;

use crate::support::world_of;

#[test]
fn a_previewed_client_looks_as_it_will_after_the_import() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let rows = desk
        .wait(desk.engine.preview(&desk.connection.id, &CancellationToken::new(), &|_| {}))
        .expect("rows");
    assert!(!rows.is_empty(), "the newest clients");
    let plan = desk.import();
    let units = desk.rows(&plan, &UnitQuery::default());
    for row in rows {
        let unit = units
            .iter()
            .find(|unit| unit.summary.names == row.unit.summary.names)
            .unwrap_or_else(|| panic!("{:?} is imported", row.unit.summary.names));
        assert_eq!(unit.summary.wedding_date, row.unit.summary.wedding_date, "{:?}", unit.summary.names);
        assert_eq!(unit.summary.email, row.unit.summary.email, "{:?}", unit.summary.names);
        assert_eq!(unit.problems as usize, row.unit.problems.len(), "{:#?}", row.unit.problems);
    }
}
