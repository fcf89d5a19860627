//! The first screen at a glance: counts and the next weddings, from what is on this computer. No request leaves it.

use hub_core::ports::UnitQuery;

use crate::dto::{ComingUp, HomeOverview, Nothing};
use crate::{ApiError, Host};

/// Weddings shown.
const COMING_UP: u32 = 4;
/// Zone of "today" where nobody has said one.
const NO_ZONE: &str = "UTC";

pub(crate) async fn overview(host: &dyn Host, _: Nothing) -> Result<HomeOverview, ApiError> {
    let account = host.engine().known_account();
    let zone = account.as_ref().map_or(NO_ZONE, |account| account.time_zone.as_str());
    let today = host.clock().today(zone).to_string();
    let supplier = account.map(|account| account.supplier_id);
    let overview = host
        .engine()
        .db()
        .run(move |book| {
            let mut overview = HomeOverview {
                clients_in_wedsync: book.mirror_counts()?.get("client").copied().unwrap_or(0),
                clients_here: 0,
                coming_up: Vec::new(),
                backed_up_at: book.last_restore_point()?,
            };
            let connections = match &supplier {
                Some(supplier) => book.connections(supplier)?,
                None => Vec::new(),
            };
            for connection in connections {
                let Some(plan) = book.current_plan(&connection.id)? else { continue };
                let all = UnitQuery { limit: 0, appointments: Some(false), ..UnitQuery::default() };
                overview.clients_here += book.units(&plan.id, &all)?.1;
                let query = UnitQuery {
                    weddings_from: Some(today.clone()),
                    sort: Some("wedding_date".to_owned()),
                    limit: COMING_UP,
                    ..UnitQuery::default()
                };
                for row in book.units(&plan.id, &query)?.0 {
                    let Some(wedding_date) = row.summary.wedding_date else { continue };
                    overview.coming_up.push(ComingUp {
                        connection_id: connection.id.clone(),
                        seq: row.seq,
                        names: row.summary.names,
                        wedding_date,
                        venue: row.summary.venue,
                    });
                }
            }
            overview.coming_up.sort_by(|one, other| one.wedding_date.cmp(&other.wedding_date));
            overview.coming_up.truncate(COMING_UP as usize);
            Ok(overview)
        })
        .await?;
    Ok(overview)
}
