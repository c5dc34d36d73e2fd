//! A question that is answered by yes, and by everything else with no.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::command::Doubt;
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span, wrap};

pub(in crate::tui) struct Question {
    pub(in crate::tui) title: &'static str,
    pub(in crate::tui) words: String,
    /// What yes does.
    pub(in crate::tui) yes: &'static str,
    pub(in crate::tui) then: Option<Message>,
    pub(in crate::tui) hits: Hits,
}

impl Question {
    /// The clock is in doubt: whoever sits here may say that it is right.
    pub(in crate::tui) fn vouch(doubt: &Doubt) -> Question {
        let words = format!("Nothing was done: it depends on the hour, and {doubt}. Is this machine's clock right?");
        Question { title: "The clock is in doubt", words, yes: "it is right", then: Some(Message::Vouch), hits: Hits::default() }
    }
}

impl Overlay for Question {
    fn places(&self) -> &'static [&'static Place] {
        &[super::QUESTION]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            super::YES => [Message::Close].into_iter().chain(self.then.take()).collect(),
            super::NO | action::CLOSE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(6).min(84);
        let words = wrap(&self.words, usize::from(width.saturating_sub(4))).into_iter().map(|it| Line::from(span(&it, theme.text)));
        let yes = span(&format!("   {}", key_of(super::YES)), theme.key);
        let ways = vec![span("[ Back ]", theme.cursor), yes, span(&format!(" {}", self.yes), theme.text)];
        let page: Vec<Line<'static>> = words.chain([Line::default(), Line::from(ways.clone())]).collect();
        let height = u16::try_from(page.len() + 2).unwrap_or(u16::MAX);
        let inside = lines::popup(frame, area, width, height, theme, self.title);
        let last = inside.y + u16::try_from(page.len()).unwrap_or(u16::MAX).min(inside.height).saturating_sub(1);
        self.hits.begin(inside);
        self.hits.buttons(Rect { x: inside.x + 1, y: last, ..inside }, &ways, &[(1, super::NO), (2, super::YES)]);
        lines::paint(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, page);
    }
}
