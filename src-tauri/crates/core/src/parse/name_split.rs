//! Cutting a name cell into people before their names are read.
//!
//! Addresses, event words, dates and brackets go first; then the cell is cut where people are joined, and each comma is
//! read as a list or as "Last, First".

use std::sync::LazyLock;

use regex::Regex;

use super::clean::fold;
use super::name::{is_only_suffix, is_only_title, is_particle, is_placeholder};
use super::name_words::{COMPANY_WORDS, EVENT_WORDS, GIVEN_NAMES, INSTITUTIONS, listed, role};

/// What stands between two separators of a name cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A name in reading order.
    Person { text: String, role: Option<&'static str>, surname_only: bool },
    /// A name with its surname in front.
    LastFirst { last: String, first: String, role: Option<&'static str> },
}

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"[<(\[]?\s*(?:mailto:)?[^\s<>()\[\],;]+@[^\s<>()\[\],;]+\s*[>)\]]?"));
static LONG_FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\+?\(?\d[\d ()./-]{5,}\d"));
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*,? \d{2,4}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{0,6}\.? \d{4}|[a-z]{0,6}\.? ?'\d{2})\b|\b(?:19|20)\d{2}\b",
    )
});
static OPENING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:the\s+)?(?:wedding|marriage|engagement|elopement|hochzeit|mariage|boda|matrimonio|bruiloft|casamento)(?:\s+(?:day|party|photography|celebration|reception|shoot))?(?:\s+(?:of|for|von|de|di|van)\s+|\s*[:\-–—|]\s*)",
    )
});
static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[\s,;/|])((?:bride|groom|partner|client|primary|contact|main contact|planner|wedding planner|coordinator|mother of the bride|father of the bride|mother of the groom|father of the groom|mob|fob|mog|fog)(?: ?[12])?)\s*[:=]\s*",
    )
});
static JOINER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\s*(?:[&+/|;\\＆♥❤×]\u{fe0f}?)\s*|\s+(?:c/o|and|und|et|en|og|och|و|(?-i:y|e|x|n|u\.)|’n’|'n'|plus|w/|with|\\&)\s+|\s+[-–—]\s+",
    )
});
/// A role behind a dash: "Jane Doe - Wedding Planner".
static DASHED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"^(.*\S)(?:\s+[-–—]\s+|,\s*)([^-–—()\[\]{},]+)$"));
/// 'Dan' in "Daniel 'Dan' Price".
static NICKNAME: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"\s['‘’]\p{L}{2,}['’]\s"));
static BRACKET: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"[(\[{]([^()\[\]{}]*)[)\]}]"));
/// Stands for a bracket that named a role.
const ROLE_MARK: char = '\u{2}';

/// Cuts a tidied cell into people.
pub(super) fn split_people(cell: &str) -> Vec<Piece> {
    let mut roles = Vec::new();
    let mut text = cell.to_owned();
    if let Some(email) = EMAIL.as_ref() {
        text = email.replace_all(&text, " ").into_owned();
    }
    if let Some(date) = DATE.as_ref() {
        text = date.replace_all(&text, " ").into_owned();
    }
    if let Some(figures) = LONG_FIGURES.as_ref() {
        text = figures.replace_all(&text, " ").into_owned();
    }
    if text.contains("://") || text.trim_start().starts_with("www.") {
        return Vec::new();
    }
    let dashed = DASHED.as_ref().and_then(|dashed| dashed.captures(&text)).and_then(|found| {
        let (name, label) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        role(label).flatten().map(|_| format!("{name} ({label})"))
    });
    text = dashed.unwrap_or(text);
    if let Some(nickname) = NICKNAME.as_ref() {
        text = nickname.replace_all(&text, " ").into_owned();
    }
    if let Some(bracket) = BRACKET.as_ref() {
        text = bracket
            .replace_all(&text, |found: &regex::Captures<'_>| {
                match found.get(1).and_then(|inside| role(inside.as_str())) {
                    Some(named) => {
                        roles.push(named);
                        format!(" {ROLE_MARK}")
                    }
                    None => " ".to_owned(),
                }
            })
            .into_owned();
    }
    // "Elizabeth "Liz" Smith": the nickname is not a part of the name.
    text = text
        .split(['"', '“', '”'])
        .enumerate()
        .filter(|(index, _)| index % 2 == 0)
        .map(|(_, part)| part)
        .collect::<Vec<_>>()
        .join(" ");
    if let Some(opening) = OPENING.as_ref() {
        text = opening.replace(text.trim(), "").into_owned();
    }
    let (text, surname_only) = cut_event(&cut_possessive(&text));
    if is_company(&text) {
        return Vec::new();
    }
    let text = match LABEL.as_ref() {
        Some(label) => label.replace_all(&text, "; $1: ").into_owned(),
        None => text,
    };
    let text = capital_joiners(&collapse(&text));
    let text = text.trim_matches([' ', '-', '–', '—', '|', ',', ':']).to_owned();
    let (both_titles, text) = split_shared_titles(&text);
    let mut pieces = Vec::new();
    let mut next_role = roles.into_iter();
    let parts = split_at_joiners(&text);
    let company = if parts.len() > 1 { Company::Several } else { Company::Alone };
    for part in &parts {
        split_at_commas(part, company, &mut pieces, &mut next_role);
    }
    if surname_only
        && pieces.len() == 1
        && let Some(Piece::Person { surname_only, text, .. }) = pieces.first_mut()
    {
        *surname_only = !text.contains(' ');
    }
    give_titles(&mut pieces, both_titles);
    pieces
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace(" ;", ";")
}

