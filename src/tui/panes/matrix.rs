//! The matrix: permissions against roles, against the people of a site, against a person's sites.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, RoleId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::ripple::{Cause, Ripple, Toggle};
use crate::domain::text;
use crate::domain::things::{Level, Person, Site};
use crate::query::matrix::{self, Cell, Column, Grid, Subject};
use crate::query::search;
use crate::tui::action::Action;
use crate::tui::draft::{Mark, Staged};
use crate::tui::overlays::{who, why};
use crate::tui::theme::Theme;
use crate::tui::view::{Effect, Env, Message, Paint, Pane};
use crate::tui::widgets::grid::{Cells, View};
use crate::tui::widgets::lines::{self, plural, span};

/// Most sites that a person's matrix shows.
const MAX_SITES: usize = 500;

/// What the columns are.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tui) enum Mode {
    Roles,
    PeopleOf(SiteId, String),
    SitesOf(PersonId, String),
}

/// One row of the catalog's tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
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
    stale: bool,
    area: Rect,
    wanted: Option<(Option<Subject>, Option<String>)>,
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
            filter: String::new(),
            open: HashSet::new(),
            grid: None,
            rows: Vec::new(),
            staged: Vec::new(),
            recent: Vec::new(),
            ghost: None,
            stale: true,
            area: Rect::default(),
            wanted: None,
        }
    }
}

impl Matrix {
    /// Shows roles, at one of them and at one permission if they are named.
    pub(in crate::tui) fn show_roles(&mut self, env: &Env<'_>, platform: &str, role: Option<RoleId>, permission: Option<String>) {
        self.mode = Mode::Roles;
        self.platform = env.policy.catalogs().position(|it| it.platform == platform).unwrap_or(0);
        self.point(role.map(Subject::Role), permission);
    }

    /// Shows people or sites.
    pub(in crate::tui) fn show(&mut self, mode: Mode, at: Option<Subject>) {
        self.mode = mode;
        self.point(at, None);
    }

    fn point(&mut self, at: Option<Subject>, permission: Option<String>) {
        self.filter.clear();
        self.changed_only = false;
        self.wanted = Some((at, permission));
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
        let grid = match &self.mode {
            Mode::Roles => {
                let catalogs: Vec<_> = env.policy.catalogs().cloned().collect();
                let Some(catalog) = catalogs.get(self.platform).or(catalogs.first()) else { return Ok(()) };
                let mut grid = matrix::roles(env.policy, catalog, self.level);
                // The roles that can be changed come first.
                grid.columns.sort_by_key(|it| !it.editable);
                Some(grid)
            }
            Mode::PeopleOf(site, _) => match db.find::<Site>(*site)? {
                Some(site) => Some(matrix::people(db, env.policy, &site, env.now)?),
                None => None,
            },
            Mode::SitesOf(person, _) => match db.find::<Person>(*person)? {
                Some(person) => Some(self.sites_of(env, &person)?),
                None => None,
            },
        };
        let Some(grid) = grid else {
            self.mode = Mode::Roles;
            return self.reload(env);
        };
        if self.open.is_empty()
            && let Some(first) = grid.catalog.categories.first()
        {
            self.open.insert(first.name.clone());
        }
        self.grid = Some(grid);
        self.restage(env);
        self.build_rows();
        let (subject, permission) = self.wanted.take().unwrap_or_default();
        self.seek(subject.or(kept.0), permission, kept.1);
        Ok(())
    }

