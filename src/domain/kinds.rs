//! The one list of kinds of rows.

/// Hands the one list of kinds of rows to a macro, behind what else it is given: what access follows from, what waits for
/// an answer, and the others. A row that has a number has a type of its own for it; behind `as` stands the record that brings
/// such a row.
macro_rules! kinds {
    ($for_all:ident $($with:tt)*) => {
        $for_all! {
            $($with)*
            touches {
                Setting($crate::domain::things::Setting),
                Catalog($crate::domain::things::StoredCatalog),
                Folder($crate::domain::things::Folder, FolderId) as $crate::domain::record::FolderRecord,
                Site($crate::domain::things::Site, SiteId) as $crate::domain::record::SiteRecord,
                Role($crate::domain::things::Role, RoleId) as $crate::domain::record::RoleRecord,
                Assignment($crate::domain::things::Assignment, AssignmentId) as $crate::domain::record::AssignmentRecord,
            }
            offers {
                Invitation($crate::domain::life::Invitation, InvitationId),
                Request($crate::domain::life::Request, RequestId),
                Handover($crate::domain::life::Handover, HandoverId),
            }
            apart {
                WaitingRole($crate::domain::life::WaitingRole, WaitingRoleId),
                Person($crate::domain::things::Person, PersonId) as $crate::domain::record::PersonRecord,
                Contact($crate::domain::contact::Contact, ContactId) as $crate::domain::contact::ContactRecord,
                Review($crate::domain::review::Review, ReviewId),
                ReviewItem($crate::domain::review::ReviewItem, ReviewItemId),
                Accepted($crate::domain::accepted::Accepted, AcceptedId) as $crate::domain::accepted::AcceptedRecord,
            }
        }
    };
}

pub(crate) use kinds;
