//! What survives the screens: the place where one was, and the draft, which is never dropped in silence.

use anyhow::Result;

use super::warnings::About;
use super::{App, Leaving, PANES, Wish, first_hash};
use crate::domain::text;
use crate::store::journal::Head;
use crate::store::recall;
use crate::tui::action;
use crate::tui::drafts::Left;
use crate::tui::keymap::key_of;
use crate::tui::session::{Keeper, Session};
use crate::tui::view::Pane;
use crate::tui::widgets::lines::plural;

impl App {
    pub(super) fn restore(&mut self) -> Result<()> {
        let (session, left) = self.keeper.read().unwrap_or_else(|error| {
            self.complain(format!("what was left unsaved cannot be looked for: {error:#}"));
            Default::default()
        });
        self.focus_on(session.pane.min(PANES.len() - 1));
        for (pane, selected) in self.panes.all_mut().into_iter().zip(&session.selected) {
            if let Some(id) = selected {
                pane.select(*id);
            }
        }
        self.begin_with_own();
        self.panes.matrix.restore(session.open, session.permission);
        for (pane, filter) in self.panes.all_mut().into_iter().zip(&session.filters).filter(|(_, it)| !it.is_empty()) {
            pane.filter(filter);
        }
        left.map_or(Ok(()), |left| self.take_up(&left))
    }

    /// Takes up what was left, and says what of it is lost and why.
    fn take_up(&mut self, left: &Left) -> Result<()> {
        self.world.session.take_up(&left.commands)?;
        let mut said = Vec::new();
        if !left.commands.is_empty() {
            let when = left.at.map_or_else(String::new, |at| format!(" of {}", at.format("%Y-%m-%d %H:%M")));
            let (reviews, undoes) = (key_of(action::SAVE), key_of(action::UNDO));
            said.push(format!("your unsaved changes{when} are back: {reviews} reviews them, {undoes} takes them back"));
        }
        if let Some(aside) = &left.aside {
            said.push(format!("{} of the draft could not be read; it lies in {}", plural(left.lost, "line"), aside.display()));
        }
        let unfit: Vec<String> = self.world.session.draft().steps().iter().filter_map(|it| it.unfit.clone()).collect();
        if let Some(first) = unfit.first() {
            said.push(format!("{} does not fit any more: {first}", plural(unfit.len(), "step")));
        }
        if left.waiting > 0 {
            said.push(format!("{} more of other windows: each window that is opened takes up one", plural(left.waiting, "draft")));
        }
        let sentence = said.join("; ");
        if left.lost + unfit.len() > 0 {
            self.complain(sentence);
        } else {
            self.say(sentence);
        }
        self.keeper.note(self.session(), self.world.session.draft().lines(&self.world.policy), self.world.session.now);
        self.measure()
    }

    fn session(&self) -> Session {
        let filters = self.panes.all().map(|it| it.filter_text().to_owned()).into();
        Session::new(self.focus, self.panes.all().map(Pane::selected).into(), filters, self.panes.matrix.folds())
    }

    pub(in crate::tui) fn keeper(&self) -> Keeper {
        self.keeper.clone()
    }

    /// What is to be kept if the program ends now.
    pub(super) fn note(&self) {
        self.keeper.note(self.session(), self.world.session.draft().lines(&self.world.policy), self.world.session.now);
    }

    /// Keeps what was noted; a draft that cannot be kept is told of as long as that is so.
    pub(in crate::tui) fn keep_noted(&mut self) {
        let trouble = self.keeper.keep().err();
        self.warn(
            About::Draft,
            trouble.map(|it| format!("unsaved changes cannot be kept for the next time ({it:#}); {} saves them now", key_of(action::SAVE))),
        );
    }

    /// Keeps place and draft for the next time.
    ///
    /// # Errors
    /// Why the draft is not kept.
    pub(in crate::tui) fn keep(&self) -> Result<()> {
        self.note();
        self.keeper.keep()
    }

    /// Says what others did that steps of the draft cannot be done any more, or meet the same.
    pub(super) fn tell_of_unfit(&mut self) {
        let told = self.world.session.draft().steps().iter().find_map(|it| Some((&it.words, it.unfit.as_ref()?)));
        if let Some((words, why)) = told {
            let sentence = format!("{} does not fit any more: {why}; {} shows it", text::display(words), key_of(action::SAVE));
            self.complain(sentence);
        }
    }

    /// Leaves; where unsaved changes would be lost, not without having said so.
    pub(super) fn leave(&mut self) {
        match self.keep() {
            Err(error) if self.leaving != Leaving::Warned => {
                self.leaving = Leaving::Warned;
                let n = plural(self.world.session.draft().count(&self.world.policy), "unsaved change");
                self.complain(format!("{n} would be lost, as they cannot be kept ({error:#}); the same key again leaves"));
            }
            Ok(()) | Err(_) => self.wish = Wish::Quit,
        }
    }

    /// Says where the file is an older one than this user left, and remembers from now on what is written.
    pub(in crate::tui) fn recall(&mut self) {
        self.remembers = true;
        if let Some(older) = recall::doubt(&self.world.session.store) {
            // Nothing that is said at the beginning is as pressing.
            self.toast = None;
            self.warn(About::Older, Some(older.to_string()));
        }
    }

    /// The entry that was just written is the newest that this user knows of.
    pub(super) fn remember(&mut self, head: Option<Head>) {
        if let Some(head) = head.filter(|_| self.remembers) {
            recall::remember(self.world.session.store.path(), head);
            self.warn(About::Older, None);
        }
    }

    /// Turns to the files of whoever acts now.
    pub(super) fn turn_keeper(&self) -> Result<()> {
        let store = &self.world.session.store;
        self.keeper.turn_to(store.path(), first_hash(store)?, &self.world.session.who().actor.email);
        Ok(())
    }
}
