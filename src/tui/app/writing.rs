//! Writing out what is on screen, and what was said.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::App;
use crate::exchange::report::Ending;
use crate::store::files;
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::overlays::write::Write;

/// How many sentences are kept.
const MAX_SAID: usize = 200;

/// What was said in the status line, the last last.
#[derive(Default)]
pub(super) struct Said(VecDeque<(DateTime<Utc>, String)>);

impl Said {
    pub(super) fn keep(&mut self, at: DateTime<Utc>, words: &str) {
        self.0.push_back((at, words.to_owned()));
        if self.0.len() > MAX_SAID {
            self.0.pop_front();
        }
    }
}

impl App {
    pub(super) fn show_messages(&mut self) {
        let mut page = Sheet::new(format!("Messages, the last {MAX_SAID}"));
        for (at, words) in self.said.0.iter().rev() {
            page.say(Tone::Text, format!("{}  {words}", self.world.policy.zone.minute(*at)));
        }
        self.overlays.push(Box::new(page));
    }

    /// Asks for the name of the file.
    pub(super) fn ask_where(&mut self) {
        let report = self.panes.all_mut()[self.focus].report(&self.world.env());
        match report {
            Ok(report) => self.overlays.push(Box::new(Write::new(&report.title))),
            Err(error) => self.broke(&error),
        }
    }

    /// Writes what the pane in focus shows; over what is there only where somebody said yes to that.
    pub(super) fn write(&mut self, path: &Path, over: bool) -> Result<()> {
        let fault = Ending::of(path).err().or_else(|| files::why_no_file(path, self.world.session.path()));
        if let Some(sentence) = fault {
            let stays = self.overlays.last_mut().is_some_and(|it| it.refused(&sentence));
            if !stays {
                self.complain(sentence);
            }
            return Ok(());
        }
        self.overlays.pop();
        if !over && path.exists() {
            self.overlays.push(Box::new(Write::over(path)));
            return Ok(());
        }
        let report = self.panes.all_mut()[self.focus].report(&self.world.env())?;
        let ending = Ending::of(path).map_err(anyhow::Error::msg)?;
        match files::replace(path, |file| report.write(ending, file)) {
            Ok(()) => self.say(format!("Wrote {} into {}", report.title, path.display())),
            Err(error) => self.complain(format!("nothing was written: {error:#}")),
        }
        Ok(())
    }
}
