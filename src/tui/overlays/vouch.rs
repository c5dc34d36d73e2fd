//! The clock is in doubt: whoever sits here may say that it is right.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::command::Doubt;
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::lines::{self, span, wrap};

pub(in crate::tui) struct Vouch(String);

impl Vouch {
    pub(in crate::tui) fn new(doubt: &Doubt) -> Vouch {
        Vouch(format!("Nothing was done: it depends on the hour, and {doubt}. Is this machine's clock right?"))
    }
}

impl Overlay for Vouch {
    fn places(&self) -> &'static [&'static Place] {
        &[super::QUESTION]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            super::YES => vec![Message::Close, Message::Vouch],
            super::NO | action::CLOSE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(6).min(84);
        let words = wrap(&self.0, usize::from(width.saturating_sub(4))).into_iter().map(|it| Line::from(span(&it, theme.text)));
        let yes = span(&format!("   {}", key_of(super::YES)), theme.key);
        let ways = Line::from(vec![span("[ Back ]", theme.cursor), yes, span(" it is right", theme.text)]);
        let page: Vec<Line<'static>> = words.chain([Line::default(), ways]).collect();
        let height = u16::try_from(page.len() + 2).unwrap_or(u16::MAX);
        let inside = lines::popup(frame, area, width, height, theme, "The clock is in doubt");
        lines::paint(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, page);
    }
}
