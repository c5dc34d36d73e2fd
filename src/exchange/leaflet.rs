//! Roles on a page that somebody takes along: what each is for and what it lets one do, in plain words.
//!
//! It is made of roles and their catalog alone: who holds them, and where, it does not know.

use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::statement::page::{Block, Grid, MARKED, Paper, Span, Words, means, plain};
use super::statement::{Html, Markdown};
use crate::domain::catalog::{Catalog, Permission};
use crate::domain::compare::differing;
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::text::plural;

/// What a page of roles looks like beyond what every page does.
const STYLE: &str = include_str!("../../assets/leaflet.css");

/// So many are named in a title.
const NAMED: usize = 4;

/// A role as somebody is told of it who knows none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub name: String,
    /// When it is handed out.
    pub about: String,
    pub n_can: usize,
    pub n_sensitive: usize,
    /// For how long it is usually given.
    pub lasts: String,
    can: PermSet,
}

impl Told {
    /// How many of the things that it can do are sensitive, in words.
    pub fn sensitive(&self) -> String {
        if self.n_sensitive == 0 { "nothing".to_owned() } else { plural(self.n_sensitive, "thing") }
    }

    fn of(policy: &Policy, catalog: &Catalog, held: &HeldRole) -> Told {
        let sensitive = catalog.those(Permission::is_sensitive);
        let lasts = match policy.template(held) {
            Some(it) => {
                it.days.map_or_else(|| "as long as it is needed".to_owned(), |n| plural(usize::try_from(n).unwrap_or(usize::MAX), "day"))
            }
            None => "as agreed".to_owned(),
        };
        Told {
            name: held.role.name.clone(),
            about: held.role.about.clone(),
            n_can: held.closed.len(),
            n_sensitive: (held.closed & sensitive).len(),
            lasts,
            can: held.closed,
        }
    }
}

/// What some of them can do, by category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub category: String,
    pub rows: Vec<Row>,
}

/// A permission in words, and which of the roles have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    pub is_sensitive: bool,
    pub on: Vec<bool>,
}

/// One role, or several of one platform side by side.
#[derive(Clone, Debug)]
pub struct Leaflet {
    pub agency: String,
    /// The platform's name.
    pub platform: String,
    /// How many permissions there are on it.
    pub n_all: usize,
    pub roles: Vec<Told>,
    day: String,
    catalog: Arc<Catalog>,
}

impl Leaflet {
    /// The page of these roles: of the first's platform, as far as they are of it. None where there is nothing to tell of.
    pub fn of(policy: &Policy, roles: &[&HeldRole], at: DateTime<Utc>) -> Option<Leaflet> {
        let catalog = policy.catalog(&roles.first()?.role.platform)?;
        let of_it = roles.iter().filter(|it| it.role.platform == catalog.platform);
        Some(Leaflet {
            agency: policy.name.clone(),
            platform: catalog.name.clone(),
            n_all: catalog.len(),
            roles: of_it.map(|it| Told::of(policy, catalog, it)).collect(),
            day: policy.zone.long_day(at),
            catalog: Arc::clone(catalog),
        })
    }

    pub fn title(&self) -> String {
        let names: Vec<&str> = self.roles.iter().map(|it| it.name.as_str()).collect();
        match names.as_slice() {
            [only] => (*only).to_owned(),
            [first @ .., last] if names.len() <= NAMED => format!("{} and {last} side by side", first.join(", ")),
            _ => format!("{} roles side by side", names.len()),
        }
    }

    /// What some of them can do and others cannot; of one, all that it can do.
    pub fn differing(&self) -> PermSet {
        if self.roles.len() == 1 { self.any() } else { differing(self.roles.iter().map(|it| it.can)) }
    }

    /// What at least one of them can do.
    pub fn any(&self) -> PermSet {
        self.roles.iter().fold(PermSet::EMPTY, |any, it| any | it.can)
    }

