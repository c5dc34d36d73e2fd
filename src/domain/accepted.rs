//! Findings that somebody answers for until a day, as a row and in portable form.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audit::{About, Severity};
use super::ids::{AcceptedId, PersonId, RoleId};
use super::record::{AssignmentKey, Recorded};
use super::row::{Row, Subject};
use super::text::display;
use super::things::{Assignment, Level, Scope};
use super::time;

/// A finding that somebody answers for. What it is about is kept by numbers, so that it stays the same under other names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub id: AcceptedId,
    /// The rule that found it.
    pub rule: String,
    pub about: About,
    /// How bad it was.
    pub severity: Severity,
    /// What was held then that made it one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    #[serde(with = "time::instant")]
    pub until: DateTime<Utc>,
    pub because: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
}

/// A role that was held: the same whoever gave it, and whenever.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    pub person: PersonId,
    pub role: RoleId,
    pub level: Level,
    pub scope: Scope,
}

impl From<&Assignment> for Evidence {
    fn from(it: &Assignment) -> Evidence {
        Evidence { person: it.person, role: it.role, level: it.level, scope: it.scope }
    }
}

/// Why a finding counts again that somebody answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// Its day is over.
    Over,
    /// It is worse than it was.
    Worse,
    /// So many roles more make it one.
    More(usize),
}

impl Accepted {
    /// Why it counts again, where it does, by how bad it is now and what makes it one.
    pub fn back(&self, now: DateTime<Utc>, severity: Severity, held: &[Assignment]) -> Option<Back> {
        if self.until <= now {
            return Some(Back::Over);
        }
        if severity > self.severity {
            return Some(Back::Worse);
        }
        let more = held.iter().filter(|it| !self.evidence.contains(&Evidence::from(*it))).count();
        (more > 0).then_some(Back::More(more))
    }
}

impl Row for Accepted {
    const NOUN: &'static str = "accepted finding";
    const WORD: &'static str = "accepted";

    fn title(&self) -> String {
        self.id.0.to_string()
    }

    fn subjects(&self) -> Vec<Subject> {
        let people = self.about.person().into_iter().chain(self.about.other()).map(|it| Subject::from(*it));
        let places = self.about.site().map(|it| Subject::from(*it)).into_iter().chain(self.about.role().map(|it| Subject::from(*it)));
        people.chain(places).collect()
    }
}

/// The same by names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedRecord {
    pub rule: String,
    pub about: Named,
    pub severity: Severity,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<AssignmentKey>,
    #[serde(with = "time::instant")]
    pub until: DateTime<Utc>,
    pub because: String,
    /// Who answers for it; where it is accepted now, whoever does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What a finding is about, by names.
pub type Named = About<String, String, String>;

/// Which finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingKey {
    pub rule: String,
    pub about: Named,
}

impl std::fmt::Display for FindingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.rule, self.about)
    }
}

impl Recorded for AcceptedRecord {
    type Row = Accepted;
    type Key = FindingKey;

    fn key(&self) -> FindingKey {
        FindingKey { rule: self.rule.clone(), about: self.about.clone() }
    }

    fn added(&self) -> String {
        format!("accepted {}: {}", self.title(), display(&self.because))
    }

    fn edited(&self, after: &AcceptedRecord) -> String {
        format!("accepted {} anew: {}", after.title(), display(&after.because))
    }

    fn removed(key: &FindingKey) -> String {
        format!("accepted {key} no more")
    }
}
