//! People out of name cells: one person, a couple, or nobody.
//!
//! "Sarah & Mike Chen" are two people with one surname, "Rebecca and Mike's Wedding" is two first names, "Whole Weekend" is
//! nobody (PROVIDERS, part A). Letters are never recased, corrected or dropped from a name part: accents, apostrophes and
//! single names are valid. What cannot be known (two first names or a first and a middle one) stays in the order written,
//! so that joining the parts gives the text back.

use serde::{Deserialize, Serialize};

use super::clean::{MAX_CELL, fold, is_blank_word, is_invisible};
use super::name_split::{Piece, split_people};
use super::name_words::{
    GIVEN_NAMES, IBERIAN_SURNAMES, NO_NAME_WORDS, NO_SURNAMES, PARTICLES, PARTICLES_BEFORE_ARTICLE,
    PARTICLES_NEEDING_MORE, SUFFIXES, TITLES, is_compound_given, listed,
};
use super::problem::{Reading, Reason};

/// The parts of one person's name, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// Form of address.
    pub title: Option<String>,
    /// First given name.
    pub first: Option<String>,
    /// Further given names or initials.
    pub middle: Option<String>,
    /// Family name with its particles.
    pub last: Option<String>,
    /// Letters after the name.
    pub suffix: Option<String>,
    /// Role on the client that the cell names: primary, partner, parent, planner or other.
    pub role: Option<String>,
}

impl PersonName {
    /// First, middle and last name with their title and suffix.
    pub fn full(&self) -> String {
        let parts = [&self.title, &self.first, &self.middle, &self.last, &self.suffix];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn is_empty(&self) -> bool {
        self.first.is_none() && self.last.is_none()
    }
}

/// The people of a name cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameReading {
    /// In the order written. The first two without a role of their own are the couple.
    pub people: Vec<PersonName>,
}

/// Reads a name cell.
///
/// # Errors
/// [`Reason::NotAPerson`] for placeholders, companies and addresses; [`Reason::TooLong`].
pub fn parse_names(text: &str) -> Reading<NameReading> {
    if text.len() > MAX_CELL {
        return Err(Reason::TooLong.into());
    }
    let cell = tidy(text);
    if cell.is_empty() || is_blank_word(&cell) {
        return Ok(None);
    }
    let pieces = split_people(&cell);
    let mut people = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Person { text, role, surname_only } => {
                if is_placeholder(text) {
                    continue;
                }
                let mut person = if *surname_only {
                    PersonName { last: some(text), ..PersonName::default() }
                } else {
                    read_person(text)
                };
                person.role = role.map(str::to_owned);
                people.push(person);
            }
            Piece::LastFirst { last, first, role } => {
                if is_placeholder(last) && is_placeholder(first) {
                    continue;
                }
                let mut person = read_person(&format!("{first} \u{1}"));
                let (surname, title) = strip_titles(last);
                // "Price Jr., Dan": what follows the surname is no part of it.
                let (surname, suffix) = match surname.rsplit_once(' ') {
                    Some((before, after)) if is_suffix(after) => (before.to_owned(), some(after)),
                    _ => (surname, None),
                };
                person.last = some(&surname);
                person.suffix = person.suffix.or(suffix);
                person.title = person.title.or(title);
                person.role = role.map(str::to_owned);
                people.push(person);
            }
        }
    }
    let last_first = pieces.iter().any(|piece| matches!(piece, Piece::LastFirst { .. }));
    share_surname(&mut people, last_first);
    people.retain(|person| !person.is_empty());
    if people.is_empty() {
        return Err(Reason::NotAPerson.into());
    }
    if people.len() > 1 {
        let unmarked = people.iter_mut().filter(|person| person.role.is_none());
        for (index, person) in unmarked.enumerate() {
            person.role = Some(["primary", "partner"].get(index).copied().unwrap_or("other").to_owned());
        }
    }
    Ok(Some(NameReading { people }))
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// White space as single spaces, invisible marks and emoji out; letters and apostrophes untouched. An emoji between two
/// names joins them ("Emma 💕 Dan").
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = &emoji_as_joiners(text);
    for character in text.chars().filter(|character| !is_invisible(*character)) {
        match character {
            '\n' | '\r' => out.push_str(if out.ends_with("; ") { "" } else { "; " }),
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.trim().trim_matches(['"', ',', ';', '|', '*', '“', '”']).trim().to_owned()
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{200d}')
}

/// Emoji at the ends of a text go; a run of them between words becomes `&`.
fn emoji_as_joiners(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(is_emoji) {
        return std::borrow::Cow::Borrowed(text);
    }
    let names = |part: &&str| part.chars().any(char::is_alphanumeric);
    let joined: Vec<&str> = text.split(is_emoji).filter(names).map(str::trim).collect();
    let mut out = String::with_capacity(text.len());
    for part in joined {
        // "Emma & Dan 💍 wedding", "Emma 💕 & Dan": where a sign joins already, no other is needed.
        let signed = out.is_empty()
            || out.ends_with(['&', '+', '/'])
            || part.starts_with(['&', '+', '/', '(', '-', '|']);
        out.push_str(if out.is_empty() {
            ""
        } else if signed || out.contains(['&', '+']) || is_placeholder(part) {
            " "
        } else {
            " & "
        });
        out.push_str(part);
    }
    std::borrow::Cow::Owned(out)
}

/// Whether every word of a text is one that names nobody.
pub(super) fn is_placeholder(text: &str) -> bool {
    let folded = fold(text);
    let mut words =
        folded.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty());
    words.all(|word| {
        word.bytes().all(|byte| byte.is_ascii_digit())
            || NO_NAME_WORDS.contains(&word)
            || super::name_words::EVENT_WORDS.contains(&word)
            || word == "s"
            || word == "'s"
    })
}

