//! Which file, which instant, and in whose name.

use std::cell::{Cell, OnceCell};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use etcetera::BaseStrategy;

use super::args::Globals;
use super::exit::{Stop, usage};
use super::{Opening, Outcome};
use crate::command::{self, Actor, Clock, Command, Hand, Now, Refusal};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::policy::Policy;
use crate::domain::text::{self, display, display_lines, email_key};
use crate::domain::things::{Person, Site};
use crate::domain::time::{self, Zone};
use crate::facts::sight::Eyes;
use crate::facts::{Reader, Store};
use crate::query::sight::{self, Sight};
use crate::query::timeline::Until;
use crate::store::{OnlyToRead, settings};

/// What every verb begins with.
pub(super) struct Start {
    pub(super) globals: Globals,
    /// The clock, read once.
    pub(super) clock: DateTime<Utc>,
    /// Whether a doubt about it was told already.
    pub(super) doubted: Cell<bool>,
    /// In which days are read; asked of the file where one is.
    zone: OnceCell<Zone>,
}

/// An open workspace at an instant.
pub(super) struct Session {
    pub(super) store: Store,
    /// The instant that answers are about.
    pub(super) now: DateTime<Utc>,
    /// By which commands run.
    pub(super) clock: Clock,
    /// In whose name is asked; a user who is bound to nobody just reads the file.
    reader: Option<String>,
    /// What whoever asks may see now, whatever the instant asked about.
    sight: Sight,
}

impl Start {
    pub(super) fn new(globals: Globals, clock: DateTime<Utc>) -> Start {
        Start { globals, clock, doubted: Cell::new(false), zone: OnceCell::new() }
    }

    /// The file that `--db`, the environment or the default names.
    pub(super) fn path(&self) -> Result<PathBuf> {
        let named = self.globals.db.clone().or_else(|| std::env::var_os("ROLECALL_DB").filter(|it| !it.is_empty()).map(PathBuf::from));
        named.map_or_else(Start::default_path, Ok)
    }

    pub(super) fn default_path() -> Result<PathBuf> {
        let folders = etcetera::choose_base_strategy().context("finding the home folder; name the file with --db")?;
        Ok(folders.data_dir().join("rolecall").join("rolecall.db"))
    }

