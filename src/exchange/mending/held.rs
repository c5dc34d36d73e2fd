//! What becomes of assignments that findings are about.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::Left;
use crate::command::Command;
use crate::domain::access::Ground;
use crate::domain::audit::narrower_role;
use crate::domain::ids::{AssignmentId, PersonId, RoleId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, Recorded};
use crate::domain::things::{Assignment, Level, Scope, Site};
use crate::domain::time;
use crate::facts::Reader;
use crate::query::records;

/// What each is to be, in the order in which they were first named.
#[derive(Default)]
pub(super) struct Ends {
    all: Vec<End>,
    at: HashMap<AssignmentId, usize>,
}

/// What one is to be.
struct End {
    of: Assignment,
    is_taken: bool,
    until: Option<DateTime<Utc>>,
    review_on: Option<DateTime<Utc>>,
    /// Another role in its place, whatever it gives.
    instead: Option<RoleId>,
    narrowed: Vec<Narrowed>,
}

/// A role that gives nothing of what a finding is about.
struct Narrowed {
    to: RoleId,
    unwanted: PermSet,
    key: String,
}

impl Ends {
    pub(super) fn take(&mut self, it: &Assignment) {
        self.of(it).is_taken = true;
    }

    /// Of two ends the earlier one serves both.
    pub(super) fn end(&mut self, it: &Assignment, at: DateTime<Utc>) {
        let end = self.of(it);
        end.until = Some(end.until.map_or(at, |until| until.min(at)));
    }

    pub(super) fn review(&mut self, it: &Assignment, at: DateTime<Utc>) {
        let end = self.of(it);
        end.review_on = Some(end.review_on.map_or(at, |day| day.min(at)));
    }

    pub(super) fn instead(&mut self, it: &Assignment, role: RoleId) {
        self.of(it).instead = Some(role);
    }

    pub(super) fn narrow(&mut self, it: &Assignment, to: RoleId, unwanted: PermSet, key: &str) {
        self.of(it).narrowed.push(Narrowed { to, unwanted, key: key.to_owned() });
    }

    fn of(&mut self, it: &Assignment) -> &mut End {
        let all = &mut self.all;
        let at = *self.at.entry(it.id).or_insert_with(|| {
            let (until, review_on, narrowed) = (None, None, Vec::new());
            all.push(End { of: it.clone(), is_taken: false, until, review_on, instead: None, narrowed });
            all.len() - 1
        });
        &mut all[at]
    }
}

/// Which role somebody holds where.
type Spot = (PersonId, Level, Scope, RoleId);

fn spot(it: &Assignment, role: RoleId) -> Spot {
    (it.person, it.level, it.scope, role)
}

/// The way to what is to be held, and the roles that somebody gets by it.
pub(super) struct Held {
    pub(super) commands: Vec<Command>,
    pub(super) given: BTreeSet<RoleId>,
}

/// What is to be held at a spot.
#[derive(Default)]
struct There<'e> {
    /// Of what is held there already, where that is named.
    own: Option<&'e End>,
    /// That it is taken, or becomes another role.
    is_left: bool,
    /// What becomes this role there.
    come: Vec<&'e End>,
}

pub(super) struct Mender<'m, 'a> {
    pub(super) db: Reader<'a>,
    pub(super) policy: &'a Policy,
    pub(super) now: DateTime<Utc>,
    pub(super) left: &'m mut Vec<Left>,
}

impl Mender<'_, '_> {
    pub(super) fn commands(mut self, ends: &Ends) -> Result<Held> {
        let mut there: HashMap<Spot, There<'_>> = HashMap::new();
        let (mut order, mut given) = (Vec::new(), BTreeSet::new());
        for end in &ends.all {
            let (own, to) = (end.of.role, self.role(end)?);
            if let Some(role) = to.filter(|it| *it != own) {
                order.push(spot(&end.of, role));
                there.entry(spot(&end.of, role)).or_default().come.push(end);
                given.insert(role);
            }
            order.push(spot(&end.of, own));
            let here = there.entry(spot(&end.of, own)).or_default();
            (here.own, here.is_left) = (Some(end), to != Some(own));
        }
        let commands = order.iter().filter_map(|at| self.way(*at, &there.remove(at)?).transpose());
        Ok(Held { commands: commands.collect::<Result<_>>()?, given })
    }

    /// The role in which it ends; none where it is taken.
    fn role(&mut self, end: &End) -> Result<Option<RoleId>> {
        if end.is_taken {
            return Ok(None);
        }
        let Some((first, more)) = end.narrowed.split_first() else { return Ok(Some(end.instead.unwrap_or(end.of.role))) };
        let (mut role, mut unwanted) = (first.to, first.unwanted);
        for it in more {
            let both = unwanted | it.unwanted;
            let fits = if both == unwanted { Some(role) } else { self.narrower(&end.of, both)? };
            if let Some(other) = fits {
                (role, unwanted) = (other, both);
            } else {
                let why = "no role that can be given there does without all that is found there; make one and give it".to_owned();
                self.left.push(Left { key: it.key.clone(), why });
            }
        }
        Ok(Some(role))
    }

    fn narrower(&self, it: &Assignment, unwanted: PermSet) -> Result<Option<RoleId>> {
        let Scope::Site(site) = it.scope else { return Ok(None) };
        let Some(ground) = Ground::new(self.policy, &self.db.the::<Site>(site)?) else { return Ok(None) };
        Ok(narrower_role(self.policy, &ground, it.role, unwanted).map(|it| it.role.id))
    }

    /// The command from what is held there to what is to be.
    fn way(&self, (person, level, scope, role): Spot, there: &There<'_>) -> Result<Option<Command>> {
        let found = there.own.map_or_else(|| self.db.assignment(person, role, level, scope), |end| Ok(Some(end.of.clone())))?;
        let before = found.map(|it| records::assignment(self.db, self.policy, &it)).transpose()?;
        let stays = before.clone().filter(|_| !there.is_left);
        let mut after = stays.map(|it| if let Some(end) = there.own { end.dated(it) } else { it });
        for end in &there.come {
            let it = self.given(end, role)?;
            after = Some(if let Some(other) = after { self.joined(other, it) } else { it });
        }
        Ok(match (before, after) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(after)) => Some(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) }),
            (Some(before), None) => Some(Command::Remove(Key::Assignment(before.key()))),
            (None, after) => after.map(|it| Command::Add(Record::Assignment(it))),
        })
    }

    /// The role in place of another one begins now, or when that would have.
    fn given(&self, end: &End, role: RoleId) -> Result<AssignmentRecord> {
        let since = Some(end.of.since.map_or(self.now, |since| since.max(self.now)));
        let role = self.policy.role(role).map_or_else(String::new, |held| held.role.key.clone());
        Ok(end.dated(AssignmentRecord { role, since, ..records::assignment(self.db, self.policy, &end.of)? }))
    }

    /// Two that become one go on as long as either would have; what is over gives way.
    fn joined(&self, it: AssignmentRecord, other: AssignmentRecord) -> AssignmentRecord {
        if it.until.is_some_and(|until| until <= self.now) {
            return other;
        }
        AssignmentRecord { since: it.since.min(other.since), until: time::later(it.until, other.until), ..it }
    }
}

impl End {
    /// With the dates that it is to have.
    fn dated(&self, it: AssignmentRecord) -> AssignmentRecord {
        AssignmentRecord { until: self.until.or(it.until), review_on: self.review_on.or(it.review_on), ..it }
    }
}