fn bare(word: &str) -> String {
    fold(word).trim_matches([',', '.', ';']).replace('.', "").replace('’', "'")
}

fn is_title(word: &str, followed: bool) -> bool {
    let folded = fold(word);
    if TITLES.contains(&folded.as_str()) {
        return true;
    }
    let bare = folded.trim_end_matches('.');
    // "M." and "Fr." are titles with their point only; "Don" is a name.
    followed && TITLES.contains(&bare) && !(bare == "master" || bare == "father" || bare == "pastor")
        || (bare == "the" && followed)
}

fn strip_titles(text: &str) -> (String, Option<String>) {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let count = words.iter().take_while(|word| is_title(word, true)).count();
    let titles: Vec<&str> =
        words[..count].iter().copied().filter(|word| !word.eq_ignore_ascii_case("the")).collect();
    (words[count..].join(" "), some(&titles.join(" ")))
}

/// Whether a text is only a form of address ("Mr.").
pub(super) fn is_only_title(text: &str) -> bool {
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| is_title(word, true))
}

/// Whether a text is only letters after a name ("Jr.", "MBE").
pub(super) fn is_only_suffix(text: &str) -> bool {
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(is_suffix)
}

fn is_suffix(word: &str) -> bool {
    let bare = bare(word);
    SUFFIXES.contains(&bare.as_str())
        || SUFFIXES.contains(&format!("{bare}.").as_str()) && word.chars().all(|c| !c.is_lowercase())
}

/// Accents count: "van" opens a Dutch surname, "Văn" is a Vietnamese given name.
pub(super) fn is_particle(word: &str) -> bool {
    let lower = word.to_lowercase().replace('’', "'");
    PARTICLES.contains(&lower.trim_end_matches('.'))
}

/// Reads one person's name. A trailing `\u{1}` says that the surname is known from elsewhere.
fn read_person(text: &str) -> PersonName {
    let (rest, title) = strip_titles(text);
    let mut words: Vec<&str> =
        rest.split(' ').map(|word| word.trim_matches([',', ';'])).filter(|word| !word.is_empty()).collect();
    let surname_elsewhere = words.last() == Some(&"\u{1}");
    if surname_elsewhere {
        words.pop();
    }
    let mut suffixes = Vec::new();
    while words.len() > 1 && words.last().is_some_and(|word| is_suffix(word)) {
        suffixes.extend(words.pop());
    }
    suffixes.reverse();
    // "née Jones": the name before the marriage is not a part of this one.
    if let Some(index) = words
        .iter()
        .position(|word| matches!(fold(word).as_str(), "nee" | "ne" | "geb" | "geb.") && word.len() <= 5)
        && index > 0
    {
        words.truncate(index);
    }
    let mut person = PersonName { title, suffix: some(&suffixes.join(" ")), ..PersonName::default() };
    if words.is_empty() {
        return person;
    }
    let given = given_words(&words);
    if surname_elsewhere {
        person.first = some(&words[..given].join(" "));
        person.middle = some(&words[given..].join(" "));
        return person;
    }
    // "Mary Ann" of "Mary Ann & Dan Price": two words, and the second is no surname.
    if words.len() == 2 && given == 2 && listed(NO_SURNAMES, &fold(words[1])) {
        person.first = some(&words.join(" "));
        return person;
    }
    // "Wright.": a full stop ends the cell and shortens nothing.
    if let Some(last) = words.last_mut()
        && let Some(whole) = last.strip_suffix('.')
        && whole.chars().count() > 3
        && whole.chars().all(char::is_alphabetic)
    {
        *last = whole;
    }
    if words.len() == 1 {
        // "Mrs Pearson" is a surname, "Sarah" a first name; after "Sir" or "Dame" comes a first name.
        let first_follows = person
            .title
            .as_deref()
            .is_none_or(|title| matches!(fold(title).as_str(), "sir" | "dame" | "father" | "fr" | "fr."));
        if first_follows {
            person.first = some(words[0]);
        } else {
            person.last = some(words[0]);
        }
        return person;
    }
    // "DUPONT Marie": capitals mark the surname.
    let capitals = |word: &str| {
        word.chars().filter(|c| c.is_alphabetic()).count() >= 3 && !word.chars().any(char::is_lowercase)
    };
    let leading = words.iter().take_while(|word| capitals(word)).count();
    if leading > 0
        && leading < words.len()
        && words[leading..].iter().all(|word| word.chars().any(char::is_lowercase))
    {
        person.last = some(&words[..leading].join(" "));
        person.first = some(words[leading]);
        person.middle = some(&words[leading + 1..].join(" "));
        return person;
    }
    if person.title.is_some()
        && is_particle(words[0])
        && !PARTICLES_NEEDING_MORE.contains(&fold(words[0]).as_str())
    {
        person.last = some(&words.join(" "));
        return person;
    }
    let surname_at = surname_start(&words);
    let given = given.min(surname_at);
    person.first = some(&words[..given].join(" "));
    person.middle = some(&words[given..surname_at].join(" "));
    person.last = some(&words[surname_at..].join(" "));
    person
}

