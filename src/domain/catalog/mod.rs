//! What permissions exist on one platform, what they require, and which roles come built in.
//!
//! A catalog is data: a TOML file of `assets/catalogs/`, or a `catalog` record of a
//! bundle. Both become a [`CatalogData`], which [`Catalog::build`] checks and closes
//! once, so that every later question is a look-up.

mod build;
mod without;
mod written;

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::deed::Deed;
use super::perm_set::{PermId, PermSet};
use super::things::{Level, Role, RoleLevel};

pub use build::CatalogError;
pub use written::{
    AccessData, Adds, AssetData, CatalogData, CeilingData, Certainty, EditorData, Kind, PermissionData, ProfileData, Risk, RoleData,
    Sensitivity, SeparateData, Side, TemplateData, Way,
};

/// The profile that a workspace starts with (facts §4.8).
pub const DEFAULT_CEILING: &str = "strict";

/// A permission as the program uses it.
#[derive(Clone, Debug)]
pub struct Permission {
    pub id: String,
    pub label: String,
    pub about: String,
    /// Position in [`Catalog::categories`].
    pub category: usize,
    /// What it requires directly.
    pub requires: Vec<PermId>,
    pub app: Option<String>,
    pub sensitivity: Sensitivity,
    pub risk: Vec<Risk>,
    /// What it is about, where its catalog says so.
    pub kind: Option<Kind>,
    /// No source says that it is one.
    pub inferred: bool,
}

impl Permission {
    /// Whether a reviewer wants to see it first.
    pub fn is_sensitive(&self) -> bool {
        self.sensitivity != Sensitivity::None || self.risk.iter().any(|it| matches!(it, Risk::Destroys | Risk::Spends | Risk::Widens))
    }
}

#[derive(Clone, Debug)]
pub struct Category {
    pub name: String,
    pub members: PermSet,
    /// Whether the platform's published table has a column for it.
    pub published: bool,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the file")]
pub struct BuiltinRole {
    /// As [`super::reference`] has it.
    pub key: String,
    pub name: String,
    pub level: RoleLevel,
    pub group: String,
    pub about: String,
    pub app: Option<String>,
    pub grants: PermSet,
    pub deprecated: bool,
    /// INVARIANT: names a role of the same catalog.
    pub instead: Option<String>,
    pub keeps: bool,
    pub owner: bool,
    pub machine: bool,
    pub lifts: PermSet,
    /// What it takes from whoever holds it, with all that requires it.
    pub takes: PermSet,
    /// Of what it grants, what no source says.
    pub inferred: PermSet,
    pub partnership: Option<Side>,
}

impl BuiltinRole {
    /// Whether somebody new can be given it, by hand.
    pub fn is_assignable(&self) -> bool {
        !self.owner && !self.machine && !self.deprecated && self.partnership.is_none()
    }

    /// R8: what of a ceiling binds its holders at a level.
    pub fn bound(&self, ceiling: Ceiling, level: Level) -> PermSet {
        match level {
            Level::Site => ceiling.site - self.lifts,
            Level::Team => ceiling.team,
        }
    }
}

/// Permissions that a level can never hold, whatever the role.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ceiling {
    pub site: PermSet,
    pub team: PermSet,
}

impl Ceiling {
    pub fn at(&self, level: Level) -> PermSet {
        match level {
            Level::Site => self.site,
            Level::Team => self.team,
        }
    }
}

/// Permissions by their ids: asked thousands of times before anything is answered.
type ById = HashMap<String, PermId, RandomState>;

