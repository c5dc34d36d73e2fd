//! What all offers share: an answer in time, taking back, what they still bring.

use chrono::{DateTime, TimeDelta, Utc};

use super::refusal::{Error, Refusal};
use super::scene::Scene;
use super::{Note, Plan};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::{HandoverId, InvitationId, RequestId};
use crate::domain::life::{Drift, HANDOVER_LIFE, Handover, INVITATION_LIFE, Invitation, Request, WaitingRole, WaitsFor};
use crate::domain::offer::{Answer, Offer, Stage};
use crate::domain::policy::HeldRole;
use crate::domain::record::OfferKey;
use crate::domain::suggest::Unknown;
use crate::domain::time::{self, Zone};

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

pub(super) fn closed(zone: Zone, key: OfferKey, offer: &Offer, life: TimeDelta, stage: Stage) -> Error {
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
