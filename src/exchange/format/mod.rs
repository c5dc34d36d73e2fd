//! Rows on their way out, whatever the format: each has a file of its own.

pub mod csv;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod table;
pub mod tap;

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

/// Rows that are written together.
const CHUNK: usize = 512;

/// Writes rows in one format.
pub trait Exporter {
    /// Whether it writes the row as JSON rather than its cells.
    fn wants_json(&self) -> bool {
        false
    }

    /// Leaves the header as it is: it names people or sites, not fields.
    fn keep_case(&mut self) {}

    /// Writes some more rows, and the header before the first.
    fn write(&mut self, out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> Result<()>;

    /// Writes what stands behind the last of so many rows.
    fn end(&mut self, _out: &mut dyn Write, _header: &[String], _n: usize) -> Result<()> {
        Ok(())
    }
}

/// Rows on their way out, a chunk at a time.
pub struct Sheet {
    header: Vec<String>,
    exporter: Box<dyn Exporter>,
    waiting: Vec<Vec<String>>,
    n: usize,
}

impl Sheet {
    pub fn new(header: Vec<String>, exporter: Box<dyn Exporter>) -> Sheet {
        Sheet { header, exporter, waiting: Vec::new(), n: 0 }
    }

    pub fn keep_case(&mut self) {
        self.exporter.keep_case();
    }

    pub fn wants_json(&self) -> bool {
        self.exporter.wants_json()
    }

    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Adds a row: its cells, and the same for programs.
    pub fn add(&mut self, out: &mut dyn Write, cells: Vec<String>, row: &impl Serialize) -> Result<()> {
        let json = if self.wants_json() { Some(serde_json::to_string(row)?) } else { None };
        self.add_written(out, cells, json)
    }

    /// The same where the JSON is written already, if it is wanted.
    pub fn add_written(&mut self, out: &mut dyn Write, cells: Vec<String>, json: Option<String>) -> Result<()> {
        self.n += 1;
        self.waiting.push(json.map_or(cells, |it| vec![it]));
        if self.waiting.len() < CHUNK { Ok(()) } else { self.pass_on(out) }
    }

    pub fn end(mut self, out: &mut dyn Write) -> Result<()> {
        self.pass_on(out)?;
        self.exporter.end(out, &self.header, self.n)
    }

    /// Writes the rows that wait.
    pub fn pass_on(&mut self, out: &mut dyn Write) -> Result<()> {
        self.exporter.write(out, &self.header, &self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}
