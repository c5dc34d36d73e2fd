//! The columns of a list: which are shown, and in which order.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::action::{self, Action, Place, actions};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span};

actions! {
    PLACE "Columns" "Which columns a list shows, and in which order; a narrow window leaves out the last ones." {
        SHOW_COLUMN "show-column" ["space"] "show or hide" "Show the column, or hide it";
        CARRY_DOWN "carry-down" ["J"] "further down" "Carry the column one down";
        CARRY_UP "carry-up" ["K"] "further up" "Carry the column one up";
        USUAL_COLUMNS "usual-columns" ["0"] "as at first" "The columns as they are where nothing is chosen";
        TAKE_COLUMNS "take-columns" ["enter"] "done" "Show the list so from now on";
    }
}

/// A column, and whether it is shown.
type Row = (&'static str, bool);

pub(in crate::tui) struct Columns {
    title: String,
    rows: Vec<Row>,
    /// The rows as they are where nothing is chosen.
    usual: Vec<Row>,
    at: usize,
    /// Columns that the list has at other times and shows then.
    others: Vec<String>,
    hits: Hits,
}

impl Columns {
    /// Of a list that has the columns `all`: which of them are shown in which order, now and where nothing is chosen.
    pub(in crate::tui) fn new(
        list: &str,
        all: &[&'static str],
        shown: &[&'static str],
        usual: &[&'static str],
        others: Vec<String>,
    ) -> Columns {
        let rows = |shown: &[&'static str]| {
            let hidden = all.iter().filter(|it| !shown.contains(it)).map(|it| (*it, false));
            shown.iter().map(|it| (*it, true)).chain(hidden).collect()
        };
        Columns { title: format!("Columns of {list}"), rows: rows(shown), usual: rows(usual), at: 0, others, hits: Hits::default() }
    }

    /// Carries the column to another place; the first stays where it is.
    fn carry(&mut self, to: usize) -> Vec<Message> {
        if self.at == 0 || to == 0 {
            return vec![stays(self.rows[0].0)];
        }
        if to < self.rows.len() {
            self.rows.swap(self.at, to);
            self.at = to;
        }
        Vec::new()
    }

    fn turn(&mut self) -> Vec<Message> {
        if self.at == 0 {
            return vec![stays(self.rows[0].0)];
        }
        self.rows[self.at].1 ^= true;
        Vec::new()
    }

    fn chosen(&self) -> Vec<String> {
        let shown = self.rows.iter().filter(|it| it.1).map(|it| it.0.to_owned());
        shown.chain(self.others.iter().cloned()).collect()
    }
}

fn stays(first: &str) -> Message {
    Message::Complain(format!("the column {first} is always there, and the first"))
}

impl Overlay for Columns {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        let last = self.rows.len() - 1;
        if let Some(at) = super::moved(action, self.at, last, last) {
            self.at = at;
            return Ok(Vec::new());
        }
        Ok(match action {
            SHOW_COLUMN => self.turn(),
            CARRY_DOWN => self.carry(self.at + 1),
            CARRY_UP => self.carry(self.at.saturating_sub(1)),
            USUAL_COLUMNS => {
                self.rows.clone_from(&self.usual);
                Vec::new()
            }
            TAKE_COLUMNS => vec![Message::Close, Message::ShowColumns(self.chosen())],
            action::CLOSE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let height = u16::try_from(self.rows.len() + 4).unwrap_or(u16::MAX);
        let inside = lines::popup(frame, area, 46, height, theme, &self.title);
        self.hits.begin(inside);
        self.hits.rows(inside, 0, self.rows.len());
        let row = |(at, (name, is_shown)): (usize, &(&str, bool))| {
            let tick = if *is_shown { "[x]" } else { "[ ]" };
            let stays = if at == 0 { "  always there" } else { "" };
            let style = match (at == self.at, *is_shown) {
                (true, _) => theme.cursor,
                (false, true) => theme.text,
                (false, false) => theme.hint,
            };
            Line::from(span(&lines::cell(&format!(" {tick} {name}{stays}"), usize::from(inside.width)), style))
        };
        let rows = self.rows.iter().enumerate().map(row);
        let hint = Line::from(span(" A narrow window leaves out the last ones.", theme.hint));
        lines::paint(frame, inside, rows.chain([Line::default(), hint]).collect());
        frame.set_cursor_position((inside.x, inside.y + u16::try_from(self.at).unwrap_or(0)));
    }
}