    /// The platform where the person has most sites.
    fn sites_of(&self, env: &Env<'_>, person: &Person) -> Result<Grid> {
        let mut best: Option<Grid> = None;
        for catalog in env.policy.catalogs() {
            let grid = matrix::sites(env.store.reader(), env.policy, person, catalog, env.now, MAX_SITES)?;
            if best.as_ref().is_none_or(|it| it.columns.len() < grid.columns.len()) {
                best = Some(grid);
            }
        }
        best.ok_or_else(|| anyhow::anyhow!("there is no catalog"))
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
            self.to_row(Row::Permission(id));
        } else if let Some(row) = row {
            self.to_row(row);
        }
    }

    fn to_row(&mut self, row: Row) {
        if let Some(at) = self.rows.iter().position(|it| *it == row) {
            self.set_row(at);
        }
    }

    fn restage(&mut self, env: &Env<'_>) {
        let Some(grid) = &self.grid else { return };
        let staged = |column: &Column| match column.subject {
            Subject::Role(id) if column.editable => Some(env.draft.staged(env.policy, id)),
            _ => None,
        };
        self.staged = grid.columns.iter().map(staged).collect();
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
            self.to_row(row);
        }
    }

    /// The ripple of the toggle that Space would be.
    fn aim(&mut self) {
        self.ghost = self.ripple().map(|(_, ripple)| ripple).filter(|it| !it.is_empty());
    }

    fn ripple(&self) -> Option<(PermSet, Ripple)> {
        let (catalog, id) = self.permission()?;
        let staged = self.staged.get(self.column_at()).copied().flatten()?;
        let toggle = if staged.closed.contains(id) { Toggle::Off } else { Toggle::On };
        Some((PermSet::of(id), catalog.toggle(staged.granted, id, toggle)))
    }

    /// A whole category: all on, or, where all are, all off.
    fn category_ripple(&self, at: usize) -> Option<(PermSet, Ripple)> {
        let catalog = &self.grid.as_ref()?.catalog;
        let staged = self.staged.get(self.column_at()).copied().flatten()?;
        let members = catalog.categories.get(at)?.members;
        let toggle = if members.is_subset(&staged.closed) { Toggle::Off } else { Toggle::On };
        let granted = members.iter().fold(staged.granted, |granted, id| catalog.toggle(granted, id, toggle).granted);
        Some((members, Ripple { granted, added: Vec::new(), removed: Vec::new() }))
    }

    fn toggle(&self, env: &Env<'_>) -> Vec<Message> {
        let Some(column) = self.column() else { return Vec::new() };
        let Subject::Role(role) = column.subject else {
            return vec![Message::Complain(
                "this is what follows from roles; w says which, and roles are changed in their own matrix".to_owned(),
            )];
        };
        if column.owner {
            return vec![Message::Complain("always on: the owner can do everything that the site's apps allow".to_owned())];
        }
        if !column.editable {
            let name = text::display(&column.name).into_owned();
            return vec![Message::Complain(format!("{name} is built in and stays as it is; press c to copy it into a role of your own"))];
        }
        let change = match self.row() {
            Some(Row::Permission(_)) => self.ripple(),
            Some(Row::Category(at)) => self.category_ripple(at),
            None => None,
        };
        let Some((toggled, ripple)) = change else { return Vec::new() };
        let mut messages = vec![Message::Stage { role, toggled, ripple }];
        if let Some((catalog, id)) = self.permission()
            && column.ceiling.contains(id)
        {
            let label = catalog.get(id).label.clone();
            messages.push(Message::Say(format!("{label} stays locked off by the {} ceiling, whatever the role", env.policy.ceiling)));
        }
        messages
    }

    fn pin(&self) -> Vec<Message> {
        let (Some(column), Some((catalog, id))) = (self.column(), self.permission()) else { return Vec::new() };
        let Subject::Role(role) = column.subject else { return Vec::new() };
        let Some(staged) = self.staged.get(self.column_at()).copied().flatten() else { return Vec::new() };
        if !staged.closed.contains(id) || staged.granted.contains(id) {
            return vec![Message::Complain("only an implied permission can be pinned".to_owned())];
        }
        let ripple = catalog.toggle(staged.granted, id, Toggle::Pin);
        vec![Message::Stage { role, toggled: PermSet::of(id), ripple }]
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
            Some(Row::Permission(id)) => self.to_cause(id),
            None => Vec::new(),
        }
    }

    fn to_cause(&mut self, id: PermId) -> Vec<Message> {
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
            self.to_row(Row::Category(at));
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
        let (Some((catalog, id)), Some(column)) = (self.permission(), self.column()) else {
            return Ok(vec![Message::Say("put the cursor on a permission: Enter unfolds a category".to_owned())]);
        };
        let staged = self.staged.get(self.column_at()).copied().flatten();
        let site = match (&self.mode, &column.subject) {
            (Mode::PeopleOf(site, _), _) | (_, Subject::Site(site)) => Some(*site),
            _ => None,
        };
        let person = match (&self.mode, &column.subject) {
            (Mode::SitesOf(person, _), _) | (_, Subject::Person(person)) => Some(*person),
            _ => None,
        };
        let about = why::About { catalog: Arc::clone(catalog), permission: id, column: column.clone(), staged, person, site };
        let overlay = if who_can { who::open(env, about)? } else { why::open(env, about)? };
        Ok(vec![Message::Open(overlay)])
    }

    fn mode_words(&self, paint: &Paint<'_>) -> String {
        let platform = self.grid.as_ref().map_or("", |it| it.catalog.name.as_str());
        match &self.mode {
            Mode::Roles => {
                let level = match self.level {
                    None => "every role at its own level".to_owned(),
                    Some(level) => format!("{level} level"),
                };
                format!("roles of {platform}, {level}, {} ceiling", paint.policy.ceiling)
            }
            Mode::PeopleOf(_, name) => format!("what everyone can do on {}", text::display(name)),
            Mode::SitesOf(_, name) => format!("what {} can do on each {platform} site", text::display(name)),
        }
    }
}

