//! Adding, editing and removing, whatever the kind.

use super::refusal::{Error, Refusal};
use super::scene::Scene;
use super::{Plan, assignment, contact, folder, person, role, site, workspace};
use crate::domain::record::{Key, Record};

pub(super) fn add(scene: Scene<'_>, record: &Record) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let change = match record {
        Record::Workspace(_) => return Err(Refusal::AlreadySetUp.into()),
        Record::Catalog(_) => return Err(Refusal::Invalid("a catalog comes with a bundle: rolecall import bundle FILE".to_owned()).into()),
        Record::Person(record) => person::add(scene, record),
        Record::Contact(record) => contact::add(scene, record),
        Record::Folder(record) => folder::add(scene, record),
        Record::Site(record) => site::add(scene, record),
        Record::Role(record) => role::add(scene, record),
        Record::Assignment(record) => assignment::add(scene, record, &mut notes),
    }?;
    Ok(Plan { changes: vec![change], notes, n_bulk: 0 })
}

pub(super) fn edit(scene: Scene<'_>, before: &Record, after: &Record) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let change = match (before, after) {
        (Record::Workspace(old), Record::Workspace(new)) => return workspace::edit(scene, old, new),
        (Record::Person(old), Record::Person(new)) => person::edit(scene, old, new),
        (Record::Contact(old), Record::Contact(new)) => contact::edit(scene, old, new),
        (Record::Folder(old), Record::Folder(new)) => folder::edit(scene, old, new),
        (Record::Site(old), Record::Site(new)) => site::edit(scene, old, new),
        (Record::Role(old), Record::Role(new)) => role::edit(scene, old, new),
        (Record::Assignment(old), Record::Assignment(new)) => assignment::edit(scene, old, new, &mut notes),
        _ => return Err(Refusal::Invalid("an edit keeps the kind of thing and leaves catalogs alone".to_owned()).into()),
    }?;
    Ok(Plan { changes: change.into_iter().collect(), notes, n_bulk: 0 })
}

pub(super) fn remove(scene: Scene<'_>, key: &Key) -> Result<Plan, Error> {
    let changes = match key {
        Key::Contact(who) => contact::remove(scene, who),
        Key::Person(email) => person::remove(scene, email),
        Key::Folder(key) => folder::remove(scene, key),
        Key::Site(key) => site::remove(scene, key),
        Key::Role(key) => role::remove(scene, key),
        Key::Assignment { person, role, level, scope } => assignment::remove(scene, person, role, *level, scope),
    }?;
    Ok(Plan { changes, ..Plan::default() })
}
