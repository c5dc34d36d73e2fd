//! Adding, editing and removing contacts, people, folders, sites, roles and assignments.

use super::bind;
use std::collections::BTreeSet;

use super::build::{self, Names};
use super::refusal::{Error, Refusal};
use super::{Note, Plan, Scene, loose};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, ContactId, FolderId, PersonId, RoleId, SiteId};
use crate::domain::policy::{HeldRole, MAX_DEPTH};
use crate::domain::record::{Key, Record, RoleRecord, ScopeRecord, WorkspaceRecord};
use crate::domain::suggest::{self, Unknown};
use crate::domain::text;
use crate::domain::things::{Assignment, Contact, Folder, Level, Role, Scope, Setting, Site};
use crate::store::bulk::Numbered;
use crate::store::names::{the_catalog, the_permission, the_role};
use crate::store::settings;

impl Names for Scene<'_> {
    fn person(&mut self, email: &str) -> Result<PersonId, Error> {
        Ok(self.db.the_person(email)?.id)
    }

    fn folder(&mut self, key: &str) -> Result<FolderId, Error> {
        Ok(self.db.the_folder(key)?.id)
    }

    fn site(&mut self, key: &str) -> Result<SiteId, Error> {
        Ok(self.db.the_site(key)?.id)
    }

    fn role(&mut self, key: &str) -> Result<RoleId, Error> {
        Ok(the_role(self.db, self.policy, key)?.role.id)
    }
}

pub(super) fn next(scene: Scene<'_>, table: Numbered) -> Result<i64, Error> {
    Ok(scene.db.last_number(table)? + 1)
}

pub(super) fn add(mut scene: Scene<'_>, record: &Record) -> Result<Plan, Error> {
    let mut notes = Vec::new();
    let change = match record {
        Record::Workspace(_) => return Err(Refusal::AlreadySetUp.into()),
        Record::Catalog(_) => return Err(Refusal::Invalid("a catalog comes with a bundle: rolecall import bundle FILE".to_owned()).into()),
        Record::Person(record) => {
            let row = build::person(PersonId(next(scene, Numbered::Person)?), record)?;
            free("person", scene.db.person_by_email(&row.email)?.map(|it| it.email))?;
            Edit::create(row).into()
        }
        Record::Contact(record) => {
            let row = build::contact(ContactId(next(scene, Numbered::Contact)?), record)?;
            contact_free(scene, &row)?;
            Edit::create(row).into()
        }
        Record::Folder(record) => {
            let row = build::folder(FolderId(next(scene, Numbered::Folder)?), record, &mut scene)?;
            free("folder", scene.db.folder_by_key(&row.key)?.map(|it| it.key))?;
            check_depth(scene, &row)?;
            Edit::create(row).into()
        }
        Record::Site(record) => {
            let row = build::site(SiteId(next(scene, Numbered::Site)?), record, &mut scene)?;
            free("site", scene.db.site_by_key(&row.key)?.map(|it| it.key))?;
            check_site(scene, &row, &[])?;
            check_url(scene, &row, "")?;
            Edit::create(row).into()
        }
        Record::Role(record) => {
            let row = build::role(RoleId(next(scene, Numbered::Role)?), record)?;
            role_free(scene, &row)?;
            check_role(scene, &row)?;
            Edit::create(row).into()
        }
        Record::Assignment(record) => {
            let mut row = build::assignment(AssignmentId(next(scene, Numbered::Assignment)?), record, &mut scene)?;
            row.granted_by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id);
            let held = the_role(scene.db, scene.policy, &record.role)?;
            check_assignment(scene, &row, held, &mut notes)?;
            if scene.db.assignment(row.person, row.role, row.level, row.scope)?.is_some() {
                return Err(
                    Refusal::Exists { kind: "role", name: format!("{} for {} ({})", held.role.name, record.person, record.scope) }.into()
                );
            }
            Edit::create(row).into()
        }
    };
    Ok(Plan { changes: vec![change], notes, n_bulk: 0 })
}