    /// Permissions in words, by category, and which of the roles have each.
    pub fn groups(&self, told: PermSet) -> Vec<Group> {
        let row = |id| {
            let it = self.catalog.get(id);
            Row { label: it.label.clone(), is_sensitive: it.is_sensitive(), on: self.roles.iter().map(|it| it.can.contains(id)).collect() }
        };
        let categories = self.catalog.categories.iter().map(|it| (it, it.members & told)).filter(|it| !it.1.is_empty());
        categories.map(|(it, members)| Group { category: it.name.clone(), rows: members.iter().map(row).collect() }).collect()
    }

    /// The categories that the platform itself tells of, of which none of them can do anything.
    pub fn untouched(&self) -> Vec<String> {
        let any = self.any();
        let untouched = self.catalog.categories.iter().filter(|it| it.published && (it.members & any).is_empty());
        untouched.map(|it| it.name.clone()).collect()
    }

    /// How much a role can do, of all there is.
    pub fn extent(&self, it: &Told) -> String {
        format!("{} of {}", it.n_can, plural(self.n_all, "thing"))
    }

    /// The page as Markdown.
    ///
    /// # Errors
    /// That it could not be written.
    pub fn markdown(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.page(&mut Markdown::begin(&mut out))?;
        Ok(out)
    }

    /// The page as one file that loads nothing.
    ///
    /// # Errors
    /// As [`Leaflet::markdown`].
    pub fn html(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.page(&mut Html::styled(&mut out, &self.title(), STYLE)?)?;
        Ok(out)
    }

    fn page(&self, paper: &mut dyn Paper) -> Result<()> {
        paper.put(&Block::Title(self.title()))?;
        match self.roles.as_slice() {
            [only] => self.alone(paper, only)?,
            _ => self.side_by_side(paper)?,
        }
        let untouched = self.untouched();
        if !untouched.is_empty() {
            paper.put(&Block::Heading("What stays closed".to_owned()))?;
            paper.put(&Block::Text(plain(format!("Nothing of: {}.", untouched.join(", ")))))?;
        }
        paper.put(&Block::Small(vec![format!("By {}, {}.", self.agency, self.day)]))?;
        paper.end()
    }

    fn alone(&self, paper: &mut dyn Paper, it: &Told) -> Result<()> {
        if !it.about.is_empty() {
            paper.put(&Block::Text(plain(sentence(&it.about))))?;
        }
        paper.put(&Block::Facts(vec![
            ("On", self.platform.clone()),
            ("Can do", self.extent(it)),
            ("Of it sensitive", it.sensitive()),
            ("Usually given for", it.lasts.clone()),
        ]))?;
        paper.put(&Block::Heading("What it lets one do".to_owned()))?;
        paper.put(&Block::Means(means(&self.catalog, it.can, false)))?;
        paper.put(&Block::Text(plain(MARKED)))
    }

    fn side_by_side(&self, paper: &mut dyn Paper) -> Result<()> {
        let lead = format!("Each lets one person do one job on {}, and nothing beside it. {MARKED}", self.platform);
        paper.put(&Block::Text(plain(lead)))?;
        let row = |it: &Told| vec![it.name.clone(), it.about.clone(), self.extent(it), it.sensitive(), it.lasts.clone()];
        paper.put(&Block::Table(
            vec!["Role", "In a sentence", "Can do", "Sensitive", "Usually for"],
            self.roles.iter().map(row).collect(),
        ))?;
        let (any, differing) = (self.any(), self.differing());
        if !differing.is_empty() {
            paper.put(&Block::Heading("Where they differ".to_owned()))?;
            let groups = self.groups(differing).into_iter().map(|it| (it.category, it.rows.into_iter().map(cells).collect()));
            let header = self.roles.iter().map(|it| it.name.clone()).collect();
            paper.put(&Block::Grid(Grid { header, groups: groups.collect() }))?;
        }
        let alike = any - differing;
        if alike.is_empty() {
            return Ok(());
        }
        paper.put(&Block::Heading("What all of them can do".to_owned()))?;
        paper.put(&Block::Means(means(&self.catalog, alike, false)))
    }
}

fn cells(row: Row) -> (Words, Vec<bool>) {
    (vec![if row.is_sensitive { Span::Strong(row.label) } else { Span::Plain(row.label) }], row.on)
}

/// With a full stop behind it.
fn sentence(words: &str) -> String {
    format!("{}.", words.trim_end_matches('.'))
}
