//! Statements of the query language, as far as this book needs the grammar.

/// Rows of an answer where nothing is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// A statement, as far as this book needs the grammar.
pub(super) struct Statement {
    pub(super) counts: bool,
    pub(super) entity: String,
    pub(super) inactive_too: bool,
    pub(super) start: usize,
    pub(super) most: usize,
}

impl Statement {
    pub(super) fn read(text: &str) -> Option<Self> {
        let spaced = text.replace(['(', ')', ','], " ");
        let mut words = spaced.split_whitespace();
        let is =
            |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        if !is(words.next(), "select") {
            return None;
        }
        let what = words.next()?.to_lowercase();
        let counts = match what.as_str() {
            "*" => false,
            // The brackets around the star were taken for spaces.
            "count" => words.next().is_some_and(|star| star == "*"),
            _ => return None,
        };
        if what == "count" && !counts || !is(words.next(), "from") {
            return None;
        }
        let mut read =
            Self { counts, entity: words.next()?.to_owned(), inactive_too: false, start: 1, most: USUAL };
        while let Some(word) = words.next() {
            match word.to_lowercase().as_str() {
                "where" => {
                    let active = is(words.next(), "active") && is(words.next(), "in");
                    read.inactive_too = active && is(words.next(), "true") && is(words.next(), "false");
                    if !read.inactive_too {
                        return None;
                    }
                }
                "orderby" => drop(words.next().filter(|field| *field == "Id")?),
                "startposition" => read.start = words.next()?.parse().ok().filter(|start| *start > 0)?,
                "maxresults" => read.most = words.next()?.parse().ok().filter(|most| *most > 0)?,
                _ => return None,
            }
        }
        read.most = read.most.min(MOST);
        Some(read)
    }
}
