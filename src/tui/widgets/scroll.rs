//! Lines that may be more than there is room for: how far they are scrolled, and how many are further down.

use std::cell::Cell as Shared;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::lines;
use crate::tui::action::{self, Action};

/// Moves a position by an action; `None` where the action does not move.
pub(in crate::tui) fn moved(action: Action, at: usize, page: usize, last: usize) -> Option<usize> {
    let to = match action {
        action::DOWN => at + 1,
        action::UP => at.saturating_sub(1),
        action::PAGE_DOWN => at + page,
        action::PAGE_UP => at.saturating_sub(page),
        action::HALF_DOWN => at + (page / 2).max(1),
        action::HALF_UP => at.saturating_sub((page / 2).max(1)),
        action::TOP => 0,
        action::BOTTOM => last,
        _ => return None,
    };
    Some(to.min(last))
}

pub(in crate::tui) struct Scroll {
    top: usize,
    /// How many lines there were when they were painted last, and how many of them there was room for.
    length: Shared<usize>,
    room: Shared<usize>,
}

impl Default for Scroll {
    fn default() -> Scroll {
        Scroll { top: 0, length: Shared::new(0), room: Shared::new(10) }
    }
}

impl Scroll {
    /// The first line in sight.
    pub(in crate::tui) fn top(&self) -> usize {
        self.top.min(self.last())
    }

    /// The furthest that it can be scrolled.
    fn last(&self) -> usize {
        self.length.get().saturating_sub(self.room.get())
    }

    /// Scrolls it; `false` where the action does not move.
    pub(in crate::tui) fn moves(&mut self, action: Action) -> bool {
        let to = moved(action, self.top(), self.room.get(), self.last());
        self.top = to.unwrap_or(self.top);
        to.is_some()
    }

    pub(in crate::tui) fn by(&mut self, lines: isize) {
        self.top = self.top().saturating_add_signed(lines).min(self.last());
    }

    /// Scrolls as far as it takes to have a line in sight.
    pub(in crate::tui) fn show(&mut self, line: usize) {
        self.top = self.top().max((line + 1).saturating_sub(self.room.get())).min(line);
    }

    /// Paints what is in sight; how many lines are further down.
    pub(in crate::tui) fn paint(&self, frame: &mut Frame<'_>, area: Rect, page: Vec<Line<'static>>) -> usize {
        self.length.set(page.len());
        self.room.set(usize::from(area.height));
        let hidden = page.len().saturating_sub(self.top() + usize::from(area.height));
        lines::paint(frame, area, page.into_iter().skip(self.top()).collect());
        hidden
    }
}
