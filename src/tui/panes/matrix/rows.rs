//! Which rows the matrix has: the categories that are open, what the filter lets through, what differs.

use std::sync::Arc;

use anyhow::Result;

use super::{Matrix, Row};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::things::Level;
use crate::query::search;
use crate::tui::overlays::covering;
use crate::tui::view::{Env, Message};

impl Matrix {
    pub(super) fn build_rows(&mut self) {
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

    /// Begins a range of permissions at this one, or keeps it as marks.
    pub(super) fn mark_rows(&mut self) {
        if self.marks.keep_range() {
            return;
        }
        let Some(Row::Permission(at)) = self.row() else { return };
        let number = |it: &Row| if let Row::Permission(id) = it { Some(i64::from(id.0)) } else { None };
        self.marks.begin(self.rows.iter().filter_map(number).collect(), i64::from(at.0));
    }

    /// The page that tells which roles cover what is marked, or what is under the cursor.
    pub(super) fn find_role(&self, env: &Env<'_>) -> Result<Vec<Message>> {
        let Some(grid) = &self.grid else { return Ok(Vec::new()) };
        let marked: PermSet = grid.catalog.ids().filter(|id| self.marks.has(i64::from(id.0))).collect();
        let asked = match self.row() {
            _ if !marked.is_empty() => marked,
            Some(Row::Permission(id)) => PermSet::of(id),
            Some(Row::Category(at)) => grid.catalog.categories[at].members,
            None => return Ok(Vec::new()),
        };
        let (catalog, level) = (Arc::clone(&grid.catalog), self.level.unwrap_or(Level::Site));
        let site = self.subjects().1;
        Ok(vec![covering::open(env, &catalog, asked, level, site)?])
    }

    /// Folds a category, or goes from an implied cell to what causes it.
    pub(super) fn open(&mut self) -> Vec<Message> {
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

    pub(super) fn fold_all(&mut self) {
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
}
