//! Windows on top of the panes.

pub(super) mod confirm;
pub(super) mod explain;
pub(super) mod form;
pub(super) mod forms;
pub(super) mod handover;
pub(super) mod help;
pub(super) mod invite;
pub(super) mod leaving;
pub(super) mod letters;
pub(super) mod palette;
mod prospect;
pub(super) mod request;
pub(super) mod review;
pub(super) mod sheet;
pub(super) mod standing;
pub(super) mod team;
pub(super) mod timeline;
pub(super) mod vouch;

use super::action::Action;

/// Moves a position by an action; `None` where the action does not move.
fn moved(action: Action, at: usize, page: usize, last: usize) -> Option<usize> {
    let to = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::PageDown => at + page,
        Action::PageUp => at.saturating_sub(page),
        Action::HalfDown => at + (page / 2).max(1),
        Action::HalfUp => at.saturating_sub((page / 2).max(1)),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// Moves the cursor of a list that is searched.
fn found(action: Action, at: usize, n: usize) -> usize {
    let last = n.saturating_sub(1);
    match action {
        Action::NextFound => (at + 1).min(last),
        Action::LastFound => at.saturating_sub(1),
        _ => moved(action, at, 10, last).unwrap_or(at),
    }
}
