//! What nobody may touch whatever they hold, owners and one's own, and what is theirs without any permission.

use anyhow::Result;

use super::{Scales, is_forgotten};
use crate::command::Command;
use crate::command::refusal::{Error, Refusal};
use crate::domain::change::{Change, Edit, Offering, Touch};
use crate::domain::contact::Contact;
use crate::domain::ids::{HandoverId, InvitationId, PersonId, RequestId};
use crate::domain::life::{Handover, HandoverKind, Invitation, Request};
use crate::domain::offer::Answer;
use crate::domain::record::OfferKey;
use crate::domain::text;
use crate::domain::things::{Assignment, Host, Person, Scope, Site};

impl Scales<'_> {
    /// What follows from owning a site, or from having been asked, and from nothing else:
    /// reclaiming it, having offered it to whoever now accepts it, declining.
    pub(super) fn is_theirs(&self, command: &Command, changes: &[Change]) -> Result<bool, Error> {
        match command {
            Command::Reclaim { .. } => {
                let mut sites = changes.iter().filter_map(|it| if let Change::Site(edit) = it { edit.before.as_ref() } else { None });
                Ok(sites.all(|it| it.owner == self.me.id))
            }
            Command::Accept { .. } => {
                let offered = changes.iter().find_map(|it| if let Change::Handover(edit) = it { edit.after.as_ref() } else { None });
                // The Partner role makes the agency pay, which is not a client's to say.
                let given = offered.filter(|it| it.kind == HandoverKind::Transfer);
                let site = given.map(|it| self.overlay.site(it.site)).transpose()?.and_then(|(_, before)| before);
                Ok(site.is_some_and(|it| it.owner == self.me.id))
            }
            Command::Decline(key) => {
                let asked = self.asked(*key)?;
                Ok(asked.is_some_and(|it| text::email_key(&it) == text::email_key(&self.me.email)))
            }
            Command::Init(_)
            | Command::Ceiling(_)
            | Command::Add(_)
            | Command::Edit { .. }
            | Command::Remove(_)
            | Command::Toggle { .. }
            | Command::Duplicate { .. }
            | Command::Invite(_)
            | Command::Ask(_)
            | Command::HandOver(_)
            | Command::Resend { .. }
            | Command::Cancel(_)
            | Command::Approve { .. }
            | Command::Leave { .. }
            | Command::Expel { .. }
            | Command::Offboard { .. }
            | Command::Retire { .. }
            | Command::StartReview(_)
            | Command::Decide { .. }
            | Command::FinishReview(_)
            | Command::Bind { .. }
            | Command::Unbind { .. }
            | Command::Declare { .. }
            | Command::Batch(_)
            | Command::Undo(_)
            | Command::Redo(_)
            | Command::Import { .. } => Ok(false),
        }
    }

    /// To which address an offer was sent.
    fn asked(&self, key: OfferKey) -> Result<Option<String>> {
        Ok(match key {
            OfferKey::Invitation(id) => self.db.find::<Invitation>(InvitationId(id))?.map(|it| it.email),
            OfferKey::Handover(id) => self.db.find::<Handover>(HandoverId(id))?.map(|it| it.email),
            OfferKey::Request(id) => {
                let contact = self.db.find::<Request>(RequestId(id))?.map(|it| self.db.find::<Contact>(it.contact));
                contact.transpose()?.flatten().and_then(|it| it.email)
            }
        })
    }

    /// R12: one's own access is ended with no permission at all, by leaving.
    pub(super) fn leaves(&self, command: &Command, changes: &[Change]) -> bool {
        let is_own = |it: &Change| matches!(it, Change::Assignment(Edit { before: Some(row), after: None }) if row.person == self.me.id);
        matches!(command, Command::Leave { .. }) && changes.iter().all(is_own)
    }

    /// What stays as it is, whatever the actor holds: owners, and what is the actor's own.
    pub(super) fn untouchable(&self, change: &Change) -> Result<(), Error> {
        if let Change::Person(Edit { before: Some(old), after }) = change {
            self.person_untouchable(old, after.as_ref())?;
        }
        match change.touches() {
            Some(Touch::Assignment(edit)) if is_forgotten(edit) => {}
            Some(Touch::Assignment(edit)) => edit.before.iter().chain(&edit.after).try_for_each(|it| self.assignment_untouchable(it))?,
            Some(Touch::Site(Edit { before: Some(old), after })) => self.site_untouchable(old, after.as_ref())?,
            Some(Touch::Role(Edit { before: Some(role), .. })) => {
                let is_own = |it: &Assignment| it.role == role.id && it.until.is_none_or(|until| self.now < until);
                if self.held.iter().any(is_own) {
                    let who = &self.me.email;
                    return self.refuse(format!("{who} holds {} and may not change it: nobody changes their own role", role.name));
                }
            }
            Some(Touch::Site(_) | Touch::Role(_) | Touch::Folder(_) | Touch::Setting(_) | Touch::Catalog(_)) | None => {}
        }
        match change.offers() {
            Some(Offering::Request(Edit { before: Some(old), after: Some(new) })) => self.yes_untouchable(old, new),
            Some(Offering::Handover(edit)) => self.handover_untouchable(edit),
            Some(Offering::Request(_) | Offering::Invitation(_)) | None => Ok(()),
        }
    }

    fn person_untouchable(&self, old: &Person, new: Option<&Person>) -> Result<(), Error> {
        let same_address = new.is_some_and(|new| text::email_key(&new.email) == text::email_key(&old.email));
        if old.id == self.me.id {
            return if same_address { Ok(()) } else { self.refuse(format!("{}: nobody changes their own address", self.me.email)) };
        }
        if old.id == self.before().owner || self.owns_some(old.id)? {
            return self.refuse(format!("{} may not change {}: an owner stays as they are", self.me.email, old.email));
        }
        // What comes to that address would be in the hands of that user.
        if !same_address && self.db.users()?.iter().any(|it| it.1 == old.id) {
            let why = format!("{} may not change the address of {}, who is a Unix user here", self.me.email, old.email);
            return self.refuse(why);
        }
        Ok(())
    }

    fn site_untouchable(&self, old: &Site, new: Option<&Site>) -> Result<(), Error> {
        let same_owner = new.is_some_and(|new| new.owner == old.owner);
        let pays = |it: &Site| it.host == Host::Agency && it.owner != self.before().owner;
        if new.is_some_and(pays) && !pays(old) {
            let way = format!("that takes a partnership: rolecall partner propose {}", old.key);
            return self.refuse(format!("{} may not make the agency carry {}: {way}", self.me.email, old.key));
        }
        if same_owner || old.owner == self.me.id {
            return Ok(());
        }
        self.refuse(format!("{} may not take {} from its owner", self.me.email, old.key))
    }

    /// The client's yes to a request, which whoever asked does not record.
    fn yes_untouchable(&self, old: &Request, new: &Request) -> Result<(), Error> {
        let is_yes = new.offer.answer == Answer::Accepted && old.offer.answer != Answer::Accepted;
        if !is_yes || old.asked_by != Some(self.me.id) {
            return Ok(());
        }
        let (who, n) = (&self.me.email, old.id.0);
        let why = format!("{who} asked for what request {n} would bring and may not record the client's yes to it");
        Err(Refusal::NotAllowed { why, ask: "whoever may invite there and did not ask".to_owned() }.into())
    }

    fn handover_untouchable(&self, edit: &Edit<Handover>) -> Result<(), Error> {
        let proposed = |it: &Handover| it.kind == HandoverKind::Partner && it.offer.answer == Answer::None;
        if edit.after.as_ref().is_some_and(proposed) {
            return self.refuse(format!("{} may not propose a partnership, which makes the agency pay", self.me.email));
        }
        if is_forgotten(edit) {
            return Ok(());
        }
        let site = edit.either().map(|it| self.overlay.site(it.site)).transpose()?.and_then(|(after, before)| before.or(after));
        match site.filter(|it| it.owner != self.me.id) {
            Some(site) => self.refuse(format!("{} may not offer {}, which is its owner's", self.me.email, site.key)),
            None => Ok(()),
        }
    }

    fn assignment_untouchable(&self, row: &Assignment) -> Result<(), Error> {
        if row.person == self.me.id {
            return self.refuse(format!("{}: nobody changes their own roles", self.me.email));
        }
        let site = if let Scope::Site(id) = row.scope { self.overlay.site(id)?.1 } else { None };
        let owns_site = |person: PersonId| site.as_ref().is_some_and(|it| it.owner == person);
        let is_account_owner = row.person == self.before().owner && !owns_site(self.me.id);
        if owns_site(row.person) || is_account_owner {
            let who = self.email(row.person)?;
            return self.refuse(format!("{} may not change the roles of {who}: an owner stays as they are", self.me.email));
        }
        Ok(())
    }
}
