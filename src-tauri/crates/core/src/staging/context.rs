//! What staging is done with: the compiled mapping, the scope, and who must have what.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value as Json;

use crate::mapping::{CompiledMapping, Decisions, Mapping, read_rules};
use crate::message::Message;
use crate::parse::MoneyUnit;
use crate::ports::{CloudAccount, Connection, Scope};
use crate::record::RecordType;
use crate::schema::Schema;

/// Everything that staging a party needs beside its document.
pub struct StagingContext {
    pub(super) mapping: CompiledMapping,
    pub(super) scope: Scope,
    pub(super) today: Date,
    /// Nobody has said yet whether amounts are in pounds or pence: money stays out of plans (MODEL 1).
    pub(super) money_unknown: bool,
    /// What WedSync itself demands (`GET /schema`).
    pub(super) required: BTreeSet<(RecordType, String)>,
}

impl StagingContext {
    /// Prepares a connection's mapping rules and decisions.
    ///
    /// # Errors
    /// A message naming the first rule that cannot be used.
    pub fn new(
        revision: i64,
        rules: &[Json],
        connection: &Connection,
        account: &CloudAccount,
        today: Date,
    ) -> Result<StagingContext, Message> {
        let invalid = |field: &str, error: &str| {
            Message::new("error.mapping_invalid").with("field", field).with("error", error)
        };
        let (rules, faults) = read_rules(rules);
        if let Some(fault) = faults.first() {
            return Err(invalid(&fault.field, fault.error.as_str()));
        }
        let mut decisions: Decisions =
            serde_json::from_value(connection.decisions.clone()).map_err(|error| {
                Message::new("error.mapping_invalid").with("field", "decisions").with("error", error)
            })?;
        // What nobody decided follows the CRM account, then the supplier's own.
        let fill = |own: &mut Option<String>, crm: &Option<String>, wedsync: &str| {
            if own.is_none() {
                *own = crm.clone().or_else(|| Some(wedsync.to_owned()));
            }
        };
        fill(&mut decisions.country, &connection.account.country, &account.country);
        fill(&mut decisions.currency, &connection.account.currency, &account.currency);
        fill(&mut decisions.zone, &connection.account.time_zone, &account.time_zone);
        let money_unknown = decisions.money_unit == MoneyUnit::Ask;
        let mapping = Mapping { revision: u32::try_from(revision).unwrap_or(u32::MAX), rules, decisions };
        let compiled = CompiledMapping::compile(&mapping).map_err(|fault| {
            let field = mapping.rules.get(fault.index).map_or("", |rule| rule.wedsync_field.as_str());
            invalid(field, &fault.source.to_string())
        })?;
        Ok(StagingContext {
            mapping: compiled,
            scope: connection.scope.clone(),
            today,
            money_unknown,
            required: demanded(&Schema::built_in()),
        })
    }

    /// The same under WedSync's own fields as they were last read, in place of the built-in copy.
    #[must_use]
    pub fn under(mut self, schema: &Schema) -> StagingContext {
        self.required = demanded(schema);
        self
    }

    /// Whether WedSync demands this field.
    pub(super) fn demands(&self, record_type: RecordType, field: &str) -> bool {
        self.required_of(record_type).any(|name| name == field)
    }

    /// The fields that WedSync demands of a type.
    pub(super) fn required_of(&self, record_type: RecordType) -> impl Iterator<Item = &str> {
        self.required
            .range((record_type, String::new())..)
            .take_while(move |(kind, _)| *kind == record_type)
            .map(|(_, name)| name.as_str())
    }

    /// Whether records of this type are brought at all.
    pub(super) fn brings(&self, record_type: RecordType) -> bool {
        let excluded = self.scope.excluded_record_types.iter().any(|name| name == record_type.as_str());
        let money = matches!(record_type, RecordType::Invoice | RecordType::Payment);
        if money && self.money_unknown {
            return false;
        }
        !excluded
    }
}

fn demanded(schema: &Schema) -> BTreeSet<(RecordType, String)> {
    schema.required().map(|(record_type, name)| (record_type, name.to_owned())).collect()
}
