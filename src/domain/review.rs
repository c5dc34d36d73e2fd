//! Reviews: people decide, item by item, what stays.
//!
//! A review freezes what is held when it begins. An item keeps the names of then, so that it is evidence also when whom or
//! what it names is gone, and the numbers by which what it is about is found, whatever it is called now.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::access::{self, Ground, any_site, with_everything};
use super::ids::{PersonId, ReviewId, ReviewItemId, SiteId};
use super::perm_set::PermSet;
use super::policy::Policy;
use super::record::AssignmentKey;
use super::row::{Row, Subject};
use super::things::{Assignment, Site};
use super::time;

/// How many items a review may have: more than that nobody looks at one by one.
pub const MOST_ITEMS: usize = 10_000;

/// After how many days what is kept is looked at again, where no other day is named.
pub const NEXT_LOOK: i64 = 180;

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: ReviewId,
    pub name: String,
    /// What it looks at, in words.
    pub about: String,
    /// By when it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    pub due: Option<DateTime<Utc>>,
    /// Who is asked to do it, by address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    #[serde(with = "time::instant")]
    pub started: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    pub finished: Option<DateTime<Utc>>,
}

impl Row for Review {
    const NOUN: &'static str = "review";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into()]
    }
}

/// One thing that is decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewItem {
    pub id: ReviewItemId,
    pub review: ReviewId,
    /// Its place in the review, from 1: the riskiest first.
    pub number: u32,
    pub held: Held,
    pub named: Box<Named>,
    /// What of it is sensitive, by the permissions' ids.
    pub sensitive: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl ReviewItem {
    /// Whether it is kept alone and for a reason: what somebody was given that is sensitive. Whose a site is, nobody here
    /// gave, and nobody here takes.
    pub fn asks_why(&self) -> bool {
        !self.sensitive.is_empty() && matches!(self.held, Held::Role(_))
    }
}

impl Row for ReviewItem {
    const NOUN: &'static str = "review item";

    fn title(&self) -> String {
        self.number.to_string()
    }

    fn subjects(&self) -> Vec<Subject> {
        let site = self.held.site().map(Subject::from);
        [Subject::from(self.review), self.held.person().into()].into_iter().chain(site).collect()
    }
}

/// What somebody holds, as it was when the review began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    Role(Assignment),
    /// A site of their own.
    Site {
        site: SiteId,
        owner: PersonId,
    },
}

impl Held {
    pub fn person(&self) -> PersonId {
        match self {
            Held::Role(it) => it.person,
            Held::Site { owner, .. } => *owner,
        }
    }

    /// The one site that it is about.
    pub fn site(&self) -> Option<SiteId> {
        match self {
            Held::Role(it) => it.scope.site(),
            Held::Site { site, .. } => Some(*site),
        }
    }
}

/// The same in the names of then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub email: String,
    pub name: String,
    pub platform: String,
    /// The role's name; of a site of their own, that they own it.
    pub role: String,
    /// Where: `site acme`.
    pub place: String,
    /// When it began: by itself, or by the entry that made it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    pub began: Option<DateTime<Utc>>,
    /// Who gave it, by address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
}

impl Named {
    /// Their name, or their address.
    pub fn who(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// What somebody decided, when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// By address.
    pub by: String,
    #[serde(with = "time::instant")]
    pub at: DateTime<Utc>,
}

/// Which review is over, and what was decided when that was worked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    pub review: String,
    /// As [`digest`] has it; the first entries of journals had none.
    #[serde(default)]
    pub decided: Option<String>,
}

/// Where nothing is said of what was decided it is the review's name alone, for serde's `with`.
pub mod finish {
    use serde::{Deserializer, Serialize, Serializer};

    use super::{Either, Finish};

