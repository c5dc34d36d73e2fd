//! What a command is about, before it is known whether it can be done.
//!
//! Who does not see everything is told first whether they may do such a thing at all: these
//! changes are weighed before the command is planned, so that what stands in its way, a taken
//! address say or a role that is held, is told only to somebody who may know.

use super::refusal::Error;
use super::{Command, Scene, build, offers};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, ContactId, FolderId, HandoverId, PersonId, RoleId, SiteId};
use crate::domain::life::Handover;
use crate::domain::offer::Offer;
use crate::domain::record::{HandoverRecord, InvitationRecord, Key, OfferKey, Record, ScopeRecord};
use crate::domain::things::{Assignment, Folder, Host, Level, Person, Role, Scope, Setting, Site};
use crate::facts::names::the_role;
use crate::store::settings;

/// Finds every name of the command, and the changes that it takes permissions for.
///
/// # Errors
/// A name that nothing has, or nothing that the actor may know of.
pub(super) fn about(scene: Scene<'_>, command: &Command) -> Result<Vec<Change>, Error> {
    Ok(match command {
        // Refused as what it is; weighed as whoever sent what is accepted; each step in its turn.
        Command::Init(_) | Command::Import { .. } | Command::Accept { .. } | Command::Batch(_) => Vec::new(),
        Command::Ceiling(_) | Command::Unbind { .. } => vec![rule()],
        Command::Bind { person, .. } => {
            scene.db.the_person(person)?;
            vec![rule()]
        }
        Command::Add(record) => added(scene, record)?,
        Command::Edit { before, after } => edited(scene, before, after)?,
        Command::Remove(key) => removed(scene, key)?,
        Command::Toggle { role, .. } => vec![edit_of(role_of(scene, role)?)],
        Command::Retire { role, replacement } => {
            role_of(scene, replacement)?;
            vec![Edit::delete(role_of(scene, role)?).into()]
        }
        Command::Duplicate { role, .. } => vec![Edit::create(role_of(scene, role)?).into()],
        Command::Invite(record) => invited(scene, record)?,
        Command::Ask(record) => {
            scene.db.the_contact(&record.contact)?;
            scene.db.the_person(&record.person)?;
            record.roles.iter().try_for_each(|it| role_of(scene, it).map(drop))?;
            Vec::new()
        }
        Command::HandOver(record) => vec![handed_over(scene, record)?],
        Command::Resend { offer, .. } | Command::Cancel(offer) | Command::Decline(offer) => known(scene, *offer)?,
        Command::Approve { request, site, roles, .. } => {
            let site = scene.db.the_site(site)?;
            roles.iter().try_for_each(|it| role_of(scene, it).map(drop))?;
            // Who owns a site answers for it, whoever was asked.
            if is_actor(scene, site.owner)? { Vec::new() } else { known(scene, OfferKey::Request(*request))? }
        }
        Command::Reclaim { site, keep } => {
            keep.iter().try_for_each(|it| role_of(scene, it).map(drop))?;
            reclaimed(scene, site)?
        }
        Command::Leave { person, from } | Command::Expel { person, from } => {
            left(scene, person, from, matches!(command, Command::Leave { .. }))?
        }
        Command::Offboard { person, sites_to } => {
            sites_to.iter().try_for_each(|it| scene.db.the_person(it).map(drop))?;
            left(scene, person, &ScopeRecord::Everywhere, false)?
        }
        Command::Undo(seq) | Command::Redo(seq) => {
            scene.db.the_entry(*seq)?;
            Vec::new()
        }
    })
}

fn rule() -> Change {
    setting(settings::CEILING)
}

fn setting(name: &str) -> Change {
    Edit::create(Setting { name: name.to_owned(), value: String::new() }).into()
}

fn edit_of<T: Clone>(row: T) -> Change
where
    Edit<T>: Into<Change>,
{
    Edit::update(row.clone(), row).into()
}

fn role_of(scene: Scene<'_>, name: &str) -> Result<Role, Error> {
    Ok(Role::clone(&the_role(scene.db, scene.policy, name)?.role))
}

fn added(mut scene: Scene<'_>, record: &Record) -> Result<Vec<Change>, Error> {
    Ok(match record {
        Record::Workspace(_) | Record::Catalog(_) => vec![rule()],
        Record::Person(it) => vec![Edit::create(build::person(PersonId(0), it)?).into()],
        Record::Contact(it) => vec![Edit::create(build::contact(ContactId(0), it)?).into()],
        Record::Folder(it) => vec![Edit::create(build::folder(FolderId(0), it, &mut scene)?).into()],
        Record::Site(it) => vec![Edit::create(build::site(SiteId(0), it, &mut scene)?).into()],
        Record::Role(it) => vec![Edit::create(build::role(RoleId(0), it)?).into()],
        Record::Assignment(it) => vec![Edit::create(build::assignment(AssignmentId(0), it, &mut scene)?).into()],
    })
}

