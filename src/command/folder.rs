//! Adding, editing and removing folders.

use super::authority::{Guarded, Need, Scales, Where};
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, free, in_use, valid};
use super::scene::{Names, Scene};
use super::{Note, mentions};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::FolderId;
use crate::domain::policy::MAX_DEPTH;
use crate::domain::record::FolderRecord;
use crate::domain::text;
use crate::domain::things::{Folder, Site};

impl Kept for FolderRecord {
    fn row(&self, id: i64, names: &mut impl Names) -> Result<Folder, Error> {
        Ok(Folder {
            id: FolderId(id),
            key: valid(text::key("folder key", &self.key))?,
            name: valid(text::required("folder name", &self.name))?,
            parent: self.parent.as_deref().map(|key| names.folder(key)).transpose()?,
        })
    }

    fn find(scene: Scene<'_>, key: &String) -> Result<Folder, Error> {
        Ok(scene.db.the_folder(key)?)
    }

    fn check(scene: Scene<'_>, row: &Folder) -> Result<(), Error> {
        check_key(scene, row)?;
        check_depth(scene, row)
    }

    fn edit(&self, new: &FolderRecord, scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Folder, Folder), Error> {
        let (row, new) = self.both(new, scene)?;
        if new.key != row.key {
            check_key(scene, &new)?;
        }
        if scene.policy.path(new.parent).contains(&row.id) {
            return Err(Refusal::FolderCycle { folder: row.key }.into());
        }
        check_depth(scene, &new)?;
        Ok((row, new))
    }

    /// Facts §4.12: what is in a removed folder moves to its parent.
    fn remove(key: &String, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = scene.db.the_folder(key)?;
        let held = scene.db.assignments_wide(Some(row.id))?.len();
        if held > 0 {
            let by = if scene.db.sees_all() { format!("{held} roles are given on it") } else { "roles are given on it".to_owned() };
            return Err(in_use(&row.key, by, "take those first, or give them elsewhere".to_owned()));
        }
        let mut changes = mentions::folder(scene, &row)?;
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
}

impl Taken for FolderRecord {
    const PLURAL: &'static str = "folders";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Folder>, Folder), Error> {
        let row = self.row(import.folder(&self.key)?.0, import)?;
        import.folders.define(&self.key, &self.key, import.line)?;
        Ok((import.folders.before(|| import.db.find(row.id))?, row))
    }

    /// One that the file names.
    fn minded(edit: &Edit<Folder>, import: &Import<'_>) -> anyhow::Result<bool> {
        Ok(edit.any(|it| import.folders.get(&it.key).is_some()))
    }
}

impl Guarded for Folder {
    fn needs(_: &Edit<Folder>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        Ok(vec![Need::of(Deed::ManageFolders, Where::Account)])
    }
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
