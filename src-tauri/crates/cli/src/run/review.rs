//! The review on the line.

use hub_api::command;
use hub_api::dto::{
    BulkDecision, ConnectionId, Decided, Decision, ProblemView, ReviewApprove, ReviewDecide,
    ReviewDecideMany, ReviewFixRule, ReviewList, ReviewSummary, ReviewUnit, ReviewWho, UnitKind, UnitState,
    UnitView, WhoIs,
};
use hub_core::fields::SAME_AS;
use hub_core::message::Message;
use serde_json::Value as Json;

use super::connect::word;
use super::connection;
use super::map::plain;
use crate::args::ReviewAction;
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

pub(super) async fn run(
    client: &Client,
    screen: Screen,
    action: ReviewAction,
    name: Option<String>,
) -> Result<Exit, Failure> {
    let connection_id = connection(client, name).await?.id;
    let whole = ConnectionId { connection_id: connection_id.clone() };
    match action {
        ReviewAction::Summary => {
            let summary = client.call::<command::ReviewSummary>(&whole).await?;
            screen.result(&summary, |summary| show_summary(screen, summary))?;
        }
        ReviewAction::List { kind, state, search, limit, offset } => {
            let request = ReviewList {
                connection_id,
                kind: named(kind, "error.no_kind")?,
                state: named(state, "error.no_state")?,
                search,
                offset,
                limit: Some(limit),
                ..ReviewList::default()
            };
            list(client, screen, &request).await?;
        }
        ReviewAction::Problems { dir } => {
            return super::files::problems(client, screen, &whole, dir.as_deref()).await;
        }
        ReviewAction::Show { row } => {
            let unit = client.call::<command::ReviewUnit>(&ReviewUnit { connection_id, seq: row }).await?;
            screen.result(&unit, |unit| show(screen, unit))?;
        }
        ReviewAction::Accept { rows } => {
            let request = ReviewApprove { connection_id, seqs: Some(rows) };
            let decided = client.call::<command::ReviewApprove>(&request).await?;
            return tell(screen, decided, "hub.review.approved");
        }
        ReviewAction::Approve => {
            let request = ReviewApprove { connection_id, seqs: None };
            let decided = client.call::<command::ReviewApprove>(&request).await?;
            return tell(screen, decided, "hub.review.approved");
        }
        ReviewAction::Reject { rows } => {
            return many(client, screen, connection_id, rows, BulkDecision::Reject).await;
        }
        ReviewAction::Reopen { rows } => {
            return many(client, screen, connection_id, rows, BulkDecision::Reopen).await;
        }
        ReviewAction::Fix { rows, without: true } => {
            return many(client, screen, connection_id, rows, BulkDecision::WithoutMissing).await;
        }
        ReviewAction::Fix { rows, without: false } => {
            let mut decided = Decided::default();
            for seq in rows {
                if fix(client, &connection_id, seq).await? { decided.decided += 1 } else { decided.left += 1 }
            }
            return tell(screen, decided, "hub.review.decided");
        }
        ReviewAction::Edit { row, record, field, value, everywhere } => {
            // A structured value is typed as JSON, a plain one as it is.
            let value = serde_json::from_str(&value).unwrap_or(Json::String(value));
            if everywhere {
                let request = ReviewFixRule { connection_id, seq: row, record_id: record, field, value };
                let kept = client.call::<command::ReviewFixRule>(&request).await?;
                screen.result(&kept, |_| screen.say(&Message::new("hub.review.rule")))?;
                return Ok(Exit::Done);
            }
            let decision = Decision::SetValue { record_id: record, field, value };
            one(client, screen, connection_id, row, decision).await?;
        }
        ReviewAction::Who { row, choice } => who(client, screen, connection_id, row, &choice).await?,
        ReviewAction::Link { row, client: wanted } => {
            let client_id = match wanted {
                Some(id) => id,
                None => best_candidate(client, &connection_id, row).await?,
            };
            one(client, screen, connection_id, row, Decision::Link { client_id }).await?;
        }
        ReviewAction::Create { rows } => {
            for row in rows {
                one(client, screen, connection_id.clone(), row, Decision::CreateAnyway).await?;
            }
        }
        ReviewAction::Lift => {
            let summary = client.call::<command::ReviewLiftGuard>(&whole).await?;
            screen.result(&summary, |summary| show_summary(screen, summary))?;
        }
    }
    Ok(Exit::Done)
}

