//! How a file of commands is read.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};

use super::exit::usage;
use super::input::{is_stdin, name};
use crate::exchange::plan::{self, Fault, Plan};

/// The file, if every line of it can be read.
pub(super) fn read(path: &Path) -> Result<Plan> {
    let plan = plan::read(open(path)?)?;
    if let Some(fault) = plan.faults.first() {
        return Err(at_fault(path, fault));
    }
    if plan.n_missing() > 0 {
        let are_missing = if plan.n_missing() == 1 { "1 command is".to_owned() } else { format!("{} commands are", plan.n_missing()) };
        return Err(usage(format!("{} was cut: {are_missing} missing at its end; nothing was done", name(path))));
    }
    Ok(plan)
}

pub(super) fn at_fault(path: &Path, fault: &Fault) -> anyhow::Error {
    usage(format!("{} line {}: {}; `rolecall help plans` tells how a plan is written", name(path), fault.line, fault.sentence))
}

pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(BufReader::new(File::open(path).with_context(|| format!("opening {}", name(path)))?)))
}
