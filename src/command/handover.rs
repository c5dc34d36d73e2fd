//! Sites that change hands: ownership transfers (R9) and the Partner role (R10).

use std::collections::BTreeSet;

use super::invite::guest;
use super::offers;
use super::refusal::{Error, Refusal};
use super::{Plan, Scene, build, records};
use crate::domain::catalog::Side;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, HandoverId, PersonId, RoleId, SiteId};
use crate::domain::life::{Drift, HANDOVER_LIFE, Handover, HandoverKind, WaitsFor};
use crate::domain::offer::{Answer, Offer, Stage};
use crate::domain::policy::HeldRole;
use crate::domain::record::{HandoverRecord, OfferKey};
use crate::domain::text::{self, email_key};
use crate::domain::things::{Assignment, Host, Level, Person, Scope, Site, SiteStatus};
use crate::domain::time;
use crate::store::bulk::Numbered;
use crate::store::life::Open;
use crate::store::names::the_role;

pub(super) fn propose(scene: Scene<'_>, record: &HandoverRecord) -> Result<Plan, Error> {
    let site = scene.db.the_site(&record.site)?;
    let email = build::valid(text::email(&record.email))?;
    let keep = record.keep.as_deref().map(|it| the_role(scene.db, scene.policy, it)).transpose()?;
    if record.kind == HandoverKind::Partner && (record.keep.is_some() || record.with_plan || record.with_copy) {
        let sentence = "the Partner role comes without the choices of a transfer: nothing moves but the plan";
        return Err(Refusal::Invalid(sentence.to_owned()).into());
    }
    check(scene, &site, record.kind, &email, keep)?;
    let id = HandoverId(records::next(scene, Numbered::Handover)?);
    alone(scene, &site, id)?;
    let row = Handover {
        id,
        site: site.id,
        kind: record.kind,
        email,
        keep: keep.map(|it| it.role.id),
        keep_offered: keep.and_then(HeldRole::offered),
        with_plan: record.with_plan,
        with_copy: record.with_copy,
        asked_by: scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id),
        offer: Offer::new(time::micros(scene.now), Some(record.token)),
    };
    Ok(Plan { changes: vec![Edit::create(row).into()], ..Plan::default() })
}

/// What must still hold when a hand-over is sent once more.
pub(super) fn again(scene: Scene<'_>, row: &Handover) -> Result<(), Error> {
    let site = site_of(scene, row)?;
    check(scene, &site, row.kind, &row.email, row.keep.and_then(|id| scene.policy.role(id)))?;
    alone(scene, &site, row.id)
}

fn site_of(scene: Scene<'_>, row: &Handover) -> Result<Site, Error> {
    let gone = || Refusal::Over(format!("the site of {} is gone", OfferKey::Handover(row.id.0)));
    Ok(scene.db.find::<Site>(row.site)?.ok_or_else(gone)?)
}

/// Whether the site can change hands like this: asked when it is proposed, sent again and accepted.
fn check(scene: Scene<'_>, site: &Site, kind: HandoverKind, email: &str, keep: Option<&HeldRole>) -> Result<(), Error> {
    let to = scene.db.person_by_email(email)?;
    match kind {
        HandoverKind::Transfer => check_transfer(scene, site, to.as_ref(), keep),
        HandoverKind::Partner => check_partner(scene, site, to.as_ref(), email),
    }
}

/// A site is offered to one at a time.
fn alone(scene: Scene<'_>, site: &Site, id: HandoverId) -> Result<(), Error> {
    let Some(old) = waiting(scene, site.id)?.into_iter().find(|it| it.id != id) else { return Ok(()) };
    let key = OfferKey::Handover(old.id.0);
    let verb = old.kind.as_str();
    let sentence =
        format!("{key} of {} to {} waits for its answer; take it back first: rolecall {verb} cancel {}", site.key, old.email, old.id.0);
    Err(Refusal::Misfit(sentence).into())
}

/// The hand-overs of a site that wait for an answer.
fn waiting(scene: Scene<'_>, site: SiteId) -> Result<Vec<Handover>, Error> {
    let open = scene.db.handovers_on(site, Open::Unanswered)?.into_iter();
    Ok(open.filter(|it| it.stage(scene.now) == Stage::Pending).collect())
}

