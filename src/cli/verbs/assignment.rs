//! Assignments: list.

use anyhow::Result;
use clap::Subcommand;

use super::list;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::{Session, Start};
use crate::cli::shown::Shown;
use crate::domain::ids::AssignmentId;
use crate::domain::record::AssignmentRecord;
use crate::query::records;
use crate::store::assignments::Which;
use crate::store::names::the_role;

/// Rows that are read at once.
const PAGE: usize = 500;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All roles that are given, in the order in which they were
    List {
        /// Held by this person
        #[arg(long)]
        person: Option<String>,
        /// Given on this site itself; `person list --site` also knows folders and everywhere
        #[arg(long)]
        site: Option<String>,
        #[arg(long)]
        role: Option<String>,
        #[command(flatten)]
        options: list::Options,
    },
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let Verb::List { person, site, role, options } = &self.verb;
        let session = start.ask_in_part()?;
        let which = session.store.snapshot(|db| {
            let policy = db.policy(None)?;
            match (person, site) {
                (Some(person), _) => session.check_person(db.the_person(person)?.id)?,
                (None, Some(site)) => session.check_people_of(db, &policy, &db.the_site(site)?)?,
                (None, None) => session.check_whole()?,
            }
            Ok(Which {
                person: person.as_deref().map(|it| db.the_person(it)).transpose()?.map(|it| it.id),
                site: site.as_deref().map(|it| db.the_site(it)).transpose()?.map(|it| it.id),
                role: role.as_deref().map(|it| the_role(&policy, it)).transpose()?.map(|it| it.role.id),
            })
        })?;
        list(&session, out, which, options)?;
        Ok(YES)
    }
}

/// Prints the rows in the order of their numbers, a page at a time.
fn list(session: &Session, out: &mut Out, which: Which, options: &list::Options) -> Result<()> {
    let mut rows = out.rows(AssignmentRecord::FIELDS.iter().copied());
    let (mut after, mut left) = (AssignmentId(0), options.limit());
    while left > 0 {
        let last = session.store.snapshot(|db| {
            let policy = db.policy(None)?;
            let page = db.assignments_after(which, after, PAGE)?;
            for row in &page {
                let record = records::assignment(db, &policy, row)?;
                if left > 0 && options.fits::<AssignmentRecord>(&record.cells(policy.zone)) {
                    rows.add(record.cells(policy.zone), &record)?;
                    left -= 1;
                }
            }
            Ok(page.last().map(|it| it.id))
        })?;
        rows.drain()?;
        let Some(last) = last else { break };
        after = last;
    }
    rows.end()
}
