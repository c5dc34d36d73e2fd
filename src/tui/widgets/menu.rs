//! A window with one line a row, of which one is under the cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::hits::Hits;
use super::lines::{self, span};
use crate::tui::theme::Theme;

/// Paints those rows for which there is room, the one under the cursor among them. `line` says a row in so many columns.
pub(in crate::tui) fn paint(
    frame: &mut Frame<'_>,
    area: Rect,
    (title, theme, hits): (&str, &Theme, &Hits),
    (at, n): (usize, usize),
    line: impl Fn(usize, usize) -> (String, Style),
) {
    let width = area.width.saturating_sub(4).min(92);
    let height = u16::try_from(n + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
    let inside = lines::popup(frame, area, width, height, theme, title);
    hits.begin(inside);
    let (room, width) = (usize::from(inside.height).max(1), usize::from(inside.width));
    let top = (at + 1).saturating_sub(room);
    hits.rows(inside, top, n - top);
    let row = |nth: usize| {
        let (words, style) = line(nth, width);
        Line::from(span(&lines::cell(&format!(" {words}"), width), if nth == at { theme.cursor } else { style }))
    };
    frame.set_cursor_position((inside.x, inside.y + u16::try_from(at - top).unwrap_or(0)));
    lines::paint(frame, inside, (top..n).take(room).map(row).collect());
}
