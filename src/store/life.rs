//! Invitations, access requests, hand-overs, and the roles that wait for their answers.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, ToSql};

use super::Reader;
use super::sql_types::{Json, Micros, scope_columns, scope_of};
use super::table::Table;
use crate::domain::ids::{ContactId, FolderId, HandoverId, InvitationId, PersonId, RequestId, RoleId, SiteId};
use crate::domain::life::{HANDOVER_LIFE, Handover, INVITATION_LIFE, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::Offer;
use crate::domain::record::OfferKey;
use crate::domain::text::email_key;
use crate::domain::token::TokenHash;

fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<Micros>>(column)?.map(|it| it.0))
}

fn offered(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<BTreeSet<String>>> {
    Ok(row.get::<_, Option<Json<BTreeSet<String>>>>(column)?.map(|it| it.0))
}

fn offer(row: &Row<'_>, token: Option<TokenHash>) -> rusqlite::Result<Offer> {
    Ok(Offer {
        answer: row.get("answer")?,
        sent: row.get::<_, Micros>("sent")?.0,
        sendings: row.get("sendings")?,
        token,
        answered: instant(row, "answered")?,
    })
}

impl Table for Invitation {
    const NOUN: &'static str = "invitation";
    const FIND: &'static str = "SELECT * FROM invitation WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO invitation (id, email, email_key, level, client, until, note, invited_by, request,
         answer, sent, sendings, token, answered, accepted_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    const UPDATE: &'static str = "UPDATE invitation SET email = ?2, email_key = ?3, level = ?4, client = ?5, until = ?6, note = ?7,
         invited_by = ?8, request = ?9, answer = ?10, sent = ?11, sendings = ?12, token = ?13, answered = ?14, accepted_by = ?15 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM invitation WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Invitation> {
        Ok(Invitation {
            id: row.get("id")?,
            email: row.get("email")?,
            level: row.get("level")?,
            client: row.get("client")?,
            until: instant(row, "until")?,
            note: row.get("note")?,
            invited_by: row.get("invited_by")?,
            request: row.get("request")?,
            offer: offer(row, row.get("token")?)?,
            accepted_by: row.get("accepted_by")?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let (until, sent, answered) = (self.until.map(Micros), Micros(self.offer.sent), self.offer.answered.map(Micros));
        write(&[
            &self.id,
            &self.email,
            &email_key(&self.email),
            &self.level,
            &self.client,
            &until,
            &self.note,
            &self.invited_by,
            &self.request,
            &self.offer.answer,
            &sent,
            &self.offer.sendings,
            &self.offer.token,
            &answered,
            &self.accepted_by,
        ])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for Request {
    const NOUN: &'static str = "request";
    const FIND: &'static str = "SELECT * FROM request WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO request (id, contact, site_text, person, until, message, asked_by, days,
         answer, sent, sendings, answered, site, wider) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    const UPDATE: &'static str = "UPDATE request SET contact = ?2, site_text = ?3, person = ?4, until = ?5, message = ?6, asked_by = ?7,
         days = ?8, answer = ?9, sent = ?10, sendings = ?11, answered = ?12, site = ?13, wider = ?14 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM request WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
        Ok(Request {
            id: row.get("id")?,
            contact: row.get("contact")?,
            site_text: row.get("site_text")?,
            person: row.get("person")?,
            until: instant(row, "until")?,
            message: row.get("message")?,
            asked_by: row.get("asked_by")?,
            days: row.get("days")?,
            offer: offer(row, None)?,
            site: row.get("site")?,
            wider: row.get("wider")?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let (until, sent, answered) = (self.until.map(Micros), Micros(self.offer.sent), self.offer.answered.map(Micros));
        write(&[
            &self.id,
            &self.contact,
            &self.site_text,
            &self.person,
            &until,
            &self.message,
            &self.asked_by,
            &self.days,
            &self.offer.answer,
            &sent,
            &self.offer.sendings,
            &answered,
            &self.site,
            &self.wider,
        ])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for WaitingRole {
    const NOUN: &'static str = "role that waits";
    const FIND: &'static str = "SELECT * FROM waiting_role WHERE id = ?1";
    const INSERT: &'static str =
        "INSERT INTO waiting_role (id, invitation, request, role, placed, folder, site, offered) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    const UPDATE: &'static str =
        "UPDATE waiting_role SET invitation = ?2, request = ?3, role = ?4, placed = ?5, folder = ?6, site = ?7, offered = ?8 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM waiting_role WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<WaitingRole> {
        let placed: bool = row.get("placed")?;
        let of = match row.get("invitation")? {
            Some(id) => WaitsFor::Invitation(id),
            None => WaitsFor::Request(row.get("request")?),
        };
        let scope = scope_of(row.get("folder")?, row.get("site")?);
        Ok(WaitingRole {
            id: row.get("id")?,
            of,
            role: row.get("role")?,
            scope: placed.then_some(scope),
            offered: offered(row, "offered")?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let (invitation, request) = match self.of {
            WaitsFor::Invitation(id) => (Some(id), None),
            WaitsFor::Request(id) => (None, Some(id)),
        };
        let (folder, site) = self.scope.map_or((None, None), scope_columns);
        let offered = self.offered.as_ref().map(Json);
        write(&[&self.id, &invitation, &request, &self.role, &self.scope.is_some(), &folder, &site, &offered])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
    }
}

impl Table for Handover {
    const NOUN: &'static str = "hand-over";
    const FIND: &'static str = "SELECT * FROM handover WHERE id = ?1";
    const INSERT: &'static str = "INSERT INTO handover (id, site, kind, email, email_key, keep, with_plan, with_copy, asked_by,
         answer, sent, sendings, token, answered, keep_offered)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    const UPDATE: &'static str = "UPDATE handover SET site = ?2, kind = ?3, email = ?4, email_key = ?5, keep = ?6, with_plan = ?7,
         with_copy = ?8, asked_by = ?9, answer = ?10, sent = ?11, sendings = ?12, token = ?13, answered = ?14, keep_offered = ?15 WHERE id = ?1";
    const DELETE: &'static str = "DELETE FROM handover WHERE id = ?1";

    fn read(row: &Row<'_>) -> rusqlite::Result<Handover> {
        Ok(Handover {
            id: row.get("id")?,
            site: row.get("site")?,
            kind: row.get("kind")?,
            email: row.get("email")?,
            keep: row.get("keep")?,
            keep_offered: offered(row, "keep_offered")?,
            with_plan: row.get("with_plan")?,
            with_copy: row.get("with_copy")?,
            asked_by: row.get("asked_by")?,
            offer: offer(row, row.get("token")?)?,
        })
    }

    fn bind(&self, write: &mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<usize>) -> rusqlite::Result<usize> {
        let (sent, answered) = (Micros(self.offer.sent), self.offer.answered.map(Micros));
        write(&[
            &self.id,
            &self.site,
            &self.kind,
            &self.email,
            &email_key(&self.email),
            &self.keep,
            &self.with_plan,
            &self.with_copy,
            &self.asked_by,
            &self.offer.answer,
            &sent,
            &self.offer.sendings,
            &self.offer.token,
            &answered,
            &self.keep_offered.as_ref().map(Json),
        ])
    }

    fn id(&self) -> impl ToSql + '_ {
        self.id
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
            WaitsFor::Invitation(id) => self.many("SELECT * FROM waiting_role WHERE invitation = ?1 ORDER BY id", [id]),
            WaitsFor::Request(id) => self.many("SELECT * FROM waiting_role WHERE request = ?1 ORDER BY id", [id]),
        }
    }

    pub fn waiting_with(self, role: RoleId) -> Result<Vec<WaitingRole>> {
        self.many("SELECT * FROM waiting_role WHERE role = ?1 ORDER BY id", [role])
    }

    pub fn waiting_on(self, site: SiteId) -> Result<Vec<WaitingRole>> {
        self.many("SELECT * FROM waiting_role WHERE site = ?1 ORDER BY id", [site])
    }

    pub fn waiting_in(self, folder: FolderId) -> Result<Vec<WaitingRole>> {
        self.many("SELECT * FROM waiting_role WHERE folder = ?1 ORDER BY id", [folder])
    }

    /// The invitation whose link has this token, or had it last.
    pub fn invitation_by_token(self, token: TokenHash) -> Result<Option<Invitation>> {
        self.one("SELECT * FROM invitation WHERE token = ?1", [token])
    }

    /// The hand-over whose link has this token, or had it last.
    pub fn handover_by_token(self, token: TokenHash) -> Result<Option<Handover>> {
        self.one("SELECT * FROM handover WHERE token = ?1", [token])
    }

    /// Invitations to one address, the newest first.
    pub fn invitations_to(self, email: &str, open: Open) -> Result<Vec<Invitation>> {
        let sql = format!("SELECT * FROM invitation WHERE {} email_key = ?1 ORDER BY id DESC", open.condition());
        self.many(&sql, [email_key(email)])
    }

    /// Invitations that offer a role on this site itself, the newest first.
    pub fn invitations_on(self, site: SiteId, open: Open) -> Result<Vec<Invitation>> {
        let sql = format!(
            "SELECT * FROM invitation WHERE {} id IN (SELECT invitation FROM waiting_role WHERE site = ?1) ORDER BY id DESC",
            open.condition()
        );
        self.many(&sql, [site])
    }

    /// Invitations of the team that were not answered, the newest first.
    pub fn team_invitations_open(self) -> Result<Vec<Invitation>> {
        self.many("SELECT * FROM invitation WHERE answer = 'none' AND level = 'team' ORDER BY id DESC", [])
    }

    /// Invitations before this number, the newest first, `limit` at most.
    pub fn invitations_before(self, before: InvitationId, open: Open, limit: usize) -> Result<Vec<Invitation>> {
        self.many(&format!("SELECT * FROM invitation WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    pub fn invitations_sent_by(self, person: PersonId) -> Result<Vec<Invitation>> {
        self.many("SELECT * FROM invitation WHERE invited_by = ?1 ORDER BY id", [person])
    }

    pub fn invitations_accepted_by(self, person: PersonId) -> Result<Vec<Invitation>> {
        self.many("SELECT * FROM invitation WHERE accepted_by = ?1 ORDER BY id", [person])
    }

    pub fn invitations_for(self, request: RequestId) -> Result<Vec<Invitation>> {
        self.many("SELECT * FROM invitation WHERE request = ?1 ORDER BY id", [request])
    }

    /// Requests before this number, the newest first, `limit` at most.
    pub fn requests_before(self, before: RequestId, open: Open, limit: usize) -> Result<Vec<Request>> {
        self.many(&format!("SELECT * FROM request WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    pub fn requests_to(self, contact: ContactId) -> Result<Vec<Request>> {
        self.many("SELECT * FROM request WHERE contact = ?1 ORDER BY id DESC", [contact])
    }

    pub fn requests_about(self, site: SiteId) -> Result<Vec<Request>> {
        self.many("SELECT * FROM request WHERE site = ?1 ORDER BY id DESC", [site])
    }

    /// Requests in which this person is to work, or which they sent.
    pub fn requests_of(self, person: PersonId) -> Result<Vec<Request>> {
        self.many("SELECT * FROM request WHERE person = ?1 OR asked_by = ?1 ORDER BY id DESC", [person])
    }

    /// Hand-overs before this number, the newest first, `limit` at most.
    pub fn handovers_before(self, before: HandoverId, open: Open, limit: usize) -> Result<Vec<Handover>> {
        self.many(&format!("SELECT * FROM handover WHERE {} id < ?1 ORDER BY id DESC LIMIT {limit}", open.condition()), [before])
    }

    /// Hand-overs of a site, the newest first.
    pub fn handovers_on(self, site: SiteId, open: Open) -> Result<Vec<Handover>> {
        self.many(&format!("SELECT * FROM handover WHERE {} site = ?1 ORDER BY id DESC", open.condition()), [site])
    }

    pub fn handovers_to(self, email: &str, open: Open) -> Result<Vec<Handover>> {
        let sql = format!("SELECT * FROM handover WHERE {} email_key = ?1 ORDER BY id DESC", open.condition());
        self.many(&sql, [email_key(email)])
    }

    pub fn handovers_keeping(self, role: RoleId) -> Result<Vec<Handover>> {
        self.many("SELECT * FROM handover WHERE keep = ?1 ORDER BY id", [role])
    }

    pub fn handovers_asked_by(self, person: PersonId) -> Result<Vec<Handover>> {
        self.many("SELECT * FROM handover WHERE asked_by = ?1 ORDER BY id", [person])
    }

    /// Invitations without an answer that end after one instant and no later than another, the first to end first,
    /// `limit` at most.
    pub fn invitations_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Invitation>> {
        let sql = format!("SELECT * FROM invitation WHERE answer = 'none' AND sent > ?1 AND sent <= ?2 ORDER BY sent, id LIMIT {limit}");
        self.many(&sql, (sent_for(after, INVITATION_LIFE), sent_for(by, INVITATION_LIFE)))
    }

    /// The same of requests, each of which waits as long as it says.
    pub fn requests_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Request>> {
        let sql = format!(
            "SELECT * FROM request WHERE answer = 'none' AND sent + days * 86400000000 > ?1 AND sent + days * 86400000000 <= ?2
             ORDER BY sent + days * 86400000000, id LIMIT {limit}"
        );
        self.many(&sql, (Micros(after), Micros(by)))
    }

    /// The same of hand-overs.
    pub fn handovers_ending(self, after: DateTime<Utc>, by: DateTime<Utc>, limit: usize) -> Result<Vec<Handover>> {
        let sql = format!("SELECT * FROM handover WHERE answer = 'none' AND sent > ?1 AND sent <= ?2 ORDER BY sent, id LIMIT {limit}");
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
