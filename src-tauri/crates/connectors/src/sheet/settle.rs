//! Deciding the ids of all rows of a set, before the first of them is stored: which record each row is, which job it
//! belongs to, and who its people are. What is stored already keeps its ids; only key parts are held in memory.

use std::collections::HashMap;
use std::ops::Range;

use hub_core::canonical::{ShortId, hash_bytes, short_id};
use hub_core::ports::{RawReader, StoreResult};

use super::facts::{Facts, facts};
use super::fileset::FileSet;
use super::keys::{Part, Parts, PersonKey, Role, day, id_of, part, text_of};
use super::known::{Group, Known};
use super::leftover::{Changed, Match, bring_together};
use super::plan::{Doubt, People, RowPlan};
use super::reading::{Reading, TableReading};
use super::stored::{Place, StoredRow, every};
use super::which::{Entry, NamedBy, Which};
use crate::file::{FileError, RowIs};

/// People of one name whom a question names; nobody reads a longer list.
const MOST_NAMESAKES: usize = 9;
/// Rows that one entry keeps as naming it.
const MOST_NAMED_BY: usize = 20;

/// Why a set could not be settled.
#[derive(Debug, thiserror::Error)]
pub(super) enum SettleError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Store(#[from] hub_core::ports::StoreError),
}

/// What was decided for a set.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// By stream, in the order of its rows.
    pub(super) streams: HashMap<String, Vec<RowPlan>>,
    /// Name of this reading: the same rows give the same.
    pub(super) seen: String,
}

/// Where the keys of a row's people lie among those of the whole set: one piece of memory, not one for each of a hundred
/// thousand rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keys {
    start: u32,
    count: u32,
}

