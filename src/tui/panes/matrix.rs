//! The matrix: permissions against roles, against the people of a site, against a person's sites.

mod paint;
mod staged;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use self::paint::MatrixCells;
use self::staged::{is_given, laid_over};
use crate::command::{Command, Switch};
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::Policy;
use crate::domain::ripple::{Ripple, Toggle};
use crate::domain::text;
use crate::domain::things::{Level, Person, Site};
use crate::facts::Reader;
use crate::query::matrix::{self, Cell, Column, Grid, Subject};
use crate::query::search;
use crate::session::draft::Staged;
use crate::tui::action::{self, Action, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::explain::{self, who, why};
use crate::tui::theme::Theme;
use crate::tui::panes::key_of_pane;
use crate::tui::view::{Card, Env, Message, Paint, Pane, Room, Spot};
use crate::tui::widgets::grid::View;
use crate::tui::widgets::lines::{self, Title};

actions! {
    PLACE "Matrix" "Permissions against roles: what a switch brings along is shown before you save." as Answer {
        TOGGLE "toggle" ["space"] "switch" Trial([ManageRoles, InvitePeople, InviteTeam, ChangeRoles, ChangeTeam]) "Switch the permission on or off: in this role, with all it drags along; for this person, by the way that changes least";
        PIN "pin" ["p"] "" Trial([ManageRoles]) "Grant an implied permission in its own right, so that it stays when its cause goes";
        FOLD "open" ["enter"] "open" "Fold or unfold a category; on an implied cell, go to what causes it";
        WHY "why" ["w"] "why" "Explain this cell: every route to it, or what refuses it and the ways that would help";
        WHO_CAN "who-can" ["W"] "who" "Everyone who can do this";
        TRANSPOSE "transpose" ["t"] "turn" "Swap rows and columns";
        LEFT "left" ["left", "h"] "" "One column to the left";
        RIGHT "right" ["right", "l"] "" "One column to the right";
        PAGE_LEFT "page-left" ["<"] "" "A page of columns to the left";
        PAGE_RIGHT "page-right" [">"] "" "A page of columns to the right";
        CHANGED "changed-rows" ["="] "" "Show only the rows that differ between columns or are changed";
        FOLD_ALL "fold-all" ["Z"] "fold" "Fold or unfold all categories";
        LEVEL "level" ["L"] "level" "Show roles under the site ceiling, the team ceiling, or each under its own";
        PLATFORM "platform" ["P"] "" "The next platform's roles";
        COPY_ROLE "copy-role" ["c"] "copy role" Form([ManageRoles]) "Copy this column's role into a custom one";
    }
}

/// A grid with what the draft does to each column, where there is what it is asked about.
type Laid = Option<(Grid, Vec<Option<Staged>>)>;

/// Most sites that a person's matrix shows.
const MAX_SITES: usize = 500;

/// What the columns are.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(in crate::tui) enum Mode {
    Roles,
    PeopleOf(SiteId, String),
    SitesOf(PersonId, String),
    /// The same on these sites alone.
    NearSitesOf(PersonId, String, Vec<SiteId>),
    /// A contact who is nobody that can hold access.
    Nobody(String),
}

/// One row of the catalog's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tui) enum Row {
    Category(usize),
    Permission(PermId),
}

pub(in crate::tui) struct Matrix {
    pub(in crate::tui) mode: Mode,
    platform: usize,
    level: Option<Level>,
    view: View,
    transposed: bool,
    changed_only: bool,
    /// The columns that are compared, where not all are shown.
    only: Vec<Subject>,
    filter: String,
    /// Unfolded categories, by name: they outlive a reload.
    open: HashSet<String>,
    grid: Option<Grid>,
    rows: Vec<Row>,
    /// What the draft does to each column, and what the others changed just now.
    staged: Vec<Option<Staged>>,
    recent: Vec<PermSet>,
    /// What Space would do here.
    ghost: Option<Ripple>,
    /// How the answer of a cell could be turned, and of which cell that is.
    ways: (Option<Spot>, Rc<explain::Ways>),
    /// The step of the draft that turns the cell already.
    turned: Option<usize>,
    /// The column that was under the cursor, where it is gone from those that were read last.
    lost: Option<Subject>,
    stale: bool,
    wanted: Option<(Option<Subject>, Option<String>)>,
    /// The cell to go to once the grid is read.
    cell: Option<(Row, usize)>,
}

