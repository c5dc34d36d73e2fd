//! How large the workspace is, and when access changes there by itself.
//!
//! Both take a while on a large one, so that they are read beside the screens, anew after
//! every change of the data.

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::worker::{Desk, Worker};
use crate::domain::things::{Person, Site};
use crate::facts::Reader;
use crate::query::{due, rows};
use crate::session::Session;

/// How far what is due is counted.
pub(super) const MAX_DUE: usize = 99;

#[derive(Clone, Copy)]
enum Found {
    Counts {
        sites: usize,
        people: usize,
    },
    /// Ends, reviews and offers that come up soon.
    Due(usize),
    /// When an assignment begins or ends the next time.
    NextTurn(Option<DateTime<Utc>>),
}

pub(super) struct Survey {
    worker: Worker<Found>,
    /// The data changed since they were read.
    wanted: bool,
    /// Sites and people, once they are counted.
    pub(super) counts: Option<(usize, usize)>,
    /// How much comes up soon, up to a bound.
    pub(super) due: usize,
    next_turn: Option<DateTime<Utc>>,
}

impl Survey {
    pub(super) fn new() -> Survey {
        Survey { worker: Worker::new("survey"), wanted: true, counts: None, due: 0, next_turn: None }
    }

    /// Nothing is known any more: it was of another instant.
    pub(super) fn forget(&mut self) {
        *self = Survey::new();
    }

    /// Asks for another at the next look: a frame goes first, and a survey under way is not
    /// given up, so that one comes to its end however often the data changes.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    fn begin(&mut self, session: &Session, now: DateTime<Utc>) -> Result<()> {
        self.wanted = false;
        let job = move |db: Reader<'_>, desk: &Desk<'_, Found>| {
            desk.tell(Found::Counts { sites: db.count::<Site>()?, people: db.count::<Person>()? });
            desk.tell(Found::NextTurn(db.next_turn(now)?));
            desk.tell(Found::Due(due::due(db, &db.policy(None)?, now, now + rows::SOON, MAX_DUE)?.len()));
            Ok(())
        };
        self.worker.ask(session, Box::new(job))
    }

    pub(super) fn is_pending(&self) -> bool {
        self.wanted || self.worker.is_pending()
    }

    /// Takes what was found, and begins anew where that is wanted; `true` where the counts are others than before.
    pub(super) fn collect(&mut self, session: &Session, now: DateTime<Utc>) -> Result<bool> {
        let before = (self.counts, self.due);
        for found in self.worker.answers()? {
            match found {
                Found::Counts { sites, people } => self.counts = Some((sites, people)),
                Found::Due(n) => self.due = n,
                Found::NextTurn(turn) => self.next_turn = turn,
            }
        }
        if self.wanted && !self.worker.is_pending() {
            self.begin(session, now)?;
        }
        Ok((self.counts, self.due) != before)
    }

    /// Whether an assignment began or ended since the survey; told once.
    pub(super) fn has_turned(&mut self, now: DateTime<Utc>) -> bool {
        self.next_turn.take_if(|turn| *turn <= now).is_some()
    }
}
