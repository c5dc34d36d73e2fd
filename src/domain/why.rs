//! Why somebody can or cannot (R7).
//!
//! A yes has all its routes: assignment → role → granted permission → requirement …
//! A no names the layer that refused; what would turn the answer is in [`super::remedy`].

use chrono::{DateTime, Utc};

use super::access::{Ground, Held};
use super::catalog::BuiltinRole;
use super::ids::{AssignmentId, PersonId, RoleId};
use super::perm_set::{PermId, PermSet};
use super::policy::Policy;
use super::things::{Assignment, Level, Site};

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
    /// A role gives it, and this other one takes it.
    Taken(AssignmentId),
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
            Layer::Taken(_) => "taken",
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

/// Everything that one question is about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub policy: &'a Policy,
    pub ground: &'a Ground,
    pub site: &'a Site,
    pub person: PersonId,
    /// Of the person's assignments, anywhere, all that decide; a refusal is told only of all.
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
        let mut giving = self.sources();
        if giving.iter().any(|it| self.takes(it)) {
            return None;
        }
        giving.retain(|it| self.allows(it));
        // Each level is a union: what is given is given by one of them alone, but what the owner has by owning.
        let owns = self.person == self.ground.owner;
        let by_owning = || self.ground.access(self.policy, self.person, self.assignments, self.now).contains(self.permission);
        (!giving.is_empty() || owns && by_owning()).then_some(giving)
    }

    /// From every permission granted by the role that leads here, one shortest chain of requirements.
    pub fn chains(&self, role: RoleId) -> Vec<Vec<PermId>> {
        let (catalog, granted) = (&self.ground.catalog, self.policy.role(role).map_or(PermSet::EMPTY, |held| held.granted));
        (granted & catalog.dependants(self.permission)).iter().map(|from| catalog.chain(from, self.permission)).collect()
    }

    /// What counts here now. The owner holds all by owning the site, so that only a partnership's
    /// role counts, and that instead (R10).
    pub(super) fn sources(&self) -> Vec<&Assignment> {
        if self.person == self.ground.owner {
            return self.ground.partnership(self.policy, self.assignments, self.now);
        }
        self.ground.sources(self.policy, self.assignments, self.now)
    }

    /// Whether this one would allow it if it alone counted.
    pub(super) fn allows(&self, it: &Assignment) -> bool {
        let mut held = Held::default();
        self.ground.hold(self.policy, &mut held, it);
        self.ground.effective(self.person, &held).contains(self.permission)
    }

    /// Whether its role takes the permission from whoever does not own the site.
    pub(super) fn takes(&self, it: &Assignment) -> bool {
        self.person != self.ground.owner && self.policy.role(it.role).is_some_and(|held| held.takes.contains(self.permission))
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
            let taker = sources.iter().find(|it| self.takes(it)).filter(|_| sources.iter().any(|it| self.allows(it)));
            if let Some(taker) = taker {
                return Layer::Taken(taker.id);
            }
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

    pub(super) fn builtin(&self, it: &Assignment) -> Option<&BuiltinRole> {
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
}
