//! Who is left to do the work: sites that nobody could publish, and editors in each other's way.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::impact::{Budget, Impact};
use crate::domain::catalog::Editor;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::life::WaitsFor;
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::text::{few, plural};
use crate::domain::things::{Assignment, Level, Person, Scope, Site};
use crate::facts::Reader;
use crate::facts::overlay::Overlay;

/// How many people on sites are looked at beside a attempt.
const BUDGET: Budget<'static> = Budget { pairs: 500, ..Budget::ALL };

/// The sites where by these changes somebody can publish no more, and then nobody but the owner. `db` and `policy` are
/// those of the state after them; where they are of the one before, all is taken from `without`, who counts no more.
pub fn uncovered(db: Reader<'_>, policy: &Policy, impact: &Impact, without: Option<PersonId>, now: DateTime<Utc>) -> Result<Vec<Site>> {
    let mut sites: BTreeMap<SiteId, PermId> = BTreeMap::new();
    for effect in impact.effects.iter().filter(|it| !it.gain && without.is_none_or(|gone| it.people.contains(&gone))) {
        let publish = policy.catalog(&effect.platform).and_then(|it| it.publish);
        if publish == Some(effect.permission) {
            sites.extend(effect.sites.iter().map(|site| (*site, effect.permission)));
        }
    }
    let mut bare = Vec::new();
    for (id, publish) in sites {
        let Some(site) = db.find::<Site>(id)? else { continue };
        let left = access::who(db, policy, &site, publish, now)?;
        if left.iter().all(|it| *it == site.owner || Some(*it) == without) {
            bare.push(site);
        }
    }
    Ok(bare)
}

/// The site's editor, where it bears one person at a time.
fn lone_editor<'a>(policy: &'a Policy, site: &Site) -> Option<&'a Editor> {
    let editors = policy.catalog(&site.platform).map_or(&[][..], |it| &it.editors);
    editors.iter().find(|it| site.editor.as_ref() == Some(&it.name) && !it.together)
}

/// Changes that are about to be made, or were made just now: in the tables is what stands before them, or after.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// Only who is shown is named.
    pub db: Reader<'a>,
    /// Of the tables.
    pub policy: &'a Policy,
    pub changes: &'a [Change],
    pub is_done: bool,
    pub now: DateTime<Utc>,
}

/// Whether changes give or offer anybody anything: else there is nothing to remark.
pub fn gives(changes: &[Change]) -> bool {
    changes.iter().any(|it| matches!(it, Change::Assignment(Edit { after: Some(_), .. }) | Change::Invitation(Edit { before: None, .. })))
}

impl Attempt<'_> {
    /// What is laid over the tables to see the other state of what access depends on.
    fn other(&self) -> Vec<Change> {
        let touching = self.changes.iter().filter(|it| it.touches().is_some()).cloned();
        if self.is_done { touching.rev().map(Change::inverse).collect() } else { touching.collect() }
    }
}

/// Facts §4.10: a sentence for each site where these changes, or a yes to what they offer, let
/// somebody work beside others in an editor that does not bear it. None where they reach too far
/// to look at each site.
pub fn crowding(attempt: Attempt<'_>) -> Result<Vec<String>> {
    let Attempt { db, policy, changes, now, .. } = attempt;
    let given = changes.iter().filter_map(|it| if let Change::Assignment(edit) = it { edit.after.clone() } else { None });
    let (offered, guests) = offered(db, changes)?;
    let given: Vec<Assignment> = given.chain(offered.iter().cloned()).collect();
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let other = attempt.other();
    let overlay = Overlay::new(db, policy, &other);
    let mut given_on: BTreeMap<SiteId, Vec<PersonId>> = BTreeMap::new();
    for (person, site) in overlay.reach_of(&given, &BUDGET)?.unwrap_or_default() {
        given_on.entry(site).or_default().push(person);
    }
    let scene = Scene { db, policy, overlay, offered: &offered, is_done: attempt.is_done, now };
    let mut sentences = Vec::new();
    for (id, people) in given_on {
        let Some(site) = scene.site(id)? else { continue };
        let Some(editor) = lone_editor(policy, &site) else { continue };
        let (mut new, mut others) = scene.who(&site, editor.permission, people)?;
        // Whoever is invited is known to whoever invites.
        let shown = |it: &PersonId| Ok::<_, anyhow::Error>(guests.contains_key(it) || db.sight().shows_access(db, *it, id)?);
        for people in [&mut new, &mut others] {
            *people = people.iter().map(|it| Ok(shown(it)?.then_some(*it))).filter_map(Result::transpose).collect::<Result<_>>()?;
        }
        if new.is_empty() || new.len() + others.len() < 2 {
            continue;
        }
        let is_offered = new.iter().all(|it| offered.iter().any(|offer| offer.person == *it));
        let everyone = new.into_iter().chain(others).map(|id| address(db, changes, &guests, id)).collect::<Result<Vec<_>>>()?;
        let (when, who) = (if is_offered { "once it is accepted, " } else { "" }, few(&everyone));
        sentences.push(format!("{when}{who} can edit {}, whose {} editor bears one person at a time", site.key, editor.name));
    }
    Ok(sentences)
}

/// The tables, and the other state that lies over them.
struct Scene<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    overlay: Overlay<'a>,
    /// What a yes would bring, to whichever state comes after.
    offered: &'a [Assignment],
    is_done: bool,
    now: DateTime<Utc>,
}

