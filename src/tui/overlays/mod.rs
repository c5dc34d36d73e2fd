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

use crossterm::event::{KeyCode, KeyEvent};

/// Whether the key leaves a window that has no text field.
fn leaves(key: &KeyEvent) -> bool {
    matches!(key.code, KeyCode::Esc | KeyCode::Char('q'))
}

/// Moves a scroll position by a key; `None` where the key does not scroll.
fn scrolled(key: &KeyEvent, at: usize, page: usize, lines: usize) -> Option<usize> {
    let last = lines.saturating_sub(page);
    let to = match key.code {
        KeyCode::Down | KeyCode::Char('j') => at + 1,
        KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
        KeyCode::PageDown => at + page,
        KeyCode::PageUp => at.saturating_sub(page),
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => last,
        _ => return None,
    };
    Some(to.min(last))
}
