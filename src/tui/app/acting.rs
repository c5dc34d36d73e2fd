//! In whose name the screens go on: the user's own, or that of somebody for whom the account owner acts.

use anyhow::Result;

use super::panel::Panel;
use super::writing::Said;
use super::{App, PANES, World};
use crate::command;
use crate::domain::deed::Deed;
use crate::domain::ids::{PersonId, SiteId};
use crate::domain::text;
use crate::domain::things::Person;
use crate::query::sight::Sight;
use crate::session::Who;
use crate::tui::action::{self, Action, Entry, Takes};
use crate::tui::keymap::key_of;
use crate::tui::panes::matrix::Mode;
use crate::tui::panes::{self, Panes};
use crate::tui::view::Recent;

/// Why nothing is begun that would have to be saved.
pub(super) const READ_ONLY: &str = "this is read-only: nothing can be saved";

/// The same where another instant is shown.
const PAST: &str = "this is another time: nothing can be changed there";

impl App {
    /// Finds out anew what the actor may see.
    pub(super) fn look(&mut self) -> Result<()> {
        self.world.session.look()?;
        // Whoever was nobody here when the screens opened just reads the file.
        let Some(actor) = self.world.session.who().person else { return Ok(()) };
        self.world.deeds = Deed::ALL.to_vec();
        if actor != self.world.policy.owner {
            let World { session, policy, .. } = &self.world;
            let held = |deed: &Deed| session.may(policy, &[*deed], None).is_ok();
            self.world.deeds = Deed::ALL.iter().filter(|it| held(it)).copied().collect();
        }
        Ok(())
    }

    /// Whether the action may be begun; if not, the reason is on the screen before anything is filled in.
    pub(super) fn may_begin(&mut self, action: Action) -> Result<bool> {
        let Some(takes) = self.places().iter().find_map(|place| place.entry(action)).map(|it| it.takes) else { return Ok(true) };
        let deeds = match takes {
            Takes::Form(deeds) => deeds,
            Takes::Owner => &[],
            Takes::Nothing | Takes::Trial(_) | Takes::Step(_) => return Ok(true),
        };
        let World { session, policy, .. } = &self.world;
        if session.is_read_only() {
            self.complain(if self.world.then.is_some() { PAST } else { READ_ONLY });
            return Ok(false);
        }
        if matches!(takes, Takes::Form(&[])) {
            return Ok(true);
        }
        let is_about_row = ![action::INVITE, action::IMPORT].contains(&action) && self.pane().n_marked() == 0;
        let site = (PANES[self.focus] == panes::sites::PLACE && is_about_row).then(|| self.pane().selected()).flatten();
        match session.may(policy, deeds, site.map(SiteId)) {
            Ok(()) => Ok(true),
            Err(command::Error::Refused(refusal)) => {
                self.complain(refusal.to_string());
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the footer offers it: it would do something here, for this actor and in this file.
    pub(super) fn offers(&self, entry: &Entry) -> bool {
        let works = match entry.action {
            action::SAVE => !self.world.session.draft().is_empty(&self.world.policy),
            panes::collaborators::ACT_AS => self.world.session.who().person == Some(self.world.policy.owner),
            _ => true,
        };
        self.fits(entry.takes) && works && self.pane().offers(entry.action)
    }

    /// Whether this actor may do it, and this file takes it.
    pub(super) fn fits(&self, takes: Takes) -> bool {
        let saves = !self.world.session.is_read_only();
        let may = |deeds: &[Deed]| deeds.is_empty() || deeds.iter().any(|it| self.world.deeds.contains(it));
        match takes {
            Takes::Nothing => true,
            Takes::Trial(deeds) => self.world.then.is_none() && (!saves || may(deeds)),
            Takes::Step(deeds) | Takes::Form(deeds) => saves && may(deeds),
            Takes::Owner => saves && self.acts_for().is_none(),
        }
    }

    /// Why this actor may not do it, or this file does not take it.
    pub(super) fn why_not(&self, takes: Takes) -> Option<String> {
        if self.fits(takes) {
            return None;
        }
        let World { session, policy, .. } = &self.world;
        let deeds = match takes {
            _ if self.world.then.is_some() => return Some(PAST.to_owned()),
            _ if session.is_read_only() => return Some(READ_ONLY.to_owned()),
            Takes::Trial(deeds) | Takes::Step(deeds) | Takes::Form(deeds) => deeds,
            Takes::Nothing | Takes::Owner => &[],
        };
        session.may(policy, deeds, None).err().map(|it| it.to_string())
    }

    /// Who acts, where that is not the account owner.
    pub(super) fn acts_for(&self) -> Option<&str> {
        self.world.session.who().person.filter(|it| *it != self.world.policy.owner).map(|_| self.world.session.who().actor.email.as_str())
    }

    /// What somebody who does not see everything begins with: what is theirs.
    pub(super) fn begin_with_own(&mut self) {
        let Sight::Own(own) = self.world.session.sight() else { return };
        self.panes.matrix.show(Mode::SitesOf(own.person.id, own.person.name.clone()), None);
        if PANES[self.focus] == panes::contacts::PLACE && !own.contacts {
            self.show(panes::sites::PLACE);
        }
    }

    pub(super) fn act_as(&mut self, person: PersonId) -> Result<()> {
        let Some(person) = self.world.session.reader().find::<Person>(person)? else { return Ok(()) };
        match self.world.session.who().acting_for(self.world.session.reader(), &person.email) {
            Ok(who) => {
                let (back, palette) = (key_of(action::BACK), key_of(action::PALETTE));
                let name = text::display(&person.email);
                self.turn_to(who, format!("This is done in the name of {name} from now on; {back} or {palette}act as myself ends it"))
            }
            Err(error) => {
                self.refused(&error);
                Ok(())
            }
        }
    }

    /// Goes on in the name of whom the view is of.
    pub(super) fn act_as_viewed(&mut self) -> Result<()> {
        self.view_as.as_ref().map(|it| it.id).map_or(Ok(()), |it| self.act_as(it))
    }

    pub(super) fn act_as_myself(&mut self) -> Result<()> {
        self.come_back()?;
        let email = self.myself.actor.email.clone();
        if *self.world.session.who() == self.myself {
            self.complain(format!("you act as {email} already"));
            return Ok(());
        }
        self.turn_to(self.myself.clone(), format!("You are {email} again"))
    }

    /// Begins anew in another name; what was staged stays with whoever staged it.
    fn turn_to(&mut self, who: Who, words: String) -> Result<()> {
        if let Err(error) = self.keep() {
            self.complain(format!(
                "unsaved changes would be lost, as they cannot be kept ({error:#}); {} saves them, {} takes them back",
                key_of(action::SAVE),
                key_of(action::UNDO)
            ));
            return Ok(());
        }
        self.world.session.turn_to(who)?;
        self.world.session.drop_draft()?;
        self.world.recent = Recent::new();
        self.look()?;
        (self.panes, self.panel, self.view_as, self.typing) = (Panes::default(), Panel::default(), None, None);
        (self.before_view, self.sorting, self.history) = (None, None, None);
        (self.kept, self.said, self.tour) = (Vec::new(), Said::default(), None);
        self.overlays.clear();
        (self.deed_last, self.toast) = (false, None);
        self.arrange_as_usual();
        self.turn_keeper()?;
        self.restore(None)?;
        if self.toast.is_none() {
            self.say(words);
        }
        self.reread()
    }
}
