//! The columns of the matrix: which of them are shown.

use anyhow::Result;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::query::search;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::{self, span};

actions! {
    PLACE "Columns of the matrix" "Which columns the matrix shows; letters look for one." {
        TICK "tick" ["space"] "show or hide" "Show the column, or hide it, and go one down";
        TICK_ALL "tick-all" ["*"] "all" "Show all that are found, or hide them where all are shown";
        TAKE_TICKED "take-ticked" ["enter"] "done" "Show the matrix so";
    }
}

/// A column by what programs know it by, what it is called, and whether it is shown.
pub(in crate::tui) struct Ticked {
    pub(in crate::tui) key: String,
    pub(in crate::tui) name: String,
    pub(in crate::tui) is_shown: bool,
}

pub(in crate::tui) struct Chooser {
    rows: Vec<Ticked>,
    typed: Field,
    /// The place of the cursor among those that are found.
    at: usize,
}

impl Chooser {
    pub(in crate::tui) fn new(rows: Vec<Ticked>) -> Chooser {
        Chooser { rows, typed: Field::sought(), at: 0 }
    }

    /// The places of the columns that what is typed lets through.
    fn found(&self) -> Vec<usize> {
        let typed = self.typed.text();
        let hit = |it: &Ticked| search::matches(&format!("{} {}", it.name, it.key), &typed);
        (0..self.rows.len()).filter(|at| hit(&self.rows[*at])).collect()
    }

    fn tick(&mut self) {
        let found = self.found();
        if let Some(at) = found.get(self.at) {
            self.rows[*at].is_shown ^= true;
            self.at = (self.at + 1).min(found.len() - 1);
        }
    }

    fn tick_all(&mut self) {
        let found = self.found();
        let are_shown = found.iter().all(|at| self.rows[*at].is_shown);
        for at in found {
            self.rows[at].is_shown = !are_shown;
        }
    }

    fn taken(&self) -> Vec<Message> {
        let shown: Vec<String> = self.rows.iter().filter(|it| it.is_shown).map(|it| it.key.clone()).collect();
        if shown.is_empty() {
            return vec![Message::Complain("one column at least is to be shown".to_owned())];
        }
        vec![Message::Close, Message::ShowColumns(shown)]
    }
}

impl Overlay for Chooser {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        if keymap::resolve(&[PLACE], key).is_some() || !self.typed.key(key) {
            return Ok(None);
        }
        self.at = 0;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        if let Some(at) = super::moved(action, self.at, 10, self.found().len().saturating_sub(1)) {
            self.at = at;
            return Ok(Vec::new());
        }
        match action {
            TICK => self.tick(),
            TICK_ALL => self.tick_all(),
            TAKE_TICKED => return Ok(self.taken()),
            action::CLOSE => return Ok(vec![Message::Close]),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        self.at = 0;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let height = u16::try_from(self.rows.len() + 3).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let inside = lines::popup(frame, area, 56, height, theme, "Columns of the matrix");
        lines::paint(frame, Rect { height: 1, ..inside }, vec![Line::from(span(" type to search: ", theme.hint))]);
        let typed = Rect { x: inside.x + 17, width: inside.width.saturating_sub(17), height: 1, ..inside };
        let room = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let found = self.found();
        let top = self.at.saturating_sub(usize::from(room.height).saturating_sub(1));
        let rows = found.iter().enumerate().skip(top).take(usize::from(room.height)).map(|(n, at)| {
            let it = &self.rows[*at];
            let tick = if it.is_shown { "[x]" } else { "[ ]" };
            let style = match (n == self.at, it.is_shown) {
                (true, _) => theme.cursor,
                (false, true) => theme.text,
                (false, false) => theme.hint,
            };
            Line::from(span(&lines::cell(&format!(" {tick} {}", it.name), usize::from(room.width)), style))
        });
        lines::paint(frame, room, rows.collect());
        lines::below(frame, inside, found.len().saturating_sub(top + usize::from(room.height)), theme);
        self.typed.draw(frame, typed, true, theme.text);
    }
}
