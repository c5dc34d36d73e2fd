//! In and out: files in other programs' formats, and the bundle.
//!
//! Readers turn bytes into records with the line each stood on; they never write to the
//! store. Writers turn what the query room answers into bytes.

pub mod bundle;
pub mod contacts;
pub mod desired;
pub mod encoding;
pub mod format;
pub mod guard;
pub mod intake;
pub mod leaflet;
pub mod mail;
pub mod mending;
pub mod mining;
pub mod offboarding;
pub mod outbox;
pub mod people;
pub mod plan;
pub mod report;
pub mod review;
pub mod sending;
pub mod signature;
pub mod sites;
pub mod statement;
pub mod steps;
pub mod table;
pub mod told;
pub mod ways;
