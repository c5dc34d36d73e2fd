//! The panel: what there is to say about the row or the cell under the cursor, and how far it is scrolled.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{App, PANES};
use crate::tui::action::Seat;
use crate::tui::layout::Layout;
use crate::tui::view::{Card, Spot};
use crate::tui::widgets::lines;

#[derive(Default)]
pub(super) struct Panel {
    /// The pane, what its cursor is on, and the width that the lines are made for.
    of: Option<(usize, Option<Spot>, u16)>,
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
        let (at, width) = (self.focus, layout.panel.width);
        let pane = self.panes.all()[at];
        let of = (at, pane.spot(), width);
        if width == 0 || self.panel.of == Some(of) {
            return Ok(());
        }
        let same = self.panel.of.is_some_and(|(pane, spot, _)| (pane, spot) == (at, of.1));
        let card = pane.card(&self.world.env(), usize::from(width).saturating_sub(2), &self.theme)?;
        let top = if same { self.panel.top } else { 0 };
        self.panel = Panel { of: Some(of), card, top };
        Ok(())
    }

    /// Scrolls it by lines, as far as there are any.
    pub(super) fn scroll_panel(&mut self, by: isize) {
        let room = self.layout().panel.height.saturating_sub(1);
        let last = self.panel.card.lines.len().saturating_sub(usize::from(room));
        self.panel.top = self.panel.top.saturating_add_signed(by).min(last);
    }

    pub(super) fn draw_panel(&self, frame: &mut Frame<'_>, layout: &Layout) {
        let (area, card) = (layout.panel, &self.panel.card);
        let inside = if layout.framed.0 { Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area } } else { area };
        let hidden = card.lines.len().saturating_sub(self.panel.top + usize::from(inside.height));
        if layout.framed.0 {
            let name = if PANES[self.focus].seat == Some(Seat::Answer) {
                card.title.clone()
            } else {
                lines::cell(&card.title, 40).trim_end().to_owned()
            };
            let below = if hidden > 0 { format!("{hidden} more below") } else { String::new() };
            lines::title(frame, area, &self.theme, (&name, &below), false);
        }
        let page = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        lines::paint(frame, page, card.lines.iter().skip(self.panel.top).take(usize::from(inside.height)).cloned().collect());
    }
}
