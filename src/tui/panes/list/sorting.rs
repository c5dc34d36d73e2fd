//! By which column the rows of a list are sorted, and the order that this gives them.

use anyhow::Result;

use super::{Kind, ListPane};
use crate::query::order::{Ask, Key, Order, Sort};
use crate::tui::theme::Shapes;
use crate::tui::view::{DOWN, Env, Pane, ReadOrder};
use crate::tui::widgets::window::Column;

/// What rows are sorted by: at hand, or to be read, of the rows with these numbers or of all.
pub(in crate::tui) enum Keys {
    Here(Vec<(Key, i64)>),
    Read(Box<ReadKeys>),
}

pub(in crate::tui) type ReadKeys = dyn FnOnce(&Ask<'_>, Option<&[i64]>) -> Result<Vec<(Key, i64)>> + Send;

/// What a list is sorted by.
#[derive(Default)]
pub(super) struct Sorting {
    /// The order that is in force: an older one until the one that was asked for is there.
    order: Option<Order>,
    /// Rows may have changed since it was read; since its rows were compared with those that there are.
    is_old: bool,
    may_lack: bool,
    /// The rows at hand in this order, where not all are listed; read anew where that is not known.
    pub(super) listed: Option<Vec<i64>>,
}

impl Sorting {
    pub(super) fn order(&self) -> Option<&Order> {
        self.order.as_ref()
    }

    /// Other rows are there than before.
    pub(super) fn may_lack(&mut self) {
        self.may_lack = true;
    }

    pub(super) fn stale(&mut self) {
        (self.is_old, self.may_lack) = (true, true);
    }
}

/// The arrow beside the name of a column that is sorted by.
pub(super) fn arrow(shapes: &Shapes, down: bool) -> &'static str {
    shapes.sorted[usize::from(down)]
}

impl<K: Kind> ListPane<K> {
    /// What is asked for, one column for each set of columns that the list can have.
    fn sorts(&self) -> &[String] {
        self.chosen.sort.as_ref().or(self.usual.sort.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// What is asked for, of the columns that there are now.
    pub(super) fn sorted_by(&self) -> Option<Sort> {
        let sort = |it: &String| {
            let (name, down) = it.strip_prefix(DOWN).map_or((it.as_str(), false), |name| (name, true));
            let column = self.kind.columns().iter().find(|column| column.name == name)?;
            Some(Sort { column: column.name, down })
        };
        self.sorts().iter().find_map(sort)
    }

    /// Asks for this among the columns that there are now.
    fn ask_for(&mut self, sort: Option<Sort>) {
        let now = |it: &String| self.kind.columns().iter().any(|column| column.name == it.strip_prefix(DOWN).unwrap_or(it));
        let others = self.sorts().iter().filter(|it| !now(it)).cloned();
        let sort = sort.map(|it| format!("{}{}", if it.down { DOWN } else { "" }, it.column));
        let sorts: Vec<String> = sort.into_iter().chain(others).collect();
        self.chosen.sort = Some(sorts).filter(|it| self.usual.sort.as_ref().map_or(!it.is_empty(), |usual| usual != it));
    }

    /// Sorts by a column, the other way round where it is that one already; by none, back to the list's own order.
    pub(super) fn sort_by(&mut self, column: Option<&'static Column>) {
        let turns = self.sorted_by().filter(|it| column.is_some_and(|column| column.name == it.column));
        self.ask_for(column.map(|it| Sort { column: it.name, down: turns.is_some_and(|it| !it.down) }));
        if column.is_none() {
            return self.set_order(None);
        }
        // The order at hand may be the one of the column: then it is only turned.
        if self.sorting.order.as_ref().is_some_and(|it| turns == Some(it.sort)) {
            let order = self.sorting.order.take().map(Order::turned);
            self.set_order(order);
        }
        self.keeps_to_shown = false;
        self.restart(self.selected());
    }

    /// Sorts as it once was.
    pub(super) fn set_sort(&mut self, sort: Option<Sort>) {
        if self.sorted_by() != sort {
            self.ask_for(sort);
            self.set_order(self.sorting.order.clone());
        }
    }

    pub(super) fn set_order(&mut self, order: Option<Order>) {
        self.sorting.order = order;
        self.keeps_to_shown = false;
        self.restart(self.selected());
    }

    /// The order for what is asked, once it was read.
    pub(super) fn take_order(&mut self, order: Order) {
        if self.sorted_by() == Some(order.sort) {
            (self.sorting.is_old, self.sorting.may_lack) = (false, true);
            self.set_order(Some(order));
        }
    }

    /// How to read the order that is asked for, where it is not there.
    pub(super) fn order_to_read(&self, env: &Env<'_>) -> Result<Option<ReadOrder>> {
        let Some(sort) = self.sorted_by() else { return Ok(None) };
        if self.sorting.order.as_ref().is_some_and(|it| it.sort == sort) && !self.sorting.is_old {
            return Ok(None);
        }
        Ok(match self.kind.keys(env, sort.column)? {
            Keys::Here(_) => None,
            Keys::Read(read) => Some(Box::new(move |ask| Ok(Order::of(sort, read(ask, None)?)))),
        })
    }

    /// Brings the order up to date as far as that is no long work: what is at hand is sorted anew, rows that are new get
    /// their places, those that are gone lose them.
    pub(super) fn order_rows(&mut self, env: &Env<'_>) -> Result<()> {
        self.sorting.listed = None;
        let Some(sort) = self.sorted_by() else {
            self.sorting.order = None;
            return Ok(());
        };
        match self.kind.keys(env, sort.column)? {
            Keys::Here(mut rows) => {
                if self.merged.is_some() || self.narrowed.is_some() {
                    rows.extend(self.going(&rows, env, sort.column)?);
                }
                self.sorting.order = Some(Order::of(sort, rows));
                self.sorting.is_old = false;
            }
            Keys::Read(read) => {
                let known = self.sorting.order.take().filter(|it| self.kind.columns().iter().any(|column| column.name == it.sort.column));
                self.sorting.order = match known {
                    Some(order) if order.sort == sort && std::mem::take(&mut self.sorting.may_lack) => {
                        let all = self.ids(env)?;
                        let lacking = order.lacks(&all);
                        let ask = Ask { db: env.drafted.db, policy: env.drafted.policy, now: env.now };
                        Some(order.with(&all, read(&ask, Some(&lacking))?))
                    }
                    known => known,
                };
            }
        }
        Ok(())
    }

    /// Puts the rows that are listed into the order: those that lead, and those that a filter or another pane left.
    pub(super) fn arrange(&mut self) {
        if let Some(lead) = &mut self.lead {
            lead.arrange(self.sorting.order.as_ref());
        }
        let Some(order) = self.sorting.order.as_ref().filter(|_| self.sorting.listed.is_none()) else { return };
        let narrowed = self.narrowed.as_ref().map(|(_, rows)| rows.ids.as_slice());
        let only = self.matched.as_deref().or(narrowed).or(self.shown.as_ref().map(|it| it.ids.as_slice()));
        let leads = |id: i64| self.lead.as_ref().is_some_and(|it| it.set.contains(&id));
        self.sorting.listed = only.map(|ids| {
            let mut ids = ids.to_vec();
            ids.sort_by_key(|id| (!leads(*id), order.rank(*id)));
            ids
        });
    }
}
