//! Asks before a deed that takes effect at once, and shows what it would do.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::review::impact_words;
use crate::command::{Command, Note};
use crate::domain::policy::Policy;
use crate::query::impact::Impact;
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span, wrap};

pub(in crate::tui) struct Confirm {
    question: String,
    command: Command,
    notes: Vec<String>,
    impact: Option<Impact>,
    names: Vec<String>,
    hits: Hits,
}

impl Confirm {
    /// `impact` is `None` where it touches too much to count at once.
    pub(in crate::tui) fn new(
        question: String,
        mut commands: Vec<Command>,
        notes: &[Note],
        impact: Option<Impact>,
        names: Vec<String>,
    ) -> Confirm {
        let command = if commands.len() == 1 { commands.remove(0) } else { Command::Batch(commands) };
        Confirm { question, command, notes: notes.iter().map(Note::sentence).collect(), impact, names, hits: Hits::default() }
    }

    fn page(&self, policy: &Policy, paint: &Paint<'_>, width: usize, height: usize) -> Vec<Line<'static>> {
        let theme = paint.theme;
        let mut page: Vec<Line<'static>> = wrap(&self.question, width).into_iter().map(|it| Line::from(span(&it, theme.heading))).collect();
        page.extend(self.notes.iter().flat_map(|it| wrap(it, width)).map(|it| Line::from(span(&it, theme.risk))));
        page.push(Line::default());
        match &self.impact {
            Some(impact) if impact.is_empty() => {
                page.push(Line::styled(format!("{}Nobody gains or loses any access by it.", impact.proviso()), theme.text));
            }
            Some(impact) => {
                let mut words = impact_words(policy, theme, impact, &self.names, width);
                let room = height.saturating_sub(page.len());
                if words.len() > room {
                    let more = words.len() - room.saturating_sub(1);
                    words.truncate(room.saturating_sub(1));
                    words.push(Line::styled(format!("       and {more} permissions more"), theme.risk));
                }
                page.extend(words);
            }
            None => page.push(Line::styled("It touches too many people and sites to count here.", theme.risk)),
        }
        page
    }
}

impl Overlay for Confirm {
    fn places(&self) -> &'static [&'static Place] {
        &[super::QUESTION]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match action {
            super::YES => {
                vec![Message::Close, Message::Run(self.command.clone())]
            }
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
        let room = usize::from(area.height.saturating_sub(4));
        let mut page = self.page(paint.policy, paint, usize::from(width) - 4, room);
        page.push(Line::default());
        // The safe answer has the focus.
        let yes = span(&format!("   {}", key_of(super::YES)), theme.key);
        let answers = vec![span("[ Back ]", theme.cursor), yes, span(" do it", theme.text)];
        page.push(Line::from(answers.clone()));
        let height = u16::try_from(page.len() + 2).unwrap_or(u16::MAX);
        let inside = lines::popup(frame, area, width, height, theme, "Please confirm");
        let foot = inside.bottom().min(inside.y + u16::try_from(page.len()).unwrap_or(u16::MAX)).saturating_sub(1);
        lines::paint(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, page);
        self.hits.begin(inside);
        self.hits.buttons(Rect { x: inside.x + 1, y: foot, ..inside }, &answers, &[(1, super::NO), (2, super::YES)]);
        frame.set_cursor_position((inside.x + 1, foot));
    }
}
