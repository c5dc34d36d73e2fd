//! A new workspace.

use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Result;

use crate::cli::exit::{Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt;
use crate::cli::session::{Start, uid, via};
use crate::command::{self, Actor, Command, Hand};
use crate::domain::audit::Settings;
use crate::domain::catalog::DEFAULT_CEILING;
use crate::domain::record::{CeilingRecord, Profile, WorkspaceRecord};
use crate::domain::text::{display, shell_bytes};
use crate::facts::Store;

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
    /// For everybody of this Unix group, by name or number: they may open the file and write to it
    #[arg(long, value_name = "GROUP")]
    shared: Option<String>,
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
            audit: Settings::default(),
        };
        let actor = Actor { email: self.owner.clone(), via: via(), by: Hand::User(uid()) };
        let command = Command::Init(record);
        let group = self.shared.as_deref().map(number_of).transpose()?;
        // What would be refused is refused before there is a file.
        let tried = command::run(&mut Store::memory()?, &actor, start.clock, &command)?;
        let path = start.path()?;
        if self.trial.dry_run {
            if let Some(there) = start.find(true)? {
                command::run(&mut there.copy()?, &actor, start.clock, &command)?;
            }
            receipt::foretold(out, format!("{} in {}", tried.summary, path.display()))?;
            return Ok(YES);
        }
        if start.globals.read_only || start.globals.at.is_some() {
            return Err(Stop::Refused("--read-only and --at change nothing; leave them out to set a workspace up".to_owned()).into());
        }
        Store::sweep(&path);
        let set_up = |store: &mut Store| command::run(store, &actor, start.clock, &command);
        let receipt = match start.find(false)? {
            Some(mut store) => set_up(&mut store)?,
            None => match group {
                Some(group) => Store::make_shared(&path, group, set_up)?,
                None => Store::make(&path, set_up)?,
            },
        };
        start.remember(receipt.head)?;
        group.map_or(Ok(()), |it| say_if_closed(&path, it))?;
        receipt::print(out, &receipt, &[])?;
        Ok(YES)
    }
}

/// The number of a Unix group.
fn number_of(group: &str) -> Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    let known = fs::read_to_string("/etc/group").unwrap_or_default();
    let found = known.lines().find_map(|line| line.strip_prefix(group)?.strip_prefix(':')?.split(':').nth(1)?.parse().ok());
    found.ok_or_else(|| usage(format!("--shared: no group `{}` in /etc/group; write its number", display(group))))
}

/// A folder that was there is not ours to open: says what it lacks.
fn say_if_closed(path: &Path, group: u32) -> Result<()> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let it = fs::metadata(folder)?;
    if it.gid() != group || it.mode() & 0o2070 != 0o2070 {
        let name = shell_bytes(folder.as_os_str().as_bytes());
        let sentence = "others of the group cannot write beside the workspace yet";
        let _ = writeln!(io::stderr(), "rolecall: {sentence}; its folder is to be theirs too: chgrp {group} {name} && chmod 2770 {name}");
    }
    Ok(())
}
