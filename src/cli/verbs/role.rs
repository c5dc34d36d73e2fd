//! Roles: list, show, add, edit, remove, duplicate, toggle, compare, find, fit, mine, make of templates.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list::{self, Able, known};
use super::{role_compare, role_diff, role_find, role_fit, role_mine, role_template};
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::{Command, Switch};
use crate::domain::record::{Key, Record, RoleRecord};
use crate::domain::text;
use crate::domain::things::RoleLevel;
use crate::facts::Reader;
use crate::facts::names::{the_permission, the_role};
use crate::query::records;
use crate::query::rights::Of;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All roles
    List(list::Options),
    /// What a role grants and implies, and how many hold it
    Show {
        /// By key or name
        role: String,
    },
    /// Adds a custom role
    Add {
        /// Its name
        name: String,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        /// Of this platform
        #[arg(long, default_value = "wix")]
        platform: String,
        /// At which levels it may be given
        #[arg(long, value_parser = ["site", "team", "both"], default_value = "both")]
        level: String,
        /// What it is for, in a sentence
        #[arg(long, default_value = "")]
        about: String,
        /// Ids, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "PERMISSION")]
        permissions: Vec<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Changes the fields that are given
    Edit {
        /// By key or name
        role: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// What it is for, in a sentence
        #[arg(long)]
        about: Option<String>,
        /// Another key
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a role; where somebody holds it, another one takes its place
    Remove {
        /// By key or name
        role: String,
        /// What its holders get instead, and those who wait for it
        #[arg(long, value_name = "ROLE")]
        replace_with: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Makes a custom role with the same permissions
    Duplicate {
        /// By key or name
        role: String,
        /// Its name
        name: String,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Switches permissions on, with what they require
    Grant(Toggle),
    /// Switches permissions off, with what requires them
    Revoke(Toggle),
    /// Keeps implied permissions even when their cause goes
    Pin(Toggle),
    /// How one role relates to another
    Diff(role_diff::Args),
    /// Several roles side by side: what differs, and who holds them
    Compare(role_compare::Args),
    /// Which roles cover what somebody is to do, the nearest first
    Find(role_find::Args),
    /// Narrower built-in roles in the place of what somebody holds
    Fit(role_fit::Args),
    /// One role for people who hold the same several; nobody gains or loses by it
    Mine(role_mine::Args),
    /// What is handed out again and again, and made a role when it is first needed
    Template(role_template::Args),
}

#[derive(clap::Args)]
struct Toggle {
    /// By key or name
    role: String,
    /// By id or label
    #[arg(required = true)]
    permissions: Vec<String>,
    #[command(flatten)]
    trial: Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let session = start.ask_in_part()?;
                let all = session.snapshot(|db| {
                    let policy = db.policy(None)?;
                    let roles = known(policy.roles(), |it| db.knows(&*it.role))?;
                    Ok(roles.into_iter().map(|it| (it.role.id.0, records::role(&policy, &it.role))).collect::<Vec<_>>())
                })?;
                let role = |it: &RoleRecord| vec![format!("{} {}", it.name, it.key)];
                options.print_able(&session, out, vec![Able { of: Of::Roles, rows: all }], &["role"], role)
            }
            Verb::Show { role } => {
                let session = start.ask_in_part()?;
                let page = session.snapshot(|db| page(&session, db, role))?;
                page.print(out)?;
                Ok(YES)
            }
            Verb::Add { name, key, platform, level, about, permissions, trial } => trial.carry_out(start, out, |_, _| {
                Ok(Command::Add(Record::Role(RoleRecord {
                    key: key.clone().unwrap_or_else(|| text::key_from(name)),
                    name: name.clone(),
                    about: about.clone(),
                    platform: platform.clone(),
                    level: RoleLevel::parse(level).unwrap_or(RoleLevel::Both),
                    permissions: permissions.iter().filter(|it| !it.is_empty()).cloned().collect(),
                })))
            }),
            Verb::Edit { role, name, about, key, trial } => trial.carry_out(start, out, |db, policy| {
                let before = records::role(policy, &the_role(db, policy, role)?.role);
                let mut after = before.clone();
                after.name = name.clone().unwrap_or(after.name);
                after.about = about.clone().unwrap_or(after.about);
                after.key = key.clone().unwrap_or(after.key);
                Ok(Command::Edit { before: Record::Role(before), after: Record::Role(after) })
            }),
            Verb::Remove { role, replace_with, trial } => trial.carry_out(start, out, |db, policy| {
                let role = the_role(db, policy, role)?.role.key.clone();
                let Some(other) = replace_with else { return Ok(Command::Remove(Key::Role(role))) };
                Ok(Command::Retire { role, replacement: the_role(db, policy, other)?.role.key.clone() })
            }),
            Verb::Duplicate { role, name, key, trial } => trial.carry_out(start, out, |db, policy| {
                let role = the_role(db, policy, role)?.role.key.clone();
                Ok(Command::Duplicate { role, name: name.clone(), key: key.clone() })
            }),
            Verb::Grant(toggle) => toggle.run(start, out, Switch::Grant),
            Verb::Revoke(toggle) => toggle.run(start, out, Switch::Revoke),
            Verb::Pin(toggle) => toggle.run(start, out, Switch::Pin),
            Verb::Diff(args) => args.run(start, out),
            Verb::Compare(args) => args.run(start, out),
            Verb::Find(args) => args.run(start, out),
            Verb::Fit(args) => args.run(start, out),
            Verb::Mine(args) => args.run(start, out),
            Verb::Template(args) => args.run(start, out),
        }
    }
}

