//! Offers that nobody answers.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::Facts;
use super::finding::{About, Finding, Mend, Told};
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::life::WaitsFor;
use crate::domain::offer::Stage;
use crate::domain::offered::Offered;
use crate::domain::record::OfferKey;
use crate::domain::text::few;
use crate::domain::things::Level;

pub(super) static RULE: Rule = Rule {
    id: "stale-offer",
    title: "Offers without an answer",
    severity: Severity::Low,
    why: "An open link lets somebody in for as long as it waits, and whoever sent it believes that the work has begun.",
    finds: "An invitation, a request or a hand-over that was sent last more than `days` days ago and still waits, or whose time ran out \
            unanswered in the last `expired` days.",
    settings: &[Setting::number("days", "14", "how long one may wait"), Setting::number("expired", "30", "for how long one is told of that ran out")],
    takes: Takes::Nothing,
    check: || Box::new(Stale),
    sentence,
    mend,
};

struct Stale;

impl Check for Stale {
    fn end(self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let days = |name| TimeDelta::days(facts.number(&RULE, name));
        let (sent_by, ended_from) = (facts.now - days("days"), facts.now - days("expired"));
        let is_stale = |it: &Open| match it.stage {
            Stage::Pending => it.sent < sent_by,
            Stage::Expired => ended_from <= it.ends,
            Stage::Accepted | Stage::Declined | Stage::Cancelled => false,
        };
        let stale = all(facts).filter(is_stale);
        stale.map(|it| Finding::new(&RULE, About::Offer(it.key)).since(Some(it.sent))).collect()
    }
}

/// Where an offer stands.
struct Open {
    key: OfferKey,
    stage: Stage,
    sent: DateTime<Utc>,
    ends: DateTime<Utc>,
    /// The verb that sends it once more.
    verb: &'static str,
}

/// All of them.
fn all<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Open> + 'a {
    let (offers, now) = (&facts.rows.offers, facts.now);
    let open = |it: &dyn Offered, stage, ends| {
        Open { key: it.key(), stage, sent: it.offer().sent, ends, verb: it.verb().unwrap_or("request") }
    };
    let invitations = offers.invitations.iter().map(move |it| open(it, it.stage(now), it.ends()));
    let requests = offers.requests.iter().map(move |it| open(it, it.stage(now), it.ends()));
    let handovers = offers.handovers.iter().map(move |it| open(it, it.stage(now), it.ends()));
    invitations.chain(requests).chain(handovers)
}

fn the(told: &Told<'_>) -> Option<Open> {
    let About::Offer(key) = &told.finding.about else { return None };
    all(told.facts).find(|it| it.key == *key)
}

/// What was offered, to whom.
fn words(facts: &Facts<'_>, key: OfferKey) -> String {
    let (offers, site) = (&facts.rows.offers, |id| facts.site(id).map_or("", |it| it.name.as_str()));
    match key {
        OfferKey::Invitation(n) => {
            let Some(it) = offers.invitations.iter().find(|it| it.id.0 == n) else { return String::new() };
            let waiting = offers.waiting.iter().filter(|waits| waits.of == WaitsFor::Invitation(it.id));
            let mut places: Vec<String> = waiting.filter_map(|it| Some(site(it.scope?.site()?).to_owned())).collect();
            places.sort_unstable();
            places.dedup();
            let place = if it.level == Level::Team { "the team".to_owned() } else { few(&places) };
            format!("the invitation of {} to {place}", it.email)
        }
        OfferKey::Request(n) => {
            let Some(it) = offers.requests.iter().find(|it| it.id.0 == n) else { return String::new() };
            let client = facts.rows.contacts.iter().find(|client| client.id == it.contact).map_or("a client", |it| it.name.as_str());
            format!("the request to {client} for {}", it.site_text)
        }
        OfferKey::Handover(n) => {
            let Some(it) = offers.handovers.iter().find(|it| it.id.0 == n) else { return String::new() };
            format!("the hand-over of {} to {}", site(it.site), it.email)
        }
    }
}

fn sentence(told: &Told<'_>) -> String {
    let Some(it) = the(told) else { return String::new() };
    let days = (told.facts.now - it.sent).num_days();
    match it.stage {
        Stage::Pending => format!("{} has waited for an answer for {days} days", words(told.facts, it.key)),
        Stage::Expired | Stage::Accepted | Stage::Declined | Stage::Cancelled => {
            format!("{} ran out without an answer", words(told.facts, it.key))
        }
    }
}

fn mend(told: &Told<'_>) -> Result<Vec<Mend>, String> {
    match the(told) {
        Some(Open { key, stage: Stage::Pending, .. }) => Ok(vec![Mend::Cancel(key)]),
        Some(Open { key, verb, .. }) => {
            Err(format!("its time is over; send it once more, or leave it: rolecall {verb} resend {}", key.number()))
        }
        None => Err("it is gone".to_owned()),
    }
}
