//! One thing as a page.

use anyhow::Result;

use super::args::Format;
use super::print::Out;
use crate::domain::time::Zone;
use crate::query::columns::Columns;

/// One thing as a page: a line a field.
pub(super) fn page<T: Columns>(out: &mut Out, zone: Zone, it: &T) -> Result<()> {
    match out.format {
        Format::Json => out.json(it),
        Format::Csv | Format::Md | Format::Html => {
            let mut rows = out.rows(T::names());
            rows.add(it.cells(zone), it)?;
            rows.end()
        }
        Format::Table => {
            fields(out, T::names().into_iter().zip(it.cells(zone)).filter(|(_, cell)| !cell.is_empty()));
            Ok(())
        }
    }
}

/// `name   value`, a line each; further lines of a value stand under its first.
pub(super) fn fields<K: AsRef<str>>(out: &mut Out, fields: impl IntoIterator<Item = (K, String)>) {
    for (name, value) in fields {
        let mut lines = value.lines();
        out.line(format!("{:<9} {}", name.as_ref(), lines.next().unwrap_or_default()).trim_end());
        lines.for_each(|line| out.line(format!("{:<10}{line}", "").trim_end()));
    }
}

/// The same in any format that is not for programs: in a table two columns.
pub(super) fn sheet(out: &mut Out, fields: impl IntoIterator<Item = (String, String)>) -> Result<()> {
    let said = fields.into_iter().filter(|it| !it.1.is_empty());
    if out.format == Format::Table {
        self::fields(out, said);
        return Ok(());
    }
    let mut rows = out.rows(["field", "value"]);
    said.map(|(name, value)| vec![name, value.replace('\n', ", ")]).try_for_each(|cells| rows.add(cells, &()))?;
    rows.end()
}
