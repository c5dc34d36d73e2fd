//! The panel: what there is to say about the row or the cell under the cursor, and how far it is scrolled.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::{App, PANES};
use crate::tui::layout::Layout;
use crate::tui::links::{self, Link};
use crate::tui::view::{Card, Spot};
use crate::tui::widgets::lines::{self, Title};

#[derive(Default)]
pub(super) struct Panel {
    /// The pane, what its cursor is on, and the size that the lines are made for.
    of: Option<(usize, Option<Spot>, Size)>,
    card: Card,
    top: usize,
}

impl Panel {
    /// What it says may be otherwise now.
    pub(super) fn stale(&mut self) {
        self.of = None;
    }
}

impl App {
    /// Reads the card about what the cursor is on, if it is not the one at hand.
    pub(super) fn load_panel(&mut self, layout: &Layout) -> Result<()> {
        let (at, room) = (self.focus, layout.inside_panel().as_size());
        let pane = self.panes.all()[at];
        let of = (at, pane.spot(), room);
        if room.width == 0 || self.panel.of == Some(of) {
            return Ok(());
        }
        if self.finds_nothing() && self.panel.of.is_some_and(|it| it.0 == at) {
            return Ok(());
        }
        let same = self.panel.of.is_some_and(|(pane, spot, _)| (pane, spot) == (at, of.1));
        let mut card = pane.card(&self.world.env(), usize::from(room.width).saturating_sub(2), &self.theme)?;
        if card.lines.len() > usize::from(room.height) {
            card.lines.retain(|it| it.width() > 0);
        }
        let top = if same { self.panel.top.min(card.lines.len().saturating_sub(usize::from(room.height))) } else { 0 };
        self.panel = Panel { of: Some(of), card, top };
        Ok(())
    }

    /// Scrolls it by lines, as far as there are any.
    pub(super) fn scroll_panel(&mut self, by: isize) {
        let room = self.layout().inside_panel().height;
        self.panel.top = self.panel.top.saturating_add_signed(by).min(self.panel.card.lines.len().saturating_sub(usize::from(room)));
    }

    /// The addresses in the card, where one can see them.
    pub(in crate::tui) fn links(&self) -> Vec<Link> {
        if !self.overlays.is_empty() || self.presenting.is_some() || self.is_too_small() {
            return Vec::new();
        }
        let inside = self.layout().inside_panel();
        let page = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let lines = self.panel.card.lines.iter().skip(self.panel.top).take(usize::from(page.height));
        (page.y..).zip(lines).flat_map(|(y, line)| links::of_line(line, Position::new(page.x, y), page.width)).collect()
    }

    pub(super) fn draw_panel(&self, frame: &mut Frame<'_>, layout: &Layout) {
        let (inside, card) = (layout.inside_panel(), &self.panel.card);
        let hidden = card.lines.len().saturating_sub(self.panel.top + usize::from(inside.height));
        if layout.framed.0 {
            let count = if hidden > 0 { format!("{hidden} more below") } else { String::new() };
            let name = if card.title.is_empty() { PANES[self.focus].title } else { &card.title };
            lines::title(frame, layout.panel, &self.theme, Title { name, count: &count, ..Title::default() }, false);
        }
        let page = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        lines::paint(frame, page, card.lines.iter().skip(self.panel.top).take(usize::from(inside.height)).cloned().collect());
    }
}
