//! Why somebody can or cannot (R7).
//!
//! A yes has all its routes: assignment → role → granted permission → requirement …
//! A no names the layer that refused and the smallest change that would allow it;
//! each candidate is tried on the same engine, so what is offered does work.

use chrono::{DateTime, Utc};

use super::access::{Ground, Held};
use super::catalog::BuiltinRole;
use super::ids::{AssignmentId, PersonId, RoleId};
use super::perm_set::{PermId, PermSet};
use super::policy::Policy;
use super::text;
use super::things::{Assignment, Level, Role, RoleLevel, Scope, Site};

/// What decided, for one person, permission and site.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// At least one route, the shortest first.
    Allowed(Vec<Route>),
    Refused(Layer),
}

/// One way by which a permission is held.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub via: Via,
    /// From the permission that was granted to the one that was asked for.
    pub chain: Vec<PermId>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Via {
    /// The person owns the site.
    Owner,
    Assignment(Assignment),
}

/// The layer that said no.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// The person holds nothing anywhere.
    NoAssignment,
    /// What the person holds does not reach this site.
    OutOfScope,
    /// A wider team-level assignment would allow it, but this nearer one replaces it.
    Replaced(AssignmentId),
    NotLiveYet(DateTime<Utc>),
    Expired(DateTime<Utc>),
    /// An invitation that would allow it waits for their answer.
    Invited {
        sent: DateTime<Utc>,
        ends: DateTime<Utc>,
    },
    /// The person owns the site, and a partner does this for them.
    Partnership,
    RoleLacksIt,
    Ceiling(Level),
    AppMissing(String),
    /// It would be held, but it requires this one, which is refused.
    RequirementMissing(PermId, Box<Layer>),
}

impl Layer {
    /// The word that scripts read.
    pub fn word(&self) -> &'static str {
        match self {
            Layer::NoAssignment => "no-assignment",
            Layer::OutOfScope => "out-of-scope",
            Layer::Replaced(_) => "replaced",
            Layer::NotLiveYet(_) => "not-live-yet",
            Layer::Expired(_) => "expired",
            Layer::Invited { .. } => "invitation-pending",
            Layer::Partnership => "partnership",
            Layer::RoleLacksIt => "role-lacks-it",
            Layer::Ceiling(_) => "ceiling",
            Layer::AppMissing(_) => "app-missing",
            Layer::RequirementMissing(..) => "requirement-missing",
        }
    }
}

impl Verdict {
    pub fn is_allowed(&self) -> bool {
        matches!(self, Verdict::Allowed(_))
    }

    /// The deciding layer's word: of a yes, who gives it; of a no, who refuses.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Refused(layer) => layer.word(),
            Verdict::Allowed(routes) => match routes.first().map(|it| &it.via) {
                Some(Via::Assignment(it)) => it.level.as_str(),
                Some(Via::Owner) | None => "owner",
            },
        }
    }
}

/// One step that would help.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    InstallApps(Vec<String>),
    /// Lets an assignment that is over, or not yet begun, count now.
    Reopen(Assignment),
    /// Grants the permission in a custom role that the person holds here.
    Grant(RoleId),
    /// Gives the person this role on this site.
    Assign(RoleId, Level),
    /// Gives the person, in place of this custom role on this site, a copy of it that grants the permission: nobody
    /// else has the copy.
    Copy(Box<Copied>),
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

/// The smallest change that would allow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    pub steps: Vec<Step>,
    /// What else the person would gain here.
    pub brings: PermSet,
}

/// Everything that one question is about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub policy: &'a Policy,
    pub ground: &'a Ground,
    pub site: &'a Site,
    pub person: PersonId,
    /// All of the person's assignments, anywhere.
    pub assignments: &'a [Assignment],
    pub permission: PermId,
    pub now: DateTime<Utc>,
}

