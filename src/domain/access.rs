//! Who can do what on one site: effective access (R4–R6).
//!
//! Per level: close the union of the roles, subtract the ceiling, drop what lost a
//! requirement, drop what needs an absent app and its dependants. Because the union
//! is closed, all three subtractions are one: a permission falls exactly when its
//! closure meets the ceiling or an absent app, so [`Ground`] computes one mask per
//! level and the rest is `union − mask`.
//!
//! Three things stand beside that. A built-in role may lift entries of the ceiling (R8): what
//! is left of it then is reckoned once, where the policy is loaded. One may take something from
//! whoever holds it, whatever else they hold. And an owner who holds the client's role of a
//! partnership works with that instead of with everything (R10).

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::catalog::{Adds, Catalog, Side};
use super::ids::{FolderId, PersonId, RoleId, SiteId};
use super::perm_set::PermSet;
use super::policy::Policy;
use super::things::{Assignment, Host, Level, Scope, Site, SiteStatus};

/// What holds for everybody on one site.
#[derive(Clone, Debug)]
pub struct Ground {
    pub catalog: Arc<Catalog>,
    pub site: SiteId,
    pub owner: PersonId,
    /// Whether team-level assignments count here: the agency owns or hosts the site.
    pub has_team: bool,
    platform: usize,
    /// The site's folder and its parents, nearest first.
    path: Vec<FolderId>,
    cut: Cut,
}

/// What a level cannot hold on a site: ceiling and absent apps, with all dependants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub site: PermSet,
    pub team: PermSet,
    pub owner: PermSet,
    /// The owner's, while a partnership lasts.
    pub client: PermSet,
}

impl Ground {
    /// `None` where the site's platform has no catalog: nothing is known, nobody can.
    pub fn new(policy: &Policy, site: &Site) -> Option<Ground> {
        let platform = policy.platform_index(&site.platform)?;
        Ground::with_cut(policy, site, policy.cut(platform, &site.apps)).filter(|it| it.platform == platform)
    }

    /// The same with a mask already at hand: many sites share one set of apps.
    pub fn with_cut(policy: &Policy, site: &Site, cut: Cut) -> Option<Ground> {
        let platform = policy.platform_index(&site.platform)?;
        Some(Ground {
            catalog: Arc::clone(policy.catalog_at(platform)),
            site: site.id,
            owner: site.owner,
            has_team: site.owner == policy.owner || site.host == Host::Agency,
            platform,
            path: policy.path(site.folder),
            cut,
        })
    }

    /// The site's folder and its parents, nearest first.
    pub fn path(&self) -> &[FolderId] {
        &self.path
    }

    /// The same place with the apps of another ground of its platform.
    pub fn with_apps_of(&self, other: &Ground) -> Ground {
        Ground { cut: other.cut, ..self.clone() }
    }

    /// The site's folder.
    pub fn folder(&self) -> Option<FolderId> {
        self.path.first().copied()
    }

    /// What a level cannot hold here.
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// How near a scope is to this site, all alike where the platform's roles add up; `None` where it does not reach it.
    pub fn nearness(&self, scope: Scope) -> Option<usize> {
        let near = match scope {
            Scope::Site(site) => (site == self.site).then_some(0),
            Scope::Folder(folder) => self.path.iter().position(|it| *it == folder).map(|at| at + 1),
            Scope::Everywhere => Some(usize::MAX),
        };
        match self.catalog.adds {
            Adds::Nearest => near,
            Adds::All => near.map(|_| 0),
        }
    }