/// How many words the first given name has: "Mary Ann" and "María del Carmen" are one name.
fn given_words(words: &[&str]) -> usize {
    let [first, rest @ ..] = words else { return 0 };
    if opens_with_particle(first, rest) {
        let inside = rest.iter().take_while(|word| is_particle(word)).count();
        return inside + 2;
    }
    match rest.first() {
        Some(second) if is_compound_given(first, second) => 2,
        _ => 1,
    }
}

/// "María del Carmen", "Juan de Dios": the particle belongs to the given name when a surname follows.
fn opens_with_particle(first: &str, rest: &[&str]) -> bool {
    let inside = rest.iter().take_while(|word| is_particle(word)).count();
    matches!(fold(first).as_str(), "maria" | "juan" | "ana" | "jose") && inside > 0 && inside + 1 < rest.len()
}

/// Where the surname begins: at its first particle, at the first of two Iberian surnames, else at the last word.
fn surname_start(words: &[&str]) -> usize {
    let last = words.len() - 1;
    let from = if words.len() > 2 { given_words(words).min(last) } else { 1 };
    for (index, word) in words.iter().enumerate().take(last).skip(from) {
        let needs_more = PARTICLES_NEEDING_MORE.contains(&fold(word).as_str());
        let before_article = PARTICLES_BEFORE_ARTICLE.contains(&word.to_lowercase().as_str())
            && words
                .get(index + 1)
                .is_some_and(|next| matches!(*next, "'t" | "’t" | "de" | "den" | "der" | "het"));
        if before_article {
            return index;
        }
        if is_particle(word) && !(needs_more && index == 1 && last > 2) {
            return index;
        }
    }
    if last >= 2 && last > from {
        let listed_pair =
            [words[last - 1], words[last]].iter().all(|word| listed(IBERIAN_SURNAMES, &fold(word)));
        if listed_pair {
            return last - 1;
        }
    }
    last.max(from.min(last))
}

/// "Sarah & Mike Chen": who has no surname takes that of the next person. After "Chen, Sarah & Mike" the surname in front
/// holds for those who follow.
fn share_surname(people: &mut [PersonName], last_first: bool) {
    for index in (0..people.len()).rev() {
        let Some(next) = people.get(index + 1).and_then(|next| next.last.clone()) else { continue };
        let next_has_first = people.get(index + 1).is_some_and(|next| next.first.is_some());
        if let Some(person) = people.get_mut(index) {
            let lone = person.last.is_none() && person.middle.is_none();
            // "Mr. John and Mrs. Jane Smith": what follows the first title is a given name.
            let given = person.first.is_none()
                && person.last.as_ref().is_some_and(|name| listed(GIVEN_NAMES, &fold(name)));
            if given && next_has_first {
                person.first = person.last.replace(next);
                continue;
            }
            if lone {
                person.last = Some(next);
            }
        }
    }
    if last_first {
        for index in 1..people.len() {
            let previous = people.get(index - 1).and_then(|previous| previous.last.clone());
            if let Some(person) =
                people.get_mut(index).filter(|person| person.last.is_none() && person.first.is_some())
            {
                person.last = previous;
            }
        }
    }
}
