//! Rows as CSV, with guarded cells.

use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display_row;
use crate::exchange::guard::guard;

pub struct Csv {
    begun: bool,
    cell: fn(&str) -> String,
}

impl Csv {
    /// For reading: what could act on a terminal is a visible mark.
    pub fn shown() -> Csv {
        Csv { begun: false, cell: sheet_cell }
    }

    /// For a file, which comes in again as it was.
    pub fn exact() -> Csv {
        Csv { begun: false, cell: |cell| guard(cell).into_owned() }
    }
}

impl Exporter for Csv {
    fn write(&mut self, out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> Result<()> {
        let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(out);
        if !std::mem::replace(&mut self.begun, true) {
            writer.write_record(header.iter().map(|cell| (self.cell)(cell)))?;
        }
        for row in rows {
            writer.write_record(row.iter().map(|cell| (self.cell)(cell)))?;
        }
        writer.flush()?;
        Ok(())
    }
}

/// A lone dash is an answer of ours and starts no formula.
fn sheet_cell(cell: &str) -> String {
    if cell == "-" { cell.to_owned() } else { guard(&display_row(cell)).into_owned() }
}
