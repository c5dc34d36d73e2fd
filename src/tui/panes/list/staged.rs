//! What becomes of rows by what is staged: of the rows as they are saved and as they would be, one list.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use ratatui::text::Line;

use super::sorting::Keys;
use super::{Kind, ListPane};
use crate::domain::text;
use crate::query::order::Key;
use crate::session::draft::Step;
use crate::tui::action::{self, Action};
use crate::tui::keymap::key_of;
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message};
use crate::tui::widgets::lines;
use crate::tui::widgets::window::{Column, Fate, Item};

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

impl<K: Kind> ListPane<K> {
    /// Puts those that are staged to come and to go among all rows, where they are others than before.
    pub(super) fn merge(&mut self, env: &Env<'_>) -> Result<()> {
        // What it is narrowed to brings them along.
        let none = env.is_saved() || self.narrowed.is_some();
        let movers: Vec<i64> = if none { Vec::new() } else { env.draft.each_change().filter_map(|it| self.kind.moved(it)).collect() };
        if self.movers != movers {
            let some = !movers.is_empty();
            self.merged = if some { Some(Merged::of(&self.kind.ids(&env.saved())?, &self.kind.ids(env)?)) } else { None };
            self.movers = movers;
            self.sorting.may_lack();
        }
        Ok(())
    }

    /// The numbers of all rows, in list order.
    pub(super) fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        self.merged.as_ref().map_or_else(|| self.kind.ids(env), |it| Ok(it.ids.clone()))
    }

    /// What those rows are sorted by that go and are not among these.
    pub(super) fn going(&self, rows: &[(Key, i64)], env: &Env<'_>, column: &str) -> Result<Vec<(Key, i64)>> {
        let Keys::Here(mut before) = self.kind.keys(&env.saved(), column)? else { return Ok(Vec::new()) };
        let there: HashSet<i64> = rows.iter().map(|it| it.1).collect();
        before.retain(|it| !there.contains(&it.1));
        Ok(before)
    }

    /// How many rows a save brings and how many it takes, where all of them are listed.
    pub(super) fn moved(&self) -> (usize, usize) {
        let rows = self.narrowed.as_ref().map(|it| &it.1).or(self.merged.as_ref());
        rows.filter(|_| self.matched.is_none() && self.shown.is_none()).map_or((0, 0), |it| it.moved)
    }

    /// What the row says as it is saved, where that is something else.
    pub(super) fn was(&self, env: &Env<'_>, row: &Item, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let before = if row.fate == Some(Fate::Differs) { self.kind.find(&env.saved(), row.id)? } else { None };
        let cells = before.map_or_else(Vec::new, |it| it.cells);
        let columns = self.kind.columns().iter().zip(cells.into_iter().zip(&row.cells));
        let differing = columns.filter(|(_, (old, new))| old != *new);
        let told = |(column, (old, _)): (&Column, (String, _))| {
            let value = if old.is_empty() { "nothing" } else { old.as_str() };
            lines::fact(theme, "was", &format!("{} {value}", column.name))
        };
        Ok(differing.map(told).collect())
    }

    /// What an action does to a row that is there only after a save, or only before it.
    pub(super) fn act_on_staged(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let Some(row) = self.window.selected().cloned() else { return Ok(Vec::new()) };
        let comes = row.fate == Some(Fate::Comes);
        let makes = |it: &Step| it.changes.iter().any(|it| self.kind.moved(it) == Some(row.id));
        if let Some(step) = env.draft.steps().iter().rposition(makes).filter(|_| comes && K::TAKES_AWAY == Some(action)) {
            return Ok(vec![Message::TakeOut(step), Message::Say("It was staged, and is no more".to_owned())]);
        }
        let about = Some(row.id).filter(|_| comes);
        let (review, undo, name) = (key_of(action::SAVE), key_of(action::UNDO), text::display(&row.cells[0]).into_owned());
        let words = || {
            let what = if comes { "is not there before what is staged is saved" } else { "is staged to go" };
            vec![Message::Complain(format!("{name} {what}: {review} reviews it, {undo} takes the last step out"))]
        };
        // What is about no row is done whatever the row is.
        let done = match self.kind.act(env, about, action)? {
            Some(messages) => Some(messages),
            None => self.kind.act(env, None, action)?,
        };
        Ok(done.unwrap_or_else(words))
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
