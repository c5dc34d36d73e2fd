//! Access requests: the agency asks a client, and the client's answer is recorded (facts §4.3).

use std::collections::BTreeSet;

use super::authority::{Guarded, Need, Scales, Where};
use super::invite::{self, Wanted};
use super::offers;
use super::refusal::{Error, Refusal, valid};
use super::{Note, Plan, Scene, fit};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{InvitationId, RequestId, WaitingRoleId};
use crate::domain::life::{Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Offer};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::record::{OfferKey, RequestRecord};
use crate::domain::text;
use crate::domain::things::{Level, Person, Scope};
use crate::domain::time;
use crate::domain::token::TokenHash;
use crate::facts::names::the_role;

/// Asks a contact for access to a site of theirs.
pub(super) fn ask(scene: Scene<'_>, record: &RequestRecord) -> Result<Plan, Error> {
    let contact = scene.db.the_contact(&record.contact)?;
    if contact.email.is_none() {
        let sentence = format!("{} has no e-mail to send a request to; add one: rolecall contact edit", contact.name);
        return Err(Refusal::Invalid(sentence).into());
    }
    if record.roles.is_empty() {
        return Err(Refusal::Invalid("a request needs at least one role".to_owned()).into());
    }
    if record.until.is_some_and(|until| until <= scene.now) {
        return Err(Refusal::Invalid("the access would end before it begins".to_owned()).into());
    }
    let roles = record.roles.iter().map(|it| the_role(scene.db, scene.policy, it)).collect::<anyhow::Result<Vec<_>>>()?;
    let wanted = Wanted::new(BTreeSet::new(), roles);
    wanted.roles.iter().try_for_each(|it| check_role(scene, it))?;
    let id = RequestId(scene.next::<Request>()?);
    let (of, first) = (WaitsFor::Request(id), scene.next::<WaitingRole>()?);
    let waiting = (first..).zip(&wanted.roles).map(|(n, it)| WaitingRole {
        id: WaitingRoleId(n),
        of,
        role: it.role.id,
        scope: None,
        offered: it.offered(),
    });
    let row = Request {
        id,
        contact: contact.id,
        site_text: valid(text::required("site", &record.site))?,
        person: scene.db.the_recipient(&record.person)?.id,
        until: valid(record.until.map(time::dated).transpose())?,
        message: valid(text::note("message", &record.message))?,
        asked_by: scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id),
        days: scene.db.profile()?.request_days,
        offer: Offer::new(time::micros(scene.now), None),
        site: None,
        wider: false,
    };
    let made = waiting.map(|it| Edit::create(it).into());
    Ok(Plan { changes: std::iter::once(Edit::create(row).into()).chain(made).collect(), ..Plan::default() })
}

/// Only a role that a collaborator can be given may be asked for.
fn check_role(scene: Scene<'_>, held: &HeldRole) -> Result<(), Error> {
    let name = &held.role.name;
    if !held.role.level.fits(Level::Site) {
        return Err(Refusal::Misfit(format!("{name} is a role of the team; ask for one that collaborators can have")).into());
    }
    fit::check_builtin(scene, held)
}

/// The client said yes, for this site: an invitation of the agency's person follows.
pub(super) fn approve(scene: Scene<'_>, number: i64, site: &str, roles: &[String], wider: bool, token: TokenHash) -> Result<Plan, Error> {
    let key = OfferKey::Request(number);
    let row: Request = offers::the(scene.db.find(RequestId(number))?, key)?;
    let offer = offers::answered(scene, key, &row.offer, row.life(), Answer::Accepted)?;
    let site = scene.db.the_site_of(site)?;
    let asked = scene.db.waiting_roles(WaitsFor::Request(row.id))?;
    let given = match roles {
        [] => asked.iter().filter_map(|it| scene.policy.role(it.role)).collect(),
        named => named.iter().map(|it| the_role(scene.db, scene.policy, it)).collect::<anyhow::Result<Vec<_>>>()?,
    };
    let mut notes = Vec::new();
    let more = beyond(scene, &asked, &given);
    if let Some((role, permissions)) = &more {
        let what = format!("{role} is wider than what was asked for: {}", text::few(permissions));
        if !wider {
            return Err(Refusal::Misfit(format!("{what}; if the client means it, say so: --wider")).into());
        }
        notes.push(Note::Remark(what));
    }
    let person = scene.db.the::<Person>(row.person)?.email;
    let invitation = Invitation {
        id: InvitationId(scene.next::<Invitation>()?),
        email: person,
        level: Level::Site,
        client: false,
        until: row.until,
        note: String::new(),
        // Whoever records the client's yes answers for it.
        invited_by: scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id),
        request: Some(row.id),
        offer: Offer::new(time::micros(scene.now), Some(token)),
        accepted_by: None,
    };
    let wanted = Wanted::new(BTreeSet::from([Scope::Site(site.id)]), given);
    let mut plan = invite::plan(scene, invitation, &wanted)?;
    let approved: Change = Edit::update(row.clone(), Request { offer, site: Some(site.id), wider: more.is_some(), ..row }).into();
    plan.changes.insert(0, approved);
    plan.notes.splice(0..0, notes);
    Ok(plan)
}

/// The first role that gives more than all that was asked for, as it was then, with what it gives besides.
fn beyond(scene: Scene<'_>, asked: &[WaitingRole], given: &[&HeldRole]) -> Option<(String, Vec<String>)> {
    given.iter().find_map(|held| {
        let catalog = scene.policy.catalog(&held.role.platform)?;
        let granted = |it: &WaitingRole| {
            let role = scene.policy.role(it.role).filter(|role| role.role.platform == held.role.platform)?;
            Some(it.offered.as_ref().map_or(role.closed, |ids| catalog.close(catalog.set_of(ids))))
        };
        let covered = asked.iter().filter_map(granted).fold(PermSet::EMPTY, |all, it| all | it);
        let more = held.closed - covered;
        (!more.is_empty()).then(|| (held.role.name.clone(), catalog.names(more)))
    })
}

impl Guarded for Request {
    fn needs(edit: &Edit<Request>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let site = edit.before.iter().chain(&edit.after).find_map(|it| it.site);
        let site = site.map(|id| Need::any([(Deed::ManageContacts, Where::Account), (Deed::InvitePeople, Where::Site(id))]));
        Ok(vec![site.unwrap_or_else(|| Need::of(Deed::ManageContacts, Where::Account))])
    }
}
