//! Row numbers with a type, so that a site is never taken for a person.

use serde::{Deserialize, Serialize};

use super::kinds::kinds;

/// Behind this begin the numbers of rows that are staged and not saved: all of them are negative.
pub const STAGED: i64 = -(1 << 40);

/// The number of the first template among roles; those of the others go down from here.
pub const TEMPLATES: i64 = -(1 << 60);

macro_rules! ids {
    ($($part:ident { $($name:ident($row:ty $(, $id:ident)?) $(as $record:path)?),* $(,)? })*) => { $($($(
        #[doc = concat!("The number of one ", stringify!($name), ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $id(pub i64);
    )?)*)* };
}

kinds!(ids);
