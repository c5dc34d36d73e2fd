//! What makes a catalog of what is written, and what is wrong with it, on which line.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use foldhash::fast::RandomState;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::written::{AccessData, CatalogData, PermissionData, Side};
use super::{BuiltinRole, ById, Catalog, Category, Ceiling, Editor, Permission, Separate, Template, ids};
use crate::domain::perm_set::{CAPACITY, PermId, PermSet};
use crate::domain::reference::reference;
use crate::domain::suggest;
use crate::domain::text;
use crate::domain::things::RoleLevel;

/// What a step of a way in can name of whoever is let in.
const FILLED_IN: [&str; 4] = ["email", "name", "role", "until"];

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
        kinds_of_all(data)?;
        kinds_of_things(data)?;
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
        let dependants = dependants(&closure);
        let mut catalog = Catalog {
            platform: data.platform.clone(),
            name: if data.name.is_empty() { data.platform.clone() } else { data.name.clone() },
            source: data.source.clone(),
            as_of: data.as_of.clone(),
            certainty: data.certainty,
            about: data.about.clone(),
            adds: data.adds,
            one: data.one.clone(),
            access: data.access.clone(),
            assets: data.assets.clone(),
            categories: categories(data, &permissions),
            apps: apps(data, &permissions),
            ceilings: BTreeMap::new(),
            publish: None,
            editors: Vec::new(),
            separate: Vec::new(),
            authority: BTreeMap::new(),
            roles: Vec::new(),
            templates: templates(data, &find)?,
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
        catalog.separate = separate(data, &catalog, &find)?;
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
            kind: written.kind.or_else(|| data.kinds.get(&written.category).copied()),
            inferred: written.inferred,
        })
    };
    data.permissions.iter().enumerate().map(read).collect()
}

/// Of each permission all that require it, and itself, by what each requires.
pub(super) fn dependants(closure: &[PermSet]) -> Vec<PermSet> {
    let mut dependants = vec![PermSet::EMPTY; closure.len()];
    for (p, closed) in ids(closure.len()).zip(closure) {
        closed.iter().for_each(|q| dependants[q.index()].insert(p));
    }
    dependants
}

