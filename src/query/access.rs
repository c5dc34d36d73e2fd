//! Can, why, who can, what can.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use crate::domain::access::{Ground, Held};
use crate::domain::ids::{FolderId, PersonId, SiteId};
use crate::domain::life::{Invitation, WaitingRole, WaitsFor};
use crate::domain::offer::Stage;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::remedy::Remedy;
use crate::domain::suggest::Unknown;
use crate::domain::things::{Assignment, Folder, Host, Level, Person, Scope, Site};
use crate::domain::why::{Layer, Question, Route, Verdict, Via};
use crate::facts::Reader;
use crate::facts::names::the_permission;
use crate::store::life::Open;
use crate::store::page::Anchor;

/// Sites that are read at once where all may be wanted.
const PAGE: usize = 500;

pub use crate::facts::overlay::{present, sites_under};

/// The ground of a site, or why nothing is known of it.
pub fn ground(policy: &Policy, site: &Site) -> Result<Ground> {
    let unknown = || Unknown { kind: "catalog of the platform", text: site.platform.clone(), hint: String::new() };
    Ground::new(policy, site).with_context(unknown)
}

/// What one person can do on one site now.
pub fn access(db: Reader<'_>, policy: &Policy, ground: &Ground, person: PersonId, now: DateTime<Utc>) -> Result<PermSet> {
    Ok(ground.access(policy, person, &db.assignments_for(person, ground.site)?, now))
}

/// One question with everything it names found.
pub struct Asked {
    pub person: Person,
    pub site: Site,
    pub ground: Ground,
    pub permission: PermId,
    pub assignments: Vec<Assignment>,
    /// What the person was invited to and has not answered, the newest first.
    invited: Vec<Invited>,
}

/// An invitation, and what accepting it would bring.
struct Invited {
    invitation: Invitation,
    brings: Vec<Assignment>,
}

impl Asked {
    /// Finds a person by e-mail, a site by key or URL, a permission by id or label.
    ///
    /// # Errors
    /// [`Unknown`] for a name that nothing has (R13).
    pub fn find(db: Reader<'_>, policy: &Policy, person: &str, permission: &str, site: &str) -> Result<Asked> {
        let person = db.the_person(person)?;
        let site = db.the_site(site)?;
        let permission = the_permission(policy, &site.platform, permission)?;
        Asked::about(db, policy, person, site, permission)
    }

    /// The same with no more of the policy than this one answer needs: what a single check
    /// costs does not grow with the workspace, nor with what the person holds elsewhere.
    pub fn find_lean(db: Reader<'_>, person: &str, permission: &str, site: &str, now: DateTime<Utc>) -> Result<(Asked, Policy)> {
        let person = db.the_person(person)?;
        let site = db.the_site(site)?;
        let assignments = db.assignments_of(person.id)?;
        let invited = invited(db, &person)?;
        let all = || invited.iter().flat_map(|it| &it.brings).chain(&assignments);
        let here = |it: &&Assignment| !matches!(it.scope, Scope::Site(other) if other != site.id);
        // What is given elsewhere decides nothing, but why not, where something here is not live.
        let elsewhere_too = all().filter(here).any(|it| !it.is_live(now));
        let counted: Vec<_> = all().filter(|it| elsewhere_too || here(it)).cloned().collect();
        let policy = db.policy_for(&site, &counted)?;
        let permission = the_permission(&policy, &site.platform, permission)?;
        let ground = ground(&policy, &site)?;
        Ok((Asked { person, site, ground, permission, assignments, invited }, policy))
    }

    pub fn about(db: Reader<'_>, policy: &Policy, person: Person, site: Site, permission: PermId) -> Result<Asked> {
        let ground = ground(policy, &site)?;
        let assignments = db.assignments_of(person.id)?;
        let invited = invited(db, &person)?;
        Ok(Asked { person, site, ground, permission, assignments, invited })
    }

