//! The outbox: letters as files beside the workspace, for a mail program to send.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::mail::Letter;
use crate::store::files::{Rights, Unnamed};

/// The folder of letters of a workspace: `agency.outbox` beside `agency.db`.
pub fn beside(workspace: &Path) -> PathBuf {
    workspace.with_extension("outbox")
}

/// Writes a letter into the outbox of a workspace, whole or not at all, and for those whose the workspace is; answers its path.
///
/// # Errors
/// That the folder or the file could not be made.
pub fn post(workspace: &Path, letter: &Letter, now: DateTime<Utc>) -> Result<PathBuf> {
    let (folder, rights) = (&beside(workspace), Rights::of(workspace));
    open(folder, rights).with_context(|| format!("making the folder {}", folder.display()))?;
    let mail = letter.eml(&format!("{}.{}", letter.about, now.timestamp_micros()), now)?;
    let stem = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), letter.about);
    let names = (1..).map(|n| if n == 1 { format!("{stem}.eml") } else { format!("{stem}-{n}.eml") });
    let writing = || format!("writing into {}", folder.display());
    let mut file = Unnamed::beside(&folder.join(&stem))?;
    file.file().write_all(&mail).and_then(|()| rights.give(file.file())).with_context(writing)?;
    for path in names.map(|it| folder.join(it)) {
        match file.put(&path).with_context(writing)? {
            Some(again) => file = again,
            None => return Ok(path),
        }
    }
    anyhow::bail!("{} has no free name", folder.display())
}

/// Makes the folder where it is not there yet. One from before the workspace was shared is opened to the group.
fn open(folder: &Path, rights: Rights) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => rights.give_folder(folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = fs::symlink_metadata(folder)?;
            // A link could lead the letters to where others read them.
            if !there.is_dir() {
                return Err(error);
            }
            let closed = matches!(rights, Rights::Shared(_)) && there.mode() & 0o070 == 0;
            let mine = there.uid() == rustix::process::geteuid().as_raw();
            if closed && mine { rights.give_folder(folder) } else { Ok(()) }
        }
        Err(error) => Err(error),
    }
}
