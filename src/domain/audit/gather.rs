//! Assignments that a rule holds against somebody, one finding a person; or against what else it tells apart.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::Rule;
use super::facts::Facts;
use super::finding::{About, Besides, Finding};
use crate::domain::ids::{AssignmentId, PersonId, SiteId};
use crate::domain::things::Assignment;

/// By what was found, and when the newest of it began.
pub(super) type Evidence = (Vec<AssignmentId>, Option<DateTime<Utc>>);

/// What was found of each so far.
pub(super) struct Gather<K = PersonId>(HashMap<K, Evidence, RandomState>);

impl<K> Default for Gather<K> {
    fn default() -> Gather<K> {
        Gather(HashMap::default())
    }
}

impl<K: Eq + Hash> Gather<K> {
    /// Found, be it without an assignment.
    pub(super) fn note(&mut self, of: K) -> &mut Evidence {
        self.0.entry(of).or_default()
    }

    pub(super) fn add_to(&mut self, of: K, facts: &Facts<'_>, it: &Assignment) {
        let (held, since) = self.note(of);
        held.push(it.id);
        *since = (*since).max(facts.begins(it));
    }

    pub(super) fn get(&self, of: &K) -> Option<&Evidence> {
        self.0.get(of)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &Evidence)> {
        self.0.iter()
    }

    pub(super) fn findings_about(self, rule: &'static Rule, about: impl Fn(K) -> About) -> Vec<Finding> {
        self.0.into_iter().map(|(of, evidence)| found(rule, about(of), evidence)).collect()
    }
}

impl Gather {
    pub(super) fn add(&mut self, facts: &Facts<'_>, it: &Assignment) {
        self.add_to(it.person, facts, it);
    }

    pub(super) fn findings(self, rule: &'static Rule) -> Vec<Finding> {
        self.findings_about(rule, About::Person)
    }
}

/// A finding by this, each assignment once.
pub(super) fn found(rule: &'static Rule, about: About, (mut held, since): Evidence) -> Finding {
    held.sort_unstable();
    held.dedup();
    Finding { held, ..Finding::new(rule, about) }.since(since)
}

/// Who gets in by owning sites.
#[derive(Default)]
pub(super) struct Owned(HashMap<PersonId, Vec<SiteId>, RandomState>);

impl Owned {
    /// Of these people.
    pub(super) fn by(facts: &Facts<'_>, who: impl Fn(PersonId) -> bool) -> Owned {
        let mut owned = Owned::default();
        for site in facts.rows.sites.iter().filter(|it| who(it.owner)) {
            owned.0.entry(site.owner).or_default().push(site.id);
        }
        owned
    }

    pub(super) fn owners(&self) -> impl Iterator<Item = PersonId> {
        self.0.keys().copied()
    }

    /// A finding about somebody, found also by what they own.
    pub(super) fn beside(&self, it: Finding) -> Finding {
        let sites = it.person().and_then(|id| Some((id, self.0.get(&id)?)));
        let owns = sites.into_iter().flat_map(|(id, sites)| sites.iter().map(move |site| Besides::Owns(id, *site)));
        it.with(owns)
    }
}
