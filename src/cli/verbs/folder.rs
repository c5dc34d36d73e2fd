//! Folders of sites: list, show, add, edit, remove.

use anyhow::Result;
use clap::Subcommand;

use super::list::{self, known};
use crate::cli::args::put;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::record::{FolderRecord, Key, Record};
use crate::domain::text;
use crate::query::records;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All folders, by key
    List(list::Options),
    /// One folder
    Show {
        /// By key
        folder: String,
    },
    /// Adds a folder
    Add {
        /// Its name
        name: String,
        /// Made from the name unless given
        #[arg(long)]
        key: Option<String>,
        /// The folder it lies in
        #[arg(long, value_name = "FOLDER")]
        parent: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Changes the fields that are given
    Edit {
        /// By key
        folder: String,
        /// Another name
        #[arg(long)]
        name: Option<String>,
        /// Another key
        #[arg(long)]
        key: Option<String>,
        /// The folder it lies in; empty for none
        #[arg(long, value_name = "FOLDER")]
        parent: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Removes a folder; what is in it moves up
    Remove {
        /// By key
        folder: String,
        #[command(flatten)]
        trial: Trial,
    },
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let session = start.ask_in_part()?;
                let all = session.snapshot(|db| {
                    let policy = db.policy(None)?;
                    let folders = known(db.folders()?, |it| db.knows(it))?;
                    Ok(folders.iter().map(|it| records::folder(&policy, it)).collect::<Vec<_>>())
                })?;
                return options.print_all(out, session.zone()?, all);
            }
            Verb::Show { folder } => {
                let session = start.ask_in_part()?;
                let found = session.snapshot(|db| Ok(records::folder(&db.policy(None)?, &db.the_folder(folder)?)))?;
                shown::page(out, session.zone()?, &found)?;
            }
            Verb::Add { name, key, parent, trial } => {
                let key = key.clone().unwrap_or_else(|| text::key_from(name));
                let new = FolderRecord { key, name: name.clone(), parent: parent.clone() };
                return trial.carry_out(start, out, |_, _| Ok(Command::Add(Record::Folder(new))));
            }
            Verb::Edit { folder, name, key, parent, trial } => {
                return trial.carry_out(start, out, |db, policy| {
                    let before = records::folder(policy, &db.the_folder(folder)?);
                    let mut after = before.clone();
                    after.name = name.clone().unwrap_or(after.name);
                    after.key = key.clone().unwrap_or(after.key);
                    put(parent.as_deref(), &mut after.parent);
                    Ok(Command::Edit { before: Record::Folder(before), after: Record::Folder(after) })
                });
            }
            Verb::Remove { folder, trial } => {
                return trial.carry_out(start, out, |db, _| Ok(Command::Remove(Key::Folder(db.the_folder(folder)?.key))));
            }
        }
        Ok(YES)
    }
}