    fn question<'a>(&'a self, policy: &'a Policy, assignments: &'a [Assignment], now: DateTime<Utc>) -> Question<'a> {
        Question { policy, ground: &self.ground, site: &self.site, person: self.person.id, assignments, permission: self.permission, now }
    }

    pub fn verdict(&self, policy: &Policy, now: DateTime<Utc>) -> Verdict {
        let verdict = self.question(policy, &self.assignments, now).verdict();
        if verdict.is_allowed() {
            return verdict;
        }
        let would_help = |it: &&Invited| {
            let after = [self.assignments.as_slice(), &it.brings].concat();
            it.invitation.stage(now) == Stage::Pending && self.question(policy, &after, now).verdict().is_allowed()
        };
        let waiting = self.invited.iter().find(would_help).map(|it| &it.invitation);
        waiting.map_or(verdict, |it| Verdict::Refused(Layer::Invited { sent: it.offer.sent, ends: it.ends() }))
    }

    /// Whether the person has team-level roles over the site that count for nothing there: the
    /// agency neither owns nor hosts it.
    pub fn is_apart(&self) -> bool {
        let over = |it: &Assignment| it.level == Level::Team && self.ground.nearness(it.scope).is_some();
        !self.ground.has_team && self.assignments.iter().any(over)
    }

    /// The changes that would turn the answer: allow it where it is refused, take it where it is held.
    pub fn remedies(&self, policy: &Policy, now: DateTime<Utc>) -> Vec<Remedy> {
        let question = self.question(policy, &self.assignments, now);
        if question.verdict().is_allowed() { question.takings() } else { question.remedies() }
    }
}

fn invited(db: Reader<'_>, person: &Person) -> Result<Vec<Invited>> {
    let open = db.invitations_to(&person.email, Open::Unanswered)?.into_iter();
    let each = open.map(|invitation| {
        let waiting = db.waiting_roles(WaitsFor::Invitation(invitation.id))?.into_iter();
        let brings = waiting.filter_map(|it| brought(&invitation, &it, person.id));
        Ok(Invited { brings: brings.collect(), invitation })
    });
    each.collect()
}

/// What a waiting role becomes once the invitation is accepted.
pub(super) fn brought(invitation: &Invitation, waiting: &WaitingRole, person: PersonId) -> Option<Assignment> {
    Some(Assignment { until: invitation.until, ..Assignment::plain(person, waiting.role, invitation.level, waiting.scope?) })
}

/// One permission that one person holds on one site, with the ways it comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    pub person: PersonId,
    pub site: SiteId,
    pub permission: PermId,
    pub routes: Vec<Route>,
}

impl Holding {
    /// One route for each assignment that gives it, the shortest.
    pub fn ways(&self) -> impl Iterator<Item = &Route> {
        let mut seen = Vec::new();
        self.routes.iter().filter(move |route| {
            let from = if let Via::Assignment(it) = &route.via { Some(it.id) } else { None };
            let new = !seen.contains(&from);
            seen.push(from);
            new
        })
    }
}

/// Everyone who can, on one site.
pub fn who_can(db: Reader<'_>, policy: &Policy, site: &Site, permission: PermId, now: DateTime<Utc>) -> Result<Vec<Holding>> {
    let ground = ground(policy, site)?;
    let holding = |(person, assignments): (PersonId, Vec<Assignment>)| {
        let question = Question { policy, ground: &ground, site, person, assignments: &assignments, permission, now };
        question.routes().map(|routes| Holding { person, site: site.id, permission, routes })
    };
    Ok(present(db, &ground)?.into_iter().filter_map(holding).collect())
}

/// Just the people, without the ways: what a count needs.
pub fn who(db: Reader<'_>, policy: &Policy, site: &Site, permission: PermId, now: DateTime<Utc>) -> Result<Vec<PersonId>> {
    let ground = ground(policy, site)?;
    let can = |(person, held): &(PersonId, Vec<Assignment>)| ground.access(policy, *person, held, now).contains(permission);
    Ok(present(db, &ground)?.into_iter().filter(can).map(|(person, _)| person).collect())
}

