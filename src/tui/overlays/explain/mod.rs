//! A page about one cell that can be turned over: why it is so, and who else can.

pub(in crate::tui) mod who;
pub(in crate::tui) mod why;

use std::sync::Arc;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::sheet::{Sheet, Tone};
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermId;
use crate::query::matrix::Column;
use crate::session::draft::Staged;
use crate::tui::action::{Action, Place, actions};
use crate::tui::theme::Theme;
use crate::tui::view::{Card, Env, Message, Overlay, Paint};

actions! {
    PLACE "Why, and who can" "Every route to a cell, or what refuses it; on the other side, who can." {
        TURN_OVER "turn-over" ["tab"] "why, who can" "Turn over, from why to who can and back";
    }
}

/// The cell that is asked about.
#[derive(Clone)]
pub(in crate::tui) struct About {
    pub(in crate::tui) catalog: Arc<Catalog>,
    pub(in crate::tui) permission: PermId,
    pub(in crate::tui) column: Column,
    pub(in crate::tui) staged: Option<Staged>,
    pub(in crate::tui) person: Option<PersonId>,
    pub(in crate::tui) site: Option<SiteId>,
}

/// The answer as text, which can be turned over.
pub(in crate::tui) struct Page {
    sheet: Sheet,
    about: About,
    is_why: bool,
}

impl Page {
    pub(in crate::tui) fn new(title: String, about: About, is_why: bool) -> Page {
        Page { sheet: Sheet::new(title), about, is_why }
    }

    pub(in crate::tui) fn say(&mut self, tone: Tone, line: impl Into<String>) {
        self.sheet.say(tone, line);
    }

    fn flip(&self, env: &Env<'_>) -> Result<Vec<Message>> {
        let other = if self.is_why { who::open(env, &self.about)? } else { Message::Open(why::open(env, &self.about)?) };
        Ok(vec![Message::Close, other])
    }

    /// The same as a card beside something else.
    pub(in crate::tui) fn card(&self, width: usize, theme: &Theme) -> Card {
        self.sheet.card(width, theme)
    }
}

impl Overlay for Page {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE, super::sheet::PLACE]
    }

    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        if action == TURN_OVER { self.flip(env) } else { self.sheet.act(action, env) }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        self.sheet.draw(frame, area, paint);
    }
}