    /// The instant that `--at` names.
    pub(super) fn at(&self) -> Result<Option<DateTime<Utc>>> {
        self.globals.at.as_deref().map(|text| self.read("--at", text, Zone::at)).transpose()
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
        Clock { at: self.clock, is_right: self.globals.clock_is_right }
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
        let found = Store::find(&path, read_only)?;
        if let Some(store) = &found {
            self.doubt(store.reader());
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
        let (present, now) = (command::now(file.reader(), self.clock)?.at, self.now(file.reader())?);
        if present <= now {
            return self.session(file, None, now, false);
        }
        let then = command::replay(file.reader(), now)?.frozen();
        let session = self.session(file, Some(then), now, false)?;
        if session.store.reader().setting(settings::NAME)?.is_none() {
            return Err(usage(format!("there was no workspace yet at {}", time::rfc3339(now))));
        }
        Ok(session)
    }

    /// The session on a file or, in its place, on another state of it; `gives` where somebody may be given something.
    fn session(&self, file: Store, instead: Option<Store>, now: DateTime<Utc>, gives: bool) -> Result<Session> {
        let db = file.reader();
        let reader = self.acting(db)?.map(|it| it.email);
        let sight = reader.as_deref().map(|it| Sight::of(db, it, command::now(db, self.clock)?.at)).transpose()?;
        let sight = sight.unwrap_or(Sight::Everything);
        let clock = Clock { at: self.at()?.unwrap_or(self.clock), ..self.clock() };
        let store = match instead {
            Some(other) => other.seen_by(Eyes::new(sight.clone(), Some(file), gives)),
            None => file.seen_by(Eyes::new(sight.clone(), None, gives)),
        };
        Ok(Session { store, now, clock, reader, sight })
    }

    /// Opens the file to read its journal, which tells of everything: as it is now, whatever `--at` says.
    pub(super) fn journal(&self) -> Result<Store> {
        let session = self.present(self.file(true)?, false)?;
        session.check_whole()?;
        Ok(session.store)
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
        self.present(self.file(false)?, true)
    }

    fn present(&self, file: Store, gives: bool) -> Result<Session> {
        let now = command::now(file.reader(), self.clock)?.at;
        self.session(file, None, now, gives)
    }

    /// Opens the workspace to try a change without saving it: where the file is not to be
    /// written to, or another instant is meant, on a private copy, which is asked like the file.
    pub(super) fn try_out(&self) -> Result<Session> {
        if !self.globals.read_only && self.globals.at.is_none() {
            return self.change();
        }
        let file = self.file(true)?;
        let (present, now) = (command::now(file.reader(), self.clock)?.at, self.now(file.reader())?);
        if present <= now {
            let copy = file.copy()?;
            return self.session(file, Some(copy), now, true);
        }
        let then = command::replay(file.reader(), now)?;
        self.session(file, Some(then), now, true)
    }

    /// No verb: the screens on the workspace.
    pub(super) fn open_screens(&self) -> Result<Outcome> {
        if self.globals.at.is_some() {
            return Err(usage("the screens show the present; --at goes with a verb, such as can or matrix"));
        }
        let store = match self.file(self.globals.read_only) {
            Err(error) if error.is::<OnlyToRead>() => {
                let _ =
                    writeln!(std::io::stderr(), "rolecall: {}; the screens show it and save nothing", display_lines(&format!("{error:#}")));
                self.file(true)?
            }
            other => other?,
        };
        self.screens(store, false)
    }

    pub(super) fn screens(&self, store: Store, demo: bool) -> Result<Outcome> {
        let (store, actor) = match self.acting(store.reader())? {
            Some(_) => {
                let actor = self.actor(store.reader())?;
                (store, actor)
            }
            None => (store.frozen(), Actor { email: via(), via: via(), by: Hand::User(uid()) }),
        };
        let (theme, ascii) = (self.globals.theme.clone(), self.globals.ascii);
        let clock_is_right = self.globals.clock_is_right;
        Ok(Outcome::Open(Box::new(Opening { store, actor, demo, clock_is_right, theme, ascii })))
    }

    /// A file from before users were bound: whoever writes to it first is its owner.
    pub(super) fn bind_first(&self, store: &mut Store) -> Result<()> {
        let db = store.reader();
        let Some(owner) = command::account_owner(db)?.filter(|_| db.users().is_ok_and(|it| it.is_empty())) else { return Ok(()) };
        let actor = Actor { email: owner.email.clone(), via: via(), by: Hand::User(uid()) };
        command::run(store, &actor, self.clock(), &Command::Bind { person: owner.email, uid: uid() })?;
        Ok(())
    }

    /// In whose name something is changed.
    ///
    /// # Errors
    /// Where the Unix user is nobody here, or may not act for others.
    pub(super) fn actor(&self, db: Reader<'_>) -> Result<Actor> {
        let Some(person) = self.acting(db)? else {
            let owner = command::account_owner(db)?.map_or_else(String::new, |it| it.email);
            return Err(command::Error::from(Refusal::Nobody { uid: uid(), owner }).into());
        };
        let myself = command::user(db, uid())?.map(|it| it.email);
        let via = if myself.as_ref() == Some(&person.email) { via() } else { format!("{}, {}", via(), myself.unwrap_or_default()) };
        Ok(Actor { email: person.email, via, by: Hand::User(uid()) })
    }

    /// The address of whoever acts, now, also where `db` is of another instant.
    pub(super) fn myself(&self, db: Reader<'_>) -> Result<String> {
        let present = self.globals.at.as_ref().map(|_| self.file(true)).transpose()?;
        Ok(self.actor(present.as_ref().map_or(db, Store::reader))?.email)
    }

    /// The same for one command: a link may be answered by whoever has it, also by a user who is nobody here.
    pub(super) fn actor_of(&self, db: Reader<'_>, command: &Command) -> Result<Actor> {
        let Command::Accept { token, .. } = command else { return self.actor(db) };
        if self.acting(db)?.is_some() {
            return self.actor(db);
        }
        let invited = db.invitation_by_token(token.hash())?.map(|it| it.email);
        let offered = db.handover_by_token(token.hash())?.map(|it| it.email);
        invited.or(offered).map_or_else(|| self.actor(db), |email| Ok(Actor { email, via: via(), by: Hand::User(uid()) }))
    }

    /// The person whom `--as` or the environment names, else the one that the Unix user is.
    fn acting(&self, db: Reader<'_>) -> Result<Option<Person>> {
        let myself = command::user(db, uid())?;
        let named = self.globals.acting.clone().or_else(|| std::env::var("ROLECALL_AS").ok().filter(|it| !it.is_empty()));
        let Some(named) = named else { return Ok(myself) };
        let owner = command::account_owner(db)?.map(|it| it.id);
        match myself {
            Some(it) if email_key(&it.email) == email_key(&named) => Ok(Some(it)),
            Some(it) if Some(it.id) == owner => Ok(Some(db.the_person(&named)?)),
            Some(it) => Err(Stop::Refused(format!("{} may not act for others; only the account owner may", it.email)).into()),
            None => Err(Stop::Refused(format!("uid {} is nobody in this workspace and may not act for others", uid())).into()),
        }
    }

    /// How a command line of this program ends so that it means the same file.
    pub(super) fn same_file(&self) -> String {
        let quoted = |path: &PathBuf| format!(" --db {}", text::shell_bytes(path.as_os_str().as_bytes()));
        self.globals.db.as_ref().map_or_else(String::new, quoted)
    }
}

impl Session {
    /// In which time zone the agency reckons its days.
    pub(super) fn zone(&self) -> Result<Zone> {
        self.store.reader().zone()
    }

