//! That clock and journal disagree, and what to say of it (R5).

use std::fmt;

use chrono::{DateTime, Utc};

/// Clock and newest entry are so far apart that one of them is wrong; nothing here can tell which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub clock: DateTime<Utc>,
    /// The newest entry, and when it says that it was written.
    pub seq: i64,
    pub written: DateTime<Utc>,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (clock, written) = (self.clock.format("%Y-%m-%d %H:%M"), self.written.format("%Y-%m-%d %H:%M"));
        write!(f, "this machine's clock stands at {clock} UTC, but entry {} was written at {written}: one of the two is wrong", self.seq)
    }
}
