//! The audit beside the screens: made anew after every change, once the keys rest.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::worker::{Desk, Worker};
use crate::domain::policy::Policy;
use crate::facts::Reader;
use crate::query::audit::Findings;
use crate::session::Session;

/// Most findings that are told on the screens: nobody reads more of them one by one.
pub(super) const MAX_TOLD: usize = 2_000;

pub(super) struct Auditor {
    worker: Worker<Findings>,
    /// The data changed since the audit began.
    wanted: bool,
    /// What was found the last time.
    pub(super) findings: Option<Findings>,
}

impl Auditor {
    pub(super) fn new() -> Auditor {
        Auditor { worker: Worker::new("audit"), wanted: true, findings: None }
    }

    /// Nothing is known any more: it was of another instant.
    pub(super) fn forget(&mut self) {
        self.worker = Worker::new("audit");
        (self.findings, self.wanted) = (None, true);
    }

    /// Asks for another one. One that is under way comes to its end, so that there is one however often the data changes.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    pub(super) fn is_pending(&self) -> bool {
        self.worker.is_pending()
    }

    /// Begins where that is wanted and nothing is under way.
    pub(super) fn begin(&mut self, session: &Session, policy: &Policy, now: DateTime<Utc>) -> Result<()> {
        if !self.wanted || self.worker.is_pending() {
            return Ok(());
        }
        self.wanted = false;
        let policy = policy.clone();
        let job = move |db: Reader<'_>, desk: &Desk<'_, Findings>| {
            desk.tell(Findings::of(db, &policy, now, MAX_TOLD)?);
            Ok(())
        };
        self.worker.ask(session, Box::new(job))
    }

    /// Takes what was found; `true` where there is something.
    pub(super) fn collect(&mut self) -> Result<bool> {
        let found = self.worker.answers()?.pop();
        let is_new = found.is_some();
        self.findings = found.or(self.findings.take());
        Ok(is_new)
    }
}