impl Toggle {
    fn run(&self, start: &Start, out: &mut Out, to: Switch) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            let role = &the_role(db, policy, &self.role)?.role;
            let id = |it: &String| {
                let found = the_permission(policy, &role.platform, it)?;
                Ok(policy.catalog(&role.platform).map_or_else(|| it.clone(), |catalog| catalog.get(found).id.clone()))
            };
            let permissions = self.permissions.iter().map(id).collect::<Result<_>>()?;
            Ok(Command::Toggle { role: role.key.clone(), permissions, to })
        })
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    role: RoleRecord,
    builtin: bool,
    implied: Vec<String>,
    people: usize,
    assignments: usize,
    /// Whether these are all who hold it, and not only those whom whoever asks may see.
    whole: bool,
}

fn page(session: &Session, db: Reader<'_>, role: &str) -> Result<Page> {
    let policy = db.policy(None)?;
    let held = the_role(db, &policy, role)?;
    let (assignments, people) = session.holders_of(db, &policy, held.role.id)?;
    let implied = policy.catalog(&held.role.platform).map_or_else(Vec::new, |it| it.names(held.closed - held.granted));
    Ok(Page {
        role: records::role(&policy, &held.role),
        builtin: held.role.builtin,
        implied,
        people,
        assignments,
        whole: session.sight().is_whole(),
    })
}

impl Page {
    fn print(&self, out: &mut Out) -> Result<()> {
        if out.format != crate::cli::args::Format::Table {
            return if out.is_json() { out.json(self) } else { self.rows(out) };
        }
        let kind = if self.builtin { "built in" } else { "custom" };
        let seen = if self.whole { "" } else { ", as far as you see" };
        let holders = format!("by {} in {}{seen}", text::plural(self.people, "person"), text::plural(self.assignments, "place"));
        let about = Some(("about", self.role.about.clone())).filter(|it| !it.1.is_empty());
        let head = [
            ("key", self.role.key.clone()),
            ("name", self.role.name.clone()),
            ("kind", format!("{kind}, {}, level {}", self.role.platform, self.role.level.as_str())),
            ("held", holders),
        ];
        shown::fields(out, head.into_iter().chain(about));
        let lists = [("granted", self.role.permissions.join("\n")), ("implied", self.implied.join("\n"))];
        shown::fields(out, lists.into_iter().filter(|it| !it.1.is_empty()));
        Ok(())
    }

    fn rows(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(["permission", "is"]);
        let all = self.role.permissions.iter().map(|it| (it, "granted")).chain(self.implied.iter().map(|it| (it, "implied")));
        for (permission, is) in all {
            rows.add(vec![permission.clone(), is.to_owned()], &())?;
        }
        rows.end()
    }
}
