//! Giving somebody a permission on a site, and taking it: by the way that changes least, or another one.

use anyhow::Result;

use crate::cli::exit::usage;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::text::plural;
use crate::exchange::ways;
use crate::query::access::Asked;
use crate::query::remedy;

#[derive(clap::Args)]
pub(crate) struct Give {
    #[command(flatten)]
    what: What,
}

#[derive(clap::Args)]
pub(crate) struct Take {
    #[command(flatten)]
    what: What,
}

// What both take. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args)]
struct What {
    /// By e-mail, or by a name that one person alone has
    person: String,
    /// Its id, or its label
    permission: String,
    /// By key or URL
    site: String,
    /// Which of the ways that `why --ways` numbers
    #[arg(long, value_name = "WAY", default_value_t = 1)]
    way: usize,
    #[command(flatten)]
    trial: Trial,
}

impl Give {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.what.turn(start, out, true)
    }
}

impl Take {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.what.turn(start, out, false)
    }
}

impl What {
    fn turn(&self, start: &Start, out: &mut Out, on: bool) -> Result<u8> {
        let session = start.ask_in_part()?;
        self.trial.carry_out(start, out, |db, policy| {
            let now = start.now(db)?;
            let asked = Asked::find(db, policy, &self.person, &self.permission, &self.site)?;
            session.check_pair(db, policy, asked.person.id, &asked.site)?;
            let (who, site) = (&asked.person.email, &asked.site.key);
            if asked.verdict(policy, now).is_allowed() == on {
                let can = if on { "can" } else { "cannot" };
                return Err(usage(format!("{who} {can} do that on {site} already")));
            }
            let (all, _) = remedy::ways(db, policy, &asked, now)?;
            let Some(way) = self.way.checked_sub(1).and_then(|at| all.get(at)) else {
                return Err(usage(match all.len() {
                    0 if on => format!("no single change lets {who} do that on {site}: only the owner can"),
                    0 => format!("no single change takes that from {who} on {site}: it comes with owning the site"),
                    n => format!("no way {}: there are {}; rolecall why --ways tells them", self.way, plural(n, "way")),
                }));
            };
            let mut commands = ways::commands(db, policy, &asked, &way.steps, now)?;
            Ok(if commands.len() == 1 { commands.remove(0) } else { Command::Batch(commands) })
        })
    }
}
