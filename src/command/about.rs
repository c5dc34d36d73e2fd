//! What a command is about, before it is known whether it can be done.
//!
//! Who does not see everything is told first whether they may do such a thing at all: these
//! changes are weighed before the command is planned, so that what stands in its way, a taken
//! address say or a role that is held, is told only to somebody who may know.

use super::records::Kept;
use super::refusal::Error;
use super::{Command, Scene, offers, review, scene};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{HandoverId, PersonId, RoleId};
use crate::domain::life::Handover;
use crate::domain::offer::Offer;
use crate::domain::record::{HandoverRecord, InvitationRecord, Key, OfferKey, Record, ScopeRecord, by_key, by_record, by_records};
use crate::domain::things::{Assignment, Host, Level, Person, Role, Scope, Setting, Site};
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
        Command::Ceiling(_) | Command::Unbind { .. } | Command::Declare { .. } => vec![rule()],
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
            scene.db.the_recipient(&record.person)?;
            record.roles.iter().try_for_each(|it| role_of(scene, it).map(drop))?;
            Vec::new()
        }
        Command::HandOver(record) => vec![handed_over(scene, record)?],
        Command::Resend { offer, .. } | Command::Cancel(offer) | Command::Decline(offer) => known(scene, *offer)?,
        Command::Approve { request, site, roles, .. } => {
            let site = scene.db.the_site_of(site)?;
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
        Command::StartReview(record) => review::starting(scene, record)?,
        Command::Decide { review, items, .. } => review::known(scene, review, items)?.into_iter().map(edit_of).collect(),
        Command::FinishReview(it) => review::finishing(scene, &it.review)?,
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
    Edit::create(Setting::new(name, "")).into()
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

fn added(scene: Scene<'_>, record: &Record) -> Result<Vec<Change>, Error> {
    Ok(by_record!(record, it => vec![it.adding(scene)?.into()], {
        Record::Workspace(_) | Record::Catalog(_) => vec![rule()],
    }))
}

fn edited(scene: Scene<'_>, before: &Record, after: &Record) -> Result<Vec<Change>, Error> {
    Ok(by_records!((before, after), (old, new) => vec![old.editing(new, scene)?.into()], {
        (Record::Workspace(_), Record::Workspace(_)) => vec![setting(settings::NAME)],
        // Refused as what it is.
        _ => Vec::new(),
    }))
}

fn removed(scene: Scene<'_>, key: &Key) -> Result<Vec<Change>, Error> {
    Ok(by_key!(key, (Kind, it) => vec![Kind::removing(it, scene)?.into()]))
}

/// To whomever: what is offered takes what giving it takes.
fn invited(mut scene: Scene<'_>, record: &InvitationRecord) -> Result<Vec<Change>, Error> {
    let nobody = Person { id: PersonId(0), email: record.email.clone(), name: String::new() };
    let roles = record.roles.iter().map(|it| role_of(scene, it)).collect::<Result<Vec<_>, _>>()?;
    let mut changes = Vec::new();
    for scope in &record.scopes {
        let scope = scene::scope(scope, &mut scene)?;
        changes.extend(roles.iter().map(|role| Change::from(Edit::create(Assignment::plain(nobody.id, role.id, record.level, scope)))));
    }
    Ok(changes)
}

fn handed_over(scene: Scene<'_>, record: &HandoverRecord) -> Result<Change, Error> {
    let keep = record.keep.as_deref().map(|it| role_of(scene, it)).transpose()?;
    let row = Handover {
        id: HandoverId(0),
        site: scene.db.the_site_of(&record.site)?.id,
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
    let row: Site = scene.db.the_site_of(site)?;
    if is_actor(scene, row.owner)? {
        return Ok(Vec::new());
    }
    let carried = Site { host: Host::Agency, ..row };
    Ok(vec![Edit::update(carried.clone(), Site { host: Host::Owner, ..carried }).into()])
}

/// The roles that go, whether there are any: one's own may always.
fn left(mut scene: Scene<'_>, person: &str, from: &ScopeRecord, by_oneself: bool) -> Result<Vec<Change>, Error> {
    let person = scene.db.the_person(person)?;
    let scope = scene::scope(from, &mut scene)?;
    if by_oneself && is_actor(scene, person.id)? {
        return Ok(Vec::new());
    }
    let level = if matches!(scope, Scope::Site(_)) { Level::Site } else { Level::Team };
    let any = scene.policy.roles().next().map_or(RoleId(0), |it| it.role.id);
    Ok(vec![Edit::delete(Assignment::plain(person.id, any, level, scope)).into()])
}
