//! Presenting: as long as it goes on, the screens behind it neither hear nor say anything.

use anyhow::Result;
use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;

use super::{App, Leaving, PANES, Wish};
use crate::domain::ids::RoleId;
use crate::tui::action::{self, Action};
use crate::tui::decoder::{Hand, Pointed};
use crate::tui::keymap;
use crate::tui::panes::{self, matrix};
use crate::tui::presenting::{Left, Presentation};

impl App {
    /// Begins it, on the roles that are compared in the matrix or marked among the roles.
    ///
    /// # Errors
    /// That the file could not be read.
    pub(in crate::tui) fn present(&mut self) -> Result<()> {
        let chosen = self.chosen_roles()?;
        let env = self.world.env();
        self.presenting = Some(Presentation::of(env.drafted.policy, chosen, env.now, self.world.session.path()));
        self.dirty = true;
        Ok(())
    }

    fn chosen_roles(&mut self) -> Result<Vec<RoleId>> {
        let place = PANES[self.focus];
        if place == matrix::PLACE {
            return Ok(self.panes.matrix.compared_roles());
        }
        let is_list = place == panes::roles::PLACE;
        let marked = if is_list { self.panes.roles.marked(&self.world.env())? } else { Vec::new() };
        Ok(marked.into_iter().map(RoleId).collect())
    }

    /// Takes a key; `false` where nothing is presented.
    pub(super) fn press_presenting(&mut self, key: &KeyEvent) -> Result<bool> {
        let Some(it) = &mut self.presenting else { return Ok(false) };
        self.dirty = true;
        if keymap::is_interrupt(key) {
            if self.leaving == Leaving::No {
                self.leaving = Leaving::Interrupted;
                it.say(format!("{} again leaves", keymap::INTERRUPT));
            } else {
                self.leave();
            }
            return Ok(true);
        }
        let left = it.key(key, &self.world.env())?;
        self.go_on(left);
        Ok(true)
    }

    fn go_on(&mut self, left: Left) {
        match left {
            Left::Nothing => {}
            Left::Stop => self.presenting = None,
            Left::Everywhere(action::SUSPEND) => self.wish = Wish::Suspend,
            Left::Everywhere(_) => self.wish = Wish::Redraw,
        }
    }

    /// The wheel moves; what is pointed at is chosen by keys.
    pub(super) fn point_presenting(&mut self, it: Pointed) -> Result<()> {
        let step: Action = match it.hand {
            Hand::WheelUp => action::UP,
            Hand::WheelDown => action::DOWN,
            Hand::Click | Hand::Ask => return Ok(()),
        };
        let Some(it) = &mut self.presenting else { return Ok(()) };
        self.dirty = true;
        let left = it.perform(step, &self.world.env())?;
        self.go_on(left);
        Ok(())
    }

    /// Time passes, and what it brings waits.
    pub(super) fn tick_presenting(&mut self, now: DateTime<Utc>) {
        self.world.session.pass(now);
        self.world.rests = true;
    }
}
