//! What was decided for a row of a file before it is stored.

use hub_core::canonical::ShortId;

use super::keys::Role;
use super::which::{NamedBy, Which};

/// What was decided for one row.
#[derive(Debug, Clone, Default)]
pub(super) struct RowPlan {
    pub(super) id: ShortId,
    pub(super) job: Option<ShortId>,
    pub(super) people: Vec<(ShortId, Role)>,
    pub(super) only_people: bool,
    pub(super) changed: Option<&'static str>,
    /// What few rows have: a hundred thousand plans are in memory at once.
    pub(super) doubt: Option<Box<Doubt>>,
}

impl RowPlan {
    /// What is not certain of it, to be added to.
    pub(super) fn doubt(&mut self) -> &mut Doubt {
        self.doubt.get_or_insert_default()
    }

    /// People of it whose name several entries of the list have.
    pub(super) fn which(&self) -> &[Which] {
        self.doubt.as_ref().map_or(&[], |doubt| &doubt.which)
    }
}

/// What is not certain of a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubt {
    /// First persons of the records it may be.
    pub(super) maybe: Vec<ShortId>,
    /// People of it whose name several entries of the list have.
    pub(super) which: Vec<Which>,
    /// Rows that name somebody who may be a person of it.
    pub(super) named_by: Vec<NamedBy>,
}
