//! What all offers share: sending again, taking back, saying no, saying yes.

use chrono::{DateTime, TimeDelta, Utc};

use super::refusal::{Error, Refusal};
use super::{Note, Plan, Scene, handover, invite};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{HandoverId, InvitationId, RequestId};
use crate::domain::life::{Drift, HANDOVER_LIFE, Handover, INVITATION_LIFE, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Offer, Stage};
use crate::domain::policy::HeldRole;
use crate::domain::record::OfferKey;
use crate::domain::suggest::Unknown;
use crate::domain::time::{self, Zone};
use crate::domain::token::{Token, TokenHash};

/// Sends it once more: the old link is dead, the time begins anew, and whoever sends it answers for it.
pub(super) fn resend(scene: Scene<'_>, key: OfferKey, seen: u32, token: Option<TokenHash>) -> Result<Plan, Error> {
    let renew = |offer: &Offer, life: TimeDelta, token: Option<TokenHash>| {
        if offer.sendings != seen {
            return Err(Refusal::Stale { what: key.to_string() }.into());
        }
        offer.resent(life, time::micros(scene.now), token).map_err(|stage| closed(scene.policy.zone, key, offer, life, stage))
    };
    let link = || token.ok_or_else(|| Error::from(Refusal::Invalid(format!("{key} needs the hash of a new token"))));
    let by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id);
    let mut plan = Plan::default();
    let change: Change = match key {
        OfferKey::Invitation(id) => {
            let row: Invitation = the(scene.db.find(InvitationId(id))?, key)?;
            let offer = renew(&row.offer, INVITATION_LIFE, Some(link()?))?;
            plan = invite::again(scene, &row)?;
            Edit::update(row.clone(), Invitation { offer, invited_by: by, ..row }).into()
        }
        OfferKey::Request(id) => {
            let row: Request = the(scene.db.find(RequestId(id))?, key)?;
            let offer = renew(&row.offer, row.life(), None)?;
            in_time(scene, key, row.until)?;
            plan.changes = as_they_are(scene, WaitsFor::Request(row.id))?;
            Edit::update(row.clone(), Request { offer, asked_by: by, ..row }).into()
        }
        OfferKey::Handover(id) => {
            let row: Handover = the(scene.db.find(HandoverId(id))?, key)?;
            let offer = renew(&row.offer, HANDOVER_LIFE, Some(link()?))?;
            handover::again(scene, &row)?;
            let keep_offered = row.keep.and_then(|id| scene.policy.role(id)).and_then(HeldRole::offered);
            Edit::update(row.clone(), Handover { offer, asked_by: by, keep_offered, ..row }).into()
        }
    };
    plan.changes.push(change);
    Ok(plan)
}

/// Declined by whom it was sent to, or taken back by whoever sent it.
pub(super) fn close(scene: Scene<'_>, key: OfferKey, answer: Answer) -> Result<Plan, Error> {
    let change: Change = match key {
        OfferKey::Invitation(id) => closing(scene, the(scene.db.find(InvitationId(id))?, key)?, answer)?.into(),
        OfferKey::Request(id) => {
            let row: Request = the(scene.db.find(RequestId(id))?, key)?;
            let offer = answered(scene, key, &row.offer, row.life(), answer)?;
            Edit::update(row.clone(), Request { offer, ..row }).into()
        }
        OfferKey::Handover(id) => {
            let row: Handover = the(scene.db.find(HandoverId(id))?, key)?;
            let offer = answered(scene, key, &row.offer, HANDOVER_LIFE, answer)?;
            Edit::update(row.clone(), Handover { offer, ..row }).into()
        }
    };
    Ok(Plan { changes: vec![change], ..Plan::default() })
}

pub(super) fn closing(scene: Scene<'_>, row: Invitation, answer: Answer) -> Result<Edit<Invitation>, Error> {
    let offer = answered(scene, OfferKey::Invitation(row.id.0), &row.offer, INVITATION_LIFE, answer)?;
    Ok(Edit::update(row.clone(), Invitation { offer, ..row }))
}

