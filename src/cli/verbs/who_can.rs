//! Everyone who can, on one site or on all.

use anyhow::Result;
use serde::Serialize;

use crate::cli::exit::{NO, YES};
use crate::cli::print::{Out, Rows};
use crate::cli::session::{Session, Start};
use crate::domain::policy::Policy;
use crate::domain::suggest::{self, Unknown};
use crate::domain::text;
use crate::domain::things::{Person, Site};
use crate::query::access;
use crate::store::Reader;
use crate::store::names::the_permission;

/// Sites that are answered from one state of the file.
const PAGE: usize = 64;

#[derive(clap::Args)]
pub(crate) struct Args {
    permission: String,
    /// This site only; else every site of the platforms that know the permission
    site: Option<String>,
}

#[derive(Serialize)]
struct Row {
    person: String,
    site: String,
    via: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = if self.site.is_some() { start.ask_in_part()? } else { start.ask()? };
        let policy = session.store.reader().policy(None)?;
        if self.site.is_none() {
            self.is_known(&policy)?;
        }
        let mut rows = out.rows(["person", "name", "site", "via"]);
        match &self.site {
            Some(text) => session.store.snapshot(|db| {
                let site = db.the_site(text)?;
                session.check_people_of(db, &policy, &site)?;
                the_permission(&policy, &site.platform, &self.permission)?;
                self.site(db, &policy, &site, &session, &mut rows)
            })?,
            None => self.everywhere(&policy, &session, &mut rows)?,
        }
        let code = if rows.is_empty() { NO } else { YES };
        rows.end()?;
        Ok(code)
    }

    fn everywhere(&self, policy: &Policy, session: &Session, rows: &mut Rows<'_>) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = session.store.snapshot(|db| {
                let page = db.sites_after(&after, PAGE)?;
                page.iter().try_for_each(|site| self.site(db, policy, site, session, rows))?;
                Ok(page)
            })?;
            rows.drain()?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.key);
        }
    }

    fn site(&self, db: Reader<'_>, policy: &Policy, site: &Site, session: &Session, rows: &mut Rows<'_>) -> Result<()> {
        let Some(permission) = policy.catalog(&site.platform).and_then(|it| it.lookup(&self.permission)) else { return Ok(()) };
        let ground = access::ground(policy, site)?;
        let holdings = access::who_can(db, policy, site, permission, session.now)?;
        let named = holdings.into_iter().map(|it| Ok(db.find::<Person>(it.person)?.map(|person| (person, it))));
        let mut named: Vec<_> = named.filter_map(Result::transpose).collect::<Result<_>>()?;
        named.sort_by_cached_key(|(person, _)| text::fold(&person.name));
        for (person, holding) in named {
            let via = holding.ways().map(|it| access::via(db, policy, &ground, it)).collect::<Result<Vec<_>>>()?;
            let cells = vec![person.email.clone(), person.name, site.key.clone(), via.join("; ")];
            rows.add(cells, &Row { person: person.email, site: site.key.clone(), via })?;
        }
        Ok(())
    }

    /// R13: a permission that no platform has is an error.
    fn is_known(&self, policy: &Policy) -> Result<()> {
        if policy.catalogs().any(|it| it.lookup(&self.permission).is_some()) {
            return Ok(());
        }
        let known = policy.catalogs().flat_map(|it| it.ids().map(|id| it.get(id).id.as_str()));
        let hint = suggest::did_you_mean(&self.permission, known);
        Err(Unknown { kind: "permission", text: self.permission.clone(), hint }.into())
    }
}
