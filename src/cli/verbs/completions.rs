//! Completions for a shell.

use anyhow::Result;
use clap_complete::Shell;

use crate::cli::exit::YES;
use crate::cli::offer;
use crate::cli::print::Out;
use crate::cli::session::Start;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// For which shell
    shell: Shell,
}

impl Args {
    pub(crate) fn run(&self, _start: &Start, out: &mut Out) -> Result<u8> {
        out.bytes(&offer::registration(&self.shell.to_string())?);
        Ok(YES)
    }
}
