//! Invitations that came into other hands than those they were sent to.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use foldhash::fast::RandomState;

use super::facts::Facts;
use super::finding::{About, Finding, Told};
use super::gather::{Gather, Owned, found};
use super::{Check, Rule, Setting, Severity, Takes};
use crate::domain::ids::PersonId;
use crate::domain::life::Invitation;
use crate::domain::looks;
use crate::domain::offer::Stage;
use crate::domain::text::email_key;
use crate::domain::things::{Assignment, Site};

pub(super) static RULE: Rule = Rule {
    id: "other-address",
    title: "Accepted under another address",
    severity: Severity::Medium,
    why: "A link that is passed on lets in whoever has it: the one who got in may not be the one who was meant.",
    finds: "An invitation that was accepted within the last `days` days by somebody with another address than the one it was sent to, \
            while they hold or own anything.",
    settings: &[Setting::number("days", "365", "how far it looks back")],
    takes: Takes::Nothing,
    check: || Box::<Other>::default(),
    sentence: |told| {
        let About::Sent(id, to) = &told.finding.about else { return String::new() };
        let address = looks::told(told.facts.email(*id));
        format!("{} accepted as {address} an invitation that was sent to {}", told.who(), looks::told(to))
    },
    mend,
};

#[derive(Default)]
struct Other {
    who: Option<HashSet<PersonId, RandomState>>,
    live: Gather,
}

impl Check for Other {
    fn held(&mut self, facts: &Facts<'_>, it: &Assignment, _site: Option<&Site>) {
        let who = self.who.get_or_insert_with(|| elsewhere(facts).map(|it| it.1).collect());
        if who.contains(&it.person) && it.is_live(facts.now) {
            self.live.add(facts, it);
        }
    }

    fn end(mut self: Box<Self>, facts: &Facts<'_>) -> Vec<Finding> {
        let sent: BTreeSet<(PersonId, &str)> = elsewhere(facts).map(|(it, person)| (person, it.email.as_str())).collect();
        let owned = Owned::by(facts, |it| sent.iter().any(|sent| sent.0 == it));
        for id in owned.owners() {
            self.live.note(id);
        }
        let live = sent.into_iter().filter_map(|(person, to)| Some((person, to, self.live.get(&person)?)));
        let finding = |(person, to, evidence): (_, &str, &_)| found(&RULE, About::Sent(person, to.to_owned()), Clone::clone(evidence));
        live.map(|it| owned.beside(finding(it))).collect()
    }
}

/// The invitations that somebody with another address accepted not long ago, and who.
fn elsewhere<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'a Invitation, PersonId)> {
    let from = facts.now - TimeDelta::days(facts.number(&RULE, "days"));
    let accepted = facts.rows.offers.invitations.iter().filter(|it| it.stage(facts.now) == Stage::Accepted);
    let recent = accepted.filter(move |it| it.offer.answered.is_some_and(|at| from <= at));
    let others = recent.filter_map(|it| Some((it, it.accepted_by?)));
    others.filter(|(it, person)| email_key(facts.email(*person)) != email_key(&it.email))
}

fn mend(told: &Told<'_>) -> Result<Vec<super::Mend>, String> {
    let (About::Sent(_, to), who) = (&told.finding.about, told.who()) else { return Err(String::new()) };
    Err(format!("somebody has to ask {} whether {who} was meant; `rolecall offboard` takes what they have", looks::told(to)))
}
