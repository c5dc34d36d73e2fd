//! The Partner and the Client role on a site: how a partnership begins, passes on and ends (R10).

use std::collections::BTreeSet;

use super::refusal::{Error, Refusal};
use super::scene::Scene;
use super::{Plan, fit, offers};
use crate::domain::catalog::Side;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use crate::domain::life::WaitsFor;
use crate::domain::offer::{Answer, Stage};
use crate::domain::policy::HeldRole;
use crate::domain::things::{Assignment, Host, Level, Person, Scope, Site};
use crate::domain::time;
use crate::facts::names::the_role;
use crate::store::life::Open;

/// The two assignments of a partnership that lives, the agency's first.
pub(super) fn of(scene: Scene<'_>, site: &Site) -> Result<Option<(Assignment, Option<Assignment>)>, Error> {
    let Ok((partner, client)) = roles_of(scene, site) else { return Ok(None) };
    let find = |held: &HeldRole| -> Result<Option<Assignment>, Error> {
        let on = scene.db.assignments_on(site.id)?;
        let id = on.into_iter().find(|it| it.role == held.role.id && it.is_live(scene.now)).map(|it| it.id);
        Ok(id.map(|id| scene.db.find(id)).transpose()?.flatten())
    };
    find(partner)?.map(|it| find(client).map(|client| (it, client))).transpose()
}

/// The Partner and the Client role of the site's platform.
pub(super) fn roles_of<'a>(scene: Scene<'a>, site: &Site) -> Result<(&'a HeldRole, &'a HeldRole), Error> {
    let find = |side: Side| scene.policy.roles().find(|held| held.role.platform == site.platform && held.side == Some(side));
    let pair = find(Side::Partner).zip(find(Side::Client));
    pair.ok_or_else(|| Refusal::Misfit(format!("{} is on {}, which knows no Partner role", site.key, site.platform)).into())
}

/// The site goes to an heir, who takes the owner's place in a partnership too; an heir who is
/// the agency itself needs none.
pub(super) fn inherit(site: &Site, heir: &Person, new: &mut New<'_>) -> Result<Vec<Change>, Error> {
    let scene = new.scene;
    let shared = of(scene, site)?.is_some();
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

/// Refuses a side of a partnership on a site that the agency does not carry, or that is not theirs who are to hold it.
pub(super) fn check_side(scene: Scene<'_>, row: &Assignment, side: Side) -> Result<(), Error> {
    let Scope::Site(id) = row.scope else { return Ok(()) };
    let Some(carried) = scene.db.find::<Site>(id)? else { return Ok(()) };
    let agency = scene.policy.owner;
    let is_theirs = match side {
        Side::Partner => row.person == agency,
        Side::Client => row.person == carried.owner,
    };
    if is_theirs && carried.host == Host::Agency && carried.owner != agency {
        return Ok(());
    }
    let sentence =
        format!("a partnership on {} takes the agency as its host, and its owner and the agency as the two who hold it", carried.key);
    Err(Refusal::Owner(sentence).into())
}

/// Hands out the numbers of new assignments.
pub(super) struct New<'a> {
    scene: Scene<'a>,
    next: i64,
}

impl<'a> New<'a> {
    pub(super) fn begin(scene: Scene<'a>) -> Result<New<'a>, Error> {
        Ok(New { scene, next: scene.next::<Assignment>()? })
    }

    pub(super) fn on(&mut self, site: SiteId, person: PersonId, role: RoleId, reason: &str) -> Change {
        let id = AssignmentId(self.next);
        self.next += 1;
        let (since, reason) = (Some(time::micros(self.scene.now)), Some(reason.to_owned()));
        Edit::create(Assignment { id, since, reason, ..Assignment::plain(person, role, Level::Site, Scope::Site(site)) }).into()
    }
}

/// The agency becomes the host and works as partner; the client keeps the site.
pub(super) fn join(scene: Scene<'_>, site: &Site, client: &Person, changes: &mut Vec<Change>) -> Result<(), Error> {
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

/// The client takes the plan back, and the agency's access ends, or comes down to one role.
pub(super) fn reclaim(scene: Scene<'_>, site: &str, keep: Option<&str>) -> Result<Plan, Error> {
    let site = scene.db.the_site_of(site)?;
    let Some((partner, client)) = of(scene, &site)? else {
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
            fit::check(scene, row, held, &mut Vec::new())?;
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

/// What somebody held on the site by roles: an owner needs none there, and a former one keeps none.
pub(super) fn superseded(scene: Scene<'_>, site: SiteId, person: PersonId) -> Result<Vec<Change>, Error> {
    let held = scene.db.assignments_for(person, site)?.into_iter();
    Ok(held.filter(|it| it.level == Level::Site && it.scope == Scope::Site(site)).map(|it| Edit::delete(it).into()).collect())
}
