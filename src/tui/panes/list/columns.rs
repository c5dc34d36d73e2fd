//! Which columns a list shows, and in which order.

use super::{Kind, ListPane};
use crate::tui::overlays::columns::Columns;
use crate::tui::view::Pane;
use crate::tui::widgets::window::Column;

impl<K: Kind> ListPane<K> {
    /// The columns that were chosen, each with its place among a row's cells; the first stays whatever is chosen.
    pub(super) fn shown_columns(&self) -> Vec<(usize, &'static Column)> {
        let all = self.kind.columns();
        if self.chosen.is_empty() {
            return all.iter().enumerate().collect();
        }
        let chosen = self.chosen.iter().filter_map(|name| all.iter().position(|it| it.name == name));
        std::iter::once(0).chain(chosen.filter(|at| *at > 0)).map(|at| (at, &all[at])).collect()
    }

    /// The window in which they are chosen. What the list has at other times stays as it is.
    pub(super) fn columns_window(&self) -> Columns {
        let all: Vec<&'static str> = self.kind.columns().iter().map(|it| it.name).collect();
        let names = K::COLUMNS.iter().chain(K::OTHER_COLUMNS).map(|it| it.name.to_owned()).collect();
        let known = if self.chosen.is_empty() { &names } else { &self.chosen };
        let others = known.iter().filter(|it| !all.contains(&it.as_str())).cloned().collect();
        Columns::new(K::PLACE.title, all, &self.columns(), others)
    }
}
