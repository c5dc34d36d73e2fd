//! What must hold between rows beyond what the schema can say: a role fits where it is given.

use anyhow::Result;

use crate::domain::change::{Change, Edit};
use crate::domain::things::{Assignment, Person, Role, Scope, Site};
use crate::store::Reader;

/// The first misfit that a change made, as a sentence; the change is in the tables already.
pub(super) fn misfit(db: Reader<'_>, change: &Change) -> Result<Option<String>> {
    let touched = match change {
        Change::Assignment(edit) => edit.after.iter().cloned().collect(),
        Change::Role(Edit { after: Some(it), .. }) if matters_to_holders(change) => db.assignments_with(it.id, usize::MAX)?,
        Change::Site(Edit { after: Some(it), .. }) if matters_to_holders(change) => db.assignments_on(it.id)?,
        Change::Setting(_)
        | Change::Catalog(_)
        | Change::Person(_)
        | Change::Contact(_)
        | Change::Folder(_)
        | Change::Site(_)
        | Change::Role(_)
        | Change::Request(_)
        | Change::Invitation(_)
        | Change::WaitingRole(_)
        | Change::Handover(_) => Vec::new(),
    };
    for it in touched {
        if let Some(sentence) = misfit_of(db, &it)? {
            return Ok(Some(sentence));
        }
    }
    Ok(None)
}

/// Whether the change gives a role, or moves the ground of those that are given.
pub(super) fn can_misfit(change: &Change) -> bool {
    matches!(change, Change::Assignment(Edit { after: Some(_), .. })) || matters_to_holders(change)
}

/// Whether a role's level or platform, or a site's platform, is another one now.
pub(super) fn matters_to_holders(change: &Change) -> bool {
    match change {
        Change::Role(Edit { before: Some(old), after: Some(new) }) => (old.level, &old.platform) != (new.level, &new.platform),
        Change::Site(Edit { before: Some(old), after: Some(new) }) => old.platform != new.platform,
        Change::Setting(_)
        | Change::Catalog(_)
        | Change::Person(_)
        | Change::Contact(_)
        | Change::Folder(_)
        | Change::Site(_)
        | Change::Role(_)
        | Change::Assignment(_)
        | Change::Request(_)
        | Change::Invitation(_)
        | Change::WaitingRole(_)
        | Change::Handover(_) => false,
    }
}

fn misfit_of(db: Reader<'_>, it: &Assignment) -> Result<Option<String>> {
    let Some(role) = db.find::<Role>(it.role)? else { return Ok(None) };
    if !role.level.fits(it.level) {
        let who = db.find::<Person>(it.person)?.map_or_else(String::new, |it| it.email);
        return Ok(Some(format!("{} is a {}-level role and is held at {} level by {who}", role.name, role.level.as_str(), it.level)));
    }
    let Scope::Site(id) = it.scope else { return Ok(None) };
    Ok(db.find::<Site>(id)?.filter(|site| site.platform != role.platform).map(|site| {
        format!("{} is on {}, and {}, which is given there, is a role of {}", site.key, site.platform, role.name, role.platform)
    }))
}
