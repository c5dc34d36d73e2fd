//! Who can do what, told a second time and as plainly as possible.
//!
//! Sets of names, loops, recursion; no bits, no cache, nothing of the program itself. Slow
//! and obvious on purpose: where it and the engine differ, one of them is wrong.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Names = BTreeSet<String>;

#[derive(Clone, Debug)]
pub(crate) struct Permission {
    pub(crate) id: String,
    pub(crate) requires: Vec<String>,
    pub(crate) app: Option<String>,
}

/// Where a role may be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fits {
    Site,
    Team,
    Both,
}

/// Who is who in a partnership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Partner,
    Client,
}

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) platform: String,
    pub(crate) builtin: bool,
    /// What of the collaborators' ceiling does not bind its holders; only built-in roles have any.
    pub(crate) lifts: Names,
    /// What it takes from its holders, whatever else they hold; only built-in roles take any.
    pub(crate) takes: Names,
    pub(crate) side: Option<Side>,
    pub(crate) fits: Fits,
    /// May name permissions that no catalog knows.
    pub(crate) granted: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everywhere,
    Folder(i64),
    Site(i64),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) id: i64,
    pub(crate) role: i64,
    pub(crate) team: bool,
    pub(crate) scope: Scope,
    /// In microseconds; `None` is always, or for ever.
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) id: i64,
    pub(crate) folder: Option<i64>,
    pub(crate) owner: i64,
    pub(crate) agency_hosts: bool,
    pub(crate) apps: Names,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ceiling {
    pub(crate) site: Names,
    pub(crate) team: Names,
}

/// One platform, one agency, one person.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) platform: String,
    /// Whether nearer roles of the team leave the wider ones standing.
    pub(crate) adds_up: bool,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) ceilings: BTreeMap<String, Ceiling>,
    pub(crate) profile: String,
    pub(crate) roles: BTreeMap<i64, Role>,
    /// Each folder's parent.
    pub(crate) folders: BTreeMap<i64, Option<i64>>,
    pub(crate) sites: Vec<Site>,
    pub(crate) account_owner: i64,
    pub(crate) person: i64,
    pub(crate) assignments: Vec<Assignment>,
}

/// Why not, where that is beyond doubt.
#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    NoAssignment,
    OutOfScope,
    Replaced,
    Taken,
    NotLiveYet(i64),
    Expired(i64),
    Partnership,
    RoleLacksIt,
    Ceiling,
    AppMissing(String),
    RequirementMissing,
}

impl World {
    pub(crate) fn all(&self) -> Names {
        self.permissions.iter().map(|it| it.id.clone()).collect()
    }

    pub(crate) fn permission(&self, id: &str) -> Option<&Permission> {
        self.permissions.iter().find(|it| it.id == id)
    }

    pub(crate) fn requires(&self, id: &str) -> Vec<String> {
        self.permission(id).map(|it| it.requires.clone()).unwrap_or_default()
    }

    /// The known ones of `set` and all that they require.
    pub(crate) fn close(&self, set: &Names) -> Names {
        let mut closed = Names::new();
        for it in set.iter().filter_map(|id| self.permission(id)) {
            closed.insert(it.id.clone());
            closed.extend(self.close(&it.requires.iter().cloned().collect()));
        }
        closed
    }

    pub(crate) fn needs(&self, id: &str, required: &str) -> bool {
        self.close(&Names::from([id.to_owned()])).contains(required)
    }

    pub(crate) fn gives(&self, role: i64) -> Names {
        self.roles.get(&role).filter(|it| it.platform == self.platform).map(|it| self.close(&it.granted)).unwrap_or_default()
    }

    /// Takes out what lacks a requirement, again and again until nothing does.
    fn drop_unmet(&self, mut set: Names) -> Names {
        loop {
            let met = |id: &&String| self.requires(id).iter().all(|it| set.contains(it));
            let kept: Names = set.iter().filter(met).cloned().collect();
            if kept == set {
                return kept;
            }
            set = kept;
        }
    }

    pub(crate) fn lacks_app(&self, site: &Site, id: &str) -> Option<String> {
        self.permission(id).and_then(|it| it.app.clone()).filter(|app| !site.apps.contains(app))
    }

    pub(crate) fn ceiling(&self, team: bool) -> Names {
        let ceiling = self.ceilings.get(&self.profile).cloned().unwrap_or_default();
        if team { ceiling.team } else { ceiling.site }
    }

    /// What keeps the holder of a role from things.
    pub(crate) fn ceiling_over(&self, it: &Assignment) -> Names {
        let lifts = self.roles.get(&it.role).filter(|role| role.builtin && !it.team).map(|role| role.lifts.clone()).unwrap_or_default();
        &self.ceiling(it.team) - &lifts
    }

    /// The role that the owner of a site works with instead of everything.
    pub(crate) fn client_role(&self, site: &Site, now: i64) -> Option<i64> {
        let is_client = |it: &&&Assignment| !it.team && self.roles[&it.role].side == Some(Side::Client);
        self.sources(site, now).iter().find(is_client).map(|it| it.role)
    }

    /// The site itself, its folder, the parent folders, everywhere: nearest first.
    pub(crate) fn scopes_around(&self, site: &Site) -> Vec<Scope> {
        let mut scopes = vec![Scope::Site(site.id)];
        let mut at = site.folder;
        while let Some(folder) = at {
            scopes.push(Scope::Folder(folder));
            at = self.folders.get(&folder).copied().flatten();
        }
        scopes.push(Scope::Everywhere);
        scopes
    }

    pub(crate) fn reaches(&self, site: &Site, it: &Assignment) -> bool {
        let ours = site.owner == self.account_owner || site.agency_hosts;
        let known = self.roles.get(&it.role).is_some_and(|role| role.platform == self.platform);
        known && if it.team { ours && self.scopes_around(site).contains(&it.scope) } else { it.scope == Scope::Site(site.id) }
    }

