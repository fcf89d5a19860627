//! Which columns of which tables mean what: data that is kept with the connection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::file::{Preset, RowIs, plain, preset};

/// Whose value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The first person of the row, or the only one.
    Primary,
    /// The other half of the couple.
    Partner,
    /// A parent.
    Parent,
    /// The planner.
    Planner,
    /// Somebody else.
    Other,
    /// The person whom the column's own name names.
    Named,
    /// The client as a whole.
    Client,
    /// The job.
    Project,
    /// An appointment.
    Event,
    /// An invoice or an instalment of one.
    Invoice,
    /// A payment.
    Payment,
}

impl Place {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::Primary => "primary",
            Place::Partner => "partner",
            Place::Parent => "parent",
            Place::Planner => "planner",
            Place::Other => "other",
            Place::Named => "named",
            Place::Client => "client",
            Place::Project => "project",
            Place::Event => "event",
            Place::Invoice => "invoice",
            Place::Payment => "payment",
        }
    }

    /// The place of this name.
    pub fn parse(name: &str) -> Option<Place> {
        [
            Place::Primary,
            Place::Partner,
            Place::Parent,
            Place::Planner,
            Place::Other,
            Place::Named,
            Place::Client,
            Place::Project,
            Place::Event,
            Place::Invoice,
            Place::Payment,
        ]
        .into_iter()
        .find(|place| place.as_str() == name)
    }

    /// Whether it is a person.
    pub fn is_person(self) -> bool {
        match self {
            Place::Primary
            | Place::Partner
            | Place::Parent
            | Place::Planner
            | Place::Other
            | Place::Named => true,
            Place::Client | Place::Project | Place::Event | Place::Invoice | Place::Payment => false,
        }
    }
}

/// What one column is read as. A column may be read as several things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnUse {
    /// Its name, as `Table::column_names` gives it.
    pub column: String,
    /// Whose value.
    pub place: Place,
    /// A field of WedSync's, or one that is taken apart: `full_name`, `people`, `emails`, `address.<part>`.
    pub field: String,
    /// For [`Place::Named`]: who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
}

/// How one kind of table is read; its rows are one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableReading {
    /// Name of the stream: the preset's key, or `rows`. Part of every reference, so it never changes.
    pub stream: String,
    /// The preset, where it is one's.
    pub preset: Option<String>,
    /// What a row is.
    pub row: RowIs,
    /// What its columns are read as.
    pub columns: Vec<ColumnUse>,
    /// Columns that nothing reads: the supplier's own fields.
    pub extras: Vec<String>,
}

/// How the files of a connection are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Version of this form.
    pub version: u32,
    /// Provider key of the connection.
    pub provider: String,
    /// Its tables, lists of clients first.
    pub tables: Vec<TableReading>,
    /// Who people are that a job names without an address and a list of clients has more than once, as somebody answered:
    /// the id of the entry's person; `None` where it is none of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub same: BTreeMap<String, Option<String>>,
}

/// Version of the form that is written.
const VERSION: u32 = 1;
/// The stream of a plain spreadsheet.
pub(super) const ROWS: &str = "rows";

impl Reading {
    /// One without tables.
    pub(crate) fn of(provider: &str) -> Reading {
        Reading { version: VERSION, provider: provider.to_owned(), tables: Vec::new(), same: BTreeMap::new() }
    }

    /// How a stream is read.
    pub fn table(&self, stream: &str) -> Option<&TableReading> {
        self.tables.iter().find(|table| table.stream == stream)
    }

    /// Adds a table's reading; a stream that is known learns what is new in it.
    pub(crate) fn learn(&mut self, fresh: TableReading) {
        match self.tables.iter_mut().find(|table| table.stream == fresh.stream) {
            Some(known) => known.learn(&fresh),
            None => {
                self.tables.push(fresh);
                self.tables.sort_by_key(|table| rank(table.row));
            }
        }
    }

    /// Whether files read like `new` may be a newer version of those read like this: the same kind of export, or most of
    /// the columns of a plain spreadsheet.
    pub fn fits(&self, new: &Reading) -> bool {
        self.provider == new.provider
            && new.tables.iter().all(|table| {
                let Some(known) = self.table(&table.stream) else { return table.preset.is_some() };
                let there = |name: &str| {
                    table.columns.iter().any(|one| one.column == name)
                        || table.extras.iter().any(|one| one == name)
                };
                let own: Vec<&str> = known
                    .columns
                    .iter()
                    .map(|one| one.column.as_str())
                    .chain(known.extras.iter().map(String::as_str))
                    .collect();
                known.preset.is_some() || own.iter().filter(|name| there(name)).count() * 2 >= own.len()
            })
    }
}

