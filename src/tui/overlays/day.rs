//! As of which day everything is to be shown, in the status line.

use anyhow::Result;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::action::{self, Action, Place, actions};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::span;

actions! {
    PLACE "As of a day" "Every pane as of another day: 2026-06-30, 31 Jan 2026, 14 days ago." {
        GO_THERE "go-there" ["enter"] "go there" "Show everything as of this day";
    }
}

pub(in crate::tui) struct Day {
    day: Field,
    /// Why it is no day.
    fault: Option<String>,
}

impl Day {
    pub(in crate::tui) fn new() -> Day {
        Day { day: Field::new("", false), fault: None }
    }
}

impl Overlay for Day {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn is_line(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        if !self.day.key(key) {
            return Ok(None);
        }
        self.fault = None;
        Ok(Some(Vec::new()))
    }

    fn paste(&mut self, text: &str) {
        self.day.paste(text);
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            action::CLOSE => vec![Message::Close],
            GO_THERE => vec![Message::Travel(self.day.text())],
            _ => Vec::new(),
        })
    }

    fn refused(&mut self, sentence: &str) -> bool {
        self.fault = Some(sentence.to_owned());
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, _area: Rect, paint: &Paint<'_>) {
        let whole = frame.area();
        let row = Rect { y: whole.bottom().saturating_sub(2), height: 1, ..whole };
        frame.render_widget(ratatui::widgets::Clear, row);
        if let Some(fault) = &self.fault {
            frame.render_widget(span(&format!(" {fault}"), paint.theme.risk), row);
            return;
        }
        let words = span(" as of which day: ", paint.theme.key);
        let used = u16::try_from(words.width()).unwrap_or(0).min(row.width);
        frame.render_widget(words, row);
        self.day.draw(frame, Rect { x: row.x + used, width: row.width - used, ..row }, true, paint.theme.text);
    }
}
