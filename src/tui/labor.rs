//! Long work beside the screens: it says how far it is, and can be stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use anyhow::Result;

use super::view::{Found, Progress, Work};
use crate::domain::change::Change;
use crate::session::Session;

enum Told {
    /// So many of so many; of nobody knows how many where that is none.
    At(usize, usize),
    Over(Box<Result<(Session, Found)>>),
}

/// Work under way, on a thread and connections of its own.
pub(super) struct Labor {
    what: String,
    /// Whether what it leaves in the file is one's own doing.
    pub(super) writes: bool,
    /// As [`Told::At`] says it, where that is counted.
    at: Option<(usize, usize)>,
    told: Receiver<Told>,
    stopped: Arc<AtomicBool>,
    interrupt: Box<dyn Fn() + Send>,
    thread: Option<JoinHandle<()>>,
    /// What was staged when it began, and as of which state of the file.
    pub(super) began: (Vec<Change>, i64),
}

impl Labor {
    pub(super) fn begin(session: &Session, version: i64, work: Work) -> Result<Labor> {
        let mut twin = if work.writes { session.second()? } else { session.twin()? };
        let interrupt = twin.interrupter()?;
        let (outbox, told) = channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let Work { what, writes, run } = work;
        let its = Arc::clone(&stopped);
        let thread = std::thread::Builder::new().name("labor".to_owned()).spawn(move || {
            let tell = |n, of| drop(outbox.send(Told::At(n, of)));
            let progress = Progress { stopped: &its, tell: &tell };
            let found = twin.lay_draft().and_then(|()| run(&mut twin, &progress)).map(|found| (twin, found));
            let _ = outbox.send(Told::Over(Box::new(found)));
        })?;
        let began = (session.draft().changes(), version);
        Ok(Labor { what, writes, at: None, told, stopped, interrupt, thread: Some(thread), began })
    }

    /// How far it is, and what came of it once it is over.
    pub(super) fn look(&mut self) -> Option<Result<(Session, Found)>> {
        while let Ok(told) = self.told.try_recv() {
            match told {
                Told::At(n, of) => self.at = Some((n, of)),
                Told::Over(found) => return Some(*found),
            }
        }
        None
    }

    /// Where it is, in words.
    pub(super) fn words(&self) -> String {
        match self.at {
            Some((n, 0)) => format!("{}: {n}", self.what),
            Some((n, of)) => format!("{}: {n} of {of}", self.what),
            None => self.what.clone(),
        }
    }
}

/// Ends the thread: its connections must be closed before the app's own.
impl Drop for Labor {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // One reading may begin just now: each is ended until the thread is.
            while !thread.is_finished() {
                (self.interrupt)();
                std::thread::yield_now();
            }
            drop(thread.join());
        }
    }
}
