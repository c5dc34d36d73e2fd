//! Findings and rules as they are printed.

use anyhow::Result;
use serde::Serialize;

use crate::cli::receipt::Effect;
use crate::command::Command;
use crate::domain::accepted::NamedBesides;
use crate::domain::audit::{Rule, Setting, Settings, Severity};
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Recorded};
use crate::domain::time;
use crate::exchange::format::sarif::Hit;
use crate::exchange::mending;
use crate::facts::Reader;
use crate::query::audit::{Acceptance, Audit, Found};
use crate::query::columns::{Column, Columns, column, keyed, on_demand};
use crate::query::records;

/// A finding as it is printed.
#[derive(Serialize)]
pub(super) struct Printed {
    pub(super) key: String,
    pub(super) rule: &'static Rule,
    pub(super) severity: Severity,
    pub(super) sentence: String,
    since: Option<String>,
    subjects: Subjects,
    evidence: Vec<AssignmentRecord>,
    besides: Vec<NamedBesides>,
    pub(super) fix: Vec<Command>,
    no_fix: Option<String>,
    /// What its fix does, where that is asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    pub(super) accepted: Option<Answered>,
}

#[derive(Serialize)]
struct Subjects {
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

/// What a fix would do.
#[derive(Serialize)]
pub(super) struct Outcome {
    /// What would be found afterwards that is worse than what it mends, and is not found now.
    pub(super) brings: Vec<String>,
    #[serde(flatten)]
    pub(super) effect: Effect,
}

/// That somebody answers for a finding, or did and why it counts again.
#[derive(Serialize)]
pub(super) struct Answered {
    until: String,
    because: String,
    by: Option<String>,
    /// Whether it is so still.
    holds: bool,
}

impl Answered {
    fn of(audit: &Audit<'_>, it: &Acceptance) -> Answered {
        Answered {
            until: time::rfc3339(it.row.until),
            because: it.row.because.clone(),
            by: it.row.by.map(|id| audit.facts.email(id).to_owned()),
            holds: it.back.is_none(),
        }
    }
}

impl Printed {
    /// A finding with all that is said of it or, where it `is_brief`, in a sentence.
    pub(super) fn of(db: Reader<'_>, policy: &Policy, audit: &Audit<'_>, found: &Found, is_brief: bool) -> Result<Printed> {
        let (facts, finding) = (&audit.facts, &found.finding);
        let subjects = Subjects {
            person: finding.person().map(|it| facts.email(it).to_owned()),
            site: finding.site().and_then(|it| facts.site(it)).map(|it| it.key.clone()),
            role: finding.role().and_then(|it| facts.role(it)).map(|it| it.key.clone()),
        };
        let mut printed = Printed {
            key: found.key.clone(),
            rule: finding.rule,
            severity: finding.severity,
            sentence: String::new(),
            since: finding.since.map(time::rfc3339),
            subjects,
            evidence: Vec::new(),
            besides: Vec::new(),
            fix: Vec::new(),
            no_fix: None,
            outcome: None,
            accepted: found.accepted.as_ref().map(|it| Answered::of(audit, it)),
        };
        if is_brief {
            printed.sentence = audit.sentence(db, found)?;
            return Ok(printed);
        }
        let shown = audit.shown(db, found)?;
        printed.sentence = shown.sentence;
        printed.evidence = shown.held.iter().map(|it| records::assignment(db, policy, it)).collect::<Result<_>>()?;
        let besides = finding.besides.iter().filter_map(|it| records::besides(db, policy, it).transpose());
        printed.besides = besides.collect::<Result<_>>()?;
        match shown.mend {
            Ok(mends) => printed.fix = mending::commands(db, policy, &mends, facts.now)?,
            Err(why) => printed.no_fix = Some(why),
        }
        Ok(printed)
    }
}

impl Printed {
    /// The same as SARIF has it.
    pub(super) fn hit(&self) -> Hit {
        let Subjects { person, site, role } = &self.subjects;
        let places = [("person", person), ("site", site), ("role", role)];
        let places: Vec<(&str, &str)> = places.into_iter().filter_map(|(kind, name)| Some((kind, name.as_deref()?))).collect();
        let because = self.accepted.as_ref().filter(|it| it.holds).map(|it| it.because.as_str());
        Hit::new(self.rule, self.severity, &self.key, &self.sentence, &places, because)
    }
}

impl Columns for Printed {
    const COLUMNS: &'static [Column<Printed>] = &[
        column("severity", |it, _| it.severity.to_string()),
        keyed("finding", "sentence", |it, _| it.sentence.clone()),
        column("key", |it, _| it.key.clone()),
        on_demand("rule", |it, _| it.rule.id.to_owned()),
        on_demand("since", |it, _| it.since.clone().unwrap_or_default()),
        on_demand("evidence", |it, _| {
            let held = it.evidence.iter().map(|it| it.key().to_string());
            held.chain(it.besides.iter().map(NamedBesides::to_string)).collect::<Vec<_>>().join("; ")
        }),
        on_demand("accepted", |it, _| it.accepted.as_ref().map_or_else(String::new, |it| it.until.clone())),
    ];
}

/// A rule as it is printed.
#[derive(Serialize)]
pub(super) struct RuleRow {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    pub(super) title: &'static str,
    why: &'static str,
    finds: &'static str,
    pub(super) settings: Vec<Set>,
}

/// A setting of a rule, and what holds.
#[derive(Serialize)]
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What holds where nothing is set.
    usual: &'static str,
    pub(super) what: &'static str,
}

impl Set {
    pub(super) fn is_usual(&self) -> bool {
        self.value == self.usual
    }
}

impl RuleRow {
    pub(super) fn of(rule: &Rule, settings: &Settings) -> RuleRow {
        let set = |it: &Setting| {
            let value = settings.get(rule, it.name).unwrap_or(it.usual).to_owned();
            Set { name: it.name, value, usual: it.usual, what: it.what }
        };
        let settings = rule.settings.iter().map(set).collect();
        RuleRow { id: rule.id, severity: rule.severity, title: rule.title, why: rule.why, finds: rule.finds, settings }
    }
}

impl Columns for RuleRow {
    const COLUMNS: &'static [Column<RuleRow>] = &[
        column("id", |it, _| it.id.to_owned()),
        column("severity", |it, _| it.severity.to_string()),
        column("title", |it, _| it.title.to_owned()),
        on_demand("finds", |it, _| it.finds.to_owned()),
        on_demand("why", |it, _| it.why.to_owned()),
        on_demand("settings", |it, _| it.settings.iter().map(|it| format!("{}={}", it.name, it.value)).collect::<Vec<_>>().join("; ")),
    ];
}
