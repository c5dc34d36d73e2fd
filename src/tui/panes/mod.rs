//! The panes, in the order of their keys.

pub(super) mod list;

use list::ListPane;
pub(super) use roles::known as known_roles;

use crate::tui::action::Place;
use crate::tui::view::Pane;

/// The digit that goes to a pane.
pub(super) fn key_of_pane(place: &Place) -> usize {
    PANES.iter().position(|it| *it == place).map_or(0, |at| at + 1)
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
