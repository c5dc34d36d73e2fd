//! What the matrix reads: its columns, and what the draft does to each.

use std::sync::Arc;

use anyhow::Result;

use super::staged::{goes, is_given, laid_over};
use super::{Matrix, Mode};
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermSet;
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::query::matrix::{self, Column, Grid, Subject};
use crate::session::Drafted;
use crate::session::draft::Staged;
use crate::tui::overlays::ticked::{Chooser, Ticked};
use crate::tui::view::{Env, Message};
use crate::tui::widgets::marks::Marks;

/// A grid with what the draft does to each column, where there is what it is asked about.
type Laid = Option<(Grid, Vec<Option<Staged>>)>;

/// Most sites that a person's matrix shows.
const MAX_SITES: usize = 500;

impl Matrix {
    pub(super) fn reload(&mut self, env: &Env<'_>) -> Result<()> {
        self.stale = false;
        let kept = (self.column().map(|it| it.subject), self.row());
        if matches!(self.mode, Mode::Nobody(_)) {
            (self.grid, self.rows) = (None, Vec::new());
            return Ok(());
        }
        let Some((mut grid, mut staged)) = self.laid(env)? else {
            let before = std::mem::replace(&mut self.mode, Mode::Roles);
            return if before == Mode::Roles { Ok(()) } else { self.reload(env) };
        };
        self.keep_compared(&mut grid, &mut staged);
        self.keep_chosen(&mut grid, &mut staged);
        self.sort_columns(&mut grid, &mut staged);
        if self.grid.is_none()
            && self.open.is_empty()
            && let Some(first) = grid.catalog.categories.first()
        {
            self.open.insert(first.name.clone());
        }
        // Marks are of the platform's permissions.
        if self.platform() != grid.catalog.platform {
            self.marks = Marks::default();
        }
        (self.grid, self.staged) = (Some(grid), staged);
        self.mark_recent(env);
        self.build_rows();
        let (subject, permission) = self.wanted.take().unwrap_or_default();
        let subject = subject.or(kept.0);
        self.lost = subject.filter(|it| !self.has_column(*it));
        self.seek(subject, permission, kept.1);
        if let Some((row, column)) = self.cell.take() {
            self.set_column(column);
            self.go_to(row);
        }
        Ok(())
    }

    /// The columns of the present mode, where what they are about is there and may be known.
    fn laid(&self, env: &Env<'_>) -> Result<Laid> {
        match &self.mode {
            Mode::Roles => self.roles(env),
            Mode::PeopleOf(site, _) => Matrix::people_of(env, *site),
            Mode::SitesOf(person, _) | Mode::NearSitesOf(person, ..) if !env.sight.shows_person(*person) => Ok(None),
            Mode::SitesOf(person, _) => Matrix::sites_of(env, *person),
            Mode::NearSitesOf(person, _, sites) => Matrix::near_sites_of(env, *person, sites),
            Mode::PeopleAnywhere(people) => Matrix::anywhere(env, people),
            Mode::Nobody(_) => Ok(None),
        }
    }

    /// The roles of the platform that are shown, those that can be changed first, those that the draft makes last.
    fn roles(&self, env: &Env<'_>) -> Result<Laid> {
        let catalogs = || env.policy.catalogs();
        let Some(catalog) = catalogs().nth(self.platform).or_else(|| catalogs().next()) else { return Ok(None) };
        let mut grid = matrix::roles(env.policy, catalog, self.level);
        grid.columns.sort_by_key(|it| !it.editable);
        if let Some(shown) = env.sight.roles(env.db)? {
            grid.columns.retain(|it| matches!(it.subject, Subject::Role(id) if shown.ids.contains(&id.0)));
        }
        let known = |it: &Column| matches!(it.subject, Subject::Role(id) if env.policy.role(id).is_some());
        let new = matrix::roles(env.drafted.policy, catalog, self.level).columns.into_iter().filter(|it| !known(it));
        grid.columns.extend(new.map(|it| Column { granted: PermSet::EMPTY, closed: PermSet::EMPTY, ..it }));
        // Templates are shown where somebody wants to see them.
        let compared = |it: &&HeldRole| it.role.platform == catalog.platform && self.only.contains(&Subject::Role(it.role.id));
        let templates = env.policy.templates().iter().filter(compared);
        grid.columns.extend(templates.map(|it| matrix::role_column(env.policy, catalog, it, self.level)));
        let staged = grid.columns.iter().map(|it| Matrix::of_role(env, it)).collect();
        Ok(Some((grid, staged)))
    }

