//! Assignments: list.

use std::collections::HashSet;

use anyhow::Result;
use clap::Subcommand;

use super::list;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use crate::domain::record::AssignmentRecord;
use crate::domain::things::{Assignment, Scope};
use crate::facts::names::the_role;
use crate::query::columns::Columns;
use crate::query::records;
use crate::session::Session;
use crate::store::assignments::Which;

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
        /// Held by this person; may be repeated
        #[arg(long = "person", value_name = "PERSON", value_delimiter = ',')]
        people: Vec<String>,
        /// Given on this site itself, may be repeated; `person list --site` also knows folders and everywhere
        #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
        sites: Vec<String>,
        /// This role; may be repeated
        #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
        roles: Vec<String>,
        #[command(flatten)]
        options: list::Options,
    },
}

/// Of whom, where and which; an empty set means all.
struct Wanted {
    people: HashSet<PersonId>,
    sites: HashSet<SiteId>,
    roles: HashSet<RoleId>,
}

impl Wanted {
    /// What the store looks for: it knows one of each.
    fn which(&self) -> Which {
        fn only<T: Copy>(set: &HashSet<T>) -> Option<T> {
            if set.len() == 1 { set.iter().next().copied() } else { None }
        }
        Which { person: only(&self.people), site: only(&self.sites), role: only(&self.roles) }
    }

    fn has(&self, it: &Assignment) -> bool {
        let on = |sites: &HashSet<SiteId>| matches!(it.scope, Scope::Site(id) if sites.contains(&id));
        (self.people.is_empty() || self.people.contains(&it.person))
            && (self.roles.is_empty() || self.roles.contains(&it.role))
            && (self.sites.is_empty() || on(&self.sites))
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let Verb::List { people, sites, roles, options } = &self.verb;
        let session = start.ask_in_part()?;
        let wanted = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let people = people.iter().map(|it| db.the_person(it)).collect::<Result<Vec<_>>>()?;
            let sites = sites.iter().map(|it| db.the_site(it)).collect::<Result<Vec<_>>>()?;
            match (people.as_slice(), sites.as_slice()) {
                ([], []) => session.check_whole()?,
                ([], sites) => sites.iter().try_for_each(|it| session.check_people_of(db, &policy, it))?,
                (people, _) => people.iter().try_for_each(|it| session.check_person(it.id))?,
            }
            Ok(Wanted {
                people: people.iter().map(|it| it.id).collect(),
                sites: sites.iter().map(|it| it.id).collect(),
                roles: roles.iter().map(|it| Ok(the_role(db, &policy, it)?.role.id)).collect::<Result<_>>()?,
            })
        })?;
        list(&session, out, &wanted, options)
    }
}

/// Prints the rows in the order of their numbers, a page at a time.
fn list(session: &Session, out: &mut Out, wanted: &Wanted, options: &list::Options) -> Result<u8> {
    let mut rows = options.of::<AssignmentRecord>(out, &[])?;
    let mut after = AssignmentId(0);
    while !rows.is_full() {
        let last = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let page = db.assignments_after(wanted.which(), after, PAGE)?;
            for row in page.iter().filter(|it| wanted.has(it)) {
                let record = records::assignment(db, &policy, row)?;
                rows.add(record.cells(policy.zone), &record)?;
            }
            Ok(page.last().map(|it| it.id))
        })?;
        rows.drain()?;
        let Some(last) = last else { break };
        after = last;
    }
    rows.end()
}
