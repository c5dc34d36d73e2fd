//! The grid: permissions or categories against roles, people or sites.

use std::sync::Arc;

use anyhow::Result;
use clap::Subcommand;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::list::{self, known};
use crate::cli::args::Format;
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::builtin;
use crate::domain::catalog::Catalog;
use crate::domain::catalog::DEFAULT_CEILING;
use crate::domain::policy::Policy;
use crate::domain::things::Level;
use crate::facts::names::no_platform;
use crate::query::matrix::{self, Cell, Column, Grid, Part, Subject};

/// Most sites that one grid shows side by side.
const MAX_SITES: usize = 10_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    of: Of,
}

#[derive(clap::Args)]
struct Printing {
    /// One cell a category: All, Limited or -
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    options: list::Options,
}

#[derive(Subcommand)]
enum Of {
    /// Every role of a platform
    Roles {
        /// Of this platform
        #[arg(long)]
        platform: Option<String>,
        /// Roles of this level, under its ceiling
        #[arg(long, value_parser = ["site", "team"], default_value = "team")]
        level: String,
        #[command(flatten)]
        printing: Printing,
        /// Another reading of the built-in roles: table or bullets
        #[arg(long, default_value = "table")]
        profile: String,
    },
    /// Everyone with access to a site
    People {
        /// By key or URL
        #[arg(long)]
        site: String,
        #[command(flatten)]
        printing: Printing,
    },
    /// One person on each of their sites
    Sites {
        /// By e-mail, or by a name that one person alone has
        #[arg(long)]
        person: String,
        /// Of this platform
        #[arg(long)]
        platform: Option<String>,
        #[command(flatten)]
        printing: Printing,
    },
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let (sheet, printing) = match &self.of {
            Of::Roles { platform, level, printing, profile } => {
                let level = Level::parse(level).unwrap_or(Level::Team);
                (roles(start, platform.as_deref().unwrap_or("wix"), level, profile)?, printing)
            }
            Of::People { site, printing } => (people(start, site)?, printing),
            Of::Sites { person, platform, printing } => (sites(start, person, platform.as_deref())?, printing),
        };
        if printing.summary { sheet.summary(&printing.options, out) } else { sheet.cells(&printing.options, out) }
    }
}

/// A grid with the names that its columns are printed under: a role's name, else the key, which tells people and sites
/// apart for sure.
struct Sheet {
    /// `role`, `person` or `site`.
    subject: &'static str,
    names: Vec<String>,
    grid: Grid,
}

impl Sheet {
    fn of(subject: &'static str, grid: Grid) -> Sheet {
        let name = |it: &Column| match it.subject {
            Subject::Role(_) => it.name.clone(),
            Subject::Person(_) | Subject::Site(_) => it.key.clone(),
        };
        Sheet { subject, names: grid.columns.iter().map(name).collect(), grid }
    }
}

fn roles(start: &Start, platform: &str, level: Level, profile: &str) -> Result<Sheet> {
    let path = start.path()?;
    let grid = if start.globals.db.is_some() || path.exists() {
        let session = start.ask_in_part()?;
        session.snapshot(|db| {
            let policy = db.policy(Some(platform))?;
            let mut grid = workspace_roles(&policy, &reading(policy.catalog(platform), platform, profile)?, level);
            grid.columns = known(grid.columns, |it| match it.subject {
                Subject::Role(id) => policy.role(id).map_or(Ok(true), |held| db.knows(&*held.role)),
                Subject::Person(_) | Subject::Site(_) => Ok(true),
            })?;
            Ok(grid)
        })?
    } else {
        matrix::builtin_roles(&reading(builtin::catalog(platform).as_ref(), platform, profile)?, level, DEFAULT_CEILING)
    };
    Ok(Sheet::of("role", grid))
}

/// The built-in roles as the profile reads them, custom ones after them.
fn workspace_roles(policy: &Policy, catalog: &Arc<Catalog>, level: Level) -> Grid {
    let mut grid = matrix::builtin_roles(catalog, level, policy.ceilings.of(&catalog.platform));
    let custom = matrix::roles(policy, catalog, Some(level)).columns.into_iter().filter(|it| it.editable);
    grid.columns.extend(custom);
    grid
}

