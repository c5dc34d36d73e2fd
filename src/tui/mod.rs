//! The screens.
//!
//! `act` decides, `load` reads, `draw` paints. A view owns its cursor and nothing else;
//! one place changes the app ([`app`]); drawing takes `&self` and no store, so that it
//! cannot ask the database. What is staged is not written before its review is confirmed.

pub mod action;
pub mod app;
mod clipboard;
mod decoder;
mod drafts;
pub mod keymap;
mod overlays;
mod panes;
mod session;
mod survey;
mod terminal;
mod theme;
mod thrift;
mod view;
mod widgets;
mod worker;

use std::io::Write;
use std::time::SystemTime;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use crate::command;
use crate::facts::Reader;
use crate::session::Session;

/// What the command line says about the look.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The file is the sample agency.
    pub demo: bool,
    pub theme: Option<String>,
    pub ascii: bool,
}

/// The exit code where there is no terminal.
const WRONG_USE: u8 = 2;

/// Runs the screens until the user quits; the answer is the exit code.
///
/// # Errors
/// That the terminal or the file broke.
pub fn run(mut session: Session, options: &Options) -> Result<u8> {
    if let Some(obstacle) = terminal::obstacle() {
        let _ = writeln!(std::io::stderr(), "rolecall: {obstacle}");
        return Ok(WRONG_USE);
    }
    let theme = theme::Theme::choose(options.theme.as_deref(), options.ascii)?;
    let clock = Clock::of(session.store.reader())?;
    session.pass(clock.now());
    let mut app = app::App::new(session, theme, options.demo)?;
    if !options.demo {
        app.recall();
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
