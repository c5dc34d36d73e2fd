//! What is set for the whole workspace: its name and profile, its audit, and the ceiling over all roles.

use super::authority::{Guarded, Need, Scales, Where};
use super::refusal::{Error, Refusal, expect, valid};
use super::scene::Scene;
use super::{Plan, foundation};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::record::{CeilingRecord, WorkspaceRecord};
use crate::domain::text;
use crate::domain::things::{Setting, StoredCatalog};
use crate::facts::names::the_role;
use crate::store::settings;

/// The agency's name, profile and audit; the owner and the ceiling have commands of their own.
pub(super) fn edit(scene: Scene<'_>, old: &WorkspaceRecord, new: &WorkspaceRecord) -> Result<Plan, Error> {
    // The end of a role that was removed meanwhile may stay; new ones must exist.
    for role in new.profile.ends_after.keys().filter(|it| !old.profile.ends_after.contains_key(*it)) {
        the_role(scene.db, scene.policy, role)?;
    }
    declare(scene, old, new)
}

/// The same where it also keeps ends of roles that are not there.
pub(super) fn declare(scene: Scene<'_>, old: &WorkspaceRecord, new: &WorkspaceRecord) -> Result<Plan, Error> {
    let owner = scene.db.the_person(&old.owner)?.id;
    if owner != scene.policy.owner || (&new.owner, &new.ceiling) != (&old.owner, &old.ceiling) {
        return Err(Refusal::Owner("the account owner and the ceiling are not changed by an edit: rolecall ceiling".to_owned()).into());
    }
    let now = (&scene.policy.name, &scene.db.profile()?, &scene.db.audit_settings()?);
    expect(&(&old.name, &old.profile, &old.audit), &now, || "the workspace".to_owned())?;
    let name = Setting::new(settings::NAME, &valid(text::required("workspace name", &new.name))?);
    let mut changes: Vec<Change> = Vec::new();
    let mut kept = vec![name, foundation::profile(&new.profile)?];
    if new.audit != old.audit {
        kept.push(foundation::audit(&new.audit)?);
    }
    for after in kept {
        let before = scene.db.find::<Setting>(&after.name)?;
        if before.as_ref() != Some(&after) {
            changes.push(Edit { before, after: Some(after) }.into());
        }
    }
    Ok(Plan { changes, ..Plan::default() })
}

/// One profile for all takes the place of those that platforms have of their own; a profile for a
/// platform leaves the others as they are.
pub(super) fn ceiling(scene: Scene<'_>, record: &CeilingRecord) -> Result<Plan, Error> {
    foundation::ceiling_exists(record, &mut scene.policy.catalogs().cloned())?;
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
        let edit = Edit { before: scene.db.find::<Setting>(&name)?, after: profile.map(|it| Setting::new(&name, it)) };
        changes.extend((edit.before != edit.after).then(|| edit.into()));
    }
    Ok(Plan { changes, ..Plan::default() })
}

/// The rules of the workspace are its owner's; how it shows itself is not.
impl Guarded for Setting {
    fn needs(edit: &Edit<Setting>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let is_shown = |it: &Setting| [settings::NAME, settings::PROFILE, settings::AUDIT].contains(&it.name.as_str());
        Ok(vec![if edit.either().is_some_and(is_shown) { Need::of(Deed::EditWorkspace, Where::Account) } else { Need::of_rules() }])
    }
}

impl Guarded for StoredCatalog {
    fn needs(_: &Edit<StoredCatalog>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        Ok(vec![Need::of_rules()])
    }
}
