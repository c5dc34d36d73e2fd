//! People who can hold access: list, show, add, edit, remove.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list::{self, Able};
use super::offers::{field, waiting};
use super::present::{self, Present};
use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::record::{AssignmentRecord, Key, PersonRecord, Record};
use crate::domain::things::Person;
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::columns::Columns;
use crate::query::offers::{self, OfferRow};
use crate::query::records;
use crate::query::rights::Of;
use crate::session::Session;
use crate::store::life::Open;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Everybody, by name; or everyone with access to one site
    List {
        /// Everyone with access to this site; may be repeated
        #[arg(long = "site", value_name = "SITE", value_delimiter = ',')]
        sites: Vec<String>,
        #[command(flatten)]
        options: list::Options,
    },
    /// One person: what they own, and every role they hold
    Show {
        /// By e-mail, or by a name that one person alone has
        email: String,
    },
    /// Adds a person
    Add {
        /// The address
        email: String,
        /// Its name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Changes name or address
    Edit {
        /// By e-mail, or by a name that one person alone has
        person: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// The new address
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Says that a Unix user is this person; the account owner may
    Bind {
        /// By e-mail, or by a name that one person alone has
        email: String,
        /// The user's number, as `id -u` prints it
        #[arg(long)]
        uid: u32,
        #[command(flatten)]
        trial: Trial,
    },
    /// Says that a Unix user is nobody here any more
    Unbind {
        /// The user's number, as `id -u` prints it
        #[arg(long)]
        uid: u32,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a person who owns and holds nothing
    Remove {
        /// By e-mail, or by a name that one person alone has
        email: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    person: PersonRecord,
    /// The Unix users who act as this person.
    users: Vec<u32>,
    owns: Vec<String>,
    holds: Vec<AssignmentRecord>,
    waits: Vec<OfferRow>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List { sites, options } if sites.is_empty() => {
                return options.print::<Person, _>(&start.ask()?, out, |_, it| Ok(PersonRecord::from(it.clone())));
            }
            Verb::List { sites, options } => {
                let session = start.ask_in_part()?;
                let all = session.snapshot(|db| {
                    let policy = db.policy(None)?;
                    let each = sites.iter().map(|site| {
                        let site = db.the_site(site)?;
                        session.check_people_of(db, &policy, &site)?;
                        let here = present::on(db, &policy, &site, session.now)?.into_iter().filter(Present::has_access);
                        Ok(Able { of: Of::PeopleOn(site.id), rows: here.map(|it| (it.id.0, it)).collect() })
                    });
                    each.collect::<Result<Vec<_>>>()
                })?;
                return options.print_able(&session, out, all, &[], |_| Vec::new());
            }
            Verb::Show { email } => {
                let session = start.ask_in_part()?;
                let page = session.snapshot(|db| {
                    session.check_person(db.the_person(email)?.id)?;
                    page(&session, db, email)
                })?;
                page.print(out, session.zone()?)?;
            }
            Verb::Add { email, name, trial } => {
                let new = PersonRecord { email: email.clone(), name: name.clone().unwrap_or_default() };
                return trial.carry_out(start, out, |_, _| Ok(Command::Add(Record::Person(new))));
            }
            Verb::Edit { person, name, email, trial } => {
                return trial.carry_out(start, out, |db, _| {
                    let before = PersonRecord::from(db.the_person(person)?);
                    let after = PersonRecord {
                        name: name.clone().unwrap_or_else(|| before.name.clone()),
                        email: email.clone().unwrap_or_else(|| before.email.clone()),
                    };
                    Ok(Command::Edit { before: Record::Person(before), after: Record::Person(after) })
                });
            }
            Verb::Bind { email, uid, trial } => {
                return trial.carry_out(start, out, |db, _| Ok(Command::Bind { person: db.the_person(email)?.email, uid: *uid }));
            }
            Verb::Unbind { uid, trial } => return trial.carry_out(start, out, |_, _| Ok(Command::Unbind { uid: *uid })),
            Verb::Remove { email, trial } => {
                return trial.carry_out(start, out, |db, _| Ok(Command::Remove(Key::Person(db.the_person(email)?.email))));
            }
        }
        Ok(YES)
    }
}

fn page(session: &Session, db: Reader<'_>, email: &str) -> Result<Page> {
    let policy = db.policy(None)?;
    let person = db.the_person(email)?;
    let owned = db.sites_owned_by(person.id)?.into_iter().map(|id| db.site_key(id));
    let held = db.assignments_of(person.id)?;
    let owns = owned.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let holds = held.iter().map(|it| records::assignment(db, &policy, it)).collect::<Result<_>>()?;
    let users = db.users()?.into_iter().filter(|it| it.1 == person.id).map(|it| it.0).collect();
    let offered = offers::to_address(db, &policy, session.now, &person.email, Open::Unanswered)?;
    Ok(Page { person: person.into(), users, owns, holds, waits: waiting(offered) })
}

impl Page {
    fn print(&self, out: &mut Out, zone: Zone) -> Result<()> {
        if out.format == Format::Json {
            return out.json(self);
        }
        if out.format == Format::Table {
            shown::page(out, zone, &self.person)?;
            let users: Vec<String> = self.users.iter().map(u32::to_string).collect();
            let lists = [("uid", users.join(", ")), ("owns", self.owns.join(", "))].into_iter();
            shown::fields(out, lists.filter(|it| !it.1.is_empty()).chain(field(zone, &self.waits)));
        }
        let mut rows = out.rows(AssignmentRecord::names());
        self.holds.iter().try_for_each(|it| rows.add(it.cells(zone), it))?;
        rows.end()
    }
}
