//! The rights that there are, in words and ids.

use std::sync::Arc;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::list;
use crate::cli::exit::YES;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::domain::builtin;
use crate::domain::catalog::{Catalog, Risk, Sensitivity};
use crate::domain::perm_set::PermId;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::time::Zone;
use crate::facts::names::{no_permission, no_platform};
use crate::query::columns::{Column, Columns, column};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All permissions, by category
    List {
        /// Of this platform [default: of all]
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
        #[command(flatten)]
        options: list::Options,
    },
    /// One permission: what it requires, what requires it, who gives it, what keeps it
    Show {
        /// Its id, or its label
        permission: String,
        /// Of this platform [default: of every one that has it]
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
    },
}

/// A permission as lists print it.
#[derive(Serialize)]
struct Row {
    id: String,
    label: String,
    platform: String,
    category: String,
    requires: Vec<String>,
    app: Option<String>,
    sensitivity: Sensitivity,
    risk: Vec<Risk>,
}

#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    row: Row,
    about: String,
    required_by: Vec<String>,
    /// Roles that grant it, and those that have it because something they grant requires it.
    granted_by: Vec<String>,
    implied_by: Vec<String>,
    /// `strict, site level`: where no role can give it.
    ceilings: Vec<String>,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let known = Known::of(start)?;
        match &self.verb {
            Verb::List { platform, options } => {
                let catalogs = known.catalogs(platform.as_deref())?;
                let rows = catalogs.iter().flat_map(|it| it.ids().map(|id| Row::of(it, id)));
                options.print_all(out, Zone::default(), rows)
            }
            Verb::Show { permission, platform } => {
                let catalogs = known.catalogs(platform.as_deref())?;
                let found: Vec<Page> = catalogs.iter().filter_map(|it| Some(known.page(it, it.lookup(permission)?))).collect();
                if found.is_empty() {
                    return Err(no_permission(&catalogs.iter().map(AsRef::as_ref).collect::<Vec<_>>(), permission).into());
                }
                found.iter().try_for_each(|it| it.print(out))?;
                Ok(YES)
            }
        }
    }
}

/// What the workspace knows, or the program where there is none.
struct Known {
    policy: Option<Policy>,
    /// The roles that whoever asks may see; all of them where it is none.
    seen: Option<Vec<i64>>,
}

impl Known {
    fn of(start: &Start) -> Result<Known> {
        if start.globals.db.is_none() && !start.path()?.exists() {
            return Ok(Known { policy: None, seen: None });
        }
        let session = start.ask_in_part()?;
        let sight = session.sight();
        session.snapshot(|db| Ok(Known { policy: Some(db.policy(None)?), seen: sight.roles(db)?.map(|it| it.ids) }))
    }

    fn catalogs(&self, platform: Option<&str>) -> Result<Vec<Arc<Catalog>>> {
        let all: Vec<Arc<Catalog>> = match &self.policy {
            Some(policy) => policy.catalogs().cloned().collect(),
            None => builtin::platforms().filter_map(builtin::catalog).collect(),
        };
        let Some(platform) = platform else { return Ok(all) };
        let known = all.into_iter().find(|it| it.platform == platform).or_else(|| builtin::catalog(platform));
        let names: Vec<&str> = builtin::platforms().collect();
        Ok(vec![known.ok_or_else(|| no_platform(platform, &names))?])
    }

    fn page(&self, catalog: &Arc<Catalog>, id: PermId) -> Page {
        let names = |ids: &mut dyn Iterator<Item = PermId>| ids.map(|it| catalog.get(it).id.clone()).collect();
        let roles = |has: &dyn Fn(&HeldRole) -> bool| {
            let of_all = self.policy.iter().flat_map(Policy::roles).filter(|it| it.role.platform == catalog.platform && has(it));
            let seen = of_all.filter(|it| self.seen.as_ref().is_none_or(|ids| ids.contains(&it.role.id.0)));
            seen.map(|it| it.role.key.clone()).collect::<Vec<_>>()
        };
        let builtin = || catalog.roles.iter().filter(|it| it.grants.contains(id)).map(|it| it.key.clone()).collect();
        let ceilings = catalog.ceilings.iter().flat_map(|(name, it)| [(name, "site", it.site), (name, "team", it.team)]);
        Page {
            row: Row::of(catalog, id),
            about: catalog.get(id).about.clone(),
            required_by: names(&mut catalog.ids().filter(|it| catalog.get(*it).requires.contains(&id))),
            granted_by: if self.policy.is_some() { roles(&|it| it.granted.contains(id)) } else { builtin() },
            implied_by: roles(&|it| it.closed.contains(id) && !it.granted.contains(id)),
            ceilings: ceilings.filter(|it| it.2.contains(id)).map(|(name, level, _)| format!("{name}, {level} level")).collect(),
        }
    }
}

impl Row {
    fn of(catalog: &Catalog, id: PermId) -> Row {
        let it = catalog.get(id);
        Row {
            id: it.id.clone(),
            label: it.label.clone(),
            platform: catalog.platform.clone(),
            category: catalog.categories[it.category].name.clone(),
            requires: it.requires.iter().map(|id| catalog.get(*id).id.clone()).collect(),
            app: it.app.clone(),
            sensitivity: it.sensitivity,
            risk: it.risk.clone(),
        }
    }
}

/// A word of the catalog as it is written there.
fn word(it: impl Serialize) -> String {
    serde_json::to_value(it).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Columns for Row {
    const COLUMNS: &'static [Column<Row>] = &[
        column("id", |it, _| it.id.clone()),
        column("label", |it, _| it.label.clone()),
        column("category", |it, _| it.category.clone()),
        column("app", |it, _| it.app.clone().unwrap_or_default()),
        column("sensitivity", |it, _| if it.sensitivity == Sensitivity::None { String::new() } else { word(it.sensitivity) }),
        column("risk", |it, _| it.risk.iter().map(word).collect::<Vec<_>>().join(", ")),
        column("requires", |it, _| it.requires.join(", ")),
        column("platform", |it, _| it.platform.clone()),
    ];
}

impl Page {
    fn print(&self, out: &mut Out) -> Result<()> {
        if out.is_json() {
            return out.json(self);
        }
        let cells = Row::names().into_iter().zip(self.row.cells(Zone::default()));
        let lists = [
            ("about", self.about.clone()),
            ("needed by", self.required_by.join("\n")),
            ("granted", self.granted_by.join("\n")),
            ("implied", self.implied_by.join("\n")),
            ("ceiling", self.ceilings.join("\n")),
        ];
        shown::sheet(out, cells.chain(lists.map(|(name, value)| (name.to_owned(), value))))
    }
}
