//! Who is left to do the work: sites that nobody could publish, and editors in each other's way.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::access;
use super::impact::{Budget, Impact};
use crate::domain::access::Ground;
use crate::domain::catalog::Editor;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::life::WaitsFor;
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::text::few;
use crate::domain::things::{Assignment, Person, Site};
use crate::store::Reader;
use crate::store::overlay::Overlay;

/// How many people on sites are looked at beside a deed.
const AT_ONCE: Budget<'static> = Budget { pairs: 500, ..Budget::ALL };

/// The sites on which, after everything that `person` loses by these changes, nobody but the owner could publish.
pub fn uncovered(db: Reader<'_>, policy: &Policy, impact: &Impact, person: PersonId, now: DateTime<Utc>) -> Result<Vec<Site>> {
    let mut sites: BTreeMap<SiteId, PermId> = BTreeMap::new();
    for effect in impact.effects.iter().filter(|it| !it.gain && it.people.contains(&person)) {
        let publish = policy.catalog(&effect.platform).and_then(|it| it.publish);
        if publish == Some(effect.permission) {
            sites.extend(effect.sites.iter().map(|site| (*site, effect.permission)));
        }
    }
    let mut bare = Vec::new();
    for (id, publish) in sites {
        let Some(site) = db.find::<Site>(id)? else { continue };
        let left = access::who(db, policy, &site, publish, now)?.into_iter().filter(|it| *it != person && *it != site.owner);
        if left.count() == 0 {
            bare.push(site);
        }
    }
    Ok(bare)
}

/// Facts §4.10: those who can work on the site at the same time, where its editor does not bear that.
pub fn crowd(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Vec<Person>> {
    let Some(editor) = lone_editor(policy, site) else { return Ok(Vec::new()) };
    let people = access::who(db, policy, site, editor.permission, now)?;
    let people = people.into_iter().map(|id| db.find::<Person>(id)).collect::<Result<Vec<_>>>()?;
    let people: Vec<Person> = people.into_iter().flatten().collect();
    Ok(if people.len() > 1 { people } else { Vec::new() })
}

/// The site's editor, where it bears one person at a time.
fn lone_editor<'a>(policy: &'a Policy, site: &Site) -> Option<&'a Editor> {
    let editors = policy.catalog(&site.platform).map_or(&[][..], |it| &it.editors);
    editors.iter().find(|it| site.editor.as_ref() == Some(&it.name) && !it.together)
}

/// Facts §4.10: a sentence for each site where these changes, or a yes to what they offer, let
/// somebody work beside others in an editor that does not bear it. None where they reach too far
/// to look at each site.
pub fn crowding(db: Reader<'_>, policy: &Policy, changes: &[Change], now: DateTime<Utc>) -> Result<Vec<String>> {
    let given = changes.iter().filter_map(|it| if let Change::Assignment(edit) = it { edit.after.clone() } else { None });
    let (offered, guests) = offered(db, changes)?;
    let given: Vec<Assignment> = given.chain(offered.iter().cloned()).collect();
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let whole: Vec<Change> = changes.iter().cloned().chain(offered.iter().cloned().map(|it| Edit::create(it).into())).collect();
    let overlay = Overlay::new(db, policy, &whole);
    let mut newcomers: BTreeMap<SiteId, Vec<PersonId>> = BTreeMap::new();
    for (person, site) in overlay.reach_of(&given, &AT_ONCE)?.unwrap_or_default() {
        newcomers.entry(site).or_default().push(person);
    }
    let mut sentences = Vec::new();
    for (id, newcomers) in newcomers {
        let (_, Some(site)) = overlay.site(id)? else { continue };
        let (Some(editor), (before, Some(after))) = (lone_editor(policy, &site), overlay.grounds(id)?) else { continue };
        let can = |ground: &Ground, policy: &Policy, person, held: &[Assignment]| {
            ground.access(policy, person, held, now).contains(editor.permission)
        };
        let mut people = Vec::new();
        for person in newcomers {
            let held = db.assignments_for(person, id)?;
            let could = before.as_ref().is_some_and(|it| can(it, policy, person, &held));
            if !could && can(&after, &overlay.policy, person, &overlay.assignments(person, held)) {
                people.push(person);
            }
        }
        let n_new = people.len();
        for (person, held) in access::present(db, policy, &after, &site)? {
            if !people.contains(&person) && can(&after, &overlay.policy, person, &overlay.assignments(person, held)) {
                people.push(person);
            }
        }
        if n_new == 0 || people.len() < 2 {
            continue;
        }
        let offered = people[..n_new].iter().all(|it| offered.iter().any(|offer| offer.person == *it));
        let emails = people.into_iter().map(|id| address(db, changes, &guests, id)).collect::<Result<Vec<_>>>()?;
        let when = if offered { "once it is accepted, " } else { "" };
        sentences.push(format!("{when}{} can edit {}, whose {} editor bears one person at a time", few(&emails), site.key, editor.name));
    }
    Ok(sentences)
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
