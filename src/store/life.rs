//! Invitations, access requests, hand-overs, and the roles that wait for their answers.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};

use super::Reader;
use super::sql_types::{Json, Micros, instant, scope_columns, scope_of};
use super::table::table;
use crate::domain::ids::{ContactId, FolderId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{HANDOVER_LIFE, Handover, INVITATION_LIFE, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Offer};
use crate::domain::record::OfferKey;
use crate::domain::text::email_key;
use crate::domain::token::TokenHash;

fn offer(answer: Answer, Micros(sent): Micros, sendings: u32, token: Option<TokenHash>, answered: Option<Micros>) -> Offer {
    Offer { answer, sent, sendings, token, answered: instant(answered) }
}

fn list(column: Option<Json<BTreeSet<String>>>) -> Option<BTreeSet<String>> {
    column.map(Json::inside)
}

fn waits_for(invitation: Option<InvitationId>, request: Option<RequestId>) -> rusqlite::Result<WaitsFor> {
    let of = invitation.map(WaitsFor::Invitation).or(request.map(WaitsFor::Request));
    of.ok_or_else(|| rusqlite::Error::InvalidColumnType(2, "request".to_owned(), rusqlite::types::Type::Null))
}

/// The two columns of what a role waits for: invitation, request.
fn waits_columns(of: WaitsFor) -> (Option<InvitationId>, Option<RequestId>) {
    match of {
        WaitsFor::Invitation(id) => (Some(id), None),
        WaitsFor::Request(id) => (None, Some(id)),
    }
}

table! {
    Invitation in "invitation", it:
    id, email, level, client, until = it.until.map(Micros), note, invited_by, request,
    answer = it.offer.answer, sent = Micros(it.offer.sent), sendings = it.offer.sendings, token = it.offer.token,
    answered = it.offer.answered.map(Micros), accepted_by;
    email_key = email_key(&it.email)
    => Invitation {
        id, email, level, client, until: instant(until), note, invited_by, request,
        offer: offer(answer, sent, sendings, token, answered), accepted_by,
    }
}

table! {
    Request in "request", it:
    id, contact, site_text, person, until = it.until.map(Micros), message, asked_by, days,
    answer = it.offer.answer, sent = Micros(it.offer.sent), sendings = it.offer.sendings,
    answered = it.offer.answered.map(Micros), site, wider
    => Request {
        id, contact, site_text, person, until: instant(until), message, asked_by, days,
        offer: offer(answer, sent, sendings, None, answered), site, wider,
    }
}

table! {
    WaitingRole in "waiting_role", it:
    id, invitation = waits_columns(it.of).0, request = waits_columns(it.of).1, role, placed = it.scope.is_some(),
    folder = it.scope.and_then(|it| scope_columns(it).0), site = it.scope.and_then(|it| scope_columns(it).1),
    offered = it.offered.as_ref().map(Json)
    => WaitingRole {
        id, of: waits_for(invitation, request)?, role, scope: Some(scope_of(folder, site)).filter(|_| placed), offered: list(offered),
    }
}

table! {
    Handover in "handover", it:
    id, site, kind, email, keep, keep_offered = it.keep_offered.as_ref().map(Json), with_plan, with_copy, asked_by,
    answer = it.offer.answer, sent = Micros(it.offer.sent), sendings = it.offer.sendings, token = it.offer.token,
    answered = it.offer.answered.map(Micros);
    email_key = email_key(&it.email)
    => Handover {
        id, site, kind, email, keep, keep_offered: list(keep_offered), with_plan, with_copy, asked_by,
        offer: offer(answer, sent, sendings, token, answered),
    }
}

/// Which offers a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Those that were not answered, whether their time is over or not.
    Unanswered,
    All,
}

impl Open {
    fn condition(self) -> &'static str {
        match self {
            Open::Unanswered => "answer = 'none' AND",
            Open::All => "",
        }
    }
}

