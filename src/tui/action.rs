//! Everything a key can do, in panes and windows: the one table that feeds keys, footer, help, palette and README.

use crate::domain::deed::Deed;

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

/// Something that can be done, by the name that the palette runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub id: &'static str,
    /// The key that is shown, where the configuration file gives it no other; empty where it has none.
    pub key: &'static str,
}

impl Action {
    /// Of its keys the first is the one that is shown.
    pub(super) const fn of(id: &'static str, keys: &[&'static str]) -> Action {
        Action { id, key: if let [first, ..] = keys { first } else { "" } }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub action: Action,
    /// Keys in order of preference, where the configuration file says nothing else: `keymap::keys`.
    pub keys: &'static [&'static str],
    /// One word for the footer; empty where the footer leaves it out.
    pub short: &'static str,
    pub takes: Takes,
    pub help: &'static str,
}

/// Where actions apply: a pane or a window, some of them, or everywhere. Its file says what it is.
#[derive(Debug)]
pub struct Place {
    pub title: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Which room it takes, if it is a pane.
    pub seat: Option<Seat>,
    /// Every action, in the order in which help shows them.
    pub entries: &'static [Entry],
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        self.title == other.title
    }
}

impl Place {
    /// The line of one action.
    pub fn entry(&self, action: Action) -> Option<&'static Entry> {
        self.entries.iter().find(|it| it.action == action)
    }
}

/// Where the meanings of keys in a pane come from, the nearest first.
pub(super) fn around(pane: &'static Place) -> Vec<&'static Place> {
    let lists = pane.seat.is_some_and(|it| matches!(it, Seat::Stack | Seat::Lower | Seat::Page)).then_some(LISTS);
    let tables = pane.seat.map(|_| TABLES);
    [pane].into_iter().chain(lists).chain(tables).chain([BESIDE, EVERY_PANE, EVERYWHERE]).collect()
}

/// Which room of the screen a pane takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// A room of its own in the stack of lists.
    Stack,
    /// The lowest room of the stack, which several lists share: the one that was opened last has it.
    Lower,
    /// Beside the stack: it answers what the lists ask.
    Answer,
    /// The whole body.
    Body,
    /// The same, and its rows can be marked.
    Page,
}

macro_rules! takes {
    () => {
        $crate::tui::action::Takes::Nothing
    };
    ($kind:ident) => {
        $crate::tui::action::Takes::$kind
    };
    ($kind:ident $deeds:expr) => {
        $crate::tui::action::Takes::$kind(&$deeds)
    };
}

macro_rules! seat {
    () => {
        None
    };
    ($seat:ident) => {
        Some($crate::tui::action::Seat::$seat)
    };
}

/// What can be done in one place: its title, what it is for, and a line for each action.
macro_rules! actions {
    ($place:ident $title:literal $about:literal $(as $seat:ident)? {
        $($action:ident $id:literal [$($key:literal),*] $short:literal $($takes:ident$(($deeds:expr))?)? $help:literal;)*
    }) => {
        $(pub(in crate::tui) const $action: $crate::tui::action::Action = $crate::tui::action::Action::of($id, &[$($key),*]);)*

        pub(in crate::tui) const $place: &$crate::tui::action::Place = &$crate::tui::action::Place {
            title: $title,
            about: $about,
            seat: $crate::tui::action::seat!($($seat)?),
            entries: {
                #[allow(unused_imports, clippy::enum_glob_use, reason = "most places name some of them")]
                use $crate::domain::deed::Deed::*;
                &[$($crate::tui::action::Entry {
                    action: $action,
                    keys: &[$($key),*],
                    short: $short,
                    takes: $crate::tui::action::takes!($($takes $($deeds)?)?),
                    help: $help,
                },)*]
            },
        };
    };
}

pub(super) use {actions, seat, takes};

actions! {
    LISTS "Lists" "What every list knows." {
        INVITE "invite" ["i"] "invite" Form([InvitePeople, InviteTeam]) "Invite somebody: to this site, to this contact's address, as this role";
        OPEN "go" ["enter", "right", "l"] "open" "Go on with this one: a contact's sites, a site's people, a person's cells, a role's column";
        MARK "mark" ["space"] "mark" "Mark this row, or take its mark, and go one down: what can be done to several is done to all that are marked";
        MARK_RANGE "mark-range" ["v"] "" "Begin a range here, which moves stretch; once more keeps it as marks";
        MARK_ALL "mark-all" ["*"] "" "Mark all that the filter shows";
        SORT "sort" [","] "" "Sort by a column: its number sorts, once more turns the order round";
        SHALLOWER "shallower" ["left", "h"] "" "Back from a site's people to the sites, from a contact's sites to the contacts";
    }
}

actions! {
    TABLES "Tables" "What every list knows, the log and the matrix too." {
        WHY "why" ["w"] "why" "Why: every route to a cell, or what refuses it and the ways that would help; what a person can do, where and as what; of any other row its card, whole";
        TIMELINE "timeline" ["T"] "" "The log with what was done about this one alone, in the matrix about whom the column is of";
        COLUMNS "columns" ["C"] "" "Choose which columns are shown; of a list, also in which order";
    }
}

