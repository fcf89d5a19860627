//! Suggested matches between the fields of a source and WedSync's, offline and explained.
//!
//! Points come from names, aliases, sample values, sibling columns and earlier choices; every point is a reason that the
//! screen can show. A suggestion below the threshold is not made: an unmatched column costs a person a click, a wrong match
//! costs trust. The result is deterministic and fills no target twice. Deliberately absent: networks, models and learning
//! beyond the choices that are handed in.

mod aliases;
mod header;
mod samples;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use aliases::standard_targets;
pub(crate) use table::try_mapping;

use crate::parse::{DateOrder, DecimalMark, OrderDecision, decide_mark, decide_order};
use crate::transform::{NamePart, Transform, Which};
use crate::value::FieldType;
use aliases::{Alias, Strength, match_alias, match_aliases};
use header::{Header, Role, read_header};
use samples::Samples;

/// Below this no suggestion is made.
pub const THRESHOLD: f64 = 0.5;

/// A field of the source: a column, or a path of a CRM's document.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceField {
    /// Path of the field.
    pub path: String,
    /// What the CRM or the file calls it.
    pub label: String,
    /// The type the CRM declares, if it declares one.
    pub type_hint: Option<FieldType>,
    /// Some values.
    pub samples: Vec<Json>,
}

/// A field of WedSync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetField {
    /// Record type.
    pub record_type: String,
    /// Field name.
    pub name: String,
    /// What WedSync calls it.
    pub label: String,
    /// Type.
    pub field_type: FieldType,
    /// Further names (of custom fields; the standard fields' own aliases are built in).
    pub aliases: Vec<String>,
    /// Whether the schema demands a value.
    pub required: bool,
}

/// What a person chose before for a field of the same name.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierChoice {
    /// The source's label then.
    pub label: String,
    /// Record type chosen.
    pub record_type: String,
    /// Field chosen.
    pub field: String,
    /// Transforms chosen.
    pub transforms: Vec<Transform>,
}

/// One reason for a suggestion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuggestReason {
    /// Message id below `suggest.reason.`.
    pub code: String,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
    /// Points out of a hundred, negative against.
    pub points: i32,
}

/// A suggested match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Path of the source.
    pub source: String,
    /// Record type of the target.
    pub record_type: String,
    /// Field of the target; a role stands in front for people other than the first (`partner.email`).
    pub field: String,
    /// Changes on the way.
    pub transforms: Vec<Transform>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, strongest first.
    pub reasons: Vec<SuggestReason>,
}

struct Candidate {
    source: usize,
    record_type: String,
    field: String,
    transforms: Vec<Transform>,
    points: i32,
    reasons: Vec<SuggestReason>,
    /// A name column may fill several fields; other columns fill one.
    shares_source: bool,
}

/// Suggests matches. The order of the result is that of the sources.
pub fn suggest(
    sources: &[SourceField],
    targets: &[TargetField],
    earlier: &[EarlierChoice],
) -> Vec<Suggestion> {
    let headers: Vec<Header> = sources.iter().map(|source| read_header(&source.label)).collect();
    let samples: Vec<Samples> = sources.iter().map(|source| Samples::of(&source.samples)).collect();
    let roles = RolesSeen::of(&headers);
    let mut candidates = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let (Some(header), Some(stats)) = (headers.get(index), samples.get(index)) else { continue };
        let finder = Finder { index, source, header, stats, targets, roles: &roles };
        finder.by_earlier(earlier, &mut candidates);
        finder.by_name(&mut candidates);
        finder.by_samples(&mut candidates);
    }
    add_sibling_points(&mut candidates, &headers);
    pick(candidates, sources)
}

/// Which people the headers speak of as a whole.
struct RolesSeen {
    last_name: bool,
    any_name: bool,
}

impl RolesSeen {
    fn of(headers: &[Header]) -> RolesSeen {
        let rest_is = |words: &[&str]| headers.iter().any(|header| words.contains(&header.rest.as_str()));
        let person_name = |header: &Header| matches!(match_alias(&header.rest), Some((alias, _)) if alias.record_type == "person" && matches!(alias.field, "first_name" | "last_name" | "full_name"));
        RolesSeen {
            last_name: rest_is(&["last name", "lastname", "last", "surname", "family name"]),
            any_name: headers.iter().any(person_name),
        }
    }
}

