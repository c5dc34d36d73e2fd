//! SQLite: the only room that names rusqlite.
//!
//! One file, WAL, every commit synced. Readers never wait; a writer takes the write
//! lock at once (IMMEDIATE) and stands in line for it ([`queue`]), because SQLite's own
//! timeout lets waiters starve. While a [`Store`] lives nothing else in the process
//! may open the database file: closing it would drop SQLite's locks.
//!
//! [`Reader`] can only ask, [`Writer`] can also change; who gets which is how the other
//! rooms are kept honest.

mod accepted;
mod alone;
pub mod assignments;
pub mod bulk;
pub mod files;
pub mod journal;
pub mod ledger;
pub mod life;
mod log;
mod making;
mod migrate;
mod mixed;
pub mod page;
pub mod people;
mod queue;
pub mod recall;
mod review;
pub mod roles;
pub mod settings;
pub mod sites;
mod sound;
mod sql_types;
mod staged;
pub mod table;
mod takeover;
mod watch;

use std::cell::Cell;
use std::fmt;
use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use alone::OnlyToRead;
use anyhow::{Context, Result, bail};
use files::Rights;
use journal::Head;
use queue::Line;
pub use queue::Turn;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tempfile::TempDir;
use watch::Watch;

/// How long a writer waits for its turn.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long it waits before it says for whom.
const UNTOLD: Duration = Duration::from_secs(2);

/// An open workspace file.
pub struct Store {
    conn: Connection,
    path: PathBuf,
    read_only: bool,
    /// How often the file was opened anew: what was read of it before says nothing of what is there now.
    times_opened: Cell<u32>,
    /// Of the file; what is in memory, or not in its place yet, needs none.
    watch: Option<Watch>,
    /// The file's data version as it was last asked for.
    version: Cell<Option<i64>>,
    /// Read without locks, since nobody writes where nothing can be written.
    alone: bool,
    /// Changes lie over it, and what is written lies there with them ([`Store::staging`]).
    staged: bool,
    /// The place in line of a write that is still to come ([`Store::can_write`]).
    line: Cell<Option<Line>>,
    /// Hears who is writing, where a write waits for long.
    told: Cell<Option<fn(&str)>>,
    /// The folder of the copy that is read in its stead.
    #[allow(dead_code, reason = "it is there as long as this is")]
    copied_in: Option<TempDir>,
}

/// The file holds no workspace: it is empty, or making one was cut short.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is empty: no workspace was ever set up in it", self.0.display())
    }
}

impl std::error::Error for Unfinished {}

/// An earlier version wrote the file: it is brought up to date before it is read, which writes to it.
#[derive(Debug)]
pub struct Older {
    path: PathBuf,
    schema: i32,
}

impl fmt::Display for Older {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (it, schema) = (self.path.display(), self.schema);
        write!(f, "{it} has an older schema ({schema}); any command without --read-only brings it up to date, and keeps a copy of it")
    }
}

impl std::error::Error for Older {}

/// Asks. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    conn: &'a Connection,
    staged: bool,
}

/// Asks and changes, inside one transaction.
pub struct Writer<'a> {
    tx: &'a Transaction<'a>,
    staged: bool,
}

impl Reader<'_> {
    /// Whether the file is this Unix user's; what is in memory is anybody's.
    pub fn belongs_to(self, uid: u32) -> bool {
        let path = self.conn.path().filter(|it| !it.is_empty());
        path.is_none_or(|it| fs::metadata(it).is_ok_and(|it| it.uid() == uid))
    }

    /// A number that moves when another process commits. Own writes do not move it.
    pub fn data_version(self) -> Result<i64> {
        Ok(self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }
}

impl Writer<'_> {
    pub fn reader(&self) -> Reader<'_> {
        Reader { conn: self.tx, staged: self.staged }
    }

    /// Does something of which nothing stays where it fails.
    ///
    /// # Errors
    /// What `change` returns, or that the file could not be written.
    pub fn or_nothing<T, E: From<anyhow::Error>>(&self, change: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let run = |sql: &str| self.tx.execute_batch(sql).context("trying a step");
        run("SAVEPOINT step")?;
        let answer = change();
        if answer.is_err() {
            run("ROLLBACK TO step")?;
        }
        run("RELEASE step")?;
        answer
    }
}

