//! An offer and where it stands, whatever kind it is of.

use chrono::{DateTime, Utc};

use super::life::{Handover, Invitation, Request};
use super::offer::Offer;
use super::record::OfferKey;

/// What waits for somebody's answer.
pub trait Offered {
    fn key(&self) -> OfferKey;
    fn offer(&self) -> &Offer;
    fn offer_mut(&mut self) -> &mut Offer;
    /// When the access that it would bring is to end.
    fn until(&self) -> Option<DateTime<Utc>>;
    /// The verb that sends it with a new link; a request has no link.
    fn verb(&self) -> Option<&'static str>;
}

macro_rules! offered {
    ($($row:ident, $until:expr, $verb:expr;)*) => { $(
        impl Offered for $row {
            fn key(&self) -> OfferKey {
                OfferKey::$row(self.id.0)
            }
            fn offer(&self) -> &Offer {
                &self.offer
            }
            fn offer_mut(&mut self) -> &mut Offer {
                &mut self.offer
            }
            fn until(&self) -> Option<DateTime<Utc>> {
                ($until)(self)
            }
            fn verb(&self) -> Option<&'static str> {
                ($verb)(self)
            }
        }
    )* };
}

offered! {
    Invitation, |it: &Invitation| it.until, |_| Some("invite");
    Request, |it: &Request| it.until, |_| None;
    Handover, |_| None, |it: &Handover| Some(it.kind.as_str());
}
