//! What a workspace begins with: its settings and ceilings, its catalogs, the roles that come with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::refusal::{Error, Refusal, valid};
use super::{Plan, bind};
use crate::domain::audit::Settings;
use crate::domain::builtin;
use crate::domain::catalog::{BuiltinRole, Catalog, CatalogData, DEFAULT_CEILING};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::record::{CeilingRecord, PersonRecord, Profile, WorkspaceRecord};
use crate::domain::reference::BARE;
use crate::domain::suggest::Unknown;
use crate::domain::text;
use crate::domain::things::{Person, Role, Setting, StoredCatalog};
use crate::domain::time;
use crate::facts::names::no_platform;
use crate::facts::{Reader, Writer};
use crate::store::settings;

/// The row of a role that comes with a catalog.
pub(super) fn builtin_role(id: RoleId, platform: &str, role: &BuiltinRole) -> Role {
    Role {
        id,
        key: role.key.clone(),
        name: role.name.clone(),
        about: role.about.clone(),
        platform: platform.to_owned(),
        level: role.level,
        builtin: true,
        permissions: BTreeSet::new(),
    }
}

/// Checks a catalog that came as data and makes its row.
pub(super) fn catalog(data: &CatalogData) -> Result<(Catalog, StoredCatalog), Error> {
    let catalog = Catalog::build(data, None).map_err(|error| Refusal::Invalid(format!("catalog `{}`: {error}", data.platform)))?;
    let data = serde_json::to_string(data).map_err(|error| Error::Broken(error.into()))?;
    Ok((catalog.clone(), StoredCatalog { platform: catalog.platform, data }))
}

/// The row of a person, who names nobody else.
pub(super) fn person(id: PersonId, record: &PersonRecord) -> Result<Person, Error> {
    let email = valid(text::email(&record.email))?;
    let name = valid(text::line("name", &record.name))?;
    Ok(Person { id, name: if name.is_empty() { email.clone() } else { name }, email })
}

/// The settings of a workspace.
pub(super) fn foundation(record: &WorkspaceRecord, owner: PersonId) -> Result<Vec<Setting>, Error> {
    let name = valid(text::required("workspace name", &record.name))?;
    let settings = [(settings::NAME, name), (settings::OWNER, owner.0.to_string())];
    let mut settings: Vec<Setting> = settings.iter().map(|(name, value)| Setting::new(name, value)).collect();
    settings.extend(ceilings(&record.ceiling));
    if record.profile != Profile::default() {
        settings.push(profile(&record.profile)?);
    }
    if !record.audit.is_empty() {
        settings.push(audit(&record.audit)?);
    }
    Ok(settings)
}

/// R8: the settings of a workspace whose ceilings are these, and no others.
pub(super) fn ceilings(record: &CeilingRecord) -> Vec<Setting> {
    match record {
        CeilingRecord::All(profile) => vec![Setting::new(settings::CEILING, profile)],
        CeilingRecord::Each(each) => {
            let own = each.iter().filter(|(_, profile)| *profile != DEFAULT_CEILING);
            let own = own.map(|(platform, profile)| Setting::new(&settings::own_ceiling(platform), profile));
            std::iter::once(Setting::new(settings::CEILING, DEFAULT_CEILING)).chain(own).collect()
        }
    }
}

/// The setting that holds the agency's profile.
pub(super) fn profile(profile: &Profile) -> Result<Setting, Error> {
    valid(text::line("team line", &profile.line))?;
    valid(text::note("logo", &profile.logo))?;
    if profile.request_days == 0 {
        return Err(Refusal::Invalid("a request waits at least one day for its answer".to_owned()).into());
    }
    let days = profile.ends_after.values().copied().chain([profile.request_days]);
    if let Some(days) = days.into_iter().find(|it| !(1..=time::MAX_DAYS).contains(it)) {
        let sentence = format!("{days} days are not a time that something waits or lasts; 1 to {} are", time::MAX_DAYS);
        return Err(Refusal::Invalid(sentence).into());
    }
    let json = serde_json::to_string(profile).map_err(|error| Error::Broken(error.into()))?;
    Ok(Setting::new(settings::PROFILE, &json))
}

/// The setting that holds what is set of audit rules.
pub(super) fn audit(settings: &Settings) -> Result<Setting, Error> {
    let checked = valid(settings.checked())?;
    let json = serde_json::to_string(&checked).map_err(|error| Error::Broken(error.into()))?;
    Ok(Setting::new(settings::AUDIT, &json))
}

