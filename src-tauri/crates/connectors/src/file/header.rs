//! Which row names the columns: not always the first, sometimes two, sometimes none.
//!
//! Pure. Nothing here decides what a column means; that is the mapping's. It only tells names from values, and prefers
//! to say that it is not sure over taking a client for a heading.

use std::collections::BTreeSet;

use super::preset;
use super::raw::RawRow;

/// Where the columns' names stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Names as they stand in the file; numbered where there are none.
    pub(super) names: Vec<String>,
    /// Rows, blank ones not counted, before the first row of data.
    pub(super) skip: usize,
    /// Rows above the header.
    pub(super) preamble: usize,
    pub(super) kind: HeaderKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderKind {
    One,
    Two,
    Guessed,
    Missing,
}

/// What a cell looks like, roughly: enough to tell names from values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Blank,
    Words,
    Email,
    Number,
    Date,
    Long,
}

/// Words that name columns of client books, in the languages of the CRMs' markets. Compared without case, accents of
/// the list's own spelling, and signs.
const WORDS: &[&str] = &[
    "name",
    "names",
    "first",
    "last",
    "surname",
    "forename",
    "firstname",
    "lastname",
    "fullname",
    "middle",
    "email",
    "mail",
    "emails",
    "phone",
    "phones",
    "mobile",
    "cell",
    "tel",
    "telephone",
    "fax",
    "address",
    "street",
    "city",
    "town",
    "suburb",
    "county",
    "state",
    "province",
    "region",
    "country",
    "postcode",
    "zip",
    "postal",
    "date",
    "time",
    "start",
    "end",
    "day",
    "venue",
    "location",
    "place",
    "status",
    "stage",
    "type",
    "category",
    "source",
    "referral",
    "referred",
    "notes",
    "note",
    "comments",
    "company",
    "organisation",
    "organization",
    "business",
    "title",
    "amount",
    "total",
    "paid",
    "due",
    "balance",
    "price",
    "fee",
    "cost",
    "invoice",
    "payment",
    "payments",
    "transaction",
    "project",
    "projects",
    "job",
    "jobs",
    "client",
    "clients",
    "customer",
    "contact",
    "bride",
    "groom",
    "partner",
    "spouse",
    "couple",
    "wedding",
    "event",
    "shoot",
    "session",
    "ceremony",
    "reception",
    "created",
    "booked",
    "added",
    "updated",
    "modified",
    "id",
    "number",
    "no",
    "ref",
    "reference",
    "guests",
    "guest",
    "package",
    "deposit",
    "method",
    "currency",
    "tags",
    "tag",
    "label",
    "labels",
    "website",
    "birthday",
    "budget",
    "description",
    "summary",
    "lead",
    "leads",
    "inquiry",
    "enquiry",
    "consent",
    "active",
    "qty",
    "quantity",
    "value",
    "role",
    "gender",
    "language",
    "anniversary",
    "instagram",
    "facebook",
    "planner",
    // German, French, Spanish, Italian, Dutch, Polish, Portuguese, Swedish.
    "vorname",
    "nachname",
    "familienname",
    "telefon",
    "handy",
    "mobil",
    "strasse",
    "straße",
    "ort",
    "plz",
    "land",
    "datum",
    "hochzeit",
    "hochzeitsdatum",
    "betrag",
    "rechnung",
    "kunde",
    "firma",
    "anrede",
    "nom",
    "prenom",
    "prénom",
    "courriel",
    "telephone",
    "téléphone",
    "adresse",
    "ville",
    "pays",
    "lieu",
    "montant",
    "mariage",
    "nombre",
    "apellido",
    "apellidos",
    "correo",
    "telefono",
    "teléfono",
    "direccion",
    "dirección",
    "ciudad",
    "fecha",
    "boda",
    "lugar",
    "importe",
    "nome",
    "cognome",
    "indirizzo",
    "citta",
    "città",
    "data",
    "matrimonio",
    "naam",
    "voornaam",
    "achternaam",
    "telefoon",
    "plaats",
    "bruiloft",
    "bedrag",
    "imie",
    "imię",
    "nazwisko",
    "adres",
    "miasto",
    "sobrenome",
    "telefone",
    "endereço",
    "cidade",
    "casamento",
    "namn",
    "förnamn",
    "efternamn",
    "bröllop",
];

/// How many cells of a row are made of a column's usual words.
pub(super) fn known_words(cells: &[String]) -> usize {
    cells.iter().filter(|cell| is_known(cell)).count()
}

