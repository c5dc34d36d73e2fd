//! Rows in portable form: what lists print and bundles hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;

use super::access::scope_record;
use super::timeline::{self, Moment, Until};
use crate::domain::accepted::{Accepted, AcceptedRecord, Evidence, Held, NamedBesides, NamedEvidence};
use crate::domain::audit::{About, Besides};
use crate::domain::catalog::Catalog;
use crate::domain::catalog::DEFAULT_CEILING;
use crate::domain::contact::{Contact, ContactRecord};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::kinds::kinds;
use crate::domain::policy::Policy;
use crate::domain::record::{
    AssignmentKey, AssignmentRecord, CeilingRecord, FolderRecord, PersonRecord, Record, Recorded, RoleRecord, ScopeRecord, SiteRecord,
    WorkspaceRecord,
};
use crate::domain::row::Numbered;
use crate::domain::text;
use crate::domain::things::{Assignment, Folder, Person, Role, Scope, Site};
use crate::facts::Reader;
use crate::facts::sight::Subject;

pub fn workspace(db: Reader<'_>, policy: &Policy) -> Result<WorkspaceRecord> {
    let owner = db.email_of(policy.owner)?.unwrap_or_default();
    Ok(WorkspaceRecord { name: policy.name.clone(), owner, ceiling: ceiling(policy), profile: db.profile()?, audit: db.audit_settings()? })
}

/// One word where it says it all, else the platforms that differ from the default.
fn ceiling(policy: &Policy) -> CeilingRecord {
    let of = |catalog: &Arc<Catalog>| (catalog.platform.clone(), policy.ceilings.of(&catalog.platform).to_owned());
    let each: BTreeMap<String, String> = policy.catalogs().map(of).collect();
    let words: BTreeSet<&String> = each.values().collect();
    match words.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => CeilingRecord::All((*one).clone()),
        _ => by_platform(
            each.into_iter().filter(|(platform, profile)| profile != DEFAULT_CEILING && has(policy, platform, profile)).collect(),
        ),
    }
}

fn by_platform(each: BTreeMap<String, String>) -> CeilingRecord {
    if each.is_empty() { CeilingRecord::default() } else { CeilingRecord::Each(each) }
}

/// A platform without a profile of that name has the default one.
fn has(policy: &Policy, platform: &str, profile: &str) -> bool {
    policy.catalog(platform).is_some_and(|it| it.ceilings.contains_key(profile))
}

pub fn folder(policy: &Policy, row: &Folder) -> FolderRecord {
    let parent = row.parent.and_then(|id| policy.folder(id)).map(|it| it.key.clone());
    FolderRecord { key: row.key.clone(), name: row.name.clone(), parent }
}

pub fn site(db: Reader<'_>, row: &Site) -> Result<SiteRecord> {
    Ok(SiteRecord {
        key: row.key.clone(),
        name: row.name.clone(),
        url: row.url.clone(),
        platform: row.platform.clone(),
        folder: row.folder.map(|id| db.find::<Folder>(id)).transpose()?.flatten().map(|it| it.key),
        owner: db.email_of(row.owner)?.unwrap_or_default(),
        host: row.host,
        apps: row.apps.clone(),
        status: row.status,
        editor: row.editor.clone(),
    })
}

/// A role with its own list: a built-in one's comes from its catalog.
pub fn role(policy: &Policy, row: &Role) -> RoleRecord {
    let granted = policy.role(row.id).filter(|it| it.role.builtin).and_then(|it| Some(policy.catalog(&row.platform)?.names(it.granted)));
    RoleRecord {
        key: row.key.clone(),
        name: row.name.clone(),
        about: row.about.clone(),
        platform: row.platform.clone(),
        level: row.level,
        permissions: granted.unwrap_or_else(|| row.permissions.iter().cloned().collect()),
    }
}

pub fn assignment(db: Reader<'_>, policy: &Policy, row: &Assignment) -> Result<AssignmentRecord> {
    Ok(AssignmentRecord {
        person: db.email_of(row.person)?.unwrap_or_default(),
        role: policy.role(row.role).map_or_else(String::new, |it| it.role.key.clone()),
        level: row.level,
        scope: scope_record(db, row.scope)?,
        since: row.since,
        until: row.until,
        review_on: row.review_on,
        reason: row.reason.clone(),
    })
}

