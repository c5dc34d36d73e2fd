//! What would turn an answer: the changes that allow what is refused, or take what is held.
//!
//! Each is tried on the same engine as the answer itself, so what is offered does work.

use super::access::Ground;
use super::ids::{AssignmentId, RoleId};
use super::perm_set::PermSet;
use super::policy::HeldRole;
use super::ripple::Toggle;
use super::things::{Assignment, Level, Role, RoleLevel, Scope};
use super::why::Question;

/// Most roles that are tried in the place of one.
const MAX_LESSER: usize = 3;

/// One step of a way.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    InstallApps(Vec<String>),
    /// Lets an assignment that is over, or not yet begun, count now.
    Reopen(Assignment),
    /// Grants the permission in a custom role that the person holds here.
    Grant(RoleId),
    /// Gives the person this role on this site.
    Assign(RoleId, Level),
    /// Gives the person, in place of this custom role on this site, a copy of it with the permission, or without it:
    /// nobody else has the copy.
    Copy(Box<Copied>),
    /// Takes a role from the person.
    Take(Assignment),
    /// Takes the permission out of a custom role, with what requires it there.
    Revoke(RoleId),
    /// Gives the person another role in place of this one.
    Swap(Box<Swapped>),
    /// Ends the partnership, so that the owner can do everything again.
    Reclaim,
    /// Sets the site's platform to another ceiling profile.
    Ceiling(String),
}

/// A copy of a role, for one person on one site.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// How the role is held that the copy takes the place of.
    pub from: Assignment,
    pub copy: Role,
}

impl Copied {
    /// How the copy is held.
    pub fn held(&self) -> Assignment {
        Assignment { role: self.copy.id, ..self.from.clone() }
    }
}

/// Another role in the place of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Swapped {
    pub from: Assignment,
    pub to: RoleId,
}

impl Swapped {
    /// How the other role is held.
    pub fn held(&self) -> Assignment {
        Assignment { role: self.to, ..self.from.clone() }
    }
}

/// A change that turns the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    pub steps: Vec<Step>,
    /// What else the person would gain here.
    pub brings: PermSet,
}

