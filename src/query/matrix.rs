//! The grid: permissions against roles, against the people of a site, against a person's sites.

use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{access, collaborators};
use crate::domain::access::Ground;
use crate::domain::catalog::{BuiltinRole, Catalog, Ceiling, Side};
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::things::{Level, Person, RoleLevel, Site};
use crate::facts::Reader;

/// What a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Role(RoleId),
    Person(PersonId),
    Site(SiteId),
}

impl Subject {
    /// The number of its row in its list.
    pub fn number(self) -> i64 {
        match self {
            Subject::Role(RoleId(id)) | Subject::Person(PersonId(id)) | Subject::Site(SiteId(id)) => id,
        }
    }
}

/// One column: a subject and its permissions, by why they are what they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub subject: Subject,
    /// What programs know it by: a role's key, a person's e-mail, a site's key.
    pub key: String,
    pub name: String,
    /// A custom role: the only kind of column that can be changed cell by cell.
    pub editable: bool,
    /// The owner: always on.
    pub owner: bool,
    /// Granted by the subject's own roles.
    pub granted: PermSet,
    /// `granted` and all that it requires.
    pub closed: PermSet,
    /// Locked off by a ceiling, with what depends on it.
    pub ceiling: PermSet,
    /// Locked off because an app is absent, with what depends on it.
    pub absent: PermSet,
}

/// What one cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    Granted,
    Implied,
    Off,
    Always,
    Ceiling,
    AppMissing,
}

impl Cell {
    pub fn word(self) -> &'static str {
        match self {
            Cell::Granted => "granted",
            Cell::Implied => "implied",
            Cell::Off => "off",
            Cell::Always => "always",
            Cell::Ceiling => "ceiling",
            Cell::AppMissing => "app-missing",
        }
    }
}

/// What a category's cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    All,
    Some,
    None,
}

impl Part {
    /// How much of a category somebody has.
    pub fn of(members: PermSet, held: PermSet) -> Part {
        let held = held & members;
        if held.is_empty() {
            Part::None
        } else if held == members {
            Part::All
        } else {
            Part::Some
        }
    }
}

impl Column {
    /// What is really held.
    pub fn held(&self) -> PermSet {
        self.closed - self.ceiling - self.absent
    }

    pub fn cell(&self, id: PermId) -> Cell {
        if self.absent.contains(id) {
            Cell::AppMissing
        } else if self.owner {
            Cell::Always
        } else if self.ceiling.contains(id) {
            Cell::Ceiling
        } else if self.granted.contains(id) {
            Cell::Granted
        } else if self.closed.contains(id) {
            Cell::Implied
        } else {
            Cell::Off
        }
    }

    pub fn part(&self, members: PermSet) -> Part {
        Part::of(members, self.held())
    }
}

/// A grid over one platform.
#[derive(Clone, Debug)]
pub struct Grid {
    pub catalog: Arc<Catalog>,
    pub columns: Vec<Column>,
    /// How many more there would be without the limit.
    pub left_out: usize,
}

/// The roles of a platform: built-in ones in catalog order, custom ones after them by name.
/// `level` narrows to the roles that fit it, and its ceiling stands over them.
pub fn roles(policy: &Policy, catalog: &Arc<Catalog>, level: Option<Level>) -> Grid {
    let mut held: Vec<&HeldRole> =
        policy.roles().filter(|it| it.role.platform == catalog.platform && level.is_none_or(|level| it.role.level.fits(level))).collect();
    let rank = |it: &HeldRole| catalog.roles.iter().position(|role| it.role.builtin && role.key == it.role.key).unwrap_or(usize::MAX);
    held.sort_by_cached_key(|it| (rank(it), crate::domain::text::fold(&it.role.name)));
    Grid {
        catalog: Arc::clone(catalog),
        columns: held.into_iter().map(|it| role_column(policy, catalog, it, level)).collect(),
        left_out: 0,
    }
}

/// One role as a column. A role of both levels is under a ceiling only where a level is asked for.
pub fn role_column(policy: &Policy, catalog: &Catalog, held: &HeldRole, level: Option<Level>) -> Column {
    let builtin = policy.builtin(held);
    let level = level.or(match held.role.level {
        RoleLevel::Site => Some(Level::Site),
        RoleLevel::Team | RoleLevel::Both => Some(Level::Team),
    });
    let ceiling = level.map_or(PermSet::EMPTY, |level| catalog.cut(ceiling_over(builtin, policy.ceiling_of(&catalog.platform), level)));
    Column {
        subject: Subject::Role(held.role.id),
        key: held.role.key.clone(),
        name: held.role.name.clone(),
        editable: !held.role.builtin && !held.is_template(),
        owner: builtin.is_some_and(|it| it.owner),
        granted: held.granted,
        closed: held.closed,
        ceiling,
        absent: PermSet::EMPTY,
    }
}

/// What of a ceiling stands over a role: none over what a site's owner works with.
fn ceiling_over(role: Option<&BuiltinRole>, ceiling: Ceiling, level: Level) -> PermSet {
    match role {
        Some(role) if role.owner || role.partnership == Some(Side::Client) => PermSet::EMPTY,
        Some(role) => role.bound(ceiling, level),
        None => ceiling.at(level),
    }
}

