//! Loads the policy: the small part of the workspace that every answer depends on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Reader;
use crate::domain::builtin;
use crate::domain::catalog::{Catalog, CatalogData, DEFAULT_CEILING};
use crate::domain::change::{Change, Touch};
use crate::domain::ids::PersonId;
use crate::domain::policy::{Ceilings, Policy};
use crate::domain::reference::BARE;
use crate::domain::things::{Assignment, Folder, Role, Site};
use crate::store::settings;

/// The policy as it was last loaded: every change of an open workspace is planned against it.
#[derive(Default)]
pub(super) struct Known {
    /// INVARIANT: what is committed, as of this data version; own changes forget it.
    last: RefCell<Option<(i64, Policy)>>,
    /// Whether the transaction that runs has changed it, so that what it reads may never be.
    moved: Cell<bool>,
}

impl Known {
    /// Forgets the policy where the change is to what it is made of.
    pub(super) fn note(&self, change: &Change) {
        match change.touches() {
            Some(Touch::Setting(_) | Touch::Catalog(_) | Touch::Folder(_) | Touch::Role(_)) => {
                self.moved.set(true);
                self.last.take();
            }
            Some(Touch::Site(_) | Touch::Assignment(_)) | None => {}
        }
    }

    /// The transaction is over, either way.
    pub(super) fn settle(&self) {
        self.moved.set(false);
    }
}

impl Reader<'_> {
    /// The policy for every platform, or for one only: a single check needs no more.
    pub fn policy(self, platform: Option<&str>) -> Result<Policy> {
        if platform.is_some() || self.known.moved.get() {
            return self.load_policy(platform);
        }
        // First the version: what is committed after it is loaded again the next time.
        let version = self.data_version()?;
        if let Some((at, policy)) = &*self.known.last.borrow()
            && *at == version
        {
            return Ok(policy.clone());
        }
        let policy = self.load_policy(None)?;
        self.known.last.replace(Some((version, policy.clone())));
        Ok(policy)
    }

    fn load_policy(self, platform: Option<&str>) -> Result<Policy> {
        let roles = self.roles(platform)?;
        let in_use: BTreeSet<&str> = match platform {
            Some(only) => BTreeSet::from([only]),
            None => BARE.into_iter().chain(roles.iter().map(|it| it.platform.as_str())).collect(),
        };
        let mut policy = self.bare_policy(platform, &in_use)?;
        policy.zone = self.zone()?;
        for folder in self.folders()? {
            policy.put_folder(folder);
        }
        for role in roles {
            policy.put_role(role);
        }
        Ok(policy)
    }

    /// As much of the policy as one person's access to one site depends on: the platform's
    /// catalog, the roles that the person holds, the folders that the site lies in.
    pub fn policy_for(self, site: &Site, assignments: &[Assignment]) -> Result<Policy> {
        let mut policy = self.bare_policy(Some(&site.platform), &BTreeSet::from([site.platform.as_str()]))?;
        let mut at = site.folder;
        while let Some(folder) = at.filter(|id| policy.folder(*id).is_none()).map(|id| self.find::<Folder>(id)).transpose()?.flatten() {
            at = folder.parent;
            policy.put_folder(folder);
        }
        for it in assignments {
            if policy.role(it.role).is_none() {
                self.find::<Role>(it.role)?.into_iter().for_each(|role| policy.put_role(role));
            }
        }
        Ok(policy)
    }

    /// Settings and catalogs, without roles and folders.
    fn bare_policy(self, platform: Option<&str>, in_use: &BTreeSet<&str>) -> Result<Policy> {
        let name = self.setting(settings::NAME)?.context("the workspace has no name: it was never set up")?;
        let owner = self.setting(settings::OWNER)?.and_then(|it| it.parse().ok()).context("the workspace has no owner")?;
        let all = self.setting(settings::CEILING)?.unwrap_or_else(|| DEFAULT_CEILING.to_owned());
        let ceilings = Ceilings::new(all, self.own_ceilings()?);
        Ok(Policy::new(name, PersonId(owner), ceilings, self.all_catalogs(platform, in_use)?))
    }

    /// The built-in catalogs of these platforms and the workspace's own; an own one replaces a built-in of the same platform.
    fn all_catalogs(self, platform: Option<&str>, in_use: &BTreeSet<&str>) -> Result<Vec<Arc<Catalog>>> {
        let wanted = |it: &str| platform.is_none_or(|only| only == it);
        let mut found: HashMap<String, Arc<Catalog>> = HashMap::new();
        for stored in self.catalogs()?.into_iter().filter(|it| wanted(&it.platform)) {
            let data: CatalogData =
                serde_json::from_str(&stored.data).with_context(|| format!("reading the catalog `{}`", stored.platform))?;
            let catalog = Catalog::build(&data, None).with_context(|| format!("reading the catalog `{}`", stored.platform))?;
            found.insert(stored.platform, Arc::new(catalog));
        }
        for name in in_use.iter().copied() {
            if let (false, Some(catalog)) = (found.contains_key(name), builtin::catalog(name)) {
                found.insert(name.to_owned(), catalog);
            }
        }
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by_key(|it| (builtin::platforms().position(|name| name == it.platform).unwrap_or(usize::MAX), it.platform.clone()));
        Ok(all)
    }
}
