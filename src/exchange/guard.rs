//! Cells that a spreadsheet would take for a formula, kept from being one.
//!
//! The guard is an apostrophe in front. A text that begins with an apostrophe gets one
//! too, so that [`bare`] gives every text back as it was.

use std::borrow::Cow;

const MARK: char = '\'';

/// The text as a cell that no spreadsheet runs.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if cell.starts_with([MARK, '\t', '\r', '\n']) || cell.split(['\n', '\r']).any(is_formula) {
        Cow::Owned(cell.split_inclusive(['\n', '\r']).map(marked).collect())
    } else {
        Cow::Borrowed(cell)
    }
}

/// The text that [`guard`] was given.
fn unguard(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(MARK) {
        Cow::Owned(cell.split_inclusive(['\n', '\r']).map(|line| line.strip_prefix(MARK).unwrap_or(line)).collect())
    } else {
        Cow::Borrowed(cell)
    }
}

/// A cell of any program as it was before it was guarded: the mark goes where [`guard`] would
/// set one, so that a name such as `'t Hart` keeps its own.
pub fn bare(cell: &str) -> Cow<'_, str> {
    let Some(rest) = cell.strip_prefix(MARK) else { return Cow::Borrowed(cell) };
    let text = unguard(cell);
    if guard(&text) == cell {
        return text;
    }
    // Others mark the cell, not each of its lines.
    let first = rest.split(['\n', '\r']).next().unwrap_or_default();
    Cow::Borrowed(if is_formula(first) { rest } else { cell })
}

fn marked(line: &str) -> String {
    format!("{MARK}{line}")
}

/// Whether a line begins with what starts a formula, after all that a spreadsheet skips.
fn is_formula(line: &str) -> bool {
    let skipped = |c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}';
    let starts = ['=', '+', '-', '@', '|', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{ff5c}'];
    line.starts_with('\t') || line.trim_start_matches(skipped).starts_with(starts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn corpus() -> Vec<String> {
        let entries: Vec<serde_json::Value> = serde_json::from_str(include_str!("../../tests/data/hostile-strings.json")).unwrap();
        entries.iter().map(|it| it["value"].as_str().unwrap().to_owned()).collect()
    }

    fn check(text: &str) {
        let cell = guard(text);
        assert_eq!(unguard(&cell), text, "{cell:?}");
        assert_eq!(bare(&cell), text, "{cell:?}");
        for line in cell.split(['\n', '\r']) {
            assert!(!is_formula(line), "{cell:?}");
        }
        assert!(!cell.starts_with(['\t', '\r', '\n']), "{cell:?}");
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", &*cell]).unwrap();
        let bytes = writer.into_inner().unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*bytes);
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(unguard(&row[1]), text);
    }

    #[test]
    fn every_hostile_text_comes_back_and_none_is_a_formula() {
        for text in corpus() {
            check(&text);
        }
    }

    #[test]
    fn plain_text_is_left_alone_and_formulas_get_an_apostrophe() {
        assert_eq!(guard("Ana Ruiz"), "Ana Ruiz");
        assert_eq!(guard("=1+1"), "'=1+1");
        assert_eq!(guard("'=1+1"), "''=1+1");
        assert_eq!(guard("\u{a0}=1+1"), "'\u{a0}=1+1");
        assert_eq!(guard("safe\n=1+1"), "'safe\n'=1+1");
    }

    #[test]
    fn marks_of_other_programs_go_and_apostrophes_of_names_stay() {
        for (cell, text) in [("'+1 555", "+1 555"), ("'=1\nb", "=1\nb"), ("'t Hart", "'t Hart"), ("'", "'"), ("a", "a"), ("''x", "'x")] {
            assert_eq!(bare(cell), text);
        }
    }

    proptest! {
        #[test]
        fn guarding_is_reversible(text in "['=+@|\t\r\n \u{ff1d}a-]{0,12}|.*") {
            check(&text);
        }

        #[test]
        fn hostile_texts_put_together_come_back_too(a in 0usize..188, b in 0usize..188) {
            let corpus = corpus();
            check(&format!("{}{}", corpus[a % corpus.len()], corpus[b % corpus.len()]));
        }
    }
}