    /// R4, R5: the assignments of one person that count here now. `assignments` may hold
    /// any of the person's.
    pub fn sources<'a>(&self, policy: &Policy, assignments: &'a [Assignment], now: DateTime<Utc>) -> Vec<&'a Assignment> {
        let counts = |it: &&Assignment| self.reaches(policy, it) && it.is_live(now);
        let mut live: Vec<&Assignment> = assignments.iter().filter(counts).collect();
        let team = live.iter().filter(|it| it.level == Level::Team);
        let nearest = team.filter_map(|it| self.nearness(it.scope)).min();
        live.retain(|it| it.level == Level::Site || self.nearness(it.scope) == nearest);
        live
    }

    /// R10: of the owner's assignments that count here now, those that make them the client of a
    /// partnership; nobody owns by an assignment, so that the others give the owner nothing.
    pub fn partnership<'a>(&self, policy: &Policy, assignments: &'a [Assignment], now: DateTime<Utc>) -> Vec<&'a Assignment> {
        let client = |it: &&Assignment| it.level == Level::Site && policy.role(it.role).is_some_and(|held| held.side == Some(Side::Client));
        self.sources(policy, assignments, now).into_iter().filter(client).collect()
    }

    /// Whether the assignment could count here, its dates and nearer ones aside.
    pub fn reaches(&self, policy: &Policy, it: &Assignment) -> bool {
        let level = match it.level {
            Level::Site => it.scope == Scope::Site(self.site),
            Level::Team => self.has_team && self.nearness(it.scope).is_some(),
        };
        level && policy.role(it.role).is_some_and(|held| held.is_of(self.platform))
    }

    /// R6: what the person can do here now.
    pub fn access(&self, policy: &Policy, person: PersonId, assignments: &[Assignment], now: DateTime<Utc>) -> PermSet {
        let mut held = Held::default();
        for it in assignments.iter().filter(|it| it.is_live(now)) {
            self.hold(policy, &mut held, it);
        }
        self.effective(person, &held)
    }

    /// Adds one live assignment to what is held here. The order does not matter.
    pub fn hold(&self, policy: &Policy, held: &mut Held, it: &Assignment) {
        self.hold_role(policy, held, it.role, it.level, it.scope);
    }

    /// The same from its parts.
    pub fn hold_role(&self, policy: &Policy, held: &mut Held, role: RoleId, level: Level, scope: Scope) {
        let Some(role) = policy.role(role).filter(|role| role.is_of(self.platform)) else { return };
        match level {
            Level::Site if scope == Scope::Site(self.site) => {
                held.site |= role.closed;
                held.lifted |= role.lifted;
                held.taken |= role.takes;
                held.is_client |= role.side == Some(Side::Client);
            }
            Level::Team if self.has_team => {
                let Some(near) = self.nearness(scope) else { return };
                held.hold_team(near, role.closed, role.takes);
            }
            Level::Site | Level::Team => {}
        }
    }

    /// What a role alone gives here at a level to somebody who does not own the site; nothing where it does not count.
    pub fn gives(&self, policy: &Policy, role: RoleId, level: Level) -> PermSet {
        let mut held = Held::default();
        self.hold_role(policy, &mut held, role, level, Scope::Site(self.site));
        self.left(&held)
    }

    /// Whether a role of one's own can give all of a closed set here at a level.
    pub fn can_give(&self, closed: PermSet, level: Level) -> bool {
        match level {
            Level::Site => !closed.intersects(&self.cut.site),
            Level::Team => self.has_team && !closed.intersects(&self.cut.team),
        }
    }

    /// What is left of it under ceiling and apps; the owner has all that the apps allow, or all
    /// that they allow the client of a partnership.
    pub fn effective(&self, person: PersonId, held: &Held) -> PermSet {
        if person == self.owner {
            return self.catalog.everything() - if held.is_client { self.cut.client } else { self.cut.owner };
        }
        self.left(held)
    }

    fn left(&self, held: &Held) -> PermSet {
        ((held.site - self.cut.site) | (held.lifted - self.cut.owner) | (held.team - self.cut.team)) - (held.taken | held.team_taken)
    }
}

/// The closed union of one person's roles on one site, by level.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    pub site: PermSet,
    /// What the ceiling leaves of the roles that lift some of it.
    lifted: PermSet,
    /// What roles of site level among them take, whatever the others give, and what those of the team that count do.
    taken: PermSet,
    team_taken: PermSet,
    /// Whether the client's role of a partnership is among them.
    is_client: bool,
    team: PermSet,
    /// Nearness of the scope that `team` comes from; `None` as long as there is none.
    nearest: Option<usize>,
}

impl Held {
    /// Adds what the same person holds besides, by other assignments.
    pub fn join(&mut self, other: &Held) {
        self.site |= other.site;
        self.lifted |= other.lifted;
        self.taken |= other.taken;
        self.is_client |= other.is_client;
        if let Some(near) = other.nearest {
            self.hold_team(near, other.team, other.team_taken);
        }
    }

    fn hold_team(&mut self, near: usize, closed: PermSet, takes: PermSet) {
        if self.nearest.is_some_and(|nearest| nearest < near) {
            return;
        }
        if self.nearest != Some(near) {
            (self.team, self.team_taken, self.nearest) = (PermSet::EMPTY, PermSet::EMPTY, Some(near));
        }
        self.team |= closed;
        self.team_taken |= takes;
    }
}

impl Policy {
    /// The masks of a site with these apps, on the platform numbered `platform`.
    fn cut(&self, platform: usize, apps: &[String]) -> Cut {
        let (catalog, ceiling) = (self.catalog_at(platform), self.ceiling_at(platform));
        let owner = catalog.cut(catalog.missing_apps(apps));
        Cut { site: owner | catalog.cut(ceiling.site), team: owner | catalog.cut(ceiling.team), owner, client: owner | catalog.withheld() }
    }

    /// The masks of a site with these apps.
    pub fn cut_for(&self, site: &Site) -> Option<Cut> {
        self.platform_index(&site.platform).map(|at| self.cut(at, &site.apps))
    }
}

/// What somebody holds of one platform at the level of the account: by team-level roles that are
/// given everywhere.
pub fn at_account(policy: &Policy, catalog: &Catalog, person: PersonId, held: &[Assignment], at: DateTime<Utc>) -> PermSet {
    Ground::new(policy, &any_site(policy, catalog, None)).map_or(PermSet::EMPTY, |it| it.access(policy, person, held, at))
}

/// A site as it may come to lie in a folder: the agency's, with every app.
pub fn any_site(policy: &Policy, catalog: &Catalog, folder: Option<FolderId>) -> Site {
    let bare = Site {
        id: SiteId(0),
        key: String::new(),
        name: String::new(),
        url: String::new(),
        platform: catalog.platform.clone(),
        folder,
        owner: policy.owner,
        host: Host::Agency,
        apps: Vec::new(),
        status: SiteStatus::Draft,
        editor: None,
    };
    with_everything(catalog, bare)
}

/// The same site as the team may come to work on it, with every app.
pub fn with_everything(catalog: &Catalog, site: Site) -> Site {
    Site { host: Host::Agency, apps: catalog.apps.iter().map(|(app, _)| app.clone()).collect(), ..site }
}
