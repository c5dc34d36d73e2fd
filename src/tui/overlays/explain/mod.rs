//! A page about one cell that can be turned over: why it is so, and who else can.

pub(in crate::tui) mod who;
pub(in crate::tui) mod why;

use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::sheet::{Sheet, Tone};
use crate::command::Command;
use crate::domain::catalog::Catalog;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::perm_set::PermId;
use crate::query::matrix::Column;
use crate::query::remedy::Way;
use crate::session::draft::Staged;
use crate::tui::action::{Action, Place, actions};
use crate::tui::theme::Theme;
use crate::exchange::report::Report;
use crate::tui::widgets::hits::Hits;
use crate::tui::view::{Card, Env, Message, Overlay, Paint};

actions! {
    PLACE "Why, and who can" "Every route to a cell, or what refuses it; on the other side, who can." {
        TURN_OVER "turn-over" ["tab"] "why, who can" "Turn over, from why to who can and back";
        WAY_1 "way-1" ["1"] "stage that way" Trial([ManageRoles, InvitePeople, InviteTeam, ChangeRoles, ChangeTeam]) "Stage the first of the ways";
        WAY_2 "way-2" ["2"] "" "Stage the second";
        WAY_3 "way-3" ["3"] "" "Stage the third";
        WAY_4 "way-4" ["4"] "" "Stage the fourth";
        WAY_5 "way-5" ["5"] "" "Stage the fifth";
    }
}

/// What a permission that is implied is made.
const KEEPS: &str = "keep it in its own right";

/// The ways by their numbers.
const WAYS: [Action; 5] = [WAY_1, WAY_2, WAY_3, WAY_4, WAY_5];

/// The cell that is asked about.
#[derive(Clone)]
pub(in crate::tui) struct About {
    pub(in crate::tui) catalog: Arc<Catalog>,
    pub(in crate::tui) permission: PermId,
    pub(in crate::tui) column: Column,
    pub(in crate::tui) staged: Option<Staged>,
    pub(in crate::tui) person: Option<PersonId>,
    pub(in crate::tui) site: Option<SiteId>,
    /// What would turn the answer, where it is about a person on a site.
    pub(in crate::tui) ways: Rc<Ways>,
    /// What keeps an implied permission of a role in its own right.
    pub(in crate::tui) pin: Option<Command>,
    /// Whom and what it is about, for the list of what is staged.
    pub(in crate::tui) words: String,
}

/// The ways to turn the answer of a cell: the least extra change first.
#[derive(Debug, Default)]
pub(in crate::tui) struct Ways {
    pub(in crate::tui) all: Vec<Turn>,
    /// How many more there are.
    pub(in crate::tui) more: usize,
}

/// One of them.
#[derive(Debug)]
pub(in crate::tui) struct Turn {
    pub(in crate::tui) way: Way,
    /// In words, and as what is to be done.
    pub(in crate::tui) words: String,
    pub(in crate::tui) commands: Vec<Command>,
}

impl Turn {
    /// What stages it: in the draft it is told with what it is for.
    pub(in crate::tui) fn stage(&self, about: &str) -> Message {
        Message::Stage(self.commands.clone(), format!("{about}: {}", self.words))
    }
}

/// The answer as text, which can be turned over.
pub(in crate::tui) struct Page {
    sheet: Sheet,
    about: About,
    is_why: bool,
    /// The same as a table, where it is one.
    table: Option<Report>,
}

impl Page {
    pub(in crate::tui) fn new(title: String, about: About, is_why: bool) -> Page {
        Page { sheet: Sheet::new(title), about, is_why, table: None }
    }

    pub(in crate::tui) fn say(&mut self, tone: Tone, line: impl Into<String>) {
        self.sheet.say(tone, line);
    }

    /// What is written of it.
    fn write_as(&mut self, header: &[&str], rows: Vec<Vec<String>>, remark: Option<String>) {
        let header = header.iter().map(|it| (*it).to_owned()).collect();
        self.table = self.sheet.report().map(|it| Report { header, rows, remarks: remark.into_iter().collect(), ..it });
    }

    /// What stages each of the ways, by their numbers.
    fn ways(&self) -> impl Iterator<Item = Message> {
        let words = &self.about.words;
        let pin = self.about.pin.iter().map(move |it| Message::Stage(vec![it.clone()], format!("{words}: {KEEPS}")));
        pin.chain(self.about.ways.all.iter().map(move |it| it.stage(words)))
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
        if action == TURN_OVER {
            return self.flip(env);
        }
        let Some(at) = WAYS.iter().position(|it| *it == action) else { return self.sheet.act(action, env) };
        let way = self.ways().nth(at);
        Ok(way.map_or_else(Vec::new, |it| vec![Message::Close, it]))
    }

    fn offers(&self, action: Action) -> bool {
        WAYS.iter().position(|it| *it == action).is_none_or(|at| self.is_why && at < self.ways().count())
    }

    fn hits(&self) -> Option<&Hits> {
        self.sheet.hits()
    }

    fn report(&self) -> Option<Report> {
        self.table.clone().or_else(|| self.sheet.report())
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        self.sheet.draw(frame, area, paint);
    }
}
