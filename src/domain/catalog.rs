//! What permissions exist on one platform, what they require, and which roles come built in.
//!
//! A catalog is data: a TOML file of `assets/catalogs/`, or a `catalog` record of a
//! bundle. Both become a [`CatalogData`], which [`Catalog::build`] checks and closes
//! once, so that every later question is a look-up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::deed::Deed;
use super::perm_set::{CAPACITY, PermId, PermSet};
use super::suggest;
use super::things::{Level, Role, RoleLevel};

/// The profile that a workspace starts with (facts §4.8).
pub const DEFAULT_CEILING: &str = "strict";

/// How much a permission reveals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitivity {
    #[default]
    None,
    Personal,
    Financial,
    Both,
}

/// What a permission can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Changes the live site.
    Live,
    /// Reaches people outside the agency.
    Outside,
    /// Destroys or hides data.
    Destroys,
    /// Spends or moves money.
    Spends,
    /// Widens somebody's access.
    Widens,
}

/// A catalog as written: the shape of the TOML files and of a bundle's `catalog` record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogData {
    pub platform: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub as_of: String,
    pub categories: Vec<String>,
    /// How many categories, from the left, stand in the platform's own published table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// The permission without which nobody can bring changes of a site out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
    /// What sites are made with.
    #[serde(default, alias = "editor", skip_serializing_if = "Vec::is_empty")]
    pub editors: Vec<EditorData>,
    #[serde(default)]
    pub ceilings: BTreeMap<String, CeilingData>,
    /// Which permission allows which deed (R11).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authority: BTreeMap<Deed, String>,
    #[serde(default, alias = "permission")]
    pub permissions: Vec<PermissionData>,
    #[serde(default, alias = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleData>,
    /// Other readings of the built-in roles: profile → role key → difference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, BTreeMap<String, ProfileData>>,
}

