//! Persons without a job: left out unless asked for, and then clients of their own (MODEL 2).

use hub_core::job::Phase;
use hub_core::plan::UnitKind;
use hub_core::ports::{ConnectionStore, UnitQuery};
use hub_sandbox::Mutation;
use hub_scenarios::Desk;

use crate::support::{Held, kinds, ops, what_it_does, world_of};

fn bring_people_without_a_job(desk: &Desk, on: bool) {
    let mut connection = desk.connection.clone();
    connection.scope.people_without_job = on;
    desk.store.put_connection(&connection).expect("stored");
}

#[test]
fn persons_without_a_job_are_clients_of_their_own_when_asked_for() {
    let world = world_of(60);
    let desk = Desk::new(&world);
    let expected = world.crm.book().expected();
    assert!(!expected.without_job.is_empty(), "the book has some");
    let plan = desk.import();
    assert_eq!(kinds(&desk, &plan).values().sum::<usize>(), expected.parties.len(), "off: nobody of them");

    bring_people_without_a_job(&desk, true);
    let plan = desk.import();
    let units = kinds(&desk, &plan).values().sum::<usize>();
    assert_eq!(units, expected.parties.len() + expected.without_job.len(), "on: each one a client");
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let people = held.by_source("person");
    for person in &expected.without_job {
        let name = people[&person.to_string()]["name"].as_str().expect("a name");
        let clients = held.all("client").iter().filter(|client| {
            client["fields"]["people"].as_object().is_some_and(|all| all.contains_key(name))
        });
        assert_eq!(clients.count(), 1, "{name} is a client");
    }
    for sample in &expected.sample_people {
        assert!(!people.contains_key(&sample.to_string()), "who stands on sample jobs alone is left out");
    }
    let clients = held.all("client").len();

    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    // One of them books: the job joins the client that they are.
    let booked = Mutation::AddJob {
        clients: vec![expected.without_job[0].to_string()],
        date: "2028-05-06".into(),
        title: "Booked at last".into(),
    };
    world.crm.control().mutate(&booked).expect("added");
    let plan = desk.import();
    assert_eq!(kinds(&desk, &plan).get(&UnitKind::New), None, "{}", what_it_does(&desk, &plan));
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    assert_eq!(Held::of(&world).all("client").len(), clients, "no client was made twice");

    // Narrowed again: those who came stay as they are.
    bring_people_without_a_job(&desk, false);
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "{}", what_it_does(&desk, &plan));
    assert_eq!(desk.rows(&plan, &UnitQuery::default()).len(), expected.parties.len() + 1);
}