fn named<T: serde::de::DeserializeOwned>(name: Option<String>, error: &str) -> Result<Option<T>, Failure> {
    name.map(|name| {
        serde_json::from_value(Json::String(name.clone()))
            .map_err(|_| Failure::usage(Message::new(error).with("name", name)))
    })
    .transpose()
}

async fn list(client: &Client, screen: Screen, request: &ReviewList) -> Result<(), Failure> {
    let found = client.call::<command::ReviewList>(request).await?;
    screen.result(&found, |found| {
        let rows = found
            .rows
            .iter()
            .map(|row| {
                vec![
                    row.seq.to_string(),
                    row.summary.names.join(" & "),
                    row.summary.wedding_date.clone().unwrap_or_default(),
                    row.summary.venue.clone().unwrap_or_default(),
                    screen.text(&Message::new(format!("hub.unit_kind.{}", word(&row.kind)))),
                    screen.text(&Message::new(format!("hub.unit_state.{}", word(&row.state)))),
                ]
            })
            .collect();
        screen.table(&["row", "name", "wedding_date", "venue", "kind", "state"], rows)?;
        screen
            .say(&Message::new("hub.review.shown").with("shown", found.rows.len()).with("total", found.total))
    })
}

pub(super) fn show_summary(screen: Screen, summary: &ReviewSummary) -> Result<(), Failure> {
    let rows = summary
        .counts
        .iter()
        .map(|count| {
            vec![
                screen.text(&Message::new(format!("hub.unit_kind.{}", word(&count.kind)))),
                screen.text(&Message::new(format!("hub.unit_state.{}", word(&count.state)))),
                count.count.to_string(),
            ]
        })
        .collect();
    screen.table(&["kind", "state", "count"], rows)?;
    screen.say(&Message::new("review.ready").with("count", summary.ready))?;
    screen.say(&Message::new("review.waiting").with("count", summary.waiting))?;
    match &summary.guard {
        Some(guard) => screen.say(&Message::new(hub_core::ports::guard_message(guard))),
        None => Ok(()),
    }
}

fn show(screen: Screen, unit: &UnitView) -> Result<(), Failure> {
    screen.line(&unit.summary.names.join(" & "))?;
    let mut rows = Vec::new();
    for op in &unit.ops {
        for (name, after) in &op.after {
            let before = op.before.get(name).map(plain).unwrap_or_default();
            rows.push(vec![
                screen.text(&Message::new(format!("hub.records.{}", word(&op.record_type)))),
                name.clone(),
                before,
                plain(after),
                screen.text(&op.reason.clone().into()),
            ]);
        }
    }
    screen.table(&["records", "field", "before", "after", "reason"], rows)?;
    for problem in &unit.problems {
        let text = screen.text(&problem.message.clone().into());
        let fixes: Vec<String> = problem.fixes.iter().map(plain).collect();
        screen.line(&format!(
            "{} {} {}: {text} {}",
            problem.record_id,
            problem.field,
            problem.found,
            fixes.join(", ")
        ))?;
    }
    for candidate in &unit.candidates {
        let evidence: Vec<String> =
            candidate.evidence.iter().map(|evidence| screen.text(&evidence.message.clone().into())).collect();
        screen.line(&format!("{} {}: {}", candidate.client_id, candidate.score, evidence.join(", ")))?;
    }
    for conflict in &unit.conflicts {
        screen.line(&format!(
            "{} {}: {} / {}",
            conflict.record_id,
            conflict.field,
            plain(&conflict.crm),
            plain(&conflict.wedsync)
        ))?;
    }
    Ok(())
}

async fn one(
    client: &Client,
    screen: Screen,
    connection_id: String,
    seq: u64,
    decision: Decision,
) -> Result<(), Failure> {
    let request = ReviewDecide { connection_id, seq, decision };
    let unit = client.call::<command::ReviewDecide>(&request).await?;
    screen.result(&unit, |unit| show(screen, unit))
}

