//! The desired state: what takes a workspace to what a bundle says.
//!
//! Each line is looked up beside what is there, so that of a large bundle only what differs is kept. What is there without a
//! line goes where that is wished: of a bundle with a line for the workspace everything, of any other what is held on the
//! sites that it has lines for.

mod names;
mod order;

use std::collections::{BTreeMap, HashMap, HashSet};

use names::Names;

use crate::command::import::{ImportError, Line};
use crate::command::{Command, Refusal};
use crate::domain::catalog::{CatalogData, DEFAULT_CEILING};
use crate::domain::ids::{AssignmentId, RoleId, SiteId};
use crate::domain::kinds::kinds;
use crate::domain::policy::Policy;
use crate::domain::record::{AssignmentRecord, CeilingRecord, Record, ScopeRecord, WorkspaceRecord, by_record};
use crate::domain::row::{Numbered, Row};
use crate::domain::text;
use crate::domain::things::Assignment;
use crate::facts::Reader;
use crate::query::records::{self, Portable};

/// One record that is to be another, to come or to go, and the line that says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub line: Option<usize>,
    pub before: Option<Record>,
    pub after: Option<Record>,
}

/// What lies between what is there and what is wanted.
#[derive(Debug, Default)]
pub struct Desired {
    /// In an order in which each can be done on top of those before it.
    pub differences: Vec<Difference>,
    /// The folders, sites, people, contacts, roles and assignments that would go, by themselves or with another.
    pub n_removed: usize,
    /// All of these that are there, where any could go.
    pub n_present: usize,
}

/// Compares what the lines say with what is there; `prune` also takes away what they do not name.
///
/// # Errors
/// The line that is at fault, that the workspace is somebody else's, or that the file could not be read.
pub fn desired(
    db: Reader<'_>,
    policy: &Policy,
    lines: &mut dyn Iterator<Item = Result<Line, ImportError>>,
    prune: bool,
) -> Result<Desired, ImportError> {
    let mut reading = Reading::begin(db, policy);
    for line in lines {
        let (line, record) = line?;
        reading.take(line, record)?;
    }
    if prune {
        reading.prune()?;
    }
    reading.give_anew()?;
    Ok(reading.close())
}

impl Difference {
    /// The steps that it takes, each in all the ways in which it can be done, the plainest first. `me` answers for what is
    /// accepted by a plain one.
    pub fn steps(&self, me: &str) -> Vec<Vec<Command>> {
        if let (Some(Record::Workspace(before)), Some(Record::Workspace(after))) = (&self.before, &self.after) {
            return of_workspace(before, after);
        }
        let declared = Command::Declare { before: self.before.clone(), after: self.after.clone() };
        let plain = Command::between(self.before.clone(), self.after.clone()).filter(|_| self.is_plain(me));
        vec![plain.into_iter().chain([declared]).collect()]
    }

    /// Whether adding, editing and removing say all of it.
    fn is_plain(&self, me: &str) -> bool {
        match &self.after {
            Some(Record::Accepted(it)) => it.by.as_deref().is_some_and(|by| text::email_key(by) == text::email_key(me)),
            Some(Record::Catalog(_)) => false,
            Some(_) | None => true,
        }
    }

    /// What goes, by its kind and name.
    pub fn gone(&self) -> Option<(&'static str, String)> {
        let gone = self.before.as_ref().filter(|_| self.after.is_none())?;
        Some(by_record!(gone, it => named(it), {
            Record::Catalog(it) => ("catalog", it.platform.clone()),
            Record::Workspace(it) => ("workspace", it.name.clone()),
        }))
    }
}

fn named<K: Portable>(record: &K) -> (&'static str, String) {
    (K::Row::NOUN, record.key().to_string())
}

