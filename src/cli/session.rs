//! Which file, which instant, and in whose name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use etcetera::BaseStrategy;

use super::args::Globals;
use super::exit::{Stop, usage};
use super::{Opening, Outcome};
use crate::command::{self, Actor};
use crate::domain::ids::PersonId;
use crate::domain::text::display;
use crate::domain::things::Person;
use crate::domain::time;
use crate::store::{Reader, Store, settings};

/// What every verb begins with.
pub(super) struct Start {
    pub(super) globals: Globals,
    /// The clock, read once.
    pub(super) clock: DateTime<Utc>,
}

/// An open workspace at an instant.
pub(super) struct Session {
    pub(super) store: Store,
    /// The instant that answers are about.
    pub(super) now: DateTime<Utc>,
}

impl Start {
    /// The file that `--db`, the environment or the default names.
    pub(super) fn path(&self) -> Result<PathBuf> {
        let named = self.globals.db.clone().or_else(|| std::env::var_os("ROLECALL_DB").filter(|it| !it.is_empty()).map(PathBuf::from));
        named.map_or_else(Start::default_path, Ok)
    }

    pub(super) fn default_path() -> Result<PathBuf> {
        let folders = etcetera::choose_base_strategy().context("finding the home folder; name the file with --db")?;
        Ok(folders.data_dir().join("rolecall").join("rolecall.db"))
    }

    /// The instant that answers are about: now, or `--at`.
    pub(super) fn now(&self) -> Result<DateTime<Utc>> {
        self.globals.at.as_deref().map_or(Ok(self.clock), |text| self.time("--at", text))
    }

    /// Reads an instant from the command line.
    pub(super) fn time(&self, what: &str, text: &str) -> Result<DateTime<Utc>> {
        let refuse = || usage(format!("{what}: `{}` is not a time; write 2026-11-21, 2026-11-21T09:30 or 14d", display(text)));
        time::parse(text, self.clock).map(time::micros).ok_or_else(refuse)
    }

    /// Opens the file as it is now, whatever `--at` says.
    pub(super) fn file(&self, read_only: bool) -> Result<Store> {
        let path = self.path()?;
        if !path.exists() {
            return Err(usage(how_to_begin(&path)));
        }
        Store::open(&path, read_only)
    }

    /// Opens the workspace to ask: read-only, and as of `--at`.
    pub(super) fn ask(&self) -> Result<Session> {
        let (now, file) = (self.now()?, self.file(true)?);
        if self.clock <= now {
            return Ok(Session { store: file, now });
        }
        let store = command::replay(file.reader(), now)?.frozen();
        if store.reader().setting(settings::NAME)?.is_none() {
            return Err(usage(format!("there was no workspace yet at {}", time::show(now))));
        }
        Ok(Session { store, now })
    }

    /// Opens the workspace to change it.
    ///
    /// # Errors
    /// Under `--at` and `--read-only`, which change nothing.
    pub(super) fn change(&self) -> Result<Session> {
        if self.globals.read_only || self.globals.at.is_some() {
            let flag = if self.globals.read_only { "--read-only" } else { "--at" };
            return Err(Stop::Refused(format!("{flag} changes nothing; leave it out, or add --dry-run to see what would happen")).into());
        }
        Ok(Session { store: self.file(false)?, now: self.clock })
    }

    /// Opens the workspace to try a change without saving it.
    pub(super) fn try_out(&self) -> Result<Session> {
        if self.globals.read_only || self.globals.at.is_some() { self.ask() } else { self.change() }
    }

    /// No verb: the screens on the workspace.
    pub(super) fn open_screens(&self) -> Result<Outcome> {
        if self.globals.at.is_some() {
            return Err(usage("the screens show the present; --at goes with a verb, such as can or matrix"));
        }
        let store = self.file(self.globals.read_only)?;
        self.screens(store, false)
    }

    pub(super) fn screens(&self, store: Store, demo: bool) -> Result<Outcome> {
        let actor = actor(store.reader())?;
        let (theme, ascii) = (self.globals.theme.clone(), self.globals.ascii);
        Ok(Outcome::Open(Box::new(Opening { store, actor, demo, theme, ascii })))
    }

    /// How a command line of this program ends so that it means the same file.
    pub(super) fn same_file(&self) -> String {
        let quoted = |path: &PathBuf| format!(" --db {}", quote(&path.display().to_string()));
        self.globals.db.as_ref().map_or_else(String::new, quoted)
    }
}

/// The account owner, and the Unix user who runs this.
pub(super) fn actor(db: Reader<'_>) -> Result<Actor> {
    let owner = db.setting(settings::OWNER)?.and_then(|it| it.parse().ok()).map(PersonId);
    let person = owner.map(|id| db.find::<Person>(id)).transpose()?.flatten();
    Ok(Actor { email: person.map_or_else(via, |it| it.email), via: via() })
}

/// The Unix user who runs this, and where.
pub(super) fn via() -> String {
    let host = rustix::system::uname();
    format!("uid {}@{}", rustix::process::getuid().as_raw(), display(&host.nodename().to_string_lossy()))
}

fn how_to_begin(path: &Path) -> String {
    format!(
        "there is no workspace at {}; look around with `rolecall demo`, or set one up with `rolecall init --name NAME --owner EMAIL`",
        path.display()
    )
}

/// A word as a shell reads it back.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
