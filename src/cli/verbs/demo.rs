//! The screens on a sample agency, in a file of its own.

mod story;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::cli::Outcome;
use crate::cli::exit::{Stop, usage};
use crate::cli::print::Out;
use crate::cli::session::{Start, uid, via};
use crate::command::{Actor, Hand, import};
use crate::exchange::bundle;
use crate::facts::Store;
use crate::store::recall;

const SAMPLE: &[u8] = include_bytes!("../../../assets/demo/northlight.jsonl");
/// What the journal calls the sample, and how a file is known to hold it.
const SOURCE: &str = "the sample agency";
const SAMPLE_OWNER: &str = "dana@northlight.example";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Throw the old sample away and begin anew
    #[arg(long)]
    fresh: bool,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, _out: &mut Out) -> Result<Outcome> {
        let path = path(start)?;
        Store::sweep(&path);
        let there = Store::find(&path, start.globals.read_only)?;
        there.as_ref().map_or(Ok(()), |it| check_sample(it, &path))?;
        // Closed before it is written to: nothing else may have the file open then.
        let is_there = there.is_some();
        drop(there);
        let anew = !is_there || self.fresh;
        if anew {
            build(&path, start, is_there)?;
        }
        let mut store = Store::open(&path, start.globals.read_only)?;
        if anew && let Some(head) = store.reader().head()? {
            // What was written to the one before is not missed in this one.
            recall::remember(&path, head);
        }
        if start.globals.read_only {
            store = store.frozen();
        }
        let _ = writeln!(
            io::stderr(),
            "rolecall: this is a sample in {}; start with your own data: rolecall init --name NAME --owner EMAIL",
            path.display()
        );
        start.screens(store, true, None)
    }
}

/// The file that `--db` names, else one beside the default workspace: never the user's own.
fn path(start: &Start) -> Result<PathBuf> {
    match &start.globals.db {
        Some(path) => Ok(path.clone()),
        None => Ok(Start::default_path()?.with_file_name("demo.db")),
    }
}

/// Refuses a file that holds something else than the sample: what made the first entry is known, whatever words stand in it.
fn check_sample(store: &Store, path: &Path) -> Result<()> {
    let first = store.reader().entry(1)?;
    let is_sample = first.is_some_and(|it| it.actor == SAMPLE_OWNER && source(&it.command).is_some_and(|it| it == SOURCE));
    if is_sample {
        return Ok(());
    }
    let sentence = format!("{} is not a sample that `rolecall demo` made; it stays as it is, name another file with --db", path.display());
    Err(Stop::Refused(sentence).into())
}

/// What an entry of the journal took in, if it is an import.
fn source(command: &str) -> Option<String> {
    let command: Value = serde_json::from_str(command).ok()?;
    Some(command.get("import")?.get("source")?.as_str()?.to_owned())
}

fn build(path: &Path, start: &Start, is_there: bool) -> Result<()> {
    if start.globals.read_only {
        return Err(usage("--read-only makes no sample; leave it out once"));
    }
    let fill = |store: &mut Store| {
        let actor = Actor { email: SAMPLE_OWNER.to_owned(), via: via(), by: Hand::User(uid()) };
        let mut input: &[u8] = SAMPLE;
        let began = start.clock - story::BEGINS;
        let imported = import::run(store, &actor, began, SOURCE, &mut bundle::read(&mut input), &mut |_| true);
        imported.map_err(|error| anyhow!("{error}")).and_then(|_| story::tell(store, start.clock)).context("the sample agency")
    };
    if is_there { Store::make_anew(path, fill) } else { Store::make(path, fill) }
}