/// The ceiling has a command of its own: one that is named by platform stands on the default.
fn of_workspace(before: &WorkspaceRecord, after: &WorkspaceRecord) -> Vec<Vec<Command>> {
    let edited = WorkspaceRecord { ceiling: before.ceiling.clone(), ..after.clone() };
    let mut steps = Vec::new();
    if edited != *before {
        let both = || (Record::Workspace(before.clone()), Record::Workspace(edited.clone()));
        let (edit, declared) = (both(), both());
        steps.push(vec![
            Command::Edit { before: edit.0, after: edit.1 },
            Command::Declare { before: Some(declared.0), after: Some(declared.1) },
        ]);
    }
    if before.ceiling != after.ceiling {
        if let CeilingRecord::Each(_) = after.ceiling {
            steps.push(vec![Command::Ceiling(CeilingRecord::All(DEFAULT_CEILING.to_owned()))]);
        }
        steps.push(vec![Command::Ceiling(after.ceiling.clone())]);
    }
    steps
}

/// A bundle while it is read.
struct Reading<'a> {
    db: Reader<'a>,
    policy: &'a Policy,
    /// The lines of what is there, by kind and number.
    named: HashMap<&'static str, HashMap<i64, usize>>,
    /// The lines of what is not there yet, by kind and name.
    new: HashMap<(&'static str, String), usize>,
    names: Names,
    /// The line for the workspace.
    workspace: Option<usize>,
    /// The sites that are there and have a line.
    sites: Vec<SiteId>,
    /// Roles whose level or platform becomes another one, and sites whose platform does.
    moved_roles: HashMap<String, RoleId>,
    moved_sites: HashMap<String, SiteId>,
    /// Sites that go, with all that is held on them.
    gone_sites: HashSet<String>,
    /// Assignments that change, go, or fall with their site.
    differing: HashSet<i64>,
    found: Desired,
}