fn is_known(cell: &str) -> bool {
    if look(cell) != Look::Words || cell.split_whitespace().count() > 6 {
        return false;
    }
    split_words(cell).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Lower-case words: also of `firstName`, `PROJECT_NAME`, `E-mail`.
fn split_words(cell: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for letter in
        cell.replace("E-mail", "Email").replace("e-mail", "email").replace("E-Mail", "Email").chars()
    {
        if !letter.is_alphanumeric() || (small && letter.is_uppercase()) {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        small = letter.is_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn look(cell: &str) -> Look {
    let cell = cell.trim();
    if cell.is_empty() {
        return Look::Blank;
    }
    if cell.len() > 200 {
        return Look::Long;
    }
    if let Some((_, host)) = cell.split_once('@')
        && host.contains('.')
    {
        return Look::Email;
    }
    if ["#", "№", "nº", "n°"].contains(&cell) {
        return Look::Words;
    }
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    if digits == 0 {
        return if letters == 0 { Look::Number } else { Look::Words };
    }
    const MONTHS: &[&str] = &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mai", "okt",
        "dez",
    ];
    let lower = cell.to_lowercase();
    let month = split_words(&lower).iter().any(|word| MONTHS.iter().any(|month| word.starts_with(month)));
    let divided = cell.matches(['/', '-', '.']).count() >= 2 && digits >= 4;
    match () {
        () if digits >= 3 && (month && letters <= 20) => Look::Date,
        () if divided && letters <= 4 => Look::Date,
        () if digits >= letters => Look::Number,
        // "Address 1", "Phone 2", "E-mail 1 - Value"; and "12 Oak Street".
        () if cell.starts_with(|letter: char| letter.is_ascii_digit()) && letters < 40 => Look::Number,
        () => Look::Words,
    }
}

struct Row<'a> {
    cells: &'a [String],
    looks: Vec<Look>,
    filled: usize,
    words: usize,
    known: usize,
}

impl<'a> Row<'a> {
    fn of(row: &'a RawRow) -> Row<'a> {
        let looks: Vec<Look> = row.cells.iter().map(|cell| look(cell)).collect();
        Row {
            filled: looks.iter().filter(|look| **look != Look::Blank).count(),
            words: looks.iter().filter(|look| **look == Look::Words).count(),
            known: known_words(&row.cells),
            looks,
            cells: &row.cells,
        }
    }

    /// All but a few cells could be names.
    fn names(&self) -> bool {
        self.filled > 0 && (self.filled - self.words) * 8 <= self.filled
    }

    /// Most of it is a column's usual words.
    fn is_named(&self) -> bool {
        self.known >= 2 && self.known * 2 >= self.filled
    }

    fn distinct(&self) -> bool {
        let cells: Vec<_> =
            self.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        cells.iter().collect::<BTreeSet<_>>().len() == cells.len()
    }

    fn at(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }
}

/// Finds the header among the first rows, blank ones left out.
pub(super) fn find(rows: &[RawRow]) -> Layout {
    let rows: Vec<Row> = rows.iter().map(Row::of).collect();
    let width = usual_width(&rows);
    let Some(at) = position(&rows, width) else {
        let guess = rows
            .first()
            .is_some_and(|row| row.names() && row.distinct() && row.filled * 2 > width && width > 1)
            && rows.len() > 1;
        if guess {
            return Layout { names: names(&rows[0]), skip: 1, preamble: 0, kind: HeaderKind::Guessed };
        }
        let names = (1..=width.max(1)).map(|number| format!("Column {number}")).collect();
        return Layout { names, skip: 0, preamble: 0, kind: HeaderKind::Missing };
    };
    let pairs = [(Some(at), at + 1), (at.checked_sub(1), at)];
    for (upper, lower) in pairs {
        if let (Some(upper), Some(row)) = (upper, rows.get(lower))
            && let Some(names) = joined(&rows[upper], row)
        {
            return Layout { names, skip: lower + 1, preamble: upper, kind: HeaderKind::Two };
        }
    }
    Layout { names: names(&rows[at]), skip: at + 1, preamble: at, kind: HeaderKind::One }
}

fn names(row: &Row) -> Vec<String> {
    let end = row.looks.iter().rposition(|look| *look != Look::Blank).map_or(0, |last| last + 1);
    // A separator at the end of the header line is a column without a name and stays one.
    row.cells[..end.max(row.cells.len().min(end + 1))].to_vec()
}

fn usual_width(rows: &[Row]) -> usize {
    let width =
        |row: &Row| row.looks.iter().rposition(|look| *look != Look::Blank).map_or(0, |last| last + 1);
    rows.iter()
        .map(width)
        .max_by_key(|own| (rows.iter().filter(|row| width(row) == *own).count(), *own))
        .unwrap_or(0)
}

fn position(rows: &[Row], width: usize) -> Option<usize> {
    let near = rows.iter().take(30);
    if let Some(at) =
        near.clone().position(|row| preset::recognise(row.cells).is_some_and(|found| found.confidence >= 0.8))
    {
        return Some(at);
    }
    let fits = |at: usize, row: &Row| {
        let above_is_narrow = rows[..at].iter().all(|above| above.filled * 10 < row.filled * 6);
        row.names()
            && (row.filled >= 2 || width <= 1)
            && (row.filled * 2 >= width || row.is_named())
            && (at == 0 || above_is_narrow || row.is_named())
            && (row.known * 3 >= row.filled && row.known > 0 || contrasts(row, &rows[at + 1..]))
    };
    let first = near.clone().enumerate().position(|(at, row)| fits(at, row))?;
    // "From: | Clients" above the header has a column's words too; a fuller row of names under it is the header.
    let fuller = near.enumerate().skip(first + 1).find(|(at, row)| {
        let between = &rows[first..*at];
        row.is_named() && row.names() && between.iter().all(|above| above.filled * 4 < row.filled * 3)
    });
    Some(fuller.map_or(first, |(at, _)| at))
}

/// Some column holds numbers, dates or addresses under a word.
fn contrasts(row: &Row, below: &[Row]) -> bool {
    let below: Vec<_> = below.iter().take(12).collect();
    row.looks.iter().enumerate().filter(|(_, look)| **look == Look::Words).any(|(column, _)| {
        let looks: Vec<Look> = below
            .iter()
            .filter_map(|row| row.looks.get(column).copied())
            .filter(|look| *look != Look::Blank)
            .collect();
        let values = looks
            .iter()
            .filter(|look| matches!(look, Look::Email | Look::Number | Look::Date | Look::Long))
            .count();
        !looks.is_empty() && values * 10 >= looks.len() * 8
    })
}

/// The names of two header rows: groups above ("Bride", "Groom"), their columns below ("First", "Last").
fn joined(upper: &Row, lower: &Row) -> Option<Vec<String>> {
    let width = upper.cells.len().max(lower.cells.len());
    let under_blank =
        (0..width).filter(|column| upper.at(*column).is_empty() && !lower.at(*column).is_empty()).count();
    let grouped = upper.filled >= 2 || (upper.filled == 1 && !lower.distinct());
    let fits = grouped
        && under_blank > 0
        && upper.filled == upper.words
        && lower.filled == lower.words
        && lower.filled >= 2
        && upper.filled <= lower.filled
        && lower.known >= 2
        && lower.known * 2 >= lower.filled;
    if !fits {
        return None;
    }
    let mut group = String::new();
    let mut joined = Vec::with_capacity(width);
    for column in 0..width {
        let (above, own) = (upper.at(column), lower.at(column));
        if !above.is_empty() {
            group = above.to_owned();
        }
        joined.push(match (group.is_empty(), own.is_empty()) {
            (_, true) => above.to_owned(),
            (true, false) => own.to_owned(),
            (false, false) => format!("{group} {own}"),
        });
        if own.is_empty() {
            group.clear();
        }
    }
    let filled: Vec<_> = joined.iter().filter(|name| !name.is_empty()).collect();
    (filled.iter().collect::<BTreeSet<_>>().len() == filled.len()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        let rows: Vec<RawRow> = text
            .lines()
            .map(|line| RawRow { number: 0, cells: line.split(',').map(str::to_owned).collect() })
            .collect();
        find(&rows)
    }

    #[test]
    fn the_header_is_found_where_it_stands() {
        for (text, kind, skip, first) in [
            ("Name,Email\nJo,jo@example.com", HeaderKind::One, 1, "Name"),
            ("firstName,lastName,start\nJo,Lee,2026-01-01", HeaderKind::One, 1, "firstName"),
            (
                "Client report,,\nMade 2026-05-01,,\nName,Email,Date\nJo,jo@example.com,1/2/2026",
                HeaderKind::One,
                3,
                "Name",
            ),
            ("Jo Lee,jo@example.com\nAl Day,al@example.com", HeaderKind::Missing, 0, "Column 1"),
            ("Bride,,Groom,\nFirst,Last,First,Last\nJo,Lee,Al,Day", HeaderKind::Two, 2, "Bride First"),
            ("Colour,Shape\nRed,Round\nBlue,Square", HeaderKind::Guessed, 1, "Colour"),
            ("Thing,Sum\nCake,12\nTent,400", HeaderKind::One, 1, "Thing"),
            ("Vorname,Nachname,Ort\nJo,Lee,Bonn", HeaderKind::One, 1, "Vorname"),
        ] {
            let found = layout(text);
            assert_eq!((found.kind, found.skip), (kind, skip), "{text}");
            assert_eq!(found.names[0], first, "{text}");
        }
    }

    #[test]
    fn a_client_is_never_a_header() {
        for text in [
            "Emma Clarke,07700 900123,2026-06-20\nJo Lee,07700 900124,2026-07-01",
            "jo@example.com\nal@example.com",
            "1,Jo,20/06/2026\n2,Al,21/06/2026",
        ] {
            assert_eq!(layout(text).kind, HeaderKind::Missing, "{text}");
        }
    }
}
