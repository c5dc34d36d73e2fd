//! Everything that somebody can do, on one site or on all of theirs.

use anyhow::Result;
use serde::Serialize;

use super::list::{self, List, known};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::things::Site;
use crate::facts::Reader;
use crate::query::access;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// By e-mail, or by a name that one person alone has
    person: String,
    /// This site only; else every site on which the person can do anything
    site: Option<String>,
    #[command(flatten)]
    options: list::Options,
}

#[derive(Serialize)]
struct Row {
    permission: String,
    site: String,
    via: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let (policy, person, sites) = session.snapshot(|db| {
            let policy = db.policy(None)?;
            let person = db.the_person(&self.person)?;
            let sites = if let Some(text) = &self.site {
                let site = db.the_site(text)?;
                session.check_pair(db, &policy, person.id, &site)?;
                vec![site]
            } else {
                session.check_person(person.id)?;
                known(access::sites_of(db, &policy, person.id)?, |it| db.knows(it))?
            };
            Ok((policy, person, sites))
        })?;
        let mut rows = self.options.rows(out, &["permission", "label", "site", "via"])?;
        for site in &sites {
            if rows.is_full() {
                break;
            }
            session.snapshot(|db| one(db, &policy, person.id, site, &session, &mut rows))?;
            rows.drain()?;
        }
        rows.end()
    }
}

fn one(db: Reader<'_>, policy: &Policy, person: PersonId, site: &Site, session: &Session, rows: &mut List<'_>) -> Result<()> {
    let ground = access::ground(policy, site)?;
    for holding in access::what_can(db, policy, person, site, session.now)? {
        let permission = ground.catalog.get(holding.permission);
        let via = holding.ways().map(|it| access::via(policy, &ground, site, it)).collect::<Vec<_>>();
        let cells = vec![permission.id.clone(), permission.label.clone(), site.key.clone(), via.join("; ")];
        rows.add(cells, &Row { permission: permission.id.clone(), site: site.key.clone(), via })?;
    }
    Ok(())
}
