//! What Space does to a cell, and what it would do.

use std::rc::Rc;

use anyhow::Result;

use super::{COPY_ROLE, Matrix, Row};
use crate::command::{Command, Switch};
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::ripple::{Ripple, Toggle};
use crate::domain::text;
use crate::query::matrix::Cell;
use crate::session::draft::Staged;
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::overlays::explain::{self, why};
use crate::tui::view::{Env, Message, Pane};

impl Matrix {
    pub(super) fn toggle(&self, env: &Env<'_>) -> Vec<Message> {
        let Some(column) = self.column() else { return Vec::new() };
        if column.owner {
            return vec![Message::Complain("always on: the owner can do everything that the site's apps allow".to_owned())];
        }
        if !column.editable {
            let name = text::display(&column.name).into_owned();
            let copies = key_of(COPY_ROLE);
            return vec![Message::Complain(format!("{name} is built in and stays as it is; {copies} copies it into a role of your own"))];
        }
        let Some((permissions, to)) = self.switched() else { return Vec::new() };
        let mut messages: Vec<Message> = self.stage(permissions, to).into_iter().collect();
        if let Some((catalog, id)) = self.permission()
            && column.ceiling.contains(id)
        {
            let label = catalog.get(id).label.clone();
            let profile = env.policy.ceilings.of(&catalog.platform);
            messages.push(Message::Say(format!("{label} stays locked off by the {profile} ceiling, whatever the role")));
        }
        messages
    }

    /// Stages the first way to turn a person's cell; where one of its ways is staged, takes exactly that out.
    pub(super) fn turn(&mut self, env: &Env<'_>) -> Result<Vec<Message>> {
        self.weigh(env)?;
        let (Some(about), Some(column)) = (self.about(), self.column()) else { return Ok(self.open()) };
        let why = key_of(action::WHY);
        if let Some(at) = self.turned {
            return Ok(vec![Message::TakeOut(at)]);
        }
        let held = match column.cell(about.permission) {
            Cell::Always => Some("always on: the owner can do everything that the site's apps allow".to_owned()),
            Cell::Ceiling => Some("locked off by the ceiling, whatever the role".to_owned()),
            Cell::AppMissing => Some(format!(
                "needs {}, which is not installed here",
                about.catalog.get(about.permission).app.as_deref().unwrap_or("an app")
            )),
            Cell::Granted | Cell::Implied | Cell::Off => None,
        };
        Ok(vec![match (held, about.ways.all.first()) {
            (Some(reason), None) => Message::Complain(reason),
            (Some(reason), Some(_)) => Message::Complain(format!("{reason}; {why} shows what would change that")),
            (None, Some(turn)) => turn.stage(&about.words),
            (None, None) => Message::Complain(format!("no single change turns this; {why} says why it is so")),
        }])
    }

    /// Weighs the ways to turn the answer of the cell under the cursor, unless they are at hand.
    pub(super) fn weigh(&mut self, env: &Env<'_>) -> Result<()> {
        let spot = self.spot();
        self.turned = self.about().and_then(|about| turned(env, &about.words));
        if self.ways.0 == spot {
            return Ok(());
        }
        let ways = match self.about() {
            Some(explain::About { person: Some(person), site: Some(site), permission, .. }) => why::turns(env, person, site, permission)?,
            Some(_) | None => explain::Ways::default(),
        };
        self.ways = (spot, Rc::new(ways));
        Ok(())
    }

    pub(super) fn pin(&self) -> Vec<Message> {
        let pinned = self.implied().and_then(|id| self.stage(PermSet::of(id), Switch::Pin));
        vec![pinned.unwrap_or_else(|| Message::Complain("only an implied permission can be pinned".to_owned()))]
    }

    /// The permission under the cursor, where a role of one's own has it by another.
    fn implied(&self) -> Option<PermId> {
        let ((_, id), staged) = (self.permission()?, self.editable()?);
        (staged.closed.contains(id) && !staged.granted.contains(id)).then_some(id)
    }

    /// What would keep the permission under the cursor in its own right.
    pub(super) fn pinning(&self) -> Option<Command> {
        let (id, catalog, column) = (self.implied()?, &self.grid.as_ref()?.catalog, self.column()?);
        Some(Command::Toggle { role: column.key.clone(), permissions: catalog.names(PermSet::of(id)), to: Switch::Pin })
    }

    /// The ripple of the toggle that Space would be.
    pub(super) fn aim(&mut self) {
        self.ghost = self.ripple().filter(|it| !it.is_empty());
    }

    /// Stages a switch on the role under the cursor.
    fn stage(&self, permissions: PermSet, to: Switch) -> Option<Message> {
        let (grid, column) = (self.grid.as_ref()?, self.column()?);
        let labels: Vec<String> = permissions.iter().map(|id| grid.catalog.get(id).label.clone()).collect();
        let word = match to {
            Switch::Grant => "on",
            Switch::Revoke => "off",
            Switch::Pin => "kept in its own right",
        };
        let words = format!("{}: {} {word}", text::display(&column.name), text::few(&labels));
        let command = Command::Toggle { role: column.key.clone(), permissions: grid.catalog.names(permissions), to };
        Some(Message::Stage(vec![command], words))
    }

    /// What Space switches: a permission, or a whole category: all on, or, where all are, all off.
    fn switched(&self) -> Option<(PermSet, Switch)> {
        let staged = self.editable()?;
        let members = match self.row()? {
            Row::Permission(id) => PermSet::of(id),
            Row::Category(at) => self.grid.as_ref()?.catalog.categories.get(at)?.members,
        };
        Some((members, if members.is_subset(&staged.closed) { Switch::Revoke } else { Switch::Grant }))
    }

    fn ripple(&self) -> Option<Ripple> {
        let ((catalog, id), staged) = (self.permission()?, self.editable()?);
        let toggle = if staged.closed.contains(id) { Toggle::Off } else { Toggle::On };
        Some(catalog.toggle(staged.granted, id, toggle))
    }

    /// What is staged of the role under the cursor, where its permissions can be switched.
    pub(super) fn editable(&self) -> Option<Staged> {
        self.staged.get(self.column_at()).copied().flatten().filter(|_| self.column().is_some_and(|it| it.editable))
    }
}

/// The step of the draft that turns the cell of these words.
fn turned(env: &Env<'_>, words: &str) -> Option<usize> {
    let own = |it: &str| it.strip_prefix(words).is_some_and(|rest| rest.starts_with(": "));
    env.draft.steps().iter().position(|it| own(&it.words))
}
