//! What must hold between rows beyond what the schema can say: a role fits where it is given.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Note;
use super::refusal::{Error, Refusal};
use super::scene::Scene;
use crate::domain::change::{Change, Edit, Touch};
use crate::domain::policy::HeldRole;
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Level, Person, Role, Scope, Site};
use crate::facts::Reader;

/// The first misfit that a change made, as a sentence; the change is in the tables already.
pub(super) fn misfit(db: Reader<'_>, change: &Change) -> Result<Option<String>> {
    let given = match change.touches() {
        Some(Touch::Assignment(edit)) => edit.after.iter().cloned().collect(),
        Some(Touch::Role(Edit { after: Some(it), .. })) if matters_to_holders(change) => db.assignments_with(it.id, usize::MAX)?,
        Some(Touch::Site(Edit { after: Some(it), .. })) if matters_to_holders(change) => db.assignments_on(it.id)?,
        Some(Touch::Role(_) | Touch::Site(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => Vec::new(),
    };
    for it in given {
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
    match change.touches() {
        Some(Touch::Role(Edit { before: Some(old), after: Some(new) })) => (old.level, &old.platform) != (new.level, &new.platform),
        Some(Touch::Site(Edit { before: Some(old), after: Some(new) })) => old.platform != new.platform,
        Some(Touch::Role(_) | Touch::Site(_) | Touch::Assignment(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => {
            false
        }
    }
}

fn misfit_of(db: Reader<'_>, it: &Assignment) -> Result<Option<String>> {
    let Some(role) = db.find::<Role>(it.role)? else { return Ok(None) };
    if !role.level.fits(it.level) {
        let who = db.the::<Person>(it.person)?.email;
        return Ok(Some(format!("{} is a {}-level role and is held at {} level by {who}", role.name, role.level.as_str(), it.level)));
    }
    let Scope::Site(id) = it.scope else { return Ok(None) };
    Ok(db.find::<Site>(id)?.filter(|site| site.platform != role.platform).map(|site| {
        format!("{} is on {}, and {}, which is given there, is a role of {}", site.key, site.platform, role.name, role.platform)
    }))
}

/// Refuses to give a role where it does not belong, or that is given to nobody any more.
pub(super) fn check(scene: Scene<'_>, row: &Assignment, held: &HeldRole, notes: &mut Vec<Note>) -> Result<(), Error> {
    check_builtin(scene, held)?;
    belongs(scene, row, held, notes)
}

/// Refuses a role where it does not belong; notes what of it does nothing there.
pub(super) fn belongs(scene: Scene<'_>, row: &Assignment, held: &HeldRole, notes: &mut Vec<Note>) -> Result<(), Error> {
    let name = &held.role.name;
    if !held.role.level.fits(row.level) {
        return Err(Refusal::Misfit(format!(
            "{name} is a {}-level role and cannot be given at {} level",
            held.role.level.as_str(),
            row.level
        ))
        .into());
    }
    notes.extend(locked(scene, held, row.level).map(Note::Remark));
    let Scope::Site(id) = row.scope else { return Ok(()) };
    let Some(site) = scene.db.find::<Site>(id)? else { return Ok(()) };
    if site.platform != held.role.platform {
        let sentence = format!("{name} is a role of {}, and {} is on {}", held.role.platform, site.key, site.platform);
        return Err(Refusal::Misfit(sentence).into());
    }
    if row.level == Level::Team && site.owner != scene.policy.owner && site.host != Host::Agency {
        notes.push(Note::Remark(format!(
            "{} is neither owned nor hosted by the agency, so that team-level roles do nothing there",
            site.key
        )));
    }
    notes.extend(idle(scene, held, &site).map(Note::Remark));
    Ok(())
}

/// What of a role of one's own does nothing at a level, whose ceiling takes it away, in a sentence.
fn locked(scene: Scene<'_>, held: &HeldRole, level: Level) -> Option<String> {
    let catalog = scene.policy.catalog(&held.role.platform)?;
    let idle = held.granted & catalog.cut(scene.policy.ceiling_of(&catalog.platform).at(level));
    (!held.role.builtin && !idle.is_empty()).then(|| {
        let ids = text::few(&catalog.names(idle));
        format!("{} at {level} level, whose ceiling takes away {ids}", nothing(idle.len(), &held.role.name))
    })
}

/// What of a role does nothing on a site that lacks its apps, in a sentence.
fn idle(scene: Scene<'_>, held: &HeldRole, site: &Site) -> Option<String> {
    let (name, key) = (&held.role.name, &site.key);
    let app = scene.policy.builtin(held).and_then(|it| it.app.as_ref());
    if let Some(app) = app.filter(|app| !site.apps.contains(app)) {
        return Some(format!("{name} is for {app}, which {key} does not have installed"));
    }
    let catalog = scene.policy.catalog(&site.platform)?;
    let absent = catalog.missing_apps(&site.apps);
    let idle = held.granted & catalog.cut(absent);
    let apps: BTreeSet<&String> =
        idle.iter().flat_map(|id| (catalog.closure(id) & absent).iter()).filter_map(|id| catalog.get(id).app.as_ref()).collect();
    let apps: Vec<String> = apps.into_iter().cloned().collect();
    (!held.role.builtin && !idle.is_empty())
        .then(|| format!("{} on {key}, which does not have {}", nothing(idle.len(), name), text::few(&apps)))
}

fn nothing(n: usize, role: &str) -> String {
    format!("{} of {role} {} nothing", text::plural(n, "permission"), if n == 1 { "does" } else { "do" })
}

/// R9: an owner's role is never assigned.
pub(super) fn check_not_owners(scene: Scene<'_>, held: &HeldRole) -> Result<(), Error> {
    if scene.policy.builtin(held).is_some_and(|it| it.owner) {
        let sentence = format!("{} comes with the site and is never assigned; it moves by a transfer", held.role.name);
        return Err(Refusal::Owner(sentence).into());
    }
    Ok(())
}

/// Whether the role can be given to somebody new at all.
pub(super) fn check_builtin(scene: Scene<'_>, held: &HeldRole) -> Result<(), Error> {
    let name = &held.role.name;
    let Some(builtin) = scene.policy.builtin(held) else { return Ok(()) };
    check_not_owners(scene, held)?;
    if builtin.deprecated {
        return Err(Refusal::Deprecated { role: name.clone() }.into());
    }
    if builtin.partnership.is_some() {
        let sentence = format!("{name} comes with a partnership and is never assigned; rolecall partner propose SITE proposes one");
        return Err(Refusal::Misfit(sentence).into());
    }
    Ok(())
}
