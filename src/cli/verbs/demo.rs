//! The screens on a sample agency, in a file of its own.

mod story;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use crate::cli::Outcome;
use crate::cli::exit::{Stop, usage};
use crate::cli::print::Out;
use crate::cli::session::{Start, uid, via};
use crate::command::{Actor, Hand, import};
use crate::exchange::bundle;
use crate::store::{SIDE_FILES, Store};

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
        if self.fresh && path.exists() {
            check_sample(&path)?;
            remove(&path)?;
        }
        let mut store = if path.exists() { open(&path, start)? } else { build(&path, start)? };
        if start.globals.read_only {
            store = store.frozen();
        }
        let _ = writeln!(
            io::stderr(),
            "rolecall: this is a sample in {}; start with your own data: rolecall init --name NAME --owner EMAIL",
            path.display()
        );
        start.screens(store, true)
    }
}

/// The file that `--db` names, else one beside the default workspace: never the user's own.
fn path(start: &Start) -> Result<PathBuf> {
    match &start.globals.db {
        Some(path) => Ok(path.clone()),
        None => Ok(Start::default_path()?.with_file_name("demo.db")),
    }
}

fn open(path: &Path, start: &Start) -> Result<Store> {
    check_sample(path)?;
    Store::open(path, start.globals.read_only)
}

/// Refuses a file that holds something else than the sample.
fn check_sample(path: &Path) -> Result<()> {
    let first = Store::open(path, true).and_then(|store| store.reader().entry(1));
    if first.is_ok_and(|it| it.is_some_and(|entry| entry.command.contains(SOURCE))) {
        return Ok(());
    }
    Err(Stop::Refused(format!("{} is not a sample that `rolecall demo` made; it stays as it is", path.display())).into())
}

/// The database and its side files.
fn remove(path: &Path) -> Result<()> {
    for suffix in SIDE_FILES.iter().chain(&[""]) {
        let mut name = OsString::from(path);
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", Path::new(&name).display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn build(path: &Path, start: &Start) -> Result<Store> {
    if start.globals.read_only {
        return Err(usage("there is no sample yet and --read-only makes none"));
    }
    let mut store = Store::create(path)?;
    let actor = Actor { email: SAMPLE_OWNER.to_owned(), via: via(), by: Hand::User(uid()) };
    let mut input: &[u8] = SAMPLE;
    let began = start.clock - story::BEGINS;
    let imported = import::run(&mut store, &actor, began, SOURCE, &mut bundle::read(&mut input), &mut |_| true);
    let told = imported.map_err(|error| anyhow!("{error}")).and_then(|_| story::tell(&mut store, start.clock));
    if let Err(error) = told {
        drop(store);
        remove(path)?;
        anyhow::bail!("the sample agency: {error:#}");
    }
    Ok(store)
}
