//! What went out with a change: letters in the outbox, links that are shown once.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::Error;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::print::Out;
use super::session::Start;
use crate::domain::record::OfferKey;
use crate::domain::text;
use crate::domain::text::display_lines;
use crate::domain::time::{self, Zone};
use crate::exchange::sending;
use crate::query::offers::Kind;

/// One offer that was sent, once or again.
#[derive(Serialize)]
pub(super) struct Sent {
    offer: OfferKey,
    to: String,
    /// From when on it can no longer be accepted.
    #[serde(with = "time::instant")]
    ends: DateTime<Utc>,
    #[serde(skip)]
    zone: Zone,
    #[serde(skip)]
    kind: Kind,
    /// The line that accepts it; a request has none.
    accept: Option<String>,
    /// As a shell reads it, where it is no plain text.
    mail: Option<String>,
}

/// What was sent. Of each that stands although its letter was lost, a warning goes to stderr.
pub(super) fn told(start: &Start, zone: Zone, offers: Vec<sending::Sent>) -> Vec<Sent> {
    let mut all = Vec::new();
    for it in offers {
        let accept = it.token.map(|token| format!("rolecall accept {}{}", token.reveal(), start.same_file()));
        let mut sent = Sent { offer: it.row.key, to: it.row.to, ends: it.row.ends, zone, kind: it.row.kind, accept, mail: None };
        match it.mail {
            Ok(path) => sent.mail = Some(shown(&path)),
            Err(error) => drop(writeln!(io::stderr(), "rolecall: {}", lost(&sent, &error))),
        }
        all.push(sent);
    }
    all
}

fn shown(path: &Path) -> String {
    path.to_str().map_or_else(|| text::shell_bytes(path.as_os_str().as_bytes()), str::to_owned)
}

fn lost(sent: &Sent, error: &Error) -> String {
    let (verb, n) = (sent.kind.verb(), sent.offer.number());
    let sentence = format!("{} stands, but its mail was not written ({error:#}); rolecall {verb} resend {n} writes a new one", sent.offer);
    display_lines(&sentence)
}

impl Sent {
    /// Offer, addressee, the line that accepts it, its mail.
    pub(super) fn cells(&self) -> Vec<String> {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        vec![self.offer.to_string(), self.to.clone(), text(&self.accept), text(&self.mail)]
    }

    pub(super) fn print(&self, out: &mut Out) {
        out.line(&format!("  {} to {}, until {}", self.offer, self.to, self.zone.day(self.ends)));
        out.lines(4, &self.accept);
        out.lines(4, self.mail.iter().map(|it| format!("mail: {it}")));
    }
}
