//! The agency's team: its profile and seats, its members.

use std::fs;
use std::ops::RangeInclusive;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::{YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::{self, Command};
use crate::domain::policy::Policy;
use crate::domain::record::{CeilingRecord, Profile, Record, ScopeRecord, WorkspaceRecord};
use crate::domain::text::{display, plural};
use crate::domain::things::Assignment;
use crate::domain::time;
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::query::records;
use crate::session::Session;

/// Most seats that a limit may be set to.
const MAX_SEATS: u32 = 1_000_000;
/// How long the bar of seats is.
const BAR: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// How the agency shows itself, its limits, and how many seats are taken
    Show,
    /// Changes what is given
    Edit(Edit),
    /// Every role that members hold, now or later
    List(list::Options),
    /// Takes every role in the team from a person
    Remove {
        /// By e-mail, or by a name that one person alone has
        person: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Edit {
    /// The agency's name
    #[arg(long)]
    name: Option<String>,
    /// A line under the name in what is sent; empty for none
    #[arg(long)]
    line: Option<String>,
    /// A few lines of text in place of a picture, from a file; empty for none
    #[arg(long, value_name = "FILE")]
    logo: Option<String>,
    /// How many people the team may have, or `none`
    #[arg(long, value_name = "N|none")]
    seats: Option<String>,
    /// How many collaborators each site may have, or `none`
    #[arg(long, value_name = "N|none")]
    site_seats: Option<String>,
    /// How many days an access request waits for an answer
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=i64::from(time::MAX_DAYS)))]
    request_days: Option<u32>,
    /// After how many days a role ends where no other end is named; may be repeated; no DAYS for never
    #[arg(long, value_name = "ROLE=DAYS")]
    ends_after: Vec<String>,
    /// In which the agency reckons its days, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::Show => show(&start.ask()?, out)?,
            Verb::Edit(edit) => {
                return edit.trial.carry_out(start, out, |db, policy| {
                    let before = records::workspace(db, policy)?;
                    let after = edit.onto(db, policy, before.clone())?;
                    Ok(Command::Edit { before: Record::Workspace(before), after: Record::Workspace(after) })
                });
            }
            Verb::List(options) => {
                let session = start.ask()?;
                let held = session.snapshot(|db| {
                    let policy = db.policy(None)?;
                    let lasts = |it: &Assignment| it.until.is_none_or(|until| session.now < until);
                    let held = db.assignments_of_team()?.into_iter().filter(lasts);
                    held.map(|it| records::assignment(db, &policy, &it)).collect::<Result<Vec<_>>>()
                })?;
                return options.print_all(out, session.zone()?, held);
            }
            Verb::Remove { person, trial } => {
                return trial.carry_out(start, out, |db, _| {
                    Ok(Command::Expel { person: db.the_person(person)?.email, from: ScopeRecord::Everywhere })
                });
            }
        }
        Ok(YES)
    }
}

impl Edit {
    fn onto(&self, db: Reader<'_>, policy: &Policy, before: WorkspaceRecord) -> Result<WorkspaceRecord> {
        let WorkspaceRecord { name, owner, ceiling, profile, audit } = before;
        let mut ends_after = profile.ends_after.clone();
        for it in &self.ends_after {
            let (role, days) = it.split_once('=').ok_or_else(|| usage("--ends-after: write ROLE=DAYS"))?;
            let role = the_role(db, policy, role)?.role.key.clone();
            match days {
                "" => drop(ends_after.remove(&role)),
                days => drop(ends_after.insert(role, number("--ends-after", days, 1..=time::MAX_DAYS)?)),
            }
        }
        let profile = Profile {
            line: self.line.clone().unwrap_or(profile.line),
            logo: self.logo.as_deref().map_or(Ok(profile.logo), read)?,
            team_seats: self.seats.as_deref().map_or(Ok(profile.team_seats), |it| limit("--seats", it))?,
            site_seats: self.site_seats.as_deref().map_or(Ok(profile.site_seats), |it| limit("--site-seats", it))?,
            request_days: self.request_days.unwrap_or(profile.request_days),
            ends_after,
            zone: self.zone.as_deref().map_or(Ok(profile.zone), str::parse)?,
        };
        Ok(WorkspaceRecord { name: self.name.clone().unwrap_or(name), owner, ceiling, profile, audit })
    }
}

/// What is in a file; nothing where none is named.
fn read(path: &str) -> Result<String> {
    if path.is_empty() { Ok(String::new()) } else { fs::read_to_string(path).with_context(|| format!("reading {path}")) }
}

fn limit(option: &str, text: &str) -> Result<Option<u32>> {
    if text == "none" { Ok(None) } else { number(option, text, 0..=MAX_SEATS).map(Some) }
}

fn number(option: &str, text: &str, within: RangeInclusive<u32>) -> Result<u32> {
    let (least, most) = (within.start(), within.end());
    let refuse = || usage(format!("{option}: `{}` is not a number from {least} to {most}", display(text)));
    text.parse().ok().filter(|it| within.contains(it)).ok_or_else(refuse)
}

#[derive(Serialize)]
struct Page {
    name: String,
    owner: String,
    ceiling: CeilingRecord,
    #[serde(flatten)]
    profile: Profile,
    seats_taken: usize,
}

fn show(session: &Session, out: &mut Out) -> Result<()> {
    let page = session.snapshot(|db| {
        let policy = db.policy(None)?;
        let WorkspaceRecord { name, owner, ceiling, profile, audit: _ } = records::workspace(db, &policy)?;
        Ok(Page { name, owner, ceiling, profile, seats_taken: command::team_seats_taken(db, &policy, session.now)? })
    })?;
    if out.is_json() {
        return out.json(&page);
    }
    let limit = |it: Option<u32>| it.map_or_else(|| "no limit".to_owned(), |it| it.to_string());
    let ends = page.profile.ends_after.iter().map(|(role, days)| format!("{role} after {} days", *days)).collect::<Vec<_>>();
    let seats = if out.format == Format::Table { bar(page.seats_taken, page.profile.team_seats) } else { limit(page.profile.team_seats) };
    let fields = [
        ("name", page.name),
        ("line", page.profile.line),
        ("logo", page.profile.logo),
        ("owner", page.owner),
        ("ceiling", page.ceiling.to_string()),
        ("seats", seats),
        ("sites", format!("{} on each", page.profile.site_seats.map_or_else(|| "no limit".to_owned(), seats_of))),
        ("requests", format!("wait {} days", page.profile.request_days)),
        ("ends", ends.join("\n")),
        ("zone", page.profile.zone.to_string()),
    ];
    if out.format == Format::Table {
        shown::fields(out, fields.into_iter().filter(|it| !it.1.is_empty()));
        return Ok(());
    }
    let mut rows = out.rows(["field", "value"]);
    fields.into_iter().try_for_each(|(field, value)| rows.add(vec![field.to_owned(), value], &()))?;
    rows.end()
}

fn seats_of(limit: u32) -> String {
    plural(usize::try_from(limit).unwrap_or(usize::MAX), "seat")
}

/// `[######....] 6 of 10 seats`.
fn bar(taken: usize, limit: Option<u32>) -> String {
    let Some(limit) = limit.and_then(|it| usize::try_from(it).ok()) else { return format!("{}, no limit", plural(taken, "seat")) };
    let full = (taken * BAR).checked_div(limit).unwrap_or(BAR).min(BAR);
    format!("[{}{}] {taken} of {}", "#".repeat(full), ".".repeat(BAR - full), plural(limit, "seat"))
}