impl Drop for Store {
    /// Whoever closes the file last brings its log home: not into another that was put in its place and not looked at yet.
    fn drop(&mut self) {
        let watch = self.watch.as_ref().filter(|_| !self.read_only);
        if watch.is_some_and(|it| it.is_written().unwrap_or(false)) && mixed::is_mixed(self.reader(), &self.path).unwrap_or(true) {
            let _ = self.leave_log();
        }
    }
}

impl Store {
    /// Opens a workspace; `None` where there is none, or none was ever finished.
    pub fn find(path: &Path, read_only: bool) -> Result<Option<Store>> {
        if !path.try_exists().with_context(|| format!("looking for {}", path.display()))? {
            return Ok(None);
        }
        match Store::open(path, read_only) {
            Err(error) if error.is::<Unfinished>() => Ok(None),
            Err(error) => Err(error),
            Ok(store) => Ok(if store.reader().head()?.is_some() { Some(store) } else { None }),
        }
    }

    /// Opens a workspace file that exists.
    pub fn open(path: &Path, read_only: bool) -> Result<Store> {
        check_file(path)?;
        let opened = if read_only { Store::connect_to_read(path) } else { Store::connect_to_write(path) };
        let mut store = opened.map_err(|error| mixed::or_mixture(error, path))?;
        mixed::check(store.reader(), &store.path)?;
        if migrate::is_blank(&store.conn)? {
            return Err(Unfinished(path.to_owned()).into());
        }
        let version = migrate::version(&store.conn).with_context(|| format!("{} is not a rolecall workspace", path.display()))?;
        if version > migrate::LATEST {
            bail!(
                "{} was written by a newer rolecall (schema {version}, this one knows {}); update rolecall, or open a copy with the newer one",
                path.display(),
                migrate::LATEST
            );
        }
        if version < migrate::LATEST && read_only {
            return Err(Older { path: path.to_owned(), schema: version }.into());
        }
        if !read_only {
            store.use_wal()?;
        }
        if version < migrate::LATEST {
            store.bring_up_to_date()?;
        }
        if !read_only {
            // What is made of it may take long: an older copy that is put in its place meanwhile is noticed by this.
            store.watch.as_ref().map_or(Ok(()), |it| it.follow(store.reader()))?;
        }
        Ok(store)
    }

    /// A workspace in memory: for replays and tests.
    pub fn memory() -> Result<Store> {
        let mut conn = Connection::open_in_memory()?;
        settings_of_connection(&mut conn)?;
        migrate::migrate(&mut conn)?;
        Ok(Store::of(conn, Path::new(":memory:")))
    }

    /// What nobody else can reach.
    fn of(conn: Connection, path: &Path) -> Store {
        Store {
            conn,
            path: path.to_owned(),
            read_only: false,
            times_opened: Cell::default(),
            watch: None,
            version: Cell::default(),
            alone: false,
            staged: false,
            line: Cell::default(),
            told: Cell::default(),
            copied_in: None,
        }
    }

    /// A private copy of what is committed, which is gone with this value: SQLite keeps it in
    /// memory and, where it is large, in a nameless file.
    pub fn copy(&self) -> Result<Store> {
        let mut conn = Connection::open("").context("making a private copy")?;
        Backup::new(&self.conn, &mut conn)
            .and_then(|backup| backup.run_to_completion(i32::MAX, Duration::ZERO, None))
            .context("copying the workspace")?;
        settings_of_connection(&mut conn)?;
        sort_aside(&conn)?;
        Ok(Store::of(conn, Path::new(":memory:")))
    }

    /// A second, read-only connection to the same file, for a worker thread.
    pub fn companion(&self) -> Result<Store> {
        let own = Store::connect_to_read(&self.path)?;
        self.watch.as_ref().map_or(Ok(()), |it| it.check_name().map(drop))?;
        own.keep_little()?;
        Ok(own)
    }

    /// Keeps little of the file in memory from here on: where several read at once, or most of it is read once only.
    pub fn keep_little(&self) -> Result<()> {
        Ok(self.conn.pragma_update(None, "cache_size", -16384)?)
    }

