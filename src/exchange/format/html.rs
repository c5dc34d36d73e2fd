//! Rows as a table of HTML, without a style or a script.

use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display_row;

#[derive(Default)]
pub struct Html {
    begun: bool,
}

impl Exporter for Html {
    fn write(&mut self, out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            writeln!(out, "<table>\n{}", line("th", header))?;
        }
        rows.iter().try_for_each(|row| writeln!(out, "{}", line("td", row)))?;
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _header: &[String], _n: usize) -> Result<()> {
        Ok(writeln!(out, "</table>")?)
    }
}

fn line(tag: &str, cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|it| format!("<{tag}>{}</{tag}>", inert(it))).collect();
    format!("<tr>{}</tr>", cells.concat())
}

/// Text that is no markup, and shows what could act on a reader as a visible mark.
pub fn inert(text: &str) -> String {
    let each = |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        c => String::from(c),
    };
    display_row(text).chars().map(each).collect()
}