/// Facts §4.6.
fn check_transfer(scene: Scene<'_>, site: &Site, to: Option<&Person>, keep: Option<&HeldRole>) -> Result<(), Error> {
    if to.is_some_and(|it| it.id == site.owner) {
        return Err(Refusal::Owner(format!("{} has {} already", to.map_or("", |it| it.email.as_str()), site.key)).into());
    }
    if partnership(scene, site)?.is_some() {
        let sentence = format!("{} is in a partnership; end it first: rolecall partner reclaim {}", site.key, text::shell(&site.key));
        return Err(Refusal::Misfit(sentence).into());
    }
    if site.host == Host::Agency && site.owner != scene.policy.owner {
        let sentence = format!(
            "the agency carries the plan of {}; give the plan back first: rolecall site edit {} --host owner",
            site.key,
            text::shell(&site.key)
        );
        return Err(Refusal::Misfit(sentence).into());
    }
    let Some(held) = keep else { return Ok(()) };
    records::check_builtin(scene, held)?;
    if held.role.platform != site.platform || !held.role.level.fits(Level::Site) {
        return Err(Refusal::Misfit(format!("{} cannot be kept on {}", held.role.name, site.key)).into());
    }
    Ok(())
}

fn check_partner(scene: Scene<'_>, site: &Site, to: Option<&Person>, email: &str) -> Result<(), Error> {
    roles_of(scene, site)?;
    if partnership(scene, site)?.is_some() {
        return Err(Refusal::Exists { kind: "partnership on", name: site.key.clone() }.into());
    }
    let is = |id: PersonId| to.is_some_and(|it| it.id == id);
    if is(scene.policy.owner) {
        let sentence = format!("the Partner role is proposed to the client, and {email} is the agency");
        return Err(Refusal::Owner(sentence).into());
    }
    if site.owner != scene.policy.owner && !is(site.owner) {
        let owner = scene.db.find::<Person>(site.owner)?.map_or_else(String::new, |it| it.email);
        return Err(Refusal::Owner(format!("{} is {owner}'s, who alone can give the Partner role on it", site.key)).into());
    }
    Ok(())
}

/// The Partner and the Client role of the site's platform.
fn roles_of<'a>(scene: Scene<'a>, site: &Site) -> Result<(&'a HeldRole, &'a HeldRole), Error> {
    let find = |side: Side| scene.policy.roles().find(|held| held.role.platform == site.platform && held.side == Some(side));
    let pair = find(Side::Partner).zip(find(Side::Client));
    pair.ok_or_else(|| Refusal::Misfit(format!("{} is on {}, which knows no Partner role", site.key, site.platform)).into())
}

/// The two assignments of a partnership that lives, the agency's first.
pub(super) fn partnership(scene: Scene<'_>, site: &Site) -> Result<Option<(Assignment, Option<Assignment>)>, Error> {
    let Ok((partner, client)) = roles_of(scene, site) else { return Ok(None) };
    let find = |held: &HeldRole| -> Result<Option<Assignment>, Error> {
        let on = scene.db.assignments_on(site.id)?;
        let id = on.into_iter().find(|it| it.role == held.role.id && it.is_live(scene.now)).map(|it| it.id);
        Ok(id.map(|id| scene.db.find(id)).transpose()?.flatten())
    };
    find(partner)?.map(|it| find(client).map(|client| (it, client))).transpose()
}

