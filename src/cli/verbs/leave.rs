//! Access that ends: leaving by oneself, and being removed.

use anyhow::Result;

use super::assign::{once, people};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::record::ScopeRecord;
use crate::domain::things::Person;
use crate::facts::Reader;

#[derive(clap::Args)]
pub(crate) struct Leave {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
pub(crate) struct Expel {
    /// Who; several with commas between
    #[arg(value_name = "PERSON")]
    people: String,
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct From {
    /// Every role of one's own on this site; may be repeated
    #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
    sites: Vec<String>,
    /// Every role in the team
    #[arg(long)]
    team: bool,
}

impl From {
    fn scopes(&self, db: Reader<'_>) -> Result<Vec<ScopeRecord>> {
        let mut all = self.sites.iter().map(|it| Ok(ScopeRecord::Site(db.the_site(it)?.key))).collect::<Result<Vec<_>>>()?;
        once(&mut all, Clone::clone);
        Ok(if self.team { vec![ScopeRecord::Everywhere] } else { all })
    }
}

impl Leave {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| {
            let person = start.myself(db)?;
            let leave = |from| Command::Leave { person: person.clone(), from };
            Ok(Command::all(self.from.scopes(db)?.into_iter().map(leave).collect()))
        })
    }
}

impl Expel {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, _| {
            let (people, scopes) = (people(&self.people, |it| db.the_person(it))?, self.from.scopes(db)?);
            let of = |person: &Person| {
                let email = person.email.clone();
                scopes.iter().map(move |from| Command::Expel { person: email.clone(), from: from.clone() })
            };
            Ok(Command::all(people.iter().flat_map(of).collect()))
        })
    }
}
