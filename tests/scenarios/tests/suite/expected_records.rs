//! After import, decisions and upload, WedSync holds exactly what the generator wrote down (MODEL 2, 4).

use std::collections::{BTreeMap, BTreeSet};

use hub_core::job::{Outcome, Phase};
use hub_core::plan::UnitKind;
use hub_core::ports::{PlanStore, UnitQuery};
use hub_sandbox::book::{HandTyped, Relation, hand_typed};
use hub_sandbox::expected::{self, Held, same_as};
use hub_scenarios::Desk;

use crate::support::{assert_whole_book, demo_world};

#[test]
fn inv_32_wedsync_holds_the_generators_own_list() {
    let world = demo_world();
    let book = world.crm.book();
    let typed = hand_typed(book);
    let desk = Desk::new(&world);
    let plan = desk.import();
    let seen = desk.rows(&plan, &UnitQuery::default()).into_iter().map(|row| {
        let unit = desk.unit(&plan, row.seq).unit;
        Seen {
            kind: row.kind,
            names: unit.summary.names,
            wedding_date: unit.summary.wedding_date,
            candidates: unit.candidates.len(),
        }
    });
    the_twelve_are_matched_as_they_should(seen, &typed);
    assert_whole_book(&desk, &plan, book);
    desk.answer_everything(&plan);
    let upload = desk.upload();
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    assert_whole_book(&desk, &plan, book);
    let settled: BTreeSet<Outcome> =
        desk.store.outcomes(&plan.id).expect("outcomes").values().flat_map(BTreeMap::keys).copied().collect();
    assert!(
        settled.iter().all(|outcome| matches!(
            outcome,
            Outcome::Created | Outcome::Linked | Outcome::Updated | Outcome::Unchanged | Outcome::Skipped
        )),
        "nothing waits after the upload: {settled:?}"
    );
    expected::assert_held(book, &Held::of(&world), &[]);
}

/// A row of the review, as far as matching goes.
pub(crate) struct Seen {
    pub(crate) kind: UnitKind,
    pub(crate) names: Vec<String>,
    pub(crate) wedding_date: Option<String>,
    pub(crate) candidates: usize,
}

/// Five of the twelve are found, each by the party it is; the siblings and the strangers are nobody's candidates.
pub(crate) fn the_twelve_are_matched_as_they_should(seen: impl Iterator<Item = Seen>, typed: &[HandTyped]) {
    use hub_sandbox::book::Agreement;
    let mut found: BTreeMap<usize, (UnitKind, usize)> = BTreeMap::new();
    for row in seen.filter(|row| row.candidates > 0) {
        let primary = row.names.first().cloned().unwrap_or_default();
        let same: Vec<&HandTyped> = typed
            .iter()
            .filter(|typed| {
                same_as(typed).is_some()
                    && typed.wedding_date.map(|date| date.to_string()) == row.wedding_date
                    && typed.people.iter().any(|person| primary.starts_with(&person.first))
            })
            .collect();
        assert_eq!(same.len(), 1, "{primary} is one of the five");
        let party = same_as(same[0]).expect("one of the five");
        assert!(found.insert(party, (row.kind, row.candidates)).is_none(), "{primary} is found once");
    }
    let expected: BTreeMap<usize, (UnitKind, usize)> = typed
        .iter()
        .filter_map(|typed| match typed.relation {
            Relation::SameAs { party, because } => {
                // A strong identifier proposes the link; a name and a date alone ask.
                let kind = match because {
                    Agreement::Email | Agreement::PartnerFirst | Agreement::PhoneNotation => UnitKind::Linked,
                    Agreement::MaidenName | Agreement::NameAndDate => UnitKind::Duplicate,
                };
                Some((party, (kind, 1)))
            }
            Relation::NotDuplicateOf { .. } | Relation::Unrelated => None,
        })
        .collect();
    assert_eq!(expected.len(), 5, "the generator typed five of the book by hand");
    assert_eq!(found, expected);
}
