//! Checks of documents that are joined from several lists.

use std::collections::BTreeSet;

use super::{Faults, known_stream};
use crate::definition::{Assemble, Leaf, Leaves, ListsRead, Rule};

pub(super) fn check_assemble(
    assemble: &Assemble,
    api: &ListsRead,
    streams: &BTreeSet<&str>,
    faults: &mut Faults,
) {
    known_stream(&assemble.person.stream, "assemble.person.stream", streams, faults);
    known_stream(&assemble.job.stream, "assemble.job.stream", streams, faults);
    known_stream(&assemble.on_job.stream, "assemble.on_job.stream", streams, faults);
    known_stream(&assemble.on_job.role_stream, "assemble.on_job.role_stream", streams, faults);
    check_leaves(&assemble.person.leaves, "assemble.person.leaves", streams, faults);
    check_leaves(&assemble.job.leaves, "assemble.job.leaves", streams, faults);
    if !assemble.person.leaves.contains_key(&assemble.person.named_by) {
        faults.add("assemble.person.named_by", format!("no leaf `{}`", assemble.person.named_by));
    }
    let order = &assemble.job.order;
    for leaf in [&order.kind, &order.closed, &order.date] {
        if !assemble.job.leaves.contains_key(leaf) {
            faults.add("assemble.job.order", format!("no leaf `{leaf}`"));
        }
    }
    if let Some(pick) = &assemble.job.main_event
        && !assemble
            .child
            .iter()
            .any(|child| child.name == pick.child && child.leaves.contains_key(&pick.leaf))
    {
        faults
            .add("assemble.job.main_event", format!("no child `{}` with a leaf `{}`", pick.child, pick.leaf));
    }
    for (kind, children) in [("child", &assemble.child), ("person_child", &assemble.person_child)] {
        for (index, child) in children.iter().enumerate() {
            let place = format!("assemble.{kind}.{index}");
            known_stream(&child.stream, &format!("{place}.stream"), streams, faults);
            let slots =
                api.stream.iter().find(|stream| stream.name == child.stream).map_or(0, |s| s.parents.len());
            if child.slot >= slots {
                faults.add(format!("{place}.slot"), format!("`{}` has {slots} parents", child.stream));
            }
            for leaf in child.order.iter().filter(|leaf| !child.leaves.contains_key(*leaf)) {
                faults.add(format!("{place}.order"), format!("no leaf `{leaf}`"));
            }
            check_leaves(&child.leaves, &format!("{place}.leaves"), streams, faults);
        }
    }
}

fn check_leaves(leaves: &Leaves, place: &str, streams: &BTreeSet<&str>, faults: &mut Faults) {
    for (name, leaf) in leaves {
        let place = format!("{place}.{name}");
        match leaf {
            Leaf::Path(path) if path.split('.').any(str::is_empty) => {
                faults.add(place, "empty step in the path")
            }
            Leaf::Path(_) => {}
            Leaf::Rule(
                Rule::LookUp { stream, .. }
                | Rule::Reference { stream, .. }
                | Rule::CustomFields { stream, .. },
            ) => {
                known_stream(stream, &place, streams, faults);
            }
            Leaf::Rule(Rule::Object { leaves, .. } | Rule::List { leaves, .. }) => {
                check_leaves(leaves, &place, streams, faults);
            }
            Leaf::Rule(Rule::ObjectOf { stream, leaves, .. }) => {
                known_stream(stream, &place, streams, faults);
                check_leaves(leaves, &place, streams, faults);
            }
            Leaf::Rule(_) => {}
        }
    }
}
