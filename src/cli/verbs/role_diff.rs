//! How one role relates to another: equal, wider, narrower or incomparable.

use anyhow::Result;
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::compare::{Width, compare};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::query::access;
use crate::session::Session;

/// Holders that are looked at for an example.
const TRIES: usize = 200;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The one, by key or name
    a: String,
    /// The other
    b: String,
}

#[derive(Serialize)]
struct Answer {
    a: String,
    b: String,
    is: &'static str,
    only_a: Vec<String>,
    only_b: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<Example>,
}

/// Somebody who really can do something because they hold the one role and not the other.
#[derive(Serialize)]
struct Example {
    person: String,
    site: String,
    role: String,
    permission: String,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask()?;
        let answer = session.snapshot(|db| self.answer(db, &session))?;
        let code = if answer.is == Width::Equal.as_str() { YES } else { NO };
        match out.format {
            Format::Json => out.json(&answer)?,
            Format::Table => answer.print(out),
            Format::Csv | Format::Md | Format::Html => answer.rows(out)?,
        }
        Ok(code)
    }

    fn answer(&self, db: Reader<'_>, session: &Session) -> Result<Answer> {
        let policy = db.policy(None)?;
        let (a, b) = (the_role(db, &policy, &self.a)?, the_role(db, &policy, &self.b)?);
        let platform = &a.role.platform;
        let Some(catalog) = policy.catalog(platform).filter(|_| *platform == b.role.platform) else {
            return Err(usage(format!(
                "{} is a role of {} and {} one of {}; only roles of one platform compare",
                a.role.key, platform, b.role.key, b.role.platform
            )));
        };
        let found = compare(a.closed, b.closed);
        let example = match example(db, &policy, a, found.only_a, session)? {
            Some(it) => Some(it),
            None => example(db, &policy, b, found.only_b, session)?,
        };
        Ok(Answer {
            a: a.role.key.clone(),
            b: b.role.key.clone(),
            is: found.width.as_str(),
            only_a: catalog.names(found.only_a),
            only_b: catalog.names(found.only_b),
            example,
        })
    }
}

/// The first holder of `held` who can do something of `only` on some site.
fn example(db: Reader<'_>, policy: &Policy, held: &HeldRole, only: PermSet, session: &Session) -> Result<Option<Example>> {
    if only.is_empty() {
        return Ok(None);
    }
    for it in db.assignments_with(held.role.id, TRIES)?.into_iter().filter(|it| it.is_live(session.now)) {
        let Some(person) = db.find::<Person>(it.person)? else { continue };
        for site in reach(db, policy, it.scope)? {
            let Some(site) = db.find::<Site>(site)?.filter(|site| site.platform == held.role.platform) else { continue };
            let ground = access::ground(policy, &site)?;
            let can = access::access(db, policy, &ground, person.id, session.now)? & only;
            if let (Some(id), true) = (can.iter().next(), ground.reaches(policy, &it)) {
                let permission = ground.catalog.get(id).id.clone();
                return Ok(Some(Example { person: person.email, site: site.key, role: held.role.key.clone(), permission }));
            }
        }
    }
    Ok(None)
}

/// Some sites that a scope covers.
fn reach(db: Reader<'_>, policy: &Policy, scope: crate::domain::things::Scope) -> Result<Vec<crate::domain::ids::SiteId>> {
    use crate::domain::things::Scope;
    let mut sites = Vec::new();
    match scope {
        Scope::Site(site) => sites.push(site),
        Scope::Folder(folder) => access::sites_under(db, policy, folder, usize::MAX, &mut sites)?,
        Scope::Everywhere => sites.extend(db.sites_after("", TRIES)?.iter().map(|it| it.id)),
    }
    sites.truncate(TRIES);
    Ok(sites)
}

impl Answer {
    /// A row for every permission that the one has and the other has not; one where both have the same.
    fn rows(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows(["a", "is", "b", "permission", "only", "example"]);
        let row = |permission: &str, only: &str, example: &str| {
            [self.a.as_str(), self.is, self.b.as_str(), permission, only, example].map(str::to_owned).to_vec()
        };
        for (role, only) in [(&self.a, &self.only_a), (&self.b, &self.only_b)] {
            for permission in only {
                let example = self.example.as_ref().filter(|it| it.permission == *permission && it.role == *role);
                let example = example.map_or_else(String::new, |it| format!("{} on {}", it.person, it.site));
                rows.add(row(permission, role, &example), &())?;
            }
        }
        if rows.is_empty() {
            rows.add(row("", "", ""), &())?;
        }
        rows.end()
    }

    fn print(&self, out: &mut Out) {
        let than = match self.is {
            "equal" => format!("{} and {} grant the same", self.a, self.b),
            "incomparable" => format!("{} and {} are incomparable: each has what the other lacks", self.a, self.b),
            word => format!("{} is {word} than {}", self.a, self.b),
        };
        out.line(&than);
        for (name, only) in [(&self.a, &self.only_a), (&self.b, &self.only_b)] {
            if !only.is_empty() {
                out.line(&format!("only {name}:"));
                out.lines(2, only);
            }
        }
        if let Some(it) = &self.example {
            out.line(&format!("for example {} has {} on {} through {}", it.person, it.permission, it.site, it.role));
        }
    }
}
