//! How a catalog is written: the shape of the TOML files and of a bundle's `catalog` record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::deed::Deed;
use crate::domain::things::RoleLevel;

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

/// How sure a catalog is of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Certainty {
    /// From source code, a file for machines, or a complete table of the platform's own.
    A,
    /// From such a table; some of it is inferred, and says so.
    B,
    /// The names are exact, what roles hold is not all known.
    C,
}

/// What a permission is about, on whatever platform: by these, roles of several platforms compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Content,
    Commerce,
    Marketing,
    Insight,
    People,
    Money,
    Domain,
    Code,
}

/// What becomes of team-level roles given nearer to a site than others (R4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adds {
    /// The nearest replace the wider ones.
    #[default]
    Nearest,
    /// They add up.
    All,
}

impl Adds {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_nearest(&self) -> bool {
        *self == Adds::Nearest
    }
}

/// How somebody gets in on a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The client invites an address there.
    Invite,
    /// Somebody makes an account there by hand.
    Account,
    /// The client enters the agency's own number.
    Partner,
    /// The agency asks there, and the client confirms.
    Manager,
    /// The client tells a code, and the agency asks with it.
    Code,
}

/// What a client does to let somebody in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessData {
    pub way: Way,
    /// Sentences with `{email}`, `{name}`, `{role}`, `{until}` and what stands in `values`.
    pub steps: Vec<String>,
    /// Numbers of the agency's own there that a step needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// For how many days at least and at most, where the platform ends access itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<[u32; 2]>,
    /// How many at a time, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub most: String,
    /// The page there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// How it is taken back.
    pub remove: String,
}

/// A kind of thing of which a platform has several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetData {
    pub key: String,
    /// As it stands in a sentence.
    pub name: String,
    /// The kind of thing that it stands under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// Whether it is the whole account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub account: bool,
    /// Whether a role that is given there counts on what stands under it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hands_down: bool,
    /// What the platform's own number of one looks like, as a regular expression.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authority: BTreeMap<Deed, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Box<AccessData>>,
}

/// A catalog as written: the shape of the TOML files and of a bundle's `catalog` record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogData {
    pub platform: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub as_of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
    /// What it cannot say, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    #[serde(default, skip_serializing_if = "Adds::is_nearest")]
    pub adds: Adds,
    pub categories: Vec<String>,
    /// How many categories, from the left, stand in the platform's own published table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
    /// The permission without which nobody can bring changes of a site out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<String>,
    /// Groups of roles of which somebody holds one on a site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one: Vec<String>,
    /// What each category is about; of all of them, or of none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Box<AccessData>>,
    /// Where there are several kinds of things: the first is the usual one.
    #[serde(default, alias = "asset", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetData>,
    /// What sites are made with.
    #[serde(default, alias = "editor", skip_serializing_if = "Vec::is_empty")]
    pub editors: Vec<EditorData>,
    #[serde(default)]
    pub ceilings: BTreeMap<String, CeilingData>,
    /// What nobody should hold together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub separate: Vec<SeparateData>,
    /// Which permission allows which deed (R11).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authority: BTreeMap<Deed, String>,
    #[serde(default, alias = "permission")]
    pub permissions: Vec<PermissionData>,
    #[serde(default, alias = "role", skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleData>,
    /// What is handed out again and again, and is no role until somebody makes one of it.
    #[serde(default, alias = "template", skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateData>,
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

/// Two permissions that belong into different hands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparateData {
    pub permissions: [String; 2],
    /// What somebody who holds both could do unseen.
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingData {
    #[serde(default)]
    pub site: Vec<String>,
    #[serde(default)]
    pub team: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The kinds of things on which it means anything, where not on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asset: Vec<String>,
    /// What it is about, where that is not its category's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// No source says that it is one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inferred: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the file")]
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
    /// What it takes from whoever holds it, whatever else they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<String>,
    /// The kinds of things on which it can be given, where not on all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asset: Vec<String>,
    /// Of what it grants, what no source says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inferred: Vec<String>,
    /// A key's or a service's: no person is given it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub machine: bool,
    /// No longer given to new people.
    #[serde(default)]
    pub deprecated: bool,
    /// The role that its holders had better have, where it is deprecated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
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

/// A role to begin with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateData {
    pub name: String,
    /// When it is handed out, in a sentence.
    pub when: String,
    #[serde(default = "at_site")]
    pub level: RoleLevel,
    pub permissions: Vec<String>,
    /// After how many days access by it usually ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

fn at_site() -> RoleLevel {
    RoleLevel::Site
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

    pub(super) fn other(self) -> Side {
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
