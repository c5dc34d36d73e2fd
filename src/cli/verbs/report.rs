//! Statements: who has access, on paper.

use anyhow::Result;
use clap::Subcommand;

use crate::cli::exit::YES;
use crate::cli::paper::Paper;
use crate::cli::print::Out;
use crate::cli::session::{Start, tell_of_reach};
use crate::command;
use crate::exchange::statement::{Form, Made, Named, Terms, VERSION};
use crate::query::diff::Point;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    about: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Who has access to one site: for its owner to read
    Site {
        /// By key or URL
        site: String,
        #[command(flatten)]
        options: Options,
    },
    /// What one person has access to
    Person {
        /// By e-mail, or by a name that one person alone has
        person: String,
        #[command(flatten)]
        options: Options,
    },
    /// Who has access to what, all of it
    Workspace {
        #[command(flatten)]
        options: Options,
    },
}

#[derive(clap::Args)]
struct Options {
    /// Tell permissions by their ids, too
    #[arg(long)]
    ids: bool,
    #[command(flatten)]
    paper: Paper,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let (named, options) = match &self.about {
            Verb::Site { site, options } => (Named::Site(site.clone()), options),
            Verb::Person { person, options } => (Named::Person(person.clone()), options),
            Verb::Workspace { options } => (Named::Workspace, options),
        };
        let form = options.paper.form(start, out, "statement", "who-can and assignment list make tables")?;
        let session = start.present_in_part()?;
        let mut written = Vec::new();
        let terms = terms(start, &session, named, form, options.ids)?;
        session.state(terms, &mut written)?;
        options.paper.put(start, out, &written)?;
        Ok(YES)
    }
}

fn terms(start: &Start, session: &Session, about: Named, format: Form, ids: bool) -> Result<Terms> {
    session.snapshot(|db| {
        let now = command::now(db, start.clock)?.at;
        let at = start.at()?.unwrap_or(now);
        tell_of_reach(db, at)?;
        let head = |at| -> Result<String> {
            let entry = db.entry(Point::at(db, at, now)?.entry)?;
            Ok(entry.map_or_else(String::new, |it| it.head().to_string()))
        };
        let made = start.globals.at.as_ref().map(|_| Ok::<_, anyhow::Error>(Made { at: now, head: head(now)? })).transpose()?;
        Ok(Terms { statement: VERSION, about, at, head: head(at)?, format, ids, by: session.who().actor.email.clone(), made })
    })
}