    /// Puts columns, and what is staged of each, into the order of their list.
    fn sort_columns(&self, grid: &mut Grid, staged: &mut Vec<Option<Staged>>) {
        let Some(ranks) = &self.ranks else { return };
        staged.resize(grid.columns.len(), None);
        let mut both: Vec<_> = grid.columns.drain(..).zip(staged.drain(..)).collect();
        both.sort_by_key(|(it, _)| ranks.get(&it.subject.number()).copied().unwrap_or(usize::MAX));
        (grid.columns, *staged) = both.into_iter().unzip();
    }

    /// Leaves out columns that are not compared.
    fn keep_compared(&mut self, grid: &mut Grid, staged: &mut Vec<Option<Staged>>) {
        let kept: Vec<bool> = grid.columns.iter().map(|it| self.only.contains(&it.subject)).collect();
        if !keep(&kept, grid, staged) {
            self.show_all();
        }
    }

    /// Leaves out columns that were not chosen, where some were and are there.
    fn keep_chosen(&mut self, grid: &mut Grid, staged: &mut Vec<Option<Staged>>) {
        self.n_all = grid.columns.len();
        let kept: Vec<bool> = grid.columns.iter().map(|it| self.is_chosen(it)).collect();
        keep(&kept, grid, staged);
    }

    fn is_chosen(&self, column: &Column) -> bool {
        self.chosen.as_ref().is_none_or(|(mode, keys)| *mode != self.mode || keys.contains(&column.key))
    }

    /// The window in which it is chosen which columns are shown.
    pub(super) fn choose_columns(&self, env: &Env<'_>) -> Result<Message> {
        let Some((mut grid, mut staged)) = self.laid(env)? else { return Ok(Message::Complain(self.nobody_words())) };
        self.sort_columns(&mut grid, &mut staged);
        let row = |it: Column| Ticked { is_shown: self.is_chosen(&it), key: it.key, name: it.name };
        Ok(Message::Open(Box::new(Chooser::new(grid.columns.into_iter().map(row).collect()))))
    }

    /// Those of the people of a site who are shown, with what the draft does to each.
    fn people_of(env: &Env<'_>, id: SiteId) -> Result<Laid> {
        let (saved, drafted) = (env.db, env.drafted);
        let (before, after) = (saved.find::<Site>(id)?, drafted.db.find::<Site>(id)?);
        let Some(site) = after.as_ref().or(before.as_ref()) else { return Ok(None) };
        let shows_all = env.sight.shows_people_of(saved, env.policy, before.as_ref().unwrap_or(site))?;
        let shown = |mut grid: Grid| {
            grid.columns.retain(|it| shows_all || matches!(it.subject, Subject::Person(id) if env.sight.shows_person(id)));
            grid
        };
        let mut grid = shown(matrix::people(drafted.db, drafted.policy, site, env.now)?);
        let changes = env.draft.changes();
        if goes(&changes, id) {
            grid.columns.clear();
        }
        let Some(before) = before.filter(|_| !changes.is_empty()) else { return Ok(Some((grid, Vec::new()))) };
        let saved = shown(matrix::people(saved, env.policy, &before, env.now)?);
        let is_own = |it: &Column| matches!(it.subject, Subject::Person(person) if is_given(&changes, person, id));
        Ok(Some(laid_over(&saved, grid, is_own)))
    }

    fn sites_of(env: &Env<'_>, id: PersonId) -> Result<Laid> {
        Matrix::on_widest(env, id, |db, policy, person, catalog| matrix::sites(db, policy, person, catalog, env.now, MAX_SITES))
    }

