//! What an actor may need a permission for, whatever the platform calls that permission.
//!
//! A catalog says which of its permissions allows which deed. What it does not say belongs to
//! the account owner alone or, where it is about who is on a single site, to that site's owner too.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Ground;
use super::catalog::Catalog;
use super::ids::{FolderId, PersonId, SiteId};
use super::perm_set::PermSet;
use super::policy::Policy;
use super::things::{Assignment, Host, Site, SiteStatus};

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

/// What somebody holds of one platform at the level of the account: by team-level roles that are
/// given everywhere.
pub fn at_account(policy: &Policy, catalog: &Catalog, person: PersonId, held: &[Assignment], at: DateTime<Utc>) -> PermSet {
    Ground::new(policy, &any_site(policy, catalog, None)).map_or(PermSet::EMPTY, |it| it.access(policy, person, held, at))
}

/// A site as it may come to lie in a folder: the agency's, with every app.
pub fn any_site(policy: &Policy, catalog: &Catalog, folder: Option<FolderId>) -> Site {
    let bare = Site {
        id: SiteId(0),
        key: String::new(),
        name: String::new(),
        url: String::new(),
        platform: catalog.platform.clone(),
        folder,
        owner: policy.owner,
        host: Host::Agency,
        apps: Vec::new(),
        status: SiteStatus::Draft,
        editor: None,
    };
    with_everything(catalog, bare)
}

/// The same site as the team may come to work on it, with every app.
pub fn with_everything(catalog: &Catalog, site: Site) -> Site {
    Site { host: Host::Agency, apps: catalog.apps.iter().map(|(app, _)| app.clone()).collect(), ..site }
}
