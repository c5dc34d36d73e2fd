//! What a review comes to: the commands that carry out what was decided, and the page that tells of it.

mod page;
mod report;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::mending::{self, Together};
use crate::command::Command;
use crate::domain::audit::Mend;
use crate::domain::policy::Policy;
use crate::domain::review::{self, Held, Review, ReviewItem, Verdict, digest};
use crate::domain::things::Assignment;
use crate::facts::Reader;
use crate::facts::names::the_role;

pub use page::Page;
pub use report::Report;

/// What finishing a review does, as one step, and what else is to be said: what ends later, and what is not done any more.
#[derive(Clone, Debug)]
pub struct Finish {
    pub commands: Vec<Command>,
    pub notes: Vec<String>,
}

/// Carries out what was decided on what is still there: what is kept gets the day of its next look.
///
/// # Errors
/// That the file could not be read.
pub fn finish(db: Reader<'_>, policy: &Policy, review: &Review, now: DateTime<Utc>) -> Result<Finish> {
    let (mut mends, mut notes) = (Vec::new(), Vec::new());
    let items = db.items_of(review.id)?;
    for item in &items {
        match mend(db, policy, item)? {
            Ok(mend) => {
                if let Some(Mend::End(_, at)) = &mend {
                    notes.push(format!("{} ends {}", what(item), policy.zone.show_until(*at)));
                }
                mends.extend(mend);
            }
            Err(note) => notes.push(note),
        }
    }
    let mut together = Together::default();
    together.add(mending::commands(db, policy, &mends, now)?);
    let over = review::Finish::As { review: review.name.clone(), decided: digest(&items) };
    let commands = std::iter::once(Command::FinishReview(over)).chain(together.commands()).collect();
    Ok(Finish { commands, notes })
}

fn what(item: &ReviewItem) -> String {
    format!("{} of {} ({})", item.named.role, item.named.who(), item.named.place)
}

/// What a decision changes, where it changes anything; what it is about may be gone.
fn mend(db: Reader<'_>, policy: &Policy, item: &ReviewItem) -> Result<Result<Option<Mend>, String>> {
    let (Held::Role(was), Some(decision)) = (&item.held, &item.decision) else { return Ok(Ok(None)) };
    let Some(row) = db.find::<Assignment>(was.id)? else {
        return Ok(Err(format!("{} is gone meanwhile: nothing was left to do", what(item))));
    };
    let is_partner = policy.role(row.role).is_some_and(|it| it.side.is_some());
    Ok(Ok(match &decision.verdict {
        // A partnership is kept by the client; there is no day on it.
        Verdict::Keep(at) => (!is_partner && row.review_on != Some(*at)).then_some(Mend::Review(row, *at)),
        Verdict::Narrow(role) => Some(Mend::Instead(row, the_role(db, policy, role)?.role.id)),
        Verdict::End(at) => Some(Mend::End(row, *at)),
        Verdict::Take => Some(Mend::Take(row)),
    }))
}
