//! Groups of people who hold the same several roles, and the one that would do for all of them.

use std::io::Write as _;

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
use crate::session::Session;

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
        let (mut session, all) = self.all(start)?;
        let zone = session.zone()?;
        let mut list = self.options.of::<Row>(out, &[])?;
        for it in all {
            if is_proved(&mut session, &it)? {
                list.add(it.cells(zone), &it)?;
            }
        }
        list.end()
    }

    /// The entry that makes this one of them.
    fn entry(&self, start: &Start, key: &str) -> Result<Command> {
        let (mut session, mut all) = self.all(start)?;
        let hint = || suggest::did_you_mean(key, all.iter().map(|it| &it.role.key));
        let Some(at) = all.iter().position(|it| it.role.key == key) else {
            return Err(usage(format!("no role `{}` is offered{}", display(key), hint())));
        };
        let row = all.swap_remove(at);
        if is_proved(&mut session, &row)? {
            Ok(row.entry)
        } else {
            Err(Stop::Refused(format!("{key} is not offered: somebody would gain or lose by it")).into())
        }
    }

    fn all(&self, start: &Start) -> Result<(Session, Vec<Row>)> {
        let session = start.try_out()?;
        session.check_whole()?;
        let all = session.snapshot(|db| rows(db, &db.policy(None)?, self.least, session.now))?;
        Ok((session, all))
    }
}

/// Whether the entry would neither give nor take anybody anything, as far as can be counted.
fn is_proved(session: &mut Session, row: &Row) -> Result<bool> {
    let effect = session.foresee(std::slice::from_ref(&row.entry), &Budget::ALL)?.effect;
    if effect.is_none() {
        let _ = writeln!(std::io::stderr(), "rolecall: {} is left out: it reaches too far to be tried", display(&row.role.key));
    }
    Ok(effect.is_some_and(|it| it.is_empty() && !it.in_part))
}

fn rows(db: Reader<'_>, policy: &Policy, least: usize, now: DateTime<Utc>) -> Result<Vec<Row>> {
    let groups = fits::groups(db, policy, least.max(1), now)?;
    let row = |it: &Group| it.role(policy).map(|role| Row::of(db, policy, it, role, now));
    groups.iter().filter_map(row).collect()
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
