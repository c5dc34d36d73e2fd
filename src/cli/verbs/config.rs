//! The settings of the screens, as a file that can be kept.

use std::io::{self, Write};

use anyhow::{Context, Result};
use serde_json::json;

use crate::cli::exit::{USAGE, YES};
use crate::cli::print::Out;
use crate::cli::session::Start;
use crate::domain::text::display_lines;
use crate::session::settings::Settings;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print only where the file is, or would be
    #[arg(long)]
    path: bool,
}

impl Args {
    pub(crate) fn run(&self, start: &Start, out: &mut Out) -> Result<u8> {
        let settings = (start.settings)();
        if self.path {
            let file = settings.file.context("finding the home folder, where settings are kept")?;
            out.line(&file.display().to_string());
            return Ok(YES);
        }
        if out.is_json() {
            let file = settings.file.as_ref().map(|it| it.display().to_string());
            out.json(&json!({ "file": file, "is_there": settings.is_there, "faults": settings.faults, "page": settings.page }))?;
        } else {
            out.bytes(settings.page.as_bytes());
        }
        say_faults(&settings);
        Ok(if settings.faults.is_empty() { YES } else { USAGE })
    }
}

/// Says what is wrong with the file, and that the defaults hold.
fn say_faults(settings: &Settings) {
    for it in &settings.faults {
        let _ = writeln!(io::stderr(), "rolecall: {}; until then the defaults hold", display_lines(it));
    }
}
