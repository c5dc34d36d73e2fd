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
//! | [`session`] | somebody at work: in whose name, when, seeing what, with which draft; to foresee, to run | all above |
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
//! ask again when something changed. The draft ([`session`]) is a list of steps, each some commands and what they
//! change: screens read rows through it (`store/staged.rs`), and a save runs the commands as one entry.
//!
//! # To add something
//!
//! | what | a file | and a line |
//! |---|---|---|
//! | a verb | `cli/verbs/NAME.rs` with its `Args` | `mod` and `verbs!` in `cli/verbs/mod.rs`; tests ask for an example in `cli/verbs/examples.rs`, a row in `assets/manual/commands.md`, a question in `tests/asked` where it answers, and for its help to be taken over into `tests/snapshots` |
//! | a catalog | `assets/catalogs/NAME.toml` | `shipped!` in `domain/builtin.rs`; `tests/catalogs.rs` says how its compact form is written |
//! | a template of a role | | `[[template]]` in its catalog |
//! | a kind of row | one in `domain` with the row and its record (`Row`, `Recorded`), one in `store` with its `table!`, a step in `store/schema`, one in `command` with what can be done with it (`Kept`, `Taken`, `Declared` where a bundle says more), what that takes (`Guarded`) and who may know of it (`Subject`), one in `query` with what it says of itself (`Portable`, which says whose history a name asks for, `Columns`), a verb | `kinds!` in `domain/kinds.rs`, `STEPS` in `store/migrate.rs` |
//! | a column | a step in `store/schema` | `STEPS`; the field in its row and its record, which for contacts stand in one file with its check (`domain/contact.rs`; else `domain/things.rs`, `domain/record.rs`, and the check in its kind's file in `command`), its name in the `table!`, a line in `query/columns.rs` and one in its form in `tui`, an option of its verb; for contacts what a file calls it, in `exchange/contacts/details.rs` |
//! | a format of rows | `exchange/format/NAME.rs`, an `Exporter` | `mod` in `exchange/format/mod.rs`, its word in `cli/args.rs`, its exporter in `cli/print.rs` |
//! | a pane | `tui/panes/NAME.rs`, a `Pane` or a `Kind` of list | `panes!` in `tui/panes/mod.rs`; its `actions!` are in its own file; the keys that lead there in `tests/snapshots/screens.rs` |
//! | an overlay | `tui/overlays/NAME.rs`, an `Overlay` | `windows!` in `tui/overlays/mod.rs`, or `mod` where it has no keys of its own; whatever opens it sends `Message::Open`; the keys that lead there as for a pane |
//!
//! For the rest the compiler asks, as what it takes to change a row of a new kind: no kind may be forgotten there.
//! What matters to access alone matches a [`domain::change::Touch`], what matters to offers alone an
//! [`domain::change::Offering`]: a kind that is neither is not asked for there.

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
