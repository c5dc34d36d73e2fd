//! Adding, editing and removing folders.

use super::refusal::{Error, Refusal, expect, free, in_use};
use super::scene::Scene;
use super::{build, loose};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::FolderId;
use crate::domain::policy::MAX_DEPTH;
use crate::domain::record::FolderRecord;
use crate::domain::things::{Folder, Site};

pub(super) fn add(mut scene: Scene<'_>, record: &FolderRecord) -> Result<Change, Error> {
    let row = build::folder(FolderId(scene.next::<Folder>()?), record, &mut scene)?;
    check_key(scene, &row)?;
    check_depth(scene, &row)?;
    Ok(Edit::create(row).into())
}

pub(super) fn edit(mut scene: Scene<'_>, old: &FolderRecord, new: &FolderRecord) -> Result<Option<Change>, Error> {
    let row = scene.db.the_folder(&old.key)?;
    expect(&build::folder(row.id, old, &mut scene)?, &row, || format!("the folder {}", old.key))?;
    let new = build::folder(row.id, new, &mut scene)?;
    if new.key != row.key {
        check_key(scene, &new)?;
    }
    if scene.policy.path(new.parent).contains(&row.id) {
        return Err(Refusal::FolderCycle { folder: row.key }.into());
    }
    check_depth(scene, &new)?;
    Ok(Edit::between(row, new))
}

/// Facts §4.12: what is in a removed folder moves to its parent.
pub(super) fn remove(scene: Scene<'_>, key: &str) -> Result<Vec<Change>, Error> {
    let row = scene.db.the_folder(key)?;
    let held = scene.db.assignments_wide(Some(row.id))?.len();
    if held > 0 {
        let by = if scene.db.sees_all() { format!("{held} roles are given on it") } else { "roles are given on it".to_owned() };
        return Err(in_use(&row.key, by, "take those first, or give them elsewhere".to_owned()));
    }
    let mut changes = loose::folder(scene, &row)?;
    for child in scene.db.folders()?.into_iter().filter(|it| it.parent == Some(row.id)) {
        changes.push(Edit::update(child.clone(), Folder { parent: row.parent, ..child }).into());
    }
    for id in scene.db.sites_in(row.id)? {
        if let Some(site) = scene.db.find::<Site>(id)? {
            changes.push(Edit::update(site.clone(), Site { folder: row.parent, ..site }).into());
        }
    }
    changes.push(Edit::delete(row).into());
    Ok(changes)
}

fn check_key(scene: Scene<'_>, row: &Folder) -> Result<(), Error> {
    free(scene.db, ("folder", "folder key", &row.key), scene.db.folder_by_key(&row.key)?, |it| it.key.clone())
}

fn check_depth(scene: Scene<'_>, row: &Folder) -> Result<(), Error> {
    let mut after = scene.policy.clone();
    after.put_folder(row.clone());
    if after.lost_folder().is_none() {
        return Ok(());
    }
    Err(Refusal::Misfit(format!("the folder {} would lie more than {MAX_DEPTH} deep", row.key)).into())
}
