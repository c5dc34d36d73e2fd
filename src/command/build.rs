//! Rows from records: checks every field once and resolves every name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Plan;
use super::refusal::{Error, Refusal};
use crate::domain::builtin;
use crate::domain::catalog::DEFAULT_CEILING;
use crate::domain::catalog::{BuiltinRole, Catalog, CatalogData};
use crate::domain::change::Edit;
use crate::domain::ids::{AssignmentId, ContactId, FolderId, PersonId, RoleId, SiteId};
use crate::domain::record::{
    AssignmentRecord, CeilingRecord, ContactRecord, FolderRecord, PersonRecord, Profile, RoleRecord, ScopeRecord, SiteRecord,
    WorkspaceRecord,
};
use crate::domain::suggest::Unknown;
use crate::domain::text;
use crate::domain::things::{Assignment, Contact, Folder, Level, Person, Role, Scope, Setting, Site, StoredCatalog};
use crate::domain::time;
use crate::facts::Writer;
use crate::store::settings;

/// Finds the numbers behind names. A command looks them up; an import may hand them out ahead.
pub(super) trait Names {
    fn person(&mut self, email: &str) -> Result<PersonId, Error>;
    fn folder(&mut self, key: &str) -> Result<FolderId, Error>;
    fn site(&mut self, key: &str) -> Result<SiteId, Error>;
    fn role(&mut self, key: &str) -> Result<RoleId, Error>;
}

pub(super) fn valid<T>(checked: Result<T, String>) -> Result<T, Error> {
    checked.map_err(|sentence| Refusal::Invalid(sentence).into())
}

pub(super) fn person(id: PersonId, record: &PersonRecord) -> Result<Person, Error> {
    let email = valid(text::email(&record.email))?;
    let name = valid(text::line("name", &record.name))?;
    Ok(Person { id, name: if name.is_empty() { email.clone() } else { name }, email })
}

pub(super) fn contact(id: ContactId, record: &ContactRecord) -> Result<Contact, Error> {
    let email = record.email.as_deref().filter(|it| !it.trim().is_empty());
    let labels = record.labels.iter().map(|it| valid(text::required("label", it))).collect::<Result<_, _>>()?;
    Ok(Contact {
        id,
        name: valid(text::required("name", &record.name))?,
        email: email.map(|it| valid(text::email(it))).transpose()?,
        status: record.status,
        labels,
        notes: valid(text::note("notes", &record.notes))?,
    })
}

pub(super) fn folder(id: FolderId, record: &FolderRecord, names: &mut impl Names) -> Result<Folder, Error> {
    Ok(Folder {
        id,
        key: valid(text::key("folder key", &record.key))?,
        name: valid(text::required("folder name", &record.name))?,
        parent: record.parent.as_deref().map(|key| names.folder(key)).transpose()?,
    })
}

pub(super) fn site(id: SiteId, record: &SiteRecord, names: &mut impl Names) -> Result<Site, Error> {
    let mut apps = record.apps.iter().map(|it| valid(text::required("app", it))).collect::<Result<Vec<_>, _>>()?;
    apps.sort();
    apps.dedup();
    Ok(Site {
        id,
        key: valid(text::key("site key", &record.key))?,
        name: valid(text::required("site name", &record.name))?,
        url: valid(text::line("URL", &record.url))?,
        platform: valid(text::key("platform", &record.platform))?,
        folder: record.folder.as_deref().map(|key| names.folder(key)).transpose()?,
        owner: names.person(&record.owner)?,
        host: record.host,
        apps,
        status: record.status,
        editor: record.editor.as_deref().map(|it| valid(text::line("editor", it))).transpose()?.filter(|it| !it.is_empty()),
    })
}

pub(super) fn role(id: RoleId, record: &RoleRecord) -> Result<Role, Error> {
    let permissions = record.permissions.iter().map(|it| valid(text::required("permission", it))).collect::<Result<BTreeSet<_>, _>>()?;
    Ok(Role {
        id,
        key: valid(text::key("role key", &record.key))?,
        name: valid(text::required("role name", &record.name))?,
        about: valid(text::line("description", &record.about))?,
        platform: valid(text::key("platform", &record.platform))?,
        level: record.level,
        builtin: false,
        permissions,
    })
}

