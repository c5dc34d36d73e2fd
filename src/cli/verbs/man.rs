//! The manual pages, made from the same words as the help.

use anyhow::Result;
use clap::CommandFactory;
use clap_mangen::roff::{Roff, bold, roman};

use super::examples;
use crate::cli::Cli;
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
        let command = verb(&program, &self.verb, "verb", &[])?;
        let mut page = Vec::new();
        let source = concat!("rolecall ", env!("CARGO_PKG_VERSION"));
        clap_mangen::Man::new(command.clone()).source(source).render(&mut page)?;
        examples(&self.verb).to_writer(&mut page)?;
        out.bytes(&page);
        Ok(YES)
    }
}

/// The section of examples, where there are any.
fn examples(verb: &[String]) -> Roff {
    let mut section = Roff::new();
    for (n, (wanted, line)) in examples::of(verb).enumerate() {
        if n == 0 {
            section.control("SH", ["EXAMPLES"]);
        }
        section.control("TP", []).text([roman(wanted)]).text([bold(line)]);
    }
    section
}

/// The verb that the words lead to; the program itself where there are none.
///
/// # Errors
/// That a word is none, with the nearest of those that are and of `others`.
pub(super) fn verb<'a>(
    program: &'a clap::Command,
    words: &[String],
    kind: &'static str,
    others: &[&str],
) -> Result<&'a clap::Command, Unknown> {
    let mut command = program;
    for word in words {
        let Some(inner) = command.find_subcommand(word) else {
            let known = command.get_subcommands().map(clap::Command::get_name).chain(others.iter().copied());
            let near = suggest::did_you_mean(word, known);
            let hint = if near.is_empty() && !others.is_empty() { format!("; topics are {}", others.join(", ")) } else { near };
            return Err(Unknown { kind, text: word.clone(), hint });
        };
        command = inner;
    }
    Ok(command)
}
