//! What a command is planned against: the workspace, who acts and when, the numbers of new rows and those behind names.

use chrono::{DateTime, Utc};

use super::Actor;
use super::refusal::Error;
use crate::domain::ids::{FolderId, PersonId, RoleId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::record::ScopeRecord;
use crate::domain::things::Scope;
use crate::facts::Reader;
use crate::facts::names::the_role;
use crate::store::table::Table;

/// What a command is planned against.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) db: Reader<'a>,
    pub(super) policy: &'a Policy,
    pub(super) actor: &'a Actor,
    pub(super) now: DateTime<Utc>,
}

impl Scene<'_> {
    /// The number of the next new row.
    pub(super) fn next<T: Table>(&self) -> Result<i64, Error> {
        Ok(self.db.next_number::<T>()?)
    }
}

/// Finds the numbers behind names. A command looks them up; an import may hand them out ahead.
pub(super) trait Names {
    fn person(&mut self, email: &str) -> Result<PersonId, Error>;
    /// Whoever is given something.
    fn recipient(&mut self, email: &str) -> Result<PersonId, Error> {
        self.person(email)
    }
    fn folder(&mut self, key: &str) -> Result<FolderId, Error>;
    fn site(&mut self, key: &str) -> Result<SiteId, Error>;
    fn role(&mut self, key: &str) -> Result<RoleId, Error>;
}

pub(super) fn scope(record: &ScopeRecord, names: &mut impl Names) -> Result<Scope, Error> {
    Ok(match record {
        ScopeRecord::Everywhere => Scope::Everywhere,
        ScopeRecord::Folder(key) => Scope::Folder(names.folder(key)?),
        ScopeRecord::Site(key) => Scope::Site(names.site(key)?),
    })
}

impl Names for Scene<'_> {
    fn person(&mut self, email: &str) -> Result<PersonId, Error> {
        Ok(self.db.the_person(email)?.id)
    }

    fn recipient(&mut self, email: &str) -> Result<PersonId, Error> {
        Ok(self.db.the_recipient(email)?.id)
    }

    fn folder(&mut self, key: &str) -> Result<FolderId, Error> {
        Ok(self.db.the_folder(key)?.id)
    }

    fn site(&mut self, key: &str) -> Result<SiteId, Error> {
        Ok(self.db.the_site_of(key)?.id)
    }

    fn role(&mut self, key: &str) -> Result<RoleId, Error> {
        Ok(the_role(self.db, self.policy, key)?.role.id)
    }
}
