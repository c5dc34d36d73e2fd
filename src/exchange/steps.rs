//! What a table asks for, as commands: each with the line that asks for it.

use std::collections::{BTreeSet, HashSet};

use super::table::{self, Column, Faults};
use crate::command::Command;
use crate::domain::text;

/// Commands that go the same road as those of the command line: weighed, previewed, undone as one.
#[derive(Debug, Default)]
pub struct Steps {
    pub commands: Vec<(usize, Command)>,
    /// Rows that cannot be taken.
    pub faults: Faults,
    /// What is to be said about the file.
    pub notes: Vec<String>,
}

impl Steps {
    /// Leaves out the rows that these are about, and names them among the faults.
    pub fn leave_out(&mut self, refused: Vec<(usize, String)>) {
        let lines: HashSet<usize> = refused.iter().map(|it| it.0).collect();
        self.commands.retain(|(line, _)| !lines.contains(line));
        for (line, sentence) in refused {
            self.faults.add(line, sentence);
        }
        self.faults.named.sort_by_key(|it| it.0);
    }

    /// All of them as one step.
    pub fn command(&self) -> Command {
        Command::Batch(self.commands.iter().map(|(_, it)| it.clone()).collect())
    }
}

/// What the cells of a row say, those that say nothing left out: field, header, text.
pub(super) fn said<'a, F: Copy>(columns: &'a [Column<F>], row: &csv::StringRecord) -> Vec<(F, &'a str, String)> {
    let known = columns.iter().zip(row).filter_map(|(column, value)| Some((column.field?, column.header.as_str(), table::cell(value))));
    known.filter(|it| !it.2.is_empty()).collect()
}

/// The columns that nothing here knows, in a sentence.
pub(super) fn left_out<F>(columns: &[Column<F>]) -> Option<String> {
    let unknown = columns.iter().filter(|it| it.field.is_none() && !it.words.is_empty());
    let names: BTreeSet<String> = unknown.map(|it| text::display(&it.header).into_owned()).collect();
    (!names.is_empty()).then(|| format!("left out, for want of a field: {}", table::names(names)))
}

/// What is wrong with the value of a column, in a sentence.
pub(super) fn wrong(header: &str, sentence: impl std::fmt::Display) -> String {
    format!("column {}: {sentence}", text::display(header))
}

/// Several values of one cell.
pub(super) fn several(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';']).map(str::trim).filter(|it| !it.is_empty())
}
