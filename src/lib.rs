//! rolecall: who can do what on every client site, why, and what would change if.
//!
//! # Rooms, in reading order
//!
//! | room | answers | may name |
//! |---|---|---|
//! | [`domain`] | what is true: permissions, roles, access and why. Pure | nothing |
//! | [`store`] | SQLite: rows, transactions, the journal. The only one that names rusqlite | domain |
//! | [`facts`] | what both sides look up: the policy, names, whom a change reaches, what somebody may know | domain, store |
//! | [`command`] | what can be done: plan, run, preview, undo. The only one that writes | domain, store, facts |
//! | [`query`] | what can be asked: bounded rows for screens and printing | domain, store, facts |
//! | [`exchange`] | in and out: bundles, contacts, tables, letters | all above |
//! | [`session`] | somebody at work: in whose name, when, seeing what; to foresee, to run | all above |
//! | [`cli`] | arguments to answers and exit codes | all above |
//! | [`tui`] | the screens | all above but `cli` |
//!
//! Never upward, never sideways between `command` and `query`, or `cli` and `tui`:
//! `tests/architecture.rs` reads the sources and says so.
//!
//! # The path of a change
//!
//! A key or a verb makes a [`command::Command`], which is plain data. [`command::run`] opens one
//! transaction, plans the command against what is there, applies the changes, writes them to the
//! journal with a hash that covers everything before, and commits. Screens are projections: they
//! ask again when something changed. The draft of the matrix is a list of commands that were not
//! run yet.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should say where"))]

pub mod cli;
pub mod command;
pub mod domain;
pub mod exchange;
pub mod facts;
pub mod query;
pub mod session;
pub mod store;
pub mod tui;