/// Closes every permission once, depth first; a cycle is an error that prints its path.
pub(super) fn close_all(permissions: &[Permission]) -> Result<Vec<PermSet>, CatalogError> {
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

/// Pairs that somebody can hold one half of: where one requires the other, nobody can.
fn separate(
    data: &CatalogData,
    catalog: &Catalog,
    find: &impl Fn(&[String], &str, Vec<String>) -> Result<Vec<PermId>, CatalogError>,
) -> Result<Vec<Separate>, CatalogError> {
    let mut pairs: Vec<Separate> = Vec::with_capacity(data.separate.len());
    for (n, written) in data.separate.iter().enumerate() {
        let place = place!["separate", n, "permissions"];
        let found = find(&written.permissions, "a pair to keep apart", place.clone())?;
        let [a, b] = found[..] else { return fault(place, "a pair to keep apart is of two permissions".to_owned()) };
        let [one, other] = &written.permissions;
        if catalog.closure(a).contains(b) || catalog.closure(b).contains(a) {
            return fault(place, format!("`{one}` and `{other}` cannot be kept apart: who has one has the other"));
        }
        if pairs.iter().any(|it| it.permissions == [a, b] || it.permissions == [b, a]) {
            return fault(place, format!("`{one}` and `{other}` are kept apart twice"));
        }
        if written.reason.trim().is_empty() {
            return fault(place!["separate", n, "reason"], format!("why `{one}` and `{other}` are kept apart is not said"));
        }
        pairs.push(Separate { permissions: [a, b], reason: written.reason.clone() });
    }
    Ok(pairs)
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
        if let Err(sentence) = text::key("key of a role", &written.key) {
            return fault(place!["role", n, "key"], sentence);
        }
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
        if let Some(other) = written.instead.as_ref().filter(|it| !data.roles.iter().any(|role| role.key == **it)) {
            let hint = suggest::did_you_mean(other, data.roles.iter().map(|it| &it.key));
            return fault(place!["role", n, "instead"], format!("`instead` of {what} names the unknown role `{other}`{hint}"));
        }
        roles.push(BuiltinRole {
            key: reference(&data.platform, &written.key),
            name: written.name.clone(),
            level: written.level,
            group: written.group.clone(),
            about: written.about.clone(),
            app: written.app.clone(),
            grants,
            deprecated: written.deprecated,
            instead: written.instead.as_ref().map(|it| reference(&data.platform, it)),
            keeps: written.keeps,
            owner: written.owner,
            machine: written.machine,
            takes: catalog.cut(find(&written.takes, &what, place!["role", n, "takes"])?.into_iter().collect()),
            inferred: PermSet::from_iter(find(&written.inferred, &what, place!["role", n, "inferred"])?),
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
            let Some(role) = roles.iter_mut().find(|role| role.key == reference(&data.platform, key)) else {
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

/// What can be made a role of: called like no other, and with something in it.
fn templates(
    data: &CatalogData,
    find: &impl Fn(&[String], &str, Vec<String>) -> Result<Vec<PermId>, CatalogError>,
) -> Result<Vec<Template>, CatalogError> {
    let mut keys: HashSet<String> = data.roles.iter().map(|it| it.key.clone()).collect();
    let mut templates = Vec::with_capacity(data.templates.len());
    for (n, written) in data.templates.iter().enumerate() {
        let (what, key) = (format!("template `{}`", written.name), text::key_from(&written.name));
        let wrong = |field: &str, sentence: String| fault(place!["template", n, field], sentence);
        if key.is_empty() {
            return wrong("name", "a template has no name".to_owned());
        }
        if !keys.insert(key.clone()) {
            return wrong("name", format!("{what} is called like a role or another template"));
        }
        if written.when.trim().is_empty() {
            return wrong("when", format!("when {what} is handed out is not said"));
        }
        if written.permissions.is_empty() {
            return wrong("permissions", format!("{what} holds nothing"));
        }
        if written.days == Some(0) {
            return wrong("days", format!("access by {what} would end at once"));
        }
        let grants = find(&written.permissions, &what, place!["template", n, "permissions"])?.into_iter().collect();
        templates.push(Template {
            key,
            name: written.name.clone(),
            when: written.when.clone(),
            level: written.level,
            grants,
            days: written.days,
        });
    }
    Ok(templates)
}

/// What a category is about is said of all, or of none.
fn kinds_of_all(data: &CatalogData) -> Result<(), CatalogError> {
    if let Some(name) = data.kinds.keys().find(|it| !data.categories.contains(it)) {
        return fault(place!["kinds", name], format!("`kinds` names the unknown category `{name}`"));
    }
    match data.categories.iter().find(|it| !data.kinds.is_empty() && !data.kinds.contains_key(*it)) {
        Some(name) => fault(place!["kinds"], format!("`kinds` does not say what the category `{name}` is about")),
        None => Ok(()),
    }
}

/// Kinds of things are there once, and so is what one stands under and what is of one; a step names what somebody can fill in.
fn kinds_of_things(data: &CatalogData) -> Result<(), CatalogError> {
    let keys: Vec<String> = data.assets.iter().map(|it| it.key.clone()).collect();
    each_once(&keys, "kind of thing", "asset")?;
    let known = |named: &str, what: String, place: Vec<String>| {
        if keys.iter().any(|it| it == named) {
            return Ok(());
        }
        fault(place, format!("{what} names the unknown kind of thing `{named}`{}", suggest::did_you_mean(named, &keys)))
    };
    for (n, it) in data.assets.iter().enumerate() {
        it.under.iter().try_for_each(|under| known(under, format!("`{}`", it.key), place!["asset", n, "under"]))?;
        let all = it.publish.iter().chain(it.authority.values());
        if let Some(id) = all.into_iter().find(|id| !data.permissions.iter().any(|it| it.id == **id)) {
            return fault(place!["asset", n], format!("`{}` names the unknown permission `{id}`", it.key));
        }
        it.access.as_ref().map_or(Ok(()), |it| steps_are_filled_in(it, place!["asset", n, "access"]))?;
    }
    for (n, it) in data.permissions.iter().enumerate() {
        it.asset.iter().try_for_each(|asset| known(asset, format!("`{}`", it.id), place!["permission", n, "asset", asset]))?;
    }
    for (n, it) in data.roles.iter().enumerate() {
        it.asset.iter().try_for_each(|asset| known(asset, format!("role `{}`", it.key), place!["role", n, "asset", asset]))?;
    }
    if let Some(group) = data.one.iter().find(|group| !data.roles.iter().any(|it| it.group == **group)) {
        return fault(place!["one", group], format!("`one` names the group `{group}`, which no role is of"));
    }
    data.access.as_ref().map_or(Ok(()), |it| steps_are_filled_in(it, place!["access"]))
}

/// What a step has in braces is known of everybody who is let in, or a value of the agency's own.
fn steps_are_filled_in(access: &AccessData, place: Vec<String>) -> Result<(), CatalogError> {
    for step in &access.steps {
        let named = step.split('{').skip(1).filter_map(|it| Some(it.split_once('}')?.0));
        if let Some(name) = named.into_iter().find(|it| !FILLED_IN.contains(it) && !access.values.iter().any(|value| value == it)) {
            let message = format!("a step names {{{name}}}, which is neither one of {} nor among `values`", FILLED_IN.join(", "));
            return fault([place, place!["steps", step]].concat(), message);
        }
    }
    Ok(())
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
