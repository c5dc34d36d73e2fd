//! Taking in many records at once: all or nothing, in any order, as one entry.
//!
//! Records arrive one at a time and may name things that come later: a name is numbered
//! when it is first seen, and what was named but never defined is an error at the end,
//! with the line that named it. The changes go into the journal compressed, so that an
//! import can be undone and replayed like any other step.

mod book;
mod check;
mod others;
mod run;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use anyhow::Context;
use book::{Book, twice};
use check::RoleFact;
use chrono::{DateTime, Utc};

use super::records::Kept;
use super::refusal::{Error, Refusal};
use super::scene::Names;
use super::{Actor, Clock, Command, Note, Receipt, bind, clock, fit, foundation, words};
use crate::domain::catalog::Catalog;
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{FolderId, PersonId, RoleId, SiteId};
use crate::domain::record::{CeilingRecord, PersonRecord, Record, WorkspaceRecord, by_record};
use crate::domain::reference::BARE;
use crate::domain::row::{Numbered, Row};
use crate::domain::things::{Assignment, Folder, Host, Level, Person, Role, Scope, Setting, Site, StoredCatalog};
use crate::domain::{builtin, text};
use crate::facts::{Reader, Store, Writer};
use crate::store::bulk::Bulk;
use crate::store::journal::{Body, NewEntry, Parts};
use crate::store::settings;
use crate::store::table::Table;

use run::run_over;
pub use run::{run, run_aside};

/// How many records of a kind came new, differed, or were there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub added: usize,
    pub changed: usize,
    pub same: usize,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub receipt: Receipt,
    pub counts: BTreeMap<&'static str, Count>,
}

/// A record and where it stood.
pub type Line = (usize, Record);

/// Gives the next record, and may look at what is there to make it.
pub type Next<'a> = dyn FnMut(Reader<'_>) -> Option<Result<Line, ImportError>> + 'a;

/// Begins to give the records, each time from the first.
pub type Again<'a> = dyn FnMut() -> Result<Box<Next<'a>>, ImportError> + 'a;

/// What is taken in, one after the other.
pub struct Records<'a> {
    pub next: Box<Next<'a>>,
    /// How they are read anew, where they are so many that nobody else is to wait for them.
    pub again: Option<Box<Again<'a>>>,
}

impl Records<'_> {
    /// Takes them in.
    ///
    /// # Errors
    /// The line that is at fault, or the rule that is against it.
    pub fn run(
        self,
        store: &mut Store,
        actor: &Actor,
        clock: Clock,
        source: &str,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Imported, ImportError> {
        let Records { mut next, again } = self;
        match again {
            Some(mut again) => {
                drop(next);
                run_aside(store, actor, clock, source, &mut *again, progress)
            }
            None => run_over(store, actor, clock, source, &mut *next, progress),
        }
    }
}

/// Why an import was refused: always with the line, and nothing was taken in.
#[derive(Debug)]
pub enum ImportError {
    /// The line's content is at fault.
    At(usize, String),
    Whole(Error),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::At(line, sentence) => write!(f, "line {line}: {sentence}; nothing was imported"),
            ImportError::Whole(error) => error.fmt(f),
        }
    }
}

impl From<anyhow::Error> for ImportError {
    fn from(error: anyhow::Error) -> ImportError {
        ImportError::Whole(error.into())
    }
}

/// An assignment of the file, as far as it is checked once everything it names is known:
/// whether it stands there twice, and whether its role fits. There may be millions.
pub(super) struct Given {
    person: PersonId,
    role: RoleId,
    scope: Scope,
    level: Level,
    /// Whether it was not there before.
    new: bool,
    line: u32,
}

impl Given {
    pub(super) fn of(row: &Assignment, new: bool, line: usize) -> Given {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        Given { person: row.person, role: row.role, scope: row.scope, level: row.level, new, line }
    }
}

/// How an import brings one kind of record.
pub(super) trait Taken: Kept {
    /// What several of them are called.
    const PLURAL: &'static str;

