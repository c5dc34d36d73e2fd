//! The panes, in the order of their keys.

mod activity;
mod collaborators;
mod contacts;
mod list;
pub(super) mod matrix;
mod roles;
mod sites;

pub(super) use activity::Activity;
pub(super) use collaborators::Collaborators;
pub(super) use contacts::Contacts;
pub(super) use list::ListPane;
pub(super) use matrix::Matrix;
pub(super) use roles::{Roles, sorted as sorted_roles};
pub(super) use sites::Sites;

use crate::tui::action::Place;

/// The panes in the order of their keys, from 1.
pub(super) const PANES: &[Place] = &[Place::Contacts, Place::Sites, Place::Collaborators, Place::Roles, Place::Matrix, Place::Activity];
