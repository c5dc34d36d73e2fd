//! Client sites: list, show, add, edit, remove.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list::{self, Able, known};
use super::offers::{field, waiting};
use super::present::{self, Present};
use crate::cli::args::{Format, put};
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, Key, Record, SiteRecord};
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Site, SiteStatus};
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::columns::Columns;
use crate::query::offers::{self, OfferRow};
use crate::query::rights::Of;
use crate::query::sight::Sight;
use crate::query::{access, records};
use crate::session::Session;
use crate::store::life::Open;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All sites, by name
    List(list::Options),
    /// One site, everyone with access to it, and every role they hold
    Show {
        /// By key or URL
        site: String,
    },
    /// Adds a site
    Add {
        /// Its name
        name: String,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        /// Of this platform
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
        /// By key or URL
        site: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Another key
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a site and every role held on it
    Remove {
        /// By key or URL
        site: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Fields {
    /// Where it is found
    #[arg(long)]
    url: Option<String>,
    /// Empty for none
    #[arg(long)]
    folder: Option<String>,
    /// Who carries the plan
    #[arg(long, value_parser = ["agency", "owner"])]
    host: Option<String>,
    /// What it is to the agency
    #[arg(long, value_parser = ["published", "draft", "parked"])]
    status: Option<String>,
    /// With which of the platform's editors it is made; empty for none
    #[arg(long)]
    editor: Option<String>,
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
        put(self.folder.as_deref(), &mut it.folder);
        it.host = self.host.as_deref().and_then(Host::parse).unwrap_or(it.host);
        it.status = self.status.as_deref().and_then(SiteStatus::parse).unwrap_or(it.status);
        put(self.editor.as_deref(), &mut it.editor);
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
                let session = start.ask_in_part()?;
                if let Sight::Own(own) = session.sight() {
                    let theirs = session.snapshot(|db| {
                        let sites = known(access::sites_of(db, &db.policy(None)?, own.person.id)?, |it| db.knows(it))?;
                        sites.iter().map(|it| Ok((it.id.0, records::site(db, it)?))).collect::<Result<Vec<_>>>()
                    })?;
                    return options.print_able(&session, out, vec![Able { of: Of::Sites, rows: theirs }], &[], |_| Vec::new());
                }
                return options.print::<Site, _>(&session, out, records::site);
            }
            Verb::Show { site } => {
                let session = start.ask_in_part()?;
                session.snapshot(|db| session.check_people_of(db, &db.policy(None)?, &db.the_site(site)?))?;
                show(&session, out, site)?;
            }
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
                        editor: None,
                    };
                    Ok(Command::Add(Record::Site(fields.onto(new))))
                });
            }
            Verb::Edit { site, name, key, fields, trial } => {
                return trial.carry_out(start, out, |db, _| {
                    let before = records::site(db, &db.the_site(site)?)?;
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
        None => Ok(db.email_of(policy.owner)?.unwrap_or_default()),
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    site: SiteRecord,
    people: Vec<Presence>,
    waits: Vec<OfferRow>,
}

#[derive(Serialize)]
struct Presence {
    #[serde(flatten)]
    person: Present,
    holds: Vec<AssignmentRecord>,
}

fn show(session: &Session, out: &mut Out, site: &str) -> Result<()> {
    let page = session.snapshot(|db| {
        let policy = db.policy(None)?;
        let row = db.the_site(site)?;
        let people = present::on(db, &policy, &row, session.now)?.into_iter().map(|person| {
            let holds = person.held.iter().map(|it| with_reason(db, &policy, it)).collect::<Result<_>>()?;
            Ok(Presence { person, holds })
        });
        let offered = offers::about_site(db, &policy, session.now, row.id, Open::Unanswered)?;
        Ok(Page { people: people.collect::<Result<_>>()?, site: records::site(db, &row)?, waits: waiting(offered) })
    })?;
    if out.is_json() {
        return out.json(&page);
    }
    let zone = session.zone()?;
    if out.format == Format::Table {
        shown::page(out, zone, &page.site)?;
        shown::fields(out, field(zone, &page.waits));
    }
    page.rows(out, zone)
}

/// A role that is held, as a record: what lists the people of a site leaves reasons out.
fn with_reason(db: Reader<'_>, policy: &Policy, lean: &Assignment) -> Result<AssignmentRecord> {
    let row = db.find::<Assignment>(lean.id)?;
    records::assignment(db, policy, row.as_ref().unwrap_or(lean))
}

impl Page {
    /// A row for every role that somebody holds, and one for an owner who holds none.
    fn rows(&self, out: &mut Out, zone: Zone) -> Result<()> {
        let mut rows =
            out.rows(["person", "name", "standing"].map(str::to_owned).into_iter().chain(AssignmentRecord::names().into_iter().skip(1)));
        for it in &self.people {
            let who = it.person.cells(zone)[..3].to_vec();
            if it.holds.is_empty() {
                rows.add([who.clone(), vec![String::new(); AssignmentRecord::COLUMNS.len() - 1]].concat(), it)?;
            }
            it.holds.iter().try_for_each(|held| rows.add([&who[..], &held.cells(zone)[1..]].concat(), it))?;
        }
        rows.end()
    }
}
