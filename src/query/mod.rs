//! What can be asked: plain rows for screens and printing.
//!
//! Every question is bounded or streams; lists are paged by key. This room never writes
//! and knows nothing of commands.

pub mod access;
pub mod collaborators;
pub mod impact;
pub mod journal;
pub mod matrix;
pub mod records;
pub mod search;
