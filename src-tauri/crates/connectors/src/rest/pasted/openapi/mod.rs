//! An OpenAPI document (2.0, 3.0 and 3.1): every GET that answers with a list, the likeliest clients first.
//!
//! References are followed inside the document, a bounded number of them one after the other; other documents are not read.
//! A description promises little: what a list really is, the test read finds out.

mod document;
mod security;
mod shape;

use serde_json::Value as Json;

use self::document::Document;
use self::security::{Schemes, Security};
use self::shape::Answer;
use super::{Candidate, KnownFields, MOST, Note, Pasted, PastedError, PastedKind, SignedBy, label, rank};

/// Paths of a document that are looked at.
const MOST_PATHS: usize = 2_000;
/// Points that an address loses in which something is to be filled in.
const FILL_IN: usize = 40;

/// Whether a text is such a document in YAML: it names its version at the left edge, comments and marks before it.
pub(super) fn looks_like(text: &str) -> bool {
    text.lines().take(200).any(|line| {
        let line = line.trim_start_matches(['"', '\'']);
        ["openapi", "swagger"].iter().any(|name| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        })
    })
}

/// An operation that answers with a list.
struct Operation<'a> {
    path: &'a str,
    item: &'a Json,
    get: &'a Json,
    answer: Answer,
    signed: Option<SignedBy>,
}

impl Operation<'_> {
    /// How likely its list is the one, as far as names say so.
    fn points(&self) -> usize {
        self.answer.likeness() * 4 + rank::of_path(self.path)
    }
}

pub(super) fn read(json: &Json, known: &KnownFields) -> Result<Pasted, PastedError> {
    let document = Document::of(json)?;
    let mut notes = Vec::new();
    let mut operations = operations(&document, &mut notes);
    operations.sort_by_key(|one| std::cmp::Reverse(one.points()));
    // Telling what the fields are takes a while for each list.
    if operations.len() > MOST {
        operations.truncate(MOST);
        notes.push(Note::LeftOut);
    }
    let mut found: Vec<(usize, Candidate)> = operations
        .into_iter()
        .filter_map(|operation| candidate(&document, operation, known, &mut notes))
        .collect();
    if document.met_elsewhere() {
        notes.push(Note::Elsewhere);
    }
    if found.is_empty() {
        return Err(if notes.contains(&Note::Oauth) {
            PastedError::OauthAlone
        } else if document.met_elsewhere() {
            PastedError::DescribedElsewhere
        } else {
            PastedError::NoListDescribed
        });
    }
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let candidates = found.into_iter().map(|(_, candidate)| candidate).collect();
    Ok(Pasted::new(PastedKind::OpenApi, candidates, notes))
}

fn operations<'a>(document: &Document<'a>, notes: &mut Vec<Note>) -> Vec<Operation<'a>> {
    let schemes = Schemes::of(document);
    let mut found = Vec::new();
    let paths = document.root().get("paths").and_then(Json::as_object);
    let mut paths: Vec<(&String, &Json)> = paths.into_iter().flatten().collect();
    // The likeliest first, so that they are read whatever else there is.
    paths.sort_by_cached_key(|(path, _)| std::cmp::Reverse(rank::of_path(path)));
    for (path, item) in paths.into_iter().take(MOST_PATHS) {
        // A path with a parameter leads to one record, or needs one to be chosen first.
        let odd = path.contains(|c: char| c == '{' || c.is_whitespace() || c.is_control());
        if odd || !path.starts_with('/') {
            continue;
        }
        let Some(item) = document.resolved(item) else { continue };
        let Some(get) = item.get("get").and_then(|get| document.resolved(get)) else { continue };
        let Some(answer) = shape::answer(document, get) else { continue };
        let signed = match schemes.of_operation(document, get) {
            Security::Open => None,
            Security::By(signed) => Some(signed),
            Security::Oauth => {
                notes.push(Note::Oauth);
                continue;
            }
            Security::Other => {
                notes.push(Note::OtherSignIn);
                None
            }
        };
        found.push(Operation { path, item, get, answer, signed });
    }
    found
}

/// A candidate and its points; nothing for a list whose records have no fields.
fn candidate<'a>(
    document: &Document<'a>,
    operation: Operation<'a>,
    known: &KnownFields,
    notes: &mut Vec<Note>,
) -> Option<(usize, Candidate)> {
    let Operation { path, item, get, answer, signed } = operation;
    let list = answer.seen(known)?;
    let uses = list.fields.iter().flat_map(|field| field.uses.iter().map(String::as_str));
    let points = rank::of_uses(uses) + rank::of_path(path);
    let server = document.server(item, get);
    if server.is_empty() {
        notes.push(Note::NoServer);
    }
    let mut address = format!("{server}{path}");
    let query = document.required_query(item, get, signed.as_ref());
    for (at, (name, value)) in query.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        address.push_str(&pair);
    }
    let fill_in = query.iter().any(|(_, value)| value.is_empty());
    if fill_in {
        notes.push(Note::FillIn);
    }
    let summary = get.get("summary").and_then(Json::as_str).map(label).filter(|text| !text.is_empty());
    let label = match summary {
        Some(summary) => label(&format!("{summary} ({path})")),
        None => label(path),
    };
    let points = if fill_in { points.saturating_sub(FILL_IN) } else { points };
    Some((points, Candidate { label, address: Some(address), signed, key: None, seen: Some(list) }))
}

#[cfg(test)]
mod tests;
