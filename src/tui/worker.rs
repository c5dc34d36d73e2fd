//! Work beside the screens: long answers never hold a key up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::facts::Reader;
use crate::query::sight::Sight;
use crate::session::Session;

/// Reads and answers, once or more often.
pub(super) type Job<A> = Box<dyn FnOnce(Reader<'_>, &Desk<'_, A>) -> Result<()> + Send>;

/// An answer to the job of this number, or that it is over.
type Letter<A> = (u64, Option<Result<A>>);

/// Where a job hands its answers in.
pub(super) struct Desk<'a, A> {
    number: u64,
    newest: &'a AtomicU64,
    outbox: &'a Sender<Letter<A>>,
}

impl<A> Desk<'_, A> {
    /// Whether nobody waits for the answer any more.
    pub(super) fn is_cancelled(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != self.number
    }

    pub(super) fn tell(&self, answer: A) {
        let _ = self.outbox.send((self.number, Some(Ok(answer))));
    }
}

/// One line of work with a thread and a connection of its own, from the first job on.
/// Only the newest job counts.
pub(super) struct Worker<A> {
    name: &'static str,
    thread: Option<Thread<A>>,
    newest: Arc<AtomicU64>,
    pending: bool,
}

struct Thread<A> {
    jobs: Sender<(u64, Sight, Job<A>)>,
    answers: Receiver<Letter<A>>,
    interrupt: Box<dyn Fn()>,
    handle: JoinHandle<()>,
}

impl<A: Send + 'static> Worker<A> {
    pub(super) fn new(name: &'static str) -> Worker<A> {
        Worker { name, thread: None, newest: Arc::default(), pending: false }
    }

    /// Starts a job; whatever was asked before is given up.
    pub(super) fn ask(&mut self, session: &Session, job: Job<A>) -> Result<()> {
        self.cancel();
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => self.start(session)?,
        };
        let number = self.newest.load(Ordering::Relaxed);
        self.pending = self.thread.insert(thread).jobs.send((number, session.sight().clone(), job)).is_ok();
        Ok(())
    }

    fn start(&self, session: &Session) -> Result<Thread<A>> {
        let mut own = session.companion()?;
        let interrupt = Box::new(own.interrupter());
        let (jobs, inbox) = channel::<(u64, Sight, Job<A>)>();
        let (outbox, answers) = channel();
        let newest = Arc::clone(&self.newest);
        let handle = std::thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            for (number, sight, job) in inbox {
                own.see_as(sight);
                let desk = Desk { number, newest: &newest, outbox: &outbox };
                if let Err(error) = own.snapshot(|db| job(db, &desk)) {
                    let _ = outbox.send((number, Some(Err(error))));
                }
                let _ = outbox.send((number, None));
            }
        })?;
        Ok(Thread { jobs, answers, interrupt, handle })
    }

    /// The answers that are there to the newest job.
    pub(super) fn answers(&mut self) -> Result<Vec<A>> {
        let letters = self.thread.iter().flat_map(|it| it.answers.try_iter()).collect();
        self.sort_out(letters)
    }

    /// The same, after the newest job is over, or so long at most.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<Vec<A>> {
        let (newest, end) = (self.newest.load(Ordering::Relaxed), Instant::now() + patience);
        let mut letters = Vec::new();
        if let Some(thread) = self.thread.as_ref().filter(|_| self.pending) {
            loop {
                match thread.answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
                    Ok(letter) => {
                        let is_over = letter.0 == newest && letter.1.is_none();
                        letters.push(letter);
                        if is_over {
                            break;
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => break,
                    // The thread is gone, and nothing more will come.
                    Err(RecvTimeoutError::Disconnected) => {
                        self.pending = false;
                        break;
                    }
                }
            }
        }
        self.sort_out(letters)
    }

    fn sort_out(&mut self, letters: Vec<Letter<A>>) -> Result<Vec<A>> {
        let newest = self.newest.load(Ordering::Relaxed);
        let (over, answers): (Vec<_>, Vec<_>) = letters.into_iter().filter(|it| it.0 == newest).map(|it| it.1).partition(Option::is_none);
        self.pending = self.pending && over.is_empty();
        answers.into_iter().flatten().collect()
    }
}

impl<A> Worker<A> {
    pub(super) fn cancel(&mut self) {
        self.newest.fetch_add(1, Ordering::Relaxed);
        if let Some(thread) = self.thread.as_ref().filter(|_| self.pending) {
            (thread.interrupt)();
        }
        self.pending = false;
    }

    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }
}

/// Ends the thread: its connection must be closed before the app's own, which then folds the
/// write-ahead log into the file.
impl<A> Drop for Worker<A> {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            drop(thread.jobs);
            drop(thread.handle.join());
        }
    }
}