    pub fn serialize<S: Serializer>(it: &Finish, serializer: S) -> Result<S::Ok, S::Error> {
        if it.decided.is_some() { it.serialize(serializer) } else { serializer.serialize_str(&it.review) }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Finish, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Finish;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a review and what was decided in it")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Finish, E> {
        Ok(Finish { review: name.to_owned(), decided: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Finish, A::Error> {
        Finish::deserialize(MapAccessDeserializer::new(map))
    }
}

/// What is decided on all of a review's items, in short: where anything is decided otherwise it is another one.
pub fn digest(items: &[ReviewItem]) -> String {
    let mut all = Sha256::new();
    for it in items {
        // Of numbers and texts alone, which can always be written down.
        all.update(serde_json::to_vec(&(it.number, &it.decision)).unwrap_or_default());
    }
    let all = all.finalize();
    format!("{:016x}", u64::from_be_bytes(std::array::from_fn(|at| all[at])))
}

/// What becomes of something that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It stays, until somebody looks again then.
    Keep(#[serde(with = "time::instant")] DateTime<Utc>),
    /// This role, by its key, in its place.
    Narrow(String),
    End(#[serde(with = "time::instant")] DateTime<Utc>),
    Take,
}

impl Verdict {
    pub const WORDS: [&str; 4] = ["keep", "narrow", "end", "take"];

    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Keep(_) => Verdict::WORDS[0],
            Verdict::Narrow(_) => Verdict::WORDS[1],
            Verdict::End(_) => Verdict::WORDS[2],
            Verdict::Take => Verdict::WORDS[3],
        }
    }

    /// What becomes of it, in a few words.
    pub fn words(&self, zone: time::Zone) -> String {
        match self {
            Verdict::Keep(at) => format!("keep, look again on {}", zone.day(*at)),
            Verdict::Narrow(role) => format!("{role} in its place"),
            Verdict::End(at) => format!("end {}", zone.show_until(*at)),
            Verdict::Take => "take".to_owned(),
        }
    }
}

/// What a review is about to be, as its command says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRecord {
    pub name: String,
    pub about: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::instant::option")]
    pub due: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// In the order in which they are looked at.
    pub items: Vec<ItemKey>,
}

/// Something to decide on, by names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKey {
    Role(AssignmentKey),
    /// That somebody owns this site.
    Site(String),
}

/// The sensitive rights that a role alone gives where it is given: on its one site by the apps there, else with every app.
pub fn sensitive(policy: &Policy, it: &Assignment, site: Option<&Site>) -> PermSet {
    let ground = policy.role(it.role).and_then(|held| policy.catalog(&held.role.platform)).and_then(|catalog| {
        let wide = || with_everything(catalog, any_site(policy, catalog, None));
        Ground::new(policy, &site.cloned().unwrap_or_else(wide))
    });
    ground.map_or(PermSet::EMPTY, |it_is| {
        let gives = it_is.gives(policy, it.role, it.level);
        gives.iter().filter(|id| it_is.catalog.get(*id).is_sensitive()).collect()
    })
}

/// The sensitive rights that owning a site gives.
pub fn sensitive_owned(policy: &Policy, site: &Site) -> PermSet {
    Ground::new(policy, site).map_or(PermSet::EMPTY, |it| {
        let all = it.effective(site.owner, &access::Held::default());
        all.iter().filter(|id| it.catalog.get(*id).is_sensitive()).collect()
    })
}

/// How long people took, by when they decided: the middle one of the pauses between two decisions of one person. Pauses in
/// which they did something else, and decisions that were made together, do not count. In seconds.
pub fn pace<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Option<i64> {
    let mut all: Vec<(&str, DateTime<Utc>)> = decisions.map(|it| (it.by.as_str(), it.at)).collect();
    all.sort_unstable();
    let pauses = all.windows(2).filter(|it| it[0].0 == it[1].0).map(|it| (it[1].1 - it[0].1).num_seconds());
    let mut pauses: Vec<i64> = pauses.filter(|it| (1..AWAY).contains(it)).collect();
    pauses.sort_unstable();
    pauses.get(pauses.len() / 2).copied()
}

/// Who decided nothing for so many seconds did something else.
const AWAY: i64 = 30 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(by: &str, seconds: i64) -> Decision {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        Decision { verdict: Verdict::Take, because: None, by: by.to_owned(), at }
    }

    #[test]
    fn the_pace_is_that_of_one_person_at_work() {
        let check = |decisions: &[Decision], seconds: Option<i64>| assert_eq!(pace(decisions.iter()), seconds);
        check(&[], None);
        check(&[at("a", 0)], None);
        check(&[at("a", 0), at("b", 7)], None);
        check(&[at("a", 0), at("a", 7), at("a", 10_000), at("a", 10_009)], Some(9));
        // Decided together.
        check(&[at("a", 0), at("a", 0), at("a", 20)], Some(20));
    }
}
