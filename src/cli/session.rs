//! Which file, which instant, and in whose name.

use std::cell::{Cell, OnceCell};
use std::io::{IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::args::Globals;
use super::exit::{Stop, usage};
use super::plan;
use super::{Opening, Outcome};
use crate::command::{self, Clock, Now};
use crate::domain::text::{self, display, display_lines};
use crate::domain::time::Zone;
use crate::exchange::plan::Plan;
use crate::facts::{Reader, Store};
use crate::query::diff::Point;
use crate::query::timeline::Until;
use crate::session::settings::Settings;
use crate::session::{Session, User, Who};
use crate::store::files;
use crate::store::journal::Head;
use crate::store::{Older, OnlyToRead, recall};

/// What every verb begins with.
pub(super) struct Start {
    pub(super) globals: Globals,
    /// The clock, read once.
    pub(super) clock: DateTime<Utc>,
    /// When that was.
    read: Instant,
    /// Whether a doubt about it was told already.
    pub(super) doubted: Cell<bool>,
    /// In which days are read; asked of the file where one is.
    zone: OnceCell<Zone>,
    /// Finds what the screens are set to.
    pub(super) settings: fn() -> Settings,
}

impl Start {
    pub(super) fn new(globals: Globals, clock: DateTime<Utc>, settings: fn() -> Settings) -> Start {
        Start { globals, clock, read: Instant::now(), doubted: Cell::new(false), zone: OnceCell::new(), settings }
    }

    /// The file that `--db`, the environment or the default names.
    pub(super) fn path(&self) -> Result<PathBuf> {
        let named = self.globals.db.clone().or_else(|| std::env::var_os("ROLECALL_DB").filter(|it| !it.is_empty()).map(PathBuf::from));
        named.map_or_else(Start::default_path, Ok)
    }

    pub(super) fn default_path() -> Result<PathBuf> {
        files::usual_workspace().context("there is no home folder; name the file with --db")
    }

    /// The instant that `--at` names.
    pub(super) fn at(&self) -> Result<Option<DateTime<Utc>>> {
        self.globals.at.as_deref().map(|text| self.instant("--at", text)).transpose()
    }

    /// The instant that answers from this workspace are about: that one, or now.
    pub(super) fn now(&self, db: Reader<'_>) -> Result<DateTime<Utc>> {
        self.at()?.map_or_else(|| Ok(command::now(db, self.clock)?.at), Ok)
    }

    /// How far histories go: to that instant, or to the newest entry, whatever the clock was that wrote it.
    pub(super) fn until(&self, db: Reader<'_>) -> Result<Until> {
        let now = self.now(db)?;
        let entry = if self.globals.at.is_some() { db.last_by(now)? } else { i64::MAX };
        Ok(Until { now, entry })
    }

    /// The clock, and whether it is vouched for.
    pub(super) fn clock(&self) -> Clock {
        Clock { at: self.clock, is_right: self.globals.clock_is_right, since: Some(self.read) }
    }

    /// By which commands run: that clock, or the instant that `--at` names.
    pub(super) fn meant(&self) -> Result<Clock> {
        let clock = self.clock();
        Ok(self.at()?.map_or(clock, |at| Clock { at, since: None, ..clock }))
    }

    /// The instant that an option names.
    pub(super) fn instant(&self, option: &str, text: &str) -> Result<DateTime<Utc>> {
        self.read(option, text, Zone::at)
    }

    /// When something begins that an option names.
    pub(super) fn begins(&self, option: &str, text: &str) -> Result<DateTime<Utc>> {
        self.read(option, text, Zone::since)
    }

    /// When something ends that an option names.
    pub(super) fn ends(&self, option: &str, text: &str) -> Result<DateTime<Utc>> {
        self.read(option, text, Zone::until)
    }

    fn read(
        &self,
        option: &str,
        text: &str,
        by: impl Fn(Zone, &str, DateTime<Utc>) -> Result<DateTime<Utc>, String>,
    ) -> Result<DateTime<Utc>> {
        by(self.zone()?, text, self.clock).map_err(|sentence| usage(format!("{option}: {sentence}")))
    }

    /// In which time zone the agency reckons its days. Asked before the workspace is opened, it opens the file for it.
    fn zone(&self) -> Result<Zone> {
        if let Some(zone) = self.zone.get() {
            return Ok(*zone);
        }
        let zone = self.file(true)?.reader().zone()?;
        Ok(*self.zone.get_or_init(|| zone))
    }

    /// Opens the file as it is now, whatever `--at` says.
    pub(super) fn file(&self, read_only: bool) -> Result<Store> {
        let store = self.find(read_only)?.map_or_else(|| Err(usage(how_to_begin(&self.path()?))), Ok)?;
        // What has no profile that can be read is for the verb to tell.
        store.reader().zone().ok().map(|zone| self.zone.set(zone));
        Ok(store)
    }

    /// The same, where there may be none.
    pub(super) fn find(&self, read_only: bool) -> Result<Option<Store>> {
        let path = self.path()?;
        if !read_only {
            check_namespace(&path)?;
        }
        let found = match Store::find(&path, read_only) {
            Err(error) if error.is::<Older>() && !self.globals.read_only => {
                bring_up_to_date(&path)?;
                Store::find(&path, read_only)?
            }
            other => other?,
        };
        if let Some(store) = &found {
            if std::io::stderr().is_terminal() {
                store.tell_of_waits(tell_of_wait);
            }
            self.doubt(store.reader());
            super::recall::tell(store);
        }
        Ok(found)
    }

    /// Says that the clock and the journal cannot both be right. A journal that cannot be read is for the verb to tell.
    fn doubt(&self, db: Reader<'_>) {
        let Ok(Now { doubt: Some(doubt), .. }) = command::now(db, self.clock) else { return };
        if !self.doubted.replace(true) {
            let _ = writeln!(std::io::stderr(), "rolecall: {doubt}");
        }
    }

    /// Opens the workspace to ask about anything: read-only, and as of `--at`.
    ///
    /// # Errors
    /// Where whoever asks sees only a part of it.
    pub(super) fn ask(&self) -> Result<Session> {
        let session = self.ask_in_part()?;
        session.check_whole()?;
        Ok(session)
    }

    /// The same for verbs that look at what may be shown: [`Session::check_person`] and the others.
    pub(super) fn ask_in_part(&self) -> Result<Session> {
        let file = self.file(true)?;
        let now = self.now(file.reader())?;
        self.as_of(file, now)
    }

    /// The same at another instant than `--at` names.
    pub(super) fn ask_at(&self, then: DateTime<Utc>) -> Result<Session> {
        self.as_of(self.file(true)?, then)
    }

    fn as_of(&self, file: Store, now: DateTime<Utc>) -> Result<Session> {
        let present = command::now(file.reader(), self.clock)?.at;
        let then = back_then(&file, now, present)?.map(Store::frozen);
        self.session(file, then, now)
    }

    /// The session on a file or, in its place, on another state of it.
    fn session(&self, file: Store, instead: Option<Store>, now: DateTime<Utc>) -> Result<Session> {
        let (who, present) = (self.who(file.reader())?, command::now(file.reader(), self.clock)?.at);
        let mut session = Session::open(file, who, present, self.meant()?)?.remembering();
        session.now = now;
        Ok(match instead {
            Some(other) => session.elsewhere(other),
            None => session,
        })
    }

    /// Opens the file to read its journal, which tells of everything: as it is now, whatever `--at` says.
    pub(super) fn journal(&self) -> Result<Session> {
        let session = self.present_in_part()?;
        session.check_whole()?;
        Ok(session)
    }

    /// The same for verbs that look at what may be shown.
    pub(super) fn present_in_part(&self) -> Result<Session> {
        self.present(self.file(true)?)
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
        self.present(self.file(false)?)
    }

    fn present(&self, file: Store) -> Result<Session> {
        let now = command::now(file.reader(), self.clock)?.at;
        self.session(file, None, now)
    }

    /// Opens the workspace to try a change without saving it: where the file is not to be
    /// written to, or another instant is meant, on a private copy.
    pub(super) fn try_out(&self) -> Result<Session> {
        if self.globals.read_only || self.globals.at.is_some() { self.try_aside() } else { self.change() }
    }

    /// The same on a private copy in any case, which is asked like the file.
    pub(super) fn try_aside(&self) -> Result<Session> {
        let file = self.file(true)?;
        let (present, now) = (command::now(file.reader(), self.clock)?.at, self.now(file.reader())?);
        let then = back_then(&file, now, present)?;
        let then = then.map_or_else(|| file.copy(), Ok)?;
        self.session(file, Some(then), now)
    }

    /// Opens the workspace as it was after an entry, to try on it what was meant for it; `None` where the journal has no
    /// such entry.
    pub(super) fn on_entry(&self, head: Head) -> Result<Option<Session>> {
        let file = self.file(true)?;
        if file.reader().entry(head.seq)?.is_none_or(|it| it.head() != head) {
            return Ok(None);
        }
        let (then, now) = (command::replay_to(file.reader(), head.seq)?, command::now(file.reader(), self.clock)?.at);
        let mut session = self.session(file, Some(then), now)?;
        // What is compared with it is by the same instant.
        session.clock = Clock { at: now, since: None, ..session.clock };
        Ok(Some(session))
    }

    /// The entry that made the workspace is the newest that this user knows of.
    pub(super) fn remember(&self, head: Option<Head>) -> Result<()> {
        if let Some(head) = head {
            recall::remember(&self.path()?, head);
        }
        Ok(())
    }

    /// No verb: the screens on the workspace.
    pub(super) fn open_screens(&self, plan: Option<&Path>) -> Result<Outcome> {
        if self.globals.at.is_some() {
            return Err(usage("the screens show the present; --at goes with a verb, such as can or matrix"));
        }
        let plan = plan.map(|path| Ok::<_, anyhow::Error>((path.display().to_string(), plan::read(path)?))).transpose()?;
        let store = match self.file(self.globals.read_only) {
            Err(error) if error.is::<OnlyToRead>() => {
                let store = self.file(true)?;
                let _ =
                    writeln!(std::io::stderr(), "rolecall: {}; the screens show it and save nothing", display_lines(&format!("{error:#}")));
                store
            }
            other => other?,
        };
        self.screens(store, false, plan)
    }

    pub(super) fn screens(&self, store: Store, demo: bool, plan: Option<(String, Plan)>) -> Result<Outcome> {
        // They say it themselves.
        store.tell_of_waits(|_| ());
        let who = self.who(store.reader())?;
        let store = if who.person.is_some() { store } else { store.frozen() };
        let session = Session::open(store, who, self.clock, self.clock())?;
        let session = if demo { session } else { session.remembering() };
        let Globals { theme, ascii, mouse, present, .. } = &self.globals;
        let (theme, ascii, mouse, presents) = (theme.clone(), *ascii, *mouse, *present);
        Ok(Outcome::Open(Box::new(Opening { session, demo, theme, ascii, mouse, presents, plan })))
    }

    /// In whose name: the Unix user's own, or that of whom `--as` or the environment names.
    pub(super) fn who(&self, db: Reader<'_>) -> Result<Who> {
        let named = self.globals.acting.clone().or_else(|| std::env::var("ROLECALL_AS").ok().filter(|it| !it.is_empty()));
        Ok(Who::of(db, User { uid: uid(), via: via() }, named.as_deref())?)
    }

    /// The address of whoever acts, now, also where `db` is of another instant.
    pub(super) fn myself(&self, db: Reader<'_>) -> Result<String> {
        let db = db.present().plain();
        Ok(self.who(db)?.somebody(db)?.email.clone())
    }

    /// How a command line of this program ends so that it means the same file.
    pub(super) fn same_file(&self) -> String {
        let quoted = |path: &PathBuf| format!(" --db {}", text::shell_bytes(path.as_os_str().as_bytes()));
        self.globals.db.as_ref().map_or_else(String::new, quoted)
    }
}

/// What an earlier version wrote is brought up to date by whoever comes first, also where they only ask.
fn bring_up_to_date(path: &Path) -> Result<()> {
    check_namespace(path)?;
    match Store::open(path, false) {
        Err(error) if error.is::<OnlyToRead>() => Err(error.context(format!(
            "{} was written by an earlier version and is brought up to date before it is read; do that where it can be written, or on a copy that --db names",
            path.display()
        ))),
        other => other.map(drop),
    }
}

/// The workspace as it was then; none where what is there now answers.
fn back_then(file: &Store, then: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<Store>> {
    let db = file.reader();
    if then < now {
        tell_of_reach(db, then)?;
    }
    let (point, newest) = (Point::at(db, then, now)?, db.head()?.map_or(0, |it| it.seq));
    (point.entry < newest).then(|| command::replay_to(db, point.entry)).transpose()
}

/// Says where an instant lies before all that the journal knows.
pub(super) fn tell_of_reach(db: Reader<'_>, at: DateTime<Utc>) -> Result<()> {
    if db.last_by(at)? == 0 {
        let then = db.zone()?.exact(at);
        let _ =
            writeln!(std::io::stderr(), "rolecall: the journal does not reach back to {then}: what is told of then is told by dates alone");
    }
    Ok(())
}

/// Says for whom a change waits, in the place of what was counted on that line.
fn tell_of_wait(writer: &str) {
    let _ = writeln!(std::io::stderr(), "\r\u{1b}[Krolecall: {writer} is writing, this waits for its turn");
}

/// The number of the Unix user who runs this.
pub(super) fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

/// The Unix user who runs this, and where; beside it the one who logged in, where that is another.
pub(super) fn via() -> String {
    let host = rustix::system::uname();
    let login = login_uid().filter(|it| *it != uid()).map_or_else(String::new, |it| format!(", logged in as uid {it}"));
    format!("uid {}@{}{login}", uid(), display(&host.nodename().to_string_lossy()))
}

/// Whom the system noted at the login of this session; it noted nobody where it keeps no such note.
fn login_uid() -> Option<u32> {
    let noted = std::fs::read_to_string("/proc/self/loginuid").ok()?;
    noted.trim().parse().ok().filter(|it| *it != u32::MAX)
}

/// Refuses to write a file whose owner is nobody in this user namespace: a number that a user
/// gave themselves there says nothing about who they are to the others who use the file.
fn check_namespace(path: &Path) -> Result<()> {
    let read = |name: &str| std::fs::read_to_string(name).unwrap_or_default();
    let overflow: Option<u32> = read("/proc/sys/kernel/overflowuid").trim().parse().ok();
    let owner = std::fs::metadata(path).map(|it| it.uid()).ok();
    if is_whole_map(&read("/proc/self/uid_map")) || owner.is_none() || owner != overflow {
        return Ok(());
    }
    let sentence = format!(
        "this program runs in a user namespace of its own, where uid {} may be anybody, and {} belongs to somebody outside of it: nothing is written there; run it outside, or with --read-only",
        uid(),
        path.display()
    );
    Err(Stop::Refused(sentence).into())
}

/// Whether every number stands for itself, as it does outside of such namespaces.
fn is_whole_map(map: &str) -> bool {
    let words: Vec<&str> = map.split_whitespace().collect();
    words.is_empty() || words == ["0", "0", "4294967295"]
}

fn how_to_begin(path: &Path) -> String {
    let cut_short = if path.exists() { ", only a file without one" } else { "" };
    format!(
        "there is no workspace at {}{cut_short}; look around with `rolecall demo`, or set one up with `rolecall init --name NAME --owner EMAIL`",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_in_which_a_user_is_somebody_else_is_known_by_its_map() {
        assert!(is_whole_map("         0          0 4294967295\n"));
        assert!(is_whole_map(""), "a system without such maps");
        assert!(!is_whole_map("         0       2002          1\n"));
        assert!(!is_whole_map("0 100000 65536\n"));
    }
}
