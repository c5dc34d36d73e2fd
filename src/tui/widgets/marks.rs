//! Which rows of a list are marked.

use std::collections::{HashMap, HashSet};

/// A set of rows by their numbers, and a range that is still being stretched.
#[derive(Debug, Default)]
pub(in crate::tui) struct Marks {
    kept: HashSet<i64>,
    range: Option<Range>,
}

/// From where a range began to where the cursor is, among the rows as they stood when it began.
#[derive(Debug)]
struct Range {
    rows: Vec<i64>,
    /// Where each of them stands.
    spots: HashMap<i64, usize>,
    from: usize,
    to: usize,
}

impl Range {
    fn ids(&self) -> &[i64] {
        &self.rows[self.from.min(self.to)..=self.from.max(self.to)]
    }

    fn has(&self, id: i64) -> bool {
        self.spots.get(&id).is_some_and(|at| (self.from.min(self.to)..=self.from.max(self.to)).contains(at))
    }
}

impl Marks {
    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.range.is_none()
    }

    pub(in crate::tui) fn len(&self) -> usize {
        let range = self.range.as_ref().map_or(&[][..], Range::ids);
        self.kept.len() + range.iter().filter(|id| !self.kept.contains(id)).count()
    }

    pub(in crate::tui) fn has(&self, id: i64) -> bool {
        self.kept.contains(&id) || self.range.as_ref().is_some_and(|it| it.has(id))
    }

    /// Marks the row, or takes its mark; a range is kept instead.
    pub(in crate::tui) fn turn(&mut self, id: i64) {
        if !self.keep_range() && !self.kept.remove(&id) {
            self.kept.insert(id);
        }
    }

    pub(in crate::tui) fn add(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.keep_range();
        self.kept.extend(ids);
    }

    /// Begins a range at a row.
    pub(in crate::tui) fn begin(&mut self, rows: Vec<i64>, id: i64) {
        let spots: HashMap<i64, usize> = rows.iter().copied().zip(0..).collect();
        self.range = spots.get(&id).copied().map(|at| Range { rows, spots, from: at, to: at });
    }

    /// The cursor went to this row: a range goes as far; `false` where none was begun.
    pub(in crate::tui) fn stretch(&mut self, id: i64) -> bool {
        let Some(range) = &mut self.range else { return false };
        range.to = range.spots.get(&id).copied().unwrap_or(range.to);
        true
    }

    /// Makes marks of a range; `false` where there is none.
    pub(in crate::tui) fn keep_range(&mut self) -> bool {
        let Some(range) = self.range.take() else { return false };
        self.kept.extend(range.ids());
        true
    }

    /// Drops a range, else takes all marks back and answers them; `None` where there is neither.
    pub(in crate::tui) fn take_back(&mut self) -> Option<HashSet<i64>> {
        if self.range.take().is_some() {
            return Some(HashSet::new());
        }
        Some(std::mem::take(&mut self.kept)).filter(|it| !it.is_empty())
    }

    /// Of these rows, in their order, those that are marked.
    pub(in crate::tui) fn among(&self, rows: &[i64]) -> Vec<i64> {
        rows.iter().copied().filter(|id| self.has(*id)).collect()
    }

    /// Rows that are gone lose their marks.
    pub(in crate::tui) fn keep_only(&mut self, rows: &[i64]) {
        self.keep_range();
        self.kept = self.among(rows).into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marks: &Marks, expected: &[i64]) {
        let rows: Vec<i64> = (0..10).collect();
        let found = marks.among(&rows);
        assert_eq!((found.as_slice(), marks.len()), (expected, expected.len()));
        assert!(rows.iter().all(|it| marks.has(*it) == expected.contains(it)) && marks.is_empty() == expected.is_empty());
    }

    #[test]
    fn a_range_follows_the_cursor_both_ways_and_adds_to_what_is_marked() {
        let mut marks = Marks::default();
        marks.turn(4);
        marks.begin((0..10).collect(), 3);
        assert!(marks.stretch(6));
        check(&marks, &[3, 4, 5, 6]);
        marks.stretch(2);
        check(&marks, &[2, 3, 4]);
        // A row that was not there when it began does not move its end.
        marks.stretch(77);
        check(&marks, &[2, 3, 4]);
        marks.turn(2);
        check(&marks, &[2, 3, 4]);
        marks.turn(2);
        check(&marks, &[3, 4]);
    }

    #[test]
    fn a_range_goes_before_the_marks_and_rows_that_are_gone_lose_theirs() {
        let mut marks = Marks::default();
        marks.add([1, 5, 9]);
        marks.begin((0..10).collect(), 2);
        marks.stretch(4);
        assert_eq!(marks.take_back(), Some(HashSet::new()));
        check(&marks, &[1, 5, 9]);
        marks.keep_only(&[5, 6, 9]);
        check(&marks, &[5, 9]);
        assert_eq!((marks.take_back(), marks.take_back()), (Some(HashSet::from([5, 9])), None));
    }

    #[test]
    fn marking_a_hundred_thousand_rows_is_a_set_of_numbers() {
        let mut marks = Marks::default();
        marks.add(0..100_000);
        assert_eq!((marks.len(), marks.has(99_999), marks.has(100_000)), (100_000, true, false));
    }
}
