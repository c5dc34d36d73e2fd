//! Completions for a shell.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// For which shell
    shell: Shell,
}

impl Args {
    #[expect(clippy::unnecessary_wraps, reason = "every verb runs the same way")]
    pub(crate) fn run(&self, _start: &Start, out: &mut Out) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "rolecall", &mut script);
        out.bytes(&script);
        Ok(YES)
    }
}