struct Finder<'a> {
    index: usize,
    source: &'a SourceField,
    header: &'a Header,
    stats: &'a Samples,
    targets: &'a [TargetField],
    roles: &'a RolesSeen,
}

fn reason(code: &str, points: i32, params: &[(&str, String)]) -> SuggestReason {
    let params = params.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    SuggestReason { code: code.to_owned(), params, points }
}

impl Finder<'_> {
    fn target(&self, record_type: &str, name: &str) -> Option<&TargetField> {
        self.targets.iter().find(|target| target.record_type == record_type && target.name == name)
    }

    fn push(
        &self,
        out: &mut Vec<Candidate>,
        target: &TargetField,
        role: Role,
        transforms: Vec<Transform>,
        mut reasons: Vec<SuggestReason>,
        shares: bool,
    ) {
        let whole_names = transforms
            .iter()
            .any(|step| matches!(step, Transform::SplitName { .. } | Transform::Couple { .. }));
        let fit = if whole_names {
            self.stats.fit_names()
        } else {
            self.stats.fit(target.field_type, &target.record_type, &target.name)
        };
        reasons.extend(fit);
        if self.source.type_hint == Some(target.field_type) && target.field_type != FieldType::Text {
            reasons.push(reason("type", 10, &[("type", target.field_type.as_str().to_owned())]));
        }
        let field = match (target.record_type.as_str(), role.slot()) {
            ("person", Some(slot)) => format!("{slot}.{}", target.name),
            _ => target.name.clone(),
        };
        out.push(Candidate {
            source: self.index,
            record_type: target.record_type.clone(),
            field,
            transforms,
            points: reasons.iter().map(|reason| reason.points).sum(),
            reasons,
            shares_source: shares,
        });
    }

    fn by_earlier(&self, earlier: &[EarlierChoice], out: &mut Vec<Candidate>) {
        let same = |choice: &&EarlierChoice| read_header(&choice.label).whole == self.header.whole;
        for choice in earlier.iter().filter(same) {
            let name = choice
                .field
                .split_once('.')
                .filter(|_| choice.record_type == "person")
                .map_or(choice.field.as_str(), |(_, name)| name);
            let Some(target) = self.target(&choice.record_type, name) else { continue };
            let role = choice.field.split_once('.').map_or(Role::None, |(slot, _)| Role::of_slot(slot));
            let why = vec![reason("earlier", 90, &[("label", choice.label.clone())])];
            self.push(out, target, role, choice.transforms.clone(), why, true);
        }
    }

    fn by_name(&self, out: &mut Vec<Candidate>) {
        for target in self.targets {
            let own = read_header(&target.label).whole;
            let name = read_header(&target.name).whole;
            let custom = target.aliases.iter().any(|alias| read_header(alias).whole == self.header.whole);
            if self.header.whole == name || self.header.whole == own || custom {
                let code = if custom { "alias" } else { "name" };
                let generic = matches!(
                    name.as_str(),
                    "name"
                        | "status"
                        | "title"
                        | "number"
                        | "description"
                        | "kind"
                        | "date"
                        | "notes"
                        | "total"
                        | "amount"
                        | "method"
                        | "memo"
                );
                if !generic {
                    let why = vec![reason(code, 75, &[("label", self.source.label.clone())])];
                    self.push(out, target, Role::None, self.transforms_for(target), why, false);
                }
            }
        }
        // The whole header first ("Client Notes"), then without the person it names ("Bride" of "Bride Email").
        let whole: Vec<_> = match_aliases(&self.header.whole)
            .into_iter()
            .filter(|(_, strength)| *strength != Strength::Ending)
            .collect();
        let found = if whole.is_empty() {
            match_aliases(&self.header.rest)
                .into_iter()
                .map(|(alias, strength)| (alias, strength, self.header.role))
                .collect()
        } else {
            let role =
                |alias: &Alias| if alias.record_type == "person" { self.header.role } else { Role::None };
            whole.into_iter().map(|(alias, strength)| (alias, strength, role(alias))).collect::<Vec<_>>()
        };
        for (alias, strength, role) in found {
            self.by_alias(alias, strength, role, out);
        }
    }

    fn by_alias(&self, alias: &'static Alias, strength: Strength, role: Role, out: &mut Vec<Candidate>) {
        let (code, points) = match strength {
            Strength::Strong => ("alias", 72),
            Strength::Weak => ("alias", 48),
            Strength::Similar => ("similar_name", 50),
            Strength::Ending => ("similar_name", 42),
        };
        let why = || {
            vec![reason(code, points, &[("label", self.source.label.clone()), ("meaning", alias.label())])]
        };
        let holds_full_name = alias.field == "full_name"
            || (alias.field == "first_name"
                && !self.roles.last_name
                && self.stats.share(self.stats.several_words) > 0.6);
        if alias.record_type == "person" && holds_full_name {
            self.name_candidates(role, &why, out);
            return;
        }
        if let Some(target) = self.target(alias.record_type, alias.field) {
            self.push(out, target, role, self.transforms_for(target), why(), true);
        }
        if let Some(overflow) = alias.overflow.and_then(|name| self.target(alias.record_type, name)) {
            let mut reasons = why();
            reasons.push(reason("second_of_its_kind", -12, &[]));
            self.push(out, overflow, role, Vec::new(), reasons, false);
        }
        if alias.record_type == "project"
            && alias.field == "name"
            && !self.roles.any_name
            && self.stats.share(self.stats.couples) > 0.4
        {
            let why = || vec![reason("couple_in_samples", 60, &[])];
            self.name_candidates(Role::None, &why, out);
        }
    }

    /// One cell that holds whole names, perhaps two of them.
    fn name_candidates(&self, role: Role, why: &dyn Fn() -> Vec<SuggestReason>, out: &mut Vec<Candidate>) {
        let couple = role != Role::Partner
            && (self.stats.share(self.stats.couples) >= 0.3 || self.header.names_couple);
        let split = |which: Which, part: NamePart| {
            let step = if couple { Transform::Couple { which, part } } else { Transform::SplitName { part } };
            vec![Transform::Trim {}, step]
        };
        let lone = self.stats.filled > 0 && self.stats.share(self.stats.several_words) < 0.2;
        for (name, part) in [("first_name", NamePart::Given), ("last_name", NamePart::Last)] {
            if name == "last_name" && lone {
                continue;
            }
            let Some(target) = self.target("person", name) else { continue };
            self.push(out, target, role, split(Which::First, part), why(), true);
            if couple {
                self.push(out, target, Role::Partner, split(Which::Second, part), why(), true);
            }
        }
    }

    /// No name says it, but the values do: addresses of e-mail are unmistakable, the rest is not.
    fn by_samples(&self, out: &mut Vec<Candidate>) {
        let named = match_alias(&self.header.rest).is_some_and(|(_, strength)| strength == Strength::Strong);
        if !named && self.stats.filled >= 2 && self.stats.share(self.stats.emails) >= 0.9 {
            for (name, points) in [("email", 32), ("other_emails", 28)] {
                if let Some(target) = self.target("person", name) {
                    let why = vec![reason("only_emails", points, &[])];
                    self.push(out, target, self.header.role, Vec::new(), why, false);
                }
            }
        }
    }

    fn transforms_for(&self, target: &TargetField) -> Vec<Transform> {
        let cells = || self.stats.texts.iter().map(String::as_str);
        match target.field_type {
            FieldType::Date => match decide_order(cells()) {
                OrderDecision::Decided {
                    order: epoch @ (DateOrder::Excel1900 | DateOrder::Excel1904),
                    ..
                } => {
                    vec![Transform::ExcelDate { epoch }]
                }
                decision => {
                    vec![Transform::Date { order: decision.order().filter(|order| *order != DateOrder::Ymd) }]
                }
            },
            FieldType::Phone => vec![Transform::Phone { country: None }],
            FieldType::Money => vec![Transform::Money {
                decimal: decide_mark(cells()),
                thousands: None,
                currency: None,
                unit: None,
            }],
            FieldType::Number => vec![Transform::Number {
                decimal: decide_mark(cells()).filter(|mark| *mark == DecimalMark::Comma),
            }],
            FieldType::Boolean => {
                vec![Transform::Boolean { true_words: Vec::new(), false_words: Vec::new() }]
            }
            FieldType::Text | FieldType::Email => vec![Transform::Trim {}],
            FieldType::DateTime | FieldType::Reference | FieldType::Json | FieldType::Array => Vec::new(),
        }
    }
}

