//! What a workspace holds, row by row: people, sites, roles, assignments.
//!
//! These are the rows of the tables and of the journal; they name each other by
//! number. [`super::record`] is the same in portable form, by e-mail and key.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{AssignmentId, FolderId, PersonId, RoleId, SiteId};
use super::reference::reference;
use super::row::{Row, Subject};
use super::time;

/// An identity that can hold access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
}

impl Row for Person {
    const NOUN: &'static str = "person";

    fn title(&self) -> String {
        self.email.clone()
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into()]
    }
}

/// A place in the tree of sites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub id: FolderId,
    pub key: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<FolderId>,
}

impl Row for Folder {
    const NOUN: &'static str = "folder";

    fn title(&self) -> String {
        self.key.clone()
    }
}

/// A client site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub key: String,
    pub name: String,
    pub url: String,
    pub platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderId>,
    pub owner: PersonId,
    pub host: Host,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    pub status: SiteStatus,
    /// Which of its platform's editors the site is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
}

impl Row for Site {
    const NOUN: &'static str = "site";

    fn title(&self) -> String {
        self.key.clone()
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into(), self.owner.into()]
    }
}

/// A named set of permissions.
///
/// A built-in role's row has no permissions of its own: they are the catalog's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenRole")]
pub struct Role {
    pub id: RoleId,
    /// What it is called wherever a role is named: of a built-in one as [`reference()`] has it.
    pub key: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub platform: String,
    pub level: RoleLevel,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub builtin: bool,
    /// What was granted, as text ids: unknown ones are kept.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub permissions: BTreeSet<String>,
}

impl Role {
    /// Its key on its platform.
    pub fn own_key(&self) -> &str {
        self.key.split_once('/').map_or(self.key.as_str(), |(_, key)| key)
    }
}

/// A role as it is written: once, every built-in one stood there by its key alone.
#[derive(Deserialize)]
struct WrittenRole {
    id: RoleId,
    key: String,
    name: String,
    #[serde(default)]
    about: String,
    platform: String,
    level: RoleLevel,
    #[serde(default)]
    builtin: bool,
    #[serde(default)]
    permissions: BTreeSet<String>,
}

impl From<WrittenRole> for Role {
    fn from(it: WrittenRole) -> Role {
        let WrittenRole { id, key, name, about, platform, level, builtin, permissions } = it;
        let key = if builtin && !key.contains('/') { reference(&platform, &key) } else { key };
        Role { id, key, name, about, platform, level, builtin, permissions }
    }
}

impl Row for Role {
    const NOUN: &'static str = "role";

    fn title(&self) -> String {
        self.key.clone()
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into()]
    }

    /// Its permissions, one by one: the rest is said by its key.
    fn difference(&self, after: &Role) -> Option<String> {
        let signed = |sign: char, set: &BTreeSet<String>, other: &BTreeSet<String>| -> Vec<String> {
            set.difference(other).map(|id| format!("{sign}{id}")).collect()
        };
        let told = [signed('+', &after.permissions, &self.permissions), signed('-', &self.permissions, &after.permissions)].concat();
        Some(if told.is_empty() { String::new() } else { format!("  {}", told.join(" ")) })
    }
}

/// One role given to one person in one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub id: AssignmentId,
    pub person: PersonId,
    pub role: RoleId,
    pub level: Level,
    pub scope: Scope,
    /// Live from here …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub since: Option<DateTime<Utc>>,
    /// … until just before here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    /// When somebody should look whether it is still needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub review_on: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<PersonId>,
}

impl Assignment {
    /// A role as it may be held: from the beginning, without an end, and without a number yet.
    pub fn plain(person: PersonId, role: RoleId, level: Level, scope: Scope) -> Assignment {
        let id = AssignmentId(0);
        Assignment { id, person, role, level, scope, since: None, until: None, review_on: None, reason: None, granted_by: None }
    }
}

impl Row for Assignment {
    const NOUN: &'static str = "assignment";

    fn title(&self) -> String {
        self.id.0.to_string()
    }

    fn subjects(&self) -> Vec<Subject> {
        [self.person.into(), self.role.into()].into_iter().chain(self.scope.site().map(Subject::from)).collect()
    }
}

/// A catalog that came with the workspace instead of with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCatalog {
    pub platform: String,
    /// The `catalog` record as JSON.
    pub data: String,
}

impl Row for StoredCatalog {
    const NOUN: &'static str = "catalog";

    fn title(&self) -> String {
        self.platform.clone()
    }
}

/// One named value of the workspace: its name, owner, ceiling profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub name: String,
    pub value: String,
}

impl Setting {
    pub fn new(name: &str, value: &str) -> Setting {
        Setting { name: name.to_owned(), value: value.to_owned() }
    }
}

impl Row for Setting {
    const NOUN: &'static str = "setting";

    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Assignment {
    /// R5: live from `since` until just before `until`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| since <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// Where an assignment reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Everywhere,
    Folder(FolderId),
    Site(SiteId),
}

impl Scope {
    /// The site, where it is one.
    pub fn site(self) -> Option<SiteId> {
        match self {
            Scope::Site(id) => Some(id),
            Scope::Folder(_) | Scope::Everywhere => None,
        }
    }
}

/// A word with a fixed set of values, the same in rows, files and on screen.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $first:ident = $first_text:literal $(, $variant:ident = $text:literal)* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $(#[serde(rename = $text)] $variant),*
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$name::$first $(, $name::$variant)*];

            pub fn as_str(self) -> &'static str {
                match self { $name::$first => $first_text $(, $name::$variant => $text)* }
            }

            /// The word for a text, if it is one.
            pub fn parse(text: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    )* };
}

pub(super) use words;

words! {
    /// Site-level people are collaborators, team-level people are members of the team.
    Level { Site = "site", Team = "team" }
    /// Who carries a site's plan.
    Host { Agency = "agency", Owner = "owner" }
    SiteStatus { Published = "published", Draft = "draft", Parked = "parked" }
    /// At which levels a role may be assigned.
    RoleLevel { Site = "site", Team = "team", Both = "both" }
    ContactStatus { Lead = "lead", Client = "client", Former = "former" }
}

impl RoleLevel {
    pub fn fits(self, level: Level) -> bool {
        match self {
            RoleLevel::Both => true,
            RoleLevel::Site => level == Level::Site,
            RoleLevel::Team => level == Level::Team,
        }
    }
}
