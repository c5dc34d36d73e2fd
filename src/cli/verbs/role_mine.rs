//! Groups of people who hold the same several roles, and the one that would do for all of them.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::list;
use crate::cli::exit::{Stop, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::mining::Group;
use crate::domain::policy::Policy;
use crate::domain::record::RoleRecord;
use crate::domain::suggest;
use crate::domain::text::{display, few};
use crate::domain::things::Person;
use crate::exchange::mining;
use crate::facts::Reader;
use crate::query::columns::{Column, Columns, column, keyed};
use crate::query::fits;
use crate::query::impact::Budget;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Of at least so many people
    #[arg(long, value_name = "N", default_value_t = 3)]
    least: usize,
    /// Makes this one of the roles that are offered, and gives it in place of the others
    #[arg(long, value_name = "KEY")]
    make: Option<String>,
    #[command(flatten)]
    trial: Trial,
    #[command(flatten)]
    options: list::Options,
}

/// A group, and what would do for it.
#[derive(Serialize)]
struct Row {
    roles: Vec<String>,
    level: String,
    people: Vec<String>,
    /// In how many places they hold them, each counted for each of them.
    places: usize,
    role: RoleRecord,
    entry: Command,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.make {
            Some(key) => self.trial.take_in(start, out, self.entry(start, key)?, Vec::new()),
            None => self.list(start, out),
        }
    }

    fn list(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask()?;
        let zone = session.zone()?;
        let mut list = self.options.of::<Row>(out, &[])?;
        session.snapshot(|db| self.each(db, &db.policy(None)?, session.now, &mut |it| list.add(it.cells(zone), &it)))?;
        list.end()
    }

    /// What would do for each group, as far as nobody gains or loses anything by it: one after the other, since entries are long.
    fn each(&self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, each: &mut dyn FnMut(Row) -> Result<()>) -> Result<()> {
        for (group, role) in self.candidates(db, policy, now)? {
            if mining::is_proved(db, policy, &group, &role, now)? {
                each(Row::of(db, policy, &group, role, now)?)?;
            }
        }
        Ok(())
    }

    /// The groups, each with the role that may do for it.
    fn candidates(&self, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<Vec<(Group, RoleRecord)>> {
        let groups = fits::groups(db, policy, self.least.max(1), now)?.into_iter();
        let taken = policy.taken_names();
        Ok(groups.filter_map(|it| it.role(policy, &taken).map(|role| (it, role))).collect())
    }

    /// The entry that makes this one of them.
    fn entry(&self, start: &Start, key: &str) -> Result<Command> {
        let mut session = start.try_out()?;
        session.check_whole()?;
        let entry = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let candidates = self.candidates(db, &policy, session.now)?;
            let hint = || suggest::did_you_mean(key, candidates.iter().map(|it| &it.1.key));
            let Some((group, role)) = candidates.iter().find(|it| it.1.key == key) else {
                return Err(usage(format!("no role `{}` is offered{}", display(key), hint())));
            };
            mining::entry(db, &policy, group, role, session.now)
        })?;
        let effect = session.foresee(std::slice::from_ref(&entry), &Budget::ALL)?.effect;
        if effect.is_some_and(|it| it.is_empty() && !it.in_part) {
            return Ok(entry);
        }
        Err(Stop::Refused(format!("{key} is not offered: somebody would gain or lose by it")).into())
    }
}

impl Row {
    fn of(db: Reader<'_>, policy: &Policy, group: &Group, role: RoleRecord, now: DateTime<Utc>) -> Result<Row> {
        let key = |id| policy.role(id).map(|it| it.role.key.clone());
        let mut people = group.people().into_iter().map(|id| Ok(db.the::<Person>(id)?.email)).collect::<Result<Vec<_>>>()?;
        people.sort();
        Ok(Row {
            roles: group.roles.iter().copied().filter_map(key).collect(),
            level: group.level.to_string(),
            people,
            places: group.bundles.len(),
            entry: mining::entry(db, policy, group, &role, now)?,
            role,
        })
    }
}

impl Columns for Row {
    const COLUMNS: &'static [Column<Row>] = &[
        column("roles", |it, _| it.roles.join(" + ")),
        column("level", |it, _| it.level.clone()),
        keyed("who", "people", |it, _| format!("{}: {}", it.people.len(), few(&it.people))),
        column("places", |it, _| it.places.to_string()),
        keyed("becomes", "role", |it, _| it.role.key.clone()),
        keyed("permissions", "role", |it, _| it.role.permissions.len().to_string()),
    ];
}
