//! Sites that are offered to somebody: ownership transfers (R9) and the Partner role (R10).

use super::authority::{Guarded, Need, Scales, Where, is_forgotten};
use super::invite::guest;
use super::offers;
use super::refusal::{Error, Refusal, valid};
use super::{Plan, Scene, fit, partnership};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{HandoverId, PersonId, SiteId};
use crate::domain::life::{Drift, HANDOVER_LIFE, Handover, HandoverKind};
use crate::domain::offer::{Answer, Offer, Stage};
use crate::domain::policy::HeldRole;
use crate::domain::record::{HandoverRecord, OfferKey};
use crate::domain::text::{self, email_key};
use crate::domain::things::{Host, Level, Person, Site, SiteStatus};
use crate::domain::time;
use crate::facts::names::the_role;
use crate::store::life::Open;

pub(super) fn propose(scene: Scene<'_>, record: &HandoverRecord) -> Result<Plan, Error> {
    let site = scene.db.the_site_of(&record.site)?;
    let email = valid(text::email(&record.email))?;
    let keep = record.keep.as_deref().map(|it| the_role(scene.db, scene.policy, it)).transpose()?;
    if record.kind == HandoverKind::Partner && (record.keep.is_some() || record.with_plan || record.with_copy) {
        let sentence = "the Partner role comes without the choices of a transfer: nothing moves but the plan";
        return Err(Refusal::Invalid(sentence.to_owned()).into());
    }
    check(scene, &site, record.kind, &email, keep)?;
    let id = HandoverId(scene.next::<Handover>()?);
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
    if partnership::of(scene, site)?.is_some() {
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
    fit::check_builtin(scene, held)?;
    if held.role.platform != site.platform || !held.role.level.fits(Level::Site) {
        return Err(Refusal::Misfit(format!("{} cannot be kept on {}", held.role.name, site.key)).into());
    }
    Ok(())
}

fn check_partner(scene: Scene<'_>, site: &Site, to: Option<&Person>, email: &str) -> Result<(), Error> {
    partnership::roles_of(scene, site)?;
    if partnership::of(scene, site)?.is_some() {
        return Err(Refusal::Exists { kind: "partnership on", name: site.key.clone() }.into());
    }
    let is = |id: PersonId| to.is_some_and(|it| it.id == id);
    if is(scene.policy.owner) {
        let sentence = format!("the Partner role is proposed to the client, and {email} is the agency");
        return Err(Refusal::Owner(sentence).into());
    }
    if site.owner != scene.policy.owner && !is(site.owner) {
        let owner = scene.db.the::<Person>(site.owner)?.email;
        return Err(Refusal::Owner(format!("{} is {owner}'s, who alone can give the Partner role on it", site.key)).into());
    }
    Ok(())
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
        HandoverKind::Partner => partnership::join(scene, &site, &person, &mut changes)?,
    }
    // Whatever else was offered, by an undo say, was offered in the name of the old owner.
    for other in waiting(scene, site.id)?.into_iter().filter(|it| it.id != row.id) {
        changes.extend(offers::close(scene, OfferKey::Handover(other.id.0), Answer::Cancelled)?.changes);
    }
    changes.push(Edit::update(row.clone(), Handover { offer, ..row }).into());
    Ok(Plan { changes, notes, n_bulk: 0 })
}

fn transfer(scene: Scene<'_>, row: &Handover, site: &Site, person: &Person, changes: &mut Vec<Change>) -> Result<(), Error> {
    let mut new = partnership::New::begin(scene)?;
    if row.with_copy {
        changes.push(Edit::create(copy(scene, site)?).into());
    }
    for either in [person.id, site.owner] {
        changes.extend(partnership::superseded(scene, site.id, either)?);
    }
    changes.push(Edit::update(site.clone(), Site { owner: person.id, host: Host::Owner, ..site.clone() }).into());
    if let Some(role) = row.keep {
        changes.push(new.on(site.id, site.owner, role, &OfferKey::Handover(row.id.0).to_string()));
    }
    Ok(())
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
    let id = SiteId(scene.next::<Site>()?);
    Ok(Site { id, key, name: format!("{} (copy)", site.name), url: String::new(), status: SiteStatus::Draft, ..site.clone() })
}

impl Guarded for Handover {
    fn needs(edit: &Edit<Handover>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let handed = edit.either().filter(|_| !is_forgotten(edit));
        Ok(handed.map(|it| Need::of(Deed::TransferSites, Where::Site(it.site))).into_iter().collect())
    }
}
