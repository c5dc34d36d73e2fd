//! Audit rules: each looks at a workspace and finds what is wrong there.
//!
//! A rule is one file and one line in the list below. It is shown every site once, with everybody who is on it, and every
//! assignment once, and says at the end what it found. It keeps numbers only: names, evidence and what would mend it are put
//! together for those findings that somebody looks at. Days are days of 24 hours; whatever is asked is asked of [`Facts`].
#![expect(clippy::unnecessary_wraps, reason = "of every rule it is said in one way what mends its findings, or why nothing does")]

mod by_platform;
mod facts;
mod finding;
mod gather;
mod giving;
mod keyholders;
mod narrower;
mod settings;

use std::fmt;

use serde::Serialize;

pub use facts::{Facts, Here, Made, Offers, Present, Rows};
pub use finding::{About, Besides, Finding, FindingId, Mend, Told};
pub use narrower::narrower_role;
pub use settings::{Setting, Settings};

use super::things::{Assignment, Site, words};

/// Declares the modules of the rules and [`RULES`] from one list, which is the order of findings of one severity.
macro_rules! rules {
    ($($rule:ident),* $(,)?) => {
        $(mod $rule;)*

        /// All of them.
        pub const RULES: &[&Rule] = &[$(&$rule::RULE),*];
    };
}

rules! {
    former_with_access,
    nobody_publishes,
    one_publisher,
    owner_gone,
    host_without_hands,
    still_inside,
    outsider_widens,
    outsider_money,
    outsider_data,
    toxic_pair,
    too_many_admins,
    many_keyholders,
    one_keyholder,
    look_alike,
    other_address,
    shared_address,
    outside_domain,
    never_ends,
    review_overdue,
    never_reviewed,
    no_reason,
    reason_outlived,
    changes_nothing,
    narrows,
    role_unused,
    role_twin,
    role_idle_rights,
    role_deprecated,
    unknown_permission,
    stale_offer,
    parked_with_outsiders,
    over_seats,
    holds_nothing,
}

words! {
    /// How bad it is.
    Severity { Low = "low", Medium = "medium", High = "high" }
}

/// What has to be seen for a rule to say anything that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Only what it finds things in.
    Nothing,
    /// Who is a client, and who is one no more.
    Contacts,
    /// The whole workspace.
    Whole,
}

impl Takes {
    /// What it takes sight of.
    pub fn words(self) -> &'static str {
        match self {
            Takes::Nothing => "nothing else",
            Takes::Contacts => "the agency's contacts",
            Takes::Whole => "the whole workspace",
        }
    }
}

/// A rule, and what is to be read about it.
pub struct Rule {
    pub id: &'static str,
    pub title: &'static str,
    /// Of its findings, where nothing raises it.
    pub severity: Severity,
    /// Why it matters.
    pub why: &'static str,
    /// What it finds, exactly.
    pub finds: &'static str,
    pub settings: &'static [Setting],
    pub takes: Takes,
    pub check: fn() -> Box<dyn Check>,
    /// A finding in a sentence.
    pub sentence: fn(&Told<'_>) -> String,
    /// What mends it, or why nothing can.
    pub mend: fn(&Told<'_>) -> Result<Vec<Mend>, String>,
}

/// A rule at work.
pub trait Check {
    /// A site, with everybody who is on it.
    fn site(&mut self, _facts: &Facts<'_>, _here: &Here<'_>) {}

    /// An assignment, live or not; with its site, where it is of one.
    fn held(&mut self, _facts: &Facts<'_>, _it: &Assignment, _site: Option<&Site>) {}

    /// For what it is left out where somebody does not see the whole workspace, if it is not left out as a whole.
    fn left_out(&self) -> Option<&'static str> {
        None
    }

    /// What was found.
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding>;
}

impl Rule {
    pub fn named(id: &str) -> Option<&'static Rule> {
        RULES.iter().copied().find(|it| it.id == id)
    }

    /// Whether its findings are told in one line as long as nobody asks for each: there may be one of everybody.
    pub fn folds(&self) -> bool {
        self.id == never_reviewed::RULE.id
    }

    /// Its place in the list.
    pub(super) fn rank(&self) -> usize {
        RULES.iter().position(|it| std::ptr::eq(*it, self)).unwrap_or(RULES.len())
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id)
    }
}
