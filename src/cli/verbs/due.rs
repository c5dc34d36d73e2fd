//! What comes up: ends of access, reviews, offers that run out. For cron.

use anyhow::Result;

use super::list;
use super::offers::EVERY;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::cli::shown::Shown;
use crate::domain::text::display;
use crate::domain::time;
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
        let refuse = || usage(format!("--within: `{}` is not a time; write 14d, 8w or 2026-11-21", display(&self.within)));
        let by = time::parse(&self.within, session.now).ok_or_else(refuse)?;
        let found = session.store.snapshot(|db| due::due(db, &db.policy(None)?, session.now, by, EVERY))?;
        let code = if found.is_empty() { YES } else { NO };
        self.options.print_all(out, found)?;
        Ok(code)
    }
}

impl Shown for Due {
    const FIELDS: &'static [&'static str] = &["at", "kind", "who", "what", "place"];

    fn cells(&self) -> Vec<String> {
        vec![time::show(self.at), self.kind.as_str().to_owned(), self.who.clone(), self.what.clone(), self.place.clone()]
    }
}
