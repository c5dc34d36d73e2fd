//! Which files are in force here, and what of them is not as it should be.

use anyhow::Result;
use serde::Serialize;

use super::list;
use crate::cli::exit::{NO, YES};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::session::settings::Settings;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: list::Options,
}

/// One thing that was looked at.
#[derive(Serialize)]
struct Look {
    what: &'static str,
    is_well: bool,
    says: String,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let mut looks = vec![program(), workspace(start)?];
        looks.extend(settings(&(start.settings)()));
        looks.push(terminal());
        let mut rows = self.options.rows(out, &["what", "is_well", "says"])?;
        for it in &looks {
            let verdict = if it.is_well { "yes" } else { "no" };
            rows.add(vec![it.what.to_owned(), verdict.to_owned(), it.says.clone()], it)?;
        }
        rows.end()?;
        Ok(if looks.iter().all(|it| it.is_well) { YES } else { NO })
    }
}

fn program() -> Look {
    Look { what: "program", is_well: true, says: format!("rolecall {}", env!("CARGO_PKG_VERSION")) }
}

/// The file that answers, or that there is none yet.
fn workspace(start: &Start) -> Result<Look> {
    let found = start.find(true).and_then(|it| it.map(|it| it.reader().head()).transpose());
    let (is_well, state) = match found {
        Ok(Some(head)) => (true, head.map_or_else(|| "empty".to_owned(), |it| format!("as of entry {}", it.seq))),
        Ok(None) => (true, "not there yet; `rolecall init` makes it".to_owned()),
        Err(error) => (false, format!("{error:#}")),
    };
    Ok(Look { what: "workspace", is_well, says: format!("{}: {state}", start.path()?.display()) })
}

/// The configuration file, and each of its faults.
fn settings(of: &Settings) -> Vec<Look> {
    let look = |is_well, says| Look { what: "settings", is_well, says };
    let file = of.file.as_ref().map_or_else(|| "no home folder".to_owned(), |it| it.display().to_string());
    let state = match (of.faults.is_empty(), of.is_there) {
        (false, _) => return of.faults.iter().map(|it| look(false, format!("{it}; until then the defaults hold"))).collect(),
        (true, true) => "in force",
        (true, false) => "not there, the defaults hold; `rolecall config` prints one to begin with",
    };
    vec![look(true, format!("{file}: {state}"))]
}

fn terminal() -> Look {
    let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let term = set("TERM");
    let says = format!(
        "TERM {}, {}",
        term.as_deref().unwrap_or("not set"),
        if set("NO_COLOR").is_some() { "without colours" } else { "with colours" }
    );
    Look { what: "terminal", is_well: true, says }
}
