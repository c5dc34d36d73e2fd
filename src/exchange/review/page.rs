//! One item of a review, with what there is to know before one decides.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::policy::Policy;
use crate::domain::review::{Decision, Held, Named, ReviewItem};
use crate::domain::text::few;
use crate::domain::things::Level;
use crate::domain::time::{self, Zone};
use crate::query::impact::Impact;
use crate::query::review::{Look, Narrower, OWNS, Taking, became_words, verdict_words};

/// Everything that stands on the page of an item.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    pub n: u32,
    pub person: String,
    pub name: String,
    pub role: String,
    pub place: String,
    pub level: Option<Level>,
    #[serde(with = "time::instant::option")]
    pub since: Option<DateTime<Utc>>,
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub given_by: Option<String>,
    /// In words.
    pub sensitive: Vec<String>,
    /// That the agency's contacts have them as somebody of former days.
    pub is_former: bool,
    /// What became of it since the review began.
    pub meanwhile: Option<String>,
    /// What anybody would lose and gain if it were taken, in words; nothing where it cannot be taken or counted.
    pub losses: Vec<String>,
    pub gains: Vec<String>,
    /// Who else holds the same there.
    pub others: Vec<String>,
    pub narrower: Vec<Narrower>,
    pub last: Option<Last>,
    pub decision: Option<Decision>,
    #[serde(skip)]
    taken: String,
    #[serde(skip)]
    verdict: String,
}

/// What was decided on it the last time.
#[derive(Clone, Debug, Serialize)]
pub struct Last {
    pub review: String,
    #[serde(flatten)]
    pub decision: Decision,
    #[serde(skip)]
    verdict: String,
}

impl Page {
    pub fn of(policy: &Policy, look: Look) -> Page {
        let Look { item, now, sensitive, is_former, taking, others, narrower, last } = look;
        let ReviewItem { id: _, review: _, number, held, named, sensitive: _, decision } = item;
        let Named { email, name, platform: _, role, place, began, given_by } = *named;
        let (level, until, reason) = match held {
            Held::Role(it) => (Some(it.level), it.until, it.reason),
            Held::Site { .. } => (None, None, None),
        };
        let impact = if let Taking::Known(it) = &taking { Some(it) } else { None };
        let words = |gain: bool| impact.map_or_else(Vec::new, |it| labels(policy, it, gain));
        let (losses, gains) = (words(false), words(true));
        let taken = match (&taking, level) {
            (Taking::Known(it), _) => taken(&losses, &gains, it.sites.len()),
            (Taking::Uncounted, _) => "touches too many people and sites to count here".to_owned(),
            (Taking::Never, None) => "a site is not taken: it goes to whoever says yes to a transfer".to_owned(),
            (Taking::Never, Some(_)) => String::new(),
        };
        Page {
            n: number,
            person: email,
            name,
            role,
            place,
            level,
            since: began,
            until,
            reason,
            given_by,
            sensitive,
            is_former,
            meanwhile: became_words(&now),
            losses,
            gains,
            others,
            narrower,
            last: last.map(|(review, decision)| Last { review, verdict: verdict_words(policy, &decision.verdict), decision }),
            verdict: decision.as_ref().map_or_else(String::new, |it| verdict_words(policy, &it.verdict)),
            decision,
            taken,
        }
    }

    /// The same as lines, each with a word before it; what there is nothing to say of is left out.
    pub fn fields(&self, zone: Zone) -> Vec<(&'static str, String)> {
        let who = if self.name.is_empty() { self.person.clone() } else { format!("{} ({})", self.name, self.person) };
        let level = self.level.map_or_else(String::new, |it| format!(", at {it} level"));
        let some = |name: &'static str, value: Option<String>| value.filter(|it| !it.is_empty()).map(|it| (name, it));
        let list = |names: &[String]| (!names.is_empty()).then(|| few(names));
        let sensitive = if self.level.is_none() { Some(OWNS.to_owned()) } else { list(&self.sensitive) };
        let narrower = self.narrower.iter().map(|it| format!("{} ({}) loses {}", it.name, it.role, few(&it.loses))).collect::<Vec<_>>();
        [
            some("who", Some(who)),
            some("contact", self.is_former.then(|| "former: they left, or the agency left them".to_owned())),
            some("holds", Some(format!("{} ({}{level})", self.role, self.place))),
            some("decided", self.decision.as_ref().map(|it| decided(&self.verdict, it, zone))),
            some("meanwhile", self.meanwhile.clone()),
            some("sensitive", sensitive),
            some("if taken", Some(self.taken.clone())),
            some("narrower", Some(narrower.join("\n"))),
            some("until", self.until.map(|at| zone.show_until(at))),
            some("reason", self.reason.clone()),
            some("since", self.since.map(|at| zone.show_since(at))),
            some("given by", self.given_by.clone()),
            some("others", list(&self.others)),
            some("last", self.last.as_ref().map(|it| format!("{}, in {}", decided(&it.verdict, &it.decision, zone), it.review))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What taking it would come to.
fn taken(losses: &[String], gains: &[String], n_sites: usize) -> String {
    let sites = if n_sites > 1 { format!(", on {n_sites} sites") } else { String::new() };
    match (losses, gains) {
        ([], []) => "nobody would lose or gain anything".to_owned(),
        (losses, []) => format!("loses {}{sites}", few(losses)),
        ([], gains) => format!("gains {}{sites}, since wider roles count again", few(gains)),
        (losses, gains) => format!("loses {}, gains {}{sites}", few(losses), few(gains)),
    }
}

fn decided(verdict: &str, it: &Decision, zone: Zone) -> String {
    let because = it.because.as_ref().map_or_else(String::new, |it| format!(": {it}"));
    format!("{verdict} ({}, {}){because}", it.by, zone.day(it.at))
}

/// Sensitive ones first, as the effects are.
fn labels(policy: &Policy, impact: &Impact, gain: bool) -> Vec<String> {
    let effects = impact.effects.iter().filter(|it| it.gain == gain);
    effects.filter_map(|it| Some(policy.catalog(&it.platform)?.get(it.permission).label.clone())).collect()
}
