//! A grid with sticky headers that paints only what is seen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::lines;
use crate::tui::theme::Theme;

/// Columns of one cell, the gap included.
const CELL: usize = 8;

/// What a grid shows: asked for visible cells only.
pub(in crate::tui) trait Cells {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    /// A row's label and its look.
    fn label(&self, row: usize) -> (String, Style);
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
}

impl View {
    /// How wide the labels are in an area.
    pub(in crate::tui) fn label_width(area: Rect) -> usize {
        (usize::from(area.width) * 2 / 5).clamp(20, 34)
    }

    /// Fits the view to an area and to what there is. The window jumps by half a screen
    /// when the cursor leaves it.
    pub(in crate::tui) fn fit(&mut self, area: Rect, rows: usize, columns: usize) {
        self.height = usize::from(area.height).saturating_sub(2).max(1);
        self.width = (usize::from(area.width).saturating_sub(View::label_width(area)) / CELL).max(1);
        self.row = self.row.min(rows.saturating_sub(1));
        self.column = self.column.min(columns.saturating_sub(1));
        self.top = scrolled(self.top, self.row, self.height, rows);
        self.left = scrolled(self.left, self.column, self.width, columns);
    }

    pub(in crate::tui) fn page(&self) -> usize {
        self.height
    }

    pub(in crate::tui) fn columns_shown(&self) -> usize {
        self.width
    }

    pub(in crate::tui) fn draw(&self, frame: &mut Frame<'_>, area: Rect, cells: &dyn Cells, theme: &Theme) {
        let label = View::label_width(area);
        let columns = self.left..(self.left + self.width).min(cells.columns());
        let buffer = frame.buffer_mut();
        for (at, column) in columns.clone().enumerate() {
            let x = area.x + narrow(label + at * CELL);
            let (words, style) = cells.header(column);
            let style = if column == self.column { style.patch(theme.cursor) } else { style };
            for (line, word) in (0..).zip(words) {
                buffer.set_string(x, area.y + line, lines::cell(&word, CELL - 1), style);
            }
        }
        let hidden = [(self.left, "<"), (cells.columns().saturating_sub(columns.end), ">")];
        let more = hidden.iter().filter(|(n, _)| *n > 0).map(|(n, sign)| format!("{sign} {n} more")).collect::<Vec<_>>().join("   ");
        buffer.set_string(area.x + 3, area.y + 1, lines::cell(&more, label - 4), theme.hint);
        for row in self.top..(self.top + self.height).min(cells.rows()) {
            let y = area.y + 2 + narrow(row - self.top);
            let here = row == self.row;
            let (text, style) = cells.label(row);
            buffer.set_string(area.x, y, if here { ">" } else { " " }, theme.heading);
            buffer.set_string(area.x + 1, y, lines::cell(&text, label - 2), style);
            for (at, column) in columns.clone().enumerate() {
                let (text, style) = cells.cell(row, column);
                let x = area.x + narrow(label + at * CELL);
                if here && column == self.column {
                    buffer.set_string(x + 1, y, format!("[{}]", lines::cell(&text, 2)), style.patch(theme.cursor));
                } else if !text.trim().is_empty() {
                    buffer.set_string(x + 2, y, &text, style);
                }
            }
        }
    }

    /// Where the cursor's cell is, for the terminal's own cursor.
    pub(in crate::tui) fn spot(&self, area: Rect) -> (u16, u16) {
        let x = View::label_width(area) + (self.column - self.left) * CELL + 2;
        (area.x + narrow(x), area.y + 2 + narrow(self.row - self.top))
    }
}

fn scrolled(start: usize, at: usize, shown: usize, all: usize) -> usize {
    let start = if at < start || at >= start + shown { at.saturating_sub(shown / 2) } else { start };
    start.min(all.saturating_sub(shown))
}

fn narrow(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
