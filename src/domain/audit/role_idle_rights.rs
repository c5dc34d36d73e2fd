//! Rights of a role that have no effect anywhere.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::facts::{Facts, Here};
use super::finding::{About, Besides, Finding, Mend, Told};
use super::{Check, Rule, Severity, Takes};
use crate::domain::catalog::Catalog;
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::HeldRole;
use crate::domain::text::few;
use crate::domain::things::{Assignment, Level, Scope, Site};

pub(super) static RULE: Rule = Rule {
    id: "role-idle-rights",
    title: "Rights without any effect",
    severity: Severity::Low,
    why: "A right that a ceiling or a missing app takes away everywhere says what nobody can do, until an app is installed one day.",
    finds: "A role of one's own with granted rights that it gives on none of the sites that a live assignment of it reaches, because of \
            ceilings and missing apps, nor for the account. None where it reaches no site.",
    settings: &[],
    takes: Takes::Whole,
    check: || Box::<Idle>::default(),
    sentence,
    mend,
};

type Map<K, V> = HashMap<K, V, RandomState>;

/// What roles give at all, and what they cannot give in places where many may reach.
#[derive(Default)]
struct Idle {
    /// Of each role of one's own that reaches a site, what it gives on any.
    gives: Map<RoleId, PermSet>,
    /// By platform: what the team holds on none of its sites in a folder, or anywhere. None is there that has no site.
    cut: Map<String, Map<Scope, PermSet>>,
    /// What is held in folders and everywhere, each role once.
    wide: HashSet<(RoleId, Scope), RandomState>,
}

impl Check for Idle {
    fn site(&mut self, facts: &Facts<'_>, here: &Here<'_>) {
        let ground = here.ground;
        for it in here.held {
            let Some(role) = own(facts, it.role).filter(|_| it.is_live(facts.now) && ground.reaches(facts.policy, it)) else { continue };
            let gives = self.gives.entry(it.role).or_default();
            // Most roles are known whole after a few sites.
            if !role.granted.is_subset(gives) {
                *gives |= ground.gives(facts.policy, it.role, it.level);
            }
        }
        if ground.has_team {
            let of_platform = match self.cut.get_mut(here.site.platform.as_str()) {
                Some(known) => known,
                None => self.cut.entry(here.site.platform.clone()).or_default(),
            };
            for scope in ground.path().iter().map(|it| Scope::Folder(*it)).chain([Scope::Everywhere]) {
                let cut = of_platform.entry(scope).or_insert(ground.cut().team);
                *cut = *cut & ground.cut().team;
            }
        }
    }

    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, site: Option<&Site>) {
        if site.is_none() && it.level == Level::Team && it.is_live(facts.now) && own(facts, it.role).is_some() {
            self.wide.insert((it.role, it.scope));
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        for (id, scope) in &self.wide {
            let Some(role) = own(facts, *id) else { continue };
            let cut = self.cut.get(&role.role.platform).and_then(|it| it.get(scope));
            if let Some(cut) = cut {
                *self.gives.entry(*id).or_default() |= role.closed - *cut;
            }
            if let Some(gives) = self.gives.get_mut(id).filter(|_| *scope == Scope::Everywhere) {
                *gives |= on_account(facts, role);
            }
        }
        self.gives.iter().filter_map(|(id, gives)| finding(facts, own(facts, *id)?, *gives)).collect()
    }
}

/// By what the role grants and does not give anywhere.
fn finding(facts: &Facts<'_>, role: &HeldRole, gives: PermSet) -> Option<Finding> {
    let idle = facts.policy.catalog(&role.role.platform)?.names(role.granted - gives);
    (!idle.is_empty()).then(|| Finding::new(&RULE, About::Role(role.role.id)).with(idle.into_iter().map(Besides::Right)))
}

fn idle(told: &Told<'_>, catalog: &Catalog) -> PermSet {
    let right = |it: &Besides| if let Besides::Right(id) = it { catalog.find(id) } else { None };
    told.finding.besides.iter().filter_map(right).collect()
}

/// The role, where it is one of one's own.
fn own<'a>(facts: &Facts<'a>, id: RoleId) -> Option<&'a HeldRole> {
    facts.policy.role(id).filter(|it| !it.role.builtin)
}

/// What a role that is given everywhere gives for the account, which takes no site.
fn on_account(facts: &Facts<'_>, role: &HeldRole) -> PermSet {
    let Some(catalog) = facts.policy.catalog(&role.role.platform) else { return PermSet::EMPTY };
    let rights: PermSet = catalog.authority.iter().filter(|it| !it.0.is_on_a_site()).map(|it| *it.1).collect();
    (rights & role.closed) - catalog.cut(facts.policy.ceiling_of(&catalog.platform).team)
}

fn sentence(told: &Told<'_>) -> String {
    let Some(role) = told.role() else { return String::new() };
    let Some(catalog) = told.facts.policy.catalog(&role.platform) else { return String::new() };
    let labels: Vec<String> = idle(told, catalog).iter().map(|it| catalog.get(it).label.clone()).collect();
    format!("{} grants what it gives nowhere: {}", role.name, few(&labels))
}

/// What is implied by an idle right alone and is none itself stays.
fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    let gone = || "the role is gone".to_owned();
    let id = told.finding.role().ok_or_else(gone)?;
    let role = own(told.facts, id).ok_or_else(gone)?;
    let catalog = told.facts.policy.catalog(&role.role.platform).ok_or_else(gone)?;
    let idle = idle(told, catalog);
    // Whatever needs an idle right is idle too, so that what is lost besides is what idle rights need.
    let mut stays = role.closed - catalog.cut(idle) - catalog.close(role.granted - idle);
    for it in stays.iter() {
        stays -= catalog.closure(it) - PermSet::of(it);
    }
    let pin = (!stays.is_empty()).then(|| Mend::Pin(id, catalog.names(stays)));
    Ok(pin.into_iter().chain([Mend::Revoke(id, catalog.names(idle))]).collect())
}
