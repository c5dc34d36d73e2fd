//! What only a bundle says, as a step: the account owner's word, as an import is.
//!
//! Adding, editing and removing keep rules about how something comes to be: a site changes hands by a yes, a partnership is
//! two people's, nobody gets a role that is on its way out, a catalog comes in a file. A record of a bundle says what is so,
//! however it came to be. Here it is taken at its word, one row at a time; what has to hold between rows is refused as ever.

use super::records::Kept;
use super::refusal::{Error, expect, in_use};
use super::scene::Scene;
use super::{Command, Note, Plan, foundation, mentions, records, workspace};
use crate::domain::builtin;
use crate::domain::catalog::CatalogData;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::RoleId;
use crate::domain::record::Record;
use crate::domain::row::{Numbered, Row};
use crate::domain::things::{Role, StoredCatalog};

/// A kind of which a bundle may say what its other commands refuse.
pub(super) trait Declared: Kept<Row: PartialEq> {
    /// The row with what no record says as it is in the other one.
    fn unsaid(_from: &Self::Row, row: Self::Row) -> Self::Row {
        row
    }

    /// Refuses what cannot be so, whoever says it.
    fn check_declared(scene: Scene<'_>, before: Option<&Self::Row>, row: &Self::Row, notes: &mut Vec<Note>) -> Result<(), Error>;
}

impl Command {
    /// What adds, edits or removes so that the one record becomes the other; no such command removes what has no key.
    pub fn between(before: Option<Record>, after: Option<Record>) -> Option<Command> {
        match (before, after) {
            (None, Some(record)) => Some(Command::Add(record)),
            (Some(before), Some(after)) => Some(Command::Edit { before, after }),
            (Some(before), None) => before.key().map(Command::Remove),
            (None, None) => None,
        }
    }
}

/// The one becomes the other. What the other commands say as well they do.
pub(super) fn declare(scene: Scene<'_>, before: Option<&Record>, after: Option<&Record>) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let changes = match (before, after) {
        (None, Some(Record::Site(new))) => put(scene, None, new, &mut notes)?,
        (Some(Record::Site(old)), Some(Record::Site(new))) => put(scene, Some(old), new, &mut notes)?,
        (None, Some(Record::Role(new))) => put(scene, None, new, &mut notes)?,
        (Some(Record::Role(old)), Some(Record::Role(new))) => put(scene, Some(old), new, &mut notes)?,
        (None, Some(Record::Assignment(new))) => put(scene, None, new, &mut notes)?,
        (Some(Record::Assignment(old)), Some(Record::Assignment(new))) => put(scene, Some(old), new, &mut notes)?,
        (None, Some(Record::Accepted(new))) => put(scene, None, new, &mut notes)?,
        (Some(Record::Accepted(old)), Some(Record::Accepted(new))) => put(scene, Some(old), new, &mut notes)?,
        (Some(Record::Workspace(old)), Some(Record::Workspace(new))) => return workspace::declare(scene, old, new),
        (Some(Record::Assignment(old)), None) => vec![Edit::delete(there(scene, old)?).into()],
        (None, Some(Record::Catalog(new))) => catalog(scene, None, new)?,
        (Some(Record::Catalog(old)), Some(Record::Catalog(new))) => catalog(scene, Some(old), new)?,
        (Some(Record::Catalog(old)), None) => without_catalog(scene, old)?,
        (None, Some(record)) => return records::add(scene, record),
        (Some(before), Some(after)) => return records::edit(scene, before, after),
        (Some(record), None) => return record.key().map_or_else(|| Ok(Plan::default()), |key| records::remove(scene, &key)),
        (None, None) => Vec::new(),
    };
    Ok(Plan { changes, notes, n_bulk: 0 })
}

fn put<K: Declared>(mut scene: Scene<'_>, old: Option<&K>, new: &K, notes: &mut Vec<Note>) -> Result<Vec<Change>, Error>
where
    Edit<K::Row>: Into<Change>,
{
    let Some(old) = old else {
        let row = new.row(scene.next::<K::Row>()?, &mut scene)?;
        K::check_declared(scene, None, &row, notes)?;
        return Ok(vec![Edit::create(row).into()]);
    };
    let row = there(scene, old)?;
    let after = K::unsaid(&row, new.row(row.number(), &mut scene)?);
    K::check_declared(scene, Some(&row), &after, notes)?;
    Ok(Edit::between(row, after).into_iter().collect())
}

/// The row, where it is still as the record says it.
fn there<K: Declared>(mut scene: Scene<'_>, record: &K) -> Result<K::Row, Error> {
    let row = K::find(scene, &record.key())?;
    let said = K::unsaid(&row, record.row(row.number(), &mut scene)?);
    expect(&said, &row, || format!("the {} {}", K::Row::NOUN, record.title()))?;
    Ok(row)
}

/// A catalog, and the roles that come with it.
fn catalog(scene: Scene<'_>, old: Option<&CatalogData>, new: &CatalogData) -> Result<Vec<Change>, Error> {
    let (catalog, after) = foundation::catalog(new)?;
    let before = stored(scene, &catalog.platform, old)?;
    let mut changes: Vec<Change> = Vec::new();
    let mut next = scene.next::<Role>()?;
    for role in &catalog.roles {
        if scene.db.role_by_key(&role.key)?.is_none() {
            changes.push(Edit::create(foundation::builtin_role(RoleId(next), &catalog.platform, role)).into());
            next += 1;
        }
    }
    if before.as_ref() != Some(&after) {
        changes.insert(0, Edit { before, after: Some(after) }.into());
    }
    Ok(changes)
}

/// The platform has its built-in catalog, where there is one, and no roles beyond that.
fn without_catalog(scene: Scene<'_>, old: &CatalogData) -> Result<Vec<Change>, Error> {
    let platform = &old.platform;
    let shipped = builtin::catalog(platform);
    if shipped.is_none() {
        check_unused(scene, platform)?;
    }
    let stays = |key: &str| shipped.as_ref().is_some_and(|it| it.role(key).is_some());
    let mut changes = Vec::new();
    for held in scene.policy.roles().filter(|it| it.role.builtin && it.role.platform == *platform && !stays(&it.role.key)) {
        changes.extend(mentions::role(scene, &held.role)?);
        changes.push(Edit::delete(Role::clone(&held.role)).into());
    }
    changes.extend(stored(scene, platform, Some(old))?.map(|it| Edit::delete(it).into()));
    Ok(changes)
}

/// The catalog that is kept here of a platform, where it is still this one.
fn stored(scene: Scene<'_>, platform: &str, seen: Option<&CatalogData>) -> Result<Option<StoredCatalog>, Error> {
    let row = scene.db.find::<StoredCatalog>(platform)?;
    let data: Option<CatalogData> = row.as_ref().map(|it| serde_json::from_str(&it.data)).transpose().map_err(anyhow::Error::from)?;
    expect(&seen, &data.as_ref(), || format!("the catalog {platform}"))?;
    Ok(row)
}

/// Refuses to take a platform from under sites and roles.
fn check_unused(scene: Scene<'_>, platform: &str) -> Result<(), Error> {
    let mut user =
        scene.policy.roles().find(|it| !it.role.builtin && it.role.platform == platform).map(|it| format!("the role {}", it.role.key));
    scene.db.each_site_by_key(|it| {
        if user.is_none() && it.platform == platform {
            user = Some(format!("the site {}", it.key));
        }
        Ok(())
    })?;
    match user {
        Some(it) => Err(in_use(platform, format!("{it} is on it"), "remove that first".to_owned())),
        None => Ok(()),
    }
}
