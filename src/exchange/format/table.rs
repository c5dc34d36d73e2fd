//! Rows as a table for reading, as wide as the terminal is.

use std::borrow::Cow;
use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::{display, display_row, fit, width};

/// Columns of the screen to which a column of a table may be cut, where all of them do not fit.
const NARROW: usize = 10;
/// Columns of the screen between two columns of a table.
const GAP: usize = 2;

pub struct Table {
    /// How wide the terminal is that reads this; what is piped is as wide as it is.
    room: Option<usize>,
    /// Whether it shouts its header: the names of fields, not of people.
    upper: bool,
    begun: bool,
    /// Columns only ever grow.
    widths: Vec<usize>,
    /// How wide each column may be on this terminal, where not all of them fit whole; those behind the last are left out.
    cut: Option<Vec<usize>>,
}

impl Table {
    pub fn new(room: Option<usize>) -> Table {
        Table { room, upper: true, begun: false, widths: Vec::new(), cut: None }
    }

    fn header(&mut self, header: &[String]) -> Option<Vec<String>> {
        let first = !std::mem::replace(&mut self.begun, true);
        first.then(|| if self.upper { header.iter().map(|it| it.to_uppercase()).collect() } else { header.to_vec() })
    }
}

impl Exporter for Table {
    fn keep_case(&mut self) {
        self.upper = false;
    }

    fn write(&mut self, out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let header = self.header(header);
        let lines = || header.iter().chain(rows);
        let cells: Vec<(usize, Cow<'_, str>)> = lines().flat_map(|row| shown(row)).collect();
        let mut rest = cells.as_slice();
        let lines: Vec<&[(usize, Cow<'_, str>)]> = lines().filter_map(|row| rest.split_off(..row.len())).collect();
        for line in &lines {
            self.widths.resize(self.widths.len().max(line.len()), 0);
            line.iter().zip(&mut self.widths).for_each(|((own, _), wide)| *wide = (*wide).max(*own));
        }
        if self.cut.is_none() {
            self.cut = self.room.and_then(|room| squeezed(&self.widths, room));
        }
        let widths = self.cut.as_ref().unwrap_or(&self.widths);
        let mut text = String::new();
        for line in lines {
            text.clear();
            let mut gap = 0;
            for ((own, cell), wide) in line.iter().zip(widths) {
                let cut = if own > wide { fit(cell, *wide) } else { Cow::Borrowed(&**cell) };
                text.extend(std::iter::repeat_n(' ', gap));
                text.push_str(&cut);
                gap = wide + GAP - if own > wide { width(&cut) } else { *own };
            }
            out.write_all(text.trim_end().as_bytes())?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, header: &[String], n: usize) -> Result<()> {
        let left_out = header.get(self.cut.as_ref().map_or(usize::MAX, Vec::len)..).unwrap_or_default();
        if n > 0 && !left_out.is_empty() {
            writeln!(out, "not shown, for want of room: {}; --columns chooses", display(&left_out.join(", ")))?;
        }
        Ok(())
    }
}

/// A row's cells as they are shown, each after its width.
fn shown(row: &[String]) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    row.iter().map(|it| display_row(it)).map(|it| (width(&it), it))
}

/// How wide each column may be so that a line fits into the room, where it does not by itself: the widest are cut first,
/// then the last are left out.
fn squeezed(widths: &[usize], room: usize) -> Option<Vec<usize>> {
    let total = |widths: &[usize]| widths.iter().map(|it| it + GAP).sum::<usize>().saturating_sub(GAP);
    if total(widths) <= room {
        return None;
    }
    let mut cut = widths.to_vec();
    while total(&cut) > room {
        let widest = (0..cut.len()).max_by_key(|at| cut[*at]).filter(|at| cut[*at] > NARROW);
        match widest {
            Some(at) => cut[at] -= 1,
            None if cut.len() > 1 => drop(cut.pop()),
            None => break,
        }
    }
    Some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_loses_width_first_and_its_last_columns_then() {
        assert_eq!(squeezed(&[10, 20], 32), None);
        assert_eq!(squeezed(&[10, 30, 12], 46), Some(vec![10, 20, 12]));
        assert_eq!(squeezed(&[30, 30, 30], 22), Some(vec![10, 10]));
        assert_eq!(squeezed(&[30], 4), Some(vec![10]));
    }
}
