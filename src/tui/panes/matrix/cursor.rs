//! Where the cursor of the matrix stands, and what sends it elsewhere.

use super::{Matrix, Mode, Row};
use crate::domain::ids::RoleId;
use crate::domain::perm_set::PermId;
use crate::query::matrix::Subject;
use crate::tui::view::{Env, Message, Pane};

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

    pub(super) fn has_column(&self, subject: Subject) -> bool {
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

    /// Shows people or sites.
    pub(in crate::tui) fn show(&mut self, mode: Mode, at: Option<Subject>) {
        self.show_all();
        self.mode = mode;
        self.point(at, None);
    }

    /// Shows all columns again.
    pub(super) fn show_all(&mut self) {
        if !self.only.is_empty() {
            self.only.clear();
            self.changed_only = false;
            self.stale = true;
        }
    }

    /// Shows the rows in which these columns differ, and no other columns; of one alone, all rows.
    pub(in crate::tui) fn compare(&mut self, only: Vec<Subject>) {
        self.changed_only = only.len() > 1;
        self.only = only;
        self.stale = true;
    }

    /// The roles that are compared.
    pub(in crate::tui) fn compared_roles(&self) -> Vec<RoleId> {
        let role = |it: &Subject| if let Subject::Role(id) = it { Some(*id) } else { None };
        self.only.iter().filter_map(role).collect()
    }

    /// Goes to a permission, keeping the columns and the one under the cursor.
    pub(in crate::tui) fn go(&mut self, permission: String) {
        self.point(None, Some(permission));
    }

    /// Goes to a permission in the column that one is on the way to.
    pub(in crate::tui) fn go_down_to(&mut self, permission: String) {
        let column = self.wanted.take().and_then(|it| it.0);
        self.point(column, Some(permission));
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

    /// Puts the cursor where it was asked for, or where it was.
    pub(super) fn seek(&mut self, subject: Option<Subject>, permission: Option<String>, row: Option<Row>) {
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

    pub(super) fn seek_cause(&mut self, id: PermId) -> Vec<Message> {
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

    pub(super) fn go_to(&mut self, row: Row) {
        if let Some(at) = self.rows.iter().position(|it| *it == row) {
            self.set_row(at);
        }
    }
}
