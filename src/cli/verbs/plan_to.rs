//! The desired state: a plan that takes the workspace to what a bundle says.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::exit::Stop;
use crate::cli::input;
use crate::command::Error;
use crate::domain::text;
use crate::exchange::desired::{self, Desired, Difference};
use crate::exchange::plan::Plan;
use crate::exchange::{bundle, encoding};
use crate::session::Session;

/// From this share of all records on, one in so many, their removal is asked for by number.
const ONE_IN: usize = 5;

#[derive(clap::Args)]
pub(super) struct To {
    /// In place of a file of commands, those that take the workspace to what this bundle says
    #[arg(id = "to", long = "to", value_name = "BUNDLE")]
    pub(super) bundle: Option<PathBuf>,
    /// With --to: remove what the bundle does not name
    #[arg(long, requires = "to")]
    prune: bool,
    /// With --prune: so many records and no others may go, also where that is more than 20 % of all
    #[arg(long, value_name = "COUNT", requires = "prune")]
    yes_remove: Option<usize>,
}

impl To {
    /// The commands, each with the line of the bundle that asks for it, or 0.
    pub(super) fn plan(&self, session: &mut Session, path: &Path) -> Result<Plan> {
        let name = input::name(path);
        let desired = self.desired(session, path, &name)?;
        self.check_removals(&name, &desired)?;
        let me = session.who().actor.email.clone();
        let steps = || desired.differences.iter().flat_map(|it| it.steps(&me).into_iter().map(move |ways| (it, ways)));
        let (commands, refusal) = session.feasible(&mut steps().map(|it| it.1))?;
        if let Some(refusal) = refusal {
            let about = steps().nth(commands.len()).map_or_else(String::new, |(it, _)| about(&name, it));
            return Err(anyhow::Error::from(Error::from(refusal)).context(about));
        }
        let lines = steps().map(|(it, _)| it.line.unwrap_or(0)).collect();
        Ok(Plan { lines, commands, ..Plan::default() })
    }

    fn desired(&self, session: &Session, path: &Path, name: &str) -> Result<Desired> {
        let (text, _) = encoding::open(input::open(path)?, None).map_err(|error| input::fault(name, error, ""))?;
        let mut lines = bundle::read_ahead(text);
        session.snapshot(|db| {
            let found = desired::desired(db, &db.policy(None)?, &mut lines, self.prune);
            found.map_err(|error| input::fault(name, error, "nothing was planned"))
        })
    }

    /// Many removals are wanted by number.
    fn check_removals(&self, name: &str, desired: &Desired) -> Result<()> {
        let Desired { n_removed: n, n_present: all, .. } = desired;
        let records = text::plural(*all, "record");
        let sentence = match self.yes_remove {
            Some(wanted) if wanted != *n => format!("{n} of {records} would go, not {wanted}"),
            None if n * ONE_IN > *all => {
                format!("{n} of {records} would go for want of a line, which is more than 20 %; where that is meant: --yes-remove {n}")
            }
            Some(_) | None => return Ok(()),
        };
        Err(Stop::Refused(format!("{name}: {sentence}; nothing was planned")).into())
    }
}

/// Which line is meant or, where one is missing, of what.
fn about(name: &str, it: &Difference) -> String {
    match (it.line, it.gone()) {
        (Some(line), _) => format!("{name} line {line}"),
        (None, Some((kind, key))) => format!("{name}, without a line for the {kind} {}", text::display(&key)),
        (None, None) => name.to_owned(),
    }
}
