//! Changing things: deeds that take effect at once, the draft, its review, undo.

use anyhow::Result;

use super::acting::READ_ONLY;
use super::labor::AT_ONCE;
use super::{App, PANES, capital};
use crate::command::import::Imported;
use crate::command::{self, Command, Error, Refusal};
use crate::domain::record::{Record, RoleRecord};
use crate::domain::suggest::Unknown;
use crate::domain::text;
use crate::domain::things::Person;
use crate::facts::Reader;
use crate::query::coverage;
use crate::query::impact::{Budget, Impact, impact};
use crate::session::Done;
use crate::store::files;
use crate::store::journal::Head;
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::overlays::confirm::Confirm;
use crate::tui::overlays::letters::Letters;
use crate::tui::overlays::question::Question;
use crate::tui::overlays::review::Review;
use crate::tui::panes;
use crate::tui::view::{Effect, Message, Pane};
use crate::tui::worker::Desk;

/// Pairs of people and sites that are counted at once; more go to the worker.
const PAIRS_AT_ONCE: usize = 400;
/// Pairs that a question before a deed may count.
const BEFORE_A_DEED: usize = 20_000;

/// What is said of changes where nothing can be saved.
const TRIED_ONLY: &str = "this is read-only: changes can be tried here, not saved";

impl App {
    pub(super) fn run(&mut self, command: &Command) -> Result<()> {
        if self.carry_out(command)? {
            self.overlays.clear();
            // What was made may be called otherwise than it was typed; then the cursor stays.
            self.point_at(command).or_else(|error| error.downcast::<Unknown>().map(drop))?;
        }
        Ok(())
    }

    /// Runs a command of the window on top; what lies beneath goes on.
    pub(super) fn run_aside(&mut self, command: &Command) -> Result<()> {
        if self.carry_out(command)? {
            self.overlays.pop();
        }
        Ok(())
    }

    /// Whether it was done; if not, the reason is on the screen.
    pub(super) fn carry_out(&mut self, command: &Command) -> Result<bool> {
        if self.world.session.is_read_only() {
            self.complain(READ_ONLY);
            return Ok(false);
        }
        // First, so that what others did is not taken for a part of this deed.
        self.notice_others()?;
        let back = if matches!(command, Command::Undo(_)) {
            format!("{} does it again", key_of(action::REDO))
        } else {
            format!("{} takes it back", key_of(action::UNDO))
        };
        match self.world.session.run(command) {
            Ok(Done { receipt, .. }) => {
                let entry = receipt.head.map_or_else(|| "nothing to change".to_owned(), |head| format!("entry {}; {back}", head.seq));
                self.say(format!("{} ({entry})", receipt.summary));
                self.deed_last = true;
                self.remembered(receipt.head);
                self.own_change()?;
                Ok(true)
            }
            Err(error) => {
                self.refused(&error);
                Ok(false)
            }
        }
    }

    /// After records were taken in beside the screens.
    pub(super) fn took_in(&mut self, imported: &Imported, notes: &[String]) -> Result<()> {
        self.overlays.clear();
        let undoes = key_of(action::UNDO);
        let entry = imported.receipt.head.map(|it| format!("{} (entry {}; {undoes} takes it back)", imported.receipt.summary, it.seq));
        let mut words = vec![entry.unwrap_or_else(|| "It is so already: nothing was saved".to_owned())];
        words.extend(notes.iter().cloned());
        self.deed_last = imported.receipt.head.is_some();
        self.remembered(imported.receipt.head);
        self.own_change()?;
        self.say(words.join("; "));
        Ok(())
    }

