//! The time machine: every pane as of another instant. Nothing can be staged there, and `Esc` comes back.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{App, World};
use crate::domain::policy::Policy;
use crate::session::Session;
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::overlays::day::Day;
use crate::tui::view::{Message, Recent};
use crate::tui::worker::Worker;

/// Another instant, and the session to come back to.
pub(super) struct Then {
    pub(super) at: DateTime<Utc>,
    present: Session,
    /// What held in the present, and by which version of the file it is told whether somebody changed something since.
    policy: Policy,
    version: i64,
}

impl World {
    /// The instant that answers are about.
    pub(super) fn instant(&self) -> DateTime<Utc> {
        self.then.as_ref().map_or(self.session.now, |it| it.at)
    }
}

impl Message {
    /// Whether it begins something that would have to be saved.
    fn begins(&self) -> bool {
        let stages = matches!(self, Message::Stage(..) | Message::Propose(..) | Message::ProposeEach(..) | Message::ActAs(_));
        stages || self.writes()
    }
}

impl App {
    pub(super) fn ask_day(&mut self) {
        self.overlays.push(Box::new(Day::new()));
    }

    /// Shows everything as of a day or an instant.
    pub(super) fn travel(&mut self, typed: &str) -> Result<()> {
        let zone = self.world.session.zone()?;
        let at = match zone.at(typed, self.world.session.now) {
            Ok(at) => at,
            Err(sentence) => {
                let kept = self.overlays.last_mut().is_some_and(|it| it.refused(&sentence));
                if !kept {
                    self.complain(sentence);
                }
                return Ok(());
            }
        };
        self.overlays.pop();
        self.come_back()?;
        self.note();
        self.keep_noted();
        let then = self.world.session.at(at)?;
        let reaches = self.world.session.reader().last_by(at)? > 0;
        self.labor = None;
        let policy = then.reader().policy(None)?;
        let present = std::mem::replace(&mut self.world.session, then);
        let policy = std::mem::replace(&mut self.world.policy, policy);
        self.world.then = Some(Then { at, present, policy, version: self.data_version });
        self.arrive()?;
        let (when, back) = (zone.exact(at), key_of(action::BACK));
        self.say(if reaches {
            format!("Everything as of {when}; {back} comes back")
        } else {
            format!("The journal does not reach back to {when}: dates alone tell of it; {back} comes back")
        });
        Ok(())
    }

    /// Back to the present, with what is staged there.
    pub(super) fn come_back(&mut self) -> Result<bool> {
        let Some(then) = self.world.then.take() else { return Ok(false) };
        self.labor = None;
        (self.world.session, self.world.policy) = (then.present, then.policy);
        self.arrive()?;
        if self.data_version != then.version {
            self.others_changed()?;
        }
        Ok(true)
    }

    /// What somebody saved meanwhile lies under the past, too.
    pub(super) fn settle_anew(&mut self) -> Result<()> {
        if let Some(then) = &self.world.then {
            self.world.session = then.present.at(then.at)?;
            self.world.policy = self.world.session.reader().policy(None)?;
            self.arrive()?;
        }
        Ok(())
    }

    /// What reads beside the screens reads what they show.
    fn look_elsewhere(&mut self) {
        (self.counter, self.searcher, self.sorter) = (Worker::new("counter"), Worker::new("searcher"), Worker::new("sorter"));
        self.survey.forget();
        self.world.auditor.forget();
    }

    /// All is read anew.
    fn arrive(&mut self) -> Result<()> {
        self.data_version = self.world.session.data_version()?;
        self.world.recent = Recent::new();
        self.look_elsewhere();
        self.deed_last = false;
        self.reread()
    }

    /// Says why not, where something would have to be saved in the past.
    pub(super) fn is_over(&mut self, message: &Message) -> bool {
        let is_over = self.world.then.is_some() && message.begins();
        if is_over {
            let then = self.world.then.as_ref().map_or_else(String::new, |it| self.world.policy.zone.exact(it.at));
            self.complain(format!("this is as of {then}: nothing can be changed there; {} comes back", key_of(action::BACK)));
        }
        is_over
    }
}