/// "LUCÍA Y MATEO": a capital joins where a given name follows; in "Emma Y Wright" it is an initial.
fn capital_joiners(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let joins = |index: usize| {
        index > 0
            && matches!(words.get(index), Some(&("Y" | "E" | "X" | "N")))
            && words.get(index + 1).is_some_and(|next| listed(GIVEN_NAMES, &fold(next)))
    };
    let written =
        |(index, word): (usize, &&str)| if joins(index) { word.to_lowercase() } else { (*word).to_owned() };
    words.iter().enumerate().map(written).collect::<Vec<_>>().join(" ")
}

/// "Tom & Jerry's Big Day": what follows a possessive and names nobody goes.
fn cut_possessive(text: &str) -> String {
    for mark in ["'s ", "’s "] {
        if let Some((owner, rest)) = text.rsplit_once(mark)
            && is_placeholder(rest)
        {
            return format!("{owner}{}", mark.trim_end());
        }
    }
    text.to_owned()
}

/// Cuts "…'s Wedding Day" off. The flag says that what is left is a surname ("The Smith Wedding").
fn cut_event(text: &str) -> (String, bool) {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let is_event =
        |word: &&str| EVENT_WORDS.contains(&fold(word.trim_matches(|c: char| !c.is_alphanumeric())).as_str());
    // "Hochzeit Müller": the event may also stand in front.
    let in_front =
        words.len() > 1 && words.first().is_some_and(&is_event) && !is_placeholder(&words[1..].join(" "));
    if in_front {
        words.remove(0);
    }
    let joined = words.len() > 1
        && matches!(words[words.len() - 2], "and" | "&" | "+" | "und" | "et" | "y" | "e" | "en");
    let last_word = words.last().map(|word| fold(word)).unwrap_or_default();
    let family = words.len() > 1
        && !joined
        && matches!(last_word.as_str(), "family" | "familie" | "famille" | "familia");
    if family {
        words.pop();
    }
    let at = words.iter().position(is_event).filter(|index| *index > 0);
    let kept = match at {
        Some(index) => &words[..index],
        None => &words[..],
    };
    let mut kept: Vec<&str> = kept.to_vec();
    while at.is_some()
        && kept.last().is_some_and(|word| {
            matches!(fold(word).as_str(), "-" | "–" | "—" | "|" | ":" | "family" | "pre" | "mini")
        })
    {
        kept.pop();
    }
    let definite = kept.first().is_some_and(|word| word.eq_ignore_ascii_case("the"));
    if definite && kept.len() > 1 {
        kept.remove(0);
    }
    let mut left = kept.join(" ");
    let mut possessive = false;
    for ending in ["'s", "’s", "'S", "’S", "`s", "´s"] {
        if let Some(stem) = left.strip_suffix(ending) {
            left = stem.to_owned();
            possessive = true;
            break;
        }
    }
    if !possessive && at.is_some() {
        // "Mike and Chris' wedding"; a plural after "the" is a family ("The Pearsons' Wedding").
        if let Some(stem) = left.strip_suffix(['\'', '’']) {
            left = if definite { stem.strip_suffix('s').unwrap_or(stem).to_owned() } else { stem.to_owned() };
        }
    }
    let surname_only =
        ((at.is_some() || in_front || family) && !possessive || definite) && !left.contains(['&', '+']);
    (left, surname_only)
}

fn is_company(text: &str) -> bool {
    let folded = fold(text);
    folded
        .split([' ', ','])
        .any(|word| COMPANY_WORDS.contains(&word) || COMPANY_WORDS.contains(&word.trim_end_matches('.')))
        || folded.split_whitespace().count() > 2
            && folded.rsplit(' ').next().is_some_and(|word| INSTITUTIONS.contains(&word))
        || folded.contains("& co")
        || folded.contains("& sons")
        || folded.contains("and sons")
}

/// "Mr & Mrs Pearson", "Mr. and Mrs. John Smith": the two titles in front and the rest.
fn split_shared_titles(text: &str) -> (Option<(String, String)>, String) {
    let Some(found) = JOINER.as_ref().and_then(|joiner| joiner.find(text)) else {
        return (None, text.to_owned());
    };
    let left = text[..found.start()].trim();
    let right = text[found.end()..].trim();
    if !is_only_title(left) {
        return (None, text.to_owned());
    }
    let words: Vec<&str> = right.split(' ').collect();
    let count = words.iter().take_while(|word| is_only_title(word)).count();
    if count == 0 || count == words.len() {
        return (None, text.to_owned());
    }
    (Some((left.to_owned(), words[..count].join(" "))), words[count..].join(" "))
}