impl Default for Matrix {
    fn default() -> Matrix {
        Matrix {
            mode: Mode::Roles,
            platform: 0,
            level: None,
            view: View::default(),
            transposed: false,
            changed_only: false,
            only: Vec::new(),
            filter: String::new(),
            open: HashSet::new(),
            grid: None,
            rows: Vec::new(),
            staged: Vec::new(),
            recent: Vec::new(),
            ghost: None,
            ways: (None, Rc::default()),
            turned: None,
            lost: None,
            stale: true,
            wanted: None,
            cell: None,
        }
    }
}

impl Matrix {
    /// Shows roles, at one of them and at one permission if they are named.
    pub(in crate::tui) fn show_roles(&mut self, env: &Env<'_>, platform: &str, role: Option<RoleId>, permission: Option<String>) {
        self.show_all();
        self.mode = Mode::Roles;
        self.platform = env.policy.catalogs().position(|it| it.platform == platform).unwrap_or(0);
        self.point(role.map(Subject::Role), permission);
    }

    /// Shows what a list asks about, perhaps at a column; filter, folds and the row stay.
    pub(in crate::tui) fn follow(&mut self, mode: Mode, at: Option<Subject>) {
        self.show_all();
        if self.mode != mode {
            self.mode = mode;
            self.stale();
        }
        self.follow_column(at);
    }

    /// The same for a role.
    pub(in crate::tui) fn follow_role(&mut self, env: &Env<'_>, platform: &str, role: RoleId) {
        self.show_all();
        let platform = env.policy.catalogs().position(|it| it.platform == platform).unwrap_or(0);
        if (&self.mode, self.platform) != (&Mode::Roles, platform) {
            (self.mode, self.platform, self.stale) = (Mode::Roles, platform, true);
        }
        self.follow_column(Some(Subject::Role(role)));
    }

    fn has_column(&self, subject: Subject) -> bool {
        self.grid.as_ref().is_some_and(|it| it.columns.iter().any(|column| column.subject == subject))
    }

    /// Puts the cursor into this column, where it is one of those that are shown.
    pub(in crate::tui) fn point_at_column(&mut self, subject: Subject) {
        self.seek(Some(subject), None, None);
    }

    /// Whether the column under the cursor went; told once.
    pub(in crate::tui) fn lost_column(&mut self) -> bool {
        self.lost.take().is_some()
    }

    fn follow_column(&mut self, at: Option<Subject>) {
        if at.is_some() && self.column().map(|it| it.subject) != at {
            self.wanted = Some((at, None));
            // The columns may be the ones at hand, where the one that is wanted is just another.
            if !self.stale {
                self.seek(at, None, None);
                self.wanted = None;
            }
        }
    }

    /// Shows the rows in which these columns differ, and no other columns.
    pub(in crate::tui) fn compare(&mut self, only: Vec<Subject>) {
        self.only = only;
        self.changed_only = true;
        self.stale = true;
    }

    /// Shows all columns again.
    fn show_all(&mut self) {
        if !self.only.is_empty() {
            self.only.clear();
            self.changed_only = false;
            self.stale = true;
        }
    }

    /// Leaves out columns that are not compared.
    fn keep_compared(&mut self, grid: &mut Grid, staged: &mut Vec<Option<Staged>>) {
        let kept: Vec<bool> = grid.columns.iter().map(|it| self.only.contains(&it.subject)).collect();
        if !kept.contains(&true) {
            return self.show_all();
        }
        let mut each = kept.iter();
        grid.columns.retain(|_| each.next() == Some(&true));
        let mut each = kept.iter();
        staged.retain(|_| each.next() == Some(&true));
    }

    /// Shows people or sites.
    pub(in crate::tui) fn show(&mut self, mode: Mode, at: Option<Subject>) {
        self.show_all();
        self.mode = mode;
        self.point(at, None);
    }

    /// Whether the present columns are about this platform.
    pub(in crate::tui) fn has(&self, platform: &str) -> bool {
        self.grid.as_ref().is_some_and(|it| it.catalog.platform == platform)
    }

    /// Goes to a permission, keeping the columns and the one under the cursor.
    pub(in crate::tui) fn go(&mut self, permission: String) {
        self.point(None, Some(permission));
    }

    fn point(&mut self, at: Option<Subject>, permission: Option<String>) {
        self.filter.clear();
        self.changed_only = false;
        self.wanted = Some((at, permission));
        self.stale = true;
    }

