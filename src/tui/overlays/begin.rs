//! What is to go out: an invitation, a request, a transfer or a proposal, and what it is about.

use anyhow::Result;

use super::form::{Entered, Form, Input, Kind, Values};
use super::{handover, invite, request};
use crate::domain::things::Site;
use crate::tui::view::{Env, Message, Overlay};

const INVITATION: &str = "invitation";
const REQUEST: &str = "request";
const TRANSFER: &str = "transfer";
const PROPOSAL: &str = "proposal";

// The fields, in their order.
const WHAT: usize = 0;
const SITE: usize = 1;
const CONTACT: usize = 2;

/// Asks what it is to be, and goes on with the form of that.
pub(in crate::tui) fn open() -> Box<dyn Overlay> {
    let inputs = vec![
        Input::choice("What", [INVITATION, REQUEST, TRANSFER, PROPOSAL].into_iter(), INVITATION).first(true),
        Input::lookup("Site", "", Kind::Site),
        Input::lookup("Contact", "", Kind::Contact),
    ];
    let live = |entered: &mut Entered<'_>, _: &Env<'_>| {
        let what = entered.values().text(WHAT);
        let (about, site, contact) = match what.as_str() {
            REQUEST => ("asks a client for access", "left empty", "whom it is asked"),
            TRANSFER => ("another owner", "which site", "left empty"),
            PROPOSAL => ("the agency carries it", "which site", "left empty"),
            _ => ("to sites or the team", "may be empty", "left empty"),
        };
        for (at, hint) in [(WHAT, about), (SITE, site), (CONTACT, contact)] {
            entered.hint(at, hint.to_owned());
        }
        Ok(Vec::new())
    };
    let build = |values: &Values<'_>, env: &Env<'_>| match begun(values, env) {
        Ok(Ok(window)) => Ok(vec![Message::Close, Message::Open(window)]),
        Ok(Err(missing)) => Err(missing),
        Err(error) => Err((WHAT, format!("{error:#}"))),
    };
    Form::open_live("Send out", inputs, live, build)
}

/// The form of what was chosen, or which field lacks what it takes.
fn begun(values: &Values<'_>, env: &Env<'_>) -> Result<Result<Box<dyn Overlay>, (usize, String)>> {
    let db = env.db;
    let site: Option<Site> = db.site_by_key(&values.text(SITE))?;
    let no_site = || (SITE, "which site?".to_owned());
    Ok(match (values.text(WHAT).as_str(), site) {
        (REQUEST, _) => match db.the_contact(values.text(CONTACT).trim()) {
            Ok(contact) if env.sight.shows_contacts() => Ok(request::ask(env, &contact)),
            Ok(_) | Err(_) => Err((CONTACT, "which contact?".to_owned())),
        },
        (TRANSFER, Some(site)) => Ok(handover::transfer(env, &site)?),
        (PROPOSAL, Some(site)) => Ok(handover::partner(env, &site)?),
        (TRANSFER | PROPOSAL, None) => Err(no_site()),
        (_, None) if !values.text(SITE).trim().is_empty() => Err(no_site()),
        (_, site) => Ok(invite::open(env, invite::Start { sites: site.into_iter().collect(), ..invite::Start::default() })),
    })
}
