//! Finding a client anywhere on this computer: in the newest plan of each connection, and among what WedSync holds.

use std::collections::HashSet;

use hub_core::message::Locale;
use hub_core::parse::{DateOrder, parse_date};
use hub_core::ports::{FoundParty, Heading, UnitQuery, UnitRow};

use crate::dto::{ClientsFind, FoundClient, FoundClients, FoundInReview};
use crate::{ApiError, Host};

/// Clients answered when the request does not say, and at most.
const USUAL: u32 = 8;
const MOST: u32 = 50;
/// Longest search, in characters.
const LONGEST: usize = 200;
/// Rows of a plan that are looked at for the other words of a search.
const LOOKED_AT: u32 = 400;

pub(crate) async fn clients(host: &dyn Host, request: ClientsFind) -> Result<FoundClients, ApiError> {
    let account = host.engine().account()?;
    let limit = request.limit.unwrap_or(USUAL).clamp(1, MOST);
    // Nobody is called more than this.
    let query: String = request.query.chars().take(LONGEST).collect();
    let (day, words) = (day_of(&query, host.locale()), words_of(&query));
    let clients = host
        .engine()
        .db()
        .run(move |book| {
            let mut found = Vec::new();
            for connection in book.connections(&account.supplier_id)? {
                let Some(plan) = book.current_plan(&connection.id)? else { continue };
                let Some(query) = query_of(&words, day.as_deref()) else { continue };
                let query = UnitQuery { appointments: Some(false), ..query };
                let rows = book.units(&plan.id, &query)?.0;
                let fitting = rows.into_iter().filter(|row| match &day {
                    Some(day) => row.summary.wedding_date.as_deref() == Some(day),
                    None => holds(row, &words),
                });
                found.extend(fitting.take(limit as usize).map(|row| in_review(&connection.id, row)));
            }
            let seen: HashSet<String> = found.iter().map(|client| client.client_id.clone()).collect();
            let held = match &day {
                Some(day) => book.find_clients_on(day, limit)?,
                None => book.find_clients(&words, limit)?,
            };
            found.extend(held.into_iter().filter(|party| !seen.contains(&party.client_id)).map(in_wedsync));
            found.truncate(limit as usize);
            Ok(found)
        })
        .await?;
    Ok(FoundClients { clients })
}

/// The words of a search, in small letters; what only joins names is none.
fn words_of(query: &str) -> Vec<String> {
    query.split_whitespace().filter(|word| !matches!(*word, "&" | "+")).map(str::to_lowercase).collect()
}

/// The day that a search names. A bare figure is no day, and neither is a month.
fn day_of(query: &str, locale: Locale) -> Option<String> {
    let order = match locale {
        Locale::EnUs => DateOrder::Mdy,
        Locale::EnGb => DateOrder::Dmy,
    };
    let reading = parse_date(query.trim(), Some(order)).ok().flatten()?;
    let serial = matches!(reading.order, Some(DateOrder::Excel1900 | DateOrder::Excel1904));
    (!serial).then(|| reading.date.to_string())
}

/// What the plan is asked: the longest word leaves the fewest rows, the others are looked for in those.
fn query_of(words: &[String], day: Option<&str>) -> Option<UnitQuery> {
    if let Some(day) = day {
        let sort = Some("wedding_date".to_owned());
        return Some(UnitQuery {
            weddings_from: Some(day.to_owned()),
            sort,
            limit: MOST,
            ..UnitQuery::default()
        });
    }
    let longest = words.iter().max_by_key(|word| word.chars().count())?.clone();
    Some(UnitQuery { search: Some(longest), limit: LOOKED_AT, ..UnitQuery::default() })
}

/// Whether names or e-mail hold every word.
fn holds(row: &UnitRow, words: &[String]) -> bool {
    let names = row.summary.names.join(" ").to_lowercase();
    let email = row.summary.email.as_deref().unwrap_or_default().to_lowercase();
    words.iter().all(|word| names.contains(word.as_str()) || email.contains(word.as_str()))
}

fn in_review(connection_id: &str, row: UnitRow) -> FoundClient {
    let heading = Heading::of(row.kind, row.state).into();
    FoundClient {
        client_id: row.client_id,
        review: Some(FoundInReview { connection_id: connection_id.to_owned(), seq: row.seq, heading }),
        names: row.summary.names,
        email: row.summary.email,
        wedding_date: row.summary.wedding_date,
        venue: row.summary.venue,
    }
}

fn in_wedsync(party: FoundParty) -> FoundClient {
    FoundClient {
        client_id: party.client_id,
        review: None,
        names: party.names,
        email: party.email,
        wedding_date: party.wedding_date,
        venue: party.venue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_a_day_or_words() {
        let day = |query: &str, locale| day_of(query, locale);
        assert_eq!(day("13 June 2026", Locale::EnGb).as_deref(), Some("2026-06-13"));
        assert_eq!(day("4/5/2026", Locale::EnGb).as_deref(), Some("2026-05-04"));
        assert_eq!(day("4/5/2026", Locale::EnUs).as_deref(), Some("2026-04-05"));
        assert_eq!(day("2026-06-13", Locale::EnUs).as_deref(), Some("2026-06-13"));
        for words in ["charlotte", "46000", "2026", "may", "", "31 Feb 2026"] {
            assert_eq!(day(words, Locale::EnGb), None, "{words}");
        }
        assert_eq!(words_of(" Charlotte & JAMES "), ["charlotte", "james"]);
        assert!(query_of(&[], None).is_none(), "nothing typed finds nothing");
    }
}