    /// Where the cursor stands: a row, and how many columns are before it.
    pub(in crate::tui) fn cell(&self) -> Option<(Row, usize)> {
        self.column()?;
        Some((self.row()?, self.column_at()))
    }

    /// Puts the cursor there again, once the rows and columns are read.
    pub(in crate::tui) fn go_to_cell(&mut self, cell: (Row, usize)) {
        self.cell = Some(cell);
        self.stale = true;
    }

    /// Cursor and folds, for the next start.
    pub(in crate::tui) fn folds(&self) -> (Vec<String>, Option<String>) {
        let mut open: Vec<String> = self.open.iter().cloned().collect();
        open.sort();
        (open, self.permission().map(|(catalog, id)| catalog.get(id).id.clone()))
    }

    pub(in crate::tui) fn restore(&mut self, open: Vec<String>, permission: Option<String>) {
        self.open = open.into_iter().collect();
        self.wanted = Some((None, permission));
    }

    fn row_at(&self) -> usize {
        if self.transposed { self.view.column } else { self.view.row }
    }

    fn column_at(&self) -> usize {
        if self.transposed { self.view.row } else { self.view.column }
    }

    fn set_row(&mut self, row: usize) {
        if self.transposed { self.view.column = row } else { self.view.row = row }
    }

    fn set_column(&mut self, column: usize) {
        if self.transposed { self.view.row = column } else { self.view.column = column }
    }

    fn row(&self) -> Option<Row> {
        self.rows.get(self.row_at()).copied()
    }

    fn column(&self) -> Option<&Column> {
        self.grid.as_ref()?.columns.get(self.column_at())
    }

    /// The permission under the cursor.
    fn permission(&self) -> Option<(&Arc<Catalog>, PermId)> {
        match self.row()? {
            Row::Permission(id) => Some((&self.grid.as_ref()?.catalog, id)),
            Row::Category(_) => None,
        }
    }

