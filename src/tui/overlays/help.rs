//! Help: what this is in three sentences, and every key that works here; Enter runs one.

use anyhow::Result;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::query::search;
use crate::tui::action::{ACTIONS, Entry, Place};
use crate::tui::keymap;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::{self, span};

pub(in crate::tui) struct Help {
    place: Place,
    entries: Vec<&'static Entry>,
    typed: Field,
    at: usize,
}

/// What one pane is for.
fn about(place: Place) -> [&'static str; 3] {
    let first = match place {
        Place::Contacts => "Whom the agency deals with: leads, clients, former ones.",
        Place::Sites => "Every client site: who owns it, who carries its plan, what runs on it.",
        Place::Collaborators => "Everyone with access: to one site if you came from it, or everybody.",
        Place::Invites => "Invitations, requests, hand-overs: all that wait, the newest 200 answered.",
        Place::Roles => "Named sets of permissions: your own first, then those of each platform.",
        Place::Matrix => "Permissions against roles; Space switches one, and what follows is shown before you save.",
        Place::Activity => "Every step ever saved, newest first; each can be explained and taken back.",
        Place::Everywhere | Place::Lists => "Who can do what on every client site, why, and what would change if.",
    };
    let written = "The matrix is written by s and y; forms when they are sent, deeds after y.";
    [first, written, "u takes back any step, saved or not."]
}

impl Help {
    pub(in crate::tui) fn new(places: &[Place]) -> Help {
        let entries = places.iter().flat_map(|place| ACTIONS.iter().filter(move |it| it.place == *place && !it.keys.is_empty()));
        Help { place: places.first().copied().unwrap_or(Place::Everywhere), entries: entries.collect(), typed: Field::sought(), at: 0 }
    }

    fn matching(&self) -> Vec<&'static Entry> {
        let typed = self.typed.text();
        let hit = |it: &&&Entry| search::matches(&format!("{} {} {}", it.keys.join(" "), it.id, it.help), &typed);
        self.entries.iter().filter(hit).copied().collect()
    }
}

impl Overlay for Help {
    fn key(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Vec<Message>> {
        let all = self.matching();
        match key.code {
            KeyCode::Esc | KeyCode::F(1) => return Ok(vec![Message::Close]),
            KeyCode::Char('?') if self.typed.text().is_empty() => return Ok(vec![Message::Close]),
            KeyCode::Down => self.at += 1,
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::PageDown => self.at += 10,
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::Enter => {
                let run = all.get(self.at).map(|it| Message::Perform(it.action));
                return Ok([Message::Close].into_iter().chain(run).collect());
            }
            _ => {
                self.typed.key(key);
                self.at = 0;
            }
        }
        self.at = self.at.min(self.matching().len().saturating_sub(1));
        Ok(Vec::new())
    }

    fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        self.at = 0;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let all = self.matching();
        let width = area.width.saturating_sub(2).min(100);
        let height = u16::try_from(self.entries.len() + 8).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
        let inside = lines::popup(frame, area, width, height, theme, &format!("Help: {}", self.place.title()));
        let mut page: Vec<Line<'static>> =
            about(self.place).into_iter().map(|it| Line::from(span(&format!(" {it}"), theme.text))).collect();
        page.push(Line::default());
        lines::paint(frame, Rect { height: 4.min(inside.height), ..inside }, page);
        let prompt = Rect {
            x: inside.x + 1,
            y: inside.y + 4,
            width: inside.width.saturating_sub(2),
            height: 1.min(inside.height.saturating_sub(4)),
        };
        lines::paint(frame, prompt, vec![Line::from(vec![span("type to search: ", theme.hint)])]);
        self.typed.draw(frame, Rect { x: prompt.x + 16, width: prompt.width.saturating_sub(16), ..prompt }, true, theme.text);
        let room = Rect { y: inside.y + 5, height: inside.height.saturating_sub(5), ..inside };
        let top = self.at.saturating_sub(usize::from(room.height).saturating_sub(1));
        let rows = all.iter().enumerate().skip(top).take(usize::from(room.height)).map(|(at, it)| {
            let keys = it.keys.iter().take(2).map(|key| keymap::show(key)).collect::<Vec<_>>().join(" ");
            let text = lines::cell(&format!(" {} {}", lines::cell(&keys, 13), it.help), usize::from(room.width));
            Line::from(span(&text, if at == self.at { theme.cursor } else { theme.text }))
        });
        lines::paint(frame, room, rows.collect());
        lines::below(frame, inside, all.len().saturating_sub(top + usize::from(room.height)), theme);
    }

    fn keys(&self) -> Vec<(&'static str, &'static str)> {
        vec![("Enter", "run it"), ("Esc", "close")]
    }
}
