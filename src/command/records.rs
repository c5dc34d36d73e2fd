//! Adding, editing and removing, whatever the kind.

use super::refusal::{Error, Refusal, expect};
use super::scene::{Names, Scene};
use super::{Note, Plan, workspace};
use crate::domain::change::{Change, Edit};
use crate::domain::record::{Key, Record, Recorded, by_key, by_record, by_records};
use crate::domain::row::{Numbered, Row};
use crate::store::table::Table;

/// What can be done with one kind of record: each has a file of its own.
pub(super) trait Kept: Recorded<Row: Table + Numbered + Clone> {
    /// The row with this number: every field is checked once, every name resolved.
    fn row(&self, id: i64, names: &mut impl Names) -> Result<Self::Row, Error>;

    /// The row that a key names.
    fn find(scene: Scene<'_>, key: &Self::Key) -> Result<Self::Row, Error>;

    /// Refuses a row that cannot be added as it is.
    fn check(_scene: Scene<'_>, _row: &Self::Row) -> Result<(), Error> {
        Ok(())
    }

    /// The row to add.
    fn add(&self, mut scene: Scene<'_>, _: &mut Vec<Note>) -> Result<Self::Row, Error> {
        let row = self.row(scene.next::<Self::Row>()?, &mut scene)?;
        Self::check(scene, &row)?;
        Ok(row)
    }

    /// The row as it is, and as it is to be.
    fn edit(&self, after: &Self, scene: Scene<'_>, notes: &mut Vec<Note>) -> Result<(Self::Row, Self::Row), Error>;

    /// The same where the row is still as this says, whatever else an edit asks for.
    fn both(&self, after: &Self, mut scene: Scene<'_>) -> Result<(Self::Row, Self::Row), Error> {
        let row = Self::find(scene, &self.key())?;
        let (id, what) = (row.number(), || format!("the {} {}", Self::Row::NOUN, self.title()));
        expect(&self.row(id, &mut scene)?, &row, what)?;
        Ok((row, after.row(id, &mut scene)?))
    }

    /// The row goes, and with it what refers to it.
    fn remove(key: &Self::Key, scene: Scene<'_>) -> Result<Vec<Change>, Error>;

    /// What is weighed before it is planned, as far as the names tell.
    fn adding(&self, mut scene: Scene<'_>) -> Result<Edit<Self::Row>, Error> {
        Ok(Edit::create(self.row(0, &mut scene)?))
    }

    /// The same of an edit.
    fn editing(&self, after: &Self, mut scene: Scene<'_>) -> Result<Edit<Self::Row>, Error> {
        let row = Self::find(scene, &self.key())?;
        let after = after.row(row.number(), &mut scene)?;
        Ok(Edit::update(row, after))
    }

    /// The same of a removal.
    fn removing(key: &Self::Key, scene: Scene<'_>) -> Result<Edit<Self::Row>, Error> {
        Ok(Edit::delete(Self::find(scene, key)?))
    }
}

pub(super) fn add(scene: Scene<'_>, record: &Record) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let change: Change = by_record!(record, it => Edit::create(it.add(scene, &mut notes)?).into(), {
        Record::Workspace(_) => return Err(Refusal::AlreadySetUp.into()),
        Record::Catalog(_) => return Err(Refusal::Invalid("a catalog comes with a bundle: rolecall import bundle FILE".to_owned()).into()),
    });
    Ok(Plan { changes: vec![change], notes, n_bulk: 0 })
}

pub(super) fn edit(scene: Scene<'_>, before: &Record, after: &Record) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let change = by_records!((before, after), (old, new) => {
        let (row, after) = old.edit(new, scene, &mut notes)?;
        Edit::between(row, after)
    }, {
        (Record::Workspace(old), Record::Workspace(new)) => return workspace::edit(scene, old, new),
        _ => return Err(Refusal::Invalid("an edit keeps the kind of thing and leaves catalogs alone".to_owned()).into()),
    });
    Ok(Plan { changes: change.into_iter().collect(), notes, n_bulk: 0 })
}

pub(super) fn remove(scene: Scene<'_>, key: &Key) -> Result<Plan, Error> {
    let changes = by_key!(key, (Kind, it) => Kind::remove(it, scene)?);
    Ok(Plan { changes, ..Plan::default() })
}