/// What is evidence no more, as its role, site or folder is gone, is left out.
pub fn accepted(db: Reader<'_>, policy: &Policy, row: &Accepted) -> Result<AcceptedRecord> {
    let email = |id: &PersonId| Ok(db.the::<Person>(*id)?.email);
    let role = |id: &RoleId| Ok(policy.role(*id).map_or_else(String::new, |it| it.role.key.clone()));
    let about = row.about.called(email, |id| Ok::<_, anyhow::Error>(db.the::<Site>(*id)?.key), role)?;
    let evidence = row.evidence.iter().filter_map(|it| evidence(db, policy, it).transpose()).collect::<Result<_>>()?;
    Ok(AcceptedRecord {
        rule: row.rule.clone(),
        about,
        severity: row.severity,
        evidence,
        until: row.until,
        because: row.because.clone(),
        by: row.by.as_ref().map(email).transpose()?,
    })
}

fn evidence(db: Reader<'_>, policy: &Policy, it: &Evidence) -> Result<Option<NamedEvidence>> {
    Ok(match it {
        Evidence::Held(it) => held(db, policy, it)?.map(Evidence::Held),
        Evidence::Besides(it) => besides(db, policy, it)?.map(Evidence::Besides),
    })
}

fn held(db: Reader<'_>, policy: &Policy, it: &Held) -> Result<Option<AssignmentKey>> {
    let (person, role, scope) = (db.email_of(it.person)?, role_key(policy, it.role), scope_key(db, policy, it.scope)?);
    Ok(person.zip(role).zip(scope).map(|((person, role), scope)| AssignmentKey { person, role, level: it.level, scope }))
}

/// `None` where some of it is there no more.
pub fn besides(db: Reader<'_>, policy: &Policy, it: &Besides) -> Result<Option<NamedBesides>> {
    Ok(match it {
        Besides::Right(id) => Some(Besides::Right(id.clone())),
        Besides::Owner(id) => db.email_of(*id)?.map(Besides::Owner),
        Besides::Owns(id, site) => db.email_of(*id)?.zip(db.site_key(*site)?).map(|(person, site)| Besides::Owns(person, site)),
        Besides::Twin(id) => role_key(policy, *id).map(Besides::Twin),
        Besides::Offered { role, level, scope } => {
            let names = role_key(policy, *role).zip(scope_key(db, policy, *scope)?);
            names.map(|(role, scope)| Besides::Offered { role, level: *level, scope })
        }
    })
}

fn role_key(policy: &Policy, id: RoleId) -> Option<String> {
    policy.role(id).map(|it| it.role.key.clone())
}

fn scope_key(db: Reader<'_>, policy: &Policy, scope: Scope) -> Result<Option<ScopeRecord>> {
    Ok(match scope {
        Scope::Everywhere => Some(ScopeRecord::Everywhere),
        Scope::Folder(id) => policy.folder(id).map(|it| ScopeRecord::Folder(it.key.clone())),
        Scope::Site(id) => db.site_key(id)?.map(ScopeRecord::Site),
    })
}

/// A record that is made from a row, each kind's with all its rows.
pub trait Portable: Recorded<Row: Subject + Numbered> + Into<Record> {
    /// Where its kind stands in a bundle: behind those that it names.
    const PLACE: u8;

