//! What was decided for a row of a file before it is stored.

use hub_core::canonical::ShortId;

use smallvec::SmallVec;

use super::keys::Role;
use super::leftover::Changed;
use super::which::{NamedBy, Which};

/// The people of a row, in its order: most rows have one or two.
pub(super) type People = SmallVec<[(ShortId, Role); 2]>;

/// What was decided for one row.
#[derive(Debug, Clone, Default)]
pub(super) struct RowPlan {
    pub(super) id: ShortId,
    pub(super) job: Option<ShortId>,
    pub(super) people: People,
    pub(super) only_people: bool,
    pub(super) changed: Option<Changed>,
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
