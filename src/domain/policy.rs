//! The rules of one workspace, loaded: catalogs, roles, folders, ceiling profiles.
//!
//! A policy is everything that access depends on besides a person's assignments and
//! a site's row. It is small (roles and folders, not people and sites), so a screen
//! keeps one in memory and reloads it when another process changed it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::builtin;
use super::catalog::{BuiltinRole, Catalog, Ceiling, DEFAULT_CEILING, Side, Template};
use super::ids::{FolderId, PersonId, RoleId, TEMPLATES};
use super::perm_set::{PermId, PermSet};
use super::text;
use super::things::{Folder, Level, Role};
use super::time::Zone;

/// How many folders may lie one in another.
pub const MAX_DEPTH: usize = 50;

/// R8: the ceiling profile of each platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// Of every platform that has none of its own.
    all: String,
    own: BTreeMap<String, String>,
}

impl Ceilings {
    pub fn new(all: String, own: BTreeMap<String, String>) -> Ceilings {
        Ceilings { all, own }
    }

    pub fn of(&self, platform: &str) -> &str {
        self.own.get(platform).unwrap_or(&self.all)
    }

    fn put(&mut self, platform: Option<&str>, profile: Option<&str>) {
        match (platform, profile) {
            (Some(platform), Some(profile)) => drop(self.own.insert(platform.to_owned(), profile.to_owned())),
            (Some(platform), None) => drop(self.own.remove(platform)),
            (None, profile) => profile.unwrap_or(DEFAULT_CEILING).clone_into(&mut self.all),
        }
    }
}

impl From<String> for Ceilings {
    fn from(all: String) -> Ceilings {
        Ceilings::new(all, BTreeMap::new())
    }
}

/// A role with its permissions resolved against its platform's catalog.
#[derive(Clone, Debug)]
pub struct HeldRole {
    pub role: Arc<Role>,
    /// What was granted: a built-in role's from the catalog, a custom one's from its row.
    pub granted: PermSet,
    /// `granted` with all that it requires.
    pub closed: PermSet,
    /// R10: the side of a partnership that it stands for.
    pub side: Option<Side>,
    /// R8: what the ceiling of site level leaves of `closed`, of a role that lifts some of it; of others nothing.
    pub(super) lifted: PermSet,
    /// R6: what it takes from whoever holds it, whatever else they hold.
    pub takes: PermSet,
    platform: usize,
}

impl HeldRole {
    /// Whether it is none yet.
    pub fn is_template(&self) -> bool {
        self.role.id.0 <= TEMPLATES
    }

    /// What an offer of this role notes down: a role of one's own may change before it is accepted.
    pub fn offered(&self) -> Option<BTreeSet<String>> {
        (!self.role.builtin).then(|| self.role.permissions.clone())
    }
}

/// The keys of roles, and their names as they are compared.
#[derive(Clone, Debug)]
pub struct TakenNames {
    keys: HashSet<String>,
    names: HashSet<String>,
}

impl TakenNames {
    /// The key and the name, with a number behind them where a role has one of the two.
    pub fn free(&self, key: &str, name: &str) -> Option<(String, String)> {
        let is_free = |key: &str, name: &str| !self.keys.contains(key) && !self.names.contains(&text::name_key(name));
        (1..100)
            .map(|n| {
                let more = if n == 1 { String::new() } else { format!("-{n}") };
                (format!("{key}{more}"), format!("{name}{more}"))
            })
            .find(|(key, name)| is_free(key, name) && text::key("role key", key).is_ok())
    }
}

#[derive(Clone, Debug)]
struct Platform {
    catalog: Arc<Catalog>,
    ceiling: Ceiling,
}

#[derive(Clone, Debug)]
pub struct Policy {
    /// The workspace's name.
    pub name: String,
    /// The account owner.
    pub owner: PersonId,
    pub ceilings: Ceilings,
    /// In which the agency reckons its days.
    pub zone: Zone,
    platforms: Vec<Platform>,
    /// INVARIANT: `roles[i]` is the role numbered i, so that a look-up is an index.
    roles: Arc<Vec<Option<HeldRole>>>,
    /// Those that are staged: their numbers are negative.
    new_roles: Arc<BTreeMap<RoleId, HeldRole>>,
    /// Made when they are first asked for: most answers need none.
    templates: OnceLock<Arc<[HeldRole]>>,
    /// Shared: a copy of a policy is made often and changed seldom.
    folders: Arc<HashMap<FolderId, Folder>>,
}