/// A column gains from its siblings: "Partner 2 Email" beside "Partner 2 First Name", "Status" beside two columns of an
/// invoice.
fn add_sibling_points(candidates: &mut [Candidate], headers: &[Header]) {
    let slots: Vec<(usize, String)> = candidates
        .iter()
        .filter(|candidate| candidate.record_type == "person" && candidate.points >= 60)
        .map(|candidate| (candidate.source, slot_of(&candidate.field).to_owned()))
        .collect();
    let bills: Vec<(usize, String)> = candidates
        .iter()
        .filter(|candidate| candidate.record_type == "invoice" && candidate.points >= 60)
        .map(|candidate| (candidate.source, candidate.record_type.clone()))
        .collect();
    for candidate in candidates.iter_mut().filter(|candidate| candidate.record_type == "invoice") {
        let others = |(source, _): &&(usize, String)| *source != candidate.source;
        let mut sources: Vec<usize> = bills.iter().filter(others).map(|(source, _)| *source).collect();
        sources.dedup();
        if let [first, _, ..] = sources.as_slice() {
            let label = headers.get(*first).map(|header| header.label.clone()).unwrap_or_default();
            candidate.reasons.push(reason("sibling", 5, &[("label", label)]));
            candidate.points += 5;
        }
    }
    for candidate in candidates.iter_mut().filter(|candidate| candidate.record_type == "person") {
        let slot = slot_of(&candidate.field);
        let sibling = slots.iter().find(|(source, other)| *source != candidate.source && other == slot);
        if let Some((source, _)) = sibling {
            let label = headers.get(*source).map(|header| header.label.clone()).unwrap_or_default();
            candidate.reasons.push(reason("sibling", 5, &[("label", label)]));
            candidate.points += 5;
        }
    }
}

