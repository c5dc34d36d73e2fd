//! The roles that cover what somebody is to do, the nearest first.

use anyhow::Result;
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::command::Command;
use crate::domain::covering::Cover;
use crate::domain::text::plural;
use crate::domain::things::{Level, Role};
use crate::exchange::ways;
use crate::query::covers::{self, Asked, Found};

/// Ways that are told where somebody reads them.
const READ: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By id or label, all of one platform
    #[arg(required = true)]
    permissions: Vec<String>,
    /// At which level the role would be given
    #[arg(long, value_parser = ["site", "team"], default_value = "site")]
    level: String,
    /// Where it would be given: its apps count, and whether the team does [default: all of them do]
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Of this platform, where several have them
    #[arg(long, value_name = "PLATFORM", conflicts_with = "site")]
    platform: Option<String>,
    /// At most this many ways [default: 10 to be read, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Answer {
    wanted: Vec<String>,
    options: Vec<Way>,
    exact: Option<Command>,
    #[serde(skip)]
    typed: Option<String>,
    #[serde(skip)]
    required: usize,
    /// What no role can give there.
    #[serde(skip)]
    barred: String,
    #[serde(skip)]
    left_out: usize,
}

/// Roles that cover it together, by their keys, and the rights that come beside it.
#[derive(Serialize)]
struct Way {
    roles: Vec<String>,
    sensitive: Vec<String>,
    extra: Vec<String>,
    #[serde(skip)]
    told: String,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let asked = Asked {
            permissions: &self.permissions,
            level: Level::parse(&self.level).unwrap_or(Level::Site),
            site: self.site.as_deref(),
            platform: self.platform.as_deref(),
        };
        let found = session.snapshot(|db| covers::covers(db, &db.policy(None)?, session.sight(), &asked))?;
        let code = if found.covers.is_empty() { NO } else { YES };
        let most = self.limit.unwrap_or(if out.format == Format::Table { READ } else { usize::MAX });
        let answer = Answer::of(&found, most);
        match out.format {
            Format::Json => out.json(&answer)?,
            Format::Table => answer.print(out),
            Format::Csv | Format::Md | Format::Html => answer.rows(out)?,
        }
        Ok(code)
    }
}

impl Answer {
    fn of(found: &Found, most: usize) -> Answer {
        let catalog = &found.catalog;
        Answer {
            wanted: catalog.names(found.asked),
            options: found.covers.iter().take(most).map(|it| Way::of(found, it)).collect(),
            typed: found.exact.clone().map(|it| format!("rolecall {}", ways::role(it).words)),
            exact: found.exact.clone().map(|it| ways::role(it).command),
            required: found.required.len(),
            barred: found.barred_words(),
            left_out: found.covers.len().saturating_sub(most),
        }
    }

    fn print(&self, out: &mut Out) {
        let required = if self.required == 0 { String::new() } else { format!(", with {} that it requires", self.required) };
        out.line(&format!("wanted: {}{required}", self.wanted.join(", ")));
        for it in &self.options {
            out.line(&format!("  {}", it.told));
        }
        if self.options.is_empty() {
            out.line("  no role gives it there, nor do two together");
        }
        if self.left_out > 0 {
            out.line(&format!("  and {}; --limit shows more", plural(self.left_out, "more way")));
        }
        match &self.typed {
            Some(line) => out.line(&format!("exactly that: {line}")),
            None => out.line(&self.barred),
        }
    }

    /// A row a way, the role that gives exactly that last.
    fn rows(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(["wanted", "roles", "sensitive", "extra"]);
        let wanted = self.wanted.join(", ");
        for it in &self.options {
            rows.add(vec![wanted.clone(), it.roles.join(" + "), it.sensitive.join(", "), it.extra.join(", ")], &())?;
        }
        let exact = self.typed.clone().unwrap_or_else(|| self.barred.clone());
        rows.add(vec![wanted, exact, String::new(), String::new()], &())?;
        rows.end()
    }
}

impl Way {
    fn of(found: &Found, cover: &Cover<Role>) -> Way {
        let catalog = &found.catalog;
        Way {
            roles: cover.roles.iter().map(|it| it.key.clone()).collect(),
            sensitive: catalog.names(cover.sensitive),
            extra: catalog.names(cover.extra),
            told: found.told(cover),
        }
    }
}