    /// The assignments that count on a site now.
    pub(crate) fn sources(&self, site: &Site, now: i64) -> Vec<&Assignment> {
        let live: Vec<&Assignment> = self.assignments.iter().filter(|it| self.reaches(site, it) && is_live(it, now)).collect();
        if self.adds_up {
            return live;
        }
        let sources: Vec<&Assignment> = live.iter().copied().filter(|it| !it.team).collect();
        for scope in self.scopes_around(site) {
            let here: Vec<&Assignment> = live.iter().copied().filter(|it| it.team && it.scope == scope).collect();
            if !here.is_empty() {
                return [sources, here].concat();
            }
        }
        sources
    }

    pub(crate) fn access(&self, site: &Site, now: i64) -> Names {
        let has_app = |id: &String| self.lacks_app(site, id).is_none();
        if site.owner == self.person {
            let all = self.client_role(site, now).map_or_else(|| self.all(), |role| self.gives(role));
            return self.drop_unmet(all.into_iter().filter(has_app).collect());
        }
        let mut access = Names::new();
        for it in self.sources(site, now) {
            let ceiling = self.ceiling_over(it);
            let under = self.drop_unmet(self.gives(it.role).into_iter().filter(|id| !ceiling.contains(id)).collect());
            access.extend(self.drop_unmet(under.into_iter().filter(has_app).collect()));
        }
        for team in [false, true] {
            let mut held = Names::new();
            for it in self.sources(site, now).into_iter().filter(|it| it.team == team) {
                held.extend(self.gives(it.role));
            }
            let ceiling = self.ceiling(team);
            let under: Names = self.drop_unmet(held.into_iter().filter(|id| !ceiling.contains(id)).collect());
            access.extend(self.drop_unmet(under.into_iter().filter(has_app).collect()));
        }
        let taken = self.taken(site, now);
        self.drop_unmet(access.into_iter().filter(|id| !taken.contains(id)).collect())
    }

    /// What the roles that count here take, whatever the others give.
    pub(crate) fn taken(&self, site: &Site, now: i64) -> Names {
        self.sources(site, now).iter().flat_map(|it| self.roles[&it.role].takes.clone()).collect()
    }

    /// Why the person lacks it; `None` where two answers are equally true.
    pub(crate) fn refusal(&self, site: &Site, id: &str, now: i64) -> Option<Refusal> {
        if site.owner == self.person {
            if self.client_role(site, now).is_some_and(|role| !self.gives(role).contains(id)) {
                return Some(Refusal::Partnership);
            }
            return Some(self.lacks_app(site, id).map_or(Refusal::RequirementMissing, Refusal::AppMissing));
        }
        if self.assignments.is_empty() {
            return Some(Refusal::NoAssignment);
        }
        let sources = self.sources(site, now);
        let givers: Vec<&&Assignment> = sources.iter().filter(|it| self.gives(it.role).contains(id)).collect();
        let taken = self.taken(site, now);
        if taken.iter().any(|it| self.needs(id, it)) && !givers.is_empty() {
            let blocks =
                |it: &String| self.ceiling(true).contains(it) || self.ceiling(false).contains(it) || self.lacks_app(site, it).is_some();
            let takers = givers.iter().filter(|it| !self.roles[&it.role].takes.is_empty()).count();
            let is_free = takers == 0 && !self.close(&Names::from([id.to_owned()])).iter().any(blocks);
            return is_free.then_some(Refusal::Taken);
        }
        if let Some(first) = givers.first() {
            let capped = givers.iter().filter(|it| self.ceiling_over(it).contains(id)).count();
            return match (self.lacks_app(site, id), capped) {
                (None, n) if n == givers.len() => Some(Refusal::Ceiling),
                (Some(app), 0) => Some(Refusal::AppMissing(app)),
                (None, 0) if givers.iter().all(|it| it.team == first.team) => Some(Refusal::RequirementMissing),
                _ => None,
            };
        }
        let reaching: Vec<&Assignment> = self.assignments.iter().filter(|it| self.reaches(site, it)).collect();
        if reaching.is_empty() {
            return Some(Refusal::OutOfScope);
        }
        let giving: Vec<&&Assignment> = reaching.iter().filter(|it| self.gives(it.role).contains(id)).collect();
        if giving.is_empty() && !sources.is_empty() {
            return Some(Refusal::RoleLacksIt);
        }
        if giving.iter().any(|it| is_live(it, now)) {
            let blocks = |it: &String| self.ceiling(true).contains(it) || self.lacks_app(site, it).is_some();
            return (!self.close(&Names::from([id.to_owned()])).iter().any(blocks)).then_some(Refusal::Replaced);
        }
        let elsewhere = giving.is_empty() && self.assignments.iter().any(|it| self.gives(it.role).contains(id));
        let dead: Vec<&Assignment> = if giving.is_empty() { reaching } else { giving.into_iter().copied().collect() };
        let over = |it: &&Assignment| it.until.is_some_and(|until| until <= now);
        let ahead = |it: &&Assignment| it.since.is_some_and(|since| now < since);
        match (dead.iter().any(over), dead.iter().any(ahead)) {
            _ if elsewhere => None,
            (true, false) => dead.iter().filter_map(|it| it.until).max().map(Refusal::Expired),
            (false, true) => dead.iter().filter_map(|it| it.since).min().map(Refusal::NotLiveYet),
            _ => None,
        }
    }
}

/// From `since` until just before `until`.
pub(crate) fn is_live(it: &Assignment, now: i64) -> bool {
    it.since.is_none_or(|since| since <= now) && it.until.is_none_or(|until| now < until)
}
