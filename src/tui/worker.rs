//! Counts what a draft touches, beside the screens: long answers never hold a key up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::domain::change::Change;
use crate::domain::policy::Policy;
use crate::query::impact::{Budget, Impact, impact};
use crate::store::Store;

struct Job {
    number: u64,
    policy: Policy,
    changes: Vec<Change>,
    now: DateTime<Utc>,
}

pub(super) struct Worker {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    answers: Receiver<(u64, Option<Impact>)>,
    /// The newest job: an older one gives up as soon as it notices.
    newest: Arc<AtomicU64>,
    pending: bool,
}

impl Worker {
    /// Starts with a connection of its own.
    pub(super) fn start(store: &Store) -> Result<Worker> {
        let own = store.companion()?;
        let (jobs, inbox) = channel::<Job>();
        let (outbox, answers) = channel();
        let newest = Arc::new(AtomicU64::new(0));
        let current = Arc::clone(&newest);
        let thread = std::thread::Builder::new().name("impact".to_owned()).spawn(move || {
            for job in inbox {
                let cancelled = || current.load(Ordering::Relaxed) != job.number;
                let budget = Budget { pairs: usize::MAX, cancelled: &cancelled };
                let counted = own.snapshot(|db| impact(db, &job.policy, &job.changes, job.now, &budget));
                let answer = counted.ok().and_then(Result::ok);
                if outbox.send((job.number, answer)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Worker { jobs: Some(jobs), thread: Some(thread), answers, newest, pending: false })
    }

    /// Asks for a count; whatever was asked before is given up.
    pub(super) fn ask(&mut self, policy: &Policy, changes: Vec<Change>, now: DateTime<Utc>) {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let job = Job { number, policy: policy.clone(), changes, now };
        self.pending = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
    }

    pub(super) fn cancel(&mut self) {
        self.newest.fetch_add(1, Ordering::Relaxed);
        self.pending = false;
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }

    /// The answer to the newest question, once it is there.
    pub(super) fn answer(&mut self) -> Option<Impact> {
        let newest = self.newest.load(Ordering::Relaxed);
        let found = self.answers.try_iter().filter(|(number, _)| *number == newest).last();
        let (_, impact) = found?;
        self.pending = false;
        impact
    }
}

/// Ends the thread: its connection must be closed before the app's own, which then folds the
/// write-ahead log into the file.
impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
