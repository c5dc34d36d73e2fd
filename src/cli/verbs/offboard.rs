//! Taking everything from somebody: the plan, and doing it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{YES, usage};
use crate::cli::file;
use crate::cli::print::Out;
use crate::cli::receipt::Effect;
use crate::cli::session::Start;
use crate::command::{Command, Note};
use crate::exchange::offboarding::{self, Statement, Taken};
use crate::query::coverage;
use crate::query::impact::Budget;
use crate::session::{Forecast, Session};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By e-mail, or by a name that one person alone has
    person: String,
    /// Who takes over the sites that the person owns
    #[arg(long, value_name = "EMAIL")]
    sites_to: Option<String>,
    /// Does it, instead of showing what would be taken
    #[arg(long)]
    apply: bool,
    /// Writes a receipt in Markdown, for you alone
    #[arg(long, value_name = "FILE", requires = "apply")]
    receipt: Option<PathBuf>,
}

/// What is taken, and what it leaves behind.
#[derive(Serialize)]
struct Sweep {
    person: String,
    /// Sites that nobody but their owner could publish then.
    uncovered: Vec<String>,
    taken: Vec<Taken>,
    notes: Vec<String>,
    #[serde(flatten)]
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        // Asked before anything is taken: afterwards there is nothing left to write a receipt of.
        let folder = self.receipt.as_ref().and_then(|it| it.parent()).filter(|it| !it.as_os_str().is_empty() && !it.is_dir());
        if let Some(folder) = folder {
            return Err(usage(format!("--receipt: there is no folder {}; nothing was taken", folder.display())));
        }
        self.receipt.as_ref().map_or(Ok(()), |it| file::check(start, it))?;
        let mut session = if self.apply { start.change()? } else { start.try_out()? };
        session.check_whole()?;
        let (person, heir) = session.snapshot(|db| {
            let heir = self.sites_to.as_deref().map(|it| db.the_person(it)).transpose()?;
            Ok((db.the_person(&self.person)?, heir.map(|it| it.email)))
        })?;
        let command = Command::Offboard { person: person.email.clone(), sites_to: heir };
        let Forecast { plan, effect } = session.foresee(std::slice::from_ref(&command), &Budget::ALL)?;
        let mut sweep = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let bare =
                effect.as_ref().map_or_else(|| Ok(Vec::new()), |it| coverage::uncovered(db, &policy, it, Some(person.id), session.now))?;
            Ok(Sweep {
                person: person.email.clone(),
                uncovered: bare.into_iter().map(|it| it.key).collect(),
                taken: offboarding::taken(db, &policy, &plan.changes, person.id)?,
                notes: plan.notes.iter().map(Note::sentence).collect(),
                effect: Effect::of(db, &plan.changes, effect.as_ref())?,
                entry: None,
            })
        })?;
        let mut written = Ok(());
        if self.apply {
            let receipt = session.run(&command)?.receipt;
            out.saved = receipt.head;
            if let Some(head) = receipt.head {
                // What was really taken, not what was foreseen.
                sweep.entry = Some(head.to_string());
                sweep.taken = session.snapshot(|db| offboarding::taken(db, &db.policy(None)?, &receipt.changes, person.id))?;
                written = self.receipt.as_ref().map_or(Ok(()), |path| sweep.write(start, &session, path));
            }
        }
        sweep.print(out, self.apply)?;
        written.context("everything was taken, but the receipt was not written").map(|()| YES)
    }
}

impl Sweep {
    fn write(&self, start: &Start, session: &Session, path: &Path) -> Result<()> {
        let actor = session.actor()?;
        let (agency, zone) = session.snapshot(|db| db.policy(None).map(|it| (it.name, it.zone)))?;
        let statement = Statement {
            agency: &agency,
            person: &self.person,
            at: session.now,
            zone,
            by: &format!("{} ({})", actor.email, actor.via),
            entry: self.entry.as_deref().unwrap_or_default(),
            taken: &self.taken,
            uncovered: &self.uncovered,
        };
        file::replace(start, path, |file| Ok(file.write_all(statement.markdown().as_bytes())?))
    }

    fn print(&self, out: &mut Out, applied: bool) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        if out.format == Format::Table {
            let uncovered = "sites that nobody but their owner could publish";
            match (applied, self.taken.is_empty()) {
                (_, true) => out.line(&format!("nothing to take from {}", self.person)),
                (true, false) => out.line(&format!("taken from {}:", self.person)),
                (false, false) => out.line(&format!("nothing was saved; --apply would take from {}:", self.person)),
            }
            if !self.uncovered.is_empty() {
                out.line(&format!("{uncovered}: {}", self.uncovered.join(", ")));
            }
        }
        let mut rows = out.rows(["where", "what"]);
        self.taken.iter().try_for_each(|it| rows.add(vec![it.place.clone(), it.what.clone()], it))?;
        rows.end()?;
        if out.format == Format::Table && !self.taken.is_empty() {
            out.lines(0, &self.notes);
            if !applied {
                self.effect.print(out);
            }
            out.lines(0, self.entry.iter().map(|it| format!("entry {it}")));
        }
        Ok(())
    }
}
