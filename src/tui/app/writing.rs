//! Writing out what is on screen, and what was said.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::App;
use crate::exchange::report::{Ending, Report};
use crate::store::files;
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::overlays::write::Write;
use crate::tui::panes::list::Kind;

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

#[cfg(test)]
impl Said {
    pub(super) fn has(&self, words: &str) -> bool {
        self.0.iter().any(|it| it.1.contains(words))
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
        match self.shown() {
            Ok(report) => self.overlays.push(Box::new(Write::new(&report.title))),
            Err(error) => self.broke(&error),
        }
    }

    /// What is on screen: of the window on top, else of the pane in focus.
    fn shown(&mut self) -> Result<Report> {
        let window = self.overlays.last().and_then(|it| it.report());
        window.map_or_else(|| self.panes.all_mut()[self.focus].report(&self.world.env()), Ok)
    }

    /// Asks for the name of the receipt that the next save writes; the one that was given already can be changed.
    pub(super) fn ask_receipt(&mut self) {
        self.overlays.push(Box::new(Write::receipt(self.receipt.as_deref())));
    }

    pub(super) fn note_receipt(&mut self, path: PathBuf) {
        let there = path.exists().then(|| format!("{} is there already: another name", path.display()));
        let fault = Ending::of(&path).err().or_else(|| files::why_no_file(&path, self.world.session.path())).or(there);
        let Some(sentence) = fault else {
            self.overlays.pop();
            self.receipt = Some(path);
            return;
        };
        let stays = self.overlays.last_mut().is_some_and(|it| it.refused(&sentence));
        if !stays {
            self.complain(sentence);
        }
    }

    /// Writes the receipt of the entry that was just saved, where one was asked for; what is to be said of it.
    pub(super) fn write_receipt(&mut self, entry: i64) -> Option<String> {
        let path = self.receipt.take()?;
        let env = self.world.env();
        let report = self.panes.activity.kind.report(&env, entry).and_then(|it| it.context("the entry is not there"));
        let written = report.and_then(|report| {
            let ending = Ending::of(&path).map_err(anyhow::Error::msg)?;
            files::replace(&path, |file| report.write(ending, file))
        });
        Some(match written {
            Ok(()) => format!("; its receipt is in {}", path.display()),
            Err(error) => format!("; its receipt was not written: {error:#}"),
        })
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
        let report = self.shown()?;
        let ending = Ending::of(path).map_err(anyhow::Error::msg)?;
        match files::replace(path, |file| report.write(ending, file)) {
            Ok(()) => self.say(format!("Wrote {} into {}", report.title, path.display())),
            Err(error) => self.complain(format!("nothing was written: {error:#}")),
        }
        Ok(())
    }
}
