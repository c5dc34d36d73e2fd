//! Windows on top of the panes.

pub(super) mod accept;
pub(super) mod begin;
pub(super) mod bulk;
pub(super) mod confirm;
pub(super) mod covering;
pub(super) mod forms;
pub(super) mod handover;
pub(super) mod import;
pub(super) mod instead;
pub(super) mod invite;
pub(super) mod leaving;
pub(super) mod own_access;
pub(super) mod palette;
pub(super) mod question;
pub(super) mod request;
mod would_have;

use super::action::{self, Action, Place, actions};
use super::widgets::scroll::moved;

macro_rules! windows {
    ($($name:ident,)*) => {
        $(pub(super) mod $name;)*

        /// Places of windows: of those that have keys of their own.
        pub(super) const WINDOWS: &[&Place] = &[QUESTION, $($name::PLACE),*];
    };
}

windows! {
    form,
    columns,
    ticked,
    review,
    letters,
    team,
    explain,
    sheet,
    help,
    write,
    day,
    reviews,
    desk,
    due,
}

actions! {
    QUESTION "Questions" "What would follow, before it is done." {
        YES "yes" ["y"] "yes" "Do what is asked";
        NO "no" ["enter", "n"] "back" "Go back: nothing is done";
    }
}

/// Moves the cursor of a list that is searched.
fn found(action: Action, at: usize, n: usize) -> usize {
    let last = n.saturating_sub(1);
    match action {
        action::NEXT_FOUND => (at + 1).min(last),
        action::LAST_FOUND => at.saturating_sub(1),
        _ => moved(action, at, 10, last).unwrap_or(at),
    }
}
