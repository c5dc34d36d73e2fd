//! Rows as a table of Markdown.

use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display_row;

#[derive(Default)]
pub struct Markdown {
    begun: bool,
}

impl Exporter for Markdown {
    fn write(&mut self, out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            writeln!(out, "{}|{}", line(header), " --- |".repeat(header.len()))?;
        }
        rows.iter().try_for_each(|row| out.write_all(line(row).as_bytes()))?;
        Ok(())
    }
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.iter().map(|it| cell(it)).collect::<Vec<_>>().join(" | "))
}

fn cell(text: &str) -> String {
    display_row(text).chars().fold(String::new(), |mut out, c| {
        if matches!(c, '|' | '<' | '>' | '[' | ']' | '`' | '\\' | '*' | '&') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_cells_cannot_leave_their_cell() {
        assert_eq!(cell("a | b <x>"), "a \\| b \\<x\\>");
    }
}
