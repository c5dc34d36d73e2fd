//! Client sites: list, show, add, edit, remove.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::{Session, Start};
use crate::cli::shown;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::record::{Key, Record, SiteRecord};
use crate::domain::text;
use crate::domain::things::{Host, Person, Site, SiteStatus};
use crate::query::{collaborators, records};
use crate::store::Reader;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All sites, by name
    List(list::Options),
    /// One site and everyone with access to it
    Show { site: String },
    /// Adds a site
    Add {
        name: String,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        #[arg(long, default_value = "wix")]
        platform: String,
        /// Whose site it is [default: the account owner]
        #[arg(long, value_name = "PERSON")]
        owner: Option<String>,
        /// Installed apps, separated by commas
        #[arg(long, value_delimiter = ',', value_name = "APP")]
        apps: Vec<String>,
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        trial: Trial,
    },
    /// Changes the fields that are given
    Edit {
        site: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a site and every role held on it
    Remove {
        site: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Fields {
    #[arg(long)]
    url: Option<String>,
    /// Empty for none
    #[arg(long)]
    folder: Option<String>,
    /// Who carries the plan
    #[arg(long, value_parser = ["agency", "owner"])]
    host: Option<String>,
    #[arg(long, value_parser = ["published", "draft", "parked"])]
    status: Option<String>,
    /// Adds an app; may be repeated
    #[arg(long, value_name = "APP")]
    install: Vec<String>,
    /// Takes an app away; may be repeated
    #[arg(long, value_name = "APP")]
    uninstall: Vec<String>,
}

impl Fields {
    fn onto(&self, mut it: SiteRecord) -> SiteRecord {
        if let Some(url) = &self.url {
            it.url.clone_from(url);
        }
        if let Some(folder) = &self.folder {
            it.folder = Some(folder.clone()).filter(|it| !it.is_empty());
        }
        it.host = self.host.as_deref().and_then(Host::parse).unwrap_or(it.host);
        it.status = self.status.as_deref().and_then(SiteStatus::parse).unwrap_or(it.status);
        it.apps.extend(self.install.iter().cloned());
        it.apps.retain(|app| !self.uninstall.contains(app));
        it.apps.sort();
        it.apps.dedup();
        it
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let session = start.ask()?;
                let policy = session.store.reader().policy(None)?;
                options.print::<Site, _>(&session, out, |db, it| records::site(db, &policy, it))?;
            }
            Verb::Show { site } => show(&start.ask()?, out, site)?,
            Verb::Add { name, key, platform, owner, apps, fields, trial } => {
                return trial.carry_out(start, out, |db, policy| {
                    let new = SiteRecord {
                        key: key.clone().unwrap_or_else(|| text::key_from(name)),
                        name: name.clone(),
                        url: String::new(),
                        platform: platform.clone(),
                        folder: None,
                        owner: owner_of(db, policy, owner.as_deref())?,
                        host: Host::Owner,
                        apps: apps.iter().filter(|it| !it.is_empty()).cloned().collect(),
                        status: SiteStatus::default(),
                    };
                    Ok(Command::Add(Record::Site(fields.onto(new))))
                });
            }
            Verb::Edit { site, name, key, fields, trial } => {
                return trial.carry_out(start, out, |db, policy| {
                    let before = records::site(db, policy, &db.the_site(site)?)?;
                    let mut after = before.clone();
                    after.name = name.clone().unwrap_or(after.name);
                    after.key = key.clone().unwrap_or(after.key);
                    Ok(Command::Edit { before: Record::Site(before), after: Record::Site(fields.onto(after)) })
                });
            }
            Verb::Remove { site, trial } => {
                return trial.carry_out(start, out, |db, _| Ok(Command::Remove(Key::Site(db.the_site(site)?.key))));
            }
        }
        Ok(YES)
    }
}

fn owner_of(db: Reader<'_>, policy: &Policy, given: Option<&str>) -> Result<String> {
    match given {
        Some(email) => Ok(db.the_person(email)?.email),
        None => Ok(db.find::<Person>(policy.owner)?.map_or_else(String::new, |it| it.email)),
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    site: SiteRecord,
    people: Vec<Present>,
}

#[derive(Serialize)]
struct Present {
    person: String,
    name: String,
    standing: &'static str,
    roles: Vec<String>,
}

fn show(session: &Session, out: &mut Out, site: &str) -> Result<()> {
    let page = session.store.snapshot(|db| {
        let policy = db.policy(None)?;
        let row = db.the_site(site)?;
        let role = |it: &crate::domain::things::Assignment| policy.role(it.role).map(|held| held.role.key.clone());
        let people = collaborators::of_site(db, &policy, &row, session.now)?.into_iter().map(|it| Present {
            person: it.person.email,
            name: it.person.name,
            standing: it.standing.as_str(),
            roles: it.assignments.iter().filter_map(role).collect(),
        });
        Ok(Page { people: people.collect(), site: records::site(db, &policy, &row)? })
    })?;
    if out.is_json() {
        return out.json(&page);
    }
    if out.format == Format::Table {
        shown::page(out, &page.site)?;
    }
    let mut rows = out.rows(["person", "name", "standing", "roles"]);
    for it in &page.people {
        rows.add(vec![it.person.clone(), it.name.clone(), it.standing.to_owned(), it.roles.join(", ")], it)?;
    }
    rows.end()
}