impl<'a> Reading<'a> {
    fn begin(db: Reader<'a>, policy: &'a Policy) -> Reading<'a> {
        Reading {
            db,
            policy,
            named: HashMap::new(),
            new: HashMap::new(),
            names: Names::default(),
            workspace: None,
            sites: Vec::new(),
            moved_roles: HashMap::new(),
            moved_sites: HashMap::new(),
            gone_sites: HashSet::new(),
            differing: HashSet::new(),
            found: Desired::default(),
        }
    }

    fn take(&mut self, line: usize, mut record: Record) -> Result<(), ImportError> {
        make_plain(&mut record);
        self.names.note(line, &record);
        by_record!(record, it => self.line(line, it), {
            Record::Workspace(it) => self.workspace(line, it),
            Record::Catalog(it) => self.catalog(line, it),
        })
    }

    fn line<K: Portable + PartialEq>(&mut self, line: usize, wanted: K) -> Result<(), ImportError> {
        let Some(row) = wanted.there(self.db)? else {
            self.once(line, K::Row::NOUN, &wanted.key().to_string())?;
            self.differ(Some(line), None, Some(wanted.into()));
            return Ok(());
        };
        let of_kind = self.named.entry(K::Row::NOUN).or_default();
        if let Some(first) = of_kind.insert(row.number(), line) {
            return Err(twice(line, K::Row::NOUN, &wanted.key().to_string(), first));
        }
        let present = wanted.as_there(self.db, self.policy, &row)?;
        let differs = present != wanted;
        let (before, after) = (present.into(), wanted.into());
        self.note_moves(&before, &after, row.number());
        if differs {
            if K::Row::NOUN == Assignment::NOUN {
                self.differing.insert(row.number());
            }
            self.differ(Some(line), Some(before), Some(after));
        }
        Ok(())
    }

    /// The sites that are spoken of, and what moves from under those who hold something.
    fn note_moves(&mut self, before: &Record, after: &Record, number: i64) {
        match (before, after) {
            (Record::Role(old), Record::Role(new)) if (old.level, &old.platform) != (new.level, &new.platform) => {
                self.moved_roles.insert(old.key.clone(), RoleId(number));
            }
            (Record::Site(old), Record::Site(new)) => {
                self.sites.push(SiteId(number));
                if old.platform != new.platform {
                    self.moved_sites.insert(old.key.clone(), SiteId(number));
                }
            }
            _ => {}
        }
    }

    fn once(&mut self, line: usize, kind: &'static str, name: &str) -> Result<(), ImportError> {
        let folded = if name.contains('@') { name.to_lowercase() } else { name.to_owned() };
        self.new.insert((kind, folded), line).map_or(Ok(()), |first| Err(twice(line, kind, name, first)))
    }

    fn differ(&mut self, line: Option<usize>, before: Option<Record>, after: Option<Record>) {
        self.found.differences.push(Difference { line, before, after });
    }

    fn workspace(&mut self, line: usize, wanted: WorkspaceRecord) -> Result<(), ImportError> {
        if let Some(first) = self.workspace.replace(line) {
            return Err(twice(line, "workspace", &wanted.name, first));
        }
        let before = records::workspace(self.db, self.policy)?;
        if text::email_key(&before.owner) != text::email_key(&wanted.owner) {
            let sentence =
                format!("{} does not own this workspace, and no plan makes somebody else its owner", text::display(&wanted.owner));
            return Err(ImportError::Whole(Refusal::Owner(sentence).into()));
        }
        let after = WorkspaceRecord { owner: before.owner.clone(), ..wanted };
        if before != after {
            self.differ(Some(line), Some(Record::Workspace(before)), Some(Record::Workspace(after)));
        }
        Ok(())
    }

    fn catalog(&mut self, line: usize, wanted: CatalogData) -> Result<(), ImportError> {
        self.once(line, "catalog", &wanted.platform)?;
        let before = self.stored()?.remove(&wanted.platform);
        if before.as_ref() != Some(&wanted) {
            self.differ(Some(line), before.map(Record::Catalog), Some(Record::Catalog(wanted)));
        }
        Ok(())
    }

    /// The catalogs that came with bundles, by platform.
    fn stored(&self) -> Result<BTreeMap<String, CatalogData>, ImportError> {
        let read = |data: &str| serde_json::from_str(data).map_err(anyhow::Error::from);
        Ok(self.db.catalogs()?.into_iter().map(|it| Ok((it.platform, read(&it.data)?))).collect::<anyhow::Result<_>>()?)
    }

    /// Takes away what has no line.
    fn prune(&mut self) -> Result<(), ImportError> {
        if self.workspace.is_some() {
            self.names.check(self.policy, &records::workspace(self.db, self.policy)?.owner)?;
        }
        for sweep in sweeps() {
            sweep(self)?;
        }
        if self.workspace.is_none() {
            return Ok(self.prune_sites()?);
        }
        for (platform, data) in self.stored()? {
            if !self.new.contains_key(&("catalog", platform)) {
                self.differ(None, Some(Record::Catalog(data)), None);
            }
        }
        Ok(())
    }

    /// Counts the rows of a kind; those without a line go, but for the account owner.
    fn sweep<K: Portable>(&mut self) -> anyhow::Result<()> {
        let (db, policy, all) = (self.db, self.policy, self.workspace.is_some());
        let counts = K::PLACE <= AssignmentRecord::PLACE;
        K::each(db, policy, &mut |row| {
            if !db.knows(row)? {
                return Ok(());
            }
            self.found.n_present += usize::from(counts);
            let is_named = self.named.get(K::Row::NOUN).is_some_and(|it| it.contains_key(&row.number()));
            if !all || is_named {
                return Ok(());
            }
            let record: Record = K::of(db, policy, row)?.into();
            if !matches!(&record, Record::Person(_) if row.number() == policy.owner.0) {
                self.go(record, row.number(), counts);
            }
            Ok(())
        })
    }

    fn go(&mut self, record: Record, number: i64, counts: bool) {
        self.found.n_removed += usize::from(counts);
        if let Record::Site(it) = &record {
            self.gone_sites.insert(it.key.clone());
        }
        if let Record::Assignment(it) = &record {
            self.differing.insert(number);
            if matches!(&it.scope, ScopeRecord::Site(key) if self.gone_sites.contains(key)) {
                return;
            }
        }
        self.differ(None, Some(record), None);
    }

    /// What is held without a line on the sites that have one.
    fn prune_sites(&mut self) -> anyhow::Result<()> {
        for site in std::mem::take(&mut self.sites) {
            for row in self.held_on(site)? {
                if self.line_of(&row).is_none() && self.db.knows(&row)? {
                    let record = records::assignment(self.db, self.policy, &row)?;
                    self.go(Record::Assignment(record), row.id.0, true);
                }
            }
        }
        Ok(())
    }

    fn line_of(&self, row: &Assignment) -> Option<usize> {
        self.named.get(Assignment::NOUN)?.get(&row.id.0).copied()
    }

    fn held_on(&self, site: SiteId) -> anyhow::Result<Vec<Assignment>> {
        let held = self.db.assignments_on(site)?.into_iter();
        held.filter_map(|it| self.db.find::<Assignment>(it.id).transpose()).collect()
    }

    /// What is held of a role or on a site that moves is taken before it does, and given again after.
    fn give_anew(&mut self) -> anyhow::Result<()> {
        let moves = |it: &AssignmentRecord| {
            self.moved_roles.contains_key(&it.role) || matches!(&it.scope, ScopeRecord::Site(key) if self.moved_sites.contains_key(key))
        };
        let parted = std::mem::take(&mut self.found.differences).into_iter().flat_map(|it| match (&it.before, &it.after) {
            (Some(Record::Assignment(before)), Some(_)) if moves(before) => it.parted(),
            _ => vec![it],
        });
        let mut differences: Vec<Difference> = parted.collect();
        let mut held: BTreeMap<AssignmentId, Assignment> = BTreeMap::new();
        for role in self.moved_roles.values() {
            held.extend(self.db.assignments_with(*role, usize::MAX)?.into_iter().map(|it| (it.id, it)));
        }
        for site in self.moved_sites.values() {
            held.extend(self.held_on(*site)?.into_iter().map(|it| (it.id, it)));
        }
        for row in held.values().filter(|it| !self.differing.contains(&it.id.0)) {
            let record = Some(Record::Assignment(records::assignment(self.db, self.policy, row)?));
            let same = Difference { line: self.line_of(row), before: record.clone(), after: record };
            differences.extend(same.parted());
        }
        self.found.differences = differences;
        Ok(())
    }

    fn close(self) -> Desired {
        let mut found = self.found;
        let parents = self.policy.folders().map(|it| records::folder(self.policy, it)).map(|it| (it.key, it.parent)).collect();
        order::sort(&mut found.differences, parents);
        found
    }
}

