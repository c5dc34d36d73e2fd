//! Checks in the Test Anything Protocol, version 13.

use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display_row;

/// Its rows are those of [`super::junit::COLUMNS`].
#[derive(Default)]
pub struct Tap {
    n: usize,
    /// The check that was written last.
    last: Option<[String; 2]>,
}

impl Exporter for Tap {
    fn write(&mut self, out: &mut dyn Write, _header: &[String], rows: &[Vec<String>]) -> Result<()> {
        for row in rows {
            let [suite, check, failure] = row.as_slice() else { continue };
            let this = Some([suite.clone(), check.clone()]);
            if self.n == 0 {
                out.write_all(b"TAP version 13\n")?;
            }
            if self.last != this {
                self.n += 1;
                let verdict = if failure.is_empty() { "ok" } else { "not ok" };
                // A stroke would begin a directive.
                let what = display_row(&format!("{suite} {check}")).replace('#', "\\#");
                writeln!(out, "{verdict} {} - {what}", self.n)?;
                self.last = this;
            }
            if !failure.is_empty() {
                writeln!(out, "# {}", display_row(failure))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _header: &[String], _n: usize) -> Result<()> {
        if self.n == 0 {
            out.write_all(b"TAP version 13\n")?;
        }
        writeln!(out, "1..{}", self.n)?;
        Ok(())
    }
}
