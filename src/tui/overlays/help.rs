//! Help: what this is in three sentences, and every key that works here, to look up and to run.

use anyhow::Result;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::query::search;
use crate::tui::action::{ACTIONS, Action, Entry, Place};
use crate::tui::keymap::{self, key_of};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::{self, span};

pub(in crate::tui) struct Help {
    place: Place,
    entries: Vec<&'static Entry>,
    letters_are_text: bool,
    typed: Field,
    at: usize,
}

/// What one pane is for.
fn about(place: Place) -> [String; 3] {
    let first = match place {
        Place::Contacts => "Whom the agency deals with: leads, clients, former ones.",
        Place::Sites => "Every client site: who owns it, who carries its plan, what runs on it.",
        Place::Collaborators => "Everyone with access: to one site if you came from it, or everybody.",
        Place::Invites => "Invitations, requests, hand-overs: all that wait, the newest 200 answered.",
        Place::Roles => "Named sets of permissions: your own first, then those of each platform.",
        Place::Matrix => "Permissions against roles: what a switch brings along is shown before you save.",
        Place::Activity => "Every step ever saved, newest first; each can be explained and taken back.",
        Place::Filter => "Words that narrow the list while they are typed.",
        Place::Form => "One field after the other; each says what is wrong with it. Letters are text.",
        Place::Question => "What would follow, before it is done.",
        Place::Review => "All that is unsaved, and whom it touches.",
        Place::Sent => "What was sent: every link is shown this once.",
        Place::Team => "What a member holds in the team; nothing is saved before the review.",
        Place::Cell => "Every route to a cell, or what refuses it; on the other side, who can.",
        Place::Page | Place::KeysHere | Place::Search => "Words to read, to search and to copy.",
        Place::Everywhere | Place::Windows | Place::Panes | Place::Lists => {
            "Who can do what on every client site, why, and what would change if."
        }
    };
    let written = format!(
        "The matrix is written by {} and {yes}; forms when they are sent, deeds after {yes}.",
        key_of(Action::Save),
        yes = key_of(Action::Yes)
    );
    [first.to_owned(), written, format!("{} takes back any step, saved or not.", key_of(Action::Undo))]
}

impl Help {
    pub(in crate::tui) fn new(places: &[Place], letters_are_text: bool) -> Help {
        let has_key = |it: &&Entry| it.keys_where(letters_are_text).next().is_some();
        let entries = places.iter().flat_map(|place| ACTIONS.iter().filter(move |it| it.place == *place)).filter(has_key).collect();
        Help { place: places.first().copied().unwrap_or(Place::Everywhere), entries, letters_are_text, typed: Field::sought(), at: 0 }
    }

    fn matching(&self) -> Vec<&'static Entry> {
        let typed = self.typed.text();
        let hit = |it: &&&Entry| search::matches(&format!("{} {} {}", it.keys.join(" "), it.id, it.help), &typed);
        self.entries.iter().filter(hit).copied().collect()
    }
}

impl Overlay for Help {
    fn places(&self) -> &'static [Place] {
        &[Place::KeysHere, Place::Search]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        let closes = keymap::resolve(&[Place::KeysHere], key).is_some() && self.typed.text().is_empty();
        if closes || !self.typed.key(key) {
            return Ok(None);
        }
        self.at = 0;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        let all = self.matching();
        self.at = super::found(action, self.at, all.len());
        Ok(match action {
            Action::Close | Action::CloseHelp => vec![Message::Close],
            Action::Take => {
                let run = all.get(self.at).map(|it| Message::Perform(it.action));
                [Message::Close].into_iter().chain(run).collect()
            }
            _ => Vec::new(),
        })
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
            let keys = it.keys_where(self.letters_are_text).take(2).map(keymap::show).collect::<Vec<_>>().join(" ");
            let text = lines::cell(&format!(" {} {}", lines::cell(&keys, 13), it.help), usize::from(room.width));
            Line::from(span(&text, if at == self.at { theme.cursor } else { theme.text }))
        });
        lines::paint(frame, room, rows.collect());
        lines::below(frame, inside, all.len().saturating_sub(top + usize::from(room.height)), theme);
    }
}