impl Question<'_> {
    pub fn verdict(&self) -> Verdict {
        self.routes().map_or_else(|| Verdict::Refused(self.layer()), Verdict::Allowed)
    }

    /// The routes of a yes; of a no there is nothing to say here.
    pub fn routes(&self) -> Option<Vec<Route>> {
        let giving = self.giving()?;
        if giving.is_empty() {
            return Some(vec![Route { via: Via::Owner, chain: vec![self.permission] }]);
        }
        let mut routes = Vec::new();
        for it in giving {
            let chains = self.chains(it.role).into_iter();
            routes.extend(chains.map(|chain| Route { via: Via::Assignment(it.clone()), chain }));
        }
        routes.sort_by_key(|route| route.chain.len());
        Some(routes)
    }

    /// The assignments that each give it here now: none where the owner has it by owning the
    /// site. `None` where the answer is no.
    pub fn giving(&self) -> Option<Vec<&Assignment>> {
        let access = self.ground.access(self.policy, self.person, self.assignments, self.now);
        access.contains(self.permission).then(|| self.sources().into_iter().filter(|it| self.allows(it)).collect())
    }

    /// From every permission granted by the role that leads here, one shortest chain of requirements.
    pub fn chains(&self, role: RoleId) -> Vec<Vec<PermId>> {
        let (catalog, granted) = (&self.ground.catalog, self.policy.role(role).map_or(PermSet::EMPTY, |held| held.granted));
        (granted & catalog.dependants(self.permission)).iter().map(|from| catalog.chain(from, self.permission)).collect()
    }

    /// What counts here now. The owner holds all by owning the site, so that only a partnership's
    /// role counts, and that instead (R10).
    fn sources(&self) -> Vec<&Assignment> {
        if self.person == self.ground.owner {
            return self.ground.partnership(self.policy, self.assignments, self.now);
        }
        self.ground.sources(self.policy, self.assignments, self.now)
    }

    /// Whether this one would allow it if it alone counted.
    fn allows(&self, it: &Assignment) -> bool {
        let mut held = Held::default();
        self.ground.hold(self.policy, &mut held, it);
        self.ground.effective(self.person, &held).contains(self.permission)
    }

    fn layer(&self) -> Layer {
        let giving: Vec<&Assignment> = self.assignments.iter().filter(|it| self.gives(it)).collect();
        let reaching: Vec<&&Assignment> = giving.iter().filter(|it| self.ground.reaches(self.policy, it)).collect();
        let sources = self.sources();
        if self.person == self.ground.owner {
            let withheld = sources.iter().any(|it| !self.gives(it));
            return if withheld { Layer::Partnership } else { self.blocked_by(PermSet::EMPTY, Level::Site) };
        }
        if let Some(source) = sources.iter().find(|it| self.gives(it)) {
            return self.blocked_by(self.ceiling_over(source), source.level);
        }
        if reaching.iter().any(|it| it.is_live(self.now) && self.allows(it)) {
            let nearer = sources.iter().find(|it| it.level == Level::Team);
            return nearer.map_or(Layer::OutOfScope, |it| Layer::Replaced(it.id));
        }
        if let Some(layer) = self.out_of_time(reaching.iter().copied().copied()) {
            return layer;
        }
        if !sources.is_empty() {
            return Layer::RoleLacksIt;
        }
        if !giving.is_empty() {
            return Layer::OutOfScope;
        }
        let reaching = self.assignments.iter().filter(|it| self.ground.reaches(self.policy, it));
        let nowhere = if self.assignments.is_empty() { Layer::NoAssignment } else { Layer::OutOfScope };
        self.out_of_time(reaching).unwrap_or(nowhere)
    }

    /// The last of these to be over, else the first to begin.
    fn out_of_time<'a>(&self, these: impl Iterator<Item = &'a Assignment> + Clone) -> Option<Layer> {
        let over = these.clone().filter_map(|it| it.until).filter(|until| *until <= self.now).max();
        let start = these.filter_map(|it| it.since).filter(|since| self.now < *since).min();
        over.map(Layer::Expired).or(start.map(Layer::NotLiveYet))
    }

    fn gives(&self, it: &Assignment) -> bool {
        let same = |held: &&super::policy::HeldRole| held.role.platform == self.site.platform;
        self.policy.role(it.role).filter(same).is_some_and(|held| held.closed.contains(self.permission))
    }

    /// What of the ceiling binds the holder of this one.
    fn ceiling_over(&self, it: &Assignment) -> PermSet {
        let ceiling = self.policy.ceiling_of(&self.site.platform);
        self.builtin(it).map_or(ceiling.at(it.level), |role| role.bound(ceiling, it.level))
    }

    fn builtin(&self, it: &Assignment) -> Option<&BuiltinRole> {
        self.policy.role(it.role).and_then(|held| self.policy.builtin(held))
    }

    /// What blocks a permission that a role does give.
    fn blocked_by(&self, ceiling: PermSet, level: Level) -> Layer {
        let catalog = &self.ground.catalog;
        let absent = catalog.missing_apps(&self.site.apps);
        let blocks = |id: PermId| {
            if ceiling.contains(id) {
                return Some(Layer::Ceiling(level));
            }
            absent.contains(id).then(|| Layer::AppMissing(catalog.get(id).app.clone().unwrap_or_default()))
        };
        if let Some(layer) = blocks(self.permission) {
            return layer;
        }
        let behind = catalog.closure(self.permission).iter().find_map(|id| blocks(id).map(|layer| (id, layer)));
        behind.map_or(Layer::RoleLacksIt, |(id, layer)| Layer::RequirementMissing(id, Box::new(layer)))
    }

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
        let found = self.working(plans.clone());
        if !found.is_empty() {
            return found;
        }
        let profiles = self.policy_profiles().into_iter().map(Step::Ceiling);
        self.working(profiles.flat_map(|it| plans.iter().map(move |plan| [plan.as_slice(), std::slice::from_ref(&it)].concat())))
    }

    fn working(&self, plans: impl IntoIterator<Item = Vec<Step>>) -> Vec<Remedy> {
        let mut tried: Vec<(PermSet, Remedy)> = plans.into_iter().filter_map(|steps| self.attempt(steps)).collect();
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
            if self.policy.role(source.role).is_some_and(|held| !held.role.builtin) {
                steps.push(Step::Grant(source.role));
                steps.extend(self.copy(source).map(|it| Step::Copy(Box::new(it))));
            }
        }
        for held in self.policy.roles().filter(|it| it.closed.contains(self.permission)) {
            let offered = self.policy.builtin(held).is_none_or(BuiltinRole::is_assignable);
            if offered && held.role.level != RoleLevel::Team {
                steps.push(Step::Assign(held.role.id, Level::Site));
            }
            if offered && held.role.level != RoleLevel::Site && self.ground.has_team {
                steps.push(Step::Assign(held.role.id, Level::Team));
            }
        }
        steps
    }

    /// The custom role of this one with the permission, as a role of its own. What ends or reaches further is not
    /// copied: the copy would have to end with it, or leave the rest.
    fn copy(&self, from: &Assignment) -> Option<Copied> {
        let role = &self.policy.role(from.role)?.role;
        if from.scope != Scope::Site(self.site.id) || from.until.is_some() {
            return None;
        }
        let is_free = |key: &str, name: &str| {
            let same = |it: &super::policy::HeldRole| it.role.key == key || text::name_key(&it.role.name) == text::name_key(name);
            !self.policy.roles().any(same)
        };
        let (key, name) = (1..100)
            .map(|n| {
                let more = if n == 1 { String::new() } else { format!("-{n}") };
                (format!("{}-{}{more}", role.key, self.site.key), format!("{} {}{more}", role.name, self.site.key))
            })
            .find(|(key, name)| is_free(key, name) && text::key("role key", key).is_ok())?;
        let wanted = self.ground.catalog.get(self.permission).id.clone();
        let permissions = role.permissions.iter().cloned().chain([wanted]).collect();
        let copy = Role { id: self.policy.spare_role(), key, name, about: String::new(), permissions, ..Role::clone(role) };
        Some(Copied { from: from.clone(), copy })
    }

    /// Tries the steps on a copy; `Some` where the permission is held afterwards, with what
    /// is lost: a nearer team-level assignment replaces the wider ones.
    fn attempt(&self, steps: Vec<Step>) -> Option<(PermSet, Remedy)> {
        let mut assignments = self.assignments.to_vec();
        let mut site = self.site.clone();
        let mut policy = std::borrow::Cow::Borrowed(self.policy);
        for step in &steps {
            match step {
                Step::InstallApps(apps) => site.apps.extend(apps.iter().cloned()),
                Step::Reopen(it) => {
                    let reopened = assignments.iter_mut().filter(|other| other.id == it.id);
                    reopened.for_each(|it| (it.since, it.until) = (None, None));
                }
                Step::Grant(id) => {
                    let mut role = super::things::Role::clone(&policy.role(*id)?.role);
                    role.permissions.insert(self.ground.catalog.get(self.permission).id.clone());
                    policy.to_mut().put_role(role);
                }
                Step::Assign(role, level) => assignments.push(self.new_assignment(*role, *level)),
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
        let after = ground.access(&policy, self.person, &assignments, self.now);
        let before = self.ground.access(self.policy, self.person, self.assignments, self.now);
        let brings = after - before - PermSet::of(self.permission);
        after.contains(self.permission).then(|| (before - after, Remedy { steps, brings }))
    }

    fn new_assignment(&self, role: RoleId, level: Level) -> Assignment {
        Assignment {
            id: AssignmentId(0),
            person: self.person,
            role,
            level,
            scope: Scope::Site(self.site.id),
            since: None,
            until: None,
            review_on: None,
            reason: None,
            granted_by: None,
        }
    }
}
