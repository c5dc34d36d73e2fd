//! What one can point at in a window, as it was painted last.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use crate::tui::action::Action;

/// What stands where somebody points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Hit {
    Outside,
    /// In the window, beside all of these.
    Nothing,
    /// A row, by the number that the window gave it.
    Row(usize),
    Button(Action),
}

#[derive(Debug, Default)]
pub(in crate::tui) struct Hits(RefCell<Painted>);

#[derive(Debug, Default)]
struct Painted {
    window: Rect,
    all: Vec<(Rect, Hit)>,
}

impl Hits {
    /// The window is painted anew, with this room inside its border.
    pub(in crate::tui) fn begin(&self, inside: Rect) {
        let window =
            Rect { x: inside.x.saturating_sub(1), y: inside.y.saturating_sub(1), width: inside.width + 2, height: inside.height + 2 };
        *self.0.borrow_mut() = Painted { window, all: Vec::new() };
    }

    pub(in crate::tui) fn row(&self, area: Rect, number: usize) {
        self.0.borrow_mut().all.push((area, Hit::Row(number)));
    }

    /// Rows of one line each from the top of this room on, numbered from `first`.
    pub(in crate::tui) fn rows(&self, room: Rect, first: usize, n: usize) {
        let shown = n.min(usize::from(room.height));
        (room.y..).zip(first..first + shown).for_each(|(y, number)| self.row(Rect { y, height: 1, ..room }, number));
    }

    /// Buttons that stand beside each other from the left of this line on; each is so many of the spans.
    pub(in crate::tui) fn buttons(&self, line: Rect, spans: &[Span<'_>], buttons: &[(usize, Action)]) {
        let (mut x, mut spans) = (line.x, spans.iter());
        for (n, action) in buttons {
            let width = spans.by_ref().take(*n).map(Span::width).sum::<usize>();
            let width = u16::try_from(width).unwrap_or(u16::MAX);
            self.0.borrow_mut().all.push((Rect { x, width, height: 1, ..line }, Hit::Button(*action)));
            x = x.saturating_add(width);
        }
    }

    pub(in crate::tui) fn at(&self, place: Position) -> Hit {
        let painted = self.0.borrow();
        let among = painted.all.iter().rev().find(|it| it.0.contains(place)).map(|it| it.1);
        among.unwrap_or(if painted.window.contains(place) { Hit::Nothing } else { Hit::Outside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action;

    #[test]
    fn what_is_pointed_at_is_a_row_a_button_the_window_or_what_is_outside_of_it() {
        let hits = Hits::default();
        hits.begin(Rect::new(10, 5, 20, 4));
        hits.rows(Rect::new(10, 5, 20, 2), 7, 9);
        let spans = ["[ Back ]", "   y", " do it"].map(Span::raw);
        hits.buttons(Rect::new(10, 8, 20, 1), &spans, &[(1, action::CLOSE), (2, action::HELP)]);
        for (x, y, hit) in [
            (12, 5, Hit::Row(7)),
            (29, 6, Hit::Row(8)),
            (12, 7, Hit::Nothing),
            (9, 4, Hit::Nothing),
            (8, 5, Hit::Outside),
            (17, 8, Hit::Button(action::CLOSE)),
            (18, 8, Hit::Button(action::HELP)),
            (28, 8, Hit::Nothing),
            (12, 10, Hit::Outside),
        ] {
            assert_eq!(hits.at(Position::new(x, y)), hit, "{x} {y}");
        }
        hits.begin(Rect::new(0, 0, 5, 5));
        assert_eq!(hits.at(Position::new(12, 5)), Hit::Outside);
    }
}