    fn of(db: Reader<'_>, policy: &Policy, row: &Self::Row) -> Result<Self>;

    /// The row that the record is about, where there is one and whoever asks may know of it.
    fn there(&self, db: Reader<'_>) -> Result<Option<Self::Row>>;

    /// That row as a record: under the same names, so that of many they need not be looked up once more.
    fn as_there(&self, db: Reader<'_>, policy: &Policy, row: &Self::Row) -> Result<Self> {
        Self::of(db, policy, row)
    }

    /// Calls `each` with every row, in an order that depends on the content alone.
    fn each(db: Reader<'_>, policy: &Policy, each: &mut dyn FnMut(&Self::Row) -> Result<()>) -> Result<()>;

    /// The newest `limit` moments in the history of the one that is named so, the newest first; `None` where none is.
    fn history(_: Reader<'_>, _: &Policy, _: Until, _name: &str, _limit: usize) -> Result<Option<Vec<Moment>>> {
        Ok(None)
    }
}

impl Portable for FolderRecord {
    const PLACE: u8 = 0;

    fn of(_: Reader<'_>, policy: &Policy, row: &Folder) -> Result<FolderRecord> {
        Ok(folder(policy, row))
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Folder>> {
        db.known(db.folder_by_key(&self.key)?)
    }

    /// Parents before what is in them, then by key.
    fn each(_: Reader<'_>, policy: &Policy, each: &mut dyn FnMut(&Folder) -> Result<()>) -> Result<()> {
        let mut folders: Vec<&Folder> = policy.folders().collect();
        folders.sort_by_cached_key(|it| (policy.path(Some(it.id)).len(), it.key.clone()));
        folders.into_iter().try_for_each(each)
    }
}

impl Portable for PersonRecord {
    const PLACE: u8 = 1;

    fn of(_: Reader<'_>, _: &Policy, row: &Person) -> Result<PersonRecord> {
        Ok(row.clone().into())
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Person>> {
        db.known(db.person_by_email(&self.email)?)
    }

    fn each(db: Reader<'_>, _: &Policy, each: &mut dyn FnMut(&Person) -> Result<()>) -> Result<()> {
        db.each_person(|row| each(&row))
    }

    /// By address; where a contact has it, the contact's, which has all that its person did.
    fn history(db: Reader<'_>, policy: &Policy, until: Until, name: &str, limit: usize) -> Result<Option<Vec<Moment>>> {
        let found = if text::is_for_mail(name) { db.the_person(name).ok() } else { None };
        let Some(it) = found else { return Ok(None) };
        match ContactRecord::history(db, policy, until, name, limit)? {
            None => timeline::of_person(db, policy, until, &it, limit).map(Some),
            of_contact => Ok(of_contact),
        }
    }
}

impl Portable for SiteRecord {
    const PLACE: u8 = 2;

    fn of(db: Reader<'_>, _: &Policy, row: &Site) -> Result<SiteRecord> {
        site(db, row)
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Site>> {
        db.known(db.site_by_key(&self.key)?)
    }

    fn each(db: Reader<'_>, _: &Policy, each: &mut dyn FnMut(&Site) -> Result<()>) -> Result<()> {
        db.each_site_by_key(|row| each(&row))
    }

    fn history(db: Reader<'_>, policy: &Policy, until: Until, name: &str, limit: usize) -> Result<Option<Vec<Moment>>> {
        db.the_site(name).ok().map(|it| timeline::of_site(db, policy, until, &it, limit)).transpose()
    }
}

impl Portable for ContactRecord {
    const PLACE: u8 = 3;

    fn of(_: Reader<'_>, _: &Policy, row: &Contact) -> Result<ContactRecord> {
        Ok(row.clone().into())
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Contact>> {
        let email = self.email.as_deref().filter(|it| !it.trim().is_empty());
        db.known(email.map_or_else(|| db.contact_by_name(&self.name), |it| db.contact_by_email(it))?)
    }

    fn each(db: Reader<'_>, _: &Policy, each: &mut dyn FnMut(&Contact) -> Result<()>) -> Result<()> {
        db.each_contact(|row| each(&row))
    }

    fn history(db: Reader<'_>, policy: &Policy, until: Until, name: &str, limit: usize) -> Result<Option<Vec<Moment>>> {
        db.the_contact(name).ok().map(|it| timeline::of_contact(db, policy, until, &it, limit)).transpose()
    }
}

impl Portable for RoleRecord {
    const PLACE: u8 = 4;

    fn of(_: Reader<'_>, policy: &Policy, row: &Role) -> Result<RoleRecord> {
        Ok(role(policy, row))
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Role>> {
        db.known(db.role_by_key(&self.key)?)
    }

    /// The agency's own, by key.
    fn each(_: Reader<'_>, policy: &Policy, each: &mut dyn FnMut(&Role) -> Result<()>) -> Result<()> {
        let mut roles: Vec<&Role> = policy.roles().map(|it| &*it.role).filter(|it| !it.builtin).collect();
        roles.sort_by(|a, b| a.key.cmp(&b.key));
        roles.into_iter().try_for_each(each)
    }
}

impl Portable for AssignmentRecord {
    const PLACE: u8 = 5;

    fn of(db: Reader<'_>, policy: &Policy, row: &Assignment) -> Result<AssignmentRecord> {
        assignment(db, policy, row)
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Assignment>> {
        let (person, role) = (db.person_by_email(&self.person)?, db.role_called(&self.role)?);
        let (Some(person), Some(role), Some(scope)) = (person, role, scope(db, &self.scope)?) else { return Ok(None) };
        db.known(db.assignment(person.id, role.id, self.level, scope)?)
    }

    fn as_there(&self, _: Reader<'_>, _: &Policy, row: &Assignment) -> Result<AssignmentRecord> {
        let Assignment { since, until, review_on, reason, .. } = row.clone();
        Ok(AssignmentRecord { since, until, review_on, reason, ..self.clone() })
    }

    fn each(db: Reader<'_>, _: &Policy, each: &mut dyn FnMut(&Assignment) -> Result<()>) -> Result<()> {
        db.each_assignment(|row| each(&row))
    }
}

impl Portable for AcceptedRecord {
    const PLACE: u8 = 6;

    fn of(db: Reader<'_>, policy: &Policy, row: &Accepted) -> Result<AcceptedRecord> {
        accepted(db, policy, row)
    }

    fn there(&self, db: Reader<'_>) -> Result<Option<Accepted>> {
        let about = self.about.called(
            |it| Ok::<_, anyhow::Error>(db.person_by_email(it)?.map(|it| it.id)),
            |it| Ok(db.site_by_key(it)?.map(|it| it.id)),
            |it| Ok(db.role_called(it)?.map(|it| it.id)),
        )?;
        let Ok(about) = about.called(|it| it.ok_or(()), |it| it.ok_or(()), |it| it.ok_or(())) else { return Ok(None) };
        db.known(db.accepted(&self.rule, &about)?)
    }

    /// In the order in which they were accepted; what offers are about stays with the offers, which have numbers only here.
    fn each(db: Reader<'_>, _: &Policy, each: &mut dyn FnMut(&Accepted) -> Result<()>) -> Result<()> {
        db.all::<Accepted>()?.iter().filter(|it| !matches!(it.about, About::Offer(_))).try_for_each(each)
    }
}

/// Where a name leads.
fn scope(db: Reader<'_>, record: &ScopeRecord) -> Result<Option<Scope>> {
    Ok(match record {
        ScopeRecord::Everywhere => Some(Scope::Everywhere),
        ScopeRecord::Folder(key) => db.folder_by_key(key)?.map(|it| Scope::Folder(it.id)),
        ScopeRecord::Site(key) => db.site_by_key(key)?.map(|it| Scope::Site(it.id)),
    })
}

type Each<'a> = dyn FnMut(&Record) -> Result<()> + 'a;

/// What [`Portable::history`] is.
type HistoryOf = fn(Reader<'_>, &Policy, Until, &str, usize) -> Result<Option<Vec<Moment>>>;

macro_rules! all_kinds {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => {
        [$($($(Kind::of::<$record>(),)?)*)*]
    };
}

/// What can be asked of one kind.
struct Kind {
    place: u8,
    /// Calls `each` with all its records.
    each: fn(Reader<'_>, &Policy, &mut Each<'_>) -> Result<()>,
    history: HistoryOf,
}

impl Kind {
    const fn of<R: Portable>() -> Kind {
        Kind {
            place: R::PLACE,
            each: |db, policy, each| R::each(db, policy, &mut |row| each(&R::of(db, policy, row)?.into())),
            history: R::history,
        }
    }

    /// All of them, in their places.
    fn all() -> impl Iterator<Item = Kind> {
        let mut all = kinds!(all_kinds);
        all.sort_by_key(|it| it.place);
        all.into_iter()
    }
}

/// Calls `each` with every record of the workspace, in an order that depends on the content
/// alone: two workspaces that hold the same give the same.
pub fn everything(db: Reader<'_>, policy: &Policy, mut each: impl FnMut(&Record) -> Result<()>) -> Result<()> {
    each(&Record::Workspace(workspace(db, policy)?))?;
    for stored in db.catalogs()? {
        each(&Record::Catalog(serde_json::from_str(&stored.data)?))?;
    }
    Kind::all().try_for_each(|it| (it.each)(db, policy, &mut each))
}

/// The newest `limit` moments in the history of what is named so, whatever its kind, the newest first; `None` where nothing is.
pub fn history(db: Reader<'_>, policy: &Policy, until: Until, name: &str, limit: usize) -> Result<Option<Vec<Moment>>> {
    Kind::all().find_map(|it| (it.history)(db, policy, until, name, limit).transpose()).transpose()
}
