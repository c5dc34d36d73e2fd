//! Sending an offer again, and saying yes to one, whatever its kind.

use chrono::TimeDelta;

use super::offers::{as_they_are, closed, in_time, the};
use super::refusal::{Error, Refusal};
use super::scene::Scene;
use super::{Plan, handover, invite};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{HandoverId, InvitationId, RequestId};
use crate::domain::life::{HANDOVER_LIFE, Handover, INVITATION_LIFE, Invitation, Request, WaitsFor};
use crate::domain::offer::Offer;
use crate::domain::policy::HeldRole;
use crate::domain::record::OfferKey;
use crate::domain::time;
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
