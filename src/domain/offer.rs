//! What waits for somebody's answer: sent, renewed, answered once, dead after its time.
//!
//! An invitation, an access request and a hand-over are offers. Only the answer is
//! stored; that the time is over follows from the clock, so that no job has to run.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::time;
use super::token::TokenHash;

/// The part that all offers share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub answer: Answer,
    /// When it was sent last: its time runs from here.
    #[serde(with = "time::instant")]
    pub sent: DateTime<Utc>,
    /// How often it was sent.
    pub sendings: u32,
    /// Of the link that was sent last; a request has none, nor has what came back by an undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenHash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub answered: Option<DateTime<Utc>>,
}

super::things::words! {
    /// What was answered, or that it was taken back.
    Answer { None = "none", Accepted = "accepted", Declined = "declined", Cancelled = "cancelled" }
    /// Where an offer stands at an instant.
    Stage { Pending = "pending", Accepted = "accepted", Declined = "declined", Cancelled = "cancelled", Expired = "expired" }
}

impl Offer {
    pub fn new(sent: DateTime<Utc>, token: Option<TokenHash>) -> Offer {
        Offer { answer: Answer::None, sent, sendings: 1, token, answered: None }
    }

    /// The instant from which it can no longer be accepted.
    pub fn ends(&self, life: TimeDelta) -> DateTime<Utc> {
        self.sent.checked_add_signed(life).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    pub fn stage(&self, life: TimeDelta, now: DateTime<Utc>) -> Stage {
        match self.answer {
            Answer::None if now < self.ends(life) => Stage::Pending,
            Answer::None => Stage::Expired,
            Answer::Accepted => Stage::Accepted,
            Answer::Declined => Stage::Declined,
            Answer::Cancelled => Stage::Cancelled,
        }
    }

    /// Sent once more: its time begins anew, and the old link is dead.
    ///
    /// # Errors
    /// The stage, where it was answered or taken back.
    pub fn resent(&self, life: TimeDelta, now: DateTime<Utc>, token: Option<TokenHash>) -> Result<Offer, Stage> {
        match self.stage(life, now) {
            Stage::Pending | Stage::Expired => Ok(Offer { sent: now, sendings: self.sendings + 1, token, ..self.clone() }),
            closed @ (Stage::Accepted | Stage::Declined | Stage::Cancelled) => Err(closed),
        }
    }

    /// Answered, or taken back; once, and only while it is pending.
    ///
    /// # Errors
    /// The stage, where it is not pending.
    pub fn answered(&self, answer: Answer, life: TimeDelta, now: DateTime<Utc>) -> Result<Offer, Stage> {
        match self.stage(life, now) {
            Stage::Pending => Ok(Offer { answer, answered: Some(now), ..self.clone() }),
            over @ (Stage::Accepted | Stage::Declined | Stage::Cancelled | Stage::Expired) => Err(over),
        }
    }
}