/// The catalog under a profile.
fn reading(known: Option<&Arc<Catalog>>, platform: &str, profile: &str) -> Result<Arc<Catalog>> {
    let Some(catalog) = known else {
        return Err(no_platform(platform, &builtin::platforms().collect::<Vec<_>>()).into());
    };
    if profile == builtin::DEFAULT_PROFILE {
        return Ok(Arc::clone(catalog));
    }
    Ok(builtin::with_profile(platform, profile)?)
}

fn people(start: &Start, site: &str) -> Result<Sheet> {
    let session = start.ask_in_part()?;
    session.snapshot(|db| {
        let policy = db.policy(None)?;
        let site = db.the_site(site)?;
        session.check_people_of(db, &policy, &site)?;
        let grid = matrix::people(db, &policy, &site, session.now)?;
        Ok(Sheet::of("person", grid))
    })
}

fn sites(start: &Start, person: &str, platform: Option<&str>) -> Result<Sheet> {
    let session = start.ask_in_part()?;
    session.snapshot(|db| {
        let policy = db.policy(None)?;
        let person = db.the_person(person)?;
        session.check_person(person.id)?;
        let catalog = reading(policy.catalog(platform.unwrap_or("wix")), platform.unwrap_or("wix"), "table")?;
        let grid = matrix::sites(db, &policy, &person, &catalog, session.now, MAX_SITES)?;
        Ok(Sheet::of("site", grid))
    })
}

impl Sheet {
    /// A row a subject, a cell a category.
    fn summary(&self, options: &list::Options, out: &mut Out) -> Result<u8> {
        let categories: Vec<&str> = self.grid.catalog.categories.iter().map(|it| it.name.as_str()).collect();
        let columns = std::iter::once(self.subject).chain(categories.iter().copied()).map(str::to_owned).collect();
        let mut rows = options.named(out, columns, &[])?.headed_by_names();
        for (name, column) in self.names.iter().zip(&self.grid.columns) {
            let parts: Vec<&str> = self.grid.catalog.categories.iter().map(|it| part_word(column.part(it.members))).collect();
            let json = Line { first: (self.subject, &column.key), cells: categories.iter().copied().zip(parts.iter().copied()).collect() };
            let cells = std::iter::once(name.clone()).chain(parts.iter().map(|it| (*it).to_owned()));
            rows.add(cells.collect(), &json)?;
        }
        rows.end()
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.grid.columns.iter().map(|it| it.key.as_str())
    }

    /// A row a permission, a cell a subject.
    fn cells(&self, options: &list::Options, out: &mut Out) -> Result<u8> {
        let say: fn(Cell) -> &'static str = match (out.format, out.ascii) {
            (Format::Table, false) => |cell| shape(cell).0,
            (Format::Table, true) => |cell| shape(cell).1,
            _ => Cell::word,
        };
        let columns = std::iter::once("permission").chain(self.names.iter().map(String::as_str)).map(str::to_owned).collect();
        let keys = std::iter::once("permission").chain(self.keys()).map(str::to_owned).collect();
        let mut rows = options.keyed(out, columns, keys, &["label", "category"])?.headed_by_names();
        for id in self.grid.catalog.ids() {
            let permission = self.grid.catalog.get(id).id.as_str();
            let words = self.grid.columns.iter().map(|it| say(it.cell(id)));
            let cells = std::iter::once(permission).chain(words.clone()).map(str::to_owned).collect();
            let line = Line { first: ("permission", permission), cells: self.keys().zip(words).collect() };
            let category = self.grid.catalog.categories[self.grid.catalog.get(id).category].name.as_str();
            rows.add_also(cells, &[("label", self.grid.catalog.get(id).label.as_str()), ("category", category)], &line)?;
        }
        rows.end()
    }
}

/// `{"role": KEY, "cells": {…}}`, in the order of the columns.
struct Line<'a> {
    first: (&'static str, &'a str),
    cells: Vec<(&'a str, &'a str)>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(self.first.0, self.first.1)?;
        map.serialize_entry("cells", &Pairs(&self.cells))?;
        map.end()
    }
}

struct Pairs<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::All => "All",
        Part::Some => "Limited",
        Part::None => "-",
    }
}

/// The cell's shape, and the same in ASCII.
fn shape(cell: Cell) -> (&'static str, &'static str) {
    match cell {
        Cell::Granted => ("●", "X"),
        Cell::Implied => ("○", "x"),
        Cell::Off => ("·", "."),
        Cell::Always => ("■", "="),
        Cell::Ceiling => ("╳", "/"),
        Cell::AppMissing => ("╌", "_"),
    }
}
