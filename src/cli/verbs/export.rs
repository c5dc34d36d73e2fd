//! Writing records out: the bundle, or one kind in a format.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::cli::args::Format;
use crate::cli::exit::YES;
use crate::cli::file;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::contact::ContactRecord;
use crate::domain::record::PersonRecord;
use crate::domain::text::plural;
use crate::domain::time::Zone;
use crate::exchange::bundle;
use crate::exchange::contacts::{labels, vcard};
use crate::exchange::format::csv::Csv;
use crate::exchange::format::html::Html;
use crate::exchange::format::json::Json;
use crate::exchange::format::markdown::Markdown;
use crate::exchange::format::{Exporter, Sheet};
use crate::facts::Reader;
use crate::query::columns::Columns;
use crate::query::records;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// The whole workspace as JSON Lines, the history aside
    Bundle(Target),
    /// All contacts as CSV, as vCard, or in the format that is named
    Contacts(Contacts),
    /// All people as CSV, or in the format that is named
    People(Target),
    /// All sites as CSV, or in the format that is named
    Sites(Target),
}

#[derive(clap::Args)]
struct Target {
    /// Replaces this file, all at once; a new one is for you alone [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Contacts {
    #[command(flatten)]
    target: Target,
    /// As vCard 4.0
    #[arg(long)]
    vcard: bool,
}

impl Kind {
    fn target(&self) -> &Target {
        match self {
            Kind::Bundle(target) | Kind::People(target) | Kind::Sites(target) => target,
            Kind::Contacts(contacts) => &contacts.target,
        }
    }
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask()?;
        match &self.kind.target().output {
            Some(path) => file::replace(start, path, |file| self.write(&session, out.format, file))?,
            None => self.pass_on(&session, out)?,
        }
        if let (Kind::Bundle(_), Some(remark)) = (&self.kind, left_behind(&session)?) {
            // A terminal that has gone must not turn a remark into a panic.
            let _ = writeln!(io::stderr(), "rolecall: {remark}");
        }
        Ok(YES)
    }

    /// Through a nameless file, so that a slow reader does not hold the workspace open.
    fn pass_on(&self, session: &Session, out: &mut Out) -> Result<()> {
        let mut file = tempfile::tempfile().context("making a temporary file")?;
        self.write(session, out.format, &mut file)?;
        file.rewind()?;
        out.copy(&mut file)
    }

    fn write(&self, session: &Session, format: Format, file: &mut File) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        session.snapshot(|db| self.records(db, format, &mut out))?;
        out.flush()?;
        Ok(())
    }

    fn records(&self, db: Reader<'_>, format: Format, out: &mut dyn Write) -> Result<()> {
        let policy = db.policy(None)?;
        match &self.kind {
            Kind::Bundle(_) => bundle::write(db, &policy, out),
            Kind::Contacts(it) if it.vcard => db.each_contact(|row| Ok(vcard::write(&row.into(), out)?)),
            Kind::Contacts(_) => {
                // A cell has all labels as `import contacts` reads them; JSON has a list.
                let written = |it| if format == Format::Json { it } else { one_label(it) };
                sheet(format, out, policy.zone, |add| db.each_contact(|row| add(&written(row.into()))))
            }
            Kind::People(_) => sheet(format, out, policy.zone, |add| db.each_person(|row| add(&PersonRecord::from(row)))),
            Kind::Sites(_) => sheet(format, out, policy.zone, |add| db.each_site_by_key(|row| add(&records::site(db, &row)?))),
        }
    }
}

/// What waits for an answer does not travel: its links belong to this workspace.
fn left_behind(session: &Session) -> Result<Option<String>> {
    let counts = session.reader().n_pending(session.now)?;
    let nouns = ["invitation", "access request", "hand-over"];
    let parts: Vec<String> = counts.iter().zip(nouns).filter(|(n, _)| **n > 0).map(|(n, noun)| plural(*n, noun)).collect();
    let verbs = if counts.iter().sum::<usize>() == 1 { "that waits is" } else { "that wait are" };
    Ok((!parts.is_empty()).then(|| format!("{} {verbs} not part of a bundle", parts.join(", "))))
}

/// Several labels in one cell, as `import contacts` reads them.
fn one_label(it: ContactRecord) -> ContactRecord {
    let labels = if it.labels.is_empty() { Vec::new() } else { vec![labels::together(&it.labels)] };
    ContactRecord { labels, ..it }
}

/// Rows of one kind, as CSV unless another format was asked for.
fn sheet<R: Columns>(
    format: Format,
    out: &mut dyn Write,
    zone: Zone,
    fill: impl FnOnce(&mut dyn FnMut(&R) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let exporter: Box<dyn Exporter> = match format {
        Format::Table | Format::Csv => Box::new(Csv::exact()),
        Format::Json => Box::new(Json::default()),
        Format::Md => Box::new(Markdown::default()),
        Format::Html => Box::new(Html::default()),
    };
    let mut sheet = Sheet::new(R::names(), exporter);
    fill(&mut |row: &R| sheet.add(out, row.cells(zone), row))?;
    sheet.end(out)
}
