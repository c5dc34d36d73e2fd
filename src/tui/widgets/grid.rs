//! A grid with sticky headers that paints only what is seen.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::lines;
use crate::domain::text;
use crate::tui::theme::Theme;

/// What a grid shows: asked for visible cells only.
pub(in crate::tui) trait Cells {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    /// A row's label and its look, and what of less weight stands behind it.
    fn label(&self, row: usize) -> (String, Style, String);
    /// A column's header in two lines, and its look.
    fn header(&self, column: usize) -> ([String; 2], Style);
    /// A cell: two characters at most.
    fn cell(&self, row: usize, column: usize) -> (String, Style);
}

/// Cursor and scroll of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct View {
    pub(in crate::tui) row: usize,
    pub(in crate::tui) column: usize,
    top: usize,
    left: usize,
    height: usize,
    width: usize,
    shape: Shape,
}

/// The widest that a cell grows: a name of two words in one line.
const WIDEST: usize = 20;

/// How wide labels and cells are, the gap included, and in how many lines columns are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    label: usize,
    cell: usize,
    heads: u16,
}

impl View {
    /// Fits the view to an area and to what there is. Where all columns have room their cells grow with it. The window
    /// jumps by half a screen when the cursor leaves it.
    pub(in crate::tui) fn fit(&mut self, area: Rect, heads: u16, (rows, columns): (usize, usize)) {
        let (label, cell) = match area.width {
            0..56 => (26, 5),
            56..66 => (28, 5),
            66..100 => (28, 6),
            100.. => (36, 8),
        };
        let room = usize::from(area.width).saturating_sub(label);
        let cell = cell.max((room / columns.max(1)).min(WIDEST));
        self.shape = Shape { label, cell, heads };
        self.height = usize::from(area.height.saturating_sub(heads)).max(1);
        self.width = (room / cell).max(1);
        self.row = self.row.min(rows.saturating_sub(1));
        self.column = self.column.min(columns.saturating_sub(1));
        self.top = scrolled(self.top, self.row, self.height, rows);
        self.left = scrolled(self.left, self.column, self.width, columns);
    }

    pub(in crate::tui) fn page(&self) -> usize {
        self.height
    }

    /// How long a line of a column's name may be, and how many there are.
    pub(in crate::tui) fn head_room(&self) -> (usize, u16) {
        (self.shape.cell.saturating_sub(1), self.shape.heads)
    }

    pub(in crate::tui) fn columns_shown(&self) -> usize {
        self.width
    }

    /// The rows and the columns that are seen.
    pub(in crate::tui) fn seen(&self, (rows, columns): (usize, usize)) -> (Range<usize>, Range<usize>) {
        (self.top..(self.top + self.height).min(rows), self.left..(self.left + self.width).min(columns))
    }

    /// How many columns there are to the left and to the right of those that are shown.
    pub(in crate::tui) fn beyond(&self, columns: usize) -> (usize, usize) {
        (self.left, columns.saturating_sub(self.left + self.width))
    }

    /// Paints what is seen; only in focus the cursor is reverse.
    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, area: Rect, cells: &dyn Cells, theme: &Theme, focused: bool) {
        let Shape { label, cell: wide, heads } = self.shape;
        let columns = self.left..(self.left + self.width).min(cells.columns());
        let buffer = frame.buffer_mut();
        for (at, column) in columns.clone().enumerate() {
            let x = area.x + narrow(label + at * wide);
            let (words, style) = cells.header(column);
            let style = if column == self.column { style.patch(theme.heading) } else { style };
            for (line, word) in (0..heads).zip(words) {
                buffer.set_string(x, area.y + line, lines::cell(&word, wide - 1), style);
            }
        }
        for row in self.top..(self.top + self.height).min(cells.rows()) {
            let y = area.y + heads + narrow(row - self.top);
            let here = row == self.row;
            let (text, style, rest) = cells.label(row);
            buffer.set_string(area.x, y, if here { ">" } else { " " }, theme.heading);
            buffer.set_string(area.x + 1, y, lines::cell(&text, label - 2), style);
            let used = text::width(&text) + 2;
            if used + text::width(&rest) <= label - 2 {
                buffer.set_string(area.x + 1 + narrow(used), y, rest, theme.hint);
            }
            for (at, column) in columns.clone().enumerate() {
                let (text, style) = cells.cell(row, column);
                let x = area.x + narrow(label + at * wide + before_mark(wide));
                if here && column == self.column {
                    // As weak as what it stands on it would be overlooked.
                    let look = if focused { theme.cursor } else { style.remove_modifier(Modifier::DIM).patch(theme.heading) };
                    buffer.set_string(x, y, format!("[{}]", lines::cell(&text, 2)), look);
                } else if !text.trim().is_empty() {
                    buffer.set_string(x + 1, y, &text, style);
                }
            }
        }
    }

    /// Puts the cursor where somebody points: on a cell, or by its label on a row; `false` where there is nothing.
    pub(in crate::tui) fn point(&mut self, area: Rect, at: Position, (rows, columns): (usize, usize)) -> bool {
        let Shape { label, cell, heads } = self.shape;
        let Some(row) = at.y.checked_sub(area.y + heads).map(|it| self.top + usize::from(it)) else { return false };
        if !area.contains(at) || row >= rows.min(self.top + self.height) {
            return false;
        }
        let column = usize::from(at.x - area.x).checked_sub(label).map(|it| self.left + it / cell);
        self.row = row;
        self.column = column.filter(|it| *it < columns.min(self.left + self.width)).unwrap_or(self.column);
        true
    }

    /// Where the cursor's cell is, for the terminal's own cursor.
    pub(in crate::tui) fn spot(&self, area: Rect) -> (u16, u16) {
        let Shape { label, cell, heads } = self.shape;
        let x = label + (self.column - self.left) * cell + before_mark(cell) + 1;
        (area.x + narrow(x), area.y + heads + narrow(self.row - self.top))
    }
}

/// Blanks before a cell's brackets: its mark stands under the beginning of the column's name.
fn before_mark(cell: usize) -> usize {
    (cell.saturating_sub(4) / 2).min(2)
}

fn scrolled(start: usize, at: usize, shown: usize, all: usize) -> usize {
    let start = if at < start || at >= start + shown { at.saturating_sub(shown / 2) } else { start };
    start.min(all.saturating_sub(shown))
}

fn narrow(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
