//! The filter of a long list: every row's search text in one string, scanned at once.
//!
//! 200,000 names are some 8 MB and one pass over them takes a millisecond or two, where
//! `LIKE` in SQL takes thirty; so the text is read once and kept until the table changes.

use std::collections::HashSet;

use anyhow::Result;
use memchr::memmem;

use crate::domain::text;
use crate::store::Reader;
use crate::store::page::Listed;

/// The search texts of one table, in list order.
#[derive(Default)]
pub struct Index {
    ids: Vec<i64>,
    /// Where each row's text ends in `text`.
    ends: Vec<usize>,
    text: String,
}

impl Index {
    pub fn load<T: Listed>(db: Reader<'_>) -> Result<Index> {
        let mut index = Index::default();
        db.each_search_text::<T>(|id, fold| index.push(id, fold))?;
        Ok(index)
    }

    /// An index of rows that are at hand: number and folded text.
    pub fn of(rows: impl IntoIterator<Item = (i64, String)>) -> Index {
        let mut index = Index::default();
        rows.into_iter().for_each(|(id, fold)| index.push(id, &fold));
        index
    }

    /// The same with these rows alone.
    #[must_use]
    pub fn only(self, ids: &[i64]) -> Index {
        let kept: HashSet<i64> = ids.iter().copied().collect();
        let mut index = Index::default();
        (0..self.ids.len()).filter(|at| kept.contains(&self.ids[*at])).for_each(|at| index.push(self.ids[at], self.row(at)));
        index
    }

    fn push(&mut self, id: i64, fold: &str) {
        self.ids.push(id);
        self.text.push_str(fold);
        self.text.push('\n');
        self.ends.push(self.text.len());
    }

    /// The rows that hold every word of `typed` (`!word`: that do not hold it), in list order.
    pub fn matching(&self, typed: &str) -> Vec<i64> {
        let words: Vec<(bool, String)> = typed.split_whitespace().map(word).filter(|(_, word)| !word.is_empty()).collect();
        let wanted = words.iter().find(|(wanted, _)| *wanted);
        let holds = |row: &str| words.iter().all(|(wanted, word)| memmem::find(row.as_bytes(), word.as_bytes()).is_some() == *wanted);
        let Some((_, first)) = wanted else {
            return (0..self.ids.len()).filter(|at| holds(self.row(*at))).map(|at| self.ids[at]).collect();
        };
        let mut found = Vec::new();
        let finder = memmem::Finder::new(first.as_bytes());
        let (mut from, mut at) = (0, 0);
        while let Some(hit) = finder.find(&self.text.as_bytes()[from..]) {
            // A hit is a few rows on: a step each is cheaper than a search.
            while self.ends[at] <= from + hit {
                at += 1;
            }
            if words.len() == 1 || holds(self.row(at)) {
                found.push(self.ids[at]);
            }
            from = self.ends[at];
            at += 1;
        }
        found
    }

    fn row(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at] - 1]
    }
}

fn word(typed: &str) -> (bool, String) {
    let (wanted, word) = typed.strip_prefix('!').map_or((true, typed), |rest| (false, rest));
    (wanted, if word.is_ascii() { word.to_ascii_lowercase() } else { word.to_lowercase() })
}

/// Whether a short text matches, by the same rules as [`Index::matching`].
pub fn matches(row: &str, typed: &str) -> bool {
    let row = text::fold(row);
    typed.split_whitespace().map(word).filter(|(_, word)| !word.is_empty()).all(|(wanted, word)| row.contains(&word) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &[i64]) {
        let rows = [(1, "ana ruiz ana@acme.example"), (2, "bo lindqvist"), (3, "łukasz nowak lukasz nowak"), (4, "anabel")];
        let index = Index::of(rows.map(|(id, row)| (id, row.to_owned())));
        assert_eq!(index.matching(typed), expected, "{typed}");
    }

    #[test]
    fn an_index_of_some_rows_finds_no_others() {
        let index = Index::of([(1, "ana ruiz".to_owned()), (2, "bo".to_owned()), (3, "anabel".to_owned())]).only(&[3, 2]);
        assert_eq!((index.matching("ana"), index.matching("")), (vec![3], vec![2, 3]));
    }

    #[test]
    fn every_word_counts_in_any_order_and_case() {
        check("", &[1, 2, 3, 4]);
        check("ana", &[1, 4]);
        check("RUIZ ana", &[1]);
        check("lukasz", &[3]);
        check("ŁUKASZ", &[3]);
        check("!ana", &[2, 3]);
        check("ana !acme", &[4]);
        check("zzz", &[]);
    }
}
