//! What becomes of a CRM's fields, for whoever looks before connecting (R116).

use hub_core::fields::standard_field;
use hub_core::record::RecordType;

use super::{Definition, RouteKind};
use crate::file::{Preset, preset};
use crate::sheet::target_of;

/// A field of WedSync and where its value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldUse {
    /// Record in WedSync.
    pub record: RecordType,
    /// Field there.
    pub field: String,
    /// Column or path in the CRM.
    pub source: String,
    /// By which route.
    pub route: RouteKind,
    /// Whether a record without it is looked at by a person.
    pub required: bool,
    /// Value where the CRM has none.
    pub default: Option<String>,
}

impl Definition {
    /// The exports whose columns are known.
    pub fn presets(&self) -> impl Iterator<Item = &'static Preset> {
        self.routes.file.iter().flat_map(|file| &file.presets).filter_map(|key| preset(key))
    }

    /// What becomes of the fields, as far as it is known before anything is read.
    pub fn field_uses(&self) -> Vec<FieldUse> {
        let by_rule = self.mapping.iter().map(|rule| FieldUse {
            record: rule.record,
            field: rule.field.clone(),
            source: rule.from.join(", "),
            route: RouteKind::Api,
            required: rule.required,
            default: rule.default.clone(),
        });
        let mut uses: Vec<FieldUse> = by_rule.collect();
        let route = if self.routes.api.is_some() { RouteKind::Api } else { RouteKind::SignIn };
        let rows = self.rows.iter().flat_map(|rows| rows.fields.iter().chain(&rows.under));
        let list = self.read_route().and_then(|route| route.list);
        let rows =
            rows.chain(list.into_iter().flat_map(|list| &list.beside).flat_map(|beside| &beside.fields));
        let named =
            self.fields.iter().chain(rows).map(|(source, uses)| (route, source.as_str(), uses.as_str()));
        let columns = self.presets().flat_map(|preset| &preset.columns).map(|(spellings, uses)| {
            (RouteKind::File, spellings.split('|').next().unwrap_or(spellings), uses.as_str())
        });
        for (route, source, lines) in named.chain(columns) {
            for (record, field) in lines.split(' ').flat_map(target_of) {
                let required = record == RecordType::Person && field == "first_name"
                    || standard_field(record, field).is_some_and(|spec| spec.required);
                let one = FieldUse {
                    record,
                    field: field.to_owned(),
                    source: source.to_owned(),
                    route,
                    required,
                    default: None,
                };
                if !uses.contains(&one) {
                    uses.push(one);
                }
            }
        }
        uses
    }
}
