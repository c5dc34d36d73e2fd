//! Parts of screens that know nothing of access: lists, grids, text fields, words in lines.

pub(super) mod field;
pub(super) mod grid;
pub(super) mod hits;
pub(super) mod lines;
pub(super) mod marks;
pub(super) mod menu;
pub(super) mod scroll;
pub(super) mod window;
