//! How access ends: leaving, being removed, offboarding, and roles that are retired.

use std::collections::BTreeSet;

use super::offers;
use super::partnership::{self, New};
use super::refusal::{Error, Refusal, in_use};
use super::{Note, Plan, Scene, fit, mentions, role};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::SiteId;
use crate::domain::life::{Handover, WaitingRole};
use crate::domain::offer::{Answer, Stage};
use crate::domain::record::{OfferKey, ScopeRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Level, Person, Role, Scope, Site};
use crate::domain::time;
use crate::facts::names::the_role;
use crate::store::life::Open;

/// R12: people end their own access, unless a role that they hold forbids it.
pub(super) fn leave(scene: Scene<'_>, person: &str, from: &ScopeRecord) -> Result<Plan, Error> {
    let held = held_from(scene, person, from)?;
    let keeps = |it: &&Assignment| scene.policy.role(it.role).and_then(|held| scene.policy.builtin(held)).is_some_and(|it| it.keeps);
    if let Some(it) = held.iter().filter(|it| it.is_live(scene.now)).find(keeps) {
        let role = scene.policy.role(it.role).map_or("", |held| held.role.name.as_str());
        let sentence = format!("whoever is {role} cannot leave by themselves; ask somebody who may remove people there");
        return Err(Refusal::Stays(sentence).into());
    }
    Ok(taking(held))
}

/// All roles of one person, on a site or in the team.
pub(super) fn expel(scene: Scene<'_>, person: &str, from: &ScopeRecord) -> Result<Plan, Error> {
    Ok(taking(held_from(scene, person, from)?))
}

fn taking(held: Vec<Assignment>) -> Plan {
    Plan { changes: held.into_iter().map(|it| Edit::delete(it).into()).collect(), ..Plan::default() }
}

fn held_from(scene: Scene<'_>, person: &str, from: &ScopeRecord) -> Result<Vec<Assignment>, Error> {
    let person = scene.db.the_person(person)?;
    let all = scene.db.assignments_of(person.id)?.into_iter();
    let (held, place): (Vec<Assignment>, String) = match from {
        ScopeRecord::Site(key) => {
            let site = scene.db.the_site_of(key)?;
            if site.owner == person.id {
                return Err(Refusal::Owner(format!("{} owns {}, which can only be transferred", person.email, site.key)).into());
            }
            (
                all.filter(|it| it.level == Level::Site && it.scope == Scope::Site(site.id)).collect(),
                format!("of their own on {}", site.key),
            )
        }
        ScopeRecord::Everywhere => (all.filter(|it| it.level == Level::Team).collect(), "in the team".to_owned()),
        ScopeRecord::Folder(_) => {
            let sentence = "people leave a site, or the team as a whole; roles in one folder are taken one by one: rolecall unassign";
            return Err(Refusal::Invalid(sentence.to_owned()).into());
        }
    };
    if held.is_empty() {
        return Err(Refusal::Misfit(format!("{} has no role {place}", person.email)).into());
    }
    if held.iter().any(|it| scene.policy.role(it.role).is_some_and(|held| held.side.is_some())) {
        return Err(Refusal::Owner("a partnership ends when the client reclaims the site: rolecall partner reclaim SITE".to_owned()).into());
    }
    Ok(held)
}

/// Everything that somebody has, everywhere, in one step.
pub(super) fn offboard(scene: Scene<'_>, person: &str, sites_to: Option<&str>) -> Result<Plan, Error> {
    let person = scene.db.the_person(person)?;
    if person.id == scene.policy.owner {
        return Err(Refusal::Owner(format!("{} owns this workspace and cannot be offboarded", person.email)).into());
    }
    let mut plan = taking(scene.db.assignments_of(person.id)?);
    let owned = scene.db.sites_owned_by(person.id)?;
    give_sites(scene, &person, &owned, sites_to, &mut plan)?;
    for key in offers_of(scene, &person, &owned)? {
        plan.absorb(offers::close(scene, key, Answer::Cancelled)?);
    }
    if plan.changes.is_empty() {
        plan.notes.push(Note::Remark(format!("{} has nothing that could be taken", person.email)));
    }
    Ok(plan)
}

