//! What can be asked: plain rows for screens and printing.
//!
//! Every question is bounded or streams; lists are paged by key. This room never writes
//! and knows nothing of commands.

pub mod access;
pub mod audit;
pub mod claims;
pub mod collaborators;
pub mod columns;
pub mod counts;
pub mod coverage;
pub mod covers;
pub mod diff;
pub mod due;
pub mod everyone;
pub mod fits;
pub mod handover;
pub mod impact;
pub mod journal;
pub mod layer;
pub mod matrix;
pub mod offers;
pub mod order;
pub mod records;
pub mod remedy;
pub mod review;
pub mod rights;
pub mod rows;
pub mod search;
pub mod sight;
pub mod statement;
pub mod suggest;
pub mod templates;
pub mod timeline;
