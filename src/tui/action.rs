//! Everything a key can do, in panes and windows: the one table that feeds keys, footer, help, palette and README.

use crate::domain::deed::Deed::{
    self, AddSites, ChangeRoles, ChangeTeam, EditSites, InvitePeople, InviteTeam, ManageApps, ManageContacts, ManageFolders, ManageRoles,
    RemovePeople, RemoveSites, RemoveTeam, TransferSites,
};

/// What an action takes of whoever begins it: any of the deeds, where some are named. It is
/// offered to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    /// It may be tried also where nothing can be saved.
    Trial(&'static [Deed]),
    /// It is shown, or asked, before it is done: what refuses it is said then.
    Step(&'static [Deed]),
    /// Something is filled in first: who may not is told at the key.
    Form(&'static [Deed]),
    /// The same, and the account owner's alone.
    Owner,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub action: Action,
    /// The name by which the palette runs it.
    pub id: &'static str,
    pub place: Place,
    /// Keys in order of preference; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// One word for the footer; empty where the footer leaves it out.
    pub short: &'static str,
    pub takes: Takes,
    pub help: &'static str,
}

macro_rules! takes {
    () => {
        Takes::Nothing
    };
    ($kind:ident) => {
        Takes::$kind
    };
    ($kind:ident $deeds:expr) => {
        Takes::$kind(&$deeds)
    };
}

macro_rules! actions {
    ($($place:ident $title:literal { $($action:ident $id:literal [$($key:literal),*] $short:literal $($takes:ident$(($deeds:expr))?)? $help:literal;)* })*) => {
        /// Where an action applies: a pane or a window, some of them, or everywhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Place { $($place,)* }

        impl Place {
            pub fn title(self) -> &'static str {
                match self { $(Place::$place => $title,)* }
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($($action,)*)* }

        /// Every action, in the order in which help shows them.
        pub const ACTIONS: &[Entry] = &[$($(
            Entry {
                action: Action::$action,
                id: $id,
                place: Place::$place,
                keys: &[$($key),*],
                short: $short,
                takes: takes!($($takes $($deeds)?)?),
                help: $help,
            },
        )*)*];
    };
}

actions! {
    Matrix "Matrix" {
        Toggle "toggle" ["space"] "toggle" Trial([ManageRoles]) "Switch the permission on or off in this role, with all it drags along";
        Pin "pin" ["p"] "" Trial([ManageRoles]) "Grant an implied permission in its own right, so that it stays when its cause goes";
        Fold "open" ["enter"] "open" "Fold or unfold a category; on an implied cell, go to what causes it";
        Why "why" ["w"] "why" "Explain this cell: every route to it, or what refuses it and the ways that would help";
        WhoCan "who-can" ["W"] "who" "Everyone who can do this";
        Transpose "transpose" ["t"] "turn" "Swap rows and columns";
        Left "left" ["left", "h"] "" "One column to the left";
        Right "right" ["right", "l"] "" "One column to the right";
        PageLeft "page-left" ["<"] "" "A page of columns to the left";
        PageRight "page-right" [">"] "" "A page of columns to the right";
        Changed "changed-rows" ["f"] "" "Show only the rows that differ between columns or are changed";
        FoldAll "fold-all" ["z"] "fold" "Fold or unfold all categories";
        Level "level" ["L"] "level" "Show roles under the site ceiling, the team ceiling, or each under its own";
        Platform "platform" ["P"] "" "The next platform's roles";
        CopyRole "copy-role" ["c"] "copy role" Form([ManageRoles]) "Copy this column's role into a custom one";
    }
    Collaborators "Collaborators" {
        Assign "assign" ["a"] "give role" Form([InvitePeople, InviteTeam]) "Give this person, or somebody new, a role here";
        Unassign "unassign" ["d"] "take role" Form([RemovePeople, RemoveTeam]) "Take a role from this person";
        AddPerson "add-person" ["n"] "new person" Form([InvitePeople, InviteTeam]) "Add a person";
        EditPerson "edit-person" ["e"] "edit" Form([ChangeRoles, ChangeTeam, InvitePeople, InviteTeam]) "Edit this person's name or address";
        ViewAs "view-as" ["V"] "view as" "Look at what this person can do, and where; what you do stays yours";
        ActAs "act-as" ["A"] "act as" "Go on in this person's name: see and do what they may and no more; for the account owner alone";
        TeamScopes "team" ["t"] "team" Step([ChangeTeam, InviteTeam, RemoveTeam]) "What this person holds in the team: add, change and take places and roles";
        Extend "extend" ["x"] "extend" Form([ChangeRoles, ChangeTeam]) "Let access that ends go on: 30 days more, or any other end";
        Expel "remove" ["X"] "" Step([]) "Take all that this person has here, or on one site, or in the team; yourself, leave";
        Offboard "offboard" ["O"] "" Step([RemovePeople, RemoveTeam]) "Take everything from this person, everywhere, as one step";
        Standing "standing" ["c"] "can do" "What this person can do, where and as what; what not, and why";
        PersonMatrix "person-matrix" ["m"] "" "The matrix of everyone on this site, or of this person's sites";
    }
    Sites "Sites" {
        AddSite "add-site" ["a"] "add" Form([AddSites]) "Add a site";
        EditSite "edit-site" ["e"] "edit" Form([EditSites, ManageApps, TransferSites, ManageFolders]) "Edit this site";
        RemoveSite "remove-site" ["d"] "delete" Step([RemoveSites]) "Remove this site with every role held on it";
        Transfer "transfer" ["t"] "transfer" Form([TransferSites]) "Offer this site to another owner";
        Partner "partner" ["p"] "partner" Owner "Propose to the client that the agency carries this site as partner";
        Reclaim "reclaim" ["r"] "" Form([TransferSites]) "Note that the client took this site back from the agency";
        SiteMatrix "site-matrix" ["m"] "matrix" "The matrix of everyone on this site";
    }
    Contacts "Contacts" {
        AddContact "add-contact" ["a"] "add" Form([ManageContacts]) "Add a contact";
        Request "request" ["r"] "ask access" Form([ManageContacts, InvitePeople]) "Ask this contact for access to a site of theirs";
        EditContact "edit-contact" ["e"] "edit" Form([ManageContacts]) "Edit this contact";
        RemoveContact "remove-contact" ["d"] "delete" Step([ManageContacts]) "Remove this contact";
    }
    Invites "Invites" {
        Resend "resend" ["R"] "send again" Step([]) "Send it again: its time begins anew, and the old link is dead";
        Cancel "cancel" ["x", "d"] "take back" Step([]) "Take back what was sent: its link is dead";
        Decline "decline" ["D"] "" Step([]) "Note that whom it was sent to said no";
        Approve "approve" ["A"] "approve" Form([InvitePeople, InviteTeam, ManageContacts]) "Note that the client said yes to a request: to which site, and to what";
        Token "token" ["t"] "" Form([]) "Say yes with a token, in the name of whoever got it";
    }
    Roles "Roles" {
        AddRole "add-role" ["a"] "add" Form([ManageRoles]) "Add an empty custom role";
        Duplicate "duplicate" ["c"] "copy" Form([ManageRoles]) "Copy this role into a custom one";
        EditRole "edit-role" ["e"] "edit" Form([ManageRoles]) "Edit this custom role's name and description";
        RemoveRole "remove-role" ["d"] "delete" Form([ManageRoles]) "Remove this custom role; its holders get another";
        RoleMatrix "role-matrix" ["m"] "matrix" "Go to this role in the matrix";
    }
    Activity "Activity" {
        TakeBack "take-back" ["x"] "take back" Step([]) "Take exactly this step back";
    }
    Lists "Lists" {
        Invite "invite" ["i"] "invite" Form([InvitePeople, InviteTeam]) "Invite somebody: to this site, to this contact's address, as this role";
        Timeline "timeline" ["T"] "" "What happened with this one, day by day";
        Open "go" ["enter", "right", "l"] "open" "Go on with this one: a contact's sites, a site's people, a person's matrix, a role's column";
    }
    Panes "Every pane" {
        Filter "filter" ["/"] "filter" "Show only what holds these words; !word leaves out";
        Save "save" ["s", "ctrl-s"] "save" "Review the unsaved changes, and save them";
        Undo "undo" ["u"] "undo" "Take the last step back, unsaved or saved";
        Redo "redo" ["U"] "" "Do it again";
        Discard "discard" [] "" "Drop all unsaved changes";
        Copy "copy" ["y"] "" "Copy the selected name, cell or text through the terminal";
        NextPane "next-pane" ["tab"] "" "The next pane";
        LastPane "last-pane" ["backtab"] "" "The pane before";
        Back "back" ["esc", "-"] "" "Leave: the filter, the narrowing, the view as somebody; last, whom you act as";
        MyStanding "what-i-can" [] "" "What I can do, or whom I view as: sites, roles, permissions, and what not and why";
        ActAsMyself "act-as-myself" [] "" "Act as yourself again";
        Palette "palette" [":"] "go to" "Any action, or jump to a role, permission, site or person by name";
        Quit "quit" ["q"] "quit" "Leave; unsaved changes are kept for the next time";
    }
    Filter "The filter" {
        KeepFilter "keep-filter" ["enter"] "keep the filter" "Keep the filter, and go back to the list";
        FirstFound "first-found" ["tab"] "" "Keep the filter, and go one down";
        ShowAll "show-all" ["esc"] "show all" "Drop the filter";
    }
    Form "Forms" {
        Choose "choose" ["space"] "choose" "Choose what is under the cursor, or the next where there can be but one; letters narrow the list";
        DropLast "drop-last" ["backspace"] "drop the last" "Drop the last place that was chosen";
        NewRole "new-role" ["n"] "new role" "Make a role that is not there yet";
        Forward "forward" ["enter"] "" "Take what is found, or go to the next field; on the last it is done";
        NextField "next-field" ["tab"] "next field" "Take what is found, and go to the next field";
        LastField "last-field" ["backtab"] "" "The field before";
        Done "done" ["ctrl-s"] "done" "Done: what it would do is shown, or it is done";
    }
    Question "Questions" {
        Yes "yes" ["y"] "yes" "Do what is asked";
        No "no" ["enter", "n"] "back" "Go back: nothing is done";
    }
    Review "The review" {
        Unstage "unstage" ["u"] "take one back" "Take the last unsaved step back";
        CopyCommands "copy-commands" ["Y"] "copy as commands" "Copy the changes as commands";
    }
    Sent "Letters sent" {
        CopyLink "copy-link" ["y"] "copy this link" "Copy this link";
        CopyLinks "copy-links" ["Y"] "copy all" "Copy all links, each with whom it is for";
        CopyMail "copy-mail" ["m"] "copy the mail's path" "Copy where the mail lies";
    }
    Team "A member's places" {
        AddPlace "add-place" ["a"] "add" "Add a role in a place";
        EditPlace "edit-place" ["e", "enter"] "change" "Change the role, the place or the end";
        TakePlace "take-place" ["d"] "take" "Take this role, or take that back";
        ReviewPlaces "review-places" ["s"] "review" "Review all that is changed here, and save it as one step";
    }
    Cell "Why, and who can" {
        TurnOver "turn-over" ["tab"] "why, who can" "Turn over, from why to who can and back";
    }
    Page "Pages" {
        CopyPage "copy-page" ["y"] "copy" "Copy the whole page";
    }
    KeysHere "Help" {
        CloseHelp "close-help" ["?", "f1"] "" "Close the help";
    }
    Search "Palette and help" {
        Take "take" ["enter"] "go" "Go there, or do it";
        NextFound "next-found" ["tab"] "" "The next one";
        LastFound "last-found" ["backtab"] "" "The one before";
    }
    Windows "Every window" {
        Close "close" ["esc", "q"] "close" "Close it; what was not sent or saved is dropped";
    }
    Everywhere "Everywhere" {
        Up "up" ["up", "k"] "" "One up";
        Down "down" ["down", "j"] "" "One down";
        PageUp "page-up" ["pgup"] "" "A page up";
        PageDown "page-down" ["pgdn"] "" "A page down";
        HalfUp "half-up" ["ctrl-u"] "" "Half a page up";
        HalfDown "half-down" ["ctrl-d"] "" "Half a page down";
        Top "top" ["g", "home"] "" "To the first";
        Bottom "bottom" ["G", "end"] "" "To the last";
        Help "help" ["?", "f1"] "help" "The keys that work here, to look up and to run";
        Redraw "redraw" ["ctrl-l"] "" "Draw everything again";
        Suspend "suspend" ["ctrl-z"] "" "Stop, and give the shell back";
    }
}

impl Entry {
    /// The keys that do it; where letters are text, those that are none.
    pub fn keys_where(&self, letters_are_text: bool) -> impl Iterator<Item = &'static str> {
        let own = matches!(self.place, Place::Form | Place::KeysHere);
        let is_text = move |key: &str| letters_are_text && !own && key.chars().count() == 1;
        self.keys.iter().copied().filter(move |it| !is_text(it))
    }
}

/// The line of one action.
pub fn entry(action: Action) -> &'static Entry {
    ACTIONS.iter().find(|it| it.action == action).unwrap_or(&ACTIONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_line_and_no_key_twice_in_a_place() {
        for (at, entry) in ACTIONS.iter().enumerate() {
            for other in &ACTIONS[at + 1..] {
                assert_ne!(entry.id, other.id);
                let meet = entry.place == other.place;
                assert!(!meet || !entry.keys.iter().any(|key| other.keys.contains(key)), "{} and {}", entry.id, other.id);
            }
        }
    }
}
