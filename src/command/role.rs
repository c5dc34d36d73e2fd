//! Adding, editing and removing roles, and what a role grants: toggling, duplicating.

use std::collections::BTreeSet;

use super::authority::{Guarded, Need, Scales, Where};
use super::declare::Declared;
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, expect, free, in_use, valid};
use super::scene::{Names, Scene};
use super::{Note, Plan, Switch, mentions};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::RoleId;
use crate::domain::policy::HeldRole;
use crate::domain::record::RoleRecord;
use crate::domain::ripple::{Cause, Effect, Ripple};
use crate::domain::text;
use crate::domain::things::Role;
use crate::facts::names::{the_catalog, the_permission, the_role};

impl Kept for RoleRecord {
    fn row(&self, id: i64, _: &mut impl Names) -> Result<Role, Error> {
        let permissions = self.permissions.iter().map(|it| valid(text::required("permission", it))).collect::<Result<BTreeSet<_>, _>>()?;
        Ok(Role {
            id: RoleId(id),
            key: valid(text::key("role key", &self.key))?,
            name: valid(text::required("role name", &self.name))?,
            about: valid(text::line("description", &self.about))?,
            platform: valid(text::key("platform", &self.platform))?,
            level: self.level,
            builtin: false,
            permissions,
        })
    }

    fn find(scene: Scene<'_>, key: &String) -> Result<Role, Error> {
        Ok(Role::clone(&the_role(scene.db, scene.policy, key)?.role))
    }

    fn check(scene: Scene<'_>, row: &Role) -> Result<(), Error> {
        role_free(scene, row)?;
        check_role(scene, row)
    }

    fn edit(&self, new: &RoleRecord, mut scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Role, Role), Error> {
        let row = custom(the_role(scene.db, scene.policy, &self.key)?)?;
        expect(&self.row(row.id.0, &mut scene)?, &row, || format!("the role {}", self.key))?;
        let new = new.row(row.id.0, &mut scene)?;
        if new.key != row.key || new.name != row.name {
            role_free(scene, &new)?;
        }
        check_ground(scene, &row, &new)?;
        // Unknown permissions that the role has kept from an older catalog may stay; new ones must exist.
        let added = Role { permissions: new.permissions.difference(&row.permissions).cloned().collect(), ..new.clone() };
        check_role(scene, &added)?;
        Ok((row, new))
    }

    fn remove(key: &String, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = custom(the_role(scene.db, scene.policy, key)?)?;
        if let Some(held) = held(scene, row.id)? {
            return Err(in_use(
                &row.name,
                format!("it is {held}"),
                format!("name the role that takes its place: rolecall role remove {} --replace-with ROLE", text::shell(&row.key)),
            ));
        }
        let mut changes = mentions::role(scene, &row)?;
        changes.push(Edit::delete(row).into());
        Ok(changes)
    }

    /// What it grants is weighed when it is known.
    fn editing(&self, _: &RoleRecord, scene: Scene<'_>) -> Result<Edit<Role>, Error> {
        let row = Self::find(scene, &self.key)?;
        Ok(Edit::update(row.clone(), row))
    }
}

impl Taken for RoleRecord {
    const PLURAL: &'static str = "roles";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Role>, Role), Error> {
        import.roles.claim(&self.key);
        let row = self.row(import.role(&self.key)?.0, import)?;
        import.roles.define(&self.key, &self.key, import.line)?;
        let before: Option<Role> = import.db.find(row.id)?;
        if before.as_ref().is_some_and(|it| it.builtin) {
            return Err(Refusal::BuiltIn { role: self.key.clone() }.into());
        }
        import.open(&row.platform)?;
        import.roles_seen.push((import.line, row.clone()));
        Ok((before, row))
    }

    /// One that the file names.
    fn minded(edit: &Edit<Role>, import: &Import<'_>) -> anyhow::Result<bool> {
        Ok(edit.any(|it| import.roles.get(&it.key).is_some()))
    }
}

/// Permissions that its catalog does not know, too, which are reported.
impl Declared for RoleRecord {
    fn check_declared(scene: Scene<'_>, before: Option<&Role>, row: &Role, notes: &mut Vec<Note>) -> Result<(), Error> {
        let catalog = the_catalog(scene.policy, &row.platform)?;
        if before.is_some_and(|it| it.builtin) {
            return Err(Refusal::BuiltIn { role: row.key.clone() }.into());
        }
        let unknown: Vec<&str> = row.permissions.iter().filter(|id| catalog.find(id).is_none()).map(String::as_str).collect();
        if !unknown.is_empty() {
            let sentence = format!("{} keeps permissions that {} does not know: {}", row.key, row.platform, unknown.join(", "));
            notes.push(Note::Remark(sentence));
        }
        before.map_or(Ok(()), |old| check_ground(scene, old, row))
    }
}

impl Guarded for Role {
    fn needs(edit: &Edit<Role>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let platforms: BTreeSet<&String> = edit.before.iter().chain(&edit.after).map(|it| &it.platform).collect();
        Ok(platforms.into_iter().map(|it| Need::of(Deed::ManageRoles, Where::Platform(it.clone()))).collect())
    }
}