pub(super) fn edit(mut scene: Scene<'_>, before: &Record, after: &Record) -> Result<Plan, Error> {
    if let (Record::Workspace(old), Record::Workspace(new)) = (before, after) {
        return Ok(Plan { changes: edit_workspace(scene, old, new)?, ..Plan::default() });
    }
    let mut notes = Vec::new();
    let change: Option<Change> = match (before, after) {
        (Record::Person(old), Record::Person(new)) => {
            let row = scene.db.the_person(&old.email)?;
            expect(&build::person(row.id, old)?, &row, || format!("the person {}", old.email))?;
            let new = build::person(row.id, new)?;
            if text::email_key(&new.email) != text::email_key(&row.email) {
                free("person", scene.db.person_by_email(&new.email)?.map(|it| it.email))?;
            }
            update(row, new)
        }
        (Record::Contact(old), Record::Contact(new)) => {
            let row = scene.db.the_contact(old.email.as_deref().unwrap_or(&old.name))?;
            expect(&build::contact(row.id, old)?, &row, || format!("the contact {}", old.name))?;
            let new = build::contact(row.id, new)?;
            let same_email = new.email.as_deref().map(text::email_key) == row.email.as_deref().map(text::email_key);
            if !same_email || (new.email.is_none() && new.name != row.name) {
                contact_free(scene, &new)?;
            }
            update(row, new)
        }
        (Record::Folder(old), Record::Folder(new)) => {
            let row = scene.db.the_folder(&old.key)?;
            expect(&build::folder(row.id, old, &mut scene)?, &row, || format!("the folder {}", old.key))?;
            let new = build::folder(row.id, new, &mut scene)?;
            if new.key != row.key {
                free("folder", scene.db.folder_by_key(&new.key)?.map(|it| it.key))?;
            }
            if scene.policy.path(new.parent).contains(&row.id) {
                return Err(Refusal::FolderCycle { folder: row.key }.into());
            }
            check_depth(scene, &new)?;
            update(row, new)
        }
        (Record::Site(old), Record::Site(new)) => {
            let row = scene.db.the_site(&old.key)?;
            expect(&build::site(row.id, old, &mut scene)?, &row, || format!("the site {}", old.key))?;
            let new = build::site(row.id, new, &mut scene)?;
            if new.owner != row.owner {
                return Err(Refusal::Owner(format!("the site {} changes hands only by a transfer, not by an edit", row.key)).into());
            }
            if new.key != row.key {
                free("site", scene.db.site_by_key(&new.key)?.map(|it| it.key))?;
            }
            let given = scene.db.assignments_on(row.id)?.len();
            if new.platform != row.platform && given > 0 {
                let sentence = format!("{given} roles of {} are given on {}, so that its platform stays as it is", row.platform, row.key);
                return Err(Refusal::Misfit(sentence).into());
            }
            check_site(scene, &new, &row.apps)?;
            check_url(scene, &new, &row.url)?;
            if new.host != row.host && super::handover::partnership(scene, &row)?.is_some() {
                let sentence = format!(
                    "the agency carries {} as its partner; that ends with: rolecall partner reclaim {}",
                    row.key,
                    text::shell(&row.key)
                );
                return Err(Refusal::Owner(sentence).into());
            }
            update(row, new)
        }
        (Record::Role(old), Record::Role(new)) => edit_role(scene, old, new)?,
        (Record::Assignment(old), Record::Assignment(new)) => {
            let row = assignment(scene, &old.person, &old.role, old.level, &old.scope)?;
            let mut seen = build::assignment(row.id, old, &mut scene)?;
            seen.granted_by = row.granted_by;
            expect(&seen, &row, || format!("the role {} of {}", old.role, old.person))?;
            apart_from_partnership(scene, &row)?;
            let mut new_row = build::assignment(row.id, new, &mut scene)?;
            new_row.granted_by = row.granted_by;
            let moved = (new_row.person, new_row.role, new_row.level, new_row.scope) != (row.person, row.role, row.level, row.scope);
            if moved {
                check_assignment(scene, &new_row, the_role(scene.db, scene.policy, &new.role)?, &mut notes)?;
                let twin = scene.db.assignment(new_row.person, new_row.role, new_row.level, new_row.scope)?;
                free("role", twin.map(|_| format!("{} for {}", new.role, new.person)))?;
            }
            update(row, new_row)
        }
        _ => return Err(Refusal::Invalid("an edit keeps the kind of thing and leaves catalogs alone".to_owned()).into()),
    };
    Ok(Plan { changes: change.into_iter().collect(), notes, n_bulk: 0 })
}