fn give_titles(pieces: &mut Vec<Piece>, titles: Option<(String, String)>) {
    let Some((first, second)) = titles else { return };
    match pieces.as_mut_slice() {
        [Piece::Person { text, role, .. }] => {
            let surname = text.rsplit(' ').next().unwrap_or(text);
            let start = text.split(' ').position(is_particle);
            let last: String = match start {
                Some(index) => text.split(' ').skip(index).collect::<Vec<_>>().join(" "),
                None => surname.to_owned(),
            };
            let spouse = Piece::Person { text: format!("{second} {last}"), role: *role, surname_only: false };
            *text = format!("{first} {text}");
            pieces.push(spouse);
        }
        [Piece::Person { text: left, .. }, Piece::Person { text: right, .. }, ..] => {
            *left = format!("{first} {left}");
            *right = format!("{second} {right}");
        }
        _ => {}
    }
}

fn split_at_joiners(text: &str) -> Vec<String> {
    match JOINER.as_ref() {
        Some(joiner) => joiner
            .split(text)
            .map(|part| part.trim().trim_matches(',').trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect(),
        None => vec![text.to_owned()],
    }
}

/// Whether a part of the cell is all of it. "Tom, Dick and Harry" is a list, "Kelly, Brian" need not be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Alone,
    Several,
}

fn split_at_commas(
    part: &str,
    company: Company,
    pieces: &mut Vec<Piece>,
    roles: &mut impl Iterator<Item = Option<&'static str>>,
) {
    let mut names: Vec<&str> = Vec::new();
    for name in part.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        names.push(name);
    }
    if let [left, right] = names.as_slice() {
        if is_only_suffix(right) {
            push_person(&format!("{left} {right}"), pieces, roles);
            return;
        }
        if reads_last_first(left, right, company) {
            let found = if right.contains(ROLE_MARK) || left.contains(ROLE_MARK) {
                roles.next().flatten()
            } else {
                None
            };
            let unmark = |text: &str| text.replace(ROLE_MARK, "").trim().to_owned();
            pieces.push(Piece::LastFirst { last: unmark(left), first: unmark(right), role: found });
            return;
        }
    }
    for name in names {
        push_person(name, pieces, roles);
    }
}

/// Whether "left, right" is one person with the surname in front.
fn reads_last_first(left: &str, right: &str, company: Company) -> bool {
    if role(right).is_some() || is_placeholder(left) {
        return false;
    }
    let left_words: Vec<&str> = left.split(' ').filter(|word| !word.starts_with(ROLE_MARK)).collect();
    let right_words: Vec<&str> = right.split(' ').filter(|word| !word.starts_with(ROLE_MARK)).collect();
    let given = |word: &str| listed(GIVEN_NAMES, &fold(word));
    let particle = left_words.first().is_some_and(|word| is_particle(word));
    match (left_words.len(), right_words.len()) {
        (1, 1) => !(given(left_words[0]) && (company == Company::Several || given(right_words[0]))),
        (1, _) => !given(left_words[0]) || !right_words.iter().all(|word| word.len() > 2),
        (_, 1) => particle || !given(left_words[0]),
        _ => particle && left_words.len() <= 4,
    }
}

fn push_person(name: &str, pieces: &mut Vec<Piece>, roles: &mut impl Iterator<Item = Option<&'static str>>) {
    let mut found = None;
    let mut text = name.to_owned();
    while let Some(position) = text.find(ROLE_MARK) {
        found = roles.next().flatten().or(found);
        text.remove(position);
    }
    let text = collapse(&text);
    let mut text = text.trim();
    if let Some((label, rest)) = text.split_once(':') {
        if let Some(named) = role(label) {
            found = named.or(found);
            text = rest.trim();
        } else if is_placeholder(label) {
            text = rest.trim();
        }
    }
    // "Bride Emma Wright": a label without its colon.
    if let Some((label, rest)) = text.split_once(' ')
        && matches!(fold(label).as_str(), "bride" | "groom")
    {
        text = rest.trim();
    }
    if text.is_empty() {
        return;
    }
    // A piece that is only a role belongs to the person before it ("Jane Doe - Planner").
    if let Some(named) = role(text) {
        let lower_or_known = text.chars().next().is_some_and(char::is_lowercase) || named.is_some();
        if lower_or_known {
            // "Emma & partner" has a partner without a name; Emma is none.
            let named = named.filter(|named| *named != "partner");
            if let Some(Piece::Person { role, .. } | Piece::LastFirst { role, .. }) = pieces.last_mut() {
                *role = role.or(named);
            }
            return;
        }
        if is_placeholder(text) {
            return;
        }
    }
    let text = text.strip_suffix("'s").or_else(|| text.strip_suffix("’s")).unwrap_or(text);
    pieces.push(Piece::Person { text: text.to_owned(), role: found, surname_only: false });
}
