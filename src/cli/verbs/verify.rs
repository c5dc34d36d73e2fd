//! Whether the journal is whole and explains the tables.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::command;
use crate::store::journal::Head;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A head that was noted down: finds a cut, a rewritten and an older journal
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    holds: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if start.globals.at.is_some() {
            return Err(usage("verify looks at the whole journal; leave --at out"));
        }
        let kept = self.head.as_deref().map(str::parse::<Head>).transpose().map_err(|error| usage(format!("--head: {error}")))?;
        let store = start.file(true)?;
        let tell = io::stderr().is_terminal();
        let mut progress = |n: usize| {
            if tell {
                let _ = write!(io::stderr(), "\r{n} changes");
            }
        };
        let verdict = command::verify(&store, kept, &mut progress);
        if tell {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
        let answer = match verdict? {
            Ok(found) => Answer { holds: true, entries: Some(found.entries), head: found.head.map(|it| it.to_string()), problem: None },
            Err(problem) => Answer { holds: false, entries: None, head: None, problem: Some(problem) },
        };
        answer.print(out)?;
        Ok(if answer.holds { YES } else { NO })
    }
}

impl Answer {
    fn print(&self, out: &mut Out) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        if out.format != Format::Table {
            let mut rows = out.rows(["holds", "entries", "head", "problem"]);
            let (holds, entries) = (if self.holds { "yes" } else { "no" }, self.entries.map_or_else(String::new, |it| it.to_string()));
            let text = |it: &Option<String>| it.clone().unwrap_or_default();
            rows.add(vec![holds.to_owned(), entries, text(&self.head), text(&self.problem)], self)?;
            return rows.end();
        }
        if let Some(problem) = &self.problem {
            out.line(&format!("does not hold: {problem}"));
            return Ok(());
        }
        out.line(&format!("entries {}", self.entries.unwrap_or_default()));
        out.line(&format!("head {}", self.head.as_deref().unwrap_or("none")));
        Ok(())
    }
}
