//! Roles that grant what their catalog does not know.

use super::facts::Facts;
use super::finding::{About, Besides, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::text::few;
use crate::domain::things::Role;

pub(super) static RULE: Rule = Rule {
    id: "unknown-permission",
    title: "Rights that no catalog knows",
    severity: Severity::Medium,
    why: "Such a right gives nothing today. With a newer catalog it may give something, to everybody who holds the role.",
    finds: "A role of one's own that grants permissions that the catalog of its platform does not have. One finding a role.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::new(Unknown),
    sentence: |told| {
        let role = told.role();
        let ids = role.map_or_else(Vec::new, |it| unknown(told.facts, it));
        format!("{} grants what {} does not know: {}", role.map_or("", |it| it.name.as_str()), platform(told), few(&ids))
    },
    mend: |told| {
        let revoke = |role: &Role| vec![Mend::Revoke(role.id, unknown(told.facts, role))];
        told.role().map(revoke).ok_or_else(|| "the role is gone".to_owned())
    },
};

struct Unknown;

impl Check for Unknown {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let roles = facts.policy.roles().map(|it| (it.role.id, unknown(facts, &it.role))).filter(|it| !it.1.is_empty());
        roles.map(|(id, unknown)| Finding::new(&RULE, About::Role(id)).with(unknown.into_iter().map(Besides::Right))).collect()
    }
}

/// The permissions of a role that its catalog does not have; none where the platform has no catalog.
fn unknown(facts: &Facts<'_>, role: &Role) -> Vec<String> {
    let Some(catalog) = facts.policy.catalog(&role.platform) else { return Vec::new() };
    role.permissions.iter().filter(|it| catalog.find(it).is_none()).cloned().collect()
}

fn platform<'a>(told: &Told<'a>) -> &'a str {
    told.role().and_then(|it| told.facts.policy.catalog(&it.platform)).map_or("", |it| it.name.as_str())
}