impl Pane for Matrix {
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let page = isize::try_from(self.view.page()).unwrap_or(1);
        let wide = isize::try_from(self.view.columns_shown()).unwrap_or(1);
        let (rows, columns) = match action {
            Action::Up => (-1, 0),
            Action::Down => (1, 0),
            Action::PageUp => (-page, 0),
            Action::PageDown => (page, 0),
            Action::HalfUp => (-(page / 2).max(1), 0),
            Action::HalfDown => ((page / 2).max(1), 0),
            Action::Top => (isize::MIN / 2, 0),
            Action::Bottom => (isize::MAX / 2, 0),
            Action::Left => (0, -1),
            Action::Right => (0, 1),
            Action::PageLeft => (0, -wide),
            Action::PageRight => (0, wide),
            other => return self.deed(other, env),
        };
        let (n_rows, n_columns) = self.size();
        self.view.row = moved(self.view.row, rows, n_rows);
        self.view.column = moved(self.view.column, columns, n_columns);
        Ok(Vec::new())
    }

    fn filter(&mut self, text: &str, _env: &Env<'_>) -> Result<()> {
        text.clone_into(&mut self.filter);
        self.build_rows();
        if let Some(first) = self.rows.iter().position(|it| matches!(it, Row::Permission(_))).filter(|_| !self.filter.is_empty())
            && !matches!(self.row(), Some(Row::Permission(_)))
        {
            self.set_row(first);
        }
        Ok(())
    }

    fn filter_text(&self) -> &str {
        &self.filter
    }

    fn load(&mut self, area: Rect, env: &Env<'_>) -> Result<()> {
        self.area = area;
        if self.stale {
            self.reload(env)?;
        }
        let (rows, columns) = self.size();
        self.view.fit(grid_area(area), rows, columns);
        self.aim();
        Ok(())
    }

    fn stale(&mut self) {
        self.stale = true;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let Some(grid) = &self.grid else { return };
        let filter = if self.filter.is_empty() { String::new() } else { format!("   /{}", self.filter) };
        let changed = if self.changed_only { "   only rows that differ" } else { "" };
        let head = Line::from(vec![span(&self.mode_words(paint), theme.heading), span(&format!("{filter}{changed}"), theme.key)]);
        frame.render_widget(head, Rect { height: 1, ..area });
        if self.rows.is_empty() {
            let words = "no permission matches; Esc shows all";
            lines::paint(frame, Rect { y: area.y + 2, height: 1, ..area }, vec![Line::styled(words, theme.hint)]);
        }
        let cells = MatrixCells { matrix: self, grid, theme };
        self.view.draw(frame, grid_area(area), &cells, theme);
        let strip = Rect { y: area.bottom().saturating_sub(STRIP), height: STRIP.min(area.height), ..area };
        self.draw_strip(frame, strip, paint);
        if !self.rows.is_empty() && paint.focused {
            frame.set_cursor_position(self.view.spot(grid_area(area)));
        }
    }
}