    /// The row that was there before, if any, and the one of the file.
    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Self::Row>, Self::Row), Error>;

    /// Whether the import may have come out otherwise after this change by somebody else: it is to a row of the file.
    fn minded(edit: &Edit<Self::Row>, import: &Import<'_>) -> anyhow::Result<bool> {
        Ok(edit.any(|it| import.seen.contains_key(&(Self::Row::TABLE, it.number()))))
    }
}

/// In whose name records are taken in, when, and what the journal calls them.
#[derive(Clone, Copy)]
struct By<'a> {
    actor: &'a Actor,
    clock: Clock,
    source: &'a str,
}

pub(super) struct Import<'a> {
    writer: &'a Writer<'a>,
    by: By<'a>,
    pub(super) db: Reader<'a>,
    now: DateTime<Utc>,
    /// The line of the first date.
    dated: Option<usize>,
    parts: Parts,
    bulk: Bulk,
    /// No assignments were there before: no look-ups, and indexes are built at the end.
    pub(super) fresh: bool,
    pub(super) line: usize,
    pub(super) people: Book,
    pub(super) folders: Book,
    pub(super) sites: Book,
    pub(super) roles: Book,
    /// How far new numbers are ahead of the last one that was given before: the rows of others come in between.
    ahead: i64,
    /// The last number given, by table, of what nothing else names.
    numbers: HashMap<&'static str, i64>,
    pub(super) assignments: i64,
    pub(super) given: Vec<Given>,
    /// The line of each of those, by table and number.
    seen: HashMap<(&'static str, i64), usize>,
    /// The line of the workspace record.
    workspace_seen: Option<usize>,
    role_facts: HashMap<RoleId, RoleFact>,
    site_platform: HashMap<SiteId, u16>,
    /// The platforms of sites, each with the line that named it first.
    platforms: Vec<(String, usize)>,
    /// Those whose own roles are there.
    opened: HashSet<String>,
    pub(super) roles_seen: Vec<(usize, Role)>,
    /// Each with its line.
    catalogs_seen: HashMap<String, usize>,
    catalogs: HashMap<String, Catalog>,
    workspace: bool,
    /// The ceiling profiles that the file names, and where.
    ceiling: Option<(usize, CeilingRecord)>,
    owner: Option<(usize, String)>,
    /// The owner of the workspace, where the file makes it.
    founder: Option<PersonId>,
    /// Sites on which the file gives the agency the Partner role.
    partnered: HashSet<SiteId>,
    /// The owner of the workspace, where it was there before.
    pub(super) account_owner: Option<PersonId>,
    /// The number of the first site that the file makes.
    first_site: i64,
    /// Rows that were there and now differ in what their assignments depend on.
    moved: Vec<(usize, Change)>,
    counts: BTreeMap<&'static str, Count>,
    n_changes: usize,
    notes: Vec<Note>,
}

impl Names for Import<'_> {
    fn person(&mut self, email: &str) -> Result<PersonId, Error> {
        let db = self.db;
        let key = text::email_key(email);
        Ok(PersonId(self.people.number(&key, self.line, |_| Ok(db.person_by_email(email)?.map(|it| it.id.0)))?))
    }

    fn folder(&mut self, key: &str) -> Result<FolderId, Error> {
        let db = self.db;
        Ok(FolderId(self.folders.number(key, self.line, |key| Ok(db.folder_by_key(key)?.map(|it| it.id.0)))?))
    }

    fn site(&mut self, key: &str) -> Result<SiteId, Error> {
        let db = self.db;
        Ok(SiteId(self.sites.number(key, self.line, |key| Ok(db.site_by_key(key)?.map(|it| it.id.0)))?))
    }

    fn role(&mut self, key: &str) -> Result<RoleId, Error> {
        let db = self.db;
        Ok(RoleId(self.roles.number(key, self.line, |key| Ok(db.role_called(key)?.map(|it| it.id.0)))?))
    }
}

