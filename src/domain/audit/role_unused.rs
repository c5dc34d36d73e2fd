//! Roles that nobody has.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{About, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::ids::{AssignmentId, RoleId};
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
    takes: Takes::Whole,
    check: || Box::<Unused>::default(),
    sentence: |told| format!("nobody holds the role {}, and none was offered it", told.role().map_or("", |it| it.name.as_str())),
    mend,
};

#[derive(Default)]
struct Unused {
    /// The roles in use.
    used: HashSet<RoleId, RandomState>,
    /// What is over still stands in the way of its role's removal.
    over: HashMap<RoleId, Vec<AssignmentId>, RandomState>,
}

impl Check for Unused {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        if facts.is_open(it) {
            self.used.insert(it.role);
        } else {
            self.over.entry(it.role).or_default().push(it.id);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let offers = &facts.rows.offers;
        let waits = |of: WaitsFor| match of {
            WaitsFor::Invitation(id) => offers.invitations.iter().any(|it| it.id == id && it.stage(facts.now) == Stage::Pending),
            WaitsFor::Request(id) => offers.requests.iter().any(|it| it.id == id && it.stage(facts.now) == Stage::Pending),
        };
        self.used.extend(offers.waiting.iter().filter(|it| waits(it.of)).map(|it| it.role));
        self.used.extend(offers.handovers.iter().filter(|it| it.stage(facts.now) == Stage::Pending).filter_map(|it| it.keep));
        let unused = facts.policy.roles().filter(|it| !it.role.builtin && !self.used.contains(&it.role.id));
        let over = |id: RoleId| self.over.get(&id).cloned().unwrap_or_default();
        unused.map(|it| Finding { held: over(it.role.id), ..Finding::new(&RULE, About::Role(it.role.id)) }).collect()
    }
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let role = told.role().ok_or_else(|| "the role is gone".to_owned())?;
    Ok(told.held.iter().cloned().map(Mend::Take).chain([Mend::RemoveRole(role.id)]).collect())
}