    /// The workspace as it is, whatever the instant asked about: who acts is asked there.
    pub(super) fn present(&self) -> Reader<'_> {
        self.store.present()
    }

    /// What of the workspace is shown to whoever asks.
    pub(super) fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Refuses who does not see everything.
    pub(super) fn check_whole(&self) -> Result<()> {
        match self.sight {
            Sight::Everything => Ok(()),
            Sight::Own(_) => self.hidden(sight::OWN_ONLY),
        }
    }

    /// Refuses who does not see what other people can do.
    pub(super) fn check_person(&self, person: PersonId) -> Result<()> {
        if self.sight.shows_person(person) { Ok(()) } else { self.hidden(sight::OWN_ONLY) }
    }

    /// Refuses who does not see who has access to a site.
    pub(super) fn check_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<()> {
        let sentence = format!("who has access to {} takes a permission to see people there", site.key);
        if self.shows_people_of(db, policy, site)? { Ok(()) } else { self.hidden(&sentence) }
    }

    /// A site of another instant is shown as the same site is now.
    fn shows_people_of(&self, db: Reader<'_>, policy: &Policy, site: &Site) -> Result<bool> {
        match self.store.elsewhere().filter(|_| !self.sight.is_whole()) {
            None => self.sight.shows_people_of(db, policy, site),
            Some(db) => db.find::<Site>(site.id)?.map_or(Ok(false), |it| self.sight.shows_people_of(db, &db.policy(None)?, &it)),
        }
    }

    /// In how many places a role is held, and by how many people, as far as that is shown.
    pub(super) fn holders_of(&self, db: Reader<'_>, policy: &Policy, role: RoleId) -> Result<(usize, usize)> {
        match self.store.elsewhere().filter(|_| !self.sight.is_whole()) {
            None => self.sight.holders_of(db, policy, role),
            Some(db) => self.sight.holders_of(db, &db.policy(None)?, role),
        }
    }

    /// Refuses who sees neither what this person can do nor who has access to the site.
    pub(super) fn check_pair(&self, db: Reader<'_>, policy: &Policy, person: PersonId, site: &Site) -> Result<()> {
        if self.sight.shows_person(person) { Ok(()) } else { self.check_people_of(db, policy, site) }
    }

    /// Refuses who does not see the agency's contacts.
    pub(super) fn check_contacts(&self) -> Result<()> {
        if self.sight.shows_contacts() { Ok(()) } else { self.hidden(sight::NO_CONTACTS) }
    }

    fn hidden(&self, sentence: &str) -> Result<()> {
        let who = self.reader.clone().unwrap_or_default();
        Err(Stop::Refused(format!("{who} does not see that: {sentence}")).into())
    }
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