actions! {
    EVERY_PANE "Every pane" "What every pane knows." {
        FILTER "filter" ["/"] "filter" "Show only what holds these words; !word leaves out";
        SAVE "save" ["s", "ctrl-s"] "save" "Review the unsaved changes, and save them";
        UNDO "undo" ["u"] "undo" "Take the last step back, unsaved or saved";
        REDO "redo" ["U"] "" "Do it again";
        DISCARD "discard" [] "" "Drop all unsaved changes";
        SAVE_PLAN "save-plan" [] "" "Write the unsaved changes to a file, as a plan: save plan FILE";
        COPY "copy" ["Y"] "" "Copy the selected name, cell or text through the terminal";
        NEXT_PANE "next-pane" ["tab"] "" "The next pane";
        LAST_PANE "last-pane" ["backtab"] "" "The pane before";
        BACK "widen" ["esc"] "" "Undo one thing: the range, the marks, the filter, the narrowing, the view as somebody; last, whom you act as";
        RETRACE "back" ["-", "ctrl-o"] "back" "Go to the place before, again and again";
        ZOOM "zoom" ["z"] "zoom" "Give this pane the whole screen, and take it back";
        VIEW_AS "view-as" ["V"] "" "Look at what this person can do, and where, what you do stays yours; there again, go on in their name";
        WRITE "write" ["E"] "" "Write what is on screen into a file, as a table: the list, the matrix, in the log the receipt of the entry";
        IMPORT "import" [] "" Form([InvitePeople, InviteTeam, AddSites, EditSites, ManageContacts]) "Take files in: contacts, sites, people with their roles, a bundle; import FILE begins at once";
        REVIEWS "reviews" [] "" Form([ChangeRoles, ChangeTeam]) "Decide item by item what people keep: go on with a review, or begin one";
        COMING_UP "due" [] "" "What comes up within two weeks: ends of access, reviews, offers that run out; Enter goes there";
        TRAVEL "as-of" ["@"] "" "Show every pane as of another day; nothing can be changed there";
        PRESENT "present" [] "" "Show roles to somebody who is not of the agency: what each lets one do, and nobody's name; marked ones stand side by side";
        TOUR "tour" [] "" "A guided minute: move, look at a cell, switch it, review it, take it back";
        MESSAGES "messages" [] "" "What was said in the status line, the last first";
        MOUSE "mouse" [] "" "Hear the mouse, or no more, as long as these screens are open";
        ALL_ROLES "all-roles" [] "" "The matrix of all roles, whatever the list is about";
        WHAT_I_CAN "what-i-can" [] "" "What I can do, or whom I view as: sites, roles, permissions, and what not and why";
        ACT_AS_MYSELF "act-as-myself" [] "" "Act as yourself again";
        PALETTE "palette" [":"] "go to" "Any action or verb by name, or jump to a role, permission, site or person; by two words to a person's permission, or to a person on a site";
        QUIT "quit" ["q"] "quit" "Leave; unsaved changes are kept for the next time";
    }
}

actions! {
    BESIDE "Beside a list" "What stands beside a list and may be longer than its room." {
        PANEL_UP "panel-up" ["K"] "" "Scroll the card, the why or the page beside the list up";
        PANEL_DOWN "panel-down" ["J"] "" "Scroll the card, the why or the page beside the list down";
    }
}

actions! {
    TYPED_FILTER "The filter" "Words that narrow the list while they are typed." {
        KEEP_FILTER "keep-filter" ["enter"] "keep the filter" "Keep the filter, and go back to the list";
        FIRST_FOUND "first-found" ["tab"] "" "Keep the filter, and go one down";
        SHOW_ALL "show-all" ["esc"] "show all" "Drop the filter";
    }
}

actions! {
    SORT_LINE "The sort line" "By which column a list is sorted." {
        SORT_BY "sort-by" ["1", "2", "3", "4", "5", "6", "7", "8", "9"] "" "Sort by the column of this number, or turn its order round";
        SORT_BY_NONE "sort-by-none" ["0"] "as at first" "Back to the list's own order";
        END_SORT "end-sort" ["esc", "enter", ","] "done" "Leave the line; the order stays";
    }
}

actions! {
    SEARCHED "Palette and help" "Everything that can be done, and everything there is." {
        TAKE "take" ["enter"] "go" "Go there, or do it";
        NEXT_FOUND "next-found" ["tab"] "" "The next one";
        LAST_FOUND "last-found" ["backtab"] "" "The one before";
    }
}

actions! {
    EVERY_WINDOW "Every window" "What every window knows." {
        CLOSE "close" ["esc", "q"] "close" "Close it; what was not sent or saved is dropped";
    }
}

actions! {
    EVERYWHERE "Everywhere" "Who can do what on every client site, why, and what would change if." {
        UP "up" ["up", "k"] "" "One up";
        DOWN "down" ["down", "j"] "" "One down";
        PAGE_UP "page-up" ["pgup"] "" "A page up";
        PAGE_DOWN "page-down" ["pgdn"] "" "A page down";
        HALF_UP "half-up" ["ctrl-u"] "" "Half a page up";
        HALF_DOWN "half-down" ["ctrl-d"] "" "Half a page down";
        TOP "top" ["g", "home"] "" "To the first";
        BOTTOM "bottom" ["G", "end"] "" "To the last";
        HELP "help" ["?", "f1"] "help" "The keys that work here, to look up and to run";
        REDRAW "redraw" ["ctrl-l"] "" "Draw everything again";
        SUSPEND "suspend" ["ctrl-z"] "" "Stop, and give the shell back";
    }
}
