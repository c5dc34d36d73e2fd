//! The manual page, made from the same words as the help.

use anyhow::Result;
use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;

#[derive(clap::Args)]
pub(crate) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every verb runs the same way")]
    pub(crate) fn run(&self, _start: &Start, out: &mut Out) -> Result<u8> {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        out.bytes(&page);
        Ok(YES)
    }
}