impl Keys {
    fn add(all: &mut Vec<PersonKey>, facts: &Facts) -> Keys {
        let start = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.extend(facts.people.iter().map(PersonKey::of));
        Keys { start, count: u32::try_from(facts.people.len()).unwrap_or(u32::MAX) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.start.saturating_add(self.count) as usize
    }

    fn of(self, all: &[PersonKey]) -> &[PersonKey] {
        all.get(self.range()).unwrap_or_default()
    }
}

/// A row of the set.
pub(super) struct Fresh {
    pub(super) parts: Parts,
    people: Keys,
    /// Day on which the job was made, in words: tells jobs of one name apart.
    pub(super) made: Part,
    /// The record that the row says it is, as few do.
    pub(super) given: Option<Box<ShortId>>,
    pub(super) plan: RowPlan,
    pub(super) known: bool,
}

/// A row that is stored.
struct Old {
    id: ShortId,
    parts: Parts,
    exact: ShortId,
    people: People,
    keys: Keys,
    made: Part,
    job: Option<ShortId>,
    only_people: bool,
    changed: Option<Changed>,
    /// What was not certain of it, as little is.
    doubt: Option<Box<Doubt>>,
    /// Name of the reading that saw it last.
    seen: Part,
    taken: bool,
}

/// Reads the set to its end, at most `limit` rows of a stream, and decides.
pub(super) fn settle(
    reading: &Reading,
    files: &FileSet,
    raw: &dyn RawReader,
    connection_id: &str,
    limit: usize,
) -> Result<Settled, SettleError> {
    let mut seen = Vec::new();
    let mut keys: Vec<PersonKey> = Vec::new();
    let mut streams: Vec<(&TableReading, Vec<Fresh>, Vec<Old>)> = Vec::new();
    for table in &reading.tables {
        let fresh = fresh_rows(table, files, limit, &mut seen, &mut keys)?;
        let old = old_rows(table, raw, connection_id, &mut keys)?;
        streams.push((table, fresh, old));
    }
    // Which rows there are, whatever their order.
    seen.sort_unstable();
    let mut settled = Settled { seen: hash_bytes(&seen.concat()), ..Settled::default() };
    drop(seen);
    let filled = |wanted: &dyn Fn(RowIs) -> bool| {
        streams.iter().any(|(table, fresh, _)| wanted(table.row) && !fresh.is_empty())
    };
    let has_jobs = filled(&|row| matches!(row, RowIs::Project | RowIs::PersonOfProject));
    let lists = has_jobs && filled(&is_list);
    let mut known = Known { lists, several: streams.len() > 1, ..Known::default() };
    for (table, fresh, old) in &mut streams {
        recognise(table, fresh, old, part(&settled.seen));
        for row in fresh.iter().filter(|row| row.known) {
            known.register(table, &row.parts, row.made, row.people.of(&keys), &row.plan, true);
        }
    }
    for (table, _, old) in &mut streams {
        for row in old.drain(..).filter(|row| !row.taken) {
            let plan = RowPlan {
                id: row.id,
                job: row.job,
                people: row.people,
                only_people: row.only_people,
                ..RowPlan::default()
            };
            known.register(table, &row.parts, row.made, row.keys.of(&keys), &plan, false);
        }
    }
    for (table, fresh, _) in &mut streams {
        let deferred = has_jobs && is_list(table.row);
        place(table, fresh, &mut keys, &mut known, deferred);
    }
    // Whoever is on a job by now tells of themselves there; the others are clients without one.
    for (table, fresh, _) in streams.iter_mut().filter(|(table, ..)| has_jobs && is_list(table.row)) {
        for row in fresh.iter_mut().filter(|row| row.plan.job.is_none()) {
            known.join_list_row(row);
            known.register(table, &row.parts, row.made, row.people.of(&keys), &row.plan, true);
        }
    }
    let mut named_by = named_by(&streams);
    for (table, mut fresh, _) in streams {
        for row in &mut fresh {
            // Looked for by a text each, so not where nobody is asked about.
            let asked = !named_by.is_empty();
            if let Some(by) =
                asked.then(|| named_by.remove(&(table.stream.clone(), text_of(&row.plan.id)))).flatten()
            {
                row.plan.doubt().named_by = by;
            }
        }
        let mut plans: Vec<RowPlan> = fresh.into_iter().map(|row| row.plan).collect();
        // They were collected in the place of the rows, which are far larger.
        plans.shrink_to_fit();
        settled.streams.insert(table.stream.clone(), plans);
    }
    Ok(settled)
}

pub(super) fn is_list(row: RowIs) -> bool {
    matches!(row, RowIs::Client | RowIs::Contact)
}

/// For each entry that somebody's name may mean, the rows that name them: by its stream and id.
fn named_by(streams: &[(&TableReading, Vec<Fresh>, Vec<Old>)]) -> HashMap<(String, String), Vec<NamedBy>> {
    let mut found: HashMap<(String, String), Vec<NamedBy>> = HashMap::new();
    for (table, fresh, _) in streams {
        for row in fresh {
            for entry in row.plan.which().iter().flat_map(|which| &which.among) {
                let held = found.entry((entry.stream.clone(), entry.row.clone())).or_default();
                let by = NamedBy { stream: table.stream.clone(), row: text_of(&row.plan.id) };
                if held.len() < MOST_NAMED_BY && !held.contains(&by) {
                    held.push(by);
                }
            }
        }
    }
    found
}

fn fresh_rows(
    table: &TableReading,
    files: &FileSet,
    limit: usize,
    seen: &mut Vec<ShortId>,
    keys: &mut Vec<PersonKey>,
) -> Result<Vec<Fresh>, FileError> {
    let mut rows = files.rows(&table.stream);
    let mut fresh = Vec::new();
    while fresh.len() < limit {
        let Some(row) = rows.next_row()? else { break };
        let Some(chosen) = rows.table(row.table) else { break };
        let cell = |name: &str| {
            let at = chosen.names.iter().position(|own| own == name)?;
            row.cells.get(at).map(String::as_str).filter(|text| !text.trim().is_empty())
        };
        let facts = facts(table, &chosen.table.name, &cell);
        let parts = Parts::of(&facts);
        seen.push(parts.exact(&table.stream));
        fresh.push(Fresh {
            people: Keys::add(keys, &facts),
            made: made(&facts),
            parts,
            given: row.given.map(Box::new),
            plan: RowPlan::default(),
            known: false,
        });
    }
    Ok(fresh)
}

fn made(facts: &Facts) -> Part {
    day(facts.project.text("inquiry_date"))
}

fn old_rows(
    table: &TableReading,
    raw: &dyn RawReader,
    connection_id: &str,
    keys: &mut Vec<PersonKey>,
) -> StoreResult<Vec<Old>> {
    let mut old = Vec::new();
    every(raw, connection_id, &table.stream, &mut |record| {
        let row = StoredRow::parse(&record.raw)?;
        let facts = facts(table, &row.at.table, &|name| row.cell(name));
        let parts = Parts::of(&facts);
        let Some(id) = id_of(&record.id) else { return Ok(()) };
        let people =
            row.at.people.iter().filter_map(|(id, role)| Some((id_of(id)?, Role::parse(role)?))).collect();
        old.push(Old {
            id,
            exact: parts.exact(&table.stream),
            parts,
            people,
            keys: Keys::add(keys, &facts),
            made: made(&facts),
            job: row.at.job.as_deref().and_then(id_of),
            only_people: row.at.only_people,
            changed: row.at.changed.as_deref().and_then(Changed::parse),
            doubt: doubt_of(&row.at),
            seen: part(&row.at.seen),
            taken: false,
        });
        Ok(())
    })?;
    Ok(old)
}

/// What a stored row is not certain of.
fn doubt_of(at: &Place) -> Option<Box<Doubt>> {
    let maybe = at.maybe.iter().filter_map(|id| id_of(id)).collect();
    let doubt = Doubt { maybe, which: at.which.clone(), named_by: Vec::new() };
    (!doubt.maybe.is_empty() || !doubt.which.is_empty()).then(|| Box::new(doubt))
}

/// Which stored record each row is: by its exact key, then by one changed part among what is left over.
fn recognise(table: &TableReading, fresh: &mut [Fresh], old: &mut [Old], seen: Part) {
    let mut by_key: HashMap<ShortId, Vec<usize>> = HashMap::new();
    for (at, row) in old.iter().enumerate().rev() {
        by_key.entry(row.exact).or_default().push(at);
    }
    // What a fix file says counts before anything else.
    let by_id: HashMap<ShortId, usize> = match fresh.iter().any(|row| row.given.is_some()) {
        true => old.iter().enumerate().map(|(at, row)| (row.id, at)).collect(),
        false => HashMap::new(),
    };
    for row in fresh.iter_mut() {
        let given = row.given.as_deref().and_then(|id| by_id.get(id)).and_then(|at| old.get_mut(*at));
        if let Some(held) = given.filter(|held| !held.taken) {
            take(row, held, None);
        }
    }
    for row in fresh.iter_mut().filter(|row| !row.known) {
        let Some(at) = by_key.get_mut(&row.parts.exact(&table.stream)).and_then(Vec::pop) else { continue };
        let Some(held) = old.get_mut(at).filter(|held| !held.taken) else { continue };
        let renamed = held.parts.name != row.parts.name;
        take(row, held, renamed.then_some(Changed::Name));
        // A reading that was cut off and begun again finds its own rows: what it said of them holds.
        if held.seen == seen {
            if let Some(doubt) = held.doubt.as_ref().filter(|doubt| !doubt.maybe.is_empty()) {
                row.plan.doubt().maybe.clone_from(&doubt.maybe);
            }
            row.plan.changed = row.plan.changed.or(held.changed);
        }
    }
    let left_rows: Vec<usize> = (0..fresh.len()).filter(|at| !fresh[*at].known).collect();
    let left_old: Vec<usize> = (0..old.len()).filter(|at| !old[*at].taken).collect();
    if left_rows.is_empty() || left_old.is_empty() {
        return;
    }
    let new_parts: Vec<Parts> = left_rows.iter().map(|at| fresh[*at].parts).collect();
    let old_parts: Vec<Parts> = left_old.iter().map(|at| old[*at].parts).collect();
    for (at, found) in bring_together(&old_parts, &new_parts) {
        let Some(row) = left_rows.get(at).and_then(|at| fresh.get_mut(*at)) else { continue };
        match found {
            Match::Is(one, changed) => {
                if let Some(held) = left_old.get(one).and_then(|one| old.get_mut(*one)) {
                    take(row, held, Some(changed));
                }
            }
            Match::Several(several) => {
                row.plan.doubt().maybe = several
                    .iter()
                    .filter_map(|one| old.get(*left_old.get(*one)?)?.people.first())
                    .map(|(person, _)| *person)
                    .collect();
            }
        }
    }
}

/// The row is this record: its ids stay, also those of its people, by their position.
fn take(row: &mut Fresh, held: &mut Old, changed: Option<Changed>) {
    held.taken = true;
    row.known = true;
    row.plan.id = held.id;
    row.plan.job = held.job;
    row.plan.only_people = held.only_people;
    row.plan.changed = changed;
    row.plan.people = held.people.iter().copied().take(row.people.count as usize).collect();
    if let Some(doubt) = held.doubt.as_ref().filter(|doubt| !doubt.which.is_empty()) {
        row.plan.doubt().which.clone_from(&doubt.which);
    }
}

/// Gives rows that are not known their ids.
fn place(
    table: &TableReading,
    fresh: &mut [Fresh],
    keys: &mut [PersonKey],
    known: &mut Known,
    deferred: bool,
) {
    let mut ordinals: HashMap<ShortId, u32> = HashMap::new();
    // Whoever has an address first: the others of a job are told apart by them.
    let alone = table.row == RowIs::PersonOfProject;
    let named: Vec<bool> =
        fresh.iter().map(|row| alone && row.people.of(keys).iter().any(|key| key.email != 0)).collect();
    for row in fresh.iter_mut() {
        let ordinal = ordinals.entry(row.parts.exact(&table.stream)).or_default();
        *ordinal += 1;
        if !row.known {
            let exact = row.parts.exact(&table.stream);
            row.plan.id = match *ordinal {
                1 => exact,
                number => short_id(&format!("{}\n{number}", text_of(&exact))),
            };
        }
    }
    for pass in 0..2 {
        let now = |named: bool| if alone { (pass == 0) == named } else { pass == 0 };
        for (row, _) in fresh.iter_mut().zip(&named).filter(|(_, named)| now(**named)) {
            if row.known {
                // A person who came to the row since.
                // What hangs on a job of others names them only.
                let names = !matches!(table.row, RowIs::Instalment | RowIs::Invoice | RowIs::Transaction);
                let missing = names && row.people.count as usize > row.plan.people.len();
                if missing {
                    people(row, keys, known, None);
                    known.register(table, &row.parts, row.made, row.people.of(keys), &row.plan, true);
                }
                continue;
            }
            match table.row {
                RowIs::Client | RowIs::Contact | RowIs::Project | RowIs::Event => {
                    people(row, keys, known, None);
                    row.plan.job = (!deferred).then_some(row.plan.id);
                }
                RowIs::PersonOfProject => person_of_project(row, keys, known),
                RowIs::Instalment => instalment(row, keys, known),
                RowIs::Invoice | RowIs::Transaction => by_display_name(row, keys, known),
            }
            known.register(table, &row.parts, row.made, row.people.of(keys), &row.plan, true);
        }
    }
}

/// Ids of the people of a row; those it has already stay.
fn people(row: &mut Fresh, keys: &[PersonKey], known: &Known, within: Option<ShortId>) {
    for (at, key) in row.people.of(keys).iter().enumerate().skip(row.plan.people.len()) {
        let role = key.role.unwrap_or(Role::Other);
        let scope = within
            .or_else(|| row.plan.people.first().map(|(person, _)| *person))
            .map_or_else(|| text_of(&row.plan.id), |scope| text_of(&scope));
        // In a set the list of clients knows the address that this row does not say.
        let by_name = known.lists && key.email == 0 && key.name != 0 && (at > 0 || key.phone == 0);
        let listed = |name: Part| -> Vec<&(ShortId, String, ShortId)> {
            let entries = known.listed.get(&name).filter(|_| by_name && name != 0);
            let others =
                |entry: &&(ShortId, String, ShortId)| row.plan.people.iter().all(|(own, _)| *own != entry.0);
            entries.into_iter().flatten().filter(others).collect()
        };
        let (mut others, mut enough) = (listed(key.name), 2);
        if others.is_empty() && key.first != key.name {
            // "Ottoline & Ravi Kaur" in one cell, and an Ottoline without a family name in the list: too little to join them
            // unasked.
            (others, enough) = (listed(key.first), 1);
        }
        let found = known.find(key).or(match others.as_slice() {
            [only] if enough > 1 => Some(only.0),
            _ => None,
        });
        let person = found.unwrap_or_else(|| {
            short_id(&if key.email == 0 {
                format!("person\n{scope}\n{:x}\n{}", key.name, if key.name == 0 { at } else { 0 })
            } else {
                format!("person\n{:x}\n{:x}", key.email, key.name)
            })
        });
        if found.is_none() && others.len() >= enough {
            let entry = |(person, stream, row): &(ShortId, String, ShortId)| Entry {
                person: text_of(person),
                stream: stream.clone(),
                row: text_of(row),
            };
            let among = others.into_iter().take(MOST_NAMESAKES).map(entry).collect();
            row.plan.doubt().which.push(Which { person: text_of(&person), among });
        }
        row.plan.people.push((person, role));
    }
}

fn person_of_project(row: &mut Fresh, keys: &mut [PersonKey], known: &Known) {
    let groups = known.groups.get(&(row.parts.project, row.parts.date));
    let group = groups.and_then(|groups| groups.iter().find(|group| group.made == row.made));
    let job = group.map_or_else(
        || short_id(&format!("job\n{:x}\n{:x}\n{:x}", row.parts.project, row.parts.date, row.made)),
        |group| group.job,
    );
    row.plan.job = Some(job);
    let unmarked = group.map_or(0, |group| group.unmarked);
    for key in keys.get_mut(row.people.range()).unwrap_or_default() {
        key.role = key.role.or(Some(match unmarked {
            0 => Role::Primary,
            1 => Role::Partner,
            _ => Role::Other,
        }));
    }
    let within = group.and_then(|group| group.first).unwrap_or(job);
    people(row, keys, known, Some(within));
}

/// An instalment belongs to the job of its project's name and day; of several, to the one with its people.
fn instalment(row: &mut Fresh, keys: &[PersonKey], known: &Known) {
    let groups = known.groups.get(&(row.parts.project, row.parts.date)).map_or(&[][..], Vec::as_slice);
    let met = |group: &&Group| {
        row.people.of(keys).iter().any(|key| {
            group
                .people
                .iter()
                .any(|own| key.email != 0 && key.email == own.email || key.name != 0 && key.name == own.name)
        })
    };
    let found = match groups {
        [only] => Some(only),
        several => several.iter().find(met),
    };
    match found {
        Some(group) => {
            row.plan.job = Some(group.job);
            // Who they are, the list of projects says.
            row.people = Keys::default();
        }
        None => {
            let who = row.people.of(keys).iter().map(|key| key.email.max(key.name)).min().unwrap_or(0);
            row.plan.job =
                Some(short_id(&format!("job\n{:x}\n{:x}\n{who:x}", row.parts.project, row.parts.date)));
            people(row, keys, known, None);
        }
    }
}

/// An invoice that names its client and nothing else.
fn by_display_name(row: &mut Fresh, keys: &[PersonKey], known: &Known) {
    let person =
        row.people.of(keys).first().and_then(|key| known.find(key).or_else(|| known.by_name(key.name)));
    let job = person.and_then(|person| known.jobs_of.get(&person)?.first()).map(|(_, job)| *job);
    row.plan.job = job;
    row.people = Keys::default();
}
