//! The catalogs: what platforms there are, what each knows, and whether a file is one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use serde::Serialize;

use super::list;
use crate::cli::args::Format;
use crate::cli::exit::{Stop, YES, usage};
use crate::cli::print::Out;
use crate::cli::receipt::Trial;
use crate::cli::session::Start;
use crate::cli::shown;
use crate::command::Command;
use crate::domain::builtin;
use crate::domain::catalog::{AccessData, Catalog, CatalogData, Certainty, Way};
use crate::domain::record::Record;
use crate::domain::text::plural;
use crate::domain::things::StoredCatalog;
use crate::domain::time::Zone;
use crate::facts::Reader;
use crate::facts::names::no_platform;
use crate::query::columns::{Column, Columns, column};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Every platform that sites can be of
    List(list::Options),
    /// One platform: where its facts are from, its roles, its kinds of things, how somebody gets in
    Show {
        /// Which, as `catalog list` has it
        platform: String,
    },
    /// Whether a TOML file is a catalog; if not, on which line it is wrong
    Check {
        /// The file
        file: PathBuf,
    },
    /// Takes a catalog in, or in the place of the one that is there of its platform
    Add {
        /// A TOML file, as `catalog check` reads it
        file: PathBuf,
        #[command(flatten)]
        trial: Trial,
    },
    /// Takes a catalog out that was taken in; the program's own, where there is one, stands again
    Remove {
        /// Its platform
        platform: String,
        #[command(flatten)]
        trial: Trial,
    },
}

/// A catalog as lists print it.
#[derive(Serialize)]
struct Row {
    platform: String,
    name: String,
    certainty: Option<Certainty>,
    source: String,
    as_of: String,
    apps: Vec<String>,
    assets: Vec<String>,
    permissions: usize,
    roles: usize,
}

impl Row {
    fn of(it: &Catalog) -> Row {
        Row {
            platform: it.platform.clone(),
            name: it.name.clone(),
            certainty: it.certainty,
            source: it.source.clone(),
            as_of: it.as_of.clone(),
            apps: it.apps.iter().map(|(app, _)| app.clone()).collect(),
            assets: it.assets.iter().map(|it| it.key.clone()).collect(),
            permissions: it.len(),
            roles: it.roles.len(),
        }
    }
}

impl Columns for Row {
    const COLUMNS: &'static [Column<Row>] = &[
        column("platform", |it, _| it.platform.clone()),
        column("name", |it, _| it.name.clone()),
        column("roles", |it, _| it.roles.to_string()),
        column("permissions", |it, _| it.permissions.to_string()),
        column("certainty", |it, _| it.certainty.map(|it| format!("{it:?}")).unwrap_or_default()),
        column("as_of", |it, _| it.as_of.clone()),
        column("things", |it, _| it.assets.join(", ")),
        column("apps", |it, _| it.apps.join(", ")),
        column("source", |it, _| it.source.clone()),
    ];
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        match &self.verb {
            Verb::List(options) => {
                let rows = all(start)?.iter().map(|it| Ok(Row::of(&Catalog::build(it, None)?))).collect::<Result<Vec<_>>>()?;
                options.print_all(out, Zone::default(), rows)
            }
            Verb::Show { platform } => show(out, &the_one(start, platform)?),
            Verb::Check { file } => check(out, file),
            Verb::Add { file, trial } => {
                let data = read(file)?;
                trial.carry_out(start, out, |db, _| {
                    Ok(Command::Declare { before: stored(db, &data.platform)?.map(Record::Catalog), after: Some(Record::Catalog(data)) })
                })
            }
            Verb::Remove { platform, trial } => trial.carry_out(start, out, |db, _| {
                let sentence = || usage(format!("no catalog of {platform} was taken in; rolecall catalog list has all"));
                Ok(Command::Declare { before: Some(Record::Catalog(stored(db, platform)?.ok_or_else(sentence)?)), after: None })
            }),
        }
    }
}

/// The program's own catalogs; those of the workspace stand in their place, or behind them.
fn all(start: &Start) -> Result<Vec<CatalogData>> {
    let mut all: Vec<CatalogData> = builtin::platforms().filter_map(builtin::written).collect();
    for own in of_workspace(start)? {
        match all.iter_mut().find(|it| it.platform == own.platform) {
            Some(shipped) => *shipped = own,
            None => all.push(own),
        }
    }
    Ok(all)
}

/// The catalogs that the workspace brought along, where there is a workspace.
fn of_workspace(start: &Start) -> Result<Vec<CatalogData>> {
    if start.globals.db.is_none() && !start.path()?.exists() {
        return Ok(Vec::new());
    }
    let stored = start.ask_in_part()?.snapshot(|db| db.catalogs())?;
    let read = |it: StoredCatalog| serde_json::from_str(&it.data).with_context(|| format!("reading the catalog `{}`", it.platform));
    stored.into_iter().map(read).collect()
}

