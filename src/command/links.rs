//! Links that stay dead: an offer that an undo brings back has none until it is sent again.
//!
//! Whoever takes back that the wrong person said yes does not hand them the link once more.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Note;
use crate::domain::change::{Change, Edit};
use crate::domain::life::{Handover, Invitation};
use crate::domain::offer::{Answer, Offer};
use crate::domain::record::OfferKey;
use crate::facts::Reader;
use crate::store::table::Table;

/// The offers that the changes so far brought back, each with the verb that sends it again.
#[derive(Default)]
pub(super) struct DeadLinks(BTreeMap<OfferKey, &'static str>);

impl DeadLinks {
    /// The change as it may be made: what it opens again has no link.
    pub(super) fn cut(&mut self, db: Reader<'_>, change: Change) -> Result<Change> {
        Ok(match change {
            Change::Invitation(edit) => self.cut_from(db, edit)?.into(),
            Change::Handover(edit) => self.cut_from(db, edit)?.into(),
            // A request never had one.
            Change::Request(_)
            | Change::WaitingRole(_)
            | Change::Setting(_)
            | Change::Catalog(_)
            | Change::Person(_)
            | Change::Contact(_)
            | Change::Folder(_)
            | Change::Site(_)
            | Change::Role(_)
            | Change::Assignment(_) => change,
        })
    }

    fn cut_from<T: Linked>(&mut self, db: Reader<'_>, mut edit: Edit<T>) -> Result<Edit<T>> {
        if let Some(before) = &mut edit.before {
            // As this undo, or one before it, left the row.
            let is_dead = |row: Option<T>| row.is_some_and(|mut it| it.offer().token.is_none());
            if self.0.contains_key(&before.key()) || is_dead(db.find(before.id())?) {
                before.offer().token = None;
            }
        }
        let was = edit.before.as_mut().map(|it| it.offer().clone());
        let Some(after) = &mut edit.after else { return Ok(edit) };
        let comes_back = |is: &Offer| {
            let same = was.as_ref().is_some_and(|was| was.answer == Answer::None && was.token == is.token);
            is.answer == Answer::None && !same
        };
        if comes_back(after.offer()) {
            after.offer().token = None;
            self.0.insert(after.key(), after.verb());
        } else if after.offer().token.is_some() {
            self.0.remove(&after.key());
        }
        Ok(edit)
    }

    /// What whoever takes the step back should know.
    pub(super) fn notes(self) -> impl Iterator<Item = Note> {
        self.0.into_iter().map(|(key, verb)| {
            Note::Remark(format!(
                "{key} waits again, but its link is dead; a new one goes out with: rolecall {verb} resend {}",
                key.number()
            ))
        })
    }
}

/// An offer that is answered by a link.
trait Linked: Table {
    fn key(&self) -> OfferKey;
    fn verb(&self) -> &'static str;
    fn offer(&mut self) -> &mut Offer;
}

impl Linked for Invitation {
    fn key(&self) -> OfferKey {
        OfferKey::Invitation(self.id.0)
    }

    fn verb(&self) -> &'static str {
        "invite"
    }

    fn offer(&mut self) -> &mut Offer {
        &mut self.offer
    }
}

impl Linked for Handover {
    fn key(&self) -> OfferKey {
        OfferKey::Handover(self.id.0)
    }

    fn verb(&self) -> &'static str {
        self.kind.as_str()
    }

    fn offer(&mut self) -> &mut Offer {
        &mut self.offer
    }
}
