#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should say where"))]
//! Rooms, in reading order: domain, store, command, query, exchange.

pub mod command;
pub mod domain;
pub mod exchange;
pub mod query;
pub mod store;
