//! Evaluating rules against documents.
//!
//! A mapping is compiled once (paths split at their anchors, patterns and tables prepared, decisions looked up) and then run
//! for every record; the pointers of plain paths are shared, so that a field costs its value and little else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::anchor::{Base, split};
use super::keyed::{Elements, read_elements};
use super::{Decisions, Mapping, MappingRule};
use crate::parse::{DateOrder, DecimalMark, ParseProblem, Reading, Reason};
use crate::path::{Segment, SourcePath};
use crate::transform::{Pipeline, Transform, TransformContext, TransformFault, coerce, phone_as_text};
use crate::value::{FieldType, Value, is_blank_json};

/// Whether an explicit null or blank of this source means "cleared" (SYNC-LAW 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clearing {
    /// A blank says nothing.
    #[default]
    BlankIsUnknown,
    /// The source always sends every field, so a blank one was cleared.
    BlankClears,
}

/// What a rule is evaluated against.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The whole document (or the row of a file).
    pub root: &'a Json,
    /// The record's own sub-document; `None` reads anchored paths as missing unless the document is flat.
    pub anchor: Option<&'a Json>,
    /// The sub-document that the record's stands in.
    pub parent: Option<&'a Json>,
    /// External id or row label, for problems.
    pub row: &'a str,
    /// What a blank means.
    pub clearing: Clearing,
}

/// Where a value stood: a pointer (RFC 6901) relative to a base of the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// What the pointer is relative to.
    pub base: Base,
    /// The place.
    pub pointer: Arc<str>,
}

/// What a rule made of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldOutcome {
    /// The value; `None` says nothing about the field, [`Value::Null`] clears it.
    pub value: Option<Value>,
    /// What the CRM holds, before any transform: the leaf, or a list of leaves when there are several.
    pub source: Json,
    /// Where the leaves stood.
    pub provenance: Vec<Provenance>,
    /// Why there is no value, or why it needs a look (a phone that is kept as text).
    pub problem: Option<FieldProblem>,
}

/// A value that needs a person: row, field, value, reason and suggested fixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// External id or row label.
    pub row: String,
    /// Record type of the target.
    pub record_type: String,
    /// Field of the target.
    pub field: String,
    /// The value as found, shortened.
    pub value: String,
    /// Why.
    pub code: Reason,
    /// Message id in the catalogues.
    pub message: String,
    /// Parameters of the message.
    pub params: BTreeMap<String, String>,
    /// The likeliest meaning.
    pub suggestion: Option<Json>,
    /// All likely meanings.
    pub fixes: Vec<Json>,
}

impl FieldProblem {
    fn new(rule: &MappingRule, scope: &Scope<'_>, source: &Json, problem: ParseProblem) -> FieldProblem {
        let value = shorten(source);
        let params = BTreeMap::from([
            ("field".to_owned(), rule.wedsync_field.clone()),
            ("value".to_owned(), value.clone()),
        ]);
        FieldProblem {
            row: scope.row.to_owned(),
            record_type: rule.record_type.clone(),
            field: rule.wedsync_field.clone(),
            value,
            code: problem.reason,
            message: format!("problem.{}", problem.reason.as_str()),
            params,
            suggestion: problem.fixes.first().cloned(),
            fixes: problem.fixes,
        }
    }
}

