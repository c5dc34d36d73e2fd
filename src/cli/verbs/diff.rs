//! Who gained and lost what between two instants.

use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::{Start, tell_of_reach};
use crate::domain::text::{few, plural};
use crate::domain::time::{self, Zone};
use crate::query::diff::{Difference, Moved, Point, Wanted};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// From what was true then; of a day, when it began
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: String,
    /// To what was true then; of a day, when it was over [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// Only what this person gained and lost
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only on this site
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Only who had this role there before or after
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    #[serde(with = "time::instant")]
    from: DateTime<Utc>,
    #[serde(with = "time::instant")]
    to: DateTime<Utc>,
    gains: Vec<Row>,
    losses: Vec<Row>,
    entries: Vec<i64>,
    #[serde(skip)]
    besides: Option<&'static str>,
}

#[derive(Serialize)]
struct Row {
    person: String,
    site: String,
    permissions: Vec<String>,
    #[serde(skip)]
    sensitive: usize,
}

impl Row {
    fn of(it: &Moved) -> Row {
        Row {
            person: it.person.email.clone(),
            site: it.site.key.clone(),
            permissions: it.permissions().map(|it| it.id.clone()).collect(),
            sensitive: it.permissions().filter(|it| it.is_sensitive()).count(),
        }
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if self.to.is_some() && start.globals.at.is_some() {
            return Err(usage("--to and --at both name the later instant; give one of them"));
        }
        let session = start.present_in_part()?;
        let from = start.begins("--from", &self.from)?;
        let to = match &self.to {
            Some(text) => Some(start.instant("--to", text)?),
            None => start.at()?,
        };
        let db = session.reader();
        let [from, to] = [from, to.unwrap_or(session.now)].map(|it| Point::at(db, it, session.now));
        let (from, to) = (from?, to?);
        if to.at < from.at {
            let zone = session.zone()?;
            return Err(usage(format!("--from is {}, which is after {}", zone.exact(from.at), zone.exact(to.at))));
        }
        tell_of_reach(db, from.at)?;
        let wanted = Wanted { person: self.person.clone(), site: self.site.clone(), role: self.role.clone() };
        let difference = session.difference(&wanted, from, to)?;
        if difference.in_part {
            let _ = writeln!(std::io::stderr(), "rolecall: as far as you see; what others can do takes a permission to see people there");
        }
        let is_same = difference.is_empty();
        Answer::of(difference, from, to).print(out, session.zone()?)?;
        Ok(if is_same { YES } else { NO })
    }
}

impl Answer {
    fn of(found: Difference, from: Point, to: Point) -> Answer {
        let rows = |list: &[Moved]| list.iter().map(Row::of).collect();
        let (gains, losses, besides) = (rows(&found.gains), rows(&found.losses), found.besides());
        Answer { from: from.at, to: to.at, gains, losses, entries: found.entries, besides }
    }

    fn print(&self, out: &mut Out, zone: Zone) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        if out.format != Format::Table {
            let mut rows = out.rows(["change", "person", "site", "permissions"]);
            for (word, it) in self.rows() {
                rows.add(vec![word.to_owned(), it.person.clone(), it.site.clone(), it.permissions.join(" ")], it)?;
            }
            return rows.end();
        }
        out.line(&format!("from {} to {}:", zone.exact(self.from), zone.exact(self.to)));
        if self.gains.is_empty() && self.losses.is_empty() {
            out.line("  nobody gained or lost anything");
        }
        for (word, it) in self.rows() {
            let sensitive = if it.sensitive > 0 { format!(", {} sensitive", it.sensitive) } else { String::new() };
            let n = plural(it.permissions.len(), "permission");
            out.line(&format!("  {word} {} on {}: {n}{sensitive} ({})", it.person, it.site, few(&it.permissions)));
        }
        let entries: Vec<String> = self.entries.iter().map(ToString::to_string).collect();
        match entries.as_slice() {
            [] => {}
            [one] => out.line(&format!("by entry {one}")),
            several => out.line(&format!("by entries {}", several.join(", "))),
        }
        self.besides.into_iter().for_each(|it| out.line(it));
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &Row)> {
        let gains = self.gains.iter().map(|it| ("gain", it));
        gains.chain(self.losses.iter().map(|it| ("lose", it)))
    }
}
