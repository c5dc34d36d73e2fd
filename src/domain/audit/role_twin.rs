//! Roles that give what another one gives.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{About, Besides, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::things::{Role, RoleLevel};

pub(super) static RULE: Rule = Rule {
    id: "role-twin",
    title: "Roles with a twin",
    severity: Severity::Low,
    why: "Of two roles that give the same, one is changed one day and the other is forgotten.",
    finds: "A role of one's own that gives exactly what another one of its platform gives that can be given wherever it can: a built-in \
            one, an older one, or one that it could not replace.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::new(Twins),
    sentence,
    mend: |told| {
        let twins = told.role().zip(twin(told));
        twins.map(|(role, twin)| vec![Mend::Retire(role.id, twin.id)]).ok_or_else(|| "its twin is gone".to_owned())
    },
};

struct Twins;

impl Check for Twins {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let mut same: HashMap<(&str, PermSet), Vec<&HeldRole>, RandomState> = HashMap::default();
        for it in facts.policy.roles().filter(|it| !it.closed.is_empty()) {
            same.entry((&it.role.platform, it.closed)).or_default().push(it);
        }
        same.values().flat_map(|group| group.iter().filter_map(|it| finding(facts, it, group))).collect()
    }
}

fn finding(facts: &Facts<'_>, role: &HeldRole, same: &[&HeldRole]) -> Option<Finding> {
    let same = || same.iter().copied();
    let twins = replacing(facts, role, same()).map(|it| Besides::Twin(it.id));
    best(facts, role, same()).map(|_| Finding::new(&RULE, About::Role(role.role.id)).with(twins))
}

/// Those of the ones that give the same that can be given wherever it can.
fn replacing<'a>(facts: &Facts<'_>, role: &HeldRole, same: impl Iterator<Item = &'a HeldRole>) -> impl Iterator<Item = &'a Role> {
    let can = |it: &&HeldRole| it.role.id != role.role.id && facts.policy.is_assignable(it) && replaces(&it.role, &role.role);
    same.filter(can).map(|it| &*it.role)
}

/// The one that best takes its place among those that give the same: a built-in one, else the oldest.
fn best<'a>(facts: &Facts<'_>, role: &HeldRole, same: impl Iterator<Item = &'a HeldRole>) -> Option<&'a Role> {
    if role.role.builtin {
        return None;
    }
    let stays = |other: &&Role| other.builtin || !replaces(&role.role, other) || facts.is_older_role(other, &role.role);
    replacing(facts, role, same).filter(stays).reduce(|best, it| match (best.builtin, it.builtin) {
        (true, true) if it.key < best.key => it,
        (false, true) => it,
        (false, false) if facts.is_older_role(it, best) => it,
        (true | false, _) => best,
    })
}

/// Whether it can be given wherever the other can.
fn replaces(role: &Role, other: &Role) -> bool {
    role.level == RoleLevel::Both || role.level == other.level
}

fn twin<'a>(told: &Told<'a>) -> Option<&'a Role> {
    let (facts, role) = (told.facts, told.facts.policy.role(told.finding.role()?)?);
    let same = facts.policy.roles().filter(|it| it.role.platform == role.role.platform && it.closed == role.closed);
    best(facts, role, same)
}

fn sentence(told: &Told<'_>) -> String {
    let name = |it: Option<&Role>| it.map_or_else(String::new, |it| it.name.clone());
    format!("{} gives exactly what {} gives", name(told.role()), name(twin(told)))
}
