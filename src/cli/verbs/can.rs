//! Whether somebody can: one line.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use super::can_batch;
use crate::cli::args::Format;
use crate::cli::exit::{NO, YES};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::exchange::encoding;
use crate::query::access::Asked;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By e-mail, or by a name that one person alone has
    #[arg(required_unless_present = "batch")]
    person: Option<String>,
    /// Its id, or its label
    #[arg(required_unless_present = "batch")]
    permission: Option<String>,
    /// By key or URL
    #[arg(required_unless_present = "batch")]
    site: Option<String>,
    /// Answer a file of tab-separated person, permission, site; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["person", "permission", "site"])]
    batch: Option<PathBuf>,
    /// What that file is written in [default: what it looks like]
    #[arg(long, value_name = "NAME", value_parser = encoding::by_name, requires = "batch")]
    encoding: Option<&'static encoding_rs::Encoding>,
}

#[derive(Serialize)]
struct Answer<'a> {
    allowed: bool,
    person: &'a str,
    permission: &'a str,
    site: &'a str,
    layer: &'a str,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        if let Some(file) = &self.batch {
            return can_batch::run(start, out, file, self.encoding);
        }
        let given = |it: &Option<String>| it.clone().unwrap_or_default();
        let (person, permission, site) = (given(&self.person), given(&self.permission), given(&self.site));
        let session = start.ask_in_part()?;
        let (asked, permission, verdict) = session.snapshot(|db| {
            let (asked, policy) = Asked::find_lean(db, &person, &permission, &site, session.now)?;
            session.check_pair(db, &policy, asked.person.id, &asked.site)?;
            let id = asked.ground.catalog.get(asked.permission).id.clone();
            let verdict = asked.verdict(&policy, session.now);
            Ok((asked, id, verdict))
        })?;
        let allowed = verdict.is_allowed();
        let answer = Answer { allowed, person: &asked.person.email, permission: &permission, site: &asked.site.key, layer: verdict.word() };
        answer.print(out)?;
        Ok(if allowed { YES } else { NO })
    }
}

impl Answer<'_> {
    fn print(&self, out: &mut Out) -> Result<()> {
        match out.format {
            Format::Json => out.json(self),
            Format::Table => {
                out.verdict(self.allowed, &format!("  {}  {}  {}  {}", self.person, self.permission, self.site, self.layer));
                Ok(())
            }
            Format::Csv | Format::Md | Format::Html => {
                let mut rows = out.rows(["allowed", "person", "permission", "site", "layer"]);
                let allowed = if self.allowed { "yes" } else { "no" };
                rows.add([allowed, self.person, self.permission, self.site, self.layer].map(str::to_owned).to_vec(), self)?;
                rows.end()
            }
        }
    }
}
