//! What was sent: every link is shown here once, and never again.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::token::Token;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::lines::{self, plural, span, wrap};

/// One thing that is sent: to whom, and the secret with which it is accepted.
#[derive(Clone)]
pub(in crate::tui) struct Letter {
    pub(in crate::tui) to: String,
    pub(in crate::tui) token: Token,
}

impl Letter {
    /// What whoever got it types.
    fn link(&self) -> String {
        format!("rolecall accept {}", self.token.reveal())
    }
}

pub(in crate::tui) struct Letters {
    letters: Vec<Letter>,
    at: usize,
}

impl Letters {
    pub(in crate::tui) fn new(letters: Vec<Letter>) -> Letters {
        Letters { letters, at: 0 }
    }
}

impl Overlay for Letters {
    fn key(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Vec<Message>> {
        let last = self.letters.len().saturating_sub(1);
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.at = (self.at + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::Char('y') => return Ok(self.letters.get(self.at).map(|it| Message::Copy(it.link())).into_iter().collect()),
            KeyCode::Char('Y') => {
                let all: Vec<String> = self.letters.iter().map(|it| format!("{}\t{}", it.to, it.link())).collect();
                return Ok(vec![Message::Copy(all.join("\n"))]);
            }
            KeyCode::Esc | KeyCode::Char('q') => return Ok(vec![Message::Close]),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(84);
        let said = "Whoever has such a line can accept. Only its hash is kept, so that it is shown here once: copy it now. \
                    Sending it again makes a new one, and this one dead.";
        let said = wrap(said, usize::from(width) - 4);
        let height = u16::try_from(2 * self.letters.len() + said.len() + 3).unwrap_or(u16::MAX).min(area.height);
        let inside = lines::popup(frame, area, width, height, theme, &format!("Sent: {}", plural(self.letters.len(), "link")));
        let room = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let said_height = u16::try_from(said.len()).unwrap_or(0).min(room.height);
        let list = usize::from(room.height.saturating_sub(said_height + 1)) / 2;
        let top = (self.at + 1).saturating_sub(list.max(1));
        let mut page: Vec<Line<'static>> = said.iter().map(|it| Line::from(span(it, theme.text))).collect();
        page.push(Line::default());
        for (at, letter) in self.letters.iter().enumerate().skip(top).take(list) {
            let style = if at == self.at { theme.cursor } else { theme.heading };
            page.push(Line::from(span(&lines::cell(&letter.to, usize::from(room.width)), style)));
            page.push(Line::from(span(&letter.link(), theme.text)));
        }
        lines::paint(frame, room, page);
    }

    fn keys(&self) -> Vec<(&'static str, &'static str)> {
        vec![("y", "copy this one"), ("Y", "copy all"), ("Esc", "close")]
    }
}
