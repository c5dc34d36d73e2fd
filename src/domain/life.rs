//! How access begins and changes hands: invitations, access requests, hand-overs.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{ContactId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId, WaitingRoleId};
use super::offer::{Offer, Stage};
use super::policy::Policy;
use super::row::{Row, Subject};
use super::text;
use super::things::{Level, Scope};
use super::time;

/// Facts §4.1: an invitation can be accepted for 30 days from its last sending.
pub const INVITATION_LIFE: TimeDelta = TimeDelta::days(30);

/// Facts §4.6: a hand-over can be accepted for 3 days.
pub const HANDOVER_LIFE: TimeDelta = TimeDelta::days(3);

/// Somebody was asked to join, on sites or in the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    /// To whom it was sent; whoever accepts may use another address.
    pub email: String,
    pub level: Level,
    /// Marks the person as the agency's client.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client: bool,
    /// When the access that it brings will end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<PersonId>,
    /// The access request that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    #[serde(flatten)]
    pub offer: Offer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<PersonId>,
}

impl Row for Invitation {
    const NOUN: &'static str = "invitation";

    fn title(&self) -> String {
        format!("{} to {}", self.id.0, self.email)
    }

    fn subjects(&self) -> Vec<Subject> {
        let others = [self.request.map(Subject::from), self.accepted_by.map(Subject::from)];
        [self.id.into()].into_iter().chain(others.into_iter().flatten()).collect()
    }
}

impl Invitation {
    pub fn stage(&self, now: DateTime<Utc>) -> Stage {
        self.offer.stage(INVITATION_LIFE, now)
    }

    pub fn ends(&self) -> DateTime<Utc> {
        self.offer.ends(INVITATION_LIFE)
    }
}

/// The agency asked a client for access to a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    /// The client who was asked.
    pub contact: ContactId,
    /// Which site, in the words of the agency.
    pub site_text: String,
    /// Who is to work there.
    pub person: PersonId,
    /// When the access is to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::instant::option")]
    pub until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<PersonId>,
    /// How many days it waits for an answer.
    pub days: u32,
    #[serde(flatten)]
    pub offer: Offer,
    /// The site that the client chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Whether the client gave more than was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wider: bool,
}

impl Row for Request {
    const NOUN: &'static str = "request";

    fn title(&self) -> String {
        self.id.0.to_string()
    }

    fn subjects(&self) -> Vec<Subject> {
        let named = [self.id.into(), self.contact.into(), self.person.into()];
        named.into_iter().chain(self.site.map(Subject::from)).collect()
    }
}

impl Request {
    pub fn life(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.days))
    }

    pub fn stage(&self, now: DateTime<Utc>) -> Stage {
        self.offer.stage(self.life(), now)
    }

    pub fn ends(&self) -> DateTime<Utc> {
        self.offer.ends(self.life())
    }
}

/// One role that somebody is to get once an invitation is accepted or a request approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRole {
    pub id: WaitingRoleId,
    pub of: WaitsFor,
    pub role: RoleId,
    /// Of a request: `None` until the client has chosen a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What a role of one's own granted at the last sending; a built-in one grants what its catalog says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<BTreeSet<String>>,
}

impl Row for WaitingRole {
    const NOUN: &'static str = "role that waits";

    fn title(&self) -> String {
        self.id.0.to_string()
    }

    fn subjects(&self) -> Vec<Subject> {
        let of = match self.of {
            WaitsFor::Invitation(id) => Subject::from(id),
            WaitsFor::Request(id) => Subject::from(id),
        };
        [of].into_iter().chain(self.scope.and_then(Scope::site).map(Subject::from)).collect()
    }
}

/// What a role has become since it was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    role: String,
    /// What whoever accepts would get and was not told of.
    pub gained: Vec<String>,
    pub lost: Vec<String>,
}

impl Drift {
    /// `None` where the role gives what it gave, or nobody knows what that was.
    pub fn of(policy: &Policy, role: RoleId, offered: Option<&BTreeSet<String>>) -> Option<Drift> {
        let held = policy.role(role)?;
        let catalog = policy.catalog(&held.role.platform)?;
        let was = catalog.close(catalog.set_of(offered?));
        let names = |set| catalog.names(set);
        let (role, gained, lost) = (held.role.name.clone(), names(held.closed - was), names(was - held.closed));
        (!gained.is_empty() || !lost.is_empty()).then_some(Drift { role, gained, lost })
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signed = |sign: char, ids: &[String]| (!ids.is_empty()).then(|| format!("{sign}{}", text::few(ids)));
        let what = [signed('+', &self.gained), signed('-', &self.lost)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        write!(f, "{} has changed since it was offered: {what}", self.role)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    Invitation(InvitationId),
    Request(RequestId),
}

/// A site is to change hands: to another owner, or to the agency as host (R9, R10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    pub id: HandoverId,
    pub site: SiteId,
    pub kind: HandoverKind,
    /// Who is to accept: the new owner, or the client who is to be served.
    pub email: String,
    /// The role that the old owner keeps after a transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<RoleId>,
    /// What that role granted at the last sending, if it is one of the agency's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_offered: Option<BTreeSet<String>>,
    /// Plan, domain and mailboxes go along with a transfer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_plan: bool,
    /// The old owner keeps a copy of the site after a transfer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_copy: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<PersonId>,
    #[serde(flatten)]
    pub offer: Offer,
}

impl Row for Handover {
    const NOUN: &'static str = "hand-over";
    const WORD: &'static str = "handover";

    fn title(&self) -> String {
        format!("{} to {}", self.id.0, self.email)
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![self.id.into(), self.site.into()]
    }
}

impl Handover {
    pub fn stage(&self, now: DateTime<Utc>) -> Stage {
        self.offer.stage(HANDOVER_LIFE, now)
    }

    pub fn ends(&self) -> DateTime<Utc> {
        self.offer.ends(HANDOVER_LIFE)
    }
}

super::things::words! {
    HandoverKind { Transfer = "transfer", Partner = "partner" }
}