/// A value as it is shown beside a problem: its text, at most 80 characters.
fn shorten(json: &Json) -> String {
    let text = match json {
        Json::Null => String::new(),
        Json::String(text) => text.trim().to_owned(),
        // A phone is shown as it was typed, never as its encoding.
        Json::Object(parts) if parts.contains_key("e164") => {
            parts.get("text").and_then(Json::as_str).unwrap_or_default().to_owned()
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A rule that cannot be compiled.
#[derive(Debug, thiserror::Error)]
#[error("rule {index} can't be used")]
pub struct CompileFault {
    /// Index of the rule.
    pub index: usize,
    /// Why.
    #[source]
    pub source: TransformFault,
}

struct CompiledSource {
    base: Base,
    path: SourcePath,
    /// The pointer of a path without wildcards.
    pointer: Option<Arc<str>>,
}

/// A rule, ready to run.
pub struct CompiledRule {
    rule: MappingRule,
    sources: Vec<CompiledSource>,
    pipeline: Pipeline,
    elements: Elements,
    date_order: Option<DateOrder>,
    decimal: Option<DecimalMark>,
}

impl CompiledRule {
    /// The rule as it was confirmed.
    pub fn rule(&self) -> &MappingRule {
        &self.rule
    }
}

/// A mapping, ready to run over any number of records.
pub struct CompiledMapping {
    rules: Vec<CompiledRule>,
    decisions: Decisions,
    revision: u32,
}

impl CompiledMapping {
    /// Prepares a mapping.
    ///
    /// # Errors
    /// [`CompileFault`] for the first faulty transform; [`super::validate`] reports all faults.
    pub fn compile(mapping: &Mapping) -> Result<CompiledMapping, CompileFault> {
        let compile_rule = |(index, rule): (usize, &MappingRule)| -> Result<CompiledRule, CompileFault> {
            let mut transforms = rule.transforms.clone();
            let combines = |transform: &Transform| {
                matches!(
                    transform,
                    Transform::Concat { .. } | Transform::JoinNames {} | Transform::FirstNonEmpty {}
                )
            };
            // "All of them" in a text field is a list in words.
            if rule.value_type == FieldType::Text
                && rule.sources.iter().any(SourcePath::is_plural)
                && !transforms.iter().any(combines)
            {
                transforms.push(Transform::Concat { separator: ", ".to_owned() });
            }
            let pipeline = Pipeline::compile(&transforms).map_err(|source| CompileFault { index, source })?;
            let sources = rule.sources.iter().map(|path| compile_source(&rule.record_type, path)).collect();
            let names: Vec<String> = rule.sources.iter().map(SourcePath::to_string).collect();
            Ok(CompiledRule {
                sources,
                pipeline,
                elements: Elements::of_field(rule.slot_and_field().1),
                date_order: names.iter().find_map(|name| mapping.decisions.date_orders.get(name)).copied(),
                decimal: names.iter().find_map(|name| mapping.decisions.decimal_marks.get(name)).copied(),
                rule: rule.clone(),
            })
        };
        Ok(CompiledMapping {
            rules: mapping.rules.iter().enumerate().map(compile_rule).collect::<Result<_, _>>()?,
            decisions: mapping.decisions.clone(),
            revision: mapping.revision,
        })
    }

    /// The revision of the mapping.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The rules in order.
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// The rules of one record type in order.
    pub fn rules_of<'a>(&'a self, record_type: &'a str) -> impl Iterator<Item = &'a CompiledRule> {
        self.rules.iter().filter(move |rule| rule.rule.record_type == record_type)
    }

    /// An amount that stands in no rule of its own (an allocation of a payment), read as the connection's amounts are;
    /// `None` for a blank and for what is no amount.
    pub fn money(&self, amount: &Json) -> Option<Json> {
        let context = TransformContext {
            currency: self.decisions.currency.as_deref(),
            money_unit: self.decisions.money_unit,
            ..TransformContext::default()
        };
        coerce(amount, FieldType::Money, &context).ok().flatten().map(|value| value.to_json())
    }

    /// Runs one rule.
    pub fn evaluate(&self, rule: &CompiledRule, scope: &Scope<'_>) -> FieldOutcome {
        let mut leaves: Vec<&Json> = Vec::with_capacity(rule.sources.len());
        let mut provenance = Vec::with_capacity(rule.sources.len());
        for source in &rule.sources {
            let base = match source.base {
                Base::Root => Some(scope.root),
                Base::Anchor => scope.anchor,
                Base::Parent => scope.parent,
            };
            let Some(base) = base else { continue };
            match &source.pointer {
                Some(pointer) => {
                    if let Some(leaf) = source.path.resolve_one(base) {
                        leaves.push(leaf);
                        provenance.push(Provenance { base: source.base, pointer: Arc::clone(pointer) });
                    }
                }
                None => {
                    for found in source.path.resolve(base) {
                        leaves.push(found.value);
                        provenance.push(Provenance {
                            base: source.base,
                            pointer: source.path.pointer(&found).into(),
                        });
                    }
                }
            }
        }
        let source = match leaves.as_slice() {
            [] => Json::Null,
            [only] => (*only).clone(),
            several => Json::Array(several.iter().map(|leaf| (*leaf).clone()).collect()),
        };
        let (value, problem) = match self.read(rule, &leaves) {
            Ok(Some(value)) => (Some(value), None),
            Ok(None) => self.blank(rule, scope, &leaves),
            Err(problem) => {
                let kept = match (rule.rule.value_type, leaves.as_slice()) {
                    (FieldType::Phone, [only, ..]) => phone_as_text(only),
                    _ => None,
                };
                (kept, Some(problem))
            }
        };
        let problem = problem.map(|problem| FieldProblem::new(&rule.rule, scope, &source, problem));
        FieldOutcome { value, source, provenance, problem }
    }

    fn context(&self, rule: &CompiledRule) -> TransformContext<'_> {
        TransformContext {
            country: self.decisions.country.as_deref(),
            currency: self.decisions.currency.as_deref(),
            money_unit: self.decisions.money_unit,
            decimal: rule.decimal,
            date_order: rule.date_order,
            zone: self.decisions.zone.as_deref(),
        }
    }

    fn read(&self, rule: &CompiledRule, leaves: &[&Json]) -> Reading<Value> {
        if leaves.iter().all(|leaf| is_blank_json(leaf)) && !rule.pipeline.fills_blanks() {
            return Ok(None);
        }
        if rule.elements != Elements::AsGiven && rule.rule.transforms.is_empty() {
            return read_elements(rule.elements, leaves, self.decisions.country.as_deref());
        }
        rule.pipeline.run(leaves, rule.rule.value_type, &self.context(rule))
    }

    /// A blank: the rule's default, a problem where the field is required, a clearing where the source can say so.
    fn blank(
        &self,
        rule: &CompiledRule,
        scope: &Scope<'_>,
        leaves: &[&Json],
    ) -> (Option<Value>, Option<ParseProblem>) {
        if let Some(default) = &rule.rule.default {
            return match coerce(default, rule.rule.value_type, &self.context(rule)) {
                Ok(value) => (value, None),
                Err(problem) => (None, Some(problem)),
            };
        }
        if rule.rule.required {
            return (None, Some(Reason::RequiredMissing.into()));
        }
        match scope.clearing {
            Clearing::BlankClears if !leaves.is_empty() => (Some(Value::Null), None),
            Clearing::BlankClears | Clearing::BlankIsUnknown => (None, None),
        }
    }
}

fn compile_source(record_type: &str, path: &SourcePath) -> CompiledSource {
    let (base, path) = split(record_type, path);
    let wild = path.segments().iter().any(|segment| matches!(segment, Segment::Every | Segment::FirstFilled));
    // Without wildcards the pointer does not depend on the document.
    let pointer = if wild { None } else { Some(Arc::from(path.plain_pointer())) };
    CompiledSource { base, path, pointer }
}
