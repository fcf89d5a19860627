//! Finding clients that WedSync holds, by the beginnings of names and e-mails or by the day: through indexes, whatever
//! the length of the book.

use std::collections::BTreeSet;

use hub_core::ports::FoundParty;
use rusqlite::Connection;

use crate::error::DbResult;

/// People looked at for one search: with more, the words say too little to find one.
const MOST_LOOKED_AT: i64 = 500;
/// People of whom a name or the e-mail begins with a word; `?1` is the word, `?2` what stands behind all such texts.
const HIT: &str = "WITH hit (id) AS (
    SELECT id FROM people INDEXED BY people_find_first
      WHERE first_name >= ?1 COLLATE NOCASE AND first_name < ?2 COLLATE NOCASE AND deleted_at IS NULL
    UNION ALL SELECT id FROM people INDEXED BY people_find_last
      WHERE last_name >= ?1 COLLATE NOCASE AND last_name < ?2 COLLATE NOCASE AND deleted_at IS NULL
    UNION ALL SELECT id FROM people INDEXED BY people_find_email
      WHERE email >= ?1 COLLATE NOCASE AND email < ?2 COLLATE NOCASE AND deleted_at IS NULL)";
/// Stands behind every text that begins with a word.
const LAST: char = '\u{10FFFF}';

/// The words as they may be written: the index tells no case apart, but beyond A to Z it does.
fn spellings(word: &str) -> BTreeSet<String> {
    let mut letters = word.chars();
    let capital = letters
        .next()
        .filter(|first| !first.is_ascii())
        .map(|first| first.to_uppercase().chain(letters).collect());
    [Some(word.to_owned()), capital].into_iter().flatten().collect()
}

/// Clients of whose people each word begins a name or an e-mail.
pub(crate) fn by_words(connection: &Connection, words: &[String], limit: u32) -> DbResult<Vec<FoundParty>> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut leading: Option<(i64, &String)> = None;
    for word in &words {
        let hits = hits(connection, word)?;
        if leading.is_none_or(|(fewest, _)| hits < fewest) {
            leading = Some((hits, word));
        }
    }
    // The rarest word leaves the fewest to look at.
    let Some((_, leading)) = leading else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&format!(
        "{HIT} SELECT c.client_id FROM hit JOIN client_people c ON c.person_id = hit.id LIMIT ?3"
    ))?;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for spelling in spellings(leading) {
        let mut rows = statement.query((&spelling, format!("{spelling}{LAST}"), MOST_LOOKED_AT))?;
        while found.len() < limit as usize
            && let Some(row) = rows.next()?
        {
            let id: String = row.get(0)?;
            if !seen.insert(id.clone()) {
                continue;
            }
            let Some((party, text)) = party(connection, &id)? else { continue };
            if words.iter().all(|word| begins(&text, word)) {
                found.push(party);
            }
        }
    }
    found.sort_by_cached_key(|party| (party.names.join(" ").to_lowercase(), party.client_id.clone()));
    Ok(found)
}

/// How many people a word leads to, up to one more than are looked at.
fn hits(connection: &Connection, word: &str) -> DbResult<i64> {
    let mut statement =
        connection.prepare_cached(&format!("{HIT} SELECT count(*) FROM (SELECT id FROM hit LIMIT ?3)"))?;
    let mut hits = 0;
    for spelling in spellings(word) {
        let found: i64 = statement
            .query_row((&spelling, format!("{spelling}{LAST}"), MOST_LOOKED_AT + 1), |row| row.get(0))?;
        hits += found;
    }
    Ok(hits)
}

/// Whether one of the names and e-mails begins with the word.
fn begins(texts: &[String], word: &str) -> bool {
    texts
        .iter()
        .any(|text| text.starts_with(word) || text.split([' ', '-', '\'']).any(|part| part.starts_with(word)))
}

/// Clients whose wedding is on the day.
pub(crate) fn on_day(connection: &Connection, day: &str, limit: u32) -> DbResult<Vec<FoundParty>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM clients INDEXED BY clients_by_date WHERE wedding_date = ?1 AND deleted_at IS NULL LIMIT ?2",
    )?;
    let ids: Vec<String> =
        statement.query_map((day, limit), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(party(connection, &id)?.map(|(party, _)| party));
    }
    Ok(found)
}

/// A live client, and what a search of it looks at, in small letters.
fn party(connection: &Connection, id: &str) -> DbResult<Option<(FoundParty, Vec<String>)>> {
    let mut client = connection.prepare_cached(
        "SELECT email, wedding_date, venue_name FROM clients WHERE id = ?1 AND deleted_at IS NULL AND awaited = 0",
    )?;
    let mut rows = client.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut party = FoundParty {
        client_id: id.to_owned(),
        names: Vec::new(),
        email: row.get(0)?,
        wedding_date: row.get(1)?,
        venue: row.get(2)?,
    };
    let mut people = connection.prepare_cached(
        "SELECT p.first_name, p.last_name, p.email, c.role FROM client_people c JOIN people p ON p.id = c.person_id
         WHERE c.client_id = ?1 AND p.deleted_at IS NULL ORDER BY c.role <> 'primary', c.position, p.id",
    )?;
    let mut rows = people.query([id])?;
    let (mut texts, mut others) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (first, last): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
        let name = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
        texts.extend(row.get::<_, Option<String>>(2)?.map(|email| email.to_lowercase()));
        if name.is_empty() {
            continue;
        }
        texts.push(name.to_lowercase());
        let role: String = row.get(3)?;
        if matches!(role.as_str(), "primary" | "partner") {
            party.names.push(name)
        } else {
            others.push(name)
        }
    }
    if party.names.is_empty() {
        party.names = others;
    }
    Ok(Some((party, texts)))
}
