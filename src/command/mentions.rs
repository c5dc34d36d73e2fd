//! Loose ends: what offers still say of a thing that goes, and what is accepted of it.
//!
//! What waits for an answer holds on to what it names, but for a site: whatever was
//! offered there goes with it. What was answered, or is over, lets go; the journal remembers.

use std::collections::BTreeMap;

use super::Scene;
use super::offers;
use super::refusal::{Error, in_use};
use crate::domain::accepted::Accepted;
use crate::domain::change::{Change, Edit};
use crate::domain::contact::Contact;
use crate::domain::ids::{InvitationId, PersonId};
use crate::domain::life::{Handover, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Stage};
use crate::domain::record::OfferKey;
use crate::domain::text::shell;
use crate::domain::things::{Folder, Level, Person, Role, Scope, Site};
use crate::store::life::Open;

pub(super) fn role(scene: Scene<'_>, row: &Role) -> Result<Vec<Change>, Error> {
    let way_out = || format!("name the role that takes its place: rolecall role remove {} --replace-with ROLE", shell(&row.key));
    let mut changes = forget(scene, scene.db.waiting_with(row.id)?, &row.name, way_out)?;
    for it in scene.db.handovers_keeping(row.id)? {
        if it.stage(scene.now) == Stage::Pending {
            return Err(in_use(&row.name, format!("{} is to keep it", called(scene, OfferKey::Handover(it.id.0))?), way_out()));
        }
        changes.push(Edit::update(it.clone(), Handover { keep: None, ..it }).into());
    }
    changes.extend(let_go(scene.db.accepted_about(row.id)?));
    Ok(changes)
}

pub(super) fn folder(scene: Scene<'_>, row: &Folder) -> Result<Vec<Change>, Error> {
    forget(scene, scene.db.waiting_in(row.id)?, &row.key, || "take that back first, or wait for its answer".to_owned())
}

/// The offer that a role waits in, where it stands, and at which level it gives its roles.
pub(super) fn offer_of(scene: Scene<'_>, it: &WaitingRole) -> Result<(OfferKey, Stage, Level), Error> {
    Ok(match it.of {
        WaitsFor::Invitation(id) => {
            let key = OfferKey::Invitation(id.0);
            let row: Invitation = offers::the(scene.db.find(id)?, key)?;
            (key, row.stage(scene.now), row.level)
        }
        WaitsFor::Request(id) => {
            let key = OfferKey::Request(id.0);
            let row: Request = offers::the(scene.db.find(id)?, key)?;
            (key, row.stage(scene.now), Level::Site)
        }
    })
}

/// An offer by its name, to whoever may know of it.
fn called(scene: Scene<'_>, key: OfferKey) -> Result<String, Error> {
    Ok(if scene.db.knows_offer(key)? { key.to_string() } else { "something that waits for an answer".to_owned() })
}

/// Takes out what is over; refuses where something waits.
fn forget(scene: Scene<'_>, waiting: Vec<WaitingRole>, what: &str, way_out: impl Fn() -> String) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for it in waiting {
        let (key, stage, _) = offer_of(scene, &it)?;
        if stage == Stage::Pending {
            return Err(in_use(what, format!("{} offers it", called(scene, key)?), way_out()));
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
    changes.extend(let_go(scene.db.accepted_on(row.id)?));
    Ok(changes)
}

pub(super) fn contact(scene: Scene<'_>, row: &Contact) -> Result<Vec<Change>, Error> {
    let mut gone = Gone::default();
    for it in scene.db.requests_to(row.id)? {
        gone.take(scene, it, &row.name)?;
    }
    Ok(gone.changes())
}

pub(super) fn person(scene: Scene<'_>, row: &Person) -> Result<Vec<Change>, Error> {
    let named = [scene.db.invitations_sent_by(row.id)?, scene.db.invitations_accepted_by(row.id)?].concat();
    let mut gone = Gone { person: Some(row.id), ..Gone::default() };
    gone.named.extend(named.into_iter().map(|it| (it.id, it)));
    let mut changes: Vec<Change> = Vec::new();
    for it in scene.db.requests_of(row.id)? {
        if it.person == row.id {
            gone.take(scene, it, &row.email)?;
        } else {
            changes.push(Edit::update(it.clone(), Request { asked_by: None, ..it }).into());
        }
    }
    changes.extend(gone.changes());
    for it in scene.db.handovers_asked_by(row.id)? {
        changes.push(Edit::update(it.clone(), Handover { asked_by: None, ..it }).into());
    }
    let of_them = scene.db.accepted_of(row.id)?;
    let of_others = scene.db.accepted_by(row.id)?.into_iter().filter(|it| !of_them.contains(it));
    changes.extend(of_others.map(|it| Edit::update(it.clone(), Accepted { by: None, ..it }).into()));
    changes.extend(let_go(of_them));
    Ok(changes)
}

/// What was accepted goes with what it is about.
fn let_go(accepted: Vec<Accepted>) -> impl Iterator<Item = Change> {
    accepted.into_iter().map(|it| Edit::delete(it).into())
}

/// What goes, and the invitations that name it.
#[derive(Default)]
struct Gone {
    person: Option<PersonId>,
    requests: Vec<Request>,
    waiting: Vec<WaitingRole>,
    /// Each once, whatever of theirs goes.
    named: BTreeMap<InvitationId, Invitation>,
}

impl Gone {
    /// A request goes with whom it is about, once it is over.
    fn take(&mut self, scene: Scene<'_>, row: Request, what: &str) -> Result<(), Error> {
        if row.stage(scene.now) == Stage::Pending {
            let way_out = format!("take it back first: rolecall request withdraw {}", row.id.0);
            return Err(in_use(what, format!("request {} waits for an answer", row.id.0), way_out));
        }
        self.named.extend(scene.db.invitations_for(row.id)?.into_iter().map(|it| (it.id, it)));
        self.waiting.extend(scene.db.waiting_roles(WaitsFor::Request(row.id))?);
        self.requests.push(row);
        Ok(())
    }

    fn changes(self) -> Vec<Change> {
        let stays = |who: &PersonId| Some(*who) != self.person;
        let named = self.named.into_values().map(|it| {
            let request = it.request.filter(|id| self.requests.iter().all(|gone| gone.id != *id));
            let (invited_by, accepted_by) = (it.invited_by.filter(stays), it.accepted_by.filter(stays));
            Edit::update(it.clone(), Invitation { invited_by, request, accepted_by, ..it }).into()
        });
        let mut changes: Vec<Change> = named.collect();
        changes.extend(self.waiting.into_iter().map(|it| Edit::delete(it).into()));
        changes.extend(self.requests.into_iter().map(|it| Edit::delete(it).into()));
        changes
    }
}