/// Answers who somebody is, by the number of a choice.
async fn who(
    client: &Client,
    screen: Screen,
    connection_id: String,
    seq: u64,
    choice: &str,
) -> Result<(), Failure> {
    let unit =
        client.call::<command::ReviewUnit>(&ReviewUnit { connection_id: connection_id.clone(), seq }).await?;
    let asked = unit.problems.iter().find(|problem| problem.field == SAME_AS);
    let fixes = asked.map_or(&[][..], |problem| problem.fixes.as_slice());
    let is_nobody = |fix: &&Json| fix["person"].is_null();
    let chosen = match choice.parse::<usize>() {
        Ok(number) => fixes.iter().filter(|fix| !is_nobody(fix)).nth(number.wrapping_sub(1)),
        Err(_) if choice == "nobody" => fixes.iter().find(is_nobody),
        Err(_) => None,
    };
    let of = chosen.and_then(|fix| fix["of"].as_str());
    let Some((chosen, of)) = chosen.zip(of) else { return Err(Failure::own("error.which_person")) };
    let is = match chosen["person"].as_str() {
        Some(person) => WhoIs::Entry { person: person.to_owned() },
        None => WhoIs::Nobody,
    };
    let request = ReviewWho { connection_id, of: of.to_owned(), is };
    let settled = client.call::<command::ReviewWho>(&request).await?;
    screen.result(&settled, |_| screen.say(&Message::new("hub.review.who")))
}

async fn many(
    client: &Client,
    screen: Screen,
    connection_id: String,
    seqs: Vec<u64>,
    decision: BulkDecision,
) -> Result<Exit, Failure> {
    let request = ReviewDecideMany { connection_id, seqs, decision };
    let decided = client.call::<command::ReviewDecideMany>(&request).await?;
    tell(screen, decided, "hub.review.decided")
}

fn tell(screen: Screen, decided: Decided, id: &str) -> Result<Exit, Failure> {
    screen.result(&decided, |decided| screen.say(&Message::new(id).with("count", decided.decided)))?;
    if decided.left > 0 {
        screen.note(&Message::new("hub.review.left").with("count", decided.left));
    }
    Ok(if decided.left == 0 { Exit::Done } else { Exit::Partial })
}

/// Takes the likeliest answer to each problem of a client; false when one of them has none.
pub(super) async fn fix(client: &Client, connection_id: &str, seq: u64) -> Result<bool, Failure> {
    let request = ReviewUnit { connection_id: connection_id.to_owned(), seq };
    let unit = client.call::<command::ReviewUnit>(&request).await?;
    // Who somebody is has no likeliest answer.
    let unclear = |problem: &ProblemView| problem.fixes.is_empty() || problem.field == SAME_AS;
    if unit.problems.is_empty() || unit.problems.iter().any(unclear) {
        return Ok(false);
    }
    for problem in unit.problems {
        let Some(value) = problem.fixes.into_iter().next() else { return Ok(false) };
        let decision = Decision::SetValue { record_id: problem.record_id, field: problem.field, value };
        let request = ReviewDecide { connection_id: connection_id.to_owned(), seq, decision };
        client.call::<command::ReviewDecide>(&request).await?;
    }
    Ok(true)
}

async fn best_candidate(client: &Client, connection_id: &str, seq: u64) -> Result<String, Failure> {
    let request = ReviewUnit { connection_id: connection_id.to_owned(), seq };
    let unit = client.call::<command::ReviewUnit>(&request).await?;
    let best = unit.candidates.into_iter().max_by_key(|candidate| candidate.score);
    best.map(|candidate| candidate.client_id).ok_or_else(|| Failure::own("error.no_candidate"))
}

/// The rows of one kind that wait for a decision.
pub(super) async fn waiting(
    client: &Client,
    connection_id: &str,
    kind: UnitKind,
) -> Result<Vec<u64>, Failure> {
    let mut rows = Vec::new();
    loop {
        let request = ReviewList {
            connection_id: connection_id.to_owned(),
            kind: Some(kind),
            state: Some(UnitState::Pending),
            offset: rows.len() as u64,
            limit: Some(500),
            ..ReviewList::default()
        };
        let page = client.call::<command::ReviewList>(&request).await?;
        if page.rows.is_empty() {
            return Ok(rows);
        }
        rows.extend(page.rows.iter().map(|row| row.seq));
    }
}
