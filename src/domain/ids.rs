//! Row numbers with a type, so that a site is never taken for a person.

use serde::{Deserialize, Serialize};

use super::kinds::kinds;

/// Behind this begin the numbers of rows that are staged and not saved: all of them are negative.
pub const STAGED: i64 = -(1 << 40);

macro_rules! ids {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => { $($($(
        #[doc = concat!("The number of one ", stringify!($name), ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $id(pub i64);
    )?)*)* };
}

kinds!(ids);