/// Every permission that one person has on one site.
pub fn what_can(db: Reader<'_>, policy: &Policy, person: PersonId, site: &Site, now: DateTime<Utc>) -> Result<Vec<Holding>> {
    let ground = ground(policy, site)?;
    let assignments = db.assignments_for(person, site.id)?;
    let held = ground.access(policy, person, &assignments, now);
    let holding = |permission| {
        let question = Question { policy, ground: &ground, site, person, assignments: &assignments, permission, now };
        let routes = if let Verdict::Allowed(routes) = question.verdict() { routes } else { Vec::new() };
        Holding { person, site: site.id, permission, routes }
    };
    Ok(held.iter().map(holding).collect())
}

/// The sites on which a person has or could have anything: named, owned, in reach of the team.
/// Sorted by name.
pub fn sites_of(db: Reader<'_>, policy: &Policy, person: PersonId) -> Result<Vec<Site>> {
    first_sites_of(db, policy, person, usize::MAX)
}

/// The same, no more of them than are `enough`.
pub fn first_sites_of(db: Reader<'_>, policy: &Policy, person: PersonId, enough: usize) -> Result<Vec<Site>> {
    let assignments = db.assignments_of(person)?;
    let mut ids = db.sites_owned_by(person)?;
    let mut everywhere = false;
    for it in &assignments {
        match it.scope {
            Scope::Site(site) => ids.push(site),
            Scope::Folder(folder) => sites_under(db, policy, folder, usize::MAX, &mut ids)?,
            Scope::Everywhere => everywhere = true,
        }
    }
    let mut sites = Vec::new();
    if everywhere {
        let own: HashSet<SiteId> = ids.into_iter().collect();
        let mut from = Anchor::Start;
        while sites.len() < enough {
            let page = db.page::<Site>(&from, PAGE)?;
            let Some(last) = page.last() else { break };
            from = Anchor::After(last.place.clone());
            let reached = |it: &Site| own.contains(&it.id) || it.owner == policy.owner || it.host == Host::Agency;
            sites.extend(page.into_iter().map(|it| it.row).filter(reached));
        }
    } else {
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            sites.extend(db.find::<Site>(id)?);
        }
    }
    sites.sort_by_cached_key(|site| (crate::domain::text::fold(&site.name), site.id));
    sites.truncate(enough);
    Ok(sites)
}

/// A scope in portable form.
pub fn scope_record(db: Reader<'_>, scope: Scope) -> Result<ScopeRecord> {
    Ok(match scope {
        Scope::Everywhere => ScopeRecord::Everywhere,
        Scope::Folder(id) => ScopeRecord::Folder(db.find::<Folder>(id)?.map_or_else(String::new, |it| it.key)),
        Scope::Site(id) => ScopeRecord::Site(db.site_key(id)?.unwrap_or_default()),
    })
}

/// A route in words: `Store helper (site acme)`, and what was granted where it is not the asked one.
pub fn via(policy: &Policy, ground: &Ground, site: &Site, route: &Route) -> String {
    let Via::Assignment(it) = &route.via else { return "owner".to_owned() };
    way(policy, site, it, &because(ground, &route.chain))
}

/// An assignment in words, as a way to what is held on the site.
pub(super) fn way(policy: &Policy, site: &Site, it: &Assignment, because: &str) -> String {
    let role = policy.role(it.role).map_or("?", |held| held.role.name.as_str());
    let level = if it.level == Level::Team { "team, " } else { "" };
    let (noun, key) = match it.scope {
        Scope::Everywhere => ("everywhere", ""),
        Scope::Folder(id) => ("folder ", policy.folder(id).map_or("", |it| it.key.as_str())),
        Scope::Site(_) => ("site ", site.key.as_str()),
    };
    [role, " (", level, noun, key, ")", because].concat()
}

/// What was granted, where it is not the asked one.
pub(super) fn because(ground: &Ground, chain: &[PermId]) -> String {
    match chain {
        [first, _, ..] => format!(", because of {}", ground.catalog.get(*first).id),
        _ => String::new(),
    }
}