fn the_one(start: &Start, platform: &str) -> Result<CatalogData> {
    let own = of_workspace(start)?.into_iter().find(|it| it.platform == platform);
    let all: Vec<&str> = builtin::platforms().collect();
    own.or_else(|| builtin::written(platform)).ok_or_else(|| no_platform(platform, &all).into())
}

fn show(out: &mut Out, data: &CatalogData) -> Result<u8> {
    if out.is_json() {
        out.json(data)?;
        return Ok(YES);
    }
    let catalog = Catalog::build(data, None)?;
    let roles = catalog.roles.iter().map(|it| {
        let holds = plural(catalog.close(it.grants).len(), "permission");
        let inferred = Some(it.inferred.len()).filter(|it| *it > 0).map(|n| format!(", {n} inferred")).unwrap_or_default();
        format!("{}: {} ({} level, {holds}{inferred})", it.key, it.name, it.level.as_str())
    });
    let things = data.assets.iter().map(|it| {
        let under = it.under.as_ref().map(|it| format!(", under {it}")).unwrap_or_default();
        format!("{}{}{under}", it.key, if it.account { ", the whole account" } else { "" })
    });
    let apart = data.assets.iter().filter_map(|asset| Some((format!("{}: ", asset.name), asset.access.as_deref()?)));
    let ways = data.access.as_deref().into_iter().map(|it| (String::new(), it)).chain(apart);
    let fields = [
        ("platform", data.platform.clone()),
        ("name", data.name.clone()),
        ("certainty", data.certainty.map(said).unwrap_or_default().to_owned()),
        ("source", data.source.clone()),
        ("as of", data.as_of.clone()),
        ("about", data.about.clone()),
        ("rights", format!("{}: {}", plural(data.permissions.len(), "permission"), data.categories.join(", "))),
        ("things", lines(things)),
        ("apps", data.apps.join("\n")),
        ("one of", data.one.join(", ")),
        ("roles", lines(roles)),
        ("access", lines(ways.map(|(of, it)| format!("{of}{}", way(it))))),
    ];
    shown::sheet(out, fields.map(|(name, value)| (name.to_owned(), value)))?;
    Ok(YES)
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join("\n")
}

/// How somebody gets in and out again.
fn way(it: &AccessData) -> String {
    let begins = match it.way {
        Way::Invite => "the client invites an address",
        Way::Account => "somebody makes an account by hand",
        Way::Partner => "the client enters the agency's number",
        Way::Manager => "the agency asks, the client confirms",
        Way::Code => "the client tells a code, and the agency asks with it",
    };
    let steps = (1..).zip(&it.steps).map(|(n, step)| format!("{n}. {step}"));
    let lasts = it.lasts.map(|[least, most]| format!("it can end by itself after {least} to {most} days"));
    let most = Some(format!("at most {}", it.most)).filter(|_| !it.most.is_empty());
    let link = Some(it.link.clone()).filter(|it| !it.is_empty());
    lines([begins.to_owned()].into_iter().chain(steps).chain(lasts).chain(most).chain(link).chain([format!("back: {}", it.remove)]))
}

fn said(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::A => "A: from source code, a file for machines, or a complete table of the platform's own",
        Certainty::B => "B: from a complete table; what is inferred says so",
        Certainty::C => "C: the names are exact, what roles hold is not all known",
    }
}

/// Reads a file as those that come with the program are read; an error names the line.
fn read(file: &Path) -> Result<CatalogData> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
    Catalog::parse(&name, &text, None).map_err(Stop::Refused)?;
    Ok(toml::from_str(&text)?)
}

/// The catalog of a platform that the workspace has of its own.
fn stored(db: Reader<'_>, platform: &str) -> Result<Option<CatalogData>> {
    let row = db.find::<StoredCatalog>(platform)?;
    row.map(|it| serde_json::from_str(&it.data).with_context(|| format!("reading the catalog `{platform}`"))).transpose()
}

fn check(out: &mut Out, file: &Path) -> Result<u8> {
    let (name, row) = (file.display(), Row::of(&Catalog::build(&read(file)?, None)?));
    if out.format != Format::Table {
        shown::page(out, Zone::default(), &row)?;
        return Ok(YES);
    }
    let (permissions, roles) = (plural(row.permissions, "permission"), plural(row.roles, "role"));
    out.line(&format!("{name} is a catalog of {}: {permissions}, {roles}", row.name));
    Ok(YES)
}
