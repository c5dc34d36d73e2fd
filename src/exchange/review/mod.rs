//! What a review comes to: the commands that carry out what was decided, and the page that tells of it.

mod page;
mod report;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::mending;
use crate::command::Command;
use crate::domain::audit::Mend;
use crate::domain::policy::Policy;
use crate::domain::review::{Finish, Held, Review, ReviewItem, Verdict, digest};
use crate::domain::things::Assignment;
use crate::facts::Reader;
use crate::facts::names::the_role;

pub use page::Page;
pub use report::Report;

/// What finishing a review does, as one step: carries out what was decided on what is still there: what is kept gets the day of its next look.
///
/// # Errors
/// That the file could not be read.
pub fn finish(db: Reader<'_>, policy: &Policy, review: &Review, now: DateTime<Utc>) -> Result<Command> {
    let items = db.items_of(review.id)?;
    let mends = items.iter().filter_map(|it| mend(db, policy, it).transpose()).collect::<Result<Vec<_>>>()?;
    let decided = mending::commands(db, policy, &mends, now)?;
    let over = Finish { review: review.name.clone(), decided: Some(digest(&items)) };
    Ok(Command::all(std::iter::once(Command::FinishReview(over)).chain(decided).collect()))
}

/// What a decision changes, where it changes anything: what it is about may be gone.
fn mend(db: Reader<'_>, policy: &Policy, item: &ReviewItem) -> Result<Option<Mend>> {
    let (Held::Role(was), Some(decision)) = (&item.held, &item.decision) else { return Ok(None) };
    let Some(row) = db.find::<Assignment>(was.id)? else { return Ok(None) };
    let is_partner = policy.role(row.role).is_some_and(|it| it.side.is_some());
    Ok(match &decision.verdict {
        // A partnership is kept by the client; there is no day on it.
        Verdict::Keep(at) => (!is_partner && row.review_on != Some(*at)).then_some(Mend::Review(row, *at)),
        Verdict::Narrow(role) => Some(Mend::Instead(row, the_role(db, policy, role)?.role.id)),
        Verdict::End(at) => Some(Mend::End(row, *at)),
        Verdict::Take => Some(Mend::Take(row)),
    })
}
