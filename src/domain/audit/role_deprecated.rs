//! Deprecated roles that are still held.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{About, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::RoleId;
use crate::domain::policy::HeldRole;
use crate::domain::text::{few, shell};
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "role-deprecated",
    title: "Deprecated roles in use",
    severity: Severity::Medium,
    why: "The platform gives such a role to nobody new and may take it away: what its holders can do then is for others to decide.",
    finds: "A built-in role that its catalog calls deprecated and that somebody holds, or will hold. One finding a role.",
    settings: &[],
    takes: Takes::Nothing,
    check: || Box::<Relics>::default(),
    sentence: |told| format!("{} hold{} {}, which nobody new is given", few(&told.holders()), third(told), name(told)),
    mend,
};

/// The findings so far: none of a role that is not deprecated.
#[derive(Default)]
struct Relics(HashMap<RoleId, Option<Finding>, RandomState>);

impl Check for Relics {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if !facts.is_open(it) {
            return;
        }
        let finding = || is_deprecated(facts, it.role).then(|| Finding::new(&RULE, About::Role(it.role)));
        if let Some(finding) = self.0.entry(it.role).or_insert_with(finding) {
            finding.held.push(it.id);
            finding.since = finding.since.max(facts.begins(it));
        }
    }

    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        self.0.into_values().flatten().map(|it| it.by(facts, [])).collect()
    }
}

fn is_deprecated(facts: &Facts<'_>, role: RoleId) -> bool {
    facts.policy.role(role).and_then(|it| facts.policy.builtin(it)).is_some_and(|it| it.deprecated)
}

fn name<'a>(told: &Told<'a>) -> &'a str {
    told.role().map_or("", |it| it.name.as_str())
}

fn third(told: &Told<'_>) -> &'static str {
    if told.holders().len() == 1 { "s" } else { "" }
}

/// The role that its catalog names instead.
fn instead<'a>(told: &Told<'a>) -> Option<&'a HeldRole> {
    let policy = told.facts.policy;
    let role = policy.role(told.finding.role()?)?;
    let key = policy.builtin(role)?.instead.as_ref()?;
    policy.roles().find(|it| it.role.builtin && it.role.platform == role.role.platform && it.role.key == *key)
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let by_hand = || format!("rolecall role find tells which roles come near; give one and take {}", name(told));
    let Some(other) = instead(told) else { return Err(format!("its catalog names no role instead; {}", by_hand())) };
    let fits = |it: &Assignment| told.facts.is_assignable(other, it.level);
    if !told.held.iter().all(fits) {
        let (role, key) = (&other.role.name, shell(name(told)));
        return Err(format!("{role}, which its catalog names instead, cannot be given wherever {key} is held; {}", by_hand()));
    }
    Ok(told.held.iter().map(|it| Mend::Instead(it.clone(), other.role.id)).collect())
}