/// Who is known before what hangs on them.
fn rank(row: RowIs) -> u8 {
    match row {
        RowIs::Client | RowIs::Contact => 0,
        RowIs::Project | RowIs::PersonOfProject => 1,
        RowIs::Event => 2,
        RowIs::Invoice | RowIs::Instalment => 3,
        RowIs::Transaction => 4,
    }
}

impl TableReading {
    /// The preset's description.
    pub(super) fn preset(&self) -> Option<&'static Preset> {
        preset(self.preset.as_deref()?)
    }

    /// What a column is read as.
    pub(super) fn uses_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a ColumnUse> {
        self.columns.iter().filter(move |one| one.column == column)
    }

    /// Whether it knows the column.
    fn knows(&self, column: &str) -> bool {
        self.uses_of(column).next().is_some() || self.extras.iter().any(|one| one == column)
    }

    /// Takes what a newer file of the same kind has and this did not know. A new column takes the place of one that the
    /// file lacks, when it is read as the same; otherwise it is an own field: nobody asked for more.
    fn learn(&mut self, fresh: &TableReading) {
        let there: Vec<&str> = fresh
            .columns
            .iter()
            .map(|one| one.column.as_str())
            .chain(fresh.extras.iter().map(String::as_str))
            .collect();
        let mut added: Vec<ColumnUse> = Vec::new();
        let mut extras: Vec<String> = Vec::new();
        for column in &there {
            if self.knows(column) {
                continue;
            }
            // The same name in another spelling is the same column.
            let spelled = self
                .columns
                .iter()
                .find(|one| plain(&one.column) == plain(column) && !there.contains(&one.column.as_str()));
            if let Some(old) = spelled.map(|one| one.column.clone()) {
                let uses: Vec<ColumnUse> = self.uses_of(&old).cloned().collect();
                added.extend(uses.into_iter().map(|one| ColumnUse { column: (*column).to_owned(), ..one }));
                continue;
            }
            let mut taken = false;
            for use_ in fresh.uses_of(column) {
                let same = |one: &&ColumnUse| {
                    one.place == use_.place && one.field == use_.field && one.who == use_.who
                };
                let before: Vec<&ColumnUse> = self.columns.iter().filter(same).collect();
                let replaces =
                    !before.is_empty() && before.iter().all(|one| !there.contains(&one.column.as_str()));
                if replaces || use_.place == Place::Named {
                    added.push(use_.clone());
                    taken = true;
                }
            }
            if !taken && !extras.iter().any(|one| one == column) {
                extras.push((*column).to_owned());
            }
        }
        self.columns.extend(added);
        self.extras.extend(extras);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, Place, &str)], extras: &[&str]) -> TableReading {
        TableReading {
            stream: ROWS.to_owned(),
            preset: None,
            row: RowIs::Project,
            columns: columns
                .iter()
                .map(|(column, place, field)| ColumnUse {
                    column: (*column).to_owned(),
                    place: *place,
                    field: (*field).to_owned(),
                    who: None,
                })
                .collect(),
            extras: extras.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_renamed_column_takes_the_place_of_the_one_that_is_gone() {
        let mut known =
            table(&[("Email", Place::Primary, "email"), ("Venue", Place::Project, "venue_name")], &[]);
        known.learn(&table(
            &[("E-mail address", Place::Primary, "email"), ("Venue", Place::Project, "venue_name")],
            &[],
        ));
        assert_eq!(known.columns.len(), 3);
        assert_eq!(known.columns[2].column, "E-mail address");
    }

    #[test]
    fn a_further_column_of_a_known_kind_is_an_own_field() {
        let mut known = table(&[("Email", Place::Primary, "email")], &[]);
        known.learn(&table(
            &[("Email", Place::Primary, "email"), ("Work phone", Place::Primary, "other_phones")],
            &["Song"],
        ));
        assert_eq!(known.columns.len(), 1, "nobody asked for it");
        assert_eq!(known.extras, ["Work phone", "Song"]);
    }

    #[test]
    fn places_have_names() {
        for place in [Place::Primary, Place::Named, Place::Payment] {
            assert_eq!(Place::parse(place.as_str()), Some(place));
        }
        assert_eq!(Place::parse("vendor"), None);
    }
}