    /// Ends whatever this connection is reading, from another thread.
    pub fn interrupter(&self) -> impl Fn() + Send + 'static {
        let handle = self.conn.get_interrupt_handle();
        move || handle.interrupt()
    }

    fn connect(path: &Path, read_only: bool) -> Result<Store> {
        let access = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        // SQLite refuses a link in any component of the path, so that the caller's links are resolved first.
        let real = path.canonicalize().with_context(|| format!("opening {}", path.display()))?;
        let watch = Some(Watch::of(&real).with_context(|| format!("opening {}", path.display()))?);
        let mut conn = Connection::open_with_flags(&real, flags).with_context(|| format!("opening {}", path.display()))?;
        // Until it is known to be this file's own.
        mixed::leave_log(Reader { conn: &conn, staged: false }, true)?;
        settings_of_connection(&mut conn).map_err(|error| not_opened(error, path))?;
        if read_only {
            conn.pragma_update(None, "query_only", true)?;
        }
        let (version, times_opened) = (Cell::default(), Cell::default());
        Ok(Store {
            conn,
            path: real,
            read_only,
            times_opened,
            watch,
            version,
            alone: false,
            staged: false,
            line: Cell::default(),
            told: Cell::default(),
            copied_in: None,
        })
    }

    /// The same store, closed to writing: a replayed past is not to be changed.
    pub fn frozen(mut self) -> Store {
        self.read_only = true;
        self
    }

    /// Leaves the log beside the file as it is when this is the last one to close it.
    ///
    /// # Errors
    /// That the file was closed already.
    pub fn leave_log(&self) -> Result<()> {
        mixed::leave_log(self.reader(), true)
    }

    /// One after the other: whoever comes second finds it done.
    fn bring_up_to_date(&mut self) -> Result<()> {
        let _turn = self.turn()?;
        let version = migrate::version(&self.conn)?;
        if version < migrate::LATEST {
            self.back_up(version)?;
            migrate::migrate(&mut self.conn)?;
        }
        Ok(())
    }

    /// A copy beside the file, as it was before the schema changes.
    fn back_up(&self, version: i32) -> Result<()> {
        let name = |n: usize| format!("{}.v{version}{}.bak", self.path.display(), if n == 0 { String::new() } else { format!("-{n}") });
        let free = (0..100).map(name).find(|it| !Path::new(it).exists());
        let free = free.with_context(|| format!("a hundred older copies lie beside {}; remove some", self.path.display()))?;
        // Made aside and renamed when it is whole: what bears the name can be opened.
        let aside = format!("{free}.part");
        let context = || format!("keeping a copy of the older workspace as {free}");
        if Path::new(&aside).exists() {
            fs::remove_file(&aside).with_context(context)?;
        }
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside).with_context(context)?;
        let copied = self.conn.execute("VACUUM INTO ?1", [&aside]).map_err(anyhow::Error::from);
        let kept = copied.and_then(|_| {
            Ok(Rights::of(&self.path).give(&file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&aside, &free))?)
        });
        if kept.is_err() {
            // Half a copy is none; that it stays is not what went wrong.
            let _ = fs::remove_file(&aside);
        }
        kept.with_context(context)
    }

    // After the header was checked: this is the first thing that writes to the file.
    fn use_wal(&self) -> Result<()> {
        let mode: String = self
            .conn
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
            .with_context(|| format!("opening {}", self.path.display()))?;
        if mode != "wal" {
            bail!("{} cannot use a write-ahead log ({mode}); keep it on a local disk", self.path.display());
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader { conn: &self.conn, staged: self.staged }
    }

    /// Answers several questions from one state of the file.
    pub fn snapshot<T>(&self, ask: impl FnOnce(Reader<'_>) -> Result<T>) -> Result<T> {
        let tx = Transaction::new_unchecked(&self.conn, TransactionBehavior::Deferred)?;
        let answer = ask(Reader { conn: &tx, staged: self.staged })?;
        self.watch.as_ref().filter(|_| self.alone).map_or(Ok(()), Watch::check_still)?;
        Ok(answer)
    }

    /// Runs one transaction: all of it is saved, or nothing.
    ///
    /// # Errors
    /// What `change` returns, or that the file could not be written.
    pub fn write<T, E: From<anyhow::Error>>(&mut self, change: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        let staged = self.staged;
        let (_turn, tx) = self.begin()?;
        let writer = Writer { tx: &tx, staged };
        let answer = change(&writer)?;
        let head = writer.reader().head()?;
        match tx.commit() {
            Ok(()) => self.watch.iter().for_each(|it| it.wrote(head)),
            Err(error) => self.look_up(head, error)?,
        }
        Ok(answer)
    }

    /// Runs one transaction and takes all of it back.
    ///
    /// # Errors
    /// What `change` returns, or that the file could not be written.
    pub fn rehearse<T, E: From<anyhow::Error>>(&mut self, change: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        let staged = self.staged;
        let (_turn, tx) = self.begin()?;
        let answer = change(&Writer { tx: &tx, staged })?;
        tx.rollback().context("taking a preview back").map_err(E::from)?;
        Ok(answer)
    }

    // Immediate, not deferred: a read that becomes a write cannot wait under WAL.
    // The turn comes first in the answer and so is given back last.
    fn begin(&mut self) -> Result<(Option<Turn>, Transaction<'_>)> {
        if self.staged {
            return Ok((None, self.conn.transaction()?));
        }
        if self.read_only {
            bail!("{} is open read-only", self.path.display());
        }
        let name = self.path.display().to_string();
        let turn = self.turn()?;
        let begun = self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| not_saved(error, &name));
        let tx = begun.map_err(|error| or_replaced(self.watch.as_ref(), error))?;
        self.watch.as_ref().map_or(Ok(()), |it| it.follow(Reader { conn: &tx, staged: false }))?;
        Ok((Some(turn), tx))
    }

    /// Waits until nobody else writes, and keeps it so until it is dropped.
    ///
    /// # Errors
    /// That the others took too long, and who they are.
    pub fn turn(&self) -> Result<Turn> {
        let line = self.line.take().or_else(|| Line::join(&self.path)).with_context(|| self.busy())?;
        let long = |line: Line| {
            self.told.get().into_iter().for_each(|tell| tell(&self.writer()));
            line.turn(PATIENCE.saturating_sub(UNTOLD))
        };
        line.turn(UNTOLD).or_else(long).ok().with_context(|| self.busy())
    }

    /// From now on this hears for whom a write waits that waits for long.
    pub fn tell_of_waits(&self, tell: fn(&str)) {
        self.told.set(Some(tell));
    }

    /// Whether a write can begin without waiting, by then at the latest. Until it can, its place in line is kept.
    pub fn can_write(&mut self, patience: Duration) -> bool {
        if self.staged || self.read_only {
            return true;
        }
        let began = Instant::now();
        let Some(mut line) = self.line.take().or_else(|| Line::join(&self.path)) else { return true };
        let comes = line.comes(patience) && self.is_unlocked(patience.saturating_sub(began.elapsed()));
        self.line.set(Some(line));
        comes
    }

    /// Gives the place in line up.
    pub fn leave_line(&self) {
        self.line.take();
    }

    /// Whether nobody writes who does not stand in line. What else is wrong with the file the write itself will say.
    fn is_unlocked(&mut self, patience: Duration) -> bool {
        let begun = self.conn.busy_timeout(patience).and_then(|()| Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate));
        let is_locked = begun.is_err_and(|it| it.sqlite_error_code() == Some(ErrorCode::DatabaseBusy));
        self.conn.busy_handler(Some(wait_a_little)).is_ok() && !is_locked
    }

    /// Who is writing at this moment, as far as they stood in line for it.
    pub fn writer(&self) -> String {
        let other = queue::holder(&self.path).filter(|it| it.pid != std::process::id());
        other.map_or_else(|| "another program".to_owned(), |it| it.to_string())
    }

    /// What was known of the file may not hold any more.
    fn forget(&self) {
        self.times_opened.set(self.times_opened.get() + 1);
    }

    /// A number that moves where what was read of the file says nothing any more of what is in it.
    pub fn times_opened(&self) -> u32 {
        self.times_opened.get()
    }

    /// That the others took too long, and who they are.
    pub fn busy(&self) -> String {
        busy(&self.path.display().to_string(), &self.writer())
    }

    /// A number that moves when another process commits. Own writes do not move it.
    ///
    /// # Errors
    /// That the file was replaced.
    pub fn data_version(&self) -> Result<i64> {
        let version = self.reader().data_version().map_err(|error| or_replaced(self.watch.as_ref(), error))?;
        if let Some(watch) = &self.watch {
            let moved = watch.is_written()?;
            if self.version.replace(Some(version)) != Some(version) || moved {
                watch.follow(self.reader())?;
            }
        }
        Ok(version)
    }

    /// Whether what could not be committed for certain is there, which one look tells: an error while
    /// syncing says nothing about what reached the disk.
    fn look_up(&mut self, head: Option<Head>, error: rusqlite::Error) -> Result<()> {
        let name = self.path.display().to_string();
        if self.watch.is_none() || error.sqlite_error_code() != Some(ErrorCode::SystemIoFailure) {
            return Err(not_saved(error, &name));
        }
        let found = self.reopen().and_then(|()| head.map_or(Ok(false), |it| self.reader().has_entry(it)));
        let settled = self.settle();
        let fate = match (found, settled) {
            (Ok(true), Ok(())) => return Ok(()),
            (Ok(true), Err(_)) => "it was saved, but may not outlast a power cut: see to the disk",
            (Ok(false), Ok(())) => "it was not saved, try again",
            (Ok(false), Err(_)) => "it was not saved, as far as can be seen: see to the disk, and look once more before you try again",
            (Err(_), _) => "whether it was saved is unknown, open the file again and look",
        };
        Err(anyhow::Error::new(error).context(format!("the disk reported an error while saving to {name}; {fate}")))
    }

    /// An error in words, of this file: it may make no sense because another was put in its place.
    pub fn in_words(&self, error: &anyhow::Error) -> String {
        self.watch.as_ref().and_then(|it| it.why_nonsense(error)).unwrap_or_else(|| in_words(error))
    }

    fn reopen(&mut self) -> Result<()> {
        let mut fresh = Store::connect(&self.path, false)?;
        mixed::check(fresh.reader(), &self.path)?;
        std::mem::swap(&mut self.conn, &mut fresh.conn);
        self.forget();
        Ok(())
    }

    /// A write that changes nothing: what is in the log and not part of it cannot come to life after it.
    fn settle(&mut self) -> rusqlite::Result<()> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()
    }
}

