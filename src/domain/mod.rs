//! What is true: people, sites, roles, permissions, and what follows from them.
//!
//! This room is pure. It knows no SQL, no terminal, no clock and no file: time,
//! text and rows come in as arguments, answers go out as values. Everything that
//! rolecall claims about access is decided here and nowhere else.
//!
//! Reading order: [`perm_set`] and [`catalog`] (what permissions exist and what
//! they require), [`ripple`] (what one toggle drags along), [`record`] (the things
//! a workspace holds), [`offer`] and [`life`] (how access begins and changes hands),
//! [`policy`] (the rules of one workspace, loaded), [`access`] (who can do what), [`why`]
//! (and for which reason), [`remedy`] (and what would turn it), [`deed`] (and may therefore do to others), [`compare`], [`change`].

pub mod accepted;
pub mod access;
pub mod audit;
pub mod builtin;
pub mod catalog;
pub mod change;
pub mod claims;
pub mod compare;
pub mod contact;
pub mod covering;
pub mod deed;
pub mod ids;
pub mod kinds;
pub mod life;
pub mod looks;
pub mod mining;
pub mod narrowing;
pub mod offer;
pub mod offered;
pub mod perm_set;
pub mod policy;
pub mod record;
pub mod reference;
pub mod remedy;
pub mod review;
pub mod ripple;
pub mod row;
pub mod suggest;
pub mod text;
pub mod things;
pub mod time;
pub mod token;
pub mod why;