/// Whoever has the token takes the site over, or takes the agency on as host.
pub(super) fn accept(scene: Scene<'_>, row: Handover, email: Option<&str>) -> Result<Plan, Error> {
    let key = OfferKey::Handover(row.id.0);
    let offer = offers::answered(scene, key, &row.offer, HANDOVER_LIFE, Answer::Accepted)?;
    if email.is_some_and(|it| email_key(it) != email_key(&row.email)) {
        let sentence = format!("{key} is for {} alone; have it sent to the other address instead", row.email);
        return Err(Refusal::Owner(sentence).into());
    }
    let site = site_of(scene, &row)?;
    check(scene, &site, row.kind, &row.email, row.keep.and_then(|id| scene.policy.role(id)))?;
    let drift = row.keep.and_then(|role| Drift::of(scene.policy, role, row.keep_offered.as_ref()));
    let notes = offers::drifted(key, row.kind.as_str(), drift)?.into_iter().collect();
    let (person, mut changes) = guest(scene, &row.email)?;
    match row.kind {
        HandoverKind::Transfer => transfer(scene, &row, &site, &person, &mut changes)?,
        HandoverKind::Partner => join(scene, &site, &person, &mut changes)?,
    }
    // Whatever else was offered, by an undo say, was offered in the name of the old owner.
    for other in waiting(scene, site.id)?.into_iter().filter(|it| it.id != row.id) {
        changes.extend(offers::close(scene, OfferKey::Handover(other.id.0), Answer::Cancelled)?.changes);
    }
    changes.push(Edit::update(row.clone(), Handover { offer, ..row }).into());
    Ok(Plan { changes, notes, n_bulk: 0 })
}

fn transfer(scene: Scene<'_>, row: &Handover, site: &Site, person: &Person, changes: &mut Vec<Change>) -> Result<(), Error> {
    let mut new = New::begin(scene)?;
    if row.with_copy {
        changes.push(Edit::create(copy(scene, site)?).into());
    }
    for either in [person.id, site.owner] {
        changes.extend(superseded(scene, site.id, either)?);
    }
    changes.push(Edit::update(site.clone(), Site { owner: person.id, host: Host::Owner, ..site.clone() }).into());
    if let Some(role) = row.keep {
        changes.push(new.on(site.id, site.owner, role, &OfferKey::Handover(row.id.0).to_string()));
    }
    Ok(())
}

/// What somebody held on the site by roles: an owner needs none there, and a former one keeps none.
fn superseded(scene: Scene<'_>, site: SiteId, person: PersonId) -> Result<Vec<Change>, Error> {
    let held = scene.db.assignments_for(person, site)?.into_iter();
    Ok(held.filter(|it| it.level == Level::Site && it.scope == Scope::Site(site)).map(|it| Edit::delete(it).into()).collect())
}

/// Facts §4.7: a copy comes without collaborators.
fn copy(scene: Scene<'_>, site: &Site) -> Result<Site, Error> {
    let mut key = format!("{}-copy", site.key);
    for n in 2.. {
        if scene.db.site_by_key(&key)?.is_none() {
            break;
        }
        key = format!("{}-copy-{n}", site.key);
    }
    let id = SiteId(records::next(scene, Numbered::Site)?);
    Ok(Site { id, key, name: format!("{} (copy)", site.name), url: String::new(), status: SiteStatus::Draft, ..site.clone() })
}

/// The agency becomes the host and works as partner; the client keeps the site.
fn join(scene: Scene<'_>, site: &Site, client: &Person, changes: &mut Vec<Change>) -> Result<(), Error> {
    let (partner_role, client_role) = roles_of(scene, site)?;
    changes.extend(superseded(scene, site.id, client.id)?);
    let after = Site { owner: client.id, host: Host::Agency, ..site.clone() };
    changes.extend((after != *site).then(|| Edit::update(site.clone(), after).into()));
    // What is left of an earlier partnership that ended by itself.
    let ended = scene.db.assignment(scene.policy.owner, partner_role.role.id, Level::Site, Scope::Site(site.id))?;
    changes.extend(ended.map(|it| Edit::delete(it).into()));
    let mut new = New::begin(scene)?;
    changes.push(new.on(site.id, scene.policy.owner, partner_role.role.id, "partnership"));
    changes.push(new.on(site.id, client.id, client_role.role.id, "partnership"));
    Ok(())
}

