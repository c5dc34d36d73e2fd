//! Addresses on the screen that a terminal can open, where it is known to take them for nothing else.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::domain::text;

/// Longest address that is one.
const MAX_ADDRESS: usize = 2_000;

/// Where it stands, in one row, and where it leads.
pub(super) type Link = (Rect, String);

/// The links of the frame that is drawn: who paints puts them down, who writes to the terminal reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(Rc<RefCell<Vec<Link>>>);

impl Links {
    pub(super) fn set(&self, links: Vec<Link>) {
        *self.0.borrow_mut() = links;
    }

    pub(super) fn now(&self) -> Vec<Link> {
        self.0.borrow().clone()
    }
}

/// The link at a place.
pub(super) fn at(links: &[Link], (x, y): (u16, u16)) -> Option<&str> {
    links.iter().find(|it| it.0.contains(Position::new(x, y))).map(|it| it.1.as_str())
}

/// The places of links that came or went: what stands there is written anew, or it would lead where it led before.
pub(super) fn moved(before: &[Link], after: &[Link]) -> BTreeSet<(u16, u16)> {
    let only = |these: &[Link], those: &[Link]| these.iter().filter(|it| !those.contains(it)).map(|it| it.0).collect::<Vec<_>>();
    let all = only(before, after).into_iter().chain(only(after, before));
    all.flat_map(|it| it.positions().map(|it| (it.x, it.y))).collect()
}

/// The addresses in a line that is painted from this place on, and is so wide.
pub(super) fn of_line(line: &Line<'_>, from: Position, width: u16) -> Vec<Link> {
    let (mut x, mut found) = (from.x, Vec::new());
    for span in &line.spans {
        let wide = u16::try_from(text::width(&span.content)).unwrap_or(u16::MAX);
        let room = (from.x + width).saturating_sub(x);
        if is_address(&span.content) && room > 0 {
            found.push((Rect { x, y: from.y, width: wide.min(room), height: 1 }, span.content.to_string()));
        }
        x = x.saturating_add(wide);
    }
    found
}

/// Whether it is an address and nothing else: no letter of it says anything to a terminal.
fn is_address(words: &str) -> bool {
    let is_web = words.starts_with("https://") || words.starts_with("http://");
    is_web && words.len() <= MAX_ADDRESS && words.bytes().all(|it| it.is_ascii_graphic())
}

/// Whether the terminal is one that is known to open links, or to leave them alone. Behind another program nobody knows.
pub(super) fn are_known(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str| variable(name).is_some_and(|it| !it.is_empty());
    if is("TMUX") || is("STY") {
        return false;
    }
    let term = variable("TERM").unwrap_or_default();
    let vte = variable("VTE_VERSION").and_then(|it| it.parse::<u32>().ok()).is_some_and(|it| it >= 5_000);
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    vte || is("WT_SESSION")
        || is("KONSOLE_VERSION")
        || ["iTerm.app", "WezTerm", "vscode", "ghostty"].contains(&program.as_str())
        || ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm"].iter().any(|it| term.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_link_where_it_stands_and_what_says_something_to_a_terminal_is_none() {
        let line = Line::from(vec!["address   ".into(), "https://acme.example/shop?a=1".into()]);
        let found = of_line(&line, Position::new(50, 7), 30);
        assert_eq!(found, [(Rect::new(60, 7, 20, 1), "https://acme.example/shop?a=1".to_owned())]);
        for words in ["https://acme.example/\u{1b}]8;;", "ftp://acme.example", "see https://acme.example", "https://acm\u{e9}.example"] {
            assert!(of_line(&Line::from(words.to_owned()), Position::ORIGIN, 80).is_empty(), "{words}");
        }
    }

    #[test]
    fn links_are_told_to_terminals_that_are_known_alone() {
        let known = |all: &[(&str, &str)]| are_known(|name| all.iter().find(|it| it.0 == name).map(|it| it.1.to_owned()));
        assert!(known(&[("TERM", "xterm-kitty")]) && known(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7402")]));
        assert!(!known(&[("TERM", "xterm-256color")]) && !known(&[("TERM", "xterm"), ("VTE_VERSION", "4601")]));
        assert!(!known(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux"), ("VTE_VERSION", "7402")]));
    }
}
