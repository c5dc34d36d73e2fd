//! Which columns a list shows, and in which order.

use super::{Kind, ListPane};
use crate::tui::overlays::columns::Columns;
use crate::tui::view::Pane;
use crate::tui::widgets::window::Column;

impl<K: Kind> ListPane<K> {
    /// The names of all columns that the list has at one time or another.
    pub(super) fn names() -> Vec<&'static str> {
        let others = K::OTHER_COLUMNS.iter().filter(|it| !K::COLUMNS.iter().any(|own| own.name == it.name));
        K::COLUMNS.iter().chain(others).map(|it| it.name).collect()
    }

    pub(super) fn usual_columns(&self) -> Vec<String> {
        self.usual.columns.clone().unwrap_or_else(|| Self::names().into_iter().map(str::to_owned).collect())
    }

    /// Of the columns that there are now those with these names, each with its place among a row's cells; the first
    /// stays whatever is chosen.
    fn named(&self, names: &[String]) -> Vec<(usize, &'static Column)> {
        let all = self.kind.columns();
        let places = names.iter().filter_map(|name| all.iter().position(|it| it.name == name));
        std::iter::once(0).chain(places.filter(|at| *at > 0)).map(|at| (at, &all[at])).collect()
    }

    /// The columns that are shown.
    pub(super) fn shown_columns(&self) -> Vec<(usize, &'static Column)> {
        let chosen = self.chosen.columns.as_ref().or(self.usual.columns.as_ref());
        chosen.map_or_else(|| self.kind.columns().iter().enumerate().collect(), |it| self.named(it))
    }

    /// The window in which they are chosen. What the list has at other times stays as it is.
    pub(super) fn columns_window(&self) -> Columns {
        let all: Vec<&'static str> = self.kind.columns().iter().map(|it| it.name).collect();
        let usual_columns = self.usual_columns();
        let usual: Vec<&'static str> = self.named(&usual_columns).into_iter().map(|it| it.1.name).collect();
        let known = self.chosen.columns.clone().unwrap_or(usual_columns);
        let others = known.into_iter().filter(|it| !all.contains(&it.as_str())).collect();
        Columns::new(K::PLACE.title, &all, &self.columns(), &usual, others)
    }
}
