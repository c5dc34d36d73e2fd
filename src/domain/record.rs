//! The same things in portable form: they name each other by e-mail and key.
//!
//! A record is a line of a bundle, the argument of a command and a row of JSON
//! output, so the three always agree.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::catalog::{CatalogData, DEFAULT_CEILING};
use super::ids::{HandoverId, InvitationId, RequestId};
use super::life::{HandoverKind, WaitsFor};
use super::row::Subject;
use super::things::{ContactStatus, Host, Level, RoleLevel, SiteStatus};
use super::time::{self, Zone};
use super::token::TokenHash;

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
    #[serde(default)]
    pub ceiling: CeilingRecord,
    #[serde(default, skip_serializing_if = "Profile::is_plain")]
    pub profile: Profile,
}

/// How the agency shows itself, and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// One line under the name in what is sent.
    pub line: String,
    /// A few lines of text in place of a picture.
    pub logo: String,
    /// How many people the team may have.
    pub team_seats: Option<u32>,
    /// How many collaborators each site may have.
    pub site_seats: Option<u32>,
    /// How many days an access request waits for an answer.
    pub request_days: u32,
    /// After how many days a role ends, by key, where no other end is named.
    pub ends_after: BTreeMap<String, u32>,
    /// In which the agency reckons its days.
    #[serde(skip_serializing_if = "Zone::is_usual")]
    pub zone: Zone,
}

impl Default for Profile {
    fn default() -> Profile {
        let (line, logo) = (String::new(), String::new());
        Profile { line, logo, team_seats: None, site_seats: None, request_days: 30, ends_after: BTreeMap::new(), zone: Zone::default() }
    }
}

impl Profile {
    fn is_plain(&self) -> bool {
        *self == Profile::default()
    }
}

/// R8: one ceiling profile for every platform, or platform → profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "the ceiling is one profile for every platform, or a profile by platform")]
pub enum CeilingRecord {
    All(String),
    /// Of a workspace: the platforms that are not named have the default one.
    Each(BTreeMap<String, String>),
}

impl Default for CeilingRecord {
    fn default() -> CeilingRecord {
        CeilingRecord::All(DEFAULT_CEILING.to_owned())
    }
}

impl std::fmt::Display for CeilingRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CeilingRecord::All(profile) => f.write_str(profile),
            CeilingRecord::Each(each) => {
                let said: Vec<String> = each.iter().map(|(platform, profile)| format!("{profile} on {platform}")).collect();
                f.write_str(&said.join(", "))
            }
        }
    }
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
    /// Which of its platform's editors the site is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
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
    #[serde(with = "time::instant::option")]
    pub since: Option<DateTime<Utc>>,
    #[serde(default)]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    /// When somebody should look whether it is still needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub review_on: Option<DateTime<Utc>>,
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

/// An invitation to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationRecord {
    pub email: String,
    pub level: Level,
    pub roles: Vec<String>,
    pub scopes: Vec<ScopeRecord>,
    #[serde(default)]
    pub client: bool,
    /// When the access will end.
    #[serde(default)]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    #[serde(default)]
    pub note: String,
    pub token: TokenHash,
}

/// A request for access to a client's site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// The client's e-mail, or the name of a contact.
    pub contact: String,
    /// Which site, in words.
    pub site: String,
    pub roles: Vec<String>,
    /// Who is to work there.
    pub person: String,
    #[serde(default)]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    #[serde(default)]
    pub message: String,
}

/// A transfer of a site, or a proposal of the Partner role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverRecord {
    pub site: String,
    pub kind: HandoverKind,
    /// Who is to accept it.
    pub email: String,
    /// The role that the old owner keeps after a transfer.
    #[serde(default)]
    pub keep: Option<String>,
    #[serde(default)]
    pub with_plan: bool,
    #[serde(default)]
    pub with_copy: bool,
    pub token: TokenHash,
}

/// Names something that waits for an answer by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferKey {
    Invitation(i64),
    Request(i64),
    Handover(i64),
}

impl OfferKey {
    /// The offer whose history it is.
    pub fn of(subject: Subject) -> Option<OfferKey> {
        let (_, n) = subject.columns();
        [OfferKey::Invitation(n), OfferKey::Request(n), OfferKey::Handover(n)].into_iter().find(|it| Subject::from(*it) == subject)
    }

    /// The number alone, counted for each kind.
    pub fn number(self) -> i64 {
        match self {
            OfferKey::Invitation(n) | OfferKey::Request(n) | OfferKey::Handover(n) => n,
        }
    }
}

impl From<OfferKey> for Subject {
    fn from(key: OfferKey) -> Subject {
        match key {
            OfferKey::Invitation(id) => Subject::Invitation(InvitationId(id)),
            OfferKey::Request(id) => Subject::Request(RequestId(id)),
            OfferKey::Handover(id) => Subject::Handover(HandoverId(id)),
        }
    }
}

impl WaitsFor {
    pub fn key(self) -> OfferKey {
        match self {
            WaitsFor::Invitation(id) => OfferKey::Invitation(id.0),
            WaitsFor::Request(id) => OfferKey::Request(id.0),
        }
    }
}

impl std::fmt::Display for OfferKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OfferKey::Invitation(id) => write!(f, "invitation {id}"),
            OfferKey::Request(id) => write!(f, "request {id}"),
            OfferKey::Handover(id) => write!(f, "hand-over {id}"),
        }
    }
}