pub(super) fn toggle(scene: Scene<'_>, role: &str, permissions: &[String], to: Switch) -> Result<Plan, Error> {
    let held = the_role(scene.db, scene.policy, role)?;
    let before = custom(held)?;
    let ids = permissions.iter().map(|id| the_permission(scene.policy, &before.platform, id)).collect::<anyhow::Result<Vec<_>>>()?;
    let Some(catalog) = scene.policy.catalog(&before.platform) else { return Ok(Plan::default()) };
    let mut granted = held.granted;
    let mut notes = Vec::new();
    for id in ids {
        if to == Switch::Pin && !catalog.close(granted).contains(id) {
            let sentence = format!("{} is off in {}; only a permission that is implied can be pinned", catalog.get(id).id, before.name);
            return Err(Refusal::Misfit(sentence).into());
        }
        let ripple = catalog.toggle(granted, id, to.into());
        notes.extend(ripple_notes(catalog, &before.key, &ripple));
        granted = ripple.granted;
    }
    let after = catalog.with_granted(&before, granted);
    let changes = if after == before { Vec::new() } else { vec![Edit::update(before, after).into()] };
    Ok(Plan { changes, notes, n_bulk: 0 })
}

pub(super) fn duplicate(scene: Scene<'_>, role: &str, name: &str, key: Option<&str>) -> Result<Plan, Error> {
    let held = the_role(scene.db, scene.policy, role)?;
    if scene.policy.builtin(held).is_some_and(|it| it.owner) {
        return Err(Refusal::Owner(format!("{} comes with a site and cannot be duplicated", held.role.name)).into());
    }
    let name = text::required("role name", name).map_err(Refusal::Invalid)?;
    let key = key.map_or_else(|| text::key_from(&name), str::to_owned);
    let permissions = match scene.policy.catalog(&held.role.platform) {
        Some(catalog) if held.role.builtin => catalog.names(held.granted).into_iter().collect(),
        _ => held.role.permissions.clone(),
    };
    let row = Role {
        id: RoleId(scene.next::<Role>()?),
        key: text::key("role key", &key).map_err(|it| Refusal::Invalid(format!("{it}; name one with --key")))?,
        name,
        about: String::new(),
        builtin: false,
        permissions,
        ..Role::clone(&held.role)
    };
    role_free(scene, &row)?;
    Ok(Plan { changes: vec![Edit::create(row).into()], ..Plan::default() })
}

fn ripple_notes(catalog: &Catalog, role: &str, ripple: &Ripple) -> Vec<Note> {
    let note = |on: bool| {
        move |effect: &Effect| Note::Ripple {
            role: role.to_owned(),
            permission: catalog.get(effect.id).id.clone(),
            on,
            cause: cause(catalog, effect.cause),
        }
    };
    ripple.added.iter().map(note(true)).chain(ripple.removed.iter().map(note(false))).collect()
}

fn cause(catalog: &Catalog, cause: Cause) -> String {
    match cause {
        Cause::Toggled => "asked for".to_owned(),
        Cause::RequiredBy(id) => format!("required by {}", catalog.get(id).id),
        Cause::Requires(id) => format!("requires {}", catalog.get(id).id),
        Cause::NeededOnlyBy(id) => format!("was needed only by {}", catalog.get(id).id),
    }
}

/// A custom role's row.
pub(super) fn custom(held: &HeldRole) -> Result<Role, Error> {
    if held.role.builtin { Err(Refusal::BuiltIn { role: held.role.key.clone() }.into()) } else { Ok(Role::clone(&held.role)) }
}

fn role_free(scene: Scene<'_>, row: &Role) -> Result<(), Error> {
    let name = text::name_key(&row.name);
    let others = || scene.policy.roles().map(|it| &*it.role).filter(|it| it.id != row.id);
    let describe = |it: &Role| format!("{} ({})", it.name, it.key);
    free(scene.db, ("role", "role key", &row.key), others().find(|it| it.key == row.key).cloned(), describe)?;
    free(scene.db, ("role", "role name", &row.name), others().find(|it| text::name_key(&it.name) == name).cloned(), describe)
}

/// That somebody holds a role, and how many, where whoever asks sees all of them.
fn held(scene: Scene<'_>, role: RoleId) -> Result<Option<String>, Error> {
    let (places, people) = scene.db.holders_of(role)?;
    let count = |n: i64, noun: &str| text::plural(usize::try_from(n).unwrap_or(0), noun);
    let words = if scene.db.sees_all() {
        format!("held by {} in {}", count(people, "person"), count(places, "place"))
    } else {
        "held by somebody".to_owned()
    };
    Ok((places > 0).then_some(words))
}

/// A role that is held keeps its platform and level.
fn check_ground(scene: Scene<'_>, row: &Role, new: &Role) -> Result<(), Error> {
    if (&new.platform, new.level) != (&row.platform, row.level)
        && let Some(held) = held(scene, row.id)?
    {
        return Err(Refusal::Misfit(format!("{} is {held}, so that its platform and level stay as they are", row.name)).into());
    }
    Ok(())
}

fn check_role(scene: Scene<'_>, row: &Role) -> Result<(), Error> {
    the_catalog(scene.policy, &row.platform)?;
    row.permissions.iter().try_for_each(|id| the_permission(scene.policy, &row.platform, id).map(drop))?;
    Ok(())
}
