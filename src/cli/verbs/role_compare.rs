//! Several roles side by side: what differs between them, and who holds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::exit::{NO, YES, usage};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::catalog::Catalog;
use crate::domain::compare::differing;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::HeldRole;
use crate::domain::text::plural;
use crate::exchange::leaflet::Leaflet;
use crate::facts::Reader;
use crate::facts::names::the_role_or_template;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The one, by key or name
    a: String,
    /// The others, of its platform
    #[arg(required = true, value_name = "B")]
    others: Vec<String>,
    /// Also what is the same in all of them
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Answer {
    roles: Vec<Side>,
    /// How many permissions all of them have or lack alike.
    same: usize,
    rows: Vec<Row>,
    #[serde(skip)]
    leaflet: Leaflet,
    #[serde(skip)]
    catalog: Arc<Catalog>,
    #[serde(skip)]
    differing: PermSet,
}

/// One of them.
#[derive(Serialize)]
struct Side {
    role: String,
    name: String,
    about: String,
    level: &'static str,
    people: usize,
    assignments: usize,
    /// Whether these are all who hold it, and not only those whom whoever asks may see.
    whole: bool,
    #[serde(skip)]
    granted: PermSet,
    #[serde(skip)]
    closed: PermSet,
}

#[derive(Serialize)]
struct Row {
    permission: String,
    label: String,
    category: String,
    /// By the roles' keys.
    cells: BTreeMap<String, &'static str>,
    #[serde(skip)]
    sensitive: bool,
    #[serde(skip)]
    id: PermId,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let session = start.ask_in_part()?;
        let answer = session.snapshot(|db| self.answer(db, &session))?;
        match out.format {
            Format::Json => out.json(&answer)?,
            Format::Table => answer.print(out)?,
            Format::Csv => answer.rows(out)?,
            Format::Md => answer.page(out)?,
            Format::Html => out.bytes(&answer.leaflet.html()?),
        }
        Ok(if answer.differing.is_empty() { YES } else { NO })
    }

    fn answer(&self, db: Reader<'_>, session: &Session) -> Result<Answer> {
        let policy = db.policy(None)?;
        let mut roles: Vec<&HeldRole> = Vec::new();
        for text in std::iter::once(&self.a).chain(&self.others) {
            let role = the_role_or_template(db, &policy, text)?;
            if roles.iter().all(|it| it.role.id != role.role.id) {
                roles.push(role);
            }
        }
        let (first, others) = (roles[0], &roles[1..]);
        let platform = &first.role.platform;
        if others.is_empty() {
            return Err(usage(format!("these are all {}; name another one to compare it with", first.role.key)));
        }
        let other = others.iter().find(|it| it.role.platform != *platform);
        let Some(catalog) = policy.catalog(platform).filter(|_| other.is_none()) else {
            let (key, of) = other.map_or(("", ""), |it| (it.role.key.as_str(), it.role.platform.as_str()));
            let sentence = format!("{} is a role of {platform} and {key} one of {of}; only roles of one platform compare", first.role.key);
            return Err(usage(sentence));
        };
        let sides = roles.iter().map(|it| Side::of(db, session, it)).collect::<Result<Vec<_>>>()?;
        let differing = differing(sides.iter().map(|it| it.closed));
        let told = if self.all { catalog.everything() } else { differing };
        let leaflet = Leaflet::of(&policy, &roles, session.now).context("a platform without a catalog")?;
        Ok(Answer {
            leaflet,
            same: catalog.len() - differing.len(),
            rows: told.iter().map(|id| Row::of(catalog, id, &sides)).collect(),
            roles: sides,
            catalog: Arc::clone(catalog),
            differing,
        })
    }
}

impl Side {
    fn of(db: Reader<'_>, session: &Session, held: &HeldRole) -> Result<Side> {
        let (assignments, people) = session.holders_of(db, &db.policy(None)?, held.role.id)?;
        let role = &held.role;
        Ok(Side {
            role: role.key.clone(),
            name: role.name.clone(),
            about: role.about.clone(),
            level: role.level.as_str(),
            people,
            assignments,
            whole: session.sight().is_whole(),
            granted: held.granted,
            closed: held.closed,
        })
    }

