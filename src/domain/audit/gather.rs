//! Assignments that a rule holds against somebody, one finding a person.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::Rule;
use super::facts::Facts;
use super::finding::{About, Finding};
use crate::domain::ids::{AssignmentId, PersonId};
use crate::domain::things::Assignment;

/// What was found of each person so far.
#[derive(Default)]
pub(super) struct Gather(HashMap<PersonId, Theirs, RandomState>);

/// What is held against one person, and when the newest of it began.
type Theirs = (Vec<AssignmentId>, Option<DateTime<Utc>>);

impl Gather {
    pub(super) fn add(&mut self, facts: &Facts<'_>, it: &Assignment) {
        let (held, since) = self.0.entry(it.person).or_default();
        held.push(it.id);
        *since = (*since).max(facts.begins(it));
    }

    pub(super) fn findings(self, rule: &'static Rule) -> Vec<Finding> {
        let finding = |(person, (mut held, since)): (PersonId, Theirs)| {
            held.sort_unstable();
            Finding { held, ..Finding::new(rule, About::Person(person)).since(since) }
        };
        self.0.into_iter().map(finding).collect()
    }
}
