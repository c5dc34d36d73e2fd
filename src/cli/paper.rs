//! Pages that a verb writes: in which form, into which file, and signed.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use super::args::Format;
use super::exit::usage;
use super::file;
use super::plain;
use super::print::Out;
use super::session::Start;
use super::sign::Sign;
use crate::exchange::statement::Form;

// Options of every page. No doc comment: it would stand for what the verb itself says.
#[derive(clap::Args)]
pub(super) struct Paper {
    /// Replaces this file, all at once; a new one is for you alone [default: stdout]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    sign: Sign,
}

impl Paper {
    /// In which form it is asked for, once it is known that it can be written: `what` it is, and `instead` what makes a table.
    pub(super) fn form(&self, start: &Start, out: &Out, what: &str, instead: &str) -> Result<Form> {
        let form = match out.format {
            Format::Table | Format::Md => Form::Md,
            Format::Html => Form::Html,
            Format::Json => Form::Json,
            Format::Csv => return Err(usage(format!("a {what} is written as md, html or json; {instead}"))),
        };
        self.sign.check(self.output.as_deref())?;
        self.output.as_ref().map_or(Ok(()), |it| file::check(start, it))?;
        Ok(form)
    }

    /// Writes the page where it is to go; on a terminal as it reads there.
    pub(super) fn put(&self, start: &Start, out: &mut Out, page: &[u8]) -> Result<()> {
        match &self.output {
            Some(path) => {
                file::replace(start, path, |file| Ok(file.write_all(page)?))?;
                self.sign.sign(start, path, page)?;
            }
            None if out.is_read() => out.lines(0, plain::lines(&String::from_utf8_lossy(page))),
            None => out.bytes(page),
        }
        Ok(())
    }
}