fn or_replaced(watch: Option<&Watch>, error: anyhow::Error) -> anyhow::Error {
    watch.and_then(|it| it.why_nonsense(&error)).map_or(error, anyhow::Error::msg)
}

/// Why a file could not be opened: one that is no database is asked for what it is.
fn not_opened(error: anyhow::Error, path: &Path) -> anyhow::Error {
    let is = |it: &rusqlite::Error| it.sqlite_error_code() == Some(ErrorCode::NotADatabase);
    let question = if error.chain().filter_map(|it| it.downcast_ref()).any(is) { ": is it a rolecall workspace?" } else { "" };
    error.context(format!("opening {}{question}", path.display()))
}

fn busy(name: &str, who: &str) -> String {
    format!("{name} has been written by {who} for {} s; nothing was saved, try again", PATIENCE.as_secs())
}

/// Why a transaction did not go through, in words, with what is known of its fate.
fn not_saved(error: rusqlite::Error, name: &str) -> anyhow::Error {
    let sentence = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => busy(name, "another program"),
        Some(ErrorCode::DiskFull) => format!("cannot save to {name}: the disk is full; nothing was saved, free some space and try again"),
        Some(ErrorCode::SystemIoFailure) => format!("the disk reported an error while saving to {name}; nothing was saved, try again"),
        _ => format!("saving to {name}"),
    };
    anyhow::Error::new(error).context(sentence)
}

