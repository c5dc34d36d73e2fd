//! Everyone who can, on one site or on all.

use anyhow::Result;
use serde::Serialize;

use super::list::{self, List};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::policy::Policy;
use crate::domain::things::Site;
use crate::facts::names::{no_permission, the_permission};
use crate::query::everyone::{Able, Everyone};
use crate::session::Session;

/// Sites that are answered from one state of the file.
const PAGE: usize = 64;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its id, or its label
    permission: String,
    /// This site only; else every site of the platforms that know the permission
    site: Option<String>,
    #[command(flatten)]
    options: list::Options,
}

#[derive(Serialize)]
struct Row<'a> {
    person: &'a str,
    name: &'a str,
    site: &'a str,
    via: &'a [String],
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = if self.site.is_some() { start.ask_in_part()? } else { start.ask()? };
        let policy = session.reader().policy(None)?;
        if self.site.is_none() {
            self.is_known(&policy)?;
        }
        let mut everyone = Everyone::new(&policy, &self.permission, session.now);
        let mut rows = self.options.rows(out, &["person", "name", "site", "via"])?;
        match &self.site {
            Some(text) => session.snapshot(|db| {
                let site = db.the_site(text)?;
                session.check_people_of(db, &policy, &site)?;
                the_permission(&policy, &site.platform, &self.permission)?;
                everyone.on(db, &site)?.iter().try_for_each(|it| add(&site, it, &mut rows))
            })?,
            None => everywhere(&session, &mut everyone, &mut rows)?,
        }
        rows.end()
    }

    /// R13: a permission that no platform has is an error.
    fn is_known(&self, policy: &Policy) -> Result<()> {
        if policy.catalogs().any(|it| it.lookup(&self.permission).is_some()) {
            return Ok(());
        }
        Err(no_permission(&policy.catalogs().map(AsRef::as_ref).collect::<Vec<_>>(), &self.permission).into())
    }
}

fn everywhere(session: &Session, everyone: &mut Everyone<'_>, rows: &mut List<'_>) -> Result<()> {
    session.keep_little()?;
    let mut after = String::new();
    loop {
        let page = session.snapshot(|db| {
            let page = db.sites_after(&after, PAGE)?;
            everyone.on_each(db, &page, |site, it| add(site, it, rows))?;
            Ok(page)
        })?;
        rows.drain()?;
        let Some(last) = page.last().filter(|_| !rows.is_full()) else { return Ok(()) };
        after.clone_from(&last.key);
    }
}

fn add(site: &Site, it: &Able, rows: &mut List<'_>) -> Result<()> {
    let cells = vec![it.email().to_owned(), it.name().to_owned(), site.key.clone(), it.via().join("; ")];
    rows.add(cells, &Row { person: it.email(), name: it.name(), site: &site.key, via: it.via() })
}
