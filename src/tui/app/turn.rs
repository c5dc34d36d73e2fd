//! A change that waits for its turn while somebody else writes: the screens live on, and it can be given up.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::KeyEvent;

use super::App;
use super::warnings::About;
use crate::domain::change::Change;
use crate::store::PATIENCE;
use crate::tui::action;
use crate::tui::keymap::{self, key_of};
use crate::tui::view::Message;

/// A wait that nobody notices.
const UNNOTICED: Duration = Duration::from_millis(100);

/// What is done as soon as the others are done.
pub(super) struct Waiting {
    messages: Vec<Message>,
    since: DateTime<Utc>,
    /// What was staged when it was said.
    changes: Vec<Change>,
}

impl App {
    /// Does what the messages say, in their order. The first that has to wait keeps those behind it waiting.
    pub(super) fn update(&mut self, messages: Vec<Message>) -> Result<()> {
        let mut messages = messages.into_iter();
        while let Some(message) = messages.next() {
            if message.writes() && !self.world.session.can_write(UNNOTICED) {
                self.wait(std::iter::once(message).chain(messages).collect());
                return Ok(());
            }
            let taken = self.take(message);
            if let Some(waiting) = &mut self.waiting {
                // What it led to waits, and with it what was to follow.
                waiting.messages.extend(messages);
                return taken;
            }
            // Others wait where it was refused before it came to write.
            self.world.session.leave_line();
            taken?;
        }
        Ok(())
    }

    fn wait(&mut self, messages: Vec<Message>) {
        let (writer, gives_up) = (self.world.session.writer(), key_of(action::CLOSE));
        self.toast = None;
        self.warn(About::Turn, Some(format!("{writer} is writing, this waits for its turn; {gives_up} gives it up")));
        let (since, changes) = (self.world.session.now, self.world.session.draft().changes());
        self.waiting = Some(Waiting { messages, since, changes });
    }

    pub(super) fn waits_for_turn(&self) -> bool {
        self.waiting.is_some()
    }

    /// Goes on with what waits, once it can be done.
    pub(super) fn take_turn(&mut self) -> Result<()> {
        let Some(waiting) = &self.waiting else { return Ok(()) };
        let since = waiting.since;
        if waiting.changes != self.world.session.draft().changes() {
            self.give_up("somebody else changed meanwhile what this changes; nothing was saved, look at it again");
            return Ok(());
        }
        if self.world.session.can_write(Duration::ZERO) {
            let waited = self.waiting.take();
            self.warn(About::Turn, None);
            return waited.map_or(Ok(()), |it| self.update(it.messages));
        }
        let patience = TimeDelta::from_std(PATIENCE)?;
        if !(TimeDelta::zero()..patience).contains(&(self.world.session.now - since)) {
            let sentence = self.world.session.busy();
            self.give_up(&sentence);
        }
        Ok(())
    }

    /// Of keys only those that give it up or leave are heard: the others were meant for what comes of it.
    pub(super) fn press_waiting(&mut self, key: &KeyEvent) {
        let closes = matches!(keymap::resolve(&self.places(), key), Some(action::CLOSE | action::BACK | action::QUIT));
        if closes || keymap::is_interrupt(key) {
            self.give_up("Given up: nothing was saved");
        }
    }

    fn give_up(&mut self, sentence: &str) {
        self.stop_waiting();
        self.complain(sentence);
    }

    /// Nobody is kept waiting for what does not come: the place in line goes.
    pub(in crate::tui) fn stop_waiting(&mut self) {
        self.waiting = None;
        self.world.session.leave_line();
        self.warn(About::Turn, None);
    }
}
