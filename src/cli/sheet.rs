//! Cells that a spreadsheet would take for a formula.

use std::borrow::Cow;

/// The cell with `'` before it where a spreadsheet would calculate instead of show. A lone
/// dash is data. What begins with `'` and then a formula gets one more, so that taking one
/// `'` off before a formula gives every cell back.
pub(super) fn guard(cell: &str) -> Cow<'_, str> {
    if is_formula(cell.trim_start_matches('\'')) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

fn is_formula(cell: &str) -> bool {
    cell != "-" && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unguard(cell: &str) -> &str {
        if is_formula(cell.trim_start_matches('\'')) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
    }

    #[test]
    fn formulas_are_guarded_and_every_cell_comes_back() {
        for formula in ["=1+1", "+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "'=1+1", "''-1", "＝1"] {
            assert!(guard(formula).starts_with('\''), "{formula}");
            assert_eq!(unguard(&guard(formula)), formula);
        }
        for plain in ["", "-", "'", "Ana", "O'Brien", "'quoted'"] {
            assert_eq!(guard(plain), plain);
            assert_eq!(unguard(plain), plain);
        }
    }
}
