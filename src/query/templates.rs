//! Templates of roles, as rows.

use anyhow::Result;
use serde::Serialize;

use super::columns::{Column, Columns, column, keyed};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::text::plural;
use crate::facts::Reader;

/// A template as lists print it.
#[derive(Serialize)]
pub struct TemplateRow {
    pub key: String,
    pub name: String,
    pub platform: String,
    pub level: &'static str,
    pub permissions: Vec<String>,
    /// After how many days access by it usually ends.
    pub days: Option<u32>,
    /// The role that was made of it.
    pub used: Option<String>,
    /// When it is handed out.
    pub when: String,
}

impl Columns for TemplateRow {
    const COLUMNS: &'static [Column<TemplateRow>] = &[
        column("key", |it, _| it.key.clone()),
        column("name", |it, _| it.name.clone()),
        column("platform", |it, _| it.platform.clone()),
        column("level", |it, _| it.level.to_owned()),
        column("permissions", |it, _| it.permissions.len().to_string()),
        keyed("ends", "days", |it, _| usual_end(it.days)),
        column("used", |it, _| it.used.clone().unwrap_or_default()),
        column("when", |it, _| it.when.clone()),
    ];
}

/// When access by it usually ends, in words.
pub fn usual_end(days: Option<u32>) -> String {
    days.map_or_else(|| "never".to_owned(), |it| format!("after {}", plural(usize::try_from(it).unwrap_or(usize::MAX), "day")))
}

/// A template, and the role that was made of it where whoever asks may know of that.
///
/// # Errors
/// That the file could not be read.
pub fn row(db: Reader<'_>, policy: &Policy, template: &HeldRole) -> Result<TemplateRow> {
    let (role, made) = (&template.role, policy.made_of(template));
    let is_known = made.map_or(Ok(false), |it| db.knows(&*it.role))?;
    Ok(TemplateRow {
        key: role.key.clone(),
        name: role.name.clone(),
        platform: role.platform.clone(),
        level: role.level.as_str(),
        permissions: role.permissions.iter().cloned().collect(),
        days: policy.template(template).and_then(|it| it.days),
        used: made.filter(|_| is_known).map(|it| it.role.key.clone()),
        when: role.about.clone(),
    })
}

/// All of them, platform by platform, as their catalogs have them.
///
/// # Errors
/// As [`row`].
pub fn rows(db: Reader<'_>, policy: &Policy) -> Result<Vec<TemplateRow>> {
    policy.templates().iter().map(|it| row(db, policy, it)).collect()
}
