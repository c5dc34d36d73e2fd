//! Files that a verb writes.

use std::fs::File;
use std::path::Path;

use anyhow::Result;

use super::exit::Stop;
use super::session::Start;
use crate::store::files;

/// Refuses a file that must not be written over: for a verb that has something to do before it writes.
pub(super) fn check(start: &Start, path: &Path) -> Result<()> {
    match files::why_not(path, &start.path()?) {
        Some(sentence) => Err(Stop::Refused(format!("{sentence}; nothing was written")).into()),
        None => Ok(()),
    }
}

/// Writes a file, whole or not at all.
pub(super) fn replace(start: &Start, path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    check(start, path)?;
    files::replace(path, write)
}
