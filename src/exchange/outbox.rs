//! The outbox: letters as files beside the workspace, for a mail program to send.

use std::fs::{self, DirBuilder};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::mail::Letter;

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
    let writing = || format!("writing into {}", folder.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(writing)?;
    file.write_all(&mail).with_context(writing)?;
    file.as_file().sync_all().with_context(writing)?;
    let stem = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), letter.about);
    let mut path = folder.join(format!("{stem}.eml"));
    let mut n = 1;
    loop {
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => file = taken.file,
            Err(failed) => return Err(failed.error).with_context(writing),
        }
        n += 1;
        path = folder.join(format!("{stem}-{n}.eml"));
    }
}

/// Makes the folder where it is not there yet.
fn open(folder: &Path) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        // A link could lead the letters to where others read them.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && fs::symlink_metadata(folder)?.is_dir() => Ok(()),
        other => other,
    }
}