/// The agency's name and profile; the owner and the ceiling have commands of their own.
fn edit_workspace(scene: Scene<'_>, old: &WorkspaceRecord, new: &WorkspaceRecord) -> Result<Vec<Change>, Error> {
    let owner = scene.db.the_person(&old.owner)?.id;
    if owner != scene.policy.owner || (&new.owner, &new.ceiling) != (&old.owner, &old.ceiling) {
        return Err(Refusal::Owner("the account owner and the ceiling are not changed by an edit: rolecall ceiling".to_owned()).into());
    }
    // The end of a role that was removed meanwhile may stay; new ones must exist.
    for role in new.profile.ends_after.keys().filter(|it| !old.profile.ends_after.contains_key(*it)) {
        the_role(scene.db, scene.policy, role)?;
    }
    expect(&(&old.name, &old.profile), &(&scene.policy.name, &scene.db.profile()?), || "the workspace".to_owned())?;
    let name = build::setting(settings::NAME, &build::valid(text::required("workspace name", &new.name))?);
    let mut changes = Vec::new();
    for after in [name, build::profile(&new.profile)?] {
        let before = scene.db.find::<Setting>(&after.name)?;
        if before.as_ref() != Some(&after) {
            changes.push(Edit { before, after: Some(after) }.into());
        }
    }
    Ok(changes)
}

fn edit_role(scene: Scene<'_>, old: &RoleRecord, new: &RoleRecord) -> Result<Option<Change>, Error> {
    let row = custom(the_role(scene.db, scene.policy, &old.key)?)?;
    expect(&build::role(row.id, old)?, &row, || format!("the role {}", old.key))?;
    let new = build::role(row.id, new)?;
    if new.key != row.key || new.name != row.name {
        role_free(scene, &new)?;
    }
    if new.platform != row.platform || new.level != row.level {
        let (_, holders) = scene.db.holders_of(row.id)?;
        if holders > 0 {
            return Err(Refusal::Misfit(format!(
                "{} is held by {holders} people, so that its platform and level stay as they are",
                row.name
            ))
            .into());
        }
    }
    // Unknown permissions that the role has kept from an older catalog may stay; new ones must exist.
    let added = Role { permissions: new.permissions.difference(&row.permissions).cloned().collect(), ..new.clone() };
    check_role(scene, &added)?;
    Ok(update(row, new))
}

pub(super) fn remove(scene: Scene<'_>, key: &Key) -> Result<Plan, Error> {
    let changes: Vec<Change> = match key {
        Key::Contact(who) => {
            let row = scene.db.the_contact(who)?;
            let mut changes = loose::contact(scene, &row)?;
            changes.push(Edit::delete(row).into());
            changes
        }
        Key::Person(email) => remove_person(scene, email)?,
        Key::Folder(key) => remove_folder(scene, key)?,
        Key::Site(key) => {
            let row = scene.db.the_site(key)?;
            let held = scene.db.assignments_on(row.id)?;
            let full = held.into_iter().map(|it| scene.db.find::<Assignment>(it.id));
            let held = full.collect::<Result<Vec<_>, _>>()?;
            let held = held.into_iter().flatten().map(|it| Edit::delete(it).into());
            held.chain(loose::site(scene, &row)?).chain([Edit::delete(row).into()]).collect()
        }
        Key::Role(key) => {
            let row = custom(the_role(scene.db, scene.policy, key)?)?;
            let (held, people) = scene.db.holders_of(row.id)?;
            if held > 0 {
                let by = format!("it is held by {} in {}", count(people, "person"), count(held, "place"));
                return Err(in_use(
                    &row.name,
                    by,
                    format!("name the role that takes its place: rolecall role remove {} --replace-with ROLE", text::shell(&row.key)),
                ));
            }
            let mut changes = loose::role(scene, &row)?;
            changes.push(Edit::delete(row).into());
            changes
        }
        Key::Assignment { person, role, level, scope } => {
            let row = assignment(scene, person, role, *level, scope)?;
            apart_from_partnership(scene, &row)?;
            vec![Edit::delete(row).into()]
        }
    };
    Ok(Plan { changes, ..Plan::default() })
}

/// R10: a partnership ends as a whole.
pub(super) fn apart_from_partnership(scene: Scene<'_>, row: &Assignment) -> Result<(), Error> {
    let Some(held) = scene.policy.role(row.role).filter(|it| it.side.is_some()) else { return Ok(()) };
    let sentence = format!("{} comes and goes with a partnership, which the client ends: rolecall partner reclaim SITE", held.role.name);
    Err(Refusal::Owner(sentence).into())
}