    /// The same of these sites.
    fn near_sites_of(env: &Env<'_>, id: PersonId, sites: &[SiteId]) -> Result<Laid> {
        Matrix::on_widest(env, id, |db, policy, person, catalog| {
            let sites = sites.iter().filter_map(|id| db.find::<Site>(*id).transpose()).collect::<Result<Vec<_>>>()?;
            matrix::on_sites(db, policy, person, catalog, sites, env.now)
        })
    }

    /// These people by what they can do on any site, on the platform where most of them can do something.
    fn anywhere(env: &Env<'_>, people: &[PersonId]) -> Result<Laid> {
        let shown = people.iter().filter(|id| env.sight.shows_person(**id));
        let people = shown.filter_map(|id| env.drafted.db.find::<Person>(*id).transpose()).collect::<Result<Vec<_>>>()?;
        let on = |at: Drafted<'_>, catalog: &Arc<Catalog>| matrix::anywhere(at.db, at.policy, &people, catalog, env.now, MAX_SITES);
        let able = |it: &Grid| it.columns.iter().filter(|it| !it.closed.is_empty()).count();
        let grids = env.drafted.policy.catalogs().map(|catalog| on(env.drafted, catalog)).collect::<Result<Vec<_>>>()?;
        let Some(grid) = grids.into_iter().rev().max_by_key(able) else { return Ok(None) };
        if env.is_saved() {
            return Ok(Some((grid, Vec::new())));
        }
        let saved = on(env.saved().drafted, &grid.catalog)?;
        Ok(Some(laid_over(&saved, grid, |_| true)))
    }

    /// The platform where the person has most sites, with what the draft does there.
    fn on_widest(
        env: &Env<'_>,
        id: PersonId,
        on: impl Fn(Reader<'_>, &Policy, &Person, &Arc<Catalog>) -> Result<Grid>,
    ) -> Result<Laid> {
        let Some(person) = env.drafted.db.find::<Person>(id)? else { return Ok(None) };
        let grid = widest(env.drafted.policy.catalogs().map(|catalog| on(env.drafted.db, env.drafted.policy, &person, catalog)))?;
        let changes = env.draft.changes();
        if changes.is_empty() {
            return Ok(Some((grid, Vec::new())));
        }
        let saved = on(env.db, env.policy, &person, &grid.catalog)?;
        let is_own = |it: &Column| matches!(it.subject, Subject::Site(site) if is_given(&changes, id, site));
        Ok(Some(laid_over(&saved, grid, is_own)))
    }

    /// What the draft does to a role that can be changed.
    fn of_role(env: &Env<'_>, column: &Column) -> Option<Staged> {
        match column.subject {
            Subject::Role(id) if column.editable => Some(env.draft.staged(env.policy, id)),
            _ => None,
        }
    }

    fn mark_recent(&mut self, env: &Env<'_>) {
        let Some(grid) = &self.grid else { return };
        let recent = |column: &Column| match column.subject {
            Subject::Role(id) => env.recent.get(&id).copied().unwrap_or_default(),
            _ => PermSet::EMPTY,
        };
        self.recent = grid.columns.iter().map(recent).collect();
    }
}

/// Keeps these columns; none of which is kept leaves all, and `false`.
fn keep(kept: &[bool], grid: &mut Grid, staged: &mut Vec<Option<Staged>>) -> bool {
    if !kept.contains(&true) {
        return false;
    }
    let mut each = kept.iter();
    grid.columns.retain(|_| each.next() == Some(&true));
    let mut each = kept.iter();
    staged.retain(|_| each.next() == Some(&true));
    true
}

/// The grid with most columns, the first of those that have as many.
fn widest(grids: impl Iterator<Item = Result<Grid>>) -> Result<Grid> {
    let mut best: Option<Grid> = None;
    for grid in grids {
        let grid = grid?;
        if best.as_ref().is_none_or(|it| it.columns.len() < grid.columns.len()) {
            best = Some(grid);
        }
    }
    best.ok_or_else(|| anyhow::anyhow!("there is no catalog"))
}
