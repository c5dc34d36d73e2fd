//! Plans: the commands of a file, shown or run as one; or each run for itself.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::plan_to::To;
use super::test;
use crate::cli::args::Format;
use crate::cli::exit::{NO, Stop, YES, usage};
use crate::cli::file;
use crate::cli::input::name;
use crate::cli::plan::{at_fault, open, read};
use crate::cli::print::Out;
use crate::cli::receipt::{self, Foreseen, MAX_LISTED, RECEIPT, Trial};
use crate::cli::sent::{self, Sent};
use crate::cli::session::Start;
use crate::command::{Command, Error, Receipt};
use crate::domain::text::shell_bytes;
use crate::exchange::plan::{self, Line};
use crate::query::impact::Budget;
use crate::session::Session;
use crate::store::journal::Head;

#[derive(clap::Args)]
pub(crate) struct Plan {
    /// Commands, one as JSON a line; `-` is stdin
    #[arg(required_unless_present = "to", conflicts_with = "to")]
    file: Option<PathBuf>,
    #[command(flatten)]
    to: To,
    /// Write them here with the entry that they were tried on, for `apply`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Apply {
    /// As `plan --out` and the screens write it; `-` is stdin
    file: PathBuf,
    /// Run it also where it would do something else by now
    #[arg(long, conflicts_with = "each")]
    anyway: bool,
    /// Refuse it where a claim of this file would not be so afterwards; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "each")]
    test: Vec<PathBuf>,
    /// Run every line for itself, up to the first that fails, and print `ok SEQ HASH` after each
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    trial: Trial,
}

impl Plan {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if self.out.is_some() && start.globals.at.is_some() {
            return Err(usage("--out writes a plan on what is there now; leave --at out"));
        }
        self.out.as_ref().map_or(Ok(()), |it| file::check(start, it))?;
        let (path, read_at_once) = match (&self.file, &self.to.bundle) {
            (Some(file), _) => (file, Some(read(file)?)),
            (None, bundle) => (bundle.as_ref().context("naming a file")?, None),
        };
        let mut session = start.try_out()?;
        let head = session.plan_head()?;
        let plan = read_at_once.map_or_else(|| self.to.plan(&mut session, path), Ok)?;
        let foreseen = foreseen(&mut session, path, &plan)?;
        foreseen.print(out)?;
        // The head is of before: what comes between the two is looked at again.
        let write =
            |path: &PathBuf| file::replace(start, path, |file| plan::write(file, &head.clone().counting(&plan.commands), &plan.commands));
        self.out.as_ref().map_or(Ok(()), write)?;
        Ok(if foreseen.changes_nothing() { YES } else { NO })
    }
}

