//! Links that stay dead: an offer that an undo brings back has none until it is sent again.
//!
//! Whoever takes back that the wrong person said yes does not hand them the link once more.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Note;
use crate::domain::change::{Change, Edit};
use crate::domain::offer::Answer;
use crate::domain::offered::Offered;
use crate::domain::record::OfferKey;
use crate::facts::Reader;

/// The offers that the changes so far brought back, each with the verb that sends it again.
#[derive(Default)]
pub(super) struct DeadLinks(BTreeMap<OfferKey, &'static str>);

impl DeadLinks {
    /// The change as it may be made: what it opens again has no link.
    pub(super) fn cut(&mut self, db: Reader<'_>, mut change: Change) -> Result<Change> {
        if let Some(edit) = change.offer_mut() {
            self.cut_from(db, edit)?;
        }
        Ok(change)
    }

    fn cut_from(&mut self, db: Reader<'_>, edit: Edit<&mut dyn Offered>) -> Result<()> {
        let mut was = None;
        if let Some(before) = edit.before {
            // As this undo, or one before it, left the row.
            if self.0.contains_key(&before.key()) || db.offer(before.key())?.is_some_and(|it| it.token.is_none()) {
                before.offer_mut().token = None;
            }
            was = Some(before.offer().clone());
        }
        let Some(after) = edit.after else { return Ok(()) };
        let Some(verb) = after.verb() else { return Ok(()) };
        let is = after.offer();
        let same = was.is_some_and(|was| was.answer == Answer::None && was.token == is.token);
        if is.answer == Answer::None && !same {
            after.offer_mut().token = None;
            self.0.insert(after.key(), verb);
        } else if is.token.is_some() {
            self.0.remove(&after.key());
        }
        Ok(())
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
