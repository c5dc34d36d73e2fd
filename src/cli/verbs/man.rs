//! The manual pages, made from the same words as the help.

use anyhow::Result;
use clap::CommandFactory;

use crate::cli::args::Cli;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::suggest::{self, Unknown};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Of this verb, as in `man role grant`; else of the program
    verb: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, _start: &Start, out: &mut Out) -> Result<u8> {
        let mut program = Cli::command();
        program.build();
        let mut command = &program;
        for word in &self.verb {
            let Some(inner) = command.find_subcommand(word) else {
                let hint = suggest::did_you_mean(word, command.get_subcommands().map(clap::Command::get_name));
                return Err(Unknown { kind: "verb", text: word.clone(), hint }.into());
            };
            command = inner;
        }
        let mut page = Vec::new();
        let source = concat!("rolecall ", env!("CARGO_PKG_VERSION"));
        clap_mangen::Man::new(command.clone()).source(source).render(&mut page)?;
        out.bytes(&page);
        Ok(YES)
    }
}
