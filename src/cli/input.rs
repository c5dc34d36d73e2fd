//! Files that a verb reads, `-` for stdin.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use anyhow::{Context, Result};

use super::exit::{self, Stop, usage};
use crate::command::Error;
use crate::command::import::ImportError;

/// The file; what comes through a pipe is one that can be looked through twice, too.
pub(super) fn open(path: &Path) -> Result<File> {
    if is_stdin(path) {
        return spooled(&mut io::stdin());
    }
    let mut file = File::open(path).with_context(|| format!("opening {}", name(path)))?;
    if file.metadata()?.is_file() { Ok(file) } else { spooled(&mut file) }
}

fn spooled(input: &mut dyn Read) -> Result<File> {
    let mut file = tempfile::tempfile().context("making a temporary file")?;
    io::copy(input, &mut file).context("reading the input")?;
    file.rewind()?;
    Ok(file)
}

pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}

/// Why a record of a file was not taken, and that nothing came of the others.
pub(super) fn fault(name: &str, error: ImportError, outcome: &str) -> anyhow::Error {
    match error {
        ImportError::At(line, sentence) => usage(format!("{name} line {line}: {sentence}; {outcome}")),
        ImportError::Whole(Error::Refused(refusal)) if exit::of_refusal(&refusal) == exit::USAGE => usage(format!("{name}: {refusal}")),
        ImportError::Whole(Error::Refused(refusal)) => Stop::Refused(format!("{name}: {refusal}")).into(),
        ImportError::Whole(Error::Broken(error)) => error.context(name.to_owned()),
    }
}