/// An error in words. Of a file that SQLite cannot make sense of, what may have happened and what to do.
pub fn in_words(error: &anyhow::Error) -> String {
    let advice = if is_corrupt(error) {
        "; the file is damaged, or another was put in its place while it was open: open it again, and see what `rolecall verify` says"
    } else {
        ""
    };
    format!("{error:#}{advice}")
}

/// Whether it is that pages of the file make no sense.
fn is_corrupt(error: &anyhow::Error) -> bool {
    let is = |it: &rusqlite::Error| it.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt);
    error.chain().filter_map(|it| it.downcast_ref()).any(is)
}

/// Whether the error is a rule of the schema: a reference, a uniqueness, a check.
pub fn is_constraint(error: &anyhow::Error) -> bool {
    let is = |it: &rusqlite::Error| it.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
    error.chain().filter_map(|it| it.downcast_ref::<rusqlite::Error>()).any(is)
}

fn settings_of_connection(conn: &mut Connection) -> Result<()> {
    conn.busy_handler(Some(wait_a_little))?;
    conn.set_prepared_statement_cache_capacity(128);
    // Else SQLite plans some statements anew whenever they are bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -65536;",
    )?;
    Ok(())
}

/// For a file that nobody else sees: what is to be sorted, as all of an index is, lies in a nameless file, and is sorted
/// by other threads while more comes.
fn sort_aside(conn: &Connection) -> Result<()> {
    Ok(conn.execute_batch("PRAGMA temp_store = FILE; PRAGMA threads = 2;")?)
}