impl Apply {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if self.each && !self.trial.dry_run { self.each(start, out) } else { self.whole(start, out) }
    }

    /// Runs all as one entry, where that does what it did on the entry that it was made on.
    fn whole(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let plan = read(&self.file)?;
        let mut session = if self.trial.dry_run { start.try_out()? } else { start.change()? };
        if !self.trial.dry_run {
            session.bind_first()?;
        }
        let here = session.head()?;
        if !self.anyway && !self.each {
            let made_on = plan.head.as_ref().and_then(|it| it.head).ok_or_else(|| usage(self.without_head()))?;
            if here != Some(made_on) {
                self.check_effect(start, &mut session, &plan, made_on)?;
            }
        }
        self.check_claims(&mut session, &plan)?;
        if self.trial.dry_run {
            return foreseen(&mut session, &self.file, &plan)?.print(out).map(|()| YES);
        }
        match session.run_on(here, &Command::all(plan.commands.clone())) {
            Ok(done) => receipt::print_done(start, out, &session, done).map(|()| YES),
            Err(error) => Err(at_its_line(&mut session, &self.file, &plan, error)),
        }
    }

    /// Refuses what would do something else by now.
    fn check_effect(&self, start: &Start, session: &mut Session, plan: &plan::Plan, made_on: Head) -> Result<()> {
        let (name, ways) = (name(&self.file), self.ways());
        let Some(mut then) = start.on_entry(made_on)? else {
            return Err(refused(format!("{name} was made on entry {made_on}, which is not in this journal; nothing was saved; {ways}")));
        };
        let before = foreseen(&mut then, &self.file, plan)?;
        let now = foreseen(session, &self.file, plan).map_err(|error| {
            refused(format!("{name} was made on entry {}, and by now it is refused: {error:#}; nothing was saved", made_on.seq))
        })?;
        let Some(mut lines) = before.difference(&now) else { return Ok(()) };
        if lines.is_empty() {
            lines.push("what others did since is in its way, and is not shown to you".to_owned());
        }
        let more = lines.len().saturating_sub(MAX_LISTED);
        lines.truncate(MAX_LISTED);
        lines.extend((more > 0).then(|| format!("and {more} more")));
        let told = lines.join("\n  ");
        Err(refused(format!(
            "{name} was made on entry {}, and by now it would do something else:\n  {told}\nnothing was saved; {ways}",
            made_on.seq
        )))
    }

    /// Refuses what a claim is against.
    fn check_claims(&self, session: &mut Session, plan: &plan::Plan) -> Result<()> {
        if self.test.is_empty() {
            return Ok(());
        }
        let (files, now) = (test::read(&self.test)?, session.now);
        session.check_whole()?;
        let failures = session.afterwards(&[Command::all(plan.commands.clone())], |db| test::failures(db, now, &files));
        let failures = failures.map_err(|error| at_its_line(session, &self.file, plan, error))?;
        let told: Vec<String> = failures.iter().map(test::Failure::sentence).collect();
        if told.is_empty() {
            return Ok(());
        }
        Err(refused(format!("it would not be so any more:\n  {}\nnothing was saved", told.join("\n  "))))
    }

    fn without_head(&self) -> String {
        let name = name(&self.file);
        format!("{name} does not say on which entry it was made, so that nobody has seen what it does; {}", self.ways())
    }

    fn ways(&self) -> String {
        let file = shell_bytes(self.file.as_os_str().as_encoded_bytes());
        format!("rolecall plan {file} shows what it does now, with --out also for apply, and apply --anyway does it")
    }

    /// One transaction a line; what was acknowledged stays.
    fn each(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let mut session = start.change()?;
        if out.format == Format::Table {
            self.steps(start, &mut session, |head, _, sent| {
                out.saved = head;
                out.lines(0, head.map(|it| format!("ok {}", it.to_string().replace(':', " "))));
                for it in sent {
                    it.print(out);
                }
                out.flush()
            })?;
            return Ok(YES);
        }
        let mut rows = out.rows(RECEIPT);
        let done = self.steps(start, &mut session, |head, receipt, sent| {
            rows.saved(head);
            receipt::add(&mut rows, receipt, sent)?;
            rows.flush()
        });
        rows.end()?;
        done.map(|()| YES)
    }

    fn steps(
        &self,
        start: &Start,
        session: &mut Session,
        mut tell: impl FnMut(Option<Head>, &Receipt, &[Sent]) -> Result<()>,
    ) -> Result<()> {
        let zone = session.zone()?;
        for line in plan::lines(open(&self.file)?) {
            let (at, Line::Command(command)) = line?.map_err(|it| at_fault(&self.file, &it))? else { continue };
            let done = session.run(&command).with_context(|| format!("{} line {at}", name(&self.file)))?;
            let head = done.receipt.head.map_or_else(|| session.head(), |it| Ok(Some(it)))?;
            tell(head, &done.receipt, &sent::told(start, zone, done.sent))?;
        }
        Ok(())
    }
}

/// What the commands would do, as one.
fn foreseen(session: &mut Session, path: &Path, plan: &plan::Plan) -> Result<Foreseen> {
    match session.foresee(&[Command::all(plan.commands.clone())], &Budget::ALL) {
        Ok(forecast) => session.snapshot(|db| Foreseen::of(db, &forecast)),
        Err(error) => Err(at_its_line(session, path, plan, error)),
    }
}

/// A refusal of the whole does not say which line is meant.
fn at_its_line(session: &mut Session, path: &Path, plan: &plan::Plan, error: Error) -> anyhow::Error {
    let first = match error {
        Error::Refused(_) => session.refused(&plan.commands, |_| true).ok().and_then(|it| it.into_iter().next()),
        Error::Broken(_) => None,
    };
    match first {
        Some((n, refusal)) => anyhow::Error::from(Error::from(refusal)).context(format!("{} line {}", name(path), plan.lines[n])),
        None => anyhow::Error::from(error).context(name(path)),
    }
}

fn refused(sentence: String) -> anyhow::Error {
    Stop::Refused(sentence).into()
}