impl Difference {
    /// It goes, and comes as what it is to be.
    fn parted(self) -> Vec<Difference> {
        let Difference { line, before, after } = self;
        vec![Difference { line, before, after: None }, Difference { line, before: None, after }]
    }
}

/// Writes a record as it is kept, where a file may write it otherwise.
fn make_plain(record: &mut Record) {
    match record {
        Record::Site(it) => {
            it.url = text::plain_address(&it.url);
            it.apps.sort();
            it.apps.dedup();
        }
        Record::Role(it) => {
            it.permissions.sort();
            it.permissions.dedup();
        }
        Record::Person(it) if it.name.trim().is_empty() => it.name.clone_from(&it.email),
        Record::Person(_)
        | Record::Contact(_)
        | Record::Assignment(_)
        | Record::Accepted(_)
        | Record::Folder(_)
        | Record::Catalog(_)
        | Record::Workspace(_) => {}
    }
}

fn twice(line: usize, kind: &str, name: &str, first: usize) -> ImportError {
    ImportError::At(line, format!("the {kind} `{}` stands on line {first} already", text::display(name)))
}

type Sweep = fn(&mut Reading<'_>) -> anyhow::Result<()>;

macro_rules! all_kinds {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        [$($($((<$record>::PLACE, (|it| it.sweep::<$record>()) as Sweep),)?)*)*]
    };
}

/// One a kind, sites before what is held on them.
fn sweeps() -> impl Iterator<Item = Sweep> {
    let mut all = kinds!(all_kinds);
    all.sort_by_key(|it| it.0);
    all.into_iter().map(|it| it.1)
}