/// For who does not stand in line, such as another program: waits 0.5 to 5 ms, each process in a step of its own.
fn wait_a_little(tries: i32) -> bool {
    let dice = u64::from(std::process::id()).wrapping_mul(2_654_435_761).rotate_left(tries.unsigned_abs() % 64) % 4_500;
    std::thread::sleep(Duration::from_micros(500 + dice));
    let average = Duration::from_micros(2_750);
    average.saturating_mul(tries.unsigned_abs()) < PATIENCE
}

/// Looks at the file without opening it.
fn check_file(path: &Path) -> Result<()> {
    let meta = fs::metadata(path).with_context(|| format!("no workspace at {}", path.display()))?;
    if meta.len() == 0 && meta.is_file() {
        return Err(Unfinished(path.to_owned()).into());
    }
    if !meta.is_file() {
        bail!("{} is not a regular file", path.display());
    }
    if meta.nlink() > 1 {
        bail!("{} has a second name (a hard link), which SQLite's locks cannot follow; copy it instead", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// What a power cut, a hostile file and a torn page are held off by; no test of killing shows that one is gone.
    #[test]
    fn every_connection_is_set_up_for_the_worst() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.db");
        let made = Store::create(&path).expect("a workspace");
        for store in [&made, &Store::open(&path, false).expect("open"), &Store::open(&path, true).expect("open")] {
            let set = |name: &str| -> String {
                let read = |row: &rusqlite::Row<'_>| row.get(0);
                let value: rusqlite::types::Value = store.conn.pragma_query_value(None, name, read).expect(name);
                format!("{value:?}")
            };
            let settings = ["journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "mmap_size"].map(set);
            assert_eq!(settings, [r#"Text("wal")"#, "Integer(2)", "Integer(1)", "Integer(0)", "Integer(1)", "Integer(0)"]);
        }
    }

    #[test]
    fn a_write_that_would_wait_is_known_of_before_whether_or_not_the_other_stood_in_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("w.db");
        let (mut store, other) = (Store::create(&path).expect("a workspace"), Store::open(&path, false).expect("open"));
        assert!(store.can_write(Duration::ZERO));
        // Its place in line is kept, and the write takes it.
        assert!(store.begin().is_ok());
        let outsider = Transaction::new_unchecked(&other.conn, TransactionBehavior::Immediate).expect("begun");
        assert!(!store.can_write(Duration::ZERO));
        drop(outsider);
        assert!(store.can_write(Duration::ZERO));
        store.leave_line();
        let turn = other.turn().expect("its turn");
        assert!(!store.can_write(Duration::ZERO));
        drop(turn);
        assert!(store.can_write(Duration::from_secs(60)));
    }

    #[test]
    fn a_statement_is_planned_once_whatever_it_is_asked_for() {
        let store = Store::memory().expect("a workspace");
        let mut statement = store.conn.prepare("SELECT id FROM waiting_role WHERE invitation = ?1 ORDER BY id").expect("a statement");
        for invitation in 1..=3 {
            assert!(!statement.exists([invitation]).expect("an answer"));
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
