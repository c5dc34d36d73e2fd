//! What this user last wrote to a workspace, kept where no copy of the workspace reaches: an older file put back is noticed.
//!
//! One small file a workspace in the user's state folder. It is a help, no promise: where there is no such folder, or it
//! cannot be written, nothing is remembered and nothing is said.

use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::Store;
use super::journal::Head;

/// No note is longer, in bytes.
const MAX_NOTE: u64 = 200;

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
    let lacks = read(&place(store.path())?).filter(|it| it.seq > 0)?;
    let has_it = store.reader().has_entry(lacks).unwrap_or(true);
    (!has_it).then_some(Older { lacks })
}

/// Where somebody put a link, a pipe or a device in its place, that is no note.
fn read(place: &Path) -> Option<Head> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).ok()?;
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(place).ok()?;
    let mut text = String::new();
    file.metadata().ok()?.is_file().then(|| file.take(MAX_NOTE).read_to_string(&mut text))?.ok()?;
    text.trim_end().parse().ok()
}

fn write(place: &Path, head: Head) -> Result<()> {
    let folder = place.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    // Renamed, so that nothing is written through a link; not synced, since what a power cut leaves of it is what was
    // remembered before, or nothing.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(format!("{head}\n").as_bytes())?;
    file.persist(place)?;
    Ok(())
}

/// Told by where the workspace lies, so that a whole new one in the same place is noticed too.
fn place(workspace: &Path) -> Option<PathBuf> {
    let real = workspace.canonicalize().ok()?;
    let digest = Sha256::digest(real.as_os_str().as_encoded_bytes());
    let name = u64::from_be_bytes(std::array::from_fn(|at| digest[at]));
    let folder = etcetera::choose_base_strategy().ok()?.state_dir()?.join("rolecall");
    Some(folder.join(format!("head-{name:016x}")))
}
