//! The assembled document is a view: what changes in it touches the records it is about and no other (MODEL 3).

use std::collections::BTreeSet;

use hub_core::job::Phase;
use hub_core::plan::{PlanOp, UnitKind};
use hub_core::ports::UnitQuery;
use hub_core::record::RecordType;
use hub_sandbox::book::{Household, Special};
use hub_sandbox::{Fault, Mutation, Scope, World};
use hub_scenarios::Desk;

use crate::support::{kinds, ops, what_it_does, world_of};

fn uploaded(world: &World) -> Desk {
    let desk = Desk::new(world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    desk
}

fn all_ops(desk: &Desk) -> Vec<PlanOp> {
    let plan = desk.plan();
    desk.rows(&plan, &UnitQuery::default())
        .into_iter()
        .filter(|row| row.ops > 0)
        .flat_map(|row| desk.unit(&plan, row.seq).unit.ops)
        .collect()
}

#[test]
fn adding_a_job_reordering_pages_or_swapping_partners_changes_no_other_record() {
    let world = world_of(60);
    let desk = uploaded(&world);
    let control = world.crm.control();
    let book = world.crm.book();
    let household = |special: Special| -> Household { book.party(special.home()).0 };

    // Another job of a couple that has one: one new project with its one event or none, nothing else.
    let couple = household(Special::Untouched);
    let clients: Vec<String> = couple
        .job_contacts
        .iter()
        .filter(|contact| contact.client)
        .map(|c| c.contact_id.to_string())
        .collect();
    let job = control
        .mutate(&Mutation::AddJob { clients, date: "2027-06-05".into(), title: "Vow renewal".into() })
        .expect("added")
        .expect("its id");
    let plan = desk.import();
    let changed: Vec<PlanOp> = all_ops(&desk);
    assert_eq!(kinds(&desk, &plan).get(&UnitKind::Changed), Some(&1), "{}", what_it_does(&desk, &plan));
    assert!(
        changed.iter().all(|op| op.record.record_type == RecordType::Project
            && op.source.as_ref().is_some_and(|source| source.id == job.to_string())),
        "{changed:#?}"
    );
    assert_eq!(changed.len(), 1);
    assert_eq!(desk.upload().phase, Phase::Done);

    // The same pages in another order within: the proof of completeness asks for the list again until it holds still.
    control.fault(Scope::path("/address-book").times(2), Fault::UnstableOrder);
    control.fault(Scope::path("/job").times(1), Fault::UnstableOrder);
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    control.heal();

    // The two people of two job contacts change places: the client's list of people at most.
    let couple = household(Special::FlagWillChange);
    let contacts: Vec<String> =
        couple.job_contacts.iter().filter(|contact| contact.client).map(|c| c.id.to_string()).collect();
    control
        .mutate(&Mutation::SwapPartners { first: contacts[0].clone(), second: contacts[1].clone() })
        .expect("swapped");
    let plan = desk.import();
    let touched: BTreeSet<RecordType> = all_ops(&desk).iter().map(|op| op.record.record_type).collect();
    assert!(
        touched.is_subset(&BTreeSet::from([RecordType::Client])),
        "who is listed first is a matter of the client alone: {touched:?} {:?}",
        kinds(&desk, &plan)
    );
    assert!(ops(&desk, &plan) <= 1);
}

#[test]
fn a_client_flag_taken_off_moves_one_couple_and_no_one_else() {
    let world = world_of(60);
    let desk = uploaded(&world);
    let couple = world.crm.book().party(Special::FlagWillChange.home()).0;
    let second = couple.job_contacts.iter().filter(|contact| contact.client).nth(1).expect("a partner");
    world
        .crm
        .control()
        .mutate(&Mutation::SetClientFlag { id: second.id.to_string(), client: false })
        .expect("taken off");
    let plan = desk.import();
    let rows = desk.rows(&plan, &UnitQuery::default());
    assert_eq!(rows.len(), world.crm.book().expected().parties.len(), "the couple stays one client");
    let touched: Vec<_> = rows.iter().filter(|row| row.ops > 0).collect();
    assert!(touched.len() <= 1, "{}", what_it_does(&desk, &plan));
    let types: BTreeSet<RecordType> = all_ops(&desk).iter().map(|op| op.record.record_type).collect();
    assert!(
        types.is_subset(&BTreeSet::from([RecordType::Client, RecordType::Project])),
        "the person moves from the party to the job: {types:?}"
    );
}
