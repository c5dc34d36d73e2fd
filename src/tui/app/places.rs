//! Places: where one was, so that one key goes back there, again and again.

use anyhow::Result;

use super::App;
use crate::domain::ids::{ContactId, SiteId};
use crate::query::order::Sort;
use crate::tui::panes::matrix::{Mode, Row};
use crate::tui::view::{Pane, Story};

/// How many places are kept.
const MAX_KEPT: usize = 50;

/// Where one was: the pane, what was selected and typed in every list, and what the matrix showed.
#[derive(Clone, PartialEq)]
pub(super) struct Spot {
    focus: usize,
    list: usize,
    lower: usize,
    zoomed: Option<usize>,
    contact: Option<ContactId>,
    site: Option<SiteId>,
    selected: Vec<Option<i64>>,
    filters: Vec<String>,
    sorts: Vec<Option<Sort>>,
    history: Option<Story>,
    mode: Mode,
    cell: Option<(Row, usize)>,
}

impl App {
    pub(super) fn here(&self) -> Spot {
        let panes = self.panes.all();
        Spot {
            focus: self.focus,
            list: self.list,
            lower: self.lower,
            zoomed: self.zoomed,
            contact: self.panes.sites.led_by().and(self.contact),
            site: self.panes.collaborators.kind.site,
            selected: panes.map(Pane::selected).into(),
            filters: panes.map(|it| it.filter_text().to_owned()).into(),
            sorts: panes.map(Pane::sorted).into(),
            history: self.history,
            mode: self.panes.matrix.mode.clone(),
            cell: self.panes.matrix.cell(),
        }
    }

    /// Keeps the place that is about to be left.
    pub(super) fn keep_place(&mut self) {
        let here = self.here();
        if self.places.back() != Some(&here) {
            self.places.push_back(here);
        }
        if self.places.len() > MAX_KEPT {
            self.places.pop_front();
        }
    }

    /// Goes to the place before.
    pub(super) fn retrace(&mut self) -> Result<()> {
        let here = self.here();
        let Some(spot) = std::iter::from_fn(|| self.places.pop_back()).find(|it| *it != here) else {
            self.say("This is where you began");
            return Ok(());
        };
        self.return_to(spot)
    }

    /// Shows a place as it was.
    pub(super) fn return_to(&mut self, spot: Spot) -> Result<()> {
        (self.focus, self.list, self.lower, self.zoomed) = (spot.focus, spot.list, spot.lower, spot.zoomed);
        if self.contact != spot.contact {
            self.lead_sites(spot.contact)?;
        }
        if self.panes.collaborators.kind.site != spot.site {
            self.choose_site(spot.site)?;
        }
        if self.history != spot.history {
            self.turn_history(spot.history)?;
        }
        for (pane, sort) in self.panes.all_mut().into_iter().zip(&spot.sorts) {
            pane.set_sorted(*sort);
        }
        for (pane, (selected, filter)) in self.panes.all_mut().into_iter().zip(spot.selected.iter().zip(&spot.filters)) {
            if pane.filter_text() != filter {
                pane.filter(filter);
            }
            if let Some(id) = selected.filter(|it| pane.selected() != Some(*it)) {
                pane.point_at(id);
            }
        }
        self.panes.matrix.follow(spot.mode, None);
        if let Some(cell) = spot.cell {
            self.panes.matrix.go_to_cell(cell);
        }
        Ok(())
    }
}
