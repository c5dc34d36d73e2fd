//! How the matrix looks: its cells, and the strip under them.

use std::collections::HashSet;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Matrix, Mode, Row};
use crate::domain::catalog::Catalog;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::ripple::Cause;
use crate::domain::text;
use crate::query::matrix::{Cell, Column, Grid, Part};
use crate::session::draft::{Mark, Staged};
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::overlays;
use crate::tui::theme::Theme;
use crate::tui::view::{Effect, Paint};
use crate::tui::widgets::grid::Cells;
use crate::tui::widgets::lines::{self, plural, span};

/// Lines under the grid: a rule, the cell, what the draft does and to whom, the legend.
pub(super) const STRIP: u16 = 6;

impl Matrix {
    /// What the cursor rests on, and what the draft would do.
    pub(super) fn draw_strip(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
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
            let words = format!(": {held} of {} in {name}. {} unfolds", category.members.len(), key_of(super::FOLD));
            return Line::from(vec![span(&category.name, theme.heading), span(&words, theme.text)]);
        };
        let label = catalog.get(id).label.clone();
        let state = self.state_words(catalog, column, id);
        let mut spans = vec![span(&label, theme.heading), span(&format!(" in {name}: {state}"), theme.text)];
        if let Some(ghost) = &self.ghost {
            let dragged = ghost.added.iter().chain(&ghost.removed).filter(|it| it.cause != Cause::Toggled);
            let names: Vec<&str> = dragged.map(|it| catalog.get(it.id).label.as_str()).collect();
            let verb = if ghost.removed.is_empty() { "on" } else { "off" };
            let others = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
            let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
            spans.push(span(&text::fit(&format!(". {}: {verb}{others}", key_of(super::TOGGLE)), width.saturating_sub(used)), theme.hint));
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
fn effect_lines(paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
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
    let differences = paint.draft.roles(paint.policy);
    if paint.draft.is_empty(paint.policy) {
        let words = format!("Nothing is staged. Nothing is written before {} and {}.", key_of(action::SAVE), key_of(overlays::YES));
        return Line::styled(words, theme.hint);
    }
    let by_you: usize = differences.iter().map(|(_, it)| it.by_you.len()).sum();
    let follows: usize = differences.iter().map(|(_, it)| it.follows.len()).sum();
    let names =
        differences.iter().filter_map(|(role, it)| Some((paint.policy.catalog(&paint.draft.policy(paint.policy).role(*role)?.role.platform)?, it.follows)));
    let names: Vec<&str> = names.flat_map(|(catalog, set)| set.iter().map(|id| catalog.get(id).label.as_str())).collect();
    let list = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    let words = match paint.effect {
        Effect::Counting => "   counting whom it touches…".to_owned(),
        Effect::Known(impact) if impact.is_empty() => format!("   {}nobody gains or loses anything", impact.proviso()),
        Effect::Known(_) | Effect::None => String::new(),
    };
    let others = paint.draft.count(paint.policy) - by_you;
    let head = match (by_you, others) {
        (_, 0) => format!("{by_you} by you"),
        (0, _) => plural(others, "step"),
        _ => format!("{by_you} by you, {}", plural(others, "step")),
    };
    let room = width.saturating_sub(text::width(&head) + text::width(&words));
    let rest = text::fit(&format!(", {follows} follow{list}"), room).into_owned();
    Line::from(vec![span(&head, theme.gain), span(&rest, theme.follows), span(&words, theme.text)])
}

/// The grid's cells, whichever way it is turned.
pub(super) struct MatrixCells<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) grid: &'a Grid,
    pub(super) theme: &'a Theme,
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
        let staged = self.matrix.staged.get(column).and_then(Option::as_ref);
        match self.matrix.rows[row] {
            Row::Category(at) => self.category(&self.grid.catalog.categories[at].members, it, staged, column),
            Row::Permission(id) => self.permission(id, it, staged, column),
        }
    }

    fn category(&self, members: &PermSet, column: &Column, staged: Option<&Staged>, at: usize) -> (String, Style) {
        let shapes = &self.theme.shapes;
        let part = Part::of(*members, self.matrix.held(at));
        let shape = match part {
            _ if members.is_subset(&column.absent) => shapes.absent,
            Part::All if column.owner => shapes.always,
            Part::All => shapes.granted,
            Part::None => shapes.off,
            Part::Some => shapes.some,
        };
        let changed = staged.map_or(PermSet::EMPTY, |it| it.changed() & *members);
        let style = if part == Part::None { self.theme.hint } else { self.theme.text };
        match staged.filter(|_| !changed.is_empty()) {
            Some(staged) if (staged.by_you & *members).is_empty() => (format!("{shape}&"), self.theme.follows),
            Some(staged) if (changed & staged.closed).is_empty() => (format!("{shape}{}", shapes.minus), self.theme.loss),
            Some(_) => (format!("{shape}+"), self.theme.gain),
            None => (shape.to_owned(), style),
        }
    }

    fn permission(&self, id: PermId, column: &Column, staged: Option<&Staged>, at: usize) -> (String, Style) {
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
