//! Statements: who has access, on paper.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

use crate::cli::args::Format;
use crate::cli::exit::{YES, usage};
use crate::cli::file;
use crate::cli::plain;
use crate::cli::print::Out;
use crate::cli::session::{Start, tell_of_reach};
use crate::cli::sign::Sign;
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
    /// Replaces this file, all at once; a new one is for you alone [default: stdout]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    sign: Sign,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let (named, options) = match &self.about {
            Verb::Site { site, options } => (Named::Site(site.clone()), options),
            Verb::Person { person, options } => (Named::Person(person.clone()), options),
            Verb::Workspace { options } => (Named::Workspace, options),
        };
        let form = match out.format {
            Format::Table | Format::Md => Form::Md,
            Format::Html => Form::Html,
            Format::Json => Form::Json,
            Format::Csv => return Err(usage("a statement is written as md, html or json; who-can and assignment list make tables")),
        };
        options.sign.check(options.output.as_deref())?;
        options.output.as_ref().map_or(Ok(()), |it| file::check(start, it))?;
        let session = start.present_in_part()?;
        let mut written = Vec::new();
        let terms = terms(start, &session, named, form, options.ids)?;
        session.state(terms, &mut written)?;
        match &options.output {
            Some(path) => {
                file::replace(start, path, |file| Ok(file.write_all(&written)?))?;
                options.sign.sign(start, path, &written)?;
            }
            None if out.is_read() => {
                let text = String::from_utf8_lossy(&written);
                // The last line is for programs.
                let page: Vec<&str> = text.lines().collect();
                out.lines(0, plain::lines(&page[..page.len().saturating_sub(1)].join("\n")));
            }
            None => out.bytes(&written),
        }
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