/// Lines under the grid: a rule, the cell, what the draft does and to whom, the legend.
const STRIP: u16 = 6;

fn grid_area(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(STRIP + 1), ..area }
}

fn moved(at: usize, by: isize, n: usize) -> usize {
    at.saturating_add_signed(by).min(n.saturating_sub(1))
}

impl Matrix {
    fn size(&self) -> (usize, usize) {
        let columns = self.grid.as_ref().map_or(0, |it| it.columns.len());
        if self.transposed { (columns, self.rows.len()) } else { (self.rows.len(), columns) }
    }

    fn deed(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            Action::Toggle => self.toggle(env),
            Action::Pin => self.pin(),
            Action::Fold => self.open(),
            Action::FoldAll => {
                self.fold_all();
                Vec::new()
            }
            Action::Why => self.explain(env, false)?,
            Action::WhoCan => self.explain(env, true)?,
            Action::Transpose => {
                self.transposed = !self.transposed;
                (self.view.row, self.view.column) = (self.view.column, self.view.row);
                Vec::new()
            }
            Action::Changed => {
                self.changed_only = !self.changed_only;
                self.build_rows();
                Vec::new()
            }
            Action::Level if self.mode == Mode::Roles => {
                self.next_level();
                Vec::new()
            }
            Action::Platform if self.mode == Mode::Roles => {
                self.platform = (self.platform + 1) % env.policy.catalogs().count().max(1);
                self.open.clear();
                self.stale = true;
                Vec::new()
            }
            Action::CopyRole => match self.column().map(|it| it.subject) {
                Some(Subject::Role(id)) => {
                    env.policy.role(id).map(|held| Message::Open(crate::tui::overlays::forms::duplicate(held))).into_iter().collect()
                }
                _ => Vec::new(),
            },
            Action::Copy => self.permission().map(|(catalog, id)| Message::Copy(catalog.get(id).id.clone())).into_iter().collect(),
            Action::Back if !self.filter.is_empty() || self.changed_only => {
                self.filter.clear();
                self.changed_only = false;
                self.build_rows();
                Vec::new()
            }
            Action::Back if self.mode != Mode::Roles => {
                self.show(Mode::Roles, None);
                Vec::new()
            }
            _ => Vec::new(),
        })
    }

    /// What the cursor rests on, and what the draft would do.
    fn draw_strip(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let rule = theme.shapes.rule.repeat(usize::from(area.width));
        let width = usize::from(area.width);
        let mut lines = vec![Line::styled(rule, theme.border), self.cell_line(theme, width)];
        lines.extend(effect_lines(paint, width));
        lines.truncate(usize::from(STRIP) - 1);
        while lines.len() < usize::from(STRIP) - 1 {
            lines.push(Line::default());
        }
        lines.push(self.legend(theme));
        lines::paint(frame, area, lines);
    }

    fn cell_line(&self, theme: &Theme, width: usize) -> Line<'static> {
        let (Some(grid), Some(column)) = (&self.grid, self.column()) else { return Line::default() };
        let name = text::display(&column.name).into_owned();
        let Some((catalog, id)) = self.permission() else {
            let Some(Row::Category(at)) = self.row() else { return Line::default() };
            let category = &grid.catalog.categories[at];
            let held = (self.held(self.column_at()) & category.members).len();
            let words = format!(": {held} of {} in {name}. Enter unfolds", category.members.len());
            return Line::from(vec![span(&category.name, theme.heading), span(&words, theme.text)]);
        };
        let label = catalog.get(id).label.clone();
        let state = self.state_words(catalog, column, id);
        let mut spans = vec![span(&label, theme.heading), span(&format!(" in {name}: {state}"), theme.text)];
        if let Some(ghost) = &self.ghost {
            let dragged = ghost.added.iter().chain(&ghost.removed).filter(|it| it.cause != Cause::Toggled);
            let names: Vec<&str> = dragged.map(|it| catalog.get(it.id).label.as_str()).collect();
            let verb = if ghost.removed.is_empty() { "on" } else { "off" };
            let with = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
            let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
            spans.push(span(&text::fit(&format!(". Space: {verb}{with}"), width.saturating_sub(used)), theme.hint));
        }
        Line::from(spans)
    }

    fn state_words(&self, catalog: &Catalog, column: &Column, id: PermId) -> String {
        let staged = self.staged.get(self.column_at()).copied().flatten();
        let (granted, closed) = staged.map_or((column.granted, column.closed), |it| (it.granted, it.closed));
        match column.cell(id) {
            Cell::AppMissing => format!("needs the app {}", catalog.get(id).app.as_deref().unwrap_or("that is not installed")),
            Cell::Ceiling => "locked off by the ceiling".to_owned(),
            Cell::Always => "always on, the owner".to_owned(),
            Cell::Granted | Cell::Implied | Cell::Off if granted.contains(id) => "on, granted".to_owned(),
            Cell::Granted | Cell::Implied | Cell::Off if closed.contains(id) => {
                let cause = (catalog.dependants(id) & granted).iter().next();
                cause.map_or_else(|| "on".to_owned(), |it| format!("on, needed by {}", catalog.get(it).label))
            }
            Cell::Granted | Cell::Implied | Cell::Off => "off".to_owned(),
        }
    }

    fn held(&self, column: usize) -> PermSet {
        let Some(it) = self.grid.as_ref().and_then(|grid| grid.columns.get(column)) else { return PermSet::EMPTY };
        match self.staged.get(column).copied().flatten() {
            Some(staged) => staged.closed - it.ceiling - it.absent,
            None => it.held(),
        }
    }

    fn legend(&self, theme: &Theme) -> Line<'static> {
        let s = &theme.shapes;
        let absent = if self.mode == Mode::Roles { String::new() } else { format!("  {} no app", s.absent) };
        let states = format!(
            "{} on  {} implied  {} off  {} some  {} owner  {} ceiling{absent}",
            s.granted, s.implied, s.off, s.some, s.always, s.ceiling
        );
        let marks = format!("  + {} you  & follows", s.minus);
        Line::from(vec![span(&states, theme.hint), span(&marks, theme.gain)])
    }
}