impl Policy {
    pub fn new(name: String, owner: PersonId, ceilings: impl Into<Ceilings>, catalogs: Vec<Arc<Catalog>>) -> Policy {
        let ceilings = ceilings.into();
        let ceiling = |catalog: &Catalog| catalog.ceiling(ceilings.of(&catalog.platform));
        let platforms = catalogs.into_iter().map(|catalog| Platform { ceiling: ceiling(&catalog), catalog }).collect();
        Policy {
            name,
            owner,
            ceilings,
            zone: Zone::default(),
            platforms,
            roles: Arc::default(),
            new_roles: Arc::default(),
            templates: OnceLock::new(),
            folders: Arc::default(),
        }
    }

    /// The same policy under another ceiling profile of one platform, or (`None`) of those that have
    /// none of their own; without a profile, the platform has none of its own any more.
    pub fn with_ceiling(mut self, platform: Option<&str>, profile: Option<&str>) -> Policy {
        self.ceilings.put(platform, profile);
        for platform in &mut self.platforms {
            platform.ceiling = platform.catalog.ceiling(self.ceilings.of(&platform.catalog.platform));
        }
        let new = Arc::make_mut(&mut self.new_roles).values_mut();
        for held in Arc::make_mut(&mut self.roles).iter_mut().flatten().chain(new) {
            if let Some(platform) = self.platforms.get(held.platform) {
                held.lifted = platform.lifted(&held.role, held.closed);
            }
        }
        self
    }

    /// The same without a permission among what a role grants.
    #[must_use]
    pub fn without_grant(&self, role: RoleId, permission: PermId) -> Policy {
        let Some((held, catalog)) = self.role(role).and_then(|it| Some((it, self.catalog(&it.role.platform)?))) else {
            return self.clone();
        };
        if held.role.builtin {
            return self.with_catalog(catalog.without_grant(&held.role.key, permission));
        }
        let mut policy = self.clone();
        policy.put_role(catalog.with_granted(&held.role, held.granted - PermSet::of(permission)));
        policy
    }

    /// The same without one permission's requirement of another one.
    #[must_use]
    pub fn without_requirement(&self, platform: &str, permission: PermId, required: PermId) -> Policy {
        self.catalog(platform).map_or_else(|| self.clone(), |it| self.with_catalog(it.without_requirement(permission, required)))
    }

    /// The same without a permission among what the ceiling keeps from a level.
    #[must_use]
    pub fn without_ceiling(&self, platform: &str, level: Level, permission: PermId) -> Policy {
        let Some(catalog) = self.catalog(platform) else { return self.clone() };
        let profile = Some(self.ceilings.of(platform)).filter(|it| catalog.ceilings.contains_key(*it)).unwrap_or(DEFAULT_CEILING);
        self.with_catalog(catalog.without_ceiling(profile, level, permission))
    }

    /// The same with another catalog of a platform.
    fn with_catalog(&self, catalog: Catalog) -> Policy {
        let mut policy = self.clone();
        let Some(at) = self.platform_index(&catalog.platform) else { return policy };
        let ceiling = catalog.ceiling(self.ceilings.of(&catalog.platform));
        policy.platforms[at] = Platform { catalog: Arc::new(catalog), ceiling };
        policy.templates = OnceLock::new();
        for it in self.roles().filter(|it| it.platform == at) {
            policy.put_role(Role::clone(&it.role));
        }
        policy
    }

    /// Adds or replaces a role. A role of a platform without a catalog grants nothing.
    pub fn put_role(&mut self, role: Role) {
        let platform = self.platform_index(&role.platform);
        let known = platform.map(|at| &self.platforms[at]);
        let builtin = known.and_then(|it| it.builtin(&role));
        let granted = match (known, builtin) {
            (_, Some(builtin)) => builtin.grants,
            (Some(known), None) => known.catalog.set_of(&role.permissions),
            (None, None) => PermSet::EMPTY,
        };
        let closed = known.map_or(PermSet::EMPTY, |it| it.catalog.close(granted));
        let lifted = known.map_or(PermSet::EMPTY, |it| it.lifted(&role, closed));
        let side = builtin.and_then(|it| it.partnership);
        let takes = builtin.map_or(PermSet::EMPTY, |it| it.takes);
        let (id, platform) = (role.id, platform.unwrap_or(usize::MAX));
        let held = HeldRole { role: Arc::new(role), granted, closed, side, lifted, takes, platform };
        let Ok(at) = usize::try_from(id.0) else {
            Arc::make_mut(&mut self.new_roles).insert(id, held);
            return;
        };
        let roles = Arc::make_mut(&mut self.roles);
        if roles.len() <= at {
            roles.resize(at + 1, None);
        }
        roles[at] = Some(held);
    }

