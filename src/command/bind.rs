//! Which Unix user is which person: in whose name they act when they run the program.

use anyhow::Result;

use super::refusal::{Error, Refusal};
use super::{Plan, Scene};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::PersonId;
use crate::domain::suggest::Unknown;
use crate::domain::things::{Person, Setting};
use crate::facts::Reader;
use crate::store::settings;

/// That a Unix user is this person.
pub(super) fn binding(uid: u32, person: PersonId) -> Setting {
    Setting::new(&settings::user(uid), &person.0.to_string())
}

pub(super) fn bind(scene: Scene<'_>, person: &str, uid: u32) -> Result<Plan, Error> {
    let person = scene.db.the_person(person)?;
    let before = scene.db.find::<Setting>(settings::user(uid))?;
    let after = binding(uid, person.id);
    if before.as_ref() == Some(&after) {
        return Ok(Plan::default());
    }
    keep_an_owner(scene, uid, Some(person.id))?;
    Ok(Plan { changes: vec![Edit { before, after: Some(after) }.into()], ..Plan::default() })
}

pub(super) fn unbind(scene: Scene<'_>, uid: u32) -> Result<Plan, Error> {
    let Some(before) = scene.db.find::<Setting>(settings::user(uid))? else {
        return Err(Refusal::Unknown(Unknown { kind: "bound user", text: uid.to_string(), hint: String::new() }).into());
    };
    keep_an_owner(scene, uid, None)?;
    Ok(Plan { changes: vec![Edit::delete(before).into()], ..Plan::default() })
}

/// Without a user who is the account owner, nobody could say any more who is who.
fn keep_an_owner(scene: Scene<'_>, uid: u32, to: Option<PersonId>) -> Result<(), Error> {
    let owner = scene.policy.owner;
    let users = scene.db.users()?;
    if to == Some(owner) || users.iter().any(|(other, person)| *other != uid && *person == owner) {
        return Ok(());
    }
    let sentence = if users.contains(&(uid, owner)) {
        format!("uid {uid} is the only user who is the account owner; bind another one first")
    } else {
        "no user is the account owner yet; bind that one first".to_owned()
    };
    Err(Refusal::Owner(sentence).into())
}

/// The person that a Unix user is; as long as no user is bound, whose file it is is the account owner.
pub fn user(db: Reader<'_>, uid: u32) -> Result<Option<Person>> {
    let users = db.users()?;
    if users.is_empty() {
        return if db.belongs_to(uid) { account_owner(db) } else { Ok(None) };
    }
    let bound = users.into_iter().find(|it| it.0 == uid);
    Ok(bound.map(|it| db.find(it.1)).transpose()?.flatten())
}

/// Whoever may do everything.
pub fn account_owner(db: Reader<'_>) -> Result<Option<Person>> {
    let owner = db.setting(settings::OWNER)?.and_then(|it| it.parse().ok()).map(PersonId);
    owner.map(|id| db.find(id)).transpose().map(Option::flatten)
}

/// Whether the users who are bound, if any are, lock the account owner out.
pub(super) fn owner_is_locked_out(db: Reader<'_>) -> Result<bool> {
    let (users, owner) = (db.users()?, db.policy(None)?.owner);
    Ok(!users.is_empty() && users.iter().all(|it| it.1 != owner))
}

/// The users who were a person that goes.
pub(super) fn forget(db: Reader<'_>, person: PersonId) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (uid, _) in db.users()?.into_iter().filter(|it| it.1 == person) {
        changes.extend(db.find::<Setting>(settings::user(uid))?.map(|it| Edit::delete(it).into()));
    }
    Ok(changes)
}