pub(super) fn assignment(id: AssignmentId, record: &AssignmentRecord, names: &mut impl Names) -> Result<Assignment, Error> {
    let scope = scope(&record.scope, names)?;
    if record.level == Level::Site && !matches!(scope, Scope::Site(_)) {
        let sentence = "a site-level role is for one site; folders and everywhere are for the team (level team)";
        return Err(Refusal::Misfit(sentence.to_owned()).into());
    }
    let [since, until, review_on] = [record.since, record.until, record.review_on].map(|it| it.map(time::micros));
    if let (Some(since), Some(until)) = (since, until)
        && until <= since
    {
        return Err(Refusal::Invalid("the access would end before it begins".to_owned()).into());
    }
    Ok(Assignment {
        id,
        person: names.person(&record.person)?,
        role: names.role(&record.role)?,
        level: record.level,
        scope,
        since,
        until,
        review_on,
        reason: record.reason.as_deref().map(|it| valid(text::line("reason", it))).transpose()?.filter(|it| !it.is_empty()),
        granted_by: None,
    })
}

pub(super) fn scope(record: &ScopeRecord, names: &mut impl Names) -> Result<Scope, Error> {
    Ok(match record {
        ScopeRecord::Everywhere => Scope::Everywhere,
        ScopeRecord::Folder(key) => Scope::Folder(names.folder(key)?),
        ScopeRecord::Site(key) => Scope::Site(names.site(key)?),
    })
}

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

pub(super) fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.to_owned(), value: value.to_owned() }
}

/// The settings of a workspace.
pub(super) fn foundation(record: &WorkspaceRecord, owner: PersonId) -> Result<Vec<Setting>, Error> {
    let name = valid(text::required("workspace name", &record.name))?;
    let settings = [(settings::NAME, name), (settings::OWNER, owner.0.to_string())];
    let mut settings: Vec<Setting> = settings.iter().map(|(name, value)| setting(name, value)).collect();
    settings.extend(ceilings(&record.ceiling));
    if record.profile != Profile::default() {
        settings.push(profile(&record.profile)?);
    }
    Ok(settings)
}

/// R8: the settings of a workspace whose ceilings are these, and no others.
pub(super) fn ceilings(record: &CeilingRecord) -> Vec<Setting> {
    match record {
        CeilingRecord::All(profile) => vec![setting(settings::CEILING, profile)],
        CeilingRecord::Each(each) => {
            let own = each.iter().filter(|(_, profile)| *profile != DEFAULT_CEILING);
            let own = own.map(|(platform, profile)| setting(&settings::own_ceiling(platform), profile));
            std::iter::once(setting(settings::CEILING, DEFAULT_CEILING)).chain(own).collect()
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
    Ok(setting(settings::PROFILE, &json))
}

/// The rows of every role that comes with the program, numbered from 1.
pub(super) fn builtin_roles() -> Vec<Role> {
    let catalogs = builtin::platforms().filter_map(builtin::catalog);
    let roles = catalogs.flat_map(|catalog| {
        let platform = catalog.platform.clone();
        catalog.roles.clone().into_iter().map(move |role| (platform.clone(), role))
    });
    (1..).zip(roles).map(|(id, (platform, role))| builtin_role(RoleId(id), &platform, &role)).collect()
}

/// Refuses a profile for all that no catalog defines, and one for a platform that its catalog does not.
pub(super) fn ceiling_exists(record: &CeilingRecord, catalogs: &mut dyn Iterator<Item = Arc<Catalog>>) -> Result<(), Error> {
    let catalogs: Vec<Arc<Catalog>> = catalogs.collect();
    match record {
        CeilingRecord::All(profile) => profile_exists(profile, "", &catalogs),
        CeilingRecord::Each(each) => each.iter().try_for_each(|(platform, profile)| {
            let Some(catalog) = catalogs.iter().find(|it| it.platform == *platform) else {
                let hint = there_are(catalogs.iter().map(|it| it.platform.as_str()));
                return Err(Refusal::Unknown(Unknown { kind: "platform", text: platform.clone(), hint }).into());
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

/// That a Unix user is this person.
pub(super) fn user(uid: u32, person: PersonId) -> Setting {
    setting(&settings::user(uid), &person.0.to_string())
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
    let settings = foundation(record, id)?.into_iter().chain(uid.map(|uid| user(uid, id)));
    changes.extend(settings.map(|it| Edit::create(it).into()));
    changes.extend(builtin_roles().into_iter().map(|role| Edit::create(role).into()));
    changes.iter().try_for_each(|change| writer.apply(change))?;
    Ok(Plan { changes, ..Plan::default() })
}