    /// A number that no role has.
    pub fn spare_role(&self) -> RoleId {
        RoleId(i64::try_from(self.roles.len()).unwrap_or(i64::MAX).max(1))
    }

    pub fn remove_role(&mut self, id: RoleId) {
        if self.new_roles.contains_key(&id) {
            Arc::make_mut(&mut self.new_roles).remove(&id);
        }
        if let Some(slot) = usize::try_from(id.0).ok().and_then(|at| Arc::make_mut(&mut self.roles).get_mut(at)) {
            *slot = None;
        }
    }

    pub fn put_folder(&mut self, folder: Folder) {
        Arc::make_mut(&mut self.folders).insert(folder.id, folder);
    }

    pub fn remove_folder(&mut self, id: FolderId) {
        Arc::make_mut(&mut self.folders).remove(&id);
    }

    pub fn role(&self, id: RoleId) -> Option<&HeldRole> {
        match usize::try_from(id.0) {
            Ok(at) => self.roles.get(at)?.as_ref(),
            Err(_) if id.0 <= TEMPLATES => self.templates().get(usize::try_from(TEMPLATES - id.0).ok()?),
            Err(_) => self.new_roles.get(&id),
        }
    }

    /// The templates of every catalog, each as a role that nobody can hold: they stand in no list of roles.
    pub fn templates(&self) -> &[HeldRole] {
        self.templates.get_or_init(|| {
            let all =
                self.platforms.iter().enumerate().flat_map(|(at, it)| it.catalog.templates.iter().map(move |template| (at, template)));
            (0..).zip(all).map(|(n, (at, it))| self.as_held(RoleId(TEMPLATES - n), at, it)).collect()
        })
    }

    fn as_held(&self, id: RoleId, platform: usize, it: &Template) -> HeldRole {
        let catalog = &self.platforms[platform].catalog;
        let (key, name, about) = (it.key.clone(), it.name.clone(), it.when.clone());
        let permissions = catalog.names(it.grants).into_iter().collect();
        let role = Role { id, key, name, about, platform: catalog.platform.clone(), level: it.level, permissions, builtin: false };
        HeldRole {
            role: Arc::new(role),
            granted: it.grants,
            closed: catalog.close(it.grants),
            side: None,
            lifted: PermSet::EMPTY,
            takes: PermSet::EMPTY,
            platform,
        }
    }

    /// The catalog's own entry of a template.
    pub fn template(&self, held: &HeldRole) -> Option<&Template> {
        let catalog = &self.platforms.get(held.platform)?.catalog;
        catalog.templates.iter().find(|it| held.is_template() && it.key == held.role.key)
    }

    /// The role that was made of a template under its own key.
    pub fn made_of(&self, template: &HeldRole) -> Option<&HeldRole> {
        self.roles().find(|it| it.platform == template.platform && it.role.key == template.role.key)
    }

    /// Every role, in the order of their numbers, those that are staged behind the others.
    pub fn roles(&self) -> impl Iterator<Item = &HeldRole> {
        self.roles.iter().flatten().chain(self.new_roles.values())
    }

    /// The only role that is called so.
    pub fn find_role(&self, text: &str) -> Option<&HeldRole> {
        if let [only] = self.roles_called(text, None)[..] { Some(only) } else { None }
    }

    /// The roles that are called so, of one platform where it is named: by what they are called wherever a role is named, else by
    /// their key on their platform, else by their name.
    pub fn roles_called(&self, text: &str, platform: Option<&str>) -> Vec<&HeldRole> {
        let those = |is_so: &dyn Fn(&Role) -> bool| -> Vec<&HeldRole> {
            self.roles().filter(|it| platform.is_none_or(|only| it.role.platform == only) && is_so(&it.role)).collect()
        };
        let ways: [&dyn Fn(&Role) -> bool; 3] =
            [&|it| it.key == text, &|it| it.own_key() == text, &|it| it.name.eq_ignore_ascii_case(text)];
        ways.into_iter().map(those).find(|it| !it.is_empty()).unwrap_or_default()
    }

