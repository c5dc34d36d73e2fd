//! What survives the screens: the place where one was, and the draft, which is never dropped in silence.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use super::warnings::About;
use super::{App, Leaving, PANES, Wish, first_hash};
use crate::domain::text::{self, shell_bytes};
use crate::exchange::plan;
use crate::store::files;
use crate::store::journal::Head;
use crate::tui::action;
use crate::tui::drafts::Left;
use crate::tui::keymap::key_of;
use crate::tui::overlays::question::Question;
use crate::tui::session::{Keeper, Session};
use crate::tui::view::{Message, Pane};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::plural;

impl App {
    /// Goes to where one was, with what was left unsaved or, in its place, with this plan.
    pub(super) fn restore(&mut self, plan: Option<Left>) -> Result<()> {
        let (session, left) = self.keeper.read(plan.is_none()).unwrap_or_else(|error| {
            self.complain(format!("what was left unsaved cannot be looked for: {error:#}"));
            Default::default()
        });
        self.tip = session.tip;
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
        for (pane, arrangement) in self.panes.all_mut().into_iter().zip(session.lists) {
            pane.arrange_as(arrangement);
        }
        plan.or(left).map_or(Ok(()), |left| self.take_up(&left))
    }

    /// Takes up what was left, and says what of it is lost and why.
    fn take_up(&mut self, left: &Left) -> Result<()> {
        self.world.session.take_up(&left.commands)?;
        let mut said = Vec::new();
        if !left.commands.is_empty() {
            let when = left.at.map_or_else(String::new, |at| format!(" of {}", at.format("%Y-%m-%d %H:%M")));
            let (reviews, undoes) = (key_of(action::SAVE), key_of(action::UNDO));
            said.push(match &left.name {
                Some(plan) => format!("the plan {plan}{when} is staged: {reviews} reviews it, {undoes} takes the last of it out"),
                None => format!("your unsaved changes{when} are back: {reviews} reviews them, {undoes} takes them back"),
            });
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
        self.note();
        self.measure()
    }

    fn session(&self) -> Session {
        let filters = self.panes.all().map(|it| it.filter_text().to_owned()).into();
        let mut place = Session::new(self.focus, self.panes.all().map(Pane::selected).into(), filters, self.panes.matrix.folds());
        place.lists = self.panes.all().map(Pane::arranged).into();
        place.tip = self.tip;
        place
    }

    pub(in crate::tui) fn keeper(&self) -> Keeper {
        self.keeper.clone()
    }

    /// What is to be kept if the program ends now.
    pub(super) fn note(&self) {
        // What is staged was kept before the past was shown.
        if self.world.then.is_some() {
            return;
        }
        let session = &self.world.session;
        let head = session.plan_head().unwrap_or_else(|_| plan::Head::bare(session.now));
        self.keeper.note(self.session(), head, session.draft().lines(&self.world.policy));
    }

    /// What a save would run, as the lines of a plan.
    pub(super) fn plan(&self) -> Result<String> {
        let session = &self.world.session;
        let mut text = Vec::new();
        let commands = session.draft().to_save(&self.world.policy);
        plan::write(&mut text, &session.plan_head()?.counting(&commands), &commands)?;
        Ok(String::from_utf8(text)?)
    }

    /// Writes what is staged as a plan; over a file that is there only where that is meant.
    pub(super) fn save_plan(&mut self, path: PathBuf, over: bool) -> Result<()> {
        let name = path.display().to_string();
        if self.world.session.draft().to_save(&self.world.policy).is_empty() {
            self.complain("nothing is staged that a plan could hold");
        } else if let Some(why) = files::why_no_file(&path, self.world.session.path()) {
            self.complain(format!("{why}; nothing was written"));
        } else if !over && path.exists() {
            let question = Question {
                title: "Write over a file",
                words: format!("There is a file {name} already. What is in it is lost when the plan is written over it."),
                yes: "write over it",
                then: Some(Message::SavePlan(path, true)),
                hits: Hits::default(),
            };
            self.overlays.push(Box::new(question));
        } else {
            let text = self.plan()?;
            match files::replace(&path, |file| Ok(file.write_all(text.as_bytes())?)) {
                Ok(()) => {
                    let file = shell_bytes(path.as_os_str().as_encoded_bytes());
                    let workspace = files::meaning(self.world.session.path());
                    self.say(format!("the plan is in {name}; rolecall apply {file}{workspace} runs it"));
                }
                Err(error) => self.broke(&error),
            }
        }
        Ok(())
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

    /// Says where the file is an older one than this user left.
    pub(in crate::tui) fn recall(&mut self) {
        if let Some(older) = self.world.session.older() {
            // Nothing that is said at the beginning is as pressing.
            self.toast = None;
            self.warn(About::Older, Some(older.to_string()));
        }
    }

    /// From the entry that was just written on, this file counts.
    pub(super) fn remembered(&mut self, head: Option<Head>) {
        if head.is_some() {
            self.warn(About::Older, None);
        }
    }

    /// Turns to the files of whoever acts now.
    pub(super) fn turn_keeper(&self) -> Result<()> {
        let session = &self.world.session;
        self.keeper.turn_to(session.path(), first_hash(session.reader())?, &session.who().actor.email);
        Ok(())
    }
}
