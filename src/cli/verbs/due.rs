//! What comes up: ends of access, reviews, offers that run out. For cron.

use anyhow::Result;

use super::list::{self, EVERY};
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::query::columns::{Column, Columns, column};
use crate::query::due::{self, Due};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How far to look ahead
    #[arg(long, value_name = "TIME", default_value = "14d")]
    within: String,
    #[command(flatten)]
    options: list::Options,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask()?;
        let (zone, found) = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let by = policy.zone.until(&self.within, session.now).map_err(|sentence| usage(format!("--within: {sentence}")))?;
            Ok((policy.zone, due::due(db, &policy, session.now, by, EVERY)?))
        })?;
        // What comes up is a finding; what the filter leaves of it, too.
        let some = self.options.print_all(out, zone, found)? == YES;
        Ok(if some { NO } else { YES })
    }
}

impl Columns for Due {
    const COLUMNS: &'static [Column<Due>] = &[
        column("at", Due::day),
        column("kind", |it, _| it.kind.as_str().to_owned()),
        column("who", |it, _| it.who.clone()),
        column("what", |it, _| it.what.clone()),
        column("place", |it, _| it.place.clone()),
    ];
}
