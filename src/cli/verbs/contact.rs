//! Contacts: list, show, add, edit, remove.

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list;
use super::offers::{field, waiting};
use crate::cli::args::{Format, put};
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::record::{Key, Record};
use crate::domain::things::ContactStatus;
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::query::offers::{self, OfferRow};
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All contacts, by name
    List(list::Options),
    /// One contact
    Show {
        /// E-mail, or name
        contact: String,
    },
    /// Adds a contact
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        trial: Trial,
    },
    /// Changes the fields that are given
    Edit {
        /// E-mail, or name
        contact: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a contact; a person's access stays
    Remove {
        /// E-mail, or name
        contact: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(clap::Args)]
struct Fields {
    /// Empty for none
    #[arg(long)]
    email: Option<String>,
    /// Empty for none
    #[arg(long)]
    phone: Option<String>,
    /// What it is to the agency
    #[arg(long, value_parser = ["lead", "client", "former"])]
    status: Option<String>,
    /// Once for every label; replaces all; empty for none
    #[arg(long = "label", value_name = "LABEL")]
    labels: Option<Vec<String>>,
    /// A few lines of text
    #[arg(long)]
    notes: Option<String>,
}

impl Fields {
    fn onto(&self, mut it: ContactRecord) -> ContactRecord {
        put(self.email.as_deref(), &mut it.email);
        put(self.phone.as_deref(), &mut it.phone);
        if let Some(status) = self.status.as_deref().and_then(ContactStatus::parse) {
            it.status = status;
        }
        if let Some(labels) = &self.labels {
            it.labels = labels.iter().filter(|it| !it.is_empty()).cloned().collect();
        }
        if let Some(notes) = &self.notes {
            it.notes.clone_from(notes);
        }
        it
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let session = start.ask_in_part()?;
                session.check_contacts()?;
                return options.print::<Contact, _>(&session, out, |_, it| Ok(ContactRecord::from(it.clone())));
            }
            Verb::Show { contact } => {
                let session = start.ask_in_part()?;
                session.check_contacts()?;
                session.snapshot(|db| Page::of(&session, db, contact))?.print(out, session.zone()?)?;
            }
            Verb::Add { name, fields, trial } => {
                let new = ContactRecord { name: name.clone(), ..ContactRecord::default() };
                return trial.carry_out(start, out, |_, _| Ok(Command::Add(Record::Contact(fields.onto(new)))));
            }
            Verb::Edit { contact, name, fields, trial } => {
                return trial.carry_out(start, out, |db, _| {
                    let before = ContactRecord::from(db.the_contact(contact)?);
                    let named = ContactRecord { name: name.clone().unwrap_or_else(|| before.name.clone()), ..before.clone() };
                    Ok(Command::Edit { before: Record::Contact(before), after: Record::Contact(fields.onto(named)) })
                });
            }
            Verb::Remove { contact, trial } => {
                return trial.carry_out(start, out, |db, _| {
                    let found = db.the_contact(contact)?;
                    Ok(Command::Remove(Key::Contact(found.email.unwrap_or(found.name))))
                });
            }
        }
        Ok(YES)
    }
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    contact: ContactRecord,
    waits: Vec<OfferRow>,
}

impl Page {
    fn of(session: &Session, db: Reader<'_>, who: &str) -> Result<Page> {
        let contact = db.the_contact(who)?;
        let offered = offers::about_contact(db, &db.policy(None)?, session.now, contact.id)?;
        Ok(Page { contact: contact.into(), waits: waiting(offered) })
    }

    fn print(&self, out: &mut Out, zone: Zone) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        shown::page(out, zone, &self.contact)?;
        if out.format == Format::Table {
            shown::fields(out, field(zone, &self.waits));
        }
        Ok(())
    }
}