/// What waits for the person's answer, what they sent or approved, what is to bring them
/// somewhere, and what is about a site of theirs.
fn offers_of(scene: Scene<'_>, person: &Person, owned: &[SiteId]) -> Result<BTreeSet<OfferKey>, Error> {
    let db = scene.db;
    let invitations = [db.invitations_to(&person.email, Open::Unanswered)?, db.invitations_sent_by(person.id)?].concat();
    let mut handovers = [db.handovers_to(&person.email, Open::Unanswered)?, db.handovers_asked_by(person.id)?].concat();
    for id in owned {
        handovers.extend(db.handovers_on(*id, Open::Unanswered)?);
    }
    let waits = |stage: Stage| stage == Stage::Pending;
    let invitations = invitations.iter().filter(|it| waits(it.stage(scene.now))).map(|it| OfferKey::Invitation(it.id.0));
    let requests = db.requests_of(person.id)?;
    let requests = requests.iter().filter(|it| waits(it.stage(scene.now))).map(|it| OfferKey::Request(it.id.0));
    let handovers = handovers.iter().filter(|it| waits(it.stage(scene.now))).map(|it| OfferKey::Handover(it.id.0));
    Ok(invitations.chain(requests).chain(handovers).collect())
}

fn give_sites(scene: Scene<'_>, person: &Person, owned: &[SiteId], to: Option<&str>, plan: &mut Plan) -> Result<(), Error> {
    if owned.is_empty() {
        return Ok(());
    }
    let Some(to) = to else {
        let by = format!("they own {}", text::plural(owned.len(), "site"));
        return Err(in_use(&person.email, by, "say who takes them: --sites-to EMAIL".to_owned()));
    };
    let heir = scene.db.the_person(to)?;
    if heir.id == person.id {
        return Err(Refusal::Invalid("the sites cannot go to the person who leaves".to_owned()).into());
    }
    let mut new = New::begin(scene)?;
    for id in owned {
        let Some(site) = scene.db.find::<Site>(*id)? else { continue };
        plan.changes.extend(partnership::inherit(&site, &heir, &mut new)?);
    }
    Ok(())
}

/// Removes a role; whoever holds it, or is to get it, gets the other one instead.
pub(super) fn retire(scene: Scene<'_>, role: &str, replacement: &str) -> Result<Plan, Error> {
    let row = role::custom(the_role(scene.db, scene.policy, role)?)?;
    let held = the_role(scene.db, scene.policy, replacement)?;
    if held.role.id == row.id {
        return Err(Refusal::Invalid("a role cannot take its own place".to_owned()).into());
    }
    fit::check_builtin(scene, held)?;
    let other = &held.role;
    let mut changes: Vec<Change> = Vec::new();
    for it in scene.db.assignments_with(row.id, usize::MAX)? {
        fits(&row, other, it.level)?;
        let Some(twin) = scene.db.assignment(it.person, other.id, it.level, it.scope)? else {
            changes.push(Edit::update(it.clone(), Assignment { role: other.id, ..it }).into());
            continue;
        };
        let review_on = [twin.review_on, it.review_on].into_iter().flatten().min();
        let joined = Assignment { since: twin.since.min(it.since), until: time::later(twin.until, it.until), review_on, ..twin.clone() };
        changes.push(Edit::delete(it).into());
        changes.extend((joined != twin).then(|| Edit::update(twin, joined).into()));
    }
    for it in scene.db.waiting_with(row.id)? {
        let (_, stage, level) = mentions::offer_of(scene, &it)?;
        let twin = scene.db.waiting_roles(it.of)?.iter().any(|twin| (twin.role, twin.scope) == (other.id, it.scope));
        let stays = can_wait(&row, other, level, stage)? && !twin;
        changes.push(if stays { Edit::update(it.clone(), WaitingRole { role: other.id, ..it }).into() } else { Edit::delete(it).into() });
    }
    for it in scene.db.handovers_keeping(row.id)? {
        let stays = can_wait(&row, other, Level::Site, it.stage(scene.now))?;
        changes.push(Edit::update(it.clone(), Handover { keep: stays.then_some(other.id), ..it }).into());
    }
    changes.push(Edit::delete(row).into());
    Ok(Plan { changes, ..Plan::default() })
}

/// Whether the other role can stand in an offer; it must where somebody may still say yes.
fn can_wait(role: &Role, other: &Role, level: Level, stage: Stage) -> Result<bool, Error> {
    match fits(role, other, level) {
        Err(refusal) if stage == Stage::Pending => Err(refusal),
        fit => Ok(fit.is_ok()),
    }
}

fn fits(role: &Role, other: &Role, level: Level) -> Result<(), Error> {
    if role.platform == other.platform && other.level.fits(level) {
        return Ok(());
    }
    let sentence = format!("{} cannot take the place of {}, which is held on {} at {level} level", other.name, role.name, role.platform);
    Err(Refusal::Misfit(sentence).into())
}