    fn word(&self, id: PermId) -> &'static str {
        match (self.granted.contains(id), self.closed.contains(id)) {
            (true, _) => "granted",
            (false, true) => "implied",
            (false, false) => "off",
        }
    }

    fn held_by(&self) -> String {
        let seen = if self.whole { "" } else { ", as far as you see" };
        format!("{} in {}{seen}", plural(self.people, "person"), plural(self.assignments, "place"))
    }
}

impl Row {
    fn of(catalog: &Catalog, id: PermId, sides: &[Side]) -> Row {
        let it = catalog.get(id);
        Row {
            permission: it.id.clone(),
            label: it.label.clone(),
            category: catalog.categories[it.category].name.clone(),
            cells: sides.iter().map(|side| (side.role.clone(), side.word(id))).collect(),
            sensitive: it.is_sensitive(),
            id,
        }
    }
}

impl Answer {
    fn names(&self) -> impl Iterator<Item = String> {
        self.roles.iter().map(|it| it.name.clone())
    }

    /// What is said of each role beside its permissions.
    fn said(&self) -> [(&'static str, Vec<String>); 3] {
        [
            ("permissions", self.each(|it| format!("{} of {}", it.closed.len(), self.catalog.len()))),
            ("level", self.each(|it| it.level.to_owned())),
            ("held by", self.each(Side::held_by)),
        ]
    }

    fn each(&self, say: impl Fn(&Side) -> String) -> Vec<String> {
        self.roles.iter().map(say).collect()
    }

    /// For reading: a block a category, `!` before what is sensitive.
    fn print(&self, out: &mut Out) -> Result<()> {
        let (on, implied, off) = if out.ascii { ("X", "x", ".") } else { ("●", "○", "·") };
        let shape = |it: &Side, id| match it.word(id) {
            "granted" => on,
            "implied" => implied,
            _ => off,
        };
        let head = format!("{} differ, {} the same", self.differing.len(), self.same);
        let mut rows = out.rows(std::iter::once(head).chain(self.names())).named();
        let mut category = "";
        for it in &self.rows {
            if it.category != category {
                category = &it.category;
                rows.add(vec![category.to_owned()], &())?;
            }
            let label = format!("  {} {}", if it.sensitive { '!' } else { ' ' }, it.label);
            rows.add(std::iter::once(label).chain(self.roles.iter().map(|side| shape(side, it.id).to_owned())).collect(), &())?;
        }
        for (what, cells) in self.said() {
            rows.add(std::iter::once(what.to_owned()).chain(cells).collect(), &())?;
        }
        rows.end()?;
        out.lines(0, self.roles.iter().filter(|it| !it.about.is_empty()).map(|it| format!("{}: {}", it.name, it.about)));
        Ok(())
    }

    /// For spreadsheets: ids and words.
    fn rows(&self, out: &mut Out) -> Result<()> {
        let keys = self.roles.iter().map(|it| it.role.clone());
        let mut rows = out.rows(["category", "permission", "label"].map(str::to_owned).into_iter().chain(keys)).named();
        for it in &self.rows {
            let cells = self.roles.iter().map(|side| side.word(it.id).to_owned());
            rows.add([it.category.clone(), it.permission.clone(), it.label.clone()].into_iter().chain(cells).collect(), &())?;
        }
        for (what, cells) in self.said() {
            rows.add([String::new(), what.to_owned(), String::new()].into_iter().chain(cells).collect(), &())?;
        }
        rows.end()
    }

    /// For a client: what each is for, and in plain words what it may do.
    fn page(&self, out: &mut Out) -> Result<()> {
        let mut rows = out.rows([String::new(), String::new()].into_iter().chain(self.names())).named();
        let sentence = ("in one sentence", self.each(|it| it.about.clone()));
        for (what, cells) in std::iter::once(sentence).chain(self.said()) {
            rows.add([what.to_owned(), String::new()].into_iter().chain(cells).collect(), &())?;
        }
        let mut category = "";
        for it in &self.rows {
            let first = if it.category == category { String::new() } else { it.category.clone() };
            category = &it.category;
            let cells = self.roles.iter().map(|side| if side.closed.contains(it.id) { "yes" } else { "–" }.to_owned());
            rows.add([first, it.label.clone()].into_iter().chain(cells).collect(), &())?;
        }
        rows.end()
    }
}
