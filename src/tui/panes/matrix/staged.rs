//! What the draft does to the columns of people and of sites: of each cell, whether it differs, and by whose hand.

use crate::domain::change::Change;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::things::Scope;
use crate::query::matrix::{Column, Grid};
use crate::session::draft::Staged;

/// The columns as the draft leaves them, with what differs from those before it. What is gone keeps its place.
/// `is_own` tells whose cells the user changed themselves: those of others follow.
pub(super) fn laid_over(before: &Grid, mut after: Grid, is_own: impl Fn(&Column) -> bool) -> (Grid, Vec<Option<Staged>>) {
    for (at, column) in before.columns.iter().enumerate() {
        if after.columns.iter().all(|it| it.subject != column.subject) {
            let gone = Column { granted: PermSet::EMPTY, closed: PermSet::EMPTY, ceiling: PermSet::EMPTY, owner: false, ..column.clone() };
            after.columns.insert(at.min(after.columns.len()), gone);
        }
    }
    let staged = after.columns.iter().map(|column| {
        let had = before.columns.iter().find(|it| it.subject == column.subject).map_or(PermSet::EMPTY, Column::held);
        let has = column.held();
        let changed = (had - has) | (has - had);
        let (by_you, follows) = if is_own(column) { (changed, PermSet::EMPTY) } else { (PermSet::EMPTY, changed) };
        Some(Staged { granted: column.granted & has, closed: has, by_you, follows, clash: PermSet::EMPTY })
    });
    let staged = staged.collect();
    (after, staged)
}

/// Whether the draft takes the site away, with all that anybody can do there.
pub(super) fn goes(changes: &[Change], site: SiteId) -> bool {
    changes.iter().any(|it| matches!(it, Change::Site(edit) if edit.after.is_none() && edit.before.as_ref().is_some_and(|it| it.id == site)))
}

/// Whether the draft gives something to this person, or takes it from them, that counts on this site, or takes the site itself.
pub(super) fn is_given(changes: &[Change], person: PersonId, site: SiteId) -> bool {
    let edits = changes.iter().filter_map(|it| if let Change::Assignment(edit) = it { Some(edit) } else { None });
    let counts = |scope: Scope| !matches!(scope, Scope::Site(other) if other != site);
    goes(changes, site) || edits.flat_map(|it| it.before.iter().chain(&it.after)).any(|it| it.person == person && counts(it.scope))
}
