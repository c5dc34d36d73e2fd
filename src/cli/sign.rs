//! Signing what was written, with a key of SSH.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

use super::exit::usage;
use super::file;
use super::session::Start;
use crate::exchange::signature::{self, Key};

/// What `Ctrl-C` types.
const INTERRUPT: u8 = 3;

/// As much of a line as a terminal hands on at once.
const LONGEST: usize = 4096;

// Options of what can be signed. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args)]
pub(super) struct Sign {
    /// Sign it with this private key of SSH; the signature lies beside it, in FILE.sig
    #[arg(long, value_name = "KEYFILE")]
    sign: Option<PathBuf>,
}

impl Sign {
    /// Refuses a signature of what is no file.
    pub(super) fn check(&self, output: Option<&Path>) -> Result<()> {
        if self.sign.is_some() && output.is_none() {
            return Err(usage("--sign writes a signature beside a file; name the file with --output"));
        }
        Ok(())
    }

    /// Writes the signature of these bytes beside the file that has them.
    pub(super) fn sign(&self, start: &Start, path: &Path, bytes: &[u8]) -> Result<()> {
        let Some(key) = &self.sign else { return Ok(()) };
        let name = key.display().to_string();
        let signature = Key::read(key, || passphrase(&name))?.sign(bytes)?;
        file::replace(start, &signature::beside(path), |file| Ok(file.write_all(signature.as_bytes())?))
    }
}

/// Asks for it on the terminal, where it does not show. The keys that end a program end the line: the terminal is left as
/// it was.
fn passphrase(key: &str) -> Result<String> {
    let locked = || format!("{key} is locked with a passphrase, and there is no terminal to ask for it");
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").with_context(locked)?;
    let before = tcgetattr(&terminal).with_context(locked)?;
    let mut silent = before.clone();
    silent.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
    silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
    write!(&terminal, "passphrase of {key}: ")?;
    tcsetattr(&terminal, OptionalActions::Now, &silent)?;
    let mut line = [0; LONGEST];
    let read = terminal.read(&mut line);
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    writeln!(&terminal)?;
    let line = &line[..read.context("reading the passphrase")?];
    if line.is_empty() || line.contains(&INTERRUPT) {
        bail!("no passphrase was given");
    }
    Ok(std::str::from_utf8(line).context("reading the passphrase")?.trim_end_matches(['\n', '\r']).to_owned())
}
