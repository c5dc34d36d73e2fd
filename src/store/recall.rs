//! What this user last wrote to a workspace, kept where no copy of the workspace reaches: an older file put back is noticed.
//!
//! One small file a workspace in the user's state folder. It is a help, no promise: where there is no such folder, or it
//! cannot be written, nothing is remembered and nothing is said.

use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::Store;
use super::journal::Head;

/// The journal lacks an entry that this user wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    pub lacks: Head,
}

impl fmt::Display for Older {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "entry {}, which you wrote, is not in this file: an older or another one was put in its place; put the right one back, or go on: from your next change on this one counts",
            self.lacks.seq
        )
    }
}

/// Remembers the newest entry that this user wrote to the workspace at this path. Where that fails nothing is
/// said: at worst nothing is remembered.
pub fn remember(workspace: &Path, head: Head) {
    let _ = place(workspace).map(|it| write(&it, head));
}

/// What is wrong with a workspace by what is remembered of it. What cannot be read says nothing.
pub fn doubt(store: &Store) -> Option<Older> {
    let lacks: Head = fs::read_to_string(place(store.path())?).ok()?.trim_end().parse().ok()?;
    let has_it = store.reader().has_entry(lacks).unwrap_or(true);
    (!has_it).then_some(Older { lacks })
}

fn write(place: &Path, head: Head) -> Result<()> {
    fs::create_dir_all(place.parent().context("a file is in a folder")?)?;
    // Not synced: what a power cut leaves of it is what was remembered before, or nothing.
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(place)?;
    Ok(writeln!(file, "{head}")?)
}

/// Told by where the workspace lies, so that a whole new one in the same place is noticed too.
fn place(workspace: &Path) -> Option<PathBuf> {
    let real = workspace.canonicalize().ok()?;
    let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
    let name = u64::from_be_bytes(std::array::from_fn(|at| digest[at]));
    let folder = etcetera::choose_base_strategy().ok()?.state_dir()?.join("rolecall");
    Some(folder.join(format!("head-{name:016x}")))
}