    fn reload(&mut self, env: &Env<'_>) -> Result<()> {
        self.stale = false;
        let kept = (self.column().map(|it| it.subject), self.row());
        let db = env.store.reader();
        let mut staged = Vec::new();
        let grid = match &self.mode {
            Mode::Roles => {
                let catalogs: Vec<_> = env.policy.catalogs().cloned().collect();
                let Some(catalog) = catalogs.get(self.platform).or(catalogs.first()) else { return Ok(()) };
                let mut grid = matrix::roles(env.policy, catalog, self.level);
                // The roles that can be changed come first.
                grid.columns.sort_by_key(|it| !it.editable);
                if let Some(shown) = env.sight.roles(db)? {
                    grid.columns.retain(|it| matches!(it.subject, Subject::Role(id) if shown.ids.contains(&id.0)));
                }
                let known = |it: &Column| matches!(it.subject, Subject::Role(id) if env.policy.role(id).is_some());
                let new = matrix::roles(env.drafted.policy, catalog, self.level).columns.into_iter().filter(|it| !known(it));
                grid.columns.extend(new.map(|it| Column { granted: PermSet::EMPTY, closed: PermSet::EMPTY, ..it }));
                staged = grid.columns.iter().map(|it| Matrix::of_role(env, it)).collect();
                Some(grid)
            }
            Mode::PeopleOf(site, _) => Matrix::people_of(env, *site)?.map(|(grid, it)| {
                staged = it;
                grid
            }),
            Mode::SitesOf(person, _) | Mode::NearSitesOf(person, ..) if !env.sight.shows_person(*person) => None,
            Mode::SitesOf(person, _) => Matrix::sites_of(env, *person)?.map(|(grid, it)| {
                staged = it;
                grid
            }),
            Mode::NearSitesOf(person, _, sites) => Matrix::near_sites_of(env, *person, sites)?.map(|(grid, it)| {
                staged = it;
                grid
            }),
            Mode::Nobody(_) => {
                (self.grid, self.rows) = (None, Vec::new());
                return Ok(());
            }
        };
        let Some(mut grid) = grid else {
            self.mode = Mode::Roles;
            return self.reload(env);
        };
        self.keep_compared(&mut grid, &mut staged);
        if self.grid.is_none()
            && self.open.is_empty()
            && let Some(first) = grid.catalog.categories.first()
        {
            self.open.insert(first.name.clone());
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

    /// Those of the people of a site who are shown, with what the draft does to each.
    fn people_of(env: &Env<'_>, id: SiteId) -> Result<Laid> {
        let (saved, drafted) = (env.store.reader(), env.drafted);
        let (before, after) = (saved.find::<Site>(id)?, drafted.db.find::<Site>(id)?);
        let Some(site) = after.as_ref().or(before.as_ref()) else { return Ok(None) };
        let shows_all = env.sight.shows_people_of(saved, env.policy, before.as_ref().unwrap_or(site))?;
        let shown = |mut grid: Grid| {
            grid.columns.retain(|it| shows_all || matches!(it.subject, Subject::Person(id) if env.sight.shows_person(id)));
            grid
        };
        let grid = shown(matrix::people(drafted.db, drafted.policy, site, env.now)?);
        let changes = env.draft.changes();
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
        let saved = on(env.store.reader(), env.policy, &person, &grid.catalog)?;
        let is_own = |it: &Column| matches!(it.subject, Subject::Site(site) if is_given(&changes, id, site));
        Ok(Some(laid_over(&saved, grid, is_own)))
    }

    /// Puts the cursor where it was asked for, or where it was.
    fn seek(&mut self, subject: Option<Subject>, permission: Option<String>, row: Option<Row>) {
        let Some(grid) = &self.grid else { return };
        let column = subject.and_then(|it| grid.columns.iter().position(|column| column.subject == it));
        let found = permission.and_then(|it| grid.catalog.find(&it));
        let category = found.map(|id| grid.catalog.categories[grid.catalog.get(id).category].name.clone());
        if let Some(at) = column {
            self.set_column(at);
        }
        if let Some(id) = found {
            self.open.extend(category);
            self.build_rows();
            self.go_to(Row::Permission(id));
        } else if let Some(row) = row {
            self.go_to(row);
        }
    }

    fn go_to(&mut self, row: Row) {
        if let Some(at) = self.rows.iter().position(|it| *it == row) {
            self.set_row(at);
        }
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

    fn build_rows(&mut self) {
        let Some(grid) = &self.grid else { return };
        let catalog = &grid.catalog;
        let differs = |id: PermId| {
            let first = grid.columns.first().map(|it| it.held().contains(id));
            let changed = self.staged.iter().flatten().any(|it| it.changed().contains(id));
            changed || grid.columns.iter().any(|it| Some(it.held().contains(id)) != first)
        };
        let listed = |id: PermId| {
            let permission = catalog.get(id);
            let found = || {
                search::matches(
                    &format!("{} {} {}", permission.label, permission.id, catalog.categories[permission.category].name),
                    &self.filter,
                )
            };
            (self.filter.is_empty() || found()) && (!self.changed_only || differs(id))
        };
        let all_open = !self.filter.is_empty() || self.changed_only;
        let mut rows = Vec::new();
        for (at, category) in catalog.categories.iter().enumerate() {
            let members: Vec<PermId> = category.members.iter().filter(|id| listed(*id)).collect();
            if members.is_empty() && all_open {
                continue;
            }
            rows.push(Row::Category(at));
            if all_open || self.open.contains(&category.name) {
                rows.extend(members.into_iter().map(Row::Permission));
            }
        }
        let kept = self.row();
        self.rows = rows;
        if let Some(row) = kept {
            self.go_to(row);
        }
    }

    /// The ripple of the toggle that Space would be.
    fn aim(&mut self) {
        self.ghost = self.ripple().filter(|it| !it.is_empty());
    }

    /// What is staged of the role under the cursor, where its permissions can be switched.
    fn editable(&self) -> Option<Staged> {
        self.staged.get(self.column_at()).copied().flatten().filter(|_| self.column().is_some_and(|it| it.editable))
    }

    fn ripple(&self) -> Option<Ripple> {
        let ((catalog, id), staged) = (self.permission()?, self.editable()?);
        let toggle = if staged.closed.contains(id) { Toggle::Off } else { Toggle::On };
        Some(catalog.toggle(staged.granted, id, toggle))
    }

    /// What Space switches: a permission, or a whole category: all on, or, where all are, all off.
    fn switched(&self) -> Option<(PermSet, Switch)> {
        let staged = self.editable()?;
        let members = match self.row()? {
            Row::Permission(id) => PermSet::of(id),
            Row::Category(at) => self.grid.as_ref()?.catalog.categories.get(at)?.members,
        };
        Some((members, if members.is_subset(&staged.closed) { Switch::Revoke } else { Switch::Grant }))
    }

    /// Stages a switch on the role under the cursor.
    fn stage(&self, permissions: PermSet, to: Switch) -> Option<Message> {
        let (grid, column) = (self.grid.as_ref()?, self.column()?);
        let labels: Vec<String> = permissions.iter().map(|id| grid.catalog.get(id).label.clone()).collect();
        let word = match to {
            Switch::Grant => "on",
            Switch::Revoke => "off",
            Switch::Pin => "kept in its own right",
        };
        let words = format!("{}: {} {word}", text::display(&column.name), text::few(&labels));
        let command = Command::Toggle { role: column.key.clone(), permissions: grid.catalog.names(permissions), to };
        Some(Message::Stage(vec![command], words))
    }

    fn toggle(&self, env: &Env<'_>) -> Vec<Message> {
        let Some(column) = self.column() else { return Vec::new() };
        if column.owner {
            return vec![Message::Complain("always on: the owner can do everything that the site's apps allow".to_owned())];
        }
        if !column.editable {
            let name = text::display(&column.name).into_owned();
            let copies = key_of(COPY_ROLE);
            return vec![Message::Complain(format!("{name} is built in and stays as it is; {copies} copies it into a role of your own"))];
        }
        let Some((permissions, to)) = self.switched() else { return Vec::new() };
        let mut messages: Vec<Message> = self.stage(permissions, to).into_iter().collect();
        if let Some((catalog, id)) = self.permission()
            && column.ceiling.contains(id)
        {
            let label = catalog.get(id).label.clone();
            let profile = env.policy.ceilings.of(&catalog.platform);
            messages.push(Message::Say(format!("{label} stays locked off by the {profile} ceiling, whatever the role")));
        }
        messages
    }

    fn pin(&self) -> Vec<Message> {
        let (Some((_, id)), Some(staged)) = (self.permission(), self.editable()) else { return Vec::new() };
        if !staged.closed.contains(id) || staged.granted.contains(id) {
            return vec![Message::Complain("only an implied permission can be pinned".to_owned())];
        }
        self.stage(PermSet::of(id), Switch::Pin).into_iter().collect()
    }

    /// Folds a category, or goes from an implied cell to what causes it.
    fn open(&mut self) -> Vec<Message> {
        match self.row() {
            Some(Row::Category(at)) => {
                let Some(name) = self.grid.as_ref().and_then(|it| it.catalog.categories.get(at)).map(|it| it.name.clone()) else {
                    return Vec::new();
                };
                if !self.open.remove(&name) {
                    self.open.insert(name);
                }
                self.build_rows();
                Vec::new()
            }
            Some(Row::Permission(id)) => self.seek_cause(id),
            None => Vec::new(),
        }
    }

    fn seek_cause(&mut self, id: PermId) -> Vec<Message> {
        let (Some(grid), Some(column)) = (&self.grid, self.column()) else { return Vec::new() };
        let granted = self.staged.get(self.column_at()).copied().flatten().map_or(column.granted, |it| it.granted);
        let causes = grid.catalog.dependants(id) & granted;
        let nearest = causes.iter().filter(|it| *it != id).min_by_key(|it| grid.catalog.chain(*it, id).len());
        let Some(cause) = nearest else {
            return vec![Message::Say("nothing else brings this one".to_owned())];
        };
        let permission = grid.catalog.get(cause);
        let (name, text) = (permission.id.clone(), format!("{} requires it", permission.label));
        self.filter.clear();
        self.seek(None, Some(name), None);
        vec![Message::Say(text)]
    }

    fn fold_all(&mut self) {
        let Some(grid) = &self.grid else { return };
        if self.open.is_empty() {
            self.open = grid.catalog.categories.iter().map(|it| it.name.clone()).collect();
        } else {
            self.open.clear();
        }
        let category = self.permission().map(|(catalog, id)| catalog.get(id).category);
        self.build_rows();
        if let Some(at) = category.filter(|_| self.open.is_empty()) {
            self.go_to(Row::Category(at));
        }
    }

    fn next_level(&mut self) {
        self.level = match self.level {
            None => Some(Level::Site),
            Some(Level::Site) => Some(Level::Team),
            Some(Level::Team) => None,
        };
        self.stale = true;
    }

    fn explain(&self, env: &Env<'_>, who_can: bool) -> Result<Vec<Message>> {
        if self.column().is_none() {
            return Ok(vec![Message::Complain(self.nobody_words())]);
        }
        let Some(about) = self.about() else {
            return Ok(vec![Message::Say(format!("put the cursor on a permission: {} unfolds a category", key_of(FOLD)))]);
        };
        Ok(vec![if who_can { who::open(env, &about)? } else { Message::Open(why::open(env, &about)?) }])
    }

    /// The cell under the cursor, with all that a question about it needs.
    fn about(&self) -> Option<explain::About> {
        let ((catalog, id), column) = (self.permission()?, self.column()?);
        let staged = self.staged.get(self.column_at()).copied().flatten();
        let site = match (&self.mode, &column.subject) {
            (Mode::PeopleOf(site, _), _) | (_, Subject::Site(site)) => Some(*site),
            _ => None,
        };
        let person = match (&self.mode, &column.subject) {
            (Mode::SitesOf(person, _) | Mode::NearSitesOf(person, ..), _) | (_, Subject::Person(person)) => Some(*person),
            _ => None,
        };
        let (words, ways) = (self.words_of(catalog, id, column), Rc::clone(&self.ways.1));
        Some(explain::About { catalog: Arc::clone(catalog), permission: id, column: column.clone(), staged, person, site, ways, words })
    }

    /// What a cell is about, for the list of what is staged.
    fn words_of(&self, catalog: &Catalog, id: PermId, column: &Column) -> String {
        let label = &catalog.get(id).label;
        let other = match &self.mode {
            Mode::PeopleOf(_, name) | Mode::SitesOf(_, name) | Mode::NearSitesOf(_, name, _) => format!(", {}", text::display(name)),
            Mode::Roles | Mode::Nobody(_) => String::new(),
        };
        format!("{label}: {}{other}", text::display(&column.name))
    }

    /// Weighs the ways to turn the answer of the cell under the cursor, unless they are at hand.
    fn weigh(&mut self, env: &Env<'_>) -> Result<()> {
        let spot = self.spot();
        self.turned = self.about().and_then(|about| turned(env, &about.words));
        if self.ways.0 == spot {
            return Ok(());
        }
        let ways = match self.about() {
            Some(explain::About { person: Some(person), site: Some(site), permission, .. }) => why::turns(env, person, site, permission)?,
            Some(_) | None => explain::Ways::default(),
        };
        self.ways = (spot, Rc::new(ways));
        Ok(())
    }

    /// Stages the first way to turn a person's cell; where one of its ways is staged, takes exactly that out.
    fn turn(&mut self, env: &Env<'_>) -> Result<Vec<Message>> {
        self.weigh(env)?;
        let (Some(about), Some(column)) = (self.about(), self.column()) else { return Ok(self.open()) };
        let why = key_of(WHY);
        if let Some(at) = turned(env, &about.words) {
            return Ok(vec![Message::TakeOut(at)]);
        }
        let held = match column.cell(about.permission) {
            Cell::Always => Some("always on: the owner can do everything that the site's apps allow".to_owned()),
            Cell::Ceiling => Some("locked off by the ceiling, whatever the role".to_owned()),
            Cell::AppMissing => Some(format!(
                "needs {}, which is not installed here",
                about.catalog.get(about.permission).app.as_deref().unwrap_or("an app")
            )),
            Cell::Granted | Cell::Implied | Cell::Off => None,
        };
        Ok(vec![match (held, about.ways.all.first()) {
            (Some(reason), None) => Message::Complain(reason),
            (Some(reason), Some(_)) => Message::Complain(format!("{reason}; {why} shows what would change that")),
            (None, Some(turn)) => turn.stage(&about.words),
            (None, None) => Message::Complain(format!("no single change turns this; {why} says why it is so")),
        }])
    }

    /// How many columns there are to either side.
    fn beyond_words(&self) -> String {
        let (left, right) = self.view.beyond(self.size().1);
        let words = |(n, sign): (usize, &str)| (n > 0).then(|| format!("{sign} {n}"));
        [(left, "<"), (right, ">")].into_iter().filter_map(words).collect::<Vec<_>>().join("  ")
    }

    /// That there are more columns than are shown.
    fn cut_words(&self) -> String {
        match &self.grid {
            Some(grid) if grid.left_out > 0 => format!(", the first {} of {}", grid.columns.len(), grid.columns.len() + grid.left_out),
            _ => String::new(),
        }
    }

    /// The platform that the rows are of.
    pub(in crate::tui) fn platform(&self) -> &str {
        self.grid.as_ref().map_or("", |it| it.catalog.platform.as_str())
    }

    /// Why there is no column.
    fn nobody_words(&self) -> String {
        match &self.mode {
            Mode::Roles => "there is no role here that you may know".to_owned(),
            Mode::PeopleOf(_, name) => format!("nobody whom you may know has access to {}", text::display(name)),
            Mode::SitesOf(_, name) => format!("{} has access to no site", text::display(name)),
            Mode::NearSitesOf(_, name, _) | Mode::Nobody(name) => {
                format!("no site of {} is known here: none owned, and none with a role at site level", text::display(name))
            }
        }
    }

    fn mode_words(&self, paint: &Paint<'_>) -> String {
        let catalog = self.grid.as_ref().map(|it| &it.catalog);
        let platform = catalog.map_or("", |it| it.name.as_str());
        match &self.mode {
            Mode::Roles if !self.only.is_empty() => format!("{} marked roles of {platform}", self.n_columns()),
            Mode::PeopleOf(_, name) if !self.only.is_empty() => format!("{} marked people on {}", self.n_columns(), text::display(name)),
            Mode::Roles => {
                let level = match self.level {
                    None => "every role at its own level".to_owned(),
                    Some(level) => format!("{level} level"),
                };
                let profile = catalog.map_or("", |it| paint.policy.ceilings.of(&it.platform));
                format!("roles of {platform}, {level}, {profile} ceiling")
            }
            Mode::PeopleOf(_, name) => format!("who can do what on {}", text::display(name)),
            Mode::SitesOf(_, name) => format!("what {} can do on each {platform} site{}", text::display(name), self.cut_words()),
            Mode::NearSitesOf(_, name, _) => format!("what {} can do on their own {platform} sites", text::display(name)),
            Mode::Nobody(name) => text::display(name).into_owned(),
        }
    }
}

impl Pane for Matrix {
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let page = isize::try_from(self.view.page()).unwrap_or(1);
        let wide = isize::try_from(self.view.columns_shown()).unwrap_or(1);
        let (rows, columns) = match action {
            action::UP => (-1, 0),
            action::DOWN => (1, 0),
            action::PAGE_UP => (-page, 0),
            action::PAGE_DOWN => (page, 0),
            action::HALF_UP => (-(page / 2).max(1), 0),
            action::HALF_DOWN => ((page / 2).max(1), 0),
            action::TOP => (isize::MIN / 2, 0),
            action::BOTTOM => (isize::MAX / 2, 0),
            LEFT => (0, -1),
            RIGHT => (0, 1),
            PAGE_LEFT => (0, -wide),
            PAGE_RIGHT => (0, wide),
            other => return self.deed(other, env),
        };
        let (n_rows, n_columns) = self.size();
        self.view.row = moved(self.view.row, rows, n_rows);
        self.view.column = moved(self.view.column, columns, n_columns);
        Ok(Vec::new())
    }

    fn point(&mut self, room: Room, at: Position, _env: &Env<'_>) -> Result<bool> {
        Ok(self.view.point(grid_area(room), at, self.size()))
    }

    fn offers(&self, action: Action) -> bool {
        let is_of_roles = matches!(action, PIN | LEVEL | PLATFORM | COPY_ROLE);
        let is_narrowed = self.changed_only || !self.filter.is_empty();
        (self.mode == Mode::Roles || !is_of_roles) && (action != action::BACK || is_narrowed)
    }

    fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.build_rows();
        if let Some(first) = self.rows.iter().position(|it| matches!(it, Row::Permission(_))).filter(|_| !self.filter.is_empty())
            && !matches!(self.row(), Some(Row::Permission(_)))
        {
            self.set_row(first);
        }
    }

    fn filter_text(&self) -> &str {
        &self.filter
    }

    fn load(&mut self, room: Room, env: &Env<'_>, _theme: &Theme) -> Result<()> {
        if self.stale {
            self.reload(env)?;
        }
        self.view.fit(grid_area(room), heads(room), self.size());
        self.aim();
        Ok(())
    }

    fn settle(&mut self, env: &Env<'_>) -> Result<()> {
        self.weigh(env)
    }

    fn stale(&mut self) {
        self.stale = true;
        self.ways.0 = None;
    }

    /// Whom and what the cell is about, not where it stands: another matrix has other cells in the same places.
    fn spot(&self) -> Option<Spot> {
        let row = match self.row()? {
            Row::Category(at) => -1 - i64::try_from(at).ok()?,
            Row::Permission(id) => i64::from(id.0),
        };
        let mut whom = DefaultHasher::new();
        (&self.mode, self.column()?.subject).hash(&mut whom);
        Some((row, whom.finish().cast_signed()))
    }

    fn card(&self, env: &Env<'_>, width: usize, theme: &Theme) -> Result<Card> {
        match self.about() {
            Some(about) => Ok(why::page(env, &about, true)?.card(width, theme)),
            None => Ok(self.category_card(width, theme)),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, room: Room, paint: &Paint<'_>) {
        let theme = paint.theme;
        let filter = if self.filter.is_empty() { String::new() } else { format!("/{}  ", self.filter) };
        let note = format!("{filter}{}", if self.changed_only { "only rows that differ" } else { "" });
        let name = format!("{} {}: {}", key_of_pane(PLACE), PLACE.title, self.mode_words(paint));
        let count = self.beyond_words();
        lines::title(frame, room.area, theme, Title { name: &name, note: note.trim_end(), count: &count }, paint.focused);
        let inside = room.inside();
        if inside.height == 0 {
            return;
        }
        let Some(grid) = self.grid.as_ref().filter(|it| !it.columns.is_empty()) else { return self.draw_nobody(frame, inside, theme) };
        if self.rows.is_empty() {
            let words = format!(" no permission matches; {} shows all", key_of(action::BACK));
            lines::paint(frame, Rect { y: inside.y + heads(room), height: 1, ..inside }, vec![Line::styled(words, theme.hint)]);
        }
        let area = grid_area(room);
        let cells = MatrixCells { matrix: self, grid, theme };
        self.view.draw(frame, area, &cells, theme, paint.focused);
        lines::paint(frame, Rect { y: area.bottom(), height: 1, ..area }, vec![self.legend(theme, usize::from(area.width))]);
        if !self.rows.is_empty() && paint.focused {
            frame.set_cursor_position(self.view.spot(area));
        }
    }
}

/// In how many lines columns are named.
fn heads(room: Room) -> u16 {
    1 + u16::from(room.heads)
}

/// What is left for the grid above the legend.
fn grid_area(room: Room) -> Rect {
    let inside = room.inside();
    Rect { height: inside.height.saturating_sub(1), ..inside }
}

/// The step of the draft that turns the cell of these words.
fn turned(env: &Env<'_>, words: &str) -> Option<usize> {
    let own = |it: &str| it.strip_prefix(words).is_some_and(|rest| rest.starts_with(": "));
    env.draft.steps().iter().position(|it| own(&it.words))
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

fn moved(at: usize, by: isize, n: usize) -> usize {
    at.saturating_add_signed(by).min(n.saturating_sub(1))
}

impl Matrix {
    fn n_columns(&self) -> usize {
        self.grid.as_ref().map_or(0, |it| it.columns.len())
    }

    fn size(&self) -> (usize, usize) {
        let columns = self.n_columns();
        if self.transposed { (columns, self.rows.len()) } else { (self.rows.len(), columns) }
    }

    fn deed(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            TOGGLE if self.mode == Mode::Roles => self.toggle(env),
            TOGGLE => self.turn(env)?,
            PIN => self.pin(),
            FOLD => self.open(),
            FOLD_ALL => {
                self.fold_all();
                Vec::new()
            }
            WHY => self.explain(env, false)?,
            WHO_CAN => self.explain(env, true)?,
            TRANSPOSE => {
                self.transposed = !self.transposed;
                (self.view.row, self.view.column) = (self.view.column, self.view.row);
                Vec::new()
            }
            CHANGED => {
                self.changed_only = !self.changed_only;
                self.build_rows();
                Vec::new()
            }
            LEVEL if self.mode == Mode::Roles => {
                self.next_level();
                Vec::new()
            }
            PLATFORM if self.mode == Mode::Roles => {
                self.platform = (self.platform + 1) % env.policy.catalogs().count().max(1);
                self.open.clear();
                self.grid = None;
                self.stale = true;
                Vec::new()
            }
            COPY_ROLE => match self.column().map(|it| it.subject) {
                Some(Subject::Role(id)) => {
                    env.policy.role(id).map(|held| Message::Open(crate::tui::overlays::forms::duplicate(held))).into_iter().collect()
                }
                _ => Vec::new(),
            },
            action::COPY => self.permission().map(|(catalog, id)| Message::Copy(vec![catalog.get(id).id.clone()])).into_iter().collect(),
            action::BACK if !self.filter.is_empty() || self.changed_only => {
                self.filter.clear();
                self.changed_only = false;
                self.build_rows();
                Vec::new()
            }
            _ => Vec::new(),
        })
    }
}
