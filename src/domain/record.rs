//! The same things in portable form: they name each other by e-mail and key.
//!
//! A record is a line of a bundle, the argument of a command and a row of JSON
//! output, so the three always agree.

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audit::Settings;
use super::catalog::{CatalogData, DEFAULT_CEILING};
use super::ids::{HandoverId, InvitationId, RequestId};
use super::kinds::kinds;
use super::life::{HandoverKind, WaitsFor};
use super::row::{Row, Subject};
use super::text;
use super::things::{Assignment, Folder, Host, Level, Person, Role, RoleLevel, Site, SiteStatus};
use super::time::{self, Zone};
use super::token::TokenHash;

macro_rules! make_records {
    ($d:tt $($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        /// One line of a bundle.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "kebab-case")]
        #[expect(clippy::large_enum_variant, reason = "a file has few catalogs, and its records come one by one")]
        pub enum Record {
            Workspace(WorkspaceRecord),
            Catalog(CatalogData),
            $($($($name($record),)?)*)*
        }

        /// What names one thing: enough to find it again.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Key { $($($($name(<$record as Recorded>::Key),)?)*)* }

        $($($(impl From<$record> for Record {
            fn from(record: $record) -> Record {
                Record::$name(record)
            }
        })?)*)*

        impl Record {
            /// The platform of which it is.
            pub fn platform(&self) -> Option<&str> {
                match self {
                    Record::Site(it) => Some(&it.platform),
                    Record::Role(it) => Some(&it.platform),
                    _ => None,
                }
            }

            /// What names the thing, for those that a command removes by it.
            pub fn key(&self) -> Option<Key> {
                match self {
                    $($($(Record::$name(it @ $record { .. }) => Some(Key::$name(it.key())),)?)*)*
                    Record::Workspace(_) | Record::Catalog(_) => None,
                }
            }
        }

        /// The same for a record, whatever its kind, and something else for those that bring no row of such a kind.
        macro_rules! by_record {
            ($d record:expr, $d it:ident => $d then:expr, { $d($d apart:tt)* }) => {
                match $d record {
                    $($($($crate::domain::record::Record::$name($d it @ $record { .. }) => $d then,)?)*)*
                    $d($d apart)*
                }
            };
        }

        /// The same for two records of one kind, whatever it is, and something else for others.
        macro_rules! by_records {
            (($d one:expr, $d other:expr), ($d old:ident, $d new:ident) => $d then:expr, { $d($d apart:tt)* }) => {
                match ($d one, $d other) {
                    $($($((
                        $crate::domain::record::Record::$name($d old @ $record { .. }),
                        $crate::domain::record::Record::$name($d new @ $record { .. }),
                    ) => $d then,)?)*)*
                    $d($d apart)*
                }
            };
        }

        /// The same for the edit of a change to a row that a record brings, with its kind of record, and something else for other rows.
        macro_rules! by_brought {
            ($d change:expr, ($d kind:ident, $d edit:ident) => $d then:expr, { $d($d apart:tt)* }) => {
                match $d change {
                    $($($($crate::domain::change::Change::$name($d edit) => {
                        type $d kind = $record;
                        $d then
                    })?)*)*
                    $d($d apart)*
                }
            };
        }

        /// The same for a key, whatever kind of record it names.
        macro_rules! by_key {
            ($d key:expr, ($d kind:ident, $d it:ident) => $d then:expr) => {
                match $d key {
                    $($($($crate::domain::record::Key::$name($d it) => {
                        type $d kind = $record;
                        $d then
                    })?)*)*
                }
            };
        }
    };
}

kinds!(make_records $);

pub(crate) use {by_brought, by_key, by_record, by_records};

/// What every kind of record says of itself.
pub trait Recorded: Sized {
    /// The row that it brings.
    type Row: Row;
    /// What names one: enough to find it again.
    type Key: Display;

    fn key(&self) -> Self::Key;

    /// The name by which a sentence calls it.
    fn title(&self) -> String {
        self.key().to_string()
    }

    /// When the access ends that it gives.
    fn until(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// That it was added, for the journal.
    fn added(&self) -> String {
        format!("added the {} {}", Self::Row::NOUN, self.title())
    }

    /// That it became another, for the journal.
    fn edited(&self, after: &Self) -> String {
        format!("edited the {} {}", Self::Row::NOUN, after.title())
    }

    /// That it went, for the journal.
    fn removed(key: &Self::Key) -> String {
        format!("removed the {} {key}", Self::Row::NOUN)
    }
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
    /// What is set of audit rules.
    #[serde(default, skip_serializing_if = "Settings::is_empty")]
    pub audit: Settings,
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

impl Display for CeilingRecord {
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

impl Recorded for FolderRecord {
    type Row = Folder;
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }
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

impl Recorded for SiteRecord {
    type Row = Site;
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRecord {
    pub email: String,
    #[serde(default)]
    pub name: String,
}

impl From<Person> for PersonRecord {
    fn from(row: Person) -> PersonRecord {
        let Person { id: _, email, name } = row;
        PersonRecord { email, name }
    }
}

impl Recorded for PersonRecord {
    type Row = Person;
    type Key = String;

    fn key(&self) -> String {
        self.email.clone()
    }
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

impl Recorded for RoleRecord {
    type Row = Role;
    type Key = String;

    fn key(&self) -> String {
        self.key.clone()
    }

    /// Which permissions went on and off, where any did.
    fn edited(&self, after: &RoleRecord) -> String {
        let signed = |sign: char, from: &[String], to: &[String]| -> Vec<String> {
            from.iter().filter(|id| !to.contains(id)).map(|id| format!("{sign}{id}")).collect()
        };
        let difference = [signed('+', &after.permissions, &self.permissions), signed('-', &self.permissions, &after.permissions)].concat();
        if difference.is_empty() {
            return format!("edited the role {}", after.key);
        }
        format!("changed {}: {}", after.key, text::few(&difference))
    }
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

impl Recorded for AssignmentRecord {
    type Row = Assignment;
    type Key = AssignmentKey;

    fn key(&self) -> AssignmentKey {
        AssignmentKey { person: self.person.clone(), role: self.role.clone(), level: self.level, scope: self.scope.clone() }
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    fn added(&self) -> String {
        format!("gave {} to {} ({})", self.role, self.person, self.scope)
    }

    fn edited(&self, after: &AssignmentRecord) -> String {
        format!("changed {} of {} ({})", after.role, after.person, after.scope)
    }

    fn removed(key: &AssignmentKey) -> String {
        format!("took {} from {} ({})", key.role, key.person, key.scope)
    }
}

/// `"everywhere"`, `{"folder": KEY}` or `{"site": KEY}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeRecord {
    Everywhere,
    Folder(String),
    Site(String),
}

impl Display for ScopeRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScopeRecord::Everywhere => f.write_str("everywhere"),
            ScopeRecord::Folder(key) => write!(f, "folder {key}"),
            ScopeRecord::Site(key) => write!(f, "site {key}"),
        }
    }
}

/// Who holds which role where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentKey {
    pub person: String,
    pub role: String,
    pub level: Level,
    pub scope: ScopeRecord,
}

impl Display for AssignmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} for {} ({})", self.role, self.person, self.scope)
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
    #[serde(default)]
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
    #[serde(default)]
    pub token: TokenHash,
}

/// Names something that waits for an answer by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Display for OfferKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OfferKey::Invitation(id) => write!(f, "invitation {id}"),
            OfferKey::Request(id) => write!(f, "request {id}"),
            OfferKey::Handover(id) => write!(f, "hand-over {id}"),
        }
    }
}