/// Whoever has the token is who was meant: it is looked for among invitations, then among hand-overs.
pub(super) fn accept(scene: Scene<'_>, token: &Token, email: Option<&str>) -> Result<Plan, Error> {
    let hash = token.hash();
    if let Some(row) = scene.db.invitation_by_token(hash)?.filter(|it| fits(&it.offer, token)) {
        return invite::accept(scene, row, email);
    }
    if let Some(row) = scene.db.handover_by_token(hash)?.filter(|it| fits(&it.offer, token)) {
        return handover::accept(scene, row, email);
    }
    let sentence =
        "nothing that was sent has this token: a letter may be wrong, or it was sent again since, and only the newest link works";
    Err(Refusal::Over(sentence.to_owned()).into())
}

fn fits(offer: &Offer, token: &Token) -> bool {
    offer.token.is_some_and(|hash| hash.is_of(token))
}

/// Refuses what brings more than was offered; what brings less is worth a note.
pub(super) fn drifted(key: OfferKey, verb: &str, drift: Option<Drift>) -> Result<Option<Note>, Error> {
    let Some(drift) = drift else { return Ok(None) };
    if drift.gained.is_empty() {
        return Ok(Some(Note::Remark(drift.to_string())));
    }
    let way_out = format!("rolecall {verb} resend {}", key.number());
    Err(Refusal::Over(format!("{drift}; whoever sent {key} sends it again, as it is now: {way_out}")).into())
}

/// The waiting roles of an offer that is sent again, as they are now.
pub(super) fn as_they_are(scene: Scene<'_>, of: WaitsFor) -> Result<Vec<Change>, Error> {
    let renewed = scene.db.waiting_roles(of)?.into_iter().filter_map(|it| {
        let offered = scene.policy.role(it.role).and_then(HeldRole::offered);
        (offered != it.offered).then(|| Edit::update(it.clone(), WaitingRole { offered, ..it }).into())
    });
    Ok(renewed.collect())
}

/// Refuses what would bring access that has ended already.
pub(super) fn in_time(scene: Scene<'_>, key: OfferKey, until: Option<DateTime<Utc>>) -> Result<(), Error> {
    let over = until.filter(|until| *until <= scene.now);
    over.map_or(Ok(()), |_| Err(Refusal::Over(format!("the access that {key} would bring has ended meanwhile; send a new one")).into()))
}

/// The offer with its answer, or why it can no longer be answered.
pub(super) fn answered(scene: Scene<'_>, key: OfferKey, offer: &Offer, life: TimeDelta, answer: Answer) -> Result<Offer, Error> {
    let after = offer.answered(answer, life, time::micros(scene.now));
    after.map_err(|stage| closed(scene.policy.zone, key, offer, life, stage))
}

fn closed(zone: Zone, key: OfferKey, offer: &Offer, life: TimeDelta, stage: Stage) -> Error {
    let on = |at: Option<DateTime<Utc>>| at.map_or_else(String::new, |at| format!(" on {}", zone.day(at)));
    let sentence = match stage {
        Stage::Pending => format!("{key} is still waiting for its answer"),
        Stage::Expired => format!("{key} ended{} without an answer; ask for it to be sent again", on(Some(offer.ends(life)))),
        Stage::Accepted => format!("{key} was accepted{}, and each works once", on(offer.answered)),
        Stage::Declined => format!("{key} was declined{}; send a new one", on(offer.answered)),
        Stage::Cancelled => format!("{key} was taken back{}; ask for a new one", on(offer.answered)),
    };
    Refusal::Over(sentence).into()
}

/// The row that the key names.
pub(super) fn the<T>(found: Option<T>, key: OfferKey) -> Result<T, Error> {
    let (kind, lists) = match key {
        OfferKey::Invitation(_) => ("invitation", "rolecall invite list shows"),
        OfferKey::Request(_) => ("access request", "rolecall request list shows"),
        OfferKey::Handover(_) => ("hand-over", "rolecall transfer list and rolecall partner list show"),
    };
    let unknown = || Unknown { kind, text: key.number().to_string(), hint: format!("; {lists} what waits") };
    found.ok_or_else(|| Refusal::Unknown(unknown()).into())
}