/// What the person once gave to others stays; that it came from them is in the journal.
fn remove_person(scene: Scene<'_>, email: &str) -> Result<Vec<Change>, Error> {
    let row = scene.db.the_person(email)?;
    if row.id == scene.policy.owner {
        return Err(Refusal::Owner(format!("{} owns this workspace and cannot be removed", row.email)).into());
    }
    let owned = scene.db.n_sites_owned_by(row.id)?;
    if owned > 0 {
        return Err(in_use(
            &row.email,
            format!("they own {}", text::plural(owned, "site")),
            "a site always has an owner, so hand those over first".to_owned(),
        ));
    }
    let held = scene.db.assignments_of(row.id)?.len();
    if held > 0 {
        return Err(in_use(
            &row.email,
            format!("they hold {}", text::plural(held, "role")),
            format!("take those first: rolecall offboard {}", text::shell(&row.email)),
        ));
    }
    let given = scene.db.assignments_given_by(row.id)?.into_iter();
    let given = given.map(|it| Edit::update(it.clone(), Assignment { granted_by: None, ..it }).into());
    Ok(given.chain(loose::person(scene, &row)?).chain(bind::forget(scene.db, row.id)?).chain([Edit::delete(row).into()]).collect())
}

/// Facts §4.12: what is in a removed folder moves to its parent.
fn remove_folder(scene: Scene<'_>, key: &str) -> Result<Vec<Change>, Error> {
    let row = scene.db.the_folder(key)?;
    let held = scene.db.assignments_wide(Some(row.id))?.len();
    if held > 0 {
        return Err(in_use(&row.key, format!("{held} roles are given on it"), "take those first, or give them elsewhere".to_owned()));
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

fn assignment(mut scene: Scene<'_>, who: &str, which: &str, level: Level, scope: &ScopeRecord) -> Result<Assignment, Error> {
    let person = scene.db.the_person(who)?;
    let held = the_role(scene.db, scene.policy, which)?;
    let place = build::scope(scope, &mut scene)?;
    let found = scene.db.assignment(person.id, held.role.id, level, place)?;
    let other = if level == Level::Site { Level::Team } else { Level::Site };
    let elsewhere = found.is_none() && scene.db.assignment(person.id, held.role.id, other, place).is_ok_and(|it| it.is_some());
    let hint = if elsewhere { format!("; it is held at {other} level: --level {other}") } else { String::new() };
    let not_held =
        || Refusal::NotHeld { who: person.email, role: held.role.key.clone(), place: format!("at {level} level ({scope})"), hint };
    found.ok_or_else(|| not_held().into())
}

fn check_depth(scene: Scene<'_>, row: &Folder) -> Result<(), Error> {
    let mut after = scene.policy.clone();
    after.put_folder(row.clone());
    if after.lost_folder().is_none() {
        return Ok(());
    }
    Err(Refusal::Misfit(format!("the folder {} would lie more than {MAX_DEPTH} deep", row.key)).into())
}

/// A custom role's row.
pub(super) fn custom(held: &HeldRole) -> Result<Role, Error> {
    if held.role.builtin { Err(Refusal::BuiltIn { role: held.role.key.clone() }.into()) } else { Ok(Role::clone(&held.role)) }
}

fn count(n: i64, noun: &str) -> String {
    text::plural(usize::try_from(n).unwrap_or(0), noun)
}

pub(super) fn in_use(what: &str, by: String, way_out: String) -> Error {
    Refusal::InUse { what: what.to_owned(), by, way_out }.into()
}

fn free(kind: &'static str, taken: Option<String>) -> Result<(), Error> {
    taken.map_or(Ok(()), |name| Err(Refusal::Exists { kind, name }.into()))
}

fn contact_free(scene: Scene<'_>, row: &Contact) -> Result<(), Error> {
    let twin = match &row.email {
        Some(email) => scene.db.contact_by_email(email)?,
        None => scene.db.contact_by_name(&row.name)?,
    };
    let other = twin.filter(|it| it.id != row.id);
    free("contact", other.map(|it| it.email.map_or_else(|| it.name.clone(), |email| format!("{} <{email}>", it.name))))
}

pub(super) fn role_free(scene: Scene<'_>, row: &Role) -> Result<(), Error> {
    let name = text::name_key(&row.name);
    let twin = scene.policy.roles().find(|it| it.role.id != row.id && (it.role.key == row.key || text::name_key(&it.role.name) == name));
    free("role", twin.map(|it| format!("{} ({})", it.role.name, it.role.key)))
}

pub(super) fn unknown(kind: &'static str, text: &str, hint: String) -> Error {
    Refusal::Unknown(Unknown { kind, text: text.to_owned(), hint }).into()
}

/// A URL leads to one site, so that nobody's field stands for the site of somebody else.
fn check_url(scene: Scene<'_>, row: &Site, before: &str) -> Result<(), Error> {
    if row.url.is_empty() || row.url == before {
        return Ok(());
    }
    if !text::is_address(&row.url) {
        return Err(Refusal::Invalid(format!("`{}` is no URL; write it like https://acme.example", text::display(&row.url))).into());
    }
    let other = scene.db.sites_by_url(&row.url)?.into_iter().any(|it| it.id != row.id);
    free("site with the URL", other.then(|| row.url.clone()))
}

/// Apps that the site has kept from elsewhere may stay; new ones must exist.
fn check_site(scene: Scene<'_>, row: &Site, kept: &[String]) -> Result<(), Error> {
    let catalog = the_catalog(scene.policy, &row.platform)?;
    if let Some(editor) = row.editor.as_ref().filter(|it| catalog.editors.iter().all(|known| known.name != **it)) {
        return Err(unknown("editor", editor, suggest::did_you_mean(editor, catalog.editors.iter().map(|it| &it.name))));
    }
    let known = |app: &&String| kept.contains(app) || catalog.apps.iter().any(|(name, _)| name == *app);
    match row.apps.iter().find(|app| !known(app)) {
        None => Ok(()),
        Some(app) => Err(unknown("app", app, suggest::did_you_mean(app, catalog.apps.iter().map(|(name, _)| name)))),
    }
}

pub(super) fn check_role(scene: Scene<'_>, row: &Role) -> Result<(), Error> {
    the_catalog(scene.policy, &row.platform)?;
    row.permissions.iter().try_for_each(|id| the_permission(scene.policy, &row.platform, id).map(drop))?;
    Ok(())
}

pub(super) fn check_assignment(scene: Scene<'_>, row: &Assignment, held: &HeldRole, notes: &mut Vec<Note>) -> Result<(), Error> {
    let name = &held.role.name;
    check_builtin(scene, held)?;
    if !held.role.level.fits(row.level) {
        return Err(Refusal::Misfit(format!(
            "{name} is a {}-level role and cannot be given at {} level",
            held.role.level.as_str(),
            row.level
        ))
        .into());
    }
    let Scope::Site(id) = row.scope else { return Ok(()) };
    let Some(site) = scene.db.find::<Site>(id)? else { return Ok(()) };
    if site.platform != held.role.platform {
        let sentence = format!("{name} is a role of {}, and {} is on {}", held.role.platform, site.key, site.platform);
        return Err(Refusal::Misfit(sentence).into());
    }
    if row.level == Level::Team && site.owner != scene.policy.owner && site.host != crate::domain::things::Host::Agency {
        notes.push(Note::Remark(format!(
            "{} is neither owned nor hosted by the agency, so that team-level roles do nothing there",
            site.key
        )));
    }
    notes.extend(idle(scene, held, &site).map(Note::Remark));
    Ok(())
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
    (!held.role.builtin && !idle.is_empty()).then(|| {
        format!("{} of {name} do nothing on {key}, which does not have {}", text::plural(idle.len(), "permission"), text::few(&apps))
    })
}

/// Whether the role can be given to somebody new at all.
pub(super) fn check_builtin(scene: Scene<'_>, held: &HeldRole) -> Result<(), Error> {
    let name = &held.role.name;
    let Some(builtin) = scene.policy.builtin(held) else { return Ok(()) };
    if builtin.owner {
        return Err(Refusal::Owner(format!("{name} comes with the site and is never assigned; it moves by a transfer")).into());
    }
    if builtin.deprecated {
        return Err(Refusal::Deprecated { role: name.clone() }.into());
    }
    if builtin.partnership.is_some() {
        let sentence = format!("{name} comes with a partnership and is never assigned; rolecall partner propose SITE proposes one");
        return Err(Refusal::Misfit(sentence).into());
    }
    Ok(())
}

fn expect<T: PartialEq>(seen: &T, now: &T, what: impl FnOnce() -> String) -> Result<(), Error> {
    if seen == now { Ok(()) } else { Err(Refusal::Stale { what: what() }.into()) }
}

fn update<T: PartialEq>(before: T, after: T) -> Option<Change>
where
    Edit<T>: Into<Change>,
{
    (before != after).then(|| Edit::update(before, after).into())
}