/// One platform, checked and closed. Immutable.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub platform: String,
    pub name: String,
    pub source: String,
    pub as_of: String,
    pub certainty: Option<Certainty>,
    /// What it cannot say.
    pub about: String,
    pub adds: Adds,
    /// Groups of roles of which somebody holds one on a site.
    pub one: Vec<String>,
    /// How somebody gets in, where that is the same for every kind of thing.
    pub access: Option<Box<AccessData>>,
    /// The kinds of things; none where there is but one.
    pub assets: Vec<AssetData>,
    pub categories: Vec<Category>,
    pub apps: Vec<(String, PermSet)>,
    pub ceilings: BTreeMap<String, Ceiling>,
    /// The permission without which nobody can bring changes of a site out.
    pub publish: Option<PermId>,
    pub editors: Vec<Editor>,
    pub separate: Vec<Separate>,
    /// R11: the permission that allows a deed; what is not named is the owner's alone.
    pub authority: BTreeMap<Deed, PermId>,
    pub roles: Vec<BuiltinRole>,
    pub templates: Vec<Template>,
    permissions: Vec<Permission>,
    by_id: ById,
    /// INVARIANT: `closure[p]` holds p and everything p requires, directly or not;
    /// `dependants[p]` holds p and everything that requires p.
    closure: Vec<PermSet>,
    dependants: Vec<PermSet>,
    everything: PermSet,
    withheld: PermSet,
}

/// [`EditorData`], checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    pub name: String,
    pub permission: PermId,
    pub together: bool,
}

/// [`SeparateData`], checked.
///
/// INVARIANT: neither of the two requires the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separate {
    pub permissions: [PermId; 2],
    pub reason: String,
}

/// [`TemplateData`], checked.
///
/// INVARIANT: its key is that of no other template and of no built-in role of the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Made of its name.
    pub key: String,
    pub name: String,
    pub when: String,
    pub level: RoleLevel,
    pub grants: PermSet,
    pub days: Option<u32>,
}

impl Catalog {
    pub fn len(&self) -> usize {
        self.permissions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.permissions.is_empty()
    }

    pub fn ids(&self) -> impl Iterator<Item = PermId> + use<> {
        ids(self.permissions.len())
    }

    /// Every permission of the catalog.
    pub fn everything(&self) -> PermSet {
        self.everything
    }

    /// Those of which it is so.
    pub fn those(&self, is_so: impl Fn(&Permission) -> bool) -> PermSet {
        self.ids().filter(|id| is_so(self.get(*id))).collect()
    }

    pub fn get(&self, id: PermId) -> &Permission {
        &self.permissions[id.index()]
    }

    pub fn find(&self, id: &str) -> Option<PermId> {
        self.by_id.get(id).copied()
    }

    /// The permission with this id, or the only one with this label.
    pub fn lookup(&self, text: &str) -> Option<PermId> {
        self.find(text).or_else(|| {
            let mut same = self.ids().filter(|id| self.get(*id).label.eq_ignore_ascii_case(text));
            let only = same.next()?;
            same.next().is_none().then_some(only)
        })
    }

    pub fn role(&self, key: &str) -> Option<&BuiltinRole> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// The role of one side of a partnership, on platforms that have such.
    pub fn side(&self, side: Side) -> Option<&BuiltinRole> {
        self.roles.iter().find(|role| role.partnership == Some(side))
    }

    /// R10: what a site's owner cannot do while a partnership lasts.
    pub fn withheld(&self) -> PermSet {
        self.withheld
    }

    /// The known ones of a list of text ids; the unknown are left out.
    pub fn set_of<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> PermSet {
        ids.into_iter().filter_map(|id| self.find(id)).collect()
    }

    /// Text ids of a set, in catalog order.
    pub fn names(&self, set: PermSet) -> Vec<String> {
        set.iter().map(|id| self.get(id).id.clone()).collect()
    }

    /// The role with this list; what the catalog does not know of it stays.
    pub fn with_granted(&self, role: &Role, granted: PermSet) -> Role {
        let unknown = role.permissions.iter().filter(|id| self.find(id).is_none()).cloned();
        Role { permissions: unknown.chain(self.names(granted)).collect(), ..role.clone() }
    }

    /// R2: the least superset that holds what its members require.
    pub fn close(&self, set: PermSet) -> PermSet {
        set.iter().fold(set, |closed, id| closed | self.closure[id.index()])
    }