/// The roles that come with a catalog, without any workspace.
pub fn builtin_roles(catalog: &Arc<Catalog>, level: Level, ceiling: &str) -> Grid {
    let cut = |role: &BuiltinRole| catalog.cut(ceiling_over(Some(role), catalog.ceiling(ceiling), level));
    let columns = (0..).zip(&catalog.roles).filter(|(_, role)| role.level.fits(level) && !role.owner).map(|(at, role)| Column {
        subject: Subject::Role(RoleId(at)),
        key: role.key.clone(),
        name: role.name.clone(),
        editable: false,
        owner: false,
        granted: role.grants,
        closed: catalog.close(role.grants),
        ceiling: cut(role),
        absent: PermSet::EMPTY,
    });
    Grid { catalog: Arc::clone(catalog), columns: columns.collect(), left_out: 0 }
}

/// Everyone with access to a site.
pub fn people(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Grid> {
    let ground = access::ground(policy, site)?;
    let all = collaborators::of_site(db, policy, site, now)?;
    let column = |it: &collaborators::Collaborator| {
        person_column(policy, &ground, site, &it.person, &it.assignments, now, Subject::Person(it.person.id))
    };
    Ok(Grid { catalog: Arc::clone(&ground.catalog), columns: all.iter().map(column).collect(), left_out: 0 })
}

/// One person on each of their sites of a platform, `limit` at most.
pub fn sites(db: Reader<'_>, policy: &Policy, person: &Person, catalog: &Arc<Catalog>, now: DateTime<Utc>, limit: usize) -> Result<Grid> {
    let mut all = access::sites_of(db, policy, person.id)?;
    all.retain(|it| it.platform == catalog.platform);
    let left_out = all.len().saturating_sub(limit);
    all.truncate(limit);
    Ok(Grid { left_out, ..on_sites(db, policy, person, catalog, all, now)? })
}

/// One person on these sites of a platform.
pub fn on_sites(
    db: Reader<'_>,
    policy: &Policy,
    person: &Person,
    catalog: &Arc<Catalog>,
    sites: Vec<Site>,
    now: DateTime<Utc>,
) -> Result<Grid> {
    let column = |site: Site| {
        let ground = access::ground(policy, &site)?;
        let held = db.assignments_for(person.id, site.id)?;
        let column = person_column(policy, &ground, &site, person, &held, now, Subject::Site(site.id));
        Ok(Column { key: site.key, name: site.name, ..column })
    };
    let columns = sites.into_iter().filter(|it| it.platform == catalog.platform).map(column).collect::<Result<_>>()?;
    Ok(Grid { catalog: Arc::clone(catalog), columns, left_out: 0 })
}

/// These people by all that they can do on any of their sites of a platform, the first `enough` of each.
pub fn anywhere(
    db: Reader<'_>,
    policy: &Policy,
    people: &[Person],
    catalog: &Arc<Catalog>,
    now: DateTime<Utc>,
    enough: usize,
) -> Result<Grid> {
    let column = |person: &Person| {
        let on_each = sites(db, policy, person, catalog, now, enough)?.columns;
        let closed = on_each.iter().fold(PermSet::EMPTY, |all, it| all | it.held());
        let granted = on_each.iter().fold(PermSet::EMPTY, |all, it| all | it.granted & it.held());
        Ok(Column {
            subject: Subject::Person(person.id),
            key: person.email.clone(),
            name: person.name.clone(),
            editable: false,
            owner: false,
            granted,
            closed,
            ceiling: PermSet::EMPTY,
            absent: PermSet::EMPTY,
        })
    };
    Ok(Grid { catalog: Arc::clone(catalog), columns: people.iter().map(column).collect::<Result<_>>()?, left_out: 0 })
}

fn person_column(
    policy: &Policy,
    ground: &Ground,
    site: &Site,
    person: &Person,
    held: &[crate::domain::things::Assignment],
    now: DateTime<Utc>,
    subject: Subject,
) -> Column {
    let owns = person.id == site.owner;
    let sources = if owns { ground.partnership(policy, held, now) } else { ground.sources(policy, held, now) };
    let owner = owns && sources.is_empty();
    let at = |level: Level| {
        let roles = sources.iter().filter(|it| it.level == level).filter_map(|it| policy.role(it.role));
        roles.fold((PermSet::EMPTY, PermSet::EMPTY), |(granted, closed), it| (granted | it.granted, closed | it.closed))
    };
    let ((site_granted, site_closed), (team_granted, team_closed)) = (at(Level::Site), at(Level::Team));
    let absent = ground.catalog.cut(ground.catalog.missing_apps(&site.apps));
    let taken = sources.iter().filter_map(|it| policy.role(it.role)).fold(PermSet::EMPTY, |taken, it| taken | it.takes);
    let closed = if owner { ground.catalog.everything() } else { (site_closed | team_closed) - taken };
    let held = ground.access(policy, person.id, held, now);
    Column {
        subject,
        key: person.email.clone(),
        name: person.name.clone(),
        editable: false,
        owner,
        granted: if owner { closed } else { (site_granted | team_granted) - taken },
        closed,
        ceiling: closed - held - absent,
        absent,
    }
}