/// Calls `each` with the effective access of everybody who holds anything on a site, and of
/// its owner, site by site. One pass over sites and assignments, side by side.
pub fn everywhere(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, mut each: impl FnMut(SiteId, PersonId, PermSet)) -> Result<()> {
    let mut cuts = HashMap::new();
    let mut grounds = Vec::new();
    db.each_site(|site| {
        let cut = *cuts.entry((site.platform.clone(), site.apps.clone())).or_insert_with(|| policy.cut_for(&site));
        grounds.extend(cut.and_then(|cut| Ground::with_cut(policy, &site, cut)));
        Ok(())
    })?;
    let mut team = Team::new(policy, db.assignments_all_wide()?, now);
    let mut here: Vec<(PersonId, Held)> = Vec::new();
    let mut finish = |ground: &Ground, here: &mut Vec<(PersonId, Held)>| {
        let mut effective = |person, held: &Held| each(ground.site, person, ground.effective(person, held));
        let mut wide = team.of(ground).iter().peekable();
        let mut owner = Some(ground.owner);
        for (person, mut held) in here.drain(..) {
            while let Some((other, held)) = wide.next_if(|it| it.0 < person) {
                owner = owner.filter(|it| it != other);
                effective(*other, held);
            }
            if let Some((_, more)) = wide.next_if(|it| it.0 == person) {
                held.join(more);
            }
            owner = owner.filter(|it| *it != person);
            effective(person, &held);
        }
        for (other, held) in wide {
            owner = owner.filter(|it| it != other);
            effective(*other, held);
        }
        if let Some(owner) = owner {
            effective(owner, &Held::default());
        }
    };
    let mut grounds = grounds.into_iter().peekable();
    db.each_assignment_by_site(now, |site, person, role, level| {
        while let Some(ground) = grounds.next_if(|it| it.site < site) {
            finish(&ground, &mut here);
        }
        let Some(ground) = grounds.peek().filter(|it| it.site == site) else { return Ok(()) };
        if here.last().is_none_or(|it| it.0 != person) {
            here.push((person, Held::default()));
        }
        if let Some(last) = here.last_mut() {
            ground.hold_role(policy, &mut last.1, role, level, Scope::Site(site));
        }
        Ok(())
    })?;
    for ground in grounds {
        finish(&ground, &mut here);
    }
    Ok(())
}

fn by_person(assignments: impl Iterator<Item = Assignment>) -> BTreeMap<PersonId, Vec<Assignment>> {
    let mut by_person: BTreeMap<PersonId, Vec<Assignment>> = BTreeMap::new();
    assignments.for_each(|it| by_person.entry(it.person).or_default().push(it));
    by_person
}

/// What each member of the team holds.
type Holdings = Vec<(PersonId, Held)>;

/// What the team holds in folders and everywhere: the same on all sites of one folder and platform.
pub(super) struct Team<'a> {
    policy: &'a Policy,
    /// What is live, by person.
    wide: BTreeMap<PersonId, Vec<Assignment>>,
    known: HashMap<(Option<FolderId>, String), Holdings>,
}

impl<'a> Team<'a> {
    /// Of what is held in folders and everywhere, what is live.
    pub(super) fn new(policy: &'a Policy, wide: impl IntoIterator<Item = Assignment>, now: DateTime<Utc>) -> Team<'a> {
        Team { policy, wide: by_person(wide.into_iter().filter(|it| it.is_live(now))), known: HashMap::new() }
    }

    /// By person, where anything reaches the site.
    pub(super) fn of(&mut self, ground: &Ground) -> &[(PersonId, Held)] {
        if !ground.has_team {
            return &[];
        }
        let (policy, wide) = (self.policy, &self.wide);
        self.known.entry((ground.folder(), ground.catalog.platform.clone())).or_insert_with(|| {
            let reaching = wide.iter().filter(|(_, list)| list.iter().any(|it| ground.reaches(policy, it)));
            let held = reaching.map(|(person, list)| {
                let mut held = Held::default();
                for it in list {
                    ground.hold(policy, &mut held, it);
                }
                (*person, held)
            });
            held.collect()
        })
    }
}
