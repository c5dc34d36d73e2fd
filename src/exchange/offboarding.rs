//! What somebody who leaves had, and the receipt of its being taken.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::command;
use crate::domain::change::{Change, Touch};
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::text::display;
use crate::domain::things::{Person, Scope, Site};
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::access::scope_record;

/// One thing that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// `site KEY`, `folder KEY`, `everywhere`; of what waits for an answer, that.
    pub place: String,
    pub what: String,
}

/// What the changes of an offboarding take from `person`, by place, and what that does to the heir of their sites.
pub fn taken(db: Reader<'_>, policy: &Policy, changes: &[Change], person: PersonId) -> Result<Vec<Taken>> {
    let mut rows = changes.iter().map(|it| one(db, policy, it, person)).collect::<Result<Vec<_>>>()?;
    rows.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.what.cmp(&b.what)));
    Ok(rows)
}

fn one(db: Reader<'_>, policy: &Policy, change: &Change, person: PersonId) -> Result<Taken> {
    if let Some(key) = change.offer().and_then(|it| it.either().map(|it| it.key())) {
        return Ok(Taken { place: key.to_string(), what: "taken back".to_owned() });
    }
    Ok(match change.touches() {
        Some(Touch::Assignment(edit)) => {
            let row = edit.either();
            let role = row.and_then(|it| policy.role(it.role)).map_or("a role", |it| it.role.name.as_str());
            let until = row.and_then(|it| it.until).map_or_else(String::new, |it| format!(", until {}", policy.zone.show_until(it)));
            let level = row.map_or_else(String::new, |it| format!(", {} level", it.level));
            let place = scope_record(db, row.map_or(Scope::Everywhere, |it| it.scope))?;
            let heir = row.map(|it| it.person).filter(|id| *id != person).map(|id| email_of(db, id)).transpose()?;
            let whose = match (heir, &edit.after) {
                (None, _) => String::new(),
                (Some(heir), Some(_)) => format!(", which goes to {heir}"),
                (Some(heir), None) => format!(", which {heir} needs no longer as the owner"),
            };
            Taken { place: place.to_string(), what: format!("{role}{level}{until}{whose}") }
        }
        Some(Touch::Site(edit)) => {
            let heir = edit.after.as_ref().map(|it| email_of(db, it.owner)).transpose()?.unwrap_or_default();
            let key = edit.either().map_or_else(String::new, |it: &Site| it.key.clone());
            Taken { place: format!("site {key}"), what: format!("the site itself, which goes to {heir}") }
        }
        Some(Touch::Setting(_) | Touch::Catalog(_) | Touch::Folder(_) | Touch::Role(_)) | None => {
            Taken { place: "workspace".to_owned(), what: command::describe(change) }
        }
    })
}

fn email_of(db: Reader<'_>, id: PersonId) -> Result<String> {
    Ok(db.the::<Person>(id)?.email)
}

/// What the receipt of an offboarding says.
pub struct Statement<'a> {
    pub agency: &'a str,
    /// Who left.
    pub person: &'a str,
    pub at: DateTime<Utc>,
    /// In which the agency reckons its days.
    pub zone: Zone,
    /// In whose name it was done, and by which user.
    pub by: &'a str,
    /// The journal's head: proof that the entry is there and was not rewritten.
    pub entry: &'a str,
    pub taken: &'a [Taken],
    /// Keys of sites that nobody but the owner can publish any more.
    pub uncovered: &'a [String],
}

impl Statement<'_> {
    pub fn markdown(&self) -> String {
        let mut out = format!("# Access taken from {}\n\n", plain(self.person));
        let _ = writeln!(out, "- Agency: {}", plain(self.agency));
        let _ = writeln!(out, "- When: {}", self.zone.exact(self.at));
        let _ = writeln!(out, "- By: {}", plain(self.by));
        let _ = writeln!(out, "- Entry of the journal: `{}`\n", self.entry);
        out += "| where | what |\n| --- | --- |\n";
        for it in self.taken {
            let _ = writeln!(out, "| {} | {} |", plain(&it.place), plain(&it.what));
        }
        if !self.uncovered.is_empty() {
            out += "\nSites that nobody but their owner can publish now:\n\n";
            for key in self.uncovered {
                let _ = writeln!(out, "- {}", plain(key));
            }
        }
        let _ = writeln!(
            out,
            "\n`rolecall verify --head {}` proves that this was done; `rolecall journal` says whether it was taken back since.",
            self.entry
        );
        out
    }
}

/// Text that is only text in Markdown.
pub fn plain(text: &str) -> String {
    display(text).chars().fold(String::new(), |mut out, c| {
        if matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '|' | '!' | '&' | '~') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
