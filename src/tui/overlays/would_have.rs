//! What somebody could do with roles that they do not have yet, in two columns.

use std::sync::Arc;

use anyhow::Result;

use super::form::{Pick, Said};
use super::sheet::Tone;
use crate::domain::access::Held;
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::ids::PersonId;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::record::ScopeRecord;
use crate::domain::things::{Level, Scope, Site};
use crate::query::access;
use crate::tui::panes::known_roles;
use crate::tui::view::Env;
use crate::tui::widgets::lines::plural;

/// Sensitive permissions that are named one by one.
const MAX_NAMED: usize = 4;

/// Roles that are to be given, and where.
pub(in crate::tui) struct WouldHave {
    pub(in crate::tui) level: Level,
    pub(in crate::tui) scopes: Vec<ScopeRecord>,
    pub(in crate::tui) sites: Vec<Site>,
}

impl WouldHave {
    pub(in crate::tui) fn new(env: &Env<'_>, level: Level, scopes: Vec<ScopeRecord>) -> Result<WouldHave> {
        let keys = scopes.iter().filter_map(|it| if let ScopeRecord::Site(key) = it { Some(key) } else { None });
        let sites = keys.map(|key| env.db.site_by_key(key)).collect::<Result<Vec<_>>>()?;
        Ok(WouldHave { level, sites: sites.into_iter().flatten().collect(), scopes })
    }

    /// The roles that can be given there; those whose app is missing everywhere say so.
    pub(in crate::tui) fn picks(&self, env: &Env<'_>, chosen: &[String]) -> Vec<Pick> {
        let fits = |it: &&HeldRole| {
            let platform = self.sites.is_empty() || self.sites.iter().any(|site| site.platform == it.role.platform);
            platform && it.role.level.fits(self.level) && env.policy.is_assignable(it)
        };
        let pick = |it: &HeldRole| Pick {
            key: it.role.key.clone(),
            name: it.role.name.clone(),
            chosen: chosen.contains(&it.role.key),
            barred: self.missing(env, it).map(|app| format!("needs {app}, which is not on {}", self.place())),
        };
        known_roles(env).into_iter().filter(fits).map(pick).collect()
    }

    /// The app without which the role is of no use on any of the sites.
    fn missing(&self, env: &Env<'_>, held: &HeldRole) -> Option<String> {
        let app = env.policy.builtin(held)?.app.clone()?;
        let bare = !self.sites.is_empty() && self.sites.iter().all(|it| !it.apps.contains(&app));
        (bare && self.scopes.len() == self.sites.len()).then_some(app)
    }

    pub(in crate::tui) fn place(&self) -> String {
        match (self.sites.as_slice(), self.scopes.as_slice()) {
            ([site], [_]) => site.name.clone(),
            ([], [scope]) => scope.to_string(),
            (_, scopes) => plural(scopes.len(), "place"),
        }
    }

    /// What these roles would allow on the first of the sites, or wherever all apps are.
    fn granted(&self, env: &Env<'_>, roles: &[&HeldRole]) -> Result<Option<(Arc<Catalog>, PermSet, PermSet)>> {
        let Some(platform) = self.sites.first().map(|it| &it.platform).or(roles.first().map(|it| &it.role.platform)) else {
            return Ok(None);
        };
        let Some(catalog) = env.policy.catalog(platform).cloned() else { return Ok(None) };
        let all = roles.iter().filter(|it| it.role.platform == *platform).fold(PermSet::EMPTY, |all, it| all | it.closed);
        let under_ceiling = all - catalog.cut(env.policy.ceiling_of(platform).at(self.level));
        let Some(site) = self.sites.first() else { return Ok(Some((catalog, under_ceiling, PermSet::EMPTY))) };
        let ground = access::ground(env.policy, site)?;
        let mut held = Held::default();
        for role in roles {
            ground.hold_role(env.policy, &mut held, role.role.id, self.level, Scope::Site(site.id));
        }
        let can = ground.effective(PersonId(0), &held);
        Ok(Some((catalog, can, under_ceiling - can)))
    }

    /// Two columns: what they will be able to do, and what not.
    pub(in crate::tui) fn said(&self, env: &Env<'_>, roles: &[String]) -> Result<Said> {
        let roles: Vec<&HeldRole> = roles.iter().filter_map(|it| env.policy.find_role(it)).collect();
        let granted = if roles.is_empty() { None } else { self.granted(env, &roles)? };
        let Some((catalog, can, lost)) = granted else {
            return Ok(vec![vec![(Tone::Hint, "choose a role: what they will be able to do stands here".to_owned())]]);
        };
        if can.is_empty() && self.level == Level::Team && !lost.is_empty() {
            let words = format!("Roles of the team do not count on {}: it is neither the agency's nor carried by it.", self.place());
            return Ok(vec![vec![(Tone::Bad, words)]]);
        }
        Ok(abilities(&catalog, can, lost, "THEY WILL", "THEY WON'T"))
    }
}

/// What a set allows, category by category, the sensitive ones by name; and what it lacks.
pub(in crate::tui) fn abilities(catalog: &Catalog, can: PermSet, lost: PermSet, yes: &str, no: &str) -> Said {
    let share = |members: PermSet| (can & members).len();
    let mut whole: Vec<String> = Vec::new();
    let mut partly: Vec<String> = Vec::new();
    let mut none: Vec<&str> = Vec::new();
    for it in catalog.categories.iter().filter(|it| !it.members.is_empty()) {
        match share(it.members) {
            0 => none.push(&it.name),
            n if n == it.members.len() => whole.push(it.name.clone()),
            n => partly.push(format!("{} {n}/{}", it.name, it.members.len())),
        }
    }
    let words = |all: Vec<String>| if all.is_empty() { "nothing".to_owned() } else { all.join(", ") };
    let mut will = vec![(Tone::Heading, format!("{yes}  {} of {}", can.len(), catalog.len()))];
    will.push((Tone::Text, words([whole, partly].concat())));
    let mut sensitive: Vec<&Permission> = can.iter().map(|id| catalog.get(id)).filter(|it| it.is_sensitive()).collect();
    sensitive.sort_by_key(|it| std::cmp::Reverse(it.risk.len()));
    let sensitive: Vec<&str> = sensitive.into_iter().map(|it| it.label.as_str()).collect();
    if !sensitive.is_empty() {
        let more = sensitive.len().saturating_sub(MAX_NAMED);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        will.insert(1, (Tone::Warn, format!("! {}{tail}", sensitive[..sensitive.len().min(MAX_NAMED)].join(", "))));
    }
    let mut wont = vec![(Tone::Heading, no.to_owned())];
    if !lost.is_empty() {
        wont.push((Tone::Bad, format!("{} whose app is missing", plural(lost.len(), "permission"))));
    }
    wont.push((Tone::Text, if none.is_empty() { "lack any area".to_owned() } else { none.join(", ") }));
    vec![will, wont]
}
