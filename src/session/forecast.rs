//! What commands would do, before they are run.

use anyhow::Result;

use super::Session;
use crate::command::{Note, Plan};
use crate::domain::change::Change;
use crate::query::coverage::{self, Attempt};
use crate::query::impact::{self, Budget, Impact};

/// What commands would change, what to know about it, and what it would do to everybody's access.
pub struct Forecast {
    pub plan: Plan,
    /// As far as it is shown; `None` where it is too much to count within the budget.
    pub effect: Option<Impact>,
}

impl Session {
    /// What changes would do to everybody's access, as far as that is shown. `None` where it takes more than the
    /// budget, or where the permissions themselves are others afterwards: these cannot be weighed against those of now.
    ///
    /// # Errors
    /// That the file could not be read.
    pub fn effect(&self, changes: &[Change], budget: &Budget<'_>) -> Result<Option<Impact>> {
        if changes.iter().any(|it| matches!(it, Change::Catalog(_))) {
            return Ok(None);
        }
        self.snapshot(|db| Ok(impact::impact(db, &db.policy(None)?, changes, self.now, budget)?.ok()))
    }

    /// Who gets in whose way by what is given and, where that is done, what it takes the place of: before, that stands
    /// among what would be lost.
    pub(super) fn remarks(&self, changes: &[Change], is_done: bool) -> Result<Vec<Note>> {
        if !coverage::gives(changes) {
            return Ok(Vec::new());
        }
        self.snapshot(|db| {
            let attempt = Attempt { db, policy: &db.policy(None)?, changes, is_done, now: self.now };
            let mut sentences = coverage::crowding(attempt)?;
            if is_done {
                sentences.extend(coverage::displaced(attempt)?);
            }
            Ok(sentences.into_iter().map(Note::Remark).collect())
        })
    }
}