fn slot_of(field: &str) -> &str {
    field.split_once('.').map_or("", |(slot, _)| slot)
}

/// Best first; each target once, each source once unless it holds names.
fn pick(mut candidates: Vec<Candidate>, sources: &[SourceField]) -> Vec<Suggestion> {
    candidates.retain(|candidate| f64::from(candidate.points) / 100.0 >= THRESHOLD);
    candidates.sort_by(|left, right| {
        right
            .points
            .cmp(&left.points)
            .then(left.source.cmp(&right.source))
            .then_with(|| left.field.cmp(&right.field))
    });
    let mut taken: Vec<(usize, Suggestion)> = Vec::new();
    for candidate in candidates {
        let target_taken = taken
            .iter()
            .any(|(_, made)| made.record_type == candidate.record_type && made.field == candidate.field);
        let splits = |transforms: &[Transform]| {
            transforms
                .iter()
                .any(|step| matches!(step, Transform::SplitName { .. } | Transform::Couple { .. }))
        };
        let source_taken = taken.iter().any(|(source, made)| {
            let both_names = candidate.shares_source
                && splits(&candidate.transforms)
                && (splits(&made.transforms) || made.record_type == "project");
            let project_name =
                candidate.record_type == "project" && candidate.field == "name" && splits(&made.transforms);
            *source == candidate.source && !both_names && !project_name
        });
        if target_taken || source_taken {
            continue;
        }
        let mut reasons = candidate.reasons;
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
        taken.push((
            candidate.source,
            Suggestion {
                source: sources.get(candidate.source).map(|source| source.path.clone()).unwrap_or_default(),
                record_type: candidate.record_type,
                field: candidate.field,
                transforms: candidate.transforms,
                confidence: f64::from(candidate.points.clamp(0, 99)) / 100.0,
                reasons,
            },
        ));
    }
    taken.sort_by_key(|left| left.0);
    taken.into_iter().map(|(_, suggestion)| suggestion).collect()
}
