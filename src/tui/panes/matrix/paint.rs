//! How the matrix looks: its cells, and the strip under them.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Matrix, Mode, Row};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::ripple::Cause;
use crate::domain::text;
use crate::query::matrix::{Cell, Column, Grid, Part};
use crate::session::draft::{Mark, Staged};
use crate::tui::keymap::key_of;
use crate::tui::theme::Theme;
use crate::tui::view::{Card, Pane};
use crate::tui::widgets::grid::Cells;
use crate::tui::widgets::lines::{self, span};

impl Matrix {
    /// What Space would do to the cell under the cursor, in a line.
    pub(in crate::tui) fn if_pressed(&self, theme: &Theme, width: usize) -> Option<Line<'static>> {
        let words = self.turn_words().or_else(|| self.ripple_words())?;
        let head = format!("IF {}  ", key_of(super::TOGGLE).to_uppercase());
        let words = text::fit(&words, width.saturating_sub(text::width(&head))).into_owned();
        Some(Line::from(vec![span(&head, theme.heading), span(&words, theme.text)]))
    }

    /// The way that would be gone for a person.
    fn turn_words(&self) -> Option<String> {
        let turn = self.ways.1.all.first().filter(|_| self.ways.0 == self.spot() && self.mode != Mode::Roles)?;
        Some(if self.turned.is_some() { "what is staged here is taken out".to_owned() } else { turn.words.clone() })
    }

    /// What a switch of a role would drag along.
    fn ripple_words(&self) -> Option<String> {
        let (ghost, (catalog, _)) = (self.ghost.as_ref()?, self.permission()?);
        let dragged = ghost.added.iter().chain(&ghost.removed).filter(|it| it.cause != Cause::Toggled);
        let names: Vec<&str> = dragged.map(|it| catalog.get(it.id).label.as_str()).collect();
        let verb = if ghost.removed.is_empty() { "on" } else { "off" };
        Some(if names.is_empty() { verb.to_owned() } else { format!("{verb} with {}", names.join(", ")) })
    }

    /// What of a category the column has.
    pub(super) fn category_card(&self, width: usize, theme: &Theme) -> Card {
        let (Some(grid), Some(column), Some(Row::Category(at))) = (&self.grid, self.column(), self.row()) else { return Card::default() };
        let category = &grid.catalog.categories[at];
        let held = self.held(self.column_at()) & category.members;
        let name = text::display(&column.name).into_owned();
        let mut page = vec![Line::from(span(&format!("{} of {} in {name}", held.len(), category.members.len()), theme.heading))];
        for (word, set) in [("ON", held), ("OFF", category.members - held)] {
            let labels: Vec<&str> = set.iter().map(|id| grid.catalog.get(id).label.as_str()).collect();
            let words = if labels.is_empty() { "nothing".to_owned() } else { labels.join(", ") };
            for (at, line) in lines::wrap(&words, width.saturating_sub(5)).into_iter().enumerate() {
                let word = if at == 0 { word } else { "" };
                page.push(Line::from(vec![span(&format!("{word:<5}"), theme.heading), span(&line, theme.text)]));
            }
        }
        Card { title: category.name.clone(), lines: page }
    }

    /// Instead of a grid: that there is nobody to ask about.
    pub(super) fn draw_nobody(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let text = lines::wrap(&self.nobody_words(), usize::from(area.width).saturating_sub(2));
        lines::paint(frame, area, text.into_iter().map(|line| Line::styled(format!(" {line}"), theme.hint)).collect());
    }

    pub(super) fn held(&self, column: usize) -> PermSet {
        let Some(it) = self.grid.as_ref().and_then(|grid| grid.columns.get(column)) else { return PermSet::EMPTY };
        match self.staged.get(column).copied().flatten() {
            Some(staged) => staged.closed - it.ceiling - it.absent,
            None => it.held(),
        }
    }

}

/// The grid's cells, whichever way it is turned.
pub(super) struct MatrixCells<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) grid: &'a Grid,
    pub(super) theme: &'a Theme,
}

