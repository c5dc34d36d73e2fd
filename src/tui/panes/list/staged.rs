//! What becomes of rows by what is staged: of the rows as they are saved and as they would be, one list.

use std::collections::{HashMap, HashSet};

/// The numbers of the rows in list order, those that come and those that go among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Merged {
    pub(in crate::tui) ids: Vec<i64>,
    /// How many come and how many go.
    pub(in crate::tui) moved: (usize, usize),
}

impl Merged {
    /// Rows that go stay above the one above which they stood.
    pub(in crate::tui) fn of(before: &[i64], after: &[i64]) -> Merged {
        let [old, new] = [before, after].map(|it| it.iter().copied().collect::<HashSet<i64>>());
        let (mut above, mut going) = (HashMap::new(), Vec::new());
        for id in before {
            if !new.contains(id) {
                going.push(*id);
            } else if !going.is_empty() {
                above.insert(*id, std::mem::take(&mut going));
            }
        }
        let with_those_above = |id: &i64| above.remove(id).into_iter().flatten().chain([*id]).collect::<Vec<_>>();
        let ids: Vec<i64> = after.iter().flat_map(with_those_above).chain(going).collect();
        let n_come = after.iter().filter(|id| !old.contains(id)).count();
        Merged { moved: (n_come, ids.len() - after.len()), ids }
    }
}

impl From<Vec<i64>> for Merged {
    fn from(ids: Vec<i64>) -> Merged {
        Merged { ids, moved: (0, 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_stays_in_its_place_and_what_comes_stands_where_it_will() {
        let merged = |before: &[i64], after: &[i64]| Merged::of(before, after);
        assert_eq!(merged(&[1, 2, 3], &[1, 2, 3]), Merged { ids: vec![1, 2, 3], moved: (0, 0) });
        assert_eq!(merged(&[1, 2, 3, 4], &[1, -1, 3]), Merged { ids: vec![1, -1, 2, 3, 4], moved: (1, 2) });
        assert_eq!(merged(&[1, 2], &[]), Merged { ids: vec![1, 2], moved: (0, 2) });
        // Also where what stays is sorted anew.
        assert_eq!(merged(&[1, 2, 3], &[3, 1]), Merged { ids: vec![2, 3, 1], moved: (0, 1) });
    }
}
