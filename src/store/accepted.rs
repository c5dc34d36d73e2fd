//! Findings that somebody answers for.

use anyhow::Result;

use super::Reader;
use super::sql_types::{Json, Micros};
use super::table::table;
use crate::domain::accepted::Accepted;
use crate::domain::audit::About;
use crate::domain::ids::{PersonId, RoleId, SiteId};

table! {
    Accepted in "accepted", it:
    id, rule, about as Json, severity, evidence as Json, until = Micros(it.until), because, answers = it.by;
    person = it.about.person(), other = it.about.other(), site = it.about.site(), role = it.about.role()
    => {
        let Micros(until) = until;
        Accepted { id, rule, about: Json::inside(about), severity, evidence: Json::inside(evidence), until, because, by: answers }
    }
}

impl Reader<'_> {
    /// That a finding is accepted, with its day over or not.
    pub fn accepted(self, rule: &str, about: &About) -> Result<Option<Accepted>> {
        self.one("WHERE rule = ?1 AND about = ?2", (rule, Json(about)))
    }

    /// All that is accepted of somebody.
    pub fn accepted_of(self, person: PersonId) -> Result<Vec<Accepted>> {
        self.many("WHERE person = ?1 OR other = ?1 ORDER BY id", [person])
    }

    /// All for which somebody answers.
    pub fn accepted_by(self, person: PersonId) -> Result<Vec<Accepted>> {
        self.many("WHERE answers = ?1 ORDER BY id", [person])
    }

    pub fn accepted_on(self, site: SiteId) -> Result<Vec<Accepted>> {
        self.many("WHERE site = ?1 ORDER BY id", [site])
    }

    pub fn accepted_about(self, role: RoleId) -> Result<Vec<Accepted>> {
        self.many("WHERE role = ?1 ORDER BY id", [role])
    }
}
