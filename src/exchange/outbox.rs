//! The outbox: letters as files beside the workspace, for a mail program to send.

use std::fs::{self, DirBuilder};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::mail::Letter;
use crate::store::files::Unnamed;

/// The folder of letters of a workspace: `agency.outbox` beside `agency.db`.
pub fn beside(workspace: &Path) -> PathBuf {
    workspace.with_extension("outbox")
}

/// Writes a letter into the folder, whole or not at all, and for you alone; answers its path.
///
/// # Errors
/// That the folder or the file could not be made.
pub fn post(folder: &Path, letter: &Letter, now: DateTime<Utc>) -> Result<PathBuf> {
    open(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    let mail = letter.eml(&format!("{}.{}", letter.about, now.timestamp_micros()), now)?;
    let stem = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), letter.about);
    let names = (1..).map(|n| if n == 1 { format!("{stem}.eml") } else { format!("{stem}-{n}.eml") });
    let writing = || format!("writing into {}", folder.display());
    let mut file = Unnamed::beside(&folder.join(&stem))?;
    file.file().write_all(&mail).with_context(writing)?;
    for path in names.map(|it| folder.join(it)) {
        match file.put(&path).with_context(writing)? {
            Some(again) => file = again,
            None => return Ok(path),
        }
    }
    anyhow::bail!("{} has no free name", folder.display())
}

/// Makes the folder where it is not there yet.
fn open(folder: &Path) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        // A link could lead the letters to where others read them.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && fs::symlink_metadata(folder)?.is_dir() => Ok(()),
        other => other,
    }
}