/// The draft's effect: permissions, people and sites, gained and lost, sensitive ones first.
pub(in crate::tui) fn effect_lines(paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let theme = paint.theme;
    let mut lines = vec![staged_line(paint, width)];
    let Effect::Known(impact) = paint.effect else { return lines };
    for (gain, word, style) in [(true, "GAIN", theme.gain), (false, "LOSE", theme.loss)] {
        let effects: Vec<_> = impact.effects.iter().filter(|it| it.gain == gain).collect();
        if effects.is_empty() {
            continue;
        }
        let labels = effects.iter().filter_map(|it| {
            let permission = paint.policy.catalog(&it.platform)?.get(it.permission);
            Some(format!("{}{}", if permission.is_sensitive() { "!" } else { "" }, permission.label))
        });
        let people: HashSet<_> = effects.iter().flat_map(|it| &it.people).collect();
        let sites: HashSet<_> = effects.iter().flat_map(|it| &it.sites).collect();
        let head = format!("{word} {} on {}: ", plural(people.len(), "person"), plural(sites.len(), "site"));
        let room = width.saturating_sub(text::width(&head));
        let names = labels.collect::<Vec<_>>().join(", ");
        lines.push(Line::from(vec![span(&head, style), span(&text::fit(&names, room), theme.text)]));
    }
    if !impact.is_empty() && lines.len() < 3 {
        let more = impact.people.len().saturating_sub(paint.names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = format!("WHO  {}{more}", paint.names.join(", "));
        lines.push(Line::from(span(&text::fit(&who, width), theme.hint)));
    }
    lines
}

/// How much is staged, and what follows from it.
fn staged_line(paint: &Paint<'_>, width: usize) -> Line<'static> {
    let theme = paint.theme;
    let differences = paint.draft.differences(paint.policy);
    if differences.is_empty() {
        return Line::styled("Nothing is staged. Nothing is written before you press s and y.", theme.hint);
    }
    let by_you: usize = differences.iter().map(|(_, it)| it.by_you.len()).sum();
    let follows: usize = differences.iter().map(|(_, it)| it.follows.len()).sum();
    let names =
        differences.iter().filter_map(|(role, it)| Some((paint.policy.catalog(&paint.policy.role(*role)?.role.platform)?, it.follows)));
    let names: Vec<&str> = names.flat_map(|(catalog, set)| set.iter().map(|id| catalog.get(id).label.as_str())).collect();
    let list = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    let words = match paint.effect {
        Effect::Counting => "   counting whom it touches…".to_owned(),
        Effect::Known(impact) if impact.is_empty() => "   nobody gains or loses anything".to_owned(),
        Effect::Known(_) | Effect::None => String::new(),
    };
    let head = format!("{by_you} by you");
    let room = width.saturating_sub(text::width(&head) + text::width(&words));
    let rest = text::fit(&format!(", {follows} follow{list}"), room).into_owned();
    Line::from(vec![span(&head, theme.gain), span(&rest, theme.follows), span(&words, theme.text)])
}

/// The grid's cells, whichever way it is turned.
struct MatrixCells<'a> {
    matrix: &'a Matrix,
    grid: &'a Grid,
    theme: &'a Theme,
}

impl MatrixCells<'_> {
    fn name(&self, row: usize) -> (String, Style) {
        let catalog = &self.grid.catalog;
        match self.matrix.rows[row] {
            Row::Category(at) => {
                let category = &catalog.categories[at];
                let is_open = self.matrix.rows.get(row + 1).is_some_and(|it| matches!(it, Row::Permission(_)));
                let arrow = if is_open { self.theme.shapes.open } else { self.theme.shapes.closed };
                (format!("{arrow} {}", category.name), self.theme.heading)
            }
            Row::Permission(id) => {
                let permission = catalog.get(id);
                let risk = if permission.is_sensitive() { "!" } else { " " };
                (format!("  {risk} {}", permission.label), self.theme.text)
            }
        }
    }

    fn paint(&self, row: usize, column: usize) -> (String, Style) {
        let it = &self.grid.columns[column];
        let staged = self.matrix.staged.get(column).copied().flatten();
        match self.matrix.rows[row] {
            Row::Category(at) => self.category(&self.grid.catalog.categories[at].members, it, staged, column),
            Row::Permission(id) => self.permission(id, it, staged, column),
        }
    }

    fn category(&self, members: &PermSet, column: &Column, staged: Option<Staged>, at: usize) -> (String, Style) {
        let shapes = &self.theme.shapes;
        let held = self.matrix.held(at) & *members;
        let shape = if column.owner {
            shapes.always
        } else if held == *members {
            shapes.granted
        } else if held.is_empty() {
            shapes.off
        } else {
            shapes.some
        };
        let changed = staged.map_or(PermSet::EMPTY, |it| it.changed() & *members);
        let style = if held.is_empty() { self.theme.hint } else { self.theme.text };
        match staged.filter(|_| !changed.is_empty()) {
            Some(staged) if (staged.by_you & *members).is_empty() => (format!("{shape}&"), self.theme.follows),
            Some(staged) if (changed & staged.closed).is_empty() => (format!("{shape}{}", shapes.minus), self.theme.loss),
            Some(_) => (format!("{shape}+"), self.theme.gain),
            None => (shape.to_owned(), style),
        }
    }

    fn permission(&self, id: PermId, column: &Column, staged: Option<Staged>, at: usize) -> (String, Style) {
        let (theme, shapes) = (self.theme, &self.theme.shapes);
        let (granted, closed) = staged.map_or((column.granted, column.closed), |it| (it.granted, it.closed));
        let (shape, plain) = match column.cell(id) {
            Cell::AppMissing => (shapes.absent, theme.locked),
            Cell::Ceiling => (shapes.ceiling, theme.locked),
            Cell::Always => (shapes.always, theme.text),
            Cell::Granted | Cell::Implied | Cell::Off if granted.contains(id) => (shapes.granted, theme.text),
            Cell::Granted | Cell::Implied | Cell::Off if closed.contains(id) => (shapes.implied, theme.text),
            Cell::Granted | Cell::Implied | Cell::Off => (shapes.off, theme.hint),
        };
        if let Some(mark) = staged.and_then(|it| it.mark(id)) {
            let on = closed.contains(id);
            let (sign, style) = match mark {
                Mark::On => ("+", theme.gain),
                Mark::Off => (shapes.minus, theme.loss),
                Mark::Follows if on => ("&", theme.follows),
                Mark::Follows => ("&", theme.falls),
                Mark::Clash => ("!", theme.risk),
            };
            return (format!("{shape}{sign}"), style);
        }
        if let Some((shape, sign)) = self.ghost(id, at) {
            return (format!("{shape}{sign}"), theme.ghost);
        }
        if self.matrix.recent.get(at).is_some_and(|it| it.contains(id)) {
            return (format!("{shape}o"), theme.other);
        }
        (shape.to_owned(), plain)
    }

    /// What the cell would become if Space were pressed now.
    fn ghost(&self, id: PermId, column: usize) -> Option<(&'static str, &'static str)> {
        let ghost = self.matrix.ghost.as_ref().filter(|_| column == self.matrix.column_at())?;
        let shapes = &self.theme.shapes;
        let effect = ghost.added.iter().chain(&ghost.removed).find(|it| it.id == id && it.cause != Cause::Toggled)?;
        Some(if ghost.added.contains(effect) { (shapes.implied, "&") } else { (shapes.off, "&") })
    }
}

