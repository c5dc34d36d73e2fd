//! Narrower built-in roles in the place of what somebody holds.

use anyhow::Result;
use serde::Serialize;

use super::list;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::audit::Mend;
use crate::domain::narrowing::Fit;
use crate::domain::policy::Policy;
use crate::domain::record::AssignmentRecord;
use crate::domain::text::{few, plural};
use crate::domain::things::Assignment;
use crate::exchange::mending;
use crate::facts::Reader;
use crate::query::columns::{Column, Columns, column, on_demand};
use crate::query::{fits, records};
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By e-mail, or by a name that one person alone has
    person: String,
    /// Only what counts on this site; what it does is told of every site that it reaches
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    #[command(flatten)]
    options: list::Options,
}

/// A role that would do in the place of one that is held.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    held: AssignmentRecord,
    instead: String,
    /// Whether nothing sensitive goes.
    spares_sensitive: bool,
    /// Whether others on each site, its owner apart, can do all that goes there.
    is_covered: bool,
    loses: Vec<String>,
    sensitive: Vec<String>,
    commands: Vec<Command>,
    #[serde(skip)]
    labels: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let rows = session.snapshot(|db| self.rows(&session, db))?;
        self.options.print_all(out, session.zone()?, rows)
    }

    fn rows(&self, session: &Session, db: Reader<'_>) -> Result<Vec<Row>> {
        let policy = db.policy(None)?;
        let person = db.the_person(&self.person)?;
        session.check_person(person.id)?;
        let site = self.site.as_deref().map(|it| db.the_site(it)).transpose()?;
        let mut rows = Vec::new();
        for (held, found) in fits::fits(db, &policy, &person, site.as_ref(), session.now)? {
            for fit in found {
                rows.push(Row::of(db, &policy, &held, &fit, session)?);
            }
        }
        Ok(rows)
    }
}

impl Row {
    fn of(db: Reader<'_>, policy: &Policy, held: &Assignment, fit: &Fit, session: &Session) -> Result<Row> {
        let catalog = policy.role(fit.role).and_then(|it| policy.catalog(&it.role.platform));
        Ok(Row {
            held: records::assignment(db, policy, held)?,
            instead: policy.role(fit.role).map_or_else(String::new, |it| it.role.key.clone()),
            spares_sensitive: fit.sensitive.is_empty(),
            is_covered: fit.is_covered,
            loses: catalog.map_or_else(Vec::new, |it| it.names(fit.loses)),
            sensitive: catalog.map_or_else(Vec::new, |it| it.names(fit.sensitive)),
            commands: mending::commands(db, policy, &[Mend::Instead(held.clone(), fit.role)], session.now)?,
            labels: catalog.map_or_else(Vec::new, |it| fit.loses.iter().map(|id| it.get(id).label.clone()).collect()),
        })
    }

    fn why(&self) -> &'static str {
        match (self.spares_sensitive, self.is_covered) {
            (true, true) => "nothing sensitive, and others can do it",
            (true, false) => "nothing sensitive",
            (false, _) => "others can do it",
        }
    }

    fn loss(&self) -> String {
        if self.labels.is_empty() { "nothing".to_owned() } else { format!("{}: {}", plural(self.labels.len(), "right"), few(&self.labels)) }
    }
}

impl Columns for Row {
    const COLUMNS: &'static [Column<Row>] = &[
        column("role", |it, _| it.held.role.clone()),
        column("level", |it, _| it.held.level.to_string()),
        column("scope", |it, _| it.held.scope.to_string()),
        column("instead", |it, _| it.instead.clone()),
        column("loses", |it, _| it.loss()),
        column("why", |it, _| it.why().to_owned()),
        on_demand("sensitive", |it, _| it.sensitive.join(", ")),
    ];
}
