//! Findings that somebody answers for until a day, as a row and in portable form.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audit::{About, Besides, Severity};
use super::ids::{AcceptedId, PersonId, RoleId, SiteId};
use super::record::{AssignmentKey, Recorded, ScopeRecord};
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
    /// What made it one then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    #[serde(with = "time::instant")]
    pub until: DateTime<Utc>,
    pub because: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
}

/// What makes a finding one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "evidence is who holds which role (person, role, level, scope), or `right`, `owner`, `owns`, `twin` or `offered`"
)]
pub enum Evidence<H = Held, B = Besides> {
    Held(H),
    Besides(B),
}

/// A role that is held: the same whoever gave it, and whenever.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Held {
    pub person: PersonId,
    pub role: RoleId,
    pub level: Level,
    pub scope: Scope,
}

impl Evidence {
    /// All that makes a finding one by these assignments and this besides.
    pub fn of(held: &[Assignment], besides: &[Besides]) -> Vec<Evidence> {
        let held = held.iter().map(|it| Held { person: it.person, role: it.role, level: it.level, scope: it.scope });
        held.map(Evidence::Held).chain(besides.iter().cloned().map(Evidence::Besides)).collect()
    }

    /// The single site that it is of.
    pub fn site(&self) -> Option<SiteId> {
        match self {
            Evidence::Held(Held { scope, .. }) | Evidence::Besides(Besides::Offered { scope, .. }) => scope.site(),
            Evidence::Besides(Besides::Owns(_, id)) => Some(*id),
            Evidence::Besides(Besides::Right(_) | Besides::Owner(_) | Besides::Twin(_)) => None,
        }
    }

    fn is_owner(&self) -> bool {
        matches!(self, Evidence::Besides(Besides::Owner(_)))
    }
}

/// Why a finding counts again that somebody answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// Its day is over.
    Over,
    /// It is worse than it was.
    Worse,
    /// This makes it one that did not then.
    More(Vec<Evidence>),
}

impl Accepted {
    /// Why it counts again, where it does, by how bad it is now and what makes it one.
    pub fn back(&self, now: DateTime<Utc>, severity: Severity, evidence: Vec<Evidence>) -> Option<Back> {
        if self.until <= now {
            return Some(Back::Over);
        }
        if severity > self.severity {
            return Some(Back::Worse);
        }
        let known: HashSet<&Evidence> = self.evidence.iter().collect();
        let more: Vec<Evidence> = evidence.into_iter().filter(|it| !known.contains(it) && self.tells(it)).collect();
        (!more.is_empty()).then_some(Back::More(more))
    }

    /// Whether it says anything of such evidence: as long as only roles were written down it said nothing of owners and, where
    /// none was held, of nothing.
    fn tells(&self, it: &Evidence) -> bool {
        match it {
            Evidence::Held(_) => true,
            Evidence::Besides(Besides::Owner(_)) => self.evidence.iter().any(Evidence::is_owner),
            Evidence::Besides(Besides::Right(_) | Besides::Owns(..) | Besides::Twin(_) | Besides::Offered { .. }) => {
                !self.evidence.is_empty()
            }
        }
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
    pub evidence: Vec<NamedEvidence>,
    #[serde(with = "time::instant")]
    pub until: DateTime<Utc>,
    pub because: String,
    /// Who answers for it; where it is accepted now, whoever does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What a finding is about, by names.
pub type Named = About<String, String, String>;

/// What makes a finding one, by names.
pub type NamedEvidence = Evidence<AssignmentKey, NamedBesides>;
pub type NamedBesides = Besides<String, String, String, ScopeRecord>;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_reads_back_as_it_is_written() {
        let role_alone = r#"{"person":1,"role":2,"level":"site","scope":{"site":3}}"#;
        let others = [r#"{"right":"a.edit"}"#, r#"{"owner":1}"#, r#"{"owns":[1,3]}"#, r#"{"twin":2}"#];
        let offered = r#"{"offered":{"role":2,"level":"team","scope":"everywhere"}}"#;
        for text in others.into_iter().chain([role_alone, offered]) {
            let it: Evidence = serde_json::from_str(text).unwrap();
            assert_eq!((serde_json::to_string(&it).unwrap().as_str(), matches!(it, Evidence::Held(_))), (text, text == role_alone));
        }
    }
}
