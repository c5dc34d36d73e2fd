//! Answering for a finding of the audit until a day, and no more.

use std::cell::RefCell;

use chrono::{DateTime, Utc};

use super::Note;
use super::authority::{Guarded, Need, Scales, Where};
use super::declare::Declared;
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, unknown, valid};
use super::scene::{Names, Scene, scope};
use crate::domain::accepted::{Accepted, AcceptedRecord, Evidence, FindingKey, Held, Named, NamedBesides, NamedEvidence};
use crate::domain::audit::{About, Besides, RULES, Rule};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::{AcceptedId, PersonId, RoleId, SiteId};
use crate::domain::record::{AssignmentKey, Recorded};
use crate::domain::suggest;
use crate::domain::things::{Person, Role, Site};
use crate::domain::{text, time};
use crate::facts::Reader;

impl Kept for AcceptedRecord {
    fn row(&self, id: i64, names: &mut impl Names) -> Result<Accepted, Error> {
        if Rule::named(&self.rule).is_none() {
            return Err(unknown("audit rule", &self.rule, suggest::did_you_mean(&self.rule, RULES.iter().map(|it| it.id))));
        }
        Ok(Accepted {
            id: AcceptedId(id),
            rule: self.rule.clone(),
            about: about(&self.about, names)?,
            severity: self.severity,
            evidence: self.evidence.iter().map(|it| evidence(it, names)).collect::<Result<_, _>>()?,
            until: valid(time::dated(self.until))?,
            because: valid(text::line("reason", &self.because).and_then(|it| text::required("reason", &it)))?,
            by: self.by.as_deref().map(|it| names.person(it)).transpose()?,
        })
    }

    fn find(mut scene: Scene<'_>, key: &FindingKey) -> Result<Accepted, Error> {
        let about = about(&key.about, &mut scene)?;
        let found = scene.db.accepted(&key.rule, &about)?;
        found.ok_or_else(|| unknown("accepted finding", &key.to_string(), String::new()))
    }

    fn add(&self, mut scene: Scene<'_>, _: &mut Vec<Note>) -> Result<Accepted, Error> {
        let row = answered(scene, self.row(scene.next::<Accepted>()?, &mut scene)?)?;
        if scene.db.accepted(&row.rule, &row.about)?.is_some() {
            return Err(Refusal::Exists { kind: "accepted finding", name: self.key().to_string() }.into());
        }
        Ok(row)
    }

    fn edit(&self, new: &AcceptedRecord, scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Accepted, Accepted), Error> {
        if new.key() != self.key() {
            return Err(Refusal::Invalid(format!("{} is another finding than {}", new.key(), self.key())).into());
        }
        let (row, new) = self.both(new, scene)?;
        Ok((row, answered(scene, new)?))
    }

    fn remove(key: &FindingKey, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        Ok(vec![Edit::delete(Self::find(scene, key)?).into()])
    }
}

/// Whoever accepts it answers for it, from now until a day that comes.
fn answered(scene: Scene<'_>, row: Accepted) -> Result<Accepted, Error> {
    check_until(row.until, scene.now)?;
    let by = scene.db.person_by_email(&scene.actor.email)?.map(|it| it.id);
    Ok(Accepted { by, ..row })
}

fn check_until(until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
    let sentence = || "the day until which it is accepted is over: name one to come".to_owned();
    valid(if until <= now { Err(sentence()) } else { Ok(()) })
}

fn about(record: &Named, names: &mut impl Names) -> Result<About, Error> {
    let names = RefCell::new(names);
    record.called(|it| names.borrow_mut().person(it), |it| names.borrow_mut().site(it), |it| names.borrow_mut().role(it))
}

fn evidence(record: &NamedEvidence, names: &mut impl Names) -> Result<Evidence, Error> {
    Ok(match record {
        Evidence::Held(AssignmentKey { person, role, level, scope: place }) => {
            let (person, role) = (names.person(person)?, names.role(role)?);
            Evidence::Held(Held { person, role, level: *level, scope: scope(place, names)? })
        }
        Evidence::Besides(it) => Evidence::Besides(besides(it, names)?),
    })
}

fn besides(record: &NamedBesides, names: &mut impl Names) -> Result<Besides, Error> {
    Ok(match record {
        Besides::Right(id) => Besides::Right(valid(text::required("right", id))?),
        Besides::Owner(email) => Besides::Owner(names.person(email)?),
        Besides::Owns(email, site) => Besides::Owns(names.person(email)?, names.site(site)?),
        Besides::Twin(role) => Besides::Twin(names.role(role)?),
        Besides::Offered { role, level, scope: place } => {
            Besides::Offered { role: names.role(role)?, level: *level, scope: scope(place, names)? }
        }
    })
}

impl Taken for AcceptedRecord {
    const PLURAL: &'static str = "accepted findings";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Accepted>, Accepted), Error> {
        import.unnamed(self, |db, row| db.accepted(&row.rule, &row.about))
    }
}

/// Whoever answers for it, and also where its day is over.
impl Declared for AcceptedRecord {
    fn check_declared(_: Scene<'_>, _: Option<&Accepted>, _: &Accepted, _: &mut Vec<Note>) -> Result<(), Error> {
        Ok(())
    }
}

/// A site's findings are a matter of the site, a role's of whoever manages roles, all others of the team. Nobody answers for
/// what is found of themselves but the account owner.
impl Guarded for Accepted {
    fn needs(edit: &Edit<Accepted>, scales: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let Some(it) = edit.either() else { return Ok(Vec::new()) };
        if is_let_go(scales.db, edit)? {
            return Ok(Vec::new());
        }
        if it.about.person().into_iter().chain(it.about.other()).any(|id| *id == scales.me.id) {
            return Ok(vec![Need::of_owner("answer for what is found of themselves")]);
        }
        Ok(vec![match (it.about.site(), it.about.role()) {
            (Some(site), _) => Need::of(Deed::ChangeRoles, Where::Site(*site)),
            (None, Some(_)) => Need::of(Deed::ManageRoles, Where::Account),
            (None, None) => Need::of(Deed::ChangeTeam, Where::Account),
        }])
    }
}

/// Whether it only goes, or forgets who answers for it, because somebody or something is there no more.
fn is_let_go(db: Reader<'_>, edit: &Edit<Accepted>) -> Result<bool, Error> {
    Ok(match (&edit.before, &edit.after) {
        (Some(old), None) => is_gone(db, &old.about)?,
        (Some(old), Some(new)) => *new == Accepted { by: None, ..old.clone() },
        (None, _) => false,
    })
}

/// Whether any of it is there no more.
fn is_gone(db: Reader<'_>, about: &About) -> Result<bool, Error> {
    let there = about.called(
        |it: &PersonId| Ok::<_, anyhow::Error>(db.find::<Person>(*it)?.is_some()),
        |it: &SiteId| Ok(db.find::<Site>(*it)?.is_some()),
        |it: &RoleId| Ok(db.find::<Role>(*it)?.is_some()),
    )?;
    let people = [there.person(), there.other()].into_iter().flatten();
    Ok(people.chain(there.site()).chain(there.role()).any(|it| !it))
}