/// The rows of the roles that every workspace begins with, numbered from 1.
pub(super) fn builtin_roles() -> Vec<Role> {
    let catalogs = BARE.into_iter().filter_map(builtin::catalog);
    let roles = catalogs.flat_map(|catalog| {
        let platform = catalog.platform.clone();
        catalog.roles.clone().into_iter().map(move |role| (platform.clone(), role))
    });
    (1..).zip(roles).map(|(id, (platform, role))| builtin_role(RoleId(id), &platform, &role)).collect()
}

/// The roles of a platform that comes with the program and was not used here yet: they get their rows with the first thing that
/// is of it.
pub(super) fn opened(db: Reader<'_>, platform: &str) -> anyhow::Result<Vec<Change>> {
    let Some(catalog) = builtin::catalog(platform).filter(|_| !BARE.contains(&platform)) else { return Ok(Vec::new()) };
    if db.has_roles_of(platform)? {
        return Ok(Vec::new());
    }
    let rows = (db.next_number::<Role>()?..).zip(&catalog.roles);
    Ok(rows.map(|(id, role)| Edit::create(builtin_role(RoleId(id), platform, role)).into()).collect())
}

/// Whether it takes the row of a role that came with its platform, which stays: others may have used it since.
pub(super) fn stays(change: &Change) -> bool {
    matches!(change, Change::Role(Edit { before: Some(role), after: None })
        if role.builtin && !BARE.contains(&role.platform.as_str()) && builtin::catalog(&role.platform).is_some_and(|it| it.role(&role.key).is_some()))
}

/// Refuses a profile for all that no catalog defines, and one for a platform that its catalog does not.
pub(super) fn ceiling_exists(record: &CeilingRecord, catalogs: &mut dyn Iterator<Item = Arc<Catalog>>) -> Result<(), Error> {
    let catalogs: Vec<Arc<Catalog>> = catalogs.collect();
    match record {
        CeilingRecord::All(profile) => profile_exists(profile, "", &catalogs),
        CeilingRecord::Each(each) => each.iter().try_for_each(|(platform, profile)| {
            let Some(catalog) = catalogs.iter().find(|it| it.platform == *platform) else {
                let all: Vec<&str> = catalogs.iter().map(|it| it.platform.as_str()).collect();
                return Err(Refusal::Unknown(no_platform(platform, &all)).into());
            };
            profile_exists(profile, &format!(" of {platform}"), std::slice::from_ref(catalog))
        }),
    }
}

fn profile_exists(profile: &str, of: &str, catalogs: &[Arc<Catalog>]) -> Result<(), Error> {
    let known: BTreeSet<&str> = catalogs.iter().flat_map(|it| it.ceilings.keys().map(String::as_str)).collect();
    if known.contains(profile) || profile == DEFAULT_CEILING {
        return Ok(());
    }
    let hint = format!("{of}{}", there_are(known));
    Err(Refusal::Unknown(Unknown { kind: "ceiling profile", text: profile.to_owned(), hint }).into())
}

fn there_are<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("; there are: {}", words.into_iter().collect::<Vec<_>>().join(", "))
}

/// Sets an empty file up and applies it. The Unix user who does is the owner.
pub(super) fn init(writer: &Writer<'_>, record: &WorkspaceRecord, uid: Option<u32>) -> Result<Plan, Error> {
    if writer.reader().setting(settings::NAME)?.is_some() {
        return Err(Refusal::AlreadySetUp.into());
    }
    ceiling_exists(&record.ceiling, &mut builtin::platforms().filter_map(builtin::catalog))?;
    let id = PersonId(writer.reader().last_number::<Person>()? + 1);
    let owner = person(id, &PersonRecord { email: record.owner.clone(), name: String::new() })?;
    let mut changes = vec![Edit::create(owner).into()];
    let settings = foundation(record, id)?.into_iter().chain(uid.map(|uid| bind::binding(uid, id)));
    changes.extend(settings.map(|it| Edit::create(it).into()));
    changes.extend(builtin_roles().into_iter().map(|role| Edit::create(role).into()));
    changes.iter().try_for_each(|change| writer.apply(change))?;
    Ok(Plan { changes, ..Plan::default() })
}