/// A program in which people change a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditorData {
    pub name: String,
    /// The permission that lets somebody work in it.
    pub permission: String,
    /// Whether several people can work in it at a time.
    #[serde(default)]
    pub together: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingData {
    #[serde(default)]
    pub site: Vec<String>,
    #[serde(default)]
    pub team: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionData {
    pub id: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub category: String,
    #[serde(default)]
    pub requires: Vec<String>,
    #[serde(default)]
    pub app: Option<String>,
    #[serde(default)]
    pub sensitivity: Sensitivity,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risk: Vec<Risk>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleData {
    pub key: String,
    pub name: String,
    pub level: RoleLevel,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub app: Option<String>,
    /// Categories held whole.
    #[serde(default)]
    pub all: Vec<String>,
    /// Single permissions held besides.
    #[serde(default)]
    pub grants: Vec<String>,
    /// No longer given to new people.
    #[serde(default)]
    pub deprecated: bool,
    /// Its holders cannot end their own access.
    #[serde(default)]
    pub keeps: bool,
    /// The owner's role: it comes with the site and is never assigned.
    #[serde(default)]
    pub owner: bool,
    /// Single entries of the site-level ceiling that do not bind its holders (R8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifts: Vec<String>,
    /// The side of a partnership that it stands for: it comes and goes with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partnership: Option<Side>,
}

/// The sides of a partnership (R10): who carries the site, and the owner meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Partner,
    Client,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Partner => "partner",
            Side::Client => "client",
        }
    }

    fn other(self) -> Side {
        match self {
            Side::Partner => Side::Client,
            Side::Client => Side::Partner,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileData {
    #[serde(default)]
    pub add: Vec<String>,
    #[serde(default)]
    pub remove: Vec<String>,
}

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
pub struct BuiltinRole {
    pub key: String,
    pub name: String,
    pub level: RoleLevel,
    pub group: String,
    pub about: String,
    pub app: Option<String>,
    pub grants: PermSet,
    pub deprecated: bool,
    pub keeps: bool,
    pub owner: bool,
    pub lifts: PermSet,
    pub partnership: Option<Side>,
}

impl BuiltinRole {
    /// Whether somebody new can be given it, by hand.
    pub fn is_assignable(&self) -> bool {
        !self.owner && !self.deprecated && self.partnership.is_none()
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
    pub categories: Vec<Category>,
    pub apps: Vec<(String, PermSet)>,
    pub ceilings: BTreeMap<String, Ceiling>,
    /// The permission without which nobody can bring changes of a site out.
    pub publish: Option<PermId>,
    pub editors: Vec<Editor>,
    /// R11: the permission that allows a deed; what is not named is the owner's alone.
    pub authority: BTreeMap<Deed, PermId>,
    pub roles: Vec<BuiltinRole>,
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

/// Why a catalog was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogError {
    pub message: String,
    /// Where in the data: keys, positions and list items, outermost first.
    pub place: Vec<String>,
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CatalogError {}

fn fault<T>(place: Vec<String>, message: String) -> Result<T, CatalogError> {
    Err(CatalogError { message, place })
}

/// A place in the data, as the keys and positions that lead there.
macro_rules! place {
    ($($part:expr),*) => { vec![$($part.to_string()),*] };
}

impl Catalog {
    /// Reads a TOML catalog; an error names the file and the line.
    pub fn parse(file: &str, text: &str, profile: Option<&str>) -> Result<Catalog, String> {
        let data: CatalogData = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            format!("{file} line {line}: {}", error.message())
        })?;
        Catalog::build(&data, profile).map_err(|error| format!("{file} line {}: {error}", error.line_in(text)))
    }

    /// Checks the data and computes the closures. `profile` picks another reading of the
    /// built-in roles; `None` is the default one.
    pub fn build(data: &CatalogData, profile: Option<&str>) -> Result<Catalog, CatalogError> {
        each_once(&data.categories, "category", "categories")?;
        each_once(&data.apps, "app", "apps")?;
        let by_id = index_permissions(data)?;
        let find = |list: &[String], what: &str, mut place: Vec<String>| -> Result<Vec<PermId>, CatalogError> {
            let known = list.iter().map(|id| by_id.get(id).copied().ok_or(id));
            known.collect::<Result<_, _>>().or_else(|id| {
                let hint = suggest::did_you_mean(id, by_id.keys());
                place.push(id.clone());
                fault(place, format!("{what} names the unknown permission `{id}`{hint}"))
            })
        };
        let permissions = read_permissions(data, &find)?;
        let closure = close_all(&permissions)?;
        let n = permissions.len();
        let mut dependants = vec![PermSet::EMPTY; n];
        for (p, closed) in ids(n).zip(&closure) {
            closed.iter().for_each(|q| dependants[q.index()].insert(p));
        }
        let mut catalog = Catalog {
            platform: data.platform.clone(),
            name: if data.name.is_empty() { data.platform.clone() } else { data.name.clone() },
            categories: categories(data, &permissions),
            apps: apps(data, &permissions),
            ceilings: BTreeMap::new(),
            publish: None,
            editors: Vec::new(),
            authority: BTreeMap::new(),
            roles: Vec::new(),
            permissions,
            by_id: ById::default(),
            closure,
            dependants,
            everything: ids(n).collect(),
            withheld: PermSet::EMPTY,
        };
        for (name, written) in &data.ceilings {
            let set = |list: &[String], level: &str| {
                find(list, &format!("ceiling `{name}`"), place!["ceilings", name, level]).map(PermSet::from_iter)
            };
            catalog.ceilings.insert(name.clone(), Ceiling { site: set(&written.site, "site")?, team: set(&written.team, "team")? });
        }
        let publish: Vec<String> = data.publish.iter().cloned().collect();
        catalog.publish = find(&publish, "`publish`", place!["publish"])?.pop();
        for (n, it) in data.editors.iter().enumerate() {
            let what = format!("editor `{}`", it.name);
            let named = find(std::slice::from_ref(&it.permission), &what, place!["editor", n, "permission"])?;
            let editor = |permission| Editor { name: it.name.clone(), permission, together: it.together };
            catalog.editors.extend(named.into_iter().map(editor));
        }
        for (deed, id) in &data.authority {
            let place = place!["authority", deed];
            let found = find(std::slice::from_ref(id), &format!("the deed `{deed}`"), place)?;
            catalog.authority.extend(found.into_iter().map(|it| (*deed, it)));
        }
        catalog.roles = builtin_roles(data, profile, &catalog, &find)?;
        sides_are_two(data)?;
        catalog.by_id = by_id;
        catalog.withheld = catalog.side(Side::Client).map_or(PermSet::EMPTY, |it| catalog.everything - catalog.close(it.grants));
        Ok(catalog)
    }

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

impl CatalogError {
    /// The line of the TOML `text` that is at fault, counted from 1.
    pub fn line_in(&self, text: &str) -> usize {
        let Ok(document) = DeTable::parse(text) else { return 1 };
        let (mut at, mut value) = (0, &DeValue::Table(document.into_inner()));
        for part in &self.place {
            let Some(inner) = step(value, part) else { break };
            (at, value) = (inner.span().start, inner.get_ref());
        }
        line_of(text, at)
    }
}

/// The list item that reads `part`, or the one at that position; of a table the entry, whose
/// key may be in the plural too.
fn step<'a, 'i>(value: &'a DeValue<'i>, part: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    match value.as_array() {
        Some(items) => items.iter().find(|it| it.get_ref().as_str() == Some(part)).or_else(|| items.get(part.parse::<usize>().ok()?)),
        None => value.get(part).or_else(|| value.get(format!("{part}s").as_str())),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn ids(n: usize) -> impl Iterator<Item = PermId> {
    #[expect(clippy::cast_possible_truncation, reason = "a catalog holds at most CAPACITY permissions")]
    (0..n).map(|i| PermId(i as u16))
}

/// Refuses a list that names something twice.
fn each_once(list: &[String], noun: &str, field: &str) -> Result<(), CatalogError> {
    let mut seen = HashSet::new();
    match list.iter().position(|name| !seen.insert(name)) {
        Some(at) => fault(place![field, at], format!("the {noun} `{}` is listed twice", list[at])),
        None => Ok(()),
    }
}

fn index_permissions(data: &CatalogData) -> Result<ById, CatalogError> {
    if data.permissions.len() > CAPACITY {
        let message = format!("the catalog defines {} permissions; {CAPACITY} is the most", data.permissions.len());
        return fault(Vec::new(), message);
    }
    let mut by_id = ById::with_capacity_and_hasher(data.permissions.len(), RandomState::default());
    for (id, written) in ids(data.permissions.len()).zip(&data.permissions) {
        if by_id.insert(written.id.clone(), id).is_some() {
            return fault(place!["permission", id.index(), "id"], format!("the permission `{}` is defined twice", written.id));
        }
    }
    Ok(by_id)
}

fn read_permissions(
    data: &CatalogData,
    find: &impl Fn(&[String], &str, Vec<String>) -> Result<Vec<PermId>, CatalogError>,
) -> Result<Vec<Permission>, CatalogError> {
    let read = |(n, written): (usize, &PermissionData)| {
        let Some(category) = data.categories.iter().position(|name| *name == written.category) else {
            return fault(
                place!["permission", n, "category"],
                format!("`{}` is in the unknown category `{}`", written.id, written.category),
            );
        };
        if let Some(app) = written.app.as_ref().filter(|app| !data.apps.is_empty() && !data.apps.contains(app)) {
            return fault(place!["permission", n, "app"], format!("`{}` needs the unknown app `{app}`", written.id));
        }
        let requires = find(&written.requires, &format!("`{}`", written.id), place!["permission", n, "requires"])?;
        Ok(Permission {
            id: written.id.clone(),
            label: written.label.clone(),
            about: written.about.clone(),
            category,
            requires,
            app: written.app.clone(),
            sensitivity: written.sensitivity,
            risk: written.risk.clone(),
        })
    };
    data.permissions.iter().enumerate().map(read).collect()
}

/// Closes every permission once, depth first; a cycle is an error that prints its path.
fn close_all(permissions: &[Permission]) -> Result<Vec<PermSet>, CatalogError> {
    let mut closed: Vec<Option<PermSet>> = vec![None; permissions.len()];
    for start in ids(permissions.len()) {
        let mut path: Vec<(PermId, usize)> = vec![(start, 0)];
        while let Some((at, next)) = path.last().copied() {
            if closed[at.index()].is_some() {
                path.pop();
                continue;
            }
            if let Some(required) = permissions[at.index()].requires.get(next).copied() {
                if let Some(last) = path.last_mut() {
                    last.1 += 1;
                }
                if let Some(from) = path.iter().position(|(it, _)| *it == required) {
                    let circle = path[from..].iter().map(|(it, _)| permissions[it.index()].id.as_str());
                    let names: Vec<&str> = circle.chain([permissions[required.index()].id.as_str()]).collect();
                    let message = format!("requirements go in a circle: {}", names.join(" → "));
                    return fault(place!["permission", required.index(), "id"], message);
                }
                path.push((required, 0));
            } else {
                let requires = permissions[at.index()].requires.iter();
                let set = requires.fold(PermSet::of(at), |set, it| set | closed[it.index()].unwrap_or_default());
                closed[at.index()] = Some(set);
                path.pop();
            }
        }
    }
    Ok(closed.into_iter().map(Option::unwrap_or_default).collect())
}

fn categories(data: &CatalogData, permissions: &[Permission]) -> Vec<Category> {
    let published = data.published.unwrap_or(data.categories.len());
    let members = |at: usize| ids(permissions.len()).zip(permissions).filter(|(_, it)| it.category == at).map(|(id, _)| id).collect();
    let read = |(at, name): (usize, &String)| Category { name: name.clone(), members: members(at), published: at < published };
    data.categories.iter().enumerate().map(read).collect()
}

fn apps(data: &CatalogData, permissions: &[Permission]) -> Vec<(String, PermSet)> {
    let mut names = data.apps.clone();
    let mut seen: HashSet<String> = names.iter().cloned().collect();
    names.extend(permissions.iter().filter_map(|it| it.app.clone()).filter(|app| seen.insert(app.clone())));
    let gated =
        |app: &String| ids(permissions.len()).zip(permissions).filter(|(_, it)| it.app.as_ref() == Some(app)).map(|(id, _)| id).collect();
    names.iter().map(|app| (app.clone(), gated(app))).collect()
}

fn builtin_roles(
    data: &CatalogData,
    profile: Option<&str>,
    catalog: &Catalog,
    find: &impl Fn(&[String], &str, Vec<String>) -> Result<Vec<PermId>, CatalogError>,
) -> Result<Vec<BuiltinRole>, CatalogError> {
    let mut keys = HashSet::new();
    let mut roles = Vec::with_capacity(data.roles.len());
    for (n, written) in data.roles.iter().enumerate() {
        let what = format!("role `{}`", written.key);
        if !keys.insert(&written.key) {
            return fault(place!["role", n, "key"], format!("{what} is defined twice"));
        }
        let mut grants = PermSet::from_iter(find(&written.grants, &what, place!["role", n, "grants"])?);
        for name in &written.all {
            match catalog.categories.iter().find(|it| it.name == *name) {
                Some(category) => grants |= category.members,
                None => return fault(place!["role", n, "all", name], format!("{what} holds all of the unknown category `{name}`")),
            }
        }
        if let Some(app) = written.app.as_ref().filter(|app| !catalog.apps.iter().any(|(name, _)| name == *app)) {
            return fault(place!["role", n, "app"], format!("{what} needs the unknown app `{app}`"));
        }
        roles.push(BuiltinRole {
            key: written.key.clone(),
            name: written.name.clone(),
            level: written.level,
            group: written.group.clone(),
            about: written.about.clone(),
            app: written.app.clone(),
            grants,
            deprecated: written.deprecated,
            keeps: written.keeps,
            owner: written.owner,
            lifts: PermSet::from_iter(find(&written.lifts, &what, place!["role", n, "lifts"])?),
            partnership: written.partnership,
        });
    }
    if let Some(profile) = profile.filter(|it| !data.profiles.contains_key(*it)) {
        let hint = suggest::did_you_mean(profile, data.profiles.keys());
        return fault(place!["profiles"], format!("no profile `{profile}`{hint}"));
    }
    for (name, roles_of_profile) in &data.profiles {
        for (key, difference) in roles_of_profile {
            let Some(role) = roles.iter_mut().find(|role| role.key == *key) else {
                return fault(place!["profiles", name, key], format!("profile `{name}` changes the unknown role `{key}`"));
            };
            let what = format!("profile `{name}`");
            let add = PermSet::from_iter(find(&difference.add, &what, place!["profiles", name, key, "add"])?);
            let remove = PermSet::from_iter(find(&difference.remove, &what, place!["profiles", name, key, "remove"])?);
            if profile == Some(name.as_str()) {
                role.grants = (role.grants | add) - remove;
            }
        }
    }
    Ok(roles)
}

/// R10: a partnership has one role for each of its sides, of level site; a catalog without any has none.
fn sides_are_two(data: &CatalogData) -> Result<(), CatalogError> {
    let sides = || data.roles.iter().enumerate().filter_map(|(n, role)| role.partnership.map(|side| (n, role, side)));
    for (n, role, side) in sides() {
        let wrong = |key: &str, what: String| fault(place!["role", n, key], format!("role `{}` {what}", role.key));
        if role.level != RoleLevel::Site {
            return wrong("level", format!("stands for the {} of a partnership, which is of level site", side.as_str()));
        }
        if sides().any(|(before, _, same)| before < n && same == side) {
            return wrong("partnership", format!("stands for the {} of a partnership, as another role does", side.as_str()));
        }
        if !sides().any(|(.., it)| it == side.other()) {
            return wrong(
                "partnership",
                format!("stands for the {} of a partnership, and no role for its {}", side.as_str(), side.other().as_str()),
            );
        }
    }
    Ok(())
}
