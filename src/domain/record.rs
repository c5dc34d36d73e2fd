//! The same things in portable form: they name each other by e-mail and key.
//!
//! A record is a line of a bundle, the argument of a command and a row of JSON
//! output, so the three always agree.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::catalog::{CatalogData, RoleLevel};
use super::things::{ContactStatus, Host, Level, SiteStatus};

/// One line of a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record {
    Workspace(WorkspaceRecord),
    Catalog(CatalogData),
    Folder(FolderRecord),
    Site(SiteRecord),
    Person(PersonRecord),
    Contact(ContactRecord),
    Role(RoleRecord),
    Assignment(AssignmentRecord),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceRecord {
    pub name: String,
    pub owner: String,
    #[serde(default = "strict")]
    pub ceiling: String,
}

fn strict() -> String {
    "strict".to_owned()
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderRecord {
    pub key: String,
    pub name: String,
    pub parent: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecord {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub url: String,
    pub platform: String,
    pub folder: Option<String>,
    pub owner: String,
    /// Absent means the owner.
    #[serde(default = "owner_hosts")]
    pub host: Host,
    #[serde(default)]
    pub apps: Vec<String>,
    #[serde(default)]
    pub status: SiteStatus,
}

fn owner_hosts() -> Host {
    Host::Owner
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRecord {
    pub email: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRecord {
    pub name: String,
    pub email: Option<String>,
    #[serde(default)]
    pub status: ContactStatus,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default)]
    pub notes: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRecord {
    pub key: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub platform: String,
    pub level: RoleLevel,
    #[serde(default)]
    pub permissions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignmentRecord {
    pub person: String,
    pub role: String,
    pub level: Level,
    pub scope: ScopeRecord,
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// `"everywhere"`, `{"folder": KEY}` or `{"site": KEY}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeRecord {
    Everywhere,
    Folder(String),
    Site(String),
}

impl std::fmt::Display for ScopeRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScopeRecord::Everywhere => f.write_str("everywhere"),
            ScopeRecord::Folder(key) => write!(f, "folder {key}"),
            ScopeRecord::Site(key) => write!(f, "site {key}"),
        }
    }
}

/// What names one thing: enough to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    Folder(String),
    Site(String),
    Person(String),
    /// An e-mail, or the name of a contact without one.
    Contact(String),
    Role(String),
    Assignment {
        person: String,
        role: String,
        level: Level,
        scope: ScopeRecord,
    },
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Folder(key) => write!(f, "folder {key}"),
            Key::Site(key) => write!(f, "site {key}"),
            Key::Person(email) => write!(f, "person {email}"),
            Key::Contact(who) => write!(f, "contact {who}"),
            Key::Role(key) => write!(f, "role {key}"),
            Key::Assignment { person, role, scope, .. } => write!(f, "{role} for {person} ({scope})"),
        }
    }
}
