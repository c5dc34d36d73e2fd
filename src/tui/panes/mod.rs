//! The panes, in the order of their keys.

pub(super) mod list;

use list::ListPane;
pub(super) use roles::known as known_roles;

use crate::tui::action::{self, Place};
use crate::tui::keymap::key_of;
use crate::tui::view::Pane;

/// The digit that goes to a pane.
pub(super) fn key_of_pane(place: &Place) -> usize {
    PANES.iter().position(|it| *it == place).map_or(0, |at| at + 1)
}

/// That the log tells nothing about one role alone, and how its steps are found.
fn no_history_of_roles() -> String {
    format!("a role has no history of its own; {} in {} finds its steps", key_of(action::FILTER), activity::PLACE.title)
}

macro_rules! panes {
    ($($name:ident: $pane:ty,)*) => {
        $(pub(super) mod $name;)*

        /// The panes in the order of their keys, from 1.
        pub(super) const PANES: [&Place; [$($name::PLACE),*].len()] = [$($name::PLACE),*];

        #[derive(Default)]
        pub(super) struct Panes {
            $(pub(super) $name: $pane,)*
        }

        impl Panes {
            /// All of them, in the same order.
            pub(super) fn all(&self) -> [&dyn Pane; PANES.len()] {
                [$(&self.$name),*]
            }

            pub(super) fn all_mut(&mut self) -> [&mut dyn Pane; PANES.len()] {
                [$(&mut self.$name),*]
            }
        }
    };
}

panes! {
    contacts: ListPane<contacts::Contacts>,
    sites: ListPane<sites::Sites>,
    collaborators: ListPane<collaborators::Collaborators>,
    invites: ListPane<invites::Invites>,
    roles: ListPane<roles::Roles>,
    matrix: matrix::Matrix,
    activity: ListPane<activity::Activity>,
    audit: ListPane<audit::Audit>,
}
