//! What an actor may need a permission for, whatever the platform calls that permission.
//!
//! A catalog says which of its permissions allows which deed. What it does not say belongs to
//! the account owner alone or, where it is about who is on a single site, to that site's owner too.

use serde::{Deserialize, Serialize};

/// Declares [`Deed`] from the list of deeds: its name in a catalog, and what follows `may`.
macro_rules! deeds {
    ($($name:ident($key:literal, $words:literal)),* $(,)?) => {
        /// One thing that an actor does or sees.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Deed { $(#[serde(rename = $key)] $name),* }

        impl Deed {
            /// All of them.
            pub const ALL: &[Deed] = &[$(Deed::$name),*];

            /// What follows `may`: `invite people`.
            pub fn words(self) -> &'static str {
                match self { $(Deed::$name => $words),* }
            }
        }

        impl std::fmt::Display for Deed {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Deed::$name => $key),* })
            }
        }
    };
}

deeds! {
    ViewPeople("view-people", "see who has access"),
    InvitePeople("invite-people", "invite people"),
    ChangeRoles("change-roles", "change people's roles"),
    RemovePeople("remove-people", "take people's access away"),
    ViewTeam("view-team", "see the team"),
    InviteTeam("invite-team", "invite people to the team"),
    ChangeTeam("change-team", "change the team's roles"),
    RemoveTeam("remove-team", "remove people from the team"),
    ManageRoles("manage-roles", "manage roles"),
    AddSites("add-sites", "add sites"),
    EditSites("edit-sites", "edit sites"),
    RemoveSites("remove-sites", "remove sites"),
    TransferSites("transfer-sites", "transfer sites"),
    ManageApps("manage-apps", "install and remove apps"),
    ManageFolders("manage-folders", "manage folders"),
    ViewContacts("view-contacts", "see contacts"),
    ManageContacts("manage-contacts", "manage contacts"),
    EditWorkspace("edit-workspace", "edit the workspace"),
}

impl Deed {
    /// Whether a site's owner may do it there also where the catalog says nothing of it: it is
    /// about who is on the site.
    pub fn is_of_a_site(self) -> bool {
        match self {
            Deed::ViewPeople | Deed::InvitePeople | Deed::ChangeRoles | Deed::RemovePeople | Deed::TransferSites => true,
            Deed::ViewTeam
            | Deed::InviteTeam
            | Deed::ChangeTeam
            | Deed::RemoveTeam
            | Deed::ManageRoles
            | Deed::AddSites
            | Deed::EditSites
            | Deed::RemoveSites
            | Deed::ManageApps
            | Deed::ManageFolders
            | Deed::ViewContacts
            | Deed::ManageContacts
            | Deed::EditWorkspace => false,
        }
    }

    /// Whether it is done on one site; what is not takes a team role that is given everywhere.
    pub fn is_on_a_site(self) -> bool {
        self.is_of_a_site() || matches!(self, Deed::EditSites | Deed::RemoveSites | Deed::ManageApps)
    }
}