impl Reader<'_> {
    /// What waits, or waited, for an answer under this key.
    pub fn offer(self, key: OfferKey) -> Result<Option<Offer>> {
        Ok(match key {
            OfferKey::Invitation(id) => self.find::<Invitation>(InvitationId(id))?.map(|it| it.offer),
            OfferKey::Request(id) => self.find::<Request>(RequestId(id))?.map(|it| it.offer),
            OfferKey::Handover(id) => self.find::<Handover>(HandoverId(id))?.map(|it| it.offer),
        })
    }

    /// The roles that an invitation or a request would bring.
    pub fn waiting_roles(self, of: WaitsFor) -> Result<Vec<WaitingRole>> {
        match of {
            WaitsFor::Invitation(id) => self.many("WHERE invitation = ?1 ORDER BY id", [id]),
            WaitsFor::Request(id) => self.many("WHERE request = ?1 ORDER BY id", [id]),
        }
    }

    pub fn waiting_with(self, role: RoleId) -> Result<Vec<WaitingRole>> {
        self.many("WHERE role = ?1 ORDER BY id", [role])
    }

    pub fn waiting_on(self, site: SiteId) -> Result<Vec<WaitingRole>> {
        self.many("WHERE site = ?1 ORDER BY id", [site])
    }

    pub fn waiting_in(self, folder: FolderId) -> Result<Vec<WaitingRole>> {
        self.many("WHERE folder = ?1 ORDER BY id", [folder])
    }

    /// The invitation whose link has this token, or had it last.
    pub fn invitation_by_token(self, token: TokenHash) -> Result<Option<Invitation>> {
        self.one("WHERE token = ?1", [token])
    }

    /// The hand-over whose link has this token, or had it last.
    pub fn handover_by_token(self, token: TokenHash) -> Result<Option<Handover>> {
        self.one("WHERE token = ?1", [token])
    }

    /// Invitations to one address, the newest first.
    pub fn invitations_to(self, email: &str, open: Open) -> Result<Vec<Invitation>> {
        let sql = format!("WHERE {} email_key = ?1 ORDER BY id DESC", open.condition());
        self.many(&sql, [email_key(email)])
    }

    /// Invitations that offer a role on this site itself, the newest first.
    pub fn invitations_on(self, site: SiteId, open: Open) -> Result<Vec<Invitation>> {
        let sql = format!("WHERE {} id IN (SELECT invitation FROM waiting_role WHERE site = ?1) ORDER BY id DESC", open.condition());
        self.many(&sql, [site])
    }

    /// Invitations of the team that were not answered, the newest first.
    pub fn team_invitations_open(self) -> Result<Vec<Invitation>> {
        self.many("WHERE answer = 'none' AND level = 'team' ORDER BY id DESC", [])
    }

    /// Invitations before this number, the newest first, `limit` at most.
    pub fn invitations_before(self, before: InvitationId, open: Open, limit: usize) -> Result<Vec<Invitation>> {
        self.many(&format!("WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    pub fn invitations_sent_by(self, person: PersonId) -> Result<Vec<Invitation>> {
        self.many("WHERE invited_by = ?1 ORDER BY id", [person])
    }

    pub fn invitations_accepted_by(self, person: PersonId) -> Result<Vec<Invitation>> {
        self.many("WHERE accepted_by = ?1 ORDER BY id", [person])
    }

    pub fn invitations_for(self, request: RequestId) -> Result<Vec<Invitation>> {
        self.many("WHERE request = ?1 ORDER BY id", [request])
    }

    /// Requests before this number, the newest first, `limit` at most.
    pub fn requests_before(self, before: RequestId, open: Open, limit: usize) -> Result<Vec<Request>> {
        self.many(&format!("WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    pub fn requests_to(self, contact: ContactId) -> Result<Vec<Request>> {
        self.many("WHERE contact = ?1 ORDER BY id DESC", [contact])
    }

    pub fn requests_about(self, site: SiteId) -> Result<Vec<Request>> {
        self.many("WHERE site = ?1 ORDER BY id DESC", [site])
    }

    /// Requests in which this person is to work, or which they sent.
    pub fn requests_of(self, person: PersonId) -> Result<Vec<Request>> {
        self.many("WHERE person = ?1 OR asked_by = ?1 ORDER BY id DESC", [person])
    }

    /// Hand-overs before this number, the newest first, `limit` at most.
    pub fn handovers_before(self, before: HandoverId, open: Open, limit: usize) -> Result<Vec<Handover>> {
        self.many(&format!("WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    /// Hand-overs of a site, the newest first.
    pub fn handovers_on(self, site: SiteId, open: Open) -> Result<Vec<Handover>> {
        self.many(&format!("WHERE {} site = ?1 ORDER BY id DESC", open.condition()), [site])
    }

    pub fn handovers_to(self, email: &str, open: Open) -> Result<Vec<Handover>> {
        let sql = format!("WHERE {} email_key = ?1 ORDER BY id DESC", open.condition());
        self.many(&sql, [email_key(email)])
    }

    pub fn handovers_keeping(self, role: RoleId) -> Result<Vec<Handover>> {
        self.many("WHERE keep = ?1 ORDER BY id", [role])
    }

    pub fn handovers_asked_by(self, person: PersonId) -> Result<Vec<Handover>> {
        self.many("WHERE asked_by = ?1 ORDER BY id", [person])
    }

    /// Invitations without an answer that end after one instant and no later than another, the first to end first,
    /// `limit` at most.
    pub fn invitations_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Invitation>> {
        let sql = format!("WHERE answer = 'none' AND sent > ?1 AND sent <= ?2 ORDER BY sent, id LIMIT {limit}");
        self.many(&sql, (sent_for(after, INVITATION_LIFE), sent_for(by, INVITATION_LIFE)))
    }

    /// The same of requests, each of which waits as long as it says.
    pub fn requests_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Request>> {
        let sql = format!(
            "WHERE answer = 'none' AND sent + days * 86400000000 > ?1 AND sent + days * 86400000000 <= ?2
             ORDER BY sent + days * 86400000000, id LIMIT {limit}"
        );
        self.many(&sql, (Micros(after), Micros(by)))
    }

    /// The same of hand-overs.
    pub fn handovers_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Handover>> {
        let sql = format!("WHERE answer = 'none' AND sent > ?1 AND sent <= ?2 ORDER BY sent, id LIMIT {limit}");
        self.many(&sql, (sent_for(after, HANDOVER_LIFE), sent_for(by, HANDOVER_LIFE)))
    }

    /// How many invitations, requests and hand-overs wait for an answer.
    pub fn n_pending(self, now: DateTime<Utc>) -> Result<[usize; 3]> {
        let count = |sql: &str, after: Micros| -> Result<usize> {
            let n: i64 = self.conn.prepare_cached(sql)?.query_row([after], |row| row.get(0))?;
            Ok(usize::try_from(n)?)
        };
        Ok([
            count("SELECT count(*) FROM invitation WHERE answer = 'none' AND sent > ?1", sent_for(now, INVITATION_LIFE))?,
            count("SELECT count(*) FROM request WHERE answer = 'none' AND sent + days * 86400000000 > ?1", Micros(now))?,
            count("SELECT count(*) FROM handover WHERE answer = 'none' AND sent > ?1", sent_for(now, HANDOVER_LIFE))?,
        ])
    }
}

/// When an offer that ends at this instant was sent.
fn sent_for(end: DateTime<Utc>, life: TimeDelta) -> Micros {
    Micros(end.checked_sub_signed(life).unwrap_or(DateTime::<Utc>::MIN_UTC))
}