fn edited(mut scene: Scene<'_>, before: &Record, after: &Record) -> Result<Vec<Change>, Error> {
    Ok(match (before, after) {
        (Record::Workspace(_), Record::Workspace(_)) => vec![setting(settings::NAME)],
        (Record::Person(old), Record::Person(new)) => {
            let row = scene.db.the_person(&old.email)?;
            vec![Edit::update(row.clone(), build::person(row.id, new)?).into()]
        }
        (Record::Contact(old), Record::Contact(new)) => {
            let row = scene.db.the_contact(old.email.as_deref().unwrap_or(&old.name))?;
            vec![Edit::update(row.clone(), build::contact(row.id, new)?).into()]
        }
        (Record::Folder(old), Record::Folder(new)) => {
            let row: Folder = scene.db.the_folder(&old.key)?;
            vec![Edit::update(row.clone(), build::folder(row.id, new, &mut scene)?).into()]
        }
        (Record::Site(old), Record::Site(new)) => {
            let row = scene.db.the_site(&old.key)?;
            vec![Edit::update(row.clone(), build::site(row.id, new, &mut scene)?).into()]
        }
        (Record::Role(old), Record::Role(_)) => vec![edit_of(role_of(scene, &old.key)?)],
        (Record::Assignment(old), Record::Assignment(new)) => {
            let id = AssignmentId(0);
            let (old, new) = (build::assignment(id, old, &mut scene)?, build::assignment(id, new, &mut scene)?);
            vec![Edit::update(old, new).into()]
        }
        // Refused as what it is.
        _ => Vec::new(),
    })
}

fn removed(mut scene: Scene<'_>, key: &Key) -> Result<Vec<Change>, Error> {
    Ok(match key {
        Key::Contact(who) => vec![Edit::delete(scene.db.the_contact(who)?).into()],
        Key::Person(email) => vec![Edit::delete(scene.db.the_person(email)?).into()],
        Key::Folder(key) => vec![Edit::delete(scene.db.the_folder(key)?).into()],
        Key::Site(key) => vec![Edit::delete(scene.db.the_site(key)?).into()],
        Key::Role(key) => vec![Edit::delete(role_of(scene, key)?).into()],
        Key::Assignment { person, role, level, scope } => {
            let person = scene.db.the_person(person)?;
            let role = role_of(scene, role)?.id;
            let scope = build::scope(scope, &mut scene)?;
            vec![Edit::delete(held(&person, role, *level, scope)).into()]
        }
    })
}

/// A role as it may be held.
fn held(person: &Person, role: RoleId, level: Level, scope: Scope) -> Assignment {
    let (id, person) = (AssignmentId(0), person.id);
    Assignment { id, person, role, level, scope, since: None, until: None, review_on: None, reason: None, granted_by: None }
}

/// To whomever: what is offered takes what giving it takes.
fn invited(mut scene: Scene<'_>, record: &InvitationRecord) -> Result<Vec<Change>, Error> {
    let nobody = Person { id: PersonId(0), email: record.email.clone(), name: String::new() };
    let roles = record.roles.iter().map(|it| role_of(scene, it)).collect::<Result<Vec<_>, _>>()?;
    let mut changes = Vec::new();
    for scope in &record.scopes {
        let scope = build::scope(scope, &mut scene)?;
        changes.extend(roles.iter().map(|role| Change::from(Edit::create(held(&nobody, role.id, record.level, scope)))));
    }
    Ok(changes)
}

fn handed_over(scene: Scene<'_>, record: &HandoverRecord) -> Result<Change, Error> {
    let keep = record.keep.as_deref().map(|it| role_of(scene, it)).transpose()?;
    let row = Handover {
        id: HandoverId(0),
        site: scene.db.the_site(&record.site)?.id,
        kind: record.kind,
        email: record.email.clone(),
        keep: keep.map(|it| it.id),
        keep_offered: None,
        with_plan: record.with_plan,
        with_copy: record.with_copy,
        asked_by: None,
        offer: Offer::new(scene.now, Some(record.token)),
    };
    Ok(Edit::create(row).into())
}

/// An offer of which the actor may know.
fn known(scene: Scene<'_>, key: OfferKey) -> Result<Vec<Change>, Error> {
    offers::the(scene.db.knows_offer(key)?.then(Vec::new), key)
}

fn is_actor(scene: Scene<'_>, person: PersonId) -> Result<bool, Error> {
    Ok(scene.db.person_by_email(&scene.actor.email)?.is_some_and(|it| it.id == person))
}

/// The owner's own to do; anybody else takes the site from somebody.
fn reclaimed(scene: Scene<'_>, site: &str) -> Result<Vec<Change>, Error> {
    let row: Site = scene.db.the_site(site)?;
    if is_actor(scene, row.owner)? {
        return Ok(Vec::new());
    }
    let carried = Site { host: Host::Agency, ..row };
    Ok(vec![Edit::update(carried.clone(), Site { host: Host::Owner, ..carried }).into()])
}

/// The roles that go, whether there are any: one's own may always.
fn left(mut scene: Scene<'_>, person: &str, from: &ScopeRecord, by_oneself: bool) -> Result<Vec<Change>, Error> {
    let person = scene.db.the_person(person)?;
    let scope = build::scope(from, &mut scene)?;
    if by_oneself && is_actor(scene, person.id)? {
        return Ok(Vec::new());
    }
    let level = if matches!(scope, Scope::Site(_)) { Level::Site } else { Level::Team };
    let any = scene.policy.roles().next().map_or(RoleId(0), |it| it.role.id);
    Ok(vec![Edit::delete(held(&person, any, level, scope)).into()])
}