impl Cells for MatrixCells<'_> {
    fn rows(&self) -> usize {
        self.matrix.size().0
    }

    fn columns(&self) -> usize {
        self.matrix.size().1
    }

    fn label(&self, row: usize) -> (String, Style) {
        if self.matrix.transposed {
            let column = &self.grid.columns[row];
            (column.name.clone(), if column.editable { self.theme.title } else { self.theme.text })
        } else {
            self.name(row)
        }
    }

    fn header(&self, column: usize) -> ([String; 2], Style) {
        if self.matrix.transposed {
            let (name, style) = self.name(column);
            return (two_lines(name.trim().trim_start_matches("! "), 7), style);
        }
        let it = &self.grid.columns[column];
        (two_lines(&it.name, 7), if it.editable { self.theme.title } else { self.theme.text })
    }

    fn cell(&self, row: usize, column: usize) -> (String, Style) {
        if self.matrix.transposed { self.paint(column, row) } else { self.paint(row, column) }
    }
}

/// Breaks a name into two short lines.
fn two_lines(name: &str, width: usize) -> [String; 2] {
    let mut words = name.split_whitespace().peekable();
    let mut first = words.next().unwrap_or_default().to_owned();
    while let Some(next) = words.peek() {
        if text::width(&first) + 1 + text::width(next) > width {
            break;
        }
        first.push(' ');
        first.push_str(words.next().unwrap_or_default());
    }
    [first, words.collect::<Vec<_>>().join(" ")]
}
