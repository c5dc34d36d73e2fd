//! The panes, in the order of their keys.

mod activity;
mod collaborators;
mod contacts;
mod invites;
mod list;
pub(super) mod matrix;
mod roles;
mod sites;

use activity::Activity;
use collaborators::Collaborators;
use contacts::Contacts;
use invites::Invites;
use list::ListPane;
use matrix::Matrix;
use roles::Roles;
pub(super) use roles::known as known_roles;
use sites::Sites;

use crate::tui::action::Place;
use crate::tui::view::Pane;

macro_rules! panes {
    ($($name:ident: $pane:ty = $place:ident,)*) => {
        /// The panes in the order of their keys, from 1.
        pub(super) const PANES: &[Place] = &[$(Place::$place),*];

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
    contacts: ListPane<Contacts> = Contacts,
    sites: ListPane<Sites> = Sites,
    collaborators: ListPane<Collaborators> = Collaborators,
    invites: ListPane<Invites> = Invites,
    roles: ListPane<Roles> = Roles,
    matrix: Matrix = Matrix,
    activity: ListPane<Activity> = Activity,
}
