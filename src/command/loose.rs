//! Loose ends: what offers still say of a thing that goes.
//!
//! What waits for an answer holds on to what it names, but for a site: whatever was
//! offered there goes with it. What was answered lets go; the journal remembers.

use std::collections::BTreeSet;

use super::Scene;
use super::offers;
use super::records::in_use;
use super::refusal::Error;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::PersonId;
use crate::domain::life::{Handover, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Stage};
use crate::domain::record::OfferKey;
use crate::domain::things::{Contact, Folder, Person, Role, Scope, Site};
use crate::store::life::Open;

pub(super) fn role(scene: Scene<'_>, row: &Role) -> Result<Vec<Change>, Error> {
    let way_out = || format!("name the role that takes its place: rolecall role remove {} --replace-with ROLE", row.key);
    let mut changes = forget(scene, scene.db.waiting_with(row.id)?, &row.name, way_out)?;
    for it in scene.db.handovers_keeping(row.id)? {
        if it.offer.answer == Answer::None {
            return Err(in_use(&row.name, format!("hand-over {} is to keep it", it.id.0), way_out()));
        }
        changes.push(Edit::update(it.clone(), Handover { keep: None, ..it }).into());
    }
    Ok(changes)
}

pub(super) fn folder(scene: Scene<'_>, row: &Folder) -> Result<Vec<Change>, Error> {
    forget(scene, scene.db.waiting_in(row.id)?, &row.key, || "take that back first, or wait for its answer".to_owned())
}

/// Takes out what was answered; refuses where something waits.
fn forget(scene: Scene<'_>, waiting: Vec<WaitingRole>, what: &str, way_out: impl Fn() -> String) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for it in waiting {
        let (key, answer) = match it.of {
            WaitsFor::Invitation(id) => (OfferKey::Invitation(id.0), scene.db.find::<Invitation>(id)?.map(|it| it.offer.answer)),
            WaitsFor::Request(id) => (OfferKey::Request(id.0), scene.db.find::<Request>(id)?.map(|it| it.offer.answer)),
        };
        if answer == Some(Answer::None) {
            return Err(in_use(what, format!("{key} offers it"), way_out()));
        }
        changes.push(Edit::delete(it).into());
    }
    Ok(changes)
}

pub(super) fn site(scene: Scene<'_>, row: &Site) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for invitation in scene.db.invitations_on(row.id, Open::All)? {
        let elsewhere = scene.db.waiting_roles(WaitsFor::Invitation(invitation.id))?.iter().any(|it| it.scope != Some(Scope::Site(row.id)));
        if !elsewhere && invitation.stage(scene.now) == Stage::Pending {
            changes.push(offers::closing(scene, invitation, Answer::Cancelled)?.into());
        }
    }
    changes.extend(scene.db.waiting_on(row.id)?.into_iter().map(|it| Edit::delete(it).into()));
    changes.extend(scene.db.handovers_on(row.id, Open::All)?.into_iter().map(|it| Edit::delete(it).into()));
    for it in scene.db.requests_about(row.id)? {
        changes.push(Edit::update(it.clone(), Request { site: None, ..it }).into());
    }
    Ok(changes)
}

pub(super) fn contact(scene: Scene<'_>, row: &Contact) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for it in scene.db.requests_to(row.id)? {
        changes.extend(request(scene, it, &row.name)?);
    }
    Ok(changes)
}

pub(super) fn person(scene: Scene<'_>, row: &Person) -> Result<Vec<Change>, Error> {
    let mut changes: Vec<Change> = Vec::new();
    for it in scene.db.requests_of(row.id)? {
        if it.person == row.id {
            changes.extend(request(scene, it, &row.email)?);
        } else {
            changes.push(Edit::update(it.clone(), Request { asked_by: None, ..it }).into());
        }
    }
    let named = [scene.db.invitations_sent_by(row.id)?, scene.db.invitations_accepted_by(row.id)?].concat();
    for id in named.iter().map(|it| it.id).collect::<BTreeSet<_>>() {
        let Some(it) = scene.db.find::<Invitation>(id)? else { continue };
        let without = |who: Option<PersonId>| who.filter(|it| *it != row.id);
        let after = Invitation { invited_by: without(it.invited_by), accepted_by: without(it.accepted_by), ..it.clone() };
        changes.push(Edit::update(it, after).into());
    }
    for it in scene.db.handovers_asked_by(row.id)? {
        changes.push(Edit::update(it.clone(), Handover { asked_by: None, ..it }).into());
    }
    Ok(changes)
}

/// A request goes with whom it is about, once it was answered.
fn request(scene: Scene<'_>, row: Request, what: &str) -> Result<Vec<Change>, Error> {
    if row.offer.answer == Answer::None {
        let way_out = format!("take it back first: rolecall request withdraw {}", row.id.0);
        return Err(in_use(what, format!("request {} waits for an answer", row.id.0), way_out));
    }
    let mut changes: Vec<Change> = Vec::new();
    for it in scene.db.invitations_for(row.id)? {
        changes.push(Edit::update(it.clone(), Invitation { request: None, ..it }).into());
    }
    changes.extend(scene.db.waiting_roles(WaitsFor::Request(row.id))?.into_iter().map(|it| Edit::delete(it).into()));
    changes.push(Edit::delete(row).into());
    Ok(changes)
}
