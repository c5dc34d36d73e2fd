//! Roles that nobody has.

use std::collections::HashSet;

use super::facts::Facts;
use super::finding::{About, Finding, Mend, Told};
use super::{Check, Rule, Severity};
use crate::domain::ids::RoleId;
use crate::domain::life::WaitsFor;
use crate::domain::offer::Stage;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "role-unused",
    title: "Roles that nobody holds",
    severity: Severity::Low,
    why: "What nobody needs makes every list longer, and one day it is given by mistake.",
    finds: "A role of one's own that nobody holds or will hold, and that no pending offer names.",
    settings: &[],
    whole: true,
    check: || Box::<Unused>::default(),
    sentence: |told| format!("nobody holds the role {}, and none was offered it", told.role().map_or("", |it| it.name.as_str())),
    mend,
};

/// The roles in use.
#[derive(Default)]
struct Unused(HashSet<RoleId>);

impl Check for Unused {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if facts.is_open(it) {
            self.0.insert(it.role);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let offers = &facts.rows.offers;
        let waits = |of: WaitsFor| match of {
            WaitsFor::Invitation(id) => offers.invitations.iter().any(|it| it.id == id && it.stage(facts.now) == Stage::Pending),
            WaitsFor::Request(id) => offers.requests.iter().any(|it| it.id == id && it.stage(facts.now) == Stage::Pending),
        };
        self.0.extend(offers.waiting.iter().filter(|it| waits(it.of)).map(|it| it.role));
        self.0.extend(offers.handovers.iter().filter(|it| it.stage(facts.now) == Stage::Pending).filter_map(|it| it.keep));
        let unused = facts.policy.roles().filter(|it| !it.role.builtin && !self.0.contains(&it.role.id));
        unused.map(|it| Finding::new(&RULE, About::Role(it.role.id))).collect()
    }
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    told.role().map(|it| vec![Mend::RemoveRole(it.id)]).ok_or_else(|| "it is gone".to_owned())
}
