//! Giving a role to a person in a scope, and taking it away.

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, ScopeRecord};
use crate::domain::things::{Assignment, Level, Scope};
use crate::query::records;
use crate::store::Reader;
use crate::store::names::the_role;

#[derive(clap::Args)]
pub(crate) struct Assign {
    #[command(flatten)]
    what: What,
    /// When it begins [default: now]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// When it ends [default: never]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// When to look whether it is still needed [default: never]
    #[arg(long, value_name = "TIME")]
    review: Option<String>,
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(clap::Args)]
pub(crate) struct Unassign {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    trial: Trial,
}

/// Who, which role, where.
#[derive(clap::Args)]
struct What {
    person: String,
    role: String,
    #[command(flatten)]
    place: Place,
    /// As collaborator or as team member [default: site for --site, else team]
    #[arg(long, value_parser = ["site", "team"])]
    level: Option<String>,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// On this site
    #[arg(long)]
    site: Option<String>,
    /// On every site of this folder, now and later
    #[arg(long)]
    folder: Option<String>,
    /// On every site of the agency
    #[arg(long)]
    everywhere: bool,
}

impl What {
    fn level(&self) -> Level {
        let given = self.level.as_deref().and_then(Level::parse);
        given.unwrap_or(if self.place.site.is_some() { Level::Site } else { Level::Team })
    }

    /// The same by e-mail and keys, and the row if there is one.
    fn find(&self, db: Reader<'_>, policy: &Policy) -> Result<(AssignmentRecord, Option<Assignment>)> {
        let person = db.the_person(&self.person)?;
        let held = the_role(policy, &self.role)?;
        let (scope, place) = match (&self.place.site, &self.place.folder) {
            (Some(site), _) => db.the_site(site).map(|it| (ScopeRecord::Site(it.key), Scope::Site(it.id)))?,
            (None, Some(folder)) => db.the_folder(folder).map(|it| (ScopeRecord::Folder(it.key), Scope::Folder(it.id)))?,
            (None, None) => (ScopeRecord::Everywhere, Scope::Everywhere),
        };
        let (role, level) = (held.role.key.clone(), self.level());
        let row = db.assignment(person.id, held.role.id, level, place)?;
        Ok((AssignmentRecord { person: person.email, role, level, scope, since: None, until: None, review_on: None, reason: None }, row))
    }
}

impl Assign {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let since = self.since.as_deref().map(|it| start.begins("--since", it)).transpose()?;
        let until = self.until.as_deref().map(|it| start.ends("--until", it)).transpose()?;
        let review_on = self.review.as_deref().map(|it| start.begins("--review", it)).transpose()?;
        self.trial.carry_out(start, out, |db, policy| {
            let (new, row) = self.what.find(db, policy)?;
            let now = start.now(db)?;
            let new = AssignmentRecord { since: since.or(Some(now)), until, review_on, reason: self.reason.clone(), ..new };
            let renews = |it: &Assignment| self.says_when() || !it.is_live(now);
            match row.filter(renews) {
                Some(row) => {
                    let before = records::assignment(db, policy, &row)?;
                    let after = self.onto(&before, &row, &new, now);
                    Ok(Command::Edit { before: Record::Assignment(before), after: Record::Assignment(after) })
                }
                None => Ok(Command::Add(Record::Assignment(new))),
            }
        })
    }

    /// Whether there is anything to change in a role that is held already.
    fn says_when(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.review.is_some() || self.reason.is_some()
    }

    /// A role that is held keeps what is not said anew; one that is over begins anew.
    fn onto(&self, before: &AssignmentRecord, row: &Assignment, new: &AssignmentRecord, now: DateTime<Utc>) -> AssignmentRecord {
        let lives = row.is_live(now);
        AssignmentRecord {
            since: if lives && self.since.is_none() { before.since } else { new.since },
            until: if lives && self.until.is_none() { before.until } else { new.until },
            review_on: if lives && self.review.is_none() { before.review_on } else { new.review_on },
            reason: self.reason.clone().or_else(|| before.reason.clone()),
            ..before.clone()
        }
    }
}

impl Unassign {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        self.trial.carry_out(start, out, |db, policy| {
            let (it, _) = self.what.find(db, policy)?;
            Ok(Command::Remove(Key::Assignment { person: it.person, role: it.role, level: it.level, scope: it.scope }))
        })
    }
}
