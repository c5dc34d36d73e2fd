//! What counts as now, where the machine's clock and the journal disagree (R5).

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use super::Command;
use super::doubt::Doubt;
use super::refusal::Refusal;
use crate::domain::change::Change;
use crate::domain::offer::Answer;
use crate::domain::offered::Offered;
use crate::domain::things::Assignment;
use crate::domain::time;
use crate::facts::Reader;

/// How far behind the newest entry a clock may be and still count as a little late.
const LATE: TimeDelta = TimeDelta::days(1);

/// How far behind a clock is that is told of: programs that write at once read theirs in another order than they write.
const TOLD: TimeDelta = TimeDelta::minutes(1);

/// The machine's clock, and whether somebody vouches for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    pub at: DateTime<Utc>,
    pub is_right: bool,
    /// When it was read, where it goes on from there: what is written is written later, by as much as was waited for a turn
    /// or for input.
    pub since: Option<Instant>,
}

impl From<DateTime<Utc>> for Clock {
    /// One that stands still.
    fn from(at: DateTime<Utc>) -> Clock {
        Clock { at, is_right: false, since: None }
    }
}

/// The instant that answers are about and changes are written at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub at: DateTime<Utc>,
    pub doubt: Option<Doubt>,
}

/// What the clock counts for: itself; the newest entry's instant where it is up to a day behind that; or itself, in doubt.
///
/// # Errors
/// That the file could not be read.
pub fn now(db: Reader<'_>, clock: DateTime<Utc>) -> anyhow::Result<Now> {
    let Some((head, written)) = db.newest()? else { return Ok(Now { at: clock, doubt: None }) };
    if written - clock > LATE {
        return Ok(Now { at: clock, doubt: Some(Doubt { clock, seq: head.seq, written }) });
    }
    Ok(Now { at: written.max(clock), doubt: None })
}

impl Clock {
    /// As it stands by now.
    pub(super) fn by_now(self) -> Clock {
        let gone = self.since.and_then(|it| TimeDelta::from_std(it.elapsed()).ok()).unwrap_or_default();
        Clock { at: time::micros(self.at + gone), since: self.since.map(|_| Instant::now()), ..self }
    }

    /// The instant at which a command runs, and what is to be said about it.
    pub(super) fn read(self, db: Reader<'_>) -> anyhow::Result<(Now, Option<String>)> {
        let now = now(db, self.at)?;
        let zone = db.zone()?;
        let late = || {
            let (clock, last) = (zone.exact(self.at), zone.exact(now.at));
            format!("this machine's clock stands at {clock}, before the newest entry; {last} is taken for now")
        };
        Ok((now, (now.at - self.at >= TOLD).then(late)))
    }

    /// Refuses, by a clock in doubt that nobody vouches for, what depends on the hour.
    pub(super) fn check(self, now: Now, commands: &[Command], changes: &[Change]) -> Result<(), Refusal> {
        self.check_dates(now, depends(commands, changes, now.at))
    }

    /// The same where it is known already whether it depends.
    pub(super) fn check_dates(self, now: Now, depends: bool) -> Result<(), Refusal> {
        match now.doubt {
            Some(doubt) if depends && !self.is_right => Err(Refusal::Doubt(doubt)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether what the commands do depends on the hour. What is taken back stood before.
fn depends(commands: &[Command], changes: &[Change], now: DateTime<Utc>) -> bool {
    !commands.iter().all(|it| matches!(it, Command::Undo(_) | Command::Redo(_))) && changes.iter().any(|it| dates(it, now))
}

/// Whether a change gives or moves a date, sends something that has to be answered in time, or is such an answer.
pub(super) fn dates(change: &Change, now: DateTime<Utc>) -> bool {
    if let Change::Assignment(edit) = change {
        let ends = |it: Option<&Assignment>| it.map(|it| (it.until, it.review_on)).unwrap_or_default();
        let begins = |it: Option<&Assignment>| it.and_then(|it| it.since).filter(|it| *it > now);
        let (before, after) = (edit.before.as_ref(), edit.after.as_ref());
        return after.is_some() && (ends(before) != ends(after) || begins(before) != begins(after));
    }
    let facts = |it: &dyn Offered| (it.until(), it.offer().sent, it.offer().sendings, it.offer().answer == Answer::Accepted);
    change.offer().is_some_and(|it| it.after.is_some_and(|after| it.before.map(facts) != Some(facts(after))))
}
