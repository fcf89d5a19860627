//! Orders that do not depend on the order of arrival.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::text_at;
use crate::definition::JobOrder;

/// The id of an assembled sub-document.
pub(super) fn id_of(document: &Json) -> &str {
    text_at(document, "@.id").unwrap_or_default()
}

/// Blank after everything else, text by bytes, numbers by size.
fn compare(left: Option<&Json>, right: Option<&Json>) -> Ordering {
    match (left, right) {
        (None | Some(Json::Null), None | Some(Json::Null)) => Ordering::Equal,
        (None | Some(Json::Null), _) => Ordering::Greater,
        (_, None | Some(Json::Null)) => Ordering::Less,
        (Some(Json::String(left)), Some(Json::String(right))) => left.cmp(right),
        (Some(left), Some(right)) => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => left.to_string().cmp(&right.to_string()),
        },
    }
}

/// Orders records by these leaves, then by id.
pub(super) fn by_leaves(documents: &mut [Json], leaves: &[String]) {
    documents.sort_by(|left, right| {
        leaves
            .iter()
            .map(|leaf| compare(left.get(leaf), right.get(leaf)))
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| id_of(left).cmp(id_of(right)))
    });
}

/// Orders jobs as [`JobOrder`] says.
pub(super) fn jobs(documents: &mut Vec<Json>, order: &JobOrder) {
    by_leaves(documents, std::slice::from_ref(&order.date));
    let rank = |job: &Json| -> (bool, bool) {
        let kind = text_at(job, &order.kind).unwrap_or_default().to_lowercase();
        let main = order.main_kinds.iter().any(|wanted| kind.contains(&wanted.to_lowercase()));
        let open = job.get(&order.closed).and_then(Json::as_bool) != Some(true);
        (main, open)
    };
    // The latest of the best rank; a job without a date stands last in the list and is not "the latest".
    let best = (0..documents.len()).max_by(|&left, &right| {
        let dated = |index: usize| documents[index].get(&order.date).is_some_and(Json::is_string);
        (rank(&documents[left]), dated(left))
            .cmp(&(rank(&documents[right]), dated(right)))
            .then(left.cmp(&right))
    });
    if let Some(best) = best {
        let main = documents.remove(best);
        documents.insert(0, main);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_main_job_stands_first_whatever_the_order_of_arrival() {
        let order = JobOrder {
            kind: "kind".into(),
            main_kinds: vec!["wedding".into()],
            closed: "closed".into(),
            date: "date".into(),
        };
        let job = |id: &str, kind: &str, date: Option<&str>, closed: bool| json!({"@": {"id": id}, "kind": kind, "date": date, "closed": closed});
        let jobs_of = |seed: usize| {
            let mut all = vec![
                job("a", "Engagement", Some("2025-09-01"), false),
                job("b", "Wedding", Some("2026-06-13"), false),
                job("c", "Wedding", Some("2027-01-01"), true),
                job("d", "Family portrait", None, false),
            ];
            let length = all.len();
            all.rotate_left(seed % length);
            jobs(&mut all, &order);
            all.iter().map(|job| id_of(job).to_owned()).collect::<Vec<_>>()
        };
        for seed in 0..4 {
            assert_eq!(
                jobs_of(seed),
                ["b", "a", "c", "d"],
                "open wedding, then by date, blanks last (start {seed})"
            );
        }
    }
}
