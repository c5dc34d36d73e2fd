//! What takes long is done beside the screens: the status line counts, keys go on, Esc stops it.

use anyhow::Result;
use crossterm::event::KeyEvent;

use super::App;
use super::warnings::About;
use crate::command::Command;
use crate::session::Session;
use crate::tui::action;
use crate::tui::keymap::{self, key_of};
use crate::tui::labor::Labor;
use crate::tui::view::{Found, Progress, Work};

/// So many commands are planned at once; more take a while.
pub(in crate::tui) const AT_ONCE: usize = 300;

impl App {
    /// Begins it; what was under way is given up.
    pub(super) fn work(&mut self, work: Work) -> Result<()> {
        self.labor = None;
        self.labor = Some(Labor::begin(&self.world.session, self.data_version, work)?);
        self.tell_labor();
        Ok(())
    }

    /// Stages many commands beside the screens; where they need not each other, each for itself.
    pub(super) fn plan_beside(&mut self, commands: Vec<Command>, words: String, are_free: bool) -> Result<()> {
        let what = format!("working out {} steps", commands.len());
        let run = move |twin: &mut Session, _: &Progress<'_>| {
            let staged = if are_free { twin.stage_each(commands, &words) } else { twin.stage(commands, words) };
            Ok(Found::Staged(staged))
        };
        self.work(Work { what, writes: false, run: Box::new(run) })
    }

    fn tell_labor(&mut self) {
        let closes = key_of(action::CLOSE);
        let words = self.labor.as_ref().map(|it| format!("{}; {closes} stops it", it.words()));
        self.warn(About::Labor, words);
    }

    /// Stops it where the key says so; whether it did.
    pub(super) fn stops_labor(&mut self, key: &KeyEvent) -> Result<bool> {
        let closes =
            matches!(keymap::resolve(&self.places(), key), Some(action::CLOSE | action::BACK | action::SHOW_ALL | action::END_SORT));
        let stops = self.labor.is_some() && closes && !self.is_text(key);
        if stops || keymap::is_interrupt(key) {
            self.stop_labor()?;
        }
        Ok(stops)
    }

    fn stop_labor(&mut self) -> Result<()> {
        if self.labor.take().is_none() {
            return Ok(());
        }
        self.tell_labor();
        self.say("Stopped: nothing was done");
        // What was written a moment before is told of after all.
        self.notice_others()
    }

    /// Goes on with what came of it, unless something else is open by now.
    pub(super) fn collect_labor(&mut self) -> Result<()> {
        let Some(labor) = &mut self.labor else { return Ok(()) };
        let Some(over) = labor.look() else {
            self.tell_labor();
            return Ok(());
        };
        let is_current = labor.began == (self.world.session.draft().changes(), self.data_version);
        self.labor = None;
        self.tell_labor();
        self.dirty = true;
        let (twin, found) = over?;
        match found {
            Found::Then(then) => {
                let message = then(&self.world.env())?;
                self.update(vec![message])
            }
            Found::Imported(imported, notes) => self.took_in(&imported, &notes),
            Found::Staged(Err(error)) => {
                self.refused(&error);
                Ok(())
            }
            Found::Staged(Ok(())) if !is_current => {
                self.complain("something else was changed meanwhile; nothing was staged, do it again");
                Ok(())
            }
            Found::Staged(Ok(())) => {
                self.world.session.adopt(twin);
                self.drafted()?;
                if self.typing.is_some() || self.sorting.is_some() {
                    self.say(format!("Staged; {} reviews it", key_of(action::SAVE)));
                } else {
                    self.review_last();
                }
                Ok(())
            }
        }
    }
}
