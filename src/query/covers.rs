//! Which roles cover what somebody is to do, as far as whoever asks may know of them.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::access;
use super::sight::Sight;
use crate::domain::access::{Ground, any_site};
use crate::domain::catalog::Catalog;
use crate::domain::covering::{Cover, Wanted};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::RoleRecord;
use crate::domain::suggest::Unknown;
use crate::domain::text::few;
use crate::domain::things::{Level, Role};
use crate::facts::Reader;
use crate::facts::names::{no_permission, the_catalog, the_permission};

/// What is asked, as it was typed.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub permissions: &'a [String],
    pub level: Level,
    /// Where a role would be given; without one, wherever all apps are and the team counts.
    pub site: Option<&'a str>,
    /// Of which the permissions are; without one, of the only one that has them.
    pub platform: Option<&'a str>,
}

/// The answer.
pub struct Found {
    pub catalog: Arc<Catalog>,
    pub asked: PermSet,
    /// What comes with it whichever role gives it.
    pub required: PermSet,
    pub covers: Vec<Cover<Role>>,
    /// The role that gives this and nothing else; none where no role can give all of it.
    pub exact: Option<RoleRecord>,
    /// What of it no role can give there.
    pub barred: PermSet,
}

impl Found {
    /// The roles of a way by name, and what comes with them beside what was asked.
    pub fn told(&self, cover: &Cover<Role>) -> String {
        let names = cover.roles.iter().map(|it| format!("{} ({})", it.name, it.key)).collect::<Vec<_>>().join(" + ");
        let beside = match (cover.extra.len(), cover.sensitive.len()) {
            (0, _) => "nothing beside it".to_owned(),
            (n, 0) => format!("{n} more, none of them sensitive"),
            (n, sensitive) => format!("{n} more, {sensitive} sensitive: {}", few(&self.catalog.names(cover.sensitive))),
        };
        format!("{names}: {beside}")
    }

    /// What of it no role can give there.
    pub fn barred_words(&self) -> String {
        format!("no role can give there: {}", few(&self.catalog.names(self.barred)))
    }
}

/// The roles that cover it, the nearest first.
///
/// # Errors
/// R13, permissions of several platforms, or that the file could not be read.
pub fn covers(db: Reader<'_>, policy: &Policy, sight: &Sight, asked: &Asked<'_>) -> Result<Found> {
    let policy = &*seen(db, policy, sight)?;
    let site = asked.site.map(|it| db.the_site(it)).transpose()?;
    let platform = site.as_ref().map(|it| it.platform.as_str()).or(asked.platform);
    let catalog = platform.map_or_else(|| of_all(policy, asked.permissions), |it| the_catalog(policy, it))?;
    let ground = match &site {
        Some(site) => access::ground(policy, site)?,
        None => Ground::new(policy, &any_site(policy, catalog, None)).context("reading the catalog")?,
    };
    let ids = asked.permissions.iter().map(|it| the_permission(policy, &catalog.platform, it)).collect::<Result<PermSet>>()?;
    let wanted = Wanted { policy, ground: &ground, level: asked.level, asked: ids };
    let cover = |it: Cover<&crate::domain::policy::HeldRole>| Cover {
        roles: it.roles.iter().map(|held| Role::clone(&held.role)).collect(),
        extra: it.extra,
        sensitive: it.sensitive,
    };
    let barred = wanted.closed().iter().filter(|it| !ground.can_give(catalog.closure(*it), asked.level)).collect();
    Ok(Found {
        covers: wanted.covers(policy.roles()).into_iter().map(cover).collect(),
        exact: wanted.exact(),
        required: wanted.closed() - ids,
        asked: ids,
        barred,
        catalog: Arc::clone(catalog),
    })
}

/// The policy with the roles alone of which whoever asks may know: not even a name is then found to be taken.
fn seen<'a>(db: Reader<'_>, policy: &'a Policy, sight: &Sight) -> Result<Cow<'a, Policy>> {
    let mut seen = Cow::Borrowed(policy);
    for it in policy.roles().filter(|_| !sight.is_whole()) {
        if !sight.knows(db, &*it.role)? {
            seen.to_mut().remove_role(it.role.id);
        }
    }
    Ok(seen)
}

/// The only platform that has all of these permissions.
fn of_all<'a>(policy: &'a Policy, permissions: &[String]) -> Result<&'a Arc<Catalog>> {
    let has_all = |it: &&Arc<Catalog>| permissions.iter().all(|text| it.lookup(text).is_some());
    let all: Vec<&Arc<Catalog>> = policy.catalogs().collect();
    let unknown = |kind, text: &str, hint| Err(Unknown { kind, text: text.to_owned(), hint }.into());
    let names = |of: &[&Arc<Catalog>]| few(&of.iter().map(|it| it.platform.clone()).collect::<Vec<_>>());
    if let Some(text) = permissions.iter().find(|text| all.iter().all(|it| it.lookup(text).is_none())) {
        return Err(no_permission(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>(), text).into());
    }
    match all.iter().copied().filter(has_all).collect::<Vec<_>>().as_slice() {
        [only] => Ok(only),
        [] => unknown("platform that has all of it", &permissions.join(", "), "; roles are of one platform: ask for each".to_owned()),
        several => {
            unknown("single platform that has", &permissions.join(", "), format!("; {} have it: say which with --platform", names(several)))
        }
    }
}