/// The site goes to an heir, who takes the owner's place in a partnership too; an heir who is
/// the agency itself needs none.
pub(super) fn inherit(site: &Site, heir: &Person, new: &mut New<'_>) -> Result<Vec<Change>, Error> {
    let scene = new.scene;
    let shared = partnership(scene, site)?.is_some();
    let ours = heir.id == scene.policy.owner;
    let mut changes = superseded(scene, site.id, heir.id)?;
    let host = if shared && ours { Host::Owner } else { site.host };
    changes.push(Edit::update(site.clone(), Site { owner: heir.id, host, ..site.clone() }).into());
    if shared && !ours {
        let (_, client_role) = roles_of(scene, site)?;
        changes.push(new.on(site.id, heir.id, client_role.role.id, "partnership"));
    }
    Ok(changes)
}

/// Hands out the numbers of new assignments.
pub(super) struct New<'a> {
    scene: Scene<'a>,
    next: i64,
}

impl<'a> New<'a> {
    pub(super) fn begin(scene: Scene<'a>) -> Result<New<'a>, Error> {
        Ok(New { scene, next: records::next(scene, Numbered::Assignment)? })
    }

    fn on(&mut self, site: SiteId, person: PersonId, role: RoleId, reason: &str) -> Change {
        let id = AssignmentId(self.next);
        self.next += 1;
        let since = Some(time::micros(self.scene.now));
        let reason = Some(reason.to_owned());
        let (level, scope) = (Level::Site, Scope::Site(site));
        Edit::create(Assignment { id, person, role, level, scope, since, until: None, review_on: None, reason, granted_by: None }).into()
    }
}

/// The client takes the plan back, and the agency's access ends, or comes down to one role.
pub(super) fn reclaim(scene: Scene<'_>, site: &str, keep: Option<&str>) -> Result<Plan, Error> {
    let site = scene.db.the_site(site)?;
    let Some((partner, client)) = partnership(scene, &site)? else {
        return Err(Refusal::Misfit(format!("{} is in no partnership, so that there is nothing to take back", site.key)).into());
    };
    let keep = keep.map(|it| the_role(scene.db, scene.policy, it)).transpose()?;
    let mut changes: Vec<Change> = Vec::new();
    let ours = agency(scene)?;
    for lean in scene.db.assignments_on(site.id)? {
        if lean.person != site.owner && ours.contains(&lean.person) && lean.id != partner.id {
            changes.extend(scene.db.find::<Assignment>(lean.id)?.map(|it| Edit::delete(it).into()));
        }
    }
    changes.extend(called_back(scene, &site, &ours)?);
    changes.push(Edit::delete(partner).into());
    changes.extend(client.map(|it| Edit::delete(it).into()));
    changes.push(Edit::update(site.clone(), Site { host: Host::Owner, ..site.clone() }).into());
    if let Some(held) = keep {
        let mut new = New::begin(scene)?;
        let made = new.on(site.id, scene.policy.owner, held.role.id, "kept after a partnership");
        if let Change::Assignment(edit) = &made
            && let Some(row) = &edit.after
        {
            records::check_assignment(scene, row, held, &mut Vec::new())?;
        }
        changes.push(made);
    }
    Ok(Plan { changes, ..Plan::default() })
}

/// What the agency's people were invited to on the site and did not answer: no way back in is left open.
fn called_back(scene: Scene<'_>, site: &Site, ours: &BTreeSet<PersonId>) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for it in scene.db.invitations_on(site.id, Open::Unanswered)? {
        let invited = scene.db.person_by_email(&it.email)?.filter(|it| ours.contains(&it.id));
        if it.level != Level::Site || it.stage(scene.now) != Stage::Pending || invited.is_none() {
            continue;
        }
        let waiting = scene.db.waiting_roles(WaitsFor::Invitation(it.id))?;
        let (here, elsewhere): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|it| it.scope == Some(Scope::Site(site.id)));
        if elsewhere.is_empty() {
            changes.push(offers::closing(scene, it, Answer::Cancelled)?.into());
        } else {
            changes.extend(here.into_iter().map(|it| Edit::delete(it).into()));
        }
    }
    Ok(changes)
}

/// The account owner and everybody in the team.
fn agency(scene: Scene<'_>) -> Result<BTreeSet<PersonId>, Error> {
    let team = scene.db.assignments_of_team()?.into_iter().map(|it| it.person);
    Ok(team.chain([scene.policy.owner]).collect())
}
