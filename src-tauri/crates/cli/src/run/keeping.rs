//! Restore points, retention and erasure on the line.

use hub_api::command;
use hub_api::dto::{Nothing, PrivacyErase, RestorePoints, RestoreStart, RetentionView};
use hub_core::message::Message;

use crate::args::{EraseArgs, RetentionArgs};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::{Screen, input_line};

pub(super) async fn restore(
    client: &Client,
    screen: Screen,
    point: Option<String>,
    list: bool,
    take: bool,
) -> Result<Exit, Failure> {
    if take {
        let points = client.call::<command::RestoreTake>(&Nothing {}).await?;
        screen.result(&points, |points| show(screen, points))?;
        return Ok(Exit::Done);
    }
    match point {
        Some(point_id) if !list => {
            let restored = client.call::<command::RestoreStart>(&RestoreStart { point_id }).await?;
            screen.result(&restored, |restored| {
                screen.say(&Message::new("hub.restore.done"))?;
                restored.to_import.iter().try_for_each(|name| {
                    screen.say(&Message::new("hub.restore.import_next").with("name", name))
                })
            })?;
        }
        _ => {
            let points = client.call::<command::RestoreList>(&Nothing {}).await?;
            screen.result(&points, |points| show(screen, points))?;
        }
    }
    Ok(Exit::Done)
}

fn show(screen: Screen, points: &RestorePoints) -> Result<(), Failure> {
    if points.points.is_empty() {
        return screen.say(&Message::new("hub.restore.none"));
    }
    let rows = points
        .points
        .iter()
        .map(|point| {
            let size = format!("{:.1} MB", point.size as f64 / 1_000_000.0);
            let there = if point.present { "hub.restore.there" } else { "hub.restore.gone" };
            vec![
                point.id.clone(),
                screen.text(&Message::new(format!("hub.restore.reason.{}", point.reason))),
                point.at.to_string(),
                size,
                screen.text(&Message::new(there)),
            ]
        })
        .collect();
    screen.table(&["id", "reason", "at", "size", "state"], rows)
}

/// Asks for the studio's name, so that nothing is erased by a slip of the fingers.
pub(super) async fn erase(client: &Client, screen: Screen, arguments: EraseArgs) -> Result<Exit, Failure> {
    let studio = match arguments.studio {
        Some(studio) => studio,
        None => {
            let ask = if arguments.everything { "hub.erase.ask_everything" } else { "hub.erase.ask_person" };
            screen.note(&Message::new(ask));
            input_line()?
        }
    };
    let request = PrivacyErase { person_id: arguments.person, studio };
    let erased = client.call::<command::PrivacyErase>(&request).await?;
    screen.result(&erased, |erased| {
        screen.say(&Message::new("hub.erase.done").with("count", erased.in_wedsync))?;
        if let Some(proof) = &erased.proof {
            screen.say(&Message::new("hub.erase.proof").with("proof", proof))?;
        }
        screen.say(&Message::new("hub.erase.copies"))?;
        if arguments.everything { Ok(()) } else { screen.say(&Message::new("hub.erase.crm")) }
    })?;
    Ok(Exit::Done)
}

pub(super) async fn retention(
    client: &Client,
    screen: Screen,
    arguments: RetentionArgs,
) -> Result<Exit, Failure> {
    let held = client.call::<command::RetentionGet>(&Nothing {}).await?;
    let wanted = RetentionView {
        event_days: arguments.event_days.unwrap_or(held.event_days),
        log_days: arguments.log_days.unwrap_or(held.log_days),
        undo_days: arguments.undo_days.unwrap_or(held.undo_days),
        backups: arguments.backups.unwrap_or(held.backups),
        backup_days: arguments.backup_days.unwrap_or(held.backup_days),
        ..held.clone()
    };
    let kept = if wanted == held { held } else { client.call::<command::RetentionSet>(&wanted).await? };
    screen.result(&kept, |kept| {
        let rows = [
            ("event_days", u64::from(kept.event_days)),
            ("events_per_job", kept.events_per_job),
            ("log_days", u64::from(kept.log_days)),
            ("log_rows", kept.log_rows),
            ("undo_days", u64::from(kept.undo_days)),
            ("backups", u64::from(kept.backups)),
            ("backup_days", u64::from(kept.backup_days)),
            ("usage_days", u64::from(kept.usage_days)),
        ];
        let rows = rows
            .iter()
            .map(|(name, number)| {
                vec![screen.text(&Message::new(format!("hub.retention.{name}"))), number.to_string()]
            })
            .collect();
        screen.table(&["what", "count"], rows)
    })?;
    Ok(Exit::Done)
}
