//! A new workspace.

use anyhow::Result;

use crate::cli::exit::{Stop, YES};
use crate::cli::print::Out;
use crate::cli::receipt;
use crate::cli::session::{Start, uid, via};
use crate::command::{self, Actor, Command, Hand};
use crate::domain::policy::DEFAULT_CEILING;
use crate::domain::record::{CeilingRecord, Profile, WorkspaceRecord};
use crate::store::Store;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The agency's name
    #[arg(long)]
    name: String,
    /// The account owner
    #[arg(long, value_name = "EMAIL")]
    owner: String,
    /// The ceiling profile of every platform
    #[arg(long, value_name = "PROFILE", default_value = DEFAULT_CEILING)]
    ceiling: String,
    #[command(flatten)]
    trial: receipt::Trial,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let record = WorkspaceRecord {
            name: self.name.clone(),
            owner: self.owner.clone(),
            ceiling: CeilingRecord::All(self.ceiling.clone()),
            profile: Profile::default(),
        };
        let actor = Actor { email: self.owner.clone(), via: via(), by: Hand::User(uid()) };
        let command = Command::Init(record);
        // What would be refused is refused before there is a file.
        let tried = command::run(&mut Store::memory()?, &actor, start.clock, &command)?;
        let path = start.path()?;
        if self.trial.dry_run {
            out.line(&format!("nothing was saved; this would happen: {} in {}", tried.summary, path.display()));
            return Ok(YES);
        }
        if start.globals.read_only || start.globals.at.is_some() {
            return Err(Stop::Refused("--read-only and --at change nothing; leave them out to set a workspace up".to_owned()).into());
        }
        Store::sweep(&path);
        let set_up = |store: &mut Store| command::run(store, &actor, start.clock, &command);
        let receipt = match start.find(false)? {
            Some(mut store) => set_up(&mut store)?,
            None => Store::make(&path, set_up)?,
        };
        receipt::print(out, &receipt, &[])?;
        Ok(YES)
    }
}