impl Question<'_> {
    /// The smallest change after which the answer is yes; `None` where only the owner can.
    pub fn remedy(&self) -> Option<Remedy> {
        self.remedies().into_iter().next()
    }

    /// Every change after which the answer is yes, and no part of which would do: with the fewest steps first,
    /// then the least that the person loses here by it, then the least that they gain.
    ///
    /// Another ceiling profile changes everybody's access, so it is the last resort.
    pub fn remedies(&self) -> Vec<Remedy> {
        let apps = Some(self.lacking_apps()).filter(|it| !it.is_empty()).map(Step::InstallApps);
        let singles = self.steps().into_iter().map(Some).chain([None]);
        let plans: Vec<Vec<Step>> = singles.map(|single| apps.iter().cloned().chain(single).collect()).collect();
        let found = self.working(plans.clone(), true);
        if !found.is_empty() {
            return found;
        }
        let profiles = self.policy_profiles().into_iter().map(Step::Ceiling);
        self.working(profiles.flat_map(|it| plans.iter().map(move |plan| [plan.as_slice(), std::slice::from_ref(&it)].concat())), true)
    }

    fn working(&self, plans: impl IntoIterator<Item = Vec<Step>>, on: bool) -> Vec<Remedy> {
        let mut tried: Vec<(PermSet, Remedy)> = plans.into_iter().filter_map(|steps| self.attempt(steps, on)).collect();
        tried.sort_by_key(|(lost, it)| (it.steps.len(), lost.len(), it.brings.len()));
        let mut found: Vec<Remedy> = Vec::new();
        for (_, it) in tried {
            let has_part = found.iter().any(|part| part.steps.iter().all(|step| it.steps.contains(step)));
            if !has_part {
                found.push(it);
            }
        }
        found
    }

    fn policy_profiles(&self) -> Vec<String> {
        self.ground.catalog.ceilings.keys().filter(|it| *it != self.policy.ceilings.of(&self.site.platform)).cloned().collect()
    }

    fn lacking_apps(&self) -> Vec<String> {
        let needed = self.ground.catalog.closure(self.permission) & self.ground.catalog.missing_apps(&self.site.apps);
        let mut apps: Vec<String> = needed.iter().filter_map(|id| self.ground.catalog.get(id).app.clone()).collect();
        apps.sort();
        apps.dedup();
        apps
    }

    fn steps(&self) -> Vec<Step> {
        if self.person == self.ground.owner {
            return if self.sources().is_empty() { Vec::new() } else { vec![Step::Reclaim] };
        }
        // What comes with a partnership is not given by hand.
        let by_hand = |it: &&Assignment| self.builtin(it).is_none_or(|role| role.partnership.is_none());
        let dead = self.assignments.iter().filter(|it| self.ground.reaches(self.policy, it) && !it.is_live(self.now)).filter(by_hand);
        let mut steps: Vec<Step> = dead.map(|it| Step::Reopen(it.clone())).collect();
        for source in self.sources() {
            if self.takes(source) {
                steps.push(Step::Take(source.clone()));
                steps.extend(self.more(source));
            }
            if self.policy.role(source.role).is_some_and(|held| !held.role.builtin) {
                steps.push(Step::Grant(source.role));
                let copied = self.policy.role(source.role).and_then(|held| self.copy(source, &self.toggled(&held.role, Toggle::On)));
                steps.extend(copied.map(|it| Step::Copy(Box::new(it))));
            }
        }
        for held in self.policy.roles().filter(|it| it.closed.contains(self.permission)) {
            let offered = self.is_offered(held);
            if offered && held.role.level != RoleLevel::Team {
                steps.push(Step::Assign(held.role.id, Level::Site));
            }
            if offered && held.role.level != RoleLevel::Site && self.ground.has_team {
                steps.push(Step::Assign(held.role.id, Level::Team));
            }
        }
        steps
    }

    /// The role with the permission, or without it and what requires it.
    fn toggled(&self, role: &Role, toggle: Toggle) -> Role {
        self.ground.catalog.toggled(role, self.permission, toggle)
    }

    /// The custom role of this one, changed, as a role of its own. What ends or reaches further is not copied: the
    /// copy would have to end with it, or leave the rest.
    fn copy(&self, from: &Assignment, changed: &Role) -> Option<Copied> {
        if from.scope != Scope::Site(self.site.id) || from.until.is_some() {
            return None;
        }
        let site = &self.site.key;
        let (key, name) = self.policy.free_name(&format!("{}-{site}", changed.key), &format!("{} {site}", changed.name))?;
        let copy = Role { id: self.policy.spare_role(), key, name, about: String::new(), ..changed.clone() };
        Some(Copied { from: from.clone(), copy })
    }

    /// Every change after which the answer is no, and no part of which would do: in the order of
    /// [`Question::remedies`]. None where it comes with owning the site, or with a partnership.
    pub fn takings(&self) -> Vec<Remedy> {
        let giving = self.giving().unwrap_or_default();
        let by_hand = |it: &&Assignment| self.builtin(it).is_none_or(|role| role.partnership.is_none());
        if giving.is_empty() || !giving.iter().all(by_hand) {
            return Vec::new();
        }
        // Each kind of change for all that give it, a role's own before its copy; where one is not open to it, that one is taken.
        let kinds = [Self::revoked, Self::narrowed, Self::swapped];
        let plans = kinds.iter().flat_map(|kind| {
            let open: Vec<Vec<Step>> = giving.iter().map(|it| kind(self, it)).collect();
            let n = open.iter().map(Vec::len).max().unwrap_or(0).max(1);
            let giving = &giving;
            (0..n).map(move |at| {
                let mut steps: Vec<Step> = Vec::new();
                for (it, open) in giving.iter().zip(&open) {
                    // One copy in a way: a second would be another role of the same name.
                    let is_second = |step: &&Step| matches!(step, Step::Copy(_)) && steps.iter().any(|it| matches!(it, Step::Copy(_)));
                    let step = open.get(at).or(open.last()).filter(|it| !is_second(it)).cloned();
                    let step = step.unwrap_or_else(|| Step::Take((*it).clone()));
                    steps.extend(Some(step).filter(|it| !steps.contains(it)));
                }
                steps
            })
        });
        let mut plans: Vec<Vec<Step>> = plans.collect();
        plans.push(self.taken());
        // A nearer role of the team replaces the wider ones.
        plans.extend(self.nearer(&giving).into_iter().map(|it| vec![it]));
        self.working(plans, false)
    }

    /// All that gives it: with a nearer role goes what it replaced.
    fn taken(&self) -> Vec<Step> {
        let (mut held, mut taken) = (self.assignments.to_vec(), Vec::new());
        loop {
            let sources = self.ground.sources(self.policy, &held, self.now).into_iter();
            let giving: Vec<Assignment> = sources.filter(|it| self.allows(it)).cloned().collect();
            if giving.is_empty() {
                return taken;
            }
            held.retain(|it| giving.iter().all(|other| other.id != it.id));
            taken.extend(giving.into_iter().map(Step::Take));
        }
    }

    fn is_custom(&self, role: RoleId) -> bool {
        self.policy.role(role).is_some_and(|held| !held.role.builtin)
    }

    fn narrowed(&self, it: &Assignment) -> Vec<Step> {
        let custom = self.policy.role(it.role).filter(|held| !held.role.builtin);
        custom
            .and_then(|held| self.copy(it, &self.toggled(&held.role, Toggle::Off)))
            .map(|it| Step::Copy(Box::new(it)))
            .into_iter()
            .collect()
    }

    fn revoked(&self, it: &Assignment) -> Vec<Step> {
        if self.is_custom(it.role) { vec![Step::Revoke(it.role)] } else { Vec::new() }
    }

    /// The roles that keep most of what this one gives and bring nothing new.
    fn swapped(&self, it: &Assignment) -> Vec<Step> {
        let Some(held) = self.policy.role(it.role) else { return Vec::new() };
        let swap = |to| Step::Swap(Box::new(Swapped { from: it.clone(), to }));
        self.lesser(held.closed, it.level).into_iter().map(swap).collect()
    }

    /// The roles with the permission that keep all that this one gives, those that bring least first.
    fn more(&self, it: &Assignment) -> Vec<Step> {
        let Some(held) = self.policy.role(it.role) else { return Vec::new() };
        let offered = self.policy.roles().filter(|it| self.is_offered(it));
        let fits = |other: &&HeldRole| other.role.platform == self.site.platform && other.role.level.fits(it.level);
        let wider = |other: &&HeldRole| held.closed.is_subset(&other.closed) && other.closed.contains(self.permission);
        let mut found: Vec<&HeldRole> = offered.filter(fits).filter(wider).collect();
        found.sort_by_key(|it| (it.closed.len(), it.role.id));
        let swap = |to: &HeldRole| Step::Swap(Box::new(Swapped { from: it.clone(), to: to.role.id }));
        found.into_iter().take(MAX_LESSER).map(swap).collect()
    }

    fn nearer(&self, giving: &[&Assignment]) -> Vec<Step> {
        let wide: Vec<&&Assignment> = giving.iter().filter(|it| it.level == Level::Team && !matches!(it.scope, Scope::Site(_))).collect();
        if wide.len() < giving.len() {
            return Vec::new();
        }
        let closed = wide.iter().filter_map(|it| self.policy.role(it.role)).fold(PermSet::EMPTY, |set, it| set | it.closed);
        self.lesser(closed, Level::Team).into_iter().map(|id| Step::Assign(id, Level::Team)).collect()
    }

    /// Whether the role is one to give here: not what comes with owning, and not what is for an app that is not there.
    fn is_offered(&self, held: &HeldRole) -> bool {
        let has = |app: &String| self.site.apps.contains(app);
        self.policy.builtin(held).is_none_or(|it| it.is_assignable() && it.app.as_ref().is_none_or(has))
    }

    /// Roles of this level that lack the permission and hold nothing but of these, those with most of them first.
    fn lesser(&self, of: PermSet, level: Level) -> Vec<RoleId> {
        let offered = |it: &&HeldRole| self.is_offered(it);
        let fits = |it: &&HeldRole| it.role.platform == self.site.platform && it.role.level.fits(level);
        let lesser = |it: &&HeldRole| !it.closed.is_empty() && it.closed.is_subset(&of) && !it.closed.contains(self.permission);
        let mut found: Vec<&HeldRole> = self.policy.roles().filter(offered).filter(fits).filter(lesser).collect();
        found.sort_by_key(|it| (std::cmp::Reverse(it.closed.len()), it.role.id));
        found.into_iter().take(MAX_LESSER).map(|it| it.role.id).collect()
    }

    /// Tries the steps on a copy; `Some` where the answer is then as wanted, with what is lost beside it: a nearer
    /// team-level assignment replaces the wider ones.
    fn attempt(&self, steps: Vec<Step>, on: bool) -> Option<(PermSet, Remedy)> {
        let asked = PermSet::of(self.permission);
        let before = self.ground.access(self.policy, self.person, self.assignments, self.now);
        let after = self.after(&steps)?;
        let brings = after - before - asked;
        (after.contains(self.permission) == on).then(|| (before - after - asked, Remedy { steps, brings }))
    }

    /// What the person can do here after the steps.
    fn after(&self, steps: &[Step]) -> Option<PermSet> {
        let mut assignments = self.assignments.to_vec();
        let mut site = self.site.clone();
        let mut policy = std::borrow::Cow::Borrowed(self.policy);
        for step in steps {
            match step {
                Step::InstallApps(apps) => site.apps.extend(apps.iter().cloned()),
                Step::Reopen(it) => {
                    let reopened = assignments.iter_mut().filter(|other| other.id == it.id);
                    reopened.for_each(|it| (it.since, it.until) = (None, None));
                }
                Step::Grant(id) => {
                    let role = self.toggled(&policy.role(*id)?.role, Toggle::On);
                    policy.to_mut().put_role(role);
                }
                Step::Revoke(id) => {
                    let role = self.toggled(&policy.role(*id)?.role, Toggle::Off);
                    policy.to_mut().put_role(role);
                }
                Step::Take(it) => assignments.retain(|other| other.id != it.id),
                Step::Swap(it) => assignments.iter_mut().filter(|other| other.id == it.from.id).for_each(|other| other.role = it.to),
                Step::Assign(role, level) => assignments.push(Assignment::plain(self.person, *role, *level, Scope::Site(self.site.id))),
                Step::Copy(it) => {
                    policy.to_mut().put_role(it.copy.clone());
                    assignments.iter_mut().filter(|other| other.id == it.from.id).for_each(|other| other.role = it.copy.id);
                }
                Step::Reclaim => {
                    let ended: Vec<AssignmentId> = self.sources().iter().map(|it| it.id).collect();
                    assignments.retain(|it| !ended.contains(&it.id));
                }
                Step::Ceiling(profile) => {
                    policy = std::borrow::Cow::Owned(policy.into_owned().with_ceiling(Some(&self.site.platform), Some(profile)));
                }
            }
        }
        let ground = Ground::new(&policy, &site)?;
        Some(ground.access(&policy, self.person, &assignments, self.now))
    }
}
