//! Everyone with access to a site, as rows.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::ids::PersonId;
use crate::domain::policy::Policy;
use crate::domain::things::{Assignment, Site};
use crate::facts::Reader;
use crate::query::collaborators::{self, Standing};
use crate::query::columns::{Column, Columns, column};

/// Somebody on a site.
#[derive(Serialize)]
pub(super) struct Present {
    #[serde(skip)]
    pub(super) id: PersonId,
    person: String,
    name: String,
    standing: &'static str,
    roles: Vec<String>,
    /// What they hold that could count here, ended roles included.
    #[serde(skip)]
    pub(super) held: Vec<Assignment>,
}

impl Present {
    /// Whether it is not all over, or yet to begin.
    pub(super) fn has_access(&self) -> bool {
        self.standing != Standing::Ended.as_str()
    }
}

impl Columns for Present {
    const COLUMNS: &'static [Column<Present>] = &[
        column("person", |it, _| it.person.clone()),
        column("name", |it, _| it.name.clone()),
        column("standing", |it, _| it.standing.to_owned()),
        column("roles", |it, _| it.roles.join(", ")),
    ];
}

/// Everyone who has, had or will have access to the site, the owner first, then by name.
pub(super) fn on(db: Reader<'_>, policy: &Policy, site: &Site, now: DateTime<Utc>) -> Result<Vec<Present>> {
    let role = |it: &Assignment| policy.role(it.role).map(|held| held.role.key.clone());
    let present = collaborators::of_site(db, policy, site, now)?.into_iter().map(|it| Present {
        id: it.person.id,
        person: it.person.email,
        name: it.person.name,
        standing: it.standing.as_str(),
        roles: it.assignments.iter().filter_map(role).collect(),
        held: it.assignments,
    });
    Ok(present.collect())
}