    /// Puts the cursor on what was just made.
    fn point_at(&mut self, command: &Command) -> Result<()> {
        let db = self.world.session.reader();
        match command {
            Command::Add(Record::Contact(it)) => {
                let made = db.the_contact(it.email.as_deref().unwrap_or(&it.name))?;
                self.panes.contacts.select(made.id.0);
            }
            Command::Add(Record::Site(it)) => self.panes.sites.select(db.the_site(&it.key)?.id.0),
            Command::Add(Record::Person(it)) => {
                let id = db.the_person(&it.email)?.id;
                self.choose_site(None)?;
                self.panes.collaborators.select(id.0);
            }
            Command::Add(Record::Role(RoleRecord { name, .. })) | Command::Duplicate { name, .. } => {
                let Some(held) = self.world.policy.find_role(name) else { return Ok(()) };
                let (id, platform) = (held.role.id, held.role.platform.clone());
                self.panes.roles.select(id.0);
                self.panes.matrix.show_roles(&self.world.env(), &platform, Some(id), None);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn refused(&mut self, error: &Error) {
        if let Error::Refused(Refusal::Doubt(doubt)) = error {
            self.overlays.push(Box::new(Question::vouch(doubt)));
            return;
        }
        let sentence = capital(&error.to_string());
        let kept = self.overlays.last_mut().is_some_and(|it| it.refused(&sentence));
        if !kept {
            self.complain(sentence);
        }
    }

    /// After a command of our own: reads again what may have changed.
    pub(super) fn own_change(&mut self) -> Result<()> {
        self.world.policy = self.world.session.reader().policy(None)?;
        let version = self.world.session.data_version()?;
        // Own writes do not move it: somebody was quicker by a moment.
        if version != self.data_version {
            self.data_version = version;
            self.world.session.rebase()?;
            self.tell_of_unfit();
        }
        self.reread()?;
        self.note();
        Ok(())
    }

    pub(super) fn ask(&mut self, question: String, commands: Vec<Command>) -> Result<()> {
        if self.world.session.is_read_only() {
            self.complain("this is read-only: nothing can be saved");
            return Ok(());
        }
        let forecast = match self.world.session.foresee(&commands, &Budget { pairs: BEFORE_A_DEED, ..Budget::ALL }) {
            Ok(forecast) => forecast,
            Err(error) => {
                self.refused(&error);
                return Ok(());
            }
        };
        let names = forecast.effect.as_ref().map(|it| self.first_names(it)).transpose()?.unwrap_or_default();
        self.overlays.push(Box::new(Confirm::new(question, commands, &forecast.plan.notes, forecast.effect, names)));
        Ok(())
    }

    /// Stages a step; where it cannot be done the reason is on the screen, and this is `false`.
    pub(super) fn stage(&mut self, commands: Vec<Command>, words: String) -> Result<bool> {
        let staged = self.world.session.stage(commands, words);
        self.tell_staged(&staged)
    }

    fn tell_staged(&mut self, staged: &Result<(), Error>) -> Result<bool> {
        if let Err(error) = staged {
            self.refused(error);
        }
        self.drafted()?;
        Ok(staged.is_ok())
    }

    /// Stages what is to be looked at now, and goes from wherever it was said to the review.
    pub(super) fn propose(&mut self, commands: Vec<Command>, words: String) -> Result<()> {
        if commands.len() > AT_ONCE {
            return self.plan_beside(commands, words, false);
        }
        let makes_role = matches!(commands.as_slice(), [Command::Add(Record::Role(_)) | Command::Duplicate { .. }]);
        if self.stage(commands, words)? {
            let made = self.new_role().filter(|_| makes_role);
            if let Some(name) = made {
                self.point_at_role(&name);
            }
            self.review_last();
        }
        Ok(())
    }

    /// The name of the role that was made last by a step of its own.
    fn new_role(&self) -> Option<String> {
        let steps = self.world.session.draft().steps().iter().rev();
        steps.map(|it| it.commands.as_slice()).find_map(|it| match it {
            [Command::Add(Record::Role(RoleRecord { name, .. })) | Command::Duplicate { name, .. }] => Some(name.clone()),
            _ => None,
        })
    }

    /// Puts the cursor on a role that is new, in the list and in the matrix of roles, where one is at either of them.
    fn point_at_role(&mut self, name: &str) {
        let env = self.world.env();
        let Some(held) = env.drafted.policy.find_role(name) else { return };
        let (id, platform) = (held.role.id, held.role.platform.clone());
        let here = PANES[self.focus];
        if here == panes::roles::PLACE || here == panes::matrix::PLACE {
            self.panes.roles.select(id.0);
            self.panes.matrix.show_roles(&self.world.env(), &platform, Some(id), None);
        }
    }

    /// The same for commands that do not need each other.
    pub(super) fn propose_each(&mut self, commands: Vec<Command>, words: &str) -> Result<()> {
        if commands.len() > AT_ONCE {
            return self.plan_beside(commands, words.to_owned(), true);
        }
        let staged = self.world.session.stage_each(commands, words);
        if self.tell_staged(&staged)? {
            self.review_last();
        }
        Ok(())
    }

    /// Goes to the review of the step that was staged last.
    pub(super) fn review_last(&mut self) {
        self.overlays.clear();
        let last = self.world.session.draft().steps().len().checked_sub(1);
        self.overlays.push(Box::new(Review::new(last, self.unsaved_words())));
    }

    /// Why what is staged cannot be saved, where that is so.
    fn unsaved_words(&self) -> Option<&'static str> {
        self.world.session.is_read_only().then_some(TRIED_ONLY)
    }

    pub(super) fn review(&mut self) {
        if self.world.session.draft().is_empty(&self.world.policy) {
            self.complain(format!("nothing is staged; {} in the matrix switches a permission", key_of(panes::matrix::TOGGLE)));
        } else {
            self.overlays.push(Box::new(Review::new(None, self.unsaved_words())));
        }
    }

    pub(super) fn save(&mut self) -> Result<()> {
        if self.world.session.is_read_only() {
            self.complain(TRIED_ONLY);
            return Ok(());
        }
        let before = self.world.session.draft().changes();
        if self.world.session.draft().to_save(&self.world.policy).is_empty() {
            return Ok(());
        }
        self.notice_others()?;
        if self.world.session.draft().changes() != before {
            self.complain("somebody else changed meanwhile what this changes; nothing was saved, look at it again");
            return Ok(());
        }
        let made = self.new_role();
        match self.world.session.save() {
            Ok(Done { receipt, sent }) => {
                self.remembered(receipt.head);
                let saved =
                    |head: Head| format!("Saved as entry {}: {}. {} takes it back", head.seq, receipt.summary, key_of(action::UNDO));
                let words = receipt.head.map_or_else(|| "It is so already: nothing was saved".to_owned(), saved);
                let receipt = receipt.head.and_then(|it| self.write_receipt(it.seq)).unwrap_or_default();
                self.say(words + &receipt);
                if !sent.is_empty() {
                    // Only now, and never again, can the links be shown.
                    self.overlays.push(Box::new(Letters::new(sent, &files::meaning(self.world.session.path()))));
                }
                self.own_change()?;
                if let Some(name) = made {
                    self.point_at_role(&name);
                }
                Ok(())
            }
            Err(error) => {
                // Somebody may have been quicker by a moment.
                self.notice_others()?;
                // Last, so that nothing else is said over it.
                self.complain(error.to_string());
                Ok(())
            }
        }
    }

    pub(super) fn undo(&mut self) -> Result<()> {
        if !self.deed_last && self.world.session.unstage()? {
            self.say(format!("Took one unsaved change back; {} does it again", key_of(action::REDO)));
            return self.drafted();
        }
        let target = command::undo_target(self.world.session.reader())?;
        self.take_back(target, "Take back", Command::Undo)
    }

    pub(super) fn redo(&mut self) -> Result<()> {
        if self.world.session.restage()? {
            self.say("Did it again");
            return self.drafted();
        }
        let target = command::redo_target(self.world.session.reader())?;
        self.take_back(target, "Do again", Command::Redo)
    }

    pub(super) fn take_back(&mut self, target: Option<i64>, verb: &str, command: fn(i64) -> Command) -> Result<()> {
        let Some(seq) = target else {
            self.complain(format!("there is nothing to {}", verb.to_lowercase()));
            return Ok(());
        };
        let what = self.world.session.reader().entry(seq)?.map_or_else(String::new, |it| it.summary);
        self.update(vec![Message::Ask(format!("{verb} entry {seq}: {what}?"), vec![command(seq)])])
    }

    /// After any change of the draft: what is drawn from it, kept of it, counted for it.
    pub(super) fn drafted(&mut self) -> Result<()> {
        self.refresh_site(true)?;
        self.panes.all_mut().into_iter().for_each(Pane::restaged);
        self.panel.stale();
        self.dirty = true;
        self.note();
        self.measure()
    }

    /// The same; a review of nothing closes.
    pub(super) fn taken_out(&mut self) -> Result<()> {
        self.drafted()?;
        if self.world.session.draft().is_empty(&self.world.policy) {
            self.overlays.pop();
        }
        Ok(())
    }

    /// Counts what the draft touches: at once where that is little, else by the worker.
    pub(super) fn measure(&mut self) -> Result<()> {
        let changes = self.world.session.draft().changes();
        (self.names, self.uncovered) = (Vec::new(), Vec::new());
        self.counter.cancel();
        if changes.is_empty() {
            self.world.effect = Effect::None;
            return Ok(());
        }
        let budget = Budget { pairs: PAIRS_AT_ONCE, ..Budget::ALL };
        let (policy, now) = (self.world.policy.clone(), self.world.session.now);
        if let Ok(impact) = impact(self.world.session.reader(), &policy, &changes, now, &budget)? {
            self.know(impact)?;
        } else {
            self.world.effect = Effect::Counting;
            let job = move |db: Reader<'_>, desk: &Desk<'_, Impact>| {
                let budget = Budget { pairs: usize::MAX, cancelled: &|| desk.is_cancelled() };
                if let Ok(counted) = impact(db, &policy, &changes, now, &budget)? {
                    desk.tell(counted);
                }
                Ok(())
            };
            self.counter.ask(&self.world.session, Box::new(job))?;
        }
        Ok(())
    }

    pub(super) fn know(&mut self, impact: Impact) -> Result<()> {
        self.names = self.first_names(&impact)?;
        self.uncovered = self.uncovered_by(&impact)?;
        self.world.effect = Effect::Known(impact);
        self.dirty = true;
        Ok(())
    }

    /// The sites whose last publisher it takes; none where it reaches too far to look at each.
    fn uncovered_by(&self, impact: &Impact) -> Result<Vec<String>> {
        if impact.sites.len() > PAIRS_AT_ONCE {
            return Ok(Vec::new());
        }
        let now = self.world.session.now;
        let drafted = self.world.session.drafted(&self.world.policy);
        let sites = coverage::uncovered(drafted.db, drafted.policy, impact, None, now)?;
        Ok(sites.into_iter().map(|it| it.name).collect())
    }

    /// The first people that are touched.
    pub(super) fn first_names(&self, impact: &Impact) -> Result<Vec<String>> {
        let db = self.world.session.drafted(&self.world.policy).db;
        let names = impact.people.iter().take(4).map(|id| Ok(db.find::<Person>(*id)?.map(|it| text::display(&it.name).into_owned())));
        names.filter_map(Result::transpose).collect()
    }
}
