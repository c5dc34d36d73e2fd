//! A statement as JSON: one object, things by what programs know them by.

use std::io::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Terms;
use crate::domain::catalog::Permission;
use crate::domain::record::ScopeRecord;
use crate::domain::things::Level;
use crate::domain::time;
use crate::exchange::format::json::inert;
use crate::query::offers::OfferRow;
use crate::query::statement::{Access, Answer, Changed, Desk, Held, Later, Part};

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    terms: &'a Terms,
    agency: &'a str,
    access: Vec<Row>,
    later: Vec<Ahead>,
    offers: Vec<OfferRow>,
    changed: Vec<Moment>,
    accepted: Vec<Accepted>,
}

/// What one person can do on one site.
#[derive(Serialize)]
struct Row {
    site: String,
    person: String,
    name: String,
    of_agency: bool,
    owner: bool,
    roles: Vec<Assigned>,
    permissions: Vec<String>,
    sensitive: Vec<String>,
}

#[derive(Serialize)]
struct Assigned {
    role: String,
    level: Level,
    scope: ScopeRecord,
    #[serde(with = "time::instant::option")]
    since: Option<DateTime<Utc>>,
    #[serde(with = "time::instant::option")]
    until: Option<DateTime<Utc>>,
    given_by: Option<String>,
    reason: Option<String>,
    #[serde(with = "time::instant::option")]
    reviewed: Option<DateTime<Utc>>,
    #[serde(with = "time::instant::option")]
    review_on: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Ahead {
    person: String,
    #[serde(flatten)]
    given: Assigned,
}

#[derive(Serialize)]
struct Moment {
    #[serde(with = "time::instant")]
    at: DateTime<Utc>,
    by: Option<String>,
    what: String,
}

#[derive(Serialize)]
struct Accepted {
    key: String,
    #[serde(with = "time::instant")]
    until: DateTime<Utc>,
    because: String,
    by: Option<String>,
}

pub(super) fn write(desk: &Desk<'_>, terms: &Terms, out: &mut dyn Write) -> Result<()> {
    let mut access = Vec::new();
    desk.each_part(&mut |part| {
        for site in &part.sites {
            access.extend(part.people.iter().map(|it| row(&part, &site.key, it)));
        }
        Ok(())
    })?;
    let whole = Whole {
        terms,
        agency: &desk.policy.name,
        access,
        later: desk.later()?.into_iter().map(|Later { person, held }| Ahead { person: person.email, given: given(&held) }).collect(),
        offers: desk.offers()?,
        changed: desk.changed()?.0.into_iter().map(|Changed { at, by, what }| Moment { at, by, what }).collect(),
        accepted: desk.answers()?.into_iter().map(|Answer { key, until, because, by, .. }| Accepted { key, until, because, by }).collect(),
    };
    Ok(writeln!(out, "{}", inert(&serde_json::to_string(&whole)?))?)
}

fn row(part: &Part, site: &str, it: &Access) -> Row {
    let named = |is_meant: &dyn Fn(&Permission) -> bool| {
        let all = it.can.iter().map(|id| part.catalog.get(id)).filter(|it| is_meant(it));
        all.map(|it| it.id.clone()).collect()
    };
    Row {
        site: site.to_owned(),
        person: it.person.email.clone(),
        name: it.person.name.clone(),
        of_agency: it.of_agency,
        owner: it.is_owner,
        roles: it.held.iter().map(given).collect(),
        permissions: named(&|_| true),
        sensitive: named(&Permission::is_sensitive),
    }
}

fn given(it: &Held) -> Assigned {
    Assigned {
        role: it.key.clone(),
        level: it.level,
        scope: it.scope.clone(),
        since: it.since,
        until: it.until,
        given_by: it.given_by.clone(),
        reason: it.reason.clone(),
        reviewed: it.reviewed.as_ref().map(|it| it.0),
        review_on: it.review_on,
    }
}
