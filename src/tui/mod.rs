//! The screens.
//!
//! `act` decides, `load` reads, `draw` paints. A view owns its cursor and nothing else;
//! one place changes the app ([`app`]); drawing takes `&self` and no store, so that it
//! cannot ask the database. What is staged is not written before its review is confirmed.

pub mod action;
pub mod app;
mod audit;
mod clipboard;
pub mod config;
mod crash;
mod decoder;
mod diff;
mod drafts;
mod kept;
pub mod keymap;
mod labor;
mod layout;
mod links;
mod outside;
mod overlays;
mod panes;
mod pen;
mod presenting;
mod session;
mod survey;
mod terminal;
mod theme;
mod view;
mod widgets;
mod worker;

use std::io::Write;
use std::time::SystemTime;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use self::action::Place;
use self::drafts::Left;
use crate::command;
use crate::exchange::plan::Plan;
use crate::facts::Reader;
use crate::session::Session;

/// What the command line says about the look.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Options {
    /// The file is the sample agency.
    pub demo: bool,
    pub theme: Option<String>,
    pub ascii: bool,
    /// The mouse is heard, also where the configuration file does not say so.
    pub mouse: bool,
    /// They open on what is shown to somebody who is not of the agency.
    pub presents: bool,
    /// What is staged when they open, and what it is called.
    pub plan: Option<(String, Plan)>,
    /// The verbs of the command line, which is a room beside this one, as they are typed, and what they do.
    pub verbs: fn() -> Vec<(String, String)>,
}

/// Every place where keys mean something, in the order in which a reader meets them.
pub fn places() -> Vec<&'static Place> {
    use action::{BESIDE, EVERY_PANE, EVERY_WINDOW, EVERYWHERE, LISTS, SEARCHED, SORT_LINE, TABLES, TYPED_FILTER};
    [
        panes::PANES.as_slice(),
        &[LISTS, TABLES, BESIDE, EVERY_PANE, TYPED_FILTER, SORT_LINE],
        overlays::WINDOWS,
        &[presenting::PLACE],
        &[SEARCHED, EVERY_WINDOW, EVERYWHERE],
    ]
    .concat()
}

/// The exit code where there is no terminal.
const WRONG_USE: u8 = 2;

/// Runs the screens until the user quits; the answer is the exit code.
///
/// # Errors
/// That the terminal or the file broke.
pub fn run(mut session: Session, options: Options) -> Result<u8> {
    if let Some(obstacle) = terminal::obstacle() {
        let _ = writeln!(std::io::stderr(), "rolecall: {obstacle}");
        return Ok(WRONG_USE);
    }
    let (mut config, faults) = config::load();
    config.mouse |= options.mouse;
    keymap::bind(config.keys.clone());
    let asked = options.theme.as_deref().or(config.theme.as_deref());
    let colored = |asked| theme::Theme::colored(asked, options.ascii, &config.colors);
    let (theme, grounds) = (colored(asked)?, [colored(Some("dark"))?, colored(Some("light"))?]);
    let clock = Clock::of(session.reader())?;
    session.pass(clock.now());
    let plan = options.plan.map(|(name, plan)| Left { name: Some(name), ..Left::from(plan) });
    let mut app = app::App::new(session, theme, options.demo, plan)?;
    app.verbs = options.verbs;
    app.configure(&config, &faults);
    if theme::asks_ground(asked) {
        app.offer_grounds(grounds);
    }
    if !options.demo {
        app.recall();
    }
    if options.presents {
        app.present()?;
    }
    terminal::run(app, clock)
}

/// What the machine's clock is behind the newest entry, where it counts as that: what has ended stays so.
#[derive(Clone, Copy)]
struct Clock {
    behind: TimeDelta,
}

impl Clock {
    fn of(db: Reader<'_>) -> Result<Clock> {
        let clock = Clock::of_machine();
        Ok(Clock { behind: command::now(db, clock)?.at - clock })
    }

    fn now(self) -> DateTime<Utc> {
        Clock::of_machine() + self.behind
    }

    /// The one place of this room that reads the clock. Not by `Utc::now`, which breaks off where it stands before 1970.
    fn of_machine() -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_line_and_no_key_twice_in_a_place() {
        let entries = || places().into_iter().flat_map(|place| place.entries.iter().map(move |it| (place, it)));
        for (at, (place, entry)) in entries().enumerate() {
            assert_eq!(places().iter().filter(|it| it.title == place.title).count(), 1, "{}", place.title);
            for (other_place, other) in entries().skip(at + 1) {
                assert_ne!(entry.action.id, other.action.id);
                let meet = place == other_place;
                assert!(!meet || !entry.keys.iter().any(|key| other.keys.contains(key)), "{} and {}", entry.action.id, other.action.id);
            }
        }
    }
}
