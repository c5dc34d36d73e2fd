//! The mouse: a click selects, a second one at the same place opens, the right button asks which keys there are, the
//! wheel moves; in a window a click chooses or presses, and beside it leaves. All of it has keys, and nothing of it is heard unless somebody wants it.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::Position;

use super::{App, Leaving, PANES};
use crate::tui::action::{self, Action};
use crate::tui::decoder::{Hand, Pointed};
use crate::tui::widgets::hits::Hit;

/// Two clicks within this time are one that opens.
const DOUBLE: TimeDelta = TimeDelta::milliseconds(400);
/// How many rows a turn of the wheel is.
const TURN: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Mouse {
    pub(super) is_heard: bool,
    /// When and where it clicked last.
    clicked: Option<(DateTime<Utc>, Position)>,
}

impl App {
    pub(in crate::tui) fn hears_mouse(&self) -> bool {
        self.mouse.is_heard
    }

    /// Takes what the mouse did. What breaks is said on the screen.
    pub(in crate::tui) fn point(&mut self, it: Pointed, now: DateTime<Utc>) {
        if !self.mouse.is_heard || self.is_too_small() || self.waits_for_turn() {
            return;
        }
        self.hear(now, matches!(it.hand, Hand::WheelUp | Hand::WheelDown));
        self.leaving = Leaving::No;
        let clicked = self.mouse.clicked.take().filter(|_| it.hand == Hand::Click);
        let again = clicked.is_some_and(|(then, at)| at == it.at && now - then < DOUBLE);
        if let Err(error) = self.pointed(it, again, now) {
            self.broke(&error);
        }
        self.follow_tour();
    }

    fn pointed(&mut self, it: Pointed, again: bool, now: DateTime<Utc>) -> Result<()> {
        if self.presenting.is_some() {
            return self.point_presenting(it);
        }
        self.catch_up()?;
        self.dirty = true;
        match it.hand {
            Hand::WheelUp => self.turn_wheel(it.at, action::UP),
            Hand::WheelDown => self.turn_wheel(it.at, action::DOWN),
            Hand::Click if !self.overlays.is_empty() => self.choose_in_window(it.at, again, now),
            Hand::Ask if !self.overlays.is_empty() => Ok(()),
            Hand::Click if again => self.opening().map_or(Ok(()), |it| self.perform(it)),
            Hand::Click => {
                if self.choose(it.at)? {
                    self.mouse.clicked = Some((now, it.at));
                }
                Ok(())
            }
            Hand::Ask => {
                if self.choose(it.at)? {
                    self.perform(action::HELP)?;
                }
                Ok(())
            }
        }
    }

    /// The pane in whose room a place is.
    fn pane_at(&self, at: Position) -> Option<usize> {
        self.layout().panes.iter().position(|it| it.contains(at)).or_else(|| self.title_at(at))
    }

    /// Gives the focus to the pane and the cursor to the row or the cell; `false` where there is neither.
    fn choose(&mut self, at: Position) -> Result<bool> {
        let Some(pane) = self.pane_at(at) else { return Ok(false) };
        self.toast = None;
        if pane != self.focus {
            self.keep_place();
            self.focus_on(pane);
        }
        (self.typing, self.sorting) = (None, None);
        let room = self.layout().room(pane);
        self.panes.all_mut()[pane].point(room, at, &self.world.env())
    }

    /// Chooses a row of the window or presses a button of it; outside of it, leaves as Esc does.
    fn choose_in_window(&mut self, at: Position, again: bool, now: DateTime<Utc>) -> Result<()> {
        let hit = self.overlays.last().and_then(|it| it.hits()).map_or(Hit::Nothing, |it| it.at(at));
        match hit {
            Hit::Nothing => Ok(()),
            Hit::Outside => self.perform(action::CLOSE),
            Hit::Button(it) => self.perform(it),
            Hit::Row(_) if again => self.opening().map_or(Ok(()), |it| self.perform(it)),
            Hit::Row(row) => {
                if let Some(it) = self.overlays.last_mut() {
                    it.choose(row);
                }
                self.mouse.clicked = Some((now, at));
                Ok(())
            }
        }
    }

    /// Listens to the mouse from now on, or no more.
    pub(super) fn turn_mouse(&mut self) {
        self.mouse.is_heard = !self.mouse.is_heard;
        self.say(if self.mouse.is_heard {
            "The mouse is heard: a click chooses, a second one opens; with Shift the terminal selects by itself"
        } else {
            "The mouse is heard no more"
        });
    }

    /// What goes on with what the cursor is on.
    fn opening(&self) -> Option<Action> {
        let entries = self.places().into_iter().flat_map(|it| it.entries);
        entries.into_iter().find(|it| it.keys.contains(&"enter")).map(|it| it.action)
    }

    /// Moves what the mouse is over, without the focus going there.
    fn turn_wheel(&mut self, at: Position, step: Action) -> Result<()> {
        if !self.overlays.is_empty() {
            return self.perform(step);
        }
        if self.layout().panel.contains(at) {
            let down = if step == action::DOWN { 1 } else { -1 };
            self.scroll_panel(down * TURN.cast_signed());
        }
        let Some(pane) = self.pane_at(at).filter(|it| self.layout().panes[*it].height > 1) else { return Ok(()) };
        for _ in 0..TURN {
            self.panes.all_mut()[pane].act(step, &self.world.env())?;
        }
        Ok(())
    }

    /// The pane whose title stands at the foot of the stack, where it has no room.
    fn title_at(&self, at: Position) -> Option<usize> {
        let layout = self.layout();
        let line = usize::from(at.y.checked_sub(layout.titles.y)?);
        let mut closed = (0..PANES.len()).filter(|at| layout.panes[*at].height == 0);
        for (n, it) in self.titles(&layout).into_iter().enumerate() {
            let mut x = usize::from(layout.titles.x);
            for pair in it.spans.chunks(2) {
                let [rule, words] = pair else { break };
                let begins = x + rule.width();
                x = begins + words.width();
                let pane = closed.next();
                if n == line && (begins..x).contains(&usize::from(at.x)) {
                    return pane;
                }
            }
        }
        None
    }
}
