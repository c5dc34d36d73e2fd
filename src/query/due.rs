//! What comes up soon: ends of access, reviews, and offers that run out.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::access::scope_record;
use super::offers;
use crate::domain::ids::{PersonId, ReviewId, SiteId};
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::things::{Assignment, Person};
use crate::domain::time::{self, Zone};
use crate::facts::Reader;

/// One thing that comes up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
    pub kind: Kind,
    /// Whom it is about: an address, or a client's name.
    pub who: String,
    /// Roles, in words.
    pub what: String,
    /// Where, in words.
    pub place: String,
    #[serde(skip)]
    pub about: About,
}

impl Due {
    /// The day on which it happens; of what is to be done by then, the last one.
    pub fn day(&self, zone: Zone) -> String {
        let is_last = self.kind == Kind::End || matches!(self.about, About::Review(_));
        if is_last { zone.show_until(self.at) } else { zone.show_since(self.at) }
    }
}

/// What it is, to go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What somebody holds, on a site or more widely.
    Held(PersonId, Option<SiteId>),
    Review(ReviewId),
    Offer(OfferKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Access ends.
    End,
    /// Somebody should look whether access is still needed, or be done with a review.
    Review,
    Invitation,
    Request,
    Handover,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::End => "end",
            Kind::Review => "review",
            Kind::Invitation => "invitation",
            Kind::Request => "request",
            Kind::Handover => "hand-over",
        }
    }
}

/// What comes up from now until `by`, the soonest first, and reviews that are overdue; `limit` of each kind at most.
pub fn due(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Due>> {
    let mut all = Vec::new();
    for it in db.assignments_ending(now, by, limit)? {
        all.extend(it.until.map(|at| held(db, policy, &it, at, Kind::End)).transpose()?);
    }
    for it in db.assignments_to_review(now, by, limit)? {
        all.extend(it.review_on.map(|at| held(db, policy, &it, at, Kind::Review)).transpose()?);
    }
    for it in db.open_reviews()? {
        let due = it.due.filter(|at| *at <= by);
        let who = it.asked.unwrap_or_default();
        all.extend(due.map(|at| Due { at, kind: Kind::Review, who, what: it.name, place: it.about, about: About::Review(it.id) }));
    }
    for row in offers::ending(db, policy, now, by, limit)? {
        let kind = match row.key {
            OfferKey::Invitation(_) => Kind::Invitation,
            OfferKey::Request(_) => Kind::Request,
            OfferKey::Handover(_) => Kind::Handover,
        };
        let (what, place) = (row.roles.join(", "), row.places.join(", "));
        all.push(Due { at: row.ends, kind, who: row.to, what, place, about: About::Offer(row.key) });
    }
    all.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.who.cmp(&b.who)));
    Ok(all)
}

fn held(db: Reader<'_>, policy: &Policy, it: &Assignment, at: DateTime<Utc>, kind: Kind) -> Result<Due> {
    Ok(Due {
        at,
        kind,
        who: db.the::<Person>(it.person)?.email,
        what: policy.role(it.role).map_or_else(String::new, |held| held.role.name.clone()),
        place: scope_record(db, it.scope)?.to_string(),
        about: About::Held(it.person, it.scope.site()),
    })
}