    /// The permission and all that it requires.
    pub fn closure(&self, id: PermId) -> PermSet {
        self.closure[id.index()]
    }

    /// The permission and all that require it, directly or not.
    pub fn dependants(&self, id: PermId) -> PermSet {
        self.dependants[id.index()]
    }

    /// What cannot be held where `blocked` cannot: the blocked and all their dependants.
    ///
    /// A closed set minus this is the largest part of it that is still closed, which is
    /// why one mask per level and site is all that effective access needs (R6).
    pub fn cut(&self, blocked: PermSet) -> PermSet {
        blocked.iter().fold(blocked, |cut, id| cut | self.dependants[id.index()])
    }

    /// Permissions whose app is not among the installed ones.
    pub fn missing_apps(&self, installed: &[String]) -> PermSet {
        let absent = self.apps.iter().filter(|(app, _)| !installed.contains(app));
        absent.fold(PermSet::EMPTY, |set, (_, members)| set | *members)
    }

    /// R8: what the profile keeps from each level. A profile that this catalog does not define
    /// is read as the default one, else as all that the catalog has together: never as less.
    pub fn ceiling(&self, profile: &str) -> Ceiling {
        let defined = self.ceilings.get(profile).or_else(|| self.ceilings.get(DEFAULT_CEILING)).copied();
        let together = |all: Ceiling, it: &Ceiling| Ceiling { site: all.site | it.site, team: all.team | it.team };
        defined.unwrap_or_else(|| self.ceilings.values().fold(Ceiling::default(), together))
    }

    /// A shortest chain of requirements from one permission to another, both included.
    pub fn chain(&self, from: PermId, to: PermId) -> Vec<PermId> {
        let mut came_from: HashMap<PermId, PermId> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let mut path = vec![to];
                while let Some(before) = path.last().and_then(|it| came_from.get(it)) {
                    path.push(*before);
                }
                path.reverse();
                return path;
            }
            for next in &self.get(at).requires {
                if *next != from && !came_from.contains_key(next) {
                    came_from.insert(*next, at);
                    queue.push_back(*next);
                }
            }
        }
        Vec::new()
    }

    /// Every chain of requirements from one permission to another, the shortest first; of very many no more than `most`,
    /// among them a shortest.
    pub fn chains(&self, from: PermId, to: PermId, most: usize) -> Vec<Vec<PermId>> {
        let (mut found, mut open) = (vec![self.chain(from, to)], vec![vec![from]]);
        // What does not lead there is never followed, so that every path that is begun ends there.
        while let Some(path) = open.pop().filter(|_| found.len() < most && !found[0].is_empty()) {
            let Some(at) = path.last().copied() else { continue };
            if at != to {
                let leading = self.get(at).requires.iter().filter(|it| self.closure(**it).contains(to));
                open.extend(leading.map(|next| [path.as_slice(), &[*next]].concat()));
            } else if path != found[0] {
                found.push(path);
            }
        }
        found.retain(|it| !it.is_empty());
        found.sort_by_key(Vec::len);
        found
    }

    /// How many such chains there are.
    pub fn n_chains(&self, from: PermId, to: PermId) -> usize {
        fn count(catalog: &Catalog, at: PermId, to: PermId, known: &mut HashMap<PermId, usize>) -> usize {
            if at == to {
                return 1;
            }
            if let Some(n) = known.get(&at) {
                return *n;
            }
            let leading = catalog.get(at).requires.iter().filter(|it| catalog.closure(**it).contains(to));
            let n = leading.fold(0usize, |n, next| n.saturating_add(count(catalog, *next, to, known)));
            known.insert(at, n);
            n
        }
        count(self, from, to, &mut HashMap::new())
    }
}

fn ids(n: usize) -> impl Iterator<Item = PermId> {
    #[expect(clippy::cast_possible_truncation, reason = "a catalog holds at most CAPACITY permissions")]
    (0..n).map(|i| PermId(i as u16))
}