impl MatrixCells<'_> {
    /// What the shapes mean that are seen, the less usual ones first where there is no room for all.
    pub(super) fn legend(&self, width: usize) -> Line<'static> {
        let theme = self.theme;
        let (shapes, signs) = self.seen();
        let s = &theme.shapes;
        let states = [(s.implied, "implied"), (s.some, "some"), (s.always, "owner"), (s.ceiling, "ceiling"), (s.absent, "no app"), (s.granted, "on"), (s.off, "off")];
        let (plus, switch) = (format!("+ {}", s.minus), key_of(super::TOGGLE));
        let told = [("+", plus.as_str(), "you"), (s.minus, &plus, "you"), ("&", "&", "follows"), ("?", "? if", &switch), ("o", "o", "others")];
        let mut marks: Vec<String> = told.iter().filter(|it| signs.contains(it.0)).map(|(_, sign, word)| format!("{sign} {word}")).collect();
        marks.dedup();
        let marks = marks.join("  ");
        let mut room = width.saturating_sub(text::width(&marks) + 3);
        let mut spans = vec![span(" ", theme.hint)];
        for (shape, word) in states.into_iter().filter(|it| shapes.contains(it.0)) {
            let words = format!("{shape} {word}  ");
            let Some(rest) = room.checked_sub(text::width(&words)) else { break };
            room = rest;
            spans.push(span(&words, theme.hint));
        }
        // Their colours are those of what is staged: the words alone have none.
        spans.push(span(&marks, theme.hint));
        Line::from(spans)
    }

    /// The shapes of the cells that are seen, and the signs beside them.
    fn seen(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (rows, columns) = self.matrix.view.seen(self.matrix.size());
        let texts = rows.flat_map(|row| columns.clone().map(move |column| self.cell(row, column).0));
        let parts = texts.map(|it| it.chars().next().map_or_else(Default::default, |shape| (shape.to_string(), it[shape.len_utf8()..].to_owned())));
        parts.unzip()
    }

    fn name(&self, row: usize) -> (String, Style) {
        let catalog = &self.grid.catalog;
        match self.matrix.rows[row] {
            Row::Category(at) => {
                let category = &catalog.categories[at];
                let is_open = self.matrix.rows.get(row + 1).is_some_and(|it| matches!(it, Row::Permission(_)));
                let arrow = if is_open { self.theme.shapes.open } else { self.theme.shapes.closed };
                (format!("{arrow} {}", category.name), if is_open { self.theme.heading } else { self.theme.text })
            }
            Row::Permission(id) => {
                let permission = catalog.get(id);
                let risk = if permission.is_sensitive() { "!" } else { " " };
                let mark = if self.matrix.marks.has(i64::from(id.0)) { "*" } else { " " };
                (format!("{mark} {risk} {}", permission.label), self.theme.text)
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

    /// What the cell would become by the way if Space were pressed now: with a question mark, as none of it is staged. The
    /// cell that is switched shows what it is.
    fn ghost(&self, id: PermId, column: usize) -> Option<(&'static str, &'static str)> {
        let ghost = self.matrix.ghost.as_ref().filter(|_| column == self.matrix.column_at())?;
        let shapes = &self.theme.shapes;
        let effect = ghost.added.iter().chain(&ghost.removed).find(|it| it.id == id && it.cause != Cause::Toggled)?;
        Some((if ghost.added.contains(effect) { shapes.implied } else { shapes.off }, "?"))
    }
}

impl Cells for MatrixCells<'_> {
    fn rows(&self) -> usize {
        self.matrix.size().0
    }

    fn columns(&self) -> usize {
        self.matrix.size().1
    }

    fn label(&self, row: usize) -> (String, Style, String) {
        if self.matrix.transposed {
            let column = &self.grid.columns[row];
            return (column.name.clone(), self.theme.text, String::new());
        }
        let (name, style) = self.name(row);
        let count = match self.matrix.rows[row] {
            Row::Category(at) => self.grid.catalog.categories[at].members.len().to_string(),
            Row::Permission(_) => String::new(),
        };
        (name, style, count)
    }

    fn header(&self, column: usize) -> ([String; 2], Style) {
        let (name, style) = match self.matrix.rows.get(column).filter(|_| self.matrix.transposed) {
            Some(Row::Category(at)) => (&self.grid.catalog.categories[*at].name, self.name(column).1),
            Some(Row::Permission(id)) => (&self.grid.catalog.get(*id).label, self.theme.text),
            None => (&self.grid.columns[column].name, self.theme.text),
        };
        let lines = match self.matrix.view.head_room() {
            (width, 1) => [packed(name, width), String::new()],
            (width, _) => two_lines(name, width),
        };
        (lines, style)
    }

    fn cell(&self, row: usize, column: usize) -> (String, Style) {
        if self.matrix.transposed { self.paint(column, row) } else { self.paint(row, column) }
    }
}

/// A name in so few columns that it can be told from its neighbours: of each word its beginning, of the first the most,
/// and numbers whole.
fn packed(name: &str, width: usize) -> String {
    if text::width(name) <= width {
        return name.to_owned();
    }
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
    let is_number = |it: &str| it.chars().all(|c| c.is_ascii_digit());
    let mut kept: Vec<String> = words.iter().map(|it| if is_number(it) { (*it).to_owned() } else { it.chars().take(1).collect() }).collect();
    let used = |kept: &[String]| kept.iter().map(|it| text::width(it)).sum::<usize>();
    for (at, word) in words.iter().enumerate() {
        for letter in word.chars().skip(kept[at].chars().count()) {
            kept[at].push(letter);
            if used(&kept) > width {
                kept[at].pop();
                break;
            }
        }
    }
    kept.concat()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_told_apart_in_five_columns() {
        for (name, short) in [
            ("Marketing Manager", "MarkM"),
            ("Website Manager", "WebsM"),
            ("Website Designer", "WebsD"),
            ("R custom-001", "Rc001"),
            ("R custom-002", "Rc002"),
            ("Concierge", "Conci"),
            ("Back", "Back"),
            ("Client & Partner desk", "CliPd"),
        ] {
            assert_eq!(packed(name, 5), short, "{name}");
        }
    }
}
