//! Row numbers with a type, so that a site is never taken for a person.

use serde::{Deserialize, Serialize};

/// Behind this begin the numbers of rows that are staged and not saved: all of them are negative.
pub const STAGED: i64 = -(1 << 40);

/// Hands the one list of ids to a macro.
macro_rules! every_id {
    ($for_all:ident) => {
        $for_all! {
            /// A contact of the agency.
            ContactId,
            /// An identity that can hold access.
            PersonId,
            /// A folder of the tree of sites.
            FolderId,
            /// A client site.
            SiteId,
            /// A role, built in or custom.
            RoleId,
            /// One role given to one person in one scope.
            AssignmentId,
            /// An offer of access to one address.
            InvitationId,
            /// An access request.
            RequestId,
            /// A role that waits for an answer.
            WaitingRoleId,
            /// An offer of a site, or of a partnership on it.
            HandoverId,
        }
    };
}

pub(crate) use every_id;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    )* };
}

every_id!(ids);