impl Scene<'_> {
    /// A site as it is after the changes.
    fn site(&self, id: SiteId) -> Result<Option<Site>> {
        let (tables, other) = self.overlay.site(id)?;
        Ok(if self.is_done { tables } else { other })
    }

    /// Those of `given` to whom the changes bring a permission on a site, and who else has it then.
    fn who(&self, site: &Site, permission: PermId, given: Vec<PersonId>) -> Result<(Vec<PersonId>, Vec<PersonId>)> {
        let (tables, other) = self.overlay.grounds(site.id)?;
        let (before, after) = if self.is_done { (other, tables) } else { (tables, other) };
        let Some(after) = after else { return Ok((Vec::new(), Vec::new())) };
        let (was, is) = if self.is_done { (&self.overlay.policy, self.policy) } else { (self.policy, &self.overlay.policy) };
        let had = |person, held: Vec<Assignment>| {
            let held = if self.is_done { self.overlay.assignments(person, held) } else { held };
            before.as_ref().is_some_and(|it| it.access(was, person, &held, self.now).contains(permission))
        };
        let will = |person, held: Vec<Assignment>| {
            let mut held = if self.is_done { held } else { self.overlay.assignments(person, held) };
            held.extend(self.offered.iter().filter(|it| it.person == person).cloned());
            after.access(is, person, &held, self.now).contains(permission)
        };
        let mut new = Vec::new();
        for person in given {
            let held = self.db.assignments_for(person, site.id)?;
            if !had(person, held.clone()) && will(person, held) {
                new.push(person);
            }
        }
        let present = access::present(self.db, &after)?.into_iter();
        let others = present.filter(|(person, _)| !new.contains(person)).filter(|(person, held)| will(*person, held.clone()));
        let others = others.map(|it| it.0).collect();
        Ok((new, others))
    }
}

/// What new invitations would bring, and the address of everybody who is not in the tables.
fn offered(db: Reader<'_>, changes: &[Change]) -> Result<(Vec<Assignment>, BTreeMap<PersonId, String>)> {
    let (mut brings, mut guests) = (Vec::new(), BTreeMap::new());
    for change in changes {
        let Change::Invitation(Edit { before: None, after: Some(invitation) }) = change else { continue };
        let known = db.person_by_email(&invitation.email)?.map(|it| it.id);
        let person = known.unwrap_or(PersonId(-invitation.id.0));
        guests.insert(person, invitation.email.clone());
        for change in changes {
            let Change::WaitingRole(Edit { before: None, after: Some(it) }) = change else { continue };
            if it.of == WaitsFor::Invitation(invitation.id) {
                brings.extend(access::brought(invitation, it, person));
            }
        }
    }
    Ok((brings, guests))
}

/// The address of somebody who is in the tables, comes with the changes or was invited.
fn address(db: Reader<'_>, changes: &[Change], guests: &BTreeMap<PersonId, String>, id: PersonId) -> Result<String> {
    if let Some(person) = db.find::<Person>(id)? {
        return Ok(person.email);
    }
    let new = changes.iter().find_map(|it| match it {
        Change::Person(Edit { after: Some(it), .. }) if it.id == id => Some(it.email.clone()),
        _ => None,
    });
    Ok(new.or_else(|| guests.get(&id).cloned()).unwrap_or_default())
}

/// R4: where a role in the team that is new takes the place of a wider one, what is lost by that.
pub fn displaced(attempt: Attempt<'_>) -> Result<Vec<String>> {
    let Attempt { db, policy, now, .. } = attempt;
    let other = attempt.other();
    let overlay = Overlay::new(db, policy, &other);
    let mut all = Vec::new();
    for change in attempt.changes {
        let Change::Assignment(Edit { before, after: Some(new) }) = change else { continue };
        let is_new = new.level == Level::Team && new.is_live(now) && !before.as_ref().is_some_and(|it| it.is_live(now));
        let Some(site) = first_site(db, policy, new.scope)?.filter(|_| is_new) else { continue };
        let Some(person) = db.find::<Person>(new.person)? else { continue };
        if !db.sight().shows_access(db, person.id, site.id)? {
            continue;
        }
        let ground = access::ground(policy, &site)?;
        let tables = db.assignments_for(person.id, site.id)?;
        let held = if attempt.is_done { overlay.assignments(person.id, tables) } else { tables };
        let with = [held.as_slice(), std::slice::from_ref(new)].concat();
        let lost = ground.access(policy, person.id, &held, now) - ground.access(policy, person.id, &with, now);
        let wider: Vec<String> = ground
            .sources(policy, &held, now)
            .into_iter()
            .filter(|it| it.level == Level::Team && ground.nearness(it.scope) > ground.nearness(new.scope))
            .map(|it| {
                let role = policy.role(it.role).map_or("", |held| held.role.key.as_str());
                Ok(format!("{role} ({})", access::scope_record(db, it.scope)?))
            })
            .collect::<Result<_>>()?;
        if !lost.is_empty() && !wider.is_empty() {
            let lost = ground.catalog.names(lost);
            all.push(format!(
                "on {} it takes the place of {}: {} loses {} there, {}",
                site.key,
                wider.join(", "),
                person.email,
                plural(lost.len(), "permission"),
                few(&lost)
            ));
        }
    }
    Ok(all)
}

/// A site that a scope covers and that wider ones cover as well.
fn first_site(db: Reader<'_>, policy: &Policy, scope: Scope) -> Result<Option<Site>> {
    match scope {
        Scope::Site(id) => db.find(id),
        Scope::Folder(id) => {
            let mut under = Vec::new();
            access::sites_under(db, policy, id, 1, &mut under)?;
            under.first().map_or(Ok(None), |id| db.find(*id))
        }
        Scope::Everywhere => Ok(None),
    }
}
