//! The matrix: permissions against roles, against the people of a site, against a person's sites.

mod cursor;
mod paint;
mod read;
mod rows;
mod staged;
mod switch;
mod words;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use self::paint::MatrixCells;
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::ripple::Ripple;
use crate::domain::things::{Level, Person};
use crate::exchange::report::Report;
use crate::query::matrix::{Column, Grid, Subject};
use crate::query::order::Ranks;
use crate::session::draft::Staged;
use crate::tui::action::{self, Action, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::explain::{self, who, why};
use crate::tui::overlays::leaving;
use crate::tui::theme::Theme;
use crate::tui::panes::key_of_pane;
use crate::tui::view::{Card, Env, Journey, Message, Paint, Pane, Room, Spot, Story};
use crate::tui::widgets::grid::View;
use crate::tui::widgets::lines::{self, Title};
use crate::tui::widgets::marks::Marks;

actions! {
    PLACE "Matrix" "Permissions against roles: what a switch brings along is shown before you save." as Answer {
        TOGGLE "toggle" ["space"] "switch" Trial([ManageRoles, InvitePeople, InviteTeam, ChangeRoles, ChangeTeam]) "Switch the permission on or off: in this role, with all it drags along; for this person, by the way that changes least";
        PIN "pin" [] "" Trial([ManageRoles]) "Grant an implied permission in its own right, so that it stays when its cause goes";
        OFFBOARD_HERE "offboard-here" ["D"] "" Step([]) "Take all that this column's person has: here, in the team, everywhere, as it is ticked";
        FOLD "open" ["enter"] "open" "Fold or unfold a category; on an implied cell, go to what causes it";
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
        MARK_ROWS "mark-rows" ["v"] "" "Mark permissions from here on, as far as you move; once more keeps the marks: :find role tells which roles cover them";
        FIND_ROLE "find-role" [] "" "Which roles cover the permissions that are marked, or the one under the cursor: alone or two together";
        COPY_ROLE "copy-role" ["c"] "copy role" Form([ManageRoles]) "Copy this column's role into a custom one";
    }
}

/// What the columns are.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(in crate::tui) enum Mode {
    Roles,
    PeopleOf(SiteId, String),
    SitesOf(PersonId, String),
    /// The same on these sites alone.
    NearSitesOf(PersonId, String, Vec<SiteId>),
    /// These people, wherever they have access.
    PeopleAnywhere(Vec<PersonId>),
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
    /// Where each column stands, where its list is sorted.
    ranks: Option<Ranks>,
    /// The columns that are compared, where not all are shown.
    only: Vec<Subject>,
    /// Those that were chosen to be shown, and in which matrix; and how many there would be.
    chosen: Option<(Mode, Vec<String>)>,
    n_all: usize,
    filter: String,
    /// Unfolded categories, by name: they outlive a reload.
    open: HashSet<String>,
    grid: Option<Grid>,
    rows: Vec<Row>,
    /// What the draft does to each column, and what the others changed just now.
    staged: Vec<Option<Staged>>,
    recent: Vec<PermSet>,
    /// Permissions of the platform, by number.
    marks: Marks,
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
            ranks: None,
            only: Vec::new(),
            chosen: None,
            n_all: 0,
            filter: String::new(),
            open: HashSet::new(),
            grid: None,
            rows: Vec::new(),
            staged: Vec::new(),
            recent: Vec::new(),
            marks: Marks::default(),
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
    /// Puts the columns into the order of their list.
    pub(in crate::tui) fn rank(&mut self, ranks: Option<Ranks>) {
        let same = match (&self.ranks, &ranks) {
            (Some(before), Some(after)) => Arc::ptr_eq(before, after),
            (before, after) => before.is_none() && after.is_none(),
        };
        self.stale |= !same;
        self.ranks = ranks;
    }

    /// The columns, in their order.
    #[cfg(test)]
    pub(in crate::tui) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.grid.iter().flat_map(|it| &it.columns)
    }

    /// Whether the present columns are about this platform.
    pub(in crate::tui) fn has(&self, platform: &str) -> bool {
        self.grid.as_ref().is_some_and(|it| it.catalog.platform == platform)
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

    /// What is done to the person of the column, on the site that the cell is about.
    fn of_person(&self, deed: impl Fn(PersonId, Option<SiteId>) -> Result<Message>) -> Result<Message> {
        let (person, site) = self.subjects();
        person.map_or_else(|| Ok(no_person()), |it| deed(it, site))
    }

    /// Whom and which site the column is about.
    fn subjects(&self) -> (Option<PersonId>, Option<SiteId>) {
        let subject = self.column().map(|it| it.subject);
        let site = match (&self.mode, subject) {
            (Mode::PeopleOf(site, _), _) => Some(*site),
            (_, Some(Subject::Site(site))) => Some(site),
            _ => None,
        };
        let person = match (&self.mode, subject) {
            (Mode::SitesOf(person, _) | Mode::NearSitesOf(person, ..), _) => Some(*person),
            (_, Some(Subject::Person(person))) => Some(person),
            _ => None,
        };
        (person, site)
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
            if !who_can {
                return Ok(self.category_page().map(|it| Message::Open(Box::new(it))).into_iter().collect());
            }
            return Ok(vec![Message::Say(format!("put the cursor on a permission: {} unfolds a category", key_of(FOLD)))]);
        };
        Ok(vec![if who_can { who::open(env, &about)? } else { Message::Open(why::open(env, &about)?) }])
    }

    /// The history of what the column is of.
    fn history(&self) -> Message {
        match self.column().map(|it| it.subject) {
            Some(Subject::Person(id)) => Message::Go(Journey::History(Story::Person(id))),
            Some(Subject::Site(id)) => Message::Go(Journey::History(Story::Site(id))),
            Some(Subject::Role(_)) => Message::Complain(super::no_history_of_roles()),
            None => Message::Complain(self.nobody_words()),
        }
    }

    /// The cell under the cursor, with all that a question about it needs.
    fn about(&self) -> Option<explain::About> {
        let ((catalog, id), column) = (self.permission()?, self.column()?);
        let staged = self.staged.get(self.column_at()).copied().flatten();
        let (person, site) = self.subjects();
        let (words, ways) = (self.words_of(catalog, id, column), Rc::clone(&self.ways.1));
        Some(explain::About { catalog: Arc::clone(catalog), permission: id, column: column.clone(), staged, person, site, ways, pin: self.pinning(), words })
    }

    /// The platform that the rows are of.
    pub(in crate::tui) fn platform(&self) -> &str {
        self.grid.as_ref().map_or("", |it| it.catalog.platform.as_str())
    }

    /// Whether the cell under the cursor can be switched, as far as that was looked at.
    pub(in crate::tui) fn can_switch(&self) -> bool {
        self.permission().is_some() && (self.mode == Mode::Roles || (self.ways.0 == self.spot() && !self.ways.1.all.is_empty()))
    }

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
            PIN if self.mode == Mode::Roles => self.pin(),
            action::VIEW_AS => vec![self.of_person(|it, _| Ok(Message::Go(Journey::ViewAs(it))))?],
            OFFBOARD_HERE => vec![self.of_person(|it, site| match env.drafted.db.find::<Person>(it)? {
                Some(person) => leaving::take_all(env, vec![person], site),
                None => Ok(no_person()),
            })?],
            FOLD => self.open(),
            FOLD_ALL => {
                self.fold_all();
                Vec::new()
            }
            action::TIMELINE => vec![self.history()],
            action::WHY => self.explain(env, false)?,
            WHO_CAN => self.explain(env, true)?,
            TRANSPOSE => {
                self.transposed = !self.transposed;
                (self.view.row, self.view.column) = (self.view.column, self.view.row);
                Vec::new()
            }
            MARK_ROWS => {
                self.mark_rows();
                Vec::new()
            }
            FIND_ROLE => self.find_role(env)?,
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
            LEVEL | PLATFORM | COPY_ROLE | PIN if self.mode != Mode::Roles => {
                let roles = key_of(action::PALETTE) + &action::ALL_ROLES.id.replace('-', " ");
                vec![Message::Complain(format!("that is about roles, and these columns are none; {roles} shows all of them"))]
            }
            COPY_ROLE => match self.column().map(|it| it.subject) {
                Some(Subject::Role(id)) => {
                    env.policy.role(id).map(|held| Message::Open(crate::tui::overlays::forms::duplicate(held))).into_iter().collect()
                }
                _ => Vec::new(),
            },
            action::COPY => self.permission().map(|(catalog, id)| Message::Copy(vec![catalog.get(id).id.clone()])).into_iter().collect(),
            action::COLUMNS => vec![self.choose_columns(env)?],
            action::BACK if !self.marks.is_empty() => {
                self.marks.take_back();
                Vec::new()
            }
            action::BACK if !self.filter.is_empty() || self.changed_only || self.chosen.is_some() => {
                self.filter.clear();
                self.changed_only = false;
                self.stale |= self.chosen.take().is_some();
                self.build_rows();
                Vec::new()
            }
            _ => Vec::new(),
        })
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
        if let Some(Row::Permission(id)) = self.row() {
            self.marks.stretch(i64::from(id.0));
        }
        Ok(Vec::new())
    }

    fn point(&mut self, room: Room, at: Position, _env: &Env<'_>) -> Result<bool> {
        Ok(self.view.point(grid_area(room), at, self.size()))
    }

    fn offers(&self, action: Action) -> bool {
        let is_of_roles = matches!(action, PIN | LEVEL | PLATFORM | COPY_ROLE);
        let is_narrowed = self.changed_only || !self.filter.is_empty() || self.chosen.is_some() || !self.marks.is_empty();
        (self.mode == Mode::Roles || !is_of_roles) && (action != action::BACK || is_narrowed)
    }

    fn show_columns(&mut self, names: Vec<String>) {
        self.chosen = Some((self.mode.clone(), names));
        self.stale = true;
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

    fn report(&mut self, env: &Env<'_>) -> Result<Report> {
        if self.stale {
            self.reload(env)?;
        }
        let grid = self.grid.as_ref().filter(|it| !it.columns.is_empty()).context("there is no matrix here to write")?;
        let is_whole = self.filter.is_empty() && !self.changed_only;
        let is_shown = |id: &PermId| is_whole || self.rows.contains(&Row::Permission(*id));
        let row = |id: PermId| {
            let permission = grid.catalog.get(id);
            let cells = (0..grid.columns.len()).map(|at| self.word(at, id).to_owned());
            [grid.catalog.categories[permission.category].name.clone(), permission.label.clone()].into_iter().chain(cells).collect()
        };
        let header = ["category", "permission"].map(str::to_owned).into_iter().chain(grid.columns.iter().map(|it| it.name.clone()));
        let filter = (!self.filter.is_empty()).then(|| format!("only what holds: {}", self.filter));
        let differing = self.changed_only.then(|| "only rows that differ or are changed".to_owned());
        let is_changed = self.staged.iter().flatten().any(|it| !it.changed().is_empty());
        let staged = is_changed.then(|| "with what is staged and not saved".to_owned());
        Ok(Report {
            title: format!("Matrix: {}", self.mode_words(env.policy)),
            remarks: filter.into_iter().chain(differing).chain(staged).collect(),
            header: header.collect(),
            rows: grid.catalog.ids().filter(is_shown).map(row).collect(),
        })
    }

    fn draw(&self, frame: &mut Frame<'_>, room: Room, paint: &Paint<'_>) {
        let theme = paint.theme;
        let filter = if self.filter.is_empty() { String::new() } else { format!("/{}  ", self.filter) };
        let chosen = self.n_all.checked_sub(self.n_columns()).filter(|n| *n > 0);
        let chosen = chosen.map_or_else(String::new, |_| format!("{} of {} columns  ", self.n_columns(), self.n_all));
        let note = format!("{filter}{chosen}{}", if self.changed_only { "only rows that differ" } else { "" });
        let name = format!("{} {}: {}", key_of_pane(PLACE), PLACE.title, self.mode_words(paint.policy));
        let count = self.beyond_words();
        lines::title(frame, room.area, theme, Title { name: &name, note: note.trim_end(), count: &count }, paint.focused);
        let inside = room.inside();
        if inside.height == 0 {
            return;
        }
        let Some(grid) = self.grid.as_ref().filter(|it| !it.columns.is_empty()) else { return self.draw_nobody(frame, inside, theme) };
        if self.rows.is_empty() {
            let words = if self.filter.is_empty() {
                format!(" these columns do not differ; {} shows all rows", key_of(CHANGED))
            } else {
                format!(" no permission matches; {} shows all", key_of(action::BACK))
            };
            lines::paint(frame, Rect { y: inside.y + heads(room), height: 1, ..inside }, vec![Line::styled(words, theme.hint)]);
        }
        let area = grid_area(room);
        let cells = MatrixCells { matrix: self, grid, theme };
        self.view.draw(frame, area, &cells, theme, paint.focused);
        lines::paint(frame, Rect { y: area.bottom(), height: 1, ..area }, vec![cells.legend(usize::from(area.width))]);
        if !self.rows.is_empty() && paint.focused {
            frame.set_cursor_position(self.view.spot(area));
        }
    }
}

fn no_person() -> Message {
    Message::Complain("that is done to a person: these columns are roles".to_owned())
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

fn moved(at: usize, by: isize, n: usize) -> usize {
    at.saturating_add_signed(by).min(n.saturating_sub(1))
}
