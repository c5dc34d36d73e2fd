//! What a role grants: toggling, duplicating, and the ceiling that stands over all of them.

use super::refusal::{Error, Refusal};
use super::{Note, Plan, Scene, Switch, build, records};
use crate::domain::catalog::Catalog;
use crate::domain::change::Edit;
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermSet;
use crate::domain::record::CeilingRecord;
use crate::domain::ripple::{Cause, Effect, Ripple};
use crate::domain::text;
use crate::domain::things::{Role, Setting};
use crate::store::bulk::Numbered;
use crate::store::names::{the_permission, the_role};
use crate::store::settings;

pub(super) fn toggle(scene: Scene<'_>, role: &str, permissions: &[String], to: Switch) -> Result<Plan, Error> {
    let held = the_role(scene.db, scene.policy, role)?;
    let before = records::custom(held)?;
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
    let after = with_granted(catalog, &before, granted);
    let changes = if after == before { Vec::new() } else { vec![Edit::update(before, after).into()] };
    Ok(Plan { changes, notes, n_bulk: 0 })
}

/// The role with these permissions granted; those its catalog does not know stay.
fn with_granted(catalog: &Catalog, role: &Role, granted: PermSet) -> Role {
    let unknown = role.permissions.iter().filter(|id| catalog.find(id).is_none()).cloned();
    Role { permissions: unknown.chain(catalog.names(granted)).collect(), ..role.clone() }
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
        id: RoleId(scene.db.last_number(Numbered::Role)? + 1),
        key: text::key("role key", &key).map_err(|it| Refusal::Invalid(format!("{it}; name one with --key")))?,
        name,
        about: String::new(),
        builtin: false,
        permissions,
        ..Role::clone(&held.role)
    };
    records::role_free(scene, &row)?;
    Ok(Plan { changes: vec![Edit::create(row).into()], ..Plan::default() })
}

/// One profile for all takes the place of those that platforms have of their own; a profile for a
/// platform leaves the others as they are.
pub(super) fn ceiling(scene: Scene<'_>, record: &CeilingRecord) -> Result<Plan, Error> {
    build::ceiling_exists(record, &mut scene.policy.catalogs().cloned())?;
    let wanted: Vec<(String, Option<&String>)> = match record {
        CeilingRecord::All(profile) => {
            let own = scene.db.own_ceilings()?.into_keys().map(|platform| (settings::own_ceiling(&platform), None));
            own.chain([(settings::CEILING.to_owned(), Some(profile))]).collect()
        }
        CeilingRecord::Each(each) => {
            let all = scene.db.setting(settings::CEILING)?;
            let own = |profile| Some(profile).filter(|it| all.as_ref() != Some(*it));
            each.iter().map(|(platform, profile)| (settings::own_ceiling(platform), own(profile))).collect()
        }
    };
    let mut changes = Vec::new();
    for (name, profile) in wanted {
        let edit = Edit { before: scene.db.find::<Setting>(&name)?, after: profile.map(|it| build::setting(&name, it)) };
        changes.extend((edit.before != edit.after).then(|| edit.into()));
    }
    Ok(Plan { changes, ..Plan::default() })
}
