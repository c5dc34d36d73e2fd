//! What somebody answers for, and what is set of rules.

use anyhow::Result;

use super::{named, rules_of, wanted};
use crate::cli::exit::usage;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::accepted::AcceptedRecord;
use crate::domain::policy::Policy;
use crate::domain::record::{Key, Record, Recorded, WorkspaceRecord};
use crate::domain::suggest;
use crate::domain::text::display;
use crate::exchange::mending;
use crate::facts::Reader;
use crate::query::audit::{Audit, Found};
use crate::query::records;

/// Answers for findings, all as one step.
#[derive(clap::Args)]
pub(super) struct Accept {
    /// As `audit` prints them
    #[arg(value_name = "FINDING", required = true)]
    keys: Vec<String>,
    /// The last day on which it holds
    #[arg(long, value_name = "DAY")]
    until: String,
    /// Why it is right as it is
    #[arg(long, value_name = "TEXT")]
    because: String,
    #[command(flatten)]
    trial: Trial,
}

impl Accept {
    pub(super) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            let until = start.ends("--until", &self.until)?;
            let audit = Audit::of(db, policy, &rules_of(&self.keys), start.now(db)?)?;
            let accept = |it: &Found| {
                let held = audit.shown(db, it)?.held;
                mending::accept(db, policy, (&it.finding, &held), until, &self.because)
            };
            let commands = wanted(&audit, &self.keys)?.into_iter().map(accept).collect::<Result<_>>()?;
            Ok(Command::all(commands))
        })
    }
}

/// Answers for findings no more.
#[derive(clap::Args)]
pub(super) struct Withdraw {
    /// As `audit --accepted` prints them
    #[arg(value_name = "FINDING", required = true)]
    keys: Vec<String>,
    #[command(flatten)]
    trial: Trial,
}

impl Withdraw {
    pub(super) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            let accepted = accepted(db, policy)?;
            let find = |key: &String| {
                let found = accepted.iter().find(|it| it.key().to_string() == *key);
                let keys = || accepted.iter().map(|it| it.key().to_string()).collect::<Vec<_>>();
                let hint = || suggest::did_you_mean(key, keys().iter().map(String::as_str));
                found.ok_or_else(|| usage(format!("nothing is accepted under `{}`{}", display(key), hint())))
            };
            let commands = self.keys.iter().map(|it| Ok(Command::Remove(Key::Accepted(find(it)?.key())))).collect::<Result<_>>()?;
            Ok(Command::all(commands))
        })
    }
}

/// Everything that is accepted of which whoever asks may know.
fn accepted(db: Reader<'_>, policy: &Policy) -> Result<Vec<AcceptedRecord>> {
    let mut known = Vec::new();
    for it in db.all()? {
        if db.knows(&it)? {
            known.push(records::accepted(db, policy, &it)?);
        }
    }
    Ok(known)
}

/// Sets something of a rule.
#[derive(clap::Args)]
pub(super) struct Set {
    /// As `audit rules` calls it
    rule: String,
    /// As `audit explain` calls it
    name: String,
    /// A number, or names with commas between them
    #[arg(allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    trial: Trial,
}

impl Set {
    pub(super) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let rule = named(&self.rule)?;
        self.trial.carry_out(start, out, |db, policy| {
            let before = records::workspace(db, policy)?;
            let audit = before.audit.clone().with(rule, &self.name, &self.value).map_err(usage)?;
            let after = Record::Workspace(WorkspaceRecord { audit, ..before.clone() });
            Ok(Command::Edit { before: Record::Workspace(before), after })
        })
    }
}
