//! Access that ends: leaving by oneself, and being removed.

use anyhow::Result;

use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::record::ScopeRecord;
use crate::store::Reader;

#[derive(clap::Args)]
pub(crate) struct Leave {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
pub(crate) struct Expel {
    person: String,
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct From {
    /// Every role of one's own on this site
    #[arg(long)]
    site: Option<String>,
    /// Every role in the team
    #[arg(long)]
    team: bool,
}

impl From {
    fn scope(&self, db: Reader<'_>) -> Result<ScopeRecord> {
        self.site.as_deref().map_or(Ok(ScopeRecord::Everywhere), |it| Ok(ScopeRecord::Site(db.the_site(it)?.key)))
    }
}

impl Leave {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| Ok(Command::Leave { person: start.myself(db)?, from: self.from.scope(db)? }))
    }
}

impl Expel {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial
            .carry_out(start, out, |db, _| Ok(Command::Expel { person: db.the_person(&self.person)?.email, from: self.from.scope(db)? }))
    }
}