    pub fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.folders.get(&id)
    }

    pub fn folders(&self) -> impl Iterator<Item = &Folder> {
        self.folders.values()
    }

    /// The folder and its parents, nearest first. A damaged tree ends the walk.
    pub fn path(&self, folder: Option<FolderId>) -> Vec<FolderId> {
        let mut path = Vec::new();
        let mut at = folder;
        while let Some(id) = at.filter(|id| !path.contains(id)) {
            path.push(id);
            at = self.folder(id).and_then(|it| it.parent);
        }
        path
    }

    /// Whether a folder is this other one, or lies in it.
    pub fn lies_in(&self, folder: FolderId, other: FolderId) -> bool {
        let parent = |it: &FolderId| self.folder(*it).and_then(|it| it.parent);
        std::iter::successors(Some(folder), parent).take(MAX_DEPTH).any(|it| it == other)
    }

    /// A folder that lies in itself, or deeper than [`MAX_DEPTH`]; the first by key.
    pub fn lost_folder(&self) -> Option<&Folder> {
        // Not the whole way up: what is not at the top by then lies too deep, or in itself.
        let up = |it: &Folder| std::iter::successors(Some(it), |it| self.folder(it.parent?)).take(MAX_DEPTH + 1).count();
        self.folders().filter(|it| up(it) > MAX_DEPTH).min_by(|a, b| a.key.cmp(&b.key))
    }

    pub fn catalogs(&self) -> impl Iterator<Item = &Arc<Catalog>> {
        self.platforms.iter().map(|it| &it.catalog)
    }

    /// Every platform that something can be of: those in use, then those that the program knows besides.
    pub fn platforms_there_are(&self) -> Vec<&str> {
        let used: Vec<&str> = self.catalogs().map(|it| it.platform.as_str()).collect();
        let others = builtin::platforms().filter(|it| !used.contains(it)).collect();
        [used, others].concat()
    }

    pub fn catalog(&self, platform: &str) -> Option<&Arc<Catalog>> {
        self.platform_index(platform).map(|at| &self.platforms[at].catalog)
    }

    pub fn ceiling_of(&self, platform: &str) -> Ceiling {
        self.platform_index(platform).map_or_else(Ceiling::default, |at| self.platforms[at].ceiling)
    }

    /// The catalog's own entry of a built-in role.
    pub fn builtin(&self, held: &HeldRole) -> Option<&BuiltinRole> {
        self.platforms.get(held.platform)?.builtin(&held.role)
    }

    /// Whether somebody new can be given it, by hand.
    pub fn is_assignable(&self, held: &HeldRole) -> bool {
        self.builtin(held).is_none_or(BuiltinRole::is_assignable)
    }

    /// A key and a name that no role has: these, or the first that are free with a number behind them.
    pub fn free_name(&self, key: &str, name: &str) -> Option<(String, String)> {
        self.taken_names().free(key, name)
    }

    /// What roles are called: for many questions after a free name.
    pub fn taken_names(&self) -> TakenNames {
        let (keys, names) = self.roles().map(|it| (it.role.key.clone(), text::name_key(&it.role.name))).unzip();
        TakenNames { keys, names }
    }

    pub(super) fn platform_index(&self, platform: &str) -> Option<usize> {
        self.platforms.iter().position(|it| it.catalog.platform == platform)
    }

    pub(super) fn catalog_at(&self, platform: usize) -> &Arc<Catalog> {
        &self.platforms[platform].catalog
    }

    pub(super) fn ceiling_at(&self, platform: usize) -> Ceiling {
        self.platforms[platform].ceiling
    }
}

impl Platform {
    /// The catalog's own entry of a role of this platform.
    fn builtin(&self, role: &Role) -> Option<&BuiltinRole> {
        role.builtin.then(|| self.catalog.role(&role.key)).flatten()
    }

    /// What [`HeldRole::lifted`] is.
    fn lifted(&self, role: &Role, closed: PermSet) -> PermSet {
        let lifting = self.builtin(role).filter(|it| !it.lifts.is_empty());
        lifting.map_or(PermSet::EMPTY, |it| closed - self.catalog.cut(it.bound(self.ceiling, Level::Site)))
    }
}

impl HeldRole {
    /// Whether the role says anything about sites of the policy's platform `at`.
    pub(super) fn is_of(&self, at: usize) -> bool {
        self.platform == at
    }
}
