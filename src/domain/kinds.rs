//! The one list of kinds of rows.

/// Hands the one list of kinds of rows to a macro, behind what else it is given: what access follows from, what waits for
/// an answer, and the others. Behind `as` stands the record that brings such a row.
macro_rules! kinds {
    ($for_all:ident $($with:tt)*) => {
        $for_all! {
            $($with)*
            touches {
                Setting($crate::domain::things::Setting),
                Catalog($crate::domain::things::StoredCatalog),
                Folder($crate::domain::things::Folder) as $crate::domain::record::FolderRecord,
                Site($crate::domain::things::Site) as $crate::domain::record::SiteRecord,
                Role($crate::domain::things::Role) as $crate::domain::record::RoleRecord,
                Assignment($crate::domain::things::Assignment) as $crate::domain::record::AssignmentRecord,
            }
            offers {
                Request($crate::domain::life::Request),
                Invitation($crate::domain::life::Invitation),
                Handover($crate::domain::life::Handover),
            }
            apart {
                WaitingRole($crate::domain::life::WaitingRole),
                Person($crate::domain::things::Person) as $crate::domain::record::PersonRecord,
                Contact($crate::domain::things::Contact) as $crate::domain::record::ContactRecord,
            }
        }
    };
}

pub(crate) use kinds;