impl<'a> Import<'a> {
    fn begin(writer: &'a Writer<'a>, by: By<'a>, now: DateTime<Utc>, ahead: i64) -> Result<Import<'a>, ImportError> {
        let db = writer.reader();
        writer.defer_references()?;
        let workspace = db.setting(settings::NAME)?.is_some();
        let mut import = Import {
            writer,
            by,
            db,
            now,
            dated: None,
            parts: writer.begin_parts(ahead == 0)?,
            moved: Vec::new(),
            ceiling: None,
            owner: None,
            founder: None,
            partnered: HashSet::new(),
            account_owner: bind::account_owner(db)?.map(|it| it.id),
            first_site: db.last_number::<Site>()? + 1,
            bulk: Bulk::default(),
            fresh: db.is_empty::<Assignment>()?,
            line: 0,
            people: Book::open::<Person>("person", db, ahead)?,
            folders: Book::open::<Folder>("folder", db, ahead)?,
            sites: Book::open::<Site>("site", db, ahead)?,
            roles: Book::open::<Role>("role", db, ahead)?,
            ahead,
            numbers: HashMap::new(),
            assignments: db.last_number::<Assignment>()? + ahead,
            given: Vec::new(),
            seen: HashMap::new(),
            workspace_seen: None,
            role_facts: HashMap::new(),
            site_platform: HashMap::new(),
            platforms: Vec::new(),
            opened: HashSet::new(),
            roles_seen: Vec::new(),
            catalogs_seen: HashMap::new(),
            catalogs: HashMap::new(),
            workspace,
            counts: BTreeMap::new(),
            n_changes: 0,
            notes: Vec::new(),
        };
        if !workspace {
            for role in foundation::builtin_roles() {
                import.builtin(role)?;
            }
        }
        if import.fresh {
            writer.drop_indexes()?;
        }
        Ok(import)
    }

    fn builtin(&mut self, role: Role) -> anyhow::Result<()> {
        self.roles.note(&role.key, role.id.0);
        self.change(Edit::create(role).into())
    }

    fn change(&mut self, change: Change) -> anyhow::Result<()> {
        self.n_changes += 1;
        if self.dated.is_none() && clock::dates(&change, self.now) {
            self.dated = Some(self.line);
        }
        self.writer.add_to_parts(&mut self.parts, &change)?;
        if self.fresh { self.writer.apply_in_bulk(&mut self.bulk, change) } else { self.writer.apply(&change) }
    }

    fn take(&mut self, line: usize, record: Record) -> Result<(), ImportError> {
        self.line = line;
        self.record(record).map_err(|error| match error {
            Error::Refused(refusal) => ImportError::At(line, refusal.to_string()),
            broken @ Error::Broken(_) => ImportError::Whole(broken),
        })
    }

    fn record(&mut self, record: Record) -> Result<(), Error> {
        by_record!(record, it => self.whole(&it), {
            Record::Workspace(record) => self.workspace(&record),
            Record::Catalog(data) => {
                let (catalog, row) = foundation::catalog(&data)?;
                if let Some(first) = self.catalogs_seen.insert(row.platform.clone(), self.line) {
                    return Err(twice("catalog", &row.platform, first));
                }
                let before = self.db.find::<StoredCatalog>(&row.platform)?;
                self.builtin_roles(&catalog)?;
                self.catalogs.insert(row.platform.clone(), catalog);
                self.put("catalogs", before, row)
            }
        })
    }

    /// Whether the file names this person.
    pub(super) fn names(&self, person: &Person) -> bool {
        self.people.get(&text::email_key(&person.email)).is_some()
    }

    /// R9, R10: a site that is there changes hands by a transfer, and its host by a partnership.
    pub(super) fn keeps_hands(&self, before: Option<&Site>, after: &Site) -> Result<(), Error> {
        let Some(before) = before else { return Ok(()) };
        let key = &after.key;
        if before.owner != after.owner {
            let sentence = format!("the site {key} changes hands only by a transfer: rolecall transfer send {key} --to EMAIL");
            return Err(Refusal::Owner(sentence).into());
        }
        let pays = |it: &Site| it.host == Host::Agency && Some(it.owner) != self.account_owner;
        if pays(after) && !pays(before) {
            let sentence = format!("the agency carries the plan of {key} only by a partnership: rolecall partner propose {key}");
            return Err(Refusal::Owner(sentence).into());
        }
        Ok(())
    }

    fn whole<K: Taken>(&mut self, record: &K) -> Result<(), Error>
    where
        Edit<K::Row>: Into<Change>,
    {
        let (before, after) = record.taken(self)?;
        self.put(K::PLURAL, before, after)
    }

    /// A row that nothing else names: it has the number of the one that is there, or the next.
    pub(super) fn unnamed<K: Kept>(
        &mut self,
        record: &K,
        present: impl FnOnce(Reader<'_>, &K::Row) -> anyhow::Result<Option<K::Row>>,
    ) -> Result<(Option<K::Row>, K::Row), Error> {
        let table = K::Row::TABLE;
        let last = self.numbers.get(table).map_or_else(|| self.db.last_number::<K::Row>().map(|it| it + self.ahead), |it| Ok(*it))?;
        let mut row = record.row(last + 1, self)?;
        let before = present(self.db, &row)?;
        if let Some(it) = &before {
            row = record.row(it.number(), self)?;
        }
        self.numbers.insert(table, last.max(row.number()));
        if let Some(first) = self.seen.insert((table, row.number()), self.line) {
            return Err(twice(K::Row::NOUN, &record.key().to_string(), first));
        }
        Ok((before, row))
    }

    fn put<T: PartialEq>(&mut self, kind: &'static str, before: Option<T>, after: T) -> Result<(), Error>
    where
        Edit<T>: Into<Change>,
    {
        let count = self.counts.entry(kind).or_default();
        match before {
            Some(before) if before == after => count.same += 1,
            Some(before) => {
                count.changed += 1;
                let change: Change = Edit::update(before, after).into();
                if fit::matters_to_holders(&change) {
                    self.moved.push((self.line, change.clone()));
                }
                self.change(change)?;
            }
            None => {
                count.added += 1;
                self.change(Edit::create(after).into())?;
            }
        }
        Ok(())
    }

    fn workspace(&mut self, record: &WorkspaceRecord) -> Result<(), Error> {
        let owner = Names::person(self, &record.owner)?;
        if let Some(first) = self.workspace_seen.replace(self.line) {
            return Err(twice("workspace", &record.name, first));
        }
        self.ceiling = Some((self.line, record.ceiling.clone()));
        self.owner = Some((self.line, record.owner.clone()));
        if !self.workspace {
            for setting in foundation::foundation(record, owner)? {
                self.change(Edit::create(setting).into())?;
            }
            self.workspace = true;
            self.founder = Some(owner);
            return Ok(());
        }
        let present = self.db.setting(settings::OWNER)?;
        if present != Some(owner.0.to_string()) {
            return Err(Refusal::Owner(format!(
                "{} does not own this workspace; import the bundle into a new file with --db",
                record.owner
            ))
            .into());
        }
        let named = foundation::foundation(record, owner)?;
        for platform in self.db.own_ceilings()?.into_keys().map(|it| settings::own_ceiling(&it)) {
            if let (false, Some(before)) = (named.iter().any(|it| it.name == platform), self.db.find::<Setting>(&platform)?) {
                self.change(Edit::delete(before).into())?;
            }
        }
        for after in named {
            let before: Option<Setting> = self.db.find(&after.name)?;
            self.put("settings", before, after)?;
        }
        Ok(())
    }

    pub(super) fn on_platform(&mut self, site: SiteId, name: &str) -> anyhow::Result<()> {
        self.open(name)?;
        let platform = self.platform(name);
        self.site_platform.insert(site, platform);
        Ok(())
    }

    /// The roles that come with a platform are there from the first thing on that is of it.
    pub(super) fn open(&mut self, platform: &str) -> anyhow::Result<()> {
        if self.opened.contains(platform) {
            return Ok(());
        }
        self.opened.insert(platform.to_owned());
        if BARE.contains(&platform) || self.catalogs_seen.contains_key(platform) {
            return Ok(());
        }
        builtin::catalog(platform).map_or(Ok(()), |catalog| self.builtin_roles(&catalog))
    }

    /// The roles of a catalog that have no row yet.
    fn builtin_roles(&mut self, catalog: &Catalog) -> anyhow::Result<()> {
        let db = self.db;
        for role in &catalog.roles {
            let short = role.key.rsplit('/').next().filter(|it| *it != role.key);
            let there = db.role_by_key(&role.key)?.map(|it| it.id.0);
            let named = self.roles.get(&role.key).map(|it| it.id).or_else(|| self.roles.waits_for(short?));
            let id = match there.or(named) {
                Some(id) => id,
                None => self.roles.number(&role.key, self.line, |_| Ok(None))?,
            };
            if there.is_none() {
                self.builtin(foundation::builtin_role(RoleId(id), &catalog.platform, role))?;
            }
            if let Some(short) = short {
                self.roles.shorten(short, id);
            }
        }
        Ok(())
    }

    fn platform(&mut self, name: &str) -> u16 {
        let at = self.platforms.iter().position(|it| it.0 == name).unwrap_or_else(|| {
            self.platforms.push((name.to_owned(), self.line));
            self.platforms.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// All is there: what was named has to be, and to hold together.
    fn close(&mut self) -> Result<(), ImportError> {
        if !self.workspace {
            let sentence =
                "the file has no workspace record and there is no workspace yet; set one up first: rolecall init --name NAME --owner EMAIL";
            return Err(ImportError::Whole(Refusal::Invalid(sentence.to_owned()).into()));
        }
        self.add_owner()?;
        if let (Some(owner), Some(uid)) = (self.founder, self.by.actor.by.uid()) {
            self.change(Edit::create(bind::binding(uid, owner)).into())?;
        }
        let books = [&self.people, &self.folders, &self.sites, &self.roles];
        if let Some((line, sentence)) = books.iter().filter_map(|book| book.dangling()).min() {
            return Err(ImportError::At(line, sentence));
        }
        self.writer.flush(&mut self.bulk)?;
        self.check_folders()?;
        self.notes = self.check_roles()?;
        self.check_platforms()?;
        self.check_fits()?;
        self.check_once()?;
        if self.fresh {
            self.writer.build_indexes()?;
        }
        self.check_words()?;
        Ok(self.writer.flush_parts(&mut self.parts)?)
    }

    /// The workspace's owner needs no record of their own.
    fn add_owner(&mut self) -> Result<(), ImportError> {
        let Some((line, email)) = self.owner.take() else { return Ok(()) };
        if self.people.get(&text::email_key(&email)).is_some_and(|it| !it.defined) {
            return self.take(line, Record::Person(PersonRecord { email, name: String::new() }));
        }
        Ok(())
    }

    fn catalog(&mut self, platform: &str) -> anyhow::Result<Option<&Catalog>> {
        if !self.catalogs.contains_key(platform) {
            let stored = self.db.find::<StoredCatalog>(platform)?;
            let own = stored.map(|it| serde_json::from_str(&it.data)).transpose()?.and_then(|data| Catalog::build(&data, None).ok());
            if let Some(catalog) = own.or_else(|| builtin::catalog(platform).map(|it| Catalog::clone(&it))) {
                self.catalogs.insert(platform.to_owned(), catalog);
            }
        }
        Ok(self.catalogs.get(platform))
    }

    /// Writes the entry, behind all that were there before it.
    fn journal(self) -> Result<Imported, ImportError> {
        let By { actor, clock, source } = self.by;
        let (added, changed) = self.counts.values().fold((0, 0), |(added, changed), it| (added + it.added, changed + it.changed));
        let summary = words::imported(source, added, changed);
        let mut receipt = Receipt { head: None, summary, notes: self.notes, changes: Vec::new(), n_changes: self.n_changes };
        if self.n_changes > 0 {
            let command = Command::Import { source: source.to_owned(), added, changed };
            let command = serde_json::to_string(&command).context("writing the journal")?;
            let (now, _) = clock.by_now().read(self.db)?;
            clock.check_dates(now, self.dated.is_some()).map_err(|it| ImportError::Whole(it.into()))?;
            let entry = NewEntry { at: now.at, actor: &actor.email, via: &actor.via, command: &command, summary: &receipt.summary };
            receipt.head = Some(self.writer.append(&entry, Body::Parts(self.parts)).context("writing the journal")?);
        }
        Ok(Imported { receipt, counts: self.counts })
    }
}
